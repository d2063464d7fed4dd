"""Layers: state, transforms, parameters, printing."""

import copy
import math
import pickle
import re
from unittest.mock import Mock

import pytest
import torch

from hxtorch import perceptron
from hxtorch.perceptron import nn as hxnn


@pytest.mark.parametrize(("function", "limit"), [(hxnn.scale_input, 31), (hxnn.scale_weight, 63)])
def test_scaling(function, limit):
    x = torch.rand(100, dtype=torch.float64).requires_grad_()
    y = function(x)
    assert limit * 0.8 <= y.max() <= limit
    y.sum().backward()
    torch.testing.assert_close(x.grad, torch.full_like(x, limit / x.detach().max().item()))
    zeros = torch.zeros(3)
    assert torch.equal(function(zeros), zeros)


def test_scaling_takes_integers():
    assert hxnn.scale_input(torch.tensor([0, 255], dtype=torch.uint8)).tolist() == [0, 31]
    assert hxnn.scale_weight(torch.tensor([-2.0, 1.0])).tolist() == [-63, 31.5]


def test_clamping_changes_the_parameter():
    weight = torch.nn.Parameter(torch.tensor([-100.0, 1.5, 64.0]))
    assert hxnn.clamp_weight_(weight) is weight
    assert weight.tolist() == [-63, 1.5, 63]


def test_linear_calls_matmul():
    layer = hxnn.Linear(
        19,
        2,
        num_sends=3,
        wait_between_events=10,
        mock=True,
        input_transform=lambda x: x,
        weight_transform=torch.ones_like,
    )
    layer._matmul = Mock(side_effect=lambda x, w, **_: x @ w)
    x = torch.rand(7, 19)
    assert layer(x).shape == torch.nn.Linear(19, 2)(x).shape
    (args, kwargs) = layer._matmul.call_args
    assert torch.equal(args[0], x)
    assert torch.equal(args[1], torch.ones(19, 2))
    assert kwargs == {"num_sends": 3, "wait_between_events": 10, "mock": True}
    assert re.match(r"Linear(.*, num_sends=3, wait)", repr(layer))


def test_linear_averages_adjacent_columns():
    layer = hxnn.Linear(4, 3, bias=False, mock=True, avg=5, weight_transform=None)
    seen = []

    def fake(x, weights, **_):
        seen.append(weights)
        # five different values per output
        return x @ weights + torch.arange(5.0).repeat(3)

    layer._matmul = fake
    x = torch.rand(2, 4)
    expected = x @ layer.weight.t() + 2
    torch.testing.assert_close(layer(x), expected)
    assert torch.equal(seen[0][:, 5], layer.weight[1])
    assert seen[0].shape == (4, 15)


def test_linear_adds_its_bias_with_saturation():
    perceptron.set_mock_parameter(perceptron.MockParameter(noise_std=0))
    layer = hxnn.Linear(4, 2, mock=True)
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.copy_(torch.tensor([3.7, 500.0]))
    assert layer(torch.ones(4)).tolist() == [3, 127]


def test_linear_clamps_its_weight_by_default():
    layer = hxnn.Linear(4, 2, mock=True)
    with torch.no_grad():
        layer.weight.fill_(200)
    layer(torch.ones(4))
    assert layer.weight.max() == 63


@pytest.mark.parametrize(("fan_in", "num_sends"), [(3, 39), (4, 34), (100, 7), (128, 6), (500, 4)])
def test_number_of_sends_from_the_size(fan_in, num_sends):
    layer = hxnn.Linear(fan_in, 50)
    assert layer.num_sends == num_sends
    std = 2 * math.sqrt(2) / 0.002 / math.sqrt(fan_in) / num_sends
    assert layer.weight.abs().max() <= 63
    # truncation at 63 narrows it
    assert layer.weight.std().item() == pytest.approx(std, rel=0.25)
    bound = 2 * math.sqrt(2) / 0.002 / math.sqrt(fan_in) / (31 / math.sqrt(3))
    assert layer.bias.abs().max() <= bound


