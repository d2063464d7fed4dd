"""Recording what a model does on the hardware, and running it again without the model."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy as np
import torch

from hxtorch.errors import ParameterError, ShapeError, TraceError
from hxtorch.perceptron import sequence
from hxtorch.perceptron.quantise import (
    INPUT,
    WEIGHT,
    check_finite,
    check_hardware_tensor,
    check_tensor,
    floor_to_int8,
    to_int8,
)

_active: list[InferenceTracer] = []


class InferenceTracer:
    """Records the operations on the hardware between `start` and `stop`.

    Between two operations the data may be reshaped, but must not change: they could not be
    replayed. Tracers may be nested; each writes what ran while it was active.

    Parameters
    ----------
    filename : str or path
        File to write, see `inference_trace`.
    """

    def __init__(self, filename: str | os.PathLike[str]) -> None:
        self.filename = os.fspath(filename)
        self._operations: list[sequence.Operation] = []
        self._last: torch.Tensor | None = None

    def start(self) -> None:
        """Begin to record; what was recorded before is forgotten.

        Raises
        ------
        RuntimeError
            It records already.
        """
        if any(tracer is self for tracer in _active):
            raise TraceError(f"the tracer to {self.filename!r} records already")
        self._operations, self._last = [], None
        _active.append(self)

    def stop(self) -> list[str]:
        """End the recording, write the file, and return the names of the operations in order.

        Matrix products and convolutions are called "mac".

        Raises
        ------
        RuntimeError
            It does not record.
        OSError
            The file cannot be written.
        """
        for place, tracer in enumerate(_active):
            if tracer is self:
                del _active[place]
                break
        else:
            raise TraceError(f"the tracer to {self.filename!r} was not started")
        sequence.save(self.filename, self._operations)
        return [operation.name for operation in self._operations]

    def _check(self, input: torch.Tensor) -> None:
        if self._last is None:
            return
        given = input.detach().reshape(-1)
        if given.shape != self._last.shape or not torch.equal(given.float(), self._last):
            raise TraceError(
                f"the input, of shape {tuple(input.shape)}, is not the result of the operation "
                f"{self._operations[-1].name!r} before: between traced operations data may only "
                "be reshaped, or the trace could not be replayed"
            )

    def _append(self, operation: sequence.Operation, result: torch.Tensor) -> None:
        self._operations.append(operation)
        # a copy: the result may be changed in place, which would then go unnoticed
        self._last = result.detach().reshape(-1).float().clone()


def is_active() -> bool:
    """Whether anything is to be recorded."""
    return bool(_active)


def check_input(input: torch.Tensor) -> None:
    """Refuse an input that differs from the last result that is being traced.

    Raises
    ------
    RuntimeError
        It differs.
    """
    for tracer in _active:
        tracer._check(input)


def record(make: Callable[[], sequence.Operation], result: torch.Tensor) -> None:
    """Append an operation, made only if it is to be recorded, to all active tracers."""
    if _active:
        operation = make()
        for tracer in _active:
            tracer._append(operation, result)


def record_mac(
    weights: torch.Tensor, num_sends: int, wait_between_events: int, result: torch.Tensor
) -> None:
    """Record a matrix product."""
    record(
        lambda: sequence.MAC(to_int8("weights", weights, WEIGHT), num_sends, wait_between_events),
        result,
    )


def record_convolution(
    weight: torch.Tensor,
    lengths: Sequence[int],
    stride: Sequence[int],
    num_sends: int,
    wait_between_events: int,
    result: torch.Tensor,
) -> None:
    """Record a convolution."""
    record(
        lambda: sequence.Convolution(
            to_int8("weight", weight, WEIGHT),
            tuple(lengths),
            tuple(stride),
            num_sends,
            wait_between_events,
        ),
        result,
    )


def record_addition(input: torch.Tensor, other: torch.Tensor, result: torch.Tensor) -> None:
    """Record the addition of a constant.

    Raises
    ------
    RuntimeError
        `other` is not the same for every batch entry.
    """

    def make() -> sequence.Operation:
        constant = other
        while constant.dim() and constant.dim() >= max(input.dim(), 2):
            if constant.shape[0] != 1:
                raise ShapeError(
                    f"other of shape {tuple(other.shape)} differs between the batch entries of "
                    f"input, shape {tuple(input.shape)}: this cannot be traced"
                )
            constant = constant[0]
        features = input.shape[1:] if input.dim() > 1 else input.shape
        # only the axes that it has; the leading ones are rows
        wanted = features[len(features) - constant.dim() :] or features[-1:]
        integers = floor_to_int8(constant.detach()).expand(wanted)
        return sequence.Addition(integers.reshape(-1).numpy().astype(np.int8))

    record(make, result)


def inference_trace(input: torch.Tensor, filename: str | os.PathLike[str]) -> torch.Tensor:
    """Run a recorded sequence of operations on the hardware.

    Parameters
    ----------
    input : tensor, shape (N,) or (B, N)
        Input of the first operation. For a product it is rounded to activations 0..31, else it is
        quantised to 8 bits with floor. The input of a convolution is flattened: N = C * L...
    filename : str or path
        A file that `InferenceTracer.stop` wrote.

    Returns
    -------
    tensor, shape (M,) or (B, M)
        Result of the last operation: float32, after an argmax int64.

    Raises
    ------
    OverflowError
        Values that are no activations.
    RuntimeError
        The file holds no operations or cannot be read; the shape does not fit; or no hardware
        is initialised.
    """
    check_tensor("input", input)
    if input.dim() not in (1, 2):
        raise ShapeError(
            f"input has shape {tuple(input.shape)}, {input.dim()} dimensions; allowed: 1 or 2"
        )
    if input.numel() == 0:
        raise ShapeError(f"input has shape {tuple(input.shape)}; allowed: at least one element")
    operations = sequence.load(filename)
    if not operations:
        raise ParameterError("filename", filename, "a trace with at least one operation")
    if sequence.takes_activations(operations[0]):
        data = to_int8("input", input, INPUT)
    else:
        check_hardware_tensor("input", input)
        check_finite("input", input)
        data = floor_to_int8(input.detach()).numpy().astype(np.int8)
    from hxtorch.core.hardware import hardware_for_operation
    from hxtorch.perceptron.replay import run_sequence

    rows = data.reshape(-1, data.shape[-1])
    result = torch.from_numpy(run_sequence(hardware_for_operation(), operations, rows))
    if result.dtype is not torch.int64:
        result = result.to(torch.float32)
    return result if input.dim() == 2 else result.reshape(-1)
