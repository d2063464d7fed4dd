"""A connection with no chip behind it, to measure the host software alone."""

from __future__ import annotations

import itertools
import os
import queue
import threading
import weakref
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter
from typing import Any

import numpy as np

from fisch.connections._zero_mock import answer, now, wait_until
from fisch.connections.base import Connection, PendingRun, Programs, hand_over
from fisch.connections.hardware_database import ZeroMockEntry
from fisch.connections.time_info import ConnectionTimeInfo, RunTimeInfo
from fisch.errors import ConnectionError, ConnectionTimeoutError
from fisch.program import PlaybackProgram
from fisch.responses import ResponseDecoder, Responses
from fisch.ut import HALT_WORD
from fisch.version import version

#: Nanoseconds that the mock takes for a message: one FPGA cycle.
NS_PER_MESSAGE = 8.0

#: Words that are answered and decoded in one go; they stay in the cache.
_BLOCK_WORDS = 1 << 14


@dataclass
class _Job:
    words: np.ndarray
    expected: tuple[int, int, int]
    begin: float = field(default_factory=perf_counter)
    event: threading.Event = field(default_factory=threading.Event)
    responses: Responses | None = None
    error: Exception | None = None
    times: ConnectionTimeInfo = field(default_factory=ConnectionTimeInfo)


class _Worker:
    """The thread that plays the peer. It knows jobs only, so that nothing keeps a connection."""

    def __init__(self, ns_per_message: float) -> None:
        self.ns_per_message = ns_per_message
        self.process = os.getpid()
        self.closed = False
        self.jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._answers = np.empty(_BLOCK_WORDS, dtype=np.uint64)
        self.thread = threading.Thread(target=self._serve, name="hxemu zeromock", daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while (job := self.jobs.get()) is not None:
            try:
                self._run(job)
            except Exception as error:
                job.error = error
            job.event.set()

    def _run(self, job: _Job) -> None:
        begin = now()
        decoding = 0.0
        decoder = ResponseDecoder(job.expected)
        halt = np.array([HALT_WORD], dtype=np.uint64)
        starts = range(0, len(job.words), _BLOCK_WORDS)
        blocks = (job.words[start : start + _BLOCK_WORDS] for start in starts)
        for block in itertools.chain(blocks, (halt,)):
            count = answer(block, self._answers)
            before = perf_counter()
            decoder.feed(self._answers[:count])
            decoding += perf_counter() - before
            if decoder.halted:  # nothing behind a halt is answered
                break
        before = perf_counter()
        job.responses = decoder.take()
        decoding += perf_counter() - before
        if self.ns_per_message:
            wait_until(begin + int(self.ns_per_message * (len(job.words) + 1)))
        job.times.decode_duration = timedelta(seconds=decoding)
        job.times.execution_duration = timedelta(seconds=perf_counter() - job.begin)

    def close(self) -> None:
        if os.getpid() != self.process or self.closed:
            return
        self.closed = True
        self.jobs.put(None)
        if threading.current_thread() is not self.thread:  # the garbage collector runs anywhere
            self.thread.join(3.0)


class PendingZeroMockRun(PendingRun):
    """A program that the mock is answering."""

    def __init__(
        self, connection: ZeroMockConnection, program: PlaybackProgram, job: _Job
    ) -> None:
        self._connection = connection
        self._program = program
        self._job = job
        self._collected: tuple[RunTimeInfo, int, bool] | None = None

    def done(self) -> bool:
        """Tell whether the result is there."""
        return self._job.event.is_set()

    def collect(self, timeout: float | None = None) -> tuple[RunTimeInfo, int, bool]:
        """Wait, and hand the responses over; a second call changes nothing."""
        self._connection._in_own_process()
        if self._collected is None:
            if not self._job.event.wait(timeout):
                raise ConnectionTimeoutError(f"the program did not end within {timeout:g} s")
            if self._job.error is not None:
                raise self._job.error
            assert self._job.responses is not None
            failed, complete, taken = hand_over(self._program, self._job.responses, "zeromock")
            times = self._job.times
            self._connection._total.execution_duration += times.execution_duration
            self._collected = (RunTimeInfo([times], taken, [{}]), failed, complete)
        return self._collected


class ZeroMockConnection(Connection):
    """A peer that answers with the right number of words, all of them zero.

    A loopback (tick or halt) answers with itself, a JTAG shift that keeps its response and an
    omnibus read answer with 0, everything else with nothing. There are no time messages, events
    or notifications; barriers, polling and waits never block.

    Parameters
    ----------
    ns_per_message
        Nanoseconds that every message takes at least, as on an FPGA that executes one per cycle
        (8). 0: no limit.
    revision
        Chip revision that software above is to assume (``"v1"`` to ``"v3"``): there is no JTAG
        id to ask.
    """

    def __init__(self, ns_per_message: float = NS_PER_MESSAGE, revision: str = "v2") -> None:
        super().__init__()
        if not 0 <= ns_per_message < 1e9:
            raise ValueError(f"ns_per_message is {ns_per_message!r}, must be in 0..1e9")
        if revision not in ("v1", "v2", "v3"):
            raise ValueError(f"revision is {revision!r}, must be v1, v2 or v3")
        self._revision = revision
        self._total = ConnectionTimeInfo()
        self._worker = _Worker(float(ns_per_message))
        self._finalizer = weakref.finalize(self, self._worker.close)

    @property
    def ns_per_message(self) -> float:
        """Nanoseconds that every message takes at least."""
        return self._worker.ns_per_message

    def submit(self, programs: Programs) -> PendingZeroMockRun:
        """Send a program and return at once; see :meth:`Connection.submit`."""
        self._check()
        (program,) = self._one_per_chip(programs)
        job = _Job(program.words, program.expected)
        self._worker.jobs.put(job)
        return PendingZeroMockRun(self, program, job)

    @property
    def info(self) -> dict[str, Any]:
        """Say that this is a mock, and what it stands for."""
        return {
            "kind": "zeromock",
            "version": version(),
            "revision": self._revision,
            "seed": None,
            "noise_seed": None,
            "identifier": "zeromock",
            "link": "none",
            "silicon": {},
            "ns_per_message": self.ns_per_message,
        }

    def get_unique_identifier(self, hwdb_path: str | None = None) -> list[str]:
        """Return ``["zeromock"]``."""
        self._check()
        return ["zeromock"]

    def get_hwdb_entry(self) -> list[ZeroMockEntry]:
        """Return one marker entry."""
        self._check()
        return [ZeroMockEntry()]

    def set_silicon(self, **switches: bool) -> dict[str, bool]:
        """Refuse any switch: there is no silicon."""
        self._check()
        for name in switches:
            raise ValueError(f"the silicon has no switch {name!r}: ZeroMock has no silicon")
        return {}

    @property
    def time_info(self) -> list[ConnectionTimeInfo]:
        """Durations since the connection was opened; only the execution counts here."""
        return [self._total + ConnectionTimeInfo()]

    @property
    def bitfile_info(self) -> list[str]:
        """Return ``["zeromock"]``."""
        return ["zeromock"]

    def close(self) -> None:
        """End the mock; see :meth:`Connection.close`."""
        self._worker.close()

    @property
    def closed(self) -> bool:
        """Whether the connection was closed."""
        return self._worker.closed

    def _check(self) -> None:
        self._in_own_process()
        if self._worker.closed:
            raise ConnectionError("Connection is not allocated!")
