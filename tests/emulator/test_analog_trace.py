"""Membranes and lines as the fast ADC shows them, against the slow model of the analog core."""

import numpy as np
import pytest

from emulator.machine import Machine
from emulator.silicon import CONSTANTS
from tests.emulator import stream as build
from tests.emulator.stream import run
from tests.emulator.test_madc import CONTROL, PRE, QUIET, START, config
from tests.reference.analog_chip import COLUMN_OF_POSITION, CYCLE, AnalogChip

SELECTION = 0xC000C
POSITION = np.argsort(COLUMN_OF_POSITION)
OFFSET, STEP = (1e3 * CONSTANTS[name].value for name in ("madc_offset", "madc_step"))
MILLISECOND = 125_000
BAND_US = 1 / (2 * np.pi * CONSTANTS["madc_band_width"].value)
SAMPLE_US = 0.034




def connect(stream, mux, columns, source=0, hemisphere=0):
    """Connect columns to an input: 0 membrane, 1 excitatory line, 2 inhibitory line."""
    lines = 0
    for column in columns:
        neuron = 256 * hemisphere + column
        address = 0x160000 + 0x8000 * (neuron // 128) + 8 * (neuron % 128) + 3
        stream.write(address, 0x90 | source << 5)
        # even and odd neurons of both hemispheres have a line each
        lines |= 1 << LINES[hemisphere][column % 2]
    return stream.write(SELECTION + mux, lines)


LINES = ((10, 9), (8, 7))


def slow(machine, words):
    """The slow model of the same chip, with a program executed."""
    individual = machine._chip.individual
    chip = AnalogChip(machine.revision, machine._chip.operating_point,
                      np.stack([machine._chip.pulse_lengths(half) for half in range(2)]),
                      1 + individual.synapse[:, :, COLUMN_OF_POSITION],
                      individual.weight)
    chip.execute(words)
    return chip


def limited(times, levels):
    """What a first-order band limit makes of levels on a fine grid."""
    out = np.empty_like(levels)
    out[0] = levels[0]
    for k in range(1, len(levels)):
        duration = times[k] - times[k - 1]
        lag = (levels[k] - levels[k - 1]) * BAND_US / duration
        out[k] = levels[k] - lag + (out[k - 1] - levels[k - 1] + lag) * np.exp(-duration / BAND_US)
    return out


def expected(chip, half, columns, source, count, fine=8):
    """Codes, not yet integers, of samples of the mean of columns."""
    start = CYCLE * chip.starts[-1]
    samples = start + SAMPLE_US * np.arange(1, count + 1)
    # a grid that has both sides of every jump
    jumps = np.array([entry[1] for entry in chip.log[half]])
    jumps = jumps[(jumps > start) & (jumps < samples[-1])]
    grid = start + SAMPLE_US / fine * np.arange(count * fine)
    times = np.unique(np.concatenate([grid, samples, jumps, jumps - 1e-9]))
    v, lines = chip.follow(half, times)
    level = (v if source == 0 else lines[:, source - 1])[:, POSITION[columns]]
    level = limited(times, level.mean(axis=1))
    return ((level + OFFSET) / STEP)[np.searchsorted(times, samples)]


def busy_program(columns, source, samples=400):
    """Events of both signs, dense and sparse, with resets in between, recorded."""
    rng = np.random.default_rng(3)
    stream = build.hagen()
    build.signed(stream, 0, rng.integers(-63, 64, (128, 256)))
    connect(stream, 0, columns, source)
    build.reset(stream)
    stream.write(0x88000005, 1).systime().barrier(16)
    stream.write(0xC0001 + np.arange(10), config(samples=samples)).write(CONTROL, 1 | PRE)
    stream.setup().wait(1000).write(CONTROL, START | PRE).setup()
    for k in range(40):
        stream.wait(5 * k).spikes(build.label(k, 0, int(rng.integers(1, 32))))
    stream.wait(400)
    build.reset(stream).setup()
    for k in range(60):
        stream.wait(2 * k).spikes(build.label(int(rng.integers(128)), 0, 31))
    for k in range(10):
        stream.wait(300 + 60 * k).spikes(build.label(3, 0, 31))
    return stream.wait(3000)


@pytest.mark.parametrize("source", [0, 1, 2])
@pytest.mark.parametrize("columns", [[6], [7], [0, 100, 254]])
def test_every_sample_is_that_of_the_slow_model(source, columns):
    machine = Machine("v3", 0, noise_seed=1, silicon=QUIET)
    words = busy_program(columns, source).words()
    found = run(machine, words).madc_samples["value"].astype(float)
    assert len(found) == 400
    codes = expected(slow(machine, words), 0, columns, source, 400)
    assert np.ptp(codes) > 40
    # half a code, and what the finite steps of both leave
    assert abs(found - codes).max() < 0.55


@pytest.mark.parametrize("source", [0, 1])
def test_a_recording_may_begin_in_the_midst_of_a_train(source):
    """What came before is in the state that it begins with."""
    machine = Machine("v3", 0, noise_seed=1, silicon=QUIET)
    rng = np.random.default_rng(5)
    stream = build.hagen()
    build.signed(stream, 0, rng.integers(-63, 64, (128, 256)))
    connect(stream, 0, [11], source)
    stream.write(0x88000005, 1).systime().barrier(16)
    stream.write(0xC0001 + np.arange(10), config(samples=200)).write(CONTROL, 1 | PRE)
    stream.setup().wait(1000)
    build.reset(stream).setup()
    for k in range(100):
        stream.wait(3 * k + 100).spikes(build.label(int(rng.integers(128)), 0, 31))
        if k == 60:
            # takes no longer than the wait
            stream.write(CONTROL, START | PRE)
    words = stream.wait(2000).words()
    found = run(machine, words).madc_samples["value"].astype(float)
    codes = expected(slow(machine, words), 0, [11], source, 200)
    assert len(found) == 200
    # the read-out is settled when it is first looked at
    assert abs(found - codes)[3:].max() < 0.55
    assert np.ptp(codes) > 10


def test_cells_settle_before_the_eyes_of_the_adc():
    """Nothing but samples asks for the leak potential: 3 ms of time constant in steps of 1 ms."""
    machine = Machine("v3", 0, noise_seed=1, silicon={**QUIET, "noise_capmem": False,
                                                      "noise_slow": False})
    stream = connect(build.hagen(), 0, [6])
    place = 0x140000 + 32 * 6
    stream.write(place + np.array([8, 0]), [500, 600]).write(0x88000005, 1).systime().barrier(16)
    stream.setup().wait(60 * MILLISECOND)
    # one sample each 4.8 us
    stream.write(0xC0001 + np.arange(10), config(samples=6000, adjust=0, scale=99))
    stream.write(CONTROL, 1 | PRE).setup().wait(25_000)
    stream.write(CONTROL, START | PRE).setup().wait(MILLISECOND)
    stream.write(place, 700).wait(30 * MILLISECOND)
    found = run(machine, stream).madc_samples
    time = (found["chip_time"] - found["chip_time"][0]).astype(float) / MILLISECOND
    value = found["value"].astype(float)
    before, after = value[(time > 0.2) & (time < 0.9)], value[time > 27]
    assert np.ptp(before) <= 1
    assert np.ptp(after) <= 1
    # 1.45 mV each code
    assert after[0] - before[0] == pytest.approx(145 / STEP, abs=1)
    share = (value - before[0]) / (after[0] - before[0])
    middle = (time > 2) & (time < 20)
    # a step late at most, and half a step on average
    expected_share = 1 - np.exp(-(time[middle] - 1) / 3)
    assert abs(share[middle] - expected_share).max() < 1 / 3 + 0.02
    assert len(np.unique(value[middle])) < 25
