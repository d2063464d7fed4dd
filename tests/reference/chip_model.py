"""A slow model of FPGA and chip in hagen mode, event by event, in float64.

Written from the layout as documented, with plain dictionaries and loops: nothing is queued, cached
or vectorised over events. Of the emulator it uses the numbers of the individual and its operating
points; membranes and lines are those of `AnalogModel`. Without temporal noise.

Pulse length and weight in fixed point: the length in steps of 1/64, and the current of the weight,
deviation included, in steps of 1/32.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from emulator.silicon import Individual

from .analog_model import AnalogModel
from .analog_registers import pulses

CYCLE = 0.008
COLUMN = np.arange(256)
QUAD = COLUMN // 8 + 32 * (COLUMN % 2)
LANE = 24 - 8 * ((COLUMN // 2) % 4)
COLUMN_OF_POSITION = np.array(
    [8 * (p // 4 % 32) + 2 * (p % 4) + p // 128 for p in range(256)])


def reverse_weight(lane):
    """Weight of an SRAM byte: bits 4:0 are reversed."""
    return (lane & 32) | sum(((lane >> bit) & 1) << (4 - bit) for bit in range(5))


class ChipModel:
    """Set-up that interprets instruction words; `codes` collects the conversions.

    `points` are the operating points of both hemispheres.
    """

    def __init__(self, points, revision="v3", seed=0, **off):
        self.revision = revision
        self.chip = Individual(revision, seed)
        self.constants = self.chip.constants
        self.on = defaultdict(lambda: True, off)
        self.words = defaultdict(int)
        self.lengths = {}
        self.halves = [AnalogModel(point) for point in points]
        self.now = self.timer = 0
        self.codes = []
        self.looped = []
        for half in range(2):
            first = (0x110400, 0x118400)[half]
            for driver in range(128):
                for i, word in enumerate((0x3E00, 0x3F00, 0x40)):
                    self.words[first + 4 * driver + i] = word

    # instructions --------------------------------------------------------------------------

    def run(self, words):
        address = None
        for word in np.asarray(words).tolist():
            header, payload = word >> 56, word & ((1 << 56) - 1)
            if header == 0x04:
                self.timer = self.now
            elif header == 0x05:
                self.now = max(self.now, self.timer + payload)
            elif header == 0x0B and payload >> 36 & 1:
                self.read(payload & 0xFFFFFFFF)
            elif header == 0x0B:
                address = payload
            elif header == 0x0C:
                self.write(address & 0xFFFFFFFF, payload, address >> 32 & 15)
            elif header in (0x0D, 0x0E, 0x0F):
                for i in range(header - 0x0D, -1, -1):
                    self.event(payload >> (16 * i) & 0xFFFF)
            elif header == 0x0A:
                return
            self.now += 1

    def write(self, address, data, enables):
        mask = sum(0xFF << (8 * i) for i in range(4) if enables >> i & 1)
        half, offset = address >> 24 & 1, address & 0xFFFFFF
        if 0xC94000 <= offset < 0xC94040 and address >> 25 == 1:
            first = 4 * (offset - 0xC94000)
            self.halves[half].reset(CYCLE * self.now, slice(first, first + 4))
            return
        if address >> 25 == 1 and 0xCF0000 <= offset < 0xCF8000:
            row, column = divmod(offset - 0xCF0000, 128)
            data &= 0x3F3F3F3F
            base = 0xC40000 if column >= 64 else 0xC00000
            address = address & 0xFF000000 | base + 64 * row + column % 64
        new = self.words[address] & ~mask | data & mask
        self.words[address] = new

    def read(self, address):
        half, offset = address >> 24 & 1, address & 0xFFFFFF
        if address >> 25 == 1 and 0xC80000 <= offset < 0xC84000:
            codes = np.empty(256, np.int64)
            codes[COLUMN_OF_POSITION] = self.halves[half].codes(CYCLE * self.now)[0]
            self.codes.append((half, codes))

    # events ----------------------------------------------------------------------------------

    def event(self, label):
        channel, neuron = label >> 14, label & 0x3FFF
        for node in range(24 + 9 * channel, 33 + 9 * channel):
            word = self.words[0x130019 + node]
            if neuron & word & 0x3FFF != word >> 16 & 0x3FFF:
                continue
            output = node - 24 - 9 * channel
            if output == 8:
                self.looped.append((self.now, label))
                continue
            half, bus = divmod(output, 4)
            if not self.words[(0x110001, 0x118001)[half]] >> bus & 1:
                continue
            for position in range(32):
                driver = 4 * position + bus
                w0 = self.driver(half, driver)[0]
                if w0 >> 15 & 1 and not (neuron >> 6 & 31 ^ position) & (w0 >> 9 & 31):
                    self.reach(half, driver, neuron & 63)

    def driver(self, half, driver):
        first = (0x110400, 0x118400)[half] + 4 * driver
        return [self.words[first + i] for i in range(3)]

    def pulse(self, half, driver, label):
        w0, _, w2 = self.driver(half, driver)
        dac = not w0 >> 14 & 1 if self.revision == "v1" else w0 >> 8 & 1
        activation = 32 - (label & 31)
        if not (dac and w2 >> 3 & 1 and w2 >> 4 & 1):
            return self.constants["fixed_pulse"]
        key = half, *self.driver(half, driver)[:2], driver
        if key not in self.lengths:
            self.lengths[key] = pulses(self.words, self.chip, half)[driver]
        return np.rint(64 * self.lengths[key][activation]) / 64

    def lanes(self, half, offset, row):
        words = np.array([self.words[0x02000000 + 0x01000000 * half + offset + 64 * row + q]
                          for q in range(64)])
        return words[QUAD] >> LANE & 0x3F

    def reach(self, half, driver, label):
        """Let an event of a driver act on the columns."""
        w0, w1, _ = self.driver(half, driver)
        seen = label if not w0 >> 14 & 1 else label & 32
        pulse = self.pulse(half, driver, label)
        u = np.zeros((2, 256))
        for top in range(2):
            row = 2 * driver + top
            weight = np.array([reverse_weight(x) for x in self.lanes(half, 0xC00000, row)])
            eps = self.chip.synapse[half, row] if self.on["mismatch_synapse"] else 0.0
            current = self.chip.weight[weight]
            weights = np.floor(32 * current * (1 + np.clip(eps, -0.2, 0.2)) + 0.5) / 32
            for sign in range(2):
                if w1 >> (4 + top + 2 * sign) & 1:
                    u[sign] += pulse * weights * (self.lanes(half, 0xC40000, row) == seen)
        self.halves[half].event(CYCLE * self.now, u[:, COLUMN_OF_POSITION])
