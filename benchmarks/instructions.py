"""Instructions per message and per input vector: ``python -m benchmarks.instructions``.

Wall time says little on a shared machine; the number of executed instructions hardly changes from
run to run. Each piece of work runs once under ``valgrind --tool=callgrind`` and is compared with
its limit in ``instruction_limits.json``; any that exceeds its limit makes the command fail.
Valgrind offers AVX2 and no AVX-512, so that is the path that is counted. Counting is switched on
around the pieces of work alone: start-up runs at a fraction of the usual cost.

``--write`` sets the limits anew, some per cent above what was counted. Without valgrind, or on a
machine without AVX2, nothing is counted, and the command says so and succeeds.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import mmap
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

LIMITS = Path(__file__).with_name("instruction_limits.json")
MARGIN = 1.04
TIMEOUT = 900
MESSAGES = 1 << 16
VECTORS = 48

Work = tuple[str, str, int, Callable[[], object]]


class Callgrind:
    """Requests to the tool that this process runs under; without one they do nothing.

    Valgrind knows a request by a sequence of instructions without effect. Its own header offers
    it to C programs; here it is machine code in a page of its own, so that nothing is compiled.
    """

    _CODE = bytes.fromhex(
        "4889f8"  # mov rax, rdi: address of the request
        "31d2"  # xor edx, edx: the answer without valgrind
        "48c1c703 48c1c70d 48c1c73d 48c1c733"  # rol rdi, 3, 13, 61, 51
        "4887db"  # xchg rbx, rbx
        "4889d0"  # mov rax, rdx
        "c3"  # ret
    )
    _TOOL = ord("C") << 24 | ord("T") << 16
    _DUMP, _START, _STOP = _TOOL, _TOOL + 4, _TOOL + 5

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE
                               | mmap.PROT_EXEC)
        self._page.write(self._CODE)
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._page))
        self._call = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.POINTER(ctypes.c_uint64))(address)

    def _request(self, number: int) -> None:
        self._call((ctypes.c_uint64 * 6)(number))

    def count(self, work: Callable[[], object]) -> None:
        """Write a profile of one call."""
        self._request(self._START)
        work()
        self._request(self._DUMP)
        self._request(self._STOP)


def chips() -> dict[str, Any]:
    """Calibrated chips by what they hold: no weights, dense and uniform ones, a network's."""
    import numpy as np

    from emulator.machine import Machine
    from emulator.silicon import Individual
    from tests.emulator import stream as build
    from tests.emulator.tuned import calibrated

    rng = np.random.default_rng(1)
    calibration = calibrated(Individual("v3", 0)).setup().wait(build.SETTLED).words(halt=False)
    matrices = {
        "none": np.zeros((256, 256), int), "dense": rng.integers(-63, 64, (256, 256)),
        "network": np.clip(np.rint(rng.normal(0, 20, (256, 256))), -63, 63).astype(int)}
    machines = {}
    for name, matrix in matrices.items():
        machines[name] = Machine("v3", noise_seed=1)
        configuration = build.Stream().raw(*calibration)
        for hemisphere in range(2):
            build.signed(configuration, hemisphere, matrix[128 * hemisphere:][:128])
        build.run(machines[name], configuration)
    return machines


