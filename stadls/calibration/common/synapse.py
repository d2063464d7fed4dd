"""Calibration of the synapses' current source: all quadrants as strong as the weakest one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stadls.calibration import helpers
from stadls.calibration.algorithms import BinarySearch
from stadls.calibration.base import Calib
from stadls.calibration.common import lines
from stadls.calibration.constants import DRIVERS, QUADRANTS
from stadls.calibration.session import StatefulConnection
from stadls.calibration.targets import ParameterRange

__all__ = ["DACBiasCalibCADC"]

LOWEST_BIAS = 30
AMPLITUDE = 35.0
"""Wanted amplitude of an event, in ADC LSB: above 40 lines begin to saturate."""


class DACBiasCalibCADC(Calib):
    """Search of ``syn_i_bias_dac`` of each quadrant, on synaptic lines.

    Lines and drivers are configured and stay so; the ADCs must cover the potentials of lines.

    Parameters
    ----------
    bias
        Code of the weakest quadrant; all others get less.
    """

    name = "synapse DAC bias"

    def __init__(self, bias: int) -> None:
        super().__init__(ParameterRange(LOWEST_BIAS, bias), QUADRANTS)
        self._reader: lines.LineReader
        # both kinds of drivers, all over the array
        self._drivers = np.linspace(0, DRIVERS - 1, 16).astype(np.int64)

    def prelude(self, connection: StatefulConnection) -> None:
        """Configure lines; the amplitude of the weakest quadrant is the target."""
        builder = connection.builder()
        lines.configure_lines(builder.state)
        lines.configure_drivers(builder.state, connection.revision, modulated=False)
        bias = int(self.parameter_range.upper)
        helpers.capmem_set_quadrant_cells(builder, {"syn_i_bias_dac": bias})
        weight = 63
        lines.set_weights(builder, weight)
        helpers.wait_for_capmem(builder)
        connection.run(builder)
        self._reader = lines.LineReader(connection)
        amplitudes = self._measure(connection.builder())
        while amplitudes.max() > AMPLITUDE + 5 and weight > 1:
            weight = max(1, int(weight * min(0.9, AMPLITUDE / amplitudes.max())))
            builder = connection.builder()
            lines.set_weights(builder, weight)
            amplitudes = self._measure(builder)
        if self.target is None:
            self.target = float(amplitudes.min())
        self.before = amplitudes

    def _measure(self, builder: Any) -> npt.NDArray[np.float64]:
        return self._reader.quadrants(builder, 0, self._drivers)

    def configure_parameters(self, builder: Any, parameters: npt.NDArray[np.int64]) -> Any:
        """Write biases and wait."""
        helpers.capmem_set_quadrant_cells(builder, {"syn_i_bias_dac": parameters})
        helpers.wait_for_capmem(builder)
        return builder

    def measure_results(self, connection: StatefulConnection, builder: Any
                        ) -> npt.NDArray[np.float64]:
        """Mean amplitudes of quadrants, ADC LSB."""
        return self._measure(builder)


def calibrate_dac_bias(connection: StatefulConnection, bias: int
                       ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Equalise the quadrants; the biases are on the chip afterwards.

    Parameters
    ----------
    connection
        Connection; the ADCs are calibrated for the potentials of lines.
    bias
        Largest code.

    Returns
    -------
    codes, success : shape (4,)
        A quadrant at the largest code is no failure: it is the weakest one.
    """
    calib = DACBiasCalibCADC(bias)
    with connection.step(calib.name, steps=1) as record:
        found = calib.run(connection, BinarySearch())
        record.data.update(quantity="amplitude", unit="LSB", before=calib.before,
                           after=found.results, target=calib.target,
                           codes=found.calibrated_parameters)
    return found.calibrated_parameters, found.calibrated_parameters > LOWEST_BIAS
