"""Container classes, built from the declarations when they are first used.

A container holds one number (or array of numbers) per field in ``_values``; properties turn
them into the types of the field and check what they are given.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from functools import cache
from typing import Any, ClassVar, Self

import numpy as np

from fisch import registers
from fisch.registers import Field
from stadls.errors import FieldTypeError
from stadls.halco.types import coordinate
from stadls.ranged import Ranged, make_ranged
from stadls.typed_array import ElementType, TypedArray

__all__ = ["Container", "Structure", "container_class"]

MODULE = "stadls.hal"
# Types of fields that are declared elsewhere under the name that the field gives.
_FOREIGN_TYPES = {"Timer.Value": ("Timer", "Value"),
                  "SynapseWeightQuad.Value": ("SynapseWeightQuad", "Value"),
                  "SynapseCorrelationCalibQuad.TimeCalib":
                      ("SynapseCorrelationCalibQuad", "TimeCalib"),
                  "SynapseCorrelationCalibQuad.AmpCalib":
                      ("SynapseCorrelationCalibQuad", "AmpCalib")}
# ``to_numpy()`` gives these as bytes, other numbers as machine words.
_BYTE_TYPES = {"SynapseWeightQuad.Value", "SynapseLabel",
               "SynapseCorrelationCalibQuad.TimeCalib", "SynapseCorrelationCalibQuad.AmpCalib"}


def _restore(kind: type[Container], values: dict[str, Any]) -> Container:
    self = kind()
    for name, value in values.items():
        if isinstance(value, np.ndarray):
            self._values[name][...] = value
        else:
            self._values[name] = value
    return self


def _format(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, IntEnum):
        return value.name
    if isinstance(value, TypedArray):
        return "[" + ", ".join(map(_format, value)) + "]"
    return str(value)


def _indent(text: str) -> str:
    return text.replace("\n", "\n\t")


class Record:
    """Named fields with types: common part of containers and of structures inside them."""

    __slots__ = ("_values",)
    _values: dict[str, Any]
    _fields: ClassVar[dict[str, FieldType]]

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        return {n: f.default.copy() if f.shape else f.default for n, f in cls._fields.items()}

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        theirs = other._values
        return all(np.array_equal(v, theirs[n]) if isinstance(v, np.ndarray) else v == theirs[n]
                   for n, v in self._values.items())

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Self:
        other = object.__new__(type(self))
        other._values = {n: v.copy() if isinstance(v, np.ndarray) else v
                         for n, v in self._values.items()}
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, ...]:
        # an element of an aggregate takes its own values along, not those of all elements
        return _restore, (type(self), dict(self._values))

    def __repr__(self) -> str:
        if not self._fields:
            return f"{type(self).__name__}()"
        rows = (f"\t{n}: {_indent(_format(f.get(self._values[n])))}"
                for n, f in self._fields.items())
        return f"{type(self).__name__}(\n" + "\n".join(rows) + "\n)"

    __str__ = __repr__


class Structure(Record):
    """A group of values inside of a container, fetched and stored by index.

    Made without arguments with the defaults, or from another structure of its type.
    """

    __slots__ = ()

    def __init__(self, other: Self | None = None) -> None:
        if other is not None and type(other) is not type(self):
            raise TypeError(f"{type(self).__name__} can't be made from {other!r}")
        self._values = self._defaults() if other is None else other.__copy__()._values


class Container(Record):
    """Content of one register or a few that belong together.

    ``C()`` has the default values, ``C(other)`` copies, and containers that mainly hold one
    value take it: ``CapMemCell(500)``. Fields are attributes; what is assigned is checked.

    Raises
    ------
    TypeError
        A field is given something else than its type, or a number out of its range.
    """

    __slots__ = ()
    _name: ClassVar[str]
    _argument: ClassVar[str | None] = None
    coordinate_type: ClassVar[Any]

    def __init__(self, value: Any = None) -> None:
        if value is None:
            self._values = self._defaults()
        elif type(value) is type(self):
            self._values = value.__copy__()._values
        elif self._argument is None:
            raise TypeError(f"{type(self).__name__} takes no {value!r}")
        else:
            self._values = self._defaults()
            field = self._fields[self._argument]
            if field.shape:
                field.array(self._values[self._argument]).assign(value)
            else:
                self._values[self._argument] = field.element.to_number(field.construct(value))

    def encode(self, at: Any = None) -> list[int]:
        """Words of this container.

        Parameters
        ----------
        at
            Coordinate; needed only where the encoding depends on it.
        """
        return registers.encode(self._name, self._values, 0 if at is None else int(at))

    def byte_enables(self, at: Any = None) -> list[int]:
        """4-bit byte-enable mask of every word."""
        return registers.byte_enables(self._name, self._values, 0 if at is None else int(at))

    @classmethod
    def decode(cls, words: Iterable[int], at: Any = None) -> Self:
        """Make a container from its words."""
        found = registers.decode(cls._name, list(words), 0 if at is None else int(at))
        self = cls()
        declared = registers.container(cls._name).fields
        for name, value in found.items():
            raw = _numbers(declared[name], value)
            if isinstance(self._values[name], np.ndarray):
                self._values[name][...] = raw
            else:
                self._values[name] = raw
        return self

    @classmethod
    def supported_backends(cls) -> tuple[str, ...]:
        """Names of the back-ends; the first one is the default."""
        return registers.container(cls._name).backends


def _numbers(field: Field, value: Any) -> Any:
    """What ``_values`` holds for a value of the codec."""
    if isinstance(value, list):
        return [_numbers(field, v) for v in value]
    if field.type == "bool":
        return bool(value)
    if field.values is not None and isinstance(value, str):
        return field.values[value]
    return value


class FieldType:
    """Type of one field of a class: how it is stored, shown and checked."""

    def __init__(self, name: str, owner: str, shape: tuple[int, ...], index: tuple[str, ...],
                 element: ElementType, default: Any, construct: Callable[[Any], Any]):
        self.name = name
        self.owner = owner
        self.shape = shape
        self.index = index
        self.element = element
        self.construct = construct
        dtype = np.bool_ if element.dtype == np.dtype(bool) else np.int64
        self.default = np.array(default, dtype) if shape else default

    def array(self, data: Any) -> TypedArray:
        """Typed view of the numbers of an array field."""
        index = [None if n == "list index" else _optional(n) for n in self.index]
        return TypedArray(data, index, self.element)

    def get(self, stored: Any) -> Any:
        """Value as shown."""
        return self.array(stored) if self.shape else self.element.from_number(stored)

    def property(self) -> property:
        """Property of the class."""
        name = self.name

        def get(record: Record) -> Any:
            return self.get(record._values[name])

        def put(record: Record, value: Any) -> None:
            if self.shape:
                self.array(record._values[name]).assign(value)
            else:
                record._values[name] = self.element.to_number(value)

        low, high = self.element.minimum, self.element.maximum
        doc = f"{self.element.name}, {low} to {high}." if self.element.dtype is not None else None
        return property(get, put, doc=doc)


def _optional(name: str) -> Any:
    try:
        return coordinate(name)
    except AttributeError:
        return None


def _plain_number(value: Any, kind: Any, label: str, allowed: str) -> int:
    """A number without a type of its own, if it lies in the range of the type expected."""
    if isinstance(value, Ranged):
        raise FieldTypeError(label, value, allowed)
    try:
        number = operator.index(value)
    except TypeError:
        raise FieldTypeError(label, value, allowed) from None
    if not kind.min <= number <= kind.max:
        raise FieldTypeError(label, value, allowed)
    return number


def _ranged_element(label: str, kind: Any, accepts: tuple[Any, ...] = ()) -> ElementType:
    """Elements of a ranged type; plain numbers of its range are accepted as well."""
    allowed = f"{kind.__name__}, {kind.min} to {kind.max}"

    def to_number(value: Any) -> int:
        if isinstance(value, kind):
            return int(value)
        return _plain_number(value, kind, label, allowed)

    dtype = np.uint8 if kind.__qualname__ in _BYTE_TYPES else \
        np.int64 if kind.min < 0 else np.uint64
    return ElementType(kind.__name__, kind.min, kind.max, to_number, kind._of, np.dtype(dtype),
                       label)


def _bool_element(label: str) -> ElementType:
    def to_number(value: Any) -> int:
        if isinstance(value, bool | np.bool_):
            return bool(value)
        try:
            number = operator.index(value)
        except TypeError:
            raise FieldTypeError(label, value, "True or False") from None
        if number not in (0, 1):
            raise FieldTypeError(label, value, "True or False")
        return bool(number)

    return ElementType("bool", 0, 1, to_number, bool, np.dtype(bool), label)


def _enum_element(label: str, kind: type[IntEnum]) -> ElementType:
    names = ", ".join(kind.__members__)

    def to_number(value: Any) -> int:
        if isinstance(value, IntEnum) and not isinstance(value, kind):
            raise FieldTypeError(label, value, names)
        try:
            return int(kind(operator.index(value)))
        except (TypeError, ValueError):
            raise FieldTypeError(label, value, names) from None

    def from_number(number: int) -> Any:
        # words that were read may hold what no member stands for: shown as it is
        return kind(number) if number in known else number

    known = frozenset(kind)
    return ElementType(kind.__name__, 0, max(kind), to_number, from_number, None, label)


def _constants_element(label: str, kind: Any, values: Mapping[str, int]) -> ElementType:
    """Fields that hold one of a few named coordinates under numbers of their own."""
    members = {number: getattr(kind, name) for name, number in values.items()}

    def to_number(value: Any) -> int:
        for number, member in members.items():
            if value == member and type(value) is kind:
                return number
        raise FieldTypeError(label, value, ", ".join(values))

    def from_number(number: int) -> Any:
        return members.get(number, number)

    return ElementType(kind.__name__, 0, max(members), to_number, from_number, None, label)


def _variant_element(label: str, kinds: list[Any]) -> ElementType:
    """A number of the first type, or explicitly one of the others (CapMem cells)."""
    first = kinds[0]
    allowed = " or ".join(f"{k.__name__} ({k.min} to {k.max})" for k in kinds)

    def to_number(value: Any) -> int:
        if type(value) in kinds:
            return int(value)
        return _plain_number(value, first, label, allowed)

    def from_number(number: int) -> Any:
        for kind in kinds:
            if kind.min <= number <= kind.max:
                return kind._of(number)
        raise AssertionError(number)

    high = max(k.max for k in kinds)
    return ElementType(first.__name__, first.min, high, to_number, from_number, None, label)


class _Named:
    """A predefined container: a fresh copy on every access."""

    def __init__(self, values: Mapping[str, Any]):
        self.values = values

    def __get__(self, instance: Any, owner: type[Container]) -> Container:
        return _restore(owner, {k: np.array(v) if isinstance(v, list) else v
                                for k, v in self.values.items()})


class _Builder:
    """Builds the class of one container."""

    def __init__(self, name: str):
        self.name = name
        self.declared = registers.container(name)
        self.space: dict[str, Any] = {}
        self.nested: dict[str, Any] = {}

    def type_of(self, field: Field) -> Any:
        """Ranged type of a number field, nested in the class unless it exists elsewhere."""
        name = field.value_type or "Value"
        if name in registers.raw_coordinates():
            return coordinate(name)
        if name in _FOREIGN_TYPES and _FOREIGN_TYPES[name][0] != self.name:
            owner, attribute = _FOREIGN_TYPES[name]
            return getattr(container_class(owner), attribute)
        short = name.rpartition(".")[2]
        if short not in self.nested:
            default = field.default
            while isinstance(default, list):
                default = default[0]
            self.nested[short] = make_ranged(
                short, field.minimum, field.maximum, default=default, module=MODULE,
                qualname=f"{self.name}.{short}")
        return self.nested[short]

    def enum_of(self, field: Field) -> Any:
        name = field.value_type or "Value"
        owner, _, short = name.rpartition(".")
        if owner and owner != self.name:
            return getattr(container_class(owner), short)
        if short not in self.nested:
            assert field.values is not None
            kind = IntEnum(short, dict(field.values), module=MODULE,  # type: ignore[misc]
                           qualname=f"{self.name}.{short}")
            self.nested[short] = kind
        return self.nested[short]

    def element(self, field: Field) -> tuple[ElementType, Callable[[Any], Any]]:
        """Element type, and the function that makes an element for the constructor."""
        label = f"{self.name}.{field.name}"
        if field.type == "bool":
            return _bool_element(label), lambda v: v
        if field.values is not None:
            if field.value_type in registers.raw_coordinates():
                kind = coordinate(field.value_type)
                return _constants_element(label, kind, field.values), lambda v: v
            return _enum_element(label, self.enum_of(field)), lambda v: v
        if "variant" in field.raw:
            kinds = []
            for part in field.raw["variant"]:
                self.nested[part["type"]] = make_ranged(
                    part["type"], part["min"], part["max"], module=MODULE,
                    qualname=f"{self.name}.{part['type']}")
                kinds.append(self.nested[part["type"]])
            element = _variant_element(label, kinds)
            return element, lambda v: v if isinstance(v, Ranged) else kinds[0](v)
        kind = self.type_of(field)
        return _ranged_element(label, kind), lambda v: v if isinstance(v, kind) else kind(v)

    def default(self, field: Field) -> Any:
        return _numbers(field, field.default)

    def build(self) -> type[Container]:
        fields: dict[str, FieldType] = {}
        groups: dict[str, list[Field]] = {}
        for field in self.declared.fields.values():
            element, construct = self.element(field)
            kind = FieldType(field.name, self.name, field.shape, field.index, element,
                             self.default(field), construct)
            fields[field.name] = kind
            self.space[field.name] = kind.property()
            if "python_property" in field.raw:
                self.space[field.raw["python_property"]] = self.space[field.name]
            style = field.raw["style"]
            if style == "indexed_methods":
                self.add_indexed(field.name)
            elif style == "nested_struct":
                groups.setdefault(field.raw["struct_name"], []).append(field)
            elif style == "methods":
                self.add_methods(field.name)
        for struct_name, members in groups.items():
            self.add_structure(struct_name, members, fields)
        for view in self.declared.raw.get("views", ()):
            self.add_view(view)
        for name, values in self.declared.raw.get("enums", {}).items():
            self.nested.setdefault(name, IntEnum(name, values, module=MODULE,
                                                 qualname=f"{self.name}.{name}"))
        for name, values in self.declared.raw.get("named_instances", {}).items():
            self.space[name] = _Named(values)
        argument = self.declared.raw.get("constructor_argument")
        return type(self.name, (Container,), {
            "__slots__": (), "__module__": MODULE, "_name": self.name, "_fields": fields,
            "_argument": argument, "coordinate_type": coordinate(self.declared.coordinate),
            "__doc__": self.description(fields),
            **self.nested, **self.space})

    def description(self, fields: Mapping[str, FieldType]) -> str:
        """Docstring from the declaration: place, access, fields with ranges and defaults."""
        declared = self.declared
        lines = [f"Container at ``{declared.coordinate}``, {declared.access.replace('_', ' ')}."]
        if fields:
            lines += ["", "Attributes", "----------"]
        for name, kind in fields.items():
            element, default = kind.element, kind.default
            if element.dtype == np.dtype(bool):
                text = "bool"
            else:
                text = f"{element.name}, {element.minimum} to {element.maximum}"
            if kind.shape:
                text += f", array of shape {kind.shape}"
            elif element.dtype is not None:
                text += f", default {bool(default) if text == 'bool' else default}"
            lines.append(f"{name} : {text}")
        return "\n".join(lines)

    def add_indexed(self, name: str) -> None:
        def get(container: Container, index: Any) -> Any:
            return getattr(container, name)[index]

        def put(container: Container, index: Any, value: Any) -> None:
            getattr(container, name)[index] = value

        get.__doc__ = f"Return one element of ``{name}``."
        put.__doc__ = f"Set one element of ``{name}``."
        self.space |= {f"get_{name}": get, f"set_{name}": put}

    def add_methods(self, name: str) -> None:
        def get(container: Container) -> Any:
            return getattr(container, name)

        def put(container: Container, value: Any) -> None:
            setattr(container, name, value)

        get.__doc__ = f"Return ``{name}``."
        put.__doc__ = f"Set ``{name}``."
        self.space |= {"get": get, "set": put}

    def add_structure(self, struct_name: str, members: list[Field],
                      fields: dict[str, FieldType]) -> None:
        short = members[0].raw["struct"]
        inner = {}
        space: dict[str, Any] = {}
        for member in members:
            outer = fields[member.name]
            inner[member.name] = FieldType(
                member.name, short, member.shape[1:], member.index[1:], outer.element,
                outer.default[0] if member.shape[1:] else outer.default[0].item(),
                outer.construct)
            space[member.name] = inner[member.name].property()
        kind = type(short, (Structure,), {
            "__slots__": (), "__module__": MODULE, "__qualname__": f"{self.name}.{short}",
            "_fields": inner, **space})
        self.nested[short] = kind
        first = fields[members[0].name]

        def position(container: Container, index: Any) -> int:
            return first.array(container._values[first.name])._position(index)

        def get(container: Container, index: Any) -> Any:
            where = position(container, index)
            result = kind()
            for name in inner:
                stored = container._values[name][where]
                result._values[name] = stored.copy() if inner[name].shape else stored.item()
            return result

        def put(container: Container, index: Any, value: Any) -> None:
            if not isinstance(value, Structure) or type(value) is not kind:
                raise FieldTypeError(f"{self.name}.{struct_name}", value, short)
            where = position(container, index)
            values = value._values
            for name in inner:
                container._values[name][where] = values[name]

        get.__doc__ = f"Return a copy of one ``{short}``."
        put.__doc__ = f"Store one ``{short}``."
        self.space |= {f"get_{struct_name}": get, f"set_{struct_name}": put}

    def add_view(self, view: Mapping[str, Any]) -> None:
        name, of, lsb, width = view["name"], view["of"], view["lsb"], view["width"]
        mask = (1 << width) - 1
        short = view["value_type"]
        kind = make_ranged(short, 0, mask, module=MODULE, qualname=f"{self.name}.{short}")
        self.nested[short] = kind
        element = _ranged_element(f"{self.name}.{name}", kind)

        def get(container: Container) -> Any:
            return kind._of((container._values[of] >> lsb) & mask)  # type: ignore[attr-defined]

        def put(container: Container, value: Any) -> None:
            number = element.to_number(value)
            container._values[of] = (container._values[of] & ~(mask << lsb)) | (number << lsb)

        self.space[name] = property(get, put, doc=f"Bits {lsb + width - 1} to {lsb} of {of}.")


@cache
def container_class(name: str) -> Any:
    """Class of a container, by name.

    Raises
    ------
    AttributeError
        There is no such container.
    """
    if name not in registers.container_names():
        raise AttributeError(f"there is no container {name!r}")
    return _Builder(name).build()
