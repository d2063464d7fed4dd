"""Layers: ``torch.nn`` modules whose products run on the chip.

Every layer is a sub-class of the torch layer of the same name, with the same parameters, so
that the state of a plain torch model loads unchanged. What concerns the hardware (`num_sends`,
`wait_between_events`, ...) is a plain attribute and not part of the state.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, ClassVar

import torch

from hxtorch.errors import ArgumentError
from hxtorch.perceptron.constants import (
    defaults,
    hardware_matrix_height,
    hardware_matrix_width,
    input_activation_max,
    synaptic_weight_max,
    synaptic_weight_min,
)
from hxtorch.perceptron.convolution import conv1d, conv2d, conv3d, expanded_conv1d
from hxtorch.perceptron.elementwise import add, converting_relu, relu
from hxtorch.perceptron.matmul import matmul
from hxtorch.perceptron.mock import get_mock_parameter
from hxtorch.perceptron.quantise import check_count

Transform = Callable[[torch.Tensor], torch.Tensor]


def scale_input(x_in: torch.Tensor) -> torch.Tensor:
    """Scale so that the maximum over the whole tensor is the largest activation, 31.

    A tensor without positive values is returned as it is. The factor is a constant for autograd.
    """
    largest = x_in.detach().max().item()
    factor = input_activation_max / largest if largest > 0 else 1.0
    return x_in * factor


def scale_weight(weight: torch.Tensor) -> torch.Tensor:
    """Scale so that the largest magnitude over the whole tensor is the largest weight, 63.

    A tensor of zeros is returned as it is. The factor is a constant for autograd.
    """
    largest = weight.detach().abs().max().item()
    factor = synaptic_weight_max / largest if largest > 0 else 1.0
    return weight * factor


def clamp_weight_(weight: torch.Tensor) -> torch.Tensor:
    """Clamp to [-63, 63] in place, the parameter itself included, and return it."""
    with torch.no_grad():
        weight.clamp_(synaptic_weight_min, synaptic_weight_max)
    return weight


class Layer(torch.nn.Module):
    """Base of all layers.

    Parameters
    ----------
    mock : bool
        Evaluate a formula in torch instead of using the chip.
    """

    mock: bool

    def __init__(self, mock: bool = False) -> None:
        super().__init__()
        self.mock = mock

    def extra_repr(self) -> str:
        """Constructor arguments that differ from their defaults, in order of the signature."""
        parts = []
        for name, parameter in inspect.signature(type(self).__init__).parameters.items():
            if not hasattr(self, name):
                continue
            value = getattr(self, name)
            if isinstance(value, torch.Tensor):
                value = value.numel() > 0
            # identity, as of the real system; a string may have been stored and loaded
            same = value is parameter.default or (
                isinstance(value, str) and value == parameter.default
            )
            if not same:
                shown = getattr(value, "__name__", value) if callable(value) else value
                parts.append(f"{name}={shown}")
        return ", ".join(parts)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.extra_repr()})"


class MACLayer(Layer):
    """Base of layers with a matrix product.

    Parameters
    ----------
    num_sends : int, optional
        How often an input vector is sent; None: chosen by `reset_parameters` from the size of
        the layer and the present gain.
    wait_between_events : int
        Spacing of events in FPGA cycles of 8 ns.
    mock : bool
        Evaluate a formula in torch instead of using the chip.
    input_transform, weight_transform : callable, optional
        Applied to the input and to the weight in every forward pass.
    """

    # resolved by reset_parameters where the constructor was given None
    num_sends: Any
    wait_between_events: int
    input_transform: Transform | None
    weight_transform: Transform | None
    weight: Any
    bias: Any

    def __init__(
        self,
        num_sends: int | None = None,
        wait_between_events: int = defaults.wait_between_events,
        mock: bool = False,
        *,
        input_transform: Transform | None = None,
        weight_transform: Transform | None = clamp_weight_,
    ) -> None:
        super().__init__(mock)
        self._set_options(num_sends, wait_between_events, mock, input_transform, weight_transform)

    def _set_options(
        self,
        num_sends: int | None,
        wait_between_events: int,
        mock: bool,
        input_transform: Transform | None,
        weight_transform: Transform | None,
    ) -> None:
        self.num_sends = None if num_sends is None else check_count("num_sends", num_sends)
        self.wait_between_events = check_count("wait_between_events", wait_between_events)
        self.mock = mock
        self.input_transform = input_transform
        self.weight_transform = weight_transform

    def reset_parameters(self, weight_mean: float = 0.0, relu_shift: int = 1) -> None:
        """Draw weight and bias so that outputs use the range, and choose `num_sends` if None.

        Parameters
        ----------
        weight_mean : float
            Mean of the weights.
        relu_shift : int
            Shift of the converting ReLU that follows: the larger, the larger the weights.
        """
        fan_in = self.weight[0].numel()
        gain = 2**relu_shift * math.sqrt(2) / get_mock_parameter().gain
        std = gain / math.sqrt(fan_in)
        if self.num_sends is None:
            # a third of the range leaves room for three standard deviations
            self.num_sends = math.ceil(std / (synaptic_weight_max / 3))
        std /= max(self.num_sends, 1)
        with torch.no_grad():
            torch.nn.init.trunc_normal_(
                self.weight,
                mean=weight_mean,
                std=std,
                a=float(synaptic_weight_min),
                b=float(synaptic_weight_max),
            )
            if self.bias is not None:
                bound = gain / math.sqrt(fan_in) / (input_activation_max / math.sqrt(3))
                self.bias.uniform_(-bound, bound)

    def _transformed_weight(self) -> torch.Tensor:
        return self.weight if self.weight_transform is None else self.weight_transform(self.weight)

    def _transformed_input(self, input: torch.Tensor) -> torch.Tensor:
        return input if self.input_transform is None else self.input_transform(input)


class Linear(MACLayer, torch.nn.Linear):
    """Dense layer on the chip; state as of ``torch.nn.Linear``.

    Parameters
    ----------
    in_features, out_features : int
        Size of an input and of an output.
    bias : bool
        Add a bias, with 8-bit saturation.
    num_sends, wait_between_events, mock, input_transform, weight_transform
        As for `MACLayer`.
    avg : int
        Number of adjacent columns that compute the same output, to be averaged.
    """

    # instance attributes so that tests and tracers can replace them
    _matmul: Callable[..., torch.Tensor]

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        num_sends: int | None = None,
        wait_between_events: int = defaults.wait_between_events,
        mock: bool = False,
        *,
        avg: int = 1,
        input_transform: Transform | None = None,
        weight_transform: Transform | None = clamp_weight_,
    ) -> None:
        if avg < 1:
            raise ArgumentError("avg", avg, "at least 1")
        for name, value in (("in_features", in_features), ("out_features", out_features)):
            if value < 1:
                raise ArgumentError(name, value, "at least 1")
        # torch's constructor calls reset_parameters, which may choose num_sends
        self.num_sends = num_sends
        torch.nn.Linear.__init__(self, in_features, out_features, bias)
        self._set_options(
            self.num_sends, wait_between_events, mock, input_transform, weight_transform
        )
        self.avg = avg
        self._matmul = matmul

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the product, plus bias if any, of an input of shape (..., in_features)."""
        weight = self._transformed_weight().t()
        if self.avg > 1:
            weight = weight.repeat_interleave(self.avg, dim=1)
        output = self._matmul(
            self._transformed_input(input),
            weight,
            num_sends=self.num_sends,
            wait_between_events=self.wait_between_events,
            mock=self.mock,
        )
        if self.avg > 1:
            output = output.unflatten(-1, (self.out_features, self.avg)).mean(dim=-1)
        if self.bias is not None:
            output = add(output, self.bias, mock=self.mock)
        return output


