"""The thread that drives the machine, so that a long program never blocks the sockets."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from time import monotonic, perf_counter
from typing import Any, Protocol

import numpy as np

from fisch import protocol
from fisch.errors import LimitError, ProgramError

_log = logging.getLogger("emulator.executor")

#: Seconds for which a client may leave a full response backlog before its program ends.
BACKLOG_PATIENCE_S = 5.0
#: Response words that are delivered while a chunk is being executed, if it makes so many.
PAUSE_WORDS = 1 << 18
#: Responses of so many bytes of a program may wait for those of the next chunk, if that is there.
TOGETHER_BYTES = protocol.FRAME_BYTES
#: The machine's status is brought up to date when nothing was to do for a while, and so often
#: when there always is something; both in seconds. Not after every program: it delays replies.
IDLE_S = 0.05
STATUS_S = 0.25


class DrivenMachine(Protocol):
    """What the executor and the server need of a machine (:class:`emulator.machine.Machine`)."""

    revision: str
    seed: int
    noise_seed: int | None
    link: str
    identifier: str
    jtag_id: int
    hardware: dict[str, Any]
    silicon: dict[str, bool]
    halted: bool

    def power_cycle(self, noise_seed: int | None = None) -> None:
        """Start from the reset state."""

    def begin_program(self) -> None:
        """Begin the next program."""

    def execute(self, words: np.ndarray, limit: int | None = None) -> int:
        """Execute the next words of the program, up to a number of response words; how many."""

    def stop(self) -> None:
        """Ignore what is left to execute, now and until a power cycle; from any thread."""

    def take_responses(self) -> np.ndarray:
        """Return the response words that are ready."""

    def run_info(self) -> dict[str, Any]:
        """Report on the running or latest program."""

    def status(self) -> dict[str, Any]:
        """Report on the machine."""

    def set_silicon(self, **switches: bool) -> dict[str, bool]:
        """Set switches; returns the previous values."""


class Tenancy:
    """One session's time with the machine, from being granted the lease to losing it.

    The server's thread writes ``cancelled``, ``acknowledged``, ``received``; the executor's
    thread writes ``executed``, ``reported``, ``emitted`` and ``totals``. Bytes are as
    :func:`fisch.protocol.charge` counts them.
    """

    def __init__(self) -> None:
        self.cancelled = False
        self.received = 0  # bytes of programs that came
        self.executed = 0  # bytes of programs that are done with
        self.reported = 0  # of these, what the client was told at once
        self.emitted = 0  # bytes of responses
        self.acknowledged = 0  # bytes of responses that the client has
        self.totals: dict[str, Any] = {
            "programs": 0,
            "words": 0,
            "response_words": 0,
            "execute_s": 0.0,
            "fpga_time_s": 0.0,
            "link_time_s": 0.0,
        }


@dataclass
class Chunk:
    """The next words of a program."""

    tenancy: Tenancy
    seq: int
    words: Sequence[np.ndarray]
    last: bool
    arrived: float = field(default_factory=perf_counter)


@dataclass
class Abandon:
    """A program will not be completed: its sender was told why."""

    tenancy: Tenancy
    seq: int


@dataclass
class PowerCycle:
    """A new tenancy begins."""

    tenancy: Tenancy


@dataclass
class SetSilicon:
    """Set switches between two programs."""

    tenancy: Tenancy
    seq: int
    switches: Mapping[str, bool]


Work = Chunk | Abandon | PowerCycle | SetSilicon


@dataclass
class Event:
    """What the server is to tell a tenant: a reply's kind, fields and words."""

    tenancy: Tenancy
    kind: str
    seq: int = 0
    fields: dict[str, Any] = field(default_factory=dict)
    words: np.ndarray | None = None
    error: BaseException | None = None


