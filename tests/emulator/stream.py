"""Instruction streams for a machine, built word by word from the published layouts.

Addresses and bits are written out here on purpose: tests compare the emulator with the
layout as documented, not with the tables that it is built from.
"""

from __future__ import annotations

import numpy as np

from fisch.responses import ResponseDecoder

HALT = 0x0A << 56
ALL = 0xF << 32
COLUMN = np.arange(256)
QUAD = COLUMN // 8 + 32 * (COLUMN % 2)
ENTRY = (COLUMN // 2) % 4
# rows of the neurons' own CapMem cells: leak and reset potential, reset bias, time constants,
# references and biases of the synaptic inputs
NEURON_CELLS = {0: 790, 1: 776, 9: 1015, 10: 472, 12: 314, 13: 450, 14: 472, 16: 294, 17: 498}
# rows of cells of a block: ramp offset, synapse DAC, driver comparator, ramps, ADC
BLOCK_CELLS = {4: 168, 5: 400, 8: 895, 12: 1022, 13: 500, 14: 500, 15: 268, 16: 1022}
# cells settle within 20 ms
SETTLED = 25 * 125_000
REVERSED = np.array([(w & 32) | int(f"{w & 31:05b}"[::-1], 2) for w in range(64)], np.uint32)


class Stream:
    """A program under construction."""

    def __init__(self):
        self.parts = []

    def raw(self, *words):
        self.parts.append(np.array(words, dtype=np.uint64))
        return self

    def write(self, addresses, words, enables=0xF):
        addresses = np.atleast_1d(np.asarray(addresses, dtype=np.uint64))
        out = np.empty((len(addresses), 2), np.uint64)
        out[:, 0] = np.uint64((0x0B << 56) | (enables << 32)) | addresses
        out[:, 1] = np.uint64(0x0C << 56) | np.asarray(words, dtype=np.uint64)
        self.parts.append(out.ravel())
        return self

    def read(self, addresses):
        addresses = np.atleast_1d(np.asarray(addresses, dtype=np.uint64))
        self.parts.append(np.uint64((0x0B << 56) | ALL | (1 << 36)) | addresses)
        return self

    def spikes(self, *labels):
        word = (0x0C + len(labels)) << 56
        for i, label in enumerate(labels):
            word |= int(label) << (16 * (len(labels) - 1 - i))
        return self.raw(word)

    def setup(self):
        return self.raw(0x04 << 56)

    def wait(self, timer):
        return self.raw((0x05 << 56) | timer)

    def barrier(self, bits=1):
        return self.raw((0x07 << 56) | bits)

    def systime(self, start=1):
        return self.raw((0x06 << 56) | start)

    def tick(self):
        return self.raw((0x0A << 56) | 1)

    def words(self, halt=True):
        parts = self.parts + ([np.array([HALT], np.uint64)] if halt else [])
        return np.concatenate(parts) if parts else np.empty(0, np.uint64)


def run(machine, stream):
    """Run one program in one piece; decoded responses."""
    machine.begin_program()
    machine.execute(stream.words() if isinstance(stream, Stream) else stream)
    return decode(machine.take_responses())


def decode(words):
    decoder = ResponseDecoder()
    decoder.feed(words)
    return decoder.take()


def to_quads(values):
    """Bus words, shape (..., 64), of one byte for each column, shape (..., 256)."""
    out = np.zeros((*np.shape(values)[:-1], 64), np.uint64)
    np.asarray(values)
    for column in range(256):
        shift = np.uint64(8 * (3 - ENTRY[column]))
        out[..., QUAD[column]] |= np.asarray(values)[..., column].astype(np.uint64) << shift
    return out


def from_quads(words):
    """One byte for each column from bus words, shape (..., 64)."""
    words = np.asarray(words)
    shift = (8 * (3 - ENTRY)).astype(words.dtype)
    return ((words[..., QUAD] >> shift) & 0xFF).astype(np.int64)


def base(hemisphere):
    return 0x02000000 + 0x01000000 * hemisphere


def weights(stream, hemisphere, matrix, first_row=0):
    """Write weights, shape (rows, 256), 0..63."""
    rows = first_row + np.arange(len(matrix))
    address = base(hemisphere) + 0xC00000 + 64 * rows[:, None] + np.arange(64)
    return stream.write(address.ravel(), to_quads(REVERSED[np.asarray(matrix)]).ravel())


def labels(stream, hemisphere, matrix, first_row=0):
    """Write labels, shape (rows, 256), 0..63."""
    rows = first_row + np.arange(len(matrix))
    address = base(hemisphere) + 0xC40000 + 64 * rows[:, None] + np.arange(64)
    return stream.write(address.ravel(), to_quads(np.asarray(matrix)).ravel())


def signed(stream, hemisphere, matrix):
    """Write a signed matrix, shape (n, 256): row 2i inhibitory, row 2i + 1 excitatory."""
    matrix = np.asarray(matrix)
    rows = np.empty((2 * len(matrix), 256), np.int64)
    rows[0::2] = np.maximum(-matrix, 0)
    rows[1::2] = np.maximum(matrix, 0)
    return weights(stream, hemisphere, rows)


def driver_words(revision="v3", receiver=1, mask=31, address_out=None, bottom=2, top=1, dac=1,
                 modulation=1, stp=1, offset=7, trim=32):
    if address_out is None:
        address_out = revision == "v1"
    w0 = offset << 4 | dac << 8 | mask << 9 | (not address_out) << 14 | receiver << 15
    w1 = ((bottom & 1) << 4 | (top & 1) << 5 | (bottom >> 1) << 6 | (top >> 1) << 7
          | (63 - trim) << 8)
    w2 = modulation << 3 | stp << 4 | 1 << 6
    return w0, w1, w2


def drivers(stream, hemisphere, numbers=range(128), **fields):
    first = (0x110400, 0x118400)[hemisphere]
    for driver in numbers:
        stream.write(first + 4 * driver + np.arange(3), driver_words(**fields))
    return stream


def crossbar(stream, loopback=False):
    """FPGA channel b to PADI bus b of the hemisphere in bit 13; all other nodes closed."""
    node = np.full(76, 0x00010000, np.uint64)
    for bus in range(4):
        for hemisphere in range(2):
            node[24 + 9 * bus + bus + 4 * hemisphere] = 1 << 13 | hemisphere << 29 | 1 << 31
        if loopback:
            node[24 + 9 * bus + 8] = 0
    stream.write(0x130019 + np.arange(76), node)
    return stream.write([0x110001, 0x118001], [0xF, 0xF])


def analog(stream, columns=COLUMN):
    """Everything that columns need to integrate and be read, as the average column needs it."""
    for block in range(4):
        cell = 0x140000 + 0x8000 * block
        for row, code in NEURON_CELLS.items():
            stream.write(cell + 32 * np.arange(128) + row, np.full(128, code))
        stream.write(cell + 32 * 128 + np.array(list(BLOCK_CELLS)), list(BLOCK_CELLS.values()))
    # bias of the drivers' DACs
    stream.write(0x140000 + 0x8000 * np.array([1, 3]) + 32 * 128 + 22, [820, 820])
    for hemisphere in range(2):
        for column in columns:
            neuron = 256 * hemisphere + column
            address = 0x160000 + 0x8000 * (neuron // 128) + 8 * (neuron % 128) + 2
            stream.write(address + np.arange(6), [4, 0x10, 0x30, 0xFC, 0x30, 0x10])
        on = np.zeros(256, np.int64)
        on[columns] = 1
        quads = np.arange(64)
        stream.write(base(hemisphere) + 0xC14000 + quads, to_quads(3 * on))
        stream.write(base(hemisphere) + 0xC04000 + quads, to_quads(0x20 * on))
        stream.write(base(hemisphere) + 0xC44000 + quads, to_quads(0x20 * on))
        stream.write(base(hemisphere) + 0x401000, 0x14641)
    return stream


def hagen(revision="v3", loopback=False):
    """Configuration for matrix products with all rows and columns."""
    stream = crossbar(Stream(), loopback)
    for hemisphere in range(2):
        drivers(stream, hemisphere, revision=revision)
    return reset(analog(stream).barrier().setup().wait(SETTLED))


def label(driver, hemisphere, activation, parity=0):
    return (driver % 4) << 14 | hemisphere << 13 | (driver // 4) << 6 | parity << 5 | (
        32 - activation)


def reset(stream):
    for hemisphere in range(2):
        stream.write(base(hemisphere) + 0xC94000 + np.arange(64), np.zeros(64))
    return stream.barrier()


def read_row(stream):
    """Causal conversion of both hemispheres, in the usual order."""
    stream.read([base(0) + 0xC80000, base(1) + 0xC80000])
    for hemisphere in range(2):
        stream.read(base(hemisphere) + 0xC80000 + 0x200000 + np.arange(1, 64))
    return stream.barrier()


def read_out(responses, reads):
    """Codes, shape (reads, 2, 256), of rows read by `read_row`."""
    words = np.asarray(responses.omnibus).reshape(reads, 128)
    rows = np.empty((reads, 2, 64), np.uint32)
    rows[:, 0, 0], rows[:, 1, 0] = words[:, 0], words[:, 1]
    rows[:, 0, 1:], rows[:, 1, 1:] = words[:, 2:65], words[:, 65:]
    return from_quads(rows)


def rewrite_labels(stream, inputs):
    """v1's workaround: rows hold the label that their event will carry."""
    for hemisphere in range(2):
        payload = np.where(inputs[hemisphere] > 0, 32 - inputs[hemisphere], 0)
        matrix = np.repeat(payload, 2)[:, None] * np.ones((1, 256), np.int64)
        labels(stream, hemisphere, matrix)
    return stream


def vector(stream, inputs, sends=1, wait=2, baseline=False, settle=250):
    """One batch entry; inputs of shape (2, n), 0..31."""
    if baseline:
        reset(stream).setup().wait(3750)
        read_row(stream)
    reset(stream).setup().wait(125)
    trains = [[(d, h, int(a)) for d, a in enumerate(inputs[h]) if a][::-1] * sends
              for h in range(2)]
    slots = max(len(t) for t in trains)
    last = 125
    for k in range(slots):
        due = [t[k - slots + len(t)] for t in trains if k >= slots - len(t)]
        if wait >= 2:
            stream.wait(125 + wait * (k + 1) - 1)
        stream.spikes(*[label(*e) for e in due])
        last = 125 + wait * (k + 1)
    stream.wait(last + settle - 1)
    return read_row(stream)
