"""Multiply-accumulate: the analog matrix product, with the chip in the loop or mocked."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.overrides import handle_torch_function, has_torch_function

from hxtorch.errors import RangeError, ShapeError
from hxtorch.perceptron import tracer
from hxtorch.perceptron.mock import get_mock_parameter, is_mocked, mac_formula
from hxtorch.perceptron.quantise import (
    INPUT,
    WEIGHT,
    check_count,
    check_tensor,
    round_for_mock,
    to_float32,
    to_int8,
)

#: What a caller calls its activations and weights, for errors.
Names = tuple[str, str]

#: Neuron to record, and the file for its samples; no path for no recording.
Recorded = tuple[int, str]

#: Neurons of a chip.
NEURONS = 512


def _mock_forward(
    x: torch.Tensor, weights: torch.Tensor, num_sends: int, names: Names
) -> torch.Tensor:
    rounded_weights = round_for_mock(names[1], weights, WEIGHT)
    rounded_inputs = round_for_mock(names[0], x, INPUT)
    return mac_formula(rounded_inputs, rounded_weights, num_sends, get_mock_parameter())


def _hardware_forward(
    x: torch.Tensor,
    weights: torch.Tensor,
    num_sends: int,
    wait_between_events: int,
    names: Names,
    recorded: Recorded,
) -> torch.Tensor:
    begin = perf_counter()
    # range errors win over a missing connection
    integer_weights = to_int8(names[1], weights, WEIGHT)
    activations = to_int8(names[0], x, INPUT)
    return run_on_chip(
        activations, integer_weights, num_sends, wait_between_events, recorded, begin=begin
    )


def run_on_chip(
    activations: npt.NDArray[np.int8],
    weights: npt.NDArray[np.int8],
    num_sends: int,
    wait_between_events: int,
    recorded: Recorded = (0, ""),
    *,
    begin: float | None = None,
) -> torch.Tensor:
    """Multiply integers on the chip of this process.

    Parameters
    ----------
    activations : array of int8, shape (B, N)
        0..31.
    weights : array of int8, shape (N, M)
        -63..63.
    num_sends, wait_between_events : int
        As for `mac`.
    recorded : (int, str)
        Neuron whose membrane is recorded, and the file for it; no file, no recording.
    begin : float, optional
        When the conversion to integers began, in seconds of the performance counter.

    Returns
    -------
    tensor of float32, shape (B, M)

    Raises
    ------
    RuntimeError
        No hardware is initialised.
    """
    from hxtorch.core.hardware import hardware_for_operation
    from hxtorch.execution.executor import run_mac
    from hxtorch.execution.recording import MembraneRecording

    quantise = 0.0 if begin is None else perf_counter() - begin
    hardware = hardware_for_operation()
    result = run_mac(
        hardware,
        activations.view(np.uint8),
        weights,
        num_sends=num_sends,
        wait_between_events=wait_between_events,
        recording=MembraneRecording(*recorded) if recorded[1] else None,
    )
    before = perf_counter()
    values = to_float32(result)
    hardware.note(quantise=quantise, dequantise=perf_counter() - before)
    return values


class _Mac(torch.autograd.Function):
    """Forward on the chip or its mock; gradients of the exact product times the gain."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weights: torch.Tensor,
        num_sends: int,
        wait_between_events: int,
        mock: bool,
        names: Names,
        recorded: Recorded,
    ) -> torch.Tensor:
        ctx.save_for_backward(x, weights)
        ctx.num_sends = num_sends
        if mock:
            return _mock_forward(x, weights, num_sends, names)
        return _hardware_forward(x, weights, num_sends, wait_between_events, names, recorded)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, weights = ctx.saved_tensors
        # the gain of now, not of the forward pass
        scale = get_mock_parameter().gain * ctx.num_sends
        gradient = gradients[0] * scale
        grad_x = grad_weights = None
        if ctx.needs_input_grad[0]:
            grad_x = gradient.to(weights.dtype) @ weights.t()
        if ctx.needs_input_grad[1]:
            grad_weights = x.t() @ gradient.to(x.dtype)
        return grad_x, grad_weights, None, None, None, None, None


