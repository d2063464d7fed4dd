"""Coordinates as data: sizes, constants and the conversions between types.

The functions here work on enums (plain integers or arrays); classes with the names of the
coordinate types are built from the same data in ``stadls.halco``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from .data import raw_coordinates
from .expressions import compile_expression

__all__ = ["UnknownCoordinateError", "conversion", "convert", "coordinate_names",
           "coordinate_range"]


class UnknownCoordinateError(KeyError):
    """No coordinate type, or no conversion, of this name is declared."""

    def __str__(self) -> str:
        return f"unknown coordinate or conversion {self.args[0]!r}"


def coordinate_names() -> tuple[str, ...]:
    """Names of all declared coordinate types."""
    return tuple(raw_coordinates())


def coordinate_range(name: str) -> tuple[int, int]:
    """Smallest and largest enum of a coordinate type."""
    try:
        entry = raw_coordinates()[name]
    except KeyError:
        raise UnknownCoordinateError(name) from None
    low = entry.get("min", 0)
    return low, entry.get("max", low + entry["size"] - 1)


@cache
def conversion(source: str, method: str) -> tuple[str, Callable[[Any], Any]]:
    """Target type and function of a conversion.

    The function takes an enum or an array of enums. Conversions with several results give
    a list (arrays: along a new last axis). A missing counterpart is None or raises
    ``RuntimeError``; in arrays it is -1.
    """
    entry = raw_coordinates().get(source)
    if entry is None or method not in entry.get("conversions", {}):
        raise UnknownCoordinateError(f"{source}.{method}")
    target, formula = entry["conversions"][method]
    names = ("min", "max") if "min" in formula else ("e",)
    return target, compile_expression(formula, names)


def convert(source: str, target: str, enums: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Enums of ``target`` that belong to ``enums`` of ``source``.

    Parameters
    ----------
    source, target
        Names of coordinate types with a conversion ``to<target>``.
    enums
        Shape (n,).

    Returns
    -------
    ndarray of int64, shape (n,) or (n, results)
    """
    _, function = conversion(source, f"to{target}")
    e = np.atleast_1d(np.asarray(enums, dtype=np.int64))
    result = np.asarray(function(e), dtype=np.int64)
    return np.broadcast_to(result, e.shape) if result.ndim == 0 else result
