"""Messages that are taken in runs act as they do one at a time.

The runs are those of a matrix product: writes that reset quads, waits and packets of events,
reads of a conversion. A machine that is given single words can't see any.
"""

import numpy as np
import pytest

from emulator.machine import Machine
from tests.emulator import stream as build
from tests.emulator.stream import ALL, Stream

ADDRESS = 0x0B << 56
DATA = 0x0C << 56
WAIT = 0x05 << 56
EVENTS = 12


def product(rng):
    """Words of one batch entry."""
    inputs = np.zeros((2, 128), int)
    for half in range(2):
        inputs[half, rng.choice(128, EVENTS, replace=False)] = rng.integers(1, 32, EVENTS)
    return build.vector(Stream(), inputs, wait=4).words(halt=False)


class Pair:
    """Two machines that get the same programs in different pieces."""

    def __init__(self, configuration):
        self.machines = [Machine("v3", 2, noise_seed=3) for _ in range(2)]
        for machine in self.machines:
            build.run(machine, configuration)

    def compare(self, words, cuts, take=False):
        """Run a program whole on one machine, and cut on the other one."""
        words = np.append(np.asarray(words, np.uint64), np.uint64(build.HALT))
        outcomes = []
        for machine, places in zip(self.machines, ([], cuts), strict=True):
            machine.begin_program()
            taken = []
            for first, last in zip([0, *places], [*places, len(words)], strict=True):
                machine.execute(words[first:last])
                if take:
                    taken.append(machine.take_responses())
            taken.append(machine.take_responses())
            status = machine.status()
            # how often queues were worked off is a matter of pieces
            del status["evaluations"]
            outcomes.append((np.concatenate(taken), status))
        np.testing.assert_array_equal(outcomes[0][0], outcomes[1][0])
        assert outcomes[0][1] == outcomes[1][1]
        return outcomes[0]


def configuration(loopback=False):
    rng = np.random.default_rng(1)
    stream = build.hagen(loopback=loopback)
    for half in range(2):
        build.signed(stream, half, rng.integers(-63, 64, (128, 256)))
    return stream


@pytest.fixture(scope="module")
def pair():
    return Pair(configuration())


@pytest.fixture(scope="module")
def words():
    return product(np.random.default_rng(2))


@pytest.mark.parametrize("take", [False, True])
def test_a_cut_at_any_place(pair, words, take):
    stream = np.concatenate([words, words[:40]])
    for place in range(1, len(words)):
        pair.compare(stream, [place], take)


@pytest.mark.parametrize("annotated", [False, True])
def test_word_by_word(pair, words, annotated):
    start = Stream().systime().barrier(4).words(halt=False) if annotated else words[:0]
    stream = np.concatenate([start, words, words])
    responses, _ = pair.compare(stream, range(1, len(stream) + 1))
    # there is something to compare
    assert len(np.unique(responses)) > 50


# places in the entry: 256 words of resets and their barrier, setup, the first wait, the train
RESETS = 256
TRAIN = RESETS + 3
READS = TRAIN + 2 * EVENTS + 1
QUAD = build.base(0) + 0xC94000
SAMPLES = build.base(0) + 0xC80000
SPIKES = build.label(3, 0, 9), build.label(7, 1, 21)

OTHER = {
    "write to another quad": ADDRESS | ALL | (QUAD + 7),
    "write with other enables": ADDRESS | 3 << 32 | (QUAD + 9),
    "write of another register": ADDRESS | ALL | 0x0013_0019,
    "read of a quad": ADDRESS | ALL | 1 << 36 | (QUAD + 9),
    "conversion": ADDRESS | ALL | 1 << 36 | SAMPLES,
    "sample of another quad": ADDRESS | ALL | 1 << 36 | (SAMPLES + 0x200000 + 5),
    "sample of another row": ADDRESS | ALL | 1 << 36 | (SAMPLES + 0x200000 + 64 + 5),
    "data": DATA | 5,
    "wait that is over": WAIT | 3,
    "wait for now": WAIT | 140,
    "short wait": WAIT | 400,
    "long wait": WAIT | 30_000,
    "one event": 0x0D << 56 | SPIKES[0],
    "one event of the other half": 0x0D << 56 | SPIKES[1],
    "events in this order": 0x0E << 56 | SPIKES[0] << 16 | SPIKES[1],
    "events in that order": 0x0E << 56 | SPIKES[1] << 16 | SPIKES[0],
    "two events of one half": 0x0E << 56 | SPIKES[0] << 16 | build.label(90, 0, 3),
    "three events": 0x0F << 56 | SPIKES[0] << 32 | SPIKES[1] << 16 | SPIKES[0],
    "event to nowhere": 0x0D << 56 | 0x1FFF,
    "event beside one to nowhere": 0x0E << 56 | SPIKES[0] << 16 | 0x1FFF,
    "barrier": 0x07 << 56 | 1,
    "timer reset": 0x04 << 56,
    "tick": 0x0A << 56 | 1,
    "synchronisation": 0x06 << 56 | 1,
    "chip reset": 0x09 << 56,
}


@pytest.mark.parametrize("name", OTHER)
def test_another_word_in_the_midst(pair, words, name):
    places = [0, 1, 6, 7, 64, 126, 127, 128, 129, RESETS - 1, RESETS, TRAIN - 1, TRAIN, TRAIN + 1,
              TRAIN + 8, TRAIN + 9, READS - 1, READS, READS + 1, READS + 2, READS + 30,
              READS + 31, READS + 64, READS + 65, READS + 100, READS + 127]
    for place in places:
        changed = words.copy()
        changed[place] = OTHER[name]
        stream = np.concatenate([words, changed, words[:5]])
        pair.compare(stream, range(1, len(stream) + 1))


def test_runs_of_any_words(pair, words):
    rng = np.random.default_rng(5)
    for _ in range(40):
        stream = np.concatenate([words, words])
        places = rng.choice(len(stream), 12, replace=False)
        stream[places] = rng.choice(np.array(list(OTHER.values()), np.uint64), 12)
        pair.compare(stream, range(1, len(stream) + 1))
        pair.compare(stream, sorted(rng.choice(len(stream), 9, replace=False).tolist()), True)


def test_events_that_come_back_amid_a_train(words):
    """Responses wait for their time in the stream, whatever is taken at once."""
    pair = Pair(configuration(loopback=True))
    looped = np.insert(words, [TRAIN, TRAIN + 6, TRAIN + 9, READS - 1, READS + 1],
                       np.uint64(0x0E << 56 | 0x0001 << 16 | 0x4001))
    for start in (Stream(), Stream().systime().barrier(4)):
        stream = np.concatenate([start.words(halt=False), looped, looped])
        pair.compare(stream, range(1, len(stream) + 1))
        for place in range(RESETS, len(looped), 3):
            pair.compare(stream, [place], True)
