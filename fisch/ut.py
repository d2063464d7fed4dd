"""UT messages: the instruction words of the FPGA link and its responses.

A message is an instruction, whose index in one of two dictionaries is the header byte, and a
payload. To the FPGA each is one 64-bit word; from the FPGA they are 64 or 80 bits long and follow
each other without gaps, filled up behind a comma bit when the stream is flushed.

Lists of `Message` serve tests and tools. Programs are encoded by `fisch.builder`, responses are
decoded by `fisch.responses`; both do without Python objects per message.

>>> encode([Message.of(ToFPGA.WAIT_UNTIL, value=12500)]).tolist() == [0x05000000000030D4]
True
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from fisch._ut import MessageUnpacker, Packer
from fisch.errors import RangeOverflowError, RangeUnderflowError, UnknownHeaderError


class ToFPGA(IntEnum):
    """Instructions to the FPGA; the value is the header byte."""

    JTAG_INIT = 0x00
    JTAG_SCALER = 0x01
    JTAG_INS = 0x02
    JTAG_DATA = 0x03
    SETUP = 0x04
    WAIT_UNTIL = 0x05
    SYSTIME_INIT = 0x06
    BARRIER = 0x07
    POLLING_OMNIBUS_BLOCK = 0x08
    RESET = 0x09
    LOOPBACK = 0x0A
    OMNIBUS_ADDRESS = 0x0B
    OMNIBUS_DATA = 0x0C
    SPIKE_PACK_1 = 0x0D
    SPIKE_PACK_2 = 0x0E
    SPIKE_PACK_3 = 0x0F


class FromFPGA(IntEnum):
    """Responses of the FPGA; the value is the header byte."""

    JTAG_DATA = 0x00
    OMNIBUS_DATA = 0x01
    LOOPBACK = 0x02
    HIGHSPEED_LINK_NOTIFICATION = 0x03
    TIMEOUT_NOTIFICATION = 0x04
    SYSTIME = 0x05
    SYSDELTA = 0x06
    MADC_SAMPLE_PACK_1 = 0x07
    MADC_SAMPLE_PACK_2 = 0x08
    MADC_SAMPLE_PACK_3 = 0x09
    SPIKE_PACK_1 = 0x0A
    SPIKE_PACK_2 = 0x0B
    SPIKE_PACK_3 = 0x0C


class JTAGInstruction(IntEnum):
    """Values of the chip's JTAG instruction register."""

    EXTEST = 0
    IDCODE = 1
    SAMPLE_PRELOAD = 2
    PLL_TARGET_REG = 3
    SHIFT_PLL = 4
    OMNIBUS_ADDRESS = 5
    OMNIBUS_DATA = 6
    OMNIBUS_REQUEST = 7
    BYPASS = 127


#: The word that ends a program: a loopback that the host takes as the end of its responses.
HALT_WORD = 0x0A00000000000000

#: Rate of the FPGA clock, the unit of all times.
FPGA_CLOCK_CYCLES_PER_US = 125
FPGA_CLOCK_CYCLES_PER_MS = 1000 * FPGA_CLOCK_CYCLES_PER_US
FPGA_CLOCK_CYCLES_PER_S = 1000 * FPGA_CLOCK_CYCLES_PER_MS

#: Words (= instructions) that the playback memory of the FPGA holds.
PLAYBACK_MEMORY_WORDS = 4_194_304

#: Largest FPGA or chip time, in cycles (43 bits).
TIME_MAX = (1 << 43) - 1

HEADER_SHIFT = 56
COMMA_BIT = 1 << 63


class Field(NamedTuple):
    """Part of a payload: bits ``lsb`` to ``lsb + width - 1``."""

    name: str
    lsb: int
    width: int
    default: int = 0


class Layout(NamedTuple):
    """Payload of an instruction: its width in bits and its fields, most significant first."""

    bits: int
    fields: tuple[Field, ...]


def _number(bits: int) -> Layout:
    return Layout(bits, (Field("value", 0, bits),))


def _spikes_to_fpga(count: int) -> Layout:
    return Layout(
        16 * count, tuple(Field(f"label{i}", 16 * (count - 1 - i), 16) for i in range(count))
    )


def _events(count: int, *parts: tuple[str, int, int]) -> Layout:
    return Layout(
        24 * count,
        tuple(
            Field(f"{name}{i}", 24 * (count - 1 - i) + lsb, width)
            for i in range(count)
            for name, lsb, width in parts
        ),
    )


