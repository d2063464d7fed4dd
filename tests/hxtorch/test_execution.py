"""Graphs on slow ideal chips: dependencies, branches, several chips, reports."""

import threading

import numpy as np
import pytest
import torch

import hxtorch
from hxtorch import execution, perceptron
from hxtorch.core.hardware import held_hardware
from hxtorch.errors import GraphError
from hxtorch.execution.energy import CONSTANTS, Energy
from hxtorch.execution.executor import run_graph, run_transformation
from hxtorch.execution.timeline import CHIP, Span, TimeLine
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
    Store,
    SynapseArrayView,
    SynapseDrivers,
    add_product,
)
from tests.hxtorch.conftest import ModelConnection, NoInitialisation
from tests.hxtorch.test_graph import chain
from tests.reference.hagen_chip import ideal_product


class Chips:
    """Several slow models behind one connection."""

    def __init__(self, count):
        self.connections = tuple(ModelConnection() for _ in range(count))

    def submit(self, programs):
        raise AssertionError("every chip has a connection of its own")

    def set_silicon(self, **switches):
        return {}

    def close(self):
        for connection in self.connections:
            connection.close()


@pytest.fixture
def on_chips():
    def open_hardware(count):
        chips = Chips(count)
        hxtorch.init_hardware(endpoint=chips, init=NoInitialisation(), ann=True)
        return chips

    yield open_hardware
    hxtorch.release_hardware()
    hxtorch.core.hardware._keep_nominal = False


def integers(seed, shape, low, high):
    return np.random.default_rng(seed).integers(low, high + 1, shape)


def convert(values, shift):
    return np.minimum(np.maximum(values, 0) >> shift, 31)


def two_layers():
    graph = Graph()
    x = graph.add(ExternalInput(9, "x"))
    first = add_product(graph, x, 9, 7, weights="w1", num_sends=20)
    hidden = graph.add(ConvertingReLU(7, 0), [first])
    out = add_product(graph, hidden, 7, 4, weights="w2", num_sends=20)
    bias = graph.add(Parameter(4, "bias"))
    total = graph.add(Addition(4), [out, bias])
    graph.add(ExternalOutput(7, "hidden"), [hidden])
    graph.add(ExternalOutput(4, "y"), [total])
    graph.add(ExternalOutput(1, "class"), [graph.add(ArgMax(4), [total])])
    return graph


def expected_two_layers(x, w1, w2, bias):
    hidden = convert(ideal_product(x, w1, 20), 0)
    total = np.clip(ideal_product(hidden, w2, 20) + bias, -128, 127)
    return hidden, total, total.argmax(axis=1)[:, None]


def test_two_layers_with_bias_and_several_outputs(on_model):
    on_model()
    x = integers(0, (3, 9), 0, 31)
    w1, w2 = integers(1, (9, 7), -63, 63), integers(2, (7, 4), -63, 63)
    bias = np.array([5, -128, 100, 0])
    outputs = execution.run(two_layers(), {"x": x}, {"w1": w1, "w2": w2, "bias": bias})
    hidden, total, best = expected_two_layers(x, w1, w2, bias)
    assert outputs["hidden"].dtype == torch.uint8
    np.testing.assert_array_equal(outputs["hidden"], hidden)
    np.testing.assert_array_equal(outputs["y"], total)
    np.testing.assert_array_equal(outputs["class"], best)
    assert outputs["class"].dtype == torch.int64
    assert hidden.any()


