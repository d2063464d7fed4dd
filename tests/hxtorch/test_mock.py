"""Mock mode of the operations against NumPy and torch."""

import numpy as np
import pytest
import torch

import hxtorch
from hxtorch import perceptron
from hxtorch.perceptron import MockParameter, constants
from hxtorch.perceptron.constants import defaults


def rand_full(size, mean):
    """Uniform within 20 % of a mean."""
    return ((torch.rand(size) * 0.4 + 0.8) * mean).requires_grad_()


def reference_mac(x, weights, gain, num_sends):
    """The mock's formula without noise, in 64-bit NumPy."""
    total = np.zeros((len(x), weights.shape[1]))
    for begin in range(0, len(weights), 128):
        part = np.rint(x[:, begin : begin + 128]) @ np.rint(weights[begin : begin + 128])
        total += np.clip(np.floor(part * (num_sends * gain)), -128, 127)
    return np.clip(total, -128, 127)


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 128, 5), (4, 129, 7), (10, 600, 33)])
@pytest.mark.parametrize("num_sends", [1, 3])
def test_formula(noiseless, shape, num_sends):
    batch, rows, columns = shape
    rng = np.random.default_rng(5)
    # a power of two, so that single precision is exact before the floor
    perceptron.set_mock_parameter(MockParameter(noise_std=0, gain=2**-9))
    x = rng.random((batch, rows)).astype(np.float32) * 31
    weights = (rng.random((rows, columns)).astype(np.float32) - 0.5) * 126
    result = perceptron.mac(
        torch.from_numpy(x), torch.from_numpy(weights), num_sends=num_sends, mock=True
    )
    np.testing.assert_array_equal(result, reference_mac(x, weights, 2**-9, num_sends))


def test_rounds_half_to_even(noiseless):
    perceptron.set_mock_parameter(MockParameter(noise_std=0, gain=1.0))
    x = torch.tensor([[0.5], [1.5], [2.5]])
    assert perceptron.mac(x, torch.ones(1, 1), mock=True).flatten().tolist() == [0, 2, 2]
    weights = torch.tensor([[0.5, 1.5, 2.5, -0.5, -2.5]])
    assert perceptron.mac(torch.ones(1), weights, mock=True).tolist() == [0, 2, 2, 0, -2]


def test_saturates_per_split_and_once_more(noiseless):
    perceptron.set_mock_parameter(MockParameter(noise_std=0, gain=1.0))
    x = torch.full((256,), 31.0)
    weights = torch.full((256, 1), 63.0)
    assert perceptron.mac(x, weights, mock=True).item() == 127
    weights[:128] = -63
    # -128 + 127, not the zero that the exact sum would give
    assert perceptron.mac(x, weights, mock=True).item() == -1


def test_noise_is_independent_per_split():
    perceptron.set_mock_parameter(MockParameter(noise_std=3.0))
    x = torch.zeros(4000, 256)
    result = perceptron.mac(x, torch.zeros(256, 2), mock=True)
    # two splits: variance 2 * (9 + 1/12 of the floor), mean 2 * -0.5
    assert result.std(dim=0).numpy() == pytest.approx(np.sqrt(2 * (9 + 1 / 12)), rel=0.05)
    assert result.mean().item() == pytest.approx(-1, abs=0.15)
    assert abs(np.corrcoef(result.numpy().T)[0, 1]) < 0.06


def test_noise_and_gain():
    result = perceptron.matmul(
        torch.full((100, 128), 12.0), torch.full((128, 256), 15.0), mock=True
    )
    assert result.median().item() / (12 * 15 * 128) == pytest.approx(0.002, rel=0.25)
    assert result.std(dim=0).mean() <= 4


@pytest.mark.parametrize(
    ("size", "other_size"),
    [
        ((128,), (128,)),
        ((128,), (128, 5)),
        ((7, 128), (128,)),
        ((7, 128), (128, 5)),
        ((2, 3, 128), (128,)),
        ((2, 3, 128), (128, 5)),
        ((2, 1, 128), (128,)),
    ],
)
def test_matmul_shapes_and_gradients(size, other_size):
    x, other = rand_full(size, 12), rand_full(other_size, 15)
    result = perceptron.matmul(x, other, num_sends=2, mock=True)
    expected = torch.matmul(x.detach().requires_grad_(), other.detach().requires_grad_())
    assert result.shape == expected.shape
    assert result.is_contiguous()
    weight = torch.rand(result.shape)
    (result * weight).sum().backward()
    tx, tother = x.detach().clone().requires_grad_(), other.detach().clone().requires_grad_()
    (torch.matmul(tx, tother) * weight).sum().backward()
    torch.testing.assert_close(x.grad, tx.grad * 0.004, rtol=1e-3, atol=1e-6)
    torch.testing.assert_close(other.grad, tother.grad * 0.004, rtol=1e-3, atol=1e-6)