@pytest.mark.parametrize(
    ("layer", "torch_layer", "size"),
    [
        (hxnn.Conv1d, torch.nn.Conv1d, (3, 1, 20)),
        (hxnn.ExpandedConv1d, torch.nn.Conv1d, (3, 1, 20)),
        (hxnn.Conv2d, torch.nn.Conv2d, (3, 1, 20, 14)),
        (hxnn.Conv3d, torch.nn.Conv3d, (3, 1, 9, 8, 7)),
    ],
)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stride": 2, "padding": 1},
        {"padding": "same", "padding_mode": "circular"},
        {"padding": 2, "padding_mode": "reflect", "bias": False},
        {"padding": "same", "stride": 1},
    ],
)
def test_convolutions_are_those_of_torch(noiseless, layer, torch_layer, size, options):
    ours = layer(1, 2, 4, num_sends=2, mock=True, **options)
    plain = torch_layer(1, 2, 4, **options)
    plain.load_state_dict(ours.state_dict())
    ours.load_state_dict(plain.state_dict())
    assert isinstance(ours, torch_layer)
    x = torch.randint(0, 32, size).float()
    bias = 0 if plain.bias is None else plain.bias.reshape(-1, *[1] * (len(size) - 2))
    with torch.no_grad():
        plain.weight.copy_(ours.weight.round())
        exact = (plain(x) - bias) * 0.004
        result = ours(x) - bias
    assert result.shape == exact.shape
    # floor; an expanded kernel and three axes take several row splits
    assert (result - exact.clamp(-128, 127)).abs().max() <= 3


@pytest.mark.parametrize(
    ("layer", "arguments", "options", "text"),
    [
        (
            hxnn.Conv1d,
            (1, 2, 3),
            {"stride": 2, "padding": 1, "wait_between_events": 4},
            "num_sends=39, wait_between_events=4",
        ),
        (
            hxnn.Conv2d,
            (1, 2, 3),
            {"stride": 2, "padding": 2, "num_sends": 6, "wait_between_events": 75},
            "num_sends=6, wait_between_events=75",
        ),
    ],
)
def test_convolutions_call_the_operation(layer, arguments, options, text):
    ours = layer(
        *arguments, **options, mock=True, input_transform=lambda x: 2 * x,
        weight_transform=torch.ones_like,
    )  # fmt: skip
    assert text in repr(ours)
    plain = ours._torch_layer(*arguments, stride=2, padding=options["padding"])
    exact = {1: torch.conv1d, 2: torch.conv2d}[len(ours.kernel_size)]
    ours._conv = Mock(side_effect=lambda x, w, b, s, **_: exact(x, w, b, s))
    x = torch.rand(7, 1, *[9] * len(ours.kernel_size))
    assert ours(x).shape == plain(x).shape
    args, kwargs = ours._conv.call_args
    padding = options["padding"]
    padded = torch.nn.functional.pad(x, [padding] * 2 * len(ours.kernel_size))
    assert torch.equal(args[0], 2 * padded)
    assert torch.equal(args[1], torch.ones_like(ours.weight))
    assert args[2] is ours.bias
    assert args[3] == ours.stride
    assert kwargs == {
        "num_sends": ours.num_sends,
        "wait_between_events": options["wait_between_events"],
        "mock": True,
    }


def test_expanded_convolution_runs_expanded(noiseless):
    layer = hxnn.ExpandedConv1d(1, 14, 43, stride=2, mock=True)
    assert layer.num_expansions == 18
    assert repr(layer).endswith("num_expansions=18)")
    layer._conv = Mock(side_effect=layer._conv)
    plain = hxnn.Conv1d(1, 14, 43, stride=2, mock=True, num_sends=layer.num_sends)
    plain.load_state_dict(layer.state_dict())
    x = torch.randint(0, 32, (3, 1, 100)).float()
    assert (layer(x) - plain(x)).abs().max() <= 2
    assert layer._conv.call_args.kwargs["num_expansions"] == 18
    assert hxnn.ExpandedConv1d(9, 16, 32, stride=6).num_expansions == 16
    # a kernel that fills the array
    assert hxnn.ExpandedConv1d(1, 300, 200).num_expansions == 1


def test_images_of_bytes_are_padded_and_scaled(noiseless):
    layer = hxnn.Conv2d(
        1, 2, 3, padding=1, bias=False, mock=True, input_transform=hxnn.scale_input
    )
    images = torch.randint(0, 256, (4, 1, 6, 6), dtype=torch.uint8)
    assert layer(images).shape == (4, 2, 6, 6)


def test_number_of_sends_follows_the_gain():
    perceptron.set_mock_parameter(perceptron.MockParameter(gain=0.004))
    assert hxnn.Linear(128, 2).num_sends == 3


