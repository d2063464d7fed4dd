"""Where the time of an input vector goes, in nanoseconds: ``python -m benchmarks.stages``.

256 x 256, dense and uniform, no baseline, wait 5, one send, calibrated v3 chip with noise. Each
stage runs on its own and in this process; figures are CPU time of all threads, best of several
runs, which a busy machine disturbs less than wall time. Beside each stands what bounds it: moving
its bytes as fast as a copy of words of the same size does here, or its multiplications.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

import hxtorch
from benchmarks import hagen, instructions, transport
from fisch import PlaybackProgram
from fisch.connections import PendingRun, ZMQConnection
from hxtorch.execution import _stream

SIZE, CHANNELS = 256, 512
WORDS, READS = 645, 128
VECTORS = 400
THREADS = "HXEMU_THREADS"


def cpu(function: Callable[[], object], rounds: int = 15) -> float:
    """Least CPU time of a call, all threads, in seconds."""
    function()
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        function()
        times.append(time.process_time() - begin)
    return min(times)


def copy_rate() -> float:
    """Bytes per second of a copy of a megabyte, as programs are: read and written."""
    words = np.ones(1 << 17, dtype=np.uint64)
    target = np.empty_like(words)

    def copies() -> None:
        for _ in range(100):
            np.copyto(target, words)

    return 100 * words.nbytes / cpu(copies)


def product_rate() -> float:
    """Multiplications of 8-bit integers per second, of torch's own product on one thread."""
    torch.set_num_threads(1)
    x = torch.randint(0, 31, (1024, SIZE), dtype=torch.uint8).to(torch.int8)
    w = torch.randint(-63, 64, (SIZE, SIZE), dtype=torch.int8)
    try:
        seconds = cpu(lambda: torch._int_mm(x, w))
    except (AttributeError, RuntimeError):
        seconds = cpu(lambda: torch.matmul(x.float(), w.float()))
    return 1024 * SIZE * SIZE / seconds


def clock_rate() -> float:
    """Cycles per second, as the machine says; 3 GHz if it does not."""
    path = Path("/proc/cpuinfo")
    found = re.findall(r"^cpu MHz\s*: ([\d.]+)", path.read_text() if path.exists() else "", re.M)
    return 1e6 * max(map(float, found), default=3000.0)


