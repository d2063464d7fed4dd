"""Searches for parameters, for many independent instances at once.

An algorithm asks a calibration (`stadls.calibration.base.Calib`, or any function in a
`Measurement`) for measurements at parameters of its choice, until it knows the parameters at
which the results come nearest to the target.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil, log2
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Algorithm", "BinarySearch", "LinearPrediction", "LinearSearch", "Measurement",
           "NoisyBinarySearch", "Outcome", "PolynomialPrediction"]

Codes = npt.NDArray[np.int64]
Results = npt.NDArray[np.float64]


@dataclass
class Outcome:
    """What an algorithm found.

    Attributes
    ----------
    parameters : int64, shape (n,)
        Parameter of each instance.
    results : float64, shape (n,)
        Result measured (predicted, for predictions) at that parameter.
    """

    parameters: Codes
    results: Results


class _Best:
    """Keeps, per instance, the parameter whose result came nearest to the target."""

    def __init__(self, calib: Search) -> None:
        n = calib.n_instances
        self._target = calib.target
        self._error = np.full(n, np.inf)
        self.parameters = np.zeros(n, np.int64)
        self.results = np.full(n, np.nan)

    def add(self, parameters: Codes, results: Results) -> None:
        error = np.abs(results - self._target)
        better = error < self._error                       # False for what is not a number
        self._error = np.where(better, error, self._error)
        self.parameters = np.where(better, parameters, self.parameters)
        self.results = np.where(better, results, self.results)

    def outcome(self, last: Codes) -> Outcome:
        """Result; ``last`` where nothing could be measured."""
        nothing = ~np.isfinite(self._error)
        return Outcome(np.where(nothing, last, self.parameters), self.results)


class Algorithm(ABC):
    """A search that a `Calib` runs."""

    @abstractmethod
    def run(self, calib: Search, connection: Any) -> Outcome:
        """Search the parameters at which results meet ``calib.target``.

        Parameters
        ----------
        calib
            Calibration; its ``measure`` is called once per step, for all instances.
        connection
            `StatefulConnection` to measure on.
        """

    @abstractmethod
    def steps(self, calib: Search) -> int:
        """Largest number of measurements, for progress bars."""

    @staticmethod
    def _limits(calib: Search) -> tuple[Codes, Codes]:
        both = calib.parameter_range.lower, calib.parameter_range.upper
        low, high = (np.broadcast_to(np.asarray(b), (calib.n_instances,)).astype(np.int64)
                     for b in both)
        return low, high


class Search(Protocol):
    """What an algorithm needs; `stadls.calibration.base.Calib` is one."""

    parameter_range: Any
    n_instances: int
    inverted: bool
    target: Any

    def measure(self, connection: Any, parameters: Codes) -> Results:
        """Results at parameters, shape (n,)."""


@dataclass
class Measurement:
    """A search of parameters of a plain function.

    >>> calib = Measurement(lambda codes: 2.0 * codes, ParameterRange(0, 100), 1, target=50)
    >>> BinarySearch().run(calib, connection).parameters                    # doctest: +SKIP
    array([25])

    Attributes
    ----------
    function
        Takes parameters, int64 of shape (n,), and returns results of that shape.
    parameter_range
        ``lower`` and ``upper`` are numbers or arrays of one number per instance.
    n_instances
        Number of instances.
    target
        A number, or one per instance.
    inverted
        Whether results fall with the parameter.
    """

    function: Callable[[Codes], npt.ArrayLike]
    parameter_range: Any
    n_instances: int
    target: Any
    inverted: bool = False

    def measure(self, connection: Any, parameters: Codes) -> Results:
        """Results at parameters."""
        return np.asarray(self.function(parameters), np.float64)


def _bisections(low: Codes, high: Codes) -> list[int]:
    """Step widths of a search that starts in the middle of a range and ends at width 1."""
    size = int((high - low).max()) + 1
    count = max(1, ceil(log2(size)))
    return [max(1, round(size / 2 ** (k + 2))) for k in range(count)]


def _direction(calib: Search, results: Results) -> Codes:
    """+1 where the parameter must grow.

    What is not a number counts as too small a result.
    """
    up = ~(results >= calib.target)
    return np.where(up != calib.inverted, 1, -1).astype(np.int64)


@dataclass
class BinarySearch(Algorithm):
    """Bisection of the parameter range, then a look at both neighbours.

    Results must rise with the parameter (fall, for an inverted calibration). The best one of
    the last three measurements wins.

    Parameters
    ----------
    initial_parameters
        Parameters of the first measurement; the middle of the range if None. The first step is
        a quarter of the range all the same.
    """

    initial_parameters: Any = None

    def steps(self, calib: Search) -> int:
        """Number of measurements."""
        return len(_bisections(*self._limits(calib))) + 3

    def run(self, calib: Search, connection: Any) -> Outcome:
        """Search; see the class."""
        low, high = self._limits(calib)
        parameters = _start(self.initial_parameters, low, high, calib.n_instances)
        for width in _bisections(low, high):
            results = calib.measure(connection, parameters)
            parameters = np.clip(parameters + width * _direction(calib, results), low, high)
        best = _Best(calib)
        for trial in (parameters, parameters + 1, parameters - 1):
            trial = np.clip(trial, low, high)
            best.add(trial, calib.measure(connection, trial))
        return best.outcome(parameters)


@dataclass
class NoisyBinarySearch(Algorithm):
    """Bisection from dithered starts, for parameters that must not be equal in neighbours.

    One step more than a `BinarySearch`; the best one of the last 3 + log2(noise) measurements
    wins.

    Parameters
    ----------
    noise_amplitude
        Largest deviation of a start from the middle of the range.
    initial_parameters
        Parameters to dither and start with; the middle of the range if None.
    """

    noise_amplitude: int = 5
    initial_parameters: Any = None

    def _considered(self) -> int:
        return 3 + max(0, ceil(log2(self.noise_amplitude))) if self.noise_amplitude else 3

    def steps(self, calib: Search) -> int:
        """Number of measurements."""
        return len(_bisections(*self._limits(calib))) + 2

    def run(self, calib: Search, connection: Any) -> Outcome:
        """Search; see the class."""
        low, high = self._limits(calib)
        n = calib.n_instances
        parameters = _start(self.initial_parameters, low, high, n)
        dither = connection.random.integers(
            -self.noise_amplitude, self.noise_amplitude + 1, n)
        parameters = np.clip(parameters + dither, low, high)
        widths = [*_bisections(low, high), 1, 0]
        best = _Best(calib)
        for k, width in enumerate(widths):
            results = calib.measure(connection, parameters)
            if len(widths) - k <= self._considered():
                best.add(parameters, results)
            parameters = np.clip(parameters + width * _direction(calib, results), low, high)
        return best.outcome(parameters)


@dataclass
class LinearSearch(Algorithm):
    """Steps of one width towards the target, until all instances went past it.

    Parameters
    ----------
    initial_parameters
        Start; the middle of the range if None.
    max_iterations
        Largest number of measurements.
    step_size
        Width of a step.
    """

    initial_parameters: Any = None
    max_iterations: int = 10
    step_size: int = 10

    def steps(self, calib: Search) -> int:
        """Largest number of measurements."""
        return self.max_iterations

    def run(self, calib: Search, connection: Any) -> Outcome:
        """Search; see the class."""
        low, high = self._limits(calib)
        parameters = _start(self.initial_parameters, low, high, calib.n_instances)
        best = _Best(calib)
        first: Codes | None = None
        turned = np.zeros(calib.n_instances, np.bool_)
        for _ in range(self.max_iterations):
            results = calib.measure(connection, parameters)
            best.add(parameters, results)
            direction = _direction(calib, results)
            if first is None:
                first = direction
            turned |= direction != first
            if turned.all():
                break
            parameters = np.clip(
                np.where(turned, parameters, parameters + self.step_size * direction), low, high)
        return best.outcome(parameters)


@dataclass
class PolynomialPrediction(Algorithm):
    """One measurement, and a model of how the parameter depends on the result.

    The model is a polynomial per instance (or one for all). What the measurement deviates from
    it counts as an offset of the parameter.

    Parameters
    ----------
    probe_parameters
        Parameters of the measurement.
    coefficients : array, shape (degree + 1,) or (degree + 1, n)
        Parameter as a function of the result, constant term first.
    """

    probe_parameters: Any
    coefficients: npt.NDArray[np.floating[Any]] = field(
        default_factory=lambda: np.array([0.0, 1.0]))

    @classmethod
    def from_data(cls, probe_parameters: Any, parameters: npt.ArrayLike, results: npt.ArrayLike,
                  degree: int) -> PolynomialPrediction:
        """Fit the model to measurements.

        Parameters
        ----------
        probe_parameters
            Parameters of the later measurement.
        parameters, results
            Shape (m,) or (m, n), for one model or one per instance.
        degree
            Degree of the polynomial, less than m.

        Raises
        ------
        ValueError
            Too few measurements.
        """
        x, y = np.asarray(results, np.float64), np.asarray(parameters, np.float64)
        if len(x) <= degree:
            raise ValueError(f"{len(x)} measurements don't determine a polynomial of degree "
                             f"{degree}")
        if x.ndim == 1:
            return cls(probe_parameters, np.polynomial.polynomial.polyfit(x, y, degree))
        y = np.broadcast_to(y if y.ndim == 2 else y[:, None], x.shape)
        columns = [np.polynomial.polynomial.polyfit(x[:, i], y[:, i], degree)
                   for i in range(x.shape[1])]
        return cls(probe_parameters, np.stack(columns, axis=1))

    def steps(self, calib: Search) -> int:
        """Number of measurements."""
        return 1

    def _evaluate(self, results: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
        value: Any = 0.0
        for coefficient in self.coefficients[::-1]:
            value = value * results + coefficient
        return np.asarray(value)

    def run(self, calib: Search, connection: Any) -> Outcome:
        """Measure once and predict; see the class."""
        low, high = self._limits(calib)
        probe = _start(self.probe_parameters, low, high, calib.n_instances)
        results = calib.measure(connection, probe)
        shift = self._evaluate(calib.target) - self._evaluate(results)
        shift = np.where(np.isfinite(shift), shift, 0.0)
        parameters = np.clip(np.rint(probe + shift), low, high).astype(np.int64)
        expected = np.broadcast_to(calib.target, probe.shape).astype(np.float64)
        return Outcome(parameters, expected)


@dataclass
class LinearPrediction(PolynomialPrediction):
    """A `PolynomialPrediction` of a straight line.

    Parameters
    ----------
    probe_parameters
        Parameters of the measurement.
    coefficients
        ``[0, slope]``: change of the parameter per change of the result; 1 by default.
    """

    @classmethod
    def from_slope(cls, probe_parameters: Any, slope: float) -> LinearPrediction:
        """Make one of the change of the parameter per change of the result."""
        return cls(probe_parameters, np.array([0.0, slope]))


def _start(given: Any, low: Codes, high: Codes, n: int) -> Codes:
    if given is None:
        return (low + high + 1) // 2
    start = np.broadcast_to(np.asarray(given), (n,)).astype(np.int64)
    return np.clip(start, low, high)
