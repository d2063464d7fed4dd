"""Individuals and the generator behind them."""

import statistics
import subprocess
import sys

import numpy as np
import pytest

from emulator.silicon import CONSTANTS, REVISIONS, Individual
from emulator.silicon.generator import key, normal, normal_table, uniform


def test_normal_table_holds_the_quantiles():
    table = normal_table()
    assert table.shape == (4096,)
    assert abs(table.mean()) < 1e-6
    assert table.astype(float).var() == pytest.approx(1, abs=1e-6)
    exact = [statistics.NormalDist().inv_cdf((i + 0.5) / 4096) for i in range(4096)]
    np.testing.assert_allclose(table, exact, atol=1e-3)


def test_deviates():
    drawn = normal(key("test"), (200_000,))
    assert abs(drawn.mean()) < 0.01
    assert drawn.std() == pytest.approx(1, abs=0.01)
    # kurtosis and a tail beyond the table
    assert np.mean(drawn**4) == pytest.approx(3, abs=0.06)
    assert 4 < np.abs(drawn).max() < 7
    flat = uniform(key("test"), (100_000,))
    assert flat.min() >= 0
    assert flat.max() < 1
    assert flat.mean() == pytest.approx(0.5, abs=0.005)


def test_keys_depend_on_every_part():
    keys = [key("a", 1), key("a", 2), key("b", 1), key("a", 1, 0), key("ab"), key("a", "b"), key()]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("revision", REVISIONS)
def test_spreads_are_those_of_the_constants(revision):
    chips = [Individual(revision, seed) for seed in range(12)]

    def spread(name):
        return np.std([getattr(chip, name) for chip in chips])

    constants = chips[0].constants
    # and what is lost along a row, evenly from one end to the other
    trend = constants["synapse_distance"] / np.sqrt(12)
    whole = np.hypot(constants["synapse_spread"], trend)
    assert spread("synapse") == pytest.approx(whole, rel=0.02)
    for name, constant in (("driver_offset", "driver_offset_spread"), ("drift", "drift_spread"),
                           ("cadc_offset", "cadc_offset_spread"), ("rails", "rail_spread"),
                           ("driver_slope", "driver_slope_spread")):
        assert spread(name) == pytest.approx(constants[constant], rel=0.08), name
    rates = np.array([chip.pseudo_leak for chip in chips])
    assert rates.min() >= 0
    assert rates.max() <= (1.2 / 90 if revision == "v1" else 1 / 450) * (1 + 1e-9)


def test_what_all_columns_share_is_that_of_the_process():
    for seed in range(5):
        chip = Individual("v3", seed)
        for name, mean in (("tau_syn", 1), ("line", 1), ("dac", 1), ("tau_mem", 1),
                           ("leak_potential", 0), ("reset_potential", 0), ("drift", 0),
                           ("cadc_offset", 0), ("driver_offset", 0)):
            values = getattr(chip, name)
            assert values.mean() == pytest.approx(mean, abs=1e-9), name
        # tails are cut
        assert chip.shift[:, 0].mean() == pytest.approx(314, abs=2)
        assert chip.shift[:, 1].mean() == pytest.approx(294, abs=2)


def test_an_individual_is_its_seed():
    one, same, other = Individual("v3", 5), Individual("v3", 5), Individual("v3", 6)
    np.testing.assert_array_equal(one.synapse, same.synapse)
    assert (one.synapse != other.synapse).mean() > 0.99
    assert (one.gm != Individual("v2", 5).gm).all()


def test_currents_of_weights():
    weight = Individual("v3", 0).weight
    # both ends are exact; in between less than one step
    assert weight[[0, 63]].tolist() == [0, 63]
    assert 0 < np.abs(weight - np.arange(64)).max() < 1


def test_constants_are_within_their_ranges():
    for name, constant in CONSTANTS.items():
        assert constant.low <= constant.value <= constant.high, name
        assert constant.trust in "ABCDEX", name
        assert constant.source
        assert constant.unit


def test_bits_are_the_same_in_another_process():
    code = ("from emulator.silicon import Individual; import hashlib; i = Individual('v3', 3); "
            "print(hashlib.sha256(b''.join(v.tobytes() for v in vars(i).values() "
            "if hasattr(v, 'tobytes'))).hexdigest())")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # fixed for good: the same seed is the same chip in a year and on any machine
    assert done.stdout.strip() == FINGERPRINT


FINGERPRINT = "0b2248960164ae28c3070c2054fe649b05c47eddbc157692df7f2fced5eca3c7"