_SPIKE = (("timestamp", 16, 8), ("label", 0, 16))
_MADC_SAMPLE = (("timestamp", 16, 8), ("channel", 10, 1), ("value", 0, 10))

# Two tables: members of the two enums are equal if their numbers are, so one dict can't hold both.
_TO_FPGA: dict[ToFPGA, Layout] = {
    ToFPGA.JTAG_INIT: Layout(0, ()),
    ToFPGA.JTAG_SCALER: _number(8),
    ToFPGA.JTAG_INS: _number(7),
    ToFPGA.JTAG_DATA: Layout(
        56, (Field("keep_response", 48, 1), Field("num_bits", 40, 8, 33), Field("payload", 0, 33))
    ),
    ToFPGA.SETUP: Layout(0, ()),
    ToFPGA.WAIT_UNTIL: _number(32),
    ToFPGA.SYSTIME_INIT: _number(1),
    ToFPGA.BARRIER: Layout(
        5,
        (
            Field("systime_correction", 4, 1),
            Field("multi_fpga", 3, 1),
            Field("systime", 2, 1),
            Field("jtag", 1, 1),
            Field("omnibus", 0, 1),
        ),
    ),
    ToFPGA.POLLING_OMNIBUS_BLOCK: _number(1),
    ToFPGA.RESET: _number(1),
    ToFPGA.LOOPBACK: Layout(1, (Field("tick", 0, 1),)),
    ToFPGA.OMNIBUS_ADDRESS: Layout(
        37, (Field("is_read", 36, 1), Field("byte_enables", 32, 4, 0xF), Field("address", 0, 32))
    ),
    ToFPGA.OMNIBUS_DATA: _number(32),
    ToFPGA.SPIKE_PACK_1: _spikes_to_fpga(1),
    ToFPGA.SPIKE_PACK_2: _spikes_to_fpga(2),
    ToFPGA.SPIKE_PACK_3: _spikes_to_fpga(3),
}
_FROM_FPGA: dict[FromFPGA, Layout] = {
    FromFPGA.JTAG_DATA: _number(33),
    FromFPGA.OMNIBUS_DATA: _number(32),
    FromFPGA.LOOPBACK: Layout(1, (Field("tick", 0, 1),)),
    FromFPGA.HIGHSPEED_LINK_NOTIFICATION: Layout(
        8,
        (
            Field("phy", 5, 3),
            Field("link_up", 4, 1),
            Field("decode_error", 3, 1),
            Field("crc_error", 2, 1),
            Field("crc_recover", 1, 1),
            Field("check_error", 0, 1),
        ),
    ),
    FromFPGA.TIMEOUT_NOTIFICATION: Layout(
        45, (Field("omnibus_reads", 39, 6), Field("trace_stall", 32, 7), Field("value", 0, 32))
    ),
    FromFPGA.SYSTIME: Layout(43, (Field("systime", 0, 43),)),
    FromFPGA.SYSDELTA: Layout(8, (Field("delta", 0, 8),)),
    FromFPGA.MADC_SAMPLE_PACK_1: _events(1, *_MADC_SAMPLE),
    FromFPGA.MADC_SAMPLE_PACK_2: _events(2, *_MADC_SAMPLE),
    FromFPGA.MADC_SAMPLE_PACK_3: _events(3, *_MADC_SAMPLE),
    FromFPGA.SPIKE_PACK_1: _events(1, *_SPIKE),
    FromFPGA.SPIKE_PACK_2: _events(2, *_SPIKE),
    FromFPGA.SPIKE_PACK_3: _events(3, *_SPIKE),
}


def layout(instruction: ToFPGA | FromFPGA) -> Layout:
    """Payload layout of an instruction."""
    if isinstance(instruction, ToFPGA):
        return _TO_FPGA[instruction]
    return _FROM_FPGA[instruction]


def check_range(name: str, value: int, minimum: int, maximum: int) -> int:
    """Return `value`; raise `RangeOverflowError` or `RangeUnderflowError` if out of range."""
    if value > maximum:
        raise RangeOverflowError(name, value, minimum, maximum)
    if value < minimum:
        raise RangeUnderflowError(name, value, minimum, maximum)
    return value


