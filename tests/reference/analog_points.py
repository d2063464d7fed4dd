"""Operating points for the slow model: round figures, free of any chip."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

GAIN = 0.0020
"""LSB of the column ADC for each activation and weight step."""
LSB = 3.28
"""mV for each LSB of the column ADC."""
FULL_SCALE = 31 * 63
KNEE = 0.10
"""Excursion of a line by an event of full activation and weight."""
TAU = 0.32
"""Time constant of the lines in us."""
FAR = 1e9


def _lines(value: float, dtype: type = float) -> Array:
    return np.full((2, 1), value, dtype)


def _column(value: float) -> Array:
    return np.full(1, value)


@dataclass(frozen=True)
class Point:
    """A linear integrator without leak, drift and rails, read in codes around 128.

    Names, shapes and units are those of the operating point of a hemisphere, with one column.
    """

    line_step: Array = field(default_factory=lambda: _lines(KNEE / FULL_SCALE))
    tau: Array = field(default_factory=lambda: _lines(TAU))
    ota: Array = field(default_factory=lambda: _lines(GAIN * LSB / (KNEE / FULL_SCALE * TAU)))
    drift: Array = field(default_factory=lambda: _column(0.0))
    leak_rate: Array = field(default_factory=lambda: _column(0.0))
    leak_potential: Array = field(default_factory=lambda: _column(0.0))
    reset_potential: Array = field(default_factory=lambda: _column(0.0))
    low_rail: Array = field(default_factory=lambda: _column(-FAR))
    high_rail: Array = field(default_factory=lambda: _column(FAR))
    rail_width: float = 26.0
    v_min: float = -FAR
    v_max: float = FAR
    adc_gain: Array = field(default_factory=lambda: _lines(1 / LSB))
    adc_zero: Array = field(default_factory=lambda: _lines(128.0))
    adc_digital: Array = field(default_factory=lambda: _lines(0, int))
    adc_source: Array = field(default_factory=lambda: _lines(0, int))
    adc_bow: Array = field(default_factory=lambda: _lines(0.0))
    adc_low: float = -FAR
    adc_high: float = FAR
    adc_bend: float = 40.0
    line_rest: Array = field(default_factory=lambda: _lines(800.0))
    line_swing: Array = field(default_factory=lambda: _lines(200.0))
    line_limit: float = 250.0
    forced: Array = field(default_factory=lambda: _column(0.0))

    def wide(self, columns: int) -> Point:
        """The same for several columns."""
        values: dict[str, Any] = {}
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                values[name] = np.broadcast_to(value, (*value.shape[:-1], columns)).copy()
        return replace(self, **values)
