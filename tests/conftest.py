"""Fixtures of all tests: an environment that asks for nothing, and daemons of a test's own."""

import os

import pytest

from tests.daemons import Daemon

#: Variables by which a user chooses a chip, or another behaviour of it.
VARIABLES = (
    "HXCOMM_ENABLE_ZERO_MOCK",
    "HXEMU_ENDPOINT",
    "HXEMU_REVISION",
    "HXEMU_SEED",
    "HXEMU_NOISE_SEED",
    "HXEMU_BOARD",
    "HXEMU_MODEL_SPREAD",
    "HXEMU_STRICT",
    "HXEMU_CURVE_SERVER",
    "HXEMU_CURVE_CLIENT",
    "QUIGGELDY_ENABLED",
    "SLURM_FPGA_IPS",
    "FLANGE_SIMULATION_RCF_PORT",
)


@pytest.fixture(autouse=True, scope="session")
def _plain_environment(tmp_path_factory):
    """Tests set what they need; what the shell says is not for them.

    All workers of a run share one folder of calibrations, which is not the user's.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with pytest.MonkeyPatch.context() as patch:
        for name in VARIABLES:
            patch.delenv(name, raising=False)
        patch.setenv("HXEMU_CACHE_PATH", str(folder / "cache"))
        yield


@pytest.fixture
def start_daemon(tmp_path):
    """Start daemons that end with the test."""
    daemons: list[Daemon] = []

    def start(*arguments: str, endpoint: str | None = None, module: str = "tests.standin"):
        endpoint = endpoint or f"ipc://{tmp_path}/chip{len(daemons)}"
        daemons.append(Daemon(endpoint, *arguments, module=module))
        return daemons[-1]

    yield start
    for daemon in daemons:
        daemon.end()


@pytest.fixture
def daemon(start_daemon):
    """A daemon with the stand-in machine."""
    return start_daemon()
