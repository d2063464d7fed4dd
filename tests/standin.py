"""A machine that only answers, as ZeroMock does, for tests of what is around a machine.

Run as a script it is ``hxemu serve`` with such a machine. A few instructions have a second
meaning, so that tests can make it slow or break it:

* waiting until timer value ``SLEEP_MS_BASE + n`` takes n milliseconds of this host's time;
* polling raises an error that no machine should raise;
* a header beyond the dictionary is refused with ``ValueError``.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from fisch.ut import ToFPGA

REVISIONS = {"v1": 0x048580AF, "v2": 0x248580AF, "v3": 0x348580AF}
SLEEP_MS_BASE = 0xF0000000


class StandInMachine:
    """The methods of :class:`emulator.machine.Machine`, in plain Python."""

    def __init__(self, revision="v3", seed=0, *, noise_seed=None, link="none", silicon=None):
        self.revision, self.seed, self.link = revision, seed, link
        self.noise_seed = noise_seed
        self.identifier = f"hxcube{90 + int(revision[1])}fpga0chip{seed + 1}_1"
        self.jtag_id = REVISIONS[revision]
        self.silicon = {"ideal": False, "noise_cadc": True, **(silicon or {})}
        self.hardware = {"board": "cube", "eeprom_chip_serial": seed, "fuse_dna": seed << 7}
        self.halted = False
        self.power_cycles = 0
        self._drawn = 0
        self._messages = 0
        self._responses: list[np.ndarray] = []

    def power_cycle(self, noise_seed: int | None = None) -> None:
        self.power_cycles += 1
        self._drawn += 1
        self.noise_seed = 1000 + self._drawn if noise_seed is None else noise_seed

    def begin_program(self) -> None:
        self.halted = False
        self._messages = 0
        self._responses = []

    def execute(self, words: np.ndarray, limit: int | None = None) -> int:
        words = np.asarray(words)
        given = len(words)
        assert words.dtype == np.uint64
        headers = words >> np.uint64(56)
        halts = np.flatnonzero(words == np.uint64(ToFPGA.LOOPBACK << 56))
        if halts.size:
            self.halted = True
            words, headers = words[: halts[0] + 1], headers[: halts[0] + 1]
        for word in words[headers == ToFPGA.WAIT_UNTIL].tolist():
            if word & 0xFFFFFFFF >= SLEEP_MS_BASE:
                time.sleep(((word & 0xFFFFFFFF) - SLEEP_MS_BASE) / 1000)
        if (headers == ToFPGA.POLLING_OMNIBUS_BLOCK).any():
            raise RuntimeError("the stand-in breaks on polling")
        if (headers > 0x0F).any():
            raise ValueError(f"Unknown header {int(headers.max())}")
        self._messages += len(words)
        answers = np.full(len(words), np.iinfo(np.uint64).max, dtype=np.uint64)
        loopback = headers == ToFPGA.LOOPBACK
        answers[loopback] = (words[loopback] & np.uint64(1)) | np.uint64(0x02 << 56)
        bit = np.uint64(1)
        answers[(headers == ToFPGA.JTAG_DATA) & ((words >> np.uint64(48)) & bit == bit)] = 0
        reads = (headers == ToFPGA.OMNIBUS_ADDRESS) & ((words >> np.uint64(36)) & bit == bit)
        answers[reads] = np.uint64(1 << 56)
        self._responses.append(answers[answers != np.iinfo(np.uint64).max])
        return given

    def stop(self) -> None:
        self.stopped = True

    def take_responses(self) -> np.ndarray:
        taken, self._responses = self._responses, []
        return np.concatenate(taken) if taken else np.empty(0, np.uint64)

    def run_info(self) -> dict[str, Any]:
        cycles = self._messages
        return {
            "fpga_cycles": cycles,
            "messages": self._messages,
            "fpga_time_s": cycles * 8e-9,
            "link_time_s": 0.0,
            "unmapped_reads": 0,
            "unmapped_writes": 0,
        }

    def status(self) -> dict[str, Any]:
        return {"power_cycles": self.power_cycles, "messages": self._messages}

    def set_silicon(self, **switches: bool) -> dict[str, bool]:
        for name in switches:
            if name not in self.silicon:
                raise ValueError(f"no switch {name}")
        previous = {name: self.silicon[name] for name in switches}
        self.silicon.update(switches)
        return previous


def machine(arguments: Any) -> StandInMachine:
    return StandInMachine(arguments.revision, arguments.seed, link=arguments.link)


if __name__ == "__main__":
    from emulator.cli import main

    sys.exit(main(machine=machine))
