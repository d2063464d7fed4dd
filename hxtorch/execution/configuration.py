"""Static configuration of an execution instance, and what the chip is known to hold of it.

The configuration of a product covers the crossbar, the PADI buses, all synapse drivers and all
synapses: 66,382 words. An image of what was written last lets a product write only what is
different.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from fisch import registers
from hxtorch.execution import _stream
from hxtorch.execution.partition import COLUMNS, HEMISPHERES, ROWS

U32 = npt.NDArray[np.uint32]

_NODES, _BUSES, _DRIVERS, _QUADS = 76, 4, 128, 64
_ROWS = 256
#: Crossbar input of the first of four SPL1 channels from the FPGA.
_SPL1_INPUT = 8
#: Label bit that chooses the hemisphere.
_HEMISPHERE_BIT = 13


@dataclass(frozen=True)
class Placement:
    """What one hemisphere of an execution instance computes.

    Attributes
    ----------
    rows, columns : range
        Part of the matrix; may be empty.
    """

    rows: range
    columns: range


@dataclass(frozen=True)
class Layout:
    """Addresses of the whole static configuration, in the order in which they are written."""

    addresses: U32
    crossbar: slice
    padi: slice
    drivers: slice
    weights: slice
    labels: slice

    @property
    def size(self) -> int:
        """Number of words."""
        return len(self.addresses)


@lru_cache(maxsize=1)
def layout() -> Layout:
    """Compute the addresses from the register map."""
    counts = {
        "CrossbarNode": _NODES,
        "CommonPADIBusConfig": HEMISPHERES,
        "SynapseDriverConfig": HEMISPHERES * _DRIVERS,
        "SynapseWeightQuad": HEMISPHERES * _ROWS * _QUADS,
        "SynapseLabelQuad": HEMISPHERES * _ROWS * _QUADS,
    }
    parts = [registers.addresses(name, np.arange(n)).ravel() for name, n in counts.items()]
    ends = np.cumsum([len(part) for part in parts])
    slices = [slice(int(e) - len(p), int(e)) for e, p in zip(ends, parts, strict=True)]
    addresses = np.concatenate(parts)
    addresses.setflags(write=False)
    return Layout(addresses, *slices)


@lru_cache(maxsize=1)
def weight_codes() -> npt.NDArray[np.uint8]:
    """Bits of a weight in its byte lane, shape (64,)."""
    values = np.zeros((64, 4), dtype=np.int64)
    values[:, 3] = np.arange(64)
    codes = registers.encode_block("SynapseWeightQuad", {"values": values}).ravel()
    # entry 3 is the lowest byte lane: the codes fit a byte
    return codes.astype(np.uint8)


@lru_cache(maxsize=1)
def column_lanes() -> npt.NDArray[np.int32]:
    """Byte of each column in a synapse row of 64 little-endian words, shape (256,)."""
    columns = np.arange(COLUMNS)
    quad = registers.convert("SynapseOnSynapseRow", "SynapseQuadColumnOnDLS", columns)
    entry = registers.convert("SynapseOnSynapseRow", "EntryOnQuad", columns)
    marked = registers.encode_block("SynapseLabelQuad", {"values": np.eye(4, dtype=np.int64)})
    lane_of_entry = np.log2(marked.ravel()).astype(np.int64) // 8
    return (4 * quad + lane_of_entry[entry]).astype(np.int32)


@lru_cache(maxsize=1)
def _spl1_nodes() -> npt.NDArray[np.int64]:
    """Crossbar node from SPL1 channel b to PADI bus b of hemisphere h, shape (2, 4)."""
    nodes = np.arange(_NODES)
    source = registers.convert("CrossbarNodeOnDLS", "CrossbarInputOnDLS", nodes)
    target = registers.convert("CrossbarNodeOnDLS", "CrossbarOutputOnDLS", nodes)
    found = [
        [
            np.flatnonzero((source == _SPL1_INPUT + bus) & (target == _BUSES * side + bus))[0]
            for bus in range(_BUSES)
        ]
        for side in range(HEMISPHERES)
    ]
    return np.array(found)


@lru_cache(maxsize=1)
def _node_words() -> tuple[int, U32]:
    """Word of a node that drops everything, and of nodes that pass one hemisphere's events."""
    (drop_all,) = registers.encode("CrossbarNode", {"mask": 0, "target": 1})
    passing = [
        registers.encode(
            "CrossbarNode",
            {
                "mask": 1 << _HEMISPHERE_BIT,
                "target": side << _HEMISPHERE_BIT,
                "enable_drop_counter": True,
            },
        )[0]
        for side in range(HEMISPHERES)
    ]
    return drop_all, np.array(passing, dtype=np.uint32)