class ConvNd(MACLayer):
    """Base of the convolutions: what they share, whatever the number of axes.

    Parameters
    ----------
    in_channels, out_channels, kernel_size, stride, padding, bias, padding_mode
        As for the torch layer of the same name. Padding is applied in software, before
        `input_transform`.
    dilation, groups
        Only 1; others are refused in the forward pass.
    num_sends, wait_between_events, mock, input_transform, weight_transform
        As for `MACLayer`.
    """

    # instance attributes so that tests and tracers can replace them
    _conv: Callable[..., torch.Tensor]
    #: Operation on the chip, and the torch layer whose sub-class this is.
    _operation: ClassVar[Callable[..., torch.Tensor]]
    _torch_layer: ClassVar[type[torch.nn.Module]]

    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    padding_mode: Any
    _reversed_padding_repeated_twice: list[int]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        padding: str | int | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        num_sends: int | None = None,
        wait_between_events: int = defaults.wait_between_events,
        mock: bool = False,
        *,
        input_transform: Transform | None = None,
        weight_transform: Transform | None = clamp_weight_,
    ) -> None:
        for name, value in (("in_channels", in_channels), ("out_channels", out_channels)):
            if value < 1:
                raise ArgumentError(name, value, "at least 1")
        # torch's constructor calls reset_parameters, which may choose num_sends
        self.num_sends = num_sends
        self._torch_layer.__init__(
            self,
            in_channels,
            out_channels,
            kernel_size,
            stride=stride,
            padding=padding,
            dilation=dilation,
            groups=groups,
            bias=bias,
            padding_mode=padding_mode,
        )
        self._set_options(
            self.num_sends, wait_between_events, mock, input_transform, weight_transform
        )
        self._conv = type(self)._operation

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the convolution of an input of shape (batch, in_channels, ...).

        Raises
        ------
        ValueError
            `dilation` or `groups` is not 1.
        """
        if any(step != 1 for step in self.dilation):
            raise ValueError(f"dilation is {self.dilation}; allowed: 1")
        if self.groups != 1:
            raise ValueError(f"groups is {self.groups}; allowed: 1")
        padding = self._reversed_padding_repeated_twice
        if any(padding):
            mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
            input = torch.nn.functional.pad(input, padding, mode=mode)
        return self._conv(
            self._transformed_input(input),
            self._transformed_weight(),
            self.bias,
            self.stride,
            **self._keywords(),
        )

    def _keywords(self) -> dict[str, Any]:
        return {
            "num_sends": self.num_sends,
            "wait_between_events": self.wait_between_events,
            "mock": self.mock,
        }


class Conv1d(ConvNd, torch.nn.Conv1d):
    """Convolution along one axis on the chip; state as of ``torch.nn.Conv1d``.

    The parameters are those of `ConvNd`. The bias is added in software, without saturation.
    """

    _operation: ClassVar[Callable[..., torch.Tensor]] = staticmethod(conv1d)
    _torch_layer = torch.nn.Conv1d


class Conv2d(ConvNd, torch.nn.Conv2d):
    """Convolution along two axes on the chip; state as of ``torch.nn.Conv2d``.

    The parameters are those of `ConvNd`. The bias is added in software, without saturation.
    """

    _operation: ClassVar[Callable[..., torch.Tensor]] = staticmethod(conv2d)
    _torch_layer = torch.nn.Conv2d


class Conv3d(ConvNd, torch.nn.Conv3d):
    """Convolution along three axes on the chip; state as of ``torch.nn.Conv3d``.

    The parameters are those of `ConvNd`. The bias is added in software, without saturation.
    """

    _operation: ClassVar[Callable[..., torch.Tensor]] = staticmethod(conv3d)
    _torch_layer = torch.nn.Conv3d


class ExpandedConv1d(Conv1d):
    """`Conv1d` that computes several neighbouring positions with one input vector.

    Faster by up to the number of copies of the kernel on the chip. Each copy has circuits of its
    own: train with inputs that are shifted by multiples of the stride.

    Parameters
    ----------
    num_expansions : int, optional
        Copies of the kernel; by default as many as the columns, and the rows for one input
        channel, of a synapse array hold.
    in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode
        As for `Conv1d`, as are all other parameters.
    """

    _operation = staticmethod(expanded_conv1d)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        padding: str | int | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        num_sends: int | None = None,
        wait_between_events: int = defaults.wait_between_events,
        mock: bool = False,
        *,
        input_transform: Transform | None = None,
        weight_transform: Transform | None = clamp_weight_,
        num_expansions: int | None = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
            padding_mode,
            num_sends,
            wait_between_events,
            mock,
            input_transform=input_transform,
            weight_transform=weight_transform,
        )
        if num_expansions is None:
            in_columns = hardware_matrix_width // out_channels
            in_rows = (hardware_matrix_height - self.kernel_size[0]) // self.stride[0] + 1
            num_expansions = max(min(in_columns, in_rows), 1)
        if num_expansions < 1:
            raise ArgumentError("num_expansions", num_expansions, "at least 1")
        self.num_expansions = num_expansions

    def _keywords(self) -> dict[str, Any]:
        return {"num_expansions": self.num_expansions, **super()._keywords()}


class ReLU(Layer, torch.nn.ReLU):
    """Rectification of 8-bit values."""

    def __init__(self, mock: bool = False) -> None:
        super().__init__(mock)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return integers 0..127."""
        return relu(input, mock=self.mock)


class ConvertingReLU(ReLU):
    """Rectification and conversion to activations.

    Parameters
    ----------
    shift : int
        Bits to shift right.
    mock : bool
        Work without hardware.
    """

    def __init__(self, shift: int = 2, mock: bool = False) -> None:
        super().__init__(mock)
        self.shift = shift

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return integers 0..31."""
        return converting_relu(input, shift=self.shift, mock=self.mock)
