"""Aggregates: many containers at once, held in NumPy arrays and encoded in one pass.

An aggregate owns one array per kind of value. What scripts index (`matrix.weights[row]`,
`block.synapse_drivers[d].recovery`) are views made on access. For a coordinate an aggregate
lists its parts: which containers lie where, and which array elements their fields hold. The
same list serves writing and reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from fisch import registers
from stadls.hal.types import Record, container_class
from stadls.halco.types import coordinate
from stadls.ranged import Ranged
from stadls.typed_array import ElementType, TypedArray

__all__ = ["Aggregate", "Analog", "Numbers", "Part", "RecordArray", "Records", "Single"]


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
    """

    container: str
    enums: npt.NDArray[np.int64]
    fields: Mapping[str, tuple[npt.NDArray[Any], npt.NDArray[np.intp] | None]]

    def encode(self) -> npt.NDArray[np.uint32]:
        """Words, shape (n, words)."""
        values = {name: array if index is None else array.reshape(-1).take(index)
                  for name, (array, index) in self.fields.items()}
        words: npt.NDArray[np.uint32] = registers.encode_block(
            self.container, values, len(self.enums), self.enums)
        return words

    def store(self, words: npt.NDArray[np.uint32]) -> None:
        """Put the fields of read words, shape (n, words), into the arrays."""
        found = registers.decode_block(self.container, words, self.enums)
        for name, (array, index) in self.fields.items():
            if index is None:
                array[...] = found[name].reshape(array.shape)
            else:
                array.reshape(-1)[index] = found[name]


class _Row(Mapping[str, Any]):
    """The values of one record among arrays of them; reads and writes in place."""

    __slots__ = ("_arrays", "_row")

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]], row: int):
        self._arrays = arrays
        self._row = row

    def __getitem__(self, name: str) -> Any:
        array = self._arrays[name]
        return array[self._row] if array.ndim > 1 else array[self._row].item()

    def __setitem__(self, name: str, value: Any) -> None:
        self._arrays[name][self._row] = value

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


