"""ZMQConnection against a daemon in a process of its own."""

import gc
import itertools
import os
import signal
import threading
import time

import msgpack
import numpy as np
import pytest
import zmq

import fisch
from fisch import protocol
from fisch.connections import HXCubeSetupEntry, MultiConnection, ZMQConnection, channel
from fisch.errors import (
    ChipBusyError,
    ConnectionError,
    ConnectionLostError,
    ConnectionTimeoutError,
    LimitError,
    ProgramError,
    ProtocolVersionError,
)
from fisch.program import PlaybackProgram
from tests.daemons import gone, script, wait_for
from tests.standin import SLEEP_MS_BASE

READ, TICK, HALT = 0x0B00001F8800000C, 0x0A00000000000001, 0x0A00000000000000


def program(words, expected=(0, 0, 0)):
    return PlaybackProgram(np.array(words, dtype=np.uint64), expected)


def sleeping(milliseconds):
    """A program that keeps the stand-in busy for a while."""
    return program([0x05 << 56 | (SLEEP_MS_BASE + milliseconds)])


@pytest.fixture
def connection(daemon):
    with ZMQConnection(daemon.endpoint) as connection:
        yield connection


def test_run(connection):
    reads = program([READ, TICK, READ], (0, 2, 1))
    info = connection.run(reads)
    assert reads.responses.omnibus.tolist() == [0, 0]
    assert reads.tickets_valid()
    assert info.reports[0]["messages"] == 4
    assert info.fpga_time == pytest.approx(4 * 8e-9)
    assert info.execution_duration >= info.commit_duration
    assert connection.daemon_totals()["programs"] == 1
    assert connection.time_info[0].execution_duration == info.execution_duration


@pytest.mark.parametrize("halted", [False, True])
@pytest.mark.parametrize("in_flight", [1, 2])
def test_programs_of_many_sizes(connection, halted, in_flight):
    step = channel.CHUNK_BYTES // 8
    half, first = step // 2, channel.FIRST_BYTES // 8
    for count in (0, 1, first, 2 * first, half - 1, half, half + 1, step - 1, step, 3 * step + 5):
        words = np.full(count + halted, READ, dtype=np.uint64)
        if halted:
            words[-1] = HALT
        reads = PlaybackProgram(words, (0, count, 0), halted=halted)
        for pending in [connection.submit(reads) for _ in range(in_flight)]:
            pending.wait()
            assert len(reads.responses.omnibus) == count


@pytest.mark.parametrize("halted", [False, True])
@pytest.mark.parametrize("idle", [False, True])
def test_pieces_of_a_program_fit_messages(halted, idle):
    most = protocol.FRAME_BYTES * (2 if halted else 1)
    for words in (0, 1, 1 << 15, 1 << 16, 3 << 15, 1 << 17, (1 << 17) + 1, 1 << 18, 1 << 22):
        pieces = channel._pieces(8 * words, halted, idle)
        assert pieces[0][0] == 0
        assert pieces[-1][1] == 8 * words
        assert all(a[1] == b[0] for a, b in itertools.pairwise(pieces))
        assert all(end - start <= most and start % 8 == 0 for start, end in pieces)


def test_two_programs_in_flight(connection):
    first, second = sleeping(600), program([READ], (0, 1, 0))
    begin = time.monotonic()
    pending = [connection.submit(p) for p in (first, second)]
    assert not pending[0].done()
    pending[1].wait()
    assert time.monotonic() - begin > 0.59
    assert pending[0].done()
    pending[0].wait()
    assert second.responses.omnibus.tolist() == [0]


def test_many_programs_in_flight_exceed_no_backlog(connection, monkeypatch):
    # 12 programs of 8 MiB are more than the daemon lets wait
    words = np.full(1 << 20, 0x0400000000000000, dtype=np.uint64)
    pending = [connection.submit(PlaybackProgram(words)) for _ in range(12)]
    for run in pending:
        run.wait(60)