def test_two_products_and_an_addition_are_three_instances(on_model):
    """The published example of a graph: y = x1 W1 + x2 W2."""
    on_model()
    graph = Graph()
    parts = []
    for number in (1, 2):
        x = graph.add(ExternalInput(5, f"x{number}"))
        parts.append(add_product(graph, x, 5, 3, weights=f"w{number}", num_sends=9))
    total = graph.add(Addition(3), parts)
    graph.add(ExternalOutput(3), [total])
    assert graph.dependencies() == {0: set(), 1: set()}
    xs = [integers(n, (2, 5), 0, 31) for n in (1, 2)]
    ws = [integers(n, (5, 3), -63, 63) for n in (3, 4)]
    result = run_graph(
        held_hardware(),
        graph,
        {"x1": xs[0], "x2": xs[1]},
        {"w1": ws[0], "w2": ws[1]},
    )["output"]
    parts = [ideal_product(x, w, 9) for x, w in zip(xs, ws, strict=True)]
    np.testing.assert_array_equal(result, np.clip(parts[0] + parts[1], -128, 127))


def test_different_sources_on_the_two_hemispheres(on_model):
    """Two products in one instance, one of signed and one of unsigned rows."""
    on_model()
    graph = Graph()
    one, other = graph.add(ExternalInput(4, "a")), graph.add(ExternalInput(6, "b"))
    top = chain(graph, one, 0, columns=3, num_sends=30)
    bottom = chain(graph, other, 0, side=1, columns=2, num_sends=30)
    graph.add(ExternalOutput(5), [graph.add(Concatenation(5), [top, bottom])])
    a, b = integers(1, (3, 4), 0, 31), integers(2, (3, 6), 0, 31)
    w = integers(3, (6, 3), -63, 63)
    result = run_graph(held_hardware(), graph, {"a": a, "b": b}, {"w0": w})["output"]
    expected = [ideal_product(a, w[:4], 30), ideal_product(b, w[:, :2], 30)]
    np.testing.assert_array_equal(result, np.hstack(expected))


@pytest.mark.parametrize("revision", ["v1", "v3"])
@pytest.mark.parametrize(("mode", "sign"), [("excitatory", 1), ("inhibitory", -1)])
def test_unsigned_products(on_model, revision, mode, sign):
    on_model(revision)
    x, weights = integers(1, (2, 300), 0, 3), sign * integers(2, (300, 2), 0, 63)
    with execution.options(row_mode=mode):
        result = perceptron.matmul(torch.tensor(x).float(), torch.tensor(weights).float())
        assert hxtorch.emulation.run_info()["last_run"]["instances"] == 1
    sums = [np.floor(x[:, part] @ weights[part] / 500) for part in (slice(256), slice(256, 300))]
    expected = sum(np.clip(part, -128, 127) for part in sums)
    np.testing.assert_array_equal(result, np.clip(expected, -128, 127))
    with execution.options(row_mode=mode), pytest.raises(OverflowError, match="sign"):
        perceptron.matmul(torch.tensor(x).float(), -torch.tensor(weights).float())


def test_mixed_row_modes(on_model):
    on_model()
    e, i, s = RowMode.EXCITATORY, RowMode.INHIBITORY, RowMode.SIGNED
    weights = np.array([[60, 1], [-50, -2], [40, 0], [-30, 9], [63, 63]])
    graph = Graph()
    last = graph.add(ExternalInput(5))
    for vertex in (
        Load(5, 1),
        EventTrain(5, 1, num_sends=10),
        CrossbarNodes(5, 1, 4),
        PADIBuses(5, 1, 4),
        SynapseDrivers(5, 1, (e, i, e, s, e)),
        SynapseArrayView(2, 1, "w", range(5), range(2)),
        NeuronView(2, 1),
        CADCReadout(2, 1),
        Store(2, 1),
    ):
        last = graph.add(vertex, [last], instance=3)
    graph.add(ExternalOutput(2), [last])
    x = integers(5, (4, 5), 0, 31)
    result = run_graph(held_hardware(), graph, {"input": x}, {"w": weights})["output"]
    np.testing.assert_array_equal(result, ideal_product(x, weights, 10))


