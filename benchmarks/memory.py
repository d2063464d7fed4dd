"""Largest memory of client and daemon for large products: ``python -m benchmarks.memory``.

A product of 16,384 x 16,384 with a batch of 2000 runs in processes of its own: whole against a
peer without a chip, and against the emulated chip with ``--emulator-columns`` of the columns, as
many as a minute or two allow. What the operands and the result take is told apart from the rest,
which is bounded: input vectors, responses and results of a few execution instances at a time.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

MIB = 2.0**20


def largest(pid: int) -> float:
    """Largest resident memory of a process so far, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024.0


def own() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def product(peer: str, rows: int, columns: int, batch: int) -> None:
    """Run one product in this process, and print what it took."""
    import torch

    import fisch
    import hxtorch
    from hxtorch import perceptron

    hxtorch.logger.set_loglevel(hxtorch.logger.get("hxtorch"), hxtorch.logger.LogLevel.ERROR)
    choice = {"ns_per_message": 0} if peer == "zeromock" else {"revision": "v3"}
    with fisch.connect("zeromock" if peer == "zeromock" else None, **choice) as connection:
        hxtorch.init_hardware(ann=True, endpoint=connection)
        perceptron.matmul(torch.ones(2, 256), torch.ones(256, 256))
        base = own()
        # in place, so that making them takes no more than they do
        x = torch.rand(batch, rows).mul_(30).add_(0.6)
        weights = torch.rand(rows, columns).sub_(0.5).mul_(126)
        made = own()
        begin = time.perf_counter()
        result = perceptron.matmul(x, weights)
        seconds = time.perf_counter() - begin
        integers = x.numel() + weights.numel() + result.numel()
        data = 4 * integers
        peak = own()
        assert peak >= made
        print(f"{peer:<10}{rows:>6} x {columns:<6} batch {batch:<6}{seconds:>8.1f} s "
              f"{rows * columns * batch / seconds / 1e9:>6.2f} GMAC/s")
        print(f"    client: {peak / MIB:.0f} MiB at most: {base / MIB:.0f} before, "
              f"{data / MIB:.0f} operands and result as floats, {integers / MIB:.0f} as 8-bit "
              f"integers, {(peak - base - data - integers) / MIB:.0f} all else")
        if peer != "zeromock":
            print(f"    daemon: {largest(connection.info['pid']) / MIB:.0f} MiB at most")
        hxtorch.release_hardware()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=16384)
    parser.add_argument("--batch", type=int, default=2000)
    parser.add_argument("--emulator-columns", type=int, default=1024)
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        peer, *numbers = arguments.child
        product(peer, *map(int, numbers))
        return 0
    status = 0
    for peer, columns in (("zeromock", arguments.size),
                          ("emulator", min(arguments.emulator_columns, arguments.size))):
        order = [peer, *map(str, (arguments.size, columns, arguments.batch))]
        status |= subprocess.run([sys.executable, "-m", "benchmarks.memory", "--child", *order],
                                 check=False).returncode
    return status


if __name__ == "__main__":
    raise SystemExit(main())
