"""Which calibration products run on: files, defaults, the cache, several chips; and bad files."""

import logging
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import fisch
import hxtorch
import hxtorch.core.hardware as core
from fisch import registers
from hxtorch import CalibrationPath, perceptron
from stadls.calibration import CalibrationFileError, CalibrationMismatchError, Origin, cache
from stadls.calibration.common.cadc import CADCCalibOptions, CADCCalibResult, CADCCalibTarget
from stadls.calibration.hagen.synapse_driver import (
    SynapseDriverCalibOptions,
    SynapseDriverCalibResult,
    SynapseDriverCalibTarget,
)
from stadls.calibration.hagen.targets import (
    HagenCalibOptions,
    HagenCalibResult,
    HagenCalibTarget,
    HagenNeuronCalibResult,
)
from stadls.calibration.state import ChipState
from tests.hxtorch.conftest import ModelConnection, NoInitialisation


def made_up(identifier="hxcube93fpga0chip1_1", revision="v3", seed=0):
    """A calibration with trims that can be told apart."""
    random = np.random.default_rng(seed)
    origin = Origin(identifier, revision, "test")
    target, options = HagenCalibTarget(), HagenCalibOptions()
    converters = CADCCalibResult(
        CADCCalibTarget(), CADCCalibOptions(), origin, np.full(4, 168), np.full(4, 268),
        random.integers(-9, 9, 1024), np.ones(1024, bool),
    )
    drivers = SynapseDriverCalibResult(
        SynapseDriverCalibTarget(), SynapseDriverCalibOptions(), origin, np.full(4, 500),
        random.integers(0, 64, 256), np.full(256, 7), np.ones(256, bool),
    )
    place = SimpleNamespace(state=ChipState.nominal(revision), origin=origin)
    neurons = HagenNeuronCalibResult.of(
        target.neuron_target, options, place, np.ones(512, bool)
    )
    return HagenCalibResult(target, options, origin, converters, neurons, drivers)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    """Nothing of the user's is read or written, and nothing ships."""
    monkeypatch.setenv("HXEMU_CACHE_PATH", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "shipped", lambda *_: None)
    yield
    hxtorch.release_hardware()
    core._kept.clear()


@pytest.fixture
def measured(monkeypatch):
    """Stand in for the measurement; tells for which chips it was asked."""
    asked = []

    def calibrate(target, connection, progress, **_):
        (identifier,) = connection.get_unique_identifier()
        asked.append(identifier)
        progress("ramps", 0.5)
        result = made_up(identifier, connection.info["revision"])
        key = cache.cache_key(target, target.default_options(), Origin(identifier, "v3"))
        cache.cache_folder().mkdir(parents=True, exist_ok=True)
        cache.store(result, key, cache.cache_folder())
        return result

    monkeypatch.setattr("stadls.calibration.calibrate", calibrate)
    return asked


def open_hardware(*paths, connection=None, **arguments):
    connection = connection or ModelConnection()
    hxtorch.init_hardware(
        *paths, **{"endpoint": connection, "init": NoInitialisation(), **arguments}
    )
    return connection


def trims(connection):
    """DAC offsets of the drivers that a chip holds."""
    addresses = registers.addresses("SynapseDriverConfig", np.arange(256))
    words = np.array([[connection.chip.memory[int(a)] for a in row] for row in addresses])
    return registers.decode_block("SynapseDriverConfig", words)["hagen_dac_offset"]


def loaded():
    return hxtorch.emulation.run_info()["calibration"]


def product():
    return perceptron.mac(torch.ones(5), torch.ones(5, 3))


def test_file(tmp_path, caplog):
    path = tmp_path / "chip.npz"
    result = made_up(seed=5)
    result.save(path)
    with caplog.at_level(logging.INFO, "hxtorch.load_and_apply_calibration"):
        connection = open_hardware(CalibrationPath(str(path)))
    expected = result.synapse_driver_result.hagen_dac_offset
    np.testing.assert_array_equal(trims(connection), expected)
    info = loaded()
    assert (info["source"], info["path"]) == ("file", str(path))
    assert info["identifier"] == "hxcube93fpga0chip1_1"
    assert path.read_bytes()[-64:].decode() == info["checksum"]
    assert hxtorch.emulation.run_info()["configuration"] == "calibrated"
    assert any(str(path) in record.getMessage() for record in caplog.records)
    # drivers in use keep their trims
    product()
    np.testing.assert_array_equal(trims(connection), expected)


def test_failures_are_told(tmp_path, caplog):
    path = tmp_path / "chip.npz"
    result = made_up()
    result.neuron_result.success[:100] = False
    result.save(path)
    with caplog.at_level(logging.WARNING, "hxtorch.load_and_apply_calibration"):
        open_hardware(CalibrationPath(str(path)))
    assert "412 of 512 neurons" in caplog.text
    assert loaded()["success"] == {
        "neurons": (412, 512), "ADC channels": (1024, 1024), "synapse drivers": (256, 256)
    }


@pytest.mark.parametrize("identifier", ["hxcube93fpga0chip2_1", "hxcube92fpga0chip1_1"])
def test_file_of_another_chip(tmp_path, identifier):
    path = tmp_path / "chip.npz"
    made_up(identifier, f"v{int(identifier[6:8]) - 90}").save(path)
    connection = ModelConnection()
    with pytest.raises(CalibrationMismatchError, match="not to the one with"):
        open_hardware(CalibrationPath(str(path)), connection=connection)
    assert connection.closed
    with pytest.raises(RuntimeError, match="init_hardware"):
        hxtorch.get_unique_identifier()