class RecordArray:
    """Array of containers or structures, indexed by a coordinate; one array per field."""

    __slots__ = ("_arrays", "_index", "_kind")

    def __init__(self, kind: type[Record], index: Any, arrays: Mapping[str, npt.NDArray[Any]]):
        self._kind = kind
        self._index = index
        self._arrays = arrays

    def _position(self, key: Any) -> int:
        if isinstance(key, Ranged) and not isinstance(key, self._index):
            raise TypeError(f"indices are {self._index.__name__}, not {key!r}")
        number = int(key) - self._index.min
        if not 0 <= number < self._index.size:
            raise IndexError(f"index {key!r} not within 0..{self._index.size - 1}")
        return number

    def _view(self, position: int) -> Any:
        view = object.__new__(self._kind)
        view._values = _Row(self._arrays, position)  # type: ignore[assignment]
        return view

    def __getitem__(self, key: Any) -> Any:
        return self._view(self._position(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        position = self._position(key)
        if not isinstance(value, self._kind):
            raise TypeError(f"elements are {self._kind.__name__}, not {value!r}")
        for name, array in self._arrays.items():
            array[position] = value._values[name]

    def at(self, key: Any) -> Any:
        """Return one element."""
        return self[key]

    def front(self) -> Any:
        """Return the first element."""
        return self._view(0)

    def back(self) -> Any:
        """Return the last element."""
        return self._view(len(self) - 1)

    def fill(self, value: Any) -> None:
        """Set all elements."""
        for name, array in self._arrays.items():
            array[...] = value._values[name]

    def assign(self, values: Any) -> None:
        """Set all elements from a sequence."""
        items = list(values)
        if len(items) != len(self):
            raise RuntimeError(f"{len(self)} elements needed, {len(items)} given")
        for position, item in enumerate(items):
            self[self._index._of(position + self._index.min)] = item

    @property
    def size(self) -> int:
        """Number of elements."""
        return len(self)

    @property
    def max_size(self) -> int:
        """Number of elements."""
        return len(self)

    @property
    def empty(self) -> bool:
        """Whether there are no elements."""
        return len(self) == 0

    def to_numpy(self) -> npt.NDArray[Any]:
        """Raise, since the elements are no numbers."""
        raise RuntimeError(f"{self._kind.__name__} has no numeric type")

    def __len__(self) -> int:
        return int(self._index.size)

    def __iter__(self) -> Iterator[Any]:
        return map(self._view, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RecordArray):
            return self._kind is other._kind and all(
                np.array_equal(a, other._arrays[n]) for n, a in self._arrays.items())
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "[" + ", ".join(map(repr, self)) + "]"


class Member:
    """Declares one attribute of an aggregate."""

    name: str

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def allocate(self) -> dict[str, npt.NDArray[Any]]:
        """New arrays with the default values, by name within the aggregate."""
        raise NotImplementedError

    def view(self, data: Mapping[str, npt.NDArray[Any]]) -> Any:
        """Value of the attribute."""
        raise NotImplementedError

    def put(self, data: Mapping[str, npt.NDArray[Any]], value: Any) -> None:
        """Assign the attribute."""
        self.view(data).assign(value)

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else self.view(instance._data)

    def __set__(self, instance: Any, value: Any) -> None:
        self.put(instance._data, value)


class Numbers(Member):
    """An array of numbers of one ranged type (or bools).

    Parameters
    ----------
    index
        Names of the coordinate types of the axes.
    container, field
        The container whose field the elements are.
    dtype
        How they are stored and returned by ``to_numpy()``.
    stored
        How they are stored, if different.
    default
        Value of all elements.
    """

    def __init__(self, index: Sequence[str], container: str, field: str, dtype: Any,
                 stored: Any = None, default: int = 0):
        self.index = tuple(index)
        self.container = container
        self.field = field
        self.dtype = np.dtype(dtype)
        self.stored = np.dtype(stored or dtype)
        self.default = default

    def element(self) -> ElementType:
        """Type of the elements."""
        source: ElementType = container_class(self.container)._fields[self.field].element
        return ElementType(source.name, source.minimum, source.maximum, source.to_number,
                           source.from_number, self.dtype)

    def allocate(self) -> dict[str, npt.NDArray[Any]]:
        """Make new arrays with the default values."""
        shape = tuple(coordinate(n).size for n in self.index)
        return {self.name: np.full(shape, self.default, self.stored)}

    def view(self, data: Mapping[str, npt.NDArray[Any]]) -> TypedArray:
        """Return the value of the attribute."""
        return TypedArray(data[self.name], [coordinate(n) for n in self.index], self.element())


class Analog(Member):
    """CapMem codes: one per element of a coordinate type, or a single one.

    Each is 0 to 1022, or ``AnalogDisableRefresh``.
    """

    def __init__(self, index: str | None = None, default: int = 0):
        self.index = index
        self.default = default

    def element(self) -> ElementType:
        """Type of the elements."""
        element: ElementType = container_class("CapMemCell")._fields["value"].element
        return element

    def allocate(self) -> dict[str, npt.NDArray[Any]]:
        """Make new arrays with the default values."""
        size = 1 if self.index is None else coordinate(self.index).size
        return {self.name: np.full(size, self.default, np.int64)}

    def view(self, data: Mapping[str, npt.NDArray[Any]]) -> Any:
        """Return the value of the attribute."""
        array = data[self.name]
        if self.index is None:
            return self.element().from_number(array[0].item())
        return TypedArray(array, [coordinate(self.index)], self.element())

    def put(self, data: Mapping[str, npt.NDArray[Any]], value: Any) -> None:
        """Assign the attribute."""
        if self.index is None:
            data[self.name][0] = self.element().to_number(value)
        else:
            super().put(data, value)


class Records(Member):
    """An array of containers, or of structures inside containers.

    Parameters
    ----------
    container
        Name of the container.
    index
        Name of the coordinate type that indexes the array.
    structure
        Name of the structure nested in the container, for arrays of these.
    """

    def __init__(self, container: str, index: str, structure: str | None = None):
        self.container = container
        self.index = index
        self.structure = structure

    def kind(self) -> type[Record]:
        """Class of the elements."""
        from stadls import hal

        owner = getattr(hal, self.container)
        found: type[Record] = getattr(owner, self.structure) if self.structure else owner
        return found

    def size(self) -> int:
        """Number of elements."""
        return int(coordinate(self.index).size)

    def arrays(self, data: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
        """Arrays by field."""
        return {n: data[f"{self.name}.{n}"] for n in self.kind()._fields}

    def allocate(self) -> dict[str, npt.NDArray[Any]]:
        """Make new arrays with the default values."""
        found = {}
        for name, field in self.kind()._fields.items():
            default = np.asarray(field.default)
            array = np.empty((self.size(), *default.shape), default.dtype)
            array[...] = default
            found[f"{self.name}.{name}"] = array
        return found

    def view(self, data: Mapping[str, npt.NDArray[Any]]) -> Any:
        """Return the value of the attribute."""
        return RecordArray(self.kind(), coordinate(self.index), self.arrays(data))

    def part(self, data: Mapping[str, npt.NDArray[Any]], enums: npt.NDArray[np.int64]) -> Part:
        """All elements, at these enums of the container's coordinate."""
        return Part(self.container, enums,
                    {n: (a, None) for n, a in self.arrays(data).items()})


class Single(Records):
    """One container."""

    def __init__(self, container: str):
        super().__init__(container, "Unique")

    def view(self, data: Mapping[str, npt.NDArray[Any]]) -> Any:
        """Return the value of the attribute."""
        return super().view(data).front()

    def put(self, data: Mapping[str, npt.NDArray[Any]], value: Any) -> None:
        """Assign the attribute."""
        RecordArray(self.kind(), coordinate(self.index), self.arrays(data)).fill(value)


def _restore(kind: type[Aggregate], data: dict[str, npt.NDArray[Any]]) -> Aggregate:
    self = object.__new__(kind)
    self._data = data
    return self


class Aggregate:
    """Base of the aggregates.

    ``A()`` has the default values, ``A(other)`` copies.
    """

    __slots__ = ("_data",)
    _data: dict[str, npt.NDArray[Any]]
    _members: ClassVar[dict[str, Member]] = {}
    _coordinate: ClassVar[str]
    coordinate_type: ClassVar[Any]
    _backends: ClassVar[tuple[str, ...]] = ("Omnibus", "OmnibusChipOverJTAG")
    writable: ClassVar[bool] = True
    readable: ClassVar[bool] = True
    differential_write: ClassVar[bool] = False
    unsupported_read_targets: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        cls._members = {n: m for n, m in vars(cls).items() if isinstance(m, Member)}
        if "_coordinate" in vars(cls):
            cls.coordinate_type = coordinate(cls._coordinate)

    def __init__(self, other: Self | None = None) -> None:
        if other is None:
            self._data = {}
            for member in self._members.values():
                self._data |= member.allocate()
        elif type(other) is type(self):
            self._data = {n: a.copy() for n, a in other._data.items()}
        else:
            raise TypeError(f"{type(self).__name__} can't be made from {other!r}")

    def parts(self, e: int) -> list[Part]:
        """All containers of this aggregate at enum ``e`` of its coordinate."""
        raise NotImplementedError

    @classmethod
    def supported_backends(cls) -> tuple[str, ...]:
        """Names of the back-ends; the first one is the default."""
        return cls._backends

    def parts_at(self, at: Any) -> list[Part]:
        """All containers of this aggregate at a coordinate."""
        return self.parts(int(at))

    @classmethod
    def for_coordinate(cls, at: Any) -> Self:
        """An aggregate with default values that fits a coordinate."""
        return cls()

    @classmethod
    def decode(cls, words: npt.NDArray[np.uint32], at: Any) -> Self:
        """Make an aggregate from all its words, in order of transfer."""
        self = cls.for_coordinate(at)
        begin = 0
        for part in self.parts_at(at):
            count = registers.container(part.container).read_words
            end = begin + count * len(part.enums)
            part.store(words[begin:end].reshape(-1, count))
            begin = end
        return self

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        theirs = other._data
        return all(np.array_equal(a, theirs[n]) for n, a in self._data.items())

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Self:
        return type(self)(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self)(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self._data)

    def __repr__(self) -> str:
        rows = []
        for name in self._members:
            value = getattr(self, name)
            if isinstance(value, TypedArray) and len(value) > 16:
                text = np.array2string(value.to_numpy(), threshold=64, edgeitems=3) \
                    if value._element.dtype is not None else f"{len(value)} elements"
            elif isinstance(value, RecordArray):
                text = f"{len(value)} x {value._kind.__name__}"
            else:
                text = repr(value)
            rows.append(f"\t{name}: " + text.replace("\n", "\n\t"))
        return f"{type(self).__name__}(\n" + "\n".join(rows) + "\n)"

    __str__ = __repr__
