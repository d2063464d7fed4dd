"""Time to encode registers: a synapse matrix, the nominal configuration, the initialisation."""

from time import perf_counter

import numpy as np

from stadls import PlaybackProgramBuilder, SystemInit, generate, hal, halco, lola, nominal


def best(action, repetitions=20):
    """Shortest time of one call, in seconds."""
    times = []
    for _ in range(repetitions):
        begin = perf_counter()
        action()
        times.append(perf_counter() - begin)
    return min(times)


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
    for name, messages, seconds in rows:
        print(f"{name:40s} {messages:8d} messages {1e3 * seconds:9.4f} ms "
              f"{1e9 * seconds / messages:9.1f} ns/message")


if __name__ == "__main__":
    main()
