"""Builders of the parts that most graphs are made of."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

from hxtorch.execution.partition import BUSES, Block, blocks
from hxtorch.graph.graph import Graph
from hxtorch.graph.rows import RowMode, row_layout, rows_per_array
from hxtorch.graph.vertices import (
    Addition,
    CADCReadout,
    Concatenation,
    CrossbarNodes,
    EventTrain,
    ExternalInput,
    ExternalOutput,
    Load,
    NeuronView,
    PADIBuses,
    Store,
    SynapseArrayView,
    SynapseDrivers,
)

#: Graphs of products with more blocks than this are built anew each time, not kept.
_LARGE = 512


def add_product(
    graph: Graph,
    source: int,
    rows: int,
    columns: int,
    *,
    weights: str = "weights",
    num_sends: int = 1,
    wait_between_events: int = 5,
    row_mode: RowMode = RowMode.SIGNED,
) -> int:
    """Add the product of a vertex's activations and a matrix of any size.

    The matrix is partitioned into synapse arrays, on new execution instances; row ranges of one
    column range are added digitally, column ranges are concatenated.

    Parameters
    ----------
    graph : Graph
        Where to add it.
    source : int
        Descriptor of a vertex that gives activations, at least `rows` channels.
    rows, columns : int
        Size of the matrix.
    weights : str
        Name of the parameter that holds it.
    num_sends, wait_between_events : int
        Repetitions of a vector, spacing of events in FPGA cycles.
    row_mode : RowMode
        Signed rows (128 per array), or excitatory or inhibitory ones (256).

    Returns
    -------
    int
        Descriptor of the vertex that gives the result, `columns` channels.

    Raises
    ------
    GraphError
        The hardware cannot do this.
    """
    first = graph.next_instance
    parts = []
    placed = blocks(rows, columns, rows_per_array(row_mode))
    for column_range, group in groupby(placed, key=lambda block: block.columns):
        results = [
            _add_block(
                graph,
                source,
                block,
                first + block.instance,
                weights,
                EventTrain(len(block.rows), block.hemisphere, num_sends, wait_between_events),
                row_mode,
            )
            for block in group
        ]
        size = len(column_range)
        parts.append(graph.add(Addition(size), results) if len(results) > 1 else results[0])
    return graph.add(Concatenation(columns), parts) if len(parts) > 1 else parts[0]


def _add_block(
    graph: Graph,
    source: int,
    block: Block,
    instance: int,
    weights: str,
    train: EventTrain,
    row_mode: RowMode,
) -> int:
    rows, columns, side = len(block.rows), len(block.columns), block.hemisphere
    buses = min(row_layout(row_mode, rows).drivers, BUSES)
    last = graph.add(Load(rows, side), [(source, block.rows)], instance=instance)
    for vertex in (
        train,
        CrossbarNodes(rows, side, buses),
        PADIBuses(rows, side, buses),
        SynapseDrivers(rows, side, row_mode),
        SynapseArrayView(columns, side, weights, block.rows, block.columns),
        NeuronView(columns, side),
        CADCReadout(columns, side),
        Store(columns, side),
    ):
        last = graph.add(vertex, [last], instance=instance)
    return last


def mac_graph(
    rows: int,
    columns: int,
    *,
    num_sends: int = 1,
    wait_between_events: int = 5,
    row_mode: RowMode = RowMode.SIGNED,
) -> Graph:
    """Build the graph of ``y = x W`` for W of shape (`rows`, `columns`).

    Its input is called "input", its output "output", the matrix "weights". Graphs are shared:
    add nothing to one that this function returned.
    """
    arguments = (rows, columns, num_sends, wait_between_events, row_mode)
    count = -(-rows // rows_per_array(row_mode)) * -(-columns // 256)
    return _build_mac(*arguments) if count > _LARGE else _cached_mac(*arguments)


def _build_mac(
    rows: int, columns: int, num_sends: int, wait_between_events: int, row_mode: RowMode
) -> Graph:
    graph = Graph()
    activations = graph.add(ExternalInput(rows))
    result = add_product(
        graph,
        activations,
        rows,
        columns,
        num_sends=num_sends,
        wait_between_events=wait_between_events,
        row_mode=row_mode,
    )
    graph.add(ExternalOutput(columns), [result])
    return graph


_cached_mac = lru_cache(maxsize=64)(_build_mac)
