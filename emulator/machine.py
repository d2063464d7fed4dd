"""One emulated set-up: an FPGA with a chip behind it, driven by instruction words.

>>> machine = Machine("v3", seed=0)
>>> machine.identifier
'hxcube93fpga0chip1_1'
>>> machine.execute(np.array([0x0A00000000000000], dtype=np.uint64))
>>> machine.take_responses().tolist() == [0x0200000000000000]
True
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from emulator.chip._chip import Chip
from emulator.fpga._board import Board
from emulator.fpga._executor import Executor
from emulator.silicon import REVISIONS, SWITCHES
from emulator.silicon.generator import key
from emulator.timing import CYCLE_US, LINKS

JTAG_IDS = {"v1": 0x048580AF, "v2": 0x248580AF, "v3": 0x348580AF}
"""JTAG id codes by chip revision."""

NO_LIMIT = 1 << 56
MAX_SEED = (1 << 63) - 1
#: Threads that one machine may have: one for the instructions, one for either hemisphere.
MAX_THREADS = 3
PAIRS = ("pairs_fused", "pairs_windows", "pairs_followed", "pairs_by_event")


class Machine:
    """An FPGA and one chip.

    Parameters
    ----------
    revision
        Chip revision: ``v1``, ``v2`` or ``v3``.
    seed
        Number of the chip, 0 to 2**63 - 1: which individual it is.
    noise_seed
        Seed of the temporal noise, 0 to 2**63 - 1; fresh for every session if None.
    link
        Host link whose time is accounted for: ``none``, ``1gbe`` or ``8gbit``.
    silicon
        Switches that differ from the default (all sources on, ``ideal`` off).
    board
        What the chip sits on: ``cube`` or ``jboa``.
    model_spread
        Draw the constants that are estimates, of this chip, from their credible ranges. It is
        another chip then, with an identifier of its own (of FPGA 3).
    threads
        How many threads work while a program executes, 1 to 3; results do not depend on it. If
        None ``HXEMU_THREADS`` says, or else there are as many as processors, at most two.

    Raises
    ------
    ValueError
        Unknown revision, link, switch or board, or a seed or number of threads out of range.
    """

    def __init__(
        self,
        revision: str = "v3",
        seed: int = 0,
        *,
        noise_seed: int | None = None,
        link: str = "none",
        silicon: Mapping[str, bool] | None = None,
        board: str = "cube",
        model_spread: bool = False,
        threads: int | None = None,
    ) -> None:
        if revision not in REVISIONS:
            raise ValueError(f"revision {revision!r} unknown; allowed: {', '.join(REVISIONS)}")
        if link not in LINKS:
            raise ValueError(f"link {link!r} unknown; allowed: {', '.join(LINKS)}")
        self.revision = revision
        self.seed = _checked_seed("seed", seed)
        self.link = link
        self.jtag_id = JTAG_IDS[revision]
        setup = "hxcube" if board == "cube" else board
        self.model_spread = bool(model_spread)
        number, fpga = 90 + REVISIONS.index(revision) + 1, 3 if model_spread else 0
        self.identifier = f"{setup}{number}fpga{fpga}chip{seed + 1}_1"
        self._given_noise_seed = noise_seed
        self.threads = _checked_threads(threads)
        self._chip = Chip(revision, seed, self.model_spread, self.threads)
        self._board = Board(board, revision, seed)
        self._dna = key("dna", seed) >> 7
        self._executor = Executor(self._chip, self.jtag_id, self._dna, self._board)
        self._words_in = 0
        self._total_messages = 0
        self._programs = 0
        self._pairs_before: dict[str, float] = {}
        if silicon:
            self._chip.set_silicon(**silicon)
        self.noise_seed = 0
        self.power_cycle(noise_seed)

    def __repr__(self) -> str:
        return f"Machine({self.revision!r}, seed={self.seed}, noise_seed={self.noise_seed})"

    def power_cycle(self, noise_seed: int | None = None) -> None:
        """Start a session: reset state, chip time 0, new temporal noise.

        Parameters
        ----------
        noise_seed
            Seed of the noise; the one given to the machine, or else a fresh one, if None.
        """
        if noise_seed is None:
            noise_seed = self._given_noise_seed
        if noise_seed is None:
            noise_seed = secrets.randbits(32)
        self.noise_seed = _checked_seed("noise_seed", noise_seed)
        self._chip.set_noise_seed(self.noise_seed)
        self._executor.power_cycle()
        self._words_in = 0

    def begin_program(self) -> None:
        """Start a program; responses of the one before that were not taken are lost."""
        self._total_messages += self._executor.info()["messages"]
        self._programs += 1
        self._executor.begin_program()
        self._pairs_before = self._chip.counters()
        self._words_in = 0

    def execute(
        self, words: npt.NDArray[np.uint64] | memoryview | bytes, limit: int | None = None
    ) -> int:
        """Execute the next piece of the running program, cut anywhere.

        Parameters
        ----------
        words
            64-bit words: an array, or any buffer of a multiple of eight bytes in the machine's
            byte order. Words behind the halt are ignored.
        limit
            Pause once samples of the MADC, of which a single wait can bring any number, make
            more words of responses than this; None never.

        Returns
        -------
        int
            Words that are done with: all unless there was a pause. The rest is to be given
            again once the responses were taken.

        Raises
        ------
        emulator.fpga.InstructionError
            A word is no instruction; what precedes it has been executed.
        """
        view = words if isinstance(words, np.ndarray) else np.frombuffer(words, np.uint64)
        if view.dtype != np.uint64:
            raise TypeError(f"words have type {view.dtype}; allowed: uint64")
        view = np.ascontiguousarray(view).reshape(-1)
        done: int = self._executor.execute(view, NO_LIMIT if limit is None else limit)
        self._words_in += done
        return done

    def stop(self) -> None:
        """Ignore what is left to execute, now and until a power cycle; from any thread.

        Some registers take a fraction of a millisecond to come into force, so that a program
        of a few megabytes can last for minutes.
        """
        self._executor.stopped = True

    def take_responses(self) -> npt.NDArray[np.uint64]:
        """Response words that are ready; all, filled up with a comma, once halted."""
        return self._executor.take_responses()

    @property
    def halted(self) -> bool:
        """Whether the running program has executed its halt."""
        return bool(self._executor.halted)

    @property
    def silicon(self) -> dict[str, bool]:
        """Switches now in force."""
        return self._chip.silicon

    def set_silicon(self, **switches: bool) -> dict[str, bool]:
        """Switch sources of deviation on and off; not while a program executes.

        Parameters
        ----------
        switches
            Names of `emulator.silicon.SWITCHES`, or ``ideal``, which overrules them.

        Returns
        -------
        dict
            Switches as they were before.

        Raises
        ------
        ValueError
            No such switch, or no truth value.
        """
        return self._chip.set_silicon(**switches)

    @property
    def hardware(self) -> dict[str, Any]:
        """What a database of set-ups says about this one.

        Returns
        -------
        dict
            ``board`` (``cube`` or ``jboa``), ``eeprom_chip_serial`` (32 bits) and ``fuse_dna``
            (64 bits, of which the FPGA reads the upper 57 in reversed order).
        """
        return {
            "board": self._board.kind,
            "eeprom_chip_serial": self._board.eeprom_chip_serial,
            "fuse_dna": int(f"{self._dna:057b}"[::-1], 2) << 7,
        }

    def run_info(self) -> dict[str, Any]:
        """Clock and counters of the running, or the last, program.

        Returns
        -------
        dict
            ``fpga_cycles``, ``fpga_time_s``, ``messages``, ``link_time_s`` (both directions at
            once, 0 without a link), ``unmapped_reads`` and ``unmapped_writes`` (since the
            session began), ``timeouts``, and pairs of event segment and column by the way that
            they were worked out: ``pairs_fused``, ``pairs_windows``, ``pairs_followed``,
            ``pairs_by_event``.
        """
        info = dict(self._executor.info())
        rate = LINKS[self.link]
        words = max(self._words_in, info.pop("responses_taken"))
        info["link_time_s"] = 0.0 if rate is None else words / rate
        info["fpga_time_s"] = info["fpga_cycles"] * CYCLE_US * 1e-6
        info["chip_time_s"] = info.pop("fpga_time") * CYCLE_US * 1e-6
        info["unmapped_reads"], info["unmapped_writes"] = self._chip.unmapped()
        counters = self._chip.counters()
        for name in PAIRS:
            info[name] = counters[name] - self._pairs_before.get(name, 0)
        return info

    def status(self) -> dict[str, Any]:
        """What the machine is and what it has done."""
        return {
            "revision": self.revision,
            "seed": self.seed,
            "noise_seed": self.noise_seed,
            "identifier": self.identifier,
            "link": self.link,
            "silicon": self.silicon,
            "model_spread": self.model_spread,
            "isa": self._chip.isa,
            "threads": self.threads,
            **self._board.status(),
            "programs": self._programs,
            "total_messages": self._total_messages + self._executor.info()["messages"],
            **{k: v for k, v in self._chip.counters().items() if not k.endswith("_s")},
            **self.run_info(),
        }


def _checked_threads(value: int | None) -> int:
    name = "threads"
    if value is None:
        text = os.environ.get("HXEMU_THREADS")
        if not text:
            return min(2, len(os.sched_getaffinity(0)))
        name = "HXEMU_THREADS"
        value = int(text) if text.isdecimal() else 0
    if isinstance(value, bool) or not 1 <= value <= MAX_THREADS:
        raise ValueError(f"{name} is {value!r}; allowed: 1 to {MAX_THREADS}")
    return int(value)


def _checked_seed(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ValueError(f"{name} is {value!r}; allowed: a whole number, 0 to {MAX_SEED}")
    if not 0 <= value <= MAX_SEED:
        raise ValueError(f"{name} is {value}; allowed: 0 to {MAX_SEED}")
    return int(value)


__all__ = ["JTAG_IDS", "SWITCHES", "Machine"]
