"""A network learns real handwritten digits with the chip in the loop.

The three steps of the paper 'hxtorch: PyTorch for BrainScaleS-2': a dense network is trained
in software, with quantisation and noise; it runs on the chip as it is; it is trained on with
the chip in the loop. The data are the 1,797 scanned digits of 8 x 8 pixels that scikit-learn
carries, 1,437 to train on and 360 to test on.

Run it as ``hxemu demo`` or ``python examples/digits.py``; ``--help`` lists the options.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

import hxtorch
from hxtorch import perceptron
from hxtorch.examples.common import (
    MissingExtraError,
    Sized,
    confusion_matrix,
    describe,
    draw_confusion,
    progress_bar,
    require,
)
from hxtorch.perceptron import nn as hxnn

CLASSES = 10
PIXELS = 64
HIDDEN = 128
#: Outputs are 8-bit integers; this turns them into logits of a usual size.
LOGIT_SCALE = 1 / 8
#: Spacing of events in FPGA cycles. Chips of revision v1 need the long pauses of their time.
WAIT_BETWEEN_EVENTS = {"v1": 25}
DEFAULT_WAIT = 5

Batches = Iterable[Any]
Progress = Callable[[Batches, str], Batches]


@dataclass
class Digits:
    """Images as activations 0..31 (float32, shape (n, 64)) and labels (int64, shape (n,))."""

    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor


def load_digits() -> Digits:
    """Load the digits and split them 1,437/360, stratified by class, always the same way."""
    datasets = require("sklearn.datasets")
    selection = require("sklearn.model_selection")
    images, labels = datasets.load_digits(return_X_y=True)
    # pixels are 0..16; an activation has five bits
    images = torch.tensor(images, dtype=torch.float32) * (
        perceptron.constants.input_activation_max / 16
    )
    train, test, train_labels, test_labels = selection.train_test_split(
        images.numpy(), labels, test_size=360, stratify=labels, random_state=0
    )
    return Digits(
        torch.from_numpy(train),
        torch.from_numpy(train_labels),
        torch.from_numpy(test),
        torch.from_numpy(test_labels),
    )


class DigitsModel(nn.Module):
    """Two dense layers of 64 x 128 and 128 x 10 weights with a converting ReLU between.

    Parameters
    ----------
    mock : bool
        Evaluate the layers in software, with quantisation and noise, instead of on the chip.
    wait_between_events : int
        Spacing of events in FPGA cycles of 8 ns.
    """

    def __init__(self, mock: bool, wait_between_events: int = DEFAULT_WAIT) -> None:
        super().__init__()
        options: dict[str, Any] = {
            "bias": False,
            "mock": mock,
            "wait_between_events": wait_between_events,
        }
        self.hidden = hxnn.Linear(PIXELS, HIDDEN, **options)
        self.activation = hxnn.ConvertingReLU(shift=1, mock=mock)
        self.output = hxnn.Linear(HIDDEN, CLASSES, **options)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the class scores, shape (n, 10), of images of shape (n, 64)."""
        return self.output(self.activation(self.hidden(images))) * LOGIT_SCALE


def train(
    model: nn.Module,
    images: torch.Tensor,
    labels: torch.Tensor,
    *,
    epochs: int,
    learning_rate: float,
    batch_size: int = 64,
    progress: Progress = lambda batches, _: batches,
    title: str = "training",
) -> None:
    """Train with Adam, a one-cycle schedule and cross entropy, in place."""
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate / 3)
    steps = math.ceil(len(images) / batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, learning_rate, total_steps=epochs * steps
    )
    batches = (
        batch for _ in range(epochs) for batch in torch.randperm(len(images)).split(batch_size)
    )
    for batch in progress(Sized(batches, epochs * steps), title):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
        loss.backward()
        optimizer.step()
        schedule.step()


@dataclass
class Result:
    """What a model answered on the test images: confusion[true, predicted] and accuracy 0..1."""

    confusion: torch.Tensor
    accuracy: float


