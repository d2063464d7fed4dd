"""Coordinates of the instruction containers: which of several registers is meant.

Ranges, constants and the parts of two-part coordinates come from `fisch.registers`. Most types
have a single value and only say which container is meant: no two containers share a type.
"""

from __future__ import annotations

from operator import index
from typing import Any, ClassVar, SupportsIndex

from fisch.registers import raw_coordinates
from fisch.word_access import Number

_types: dict[str, type[Coordinate]] = {}


class Coordinate(Number):
    """A place. Types are declared by their name; everything else is data.

    Parameters
    ----------
    value
        `min` to `max`. For two-part types either this number, which is
        local + (number of locals) * outer, or the local part.
    outer
        Outer part, for two-part types only; 0 if not given.
    """

    __slots__ = ()

    local: ClassVar[type[Coordinate] | None] = None
    outer: ClassVar[type[Coordinate] | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        entry = raw_coordinates()[cls.__name__]
        cls.min = entry["min"]
        cls.max = entry["max"]
        super().__init_subclass__(**kwargs)
        if entry["kind"] == "tuple":
            cls.local = _types[entry["local"]]
            cls.outer = _types[entry["outer"]]
        for name, value in entry.get("constants", {}).items():
            # a constant beyond the range is a bare register number, not a place
            in_range = cls.min <= value <= cls.max and not name.endswith("_prefix")
            setattr(cls, name, cls(value) if in_range else value)
        _types[cls.__name__] = cls

    def __init__(
        self, value: SupportsIndex | None = None, outer: SupportsIndex | None = None
    ) -> None:
        if self.local is None or self.outer is None:
            if outer is not None:
                raise TypeError(f"{type(self).__name__} has one part only.")
            super().__init__(value)
            return
        number = self.min if value is None else index(value)
        if isinstance(value, self.local) or outer is not None:
            number = self.local(number).value() + self.local.size * self.outer(outer).value()
        super().__init__(number)

    # Places of different kinds are different, whatever their number.
    def __hash__(self) -> int:
        return hash((type(self).__name__, self._value))

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other)

    def __str__(self) -> str:
        if self.local is None or self.outer is None:
            return super().__str__()
        outer, local = divmod(self._value, self.local.size)
        return f"{type(self).__name__}({local}, {outer})"

    __repr__ = __str__


class PollingOmnibusBlockOnFPGA(Coordinate):
    """Place of the one `PollingOmnibusBlock`."""

    __slots__ = ()


class BarrierOnFPGA(Coordinate):
    """Place of the one `Barrier`."""

    __slots__ = ()


class WaitUntilOnFPGA(Coordinate):
    """Place of the one `WaitUntil`."""

    __slots__ = ()


class SystimeSyncOnFPGA(Coordinate):
    """Place of the one `SystimeSync`."""

    __slots__ = ()


class SpikePack1ToChipOnDLS(Coordinate):
    """Place of the one `SpikePack1ToChip`."""

    __slots__ = ()


class SpikePack2ToChipOnDLS(Coordinate):
    """Place of the one `SpikePack2ToChip`."""

    __slots__ = ()


class SpikePack3ToChipOnDLS(Coordinate):
    """Place of the one `SpikePack3ToChip`."""

    __slots__ = ()


class JTAGClockScalerOnDLS(Coordinate):
    """Place of the one `JTAGClockScaler`."""

    __slots__ = ()


class JTAGIdCodeOnDLS(Coordinate):
    """Place of the one `JTAGIdCode`."""

    __slots__ = ()


class ResetJTAGTapOnDLS(Coordinate):
    """Place of the one `ResetJTAGTap`."""

    __slots__ = ()


class ResetChipOnDLS(Coordinate):
    """Place of the one `ResetChip`."""

    __slots__ = ()


class TimerOnDLS(Coordinate):
    """Place of the one `Timer`."""

    __slots__ = ()


class NullPayloadReadableOnFPGA(Coordinate):
    """Place of the one `NullPayloadReadable`."""

    __slots__ = ()


class SPIShiftRegisterOnBoard(Coordinate):
    """Place of the one `SPIShiftRegister`."""

    __slots__ = ()


