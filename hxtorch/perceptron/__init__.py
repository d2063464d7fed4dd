"""Analog matrix products (hagen mode) as torch operations and layers."""

from hxtorch.perceptron import constants as constants
from hxtorch.perceptron import nn as nn
from hxtorch.perceptron import operators as _operators  # noqa: F401  registers them with torch
from hxtorch.perceptron.convolution import conv1d as conv1d
from hxtorch.perceptron.convolution import conv2d as conv2d
from hxtorch.perceptron.convolution import conv3d as conv3d
from hxtorch.perceptron.convolution import expanded_conv1d as expanded_conv1d
from hxtorch.perceptron.elementwise import add as add
from hxtorch.perceptron.elementwise import argmax as argmax
from hxtorch.perceptron.elementwise import converting_relu as converting_relu
from hxtorch.perceptron.elementwise import relu as relu
from hxtorch.perceptron.mac import mac as mac
from hxtorch.perceptron.matmul import matmul as matmul
from hxtorch.perceptron.mock import MockParameter as MockParameter
from hxtorch.perceptron.mock import get_mock_parameter as get_mock_parameter
from hxtorch.perceptron.mock import measure_mock_parameter as measure_mock_parameter
from hxtorch.perceptron.mock import set_mock_parameter as set_mock_parameter
from hxtorch.perceptron.tracer import InferenceTracer as InferenceTracer
from hxtorch.perceptron.tracer import inference_trace as inference_trace

__all__ = [
    "InferenceTracer",
    "MockParameter",
    "add",
    "argmax",
    "constants",
    "conv1d",
    "conv2d",
    "conv3d",
    "converting_relu",
    "expanded_conv1d",
    "get_mock_parameter",
    "inference_trace",
    "mac",
    "matmul",
    "measure_mock_parameter",
    "nn",
    "relu",
    "set_mock_parameter",
]
