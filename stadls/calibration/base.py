"""One calibration step: which parameter is searched, and how its effect is measured."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stadls.calibration.algorithms import Algorithm
from stadls.calibration.targets import ParameterRange

__all__ = ["BoundaryCheckResult", "Calib", "ParameterCalibResult", "ParameterRange",
           "check_range_boundaries"]

_log = logging.getLogger("stadls.calibration")


@dataclass
class ParameterCalibResult:
    """Result of one search.

    Attributes
    ----------
    calibrated_parameters : int64, shape (n,)
        Parameter of each instance.
    success : bool, shape (n,)
        False where the parameter lies at a boundary of its range.
    results : float64, shape (n,)
        What was measured there.
    """

    calibrated_parameters: npt.NDArray[np.int64]
    success: npt.NDArray[np.bool_]
    results: npt.NDArray[np.float64]


@dataclass
class BoundaryCheckResult:
    """Parameters within a range, and which of them are not at its boundary.

    Attributes
    ----------
    parameters, success : shape (n,)
        Clipped parameters; whether each lies inside.
    messages
        Texts for a log.
    """

    parameters: npt.NDArray[np.int64]
    success: npt.NDArray[np.bool_]
    messages: list[str]


def check_range_boundaries(parameters: npt.ArrayLike, parameter_range: ParameterRange,
                           errors: tuple[str, str] | None = None) -> BoundaryCheckResult:
    """Tell which parameters reached a boundary of their range.

    Parameters
    ----------
    parameters
        Shape (n,).
    parameter_range
        Range of the search.
    errors
        Texts about parameters at the lower and at the upper boundary; ``{0}`` stands for
        their indices.
    """
    given = np.asarray(parameters, np.int64)
    low, high = (np.asarray(b).astype(np.int64)
                 for b in (parameter_range.lower, parameter_range.upper))
    clipped = np.clip(given, low, high)
    success, messages = np.ones(given.shape, np.bool_), []
    texts = errors or ("parameters of {0} reached the lower boundary",
                       "parameters of {0} reached the upper boundary")
    for boundary, text in zip((low, high), texts, strict=True):
        there = clipped == boundary
        success &= ~there
        if there.any():
            messages.append(text.format(_few(np.flatnonzero(there))))
    return BoundaryCheckResult(clipped, success, messages)


def _few(indices: npt.NDArray[np.intp]) -> str:
    shown = ", ".join(str(i) for i in indices[:8])
    return shown if len(indices) <= 8 else f"{shown} ... ({len(indices)} in all)"


class Calib(ABC):
    """A step that searches one parameter of many instances.

    Parameters
    ----------
    parameter_range
        Range of the search.
    n_instances
        Number of independent instances.
    inverted
        Whether results fall with the parameter.
    errors
        Texts for instances that end at the lower and at the upper boundary.

    Attributes
    ----------
    target
        What results shall be: a number, or one per instance. May be set by ``prelude``.
    """

    #: What progress bars show; the name of the class if empty.
    name: str = ""

    def __init__(self, parameter_range: ParameterRange, n_instances: int,
                 inverted: bool = False, errors: tuple[str, str] | None = None) -> None:
        self.parameter_range = parameter_range
        self.n_instances = n_instances
        self.inverted = inverted
        self.errors = errors
        self.target: Any = None

    def prelude(self, connection: Any) -> None:
        """Prepare the chip; may set ``target``."""
        return

    @abstractmethod
    def configure_parameters(self, builder: Any, parameters: npt.NDArray[np.int64]) -> Any:
        """Write parameters, with the wait that they need.

        Parameters
        ----------
        builder
            `CalibBuilder` of the connection.
        parameters : int64, shape (n,)

        Returns
        -------
        CalibBuilder
            The builder to go on with.
        """

    @abstractmethod
    def measure_results(self, connection: Any, builder: Any) -> npt.NDArray[np.float64]:
        """Run what measures the effect.

        Parameters
        ----------
        connection
            `StatefulConnection`.
        builder
            Builder with the parameters.

        Returns
        -------
        float array, shape (n,)
            NaN where nothing could be measured.
        """

    def postlude(self, connection: Any) -> None:
        """Clean up; the found parameters are on the chip."""
        return

    def measure(self, connection: Any, parameters: npt.NDArray[np.int64]
                ) -> npt.NDArray[np.float64]:
        """Configure parameters and measure, in one program where the step allows it."""
        builder = self.configure_parameters(connection.builder(), parameters)
        results = np.asarray(self.measure_results(connection, builder), np.float64)
        if results.shape != (self.n_instances,):
            raise ValueError(f"{type(self).__name__} measured shape {results.shape}, "
                             f"not ({self.n_instances},)")
        connection.advance()
        return results

    def run(self, connection: Any, algorithm: Algorithm, target: Any = None
            ) -> ParameterCalibResult:
        """Search the parameters and leave them on the chip.

        Parameters
        ----------
        connection
            `StatefulConnection`.
        algorithm
            How to search.
        target
            What results shall be; that of the step if None.

        Returns
        -------
        ParameterCalibResult

        Raises
        ------
        ValueError
            There is no target.
        """
        if target is not None:
            self.target = target
        with connection.step(self.name or type(self).__name__, steps=algorithm.steps(self)):
            self.prelude(connection)
            if self.target is None:
                raise ValueError(f"{type(self).__name__} needs a target")
            outcome = algorithm.run(self, connection)
            checked = check_range_boundaries(
                outcome.parameters, self.parameter_range, self.errors)
            for message in checked.messages:
                _log.debug("%s: %s", type(self).__name__, message)
            builder = self.configure_parameters(connection.builder(), checked.parameters)
            connection.run(builder)
            self.postlude(connection)
        return ParameterCalibResult(checked.parameters, checked.success, outcome.results)
