"""Managed connections, their handles, and what belongs to them."""

import copy
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
from datetime import timedelta

import pyhxcomm_vx as hxcomm
import pytest

from stadls import (
    NotAvailableError,
    PlaybackProgram,
    PlaybackProgramBuilder,
    ReinitStackEntry,
    SystemInit,
    generate,
    hal,
    halco,
    run,
)

KINDS = ("MultiARQConnection", "MultiSimConnection", "MultiZeroMockConnection",
         "QuiggeldyConnection")


@pytest.fixture
def zero_mock(monkeypatch):
    monkeypatch.setenv("HXCOMM_ENABLE_ZERO_MOCK", "1")


@pytest.mark.parametrize("kind", [*KINDS, "Connection"])
def test_handles_cannot_be_made(kind):
    assert hasattr(hxcomm, f"Managed{kind}")
    handle = getattr(hxcomm, f"{kind}Handle")
    assert issubclass(handle, hxcomm.ConnectionHandle)
    for arguments in ((), (1,)):
        with pytest.raises(TypeError):
            handle(*arguments)


def test_kind_of_handle(zero_mock):
    with hxcomm.ManagedConnection() as connection:
        assert isinstance(connection, hxcomm.MultiZeroMockConnectionHandle)
        assert not isinstance(connection, hxcomm.QuiggeldyConnectionHandle)
        assert connection.get_hwdb_entry() == [hxcomm.ZeroMockEntry()]
        assert connection.get_unique_identifier(hwdb_path="anywhere") == ["zeromock"]
        assert connection.bitfile_info == ["zeromock"]
        assert connection.repo_state == [""]


def test_fresh_time_info(zero_mock):
    with hxcomm.ManagedConnection() as connection:
        assert connection.time_info == [hxcomm.ConnectionTimeInfo()]
        run(connection, PlaybackProgram())
        spent = connection.time_info[0]
        assert spent != hxcomm.ConnectionTimeInfo()
        assert spent.execution_duration > timedelta()
    lines = str(hxcomm.ConnectionTimeInfo()).splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("ConnectionTimeInfo(", ")", 6)
    names = ["encode_duration:", "decode_duration:", "commit_duration:", "execution_duration:"]
    assert [line.split()[0] for line in lines[1:5]] == names
    assert all(line.startswith("\t") for line in lines[1:5])


def test_life_of_a_managed_connection(zero_mock, caplog):
    managed = hxcomm.ManagedConnection()
    first = managed.__enter__()
    assert len(first) == 1
    with caplog.at_level(logging.WARNING):
        second = managed.__enter__()
    assert caplog.records
    uses = (lambda h: h.time_info, lambda h: h.bitfile_info, lambda h: h.repo_state, len,
            lambda h: h.get_hwdb_entry(), lambda h: h.get_unique_identifier(),
            lambda h: run(h, PlaybackProgram()))
    for use in uses:
        with pytest.raises(RuntimeError, match="Connection is not allocated!"):
            use(first)
        use(second)
    assert managed.__exit__() is None
    assert managed.__exit__(None, None, None) is None
    for use in uses:
        with pytest.raises(RuntimeError, match="Connection is not allocated!"):
            use(second)
    with managed as third:
        assert len(third) == 1
    for one in (first, managed):
        with pytest.raises(TypeError):
            copy.copy(one)
    with pytest.raises(TypeError):
        pickle.dumps(third)


def test_an_exception_passes(zero_mock):
    with pytest.raises(KeyError, match="inside"), hxcomm.ManagedConnection() as connection:
        raise KeyError("inside")
    with pytest.raises(RuntimeError):
        len(connection)


def test_several_mocks():
    with hxcomm.ManagedMultiZeroMockConnection([(0,), (0,), (8,)]) as connection:
        assert isinstance(connection, hxcomm.MultiZeroMockConnectionHandle)
        assert len(connection) == 3
        for values in (connection.time_info, connection.get_unique_identifier(),
                       connection.get_hwdb_entry(), connection.bitfile_info,
                       connection.repo_state):
            assert len(values) == 3
        builder = PlaybackProgramBuilder()
        ticket = builder.read(halco.CapMemCellOnDLS())
        programs = [PlaybackProgram(), builder.done(), PlaybackProgram()]
        info = run(connection, programs)
        assert len(info.connection) == 3
        assert ticket.valid()
        for wrong in ([], programs[:2], programs[1]):
            with pytest.raises(RuntimeError, match="exactly one program"):
                run(connection, wrong)
        assert str(info).startswith("RunTimeInfo(")
        assert str(info).count("ConnectionTimeInfo(") == 3
        assert isinstance(info.playback_decode_time, timedelta)


