"""Files of calibrations: what comes back, and what is refused."""

import gzip
import hashlib
import json
import pickle
import zipfile
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadls.calibration import files
from stadls.calibration.common.cadc import CADCCalibOptions, CADCCalibResult, CADCCalibTarget
from stadls.calibration.errors import CalibrationFileError, CalibrationMismatchError
from stadls.calibration.hagen import HagenSyninCalibOptions, HagenSyninCalibResult
from stadls.calibration.hagen.synapse_driver import (
    SynapseDriverCalibOptions,
    SynapseDriverCalibResult,
    SynapseDriverCalibTarget,
)
from stadls.calibration.hagen.targets import HagenSyninCalibTarget
from stadls.calibration.session import Origin

ORIGIN = Origin("hxcube93fpga0chip8_1", "v3", "test")


def cadc_result(seed=0, origin=ORIGIN):
    random = np.random.default_rng(seed)
    return CADCCalibResult(
        CADCCalibTarget(), CADCCalibOptions(), origin, random.integers(0, 1022, 4),
        random.integers(0, 1022, 4), random.integers(-30, 30, 1024), random.random(1024) < 0.9)


def synin_result(seed=0):
    random = np.random.default_rng(seed)
    drivers = SynapseDriverCalibResult(
        SynapseDriverCalibTarget(), SynapseDriverCalibOptions(), ORIGIN,
        random.integers(200, 900, 4), random.integers(0, 64, 256), np.full(256, 7),
        random.random(256) < 0.97)
    return HagenSyninCalibResult(
        HagenSyninCalibTarget(synapse_dac_bias=700), HagenSyninCalibOptions(), ORIGIN,
        cadc_result(seed + 1), drivers, random.integers(500, 700, 4), np.ones(4, bool))


def same(one, other):
    return files.dumps(one) == files.dumps(other)


