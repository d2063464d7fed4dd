"""Memories outside of the chip that the plasticity processors reach through the FPGA."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from fisch import registers
from stadls.aggregate import Aggregate, Records
from stadls.errors import RangeOverflowError, RangeUnderflowError
from stadls.hal.types import container_class
from stadls.halco.types import coordinate
from stadls.parts import ALL_BYTES, Part, Transfer

BYTES_PER_WORD = 4
BYTE_MAX = 0xFF


class MemorySizeError(RuntimeError):
    """A block of memory does not have the size of the place it is meant for."""

    def __init__(self, size: int, place: Any) -> None:
        super().__init__(size, place)
        self.size = size
        self.place = place

    def __str__(self) -> str:
        return f"{self.size} bytes do not fit {self.place!r}"


class ByteCountError(ValueError):
    """Not as many bytes as the block has were assigned."""


def _numbers(values: Iterable[Any]) -> npt.NDArray[np.uint8]:
    """Bytes from bytes, numbers or ``ExternalPPUMemoryByte``."""
    if isinstance(values, bytes | bytearray | memoryview):
        return np.frombuffer(values, np.uint8)
    if isinstance(values, np.ndarray):
        array = values
    else:
        array = np.array([int(v.value) if hasattr(v, "value") and not callable(v.value) else int(v)
                          for v in values], np.int64)
    if array.size and int(array.max()) > BYTE_MAX:
        raise RangeOverflowError("ExternalPPUMemoryByte.Value", int(array.max()), 0, BYTE_MAX)
    if array.size and int(array.min()) < 0:
        raise RangeUnderflowError("ExternalPPUMemoryByte.Value", int(array.min()), 0, BYTE_MAX)
    return array.astype(np.uint8)


class _Edge(Part):
    """One word of which only some bytes belong to the block."""

    def store(self, words: npt.NDArray[np.uint32]) -> None:
        """Take the bytes that belong to the block."""
        found = registers.decode_block(self.container, words.reshape(1, -1), self.enums)
        array, index = self.fields["quad"]
        chosen = [bool(self.byte_enables >> (BYTES_PER_WORD - 1 - i) & 1)
                  for i in range(BYTES_PER_WORD)]
        assert index is not None
        array[index[chosen]] = found["quad"][0][chosen]

    def encode(self) -> npt.NDArray[np.uint32]:
        """Word with zeros for the bytes of others."""
        array, index = self.fields["quad"]
        assert index is not None
        quad = np.array([array[i] if self.byte_enables >> (BYTES_PER_WORD - 1 - k) & 1 else 0
                         for k, i in enumerate(index.tolist())])
        words: npt.NDArray[np.uint32] = registers.encode_block(
            self.container, {"quad": quad[None, :]}, 1, self.enums)
        return words


def byte_parts(container: str, data: npt.NDArray[np.uint8], first: int) -> list[Transfer]:
    """Words that hold consecutive bytes; only these bytes are written.

    Parameters
    ----------
    container
        Container of one word of the memory.
    data
        The bytes, shape (n,).
    first
        Place of the first one in the memory.
    """
    end = first + len(data)
    inner = -(-first // BYTES_PER_WORD) * BYTES_PER_WORD, end // BYTES_PER_WORD * BYTES_PER_WORD
    parts: list[Transfer] = []

    def edge(word: int) -> None:
        begin = word * BYTES_PER_WORD
        enables = sum(1 << (BYTES_PER_WORD - 1 - i) for i in range(BYTES_PER_WORD)
                      if first <= begin + i < end)
        parts.append(_Edge(container, np.array([word]),
                           {"quad": (data, begin - first + np.arange(BYTES_PER_WORD))}, enables))

    if first % BYTES_PER_WORD:
        edge(first // BYTES_PER_WORD)
    if inner[1] > inner[0]:
        words = np.arange(inner[0], inner[1], BYTES_PER_WORD) // BYTES_PER_WORD
        parts.append(Part(container, words, {"quad": (data[inner[0] - first:inner[1] - first],
                                                      None)}, ALL_BYTES))
    if end % BYTES_PER_WORD and (not parts or end // BYTES_PER_WORD != first // BYTES_PER_WORD):
        edge(end // BYTES_PER_WORD)
    return parts


class _MemoryBlock(Aggregate):
    """Consecutive bytes of a memory."""

    __slots__ = ()
    _backends = ("Omnibus",)
    _quad: ClassVar[str]
    _size: ClassVar[str]
    _default_size: ClassVar[int]

    def __init__(self, size: Any = None) -> None:
        if isinstance(size, _MemoryBlock):
            super().__init__(size)
            return
        count = int(coordinate(self._size)(self._default_size if size is None else int(size)))
        self._data = {"bytes": np.zeros(count, np.uint8)}

    @property
    def bytes(self) -> list[Any]:
        """The bytes, as a list of ``hal.ExternalPPUMemoryByte``."""
        kind = container_class("ExternalPPUMemoryByte")
        return [kind(int(b)) for b in self._data["bytes"]]

    @bytes.setter
    def bytes(self, values: Iterable[Any]) -> None:
        numbers = _numbers(values)
        if len(numbers) != self.size():
            raise ByteCountError(f"{self.size()} bytes needed, {len(numbers)} given")
        self._data["bytes"][...] = numbers

    def to_numpy(self) -> npt.NDArray[np.uint8]:
        """Return a copy of the bytes."""
        copy: npt.NDArray[np.uint8] = self._data["bytes"].copy()
        return copy

    def from_numpy(self, values: npt.ArrayLike) -> None:
        """Set all bytes from an array of numbers 0 to 255."""
        self.bytes = np.asarray(values)

    def size(self) -> int:
        """Return the number of bytes."""
        return len(self._data["bytes"])

    def at(self, index: Any) -> Any:
        """Return one byte as ``hal.ExternalPPUMemoryByte``."""
        number = int(index)
        if not 0 <= number < self.size():
            raise IndexError(f"byte {number} not within 0..{self.size() - 1}")
        return container_class("ExternalPPUMemoryByte")(int(self._data["bytes"][number]))

    __getitem__ = at

    def __setitem__(self, index: Any, value: Any) -> None:
        self.at(index)
        self._data["bytes"][int(index)] = _numbers([value])[0]

    def __len__(self) -> int:
        return self.size()

    def get_subblock(self, begin: Any, length: Any) -> Self:
        """Return a copy of some bytes.

        Raises
        ------
        IndexError
            They are not all within the block.
        """
        first = self._checked(int(begin), int(length))
        block = type(self)(int(length))
        block._data["bytes"][...] = self._data["bytes"][first:first + int(length)]
        return block

    def set_subblock(self, begin: Any, block: _MemoryBlock) -> None:
        """Set some bytes; raises IndexError if they are not all within this block."""
        first = self._checked(int(begin), block.size())
        self._data["bytes"][first:first + block.size()] = block._data["bytes"]

    def _checked(self, begin: int, length: int) -> int:
        if begin < 0 or begin + length > self.size():
            raise IndexError(f"bytes {begin}..{begin + length - 1} not within "
                             f"0..{self.size() - 1}")
        return begin

    def to_string(self) -> str:
        """Return the printable characters up to the first zero byte."""
        text = self._data["bytes"].tobytes().split(b"\0")[0].decode("latin-1")
        return "".join(c for c in text if c.isascii() and (c.isprintable() or c.isspace()))

    @classmethod
    def for_coordinate(cls, at: Any) -> Self:
        """Return a block of the size of the coordinate."""
        return cls(at.length())

    def check(self) -> None:
        """Do nothing: a byte holds any byte."""

    def parts_at(self, at: Any) -> list[Transfer]:
        """Words at an interval of the memory."""
        if at.length() != self.size():
            raise MemorySizeError(self.size(), at)
        return byte_parts(self._quad, self._data["bytes"], int(at.toMin()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.size()} bytes)"

    __str__ = __repr__


class ExternalPPUMemoryBlock(_MemoryBlock):
    """Consecutive bytes of the FPGA's memory for the plasticity processors.

    Parameters
    ----------
    size
        Number of bytes, 1 to 131072; must match the coordinate that it is written to.
    """

    __slots__ = ()
    _coordinate = "ExternalPPUMemoryBlockOnFPGA"
    _quad = "ExternalPPUMemoryQuad"
    _size = "ExternalPPUMemoryBlockSize"
    _default_size = 131072


class ExternalPPUDRAMMemoryBlock(_MemoryBlock):
    """Consecutive bytes of the DRAM for the plasticity processors.

    Parameters
    ----------
    size
        Number of bytes, 1 to 268435456; must match the coordinate that it is written to.
    """

    __slots__ = ()
    _coordinate = "ExternalPPUDRAMMemoryBlockOnFPGA"
    _quad = "ExternalPPUDRAMMemoryQuad"
    _size = "ExternalPPUDRAMMemoryBlockSize"
    _default_size = 1


class ExternalPPUMemory(Aggregate):
    """The FPGA's whole memory for the plasticity processors, 131072 bytes."""

    __slots__ = ()
    _coordinate = "ExternalPPUMemoryOnFPGA"
    _backends = ("Omnibus",)
    bytes = Records("ExternalPPUMemoryByte", "ExternalPPUMemoryByteOnFPGA", stored=np.uint8)

    def _content(self) -> npt.NDArray[np.uint8]:
        found: npt.NDArray[np.uint8] = self._data["bytes"]["value"]
        return found

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        return byte_parts("ExternalPPUMemoryQuad", self._content(), 0)

    def to_numpy(self) -> npt.NDArray[np.uint8]:
        """Return a copy of the bytes."""
        return self._content().copy()

    def from_numpy(self, values: npt.ArrayLike) -> None:
        """Set all bytes from an array of numbers 0 to 255, shape (131072,)."""
        numbers = _numbers(np.asarray(values))
        if numbers.shape != self._content().shape:
            raise ByteCountError(f"shape {self._content().shape} needed, not {numbers.shape}")
        self._content()[...] = numbers

    def get_subblock(self, begin: Any, length: Any) -> ExternalPPUMemoryBlock:
        """Return a copy of some bytes; raises IndexError if they do not exist."""
        return self._block().get_subblock(begin, length)

    def set_subblock(self, begin: Any, block: ExternalPPUMemoryBlock) -> None:
        """Set some bytes; raises IndexError if they do not exist."""
        self._block().set_subblock(begin, block)

    def _block(self) -> ExternalPPUMemoryBlock:
        """All bytes as a block that shares them."""
        return ExternalPPUMemoryBlock._over({"bytes": self._content()})