def test_what_is_not_reached(monkeypatch):
    with pytest.raises(RuntimeError, match="real hardware"), \
            hxcomm.ManagedMultiARQConnection([("192.168.1.1",)]):
        pass
    with pytest.raises(RuntimeError, match="co-simulation"), \
            hxcomm.ManagedMultiSimConnection([("127.0.0.1", 50001)]):
        pass
    with pytest.raises(NotAvailableError), hxcomm.ManagedQuiggeldyConnection("ip", 1, None):
        pass


def test_emulated_chip(embedded):
    with embedded as connection:
        assert isinstance(connection, hxcomm.MultiARQConnectionHandle)
    with hxcomm.ManagedMultiARQConnection() as connection:
        assert connection.info["kind"] == "emulator"


def test_unused_port():
    port = hxcomm.get_unused_port()
    assert 1024 <= port <= 65535
    with socket.socket() as own:
        own.bind(("127.0.0.1", port))


@pytest.mark.parametrize("status", [0, 3])
def test_terminate(status, caplog):
    code = ("import signal, sys, time\n"
            f"signal.signal(signal.SIGTERM, lambda *_: sys.exit({status}))\n"
            "print('ready', flush=True); time.sleep(60)")
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    child.stdout.readline()
    with caplog.at_level(logging.WARNING):
        hxcomm.terminate(child.pid)
    assert len(caplog.records) == (status != 0)
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, signal.SIGTERM)
    child.stdout.close()
    child.wait()


def test_environment_of_a_server(monkeypatch):
    for name in ("QUIGGELDY_ENABLED", "QUIGGELDY_IP", "QUIGGELDY_PORT"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("QUIGGELDY_OTHER", "1")
    for _ in range(2):
        hxcomm.unset_quiggeldy_env()
    assert [n for n in os.environ if n.startswith("QUIGGELDY")] == ["QUIGGELDY_OTHER"]
    assert hxcomm.get_repo_state().startswith("hxemu ")


# --- programs that restore a state


def test_reinit_runs_what_is_enforced(embedded):
    place = halco.CapMemCellOnDLS()

    def writing(value):
        builder = PlaybackProgramBuilder()
        builder.write(place, hal.CapMemCell(value))
        return builder.done()

    def stored(connection):
        builder = PlaybackProgramBuilder()
        ticket = builder.read(place)
        builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
        run(connection, builder.done())
        return int(ticket.get().value)

    with embedded as connection:
        entry = ReinitStackEntry(connection)
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        entry.set([builder.done()], enforce=True)
        entry.set([writing(11)], None, enforce=True)
        assert stored(connection) == 11
        entry.set(pbmem_request=[writing(12)], enforce=False)
        assert stored(connection) == 11
        inner = hxcomm.ReinitStackEntry(connection)
        inner.set(writing(13))
        assert stored(connection) == 13
        inner.pop()
        inner.pop()
        with pytest.raises(RuntimeError, match="popped"):
            inner.set([writing(1)])
        entry.pop()


def test_reinit_is_checked(zero_mock):
    with hxcomm.ManagedConnection() as connection:
        entry = ReinitStackEntry(connection)
        builder = PlaybackProgramBuilder()
        builder.read(halco.CapMemCellOnDLS())
        reading = builder.done()
        with pytest.raises(RuntimeError, match="write-only playback programs"):
            entry.set([reading])
        entry.set([PlaybackProgram()], [reading])
        for requests, snapshots in (([], None), ([PlaybackProgram()] * 2, None),
                                    ([PlaybackProgram()], [])):
            with pytest.raises(RuntimeError, match="exactly one program"):
                entry.set(requests, snapshots)
