"""Connections to emulated chips, over ZeroMQ."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

from fisch import protocol
from fisch.connections.base import Connection, JointRun, PendingRun, Programs, hand_over
from fisch.connections.channel import Channel, ProgramRun
from fisch.connections.curve import CurveKeys
from fisch.connections.hardware_database import HXCubeSetupEntry, JboaSetupEntry
from fisch.connections.time_info import ConnectionTimeInfo, RunTimeInfo
from fisch.log import get_logger
from fisch.program import PlaybackProgram

_log = get_logger("hxcomm")

#: Seconds within which a daemon must answer the first message.
CONNECT_S = 5.0
#: Seconds within which it must answer later ones, besides what is asked for in them.
ANSWER_S = 30.0
#: Longest time that can be waited for anything.
LONGEST_S = 1e6


class PendingZMQRun(PendingRun):
    """A program under way to, in, or back from an emulated chip."""

    def __init__(
        self, connection: ZMQConnection, program: PlaybackProgram, run: ProgramRun
    ) -> None:
        self._connection = connection
        self._program = program
        self._run = run
        self._collected: tuple[RunTimeInfo, int, bool] | None = None

    def done(self) -> bool:
        """Tell whether the result, or a failure, is there."""
        return self._run.done()

    def collect(self, timeout: float | None = None) -> tuple[RunTimeInfo, int, bool]:
        """Wait, and hand the responses over; a second call changes nothing."""
        self._connection._in_own_process()
        if self._collected is None:
            responses = self._run.wait(timeout)
            identifier = self._connection.info["identifier"]
            failed, complete, taken = hand_over(self._program, responses, identifier)
            times = self._run.times
            self._connection._total += times
            info = RunTimeInfo([times], taken, [self._run.report])
            self._collected = (info, failed, complete)
        return self._collected


class ZMQConnection(Connection):
    """A connection to one emulated chip. The chip is held until it is closed.

    Parameters
    ----------
    endpoint
        ``ipc:///path`` or ``tcp://address:port`` of a daemon (``hxemu serve``).
    timeout
        Seconds to wait for the chip if somebody else holds it.
    connect_timeout
        Seconds to wait for the daemon to answer at all.
    curve
        Keys, if the daemon wants them; default: what ``HXEMU_CURVE_SERVER`` and
        ``HXEMU_CURVE_CLIENT`` name.
    alive
        Tells whether the daemon's process still runs, if the caller can know: then nobody waits
        for the answer of a daemon that is gone.

    Raises
    ------
    ConnectionTimeoutError
        Nobody answers.
    ConnectionLostError
        The daemon ended meanwhile.
    ChipBusyError
        Somebody else still holds the chip after ``timeout``; the error names the holder.
    ProtocolVersionError
        The daemon is of another release.
    ValueError
        The endpoint is not one, or a time is out of range.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        timeout: float = protocol.ACQUIRE_S,
        connect_timeout: float = CONNECT_S,
        curve: CurveKeys | None = None,
        alive: Callable[[], bool] | None = None,
    ) -> None:
        super().__init__()
        for name, value in (("timeout", timeout), ("connect_timeout", connect_timeout)):
            if not 0 <= value <= LONGEST_S:
                raise ValueError(f"{name} is {value!r} s, must be in 0..{LONGEST_S:g}")
        self._channel = Channel(endpoint, curve or CurveKeys.from_environment())
        # also when it is forgotten, and at exit; does nothing in a forked process
        self._finalizer = weakref.finalize(self, self._channel.close)
        self._total = ConnectionTimeInfo()
        try:
            self._channel.open(connect_timeout, alive)
            answer = self._channel.request(
                "acquire", timeout + ANSWER_S, f"waiting for the chip at {endpoint}", wait=timeout
            )
        except BaseException:
            self._channel.close()
            raise
        self._info: dict[str, Any] = answer["info"]
        _log.info(
            "connected to %s, emulated chip %s, revision %s, seed %s, noise seed %s",
            endpoint,
            *(self._info.get(k) for k in ("identifier", "revision", "seed", "noise_seed")),
        )

    def submit(self, programs: Programs) -> PendingZMQRun:
        """Send a program and return at once; see :meth:`Connection.submit`."""
        (program,) = self._one_per_chip(programs)
        return PendingZMQRun(self, program, self._channel.submit(program))

    @property
    def endpoint(self) -> str:
        """Address of the daemon."""
        return self._channel.endpoint

    @property
    def info(self) -> dict[str, Any]:
        """What programs run on; see :attr:`Connection.info`."""
        return dict(self._info)

    def get_unique_identifier(self, hwdb_path: str | None = None) -> list[str]:
        """Return ``["hxcube<90 + revision>fpga0chip<seed + 1>_1"]``."""
        self._channel.check()
        return [self._info["identifier"]]

    def get_hwdb_entry(self) -> list[HXCubeSetupEntry | JboaSetupEntry]:
        """Return the entry of the emulated set-up: of a cube, or of a jBOA board."""
        self._channel.check()
        hardware = self._info["hardware"]
        kind = JboaSetupEntry if hardware["board"] == "jboa" else HXCubeSetupEntry
        return [
            kind.of_emulated(
                self._info["identifier"],
                int(self._info["revision"].removeprefix("v")),
                eeprom_chip_serial=hardware["eeprom_chip_serial"],
                fuse_dna=hardware["fuse_dna"],
            )
        ]

    def set_silicon(self, **switches: bool) -> dict[str, bool]:
        """Switch sources of mismatch and noise; see :meth:`Connection.set_silicon`."""
        known = self._info["silicon"]
        for name, value in switches.items():
            if name not in known:
                raise ValueError(
                    f"the silicon has no switch {name!r}; it has {', '.join(sorted(known))}"
                )
            if not isinstance(value, bool):
                raise ValueError(f"switch {name!r} is {value!r}, must be True or False")
        answer = self._channel.request("silicon", ANSWER_S, switches=switches)
        self._info["silicon"] = answer["silicon"]
        previous: dict[str, bool] = answer["previous"]
        return previous

    @property
    def time_info(self) -> list[ConnectionTimeInfo]:
        """Durations since the connection was opened."""
        return [self._total + ConnectionTimeInfo()]

    def daemon_totals(self) -> dict[str, Any]:
        """Ask the daemon what it did for this session: programs, words, seconds."""
        totals: dict[str, Any] = self._channel.request("time_info", ANSWER_S)["totals"]
        return totals

    @property
    def bitfile_info(self) -> list[str]:
        """Name the emulator where the real FPGA names its configuration."""
        return [f"emulator: hxemu {self._info.get('version', '?')}\n"]

    def close(self) -> None:
        """Give the chip back; see :meth:`Connection.close`."""
        self._channel.close()

    @property
    def closed(self) -> bool:
        """Whether the connection was closed."""
        return self._channel.closed


