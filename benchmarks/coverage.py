"""How much of the register level is there: a table of all coordinates, containers and fields.

Every container is compared with its verified words and addresses, and written with random
values to its coordinates on an emulated chip and read back through raw Omnibus reads and
through every other path that it has. Usage:

    python -m benchmarks.coverage [--all] [--reference FOLDER] [--endpoint ADDRESS] [--seed N]

``--all`` prints one line per container instead of those only that fall short. ``--reference``
names a folder with full descriptions (``registers.json``, ``coordinates.json``) of which nothing
may be missing here.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

import fisch
from fisch import registers
from stadls import ManagedConnection, PlaybackProgramBuilder, SystemInit, generate, hal, halco
from stadls.errors import BackendError

VECTORS = Path(__file__).parent.parent / "tests" / "fisch" / "data" / "container_vectors.json"
OMNIBUS = "Omnibus"
# The set-up that has most devices: the board with those on I2C, a chip with a temperature sensor.
SETUP = {"HXEMU_BOARD": "jboa", "HXEMU_SEED": "74"}
# Of more places than that, a sample is tried; over slow paths fewer.
PLACES = 40000
SAMPLE = 4096
SLOW_SAMPLE = 8
# After these the chip is initialised anew: they change clocks, links or resets.
DISTURBING = frozenset({"ADPLL", "PLLClockOutputBlock", "CommonPhyConfigChip",
                        "CommonPhyConfigFPGA", "PhyConfigChip", "PhyConfigFPGA", "ResetChip",
                        "JTAGClockScaler", "ResetJTAGTap", "EventRecordingConfig",
                        "InstructionTimeoutConfig", "SystimeSync", "SystimeSyncBase"})
# What is written instead of random values, where these would stop the program or the chip.
FIXED: Mapping[str, Mapping[str, Any]] = {
    "InstructionTimeoutConfig": {"value": 2_000_000}, "JTAGClockScaler": {"value": 9},
    "ResetChip": {"value": False},
    "ExternalPPUMemoryQuad": {"enables": True}, "ExternalPPUDRAMMemoryQuad": {"enables": True}}
# The timer goes on between its reset and the read.
RUNNING_CYCLES = 1000
# Units of the board's sensors.
DEGREE = 256
VOLT = 250


@dataclass
class Access:
    """Result of one path of access to a container."""

    name: str
    places: int = 0
    equal: int = 0
    problem: str = ""


@dataclass
class Row:
    """Result of one container."""

    name: str
    access: str
    places: int
    fields: int
    verified: int = 0
    wrong: int = 0
    paths: list[Access] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """What falls short."""
        found = [f"{p.name}: {p.problem}" for p in self.paths if p.problem]
        if self.wrong:
            found.append(f"{self.wrong} verified encodings differ")
        return found

    def __str__(self) -> str:
        paths = ", ".join(f"{p.name} {p.equal}/{p.places}" for p in self.paths)
        text = (f"{self.name:36s} {self.access:10s} {self.places:9d} {self.fields:3d} fields "
                f"{self.verified:3d} verified  {paths}")
        return "\n".join([text, *(f"    short: {p}" for p in self.problems)])


# --- against verified encodings


def integers(texts: list[str]) -> list[int]:
    return [int(text, 0) for text in texts]


def verify(name: str, material: Mapping[str, Any]) -> Iterator[bool]:
    """Compare words and addresses of a container with verified ones, one by one."""
    declared = registers.container(name)
    composite = declared.children is not None
    if "default_words" in material:
        yield registers.encode(name) == integers(material["default_words"])
    for example in [] if composite else material.get("address_examples", []):
        for key, write in (("write", True), ("read", False)):
            found = registers.addresses(name, [example["e"]], None, write)[0]
            yield found.tolist() == integers(example[key])
    for vector in (*material.get("vectors", []), *material.get("executed", [])):
        e, backend = vector["coordinate_enum"], vector.get("backend")
        for key, write in (("write_addresses", True), ("read_addresses", False)):
            if key in vector:
                found = registers.addresses(name, [e], backend, write)[0]
                yield found.tolist() == integers(vector[key])
        if "words" not in vector or composite:
            continue
        words = integers(vector["words"])
        direction = vector.get("direction", "encode")
        masks = integers(vector.get("word_masks", ["-1"] * len(words)))
        if "encode" in direction:
            encoded = registers.encode(name, vector["values"], e)
            yield [w & m for w, m in zip(encoded, masks, strict=True)] == words
        if "decode" in direction and "word_masks" not in vector:
            decoded = registers.decode(name, words, e)
            yield {k: decoded[k] for k in vector["values"]} == vector["values"]


# --- on an emulated chip


class Prober:
    """Writes and reads containers over a connection.

    Parameters
    ----------
    connection
        Handle of a connection to an emulated chip.
    seed
        Of the random values.
    """

    def __init__(self, connection: Any, seed: int = 0) -> None:
        self._entry = connection.get_hwdb_entry()[0]
        # what the real target refuses to read is read all the same
        self._connection = connection._connection
        self._random = np.random.default_rng(seed)
        self.initialise()

    def initialise(self) -> None:
        """Bring the chip into a state in which it answers."""
        self._connection.run(generate(SystemInit(self._entry))[0].done())

    def _run(self, program: fisch.PlaybackProgram) -> None:
        """Run; raises if an address is not mapped."""
        before = self._unmapped()
        self._connection.run(program)
        reads, writes = (b - a for a, b in zip(before, self._unmapped(), strict=True))
        if reads or writes:
            raise RuntimeError(f"{reads} reads and {writes} writes of addresses that are not "
                               "mapped")

    def _unmapped(self) -> tuple[int, int]:
        report = self._connection.run(fisch.PlaybackProgram()).reports[0]
        return report["unmapped_reads"], report["unmapped_writes"]

    def _values(self, name: str, n: int) -> dict[str, npt.NDArray[Any]]:
        """Random values of all fields, shape (n, ...)."""
        found = {}
        for one in registers.container(name).fields.values():
            shape = (n, *one.shape)
            if one.name in FIXED.get(name, {}):
                found[one.name] = np.full(shape, FIXED[name][one.name])
            elif one.values is not None:
                found[one.name] = self._random.choice(sorted(one.values.values()), shape)
            else:
                found[one.name] = self._random.integers(one.minimum, one.maximum + 1, shape)
        return found

    def _enums(self, name: str, sample: int) -> npt.NDArray[np.int64]:
        low, high = registers.coordinate_range(registers.container(name).coordinate)
        if high - low < sample:
            return np.arange(low, high + 1)
        inner = self._random.integers(low, high + 1, min(sample, SAMPLE) - 2)
        return np.unique(np.concatenate([[low], inner, [high]]))

    def probe(self, row: Row) -> None:
        """Try all paths of a container; results go into its row."""
        declared = registers.container(row.name)
        for backend in declared.backends:
            path = Access(backend)
            row.paths.append(path)
            try:
                if backend == OMNIBUS and not declared.has_byte_enables:
                    self._raw(declared, path)
                else:
                    self._through_containers(declared, path)
            except (RuntimeError, ValueError, AssertionError) as error:
                path.problem = f"{type(error).__name__}: {error}"
                path.equal = 0
            if row.name in DISTURBING:
                self.initialise()

    def _raw(self, declared: registers.Container, path: Access) -> None:
        """Write all places, then read all, as plain words."""
        name = declared.name
        enums = self._enums(name, PLACES)
        words = registers.encode_block(name, self._values(name, len(enums)), len(enums), enums)
        builder = fisch.PlaybackProgramBuilder()
        if declared.writable:
            where = registers.addresses(name, enums, OMNIBUS)
            builder.write_block(where.reshape(-1), words[:, :declared.write_words].reshape(-1))
        ticket = None
        if declared.readable:
            where = registers.addresses(name, enums, OMNIBUS, write=False)
            ticket = builder.read_block(where.reshape(-1))
        self._run(builder.done())
        path.places = path.equal = len(enums)
        if ticket is not None and declared.writable:
            read = ticket.words().reshape(len(enums), -1)
            path.equal = int((read == words).all(axis=1).sum())
            if path.equal < path.places:
                path.problem = f"{path.places - path.equal} places do not hold what was written"

    def _through_containers(self, declared: registers.Container, path: Access) -> None:
        """Write and read containers one by one."""
        name = declared.name
        kind, place = getattr(hal, name), halco.coordinate(declared.coordinate)
        backend = hal.Backend[path.name]
        enums = self._enums(name, SLOW_SAMPLE)
        values = self._values(name, len(enums))
        builder = PlaybackProgramBuilder()
        written, tickets = [], []
        for i, enum in enumerate(enums):
            where = place._of(int(enum))
            if declared.writable:
                written.append(_container(kind, {n: v[i] for n, v in values.items()}))
                builder.write(where, written[-1], backend)
            if declared.readable:
                builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.jtag)
                tickets.append((where, _read(builder, where, declared, backend)))
        for barrier in (hal.Barrier.omnibus, hal.Barrier.jtag):
            builder.block_until(halco.BarrierOnFPGA(), barrier)
        self._run(builder.done())
        path.places = path.equal = len(enums)
        for i, (where, ticket) in enumerate(tickets):
            found = ticket.get()
            problem = check_read(found) if not written else same(written[i], found, where)
            if problem:
                path.equal -= 1
                path.problem = f"at {where}: {problem}"


def _read(builder: PlaybackProgramBuilder, where: Any, declared: registers.Container,
          backend: Any) -> Any:
    """Read over a path, or over the first one that can be read."""
    for way in (backend, *(hal.Backend[n] for n in declared.backends)):
        try:
            return builder.read(where, way)
        except BackendError:
            continue
    raise BackendError(f"no path reads {declared.name}")


def _container(kind: Any, values: Mapping[str, Any]) -> Any:
    made = kind()
    for name, value in values.items():
        if isinstance(made._values[name], np.ndarray):
            made._values[name][...] = value
        else:
            made._values[name] = type(made._values[name])(value)
    return made


def same(written: Any, found: Any, where: Any) -> str:
    """What is wrong with a container that was read back; empty if nothing is."""
    name = type(written).__name__
    if name == "Timer":
        # a write resets it, whatever the value
        return "" if int(found.value) < RUNNING_CYCLES else f"the timer is at {found.value}"
    one, other = written.encode(where), found.encode(where)
    if name == "TCA9546ChannelConfig":
        # its read writes a register byte, which the device takes for its setting
        one = [0]
    return "" if one == other else f"wrote {list(map(hex, one))}, read {list(map(hex, other))}"


def check_read(found: Any) -> str:
    """What is wrong with the value of a register that can only be read."""
    name = type(found).__name__
    plausible = {
        "JTAGIdCode": lambda: int(found.part_number) == 0x4858,
        "FPGADeviceDNA": lambda: int(found.value) > 0,
        "TMP112Status": lambda: 15 * DEGREE <= int(found.temperature) <= 45 * DEGREE,
        "INA219Status": lambda: VOLT <= int(found.bus_voltage) <= 3 * VOLT,
    }
    if name in plausible and not plausible[name]():
        return f"implausible: {found}".replace("\n", " ")
    return ""


# --- all together


def rows(connection: Any, seed: int = 0) -> list[Row]:
    """Probe all containers.

    Parameters
    ----------
    connection
        Handle of a connection to an emulated chip.
    seed
        Of the random values.
    """
    material = json.loads(VECTORS.read_text())
    prober = Prober(connection, seed)
    found = []
    for name in registers.container_names():
        declared = registers.container(name)
        row = Row(name, declared.access, declared.coordinate_size or 0, len(declared.fields))
        results = list(verify(name, material.get(name, {})))
        row.verified, row.wrong = sum(results), results.count(False)
        if declared.kind == "leaf":
            prober.probe(row)
        found.append(row)
    return found


def missing(folder: Path) -> list[str]:
    """Names in full descriptions that are not here."""
    described = json.loads((folder / "registers.json").read_text())["containers"]
    types = json.loads((folder / "coordinates.json").read_text())
    lost = [f"container {c['name']}" for c in described
            if c["name"] not in registers.container_names()]
    lost += [f"field {c['name']}.{f['name']}" for c in described
             if c["name"] in registers.container_names() for f in c["fields"]
             if f["name"] not in registers.container(c["name"]).fields]
    for entry in (*types["coordinates"], *types["common"], *types["label_and_address_types"]):
        names = entry["name"] if isinstance(entry["name"], list) else [entry["name"]]
        lost += [f"coordinate {n}" for n in names if not hasattr(halco, n)
                 and not hasattr(halco.common, n)]
    return lost


def summary(found: list[Row]) -> str:
    """Return the totals as text."""
    leaves = [r for r in found if r.paths]
    both = [r for r in leaves if r.access == "read_write"]
    good = [r for r in leaves if not r.problems]
    places = sum(p.places for r in leaves for p in r.paths)
    equal = sum(p.equal for r in leaves for p in r.paths)
    names = registers.coordinate_names()
    conversions = sum(len(e.get("conversions", {})) for e in registers.raw_coordinates().values())
    lines = [
        ("coordinate types", len(names), f"{conversions} conversions"),
        ("containers", len(found), f"{len(found) - len(leaves)} of them composites or conditions"),
        ("fields", sum(r.fields for r in found), ""),
        ("containers with verified words", sum(r.verified > 0 for r in found),
         f"{sum(r.verified for r in found)} comparisons, {sum(r.wrong for r in found)} differ"),
        ("containers tried on the chip", len(leaves), f"{len(good)} behave as declared"),
        ("  of these read and written", len(both),
         f"{sum(not r.problems for r in both)} read back what was written"),
        ("  only read", sum(r.access == "read_only" for r in leaves), ""),
        ("  only written", sum(r.access == "write_only" for r in leaves), ""),
        ("places tried, over all paths", places, f"{equal} as declared"),
    ]
    return "\n".join(f"{what:34s} {number:8d}  {note}".rstrip() for what, number, note in lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="one line per container")
    parser.add_argument("--reference", type=Path, help="folder of full descriptions")
    parser.add_argument("--endpoint", help="address of a daemon; by default an own one is started")
    parser.add_argument("--seed", type=int, default=0, help="of the random values")
    options = parser.parse_args(arguments)
    begin = perf_counter()
    for name, value in SETUP.items():
        os.environ.setdefault(name, value)
    with ManagedConnection(endpoint=options.endpoint) as connection:
        found = rows(connection, options.seed)
    for row in found:
        if options.all or row.problems:
            print(row)
    print(summary(found))
    status = int(any(row.problems for row in found))
    if options.reference is not None:
        lost = missing(options.reference)
        print(f"missing against {options.reference.name}: {', '.join(lost) or 'nothing'}")
        status |= bool(lost)
    print(f"({perf_counter() - begin:.1f} s)")
    return status


if __name__ == "__main__":
    sys.exit(main())
