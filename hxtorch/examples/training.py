"""What the examples on real data sets share: epochs, tests, checkpoints, the account of a run."""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

import hxtorch
from hxtorch import perceptron
from hxtorch.examples import common, datasets
from hxtorch.perceptron import nn as hxnn

#: Outputs are 8-bit integers; this turns them into logits of a usual size.
LOGIT_SCALE = 1 / 8

Batch = tuple[torch.Tensor, torch.Tensor]


class Batches:
    """Batches of inputs and labels, made anew each time they are iterated over.

    Parameters
    ----------
    count : int
        Number of samples.
    size : int
        Samples of a batch.
    make : callable
        Inputs and labels of a tensor of indices.
    shuffle : bool
        In a new random order each time.
    fraction : float
        Part of the samples to use each time, greater than 0, at most 1.
    """

    def __init__(
        self,
        count: int,
        size: int,
        make: Callable[[torch.Tensor], Batch],
        *,
        shuffle: bool,
        fraction: float = 1.0,
    ) -> None:
        if not 0 < fraction <= 1:
            raise ValueError(f"fraction is {fraction}; allowed: greater than 0, at most 1")
        self._count, self._size, self._make, self._shuffle = count, size, make, shuffle
        self._used = math.ceil(fraction * count)

    def part(self, fraction: float) -> Batches:
        """Return batches of a part of the samples, another one each time if they are shuffled."""
        return Batches(
            self._count, self._size, self._make, shuffle=self._shuffle, fraction=fraction
        )

    def __iter__(self) -> Iterator[Batch]:
        order = torch.randperm(self._count) if self._shuffle else torch.arange(self._count)
        for index in order[: self._used].split(self._size):
            yield self._make(index)

    def __len__(self) -> int:
        return math.ceil(self._used / self._size)


def train(
    model: nn.Module,
    data: Any,
    optimizer: torch.optim.Optimizer,
    *,
    schedule: Any = None,
    title: str = "training",
) -> float:
    """Train for one epoch with cross entropy; returns the mean loss.

    Parameters
    ----------
    model : module
        Inputs to class scores in LSB.
    data : iterable of (inputs, labels)
        The batches.
    optimizer : optimizer
        Of the model's parameters.
    schedule : learning rate scheduler, optional
        Advanced after each batch.
    title : str
        Of the progress bar.
    """
    model.train()
    losses = []
    for inputs, labels in common.progress_bar(data, title):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs) * LOGIT_SCALE, labels)
        loss.backward()
        optimizer.step()
        if schedule is not None:
            schedule.step()
        losses.append(loss.item())
    return math.fsum(losses) / max(len(losses), 1)


@dataclass
class Result:
    """Mean loss, and confusion[true, answer]."""

    loss: float
    confusion: torch.Tensor

    @property
    def accuracy(self) -> float:
        """Fraction of right answers."""
        return self.right / self.count

    @property
    def right(self) -> int:
        """Number of right answers."""
        return int(self.confusion.trace())

    @property
    def count(self) -> int:
        """Number of answers."""
        return int(self.confusion.sum())


@torch.no_grad()
def test(model: nn.Module, data: Any, classes: int = 10) -> Result:  # noqa: PT028
    """Evaluate the model on all batches of (inputs, labels)."""
    model.eval()
    total, confusion = 0.0, torch.zeros(classes, classes, dtype=torch.int64)
    for inputs, labels in common.progress_bar(data, "test"):
        scores = model(inputs)
        loss = nn.functional.cross_entropy(scores * LOGIT_SCALE, labels, reduction="sum")
        total += loss.item()
        confusion += common.confusion_matrix(labels, scores.argmax(dim=1), classes)
    return Result(total / int(confusion.sum()), confusion)


@dataclass
class Step:
    """A test of the model, and what it ran on."""

    title: str
    result: Result
    ran_on: dict[str, Any]


