"""Vertices of the data-flow graph: circuits of the chip, and computations on the host.

An edge carries one type of signal. Only what lies in memory (`Signal.UINT5`, `Signal.INT8`,
`Signal.INDEX`) can pass from one execution instance to another; an event, a current or a voltage
exists on one chip, now.

Every vertex gives a number of channels, `channels`, and every node of a graph a number of
*steps*: vectors of so many channels per batch entry. A dense layer takes one step, a convolution
one for each position of its kernel.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from hxtorch.execution.partition import BUSES, COLUMNS, HEMISPHERES
from hxtorch.graph.rows import RowMode, RowModes, row_layout


class Signal(Enum):
    """What an edge carries."""

    UINT5 = "uint5"
    INT8 = "int8"
    INDEX = "index"
    ACTIVATION = "loaded uint5"
    EVENTS = "timed events"
    ROUTED = "routed events"
    BUS = "events on PADI buses"
    PULSES = "synaptic pulses"
    CURRENT = "synaptic currents"
    MEMBRANE = "membrane voltages"
    READING = "8-bit readings"

    @property
    def storable(self) -> bool:
        """Whether it lies in memory, so that it can leave the instance that made it."""
        return self in MEMORY


MEMORY = frozenset({Signal.UINT5, Signal.INT8, Signal.INDEX})
_NUMBERS = frozenset({Signal.UINT5, Signal.INT8})


@dataclass(frozen=True, slots=True)
class Vertex:
    """Base of all vertices.

    Attributes
    ----------
    size : int
        Number of channels, of the output unless the vertex says otherwise.
    """

    size: int

    #: Signal types of the inputs (all inputs of a vertex carry one type); empty: no inputs.
    takes: ClassVar[frozenset[Signal]] = frozenset()
    #: Signal type of the output; None: that of the inputs.
    gives: ClassVar[Signal | None] = None
    #: Whether it belongs to an execution instance on a chip (or else to the host).
    on_chip: ClassVar[bool] = False
    #: Range of the number of inputs; None: no upper limit.
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    #: Largest possible size, if the hardware sets one.
    limit: ClassVar[int | None] = None

    @property
    def channels(self) -> int:
        """Number of channels at the output."""
        return self.size

    def input_sizes_fit(self, sizes: list[int]) -> bool:
        """Whether inputs of these sizes can be connected."""
        return all(size == self.size for size in sizes)

    @property
    def details(self) -> str:
        """Parameters, for printing."""
        return ""

    @property
    def label(self) -> str:
        """Short text for printing."""
        return f"{type(self).__name__}[{self.size}]"


# --- on the host


@dataclass(frozen=True, slots=True)
class ExternalInput(Vertex):
    """What the user gives: `steps` vectors of `size` numbers per batch entry.

    Attributes
    ----------
    name : str
        By which the user gives it; unique in a graph.
    steps : int
        Vectors per batch entry.
    signal : Signal
        UINT5 (activations, 0..31) or INT8 (-128..127).
    """

    name: str = "input"
    steps: int = 1
    signal: Signal = Signal.UINT5
    arity: ClassVar[tuple[int, int | None]] = (0, 0)

    def __post_init__(self) -> None:
        if self.signal not in _NUMBERS:
            raise ValueError(f"signal is {self.signal.value}; allowed: uint5, int8")

    @property
    def details(self) -> str:
        """Name, and number of vectors if there are several."""
        return repr(self.name) + (f", {self.steps} steps" if self.steps > 1 else "")


@dataclass(frozen=True, slots=True)
class Parameter(Vertex):
    """A vector of 8-bit numbers that is the same for all vectors, such as a bias.

    Attributes
    ----------
    name : str
        Name of the parameter that holds its values.
    """

    name: str
    gives: ClassVar[Signal | None] = Signal.INT8
    arity: ClassVar[tuple[int, int | None]] = (0, 0)

    @property
    def details(self) -> str:
        """Name."""
        return repr(self.name)


@dataclass(frozen=True, slots=True)
class ExternalOutput(Vertex):
    """What the user gets.

    Attributes
    ----------
    name : str
        Under which the user gets it; unique in a graph.
    """

    name: str = "output"
    takes: ClassVar[frozenset[Signal]] = MEMORY

    @property
    def details(self) -> str:
        """Name."""
        return repr(self.name)


@dataclass(frozen=True, slots=True)
class ReLU(Vertex):
    """Rectification, ``max(x, 0)``."""

    takes: ClassVar[frozenset[Signal]] = frozenset({Signal.INT8})
    gives: ClassVar[Signal | None] = Signal.INT8


@dataclass(frozen=True, slots=True)
class ConvertingReLU(Vertex):
    """Rectification and conversion to activations, ``min(max(x, 0) >> shift, 31)``.

    Attributes
    ----------
    shift : int
        Bits to shift right, at least 0.
    """

    shift: int = 2
    takes: ClassVar[frozenset[Signal]] = frozenset({Signal.INT8})
    gives: ClassVar[Signal | None] = Signal.UINT5

    def __post_init__(self) -> None:
        if self.shift < 0:
            raise ValueError(f"shift is {self.shift}; allowed: at least 0")

    @property
    def details(self) -> str:
        """Shift."""
        return f"shift {self.shift}"


@dataclass(frozen=True, slots=True)
class Addition(Vertex):
    """Sum of all inputs in wide integers, clamped once to [-128, 127].

    A `Parameter` among the inputs is added to every step.
    """

    takes: ClassVar[frozenset[Signal]] = frozenset({Signal.INT8})
    gives: ClassVar[Signal | None] = Signal.INT8
    arity: ClassVar[tuple[int, int | None]] = (2, None)


@dataclass(frozen=True, slots=True)
class ArgMax(Vertex):
    """Index of the first maximum among `size` channels; one channel at the output."""

    takes: ClassVar[frozenset[Signal]] = frozenset({Signal.INT8})
    gives: ClassVar[Signal | None] = Signal.INDEX

    @property
    def channels(self) -> int:
        """One index."""
        return 1


@dataclass(frozen=True, slots=True)
class Concatenation(Vertex):
    """The inputs one behind the other, in every step."""

    takes: ClassVar[frozenset[Signal]] = MEMORY
    arity: ClassVar[tuple[int, int | None]] = (1, None)

    def input_sizes_fit(self, sizes: list[int]) -> bool:
        """Whether the inputs together have the size."""
        return sum(sizes) == self.size


@dataclass(frozen=True, slots=True, eq=False)
class Rearrangement(Vertex):
    """Any channels of the inputs, in any order: reshaping, windows of a convolution, padding.

    Attributes
    ----------
    index : array of int64, shape (steps, size)
        For each output channel, its place among all steps and channels of all inputs (those of
        the first input first, its steps in order); -1: a constant zero.
    """

    index: npt.NDArray[np.int64]
    takes: ClassVar[frozenset[Signal]] = MEMORY
    arity: ClassVar[tuple[int, int | None]] = (1, None)

    def __post_init__(self) -> None:
        if self.index.ndim != 2 or self.index.shape[1] != self.size:
            raise ValueError(f"index has shape {self.index.shape}; allowed: (steps, {self.size})")

    @property
    def steps(self) -> int:
        """Vectors per batch entry at the output."""
        return len(self.index)

    @property
    def has_zeros(self) -> bool:
        """Whether some channels are constant zeros."""
        return bool((self.index < 0).any())

    @property
    def is_reshape(self) -> bool:
        """Whether the first places come in order, so that nothing moves in memory."""
        return bool((self.index.ravel() == np.arange(self.index.size)).all())

    def input_sizes_fit(self, sizes: list[int]) -> bool:
        """Whether there is something to choose from; `Graph` checks the places."""
        return bool(sizes)

    @property
    def details(self) -> str:
        """What happens to the channels."""
        return "reshape" if self.is_reshape else f"of {self.index.max() + 1} places"


# --- in an execution instance, in the order in which a signal passes


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Load(Circuit):
    """Activations from memory for one hemisphere."""

    takes: ClassVar[frozenset[Signal]] = frozenset({Signal.UINT5})
    gives: ClassVar[Signal | None] = Signal.ACTIVATION
    limit: ClassVar[int | None] = 256


@dataclass(frozen=True, slots=True)
class EventTrain(Circuit):
    """One event for each activation that is not zero, from the last channel to the first.

    Both hemispheres of an instance share packets, so that they have the same parameters.

    Attributes
    ----------
    num_sends : int
        Repetitions of the whole vector.
    wait_between_events : int
        Spacing of the events in FPGA cycles of 8 ns.
    """

    num_sends: int = 1
    wait_between_events: int = 5
    takes: ClassVar[frozenset[Signal]] = frozenset({Signal.ACTIVATION})
    gives: ClassVar[Signal | None] = Signal.EVENTS
    limit: ClassVar[int | None] = 256

    @property
    def details(self) -> str:
        """Repetitions and spacing."""
        return f"sends {self.num_sends}, wait {self.wait_between_events}"


@dataclass(frozen=True, slots=True)
class CrossbarNodes(Circuit):
    """Crossbar nodes from the FPGA's channels 0..buses-1 to PADI buses of the same number.

    Attributes
    ----------
    buses : int
        Number of nodes, 1 to 4.
    """

    buses: int
    takes: ClassVar[frozenset[Signal]] = frozenset({Signal.EVENTS})
    gives: ClassVar[Signal | None] = Signal.ROUTED

    def __post_init__(self) -> None:
        # a class with slots is a new one, which super() without arguments does not find
        Circuit.__post_init__(self)
        if self.buses not in range(1, BUSES + 1):
            raise ValueError(f"buses is {self.buses}; allowed: 1..{BUSES}")

    @property
    def details(self) -> str:
        """Number of nodes."""
        return f"nodes {self.buses}"


@dataclass(frozen=True, slots=True)
class PADIBuses(CrossbarNodes):
    """PADI buses 0..buses-1: each carries events to every fourth synapse driver."""

    takes: ClassVar[frozenset[Signal]] = frozenset({Signal.ROUTED})
    gives: ClassVar[Signal | None] = Signal.BUS

    @property
    def details(self) -> str:
        """Number of buses."""
        return f"buses {self.buses}"


@dataclass(frozen=True, slots=True)
class SynapseDrivers(Circuit):
    """Synapse drivers that turn events into pulses whose length is the activation.

    Attributes
    ----------
    modes : RowMode or tuple of RowMode
        Of every channel, or of all. A signed channel takes a whole driver with an inhibitory
        and an excitatory row, an unsigned one takes one row, half a driver.
    """

    modes: RowModes = RowMode.SIGNED
    takes: ClassVar[frozenset[Signal]] = frozenset({Signal.BUS})
    gives: ClassVar[Signal | None] = Signal.PULSES
    limit: ClassVar[int | None] = 256

    def __post_init__(self) -> None:
        Circuit.__post_init__(self)
        # raises where the hemisphere has too few drivers
        row_layout(self.modes, self.size)

    @property
    def details(self) -> str:
        """Row modes."""
        modes = {self.modes} if isinstance(self.modes, RowMode) else set(self.modes)
        names = ", ".join(sorted(mode.value for mode in modes))
        return f"{names}, drivers {row_layout(self.modes, self.size).drivers}"


@dataclass(frozen=True, slots=True)
class SynapseArrayView(Circuit):
    """Columns 0..size-1 of one synapse array, with a part of a weight matrix written to it.

    Attributes
    ----------
    weights : str
        Name of the parameter that holds the whole matrix, shape (rows, columns).
    rows, columns : range
        Part of the matrix.
    """

    weights: str
    rows: range
    columns: range
    takes: ClassVar[frozenset[Signal]] = frozenset({Signal.PULSES})
    gives: ClassVar[Signal | None] = Signal.CURRENT
    limit: ClassVar[int | None] = COLUMNS

    def __post_init__(self) -> None:
        Circuit.__post_init__(self)
        if len(self.columns) != self.size:
            raise ValueError(f"columns has length {len(self.columns)}; allowed: {self.size}")
        for name, part in (("rows", self.rows), ("columns", self.columns)):
            if len(part) == 0 or part.step != 1 or part.start < 0:
                raise ValueError(f"{name} is {part}; allowed: consecutive, from 0, not empty")

    def input_sizes_fit(self, sizes: list[int]) -> bool:
        """Whether inputs have one channel per row."""
        return all(size == len(self.rows) for size in sizes)

    @property
    def details(self) -> str:
        """Part of the matrix."""
        rows, columns = self.rows, self.columns
        part = f"{rows.start}:{rows.stop}, {columns.start}:{columns.stop}"
        return f"{self.weights}[{part}]"


@dataclass(frozen=True, slots=True)
class NeuronView(Circuit):
    """Neurons of columns 0..size-1, integrating charge without leak or spikes."""

    takes: ClassVar[frozenset[Signal]] = frozenset({Signal.CURRENT})
    gives: ClassVar[Signal | None] = Signal.MEMBRANE
    limit: ClassVar[int | None] = COLUMNS


@dataclass(frozen=True, slots=True)
class CADCReadout(Circuit):
    """Membrane voltages of columns 0..size-1 as 8-bit numbers relative to a baseline."""

    takes: ClassVar[frozenset[Signal]] = frozenset({Signal.MEMBRANE})
    gives: ClassVar[Signal | None] = Signal.READING
    limit: ClassVar[int | None] = COLUMNS


@dataclass(frozen=True, slots=True)
class Store(Circuit):
    """Readings into memory."""

    takes: ClassVar[frozenset[Signal]] = frozenset({Signal.READING})
    gives: ClassVar[Signal | None] = Signal.INT8
    limit: ClassVar[int | None] = COLUMNS
