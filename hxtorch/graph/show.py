"""Graphs as text and as pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hxtorch.graph.vertices import Circuit, Parameter

if TYPE_CHECKING:
    from os import PathLike

    from hxtorch.graph.graph import Graph, Node

#: Vertices beyond this number are counted, not listed.
MOST_LINES = 400


def to_text(graph: Graph) -> str:
    """List the vertices in order, with a heading where the execution instance changes.

    ``%3 = Store[10] top: int8 <- %2[0:10]`` reads: vertex 3 stores ten 8-bit numbers, which are
    channels 0 to 9 of vertex 2.
    """
    requirements = graph.dependencies()
    lines: list[str] = []
    place: int | None = -1
    for descriptor, node in enumerate(graph.nodes[:MOST_LINES]):
        if node.instance != place:
            place = node.instance
            lines.append(_heading(place, requirements))
        lines.append("  " + _line(graph, descriptor, node))
    hidden = len(graph) - MOST_LINES
    if hidden > 0:
        lines.append(f"... and {hidden} more vertices, {len(requirements)} instances in all")
    return "\n".join(lines)


def _heading(instance: int | None, requirements: dict[int, set[int]]) -> str:
    if instance is None:
        return "host:"
    needed = sorted(requirements[instance])
    after = f" (after {', '.join(map(str, needed))})" if needed else ""
    return f"instance {instance}{after}:"


def _line(graph: Graph, descriptor: int, node: Node) -> str:
    sources = []
    for edge in node.inputs:
        whole = len(edge.channels) == graph.nodes[edge.source].vertex.channels
        part = "" if whole else f"[{edge.channels.start}:{edge.channels.stop}]"
        sources.append(f"%{edge.source}{part}")
    text = f"%{descriptor} = {node.vertex.label}"
    if node.vertex.details:
        text += f" ({node.vertex.details})"
    text += f": {node.signal.value}"
    if node.steps > 1:
        text += f" x {node.steps}"
    return text + (f" <- {', '.join(sources)}" if sources else "")


# --- pictures: host vertices and whole instances stand side by side, circuits below each other

_WIDTH, _HEIGHT = 1.6, 0.52
_GAP = 0.55


@dataclass
class _Box:
    """A host vertex or a whole execution instance."""

    members: list[int]
    instance: int | None
    level: int = 0
    x: float = 0.0
    y: float = 0.0

    def chains(self, graph: Graph) -> list[list[int]]:
        """Vertices below each other, one list for each hemisphere."""
        if self.instance is None:
            return [self.members]
        sides: dict[int, list[int]] = {}
        for member in self.members:
            vertex = graph.nodes[member].vertex
            assert isinstance(vertex, Circuit)
            sides.setdefault(vertex.hemisphere, []).append(member)
        return [sides[side] for side in sorted(sides)]


def _boxes(graph: Graph) -> tuple[list[_Box], dict[int, _Box]]:
    boxes: list[_Box] = []
    owner: dict[int, _Box] = {}
    instances: dict[int, _Box] = {}
    for descriptor, node in enumerate(graph.nodes):
        if node.instance is None:
            box = _Box([descriptor], None)
            boxes.append(box)
        elif node.instance in instances:
            box = instances[node.instance]
            box.members.append(descriptor)
        else:
            box = instances[node.instance] = _Box([descriptor], node.instance)
            boxes.append(box)
        owner[descriptor] = box
    return boxes, owner


def _set_levels(graph: Graph, boxes: list[_Box], owner: dict[int, _Box]) -> None:
    """Level of a box: one more than that of the last box it uses; constants beside their use."""
    changed = True
    while changed:
        changed = False
        for box in boxes:
            sources = [owner[e.source] for m in box.members for e in graph.nodes[m].inputs]
            level = max((other.level + 1 for other in sources if other is not box), default=0)
            changed |= level > box.level
            box.level = max(box.level, level)
    for node, box in ((graph.nodes[d], owner[d]) for d in owner):
        for edge in node.inputs:
            source = owner[edge.source]
            if isinstance(graph.nodes[edge.source].vertex, Parameter):
                source.level = max(source.level, box.level - 1)


def _arrange(graph: Graph, boxes: list[_Box]) -> dict[int, tuple[float, float]]:
    """Centre of every vertex; boxes of one level stand below each other around y = 0."""
    centres: dict[int, tuple[float, float]] = {}
    left = 0.0
    for level in sorted({box.level for box in boxes}):
        column = [box for box in boxes if box.level == level]
        shapes = [box.chains(graph) for box in column]
        width = max(len(chains) for chains in shapes) * _WIDTH
        heights = [max(map(len, chains)) * _HEIGHT + _GAP for chains in shapes]
        top = -sum(heights) / 2
        for box, chains, height in zip(column, shapes, heights, strict=True):
            box.x, box.y = left, top
            for side, chain in enumerate(chains):
                x = left + (width - len(chains) * _WIDTH) / 2 + (side + 0.5) * _WIDTH
                for place, member in enumerate(chain):
                    centres[member] = (x, top + _GAP + (place + 0.5) * _HEIGHT)
            top += height
        left += width + _GAP
    return centres


def plot(graph: Graph, file: str | PathLike[str] | None = None) -> Any:
    """Draw a graph; see `Graph.plot`."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "drawing a graph needs matplotlib: pip install 'hxemu[demo]', or "
            "pip install matplotlib"
        ) from error
    boxes, owner = _boxes(graph)
    _set_levels(graph, boxes, owner)
    centres = _arrange(graph, boxes)
    xs, ys = zip(*(centres.values() or [(0.0, 0.0)]), strict=True)
    width, height = max(xs) - min(xs) + 2 * _WIDTH, max(ys) - min(ys) + 3 * _HEIGHT
    figure = Figure(figsize=(min(0.9 * width, 60), min(0.9 * height, 60)))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(min(xs) - _WIDTH, max(xs) + _WIDTH)
    axes.set_ylim(max(ys) + _HEIGHT, min(ys) - 2 * _HEIGHT)
    for box in boxes:
        if box.instance is not None:
            _draw_instance(axes, box.instance, [centres[member] for member in box.members])
    for descriptor, node in enumerate(graph.nodes):
        for edge in node.inputs:
            inside = node.instance is not None and owner[edge.source] is owner[descriptor]
            _draw_edge(axes, centres[edge.source], centres[descriptor], inside)
        _draw_vertex(axes, *centres[descriptor], descriptor, node)
    if file is not None:
        figure.savefig(file, dpi=150)
    return figure


