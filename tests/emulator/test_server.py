"""What the daemon answers on its socket, message by message."""

import random
import socket
import threading
import time

import msgpack
import numpy as np
import pytest
import zmq

from emulator import executor
from emulator.server import EndpointError, Server, check_endpoint
from fisch import process, protocol
from fisch.ut import HALT_WORD
from tests.standin import SLEEP_MS_BASE, StandInMachine

READ = 0x0B00001F8800000C
TICK = 0x0A00000000000001


class RawClient:
    """A peer that speaks the protocol word by word, or does not."""

    def __init__(self, endpoint):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(endpoint)
        self.session = None

    def send(self, kind, *frames, **fields):
        if "session" in protocol.REQUESTS[kind]:
            fields.setdefault("session", self.session)
        self.socket.send_multipart([protocol.encode_header(kind, **fields), *frames])

    def receive(self, timeout=5.0):
        assert self.socket.poll(1000 * timeout), "no reply"
        header, *frames = self.socket.recv_multipart()
        return protocol.decode_header(header, protocol.REPLIES), frames

    def ask(self, kind, *frames, **fields):
        self.send(kind, *frames, **fields)
        return self.receive_but_pings()[0]

    def receive_but_pings(self, timeout=5.0):
        while True:
            header, frames = self.receive(timeout)
            if header["kind"] != "ping":
                return header, frames

    def silent(self, seconds=0.2):
        return not self.socket.poll(1000 * seconds)

    def hello(self):
        self.session = self.ask("hello", seq=1, client=process.describe())["session"]

    def open(self):
        self.hello()
        assert self.ask("acquire", seq=2, wait=1.0)["kind"] == "acquire"
        return self

    def close(self):
        self.context.destroy(linger=0)


@pytest.fixture
def machine():
    return StandInMachine()


@pytest.fixture
def server(tmp_path, machine):
    server = Server(machine, f"ipc://{tmp_path}/chip")
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield server
    server.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert not (tmp_path / "chip").exists()


@pytest.fixture
def client(server):
    client = RawClient(server.endpoint)
    yield client
    client.close()


def words(*values):
    return np.array(values, dtype="<u8").tobytes()


def serves(server):
    """Tell whether a well-behaved client still gets the chip and its result."""
    client = RawClient(server.endpoint)
    try:
        client.open()
        client.send("program", words(READ, HALT_WORD), seq=3, last=True)
        header, frames = client.receive_but_pings()
        client.ask("release", seq=4)
        return header["last"] and frames == [words(1 << 56, 0x02 << 56)]
    finally:
        client.close()


def test_result(server, client):
    client.open()
    client.send("program", words(READ, TICK), words(HALT_WORD), seq=5, last=True)
    header, frames = client.receive_but_pings()
    assert (header["kind"], header["seq"], header["last"]) == ("result", 5, True)
    assert frames == [words(1 << 56, 0x02 << 56 | 1, 0x02 << 56)]
    assert header["info"]["fpga_cycles"] == 3
    assert header["info"]["execute_s"] >= 0


def test_results_stream_before_the_program_is_complete(server, client):
    client.open()
    client.send("program", words(READ), seq=5, last=False)
    header, frames = client.receive_but_pings()
    assert (header["last"], frames) == (False, [words(1 << 56)])
    client.send("program", words(HALT_WORD), seq=5, last=True)
    header, frames = client.receive_but_pings()
    assert (header["last"], frames) == (True, [words(0x02 << 56)])


