"""Calibrations that ship: usable on their chips, and what the software finds today."""

from importlib import resources

import numpy as np
import pytest

import fisch
from stadls.calibration import files, helpers
from stadls.calibration.hagen import HagenCalibOptions, HagenCalibTarget
from stadls.calibration.hagen.quality import measure
from stadls.calibration.session import StatefulConnection


def shipped(revision):
    name = f"hxcube9{revision[1]}fpga0chip1_1.npz"
    data = resources.files("stadls.data").joinpath("calibration", name).read_bytes()
    return data, files.loads(data, name)


def connected(monkeypatch, revision, noise_seed):
    monkeypatch.delenv("HXEMU_ENDPOINT", raising=False)
    for name, value in (("REVISION", revision), ("SEED", 0), ("NOISE_SEED", noise_seed)):
        monkeypatch.setenv(f"HXEMU_{name}", str(value))
    return fisch.connect()


@pytest.mark.parametrize("revision", ["v1", "v2", "v3"])
def test_a_shipped_calibration_is_as_good_as_upstream_demands(monkeypatch, revision):
    data, result = shipped(revision)
    assert len(data) < 100_000
    assert files.fingerprint(result.target, result.options) == files.fingerprint(
        HagenCalibTarget(), HagenCalibOptions())
    with connected(monkeypatch, revision, 11) as connection:
        assert connection.get_unique_identifier() == [result.origin.identifier]
        chip = StatefulConnection(connection)
        builder = chip.builder()
        result.apply(builder)
        helpers.wait_for_capmem(builder)
        chip.run(builder)
        quality = measure(chip)
    for name, (value, sign, limit) in quality.limits().items():
        assert value < limit if sign == "<" else value > limit, name
    # v1 is the less precise chip; its gain bias reaches its limit for some columns
    assert quality.pattern("exc", 0.97) < (0.15 if revision == "v1" else 0.05)
    assert result.neuron_result.success.mean() > 0.6
    assert result.cadc_result.success.mean() > 0.99
    assert result.synapse_driver_result.success.mean() > 0.8


@pytest.mark.slow
def test_it_is_what_a_calibration_finds(monkeypatch):
    """``python tools/ship_calibrations.py`` writes it again."""
    _, result = shipped("v3")
    with connected(monkeypatch, "v3", 0) as connection:
        found = HagenCalibTarget().calibrate(StatefulConnection(connection))
    for mine, theirs in zip(found.words(), result.words(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
