"""A convolutional network recognises human activities with the chip in the loop.

The model of table 1 of the paper 'hxtorch: PyTorch for BrainScaleS-2': it is trained in software
with quantisation and noise, runs on the chip as it is, and is trained for one epoch with the chip
in the loop. Run it as ``python -m hxtorch.examples.perceptron.har``; ``--help`` lists the options.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

import hxtorch
from hxtorch.examples import common, datasets, training
from hxtorch.examples.training import Report
from hxtorch.perceptron import nn as hxnn
from hxtorch.perceptron.constants import input_activation_max, synaptic_weight_max

_log = hxtorch.logger.get("hxtorch.examples.perceptron.har")

CLASSES = len(datasets.ACTIVITIES)
CHANNELS, WINDOW = 9, 128
#: 16 positions of a kernel of 32 samples with a stride of 6 take 122 to 127 samples.
SAMPLES = 127
KERNEL, STRIDE = 32, 6
#: Spacing of events in FPGA cycles. Chips of revision v1 need the long pauses of their time.
WAIT_BETWEEN_EVENTS = {"v1": 25, "": 5}
#: Activation that stands for a signal's mean, and the one step that is left on both sides.
MIDDLE = (input_activation_max + 1) // 2


def balance_weight(weight: torch.Tensor) -> torch.Tensor:
    """Shift each kernel to a mean of zero, and clamp to the range of weights.

    Signals have both signs and are sent around a middle activation; with kernels that sum to zero
    this middle does not show in the result, whatever the gain.
    """
    balanced = weight - weight.mean(dim=(1, 2), keepdim=True)
    return balanced.clamp(-synaptic_weight_max, synaptic_weight_max)


class Model(nn.Module):
    """Convolution of 9 into 16 channels with 16 positions, and layers 256-125-6; no biases.

    Parameters
    ----------
    mock : bool
        Evaluate the layers in software, with quantisation and noise, instead of on the chip.
    wait_between_events : int
        Spacing of events in FPGA cycles of 8 ns.
    expanded : bool
        Compute several positions of the convolution with one input vector.
    """

    def __init__(
        self,
        mock: bool,
        wait_between_events: int = WAIT_BETWEEN_EVENTS[""],
        expanded: bool = False,
    ) -> None:
        super().__init__()
        options: dict[str, Any] = {
            "bias": False,
            "mock": mock,
            "wait_between_events": wait_between_events,
        }
        layer = hxnn.ExpandedConv1d if expanded else hxnn.Conv1d
        self.conv = layer(CHANNELS, 16, KERNEL, STRIDE, weight_transform=balance_weight, **options)
        self.conv_relu = hxnn.ConvertingReLU(shift=2, mock=mock)
        self.fc1 = hxnn.Linear(256, 125, **options)
        self.fc1_relu = hxnn.ConvertingReLU(shift=2, mock=mock)
        self.fc2 = hxnn.Linear(125, CLASSES, **options)

    def forward(self, signals: torch.Tensor) -> torch.Tensor:
        """Return class scores in LSB, shape (n, 6), of activations of shape (n, 9, 127)."""
        features = self.conv_relu(self.conv(signals)).flatten(1)
        scores: torch.Tensor = self.fc2(self.fc1_relu(self.fc1(features)))
        return scores


class Encoding:
    """Signals as activations 0..31, with the square root of what differs from the mean.

    Small movements are finely resolved and large ones coarsely, as far as five bits go.

    Parameters
    ----------
    signals : tensor, shape (n, 9, samples)
        Training data: the source of means and standard deviations, per channel.
    """

    #: Deviation in standard deviations that is the largest activation.
    RANGE = 3.0

    def __init__(self, signals: torch.Tensor) -> None:
        self.mean = signals.mean(dim=(0, 2), keepdim=True)
        self.scale = self.RANGE * signals.std(dim=(0, 2), keepdim=True)

    def __call__(self, signals: torch.Tensor) -> torch.Tensor:
        """Encode signals of shape (n, 9, samples), in the shape of these."""
        relative = (signals - self.mean) / self.scale
        root = relative.sign() * relative.abs().sqrt()
        return (MIDDLE + (MIDDLE - 1) * root).clamp(0, input_activation_max)


class Windows:
    """Windows to train on, cut anew from the recordings each time, and moved at random.

    Neighbouring windows of the data overlap by half; where they belong to one activity, they are
    a longer recording from which a window can be cut anywhere.

    Parameters
    ----------
    data : Activities
        Training data in their official order.
    encoding : Encoding
        Turns signals into activations.
    turn : float
        Standard deviation of a random rotation of the phone about each axis, in rad.
    strength : float
        Standard deviation of the logarithm of a random factor of all movement.
    """

    def __init__(
        self,
        data: datasets.Activities,
        encoding: Encoding,
        turn: float = 0.1,
        strength: float = 0.1,
    ) -> None:
        self.labels, self.encoding = data.labels, encoding
        self.turn, self.strength = turn, strength
        half = WINDOW // 2
        signals, following = data.signals[:-1], data.signals[1:]
        goes_on = (signals[:, :, half:] == following[:, :, :half]).all(dim=2).all(dim=1)
        goes_on &= data.labels[:-1] == data.labels[1:]
        self._length = torch.full((len(data),), WINDOW)
        self._length[:-1][goes_on] += half
        self._signals = nn.functional.pad(data.signals, (0, half))
        self._signals[:-1, :, WINDOW:] = following[:, :, half:]

    def __len__(self) -> int:
        return len(self.labels)

    def __call__(self, index: torch.Tensor) -> training.Batch:
        """Activations of shape (n, 9, 127), and labels, of windows by their indices."""
        room = self._length[index] - SAMPLES + 1
        begin = (torch.rand(len(index)) * room).long()
        samples = (begin[:, None] + torch.arange(SAMPLES))[:, None]
        signals = self._signals[index].gather(2, samples.expand(-1, CHANNELS, -1))
        return self.encoding(self._move(signals)), self.labels[index]

    def _move(self, signals: torch.Tensor) -> torch.Tensor:
        count = len(signals)
        body, rotation, total = signals.unflatten(1, (3, 3)).unbind(1)
        factor = torch.exp(self.strength * torch.randn(count, 1, 1))
        # gravity stays
        total = total + (factor - 1) * body
        moved = torch.stack([factor * body, factor * rotation, total], dim=1)
        x, y, z = (self.turn * torch.randn(3, count)).unbind()
        zero = torch.zeros(count)
        generator = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1)
        turned = torch.matrix_exp(generator.view(count, 1, 3, 3)) @ moved
        return turned.flatten(1, 2)


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of the command's options."""
    parser = argparse.ArgumentParser(
        description="Human activities (UCI HAR) with the chip in the loop.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--software-epochs", type=int, default=50, help="epochs in software before")
    add("--software-lr", type=float, default=0.5, help="largest learning rate in software (Adam)")
    add("--epochs", type=int, default=1, help="epochs with the chip in the loop")
    add("--lr", type=float, default=0.2, help="learning rate with the chip in the loop")
    add("--gamma", type=float, default=0.5, help="factor of the learning rate after an epoch")
    add("--batch-size", type=int, default=100, help="windows per training step")
    add("--expanded", action="store_true", help="use the expanded convolution")
    training.add_options(parser)
    parser.set_defaults(cycle=True)
    return parser


