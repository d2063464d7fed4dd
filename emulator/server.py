"""The daemon's socket: sessions, the lease, limits.

One thread receives, answers and keeps time; :mod:`emulator.executor` runs programs in another.
Nothing that comes in over the socket ends the daemon, and nobody but the holder of the lease
reaches the machine.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import math
import os
import platform
import secrets
import socket as unix
import stat
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import zmq
from zmq.auth.thread import ThreadAuthenticator
from zmq.utils.monitor import recv_monitor_message

from emulator.executor import (
    Abandon,
    Chunk,
    DrivenMachine,
    Event,
    Executor,
    PowerCycle,
    SetSilicon,
    Tenancy,
)
from fisch import process, protocol
from fisch.errors import (
    ChipBusyError,
    ConnectionError,
    ConnectionLostError,
    LimitError,
    ProtocolError,
)
from fisch.version import version

_log = logging.getLogger("emulator.server")

_SRCFD = int(zmq.SRCFD)
#: Messages that are received before the loop looks at its other duties.
_BURST = 64
#: Messages that wait for one slow peer. Results beyond are kept here; other replies are dropped.
_PEER_MESSAGES = 512
#: Longest frame that libzmq lets in. Frames beyond the protocol's limit are told so, frames
#: beyond this one cost their sender the link before they cost us memory.
_RAW_FRAME_BYTES = 4 * protocol.FRAME_BYTES


class EndpointError(ValueError):
    """The daemon can't, or must not, listen at this address."""


@dataclass(frozen=True)
class ServerKeys:
    """CURVE keys of a daemon.

    Attributes
    ----------
    public, secret
        The daemon's own pair.
    clients
        Folder with the public certificates (``*.key``) of the clients that may connect.
    """

    public: bytes
    secret: bytes
    clients: str


@dataclass
class _Program:
    """A program of which not all chunks came yet."""

    seq: int
    words: int = 0
    refused: bool = False


@dataclass(eq=False)
class _Session:
    route: bytes
    client: dict[str, Any]
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    heard: float = field(default_factory=monotonic)
    process: int | None = None  # pidfd
    tenancy: Tenancy | None = None
    since: float = 0.0
    acquiring: int = 0  # sequence number of the request that is not answered yet
    program: _Program | None = None
    latest: int = 0  # sequence number of the latest program
    skipped: int = 0  # bytes of programs that were refused, as protocol.charge counts them
    credited: int = 0
    outbound: deque[list[Any]] = field(default_factory=deque)


@dataclass(eq=False)
class _Waiter:
    session: _Session
    seq: int
    asked: float
    deadline: float