def sealed(members, comment=True):
    """An archive of these members with a right checksum."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.comment = b"0" * 64
    body = stream.getvalue()[:-64]
    return body + hashlib.sha256(body).hexdigest().encode()


def members(data):
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def edited(data, **changes):
    """A file with other entries in its header, and a right checksum."""
    found = members(data)
    header = json.loads(found["header.json"])
    header.update(changes)
    found["header.json"] = json.dumps(header).encode()
    return sealed(found)


def test_results_come_back(tmp_path):
    result = synin_result()
    path = tmp_path / "chip.npz"
    result.save(path)
    again = files.load(path)
    assert type(again) is HagenSyninCalibResult
    assert same(result, again)
    assert again.origin == ORIGIN
    assert again.target.synapse_dac_bias == 700
    assert again.cadc_result.origin == ORIGIN
    np.testing.assert_array_equal(again.cadc_result.channel_offset,
                                  result.cadc_result.channel_offset)
    assert again.cadc_result.channel_offset.dtype == np.int8
    for one, other in zip(result.words(), again.words(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert path.stat().st_size < 100_000
    assert [p.name for p in tmp_path.iterdir()] == ["chip.npz"]


def test_a_file_is_readable_without_this_package(tmp_path):
    path = tmp_path / "chip.npz"
    cadc_result().save(path)
    with np.load(path, allow_pickle=False) as found:
        assert found["result.channel_offset"].shape == (1024,)
        header = json.loads(bytes(found["header.json"]))
    assert header["identifier"] == ORIGIN.identifier
    assert header["revision"] == "v3"
    assert header["success"]["success"][1] == 1024


def test_other_chips_are_refused_by_name(tmp_path):
    path = tmp_path / "chip.npz"
    cadc_result().save(path)
    assert files.load(path, ORIGIN.identifier, "v3").origin == ORIGIN
    with pytest.raises(CalibrationMismatchError, match=r"chip8_1.*hxcube93fpga0chip1_1"):
        files.load(path, "hxcube93fpga0chip1_1")
    with pytest.raises(ValueError, match=r"revision 'v3'.*'v2'"):
        files.load(path, ORIGIN.identifier, "v2")


DATA = files.dumps(cadc_result())


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damaged_files_are_refused(data):
    kind = data.draw(st.sampled_from(["cut", "flip", "insert", "join", "noise"]))
    place = data.draw(st.integers(0, len(DATA) - 1))
    damaged = bytearray(DATA)
    if kind == "cut":
        damaged = damaged[:place]
    elif kind == "flip":
        damaged[place] ^= data.draw(st.integers(1, 255))
    elif kind == "insert":
        damaged[place:place] = data.draw(st.binary(min_size=1, max_size=20))
    elif kind == "join":
        damaged += DATA[place:]
    else:
        damaged = bytearray(data.draw(st.binary(max_size=200)))
    if bytes(damaged) != DATA:
        with pytest.raises(CalibrationFileError):
            files.loads(bytes(damaged))


@settings(max_examples=200, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8)
                    | st.floats(allow_nan=False),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["class", "fields", "array", "list", "map", "x"]),
                        inner, max_size=3), max_leaves=12))
def test_headers_of_nonsense_with_a_right_checksum_are_refused(content):
    with pytest.raises(CalibrationFileError):
        files.loads(edited(DATA, content=content))


@pytest.mark.parametrize(("changes", "reason"), [
    ({"version": 2}, "version 2"),
    ({"format": "other"}, "does not say"),
    ({"revision": "v9"}, "unknown chip"),
    ({"identifier": 5}, "unknown chip"),
])
def test_headers_that_do_not_fit_are_refused(changes, reason):
    with pytest.raises(CalibrationFileError, match=reason):
        files.loads(edited(DATA, **changes))


@pytest.mark.parametrize("array", [
    np.zeros(1024, np.int16), np.zeros(1023, np.int8), np.zeros((2, 512), np.int8),
    np.zeros(1024, np.float64)])
def test_arrays_of_another_kind_are_refused(array):
    found = members(DATA)
    stream = BytesIO()
    np.save(stream, array)
    found["result.channel_offset.npy"] = stream.getvalue()
    with pytest.raises(CalibrationFileError, match="channel_offset"):
        files.loads(sealed(found))


def test_codes_out_of_range_and_pickles_are_refused():
    for array, reason in ((np.full(4, 1023, np.uint16), "v_ramp_offset"),
                          (np.array([{}] * 4), "holds no usable calibration")):
        found = members(DATA)
        stream = BytesIO()
        np.save(stream, array, allow_pickle=True)
        found["result.v_ramp_offset.npy"] = stream.getvalue()
        with pytest.raises(CalibrationFileError, match=reason):
            files.loads(sealed(found))


def test_arrays_of_no_use_and_missing_ones_are_refused():
    found = members(DATA)
    found["more.npy"] = found["result.success.npy"]
    with pytest.raises(CalibrationFileError, match="of no use"):
        files.loads(sealed(found))
    del found["more.npy"], found["result.success.npy"]
    with pytest.raises(CalibrationFileError):
        files.loads(sealed(found))


@pytest.mark.parametrize(("data", "kind"), [
    (pickle.dumps({"target": 1}), "a pickle"), (b"\x01\x00\x00\x00", "portable binary"),
    (gzip.compress(b"{}", mtime=0), "compressed text"), (b"some text", "no calibration of hxemu"),
    (b"", "no calibration of hxemu")])
def test_other_formats_are_refused_by_name(data, kind):
    with pytest.raises(CalibrationFileError, match=kind):
        files.loads(data)


def test_large_files_are_not_unpacked():
    with pytest.raises(CalibrationFileError, match="larger"):
        files.loads(b"PK" + bytes(files.MAX_BYTES))
    bomb = sealed({**members(DATA), "bomb.npy": bytes(files.MAX_BYTES)})
    with pytest.raises(CalibrationFileError, match="too large"):
        files.loads(bomb)


def test_results_refuse_values_out_of_range():
    with pytest.raises(ValueError, match="v_ramp_offset has values beyond"):
        CADCCalibResult(CADCCalibTarget(), CADCCalibOptions(), ORIGIN, np.full(4, 1023),
                        np.zeros(4), np.zeros(1024), np.ones(1024, bool))
    with pytest.raises(ValueError, match="channel_offset"):
        CADCCalibResult(CADCCalibTarget(), CADCCalibOptions(), ORIGIN, np.zeros(4),
                        np.zeros(4), np.full(1024, 0.5), np.ones(1024, bool))


def test_fingerprints_tell_contents_apart():
    one = HagenSyninCalibTarget()
    assert files.fingerprint(one) == files.fingerprint(HagenSyninCalibTarget())
    assert files.fingerprint(one) != files.fingerprint(HagenSyninCalibTarget(
        synapse_dac_bias=799))
    assert files.fingerprint(np.zeros(3)) != files.fingerprint(np.zeros((1, 3)))


def test_nothing_is_left_behind_where_nothing_can_be_written(tmp_path):
    with pytest.raises(OSError, match="chip"):
        cadc_result().save(tmp_path / "missing" / "chip.npz")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        cadc_result().save(tmp_path / "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]
