"""Multiplication of matrices on the synaptic lines.

Charge of all events of a vector stays on the excitatory lines until the ADCs convert them. The
chip must carry a calibration for this, `HagenSyninCalibTarget`.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from stadls import halco
from stadls.calibration import helpers
from stadls.calibration.common import lines
from stadls.calibration.constants import COLUMNS, HEMISPHERES, ROWS
from stadls.calibration.session import CalibBuilder, StatefulConnection

__all__ = ["Multiplication"]

MAX_WEIGHT, MAX_INPUT = 63, lines.MAX_ACTIVATION
VECTORS_PER_PROGRAM = 1_000
_SECOND_ROW = 32
_SPL1_SHIFT, _SYNRAM_SHIFT, _ROW_SELECT_SHIFT = 14, 13, 6
_FIRST_FPGA_INPUT, _BUSES = 8, 4

Ints = npt.NDArray[np.int64]


class Multiplication:
    """Vectors times matrices on the synaptic lines of one hemisphere.

    Parameters
    ----------
    synram
        Hemisphere: 0 top, 1 bottom, or a ``SynramOnDLS``.
    num_sends
        How often each vector is sent before lines are converted, 1 or more.
    wait_period
        FPGA cycles of 8 ns between events; 0 and 1 send them back to back.
    signed_mode
        Weights have a sign, an output takes two columns: even ones for positive weights, odd
        ones for negative weights.

    Raises
    ------
    ValueError
        A number out of range.
    """

    def __init__(self, synram: Any = 0, *, num_sends: int = 1, wait_period: int = 4,
                 signed_mode: bool = True) -> None:
        self.synram = int(synram)
        if not 0 <= self.synram < HEMISPHERES:
            raise ValueError(f"synram = {synram}; allowed are 0 and 1")
        if num_sends < 1:
            raise ValueError(f"num_sends = {num_sends}; 1 or more is allowed")
        if wait_period < 0:
            raise ValueError(f"wait_period = {wait_period}; 0 or more is allowed")
        self.num_sends = int(num_sends)
        self.wait_period = int(wait_period)
        self.signed_mode = bool(signed_mode)

    @property
    def n_outputs(self) -> int:
        """Outputs of one product: 128 with signs, 256 without."""
        return COLUMNS // 2 if self.signed_mode else COLUMNS

    def preconfigure(self, connection: StatefulConnection) -> None:
        """Route events, and let rows and lines take part.

        Parameters
        ----------
        connection
            `StatefulConnection` to a calibrated chip: apply a `HagenSyninCalibResult` first.

        Raises
        ------
        ValueError
            The chip is a v1, whose synapses see activations.
        """
        if connection.revision == "v1":
            raise ValueError("revision = v1 can't tell rows from activations; v2 and v3 can")
        builder = connection.builder()
        state = builder.state
        lines.configure_lines(state)
        state.set("CommonPADIBusConfig", enable_spl1=True)
        state.set("SynapseDriverConfig", enable_receiver=True, row_address_compare_mask=31,
                  row_mode_bottom="excitatory", row_mode_top="excitatory",
                  enable_address_out=False)
        state.set("CrossbarNode", mask=0, target=1)
        for bus in range(_BUSES):
            for half in range(HEMISPHERES):
                place = halco.CrossbarNodeOnDLS(
                    halco.CrossbarOutputOnDLS(bus + _BUSES * half),
                    halco.CrossbarInputOnDLS(_FIRST_FPGA_INPUT + bus))
                state.set("CrossbarNode", [int(place.toEnum())], mask=1 << _SYNRAM_SHIFT,
                          target=half << _SYNRAM_SHIFT)
        helpers.wait_for_capmem(builder)
        connection.run(builder)

    def multiply(self, connection: StatefulConnection, vectors: npt.ArrayLike,
                 matrix: npt.ArrayLike) -> Ints:
        """Multiply vectors by a matrix of full size.

        Parameters
        ----------
        connection
            Connection that was preconfigured.
        vectors
            0 to 31, shape (n, 256).
        matrix
            Shape (outputs, 256): (128, 256) of -63 to 63 with signs, (256, 256) of 0 to 63
            without.

        Returns
        -------
        int64, shape (n, outputs)
            What lines fell by, in ADC LSB.

        Raises
        ------
        ValueError
            A wrong shape, or a number out of range.
        """
        inputs = _checked("vectors", vectors, 0, MAX_INPUT)
        low = -MAX_WEIGHT if self.signed_mode else 0
        weights = _checked("matrix", matrix, low, MAX_WEIGHT)
        if inputs.ndim != 2 or inputs.shape[1] != ROWS:
            raise ValueError(f"vectors of shape {inputs.shape}; (n, {ROWS}) is needed")
        if weights.shape != (self.n_outputs, ROWS):
            raise ValueError(f"matrix of shape {weights.shape}; "
                             f"{(self.n_outputs, ROWS)} is needed")

        builder = connection.builder()
        rows = np.zeros((HEMISPHERES, ROWS, COLUMNS), np.int64)
        if self.signed_mode:
            rows[self.synram, :, 0::2] = np.maximum(weights, 0).T
            rows[self.synram, :, 1::2] = np.maximum(-weights, 0).T
        else:
            rows[self.synram] = weights.T
        labels = np.where(np.arange(ROWS) % 2, _SECOND_ROW, 0)
        helpers.set_synapses(builder, rows, labels[:, None])
        results = [np.empty((0, COLUMNS), np.int64)]
        for begin in range(0, len(inputs), VECTORS_PER_PROGRAM):
            tickets = [self._send(builder, vector)
                       for vector in inputs[begin:begin + VECTORS_PER_PROGRAM]]
            connection.run(builder)
            codes = [[ticket.values()[0, self.synram, 0] for ticket in both] for both in tickets]
            rest, end = np.array(codes, np.int64).swapaxes(0, 1)
            results.append(rest - end)
            builder = connection.builder()
        fall = np.concatenate(results)
        return fall[:, 0::2] - fall[:, 1::2] if self.signed_mode else fall

    def _send(self, builder: CalibBuilder, vector: Ints
              ) -> tuple[helpers.CADCTicket, helpers.CADCTicket]:
        """Convert lines at rest, send a vector, convert again."""
        helpers.wait(builder, lines.DECAY_US)
        rest = helpers.cadc_read(builder, kinds=1)
        rows = np.flatnonzero(vector)
        driver = rows // 2
        labels = ((driver % _BUSES << _SPL1_SHIFT) | (self.synram << _SYNRAM_SHIFT)
                  | (driver // _BUSES << _ROW_SELECT_SHIFT)
                  | (np.where(rows % 2, _SECOND_ROW, 0) + MAX_INPUT + 1 - vector[rows]))
        train = np.tile(labels, self.num_sends)
        times = None
        if self.wait_period > 1:
            times = self.wait_period * (1 + np.arange(len(train)))
        helpers.wait(builder, 0)
        if len(train):
            builder.spike_train(times, train)
        helpers.wait(builder, lines.SETTLE_US)
        return rest, helpers.cadc_read(builder, kinds=1)

    def auto_multiply(self, connection: StatefulConnection, vectors: npt.ArrayLike,
                      matrix: npt.ArrayLike, n_row_repeats: int | Literal["auto"] = 1) -> Ints:
        """Multiply vectors by a matrix of any size.

        Outputs are split over several runs; so are inputs, whose partial sums are added.

        Parameters
        ----------
        connection
            Connection that was preconfigured.
        vectors
            0 to 31, shape (n, inputs).
        matrix
            Shape (outputs, inputs).
        n_row_repeats
            Rows that each input takes, for larger results; ``"auto"`` takes as many as fit.

        Returns
        -------
        int64, shape (n, outputs)

        Raises
        ------
        ValueError
            Shapes that don't fit, or a number out of range.
        """
        inputs, weights = np.asarray(vectors), np.asarray(matrix)
        if inputs.ndim != 2 or weights.ndim != 2 or inputs.shape[1] != weights.shape[1]:
            raise ValueError(f"vectors of shape {inputs.shape} and a matrix of shape "
                             f"{weights.shape} don't fit")
        repeats = (max(1, ROWS // max(1, inputs.shape[1])) if n_row_repeats == "auto"
                   else int(n_row_repeats))
        if not 1 <= repeats <= ROWS:
            raise ValueError(f"n_row_repeats = {n_row_repeats}; allowed are 1 to {ROWS}")
        step = ROWS // repeats
        result = np.zeros((len(inputs), len(weights)), np.int64)
        for row in range(0, weights.shape[1], step):
            part = _repeated(inputs[:, row:row + step], repeats, ROWS)
            for first in range(0, len(weights), self.n_outputs):
                chosen = weights[first:first + self.n_outputs, row:row + step]
                block = np.zeros((self.n_outputs, ROWS), np.int64)
                block[:len(chosen)] = _repeated(chosen, repeats, ROWS)
                found = self.multiply(connection, part, block)
                result[:, first:first + len(chosen)] += found[:, :len(chosen)]
        return result


def _checked(name: str, values: npt.ArrayLike, low: int, high: int) -> Ints:
    array = np.asarray(values)
    if array.dtype.kind not in "iu":
        rounded = np.rint(array.astype(np.float64))
        if not np.array_equal(rounded, array):
            raise ValueError(f"{name} holds numbers that are not whole")
        array = rounded
    if array.size and (array.min() < low or array.max() > high):
        wrong = array.min() if array.min() < low else array.max()
        raise ValueError(f"{name} holds {int(wrong)}; allowed are {low} to {high}")
    return array.astype(np.int64)


def _repeated(values: npt.NDArray[Any], repeats: int, size: int) -> npt.NDArray[Any]:
    """Columns repeated, and zeros up to a size."""
    wide = np.repeat(values, repeats, axis=1)
    return np.pad(wide, ((0, 0), (0, size - wide.shape[1])))