def test_wait_with_timeout_goes_on_later(connection):
    run = connection.submit(sleeping(400))
    with pytest.raises(ConnectionTimeoutError, match="did not end"):
        run.wait(0.05)
    run.wait(5)
    assert isinstance(ConnectionTimeoutError("x"), TimeoutError)


def test_program_errors_concern_their_program_only(connection):
    bad = program([0x7F << 56])
    good = program([READ], (0, 1, 0))
    runs = [connection.submit(p) for p in (bad, good)]
    with pytest.raises(ProgramError, match="Unknown header"):
        runs[0].wait()
    runs[1].wait()
    assert good.tickets_valid()
    with pytest.raises(ProgramError, match="Not all response data"):
        connection.run(program([READ], (1, 1, 0)))
    with pytest.raises(RuntimeError, match="For each fpga exactly one program"):
        connection.run([good, good])


def test_too_long_program_is_refused_before_it_is_sent(connection):
    with pytest.raises(LimitError, match="4194304"):
        connection.submit(program(np.full((1 << 22) + 1, TICK)))


def test_identity(start_daemon):
    daemon = start_daemon("--revision", "v1", "--seed", "6", "--link", "1gbe", "--noise-seed", "5")
    with fisch.connect(daemon.endpoint, revision="v1") as connection:
        info = connection.info
        assert info["kind"] == "emulator"
        assert (info["revision"], info["seed"], info["noise_seed"]) == ("v1", 6, 5)
        assert (info["link"], info["pid"]) == ("1gbe", daemon.pid)
        assert connection.get_unique_identifier() == ["hxcube91fpga0chip7_1"]
        (entry,) = connection.get_hwdb_entry()
        assert isinstance(entry, HXCubeSetupEntry)
        assert (entry.hxcube_id, entry.fpgas[0].wing.chip_revision) == (91, 1)
        assert connection.bitfile_info[0].startswith("emulator")


def test_silicon(connection):
    assert connection.set_silicon(ideal=True) == {"ideal": False}
    assert connection.info["silicon"]["ideal"] is True
    assert connection.set_silicon(**{"ideal": False}) == {"ideal": True}
    with pytest.raises(ValueError, match="leek"):
        connection.set_silicon(leek=False)
    with pytest.raises(ValueError, match="1"):
        connection.set_silicon(ideal=1)


def test_several_chips(start_daemon):
    daemons = [start_daemon("--seed", str(seed)) for seed in (0, 1)]
    with fisch.connect(",".join(d.endpoint for d in daemons)) as both:
        assert isinstance(both, MultiConnection)
        assert both.get_unique_identifier() == ["hxcube93fpga0chip1_1", "hxcube93fpga0chip2_1"]
        programs = [sleeping(700), sleeping(700)]
        begin = time.monotonic()
        info = both.run(programs)
        assert time.monotonic() - begin < 1.3  # at the same time
        assert len(info.connection) == len(info.reports) == 2


def test_tcp(start_daemon):
    daemon = start_daemon(endpoint="tcp://127.0.0.1:0")
    assert daemon.endpoint.startswith("tcp://127.0.0.1:")
    with fisch.connect(daemon.endpoint) as connection:
        connection.run(program([TICK], (0, 0, 1)))


def test_closed(daemon):
    connection = ZMQConnection(daemon.endpoint)
    pending = connection.submit(sleeping(5000))
    begin = time.monotonic()
    connection.close()
    connection.close()
    assert time.monotonic() - begin < 1
    assert connection.closed
    with pytest.raises(ConnectionError, match="Connection is not allocated!"):
        connection.run(program([]))
    with pytest.raises(ConnectionError, match="Connection is not allocated!"):
        pending.wait()


def test_forgotten_connection_gives_the_chip_back(daemon):
    connection = ZMQConnection(daemon.endpoint)
    connection.run(program([]))
    threads = threading.active_count()
    del connection
    gc.collect()
    wait_for(lambda: threading.active_count() < threads)
    ZMQConnection(daemon.endpoint, timeout=0).close()


