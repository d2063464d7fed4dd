"""Speed of matrix products beside what to compare it with, all of it in one run.

``python -m benchmarks.hagen`` measures products of 256 x 256 and 1024 x 1024 from tensor to tensor
through the emulated chip, the host software alone, the mock formula and torch's own product of
floats, latency and start-up, and prints each figure with its target and whether it is met. Rates
are the best of several repetitions; CPU time is that of all processes and threads, which a busy
machine disturbs less. ``--json FILE`` keeps the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

import fisch
import hxtorch
from hxtorch import execution, perceptron
from hxtorch.benchmark import measure
from hxtorch.benchmark.command import half_rate_batch
from hxtorch.execution import _stream, stream
from hxtorch.graph.rows import RowMode, row_layout

SIZE = 256
BATCH = 2000
LATENCIES = 1000
TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass
class Figure:
    """A measured figure; with a target, `best` says which side of it is good."""

    name: str
    value: float
    unit: str
    target: float | None = None
    best: str = ">"
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        met = self.value >= self.target if self.best == ">" else self.value <= self.target
        return "met" if met else "missed"

    def __str__(self) -> str:
        target = "" if self.target is None else f"{self.best}= {self.target:g}"
        return (f"{self.name:<56}{self.value:>10.4g} {self.unit:<11}{target:<9}"
                f"{self.verdict:<8}{self.note}")


FIGURES: list[Figure] = []


def report(name: str, value: float, unit: str, target: float | None = None, best: str = ">",
           note: str = "") -> Figure:
    FIGURES.append(Figure(name, value, unit, target, best, note))
    print(FIGURES[-1], flush=True)
    return FIGURES[-1]


def quiet() -> None:
    """Let no line of the log come between the figures."""
    hxtorch.logger.set_loglevel(hxtorch.logger.get("hxtorch"), hxtorch.logger.LogLevel.ERROR)


def title(text: str) -> None:
    print(f"\n{text}")


def shortest(function: Callable[[], object], repetitions: int = 7) -> float:
    """Shortest time of a call in seconds."""
    times = []
    for _ in range(repetitions):
        begin = perf_counter()
        function()
        times.append(perf_counter() - begin)
    return min(times)


def operands(size: int = SIZE, kind: str = "dense") -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and weights: dense and uniform, or as in a network: half of the inputs zero."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(BATCH, size, generator=generator) * 30 + 0.6
    weights = (torch.rand(size, size, generator=generator) - 0.5) * 126
    if kind == "network":
        x *= torch.rand(BATCH, size, generator=generator) < 0.5
        weights = (torch.randn(size, size, generator=generator) * 20).clamp(-63, 63)
    if kind == "few rows":
        x[:, 16:] = 0
        weights = weights.clamp(-20, 20)
    return x, weights


def cpu_seconds(pid: int | None) -> float:
    """CPU time of this process and of the daemon, all threads."""
    own = time.process_time()
    if pid is None:
        return own
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return own + (int(fields[11]) + int(fields[12])) * TICK


def bench_stream() -> None:
    """Encoding of batch entries and decoding of read responses, without a connection."""
    rng = np.random.default_rng(0)
    activations = rng.integers(1, 32, (BATCH, SIZE), dtype=np.uint8)
    halves = activations[:, : SIZE // 2], activations[:, SIZE // 2 :]
    for baseline in (False, True):
        name = "with baseline" if baseline else "without baseline"
        encoder = stream.make_encoder(
            [row_layout(RowMode.SIGNED, SIZE // 2)] * 2, [SIZE, SIZE], num_sends=1,
            wait_between_events=5, baseline=baseline, relabel=False)
        # a program's size, as in use: it stays in the cache
        buffer = np.zeros(execution.get_options().program_words, dtype=np.uint64)
        _, words = encoder.encode(*halves, 0, buffer, 0)
        seconds = shortest(lambda e=encoder, b=buffer: e.encode(*halves, 0, b, 0), 30)
        report(f"encode {name}", seconds / words * 1e9, "ns/message", 1, "<")
        entries = 400
        responses = rng.integers(0, 2**32, entries * 128 * (1 + baseline), dtype=np.uint32)
        results = np.empty((entries, 2, 256), dtype=np.int8)
        seconds = shortest(lambda r=responses, b=baseline, o=results: _stream.decode(r, b, o), 30)
        report(f"decode {name}", seconds / len(responses) * 1e9, "ns/message", 1.5, "<")
    values = rng.random(BATCH * SIZE, dtype=np.float32) * 31
    out = np.empty(values.shape, dtype=np.int8)
    seconds = shortest(lambda: _stream.quantise(values, 0, 31, out), 30)
    report("quantise", seconds / values.size * 1e9, "ns/value")


def bench_references(threads: int) -> dict[str, float]:
    """torch's own product, and the mock formula evaluated by torch in this process."""
    rates = {}
    x, weights = operands()
    macs = BATCH * SIZE**2
    for name, product in (("torch float32", lambda: torch.matmul(x, weights)),
                          ("mock", lambda: perceptron.matmul(x, weights, mock=True))):
        for count in sorted({1, min(2, os.cpu_count() or 1)}):
            torch.set_num_threads(count)
            rate = macs / shortest(product, 9) / 1e9
            rates[name] = max(rate, rates.get(name, 0))
            text = "product" if name == "torch float32" else "formula, noise on"
            report(f"{name} {text}, {count} thread{'s'[: count - 1]}", rate, "GMAC/s")
    try:
        report(f"aihwkit's analog tile, {count} threads", bench_aihwkit(x, weights), "GMAC/s")
    except ImportError:
        print("aihwkit is not installed: its analog tile is left out")
    torch.set_num_threads(threads)
    return rates


