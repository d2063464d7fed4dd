"""Characterise a chip as a vector-matrix multiplier, on hardware or in the emulator.

Measures what a user of matrix products sees: gain, offset, noise, fixed pattern, dependence on
weight, input, row, spacing of events and number of sends, limits and drift. All raw outputs go to
one file (.npz with a JSON header), which ``hxemu compare`` plots and scores against another one.

Only torch, numpy and names that hxtorch has on every system are used.
"""

import argparse
import json
import time

import numpy as np
import torch

import hxtorch
from hxtorch import perceptron

FORMAT, VERSION = "hagen characterisation", 1
ROWS, COLUMNS = 128, 512  # of one chip: both synapse arrays side by side
WEIGHTS = np.arange(-63, 64)
INPUTS = np.arange(32)
WAITS = np.array([1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50])
SENDS = np.array([1, 2, 4, 8, 16, 32, 64, 128, 256])
DRIFT_WAITS = np.array([5, 25, 50, 100, 200, 400])
POSITION_WAITS = np.array([2, 50])
INPUT_ROWS = np.array([0, 1, 2, 3, 42, 43, 84, 127])


class Bench:
    """Runs products and keeps their raw outputs by name."""

    def __init__(self, repeats, wait):
        self.repeats = repeats
        self.wait = wait
        self.data = {}
        self.begin = time.monotonic()
        self.moments = []

    def product(self, vectors, weights, *, sends=1, wait=None, repeats=None):
        """Outputs of some vectors, repeated: shape (repeats, vectors, columns)."""
        repeats = self.repeats if repeats is None else repeats
        vectors = torch.as_tensor(np.asarray(vectors), dtype=torch.float32)
        batch = vectors.repeat(repeats, 1)
        out = perceptron.matmul(
            batch,
            torch.as_tensor(np.asarray(weights), dtype=torch.float32),
            num_sends=int(sends),
            wait_between_events=int(self.wait if wait is None else wait),
        )
        return out.numpy().reshape(repeats, len(vectors), -1).astype(np.int8)

    def keep(self, name, values):
        """Store outputs, and note how far the measurement is."""
        self.data[name] = np.asarray(values)
        elapsed = time.monotonic() - self.begin
        print(f"{elapsed:7.1f} s  {name:<10} {self.data[name].shape}", flush=True)

    def moment(self):
        """Measure the reference vector once more: is the chip stable in time."""
        vector = np.full((1, ROWS), 12)
        out = self.product(vector, np.full((ROWS, COLUMNS), 15), repeats=4)
        self.moments.append((time.monotonic() - self.begin, out[:, 0]))


def weights(bench):
    """Output over weight: one row, input 12, 100 sends. Shape (127, repeats, 512)."""
    found = [
        bench.product([[12]], np.full((1, COLUMNS), weight), sends=100)[:, 0]
        for weight in WEIGHTS
    ]
    bench.keep("weights", found)


def inputs(bench):
    """Output over input of a few rows, 100 sends. Shape (2 signs, repeats, 8, 32, 512)."""
    vectors = np.zeros((len(INPUT_ROWS), len(INPUTS), ROWS))
    for i, row in enumerate(INPUT_ROWS):
        vectors[i, :, row] = INPUTS
    found = []
    for sign in (1, -1):
        matrix = np.full((ROWS, COLUMNS), 16 * sign)
        out = bench.product(vectors.reshape(-1, ROWS), matrix, sends=100, repeats=3)
        found.append(out.reshape(-1, len(INPUT_ROWS), len(INPUTS), COLUMNS))
    bench.keep("inputs", found)


def rows(bench):
    """Every row alone, input 12, 100 sends. Shape (2 signs, repeats, 128, 512)."""
    found = [
        bench.product(12 * np.eye(ROWS), np.full((ROWS, COLUMNS), 21 * sign), sends=100, repeats=3)
        for sign in (1, -1)
    ]
    bench.keep("rows", found)


def positions(bench):
    """One row more active among all rows; the others cancel. Shape (2 waits, repeats, 129, 512).

    The row is sent at its place in a short and a long event train: its charge may leak.
    """
    vectors = np.full((1 + ROWS, ROWS), 4)
    vectors[1 + np.arange(ROWS), np.arange(ROWS)] = 31
    matrix = np.where(np.arange(ROWS) % 2, 63, -63)[:, None] * np.ones(COLUMNS)
    found = [bench.product(vectors, matrix, wait=wait) for wait in POSITION_WAITS]
    bench.keep("positions", found)


def hundred(bench):
    """A hundred rows with input 15 and weight 21. Shape (repeats, 512)."""
    bench.keep("hundred", bench.product(np.full((1, 100), 15), np.full((100, COLUMNS), 21))[:, 0])


