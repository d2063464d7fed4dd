"""Rows and matrices of synapses, and the switches of the columns below them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from fisch import registers
from stadls.aggregate import Aggregate, Numbers, Records
from stadls.hal.types import container_class
from stadls.halco.types import coordinate
from stadls.parts import Part, Transfer

from .grey_scale import grey_scale

ROW = ("SynapseOnSynapseRow",)
MATRIX = ("SynapseRowOnSynram", "SynapseOnSynapseRow")


@cache
def columns_of_quads() -> npt.NDArray[np.intp]:
    """Column of every entry of every quad, shape (64, 4)."""
    quads = np.arange(coordinate("SynapseQuadColumnOnDLS").size)
    return registers.convert("SynapseQuadColumnOnDLS", "NeuronColumnOnDLS", quads)


@cache
def _positions(rows: int) -> npt.NDArray[np.intp]:
    """Flat positions of the entries of all quads in an array (rows, 256): (64 rows, 4)."""
    columns = columns_of_quads()
    width = coordinate("SynapseOnSynapseRow").size
    flat = np.arange(rows)[:, None, None] * width + columns
    result: npt.NDArray[np.intp] = np.ascontiguousarray(flat.reshape(-1, columns.shape[1]))
    return result


def shades(value: Any) -> str:
    """Numbers of all columns as text, one glyph per quad."""
    element = value._element
    return "\n" + grey_scale(value._data, element.maximum - element.minimum + 1,
                             columns_of_quads())


class _Synapses(Aggregate):
    """Synapses of one row or of all rows, made of quads."""

    __slots__ = ()
    _quad: ClassVar[str]
    # attribute -> field of the quad
    _quad_fields: ClassVar[Mapping[str, str]]
    _rows: ClassVar[int]
    differential_write = True
    _shown = staticmethod(shades)

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        positions = _positions(self._rows)
        enums = e * len(positions) + np.arange(len(positions))
        return [Part(self._quad, enums, {field: (self._data[name], positions)
                                         for name, field in self._quad_fields.items()})]


def _values(index: tuple[str, ...], container: str, field: str) -> Any:
    return Numbers(index, container, field, np.uint8)


_ALL = {"weights": "weights", "labels": "labels", "time_calibs": "time_calibs",
        "amp_calibs": "amp_calibs"}
_CALIBS = {"time_calibs": "time_calibs", "amp_calibs": "amp_calibs"}


def _quad_types(quad: str) -> dict[str, Any]:
    """Types of the values, as attributes of the aggregate."""
    from stadls import hal

    kind = getattr(hal, quad)
    if quad == "SynapseQuad":
        return {n: getattr(kind, n) for n in ("Weight", "Label", "TimeCalib", "AmpCalib")}
    if quad == "SynapseCorrelationCalibQuad":
        return {n: getattr(kind, n) for n in ("TimeCalib", "AmpCalib")}
    return {"Value": kind.Value}


class SynapseRow(_Synapses):
    """Weights, labels and calibration bits of one row of synapses."""

    __slots__ = ()
    _coordinate = "SynapseRowOnDLS"
    _quad, _quad_fields, _rows = "SynapseQuad", _ALL, 1
    weights = _values(ROW, "SynapseQuad", "weights")
    labels = _values(ROW, "SynapseQuad", "labels")
    time_calibs = _values(ROW, "SynapseQuad", "time_calibs")
    amp_calibs = _values(ROW, "SynapseQuad", "amp_calibs")


class SynapseWeightRow(_Synapses):
    """Weights of one row of synapses."""

    __slots__ = ()
    _coordinate = "SynapseWeightRowOnDLS"
    _quad, _quad_fields, _rows = "SynapseWeightQuad", {"values": "values"}, 1
    values = _values(ROW, "SynapseWeightQuad", "values")


class SynapseLabelRow(_Synapses):
    """Labels of one row of synapses."""

    __slots__ = ()
    _coordinate = "SynapseLabelRowOnDLS"
    _quad, _quad_fields, _rows = "SynapseLabelQuad", {"values": "values"}, 1
    values = _values(ROW, "SynapseLabelQuad", "values")


class SynapseCorrelationCalibRow(_Synapses):
    """Correlation calibration bits of one row of synapses."""

    __slots__ = ()
    _coordinate = "SynapseCorrelationCalibRowOnDLS"
    _quad, _quad_fields, _rows = "SynapseCorrelationCalibQuad", _CALIBS, 1
    time_calibs = _values(ROW, "SynapseCorrelationCalibQuad", "time_calibs")
    amp_calibs = _values(ROW, "SynapseCorrelationCalibQuad", "amp_calibs")


class SynapseMatrix(_Synapses):
    """Weights, labels and calibration bits of all 256 x 256 synapses of a hemisphere."""

    __slots__ = ()
    _coordinate = "SynramOnDLS"
    _quad, _quad_fields, _rows = "SynapseQuad", _ALL, 256
    weights = _values(MATRIX, "SynapseQuad", "weights")
    labels = _values(MATRIX, "SynapseQuad", "labels")
    time_calibs = _values(MATRIX, "SynapseQuad", "time_calibs")
    amp_calibs = _values(MATRIX, "SynapseQuad", "amp_calibs")


class SynapseWeightMatrix(_Synapses):
    """Weights of all 256 x 256 synapses of a hemisphere."""

    __slots__ = ()
    _coordinate = "SynapseWeightMatrixOnDLS"
    _quad, _quad_fields, _rows = "SynapseWeightQuad", {"values": "values"}, 256
    values = _values(MATRIX, "SynapseWeightQuad", "values")


class SynapseLabelMatrix(_Synapses):
    """Labels of all 256 x 256 synapses of a hemisphere."""

    __slots__ = ()
    _coordinate = "SynapseLabelMatrixOnDLS"
    _quad, _quad_fields, _rows = "SynapseLabelQuad", {"values": "values"}, 256
    values = _values(MATRIX, "SynapseLabelQuad", "values")


class SynapseCorrelationCalibMatrix(_Synapses):
    """Correlation calibration bits of all 256 x 256 synapses of a hemisphere."""

    __slots__ = ()
    _coordinate = "SynapseCorrelationCalibMatrixOnDLS"
    _quad, _quad_fields, _rows = "SynapseCorrelationCalibQuad", _CALIBS, 256
    time_calibs = _values(MATRIX, "SynapseCorrelationCalibQuad", "time_calibs")
    amp_calibs = _values(MATRIX, "SynapseCorrelationCalibQuad", "amp_calibs")


for _kind in (SynapseRow, SynapseWeightRow, SynapseLabelRow, SynapseCorrelationCalibRow,
              SynapseMatrix, SynapseWeightMatrix, SynapseLabelMatrix,
              SynapseCorrelationCalibMatrix):
    for _name, _type in _quad_types(_kind._quad).items():
        setattr(_kind, _name, _type)


class _Columns(Aggregate):
    """Switches of all columns of a hemisphere."""

    __slots__ = ()
    _quad: ClassVar[str]
    differential_write = True

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        positions = _positions(1)
        arrays = type(self).values.arrays(self._data)  # type: ignore[attr-defined]
        return [Part(self._quad, e * len(positions) + np.arange(len(positions)),
                     {name: (array, positions) for name, array in arrays.items()})]


class ColumnCorrelationRow(_Columns):
    """What the CADC channels of all columns of a hemisphere are connected to."""

    __slots__ = ()
    _coordinate = "ColumnCorrelationRowOnDLS"
    _quad = "ColumnCorrelationQuad"
    values = Records("ColumnCorrelationQuad", "SynapseOnSynapseRow", "ColumnCorrelationSwitch")


class ColumnCurrentRow(_Columns):
    """Which synaptic currents of all columns of a hemisphere reach the neurons."""

    __slots__ = ()
    _coordinate = "ColumnCurrentRowOnDLS"
    _quad = "ColumnCurrentQuad"
    values = Records("ColumnCurrentQuad", "SynapseOnSynapseRow", "ColumnCurrentSwitch")


ColumnCorrelationRow.ColumnCorrelationSwitch = (  # type: ignore[attr-defined]
    container_class("ColumnCorrelationQuad").ColumnCorrelationSwitch)
ColumnCurrentRow.ColumnCurrentSwitch = (  # type: ignore[attr-defined]
    container_class("ColumnCurrentQuad").ColumnCurrentSwitch)


class CorrelationResetRow(Aggregate):
    """Writing it resets the correlation sensors of one row of synapses."""

    __slots__ = ()
    _coordinate = "CorrelationResetRowOnDLS"
    readable = False

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        quads = coordinate("SynapseQuadColumnOnDLS").size
        return [Part("CorrelationReset", e * quads + np.arange(quads), {})]
