"""Layout of matrices on synapse arrays, and the graph of a product."""

import pytest

from hxtorch.errors import GraphError
from hxtorch.execution.partition import partition, split
from hxtorch.graph import (
    Addition,
    CADCReadout,
    Concatenation,
    DriverRows,
    Graph,
    Input,
    NeuronView,
    SynapseArrayView,
    mac_graph,
)


@pytest.mark.parametrize(
    ("length", "size", "parts"),
    [(50, 12, [12, 12, 12, 12, 2]), (10, 12, [10]), (24, 12, [12, 12]), (0, 12, [])],
)
def test_split(length, size, parts):
    ranges = split(length, size)
    assert [len(part) for part in ranges] == parts
    assert [i for part in ranges for i in part] == list(range(length))


def place(rows, columns):
    return [
        (b.instance, b.hemisphere, b.rows.start, b.rows.stop, b.columns.start, b.columns.stop)
        for b in partition(rows, columns)
    ]


def test_one_run_with_two_column_ranges():
    assert place(128, 512) == [(0, 0, 0, 128, 0, 256), (0, 1, 0, 128, 256, 512)]


def test_one_run_with_two_row_ranges():
    assert place(256, 256) == [(0, 0, 0, 128, 0, 256), (0, 1, 128, 256, 0, 256)]


def test_two_runs():
    assert place(256, 512) == [
        (0, 0, 0, 128, 0, 256),
        (0, 1, 128, 256, 0, 256),
        (1, 0, 0, 128, 256, 512),
        (1, 1, 128, 256, 256, 512),
    ]


def test_odd_number_of_blocks():
    assert place(300, 10) == [
        (0, 0, 0, 128, 0, 10),
        (0, 1, 128, 256, 0, 10),
        (1, 0, 256, 300, 0, 10),
    ]


@pytest.mark.parametrize(
    ("rows", "columns", "runs"), [(1, 1, 1), (600, 900, 10), (16384, 16384, 4096)]
)
def test_number_of_runs(rows, columns, runs):
    blocks = partition(rows, columns)
    assert blocks[-1].instance + 1 == runs == -(-(-(-columns // 256) * -(-rows // 128)) // 2)


def test_graph_of_one_array_prints():
    assert str(mac_graph(5, 3)) == "\n".join(
        [
            "%0: uint5 = Input[5] (host)",
            "%1: synaptic events = DriverRows[5] top (instance 0) <- %0",
            "%2: synaptic current = SynapseArrayView[3] top (instance 0) <- %1",
            "%3: membrane voltage = NeuronView[3] top (instance 0) <- %2",
            "%4: int8 = CADCReadout[3] top (instance 0) <- %3",
            "%5: int8 = Concatenation[3] (host) <- %4",
        ]
    )


def test_graph_adds_row_ranges_and_concatenates_column_ranges():
    graph = mac_graph(300, 400)
    vertices = [node.vertex for node in graph.nodes]
    additions = [v for v in vertices if isinstance(v, Addition)]
    assert [a.size for a in additions] == [256, 144]
    assert isinstance(vertices[-1], Concatenation)
    assert vertices[-1].size == 400
    assert graph.instances == [0, 1, 2]
    assert "%0[128:256]" in str(graph)


@pytest.fixture
def graph():
    graph = Graph()
    graph.add(Input(200))
    graph.add(DriverRows(100, 0), [(0, range(100))], instance=0)
    return graph


@pytest.mark.parametrize(
    ("vertex", "inputs", "instance", "reason"),
    [
        (DriverRows(100, 1), [7], 0, "holds 0..1"),
        (DriverRows(100, 1), [(0, range(150, 250))], 0, "consecutive"),
        (DriverRows(100, 1), [(0, range(0, 200, 2))], 0, "consecutive"),
        (DriverRows(99, 1), [(0, range(100))], 0, "sizes"),
        (DriverRows(200, 1), [0], 0, "1..128"),
        (DriverRows(100, 0), [(0, range(100))], 0, "in use already"),
        (DriverRows(100, 1), [(0, range(100))], None, "needs an execution instance"),
        (Addition(200), [0, 0], None, "takes int8"),
        (SynapseArrayView(300, 0, range(100), range(300)), [1], 0, "1..256"),
        (SynapseArrayView(3, 1, range(100), range(3)), [1], 0, "no wire"),
        (SynapseArrayView(3, 0, range(100), range(3)), [1], 1, "cannot be stored"),
        (SynapseArrayView(3, 0, range(50), range(3)), [1], 0, "sizes"),
        (CADCReadout(3, 0), [1], 0, "takes membrane"),
        (NeuronView(3, 0), [], 0, "0 inputs"),
    ],
)
def test_graph_refuses_what_the_chip_cannot_do(graph, vertex, inputs, instance, reason):
    with pytest.raises(GraphError, match=reason):
        graph.add(vertex, inputs, instance=instance)
    assert len(graph) == 2


def test_graph_takes_a_whole_chain(graph):
    synapses = graph.add(SynapseArrayView(3, 0, range(100), range(3)), [1], instance=0)
    neurons = graph.add(NeuronView(3, 0), [synapses], instance=0)
    result = graph.add(CADCReadout(3, 0), [neurons], instance=0)
    assert graph.add(Addition(3), [result, result]) == 5
