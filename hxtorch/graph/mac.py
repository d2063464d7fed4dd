"""The graph of one matrix product."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

from hxtorch.execution.partition import partition
from hxtorch.graph.graph import Graph
from hxtorch.graph.vertices import (
    Addition,
    CADCReadout,
    Concatenation,
    DriverRows,
    Input,
    NeuronView,
    SynapseArrayView,
)


@lru_cache(maxsize=64)
def mac_graph(rows: int, columns: int) -> Graph:
    """Build the graph of ``y = x W`` for W of shape (`rows`, `columns`).

    The matrix is partitioned into synapse arrays; row ranges of one column range are added
    digitally, column ranges are concatenated. The last vertex is the result. Graphs are shared:
    add nothing to one that this function returned.
    """
    graph = Graph()
    activations = graph.add(Input(rows))
    parts = []
    for column_range, blocks in groupby(partition(rows, columns), key=lambda b: b.columns):
        size = len(column_range)
        results = []
        for block in blocks:
            place = block.instance
            side = block.hemisphere
            drivers = graph.add(
                DriverRows(len(block.rows), side), [(activations, block.rows)], instance=place
            )
            synapses = graph.add(
                SynapseArrayView(size, side, block.rows, block.columns),
                [drivers],
                instance=place,
            )
            neurons = graph.add(NeuronView(size, side), [synapses], instance=place)
            results.append(graph.add(CADCReadout(size, side), [neurons], instance=place))
        parts.append(graph.add(Addition(size), results) if len(results) > 1 else results[0])
    graph.add(Concatenation(columns), parts)
    return graph
