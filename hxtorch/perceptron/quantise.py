"""From tensors to the hardware's integers, with every check of the values."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from hxtorch.errors import ArgumentError, ElementRangeError, NonFiniteError, TensorTypeError
from hxtorch.execution import _stream
from hxtorch.perceptron import constants

INPUT = (constants.input_activation_min, constants.input_activation_max)
WEIGHT = (constants.synaptic_weight_min, constants.synaptic_weight_max)
#: Functions of `hxtorch.perceptron.nn` that scale a tensor into these limits.
_SCALE = {INPUT: "scale_input", WEIGHT: "scale_weight"}


def check_integer(name: str, value: Any, allowed: str = "an integer") -> int:
    """Return `value` as an int.

    Raises
    ------
    TypeError
        Not an integer.
    """
    try:
        return operator.index(value)
    except TypeError:
        raise ArgumentError(name, value, allowed) from None


def check_count(name: str, value: Any) -> int:
    """Return `value` as an int.

    Raises
    ------
    TypeError
        Not an integer, or negative.
    """
    allowed = "a non-negative integer"
    count = check_integer(name, value, allowed)
    if count < 0:
        raise ArgumentError(name, value, allowed)
    return count


def check_tensor(name: str, value: Any) -> None:
    """Refuse what is no tensor.

    Raises
    ------
    TypeError
        A list, a NumPy array, ...
    """
    if not isinstance(value, torch.Tensor):
        raise ArgumentError(name, type(value).__name__, "torch.Tensor, as torch.as_tensor makes")


def _out_of_range(name: str, value: float, limits: tuple[int, int]) -> ElementRangeError:
    low, high = limits
    return ElementRangeError(name, value, f"{low}..{high} after rounding", _SCALE[limits])


def check_hardware_tensor(name: str, tensor: torch.Tensor) -> None:
    """Refuse what is not a dense float32 tensor in host memory.

    Raises
    ------
    RuntimeError
        Another element type, device or layout.
    """
    if (
        tensor.dtype is not torch.float32
        or tensor.device.type != "cpu"
        or tensor.layout is not torch.strided
    ):
        raise TensorTypeError(
            f"{name} is a {tensor.dtype} tensor on {tensor.device} ({tensor.layout}); "
            "the hardware path takes dense torch.float32 tensors on the cpu"
        )


def check_finite(name: str, tensor: torch.Tensor) -> None:
    """Refuse NaN and infinities.

    Raises
    ------
    ValueError
        An element is not finite.
    """
    # the sum is finite for all but gigantic tensors of finite numbers: the quick way
    if tensor.is_floating_point() and not torch.isfinite(tensor.sum()):
        bad = tensor[~torch.isfinite(tensor)]
        if bad.numel():
            raise NonFiniteError(name, bad[0].item())


def to_int8(name: str, tensor: torch.Tensor, limits: tuple[int, int]) -> npt.NDArray[np.int8]:
    """Round to integers, half away from zero.

    Parameters
    ----------
    name : str
        What the tensor is, for errors.
    tensor : tensor of float32
        Any shape and strides.
    limits : (int, int)
        Smallest and largest allowed integer after rounding: `INPUT` or `WEIGHT`.

    Returns
    -------
    array of int8
        In the shape of the tensor, C-contiguous.

    Raises
    ------
    OverflowError
        A value rounds to an integer outside of the limits.
    ValueError
        NaN or infinite values.
    RuntimeError
        Not a dense float32 tensor on the CPU.
    """
    check_hardware_tensor(name, tensor)
    values = tensor.detach().contiguous().numpy()
    result: npt.NDArray[np.int8] = np.empty(values.shape, dtype=np.int8)
    low, high = limits
    if not _stream.quantise(values.reshape(-1), low, high, result.reshape(-1)):
        check_finite(name, tensor.detach())
        outside = values[(values <= low - 0.5) | (values >= high + 0.5)]
        raise _out_of_range(name, outside[0].item(), limits)
    return result


def to_float32(values: npt.NDArray[np.int8]) -> torch.Tensor:
    """Return integers as a tensor of float32 in the same shape.

    In this thread: torch would share the work among its own, which want the cores that the
    emulator has.
    """
    tensor = torch.empty(values.shape, dtype=torch.float32)
    _stream.to_float(np.ascontiguousarray(values).reshape(-1), tensor.numpy().reshape(-1))
    return tensor


def round_for_mock(name: str, tensor: torch.Tensor, limits: tuple[int, int]) -> torch.Tensor:
    """Round to integers, half to even, and check the range; any device and float type.

    Raises
    ------
    OverflowError
        A value rounds to an integer outside of the limits.
    ValueError
        NaN or infinite values.
    """
    check_finite(name, tensor)
    rounded = tensor.round()
    if rounded.numel():
        low, high = limits
        smallest, largest = (value.item() for value in rounded.aminmax())
        if smallest < low or largest > high:
            raise _out_of_range(name, smallest if smallest < low else largest, limits)
    return rounded


def floor_to_int8(tensor: torch.Tensor) -> torch.Tensor:
    """Floor, then clamp to [-128, 127]; keeps the element type."""
    return tensor.floor().clamp_(constants.output_activation_min, constants.output_activation_max)
