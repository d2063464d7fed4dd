"""How long runs took, split as the real stack splits it, and as the chip would have taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

_ZERO = timedelta()


@dataclass
class ConnectionTimeInfo:
    """Durations of one connection.

    Attributes
    ----------
    encode_duration
        Cutting programs into frames.
    decode_duration
        Decoding response words into arrays.
    commit_duration
        From the call of ``submit`` until the last word was handed to the link.
    execution_duration
        From the call of ``submit`` until the halt came back.
    """

    encode_duration: timedelta = _ZERO
    decode_duration: timedelta = _ZERO
    commit_duration: timedelta = _ZERO
    execution_duration: timedelta = _ZERO

    def __add__(self, other: ConnectionTimeInfo) -> ConnectionTimeInfo:
        return ConnectionTimeInfo(*(a + b for a, b in zip(self._all(), other._all(), strict=True)))

    def __sub__(self, other: ConnectionTimeInfo) -> ConnectionTimeInfo:
        return ConnectionTimeInfo(*(a - b for a, b in zip(self._all(), other._all(), strict=True)))

    def _all(self) -> tuple[timedelta, ...]:
        return (
            self.encode_duration,
            self.decode_duration,
            self.commit_duration,
            self.execution_duration,
        )

    def __str__(self) -> str:
        names = ("encode", "decode", "commit", "execution")
        lines = (
            f"\t{name + '_duration:':<20}{value}"
            for name, value in zip(names, self._all(), strict=True)
        )
        return "\n".join(("ConnectionTimeInfo(", *lines, ")"))

    __repr__ = __str__


@dataclass
class RunTimeInfo:
    """What one run took, on this host and on the modelled chip.

    Attributes
    ----------
    connection
        Durations on this host, one entry per chip.
    playback_decode_time
        Handing decoded responses over to the programs, all chips together.
    reports
        What the other side reported with the result, one map per chip: ``fpga_cycles``,
        ``fpga_time_s``, ``link_time_s``, ``execute_s`` (daemon) and counters. Empty on ZeroMock.
    """

    connection: list[ConnectionTimeInfo] = field(default_factory=list)
    playback_decode_time: timedelta = _ZERO
    reports: list[Mapping[str, Any]] = field(default_factory=list)

    @classmethod
    def merged(cls, infos: Iterable[RunTimeInfo]) -> RunTimeInfo:
        """Join the infos of several chips that ran at the same time."""
        result = cls()
        for info in infos:
            result.connection += info.connection
            result.playback_decode_time += info.playback_decode_time
            result.reports += info.reports
        return result

    def _sum(self, name: str) -> timedelta:
        return sum((getattr(entry, name) for entry in self.connection), _ZERO)

    @property
    def encode_duration(self) -> timedelta:
        """Sum over chips of :attr:`ConnectionTimeInfo.encode_duration`."""
        return self._sum("encode_duration")

    @property
    def decode_duration(self) -> timedelta:
        """Sum over chips of :attr:`ConnectionTimeInfo.decode_duration`."""
        return self._sum("decode_duration")

    @property
    def commit_duration(self) -> timedelta:
        """Sum over chips of :attr:`ConnectionTimeInfo.commit_duration`."""
        return self._sum("commit_duration")

    @property
    def execution_duration(self) -> timedelta:
        """Sum over chips of :attr:`ConnectionTimeInfo.execution_duration`."""
        return self._sum("execution_duration")

    @property
    def fpga_time(self) -> float:
        """Seconds that the FPGAs would have taken: the longest of all chips."""
        return max((float(r.get("fpga_time_s", 0)) for r in self.reports), default=0.0)

    @property
    def link_time(self) -> float:
        """Seconds that the modelled links would have taken: the longest of all chips."""
        return max((float(r.get("link_time_s", 0)) for r in self.reports), default=0.0)

    def __str__(self) -> str:
        entries = "\n".join(str(entry) for entry in self.connection)
        return (
            f"RunTimeInfo(\n{entries}\n\tplayback_decode_time: {self.playback_decode_time}\n"
            f"\tfpga_time: {self.fpga_time:g} s\n\tlink_time: {self.link_time:g} s\n)"
        )

    __repr__ = __str__
