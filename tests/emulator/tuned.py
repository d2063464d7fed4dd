"""Registers of a chip as a perfect calibration would leave them, worked out from its deviations.

For tests of the analog core: no search and no measurement, only formulas turned round.
"""

from __future__ import annotations

import itertools

import numpy as np

from tests.emulator import stream as build
from tests.reference.analog_chip import COLUMN_OF_POSITION
from tests.reference.analog_registers import BLOCK_ROWS, ROWS, operating_point

HALF_RANGE = 654.0
"""Potential in mV in the middle of the column ADC's range."""
GAIN, LSB = 0.0020, 3.28


def tuned(individual, *, tau=0.32, gm=450.0, dac=1022.0, leak=0, capacitance=63, shift=None):
    """Configuration of all columns and drivers.

    Parameters
    ----------
    individual
        Deviations of the chip.
    tau
        Time constant of the lines in us.
    gm, dac
        Codes of the amplifiers' strength, a number or shape (2, 2, 256) by hemisphere, input and
        column, and of the synapses' bias, a number or shape (2, 2) by hemisphere and side.
    leak, capacitance
        Code of the leak's bias, and size of the membrane's capacitor.
    shift
        Codes by which the amplifiers' offsets are missed, shape (2, 2, 256); none if None.
    """
    stream = build.hagen()
    gm = np.broadcast_to(gm, (2, 2, 256))
    dac = np.broadcast_to(dac, (2, 2))
    k = individual.constants
    for block in range(4):
        half, side = divmod(block, 2)
        own = np.s_[half, ..., 128 * side:128 * side + 128]
        scale = k["tau_syn_scale"] * k["line_capacitance_small"] / tau
        cells = {
            "v_leak": 629 + (HALF_RANGE - 420 - individual.leak_potential[own]) / 1.45,
            "v_reset": 625 + (HALF_RANGE - 420 - individual.reset_potential[own]) / 1.55,
            "i_bias_leak": np.full(128, leak),
        }
        for i, name in enumerate(("exc", "inh")):
            cells[f"{name}_tau"] = scale * individual.tau_syn[own][i]
            cells[f"{name}_gm"] = gm[own][i]
            missed = 0 if shift is None else shift[own][i]
            cells[f"{name}_shift"] = individual.shift[own][i] + missed
        place = 0x140000 + 0x8000 * block
        for name, codes in cells.items():
            stream.write(place + 32 * np.arange(128) + ROWS[name],
                         np.clip(np.rint(codes), 0, 1022).astype(int))
        for name, code in {
            "ramp_offset": 168, "dac": dac[half, side], "comparator": 1022, "stp_i_calib": 500,
            "stp_i_ramp": 500 * individual.ramp[half, side], "comp": 500,
            "ramp_slope": 268 / individual.ramp_slope[half, side],
        }.items():
            stream.write(place + 32 * 128 + BLOCK_ROWS[name], int(np.rint(code)))
        if side:
            stream.write(place + 32 * 128 + 22, 820)
        for n in range(128):
            # leak divided; membrane to the read-out; small line capacitances; size; both inputs
            stream.write(0x160000 + 0x8000 * block + 8 * n + 2 + np.arange(6),
                         [0x10, 0x10, 0x30, capacitance << 2, 0x30, 0])
    for half in range(2):
        for driver in range(128):
            off = individual.driver_offset[half, driver] + individual.driver_inl[half, driver, 12]
            trim = 32
            if k["driver_trim"]:
                trim = int(np.clip(np.rint(32 - off / k["driver_trim"]), 0, 63))
            w0, w1, w2 = build.driver_words()
            stream.write((0x110400, 0x118400)[half] + 4 * driver + np.arange(3),
                         (w0, w1 & ~0x3F00 | (~trim & 63) << 8, w2))
    return stream


def calibrated(individual):
    """The same with equal synapse currents and linear gains; columns that allow it."""
    # to the weakest quadrant
    dac = individual.dac[:, ::128]
    dac = 1022 * dac.min() / dac
    gm = np.full((2, 2, 256), 450.0)
    for _ in range(6):
        memory = memory_of(tuned(individual, gm=gm, dac=dac))
        for half in range(2):
            point = operating_point(memory, individual, half)
            gain = point.line_step * point.ota * point.tau / LSB
            gain = np.maximum(gain, 1e-6)[:, np.argsort(COLUMN_OF_POSITION)]
            gm[half] = np.clip(gm[half] * (GAIN / gain) ** (1 / 0.72), 4, 1022)
    return tuned(individual, gm=gm, dac=dac)


def memory_of(stream):
    """Words by address that a stream of writes leaves behind."""
    words = [int(w) for w in stream.words(halt=False)]
    return {a & 0xFFFFFFFF: d & 0xFFFFFFFF for a, d in itertools.pairwise(words)
            if a >> 56 == 0x0B and d >> 56 == 0x0C}


def quiet_switches():
    """Switches of a chip without temporal noise."""
    names = ("noise_read", "noise_event", "noise_capmem", "noise_slow",
             "noise_madc", "madc_wrong_start")
    return dict.fromkeys(names, False)
