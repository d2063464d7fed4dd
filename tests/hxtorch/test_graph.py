"""The data-flow graph: what it refuses, what it says, how it looks."""

import builtins

import numpy as np
import pytest

from hxtorch.errors import GraphError
from hxtorch.execution.plan import plan_instance, schedule
from hxtorch.graph import (
    Addition,
    ArgMax,
    CADCReadout,
    Concatenation,
    ConvertingReLU,
    CrossbarNodes,
    EventTrain,
    ExternalInput,
    ExternalOutput,
    Graph,
    Load,
    NeuronView,
    PADIBuses,
    Parameter,
    Rearrangement,
    ReLU,
    RowMode,
    Signal,
    Store,
    SynapseArrayView,
    SynapseDrivers,
    add_product,
    mac_graph,
)
from hxtorch.graph.rows import row_layout


def test_graph_of_one_array_prints():
    assert str(mac_graph(5, 3)) == "\n".join(
        [
            "host:",
            "  %0 = ExternalInput[5] ('input'): uint5",
            "instance 0:",
            "  %1 = Load[5] top: loaded uint5 <- %0",
            "  %2 = EventTrain[5] top (sends 1, wait 5): timed events <- %1",
            "  %3 = CrossbarNodes[5] top (nodes 4): routed events <- %2",
            "  %4 = PADIBuses[5] top (buses 4): events on PADI buses <- %3",
            "  %5 = SynapseDrivers[5] top (signed, drivers 5): synaptic pulses <- %4",
            "  %6 = SynapseArrayView[3] top (weights[0:5, 0:3]): synaptic currents <- %5",
            "  %7 = NeuronView[3] top: membrane voltages <- %6",
            "  %8 = CADCReadout[3] top: 8-bit readings <- %7",
            "  %9 = Store[3] top: int8 <- %8",
            "host:",
            "  %10 = ExternalOutput[3] ('output'): int8 <- %9",
        ]
    )


def test_graph_adds_row_ranges_and_concatenates_column_ranges():
    graph = mac_graph(300, 400)
    vertices = [node.vertex for node in graph.nodes]
    additions = [v for v in vertices if isinstance(v, Addition)]
    assert [a.size for a in additions] == [256, 144]
    assert isinstance(vertices[-2], Concatenation)
    assert vertices[-1] == ExternalOutput(400)
    assert graph.instances == [0, 1, 2]
    assert "%0[128:256]" in str(graph)
    assert graph.parameters() == {"weights": (300, 400)}
    assert graph.dependencies() == {0: set(), 1: set(), 2: set()}


def chain(graph, source, instance, side=0, columns=3, stop=None, **train):
    """Circuits of one hemisphere from the load to the store."""
    rows = graph.nodes[source].vertex.channels
    vertices = [
        Load(rows, side),
        EventTrain(rows, side, **train),
        CrossbarNodes(rows, side, min(rows, 4)),
        PADIBuses(rows, side, min(rows, 4)),
        SynapseDrivers(rows, side),
        SynapseArrayView(columns, side, f"w{instance}", range(rows), range(columns)),
        NeuronView(columns, side),
        CADCReadout(columns, side),
        Store(columns, side),
    ]
    last = source
    for vertex in vertices[:stop]:
        last = graph.add(vertex, [last], instance=instance)
    return last


@pytest.fixture
def graph():
    """0: input, 1: 8-bit input, 2: load, 3: events, 4: nodes, 5: buses, 6: drivers."""
    graph = Graph()
    graph.add(ExternalInput(100))
    graph.add(ExternalInput(100, "other", signal=Signal.INT8))
    chain(graph, 0, 0, stop=5)
    return graph


VIEW = SynapseArrayView(3, 0, "w", range(100), range(3))