@torch.no_grad()
def evaluate(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> Result:
    """Run the model over all images at once and count its answers."""
    predicted = model(images).argmax(dim=1)
    accuracy = (predicted == labels).float().mean().item()
    return Result(confusion_matrix(labels, predicted, CLASSES), accuracy)


@dataclass
class Report:
    """All that the demo found out, and what it ran on."""

    software: Result
    chip: Result
    in_the_loop: Result
    gain: float
    noise_std: float
    seconds: dict[str, float]
    run_info: dict[str, Any]
    ideal_outputs: torch.Tensor = field(repr=False)
    chip_outputs: torch.Tensor = field(repr=False)

    @property
    def steps(self) -> list[tuple[str, Result]]:
        """The three steps in order, with their titles."""
        return [
            ("software (quantised, noisy)", self.software),
            ("on the chip as it is", self.chip),
            ("after training in the loop", self.in_the_loop),
        ]


@torch.no_grad()
def _compare_outputs(
    model: DigitsModel, images: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Outputs of the first layer in LSB: ideal (no noise, one gain for all) and on the chip."""
    layer = model.hidden
    parameter = perceptron.get_mock_parameter()
    options = {
        "num_sends": layer.num_sends,
        "wait_between_events": layer.wait_between_events,
    }
    weight = layer.weight.clamp(-63, 63).t()
    perceptron.set_mock_parameter(perceptron.MockParameter(noise_std=0.0, gain=parameter.gain))
    try:
        ideal = perceptron.matmul(images, weight, mock=True, **options)
    finally:
        perceptron.set_mock_parameter(parameter)
    return ideal, perceptron.matmul(images, weight, mock=False, **options)


def learn_digits(
    *,
    epochs: int = 30,
    loop_epochs: int = 10,
    torch_seed: int = 0,
    wait_between_events: int = DEFAULT_WAIT,
    progress: Progress = lambda batches, _: batches,
    say: Callable[[str], None] = lambda _: None,
) -> Report:
    """Do the three steps with the hardware that ``hxtorch.init_hardware`` has opened.

    Parameters
    ----------
    epochs, loop_epochs : int
        Epochs in software, and with the chip in the loop.
    torch_seed : int
        Seed of the initial weights and of the order of the images.
    wait_between_events : int
        Spacing of events in FPGA cycles of 8 ns.
    progress : callable
        Wraps the batches of a training, for a progress bar.
    say : callable
        Takes one line of text per finished step.

    Returns
    -------
    Report
        Accuracies, confusion matrices, times, and what it ran on.
    """
    torch.manual_seed(torch_seed)
    data = load_digits()
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(name: str) -> float:
        nonlocal clock
        now = time.perf_counter()
        seconds[name], clock = now - clock, now
        return seconds[name]

    before = perceptron.get_mock_parameter()
    measured = perceptron.measure_mock_parameter()
    perceptron.set_mock_parameter(measured)
    try:
        lap("measure")
        say(
            f"measured on this chip: gain {measured.gain:.5f} LSB per input x weight, "
            f"noise {measured.noise_std:.2f} LSB ({seconds['measure']:.1f} s)"
        )
        software = DigitsModel(mock=True, wait_between_events=wait_between_events)
        train(
            software,
            data.train_images,
            data.train_labels,
            epochs=epochs,
            learning_rate=3.0,
            progress=progress,
            title="1 software",
        )
        in_software = evaluate(software, data.test_images, data.test_labels)
        say(
            f"1 software, quantised and noisy:   {in_software.accuracy:7.2%}"
            f"   ({lap('software'):.1f} s)"
        )

        chip = DigitsModel(mock=False, wait_between_events=wait_between_events)
        chip.load_state_dict(software.state_dict())
        as_it_is = evaluate(chip, data.test_images, data.test_labels)
        ideal_outputs, chip_outputs = _compare_outputs(chip, data.test_images)
        say(f"2 on the chip as it is:            {as_it_is.accuracy:7.2%}   ({lap('chip'):.1f} s)")

        train(
            chip,
            data.train_images,
            data.train_labels,
            epochs=loop_epochs,
            learning_rate=1.0,
            progress=progress,
            title="3 in the loop",
        )
        in_the_loop = evaluate(chip, data.test_images, data.test_labels)
        say(
            f"3 after training in the loop:      {in_the_loop.accuracy:7.2%}"
            f"   ({lap('loop'):.1f} s)"
        )
    finally:
        perceptron.set_mock_parameter(before)
    return Report(
        in_software,
        as_it_is,
        in_the_loop,
        measured.gain,
        measured.noise_std,
        seconds,
        hxtorch.emulation.run_info(),
        ideal_outputs,
        chip_outputs,
    )


def plot(report: Report, path: Path) -> None:
    """Save one picture: three confusion matrices, and outputs of the chip against ideal ones."""
    require("matplotlib").use("Agg")
    pyplot = require("matplotlib.pyplot")
    figure, axes = pyplot.subplots(
        1, 4, figsize=(18, 5.0), width_ratios=(1, 1, 1, 1.15), layout="constrained"
    )
    vmax = max(int(result.confusion.max()) for _, result in report.steps)
    for axis, (title, result) in zip(axes, report.steps, strict=False):
        draw_confusion(axis, result.confusion, largest=vmax)
        axis.set(title=f"{title}\n{result.accuracy:.1%}", ylabel="digit")
    axis = axes[3]
    ideal, chip = report.ideal_outputs.flatten(), report.chip_outputs.flatten()
    density = axis.hexbin(
        ideal, chip, gridsize=64, bins="log", mincnt=1, cmap="viridis", extent=(-128, 127) * 2
    )
    axis.plot((-128, 127), (-128, 127), color="tab:red", linewidth=1, label="ideal")
    axis.set(
        title="first layer: chip against ideal",
        xlabel="ideal output (LSB)",
        ylabel="output of the chip (LSB)",
        xlim=(-132, 131),
        ylim=(-132, 131),
        aspect="equal",
    )
    axis.legend(loc="upper left")
    figure.colorbar(density, ax=axis, label="outputs", shrink=0.8)
    figure.suptitle(describe(report.run_info), fontsize=9, color="0.35")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


@torch.no_grad()
def workaround_cost(size: int = 256, vectors: int = 8) -> str:
    """One line on what the rewriting of synapse labels costs on the chip that is held.

    Parameters
    ----------
    size : int
        Rows and columns of the product.
    vectors : int
        Input vectors to average over.
    """
    inputs = torch.full((vectors, size), float(perceptron.constants.input_activation_max))
    weights = torch.ones(size, size)
    words, times = [], []
    for rewrite in (True, False):
        with hxtorch.execution.options(rewrite_labels=rewrite):
            perceptron.matmul(inputs, weights)  # the configuration is written here
            perceptron.matmul(inputs, weights)
        run = hxtorch.emulation.run_info()["last_run"]
        words.append((run["words_to_fpga"] - run["words_configuration"]) / vectors)
        times.append(run["fpga_time"] / vectors * 1e6)
    return (
        f"rewriting labels, per vector of {size} x {size}: {words[0]:,.0f} messages instead of "
        f"{words[1]:,.0f} ({words[0] / words[1]:.0f} times the data), {times[0]:,.0f} us of FPGA "
        f"time instead of {times[1]:,.0f} us"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hxemu demo",
        description="A network learns real handwritten digits with the chip in the loop.",
    )
    parser.add_argument("--revision", choices=("v1", "v2", "v3"), help="chip revision (v3)")
    parser.add_argument("--seed", type=int, help="which chip individual (0)")
    parser.add_argument(
        "--endpoint", help="a running emulator instead of an embedded one, e.g. ipc:///tmp/chip"
    )
    parser.add_argument("--epochs", type=int, default=30, help="epochs in software (%(default)s)")
    parser.add_argument(
        "--loop-epochs", type=int, default=10, help="epochs with the chip (%(default)s)"
    )
    parser.add_argument("--torch-seed", type=int, default=0, help="seed of torch (%(default)s)")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("demo-output"),
        help="folder for the picture, made if need be (%(default)s)",
    )
    return parser


def _cost(report: Report, seconds: float) -> list[str]:
    """What the run cost on the wire and in time, over all products of the process."""
    totals = report.run_info.get("totals")
    if not totals or not totals.get("vectors"):
        return []
    vectors = totals["vectors"]
    return [
        f"{vectors:,} input vectors, {totals['words_to_fpga'] * 8 / 1e6:,.1f} MB to the FPGA, "
        f"{totals['words_to_fpga'] / vectors:,.0f} messages per vector",
        f"{totals['fpga_time']:.2f} s of FPGA time in {seconds:.1f} s of wall time",
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo as a command; returns the exit status."""
    parser = _parser()
    args = parser.parse_args(argv)
    if args.endpoint is not None and (args.revision is not None or args.seed is not None):
        parser.error("--revision and --seed choose an embedded chip, --endpoint a running one")
    if args.revision is not None:
        os.environ["HXEMU_REVISION"] = args.revision
    if args.seed is not None:
        os.environ["HXEMU_SEED"] = str(args.seed)
    for name in ("epochs", "loop_epochs"):
        if getattr(args, name) < 1:
            parser.error(f"--{name.replace('_', '-')} is {getattr(args, name)}; at least 1")
    try:
        require("tqdm")
        require("matplotlib")
        require("sklearn")
    except MissingExtraError as error:
        parser.error(str(error))
    # the emulator is a process of its own: leave it a core
    torch.set_num_threads(1)
    start = time.perf_counter()
    hxtorch.init_hardware(ann=True, endpoint=args.endpoint)
    try:
        info = hxtorch.emulation.run_info()
        print(f"running on {describe(info)}", flush=True)
        report = learn_digits(
            epochs=args.epochs,
            loop_epochs=args.loop_epochs,
            torch_seed=args.torch_seed,
            wait_between_events=WAIT_BETWEEN_EVENTS.get(info["revision"], DEFAULT_WAIT),
            progress=progress_bar,
            say=lambda line: print(line, flush=True),
        )
        cost = workaround_cost() if info["revision"] == "v1" else ""
    finally:
        hxtorch.release_hardware()
    seconds = time.perf_counter() - start
    args.output.mkdir(parents=True, exist_ok=True)
    picture = args.output / f"digits-{info['revision']}-seed{info['seed']}.png"
    plot(report, picture)
    for line in _cost(report, seconds):
        print(line)
    if cost:
        print(cost)
    print(f"picture: {picture}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