# --- nobody there, somebody else there


@pytest.mark.parametrize("where", ["ipc", "tcp"])
def test_nobody_answers(tmp_path, where):
    endpoint = f"ipc://{tmp_path}/none" if where == "ipc" else "tcp://127.0.0.1:1"
    begin = time.monotonic()
    with pytest.raises(ConnectionTimeoutError, match="hxemu serve"):
        ZMQConnection(endpoint, connect_timeout=0.3)
    assert time.monotonic() - begin < 2


@pytest.mark.parametrize("endpoint", ["nonsense", "ipc:", "tcp://nowhere", 5])
def test_bad_endpoints(endpoint):
    with pytest.raises((ValueError, TypeError)):
        ZMQConnection(endpoint, connect_timeout=0.3)


@pytest.mark.parametrize("name", ["timeout", "connect_timeout"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_bad_times(tmp_path, name, value):
    with pytest.raises(ValueError, match=name):
        ZMQConnection(f"ipc://{tmp_path}/none", **{name: value})


def answering(endpoint, answer):
    """A peer that answers the first message with what it is told to."""

    def serve():
        with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
            router.linger = 500
            router.bind(endpoint)
            if router.poll(5000):
                route, *_ = router.recv_multipart()
                router.send_multipart([route, *answer])

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([msgpack.packb({"v": 2, "kind": "hello", "seq": 1})], ProtocolVersionError),
        (
            [
                protocol.encode_header(
                    "error", seq=1, code="version", message="", detail={"ours": 3}
                )
            ],
            ProtocolVersionError,
        ),
        ([b"what?"], ConnectionError),
    ],
)
def test_peer_that_is_not_our_daemon(tmp_path, answer, error):
    thread = answering(f"ipc://{tmp_path}/peer", answer)
    with pytest.raises(error) as caught:
        ZMQConnection(f"ipc://{tmp_path}/peer")
    if error is ProtocolVersionError:
        assert caught.value.ours == protocol.VERSION
        assert caught.value.theirs in (2, 3)
    thread.join()


def test_busy_chip_names_its_holder(daemon, connection):
    begin = time.monotonic()
    with pytest.raises(ChipBusyError) as caught:
        ZMQConnection(daemon.endpoint, timeout=0.3)
    assert 0.3 <= time.monotonic() - begin < 2
    assert caught.value.holder["pid"] == os.getpid()
    assert f"pid {os.getpid()}" in str(caught.value)
    assert "hxcube93fpga0chip1_1" in str(caught.value)


def test_waiting_for_a_busy_chip_pays(daemon, connection):
    threading.Timer(0.3, connection.close).start()
    with ZMQConnection(daemon.endpoint, timeout=5) as second:
        second.run(program([]))


# --- deaths


@pytest.mark.parametrize("where", ["ipc", "tcp"])
def test_daemon_killed_during_a_run(start_daemon, where):
    daemon = start_daemon(endpoint="tcp://127.0.0.1:0" if where == "tcp" else None)
    connection = ZMQConnection(daemon.endpoint)
    pending = [connection.submit(sleeping(20_000)) for _ in range(2)]
    begin = time.monotonic()
    threading.Timer(0.3, daemon.kill).start()
    for run in pending:
        with pytest.raises(ConnectionLostError):
            run.wait()
    assert time.monotonic() - begin < 5
    with pytest.raises(ConnectionLostError):
        connection.run(program([]))
    connection.close()


def test_daemon_that_hangs_is_taken_for_dead(daemon, connection, monkeypatch):
    monkeypatch.setattr(protocol, "SILENCE_S", 1.0)
    pending = connection.submit(sleeping(20_000))
    daemon.process.send_signal(signal.SIGSTOP)
    begin = time.monotonic()
    with pytest.raises(ConnectionLostError, match="silent"):
        pending.wait()
    assert time.monotonic() - begin < 5