class MultiConnection(Connection):
    """Several chips, each behind a connection of its own; every run takes one program per chip.

    Parameters
    ----------
    connections
        Open connections to one chip each. They are closed with this one.
    """

    def __init__(self, connections: Sequence[Connection]) -> None:
        super().__init__()
        if not connections:
            raise ValueError("a connection needs at least one chip")
        self._connections = tuple(connections)

    @property
    def connections(self) -> tuple[Connection, ...]:
        """The connections, in order of the chips."""
        return self._connections

    def submit(self, programs: Programs) -> JointRun:
        """Send one program to each chip and return at once; see :meth:`Connection.submit`."""
        listed = self._one_per_chip(programs)
        return JointRun([c.submit(p) for c, p in zip(self._connections, listed, strict=True)])

    @property
    def info(self) -> dict[str, Any]:
        """Info of the first chip; ``chips`` lists the infos of all."""
        infos = [connection.info for connection in self._connections]
        return {**infos[0], "chips": infos}

    def get_unique_identifier(self, hwdb_path: str | None = None) -> list[str]:
        """Return the identifiers of all chips."""
        return [i for c in self._connections for i in c.get_unique_identifier(hwdb_path)]

    def get_hwdb_entry(self) -> list[Any]:
        """Return the entries of all chips."""
        return [entry for c in self._connections for entry in c.get_hwdb_entry()]

    def set_silicon(self, **switches: bool) -> dict[str, bool]:
        """Switch all chips; returns the previous values of the first."""
        previous = [connection.set_silicon(**switches) for connection in self._connections]
        return previous[0]

    @property
    def time_info(self) -> list[ConnectionTimeInfo]:
        """Durations of all chips."""
        return [entry for c in self._connections for entry in c.time_info]

    @property
    def bitfile_info(self) -> list[str]:
        """Texts of all chips."""
        return [text for c in self._connections for text in c.bitfile_info]

    @property
    def size(self) -> int:
        """Number of chips."""
        return sum(connection.size for connection in self._connections)

    def close(self) -> None:
        """Close all."""
        for connection in self._connections:
            connection.close()

    @property
    def closed(self) -> bool:
        """Whether all are closed."""
        return all(connection.closed for connection in self._connections)
