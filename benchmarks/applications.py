"""Accuracy of the examples on real data over several chips, beside the same network in software.

``python -m benchmarks.applications mnist v3`` trains once in software, in the mock with the gain
and noise measured on chip 0, then takes this network to each chip: as it is, and in the loop.
Arguments after the revision go to the example; ``--data-path`` or ``HXTORCH_DATASETS_PATH`` names
the folder of the data. That takes most of an hour.

Without arguments, or with ``--quick`` alone, both examples run on two chips of v3 with a part of
the training: minutes, and accuracies a few per cent below those of the whole.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import torch

import hxtorch
from hxtorch import perceptron
from hxtorch.examples import datasets, training
from hxtorch.examples.perceptron import har, mnist

EXAMPLES = {"mnist": mnist, "har": har}
#: As in ``examples/mnist.py``; the example of human activity has its defaults.
DEFAULTS = {
    "mnist": {
        "software_epochs": 30, "epochs": 1, "lr": 0.1, "cycle": True, "batch_size": 100,
        "distort": True, "relu_shift": 2,
    },
    "har": {},
}  # fmt: skip
SEEDS = range(5)
QUICK = {
    "mnist": ["--dataset-fraction", "0.1", "--software-epochs", "10", "--loop-fraction", "0.25"],
    "har": ["--software-epochs", "10", "--loop-fraction", "0.25"],
}
QUICK_SEEDS = range(2)


def measured(args) -> perceptron.MockParameter:
    """Gain and noise of chip 0."""
    before = perceptron.get_mock_parameter()

    def steps():
        return perceptron.get_mock_parameter()

    args.mock = False
    try:
        return training.run(args, steps)
    finally:
        perceptron.set_mock_parameter(before)


def over_chips(name: str, revision: str, rest: list[str], seeds: Iterable[int]) -> None:
    """Run one example on several chips of one revision."""
    example = EXAMPLES[name]
    parser = example.get_parser()
    parser.set_defaults(revision=revision, chip_seed=0, **DEFAULTS[name])
    with tempfile.TemporaryDirectory() as folder:
        args = parser.parse_args(rest)
        parameter = measured(args)
        args.mock, args.mock_gain, args.mock_noise_std = True, parameter.gain, parameter.noise_std
        in_the_loop, args.epochs, args.checkpoint_path = args.epochs, 0, folder
        begin = time.perf_counter()
        software = example.run(args).steps[0].result.accuracy
        print(
            f"{name} {revision}: software {software:.2%} at gain {parameter.gain:.5f}, noise "
            f"{parameter.noise_std:.2f} LSB ({time.perf_counter() - begin:.0f} s)",
            flush=True,
        )
        args.resume_from, args.checkpoint_path = str(Path(folder) / "state_0.pth"), ""
        args.mock, args.software_epochs, args.epochs = False, 0, in_the_loop
        found = []
        for seed in seeds:
            args.chip_seed = seed
            begin = time.perf_counter()
            report = example.run(args)
            found.append([100 * step.result.accuracy for step in report.steps])
            epochs = [seconds for title, seconds in report.seconds.items() if "epoch" in title]
            part = "" if args.loop_fraction == 1 else f"{args.loop_fraction:g} of "
            print(
                f"  chip {seed}: as it is {found[-1][1]:.2f} %, in the loop "
                + ", ".join(f"{accuracy:.2f}" for accuracy in found[-1][2:])
                + f" % ({time.perf_counter() - begin:.0f} s, {part}an epoch {epochs[0]:.1f} s)",
                flush=True,
            )
    # the first one is in software, with the gain and noise of the chip
    for title, place in (("as it is", 1), ("in the loop", -1)):
        values = [accuracies[place] for accuracies in found]
        print(
            f"  {title}: mean {statistics.mean(values):.2f} %, "
            f"{min(values):.2f} to {max(values):.2f} %"
        )


def main(arguments: list[str]) -> int:
    """Run what the arguments say; returns the exit status."""
    torch.set_num_threads(1)
    logger = hxtorch.logger
    logger.set_loglevel(logger.get("hxtorch"), logger.LogLevel.ERROR)
    if arguments and arguments != ["--quick"]:
        if len(arguments) < 2 or arguments[0] not in EXAMPLES:
            print(f"usage: applications [--quick | {'|'.join(EXAMPLES)} REVISION [OPTION ...]]")
            return 2
        name, revision, *rest = arguments
        over_chips(name, revision, rest, SEEDS)
        return 0
    if not os.environ.get(datasets.VARIABLE):
        print(f"SKIPPED: {datasets.VARIABLE} does not name the folder of the data sets")
        return 0
    print("a part of the training, two chips of five: no figures to quote")
    for name, options in QUICK.items():
        over_chips(name, "v3", options, QUICK_SEEDS)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
