"""Convolutions against torch's own and against NumPy, in the mock and on an emulated chip."""

import math

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hxtorch
import hxtorch.core.hardware as core
from hxtorch import perceptron
from hxtorch.perceptron import MockParameter, convolution
from tests.reference.hagen_chip import ideal_product

OPERATIONS = {1: perceptron.conv1d, 2: perceptron.conv2d, 3: perceptron.conv3d}
EXACT = {
    1: torch.nn.functional.conv1d,
    2: torch.nn.functional.conv2d,
    3: torch.nn.functional.conv3d,
}


def rand_full(size, mean):
    """Uniform within 20 % of a mean."""
    return ((torch.rand(size) * 0.4 + 0.8) * mean).requires_grad_()


@pytest.fixture(scope="module")
def chip():
    """A chip without mismatch, noise and saturation."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HXEMU_NOISE_SEED", "1")
        hxtorch.init_hardware(ann=True)
    with hxtorch.emulation.silicon(ideal=True):
        yield
    hxtorch.release_hardware()
    core._keep_nominal = False


def rows_of(x, kernel, stride):
    """Every position of a kernel as one row, with a loop."""
    counts = [(n - k) // s + 1 for n, k, s in zip(x.shape[2:], kernel, stride, strict=True)]
    rows = []
    for entry in x:
        for position in np.ndindex(*counts):
            begin = [p * s for p, s in zip(position, stride, strict=True)]
            window = tuple(slice(b, b + k) for b, k in zip(begin, kernel, strict=True))
            rows.append(entry[(slice(None), *window)].ravel())
    return np.array(rows), counts


def ideal_convolution(x, weight, stride, num_sends):
    """What an ideal chip answers, with the splits of the product."""
    rows, counts = rows_of(x, weight.shape[2:], stride)
    product = ideal_product(rows, weight.reshape(len(weight), -1).T, num_sends)
    return np.moveaxis(product.reshape(len(x), *counts, len(weight)), -1, 1)


@st.composite
def geometries(draw, axes=None):
    """Shapes of input and kernel, stride, whether they are strided views."""
    axes = draw(st.integers(1, 3)) if axes is None else axes
    batch, channels, out = draw(st.tuples(*[st.integers(1, 4)] * 3))
    limit = {1: 40, 2: 12, 3: 6}[axes]
    kernel = draw(st.tuples(*[st.integers(1, limit)] * axes))
    extra = draw(st.tuples(*[st.integers(0, limit)] * axes))
    stride = draw(st.tuples(*[st.integers(1, limit)] * axes))
    lengths = tuple(k + e for k, e in zip(kernel, extra, strict=True))
    return (batch, channels, *lengths), (out, channels, *kernel), stride


@given(geometries())
@settings(max_examples=60, deadline=None)
def test_unfolding_equals_a_loop(geometry):
    shape, kernel_shape, stride = geometry
    x = torch.arange(math.prod(shape)).reshape(shape)
    rows = convolution.unfold(x, kernel_shape[2:], stride)
    np.testing.assert_array_equal(rows, rows_of(x.numpy(), kernel_shape[2:], stride)[0])
    assert rows.is_contiguous()


@given(geometries(), st.booleans(), st.integers(1, 4), st.integers(0, 99))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.parametrize("mock", [True, False], ids=["mock", "chip"])
def test_gradients_are_those_of_torch(request, mock, geometry, with_bias, num_sends, seed):
    if not mock:
        request.getfixturevalue("chip")
    shape, kernel_shape, stride = geometry
    generator = torch.Generator().manual_seed(seed)
    leaves = [
        (torch.rand(shape, generator=generator) * 31).requires_grad_(),
        ((torch.rand(kernel_shape, generator=generator) - 0.5) * 126).requires_grad_(),
    ]
    if with_bias:
        leaves.append(torch.rand(kernel_shape[:1], generator=generator).requires_grad_())
    axes = len(stride)
    result = OPERATIONS[axes](*leaves, stride=stride, num_sends=num_sends, mock=mock)
    twins = [leaf.detach().clone().requires_grad_() for leaf in leaves]
    exact = EXACT[axes](*twins, stride=stride)
    assert result.shape == exact.shape
    assert result.is_contiguous()
    weight = torch.rand(exact.shape, generator=generator)
    (result * weight).sum().backward()
    (exact * weight).sum().backward()
    scales = [0.002 * num_sends] * 2 + [1.0]
    for leaf, twin, scale in zip(leaves, twins, scales, strict=False):
        torch.testing.assert_close(leaf.grad, twin.grad * scale, rtol=1e-3, atol=1e-4)


@given(geometries(), st.integers(1, 3), st.integers(0, 99))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_on_ideal_silicon_it_is_the_integer_formula(chip, geometry, num_sends, seed):
    shape, kernel_shape, stride = geometry
    rng = np.random.default_rng(seed)
    x, weight = rng.integers(0, 32, shape), rng.integers(-63, 64, kernel_shape)
    result = OPERATIONS[len(stride)](
        torch.tensor(x).float(), torch.tensor(weight).float(), stride=stride, num_sends=num_sends
    )
    np.testing.assert_array_equal(result, ideal_convolution(x, weight, stride, num_sends))


def test_mock_and_ideal_silicon_agree(chip, noiseless):
    perceptron.set_mock_parameter(MockParameter(noise_std=0, gain=1 / 500))
    x = torch.randint(0, 32, (3, 9, 127)).float()
    weight = torch.randint(-63, 64, (16, 9, 32)).float()
    options = {"stride": 6, "num_sends": 2}
    on_chip = perceptron.conv1d(x, weight, **options)
    # 1/500 has no exact floating-point value
    assert (perceptron.conv1d(x, weight, mock=True, **options) - on_chip).abs().max() <= 3


@pytest.mark.parametrize("mock", [True, False])
def test_listing_of_the_paper(chip, mock):
    x, kernel = rand_full((2, 3, 50), 10), rand_full((4, 3, 7), 20)
    y = hxtorch.conv1d(x, kernel, stride=1, num_sends=6, wait_between_events=25, mock=mock)
    assert y.shape == (2, 4, 44)
    y.sum().backward()
    assert x.grad.shape == x.shape


CASES = [
    # (input, kernel, stride, bias) of the real system's tests
    ((3, 1, 30), (1, 1, 5), 7, None),
    ((2, 1, 128), (14, 1, 43), 5, 1.0),
    ((2, 1, 138), (14, 1, 43), 5, 1.0),
    *(
        ((batch, channels, 30), (out, channels, 5), stride, None)
        for batch in (2, 4)
        for channels in (1, 3, 5)
        for out in (1, 4)
        for stride in (7, 4, 2)
    ),
    *(
        ((2, channels, 30, 60), (out, channels, 5, 10), stride, 0.0)
        for channels in (1, 3)
        for out in (1, 4)
        for stride in ((7, 14), (4, 8))
    ),
]


@pytest.mark.parametrize("mock", [True, False], ids=["mock", "chip"])
@pytest.mark.parametrize(("size", "kernel", "stride", "bias"), CASES)
def test_cases_of_the_real_system(chip, mock, size, kernel, stride, bias):
    axes = len(size) - 2
    x, weight = rand_full(size, 10), rand_full(kernel, 50)
    offset = None if bias is None else torch.full(kernel[:1], bias).requires_grad_()
    result = OPERATIONS[axes](x, weight, offset, stride, mock=mock)
    tx, tw = x.detach().clone().requires_grad_(), weight.detach().clone().requires_grad_()
    tb = None if bias is None else offset.detach().clone().requires_grad_()
    exact = EXACT[axes](tx, tw, tb, stride)
    assert result.shape == exact.shape
    assert result.is_contiguous()
    result.backward(torch.ones_like(result))
    exact.backward(torch.ones_like(exact))
    torch.testing.assert_close(x.grad, tx.grad * 0.002, rtol=1e-3, atol=0)
    torch.testing.assert_close(weight.grad, tw.grad * 0.002, rtol=1e-3, atol=0)
    if bias is not None:
        torch.testing.assert_close(offset.grad, tb.grad)


@given(geometries(axes=1), st.integers(1, 20), st.integers(1, 3), st.booleans())
@settings(max_examples=40, deadline=None)
def test_expansion_equals_the_plain_convolution(geometry, num_expansions, num_sends, with_bias):
    shape, kernel_shape, stride = geometry
    perceptron.set_mock_parameter(MockParameter(noise_std=0, gain=0.0015))
    x, weight = rand_full(shape, 12), rand_full(kernel_shape, 20)
    bias = torch.rand(kernel_shape[0]) if with_bias else None
    options = {"num_sends": num_sends, "mock": True}
    expanded = perceptron.expanded_conv1d(x, weight, bias, stride, num_expansions, **options)
    plain = perceptron.conv1d(x, weight, bias, stride, **options)
    assert expanded.shape == plain.shape
    assert expanded.is_contiguous()
    # every split of 128 rows is rounded on its own
    wide = shape[1] * (kernel_shape[2] + stride[0] * (num_expansions - 1))
    splits = math.ceil(wide / 128) + math.ceil(shape[1] * kernel_shape[2] / 128)
    assert (expanded - plain).abs().max() <= splits
    gradient = torch.rand(plain.shape)
    got = torch.autograd.grad(expanded, (x, weight), gradient)
    wanted = torch.autograd.grad(plain, (x, weight), gradient)
    torch.testing.assert_close(got, wanted, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("mock", [True, False], ids=["mock", "chip"])
@pytest.mark.parametrize(
    ("size", "kernel", "stride", "bias"), [case for case in CASES if len(case[0]) == 3]
)
def test_expanded_cases_of_the_real_system(chip, mock, size, kernel, stride, bias):
    if mock:
        perceptron.set_mock_parameter(MockParameter(gain=0.0015, noise_std=0))
    x, weight = rand_full(size, 10), rand_full(kernel, 50)
    offset = None if bias is None else torch.full(kernel[:1], bias)
    options = {"num_sends": 4, "mock": mock}
    result = perceptron.expanded_conv1d(x, weight, offset, stride, 18, **options)
    plain = perceptron.conv1d(x, weight, offset, stride, **options)
    channels, length = size[1], kernel[2]
    rows = math.ceil((channels * stride * 18 + length) / 128)
    assert (result - plain).abs().max() <= max(rows, math.ceil(kernel[0] / 256))
    exact_x = x.detach().clone().requires_grad_()
    exact = torch.nn.functional.conv1d(exact_x, weight.detach(), offset, stride)
    result.backward(torch.ones_like(result))
    exact.backward(torch.ones_like(exact))
    scale = perceptron.get_mock_parameter().gain * 4
    torch.testing.assert_close(x.grad, exact_x.grad * scale, rtol=1e-3, atol=0)


def test_expansion_needs_fewer_vectors(chip):
    x = torch.randint(0, 32, (5, 9, 127)).float()
    weight = torch.randint(-63, 64, (16, 9, 32)).float()
    vectors = []
    for run in (
        lambda: perceptron.conv1d(x, weight, stride=6),
        lambda: perceptron.expanded_conv1d(x, weight, stride=6, num_expansions=16),
    ):
        assert run().shape == (5, 16, 16)
        vectors.append(hxtorch.emulation.run_info()["last_run"]["vectors"])
    # 16 positions, two chip runs for 288 rows; one position, five chip runs for 1098 rows
    assert vectors == [5 * 16 * 2, 5 * 5]


@pytest.mark.parametrize("mock", [True, False], ids=["mock", "chip"])
def test_views_read_their_own_data(chip, noiseless, mock):
    whole = torch.randint(0, 32, (6, 4, 40)).float()
    weight = torch.randint(-63, 64, (5, 2, 7)).float()
    for view in (
        whole[1:, 2:],
        whole[:, ::2],
        whole[:, 1:3, 5:],
        whole.transpose(0, 1)[:, :2],
        whole[:1, :2].expand(3, 2, 40),
        whole[:, :2].flip(2),
    ):
        for kernel in (weight, weight.flip(0).transpose(0, 1).contiguous().transpose(0, 1)):
            result = perceptron.conv1d(view, kernel, stride=2, num_sends=2, mock=mock)
            copied = perceptron.conv1d(
                view.contiguous(), kernel.contiguous(), stride=2, num_sends=2, mock=mock
            )
            assert torch.equal(result, copied)


def test_mock_in_double_precision(noiseless):
    x = (torch.rand(2, 3, 20, dtype=torch.float64) * 31).requires_grad_()
    weight = torch.full((4, 3, 5), 20.0, dtype=torch.float64, requires_grad=True)
    perceptron.conv1d(x, weight, mock=True).sum().backward()
    assert x.grad.dtype == weight.grad.dtype == torch.float64


def test_gradient_uses_the_gain_of_the_backward_pass():
    x = rand_full((1, 1, 10), 12)
    result = perceptron.conv1d(x, torch.ones(1, 1, 10), mock=True)
    perceptron.set_mock_parameter(MockParameter(gain=0.5))
    result.sum().backward()
    torch.testing.assert_close(x.grad, torch.full((1, 1, 10), 0.5))


class Watched(torch.Tensor):
    """A tensor that notes which functions it meets."""

    met: list = []

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        cls.met.append(func)
        return super().__torch_function__(func, types, args, kwargs or {})


def test_stand_ins_of_tensors_see_every_operation(noiseless):
    x = torch.randint(0, 32, (3, 2, 20)).float()
    weight, bias = torch.randint(-63, 64, (4, 2, 5)).float(), torch.rand(4)

    def network(x):
        y = perceptron.conv1d(x, weight, stride=3, num_sends=4, mock=True)
        y = perceptron.converting_relu(perceptron.add(y, bias[:, None], mock=True), mock=True)
        y = perceptron.relu(y, mock=True).flatten(1)
        y = perceptron.matmul(y, weight.view(8, 5).repeat(3, 1), mock=True)
        return perceptron.argmax(y, dim=1, mock=True)

    Watched.met = []
    result = network(x.as_subclass(Watched))
    assert torch.equal(result, network(x))
    operations = (perceptron.mac, perceptron.add, perceptron.relu, perceptron.argmax)
    operations += (perceptron.converting_relu,)
    named = [function.__name__ for function in Watched.met if function in operations]
    assert named == ["mac", "add", "converting_relu", "relu", "mac", "argmax"]
