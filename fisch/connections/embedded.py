"""The emulator of this process's own: started when it is first needed, gone at exit."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import select
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from fisch.connections.base import Connection
from fisch.connections.emulated import ZMQConnection
from fisch.errors import ConnectionLostError, ConnectionTimeoutError, NoBackendError
from fisch.log import get_logger

_log = get_logger("hxcomm")

#: Seconds within which the daemon must be ready.
START_S = 30.0

#: Seconds that a process needs to end once its sockets are closed.
_END_S = 0.5
#: Longest path of a Unix socket that Linux takes.
_LONGEST_PATH = 100
#: What the daemon needs; found where this process finds it.
_NEEDED = ("emulator", "fisch", "numpy", "zmq", "msgpack")


@dataclass(frozen=True)
class ChipChoice:
    """Which chip to emulate, and on how many threads, as arguments of ``hxemu serve``."""

    revision: str = "v3"
    seed: int = 0
    noise_seed: int | None = None
    board: str = "cube"
    model_spread: bool = False
    threads: int | None = None

    @classmethod
    def from_environment(cls, revision: str | None = None) -> ChipChoice:
        """Read the environment.

        ``HXEMU_REVISION``, ``HXEMU_SEED``, ``HXEMU_NOISE_SEED``, ``HXEMU_BOARD``,
        ``HXEMU_MODEL_SPREAD`` (0 or 1) and ``HXEMU_THREADS`` (1 to 3), on which no result depends.

        Parameters
        ----------
        revision
            Takes precedence over the environment.

        Raises
        ------
        ValueError
            A variable does not hold what it should.
        """
        revision = revision or os.environ.get("HXEMU_REVISION") or "v3"
        if revision not in ("v1", "v2", "v3"):
            raise ValueError(f"HXEMU_REVISION is {revision!r}, must be v1, v2 or v3")
        board = os.environ.get("HXEMU_BOARD") or "cube"
        if board not in ("cube", "jboa"):
            raise ValueError(f"HXEMU_BOARD is {board!r}, must be cube or jboa")
        seed = _natural("HXEMU_SEED")
        spread = os.environ.get("HXEMU_MODEL_SPREAD") or "0"
        if spread not in ("0", "1"):
            raise ValueError(f"HXEMU_MODEL_SPREAD is {spread!r}, must be 0 or 1")
        threads = os.environ.get("HXEMU_THREADS") or None
        if threads not in (None, "1", "2", "3"):
            raise ValueError(f"HXEMU_THREADS is {threads!r}, must be 1, 2 or 3")
        return cls(
            revision,
            0 if seed is None else seed,
            _natural("HXEMU_NOISE_SEED"),
            board,
            spread == "1",
            None if threads is None else int(threads),
        )

    def arguments(self) -> list[str]:
        """Return the arguments of ``hxemu serve`` that choose this chip."""
        arguments = ["--revision", self.revision, "--seed", str(self.seed), "--board", self.board]
        if self.noise_seed is not None:
            arguments += ["--noise-seed", str(self.noise_seed)]
        if self.model_spread:
            arguments.append("--model-spread")
        if self.threads is not None:
            arguments += ["--threads", str(self.threads)]
        return arguments


def _natural(name: str) -> int | None:
    text = os.environ.get(name)
    if not text:
        return None
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if value < 0:
        raise ValueError(f"{name} is {text!r}, must be an integer from 0 on")
    return value


class EmbeddedDaemon:
    """A daemon that only this process uses.

    It lives as long as a pipe that only this process holds open: when the process ends in
    whatever way, the pipe closes and the daemon ends. Forked children close their copy of it.

    Parameters
    ----------
    choice
        The chip to emulate.

    Raises
    ------
    NoBackendError
        The emulator is not installed, or did not start.
    """

    def __init__(self, choice: ChipChoice) -> None:
        self.choice = choice
        #: Connections of this process to it.
        self.connections: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._creator = os.getpid()
        self._folder = _private_folder()
        self.endpoint = f"ipc://{self._folder}/chip"
        command = [
            *(sys.executable, "-P", "-m", "emulator", "serve"),
            *("--bind", self.endpoint, "--private", *choice.arguments()),
        ]
        if not sys.executable or importlib.util.find_spec("emulator") is None:
            raise NoBackendError("there is no emulator beside fisch in this installation")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # never written to: the daemon ends when it closes
            stdout=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for this process, not for the chip
        )
        try:
            self._await_ready()
        except BaseException:
            self.stop()
            raise
        _log.debug("embedded emulator %s, pid %d", self.endpoint, self._process.pid)

    @property
    def pid(self) -> int:
        """Process id of the daemon."""
        return self._process.pid

    def alive(self) -> bool:
        """Tell whether the daemon runs and is this process's own."""
        return self._creator == os.getpid() and self._process.poll() is None

    def ends_within(self, timeout: float) -> bool:
        """Wait for the end of the process, so many seconds at most; tell whether it came."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        return not self.alive()

    def in_use(self) -> bool:
        """Tell whether the daemon runs and a connection to it is open."""
        return self.alive() and any(not connection.closed for connection in self.connections)

    def stop(self) -> None:
        """End the daemon and remove its folder. Does nothing in a forked process."""
        if self._creator != os.getpid():
            return
        self.let_go()
        try:
            self._process.wait(5.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def let_go(self) -> None:
        """Close this process's copy of the pipe."""
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _await_ready(self) -> None:
        assert self._process.stdout is not None
        deadline = monotonic() + START_S
        line = b""
        while not line.endswith(b"\n"):
            left = deadline - monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                raise ConnectionTimeoutError(f"the emulator was not ready within {START_S:g} s")
            piece = os.read(self._process.stdout.fileno(), 4096)
            if not piece:
                status = self._process.wait(5.0)
                raise NoBackendError(
                    f"the emulator did not start: exit status {status}; the standard error of "
                    "this process says why"
                )
            line += piece
        if not line.startswith(b"hxemu ready "):
            reason = line.decode(errors="replace").strip().removeprefix("hxemu: ")
            raise NoBackendError(f"the emulator did not start: {reason}")


