"""The handles of connections that scripts hold, and the context managers that give them.

A managed object opens its connection when it is entered and closes it when it is left, also
for handles that live on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import fisch
from fisch.connections import MultiConnection, ZeroMockConnection
from fisch.connections.zero_mock import NS_PER_MESSAGE
from fisch.errors import NoBackendError
from stadls.unavailable import NotAvailableError

__all__ = [
    "ConnectionHandle",
    "ManagedConnection",
    "ManagedMultiARQConnection",
    "ManagedMultiSimConnection",
    "ManagedMultiZeroMockConnection",
    "ManagedQuiggeldyConnection",
    "MultiARQConnectionHandle",
    "MultiSimConnectionHandle",
    "MultiZeroMockConnectionHandle",
    "QuiggeldyConnectionHandle",
]

_log = logging.getLogger("stadls.connections")


class ConnectionClosedError(RuntimeError):
    """The connection of a handle was left."""

    def __str__(self) -> str:
        return "Connection is not allocated!"


class ConnectionHandle:
    """What scripts hold inside of ``with ManagedConnection() as connection``.

    Every use after the block raises ``RuntimeError``.
    """

    _open: Any

    def __init__(self, *arguments: Any, **named: Any) -> None:
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

    def __deepcopy__(self, memo: Any) -> Any:
        raise TypeError("a connection handle can't be copied")

    def __reduce__(self) -> Any:
        raise TypeError("a connection handle can't be copied")

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("a connection handle can't be iterated")


class MultiARQConnectionHandle(ConnectionHandle):
    """Handle of a connection to chips (here: emulated ones)."""


class MultiZeroMockConnectionHandle(ConnectionHandle):
    """Handle of a connection without a chip."""


class MultiSimConnectionHandle(ConnectionHandle):
    """Handle of a connection to a co-simulation; there is none here."""


class QuiggeldyConnectionHandle(ConnectionHandle):
    """Handle of a connection to a server that shares a chip; there is none here.

    Attributes
    ----------
    use_munge, out_of_order
        Kind of authentication; whether programs may overtake each other.
    connection_attempts_max, connection_attempt_wait_after
        How often, and after which pause, a failed connection is tried again.
    """

    use_munge: bool
    out_of_order: bool
    connection_attempts_max: int
    connection_attempt_wait_after: timedelta


_HANDLES: dict[str, type[ConnectionHandle]] = {"zeromock": MultiZeroMockConnectionHandle}


class ManagedConnection:
    """Context manager that opens the connection which the environment asks for.

    Nothing is opened before it is entered; leaving it closes the connection, also for
    handles that live on. It may be entered again; entering it while it is open closes the
    earlier connection, with a warning.

    Parameters
    ----------
    **options
        Passed to :func:`fisch.connect`, e.g. ``endpoint``.
    """

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._handle: ConnectionHandle | None = None

    def _connect(self) -> Any:
        return fisch.connect(**self._options)

    def __enter__(self) -> ConnectionHandle:
        if self._handle is not None:
            _log.warning("the connection is open already; it is closed and opened anew")
            self.__exit__()
        connection = self._connect()
        kind = _HANDLES.get(connection.info["kind"], MultiARQConnectionHandle)
        self._handle = kind._of(connection)
        return self._handle

    def __exit__(self, *error: Any) -> None:
        if self._handle is not None:
            self._handle._close()
            self._handle = None

    def __copy__(self) -> Any:
        raise TypeError("a managed connection can't be copied")


class ManagedMultiARQConnection(ManagedConnection):
    """Context manager that opens a connection to chips, as `ManagedConnection` does.

    Parameters
    ----------
    parameters
        Addresses of FPGAs, one tuple ``(address,)`` each. No FPGA can be reached from here:
        with addresses, entering raises ``NoBackendError``.
    """

    def __init__(self, parameters: Sequence[tuple[str]] | None = None) -> None:
        super().__init__()
        self._parameters = list(parameters or ())

    def _connect(self) -> Any:
        if self._parameters:
            raise NoBackendError(
                f"FPGAs at {self._parameters} are real hardware, but hxemu emulates the chip "
                "and reaches none. Set HXEMU_ENDPOINT and give no addresses.")
        return super()._connect()


class ManagedMultiSimConnection(ManagedConnection):
    """Context manager for a co-simulation: entering it raises ``NoBackendError``.

    Parameters
    ----------
    parameters
        One tuple ``(address, port)`` per simulator.
    """

    def __init__(self, parameters: Sequence[tuple[str, int]] | None = None) -> None:
        super().__init__()
        self._parameters = list(parameters or ())

    def _connect(self) -> Any:
        raise NoBackendError(
            "hxemu emulates the chip and reaches no co-simulation; use ManagedConnection")


class ManagedMultiZeroMockConnection(ManagedConnection):
    """Context manager that opens connections without a chip behind them.

    Parameters
    ----------
    parameters
        One tuple ``(ns_per_message,)`` per connection; one connection of 8 ns by default.
    """

    def __init__(self, parameters: Sequence[tuple[float]] | None = None) -> None:
        super().__init__()
        self._speeds = [entry[0] for entry in parameters] if parameters else [NS_PER_MESSAGE]

    def _connect(self) -> Any:
        mocks = [ZeroMockConnection(speed) for speed in self._speeds]
        return mocks[0] if len(mocks) == 1 else MultiConnection(mocks)


class ManagedQuiggeldyConnection(ManagedConnection):
    """Context manager for a server that shares a chip: entering raises `NotAvailableError`.

    Parameters
    ----------
    ip, port, token
        Where it is, and the user's token.
    """

    def __init__(self, ip: str | None = None, port: int | None = None,
                 token: str | None = None) -> None:
        super().__init__()

    def _connect(self) -> Any:
        raise NotAvailableError("hxcomm.ManagedQuiggeldyConnection")
