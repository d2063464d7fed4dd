"""Playback programs: instruction words, what they should return, and what they returned."""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

import numpy as np

from fisch import ut
from fisch.events import (
    HighspeedLinkNotification,
    HighspeedLinkNotifications,
    MADCSamplesFromChip,
    SpikesFromChip,
)
from fisch.responses import Responses

_log = logging.getLogger("fisch.program")


class ExpectedResponses(NamedTuple):
    """How many responses of each kind a program should return."""

    jtag: int = 0
    omnibus: int = 0
    ticks: int = 0

    @property
    def total(self) -> int:
        """Sum over all kinds."""
        return self.jtag + self.omnibus + self.ticks

    def plus(self, other: tuple[int, int, int]) -> ExpectedResponses:
        """Sum per kind."""
        return ExpectedResponses(
            self.jtag + other[0], self.omnibus + other[1], self.ticks + other[2]
        )


class PlaybackProgram:
    """An immutable list of instructions, and the results of its latest run.

    Programs come from `PlaybackProgramBuilder.done`. They hold no halt: a connection appends it.
    A run replaces all results of the run before.

    Parameters
    ----------
    words
        Instruction words (uint64). The array is not copied and must not be changed afterwards.
    expected
        Numbers of JTAG, omnibus and tick responses that the words ask for.
    halted
        The array ends with the halt, which is no part of the program. It then goes to the chip
        in one piece with the words before it.

    Raises
    ------
    ValueError
        The halt is not where ``halted`` says.
    """

    def __init__(
        self,
        words: Any = (),
        expected: tuple[int, int, int] = (0, 0, 0),
        *,
        halted: bool = False,
    ) -> None:
        array = np.ascontiguousarray(words, dtype=np.uint64).reshape(-1).view()
        array.flags.writeable = False
        self._halted: np.ndarray | None = None
        if halted:
            if not len(array) or array[-1] != ut.HALT_WORD:
                raise ValueError("the words of a halted program end with the halt")
            self._halted, array = array, array[:-1]
        self._words = array
        self._expected = ExpectedResponses(*expected)
        self._responses: Responses | None = None

    @property
    def words(self) -> np.ndarray:
        """Instruction words, uint64, read-only, without the final halt."""
        return self._words

    @property
    def halted_words(self) -> np.ndarray | None:
        """Instruction words and the halt behind them, if they stand in one array; for connections.

        None if they do not: then the connection sends the halt from elsewhere.
        """
        return self._halted

    @property
    def expected(self) -> ExpectedResponses:
        """Numbers of responses that a complete run returns."""
        return self._expected

    @property
    def responses(self) -> Responses | None:
        """Results of the latest run as arrays; None before the first."""
        return self._responses

    def _set_responses(self, responses: Responses | None) -> None:
        """Replace the results; for connections."""
        self._responses = responses

    @property
    def _results(self) -> Responses:
        return Responses() if self._responses is None else self._responses

    @property
    def spikes(self) -> SpikesFromChip:
        """Spikes from the chip in the order in which they came."""
        return SpikesFromChip(self._results.spikes)

    @property
    def madc_samples(self) -> MADCSamplesFromChip:
        """MADC samples in the order in which they came."""
        return MADCSamplesFromChip(self._results.madc_samples)

    @property
    def spikes_pack_counts(self) -> dict[int, int]:
        """Number of spike packs by their size, 1 to 3."""
        return dict(enumerate(self._results.spike_pack_counts, start=1))

    @property
    def madc_samples_pack_counts(self) -> dict[int, int]:
        """Number of MADC sample packs by their size, 1 to 3."""
        return dict(enumerate(self._results.madc_pack_counts, start=1))

    @property
    def highspeed_link_notifications(self) -> list[HighspeedLinkNotification]:
        """Changes of the high-speed links, in order."""
        return list(HighspeedLinkNotifications(self._results.link_notifications))

    def tickets_valid(self) -> bool:
        """Whether exactly the expected responses are there, so that every ticket can be read."""
        return self._results.counts == self._expected

    def run_ok(self, fpga_identifier: str = "") -> bool:
        """Whether no instruction timed out; logs the first one that did and its surroundings.

        Parameters
        ----------
        fpga_identifier
            Name of the FPGA, for the log.
        """
        timeouts = self._results.timeouts
        if len(timeouts) == 0:
            return True
        first = timeouts[0]
        index = int(first["value"])
        reads = int(first["omnibus_reads"])
        where = f" on {fpga_identifier}" if fpga_identifier else ""
        lines = [
            f"Instruction {index} timed out{where} "
            f"({first['trace_stall']} trace stalls, {reads} omnibus reads in flight, "
            f"FPGA time {first['fpga_time']}). Instructions up to it:"
        ]
        begin = max(0, index - 10)
        if reads:
            begin = min(begin, self._first_open_read(index, reads))
        lines += [
            f"{begin + offset}: {message}"
            for offset, message in enumerate(ut.decode(self._words[begin : index + 1]))
        ]
        if len(timeouts) > 1:
            lines.append(f"{len(timeouts)} notifications came where only one is possible.")
        _log.error("\n".join(lines))
        return False

    def _first_open_read(self, index: int, reads: int) -> int:
        """Index of the last read that had been answered when `reads` were still in flight."""
        is_read = (self._words[:index] >> np.uint64(36)) == (ut.ToFPGA.OMNIBUS_ADDRESS << 20) + 1
        positions = np.flatnonzero(is_read)
        return int(positions[-reads - 1]) if len(positions) > reads else 0

    def clear_from_fpga_messages(self) -> None:
        """Forget responses, events and pack counts; link and time-out notifications stay."""
        if self._responses is not None:
            self._responses = Responses(
                link_notifications=self._responses.link_notifications,
                timeouts=self._responses.timeouts,
            )

    def empty(self) -> bool:
        """Whether there is no instruction."""
        return len(self._words) == 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PlaybackProgram):
            return NotImplemented
        return (
            self._expected == other._expected
            and np.array_equal(self._words, other._words)
            and self._results == other._results
        )

    __hash__ = object.__hash__

    def __str__(self) -> str:
        return "\n".join(str(message) for message in ut.decode(self._words))

    def __repr__(self) -> str:
        state = "not run" if self._responses is None else "run"
        size = f"{len(self._words)} words, {self._expected.total} responses"
        return f"<PlaybackProgram: {size}, {state}>"
