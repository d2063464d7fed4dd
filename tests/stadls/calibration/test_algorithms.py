"""Searches on functions whose solution is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from stadls.calibration.algorithms import (
    BinarySearch,
    LinearPrediction,
    LinearSearch,
    Measurement,
    NoisyBinarySearch,
    PolynomialPrediction,
)
from stadls.calibration.base import check_range_boundaries
from stadls.calibration.targets import ParameterRange


@pytest.fixture
def connection():
    return SimpleNamespace(random=np.random.default_rng(1))


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize(("low", "high"), [(0, 1022), (0, 63), (200, 811), (-128, 127), (3, 3)])
@pytest.mark.parametrize("algorithm", [BinarySearch(), NoisyBinarySearch()])
def test_searches_find_what_exhaustive_search_finds(connection, algorithm, low, high, inverted):
    span = high - low
    wanted = np.linspace(low + 0.02 * span, high - 0.02 * span, 40)
    slope = np.linspace(0.5, 3.0, 40) * (-1 if inverted else 1)
    calib = Measurement(lambda p: 7 + slope * (p - wanted), ParameterRange(low, high), 40,
                        target=7.0, inverted=inverted)
    found = algorithm.run(calib, connection)
    best = np.rint(wanted)
    assert np.abs(found.parameters - wanted).max() <= (
        np.abs(best - wanted).max() + (1 if isinstance(algorithm, NoisyBinarySearch) else 0))
    assert found.results == pytest.approx(7 + slope * (found.parameters - wanted))


def test_targets_and_bounds_may_differ_between_instances(connection):
    low, high = np.array([0, 100, 500]), np.array([1022, 300, 600])
    target = np.array([333, 250, 9999])
    calib = Measurement(lambda p: p, ParameterRange(low, high), 3, target=target)
    found = BinarySearch().run(calib, connection)
    assert found.parameters.tolist() == [333, 250, 600]
    checked = check_range_boundaries(found.parameters, calib.parameter_range)
    assert checked.success.tolist() == [True, True, False]


def test_what_cannot_be_measured_counts_as_too_small(connection):
    calib = Measurement(lambda p: np.where(p < 100, np.nan, p), ParameterRange(0, 255), 2,
                        target=np.array([120, 50]))
    found = BinarySearch().run(calib, connection)
    assert found.parameters[0] == 120
    assert found.results[0] == 120


def test_binary_search_under_noise_stays_near(connection):
    noise = np.random.default_rng(5)
    calib = Measurement(lambda p: p + noise.normal(0, 2, 500), ParameterRange(0, 1022), 500,
                        target=400.0)
    for algorithm in (BinarySearch(), NoisyBinarySearch()):
        found = algorithm.run(calib, connection).parameters
        assert np.median(np.abs(found - 400)) < 4
        assert np.abs(found - 400).max() < 30


def test_numbers_of_measurements_are_announced(connection):
    count = 0

    def measure(parameters):
        nonlocal count
        count += 1
        return parameters

    calib = Measurement(measure, ParameterRange(0, 1022), 3, target=5)
    for algorithm in (BinarySearch(), NoisyBinarySearch(), LinearSearch(400, 6, 10),
                      LinearPrediction(3)):
        count = 0
        announced = algorithm.steps(calib)
        algorithm.run(calib, connection)
        assert count == announced


def test_linear_search_stops_behind_the_target(connection):
    seen = []

    def measure(parameters):
        seen.append(parameters.copy())
        return parameters

    calib = Measurement(measure, ParameterRange(0, 1000), 2, target=np.array([128.0, 61.0]))
    found = LinearSearch(100, max_iterations=50, step_size=10).run(calib, connection)
    assert found.parameters.tolist() == [130, 60]
    assert len(seen) == 5


def test_predictions(connection):
    calib = Measurement(lambda p: 30.0 + p, ParameterRange(-128, 127), 1, target=100.0)
    assert LinearPrediction(0).run(calib, connection).parameters[0] == 70
    halved = Measurement(lambda p: 30.0 + p / 2, ParameterRange(-128, 127), 1, target=60.0)
    assert LinearPrediction.from_slope(0, 2.0).run(halved, connection).parameters[0] == 60

    x = np.arange(0, 500, 50.0)
    curves = np.stack([3 + 0.5 * x, 10 * np.sqrt(x)], axis=1)
    prediction = PolynomialPrediction.from_data(200, x, curves, 2)
    calib = Measurement(lambda p: np.array([3 + 0.5 * p[0], 10 * np.sqrt(p[1])]),
                        ParameterRange(0, 1022), 2, target=np.array([153.0, 10 * 300 ** 0.5]))
    assert prediction.run(calib, connection).parameters.tolist() == [300, 300]
    with pytest.raises(ValueError, match="don't determine"):
        PolynomialPrediction.from_data(0, [1, 2], [1, 2], 2)