@pytest.mark.parametrize(
    ("vertex", "inputs", "instance", "reason"),
    [
        (Load(100, 1), [70], 0, "holds 0..6"),
        (Load(100, 1), [(0, range(50, 150))], 0, "consecutive"),
        (Load(50, 1), [(0, range(0, 100, 2))], 0, "consecutive"),
        (Load(99, 1), [0], 0, "sizes"),
        (Load(257, 1), [0], 0, r"1\.\.256"),
        (Load(100, 0), [0], 0, "in use already"),
        (Load(100, 1), [0], None, "needs an execution instance"),
        (Load(100, 1), [0], -2, "at least 0"),
        (Load(100, 1), [1], 0, "ConvertingReLU makes activations"),
        (EventTrain(100, 1), [2], 0, "no wire"),
        (EventTrain(100, 1), [0], 0, "takes loaded uint5"),
        (Addition(100), [0, 0], None, "takes int8"),
        (Addition(100), [1], None, r"allowed: 2\.\.any"),
        (Addition(100), [1, 1], 0, "needs no execution instance"),
        (SynapseArrayView(257, 0, "w", range(100), range(257)), [6], 0, r"1\.\.256"),
        (SynapseArrayView(3, 1, "w", range(100), range(3)), [6], 0, "no wire"),
        (VIEW, [6], 1, "only what is stored can"),
        (SynapseArrayView(3, 0, "w", range(50), range(3)), [6], 0, "sizes"),
        (NeuronView(3, 0), [6], 0, "takes synaptic currents"),
        (CADCReadout(3, 0), [6], 0, "takes membrane"),
        (NeuronView(3, 0), [], 0, "0 inputs"),
        (ExternalInput(3), [], None, "already"),
        (ExternalInput(3, "x", steps=0), [], None, "0 steps"),
        (ReLU(0), [1], None, "size 0"),
        (ReLU(3), [2], None, "takes int8"),
        (Concatenation(5), [1], None, "sizes"),
        (Concatenation(200), [0, 1], None, "one type of signal"),
        (Rearrangement(2, np.array([[100, 0]])), [1], None, r"allowed: -1\.\.99"),
    ],
)
def test_graph_refuses_what_the_chip_cannot_do(graph, vertex, inputs, instance, reason):
    before = str(graph)
    with pytest.raises(GraphError, match=reason):
        graph.add(vertex, inputs, instance=instance)
    assert str(graph) == before
    chain(graph, 0, 7)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Load(3, 2), "hemisphere is 2"),
        (lambda: CrossbarNodes(3, 0, 5), "buses is 5"),
        (lambda: SynapseArrayView(3, 0, "w", range(1), range(2)), "columns has length 2"),
        (lambda: SynapseArrayView(1, 0, "w", range(0), range(1)), "rows is"),
        (lambda: ConvertingReLU(3, -1), "shift is -1"),
        (lambda: ExternalInput(3, signal=Signal.EVENTS), "signal is timed events"),
        (lambda: Rearrangement(3, np.zeros((2, 2), int)), "index has shape"),
        (lambda: SynapseDrivers(129, 0), "129 synapse drivers"),
        (lambda: SynapseDrivers(2, 0, (RowMode.SIGNED,)), "1 row modes"),
    ],
)
def test_vertices_check_themselves(make, reason):
    with pytest.raises((ValueError, GraphError), match=reason):
        make()


def test_hemispheres_of_an_instance_share_their_packets(graph):
    graph.add(Load(100, 1), [0], instance=0)
    with pytest.raises(GraphError, match="num_sends 2; the other hemisphere"):
        graph.add(EventTrain(100, 1, num_sends=2), [len(graph) - 1], instance=0)
    other = graph.add(ExternalInput(100, "steps", steps=4))
    with pytest.raises(GraphError, match="in use already"):
        graph.add(Load(100, 1), [other], instance=0)
    chain(graph, 0, 1, side=0)
    with pytest.raises(GraphError, match="steps 4"):
        graph.add(Load(100, 1), [other], instance=1)


def test_drivers_need_the_buses_that_they_sit_on():
    graph = Graph()
    graph.add(ExternalInput(3))
    last = chain(graph, 0, 0, stop=2)
    last = graph.add(CrossbarNodes(3, 0, 2), [last], instance=0)
    with pytest.raises(GraphError, match="3 buses; the crossbar offers 2"):
        graph.add(PADIBuses(3, 0, 3), [last], instance=0)
    last = graph.add(PADIBuses(3, 0, 2), [last], instance=0)
    with pytest.raises(GraphError, match="3 PADI buses; connected: 2"):
        graph.add(SynapseDrivers(3, 0), [last], instance=0)
    # two drivers suffice for three unsigned rows
    graph.add(SynapseDrivers(3, 0, RowMode.EXCITATORY), [last], instance=0)


def test_execution_instances_cannot_wait_for_each_other():
    graph = Graph()
    first = graph.add(ExternalInput(4))
    one = graph.add(ConvertingReLU(3), [chain(graph, first, 0)])
    two = graph.add(ConvertingReLU(3), [chain(graph, first, 1)])
    # instance 0 waits for 1 from here on
    graph.add(Load(3, 1), [two], instance=0)
    with pytest.raises(GraphError, match="cannot wait for each other"):
        graph.add(Load(3, 1), [one], instance=1)
    with pytest.raises(GraphError, match="cannot wait for each other"):
        graph.add(Load(3, 1), [graph.add(ConvertingReLU(3), [chain(graph, one, 3)])], instance=3)
    three = chain(graph, one, 2)
    assert graph.dependencies() == {0: {1}, 1: set(), 2: {0, 1}, 3: {0, 1}}
    assert schedule(graph) == [1, 0, 2, 3]
    graph.add(ExternalOutput(3), [three])
    assert "instance 2 (after 0, 1):" in str(graph)


