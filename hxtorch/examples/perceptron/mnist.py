"""A convolutional network learns handwritten digits with the chip in the loop.

One convolution and two dense layers, as by Weis et al. 2020. With the default options it is
trained on the chip from the start; ``--software-epochs`` trains it in software (the mock with the
gain and noise measured on this chip) before. Run it as
``python -m hxtorch.examples.perceptron.mnist``; ``--help`` lists the options.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import torch
from torch import nn

import hxtorch
from hxtorch.examples import common, datasets, training
from hxtorch.examples.training import Report, init, test, train
from hxtorch.perceptron import nn as hxnn

_log = hxtorch.logger.get("hxtorch.examples.perceptron.mnist")

__all__ = [
    "MNIST",
    "Model",
    "batches",
    "distort",
    "get_parser",
    "init",
    "main",
    "plot",
    "run",
    "shrink_dataset",
    "test",
    "train",
]

CLASSES = 10
#: Spacing of events in FPGA cycles. Chips of revision v1 need the long pauses of their time.
WAIT_BETWEEN_EVENTS = {"v1": 25, "": 2}


class Model(nn.Module):
    """Convolution of 10 x 10 pixels into 20 channels, and two dense layers.

    Parameters
    ----------
    mock : bool
        Evaluate the layers in software, with quantisation and noise, instead of on the chip.
    wait_between_events : int
        Spacing of events in FPGA cycles of 8 ns.
    relu_shift : int
        Bits by which results are shifted on their way to the next layer. With 2 instead of 1 the
        whole range of results is used, at twice as many sends.
    """

    def __init__(self, mock: bool, wait_between_events: int = 2, relu_shift: int = 1) -> None:
        super().__init__()
        options: dict[str, Any] = {
            "bias": False,
            "mock": mock,
            "wait_between_events": wait_between_events,
        }
        self.conv2d = hxnn.Conv2d(
            1, 20, 10, stride=5, padding=1, input_transform=hxnn.scale_input, **options
        )
        self.conv2d_relu = hxnn.ConvertingReLU(shift=relu_shift, mock=mock)
        self.fc1 = hxnn.Linear(500, 128, **options)
        self.fc1_relu = hxnn.ConvertingReLU(shift=relu_shift, mock=mock)
        self.fc2 = hxnn.Linear(128, CLASSES, **options)
        if relu_shift != 1:
            for layer in (self.conv2d, self.fc1, self.fc2):
                layer.num_sends = None
                layer.reset_parameters(relu_shift=relu_shift)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return class scores in LSB, shape (n, 10), of images of shape (n, 1, 28, 28)."""
        features = self.conv2d_relu(self.conv2d(images)).flatten(1)
        scores: torch.Tensor = self.fc2(self.fc1_relu(self.fc1(features)))
        return scores