class Message(NamedTuple):
    """One message: an instruction and its payload, the number right of the header.

    Parameters
    ----------
    header
        The instruction; its type tells the direction.
    payload
        0 to ``2**layout(header).bits - 1``.
    """

    header: ToFPGA | FromFPGA
    payload: int = 0

    @classmethod
    def of(cls, header: ToFPGA | FromFPGA, **values: int) -> Message:
        """Build a message from the fields of its payload; those not named have their defaults.

        Raises
        ------
        TypeError
            For a field that the payload does not have.
        RangeOverflowError, RangeUnderflowError
            For a value that the field cannot hold.
        """
        payload = 0
        for part in layout(header).fields:
            value = int(values.pop(part.name, part.default))
            check_range(f"{header.name}.{part.name}", value, 0, (1 << part.width) - 1)
            payload |= value << part.lsb
        if values:
            raise TypeError(f"{header.name} has no field {', '.join(values)}.")
        return cls(header, payload)

    @property
    def fields(self) -> dict[str, int]:
        """Values of the fields of the payload by name."""
        return {
            part.name: (self.payload >> part.lsb) & ((1 << part.width) - 1)
            for part in layout(self.header).fields
        }

    @property
    def bits(self) -> int:
        """Length of the encoded message: 64, or 80 for packs of three events from the FPGA."""
        return max(64, 8 + layout(self.header).bits)

    def __str__(self) -> str:
        raw = (int(self.header) << (self.bits - 8)) | self.payload
        return f"UTMessage(raw: {raw:0{self.bits // 4}x}, {_payload_text(self)})"


_NAMESPACE = "hxcomm::vx::instruction::"
_TO_FPGA_NAMES = (
    "to_fpga_jtag::Init",
    "to_fpga_jtag::Scaler",
    "to_fpga_jtag::Ins",
    "to_fpga_jtag::Data",
    "timing::Setup",
    "timing::WaitUntil",
    "timing::SystimeInit",
    "timing::Barrier",
    "timing::PollingOmnibusBlock",
    "system::Reset",
    "system::Loopback",
    "omnibus_to_fpga::Address",
    "omnibus_to_fpga::Data",
    "event_to_fpga::SpikePack<1ul>",
    "event_to_fpga::SpikePack<2ul>",
    "event_to_fpga::SpikePack<3ul>",
)
_FROM_FPGA_NAMES = (
    "jtag_from_hicann::Data",
    "omnibus_from_fpga::Data",
    "from_fpga_system::Loopback",
    "from_fpga_system::HighspeedLinkNotification",
    "from_fpga_system::TimeoutNotification",
    "timing_from_fpga::Systime",
    "timing_from_fpga::Sysdelta",
    "event_from_fpga::MADCSamplePack<1ul>",
    "event_from_fpga::MADCSamplePack<2ul>",
    "event_from_fpga::MADCSamplePack<3ul>",
    "event_from_fpga::SpikePack<1ul>",
    "event_from_fpga::SpikePack<2ul>",
    "event_from_fpga::SpikePack<3ul>",
)


def _payload_text(message: Message) -> str:
    """Qualified instruction name and its values: sets of bits in binary, numbers in decimal.

    Where the field's documentation shows no example, the choice between the two is ours.
    """
    header, payload = message
    values = message.fields
    width = layout(header).bits
    if isinstance(header, ToFPGA):
        name = _TO_FPGA_NAMES[header]
        if header is ToFPGA.JTAG_DATA:
            keep = "true" if values["keep_response"] else "false"
            inner = (
                f"keep_response: {keep}, num_bits: {values['num_bits']}, "
                f"payload: {values['payload']:033b}"
            )
        elif header is ToFPGA.OMNIBUS_ADDRESS:
            read = "true" if values["is_read"] else "false"
            inner = (
                f"is_read: {read}, byte_enables: {values['byte_enables']:04b}, "
                f"address: {values['address']}"
            )
        elif header >= ToFPGA.SPIKE_PACK_1:
            inner = ", ".join(f"{label:016b}" for label in values.values())
        elif header in (ToFPGA.JTAG_INS, ToFPGA.BARRIER):
            inner = f"{payload:0{width}b}"
        else:
            inner = str(payload) if width else ""
    else:
        name = _FROM_FPGA_NAMES[header]
        if header >= FromFPGA.MADC_SAMPLE_PACK_1:
            event = "Spike" if header >= FromFPGA.SPIKE_PACK_1 else "MADCSample"
            digits = 16 if event == "Spike" else 14
            inner = ", ".join(
                f"{event}({payload >> shift & (1 << digits) - 1:0{digits}b}, "
                f"{payload >> shift + 16 & 0xFF:08b})"
                for shift in range(width - 24, -1, -24)
            )
        elif header is FromFPGA.JTAG_DATA:
            inner = f"{payload:033b}"
        else:
            inner = str(payload)
    return f"{_NAMESPACE}{name}({inner})"


