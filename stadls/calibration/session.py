"""The connection that calibrations work on: a chip in a known state, and what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import fisch
from fisch.version import version
from stadls.calibration.state import ChipState
from stadls.connections import ConnectionHandle, ManagedConnection

__all__ = ["CalibBuilder", "Origin", "Progress", "StatefulConnection", "StepRecord", "opened",
           "origin_of"]

Progress = Callable[[str, float], None]
"""Called with the name of the present step and the finished share of the whole, 0 to 1."""

REVISIONS = ("v1", "v2", "v3")


@dataclass(frozen=True)
class Origin:
    """Where a calibration comes from.

    Attributes
    ----------
    identifier, revision
        The chip.
    version
        Software version.
    """

    identifier: str = ""
    revision: str = "v3"
    version: str = field(default_factory=version)


@dataclass
class StepRecord:
    """One step of a calibration that has ended.

    Attributes
    ----------
    name
        Names of the step and of those around it, outermost first.
    seconds
        Wall time.
    chip_seconds
        Chip time.
    programs
        Programs run.
    data
        What the step noted, e.g. spreads before and after.
    """

    name: tuple[str, ...]
    seconds: float = 0.0
    chip_seconds: float = 0.0
    programs: int = 0
    data: dict[str, Any] = field(default_factory=dict)


def origin_of(connection: Any) -> Origin:
    """Which chip a connection leads to, and the software version."""
    if isinstance(connection, StatefulConnection):
        connection = connection.connection
    revision = connection.info.get("revision") or "v3"
    return Origin(connection.get_unique_identifier()[0], str(revision))


@contextmanager
def opened(connection: Any = None) -> Iterator[Any]:
    """Context manager: the connection given, or a new one that the environment asks for."""
    if connection is not None:
        yield connection
        return
    with ManagedConnection() as handle:
        yield handle


class CalibBuilder(fisch.PlaybackProgramBuilder):
    """Builder of a connection; knows what is configured on the chip.

    Attributes
    ----------
    state
        `ChipState` that `stadls.calibration.helpers` change; `write_changes` emits what differs.
    """

    def __init__(self, state: ChipState) -> None:
        super().__init__()
        self.state = state

    def write_changes(self) -> None:
        """Append the writes of everything that changed in `state`."""
        addresses, words = self.state.pending()
        if len(addresses):
            self.write_block(addresses, words)


@dataclass
class _Span:
    """Part of a progress bar that belongs to a step: its place, and how far it is."""

    record: StepRecord
    begin: float
    end: float
    stride: float
    position: float
    taken: int = 0


class StatefulConnection:
    """A connection to one chip, initialised, with what is configured on it.

    Parameters
    ----------
    connection
        Connection of :func:`fisch.connect`, handle of a ``ManagedConnection``, or a
        `StatefulConnection`, which is used as it is.
    init
        Generator of the initial operations; ``SystemInit`` if None. False: the chip is
        initialised already. The whole chip is set to its defaults either way.
    progress
        Called as calibrations go on.
    seed
        Seed of the random deviations of common CapMem values.

    Attributes
    ----------
    state
        What is configured on the chip.
    random
        NumPy generator for dithers.
    records
        Steps that have ended, in the order of their ends.
    chip_seconds, programs
        Chip time and number of programs so far.

    Raises
    ------
    ValueError
        The connection has several chips.
    """

    def __init__(self, connection: Any, init: Any = None, progress: Progress | None = None,
                 seed: int = 0) -> None:
        if isinstance(connection, ConnectionHandle):
            connection = connection._connection
        if len(connection) != 1:
            raise ValueError(f"one chip is calibrated at a time, not {len(connection)}")
        self.connection = connection
        self.state = ChipState()
        self.random = np.random.default_rng(seed)
        self.records: list[StepRecord] = []
        self.progress = progress
        self._spans: list[_Span] = []
        self.chip_seconds = 0.0
        self.programs = 0
        self._initialise(init)

    @classmethod
    def of(cls, connection: Any, progress: Progress | None = None) -> StatefulConnection:
        """A stateful connection as it is, another one initialised."""
        if not isinstance(connection, cls):
            return cls(connection, progress=progress)
        if progress is not None:
            connection.progress = progress
        return connection

    def _initialise(self, init: Any) -> None:
        from stadls import SystemInit, hal, halco, lola
        from stadls.builder import PlaybackProgramBuilder

        builder = PlaybackProgramBuilder()
        if init is None:
            init = SystemInit(self.connection.get_hwdb_entry()[0])
        if init is not False:
            builder.merge_back(init.generate()[0])
        builder.write(halco.ChipOnDLS(), lola.Chip())
        builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
        self._run(builder.done())

    @property
    def info(self) -> dict[str, Any]:
        """What programs run on: identifier, revision, seeds, switches."""
        found: dict[str, Any] = self.connection.info
        return found

    @property
    def origin(self) -> Origin:
        """Which chip it is."""
        return origin_of(self.connection)

    @property
    def revision(self) -> str:
        """Chip revision."""
        return self.origin.revision

    def builder(self) -> CalibBuilder:
        """Return an empty builder that knows the chip's state."""
        return CalibBuilder(self.state)

    def run(self, builder: Any) -> Any:
        """Run what a builder holds, with changes of the state that are not written yet.

        Parameters
        ----------
        builder
            A builder; it is empty afterwards.

        Returns
        -------
        PlaybackProgram
            The program, e.g. for its MADC samples.
        """
        if isinstance(builder, CalibBuilder):
            builder.write_changes()
        builder.append_words(_BARRIER)
        program = builder.done()
        self._run(program)
        return program

    def _run(self, program: fisch.PlaybackProgram) -> None:
        info = self.connection.run([program])
        self.chip_seconds += info.fpga_time
        self.programs += 1

    @contextmanager
    def step(self, name: str, steps: float = 1, weight: float = 1) -> Iterator[StepRecord]:
        """Context manager around a step, for progress and records.

        Parameters
        ----------
        name
            What a progress bar shows.
        steps
            Sum of the weights of the steps inside, and of the calls of `advance`.
        weight
            How much the surrounding step takes this one for.

        Yields
        ------
        StepRecord
            Its ``data`` may be filled.
        """
        outer = self._spans[-1] if self._spans else None
        begin = outer.position if outer else 0.0
        end = min(outer.end, begin + weight * outer.stride) if outer else 1.0
        names = (*(outer.record.name if outer else ()), name)
        span = _Span(StepRecord(names), begin, end, (end - begin) / max(1, steps), begin)
        chip, programs, start = self.chip_seconds, self.programs, time.perf_counter()
        self._spans.append(span)
        self._show()
        try:
            yield span.record
        finally:
            self._spans.pop()
        record = span.record
        record.seconds = time.perf_counter() - start
        record.chip_seconds = self.chip_seconds - chip
        record.programs = self.programs - programs
        self.records.append(record)
        if outer is not None:
            outer.position = max(outer.position, span.end)
        self._show()

    def advance(self) -> None:
        """Count one step inside of the present one as taken."""
        if self._spans:
            span = self._spans[-1]
            span.taken += 1
            span.position = min(span.end, max(span.position,
                                              span.begin + span.taken * span.stride))
            self._show()

    def _show(self) -> None:
        if self.progress is None:
            return
        if self._spans:
            self.progress(" / ".join(self._spans[-1].record.name), self._spans[-1].position)
        elif self.records:
            self.progress(self.records[-1].name[0], 1.0)


def _barrier() -> Any:
    from fisch import coordinates
    from fisch.containers import Barrier

    builder = fisch.PlaybackProgramBuilder()
    builder.write(coordinates.BarrierOnFPGA(), Barrier(Barrier.omnibus))
    return builder.done().words


_BARRIER = _barrier()
