"""Neurons of several circuits: their connections, and all their parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Self

import numpy as np

from stadls.aggregate import Aggregate, AggregateArray, assign_tree, copy_tree, stack_tree
from stadls.halco.logical import LogicalNeuronCompartments
from stadls.halco.types import coordinate
from stadls.parts import Transfer

from .neuron import AtomicNeuron, MCSafeAtomicNeuron, neuron_parts

__all__ = ["LogicalNeuron", "Morphology", "MorphologyError"]

_Switches: Any = AtomicNeuron.multicompartment.kind


class MorphologyError(RuntimeError):
    """The circuits of a neuron cannot be connected in this way."""


def _circuit(column: int, row: int) -> Any:
    kind = coordinate("AtomicNeuronOnLogicalNeuron")
    return kind._of(row * coordinate("NeuronColumnOnLogicalNeuron").size + column)


def _neighbours(circuit: Any) -> Iterator[Any]:
    """Circuits to the left, to the right, and in the other row."""
    column, row = int(circuit.x()), int(circuit.y())
    if column:
        yield _circuit(column - 1, row)
    if column + 1 < coordinate("NeuronColumnOnLogicalNeuron").size:
        yield _circuit(column + 1, row)
    yield _circuit(column, 1 - row)


class _Sets:
    """Disjoint sets: what is connected with what."""

    def __init__(self) -> None:
        self._parent: dict[Any, Any] = {}

    def find(self, item: Any) -> Any:
        self._parent.setdefault(item, item)
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

    def join(self, one: Any, other: Any) -> None:
        self._parent[self.find(one)] = self.find(other)


class Morphology:
    """Builds the connections between the circuits of a neuron.

    Circuits of one compartment share their membrane. Compartments are joined by the soma line
    of a row: one connects to it directly, others through their resistors.

    >>> from stadls import halco, lola
    >>> place = halco.AtomicNeuronOnLogicalNeuron
    >>> morphology = lola.Morphology()
    >>> one = morphology.create_compartment([place(halco.X(0), halco.Y(0))])
    >>> compartments, neuron = morphology.done()
    """

    def __init__(self) -> None:
        self._switches: dict[Any, Any] = {}
        self._compartments: list[list[Any]] = []

    def _of(self, circuit: Any) -> Any:
        key = coordinate("AtomicNeuronOnLogicalNeuron")(circuit)
        return self._switches.setdefault(key, _Switches())

    def connect_to_soma(self, neuron: Any) -> None:
        """Connect a circuit to the soma line.

        Raises
        ------
        RuntimeError
            It is connected through its resistor.
        """
        switches = self._of(neuron)
        if switches.enable_conductance:
            raise MorphologyError(f"{neuron!r} is connected to the soma through its resistor")
        switches.connect_soma = True

    def connect_resistor_to_soma(self, neuron: Any) -> None:
        """Connect a circuit to the soma line through its resistor.

        Raises
        ------
        RuntimeError
            It is connected directly.
        """
        switches = self._of(neuron)
        if switches.connect_soma:
            raise MorphologyError(f"{neuron!r} is connected to the soma directly")
        switches.enable_conductance = True

    def connect_soma_line(self, start_column: Any, end_column: Any, row: Any) -> None:
        """Close the soma line of a row from one column to another.

        Raises
        ------
        RuntimeError
            The start is right of the end.
        """
        column = coordinate("NeuronColumnOnLogicalNeuron")
        start, end = int(column(start_column)), int(column(end_column))
        if start > end:
            raise MorphologyError(f"the soma line can't go from column {start} to {end}")
        where = int(coordinate("NeuronRowOnLogicalNeuron")(row))
        for c in range(start, end):
            self._of(_circuit(c, where)).connect_soma_right = True

    def create_compartment(self, neurons: Iterable[Any]) -> Any:
        """Join the membranes of circuits that lie next to each other.

        Parameters
        ----------
        neurons
            ``AtomicNeuronOnLogicalNeuron``.

        Returns
        -------
        CompartmentOnLogicalNeuron

        Raises
        ------
        RuntimeError
            There are none, one is part of a compartment already, or they are not contiguous.
        """
        kind = coordinate("AtomicNeuronOnLogicalNeuron")
        circuits = [kind(n) for n in neurons]
        if not circuits:
            raise MorphologyError("a compartment needs at least one circuit")
        used = {c for compartment in self._compartments for c in compartment}
        for i, circuit in enumerate(circuits):
            if circuit in used or circuit in circuits[:i]:
                raise MorphologyError(f"{circuit!r} is part of a compartment already")
        members = set(circuits)
        sets = _Sets()
        for circuit in circuits:
            for neighbour in _neighbours(circuit):
                if neighbour in members:
                    sets.join(circuit, neighbour)
        if len({sets.find(c) for c in circuits}) > 1:
            raise MorphologyError("the circuits of a compartment must lie next to each other")
        for circuit in circuits:
            column, row = int(circuit.x()), int(circuit.y())
            switches = self._of(circuit)
            switches.connect_vertical = _circuit(column, 1 - row) in members
            if column + 1 < coordinate("NeuronColumnOnLogicalNeuron").size:
                switches.connect_right = _circuit(column + 1, row) in members
        self._compartments.append(circuits)
        return coordinate("CompartmentOnLogicalNeuron")(len(self._compartments) - 1)

    def __getitem__(self, neuron: Any) -> Any:
        """Return a copy of the switches of a circuit."""
        key = coordinate("AtomicNeuronOnLogicalNeuron")(neuron)
        found = self._switches.get(key)
        kind = _Switches
        return kind() if found is None else kind(found)

    def compartments(self) -> LogicalNeuronCompartments:
        """Return which circuits make up which compartment so far."""
        number = coordinate("CompartmentOnLogicalNeuron")
        return LogicalNeuronCompartments({number(i): c for i, c in enumerate(self._compartments)})

    def done(self) -> tuple[LogicalNeuronCompartments, LogicalNeuron]:
        """Make the neuron.

        Raises
        ------
        RuntimeError
            Not all circuits hang together, or the soma line joins the membranes of different
            compartments.
        """
        self._check()
        compartments = self.compartments()
        return compartments, LogicalNeuron._made(self._copy())

    def _check(self) -> None:
        owner = {c: i for i, compartment in enumerate(self._compartments) for c in compartment}
        line, whole = _Sets(), _Sets()
        for circuit, switches in self._switches.items():
            if switches.connect_soma_right:
                line.join(circuit, _circuit(int(circuit.x()) + 1, int(circuit.y())))
        direct: dict[Any, int] = {}
        for circuit, switches in self._switches.items():
            if not (switches.connect_soma or switches.enable_conductance):
                continue
            if circuit not in owner:
                raise MorphologyError(f"{circuit!r} is connected to the soma but is part of no "
                                      "compartment")
            soma = line.find(circuit)
            whole.join(("soma", soma), owner[circuit])
            if switches.connect_soma and direct.setdefault(soma, owner[circuit]) != owner[circuit]:
                raise MorphologyError(
                    f"the soma line joins compartments {direct[soma]} and {owner[circuit]}")
        if len({whole.find(i) for i in range(len(self._compartments))}) != 1:
            raise MorphologyError(
                f"the {len(self._compartments)} compartments do not hang together")

    def _copy(self) -> Morphology:
        other = Morphology()
        other._switches = {c: _Switches(s) for c, s in self._switches.items()}
        other._compartments = [list(c) for c in self._compartments]
        return other

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Morphology):
            return (self._compartments == other._compartments
                    and self._switches == other._switches)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        """Draw it: a letter per circuit, its links, ``|`` or a resistor ``R`` to the soma line."""
        if not self._switches:
            return "Morphology()"
        owner = {c: i for i, compartment in enumerate(self._compartments) for c in compartment}
        columns = [int(c.x()) for c in self._switches]
        lines = []
        for row in range(coordinate("NeuronRowOnLogicalNeuron").size):
            texts = {"line": "", "soma": "", "circuit": "", "below": ""}
            for column in range(min(columns), max(columns) + 1):
                circuit = _circuit(column, row)
                s = self[circuit]
                letter = chr(ord("A") + owner[circuit] % 26) if circuit in owner else "."
                texts["line"] += "o" + ("--" if s.connect_soma_right else "  ")
                texts["soma"] += "|  " if s.connect_soma else "R  " if s.enable_conductance \
                    else "   "
                texts["circuit"] += letter + ("--" if s.connect_right else "  ")
                texts["below"] += "|  " if s.connect_vertical else "   "
            order = ["circuit", "soma", "line"] if row else ["line", "soma", "circuit", "below"]
            lines += [texts[k].rstrip() for k in order]
        return "\n".join(lines)


class LogicalNeuron(Aggregate):
    """All parameters of a neuron of several circuits; made by `Morphology.done`.

    ``neuron[compartment, i]`` is circuit ``i`` of a compartment. Which circuits are connected
    is fixed.
    """

    __slots__ = ("_morphology",)
    _coordinate = "LogicalNeuronOnDLS"
    _morphology: Morphology

    def __init__(self, other: LogicalNeuron | None = None) -> None:
        if other is None:
            morphology = Morphology()
            morphology.create_compartment([_circuit(0, 0)])
            made = type(self)._made(morphology)
            self._morphology, self._data = made._morphology, made._data
        else:
            super().__init__(other)
            self._morphology = other._morphology._copy()

    @classmethod
    def _made(cls, morphology: Morphology) -> Self:
        circuits = morphology.compartments().circuits()
        self = cls._over({"neurons": stack_tree(AtomicNeuron()._data, len(circuits))})
        self._morphology = morphology
        array = self._array(AtomicNeuron)
        for position, circuit in enumerate(circuits):
            array._view(position).multicompartment = morphology[circuit]
        return self

    def _array(self, kind: type[AtomicNeuron]) -> AggregateArray:
        return AggregateArray(kind, None, self._data["neurons"])

    def _position(self, key: Any) -> int:
        compartment, index = key
        found = self._morphology._compartments
        number, place = int(compartment), int(index)
        if not 0 <= number < len(found) or not 0 <= place < len(found[number]):
            raise IndexError(f"there is no circuit {place} of compartment {number}")
        return sum(map(len, found[:number])) + place

    @property
    def morphology(self) -> Morphology:
        """A copy of the connections."""
        found = self._morphology._copy()
        array = self._array(AtomicNeuron)
        for i, circuit in enumerate(found.compartments().circuits()):
            found._switches[circuit] = _Switches(
                array._view(i).multicompartment)
        return found

    def __getitem__(self, key: Any) -> Any:
        return self._array(MCSafeAtomicNeuron)._view(self._position(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        position = self._position(key)
        if not isinstance(value, MCSafeAtomicNeuron):
            raise TypeError(f"elements are MCSafeAtomicNeuron, not {value!r}")
        view = self._array(AtomicNeuron)._view(position)
        # the connections belong to the morphology
        kept = _Switches(view.multicompartment)
        assign_tree(view._data, value._data)
        for name in ("enable_conductance_division", "enable_conductance_multiplication",
                     "i_bias_nmda"):
            setattr(kept, name, getattr(value.multicompartment, name))
        view.multicompartment = kept

    def collapse_neuron(self) -> dict[Any, AtomicNeuron]:
        """Return copies of the circuits with their connections, by place in the neuron."""
        array = self._array(AtomicNeuron)
        return {circuit: AtomicNeuron(array._view(i))
                for i, circuit in enumerate(self._morphology.compartments().circuits())}

    @classmethod
    def for_coordinate(cls, at: Any) -> Self:
        """Return a neuron of the shape of the coordinate; its connections are not known yet."""
        morphology = Morphology()
        morphology._compartments = list(at.get_compartments().get_compartments().values())
        return cls._made(morphology)

    def check(self) -> None:
        """Raise ``ValueError`` if a value does not fit its register."""
        circuits = len(self._morphology.compartments().circuits())
        neuron_parts(self._data["neurons"], np.arange(circuits)).encode()

    def parts_at(self, at: Any) -> list[Transfer]:
        """All circuits at their places."""
        if at.get_compartments() != self._morphology.compartments():
            raise MorphologyError(f"the neuron does not have the shape of {at!r}")
        circuits = set(self._morphology.compartments().circuits())
        lost = [c for c, s in self._morphology._switches.items()
                if s.connect_soma_right and c not in circuits]
        if lost:
            raise MorphologyError(f"the soma line passes {lost[0]!r}, which is part of no "
                                  "compartment, so that its switch would not be written")
        enums = np.array([int(a) for a in at.get_atomic_neurons()], np.int64)
        return [neuron_parts(self._data["neurons"], enums)]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return (self._morphology._compartments == other._morphology._compartments
                and bool(super().__eq__(other)))

    __hash__ = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), copy_tree(self._data), self._morphology)

    def __repr__(self) -> str:
        return f"LogicalNeuron(\n{self.morphology}\n)"

    __str__ = __repr__


def _restore(kind: type[LogicalNeuron], data: Any, morphology: Morphology) -> LogicalNeuron:
    self = kind._over(data)
    self._morphology = morphology
    return self