class Executor:
    """Takes work in order, leaves events in order.

    Parameters
    ----------
    machine
        The machine. Nobody else may touch it while the thread runs.
    noise_seed
        Noise seed of every tenancy; None: a fresh one each.
    notify
        Called, from the thread, when there are new events.
    """

    def __init__(
        self, machine: DrivenMachine, noise_seed: int | None, notify: Callable[[], None]
    ) -> None:
        self._machine = machine
        self._noise_seed = noise_seed
        self._silicon = dict(machine.silicon)
        self._notify = notify
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        self._stopping = False
        self._changed = threading.Condition()
        self._program: tuple[Tenancy, int] | None = None  # the one that runs
        self._failed: tuple[Tenancy, int] | None = None  # the one whose rest is skipped
        self._busy_s = 0.0
        self._queued = 0.0
        self._undelivered = 0  # bytes of the program whose responses were not taken yet
        self._executing: Tenancy | None = None
        self._reported = perf_counter()
        self._status_due = False
        self.events: deque[Event] = deque()
        #: What clients are told about the machine; replaced, never changed.
        self.info: dict[str, Any] = self._describe()
        #: The machine's status after the latest program; replaced, never changed.
        self.status: dict[str, Any] = machine.status()
        self._thread = threading.Thread(target=self._serve, name="executor", daemon=True)
        self._thread.start()

    # --- called by the server's thread

    def put(self, work: Work) -> None:
        """Queue work."""
        self._work.put(work)

    def cancel(self, tenancy: Tenancy) -> None:
        """Skip all work of a tenancy, also what is left of the chunk that is being executed."""
        with self._changed:
            tenancy.cancelled = True
            if self._executing is tenancy:
                self._machine.stop()
            self._changed.notify()

    def acknowledge(self, tenancy: Tenancy, received: int) -> None:
        """Note how many bytes of responses a client has."""
        with self._changed:
            tenancy.acknowledged = max(tenancy.acknowledged, min(received, tenancy.emitted))
            self._changed.notify()

    def stop(self, timeout: float) -> None:
        """End the thread, whatever it works on."""
        with self._changed:
            self._stopping = True
            if self._executing is not None:
                self._machine.stop()
            self._changed.notify()
        self._work.put(None)
        self._thread.join(timeout)

    # --- the thread

    def _serve(self) -> None:
        while True:
            try:
                work = self._work.get(timeout=IDLE_S if self._status_due else None)
            except Empty:
                self._report_status()
                continue
            if work is None or self._stopping:
                return
            try:
                self._do(work)
            except Exception as error:  # the machine's own fault: tell, and go on
                _log.exception("the machine failed")
                self._emit(Event(work.tenancy, "error", getattr(work, "seq", 0), error=error))
                if isinstance(work, Chunk):
                    self._give_up(work)

    def _do(self, work: Work) -> None:
        if isinstance(work, PowerCycle):
            self._power_cycle(work.tenancy)
        elif work.tenancy.cancelled:
            self._program = self._failed = None
        elif isinstance(work, Chunk):
            self._execute(work)
        elif isinstance(work, SetSilicon):
            self._set_silicon(work)
        elif self._program == (work.tenancy, work.seq):
            if self._undelivered:
                part = Chunk(work.tenancy, work.seq, (), last=True)
                self._deliver(part, self._machine.take_responses())
            self._program = None

    def _report_status(self) -> None:
        self._reported = perf_counter()
        self._status_due = False
        self.status = self._machine.status()

    def _describe(self) -> dict[str, Any]:
        machine = self._machine
        return {
            "revision": machine.revision,
            "seed": machine.seed,
            "noise_seed": machine.noise_seed,
            "identifier": machine.identifier,
            "jtag_id": machine.jtag_id,
            "link": machine.link,
            "hardware": dict(machine.hardware),
            "model_spread": getattr(machine, "model_spread", False),
            "silicon": {name: bool(on) for name, on in machine.silicon.items()},
        }

    def _power_cycle(self, tenancy: Tenancy) -> None:
        self._program = self._failed = None
        self._machine.set_silicon(**self._silicon)  # the switches of the tenant before are gone
        self._machine.power_cycle(self._noise_seed)
        self.info = self._describe()
        self.status = self._machine.status()
        _log.info("power cycle, noise seed %s", self._machine.noise_seed)
        self._emit(Event(tenancy, "acquire"))

    def _set_silicon(self, work: SetSilicon) -> None:
        try:
            previous = self._machine.set_silicon(**work.switches)
        except (ValueError, KeyError, TypeError) as error:
            refused = protocol.ArgumentError(str(error))
            self._emit(Event(work.tenancy, "error", work.seq, error=refused))
            return
        self.info = self._describe()
        self._emit(
            Event(
                work.tenancy,
                "silicon",
                work.seq,
                {
                    "previous": {name: bool(on) for name, on in previous.items()},
                    "silicon": self.info["silicon"],
                },
            )
        )

    def _execute(self, chunk: Chunk) -> None:
        """Execute a chunk, and emit what comes back; ends the program at its halt or last word."""
        key = (chunk.tenancy, chunk.seq)
        size = sum(words.nbytes for words in chunk.words)
        if self._failed == key:
            self._executed(chunk, size)
            return
        machine = self._machine
        begin = perf_counter()
        with self._changed:
            if chunk.tenancy.cancelled or self._stopping:
                return
            self._executing = chunk.tenancy
        if self._program != key:
            self._program = key
            self._busy_s = 0.0
            self._undelivered = 0
            self._queued = begin - chunk.arrived
            machine.begin_program()
        error: Exception | None = None
        try:
            for words in chunk.words:
                if not self._execute_words(chunk, words):
                    self._executed(chunk, size)
                    return
                if machine.halted:
                    break
            self._undelivered += size
            hold = not (chunk.last or machine.halted or self._work.empty())
            responses = None
            if not hold or self._undelivered > TOGETHER_BYTES:
                responses = machine.take_responses()
                self._undelivered = 0
        except ValueError as refused:  # an instruction that is none
            error = ProgramError(f"the program was stopped: {refused}")
        finally:
            with self._changed:
                self._executing = None
        self._busy_s += perf_counter() - begin
        chunk.tenancy.totals["words"] += size // protocol.WORD_BYTES
        self._executed(chunk, size)
        if error is None and chunk.last and not machine.halted:
            error = ProgramError("Reached end of program without halt instruction!")
        if error is None:
            if responses is None:
                pass
            elif machine.halted:
                self._complete(chunk, responses)
            elif responses.size:
                self._deliver(chunk, responses)
        else:
            self._emit(Event(chunk.tenancy, "error", chunk.seq, error=error))
            self._give_up(chunk)

    def _execute_words(self, chunk: Chunk, words: np.ndarray) -> bool:
        """Execute words, delivering meanwhile if a lot comes back; False if nobody takes it."""
        done = 0
        while done < len(words):
            done += self._machine.execute(words[done:], PAUSE_WORDS)
            if done == len(words):
                break
            if not self._deliver(chunk, self._machine.take_responses()):
                return False
        return True

    def _executed(self, chunk: Chunk, size: int) -> None:
        chunk.tenancy.executed += protocol.charge(size)
        if chunk.tenancy.executed - chunk.tenancy.reported >= protocol.REPORT_BYTES:
            chunk.tenancy.reported = chunk.tenancy.executed
            self._emit(Event(chunk.tenancy, "ping"))  # lets the client send more

    def _complete(self, chunk: Chunk, responses: np.ndarray) -> None:
        report = {
            **self._machine.run_info(),
            "execute_s": self._busy_s,
            "queue_s": self._queued,
        }
        totals = chunk.tenancy.totals
        totals["programs"] += 1
        totals["execute_s"] += self._busy_s
        for name in ("fpga_time_s", "link_time_s"):
            totals[name] += report.get(name, 0.0)
        self._deliver(chunk, responses, report)
        self._give_up(chunk)
        self._status_due = True
        if perf_counter() - self._reported > STATUS_S:
            self._report_status()

    def _give_up(self, chunk: Chunk) -> None:
        """Be done with a program; what still comes of it is skipped."""
        self._program = None
        self._failed = None if chunk.last else (chunk.tenancy, chunk.seq)

    def _deliver(
        self, chunk: Chunk, responses: np.ndarray, report: dict[str, Any] | None = None
    ) -> bool:
        """Emit responses in frames; with a report they are the program's last.

        Returns False if the client does not take them.
        """
        tenancy = chunk.tenancy
        pieces = list(_frames(responses))
        for piece in pieces:
            size = protocol.charge(piece.nbytes)
            if not self._has_room(tenancy, size):
                if not tenancy.cancelled:
                    backlog = tenancy.emitted - tenancy.acknowledged + size
                    limit = protocol.RESPONSE_BACKLOG_BYTES
                    full = LimitError("response_backlog", backlog, limit, "bytes")
                    self._emit(Event(tenancy, "error", chunk.seq, error=full))
                    self._give_up(chunk)
                return False
            tenancy.emitted += size
            tenancy.totals["response_words"] += piece.size
            last = report is not None and piece is pieces[-1]
            fields = {"last": last, "info": report} if last else {"last": False}
            self._emit(Event(tenancy, "result", chunk.seq, fields, piece))
        return True

    def _has_room(self, tenancy: Tenancy, size: int) -> bool:
        """Wait for a client that has too much to receive; tell whether it made room."""

        def ready() -> bool:
            return tenancy.cancelled or (
                tenancy.emitted - tenancy.acknowledged + size <= protocol.RESPONSE_BACKLOG_BYTES
            )

        if ready():
            return not tenancy.cancelled
        deadline = monotonic() + BACKLOG_PATIENCE_S
        with self._changed:
            while not ready():
                left = deadline - monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
        return not tenancy.cancelled

    def _emit(self, event: Event) -> None:
        self.events.append(event)
        self._notify()


def _frames(responses: np.ndarray) -> Iterator[np.ndarray]:
    """Cut responses into frames; one empty frame for none. They are the receiver's to keep."""
    if not responses.flags.owndata:
        responses = responses.copy()
    for start in range(0, max(responses.size, 1), protocol.FRAME_WORDS):
        yield responses[start : start + protocol.FRAME_WORDS]
