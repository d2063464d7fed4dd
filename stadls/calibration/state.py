"""What is configured on a chip: fields of containers in arrays, and the words they make.

Calibrations change single fields of many containers, again and again. `ChipState` keeps all
fields of the containers that were touched, encodes them in one pass and tells which words
differ from those that were written last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from fisch import registers
from stadls.calibration.constants import CAPMEM_MAX, COLUMNS, NEURONS, QUADRANTS

__all__ = ["ChipState", "Words", "block_cells", "chip_cell", "neuron_cells"]

Words = tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]

_CELL = "CapMemCell"
_ROWS, _CELLS_PER_BLOCK = 130, 3120


@cache
def neuron_cells(name: str) -> npt.NDArray[np.int64]:
    """Enums of ``CapMemCellOnDLS`` of a neuron parameter, shape (512,), by neuron.

    Parameters
    ----------
    name
        Name of the row, e.g. ``v_leak``.

    Raises
    ------
    KeyError
        No such parameter.
    """
    row = registers.raw_coordinates()["CapMemRowOnCapMemBlock"]["constants"][name]
    neuron = np.arange(NEURONS)
    hemisphere, column = neuron // COLUMNS, neuron % COLUMNS
    cells: npt.NDArray[np.int64] = (
        _CELLS_PER_BLOCK * (2 * hemisphere + column // 128) + _ROWS * row + column % 128)
    cells.setflags(write=False)
    return cells


@cache
def block_cells(name: str) -> npt.NDArray[np.int64]:
    """Enums of ``CapMemCellOnDLS`` of a parameter that each quadrant has, shape (4,)."""
    cell = registers.raw_coordinates()["CapMemCellOnCapMemBlock"]["constants"][name]
    cells: npt.NDArray[np.int64] = _CELLS_PER_BLOCK * np.arange(QUADRANTS) + cell
    cells.setflags(write=False)
    return cells


def chip_cell(name: str) -> int:
    """Enum of ``CapMemCellOnDLS`` of a parameter that the chip has once."""
    return int(registers.raw_coordinates()["CapMemCellOnDLS"]["constants"][name])


def _default(name: str) -> dict[str, npt.NDArray[Any]]:
    """Fields of all containers of a type with their defaults."""
    container = registers.container(name)
    assert container.coordinate_size is not None
    result = {}
    for key, declared in container.fields.items():
        values = _numbers(declared, declared.default)
        kind: Any = np.bool_ if declared.type == "bool" else np.int64
        shape = (container.coordinate_size, *declared.shape)
        result[key] = np.broadcast_to(np.array(values, kind), shape).copy()
    return result


def _numbers(declared: Any, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_numbers(declared, v) for v in value]
    if declared.type == "bool":
        return bool(value)
    return declared.to_raw(value) - declared.bias


class ChipState:
    """Fields of containers as arrays; encodes what changed.

    A container takes part once a field of it is set; its other fields have their defaults
    then.
    """

    def __init__(self) -> None:
        self._fields: dict[str, dict[str, npt.NDArray[Any]]] = {}
        self._known: dict[str, npt.NDArray[np.bool_]] = {}
        self._written: dict[str, tuple[npt.NDArray[np.uint32], npt.NDArray[np.bool_]]] = {}
        self._dirty: set[str] = set()

    @classmethod
    def nominal(cls, revision: str = "v3") -> ChipState:
        """State of the nominal hagen configuration, see `stadls.nominal`.

        Raises
        ------
        ValueError
            Unknown revision.
        """
        from stadls import nominal

        state = cls()
        state.take(*nominal.hagen_words(revision))
        return state

    def take(self, addresses: npt.ArrayLike, words: npt.ArrayLike) -> None:
        """Take over a configuration that was encoded by complete containers of a type.

        Parameters
        ----------
        addresses, words
            Omnibus writes, shape (n,). What belongs to no container is left out.
        """
        order = np.argsort(np.asarray(addresses), kind="stable")
        known = np.asarray(addresses, np.uint32)[order]
        values = np.asarray(words, np.uint32)[order]
        for name in _configurable():
            where = _addresses(name)
            position = np.searchsorted(known, where.ravel()).clip(max=len(known) - 1)
            if len(known) and (known[position] == where.ravel()).all():
                block = values[position].reshape(where.shape)
                self._fields[name] = {
                    k: v.copy() for k, v in registers.decode_block(
                        name, block, np.arange(len(block))).items()}
                self._known[name] = np.ones(len(block), np.bool_)
                self._dirty.add(name)

    def get(self, name: str, field: str) -> npt.NDArray[Any]:
        """Copy of a field of all containers of a type, shape (n, ...)."""
        return self._touched(name)[field].copy()

    def _touched(self, name: str) -> dict[str, npt.NDArray[Any]]:
        if name not in self._fields:
            self._fields[name] = _default(name)
            size = registers.container(name).coordinate_size
            self._known[name] = np.zeros(size or 0, np.bool_)
        return self._fields[name]

    def set(self, name: str, where: Any = None, **values: Any) -> None:
        """Set fields.

        Parameters
        ----------
        name
            Container.
        where
            Enums of its coordinates, or anything that indexes them; all if None.
        **values
            By field: numbers, names of an enum's members, or arrays of the containers at
            ``where``.

        Raises
        ------
        KeyError
            No such container or field.
        FieldRangeError
            A value is out of range (a ValueError).
        """
        fields = self._touched(name)
        declared = registers.container(name).fields
        checked = {}
        for key, value in values.items():
            if key not in declared:
                raise KeyError(f"{name} has no field {key}")
            what = declared[key]
            given = np.asarray(_numbers(what, value) if isinstance(value, str) else value)
            low, high = (0, 1) if what.type == "bool" else (what.minimum, what.maximum)
            if given.size and (given.min() < low or given.max() > high):
                wrong = given.min() if given.min() < low else given.max()
                raise registers.FieldRangeError(name, key, wrong.item(), (low, high))
            checked[key] = given
        chosen = slice(None) if where is None else where
        for key, given in checked.items():
            fields[key][chosen] = given
        self._known[name][chosen] = True
        self._dirty.add(name)

    def cells(self, cells: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Codes of some CapMem cells."""
        found: npt.NDArray[np.int64] = self._touched(_CELL)["value"][np.asarray(cells)]
        return found

    def set_cells(self, cells: npt.ArrayLike, codes: npt.ArrayLike) -> None:
        """Set codes of CapMem cells.

        Raises
        ------
        FieldRangeError
            A code is not within 0 to 1022 (a ValueError).
        """
        array = np.asarray(codes)
        if array.dtype.kind not in "iu":
            raise TypeError(f"CapMem codes are integers, not {array.dtype}")
        if array.size and (array.min() < 0 or array.max() > CAPMEM_MAX):
            wrong = array.min() if array.min() < 0 else array.max()
            raise registers.FieldRangeError(_CELL, "value", int(wrong), (0, CAPMEM_MAX))
        self._touched(_CELL)["value"][np.asarray(cells)] = array
        self._known[_CELL][np.asarray(cells)] = True
        self._dirty.add(_CELL)

    def set_neuron_cells(self, values: Mapping[str, npt.ArrayLike]) -> None:
        """Set neuron parameters, by name of the row: a number, or 512 by neuron."""
        for name, codes in values.items():
            self.set_cells(neuron_cells(name), codes)

    def set_block_cells(self, values: Mapping[str, npt.ArrayLike]) -> None:
        """Set parameters of quadrants, by name: a number, or 4 by quadrant."""
        for name, codes in values.items():
            self.set_cells(block_cells(name), codes)

    def set_chip_cells(self, values: Mapping[str, int]) -> None:
        """Set parameters that the chip has once, by name."""
        for name, code in values.items():
            self.set_cells(chip_cell(name), code)

    def words(self) -> Words:
        """Addresses and words of everything that was set."""
        found = []
        for name, known in self._known.items():
            found.append((_addresses(name)[known].ravel(), self._encode(name)[known].ravel()))
        return _joined(found)

    def containers(self) -> Iterator[tuple[str, int, list[int]]]:
        """Everything that was set: name of the container, enum of its place, words."""
        for name, known in self._known.items():
            words = self._encode(name)
            for enum in np.flatnonzero(known).tolist():
                yield name, enum, words[enum].tolist()

    def pending(self) -> Words:
        """Addresses and words that were set and differ from what this method returned before."""
        found = []
        for name in [n for n in self._fields if n in self._dirty]:
            words, changed = self._encode(name), self._known[name].copy()
            if name in self._written:
                before, there = self._written[name]
                changed &= ~there | (words != before).any(axis=1)
            found.append((_addresses(name)[changed].ravel(), words[changed].ravel()))
            self._written[name] = words, self._known[name].copy()
        self._dirty.clear()
        return _joined(found)

    def encoded(self, name: str) -> npt.NDArray[np.uint32]:
        """Words of all containers of a type, shape (n, words)."""
        self._touched(name)
        return self._encode(name)

    def forget(self) -> None:
        """Take nothing for written any more."""
        self._written.clear()
        self._dirty.update(self._fields)

    def _encode(self, name: str) -> npt.NDArray[np.uint32]:
        fields = self._fields[name]
        n = len(next(iter(fields.values())))
        words: npt.NDArray[np.uint32] = registers.encode_block(name, fields, n, np.arange(n))
        return words


def _joined(parts: list[tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]]) -> Words:
    if not parts:
        return np.empty(0, np.uint32), np.empty(0, np.uint32)
    return (np.concatenate([a for a, _ in parts]).astype(np.uint32, copy=False),
            np.concatenate([w for _, w in parts]).astype(np.uint32, copy=False))


@cache
def _addresses(name: str) -> npt.NDArray[np.uint32]:
    size = registers.container(name).coordinate_size
    assert size is not None
    return registers.addresses(name, np.arange(size), "Omnibus")


@cache
def _configurable() -> tuple[str, ...]:
    """Containers of the nominal configuration."""
    return ("CapMemCell", "CapMemBlockConfig", "SynapseBiasSelection", "CommonSTPConfig",
            "CommonPADIBusConfig", "SynapseDriverConfig", "CommonNeuronBackendConfig",
            "NeuronBackendConfig", "NeuronConfig", "ColumnCurrentQuad", "ColumnCorrelationQuad",
            "CADCConfig", "CADCChannelConfig", "CommonCorrelationConfig")