def works(machines: dict[str, Any], count: int = VECTORS) -> list[Work]:
    """Pieces of work: name, unit, how many units, and the work itself."""
    import numpy as np
    import torch

    import fisch
    import hxtorch
    from benchmarks import codec
    from hxtorch.execution import stream
    from hxtorch.graph.rows import RowMode, row_layout
    from tests.emulator import stream as build

    rng = np.random.default_rng(0)
    activations = rng.integers(1, 32, (count, 256), dtype=np.uint8)
    encoder = stream.make_encoder(
        [row_layout(RowMode.SIGNED, 128)] * 2, [256, 256], num_sends=1, wait_between_events=5,
        baseline=False, relabel=False)
    buffer = np.zeros(1024 * count + 1024, dtype=np.uint64)
    _, entry_words = encoder.encode(activations[:, :128], activations[:, 128:], 0, buffer, 0)

    torch.set_num_threads(1)
    hxtorch.logger.default_config(level=hxtorch.logger.LogLevel.ERROR)
    hxtorch.init_hardware(ann=True, endpoint=fisch.connect("zeromock", ns_per_message=0))
    x = torch.as_tensor(activations, dtype=torch.float32)
    weights = torch.as_tensor(rng.integers(-63, 64, (256, 256)), dtype=torch.float32)

    def program(words: np.ndarray, chip: str) -> Callable[[], object]:
        machine = machines[chip]
        whole = np.concatenate([words.ravel(), np.array([build.HALT], np.uint64)])

        def work() -> object:
            machine.begin_program()
            machine.execute(whole)
            return machine.take_responses()

        return work

    vectors = buffer[:entry_words].reshape(count, -1).copy()
    # the last 129 words read the columns; without weights and reads, little is evaluated
    events, reads = vectors[:, :-129], vectors[:, -129:]
    silent = build.Stream()
    for _ in range(count):
        build.vector(silent, np.zeros((2, 128), dtype=int), baseline=False)
    sparse = build.Stream()
    for row in activations:
        build.vector(sparse, (row * rng.integers(0, 2, 256)).reshape(2, 128), baseline=False)
    labels = build.Stream()
    for hemisphere in range(2):
        build.labels(labels, hemisphere, np.zeros((256, 256), dtype=int))
    label_words = labels.words(halt=False)
    return [
        ("encode writes", "message", MESSAGES, codec.encode_writes(MESSAGES)),
        ("encode batch entries", "message", entry_words,
         lambda: encoder.encode(activations[:, :128], activations[:, 128:], 0, buffer, 0)),
        ("decode read responses", "message", MESSAGES,
         codec.decode(codec.omnibus_words(MESSAGES), MESSAGES)),
        ("decode spikes", "message", MESSAGES, codec.decode(codec.spike_words(MESSAGES))),
        ("matmul, host software", "vector", count,
         lambda: hxtorch.perceptron.matmul(x, weights)),
        ("dispatch of vectors", "message", events.size, program(events, "none")),
        ("dispatch of label writes", "message", len(label_words), program(label_words, "none")),
        ("CADC", "vector", count, program(reads, "none")),
        ("reset and CADC", "vector", count, program(silent.words(halt=False), "none")),
        ("hagen, dense", "vector", count, program(vectors, "dense")),
        ("hagen, a network's weights", "vector", count,
         program(sparse.words(halt=False), "network")),
    ]


def run_works() -> None:
    """Body of the counted process: one profile for each work, after a first call."""
    callgrind = Callgrind()
    listing = works(chips())
    # garbage of others' start-up is no part of any work
    gc.collect()
    gc.disable()
    callgrind.count(lambda: None)
    for *_, work in listing:
        work()
        callgrind.count(work)
    print(json.dumps([entry[:3] for entry in listing]))


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
            ["valgrind", "--tool=callgrind", "--instr-atstart=no",
             f"--callgrind-out-file={out}", sys.executable, "-m", "benchmarks.instructions",
             "--body"],
            capture_output=True, text=True, timeout=TIMEOUT, check=False,
            # one path and one thread, whatever the caller prefers
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0",
                 "HXEMU_ISA": "avx2", "HXEMU_THREADS": "1"})
        if done.returncode:
            raise RuntimeError(f"counting failed:\n{done.stderr[-2000:]}")
        totals = []
        listing = json.loads(done.stdout.splitlines()[-1])
        for number in range(1, len(listing) + 2):
            text = Path(f"{out}.{number}").read_text(errors="replace")
            found = re.search(r"^totals: (\d+)", text, re.M)
            assert found is not None, "every profile ends with its total"
            totals.append(int(found[1]))
    # the first one is of the counting itself
    return {name: ((total - totals[0]) / units, unit)
            for (name, unit, units), total in zip(listing, totals[1:], strict=True)}


def unable() -> str:
    """Why nothing can be counted here; empty if it can."""
    if platform.machine() != "x86_64":
        return f"the limits are those of x86-64, this is {platform.machine()}"
    if shutil.which("valgrind") is None:
        return "valgrind is not installed"
    flags = Path("/proc/cpuinfo")
    if flags.exists() and "avx2" not in flags.read_text():
        return "the limits are those of AVX2, which this machine lacks"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="set the limits anew")
    parser.add_argument("--body", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.body:
        run_works()
        return 0
    if reason := unable():
        print(f"SKIPPED: instructions are not counted, {reason}")
        return 0
    counted = count()
    if arguments.write:
        limits = {name: float(f"{value * MARGIN:.3g}") for name, (value, _) in counted.items()}
        LIMITS.write_text(json.dumps(limits, indent=2) + "\n", encoding="utf-8")
    limits = json.loads(LIMITS.read_text("utf-8"))
    exceeded = []
    print(f"{'work':<30}{'instructions':>14}{'limit':>12}")
    for name, (value, unit) in counted.items():
        limit = limits[name]
        over = value > limit
        if over:
            exceeded.append(name)
        print(f"{name:<30}{value:>14.5g}{limit:>12.4g}  per {unit:<9}{value / limit - 1:+7.1%}"
              f"{'  TOO MANY' if over else ''}")
    if exceeded:
        print(f"more instructions than allowed: {', '.join(exceeded)}. If that is intended, "
              "`python -m benchmarks.instructions --write` sets the limits anew")
    return 1 if exceeded else 0


if __name__ == "__main__":
    raise SystemExit(main())
