"""A builder whose commands carry the time at which they shall be executed."""

from __future__ import annotations

import copy
import logging
import math
import operator
from dataclasses import dataclass, replace
from typing import Any, Self

from stadls import hal, halco
from stadls.builder import (
    ContainerTicket,
    PlaybackProgramBuilder,
    check_read,
    checked_write,
)
from stadls.errors import BuilderError

__all__ = ["AbsoluteTimePlaybackProgramBuilder", "AbsoluteTimePlaybackProgramContainerTicket"]

_log = logging.getLogger("stadls.absolute_time")

#: A command that is executed this many cycles (10 µs) too late is worth a warning.
LATE_CYCLES = 1250


class AbsoluteTimePlaybackProgramContainerTicket:
    """Claim to a container that will be read at a time.

    Made by `AbsoluteTimePlaybackProgramBuilder.read`; valid once the program has run.
    """

    def __init__(self) -> None:
        self._ticket: ContainerTicket | None = None

    def valid(self) -> bool:
        """Whether all words are there."""
        return self._ticket is not None and self._ticket.valid()

    @property
    def fpga_time(self) -> Any:
        """When the last word came, as ``hal.FPGATime``.

        Raises
        ------
        RuntimeError
            The program has not run.
        """
        return (ContainerTicket() if self._ticket is None else self._ticket).fpga_time


@dataclass(frozen=True, slots=True)
class _Command:
    """A write, or a read if there is a ticket."""

    time: Any
    coordinate: Any
    config: Any = None
    options: tuple[Any, ...] = ()
    ticket: AbsoluteTimePlaybackProgramContainerTicket | None = None

    def emit(self, builder: PlaybackProgramBuilder) -> None:
        if self.ticket is not None:
            self.ticket._ticket = builder.read(self.coordinate)
        else:
            builder.write(self.coordinate, self.config, *self.options)

    def __str__(self) -> str:
        if self.ticket is not None:
            return f"{self.time} read {self.coordinate}"
        kind = "differential write" if self.options else "write"
        return f"{self.time} {kind} {self.coordinate} {type(self.config).__name__}"


class AbsoluteTimePlaybackProgramBuilder:
    """Collects reads and writes at times since the start of a timer, in any order.

    `done` sorts them (those of one time keep their order) and makes a builder that resets the
    timer and waits for each. ``+`` shifts all times, ``*`` scales them; both exist in place,
    too.
    """

    def __init__(self) -> None:
        self._queue: list[_Command] = []

    def write(self, time: Any, coordinate: Any, config: Any, *options: Any) -> None:
        """Queue a write of what the container holds now.

        Parameters
        ----------
        time
            ``hal.Timer.Value``, in FPGA cycles (8 ns) since the start of the program.
        coordinate, config, *options
            As for `PlaybackProgramBuilder.write`.

        Raises
        ------
        RuntimeError
            As for `PlaybackProgramBuilder.write`, or the timer would be written.
        """
        if isinstance(coordinate, halco.TimerOnDLS):
            raise BuilderError("the timer can't be written at a time: it tells the time")
        checked_write(coordinate, config, options)
        kept = tuple(o if isinstance(o, hal.Backend) else copy.copy(o) for o in options)
        self._queue.append(_Command(_time(time), coordinate, copy.copy(config), kept))

    def read(self, time: Any, coordinate: Any) -> AbsoluteTimePlaybackProgramContainerTicket:
        """Queue a read.

        Parameters
        ----------
        time
            ``hal.Timer.Value``, in FPGA cycles (8 ns) since the start of the program.
        coordinate
            Where; its type tells what.
        """
        check_read(coordinate)
        ticket = AbsoluteTimePlaybackProgramContainerTicket()
        self._queue.append(_Command(_time(time), coordinate, ticket=ticket))
        return ticket

    def merge(self, other: AbsoluteTimePlaybackProgramBuilder) -> None:
        """Move all commands of another builder here; it is empty afterwards.

        Raises
        ------
        RuntimeError
            The other is this one.
        """
        _check_builder(other)
        if other is self:
            raise BuilderError("A builder can't be merged into itself.")
        self._queue += other._queue
        other._queue = []

    def copy(self, other: AbsoluteTimePlaybackProgramBuilder) -> None:
        """Append the commands of another builder, which must not contain reads.

        Raises
        ------
        RuntimeError
            It does.
        """
        _check_builder(other)
        self._queue += other._copied()

    def _copied(self) -> list[_Command]:
        if not self.is_write_only():
            raise BuilderError("AbsoluteTimePlaybackProgramBuilder to copy is not write only: "
                               "a ticket can't stand for two reads.")
        return list(self._queue)

    def _changed(self, queue: list[_Command], times: list[Any]) -> list[_Command]:
        return [replace(c, time=t) for c, t in zip(queue, times, strict=True)]

    def __iadd__(self, shift: Any) -> Self:
        self._queue = self._changed(self._queue, [_time(int(c.time) + operator.index(shift))
                                                  for c in self._queue])
        return self

    def __imul__(self, factor: float) -> Self:
        if not math.isfinite(factor):
            raise ValueError(f"times can't be scaled by {factor}; the factor is a finite number")
        self._queue = self._changed(
            self._queue, [_time(math.floor(int(c.time) * factor + 0.5)) for c in self._queue])
        return self

    def __add__(self, shift: Any) -> AbsoluteTimePlaybackProgramBuilder:
        result = AbsoluteTimePlaybackProgramBuilder()
        result.copy(self)
        result += shift
        return result

    def __mul__(self, factor: float) -> AbsoluteTimePlaybackProgramBuilder:
        result = AbsoluteTimePlaybackProgramBuilder()
        result.copy(self)
        result *= factor
        return result

    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self._queue

    def is_write_only(self) -> bool:
        """Whether nothing is read."""
        return all(c.ticket is None for c in self._queue)

    def done(self) -> PlaybackProgramBuilder:
        """Make a builder of all commands; this one is empty afterwards.

        A command is emitted one cycle after its wait, so the wait is for one cycle less. When
        several share a time, or follow each other closely, the later ones are late; more than
        10 µs of delay are logged.
        """
        builder = PlaybackProgramBuilder()
        builder.write(halco.TimerOnDLS(), hal.Timer())
        current = 0
        for command in sorted(self._queue, key=lambda c: int(c.time)):
            time = int(command.time)
            if time > current:
                current = time
                builder.block_until(halco.TimerOnDLS(), _time(time - 1))
            elif time + LATE_CYCLES < current:
                _log.warning("command is %d cycles late: %s", current - time, command)
            command.emit(builder)
            current += 1
        self._queue = []
        return builder

    def __str__(self) -> str:
        lines = [f"AboluteTimePlaybackProgramBuilder command queue: ({len(self._queue)} elements)"]
        return "\n".join(lines + [str(c) for c in self._queue])

    __repr__ = __str__


def _check_builder(other: Any) -> None:
    if not isinstance(other, AbsoluteTimePlaybackProgramBuilder):
        raise TypeError(f"an AbsoluteTimePlaybackProgramBuilder is needed, not {other!r}")


def _time(value: Any) -> Any:
    """``hal.Timer.Value``; raises beyond its 32 bits."""
    return value if isinstance(value, hal.Timer.Value) else hal.Timer.Value(value)
