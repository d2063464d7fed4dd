"""Just-in-time execution of graphs on the chips of this process.

Every chip is served by a *lane*: it takes the execution instances of its chip in order, builds
their programs while earlier ones run, decodes what comes back and hands it over to the host's
vertices. Lanes of several chips are threads; an instance that waits for another is taken up
when that one's results are there. Instance k runs on chip k modulo the number of chips, so that
results never depend on timing.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hxtorch.errors import GraphError, RangeError, ShapeError
from hxtorch.execution import host as host_module
from hxtorch.execution.host import HostValues
from hxtorch.execution.lane import Lane
from hxtorch.execution.options import Options, get_options
from hxtorch.execution.plan import InstancePlan, plan_graph
from hxtorch.execution.times import RunReport, Stopwatch
from hxtorch.graph import ExternalInput, Graph, RowMode, Signal, Vertex, mac_graph

if TYPE_CHECKING:
    from hxtorch.core.hardware import Hardware
    from hxtorch.execution.recording import MembraneRecording

I8 = npt.NDArray[np.int8]
U8 = npt.NDArray[np.uint8]
Values = npt.NDArray[Any]

#: Smallest and largest value of a signal that users give.
_LIMITS = {Signal.UINT5: (0, 31), Signal.INT8: (-128, 127)}
_TYPES = {Signal.UINT5: np.uint8, Signal.INT8: np.int8}
_WEIGHT_MAX = 63


def run_mac(
    hardware: Hardware,
    activations: U8,
    weights: I8,
    *,
    num_sends: int,
    wait_between_events: int,
    recording: MembraneRecording | None = None,
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
    recording : MembraneRecording, optional
        A membrane to record meanwhile.

    Returns
    -------
    array of int8, shape (B, M)
    """
    begin = perf_counter()
    options = get_options()
    graph = mac_graph(
        *weights.shape,
        num_sends=num_sends,
        wait_between_events=wait_between_events,
        row_mode=RowMode(options.row_mode),
    )
    execution = _Execution(hardware, graph, len(activations), options, begin)
    outputs = execution.run({"input": activations}, {"weights": weights}, recording)
    return outputs["output"]


def run_graph(
    hardware: Hardware,
    graph: Graph,
    inputs: Mapping[str, Values],
    parameters: Mapping[str, Values] | None = None,
) -> dict[str, Values]:
    """Run a graph.

    Parameters
    ----------
    hardware : Hardware
        What it runs on.
    graph : Graph
        What to compute.
    inputs : mapping of str to array of integers, shape (B, size) or (B, steps, size)
        External inputs by name.
    parameters : mapping of str to array of integers
        Weight matrices, -63..63, and other vectors, -128..127, by name.

    Returns
    -------
    dict of str to array, shape (B, channels) or (B, steps, channels)
        External outputs by name: uint8 of activations, int8, or int64 of indices.

    Raises
    ------
    GraphError
        A chain of circuits is incomplete, or inputs or parameters are missing or unknown.
    OverflowError
        A value is out of range.
    RuntimeError
        A shape does not fit.
    """
    begin = perf_counter()
    wanted = graph.inputs()
    _check_names("input", wanted, inputs)
    batch = 0
    given: dict[str, Values] = {}
    for name, descriptor in wanted.items():
        vertex = graph.nodes[descriptor].vertex
        assert isinstance(vertex, ExternalInput)
        values = _checked(name, inputs[name], *_LIMITS[vertex.signal], _TYPES[vertex.signal])
        shape = (vertex.size,) if values.ndim == 2 else (vertex.steps, vertex.size)
        steps_fit = values.ndim == 3 or vertex.steps == 1
        if values.ndim not in (2, 3) or values.shape[1:] != shape or not steps_fit:
            raise ShapeError(
                f"input {name!r} has shape {values.shape}; "
                f"allowed: (batch, {vertex.steps}, {vertex.size})"
            )
        if not len(values) or (batch and len(values) != batch):
            raise ShapeError(
                f"input {name!r} has {len(values)} entries; allowed: {batch or '1..'}"
            )
        batch = len(values)
        given[name] = values.reshape(-1, vertex.size)
    constants = _parameters(graph, parameters or {})
    execution = _Execution(hardware, graph, max(batch, 1), get_options(), begin)
    outputs = execution.run(given, constants)
    for name, descriptor in graph.outputs().items():
        steps = graph.nodes[descriptor].steps
        if steps > 1:
            outputs[name] = outputs[name].reshape(execution.batch, steps, -1)
    return outputs


def run_transformation(hardware: Hardware, vertex: Vertex, *inputs: I8) -> Values:
    """Run one computation on the host, as a graph of its own would.

    Parameters
    ----------
    hardware : Hardware
        On whose behalf; transformations send nothing.
    vertex : ReLU, ConvertingReLU, ArgMax or Addition
        What to compute.
    *inputs : arrays of int8, shape (B, size)
        Its inputs.

    Returns
    -------
    array, shape (B, channels)
        int8; uint8 of a ConvertingReLU, int64 of an ArgMax.
    """
    begin = perf_counter()
    for values in inputs:
        if values.ndim != 2 or values.shape[1] != vertex.size:
            raise ShapeError(
                f"{vertex.label} has an input of shape {values.shape}; "
                f"allowed: (batch, {vertex.size})"
            )
    result = host_module.apply(vertex, *inputs)
    # the last run stays that of the product before: this one sends nothing
    hardware.note(last=False, combine=perf_counter() - begin)
    return result


