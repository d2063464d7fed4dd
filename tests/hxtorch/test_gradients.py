"""Gradients of products and elementwise operations against torch's own, for random shapes."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hxtorch
import hxtorch.core.hardware as core
from hxtorch import perceptron
from tests.reference.hagen_chip import ideal_product


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


@pytest.fixture(params=[True, False], ids=["mock", "chip"])
def mock(request):
    """Work in the mock, or on the chip."""
    if not request.param:
        request.getfixturevalue("chip")
    return request.param


def compare(ours, exact, *leaves, scales):
    """Compare the gradients of two functions of the same leaves."""
    twins = [leaf.detach().clone().requires_grad_() for leaf in leaves]
    result, wanted = ours(*leaves), exact(*twins)
    assert result.shape == wanted.shape
    weight = torch.rand(wanted.shape)
    (result * weight).sum().backward()
    (wanted * weight).sum().backward()
    for leaf, twin, scale in zip(leaves, twins, scales, strict=True):
        assert leaf.grad.shape == leaf.shape
        torch.testing.assert_close(leaf.grad, twin.grad * scale, rtol=1e-3, atol=1e-4)


random_shapes = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
lead = st.lists(st.integers(1, 4), max_size=3).map(tuple)


@random_shapes
@given(lead, st.integers(1, 300), st.integers(0, 300), st.integers(1, 3), st.booleans())
def test_matmul(mock, batch, rows, columns, num_sends, strided):
    x = torch.rand(*batch, rows) * 31
    weights = (torch.rand(rows, columns) - 0.5) * 126 if columns else torch.rand(rows) * 63
    if strided and columns:
        weights = weights.t().contiguous().t()
    compare(
        lambda a, b: perceptron.matmul(a, b, num_sends=num_sends, mock=mock),
        torch.matmul,
        x.requires_grad_(),
        weights.requires_grad_(),
        scales=[0.002 * num_sends] * 2,
    )


@random_shapes
@given(st.integers(0, 5), st.integers(1, 300), st.integers(1, 300))
def test_mac(mock, batch, rows, columns):
    compare(
        lambda a, b: perceptron.mac(a, b, mock=mock),
        torch.matmul,
        (torch.rand(batch, rows) if batch else torch.rand(rows)).mul(31).requires_grad_(),
        (torch.rand(rows, columns) * 63).requires_grad_(),
        scales=[0.002] * 2,
    )


@random_shapes
@given(lead, st.integers(1, 50), st.integers(0, 4))
def test_rectifications(mock, batch, size, shift):
    x = (torch.rand(*batch, size) - 0.5) * 300
    compare(
        lambda a: perceptron.relu(a, mock=mock),
        torch.relu,
        x.clone().requires_grad_(),
        scales=[1],
    )
    compare(
        lambda a: perceptron.converting_relu(a, shift, mock=mock),
        lambda a: torch.relu(a) / 2**shift,
        x.clone().requires_grad_(),
        scales=[1],
    )


@random_shapes
@given(st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=4), st.data())
def test_add(mock, axes, data):
    size = tuple(length for length, _ in axes)
    # broadcast along some axes, without some of the leading ones
    other = tuple(1 if once else length for length, once in axes)
    other = other[data.draw(st.integers(0, len(axes) - 1)) :]
    compare(
        lambda a, b: perceptron.add(a, b, mock=mock),
        torch.add,
        (torch.rand(size) * 40).requires_grad_(),
        (torch.rand(other) * 40).requires_grad_(),
        scales=[1, 1],
    )


@random_shapes
@given(lead, st.integers(1, 50), st.booleans(), st.data())
def test_argmax_is_the_first_maximum(mock, batch, size, keepdim, data):
    x = torch.randint(0, 5, (*batch, size)).float()
    dim = data.draw(st.integers(0, x.dim() - 1))
    result = perceptron.argmax(x, dim, keepdim, mock=mock)
    first = torch.from_numpy(np.asarray(x.numpy().argmax(axis=dim, keepdims=keepdim)))
    assert torch.equal(result, first)
    assert not result.requires_grad


@random_shapes
@given(st.integers(1, 5), st.integers(1, 500), st.integers(1, 900), st.integers(0, 99))
def test_column_splits_equal_the_undivided_product(chip, batch, rows, columns, seed):
    rng = np.random.default_rng(seed)
    x, weights = rng.integers(0, 32, (batch, rows)), rng.integers(-63, 64, (rows, columns))
    a, b = torch.tensor(x).float(), torch.tensor(weights).float()
    whole = perceptron.matmul(a, b)
    cut = int(rng.integers(0, columns))
    parts = [perceptron.matmul(a, part) for part in (b[:, :cut], b[:, cut:]) if part.numel()]
    assert torch.equal(whole, torch.cat(parts, dim=1))
    # row splits: each block of 128 rows is floored and clamped, and so is the sum
    np.testing.assert_array_equal(whole, ideal_product(x, weights))
