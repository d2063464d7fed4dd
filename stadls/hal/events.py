"""Events from the chip with typed fields; lists of them stay arrays inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fisch import events
from stadls.halco.types import coordinate
from stadls.ranged import make_ranged

from .special import ChipTime, FPGATime

__all__ = ["HighspeedLinkNotification", "MADCSampleFromChip", "MADCSamples", "SpikeFromChip",
           "Spikes"]

MADC_VALUE_MAX = 0x3FF
# Bits of a link notification.
_LINK_BITS = {"check_error": 0, "crc_recover": 1, "crc_error": 2, "decode_error": 3, "link_up": 4}
_LINK_PHY_LSB = 5


class _Event:
    """Base of the events: equal if all fields are."""

    __slots__: tuple[str, ...] = ()

    def _fields(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self._fields())

    def __repr__(self) -> str:
        rows = "".join(f"\t{n}: {getattr(self, n)}\n" for n in self.__slots__)
        return f"{type(self).__name__}(\n{rows})"


class SpikeFromChip(_Event):
    """A spike.

    Attributes
    ----------
    label
        ``halco.SpikeLabel``.
    fpga_time, chip_time
        When the FPGA passed it on, and when the chip sent it, in FPGA cycles (8 ns).
    """

    __slots__ = ("chip_time", "fpga_time", "label")

    def __init__(self, label: Any = 0, fpga_time: Any = 0, chip_time: Any = 0) -> None:
        self.label = coordinate("SpikeLabel")(int(label))
        self.fpga_time = FPGATime(int(fpga_time))
        self.chip_time = ChipTime(int(chip_time))


class MADCSampleFromChip(_Event):
    """A sample of the MADC.

    Attributes
    ----------
    value
        0 to 1023.
    channel
        ``halco.SourceMultiplexerOnReadoutSourceSelection`` it came from.
    fpga_time, chip_time
        When the FPGA passed it on, and when the chip took it, in FPGA cycles (8 ns).
    """

    __slots__ = ("channel", "chip_time", "fpga_time", "value")
    Value = make_ranged("Value", 0, MADC_VALUE_MAX, module="stadls.hal",
                        qualname="MADCSampleFromChip.Value")

    def __init__(self, value: Any = 0, channel: Any = 0, fpga_time: Any = 0,
                 chip_time: Any = 0) -> None:
        self.value = self.Value(int(value))
        self.channel = coordinate("SourceMultiplexerOnReadoutSourceSelection")(int(channel))
        self.fpga_time = FPGATime(int(fpga_time))
        self.chip_time = ChipTime(int(chip_time))


class HighspeedLinkNotification(_Event):
    """A change of a link between FPGA and chip.

    Attributes
    ----------
    phy
        ``halco.PhyStatusOnFPGA`` of the link.
    link_up, decode_error, crc_error, crc_recover, check_error
        What happened.
    fpga_time
        When, in FPGA cycles (8 ns).
    """

    __slots__ = ("check_error", "crc_error", "crc_recover", "decode_error", "fpga_time",
                 "link_up", "phy")

    def __init__(self, value: int = 0, fpga_time: Any = 0) -> None:
        for name, bit in _LINK_BITS.items():
            setattr(self, name, bool(int(value) >> bit & 1))
        self.phy = coordinate("PhyStatusOnFPGA")(int(value) >> _LINK_PHY_LSB)
        self.fpga_time = FPGATime(int(fpga_time))


class Spikes(events.EventSequence[Any]):
    """Spikes in the order of arrival; ``to_numpy()`` gives the structured array."""

    event = SpikeFromChip
    dtype = events.SpikesFromChip.dtype


class MADCSamples(events.EventSequence[Any]):
    """Samples in the order of arrival; ``to_numpy()`` gives the structured array."""

    event = MADCSampleFromChip
    dtype = events.MADCSamplesFromChip.dtype


def link_notifications(found: npt.NDArray[np.void]) -> list[HighspeedLinkNotification]:
    """Objects of an array of notifications."""
    return [HighspeedLinkNotification(int(n["value"]), int(n["fpga_time"])) for n in found]