def test_results_come_in_frames(server, client):
    client.open()
    count = 2 * protocol.FRAME_WORDS - 1
    reads = np.full(count, READ, dtype="<u8")
    client.send("program", reads[: protocol.FRAME_WORDS].tobytes(), seq=5, last=False)
    client.send(
        "program", reads[protocol.FRAME_WORDS :].tobytes(), words(HALT_WORD), seq=5, last=True
    )
    sizes = []
    while True:
        header, frames = client.receive_but_pings()
        sizes += [len(frame) for frame in frames]
        if header["last"]:
            break
    assert sum(sizes) == 8 * (count + 1)
    assert max(sizes) <= protocol.FRAME_BYTES


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([b""], "protocol"),
        ([b"\xc1"], "protocol"),
        ([b"GET / HTTP/1.1\r\n\r\n"], "protocol"),
        ([msgpack.packb([1, 2])], "protocol"),
        ([msgpack.packb({"v": 1})], "protocol"),
        ([msgpack.packb({"v": 1, "kind": "explode"})], "protocol"),
        ([msgpack.packb({"v": 1, "kind": "status"})], "protocol"),
        ([msgpack.packb({"v": 1, "kind": "status", "seq": 1}), b"12345678"], "protocol"),
        ([msgpack.packb({"v": 2, "kind": "hello", "seq": 9})], "version"),
        ([b"\x81" * 30_000], "protocol"),
        ([bytes(protocol.HEADER_BYTES + 1)], "limit"),
        ([b"x"] * 1000, "protocol"),
    ],
)
def test_garbage_is_answered_with_an_error(server, client, frames, code):
    client.socket.send_multipart(frames)
    header, _ = client.receive()
    assert (header["kind"], header["code"]) == ("error", code)
    assert serves(server)


def test_version_error_tells_the_version_and_the_request(server, client):
    client.socket.send(msgpack.packb({"v": 99, "kind": "hello", "seq": 9, "client": 1}))
    header, _ = client.receive()
    assert (header["seq"], header["detail"]) == (9, {"ours": protocol.VERSION})


def test_random_messages(server):
    generator = random.Random(1)
    client = RawClient(server.endpoint)
    for _ in range(500):
        count = generator.randrange(1, 5)
        client.socket.send_multipart(
            [generator.randbytes(generator.randrange(0, 200)) for _ in range(count)]
        )
    time.sleep(0.2)
    assert serves(server)
    while not client.silent(0.05):
        assert client.receive()[0]["kind"] == "error"
    client.close()


def test_flood_that_nobody_reads_the_answers_of(server):
    client = RawClient(server.endpoint)
    client.socket.sndhwm = 0
    client.socket.rcvhwm = 1
    for _ in range(5000):
        client.socket.send(b"garbage")
    assert serves(server)
    client.close()


def zmtp_link(path):
    """Open a plain socket and do libzmq's handshake by hand, as a DEALER."""
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(10)
    link.connect(path)
    link.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48))
    received = 0
    while received < 64:  # the greeting of the other side
        received += len(link.recv(64 - received))
    kind = b"\x0bSocket-Type" + (6).to_bytes(4, "big") + b"DEALER"
    ready = b"\x05READY" + kind
    link.sendall(bytes([4, len(ready)]) + ready)
    return link


def test_message_that_never_ends_is_cut(server, monkeypatch):
    monkeypatch.setattr(server, "_lease_s", 0.6)
    neighbour = RawClient(server.endpoint)
    neighbour.hello()
    link = zmtp_link(server.endpoint.removeprefix("ipc://"))

    def send_frames():
        while time.monotonic() - begin < 10:
            link.sendall(b"\x01\x08" + bytes(8))  # a frame of 8 bytes, and more will come
            time.sleep(0.02)
            neighbour.send("ping", received=0)

    begin = time.monotonic()
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        send_frames()
    assert 0.4 < time.monotonic() - begin < 3
    link.close()
    monkeypatch.undo()
    # the neighbour's session lived through it
    assert neighbour.ask("acquire", seq=2, wait=1.0)["kind"] == "acquire"
    assert neighbour.ask("release", seq=3)["kind"] == "release"
    neighbour.close()
    assert serves(server)
    assert server.status()["counts"]["cut"] >= 1


def test_silent_link_may_come_back(server, client, monkeypatch):
    monkeypatch.setattr(server, "_lease_s", 0.3)
    assert client.ask("status", seq=1)["kind"] == "status"
    deadline = time.monotonic() + 5
    while not server.status()["counts"]["cut"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert client.ask("status", seq=2)["kind"] == "status"


def test_raw_bytes_on_a_tcp_socket(machine):
    server = Server(machine, "tcp://127.0.0.1:0")
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        host, port = server.endpoint.removeprefix("tcp://").split(":")
        assert int(port) > 0
        generator = random.Random(2)
        # a ZMTP greeting, then nonsense; nonsense alone; nothing
        greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48)
        for data in (greeting + generator.randbytes(5000), generator.randbytes(5000), b""):
            with socket.create_connection((host, int(port))) as plain:
                plain.sendall(data)
        assert serves(server)
    finally:
        server.stop()
        thread.join(10)


