"""Fits of decays, against traces made from the formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadls.calibration.fits import fit_decays

TIMES = np.arange(120) * 0.034


def decay(tau, amplitude, offset):
    return offset + amplitude * np.exp(-TIMES / tau)


@given(
    st.floats(0.08, 2.0), st.floats(5.0, 300.0), st.booleans(), st.floats(0.0, 700.0)
)
def test_exact_traces_are_recovered(tau, amplitude, falling, offset):
    amplitude = -amplitude if falling else amplitude
    found = fit_decays(TIMES, decay(tau, amplitude, offset)[None], 0.05, 5.0)
    assert not found.bounded[0]
    assert found.tau[0] == pytest.approx(tau, rel=2e-3)
    assert found.amplitude[0] == pytest.approx(amplitude, rel=5e-3)
    assert found.offset[0] == pytest.approx(offset, abs=5e-3 * abs(amplitude))


def test_noise_is_averaged_as_least_squares_can():
    rng = np.random.default_rng(0)
    tau = rng.uniform(0.25, 0.4, 500)
    noise = 1.2
    traces = np.stack([decay(t, -90.0, 400.0) for t in tau]) + noise * rng.normal(size=(500, 120))
    found = fit_decays(TIMES, traces, 0.05, 5.0)
    # Cramer-Rao bound from the derivatives by tau, amplitude and offset
    slopes = np.stack([-90 * TIMES / 0.32**2 * np.exp(-TIMES / 0.32), np.exp(-TIMES / 0.32),
                       np.ones(120)])
    bound = noise * np.sqrt(np.linalg.inv(slopes @ slopes.T)[0, 0])
    error = found.tau - tau
    assert abs(error.mean()) < 0.1 * bound
    assert error.std() < 1.3 * bound
    assert found.residual.mean() == pytest.approx(noise, rel=0.03)


def test_missing_samples_do_not_matter():
    values = np.tile(decay(0.4, 50.0, 10.0), (2, 1))
    values[1, 5:60:3] = np.nan
    found = fit_decays(TIMES, values, 0.05, 5.0)
    assert found.tau == pytest.approx([0.4, 0.4], rel=2e-3)


def test_time_constants_out_of_range_are_told():
    found = fit_decays(TIMES, np.stack([decay(0.01, 50, 0), decay(90.0, 50, 0)]), 0.05, 5.0)
    assert found.bounded.all()
    assert found.tau == pytest.approx([0.05, 5.0])


def test_too_few_samples_give_nan():
    values = np.full((1, 120), np.nan)
    values[0, :3] = 1.0
    found = fit_decays(TIMES, values, 0.05, 5.0)
    assert np.isnan(found.tau[0])
    assert found.bounded[0]


@pytest.mark.parametrize(("times", "low", "high"), [([0, 1, 2], 1, 2), (TIMES, 2, 1),
                                                    (TIMES, 0, 1)])
def test_bad_arguments(times, low, high):
    with pytest.raises(ValueError, match="time"):
        fit_decays(times, np.zeros((1, len(times))), low, high)
