"""Tickets: promises of responses, redeemed when the program has run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fisch.errors import DataNotAvailableError, EmptyTicketError
from fisch.program import ExpectedResponses
from fisch.responses import Responses

if TYPE_CHECKING:
    from fisch.program import PlaybackProgram

#: Kinds of responses that tickets wait for; the number is the place in `ExpectedResponses`.
JTAG, OMNIBUS, TICKS = range(3)


class Origin:
    """Where the responses of one builder's reads stand in the program they end up in.

    A builder issues its tickets with its origin. Merging builders makes one origin the parent of
    another, with the number of responses that come before; `done` sets the program at the root.
    So no builder has to know its tickets.
    """

    __slots__ = ("parent", "program", "shift")

    def __init__(self) -> None:
        self.parent: Origin | None = None
        self.shift = ExpectedResponses()
        self.program: PlaybackProgram | None = None

    def locate(self) -> tuple[PlaybackProgram | None, ExpectedResponses]:
        """Return the program, once it is done, and how many responses come before this origin."""
        path: list[Origin] = []
        node = self
        while node.parent is not None:
            path.append(node)
            node = node.parent
        root, shift = node, ExpectedResponses()
        # shorten the way for the next look-up: thousands of merges make long chains
        for node in reversed(path):
            shift = node.shift.plus(shift)
            node.parent, node.shift = root, shift
        return root.program, shift


class Ticket:
    """Claim to some consecutive responses of one kind.

    Tickets come from a builder. They may be copied, and keep their program alive. Whatever is
    read is looked up in the program's latest run. A ticket that is made without a builder stands
    for nothing and raises `EmptyTicketError`.
    """

    def __init__(self) -> None:
        self._origin: Origin | None = None
        self._kind = OMNIBUS
        self._first = 0
        self._count = 0

    def _issue(self, origin: Origin, kind: int, first: int, count: int) -> None:
        """Bind the ticket: `count` responses, behind `first` others of the same builder."""
        self._origin = origin
        self._kind = kind
        self._first = first
        self._count = count

    def _find(self) -> tuple[Responses, slice] | None:
        """Results and place of the responses in their arrays, None while not all are there."""
        if self._origin is None:
            raise EmptyTicketError
        if self._count == 0:
            # nothing to wait for
            return Responses(), slice(0, 0)
        program, shift = self._origin.locate()
        if program is None:
            return None
        responses = program.responses
        if responses is None:
            return None
        begin = self._first + shift[self._kind]
        if responses.counts[self._kind] < begin + self._count:
            return None
        return responses, slice(begin, begin + self._count)

    def _data(self) -> np.ndarray:
        """Response words; for ticks, which carry none, zeros."""
        found = self._find()
        if found is None:
            raise DataNotAvailableError
        responses, place = found
        if self._kind == JTAG:
            return responses.jtag[place]
        if self._kind == OMNIBUS:
            return responses.omnibus[place]
        return np.zeros(self._count, np.uint32)

    def valid(self) -> bool:
        """Whether all responses of this ticket are there; those behind them need not be."""
        return self._find() is not None

    def fpga_times(self) -> np.ndarray:
        """When each response came, in FPGA cycles (uint64).

        Raises
        ------
        DataNotAvailableError
            Before the responses are there.
        """
        found = self._find()
        if found is None:
            raise DataNotAvailableError
        responses, place = found
        times = (responses.jtag_time, responses.omnibus_time, responses.tick_time)
        return times[self._kind][place]

    def fpga_time(self) -> int:
        """When the last response came, in FPGA cycles; 0 for a ticket of no responses.

        Raises
        ------
        DataNotAvailableError
            Before the responses are there.
        """
        times = self.fpga_times()
        return int(times[-1]) if len(times) else 0

    def __copy__(self) -> Ticket:
        copied = type(self)()
        copied.__dict__.update(self.__dict__)
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> Ticket:
        # a ticket refers to its program and does not own it
        return self.__copy__()


class BlockTicket(Ticket):
    """Claim to the words of `PlaybackProgramBuilder.read_block`."""

    def words(self) -> np.ndarray:
        """Return the words, uint32 of shape (number of addresses,), read-only.

        Raises
        ------
        DataNotAvailableError
            Before the responses are there.
        """
        return self._data()

    def __len__(self) -> int:
        return self._count
