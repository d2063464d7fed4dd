"""Analog matrix products (hagen mode) as torch operations and layers."""

from hxtorch.perceptron import constants as constants
from hxtorch.perceptron import nn as nn
from hxtorch.perceptron import operators as _operators  # noqa: F401  registers them with torch
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

__all__ = [
    "MockParameter",
    "add",
    "argmax",
    "constants",
    "converting_relu",
    "get_mock_parameter",
    "mac",
    "matmul",
    "measure_mock_parameter",
    "nn",
    "relu",
    "set_mock_parameter",
]
