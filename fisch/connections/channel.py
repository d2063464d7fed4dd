"""The client's end of the control protocol: one socket, owned by one background thread.

User threads put messages into a queue and wait for events; they never touch the socket. So
heartbeats go on while user code computes (as long as it lets other Python threads run), results
are decoded while the next program is prepared, and a daemon's death is noticed at once.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from time import monotonic, perf_counter
from typing import Any

import numpy as np
import zmq
from zmq.utils.monitor import recv_monitor_message

from fisch import process, protocol
from fisch.connections.curve import CurveKeys
from fisch.connections.time_info import ConnectionTimeInfo
from fisch.errors import (
    ConnectionError,
    ConnectionLostError,
    ConnectionTimeoutError,
    ForkedProcessError,
    ProgramError,
    ProtocolError,
    ProtocolVersionError,
)
from fisch.log import get_logger
from fisch.program import PlaybackProgram
from fisch.responses import ResponseDecoder, Responses
from fisch.ut import HALT_WORD

_log = get_logger("hxcomm")

#: Longest piece of a program: what one message may hold. Each costs both processes about 0.1 ms.
CHUNK_BYTES = protocol.FRAME_BYTES * protocol.MAX_PAYLOAD_FRAMES
#: Piece that a program is begun with if the chip has nothing to do: it shall start early.
FIRST_BYTES = 1 << 18

_HALT = np.array([HALT_WORD], dtype=protocol.WORD_TYPE).tobytes()
#: Messages that are received before the thread looks at its other duties.
_BURST = 16
#: Seconds after which it tries again to send where there was no link.
_AGAIN_S = 0.02
#: Seconds after which somebody who waits for an answer asks whether the daemon still runs.
_ASK_S = 0.05
_EVENTS = (
    zmq.Event.CONNECTED
    | zmq.Event.DISCONNECTED
    | zmq.Event.HANDSHAKE_FAILED_AUTH
    | zmq.Event.HANDSHAKE_FAILED_PROTOCOL
    | zmq.Event.HANDSHAKE_FAILED_NO_DETAIL
)
_NOTES = {
    int(zmq.Event.HANDSHAKE_FAILED_AUTH): "it does not accept our CURVE keys",
    int(zmq.Event.HANDSHAKE_FAILED_PROTOCOL): "what answers there is no hxemu",
}


class _Flag:
    """A :class:`threading.Event` that is set once, for a tenth of its price."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        """Set it. Two threads may, which then release the lock twice."""
        self._set = True
        with contextlib.suppress(RuntimeError):
            self._lock.release()

    def wait(self, timeout: float | None) -> bool:
        if self._set:
            return True
        if not self._lock.acquire(timeout=-1 if timeout is None else timeout):
            return False
        self.set()  # for others who wait
        return True


class Reply:
    """The answer to one request, when it comes."""

    def __init__(self) -> None:
        self._event = _Flag()
        self._header: dict[str, Any] = {}
        self._error: ConnectionError | None = None

    def resolve(self, header: dict[str, Any]) -> None:
        """Answer (background thread)."""
        self._header = header
        self._event.set()

    def fail(self, error: ConnectionError) -> None:
        """Fail (background thread)."""
        self._error = error
        self._event.set()

    def wait(
        self, timeout: float, what: str, alive: Callable[[], bool] | None = None
    ) -> dict[str, Any]:
        """Wait for the answer's header.

        ``what`` says in an error what it was about; ``alive`` tells whether somebody is left to
        answer, and is asked now and then.
        """
        deadline = monotonic() + timeout
        while not self._event.wait(min(_ASK_S, timeout) if alive else timeout):
            if alive is not None and not alive():
                raise ConnectionLostError(f"{what}: the emulator's process has ended")
            if monotonic() >= deadline:
                raise ConnectionTimeoutError(f"{what}: no answer within {timeout:g} s")
        if self._error is not None:
            raise self._error.with_traceback(None)
        return self._header


class ProgramRun:
    """One program under way. The background thread fills it; it is read once it is done."""

    def __init__(self, expected: tuple[int, int, int]) -> None:
        self._event = _Flag()
        self._decoder = ResponseDecoder(expected)
        self._begin = perf_counter()
        self._decode = 0.0
        self._error: ConnectionError | None = None
        self._responses: Responses | None = None
        #: What the daemon reported with the result.
        self.report: dict[str, Any] = {}
        #: Durations on this host.
        self.times = ConnectionTimeInfo()

    def done(self) -> bool:
        """Tell whether result or failure is there."""
        return self._event.is_set()

    def committed(self) -> None:
        """Note that the last word was handed to the link (background thread)."""
        self.times.commit_duration = timedelta(seconds=perf_counter() - self._begin)

    def feed(self, frames: Sequence[zmq.Frame]) -> None:
        """Decode frames of response words (background thread)."""
        begin = perf_counter()
        for frame in frames:
            self._decoder.feed(protocol.words_of(frame.buffer))
        self._decode += perf_counter() - begin

    def finish(self, report: dict[str, Any]) -> None:
        """Note the end of the program (background thread)."""
        if not self._decoder.halted:
            self.fail(ProgramError("the result ended before the halt of the program came back"))
            return
        begin = perf_counter()
        self._responses = self._decoder.take()
        self._decode += perf_counter() - begin
        self.report = report
        self.times.decode_duration = timedelta(seconds=self._decode)
        self.times.execution_duration = timedelta(seconds=perf_counter() - self._begin)
        self._event.set()

    def fail(self, error: ConnectionError) -> None:
        """Fail (background thread)."""
        self._error = error
        self._event.set()

    def wait(self, timeout: float | None) -> Responses:
        """Wait for the responses."""
        if not self._event.wait(timeout):
            raise ConnectionTimeoutError(f"the program did not end within {timeout:g} s")
        if self._error is not None:
            raise self._error.with_traceback(None)
        assert self._responses is not None
        return self._responses


#: Header, frames, what they count in the backlog, and the run that is sent with them.
_Outgoing = tuple[bytes, Sequence[Any], int, ProgramRun | None]


def _pieces(size: int, halted: bool, idle: bool) -> list[tuple[int, int]]:
    """Cut a program of so many bytes, of which the halt is part or not, for a chip that is idle.

    Without a halt of its own, the last piece leaves a frame to it.
    """
    most = CHUNK_BYTES if halted else CHUNK_BYTES - protocol.FRAME_BYTES
    pieces = []
    start = 0
    if idle and size > 2 * FIRST_BYTES:
        start = FIRST_BYTES
        pieces.append((0, start))
    while size - start > most:
        pieces.append((start, start + most))
        start += most
    pieces.append((start, size))
    return pieces


class Channel:
    """A session with a daemon: requests, programs, heartbeats.

    Parameters
    ----------
    endpoint
        ``ipc://`` or ``tcp://`` address of the daemon.
    curve
        Keys, if the daemon wants them.

    Raises
    ------
    ValueError
        libzmq does not take the endpoint.
    """

    def __init__(self, endpoint: str, curve: CurveKeys | None = None) -> None:
        self.endpoint = endpoint
        self._process = os.getpid()
        self._session: str | None = None
        self._seq = itertools.count(1)
        self._outgoing: deque[_Outgoing] = deque()
        self._replies: dict[int, Reply] = {}
        self._runs: dict[int, ProgramRun] = {}
        self._submitting = threading.Lock()
        self._error: ConnectionError | None = None
        self._note = ""
        self._releasing = self._closing = self._stalled = False
        # in bytes, as protocol.charge counts them
        self._sent = self._executed = 0
        self._received = self._reported = 0
        self._context = zmq.Context(1)
        self._socket = self._context.socket(zmq.DEALER)
        try:
            self._socket.linger = 200  # ms for the last message, the release
            # what is under way is bounded in bytes, by the protocol, in both directions
            self._socket.sndhwm = self._socket.rcvhwm = 0
            self._socket.maxmsgsize = protocol.FRAME_BYTES
            if curve is not None:
                curve.apply(self._socket)
            self._monitor = self._socket.get_monitor_socket(_EVENTS)
            self._socket.connect(endpoint)
        except (zmq.ZMQError, TypeError) as error:
            self._context.destroy(linger=0)
            raise ValueError(f"endpoint {endpoint!r} can't be connected to: {error}") from error
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._waking = threading.RLock()  # the number may be somebody else's file once closed
        self._thread = threading.Thread(target=self._serve, name=f"hxemu {endpoint}", daemon=True)
        self._thread.start()

    # --- called by user threads

    def request(
        self,
        kind: str,
        timeout: float,
        what: str = "",
        *,
        alive: Callable[[], bool] | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """Send a request and wait for the answer.

        Raises
        ------
        ConnectionTimeoutError
            No answer in time.
        ConnectionError
            The answer is an error, or the connection failed.
        """
        self.check()
        seq = next(self._seq)
        if self._session is not None and "session" in protocol.REQUESTS[kind]:
            fields["session"] = self._session
        header = protocol.encode_header(kind, seq=seq, **fields)
        reply = self._replies[seq] = Reply()
        self._put((header, (), 0, None))
        if self._error is not None:  # it failed before it could see this request
            reply.fail(self._error)
        try:
            return reply.wait(timeout, what or f"{kind} at {self.endpoint}", alive)
        finally:
            self._replies.pop(seq, None)

    def open(self, timeout: float, alive: Callable[[], bool] | None = None) -> dict[str, Any]:
        """Open the session; returns the daemon's info.

        Parameters
        ----------
        timeout
            Seconds to wait for the daemon's answer.
        alive
            Tells whether the daemon's process still runs, if the caller can know.

        Raises
        ------
        ConnectionTimeoutError
            Nobody answers.
        ConnectionLostError
            The daemon's process has ended meanwhile.
        """
        try:
            answer = self.request("hello", timeout, alive=alive, client=process.describe())
        except ConnectionTimeoutError:
            note = f" ({self._note})" if self._note else ""
            raise ConnectionTimeoutError(
                f"nobody answers at {self.endpoint} within {timeout:g} s{note}: "
                "is 'hxemu serve' running there?"
            ) from None
        self._session = answer["session"]
        self._put(None)  # heartbeats begin now
        info: dict[str, Any] = answer["info"]
        return info

    def submit(self, program: PlaybackProgram) -> ProgramRun:
        """Send a program and, behind it, the halt.

        Parameters
        ----------
        program
            Its words must not change until it has run: they are not copied.
        """
        self.check()
        run = ProgramRun(program.expected)
        words = program.words if program.halted_words is None else program.halted_words
        data = np.ascontiguousarray(words, dtype=protocol.WORD_TYPE).data.cast("B")
        with self._submitting:  # chunks of two programs must not mix
            seq = next(self._seq)
            pieces = _pieces(len(data), program.halted_words is not None, not self._runs)
            self._runs[seq] = run
            for start, end in pieces:
                last = end == len(data)
                header = protocol.encode_header(
                    "program", session=self._session, seq=seq, last=last
                )
                frames: list[Any] = [
                    data[cut : min(cut + protocol.FRAME_BYTES, end)]
                    for cut in range(start, end, protocol.FRAME_BYTES)
                ]
                size = end - start
                if last and program.halted_words is None:
                    frames.append(_HALT)
                    size += len(_HALT)
                cost = protocol.charge(size)
                self._outgoing.append((header, frames, cost, run if last else None))
        run.times.encode_duration = timedelta(seconds=perf_counter() - run._begin)
        self._put(None)
        if self._error is not None:  # it failed before it could see this program
            run.fail(self._error)
        return run

    def check(self) -> None:
        """Raise if the channel can't be used (any more, or in this process)."""
        if os.getpid() != self._process:
            raise ForkedProcessError(
                f"this connection belongs to process {self._process}, not to process "
                f"{os.getpid()}, which was forked from it: open a connection there"
            )
        if self._error is not None:
            raise self._error.with_traceback(None)

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._closing

    def close(self) -> None:
        """Release the chip and end the session. Does nothing in a forked process."""
        if os.getpid() != self._process or self._closing:
            return
        own = threading.current_thread() is self._thread  # the garbage collector runs anywhere
        if self._error is None and self._session is not None and not sys.is_finalizing():
            seq = next(self._seq)
            reply = self._replies[seq] = Reply()
            self._releasing = True
            header = protocol.encode_header("release", session=self._session, seq=seq)
            self._put((header, (), 0, None))
            if not own:
                try:
                    reply.wait(1.0, "release")
                except ConnectionError as error:
                    _log.debug("release of %s: %s", self.endpoint, error)
        self._closing = True
        self._put(None)
        if not own:
            self._thread.join(3.0)

    def _put(self, item: _Outgoing | None) -> None:
        if item is not None:
            self._outgoing.append(item)
        with self._waking:
            if self._wake >= 0:
                os.eventfd_write(self._wake, 1)

    # --- the background thread

    def _serve(self) -> None:
        try:
            self._loop()
        except Exception as error:
            _log.error("connection to %s: %r", self.endpoint, error)
            self._fail(ConnectionError(f"connection to {self.endpoint} failed: {error!r}"))
        finally:
            self._fail(ConnectionError("Connection is not allocated!"))
            self._socket.disable_monitor()
            self._monitor.close(0)
            self._socket.close()
            self._context.term()
            with self._waking:
                os.close(self._wake)
                self._wake = -1

    def _loop(self) -> None:
        poller = zmq.Poller()
        for source in (self._socket, self._monitor, self._wake):
            poller.register(source, zmq.POLLIN)
        next_beat = monotonic()
        heard = monotonic()
        hung = -math.inf  # when heartbeats were found to be late by a lease
        while True:
            wait = max(0.0, next_beat - monotonic()) if self._session else 1.0
            if self._stalled:
                wait = min(wait, _AGAIN_S)
            ready = dict(poller.poll(math.ceil(1000 * wait)))
            if self._session and monotonic() - next_beat > protocol.LEASE_S:
                hung = monotonic()
            if self._wake in ready:
                os.eventfd_read(self._wake)
            if self._socket in ready:
                heard = monotonic()
                self._receive(_BURST)
            elif self._monitor in ready:
                # only now: what the daemon said before it went away comes first
                self._link_changed(monotonic() - hung < protocol.SILENCE_S)
            elif self._session and monotonic() - heard > protocol.SILENCE_S:
                self._fail(
                    ConnectionLostError(
                        f"the emulator at {self.endpoint} has been silent for "
                        f"{protocol.SILENCE_S:g} s, so it hangs or its machine does: close this "
                        "connection and open another"
                    )
                )
            if self._error is not None:
                return
            self._send()
            now = monotonic()
            if self._session and now >= next_beat:
                if now - next_beat > protocol.LEASE_S:  # stopped since it was looked at above
                    hung = now
                next_beat = now + protocol.HEARTBEAT_S
                self._beat()
            if self._closing and (self._stalled or not self._outgoing):
                return

    def _send(self) -> None:
        self._stalled = False
        while self._outgoing:
            header, frames, size, run = self._outgoing[0]
            if size and self._releasing:
                self._outgoing.popleft()  # programs that did not leave yet, never will
                continue
            if size and self._sent + size > self._executed + protocol.INPUT_BACKLOG_BYTES:
                return  # until a heartbeat tells that the daemon has executed more
            try:
                protocol.send(self._socket, (header, *frames))
            except zmq.Again:  # there is no link at the moment
                self._stalled = True
                return
            self._outgoing.popleft()
            self._sent += size
            if run is not None:
                run.committed()

    def _beat(self) -> None:
        self._reported = self._received
        self._socket.send(
            protocol.encode_header("ping", session=self._session, received=self._received)
        )

    def _receive(self, most: int) -> None:
        """Receive what is there; something is."""
        for _ in range(most):
            try:
                first, *frames = protocol.receive(self._socket)
            except zmq.Again:
                return
            try:
                header = protocol.decode_header(first.bytes, protocol.REPLIES)
                protocol.check_payload(header["kind"], frames)
                self._handle(header, frames)
            except ProtocolVersionError as error:
                self._fail(error)
            except ConnectionError as error:
                self._fail(ProtocolError(f"{self.endpoint} does not answer properly: {error}"))
            if self._received - self._reported >= protocol.REPORT_BYTES:
                self._beat()
            if self._error is not None or not protocol.has_message(self._socket):
                return

    def _handle(self, header: dict[str, Any], frames: list[zmq.Frame]) -> None:
        kind = header["kind"]
        if kind == "ping":
            self._executed = header["executed"]
            return
        seq = header["seq"]
        if kind == "result":
            self._received += protocol.charge(sum(len(frame) for frame in frames))
            run = self._runs.get(seq)
            if run is None:  # of a program that has failed already
                return
            try:
                run.feed(frames)
            except Exception as error:  # whatever the decoder says about the words
                del self._runs[seq]
                run.fail(ProtocolError(f"responses can't be decoded: {error}"))
                return
            if header["last"]:
                del self._runs[seq]
                run.finish(header.get("info", {}))
        elif kind == "error":
            self._refused(seq, protocol.error_of(header))
        else:
            reply = self._replies.get(seq)
            if reply is not None:
                reply.resolve(header)

    def _refused(self, seq: int, error: ConnectionError) -> None:
        waiting = self._runs.get(seq) or self._replies.get(seq)
        if seq == 0 or isinstance(error, ConnectionLostError):
            self._fail(error)
        elif waiting is not None:
            self._runs.pop(seq, None)
            waiting.fail(error)
        else:
            _log.debug("late error from %s: %s", self.endpoint, error)

    def _link_changed(self, hung: bool) -> None:
        """React to the monitor; ``hung``: a moment ago, heartbeats were late by a lease."""
        message = recv_monitor_message(self._monitor, zmq.NOBLOCK)
        event = int(message["event"])
        if event == zmq.Event.CONNECTED:
            protocol.widen(message["value"])
        elif event != zmq.Event.DISCONNECTED:
            self._note = _NOTES.get(event, "the handshake failed")
        elif self._session is not None:
            # a new link would be a new session: the chip's state and our programs are gone
            if hung:
                self._fail(
                    protocol.SessionEndedError(
                        "this process kept its threads from sending heartbeats for more than "
                        f"{protocol.LEASE_S:g} s, so the emulator at {self.endpoint} took the "
                        "chip away: close this connection and open another"
                    )
                )
            self._fail(
                ConnectionLostError(
                    f"the emulator at {self.endpoint} is gone, with all that ran on it: "
                    "close this connection and open another"
                )
            )

    def _fail(self, error: ConnectionError) -> None:
        if self._error is None:
            self._error = error
        while self._runs:
            self._runs.popitem()[1].fail(self._error)
        for reply in list(self._replies.values()):
            if not reply._event.is_set():
                reply.fail(self._error)


def ask_status(endpoint: str, timeout: float, curve: CurveKeys | None = None) -> dict[str, Any]:
    """Ask a daemon for its status, without taking the chip.

    Parameters
    ----------
    endpoint
        Address of the daemon.
    timeout
        Seconds to wait for the answer.
    curve
        Keys, if the daemon wants them.

    Raises
    ------
    ConnectionTimeoutError
        Nobody answers.
    """
    channel = Channel(endpoint, curve)
    try:
        status: dict[str, Any] = channel.request("status", timeout)["status"]
        return status
    except ConnectionTimeoutError:
        raise ConnectionTimeoutError(
            f"nobody answers at {endpoint} within {timeout:g} s: is 'hxemu serve' running there?"
        ) from None
    finally:
        channel.close()
