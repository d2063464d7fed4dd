import contextlib
import math
import pickle
import re
from pathlib import Path

import hypothesis.strategies as st
import msgpack
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from fisch import process, protocol
from fisch.errors import (
    ChipBusyError,
    ConnectionLostError,
    LimitError,
    ProgramError,
    ProtocolError,
    ProtocolVersionError,
)

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=6,
)

EXAMPLES = {
    "hello": {"seq": 1, "client": process.describe()},
    "acquire": {"session": "ab", "seq": 2, "wait": 10.0},
    "release": {"session": "ab", "seq": 3},
    "program": {"session": "ab", "seq": 4, "last": True},
    "time_info": {"session": "ab", "seq": 5},
    "silicon": {"session": "ab", "seq": 6, "switches": {"ideal": True}},
    "status": {"seq": 7},
    "ping": {"session": "ab", "received": 2**40},
}


def raw(**fields):
    return msgpack.packb(fields)


def test_every_request_has_an_example():
    assert EXAMPLES.keys() == protocol.REQUESTS.keys()


@pytest.mark.parametrize("kind", EXAMPLES)
def test_request_survives_the_round_trip(kind):
    frame = protocol.encode_header(kind, **EXAMPLES[kind])
    assert protocol.decode_header(frame, protocol.REQUESTS) == {"kind": kind, **EXAMPLES[kind]}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_missing_and_unknown_fields_are_refused(kind):
    for name in EXAMPLES[kind]:
        fields = {k: v for k, v in EXAMPLES[kind].items() if k != name}
        with pytest.raises(ProtocolError, match=name):
            protocol.decode_header(protocol.encode_header(kind, **fields), protocol.REQUESTS)
    with pytest.raises(ProtocolError, match="extra"):
        protocol.decode_header(
            protocol.encode_header(kind, **EXAMPLES[kind], extra=1), protocol.REQUESTS
        )


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("status", "seq", -1),
        ("status", "seq", 2**63),
        ("status", "seq", True),
        ("status", "seq", 1.0),
        ("status", "seq", "1"),
        ("acquire", "wait", math.nan),
        ("acquire", "wait", math.inf),
        ("acquire", "wait", -0.1),
        ("acquire", "session", "x" * 65),
        ("program", "last", 1),
        ("silicon", "switches", {"ideal": 1}),
        ("silicon", "switches", {str(i): True for i in range(65)}),
        ("hello", "client", {}),
        ("hello", "client", {**process.describe(), "pid": -1}),
        ("hello", "client", {**process.describe(), "more": 1}),
    ],
)
def test_values_out_of_range_are_refused(kind, field, value):
    frame = protocol.encode_header(kind, **{**EXAMPLES[kind], field: value})
    with pytest.raises(ProtocolError, match=field):
        protocol.decode_header(frame, protocol.REQUESTS)


def test_kinds_of_the_other_direction_are_refused():
    frame = protocol.encode_header("result", seq=1, last=False)
    with pytest.raises(ProtocolError, match="unknown kind"):
        protocol.decode_header(frame, protocol.REQUESTS)


def test_other_version_is_named():
    with pytest.raises(ProtocolVersionError) as caught:
        protocol.decode_header(raw(v=7, kind="whatever", seq=3), protocol.REQUESTS)
    assert (caught.value.ours, caught.value.theirs) == (protocol.VERSION, 7)
    assert protocol.peek_seq(raw(v=7, kind="whatever", seq=3)) == 3


def test_long_header_is_refused():
    frame = protocol.encode_header("status", seq=1) + bytes(protocol.HEADER_BYTES)
    with pytest.raises(LimitError) as caught:
        protocol.decode_header(frame, protocol.REQUESTS)
    assert (caught.value.limit, caught.value.allowed) == ("header", 65536)
    assert protocol.peek_seq(frame) == 0
    with pytest.raises(LimitError):
        protocol.encode_header("status", seq=1, status={"text": "x" * protocol.HEADER_BYTES})


@given(st.binary(max_size=300))
def test_random_bytes_are_refused_or_right(data):
    try:
        header = protocol.decode_header(data, protocol.REQUESTS)
    except ProtocolError:
        header = None
    assert header is None or header["kind"] in protocol.REQUESTS
    assert 0 <= protocol.peek_seq(data) < 2**63


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(protocol.REQUESTS)),
    st.dictionaries(
        st.sampled_from(["session", "seq", "wait", "client", "switches", "last", "received", "x"]),
        PLAIN,
    ),
)
def test_random_fields_are_refused_or_right(kind, fields):
    frame = msgpack.packb({"v": protocol.VERSION, "kind": kind, **fields})
    try:
        header = protocol.decode_header(frame, protocol.REQUESTS)
    except ProtocolError:
        return
    schema = protocol.REQUESTS[kind]
    assert header.keys() == schema.keys() | {"kind"}
    assert all(schema[name].check(header[name]) for name in schema)


