"""What the declarations do not say: constants, times, composites and a few helpers."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from importlib import import_module
from typing import Any

from stadls.halco.types import coordinate
from stadls.ranged import make_ranged

Backend = IntEnum(
    "Backend",
    "PollingOmnibusBlock Barrier WaitUntil SystimeSync SpikePack1ToChip SpikePack2ToChip "
    "SpikePack3ToChip OmnibusChipOverJTAG Omnibus JTAGClockScaler JTAGIdCode JTAGPLLRegister "
    "JTAGPhyRegister ResetJTAGTap ResetChip Timer SPIDACDataRegister SPIDACControlRegister "
    "SPIShiftRegister NullPayloadReadable I2CIdRegister I2CTempRegister I2CINA219RoRegister "
    "I2CINA219RwRegister I2CTCA9554RoRegister I2CTCA9554RwRegister I2CAD5252RwRegister "
    "I2CDAC6573RwRegister I2CTCA9546Register", start=0, module="stadls.hal")
# older spelling that scripts use
Backend._member_map_["OmnibusOnChipOverJTAG"] = Backend["OmnibusChipOverJTAG"]
type.__setattr__(Backend, "OmnibusOnChipOverJTAG", Backend["OmnibusChipOverJTAG"])

TIME_BITS = 43
FPGATime = make_ranged("FPGATime", 0, (1 << TIME_BITS) - 1, module="stadls.hal")
ChipTime = make_ranged("ChipTime", 0, (1 << TIME_BITS) - 1, module="stadls.hal")

# Cycles of the FPGA clock (125 MHz).
fpga_clock_cycles_per_us = 125
fpga_clock_cycles_per_ms = 1000 * fpga_clock_cycles_per_us
fpga_clock_cycles_per_s = 1000 * fpga_clock_cycles_per_ms

# Waits of the initialisation, in FPGA cycles.
pll_and_omnibus_settling_duration = 12500
xboard_dac_settling_duration = 125000
jboa_dac_settling_duration = 62500
jboa_powerup_settling_duration = 375000
chip_reset_high_duration = 10
chip_reset_low_duration = 100
reference_generator_reset_duration = 1000
nominal_pll_f_reference = 50e6
minimal_madc_clock_cycles_per_sample = 12


def _timer(kind: Any) -> None:
    kind.Value.fpga_clock_cycles_per_us = kind.Value(fpga_clock_cycles_per_us)


def _synapse_quad(kind: Any) -> None:
    from .types import container_class

    calib = container_class("SynapseCorrelationCalibQuad")
    kind.Weight = container_class("SynapseWeightQuad").Value
    kind.Label = coordinate("SynapseLabel")
    kind.TimeCalib = calib.TimeCalib
    kind.AmpCalib = calib.AmpCalib


def _label_quad(kind: Any) -> None:
    kind.Value = coordinate("SynapseLabel")


def _adpll(kind: Any) -> None:
    def calculate_output_frequency(
            self: Any, output: Any, f_ref: float = nominal_pll_f_reference) -> float:
        """Frequency of an output in Hz.

        The oscillator runs at ``P0 N f_ref``; the core outputs divide it by ``P1 M0`` and
        ``P1 M1``, the third one by ``P2``.
        """
        oscillator = int(self.pre_div_p0) * int(self.loop_div_n) * f_ref
        divider = {
            kind.Output.core_0: int(self.pre_div_p1) * int(self.core_div_m0),
            kind.Output.core_1: int(self.pre_div_p1) * int(self.core_div_m1),
            kind.Output.dco: int(self.pre_div_p2)}
        return oscillator / divider[kind.Output(output)]

    kind.calculate_output_frequency = calculate_output_frequency


def _madc(kind: Any) -> None:
    def calculate_sample_rate(self: Any, madc_input_clock_frequency: float) -> float:
        """Sample rate in Hz from the frequency of the MADC clock in Hz.

        A sample takes 12 cycles and the adjustment; the scaled clock is slower by
        ``2 (scale + 1)``.
        """
        cycles = minimal_madc_clock_cycles_per_sample + int(self.sample_duration_adjust)
        frequency = madc_input_clock_frequency
        if self.enable_madc_clock_scaling:
            frequency /= 2 * (int(self.madc_clock_scale_value) + 1)
        return frequency / cycles

    kind.calculate_sample_rate = calculate_sample_rate


_FINISH: dict[str, Callable[[Any], None]] = {
    "Timer": _timer, "SynapseQuad": _synapse_quad, "SynapseLabelQuad": _label_quad,
    "ADPLL": _adpll, "MADCConfig": _madc}


def finish(kind: Any) -> None:
    """Add what a class needs beyond its declaration."""
    if kind.__name__ in _FINISH:
        _FINISH[kind.__name__](kind)


def _from(module: str, name: str) -> Callable[[], Any]:
    return lambda: getattr(import_module(module), name)


# Classes that are written out by hand.
EXTRA_TYPES: dict[str, Callable[[], Any]] = {
    **{n: _from("stadls.hal.events", n) for n in
       ("SpikeFromChip", "MADCSampleFromChip", "HighspeedLinkNotification")},
    **{n: _from("stadls.lola.blocks", n) for n in ("CapMemBlock", "PPUMemory", "PPUMemoryBlock")},
}
# Functions that the modules of containers offer besides the classes.
ARCHIVE = ("to_json", "from_json", "to_portablebinary", "from_portablebinary")
