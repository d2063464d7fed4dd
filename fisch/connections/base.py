"""What all connections have in common."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from datetime import timedelta
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from fisch import protocol
from fisch.connections.time_info import ConnectionTimeInfo, RunTimeInfo
from fisch.errors import ForkedProcessError, LimitError, ProgramError
from fisch.program import PlaybackProgram
from fisch.responses import Responses

Programs = PlaybackProgram | Sequence[PlaybackProgram]


class PendingRun(ABC):
    """Programs that were submitted, one per chip, and whose results may not be there yet."""

    @abstractmethod
    def done(self) -> bool:
        """Tell whether :meth:`wait` would return (or raise) at once."""

    @abstractmethod
    def collect(self, timeout: float | None = None) -> tuple[RunTimeInfo, int, bool]:
        """Wait, and hand the responses over to the programs, without checking them.

        Returns
        -------
        tuple
            The times, the number of FPGAs that reported an instruction timeout, and whether
            all expected responses came.
        """

    def wait(self, timeout: float | None = None) -> RunTimeInfo:
        """Wait until the programs ran, hand their results over to them, and check these.

        Parameters
        ----------
        timeout
            Seconds. None: until the programs end or the connection fails. After a timeout
            the programs go on; ``wait`` may be called again.

        Returns
        -------
        RunTimeInfo
            What it took.

        Raises
        ------
        ConnectionTimeoutError
            The programs did not end in time.
        ProgramError
            The chip stopped a program, an instruction timed out, or responses are missing.
            Results that came are in the programs all the same.
        ConnectionError
            The connection failed; the type says how.
        """
        info, failed, complete = self.collect(timeout)
        if failed:
            raise ProgramError(
                f"{failed} FPGA{'s' if failed > 1 else ''} sent error notification(s). "
                "Please check for previous error messages."
            )
        if not complete:
            raise ProgramError("Not all response data to PlaybackPrograms valid.")
        return info


def hand_over(
    program: PlaybackProgram, responses: Responses, name: str
) -> tuple[int, bool, timedelta]:
    """Replace a program's results; tell about notifications, completeness and the time it took."""
    begin = perf_counter()
    program._set_responses(responses)
    failed = not program.run_ok(name)
    complete = program.tickets_valid()
    return int(failed), complete, timedelta(seconds=perf_counter() - begin)


class Connection(ABC):
    """A connection to one chip or to several; a context manager that closes it."""

    def __init__(self) -> None:
        self._process = os.getpid()

    # --- running programs

    @abstractmethod
    def submit(self, programs: Programs) -> PendingRun:
        """Send a program (one per chip) and return at once.

        Several may be under way; they run in the order in which they were submitted.

        Raises
        ------
        LimitError
            A program is longer than 2^22 words, the size of the playback memory.
        ConnectionError
            The connection is closed or has failed.
        """

    def run(self, programs: Programs, timeout: float | None = None) -> RunTimeInfo:
        """Run a program (one per chip): :meth:`submit`, then :meth:`PendingRun.wait`."""
        return self.submit(programs).wait(timeout)

    # --- what is at the other end

    @property
    @abstractmethod
    def info(self) -> dict[str, Any]:
        """What programs run on: kind, version, revision, seeds, model switches, link."""

    @abstractmethod
    def get_unique_identifier(self, hwdb_path: str | None = None) -> list[str]:
        """Return the identifier of each chip; a database path is accepted and not used."""

    @abstractmethod
    def get_hwdb_entry(self) -> list[Any]:
        """Return the hardware-database entry of each chip."""

    @abstractmethod
    def set_silicon(self, **switches: bool) -> dict[str, bool]:
        """Switch sources of mismatch and noise of the emulated chip, after all submitted programs.

        Parameters
        ----------
        **switches
            Names are those of ``info["silicon"]``.

        Returns
        -------
        dict
            The values before, of the named switches at least; passing them again restores.

        Raises
        ------
        ValueError
            No such switch.
        """

    @property
    @abstractmethod
    def time_info(self) -> list[ConnectionTimeInfo]:
        """Durations since the connection was opened, one entry per chip."""

    @property
    @abstractmethod
    def bitfile_info(self) -> list[str]:
        """What the real FPGA would tell about its configuration, one entry per chip."""

    @property
    def repo_state(self) -> list[str]:
        """State of a sharing server's sources: none is between here and the chip."""
        return [""] * len(self)

    @property
    def size(self) -> int:
        """Number of chips."""
        return 1

    def __len__(self) -> int:
        return self.size

    def __bool__(self) -> bool:
        return True

    # --- life

    @abstractmethod
    def close(self) -> None:
        """Give the chip back. May be called again; does nothing in a forked process."""

    @property
    @abstractmethod
    def closed(self) -> bool:
        """Whether the connection was closed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self.close()

    def _in_own_process(self) -> None:
        """Raise in a forked process: sockets and threads stayed behind in the parent."""
        if os.getpid() != self._process:
            raise ForkedProcessError(
                f"this connection belongs to process {self._process}, not to process "
                f"{os.getpid()}, which was forked from it: open a connection there"
            )

    def _one_per_chip(self, programs: Programs) -> list[PlaybackProgram]:
        """Check and list what a caller wants to run."""
        listed = [programs] if not isinstance(programs, Sequence) else list(programs)
        if len(listed) != len(self):
            raise ProgramError(
                "For each fpga exactly one program is required. "
                f"({len(listed)} programs, {len(self)} chips)"
            )
        for program in listed:
            if not isinstance(program, PlaybackProgram):
                raise ProgramError(
                    f"For each fpga exactly one program is required, not {program!r}."
                )
            length = len(program.words)
            if length > protocol.PROGRAM_WORDS:
                raise LimitError("program", length, protocol.PROGRAM_WORDS, "words")
        return listed


class JointRun(PendingRun):
    """Programs under way on several chips at once."""

    def __init__(self, parts: Sequence[PendingRun]) -> None:
        self._parts = list(parts)

    def __iter__(self) -> Iterator[PendingRun]:
        return iter(self._parts)

    def done(self) -> bool:
        """Tell whether all chips are done."""
        return all(part.done() for part in self._parts)

    def collect(self, timeout: float | None = None) -> tuple[RunTimeInfo, int, bool]:
        """Collect from every chip, also if one of them fails; then raise the first failure."""
        deadline = None if timeout is None else perf_counter() + timeout
        infos: list[RunTimeInfo] = []
        failed, complete = 0, True
        first_error: Exception | None = None
        for part in self._parts:
            left = None if deadline is None else max(0.0, deadline - perf_counter())
            try:
                info, part_failed, part_complete = part.collect(left)
            except Exception as error:
                first_error = first_error or error
                continue
            infos.append(info)
            failed += part_failed
            complete = complete and part_complete
        if first_error is not None:
            raise first_error
        return RunTimeInfo.merged(infos), failed, complete
