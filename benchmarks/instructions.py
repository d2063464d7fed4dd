"""Instructions per message and per input vector: ``python -m benchmarks.instructions``.

Wall time says little on a shared machine; the number of executed instructions hardly changes from
run to run. Each piece of work runs once under ``valgrind --tool=callgrind`` and is compared with
its limit in ``instruction_limits.json``; any that exceeds its limit makes the command fail.
Valgrind offers AVX2 and no AVX-512, so that is the path that is counted.

``--write`` sets the limits anew, ten per cent above what was counted.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

LIMITS = Path(__file__).with_name("instruction_limits.json")
MARGIN = 1.10
TIMEOUT = 900
MESSAGES = 1 << 16
VECTORS = 48
MARKER = "getppid"
"""A cheap call of the C library that nothing else makes: the profile is dumped at each."""

Work = tuple[str, str, int, Callable[[], object]]


def works() -> list[Work]:
    """Pieces of work: name, unit, how many units, and the work itself."""
    import numpy as np

    from benchmarks import codec
    from emulator.machine import Machine
    from emulator.silicon import Individual
    from hxtorch.execution import stream
    from hxtorch.graph.rows import RowMode, row_layout
    from tests.emulator import stream as build
    from tests.emulator.tuned import calibrated

    rng = np.random.default_rng(0)
    activations = rng.integers(1, 32, (VECTORS, 256), dtype=np.uint8)
    encoder = stream.make_encoder(
        [row_layout(RowMode.SIGNED, 128)] * 2, [256, 256], num_sends=1, wait_between_events=5,
        baseline=False, relabel=False)
    buffer = np.zeros(1 << 17, dtype=np.uint64)
    _, entry_words = encoder.encode(activations[:, :128], activations[:, 128:], 0, buffer, 0)

    calibration = calibrated(Individual("v3", 0)).setup().wait(build.SETTLED)
    machine, idle = (Machine("v3", noise_seed=1) for _ in range(2))
    build.run(idle, calibration)
    for hemisphere in range(2):
        build.signed(calibration, hemisphere, rng.integers(-63, 64, (128, 256)))
    build.run(machine, calibration)

    def program(words: np.ndarray, machine: Machine = machine) -> Callable[[], object]:
        whole = np.concatenate([words, np.array([build.HALT], np.uint64)])

        def work() -> object:
            machine.begin_program()
            machine.execute(whole)
            return machine.take_responses()

        return work

    vectors = buffer[:entry_words].copy()
    per_vector = entry_words // VECTORS
    # without the 129 words that read the columns, and without weights: little is evaluated
    events = vectors.reshape(VECTORS, per_vector)[:, :per_vector - 129].ravel()
    silent = build.Stream()
    for _ in range(VECTORS):
        build.vector(silent, np.zeros((2, 128), dtype=int), baseline=False)
    return [
        ("encode writes", "message", MESSAGES, codec.encode_writes(MESSAGES)),
        ("encode batch entries", "message", entry_words,
         lambda: encoder.encode(activations[:, :128], activations[:, 128:], 0, buffer, 0)),
        ("decode read responses", "message", MESSAGES,
         codec.decode(codec.omnibus_words(MESSAGES), MESSAGES)),
        ("decode spikes", "message", MESSAGES, codec.decode(codec.spike_words(MESSAGES))),
        ("dispatch", "message", len(events), program(events, idle)),
        ("reset and conversion", "vector", VECTORS, program(silent.words(halt=False))),
        ("product of 256 x 256", "vector", VECTORS, program(vectors)),
    ]


def run_works() -> None:
    """Body of the counted process: every work between two markers."""
    for _, _, _, work in works():
        work()
        os.getppid()
        work()
        os.getppid()


def count() -> dict[str, tuple[float, str]]:
    """Instructions per unit of every work.

    Raises
    ------
    RuntimeError
        The counted process failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "profile"
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--dump-before={MARKER}",
             f"--callgrind-out-file={out}", sys.executable, "-m", "benchmarks.instructions",
             "--body"],
            capture_output=True, text=True, timeout=TIMEOUT, check=False,
            # start-up is not counted: no other thread may run in between
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"})
        listing = works()
        totals = []
        for number in range(1, 2 * len(listing) + 1):
            part = Path(f"{out}.{number}")
            if done.returncode or not part.exists():
                raise RuntimeError(f"counting failed:\n{done.stderr[-2000:]}")
            found = re.search(r"^totals: (\d+)", part.read_text(errors="replace"), re.M)
            assert found is not None, "every profile ends with its total"
            totals.append(int(found[1]))
    return {
        name: (totals[2 * i + 1] / units, unit)
        for i, (name, unit, units, _) in enumerate(listing)
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="set the limits anew")
    parser.add_argument("--body", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.body:
        run_works()
        return 0
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: instructions are not counted")
        return 0
    counted = count()
    if arguments.write:
        limits = {name: float(f"{value * MARGIN:.3g}") for name, (value, _) in counted.items()}
        LIMITS.write_text(json.dumps(limits, indent=2) + "\n", encoding="utf-8")
    limits = json.loads(LIMITS.read_text("utf-8"))
    exceeded = 0
    print(f"{'work':<28}{'instructions':>14}{'limit':>12}")
    for name, (value, unit) in counted.items():
        over = value > limits[name]
        exceeded += over
        print(f"{name:<28}{value:>14.4g}{limits[name]:>12.4g}  per {unit}"
              f"{'  TOO MANY' if over else ''}")
    return 1 if exceeded else 0


if __name__ == "__main__":
    raise SystemExit(main())
