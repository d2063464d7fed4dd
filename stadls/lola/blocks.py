"""Blocks of the chip and of the board that are configured as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from fisch import registers
from stadls.aggregate import Aggregate, Analog, Numbers, Records, Single, Tree
from stadls.hal.types import container_class
from stadls.halco.types import coordinate
from stadls.parts import Interleaved, Part, Transfer

BLOCKS = "CapMemBlockOnHemisphere"


def _all(name: str) -> npt.NDArray[np.int64]:
    """Enums of all elements of a coordinate type."""
    return np.arange(coordinate(name).size)


# Types of the value of a CapMem cell: a code, or none (the cell is not refreshed).
CELL_VALUES = (container_class("CapMemCell").Value, container_class("CapMemCell").DisableRefresh)


def cells_of_blocks(data: Tree, names: Mapping[str, str], blocks: Iterable[int]) -> Transfer:
    """CapMem cells that exist once per block, one block after the other.

    Parameters
    ----------
    data
        Arrays of the aggregate: codes by block.
    names
        ``{member: name of the cell}`` in the order within a block.
    blocks
        Enums of ``CapMemBlockOnDLS`` of the elements of the arrays.
    """
    local = coordinate("CapMemCellOnCapMemBlock")
    first = np.fromiter(blocks, np.int64) * int(local.size)
    rows = len(first)
    return Interleaved(
        [Part("CapMemCell", first + int(getattr(local, cell)), {"value": (data[name], None)})
         for name, cell in names.items()], rows)


def chip_cells(data: Tree, names: Mapping[str, str]) -> list[Transfer]:
    """CapMem cells that exist once per chip: ``{member: name of the cell}``, in order."""
    cells = coordinate("CapMemCellOnDLS")
    return [Part("CapMemCell", np.array([int(getattr(cells, cell))]),
                 {"value": (data[name], None)}) for name, cell in names.items()]


def blocks_of_hemisphere(e: int) -> range:
    """Enums of ``CapMemBlockOnDLS`` of a hemisphere."""
    size = coordinate(BLOCKS).size
    return range(e * size, (e + 1) * size)


class SynapseDriverBlock(Aggregate):
    """All synapse drivers of a hemisphere, their bus, and their analog parameters."""

    __slots__ = ()
    _coordinate = "SynapseDriverBlockOnDLS"
    synapse_drivers = Records("SynapseDriverConfig", "SynapseDriverOnSynapseDriverBlock")
    AnalogValue, AnalogDisableRefresh = CELL_VALUES
    padi_bus = Single("CommonPADIBusConfig")
    stp = Single("CommonSTPConfig")
    stp_v_charge_0 = Analog(BLOCKS)
    stp_v_charge_1 = Analog(BLOCKS)
    stp_v_recover_0 = Analog(BLOCKS)
    stp_v_recover_1 = Analog(BLOCKS)
    stp_i_bias_comparator = Analog(BLOCKS)
    stp_i_ramp = Analog(BLOCKS)
    stp_i_calib = Analog(BLOCKS)
    stp_i_bias_readout = Analog()
    hagen_i_bias_dac = Analog()

    # the names of the cells are the same
    _CELLS = {name: name for name in (
        "stp_v_charge_0", "stp_v_charge_1", "stp_v_recover_0", "stp_v_recover_1",
        "stp_i_bias_comparator", "stp_i_ramp", "stp_i_calib")}

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        cls = type(self)
        drivers = coordinate("SynapseDriverOnSynapseDriverBlock").size
        here = np.array([e])
        side = ("top", "bottom")[e]
        return [
            cls.synapse_drivers.part(self._data, e * drivers + np.arange(drivers)),
            cls.padi_bus.part(self._data, here), cls.stp.part(self._data, here),
            cells_of_blocks(self._data, self._CELLS, blocks_of_hemisphere(e)),
            *chip_cells(self._data, {"stp_i_bias_readout": f"stp_ibias_readout_{side}",
                                     "hagen_i_bias_dac": f"hagen_ibias_dac_{side}"})]


class Crossbar(Aggregate):
    """All nodes of the event router and the configuration of its outputs."""

    __slots__ = ()
    _coordinate = "CrossbarOnDLS"
    _backends = ("Omnibus",)
    unsupported_read_targets = frozenset({"hardware"})
    nodes = Records("CrossbarNode", "CrossbarNodeOnDLS")
    outputs = Single("CrossbarOutputConfig")

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        cls = type(self)
        return [cls.outputs.part(self._data, np.array([0])),
                cls.nodes.part(self._data, _all("CrossbarNodeOnDLS"))]


class MemoryTiming(Aggregate):
    """Timing of all static memories of the chip."""

    __slots__ = ()
    _coordinate = "MemoryTimingOnDLS"
    capmem = Records("CapMemSRAMTimingConfig", "CapMemSRAMTimingConfigOnDLS")
    cadc_offset = Records("CADCOffsetSRAMTimingConfig", "CADCOffsetSRAMTimingConfigOnDLS")
    synapse_driver = Records("SynapseDriverSRAMTimingConfig", "SynapseDriverSRAMTimingConfigOnDLS")
    neuron = Records("NeuronSRAMTimingConfig", "NeuronSRAMTimingConfigOnDLS")
    neuron_backend = Records("NeuronBackendSRAMTimingConfig", "NeuronBackendSRAMTimingConfigOnDLS")
    synram = Records("CommonSynramConfig", "CommonSynramConfigOnDLS")

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        members = (type(self).capmem, type(self).cadc_offset, type(self).synapse_driver,
                   type(self).neuron, type(self).neuron_backend, type(self).synram)
        return [m.part(self._data, _all(m.index)) for m in members]


class NotAVoltageError(ValueError):
    """A channel of the board's DACs does not give a voltage."""


