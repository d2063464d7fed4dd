"""Calibration of the synapse drivers: how long a pulse an activation makes.

On the synaptic lines, one driver after the other: the ramp currents of all four CapMem blocks,
so that the largest activations just reach the longest pulse, and a trim per driver, so that small
activations make equal pulses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from stadls.calibration import helpers
from stadls.calibration.algorithms import BinarySearch
from stadls.calibration.base import Calib, check_range_boundaries
from stadls.calibration.common import lines
from stadls.calibration.constants import DRIVERS, HEMISPHERES, QUADRANTS
from stadls.calibration.results import CalibResult, array
from stadls.calibration.session import StatefulConnection
from stadls.calibration.state import ChipState
from stadls.calibration.targets import CalibOptions, CalibTarget, ParameterRange, parameter

__all__ = ["HagenDACOffsetCalib", "STPRampCalib", "SynapseDriverCalibOptions",
           "SynapseDriverCalibResult", "SynapseDriverCalibTarget", "calibrate"]

STP_OFFSET = 7
"""Trim that drivers have in common with short-term plasticity, where it is not searched."""
START_RAMP = 500
RAMP_RANGE = ParameterRange(200, 1022)
SATURATING_RAMP = 60
"""Ramp current so small that every large activation makes the longest pulse."""
LOW_ACTIVATION, HIGH_ACTIVATION = 2, 29
REFINEMENTS = (4, 2, 1)
"""Steps of trims when ramp currents have changed."""

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


@dataclass
class SynapseDriverCalibTarget(CalibTarget):
    """What drivers shall do; there is nothing to choose."""

    def default_options(self) -> SynapseDriverCalibOptions:
        """Options of `calibrate`."""
        return SynapseDriverCalibOptions()

    def calibrate(self, connection: Any, options: Any = None) -> SynapseDriverCalibResult:
        """Calibrate drivers; see `calibrate`."""
        return calibrate(connection, options)


@dataclass
class SynapseDriverCalibOptions(CalibOptions):
    """How drivers are calibrated.

    Attributes
    ----------
    offset_test_activation
        Activation at which all drivers shall make equal pulses.
    range_limit
        Share of the longest pulse that activation 29 shall make.
    """

    offset_test_activation: int = parameter(3, (1, 10), (1, 31))
    range_limit: float = parameter(0.9, (0.6, 0.95), (0.1, 1.0))


@dataclass
class SynapseDriverCalibResult(CalibResult):
    """Settings of the drivers.

    Attributes
    ----------
    stp_i_ramp : shape (4,)
        Ramp current by CapMem block; ``stp_i_calib`` has the same code.
    hagen_dac_offset, stp_offset, success : shape (256,)
        Trims, and whether the calibration worked, by driver: 128 x hemisphere + driver.
    """

    stp_i_ramp: npt.NDArray[np.uint16] = field(metadata=array((QUADRANTS,)))
    hagen_dac_offset: npt.NDArray[np.uint8] = field(
        metadata=array((HEMISPHERES * DRIVERS,), "uint8", 0, 63))
    stp_offset: npt.NDArray[np.uint8] = field(
        metadata=array((HEMISPHERES * DRIVERS,), "uint8", 0, 15))
    success: npt.NDArray[np.bool_] = field(metadata=array((HEMISPHERES * DRIVERS,), "bool"))

    def configure(self, state: ChipState) -> None:
        """Set biases and trims, and let drivers modulate pulses; rows and receivers stay."""
        v1 = self.origin.revision == "v1"
        ramp = self.stp_i_ramp.astype(np.int64)
        state.set_block_cells({"stp_i_ramp": ramp, "stp_i_calib": ramp,
                               "stp_i_bias_comparator": 1022})
        state.set_chip_cells({"hagen_ibias_dac_top": 820, "hagen_ibias_dac_bottom": 820})
        state.set("SynapseDriverConfig", enable_stp=True, enable_hagen_modulation=True,
                  enable_hagen_dac=not v1, enable_address_out=v1,
                  hagen_dac_offset=self.hagen_dac_offset.astype(np.int64),
                  offset=self.stp_offset.astype(np.int64))


class _DriverStep(Calib):
    """A step that stimulates drivers one by one."""

    def __init__(self, reader: lines.LineReader, parameter_range: ParameterRange,
                 n_instances: int, inverted: bool) -> None:
        super().__init__(parameter_range, n_instances, inverted)
        self.reader = reader

    def amplitudes(self, connection: StatefulConnection, builder: Any, activation: int) -> Floats:
        """Amplitude of every driver at an activation, shape (2, 128), ADC LSB."""
        label = lines.set_activation(builder, connection.revision, activation)
        return self.reader.drivers(builder, label)


class HagenDACOffsetCalib(_DriverStep):
    """Search of a trim per driver, so that all make equal pulses at one activation.

    Parameters
    ----------
    reader
        Read-out of the lines.
    revision
        Chip revision: on v1 the trim is that of short-term plasticity, with 16 steps.
    activation
        Activation of the events.

    Attributes
    ----------
    before : float64, shape (2, 128) or None
        Amplitudes with all trims in the middle, ADC LSB.
    """

    name = "driver offsets"

    def __init__(self, reader: lines.LineReader, revision: str, activation: int = 3) -> None:
        self.field = "offset" if revision == "v1" else "hagen_dac_offset"
        self.middle = STP_OFFSET if revision == "v1" else 32
        high = 15 if revision == "v1" else 63
        super().__init__(reader, ParameterRange(0, high), HEMISPHERES * DRIVERS,
                         inverted=revision == "v1")
        self.activation = activation
        self.before: Floats | None = None

    def prelude(self, connection: StatefulConnection) -> None:
        """Measure with all trims in the middle; the median driver sets the target."""
        builder = self.configure_parameters(
            connection.builder(), np.full(self.n_instances, self.middle))
        self.before = self.amplitudes(connection, builder, self.activation)
        self.target = float(np.median(self.before))

    def configure_parameters(self, builder: Any, parameters: Codes) -> Any:
        """Write trims, which act at once."""
        helpers.set_fields(builder, "SynapseDriverConfig", **{self.field: parameters})
        return builder

    def measure_results(self, connection: StatefulConnection, builder: Any) -> Floats:
        """Amplitudes of drivers, ADC LSB."""
        return self.amplitudes(connection, builder, self.activation).reshape(-1)


class STPRampCalib(_DriverStep):
    """Search of the ramp current of each CapMem block.

    Trims are searched anew at every ramp current, at a low activation; then the mean pulse of
    the block's drivers at a high activation shall be a given share of the longest one.

    Parameters
    ----------
    reader
        Read-out of the lines.
    revision
        Chip revision.
    range_limit
        The share.
    """

    name = "driver ramps"

    def __init__(self, reader: lines.LineReader, revision: str, range_limit: float = 0.9) -> None:
        super().__init__(reader, RAMP_RANGE, QUADRANTS, inverted=True)
        self.range_limit = range_limit
        self.offsets = HagenDACOffsetCalib(reader, revision, LOW_ACTIVATION)
        self.before: Floats | None = None
        self._trims: Codes | None = None

    def prelude(self, connection: StatefulConnection) -> None:
        """Measure the longest pulses."""
        builder = self.configure_parameters(
            connection.builder(), np.full(QUADRANTS, SATURATING_RAMP))
        longest = self._means(self.amplitudes(connection, builder, lines.MAX_ACTIVATION))
        self.target = self.range_limit * longest
        builder = self.configure_parameters(connection.builder(), np.full(QUADRANTS, START_RAMP))
        self.before = self._means(self.amplitudes(connection, builder, HIGH_ACTIVATION))

    def configure_parameters(self, builder: Any, parameters: Codes) -> Any:
        """Write ramp currents and wait."""
        helpers.capmem_set_quadrant_cells(
            builder, {"stp_i_ramp": parameters, "stp_i_calib": parameters})
        helpers.wait_for_capmem(builder)
        return builder

    def measure_results(self, connection: StatefulConnection, builder: Any) -> Floats:
        """Mean amplitudes of the drivers of each block, ADC LSB."""
        connection.run(builder)
        self.offsets.prelude(connection)
        if self._trims is None:
            self._trims = BinarySearch().run(self.offsets, connection).parameters
        else:
            self._trims = self._refined(connection, self._trims)
        builder = self.offsets.configure_parameters(connection.builder(), self._trims)
        return self._means(self.amplitudes(connection, builder, HIGH_ACTIVATION))

    def _refined(self, connection: StatefulConnection, trims: Codes) -> Codes:
        """Trims of another ramp current: they don't move far."""
        calib = self.offsets
        low, high = int(calib.parameter_range.lower), int(calib.parameter_range.upper)
        for width in REFINEMENTS:
            short = ~(calib.measure(connection, trims) >= calib.target)
            trims = np.clip(trims + width * np.where(short != calib.inverted, 1, -1), low, high)
        return trims

    @staticmethod
    def _means(amplitudes: Floats) -> Floats:
        block = lines.block_of_driver()
        return np.array([amplitudes[block == b].mean() for b in range(QUADRANTS)])