def test_steps_and_windows(on_model):
    """A convolution over one axis, as a graph."""
    on_model()
    graph = Graph()
    x = graph.add(ExternalInput(6))
    windows = graph.add(Rearrangement(3, np.array([[0, 1, 2], [2, 3, 4], [4, 5, -1]])), [x])
    stored = add_product(graph, windows, 3, 2, num_sends=30)
    graph.add(ExternalOutput(2, "steps"), [stored])
    flat = graph.add(Rearrangement(6, np.arange(6)[None]), [stored])
    graph.add(ExternalOutput(6, "flat"), [flat])
    turned = graph.add(Rearrangement(3, np.arange(6).reshape(3, 2).T), [stored])
    graph.add(ExternalOutput(3, "turned"), [turned])
    values, weights = integers(1, (4, 6), 0, 31), integers(2, (3, 2), -63, 63)
    outputs = run_graph(held_hardware(), graph, {"input": values}, {"weights": weights})
    padded = np.pad(values, ((0, 0), (0, 1)))
    cut = np.stack([padded[:, i : i + 3] for i in (0, 2, 4)], axis=1)
    expected = ideal_product(cut.reshape(-1, 3), weights, 30).reshape(4, 3, 2)
    np.testing.assert_array_equal(outputs["steps"], expected)
    np.testing.assert_array_equal(outputs["flat"], expected.reshape(4, 6))
    np.testing.assert_array_equal(outputs["turned"], expected.transpose(0, 2, 1))


@pytest.mark.parametrize("count", [1, 2, 4])
def test_several_chips_give_the_same(on_chips, count):
    chips = on_chips(count)
    x, w = integers(1, (2, 20), 0, 31), integers(2, (20, 900), -63, 63)
    result = perceptron.matmul(torch.tensor(x).float(), torch.tensor(w).float(), num_sends=3)
    np.testing.assert_array_equal(result, ideal_product(x, w, 3))
    info = hxtorch.emulation.run_info()["last_run"]
    assert info["instances"] == 2
    # initialisation, id, configuration; more are products
    used = [len(connection.programs) > 3 for connection in chips.connections]
    assert used == [True, count > 1, False, False][:count]
    args = (
        {"x": integers(0, (3, 9), 0, 31)},
        {
            "w1": integers(1, (9, 7), -63, 63),
            "w2": integers(2, (7, 4), -63, 63),
            "bias": np.zeros(4, int),
        },
    )
    for _ in range(3):
        outputs = run_graph(held_hardware(), two_layers(), *args)
        _, total, _ = expected_two_layers(args[0]["x"], *args[1].values())
        np.testing.assert_array_equal(outputs["y"], total)


def test_a_failure_on_one_chip_stops_the_others(on_chips):
    chips = on_chips(2)
    x, w = integers(1, (2, 20), 0, 31), integers(2, (20, 900), -63, 63)
    chips.connections[1].fail_next = True
    with pytest.raises(RuntimeError, match="link broke"):
        perceptron.matmul(torch.tensor(x).float(), torch.tensor(w).float())
    assert threading.active_count() < 20
    result = perceptron.matmul(torch.tensor(x).float(), torch.tensor(w).float())
    np.testing.assert_array_equal(result, ideal_product(x, w))


def test_a_failure_wakes_a_chip_that_waits(on_chips):
    chips = on_chips(2)
    chips.connections[0].fail_next = True
    inputs = {"x": integers(0, (3, 9), 0, 31)}
    parameters = {"w1": np.ones((9, 7), int), "w2": np.ones((7, 4), int), "bias": np.zeros(4, int)}
    with pytest.raises(RuntimeError, match="link broke"):
        run_graph(held_hardware(), two_layers(), inputs, parameters)


def test_transformations(on_model):
    on_model()
    hardware = held_hardware()
    x = np.array([[-128, -1, 0, 5, 127], [3, 3, 1, 3, 2]], np.int8)
    for vertex, expected in (
        (ReLU(5), np.maximum(x, 0)),
        (ConvertingReLU(5, 2), convert(x.astype(int), 2)),
        (ConvertingReLU(5, 90), np.zeros_like(x)),
        (ArgMax(5), [[4], [0]]),
    ):
        np.testing.assert_array_equal(run_transformation(hardware, vertex, x), expected)
    doubled = run_transformation(hardware, Addition(5), x, x)
    np.testing.assert_array_equal(doubled, np.clip(2 * x.astype(int), -128, 127))
    with pytest.raises(RuntimeError, match=r"shape \(2, 5\)"):
        run_transformation(hardware, ReLU(4), x)


