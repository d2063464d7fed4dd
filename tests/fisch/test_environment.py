
import pytest

import fisch
from fisch.connections import environment
from fisch.connections.embedded import ChipChoice
from fisch.connections.hardware_database import HXCubeSetupEntry
from fisch.errors import NoBackendError


class Opened:
    """Stands for an open connection; remembers how it was opened."""

    def __init__(self, endpoint, timeout):
        self.endpoint, self.timeout = endpoint, timeout
        self.info = {"revision": "v3"}
        self.closed = False

    def __len__(self):
        return 1

    size = 1

    def close(self):
        self.closed = True


@pytest.fixture
def opened(monkeypatch):
    """Connections in the order in which they were opened; nothing is started."""
    made = []

    def open_(endpoint, *, timeout):
        if "refused" in endpoint:
            raise NoBackendError(endpoint)
        made.append(Opened(endpoint, timeout))
        return made[-1]

    def embedded(choice, timeout):
        return Opened(f"embedded {choice}", timeout)

    monkeypatch.setattr(environment, "ZMQConnection", open_)
    monkeypatch.setattr(environment, "connect_embedded", embedded)
    return made


def test_argument_comes_first(opened, monkeypatch):
    monkeypatch.setenv("HXCOMM_ENABLE_ZERO_MOCK", "1")
    monkeypatch.setenv("HXEMU_ENDPOINT", "ipc:///b")
    assert fisch.connect("ipc:///a", timeout=3).endpoint == "ipc:///a"
    assert opened[0].timeout == 3


def test_zero_mock_comes_second(opened, monkeypatch):
    monkeypatch.setenv("HXEMU_ENDPOINT", "ipc:///b")
    monkeypatch.setenv("HXCOMM_ENABLE_ZERO_MOCK", "1")
    with fisch.connect(revision="v1", ns_per_message=0) as mock:
        assert mock.info["kind"] == "zeromock"
        assert mock.info["revision"] == "v1"
        assert mock.info["ns_per_message"] == 0


@pytest.mark.parametrize("value", ["0", "", "no"])
def test_zero_mock_is_a_number_but_zero(opened, monkeypatch, value):
    monkeypatch.setenv("HXEMU_ENDPOINT", "ipc:///b")
    monkeypatch.setenv("HXCOMM_ENABLE_ZERO_MOCK", value)
    assert fisch.connect().endpoint == "ipc:///b"


def test_endpoint_of_the_environment_beats_hardware(opened, monkeypatch):
    monkeypatch.setenv("HXEMU_ENDPOINT", "ipc:///b")
    monkeypatch.setenv("SLURM_FPGA_IPS", "192.168.1.2")
    assert fisch.connect().endpoint == "ipc:///b"


def test_several_endpoints(opened, monkeypatch):
    monkeypatch.setenv("HXEMU_ENDPOINT", "ipc:///b, tcp://127.0.0.1:5 ,")
    both = fisch.connect()
    assert len(both) == 2
    assert [c.endpoint for c in opened] == ["ipc:///b", "tcp://127.0.0.1:5"]
    assert [c.endpoint for c in fisch.connect(["ipc:///x", "ipc:///y"]).connections] == [
        "ipc:///x",
        "ipc:///y",
    ]


def test_failure_closes_what_is_open(opened):
    with pytest.raises(NoBackendError):
        fisch.connect("ipc:///a,ipc:///refused")
    assert opened[0].closed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QUIGGELDY_ENABLED", "1"),
        ("SLURM_FPGA_IPS", "192.168.1.2,192.168.1.3"),
        ("FLANGE_SIMULATION_RCF_PORT", "5000"),
    ],
)
def test_hardware_is_refused_by_name(opened, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(NoBackendError, match=name) as caught:
        fisch.connect()
    assert "HXEMU_ENDPOINT" in str(caught.value)
    assert isinstance(caught.value, RuntimeError)


def test_quiggeldy_zero_is_not_asked_for(opened, monkeypatch):
    monkeypatch.setenv("QUIGGELDY_ENABLED", "0")
    assert "embedded" in fisch.connect().endpoint


def test_embedded_is_last(opened, monkeypatch):
    assert fisch.connect().endpoint == f"embedded {ChipChoice('v3', 0, None)}"
    monkeypatch.setenv("HXEMU_REVISION", "v1")
    monkeypatch.setenv("HXEMU_SEED", "4")
    monkeypatch.setenv("HXEMU_NOISE_SEED", "0x10")
    assert fisch.connect().endpoint == f"embedded {ChipChoice('v1', 4, 16)}"
    assert fisch.connect(revision="v2").endpoint == f"embedded {ChipChoice('v2', 4, 16)}"
    monkeypatch.setenv("HXEMU_MODEL_SPREAD", "1")
    chosen = ChipChoice("v1", 4, 16, model_spread=True)
    assert fisch.connect().endpoint == f"embedded {chosen}"
    assert "--model-spread" in chosen.arguments()


@pytest.mark.parametrize(
    ("name", "value"),
    [("HXEMU_REVISION", "v9"), ("HXEMU_SEED", "-1"), ("HXEMU_NOISE_SEED", "many"),
     ("HXEMU_BOARD", "wafer"), ("HXEMU_MODEL_SPREAD", "yes")],
)
def test_bad_variables_are_named(opened, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=name):
        fisch.connect()


def test_revision_of_a_running_daemon_is_checked(opened):
    assert fisch.connect("ipc:///a", revision="v3").endpoint == "ipc:///a"
    with pytest.raises(NoBackendError, match="v2"):
        fisch.connect("ipc:///a", revision="v2")
    assert opened[-1].closed


def test_no_endpoint():
    with pytest.raises(ValueError, match="names no chip"):
        fisch.connect(" , ")


def test_entry_of_an_emulated_chip():
    entry = HXCubeSetupEntry.of_emulated("hxcube92fpga0chip8_1", 2)
    assert entry.hxcube_id == 92
    (fpga,) = entry.fpgas.values()
    assert (fpga.wing.handwritten_chip_serial, fpga.wing.chip_revision) == (8, 2)
    assert entry.get_unique_branch_identifier(8) == "hxcube92fpga0chip8_1"
    assert entry.get_ids_from_unique_branch_identifier("hxcube9fpga0chip12_1") == (9, 0, 12, 1)
    with pytest.raises(RuntimeError, match="9"):
        entry.get_unique_branch_identifier(9)
    with pytest.raises(RuntimeError, match="zeromock"):
        entry.get_ids_from_unique_branch_identifier("zeromock")
