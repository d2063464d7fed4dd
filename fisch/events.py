"""Events from the chip: arrays inside, one small object each only where somebody looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Generic, TypeVar, overload

import numpy as np

from fisch.responses import LINK_NOTIFICATION_DTYPE, MADC_SAMPLE_DTYPE, SPIKE_DTYPE
from fisch.word_access import ChipTime, FPGATime, Number, SpikeLabel


class _Event:
    """Base of the events: converts numbers to the types of its fields, and prints them."""

    @classmethod
    def _fields(cls) -> tuple[Any, ...]:
        return fields(cls)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        for entry in self._fields():
            setattr(self, entry.name, entry.default_factory(getattr(self, entry.name)))

    def __str__(self) -> str:
        values = (str(getattr(self, entry.name)) for entry in self._fields())
        return f"{type(self).__name__}({', '.join(values)})"


@dataclass
class SpikeFromChip(_Event):
    """One spike.

    Attributes
    ----------
    label
        16-bit label.
    chip_time, fpga_time
        When the chip sent it and when the FPGA passed it on, in FPGA cycles.
    """

    label: SpikeLabel = field(default_factory=SpikeLabel)
    chip_time: ChipTime = field(default_factory=ChipTime)
    fpga_time: FPGATime = field(default_factory=FPGATime)


@dataclass
class MADCSampleFromChip(_Event):
    """One sample of the MADC.

    Attributes
    ----------
    value
        0 to 0x3ff.
    channel
        0 or 1.
    chip_time, fpga_time
        When the chip sent it and when the FPGA passed it on, in FPGA cycles.
    """

    class Value(Number):
        """10-bit sample."""

        __slots__ = ()
        max = 0x3FF

    class Channel(Number):
        """Input of the MADC."""

        __slots__ = ()
        max = 1

    value: Value = field(default_factory=Value)
    channel: Channel = field(default_factory=Channel)
    chip_time: ChipTime = field(default_factory=ChipTime)
    fpga_time: FPGATime = field(default_factory=FPGATime)


@dataclass
class HighspeedLinkNotification(_Event):
    """One change of a high-speed link between FPGA and chip.

    Attributes
    ----------
    value
        Bits 7:5 number of the link, 4 link is up, 3 decode error, 2 CRC error, 1 CRC recover,
        0 check error.
    fpga_time
        When it was noticed, in FPGA cycles.
    """

    class Value(Number):
        """8 bits of state."""

        __slots__ = ()
        max = 0xFF

    value: Value = field(default_factory=Value)
    fpga_time: FPGATime = field(default_factory=FPGATime)


@dataclass
class TimeoutNotification(_Event):
    """An instruction took longer than the instruction time-out.

    Attributes
    ----------
    value
        Index of the instruction in its program.
    trace_stall
        Stalls of the trace within the last 96 instructions, 0 to 96.
    omnibus_reads
        Omnibus reads that were not answered yet, 0 to 52.
    fpga_time
        When it was noticed, in FPGA cycles.
    """

    class Value(Number):
        """Index of an instruction, 32 bits."""

        __slots__ = ()

    class TraceStall(Number):
        """Stalls within the window that the FPGA looks at."""

        __slots__ = ()
        max = 96

    class OmnibusReads(Number):
        """Reads in flight."""

        __slots__ = ()
        max = 52

    value: Value = field(default_factory=Value)
    trace_stall: TraceStall = field(default_factory=TraceStall)
    omnibus_reads: OmnibusReads = field(default_factory=OmnibusReads)
    fpga_time: FPGATime = field(default_factory=FPGATime)


Event = TypeVar("Event")


class EventSequence(Sequence[Event], Generic[Event]):
    """A structured array that also reads like a list of event objects.

    Parameters
    ----------
    events
        One-dimensional array of the sequence's `dtype`; it is not copied.
    """

    event: ClassVar[type[Any]]
    dtype: ClassVar[np.dtype]

    def __init__(self, events: np.ndarray | None = None) -> None:
        self._events = np.empty(0, self.dtype) if events is None else events

    def to_numpy(self) -> np.ndarray:
        """Return the events as a structured array that may be changed freely."""
        return self._events.copy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False and dtype is not None and self._events.dtype != dtype:
            raise ValueError("Another type needs a copy.")
        return self.to_numpy() if copy and dtype is None else np.asarray(self._events, dtype)

    def __len__(self) -> int:
        return len(self._events)

    def _object(self, row: np.void) -> Event:
        return self.event(**dict(zip(self.dtype.names or (), row.item(), strict=True)))

    @overload
    def __getitem__(self, index: int) -> Event: ...

    @overload
    def __getitem__(self, index: slice) -> EventSequence[Event]: ...

    def __getitem__(self, index: int | slice) -> Event | EventSequence[Event]:
        if isinstance(index, slice):
            return type(self)(self._events[index])
        return self._object(self._events[index])

    def __iter__(self) -> Iterator[Event]:
        return map(self._object, self._events)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, EventSequence):
            return type(self) is type(other) and np.array_equal(self._events, other._events)
        if isinstance(other, (list, tuple)):
            return list(self) == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)}>"


class SpikesFromChip(EventSequence[SpikeFromChip]):
    """Spikes; as an array with fields ``label``, ``fpga_time``, ``chip_time``."""

    event = SpikeFromChip
    dtype = SPIKE_DTYPE


class MADCSamplesFromChip(EventSequence[MADCSampleFromChip]):
    """MADC samples; as an array with ``value``, ``channel``, ``fpga_time``, ``chip_time``."""

    event = MADCSampleFromChip
    dtype = MADC_SAMPLE_DTYPE


class HighspeedLinkNotifications(EventSequence[HighspeedLinkNotification]):
    """Link notifications; as an array with fields ``value``, ``fpga_time``."""

    event = HighspeedLinkNotification
    dtype = LINK_NOTIFICATION_DTYPE
