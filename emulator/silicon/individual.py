"""One chip is one individual: everything that is fixed in it follows from its seed.

What is drawn here is what a calibration has to cope with: deviations of the circuits'
responses to their registers. Deviations that would shift the mean of the whole chip are left
out (the mean over all columns is that of the process); chips as a whole differ through the
constants, see `drawn_constants`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from . import generator
from .constants import CONSTANTS, REVISIONS, values
from .elementary import exp

HEMISPHERES, ROWS, COLUMNS, DRIVERS = 2, 256, 256, 128
Floats = npt.NDArray[np.float64]


class Individual:
    """Fixed deviations of one chip as it comes from the fab.

    Arrays count [hemisphere, ...]; inputs are 0 excitatory, 1 inhibitory; channels 0 causal, 1
    acausal; blocks 0 west (columns 0 to 127), 1 east; columns by number.

    Parameters
    ----------
    revision
        ``v1``, ``v2`` or ``v3``.
    seed
        Number of the chip.
    constants
        Constants of this chip; those of the revision if None.

    Attributes
    ----------
    synapse : ndarray, shape (2, 256, 256)
        Relative deviation of each synapse [hemisphere, row, column].
    tau_syn, gm, line : ndarray, shape (2, 2, 256)
        Factors of synaptic time constants, amplifier currents and line excursions, mean 1.
    dac : ndarray, shape (2, 256)
        Factor of the current of synapses, mean 1.
    shift : ndarray, shape (2, 2, 256)
        Codes of the shift cells at which amplifiers have no offset.
    leak_potential, reset_potential : ndarray, shape (2, 256)
        Deviation in mV.
    tau_mem, capacitance, capacitance_fixed : ndarray, shape (2, 256)
        Factors, mean 1.
    drift, pseudo_leak : ndarray, shape (2, 256)
        LSB/us and 1/us.
    rails : ndarray, shape (2, 2, 256)
        Deviation of the low and the high rail in LSB.
    ramp_offset, ramp_slope : ndarray, shape (2, 2)
        Of the column ADCs of a block, LSB and factor.
    cadc_offset, cadc_gain, cadc_bow : ndarray, shape (2, 2, 256)
        Offset in LSB, factor, non-linearity in LSB.
    line_rest, line_swing : ndarray, shape (2, 2, 256)
        Deviation in mV, and factor, of lines as the read-out shows them.
    driver_offset, driver_slope : ndarray, shape (2, 128)
        Offset in activation steps, factor.
    driver_inl : ndarray, shape (2, 128, 33)
        Deviation by activation in activation steps.
    ramp : ndarray, shape (2, 2)
        Factor of the pulse lengths of the drivers of a block.
    weight : ndarray, shape (64,)
        Current of a weight in units of weight 1.
    outlier : bool ndarray, shape (2, 256)
        Columns that no calibration can help.
    """

    def __init__(
        self, revision: str, seed: int, constants: Mapping[str, float] | None = None
    ) -> None:
        self.revision, self.seed = revision, seed
        self.constants = c = dict(values(revision) if constants is None else constants)
        self._stream = generator.key("silicon", REVISIONS.index(revision), seed)
        columns = (HEMISPHERES, COLUMNS)
        inputs = (HEMISPHERES, 2, COLUMNS)

        self.synapse = c["synapse_spread"] * self._normal("synapse", HEMISPHERES, ROWS, COLUMNS)
        # even drivers sit at the first column, odd ones at the last
        far = np.linspace(-0.5, 0.5, COLUMNS)
        for driver in range(DRIVERS):
            trend = c["synapse_distance"] * (-far if driver % 2 else far)
            self.synapse[:, 2 * driver:2 * driver + 2] -= trend
        self.synapse = np.clip(self.synapse, -0.2, 0.2)

        self.tau_syn = _mean_1(exp(
            c["tau_syn_spread_quadrant"] * self._quadrants("tau_syn", c["tau_syn_correlation"])
            + c["tau_syn_spread_within"] * self._pairs("tau_syn", c["tau_syn_correlation"])))
        self.gm = _mean_1(exp(
            c["gm_spread_quadrant"] * self._quadrants("gm", c["gm_correlation"])
            + c["gm_spread_within"] * self._pairs("gm", c["gm_correlation"])))
        self.gm[:, 1] *= c["gm_inhibitory"]
        self.line = 1 + c["line_spread"] * _centred(self._normal("line", *inputs))
        self.dac = 1 + c["dac_spread"] * self._quadrants("dac", 1.0)[:, 0]
        self.shift = np.stack([
            np.clip(c[f"shift_{word}"] + c[f"shift_spread_{word}"] * _centred(
                self._normal(f"shift {word}", *columns)), c["shift_low"], c["shift_high"])
            for word in ("exc", "inh")], axis=1)

        correlation = c["potential_correlation"]
        within = self._pairs("potential", correlation)
        between = self._quadrants("potential", correlation)
        self.leak_potential, self.reset_potential = (
            c[f"{word}_potential_spread_quadrant"] * between[:, i]
            + c[f"{word}_potential_spread_within"] * within[:, i]
            for i, word in enumerate(("leak", "reset")))
        self.tau_mem = _mean_1(exp(c["tau_mem_spread"] * self._normal("tau_mem", *columns)))
        self.capacitance = 1 + c["capacitance_spread"] * _centred(
            self._normal("capacitance", *columns))
        self.capacitance_fixed = 1 + c["capacitance_fixed_spread"] * _centred(np.clip(
            self._normal("capacitance fixed", *columns), -3, 3))
        self.offset_current = 1 + c["offset_current_spread"] * _centred(
            self._normal("offset current", *columns))
        self.drift = c["drift_spread"] * _centred(self._normal("drift", *columns))
        spread = c["leak_rate_spread"] * (2 * self._uniform("leak", *columns) - 1)
        centre = c["leak_rate"] * (1.0 if revision == "v1" else 0.5)
        self.pseudo_leak = centre + c["leak_rate"] * spread
        self.rails = c["rail_spread"] * _centred(self._normal("rails", *inputs))

        self.ramp_offset = c["ramp_offset_spread"] * self._blocks("ramp offset")
        self.ramp_slope = 1 + c["ramp_slope_spread"] * self._blocks("ramp slope")
        self.cadc_offset = c["cadc_offset_spread"] * _centred(self._normal("cadc offset", *inputs))
        self.cadc_gain = 1 + c["cadc_gain_spread"] * _centred(self._normal("cadc gain", *inputs))
        self.cadc_bow = c["cadc_bow"] * _centred(np.clip(self._normal("cadc bow", *inputs), -2, 2))
        self.line_rest = 1e3 * c["line_rest_spread"] * _centred(self._normal("line rest", *inputs))
        self.line_swing = 1 + c["line_swing_spread"] * _centred(
            self._normal("line swing", *inputs))

        drivers = (HEMISPHERES, DRIVERS)
        self.driver_offset = c["driver_offset_spread"] * _centred(
            self._normal("driver offset", *drivers))
        self.driver_slope = 1 + c["driver_slope_spread"] * _centred(
            self._normal("driver slope", *drivers))
        self.driver_inl = self._converter("driver inl", c["driver_inl"], *drivers)
        self.ramp = 1 + c["driver_block_spread"] * self._blocks("ramp")
        self.weight = np.arange(64) + c["weight_inl"] * self._current_steps("weight", 6)

        lot = self._uniform("outlier", *columns)
        self.outlier = lot < c["outliers"]
        self._kind = np.where(self.outlier, (3 * lot / max(c["outliers"], 1e-9)).astype(int), -1)

    def outlier_factors(self) -> tuple[Floats, Floats, Floats]:
        """What is wrong with outliers: factors of tau_syn and gm, and codes added to the shift.

        Returns
        -------
        tuple of ndarray, each shape (2, 256)
        """
        return (np.where(self._kind == 0, 4.0, 1.0), np.where(self._kind == 1, 0.2, 1.0),
                np.where(self._kind == 2, 900.0, 0.0))

    def _normal(self, name: str, *shape: int) -> Floats:
        return generator.normal(generator.key(self._stream, name), shape)

    def _uniform(self, name: str, *shape: int) -> Floats:
        return generator.uniform(generator.key(self._stream, name), shape)

    def _pairs(self, name: str, correlation: float) -> Floats:
        """Correlated deviates [hemisphere, one or the other, column]."""
        common = self._normal(f"{name} common", HEMISPHERES, 1, COLUMNS)
        own = self._normal(f"{name} own", HEMISPHERES, 2, COLUMNS)
        return _centred(math.sqrt(correlation) * common + math.sqrt(1 - correlation) * own)

    def _quadrants(self, name: str, correlation: float) -> Floats:
        """As `_pairs`, the same for all columns of a quadrant; they add up to 0 over the chip."""
        common = self._normal(f"{name} quadrant", HEMISPHERES, 1, 2)
        own = self._normal(f"{name} quadrant own", HEMISPHERES, 2, 2)
        both = math.sqrt(correlation) * common + math.sqrt(1 - correlation) * own
        return np.repeat(math.sqrt(4 / 3) * _centred(both), COLUMNS // 2, axis=-1)

    def _blocks(self, name: str) -> Floats:
        """Deviates of the four CapMem blocks [hemisphere, block] that add up to 0."""
        drawn = self._normal(name, HEMISPHERES, 2)
        return math.sqrt(4 / 3) * _centred(drawn)

    def _current_steps(self, name: str, bits: int, *shape: int) -> Floats:
        """Integral non-linearity of DACs of `bits` binary current sources, rms of about 1.

        Each source deviates as the sum of its unit sources would; both ends are exact.
        """
        codes = np.arange(1 << bits)
        errors = self._normal(name, *shape, bits)
        curve = np.zeros((*shape, len(codes)))
        variance = 0.0
        for bit in range(bits):
            # what a source adds to a code, less the straight line through the ends
            share = (codes >> bit & 1) - codes / codes[-1]
            curve += np.sqrt(2.0**bit) * errors[..., bit, None] * share
            variance += 2.0**bit * math.fsum(share**2) / len(codes)
        return curve / np.sqrt(variance)

    def _converter(self, name: str, rms: float, *shape: int) -> Floats:
        """Deviation by activation 0 to 32 of 5-bit DACs; 32 as 31."""
        curve = rms * self._current_steps(name, 5, *shape)
        return np.concatenate([curve, curve[..., -1:]], axis=-1)


def _mean(values: Floats) -> Floats:
    """Mean over hemispheres and columns of values [hemisphere, ..., column], exactly rounded."""
    rows = np.moveaxis(values, 0, -2).reshape(-1, values.shape[0] * values.shape[-1])
    means = [math.fsum(row) / len(row) for row in rows.tolist()]
    return np.array(means).reshape(*values.shape[1:-1], 1)


def _centred(values: Floats) -> Floats:
    return values - _mean(values)


def _mean_1(values: Floats) -> Floats:
    return values / _mean(values)


def drawn_constants(revision: str, seed: int) -> dict[str, float]:
    """Constants of a chip whose class E constants are drawn from their ranges.

    Parameters
    ----------
    revision
        ``v1``, ``v2`` or ``v3``.
    seed
        Number of the chip.

    Returns
    -------
    dict
        All constants by name. What is known better than as an estimate keeps its value; where a
        revision has a value of its own, it is scaled by what is drawn.
    """
    stream = generator.key("model spread", REVISIONS.index(revision), seed)
    result = values(revision)
    for name, constant in CONSTANTS.items():
        if constant.trust != "E":
            continue
        share = float(generator.uniform(generator.key(stream, name), (1,))[0])
        drawn = constant.low + (constant.high - constant.low) * share
        result[name] = result[name] * (drawn / constant.value) if constant.value else drawn
    return result
