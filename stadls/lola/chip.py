"""The whole chip in one aggregate."""

from __future__ import annotations

from typing import Any

import numpy as np

from stadls.aggregate import Aggregate, Analog, Child, Children, Records
from stadls.hal.types import container_class
from stadls.parts import Transfer

from .blocks import (
    BLOCKS,
    CELL_VALUES,
    CapMem,
    Crossbar,
    PPUMemory,
    SynapseDriverBlock,
    blocks_of_hemisphere,
    cells_of_blocks,
)
from .memory import ExternalPPUMemory
from .neuron import NeuronBlock
from .readout import CADCReadoutChain, ReadoutChain
from .synapse import SynapseMatrix


class SynapseBlock(Aggregate):
    """All synapses of a hemisphere and the bias of their DACs."""

    __slots__ = ()
    _coordinate = "SynapseBlockOnDLS"
    AnalogValue, AnalogDisableRefresh = CELL_VALUES
    matrix = Child(SynapseMatrix)
    i_bias_dac = Analog(BLOCKS, 1022)

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        return [*self.matrix.parts(e),
                cells_of_blocks(self._data, {"i_bias_dac": "syn_i_bias_dac"},
                                blocks_of_hemisphere(e))]


class _NeuronBypass:
    """A chip whose neurons pass events on: a fresh one on every access."""

    def __get__(self, instance: Any, owner: type[Chip]) -> Chip:
        chip = owner()
        switches = chip._data["neuron_block"]["atomic_neurons"]["_config"]
        switches["enable_threshold_comparator"][...] = False
        for name in ("enable_bypass_excitatory", "enable_bypass_inhibitory"):
            switches[name][...] = True
        for block in chip.synapse_driver_blocks:
            block.padi_bus.dacen_pulse_extension.fill(
                container_class("CommonPADIBusConfig").DacenPulseExtension.max)
        return chip


class Chip(Aggregate):
    """Everything that can be configured on one chip.

    ``Chip.default_neuron_bypass`` is a chip whose neurons pass events on instead of
    integrating them.
    """

    __slots__ = ()
    _coordinate = "ChipOnDLS"
    _backends = ("Omnibus",)
    differential_write = True
    default_neuron_bypass = _NeuronBypass()
    crossbar = Child(Crossbar)
    background_spike_sources = Records("BackgroundSpikeSource", "BackgroundSpikeSourceOnDLS")
    capmem = Child(CapMem)
    synapse_driver_blocks = Children(SynapseDriverBlock, "SynapseDriverBlockOnDLS")
    synapse_blocks = Children(SynapseBlock, "SynapseBlockOnDLS")
    neuron_block = Child(NeuronBlock)
    cadc_readout_chains = Children(CADCReadoutChain, "CADCOnDLS")
    readout_chain = Child(ReadoutChain)
    ppu_memory = Children(PPUMemory, "PPUMemoryOnDLS")
    external_ppu_memory = Child(ExternalPPUMemory)

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        sources = type(self).background_spike_sources

        def each(elements: Any) -> list[Transfer]:
            return [p for i in range(len(elements)) for p in elements[i].parts(i)]

        return [*self.crossbar.parts(0),
                sources.part(self._data, np.arange(sources.size())),
                *self.capmem.parts(0), *each(self.synapse_driver_blocks),
                *each(self.synapse_blocks), *self.neuron_block.parts(0),
                *each(self.cadc_readout_chains), *self.readout_chain.parts(0),
                *each(self.ppu_memory), *self.external_ppu_memory.parts(0)]
