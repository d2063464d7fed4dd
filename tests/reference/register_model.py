"""What registers hold after a program: a dictionary of words, and synapses by their fields.

The model knows the chip by the declarations of its registers only: a write replaces the enabled
bytes of the word at its address, a read returns them, a reset of the chip brings back the
defaults on its side. Synapses are the exception: four views show the same memory.
"""

import random
from dataclasses import dataclass, field

import fisch
from fisch import containers, coordinates, registers

OMNIBUS = "Omnibus"
JTAG = "OmnibusChipOverJTAG"
FPGA = 0x80000000
ALL_BYTES = 0xF

# Views of synapses: the fields of the synapses that they show.
SYNAPSE_VIEWS = {
    "SynapseWeightQuad": {"values": "weights"},
    "SynapseLabelQuad": {"values": "labels"},
    "SynapseCorrelationCalibQuad": {"time_calibs": "time_calibs", "amp_calibs": "amp_calibs"},
    "SynapseQuad": {n: n for n in ("weights", "labels", "time_calibs", "amp_calibs")},
}
# Left out: what decides how long instructions may take, and containers at the same addresses.
LEFT_OUT = {"InstructionTimeoutConfig", "GlobalMergerMatrixNode", "NeuronLabelToGL1EventLUTEntry"}
NAMES = [n for n in registers.container_names()
         if registers.container(n).kind == "leaf" and registers.container(n).access == "read_write"
         and OMNIBUS in registers.container(n).backends and n not in LEFT_OUT]
KINDS = ("write", "write", "write", "bytes", "read", "read", "read", "jtag", "reset", "tick")


@dataclass(frozen=True)
class Step:
    """One access: its kind, a container, which of a few places, and a seed for the values."""

    kind: str
    name: str
    place: int
    seed: int


def enum_of(name, place):
    """One of a few places, so that accesses meet."""
    low, high = registers.coordinate_range(registers.container(name).coordinate)
    return (low, high, (low + high) // 2, low + (high - low) // 7)[place % 4]


def values_of(name, seed):
    """Random legal values of all fields."""
    draw = random.Random(seed)

    def one(f, shape):
        if shape:
            return [one(f, shape[1:]) for _ in range(shape[0])]
        return draw.choice(sorted(f.values.values())) if f.values is not None \
            else draw.randint(f.minimum, f.maximum)

    return {f.name: one(f, f.shape) for f in registers.container(name).fields.values()}


def byte_mask(enables):
    return sum(0xFF << 8 * i for i in range(4) if enables >> i & 1)


@dataclass
class Model:
    """State of all registers that a program touches."""

    words: dict = field(default_factory=dict)
    defaults: dict = field(default_factory=dict)
    synapses: dict = field(default_factory=dict)

    def touch(self, name, e):
        """Declare a place, with its default value."""
        if name in SYNAPSE_VIEWS:
            self.synapses.setdefault(e, {n: [0] * 4 for n in SYNAPSE_VIEWS["SynapseQuad"]})
            return
        for address, word in zip(addresses(name, e), registers.encode(name, {}, e), strict=True):
            if name.endswith("Byte"):
                word = 0
            self.defaults.setdefault(address, word)
            self.words.setdefault(address, word)

    def write(self, name, e, values, enables):
        """Enabled bytes of a container's words are replaced, ``enables`` per word."""
        words = registers.encode(name, values, e)
        if name in SYNAPSE_VIEWS:
            before = self.read(name, e)
            mixed = [w & byte_mask(b) | o & ~byte_mask(b)
                     for w, o, b in zip(words, before, enables, strict=True)]
            for shown, stored in SYNAPSE_VIEWS[name].items():
                self.synapses[e][stored] = registers.decode(name, mixed, e)[shown]
            return
        for address, word, enable in zip(addresses(name, e), words, enables, strict=True):
            mask = byte_mask(enable)
            self.words[address] = self.words[address] & ~mask | word & mask

    def read(self, name, e):
        """Words of a container."""
        if name in SYNAPSE_VIEWS:
            values = {shown: self.synapses[e][stored]
                      for shown, stored in SYNAPSE_VIEWS[name].items()}
            return registers.encode(name, values, e)
        return [self.words[a] for a in addresses(name, e)]

    def reset_chip(self):
        """Bring back the defaults of what is on the chip."""
        for quad in self.synapses.values():
            for values in quad.values():
                values[:] = [0] * 4
        for address, word in self.defaults.items():
            if address < FPGA:
                self.words[address] = word


def addresses(name, e):
    return registers.addresses(name, [e], OMNIBUS)[0].tolist()


class Program:
    """Instructions of some steps, and what the reads among them shall return."""

    def __init__(self, steps):
        self.builder = fisch.PlaybackProgramBuilder()
        self.expected = []
        self.tickets = []
        self.model = Model()
        places = {(s.name, enum_of(s.name, s.place)) for s in steps}
        for name, e in sorted(places):
            self.model.touch(name, e)
        self._start()
        for step in steps:
            self._add(step)
        self.program = self.builder.done()

    def _start(self):
        """All places to their defaults, whatever was there before."""
        for address, word in self.model.words.items():
            self.builder.write_block([address], [word])
        for e in self.model.synapses:
            where = addresses("SynapseQuad", e)
            self.builder.write_block(where, [0] * len(where))

    def _add(self, step):
        name, e = step.name, enum_of(step.name, step.place)
        if step.kind in ("write", "bytes"):
            values = values_of(name, step.seed)
            words = registers.encode(name, values, e)
            enables = registers.byte_enables(name, values, e)
            if step.kind == "bytes":
                enables = [b & step.seed >> 4 * i for i, b in enumerate(enables)]
            for address, word, enable in zip(addresses(name, e), words, enables, strict=True):
                self.builder.write_block([address], [word], enable & ALL_BYTES)
            self.model.write(name, e, values, enables)
        elif step.kind == "jtag" and JTAG in registers.container(name).backends:
            values = values_of(name, step.seed)
            for address, word in zip(addresses(name, e), registers.encode(name, values, e),
                                     strict=True):
                self.builder.write(coordinates.OmnibusChipOverJTAGAddress(address),
                                   containers.OmnibusChipOverJTAG(word))
            self.model.write(name, e, values, [ALL_BYTES] * registers.container(name).word_count)
        elif step.kind == "reset":
            place = coordinates.ResetChipOnDLS()
            self.builder.write(place, containers.ResetChip(True))
            self.builder.write(place, containers.ResetChip(False))
            self.model.reset_chip()
        elif step.kind == "tick":
            # a response of another kind in between
            self.builder.read(coordinates.NullPayloadReadableOnFPGA())
        else:
            self.tickets.append(self.builder.read_block(addresses(name, e)))
            self.expected.append((name, e, self.model.read(name, e)))

    def differences(self):
        """Reads that did not return what the model says: name, enum, expected, found."""
        found = [ticket.words().tolist() for ticket in self.tickets]
        return [(n, e, list(map(hex, w)), list(map(hex, f)))
                for (n, e, w), f in zip(self.expected, found, strict=True) if w != f]


def random_steps(draw, count):
    """Steps from a ``random.Random``; half of them at a few containers, so that they meet."""
    few = draw.sample(NAMES, 4)
    return [Step(draw.choice(KINDS), draw.choice(few if draw.random() < 0.5 else NAMES),
                 draw.randrange(4), draw.getrandbits(48)) for _ in range(count)]
