"""Speed of matrix products: word stream, whole operation, and what to compare them with.

``python benchmarks/hagen.py`` prints one line per figure; ``--without-emulator`` leaves out the
chip. Figures are the best of several repetitions; ratios within one run mean more than they do.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np
import torch

import fisch
import hxtorch
from hxtorch import execution, perceptron
from hxtorch.execution import _stream, stream
from hxtorch.graph.rows import RowMode, row_layout

ROWS = COLUMNS = 256
BATCH = 2000
STAGES = ("configure", "encode", "submit", "execute", "decode", "combine")


def best(function: Callable[[], object], repetitions: int = 7) -> float:
    """Shortest time of a call in seconds."""
    times = []
    for _ in range(repetitions):
        begin = perf_counter()
        function()
        times.append(perf_counter() - begin)
    return min(times)


def report(name: str, value: float, unit: str, note: str = "") -> None:
    print(f"{name:<52}{value:>10.2f} {unit:<12}{note}")


def bench_stream() -> None:
    """Encoding of batch entries and decoding of read responses, without a connection."""
    rng = np.random.default_rng(0)
    activations = rng.integers(1, 32, (BATCH, ROWS), dtype=np.uint8)
    for baseline in (False, True):
        name = "with baseline" if baseline else "without baseline"
        encoder = stream.make_encoder(
            [row_layout(RowMode.SIGNED, ROWS // 2)] * 2,
            [COLUMNS, COLUMNS],
            num_sends=1,
            wait_between_events=5,
            baseline=baseline,
            relabel=False,
        )
        # a program's size, as in use: it stays in the cache
        buffer = np.zeros(execution.get_options().program_words, dtype=np.uint64)
        halves = activations[:, : ROWS // 2], activations[:, ROWS // 2 :]
        _, words = encoder.encode(*halves, 0, buffer, 0)
        seconds = best(lambda e=encoder, b=buffer, h=halves: e.encode(*h, 0, b, 0), 30)
        report(f"encode {name}", seconds / words * 1e9, "ns/message", "budget 1")
        entries = 400
        responses = rng.integers(0, 2**32, entries * 128 * (1 + baseline), dtype=np.uint32)
        results = np.empty((entries, 2, 256), dtype=np.int8)
        seconds = best(lambda r=responses, b=baseline, o=results: _stream.decode(r, b, o), 30)
        report(f"decode {name}", seconds / len(responses) * 1e9, "ns/message")
    values = rng.random(BATCH * ROWS, dtype=np.float32) * 31
    out = np.empty(values.shape, dtype=np.int8)
    seconds = best(lambda: _stream.quantise(values, 0, 31, out), 30)
    report("quantise", seconds / values.size * 1e9, "ns/value")


def operands() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(BATCH, ROWS, generator=generator) * 30 + 0.6
    weights = (torch.rand(ROWS, COLUMNS, generator=generator) - 0.5) * 126
    return x, weights


def bench_product(name: str, budgets: dict[bool, str]) -> None:
    """A whole product, from tensor to tensor, on the hardware that is initialised."""
    x, weights = operands()
    macs = BATCH * ROWS * COLUMNS
    for baseline in (False, True):
        with execution.options(baseline=baseline):
            seconds = best(lambda: perceptron.matmul(x, weights), 9)
            run = hxtorch.emulation.run_info()["last_run"]
        kind = "with baseline" if baseline else "without baseline"
        report(f"{name}, {kind}", macs / seconds / 1e9, "GMAC/s", budgets.get(baseline, ""))
        rate = run["words_to_fpga"] / seconds / 1e6
        stages = ", ".join(f"{stage} {run[stage] * 1e3:.2f}" for stage in STAGES)
        report("    messages", rate, "M/s", f"of {seconds * 1e3:.2f} ms: {stages} ms")
        if run["fpga_time"]:
            report("    chip time / wall time", run["fpga_time"] / seconds, "", "budget >= 1")


def bench_references() -> None:
    x, weights = operands()
    macs = BATCH * ROWS * COLUMNS
    seconds = best(lambda: torch.matmul(x, weights), 9)
    report("torch float32 matmul", macs / seconds / 1e9, "GMAC/s")
    seconds = best(lambda: perceptron.matmul(x, weights, mock=True), 5)
    report("mock", macs / seconds / 1e9, "GMAC/s")


def bench_import() -> None:
    """Time that importing hxtorch takes beyond torch, in fresh processes."""
    script = (
        "import torch, time; t = time.perf_counter(); import hxtorch; "
        "print(time.perf_counter() - t)"
    )
    times = [
        float(
            subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout
        )
        for _ in range(3)
    ]
    report("import hxtorch over torch", min(times) * 1e3, "ms", "budget 300")


def bench_zeromock(ns_per_message: float, name: str, budgets: dict[bool, str]) -> None:
    connection = fisch.connect("zeromock", ns_per_message=ns_per_message)
    hxtorch.init_hardware(ann=True, endpoint=connection)
    try:
        bench_product(name, budgets)
    finally:
        hxtorch.release_hardware()


def bench_emulator() -> None:
    begin = perf_counter()
    hxtorch.init_hardware(ann=True)
    try:
        perceptron.mac(torch.ones(5), torch.ones(5, 3))
        report("init_hardware and first product", perf_counter() - begin, "s", "budget 2")
        bench_product("emulator", {False: "budget >= 14.7", True: "budget >= 8"})
    finally:
        hxtorch.release_hardware()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-emulator", action="store_true", help="leave out the chip")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch (%(default)s)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    bench_stream()
    bench_references()
    bench_zeromock(0, "zeromock without limit", {False: "budget >= 12.7 (125 M messages/s)"})
    bench_zeromock(8, "zeromock at 8 ns per message", {})
    if not args.without_emulator:
        bench_emulator()
    bench_import()


if __name__ == "__main__":
    main()
