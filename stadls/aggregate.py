"""Aggregates: many containers at once, held in NumPy arrays and encoded in one pass.

An aggregate owns one array per kind of value. What scripts index (`matrix.weights[row]`,
`block.synapse_drivers[d].recovery`) are views made on access. For a coordinate an aggregate
lists its parts: which containers lie where, and which array elements their fields hold. The
same list serves writing and reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from stadls.hal.types import Record, container_class
from stadls.halco.types import coordinate
from stadls.parts import Part, Transfer
from stadls.ranged import Ranged
from stadls.typed_array import ElementType, TypedArray, relabelled

__all__ = ["Aggregate", "AggregateArray", "Analog", "Child", "Children", "Member", "Numbers",
           "RecordArray", "Records", "Single"]


Tree = Mapping[str, Any]


def copy_tree(tree: Tree) -> dict[str, Any]:
    """Copy arrays in nested dictionaries."""
    return {n: copy_tree(v) if isinstance(v, Mapping) else v.copy() for n, v in tree.items()}


def equal_trees(one: Tree, other: Tree) -> bool:
    """Whether all arrays are equal."""
    return all(equal_trees(v, other[n]) if isinstance(v, Mapping)
               else np.array_equal(v, other[n]) for n, v in one.items())


def assign_tree(target: Tree, source: Tree) -> None:
    """Set all arrays of ``target`` in place."""
    for name, value in target.items():
        if isinstance(value, Mapping):
            assign_tree(value, source[name])
        else:
            value[...] = source[name]


def stack_tree(tree: Tree, size: int) -> dict[str, Any]:
    """Arrays that hold ``tree`` ``size`` times, along a new first axis."""
    return {n: stack_tree(v, size) if isinstance(v, Mapping)
            else np.broadcast_to(v, (size, *v.shape)).copy() for n, v in tree.items()}


class _Slice(Mapping[str, Any]):
    """Nested dictionaries in which every array is one row of that of another tree."""

    __slots__ = ("_position", "_tree")

    def __init__(self, tree: Tree, position: int):
        self._tree = tree
        self._position = position

    def __getitem__(self, name: str) -> Any:
        value = self._tree[name]
        return _Slice(value, self._position) if isinstance(value, Mapping) \
            else value[self._position]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree)

    def __len__(self) -> int:
        return len(self._tree)


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


class ElementArray:
    """Base of the arrays whose elements are views, indexed by a coordinate."""

    __slots__ = ("_index", "_kind")
    _kind: Any
    _index: Any

    def _view(self, position: int) -> Any:
        raise NotImplementedError

    def _put(self, position: int | slice, value: Any) -> None:
        raise NotImplementedError

    def _position(self, key: Any) -> int:
        if isinstance(key, Ranged) and not isinstance(key, self._index):
            raise TypeError(f"indices are {self._index.__name__}, not {key!r}")
        number = int(key) - self._index.min
        if not 0 <= number < self._index.size:
            raise IndexError(f"index {key!r} not within 0..{self._index.size - 1}")
        return int(number)

    def _checked(self, value: Any) -> Any:
        if not isinstance(value, self._kind):
            raise TypeError(f"elements are {self._kind.__name__}, not {value!r}")
        return value

    def __getitem__(self, key: Any) -> Any:
        return self._view(self._position(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        self._put(self._position(key), self._checked(value))

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
        self._put(slice(None), self._checked(value))

    def assign(self, values: Any) -> None:
        """Set all elements from a sequence."""
        items = [self._checked(v) for v in values]
        if len(items) != len(self):
            raise RuntimeError(f"{len(self)} elements needed, {len(items)} given")
        for position, item in enumerate(items):
            self._put(position, item)

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

    def from_numpy(self, values: npt.ArrayLike) -> None:
        """Raise, since the elements are no numbers."""
        raise RuntimeError(f"{self._kind.__name__} has no numeric type")

    def __len__(self) -> int:
        return int(self._index.size)

    def __iter__(self) -> Iterator[Any]:
        return map(self._view, range(len(self)))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "[" + ", ".join(map(repr, self)) + "]"


class RecordArray(ElementArray):
    """Array of containers or structures, indexed by a coordinate; one array per field."""

    __slots__ = ("_arrays",)

    def __init__(self, kind: type[Record], index: Any, arrays: Mapping[str, npt.NDArray[Any]]):
        self._kind = kind
        self._index = index
        self._arrays = arrays

    def _view(self, position: int) -> Any:
        view = object.__new__(self._kind)
        view._values = _Row(self._arrays, position)
        return view

    def _put(self, position: int | slice, value: Any) -> None:
        values = value._values
        for name, array in self._arrays.items():
            array[position] = values[name]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RecordArray):
            return self._kind is other._kind and equal_trees(self._arrays, other._arrays)
        return NotImplemented

    __hash__ = None


class AggregateArray(ElementArray):
    """Array of aggregates, indexed by a coordinate; one tree of arrays for all elements."""

    __slots__ = ("_tree",)

    def __init__(self, kind: type[Aggregate], index: Any, tree: Tree):
        self._kind = kind
        self._index = index
        self._tree = tree

    def _view(self, position: int) -> Any:
        return self._kind._over(_Slice(self._tree, position))

    def _put(self, position: int | slice, value: Any) -> None:
        for n in range(len(self))[position] if isinstance(position, slice) else (position,):
            assign_tree(_Slice(self._tree, n), value._data)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, AggregateArray):
            return self._kind is other._kind and equal_trees(self._tree, other._tree)
        return NotImplemented

    __hash__ = None


class Member:
    """Declares one attribute of an aggregate.

    Attributes
    ----------
    name
        Its name; those of members that only store values begin with an underscore.
    label
        ``Aggregate.attribute``, for messages.
    stores
        Whether it has arrays of its own.
    """

    name: str
    label: str
    stores = True

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.label = f"{owner.__qualname__}.{name}"

    def allocate(self) -> Any:
        """New array, or tree of arrays, with the default values."""
        raise NotImplementedError

    def view(self, data: Tree) -> Any:
        """Value of the attribute."""
        raise NotImplementedError

    def put(self, data: Tree, value: Any) -> None:
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
        return relabelled(replace(source, dtype=self.dtype), self.label)

    def allocate(self) -> Any:
        """Make new arrays with the default values."""
        shape = tuple(coordinate(n).size for n in self.index)
        return np.full(shape, self.default, self.stored)

    def view(self, data: Tree) -> TypedArray:
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
        return relabelled(container_class("CapMemCell")._fields["value"].element, self.label)

    def allocate(self) -> Any:
        """Make new arrays with the default values."""
        size = 1 if self.index is None else coordinate(self.index).size
        return np.full(size, self.default, np.int64)

    def view(self, data: Tree) -> Any:
        """Return the value of the attribute."""
        array = data[self.name]
        if self.index is None:
            return self.element().from_number(array[0].item())
        return TypedArray(array, [coordinate(self.index)], self.element())

    def put(self, data: Tree, value: Any) -> None:
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
    defaults
        Values of fields that differ from the defaults of the container.
    stored
        Type of the stored numbers, if not that of the container.
    """

    def __init__(self, container: str, index: str, structure: str | None = None,
                 defaults: Mapping[str, Any] | None = None, stored: Any = None):
        self.container = container
        self.index = index
        self.structure = structure
        self.defaults = defaults or {}
        self.stored = stored

    def kind(self) -> type[Record]:
        """Class of the elements."""
        from stadls import hal

        owner = getattr(hal, self.container)
        found: type[Record] = getattr(owner, self.structure) if self.structure else owner
        return found

    def size(self) -> int:
        """Number of elements."""
        return int(coordinate(self.index).size)

    def arrays(self, data: Tree) -> dict[str, npt.NDArray[Any]]:
        """Arrays by field."""
        arrays: dict[str, npt.NDArray[Any]] = data[self.name]
        return arrays

    def allocate(self) -> Any:
        """Make new arrays with the default values."""
        found = {}
        for name, field in self.kind()._fields.items():
            default = np.asarray(field.default)
            array = np.empty((self.size(), *default.shape), self.stored or default.dtype)
            array[...] = self.defaults.get(name, default)
            found[name] = array
        return found

    def view(self, data: Tree) -> Any:
        """Return the value of the attribute."""
        return RecordArray(self.kind(), coordinate(self.index), self.arrays(data))

    def part(self, data: Tree, enums: npt.NDArray[np.int64]) -> Part:
        """All elements, at these enums of the container's coordinate."""
        return Part(self.container, enums,
                    {n: (a, None) for n, a in self.arrays(data).items()})


