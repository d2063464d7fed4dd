"""The control protocol between a connection and the emulator's daemon.

Both sides use this module and nothing else, so that the two can't drift apart.

A message is a ROUTER/DEALER multipart message: one header frame, then up to
:data:`MAX_PAYLOAD_FRAMES` frames of little-endian 64-bit words. The header is a msgpack map
that holds the protocol version ``v``, the ``kind``, and the fields that :data:`REQUESTS` (client
to daemon) or :data:`REPLIES` (daemon to client) list for that kind. Fields that are missing,
unknown, of another type or out of range are refused with :class:`fisch.errors.ProtocolError`.

A client opens a *session* with ``hello``, takes the chip with ``acquire`` (the *lease*), sends
programs in ``program`` chunks and gets ``result`` chunks back. A ``ping`` every
:data:`HEARTBEAT_S` renews session and lease, which end :data:`LEASE_S` after the last one. Pings
and their answers also carry the counts that both directions are throttled by: the client
never has more than :data:`INPUT_BACKLOG_BYTES` of programs under way that the daemon did not
execute yet, and the daemon stops a session that lets more than
:data:`RESPONSE_BACKLOG_BYTES` of responses pile up.

The fields ``v``, ``kind`` (``"error"``), ``code`` and ``seq`` of an error reply are the same in
every version of the protocol, so that two versions can tell each other apart.
"""

from __future__ import annotations

import contextlib
import math
import os
import socket as unix
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np
import zmq

from fisch.errors import (
    ChipBusyError,
    ConnectionError,
    ConnectionLostError,
    ConnectionTimeoutError,
    LimitError,
    ProgramError,
    ProtocolError,
    ProtocolVersionError,
)

#: Version of the protocol. Any change of a schema below is a new version.
VERSION = 1

WORD_BYTES = 8
#: Longest payload frame.
FRAME_BYTES = 1 << 20
FRAME_WORDS = FRAME_BYTES // WORD_BYTES
#: Longest header frame.
HEADER_BYTES = 1 << 16
#: Payload frames of one message: the words and, at the end of a program, the halt.
MAX_PAYLOAD_FRAMES = 2
#: Words of one program, without its halt: the size of the real playback memory.
PROGRAM_WORDS = 1 << 22
#: Programs that were sent and not executed yet, of one session (see :func:`charge`).
INPUT_BACKLOG_BYTES = 64 << 20
#: Frames that are shorter are copied for sending: that is less work than sharing their memory.
COPIED_BYTES = 1 << 16
#: Responses that were sent and not received yet, of one session (see :func:`charge`).
RESPONSE_BACKLOG_BYTES = 256 << 20
#: What every message with words counts in both backlogs, on top of its words.
MESSAGE_BYTES = 1024
#: Replies that wait for a client that does not receive.
REPLIES_WAITING = RESPONSE_BACKLOG_BYTES // MESSAGE_BYTES
#: Sessions of one daemon.
SESSIONS = 256

#: Seconds between two heartbeats of a client.
HEARTBEAT_S = 0.5
#: A session and its lease end so many seconds after the last heartbeat.
LEASE_S = 2.0
#: A client takes a daemon that is silent for so many seconds to be dead.
SILENCE_S = 4.0
#: Seconds for which ``acquire`` waits if nothing else is said.
ACQUIRE_S = 10.0
#: Both sides report what they received or executed at the latest after so many bytes.
REPORT_BYTES = 8 << 20

LIMITS = {
    "frame": FRAME_BYTES,
    "header": HEADER_BYTES,
    "program": PROGRAM_WORDS,
    "input_backlog": INPUT_BACKLOG_BYTES,
    "response_backlog": RESPONSE_BACKLOG_BYTES,
    "replies": REPLIES_WAITING,
    "sessions": SESSIONS,
}

WORD_TYPE = np.dtype("<u8")

_SEQ_MAX = (1 << 63) - 1
_Check = Callable[[Any], bool]


@dataclass(frozen=True)
class Field:
    """One field of a header: what it may hold, in code and in words."""

    check: _Check
    allowed: str
    required: bool = True


def _integer(low: int, high: int) -> Field:
    def check(value: Any) -> bool:
        return type(value) is int and low <= value <= high

    return Field(check, f"an integer from {low} to {high}")


def _number(low: float, high: float) -> Field:
    def check(value: Any) -> bool:
        return type(value) in (int, float) and math.isfinite(value) and low <= value <= high

    return Field(check, f"a number from {low:g} to {high:g}")


