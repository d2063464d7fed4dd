"""Dense trains in windows of events: the bound, and that the way is taken and is good."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.machine import Machine
from tests.emulator import stream as build
from tests.emulator.stream import Stream, run
from tests.emulator.tuned import quiet_switches, tuned
from tests.reference.analog_registers import RegisterChip

EVENTS = 4
"""In a window."""


def bounds(charges, gap):
    """Integral of the cube of a line of time constant 1 over a regular train: least, exact, most.

    Until a gap behind the last event, in windows as the kernels take them.
    """
    decay, length = np.exp(-gap), EVENTS * gap
    left = np.exp(-length)
    early = (1 + left + left**2) / (3 * ((1 - left) / length) ** 2)
    x = least = exact = most = 0.0
    for window in np.reshape(charges, (-1, EVENTS)):
        before, total = x, 0.0
        for charge in window:
            x += charge
            exact += x**3 * (1 - decay**3) / 3
            total += x * (1 - decay)
            x *= decay
        mean = total / length
        least += length * mean**3
        most += length * early * (
            mean**3 + (1 + length**2 / 28) * mean * x * max(x - before, 0.0))
    return least, exact, most


@settings(max_examples=300, deadline=None)
@given(
    charges=st.lists(st.one_of(st.just(0.0), st.floats(0, 1), st.just(1.0)), min_size=4,
                     max_size=160),
    gap=st.floats(0.01, 0.5),
)
def test_bounds_hold_for_any_train(charges, gap):
    least, exact, most = bounds(charges[:len(charges) // EVENTS * EVENTS], gap)
    assert least <= exact * (1 + 1e-9) + 1e-15
    assert exact <= most * (1 + 1e-9) + 1e-15


@pytest.mark.parametrize("gap", [0.025, 0.05, 0.125, 0.25])
def test_bounds_are_close_for_random_trains(gap):
    charges = np.random.default_rng(0).integers(0, 64, 4000) * 1.0
    least, exact, most = bounds(charges, gap)
    assert exact - least < 0.2 * exact
    assert most - exact < 0.4 * exact


def train(kind, rng):
    """Activations of 128 drivers, first sent last."""
    k = np.arange(128)
    return {
        "random": rng.integers(1, 32, 128),
        "largest": np.full(128, 31),
        "smallest": np.full(128, 1),
        "bursts": np.where(k // 8 % 2, 31, 1),
        "bursts of four": np.where(k // 4 % 2, 31, 1),
        "rising": 1 + k[::-1] * 31 // 128,
        "falling": 1 + k * 31 // 128,
        "some": np.where(rng.random(128) < 0.4, 0, rng.integers(1, 32, 128)),
        "few at the end": np.where(k < 9, 31, 0),
    }[kind]


@pytest.mark.parametrize("wait", [5, 10])
@pytest.mark.parametrize("signs", ["mixed", "blocks"])
def test_codes_of_dense_trains(wait, signs):
    """Within a code of the slow model, nearly always the same, whatever the order of events."""
    machine = Machine("v3", 1, noise_seed=1, silicon=quiet_switches())
    slow = RegisterChip("v3", machine._chip.individual)
    rng = np.random.default_rng(wait)
    stream = tuned(slow.individual)
    for hemisphere in range(2):
        weights = rng.integers(1, 64, (128, 256))
        sign = rng.choice([-1, 1], (128, 256))
        if signs == "blocks":
            sign = np.where(np.arange(128)[:, None] // 16 % 2, 1, -1) * np.ones((128, 256), int)
        build.signed(stream, hemisphere, weights * sign)
    words = stream.setup().wait(7_500_000).barrier().words()
    run(machine, words)
    slow.execute(words)
    kinds = ["random", "largest", "smallest", "bursts", "bursts of four", "rising", "falling",
             "some", "few at the end"]
    stream = Stream()
    for kind in kinds:
        build.vector(stream, np.array([train(kind, rng)] * 2), wait=wait)
    words = stream.words()
    found = build.read_out(run(machine, words), len(kinds))
    expected, _ = slow.execute(words)
    values = type("Responses", (), {"omnibus": np.asarray(expected)})
    off = abs(found - build.read_out(values, len(kinds)))
    assert off.max() <= 1
    assert (off > 0).mean() < 0.12
    info = machine.run_info()
    if signs == "mixed":
        assert info["pairs_windows"] > 0.5 * 512 * len(kinds)


def test_uniform_matrices_take_windows():
    """Nearly all columns of a dense matrix at the usual spacing."""
    machine = Machine("v3", 0, noise_seed=1)
    stream = tuned(machine._chip.individual)
    rng = np.random.default_rng(1)
    for hemisphere in range(2):
        build.signed(stream, hemisphere, rng.integers(-63, 64, (128, 256)))
    run(machine, stream.setup().wait(7_500_000).barrier().words())
    stream = Stream()
    for _ in range(4):
        build.vector(stream, rng.integers(1, 32, (2, 128)), wait=5)
    run(machine, stream.words())
    info = machine.run_info()
    assert info["pairs_windows"] > 0.95 * 4 * 512


def test_weights_and_drivers_that_change_are_seen():
    """What is kept of weights for windows is that of the weights now."""
    results = []
    for order in ([0, 1], [1]):
        machine = Machine("v3", 0, noise_seed=1, silicon=quiet_switches())
        run(machine, tuned(machine._chip.individual).setup().wait(7_500_000).barrier().words())
        rng = np.random.default_rng(2)
        matrices = [rng.integers(-63, 64, (128, 256)) for _ in range(2)]
        x = rng.integers(1, 32, (2, 128))
        for which in order:
            stream = Stream()
            for hemisphere in range(2):
                build.signed(stream, hemisphere, matrices[which])
            codes = build.read_out(run(machine, build.vector(stream, x, wait=5).words()), 1)
        results.append(codes)
    assert np.array_equal(*results)
