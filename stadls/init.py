"""Generators of the initialisation: from power-on to a chip that answers.

The order of operations and the waits are those of the real stack; nothing is read back. A link
that does not come up shows as an instruction timeout at the first barrier that needs it.
"""

from __future__ import annotations

import logging
from typing import Any

from stadls import hal, halco, lola
from stadls.builder import PlaybackProgramBuilder
from stadls.generator import PlaybackGenerator
from stadls.ranged import Ranged

__all__ = ["ASICAdapterBoardInit", "ChipInit", "CubeASICAdapterBoardInit", "DigitalInit",
           "ExperimentInit", "JboaASICAdapterBoardInit", "SystemInit"]

_log = logging.getLogger("stadls.init")


class InitError(RuntimeError):
    """An initialisation is configured in a way that the set-up cannot follow."""


class _Members:
    """Base of what has members to set: a name that it does not have is an error, not ignored.

    Classes that scripts derive may have members of their own.
    """

    _complete = False

    def __setattr__(self, name: str, value: Any) -> None:
        if self._complete and type(self).__module__ == __name__ and not hasattr(self, name):
            known = ", ".join(n for n in dir(self) if n[0] != "_" and n != "generate")
            raise AttributeError(f"{type(self).__name__} has no member {name!r}; it has {known}")
        super().__setattr__(name, value)


def _wait(builder: PlaybackProgramBuilder, cycles: int, *, reset: bool = True) -> None:
    """Wait for a number of FPGA cycles since now (or since the last reset of the timer)."""
    timer: Any = hal.Timer
    if reset:
        builder.write(halco.TimerOnDLS(), timer())
    builder.block_until(halco.TimerOnDLS(), timer.Value(cycles))


def _barrier(builder: PlaybackProgramBuilder, kind: Any) -> None:
    builder.block_until(halco.BarrierOnFPGA(), kind)


def _array(coordinate_type: Any, kind: Any) -> TypedList:
    return TypedList(coordinate_type, [kind() for _ in range(coordinate_type.size)])


