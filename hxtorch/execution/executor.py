"""Just-in-time execution of a graph: programs are built while earlier ones run."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fisch.program import PlaybackProgram
from hxtorch.errors import ProgramSizeError
from hxtorch.execution import _stream, stream
from hxtorch.execution.configuration import Placement
from hxtorch.execution.options import MAX_PROGRAM_WORDS, Options, get_options
from hxtorch.execution.times import RunTimes
from hxtorch.graph import (
    Addition,
    CADCReadout,
    Concatenation,
    DriverRows,
    Graph,
    SynapseArrayView,
    mac_graph,
)

if TYPE_CHECKING:
    from hxtorch.core.chip import Chip
    from hxtorch.core.hardware import Hardware

I8 = npt.NDArray[np.int8]
U8 = npt.NDArray[np.uint8]

#: Programs under way at a time; one more is being encoded meanwhile.
IN_FLIGHT = 2


@dataclass
class _Flight:
    """A submitted program and where its results belong."""

    chip: Chip
    pending: Any
    program: PlaybackProgram
    buffer: npt.NDArray[np.uint64]
    results: I8
    # of the whole instance, with its last program
    finished: tuple[int, I8] | None = None


class _Stopwatch:
    """Adds the time since the last call to one stage."""

    def __init__(self, times: RunTimes) -> None:
        self.times = times
        self.last = perf_counter()

    def lap(self, stage: str) -> None:
        now = perf_counter()
        setattr(self.times, stage, getattr(self.times, stage) + now - self.last)
        self.last = now


def run_mac(
    hardware: Hardware,
    activations: U8,
    weights: I8,
    *,
    num_sends: int,
    wait_between_events: int,
) -> I8:
    """Run a matrix product on the chip.

    Parameters
    ----------
    hardware : Hardware
        What it runs on.
    activations : array of uint8, shape (B, N)
        0..31.
    weights : array of int8, shape (N, M)
        -63..63.
    num_sends, wait_between_events : int
        Repetitions of a vector, spacing of events in FPGA cycles.

    Returns
    -------
    array of int8, shape (B, M)
    """
    graph = mac_graph(*weights.shape)
    with hardware.lock:
        run = _Run(hardware, graph, get_options())
        try:
            result = run.execute(activations, weights, num_sends, wait_between_events)
        except BaseException:
            # also on KeyboardInterrupt: what the chips hold now is not known
            for chip in hardware.chips:
                chip.image.forget()
            raise
        hardware.record(run.times)
    return result


class _Run:
    """One execution of a graph."""

    def __init__(self, hardware: Hardware, graph: Graph, options: Options) -> None:
        self.chip = hardware.chips[0]
        self.hardware = hardware
        self.graph = graph
        self.options = options
        self.times = RunTimes()
        self.watch = _Stopwatch(self.times)
        self.flights: deque[_Flight] = deque()
        self.host = _Host(graph)

    def execute(
        self, activations: U8, weights: I8, num_sends: int, wait_between_events: int
    ) -> I8:
        begin = perf_counter()
        instances = self.graph.instances
        for instance in instances:
            self.chip = self.hardware.chips[instance % len(self.hardware.chips)]
            inputs, placements = self._placements(instance)
            encoder = stream.make_encoder(
                inputs,
                [len(placement.columns) for placement in placements],
                num_sends=num_sends,
                wait_between_events=wait_between_events,
                baseline=self.options.baseline,
                relabel=self.relabel,
            )
            largest = encoder.largest_entry(activations)
            if largest > MAX_PROGRAM_WORDS:
                raise ProgramSizeError(f"num_sends = {num_sends}", largest, MAX_PROGRAM_WORDS)
            self.watch.lap("encode")
            changes = self._configure(placements, weights)
            self._stream(instance, encoder, activations, changes, largest)
        while self.flights:
            self._land()
        self.times.instances = len(instances)
        self.times.macs = len(activations) * weights.size
        self.times.vectors = len(activations) * len(instances)
        self.times.total = perf_counter() - begin
        return self.host.result()

    @property
    def relabel(self) -> bool:
        wanted = self.options.rewrite_labels
        return self.chip.revision == "v1" if wanted is None else wanted

    def _placements(self, instance: int) -> tuple[list[range], list[Placement]]:
        """Parts of the input vector, and of the matrix, for the two hemispheres."""
        inputs = [range(0)] * 2
        placements = [Placement(range(0), range(0))] * 2
        for _, node in self.graph.in_instance(instance):
            vertex = node.vertex
            if isinstance(vertex, DriverRows):
                inputs[vertex.hemisphere] = node.inputs[0].channels
            elif isinstance(vertex, SynapseArrayView):
                placements[vertex.hemisphere] = Placement(vertex.rows, vertex.columns)
        return inputs, placements

    def _configure(self, placements: list[Placement], weights: I8) -> npt.NDArray[np.int64]:
        image = self.chip.image
        forward = self.relabel or self.chip.revision == "v1"
        image.place(placements, weights, forward_addresses=forward)
        changes = image.changes(everything=not self.options.differential, labels=not self.relabel)
        image.commit(changes)
        if self.relabel:
            image.forget_labels()
        self.watch.lap("configure")
        return changes

    def _stream(
        self,
        instance: int,
        encoder: _stream.EntryEncoder,
        activations: U8,
        changes: npt.NDArray[np.int64],
        largest: int,
    ) -> None:
        """Encode and submit all entries of one instance."""
        entries = len(activations)
        results: I8 = np.empty((entries, 2, 256), dtype=np.int8)
        first = 0
        while first < entries:
            configuration = 2 * len(changes) + 1 if len(changes) else 0
            # an upper bound for few entries, so that a small product takes a small buffer
            needed = configuration + largest * (entries - first)
            usual = min(self.options.program_words, needed)
            buffer = self.chip.buffer(max(usual, configuration, largest))
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
                self.times.words_configuration += offset
                changes = changes[:0]
            self.watch.lap("configure")
            behind, end = encoder.encode(activations, first, buffer, offset)
            if behind == first and offset == 0:
                raise AssertionError("an entry is larger than the buffer made for it")
            self.watch.lap("encode")
            finished = (instance, results) if behind == entries else None
            self._submit(buffer, end, results[first:behind], finished)
            first = behind

    def _submit(
        self,
        buffer: npt.NDArray[np.uint64],
        end: int,
        results: I8,
        finished: tuple[int, I8] | None,
    ) -> None:
        responses = results.shape[0] * stream.READ_WORDS * (2 if self.options.baseline else 1)
        program = PlaybackProgram(buffer[:end], (0, responses, 0))
        pending = self.chip.connection.submit(program)
        self.flights.append(_Flight(self.chip, pending, program, buffer, results, finished))
        self.times.programs += 1
        self.times.words_to_fpga += end
        self.times.words_from_fpga += responses
        self.watch.lap("submit")
        while len(self.flights) > IN_FLIGHT:
            self._land()

    def _land(self) -> None:
        """Wait for the oldest program and decode its results."""
        flight = self.flights.popleft()
        info = flight.pending.wait()
        self.watch.lap("execute")
        self.times.fpga_time += info.fpga_time
        self.times.link_time += info.link_time
        self.times.connection_encode += info.encode_duration.total_seconds()
        self.times.connection_decode += info.decode_duration.total_seconds()
        responses = flight.program.responses
        assert responses is not None
        _stream.decode(responses.omnibus, self.options.baseline, flight.results)
        flight.chip.give_back(flight.buffer)
        self.watch.lap("decode")
        if flight.finished is not None:
            self.host.take(*flight.finished)
            self.watch.lap("combine")


class _Host:
    """Evaluates the vertices on the host as soon as what they use is there.

    Values that no later vertex uses are dropped, so that a product of many execution instances
    does not keep the readings of all of them.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._values: dict[int, I8] = {}
        self._uses = Counter(edge.source for node in graph.nodes for edge in node.inputs)
        self._waiting = deque(
            descriptor
            for descriptor, node in enumerate(graph.nodes)
            if isinstance(node.vertex, Addition | Concatenation)
        )

    def take(self, instance: int, readings: I8) -> None:
        """Take over the results of an instance, shape (B, 2, 256), and go on."""
        for descriptor, node in self._graph.in_instance(instance):
            vertex = node.vertex
            if isinstance(vertex, CADCReadout):
                self._values[descriptor] = readings[:, vertex.hemisphere, : vertex.size]
        while self._waiting and self._evaluate(self._waiting[0]):
            self._waiting.popleft()

    def _evaluate(self, descriptor: int) -> bool:
        node = self._graph.nodes[descriptor]
        if not all(edge.source in self._values for edge in node.inputs):
            return False
        inputs = [
            self._values[edge.source][:, edge.channels.start : edge.channels.stop]
            for edge in node.inputs
        ]
        join = _add if isinstance(node.vertex, Addition) else _concatenate
        self._values[descriptor] = join(inputs)
        for edge in node.inputs:
            self._uses[edge.source] -= 1
            if not self._uses[edge.source]:
                del self._values[edge.source]
        return True

    def result(self) -> I8:
        """Value of the last vertex."""
        return self._values[len(self._graph) - 1]


def _add(inputs: list[I8]) -> I8:
    """Sum in wide integers, clamped once."""
    total = np.zeros(inputs[0].shape, dtype=np.int32)
    for values in inputs:
        _stream.add_to(values, total)
    result: I8 = np.empty(total.shape, dtype=np.int8)
    _stream.clamp_to_int8(total, result)
    return result


def _concatenate(inputs: list[I8]) -> I8:
    if len(inputs) == 1:
        return np.ascontiguousarray(inputs[0])
    return np.concatenate(inputs, axis=1)