def encode(messages: Iterable[Message]) -> np.ndarray:
    """Encode messages to the FPGA, one word each.

    Returns
    -------
    numpy.ndarray
        Words, uint64 of shape (number of messages,).
    """
    words = []
    for header, payload in messages:
        check_range(ToFPGA(header).name, payload, 0, (1 << _TO_FPGA[ToFPGA(header)].bits) - 1)
        words.append((int(header) << HEADER_SHIFT) | payload)
    return np.array(words, dtype=np.uint64)


def decode(words: Any) -> list[Message]:
    """Decode words to the FPGA. Filling (words with the top bit set) is dropped.

    Raises
    ------
    UnknownHeaderError
        At a header that stands for no instruction.
    """
    messages = []
    for word in np.asarray(words, dtype=np.uint64).tolist():
        if word & COMMA_BIT:
            continue
        header = word >> HEADER_SHIFT
        if header >= len(ToFPGA):
            raise UnknownHeaderError(header)
        instruction = ToFPGA(header)
        messages.append(Message(instruction, word & ((1 << _TO_FPGA[instruction].bits) - 1)))
    return messages


class FromFPGAEncoder:
    """Encodes messages from the FPGA into words, packed without gaps.

    The inverse of `FromFPGADecoder`: a stand-in for the FPGA in tests and tools.
    """

    def __init__(self) -> None:
        self._packer = Packer()

    def push(self, messages: Iterable[Message]) -> None:
        """Append messages."""
        headers, high, low = [], [], []
        for header, payload in messages:
            instruction = FromFPGA(header)
            bits = _FROM_FPGA[instruction].bits
            check_range(instruction.name, payload, 0, (1 << bits) - 1)
            long = bits > HEADER_SHIFT
            headers.append(int(instruction))
            high.append(payload >> 16 if long else payload)
            low.append(payload & 0xFFFF if long else 0)
        self._packer.push(
            np.array(headers, np.uint8), np.array(high, np.uint64), np.array(low, np.uint64)
        )

    def flush(self) -> None:
        """Fill the last word: a comma bit behind the last message, zeros below."""
        self._packer.flush()

    def take(self) -> np.ndarray:
        """Hand over the words (uint64) that are complete."""
        return self._packer.take()


class FromFPGADecoder:
    """Decodes words from the FPGA into messages, in pieces of any size."""

    def __init__(self) -> None:
        self._unpacker = MessageUnpacker()

    def feed(self, words: Any) -> list[Message]:
        """Decode more words and return the messages that they complete.

        Raises
        ------
        UnknownHeaderError
            At a header that stands for no instruction, once the messages before it have been
            returned: by this call if there are none, else by the next one.
        """
        if self._unpacker.bad_header >= 0:
            raise UnknownHeaderError(self._unpacker.bad_header)
        messages = []
        for header, high, low in zip(*self._unpacker.unpack(words), strict=True):
            instruction = FromFPGA(int(header))
            bits = _FROM_FPGA[instruction].bits
            payload = int(high) << 16 | int(low) if bits > HEADER_SHIFT else int(high)
            messages.append(Message(instruction, payload & ((1 << bits) - 1)))
        if not messages and self._unpacker.bad_header >= 0:
            raise UnknownHeaderError(self._unpacker.bad_header)
        return messages


def encode_responses(messages: Iterable[Message]) -> np.ndarray:
    """Encode messages from the FPGA as one flushed stream of words (uint64)."""
    encoder = FromFPGAEncoder()
    encoder.push(messages)
    encoder.flush()
    return encoder.take()


def decode_responses(words: Any) -> list[Message]:
    """Decode a whole stream of words from the FPGA.

    Raises
    ------
    UnknownHeaderError
        At a header that stands for no instruction.
    """
    decoder = FromFPGADecoder()
    messages = decoder.feed(words)
    return messages + decoder.feed(np.empty(0, np.uint64))
