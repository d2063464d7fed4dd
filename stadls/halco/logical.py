"""Coordinates of neurons that are made of several circuits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .types import coordinate

__all__ = ["CompartmentsError", "LogicalNeuronCompartments", "LogicalNeuronOnDLS",
           "PlacementError"]

# Circuits are connected to their neighbours within a half of the chip only.
HALF_COLUMNS = 128
ROWS = 2


class CompartmentsError(RuntimeError):
    """A circuit belongs to more than one place of a neuron."""


class PlacementError(RuntimeError):
    """A neuron does not fit where it is put.

    Attributes
    ----------
    anchor
        Where it was put.
    """

    def __init__(self, anchor: Any, reason: str) -> None:
        super().__init__(anchor, reason)
        self.anchor = anchor
        self.reason = reason

    def __str__(self) -> str:
        return f"the neuron can't be at {self.anchor!r}: {self.reason}"


class LogicalNeuronCompartments:
    """Which circuits make up which compartment.

    Parameters
    ----------
    compartments
        ``{CompartmentOnLogicalNeuron: [AtomicNeuronOnLogicalNeuron, ...]}``

    Raises
    ------
    RuntimeError
        A circuit is there twice.
    """

    __slots__ = ("_compartments",)

    def __init__(self, compartments: Mapping[Any, Iterable[Any]] | None = None) -> None:
        number, circuit = _types()
        self._compartments = {number(k): tuple(circuit(a) for a in v)
                              for k, v in sorted((compartments or {}).items(),
                                                 key=lambda item: int(item[0]))}
        circuits = [a for v in self._compartments.values() for a in v]
        if len(set(circuits)) != len(circuits):
            raise CompartmentsError("a circuit may belong to one compartment only")

    def get_compartments(self) -> dict[Any, list[Any]]:
        """Return the circuits by compartment."""
        return {k: list(v) for k, v in self._compartments.items()}

    def circuits(self) -> list[Any]:
        """Return all circuits in the order of the compartments."""
        return [a for v in self._compartments.values() for a in v]

    def flip_x(self) -> LogicalNeuronCompartments:
        """Return it with left and right exchanged."""
        columns = [int(a.x()) for a in self.circuits()]
        turn = max(columns) + min(columns) if columns else 0
        return self._moved(lambda x, y: (turn - x, y))

    def flip_y(self) -> LogicalNeuronCompartments:
        """Return it with top and bottom exchanged."""
        rows = [int(a.y()) for a in self.circuits()]
        turn = max(rows) + min(rows) if rows else 0
        return self._moved(lambda x, y: (x, turn - y))

    def _moved(self, place: Any) -> LogicalNeuronCompartments:
        _, circuit = _types()
        columns = HALF_COLUMNS

        def moved(a: Any) -> Any:
            x, y = place(int(a.x()), int(a.y()))
            return circuit._of(y * columns + x)

        return LogicalNeuronCompartments({k: [moved(a) for a in v]
                                          for k, v in self._compartments.items()})

    def __eq__(self, other: object) -> bool:
        if isinstance(other, LogicalNeuronCompartments):
            return self._compartments == other._compartments
        return NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self._compartments.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._compartments,)

    def __repr__(self) -> str:
        rows = ", ".join(f"{int(k)}: {[(int(a.x()), int(a.y())) for a in v]}"
                         for k, v in self._compartments.items())
        return f"LogicalNeuronCompartments({{{rows}}})"


class LogicalNeuronOnDLS:
    """A neuron of several circuits at its place on the chip.

    Parameters
    ----------
    compartments
        Its shape; by default one circuit.
    anchor
        ``AtomicNeuronOnDLS`` of its left column and top row.

    Raises
    ------
    RuntimeError
        It leaves the two rows or the columns, or crosses from column 127 to 128.
    """

    __slots__ = ("_anchor", "_compartments", "_placed")

    def __init__(self, compartments: LogicalNeuronCompartments | None = None,
                 anchor: Any = None) -> None:
        number, circuit = _types()
        place = coordinate("AtomicNeuronOnDLS")
        self._compartments = LogicalNeuronCompartments({number(): [circuit()]}) \
            if compartments is None else compartments
        self._anchor = place() if anchor is None else place(anchor)
        circuits = self._compartments.circuits()
        left = min((int(a.x()) for a in circuits), default=0)
        top = min((int(a.y()) for a in circuits), default=0)
        columns = coordinate("NeuronColumnOnDLS").size

        def placed(a: Any) -> Any:
            x = int(self._anchor.x()) + int(a.x()) - left
            y = int(self._anchor.y()) + int(a.y()) - top
            if y >= ROWS:
                raise PlacementError(self._anchor, "it leaves the two rows of circuits")
            if x >= columns:
                raise PlacementError(self._anchor, f"it leaves the {columns} columns")
            if x // HALF_COLUMNS != int(self._anchor.x()) // HALF_COLUMNS:
                raise PlacementError(self._anchor, "it crosses from column "
                                     f"{HALF_COLUMNS - 1} to {HALF_COLUMNS}")
            return place._of(y * columns + x)

        self._placed = {k: [placed(a) for a in v]
                        for k, v in self._compartments.get_compartments().items()}

    def get_compartments(self) -> LogicalNeuronCompartments:
        """Return the shape of the neuron."""
        return self._compartments

    def get_placed_compartments(self) -> dict[Any, list[Any]]:
        """Return the ``AtomicNeuronOnDLS`` by compartment."""
        return {k: list(v) for k, v in self._placed.items()}

    def get_atomic_neurons(self) -> list[Any]:
        """Return all ``AtomicNeuronOnDLS`` in the order of the compartments."""
        return [a for v in self._placed.values() for a in v]

    def _key(self) -> tuple[Any, ...]:
        return self._compartments, self._anchor

    def __eq__(self, other: object) -> bool:
        if isinstance(other, LogicalNeuronOnDLS):
            return self._key() == other._key()
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._key()

    def __repr__(self) -> str:
        return f"LogicalNeuronOnDLS({self._compartments!r}, {self._anchor!r})"


def _types() -> tuple[Any, Any]:
    return coordinate("CompartmentOnLogicalNeuron"), coordinate("AtomicNeuronOnLogicalNeuron")
