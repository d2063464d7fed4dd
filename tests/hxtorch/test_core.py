"""The process's hardware: opening, replacing, releasing, forking."""

import logging
import os
import sys

import pytest
import torch

import hxtorch
import hxtorch.core.hardware as core
from fisch import PlaybackProgramBuilder
from hxtorch import perceptron
from hxtorch.errors import CalibrationPathError
from stadls.calibration.errors import CalibrationFileError
from tests.hxtorch.conftest import ModelConnection, NoInitialisation


@pytest.fixture(autouse=True)
def _release(nominal_default):
    yield
    hxtorch.release_hardware()
    core._kept.clear()


def open_hardware(connection=None, **arguments):
    connection = connection or ModelConnection()
    hxtorch.init_hardware(endpoint=connection, **{"init": NoInitialisation(), **arguments})
    return connection


def test_second_initialisation_is_refused_and_the_first_stays():
    first, second = open_hardware(), ModelConnection("v2")
    with pytest.raises(RuntimeError, match="hxcube93fpga0chip1_1"):
        open_hardware(second)
    assert not first.closed
    assert hxtorch.get_unique_identifier() == ["hxcube93fpga0chip1_1"]


def test_minimal_replaces():
    first, second = open_hardware(ann=True), ModelConnection("v2")
    hxtorch.init_hardware_minimal(endpoint=second, init=NoInitialisation())
    assert first.closed
    assert hxtorch.get_unique_identifier() == ["hxcube92fpga0chip1_1"]
    assert perceptron.mac(torch.ones(5), torch.ones(5, 3)).shape == (3,)
    assert hxtorch.emulation.run_info()["configuration"] != "calibrated"


def test_release():
    connection = open_hardware()
    hxtorch.release_hardware()
    hxtorch.release_hardware()
    assert connection.closed
    with pytest.raises(RuntimeError, match="init_hardware"):
        hxtorch.get_unique_identifier()
    open_hardware()


@pytest.fixture
def default_init(monkeypatch):
    """The slow model starts in a usable state: no default initialisation."""
    monkeypatch.setattr(
        "hxtorch.core.chip._default_init", lambda connection: PlaybackProgramBuilder().done()
    )


def test_plain_initialisation_loads_the_default_calibration_late(default_init, caplog):
    hxtorch.init_hardware(endpoint=ModelConnection())
    assert hxtorch.emulation.run_info()["configuration"] == "none"
    with caplog.at_level(logging.WARNING, "hxtorch"):
        for _ in range(2):
            perceptron.mac(torch.ones(5), torch.ones(5, 3))
    warnings = [r for r in caplog.records if "uncalibrated" in r.getMessage()]
    assert len(warnings) == 1
    assert hxtorch.emulation.run_info()["configuration"] == "calibrated"


def test_strict_runs_uncalibrated(default_init, monkeypatch):
    monkeypatch.setenv("HXEMU_STRICT", "1")
    hxtorch.init_hardware(endpoint=ModelConnection())
    perceptron.mac(torch.ones(5), torch.ones(5, 3))
    assert hxtorch.emulation.run_info()["configuration"] == "none"


def test_a_loaded_configuration_stays_until_minimal(default_init):
    hxtorch.init_hardware(ann=True, endpoint=ModelConnection())
    hxtorch.release_hardware()
    hxtorch.init_hardware(endpoint=ModelConnection())
    assert hxtorch.emulation.run_info()["configuration"] == "calibrated"
    hxtorch.init_hardware_minimal(endpoint=ModelConnection())
    assert hxtorch.emulation.run_info()["configuration"] == "none"
    hxtorch.release_hardware()
    hxtorch.init_hardware(endpoint=ModelConnection())
    assert hxtorch.emulation.run_info()["configuration"] == "none"


def test_own_initialisation_as_tuple():
    connection = open_hardware(init=NoInitialisation().generate())
    assert hxtorch.emulation.run_info()["configuration"] == "user"
    perceptron.mac(torch.ones(5), torch.ones(5, 3))
    assert hxtorch.emulation.run_info()["configuration"] == "user"
    assert not connection.closed


def test_own_initialisation_is_the_base_of_the_configuration():
    from fisch import PlaybackProgramBuilder, registers

    addresses = registers.addresses("SynapseDriverConfig", [0]).ravel()
    words = registers.encode("SynapseDriverConfig", {"offset": 9})
    builder = PlaybackProgramBuilder()
    builder.write_block(addresses, words)
    connection = open_hardware(init=(builder, None))
    perceptron.mac(torch.ones(5), torch.ones(5, 3))
    now = [connection.chip.memory[int(a)] for a in addresses]
    assert registers.decode("SynapseDriverConfig", now)["offset"] == 9


def test_unknown_jtag_id_closes_the_connection():
    connection = ModelConnection()
    execute = connection.chip.execute
    connection.chip.execute = lambda words: (
        execute(words)[0],
        [0x448580AF] * len(execute(words)[1]),
    )
    with pytest.raises(RuntimeError, match=r"0x448580af.*0x348580af") as error:
        open_hardware(connection)
    assert error.value.value == 0x448580AF
    assert connection.closed
    with pytest.raises(RuntimeError, match="init_hardware"):
        hxtorch.get_unique_identifier()


