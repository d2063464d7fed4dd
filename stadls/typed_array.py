"""Arrays that are indexed by coordinates and hold values of one type.

The values lie in a NumPy array; elements are converted when they are read or written. An
array of arrays gives views of its rows, so that nested assignment works in place.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import FieldTypeError, RangeOverflowError, RangeUnderflowError
from .ranged import Ranged

__all__ = ["ArrayShapeError", "ElementType", "TypedArray", "relabelled"]

#: Floats beyond this one have no exact integer to show in an error.
_EXACT_INTEGERS = 2.0 ** 53


class ArrayShapeError(RuntimeError):
    """An array does not have the shape of the typed array it was meant for."""


@dataclass(frozen=True, slots=True)
class ElementType:
    """How elements are stored and shown.

    Attributes
    ----------
    name
        Of the type.
    minimum, maximum
        Range of the stored number.
    to_number
        Number of a value; raises TypeError or a range error.
    from_number
        Value of a number.
    dtype
        Type of ``to_numpy()``; None where the elements are no numbers.
    label
        ``Container.field``, for messages; the name of the type if empty.
    """

    name: str
    minimum: int
    maximum: int
    to_number: Callable[[Any], int]
    from_number: Callable[[int], Any]
    dtype: np.dtype[Any] | None
    label: str = ""

    @property
    def shown(self) -> str:
        """What messages call an element."""
        return f"{self.label}, {self.name}" if self.label else self.name


def relabelled(element: ElementType, label: str) -> ElementType:
    """Same elements; errors name the field as the user knows it."""

    def to_number(value: Any) -> int:
        try:
            return element.to_number(value)
        except FieldTypeError as error:
            raise FieldTypeError(label, error.value, error.allowed) from None

    return replace(element, to_number=to_number, label=label)


def _plain(number: Any) -> Any:
    """A number as messages show it: an integer wherever that is exact."""
    return float(number) if abs(float(number)) > _EXACT_INTEGERS and isinstance(
        number, np.floating) else int(number)


class TypedArray:
    """View of a NumPy array with typed indices and elements.

    Parameters
    ----------
    data
        Numbers, one axis per index type; not copied.
    index
        Coordinate types of the axes (None: plain numbers).
    element
        Type of the elements.
    """

    __slots__ = ("_data", "_element", "_index")

    def __init__(self, data: npt.NDArray[Any], index: Sequence[Any], element: ElementType):
        self._data = data
        self._index = tuple(index)
        self._element = element

    def _position(self, key: Any) -> int:
        kind = self._index[0]
        if isinstance(key, Ranged):
            if kind is not None and not isinstance(key, kind):
                raise TypeError(f"indices are {kind.__name__}, not {key!r}")
            number = int(key) - (kind.min if kind is not None else 0)
        else:
            number = operator.index(key)
        if not 0 <= number < len(self._data):
            raise IndexError(f"index {key!r} not within 0..{len(self._data) - 1}")
        return number

    def _get(self, position: int) -> Any:
        if self._data.ndim > 1:
            return TypedArray(self._data[position], self._index[1:], self._element)
        return self._element.from_number(self._data[position].item())

    def __getitem__(self, key: Any) -> Any:
        return self._get(self._position(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        position = self._position(key)
        if self._data.ndim > 1:
            TypedArray(self._data[position], self._index[1:], self._element).assign(value)
        else:
            self._data[position] = self._element.to_number(value)

    def at(self, key: Any) -> Any:
        """Return one element."""
        return self[key]

    def front(self) -> Any:
        """Return the first element."""
        return self._get(0)

    def back(self) -> Any:
        """Return the last element."""
        return self._get(len(self._data) - 1)

    def fill(self, value: Any) -> None:
        """Set all elements."""
        if self._data.ndim > 1:
            for position in range(len(self._data)):
                self[position] = value
        else:
            self._data[...] = self._element.to_number(value)

    def assign(self, values: Any) -> None:
        """Set all elements from an array, a typed array or a sequence of values."""
        if isinstance(values, TypedArray):
            self._put(values._data)
        elif isinstance(values, np.ndarray):
            self._put(values)
        else:
            if not isinstance(values, Iterable):
                raise FieldTypeError(self._element.label or self._element.name, values,
                                     f"{len(self._data)} elements")
            items = list(values)
            if len(items) != len(self._data):
                raise ArrayShapeError(f"{len(self._data)} elements needed, {len(items)} given")
            if self._data.ndim > 1:
                for position, item in enumerate(items):
                    self[position] = item
            else:
                # all or nothing: a value out of range leaves the array as it was
                self._data[...] = [self._element.to_number(item) for item in items]

    @property
    def size(self) -> int:
        """Number of elements of the first axis."""
        return len(self._data)

    @property
    def max_size(self) -> int:
        """Number of elements of the first axis."""
        return len(self._data)

    @property
    def empty(self) -> bool:
        """Whether there are no elements."""
        return len(self._data) == 0

    def to_numpy(self) -> npt.NDArray[Any]:
        """Return a copy as an array of numbers.

        Raises
        ------
        RuntimeError
            The elements are no numbers.
        """
        if self._element.dtype is None:
            raise ArrayShapeError(f"{self._element.shown} has no numeric type")
        return self._data.astype(self._element.dtype, copy=True)

    def from_numpy(self, values: npt.ArrayLike) -> None:
        """Set all elements from an array of numbers.

        Parameters
        ----------
        values
            Same shape; any numeric type (floats are truncated).

        Raises
        ------
        RuntimeError
            Other shape, or the elements are no numbers.
        OverflowError, RuntimeError
            A number above (below) the range.
        """
        if self._element.dtype is None:
            raise ArrayShapeError(f"{self._element.shown} has no numeric type")
        self._put(np.asarray(values))

    def _put(self, array: npt.NDArray[Any]) -> None:
        if array.ndim != self._data.ndim:
            raise ArrayShapeError(f"Input has {array.ndim} dimensions, {self._data.ndim} needed.")
        if array.shape != self._data.shape:
            raise ArrayShapeError(
                f"Input shape does not match. ({array.shape} instead of {self._data.shape})")
        if array.dtype.kind not in "biuf":
            raise TypeError(f"numbers needed, not {array.dtype}")
        if array.dtype.kind == "f":
            array = np.trunc(array)
        if array.size and array.dtype.kind != "b":
            self._check_range(array.min(), array.max())
        self._data[...] = array

    def _check_range(self, lowest: Any, highest: Any) -> None:
        element = self._element
        if highest != highest:  # only "not a number" differs from itself
            raise FieldTypeError(element.label or element.name, float(highest),
                                 f"{element.name}, {element.minimum} to {element.maximum}")
        if highest > element.maximum:
            raise RangeOverflowError(element.shown, _plain(highest), element.minimum,
                                     element.maximum)
        if lowest < element.minimum:
            raise RangeUnderflowError(element.shown, _plain(lowest), element.minimum,
                                      element.maximum)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return self.to_numpy() if dtype is None else self.to_numpy().astype(dtype)

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[Any]:
        return map(self._get, range(len(self._data)))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TypedArray):
            ours, theirs = self._element, other._element
            return ((ours.name, ours.minimum, ours.maximum)
                    == (theirs.name, theirs.minimum, theirs.maximum)
                    and np.array_equal(self._data, other._data))
        if isinstance(other, list | tuple):
            return len(other) == len(self) and all(
                a == b for a, b in zip(self, other, strict=True))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "[" + ", ".join(map(repr, self)) + "]"
