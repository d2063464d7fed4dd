"""Cost of the codec per message: ``python -m benchmarks.codec``.

Every figure is the median of several rounds after a first one that touches the memory. The budget
column holds what the design allows; the ratio to a plain copy of the same words, taken in the same
run, tells more than nanoseconds on another machine.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

from fisch import PlaybackProgramBuilder, ResponseDecoder, containers, coordinates, ut

MESSAGES = 1 << 20
ROUNDS = 15


def ns_per_message(work: Callable[[], object], messages: int, rounds: int = ROUNDS) -> float:
    """Median time of one call, divided by the messages that it handles."""
    work()
    times = []
    for _ in range(rounds):
        begin = time.perf_counter_ns()
        result = work()
        times.append(time.perf_counter_ns() - begin)
        del result
    return statistics.median(times) / messages


def encode_writes(count: int) -> Callable[[], object]:
    addresses = np.arange(count // 2, dtype=np.uint32)

    def work() -> object:
        builder = PlaybackProgramBuilder()
        builder.write_block(addresses, addresses)
        return builder.done()

    return work


def encode_reads(count: int) -> Callable[[], object]:
    addresses = np.arange(count, dtype=np.uint32)

    def work() -> object:
        builder = PlaybackProgramBuilder()
        builder.read_block(addresses)
        return builder.done()

    return work


def encode_spikes(count: int) -> Callable[[], object]:
    times = np.arange(count // 2, dtype=np.uint32)
    labels = np.zeros((count // 2, 2), dtype=np.uint16)

    def work() -> object:
        builder = PlaybackProgramBuilder()
        builder.spike_train(times, labels)
        return builder.done()

    return work


def append_words(count: int) -> Callable[[], object]:
    words = np.zeros(count, dtype=np.uint64)

    def work() -> object:
        builder = PlaybackProgramBuilder()
        builder.append_words(words)
        return builder.done()

    return work


def encode_containers(count: int) -> Callable[[], object]:
    places = [coordinates.OmnibusAddress(i) for i in range(count // 2)]
    values = [containers.Omnibus(containers.Omnibus.Value(i)) for i in range(count // 2)]

    def work() -> object:
        builder = PlaybackProgramBuilder()
        builder.write(places, values)
        return builder.done()

    return work


def decode(words: np.ndarray, expected: int = 0) -> Callable[[], object]:
    def work() -> object:
        decoder = ResponseDecoder((0, expected, 0))
        # 1 MiB frames, as they arrive from a socket
        for begin in range(0, len(words), 1 << 17):
            decoder.feed(words[begin : begin + (1 << 17)])
        return decoder.take()

    return work


def omnibus_words(count: int) -> np.ndarray:
    return np.arange(count, dtype=np.uint64) | np.uint64(ut.FromFPGA.OMNIBUS_DATA << 56)


def spike_words(count: int) -> np.ndarray:
    """Packs of one, two and three spikes, a time step before each."""
    pattern = [
        message
        for size in (10, 11, 12)
        for message in (
            ut.Message(ut.FromFPGA.SYSDELTA, 5),
            ut.Message(ut.FromFPGA(size), 0x123456),
        )
    ]
    # four patterns have a whole number of words
    period = ut.encode_responses(pattern * 4)
    assert len(ut.decode_responses(period)) == 24
    return np.tile(period, count // 24)


def copy(count: int) -> Callable[[], object]:
    source = np.zeros(count, dtype=np.uint64)
    target = np.zeros(count, dtype=np.uint64)
    return lambda: np.copyto(target, source)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    count = parser.parse_args().messages
    spikes = spike_words(count)
    rows: list[tuple[str, Callable[[], object], int, float | None]] = [
        ("copy of words", copy(count), count, None),
        ("encode omnibus writes (write_block)", encode_writes(count), count, 1.0),
        ("encode omnibus reads (read_block)", encode_reads(count), count, 1.0),
        ("encode waits and 2-packs (spike_train)", encode_spikes(count), count, 1.0),
        ("append encoded words", append_words(count), count, 1.0),
        ("encode omnibus containers (write)", encode_containers(count // 50), count // 50, None),
        ("decode omnibus responses", decode(omnibus_words(count), count), count, 1.5),
        ("decode 1-, 2-, 3-packs with time steps", decode(spikes), count // 24 * 24, None),
    ]
    print(f"{count} messages, median of {ROUNDS} rounds")
    print(f"{'':40} {'ns/message':>10} {'of a copy':>10} {'budget':>7}")
    base = 0.0
    for name, work, messages, budget in rows:
        figure = ns_per_message(work, messages)
        base = base or figure
        limit = "" if budget is None else f"{budget:.1f}"
        print(f"{name:40} {figure:10.2f} {figure / base:10.1f} {limit:>7}")


if __name__ == "__main__":
    main()
