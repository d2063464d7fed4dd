"""Samples of the parallel ADCs.

The first quad that is read with a trigger starts the conversion of all columns of its
hemisphere; the others are then read from the buffer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stadls.aggregate import Aggregate, Numbers
from stadls.hal.types import container_class
from stadls.halco.types import coordinate
from stadls.parts import Part, Transfer

from .synapse import columns_of_quads, shades

CAUSAL, ACAUSAL = 0, 1
TRIGGER, BUFFERED = 0, 1


def _enums(synram: int, row: int, kind: int, quads: npt.NDArray[np.int64],
           readout: int) -> npt.NDArray[np.int64]:
    """Enums of ``CADCSampleQuadOnDLS``."""
    rows = coordinate("SynapseRowOnSynram").size
    columns = coordinate("SynapseQuadColumnOnDLS").size
    outer = (synram * 2 + readout) * 2 + kind
    return (outer * rows + row) * columns + quads


def _samples(index: tuple[str, ...]) -> Any:
    return Numbers(index, "CADCSampleQuad", "sample", np.uint64, stored=np.uint8)


class _Samples(Aggregate):
    __slots__ = ()
    _backends = ("Omnibus",)
    writable = False
    _shown = staticmethod(shades)

    def _part(self, name: str, place: int, enums: npt.NDArray[np.int64],
              quads: npt.NDArray[np.int64]) -> Part:
        """Some quads of row ``place`` of an array of samples."""
        columns = columns_of_quads()[quads]
        width = coordinate("SynapseOnSynapseRow").size
        return Part("CADCSampleQuad", enums, {"sample": (self._data[name],
                                                         place * width + columns)})


class CADCSampleRow(_Samples):
    """Samples of all columns of one hemisphere, with one row of synapses selected."""

    __slots__ = ()
    _coordinate = "CADCSampleRowOnDLS"
    causal = _samples(("SynapseOnSynapseRow",))
    acausal = _samples(("SynapseOnSynapseRow",))

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        synram, row = divmod(e, coordinate("SynapseRowOnSynram").size)
        first, rest, every = np.arange(1), np.arange(1, 64), np.arange(64)
        return [
            self._part("causal", 0, _enums(synram, row, CAUSAL, first, TRIGGER), first),
            self._part("causal", 0, _enums(synram, row, CAUSAL, rest, BUFFERED), rest),
            self._part("acausal", 0, _enums(synram, row, ACAUSAL, every, BUFFERED), every)]


class CADCSamples(_Samples):
    """Samples of all columns of both hemispheres, converted almost at the same time."""

    __slots__ = ()
    _coordinate = "CADCSamplesOnDLS"
    causal = _samples(("SynramOnDLS", "SynapseOnSynapseRow"))
    acausal = _samples(("SynramOnDLS", "SynapseOnSynapseRow"))

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        first, rest, every = np.arange(1), np.arange(1, 64), np.arange(64)
        synrams = range(coordinate("SynramOnDLS").size)
        parts: list[Transfer] = [
            self._part("causal", s, _enums(s, 0, CAUSAL, first, TRIGGER), first)
            for s in synrams]
        for s in synrams:
            parts.append(self._part("causal", s, _enums(s, 0, CAUSAL, rest, BUFFERED), rest))
            parts.append(self._part("acausal", s, _enums(s, 0, ACAUSAL, every, BUFFERED), every))
        return parts


for _kind in (CADCSampleRow, CADCSamples):
    setattr(_kind, "Value", container_class("CADCSampleQuad").Value)  # noqa: B010
