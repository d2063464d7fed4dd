"""A slow model of FPGA and chip in hagen mode, event by event, in float64.

Written from the layout and the equations as documented, with plain dictionaries and loops:
nothing is queued, cached or vectorised over events, and nothing of the emulator is used but
the numbers of the individual. Without temporal noise.

Equations, per column, with u the sum of pulse length x effective weight of a segment (the
events between two resets, conversions or changes of a register), T its duration, V the
membrane in ADC steps relative to the reset potential:

    f = clip((a + delta) (1 + rho), 0, 31 * limit), in steps of 1/64
    w_eff = w (1 + eps), in steps of 1/32
    x = x_fs u tau_syn / (1953 (T + tau_syn)),  c = tanh(x) / x
    V += g0 G (c_exc u_exc - c_inh u_inh), at the middle of the segment
    dV/dt = drift - rate V otherwise
    code = floor(gamma rails(V) + baseline + offset), clipped to 0..255
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from emulator.silicon import Individual

CYCLES_PER_US = 125
COLUMN = np.arange(256)
QUAD = COLUMN // 8 + 32 * (COLUMN % 2)
LANE = 24 - 8 * ((COLUMN // 2) % 4)


def reverse_weight(lane):
    """Weight of an SRAM byte: bits 4:0 are reversed."""
    return (lane & 32) | sum(((lane >> bit) & 1) << (4 - bit) for bit in range(5))


class ChipModel:
    """Set-up that interprets instruction words; `codes` collects the conversions."""

    def __init__(self, revision="v3", seed=0, **off):
        self.revision = revision
        self.chip = Individual(revision, seed)
        self.constants = self.chip.constants
        self.on = defaultdict(lambda: True, off)
        self.words = defaultdict(int)
        self.v = np.zeros((2, 256))
        self.last = np.zeros((2, 256))
        self.events = [[], []]
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
            self.settle(half)
            columns = offset - 0xC94000 == QUAD
            self.v[half, columns] = 0
            self.last[half, columns] = self.now
            return
        if address >> 25 == 1 and 0xCF0000 <= offset < 0xCF8000:
            row, column = divmod(offset - 0xCF0000, 128)
            data &= 0x3F3F3F3F
            base = 0xC40000 if column >= 64 else 0xC00000
            address = address & 0xFF000000 | base + 64 * row + column % 64
        new = self.words[address] & ~mask | data & mask
        if new != self.words[address] and (
            address >> 25 == 1 or 0x110400 <= address < 0x110600
            or 0x118400 <= address < 0x118600
        ):
            for both in range(2) if address < 0x02000000 else (half,):
                self.settle(both)
        self.words[address] = new

    def read(self, address):
        half, offset = address >> 24 & 1, address & 0xFFFFFF
        if address >> 25 == 1 and 0xC80000 <= offset < 0xC84000:
            self.settle(half)
            self.decay(half, np.full(256, float(self.now)))
            self.codes.append((half, self.convert(half)))

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
                    self.events[half].append((self.now, driver, neuron & 63))

    def driver(self, half, driver):
        first = (0x110400, 0x118400)[half] + 4 * driver
        return [self.words[first + i] for i in range(3)]

    def pulse(self, half, driver, label):
        w0, _, w2 = self.driver(half, driver)
        dac = not w0 >> 14 & 1 if self.revision == "v1" else w0 >> 8 & 1
        activation = 32 - (label & 31)
        if not (dac and w2 >> 3 & 1 and w2 >> 4 & 1):
            return self.constants["fixed_pulse"]
        if not self.on["mismatch_driver"]:
            return activation
        length = (activation + self.chip.driver_offset[half, driver]) * (
            1 + self.chip.driver_slope[half, driver])
        length = min(max(length, 0.0), 31 * self.constants["pulse_limit"])
        return np.rint(64 * length) / 64

    def lanes(self, half, offset, row):
        words = np.array([self.words[0x02000000 + 0x01000000 * half + offset + 64 * row + q]
                          for q in range(64)])
        return words[QUAD] >> LANE & 0x3F

    def settle(self, half):
        """Let the events since the last settling act."""
        events, self.events[half] = self.events[half], []
        if not events:
            return
        u = np.zeros((2, 256))
        rows = {}
        for _, driver, label in events:
            w0, w1, _ = self.driver(half, driver)
            seen = label if not w0 >> 14 & 1 else label & 32
            pulse = self.pulse(half, driver, label)
            for top in range(2):
                row = 2 * driver + top
                if row not in rows:
                    weight = np.array([reverse_weight(x) for x in self.lanes(half, 0xC00000, row)])
                    eps = self.chip.synapse[half, row] if self.on["mismatch_synapse"] else 0.0
                    rows[row] = (np.floor(32 * weight * (1 + np.clip(eps, -0.2, 0.2)) + 0.5) / 32,
                                 self.lanes(half, 0xC40000, row))
                weights, labels = rows[row]
                for sign in range(2):
                    if w1 >> (4 + top + 2 * sign) & 1:
                        u[sign] += pulse * weights * (labels == seen)
        first, last = events[0][0], events[-1][0]
        self.decay(half, np.full(256, 0.5 * (first + last)))
        us = 1 / CYCLES_PER_US
        neuron = self.on["mismatch_neuron"]
        for sign in range(2):
            tau = self.chip.tau_syn[half, sign] if neuron else self.constants["tau_syn_us"]
            x = self.constants["line_knee_per_event"] * u[sign] * tau / (
                1953 * ((last - first) * us + tau))
            with np.errstate(invalid="ignore"):
                c = np.where(x > 1e-9, np.tanh(x) / x, 1.0)
            if not self.on["line_saturation"]:
                c = 1.0
            gain = self.constants["gain"] * (1 + (self.chip.gain[half, sign] if neuron else 0))
            self.v[half] += (1 - 2 * sign) * gain * c * u[sign]
        self.limit(half)

    # membranes -------------------------------------------------------------------------------

    def decay(self, half, when):
        dt = (when - self.last[half]) / CYCLES_PER_US
        rate = self.chip.leak_rate[half] if self.on["leak"] else np.zeros(256)
        drift = self.chip.drift[half] if self.on["drift"] else np.zeros(256)
        decayed = np.exp(-rate * dt)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(rate * dt > 1e-12, (1 - decayed) / (rate * dt), 1.0)
        self.v[half] = self.v[half] * decayed + drift * dt * mean
        self.last[half] = when
        self.limit(half)

    def limit(self, half):
        if self.on["rails"]:
            self.v[half] = np.clip(self.v[half], self.constants["membrane_low"],
                                   self.constants["membrane_high"])

    def convert(self, half):
        c = self.constants
        v = self.v[half].copy()
        neuron = self.on["mismatch_neuron"]
        if self.on["rails"]:
            low = c["low_rail_knee"] + (self.chip.rails[half, 0] if neuron else 0)
            high = c["high_rail_knee"] + (self.chip.rails[half, 1] if neuron else 0)
            under, over = np.maximum(low - v, 0), np.maximum(v - high, 0)
            v = np.where(under > 0, low - under / (1 + under / c["low_rail_range"]), v)
            v = np.where(over > 0, high + over / (1 + over / c["high_rail_range"]), v)
        baseline = c["baseline"] + (self.chip.baseline[half] if neuron else 0)
        if self.on["mismatch_cadc"]:
            v = v * (1 + self.chip.cadc_gain[half, 0])
            baseline = baseline + self.chip.cadc_offset[half, 0]
        return np.clip(np.floor(v + baseline), 0, 255).astype(np.int64)
