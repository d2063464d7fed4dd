"""Aggregates of register containers: synapses, neurons, samples, the whole chip.

They hold NumPy arrays and are written and read in one pass.

>>> from stadls import lola
>>> matrix = lola.SynapseMatrix()
>>> matrix.weights[8][15] = 27
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["containers"]

# In the order in which the field lists them.
_CONTAINERS = {
    "NeuronBlock": "neuron", "AtomicNeuron": "neuron", "Chip": "chip",
    "SynapseDriverBlock": "blocks", "Crossbar": "blocks", "CapMem": "blocks",
    "DACControlBlock": "blocks", "DACChannelBlock": "blocks", "CADCReadoutChain": "readout",
    "CADCSampleRow": "cadc", "CADCSamples": "cadc", "LogicalNeuron": "morphology",
    "ReadoutChain": "readout", "SynapseMatrix": "synapse", "SynapseBlock": "chip",
    "SynapseWeightMatrix": "synapse", "SynapseLabelMatrix": "synapse",
    "SynapseCorrelationCalibMatrix": "synapse", "ColumnCorrelationRow": "synapse",
    "ColumnCurrentRow": "synapse", "CorrelationResetRow": "synapse",
    "SynapseWeightRow": "synapse", "SynapseLabelRow": "synapse",
    "SynapseCorrelationCalibRow": "synapse", "ExternalPPUMemoryBlock": "memory",
    "ExternalPPUMemory": "memory", "ExternalPPUDRAMMemoryBlock": "memory",
    "MemoryTiming": "blocks", "SynapseRow": "synapse", "OutputRoutingTable": "fpga",
    "InputRoutingTable": "fpga", "MultichipJboaLeafFPGA": "fpga",
    "ChipAndMultichipJboaLeafFPGA": "fpga", "SinglechipFPGA": "fpga",
    "ChipAndSinglechipFPGA": "fpga"}
_PLACES = {**_CONTAINERS, "MCSafeAtomicNeuron": "neuron", "Morphology": "morphology",
           "PPUElfFile": "ppu", "PPUProgram": "ppu", "to_json": "..archive",
           "from_json": "..archive", "to_portablebinary": "..archive",
           "from_portablebinary": "..archive"}


def _module(name: str) -> Any:
    return import_module(name if name.startswith(".") else f".{name}", __name__)


def __getattr__(name: str) -> Any:
    """Import the module of a class on first use."""
    if name == "containers":
        found: Any = [__getattr__(n) for n in _CONTAINERS]
    elif name in _PLACES:
        found = getattr(_module(_PLACES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List all aggregates too."""
    return sorted({*globals(), *_PLACES, "containers"})