def _text(longest: int) -> Field:
    def check(value: Any) -> bool:
        return type(value) is str and len(value) <= longest

    return Field(check, f"text of at most {longest} characters")


def _boolean() -> Field:
    return Field(lambda value: type(value) is bool, "true or false")


def _switches() -> Field:
    def check(value: Any) -> bool:
        return (
            type(value) is dict
            and len(value) <= 64
            and all(len(k) <= 64 and type(v) is bool for k, v in value.items())
        )

    return Field(check, "a map of at most 64 names to true or false")


#: Types of values that hold no others.
_SIMPLE = frozenset({type(None), bool, int, float, str})


def _plain(value: Any, depth: int = 6) -> bool:
    if type(value) in _SIMPLE:
        return True
    if depth == 0 or type(value) not in (list, dict):
        return False
    for part in value.values() if type(value) is dict else value:
        if type(part) not in _SIMPLE and not _plain(part, depth - 1):
            return False
    return True


def _data() -> Field:
    return Field(
        lambda value: type(value) is dict and _plain(value),
        "a map of numbers, text, lists and maps",
    )


def _optional(field: Field) -> Field:
    return Field(field.check, field.allowed, required=False)


def _client() -> Field:
    fields = {
        "pid": _integer(0, 1 << 32),
        "started": _text(32),
        "boot": _text(128),
        "user": _text(64),
        "host": _text(256),
        "program": _text(64),
    }

    def check(value: Any) -> bool:
        return (
            type(value) is dict
            and value.keys() == fields.keys()
            and all(field.check(value[name]) for name, field in fields.items())
        )

    return Field(check, f"a map with {', '.join(fields)}")


_SESSION = _text(64)
_SEQ = _integer(0, _SEQ_MAX)

#: Fields of every kind from client to daemon, besides ``v`` and ``kind``.
REQUESTS: dict[str, dict[str, Field]] = {
    "hello": {"seq": _SEQ, "client": _client()},
    "acquire": {"session": _SESSION, "seq": _SEQ, "wait": _number(0, 1e6)},
    "release": {"session": _SESSION, "seq": _SEQ},
    "program": {"session": _SESSION, "seq": _SEQ, "last": _boolean()},
    "time_info": {"session": _SESSION, "seq": _SEQ},
    "silicon": {"session": _SESSION, "seq": _SEQ, "switches": _switches()},
    "status": {"seq": _SEQ},
    "ping": {"session": _SESSION, "received": _integer(0, _SEQ_MAX)},
}

#: Fields of every kind from daemon to client, besides ``v`` and ``kind``.
REPLIES: dict[str, dict[str, Field]] = {
    "hello": {"session": _SESSION, "seq": _SEQ, "info": _data()},
    "acquire": {"seq": _SEQ, "info": _data()},
    "release": {"seq": _SEQ},
    "result": {"seq": _SEQ, "last": _boolean(), "info": _optional(_data())},
    "time_info": {"seq": _SEQ, "totals": _data()},
    "silicon": {"seq": _SEQ, "previous": _switches(), "silicon": _switches()},
    "status": {"seq": _SEQ, "status": _data()},
    "ping": {"executed": _integer(0, _SEQ_MAX)},
    "error": {
        "seq": _SEQ,
        "code": _text(32),
        "message": _text(4096),
        "detail": _optional(_data()),
    },
}

#: Kinds that carry words.
_WITH_WORDS = frozenset({"program", "result"})