class DACChannelBlock(Aggregate):
    """Values of all channels of the board's DACs."""

    __slots__ = ()
    _coordinate = "DACChannelBlockOnBoard"
    _backends = ("SPIDACDataRegister",)
    readable = False
    value = Numbers(("DACChannelOnBoard",), "DACChannel", "value", np.uint64, stored=np.int64)

    # full scale in volt of the channels that give a voltage
    _FULL_SCALE = {"v_reset": 1.2, "v_res_meas": 1.2, "mux_rfu_0": 1.2, "mux_rfu_1": 1.2,
                   "i_ref_board": 2.5, "ana_readout_debug_0": 2.5, "ana_readout_debug_1": 2.5,
                   "mux_dac_25": 2.5}
    # supply presets of the two generations of voltage regulators
    _SUPPLIES = {
        1: {"vdd25_digital": 275, "vdd12_digital": 315, "vdd25_analog": 275,
            "vdd12_analog": 315, "vdd12_madc": 440, "vdd12_pll": 440},
        2: {"vdd25_digital": 608, "vdd12_digital": 2090, "vdd25_analog": 608,
            "vdd12_analog": 1630, "vdd12_madc": 440, "vdd12_pll": 440}}

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        return [Part("DACChannel", _all("DACChannelOnBoard"), {"value": (self._data["value"],
                                                                         None)})]

    def _scale(self, channel: Any) -> float:
        for name, volts in self._FULL_SCALE.items():
            if channel == getattr(coordinate("DACChannelOnBoard"), name):
                return volts
        raise NotAVoltageError(
            f"{channel!r} gives no voltage; these do: {', '.join(self._FULL_SCALE)}")

    def set_voltage(self, channel: Any, volts: float) -> Self:
        """Set a channel to a voltage.

        Parameters
        ----------
        channel
            A ``DACChannelOnBoard`` that gives a voltage.
        volts
            0 to the full scale of the channel (1.2 or 2.5 V).

        Raises
        ------
        ValueError
            The channel gives no voltage.
        OverflowError, RuntimeError
            Above (below) the full scale.
        """
        code = int(volts / self._scale(channel) * 4095)
        self.value[channel] = container_class("DACChannel").Value(code)
        return self

    def get_voltage(self, channel: Any) -> float:
        """Voltage of a channel."""
        return int(self.value[channel]) / 4095 * self._scale(channel)


class _Supplies:
    """A preset for the supplies: a fresh block on every access."""

    def __init__(self, generation: int):
        self.generation = generation

    def __get__(self, instance: Any, owner: type[DACChannelBlock]) -> DACChannelBlock:
        block = owner()
        for name, code in owner._SUPPLIES[self.generation].items():
            block.value[getattr(coordinate("DACChannelOnBoard"), name)] = code
        return block


DACChannelBlock.default_ldo_1 = _Supplies(1)  # type: ignore[attr-defined]
DACChannelBlock.default_ldo_2 = _Supplies(2)  # type: ignore[attr-defined]


class DACControlBlock(Aggregate):
    """Which channels of the board's DACs are switched on."""

    __slots__ = ()
    _coordinate = "DACControlBlockOnBoard"
    _backends = ("SPIDACControlRegister",)
    readable = False
    enable = Numbers(("DACChannelOnBoard",), "DACControl", "enable_channel", np.bool_,
                     default=True)

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        dacs = coordinate("DACOnBoard").size
        enable = self._data["enable"].reshape(dacs, -1)
        return [Part("DACControl", np.arange(dacs), {"enable_channel": (enable, None)})]