def test_daemon_stopped_during_a_run(daemon, connection):
    pending = connection.submit(sleeping(300))
    time.sleep(0.1)
    daemon.process.send_signal(signal.SIGTERM)
    with pytest.raises(ConnectionLostError, match=r"stopped|gone"):
        pending.wait()
    assert daemon.stop()[0] == 0


HOLDER = """
import sys, time
from fisch.connections import ZMQConnection
connection = ZMQConnection(sys.argv[1])
print("held")
time.sleep(60)
"""


@pytest.mark.parametrize("where", ["ipc", "tcp"])
def test_client_killed(start_daemon, where):
    daemon = start_daemon(endpoint="tcp://127.0.0.1:0" if where == "tcp" else None)
    holder = script(HOLDER, daemon.endpoint)
    assert holder.stdout.readline() == "held\n"
    begin = time.monotonic()
    holder.kill()
    with ZMQConnection(daemon.endpoint) as connection:
        taken = time.monotonic() - begin
        connection.run(program([]))
    holder.communicate()
    assert taken < 2


def test_client_killed_during_a_run(daemon):
    holder = script(
        HOLDER.replace("time.sleep(60)", "connection.run(program)").replace(
            "print",
            "import numpy; from fisch.program import PlaybackProgram\n"
            f"program = PlaybackProgram(numpy.full(100, {0x05 << 56 | (SLEEP_MS_BASE + 30)}))\n"
            "print",
        ),
        daemon.endpoint,
    )
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    begin = time.monotonic()
    # the stand-in can't be interrupted within a frame: this one takes three seconds
    with ZMQConnection(daemon.endpoint, timeout=10):
        assert time.monotonic() - begin < 5
    holder.communicate()


def test_client_that_hangs_loses_the_chip(daemon):
    holder = script(HOLDER, daemon.endpoint)
    assert holder.stdout.readline() == "held\n"
    holder.send_signal(signal.SIGSTOP)
    begin = time.monotonic()
    with ZMQConnection(daemon.endpoint):
        assert time.monotonic() - begin < 3
    holder.kill()
    holder.communicate()


def test_client_that_hung_is_told_why_the_chip_is_gone(daemon):
    source = HOLDER.replace(
        "time.sleep(60)",
        "for _ in range(500):\n"
        "    time.sleep(0.01)\n"
        "    try:\n        connection.daemon_totals()\n"
        "    except Exception as error:\n"
        "        print(type(error).__name__, error); break",
    )
    holder = script(source, daemon.endpoint)
    assert holder.stdout.readline() == "held\n"
    holder.send_signal(signal.SIGSTOP)
    time.sleep(3.0)
    holder.send_signal(signal.SIGCONT)
    output, _ = holder.communicate(timeout=20)
    assert output.startswith("SessionEndedError this process kept its threads"), output


def test_heartbeats_go_on_while_user_code_computes(daemon, connection):
    matrix = np.random.default_rng(0).random((700, 700))
    begin = time.monotonic()
    while time.monotonic() - begin < 3:
        matrix = matrix @ matrix / np.linalg.norm(matrix)  # without the GIL
    connection.run(program([TICK], (0, 0, 1)))
    assert not gone(daemon.pid)


def test_a_flag_wakes_all_who_wait_and_may_be_set_by_two():
    flag = channel._Flag()
    assert not flag.wait(0.01)
    woken = []
    waiters = [threading.Thread(target=lambda: woken.append(flag.wait(10))) for _ in range(8)]
    setters = [threading.Thread(target=flag.set) for _ in range(4)]
    for thread in [*waiters, *setters]:
        thread.start()
    for thread in [*waiters, *setters]:
        thread.join(10)
    assert woken == [True] * 8
    assert flag.is_set()
    assert flag.wait(None)
    flag.set()
