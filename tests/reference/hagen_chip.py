"""Slow model of an ideal chip in hagen mode that executes instruction words one by one.

No noise, no mismatch, no leak: a synapse that sees an event adds activation times weight, and a
read gives floor(sum / 500) + 128, clipped to 8 bits. What an event reaches is decided by the
registers as they were written.
"""

from __future__ import annotations

import numpy as np


class IdealHagenChip:
    """Memory, membranes and the last conversion of one chip.

    Attributes
    ----------
    events : int
        Packets that reached the chip.
    """

    def __init__(self, revision: str = "v3") -> None:
        self.revision = revision
        self.jtag_id = {"v1": 0x048580AF, "v2": 0x248580AF, "v3": 0x348580AF}[revision]
        self.memory: dict[int, int] = {}
        self.membranes = np.zeros((2, 256), dtype=np.int64)
        self.conversion = np.zeros((2, 256), dtype=np.int64)
        self.events = 0

    def execute(self, words: list[int]) -> tuple[list[int], list[int]]:
        """Run a program; returns omnibus and JTAG responses."""
        omnibus, jtag = [], []
        address = 0
        for word in words:
            header, payload = word >> 56, word & (1 << 56) - 1
            if header == 0x0B:
                address = payload & 0xFFFFFFFF
                if payload >> 36 & 1:
                    omnibus.append(self._read(address))
            elif header == 0x0C:
                self._write(address, payload)
            elif header == 0x03 and payload >> 48 & 1:
                jtag.append(self.jtag_id)
            elif header in (0x0D, 0x0E, 0x0F):
                self.events += 1
                for i in range(header - 0x0C):
                    self._event(payload >> 16 * i & 0xFFFF)
        return omnibus, jtag

    def _write(self, address: int, data: int) -> None:
        side, offset = address >> 24 == 3, address & 0xFFFFFF
        if address >> 24 in (2, 3) and 0xC94000 <= offset < 0xC94040:
            for column in self._columns(offset - 0xC94000):
                self.membranes[int(side), column] = 0
        else:
            self.memory[address] = data

    def _read(self, address: int) -> int:
        side, offset = int(address >> 24 == 3), address & 0xFFFFFF
        if not (address >> 24 in (2, 3) and offset & ~0x20003F == 0xC80000):
            return self.memory.get(address, 0)
        if not offset & 0x200000:
            self.conversion[side] = np.clip(self.membranes[side] // 500 + 128, 0, 255)
        values = [int(self.conversion[side, c]) for c in self._columns(offset & 0x3F)]
        return sum(value << 8 * (3 - i) for i, value in enumerate(values))

    @staticmethod
    def _columns(quad: int) -> list[int]:
        return [8 * (quad % 32) + 2 * i + quad // 32 for i in range(4)]

    def _event(self, label: int) -> None:
        channel = label >> 14
        for output in range(8):
            node = self.memory.get(0x130019 + 24 + 9 * channel + output, 0)
            if label & node & 0x3FFF == node >> 16 & 0x3FFF:
                self._bus(output // 4, output % 4, label)

    def _bus(self, side: int, bus: int, label: int) -> None:
        if not self.memory.get((0x110001, 0x118001)[side], 0) >> bus & 1:
            return
        for driver in range(bus, 128, 4):
            base = (0x110400, 0x118400)[side] + 4 * driver
            w0, w1 = self.memory.get(base, 0x3E00), self.memory.get(base + 1, 0x3F00)
            compare = w0 >> 9 & 31
            if w0 >> 15 & 1 and (label >> 6 & 31) & compare == driver // 4 & compare:
                self._driver(side, driver, w0, w1, label & 0x3F)

    def _driver(self, side: int, driver: int, w0: int, w1: int, address: int) -> None:
        forwards = not w0 >> 14 & 1
        graded = forwards if self.revision == "v1" else bool(w0 >> 8 & 1)
        pulse = 32 - (address & 31) if graded else 16
        seen = address if forwards else address & 0x20
        for row, excitatory, inhibitory in ((0, 4, 6), (1, 5, 7)):
            sign = (w1 >> excitatory & 1) - (w1 >> inhibitory & 1)
            if sign:
                self._row(side, 2 * driver + row, seen, sign * pulse)

    def _row(self, side: int, row: int, seen: int, amount: int) -> None:
        weights = (0x02C00000, 0x03C00000)[side] + 64 * row
        labels = (0x02C40000, 0x03C40000)[side] + 64 * row
        for quad in range(64):
            weight_word = self.memory.get(weights + quad, 0)
            label_word = self.memory.get(labels + quad, 0)
            if not weight_word:
                continue
            for i, column in enumerate(self._columns(quad)):
                if label_word >> 8 * (3 - i) & 0x3F == seen:
                    lane = weight_word >> 8 * (3 - i) & 0x3F
                    weight = lane & 0x20 | int(f"{lane & 0x1F:05b}"[::-1], 2)
                    self.membranes[side, column] += amount * weight


def ideal_product(x: np.ndarray, weights: np.ndarray, num_sends: int = 1) -> np.ndarray:
    """What an ideal chip answers: per split of 128 rows floored and clamped, summed, clamped."""
    total = np.zeros((len(x), weights.shape[1]), dtype=np.int64)
    for begin in range(0, len(weights), 128):
        part = x[:, begin : begin + 128].astype(np.int64) @ weights[begin : begin + 128]
        total += np.clip(num_sends * part // 500, -128, 127)
    return np.clip(total, -128, 127)
