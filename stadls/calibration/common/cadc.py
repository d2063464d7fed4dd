"""Calibration of the column ADCs: ramps per quadrant, digital offsets per channel.

All channels convert one constant potential, that of a CapMem cell, which is led to them by the
debug lines. At the low end of the wanted range the start of the ramp is searched, at its high
end the slope, both per quadrant; at the middle the channels' digital offsets follow from one
measurement.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from stadls.calibration import helpers
from stadls.calibration.algorithms import BinarySearch, LinearPrediction
from stadls.calibration.base import Calib
from stadls.calibration.constants import (
    CHANNELS,
    COLUMNS,
    HEMISPHERES,
    QUADRANTS,
)
from stadls.calibration.results import CalibResult, array
from stadls.calibration.session import StatefulConnection
from stadls.calibration.state import ChipState
from stadls.calibration.targets import (
    CalibOptions,
    CalibTarget,
    ParameterRange,
    check_value,
)

__all__ = ["CADCCalibOptions", "CADCCalibResult", "CADCCalibTarget", "calibrate"]

_log = logging.getLogger("stadls.calibration.cadc")

SAMPLES = 20
"""Conversions per measurement."""
SLOPE_OF_DEFAULT_RANGE = 350
"""Code of the ramp current at which the search starts, for 480 codes of dynamic range."""
LARGEST_SPREAD = 3.0
"""Standard deviation of calibrated channels above which a warning is given."""


@dataclass
class CADCCalibTarget(CalibTarget):
    """Range of potentials that the ADCs cover.

    Attributes
    ----------
    dynamic_range
        Lowest and highest potential, as codes of a CapMem cell (about 1.9 mV each).
    read_range
        What shall be read there, 0 to 255.
    """

    dynamic_range: ParameterRange = field(
        default_factory=lambda: ParameterRange(70, 550))
    read_range: ParameterRange = field(
        default_factory=lambda: ParameterRange(20, 220))

    def check_values(self, prefix: str = "") -> None:
        """Compare both ranges with what the ADCs can do; see `CalibTarget.check_values`."""
        for name, reliable, hard in (("dynamic_range", (50, 600), (0, 1022)),
                                     ("read_range", (20, 220), (0, 255))):
            both = getattr(self, name)
            for end in ("lower", "upper"):
                check_value(f"{prefix}{name}.{end}", getattr(both, end), reliable, hard)

    def default_options(self) -> CADCCalibOptions:
        """Options of `calibrate`."""
        return CADCCalibOptions()

    def calibrate(self, connection: Any, options: Any = None) -> CADCCalibResult:
        """Calibrate towards this target; see `calibrate`."""
        return calibrate(connection, self, options)


@dataclass
class CADCCalibOptions(CalibOptions):
    """How the ADCs are calibrated.

    Attributes
    ----------
    calibrate_offsets
        Whether the channels' digital offsets are calibrated; else they are 0.
    """

    calibrate_offsets: bool = True


@dataclass
class CADCCalibResult(CalibResult):
    """Settings of the ADCs.

    Attributes
    ----------
    v_ramp_offset, i_ramp_slope : shape (4,)
        Codes by quadrant.
    channel_offset, success : shape (1024,)
        Digital offset, and whether the calibration worked, by channel: 512 x hemisphere
        + 256 x (0 causal, 1 acausal) + column.
    """

    v_ramp_offset: npt.NDArray[np.uint16] = field(metadata=array((QUADRANTS,)))
    i_ramp_slope: npt.NDArray[np.uint16] = field(metadata=array((QUADRANTS,)))
    channel_offset: npt.NDArray[np.int8] = field(metadata=array((CHANNELS,), "int8", -128, 127))
    success: npt.NDArray[np.bool_] = field(metadata=array((CHANNELS,), "bool"))

    def configure(self, state: ChipState) -> None:
        """Set ramps and offsets, and switch the ADCs on."""
        helpers.configure_cadc_state(state)
        state.set_block_cells({"cadc_v_ramp_offset": self.v_ramp_offset.astype(np.int64),
                               "cadc_i_ramp_slope": self.i_ramp_slope.astype(np.int64)})
        state.set("CADCChannelConfig", offset=self.channel_offset.astype(np.int64))


class _QuadrantCalib(Calib):
    """Search of a ramp parameter of each quadrant at one reference potential."""

    def __init__(self, cell: str, reference: int, low: int, high: int) -> None:
        super().__init__(ParameterRange(low, high), QUADRANTS, inverted=True)
        self.name = cell
        self._cell, self._reference = cell, reference

    def prelude(self, connection: StatefulConnection) -> None:
        _set_reference(connection, self._reference)

    def configure_parameters(self, builder: Any, parameters: npt.NDArray[np.int64]) -> Any:
        helpers.capmem_set_quadrant_cells(builder, {self._cell: parameters})
        helpers.wait_for_capmem(builder)
        return builder

    def measure_results(self, connection: StatefulConnection, builder: Any
                        ) -> npt.NDArray[np.float64]:
        return quadrant_means(read_channels(connection, builder))


class ChannelOffsetCalib(Calib):
    """Prediction of the digital offset of each channel."""

    name = "channel offsets"

    def __init__(self, reference: int) -> None:
        super().__init__(ParameterRange(-128, 127), CHANNELS)
        self._reference = reference

    def prelude(self, connection: StatefulConnection) -> None:
        """Set the reference potential."""
        _set_reference(connection, self._reference)

    def configure_parameters(self, builder: Any, parameters: npt.NDArray[np.int64]) -> Any:
        """Write offsets."""
        helpers.set_fields(builder, "CADCChannelConfig", offset=parameters)
        return builder

    def measure_results(self, connection: StatefulConnection, builder: Any
                        ) -> npt.NDArray[np.float64]:
        """Mean codes of all channels."""
        return read_channels(connection, builder, 5 * SAMPLES)


def _set_reference(connection: StatefulConnection, code: int) -> None:
    builder = connection.builder()
    helpers.capmem_set_quadrant_cells(builder, {"stp_v_charge_0": code})
    helpers.wait_for_capmem(builder)
    connection.run(builder)


def read_channels(connection: StatefulConnection, builder: Any, samples: int = SAMPLES
                  ) -> npt.NDArray[np.float64]:
    """Mean codes of all channels, shape (1024,), by ``CADCChannelConfigOnDLS``."""
    ticket = helpers.cadc_read(builder, samples)
    connection.run(builder)
    means: npt.NDArray[np.float64] = ticket.values().mean(axis=0, dtype=np.float64).reshape(-1)
    return means


def quadrant_means(channels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Means over the channels of each quadrant, shape (4,), of values of shape (1024,)."""
    halves = channels.reshape(HEMISPHERES, 2, 2, COLUMNS // 2)
    means: npt.NDArray[np.float64] = halves.mean(axis=(1, 3)).reshape(QUADRANTS)
    return means


def calibrate(connection: Any, target: CADCCalibTarget | None = None,
              options: CADCCalibOptions | None = None) -> CADCCalibResult:
    """Calibrate the column ADCs; their settings are on the chip afterwards.

    Parameters
    ----------
    connection
        `StatefulConnection`, or what one can be made of.
    target, options
        Default ones if None.

    Returns
    -------
    CADCCalibResult
    """
    chip = StatefulConnection.of(connection)
    target = target or CADCCalibTarget()
    options = options or CADCCalibOptions()
    target.check_values()
    low, high = int(target.dynamic_range.lower), int(target.dynamic_range.upper)
    read_low, read_high = target.read_range.lower, target.read_range.upper
    slope = round(SLOPE_OF_DEFAULT_RANGE * (high - low) / 480 * 200 / (read_high - read_low))

    with chip.step("CADC", steps=40) as record:
        builder = chip.builder()
        helpers.configure_cadc(builder)
        helpers.connect_cadc_to_debug_line(builder)
        helpers.capmem_set_quadrant_cells(builder, {"cadc_i_ramp_slope": min(1022, slope)})
        helpers.set_fields(builder, "CADCChannelConfig", offset=0)
        helpers.wait_for_capmem(builder, 5)
        chip.run(builder)
        # The slope changes what is read at the low end, too: a second, narrow round of both.
        offset = _QuadrantCalib("cadc_v_ramp_offset", low, 0, 800)
        ramp = _QuadrantCalib("cadc_i_ramp_slope", high, 30, 1022)
        around = (offset.run(chip, BinarySearch(), read_low),
                  ramp.run(chip, BinarySearch(), read_high))
        _narrow(offset, around[0].calibrated_parameters)
        _narrow(ramp, around[1].calibrated_parameters)
        v_ramp_offset = offset.run(chip, BinarySearch(), read_low)
        i_ramp_slope = ramp.run(chip, BinarySearch(), read_high)

        success = np.repeat((v_ramp_offset.success & i_ramp_slope.success).reshape(2, 1, 2),
                            2, axis=1)
        success = np.repeat(success, COLUMNS // 2, axis=2).reshape(-1)
        offsets = np.zeros(CHANNELS, np.int64)
        if options.calibrate_offsets:
            offsets = _calibrate_offsets(chip, (low + high) // 2, (read_low + read_high) / 2,
                                         success, record.data)
        builder = chip.builder()
        helpers.disconnect_debug_line(builder)
        chip.run(builder)
    return CADCCalibResult(target, options, chip.origin,
                           cast(Any, v_ramp_offset.calibrated_parameters),
                           cast(Any, i_ramp_slope.calibrated_parameters),
                           cast(Any, offsets), success)


def _narrow(calib: Calib, around: npt.NDArray[np.int64], width: int = 64) -> None:
    before = calib.parameter_range
    calib.parameter_range = ParameterRange(np.maximum(around - width, before.lower),
                                           np.minimum(around + width, before.upper))


def _calibrate_offsets(chip: StatefulConnection, reference: int, wanted: float,
                       success: npt.NDArray[np.bool_], data: dict[str, Any]
                       ) -> npt.NDArray[np.int64]:
    """Find digital offsets; note the spreads, and clear ``success`` where it did not work."""
    calib = ChannelOffsetCalib(reference)
    calib.prelude(chip)
    data.update(quantity="one potential", unit="LSB", target=wanted)
    data["before"] = calib.measure(chip, np.zeros(CHANNELS, np.int64))
    found = calib.run(chip, LinearPrediction(0), wanted)
    data["after"] = calib.measure(chip, found.calibrated_parameters)
    spread = float(np.std(data["after"]))
    if spread > LARGEST_SPREAD:
        _log.warning("calibrated CADC channels still have a standard deviation of %.1f LSB",
                     spread)
    success &= found.success & (np.abs(data["after"] - wanted) < 4 * LARGEST_SPREAD)
    return found.calibrated_parameters