def test_state_of_a_plain_model_loads():
    plain = torch.nn.Sequential(
        torch.nn.Linear(5, 4), torch.nn.ReLU(), torch.nn.Linear(4, 3, False)
    )
    ours = torch.nn.Sequential(hxnn.Linear(5, 4), hxnn.ReLU(), hxnn.Linear(4, 3, False))
    ours.load_state_dict(plain.state_dict())
    assert torch.equal(ours[0].weight, plain[0].weight)
    assert list(ours.state_dict()) == list(plain.state_dict())
    assert isinstance(ours[0], torch.nn.Linear)
    assert isinstance(ours[1], torch.nn.ReLU)


def test_activation_layers():
    x = torch.tensor([-5.0, 3.9, 90.0])
    assert hxnn.ReLU(mock=True)(x).tolist() == [0, 3, 90]
    assert hxnn.ConvertingReLU(mock=True)(x).tolist() == [0, 0, 22]
    assert hxnn.ConvertingReLU(shift=1, mock=True)(x).tolist() == [0, 1, 31]


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (lambda: hxnn.ReLU(), "ReLU()"),
        (lambda: hxnn.ReLU(mock=True), "ReLU(mock=True)"),
        (lambda: hxnn.ConvertingReLU(shift=1), "ConvertingReLU(shift=1)"),
        (
            lambda: hxnn.Linear(4, 128, num_sends=20, mock=True),
            "Linear(in_features=4, out_features=128, num_sends=20, mock=True)",
        ),
        (
            lambda: hxnn.Linear(4, 2, False, avg=5),
            "Linear(in_features=4, out_features=2, bias=None, num_sends=34, avg=5)",
        ),
    ],
)
def test_repr(layer, text):
    assert repr(layer()) == text


def test_transforms_may_be_modules():
    layer = hxnn.Linear(4, 2, input_transform=torch.nn.Sigmoid(), mock=True)
    assert layer(torch.full((4,), -9.0)).shape == (2,)


@pytest.mark.parametrize(
    ("layer", "size"),
    [
        (lambda: hxnn.Linear(4, 2, num_sends=5, avg=2, mock=True), (1, 4)),
        (lambda: hxnn.Conv1d(3, 2, 4, stride=2, mock=True), (1, 3, 9)),
        (lambda: hxnn.ExpandedConv1d(3, 2, 4, stride=2, mock=True), (1, 3, 9)),
        (lambda: hxnn.Conv2d(3, 2, 4, padding=1, mock=True), (1, 3, 9, 9)),
        (lambda: hxnn.Conv3d(3, 2, 4, bias=False, mock=True), (1, 3, 5, 5, 5)),
        (lambda: hxnn.ConvertingReLU(shift=1, mock=True), (3,)),
    ],
)
def test_layers_can_be_copied_and_stored(noiseless, tmp_path, layer, size):
    original = torch.nn.Sequential(layer())
    x = torch.randint(0, 32, size).float()
    torch.save(original, tmp_path / "model")
    for other in (
        copy.deepcopy(original),
        pickle.loads(pickle.dumps(original)),
        torch.load(tmp_path / "model", weights_only=False),
    ):
        assert repr(other) == repr(original)
        assert torch.equal(other(x), original(x))
    torch.save(original.state_dict(), tmp_path / "state")
    original.load_state_dict(torch.load(tmp_path / "state", weights_only=True))


def test_state_of_a_convolutional_model_loads_unchanged():
    def model(nn):
        return torch.nn.Sequential(
            nn.Conv2d(1, 20, 10, stride=5, padding=1, bias=False),
            nn.ReLU(),
            torch.nn.Flatten(),
            nn.Linear(500, 128),
        )

    plain, ours = model(torch.nn), model(hxnn)
    ours.load_state_dict(plain.state_dict())
    assert list(ours.state_dict()) == list(plain.state_dict())
    for name, value in plain.state_dict().items():
        assert torch.equal(ours.state_dict()[name], value)


def test_avg_below_one_is_refused():
    with pytest.raises(TypeError, match="avg"):
        hxnn.Linear(4, 2, avg=0)


def test_a_model_learns_in_mock_mode():
    model = torch.nn.Sequential(
        hxnn.Linear(8, 32, bias=False, mock=True),
        hxnn.ConvertingReLU(shift=1, mock=True),
        hxnn.Linear(32, 2, bias=False, mock=True),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1)
    x = torch.randint(0, 32, (256, 8)).float()
    target = (x[:, :4].sum(1) > x[:, 4:].sum(1)).long()
    for _ in range(40):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x) / 8, target).backward()
        optimizer.step()
    assert (model(x).argmax(1) == target).float().mean() > 0.9
