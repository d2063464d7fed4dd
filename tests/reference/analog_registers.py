"""From register words to an operating point, written from the register description and formulas.

Constants and the deviations drawn for a chip are data of the emulator; what they mean together,
and which bits set them, is written down here a second time. No temporal noise, cells settled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .analog_chip import COLUMN_OF_POSITION, AnalogChip

Array = npt.NDArray[Any]

FULL_SCALE = 31 * 63
ROWS = {"v_leak": 0, "v_reset": 1, "i_bias_leak": 8, "exc_tau": 10, "exc_shift": 12, "exc_gm": 13,
        "inh_tau": 14, "inh_shift": 16, "inh_gm": 17, "i_mem_offset": 22}
"""CapMem rows of the neurons' own parameters."""
BLOCK_ROWS = {"ramp_offset": 4, "dac": 8, "comparator": 12, "stp_i_ramp": 13, "stp_i_calib": 14,
              "ramp_slope": 15, "comp": 16}
"""CapMem rows of parameters of a block, in column 128."""
NOMINAL = {"gm": 450.0, "dac": 895.0, "stp_i_ramp": 500.0, "stp_i_calib": 500.0,
           "hagen_dac": 820.0, "offset": 7, "trim": 32, "synin_dac": 800.0, "middle": 120.0}


@dataclass
class RegisterPoint:
    """Operating point of a hemisphere; names, shapes and units as the model expects them."""

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


