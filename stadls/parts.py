"""Which registers an aggregate consists of, and the passes that encode and decode them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fisch import registers

__all__ = ["Interleaved", "Part", "Transfer"]

ALL_BYTES = 0xF


class Transfer(Protocol):
    """Words that are transferred together, in this order."""

    @property
    def rows(self) -> int:
        """Number of equal pieces."""

    @property
    def byte_enables(self) -> int:
        """4-bit mask of the bytes that a write changes; bit 3 is the most significant byte."""

    def encode(self) -> npt.NDArray[np.uint32]:
        """Words, shape (rows, words)."""

    def addresses(self, backend: str, write: bool = True) -> npt.NDArray[np.uint32]:
        """Addresses of the words, same shape."""

    def address_type(self, backend: str) -> str:
        """Name of the coordinate type of the addresses."""

    def read_words(self) -> int:
        """Total number of words of a read."""

    def store(self, words: npt.NDArray[np.uint32]) -> None:
        """Put read words, in order, into the arrays of the aggregate."""


@dataclass(frozen=True, slots=True)
class Part:
    """Containers of one type that belong to an aggregate.

    Attributes
    ----------
    container
        Name of the container type.
    enums
        Enums of the containers, shape (n,), in the order of transfer.
    fields
        ``{field: (array, index)}``: the field's values, shape (n, ...), are
        ``array.reshape(-1)[index]``, or the whole array if ``index`` is None.
    byte_enables
        Mask of the bytes that are written.
    """

    container: str
    enums: npt.NDArray[np.int64]
    fields: Mapping[str, tuple[npt.NDArray[Any], npt.NDArray[np.intp] | None]]
    byte_enables: int = ALL_BYTES

    @property
    def rows(self) -> int:
        """Number of containers."""
        return len(self.enums)

    def encode(self) -> npt.NDArray[np.uint32]:
        """Words, shape (n, words)."""
        declared = registers.container(self.container).fields
        values = {name: array.reshape(self.rows, *declared[name].shape) if index is None
                  else array.reshape(-1).take(index)
                  for name, (array, index) in self.fields.items()}
        words: npt.NDArray[np.uint32] = registers.encode_block(
            self.container, values, self.rows, self.enums)
        return words

    def addresses(self, backend: str, write: bool = True) -> npt.NDArray[np.uint32]:
        """Addresses, shape (n, words)."""
        return registers.addresses(self.container, self.enums, backend, write)

    def address_type(self, backend: str) -> str:
        """Name of the coordinate type of the addresses."""
        name: str = registers.container(self.container).backend(backend)["address_type"]
        return name

    def read_words(self) -> int:
        """Total number of words of a read."""
        return registers.container(self.container).read_words * self.rows

    def store(self, words: npt.NDArray[np.uint32]) -> None:
        """Put the fields of read words into the arrays."""
        found = registers.decode_block(self.container, words.reshape(self.rows, -1), self.enums)
        for name, (array, index) in self.fields.items():
            if index is None:
                array[...] = found[name].reshape(array.shape)
            else:
                array.reshape(-1)[index] = found[name]


class Interleaved:
    """Several parts that are transferred in turns.

    Row ``i`` consists of the share of every part: of a part with ``k rows`` containers, ``k``
    containers from ``k i`` on.
    """

    __slots__ = ("parts", "rows")
    byte_enables = ALL_BYTES

    def __init__(self, parts: Sequence[Part], rows: int):
        self.parts = tuple(parts)
        self.rows = rows

    def encode(self) -> npt.NDArray[np.uint32]:
        """Words, shape (rows, words)."""
        return np.concatenate([p.encode().reshape(self.rows, -1) for p in self.parts], axis=1)

    def addresses(self, backend: str, write: bool = True) -> npt.NDArray[np.uint32]:
        """Addresses, shape (rows, words)."""
        return np.concatenate([p.addresses(backend, write).reshape(self.rows, -1)
                               for p in self.parts], axis=1)

    def address_type(self, backend: str) -> str:
        """Name of the coordinate type of the addresses."""
        return self.parts[0].address_type(backend)

    def read_words(self) -> int:
        """Total number of words of a read."""
        return sum(p.read_words() for p in self.parts)

    def store(self, words: npt.NDArray[np.uint32]) -> None:
        """Put read words into the arrays."""
        table = words.reshape(self.rows, -1)
        begin = 0
        for part in self.parts:
            end = begin + part.read_words() // self.rows
            part.store(np.ascontiguousarray(table[:, begin:end]))
            begin = end