class I2CIdRegisterOnBoard(Coordinate):
    """Place of the one `I2CIdRegister`."""

    __slots__ = ()


class I2CTempRegisterOnBoard(Coordinate):
    """Place of the one `I2CTempRegister`."""

    __slots__ = ()


class I2CTCA9546RegisterOnBoard(Coordinate):
    """Place of the one `I2CTCA9546Register`."""

    __slots__ = ()


class OmnibusAddress(Coordinate):
    """Address of a 32-bit word: bit 31 tells FPGA (1) from chip (0)."""

    __slots__ = ()


class OmnibusChipOverJTAGAddress(Coordinate):
    """Address of a 32-bit word of the chip, reached by JTAG."""

    __slots__ = ()


class JTAGPLLRegisterOnDLS(Coordinate):
    """One of the eight registers of the PLL."""

    __slots__ = ()


class JTAGPhyRegisterOnDLS(Coordinate):
    """Register of one of the eight phys."""

    __slots__ = ()


class SpikePackFromFPGAOnDLS(Coordinate):
    """Number of spikes in a pack, 1 to 3."""

    __slots__ = ()


class MADCSamplePackFromFPGAOnDLS(Coordinate):
    """Number of MADC samples in a pack, 1 to 3."""

    __slots__ = ()


class DACOnBoard(Coordinate):
    """One of two DACs with an SPI."""

    __slots__ = ()


class SPIDACDataRegisterOnDAC(Coordinate):
    """Channel of a DAC."""

    __slots__ = ()


class SPIDACDataRegisterOnBoard(Coordinate):
    """Channel of a DAC, and which DAC."""

    __slots__ = ()


class SPIDACControlRegisterOnDAC(Coordinate):
    """Control register of a DAC."""

    __slots__ = ()


class SPIDACControlRegisterOnBoard(Coordinate):
    """Control register of a DAC, and which DAC."""

    __slots__ = ()


class INA219OnBoard(Coordinate):
    """Power monitor by the supply that it monitors."""

    __slots__ = ()


class I2CINA219RoRegisterOnINA219(Coordinate):
    """Measured quantity of a power monitor."""

    __slots__ = ()


class I2CINA219RoRegisterOnBoard(Coordinate):
    """Measured quantity, and which power monitor."""

    __slots__ = ()


class I2CINA219RwRegisterOnINA219(Coordinate):
    """Writable register of a power monitor."""

    __slots__ = ()


class I2CINA219RwRegisterOnBoard(Coordinate):
    """Writable register, and which power monitor."""

    __slots__ = ()


class TCA9554OnBoard(Coordinate):
    """The one port expander."""

    __slots__ = ()


class I2CTCA9554RoRegisterOnTCA9554(Coordinate):
    """Read-only register of the port expander."""

    __slots__ = ()


class I2CTCA9554RoRegisterOnBoard(Coordinate):
    """Read-only register, and which port expander."""

    __slots__ = ()


class I2CTCA9554RwRegisterOnTCA9554(Coordinate):
    """Writable register of the port expander."""

    __slots__ = ()


class I2CTCA9554RwRegisterOnBoard(Coordinate):
    """Writable register, and which port expander."""

    __slots__ = ()


class AD5252OnBoard(Coordinate):
    """Potentiometer chip."""

    __slots__ = ()


class AD5252ChannelOnAD5252(Coordinate):
    """Channel of a potentiometer chip."""

    __slots__ = ()


class AD5252ChannelOnBoard(Coordinate):
    """Channel of a potentiometer by the supply that it sets."""

    __slots__ = ()


class I2CAD5252RwRegisterOnAD5252Channel(Coordinate):
    """Volatile or persistent register of a potentiometer."""

    __slots__ = ()


class I2CAD5252RwRegisterOnBoard(Coordinate):
    """Register, and which potentiometer."""

    __slots__ = ()


class DAC6573OnBoard(Coordinate):
    """The one DAC with an I2C."""

    __slots__ = ()


class DAC6573ChannelOnDAC6573(Coordinate):
    """Channel of the I2C DAC."""

    __slots__ = ()


class I2CDAC6573RwRegisterOnBoard(Coordinate):
    """Channel of the I2C DAC, and which DAC."""

    __slots__ = ()
