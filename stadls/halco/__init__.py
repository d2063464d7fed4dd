"""Coordinates: where something is on the chip, the FPGA or the board.

Every type of the field has its class here, made from the declarations on first use.

>>> from stadls import halco
>>> halco.AtomicNeuronOnDLS(halco.NeuronColumnOnDLS(200), halco.NeuronRowOnDLS.bottom)
AtomicNeuronOnDLS(X(200), Y(1); Enum(456))
"""

from __future__ import annotations

from typing import Any

from fisch import registers

from . import common
from .common import Enum, X, Y, iter_all
from .types import ALIASES, WRITTEN, Coordinate, Interval, NoElementError, coordinate

__all__ = ["Coordinate", "Enum", "Interval", "NoElementError", "X", "Y", "common", "coordinate",
           "iter_all"]


def __getattr__(name: str) -> Any:
    """Build types on first use."""
    try:
        found = coordinate(name)
    except AttributeError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List all coordinate types too."""
    names = (n for n in registers.coordinate_names() if "." not in n)
    return sorted({*globals(), *names, *ALIASES, *WRITTEN})
