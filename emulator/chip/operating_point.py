"""What the registers and the individual make of the columns: numbers in millivolt and us.

One `OperatingPoint` holds everything that the membranes, the synaptic lines and the column ADCs
of a hemisphere do, at one chip time. Kernels and the slow reference model both start from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emulator.silicon import Individual

from .configuration import COLUMN_OF_POSITION, COLUMNS, Analog

Floats = npt.NDArray[np.float64]

FAR = 1e6
"""Millivolt beyond any rail."""
LOW_KNEE, HIGH_KNEE = 17.0, -40.0
"""From where half of the current is left to where a curve begins to bend, LSB."""
FULL_SCALE = 31 * 63
"""Activation x weight of the largest event."""


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
    event_jitter : float
        Relative standard deviation of what an event adds, one cycle behind the one before; falls
        with the inverse of their distance.
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
    event_jitter: float
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


def operating_point(
    individual: Individual, analog: Analog, switches: Mapping[str, bool]
) -> OperatingPoint:
    """Operating point of a hemisphere.

    Parameters
    ----------
    individual
        The chip.
    analog
        What its registers say.
    switches
        Sources of deviation that are on, by the names of `emulator.silicon.SWITCHES`.
    """
    c, half, column = individual.constants, analog.hemisphere, COLUMN_OF_POSITION
    zeros = np.zeros(COLUMNS)
    neuron = 1.0 if switches["mismatch_neuron"] else 0.0
    lsb = 1e3 * c["cadc_step"]
    zero = 1e3 * c["cadc_zero"]
    tau = c["tau_syn_us"] + neuron * (individual.tau_syn[half][:, column] - c["tau_syn_us"])
    gain = c["gain"] * lsb * (1 + neuron * individual.gain[half][:, column])
    # switched off, the line stays so far below the knee that tanh is straight
    linear = 1.0 if switches["line_saturation"] else 1e-4
    step = linear * c["line_knee_per_event"] / FULL_SCALE
    centre = zero + lsb * c["baseline"]
    reset = centre + lsb * neuron * individual.baseline[half][column]
    rails = neuron * lsb * individual.rails[half][:, column]
    far = 0.0 if switches["rails"] else FAR
    source = sources(analog)
    seen = source >= 0
    adc = 1.0 if switches["mismatch_cadc"] else 0.0
    offset = adc * individual.cadc_offset[half][:, column]
    relative = 1 + adc * individual.cadc_gain[half][:, column]
    leak = individual.leak_rate[half][column] + c["biased_leak_rate"] * analog.neuron_cells[
        "i_bias_leak"]
    return OperatingPoint(
        line_step=np.full((2, COLUMNS), step),
        tau=tau,
        ota=gain / (step * tau) * connected(analog),
        drift=lsb * individual.drift[half][column] if switches["drift"] else zeros,
        leak_rate=leak if switches["leak"] else zeros,
        leak_potential=reset,
        reset_potential=reset,
        low_rail=reset + lsb * (c["low_rail_knee"] - LOW_KNEE) + rails[0] - far,
        high_rail=reset + lsb * (c["high_rail_knee"] - HIGH_KNEE) + rails[1] + far,
        rail_width=1e3 * c["rail_width"],
        v_min=1e3 * c["floor"] - far,
        v_max=1e3 * c["ceiling"] + far,
        adc_gain=np.where(seen, relative / lsb, 0.0),
        # gain errors turn around the middle of the range
        adc_zero=np.where(seen, offset + c["baseline"] - relative * centre / lsb,
                          c["idle_code"] + offset),
        adc_digital=analog.digital,
        adc_source=source,
        adc_bow=np.zeros((2, COLUMNS)),
        adc_low=-FAR,
        adc_high=FAR,
        adc_bend=c["cadc_bend"],
        line_rest=np.full((2, COLUMNS), 1e3 * c["line_rest"]),
        line_swing=np.full((2, COLUMNS), 1e3 * c["line_swing"] / linear),
        line_limit=1e3 * c["line_limit"],
        noise_read=c["noise_read"] if switches["noise_read"] else 0.0,
        noise_event=lsb * c["noise_event"] if switches["noise_event"] else 0.0,
        event_jitter=0.0,
        forced=analog.forced,
    )
