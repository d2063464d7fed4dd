"""Whichever way leads from events to codes, the slow model agrees to within one code."""

from functools import cache

import numpy as np
import pytest

from emulator.machine import Machine
from emulator.silicon import Individual
from tests.emulator import stream as build
from tests.emulator.stream import Stream, run
from tests.emulator.tuned import calibrated, quiet_switches
from tests.reference.analog_chip import COLUMN_OF_POSITION, AnalogChip

NOISELESS = quiet_switches()


@cache
def good(revision, seed):
    """Words that calibrate a chip."""
    stream = calibrated(Individual(revision, seed))
    return build.reset(stream.setup().wait(build.SETTLED)).words(halt=False)


def matrices(kind, rng):
    """Signed weights, shape (2, 128, 256)."""
    if kind == "uniform":
        return rng.integers(-63, 64, (2, 128, 256))
    if kind == "network":
        return np.clip(np.rint(rng.normal(0, 20, (2, 128, 256))), -63, 63).astype(int)
    if kind == "one sign":
        return np.where(np.arange(256) % 2, 60, -60) * np.ones((2, 128, 1), int)
    # a block of large weights in the midst of the train
    matrix = rng.integers(-8, 9, (2, 128, 256))
    matrix[:, 40:70] = 63 * np.sign(rng.integers(0, 2, (2, 30, 256)) - 0.5)
    return matrix


def activations(kind, rng, count):
    if kind == "one sign":
        return rng.integers(0, 8, (count, 2, 128))
    a = rng.integers(0, 32, (count, 2, 128))
    if kind == "network":
        a *= rng.random(a.shape) < 0.5
    return a


def configured(kind, rng, revision="v3", seed=0, silicon=NOISELESS, all_bits=False):
    """Machine, and the slow model of the same chip in the same state; synapses may compare all
    bits of labels."""
    machine = Machine(revision, seed, noise_seed=0, silicon=silicon)
    program = Stream().raw(*good(revision, seed))
    matrix = matrices(kind, rng)
    for half in range(2):
        build.signed(program, half, matrix[half])
        if all_bits:
            build.drivers(program, half, address_out=True)
    run(machine, program)
    chip = machine._chip
    factor = 1 + np.clip(chip.individual.synapse, -0.2, 0.2)[..., COLUMN_OF_POSITION]
    slow = AnalogChip(revision, chip.operating_point,
                      np.stack([chip.pulse_lengths(half) for half in range(2)]), factor,
                      chip.individual.weight)
    slow.execute(program.words().tolist())
    slow.now = machine.run_info()["fpga_cycles"]
    return machine, slow


def outcomes(machine, slow, program):
    """Responses of both, one code each."""
    fast = run(machine, program).omnibus
    expected, _ = slow.execute(program.words(halt=False).tolist())
    slow.now = machine.run_info()["chip_time_s"] / 8e-9
    slow.now = round(slow.now)
    return (build.from_quads(np.reshape(words, (-1, 64)))
            for words in (fast, np.array(expected, np.uint32)))


def paths(machine):
    counters = machine._chip.counters()
    return {name[6:]: counters[name] for name in counters if name.startswith("pairs_")}


@pytest.mark.parametrize("wait", [0, 1, 2, 3, 5, 8, 25, 50])
@pytest.mark.parametrize("kind", ["uniform", "network", "one sign", "block"])
def test_products(kind, wait):
    rng = np.random.default_rng(wait)
    machine, slow = configured(kind, rng)
    program = Stream()
    for x in activations(kind, rng, 1):
        build.vector(program, x, wait=wait)
    fast, expected = outcomes(machine, slow, program)
    difference = np.abs(fast.astype(int) - expected)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.25


@pytest.mark.parametrize(("revision", "wait", "sends"), [("v2", 5, 3), ("v3", 2, 4), ("v3", 0, 5)])
def test_several_sends(revision, wait, sends):
    rng = np.random.default_rng(sends)
    machine, slow = configured("network", rng, revision, seed=3)
    inputs = activations("network", rng, 1)[0] // 2
    fast, expected = outcomes(machine, slow, build.vector(Stream(), inputs, sends, wait))
    assert np.abs(fast.astype(int) - expected).max() <= 1


def test_lines_carry_their_charge_into_the_next_train():
    """Resets, conversions and a second train follow within a time constant."""
    rng = np.random.default_rng(5)
    machine, slow = configured("uniform", rng)
    program = build.reset(Stream()).setup()
    for _ in range(3):
        for driver in rng.integers(0, 128, 20):
            program.spikes(build.label(driver, 0, 20), build.label(driver, 1, 25))
        program.write(build.base(0) + 0xC94000 + np.arange(8), np.zeros(8))
        build.read_row(program)
    fast, expected = outcomes(machine, slow, program)
    assert np.abs(fast.astype(int) - expected).max() <= 1
    assert paths(machine)["by_event"] > 0


def test_work_as_it_comes_needs_no_events_one_by_one():
    """Uniform weights and inputs, and those of a network, at the usual spacing."""
    rng = np.random.default_rng(6)
    for kind in ("uniform", "network"):
        machine, _ = configured(kind, rng)
        program = Stream()
        for x in activations(kind, rng, 5):
            build.vector(program, x, wait=5)
        run(machine, program)
        shares = paths(machine)
        assert shares["by_event"] < 0.02 * sum(shares.values())


def relabelled(program, inputs):
    """Labels of all rows as events with these activations have them."""
    for half in range(2):
        row = np.repeat(np.where(inputs[half], 32 - inputs[half], 0), 2)
        build.labels(program, half, np.broadcast_to(row[:, None], (256, 256)))
    return program