class Single(Records):
    """One container."""

    def __init__(self, container: str, defaults: Mapping[str, Any] | None = None):
        super().__init__(container, "Unique", defaults=defaults)

    def view(self, data: Tree) -> Any:
        """Return the value of the attribute."""
        return super().view(data).front()

    def put(self, data: Tree, value: Any) -> None:
        """Assign the attribute."""
        RecordArray(self.kind(), coordinate(self.index), self.arrays(data)).fill(value)


class Child(Member):
    """One aggregate inside of another.

    Parameters
    ----------
    kind
        Its class.
    """

    def __init__(self, kind: type[Aggregate]):
        self.kind = kind

    def allocate(self) -> Any:
        """Make new arrays with the default values."""
        return self.kind()._data

    def view(self, data: Tree) -> Any:
        """Return the value of the attribute."""
        return self.kind._over(data[self.name])

    def put(self, data: Tree, value: Any) -> None:
        """Assign the attribute."""
        if not isinstance(value, self.kind):
            raise TypeError(f"{self.name} is a {self.kind.__name__}, not {value!r}")
        assign_tree(data[self.name], value._data)


class Children(Member):
    """An array of aggregates inside of another.

    Parameters
    ----------
    kind
        Class of the elements.
    index
        Name of the coordinate type that indexes the array.
    """

    def __init__(self, kind: type[Aggregate], index: str):
        self.kind = kind
        self.index = index

    def allocate(self) -> Any:
        """Make new arrays with the default values."""
        return stack_tree(self.kind()._data, coordinate(self.index).size)

    def view(self, data: Tree) -> AggregateArray:
        """Return the value of the attribute."""
        return AggregateArray(self.kind, coordinate(self.index), data[self.name])


