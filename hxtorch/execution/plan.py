"""What an execution instance does, read off its vertices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from hxtorch.errors import GraphError
from hxtorch.graph.graph import Graph, Node
from hxtorch.graph.rows import RowLayout, row_layout
from hxtorch.graph.vertices import (
    Addition,
    Circuit,
    EventTrain,
    ExternalInput,
    Load,
    Parameter,
    Store,
    SynapseArrayView,
    SynapseDrivers,
)


@dataclass(frozen=True, slots=True)
class SidePlan:
    """Chain of circuits of one hemisphere.

    Attributes
    ----------
    source : int
        Descriptor of the vertex whose activations are loaded.
    channels : range
        Part of its channels.
    layout : RowLayout
        Rows of these channels.
    weights : str
        Name of the matrix.
    rows, columns : range
        Part of the matrix.
    store : int
        Descriptor of the vertex that stores the readings.
    """

    source: int
    channels: range
    layout: RowLayout
    weights: str
    rows: range
    columns: range
    store: int


@dataclass(frozen=True, slots=True)
class InstancePlan:
    """One execution instance.

    Attributes
    ----------
    instance : int
        Its number.
    sides : (SidePlan or None, SidePlan or None)
        Top and bottom hemisphere.
    num_sends, wait_between_events : int
        Parameters of the events.
    steps : int
        Vectors per batch entry.
    total : int or None
        Descriptor of the addition of both sides' readings, if these are used in no other way.
    """

    instance: int
    sides: tuple[SidePlan | None, SidePlan | None]
    num_sends: int
    wait_between_events: int
    steps: int
    total: int | None = None


def plan_instance(graph: Graph, instance: int) -> InstancePlan:
    """Read an execution instance off the graph.

    Raises
    ------
    GraphError
        A chain of circuits is incomplete or has a branch.
    """
    nodes = graph.in_instance(instance)
    sides: list[SidePlan | None] = [None, None]
    train: EventTrain | None = None
    steps = 1
    for hemisphere in range(2):
        chain: dict[type, tuple[int, Node]] = {}
        for descriptor, node in nodes:
            if isinstance(node.vertex, Circuit) and node.vertex.hemisphere == hemisphere:
                chain[type(node.vertex)] = (descriptor, node)
        if not chain:
            continue
        if Store not in chain:
            last = next(reversed(chain.values()))
            raise GraphError(
                f"instance {instance}: nothing stores what vertex {last[0]} "
                f"({last[1].vertex.label}) gives"
            )
        _check_whole(graph, instance, chain)
        load = chain[Load][1]
        drivers, view = chain[SynapseDrivers][1].vertex, chain[SynapseArrayView][1].vertex
        events = chain[EventTrain][1].vertex
        assert isinstance(drivers, SynapseDrivers)
        assert isinstance(view, SynapseArrayView)
        assert isinstance(events, EventTrain)
        train, steps = events, load.steps
        sides[hemisphere] = SidePlan(
            load.inputs[0].source,
            load.inputs[0].channels,
            row_layout(drivers.modes, drivers.size),
            view.weights,
            view.rows,
            view.columns,
            chain[Store][0],
        )
    assert train is not None
    return InstancePlan(
        instance, (sides[0], sides[1]), train.num_sends, train.wait_between_events, steps
    )


def _check_whole(graph: Graph, instance: int, chain: dict[type, tuple[int, Node]]) -> None:
    """Refuse chains in which a circuit uses only a part of what the one before gives."""
    for descriptor, node in chain.values():
        for edge in node.inputs:
            source = graph.nodes[edge.source]
            if source.instance == instance and len(edge.channels) < source.vertex.channels:
                raise GraphError(
                    f"vertex {descriptor} ({node.vertex.label}) uses channels {edge.channels} of "
                    f"vertex {edge.source}; within a chain of circuits: all"
                )


@dataclass(frozen=True)
class GraphPlan:
    """What an execution needs to know of a graph, whatever its inputs are.

    Attributes
    ----------
    instances : tuple of InstancePlan
        In an order in which they can run.
    loads : dict of int to int
        How often vertices are loaded, by descriptor.
    consumers : dict of int to list of (int, int)
        Vertices on the host that use a vertex, and which of their inputs it is.
    missing : dict of int to int
        Vertices on the host and the numbers of their inputs.
    given : list of int
        External inputs and parameters.
    """

    instances: tuple[InstancePlan, ...]
    loads: dict[int, int]
    consumers: dict[int, list[tuple[int, int]]]
    missing: dict[int, int]
    given: list[int]


_plans: WeakKeyDictionary[Graph, tuple[int, GraphPlan]] = WeakKeyDictionary()


def plan_graph(graph: Graph) -> GraphPlan:
    """Plan the execution of a graph; kept as long as the graph is, and does not grow.

    Raises
    ------
    GraphError
        As `plan_instance`.
    """
    known = _plans.get(graph)
    if known is not None and known[0] == len(graph):
        return known[1]
    plan = GraphPlan(
        tuple(plan_instance(graph, instance) for instance in schedule(graph)), {}, {}, {}, []
    )
    for descriptor, node in enumerate(graph.nodes):
        if isinstance(node.vertex, Load):
            source = node.inputs[0].source
            plan.loads[source] = plan.loads.get(source, 0) + 1
        elif isinstance(node.vertex, ExternalInput | Parameter):
            plan.given.append(descriptor)
        elif node.instance is None:
            for place, edge in enumerate(node.inputs):
                plan.consumers.setdefault(edge.source, []).append((descriptor, place))
            plan.missing[descriptor] = len(node.inputs)
    plan = replace(plan, instances=tuple(_with_total(graph, plan, one) for one in plan.instances))
    _plans[graph] = (len(graph), plan)
    return plan


def _with_total(graph: Graph, plan: GraphPlan, instance: InstancePlan) -> InstancePlan:
    """Note the addition that an instance may do by itself, entry by entry."""
    top, bottom = instance.sides
    if top is None or bottom is None or top.store in plan.loads or bottom.store in plan.loads:
        return instance
    users = [plan.consumers.get(side.store, []) for side in (top, bottom)]
    if [len(one) for one in users] != [1, 1] or users[0][0][0] != users[1][0][0]:
        return instance
    total = users[0][0][0]
    node = graph.nodes[total]
    whole = all(len(edge.channels) == node.vertex.channels for edge in node.inputs)
    columns = {len(top.columns), len(bottom.columns)}
    if isinstance(node.vertex, Addition) and len(node.inputs) == 2 and whole and len(columns) == 1:
        return replace(instance, total=total)
    return instance


def schedule(graph: Graph) -> list[int]:
    """Execution instances in an order in which they can run.

    Those that wait for nothing come first, so that neighbours do not wait for each other where
    that can be avoided; in order of their number otherwise.
    """
    level: dict[int, int] = {}
    needed = graph.dependencies()
    # a number may be lower than one that it waits for
    waiting = sorted(needed, key=lambda instance: (len(needed[instance]), instance))
    for instance in waiting:
        level[instance] = max((level[other] + 1 for other in needed[instance]), default=0)
    return sorted(waiting, key=lambda instance: (level[instance], instance))