def transported() -> tuple[float, float]:
    """CPU time in seconds of a vector's words to a daemon that looks at nothing, and back."""
    found = []
    vectors, number = 400, 300  # programs of the size in use
    programs = (
        PlaybackProgram(np.full(vectors * WORDS, transport.SETUP, dtype=np.uint64)),
        PlaybackProgram(np.full(vectors * READS, transport.READ, dtype=np.uint64),
                        (0, vectors * READS, 0)),
    )
    with transport.daemon("benchmarks.transport") as endpoint, ZMQConnection(endpoint) as peer:
        pid = peer.info["pid"]
        for program in programs:
            peer.run(program)
            begin = hagen.cpu_seconds(pid)
            flights: deque[PendingRun] = deque()
            for _ in range(number):
                flights.append(peer.submit(program))
                if len(flights) == 3:
                    flights.popleft().wait()
            while flights:
                flights.popleft().wait()
            found.append((hagen.cpu_seconds(pid) - begin) / (number * vectors))
    there, both = found
    return there, max(0.0, both - there * READS / WORDS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--whole", action="store_true",
                        help="measure the whole product through the transport, too")
    arguments = parser.parse_args()
    rows: list[tuple[str, str, float, float, str]] = []
    hagen.quiet()
    copy = copy_rate()
    limits = json.loads(instructions.LIMITS.read_text("utf-8"))
    clock = clock_rate()
    macs = product_rate()
    print(f"copy of words {copy / 1e9:.1f} GB/s, {clock / 1e9:.1f} GHz, torch's product of bytes "
          f"{macs / 1e9:.0f} GMAC/s on one thread")

    def stage(name: str, where: str, seconds: float, limit: float, what: str) -> None:
        rows.append((name, where, seconds * 1e9, limit * 1e9, what))

    def moved(count: float) -> float:
        return count / copy

    # the host's own
    values = np.random.default_rng(0).random(VECTORS * SIZE, dtype=np.float32) * 31
    integers = np.empty(values.shape, dtype=np.int8)
    seconds = cpu(lambda: _stream.quantise(values, 0, 31, integers)) / VECTORS
    stage("convert 256 floats", "client", seconds, moved(4 * SIZE), "memory: reads 1 KiB")
    given = os.environ.pop(THREADS, None)
    os.environ[THREADS] = "1"  # no thread waits for another in the stages
    machines = instructions.chips()
    os.environ.pop(THREADS)
    if given is not None:
        os.environ[THREADS] = given
    works = {name: work for name, *_, work in instructions.works(machines, VECTORS)}
    wide = machines["dense"].status()["isa"] == "avx512"

    def counted(name: str) -> float:
        return cpu(works[name]) / VECTORS

    def executed(name: str, messages: int = 1) -> float:
        """Seconds of a vector's instructions at four per cycle, none of which waits.

        They are counted with AVX2; with AVX-512 it may be half of them.
        """
        return limits[name] / instructions.MARGIN * messages * 0.5**wide / 4 / clock

    stage("encode 645 words", "client", counted("encode batch entries"), moved(8 * WORDS),
          "memory: writes 5.0 KiB")
    there, back = transported()
    stage("transport there, 645 words", "both", there, 2 * moved(8 * WORDS),
          "memory: two copies through the socket")
    stage("transport back, 128 words", "both", back, 3 * moved(8 * READS),
          "memory: two copies, and decoding")
    responses = np.zeros(VECTORS * READS, dtype=np.uint32)
    results = np.empty((VECTORS, 2, SIZE), dtype=np.int8)
    seconds = cpu(lambda: _stream.decode(responses, False, results)) / VECTORS
    stage("responses to 8-bit numbers", "client", seconds, moved(4 * READS), "memory")
    outputs = torch.zeros(VECTORS, SIZE, dtype=torch.int8)
    seconds = cpu(lambda: outputs.to(torch.float32)) / VECTORS
    stage("sums, convert back", "client", seconds, moved(4 * SIZE), "memory: writes 1 KiB")

    # the chip's
    dispatch, conversion = counted("dispatch of vectors"), counted("CADC")
    dense = counted("hagen, dense")
    split = inside(machines["dense"], works["hagen, dense"])
    stage("dispatch resets and events, 516 words", "daemon", dispatch,
          executed("dispatch of vectors", 516), "instructions")
    stage("dispatch reads, noise, ADC, 512 columns", "daemon", conversion, executed("CADC"),
          "instructions")
    stage("integer product, 256 x 256", "daemon", split["product_s"], 2 * SIZE**2 / macs,
          "multiply-adds of 16 bits: half of torch's rate for bytes")
    rest = dense - dispatch - conversion - split["product_s"]
    stage("membranes of 512 columns, 128 events", "daemon", max(0.0, rest),
          executed("hagen, dense") - executed("dispatch of vectors", 516) - executed("CADC"),
          "instructions")

    print(f"\n{'stage':<42}{'where':<8}{'ns':>8}{'limit':>8}  bound by")
    for name, where, took, limit, what in rows:
        print(f"{name:<42}{where:<8}{took:>8.0f}{limit:>8.0f}  {what}")
    print(f"{'sum':<50}{sum(row[2] for row in rows):>8.0f}{sum(row[3] for row in rows):>8.0f}")
    shares = machines["dense"].run_info()
    ways = {name.removeprefix("pairs_"): shares[name] for name in shares
            if name.startswith("pairs_")}
    print("columns of the dense vector by way: " + ", ".join(
        f"{way.replace('_', ' ')} {count / sum(ways.values()):.2%}"
        for way, count in ways.items()))
    print("inside the chip, by its own clock (ns): " + ", ".join(
        f"{name.removesuffix('_s')} {seconds * 1e9:.0f}" for name, seconds in split.items()))
    if arguments.whole:
        hxtorch.release_hardware()  # ZeroMock, of the works
        with hagen.chip(revision="v3") as connection:
            pid = connection.info["pid"]
            found = [hagen.product(pid=pid) for _ in range(3)]
        print(f"{'measured whole, CPU of client and daemon':<50}"
              f"{min(entry.cpu_us for entry in found) * 1e3:>8.0f}")
        print(f"{'measured whole, wall':<50}"
              f"{min(entry.seconds for entry in found) / hagen.BATCH * 1e9:>8.0f}")
    return 0


def inside(machine: Any, work: Callable[[], object]) -> dict[str, float]:
    """Least seconds of a vector in each part of the evaluation, by the chip's own clock."""
    found = []
    for _ in range(9):
        machine._chip.timed(True)
        before = machine._chip.counters()
        work()
        after = machine._chip.counters()
        machine._chip.timed(False)
        found.append({name: (after[name] - before[name]) / VECTORS for name in after
                      if name.endswith("_s")})
    return {name: min(entry[name] for entry in found) for name in found[0]}


if __name__ == "__main__":
    raise SystemExit(main())
