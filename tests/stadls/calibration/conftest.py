"""Chips that answer as silicon does before a calibration."""

from contextlib import contextmanager

import pytest

import fisch
from tests.daemons import Daemon


@pytest.fixture
def raw_chip(monkeypatch, tmp_path):
    """Context manager of a connection to a chip: ``raw_chip(seed, revision, noise_seed)``."""
    monkeypatch.setenv("HXEMU_RAW", "1")
    count = 0

    @contextmanager
    def opened(seed=0, revision="v3", noise_seed=1):
        nonlocal count
        count += 1
        endpoint = f"ipc://{tmp_path}/{count}"
        daemon = Daemon(endpoint, "--revision", revision, "--seed", str(seed),
                        "--noise-seed", str(noise_seed), module="emulator")
        try:
            with fisch.connect(daemon.endpoint) as connection:
                yield connection
        finally:
            daemon.stop()

    return opened
