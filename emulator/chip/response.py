"""Responses of the circuits to their registers: CapMem codes in, mV and us out.

All columns of a hemisphere at once. A chip's deviations enter as factors and offsets;
`average` replaces them by their mean, so that a chip without mismatch is the average of itself
under the registers as they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from emulator.silicon import Individual
from emulator.silicon.elementary import power

from .configuration import (
    BLOCK_OF_POSITION,
    COLUMN_OF_POSITION,
    COLUMNS,
    DRIVERS,
    Analog,
    Drivers,
)
from .operating_point import FAR, OperatingPoint, connected, sources

Floats = npt.NDArray[np.float64]

FULL_SCALE = 31 * 63
"""Activation x weight of the largest event."""
INPUTS = (("excitatory", "exc"), ("inhibitory", "inh"))
# Registers at which the constants hold. They are known of calibrated chips: there, a bias of 1022
# is that of the synapses of the weakest quadrant (of four that deviate by 10 %: 0.89 of the mean),
# and inputs are equalised to their median gain (0.98 of the mean).
NOMINAL_GM, NOMINAL_DAC = 450.0, 895.0
NOMINAL_RAMP, NOMINAL_CALIB, NOMINAL_HAGEN_DAC, NOMINAL_OFFSET = 500.0, 500.0, 820.0, 7
MIDDLE_OF_TRIM = 32
SYNIN_DAC = 800.0
SMALLEST_GM = 4.0
MIDDLE_CODE = 120.0
"""Code around which gain errors of the column ADC turn."""


def potential(code: Floats | float, c: Mapping[str, float]) -> Floats | float:
    """Potential of a voltage cell in mV."""
    return 1e3 * (c["capmem_zero"] + c["capmem_step"] * code)


def operating_point(
    chip: Individual, analog: Analog, switches: Mapping[str, bool], slow: Floats | float = 0.0
) -> OperatingPoint:
    """Operating point of a hemisphere with all deviations of its circuits.

    Parameters
    ----------
    chip
        The chip.
    analog
        What its registers say.
    switches
        Sources of deviation that are on, by the names of `emulator.silicon.SWITCHES`.
    slow
        Slow drift of leak and reset potentials, mV, shape (256,).
    """
    c, half, column = chip.constants, analog.hemisphere, COLUMN_OF_POSITION
    cells, fields = analog.neuron_cells, analog.neuron
    lsb = 1e3 * c["cadc_step"]
    outlier_tau, outlier_gm, outlier_shift = (
        factor[half][column] for factor in chip.outlier_factors())
    if not switches["outliers"]:
        outlier_tau = outlier_gm = np.ones(COLUMNS)
        outlier_shift = np.zeros(COLUMNS)

    # lines: resistance by code, capacitance by switch
    small = np.stack([fields[f"enable_synaptic_input_{word}_small_capacitance"] != 0
                      for word, _ in INPUTS])
    capacitance = np.where(small, c["line_capacitance_small"], 1.0)
    tau = _line_tau(analog, c) * capacitance * chip.tau_syn[half][:, column] * outlier_tau
    gm = np.stack([np.maximum(cells[f"i_bias_synin_{short}_gm"], SMALLEST_GM)
                   for _, short in INPUTS]) / NOMINAL_GM
    # the knee of the amplifier moves so that currents grow in proportion, gains more slowly
    knee = power(gm, 1 - c["gm_exponent"])
    dac = analog.block_cells["syn_i_bias_dac"] / NOMINAL_DAC * chip.dac[half][column]
    linear = 1.0 if switches["line_saturation"] else 1e-4
    full_event = linear * c["line_knee_per_event"] * c["line_capacitance_small"]
    step = (full_event / FULL_SCALE) / capacitance / knee * dac * chip.line[half][:, column]

    # membrane
    size = fields["membrane_capacitor_size"] / 63.0
    total = (c["capacitance"] * size * chip.capacitance[half][column]
             + c["capacitance_fixed"] * chip.capacitance_fixed[half][column])
    per_pf = (c["capacitance"] + c["capacitance_fixed"]) / total
    strongest = c["gain"] * lsb * FULL_SCALE / (
        linear * c["line_knee_per_event"] * c["tau_syn_us"])
    ota = strongest * gm * chip.gm[half][:, column] * outlier_gm * per_pf
    on = np.stack([(fields[f"enable_synaptic_input_{word}"] != 0)
                   & (cells[f"i_bias_synin_{short}_gm"] > 0) for word, short in INPUTS])
    shift = np.stack([cells[f"i_bias_synin_{short}_shift"] for _, short in INPUTS])
    shift = shift - chip.shift[half][:, column] - outlier_shift
    offset = np.clip(c["shift_slope"] * lsb / strongest / knee * shift, -1.0, 1.0)
    pushed = ota * offset * on
    drift = np.zeros(COLUMNS)
    if switches["drift"]:
        drift = pushed[0] - pushed[1] + lsb * chip.drift[half][column] * per_pf
    current = c["offset_current"] * chip.offset_current[half][column] * cells["i_mem_offset"]
    sign = np.where(fields["invert_membrane_offset"] != 0, -1.0, 1.0)
    # 1 nA on 1 pF makes 1 mV/us
    drift = drift + sign * (fields["enable_membrane_offset"] != 0) * current / total
    rate, leak_potential = _leak(chip, analog, per_pf, switches["leak"], slow)
    reset = 1e3 * c["reset_potential"] + c["reset_potential_slope"] * (
        cells["v_reset"] - 625.0) + chip.reset_potential[half][column] + slow
    floor, ceiling = 1e3 * c["floor"], 1e3 * c["ceiling"]
    far = 0.0 if switches["rails"] else FAR
    rails = lsb * chip.rails[half][:, column]

    # column ADC
    block = BLOCK_OF_POSITION
    lsb_now = (4.5 * analog.block_cells["cadc_i_ramp_slope"] / c["ramp_slope_code"]
               * chip.ramp_slope[half][block])
    lsb_now = np.maximum(lsb_now, 0.01)
    start = potential(analog.block_cells["cadc_v_ramp_offset"], c) + 1e3 * c["ramp_shift"]
    gain = chip.cadc_gain[half][:, column]
    adc_gain = gain / lsb_now
    adc_zero = (chip.cadc_offset[half][:, column] + chip.ramp_offset[half][block]
                + (1 - gain) * MIDDLE_CODE - adc_gain * start)
    source = sources(analog)
    seen = (source >= 0) & (source < 3)
    level = np.where(source == 3, leak_potential, np.nan)
    debug = (source < 0) & (analog.debug != 0) & adc_on(analog)
    line = potential(analog.debug_level, c)
    level = np.where(debug, np.asarray(line)[:, None], level)
    constant = ~np.isnan(level)
    idle = c["idle_code"] + chip.cadc_offset[half][:, column]
    return OperatingPoint(
        line_step=step,
        tau=tau,
        ota=ota * connected(analog),
        drift=drift,
        leak_rate=rate,
        leak_potential=leak_potential,
        reset_potential=np.clip(reset, floor, ceiling),
        low_rail=1e3 * c["low_rail"] + rails[0] - far,
        high_rail=1e3 * c["high_rail"] + rails[1] + far,
        rail_width=1e3 * c["rail_width"],
        v_min=floor - far,
        v_max=ceiling + far,
        adc_gain=np.where(seen, adc_gain, 0.0),
        adc_zero=np.where(seen, adc_zero,
                          np.where(constant, adc_zero + adc_gain * level, idle)),
        adc_digital=analog.digital,
        adc_source=np.where(constant, 3, source).astype(np.int8),
        adc_bow=chip.cadc_bow[half][:, column] if switches["cadc_range"]
        else np.zeros((2, COLUMNS)),
        adc_low=c["cadc_low"] if switches["cadc_range"] else -FAR,
        adc_high=c["cadc_high"] if switches["cadc_range"] else FAR,
        adc_bend=c["cadc_bend"],
        line_rest=1e3 * c["line_rest"] + chip.line_rest[half][:, column],
        line_swing=knee * chip.line_swing[half][:, column] * (
            1e3 * c["line_event"] / (full_event * SYNIN_DAC / NOMINAL_DAC)),
        line_limit=1e3 * c["line_limit"],
        noise_read=c["noise_read"] if switches["noise_read"] else 0.0,
        noise_event=lsb * c["noise_event"] if switches["noise_event"] else 0.0,
        forced=analog.forced,
    )


def adc_on(analog: Analog) -> npt.NDArray[np.bool_]:
    """Where the column ADC works, shape (256,)."""
    cells = analog.block_cells
    on: npt.NDArray[np.bool_] = ((analog.adc != 0) & (cells["cadc_i_ramp_slope"] > 0)
                                 & (cells["cadc_i_bias_comp"] > 0))
    return on


def _line_tau(analog: Analog, c: Mapping[str, float]) -> Floats:
    """Time constants of the lines at the large capacitance, process mean, shape (2, 256)."""
    idle = c["tau_syn_idle_code"]
    code = np.stack([np.maximum(analog.neuron_cells[f"i_bias_synin_{short}_tau"], idle)
                     for _, short in INPUTS])
    high = np.stack([analog.neuron[f"enable_synaptic_input_{word}_high_resistance"] != 0
                     for word, _ in INPUTS])
    normal = c["tau_syn_scale"] / code
    if not high.any():
        return normal
    scale = np.array([[c["tau_syn_high_exc_us"]], [c["tau_syn_high_inh_us"]]])
    exponent = np.array([[c["tau_syn_high_exc_exponent"]], [c["tau_syn_high_inh_exponent"]]])
    return np.where(high, scale * power(code, -exponent), normal)


def _leak(
    chip: Individual, analog: Analog, per_pf: Floats, on: bool, slow: Floats | float
) -> tuple[Floats, Floats]:
    """Rate (1/us) and potential (mV) of the leak, that of the bias and what is always there."""
    c, half, column = chip.constants, analog.hemisphere, COLUMN_OF_POSITION
    target = (1e3 * c["leak_potential"] + c["leak_potential_slope"] * (
        analog.neuron_cells["v_leak"] - 629.0) + chip.leak_potential[half][column] + slow)
    pseudo = chip.pseudo_leak[half][column] * per_pf
    aim = 1e3 * c["pseudo_leak_potential"]
    code = analog.neuron_cells["i_bias_leak"]
    rate = np.zeros(COLUMNS)
    if (code > 0).any():
        some = np.maximum(code, 1.0)
        divided = analog.neuron["enable_leak_division"] != 0
        multiplied = analog.neuron["enable_leak_multiplication"] != 0
        plain = power(some, c["leak_exponent"])
        normal = plain / c["tau_mem_normal_us"]
        rate = np.where(
            divided & ~multiplied,
            power(some, c["leak_divided_exponent"]) / c["tau_mem_divided_us"],
            np.where(multiplied & ~divided, plain / c["tau_mem_multiplied_us"], normal))
        rate = rate * (code > 0) * per_pf / chip.tau_mem[half][column]
    both = rate + pseudo
    level = (rate * target + pseudo * aim) / np.maximum(both, 1e-12)
    if not on:
        both = np.zeros(COLUMNS)
    return both, level


_NEURON = ("line_step", "tau", "ota", "drift", "leak_rate", "leak_potential", "reset_potential",
           "low_rail", "high_rail", "line_rest", "line_swing")


def average(
    points: tuple[OperatingPoint, OperatingPoint], usual: tuple[npt.NDArray[np.bool_], ...],
    switches: Mapping[str, bool],
) -> tuple[OperatingPoint, OperatingPoint]:
    """Let every column behave like the average of the chip where mismatch is switched off.

    Parameters
    ----------
    points
        Of the two hemispheres.
    usual
        By hemisphere, columns that are no outliers, bool of shape (256,).
    switches
        Sources of deviation that are on.
    """
    changes: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    if not switches["mismatch_neuron"]:
        for i in range(2):
            # columns that take part; if none does, all
            live = [usual[half] & (point.ota[i] > 0) for half, point in enumerate(points)]
            if not any(mask.any() for mask in live):
                live = [np.ones(COLUMNS, bool)] * 2
            for name in _NEURON:
                arrays = [getattr(point, name) for point in points]
                if arrays[0].ndim == 1:
                    if i == 0:
                        mean = _mean_of(arrays, live)
                        for half in range(2):
                            changes[half][name] = np.full(COLUMNS, mean)
                    continue
                mean = _mean_of([array[i] for array in arrays], live)
                for half in range(2):
                    new = changes[half].setdefault(name, np.empty((2, COLUMNS)))
                    new[i] = mean * (arrays[half][i] > 0) if name == "ota" else mean
    if not switches["mismatch_cadc"]:
        for i in range(2):
            same = [point.adc_source[i] for point in points]
            for kind in np.unique(np.concatenate(same)):
                live = [source == kind for source in same]
                for name in ("adc_gain", "adc_zero", "adc_bow"):
                    # what a digital offset puts right counts
                    digital = [point.adc_digital[i] * (name == "adc_zero") for point in points]
                    arrays = [getattr(point, name)[i] + shift
                              for point, shift in zip(points, digital, strict=True)]
                    mean = _mean_of(arrays, live)
                    for half in range(2):
                        new = changes[half].setdefault(name, np.empty((2, COLUMNS)))
                        new[i][live[half]] = (mean - digital[half])[live[half]]
    return replace(points[0], **changes[0]), replace(points[1], **changes[1])


def _mean_of(arrays: list[Floats], masks: list[npt.NDArray[np.bool_]]) -> float:
    picked = np.concatenate([array[mask] for array, mask in zip(arrays, masks, strict=True)])
    return math.fsum(picked.tolist()) / max(len(picked), 1)


def ramped(
    chip: Individual, half: int, drivers: Drivers, cells: Mapping[str, Floats], dac_bias: float
) -> Floats:
    """Pulse lengths that the ramps of the drivers of a hemisphere make of DAC values.

    Parameters
    ----------
    chip
        The chip.
    half
        Hemisphere.
    drivers
        What their registers say.
    cells
        CapMem cells of the drivers by block (west, east), see `Configuration.driver_cells`.
    dac_bias
        Cell that biases their DACs, in codes.

    Returns
    -------
    ndarray, shape (128, 33)
        Length in steps of the activation.
    """
    c = chip.constants
    # even drivers belong to the west block
    block = np.arange(DRIVERS) % 2
    ramp = np.maximum(cells["stp_i_ramp"], 1.0)
    scale = chip.ramp[half] * (NOMINAL_RAMP / ramp) * (dac_bias / NOMINAL_HAGEN_DAC)
    trim = (c["driver_trim"] * (drivers.hagen_dac_offset.astype(np.float64) - MIDDLE_OF_TRIM)
            - c["driver_offset_step"] * (cells["stp_i_calib"] / NOMINAL_CALIB)[block]
            * (drivers.offset.astype(np.float64) - NOMINAL_OFFSET))
    activation = np.arange(33, dtype=np.float64)
    length = activation + (chip.driver_offset[half] + trim)[:, None] + chip.driver_inl[half]
    length = length * (chip.driver_slope[half] * scale[block])[:, None]
    return np.clip(length, 0.0, 31 * c["pulse_limit"])


def average_lengths(both: tuple[Floats, Floats]) -> Floats:
    """Mean over all drivers of the chip, shape (128, 33), the same for each."""
    columns = np.concatenate(both).T.tolist()
    return np.array([[math.fsum(one) / len(one) for one in columns]] * DRIVERS)


def pulse_lengths(
    length: Floats, drivers: Drivers, c: Mapping[str, float], switches: Mapping[str, bool]
) -> Floats:
    """Pulses as they reach the synapses: short ones are shorter still, and all are extended.

    Parameters
    ----------
    length
        What the ramps make, shape (128, 33).
    drivers
        Registers of the drivers.
    c
        Constants of the chip.
    switches
        Sources of deviation that are on.

    Returns
    -------
    ndarray, shape (128, 33)
        Length in steps of the activation; 0 for activation 0.
    """
    if switches["low_activations"]:
        below = np.maximum(c["driver_low_knee"] - length, 0.0)
        length = np.maximum(length - max(c["driver_low_slope"] - 1, 0.0) * below, 0.0)
    length = length * (1 + c["dacen_step"] * drivers.extension.astype(np.float64)[:, None])
    length[:, 0] = 0.0
    return length
