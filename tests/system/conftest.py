import pytest

from tests.daemons import Daemon


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
        daemon.kill()
        daemon.process.communicate(timeout=10)


@pytest.fixture
def daemon(start_daemon):
    """A daemon with the stand-in machine."""
    return start_daemon()