def test_matmul_of_strided_tensors():
    x, other = rand_full((128, 7), 12), rand_full((5, 128), 15)
    perceptron.set_mock_parameter(MockParameter(noise_std=0))
    result = perceptron.matmul(x.t(), other.t(), mock=True)
    torch.testing.assert_close(
        result, perceptron.matmul(x.t().contiguous(), other.t().contiguous(), mock=True)
    )
    result.sum().backward()
    assert x.grad.shape == x.shape


def test_gradient_uses_the_gain_of_the_backward_pass():
    x = rand_full((3, 10), 12)
    result = perceptron.mac(x, torch.ones(10, 2), mock=True)
    perceptron.set_mock_parameter(MockParameter(gain=0.5))
    result.sum().backward()
    torch.testing.assert_close(x.grad, torch.ones(3, 10))


def test_gradient_in_double_precision():
    x = rand_full((3, 10), 12).double().detach().requires_grad_()
    weights = rand_full((10, 2), 12).double().detach().requires_grad_()
    perceptron.mac(x, weights, mock=True).sum().backward()
    assert x.grad.dtype == weights.grad.dtype == torch.float64


@pytest.mark.parametrize(
    ("x", "weights", "error"),
    [
        (torch.ones(5), torch.ones(5, 3, 4), RuntimeError),
        (torch.ones(2, 2, 5), torch.ones(5, 3), RuntimeError),
        (torch.ones(4), torch.ones(5, 3), RuntimeError),
        (torch.ones(0, 5), torch.ones(5, 3), RuntimeError),
        (torch.full((5,), -2.0), torch.ones(5, 3), OverflowError),
        (torch.full((5,), 32.0), torch.ones(5, 3), OverflowError),
        (torch.ones(5), torch.full((5, 3), 65.0), OverflowError),
        (torch.ones(5), torch.full((5, 3), 64.0), OverflowError),
        (torch.ones(5), torch.full((5, 3), -64.0), OverflowError),
        (torch.full((5,), torch.nan), torch.ones(5, 3), ValueError),
        (torch.ones(5), torch.full((5, 3), torch.inf), ValueError),
    ],
)
@pytest.mark.parametrize("mock", [True, False])
def test_mac_refuses(x, weights, error, mock):
    # on hardware, too, before the missing connection is noticed
    with pytest.raises(error) as caught:
        perceptron.mac(x, weights, mock=mock)
    assert "init_hardware" not in str(caught.value)


@pytest.mark.parametrize("value", [None, 1.5, -1, "1"])
@pytest.mark.parametrize("name", ["num_sends", "wait_between_events"])
def test_counts_must_be_non_negative_integers(name, value):
    with pytest.raises(TypeError, match=name):
        perceptron.mac(torch.ones(5), torch.ones(5, 3), mock=True, **{name: value})


def test_recording_is_refused():
    with pytest.raises(RuntimeError, match="mock"):
        perceptron.mac(torch.ones(5), torch.ones(5, 3), mock=True, madc_recording_path="a")
    with pytest.raises(RuntimeError, match="init_hardware"):
        perceptron.mac(torch.ones(5), torch.ones(5, 3), madc_recording_path="a")


@pytest.mark.parametrize(
    ("size", "other"), [((), (3,)), ((3,), ()), ((3,), (3, 2, 2)), ((2, 3), (4, 2))]
)
def test_matmul_refuses_dimensions(size, other):
    with pytest.raises(RuntimeError):
        perceptron.matmul(torch.ones(size), torch.ones(other), mock=True)


@pytest.mark.parametrize(
    "operation",
    [
        lambda: perceptron.mac(torch.ones(5), torch.ones(5, 3)),
        lambda: perceptron.matmul(torch.ones(5), torch.ones(5, 3)),
        lambda: perceptron.relu(torch.ones(5)),
        lambda: perceptron.converting_relu(torch.ones(5)),
        lambda: perceptron.add(torch.ones(5), torch.ones(5)),
        lambda: perceptron.argmax(torch.ones(5)),
        perceptron.measure_mock_parameter,
        hxtorch.get_unique_identifier,
        hxtorch.emulation.run_info,
        lambda: hxtorch.emulation.silicon(ideal=True).__enter__(),
    ],
)
def test_without_hardware_operations_say_so(operation):
    with pytest.raises(RuntimeError, match="init_hardware"):
        operation()


def test_relu(noiseless):
    x = torch.arange(-63.0, 65).requires_grad_()
    y = perceptron.relu(x, mock=True)
    assert torch.equal(y, torch.relu(x))
    y.sum().backward()
    assert torch.equal(x.grad, (x > 0).float())
    shaped = rand_full((2, 3, 128), 20)
    assert (perceptron.relu(shaped, mock=True) - shaped).abs().max() < 1
    assert perceptron.relu(torch.tensor([300.0, 5.9]), mock=True).tolist() == [127, 5]


