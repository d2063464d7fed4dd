"""Speed of the emulated FPGA and chip on the stream of matrix products.

Run as ``python -m benchmarks.emulator``. Prints ns per message of the dispatch (a stream
without conversions and products), us per 256 x 256 input vector with its split, and chip time
over wall time.
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


def repeat(entry: np.ndarray, count: int) -> np.ndarray:
    return np.concatenate([np.tile(entry, count), np.array([build.HALT], np.uint64)])


def timed_run(machine: Machine, words: np.ndarray, repeats: int) -> tuple[float, float]:
    """Best wall time of several runs, and the time spent in taking responses."""
    best = (float("inf"), 0.0)
    for _ in range(repeats):
        machine.begin_program()
        taking = 0.0
        start = time.perf_counter()
        for first in range(0, len(words), CHUNK):
            machine.execute(words[first:first + CHUNK])
            before = time.perf_counter()
            machine.take_responses()
            taking += time.perf_counter() - before
        best = min(best, (time.perf_counter() - start, taking))
    return best


def good() -> np.ndarray:
    """Words that calibrate the chip."""
    stream = calibrated(Individual("v3", 0))
    return build.reset(stream.setup().wait(build.SETTLED)).words(halt=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    machine = Machine("v3", noise_seed=1)
    configuration = build.Stream().raw(*good())
    for hemisphere in range(2):
        build.signed(configuration, hemisphere, rng.integers(-63, 64, (128, 256)))
    build.run(machine, configuration)
    inputs = rng.integers(1, 32, (2, 128))
    print(f"kernels: {machine.status()['isa']}")

    entry = build.Stream()
    build.reset(entry).setup().wait(125)
    for k in range(128):
        entry.wait(125 + 2 * (k + 1) - 1)
        entry.spikes(*(build.label(127 - k, h, int(inputs[h, 127 - k])) for h in range(2)))
    words = repeat(entry.words(halt=False), arguments.vectors)
    machine._chip.timed(True)
    wall, _ = timed_run(machine, words, 1)
    counters = machine._chip.counters()
    wall -= counters["product_s"] + counters["membrane_s"]
    print(f"dispatch: {wall / len(words) * 1e9:.2f} ns per message ({len(words)} messages)")

    for baseline in (False, True):
        entry = build.vector(build.Stream(), inputs, wait=5, baseline=baseline)
        words = repeat(entry.words(halt=False), arguments.vectors)
        machine._chip.timed(False)
        wall, _ = timed_run(machine, words, arguments.repeats)
        machine._chip.timed(True)
        split_wall, _ = timed_run(machine, words, 1)
        counters = machine._chip.counters()
        machine._chip.timed(False)
        product = counters["product_s"] / arguments.vectors * 1e6
        membrane = counters["membrane_s"] / arguments.vectors * 1e6
        total = wall / arguments.vectors * 1e6
        rest = split_wall / arguments.vectors * 1e6 - product - membrane
        chip = machine.run_info()["fpga_time_s"]
        print(f"vector {'with' if baseline else 'without'} baseline: {total:.2f} us "
              f"({len(words) // arguments.vectors} messages): dispatch {rest:.2f}, product "
              f"{product:.2f}, noise and ADC {membrane:.2f}; chip/wall {chip / wall:.1f}")
    paths()


def paths() -> None:
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
    calibration = good()
    for name, matrix, inputs, wait, sends in works:
        machine = Machine("v3", noise_seed=1)
        configuration = build.Stream().raw(*calibration)
        for hemisphere in range(2):
            build.signed(configuration, hemisphere, matrix[hemisphere])
        build.run(machine, configuration)
        entries = [build.vector(build.Stream(), x, sends, wait).words(halt=False) for x in inputs]
        words = repeat(np.concatenate(entries), 20)
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
