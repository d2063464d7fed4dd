"""Coordinates that belong to no particular chip, and iteration over coordinate types."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from stadls.ranged import Ranged, make_ranged

__all__ = ["Enum", "X", "Y", "iter_all"]

_SIZE_MAX = (1 << 64) - 1


def _generic(name: str, doc: str) -> Any:
    return make_ranged(name, 0, _SIZE_MAX, bases=(Ranged,), module=__name__, __doc__=doc)


Enum = _generic("Enum", "Number of an element in the enumeration of a coordinate type.")
X = _generic("X", "Place along the first axis of a grid.")
Y = _generic("Y", "Place along the second axis of a grid.")


def iter_all(*types: Any) -> Iterator[Any]:
    """Iterate over all values of a coordinate type, in enum order.

    Parameters
    ----------
    types
        Coordinate types; of several the product is iterated, in tuples.

    Raises
    ------
    TypeError
        No type is given, or one that has no values.
    """
    for kind in types:
        if not (isinstance(kind, type) and issubclass(kind, Ranged)):
            raise TypeError(f"{kind!r} is no type whose values can be iterated")
    if not types:
        raise TypeError("a coordinate type is needed")
    if len(types) == 1:
        return iter(types[0]._all())
    return itertools.product(*(kind._all() for kind in types))


def __getattr__(name: str) -> Any:
    """Build types on first use."""
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .types import Coordinate, coordinate

    if name == "Coordinate":
        return Coordinate
    try:
        found = coordinate(name)
    except AttributeError:
        found = None
    if not getattr(found, "_common", False):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found
