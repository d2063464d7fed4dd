"""Accuracy of a network on raw, calibrated and other chips: bands over many chips.

The network of the digits demo is trained in software with the gain and noise of the chip, runs on
the raw chip (nominal codes, no calibration) and on the calibrated one, is trained on in the loop,
and then runs with the weights of another chip.
"""

import argparse
import itertools
import json
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

import hxtorch
from hxtorch import perceptron
from hxtorch.examples import digits
from stadls import PlaybackProgramBuilder, SystemInit, hal, halco, nominal

STEPS = ("software", "raw chip", "calibrated", "in the loop", "on another chip")
#: Cycles until the CapMem has settled.
SETTLE = 12_500_000


class NominalInit:
    """Initialisation with nominal codes in place of a calibration."""

    def __init__(self, revision: str) -> None:
        self.revision = revision

    def generate(self) -> tuple[PlaybackProgramBuilder, None]:
        builder = SystemInit().generate()[0]
        builder.write_block(*nominal.hagen_words(self.revision))
        builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
        builder.write(halco.TimerOnDLS(), hal.Timer())
        builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(SETTLE))
        return builder, None


@contextmanager
def chip(revision: str, seed: int, raw: bool = False) -> Iterator[None]:
    os.environ.update(HXEMU_REVISION=revision, HXEMU_SEED=str(seed), HXEMU_NOISE_SEED="1")
    if raw:
        hxtorch.init_hardware_minimal(init=NominalInit(revision))
    else:
        hxtorch.init_hardware(ann=True)
    try:
        yield
    finally:
        hxtorch.release_hardware()


@dataclass
class Network:
    """Weights, and the numbers of sends that they were trained with."""

    state: dict[str, torch.Tensor]
    sends: dict[str, int]

    @classmethod
    def of(cls, model: digits.DigitsModel) -> "Network":
        state = {name: value.clone() for name, value in model.state_dict().items()}
        return cls(state, {name: getattr(model, name).num_sends for name in ("hidden", "output")})

    def into(self, model: digits.DigitsModel) -> None:
        model.load_state_dict(self.state)
        for name, number in self.sends.items():
            getattr(model, name).num_sends = number


def one_chip(
    revision: str,
    seed: int,
    data: digits.Digits,
    foreign: Network | None,
    epochs: int,
    loop_epochs: int,
) -> tuple[dict[str, float], Network]:
    """Accuracies in percent of one chip, and its network after training in the loop."""
    wait = digits.WAIT_BETWEEN_EVENTS.get(revision, digits.DEFAULT_WAIT)
    accuracy: dict[str, float] = {}

    def evaluate(name: str, model: torch.nn.Module) -> None:
        result = digits.evaluate(model, data.test_images, data.test_labels)
        accuracy[name] = 100 * result.accuracy

    torch.manual_seed(seed)
    with chip(revision, seed):
        parameter = perceptron.measure_mock_parameter()
        perceptron.set_mock_parameter(parameter)
        accuracy["gain"], accuracy["noise"] = parameter.gain, parameter.noise_std
        software = digits.DigitsModel(mock=True, wait_between_events=wait)
        digits.train(
            software, data.train_images, data.train_labels, epochs=epochs, learning_rate=3.0
        )
        evaluate("software", software)
        model = digits.DigitsModel(mock=False, wait_between_events=wait)
        trained = Network.of(software)
        if foreign is not None:
            foreign.into(model)
            evaluate("on another chip", model)
        trained.into(model)
        evaluate("calibrated", model)
        digits.train(
            model, data.train_images, data.train_labels, epochs=loop_epochs, learning_rate=1.0
        )
        evaluate("in the loop", model)
        retrained = Network.of(model)
    trained.into(model)
    with chip(revision, seed, raw=True):
        evaluate("raw chip", model)
    return accuracy, retrained


def band(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} [{min(values):.1f}, {max(values):.1f}]"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--revision", choices=("v1", "v2", "v3"), default="v3")
    parser.add_argument("--seeds", type=int, default=20, help="chips (%(default)s)")
    parser.add_argument("--epochs", type=int, default=30, help="in software (%(default)s)")
    parser.add_argument("--loop-epochs", type=int, default=10, help="in the loop (%(default)s)")
    parser.add_argument("--json", type=Path, help="file for the accuracies of all chips")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    logger = hxtorch.logger
    logger.set_loglevel(logger.get("hxtorch"), logger.LogLevel.ERROR)
    data = digits.load_digits()
    found: list[dict[str, float]] = []
    foreign: Network | None = None
    print("chip   " + "".join(f"{name:>17}" for name in STEPS) + "   seconds")
    for seed in range(arguments.seeds):
        begin = time.perf_counter()
        accuracy, foreign = one_chip(
            arguments.revision, seed, data, foreign, arguments.epochs, arguments.loop_epochs
        )
        found.append(accuracy)
        print(
            f"{seed:<7}"
            + "".join(f"{accuracy.get(name, float('nan')):17.2f}" for name in STEPS)
            + f"{time.perf_counter() - begin:10.1f}",
            flush=True,
        )
    print("median [lowest, highest]:")
    for name in STEPS:
        values = [one[name] for one in found if name in one]
        if values:
            print(f"  {name:<16} {band(values)}")
    gained = [one["in the loop"] - one["calibrated"] for one in found]
    lost = [
        one["in the loop"] - other["on another chip"]
        for one, other in itertools.pairwise(found)
    ]
    print("of the same chip and the same weights:")
    print(f"  gained by training in the loop  {band(gained)}")
    if lost:
        print(f"  lost on the next chip           {band(lost)}")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
