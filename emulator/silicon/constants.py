"""Constants of the silicon: values, credible ranges and how far each is to be trusted.

Classes: A stated by upstream software or tests, B read off a published recording or figure,
C published, D recalled, X derived by arithmetic from A to C, E an estimate. None of them is
tuned on the accuracy of an application.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

REVISIONS = ("v1", "v2", "v3")
"""Chip revisions in order."""

REVISIONS_THAT_RESET_ROW_0 = frozenset({"v1", "v2"})
"""Revisions on which a reset of a quad of neurons resets the correlation sensors of its row 0."""


@dataclass(frozen=True)
class Constant:
    """One constant of the silicon.

    Attributes
    ----------
    value
        Value, that of v2 and v3 if ``v1`` is given.
    unit
        Physical unit; LSB is one step of the column ADC in the hagen calibration.
    trust
        Class A to E, see the module.
    low, high
        Credible range.
    source
        Where the value comes from.
    v1, v2
        Value on revisions v1 and v2, where it differs.
    """

    value: float
    unit: str
    trust: str
    low: float
    high: float
    source: str
    v1: float | None = field(default=None)
    v2: float | None = field(default=None)

    def of(self, revision: str) -> float:
        """Value on a chip revision."""
        special = {"v1": self.v1, "v2": self.v2}.get(revision)
        return self.value if special is None else special


CONSTANTS: Mapping[str, Constant] = MappingProxyType({
    "gain": Constant(
        0.0020, "LSB per activation x weight", "A", 0.0018, 0.0020,
        "default gain of the mock mode", v1=0.0012),
    "line_knee_per_event": Constant(
        0.10, "of the knee, full-scale event", "E", 0.05, 0.15,
        "bounds from spiking recordings and from the spacing that users needed", v1=0.16),
    "tau_syn_us": Constant(0.32, "us", "A", 0.30, 0.45, "calibration target; recording"),
    "synapse_spread": Constant(0.03, "relative", "E", 0.01, 0.05, "per synapse"),
    "driver_slope_spread": Constant(
        0.04, "relative", "E", 0.01, 0.06, "ramp after calibration", v1=0.08),
    "pulse_limit": Constant(1.03, "of full scale", "E", 1.0, 1.1, "end of the ramp"),
    "drift_spread": Constant(
        0.05, "LSB/us, without synaptic inputs", "E", 0.02, 0.15,
        "part of what one recorded membrane drifts by, -0.08"),
    "leak_rate": Constant(
        1 / 450, "1/us", "B", 0.0, 1 / 450,
        "upper end; the recording shows at least 450 us; 60 us or more on v1", v1=1 / 90),
    "leak_rate_spread": Constant(
        0.5, "of the rate, uniform below and above the centre", "E", 0.0, 0.5,
        "centre at half the upper end (v1: at the rate)", v1=0.2),
    "rail_spread": Constant(8.0, "LSB", "B", 5.0, 12.0, "std 9 at the low end of the sweep"),
    "low_rail": Constant(
        0.31, "V, half of the inhibitory current", "B", 0.22, 0.34,
        "weight sweep: -97 LSB below a baseline of 120 with rail_width reproduces a mean of -109 "
        "and the bend near -95; spiking recordings 0.22"),
    "high_rail": Constant(
        1.15, "V, half of the excitatory current", "E", 1.05, 1.3,
        "no bend below 127 LSB in the weight sweep"),
    "rail_width": Constant(
        0.026, "V, of the logistic functions", "X", 0.02, 0.035,
        "fit to ten points of a published figure"),
    "floor": Constant(0.17, "V, lowest membrane", "X", 0.1, 0.25, "pinned neurons, spiking test"),
    "ceiling": Constant(
        1.09, "V, highest membrane", "X", 1.0, 1.2, "pinned neurons, spiking test"),
    "line_rest": Constant(
        0.60, "V, as the read-out shows it", "E", 0.5, 0.65,
        "within the range that the column ADC is calibrated to for reading lines"),
    "line_limit": Constant(
        0.25, "V, end of the read-out of lines", "E", 0.15, 0.4,
        "amplitudes of 40 to 60 steps of 1.78 mV are compressed"),
    "cadc_gain_spread": Constant(0.005, "relative", "E", 0.0, 0.01, "per channel"),
    "noise_read": Constant(
        1.0, "LSB per conversion", "E", 0.7, 1.4, "2 LSB in all after subtraction", v1=1.7),
    "noise_event": Constant(
        0.12, "LSB per event", "E", 0.05, 0.17, "2 LSB in all for 128 events", v1=0.2),
    # responses of the circuits to their registers
    "capmem_zero": Constant(
        0.019, "V at code 0", "X", 0.0, 0.04, "codes 70 to 550 are described as 0.15 to 1.05 V"),
    "capmem_step": Constant(1.875e-3, "V per code", "X", 1.8e-3, 1.95e-3, "same"),
    "capmem_noise": Constant(
        1.5, "codes, every time a cell is programmed", "E", 0.5, 3.0, "dither of +-5 codes helps"),
    "capmem_settling_us": Constant(
        3000.0, "us, time constant", "E", 1000.0, 4000.0, "settled after 20 ms"),
    "capacitance": Constant(2.2, "pF at size 63", "A", 2.1, 2.3, "calibration software"),
    "capacitance_fixed": Constant(0.22, "pF", "X", 0.15, 0.3, "tau over size in a training test"),
    "capacitance_spread": Constant(0.02, "relative", "E", 0.01, 0.04, "matching of capacitors"),
    "capacitance_fixed_spread": Constant(0.2, "relative", "E", 0.1, 0.3, "parasitic"),
    "tau_syn_scale": Constant(
        504.0, "us x code, normal resistance, large capacitance", "X", 400.0, 620.0,
        "6 us at mean code 84 in a calibration of one chip"),
    "tau_syn_high_exc_us": Constant(
        998.0, "us x code^0.953, high resistance, large capacitance", "A", 950.0, 1050.0,
        "spiking training test"),
    "tau_syn_high_exc_exponent": Constant(0.953, "of the code", "A", 0.94, 0.97, "same"),
    "tau_syn_high_inh_us": Constant(
        979.0, "us x code^0.968, high resistance, large capacitance", "A", 930.0, 1030.0,
        "same"),
    "tau_syn_high_inh_exponent": Constant(0.968, "of the code", "A", 0.95, 0.98, "same"),
    "tau_syn_idle_code": Constant(
        11.0, "code that a bias of 0 is worth", "E", 6.0, 15.0,
        "lines that integrate decay within about 100 us"),
    "line_capacitance_small": Constant(
        0.3, "of the large one", "E", 0.25, 0.4, "0.32 us is within reach of most inputs"),
    "tau_syn_spread_quadrant": Constant(
        0.21, "lognormal", "X", 0.15, 0.25, "codes of one chip: 0.29 in all"),
    "tau_syn_spread_within": Constant(
        0.20, "lognormal", "B", 0.17, 0.24, "codes of one chip, within quadrants"),
    "tau_syn_correlation": Constant(
        0.4, "excitatory with inhibitory", "B", 0.3, 0.5, "codes of one chip"),
    "dac_spread": Constant(
        0.10, "relative, per quadrant", "E", 0.05, 0.15, "before calibration of the DAC bias"),
    "line_spread": Constant(0.02, "relative, per line", "E", 0.0, 0.04, "line capacitance"),
    "weight_inl": Constant(
        0.3, "weight LSB, the same for all synapses", "E", 0.0, 0.6, "DAC of 6 bits"),
    "synapse_distance": Constant(
        0.03, "lost from the near to the far end of a row", "E", 0.0, 0.06,
        "results correlate with the distance from the driver"),
    "gm_exponent": Constant(
        0.72, "of the small-signal gain", "X", 0.6, 0.8, "borrowed from the leak amplifier"),
    "gm_spread_quadrant": Constant(
        0.20, "lognormal gain", "X", 0.15, 0.25,
        "mean codes 489, 638, 321, 502 to the power 0.72"),
    "gm_spread_within": Constant(
        0.03, "lognormal gain", "X", 0.02, 0.05,
        "codes of one chip: 6 % to the power 0.72, less what capacitances do"),
    "gm_correlation": Constant(
        0.97, "excitatory with inhibitory", "B", 0.9, 0.99, "codes of one chip"),
    "gm_inhibitory": Constant(
        0.93, "of the excitatory gain", "X", 0.88, 1.0, "mean codes 487 and 539"),
    "shift_exc": Constant(314.0, "code without offset current", "B", 250.0, 380.0,
                          "mean code of one chip"),
    "shift_inh": Constant(294.0, "code without offset current", "B", 230.0, 360.0,
                          "mean code of one chip"),
    "shift_spread_exc": Constant(123.0, "codes", "B", 110.0, 135.0, "codes of one chip"),
    "shift_spread_inh": Constant(111.0, "codes", "B", 100.0, 125.0, "codes of one chip"),
    "shift_low": Constant(
        60.0, "code, smallest that is needed", "B", 40.0, 77.0, "smallest of 1024 codes is 77"),
    "shift_high": Constant(
        860.0, "code, largest that is needed", "B", 791.0, 900.0, "largest of 1024 codes is 791"),
    "shift_slope": Constant(
        0.03, "LSB/us per code, at the nominal point", "E", 0.02, 0.06,
        "leaves the recorded drift after reprogramming noise; 90 % below 1 MADC LSB/us in a test"),
    "offset_current": Constant(
        0.1, "nA per code of i_mem_offset", "X", 0.07, 0.15, "full scale of 100 nA"),
    "leak_potential": Constant(0.42, "V at code 629", "B", 0.38, 0.46, "codes of one chip"),
    "leak_potential_slope": Constant(1.45, "mV per code", "X", 1.3, 1.6, "calibration demo"),
    "leak_potential_spread_quadrant": Constant(
        27.7, "mV", "X", 20.0, 35.0, "codes of one chip: 39 in all, 34 within quadrants"),
    "leak_potential_spread_within": Constant(49.3, "mV", "X", 45.0, 60.0, "same"),
    "reset_potential": Constant(0.42, "V at code 625", "B", 0.38, 0.46, "codes of one chip"),
    "reset_potential_slope": Constant(1.55, "mV per code", "X", 1.4, 1.7, "calibration demo"),
    "reset_potential_spread_quadrant": Constant(
        37.2, "mV", "X", 25.0, 45.0, "codes of one chip: 40 in all, 32 within quadrants"),
    "reset_potential_spread_within": Constant(49.6, "mV", "X", 45.0, 60.0, "same"),
    "potential_correlation": Constant(
        0.72, "leak with reset", "B", 0.6, 0.8, "codes of one chip"),
    "leak_exponent": Constant(
        0.72, "of the code", "A", 0.70, 0.74, "spiking training test"),
    "leak_divided_exponent": Constant(
        0.59, "of the code", "A", 0.57, 0.61, "spiking training test"),
    "tau_mem_normal_us": Constant(
        242.0, "us x code^0.72, size 63", "A", 220.0, 260.0, "spiking training test"),
    "tau_mem_divided_us": Constant(
        851.0, "us x code^0.59, size 63", "A", 780.0, 920.0, "spiking training test"),
    "tau_mem_multiplied_us": Constant(
        30.0, "us x code^0.72, size 63", "E", 25.0, 35.0, "an eighth of the normal one"),
    "tau_mem_spread": Constant(0.12, "lognormal", "X", 0.10, 0.13, "codes of one chip"),
    "pseudo_leak_potential": Constant(
        0.63, "V", "E", 0.5, 0.75, "where both synaptic inputs' outputs have the same current"),
    "ramp_shift": Constant(
        -0.1, "V, start of the ramp against its cell", "E", -0.2, 0.0,
        "leaves room below all calibrated ranges"),
    "ramp_offset_spread": Constant(5.0, "LSB, per quadrant", "A", 3.0, 6.0, "calibration test"),
    "ramp_slope_code": Constant(
        368.0, "code of 4.5 mV per LSB", "B", 348.0, 389.0, "four quadrants of one chip"),
    "ramp_slope_spread": Constant(0.05, "relative, per quadrant", "B", 0.03, 0.07, "same"),
    "cadc_offset_spread": Constant(10.0, "LSB", "B", 8.0, 12.0, "offsets of one chip"),
    "cadc_bow": Constant(
        0.5, "LSB in the middle of the range", "E", 0.0, 1.0, "non-linearity below 1 LSB"),
    "cadc_low": Constant(
        10.0, "LSB, compressed below", "E", 0.0, 20.0,
        "30 to 210 are trusted, but the weight sweep reaches -126"),
    "cadc_high": Constant(
        245.0, "LSB, compressed above", "E", 235.0, 255.0,
        "30 to 210 are trusted, but the weight sweep reaches 127 in time"),
    "cadc_bend": Constant(
        40.0, "LSB, range of the compression", "E", 20.0, 80.0, "30 to 210 are trusted"),
    "line_rest_spread": Constant(0.015, "V", "E", 0.005, 0.03, "source follower"),
    "line_event": Constant(
        0.0534, "V for a full-scale event, large capacitance, DAC bias 800", "A", 0.045, 0.065,
        "driver test: about 30 steps of 1.78 mV"),
    "driver_offset_spread": Constant(
        3.5, "activation LSB", "E", 2.0, 5.0, "driver test: improves by more than 1 LSB"),
    "driver_trim": Constant(
        0.25, "activation LSB per code of hagen_dac_offset", "E", 0.15, 0.35,
        "6 bits; v1 has no such trim", v1=0.0),
    "driver_offset_step": Constant(
        0.7, "activation LSB per code of offset", "E", 0.5, 1.0, "4 bits, larger is shorter",
        v1=1.0),
    "driver_block_spread": Constant(
        0.15, "relative, drivers of one CapMem block", "E", 0.08, 0.2, "ramp current"),
    "driver_inl": Constant(
        0.7, "activation LSB", "E", 0.2, 1.0,
        "with what else is left about 1 LSB after a calibration at one activation", v1=1.4),
    "driver_low_slope": Constant(
        2.0, "lost pulse length per LSB below the knee, plus one", "E", 1.0, 3.0,
        "results at low activations may be zero, worse on v3", v1=1.3, v2=1.3),
    "driver_low_knee": Constant(
        3.0, "activation LSB", "A", 2.0, 4.0, "tests exempt activations below 3"),
    "dacen_step": Constant(
        0.25, "of the pulse per code of dacen_pulse_extension", "E", 0.1, 0.5,
        "upstream: extended pulses give larger weights"),
    "offset_current_spread": Constant(0.1, "relative", "E", 0.05, 0.2, "per neuron"),
    "line_swing_spread": Constant(0.02, "relative", "E", 0.0, 0.04, "source follower"),
    "outliers": Constant(
        0.0003, "of the columns, of three kinds", "E", 0.0, 0.003,
        "some neurons cannot be calibrated, but all of a chip pass a test of the matrix product"),
    "slow_drift": Constant(
        1.0, "LSB of potentials within an hour", "E", 0.0, 2.0, "temperature"),
    "fixed_pulse": Constant(
        31.0, "activation LSB", "E", 15.0, 31.0, "pulse of an event without modulation"),
    "idle_code": Constant(
        0.0, "LSB", "E", 0.0, 30.0, "code of an ADC channel that is not connected"),
    "cadc_step": Constant(
        3.28e-3, "V per LSB", "X", 3.0e-3, 3.6e-3, "CapMem codes that calibration maps to codes"),
    "madc_step": Constant(
        1.7e-3, "V per MADC LSB", "X", 1.6e-3, 2.0e-3, "MADC against CADC in threshold tests"),
    "madc_offset": Constant(
        0.09, "V above code 0 at ground", "X", 0.02, 0.16, "same; differs between set-ups"),
    "madc_noise": Constant(
        1.2, "MADC LSB per sample", "E", 0.5, 2.0, "upstream warns of 2 and more"),
    "madc_band_width": Constant(
        10.0, "MHz, first order", "E", 5.0, 30.0, "read-out amplifiers"),
    "madc_wrong_us": Constant(
        2.0, "us after the start", "A", 1.0, 8.0, "upstream discards 1, 2 or 8 us"),
})
"""Every constant of the silicon by name."""

SWITCHES = (
    "mismatch_synapse",
    "mismatch_driver",
    "mismatch_neuron",
    "mismatch_cadc",
    "noise_read",
    "noise_event",
    "noise_capmem",
    "noise_slow",
    "outliers",
    "low_activations",
    "cadc_range",
    "drift",
    "leak",
    "rails",
    "line_saturation",
    "noise_madc",
    "madc_wrong_start",
    "madc_channel_tag",
)
"""Sources of deviation that can be switched off one by one; ``ideal`` overrules them all."""


def values(revision: str) -> dict[str, float]:
    """All constants of a chip revision."""
    return {name: constant.of(revision) for name, constant in CONSTANTS.items()}
