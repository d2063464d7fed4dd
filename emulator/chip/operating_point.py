"""What the registers and the individual make of the columns: numbers in millivolt and us.

One `OperatingPoint` holds everything that the membranes, the synaptic lines and the column ADCs
of a hemisphere do, at one chip time. Kernels and the slow reference model both start from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .configuration import Analog

Floats = npt.NDArray[np.float64]

FAR = 1e6
"""Millivolt beyond any rail."""


@dataclass(frozen=True)
class OperatingPoint:
    """Analog state of affairs in one hemisphere; by position, mV and us.

    With ``x`` the excursion of a synaptic line in units of the knee of its amplifier and ``V``
    the potential of the membrane, s = 0 excitatory, 1 inhibitory:

    * an event adds ``line_step[s] * pulse * weight`` to x_s, which decays with ``tau[s]``;
    * ``dV/dt = h_hi ota[0] tanh(x_0) - h_lo ota[1] tanh(x_1) + drift
      - leak_rate (V - leak_potential)``, ``h_hi = 1 / (1 + exp((V - high_rail) / rail_width))``,
      ``h_lo = 1 / (1 + exp((low_rail - V) / rail_width))``, V kept within v_min and v_max;
    * a channel reads ``adc_gain * potential + adc_zero``, of the membrane or of a line, whose
      potential is ``line_rest - line_limit * tanh(line_swing * x / line_limit)``; to a reading c
      ``adc_bow * (1 - ((c - 120) / 90)^2)`` is added, and what lies beyond ``adc_low`` or
      ``adc_high`` is compressed: an excess e becomes ``e * adc_bend / (adc_bend + e)``.

    Attributes
    ----------
    line_step : float64, shape (2, 256)
        Excursion per activation LSB and weight LSB.
    tau : float64, shape (2, 256)
        Time constants of the lines, us.
    ota : float64, shape (2, 256)
        Slope of the membrane at tanh = 1, mV/us; 0 where the input is not connected.
    drift : float64, shape (256,)
        mV/us.
    leak_rate : float64, shape (256,)
        1/us.
    leak_potential, reset_potential : float64, shape (256,)
        mV.
    low_rail, high_rail : float64, shape (256,)
        Where the inhibitory (excitatory) current has dropped to one half, mV.
    rail_width : float
        mV.
    v_min, v_max : float
        Hard limits of the membrane, mV.
    adc_gain, adc_zero : float64, shape (2, 256)
        Codes per mV, and code at 0 mV, of the causal and the acausal channel. The gain is 0
        where a channel sees nothing; it then reads ``adc_zero``.
    adc_digital : int32, shape (2, 256)
        Added to the code.
    adc_source : int8, shape (2, 256)
        What a channel sees: 0 membrane, 1 excitatory line, 2 inhibitory line, 3 a constant
        potential, whose code is ``adc_zero``, with a gain of 0; -1 nothing.
    adc_bow : float64, shape (2, 256)
        Non-linearity in the middle of the range, codes.
    adc_low, adc_high, adc_bend : float
        Codes, see above.
    line_rest, line_swing : float64, shape (2, 256)
        Potential of the lines as their read-out shows it, at rest and per unit of excursion, mV.
    line_limit : float
        Largest excursion that the read-out shows, mV.
    noise_read : float
        Standard deviation of a conversion, codes.
    noise_event : float
        Standard deviation that an event leaves on the membrane, mV.
    forced : uint8, shape (256,)
        1 where the membrane is held at its reset potential.
    """

    line_step: Floats
    tau: Floats
    ota: Floats
    drift: Floats
    leak_rate: Floats
    leak_potential: Floats
    reset_potential: Floats
    low_rail: Floats
    high_rail: Floats
    rail_width: float
    v_min: float
    v_max: float
    adc_gain: Floats
    adc_zero: Floats
    adc_digital: npt.NDArray[np.int32]
    adc_source: npt.NDArray[np.int8]
    adc_bow: Floats
    adc_low: float
    adc_high: float
    adc_bend: float
    line_rest: Floats
    line_swing: Floats
    line_limit: float
    noise_read: float
    noise_event: float
    forced: npt.NDArray[np.uint8]


def sources(analog: Analog) -> npt.NDArray[np.int8]:
    """What the causal and acausal channels see, shape (2, 256); see `OperatingPoint`."""
    cells = analog.block_cells
    on = (
        (analog.adc != 0) & (analog.neuron["enable_readout_amplifier"] != 0)
        & (cells["cadc_i_ramp_slope"] > 0) & (cells["cadc_i_bias_comp"] > 0))
    seen = on & (analog.channel != 0)
    return np.where(seen, analog.neuron["readout_source"].astype(np.int8), -1).astype(np.int8)


def connected(analog: Analog) -> npt.NDArray[np.bool_]:
    """Where the excitatory (inhibitory) input integrates, shape (2, 256)."""
    dac = analog.block_cells["syn_i_bias_dac"] > 0
    return np.stack([
        (analog.neuron[f"enable_synaptic_input_{word}"] != 0) & (analog.current[i] != 0)
        & (analog.neuron_cells[f"i_bias_synin_{short}_gm"] > 0) & dac & (analog.forced == 0)
        for i, (word, short) in enumerate((("excitatory", "exc"), ("inhibitory", "inh")))])
