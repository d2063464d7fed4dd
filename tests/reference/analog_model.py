"""Slow model of the analog core of one hemisphere, event by event.

Lines, membranes and column ADCs in float64, integrated in time with a fourth-order scheme whose
steps are a small part of the shortest time constant; nothing is summed up ahead. No noise. Units
are mV and microseconds of chip time, columns count by position on the bus.

For a column with lines E (excitatory) and I (inhibitory)::

    dx_s/dt = -x_s / tau_s,   an event adds line_step_s * pulse * weight * (1 + eps)
    dV/dt   = h_hi(V) K_E tanh(x_E) - h_lo(V) K_I tanh(x_I) + d - r (V - V_leak)
    h_hi    = 1 / (1 + exp((V - V_hi) / w)),   h_lo = 1 / (1 + exp((V_lo - V) / w))

and V stays within the hard range. A reset sets V and leaves the lines as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

COLUMNS, ROWS, DRIVERS = 256, 256, 128
EXCITATORY, INHIBITORY = 0, 1
MEMBRANE, LINE_EXCITATORY, LINE_INHIBITORY, CONSTANT, NOTHING = 0, 1, 2, 3, -1
STEPS_PER_TAU = 8
"""Steps of the integration in the shortest time constant."""
BOW_MIDDLE, BOW_WIDTH = 120.0, 90.0
"""Codes around which column ADCs are not straight, and from there to where they are."""
QUIET = 1e-11
"""Excursion of a line below which its current is left out."""


class OperatingPoint(Protocol):
    """What the model wants to know of a hemisphere; shapes (2, n) count lines or channels.

    ``line_step`` per activation and weight step, ``tau`` in us, ``ota`` in mV/us, ``drift`` in
    mV/us, ``leak_rate`` in 1/us, potentials in mV, ``adc_gain`` in codes per mV, ``adc_zero`` the
    code of 0 mV, ``adc_bow`` the deviation in the middle of the range; an excess e beyond
    ``adc_low`` or ``adc_high`` becomes e * bend / (bend + e).
    """

    line_step: Array
    tau: Array
    ota: Array
    drift: Array
    leak_rate: Array
    leak_potential: Array
    reset_potential: Array
    low_rail: Array
    high_rail: Array
    rail_width: float
    v_min: float
    v_max: float
    adc_gain: Array
    adc_zero: Array
    adc_digital: Array
    adc_source: Array
    adc_bow: Array
    adc_low: float
    adc_high: float
    adc_bend: float
    line_rest: Array
    line_swing: Array
    line_limit: float
    forced: Array


@dataclass(frozen=True)
class Synapses:
    """Synapse array and drivers of a hemisphere.

    Attributes
    ----------
    weight : int, shape (256, n)
        0..63 by row and position.
    label : int, shape (256, n)
        0..63 by row and position.
    row_mode : int, shape (256,)
        Bit 0 excitatory, bit 1 inhibitory.
    factor : float, shape (256, n)
        1 + eps of each synapse.
    pulse : float, shape (128, 33)
        Pulse length of an event by driver and activation, in steps of the activation.
    address_out : bool, shape (128,)
        Whether synapses compare all six label bits, or the top one alone.
    current : float, shape (64,)
        Current of a weight in units of weight 1.
    """

    weight: Array
    label: Array
    row_mode: Array
    factor: Array
    pulse: Array
    address_out: Array
    current: Array = field(default_factory=lambda: np.arange(64.0))

    def charge(self, driver: int, label: int) -> Array:
        """Pulse length times weight that an event adds to both lines, shape (2, n)."""
        activation = 32 - (label & 31)
        seen = label if self.address_out[driver] else label & 32
        total = np.zeros((2, self.weight.shape[1]))
        for row in (2 * driver, 2 * driver + 1):
            hit = self.label[row] == seen
            amount = self.pulse[driver, activation] * self.current[self.weight[row]] * (
                self.factor[row] * hit)
            for sign in (EXCITATORY, INHIBITORY):
                if self.row_mode[row] >> sign & 1:
                    total[sign] += amount
        return total


class AnalogModel:
    """State of the columns of a hemisphere.

    Parameters
    ----------
    point
        Operating point; may be replaced between calls.
    time
        Chip time of the start in us.
    steps_per_tau
        Steps of the integration in the shortest time constant, of lines, leaks or at a rail.

    Attributes
    ----------
    v : ndarray, shape (n,)
        Membrane potential in mV.
    x : ndarray, shape (2, n)
        Excursion of the lines.
    time : float
        Chip time that both belong to.
    """

    def __init__(self, point: OperatingPoint, time: float = 0.0,
                 steps_per_tau: float = STEPS_PER_TAU) -> None:
        self.point = point
        self.time = time
        self.steps_per_tau = steps_per_tau
        self.v = np.array(point.reset_potential, dtype=np.float64)
        self.x = np.zeros_like(np.asarray(point.tau, dtype=np.float64))

    def advance(self, time: float) -> None:
        """Let time pass.

        Raises
        ------
        ValueError
            The time lies in the past.
        """
        duration = time - self.time
        if duration < 0:
            raise ValueError(f"time {time} lies before {self.time}")
        p = self.point
        start = 0.0
        # once the lines are quiet, the rest has a closed form
        loudest = np.log(np.maximum(np.abs(self.x), QUIET) / QUIET)
        busy = min(duration, float((loudest * p.tau).max()))
        if busy > 0:
            count = int(np.ceil(busy * self.steps_per_tau * self._fastest()))
            step = busy / count
            for _ in range(count):
                self._runge_kutta(step)
            start = busy
        self._rest(duration - start)
        self.v = np.where(p.forced != 0, p.reset_potential, self.v)
        self.time = time

    def event(self, time: float, charge: Array) -> None:
        """Add the charge of an event, shape (2, n) in activation times weight, to the lines."""
        self.advance(time)
        self.x = self.x + self.point.line_step * charge

    def reset(self, time: float, columns: Array | slice = slice(None)) -> None:
        """Reset membranes."""
        self.advance(time)
        self.v[columns] = np.asarray(self.point.reset_potential, dtype=np.float64)[columns]

    def levels(self) -> Array:
        """Potential in mV that the causal and the acausal channel see, shape (2, n)."""
        p = self.point
        lines = self.lines()
        found = np.zeros_like(lines)
        for channel in range(2):
            source = np.asarray(p.adc_source)[channel]
            found[channel] = np.select(
                [source == MEMBRANE, source == LINE_EXCITATORY, source == LINE_INHIBITORY],
                [self.v, lines[EXCITATORY], lines[INHIBITORY]], 0.0)
        return found

    def lines(self) -> Array:
        """Potential of both lines in mV behind the read-out amplifiers, shape (2, n)."""
        p = self.point
        return np.asarray(
            p.line_rest - p.line_limit * np.tanh(p.line_swing * self.x / p.line_limit))

    def analog_codes(self, time: float) -> Array:
        """Codes of the channels before they are cut to integers, shape (2, n)."""
        self.advance(time)
        p = self.point
        code = np.asarray(p.adc_gain * self.levels() + p.adc_zero)
        code = code + p.adc_bow * (1 - ((code - BOW_MIDDLE) / BOW_WIDTH) ** 2)
        above, below = np.maximum(code - p.adc_high, 0), np.maximum(p.adc_low - code, 0)
        return np.asarray(np.clip(code, p.adc_low, p.adc_high)
                          + above * p.adc_bend / (p.adc_bend + above)
                          - below * p.adc_bend / (p.adc_bend + below))

    def codes(self, time: float) -> Array:
        """Codes of a conversion, shape (2, n), 0..255."""
        analog = np.clip(np.floor(self.analog_codes(time)), 0, 255)
        return np.clip(analog.astype(np.int64) + self.point.adc_digital, 0, 255)

    def slope(self, v: Array, x: Array) -> Array:
        """Change of the membranes in mV/us."""
        p = self.point
        high = 1 / (1 + np.exp(np.clip((v - p.high_rail) / p.rail_width, -500, 500)))
        low = 1 / (1 + np.exp(np.clip((p.low_rail - v) / p.rail_width, -500, 500)))
        current = high * p.ota[EXCITATORY] * np.tanh(x[EXCITATORY])
        current = current - low * p.ota[INHIBITORY] * np.tanh(x[INHIBITORY])
        return np.asarray(current + p.drift - p.leak_rate * (v - p.leak_potential))

    def _fastest(self) -> float:
        """Fastest rate of change, of a line or of a membrane at a rail or towards its leak."""
        p = self.point
        rail = float(np.max(p.ota)) / (4 * p.rail_width)
        return max(float(1 / np.min(p.tau)), rail, float(np.max(p.leak_rate)))

    def _runge_kutta(self, step: float) -> None:
        p = self.point
        middle = self.x * np.exp(-0.5 * step / p.tau)
        end = self.x * np.exp(-step / p.tau)
        a = self.slope(self.v, self.x)
        b = self.slope(self.v + 0.5 * step * a, middle)
        c = self.slope(self.v + 0.5 * step * b, middle)
        d = self.slope(self.v + step * c, end)
        self.v = np.clip(self.v + step / 6 * (a + 2 * b + 2 * c + d), p.v_min, p.v_max)
        self.x = end

    def _rest(self, duration: float) -> None:
        """Drift and leak alone, which go towards one potential or grow for ever."""
        p = self.point
        self.x = self.x * np.exp(-duration / np.asarray(p.tau))
        rate = np.asarray(p.leak_rate, dtype=np.float64)
        # (1 - exp(-r t)) / r, and t without leak
        effective = np.where(rate > 0, -np.expm1(-rate * duration)
                             / np.where(rate > 0, rate, 1), duration)
        slope = p.drift - rate * (self.v - p.leak_potential)
        self.v = np.clip(self.v + slope * effective, p.v_min, p.v_max)