class CapMem(Aggregate):
    """Common configuration of the analog parameter memory, and the cells that nothing uses."""

    __slots__ = ()
    _coordinate = "CapMemOnDLS"
    blocks = Records("CapMemBlockConfig", "CapMemBlockConfigOnDLS")
    synapse_bias_selection = Single("SynapseBiasSelection")
    reference_generator = Single("ReferenceGeneratorConfig")
    _unused_cells = Analog("UnusedCapMemCellOnDLS")

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        cls = type(self)
        unused = registers.convert("UnusedCapMemCellOnDLS", "CapMemCellOnDLS",
                                   _all("UnusedCapMemCellOnDLS"))
        return [cls.blocks.part(self._data, _all("CapMemBlockConfigOnDLS")),
                cls.synapse_bias_selection.part(self._data, np.array([0])),
                cls.reference_generator.part(self._data, np.array([0])),
                Part("CapMemCell", unused, {"value": (self._data["_unused_cells"], None)})]


class CapMemBlock(Aggregate):
    """All analog parameters of one quadrant."""

    __slots__ = ()
    _coordinate = "CapMemBlockOnDLS"
    differential_write = True
    cells = Numbers(("CapMemCellOnCapMemBlock",), "CapMemCell", "value", np.uint64,
                    stored=np.int64)

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        size = coordinate("CapMemCellOnCapMemBlock").size
        return [Part("CapMemCell", e * size + np.arange(size), {"value": (self._data["cells"],
                                                                          None)})]

    def get_cell(self, cell: Any) -> Any:
        """Value of one cell."""
        return self.cells[cell]

    def set_cell(self, cell: Any, value: Any) -> None:
        """Set one cell to a ``CapMemCell.Value`` or ``CapMemCell.DisableRefresh``."""
        self.cells[cell] = value


class PPUMemory(Aggregate):
    """The memory of one plasticity processor, 4096 words."""

    __slots__ = ()
    _coordinate = "PPUMemoryOnDLS"
    words = Numbers(("PPUMemoryWordOnPPU",), "PPUMemoryWord", "value", np.uint64,
                    stored=np.uint32)

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        size = coordinate("PPUMemoryWordOnPPU").size
        return [Part("PPUMemoryWord", e * size + np.arange(size), {"value": (self._data["words"],
                                                                             None)})]

    def get_word(self, word: Any) -> Any:
        """Value of one word."""
        return self.words[word]

    def set_word(self, word: Any, value: Any) -> None:
        """Set one word."""
        self.words[word] = value


class PPUMemoryBlock(Aggregate):
    """Consecutive words of a plasticity processor's memory.

    Parameters
    ----------
    size
        Number of words, 1 to 4096; must match the coordinate that it is written to.
    """

    __slots__ = ()
    _coordinate = "PPUMemoryBlockOnDLS"

    def __init__(self, size: Any = None) -> None:
        if isinstance(size, PPUMemoryBlock):
            super().__init__(size)
            return
        maximum = coordinate("PPUMemoryBlockSize")
        count = int(maximum(maximum.max if size is None else size))
        self._data = {"words": np.zeros(count, np.uint32)}

    @property
    def words(self) -> npt.NDArray[np.uint32]:
        """The words, uint32, to be changed in place."""
        return self._data["words"]

    @words.setter
    def words(self, values: Any) -> None:
        numbers = np.asarray([int(v) for v in values])
        if len(numbers) != len(self._data["words"]):
            raise RuntimeError(f"{len(self._data['words'])} words needed, {len(numbers)} given")
        self._data["words"][...] = numbers

    def size(self) -> int:
        """Return the number of words."""
        return len(self._data["words"])

    def at(self, index: int) -> Any:
        """Return one word as ``PPUMemoryWord``."""
        return container_class("PPUMemoryWord")(int(self._data["words"][index]))

    @classmethod
    def for_coordinate(cls, at: Any) -> Self:
        """Return a block of the size of the coordinate."""
        return cls(at.toPPUMemoryBlockSize())

    def check(self) -> None:
        """Do nothing: a word holds any number of 32 bits."""

    def parts_at(self, at: Any) -> list[Transfer]:
        """Words at an interval of the memory."""
        if int(at.length()) != self.size():
            raise RuntimeError(f"{self.size()} words do not fit {at!r}")
        first = int(at.toPPUOnDLS()) * registers.raw_coordinates()["PPUMemoryWordOnPPU"]["size"]
        enums = first + np.arange(int(at.toMin()), int(at.toMax()) + 1)
        return [Part("PPUMemoryWord", enums, {"value": (self._data["words"], None)})]
