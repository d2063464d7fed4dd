"""What a user gets to read after a mistake: the thing, its value, what is allowed."""

import numpy as np
import pytest
import torch

import hxtorch
from hxtorch import perceptron
from hxtorch.perceptron import nn

X, W = torch.ones(4, 5), torch.ones(5, 3)
# (batch, channels, length) and (out, channels, kernel)
S, K = torch.ones(4, 2, 9), torch.ones(3, 2, 5)

MISTAKES = [
    (lambda **m: perceptron.mac(X, 64 * W, **m), OverflowError, r"weights is 64\.0.*-63\.\.63"),
    (lambda **m: perceptron.mac(-X, W, **m), OverflowError, r"x is -1\.0.*0\.\.31.*scale_input"),
    (lambda **m: perceptron.matmul(X, -64 * W, **m), OverflowError, r"of other is .*scale_weight"),
    (lambda **m: perceptron.matmul(32 * X, W, **m), OverflowError, r"of input is 32\.0"),
    (lambda **m: perceptron.matmul(X / 0, W, **m), ValueError, "input holds inf"),
    (lambda **m: perceptron.matmul(X, W[1:], **m), RuntimeError, r"input has 5.*other 4 rows"),
    (lambda **m: perceptron.matmul(X, W[1:], **m), ValueError, r"other 4 rows; allowed: equal"),
    (
        lambda **m: perceptron.mac(X, W[0], **m),
        RuntimeError,
        r"\(4, 5\).*\(3,\).*1 dim.*allowed: 2",
    ),
    (
        lambda **m: perceptron.mac(S, W, **m),
        RuntimeError,
        r"\(4, 2, 9\).*\(5, 3\).*x has 3 dim.*1 or 2",
    ),
    (
        lambda **m: perceptron.matmul(X, S, **m),
        RuntimeError,
        r"\(4, 2, 9\).*3 dim.*allowed: 1 or 2",
    ),
    (
        lambda **m: perceptron.matmul(X[0, 0], W, **m),
        RuntimeError,
        r"shape \(\).*\(5, 3\).*at least",
    ),
    (lambda **m: perceptron.mac(X[:0], W, **m), RuntimeError, r"\(0, 5\).*\(5, 3\).*at least one"),
    (lambda **m: perceptron.add(X, X, alpha=2, **m), RuntimeError, r"alpha is 2; allowed: 1"),
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
    (lambda **m: perceptron.conv1d(S[0], K, **m), RuntimeError, r"\(2, 9\).*input has 2 dim.*3"),
    (lambda **m: perceptron.conv1d(S, K[0], **m), RuntimeError, r"\(2, 5\).*weight has 2 dim.*3"),
    (lambda **m: perceptron.conv2d(S, K, **m), RuntimeError, r"input has 3 dim.*allowed: 4"),
    (lambda **m: perceptron.conv3d(S, K, **m), ValueError, r"input has 3 dim.*allowed: 5"),
    (lambda **m: perceptron.conv1d(S[:, :1], K, **m), RuntimeError, r"\(4, 1, 9\).*\(3, 2, 5\)"),
    (lambda **m: perceptron.conv1d(K, S, **m), RuntimeError, r"\(3, 2, 5\).*\(4, 2, 9\).*larger"),
    (lambda **m: perceptron.conv1d(S[:0], K, **m), RuntimeError, r"\(0, 2, 9\).*at least one"),
    (lambda **m: perceptron.conv1d(S, K, W[0, :2], **m), RuntimeError, r"bias.*\(2,\).*\(3,\)"),
    (lambda **m: perceptron.conv1d(S, K, [1], **m), TypeError, r"bias is 'list'"),
    (lambda **m: perceptron.conv1d(S.numpy(), K, **m), TypeError, r"input is 'ndarray'"),
    (lambda **m: perceptron.conv1d(S, 64 * K, **m), OverflowError, r"of weight is 64\.0.*63"),
    (lambda **m: perceptron.conv1d(-S, K, **m), OverflowError, r"of input is -1\.0.*0\.\.31"),
    (lambda **m: perceptron.conv1d(S / 0, K, **m), ValueError, "input holds inf"),
    (lambda **m: perceptron.conv1d(S, K, None, 0, **m), RuntimeError, r"stride is 0.*at least 1"),
    (lambda **m: perceptron.conv1d(S, K, None, 1.5, **m), TypeError, r"stride is 1.5; .*integer"),
    (lambda **m: perceptron.conv1d(S, K, None, (1, 2), **m), TypeError, r"stride is \(1, 2\)"),
    (lambda **m: perceptron.conv1d(S, K, num_sends=None, **m), TypeError, "num_sends is None"),
    (
        lambda **m: perceptron.expanded_conv1d(S, K, num_expansions=0, **m),
        RuntimeError,
        r"num_expansions is 0; allowed: at least 1",
    ),
    (lambda **m: perceptron.expanded_conv1d(S[0], K, **m), RuntimeError, r"input has 2 dim"),
    (lambda **m: nn.Conv1d(0, 3, 5, **m), TypeError, r"in_channels is 0; allowed: at least 1"),
    (lambda **m: nn.Conv1d(2, 3, 5, dilation=2, **m)(S), ValueError, r"dilation is \(2,\).*1"),
    (lambda **m: nn.Conv1d(2, 4, 5, groups=2, **m)(S), ValueError, r"groups is 2; allowed: 1"),
    (
        lambda **m: nn.ExpandedConv1d(2, 3, 5, num_expansions=0, **m),
        TypeError,
        r"num_expansions is 0; allowed: at least 1",
    ),
    (lambda **m: nn.Conv2d(2, 3, 5, **m)(S), RuntimeError, r"input has 3 dim.*allowed: 4"),
]


