"""What a user gets to read after a mistake: the thing, its value, what is allowed."""

import numpy as np
import pytest
import torch

import hxtorch
from hxtorch import perceptron
from hxtorch.perceptron import nn

X, W = torch.ones(4, 5), torch.ones(5, 3)

MISTAKES = [
    (lambda **m: perceptron.mac(X, 64 * W, **m), OverflowError, r"weights is 64\.0.*-63\.\.63"),
    (lambda **m: perceptron.mac(-X, W, **m), OverflowError, r"x is -1\.0.*0\.\.31.*scale_input"),
    (lambda **m: perceptron.matmul(X, -64 * W, **m), OverflowError, r"of other is .*scale_weight"),
    (lambda **m: perceptron.matmul(32 * X, W, **m), OverflowError, r"of input is 32\.0"),
    (lambda **m: perceptron.matmul(X / 0, W, **m), ValueError, "input holds inf"),
    (lambda **m: perceptron.matmul(X, W[1:], **m), RuntimeError, r"input has 5.*other 4 rows"),
    (lambda **m: perceptron.matmul(X, W[1:], **m), ValueError, r"other 4 rows; allowed: equal"),
    (lambda **m: perceptron.mac(X, W[0], **m), RuntimeError, r"weights: 1 dimensions; allowed: 2"),
    (lambda **m: perceptron.mac([1, 2], W, **m), TypeError, r"x is 'list'.*torch.Tensor"),
    (lambda **m: perceptron.matmul(X, np.ones(5), **m), TypeError, r"other is 'ndarray'"),
    (lambda **m: perceptron.relu(3.0, **m), TypeError, "input is 'float'"),
    (lambda **m: perceptron.add(X, 3.0, **m), TypeError, "other is 'float'"),
    (lambda **m: perceptron.converting_relu(X, 1.5, **m), TypeError, r"shift is 1.5.*an integer"),
    (lambda **m: perceptron.matmul(X, W, num_sends=1.5, **m), TypeError, r"num_sends is 1.5"),
    (lambda **m: perceptron.matmul(X, W, num_sends=-1, **m), TypeError, r"num_sends is -1"),
    (lambda **m: nn.Linear(5, 3, num_sends=-1, **m), TypeError, r"num_sends is -1"),
    (lambda **m: nn.Linear(5, 3, wait_between_events=0.5, **m), TypeError, "wait_between_events"),
    (lambda **m: nn.Linear(0, 3, **m), TypeError, r"in_features is 0; allowed: at least 1"),
]


# without hardware, too: all of these win over 'no connection'
@pytest.mark.parametrize("mock", [False, True])
@pytest.mark.parametrize(("mistake", "kind", "text"), MISTAKES, ids=[m[2] for m in MISTAKES])
def test_mistakes_are_named(mistake, kind, text, mock):
    with pytest.raises(kind, match=text):
        mistake(mock=mock)


@pytest.mark.parametrize("value", ["0.002", None, [1.0]])
def test_mock_parameters_are_numbers(value):
    with pytest.raises(TypeError, match=r"gain is .*a number"):
        perceptron.MockParameter(gain=value)


def test_mock_parameters_of_other_number_types():
    parameter = perceptron.MockParameter(torch.tensor(1.5), np.float32(0.25))
    assert parameter == perceptron.MockParameter(1.5, 0.25)


@pytest.mark.parametrize("endpoint", [3, ["ipc:///a", 3]])
def test_endpoint_of_another_type(endpoint):
    with pytest.raises(TypeError, match=r"endpoint is .*an address"):
        hxtorch.init_hardware(endpoint=endpoint)


def test_too_many_sends_are_named_themselves(zeromock):
    with pytest.raises(OverflowError, match=r"num_sends is 1000000000; allowed: 0..85899"):
        perceptron.matmul(X, W, num_sends=10**9)
