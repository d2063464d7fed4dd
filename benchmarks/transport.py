"""Cost of the way between host software and chip: ``python -m benchmarks.transport``.

The peer of the ZeroMQ figures is a daemon process that does nothing but find the halt, so that
they show the transport alone; ``--emulator`` takes the emulated chip instead. Each figure is a
median of rounds; the ratio is to a plain copy of the same words, taken in the same run.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from fisch import PlaybackProgram
from fisch.connections import Connection, ZeroMockConnection, ZMQConnection
from fisch.ut import HALT_WORD

WORDS = 1 << 22
ROUNDS = 9
TRIPS = 2000
SETUP = 0x0400000000000000
READ = 0x0B00001F8800000C


class NullMachine:
    """Answers a halt with a halt, a piece of reads with as many zeros, and looks no further."""

    revision, seed, link, identifier, jtag_id = "v3", 0, "none", "hxcube93fpga0chip1_1", 0x348580AF
    noise_seed: int | None = 0

    def __init__(self) -> None:
        self.silicon: dict[str, bool] = {}
        self.hardware = {"board": "cube", "eeprom_chip_serial": 0, "fuse_dna": 0}
        self.halted = False
        self._responses: list[np.ndarray] = []

    def power_cycle(self, noise_seed: int | None = None) -> None:
        pass

    def set_silicon(self, **switches: bool) -> dict[str, bool]:
        return {}

    def begin_program(self) -> None:
        self.halted = False

    def execute(self, words: np.ndarray, limit: int | None = None) -> int:
        if int(words[0]) == READ:
            self._responses.append(np.full(len(words), 1 << 56, dtype=np.uint64))
        if int(words[-1]) == HALT_WORD:
            self.halted = True
            self._responses.append(np.array([0x02 << 56], dtype=np.uint64))
        return len(words)

    def stop(self) -> None:
        pass

    def take_responses(self) -> np.ndarray:
        taken, self._responses = self._responses, []
        return np.concatenate(taken) if taken else np.empty(0, dtype=np.uint64)

    def run_info(self) -> dict[str, Any]:
        return {}

    def status(self) -> dict[str, Any]:
        return {}


@contextmanager
def daemon(module: str) -> Iterator[str]:
    """Run a daemon on a socket of its own; yields its endpoint."""
    with tempfile.TemporaryDirectory(prefix="hxemu-bench-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "serve", "--bind", f"ipc://{folder}/chip"],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        try:
            assert process.stdout is not None
            yield process.stdout.readline().decode().split()[2]
        finally:
            process.terminate()
            process.communicate(timeout=10)


def round_trips(connection: Connection, trips: int) -> tuple[float, float]:
    """Median and 99th percentile of an empty program, in microseconds."""
    program = PlaybackProgram()
    times = []
    for _ in range(trips):
        begin = time.perf_counter()
        connection.run(program)
        times.append(time.perf_counter() - begin)
    times.sort()
    return 1e6 * statistics.median(times), 1e6 * times[int(0.99 * len(times))]


def rate(connection: Connection, program: PlaybackProgram, in_flight: int) -> float:
    """Words per second with several programs under way."""
    connection.run(program)
    rates = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for pending in [connection.submit(program) for _ in range(in_flight)]:
            pending.wait()
        rates.append(in_flight * len(program.words) / (time.perf_counter() - begin))
    return statistics.median(rates)


def copy_rate(words: np.ndarray) -> float:
    target = np.empty_like(words)
    rates = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        np.copyto(target, words)
        rates.append(len(words) / (time.perf_counter() - begin))
    return statistics.median(rates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--emulator", action="store_true", help="take the emulated chip as peer")
    arguments = parser.parse_args()
    writes = PlaybackProgram(np.full(WORDS, SETUP, dtype=np.uint64))
    reads = PlaybackProgram(np.full(WORDS // 4, READ, dtype=np.uint64), (0, WORDS // 4, 0))
    base = copy_rate(writes.words)
    print(f"copy of words: {8e-6 * base:.0f} MB/s")
    peer = daemon("emulator" if arguments.emulator else "benchmarks.transport")
    with peer as endpoint, ZMQConnection(endpoint) as connection:
        median, late = round_trips(connection, TRIPS)
        print(f"empty program over ipc: median {median:.0f} us, 99th percentile {late:.0f} us")
        for name, program, in_flight in (
            ("to the daemon, one program at a time", writes, 1),
            ("to the daemon, two in flight", writes, 2),
            ("there and back (reads), two in flight", reads, 2),
        ):
            words = rate(connection, program, in_flight)
            print(
                f"{name}: {8e-6 * words:.0f} MB/s, {1e9 / words:.2f} ns per word, "
                f"{base / words:.1f} copies"
            )
    with ZeroMockConnection(ns_per_message=0) as mock:
        median, late = round_trips(mock, TRIPS)
        print(f"empty program on ZeroMock: median {median:.0f} us, 99th percentile {late:.0f} us")
        for name, program in (("writes", writes), ("reads", reads)):
            words = rate(mock, program, 2)
            print(f"ZeroMock without limit, {name}: {1e-6 * words:.0f} M messages/s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        from emulator.cli import main as serve

        sys.exit(serve(machine=lambda _: NullMachine()))
    main()
