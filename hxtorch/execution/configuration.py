"""Static configuration of an execution instance, and what the chip is known to hold of it.

The configuration of a product covers the crossbar, the PADI buses, all synapse drivers and all
synapses: 66,382 words. An image of what was written last lets a product write only what is
different.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from fisch import registers
from hxtorch.errors import RangeError
from hxtorch.execution import _stream
from hxtorch.execution.partition import BUSES, COLUMNS, DRIVERS, HEMISPHERES
from hxtorch.graph.rows import RowLayout, RowMode, row_layout

U32 = npt.NDArray[np.uint32]

_NODES, _QUADS, _ROWS = 76, 64, 256
#: Crossbar input of the first of four SPL1 channels from the FPGA.
_SPL1_INPUT = 8
#: Label bit that chooses the hemisphere.
_HEMISPHERE_BIT = 13
#: Label of synapses that answer to events with the highest bit set.
UPPER_LABEL = 32
#: Row modes of a driver that is off.
_SILENT = ("disabled", "disabled")


@dataclass(frozen=True, slots=True)
class Placement:
    """What one hemisphere of an execution instance computes.

    Attributes
    ----------
    layout : RowLayout
        Drivers and rows of its input channels; may be empty.
    weights : array of int8, shape (channels, columns)
        Part of the matrix, -63..63.
    """

    layout: RowLayout
    weights: npt.NDArray[np.int8]

    @property
    def columns(self) -> range:
        """Columns in use, from 0."""
        return range(self.weights.shape[1])

    @classmethod
    def empty(cls) -> Placement:
        """Return the placement of nothing."""
        return cls(row_layout(RowMode.SIGNED, 0), np.empty((0, 0), np.int8))


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
        "SynapseDriverConfig": HEMISPHERES * DRIVERS,
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
def weight_bits() -> npt.NDArray[np.uint8]:
    """What each of the six bits of a weight becomes in its byte lane, shape (6,)."""
    values = np.zeros((6, 4), dtype=np.int64)
    values[:, 3] = 1 << np.arange(6)
    codes = registers.encode_block("SynapseWeightQuad", {"values": values}).ravel()
    # entry 3 is the lowest byte lane: the codes fit a byte
    return codes.astype(np.uint8)


@lru_cache(maxsize=1)
def _label_codes() -> npt.NDArray[np.uint8]:
    """Bits of a label in its byte lane, shape (64,)."""
    values = np.zeros((64, 4), dtype=np.int64)
    values[:, 3] = np.arange(64)
    return registers.encode_block("SynapseLabelQuad", {"values": values}).ravel().astype(np.uint8)


@lru_cache(maxsize=1)
def _spl1_nodes() -> npt.NDArray[np.int64]:
    """Crossbar node from SPL1 channel b to PADI bus b of hemisphere h, shape (2, 4)."""
    nodes = np.arange(_NODES)
    source = registers.convert("CrossbarNodeOnDLS", "CrossbarInputOnDLS", nodes)
    target = registers.convert("CrossbarNodeOnDLS", "CrossbarOutputOnDLS", nodes)
    found = [
        [
            np.flatnonzero((source == _SPL1_INPUT + bus) & (target == BUSES * side + bus))[0]
            for bus in range(BUSES)
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
        # what was placed last, and whether the chip is known to hold all of it
        self._placed: list[Placement] | None = None
        self._forwarding = False
        self._settled = False
        self._load(np.asarray(base_addresses, np.uint32), np.asarray(base_words, np.uint32))
        self._driver_base = self._fields_of_drivers()
        self._driver_words: dict[tuple[str, str, bool], U32] = {}
        self._prepare_padi()

    def _load(self, addresses: U32, words: U32) -> None:
        order = np.argsort(self.layout.addresses)
        ordered = self.layout.addresses[order]
        place = np.searchsorted(ordered, addresses).clip(max=len(ordered) - 1)
        mine = ordered[place] == addresses
        # the last write of an address counts, as NumPy assigns in order
        self.words[order[place[mine]]] = words[mine]
        self.known[order[place[mine]]] = True

    def _fields_of_drivers(self) -> dict[str, Any]:
        name = "SynapseDriverConfig"
        default = np.tile(np.array(registers.encode(name), np.uint32), HEMISPHERES * DRIVERS)
        part = self.layout.drivers
        base = np.where(self.known[part], self.words[part], default).reshape(-1, 3)
        return dict(registers.decode_block(name, base))

    def _drivers(self, lower: str, upper: str, forward: bool) -> U32:
        """Words of all drivers with these row modes, shape (2, 128, 3); both disabled: silent."""
        key = (lower, upper, forward)
        if key not in self._driver_words:
            name = "SynapseDriverConfig"
            modes = registers.container(name).fields["row_mode_bottom"].values
            assert modes is not None
            changed = dict(self._driver_base)
            count = HEMISPHERES * DRIVERS
            receiver = (lower, upper) != _SILENT
            changed["enable_receiver"] = np.full(count, receiver)
            # the even physical row is the driver's bottom one
            changed["row_mode_bottom"] = np.full(count, modes[lower])
            changed["row_mode_top"] = np.full(count, modes[upper])
            changed["row_address_compare_mask"] = np.full(count, 0b11111)
            changed["enable_address_out"] = np.full(count, forward)
            words = registers.encode_block(name, changed)
            self._driver_words[key] = words.reshape(HEMISPHERES, DRIVERS, 3)
        return self._driver_words[key]

    def _prepare_padi(self) -> None:
        name = "CommonPADIBusConfig"
        (default,) = registers.encode(name)
        part = self.layout.padi
        self._padi = np.where(self.known[part], self.words[part], np.uint32(default))
        self._padi_spl1 = np.array(
            [
                registers.encode(name, {"enable_spl1": [i == bus for i in range(BUSES)]})[0]
                for bus in range(BUSES)
            ],
            dtype=np.uint32,
        )

    def forget(self) -> None:
        """Take nothing for known: what a failed run has left on the chip cannot be told."""
        self.known[:] = False
        self._settled = False

    def forget_labels(self) -> None:
        """Take the labels for unknown: they are rewritten within the batch entries."""
        self.known[self.layout.labels] = False
        self._settled = False

    def place(self, placements: Sequence[Placement], *, forward_addresses: bool = False) -> None:
        """Set `wanted` to the configuration of one execution instance.

        What sends no events is silenced: crossbar nodes drop, drivers are off. Synapses of rows
        that nothing drives have no effect and are left as they are.

        Parameters
        ----------
        placements : sequence of two Placement
            Top and bottom hemisphere.
        forward_addresses : bool
            Let synapses see the five low address bits of events, which hold the activation:
            needed where labels are rewritten for each vector, and on chips of revision v1,
            whose graded pulses are enabled by the same bit.

        Raises
        ------
        OverflowError
            A weight has a sign that its row does not offer.
        """
        if self._is_placed(placements, forward_addresses):
            return
        self._placed = None
        drop_all, passing = _node_words()
        crossbar = self.wanted[self.layout.crossbar]
        crossbar[:] = drop_all
        padi = self.wanted[self.layout.padi]
        padi[:] = self._padi
        drivers = self.wanted[self.layout.drivers].reshape(HEMISPHERES, DRIVERS, 3)
        drivers[:] = self._drivers(*_SILENT, False)
        for side, placement in enumerate(placements):
            layout = placement.layout
            for bus in range(min(layout.drivers, BUSES)):
                crossbar[_spl1_nodes()[side, bus]] = passing[side]
                padi[side] |= self._padi_spl1[bus]
            for modes, chosen in layout.driver_modes:
                words = self._drivers(*modes, forward_addresses)[side]
                drivers[side, chosen] = words[chosen]
            self._place_synapses(side, placement)
        self._placed = [
            Placement(placement.layout, placement.weights.copy()) for placement in placements
        ]
        self._forwarding = forward_addresses
        self._settled = False

    def _is_placed(self, placements: Sequence[Placement], forward_addresses: bool) -> bool:
        """Whether `wanted` is this already, as where a product is repeated."""
        return (
            self._placed is not None
            and self._forwarding is forward_addresses
            and all(
                old.layout is new.layout and np.array_equal(old.weights, new.weights)
                for old, new in zip(self._placed, placements, strict=True)
            )
        )

    def _place_synapses(self, side: int, placement: Placement) -> None:
        layout = placement.layout
        shape = (HEMISPHERES, _ROWS, COLUMNS)
        weights = self.wanted[self.layout.weights].view(np.uint8).reshape(shape)[side]
        labels = self.wanted[self.layout.labels].view(np.uint8).reshape(shape)[side]
        # rows of drivers of which only one is in use
        weights[layout.idle] = 0
        labels[: 2 * layout.drivers] = 0
        labels[2 * layout.driver[layout.upper] + 1] = _label_codes()[UPPER_LABEL]
        good = _stream.encode_weights(
            placement.weights,
            weight_bits(),
            layout.negative,
            layout.positive,
            weights,
        )
        if not good:
            raise RangeError(
                "a weight",
                "of a sign that its row does not offer",
                "0..63 on excitatory rows, -63..0 on inhibitory ones",
            )

    def changes(self, everything: bool = False, labels: bool = True) -> npt.NDArray[np.int64]:
        """Indices of the words to write.

        Parameters
        ----------
        everything : bool
            All words, not only those that differ.
        labels : bool
            Labels included.
        """
        if self._settled and not everything:
            return np.empty(0, dtype=np.int64)
        end = self.layout.size if labels else self.layout.labels.start
        if everything:
            return np.arange(end)
        differs = self.wanted[:end] != self.words[:end]
        differs |= ~self.known[:end]
        return np.flatnonzero(differs)

    def commit(self, index: npt.NDArray[np.int64]) -> None:
        """Take the words of these indices as written."""
        self.words[index] = self.wanted[index]
        self.known[index] = True
        self._settled = bool(self.known.all()) and np.array_equal(self.words, self.wanted)
