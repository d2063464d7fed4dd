"""Convolutions as matrix products: the kernel fills the synapse array, the input moves over it.

A kernel of shape (O, C, K...) is a matrix with one row per channel and kernel position and one
column per output channel. Every position of the input is one vector; the matrix stays the same
for all of them.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from math import prod
from time import perf_counter
from typing import Any

import torch
from torch.overrides import has_torch_function

from hxtorch.errors import ArgumentError, ParameterError, ShapeError
from hxtorch.perceptron import tracer
from hxtorch.perceptron.constants import defaults
from hxtorch.perceptron.mac import product, run_on_chip
from hxtorch.perceptron.mock import get_mock_parameter, is_mocked, mac_formula
from hxtorch.perceptron.quantise import (
    INPUT,
    WEIGHT,
    check_count,
    check_integer,
    check_tensor,
    round_for_mock,
    to_int8,
)

Stride = int | Sequence[int]


def unfold(input: torch.Tensor, kernel: Sequence[int], stride: Sequence[int]) -> torch.Tensor:
    """Lay out every position of a kernel as one row: strided views, then a single copy.

    Parameters
    ----------
    input : tensor, shape (B, C, L...)
        Any element type.
    kernel, stride : sequences of int
        Size and step along each of the axes L.

    Returns
    -------
    tensor, shape (B * positions, C * prod(kernel))
        Rows in order of batch entry, then position; columns in order of channel, then kernel
        position. Contiguous.
    """
    view = input
    for axis, (size, step) in enumerate(zip(kernel, stride, strict=True)):
        view = view.unfold(2 + axis, size, step)
    axes = len(kernel)
    # (B, C, positions..., kernel...) -> (B, positions..., C, kernel...)
    order = (0, *range(2, 2 + axes), 1, *range(2 + axes, 2 + 2 * axes))
    # contiguous even where the rows can be had as an overlapping view
    return view.permute(order).contiguous().view(-1, input.shape[1] * prod(kernel))


def positions(
    input_shape: Sequence[int], kernel: Sequence[int], stride: Sequence[int]
) -> tuple[int, ...]:
    """Number of kernel positions along each axis of an input of shape (B, C, L...)."""
    return tuple(
        (length - size) // step + 1
        for length, size, step in zip(input_shape[2:], kernel, stride, strict=True)
    )


def fold(rows: torch.Tensor, batch: int, positions: Sequence[int]) -> torch.Tensor:
    """Bring results of shape (batch * positions, O) into the shape (batch, O, positions...)."""
    return rows.reshape(batch, prod(positions), -1).transpose(1, 2).reshape(batch, -1, *positions)


class _Convolution(torch.autograd.Function):
    """Forward on the chip or its mock; gradients of the exact convolution times the gain."""

    @staticmethod
    def forward(
        ctx: Any,
        input: torch.Tensor,
        weight: torch.Tensor,
        stride: tuple[int, ...],
        num_sends: int,
        wait_between_events: int,
        mock: bool,
    ) -> torch.Tensor:
        ctx.save_for_backward(input, weight)
        ctx.stride, ctx.num_sends = stride, num_sends
        kernel = weight.shape[2:]
        # rounded before it is unfolded, which multiplies the elements
        if mock:
            matrix = round_for_mock("weight", weight, WEIGHT).flatten(1).t()
            rows = unfold(round_for_mock("input", input, INPUT), kernel, stride)
            result = mac_formula(rows, matrix, num_sends, get_mock_parameter())
        else:
            begin = perf_counter()
            integers = torch.from_numpy(to_int8("weight", weight, WEIGHT))
            matrix = integers.flatten(1).t().contiguous()
            rows = unfold(torch.from_numpy(to_int8("input", input, INPUT)), kernel, stride)
            result = run_on_chip(
                rows.numpy(), matrix.numpy(), num_sends, wait_between_events, begin=begin
            )
        return fold(result, len(input), positions(input.shape, kernel, stride)).contiguous()

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        input, weight = ctx.saved_tensors
        # the gain of now, not of the forward pass
        scale = get_mock_parameter().gain * ctx.num_sends
        axes = len(ctx.stride)
        grad_input, grad_weight, _ = torch.ops.aten.convolution_backward(
            gradients[0].to(input.dtype) * scale,
            input,
            weight,
            None,  # no bias
            ctx.stride,
            [0] * axes,  # padding
            [1] * axes,  # dilation
            False,  # not transposed
            [0] * axes,
            1,  # groups
            [ctx.needs_input_grad[0], ctx.needs_input_grad[1], False],
        )
        return grad_input, grad_weight, None, None, None, None


def _strides(stride: Any, axes: int) -> tuple[int, ...]:
    """Steps along all axes, from one number or one per axis."""
    allowed = f"an integer, or {axes} of them"
    try:
        steps = (operator.index(stride),) * axes
    except TypeError:
        if not isinstance(stride, Sequence) or isinstance(stride, str) or len(stride) != axes:
            raise ArgumentError("stride", stride, allowed) from None
        steps = tuple(check_integer("stride", step, allowed) for step in stride)
    if min(steps) < 1:
        raise ParameterError("stride", stride, "at least 1")
    return steps


def _check_shapes(
    input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, axes: int
) -> None:
    shapes = f"input has shape {tuple(input.shape)}, weight {tuple(weight.shape)}"
    for name, tensor in (("input", input), ("weight", weight)):
        if tensor.dim() != 2 + axes:
            first = "batch, in" if name == "input" else "out, in"
            raise ShapeError(
                f"{shapes}: {name} has {tensor.dim()} dimensions; allowed: {2 + axes} "
                f"({first} channels and {axes} spatial)"
            )
    if 0 in input.shape or 0 in weight.shape:
        raise ShapeError(f"{shapes}; allowed: at least one element along each dimension")
    if input.shape[1] != weight.shape[1]:
        raise ShapeError(
            f"{shapes}: {input.shape[1]} input and {weight.shape[1]} weight channels; "
            "allowed: equal numbers"
        )
    if any(k > n for k, n in zip(weight.shape[2:], input.shape[2:], strict=True)):
        raise ShapeError(f"{shapes}; allowed: a kernel that is not larger than the input")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ShapeError(f"bias has shape {tuple(bias.shape)}; allowed: ({weight.shape[0]},)")


def _convolve(
    axes: int,
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    stride: Stride,
    num_sends: int,
    wait_between_events: int,
    mock: bool,
) -> torch.Tensor:
    check_tensor("input", input)
    check_tensor("weight", weight)
    if bias is not None:
        check_tensor("bias", bias)
    num_sends = check_count("num_sends", num_sends)
    wait_between_events = check_count("wait_between_events", wait_between_events)
    steps = _strides(stride, axes)
    _check_shapes(input, weight, bias, axes)
    mock = is_mocked(mock)
    result: torch.Tensor
    if has_torch_function((input, weight)):
        # stand-ins of tensors see the views and the product one by one
        kernel = weight.shape[2:]
        rows, matrix = unfold(input, kernel, steps), weight.flatten(1).t()
        names = ("input", "weight")
        result = product(rows, matrix, num_sends, wait_between_events, mock, 0, "", names)
        result = fold(result, input.shape[0], positions(input.shape, kernel, steps)).contiguous()
    else:
        if not mock:
            tracer.check_input(input)
        result = _Convolution.apply(input, weight, steps, num_sends, wait_between_events, mock)
        if not mock and tracer.is_active():
            tracer.record_convolution(
                weight, input.shape[2:], steps, num_sends, wait_between_events, result
            )
    if bias is not None:
        # in software: neither rounded nor saturated, and its gradient without the gain
        result = result + bias.reshape(-1, *[1] * axes)
    return result


def conv1d(
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: Stride = 1,
    num_sends: int = 1,
    wait_between_events: int = defaults.wait_between_events,
    mock: bool = False,
) -> torch.Tensor:
    """Convolve along one axis on the analog chip, as ``torch.nn.functional.conv1d``.

    Parameters
    ----------
    input : tensor, shape (B, C, L)
        Activations; after rounding 0..31. Not padded: pad it before.
    weight : tensor, shape (O, C, K)
        Kernels; after rounding -63..63.
    bias : tensor, shape (O,), optional
        Added afterwards in software as it is.
    stride : int or sequence of one int
        Step between positions.
    num_sends : int
        How often the input of a position is sent.
    wait_between_events : int
        Spacing of events in FPGA cycles of 8 ns; no effect in the mock.
    mock : bool
        Evaluate a formula in torch instead of using the chip.

    Returns
    -------
    tensor, shape (B, O, (L - K) // stride + 1)
        Integers -128..127 (plus bias) as float32; contiguous. A kernel of more than 128 weights
        (C * K) is split; every split saturates, and so does their sum.

    Raises
    ------
    OverflowError
        Activations or weights beyond their range.
    ValueError
        NaN or infinite values.
    RuntimeError
        Shapes that do not fit, a stride below 1, or no hardware is initialised.
    TypeError
        An argument of a wrong type.

    Notes
    -----
    Gradients are those of the exact convolution of the unrounded tensors, times the present gain
    of `get_mock_parameter` and `num_sends`; that of the bias is not scaled.
    """
    return _convolve(1, input, weight, bias, stride, num_sends, wait_between_events, mock)


def conv2d(
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: Stride = 1,
    num_sends: int = 1,
    wait_between_events: int = defaults.wait_between_events,
    mock: bool = False,
) -> torch.Tensor:
    """Convolve along two axes on the analog chip, as ``torch.nn.functional.conv2d``.

    Parameters
    ----------
    input : tensor, shape (B, C, H, W)
        Activations.
    weight : tensor, shape (O, C, K, K')
        Kernels.
    bias, num_sends, wait_between_events, mock
        As for `conv1d`, as are ranges, errors and gradients.
    stride : int or sequence of two int
        Step between positions; one number counts for both axes.

    Returns
    -------
    tensor, shape (B, O, (H - K) // stride + 1, (W - K') // stride + 1)
    """
    return _convolve(2, input, weight, bias, stride, num_sends, wait_between_events, mock)


def conv3d(
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: Stride = 1,
    num_sends: int = 1,
    wait_between_events: int = defaults.wait_between_events,
    mock: bool = False,
) -> torch.Tensor:
    """Convolve along three axes on the analog chip, as ``torch.nn.functional.conv3d``.

    Parameters
    ----------
    input : tensor, shape (B, C, D, H, W)
        Activations.
    weight : tensor, shape (O, C, K, K', K'')
        Kernels.
    bias, num_sends, wait_between_events, mock
        As for `conv1d`, as are ranges, errors and gradients.
    stride : int or sequence of three int
        Step between positions; one number counts for all axes.

    Returns
    -------
    tensor, shape (B, O, positions along each axis)
    """
    return _convolve(3, input, weight, bias, stride, num_sends, wait_between_events, mock)


def expand_kernel(weight: torch.Tensor, stride: int, num_expansions: int) -> torch.Tensor:
    """Put several copies of a kernel side by side, each shifted down by the stride.

    Parameters
    ----------
    weight : tensor, shape (O, C, K)
        Kernels.
    stride, num_expansions : int
        Shift s of one copy to the next, and number E of copies.

    Returns
    -------
    tensor, shape (O * E, C, K + s (E - 1))
        Copy e of output channel o is row ``o E + e``; zero outside of the copies.
    """
    out, channels, size = weight.shape
    width = size + stride * (num_expansions - 1)
    # rows that are longer by the stride than those they are read as: each begins later
    rows = weight.unsqueeze(2).expand(out, channels, num_expansions, size)
    padded = torch.nn.functional.pad(rows, (0, width + stride - size))
    shifted = padded.flatten(2)[..., : num_expansions * width]
    copies = shifted.unflatten(2, (num_expansions, width))
    return copies.transpose(1, 2).reshape(out * num_expansions, channels, width)


def expanded_conv1d(
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: Stride = 1,
    num_expansions: int = 1,
    num_sends: int = 1,
    wait_between_events: int = defaults.wait_between_events,
    mock: bool = False,
) -> torch.Tensor:
    """Convolve along one axis with several positions of the kernel at once on the chip.

    The synapse array holds `num_expansions` copies of the kernel, each shifted by the stride, so
    that one input vector gives as many neighbouring results. Every copy has circuits of its
    own: train with inputs that are shifted by multiples of the stride.

    Parameters
    ----------
    input, weight, bias, stride, num_sends, wait_between_events, mock
        As for `conv1d`, as are ranges, errors and gradients.
    num_expansions : int
        Positions per input vector, at least 1.

    Returns
    -------
    tensor, shape (B, O, (L - K) // stride + 1)
        As from `conv1d`, up to the rounding and noise of other row splits.

    Raises
    ------
    RuntimeError
        `num_expansions` is below 1; else as for `conv1d`.
    """
    check_tensor("input", input)
    check_tensor("weight", weight)
    if bias is not None:
        check_tensor("bias", bias)
    (step,) = _strides(stride, 1)
    num_expansions = check_integer("num_expansions", num_expansions)
    if num_expansions < 1:
        raise ParameterError("num_expansions", num_expansions, "at least 1")
    _check_shapes(input, weight, bias, 1)
    (wanted,) = positions(input.shape, weight.shape[2:], (step,))
    kernel = expand_kernel(weight, step, num_expansions)
    # zeros at the end, so that the last vector is complete
    vectors = -(-wanted // num_expansions)
    missing = kernel.shape[2] + (vectors - 1) * step * num_expansions - input.shape[2]
    if missing > 0:
        input = torch.nn.functional.pad(input, (0, missing))
    result = _convolve(
        1, input, kernel, None, step * num_expansions, num_sends, wait_between_events, mock
    )
    # (B, O E, vectors) -> (B, O, vectors E)
    by_copy = result.unflatten(1, (weight.shape[0], num_expansions))
    result = by_copy.transpose(2, 3).flatten(2)[..., :wanted].contiguous()
    return result if bias is None else result + bias[:, None]