@pytest.mark.parametrize(
    ("inputs", "parameters", "error", "reason"),
    [
        ({}, {}, GraphError, "input 'x' is missing"),
        ({"x": 0, "z": 0}, {}, GraphError, "no input 'z'"),
        ({"x": 32}, {}, OverflowError, "32; allowed: 0..31"),
        ({"x": -1}, {}, OverflowError, "-1"),
        ({"x": np.zeros((2, 8), int)}, {}, RuntimeError, r"shape \(2, 8\)"),
        ({"x": np.zeros((0, 9), int)}, {}, RuntimeError, "0 entries"),
        ({"x": np.zeros((2, 2, 9), int)}, {}, RuntimeError, "shape"),
        ({"x": 0}, {"w1": None}, GraphError, "parameter 'w1' is missing"),
        ({"x": 0}, {"w1": np.full((9, 7), 64)}, OverflowError, "64; allowed: -63..63"),
        ({"x": 0}, {"w1": np.zeros((9, 6), int)}, RuntimeError, "shape"),
        ({"x": 0}, {"bias": np.zeros(5, int)[None]}, RuntimeError, "shape"),
        ({"x": np.zeros((1, 9), object)}, {}, RuntimeError, "integers"),
    ],
)
def test_bad_inputs_leave_the_hardware_usable(on_model, inputs, parameters, error, reason):
    on_model()
    good = {"w1": np.ones((9, 7), int), "w2": np.ones((7, 4), int), "bias": np.zeros(4, int)}
    given = {
        name: np.full((1, 9), value) if np.isscalar(value) else value
        for name, value in inputs.items()
    }
    chosen = {n: v for n, v in {**good, **parameters}.items() if v is not None}
    with pytest.raises(error, match=reason):
        run_graph(held_hardware(), two_layers(), given, chosen)
    run_graph(held_hardware(), two_layers(), {"x": np.ones((1, 9), int)}, good)


def test_tensors_are_rounded_and_checked(on_model):
    on_model()
    graph = Graph()
    x = graph.add(ExternalInput(2))
    graph.add(ExternalOutput(1), [add_product(graph, x, 2, 1, num_sends=100)])
    inputs, weights = torch.tensor([[0.5, 30.6]]), torch.tensor([[-0.5], [62.5]])
    result = execution.run(graph, {"input": inputs}, {"weights": weights})["output"]
    expected = ideal_product(np.array([[1, 31]]), np.array([[-1], [63]]), 100)
    np.testing.assert_array_equal(result, expected)
    with pytest.raises(OverflowError):
        execution.run(graph, {"input": inputs + 1}, {"weights": weights})
    with pytest.raises(ValueError, match="nan"):
        execution.run(graph, {"input": inputs * torch.nan}, {"weights": weights})


def test_no_hardware():
    with pytest.raises(RuntimeError, match="init_hardware"):
        execution.run(two_layers(), {})
    with pytest.raises(RuntimeError, match="init_hardware"):
        execution.last_report()