@settings(max_examples=200)
@given(st.sampled_from(sorted(EXAMPLES)), st.data())
def test_damaged_headers_are_refused_or_right(kind, data):
    frame = bytearray(protocol.encode_header(kind, **EXAMPLES[kind]))
    for _ in range(data.draw(st.integers(1, 3))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ProtocolError, LimitError):
        protocol.decode_header(bytes(frame), protocol.REQUESTS)


@pytest.mark.parametrize(
    ("kind", "sizes", "error"),
    [
        ("program", [], None),
        ("program", [8], None),
        ("program", [1 << 20, 8], None),
        ("program", [0], None),
        ("program", [7], ProtocolError),
        ("program", [8, 12], ProtocolError),
        ("program", [(1 << 20) + 8], LimitError),
        ("program", [8, 8, 8], LimitError),
        ("ping", [8], ProtocolError),
    ],
)
def test_payload_sizes(kind, sizes, error):
    frames = [bytes(size) for size in sizes]
    if error is None:
        protocol.check_payload(kind, frames)
    else:
        with pytest.raises(error):
            protocol.check_payload(kind, frames)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=20), st.integers(0, 7))
def test_words_at_any_alignment(values, offset):
    data = bytes(offset) + b"".join(value.to_bytes(8, "little") for value in values)
    words = protocol.words_of(memoryview(data)[offset:])
    assert words.tolist() == values
    assert words.flags.aligned
    assert words.dtype == np.uint64


@pytest.mark.parametrize(
    "error",
    [
        LimitError("frame", 2000, 1000, "bytes"),
        ChipBusyError(
            {"pid": 4, "user": "ada", "host": "h", "program": "p", "held_s": 1.5}, "c", 2
        ),
        ProtocolError("no"),
        ProgramError("stopped"),
        ConnectionLostError("gone"),
        protocol.SessionEndedError("over"),
        protocol.ArgumentError("bad"),
    ],
)
def test_errors_cross_the_wire_and_processes(error):
    fields = protocol.error_fields(error)
    frame = protocol.encode_header("error", seq=1, **fields)
    back = protocol.error_of(protocol.decode_header(frame, protocol.REPLIES))
    assert type(back) is type(error)
    assert str(back) == str(error)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert vars(again) == vars(error)


def test_version_error_crosses_the_wire_seen_from_the_other_side():
    fields = protocol.error_fields(ProtocolVersionError(2, 1))
    back = protocol.error_of({"kind": "error", "seq": 1, **fields})
    assert isinstance(back, ProtocolVersionError)
    assert (back.ours, back.theirs) == (protocol.VERSION, 2)


def test_unforeseen_error_is_an_internal_one():
    fields = protocol.error_fields(ZeroDivisionError("x"))
    assert fields["code"] == "internal"
    assert isinstance(protocol.error_of(fields), protocol.DaemonError)
    assert "ZeroDivisionError" in fields["message"]


@given(st.text(max_size=10), st.dictionaries(st.text(max_size=8), PLAIN, max_size=4))
def test_any_error_reply_becomes_an_exception(code, detail):
    for name in (code, "limit", "busy", "version"):
        error = protocol.error_of({"code": name, "message": "m", "detail": detail})
        assert isinstance(error, RuntimeError)


def test_own_process_is_alive():
    me = process.describe()
    assert protocol.REQUESTS["hello"]["client"].check(me)
    assert process.is_local(me)
    assert not process.is_gone(me)
    assert process.is_gone({**me, "started": "1"})


def test_limits_are_documented():
    page = (Path(__file__).parents[2] / "docs" / "daemon.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE))
    numbers = {
        "frame": "1 MiB",
        "header": "64 KiB",
        "program": f"{protocol.PROGRAM_WORDS:,}",
        "input_backlog": "64 MiB",
        "response_backlog": "256 MiB",
        "replies": f"{protocol.REPLIES_WAITING:,}",
        "sessions": "256",
    }
    assert numbers.keys() == protocol.LIMITS.keys()
    for name, number in numbers.items():
        assert rows[name].startswith(number)
    sizes = [protocol.FRAME_BYTES, protocol.HEADER_BYTES, protocol.INPUT_BACKLOG_BYTES]
    assert sizes == [1 << 20, 64 << 10, 64 << 20]
    assert protocol.RESPONSE_BACKLOG_BYTES == 256 << 20
