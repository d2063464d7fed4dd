"""Instruction containers: what a program can write and read, one class each.

A container holds a value. Written at a coordinate it becomes instruction words; read, it is made
from response words. Each has exactly one type of coordinate, by whose name a read finds it, so
that coordinates of other packages with the same names do as well.

The classes declare their range (`Value`), their coordinate and their words; six devices on the
I2C bus and all containers of a single instruction share their code.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any, ClassVar

import numpy as np

from fisch import coordinates, word_access
from fisch.errors import AccessError, ResponseDataError, ValueNotWritableError
from fisch.tickets import JTAG, OMNIBUS, TICKS, Ticket
from fisch.ut import HEADER_SHIFT, JTAGInstruction, ToFPGA
from fisch.word_access import SpikeLabel, bit_text

__all__ = [
    "Barrier",
    "Container",
    "ContainerTicket",
    "I2CAD5252RwRegister",
    "I2CDAC6573RwRegister",
    "I2CINA219RoRegister",
    "I2CINA219RwRegister",
    "I2CIdRegister",
    "I2CTCA9546Register",
    "I2CTCA9554RoRegister",
    "I2CTCA9554RwRegister",
    "I2CTempRegister",
    "JTAGClockScaler",
    "JTAGIdCode",
    "JTAGPLLRegister",
    "JTAGPhyRegister",
    "NullPayloadReadable",
    "Omnibus",
    "OmnibusChipOverJTAG",
    "PollingOmnibusBlock",
    "ResetChip",
    "ResetJTAGTap",
    "SPIDACControlRegister",
    "SPIDACDataRegister",
    "SPIShiftRegister",
    "SpikePack1ToChip",
    "SpikePack2ToChip",
    "SpikePack3ToChip",
    "SystimeSync",
    "Timer",
    "WaitUntil",
    "container_of",
    "containers",
]

#: Address at which the playback timer is read.
TIMER_ADDRESS = 0x8800000C
#: SPI: register and the bit of the data that ends a transfer.
SPI_SHIFT_REGISTER_ADDRESS = 0x88007001
SPI_DAC_ADDRESS = 0x88007002
SPI_STOP = 0x80000000
#: I2C: bit of the address that ends a transfer, bit of a response that says nobody answered.
I2C_STOP = 0x80
I2C_NO_ACKNOWLEDGE = 1 << 31


def _word(header: ToFPGA, payload: int = 0) -> int:
    return header << HEADER_SHIFT | payload


# Shifts of enum members are slow, and these three words are most of every program.
_ADDRESS = _word(ToFPGA.OMNIBUS_ADDRESS)
_READ = _word(ToFPGA.OMNIBUS_ADDRESS, 0x1F << 32)
_DATA = _word(ToFPGA.OMNIBUS_DATA)


def _omnibus_write(address: int, data: int, enables: int = 0xF) -> list[int]:
    return [_ADDRESS | enables << 32 | address, _DATA | data]


def _omnibus_read(address: int) -> list[int]:
    return [_READ | address]


def _jtag(instruction: int, bits: int, payload: int, keep: bool = False) -> list[int]:
    """Select a JTAG data register and shift `bits` bits through it."""
    return [
        _word(ToFPGA.JTAG_INS, instruction),
        _word(ToFPGA.JTAG_DATA, keep << 48 | bits << 40 | payload),
    ]


class ContainerTicket(Ticket):
    """Claim to the responses of one `read`, decoded into containers on demand."""

    container: ClassVar[type[Container] | None] = None

    def get(self) -> list[Container]:
        """Decode the containers, in the order of their coordinates; anew with every call.

        Raises
        ------
        DataNotAvailableError
            Before all responses are there.
        EmptyTicketError
            For a ticket that no builder has issued.
        ResponseDataError
            If a device did not answer.
        """
        words = self._data()
        if self.container is None:
            return []
        return self.container.decode_all(words)


_by_coordinate: dict[str, type[Container]] = {}
_cached: dict[type, type[Container]] = {}


def container_of(coordinate: object) -> type[Container]:
    """Container that a coordinate belongs to.

    Raises
    ------
    TypeError
        If it is no coordinate of an instruction container.
    """
    kind = type(coordinate)
    if kind not in _cached:
        for base in kind.__mro__:
            if base.__name__ in _by_coordinate:
                _cached[kind] = _by_coordinate[base.__name__]
                break
        else:
            raise TypeError(f"{coordinate!r} is not the coordinate of an instruction.")
    return _cached[kind]


def _position(coordinate: Any) -> int:
    """Place of a coordinate in the range of its type, as a plain number."""
    to_enum = getattr(coordinate, "toEnum", None)
    return int(coordinate if to_enum is None else to_enum())


class Container:
    """Base of all instruction containers.

    Parameters
    ----------
    value
        Of type `Value`, or something that `Value` can be made from. Without one, the default.
    """

    #: Type of the value; None for containers without one.
    Value: ClassVar[Any] = None
    #: Type of the coordinate.
    coordinate: ClassVar[type[Any]]
    #: Whether it can be written, and read.
    writable: ClassVar[bool] = True
    readable: ClassVar[bool] = False
    #: Kind and number of the responses of one read.
    response: ClassVar[int] = OMNIBUS
    responses: ClassVar[int] = 0
    #: Class of the tickets for it.
    ticket: ClassVar[type[ContainerTicket]]

    __slots__ = ("_value",)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "coordinate" not in vars(cls):
            return
        _by_coordinate[cls.coordinate.__name__] = cls
        cls.ticket = type(
            f"_{cls.__name__}ContainerTicket", (ContainerTicket,), {"container": cls}
        )
        cls.ticket.__doc__ = f"Claim to `{cls.__name__}` containers."

    def __init__(self, value: Any = None) -> None:
        self._value = self._convert(value)

    @classmethod
    def _convert(cls, value: Any) -> Any:
        return value if isinstance(value, cls.Value) else cls.Value(value)

    def get(self) -> Any:
        """Return the value."""
        return self._value

    def set(self, value: Any) -> None:
        """Replace the value."""
        self._value = self._convert(value)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._value == other._value

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._value,)

    def __str__(self) -> str:
        return f"{type(self).__name__}({self._text()})"

    __repr__ = __str__

    def _text(self) -> str:
        return str(int(self._value))

    def _write_words(self, position: int) -> list[int]:
        """Instruction words of a write at this position."""
        raise NotImplementedError

    @classmethod
    def _read_words(cls, position: int) -> list[int]:
        """Instruction words of a read at this position."""
        raise NotImplementedError

    @classmethod
    def _decode(cls, words: list[int]) -> Container:
        """Container from the response words of one read."""
        return cls(words[0] & 0xFFFFFFFF)

    def encode_write(self, coordinate: Any) -> list[int]:
        """Return the instruction words that write this container.

        Raises
        ------
        TypeError
            If the coordinate is of another container.
        AccessError
            If this container cannot be written.
        """
        if not isinstance(self, container_of(coordinate)):
            raise TypeError(f"{type(self).__name__} can't be written at {coordinate}.")
        if not self.writable:
            raise AccessError(str(coordinate), "written")
        return self._write_words(_position(coordinate))

    @classmethod
    def encode_read(cls, coordinate: Any) -> list[int]:
        """Return the instruction words that read this container.

        Raises
        ------
        AccessError
            If this container cannot be read.
        """
        if not cls.readable:
            raise AccessError(str(coordinate), "read")
        return cls._read_words(_position(coordinate))

    @classmethod
    def decode_all(cls, words: np.ndarray) -> list[Container]:
        """Containers from the response words of several reads."""
        return [cls._decode(row) for row in words.reshape(-1, cls.responses).tolist()]


class _Instruction(Container):
    """A container whose write is one instruction with the value as its payload."""

    __slots__ = ()
    header: ClassVar[ToFPGA]

    def _write_words(self, position: int) -> list[int]:
        return [_word(self.header, int(self._value))]


class _Switch(_Instruction):
    """An instruction that carries a truth value."""

    __slots__ = ()

    def _text(self) -> str:
        return "true" if self._value else "false"


class _Empty(Container):
    """A container without a value: all are equal."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(None)

    @classmethod
    def _convert(cls, value: Any) -> None:
        return None

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), ()

    def _text(self) -> str:
        return ""