def mac(
    x: torch.Tensor,
    weights: torch.Tensor,
    num_sends: int = 1,
    wait_between_events: int = 5,
    mock: bool = False,
    madc_recording_neuron_id: int = 0,
    madc_recording_path: str = "",
) -> torch.Tensor:
    """Multiply activations by a matrix of weights on the analog chip.

    The result is about ``gain * num_sends * (x @ weights)``, where the gain of a chip is close
    to 0.002 LSB; every split of 128 rows saturates at [-128, 127], and so does their sum.

    Parameters
    ----------
    x : tensor, shape (N,) or (B, N)
        Activations; after rounding (half away from zero; mock: half to even) 0..31.
    weights : tensor, shape (N, M)
        Weights; after rounding -63..63.
    num_sends : int
        How often the whole input vector is sent.
    wait_between_events : int
        Spacing of events in FPGA cycles of 8 ns; no effect in the mock.
    mock : bool
        Evaluate a formula in torch instead of using the chip.
    madc_recording_neuron_id : int
        Neuron whose membrane is recorded: 0..255 at the columns of the top array, 256..511 at
        those of the bottom one.
    madc_recording_path : str
        File for the samples of the fast ADC; nothing is recorded without. It is made with the
        header ``ExecutionIndex batch time value``, tab-separated, or else appended to: execution
        instance, input vector, time in FPGA cycles (8 ns) since the zero of event times, 10-bit
        value. Instances that do not use the neuron's column record nothing.

    Returns
    -------
    tensor, shape (M,) or (B, M)
        Integers -128..127 as float32 (mock: torch's default float type).

    Raises
    ------
    OverflowError
        Activations or weights beyond their range.
    ValueError
        NaN or infinite values.
    RuntimeError
        Wrong dimensions or element type, or no hardware is initialised.
    TypeError
        `x` or `weights` is no tensor, or `num_sends` or `wait_between_events` not a non-negative
        integer.

    Notes
    -----
    Gradients are those of the exact product of the unrounded tensors, times the present gain of
    `get_mock_parameter` and `num_sends`, in hardware and mock mode alike.
    """
    return product(
        x,
        weights,
        num_sends,
        wait_between_events,
        mock,
        madc_recording_neuron_id,
        madc_recording_path,
        ("x", "weights"),
    )


def product(
    x: torch.Tensor,
    weights: torch.Tensor,
    num_sends: int,
    wait_between_events: int,
    mock: bool,
    madc_recording_neuron_id: int,
    madc_recording_path: str,
    names: Names,
) -> torch.Tensor:
    """Do what `mac` does; errors call activations and weights by the names of the caller."""
    check_tensor(names[0], x)
    check_tensor(names[1], weights)
    num_sends = check_count("num_sends", num_sends)
    wait_between_events = check_count("wait_between_events", wait_between_events)
    check_count("madc_recording_neuron_id", madc_recording_neuron_id)
    mock = is_mocked(mock)
    if not mock:
        tracer.check_input(x)
    shapes = f"{names[0]} has shape {tuple(x.shape)}, {names[1]} {tuple(weights.shape)}"
    if weights.dim() != 2:
        raise ShapeError(f"{shapes}: {names[1]} has {weights.dim()} dimensions; allowed: 2")
    if x.dim() not in (1, 2):
        raise ShapeError(f"{shapes}: {names[0]} has {x.dim()} dimensions; allowed: 1 or 2")
    if x.shape[-1] != weights.shape[0]:
        raise ShapeError(
            f"{shapes}: {names[0]} has {x.shape[-1]} columns, {names[1]} {weights.shape[0]} rows; "
            "allowed: equal numbers"
        )
    if 0 in x.shape or 0 in weights.shape:
        raise ShapeError(f"{shapes}; allowed: at least one element along each dimension")
    if madc_recording_path:
        if mock:
            raise RuntimeError("a membrane can only be recorded on hardware, not in the mock")
        if madc_recording_neuron_id >= NEURONS:
            raise RangeError(
                "madc_recording_neuron_id", madc_recording_neuron_id, f"0..{NEURONS - 1}"
            )
    if has_torch_function((x, weights)):
        # stand-ins of tensors, by which a whole network is traced into one graph
        return handle_torch_function(
            mac,
            (x, weights),
            x,
            weights,
            num_sends=num_sends,
            wait_between_events=wait_between_events,
            mock=mock,
            madc_recording_neuron_id=madc_recording_neuron_id,
            madc_recording_path=madc_recording_path,
        )
    rows = x if x.dim() == 2 else x.unsqueeze(0)
    recorded = (madc_recording_neuron_id, str(madc_recording_path))
    result = _Mac.apply(rows, weights, num_sends, wait_between_events, mock, names, recorded)
    if not mock and tracer.is_active():
        tracer.record_mac(weights, num_sends, wait_between_events, result)
    return result if x.dim() == 2 else result.squeeze(0)
