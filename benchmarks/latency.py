"""Times that a user waits for: ``python -m benchmarks.latency``.

A single product on a warm connection, from tensor to tensor; the import; the embedded emulator
from its start to the first result; and the memory of a daemon that nobody uses. Run it on a quiet
machine: the longest times are those of whatever else wants its cores.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

_IMPORT = """
import time, torch
begin = time.perf_counter()
import hxtorch
print(time.perf_counter() - begin)
"""

_FIRST = """
import time, torch, hxtorch
from hxtorch import perceptron
x, weights = torch.ones(128), torch.ones(128, 256)
begin = time.perf_counter()
hxtorch.init_hardware(ann=True)
perceptron.matmul(x, weights)
print(time.perf_counter() - begin)
hxtorch.release_hardware()
"""


def timed(script: str, repetitions: int) -> float:
    """Shortest of the times that a script prints, each in a process of its own."""
    command = [sys.executable, "-c", script]
    return min(
        float(subprocess.run(command, capture_output=True, check=True).stdout)
        for _ in range(repetitions)
    )


def idle_memory() -> float:
    """Resident memory in MiB of a daemon that has no client."""
    with tempfile.TemporaryDirectory(prefix="hxemu-bench-") as folder:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "emulator", "serve", "--bind", f"ipc://{folder}/chip"],
            stdout=subprocess.PIPE,
        )
        try:
            assert daemon.stdout is not None
            daemon.stdout.readline()
            status = Path(f"/proc/{daemon.pid}/status").read_text()
        finally:
            daemon.terminate()
            daemon.communicate(timeout=10)
    (resident,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(resident) / 1024


def products(count: int, batch: int, baseline: bool) -> tuple[list[float], dict[str, float]]:
    """Seconds of so many products of 128 x 256, in ascending order; mean seconds per stage."""
    import torch

    from hxtorch import execution, perceptron
    from hxtorch.execution.times import STAGES

    generator = torch.Generator().manual_seed(0)
    x = torch.randint(1, 32, (batch, 128), generator=generator).float()
    weights = torch.randint(-63, 64, (128, 256), generator=generator).float()
    times = []
    stages = dict.fromkeys(STAGES, 0.0)
    with execution.options(baseline=baseline):
        for number in range(-50, count):
            begin = perf_counter()
            perceptron.matmul(x, weights)
            if number >= 0:
                times.append(perf_counter() - begin)
                report = execution.last_report()
                assert report is not None
                for name in stages:
                    stages[name] += getattr(report, name) / count
    return sorted(times), stages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=3000, help="of each kind (%(default)s)")
    parser.add_argument("--batch", type=int, default=1, help="vectors of a product (%(default)s)")
    arguments = parser.parse_args()
    import torch

    import hxtorch

    torch.set_num_threads(1)
    hxtorch.init_hardware(ann=True)
    try:
        for baseline in (False, True):
            times, stages = products(arguments.products, arguments.batch, baseline)
            late = times[int(0.99 * len(times))]
            kind = "with baseline" if baseline else "without baseline"
            print(
                f"128 x 256, batch {arguments.batch}, {kind}: median "
                f"{1e3 * statistics.median(times):.2f} ms, 99th percentile {1e3 * late:.2f} ms, "
                f"longest of {len(times)} {1e3 * times[-1]:.2f} ms   (wanted: < 1, < 5)"
            )
            listed = ", ".join(f"{name} {1e6 * value:.0f}" for name, value in stages.items())
            print(f"    us: {listed}")
    finally:
        hxtorch.release_hardware()
    print(f"import hxtorch, over torch: {timed(_IMPORT, 3):.3f} s   (budget 0.3)")
    print(f"embedded emulator, start to first result: {timed(_FIRST, 3):.2f} s   (budget 2)")
    print(f"daemon without a client: {idle_memory():.0f} MiB   (budget 150)")


if __name__ == "__main__":
    main()
