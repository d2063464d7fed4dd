"""Which circuit acts on which register: the declared register map joined with the hooks.

Addresses, sizes and defaults come from `fisch.registers`; this module only says by the name
of a container what the emulator does with its words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from fisch import registers

from ._store import Access, Hook, Store

# Circuits that act on the words of a container; the index of a word is
# (enum of the coordinate) * (words per container) + word.
HOOKS: dict[str, Hook] = {
    "SynapseWeightQuad": Hook.SYNAPSE_WEIGHT,
    "SynapseLabelQuad": Hook.SYNAPSE_LABEL,
    "SynapseCorrelationCalibQuad": Hook.SYNAPSE_CALIB,
    "SynapseQuad": Hook.SYNAPSE_RAW,
    "CADCSampleQuad": Hook.CADC_SAMPLE,
    "NeuronResetQuad": Hook.NEURON_RESET_QUAD,
    "NeuronReset": Hook.NEURON_RESET,
    "NeuronConfig": Hook.ANALOG,
    "ColumnCurrentQuad": Hook.ANALOG,
    "ColumnCorrelationQuad": Hook.ANALOG,
    "CapMemCell": Hook.CAPMEM,
    "CapMemBlockConfig": Hook.ANALOG,
    "PadMultiplexerConfig": Hook.ANALOG,
    "CADCConfig": Hook.ANALOG,
    "CADCChannelConfig": Hook.ANALOG,
    "CommonNeuronBackendConfig": Hook.BACKEND_COMMON,
    "SynapseDriverConfig": Hook.DRIVER,
    "CrossbarNode": Hook.ROUTING,
    "CrossbarOutputConfig": Hook.ROUTING,
    "CommonPADIBusConfig": Hook.DRIVER,
    "CrossbarInputDropCounter": Hook.CROSSBAR_DROPS,
    "CrossbarOutputEventCounter": Hook.CROSSBAR_EVENTS,
    "PADIEvent": Hook.PADI_EVENT,
    "CorrelationReset": Hook.CORRELATION_RESET,
    "SpikeCounterReset": Hook.SPIKE_COUNTER_RESET,
    "BlockPostPulse": Hook.IGNORED,
    "CommonPhyConfigChip": Hook.CHIP_PHY_ENABLE,
    "MADCControl": Hook.MADC_CONTROL,
    "MADCConfig": Hook.MADC_CONFIG,
    "ReadoutSourceSelection": Hook.MADC_CONFIG,
}

# Plain memory that is far too large to list word by word.
MEMORY = ("ExternalPPUMemoryQuad", "ExternalPPUDRAMMemoryQuad")

# Not in the address space, views of other containers, or of another bit file.
_SKIPPED_PREFIXES = ("VectorGenerator", "ExternalPPU", "CapMemBlock", "PPUMemoryBlock")
_SKIPPED = frozenset({"PPUMemory"})
_KEPT = frozenset({"CapMemBlockConfig"})

# Event recording is on after power-up, whatever the default of the container.
_POWER_UP: dict[str, dict[str, object]] = {
    "EventRecordingConfig": {"enable_event_recording": True},
}

FPGA_BASE = 0x80000000
# Executor registers with side effects, those that can't be written, and the event switch.
FPGA_REGISTERS = (*range(0x88000000, 0x88000010), *range(0x88002000, 0x88002008))
_FPGA_READ_ONLY = {0x88000003, 0x88000004, 0x8800000C, *range(0x88002001, 0x88002006)}
_EVENT_SWITCH = np.arange(0x88007C00, 0x88007C10, dtype=np.uint32)
# PLL registers 0 to 5 can be reached as words too.
_PLL_WORDS = np.arange(0x80000, 0x80008, dtype=np.uint32)


@dataclass(frozen=True)
class _Words:
    addresses: npt.NDArray[np.uint32]
    index: npt.NDArray[np.int32]
    hook: Hook
    access: int


@cache
def _declarations() -> tuple[tuple[_Words, ...], npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    found: list[_Words] = []
    default_addresses, default_words = [], []
    for name in registers.container_names():
        if name not in _KEPT and (name in _SKIPPED or name.startswith(_SKIPPED_PREFIXES)):
            continue
        container = registers.container(name)
        backend = next(
            (b for b in ("Omnibus", "OmnibusChipOverJTAG") if b in container.backends), None
        )
        if backend is None or not container.coordinate_size:
            continue
        low, high = registers.coordinate_range(container.coordinate)
        enums = np.arange(low, high + 1)
        hook = HOOKS.get(name, Hook.PLAIN)
        for write, access in ((True, Access.WRITABLE), (False, Access.READABLE)):
            if not (container.writable if write else container.readable):
                continue
            addresses = registers.addresses(name, enums, backend, write).astype(np.uint32)
            words = addresses.shape[1]
            index = enums[:, None] * words + np.arange(words)
            found.append(_Words(
                np.ascontiguousarray(addresses.ravel()),
                np.ascontiguousarray(index.ravel().astype(np.int32)), hook, int(access)))
            if write and hook not in (Hook.IGNORED, Hook.PADI_EVENT):
                values = registers.encode(name, _POWER_UP.get(name, {}))
                if any(values):
                    default_addresses.append(addresses.ravel())
                    default_words.append(np.tile(np.array(values, np.uint32), len(enums)))
    sleeping = word_addresses("PPUStatusRegister")
    default_addresses.append(sleeping)
    default_words.append(np.ones(len(sleeping), np.uint32))
    return (tuple(found), np.concatenate(default_addresses),
            np.concatenate(default_words))


def build_store() -> Store:
    """Store with every register of the chip and the FPGA declared, in its reset state."""
    store = Store()
    declarations, addresses, words = _declarations()
    for declared in declarations:
        store.declare(declared.addresses, declared.hook, declared.access, declared.index)
    both = Access.READABLE | Access.WRITABLE
    store.declare(_EVENT_SWITCH, Hook.PLAIN, both)
    store.declare(_PLL_WORDS, Hook.PLAIN, both)
    for address in FPGA_REGISTERS:
        store.declare(np.array([address], np.uint32), Hook.FPGA_REGISTER,
                      Access.READABLE if address in _FPGA_READ_ONLY else both)
    for name in MEMORY:
        first = int(registers.addresses(name, [0])[0, 0])
        store.declare_memory(first, registers.container(name).coordinate_size)
    store.set_defaults(addresses, words)
    store.reset(0, FPGA_BASE)
    store.reset(FPGA_BASE, 0xFFFFF000)
    return store


def word_addresses(name: str, word: int = 0) -> npt.NDArray[np.uint32]:
    """Addresses of one word of all containers of a type, ordered by coordinate enum."""
    container = registers.container(name)
    low, high = registers.coordinate_range(container.coordinate)
    table = registers.addresses(name, np.arange(low, high + 1), "Omnibus", container.writable)
    return np.ascontiguousarray(table[:, word].astype(np.uint32))