@dataclass
class Report:
    """The steps of a run in order, and the wall time of each in seconds."""

    steps: list[Step] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def accuracy(self) -> float:
        """Accuracy at the end, as a fraction."""
        return self.steps[-1].result.accuracy

    @property
    def name(self) -> str:
        """What it ran on, for the name of a file."""
        ran_on = self.steps[-1].ran_on
        return "mock" if ran_on["kind"] == "mock" else f"{ran_on['revision']}-seed{ran_on['seed']}"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that all examples on real data sets have."""
    add = parser.add_argument
    add("--mock", action="store_true", help="software instead of a chip")
    add("--mock-noise-std", type=float, default=2.0, help="noise of the mock in LSB")
    add("--mock-gain", type=float, default=0.002, help="gain of the mock")
    add("--seed", type=lambda text: int(text, 0), default=0x5EEED, help="seed of torch")
    add(
        "--data-path",
        default=datasets.default_folder(),
        help=f"folder of the data sets, {datasets.VARIABLE} by default",
    )
    add("--checkpoint-path", default="", help="existing folder for state_<epoch>.pth, or none")
    add("--resume-from", default="", help="a checkpoint to begin with")
    add(
        "--calibration-path",
        default=os.environ.get("HXTORCH_CALIBRATION_PATH", ""),
        help="calibration of the chip, HXTORCH_CALIBRATION_PATH by default, else its own",
    )
    add(
        "--cycle",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="let the learning rate rise and fall once in the loop, instead of --gamma",
    )
    add(
        "--loop-fraction",
        type=float,
        default=1.0,
        help="part of the training data, drawn at random, of an epoch in the loop",
    )
    add("--revision", choices=("v1", "v2", "v3"), help="revision of an embedded chip")
    add("--chip-seed", type=int, help="which embedded chip individual")
    add("--output", default="", help="folder for the picture, made if need be; or none")


def init(
    calibration_path: str = "",
    mock: bool = False,
    mock_noise_std: float = 2.0,
    mock_gain: float = 0.002,
) -> None:
    """Prepare the chip, or the mock: open, load the calibration, measure and set gain and noise.

    Parameters
    ----------
    calibration_path : str
        A calibration file; empty for the chip's own.
    mock : bool
        Prepare the mock only.
    mock_noise_std, mock_gain : float
        Its parameters.
    """
    if mock:
        perceptron.set_mock_parameter(
            perceptron.MockParameter(noise_std=mock_noise_std, gain=mock_gain)
        )
        return
    if calibration_path:
        hxtorch.init_hardware(hxtorch.CalibrationPath(calibration_path))
    else:
        hxtorch.init_hardware(ann=True)
    perceptron.set_mock_parameter(perceptron.measure_mock_parameter())


class Experiment:
    """A run: a model in software, on the chip, and with the chip in the loop.

    Parameters
    ----------
    log : logger
        Takes a line per step.
    args : namespace
        With the options of `add_options`.
    make_model : callable
        A model, from whether it is mocked and the spacing of events.
    data : callable
        Batches to train on, from their size.
    test_data : Batches
        Batches to test on.
    classes : int
        Number of classes.
    waits : dict
        Spacing of events in FPGA cycles by chip revision; "" for all others.
    """

    def __init__(
        self,
        log: Any,
        args: argparse.Namespace,
        *,
        make_model: Callable[[bool, int], nn.Module],
        data: Callable[[int], Batches],
        test_data: Batches,
        classes: int,
        waits: dict[str, int],
    ) -> None:
        self.log, self.args, self.data, self.test_data = log, args, data, test_data
        self.make_model, self.classes = make_model, classes
        revision = "" if args.mock else hxtorch.emulation.run_info()["revision"]
        self.wait = waits.get(revision, waits[""])
        self.model = make_model(args.mock, self.wait)
        if args.resume_from:
            load_checkpoint(args.resume_from, self.model)
        self.report = Report()

    def evaluate(self, title: str, model: nn.Module, mock: bool) -> None:
        """Test a model, and take the result down as a step."""
        begin = time.perf_counter()
        result = test(model, self.test_data, self.classes)
        seconds = time.perf_counter() - begin
        self.report.steps.append(Step(title, result, common.provenance(mock)))
        self.report.seconds[f"test, {title}"] = seconds
        self.log.info(
            f"{title}: average loss {result.loss:.4f}, accuracy {result.right}/{result.count} "
            f"({result.accuracy:.2%}), {seconds:.1f} s"
        )

    def evaluate_in_software(self) -> None:
        """Test the model's weights in the mock, too, whatever it runs on itself."""
        model = self.make_model(True, self.wait)
        copy_state(self.model, model)
        self.evaluate("software", model, True)

    def in_software(self, epochs: int, *, lr: float, batch_size: int) -> None:
        """Train in the mock with one cycle of the learning rate, then go on with the state.

        Without an epoch, a model that was taken up from a checkpoint is tested there.
        """
        if not epochs:
            if self.args.resume_from and not self.args.mock:
                self.evaluate_in_software()
            return
        model = self.make_model(True, self.wait)
        copy_state(self.model, model)
        data = self.data(batch_size)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, lr, total_steps=epochs * len(data), pct_start=0.2
        )
        begin = time.perf_counter()
        for epoch in range(1, epochs + 1):
            title = f"software {epoch}/{epochs}"
            loss = train(model, data, optimizer, schedule=schedule, title=title)
            self.log.info(f"{title}: average loss in training {loss:.4f}")
        self.report.seconds["software"] = time.perf_counter() - begin
        self.evaluate("software", model, True)
        copy_state(model, self.model)
        self.save(0, None)

    def in_the_loop(
        self, epochs: int, *, lr: float, gamma: float, batch_size: int, cycle: bool
    ) -> None:
        """Train the model itself, on the chip unless it is mocked, and test after each epoch.

        The learning rate is multiplied by `gamma` after each epoch; or, with `cycle`, it rises
        and falls once over all of them, for what has been trained before.
        """
        data = self.data(batch_size).part(self.args.loop_fraction)
        optimizer = torch.optim.Adam(self.model.parameters(), lr=lr)
        # a period of one epoch, in batches
        schedule: Any = torch.optim.lr_scheduler.StepLR(optimizer, len(data), gamma)
        if cycle and epochs:
            schedule = torch.optim.lr_scheduler.OneCycleLR(
                optimizer, lr, total_steps=epochs * len(data), pct_start=0.1
            )
        for epoch in range(1, epochs + 1):
            spent = _totals(self.args.mock)
            begin = time.perf_counter()
            title = f"epoch {epoch}/{epochs}"
            loss = train(self.model, data, optimizer, schedule=schedule, title=title)
            seconds = time.perf_counter() - begin
            self.report.seconds[title] = seconds
            self.log.info(f"{title}: average loss in training {loss:.4f}, {seconds:.1f} s")
            if not self.args.mock:
                self.log.info(f"{title}: {_account(spent, _totals(False), seconds)}")
            self.evaluate(title, self.model, self.args.mock)
            self.save(epoch, optimizer)

    def save(self, epoch: int, optimizer: torch.optim.Optimizer | None) -> None:
        """Write a checkpoint, if a folder for it is given."""
        if self.args.checkpoint_path:
            path = Path(self.args.checkpoint_path) / f"state_{epoch}.pth"
            save_checkpoint(path, self.model, optimizer, self.report)
            self.log.info(f"checkpoint: {path}")