def test_converting_relu():
    x = torch.arange(-63.0, 127).requires_grad_()
    y = perceptron.converting_relu(x, mock=True)
    expected = np.minimum(np.maximum(np.arange(-63, 127), 0) >> 2, 31)
    np.testing.assert_array_equal(y.detach(), expected)
    y.sum().backward()
    assert torch.equal(x.grad, (x > 0) / 4)
    assert perceptron.converting_relu(torch.tensor(127.0), shift=1, mock=True).item() == 31
    assert perceptron.converting_relu(torch.tensor(3.0), shift=-1, mock=True).item() == 6


@pytest.mark.parametrize(
    ("size", "other"), [((3, 128), (128,)), ((128,), (128,)), ((128,), (3, 128)), ((3, 1), (3,))]
)
def test_add(size, other):
    x, y = rand_full(size, 20), rand_full(other, 30)
    total = perceptron.add(x, y, mock=True)
    assert torch.equal(total, x.floor() + y.floor())
    total.sum().backward()
    tx, ty = x.detach().clone().requires_grad_(), y.detach().clone().requires_grad_()
    (tx + ty).sum().backward()
    assert torch.equal(x.grad, tx.grad)
    assert torch.equal(y.grad, ty.grad)


def test_add_saturates():
    x = torch.tensor([100.0, -100, 300, 1.9])
    y = torch.tensor([100.0, -100, -300, 1.9])
    assert perceptron.add(x, y, mock=True).tolist() == [127, -128, -1, 2]
    with pytest.raises(RuntimeError, match="alpha"):
        perceptron.add(x, y, alpha=2, mock=True)


@pytest.mark.parametrize("size", [(123,), (45, 56), (12, 45, 8)])
def test_argmax(size):
    x = rand_full(size, 20).detach().round()
    assert torch.equal(perceptron.argmax(x, mock=True), x.argmax())
    for dim in range(len(size)):
        for keepdim in (False, True):
            result = perceptron.argmax(x, dim, keepdim, mock=True)
            assert torch.equal(result, x.argmax(dim, keepdim))
            assert result.dtype == torch.int64


@pytest.mark.parametrize("function", ["relu", "converting_relu", "argmax"])
def test_elementwise_operations_refuse_nan(function):
    with pytest.raises(ValueError, match="nan"):
        getattr(perceptron, function)(torch.tensor([1.0, torch.nan]), mock=True)


def test_mock_parameter():
    assert MockParameter(gain=defaults.gain, noise_std=defaults.noise_std) == MockParameter()
    assert repr(MockParameter()) == "MockParameter(noise_std=2.000000, gain=0.002000)"
    parameter = MockParameter(gain=0.0043)
    perceptron.set_mock_parameter(parameter)
    assert perceptron.get_mock_parameter() == parameter
    perceptron.get_mock_parameter().gain = 0.5
    parameter.gain = 0.7
    assert perceptron.get_mock_parameter().gain == 0.0043


@pytest.mark.parametrize("gain", [2000, 0, -0.1, 1.0001, float("nan")])
def test_gain_beyond_its_range(gain):
    with pytest.raises(OverflowError, match="gain"):
        perceptron.set_mock_parameter(MockParameter(gain=gain))


def test_constants():
    assert (constants.synaptic_weight_min, constants.synaptic_weight_max) == (-63, 63)
    assert (constants.input_activation_min, constants.input_activation_max) == (0, 31)
    assert (constants.output_activation_min, constants.output_activation_max) == (-128, 127)
    assert (constants.hardware_matrix_height, constants.hardware_matrix_width) == (128, 256)
    assert constants.defaults.wait_between_events == 5


def test_operators_are_registered_with_torch():
    perceptron.set_mock_parameter(MockParameter(noise_std=0))
    x, weights = rand_full((3, 20), 12), rand_full((20, 4), 20)
    ops = torch.ops.hxtorch_perceptron
    result = ops.mac(x, weights, num_sends=3, mock=True)
    assert torch.equal(result, perceptron.mac(x, weights, num_sends=3, mock=True))
    result.sum().backward()
    assert x.grad is not None
    assert torch.equal(ops.matmul(x, weights, mock=True), perceptron.mac(x, weights, mock=True))
    assert torch.equal(ops.relu(x, mock=True), perceptron.relu(x, mock=True))
    assert torch.equal(ops.add(x, x, mock=True), perceptron.add(x, x, mock=True))
    assert torch.equal(ops.argmax(x, 1, mock=True), perceptron.argmax(x, 1, mock=True))
    assert torch.equal(
        ops.converting_relu(x, shift=1, mock=True), perceptron.converting_relu(x, 1, mock=True)
    )