def _as_plain(value: Any) -> Any:
    """Let NumPy numbers into a header (for msgpack, which asks for what it doesn't know)."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (tuple, np.ndarray)):
        return list(value)
    return str(value)


def encode_header(kind: str, **fields: Any) -> bytes:
    """Encode a header.

    Parameters
    ----------
    kind
        One of the kinds in :data:`REQUESTS` or :data:`REPLIES`.
    **fields
        The fields of that kind.

    Raises
    ------
    LimitError
        The header is longer than :data:`HEADER_BYTES`.
    """
    header: bytes = msgpack.packb({"v": VERSION, "kind": kind, **fields}, default=_as_plain)
    if len(header) > HEADER_BYTES:
        raise LimitError("header", len(header), HEADER_BYTES, "bytes")
    return header


def decode_header(frame: Any, schemas: Mapping[str, Mapping[str, Field]]) -> dict[str, Any]:
    """Decode and check a header.

    Parameters
    ----------
    frame
        The header frame (any buffer of bytes).
    schemas
        :data:`REQUESTS` or :data:`REPLIES`: what this side may be sent.

    Returns
    -------
    dict
        The header with ``kind`` and all fields of the kind.

    Raises
    ------
    LimitError
        The header is longer than :data:`HEADER_BYTES`.
    ProtocolVersionError
        The other side speaks another version.
    ProtocolError
        Anything else that the schema does not allow.
    """
    size = len(frame)
    if size > HEADER_BYTES:
        raise LimitError("header", size, HEADER_BYTES, "bytes")
    try:
        header = msgpack.unpackb(frame, raw=False, strict_map_key=True, use_list=True)
    except Exception as error:  # msgpack raises many unrelated types on malformed input
        raise ProtocolError(f"header is not msgpack: {type(error).__name__}") from None
    if type(header) is not dict:
        raise ProtocolError(f"header is {type(header).__name__}, must be a map")
    version = header.pop("v", None)
    if type(version) is not int or version != VERSION:
        if type(version) is not int:
            raise ProtocolError("header has no protocol version 'v'")
        raise ProtocolVersionError(VERSION, version)
    kind = header.get("kind")
    if type(kind) is not str or kind not in schemas:
        raise ProtocolError(f"unknown kind {_short(kind)}; known are {', '.join(schemas)}")
    schema = schemas[kind]
    for name, field in schema.items():
        if name not in header:
            if field.required:
                raise ProtocolError(f"'{kind}' lacks the field '{name}'")
        elif not field.check(header[name]):
            raise ProtocolError(
                f"field '{name}' of '{kind}' is {_short(header[name])}, must be {field.allowed}"
            )
    for name in header:
        if name != "kind" and name not in schema:
            raise ProtocolError(f"'{kind}' has no field {_short(name)}")
    return header


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def peek_seq(frame: Any) -> int:
    """Return the sequence number of a header that was refused, 0 if there is none.

    An error reply carries it, so that the sender knows which of its messages is meant.
    """
    if len(frame) > HEADER_BYTES:
        return 0
    try:
        header = msgpack.unpackb(frame, raw=False, strict_map_key=True)
    except Exception:  # see decode_header
        return 0
    seq = header.get("seq") if type(header) is dict else 0
    return seq if type(seq) is int and 0 <= seq <= _SEQ_MAX else 0


def check_payload(kind: str, frames: Sequence[Any]) -> None:
    """Check number and sizes of the payload frames of a message.

    Parameters
    ----------
    kind
        Kind of the message.
    frames
        The frames behind the header, anything that has a length in bytes.

    Raises
    ------
    LimitError
        Too many frames, or a frame longer than :data:`FRAME_BYTES`.
    ProtocolError
        A frame is not a whole number of words, or the kind has no payload.
    """
    if not frames:
        return
    if kind not in _WITH_WORDS:
        raise ProtocolError(f"'{kind}' carries no words, but {len(frames)} frames came with it")
    if len(frames) > MAX_PAYLOAD_FRAMES:
        raise LimitError("payload_frames", len(frames), MAX_PAYLOAD_FRAMES, "frames")
    for frame in frames:
        size = len(frame)
        if size > FRAME_BYTES:
            raise LimitError("frame", size, FRAME_BYTES, "bytes")
        if size % WORD_BYTES:
            raise ProtocolError(
                f"truncated word: a frame of {size} bytes is not a multiple of {WORD_BYTES}"
            )


# plain integers: those of zmq are members of enumerations, which take a while to combine
_NOBLOCK, _SNDMORE = int(zmq.NOBLOCK), int(zmq.SNDMORE)
_EVENTS, _POLLIN = int(zmq.EVENTS), int(zmq.POLLIN)


def send(socket: zmq.Socket[bytes], frames: Sequence[Any]) -> None:
    """Send a message without waiting. Frames of 64 KiB or more are not copied.

    Raises
    ------
    zmq.Again
        The link takes nothing at the moment; nothing was sent.
    """
    flags = _NOBLOCK | _SNDMORE
    for frame in frames[:-1]:
        socket.send(frame, flags, len(frame) < COPIED_BYTES)
    socket.send(frames[-1], _NOBLOCK, len(frames[-1]) < COPIED_BYTES)


def receive(socket: zmq.Socket[bytes]) -> list[zmq.Frame]:
    """Receive a message without waiting.

    Raises
    ------
    zmq.Again
        There is none.
    """
    frames = [frame := socket.recv(_NOBLOCK, False)]
    while frame.more:
        frames.append(frame := socket.recv(_NOBLOCK, False))
    return frames


def has_message(socket: zmq.Socket[bytes]) -> bool:
    """Tell whether a message waits: a tenth of the price of the exception that there is none."""
    return bool(int(socket.get(_EVENTS)) & _POLLIN)


def widen(link: int) -> None:
    """Let the kernel take more at a time from a Unix socket: both ends wait less often.

    It allows about half a megabyte usually. TCP finds the right size by itself.

    Parameters
    ----------
    link
        Descriptor of the socket, which is libzmq's and may be closed already.
    """
    with contextlib.suppress(OSError), unix.socket(fileno=os.dup(link)) as copy:
        if copy.family == unix.AF_UNIX:
            copy.setsockopt(unix.SOL_SOCKET, unix.SO_SNDBUF, FRAME_BYTES)


def charge(size: int) -> int:
    """Return what a message with ``size`` bytes of words counts in a backlog, in bytes.

    Short messages cost more memory than their words: a backlog of words alone would not bound it.
    """
    return size + MESSAGE_BYTES


def words_of(buffer: Any) -> np.ndarray:
    """View a payload frame as words, copied only if it must be.

    Parameters
    ----------
    buffer
        A buffer whose length is a multiple of eight bytes.

    Returns
    -------
    ndarray of uint64, shape (n,)
        Aligned words in the byte order of this machine.
    """
    words = np.frombuffer(buffer, dtype=WORD_TYPE)
    if not words.flags.aligned:  # short messages share one receive buffer of libzmq
        words = words.copy()
    return words.astype(np.uint64, copy=False)


class SessionEndedError(ConnectionLostError):
    """The daemon does not know this session any more, or took its lease away."""


class ArgumentError(ConnectionError, ValueError):
    """The daemon refused a value."""


class DaemonError(ConnectionError):
    """The daemon failed for a reason of its own."""


def error_fields(error: BaseException) -> dict[str, Any]:
    """Turn an exception into the fields ``code``, ``message`` and ``detail`` of an error reply."""
    detail: dict[str, Any] = {}
    if isinstance(error, ProtocolVersionError):
        code, detail = "version", {"ours": error.ours}
    elif isinstance(error, LimitError):
        code = "limit"
        detail = {
            "limit": error.limit,
            "value": error.value,
            "allowed": error.allowed,
            "unit": error.unit,
        }
    elif isinstance(error, ChipBusyError):
        code = "busy"
        detail = {
            "holder": error.holder,
            "identifier": error.identifier,
            "waited": error.waited,
        }
    else:
        code = next((code for kind, code in _CODES if isinstance(error, kind)), "internal")
    text = str(error)
    if code == "internal":
        text = f"{type(error).__name__}: {text}"
    return {"code": code, "message": text[:4096], "detail": detail}


_CODES: tuple[tuple[type[ConnectionError], str], ...] = (
    (SessionEndedError, "session"),
    (ConnectionLostError, "stopped"),
    (ProtocolError, "protocol"),
    (ProgramError, "program"),
    (ArgumentError, "argument"),
    (ConnectionTimeoutError, "timeout"),
)
_TYPES = {code: kind for kind, code in _CODES}


def error_of(header: Mapping[str, Any]) -> ConnectionError:
    """Turn an error reply into the exception that its receiver raises.

    Parameters
    ----------
    header
        A decoded header of kind ``error``. Details that are missing or odd are left out; the
        result is always an exception.
    """
    code, message = header["code"], header["message"]
    detail = header.get("detail") or {}
    if code == "version":
        return ProtocolVersionError(VERSION, detail.get("ours", "?"))
    if code == "limit" and all(type(detail.get(n)) is int for n in ("value", "allowed")):
        return LimitError(
            str(detail.get("limit")),
            detail["value"],
            detail["allowed"],
            str(detail.get("unit", "")),
        )
    if code == "busy" and type(detail.get("holder")) is dict:
        waited = detail.get("waited", 0)
        return ChipBusyError(
            detail["holder"],
            str(detail.get("identifier", "")),
            waited if type(waited) in (int, float) else 0,
        )
    return _TYPES.get(code, DaemonError)(message)