def test_several_chips_are_initialised_alike():
    class Two:
        def __init__(self):
            self.connections = (ModelConnection("v3"), ModelConnection("v2"))

        def submit(self, programs):
            raise AssertionError("every chip has a connection of its own")

        def close(self):
            for connection in self.connections:
                connection.close()

    connection = Two()
    open_hardware(connection)
    assert hxtorch.get_unique_identifier() == ["hxcube93fpga0chip1_1", "hxcube92fpga0chip1_1"]
    info = hxtorch.emulation.run_info()
    assert [chip["revision"] for chip in info["chips"]] == ["v3", "v2"]
    assert info["revision"] == "v3"
    assert [len(part.programs) for part in connection.connections] == [2, 2]
    hxtorch.release_hardware()
    assert all(part.closed for part in connection.connections)


def test_announces_that_the_chip_is_emulated(caplog):
    with caplog.at_level(logging.WARNING, "hxtorch"):
        open_hardware()
    (message,) = [r.getMessage() for r in caplog.records if "emulated" in r.getMessage()]
    for part in ("hxcube93fpga0chip1_1", "v3", "seed 0", "noise seed 1"):
        assert part in message


def test_run_info():
    open_hardware(ann=True)
    info = hxtorch.emulation.run_info()
    assert info["kind"] == "emulator"
    assert info["revision"] == "v3"
    assert info["identifier"] == "hxcube93fpga0chip1_1"
    assert (info["seed"], info["noise_seed"]) == (0, 1)
    assert info["silicon"]["ideal"] is True
    assert info["configuration"] == "calibrated"
    assert info["options"]["baseline"] is True
    assert info["last_run"] is None
    perceptron.mac(torch.ones(2, 5), torch.ones(5, 3))
    last = hxtorch.emulation.run_info()["last_run"]
    assert last["macs"] == 30
    parts = ("configure", "encode", "submit", "execute", "decode", "combine")
    assert sum(last[name] for name in parts) == pytest.approx(last["total"], rel=0.2)


def test_silicon_switches_are_restored():
    connection = open_hardware()
    with hxtorch.emulation.silicon(ideal=False, noise_cadc=True):
        assert connection.silicon == {"ideal": False, "noise_cadc": True}
    assert connection.silicon == {"ideal": True, "noise_cadc": False}
    with pytest.raises(ValueError, match="unknown"), hxtorch.emulation.silicon(unknown=True):
        pass


def test_calibration_files_are_refused_by_name(tmp_path):
    binary = tmp_path / "hagen_cocolist.pbin"
    binary.write_bytes(b"\1")
    other = tmp_path / "own.npz"
    other.write_bytes(b"")
    missing = tmp_path / "missing"
    for path, error in (
        (binary, CalibrationFileError),
        (other, CalibrationFileError),
        (missing, CalibrationPathError),
    ):
        for arguments in (
            {"hwdb_path": hxtorch.CalibrationPath(str(path))},
            {"calibration_path": hxtorch.CalibrationPath(str(path))},
        ):
            with pytest.raises(error, match=str(path)):
                hxtorch.init_hardware(**arguments)


def test_database_path_is_accepted():
    open_hardware(hwdb_path=hxtorch.HWDBPath(version="stable/2020"))
    assert hxtorch.get_unique_identifier(hxtorch.HWDBPath()) == ["hxcube93fpga0chip1_1"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_forked_process_cannot_use_the_hardware():
    connection = open_hardware(ann=True)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            perceptron.mac(torch.ones(5), torch.ones(5, 3))
        except RuntimeError as error:
            os.write(writer, str(error).encode())
        finally:
            hxtorch.release_hardware()
            os._exit(connection.closed)
    os.close(writer)
    with os.fdopen(reader) as stream:
        message = stream.read()
    _, status = os.waitpid(child, 0)
    assert "forked" in message
    # the child's release left the connection alone
    assert os.waitstatus_to_exitcode(status) == 0
    assert perceptron.mac(torch.ones(5), torch.ones(5, 3)).shape == (3,)


class Vectors(torch.utils.data.Dataset):
    """Random activations and a bit that depends on them."""

    def __init__(self):
        generator = torch.Generator().manual_seed(0)
        self.x = torch.randint(0, 32, (24, 8), generator=generator).float()

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return self.x[index], (self.x[index, 0] > self.x[index, 1]).long()


def test_training_with_data_loader_workers():
    connection = open_hardware(ann=True)
    model = torch.nn.Sequential(
        perceptron.nn.Linear(8, 4, bias=False, num_sends=4),
        perceptron.nn.ConvertingReLU(shift=1),
        perceptron.nn.Linear(4, 2, bias=False, num_sends=4),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    before = model[0].weight.detach().clone()
    loader = torch.utils.data.DataLoader(
        Vectors(), batch_size=8, num_workers=2, multiprocessing_context="fork"
    )
    for _ in range(2):
        for x, target in loader:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x) / 8, target).backward()
            optimizer.step()
    assert not torch.equal(model[0].weight, before)
    assert not connection.closed
    model(torch.ones(1, 8))
