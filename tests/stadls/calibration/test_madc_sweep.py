"""Recordings of all neurons in one program."""

import numpy as np
import pytest

import fisch
import stadls
from stadls import nominal
from stadls.calibration.errors import TooFewSamplesError
from stadls.calibration.hagen.neuron_bench import LINE_WEIGHT, fit_line_decays, line_sweep
from stadls.calibration.madc import INVALID_US, Sweep, split_recordings
from stadls.calibration.state import ChipState

SAMPLE = np.dtype([("value", np.uint16), ("chip_time", np.uint64)])
PERIOD = 17 / 4


def samples(recordings, length, pause=125_000):
    """Samples of recordings whose values tell recording and place."""
    start = np.arange(recordings)[:, None] * (pause + int(length * PERIOD))
    times = 1000 + start + np.floor(np.arange(1, length + 1) * PERIOD)
    values = 100 * np.arange(recordings)[:, None] + np.arange(length)
    found = np.empty(recordings * length, SAMPLE)
    found["value"], found["chip_time"] = values.ravel(), times.ravel()
    return found


def test_recordings_are_told_apart_in_any_order():
    found = samples(4, 90)
    np.random.default_rng(1).shuffle(found)
    split = split_recordings(found, 4, 90, PERIOD)
    np.testing.assert_array_equal(split, 100 * np.arange(4)[:, None] + np.arange(90))


def test_lost_samples_are_nan_and_move_no_other():
    found = samples(4, 90)
    kept = np.delete(found, [5, 100, 101, 300])
    split = split_recordings(kept, 4, 90, PERIOD)
    lost = np.isnan(split)
    assert lost.sum() == 4
    assert lost[0, 5]
    assert lost[1, 10]
    np.testing.assert_array_equal(split[~lost], kept["value"])


def test_too_few_samples():
    found = samples(4, 90)
    with pytest.raises(TooFewSamplesError, match="330 of 360"):
        split_recordings(found[:330], 4, 90, PERIOD)
    with pytest.raises(TooFewSamplesError, match="4 MADC recordings where 3"):
        split_recordings(found, 3, 90, PERIOD)


def test_a_sweep_shows_every_membrane_and_its_decay():
    """All 512 membranes by both ADCs, in one order."""
    with fisch.connect() as connection:
        builder, _ = stadls.generate(stadls.SystemInit(connection.get_hwdb_entry()[0]))
        stadls.run(connection, [builder.done()])
        builder = fisch.PlaybackProgramBuilder()
        builder.write_block(*nominal.hagen_words())
        connection.run(builder.done())
        sweep = Sweep(2.0)
        state = ChipState.nominal()
        fields = {name: state.get("NeuronConfig", name) for name in (
            "enable_readout_amplifier", "readout_source", "membrane_capacitor_size")}
        builder.append_words(sweep.program(fields))
        program = builder.done()
        connection.run(program)
    traces = sweep.traces(program.responses.madc_samples)
    wrong = int(np.ceil(INVALID_US / sweep.sample_period_us))
    assert traces.shape == (512, sweep.number_of_samples)
    assert np.isnan(traces[:, :wrong]).all()
    assert np.isfinite(traces[:, wrong:]).all()
    assert traces[:, wrong:].std(axis=1).max() < 3.0
    assert 100 < np.nanmean(traces) < 700


def test_decays_of_lines_are_found_in_a_sweep():
    """Traces by the equations of line and read-out, with noise and steps of the ADC."""
    rng = np.random.default_rng(5)
    sweep = line_sweep()
    times = sweep.times_us()
    tau = rng.uniform(0.2, 0.6, 512)
    tau[:3] = 0.1, 2.0, 8.0
    swing = 2.27e3 * 0.1 * 8 * LINE_WEIGHT / 63
    line = np.zeros((512, len(times)))
    for event in sweep.event_times_us:
        since = times - event - 0.13
        line += swing * np.where(since >= 0, np.exp(-np.maximum(since, 0) / tau[:, None]), 0.0)
    shown = 406 - 250 * np.tanh(line / 250) / 1.7
    traces = np.floor(shown + 1.2 * rng.normal(size=shown.shape))
    traces[:, times < 0] = np.nan
    found = fit_line_decays(sweep, traces)
    ratio = found / tau
    assert np.median(ratio[3:]) == pytest.approx(1.0, abs=0.05)
    assert ratio[3:].std() < 0.05
    # far away it must at least tell the direction
    assert found[0] < 0.2
    assert found[1] > 1.0
    assert found[2] > 1.0


def test_a_flat_line_has_no_time_constant():
    sweep = line_sweep()
    rng = np.random.default_rng(5)
    traces = 400 + 1.2 * rng.normal(size=(512, sweep.number_of_samples))
    assert np.isnan(fit_line_decays(sweep, traces)).mean() > 0.9