class _Bits(Container):
    """A container that prints its value in three bases."""

    __slots__ = ()
    #: Binary digits in the text form.
    digits: ClassVar[int] = 32

    def _text(self) -> str:
        return bit_text(int(self._value), self.digits)


class PollingOmnibusBlock(_Switch):
    """Blocks until the polled omnibus word, masked, equals its target (or differs from it)."""

    __slots__ = ()
    Value = word_access.PollingOmnibusBlock
    coordinate = coordinates.PollingOmnibusBlockOnFPGA
    header = ToFPGA.POLLING_OMNIBUS_BLOCK

    def __init__(self, value: Any = True) -> None:
        super().__init__(value)


class Barrier(_Instruction):
    """Blocks until the selected channels are idle; the sum of constants of its `Value`."""

    __slots__ = ()
    Value = word_access.Barrier
    coordinate = coordinates.BarrierOnFPGA
    header = ToFPGA.BARRIER

    omnibus = word_access.Barrier.omnibus
    jtag = word_access.Barrier.jtag
    systime = word_access.Barrier.systime
    multi_fpga = word_access.Barrier.multi_fpga
    systime_correction = word_access.Barrier.systime_correction

    def _text(self) -> str:
        return bit_text(int(self._value), 5)


class WaitUntil(_Instruction):
    """Blocks until the playback timer has reached a number of FPGA cycles."""

    __slots__ = ()
    Value = word_access.WaitUntil
    coordinate = coordinates.WaitUntilOnFPGA
    header = ToFPGA.WAIT_UNTIL


