"""Running a recorded sequence of operations, as one data-flow graph where types allow it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from hxtorch.errors import ShapeError
from hxtorch.execution.executor import run_graph
from hxtorch.graph import (
    Addition,
    ArgMax,
    ConvertingReLU,
    ExternalInput,
    ExternalOutput,
    Graph,
    Parameter,
    Rearrangement,
    ReLU,
    Signal,
    add_product,
)
from hxtorch.perceptron import sequence
from hxtorch.perceptron.convolution import fold, positions, unfold

if TYPE_CHECKING:
    from hxtorch.core.hardware import Hardware

Array = npt.NDArray[Any]


def run_sequence(
    hardware: Hardware, operations: Sequence[sequence.Operation], data: Array
) -> Array:
    """Run operations one after another.

    Parameters
    ----------
    hardware : Hardware
        What it runs on.
    operations : sequence of Operation
        At least one.
    data : array of integers, shape (B, N)
        Input of the first operation.

    Returns
    -------
    array, shape (B, M)
        Result of the last operation: activations, 8-bit results, or after an argmax int64.

    Raises
    ------
    RuntimeError
        The data cannot be cut into rows of an operation's size.
    OverflowError
        A product's input is outside of 0..31.
    """
    for part in _parts(operations):
        graph, parameters = sequence_graph(part, data.shape[1])
        result = run_graph(hardware, graph, {"input": data}, parameters)["output"]
        data = result.reshape(len(data), -1)
    return data


def _parts(operations: Sequence[sequence.Operation]) -> Iterator[list[sequence.Operation]]:
    """Cut where one operation gives another type of numbers than the next one takes."""
    part: list[sequence.Operation] = []
    for operation in operations:
        if part and _gives(part[-1]) is not _takes(operation):
            yield part
            part = []
        part.append(operation)
    yield part


def _takes(operation: sequence.Operation) -> Signal:
    return Signal.UINT5 if sequence.takes_activations(operation) else Signal.INT8


def _gives(operation: sequence.Operation) -> Signal:
    if isinstance(operation, sequence.ConvertingReLU):
        return Signal.UINT5
    return Signal.INDEX if isinstance(operation, sequence.ArgMax) else Signal.INT8


def sequence_graph(
    operations: Sequence[sequence.Operation], size: int
) -> tuple[Graph, dict[str, Array]]:
    """Build the graph of operations that each use the result of the one before.

    Parameters
    ----------
    operations : sequence of Operation
        At least one; each takes the type of numbers that the one before gives.
    size : int
        Channels of the input.

    Returns
    -------
    Graph
        With one input, "input", and one output, "output".
    dict
        Its parameters by name.

    Raises
    ------
    RuntimeError
        The data cannot be cut into rows of an operation's size.
    """
    builder = _Builder(size, _takes(operations[0]))
    for operation in operations:
        builder.add(operation)
    return builder.finish()


class _Builder:
    """A graph that grows by one operation at a time."""

    def __init__(self, size: int, signal: Signal) -> None:
        self.graph = Graph()
        self.parameters: dict[str, Array] = {}
        self.last = self.graph.add(ExternalInput(size, signal=signal))
        self.steps, self.size = 1, size

    def finish(self) -> tuple[Graph, dict[str, Array]]:
        self.graph.add(ExternalOutput(self.size), [self.last])
        return self.graph, self.parameters

    def add(self, operation: sequence.Operation) -> None:
        match operation:
            case sequence.MAC(weights=weights):
                self._cut(operation, len(weights))
                self._multiply(operation, weights)
            case sequence.Convolution():
                self._convolve(operation)
            case sequence.ReLU():
                self.last = self.graph.add(ReLU(self.size), [self.last])
            case sequence.ConvertingReLU(shift=shift):
                self.last = self.graph.add(ConvertingReLU(self.size, shift), [self.last])
            case sequence.Addition(other=other):
                self._cut(operation, other.size)
                constant = self.graph.add(Parameter(other.size, self._name(other)))
                self.last = self.graph.add(Addition(other.size), [self.last, constant])
            case sequence.ArgMax(size=size):
                self._cut(operation, size)
                self.last = self.graph.add(ArgMax(size), [self.last])
                self.size = 1

    def _name(self, values: Array) -> str:
        name = f"parameter {len(self.parameters)}"
        self.parameters[name] = values
        return name

    def _rearrange(self, index: Array) -> None:
        vertex = Rearrangement(index.shape[1], index)
        self.last = self.graph.add(vertex, [self.last])
        self.steps, self.size = index.shape

    def _cut(self, operation: sequence.Operation, size: int) -> None:
        """Have rows of this size: one behind the other, as the memory lies."""
        total = self.steps * self.size
        if total % size:
            raise ShapeError(
                f"{operation.name} takes rows of {size} values; its input has {total} per entry"
            )
        if self.size != size:
            self._rearrange(np.arange(total).reshape(-1, size))

    def _multiply(self, operation: sequence.MAC | sequence.Convolution, weights: Array) -> None:
        rows, columns = weights.shape
        self.last = add_product(
            self.graph,
            self.last,
            rows,
            columns,
            weights=self._name(weights),
            num_sends=operation.num_sends,
            wait_between_events=operation.wait_between_events,
        )
        self.size = columns

    def _convolve(self, operation: sequence.Convolution) -> None:
        weights = operation.weights
        shape = (weights.shape[1], *operation.lengths)
        self._cut(operation, prod(shape))
        images = self.steps
        places = torch.arange(images * prod(shape)).reshape(images, *shape)
        kernel = weights.shape[2:]
        self._rearrange(unfold(places, kernel, operation.stride).numpy())
        self._multiply(operation, np.ascontiguousarray(weights.reshape(len(weights), -1).T))
        results = torch.arange(self.steps * self.size).reshape(self.steps, self.size)
        ordered = fold(results, images, positions(places.shape, kernel, operation.stride))
        self._rearrange(ordered.reshape(images, -1).numpy())
