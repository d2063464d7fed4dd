"""Calibration of the column ADCs on raw chips, against the limits of the field's own tests."""

import numpy as np
import pytest

from stadls import calibration
from stadls.calibration import helpers
from stadls.calibration.common import cadc
from stadls.calibration.session import StatefulConnection
from stadls.calibration.targets import ParameterRange


def read_at(chip, code, samples=50):
    """Mean codes of all channels, shape (1024,), at a potential of the debug line."""
    builder = chip.builder()
    helpers.connect_cadc_to_debug_line(builder)
    helpers.capmem_set_quadrant_cells(builder, {"stp_v_charge_0": code})
    helpers.wait_for_capmem(builder)
    return cadc.read_channels(chip, builder, samples)


@pytest.mark.parametrize(("seed", "revision", "dynamic_range"), [
    (0, "v3", (70, 550)), (0, "v3", (150, 500)), (5, "v3", (150, 340)), (1, "v2", (150, 500)),
    (2, "v1", (100, 450))])
def test_channels_agree_after_a_calibration(raw_chip, seed, revision, dynamic_range):
    target = cadc.CADCCalibTarget(dynamic_range=ParameterRange(*dynamic_range))
    with raw_chip(seed, revision) as connection:
        chip = StatefulConnection(connection)
        result = cadc.calibrate(chip, target)
        raw = next(r for r in chip.records if r.name == ("CADC",)).data["before"]
        low, high = dynamic_range
        middle = read_at(chip, (low + high) // 2)
        ends = read_at(chip, low), read_at(chip, high)
    assert 5 < raw.std() < 20
    assert np.abs(cadc.quadrant_means(raw) - 120).max() < 8
    assert middle.std() < 3
    means = cadc.quadrant_means(middle)
    assert np.ptp(means) < 5
    assert np.abs(means - 120).max() < 5
    for codes, wanted in zip(ends, (20, 220), strict=True):
        assert codes.std() < 3
        assert abs(np.median(codes) - wanted) < 6
    assert result.success.mean() > 0.98
    assert result.channel_offset.std() > 5


def test_offsets_may_be_left_out(raw_chip):
    with raw_chip(3) as connection:
        chip = StatefulConnection(connection)
        result = cadc.calibrate(chip, options=cadc.CADCCalibOptions(calibrate_offsets=False))
        assert read_at(chip, 310).std() > 5
    assert not result.channel_offset.any()


def test_a_stored_result_fits_its_chip_at_another_time(raw_chip, tmp_path):
    with raw_chip(4, noise_seed=1) as connection:
        cadc.calibrate(StatefulConnection(connection)).save(tmp_path / "chip.npz")
    result = calibration.load(tmp_path / "chip.npz")
    spread = {}
    for seed in (4, 6):
        with raw_chip(seed, noise_seed=2) as connection:
            chip = StatefulConnection(connection)
            builder = chip.builder()
            result.apply(builder)
            helpers.wait_for_capmem(builder)
            chip.run(builder)
            codes = read_at(chip, 310)
            spread[seed] = codes.std()
            assert np.ptp(cadc.quadrant_means(codes)) < (5 if seed == 4 else 100)
            if seed == 6:
                with pytest.raises(calibration.CalibrationMismatchError, match="chip7_1"):
                    result.check_chip(*connection.get_unique_identifier())
    assert spread[4] < 3 < spread[6]


def test_the_same_seeds_give_the_same_file(raw_chip, tmp_path):
    for i in range(2):
        with raw_chip(8, noise_seed=9) as connection:
            cadc.calibrate(StatefulConnection(connection)).save(tmp_path / f"{i}.npz")
    assert (tmp_path / "0.npz").read_bytes() == (tmp_path / "1.npz").read_bytes()