def test_report_of_a_run(on_chips):
    on_chips(2)
    assert execution.last_report() is None
    x, w = integers(1, (2, 20), 0, 31), integers(2, (20, 900), -63, 63)
    perceptron.matmul(torch.tensor(x).float(), torch.tensor(w).float(), num_sends=2)
    report = execution.last_report()
    assert report.instances == 2
    assert report.vectors == 4
    assert report.macs == 2 * 20 * 900
    assert report.events == 2 * 4 * np.count_nonzero(x)
    assert report.row_pulses == 2 * report.events
    assert report.conversions == 4 * 2 * 2
    # the slow model reports no times
    assert report.energy.value == 0
    assert report.quantise > 0
    assert report.dequantise > 0
    text = str(report)
    assert "encode" in text
    line = report.time_line
    assert line.chips == [0, 1]
    assert {span.stage for span in line.spans} >= {"plan", "encode", "decode", CHIP}
    assert "chip 1" in str(line)
    assert "emulated hxcube93fpga0chip1_1, v3, ideal silicon" in str(line)
    info = hxtorch.emulation.run_info()["last_run"]
    assert 0 <= info["overlap"] <= 1
    assert set(info["chip_use"]) == {0, 1}


def test_several_runs_are_summed_up(on_model):
    on_model()
    x, w = integers(1, (2, 20), 0, 31), integers(2, (20, 9), -63, 63)
    with execution.measured() as report:
        for _ in range(3):
            y = perceptron.matmul(torch.tensor(x).float(), torch.tensor(w).float())
        last = execution.last_report()
        perceptron.relu(y)
    perceptron.matmul(torch.tensor(x).float(), torch.tensor(w).float())
    assert report.vectors == 6
    assert report.macs == 3 * last.macs
    assert len(report.time_line.spans) > 2 * len(last.time_line.spans)
    # what sends nothing does not count as a run
    assert report.instances == 3
    assert last.vectors == 2
    assert execution.last_report().instances == 1
    assert hxtorch.emulation.run_info()["totals"]["vectors"] == 8


def line_of(*spans):
    line = TimeLine()
    for span in spans:
        line.add(Span(*span))
    return line


def test_time_line_tells_overlap_and_use():
    line = line_of(
        (0, "encode", 0, 10.0, 11.0),
        (0, CHIP, 0, 11.0, 14.0),
        (0, "encode", 1, 11.0, 12.0),
        (1, CHIP, 1, 12.0, 13.0),
        (0, CHIP, 0, 13.5, 15.0),
        (0, "decode", 0, 15.0, 16.0),
        (0, "execute", 0, 12.0, 15.0),
    )
    assert line.use() == {0: pytest.approx(4 / 6), 1: pytest.approx(1 / 6)}
    # of three seconds of pre- and post-processing, one is hidden
    assert line.overlap() == pytest.approx(1 / 3)
    assert line.together() == pytest.approx(1.0)
    rows = line.to_text(width=12).splitlines()
    assert rows[1].startswith("chip 0 pre  00")
    assert len({len(row) for row in rows[1:-1]}) == 1


def test_time_line_is_bounded_and_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr("hxtorch.execution.timeline.MOST_SPANS", 3)
    line = line_of(*[(0, CHIP, i, float(i), i + 0.5) for i in range(5)])
    assert len(line.spans) == 3
    assert "2 later spans" in str(line)
    figure = line.plot(tmp_path / "line.png")
    assert (tmp_path / "line.png").stat().st_size > 5000
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()][1] == "chip 0: chip"
    assert str(TimeLine()) == "nothing ran"


def test_energy_meets_the_published_anchors():
    # an inference of 276 us with a handful of vectors took 192 uJ; a reduced configuration for
    # 11.8 us per image stays below 200 mW
    inference = Energy.of_run(seconds=276e-6, row_pulses=5 * 256, conversions=20, words=5 * 1000)
    assert inference.value == pytest.approx(192e-6, rel=0.05)
    assert inference.low < 192e-6 < inference.high
    spikes = Energy.of_run(seconds=11.8e-6, row_pulses=200, words=10, static="static_reduced")
    assert 0.15 < spikes.power < 0.2
    assert "uJ" in str(inference)


def test_every_constant_of_the_energy_lies_in_its_range():
    for constant in CONSTANTS.values():
        assert constant.low <= constant.value <= constant.high
        assert constant.source in "CE"
        assert constant.meaning
    assert Energy.of_run(seconds=0.0, words=5) == Energy()
