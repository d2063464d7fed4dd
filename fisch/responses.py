"""Responses of the FPGA as arrays: the fast way from received words to results."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from fisch._ut import ResponseStream

#: One spike from the chip. Times in FPGA cycles.
SPIKE_DTYPE = np.dtype([("label", "<u2"), ("fpga_time", "<u8"), ("chip_time", "<u8")])
#: One MADC sample: 10-bit value, channel 0 or 1. Times in FPGA cycles.
MADC_SAMPLE_DTYPE = np.dtype(
    [("value", "<u2"), ("channel", "u1"), ("fpga_time", "<u8"), ("chip_time", "<u8")]
)
#: One change of a high-speed link: phy in bits 7:5, link up in bit 4, errors below.
LINK_NOTIFICATION_DTYPE = np.dtype([("value", "u1"), ("fpga_time", "<u8")])
#: One instruction time-out: index of the instruction, stalls in the trace, reads in flight.
TIMEOUT_DTYPE = np.dtype(
    [("value", "<u4"), ("trace_stall", "u1"), ("omnibus_reads", "u1"), ("fpga_time", "<u8")]
)

#: FPGA times have 43 bits.
_TIME_MASK = (1 << 43) - 1

# Below this number of responses growing as they come costs nothing.
_WORTH_RESERVING = 4096


@dataclass(eq=False)
class Responses:
    """What came back from one run, in order within each kind.

    Times are FPGA times in cycles (43 bits). Without a synchronised system time they count
    messages. All arrays are one-dimensional and read-only.

    Attributes
    ----------
    omnibus, omnibus_time
        Words of omnibus reads (u32), and when each came (u64).
    jtag, jtag_time
        Words of kept JTAG shifts (33 bits in u64), and when each came.
    tick_time
        When each loopback tick came.
    spikes
        Array of `SPIKE_DTYPE`.
    spike_pack_counts
        How many packs of one, two and three spikes came.
    madc_samples
        Array of `MADC_SAMPLE_DTYPE`.
    madc_pack_counts
        How many packs of one, two and three samples came.
    link_notifications
        Array of `LINK_NOTIFICATION_DTYPE`.
    timeouts
        Array of `TIMEOUT_DTYPE`.
    """

    omnibus: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint32))
    omnibus_time: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))
    jtag: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))
    jtag_time: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))
    tick_time: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))
    spikes: np.ndarray = field(default_factory=lambda: np.empty(0, SPIKE_DTYPE))
    spike_pack_counts: tuple[int, int, int] = (0, 0, 0)
    madc_samples: np.ndarray = field(default_factory=lambda: np.empty(0, MADC_SAMPLE_DTYPE))
    madc_pack_counts: tuple[int, int, int] = (0, 0, 0)
    link_notifications: np.ndarray = field(
        default_factory=lambda: np.empty(0, LINK_NOTIFICATION_DTYPE)
    )
    timeouts: np.ndarray = field(default_factory=lambda: np.empty(0, TIMEOUT_DTYPE))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Responses):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)
        )

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def _of_runs(cls, *, omnibus_runs: np.ndarray, **taken: Any) -> Responses:
        """Make responses whose times of omnibus words are worked out when they are asked for."""
        responses = cls(**taken)
        del responses.omnibus_time
        vars(responses)["_omnibus_runs"] = omnibus_runs.reshape(-1, 2)
        return responses

    def __getattr__(self, name: str) -> Any:
        runs = vars(self).get("_omnibus_runs")
        if name != "omnibus_time" or runs is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        first, time = runs.T
        count = len(self.omnibus)
        lengths = np.diff(first, append=np.uint64(count)).astype(np.int64)
        times = np.repeat(time - first, lengths) + np.arange(count, dtype=np.uint64)
        times &= np.uint64(_TIME_MASK)
        times.flags.writeable = False
        self.omnibus_time = times
        return times

    @property
    def counts(self) -> tuple[int, int, int]:
        """Numbers of JTAG, omnibus and tick responses."""
        return len(self.jtag), len(self.omnibus), len(self.tick_time)


class ResponseDecoder:
    """Turns the word stream from the FPGA into `Responses`, in pieces of any size.

    One decoder serves one run; `reset` makes it new. Words are decoded by a state machine whose
    result does not depend on where the stream is cut. FPGA time starts at 0 and grows by one
    with every message, before it is looked at; ``Systime`` sets it, ``Sysdelta`` adds to it. Chip
    time of an event is the latest time, not in the future of its FPGA time, whose low seven bits
    are half its timestamp.

    Parameters
    ----------
    expected
        Numbers of JTAG, omnibus and tick responses that a program asks for, as a hint: room for
        them is made at once.
    """

    def __init__(self, expected: tuple[int, int, int] = (0, 0, 0)) -> None:
        self._stream = ResponseStream()
        self._reserve(expected)

    def _reserve(self, expected: tuple[int, int, int]) -> None:
        if expected[1] > _WORTH_RESERVING:
            self._stream.reserve(expected[0], expected[1])

    def feed(self, words: Any) -> bool:
        """Decode more words.

        Parameters
        ----------
        words
            Array of uint64, or bytes of little-endian 64-bit words.

        Returns
        -------
        bool
            Whether a halt has been seen (`halted`). Words behind it are decoded all the same.

        Raises
        ------
        UnknownHeaderError
            At a header that stands for no instruction. What came before it is kept; the decoder
            does not go on.
        TypeError, ValueError
            If the array is of another type, or the bytes are not whole words.
        """
        self._stream.feed(words)
        return self._stream.halted

    @property
    def halted(self) -> bool:
        """Whether a halt has been decoded since the last `reset`."""
        return self._stream.halted

    @property
    def fpga_time(self) -> int:
        """FPGA time after the last message, in cycles."""
        return self._stream.fpga_time

    @property
    def counts(self) -> tuple[int, int, int]:
        """Numbers of JTAG, omnibus and tick responses since the last `take`."""
        return self._stream.counts

    def take(self) -> Responses:
        """Hand over what was decoded since the last call; time and halt stay as they are."""
        taken = self._stream.take(
            SPIKE_DTYPE, MADC_SAMPLE_DTYPE, LINK_NOTIFICATION_DTYPE, TIMEOUT_DTYPE
        )
        return Responses._of_runs(**taken)

    def reset(self, expected: tuple[int, int, int] = (0, 0, 0)) -> None:
        """Begin a new run: time 0, not halted, nothing decoded; `expected` as when created."""
        self._stream.reset()
        self._reserve(expected)
