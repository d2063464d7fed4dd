"""The work of one chip: programs are built while earlier ones run."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fisch.program import PlaybackProgram
from fisch.ut import HALT_WORD
from hxtorch.errors import ProgramSizeError
from hxtorch.execution import _stream, stream
from hxtorch.execution.configuration import Placement
from hxtorch.execution.host import HostValues
from hxtorch.execution.options import MAX_PROGRAM_WORDS, Options
from hxtorch.execution.partition import COLUMNS, HEMISPHERES
from hxtorch.execution.plan import InstancePlan, SidePlan
from hxtorch.execution.recording import TICKS, MembraneRecording
from hxtorch.execution.times import RunReport, Stopwatch

if TYPE_CHECKING:
    from hxtorch.core.chip import Chip

I8 = npt.NDArray[np.int8]
U8 = npt.NDArray[np.uint8]

#: Programs under way at a time; one more is being encoded meanwhile.
IN_FLIGHT = 2


@dataclass
class _Work:
    """An execution instance that runs."""

    plan: InstancePlan
    placements: list[Placement]
    encoder: _stream.EntryEncoder
    # activations of either hemisphere, shape (entries, channels), and the readings: of both
    # hemispheres, or their sums if nothing else is wanted of them
    inputs: tuple[U8, U8]
    readings: I8
    recording: MembraneRecording | None


@dataclass
class _Flight:
    """A submitted program and where its results belong."""

    work: _Work
    first: int
    behind: int
    pending: Any
    program: PlaybackProgram
    buffer: npt.NDArray[np.uint64]
    submitted: float


class Lane:
    """Runs execution instances on one chip, one after the other.

    Parameters
    ----------
    number : int
        Number of the chip, for the time line.
    chip : Chip
        What it runs on.
    host : HostValues
        Where activations come from and readings go to.
    matrices : mapping of str to array of int8
        Weight matrices by name.
    options : Options
        How it runs.
    report : RunReport
        Where times and amounts are noted.
    recording : MembraneRecording, optional
        A membrane to record.
    """

    def __init__(
        self,
        number: int,
        chip: Chip,
        host: HostValues,
        matrices: Mapping[str, I8],
        options: Options,
        report: RunReport,
        recording: MembraneRecording | None = None,
    ) -> None:
        self.chip = chip
        self.host = host
        self.matrices = matrices
        self.options = options
        self.recording = recording
        self.report = report
        self._watch = Stopwatch(self.report, number)
        self._flights: deque[_Flight] = deque()
        self._landed = 0.0
        wanted = options.rewrite_labels
        self._relabel = chip.revision == "v1" if wanted is None else wanted

    def run(self, plans: Sequence[InstancePlan]) -> None:
        """Run execution instances in order, each as soon as what it loads is there."""
        self._watch.last = perf_counter()
        for plan in plans:
            sources = [side.source for side in plan.sides if side is not None]
            while self._flights and not self.host.has(*sources):
                # what it waits for may be under way here
                self._land()
            if not self.host.has(*sources):
                self.host.wait(*sources)
                self._watch.lap("execute", plan.instance)
            if self.host.stopped:
                return
            self._run_instance(plan)
        while self._flights:
            self._land()

    def _run_instance(self, plan: InstancePlan) -> None:
        work = self._prepare(plan)
        for side in plan.sides:
            if side is not None:
                self.host.release(side.source)
        largest = work.encoder.largest_entry(*work.inputs)
        if largest > MAX_PROGRAM_WORDS:
            raise ProgramSizeError(f"num_sends = {plan.num_sends}", largest, MAX_PROGRAM_WORDS)
        self._watch.lap("encode", plan.instance)
        changes = self._configure(work)
        self._stream(work, changes, largest)
        self.report.instances += 1
        self.report.vectors += len(work.readings)
        for side in plan.sides:
            if side is not None:
                self.report.macs += len(work.readings) * len(side.rows) * len(side.columns)

    def _prepare(self, plan: InstancePlan) -> _Work:
        placements = [self._placement(side) for side in plan.sides]
        loaded = [None if side is None else self._load(side) for side in plan.sides]
        entries = max(len(x) for x in loaded if x is not None)
        top, bottom = (np.empty((entries, 0), np.uint8) if x is None else x for x in loaded)
        recording = self.recording
        if recording is not None and not recording.covers(placements):
            recording = None
        encoder = stream.make_encoder(
            [placement.layout for placement in placements],
            [len(placement.columns) for placement in placements],
            num_sends=plan.num_sends,
            wait_between_events=plan.wait_between_events,
            baseline=self.options.baseline,
            relabel=self._relabel,
            recording=recording,
        )
        shape: tuple[int, ...] = (entries, HEMISPHERES, COLUMNS)
        if plan.total is not None:
            shape = (entries, len(placements[0].columns))
        readings: I8 = np.empty(shape, dtype=np.int8)
        return _Work(plan, placements, encoder, (top, bottom), readings, recording)

    def _load(self, side: SidePlan) -> U8:
        values: U8 = self.host.get(side.source)
        return values[:, side.channels.start : side.channels.stop]

    def _placement(self, side: SidePlan | None) -> Placement:
        if side is None:
            return Placement.empty()
        part = self.matrices[side.weights][
            side.rows.start : side.rows.stop, side.columns.start : side.columns.stop
        ]
        return Placement(side.layout, part)

    def _configure(self, work: _Work) -> npt.NDArray[np.int64]:
        """Tell the image what the instance needs; returns the words that differ."""
        image = self.chip.image
        forward = self._relabel or self.chip.revision == "v1"
        image.place(work.placements, forward_addresses=forward)
        changes = image.changes(everything=not self.options.differential, labels=not self._relabel)
        image.commit(changes)
        if self._relabel:
            image.forget_labels()
        self._watch.lap("configure", work.plan.instance)
        return changes

    def _stream(self, work: _Work, changes: npt.NDArray[np.int64], largest: int) -> None:
        """Encode and submit all entries of one instance."""
        instance = work.plan.instance
        entries = len(work.readings)
        first = 0
        while first < entries:
            if self.host.stopped:
                return
            configuration = 2 * len(changes) + 1 if len(changes) else 0
            # an upper bound for few entries, so that a small product takes a small buffer
            needed = configuration + largest * (entries - first)
            # the halt stands behind the entries
            least = max(configuration, largest) + 1
            buffer = self.chip.buffer(max(min(self.options.program_words, needed + 1), least))
            offset = 0
            if configuration:
                image = self.chip.image
                offset = _stream.encode_writes(
                    image.layout.addresses,
                    image.wanted,
                    changes,
                    stream.WRITE_WORD,
                    stream.DATA_WORD,
                    buffer,
                )
                buffer[offset] = stream.OMNIBUS_BARRIER_WORD
                offset += 1
                self.report.words_configuration += offset
                changes = changes[:0]
                self._watch.lap("configure", instance)
            behind, end = work.encoder.encode(*work.inputs, first, buffer[:-1], offset)
            if behind == first and offset == 0:
                raise AssertionError("an entry is larger than the buffer made for it")
            self._watch.lap("encode", instance)
            self._submit(work, first, behind, buffer, end)
            first = behind
        self._count_events(work)

    def _count_events(self, work: _Work) -> None:
        events = work.encoder.events
        self.report.events += events
        rows = sum(
            side.layout.rows_of_channel.sum() for side in work.plan.sides if side is not None
        )
        channels = sum(len(side.rows) for side in work.plan.sides if side is not None)
        # events of mixed row modes are not told apart
        self.report.row_pulses += int(events * rows // channels)

    def _submit(
        self, work: _Work, first: int, behind: int, buffer: npt.NDArray[np.uint64], end: int
    ) -> None:
        entries = behind - first
        reads = 2 if self.options.baseline else 1
        responses = entries * stream.READ_WORDS * reads
        ticks = 0 if work.recording is None else entries * TICKS
        buffer[end] = HALT_WORD
        program = PlaybackProgram(buffer[: end + 1], (0, responses, ticks), halted=True)
        submitted = perf_counter()
        pending = self.chip.connection.submit(program)
        flight = _Flight(work, first, behind, pending, program, buffer, submitted)
        self._flights.append(flight)
        self.report.programs += 1
        self.report.words_to_fpga += end
        self.report.words_from_fpga += responses
        self.report.conversions += HEMISPHERES * reads * entries
        self._watch.lap("submit", work.plan.instance)
        while len(self._flights) > IN_FLIGHT:
            self._land()

    def _land(self) -> None:
        """Wait for the oldest program and decode its results."""
        flight = self._flights.popleft()
        work, instance = flight.work, flight.work.plan.instance
        info = flight.pending.wait()
        self._watch.lap("execute", instance)
        report = self.report
        report.chip_time += info.fpga_time
        report.link_time += info.link_time
        report.connection_encode += info.encode_duration.total_seconds()
        report.connection_decode += info.decode_duration.total_seconds()
        took = info.execution_duration.total_seconds()
        done = min(flight.submitted + took, self._watch.last) if took else self._watch.last
        # the chip runs programs one after the other
        self._watch.chip(instance, max(flight.submitted, self._landed), done)
        self._landed = done
        responses = flight.program.responses
        assert responses is not None
        part = work.readings[flight.first : flight.behind]
        decode = _stream.decode if work.plan.total is None else _stream.decode_sum
        decode(responses.omnibus, self.options.baseline, part)
        if work.recording is not None:
            work.recording.take(instance, flight.first, responses)
        self.chip.give_back(flight.buffer)
        self._watch.lap("decode", instance)
        if flight.behind == len(work.readings):
            if work.plan.total is not None:
                self.host.put(work.plan.total, work.readings)
            for hemisphere, side in enumerate(work.plan.sides):
                if side is not None and work.plan.total is None:
                    columns = len(side.columns)
                    self.host.put(side.store, work.readings[:, hemisphere, :columns])
            self._watch.lap("combine", instance)
