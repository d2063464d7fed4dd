"""Speed of the emulated FPGA and chip on the stream of matrix products.

Run as ``python -m benchmarks.emulator``. Prints ns per message of the dispatch (a stream
without conversions), wall time and CPU time per 256 x 256 input vector by the number of threads,
and its split on one of them.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from emulator.machine import Machine
from emulator.silicon import Individual
from tests.emulator import stream as build
from tests.emulator.tuned import calibrated

CHUNK = 131072


def timed_run(machine: Machine, words: np.ndarray, repeats: int) -> tuple[float, float]:
    """Wall time of the fastest of several runs, and CPU time of the one that took least."""
    wall = cpu = float("inf")
    for _ in range(repeats):
        machine.begin_program()
        start, before = time.perf_counter(), time.process_time()
        for first in range(0, len(words), CHUNK):
            machine.execute(words[first:first + CHUNK])
            machine.take_responses()
        wall = min(wall, time.perf_counter() - start)
        cpu = min(cpu, time.process_time() - before)
    return wall, cpu


def good() -> np.ndarray:
    """Words that calibrate the chip."""
    stream = calibrated(Individual("v3", 0))
    return build.reset(stream.setup().wait(build.SETTLED)).words(halt=False)


def prepared(weights: np.ndarray, calibration: np.ndarray, threads: int = 1) -> Machine:
    """A machine with signed weights, shape (2, 128, 256)."""
    machine = Machine("v3", noise_seed=1, threads=threads)
    configuration = build.Stream().raw(*calibration)
    for hemisphere in range(2):
        build.signed(configuration, hemisphere, weights[hemisphere])
    build.run(machine, configuration)
    return machine


def vectors(inputs: np.ndarray, baseline: bool, read: bool = True) -> np.ndarray:
    """Words of input vectors, shape (count, 2, 128)."""
    stream = build.Stream()
    for entry in inputs:
        build.vector(stream, entry, wait=5, baseline=baseline)
        if not read:
            # conversions, the rest of two rows, and the barrier behind them
            del stream.parts[-4:]
    return stream.words()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, default=406, help="in a program (%(default)s)")
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    calibration = good()
    weights = rng.integers(-63, 64, (2, 128, 256))
    inputs = rng.integers(1, 32, (arguments.vectors, 2, 128))
    machines = {threads: prepared(weights, calibration, threads) for threads in (1, 2)}
    print(f"kernels: {machines[1].status()['isa']}")

    words = vectors(inputs, baseline=False, read=False)
    rest = split(machines[1], words, arguments.repeats)[0]
    print(f"dispatch: {rest / len(words) * 1e9:.2f} ns per message ({len(words)} messages)")

    for baseline in (False, True):
        words = vectors(inputs, baseline)
        count = arguments.vectors
        kind = "with" if baseline else "without"
        print(f"vector {kind} baseline, {len(words) // count} messages:")
        for threads, machine in machines.items():
            wall, cpu = timed_run(machine, words, arguments.repeats)
            chip = machine.run_info()["fpga_time_s"]
            print(f"    {threads} thread{'s' * (threads > 1)}: wall {wall / count * 1e6:.2f} us, "
                  f"CPU {cpu / count * 1e6:.2f} us; chip/wall {chip / wall:.1f}")
        rest, product, membrane = (
            part / count * 1e6 for part in split(machines[1], words, arguments.repeats))
        print(f"    of one thread: dispatch {rest:.2f} us, sums and product {product:.2f}, "
              f"membranes, noise and ADC {membrane:.2f}")
    paths(calibration)


def split(machine: Machine, words: np.ndarray, repeats: int) -> tuple[float, float, float]:
    """Wall time of the dispatch, the sums and the membranes, in the fastest of several runs."""
    found = []
    for _ in range(repeats):
        machine._chip.timed(True)
        wall, _ = timed_run(machine, words, 1)
        counters = machine._chip.counters()
        product, membrane = counters["product_s"], counters["membrane_s"]
        found.append((wall, wall - product - membrane, product, membrane))
    machine._chip.timed(False)
    return min(found)[1:]


def paths(calibration: np.ndarray) -> None:
    """Shares of the ways from events to membranes, and what a vector costs."""
    rng = np.random.default_rng(0)
    uniform = rng.integers(-63, 64, (2, 128, 256))
    network = np.clip(np.rint(rng.normal(0, 20, (2, 128, 256))), -63, 63).astype(int)
    row = np.zeros((2, 128, 256), int)
    row[:, 5] = np.linspace(-63, 63, 256).astype(int)
    dense = rng.integers(0, 32, (5, 2, 128))
    sparse = dense * (rng.random(dense.shape) < 0.5)
    single = np.zeros((1, 2, 128), int)
    single[..., 5] = 12
    works = [(f"uniform, spacing {wait}", uniform, dense, wait, 1) for wait in (10, 5, 2, 1)]
    works += [("network, spacing 5", network, sparse, 5, 1),
              ("one row, 100 sends", row, single, 5, 100)]
    for name, matrix, inputs, wait, sends in works:
        machine = prepared(matrix, calibration)
        entries = [build.vector(build.Stream(), x, sends, wait).words(halt=False) for x in inputs]
        words = np.append(np.tile(np.concatenate(entries), 20), np.uint64(build.HALT))
        before = time.process_time()
        machine.begin_program()
        machine.execute(words)
        machine.take_responses()
        cost = (time.process_time() - before) / (20 * len(inputs)) * 1e6
        info = machine.run_info()
        shares = [info[f"pairs_{way}"] for way in ("fused", "windows", "followed", "by_event")]
        text = ", ".join(f"{100 * share / sum(shares):.1f} %" for share in shares)
        print(f"{name:<22} fused, windows, followed, by event: {text:<31} {cost:7.1f} us of CPU")


if __name__ == "__main__":
    main()
