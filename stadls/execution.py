"""Running programs, and the handles of connections that scripts hold."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import fisch
from fisch.connections import RunTimeInfo
from stadls.errors import UnsupportedTargetError

__all__ = ["ConnectionHandle", "ManagedConnection", "ManagedMultiZeroMockConnection",
           "MultiZeroMockConnectionHandle", "RunTimeInfo", "run"]

_log = logging.getLogger("stadls.execution")

_TARGETS = {"zeromock": frozenset({"hardware", "simulation"})}
_HARDWARE = frozenset({"hardware"})


class ConnectionClosedError(RuntimeError):
    """The connection of a handle was left."""

    def __str__(self) -> str:
        return "Connection is not allocated!"


class ConnectionHandle:
    """What scripts hold inside of ``with ManagedConnection() as connection``.

    Every use after the block raises ``RuntimeError``.
    """

    _open: Any

    def __init__(self) -> None:
        raise TypeError(f"{type(self).__name__} can't be made; enter a ManagedConnection")

    @classmethod
    def _of(cls, connection: Any) -> ConnectionHandle:
        self = object.__new__(cls)
        self._open = connection
        return self

    @property
    def _connection(self) -> Any:
        if self._open is None:
            raise ConnectionClosedError
        return self._open

    def _close(self) -> None:
        connection, self._open = self._open, None
        if connection is not None:
            connection.close()

    @property
    def time_info(self) -> Any:
        """Durations since the connection was opened, one entry per chip."""
        return self._connection.time_info

    @property
    def bitfile_info(self) -> Any:
        """Description of the FPGA's configuration, one entry per chip."""
        return self._connection.bitfile_info

    @property
    def repo_state(self) -> list[str]:
        """State of a sharing server's sources, one entry per chip; empty without a server."""
        return [""] * len(self)

    @property
    def info(self) -> dict[str, Any]:
        """What programs run on: emulator or mock, version, revision, seeds, switches."""
        found: dict[str, Any] = self._connection.info
        return found

    def get_unique_identifier(self, hwdb_path: str | None = None) -> list[str]:
        """Identifier of each chip; the database path is accepted and not used."""
        found: list[str] = self._connection.get_unique_identifier()
        return found

    def get_hwdb_entry(self) -> list[Any]:
        """Hardware-database entry of each chip."""
        found: list[Any] = self._connection.get_hwdb_entry()
        return found

    def __len__(self) -> int:
        return len(self._connection)

    def __bool__(self) -> bool:
        return True

    @property
    def size(self) -> int:
        """Number of chips."""
        return len(self)

    def __copy__(self) -> Any:
        raise TypeError("a connection handle can't be copied")

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("a connection handle can't be iterated")


class ManagedConnection:
    """Context manager that opens the connection which the environment asks for.

    Nothing is opened before it is entered; leaving it closes the connection, also for
    handles that live on. It may be entered again.

    Parameters
    ----------
    **options
        Passed to :func:`fisch.connect`, e.g. ``endpoint``.
    """

    _handle_type: type[ConnectionHandle] = ConnectionHandle

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._handle: ConnectionHandle | None = None

    def _connect(self) -> Any:
        connect: Callable[..., Any] = fisch.connect
        return connect(**self._options)

    def __enter__(self) -> ConnectionHandle:
        if self._handle is not None:
            _log.warning("the connection is open already; it is closed and opened anew")
            self._handle._close()
        self._handle = self._handle_type._of(self._connect())
        return self._handle

    def __exit__(self, *error: Any) -> None:
        if self._handle is not None:
            self._handle._close()
            self._handle = None


class MultiZeroMockConnectionHandle(ConnectionHandle):
    """Handle of a connection without a chip."""


class ManagedMultiZeroMockConnection(ManagedConnection):
    """Context manager that opens a connection without a chip behind it.

    Parameters
    ----------
    parameters
        One tuple ``(ns_per_message,)`` per connection; one connection by default. Only one
        connection is supported.
    """

    _handle_type = MultiZeroMockConnectionHandle

    def __init__(self, parameters: Sequence[tuple[float]] | None = None) -> None:
        speeds = [entry[0] for entry in parameters] if parameters else [None]
        if len(speeds) != 1:
            raise ValueError(f"one connection is supported, not {len(speeds)}")
        super().__init__(endpoint="zeromock", ns_per_message=speeds[0])


def run(connection: Any, programs: Any) -> RunTimeInfo:
    """Run programs, one per chip of a connection.

    Parameters
    ----------
    connection
        A handle, or a connection of :func:`fisch.connect`.
    programs
        A program, or a list of as many as there are chips.

    Returns
    -------
    RunTimeInfo
        Measured durations, and the modelled time of FPGA and link.

    Raises
    ------
    RuntimeError
        Wrong number of programs; a program reads what cannot be read on this target; an
        instruction timed out; responses are missing.
    """
    target = connection._connection if isinstance(connection, ConnectionHandle) else connection
    listed: Sequence[fisch.PlaybackProgram] = (
        [programs] if isinstance(programs, fisch.PlaybackProgram) else list(programs))
    if len(listed) != len(target):
        raise RuntimeError("For each fpga exactly one program is required. "
                           f"({len(listed)} programs, {len(target)} chips)")
    supported = _TARGETS.get(target.info["kind"], _HARDWARE)
    for program in listed:
        unsupported: set[str] = getattr(program, "unsupported_targets", set())
        if not supported - unsupported:
            raise UnsupportedTargetError(
                "Trying to execute program on unsupported target. (It reads a container that "
                f"can't be read on {' or '.join(sorted(supported))}.)")
    info: RunTimeInfo = target.run(listed)
    return info
