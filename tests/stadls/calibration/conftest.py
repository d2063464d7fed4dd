"""Fixtures of calibrations' tests."""

from functools import partial

import pytest

from tests.stadls.calibration import chips


@pytest.fixture
def raw_chip(tmp_path):
    """Context manager of a connection to a chip: ``raw_chip(seed, revision, noise_seed)``."""
    return partial(chips.raw_chip, tmp_path)
