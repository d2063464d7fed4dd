"""Targets and options: typed, with defaults, units and ranges.

A target says what a calibrated chip shall do, options say how to get there. Fields declare
their ranges with :func:`parameter`: a value outside of the reliable range warns, a value
outside of the possible range raises.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from stadls.calibration.errors import CalibrationRangeError, CalibrationRangeWarning

__all__ = ["CalibOptions", "CalibTarget", "ParameterRange", "Parameters", "check_value",
           "parameter"]


@dataclass(frozen=True)
class ParameterRange:
    """Closed interval of a parameter; bounds are numbers, or arrays of one per instance."""

    lower: Any
    upper: Any

    def __post_init__(self) -> None:
        if not np.all(np.asarray(self.lower) <= self.upper):
            raise ValueError(f"range from {self.lower} to {self.upper} is empty")

    def __contains__(self, value: object) -> bool:
        array = np.asarray(value, dtype=np.float64)
        return bool(np.all((array >= self.lower) & (array <= self.upper)))


def parameter(default: Any, reliable: tuple[float, float] | None = None,
              hard: tuple[float, float] | None = None, unit: str = "",
              alternatives: tuple[Any, ...] = ()) -> Any:
    """Declare a field of a target.

    Parameters
    ----------
    default
        Default.
    reliable
        Range in which calibrations work; beyond it a value warns.
    hard
        Range that the chip can reach at all; beyond it a value raises.
    unit
        Unit for messages.
    alternatives
        Special values that need no check.
    """
    metadata = {"reliable": reliable, "hard": hard, "unit": unit, "alternatives": alternatives}
    return field(default=default, metadata=metadata)


class Parameters:
    """Base of targets and options: dataclasses that check their values."""

    def check_values(self, prefix: str = "") -> None:
        """Compare all values, also of nested parts, with their ranges.

        Warns
        -----
        CalibrationRangeWarning
            A value is outside of its reliable range; the text names parameter and range.

        Raises
        ------
        CalibrationRangeError
            A value is outside of what a chip can reach (a ValueError).
        TypeError
            A value is no number.
        """
        for declared in fields(self):  # type: ignore[arg-type]
            value, name = getattr(self, declared.name), prefix + declared.name
            if isinstance(value, Parameters):
                value.check_values(f"{name}.")
            elif "reliable" in declared.metadata:
                _check(name, value, declared.metadata)


def _check(name: str, value: Any, limits: Any) -> None:
    if value is None or any(isinstance(value, type(a)) and value == a
                            for a in limits["alternatives"]):
        return
    check_value(name, value, limits["reliable"], limits["hard"], limits["unit"])


def check_value(name: str, value: Any, reliable: tuple[float, float] | None = None,
                hard: tuple[float, float] | None = None, unit: str = "") -> None:
    """Compare a number or an array with its ranges; see `Parameters.check_values`."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} takes numbers, not {value!r}")
    for limits in (hard, reliable):
        if limits is None:
            continue
        low, high = limits
        wrong = ~((array >= low) & (array <= high))
        if not wrong.any():
            continue
        worst = array[wrong].flat[0] if array.ndim else array.item()
        if limits is hard:
            raise CalibrationRangeError(name, worst, low, high)
        text = f" {unit}" if unit else ""
        warnings.warn(f"{name} = {worst}{text} is outside of the reliable range, "
                      f"{low:g} to {high:g}{text}: the calibration may fail for some of the chip",
                      CalibrationRangeWarning, stacklevel=4)


class CalibTarget(Parameters):
    """What a calibrated chip shall do."""

    def calibrate(self, connection: Any, options: Any = None) -> Any:
        """Calibrate towards this target.

        Parameters
        ----------
        connection
            `StatefulConnection`, or what one can be made of.
        options
            Options that belong to this target; the default ones if None.

        Returns
        -------
        CalibResult
        """
        raise NotImplementedError(f"{type(self).__name__} can't be calibrated by itself")


    def default_options(self) -> CalibOptions:
        """Options that belong to this target."""
        return CalibOptions()


class CalibOptions(Parameters):
    """How a calibration goes about it."""
