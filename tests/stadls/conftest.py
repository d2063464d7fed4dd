import pytest

from stadls import ManagedConnection


@pytest.fixture
def embedded(monkeypatch):
    """A managed connection to an emulated chip of this process's own."""
    for name in ("HXCOMM_ENABLE_ZERO_MOCK", "HXEMU_ENDPOINT", "HXEMU_REVISION", "HXEMU_SEED"):
        monkeypatch.delenv(name, raising=False)
    pytest.importorskip("emulator.machine")
    return ManagedConnection()