def test_independent_instances_come_before_those_that_wait():
    graph = Graph()
    x = graph.add(ExternalInput(4))
    a = graph.add(ConvertingReLU(3), [chain(graph, x, 0)])
    chain(graph, a, 1)
    b = graph.add(ConvertingReLU(3), [chain(graph, x, 2)])
    chain(graph, b, 3)
    assert schedule(graph) == [0, 2, 1, 3]


def test_outputs_and_parameters():
    graph = Graph()
    x = graph.add(ExternalInput(4, "x", signal=Signal.INT8))
    bias = graph.add(Parameter(4, "bias"))
    total = graph.add(Addition(4), [x, bias])
    best = graph.add(ArgMax(4), [total])
    out = graph.add(ExternalOutput(1, "class"), [best])
    assert graph.nodes[out].signal is Signal.INDEX
    assert graph.inputs() == {"x": x}
    assert graph.outputs() == {"class": out}
    assert graph.parameters() == {"bias": (4,)}
    assert graph.instances == []
    with pytest.raises(GraphError, match="is an output"):
        graph.add(Concatenation(1), [out])
    with pytest.raises(GraphError, match="takes int8"):
        graph.add(ReLU(1), [best])


def test_steps_pass_through_the_chip():
    graph = Graph()
    x = graph.add(ExternalInput(6))
    windows = graph.add(Rearrangement(3, np.array([[0, 1, 2], [2, 3, 4], [4, 5, -1]])), [x])
    stored = chain(graph, windows, 0)
    assert graph.nodes[stored].steps == 3
    flat = graph.add(Rearrangement(9, np.arange(9)[None]), [stored])
    assert graph.nodes[flat].steps == 1
    with pytest.raises(GraphError, match=r"inputs of \[1, 3\] steps"):
        graph.add(Concatenation(6), [stored, (flat, range(3))])
    assert "int8 x 3" in str(graph)
    assert "(reshape)" in str(graph)


def test_an_incomplete_chain_is_named():
    graph = Graph()
    graph.add(ExternalInput(4))
    chain(graph, 0, 0, stop=7)
    with pytest.raises(GraphError, match=r"nothing stores what vertex 7 \(NeuronView"):
        plan_instance(graph, 0)
    graph = Graph()
    graph.add(ExternalInput(4))
    last = chain(graph, 0, 0, stop=7)
    last = graph.add(CADCReadout(2, 0), [(last, range(2))], instance=0)
    graph.add(Store(2, 0), [last], instance=0)
    with pytest.raises(GraphError, match="within a chain of circuits: all"):
        plan_instance(graph, 0)


def test_products_of_unsigned_rows_take_half_the_arrays():
    graph = Graph()
    x = graph.add(ExternalInput(600))
    add_product(graph, x, 600, 10, row_mode=RowMode.EXCITATORY, weights="w")
    assert graph.instances == [0, 1]
    assert add_product(graph, x, 600, 10) == len(graph) - 1
    assert graph.instances == [0, 1, 2, 3, 4]


def test_row_layout_fills_drivers_in_order():
    e, i, s = RowMode.EXCITATORY, RowMode.INHIBITORY, RowMode.SIGNED
    layout = row_layout((e, i, e, s, e), 5)
    assert layout.driver.tolist() == [0, 0, 1, 2, 3]
    assert layout.upper.tolist() == [False, True, False, False, False]
    assert layout.positive.tolist() == [0, -1, 2, 5, 6]
    assert layout.negative.tolist() == [-1, 1, -1, 4, -1]
    assert layout.physical.tolist() == [0, 1, 2, 4, 5, 6]
    assert layout.rows_of_channel.tolist() == [1, 1, 1, 2, 1]
    assert row_layout(e, 256).drivers == row_layout(s, 128).drivers == 128
    with pytest.raises(GraphError, match="129 synapse drivers"):
        row_layout(e, 257)


def test_graph_of_a_huge_matrix_is_listed_in_part():
    graph = mac_graph(5000, 600)
    text = str(graph)
    assert text.count("\n") < 1000
    assert "more vertices" in text
    assert repr(graph) == f"<Graph: {len(graph)} vertices, 60 execution instances>"


def test_plot(tmp_path):
    file = tmp_path / "graph.png"
    figure = mac_graph(300, 20).plot(file)
    assert file.stat().st_size > 10_000
    texts = " ".join(text.get_text() for text in figure.axes[0].texts)
    for word in ("instance 1", "SynapseArrayView", "Addition", "ExternalOutput"):
        assert word in texts


def test_plot_says_what_is_missing(monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **keywords):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match="pip install"):
        mac_graph(2, 2).plot()
