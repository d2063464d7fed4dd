"""Operations on 8-bit results: addition, rectification, index of the maximum.

All quantise with floor, then clamp to [-128, 127]. On hardware they are vertices of the data-flow
graph that the executor computes on the host, as on the real system; so they need an initialised
connection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import (
    handle_torch_function,
    has_torch_function,
    has_torch_function_unary,
)

from hxtorch.errors import ParameterError, ShapeError, TraceError
from hxtorch.graph import Addition, ArgMax, ConvertingReLU, ReLU
from hxtorch.perceptron import sequence, tracer
from hxtorch.perceptron.constants import (
    input_activation_max,
    output_activation_max,
    output_activation_min,
)
from hxtorch.perceptron.mock import is_mocked
from hxtorch.perceptron.quantise import (
    check_finite,
    check_hardware_tensor,
    check_integer,
    check_tensor,
    floor_to_int8,
)


def _check(name: str, tensor: torch.Tensor, mock: bool) -> None:
    check_tensor(name, tensor)
    if not mock:
        check_hardware_tensor(name, tensor)
    check_finite(name, tensor)


def _check_input(tensor: torch.Tensor, mock: bool) -> None:
    _check("input", tensor, mock)
    if not mock:
        tracer.check_input(tensor)


def _check_at_least_1d(tensor: torch.Tensor, mock: bool) -> None:
    _check_input(tensor, mock)
    if not mock and tensor.dim() == 0:
        raise ShapeError("input has 0 dimensions; allowed: at least 1")


def _transform(
    make: Callable[[int], ReLU | ConvertingReLU | Addition | ArgMax], *inputs: torch.Tensor
) -> torch.Tensor:
    """Let the executor compute along the last axis of tensors of equal shape."""
    from hxtorch.core.hardware import hardware_for_operation
    from hxtorch.execution.executor import run_transformation

    hardware = hardware_for_operation()
    shape = inputs[0].shape
    if 0 in shape:
        return torch.empty(shape)
    integers = [floor_to_int8(x.detach()).to(torch.int8) for x in inputs]
    rows = [x.reshape(-1, shape[-1]).numpy() for x in integers]
    result = torch.from_numpy(run_transformation(hardware, make(shape[-1]), *rows))
    return result.reshape(*shape[:-1], -1)


class _Relu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, mock: bool) -> torch.Tensor:
        ctx.save_for_backward(x)
        return floor_to_int8(x).clamp_(min=0) if mock else _transform(ReLU, x).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        (x,) = ctx.saved_tensors
        return gradients[0] * (x > 0), None


class _ConvertingRelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, shift: int, mock: bool) -> torch.Tensor:
        ctx.save_for_backward(x)
        ctx.scale = 2.0**shift
        if not mock:
            return _transform(lambda size: ConvertingReLU(size, shift), x).to(x.dtype)
        positive = floor_to_int8(x).clamp_(min=0)
        return positive.div_(ctx.scale).floor_().clamp_(0, input_activation_max)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (x,) = ctx.saved_tensors
        return gradients[0] * (x > 0) / ctx.scale, None, None


class _Add(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, y: torch.Tensor, mock: bool) -> torch.Tensor:
        ctx.shapes = x.shape, y.shape
        if not mock:
            return _transform(Addition, x, y.expand(x.shape)).to(x.dtype)
        total = floor_to_int8(x) + floor_to_int8(y)
        return total.clamp_(output_activation_min, output_activation_max)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        x_shape, y_shape = ctx.shapes
        return gradients[0].sum_to_size(x_shape), gradients[0].sum_to_size(y_shape), None


def relu(input: torch.Tensor, mock: bool = False) -> torch.Tensor:
    """Rectify: ``max(q, 0)`` of the quantised input.

    Parameters
    ----------
    input : tensor
        Values in LSB.
    mock : bool
        Work without hardware.

    Returns
    -------
    tensor
        Integers 0..127 in the shape and element type of the input.

    Raises
    ------
    RuntimeError
        No hardware is initialised, or (on hardware) a 0-D or non-float32 input.
    ValueError
        NaN or infinite values.
    """
    mock = is_mocked(mock)
    if has_torch_function_unary(input):
        return handle_torch_function(relu, (input,), input, mock=mock)
    _check_at_least_1d(input, mock)
    result: torch.Tensor = _Relu.apply(input, mock)
    if not mock:
        tracer.record(sequence.ReLU, result)
    return result


def converting_relu(input: torch.Tensor, shift: int = 2, mock: bool = False) -> torch.Tensor:
    """Rectify and convert to activations: ``min(max(q, 0) >> shift, 31)``.

    Parameters
    ----------
    input : tensor
        Values in LSB.
    shift : int
        Number of bits to shift right; at least 0 on hardware.
    mock : bool
        Work without hardware.

    Returns
    -------
    tensor
        Integers 0..31 in the shape and element type of the input. The gradient is not masked
        where the result is clipped at 31.

    Raises
    ------
    RuntimeError
        No hardware is initialised, `shift` is negative, or (on hardware) a 0-D or non-float32
        input.
    TypeError
        `shift` is no integer.
    ValueError
        NaN or infinite values.
    """
    shift = check_integer("shift", shift)
    mock = is_mocked(mock)
    if has_torch_function_unary(input):
        return handle_torch_function(converting_relu, (input,), input, shift=shift, mock=mock)
    _check_at_least_1d(input, mock)
    if not mock and shift < 0:
        raise ParameterError("shift", shift, "at least 0 on hardware")
    result: torch.Tensor = _ConvertingRelu.apply(input, shift, mock)
    if not mock:
        tracer.record(lambda: sequence.ConvertingReLU(shift), result)
    return result


def add(
    input: torch.Tensor, other: torch.Tensor, alpha: float = 1, mock: bool = False
) -> torch.Tensor:
    """Add with saturation: ``clamp(q(input) + q(other), -128, 127)``.

    Parameters
    ----------
    input : tensor
        Values in LSB.
    other : tensor
        Values in LSB; broadcast to the shape of `input` (mock: both as in torch).
    alpha : float
        Must be 1.
    mock : bool
        Work without hardware.

    Raises
    ------
    RuntimeError
        `alpha` is not 1, the shapes do not fit, or no hardware is initialised.
    ValueError
        NaN or infinite values.
    """
    if alpha != 1:
        raise ParameterError("alpha", alpha, "1")
    mock = is_mocked(mock)
    if has_torch_function((input, other)):
        return handle_torch_function(add, (input, other), input, other, alpha=alpha, mock=mock)
    _check_input(input, mock)
    _check("other", other, mock)
    if not mock and (
        other.dim() > input.dim()
        or torch.broadcast_shapes(input.shape, other.shape) != input.shape
    ):
        raise ShapeError(
            f"other of shape {tuple(other.shape)} cannot be broadcast to the shape "
            f"{tuple(input.shape)} of input"
        )
    result: torch.Tensor = _Add.apply(input, other, mock)
    if not mock:
        tracer.record_addition(input, other, result)
    return result


def argmax(
    input: torch.Tensor, dim: int | None = None, keepdim: bool = False, mock: bool = False
) -> torch.Tensor:
    """Index of the first maximum of the quantised input.

    Parameters
    ----------
    input : tensor
        Values in LSB.
    dim : int, optional
        Dimension to search along; without it the flattened tensor is searched, and `keepdim`
        has no effect on hardware. Not negative on hardware.
    keepdim : bool
        Keep the searched dimension with size 1.
    mock : bool
        Work without hardware.

    Returns
    -------
    tensor of int64
        Not differentiable.

    Raises
    ------
    IndexError
        `dim` is out of range.
    RuntimeError
        No hardware is initialised.
    """
    mock = is_mocked(mock)
    if has_torch_function_unary(input):
        return handle_torch_function(argmax, (input,), input, dim=dim, keepdim=keepdim, mock=mock)
    _check_input(input, mock)
    if not mock:
        if tracer.is_active() and not (input.dim() == 2 and dim == 1 and keepdim):
            raise TraceError(
                f"argmax of an input of shape {tuple(input.shape)} with dim = {dim} and keepdim = "
                f"{keepdim} cannot be traced; allowed: 2 dimensions, dim = 1, keepdim = True"
            )
        if dim is not None and not 0 <= dim < input.dim():
            raise IndexError(f"dim is {dim}; allowed: 0..{input.dim() - 1}")
        if 0 in input.shape:
            raise ShapeError(f"input has shape {tuple(input.shape)}; allowed: not empty")
        # the executor searches along the last axis
        searched = input.reshape(-1) if dim is None else input.movedim(dim, -1)
        result = _transform(ArgMax, searched)
        if dim is None:
            return result.reshape(())
        result = result.movedim(-1, dim) if keepdim else result.squeeze(-1)
        tracer.record(lambda: sequence.ArgMax(input.shape[1]), result)
        return result
    return torch.argmax(floor_to_int8(input.detach()), dim, keepdim)