def bench_aihwkit(x: torch.Tensor, weights: torch.Tensor) -> float:
    """The analog tile of another simulator: noise and resolution, but no chip."""
    from aihwkit.nn import AnalogLinear
    from aihwkit.simulator.configs import TorchInferenceRPUConfig

    layer = AnalogLinear(SIZE, SIZE, bias=False, rpu_config=TorchInferenceRPUConfig())
    layer.set_weights(weights.T / 63)
    layer.eval()
    with torch.no_grad():
        return len(x) * weights.numel() / shortest(lambda: layer(x / 31), 5) / 1e9


@dataclass
class Measured:
    seconds: float
    cpu_us: float
    run: dict


def product(size: int = SIZE, *, kind: str = "dense", baseline: bool = False,
            repetitions: int = 9, pid: int | None = None) -> Measured:
    """A whole product, from tensor to tensor, on the hardware that is initialised."""
    x, weights = operands(size, kind)
    best = Measured(float("inf"), float("inf"), {})
    with execution.options(baseline=baseline):
        perceptron.matmul(x, weights)
        before = cpu_seconds(pid)
        for _ in range(repetitions):
            begin = perf_counter()
            perceptron.matmul(x, weights)
            seconds = perf_counter() - begin
            if seconds < best.seconds:
                best.seconds, best.run = seconds, hxtorch.emulation.run_info()["last_run"]
        # of the daemon it is known by ticks of 10 ms: over all repetitions
        spent = (cpu_seconds(pid) - before) / repetitions
    best.cpu_us = spent / (BATCH * max(1, size // SIZE) ** 2) * 1e6
    return best


def stages(run: dict) -> str:
    names = ("quantise", "configure", "encode", "submit", "execute", "decode", "combine",
             "dequantise")
    return ", ".join(f"{name} {run[name] * 1e3:.1f}" for name in names) + " ms"


def bench_zeromock() -> None:
    macs = BATCH * SIZE**2
    for ns_per_message, name in ((0, "without limit"), (8, "8 Gbit/s")):
        with chip("zeromock", ns_per_message=ns_per_message):
            for baseline in (False, True):
                found = product(baseline=baseline)
                messages = found.run["words_to_fpga"] / found.seconds / 1e6
                kind = "with" if baseline else "without"
                wanted = 125 if ns_per_message == 0 else None
                report(f"ZeroMock, {name}, {kind} baseline", messages, "M msg/s", wanted,
                       note=f"{macs / found.seconds / 1e9:.1f} GMAC/s; {stages(found.run)}")


@contextmanager
def chip(endpoint: str | None = None, **choice: object) -> Iterator[fisch.Connection]:
    """Hold a chip, with its calibration."""
    with fisch.connect(endpoint, **choice) as connection:
        hxtorch.init_hardware(ann=True, endpoint=connection)
        try:
            yield connection
        finally:
            hxtorch.release_hardware()


def bench_emulator(references: dict[str, float]) -> None:
    macs = SIZE**2 * BATCH
    dense: dict[bool, float] = {}
    with chip(revision="v3") as connection:
        pid = connection.info["pid"]
        title(f"emulated chip, v3, calibrated, noise on, wait 5, one send, batch {BATCH}")
        for baseline, target in ((False, 14.7), (True, 8.0)):
            kind = "with" if baseline else "without"
            found = product(baseline=baseline, pid=pid)
            dense[baseline] = rate = macs / found.seconds / 1e9
            report(f"256 x 256 dense, {kind} baseline", rate, "GMAC/s", target,
                   note=stages(found.run))
            report("    wall time of a vector", found.seconds / BATCH * 1e6, "us")
            report("    CPU time of a vector, both processes", found.cpu_us, "us",
                   None if baseline else 8.9, "<")
            report("    chip time over wall time", found.run["fpga_time"] / found.seconds, "",
                   1.0 if baseline else None)
            report("    torch's own product is faster by",
                   references["torch float32"] / rate, "times")
            report("    mock formula is faster by", references["mock"] / rate, "times", 1.0, "<")
        for baseline in (False, True):
            kind = "with" if baseline else "without"
            found = product(1024, baseline=baseline, repetitions=2, pid=pid)
            report(f"1024 x 1024 dense, {kind} baseline", 16 * macs / found.seconds / 1e9,
                   "GMAC/s", 14.7 if not baseline else 8.0,
                   note=f"{16 * macs / found.seconds / 1e9 / dense[baseline]:.2f} of 256 x 256")
        for kind in ("network", "few rows"):
            found = product(kind=kind, pid=pid)
            report(f"256 x 256, {kind}, without baseline", macs / found.seconds / 1e9, "GMAC/s")
            report("    chip time over wall time", found.run["fpga_time"] / found.seconds, "",
                   1.0 if kind == "few rows" else None)
        bench_latency()
        memory = Path(f"/proc/{pid}/status").read_text()
        resident = next(line for line in memory.splitlines() if line.startswith("VmHWM"))
        report("largest memory of the daemon", int(resident.split()[1]) / 1024, "MiB")


def bench_latency() -> None:
    x, weights = operands()
    x, weights = x[:1, :128], weights[:128]
    for _ in range(20):
        perceptron.matmul(x, weights)
    times = sorted(shortest(lambda: perceptron.matmul(x, weights), 1) for _ in range(LATENCIES))
    report("128 x 256, one vector, warm, median", statistics.median(times) * 1e3, "ms", 1, "<")
    report("    99th percentile", times[int(0.99 * LATENCIES)] * 1e3, "ms", 5, "<")


def bench_revisions() -> None:
    """Volume and rate of v1 with its workaround beside v2; batch size of half the rate."""
    title("v1 and v2 as the paper ran them: no baseline, full static configuration per chip run")
    volume = {}
    for variant in (measure.V2, measure.V1):
        points = measure.sweep(
            variant, measure.EMULATOR,
            [(SIZE, batch) for batch in (1, 10, 50, 100, 150, 200, 500, 2000)],
            seconds_per_point=4.0, report=lambda point: None)
        last = points[-1]
        words = last.run["words_to_fpga"] - last.run["words_configuration"]
        volume[variant.name] = words / last.batch
        report(f"{variant.name}, 256 x 256, batch {last.batch}", last.rate / 1e9, "GMAC/s",
               note=f"1 GbE would allow {last.link_rates['1 GbE'] / 1e9:.3f}")
        report("    messages of a vector", volume[variant.name], "")
        if variant is measure.V2:
            report("    batch size of half the rate", half_rate_batch(points), "vectors", 200, "<",
                   "206 by message counts")
    report("volume of v1 over v2", volume["v1"] / volume["v2"], "times", note="paper: about 100")


def bench_start() -> None:
    """First result and imports, each in fresh processes; the idle daemon."""
    title("start-up, in fresh processes")
    first = """
        import torch, time; import hxtorch; from hxtorch import perceptron
        hxtorch.logger.set_loglevel(hxtorch.logger.get("hxtorch"), hxtorch.logger.LogLevel.ERROR)
        begin = time.perf_counter(); hxtorch.init_hardware(ann=True)
        perceptron.mac(torch.ones(5), torch.ones(5, 3)); print(time.perf_counter() - begin)
        hxtorch.release_hardware()"""
    report("init_hardware and first product", fresh(first), "s", 2, "<")
    over_torch = """
        import torch, time; begin = time.perf_counter(); import hxtorch
        print(time.perf_counter() - begin)"""
    report("import hxtorch over torch", fresh(over_torch), "s", 0.3, "<")
    with fisch.connect(revision="v3") as connection:
        pid = connection.info["pid"]
        status = Path(f"/proc/{pid}/status").read_text()
        resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        report("memory of the idle daemon", int(resident.split()[1]) / 1024, "MiB", 150, "<")


def fresh(script: str, processes: int = 3) -> float:
    """Smallest number that a script prints."""
    lines = "\n".join(line.strip() for line in script.strip().splitlines())
    return min(
        float(subprocess.run([sys.executable, "-c", lines], capture_output=True,
                             check=True).stdout)
        for _ in range(processes))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-emulator", action="store_true", help="leave out the chip")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch (%(default)s)")
    parser.add_argument("--json", type=Path, help="file for the figures")
    args = parser.parse_args()
    quiet()
    torch.set_num_threads(args.threads)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f} before"
          + (": others compute here, figures are worse than they could be" if load > 0.5 else ""))
    title("host software")
    bench_stream()
    bench_zeromock()
    title(f"to compare with, 256 x 256, batch {BATCH}")
    references = bench_references(args.threads)
    if not args.without_emulator:
        bench_emulator(references)
        bench_revisions()
        bench_start()
    verdicts = [figure.verdict for figure in FIGURES]
    print(f"\n{verdicts.count('met')} targets met, {verdicts.count('missed')} missed")
    if args.json:
        rows = [{**asdict(figure), "verdict": figure.verdict} for figure in FIGURES]
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