class Server:
    """A daemon with one machine.

    Parameters
    ----------
    machine
        The machine.
    endpoint
        ``ipc:///path`` or ``tcp://address:port``; port 0 lets the system choose.
    noise_seed
        Noise seed of every session; None: a fresh one each.
    keys
        CURVE keys; needed for addresses that other machines can reach.
    private
        Only one process, which ends the daemon itself, knows the endpoint: a lease does not end
        for want of heartbeats.
    until_closed
        File descriptor; the daemon ends when it is closed at the other end.

    Raises
    ------
    EndpointError
        The address is refused, malformed, or in use.
    """

    def __init__(
        self,
        machine: DrivenMachine,
        endpoint: str,
        *,
        noise_seed: int | None = None,
        keys: ServerKeys | None = None,
        private: bool = False,
        until_closed: int | None = None,
    ) -> None:
        self._local = check_endpoint(endpoint, keys is not None)
        self._lease_s = float("inf") if private else protocol.LEASE_S
        self._until_closed = until_closed
        self._started = monotonic()
        self._stopping = False
        self._sessions: dict[bytes, _Session] = {}
        self._tenants: dict[Tenancy, _Session] = {}
        self._links: dict[int, float] = {}  # descriptor: when its latest whole message came
        self._holder: _Session | None = None
        self._waiters: deque[_Waiter] = deque()
        self._processes: dict[int, _Session] = {}  # by pidfd
        self._slow: set[_Session] = set()  # with replies that their links did not take yet
        self._due = 0.0  # when something may be over; not later than it is
        self._counts = {"messages": 0, "refused": 0, "sessions": 0, "expired": 0, "cut": 0}
        self._context = zmq.Context(1)
        self._authenticator: ThreadAuthenticator | None = None
        self._socket = self._context.socket(zmq.ROUTER)
        # a pipe, not an eventfd: Python's signal handler writes single bytes
        self._wake, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._poller = zmq.Poller()
        self._monitor = self._socket.get_monitor_socket(
            zmq.Event.ACCEPTED | zmq.Event.DISCONNECTED
        )
        try:
            self._configure(keys)
            self._socket.bind(endpoint)
        except zmq.ZMQError as error:
            self._context.destroy(linger=0)
            raise EndpointError(f"can't listen at {endpoint}: {error}") from error
        #: The address in use, with the port that the system chose.
        self.endpoint = bytes(self._socket.getsockopt(zmq.LAST_ENDPOINT)).rstrip(b"\0").decode()
        self._path = _bound_path(endpoint)
        self._executor = Executor(machine, noise_seed, self._notify)
        for source in (self._socket, self._monitor, self._wake):
            self._poller.register(source, zmq.POLLIN)
        if until_closed is not None:
            self._poller.register(until_closed, zmq.POLLIN)

    def _configure(self, keys: ServerKeys | None) -> None:
        socket = self._socket
        socket.linger = 200  # ms for the last replies
        socket.maxmsgsize = _RAW_FRAME_BYTES
        socket.rcvhwm = 64
        socket.sndhwm = _PEER_MESSAGES
        socket.router_mandatory = True  # tell when a peer is gone or slow
        socket.handshake_ivl = 5000
        if keys is not None:
            self._authenticator = ThreadAuthenticator(self._context)
            self._authenticator.start()
            self._authenticator.configure_curve(domain="*", location=keys.clients)
            socket.curve_publickey = keys.public
            socket.curve_secretkey = keys.secret
            socket.curve_server = True

    # --- life

    @property
    def wakeup_fd(self) -> int:
        """Descriptor for :func:`signal.set_wakeup_fd`.

        Without it, a signal that arrives just before the loop goes to sleep is only handled when
        something else wakes it.
        """
        return self._waker

    def stop(self) -> None:
        """End :meth:`serve`; may be called from a signal handler or another thread."""
        self._stopping = True
        self._notify()

    def serve(self) -> None:
        """Serve until :meth:`stop` is called or ``until_closed`` is closed; then clean up."""
        try:
            while not self._stopping:
                self._turn()
        finally:
            self._shut_down()

    def _shut_down(self) -> None:
        for session in list(self._sessions.values()):
            self._reply_error(session.route, 0, ConnectionLostError("the emulator was stopped"))
            self._end(session, grant=False)
        self._executor.stop(5.0)
        if self._authenticator is not None:
            self._authenticator.stop()
        self._socket.disable_monitor()
        self._monitor.close(0)
        self._socket.close()
        self._context.term()
        if self._path is not None and self._path == _bound_path(f"ipc://{self._path[0]}"):
            with contextlib.suppress(OSError):  # libzmq leaves it behind
                os.unlink(self._path[0])

    def __del__(self) -> None:
        # not before: signals and an executor that does not end may still write to it
        for name in ("_wake", "_waker"):
            if name in vars(self):
                os.close(vars(self)[name])

    def _notify(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it is full, which wakes as well
            os.write(self._waker, b"\0")

    # --- the loop

    def _turn(self) -> None:
        ready = dict(self._poller.poll(self._patience_ms()))
        if self._wake in ready:
            os.read(self._wake, 4096)
        if self._until_closed in ready:
            self._stopping = True  # nobody writes to it: it was closed
            return
        if self._monitor in ready:
            self._follow_links()
        drained = self._socket not in ready or self._receive()
        while self._executor.events:
            self._on_event(self._executor.events.popleft())
        for session in list(self._slow):
            self._flush(session)
        for source in ready:
            if source in self._processes:
                self._end(self._processes[source])
        if monotonic() >= self._due:
            self._keep_time(drained)

    def _patience_ms(self) -> int:
        if self._slow:
            return 5  # libzmq does not tell when it has room again
        if not self._sessions and not self._links:
            return -1
        return math.ceil(min(1000.0, 1000 * max(0.0, self._due - monotonic()) + 1))

    def _receive(self) -> bool:
        """Receive what is there, something is; tell whether nothing is left."""
        for _ in range(_BURST):
            try:
                route, *frames = protocol.receive(self._socket)
            except zmq.Again:
                return True
            self._counts["messages"] += 1
            self._note_link(frames)
            self._on_message(route.bytes, frames)
            if not protocol.has_message(self._socket):
                return True
        return False

    def _keep_time(self, drained: bool) -> None:
        now = monotonic()
        # a heartbeat that waits in the socket counts: if this process was stopped for a
        # while, that is not the clients' fault
        grace = self._lease_s if drained else 2 * self._lease_s
        for session in [s for s in self._sessions.values() if now - s.heard > grace]:
            self._counts["expired"] += 1
            _log.info("no heartbeat of %s, pid %s", session.client["user"], session.client["pid"])
            self._end(session)
        for link in [link for link, heard in self._links.items() if now - heard > grace]:
            self._cut(link)
        for waiter in [w for w in self._waiters if w.deadline <= now]:
            self._waiters.remove(waiter)
            self._reply_error(waiter.session.route, waiter.seq, self._busy(now - waiter.asked))
        moments = [session.heard + self._lease_s for session in self._sessions.values()]
        moments += [heard + self._lease_s for heard in self._links.values()]
        moments += [waiter.deadline for waiter in self._waiters]
        self._due = min(moments, default=math.inf)

    def _follow_links(self) -> None:
        """Note which links were opened and closed."""
        with contextlib.suppress(zmq.Again):
            while True:
                event = recv_monitor_message(self._monitor, zmq.NOBLOCK)
                if event["event"] == zmq.Event.ACCEPTED:
                    self._links[event["value"]] = monotonic()
                    self._due = 0.0
                    protocol.widen(event["value"])
                else:
                    self._links.pop(event["value"], None)

    def _note_link(self, frames: Sequence[zmq.Frame]) -> None:
        """Note that a whole message came."""
        try:
            link = frames[0].get(_SRCFD)
        except (IndexError, zmq.ZMQError):
            return  # a peer of an ancient libzmq, or none at all
        if link in self._links:
            self._links[link] = monotonic()

    def _cut(self, link: int) -> None:
        """Close a link that brings no whole message, and let its buffers go.

        libzmq bounds the length of the frames of a message, but not their number: a message
        that never ends would fill the memory. Clients send a heartbeat long before this.
        """
        del self._links[link]
        self._counts["cut"] += 1
        _log.info("no whole message for %g s: link %d is cut", self._lease_s, link)
        # a copy of the descriptor: the original is libzmq's, which sees the end and closes it
        with contextlib.suppress(OSError), unix.socket(fileno=os.dup(link)) as copy:
            copy.shutdown(unix.SHUT_RDWR)

    # --- messages from clients

    def _on_message(self, route: bytes, frames: Sequence[zmq.Frame]) -> None:
        if not frames:
            return
        try:
            header = protocol.decode_header(frames[0].bytes, protocol.REQUESTS)
            if header["kind"] == "program":
                self._on_program(self._session_of(route, header), header, frames[1:])
            else:
                protocol.check_payload(header["kind"], frames[1:])
                self._on_request(route, header)
        except ConnectionError as error:
            self._counts["refused"] += 1
            self._reply_error(route, protocol.peek_seq(frames[0].buffer), error)
        except Exception as error:  # a fault of ours must not end the daemon
            _log.exception("while answering a message")
            self._reply_error(route, protocol.peek_seq(frames[0].buffer), error)

    def _session_of(self, route: bytes, header: dict[str, Any]) -> _Session:
        session = self._sessions.get(route)
        if session is None or session.token != header["session"]:
            raise protocol.SessionEndedError(
                f"the emulator has no such session: one ends {self._lease_s:g} s after its last "
                "heartbeat"
            )
        session.heard = monotonic()
        return session

    def _on_request(self, route: bytes, header: dict[str, Any]) -> None:
        kind = header["kind"]
        if kind == "hello":
            self._on_hello(route, header)
        elif kind == "status":
            self._reply(route, "status", seq=header["seq"], status=self.status())
        else:
            session = self._session_of(route, header)
            if kind == "ping":
                self._on_ping(session, header["received"])
            elif kind == "acquire":
                self._on_acquire(session, header)
            elif kind == "release":
                self._reply(route, "release", seq=header["seq"])
                self._end(session)
            elif kind == "time_info":
                totals = dict(self._tenancy_of(session).totals)
                self._reply(route, "time_info", seq=header["seq"], totals=totals)
            else:
                self._on_silicon(session, header)

    def _on_hello(self, route: bytes, header: dict[str, Any]) -> None:
        if route in self._sessions:
            raise ProtocolError("there is a session on this link already")
        if len(self._sessions) >= protocol.SESSIONS:
            raise LimitError("sessions", len(self._sessions) + 1, protocol.SESSIONS)
        session = self._sessions[route] = _Session(route, header["client"])
        self._due = 0.0
        self._counts["sessions"] += 1
        self._watch(session)
        self._reply(route, "hello", seq=header["seq"], session=session.token, info=self._info())

    def _watch(self, session: _Session) -> None:
        """Get to know at once when a client's process ends, if it is one of this machine."""
        if not self._local or not process.is_local(session.client):
            return
        try:
            descriptor = os.pidfd_open(session.client["pid"])
        except OSError:
            return  # it can't be seen from here: heartbeats will tell
        if process.is_gone(session.client):  # not visible, or not the process it says it is
            os.close(descriptor)
            return
        session.process = descriptor
        self._processes[descriptor] = session
        self._poller.register(descriptor, zmq.POLLIN)

    def _on_ping(self, session: _Session, received: int) -> None:
        if session.tenancy is not None:
            self._executor.acknowledge(session.tenancy, received)
        self._credit(session)

    def _credit(self, session: _Session) -> None:
        done = session.skipped + (session.tenancy.executed if session.tenancy else 0)
        session.credited = done
        self._reply(session.route, "ping", executed=done)

    def _on_acquire(self, session: _Session, header: dict[str, Any]) -> None:
        waiting = any(waiter.session is session for waiter in self._waiters)
        if session.tenancy is not None or waiting:
            raise ProtocolError("this session has asked for the chip already")
        if self._holder is None:
            self._grant(session, header["seq"])
        elif header["wait"] == 0:
            raise self._busy(0)
        else:
            now = monotonic()
            self._waiters.append(_Waiter(session, header["seq"], now, now + header["wait"]))
            self._due = 0.0

    def _grant(self, session: _Session, seq: int) -> None:
        self._holder = session
        session.since = monotonic()
        session.acquiring = seq
        session.tenancy = Tenancy()
        self._tenants[session.tenancy] = session
        self._executor.put(PowerCycle(session.tenancy))  # answered when it is done

    def _busy(self, waited: float) -> ChipBusyError:
        return ChipBusyError(
            self._describe_holder() or {}, self._executor.info["identifier"], round(waited, 3)
        )

    def _describe_holder(self) -> dict[str, Any] | None:
        if self._holder is None:
            return None
        held = round(monotonic() - self._holder.since, 3)
        return {**_who(self._holder.client), "held_s": held}

    def _tenancy_of(self, session: _Session) -> Tenancy:
        if session.tenancy is None or session.acquiring:
            raise ProtocolError("this session does not hold the chip")
        return session.tenancy

    def _on_silicon(self, session: _Session, header: dict[str, Any]) -> None:
        tenancy = self._tenancy_of(session)
        if session.program is not None:
            raise ProtocolError(f"program {session.program.seq} is not complete")
        self._executor.put(SetSilicon(tenancy, header["seq"], header["switches"]))

    def _on_program(
        self, session: _Session, header: dict[str, Any], frames: Sequence[zmq.Frame]
    ) -> None:
        tenancy = self._tenancy_of(session)
        seq = header["seq"]
        program = session.program
        if program is None:
            if seq <= session.latest:
                raise ProtocolError(f"program {seq} comes after program {session.latest}")
            program = session.program = _Program(seq)
            session.latest = seq
        elif program.seq != seq:
            raise ProtocolError(f"program {program.seq} is not complete")
        if header["last"]:
            session.program = None
        size = sum(len(frame) for frame in frames)
        if program.refused:
            session.skipped += protocol.charge(size)
            return
        try:
            protocol.check_payload("program", frames)
            self._check_limits(session, tenancy, program, size)
        except ConnectionError:
            program.refused = True  # its other chunks are worth nothing
            session.skipped += protocol.charge(size)
            self._executor.put(Abandon(tenancy, seq))
            raise
        words = [protocol.words_of(frame.buffer) for frame in frames]
        self._executor.put(Chunk(tenancy, seq, words, header["last"]))

    @staticmethod
    def _check_limits(session: _Session, tenancy: Tenancy, program: _Program, size: int) -> None:
        program.words += size // protocol.WORD_BYTES
        if program.words > protocol.PROGRAM_WORDS + 1:  # the halt comes on top
            raise LimitError("program", program.words - 1, protocol.PROGRAM_WORDS, "words")
        cost = protocol.charge(size)
        backlog = tenancy.received + cost - tenancy.executed
        if backlog > protocol.INPUT_BACKLOG_BYTES:
            raise LimitError("input_backlog", backlog, protocol.INPUT_BACKLOG_BYTES, "bytes")
        tenancy.received += cost

    # --- events from the executor

    def _on_event(self, event: Event) -> None:
        session = self._tenants.get(event.tenancy)
        if session is None:  # it lost the chip meanwhile
            return
        if event.kind == "error":
            assert event.error is not None
            self._reply_error(session.route, event.seq, event.error)
        elif event.kind == "acquire":
            seq, session.acquiring = session.acquiring, 0
            self._reply(session.route, "acquire", seq=seq, info=self._info())
        elif event.kind == "ping":
            if event.tenancy.executed + session.skipped > session.credited:
                self._credit(session)
        else:
            fields = {"seq": event.seq, **event.fields}
            message: list[Any] = [protocol.encode_header(event.kind, **fields)]
            if event.words is not None and event.words.size:
                message.append(event.words.data.cast("B"))
            session.outbound.append(message)
            self._flush(session)

    # --- replies

    def _flush(self, session: _Session) -> None:
        """Send a session's results as far as its link takes them."""
        while session.outbound:
            try:
                protocol.send(self._socket, (session.route, *session.outbound[0]))
            except zmq.Again:
                self._slow.add(session)
                return
            except zmq.ZMQError as error:
                _log.info("link to pid %s lost: %s", session.client["pid"], error)
                self._end(session)
                return
            session.outbound.popleft()
        self._slow.discard(session)

    def _reply(self, route: bytes, kind: str, **fields: Any) -> None:
        session = self._sessions.get(route)
        message = [protocol.encode_header(kind, **fields)]
        if session is None or kind == "ping":
            # whoever is gone, or floods us and does not read, gets no answer
            with contextlib.suppress(zmq.ZMQError):
                protocol.send(self._socket, (route, *message))
        elif len(session.outbound) < protocol.REPLIES_WAITING:
            session.outbound.append(message)
            self._flush(session)
        else:
            _log.warning("pid %s lets its replies pile up", session.client["pid"])
            self._end(session)

    def _reply_error(self, route: bytes, seq: int, error: BaseException) -> None:
        self._reply(route, "error", seq=seq, **protocol.error_fields(error))

    # --- ends

    def _end(self, session: _Session, grant: bool = True) -> None:
        """End a session, take its lease, and give that to the next who waits."""
        if self._sessions.pop(session.route, None) is None:
            return
        self._slow.discard(session)
        if session.process is not None:
            self._poller.unregister(session.process)
            del self._processes[session.process]
            os.close(session.process)
            session.process = None
        for waiter in [w for w in self._waiters if w.session is session]:
            self._waiters.remove(waiter)
        if session.tenancy is not None:
            del self._tenants[session.tenancy]
            self._executor.cancel(session.tenancy)
        if self._holder is session:
            self._holder = None
            if grant and self._waiters:
                waiter = self._waiters.popleft()
                self._grant(waiter.session, waiter.seq)

    # --- reports

    def _info(self) -> dict[str, Any]:
        return {
            "kind": "emulator",
            "version": version(),
            "protocol": protocol.VERSION,
            **self._executor.info,
            "endpoint": self.endpoint,
            "pid": os.getpid(),
            "host": platform.node(),
            "limits": protocol.LIMITS,
        }

    def status(self) -> dict[str, Any]:
        """Return what ``hxemu status`` shows."""
        now = monotonic()
        return {
            **self._info(),
            "uptime_s": round(now - self._started, 3),
            "holder": self._describe_holder(),
            "waiting": [
                {**_who(w.session.client), "waiting_s": round(now - w.asked, 3)}
                for w in list(self._waiters)[:32]
            ],
            "open_sessions": len(self._sessions),
            "counts": dict(self._counts),
            "machine": self._executor.status,
        }


def _who(client: dict[str, Any]) -> dict[str, Any]:
    """Return what others may know of a client."""
    return {name: client[name] for name in ("pid", "user", "host", "program")}


def check_endpoint(endpoint: str, has_keys: bool) -> bool:
    """Check an address to listen at.

    Returns
    -------
    bool
        Whether only processes of this machine can reach it.

    Raises
    ------
    EndpointError
        It is malformed, in use, or reachable for other machines without CURVE keys.
    """
    scheme, _, rest = endpoint.partition("://")
    if scheme == "ipc" and rest:
        _check_path(rest)
        return True
    if scheme != "tcp":
        raise EndpointError(f"endpoint {endpoint!r} must be ipc:///path or tcp://address:port")
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise EndpointError(f"endpoint {endpoint!r}: {error}") from None
    if port is None:
        raise EndpointError(f"endpoint {endpoint!r} has no port; 0 lets the system choose")
    if host == "localhost":
        raise EndpointError(f"endpoint {endpoint!r} is a name: listen at tcp://127.0.0.1:{port}")
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local and not has_keys:
        raise EndpointError(
            f"endpoint {endpoint!r} can be reached from other machines: that needs CURVE keys "
            "(--curve-server-key, --curve-clients; 'hxemu keys' makes them)"
        )
    return local


def _bound_path(endpoint: str) -> tuple[str, int] | None:
    """Return path and inode of an ``ipc://`` socket that has a file."""
    path = endpoint.removeprefix("ipc://")
    if path == endpoint or path.startswith("@"):
        return None
    try:
        return path, os.stat(path).st_ino
    except OSError:
        return None


def _check_path(path: str) -> None:
    """Refuse the path of a socket at which somebody listens, or of a file that is none."""
    if path.startswith("@"):  # abstract: the kernel keeps the name unique
        return
    if len(os.fsencode(path)) > 107:
        raise EndpointError(f"path {path!r} is too long for a socket: at most 107 bytes")
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise EndpointError(f"path {path!r}: {error.strerror}") from None
    if not stat.S_ISSOCK(mode):
        raise EndpointError(f"path {path!r} exists and is no socket")
    with unix.socket(unix.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return  # left behind by a daemon that was killed; libzmq replaces it
        except OSError as error:
            raise EndpointError(f"path {path!r}: {error.strerror}") from None
    raise EndpointError(f"somebody listens at {path!r} already")