def _private_folder() -> Path:
    """Make a folder that only this user can enter, with a path short enough for a socket."""
    folder = tempfile.mkdtemp(prefix="hxemu-")
    if len(folder) > _LONGEST_PATH:
        os.rmdir(folder)
        folder = tempfile.mkdtemp(prefix="hxemu-", dir="/tmp")
    return Path(folder)


def _environment() -> dict[str, str]:
    """Return the environment in which the daemon finds its packages where this process does.

    Only folders that the interpreter does not search by itself are added, and only those that
    hold a package that is needed: a script's own folder may hold anything.
    """
    own = {os.path.realpath(path) for path in sysconfig.get_paths().values()}
    folders: list[str] = []
    for name in _NEEDED:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        folder = os.path.dirname(os.path.dirname(os.path.abspath(spec.origin)))
        if os.path.realpath(folder) not in own and folder not in folders:
            folders.append(folder)
    inherited = os.environ.get("PYTHONPATH")
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join([*folders, *([inherited] if inherited else [])])
    return environment


_lock = threading.Lock()
_daemon: EmbeddedDaemon | None = None


def embedded_daemon(choice: ChipChoice) -> EmbeddedDaemon:
    """Return this process's daemon; start it, or start it anew for another chip.

    Raises
    ------
    NoBackendError
        It emulates another chip, which is in use.
    """
    global _daemon
    with _lock:
        if _daemon is not None and _daemon.choice != choice and _daemon.in_use():
            raise NoBackendError(
                f"this process's emulator is in use, with another chip ({_daemon.choice}): "
                "close its connections first"
            )
        if _daemon is not None and (not _daemon.alive() or _daemon.choice != choice):
            _daemon.stop()
            _daemon = None
        if _daemon is None:
            _daemon = EmbeddedDaemon(choice)
        return _daemon


def connect_embedded(choice: ChipChoice, timeout: float) -> ZMQConnection:
    """Connect to this process's daemon, which is started if need be.

    Whether a daemon was killed a moment ago can't be told before its process has ended. So one
    that dies while it is connected to is replaced by another.

    Parameters
    ----------
    choice
        The chip to emulate.
    timeout
        Seconds to wait for the chip if another connection of this process holds it.

    Raises
    ------
    ConnectionError
        As :class:`EmbeddedDaemon`, :func:`embedded_daemon`, and
        :class:`fisch.connections.ZMQConnection`.
    """
    daemon = embedded_daemon(choice)
    try:
        connection = ZMQConnection(daemon.endpoint, timeout=timeout, alive=daemon.alive)
    except (ConnectionLostError, ConnectionTimeoutError):
        if not daemon.ends_within(_END_S):
            raise
        _log.warning("the embedded emulator, pid %d, died: starting another", daemon.pid)
        daemon = embedded_daemon(choice)
        connection = ZMQConnection(daemon.endpoint, timeout=timeout, alive=daemon.alive)
    daemon.connections.add(connection)
    return connection


def stop_embedded_daemon() -> None:
    """End this process's daemon, if there is one."""
    global _daemon
    with _lock:
        if _daemon is not None:
            _daemon.stop()
            _daemon = None


def _forget_in_child() -> None:
    """In a forked child: the daemon is the parent's, and must not outlive it through us."""
    global _daemon, _lock
    _lock = threading.Lock()
    if _daemon is not None:
        _daemon.let_go()
        _daemon = None


atexit.register(stop_embedded_daemon)
os.register_at_fork(after_in_child=_forget_in_child)