class SystimeSync(_Switch):
    """Synchronises the system times of FPGA and chip (or only emits the FPGA's)."""

    __slots__ = ()
    Value = word_access.SystimeSync
    coordinate = coordinates.SystimeSyncOnFPGA
    header = ToFPGA.SYSTIME_INIT


class JTAGClockScaler(_Instruction):
    """Sets the JTAG clock: the FPGA clock divided by (value + 2)."""

    __slots__ = ()
    Value = word_access.JTAGClockScaler
    coordinate = coordinates.JTAGClockScalerOnDLS
    header = ToFPGA.JTAG_SCALER


class ResetChip(_Switch):
    """Asserts or releases the reset of the chip."""

    __slots__ = ()
    Value = word_access.ResetChip
    coordinate = coordinates.ResetChipOnDLS
    header = ToFPGA.RESET


class ResetJTAGTap(_Empty):
    """Resets the JTAG state machine of the chip."""

    __slots__ = ()
    coordinate = coordinates.ResetJTAGTapOnDLS

    def _write_words(self, position: int) -> list[int]:
        return [_word(ToFPGA.JTAG_INIT)]


class NullPayloadReadable(_Empty):
    """A marker in the program: its response carries a time and nothing else."""

    __slots__ = ()
    coordinate = coordinates.NullPayloadReadableOnFPGA
    writable = False
    readable = True
    response = TICKS
    responses = 1

    @classmethod
    def _read_words(cls, position: int) -> list[int]:
        return [_word(ToFPGA.LOOPBACK, 1)]

    @classmethod
    def _decode(cls, words: list[int]) -> NullPayloadReadable:
        return cls()


class Timer(Container):
    """Playback timer: writing 0 restarts it, reading samples it. All timers are equal."""

    __slots__ = ()
    Value = word_access.Timer
    coordinate = coordinates.TimerOnDLS
    readable = True
    responses = 1

    def __eq__(self, other: object) -> bool:
        return True if isinstance(other, Timer) else NotImplemented

    __hash__ = None

    def _write_words(self, position: int) -> list[int]:
        if self._value != 0:
            raise ValueNotWritableError("Timer", int(self._value), 0)
        return [_word(ToFPGA.SETUP)]

    @classmethod
    def _read_words(cls, position: int) -> list[int]:
        return _omnibus_read(TIMER_ADDRESS)


class Omnibus(Container):
    """A 32-bit word of chip or FPGA, written with byte enables."""

    __slots__ = ()
    Value = word_access.Omnibus
    coordinate = coordinates.OmnibusAddress
    readable = True
    responses = 1

    @classmethod
    def _convert(cls, value: Any) -> word_access.Omnibus:
        if value is None:
            return word_access.Omnibus()
        if not isinstance(value, word_access.Omnibus):
            raise TypeError(f"Omnibus takes an Omnibus.Value, not {type(value).__name__}.")
        return copy(value)

    def __str__(self) -> str:
        return self._value.text("Omnibus")

    __repr__ = __str__

    def _write_words(self, position: int) -> list[int]:
        return _omnibus_write(position, self._value.word, self._value.enables_as_bits)

    @classmethod
    def _read_words(cls, position: int) -> list[int]:
        return _omnibus_read(position)

    @classmethod
    def _decode(cls, words: list[int]) -> Omnibus:
        return cls(word_access.Omnibus(words[0]))