def _restore(kind: type[Aggregate], data: Tree) -> Aggregate:
    return kind._over(data)


class Aggregate:
    """Base of the aggregates.

    ``A()`` has the default values, ``A(other)`` copies.
    """

    __slots__ = ("_data",)
    _data: Tree
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
            self._data = {n: m.allocate() for n, m in self._members.items() if m.stores}
        elif type(other) is type(self):
            self._data = copy_tree(other._data)
        else:
            raise TypeError(f"{type(self).__name__} can't be made from {other!r}")

    @classmethod
    def _over(cls, data: Tree) -> Self:
        """An aggregate whose values lie in these arrays."""
        self = object.__new__(cls)
        self._data = data
        return self

    def parts(self, e: int) -> list[Transfer]:
        """All containers of this aggregate at enum ``e`` of its coordinate."""
        raise NotImplementedError

    @classmethod
    def supported_backends(cls) -> tuple[str, ...]:
        """Names of the back-ends; the first one is the default."""
        return cls._backends

    def parts_at(self, at: Any) -> list[Transfer]:
        """All containers of this aggregate at a coordinate."""
        return self.parts(int(at))

    def check(self) -> None:
        """Raise ``ValueError`` if a value does not fit its register."""
        for part in self.parts(0):
            part.encode()

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
            end = begin + part.read_words()
            part.store(words[begin:end])
            begin = end
        return self

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return equal_trees(self._data, other._data)

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Self:
        return type(self)(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self)(self)

    def __reduce__(self) -> tuple[Any, ...]:
        # an element of another aggregate takes its own values along only
        return _restore, (type(self), copy_tree(self._data))

    @staticmethod
    def _shown(value: Any) -> str:
        """Text of one attribute."""
        if isinstance(value, TypedArray) and len(value) > 16:
            return np.array2string(value.to_numpy(), threshold=64, edgeitems=3) \
                if value._element.dtype is not None else f"{len(value)} elements"
        if isinstance(value, ElementArray):
            return f"{len(value)} x {value._kind.__name__}"
        return repr(value)

    def __repr__(self) -> str:
        rows = []
        for name in self._members:
            if name.startswith("_"):
                continue
            value = getattr(self, name)
            rows.append(f"\t{name}: " + self._shown(value).replace("\n", "\n\t"))
        return f"{type(self).__name__}(\n" + "\n".join(rows) + "\n)"

    __str__ = __repr__
