"""Builder of playback programs out of containers and coordinates."""

from __future__ import annotations

import logging
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

import fisch
from fisch import containers as instructions
from fisch import registers
from fisch.tickets import Ticket as FischTicket
from stadls import hal, halco
from stadls.aggregate import Aggregate
from stadls.errors import BackendError, NoAccessError
from stadls.hal.types import Container
from stadls.program import PlaybackProgram
from stadls.ranged import Ranged

__all__ = ["ContainerTicket", "PlaybackProgramBuilder"]

_log = logging.getLogger("stadls.builder")

OMNIBUS = "Omnibus"
SPIKE_LABEL_BITS = 16
_LOLA_MODULES = tuple(f"stadls.lola.{name}" for name in (
    "synapse", "cadc", "blocks", "neuron", "readout", "chip", "memory", "fpga", "morphology"))
_EMPTY = frozenset({"ResetJTAGTap", "NullPayloadReadable", "Timer"})
_TRUTH = frozenset({"ResetChip", "SystimeSync", "PollingOmnibusBlock"})


class _FischBuilder(fisch.PlaybackProgramBuilder):
    """Builds programs of this layer."""

    program_type = PlaybackProgram


@cache
def _leaf_of_coordinate() -> dict[str, str]:
    """Name of the container by name of the coordinate type."""
    return {registers.container(n).coordinate: n for n in registers.container_names()
            if registers.container(n).kind == "leaf"}


@cache
def _aggregate_of_coordinate() -> dict[str, Any]:
    found = {}
    for name in _LOLA_MODULES:
        for kind in vars(import_module(name)).values():
            if isinstance(kind, type) and issubclass(kind, Aggregate) \
                    and "_coordinate" in vars(kind):
                found[kind._coordinate] = kind
    return found


@cache
def container_of(coordinate_type: Any) -> Any:
    """Container class that belongs to a type of coordinate.

    Raises
    ------
    TypeError
        No container lies at such a coordinate.
    """
    name = coordinate_type.__name__
    leaf = _leaf_of_coordinate().get(name)
    if leaf is not None:
        return getattr(hal, leaf)
    aggregate = _aggregate_of_coordinate().get(name)
    if aggregate is None:
        raise TypeError(f"no container belongs to {name}")
    return aggregate


class CoordinateMismatchError(RuntimeError):
    """A container was to be written at the coordinate of another one."""

    def __init__(self, coordinate: Any, container: Any, wanted: str):
        super().__init__(coordinate, container, wanted)
        self.coordinate = coordinate
        self.container = container
        self.wanted = wanted

    def __str__(self) -> str:
        return (f"{type(self.container).__name__} can't be at {self.coordinate!r}; "
                f"its coordinate is {self.wanted}")


def _instruction(backend: str, word: int) -> Any:
    """Instruction container of a word."""
    kind = getattr(instructions, backend)
    if backend in _EMPTY:
        return kind()
    if backend in _TRUTH:
        return kind(bool(word))
    if backend.startswith("SpikePack"):
        count = int(backend[len("SpikePack")])
        mask = (1 << SPIKE_LABEL_BITS) - 1
        return kind([word >> SPIKE_LABEL_BITS * (count - 1 - i) & mask for i in range(count)])
    return kind(word)


def _place(address_type: str, number: int) -> Any:
    return halco.coordinate(address_type)._of(number)


class ContainerTicket:
    """Claim to a container that the program will read."""

    def __init__(self) -> None:
        self._kind: Any = None
        self._coordinate: Any = None
        self._tickets: list[FischTicket] = [FischTicket()]

    @classmethod
    def _issue(cls, kind: Any, coordinate: Any, tickets: list[FischTicket]) -> ContainerTicket:
        self = cls()
        self._kind = kind
        self._coordinate = coordinate
        self._tickets = tickets
        return self

    def valid(self) -> bool:
        """Whether all words are there."""
        return all(ticket.valid() for ticket in self._tickets)

    def get(self) -> Any:
        """Decode the container, anew with every call.

        Raises
        ------
        RuntimeError
            The program has not run, or the ticket was not issued by a builder.
        """
        if self._kind is None or not self.valid():
            # raises what is wrong
            self._tickets[-1].fpga_times()
        words: list[npt.NDArray[np.uint32]] = []
        for ticket in self._tickets:
            if isinstance(ticket, fisch.tickets.BlockTicket):
                words.append(ticket.words())
            else:
                found = [c.get() for c in ticket.get()]  # type: ignore[attr-defined]
                words.append(np.array([0 if v is None else int(v) for v in found], np.uint32))
        every = words[0] if len(words) == 1 else np.concatenate(words)
        if issubclass(self._kind, Aggregate):
            return self._kind.decode(every, self._coordinate)
        return self._kind.decode(every.tolist(), self._coordinate)

    def get_coordinate(self) -> Any:
        """Return the coordinate that was read."""
        return self._coordinate

    @property
    def fpga_time(self) -> Any:
        """When the last word came, as ``hal.FPGATime`` in cycles (8 ns)."""
        return hal.FPGATime(self._tickets[-1].fpga_time())

    def __repr__(self) -> str:
        kind = "nothing" if self._kind is None else self._kind.__name__
        return f"ContainerTicket({kind} at {self._coordinate!r})"