def _draw_instance(axes: Any, instance: int, places: list[tuple[float, float]]) -> None:
    from matplotlib.patches import FancyBboxPatch

    xs, ys = zip(*places, strict=True)
    left, top = min(xs) - _WIDTH / 2, min(ys) - 0.75 * _HEIGHT
    axes.add_patch(
        FancyBboxPatch(
            (left, top),
            max(xs) - min(xs) + _WIDTH,
            max(ys) - min(ys) + 1.3 * _HEIGHT,
            boxstyle="round,pad=0.02",
            facecolor="#f0f4fa",
            edgecolor="#9db3d1",
            zorder=0,
        )
    )
    axes.text(left, top - 0.06, f"instance {instance}", fontsize=7, color="#4a6a94")


def _draw_edge(
    axes: Any, source: tuple[float, float], target: tuple[float, float], inside: bool
) -> None:
    """Draw an arrow: downwards within an instance, to the right between boxes."""
    half = (0.0, 0.4 * _HEIGHT) if inside else (0.4 * _WIDTH, 0.0)
    axes.annotate(
        "",
        (target[0] - half[0], target[1] - half[1]),
        (source[0] + half[0], source[1] + half[1]),
        arrowprops={"arrowstyle": "-|>", "color": "#777777", "linewidth": 0.8},
        zorder=1,
    )


def _draw_vertex(axes: Any, x: float, y: float, descriptor: int, node: Node) -> None:
    text = f"%{descriptor} {type(node.vertex).__name__}[{node.vertex.size}]"
    if node.steps > 1:
        text += f" x {node.steps}"
    if node.vertex.details:
        text += f"\n{node.vertex.details}"
    axes.text(
        x,
        y,
        text,
        ha="center",
        va="center",
        fontsize=6,
        zorder=2,
        bbox={
            "boxstyle": "round,pad=0.3",
            "facecolor": "#cfe0f5" if node.vertex.on_chip else "#f6e3c5",
            "edgecolor": "#555555",
            "linewidth": 0.6,
        },
    )