@pytest.mark.parametrize(
    ("sizes", "code", "limit"),
    [
        ([7], "protocol", None),
        ([8, 4], "protocol", None),
        ([protocol.FRAME_BYTES + 8], "limit", "frame"),
        ([8, 8, 8], "limit", "payload_frames"),
    ],
)
def test_bad_frames_of_a_program(server, client, sizes, code, limit):
    client.open()
    client.send("program", *(bytes(size) for size in sizes), seq=3, last=False)
    header, _ = client.receive_but_pings()
    assert (header["code"], header["seq"]) == (code, 3)
    if limit is not None:
        assert header["detail"]["limit"] == limit
        assert header["detail"]["value"] > header["detail"]["allowed"]
    # the rest of the refused program is skipped, the next one runs
    client.send("program", words(READ, HALT_WORD), seq=3, last=True)
    client.send("program", words(TICK, HALT_WORD), seq=4, last=True)
    header, frames = client.receive_but_pings()
    assert (header["kind"], header["seq"]) == ("result", 4)
    assert frames == [words(0x02 << 56 | 1, 0x02 << 56)]


def test_refused_tail_of_a_program_that_runs_already(server, client):
    client.open()
    client.send("program", words(TICK), seq=3, last=False)
    client.send("program", bytes(5), seq=3, last=True)
    kinds = [client.receive_but_pings()[0] for _ in range(2)]
    assert sorted(header["kind"] for header in kinds) == ["error", "result"]
    client.send("program", words(HALT_WORD), seq=4, last=True)
    header, frames = client.receive_but_pings()
    assert (header["seq"], header["last"], frames) == (4, True, [words(0x02 << 56)])


def test_frames_far_too_long_cost_the_link_only(server, client):
    client.hello()
    client.send("program", bytes(8 << 20), seq=3, last=False)
    assert client.silent()
    assert serves(server)