class PlaybackProgramBuilder:
    """Collects reads, writes and waits; :meth:`done` makes a program of them."""

    def __init__(self) -> None:
        self._fisch = _FischBuilder()
        self._unsupported_targets: set[str] = set()

    # --- containers

    def write(self, coordinate: Any, config: Any, *options: Any) -> None:
        """Write a container.

        Parameters
        ----------
        coordinate
            Where.
        config
            What.
        *options
            A container of the same type to send differences to only, or a ``hal.Backend``,
            or both in this order.

        Raises
        ------
        RuntimeError
            The container cannot be written, lies elsewhere, or does not support differences.
        """
        reference, backend = checked_write(coordinate, config, options)
        if isinstance(config, Aggregate):
            self._write_aggregate(coordinate, config, reference, backend)
        else:
            self._write_leaf(coordinate, config, reference, backend)

    def _write_leaf(self, coordinate: Any, config: Container, reference: Container | None,
                    backend: Any) -> None:
        declared = registers.container(config._name)
        name = _backend_name(config, backend)
        words = config.encode(coordinate)
        addresses = declared.addresses([int(coordinate)], name)[0]
        numbers = range(len(words))
        if reference is not None:
            before = reference.encode(coordinate)
            numbers = [i for i in numbers if words[i] != before[i]]  # type: ignore[assignment]
        if name != OMNIBUS:
            self._write_words(declared, name, addresses, words, numbers)
        elif declared.has_byte_enables:
            enables = config.byte_enables(coordinate)
            for i in numbers:
                self._fisch.write_block(addresses[i:i + 1], np.array(words[i:i + 1], np.uint32),
                                        enables[i])
        elif len(numbers) == len(words):
            self._fisch.write_block(addresses, np.array(words, np.uint32))
        elif numbers:
            chosen = list(numbers)
            self._fisch.write_block(addresses[chosen], np.array(words, np.uint32)[chosen])

    def _write_words(self, declared: registers.Container, backend: str, addresses: Any,
                     words: Any, numbers: Any) -> None:
        """Write single words through any back-end."""
        address_type = declared.backend(backend)["address_type"]
        for i in numbers:
            place = _place(address_type, int(addresses[i]))
            self._fisch.write(place, _instruction(backend, int(words[i])))

    def _write_aggregate(self, coordinate: Any, config: Aggregate, reference: Aggregate | None,
                         backend: Any) -> None:
        name = _backend_name(config, backend)
        before = None if reference is None else reference.parts_at(coordinate)
        for k, part in enumerate(config.parts_at(coordinate)):
            words = part.encode().reshape(-1)
            addresses = part.addresses(name).reshape(-1)
            if before is not None:
                changed = words != before[k].encode().reshape(-1)
                words, addresses = words[changed], addresses[changed]
            if name == OMNIBUS:
                self._fisch.write_block(addresses, words, part.byte_enables)
            else:
                kind = part.address_type(name)
                for address, word in zip(addresses.tolist(), words.tolist(), strict=True):
                    self._fisch.write(_place(kind, address), _instruction(name, word))

    def read(self, coordinate: Any, backend: Any = None) -> ContainerTicket:
        """Read the container at a coordinate.

        Parameters
        ----------
        coordinate
            Where; its type tells what.
        backend
            A ``hal.Backend``; the default one of the container if None.

        Returns
        -------
        ContainerTicket

        Raises
        ------
        RuntimeError
            The container cannot be read.
        """
        kind = check_read(coordinate)
        if issubclass(kind, Aggregate):
            tickets = self._read_aggregate(coordinate, kind, backend)
            self._unsupported_targets |= kind.unsupported_read_targets
        else:
            declared = registers.container(kind._name)
            name = _backend_name(kind, backend)
            addresses = declared.addresses([int(coordinate)], name, write=False)[0]
            tickets = self._read_words(declared, name, addresses)
            self._unsupported_targets |= declared.unsupported_read_targets
        return ContainerTicket._issue(kind, coordinate, tickets)

    def _read_aggregate(self, coordinate: Any, kind: type[Aggregate],
                        backend: Any) -> list[FischTicket]:
        name = _backend_name(kind, backend)
        parts = kind.for_coordinate(coordinate).parts_at(coordinate)
        found = [part.addresses(name, write=False).reshape(-1) for part in parts]
        if name == OMNIBUS:
            return [self._fisch.read_block(np.concatenate(found))]
        if not getattr(instructions, name).readable:
            raise BackendError(f"{name} can't read {kind.__name__}")
        return [self._fisch.read([_place(part.address_type(name), int(a)) for a in addresses])
                for part, addresses in zip(parts, found, strict=True)]

    def _read_words(self, declared: registers.Container, backend: str,
                    addresses: npt.NDArray[np.uint32]) -> list[FischTicket]:
        if backend == OMNIBUS:
            return [self._fisch.read_block(addresses)]
        entry = declared.backend(backend)
        if backend not in ("Timer", "NullPayloadReadable") and not getattr(
                instructions, backend).readable:
            raise BackendError(f"{backend} can't read {declared.name}")
        return [self._fisch.read([_place(entry["address_type"], int(a)) for a in addresses])]

    def block_until(self, coordinate: Any, condition: Any) -> None:
        """Stall the program.

        Parameters
        ----------
        coordinate, condition
            ``TimerOnDLS`` and ``Timer.Value``: until the timer has reached it;
            ``BarrierOnFPGA`` and ``Barrier``: until the selected channels are idle;
            ``PollingOmnibusBlockOnFPGA`` and ``PollingOmnibusBlock``: until the polled word
            is (or is not) as configured.

        Raises
        ------
        TypeError
            Another pair.
        """
        check_condition(coordinate, condition)
        if isinstance(condition, Container):
            place, backend, word = coordinate, condition._name, condition.encode()[0]
        else:
            place, backend, word = _place("WaitUntilOnFPGA", 0), "WaitUntil", int(condition)
        self._fisch.write(place, _instruction(backend, word))

    # --- arrays

    def write_block(self, addresses: Any, words: Any) -> None:
        """Write Omnibus words from arrays; see `fisch.PlaybackProgramBuilder`."""
        self._fisch.write_block(addresses, words)

    def read_block(self, addresses: Any) -> Any:
        """Read Omnibus words; see :meth:`fisch.PlaybackProgramBuilder.read_block`."""
        return self._fisch.read_block(addresses)

    def spike_train(self, times: Any, labels: Any) -> None:
        """Send spikes at times; see :meth:`fisch.PlaybackProgramBuilder.spike_train`."""
        self._fisch.spike_train(times, labels)

    # --- builders

    def merge_back(self, other: PlaybackProgramBuilder | fisch.PlaybackProgramBuilder) -> None:
        """Move everything from another builder behind; its tickets stay valid.

        Raises
        ------
        RuntimeError
            The other is this one.
        """
        self._fisch.merge_back(self._unwrap(other))
        if isinstance(other, PlaybackProgramBuilder):
            # the reads that can't run on some target are no longer in the other one
            self._unsupported_targets |= other._unsupported_targets
            other._unsupported_targets = set()

    def copy_back(self, other: PlaybackProgramBuilder | fisch.PlaybackProgramBuilder) -> None:
        """Append a copy of another builder, which must not contain reads.

        Raises
        ------
        RuntimeError
            It does.
        """
        self._fisch.copy_back(self._unwrap(other))

    def _unwrap(self, other: Any) -> fisch.PlaybackProgramBuilder:
        if isinstance(other, PlaybackProgramBuilder):
            return other._fisch
        if isinstance(other, fisch.PlaybackProgramBuilder):
            return other
        raise TypeError(f"{other!r} is no builder")

    def done(self) -> PlaybackProgram:
        """Make a program; the builder is empty and usable afterwards."""
        program = self._fisch.done()
        assert isinstance(program, PlaybackProgram)
        program._unsupported_targets = frozenset(self._unsupported_targets)
        self._unsupported_targets = set()
        return program

    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return self._fisch.empty()

    def is_write_only(self) -> bool:
        """Whether nothing is read."""
        return self._fisch.is_write_only()

    def size_to_fpga(self) -> int:
        """Return the number of messages to the FPGA."""
        return self._fisch.size_to_fpga()

    def size_from_fpga(self) -> int:
        """Return the number of responses expected."""
        return self._fisch.size_from_fpga()

    def __reduce__(self) -> Any:
        # a shallow copy would share the instructions; also asked by copy and deepcopy
        raise TypeError("a PlaybackProgramBuilder can't be copied; use copy_back, or a "
                        "PlaybackProgramBuilderDumper")

    def __str__(self) -> str:
        return str(self._fisch)

    def __repr__(self) -> str:
        only = "true" if self.is_write_only() else "false"
        return (f"PlaybackProgramBuilder(to FPGA size: {self.size_to_fpga()}, "
                f"is write only: {only})")