class MNIST(torch.utils.data.Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """The handwritten digits, all in memory.

    Parameters
    ----------
    root : path
        Folder of the data, see `hxtorch.examples.datasets.load_mnist`.
    train : bool
        The images to train on, or those to test on.
    """

    def __init__(self, root: datasets.Folder, train: bool) -> None:
        self.data, self.targets = datasets.load_mnist(root, train)

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Images of uint8, shape (..., 1, 28, 28), and labels, by one index or several."""
        return self.data[index], self.targets[index]


def shrink_dataset(dataset: MNIST, fraction: float) -> None:
    """Keep the first part of a data set.

    Raises
    ------
    ValueError
        The fraction is not in (0, 1].
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction is {fraction}; allowed: greater than 0, at most 1")
    count = math.ceil(fraction * len(dataset))
    dataset.data, dataset.targets = dataset.data[:count], dataset.targets[:count]


def batches(
    dataset: MNIST, size: int, *, shuffle: bool, distorted: bool = False
) -> training.Batches:
    """Cut a data set into batches, in random order and with distorted images if so wanted."""

    def make(index: torch.Tensor) -> training.Batch:
        images, labels = dataset[index]
        return (distort(images) if distorted else images), labels

    return training.Batches(len(dataset), size, make, shuffle=shuffle)


def distort(
    images: torch.Tensor,
    degrees: float = 10,
    scale: float = 0.1,
    shear: float = 0.15,
    pixels: float = 2,
) -> torch.Tensor:
    """Rotate, scale, shear and shift each image at random.

    Parameters
    ----------
    images : tensor of uint8, shape (n, 1, h, w)
        0..255.
    degrees, scale, shear, pixels : float
        Largest angle, relative change of size, shear, and shift.

    Returns
    -------
    tensor of uint8, shape (n, 1, h, w)
    """
    count = len(images)

    def uniform(limit: float) -> torch.Tensor:
        return (2 * torch.rand(count) - 1) * limit

    angle, size = uniform(math.radians(degrees)), 1 + uniform(scale)
    cos, sin = angle.cos() / size, angle.sin() / size
    shift = 2 * pixels / images.shape[-1]
    tilt = uniform(shear)
    rows = [cos, -sin + tilt, uniform(shift), sin, cos, uniform(shift)]
    grid = nn.functional.affine_grid(
        torch.stack(rows, dim=1).view(count, 2, 3), list(images.shape), align_corners=False
    )
    moved = nn.functional.grid_sample(images.float(), grid, align_corners=False)
    return moved.round().to(torch.uint8)


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of the command's options."""
    parser = argparse.ArgumentParser(
        description="Handwritten digits (MNIST) with the chip in the loop.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--batch-size", type=int, default=1000, help="images per training step")
    add("--test-batch-size", type=int, default=2000, help="images at once in a test")
    add("--epochs", type=int, default=20, help="epochs with the chip in the loop")
    add("--lr", type=float, default=1.0, help="learning rate (Adam)")
    add("--gamma", type=float, default=0.99, help="factor of the learning rate after an epoch")
    add("--dataset-fraction", type=float, default=1.0, help="part of the data to use")
    add("--software-epochs", type=int, default=0, help="epochs in software before")
    add("--software-lr", type=float, default=0.3, help="largest learning rate in software")
    add("--software-batch-size", type=int, default=250, help="images per step in software")
    add("--relu-shift", type=int, default=1, help="bits to shift results by between layers")
    add("--distort", action="store_true", help="train with images rotated, scaled, shifted")
    training.add_options(parser)
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
    parts = [MNIST(args.data_path, train=train) for train in (True, False)]
    for part in parts:
        shrink_dataset(part, args.dataset_fraction)

    def steps() -> Report:
        experiment = training.Experiment(
            _log,
            args,
            make_model=lambda mock, wait: Model(mock, wait, args.relu_shift),
            data=lambda size: batches(parts[0], size, shuffle=True, distorted=args.distort),
            test_data=batches(parts[1], args.test_batch_size, shuffle=False),
            classes=CLASSES,
            waits=WAIT_BETWEEN_EVENTS,
        )
        experiment.in_software(
            args.software_epochs, lr=args.software_lr, batch_size=args.software_batch_size
        )
        experiment.evaluate(
            "before" if args.mock else "chip as it is", experiment.model, args.mock
        )
        experiment.in_the_loop(
            args.epochs,
            lr=args.lr,
            gamma=args.gamma,
            batch_size=args.batch_size,
            cycle=args.cycle,
        )
        return experiment.report

    report = training.run(args, steps)
    if args.output:
        Path(args.output).mkdir(parents=True, exist_ok=True)
        picture = Path(args.output) / f"mnist-{report.name}.png"
        plot(report, picture)
        _log.info(f"picture: {picture}")
    return report


def main(args: argparse.Namespace) -> float:
    """Do what the options say; returns the accuracy at the end, as a fraction."""
    return run(args).accuracy


def plot(report: Report, path: Path) -> None:
    """Save one picture: the accuracy of all steps, and the confusion matrix of the last."""
    common.require("matplotlib").use("Agg")
    pyplot = common.require("matplotlib.pyplot")
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 5), layout="constrained")
    errors = [100 * (1 - step.result.accuracy) for step in report.steps]
    axes[0].plot(errors, "o-")
    for place, error in enumerate(errors):
        axes[0].annotate(
            f"{100 - error:.2f} %", (place, error), textcoords="offset points", xytext=(4, 6)
        )
    axes[0].set_xticks(
        range(len(errors)), [step.title for step in report.steps], rotation=30, ha="right"
    )
    axes[0].set(ylabel="wrong answers on the test images (%)", ylim=(0, 1.15 * max(errors) + 0.1))
    axes[0].grid(alpha=0.3)
    last = report.steps[-1]
    common.draw_confusion(axes[1], last.result.confusion)
    axes[1].set(title=f"{last.title}: {last.result.accuracy:.2%}", ylabel="digit")
    figure.suptitle(common.where(last.ran_on), fontsize=9, color="0.35")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


if __name__ == "__main__":
    # the emulator is a process of its own: leave it a core
    torch.set_num_threads(1)
    main(get_parser().parse_args())
