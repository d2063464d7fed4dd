"""Slow model of a chip with its analog core that executes instruction words one by one.

Decoding of events is that of the ideal chip; times count FPGA cycles as the executor's table says:
one cycle a message, 15 to the chip and back, 150 a conversion. Both hemispheres live in an
`AnalogModel`; what happened to them is kept in a log, so that the same run can be looked at again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .analog_model import AnalogModel, OperatingPoint, Synapses
from .hagen_chip import IdealHagenChip

Array = npt.NDArray[Any]

CYCLE = 0.008
"""One FPGA cycle in us."""
TO_CHIP, FROM_CHIP, CONVERSION = 15, 15, 150
FIXED_PULSE = 31.0
"""Pulse length of an event that is not graded."""
WEIGHTS = [lane & 0x20 | int(f"{lane & 0x1F:05b}"[::-1], 2) for lane in range(64)]
"""Weights by what the synapse memory holds."""
COLUMN_OF_POSITION = np.array(
    [8 * (p // 4 % 32) + 2 * (p % 4) + p // 128 for p in range(256)])


class AnalogChip(IdealHagenChip):
    """Memory, synapses, and the log of what reached the columns.

    Parameters
    ----------
    revision
        ``v1``, ``v2`` or ``v3``.
    point
        Gives the operating point of a hemisphere, once for each run of `execute`.
    pulse
        Pulse length by hemisphere, driver and activation, shape (2, 128, 33).
    factor
        1 + eps of the synapses by hemisphere, row and position, shape (2, 256, 256).
    current
        Current of a weight in units of weight 1, shape (64,).

    Attributes
    ----------
    log : list of list
        By hemisphere: ("event", us, charge), ("reset", us, positions), ("read", us, slots).
    starts : list of int
        FPGA cycles at which the fast ADC was started.
    """

    def __init__(self, revision: str, point: Callable[[int], OperatingPoint], pulse: Array,
                 factor: Array, current: Array | None = None) -> None:
        super().__init__(revision)
        self.point = point
        self.pulse = pulse
        self.weight = np.zeros((2, 256, 256), int)
        self.label = np.zeros((2, 256, 256), int)
        self.row_mode = np.zeros((2, 256), int)
        self.address_out = np.zeros((2, 128), bool)
        self.synapses = [Synapses(self.weight[h], self.label[h], self.row_mode[h], factor[h],
                                  np.zeros((128, 33)), self.address_out[h],
                                  np.arange(64.0) if current is None else current)
                         for h in range(2)]
        self.now = 0
        self.log: list[list[tuple[str, float, Any]]] = [[], []]
        self.starts: list[int] = []
        self._charges: dict[tuple[int, int, int, bool], Array] = {}

    def execute(self, words: Any) -> tuple[list[int], list[int]]:
        """Run a program; returns omnibus responses, and no others."""
        self.log = [[], []]
        responses = self._run([int(w) for w in words])
        values = [self._replay(half) for half in range(2)]
        return [r if not isinstance(r, tuple) else values[r[0]][r[1]] for r in responses], []

    def follow(self, half: int, times: Array, steps_per_tau: float = 16.0) -> tuple[Array, Array]:
        """Membranes, shape (n, 256), and lines, shape (n, 2, 256), at rising times in us."""
        model = AnalogModel(self.point(half), steps_per_tau=steps_per_tau)
        found_v, found_lines = [], []
        log = list(self.log[half])
        for time in times:
            while log and log[0][1] <= time:
                self._apply(model, log.pop(0))
            model.advance(float(time))
            found_v.append(model.v.copy())
            found_lines.append(model.lines())
        return np.array(found_v), np.array(found_lines)

    def _replay(self, half: int) -> list[int]:
        model = AnalogModel(self.point(half))
        values: list[int] = []
        for entry in self.log[half]:
            if entry[0] == "read":
                codes = model.codes(entry[1])
                for channel, quad in entry[2]:
                    lanes = codes[channel, 4 * quad:4 * quad + 4]
                    values.append(sum(int(c) << 8 * (3 - i) for i, c in enumerate(lanes)))
            else:
                self._apply(model, entry)
        return values

    @staticmethod
    def _apply(model: AnalogModel, entry: tuple[str, float, Any]) -> None:
        kind, time, what = entry
        if kind == "event":
            model.event(time, what)
        elif kind == "reset":
            model.reset(time, what)

    def _run(self, words: list[int]) -> list[Any]:
        responses: list[Any] = []
        done = timer = 0
        converted = [0, 0]
        reads = [0, 0]
        address = 0
        for word in words:
            header, payload = word >> 56, word & (1 << 56) - 1
            if header == 0x0B:
                address = payload & 0xFFFFFFFF
                if payload >> 36 & 1:
                    done = max(done, self.now + TO_CHIP + FROM_CHIP)
                    side, offset = int(address >> 24 == 3), address & 0xFFFFFF
                    if address >> 24 in (2, 3) and offset & ~0x243FFF == 0xC80000:
                        channel, quad = offset >> 18 & 1, offset & 0x3F
                        if not offset & 0x200000:
                            self.log[side].append(("read", CYCLE * self.now, []))
                            converted[side] = max(converted[side], self.now + TO_CHIP) + CONVERSION
                            done = max(done, converted[side] + FROM_CHIP)
                        last = [e for e in self.log[side] if e[0] == "read"][-1]
                        last[2].append((channel, quad))
                        responses.append((side, reads[side]))
                        reads[side] += 1
                    else:
                        responses.append(self.memory.get(address, 0))
            elif header == 0x0C:
                self._write(address, payload)
                done = max(done, self.now + TO_CHIP)
            elif header == 0x04:
                timer = self.now
            elif header == 0x05:
                self.now = max(self.now, timer + (payload & 0xFFFFFFFF))
            elif header == 0x07 and payload & 1:
                self.now = max(self.now, done)
            elif header in (0x0D, 0x0E, 0x0F):
                for i in range(header - 0x0C):
                    self._event(payload >> 16 * (header - 0x0D - i) & 0xFFFF)
            self.now += 1
        return responses

    def _write(self, address: int, data: int) -> None:
        super()._write(address, data)
        side, offset = int(address >> 24 == 3), address & 0xFFFFFF
        if address == 0xC0000 and data & 2:
            self.starts.append(self.now)
        if address >> 24 not in (2, 3):
            return
        place = offset & 0x3FFF
        row, quad = place >> 6, place & 63
        if 0xC94000 <= offset < 0xC94040:
            quad = offset - 0xC94000
            self.log[side].append(("reset", CYCLE * self.now, slice(4 * quad, 4 * quad + 4)))
        elif offset & ~0x3FFF in (0xC00000, 0xC40000):
            for i in range(4):
                lane = data >> 8 * (3 - i) & 0x3F
                if offset & 0x40000:
                    self.label[side, row, 4 * quad + i] = lane
                else:
                    self.weight[side, row, 4 * quad + i] = WEIGHTS[lane]
            self._charges.clear()

    def _driver(self, side: int, driver: int, w0: int, w1: int, address: int) -> None:
        w2 = self.memory.get((0x110400, 0x118400)[side] + 4 * driver + 2, 0)
        forwards = not w0 >> 14 & 1
        dac = forwards if self.revision == "v1" else w0 >> 8 & 1
        graded = bool(dac and w2 >> 3 & 1 and w2 >> 4 & 1)
        mode = [w1 >> 4 & 1 | (w1 >> 6 & 1) << 1, w1 >> 5 & 1 | (w1 >> 7 & 1) << 1]
        self.row_mode[side, 2 * driver:2 * driver + 2] = mode
        self.address_out[side, driver] = forwards
        key = (side, driver, address, graded)
        if key not in self._charges:
            synapses = self.synapses[side]
            synapses.pulse[driver] = self.pulse[side, driver] if graded else FIXED_PULSE
            self._charges[key] = synapses.charge(driver, address)
        self.log[side].append(("event", CYCLE * self.now, self._charges[key]))