class ChipImage:
    """What the static configuration on the chip is, as far as known, and what it shall be.

    Parameters
    ----------
    base_addresses, base_words : arrays of uint32, shape (n,)
        What was written to the chip before, in order; drivers and PADI buses keep from it what
        a product does not set. Addresses that are not part of the layout are ignored.
    """

    def __init__(self, base_addresses: npt.ArrayLike = (), base_words: npt.ArrayLike = ()) -> None:
        self.layout = layout()
        self.words: U32 = np.zeros(self.layout.size, dtype=np.uint32)
        self.known: npt.NDArray[np.bool_] = np.zeros(self.layout.size, dtype=np.bool_)
        self.wanted: U32 = np.zeros(self.layout.size, dtype=np.uint32)
        self._load(np.asarray(base_addresses, np.uint32), np.asarray(base_words, np.uint32))
        self._prepare_drivers()
        self._prepare_padi()

    def _load(self, addresses: U32, words: U32) -> None:
        order = np.argsort(self.layout.addresses)
        ordered = self.layout.addresses[order]
        place = np.searchsorted(ordered, addresses).clip(max=len(ordered) - 1)
        mine = ordered[place] == addresses
        # the last write of an address counts, as NumPy assigns in order
        self.words[order[place[mine]]] = words[mine]
        self.known[order[place[mine]]] = True

    def _prepare_drivers(self) -> None:
        name = "SynapseDriverConfig"
        default = np.tile(np.array(registers.encode(name), np.uint32), HEMISPHERES * _DRIVERS)
        part = self.layout.drivers
        base = np.where(self.known[part], self.words[part], default).reshape(-1, 3)
        fields = registers.decode_block(name, base)
        modes = registers.container(name).fields["row_mode_bottom"].values
        assert modes is not None

        def words(receiver: bool, bottom: str, top: str, forward: bool = False) -> U32:
            changed = dict(fields)
            changed["enable_receiver"] = np.full(len(base), receiver)
            changed["row_mode_bottom"] = np.full(len(base), modes[bottom])
            changed["row_mode_top"] = np.full(len(base), modes[top])
            changed["row_address_compare_mask"] = np.full(len(base), 0b11111)
            changed["enable_address_out"] = np.full(len(base), forward)
            return registers.encode_block(name, changed).reshape(HEMISPHERES, _DRIVERS, 3)

        # physical row 2i is the driver's bottom one
        self._driving = words(True, "inhibitory", "excitatory")
        self._forwarding = words(True, "inhibitory", "excitatory", forward=True)
        self._silent = words(False, "disabled", "disabled")

    def _prepare_padi(self) -> None:
        name = "CommonPADIBusConfig"
        (default,) = registers.encode(name)
        part = self.layout.padi
        self._padi = np.where(self.known[part], self.words[part], np.uint32(default))
        self._padi_spl1 = np.array(
            [
                registers.encode(name, {"enable_spl1": [i == bus for i in range(_BUSES)]})[0]
                for bus in range(_BUSES)
            ],
            dtype=np.uint32,
        )

    def forget(self) -> None:
        """Take nothing for known: what a failed run has left on the chip cannot be told."""
        self.known[:] = False

    def forget_labels(self) -> None:
        """Take the labels for unknown: they are rewritten within the batch entries."""
        self.known[self.layout.labels] = False

    def place(
        self,
        placements: Sequence[Placement],
        weights: npt.NDArray[np.int8],
        *,
        forward_addresses: bool = False,
    ) -> None:
        """Set `wanted` to the configuration of one execution instance.

        Parameters
        ----------
        placements : sequence of two Placement
            Top and bottom hemisphere. Everything else is silenced: no events, weights 0.
        weights : array of int8, shape (N, M)
            The whole matrix, -63..63.
        forward_addresses : bool
            Let synapses see the five low address bits of events, which hold the activation:
            needed where labels are rewritten for each vector, and on chips of revision v1,
            whose graded pulses are enabled by the same bit.
        """
        driving = self._forwarding if forward_addresses else self._driving
        drop_all, passing = _node_words()
        crossbar = self.wanted[self.layout.crossbar]
        crossbar[:] = drop_all
        padi = self.wanted[self.layout.padi]
        padi[:] = self._padi
        drivers = self.wanted[self.layout.drivers].reshape(HEMISPHERES, _DRIVERS, 3)
        drivers[:] = self._silent
        synapses = self.wanted[self.layout.weights]
        synapses[:] = 0
        by_row = synapses.view(np.uint8).reshape(HEMISPHERES, _ROWS, COLUMNS)
        for side, placement in enumerate(placements):
            rows = len(placement.rows)
            assert rows <= ROWS
            for bus in range(min(rows, _BUSES)):
                crossbar[_spl1_nodes()[side, bus]] = passing[side]
                padi[side] |= self._padi_spl1[bus]
            drivers[side, :rows] = driving[side, :rows]
            part = weights[
                placement.rows.start : placement.rows.stop,
                placement.columns.start : placement.columns.stop,
            ]
            _stream.encode_weights(part, weight_codes(), column_lanes(), by_row[side])

    def changes(self, everything: bool = False, labels: bool = True) -> npt.NDArray[np.int64]:
        """Indices of the words to write.

        Parameters
        ----------
        everything : bool
            All words, not only those that differ.
        labels : bool
            Labels included.
        """
        end = self.layout.size if labels else self.layout.labels.start
        if everything:
            return np.arange(end)
        differs = (self.wanted[:end] != self.words[:end]) | ~self.known[:end]
        return np.flatnonzero(differs)

    def commit(self, index: npt.NDArray[np.int64]) -> None:
        """Take the words of these indices as written."""
        self.words[index] = self.wanted[index]
        self.known[index] = True
