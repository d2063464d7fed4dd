"""Registers to operating points: the emulator's against one written down a second time."""

import numpy as np
import pytest

from emulator.chip.configuration import Configuration
from emulator.machine import Machine
from tests.emulator import stream as build
from tests.emulator.stream import Stream, run
from tests.reference import analog_registers
from tests.reference.analog_chip import AnalogChip

SETTLED = {"noise_capmem": False, "noise_slow": False}


def random_registers(seed):
    """Analog registers of all columns and drivers at random, within ranges that users set."""
    rng = np.random.default_rng(seed)
    stream = build.hagen()
    names = analog_registers.ROWS
    for block in range(4):
        cell = 0x140000 + 0x8000 * block
        for row in names.values():
            codes = rng.integers(20, 1023, 128)
            # off, and no refresh
            codes[rng.random(128) < 0.05] = 0
            codes[rng.random(128) < 0.05] = 1023
            stream.write(cell + 32 * np.arange(128) + row, codes)
        for name, row in analog_registers.BLOCK_ROWS.items():
            stream.write(cell + 32 * 128 + row, int(rng.integers(100, 1000)))
            if name == "comp" and block == seed % 4:
                stream.write(cell + 32 * 128 + row, 0)
    for block in (1, 3):
        stream.write(0x140000 + 0x8000 * block + 32 * 128 + 22, int(rng.integers(600, 1000)))
    neurons = np.arange(512)
    address = 0x160000 + 0x8000 * (neurons // 128) + 8 * (neurons % 128) + 2
    # words 0 leak, 1 read-out, 2 lines, 3 membrane, 4 inputs
    for word, bits in enumerate((0x3F, 0xF0, 0xF0, 0xFD, 0x31)):
        stream.write(address + word, rng.integers(0, 256, 512) & bits)
    for half in range(2):
        base = build.base(half)
        quads = np.arange(64)
        for offset in (0xC14000, 0xC04000, 0xC44000):
            stream.write(base + offset + quads, build.to_quads(
                rng.choice([0x3, 0x1, 0x2] if offset == 0xC14000 else [0x20, 0x20, 0], 256)))
        stream.write(base + 0x400000 + np.arange(256), rng.integers(0, 256, 256))
        stream.write(base + 0x400800 + np.arange(256), rng.integers(0, 256, 256))
        first = (0x110400, 0x118400)[half]
        for driver in range(128):
            w0, w1, w2 = build.driver_words(offset=int(rng.integers(16)))
            w1 = w1 & ~0x3F00 | int(rng.integers(64)) << 8
            stream.write(first + 4 * driver + np.arange(3), (w0, w1, w2))
    # 60 ms, in which all cells settle, and a conversion that looks
    return build.read_row(stream.setup().wait(7_500_000))


@pytest.mark.parametrize("revision", ["v1", "v3"])
@pytest.mark.parametrize("seed", [0, 1])
def test_operating_points_follow_from_registers(revision, seed):
    machine = Machine(revision, seed, noise_seed=1, silicon=SETTLED)
    words = random_registers(seed).words()
    run(machine, words)
    individual = machine._chip.individual
    chip = AnalogChip(revision, lambda half: None, np.zeros((2, 128, 33)), np.ones((2, 256, 256)))
    chip._run([int(w) for w in words])
    for half in range(2):
        mine = analog_registers.operating_point(chip.memory, individual, half)
        theirs = machine._chip.operating_point(half)
        for name, value in vars(mine).items():
            np.testing.assert_allclose(
                getattr(theirs, name), value, rtol=1e-9, atol=1e-9, err_msg=name)
        lengths = analog_registers.pulses(chip.memory, individual, half)
        decoded = Configuration(machine._chip.store, revision).drivers(half)
        found, _ = machine._chip.pulses_of(half, decoded)
        np.testing.assert_allclose(found / 64, lengths, atol=0.5 / 64 + 1e-9)


def test_columns_are_off_after_power_up():
    """Nothing integrates, nothing is seen."""
    machine = Machine("v3", 0, noise_seed=1, silicon=SETTLED)
    run(machine, Stream())
    mine = analog_registers.operating_point({}, machine._chip.individual, 0)
    theirs = machine._chip.operating_point(0)
    assert not theirs.ota.any()
    assert not theirs.adc_gain.any()
    np.testing.assert_array_equal(theirs.adc_source, mine.adc_source)
