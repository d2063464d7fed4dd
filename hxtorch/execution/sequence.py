"""A linear sequence of operations as one graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hxtorch.errors import GraphError
from hxtorch.graph import (
    Addition,
    ArgMax,
    ConvertingReLU,
    ExternalInput,
    ExternalOutput,
    Graph,
    Parameter,
    ReLU,
    Signal,
    add_product,
)


def sequence_graph(
    operations: Sequence[Any], size: int
) -> tuple[Graph, dict[str, npt.NDArray[np.int8]]]:
    """Build the graph of operations that each use the result of the one before.

    Parameters
    ----------
    operations : sequence
        As for `hxtorch.execution.executor.run_sequence`.
    size : int
        Channels of the input.

    Returns
    -------
    Graph
        With one input, "input", and one output, "output".
    dict
        Its parameters: "weights 0" of the first operation if it is a MAC, and so on.

    Raises
    ------
    GraphError
        There are none, one is of an unknown kind, or they don't fit behind each other.
    """
    if not operations:
        raise GraphError("a sequence needs at least one operation")
    kinds = [type(operation).__name__ for operation in operations]
    graph = Graph()
    signal = Signal.UINT5 if kinds[0] == "MAC" else Signal.INT8
    last = graph.add(ExternalInput(size, signal=signal))
    parameters: dict[str, npt.NDArray[np.int8]] = {}
    for number, (kind, operation) in enumerate(zip(kinds, operations, strict=True)):
        name = f"weights {number}"
        if kind == "MAC":
            rows, columns = operation.weights.shape
            if graph.nodes[last].vertex.channels != rows:
                raise GraphError(
                    f"operation {number} (MAC) takes {rows} channels; "
                    f"allowed: {graph.nodes[last].vertex.channels}"
                )
            last = add_product(
                graph,
                last,
                rows,
                columns,
                weights=name,
                num_sends=operation.num_sends,
                wait_between_events=operation.wait_between_events,
            )
            parameters[name] = operation.weights
        elif kind == "Addition":
            parameters[name] = np.asarray(operation.other)
            other = graph.add(Parameter(len(parameters[name]), name))
            last = graph.add(Addition(len(parameters[name])), [last, other])
        elif kind == "ReLU":
            last = graph.add(ReLU(operation.size), [last])
        elif kind == "ConvertingReLU":
            last = graph.add(ConvertingReLU(operation.size, operation.shift), [last])
        elif kind == "ArgMax":
            last = graph.add(ArgMax(operation.size), [last])
        else:
            raise GraphError(f"operation {number} is a {kind}, which no vertex stands for")
    graph.add(ExternalOutput(graph.nodes[last].vertex.channels), [last])
    return graph, parameters
