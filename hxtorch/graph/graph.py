"""The data-flow graph and its builder, in single-assignment form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hxtorch.errors import GraphError
from hxtorch.graph.vertices import Circuit, Vertex


@dataclass(frozen=True)
class Edge:
    """Use of a vertex's output: all its channels, or a consecutive part of them.

    Attributes
    ----------
    source : int
        Descriptor of the vertex.
    channels : range
        Part of its output.
    """

    source: int
    channels: range


@dataclass(frozen=True)
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
    """

    vertex: Vertex
    instance: int | None
    inputs: tuple[Edge, ...]


class Graph:
    """A data-flow graph that grows by one vertex at a time.

    A vertex can only use vertices that are in the graph already, and never changes afterwards:
    what has been added is in an order in which it can be computed.
    """

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._by_instance: dict[int, list[tuple[int, Node]]] = {}
        self._occupied: set[tuple[int, int, type[Vertex]]] = set()

    @property
    def nodes(self) -> Sequence[Node]:
        """All vertices in order of descriptor; not to be changed."""
        return self._nodes

    @property
    def instances(self) -> list[int]:
        """Execution instances in order of their number."""
        return sorted(self._by_instance)

    def in_instance(self, instance: int) -> Sequence[tuple[int, Node]]:
        """Descriptors and nodes of one execution instance, in order."""
        return self._by_instance.get(instance, [])

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
        self._check_inputs(vertex, instance, edges)
        if instance is not None and isinstance(vertex, Circuit):
            self._occupied.add((instance, vertex.hemisphere, type(vertex)))
        node = Node(vertex, instance, edges)
        descriptor = len(self._nodes)
        self._nodes.append(node)
        if instance is not None:
            self._by_instance.setdefault(instance, []).append((descriptor, node))
        return descriptor

    def _edge(self, vertex: Vertex, entry: int | tuple[int, range]) -> Edge:
        source, channels = entry if isinstance(entry, tuple) else (entry, None)
        if source not in range(len(self._nodes)):
            raise GraphError(
                f"{vertex.label} uses vertex {source}; the graph holds 0..{len(self._nodes) - 1}"
            )
        size = self._nodes[source].vertex.size
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
        if (
            instance is not None
            and isinstance(vertex, Circuit)
            and (instance, vertex.hemisphere, type(vertex)) in self._occupied
        ):
            raise GraphError(f"{vertex.label} is in use already in instance {instance}")

    def _check_inputs(self, vertex: Vertex, instance: int | None, edges: tuple[Edge, ...]) -> None:
        least, most = vertex.arity
        if len(edges) < least or (most is not None and len(edges) > most):
            raise GraphError(
                f"{vertex.label} has {len(edges)} inputs; allowed: {least}..{most or 'any'}"
            )
        for edge in edges:
            source = self._nodes[edge.source]
            signal = source.vertex.gives
            if signal is not vertex.takes:
                raise GraphError(
                    f"{vertex.label} takes {vertex.takes.value if vertex.takes else 'nothing'}; "
                    f"vertex {edge.source} ({source.vertex.label}) gives {signal.value}"
                )
            if source.instance != instance and not signal.storable:
                raise GraphError(
                    f"{signal.value} of vertex {edge.source} (instance {source.instance}) cannot "
                    f"reach {vertex.label} in instance {instance}: it cannot be stored"
                )
            if (
                not signal.storable
                and isinstance(vertex, Circuit)
                and isinstance(source.vertex, Circuit)
                and vertex.hemisphere != source.vertex.hemisphere
            ):
                raise GraphError(f"no wire leads from {source.vertex.label} to {vertex.label}")
        sizes = [len(edge.channels) for edge in edges]
        if edges and not vertex.input_sizes_fit(sizes):
            raise GraphError(f"{vertex.label} cannot use inputs of sizes {sizes}")

    def __len__(self) -> int:
        return len(self._nodes)

    def __str__(self) -> str:
        lines = []
        for descriptor, node in enumerate(self._nodes):
            place = "host" if node.instance is None else f"instance {node.instance}"
            sources = []
            for edge in node.inputs:
                whole = len(edge.channels) == self._nodes[edge.source].vertex.size
                part = "" if whole else f"[{edge.channels.start}:{edge.channels.stop}]"
                sources.append(f"%{edge.source}{part}")
            arguments = f" <- {', '.join(sources)}" if sources else ""
            lines.append(
                f"%{descriptor}: {node.vertex.gives.value} = "
                f"{node.vertex.label} ({place}){arguments}"
            )
        return "\n".join(lines)
