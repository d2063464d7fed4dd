"""Where results are kept, and when they are taken again."""

import threading
import time

import numpy as np
import pytest

from stadls import calibration
from stadls.calibration import cache
from stadls.calibration.common.cadc import CADCCalibTarget
from stadls.calibration.session import Origin
from stadls.calibration.targets import ParameterRange
from tests.stadls.calibration.test_files import ORIGIN, cadc_result, same


class FakeChip:
    """Connection to a chip that is never talked to."""

    info = {"revision": ORIGIN.revision}

    def __len__(self):
        return 1

    def get_unique_identifier(self):
        return [ORIGIN.identifier]


@pytest.fixture
def measured(monkeypatch):
    """Replaces measurements by a fixed result; counts them."""
    found = []

    def calibrate(connection, target=None, options=None):
        time.sleep(0.05)
        found.append(target)
        return cadc_result(7, cache.Origin(ORIGIN.identifier, ORIGIN.revision))

    monkeypatch.setattr("stadls.calibration.common.cadc.calibrate", calibrate)
    monkeypatch.setattr("stadls.calibration.session.StatefulConnection.of",
                        classmethod(lambda cls, link, progress=None: link))
    return found


def test_a_result_is_measured_once(tmp_path, measured):
    first = calibration.calibrate(CADCCalibTarget(), None, [tmp_path], connection=FakeChip())
    again = calibration.calibrate(CADCCalibTarget(), None, [tmp_path], connection=FakeChip())
    assert len(measured) == 1
    assert same(first, again)
    other = CADCCalibTarget(dynamic_range=ParameterRange(150, 500))
    calibration.calibrate(other, None, [tmp_path], connection=FakeChip())
    assert len(measured) == 2


def test_the_default_cache_is_the_users(tmp_path, measured, monkeypatch):
    monkeypatch.setenv("HXEMU_CACHE_PATH", str(tmp_path / "mine"))
    calibration.calibrate(CADCCalibTarget(), connection=FakeChip())
    assert len(list((tmp_path / "mine" / "calibration").glob("*.npz"))) == 1
    calibration.calibrate(CADCCalibTarget(), connection=FakeChip())
    assert len(measured) == 1
    monkeypatch.delenv("HXEMU_CACHE_PATH")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert calibration.cache_folder() == tmp_path / "hxemu" / "calibration"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert calibration.cache_folder() == tmp_path / ".cache" / "hxemu" / "calibration"


def test_no_cache_and_a_cache_that_is_only_read(tmp_path, measured):
    for _ in range(2):
        calibration.calibrate(CADCCalibTarget(), None, [], connection=FakeChip())
        calibration.calibrate(CADCCalibTarget(), None, [tmp_path], True, connection=FakeChip())
    assert len(measured) == 4
    assert not list(tmp_path.iterdir())


def test_later_folders_are_only_read(tmp_path, measured):
    one, two = tmp_path / "one", tmp_path / "two"
    calibration.calibrate(CADCCalibTarget(), None, [two], connection=FakeChip())
    calibration.calibrate(CADCCalibTarget(), None, [one, two], connection=FakeChip())
    assert len(measured) == 1
    assert not one.exists()


def test_damaged_entries_are_replaced(tmp_path, measured, caplog):
    calibration.calibrate(CADCCalibTarget(), None, [tmp_path], connection=FakeChip())
    path = next(tmp_path.glob("*.npz"))
    good = path.read_bytes()
    path.write_bytes(good[:1000])
    calibration.calibrate(CADCCalibTarget(), None, [tmp_path], connection=FakeChip())
    assert len(measured) == 2
    assert path.read_bytes() == good
    assert "cached calibration not used" in caplog.text


def test_a_folder_that_cannot_be_used_is_told_about(tmp_path, measured, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("")
    result = calibration.calibrate(CADCCalibTarget(), None, [blocked], connection=FakeChip())
    assert result.success.size == 1024
    assert "can't be kept" in caplog.text


def test_of_several_at_once_one_measures(tmp_path, measured):
    threads = [threading.Thread(target=calibration.calibrate, args=(
        CADCCalibTarget(), None, [tmp_path]), kwargs={"connection": FakeChip()})
        for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(measured) == 1


def test_keys_tell_chips_targets_and_versions_apart():
    def key(target=None, origin=ORIGIN):
        target = target or CADCCalibTarget()
        return cache.cache_key(target, target.default_options(), origin)

    keys = {key(), key(CADCCalibTarget(read_range=ParameterRange(30, 210))),
            key(origin=Origin("hxcube93fpga0chip9_1", "v3", "test")),
            key(origin=Origin(ORIGIN.identifier, "v2", "test")),
            key(origin=Origin(ORIGIN.identifier, "v3", "other"))}
    assert len(keys) == 5
    assert key() == key()
    options = CADCCalibTarget().default_options()
    options.calibrate_offsets = False
    assert cache.cache_key(CADCCalibTarget(), options, ORIGIN) not in keys


def test_shipped_results_belong_to_default_targets(tmp_path, measured, monkeypatch):
    package = tmp_path / "calibration"
    package.mkdir()
    result = cadc_result(3, Origin(ORIGIN.identifier, ORIGIN.revision, "shipped"))
    result.save(package / f"{ORIGIN.identifier}.npz")
    monkeypatch.setattr(cache.resources, "files", lambda name: tmp_path)
    assert same(calibration.calibrate(CADCCalibTarget(), None, [], connection=FakeChip()), result)
    assert not measured
    other = CADCCalibTarget(dynamic_range=ParameterRange(150, 500))
    calibration.calibrate(other, None, [], connection=FakeChip())
    assert len(measured) == 1
    np.testing.assert_array_equal(result.v_ramp_offset, cadc_result(3).v_ramp_offset)


def test_options_belong_to_the_target(measured):
    with pytest.raises(TypeError, match="CADCCalibOptions"):
        calibration.calibrate(CADCCalibTarget(), calibration.HagenCalibOptions(), [],
                              connection=FakeChip())


def test_without_a_chip_nothing_is_measured(measured):
    from fisch import ZeroMockConnection

    with (ZeroMockConnection(0) as connection,
          pytest.raises(calibration.HardwareError, match="no chip")):
        calibration.calibrate(CADCCalibTarget(), None, [], connection=connection)
    assert not measured


def test_results_of_switched_silicon_are_not_kept(tmp_path, measured, caplog):
    chip = FakeChip()
    chip.info = {**FakeChip.info, "silicon": {"noise_read": False, "rails": True, "ideal": False}}
    calibration.calibrate(CADCCalibTarget(), None, [tmp_path], connection=chip)
    assert "noise_read" in caplog.text
    assert "rails" not in caplog.text
    assert not list(tmp_path.glob("*.npz"))
    assert cache.switched({"silicon": {"ideal": True, "rails": True}}) == ["ideal"]


def test_an_emulated_chip_measured_aside_stays_as_it_is(tmp_path, raw_chip, monkeypatch):
    """Another noise, another machine: the same file; and no program for the chip in use."""
    files = []
    for noise_seed in (5, 6):
        with raw_chip(4, noise_seed=noise_seed) as connection:
            folder = tmp_path / str(noise_seed)
            calibration.calibrate(CADCCalibTarget(), None, [folder], connection=connection,
                                  aside=True)
            assert connection.time_info[0].execution_duration.total_seconds() == 0
        files.append(next(folder.glob("*.npz")).read_bytes())
    assert files[0] == files[1]
