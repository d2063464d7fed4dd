"""Builder of playback programs: readable for a few instructions, fast for millions."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from fisch import ut
from fisch._buffer import WordBuffer
from fisch.containers import Container, ContainerTicket, container_of
from fisch.errors import BuilderError, CoordinateCountError
from fisch.program import ExpectedResponses, PlaybackProgram
from fisch.tickets import OMNIBUS, BlockTicket, Origin

_log = logging.getLogger("fisch.builder")


def _unsigned(name: str, values: Any, dtype: type[np.unsignedinteger]) -> np.ndarray:
    """Contiguous array of an unsigned type; numbers beyond it raise instead of wrapping."""
    array = np.asarray(values)
    if array.dtype != dtype:
        if array.size == 0:
            return np.empty(array.shape, dtype)
        if array.dtype.kind not in "iu":
            raise TypeError(f"{name} must be integers, not {array.dtype}.")
        maximum = int(np.iinfo(dtype).max)
        ut.check_range(name, int(array.max()), 0, maximum)
        ut.check_range(name, int(array.min()), 0, maximum)
    return np.ascontiguousarray(array, dtype=dtype)


class PlaybackProgramBuilder:
    """Collects instructions in the order in which they will be executed.

    Instructions are encoded at once into one growing buffer of words. `done` hands over the
    program and leaves the builder empty for the next one.

    Containers are the readable way in (`write`, `read`), arrays the fast one (`write_block`,
    `read_block`, `spike_train`, `append_words`); both encode the same words.
    """

    #: Type of the programs that `done` makes.
    program_type: type[PlaybackProgram] = PlaybackProgram

    def __init__(self) -> None:
        self._words = WordBuffer()
        self._expected = ExpectedResponses()
        self._origin = Origin()

    def write(
        self, coordinate: Any | Sequence[Any], container: Container | Sequence[Container]
    ) -> None:
        """Append the write of a container, or of several pairwise.

        Parameters
        ----------
        coordinate
            Coordinate, or a list of them.
        container
            Container, or as many of them.

        Raises
        ------
        CoordinateCountError
            If the lists differ in length (a RuntimeError).
        AccessError
            If a container can only be read (a RuntimeError).
        TypeError
            If a coordinate does not belong to its container.

        Nothing is appended if an error is raised.
        """
        if isinstance(container, Container):
            self._words.extend_list(container.encode_write(coordinate))
            return
        if not (isinstance(coordinate, list | tuple) and isinstance(container, list | tuple)):
            raise TypeError("A coordinate and a container are needed, or a list of each, "
                            f"not {coordinate!r} and {container!r}.")
        if len(coordinate) != len(container):
            raise CoordinateCountError(len(coordinate), len(container))
        words: list[int] = []
        for place, one in zip(coordinate, container, strict=True):
            words += one.encode_write(place)
        self._words.extend_list(words)

    def read(self, coordinate: Any | Sequence[Any]) -> ContainerTicket:
        """Append the read of a container, or of several of one type.

        Parameters
        ----------
        coordinate
            Coordinate, or a list of coordinates of one type.

        Returns
        -------
        ContainerTicket
            One ticket for all of them.

        Raises
        ------
        AccessError
            If the container can only be written (a RuntimeError).
        TypeError
            If something is not a coordinate, or the coordinates are of several types.

        Nothing is appended if an error is raised.
        """
        places = list(coordinate) if isinstance(coordinate, (list, tuple)) else [coordinate]
        if not places:
            ticket = ContainerTicket()
            ticket._issue(self._origin, OMNIBUS, self._expected.omnibus, 0)
            return ticket
        kind = container_of(places[0])
        words: list[int] = []
        for place in places:
            if container_of(place) is not kind:
                raise TypeError(f"One ticket can't hold {places[0]} and {place}.")
            words += kind.encode_read(place)
        ticket = kind.ticket()
        count = kind.responses * len(places)
        ticket._issue(self._origin, kind.response, self._expected[kind.response], count)
        self._words.extend_list(words)
        added = [0, 0, 0]
        added[kind.response] = count
        self._expected = self._expected.plus(ExpectedResponses(*added))
        return ticket

    def write_block(self, addresses: Any, words: Any, byte_enables: int = 0xF) -> None:
        """Append one omnibus write per address.

        Parameters
        ----------
        addresses
            32-bit addresses, shape (n,); bit 31 tells FPGA (1) from chip (0).
        words
            32-bit words, shape (n,).
        byte_enables
            Which bytes are written, bit i stands for byte i; the same for all writes.

        Raises
        ------
        CoordinateCountError
            If there are not as many words as addresses; nothing is appended.
        RangeOverflowError, RangeUnderflowError
            For a number that does not fit into 32 bits.
        """
        address_array = _unsigned("address", addresses, np.uint32).reshape(-1)
        word_array = _unsigned("word", words, np.uint32).reshape(-1)
        if len(address_array) != len(word_array):
            raise CoordinateCountError(len(address_array), len(word_array))
        ut.check_range("byte_enables", byte_enables, 0, 0xF)
        self._words.omnibus_writes(address_array, word_array, byte_enables)

    def read_block(self, addresses: Any) -> BlockTicket:
        """Append one omnibus read per address.

        Parameters
        ----------
        addresses
            32-bit addresses, shape (n,).

        Returns
        -------
        BlockTicket
            Its `words` are there once the program has run.
        """
        address_array = _unsigned("address", addresses, np.uint32).reshape(-1)
        count = len(address_array)
        self._words.omnibus_reads(address_array)
        ticket = BlockTicket()
        ticket._issue(self._origin, OMNIBUS, self._expected.omnibus, count)
        self._expected = self._expected.plus((0, count, 0))
        return ticket

    def spike_train(self, times: Any, labels: Any) -> None:
        """Append one spike packet per time, each behind its own wait.

        Parameters
        ----------
        times
            Timer values in cycles, shape (n,), 32 bits; the packet leaves in the cycle after the
            timer has reached its value. None for no waits: one packet per cycle.
        labels
            16-bit labels: shape (n,) for packets of one event, (n, k) for packets of k = 1 to 3.

        Raises
        ------
        CoordinateCountError
            If there are not as many times as packets; nothing is appended.
        ValueError
            If packets are larger than three events.
        RangeOverflowError, RangeUnderflowError
            For a time or a label out of range.
        """
        label_array = _unsigned("label", labels, np.uint16)
        if label_array.ndim == 1:
            label_array = label_array[:, np.newaxis]
        if label_array.ndim != 2 or not 1 <= label_array.shape[1] <= 3:
            raise ValueError(
                f"labels of shape {np.shape(labels)}: packets hold one to three events."
            )
        time_array = None
        if times is not None:
            time_array = _unsigned("time", times, np.uint32).reshape(-1)
            if len(time_array) != len(label_array):
                raise CoordinateCountError(len(time_array), len(label_array))
        self._words.spikes(time_array, label_array)

    def append_words(
        self, words: np.ndarray, expected: tuple[int, int, int] = (0, 0, 0)
    ) -> BlockTicket:
        """Append encoded words as they are.

        Parameters
        ----------
        words
            Instruction words, uint64 of shape (n,).
        expected
            Numbers of JTAG, omnibus and tick responses that these words ask for.

        Returns
        -------
        BlockTicket
            Claim to the omnibus words among the responses.
        """
        if np.asarray(words).dtype != np.uint64:
            raise TypeError(f"words must be an array of uint64, not {np.asarray(words).dtype}.")
        self._words.extend(np.ascontiguousarray(words).reshape(-1))
        ticket = BlockTicket()
        ticket._issue(self._origin, OMNIBUS, self._expected.omnibus, expected[1])
        self._expected = self._expected.plus(expected)
        return ticket

    def merge_back(self, other: PlaybackProgramBuilder) -> None:
        """Move the instructions of `other` behind those of this builder; `other` is empty then.

        Raises
        ------
        BuilderError
            If `other` is this builder.
        """
        self._check_other(other)
        other._origin.parent = self._origin
        other._origin.shift = self._expected
        self._words.extend_buffer(other._words)
        self._expected = self._expected.plus(other._expected)
        other._reset()

    def merge_front(self, other: PlaybackProgramBuilder) -> None:
        """Move the instructions of `other` before those of this builder; `other` is empty then.

        Tickets of both stay right: those of this builder move behind the responses of `other`.

        Raises
        ------
        BuilderError
            If `other` is this builder.
        """
        self._check_other(other)
        both = Origin()
        other._origin.parent = both
        self._origin.parent = both
        self._origin.shift = other._expected
        other._words.extend_buffer(self._words)
        self._words = other._words
        self._expected = other._expected.plus(self._expected)
        self._origin = both
        other._reset()

    def copy_back(self, other: PlaybackProgramBuilder) -> None:
        """Append a copy of the instructions of `other`, which stays as it is.

        Raises
        ------
        BuilderError
            If `other` is this builder, or holds reads: their tickets can't stand for two places.
        """
        self._check_other(other)
        if not other.is_write_only():
            raise BuilderError("PlaybackProgramBuilder to copy is not write only.")
        self._words.extend_buffer(other._words)

    def done(self) -> PlaybackProgram:
        """Hand over the program; the builder is empty afterwards."""
        if len(self._words) > ut.PLAYBACK_MEMORY_WORDS:
            _log.warning(
                "The program has %d instructions, more than the %d of the playback memory: "
                "its timing is not guaranteed.",
                len(self._words),
                ut.PLAYBACK_MEMORY_WORDS,
            )
        program = self.program_type(self._words.take(), self._expected)
        self._origin.program = program
        self._reset()
        return program

    def empty(self) -> bool:
        """Whether there is no instruction."""
        return len(self._words) == 0

    def is_write_only(self) -> bool:
        """Whether no response is expected."""
        return self._expected.total == 0

    def size_to_fpga(self) -> int:
        """Return the number of instructions."""
        return len(self._words)

    def size_from_fpga(self) -> int:
        """Return the number of responses expected."""
        return self._expected.total

    def __reduce__(self) -> Any:
        # a shallow copy would share the instructions; also asked by copy and deepcopy
        raise TypeError("A PlaybackProgramBuilder can't be copied; use copy_back.")

    def _check_other(self, other: PlaybackProgramBuilder) -> None:
        if not isinstance(other, PlaybackProgramBuilder):
            raise TypeError(f"A PlaybackProgramBuilder is needed, not {other!r}.")
        if other is self:
            raise BuilderError("A PlaybackProgramBuilder can't be merged into itself.")

    def _reset(self) -> None:
        self._words = WordBuffer()
        self._expected = ExpectedResponses()
        self._origin = Origin()

    def __str__(self) -> str:
        return "\n".join(str(message) for message in ut.decode(self._words.peek()))

    def __repr__(self) -> str:
        return (
            f"<PlaybackProgramBuilder: {self.size_to_fpga()} words, "
            f"{self.size_from_fpga()} responses>"
        )
