"""The mock: a formula in torch that stands for the chip, and its two parameters."""

from __future__ import annotations

import logging
from copy import copy
from dataclasses import dataclass

import torch

from hxtorch.errors import ArgumentError, RangeError
from hxtorch.perceptron.constants import (
    defaults,
    hardware_matrix_height,
    input_activation_max,
    output_activation_max,
    output_activation_min,
    synaptic_weight_max,
)

_log = logging.getLogger("hxtorch.perceptron.measure_mock_parameter")


@dataclass(eq=True)
class MockParameter:
    """Gain and noise of the mock.

    Parameters
    ----------
    noise_std : float
        Standard deviation of the noise of one row split's result, in LSB.
    gain : float
        Output in LSB per product of activation and weight, for one send.
    """

    noise_std: float = defaults.noise_std
    gain: float = defaults.gain

    def __post_init__(self) -> None:
        for name in ("noise_std", "gain"):
            value = getattr(self, name)
            if isinstance(value, str) or not hasattr(value, "__float__"):
                raise ArgumentError(name, value, "a number")
            setattr(self, name, float(value))

    def __repr__(self) -> str:
        return f"MockParameter(noise_std={self.noise_std:.6f}, gain={self.gain:.6f})"


_parameter = MockParameter()
_always = False


def get_mock_parameter() -> MockParameter:
    """Return a copy of the process's mock parameter."""
    return copy(_parameter)


def set_mock_parameter(parameter: MockParameter) -> None:
    """Set the process's mock parameter.

    The gain is used by the mock and by every backward pass, also those of the hardware, from
    now on.

    Raises
    ------
    OverflowError
        The gain is not in (0, 1].
    """
    global _parameter
    if not isinstance(parameter, MockParameter):
        raise TypeError(f"parameter is {parameter!r}; allowed: a MockParameter")
    if not 0 < parameter.gain <= 1:
        raise RangeError("gain", parameter.gain, "greater than 0, at most 1")
    _parameter = copy(parameter)


def mock_everything(always: bool) -> None:
    """Let all operations of this process use the mock, or only those that ask for it."""
    global _always
    _always = always


def is_mocked(mock: bool) -> bool:
    """Whether an operation that was called with this argument uses the mock."""
    return bool(mock) or _always


def mac_formula(
    x: torch.Tensor,
    weights: torch.Tensor,
    num_sends: int,
    parameter: MockParameter,
) -> torch.Tensor:
    """Evaluate the product as the mock does.

    Per split of 128 rows: scale by gain and number of sends, add noise, floor, clamp to
    [-128, 127]; then sum over the splits and clamp once more.

    Parameters
    ----------
    x : tensor, shape (B, N)
        Activations, integers 0..31 in any float type.
    weights : tensor, shape (N, M)
        Weights, integers -63..63.
    num_sends : int
        Repetitions of the input vector.
    parameter : MockParameter
        Gain and noise.

    Returns
    -------
    tensor, shape (B, M)
        Integers in torch's default float type, on the device of `x`.
    """
    low, high = output_activation_min, output_activation_max
    result = torch.zeros(
        (x.shape[0], weights.shape[1]), dtype=torch.get_default_dtype(), device=x.device
    )
    for begin in range(0, weights.shape[0], hardware_matrix_height):
        rows = slice(begin, begin + hardware_matrix_height)
        local = x[:, rows] @ weights[rows]
        local = local * (num_sends * parameter.gain)
        if parameter.noise_std > 0:
            local = local + torch.randn_like(local) * parameter.noise_std
        result += local.floor_().clamp_(low, high)
    return result.clamp_(low, high)


def measure_mock_parameter() -> MockParameter:
    """Measure gain and noise of the chip that is initialised. Nothing is set.

    Every entry of a 256 x 128 matrix is a third of the largest weight; the inputs are half of
    the largest activation or zero. First the density of zeros is searched whose median output
    is closest to half of the range; then 50 random vectors at this density are sent. The gain is
    the median of the ratio of chip and exact product, the noise the median over columns of the
    standard deviation over vectors. The chip rounds 15.5 to 16, so the gain is 3 % above the true
    slope.

    Raises
    ------
    RuntimeError
        No hardware is initialised.
    """
    from hxtorch.perceptron.matmul import matmul

    keep, steps, vectors = 0.85, 20, 50
    activation = input_activation_max / 2
    weight = torch.full((2 * hardware_matrix_height, 128), synaptic_weight_max / 3)

    def inputs(probabilities: torch.Tensor) -> torch.Tensor:
        kept = torch.rand(len(probabilities), weight.shape[0]) < probabilities[:, None]
        return kept * activation

    with torch.no_grad():
        test_inputs = inputs(keep ** torch.arange(steps, dtype=torch.float32))
        medians = matmul(test_inputs, weight, num_sends=1, wait_between_events=5).median(dim=1)
        best = int((medians.values - output_activation_max / 2).abs().argmin())
        measured_inputs = inputs(torch.full((vectors,), keep**best))
        on_chip = matmul(measured_inputs, weight, num_sends=1, wait_between_events=5)
        exact = measured_inputs @ weight
        gain = (on_chip / exact).median().item()
        noise = (on_chip - exact * gain).std(dim=0).median().item()
    _log.info(
        "gain %.6f LSB per product, noise %.3f LSB, at a median output of %.1f LSB",
        gain,
        noise,
        on_chip.median().item(),
    )
    return MockParameter(noise_std=noise, gain=gain)
