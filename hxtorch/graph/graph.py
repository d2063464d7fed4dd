"""The data-flow graph and its builder, in single-assignment form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hxtorch.errors import GraphError
from hxtorch.execution.partition import BUSES
from hxtorch.graph.rows import row_layout
from hxtorch.graph.vertices import (
    Addition,
    Circuit,
    CrossbarNodes,
    EventTrain,
    ExternalInput,
    ExternalOutput,
    Load,
    Parameter,
    Rearrangement,
    Signal,
    SynapseArrayView,
    SynapseDrivers,
    Vertex,
)

if TYPE_CHECKING:
    from os import PathLike


@dataclass(frozen=True, slots=True)
class Edge:
    """Use of a vertex's output: all its channels, or a consecutive part of them.

    Attributes
    ----------
    source : int
        Descriptor of the vertex.
    channels : range
        Part of its output, the same in every step.
    """

    source: int
    channels: range


@dataclass(frozen=True, slots=True)
class Node:
    """A vertex in its place.

    Attributes
    ----------
    vertex : Vertex
        The circuit or computation.
    instance : int or None
        Execution instance, None on the host.
    inputs : tuple of Edge
        Where its inputs come from.
    signal : Signal
        What its output is.
    steps : int
        Vectors per batch entry at its output.
    """

    vertex: Vertex
    instance: int | None
    inputs: tuple[Edge, ...]
    signal: Signal
    steps: int


class Graph:
    """A data-flow graph that grows by one vertex at a time.

    A vertex can only use vertices that are in the graph already, and never changes afterwards:
    what has been added is in an order in which it can be computed. What the hardware cannot do
    is refused with a `GraphError` that leaves the graph as it was.
    """

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._by_instance: dict[int, list[int]] = {}
        self._occupied: dict[tuple[int, int, type[Vertex]], int] = {}
        self._names: set[tuple[type[Vertex], str]] = set()
        # sets of execution instances as bits of an integer: what a node waits for, and what
        # the loads of an instance wait for
        self._waits: list[int] = []
        self._requires: dict[int, int] = {}

    # --- what is in it

    @property
    def nodes(self) -> Sequence[Node]:
        """All vertices in order of descriptor; not to be changed."""
        return self._nodes

    @property
    def instances(self) -> list[int]:
        """Execution instances in order of their number."""
        return sorted(self._by_instance)

    @property
    def next_instance(self) -> int:
        """The first number behind those of all execution instances."""
        return max(self._by_instance, default=-1) + 1

    def in_instance(self, instance: int) -> list[tuple[int, Node]]:
        """Descriptors and nodes of one execution instance, in order."""
        return [(d, self._nodes[d]) for d in self._by_instance.get(instance, ())]

    def dependencies(self) -> dict[int, set[int]]:
        """For each execution instance, those whose results it uses, directly or through others.

        Instances that do not occur in each other's set can run at the same time.
        """
        return {
            instance: set(_bits(self._closed(self._requires.get(instance, 0))))
            for instance in self.instances
        }

    def inputs(self) -> dict[str, int]:
        """Descriptors of the external inputs by name."""
        return {v.name: d for d, v in self._of_type(ExternalInput)}

    def outputs(self) -> dict[str, int]:
        """Descriptors of the external outputs by name."""
        return {v.name: d for d, v in self._of_type(ExternalOutput)}

    def parameters(self) -> dict[str, tuple[int, ...]]:
        """Shapes of all parameters by name; a matrix has the least shape that covers its uses."""
        shapes: dict[str, tuple[int, ...]] = {
            v.name: (v.size,) for _, v in self._of_type(Parameter)
        }
        for _, view in self._of_type(SynapseArrayView):
            rows, columns = shapes.get(view.weights, (0, 0))
            shapes[view.weights] = (max(rows, view.rows.stop), max(columns, view.columns.stop))
        return shapes

    def _of_type(self, kind: Any) -> Iterator[tuple[int, Any]]:
        for descriptor, node in enumerate(self._nodes):
            if isinstance(node.vertex, kind):
                yield descriptor, node.vertex

    def __len__(self) -> int:
        return len(self._nodes)

    # --- building

    def add(
        self,
        vertex: Vertex,
        inputs: Sequence[int | tuple[int, range]] = (),
        *,
        instance: int | None = None,
    ) -> int:
        """Add a vertex.

        Parameters
        ----------
        vertex : Vertex
            What is computed.
        inputs : sequence of int or (int, range)
            Descriptors of the vertices it uses; with a range: only these of its channels.
        instance : int, optional
            Execution instance; required for circuits, not allowed for computations on the host.

        Returns
        -------
        int
            Descriptor of the new vertex.

        Raises
        ------
        GraphError
            The hardware cannot do this; the graph is unchanged.
        """
        edges = tuple(self._edge(vertex, entry) for entry in inputs)
        self._check_place(vertex, instance)
        signal = self._check_inputs(vertex, instance, edges)
        steps = self._steps(vertex, edges)
        waits = 0
        for edge in edges:
            waits |= self._waits[edge.source]
        if instance is not None and isinstance(vertex, Circuit):
            self._check_circuit(vertex, instance, edges, steps, waits)
            self._occupied[instance, vertex.hemisphere, type(vertex)] = len(self._nodes)
            if isinstance(vertex, Load):
                self._requires[instance] = self._requires.get(instance, 0) | waits
            waits |= 1 << instance
        if isinstance(vertex, ExternalInput | ExternalOutput | Parameter):
            self._names.add((type(vertex), vertex.name))
        descriptor = len(self._nodes)
        self._nodes.append(Node(vertex, instance, edges, signal, steps))
        self._waits.append(waits)
        if instance is not None:
            self._by_instance.setdefault(instance, []).append(descriptor)
        return descriptor

    def _edge(self, vertex: Vertex, entry: int | tuple[int, range]) -> Edge:
        source, channels = entry if isinstance(entry, tuple) else (entry, None)
        if source not in range(len(self._nodes)):
            raise GraphError(
                f"{vertex.label} uses vertex {source}; the graph holds 0..{len(self._nodes) - 1}"
            )
        size = self._nodes[source].vertex.channels
        if channels is None:
            channels = range(size)
        if len(channels) == 0 or channels.step != 1 or channels[0] < 0 or channels[-1] >= size:
            raise GraphError(
                f"{vertex.label} uses channels {channels} of vertex {source}; "
                f"allowed: consecutive channels within 0..{size - 1}"
            )
        return Edge(source, channels)

    def _check_place(self, vertex: Vertex, instance: int | None) -> None:
        if vertex.size < 1 or (vertex.limit is not None and vertex.size > vertex.limit):
            raise GraphError(
                f"{vertex.label} has size {vertex.size}; allowed: 1..{vertex.limit or 'any'}"
            )
        if vertex.on_chip != (instance is not None):
            place = "an execution instance" if vertex.on_chip else "no execution instance"
            raise GraphError(f"{vertex.label} needs {place}; instance is {instance}")
        if instance is not None and instance < 0:
            raise GraphError(f"instance is {instance}; allowed: at least 0")
        if (
            instance is not None
            and isinstance(vertex, Circuit)
            and (instance, vertex.hemisphere, type(vertex)) in self._occupied
        ):
            raise GraphError(f"{vertex.label} is in use already in instance {instance}")
        if isinstance(vertex, ExternalInput | ExternalOutput | Parameter):
            if (type(vertex), vertex.name) in self._names:
                raise GraphError(
                    f"the graph has a {type(vertex).__name__} {vertex.name!r} already"
                )
            if isinstance(vertex, ExternalInput) and vertex.steps < 1:
                raise GraphError(f"{vertex.label} has {vertex.steps} steps; allowed: at least 1")

    def _check_inputs(
        self, vertex: Vertex, instance: int | None, edges: tuple[Edge, ...]
    ) -> Signal:
        """Check what comes in; returns the signal that goes out."""
        least, most = vertex.arity
        if len(edges) < least or (most is not None and len(edges) > most):
            raise GraphError(
                f"{vertex.label} has {len(edges)} inputs; allowed: {least}..{most or 'any'}"
            )
        first = self._nodes[edges[0].source].signal if edges else None
        for edge in edges:
            source = self._nodes[edge.source]
            if source.signal not in vertex.takes:
                raise GraphError(
                    f"{vertex.label} takes {_names(vertex.takes)}; vertex {edge.source} "
                    f"({source.vertex.label}) gives {source.signal.value}{_hint(vertex, source)}"
                )
            if source.signal is not first:
                raise GraphError(f"{vertex.label} takes one type of signal at all its inputs")
            if not source.signal.storable and source.instance != instance:
                raise GraphError(
                    f"{source.signal.value} of vertex {edge.source} (instance {source.instance}) "
                    f"cannot reach {vertex.label} in instance {instance}: only what is stored can"
                )
            if isinstance(source.vertex, ExternalOutput):
                raise GraphError(f"vertex {edge.source} is an output: nothing can use it")
            if (
                not source.signal.storable
                and isinstance(vertex, Circuit)
                and isinstance(source.vertex, Circuit)
                and vertex.hemisphere != source.vertex.hemisphere
            ):
                raise GraphError(f"no wire leads from {source.vertex.label} to {vertex.label}")
        sizes = [len(edge.channels) for edge in edges]
        if edges and not vertex.input_sizes_fit(sizes):
            raise GraphError(f"{vertex.label} cannot use inputs of sizes {sizes}")
        signal = vertex.signal if isinstance(vertex, ExternalInput) else vertex.gives or first
        assert signal is not None
        return signal

    def _steps(self, vertex: Vertex, edges: tuple[Edge, ...]) -> int:
        if isinstance(vertex, ExternalInput):
            return vertex.steps
        if isinstance(vertex, Rearrangement):
            places = sum(self._nodes[e.source].steps * len(e.channels) for e in edges)
            if vertex.index.min() < -1 or vertex.index.max() >= places:
                raise GraphError(
                    f"{vertex.label} uses places {vertex.index.min()}..{vertex.index.max()}; "
                    f"allowed: -1..{places - 1}"
                )
            return vertex.steps
        counts = {
            self._nodes[edge.source].steps
            for edge in edges
            if not (
                isinstance(vertex, Addition)
                and isinstance(self._nodes[edge.source].vertex, Parameter)
            )
        }
        if len(counts) > 1:
            raise GraphError(
                f"{vertex.label} has inputs of {sorted(counts)} steps; allowed: equal numbers"
            )
        return counts.pop() if counts else 1

    def _check_circuit(
        self, vertex: Circuit, instance: int, edges: tuple[Edge, ...], steps: int, waits: int
    ) -> None:
        if isinstance(vertex, Load):
            if self._closed(waits) >> instance & 1:
                raise GraphError(
                    f"{vertex.label} of instance {instance} would use what instance {instance} "
                    "stores later: execution instances cannot wait for each other"
                )
            self._check_twin(vertex, instance, "steps", steps)
        elif isinstance(vertex, EventTrain):
            for name in ("num_sends", "wait_between_events"):
                self._check_twin(vertex, instance, name, getattr(vertex, name))
        elif isinstance(vertex, SynapseDrivers):
            self._check_buses(vertex, edges)
        elif isinstance(vertex, CrossbarNodes):
            source = self._nodes[edges[0].source].vertex
            if isinstance(source, CrossbarNodes) and source.buses != vertex.buses:
                raise GraphError(
                    f"{vertex.label} has {vertex.buses} buses; the crossbar offers {source.buses}"
                )

    def _check_twin(self, vertex: Circuit, instance: int, name: str, value: int) -> None:
        """Refuse what the other hemisphere of the instance does differently."""
        twin = self._occupied.get((instance, 1 - vertex.hemisphere, type(vertex)))
        if twin is None:
            return
        node = self._nodes[twin]
        other = node.steps if name == "steps" else getattr(node.vertex, name)
        if other != value:
            raise GraphError(
                f"{vertex.label} has {name} {value}; the other hemisphere of instance {instance} "
                f"has {other}, and both share the packets of events"
            )

    def _check_buses(self, vertex: SynapseDrivers, edges: tuple[Edge, ...]) -> None:
        needed = min(row_layout(vertex.modes, vertex.size).drivers, BUSES)
        source = self._nodes[edges[0].source].vertex
        assert isinstance(source, CrossbarNodes)
        if source.buses < needed:
            raise GraphError(
                f"{vertex.label} has drivers on {needed} PADI buses; connected: {source.buses}"
            )

    def _closed(self, instances: int) -> int:
        """These instances and all that they wait for."""
        closed, new = instances, instances
        while new:
            found = 0
            for instance in _bits(new):
                found |= self._requires.get(instance, 0)
            new = found & ~closed
            closed |= new
        return closed

    # --- showing

    def __str__(self) -> str:
        from hxtorch.graph.show import to_text

        return to_text(self)

    def __repr__(self) -> str:
        return (
            f"<Graph: {len(self._nodes)} vertices, {len(self._by_instance)} execution instances>"
        )

    def plot(self, file: str | PathLike[str] | None = None) -> Any:
        """Draw the graph: execution instances as boxes, what they use to the left of them.

        Parameters
        ----------
        file : path, optional
            Where to save the picture (png, pdf, svg by its ending).

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ImportError
            matplotlib is not installed.
        """
        from hxtorch.graph.show import plot

        return plot(self, file)


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _names(signals: frozenset[Signal]) -> str:
    return " or ".join(sorted(signal.value for signal in signals)) or "nothing"


def _hint(vertex: Vertex, source: Node) -> str:
    if isinstance(vertex, Load) and source.signal is Signal.INT8:
        return ": a ConvertingReLU makes activations of it"
    return ""