def run(args: argparse.Namespace) -> Report:
    """Do what the options say; the hardware is released at the end.

    Parameters
    ----------
    args : namespace
        Of `get_parser`.

    Raises
    ------
    OSError
        The folder for checkpoints, or the data, do not exist.
    """
    data = datasets.load_activities(args.data_path, train=True)
    testing = datasets.load_activities(args.data_path, train=False)
    encoding = Encoding(data.signals)
    windows = Windows(data, encoding)
    activations = encoding(testing.signals[:, :, :SAMPLES])

    def steps() -> Report:
        experiment = training.Experiment(
            _log,
            args,
            make_model=lambda mock, wait: Model(mock, wait, args.expanded),
            data=lambda size: training.Batches(len(windows), size, windows, shuffle=True),
            test_data=training.Batches(
                len(testing),
                1000,
                lambda index: (activations[index], testing.labels[index]),
                shuffle=False,
            ),
            classes=CLASSES,
            waits=WAIT_BETWEEN_EVENTS,
        )
        experiment.in_software(
            args.software_epochs, lr=args.software_lr, batch_size=args.batch_size
        )
        title = "before" if args.mock else "chip as it is"
        experiment.evaluate(title, experiment.model, args.mock)
        experiment.in_the_loop(
            args.epochs,
            lr=args.lr,
            gamma=args.gamma,
            batch_size=args.batch_size,
            cycle=args.cycle,
        )
        if not args.mock:
            for line in compare_convolutions(experiment.model, activations[:200]):
                _log.info(line)
        return experiment.report

    report = training.run(args, steps)
    if args.output:
        Path(args.output).mkdir(parents=True, exist_ok=True)
        picture = Path(args.output) / f"har-{report.name}.png"
        plot(report, picture)
        _log.info(f"picture: {picture}")
    return report