@pytest.mark.parametrize("wait", [0, 5, 25])
def test_labels_rewritten_for_each_vector(wait):
    """The second vector meets other weights, larger than those before."""
    rng = np.random.default_rng(wait)
    machine, slow = configured("network", rng, all_bits=True)
    for kind in ("network", "one sign", "uniform"):
        program = Stream()
        for half, matrix in enumerate(matrices(kind, rng)):
            build.signed(program, half, matrix)
        for x in activations(kind, rng, 2):
            build.vector(relabelled(program, x), x, wait=wait)
        fast, expected = outcomes(machine, slow, program)
        assert np.abs(fast.astype(int) - expected).max() <= 1
        assert np.ptp(fast) > 50


@pytest.mark.parametrize("delay", [0, 300, 3750])
def test_conversions_after_resets(delay):
    """Of all quads in turn, the same in two parts, in another order, and of some once more."""
    rng = np.random.default_rng(delay)
    machine, slow = configured("network", rng)
    quads = np.arange(64)
    program = Stream()
    for order in (quads, np.roll(quads, 20), quads[::-1], np.append(quads, 7), quads[3:50], quads):
        for half in range(2):
            program.write(build.base(half) + 0xC94000 + order, np.zeros(len(order)))
        program.setup().wait(max(delay, 1))
        build.read_row(build.read_row(program))
    fast, expected = outcomes(machine, slow, program)
    assert np.abs(fast.astype(int) - expected).max() <= 1


# determinism ------------------------------------------------------------


def a_bit_of_everything(rng):
    """Words of products at several spacings, bursts, reads amid trains, and partial resets."""
    program = Stream()
    for wait in (0, 1, 2, 5, 30):
        build.vector(program, rng.integers(0, 32, (2, 128)), wait=wait, baseline=wait == 2)
    build.vector(program, rng.integers(0, 9, (2, 128)) * (np.arange(128) < 3), wait=20)
    program.setup()
    for k in range(40):
        program.wait(50 + int(rng.integers(2, 60)) * k)
        program.spikes(*(build.label(rng.integers(128), h, rng.integers(1, 32)) for h in range(2)))
        if k == 20:
            build.read_row(program)
        if k == 30:
            program.write(build.base(1) + 0xC94000 + np.arange(16), np.zeros(16))
    return build.read_row(program)


def responses(words, cuts, isa=None, all_bits=False):
    """Of a program that is executed in pieces, taking responses after each."""
    rng = np.random.default_rng(11)
    machine = Machine("v3", 2, noise_seed=4)
    machine._chip.select_isa(isa)
    program = Stream().raw(*good("v3", 2))
    for half in range(2):
        build.signed(program, half, matrices("uniform", rng)[half])
        if all_bits:
            build.drivers(program, half, address_out=True)
    run(machine, program)
    machine.begin_program()
    taken = []
    for first, last in zip([0, *cuts], [*cuts, len(words)], strict=True):
        machine.execute(words[first:last])
        taken.append(machine.take_responses())
    return np.concatenate(taken), machine


def test_pieces_of_a_program_do_not_show():
    rng = np.random.default_rng(12)
    words = a_bit_of_everything(rng).words()
    whole, machine = responses(words, [])
    assert all(paths(machine).values())
    for count in (3, 40, 400):
        cuts = sorted(rng.choice(len(words), count, replace=False).tolist())
        np.testing.assert_array_equal(responses(words, cuts)[0], whole)


@pytest.mark.parametrize("isa", ["baseline", "avx2", "avx512"])
def test_instruction_sets_do_not_show(isa):
    words = a_bit_of_everything(np.random.default_rng(12)).words()
    try:
        found, machine = responses(words, [], isa)
    except ValueError:
        pytest.skip(f"{isa} not supported by this machine")
    assert machine.status()["isa"] == isa
    np.testing.assert_array_equal(found, responses(words, [])[0])


@pytest.mark.parametrize("isa", ["baseline", "avx2", "avx512"])
def test_neither_shows_where_all_bits_of_labels_count(isa):
    rng = np.random.default_rng(13)
    program = Stream()
    for wait in (0, 5, 25):
        x = rng.integers(0, 32, (2, 128))
        build.vector(relabelled(program, x), x, wait=wait)
    words = program.words()
    cuts = sorted(rng.choice(len(words), 40, replace=False).tolist())
    try:
        found, _ = responses(words, cuts, isa, all_bits=True)
    except ValueError:
        pytest.skip(f"{isa} not supported by this machine")
    np.testing.assert_array_equal(found, responses(words, [], all_bits=True)[0])


def test_a_read_amid_a_train_changes_no_other_draw():
    """Noise of 300 events, with and without a conversion in their midst."""
    silicon = {"noise_read": False}
    codes = []
    for read in (False, True):
        machine = Machine("v3", 0, noise_seed=5, silicon=silicon)
        run(machine, Stream().raw(*good("v3", 0)))
        program = build.reset(Stream()).setup()
        for k in range(300):
            program.wait(100 + 5 * k)
            program.spikes(build.label(k % 128, 0, 10), build.label(k % 128, 1, 10))
            if k == 150 and read:
                program.read(build.base(0) + 0xC80000)
        build.read_row(program.wait(3000))
        words = run(machine, program).omnibus
        row = words[int(read):].reshape(1, 128)
        codes.append(build.from_quads(np.concatenate([row[:, :1], row[:, 2:65]], axis=1))[0])
    # the membranes themselves are worked out in two parts, to within a rounding
    assert np.abs(codes[0] - codes[1]).max() <= 1
    assert (codes[0] == codes[1]).mean() > 0.95
    # the noise of 300 events is not small
    assert (codes[0] - np.median(codes[0])).std() > 1.5
