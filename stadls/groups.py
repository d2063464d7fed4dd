"""Structures inside of aggregates: ``neuron.leak``, ``chain.ramp``, ``chip.readout_chain.madc``.

An aggregate stores the fields of its register containers. A group gives some of them names of
their own. What a script sees is a view: reading and writing goes to the arrays of the aggregate.
A group that is made by itself, ``AtomicNeuron.Leak()``, holds values of its own and can be
assigned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from stadls.aggregate import Analog, Member, RecordArray, Records, Single, Tree
from stadls.errors import FieldTypeError
from stadls.hal.types import FieldType, Structure, container_class
from stadls.halco.types import coordinate
from stadls.typed_array import ElementType, relabelled

__all__ = ["Choice", "Group", "Groups", "Link"]


class Place(Protocol):
    """Where the values of one field of a group are."""

    def type(self, owner: type, label: str) -> FieldType:
        """How the field is shown and checked."""

    def load(self, data: Tree) -> Any:
        """Stored value, or the array that holds the values of an array field."""

    def store(self, data: Tree, value: Any) -> None:
        """Put a stored value into the arrays."""


def _member(owner: type, name: str) -> Any:
    return getattr(owner, name)


class Link:
    """A field that is stored in a member of the aggregate.

    Parameters
    ----------
    member
        Name of the member: containers (`Records`, `Single`) or CapMem codes (`Analog`).
    field
        Field of the containers; None for codes.
    position
        Which of the codes; None for all of them, if there is one per element of a coordinate.
    """

    def __init__(self, member: str, field: str | None = None, position: int | None = None):
        self.member = member
        self.field = field
        self.position = position

    def type(self, owner: type, label: str) -> FieldType:
        """Type of the field in the container, with the default of the aggregate."""
        member = _member(owner, self.member)
        if isinstance(member, Analog):
            element = relabelled(member.element(), label)
            if member.index is None or self.position is not None:
                return FieldType(label, label, (), (), element, member.default, lambda v: v)
            size = coordinate(member.index).size
            return FieldType(label, label, (size,), (member.index,), element,
                             [member.default] * size, lambda v: v)
        assert isinstance(member, Records)
        assert self.field is not None
        source = member.kind()._fields[self.field]
        default = member.defaults.get(self.field, source.default)
        return FieldType(label, label, source.shape, source.index,
                         relabelled(source.element, label), default, source.construct)

    def load(self, data: Tree) -> Any:
        """Return the number, or the array of an array field."""
        if self.field is not None:
            found = data[self.member][self.field][0]
        else:
            found = data[self.member]
            if self.position is not None:
                found = found[self.position]
            elif len(found) == 1:
                found = found[0]
        return found if found.ndim else found.item()

    def store(self, data: Tree, value: Any) -> None:
        """Put the number, or numbers."""
        if self.field is not None:
            data[self.member][self.field][0] = value
        elif self.position is not None:
            data[self.member][self.position] = value
        else:
            data[self.member][...] = value


class Choice:
    """A field with named values that is stored in a few bits of its own.

    Parameters
    ----------
    name
        Name of the enum.
    codes
        Code of every value, in the order of the enum. Bit ``i`` of the code lies in ``bits[i]``.
    bits
        ``(member, field)`` of bools.
    """

    def __init__(self, name: str, codes: Mapping[str, int], *bits: tuple[str, str]):
        self.name = name
        self.codes = codes
        self.bits = bits
        self.kind: Any = None

    def type(self, owner: type, label: str) -> FieldType:
        """Enum, with the first value as default."""
        module, qualname = owner.__module__, f"{label.rpartition('.')[0]}.{self.name}"
        self.kind = IntEnum(self.name, {n: i for i, n in enumerate(self.codes)},  # type: ignore[misc]
                            module=module, qualname=qualname)
        kind = self.kind
        to_code = dict(zip(kind, self.codes.values(), strict=True))
        # a code that no name has is as good as the first one
        shown = {code: kind(0) for code in range(1 << len(self.bits))}
        shown |= {code: member for member, code in to_code.items()}

        def to_number(value: Any) -> int:
            if isinstance(value, IntEnum) and not isinstance(value, kind):
                raise FieldTypeError(label, value, ", ".join(self.codes))
            try:
                return to_code[kind(value)]
            except (TypeError, ValueError):
                raise FieldTypeError(label, value, ", ".join(self.codes)) from None

        element = ElementType(self.name, 0, max(shown), to_number, shown.__getitem__, None)
        return FieldType(label, label, (), (), element, to_code[kind(0)], lambda v: v)

    def load(self, data: Tree) -> int:
        """Return the code."""
        return sum(int(data[m][f][0]) << i for i, (m, f) in enumerate(self.bits))

    def store(self, data: Tree, value: Any) -> None:
        """Put the code."""
        for i, (member, field) in enumerate(self.bits):
            data[member][field][0] = bool(value >> i & 1)


class _View(Mapping[str, Any]):
    """Values of a group that lie in an aggregate."""

    __slots__ = ("_data", "_places")

    def __init__(self, data: Tree, places: Mapping[str, Place]):
        self._data = data
        self._places = places

    def __getitem__(self, name: str) -> Any:
        return self._places[name].load(self._data)

    def __setitem__(self, name: str, value: Any) -> None:
        self._places[name].store(self._data, value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class _Constant:
    """A predefined group: a fresh one on every access."""

    def __init__(self, values: Mapping[str, Any]):
        self.values = values

    def __get__(self, instance: Any, owner: type[GroupBase]) -> GroupBase:
        return owner(**{n: getattr(owner, v[0])[v[1]] if isinstance(v, tuple) else v
                        for n, v in self.values.items()})


class GroupBase(Structure):
    """Base of the groups.

    Made with the default values, from another group of the type (copied), or from values of
    the fields by position or name.
    """

    __slots__ = ()

    def __init__(self, *values: Any, **named: Any) -> None:
        if len(values) == 1 and type(values[0]) is type(self) and not named:
            super().__init__(values[0])
            return
        super().__init__()
        if len(values) > len(self._fields):
            raise TypeError(f"{type(self).__name__} takes {len(self._fields)} values, "
                            f"{len(values)} given")
        for name, value in {**dict(zip(self._fields, values, strict=False)), **named}.items():
            setattr(self, name, value)


def _build(owner: type, short: str, places: Mapping[str, Place], doc: str,
           space: Mapping[str, Any]) -> type[GroupBase]:
    fields = {n: p.type(owner, f"{owner.__name__}.{short}.{n}") for n, p in places.items()}
    names = dict(space)
    for name, field in fields.items():
        field.name = name
        names[name] = field.property()
    names |= {p.name: p.kind for p in places.values() if isinstance(p, Choice)}
    kind = type(short, (GroupBase,), {
        "__slots__": (), "__module__": owner.__module__,
        "__qualname__": f"{owner.__name__}.{short}", "_fields": fields, "__doc__": doc, **names})
    setattr(owner, short, kind)
    return kind


class Group(Member):
    """Declares a group of an aggregate; its class becomes an attribute of the aggregate's.

    Parameters
    ----------
    short
        Name of the class.
    doc
        What it is.
    places
        ``{field: Link or Choice}``.
    constants
        ``{name: {field: value}}``, with values or (enum, member).
    types
        Further attributes of the class: ``{name: (container, attribute)}``.
    """

    stores = False

    def __init__(self, short: str, doc: str, places: Mapping[str, Place],
                 constants: Mapping[str, Mapping[str, Any]] | None = None,
                 types: Mapping[str, tuple[str, str]] | None = None):
        self.short = short
        self.doc = doc
        self.places = places
        self.constants = constants or {}
        self.types = types or {}
        self.kind: Any = None

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        space: dict[str, Any] = {n: _Constant(v) for n, v in self.constants.items()}
        space |= {n: _type(*source) for n, source in self.types.items()}
        self.kind = _build(owner, self.short, self.places, self.doc, space)

    def view(self, data: Tree) -> Any:
        """Return a view of the group in the aggregate."""
        found = object.__new__(self.kind)
        found._values = _View(data, self.places)
        return found

    def put(self, data: Tree, value: Any) -> None:
        """Assign all fields."""
        if not isinstance(value, self.kind):
            raise TypeError(f"{self.name} is a {self.kind.__qualname__}, not {value!r}")
        for name, place in self.places.items():
            place.store(data, value._values[name])


class Groups(Member):
    """Declares an array of groups.

    Parameters
    ----------
    short
        Name of the class; shared by all arrays of this name.
    doc
        What an element is.
    index
        Name of the coordinate type that indexes the array.
    arrays
        ``{field: path}``: names that lead to the array of all elements.
    """

    stores = False

    def __init__(self, short: str, doc: str, index: str, arrays: Mapping[str, tuple[str, ...]]):
        self.short = short
        self.doc = doc
        self.index = index
        self.paths = arrays
        self.kind: Any = None

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        places = {n: _Element(path) for n, path in self.paths.items()}
        self.kind = getattr(owner, self.short, None) or _build(
            owner, self.short, places, self.doc, {})

    def _array(self, data: Tree, path: tuple[str, ...]) -> npt.NDArray[Any]:
        found: Any = data
        for name in path:
            found = found[name]
        size = coordinate(self.index).size
        # an array field of a single container has one more axis
        result: npt.NDArray[Any] = found if len(found) == size else found[0]
        return result

    def view(self, data: Tree) -> RecordArray:
        """Return a view of the array in the aggregate."""
        return RecordArray(self.kind, coordinate(self.index),
                           {n: self._array(data, p) for n, p in self.paths.items()})


class _Element:
    """Field of an element of an array of groups."""

    def __init__(self, path: tuple[str, ...]):
        self.path = path

    def type(self, owner: type, label: str) -> FieldType:
        """Type of one element."""
        member = _member(owner, self.path[0])
        for name in self.path[1:-1]:
            member = member.kind._members[name]
        if isinstance(member, Analog):
            return FieldType(label, label, (), (), relabelled(member.element(), label),
                             member.default, lambda v: v)
        source = member.kind()._fields[self.path[-1]]
        default = source.default
        if isinstance(member, Single):
            default = np.asarray(source.default)[0].item()
        return FieldType(label, label, (), (), relabelled(source.element, label), default,
                         source.construct)

    def load(self, data: Tree) -> Any:
        """Elements are reached through their array only."""
        raise NotImplementedError

    def store(self, data: Tree, value: Any) -> None:
        """Elements are reached through their array only."""
        raise NotImplementedError


def _type(container: str, attribute: str) -> Any:
    """A type nested in a container, or of a field of it where the type has no name there."""
    kind = container_class(container)
    if hasattr(kind, attribute) and not isinstance(vars(kind).get(attribute), property):
        return getattr(kind, attribute)
    return coordinate(attribute)