# without hardware, too: all of these win over 'no connection'
@pytest.mark.parametrize("mock", [False, True])
@pytest.mark.parametrize(("mistake", "kind", "text"), MISTAKES, ids=[m[2] for m in MISTAKES])
def test_mistakes_are_named(mistake, kind, text, mock):
    with pytest.raises(kind, match=text):
        mistake(mock=mock)


#: Allowed in the mock.
ON_HARDWARE = [
    (lambda: perceptron.mac(X.double(), W), RuntimeError, r"x is a torch.float64.*torch.float32"),
    (lambda: perceptron.mac(X, W.int()), RuntimeError, r"weights is a torch.int32.*torch.float32"),
    (lambda: perceptron.conv1d(S.double(), K), RuntimeError, r"input is a torch.float64"),
    (lambda: perceptron.relu(X.long()), RuntimeError, r"input is a torch.int64"),
    (lambda: perceptron.relu(torch.tensor(1.0)), RuntimeError, r"0 dimensions; allowed: at least"),
    (lambda: perceptron.converting_relu(X, -1), RuntimeError, r"shift is -1; allowed: at least 0"),
    (lambda: perceptron.add(X[0], X), RuntimeError, r"\(4, 5\) cannot be broadcast.*\(5,\)"),
    (lambda: perceptron.add(X[:1], X), RuntimeError, r"\(4, 5\) cannot be broadcast.*\(1, 5\)"),
    (lambda: perceptron.argmax(X, -1), IndexError, r"dim is -1; allowed: 0\.\.1"),
    (lambda: perceptron.argmax(X, 2), IndexError, r"dim is 2; allowed: 0\.\.1"),
]


@pytest.mark.parametrize(("mistake", "kind", "text"), ON_HARDWARE, ids=[m[2] for m in ON_HARDWARE])
def test_mistakes_on_hardware_are_named(mistake, kind, text):
    with pytest.raises(kind, match=text):
        mistake()


def test_the_hardware_stays_usable(on_model):
    on_model()
    x, weight = torch.ones(1, 2, 9), torch.full((3, 2, 5), 60.0)
    before = perceptron.conv1d(x, weight)
    for mistake, kind, _ in MISTAKES:
        with pytest.raises(kind):
            mistake(mock=False)
    for mistake, kind, _ in ON_HARDWARE:
        with pytest.raises(kind):
            mistake()
    assert torch.equal(perceptron.conv1d(x, weight), before)


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