class OmnibusChipOverJTAG(_Bits):
    """A 32-bit word of the chip, by way of JTAG."""

    __slots__ = ()
    Value = word_access.OmnibusChipOverJTAG
    coordinate = coordinates.OmnibusChipOverJTAGAddress
    readable = True
    response = JTAG
    responses = 1

    def _write_words(self, position: int) -> list[int]:
        return [
            *_jtag(JTAGInstruction.OMNIBUS_ADDRESS, 33, position),
            *_jtag(JTAGInstruction.OMNIBUS_DATA, 32, int(self._value)),
            *_jtag(JTAGInstruction.OMNIBUS_REQUEST, 3, 0),
        ]

    @classmethod
    def _read_words(cls, position: int) -> list[int]:
        return [
            *_jtag(JTAGInstruction.OMNIBUS_ADDRESS, 33, 1 << 32 | position),
            *_jtag(JTAGInstruction.OMNIBUS_REQUEST, 3, 0),
            *_jtag(JTAGInstruction.OMNIBUS_DATA, 32, 0, keep=True),
        ]


class JTAGIdCode(Container):
    """Identification code of the chip."""

    __slots__ = ()
    Value = word_access.JTAGIdCode
    coordinate = coordinates.JTAGIdCodeOnDLS
    writable = False
    readable = True
    response = JTAG
    responses = 1

    def _text(self) -> str:
        return f"0x{int(self._value):x}"

    @classmethod
    def _read_words(cls, position: int) -> list[int]:
        return _jtag(JTAGInstruction.IDCODE, 32, 0, keep=True)


class JTAGPLLRegister(_Bits):
    """A register of the PLL. Its omnibus registers do not show what is written here."""

    __slots__ = ()
    Value = word_access.JTAGPLLRegister
    coordinate = coordinates.JTAGPLLRegisterOnDLS
    #: Width of the selection from chip version 3 on; before, it was 3.
    select_bits: ClassVar[int] = 4

    def _write_words(self, position: int) -> list[int]:
        return [
            *_jtag(JTAGInstruction.PLL_TARGET_REG, self.select_bits, position),
            *_jtag(JTAGInstruction.SHIFT_PLL, 32, int(self._value)),
        ]


class JTAGPhyRegister(_Bits):
    """The register of a phy on the chip, selected by the JTAG instruction."""

    __slots__ = ()
    Value = word_access.JTAGPhyRegister
    coordinate = coordinates.JTAGPhyRegisterOnDLS
    digits = 22

    def _write_words(self, position: int) -> list[int]:
        return _jtag(64 | position << 3 | 4, 22, int(self._value))


class _SpikePackToChip(Container):
    """Spikes that reach the chip in one cycle."""

    __slots__ = ()
    Value = SpikeLabel
    size: ClassVar[int]

    @classmethod
    def _convert(cls, value: Any) -> list[SpikeLabel]:
        labels = [0] * cls.size if value is None else list(value)
        if len(labels) != cls.size:
            raise TypeError(f"{cls.__name__} takes {cls.size} labels, not {len(labels)}.")
        return [label if isinstance(label, SpikeLabel) else SpikeLabel(label) for label in labels]

    def _text(self) -> str:
        return ", ".join(str(label) for label in self._value)

    def _write_words(self, position: int) -> list[int]:
        payload = 0
        for label in self._value:
            payload = payload << 16 | int(label)
        return [_word(ToFPGA(ToFPGA.SPIKE_PACK_1 + self.size - 1), payload)]


class SpikePack1ToChip(_SpikePackToChip):
    """One spike to the chip."""

    __slots__ = ()
    coordinate = coordinates.SpikePack1ToChipOnDLS
    size = 1


class SpikePack2ToChip(_SpikePackToChip):
    """Two spikes to the chip in the same cycle."""

    __slots__ = ()
    coordinate = coordinates.SpikePack2ToChipOnDLS
    size = 2