def _options(options: tuple[Any, ...]) -> tuple[Any, Any]:
    """Reference and back-end out of the optional arguments of a write."""
    reference = backend = None
    for option in options:
        if isinstance(option, hal.Backend) and backend is None:
            backend = option
        elif reference is None and backend is None and not isinstance(option, Ranged):
            reference = option
        else:
            raise TypeError(f"unexpected argument {option!r}")
    return reference, backend


def _backend_name(container: Any, backend: Any) -> str:
    """Back-end to use; one that the container does not have falls back to the default."""
    supported: tuple[str, ...] = container.supported_backends()
    if backend is None:
        return supported[0]
    name = hal.Backend(backend).name
    if name in supported:
        return name
    kind = container if isinstance(container, type) else type(container)
    _log.warning("%s has no back-end %s; %s is used", kind.__name__, name, supported[0])
    return supported[0]


def checked_write(coordinate: Any, config: Any, options: tuple[Any, ...]) -> tuple[Any, Any]:
    """Check the arguments of a write.

    Parameters
    ----------
    coordinate, config, options
        As for `PlaybackProgramBuilder.write`.

    Returns
    -------
    tuple
        The container to send differences to, and the back-end; None where not given.

    Raises
    ------
    TypeError, RuntimeError
        As for `PlaybackProgramBuilder.write`.
    """
    reference, backend = _options(options)
    kind = type(config)
    wanted = getattr(kind, "coordinate_type", None)
    if wanted is None:
        raise TypeError(f"{config!r} is no container")
    if not isinstance(coordinate, wanted):
        raise CoordinateMismatchError(coordinate, config, wanted.__name__)
    if reference is not None and type(reference) is not kind:
        raise CoordinateMismatchError(coordinate, reference, wanted.__name__)
    access = kind if issubclass(kind, Aggregate) else registers.container(kind._name)
    if not access.writable:
        raise NoAccessError(kind.__name__, "writeable")
    if reference is not None and not access.differential_write:
        raise BackendError(f"{kind.__name__} does not support differential writes")
    return reference, backend


def check_read(coordinate: Any) -> Any:
    """Class of the container at a coordinate, if it can be read.

    Raises
    ------
    TypeError, RuntimeError
        No container lies at such a coordinate; it cannot be read.
    """
    place: Any = type(coordinate)
    kind = container_of(place)
    access = kind if issubclass(kind, Aggregate) else registers.container(kind._name)
    if not access.readable:
        raise NoAccessError(kind.__name__, "readable")
    return kind


def check_condition(coordinate: Any, condition: Any) -> None:
    """Check that a program can block at a coordinate until a condition holds.

    Raises
    ------
    TypeError
        There is no such pair; see `PlaybackProgramBuilder.block_until`.
    """
    if type(coordinate).__name__ == "TimerOnDLS" and isinstance(condition, hal.Timer.Value):
        return
    if not (isinstance(condition, Container)
            and registers.container(condition._name).kind == "block_until"
            and isinstance(coordinate, condition.coordinate_type)):
        raise TypeError(f"can't block at {coordinate!r} until {condition!r}")