def test_file_of_another_revision(tmp_path):
    path = tmp_path / "chip.npz"
    made_up(revision="v1").save(path)
    with pytest.raises(CalibrationMismatchError, match="revision"):
        open_hardware(CalibrationPath(str(path)))


def test_damaged_files(tmp_path):
    whole = tmp_path / "whole.npz"
    made_up().save(whole)
    data = whole.read_bytes()
    path = tmp_path / "damaged.npz"
    edited = bytearray(data)
    edited[len(data) // 2] ^= 1
    for content in (b"", data[:-1], data[: len(data) // 2], bytes(edited), b"\1text"):
        path.write_bytes(content)
        with pytest.raises(CalibrationFileError, match=str(path)):
            open_hardware(CalibrationPath(str(path)))


def test_default_is_measured_once_and_cached(measured, caplog):
    with caplog.at_level(logging.WARNING, "hxtorch.load_and_apply_calibration"):
        connection = open_hardware(ann=True)
    assert measured == ["hxcube93fpga0chip1_1"]
    assert "calibrated now" in caplog.text
    assert loaded()["source"] == "measured"
    assert not connection.closed
    first = trims(connection)
    hxtorch.release_hardware()
    hxtorch.init_hardware_minimal(endpoint=ModelConnection(), init=NoInitialisation())
    hxtorch.release_hardware()
    again = open_hardware(ann=True)
    assert measured == ["hxcube93fpga0chip1_1"]
    assert loaded()["source"] == "cached"
    np.testing.assert_array_equal(trims(again), first)


def test_a_measured_chip_is_opened_anew(measured, monkeypatch):
    opened = []

    def connect(endpoint, timeout):
        opened.append(ModelConnection())
        return opened[-1]

    monkeypatch.setattr(fisch, "connect", connect)
    hxtorch.init_hardware(ann=True, init=NoInitialisation())
    # as if the calibration had been there from the beginning
    assert [connection.closed for connection in opened] == [True, False]
    hxtorch.release_hardware()
    hxtorch.init_hardware(ann=True, init=NoInitialisation())
    assert len(opened) == 3


def test_a_shipped_calibration_is_taken_first(measured, monkeypatch):
    monkeypatch.setattr(cache, "shipped", lambda *_: made_up(seed=3))
    open_hardware(ann=True)
    assert loaded()["source"] == "shipped"
    assert not measured


def test_plain_initialisation_loads_the_default_at_the_first_product(
    measured, monkeypatch, caplog
):
    monkeypatch.setattr("hxtorch.core.chip._default_init", lambda connection: init_program())
    open_hardware(init=None)
    assert loaded() is None
    with caplog.at_level(logging.INFO, "hxtorch"):
        product()
    assert measured == ["hxcube93fpga0chip1_1"]
    assert loaded()["identifier"] == "hxcube93fpga0chip1_1"
    assert "uncalibrated" in caplog.text
    assert "loaded the measured hagen calibration" in caplog.text
    caplog.clear()
    product()
    assert not caplog.records


def init_program():
    return NoInitialisation().generate()[0].done()


def test_minimal_and_own_initialisation_load_nothing(measured):
    hxtorch.init_hardware_minimal(endpoint=ModelConnection(), init=NoInitialisation())
    product()
    assert loaded() is None
    hxtorch.release_hardware()
    open_hardware()
    product()
    assert loaded() is None
    assert not measured


def test_a_calibration_stays_for_its_chip(tmp_path, measured):
    path = tmp_path / "chip.npz"
    made_up(seed=5).save(path)
    open_hardware(CalibrationPath(str(path)))
    hxtorch.release_hardware()
    open_hardware()
    assert loaded()["source"] == "file"
    hxtorch.release_hardware()
    open_hardware(connection=ModelConnection("v2"))
    assert loaded() is None
    hxtorch.release_hardware()
    # the default is what is asked for by name
    open_hardware(ann=True)
    assert loaded()["source"] == "measured"


class TwoChips:
    """A connection to chips of two revisions."""

    def __init__(self):
        self.connections = (ModelConnection("v2"), ModelConnection("v3"))

    def submit(self, program):
        raise AssertionError("programs go to the chips one by one")

    def close(self):
        for connection in self.connections:
            connection.close()


def test_several_chips_have_calibrations_of_their_own(tmp_path, measured):
    path = tmp_path / "chip.npz"
    made_up(seed=5).save(path)
    chips = TwoChips()
    open_hardware(CalibrationPath(str(path)), connection=chips)
    infos = hxtorch.emulation.run_info()["chips"]
    found = [info["calibration"] for info in infos]
    assert [c["source"] for c in found] == ["measured", "file"]
    assert [c["revision"] for c in found] == ["v2", "v3"]
    assert measured == ["hxcube92fpga0chip1_1"]
    hxtorch.release_hardware()
    made_up("hxcube91fpga0chip1_1", "v1").save(path)
    with pytest.raises(CalibrationMismatchError):
        open_hardware(CalibrationPath(str(path)), connection=TwoChips())


def test_without_a_chip_there_is_nothing_to_calibrate(measured):
    for arguments in ({"ann": True}, {}):
        hxtorch.init_hardware(endpoint="zeromock", **arguments)
        assert not product().any()
        assert hxtorch.emulation.run_info()["configuration"] == "none"
        hxtorch.release_hardware()
    assert not measured


def test_progress_shows_on_terminals_only():
    import io

    from hxtorch.core.progress import progress_bar

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        with progress_bar("calibrating", stream) as show:
            show("ramps", 0.25)
            show("gains", 1.5)
        text = stream.getvalue()
        assert ("ramps" in text) == shown
        assert ("100%" in text) == shown
        # what was shown is wiped out behind it
        assert text.endswith("\r") == shown