class Registers:
    """Register words of a chip as its columns and drivers see them.

    Parameters
    ----------
    memory
        Words by address, as written.
    half
        Hemisphere.
    """

    def __init__(self, memory: Mapping[int, int], half: int) -> None:
        self.memory = memory
        self.half = half
        self.base = 0x02000000 + 0x01000000 * half

    def of_columns(self, address: Callable[[int], int], default: int = 0) -> Array:
        """Words by position, of a register that each column has."""
        return np.array([self.memory.get(address(int(c)), default) for c in COLUMN_OF_POSITION])

    def cell(self, name: str) -> Array:
        """Codes of a neuron's cell by position; 0 if it is not refreshed."""
        return self._cells(lambda c: 32 * (c % 128) + ROWS[name])

    def block_cell(self, name: str) -> Array:
        """Codes of a block's cell by position."""
        return self._cells(lambda c: 32 * 128 + BLOCK_ROWS[name])

    def _cells(self, place: Callable[[int], int]) -> Array:
        codes = self.of_columns(
            lambda c: 0x140000 + 0x8000 * (2 * self.half + c // 128) + place(c)) & 0x3FF
        return np.where(codes == 1023, 0, codes).astype(float)

    def neuron(self, word: int, lsb: int, width: int = 1) -> Array:
        """A field of the neurons' configuration by position."""
        words = self.of_columns(
            lambda c: 0x160000 + 0x8000 * (2 * self.half + c // 128) + 8 * (c % 128) + 2 + word)
        return words >> lsb & (1 << width) - 1

    def lanes(self, offset: int, bit: int) -> Array:
        """A bit of the column switches by position."""
        words = [self.memory.get(self.base + offset + q, 0) for q in range(64)]
        return np.array([w >> 8 * (3 - i) + bit & 1 for w in words for i in range(4)])


def operating_point(memory: Mapping[int, int], chip: Any, half: int) -> RegisterPoint:
    """Operating point of a hemisphere.

    Parameters
    ----------
    memory
        Register words by address.
    chip
        Constants and deviations of the chip: `constants` and arrays [hemisphere, ..., column].
    half
        Hemisphere.
    """
    r, k = Registers(memory, half), chip.constants
    column, east = COLUMN_OF_POSITION, COLUMN_OF_POSITION // 128
    lsb = 1e3 * k["cadc_step"]

    def own(values: Array) -> Array:
        return np.asarray(values[half])[..., column]

    bad_tau, bad_gm, bad_shift = (np.asarray(a)[half][column] for a in chip.outlier_factors())

    # membrane: what a current does
    farad = (k["capacitance"] * r.neuron(3, 2, 6) / 63 * own(chip.capacitance)
             + k["capacitance_fixed"] * own(chip.capacitance_fixed))
    lighter = (k["capacitance"] + k["capacitance_fixed"]) / farad

    tau, step, ota, swing = [], [], [], []
    nominal_strength = k["gain"] * lsb * FULL_SCALE / (
        k["line_knee_per_event"] * k["tau_syn_us"])
    drift = lsb * own(chip.drift) * lighter
    for i, name in enumerate(("exc", "inh")):
        # word 2: bits 5 and 4 small capacitance, 7 and 6 high resistance; word 4: 5 and 4 input
        small, high = r.neuron(2, 5 - i), r.neuron(2, 7 - i)
        enabled = r.neuron(4, 5 - i)
        code = np.maximum(r.cell(f"{name}_tau"), k["tau_syn_idle_code"])
        normal = k["tau_syn_scale"] / code
        slow = k[f"tau_syn_high_{name}_us"] / code ** k[f"tau_syn_high_{name}_exponent"]
        farads = np.where(small == 1, k["line_capacitance_small"], 1.0)
        tau.append(np.where(high == 1, slow, normal) * farads * own(chip.tau_syn)[i] * bad_tau)
        gm_code = r.cell(f"{name}_gm")
        gm = np.maximum(gm_code, 4) / NOMINAL["gm"]
        # currents go with gm, small-signal gains with its power
        knee = gm / gm ** k["gm_exponent"]
        at_full = k["line_knee_per_event"] * k["line_capacitance_small"] / farads / knee
        step.append(at_full / FULL_SCALE * r.block_cell("dac") / NOMINAL["dac"] * own(chip.dac)
                    * own(chip.line)[i])
        strength = nominal_strength * gm * own(chip.gm)[i] * bad_gm * lighter
        on = (enabled == 1) & (gm_code > 0)
        connected = (on & (r.lanes(0xC14000, i) == 1) & (r.block_cell("dac") > 0)
                     & (forced_reset(r) == 0))
        ota.append(strength * connected)
        shift = r.cell(f"{name}_shift") - own(chip.shift)[i] - bad_shift
        offset = np.clip(k["shift_slope"] * lsb / nominal_strength / knee * shift, -1, 1)
        drift = drift + (1, -1)[i] * strength * on * offset
        full_event = k["line_knee_per_event"] * k["line_capacitance_small"]
        swing.append(1e3 * k["line_event"] / (full_event * NOMINAL["synin_dac"] / NOMINAL["dac"])
                     * knee * own(chip.line_swing)[i])
    nano_amperes = k["offset_current"] * own(chip.offset_current) * r.cell("i_mem_offset")
    sign = 1 - 2 * r.neuron(4, 0)
    drift = drift + sign * r.neuron(3, 0) * nano_amperes / farad

    rate, leak_potential = leak(r, chip, lighter)
    reset = 1e3 * k["reset_potential"] + k["reset_potential_slope"] * (
        r.cell("v_reset") - 625) + own(chip.reset_potential)

    # column ADC: a ramp from a potential on, with a slope
    step_mv = 4.5 * r.block_cell("ramp_slope") / k["ramp_slope_code"] * chip.ramp_slope[half][east]
    step_mv = np.maximum(step_mv, 0.01)
    start = 1e3 * (k["capmem_zero"] + k["capmem_step"] * r.block_cell("ramp_offset")
                   + k["ramp_shift"])
    works = ((memory.get(r.base + 0x401000, 0) & 1 == 1) & (r.block_cell("ramp_slope") > 0)
             & (r.block_cell("comp") > 0))
    source, gain, zero, digital = [], [], [], []
    for channel in range(2):
        connected = (r.lanes((0xC04000, 0xC44000)[channel], 5) == 1) & works & (
            r.neuron(1, 4) == 1)
        seen = np.where(connected, r.neuron(1, 5, 2), -1)
        relative = own(chip.cadc_gain)[channel]
        offset = own(chip.cadc_offset)[channel]

        def reading(level: Array, relative: Array = relative, offset: Array = offset) -> Array:
            # deviations of the slope turn around the middle of the range
            code = (level - start) / step_mv
            return (NOMINAL["middle"] + relative * (code - NOMINAL["middle"]) + offset
                    + chip.ramp_offset[half][east])

        alive = (seen >= 0) & (seen < 3)
        gain.append(np.where(alive, relative / step_mv, 0))
        zero.append(np.select([alive, seen == 3], [reading(np.zeros(256)),
                                                   reading(leak_potential)],
                              k["idle_code"] + offset))
        source.append(seen)
        digital.append((r.of_columns(
            lambda c, channel=channel: r.base + (0x400800 if c < 128 else 0x400000)  # type: ignore[misc]
            + 2 * (c % 128) + channel, 128) & 0xFF) - 128)
    return RegisterPoint(
        np.stack(step), np.stack(tau), np.stack(ota), drift, rate, leak_potential,
        np.clip(reset, 1e3 * k["floor"], 1e3 * k["ceiling"]),
        1e3 * k["low_rail"] + lsb * own(chip.rails)[0],
        1e3 * k["high_rail"] + lsb * own(chip.rails)[1],
        1e3 * k["rail_width"], 1e3 * k["floor"], 1e3 * k["ceiling"],
        np.stack(gain), np.stack(zero), np.stack(digital), np.stack(source), own(chip.cadc_bow),
        k["cadc_low"], k["cadc_high"], k["cadc_bend"],
        1e3 * k["line_rest"] + own(chip.line_rest), np.stack(swing), 1e3 * k["line_limit"],
        forced_reset(r))


def forced_reset(registers: Registers) -> Array:
    """1 where a side of the chip is held in reset, by position."""
    return registers.of_columns(lambda c: (0x1A1800, 0x1A9800)[c // 128], 5) >> 1 & 1


def leak(registers: Registers, chip: Any, lighter: Array) -> tuple[Array, Array]:
    """Rate in 1/us and potential in mV of the leak and of what leaks anyway."""
    k, half, column = chip.constants, registers.half, COLUMN_OF_POSITION
    code = registers.cell("i_bias_leak")
    multiplied, divided = registers.neuron(0, 5), registers.neuron(0, 4)
    some = np.maximum(code, 1)
    fast = k["tau_mem_multiplied_us"] * some ** -k["leak_exponent"]
    slow = k["tau_mem_divided_us"] * some ** -k["leak_divided_exponent"]
    normal = k["tau_mem_normal_us"] * some ** -k["leak_exponent"]
    tau = np.select([(divided == 1) & (multiplied == 0), (multiplied == 1) & (divided == 0)],
                    [slow, fast], normal) * chip.tau_mem[half][column] / lighter
    wanted = np.where(code > 0, 1 / tau, 0)
    always = chip.pseudo_leak[half][column] * lighter
    target = (1e3 * k["leak_potential"] + k["leak_potential_slope"]
              * (registers.cell("v_leak") - 629) + chip.leak_potential[half][column])
    both = wanted + always
    return both, (wanted * target + always * 1e3 * k["pseudo_leak_potential"]) / both


def pulses(memory: Mapping[int, int], chip: Any, half: int) -> Array:
    """Pulse length by driver and activation, shape (128, 33), in steps of the activation."""
    k = chip.constants
    out = np.zeros((128, 33))
    hagen_dac = memory.get(0x140000 + 0x8000 * (1, 3)[half] + 32 * 128 + 22, 0)
    activation = np.arange(33)
    for driver in range(128):
        # even drivers on the west, odd ones on the east
        block = 2 * half + driver % 2
        cell = 0x140000 + 0x8000 * block + 32 * 128
        ramp = memory.get(cell + BLOCK_ROWS["stp_i_ramp"], 0)
        calib = memory.get(cell + BLOCK_ROWS["stp_i_calib"], 0)
        place = (0x110400, 0x118400)[half] + 4 * driver
        offset = memory.get(place, 0x3E00) >> 4 & 15
        trim = ~(memory.get(place + 1, 0x3F00) >> 8) & 63
        kappa = (chip.ramp[half][driver % 2] * NOMINAL["stp_i_ramp"] / max(ramp, 1)
                 * hagen_dac / NOMINAL["hagen_dac"])
        shift = (k["driver_trim"] * (trim - NOMINAL["trim"])
                 - k["driver_offset_step"] * calib / NOMINAL["stp_i_calib"]
                 * (offset - NOMINAL["offset"]))
        length = (activation + chip.driver_offset[half][driver] + shift
                  + chip.driver_inl[half][driver]) * chip.driver_slope[half][driver] * kappa
        length = np.clip(length, 0, 31 * k["pulse_limit"])
        # short pulses come out shorter still, down to none
        knee, steeper = k["driver_low_knee"], k["driver_low_slope"]
        short = np.maximum(knee - steeper * (knee - length), 0)
        out[driver] = np.where(length < knee, short, length)
    out[:, 0] = 0
    return out


class RegisterChip(AnalogChip):
    """Slow model of a chip whose columns and drivers are what its registers say.

    Operating points are those at the end of a program, pulses those at its begin: columns and
    drivers are to be set up by a program of their own.

    Parameters
    ----------
    revision
        ``v1``, ``v2`` or ``v3``.
    individual
        Constants and deviations of the chip.
    """

    def __init__(self, revision: str, individual: Any) -> None:
        super().__init__(
            revision, lambda half: operating_point(self.memory, individual, half),
            np.zeros((2, 128, 33)), 1 + individual.synapse[:, :, COLUMN_OF_POSITION],
            individual.weight)
        self.individual = individual

    def execute(self, words: Any) -> tuple[list[int], list[int]]:
        self.pulse = np.stack([pulses(self.memory, self.individual, half) for half in range(2)])
        self._charges.clear()
        return super().execute(words)
