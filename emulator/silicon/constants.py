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
    v1
        Value on revision v1, where it differs.
    """

    value: float
    unit: str
    trust: str
    low: float
    high: float
    source: str
    v1: float | None = field(default=None)

    def of(self, revision: str) -> float:
        """Value on a chip revision."""
        return self.v1 if revision == "v1" and self.v1 is not None else self.value


CONSTANTS: Mapping[str, Constant] = MappingProxyType({
    "gain": Constant(
        0.0020, "LSB per activation x weight", "A", 0.0018, 0.0020,
        "default gain of the mock mode", v1=0.0012),
    "line_knee_per_event": Constant(
        0.10, "of the knee, full-scale event", "E", 0.05, 0.15,
        "bounds from spiking recordings and from the spacing that users needed", v1=0.16),
    "tau_syn_us": Constant(0.32, "us", "A", 0.30, 0.45, "calibration target; recording"),
    "tau_syn_spread": Constant(0.06, "relative", "E", 0.02, 0.10, "after calibration"),
    "synapse_spread": Constant(0.03, "relative", "E", 0.01, 0.05, "per synapse"),
    "column_gain_spread": Constant(
        0.03, "relative", "B", 0.02, 0.05, "fixed pattern of the published figures, 4 % in all"),
    "input_gain_spread": Constant(
        0.015, "relative", "E", 0.0, 0.03, "excitatory against inhibitory in a column"),
    "quadrant_gain_spread": Constant(0.02, "relative", "E", 0.0, 0.03, "synaptic DAC bias"),
    "driver_offset": Constant(
        1.0, "activation LSB", "E", 0.2, 1.5, "below the limit of the driver test", v1=2.5),
    "driver_slope_spread": Constant(
        0.04, "relative", "E", 0.01, 0.06, "ramp after calibration", v1=0.08),
    "pulse_limit": Constant(1.03, "of full scale", "E", 1.0, 1.1, "end of the ramp"),
    "baseline": Constant(128.0, "LSB", "A", 112.0, 144.0, "80 % of baselines within 16 of it"),
    "baseline_spread": Constant(2.0, "LSB", "E", 1.0, 3.0, "reset potential after calibration"),
    "drift_spread": Constant(
        0.1, "LSB/us", "B", 0.02, 0.3, "one recorded membrane drifts by -0.08"),
    "leak_rate": Constant(
        1 / 450, "1/us", "B", 0.0, 1 / 450,
        "upper end; the recording shows at least 450 us", v1=1 / 60),
    "leak_rate_spread": Constant(
        0.5, "of the rate, uniform below and above the centre", "E", 0.0, 0.5,
        "centre at half the upper end (v1: at the rate)", v1=0.2),
    "biased_leak_rate": Constant(
        1 / 6000, "1/us per CapMem code", "E", 1 / 9000, 1 / 3000,
        "60 us near code 100 of i_bias_leak"),
    "low_rail_knee": Constant(
        -80.0, "LSB from baseline", "B", -95.0, -70.0, "weight sweep bends below it"),
    "low_rail_range": Constant(
        55.0, "LSB below the knee", "B", 35.0, 80.0, "mean of -109 where -144 is due"),
    "high_rail_knee": Constant(
        124.0, "LSB from baseline", "B", 120.0, 160.0,
        "no bend below the end of the codes in a weight sweep, where 16 of 24 outputs are 127"),
    "high_rail_range": Constant(40.0, "LSB above the knee", "E", 20.0, 60.0, "mirrored"),
    "rail_spread": Constant(8.0, "LSB", "B", 5.0, 12.0, "std 9 at the low end of the sweep"),
    "membrane_low": Constant(-220.0, "LSB from baseline", "E", -300.0, -130.0, "hard rail"),
    "membrane_high": Constant(220.0, "LSB from baseline", "E", 130.0, 300.0, "hard rail"),
    "low_rail": Constant(
        0.336, "V, half of the inhibitory current", "B", 0.22, 0.36,
        "weight sweep: -97 LSB with rail_width reproduces a mean of -109 and the bend near -95; "
        "spiking recordings 0.22"),
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
    "line_swing": Constant(
        2.27, "V per unit of line excursion", "E", 1.0, 3.0,
        "a full-scale event on the large line capacitance, DAC bias 800, reads 30 steps of "
        "1.78 mV"),
    "line_limit": Constant(
        0.25, "V, end of the read-out of lines", "E", 0.15, 0.4,
        "amplitudes of 40 to 60 steps of 1.78 mV are compressed"),
    "cadc_offset_spread": Constant(1.0, "LSB", "A", 0.5, 3.0, "limit of the calibration test"),
    "cadc_quadrant_spread": Constant(0.5, "LSB", "E", 0.0, 2.0, "slope of the ramps"),
    "cadc_gain_spread": Constant(0.005, "relative", "E", 0.0, 0.01, "per channel"),
    "noise_read": Constant(
        1.0, "LSB per conversion", "E", 0.7, 1.4, "2 LSB in all after subtraction", v1=1.7),
    "noise_event": Constant(
        0.12, "LSB per event", "E", 0.05, 0.17, "2 LSB in all for 128 events", v1=0.2),
    "fixed_pulse": Constant(
        31.0, "activation LSB", "E", 15.0, 31.0, "pulse of an event without modulation"),
    "idle_code": Constant(
        0.0, "LSB", "E", 0.0, 30.0, "code of an ADC channel that is not connected"),
    "cadc_step": Constant(
        3.28e-3, "V per LSB", "X", 3.0e-3, 3.6e-3, "CapMem codes that calibration maps to codes"),
    "cadc_zero": Constant(
        0.2344, "V at code 0", "X", 0.2, 0.3, "0.3 V at code 20, by the same mapping"),
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
