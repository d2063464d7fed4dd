"""Coordinate classes, built from the declarations when they are first used.

A coordinate is its enum (a number) and its type. Ranged types are plain numbers; grids have an
``x`` and a ``y``; tuples place a local coordinate on an outer one; intervals hold two bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Any, ClassVar

from fisch import registers
from fisch.registers.expressions import compile_expression
from stadls.errors import RangeOverflowError, RangeUnderflowError
from stadls.ranged import Ranged, make_ranged

from .common import Enum, X, Y

__all__ = ["Coordinate", "Interval", "coordinate"]

MODULE = "stadls.halco"
ALIASES = {"Side": "SideHorizontal"}
# Classes that are written out by hand.
WRITTEN = ("LogicalNeuronCompartments", "LogicalNeuronOnDLS")
# Extra arguments of constructors: names under which scripts give the parts of a coordinate.
_LOCAL_KEYWORDS = ("block", "local", "mixed")


class Coordinate(Ranged):
    """Base of all coordinate types with an enum."""

    __slots__ = ()
    enum_type: ClassVar[Any] = Enum
    _common: ClassVar[bool] = False

    @classmethod
    def _accept(cls, value: Any) -> int:
        if isinstance(value, Coordinate) and type(value) is not cls:
            raise TypeError(f"{cls.__name__} can't be made from {value!r}")
        return super()._accept(value)

    def toEnum(self) -> Any:
        """Return the number of this value in the enumeration of its type."""
        return Enum._of(self._value)


class Grid(Coordinate):
    """Base of the two-dimensional types; made from the two axes in either order."""

    __slots__ = ()
    _x: ClassVar[str]
    _y: ClassVar[str]
    # (x, y) -> enum for grids with holes
    _places: ClassVar[dict[tuple[int, int], int] | None] = None

    def __init__(self, *parts: Any, x: Any = None, y: Any = None) -> None:
        if not parts and x is None and y is None:
            self._value = 0
            return
        if len(parts) == 1 and x is None and y is None:
            self._value = _from_single(type(self), parts[0])
            return
        x_type, y_type = coordinate(self._x), coordinate(self._y)
        for part in parts:
            if isinstance(part, x_type | X) and x is None:
                x = part
            elif isinstance(part, y_type | Y) and y is None:
                y = part
            else:
                raise _mismatch(type(self), part, f"{self._x}, {self._y}")
        if x is None or y is None:
            raise TypeError(f"{type(self).__name__} needs both {self._x} and {self._y}")
        column, row = int(_as(x_type, x)), int(_as(y_type, y))
        if self._places is None:
            self._value = row * x_type.size + column
        elif (column, row) in self._places:
            self._value = self._places[column, row]
        else:
            raise NoElementError(type(self).__name__, f"{self._x}({column}), {self._y}({row})")

    def __repr__(self) -> str:
        x, y = self.x(), self.y()  # type: ignore[attr-defined]
        return f"{type(self).__name__}(X({int(x)}), Y({int(y)}); Enum({self._value}))"

    __str__ = __repr__


class NoElementError(RuntimeError):
    """The type of a coordinate has no element at this place."""

    def __init__(self, name: str, place: str) -> None:
        super().__init__(name, place)
        self.name = name
        self.place = place

    def __str__(self) -> str:
        return f"there is no {self.name} at {self.place}"


class Placed(Coordinate):
    """Base of the types that place a local coordinate on an outer one."""

    __slots__ = ()
    _local: ClassVar[str]
    _outer: ClassVar[str]
    _outer_optional: ClassVar[bool]

    def __init__(self, *parts: Any, **named: Any) -> None:
        cls = type(self)
        if len(parts) == 1 and not named and isinstance(parts[0], cls | Enum):
            self._value = _from_single(cls, parts[0])
            return
        if not parts and not named:
            self._value = 0
            return
        local, outer = coordinate(self._local), coordinate(self._outer)
        found_outer = None
        rest = []
        for part in (*parts, *(_named_part(cls, k, v) for k, v in named.items())):
            if isinstance(part, outer) and found_outer is None and outer is not local:
                found_outer = part
            else:
                rest.append(part)
        if found_outer is None:
            if not self._outer_optional:
                raise TypeError(f"{cls.__name__} needs a {self._outer}")
            found_outer = outer._of(0)
        if len(rest) == 1 and isinstance(rest[0], local):
            inner = rest[0]
        elif rest and all(isinstance(r, Coordinate | X | Y) for r in rest):
            try:
                inner = local(*rest)
            except TypeError as error:
                given = rest[0] if len(rest) == 1 else tuple(rest)
                raise _mismatch(cls, given, f"{self._local}, {self._outer}") from error
        else:
            given = rest[0] if rest else found_outer
            raise _mismatch(cls, given, f"{self._local}, {self._outer}")
        self._value = int(found_outer) * local.size + int(inner)

    def __repr__(self) -> str:
        local, outer = coordinate(self._local), coordinate(self._outer)
        return (f"{type(self).__name__}({local._of(self._value % local.size)!r}, "
                f"{outer._of(self._value // local.size)!r})")

    __str__ = __repr__


def _mismatch(kind: type, given: Any, wanted: str) -> TypeError:
    return TypeError(f"{kind.__name__} is made from ({wanted}) or an Enum, not from {given!r}")


def _as(kind: Any, part: Any) -> Any:
    """An axis, from its own type, from X or Y, or from a number."""
    return part if isinstance(part, kind) else kind(int(part))


def _named_part(kind: type[Placed], name: str, value: Any) -> Any:
    if isinstance(value, Coordinate):
        return value
    target = kind._local if name in _LOCAL_KEYWORDS else kind._outer
    return coordinate(target)(value)


def _from_single(kind: type[Coordinate], value: Any) -> int:
    """Enum of a coordinate made from one argument: itself or an Enum."""
    if not isinstance(value, kind | Enum):
        raise TypeError(f"{kind.__name__} can't be made from {value!r}; "
                        f"use {kind.__name__}(halco.common.Enum(...))")
    number = int(value)
    if number > kind.max:
        raise RangeOverflowError(kind.__name__, number, kind.min, kind.max)
    if number < kind.min:
        raise RangeUnderflowError(kind.__name__, number, kind.min, kind.max)
    return number


class Interval:
    """Base of pairs of bounds, both included.

    Raises
    ------
    RuntimeError
        The lower bound is above the upper one.
    """

    __slots__ = ("_max", "_min")
    _bound: ClassVar[str]

    def __init__(self, lower: Any = None, upper: Any = None) -> None:
        bound = coordinate(self._bound)
        self._min = bound() if lower is None else bound(lower)
        self._max = self._min if upper is None else bound(upper)
        if self._min > self._max:
            raise RangeUnderflowError(type(self).__name__, int(self._max), int(self._min),
                                      bound.max)

    def toMin(self) -> Any:
        """Return the lower bound."""
        return self._min

    def toMax(self) -> Any:
        """Return the upper bound."""
        return self._max

    def contains(self, value: Any) -> bool:
        """Whether a value lies between the bounds."""
        return bool(self._min <= value <= self._max)

    def length(self) -> int:
        """Return the number of values."""
        return int(self._max) - int(self._min) + 1

    def _key(self) -> tuple[int, ...]:
        return int(self._min), int(self._max)

    def __iter__(self) -> Iterator[Any]:
        return map(coordinate(self._bound)._of, range(int(self._min), int(self._max) + 1))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._key() == other._key()

    def __lt__(self, other: Any) -> bool:
        return bool(self._key() < other._key())

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._key()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._min, self._max)

    def __repr__(self) -> str:
        return f"{type(self).__name__}([{self._min!r}, {self._max!r}])"


class PlacedInterval(Interval):
    """An interval on one of several parents."""

    __slots__ = ("_outer",)
    _local_type: ClassVar[str]
    _outer_type: ClassVar[str]

    def __init__(self, interval: Any = None, outer: Any = None) -> None:
        kind = coordinate(self._local_type)
        local = kind() if interval is None else interval
        if not isinstance(local, kind):
            raise TypeError(f"{type(self).__name__} needs a {self._local_type}, not {local!r}")
        self._min, self._max = local.toMin(), local.toMax()
        parent = coordinate(self._outer_type)
        self._outer = parent() if outer is None else parent(outer)

    def _local(self) -> Any:
        return coordinate(self._local_type)(self._min, self._max)

    def _key(self) -> tuple[int, ...]:
        return int(self._outer), int(self._min), int(self._max)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._local(), self._outer)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._local()!r}, {self._outer!r})"


def _converter(source: str, method: str) -> Callable[[Any], Any]:
    def convert(self: Any) -> Any:
        target, function = registers.conversion(source, method)
        result = function(self._value)
        if result is None:
            return None
        kind = coordinate(target)
        if isinstance(result, list):
            return [kind._of(r) for r in result]
        return kind._of(result)

    target, formula = registers.raw_coordinates()[source]["conversions"][method]
    convert.__name__ = method
    convert.__qualname__ = f"{source}.{method}"
    # a table of hundreds of entries explains nothing
    how = f": ``{formula}``, with ``e`` the enum" if len(formula) < 80 else ""
    convert.__doc__ = f"Return the ``{target}`` of this place{how}."
    return convert


def _description(name: str, entry: dict[str, Any]) -> str:
    """What a type stands for, from its declaration."""
    low, high = registers.coordinate_range(name)
    if entry["kind"] == "grid":
        text = f"Grid of ``{entry['x']}`` (x) and ``{entry['y']}`` (y), {entry['size']} places"
    elif entry["kind"] == "tuple":
        text = f"``{entry['local']}`` on ``{entry['outer']}``, {entry['size']} places"
    else:
        text = f"Number from {low} to {high}"
    constants = ", ".join(entry.get("constants", {}))
    return f"{text}{f'; named: {constants}' if constants else ''}."


def _view(name: str, lsb: int, width: int, target: str) -> dict[str, Any]:
    """Methods and property for some bits of a label."""
    mask = (1 << width) - 1

    def get(self: Any) -> Any:
        return coordinate(target)._of((self._value >> lsb) & mask)

    def put(self: Any, value: Any) -> None:
        number = int(coordinate(target)(value))
        self._value = (self._value & ~(mask << lsb)) | (number << lsb)

    get.__doc__ = f"Bits {lsb + width - 1} to {lsb} as ``{target}``."
    put.__doc__ = f"Replace bits {lsb + width - 1} to {lsb}."
    return {f"get_{name}": get, f"set_{name}": put, name: property(get, put)}


def _interval_type(name: str, entry: dict[str, Any]) -> Any:
    size_type = name.replace("OnDLS", "Size").replace("OnPPU", "Size").replace("OnFPGA", "Size")

    def to_size(self: Any) -> Any:
        return coordinate(size_type)(self.length())

    space: dict[str, Any] = {"__slots__": (), "__module__": MODULE, f"to{size_type}": to_size}
    if entry["kind"] == "interval":
        return type(name, (Interval,), {**space, "_bound": entry["bound"]})
    local = registers.raw_coordinates()[entry["local"]]

    def to_local(self: Any) -> Any:
        return self._local()

    def to_outer(self: Any) -> Any:
        return self._outer

    return type(name, (PlacedInterval,), {
        **space, "_bound": local["bound"], "_local_type": entry["local"],
        "_outer_type": entry["outer"], f"to{entry['local']}": to_local,
        f"to{entry['outer']}": to_outer})


def _with_formulae(formulae: dict[str, str]) -> dict[str, Any]:
    """Constructor of a ranged type that can also be made from other coordinates."""
    known = []
    for arguments, text in formulae.items():
        pairs = [a.strip().split() for a in arguments.strip("()").split(",")]
        known.append(([p[0] for p in pairs], compile_expression(text, tuple(p[1] for p in pairs))))

    def init(self: Any, *parts: Any, **named: Any) -> None:
        values = (*parts, *named.values())
        if len(values) > 1:
            by_type = {type(v).__name__: int(v) for v in values}
            for types, function in known:
                if set(types) == set(by_type):
                    self._value = function(*(by_type[t] for t in types))
                    return
            raise TypeError(f"{type(self).__name__} can't be made from {values!r}")
        Coordinate.__init__(self, *values)

    return {"__init__": init}


@cache
def coordinate(name: str) -> Any:
    """Class of a coordinate type, by name.

    Raises
    ------
    AttributeError
        There is no such type.
    """
    name = ALIASES.get(name, name)
    entry = registers.raw_coordinates().get(name)
    if entry is None:
        if name in ("Enum", "X", "Y"):
            return {"Enum": Enum, "X": X, "Y": Y}[name]
        if name in WRITTEN:
            return getattr(import_module("stadls.halco.logical"), name)
        raise AttributeError(f"there is no coordinate type {name!r}")
    module = f"{MODULE}.common" if entry.get("common") else MODULE
    if entry["kind"].startswith("interval"):
        kind = _interval_type(name, entry)
        for constant, bounds in entry.get("constants", {}).items():
            setattr(kind, constant, kind(*bounds))
        return kind
    space: dict[str, Any] = {"_common": bool(entry.get("common"))}
    for method in entry.get("conversions", {}):
        space[method] = _converter(name, method)
    bases: tuple[type, ...] = (Coordinate,)
    if entry["kind"] == "grid":
        bases = (Grid,)
        space |= {"_x": entry["x"], "_y": entry["y"]}
        if name == "CrossbarNodeOnDLS":
            space["_places"] = _places(name, entry["size"])
    elif entry["kind"] == "tuple":
        bases = (Placed,)
        optional = any(a.endswith("?") for c in entry["constructors"] for a in c)
        space |= {"_local": entry["local"], "_outer": entry["outer"], "_outer_optional": optional}
    for axis in ("x", "y"):
        if axis in entry and axis not in space and f"to{entry[axis]}" in space:
            space[axis] = space[f"to{entry[axis]}"]
    if "constructor_formulas" in entry:
        space |= _with_formulae(entry["constructor_formulas"])
    for view, (lsb, width, target) in entry.get("views", {}).items():
        space |= _view(view, lsb, width, target)
    if name == "Parity":
        space["from_number"] = classmethod(lambda cls, n: cls(n % 2))
    low, high = registers.coordinate_range(name)
    space["__doc__"] = _description(name, entry)
    kind = make_ranged(name.rpartition(".")[2], low, high, default=entry.get("default"),
                       bases=bases, module=module, qualname=name, **space)
    for constant, enum in entry.get("constants", {}).items():
        setattr(kind, constant, kind._of(enum))  # type: ignore[attr-defined]
    return kind


def _places(name: str, size: int) -> dict[tuple[int, int], int]:
    _, x = registers.conversion(name, "x")
    _, y = registers.conversion(name, "y")
    return {(x(e), y(e)): e for e in range(size)}
