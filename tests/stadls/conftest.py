import pytest

from stadls import ManagedConnection


@pytest.fixture
def embedded():
    """A managed connection to an emulated chip of this process's own."""
    pytest.importorskip("emulator.machine")
    return ManagedConnection()
