"""Chips for tests of calibrations, each in a daemon of its own."""

from contextlib import contextmanager
from itertools import count

import fisch
from tests.daemons import Daemon

_numbers = count()


@contextmanager
def raw_chip(folder, seed=0, revision="v3", noise_seed=1):
    """Context manager of a connection to a chip that nobody calibrated."""
    daemon = Daemon(f"ipc://{folder}/{next(_numbers)}", "--revision", revision,
                    "--seed", str(seed), "--noise-seed", str(noise_seed), module="emulator")
    try:
        with fisch.connect(daemon.endpoint) as connection:
            yield connection
    finally:
        daemon.stop()