class SpikePack3ToChip(_SpikePackToChip):
    """Three spikes to the chip in the same cycle."""

    __slots__ = ()
    coordinate = coordinates.SpikePack3ToChipOnDLS
    size = 3


def _spi(address: int, data: Sequence[int]) -> list[int]:
    """One SPI transfer: a write per byte, the last one carries the stop bit."""
    words: list[int] = []
    for byte in data[:-1]:
        words += _omnibus_write(address, byte)
    return words + _omnibus_write(address, SPI_STOP | data[-1])


class SPIShiftRegister(_Bits):
    """Shift register on the board, write-only."""

    __slots__ = ()
    Value = word_access.SPIShiftRegister
    coordinate = coordinates.SPIShiftRegisterOnBoard
    digits = 24

    def _write_words(self, position: int) -> list[int]:
        return _spi(SPI_SHIFT_REGISTER_ADDRESS, int(self._value).to_bytes(3, "big"))


class _SPIDACRegister(_Bits):
    """A register of one of two DACs. A transfer has 16 bits, the upper one tells control."""

    __slots__ = ()

    @classmethod
    def _control(cls, dac: int, register: int, value: int) -> list[int]:
        # The value is not split into bytes: its ninth and higher bits stay in the second write.
        return _spi(SPI_DAC_ADDRESS + 2 * dac, (0x80 | register << 5, value))


class SPIDACDataRegister(_SPIDACRegister):
    """Code of a DAC channel; a second transfer makes the DAC put it out."""

    __slots__ = ()
    Value = word_access.SPIDACDataRegister
    coordinate = coordinates.SPIDACDataRegisterOnBoard
    digits = 12

    def _write_words(self, position: int) -> list[int]:
        dac, channel = divmod(position, coordinates.SPIDACDataRegisterOnDAC.size)
        code = int(self._value)
        update_channel = 2
        ldac = 1  # the control register that puts channels out
        return [
            *_spi(SPI_DAC_ADDRESS + 2 * dac, (channel << 4 | code >> 8, code & 0xFF)),
            *self._control(dac, ldac, update_channel),
        ]


class SPIDACControlRegister(_SPIDACRegister):
    """Control register of a DAC."""

    __slots__ = ()
    Value = word_access.SPIDACControlRegister
    coordinate = coordinates.SPIDACControlRegisterOnBoard
    digits = 13

    def _write_words(self, position: int) -> list[int]:
        dac, register = divmod(position, coordinates.SPIDACControlRegisterOnDAC.size)
        return self._control(dac, register, int(self._value))


class _I2CRegister(Container):
    """A register of a device on the I2C bus: a register byte, then data, most significant first.

    The bus runs only once its prescaler (omnibus address 0x88007a00) is set.
    """

    __slots__ = ()
    readable = True
    #: Omnibus address of the device.
    base: ClassVar[int]
    #: Bytes of the register, and how far left the value stands in them.
    size: ClassVar[int]
    shift: ClassVar[int] = 0

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if hasattr(cls, "size"):
            cls.responses = cls.size

    @classmethod
    def _place(cls, position: int) -> tuple[int, int]:
        """Omnibus address and register byte."""
        return cls.base, 0x00

    def _text(self) -> str:
        return bit_text(int(self._value), 8 * self.size)

    def _write_words(self, position: int) -> list[int]:
        base, register = self._place(position)
        data = (int(self._value) << self.shift).to_bytes(self.size, "big")
        words = _omnibus_write(base, register)
        for byte in data[:-1]:
            words += _omnibus_write(base, byte)
        return words + _omnibus_write(base | I2C_STOP, data[-1])

    @classmethod
    def _read_words(cls, position: int) -> list[int]:
        base, register = cls._place(position)
        return [
            *_omnibus_write(base, register),
            *(_omnibus_read(base) * (cls.size - 1)),
            *_omnibus_read(base | I2C_STOP),
        ]

    @classmethod
    def _decode(cls, words: list[int]) -> Container:
        if any(word & I2C_NO_ACKNOWLEDGE for word in words):
            raise ResponseDataError("I2C ack missing, data invalid.")
        return cls(int.from_bytes(bytes(word & 0xFF for word in words), "big") >> cls.shift)


class _I2CReadOnlyRegister(_I2CRegister):
    """A register that only the device writes. As in the field's stack a write does nothing."""

    __slots__ = ()

    def _write_words(self, position: int) -> list[int]:
        return []


