"""Aggregates of register containers: matrices of synapses, blocks of drivers, samples.

They hold NumPy arrays and are written and read in one pass.

>>> from stadls import lola
>>> matrix = lola.SynapseMatrix()
>>> matrix.weights[8][15] = 27
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["containers"]

_MODULES = {
    "synapse": ("SynapseMatrix", "SynapseWeightMatrix", "SynapseLabelMatrix",
                "SynapseCorrelationCalibMatrix", "ColumnCorrelationRow", "ColumnCurrentRow",
                "CorrelationResetRow", "SynapseWeightRow", "SynapseLabelRow",
                "SynapseCorrelationCalibRow", "SynapseRow"),
    "cadc": ("CADCSampleRow", "CADCSamples"),
    "blocks": ("SynapseDriverBlock", "Crossbar", "MemoryTiming", "DACChannelBlock",
               "DACControlBlock"),
}
_PLACES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import the module of a class on first use."""
    if name == "containers":
        found: Any = [__getattr__(n) for n in _PLACES]
    elif name in _PLACES:
        found = getattr(import_module(f".{_PLACES[name]}", __name__), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List all aggregates too."""
    return sorted({*globals(), *_PLACES, "containers"})