def run(args: argparse.Namespace, steps: Callable[[], Report]) -> Report:
    """Open the chip or prepare the mock, take the steps, release.

    Parameters
    ----------
    args : namespace
        With the options of `add_options`.
    steps : callable
        What to do in between.

    Raises
    ------
    OSError
        The folder for checkpoints does not exist.
    """
    if args.checkpoint_path and not Path(args.checkpoint_path).is_dir():
        raise NotADirectoryError(f"the checkpoint folder {args.checkpoint_path!r} does not exist")
    for name, value in (("HXEMU_REVISION", args.revision), ("HXEMU_SEED", args.chip_seed)):
        if value is not None:
            os.environ[name] = str(value)
    torch.manual_seed(args.seed)
    before = perceptron.get_mock_parameter()
    try:
        init(args.calibration_path, args.mock, args.mock_noise_std, args.mock_gain)
        return steps()
    finally:
        perceptron.set_mock_parameter(before)
        if not args.mock:
            hxtorch.release_hardware()


def _mac_layers(model: nn.Module) -> dict[str, hxnn.MACLayer]:
    return {
        name: layer for name, layer in model.named_modules() if isinstance(layer, hxnn.MACLayer)
    }


def copy_state(source: nn.Module, target: nn.Module) -> None:
    """Copy weights, and the number of sends that belong to them."""
    target.load_state_dict(source.state_dict())
    layers = _mac_layers(source)
    for name, layer in _mac_layers(target).items():
        layer.num_sends = layers[name].num_sends


def save_checkpoint(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer | None, report: Report
) -> None:
    """Write the state, and what it came from, in types that ``weights_only`` loading knows."""
    torch.save(
        {
            "model": model.state_dict(),
            "num_sends": {name: layer.num_sends for name, layer in _mac_layers(model).items()},
            "optimizer": None if optimizer is None else optimizer.state_dict(),
            "accuracy": [(step.title, step.result.accuracy) for step in report.steps],
            "ran_on": [step.ran_on for step in report.steps],
        },
        path,
    )


def load_checkpoint(path: str | Path, model: nn.Module) -> None:
    """Load the state of a checkpoint, or a plain state of the model.

    Raises
    ------
    OSError
        The file does not exist.
    """
    checkpoint = torch.load(path, weights_only=True)
    model.load_state_dict(checkpoint.get("model", checkpoint))
    for name, layer in _mac_layers(model).items():
        layer.num_sends = checkpoint.get("num_sends", {}).get(name, layer.num_sends)


def _totals(mock: bool) -> dict[str, float]:
    return {} if mock else dict(hxtorch.emulation.run_info()["totals"])


def _account(before: dict[str, float], after: dict[str, float], seconds: float) -> str:
    """One line on the stages of the products between two totals."""
    spent = {
        name: value - before.get(name, 0)
        for name, value in after.items()
        if isinstance(value, int | float)
    }
    stages = ("configure", "encode", "submit", "execute", "decode", "combine")
    parts = [f"{name} {spent[name]:.1f}" for name in stages if spent.get(name, 0) >= 0.05]
    return (
        f"{seconds:.1f} s, of it products {spent['total']:.1f} s ({', '.join(parts)}); "
        f"{spent['vectors']:,.0f} vectors, {spent['words_to_fpga'] * 8 / 1e9:.2f} GB to the FPGA, "
        f"{spent['fpga_time']:.1f} s of FPGA time"
    )
