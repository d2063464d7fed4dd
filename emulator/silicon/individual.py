"""One chip is one individual: everything that is fixed in it follows from its seed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from . import generator
from .constants import REVISIONS, values

HEMISPHERES, ROWS, COLUMNS, DRIVERS = 2, 256, 256, 128


class Individual:
    """Fixed deviations of one chip, as they remain after a hagen calibration.

    Parameters
    ----------
    revision
        ``v1``, ``v2`` or ``v3``.
    seed
        Number of the chip.

    Attributes
    ----------
    synapse : ndarray, shape (2, 256, 256)
        Relative deviation of each synapse [hemisphere, row, column].
    driver_offset, driver_slope : ndarray, shape (2, 128)
        Offset in activation steps and relative slope of the pulse length.
    gain : ndarray, shape (2, 2, 256)
        Relative gain [hemisphere, excitatory or inhibitory, column].
    tau_syn : ndarray, shape (2, 2, 256)
        Synaptic time constant in us [hemisphere, excitatory or inhibitory, column].
    drift : ndarray, shape (2, 256)
        Drift of the membrane in LSB/us.
    leak_rate : ndarray, shape (2, 256)
        Rate of the pseudo-leak in 1/us.
    baseline : ndarray, shape (2, 256)
        Deviation of the reset potential in LSB.
    rails : ndarray, shape (2, 2, 256)
        Shift of the low and the high rail in LSB.
    cadc_offset, cadc_gain : ndarray, shape (2, 2, 256)
        Offset in LSB and relative gain [hemisphere, causal or acausal, column].
    """

    def __init__(self, revision: str, seed: int) -> None:
        self.revision, self.seed = revision, seed
        self.constants = c = values(revision)
        self._stream = generator.key("individual", REVISIONS.index(revision), seed)

        self.synapse = c["synapse_spread"] * self._normal("synapse", HEMISPHERES, ROWS, COLUMNS)
        self.driver_offset = c["driver_offset"] * self._normal("driver offset", 2, DRIVERS)
        self.driver_slope = c["driver_slope_spread"] * self._normal("driver slope", 2, DRIVERS)
        quadrants = np.repeat(self._normal("quadrant gain", 2, 1, 2), COLUMNS // 2, axis=-1)
        self.gain = (
            c["column_gain_spread"] * self._normal("column gain", 2, 1, COLUMNS)
            + c["input_gain_spread"] * self._normal("input gain", 2, 2, COLUMNS)
            + c["quadrant_gain_spread"] * quadrants
        )
        self.tau_syn = c["tau_syn_us"] * (
            1 + c["tau_syn_spread"] * self._normal("tau_syn", 2, 2, COLUMNS)
        )
        self.drift = c["drift_spread"] * self._normal("drift", 2, COLUMNS)
        spread = c["leak_rate_spread"] * (2 * self._uniform("leak", 2, COLUMNS) - 1)
        centre = c["leak_rate"] * (1.0 if revision == "v1" else 0.5)
        self.leak_rate = centre + c["leak_rate"] * spread
        self.baseline = c["baseline_spread"] * self._normal("baseline", 2, COLUMNS)
        self.rails = c["rail_spread"] * self._normal("rails", 2, 2, COLUMNS)
        ramps = np.repeat(self._normal("cadc quadrant", 2, 1, 2), COLUMNS // 2, axis=-1)
        self.cadc_offset = (
            c["cadc_offset_spread"] * self._normal("cadc offset", 2, 2, COLUMNS)
            + c["cadc_quadrant_spread"] * ramps
        )
        self.cadc_gain = c["cadc_gain_spread"] * self._normal("cadc gain", 2, 2, COLUMNS)

    def _normal(self, name: str, *shape: int) -> npt.NDArray[np.float64]:
        return generator.normal(generator.key(self._stream, name), shape)

    def _uniform(self, name: str, *shape: int) -> npt.NDArray[np.float64]:
        return generator.uniform(generator.key(self._stream, name), shape)

    def pulse_lengths(self, mismatch: bool = True) -> npt.NDArray[np.float64]:
        """Pulse length of every driver for every activation.

        Parameters
        ----------
        mismatch
            Whether the drivers deviate.

        Returns
        -------
        ndarray, shape (2, 128, 33)
            Length in steps of the activation, [hemisphere, driver, activation 0..32].
        """
        activation = np.arange(33, dtype=np.float64)
        if not mismatch:
            return np.broadcast_to(activation, (2, DRIVERS, 33)).copy()
        length = (activation + self.driver_offset[..., None]) * (1 + self.driver_slope[..., None])
        length = np.clip(length, 0.0, 31 * self.constants["pulse_limit"])
        length[..., 0] = 0.0
        return length