def calibrate(connection: Any, options: SynapseDriverCalibOptions | None = None
              ) -> SynapseDriverCalibResult:
    """Calibrate the synapse drivers; their settings are on the chip afterwards.

    The ADCs must be calibrated for the potentials of lines, and the quadrants' synapses be
    equally strong (`stadls.calibration.common.synapse`).

    Parameters
    ----------
    connection
        `StatefulConnection`, or what one can be made of.
    options
        Default ones if None.

    Returns
    -------
    SynapseDriverCalibResult
    """
    chip = StatefulConnection.of(connection)
    options = options or SynapseDriverCalibOptions()
    options.check_values()
    revision = chip.revision
    with chip.step("synapse drivers", steps=14) as record:
        builder = chip.builder()
        lines.configure_lines(builder.state)
        lines.configure_drivers(builder.state, revision)
        helpers.set_fields(builder, "SynapseDriverConfig", offset=STP_OFFSET, hagen_dac_offset=32)
        lines.set_weights(builder, 63)
        helpers.capmem_set_quadrant_cells(
            builder, {"stp_i_ramp": START_RAMP, "stp_i_calib": START_RAMP})
        helpers.wait_for_capmem(builder)
        chip.run(builder)
        reader = lines.LineReader(chip)
        ramps = STPRampCalib(reader, revision, options.range_limit)
        with chip.step(ramps.name, weight=13):
            ramp = ramps.run(chip, BinarySearch())
        offsets = HagenDACOffsetCalib(reader, revision, options.offset_test_activation)
        offset = offsets.run(chip, BinarySearch())
        record.data.update(
            quantity="amplitude", unit="LSB", before=offsets.before,
            after=offset.results.reshape(HEMISPHERES, DRIVERS), target=offsets.target,
            codes=offset.calibrated_parameters, ramp_before=ramps.before,
            ramp_after=ramp.results, ramp_target=ramps.target)
    blocks = lines.block_of_driver().reshape(-1)
    success = check_range_boundaries(
        offset.calibrated_parameters, offsets.parameter_range).success & ramp.success[blocks]
    return SynapseDriverCalibResult(
        SynapseDriverCalibTarget(), options, chip.origin,
        cast(Any, ramp.calibrated_parameters),
        cast(Any, chip.state.get("SynapseDriverConfig", "hagen_dac_offset")),
        cast(Any, chip.state.get("SynapseDriverConfig", "offset")), success)
