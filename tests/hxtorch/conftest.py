"""Fixtures of the hxtorch tests."""

import pytest
import torch

from hxtorch import perceptron


@pytest.fixture(autouse=True)
def _fresh_mock_parameter():
    """Start every test with the default parameter and a known random state."""
    before = perceptron.get_mock_parameter()
    perceptron.set_mock_parameter(perceptron.MockParameter())
    torch.manual_seed(0)
    yield
    perceptron.set_mock_parameter(before)


@pytest.fixture
def noiseless():
    """Mock without noise."""
    parameter = perceptron.MockParameter(noise_std=0.0)
    perceptron.set_mock_parameter(parameter)
    return parameter
