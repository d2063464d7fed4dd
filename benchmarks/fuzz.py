"""Programs of random accesses to random registers, against a model of what these hold.

Usage: ``python -m benchmarks.fuzz [PROGRAMS] [--seed N] [--begin N] [--endpoint ADDRESS]``
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import deque
from time import perf_counter
from typing import Any

from stadls import ManagedConnection, SystemInit, generate
from tests.reference.register_model import Program, random_steps

STEPS = 40
IN_FLIGHT = 8


def run(connection: Any, programs: int, seed: int, begin: int = 0) -> list[Any]:
    """Run programs; the differences to the model, each with the number of its program.

    Parameters
    ----------
    connection
        A `fisch.Connection` to an emulated chip.
    programs, seed
        How many, and of which series; program ``i`` of a series is always the same.
    begin
        Number of the first one.
    """
    found = []
    pending: deque[tuple[int, Program, Any]] = deque()

    def collect() -> None:
        number, made, submitted = pending.popleft()
        submitted.wait()
        found.extend((number, difference) for difference in made.differences())

    for number in range(begin, begin + programs):
        draw = random.Random(f"{seed}/{number}")
        made = Program(random_steps(draw, draw.randint(1, STEPS)))
        pending.append((number, made, connection.submit(made.program)))
        if len(pending) >= IN_FLIGHT:
            collect()
    while pending:
        collect()
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=int, nargs="?", default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--begin", type=int, default=0, help="number of the first program")
    parser.add_argument("--endpoint", help="address of a daemon; by default an own one is started")
    options = parser.parse_args(arguments)
    with ManagedConnection(endpoint=options.endpoint) as connection:
        opened = connection._connection
        opened.run(generate(SystemInit(connection.get_hwdb_entry()[0]))[0].done())
        begin = perf_counter()
        found = run(opened, options.programs, options.seed, options.begin)
    for number, difference in found[:10]:
        print(f"program {number}: {difference}")
    seconds = perf_counter() - begin
    print(f"{options.programs} programs of up to {STEPS} accesses: {len(found)} differences, "
          f"{1e3 * seconds / options.programs:.2f} ms each")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