def noise(bench, repeats):
    """Many repetitions of no input, and of a dense one. Shape (2, repeats, 512)."""
    vectors = np.zeros((2, ROWS))
    vectors[1] = 12
    out = bench.product(vectors, np.full((ROWS, COLUMNS), 15), repeats=repeats)
    bench.keep("noise", out.transpose(1, 0, 2))


def waits(bench):
    """Spacing of events: all inputs of one sign, and mixed ones. Shape (15, 2, repeats, 512)."""
    generator = np.random.default_rng(0)
    mixed = generator.integers(0, 32, ROWS)
    random = generator.integers(-63, 64, (ROWS, COLUMNS))
    found = []
    for wait in WAITS:
        same = bench.product(np.full((1, ROWS), 16), np.full((ROWS, COLUMNS), 12), wait=wait)
        both = bench.product(mixed[None], random, wait=wait)
        found.append([same[:, 0], both[:, 0]])
    bench.keep("waits", found)
    bench.keep("waits_exact", (mixed @ random).astype(np.int32))


def sends(bench):
    """Number of sends of one row, both signs. Shape (9, 2, repeats, 512)."""
    found = [
        [
            bench.product([[12]], np.full((1, COLUMNS), 16 * sign), sends=number)[:, 0]
            for sign in (1, -1)
        ]
        for number in SENDS
    ]
    bench.keep("sends", found)


def limits(bench):
    """As much as can be sent in one row, both signs. Shape (2, repeats, 512)."""
    found = [
        bench.product([[31]], np.full((1, COLUMNS), 63 * sign), sends=100)[:, 0]
        for sign in (1, -1)
    ]
    bench.keep("limits", found)


def drift(bench):
    """Events on synapses of weight 0, long apart. Shape (6, repeats, 512)."""
    nothing = np.zeros((ROWS, COLUMNS))
    found = [
        bench.product(np.full((1, ROWS), 31), nothing, wait=wait)[:, 0] for wait in DRIFT_WAITS
    ]
    bench.keep("drift", found)


#: Where the outputs were taken, by the name of their axis.
AXES = {
    "axis_weights": WEIGHTS,
    "axis_inputs": INPUTS,
    "axis_input_rows": INPUT_ROWS,
    "axis_waits": WAITS,
    "axis_sends": SENDS,
    "axis_drift_waits": DRIFT_WAITS,
    "axis_position_waits": POSITION_WAITS,
}


def header(bench, arguments, parameter):
    """What the file says of itself."""
    about = {
        "format": FORMAT,
        "version": VERSION,
        "identifier": hxtorch.get_unique_identifier()[0],
        "date": time.strftime("%Y-%m-%dT%H:%M:%S"),
        "seconds": time.monotonic() - bench.begin,
        "calibration": arguments.calibration_path,
        "wait_between_events": bench.wait,
        "gain": parameter.gain,
        "noise_std": parameter.noise_std,
    }
    # the emulator tells more of itself; a chip doesn't
    emulation = getattr(hxtorch, "emulation", None)
    if emulation is not None:
        info = emulation.run_info()
        names = ("kind", "version", "revision", "seed", "noise_seed", "silicon", "calibration")
        about["run_info"] = {name: info.get(name) for name in names}
    return about


def characterise(bench, noise_repeats):
    """Run all measurements, with the reference vector in between."""
    for measure in (weights, inputs, rows, positions, hundred, waits, sends, limits, drift):
        bench.moment()
        measure(bench)
    noise(bench, noise_repeats)
    bench.moment()
    bench.keep("moments_s", [seconds for seconds, _ in bench.moments])
    bench.keep("moments", [out for _, out in bench.moments])


def main():
    """Measure the chip that the environment or the arguments choose."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", help="the .npz file to write")
    parser.add_argument("--calibration-path", help="instead of the default calibration")
    parser.add_argument("--wait", type=int, default=5, help="cycles between events (%(default)s)")
    parser.add_argument("--repeats", type=int, default=16, help="of most products (%(default)s)")
    parser.add_argument(
        "--noise-repeats", type=int, default=1000, help="for the noise (%(default)s)"
    )
    arguments = parser.parse_args()
    torch.manual_seed(0)
    if arguments.calibration_path is None:
        hxtorch.init_hardware(ann=True)
    else:
        hxtorch.init_hardware(hxtorch.CalibrationPath(arguments.calibration_path))
    try:
        bench = Bench(arguments.repeats, arguments.wait)
        parameter = perceptron.measure_mock_parameter()
        print(f"gain {parameter.gain:.6f}, noise {parameter.noise_std:.3f}", flush=True)
        characterise(bench, arguments.noise_repeats)
        about = header(bench, arguments, parameter)
    finally:
        hxtorch.release_hardware()
    np.savez_compressed(arguments.output, header=np.array(json.dumps(about)), **AXES, **bench.data)
    print(f"written to {arguments.output}")


if __name__ == "__main__":
    main()
