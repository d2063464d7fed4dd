"""Rounding and range checks on the way to the hardware's integers."""

import numpy as np
import pytest
import torch

from hxtorch.errors import NonFiniteError, RangeError
from hxtorch.perceptron.quantise import (
    INPUT,
    WEIGHT,
    check_finite,
    floor_to_int8,
    to_float32,
    to_int8,
)


def half_away(values):
    return np.sign(values) * np.floor(np.abs(values.astype(np.float64)) + 0.5)


def test_rounds_half_away_from_zero_at_every_half_and_its_neighbours():
    halves = np.arange(-63, 63, dtype=np.float32) + np.float32(0.5)
    values = np.concatenate(
        [halves, np.nextafter(halves, np.float32(-99)), np.nextafter(halves, np.float32(99))]
    )
    rounded = to_int8("weights", torch.from_numpy(values), WEIGHT)
    np.testing.assert_array_equal(rounded, half_away(values))


def test_rounds_random_values():
    values = (np.random.default_rng(3).random(100_000, dtype=np.float32) - 0.5) * 126
    rounded = to_int8("weights", torch.from_numpy(values), WEIGHT)
    np.testing.assert_array_equal(rounded, half_away(values))


@pytest.mark.parametrize(
    ("limits", "inside", "outside"),
    [(INPUT, (-0.49, 31.49), (-0.5, 31.5)), (WEIGHT, (-63.49, 63.49), (-63.5, 63.5))],
)
def test_limits_hold_after_rounding(limits, inside, outside):
    assert tuple(to_int8("x", torch.tensor(inside), limits)) == limits
    for value in outside:
        with pytest.raises(OverflowError, match=r"x is .*allowed") as error:
            to_int8("x", torch.tensor([1.0, value]), limits)
        assert isinstance(error.value, RangeError)
        assert error.value.value == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_non_finite_values_are_refused(value):
    tensor = torch.tensor([1.0, 2.0, value, 99.0])
    with pytest.raises(NonFiniteError) as error:
        to_int8("x", tensor, INPUT)
    assert isinstance(error.value, ValueError)
    assert str(error.value.value) == str(value)
    with pytest.raises(ValueError, match="finite"):
        check_finite("x", tensor)


def test_strided_and_expanded_tensors():
    base = torch.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(to_int8("x", base.t(), INPUT), base.t().numpy())
    np.testing.assert_array_equal(
        to_int8("x", torch.tensor([5.0]).expand(3, 4), INPUT), np.full((3, 4), 5)
    )
    np.testing.assert_array_equal(to_int8("x", base[1:, ::2], INPUT), base[1:, ::2].numpy())


@pytest.mark.parametrize("dtype", [torch.float64, torch.int32, torch.float16])
def test_other_element_types_are_refused(dtype):
    with pytest.raises(RuntimeError, match="float32"):
        to_int8("x", torch.ones(3, dtype=dtype), INPUT)


def test_elementwise_quantisation_floors_and_clamps():
    values = torch.tensor([-200.0, -128.5, -0.1, 0.9, 127.9, 300.0])
    assert floor_to_int8(values).tolist() == [-128, -128, -1, 0, 127, 127]


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 256])
def test_integers_to_floats(count):
    values = np.arange(-128, 128, dtype=np.int8)[:count]
    tensor = to_float32(values)
    assert tensor.dtype is torch.float32
    assert tensor.tolist() == values.tolist()
    assert to_float32(np.tile(values, (3, 1))).shape == (3, count)
    assert to_float32(values[::2]).tolist() == values[::2].tolist()