def test_program_longer_than_the_playback_memory(server, client):
    client.open()
    frame = np.full(protocol.FRAME_WORDS, 0x0400000000000000, dtype="<u8").tobytes()
    for _ in range(protocol.PROGRAM_WORDS // protocol.FRAME_WORDS):
        client.send("program", frame, seq=3, last=False)
    client.send("program", frame, seq=3, last=True)
    header, _ = client.receive_but_pings()
    assert header["detail"]["limit"] == "program"


def test_input_backlog(server, client, monkeypatch):
    monkeypatch.setattr(protocol, "INPUT_BACKLOG_BYTES", 4 * protocol.charge(8))
    client.open()
    client.send("program", words(0x05 << 56 | (SLEEP_MS_BASE + 300)), seq=3, last=False)
    for _ in range(8):
        client.send("program", words(TICK), seq=3, last=False)
    header, _ = client.receive_but_pings()
    assert header["detail"]["limit"] == "input_backlog"


def test_response_backlog(server, client, monkeypatch):
    monkeypatch.setattr(protocol, "RESPONSE_BACKLOG_BYTES", 3 * protocol.charge(8))
    monkeypatch.setattr(executor, "BACKLOG_PATIENCE_S", 0.1)
    client.open()
    for seq in range(3, 9):  # nothing is acknowledged
        client.send("program", words(HALT_WORD), seq=seq, last=True)
    replies = [client.receive_but_pings()[0] for _ in range(4)]
    assert [reply["kind"] for reply in replies] == ["result"] * 3 + ["error"]
    assert replies[3]["detail"]["limit"] == "response_backlog"
    client.send("ping", received=10**9)
    client.send("program", words(HALT_WORD), seq=20, last=True)
    while (reply := client.receive_but_pings()[0])["seq"] != 20:
        pass
    assert reply["kind"] == "result"


def test_program_without_halt(server, client):
    client.open()
    client.send("program", words(READ), seq=3, last=True)
    header, _ = client.receive_but_pings()
    assert (header["code"], header["seq"]) == ("program", 3)
    assert "Reached end of program without halt" in header["message"]


def test_nothing_runs_behind_a_halt(server, client, machine):
    client.open()
    client.send("program", words(HALT_WORD, TICK), seq=3, last=False)
    header, frames = client.receive_but_pings()
    assert (header["last"], frames) == (True, [words(0x02 << 56)])
    client.send("program", words(TICK, HALT_WORD), seq=3, last=True)
    client.send("program", words(TICK, HALT_WORD), seq=4, last=True)
    assert client.receive_but_pings()[0]["seq"] == 4


def test_refused_instruction(server, client):
    client.open()
    client.send("program", words(0x7F << 56, HALT_WORD), seq=3, last=True)
    header, _ = client.receive_but_pings()
    assert (header["code"], header["seq"]) == ("program", 3)
    client.send("program", words(HALT_WORD), seq=4, last=True)
    assert client.receive_but_pings()[0]["kind"] == "result"


def test_failing_machine_does_not_end_the_daemon(server, client, caplog):
    client.open()
    client.send("program", words(0x08 << 56), seq=3, last=False)
    header, _ = client.receive_but_pings()
    assert (header["code"], header["seq"]) == ("internal", 3)
    client.send("program", words(HALT_WORD), seq=3, last=True)
    client.send("program", words(HALT_WORD), seq=4, last=True)
    assert client.receive_but_pings()[0]["seq"] == 4


def test_requests_without_session_or_chip(server, client):
    for kind in ("acquire", "release", "program", "time_info", "silicon", "ping"):
        fields = {"wait": 0, "last": True, "switches": {}, "received": 0, "seq": 5}
        wanted = {k: v for k, v in fields.items() if k in protocol.REQUESTS[kind]}
        client.session = "guess"
        assert client.ask(kind, **wanted)["code"] == "session"
    client.hello()
    for kind in ("program", "time_info", "silicon"):
        fields = {"last": True, "switches": {}, "seq": 5}
        wanted = {k: v for k, v in fields.items() if k in protocol.REQUESTS[kind]}
        assert client.ask(kind, **wanted)["code"] == "protocol"
    assert client.ask("hello", seq=6, client=process.describe())["code"] == "protocol"


def test_nobody_can_use_the_session_of_another(server, client):
    client.open()
    thief = RawClient(server.endpoint)
    thief.session = client.session
    assert thief.ask("release", seq=1)["code"] == "session"
    assert client.ask("time_info", seq=9)["kind"] == "time_info"
    thief.close()


def test_sequence_numbers(server, client):
    client.open()
    client.send("program", words(TICK), seq=7, last=False)
    client.receive_but_pings()
    client.send("program", words(TICK), seq=8, last=False)
    assert "program 7 is not complete" in client.receive_but_pings()[0]["message"]
    assert client.ask("silicon", seq=9, switches={"ideal": True})["code"] == "protocol"
    client.send("program", words(HALT_WORD), seq=7, last=True)
    assert client.receive_but_pings()[0]["kind"] == "result"
    client.send("program", words(HALT_WORD), seq=6, last=True)
    assert client.receive_but_pings()[0]["code"] == "protocol"


def test_new_lease_is_a_power_cycle_with_the_first_switches(server, machine):
    first = RawClient(server.endpoint).open()
    reply = first.ask("silicon", seq=4, switches={"ideal": True})
    assert reply["previous"] == {"ideal": False}
    assert reply["silicon"] == {"ideal": True, "noise_cadc": True}
    assert first.ask("silicon", seq=5, switches={"no": True})["code"] == "argument"
    cycles = machine.power_cycles
    first.ask("release", seq=6)
    second = RawClient(server.endpoint)
    second.hello()
    info = second.ask("acquire", seq=2, wait=1.0)["info"]
    assert machine.power_cycles == cycles + 1
    assert info["silicon"]["ideal"] is False
    for client in (first, second):
        client.close()


def test_lease_ends_without_heartbeats(server, client, monkeypatch):
    # the process lives and its link is up, but it sends nothing
    monkeypatch.setattr(server, "_lease_s", 0.5)
    client.open()
    begin = time.monotonic()
    other = RawClient(server.endpoint)
    other.hello()
    other.send("acquire", seq=2, wait=5.0)
    while other.silent(0.1):
        other.send("ping", received=0)
    header, _ = other.receive_but_pings()
    assert header["kind"] == "acquire"
    assert 0.3 < time.monotonic() - begin < 2.5
    assert client.ask("time_info", seq=9)["code"] == "session"
    other.close()


def test_lease_is_two_seconds(server):
    assert server._lease_s == 2.0


def test_waiters_are_served_in_order(server, client):
    client.open()
    waiters = [RawClient(server.endpoint) for _ in range(3)]
    for waiter in waiters:
        waiter.hello()
        waiter.send("acquire", seq=2, wait=5.0)
        time.sleep(0.02)
    status = client.ask("status", seq=9)["status"]
    assert len(status["waiting"]) == 3
    assert status["holder"]["pid"] == process.describe()["pid"]
    client.ask("release", seq=10)
    for waiter in waiters:
        assert waiter.receive_but_pings()[0]["kind"] == "acquire"
        assert all(other.silent(0.02) for other in waiters if other is not waiter)
        waiter.ask("release", seq=3)
    for waiter in waiters:
        waiter.close()


def test_waiting_ends_with_the_name_of_the_holder(server, client):
    client.open()
    other = RawClient(server.endpoint)
    other.hello()
    for wait in (0, 0.1):
        header = other.ask("acquire", seq=2, wait=wait)
        assert header["code"] == "busy"
        assert header["detail"]["holder"]["pid"] == process.describe()["pid"]
        assert header["detail"]["waited"] >= wait
    other.close()


def test_number_of_sessions_is_limited(server, monkeypatch):
    monkeypatch.setattr(protocol, "SESSIONS", 2)
    clients = [RawClient(server.endpoint) for _ in range(3)]
    for client in clients[:2]:
        client.hello()
    reply = clients[2].ask("hello", seq=1, client=process.describe())
    assert reply["detail"]["limit"] == "sessions"
    for client in clients:
        client.close()


def test_totals(server, client):
    client.open()
    client.send("program", words(READ, HALT_WORD), seq=3, last=True)
    client.receive_but_pings()
    totals = client.ask("time_info", seq=9)["totals"]
    assert (totals["programs"], totals["words"], totals["response_words"]) == (1, 2, 2)


def test_status_needs_no_session(server, client):
    status = client.ask("status", seq=1)["status"]
    assert status["holder"] is None
    assert status["identifier"] == "hxcube93fpga0chip1_1"
    assert status["limits"]["frame"] == protocol.FRAME_BYTES


@pytest.mark.parametrize(
    "endpoint",
    [
        "tcp://0.0.0.0:5000",
        "tcp://*:5000",
        "tcp://192.168.1.5:5000",
        "tcp://[::]:5000",
        "tcp://eth0:5000",
        "tcp://:5000",
    ],
)
def test_addresses_beyond_this_machine_need_keys(endpoint):
    with pytest.raises(EndpointError, match="CURVE"):
        check_endpoint(endpoint, has_keys=False)
    assert check_endpoint(endpoint, has_keys=True) is False


@pytest.mark.parametrize("endpoint", ["tcp://127.0.0.1:0", "tcp://127.0.5.1:7", "tcp://[::1]:7"])
def test_loopback_needs_no_keys(endpoint):
    assert check_endpoint(endpoint, has_keys=False) is True


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "ipc://",
        "inproc://x",
        "127.0.0.1:5",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:99999",
        "tcp://localhost:7",
    ],
)
def test_malformed_endpoints(endpoint):
    with pytest.raises(EndpointError):
        check_endpoint(endpoint, has_keys=True)


def test_socket_paths(tmp_path, server):
    with pytest.raises(EndpointError, match="listens"):
        check_endpoint(server.endpoint, has_keys=False)
    plain = tmp_path / "data.txt"
    plain.write_text("precious")
    with pytest.raises(EndpointError, match="no socket"):
        check_endpoint(f"ipc://{plain}", has_keys=False)
    with pytest.raises(EndpointError, match="too long"):
        check_endpoint(f"ipc:///{'x' * 200}", has_keys=False)
    stale = tmp_path / "stale"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(stale))
    assert check_endpoint(f"ipc://{stale}", has_keys=False)