def main(args: argparse.Namespace) -> float:
    """Do what the options say; returns the accuracy at the end, as a fraction."""
    return run(args).accuracy


@torch.no_grad()
def compare_convolutions(model: Any, activations: torch.Tensor) -> list[str]:
    """Run the first layer position by position and expanded; one line each on what it costs.

    Parameters
    ----------
    model : Model
        On the chip.
    activations : tensor, shape (n, 9, 127)
        Input.
    """
    weight = balance_weight(model.conv.weight)
    options = {
        "num_sends": model.conv.num_sends,
        "wait_between_events": model.conv.wait_between_events,
    }
    operations = {
        "plain convolution": lambda: hxtorch.perceptron.conv1d(
            activations, weight, stride=STRIDE, **options
        ),
        "expanded convolution": lambda: hxtorch.perceptron.expanded_conv1d(
            activations, weight, stride=STRIDE, num_expansions=16, **options
        ),
    }
    lines = []
    for name, operation in operations.items():
        operation()  # the configuration is written here
        begin = time.perf_counter()
        operation()
        seconds = time.perf_counter() - begin
        spent = hxtorch.emulation.run_info()["last_run"]
        windows = len(activations)
        line = (
            f"{name}: {spent['vectors'] / windows:.0f} vectors, "
            f"{spent['words_to_fpga'] * 8 / windows / 1e3:.1f} kB, "
            f"{1e6 * spent['fpga_time'] / windows:.0f} us of FPGA time, "
            f"{1e6 * seconds / windows:.0f} us of wall time per window"
        )
        if spent.get("energy"):
            low, value, high = (
                1e6 * spent["energy"][name] / windows for name in ("low", "value", "high")
            )
            line += f", estimated {value:.0f} uJ ({low:.0f} to {high:.0f})"
        lines.append(line)
    return lines


def plot(report: Report, path: Path) -> None:
    """Save one picture: the confusion matrices of all steps, at most the last three."""
    common.require("matplotlib").use("Agg")
    pyplot = common.require("matplotlib.pyplot")
    steps = report.steps[-3:]
    figure, axes = pyplot.subplots(
        1, len(steps), figsize=(5 * len(steps), 5.5), layout="constrained", squeeze=False
    )
    largest = max(int(step.result.confusion.max()) for step in steps)
    for axis, step in zip(axes[0], steps, strict=True):
        common.draw_confusion(
            axis, step.result.confusion, largest=largest, names=datasets.ACTIVITIES
        )
        axis.set(title=f"{step.title}\n{step.result.accuracy:.1%}", ylabel="activity")
    figure.suptitle(common.where(steps[-1].ran_on), fontsize=9, color="0.35")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


if __name__ == "__main__":
    # the emulator is a process of its own: leave it a core
    torch.set_num_threads(1)
    main(get_parser().parse_args())