class I2CIdRegister(_I2CReadOnlyRegister):
    """Identifier in the EEPROM of the board."""

    __slots__ = ()
    Value = word_access.I2CIdRegister
    coordinate = coordinates.I2CIdRegisterOnBoard
    base = 0x88007850
    size = 4

    @classmethod
    def _place(cls, position: int) -> tuple[int, int]:
        return cls.base, 0xFC


class I2CTempRegister(_I2CReadOnlyRegister):
    """Temperature register of the TMP112."""

    __slots__ = ()
    Value = word_access.I2CTempRegister
    coordinate = coordinates.I2CTempRegisterOnBoard
    base = 0x88007848
    size = 2


class I2CINA219RoRegister(_I2CReadOnlyRegister):
    """Measured value of a power monitor."""

    __slots__ = ()
    Value = word_access.I2CINA219RoRegister
    coordinate = coordinates.I2CINA219RoRegisterOnBoard
    base = 0x88007840
    size = 2

    @classmethod
    def _place(cls, position: int) -> tuple[int, int]:
        monitor, register = divmod(position, coordinates.I2CINA219RoRegisterOnINA219.size)
        return cls.base + monitor, register + 1


class I2CINA219RwRegister(_I2CRegister):
    """Configuration or calibration of a power monitor."""

    __slots__ = ()
    Value = word_access.I2CINA219RwRegister
    coordinate = coordinates.I2CINA219RwRegisterOnBoard
    base = 0x88007840
    size = 2

    @classmethod
    def _place(cls, position: int) -> tuple[int, int]:
        monitor, register = divmod(position, coordinates.I2CINA219RwRegisterOnINA219.size)
        return cls.base + monitor, (0x00, 0x05)[register]


class I2CTCA9554RoRegister(_I2CReadOnlyRegister):
    """Inputs of the port expander."""

    __slots__ = ()
    Value = word_access.I2CTCA9554RoRegister
    coordinate = coordinates.I2CTCA9554RoRegisterOnBoard
    base = 0x88007838
    size = 1


class I2CTCA9554RwRegister(_I2CRegister):
    """Outputs, polarity or configuration of the port expander."""

    __slots__ = ()
    Value = word_access.I2CTCA9554RwRegister
    coordinate = coordinates.I2CTCA9554RwRegisterOnBoard
    base = 0x88007838
    size = 1

    @classmethod
    def _place(cls, position: int) -> tuple[int, int]:
        return cls.base, position + 1


class I2CAD5252RwRegister(_I2CRegister):
    """Volatile or persistent setting of a potentiometer."""

    __slots__ = ()
    Value = word_access.I2CAD5252RwRegister
    coordinate = coordinates.I2CAD5252RwRegisterOnBoard
    base = 0x8800782C
    size = 1

    @classmethod
    def _place(cls, position: int) -> tuple[int, int]:
        place, register = divmod(position, coordinates.I2CAD5252RwRegisterOnAD5252Channel.size)
        chip, channel = divmod(place, coordinates.AD5252ChannelOnAD5252.size)
        return cls.base + chip, (0x00, 0x20)[register] + (0x01, 0x03)[channel]


class I2CDAC6573RwRegister(_I2CRegister):
    """Code of a channel of the I2C DAC; ten bits at the top of two bytes."""

    __slots__ = ()
    Value = word_access.I2CDAC6573RwRegister
    coordinate = coordinates.I2CDAC6573RwRegisterOnBoard
    base = 0x8800784C
    size = 2
    shift = 6

    @classmethod
    def _place(cls, position: int) -> tuple[int, int]:
        return cls.base, 0x10 + (position << 1)


class I2CTCA9546Register(_I2CRegister):
    """Channels of the I2C switch.

    The device has one register and takes no register byte. A read writes one all the same, as in
    the field's stack, and so switches all channels off before it reads.
    """

    __slots__ = ()
    Value = word_access.I2CTCA9546Register
    coordinate = coordinates.I2CTCA9546RegisterOnBoard
    base = 0x88007870
    size = 1

    def _write_words(self, position: int) -> list[int]:
        return _omnibus_write(self.base | I2C_STOP, int(self._value))


def containers() -> list[type[Container]]:
    """All instruction containers."""
    return list(_by_coordinate.values())
