"""Running a recorded sequence of operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from hxtorch.errors import ElementRangeError, ShapeError
from hxtorch.execution.executor import run_mac
from hxtorch.perceptron import sequence
from hxtorch.perceptron.constants import (
    input_activation_max,
    output_activation_max,
    output_activation_min,
)

if TYPE_CHECKING:
    from hxtorch.core.hardware import Hardware

Array = npt.NDArray[Any]


def run_sequence(
    hardware: Hardware, operations: Sequence[sequence.Operation], data: Array
) -> Array:
    """Run operations one after another.

    Parameters
    ----------
    hardware : Hardware
        What products run on.
    operations : sequence of Operation
        At least one.
    data : array of int8, shape (B, N)
        Input of the first operation.

    Returns
    -------
    array, shape (B, M)
        Result of the last operation: int8, after an argmax int64.

    Raises
    ------
    RuntimeError
        The data cannot be cut into rows of an operation's size.
    OverflowError
        A product's input is outside of 0..31.
    """
    entries = len(data)
    for operation in operations:
        data = _run(hardware, operation, data).reshape(entries, -1)
    return data


def _rows(operation: sequence.Operation, data: Array, size: int) -> Array:
    if data.shape[1] % size:
        raise ShapeError(
            f"{operation.name} takes rows of {size} values; its input has shape {data.shape}"
        )
    return np.ascontiguousarray(data).reshape(-1, size)


def _activations(data: Array) -> npt.NDArray[np.uint8]:
    smallest, largest = data.min(), data.max()
    if smallest < 0 or largest > input_activation_max:
        value = smallest if smallest < 0 else largest
        allowed = f"0..{input_activation_max}"
        raise ElementRangeError("the input of mac", value, allowed, "scale_input")
    return np.ascontiguousarray(data, dtype=np.uint8)


def _run(hardware: Hardware, operation: sequence.Operation, data: Array) -> Array:
    match operation:
        case sequence.MAC():
            return run_mac(
                hardware,
                _activations(_rows(operation, data, len(operation.weights))),
                operation.weights,
                num_sends=operation.num_sends,
                wait_between_events=operation.wait_between_events,
            )
        case sequence.Convolution():
            return _convolve(hardware, operation, data)
        case sequence.ReLU():
            return np.maximum(data, np.int8(0))
        case sequence.ConvertingReLU():
            shifted = np.maximum(data, np.int8(0)) >> operation.shift
            return np.minimum(shifted, np.int8(input_activation_max))
        case sequence.Addition():
            rows = _rows(operation, data, operation.other.size)
            total = rows.astype(np.int16) + operation.other
            return total.clip(output_activation_min, output_activation_max).astype(np.int8)
        case sequence.ArgMax():
            return _rows(operation, data, operation.size).argmax(axis=1, keepdims=True)
    raise AssertionError(operation)


def _convolve(hardware: Hardware, operation: sequence.Convolution, data: Array) -> Array:
    from hxtorch.perceptron.convolution import fold, positions, unfold

    weights = operation.weights
    shape = (weights.shape[1], *operation.lengths)
    flat = _activations(_rows(operation, data, int(np.prod(shape))))
    input = torch.from_numpy(flat.reshape(-1, *shape))
    kernel = weights.shape[2:]
    result = run_mac(
        hardware,
        unfold(input, kernel, operation.stride).numpy(),
        np.ascontiguousarray(weights.reshape(len(weights), -1).T),
        num_sends=operation.num_sends,
        wait_between_events=operation.wait_between_events,
    )
    shaped = fold(
        torch.from_numpy(result), len(input), positions(input.shape, kernel, operation.stride)
    )
    return shaped.numpy()
