"""Value types of the instruction containers: small numbers that know their range.

They behave like integers in comparisons and arithmetic (results have the same type and are
checked again), and print as ``Name(number)``. The types carry the names of the containers whose
values they are: ``word_access.Barrier`` is ``containers.Barrier.Value``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import total_ordering
from operator import index
from typing import Any, ClassVar, SupportsIndex, TypeVar

from fisch.errors import NegativeValueError
from fisch.ut import TIME_MAX, check_range

Self = TypeVar("Self", bound="Number")


@total_ordering
class Number:
    """An integer in the range of its type.

    Parameters
    ----------
    value
        `min` to `max`; 0, or the smallest value, if not given.

    Raises
    ------
    RangeOverflowError
        Above the range (an OverflowError).
    RangeUnderflowError
        Below it (a RuntimeError).
    NegativeValueError
        For a negative number (a TypeError).
    """

    __slots__ = ("_value",)

    min: ClassVar[int] = 0
    max: ClassVar[int] = 0xFFFFFFFF
    size: ClassVar[int] = 1 << 32

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.size = cls.max - cls.min + 1

    def __init__(self, value: SupportsIndex | None = None) -> None:
        try:
            number = self.min if value is None else index(value)
        except TypeError:
            raise TypeError(f"{type(self).__name__} is {value!r}, allowed is an integer, "
                            f"{self.min} to {self.max}.") from None
        if number < 0:
            raise NegativeValueError(type(self).__name__, number, self.min, self.max)
        self._value = check_range(type(self).__name__, number, self.min, self.max)

    def value(self) -> int:
        """Return the plain number."""
        return self._value

    def toEnum(self) -> int:
        """Return the position in the range of the type, as a plain number."""
        return self._value

    def __index__(self) -> int:
        return self._value

    __int__ = __index__

    def __bool__(self) -> bool:
        return self._value != 0

    def __hash__(self) -> int:
        return hash(self._value)

    def _number(self, other: object) -> int | None:
        """`other` as a plain number if it may be combined with this one."""
        if isinstance(other, type(self)):
            return other._value
        return int(other) if isinstance(other, int) else None

    def __eq__(self, other: object) -> bool:
        number = self._number(other)
        return NotImplemented if number is None else self._value == number

    def __lt__(self, other: object) -> bool:
        number = self._number(other)
        return NotImplemented if number is None else self._value < number

    def _combine(self: Self, other: object, operation: Callable[[int, int], int]) -> Self:
        number = self._number(other)
        return NotImplemented if number is None else type(self)(operation(self._value, number))

    def __add__(self: Self, other: object) -> Self:
        return self._combine(other, int.__add__)

    def __sub__(self: Self, other: object) -> Self:
        return self._combine(other, int.__sub__)

    def __mul__(self: Self, other: object) -> Self:
        return self._combine(other, int.__mul__)

    def __truediv__(self: Self, other: object) -> Self:
        return self._combine(other, int.__floordiv__)

    def __mod__(self: Self, other: object) -> Self:
        return self._combine(other, int.__mod__)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._value,)

    def __str__(self) -> str:
        return f"{type(self).__name__}({self._value})"

    __repr__ = __str__


class _Flag(Number):
    """A truth value."""

    __slots__ = ()
    max = 1


class _Byte(Number):
    """8 bits."""

    __slots__ = ()
    max = 0xFF


class _HalfWord(Number):
    """16 bits."""

    __slots__ = ()
    max = 0xFFFF


class FPGATime(Number):
    """FPGA time in cycles, 43 bits."""

    __slots__ = ()
    max = TIME_MAX


class ChipTime(Number):
    """Chip time in FPGA cycles, 43 bits."""

    __slots__ = ()
    max = TIME_MAX


class PollingOmnibusBlock(_Flag):
    """Wait until the polled word equals its target (1), or until it differs (0)."""

    __slots__ = ()


class Barrier(Number):
    """Channels to wait for; the constants may be added up."""

    __slots__ = ()
    max = 0x1F

    omnibus: ClassVar[Barrier]
    jtag: ClassVar[Barrier]
    systime: ClassVar[Barrier]
    multi_fpga: ClassVar[Barrier]
    systime_correction: ClassVar[Barrier]


Barrier.omnibus = Barrier(1)
Barrier.jtag = Barrier(2)
Barrier.systime = Barrier(4)
Barrier.multi_fpga = Barrier(8)
Barrier.systime_correction = Barrier(16)


class WaitUntil(Number):
    """Timer value in FPGA cycles, 32 bits."""

    __slots__ = ()


class SystimeSync(_Flag):
    """Synchronise the system time (1), or only emit it (0)."""

    __slots__ = ()


class SpikeLabel(_HalfWord):
    """16-bit label of an event, with the views that the parts of the chip have on it."""

    __slots__ = ()


def _label_view(lsb: int, width: int, meaning: str) -> property:
    mask = ((1 << width) - 1) << lsb

    def get(self: SpikeLabel) -> int:
        return (self._value & mask) >> lsb

    def set_(self: SpikeLabel, value: int) -> None:
        check_range(meaning, int(value), 0, (1 << width) - 1)
        self._value = (self._value & ~mask) | int(value) << lsb

    return property(get, set_, doc=f"{meaning}, bits {lsb + width - 1}:{lsb}.")


for _name, _lsb, _width, _meaning in (
    ("spl1_address", 14, 2, "Channel of the event link"),
    ("neuron_label", 0, 14, "Label below the channel"),
    ("neuron_event_output", 8, 3, "Event output of the neuron block"),
    ("row_select_address", 6, 5, "Address that synapse drivers compare"),
    ("padi_label", 0, 10, "Label on a PADI bus"),
    ("neuron_backend_address_out", 0, 8, "Address that the neuron back end sends"),
    ("synapse_label", 0, 6, "Label that synapses compare"),
):
    setattr(SpikeLabel, _name, _label_view(_lsb, _width, _meaning))


class OmnibusChipOverJTAG(Number):
    """32-bit word."""

    __slots__ = ()


class Omnibus:
    """32-bit word and the enables of its bytes.

    Parameters
    ----------
    word
        0 to 2**32 - 1.
    byte_enables
        Four truth values; the first stands for the least significant byte. A byte that is not
        enabled is not written.
    """

    __slots__ = ("_enables", "_word")

    def __init__(
        self, word: SupportsIndex = 0, byte_enables: Sequence[Any] = (True, True, True, True)
    ) -> None:
        self.word = word
        self.byte_enables = byte_enables

    @property
    def word(self) -> int:
        """The 32-bit word."""
        return self._word

    @word.setter
    def word(self, value: SupportsIndex) -> None:
        number = index(value)
        if number < 0:
            raise NegativeValueError("word", number, 0, 0xFFFFFFFF)
        self._word = check_range("word", number, 0, 0xFFFFFFFF)

    @property
    def byte_enables(self) -> list[bool]:
        """Enables of the four bytes, the least significant first."""
        return [bool(self._enables >> i & 1) for i in range(4)]

    @byte_enables.setter
    def byte_enables(self, value: Sequence[Any]) -> None:
        if len(value) != 4:
            raise TypeError(f"byte_enables has {len(value)} entries, a word has four bytes.")
        first, second, third, fourth = map(bool, value)
        self._enables = first | second << 1 | third << 2 | fourth << 3

    @property
    def enables_as_bits(self) -> int:
        """Enables as a four-bit number, bit i for byte i."""
        return self._enables

    def __copy__(self) -> Omnibus:
        copied = Omnibus.__new__(Omnibus)
        copied._word = self._word
        copied._enables = self._enables
        return copied

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Omnibus):
            return NotImplemented
        return self._word == other._word and self._enables == other._enables

    def __hash__(self) -> int:
        return hash((self._word, self._enables))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._word, self.byte_enables)

    def text(self, name: str) -> str:
        """Text form under the given name."""
        enables = "".join(str(int(enable)) for enable in self.byte_enables)
        return f"{name}({bit_text(self._word, 32)}, byte_enables: {enables})"

    def __str__(self) -> str:
        return self.text("Value")

    __repr__ = __str__


def bit_text(value: int, bits: int) -> str:
    """Text of a number in decimal, hexadecimal and binary digits."""
    return f"0d{value} 0x{value:x} 0b{value:0{bits}b}"


class JTAGClockScaler(_Byte):
    """Divider: the JTAG clock is the FPGA clock / (value + 2)."""

    __slots__ = ()


class JTAGIdCode(Number):
    """Identification code: version 31:28, part 27:12, manufacturer 11:1, bit 0 set."""

    __slots__ = ()


class JTAGPLLRegister(Number):
    """32-bit register of the PLL."""

    __slots__ = ()


class JTAGPhyRegister(Number):
    """22-bit register of a phy on the chip."""

    __slots__ = ()
    max = (1 << 22) - 1


class ResetChip(_Flag):
    """Reset is asserted (1) or released (0)."""

    __slots__ = ()


class Timer(Number):
    """Playback timer in FPGA cycles, 32 bits."""

    __slots__ = ()


class SPIShiftRegister(Number):
    """24 bits of the shift register on the board."""

    __slots__ = ()
    max = 0xFFFFFF


class SPIDACDataRegister(Number):
    """12-bit code of a DAC channel."""

    __slots__ = ()
    max = 0xFFF


class SPIDACControlRegister(Number):
    """13-bit control word of a DAC."""

    __slots__ = ()
    max = 0x1FFF


class I2CIdRegister(Number):
    """32-bit identifier of the EEPROM."""

    __slots__ = ()


class I2CTempRegister(_HalfWord):
    """16-bit register of the temperature sensor."""

    __slots__ = ()


class I2CINA219RoRegister(_HalfWord):
    """16-bit register of a power monitor, read-only."""

    __slots__ = ()


class I2CINA219RwRegister(_HalfWord):
    """16-bit register of a power monitor."""

    __slots__ = ()


class I2CTCA9554RoRegister(_Byte):
    """8-bit register of the port expander, read-only."""

    __slots__ = ()


class I2CTCA9554RwRegister(_Byte):
    """8-bit register of the port expander."""

    __slots__ = ()


class I2CAD5252RwRegister(_Byte):
    """8-bit register of a potentiometer."""

    __slots__ = ()


class I2CDAC6573RwRegister(Number):
    """10-bit code of a DAC channel."""

    __slots__ = ()
    max = 0x3FF


class I2CTCA9546Register(_Byte):
    """8-bit register of the I2C switch."""

    __slots__ = ()