def _checked(name: str, values: Values, low: int, high: int, kind: Any) -> Values:
    array = np.asarray(values)
    if array.dtype.kind not in "iub":
        raise ShapeError(f"{name!r} has elements of type {array.dtype}; allowed: integers")
    if array.size and (array.min() < low or array.max() > high):
        outside = array[(array < low) | (array > high)]
        raise RangeError(f"an element of {name!r}", outside[0], f"{low}..{high}")
    return np.ascontiguousarray(array, dtype=kind)


def _check_names(kind: str, wanted: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    for name in wanted:
        if name not in given:
            raise GraphError(f"{kind} {name!r} is missing; the graph has: {', '.join(wanted)}")
    for name in given:
        if name not in wanted:
            raise GraphError(
                f"the graph has no {kind} {name!r}; it has: {', '.join(wanted) or 'none'}"
            )


def _parameters(graph: Graph, parameters: Mapping[str, Values]) -> dict[str, Values]:
    wanted = graph.parameters()
    _check_names("parameter", wanted, parameters)
    constants = {}
    for name, shape in wanted.items():
        limits = (-_WEIGHT_MAX, _WEIGHT_MAX) if len(shape) == 2 else _LIMITS[Signal.INT8]
        values = _checked(name, parameters[name], *limits, np.int8)
        if values.ndim != len(shape) or any(
            have < need for have, need in zip(values.shape, shape, strict=True)
        ):
            raise ShapeError(f"parameter {name!r} has shape {values.shape}; allowed: {shape}")
        constants[name] = values[: shape[0]] if len(shape) == 1 else values
    return constants


class _Execution:
    """One run of a graph."""

    def __init__(
        self, hardware: Hardware, graph: Graph, batch: int, options: Options, begin: float
    ) -> None:
        self.hardware = hardware
        self.graph = graph
        self.batch = batch
        self.options = options
        self.report = RunReport()
        self._watch = Stopwatch(self.report, 0)
        self._watch.last = begin

    def run(
        self,
        inputs: Mapping[str, Values],
        parameters: Mapping[str, Values],
        recording: MembraneRecording | None = None,
    ) -> dict[str, Values]:
        chips = self.hardware.chips
        graph_plan = plan_graph(self.graph)
        host = HostValues(self.graph, graph_plan, self.batch, inputs, parameters)
        # a single chip notes what it does in the report of the whole run
        reports = [self.report] if len(chips) == 1 else [RunReport() for _ in chips]
        lanes = [
            Lane(number, chip, host, parameters, self.options, report, recording)
            for number, (chip, report) in enumerate(zip(chips, reports, strict=True))
        ]
        shares: list[list[InstancePlan]] = [[] for _ in lanes]
        for plan in graph_plan.instances:
            shares[plan.instance % len(lanes)].append(plan)
        self._watch.lap("plan")
        with self.hardware.lock, _recorded(recording, chips):
            try:
                _run_lanes(lanes, shares, host)
            except BaseException:
                # also on KeyboardInterrupt: what the chips hold now is not known
                for chip in chips:
                    chip.image.forget()
                raise
            self._summarise(lanes)
            self.hardware.record(self.report)
        return host.outputs

    def _summarise(self, lanes: Sequence[Lane]) -> None:
        report = self.report
        for lane in lanes if len(lanes) > 1 else ():
            report.add(lane.report)
            report.time_line.merge(lane.report.time_line)
        report.fpga_time = max(lane.report.chip_time for lane in lanes)
        report.link_time = max(lane.report.link_time for lane in lanes)
        report.total = perf_counter() - report.time_line.begin
        report.time_line.ran_on = "; ".join(lane.chip.description for lane in lanes)


def _run_lanes(
    lanes: Sequence[Lane], shares: Sequence[Sequence[InstancePlan]], host: HostValues
) -> None:
    """Run all lanes that have something to do, one of them in this thread."""
    used = [(lane, share) for lane, share in zip(lanes, shares, strict=True) if share]
    if not used:
        return
    errors: list[BaseException] = []

    def work(lane: Lane, share: Sequence[InstancePlan]) -> None:
        try:
            lane.run(share)
        except BaseException as error:
            errors.append(error)
            host.stop()

    threads = [
        threading.Thread(target=work, args=entry, name=f"hxtorch chip {number}", daemon=True)
        for number, entry in enumerate(used[1:], start=1)
    ]
    for thread in threads:
        thread.start()
    try:
        work(*used[0])
    finally:
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]


@contextlib.contextmanager
def _recorded(recording: MembraneRecording | None, chips: Sequence[Any]) -> Iterator[None]:
    """Connect the neuron to the ADC of every chip, and undo it."""
    if recording is None:
        yield
        return
    from fisch.program import PlaybackProgram

    prepared = [(chip, recording.prepare(chip.written)) for chip in chips]
    try:
        for chip, (connect, _) in prepared:
            chip.connection.run(PlaybackProgram(connect, (0, 0, 0)))
        yield
    finally:
        for chip, (_, disconnect) in prepared:
            chip.connection.run(PlaybackProgram(disconnect, (0, 0, 0)))
