"""Recordings of a membrane during a product: the file, its times, and what it shows."""

import numpy as np
import pytest
import torch

import hxtorch
import hxtorch.core.hardware as core
from hxtorch import perceptron

HEADER = "ExecutionIndex\tbatch\ttime\tvalue"
#: MADC LSB per LSB of the column ADCs: 3.28 mV over 1.7 mV.
RATIO = 3.28 / 1.7


@pytest.fixture
def chip(monkeypatch):
    """An emulated chip with reproducible noise."""
    monkeypatch.setenv("HXEMU_NOISE_SEED", "3")
    hxtorch.init_hardware(ann=True)
    yield
    hxtorch.release_hardware()
    core._kept.clear()


def record(path, neuron, x, weights, **options):
    result = perceptron.mac(
        torch.tensor(x).float(), torch.tensor(weights).float(),
        madc_recording_neuron_id=neuron, madc_recording_path=str(path), **options,
    )
    lines = path.read_text().splitlines()
    assert lines[0] == HEADER
    return result.numpy(), np.array([[int(v) for v in line.split("\t")] for line in lines[1:]])


def staircase(column, columns=256):
    """Ten rows that excite a column, ten that inhibit it."""
    weights = np.zeros((20, columns), int)
    # rows are sent last to first
    weights[10:, column] = 63
    weights[:10, column] = -63
    return weights


@pytest.mark.parametrize(("neuron", "columns"), [(5, 256), (200, 256), (256 + 77, 512)])
def test_membrane_follows_the_events(chip, tmp_path, neuron, columns):
    x = np.full((2, 20), 31)
    with hxtorch.emulation.silicon(
        mismatch_driver=False, mismatch_synapse=False, drift=False, noise_madc=False
    ):
        _, found = record(
            tmp_path / "file", neuron, x, staircase(neuron, columns), wait_between_events=250
        )
    assert set(found[:, 0]) == {0}
    assert set(found[:, 1]) == {0, 1}
    # 20 slots of 2 us, 2 us until the read, and the read itself
    for entry in (0, 1):
        _, _, time, value = found[found[:, 1] == entry].T
        assert (np.diff(time) > 0).all()
        assert 0 <= time[0] < 10
        assert 5250 <= time[-1] < 5600
        # one sample every 34 ns
        assert len(time) == pytest.approx((time[-1] - time[0]) * 8 / 34, abs=3)
        start = value[time < 240].mean()
        level = [value[(time > 250 * k + 180) & (time < 250 * k + 245)].mean() for k in range(21)]
        steps = np.diff(level)
        # events at 250, 500, ...: ten steps up by about 0.002 x 31 x 63 LSB each, ten down
        expected = 0.002 * 31 * 63 * RATIO
        assert steps[:10].mean() == pytest.approx(expected, rel=0.25)
        assert steps[10:].mean() == pytest.approx(-expected, rel=0.25)
        assert steps[:10].std() < 0.1 * expected
        assert abs(level[-1] - start) < 2 * expected
        # nothing happens before the first event
        assert value[time < 245].std() < 1.5


def test_file_is_appended_to_and_other_neurons_record_nothing(chip, tmp_path):
    path = tmp_path / "file"
    x, weights = np.ones((2, 5), int), np.ones((5, 3), int)
    _, first = record(path, 2, x, weights)
    assert len(first)
    _, second = record(path, 2, x, weights)
    assert len(second) == pytest.approx(2 * len(first), rel=0.02)
    np.testing.assert_array_equal(second[: len(first)], first)
    # column 3 has no neuron in use, and the bottom array neither
    for neuron in (3, 256):
        _, third = record(path, neuron, x, weights)
        assert len(third) == len(second)


def test_only_instances_with_the_neuron_record(chip, tmp_path):
    # 128 rows, 768 columns: the first run takes 256 columns in each array, the second 256 in one
    x, weights = np.ones((1, 8), int), np.ones((8, 768), int)
    _, found = record(tmp_path / "top", 7, x, weights)
    assert set(found[:, 0]) == {0, 1}
    _, found = record(tmp_path / "bottom", 256 + 7, x, weights)
    assert set(found[:, 0]) == {0}


def test_results_and_registers_stay(chip, tmp_path):
    generator = np.random.default_rng(0)
    x, weights = generator.integers(0, 32, (20, 64)), generator.integers(-63, 64, (64, 30))
    with hxtorch.emulation.silicon(noise_read=False, noise_event=False):
        before = perceptron.mac(torch.tensor(x).float(), torch.tensor(weights).float())
        recorded, _ = record(tmp_path / "file", 4, x, weights)
        after = perceptron.mac(torch.tensor(x).float(), torch.tensor(weights).float())
    assert np.abs(recorded - before.numpy()).max() <= 1
    assert (after - before).abs().max() <= 1


def test_wrong_arguments(chip, tmp_path):
    x, weights = torch.ones(5), torch.ones(5, 3)
    with pytest.raises(OverflowError, match=r"madc_recording_neuron_id.*0..511"):
        perceptron.mac(
            x, weights, madc_recording_neuron_id=512, madc_recording_path=str(tmp_path / "file")
        )
    with pytest.raises(OSError, match="nowhere"):
        perceptron.mac(x, weights, madc_recording_path=str(tmp_path / "nowhere" / "file"))
    assert perceptron.mac(x, weights).shape == (3,)


def test_matmul_records_as_mac_does(chip, tmp_path):
    path = tmp_path / "file"
    perceptron.matmul(
        torch.ones(2, 3, 5), torch.ones(5, 4), madc_recording_neuron_id=1,
        madc_recording_path=str(path),
    )
    table = np.loadtxt(path, skiprows=1)
    assert set(table[:, 1]) == set(range(6))
