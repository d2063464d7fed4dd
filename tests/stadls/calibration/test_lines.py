"""Synapses, drivers and products on the synaptic lines of raw chips."""

import numpy as np
import pytest

from stadls.calibration import hagen, helpers
from stadls.calibration.common import lines
from stadls.calibration.common.synapse import DACBiasCalibCADC
from stadls.calibration.hagen.multiplication import Multiplication
from stadls.calibration.session import StatefulConnection
from stadls.calibration.state import ChipState, block_cells
from tests.stadls.calibration import chips

CHIPS = [("v3", 0), ("v2", 3), ("v1", 1)]


def amplitudes(chip, activations):
    """Amplitudes of drivers by activation, shape (n, 2, 128)."""
    builder = chip.builder()
    lines.configure_lines(builder.state)
    lines.configure_drivers(builder.state, chip.revision)
    lines.set_weights(builder, 63)
    helpers.wait_for_capmem(builder)
    chip.run(builder)
    reader = lines.LineReader(chip)
    found = []
    for activation in activations:
        builder = chip.builder()
        found.append(reader.drivers(
            builder, lines.set_activation(builder, chip.revision, activation)))
    return np.array(found)


@pytest.fixture(scope="module", params=CHIPS, ids=lambda chip: f"{chip[0]}-{chip[1]}")
def calibrated(request, tmp_path_factory):
    """A chip calibrated for integration on lines, and the result."""
    revision, seed = request.param
    folder = tmp_path_factory.mktemp("chip")
    with chips.raw_chip(folder, seed, revision) as connection:
        chip = StatefulConnection(connection)
        result = hagen.calibrate_for_synin_integration(chip)
        yield chip, result


def last(chip, name):
    return next(r.data for r in reversed(chip.records) if r.name[-1] == name)


def test_quadrants_become_equally_strong(calibrated):
    chip, result = calibrated
    data = last(chip, DACBiasCalibCADC.name)
    assert data["before"].std() / data["before"].mean() > 0.02
    assert data["after"].std() / data["after"].mean() < 0.02
    assert 20 < data["after"].mean() < 45
    assert result.success.all()
    assert result.syn_i_bias_dac.max() > 780                   # the weakest quadrant keeps it


def test_drivers_answer_activations_alike(calibrated):
    """Limits of the field's test of drivers, and a spread as is expected there."""
    chip, result = calibrated
    found = amplitudes(chip, range(1, 32))
    mean, spread = found.mean(axis=(1, 2)), found.std(axis=(1, 2))
    steps = np.diff(mean)
    assert steps.mean() > 0.5
    assert steps[:5].mean() > 0.2
    assert steps[-5:].mean() > 0.2
    assert mean.max() > 20
    assert spread.max() < min(4, np.ptp(mean) / 8)
    assert result.synapse_driver_result.success.mean() > 0.85
    data = last(chip, "synapse drivers")
    good = result.synapse_driver_result.success.reshape(2, 128)
    assert data["before"].std() > 2
    limit = 0.6 if chip.revision == "v1" else 0.3
    assert data["after"][good].std() < limit
    np.testing.assert_allclose(data["ramp_after"], data["ramp_target"], rtol=0.02)


def test_matrices_are_multiplied(calibrated):
    chip, _ = calibrated
    if chip.revision == "v1":
        with pytest.raises(ValueError, match="v1"):
            Multiplication().preconfigure(chip)
        return
    random = np.random.default_rng(0)
    for synram in (0, 1):
        product = Multiplication(synram)
        product.preconfigure(chip)
        vectors = np.zeros((20, 256), int)
        vectors[:, :8] = 10
        column = np.linspace(-63, 63, 128).round().astype(int)
        found = product.multiply(chip, vectors, np.repeat(column[:, None], 256, axis=1))
        assert found.std(axis=0).mean() < 5
        slope = np.polyfit(column, found.mean(axis=0), 1)[0]
        assert slope > 0.02
        vectors = np.zeros((6, 256), int)
        vectors[:, :6] = np.arange(5, 31, 5)[:, None]
        found = product.multiply(chip, vectors, np.full((128, 256), 20))
        assert (np.diff(found, axis=0) >= 0).all(axis=0).mean() > 0.6

    inputs = random.integers(0, 32, (40, 256)) * (random.random((40, 256)) < 0.1)
    weights = np.clip(random.normal(0, 15, (128, 256)).round(), -63, 63).astype(int)
    exact = inputs @ weights.T
    found = product.multiply(chip, inputs, weights)
    assert np.corrcoef(exact.ravel(), found.ravel())[0, 1] > 0.95
    small = product.auto_multiply(chip, inputs[:, :30], weights[:, :30], "auto")
    single = product.auto_multiply(chip, inputs[:, :30], weights[:, :30])
    exact = inputs[:, :30] @ weights[:, :30].T
    assert np.corrcoef(exact.ravel(), small.ravel())[0, 1] > 0.95
    assert 4 < small.std() / single.std() < 8                  # eight rows for each input
    unsigned = Multiplication(1, signed_mode=False, num_sends=2, wait_period=1)
    found = unsigned.auto_multiply(chip, inputs[:, :30], np.abs(weights[:, :30]))
    exact = inputs[:, :30] @ np.abs(weights[:, :30]).T
    assert np.corrcoef(exact.ravel(), found.ravel())[0, 1] > 0.9


def test_rows_are_off_afterwards(calibrated):
    _, result = calibrated
    state = ChipState()
    result.configure(state)
    for field in ("enable_receiver", "row_mode_top", "row_mode_bottom"):
        assert not state.get("SynapseDriverConfig", field).any()
    assert (state.get("NeuronConfig", "readout_source") == 1).all()
    assert state.cells(block_cells("syn_i_bias_dac")).tolist() == result.syn_i_bias_dac.tolist()
