"""The vertices on the host, evaluated as soon as what they use is there."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from hxtorch.errors import HardwareError
from hxtorch.execution import _stream
from hxtorch.execution.plan import GraphPlan
from hxtorch.graph.graph import Edge, Graph, Node
from hxtorch.graph.vertices import (
    Addition,
    ArgMax,
    Concatenation,
    ConvertingReLU,
    ExternalInput,
    ExternalOutput,
    Parameter,
    Rearrangement,
    ReLU,
    Vertex,
)

I8 = npt.NDArray[np.int8]
Values = npt.NDArray[Any]

#: Largest activation.
ACTIVATION_MAX = 31


def apply(vertex: Vertex, *inputs: Values) -> Values:
    """Evaluate a computation on the host.

    Parameters
    ----------
    vertex : ReLU, ConvertingReLU, ArgMax or Addition
        What to compute.
    *inputs : arrays of int8, shape (n, size)
        Its inputs.

    Returns
    -------
    array, shape (n, channels)
        int8; uint8 of a ConvertingReLU, int64 of an ArgMax.
    """
    if isinstance(vertex, ReLU):
        return np.maximum(inputs[0], np.int8(0))
    if isinstance(vertex, ConvertingReLU):
        positive = np.maximum(inputs[0], np.int8(0)).view(np.uint8)
        shifted = positive >> np.uint8(min(vertex.shift, 7))
        return np.minimum(shifted, np.uint8(ACTIVATION_MAX))
    if isinstance(vertex, ArgMax):
        # NumPy gives the first of several maxima
        return inputs[0].argmax(axis=1).astype(np.int64)[:, None]
    assert isinstance(vertex, Addition)
    return _sum(inputs)


def _sum(inputs: tuple[I8, ...]) -> I8:
    """Sum in wide integers, clamped once."""
    result: I8 = np.empty(inputs[0].shape, dtype=np.int8)
    if len(inputs) == 2:
        _stream.add_two(inputs[0], inputs[1], result)
        return result
    total = np.zeros(inputs[0].shape, dtype=np.int32)
    for values in inputs:
        _stream.add_to(values, total)
    _stream.clamp_to_int8(total, result)
    return result


@dataclass
class _Pending:
    """A vertex of which some inputs are not there yet."""

    missing: int
    parts: dict[int, Values] = field(default_factory=dict)
    # sums and concatenations grow as their inputs come, so that these need not be kept
    total: npt.NDArray[np.int32] | None = None
    joined: Values | None = None


class HostValues:
    """Values of a graph's vertices in memory; threads may give and wait.

    Parameters
    ----------
    graph : Graph
        What is computed.
    plan : GraphPlan
        Its plan.
    batch : int
        Number of batch entries.
    inputs, parameters : mapping of str to array
        External inputs, shape (batch * steps, size), and vectors of int8.
    """

    def __init__(
        self,
        graph: Graph,
        plan: GraphPlan,
        batch: int,
        inputs: Mapping[str, Values],
        parameters: Mapping[str, Values],
    ) -> None:
        self._graph = graph
        self._batch = batch
        self._changed = threading.Condition()
        self._stopped = False
        self._values: dict[int, Values] = {}
        self._loads = dict(plan.loads)
        self._consumers = plan.consumers
        self._pending = {d: _Pending(missing) for d, missing in plan.missing.items()}
        self.outputs: dict[str, Values] = {}
        for descriptor in plan.given:
            vertex = graph.nodes[descriptor].vertex
            if isinstance(vertex, Parameter):
                self.put(descriptor, parameters[vertex.name].reshape(1, -1))
            else:
                assert isinstance(vertex, ExternalInput)
                self.put(descriptor, inputs[vertex.name])

    def has(self, *descriptors: int) -> bool:
        """Whether these values are there."""
        with self._changed:
            return all(descriptor in self._values for descriptor in descriptors)

    def wait(self, *descriptors: int) -> None:
        """Wait until these values are there.

        Raises
        ------
        HardwareError
            Another thread has stopped the execution.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopped or all(d in self._values for d in descriptors)
            )
            if self._stopped:
                raise HardwareError("the execution was stopped")

    def stop(self) -> None:
        """Wake all that wait."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped

    def get(self, descriptor: int) -> Values:
        """Value of a vertex that `has` confirmed, shape (batch * steps, channels)."""
        return self._values[descriptor]

    def release(self, descriptor: int) -> None:
        """Note that one load of a value is over; the last one frees it."""
        with self._changed:
            self._loads[descriptor] -= 1
            if not self._loads[descriptor]:
                del self._values[descriptor]

    def put(self, descriptor: int, values: Values) -> None:
        """Take over a value, shape (batch * steps, channels), and compute what it completes."""
        with self._changed:
            ready = [(descriptor, values)]
            while ready:
                source, value = ready.pop()
                if source in self._loads:
                    self._values[source] = value
                for consumer, place in self._consumers.get(source, ()):
                    result = self._deliver(consumer, place, value)
                    if result is not None:
                        ready.append((consumer, result))
            self._changed.notify_all()

    def _deliver(self, descriptor: int, place: int, value: Values) -> Values | None:
        """Give a vertex one of its inputs; returns its value if that was the last one."""
        node = self._graph.nodes[descriptor]
        edge = node.inputs[place]
        if len(edge.channels) < value.shape[1]:
            value = value[:, edge.channels.start : edge.channels.stop]
        pending = self._pending[descriptor]
        pending.missing -= 1
        vertex = node.vertex
        if isinstance(vertex, Addition) and len(node.inputs) > 2:
            return self._accumulate(node, pending, value)
        if isinstance(vertex, Concatenation) and len(node.inputs) > 1:
            return self._join(node, pending, place, value)
        pending.parts[place] = value
        if pending.missing:
            return None
        del self._pending[descriptor]
        parts = tuple(pending.parts[i] for i in range(len(node.inputs)))
        if isinstance(vertex, ExternalOutput):
            self.outputs[vertex.name] = parts[0]
            return None
        if isinstance(vertex, Concatenation):
            return parts[0]
        if isinstance(vertex, Rearrangement):
            return self._rearrange(vertex, node.inputs, parts)
        if isinstance(vertex, Addition):
            rows = self._batch * node.steps
            parts = tuple(np.broadcast_to(part, (rows, vertex.size)) for part in parts)
        return apply(vertex, *parts)

    def _accumulate(self, node: Node, pending: _Pending, value: Values) -> Values | None:
        shape = (self._batch * node.steps, node.vertex.size)
        if pending.total is None:
            pending.total = np.zeros(shape, dtype=np.int32)
        _stream.add_to(np.broadcast_to(value, shape), pending.total)
        if pending.missing:
            return None
        result: I8 = np.empty(shape, dtype=np.int8)
        _stream.clamp_to_int8(pending.total, result)
        pending.total = None
        return result

    def _join(self, node: Node, pending: _Pending, place: int, value: Values) -> Values | None:
        if pending.joined is None:
            pending.joined = np.empty((len(value), node.vertex.size), dtype=value.dtype)
        begin = sum(len(edge.channels) for edge in node.inputs[:place])
        pending.joined[:, begin : begin + value.shape[1]] = value
        return None if pending.missing else pending.joined

    def _rearrange(
        self, vertex: Rearrangement, edges: tuple[Edge, ...], parts: tuple[Values, ...]
    ) -> Values:
        flat = [part.reshape(self._batch, -1) for part in parts]
        if len(flat) == 1 and flat[0].shape[1] == vertex.index.size and vertex.is_reshape:
            return flat[0].reshape(-1, vertex.size)
        source = flat[0] if len(flat) == 1 else np.concatenate(flat, axis=1)
        if vertex.has_zeros:
            # -1 is the last column then
            zeros = np.zeros((self._batch, 1), dtype=source.dtype)
            source = np.concatenate([source, zeros], axis=1)
        taken = source.take(vertex.index.ravel(), axis=1)
        return taken.reshape(-1, vertex.size)
