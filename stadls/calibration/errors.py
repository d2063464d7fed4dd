"""Errors and warnings of calibrations."""

from __future__ import annotations

__all__ = [
    "CalibNotSuccessful",
    "CalibrationFileError",
    "CalibrationMismatchError",
    "CalibrationRangeError",
    "CalibrationRangeWarning",
    "ExcessiveNoiseError",
    "HardwareError",
    "TooFewSamplesError",
]


class CalibNotSuccessful(RuntimeError):
    """A step failed for (nearly) all instances, so that later steps would make no sense."""


class TooFewSamplesError(RuntimeError):
    """A measurement returned fewer samples than it needs."""


class ExcessiveNoiseError(RuntimeError):
    """A measurement of a constant varies far more than read-out noise explains."""


class HardwareError(RuntimeError):
    """The chip answered what no chip in order answers."""


class CalibrationRangeError(ValueError):
    """A target or option lies where no chip can go.

    Attributes
    ----------
    name, value, low, high
        Parameter, offending value and allowed range.
    """

    def __init__(self, name: str, value: object, low: float, high: float) -> None:
        super().__init__(f"{name} = {value} is impossible; allowed are {low:g} to {high:g}")
        self.name, self.value, self.low, self.high = name, value, low, high


class CalibrationRangeWarning(UserWarning):
    """A target lies outside of the range in which calibrations work reliably."""


class CalibrationFileError(ValueError, RuntimeError):
    """A file holds no calibration, or one that was cut short or changed.

    Scripts of the real stack expect a ``RuntimeError`` for such files.
    """

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


class CalibrationMismatchError(ValueError, RuntimeError):
    """A calibration was made for another chip.

    Attributes
    ----------
    name
        What differs: ``identifier`` or ``revision``.
    found, wanted
        That of the calibration and that of the chip.
    """

    def __init__(self, name: str, found: str, wanted: str) -> None:
        super().__init__(f"the calibration belongs to the chip with {name} {found!r}, "
                         f"not to the one with {name} {wanted!r}")
        self.name, self.found, self.wanted = name, found, wanted
