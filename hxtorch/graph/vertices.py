"""Vertices of the data-flow graph: circuits of the chip, and computations on the host.

Edges carry one of a few signal types. Only data that lie in memory (`Signal.UINT5`,
`Signal.INT8`) can pass from one execution instance to another; an analog current or a voltage
exists on one chip, now.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from hxtorch.execution.partition import COLUMNS, HEMISPHERES, ROWS


class Signal(Enum):
    """What an edge carries."""

    UINT5 = "uint5"
    INT8 = "int8"
    EVENTS = "synaptic events"
    CURRENT = "synaptic current"
    MEMBRANE = "membrane voltage"

    @property
    def storable(self) -> bool:
        """Whether it can leave the execution instance that made it."""
        return self in (Signal.UINT5, Signal.INT8)


@dataclass(frozen=True)
class Vertex:
    """Base of all vertices.

    Attributes
    ----------
    size : int
        Number of channels at its output.
    """

    size: int

    #: Signal type of every input, and of the output.
    takes: ClassVar[Signal | None] = None
    gives: ClassVar[Signal]
    #: Whether it is a circuit of a chip (or else a computation on the host).
    on_chip: ClassVar[bool] = False
    #: Range of the number of inputs; None: no upper limit.
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    #: Largest possible size, if the hardware sets one.
    limit: ClassVar[int | None] = None

    def input_sizes_fit(self, sizes: list[int]) -> bool:
        """Whether inputs of these sizes can be connected."""
        return all(size == self.size for size in sizes)

    @property
    def label(self) -> str:
        """Short text for printing."""
        return f"{type(self).__name__}[{self.size}]"


@dataclass(frozen=True)
class Circuit(Vertex):
    """A vertex that occupies a circuit of one hemisphere.

    Attributes
    ----------
    hemisphere : int
        0 top, 1 bottom.
    """

    hemisphere: int
    on_chip: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.hemisphere not in range(HEMISPHERES):
            raise ValueError(f"hemisphere is {self.hemisphere}; allowed: 0 (top), 1 (bottom)")

    @property
    def label(self) -> str:
        """Short text for printing, with the hemisphere."""
        return f"{type(self).__name__}[{self.size}] {('top', 'bottom')[self.hemisphere]}"


@dataclass(frozen=True)
class Input(Vertex):
    """Activations that the user gives, one vector per batch entry."""

    gives: ClassVar[Signal] = Signal.UINT5
    arity: ClassVar[tuple[int, int | None]] = (0, 0)


@dataclass(frozen=True)
class DriverRows(Circuit):
    """Synapse drivers 0..size-1 of a hemisphere, each with two rows: inhibitory, excitatory.

    An activation becomes an event whose payload sets the length of the synaptic pulses.
    """

    takes: ClassVar[Signal | None] = Signal.UINT5
    gives: ClassVar[Signal] = Signal.EVENTS
    limit: ClassVar[int | None] = ROWS


@dataclass(frozen=True)
class SynapseArrayView(Circuit):
    """Columns 0..size-1 and signed rows 0..rows-1 of one synapse array.

    Attributes
    ----------
    rows, columns : range
        Part of the weight matrix that is written to it.
    """

    rows: range
    columns: range
    takes: ClassVar[Signal | None] = Signal.EVENTS
    gives: ClassVar[Signal] = Signal.CURRENT
    limit: ClassVar[int | None] = COLUMNS

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.columns) != self.size:
            raise ValueError(f"columns has length {len(self.columns)}; allowed: {self.size}")

    def input_sizes_fit(self, sizes: list[int]) -> bool:
        """Whether inputs have one channel per signed row."""
        return all(size == len(self.rows) for size in sizes)


@dataclass(frozen=True)
class NeuronView(Circuit):
    """Neurons of columns 0..size-1, integrating charge without leak or spikes."""

    takes: ClassVar[Signal | None] = Signal.CURRENT
    gives: ClassVar[Signal] = Signal.MEMBRANE
    limit: ClassVar[int | None] = COLUMNS


@dataclass(frozen=True)
class CADCReadout(Circuit):
    """Membrane voltages of columns 0..size-1 as 8-bit numbers relative to a baseline."""

    takes: ClassVar[Signal | None] = Signal.MEMBRANE
    gives: ClassVar[Signal] = Signal.INT8
    limit: ClassVar[int | None] = COLUMNS


@dataclass(frozen=True)
class Addition(Vertex):
    """Sum of all inputs in wide integers, clamped once to [-128, 127]."""

    takes: ClassVar[Signal | None] = Signal.INT8
    gives: ClassVar[Signal] = Signal.INT8
    arity: ClassVar[tuple[int, int | None]] = (2, None)


@dataclass(frozen=True)
class Concatenation(Vertex):
    """The inputs one behind the other."""

    takes: ClassVar[Signal | None] = Signal.INT8
    gives: ClassVar[Signal] = Signal.INT8
    arity: ClassVar[tuple[int, int | None]] = (1, None)

    def input_sizes_fit(self, sizes: list[int]) -> bool:
        """Whether the inputs together have the size."""
        return sum(sizes) == self.size
