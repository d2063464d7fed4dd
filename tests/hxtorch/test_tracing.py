"""Whole networks as one graph: same bits as operation by operation, and what is refused."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hxtorch
from hxtorch import execution, graph, perceptron
from hxtorch.errors import GraphError
from hxtorch.graph import ConvertingReLU, ExternalInput, Rearrangement, Signal, Store
from hxtorch.perceptron import nn


def activations(*shape, seed=0):
    return torch.randint(0, 32, shape, generator=torch.Generator().manual_seed(seed)).float()


def eight_bit(*shape, seed=0):
    return torch.randint(-128, 128, shape, generator=torch.Generator().manual_seed(seed)).float()


def weights(*shape, seed=9):
    return torch.randint(-63, 64, shape, generator=torch.Generator().manual_seed(seed)).float()


def vertices(network, kind):
    return [node.vertex for node in network.graph.nodes if isinstance(node.vertex, kind)]


def same(function, *inputs):
    """Trace, run, and compare with the function itself; returns the network."""
    network = graph.trace(function, *[x.shape for x in inputs])
    expected = function(*inputs)
    result = network(*inputs)
    if isinstance(expected, torch.Tensor):
        expected, result = [expected], [result]
    assert len(expected) == len(result)
    for one, other in zip(result, expected, strict=True):
        assert one.dtype == other.dtype
        assert torch.equal(one, other.detach())
        assert one.shape == other.shape
    return network


def test_layers_with_biases(on_model):
    on_model()
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        nn.Linear(9, 7), nn.ConvertingReLU(shift=1), nn.Linear(7, 5, bias=False), nn.ReLU()
    )
    network = same(model, activations(4, 9))
    assert list(network.parameters) == ["weights 0", "bias 0", "weights 1"]
    assert network.graph.dependencies() == {0: set(), 1: {0}}
    assert not vertices(network, Rearrangement)
    report = execution.last_report()
    assert report.instances == 2
    # any number of entries, and the layers before are not needed any more
    x = activations(7, 9, seed=3)
    assert torch.equal(network(x), model(x))


def test_convolution_network(on_model):
    on_model()
    torch.manual_seed(1)
    model = torch.nn.Sequential(
        nn.Conv1d(2, 3, 4, stride=3, padding=2, bias=False, num_sends=9),
        nn.ConvertingReLU(shift=0),
        torch.nn.Flatten(),
        nn.Linear(12, 4, bias=False, num_sends=9),
    )
    network = same(model, activations(3, 2, 9))
    assert [v.size for v in vertices(network, Store)] == [3, 4]
    assert "uint5 x 4" in str(network)


def test_two_axes_and_expanded(on_model):
    on_model()
    kernel = weights(2, 1, 2, 3)
    same(
        lambda x: perceptron.conv2d(x, kernel, stride=(2, 1), num_sends=20),
        activations(2, 1, 4, 4),
    )
    kernel = weights(2, 2, 3)
    function = lambda x: perceptron.expanded_conv1d(  # noqa: E731
        x, kernel, stride=2, num_expansions=2, num_sends=20
    )
    same(function, activations(2, 2, 9))


def test_branches_and_additions(on_model):
    on_model()
    one, two, three = weights(5, 4), weights(6, 4, seed=2), weights(4, 3, seed=3)

    def function(x, y):
        a = perceptron.matmul(x, one, num_sends=20)
        b = perceptron.matmul(y, two, num_sends=20)
        total = perceptron.add(a, b)
        hidden = perceptron.converting_relu(total, shift=1)
        left = perceptron.matmul(hidden, three, num_sends=20)
        return left, perceptron.argmax(left, dim=1), total

    network = same(function, activations(3, 5), activations(3, 6, seed=1))
    assert network.graph.dependencies() == {0: set(), 1: set(), 2: {0, 1}}
    assert list(network.outputs) == ["output 0", "output 1", "output 2"]


@pytest.mark.parametrize("keepdim", [False, True])
def test_argmax_along_any_axis(on_model, keepdim):
    on_model()
    for dim in (1, 2):
        same(lambda x, d=dim: perceptron.argmax(x, dim=d, keepdim=keepdim), eight_bit(3, 4, 5))


def test_moving_elements(on_model):
    on_model()
    matrix = weights(6, 3)

    def function(x):
        x = x.permute(0, 2, 1).reshape(-1, 6)
        x = torch.nn.functional.pad(x[:, 1:], (0, 1)).flip(1)
        y = perceptron.matmul(x, matrix, num_sends=20)
        halves = torch.cat([y[:, :1], y[:, 2:]], dim=1)
        return perceptron.relu(torch.stack([halves, halves.clone()], dim=-1)).mT

    same(function, activations(4, 2, 3))


def test_elementwise_input_is_quantised_as_the_operation_does(on_model):
    on_model()
    x = torch.tensor([[-200.0, -0.5, 3.9, 90.0]])
    network = same(lambda v: perceptron.relu(v), x)
    assert vertices(network, ExternalInput)[0].signal is Signal.INT8
    with pytest.raises(ValueError, match="nan"):
        network(x * torch.nan)
    with pytest.raises(RuntimeError, match="float64"):
        network(x.double())


def test_rounding_and_range_of_activations(on_model):
    on_model()
    matrix = weights(4, 2)
    network = same(lambda x: perceptron.mac(x, matrix, num_sends=30), activations(2, 4) * 0.97)
    with pytest.raises(OverflowError, match="scale_input"):
        network(activations(2, 4) + 40)
    with pytest.raises(RuntimeError, match=r"shape \(2, 5\)"):
        network(activations(2, 5))
    with pytest.raises(RuntimeError, match="2 inputs"):
        network(activations(2, 4), activations(2, 4))
    with pytest.raises(RuntimeError, match=r"shape \(0, 4\)"):
        network(activations(2, 4)[:0])
    with pytest.raises(TypeError):
        network([[1.0, 2, 3, 4]])
    same(lambda x: perceptron.mac(x, matrix, num_sends=30), activations(2, 4))


def test_additions_of_other_shapes(on_model):
    on_model()
    bias = eight_bit(5) / 3

    def function(x):
        rows = perceptron.add(x, bias)
        table = perceptron.add(rows, eight_bit(4, 5, seed=2) * 0.4)
        return perceptron.add(table, x[:, :1])

    same(function, eight_bit(3, 4, 5))


def test_relu_of_torch_and_dropout_in_evaluation(on_model):
    on_model()
    model = torch.nn.Sequential(
        nn.Linear(4, 3, bias=False, num_sends=20), torch.nn.ReLU(), torch.nn.Dropout(0.5)
    ).eval()
    same(model, activations(2, 4))
    with pytest.raises(GraphError, match="dropout"):
        graph.trace(model.train(), (1, 4))


def test_weights_are_those_of_the_time_of_tracing(on_model):
    on_model()
    layer = nn.Linear(4, 3, bias=False, num_sends=20)
    x = activations(2, 4)
    network, before = graph.trace(layer, x), layer(x)
    with torch.no_grad():
        layer.weight.neg_()
    assert torch.equal(network(x), before)
    assert not torch.equal(layer(x), before)


def mean_of_columns(x):
    return perceptron.matmul(x, weights(4, 6)).unflatten(1, (3, 2)).mean(-1)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (mean_of_columns, "mean cannot be part"),
        (lambda x: perceptron.matmul(x, weights(4, 3), mock=True), "mock=True"),
        (lambda x: perceptron.matmul(perceptron.relu(x), weights(4, 3)), "ConvertingReLU makes"),
        (lambda x: perceptron.matmul(nn.scale_input(x), weights(4, 3)), "max cannot be part"),
        (lambda x: perceptron.matmul(x.t(), weights(2, 3)), "mixes batch entries"),
        (lambda x: perceptron.relu(x.flip(0)), "mixes batch entries"),
        (lambda x: perceptron.relu(x[0]), "mixes batch entries"),
        (lambda x: perceptron.relu(x) + 1, "add cannot be part"),
        (lambda x: perceptron.add(perceptron.relu(x), weights(2, 4)), "differs between batch"),
        (lambda x: perceptron.add(weights(4), x), "first operand"),
        (lambda x: perceptron.matmul(weights(3, 4), x.t()), "weights cannot come"),
        (lambda x: perceptron.argmax(x), "along dim None"),
        (lambda x: perceptron.argmax(x, dim=0), "along dim 0"),
        (lambda x: torch.nn.functional.pad(x, (1, 1), value=3.0), "padding with 3"),
        (lambda x: torch.cat([x, torch.zeros(2, 1)], dim=1), "joins values"),
        (lambda x: torch.zeros(2, 3), "must return"),
        (lambda x: [], "must return"),
        (lambda x: perceptron.relu(torch.nn.functional.pad(x, (4, 0))[:, :3]), "zeros only"),
        (lambda x: x.sum().item(), "sum cannot be part"),
        (lambda x: np.asarray(x), "cannot be part"),
        (lambda x: bool(x[0, 0]), "cannot be part"),
        (lambda x: x.to(torch.float64), "to cannot be part"),
        (lambda x: perceptron.matmul(x, weights(4, 300) * 2), "OverflowError"),
    ],
)
def test_what_no_vertex_stands_for_is_refused(on_model, function, reason):
    on_model()
    error = OverflowError if reason == "OverflowError" else GraphError
    with pytest.raises(error, match=None if reason == "OverflowError" else reason):
        graph.trace(function, (2, 4))
    assert perceptron.mac(torch.ones(5), torch.ones(5, 1)).shape == (1,)


def test_examples_are_needed_and_used():
    with pytest.raises(GraphError, match="at least one"):
        graph.trace(perceptron.relu)
    with pytest.raises(GraphError, match="a batch and at least one"):
        graph.trace(perceptron.relu, (3,))
    with pytest.raises(GraphError, match="nothing uses input 1"):
        graph.trace(lambda x, y: perceptron.relu(x), (1, 3), (1, 3))


def test_an_input_has_one_use(on_model):
    matrix = weights(4, 4)

    def function(x):
        return perceptron.add(perceptron.matmul(x, matrix), x)

    with pytest.raises(GraphError, match="takes int8"):
        graph.trace(function, (2, 4))


def test_no_hardware():
    network = graph.trace(perceptron.relu, (2, 4))
    with pytest.raises(RuntimeError, match="init_hardware"):
        network(activations(2, 4))
    assert "ReLU[4]" in str(network)
    assert "3 vertices" in repr(network)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.integers(1, 6), min_size=2, max_size=4),
    st.lists(st.sampled_from(["bias", "branch", "turn"]), min_size=3, max_size=3),
    st.integers(0, 99),
)
def test_random_networks(on_model, sizes, extras, seed):
    hxtorch.release_hardware()
    on_model()
    matrices = [weights(*shape, seed=seed) for shape in itertools.pairwise(sizes)]
    others = [weights(*matrix.shape, seed=seed + 1) for matrix in matrices]

    def function(x):
        for number, (matrix, other, extra) in enumerate(
            zip(matrices, others, extras, strict=False)
        ):
            if number:
                x = perceptron.converting_relu(x, shift=1)
            y = perceptron.matmul(x, matrix, num_sends=25)
            if extra == "bias":
                y = perceptron.add(y, other[0])
            elif extra == "branch":
                y = perceptron.add(y, perceptron.matmul(x, other, num_sends=25))
            else:
                y = y.flip(-1)
            x = y
        return x

    same(function, activations(2, sizes[0], seed=seed))


def test_one_rearrangement_for_equal_uses(on_model):
    on_model()
    one, two = weights(3, 2), weights(3, 2, seed=5)

    def function(x):
        a = perceptron.matmul(x[:, 1:], one, num_sends=20)
        return perceptron.add(a, perceptron.matmul(x[:, 1:], two, num_sends=20))

    network = same(function, activations(2, 4))
    assert len(vertices(network, Rearrangement)) == 1


def test_conversion_keeps_the_steps(on_model):
    on_model()
    kernel = weights(2, 1, 3)

    def function(x):
        return perceptron.converting_relu(perceptron.conv1d(x, kernel, num_sends=30), shift=0)

    network = same(function, activations(2, 1, 5))
    (conversion,) = vertices(network, ConvertingReLU)
    assert conversion.size in (2, 6)
    assert hxtorch.emulation.run_info()["last_run"]["vectors"] == 6
