"""Time to encode registers, and to write and read back a whole chip on the emulator."""

import subprocess
import sys
from statistics import median
from time import perf_counter

import numpy as np

from stadls import (
    ManagedConnection,
    PlaybackProgramBuilder,
    SystemInit,
    generate,
    hal,
    halco,
    lola,
    nominal,
    run,
)


def best(action, repetitions=20):
    """Shortest time of one call, in seconds."""
    times = []
    for _ in range(repetitions):
        begin = perf_counter()
        action()
        times.append(perf_counter() - begin)
    return min(times)


def chip_round_trips(repetitions=20):
    """Seconds to write a changed chip, to read it back and to decode it, end to end."""
    chip = lola.Chip()
    found = []
    with ManagedConnection() as connection:
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        run(connection, builder.done())
        for i in range(repetitions):
            chip.neuron_block.atomic_neurons[i].leak.v_leak = i
            begin = perf_counter()
            builder.write(halco.ChipOnDLS(), chip)
            builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
            ticket = builder.read(halco.ChipOnDLS())
            builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
            run(connection, builder.done())
            back = ticket.get()
            found.append(perf_counter() - begin)
            assert back == chip
    return found


def import_time():
    """Shortest time to import what scripts import, with the interpreter's start taken off."""
    def seconds(code):
        return best(lambda: subprocess.run([sys.executable, "-c", code], check=True), 5)

    return seconds("from stadls import hal, halco, lola") - seconds("pass")


def main():
    rng = np.random.default_rng(0)
    matrix = lola.SynapseMatrix()
    matrix.weights.from_numpy(rng.integers(0, 64, (256, 256)))
    matrix.labels.from_numpy(rng.integers(0, 64, (256, 256)))
    weights = lola.SynapseWeightMatrix()
    weights.values.from_numpy(matrix.weights.to_numpy())
    other = lola.SynapseMatrix(matrix)
    other.weights[0][0] = (int(matrix.weights[0][0]) + 1) % 64
    config, place = hal.NeuronConfig(), halco.NeuronConfigOnDLS()
    addresses, words = nominal.hagen_words()

    def write(*arguments):
        PlaybackProgramBuilder().write(*arguments)

    rows = [
        ("write a synapse matrix", 65536,
         best(lambda: write(halco.SynramOnDLS.top, matrix))),
        ("write a weight matrix", 32768,
         best(lambda: write(halco.SynapseWeightMatrixOnDLS.top, weights))),
        ("write the difference of two matrices", 2,
         best(lambda: write(halco.SynramOnDLS.top, other, matrix))),
        ("encode the nominal configuration", 2 * len(words),
         best(lambda: nominal.hagen_words.__wrapped__("v3"))),
        ("write the nominal configuration", 2 * len(words),
         best(lambda: PlaybackProgramBuilder().write_block(addresses, words))),
        ("generate the initialisation", generate(SystemInit())[0].size_to_fpga(),
         best(lambda: generate(SystemInit()))),
        ("write one neuron's configuration", 12, best(lambda: write(place, config), 200)),
    ]
    chip = lola.Chip()
    rows += [
        ("make a chip", 253684, best(lola.Chip)),
        ("write a chip", 253684, best(lambda: write(halco.ChipOnDLS(), chip))),
        ("write the difference of two chips", 0,
         best(lambda: write(halco.ChipOnDLS(), chip, chip)))]
    for name, messages, seconds in rows:
        print(f"{name:40s} {messages:8d} messages {1e3 * seconds:9.4f} ms "
              f"{1e9 * seconds / max(messages, 1):9.1f} ns/message")
    trips = chip_round_trips()
    print(f"write a chip and read it back: median {1e3 * median(trips):.1f} ms, "
          f"first {1e3 * trips[0]:.1f} ms")
    print(f"import stadls, hal, halco, lola: {import_time():.3f} s")


if __name__ == "__main__":
    main()
