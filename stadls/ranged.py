"""Small integers with a type of their own: coordinates and the values of register fields."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Self

from .errors import RangeOverflowError, RangeUnderflowError, ValueTypeError

__all__ = ["Ranged", "make_ranged"]


#: Stands for an argument that was not given; ``None`` is one that is refused.
_UNSET: Any = object()


def _restore(kind: type[Ranged], value: int) -> Ranged:
    return kind._of(value)


def _arithmetic(operation: Callable[[int, int], int]) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        number = self._operand(other)
        if number is NotImplemented:
            return NotImplemented
        return type(self)(operation(self._value, number))

    return method


def _reflected(operation: Callable[[int, int], int]) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        number = self._operand(other)
        if number is NotImplemented:
            return NotImplemented
        return type(self)(operation(number, self._value))

    return method


def _comparison(operation: Callable[[int, int], bool]) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        number = self._operand(other)
        return NotImplemented if number is NotImplemented else operation(self._value, number)

    return method


class Ranged:
    """An integer of a certain type within ``min`` and ``max``, both included.

    Arithmetic with numbers and with values of the same type gives the same type, checked
    again; ``/`` divides integers. Values of different types neither compare equal nor mix.

    Raises
    ------
    OverflowError, RuntimeError
        Constructing a value above (below) the range.
    TypeError
        Constructing from something that is not an integer.
    """

    __slots__ = ("_value",)
    _value: int

    min: ClassVar[int] = 0
    max: ClassVar[int] = 0
    size: ClassVar[int] = 1
    begin: ClassVar[int] = 0
    end: ClassVar[int] = 1
    lowest: ClassVar[int] = 0
    _default: ClassVar[int] = 0

    def __init__(self, value: Any = _UNSET) -> None:
        if value is _UNSET:
            number = self._default
        else:
            try:
                number = self._accept(value)
            except TypeError as error:
                # operator.index() tells neither the type nor its range
                if isinstance(value, Ranged):
                    raise
                raise ValueTypeError(type(self).__qualname__, value, self.min,
                                     self.max) from error
        if number > self.max:
            raise RangeOverflowError(type(self).__qualname__, number, self.min, self.max)
        if number < self.min:
            raise RangeUnderflowError(type(self).__qualname__, number, self.min, self.max)
        self._value = number

    @classmethod
    def _accept(cls, value: Any) -> int:
        return operator.index(value)

    @classmethod
    def _of(cls, value: int) -> Self:
        """Make an instance from a number that is known to be in range."""
        self = object.__new__(cls)
        self._value = value
        return self

    @classmethod
    def _all(cls) -> Iterator[Self]:
        return map(cls._of, range(cls.min, cls.max + 1))

    def value(self) -> int:
        """Return the plain number."""
        return self._value

    def _operand(self, other: Any) -> Any:
        if isinstance(other, Ranged):
            return other._value if type(other) is type(self) else NotImplemented
        try:
            return operator.index(other)
        except TypeError:
            return NotImplemented

    def __index__(self) -> int:
        return self._value

    __int__ = __index__

    def __float__(self) -> float:
        return float(self._value)

    def __bool__(self) -> bool:
        return self._value != 0

    def __hash__(self) -> int:
        return hash((type(self).__qualname__, self._value))

    __eq__ = _comparison(operator.eq)
    __lt__ = _comparison(operator.lt)
    __le__ = _comparison(operator.le)
    __gt__ = _comparison(operator.gt)
    __ge__ = _comparison(operator.ge)
    __add__ = _arithmetic(operator.add)
    __sub__ = _arithmetic(operator.sub)
    __mul__ = _arithmetic(operator.mul)
    __truediv__ = _arithmetic(operator.floordiv)
    __floordiv__ = _arithmetic(operator.floordiv)
    __mod__ = _arithmetic(operator.mod)
    __radd__ = _reflected(operator.add)
    __rsub__ = _reflected(operator.sub)
    __rmul__ = _reflected(operator.mul)
    __rtruediv__ = _reflected(operator.floordiv)
    __rfloordiv__ = _reflected(operator.floordiv)
    __rmod__ = _reflected(operator.mod)

    def __pos__(self) -> Self:
        return self

    def __neg__(self) -> Self:
        return type(self)(-self._value)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self._value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._value})"

    __str__ = __repr__


def make_ranged(name: str, minimum: int, maximum: int, *, default: int | None = None,
                bases: tuple[type, ...] = (Ranged,), module: str = __name__,
                qualname: str | None = None, **namespace: Any) -> type:
    """Create a ranged type.

    Parameters
    ----------
    name
        Name of the class.
    minimum, maximum
        Range, both included.
    default
        Value of ``T()``; by default the number of the range that is closest to 0.
    bases, module, qualname, namespace
        As for any class.
    """
    if default is None:
        default = min(max(0, minimum), maximum)
    attributes = {
        "__slots__": (), "__module__": module, "__qualname__": qualname or name,
        "min": minimum, "max": maximum, "size": maximum - minimum + 1,
        "begin": minimum, "end": maximum + 1, "lowest": minimum, "_default": default,
        **namespace,
    }
    return type(name, bases, attributes)