class TypedList:
    """A few containers, indexed by their coordinate or by a number."""

    def __init__(self, index: Any, items: list[Any]):
        self._index = index
        self._items = items

    def _position(self, key: Any) -> int:
        if isinstance(key, Ranged) and not isinstance(key, self._index):
            raise TypeError(f"indices are {self._index.__name__}, not {key!r}")
        if not 0 <= int(key) < len(self._items):
            raise IndexError(f"index {key!r} not within 0..{len(self._items) - 1}")
        return int(key)

    def __getitem__(self, key: Any) -> Any:
        return self._items[self._position(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        position = self._position(key)
        if type(value) is not type(self._items[position]):
            raise TypeError(f"a {type(self._items[position]).__name__} is needed, not {value!r}")
        self._items[position] = type(value)(value)

    def __iter__(self) -> Any:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


class ASICAdapterBoardInit(_Members, PlaybackGenerator):
    """Initialisation of a board with nothing to configure."""

    def generate(self) -> tuple[PlaybackProgramBuilder, None]:
        """Return an empty builder."""
        return PlaybackProgramBuilder(), None


class CubeASICAdapterBoardInit(ASICAdapterBoardInit):
    """Initialisation of the cube's board: multiplexers and supplies.

    Attributes
    ----------
    shift_register
        ``hal.ShiftRegister``.
    dac_channel_block
        ``lola.DACChannelBlock``, by default the supplies of the newer regulators.
    dac_control_block
        ``lola.DACControlBlock``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shift_register: Any = hal.ShiftRegister()
        self.dac_channel_block: Any = lola.DACChannelBlock.default_ldo_2
        self.dac_control_block: Any = lola.DACControlBlock()
        self._complete = True

    def generate(self) -> tuple[PlaybackProgramBuilder, None]:
        """Write the board's devices and wait for the supplies to settle (1 ms)."""
        builder = PlaybackProgramBuilder()
        builder.write(halco.ShiftRegisterOnBoard(), self.shift_register)
        builder.write(halco.DACChannelBlockOnBoard(), self.dac_channel_block)
        builder.write(halco.DACControlBlockOnBoard(), self.dac_control_block)
        _wait(builder, hal.xboard_dac_settling_duration)
        return builder, None


class JboaASICAdapterBoardInit(ASICAdapterBoardInit):
    """Initialisation of the jBOA board: bus multiplexer, potentiometers, expander.

    Attributes
    ----------
    multiplexer
        ``hal.TCA9546ChannelConfig``.
    DigitalPotiArray
        ``hal.AD5252ChannelConfig`` by ``halco.AD5252ChannelConfigOnBoard``.
    io_expander
        ``hal.TCA9554Config``.
    """

    def __init__(self) -> None:
        super().__init__()
        poti: Any = hal.AD5252ChannelConfig
        self.multiplexer: Any = hal.TCA9546ChannelConfig.default_mux
        self.io_expander: Any = hal.TCA9554Config()
        self.DigitalPotiArray = TypedList(halco.AD5252ChannelConfigOnBoard, [
            poti.default_pot_25, poti.default_pot_12_digital, poti.default_pot_12,
            poti.default_pot_12, poti.default_pot_12, poti.default_pot_25])
        self._complete = True

    def generate(self) -> tuple[PlaybackProgramBuilder, None]:
        """Write the board's devices and wait for the supplies to settle (3.5 ms)."""
        builder = PlaybackProgramBuilder()
        builder.write(halco.TCA9546OnBoard(), self.multiplexer)
        for place in halco.iter_all(halco.AD5252ChannelConfigOnBoard):
            builder.write(place, self.DigitalPotiArray[place])
        builder.write(halco.TCA9554ConfigOnBoard(), self.io_expander)
        _barrier(builder, hal.Barrier.omnibus)
        _wait(builder, hal.jboa_powerup_settling_duration)
        _wait(builder, hal.jboa_dac_settling_duration)
        return builder, None


class HighspeedLinkInit(_Members):
    """Settings of the links between FPGA and chip, and of the time on the chip."""

    def __init__(self) -> None:
        self.phy_configs_fpga = _array(halco.PhyConfigFPGAOnDLS, hal.PhyConfigFPGA)
        self.phy_configs_chip = _array(halco.PhyConfigChipOnDLS, hal.PhyConfigChip)
        self.common_phy_config_fpga: Any = hal.CommonPhyConfigFPGA()
        self.common_phy_config_chip: Any = hal.CommonPhyConfigChip()
        self.systime_sync_base: Any = hal.SystimeSyncBase()
        self.enable_systime = True
        self._complete = True


class ChipInit(_Members, PlaybackGenerator):
    """Initialisation of the chip: reset, clocks, links, time, references, memories.

    Parameters
    ----------
    hwdb_entry
        Entry of the hardware database; None for none.

    Attributes
    ----------
    jtag_clock_scaler, adplls, pll_clock_output_block, highspeed_link, event_recording, \
memory_timing, reference_generator_config
        What is written.
    enable_highspeed_link, enable_capmem
        Whether the fast links and the analog references are brought up.
    """

    def __init__(self, hwdb_entry: Any = None) -> None:
        super().__init__()
        self.jtag_clock_scaler: Any = hal.JTAGClockScaler()
        self.pll_clock_output_block: Any = hal.PLLClockOutputBlock()
        self.adplls = _array(halco.ADPLLOnDLS, hal.ADPLL)
        self.highspeed_link = HighspeedLinkInit()
        self.enable_highspeed_link = True
        self.event_recording: Any = hal.EventRecordingConfig()
        self.event_recording.enable_event_recording = True
        self.memory_timing: Any = lola.MemoryTiming()
        self.enable_capmem = True
        self.reference_generator_config: Any = hal.ReferenceGeneratorConfig()
        self._complete = True
        self._take_timing(hwdb_entry)

    def _take_timing(self, entry: Any) -> None:
        """Take the timing of the synapse memories from the set-up's entry where it has some."""
        fpgas = getattr(entry, "fpgas", None)
        if fpgas is None:
            return
        if len(fpgas) != 1:
            raise InitError("Expected exactly one FPGA hwdb entry. "
                            f"({len(fpgas)} are given)")
        wing = next(iter(fpgas.values())).wing
        for attribute, field in (("synram_timing_pcconf", "pc_conf"),
                                 ("synram_timing_wconf", "w_conf")):
            values = getattr(wing, attribute, None)
            if values is None:
                _log.debug("the hardware database has no %s; defaults are kept", attribute)
                continue
            for hemisphere in halco.iter_all(halco.CommonSynramConfigOnDLS):
                west, east = values[int(hemisphere)]
                timing = self.memory_timing.synram[hemisphere]
                setattr(timing, f"{field}_west", int(west))
                setattr(timing, f"{field}_east", int(east))

    def generate(self) -> tuple[PlaybackProgramBuilder, None]:
        """Return a builder with the whole sequence.

        Raises
        ------
        RuntimeError
            The analog references are enabled without the links that they need.
        """
        if self.enable_capmem and not self.enable_highspeed_link:
            raise InitError("Highspeed link needs to be enabled to configure CapMem.")
        builder = PlaybackProgramBuilder()
        self._reset(builder)
        self._clocks(builder)
        if self.enable_highspeed_link:
            self._links(builder)
        builder.write(halco.EventRecordingConfigOnFPGA(), self.event_recording)
        if self.enable_capmem:
            self._references(builder)
        backend = hal.Backend.Omnibus if self.enable_highspeed_link \
            else hal.Backend.OmnibusChipOverJTAG
        builder.write(halco.MemoryTimingOnDLS(), self.memory_timing, backend)
        _barrier(builder, hal.Barrier.omnibus if self.enable_highspeed_link
                 else hal.Barrier.jtag)
        return builder, None

    def _reset(self, builder: PlaybackProgramBuilder) -> None:
        builder.write(halco.ResetChipOnDLS(), hal.ResetChip(True))
        _wait(builder, hal.chip_reset_high_duration)
        builder.write(halco.ResetChipOnDLS(), hal.ResetChip(False))
        _wait(builder, hal.chip_reset_low_duration)

    def _clocks(self, builder: PlaybackProgramBuilder) -> None:
        builder.write(halco.JTAGClockScalerOnDLS(), self.jtag_clock_scaler)
        builder.write(halco.ResetJTAGTapOnDLS(), hal.ResetJTAGTap())
        backend = hal.Backend.JTAGPLLRegister
        for place in halco.iter_all(halco.ADPLLOnDLS):
            builder.write(place, self.adplls[place], backend)
        builder.write(halco.PLLClockOutputBlockOnDLS(), self.pll_clock_output_block, backend)

    def _links(self, builder: PlaybackProgramBuilder) -> None:
        link = self.highspeed_link
        for place in halco.iter_all(halco.PhyConfigFPGAOnDLS):
            builder.write(place, link.phy_configs_fpga[place])
        for place in halco.iter_all(halco.PhyConfigChipOnDLS):
            builder.write(place, link.phy_configs_chip[place])
        # counts from the end of the reset
        _wait(builder, hal.pll_and_omnibus_settling_duration, reset=False)
        builder.write(halco.CommonPhyConfigFPGAOnDLS(), link.common_phy_config_fpga)
        builder.write(halco.CommonPhyConfigChipOnDLS(), link.common_phy_config_chip)
        if link.enable_systime:
            builder.write(halco.SystimeSyncBaseOnDLS(), link.systime_sync_base,
                          hal.Backend.Omnibus)
            _barrier(builder, hal.Barrier.omnibus)
            builder.write(halco.SystimeSyncOnFPGA(), hal.SystimeSync())
            _barrier(builder, hal.Barrier.systime)

    def _references(self, builder: PlaybackProgramBuilder) -> None:
        place = halco.ReferenceGeneratorConfigOnDLS()
        in_reset = type(self.reference_generator_config)(self.reference_generator_config)
        in_reset.enable_reset = True
        builder.write(place, in_reset)
        _barrier(builder, hal.Barrier.omnibus)
        _wait(builder, hal.reference_generator_reset_duration)
        builder.write(place, self.reference_generator_config)


class SystemInit(_Members, PlaybackGenerator):
    """Initialisation of a whole set-up: FPGA, board and chip.

    Parameters
    ----------
    hwdb_entry
        Entry of the hardware database, which tells the kind of the board; None for a cube.

    Attributes
    ----------
    instruction_timeout
        ``hal.InstructionTimeoutConfig``, by default 10 ms.
    asic_adapter_board, chip
        Generators of the parts.
    enable_asic_adapter_board, enable_chip
        Whether the parts are initialised.
    """

    def __init__(self, hwdb_entry: Any = None) -> None:
        super().__init__()
        self.instruction_timeout: Any = hal.InstructionTimeoutConfig()
        self._board: ASICAdapterBoardInit = _board(hwdb_entry)
        self.enable_asic_adapter_board = True
        self.chip = ChipInit(hwdb_entry)
        self.enable_chip = True
        self._complete = True

    @property
    def asic_adapter_board(self) -> Any:
        """Generator of the board's part."""
        return self._board

    @asic_adapter_board.setter
    def asic_adapter_board(self, board: ASICAdapterBoardInit) -> None:
        if not isinstance(board, ASICAdapterBoardInit):
            raise TypeError(f"an ASICAdapterBoardInit is needed, not {board!r}")
        self._board = board

    def generate(self) -> tuple[PlaybackProgramBuilder, None]:
        """Return a builder with the whole sequence."""
        builder = PlaybackProgramBuilder()
        builder.write(halco.InstructionTimeoutConfigOnFPGA(), self.instruction_timeout)
        if self.enable_asic_adapter_board:
            builder.merge_back(self._board.generate()[0])
        if self.enable_chip:
            builder.merge_back(self.chip.generate()[0])
        return builder, None


def _board(entry: Any) -> ASICAdapterBoardInit:
    """Board of a set-up; entries are told apart by what they have."""
    if entry is None or type(entry).__name__ in ("ZeroMockEntry", "SimulationEntry"):
        return CubeASICAdapterBoardInit()
    if hasattr(entry, "hxcube_id"):
        return CubeASICAdapterBoardInit()
    if hasattr(entry, "jboa_id"):
        return JboaASICAdapterBoardInit()
    raise InitError(f"no board is known for the hardware-database entry {entry!r}")


#: Names that older scripts use.
DigitalInit = SystemInit
ExperimentInit = SystemInit
