"""Graphs as text and as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hxtorch.graph.vertices import Circuit

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


def levels(graph: Graph) -> list[int]:
    """Column of each vertex in a picture: one more than that of the last vertex it uses."""
    found: list[int] = []
    for node in graph.nodes:
        found.append(max((found[edge.source] + 1 for edge in node.inputs), default=0))
    return found


def plot(graph: Graph, file: str | PathLike[str] | None = None) -> Any:
    """Draw a graph; see `Graph.plot`."""
    try:
        from matplotlib.figure import Figure
        from matplotlib.patches import FancyBboxPatch
    except ImportError as error:
        raise ImportError(
            "drawing a graph needs matplotlib: pip install 'hxemu[demo]', or "
            "pip install matplotlib"
        ) from error
    columns = levels(graph)
    rows = _rows(graph, columns)
    width = max(columns, default=0) + 1
    height = max(rows, default=0) + 1
    figure = Figure(figsize=(min(1.7 * width + 1, 60), min(0.8 * height + 1, 60)))
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set_xlim(-0.7, width - 0.3)
    axes.set_ylim(height - 0.3, -0.9)
    for instance in graph.instances:
        places = [(columns[d], rows[d]) for d, _ in graph.in_instance(instance)]
        left, right = min(x for x, _ in places), max(x for x, _ in places)
        top, bottom = min(y for _, y in places), max(y for _, y in places)
        axes.add_patch(
            FancyBboxPatch(
                (left - 0.42, top - 0.42),
                right - left + 0.84,
                bottom - top + 0.8,
                boxstyle="round,pad=0.02",
                facecolor="#f0f4fa",
                edgecolor="#9db3d1",
                zorder=0,
            )
        )
        axes.text(left - 0.4, top - 0.47, f"instance {instance}", fontsize=7, color="#4a6a94")
    for descriptor, node in enumerate(graph.nodes):
        for edge in node.inputs:
            axes.annotate(
                "",
                (columns[descriptor] - 0.38, rows[descriptor]),
                (columns[edge.source] + 0.38, rows[edge.source]),
                arrowprops={"arrowstyle": "-|>", "color": "#777777", "linewidth": 0.8},
                zorder=1,
            )
        _draw_vertex(axes, columns[descriptor], rows[descriptor], descriptor, node)
    if file is not None:
        figure.savefig(file, dpi=150, bbox_inches="tight")
    return figure


def _rows(graph: Graph, columns: list[int]) -> list[int]:
    """Row of each vertex in a picture: circuits in that of their hemisphere's chain."""
    rows: list[int] = []
    occupied: set[tuple[int, int]] = set()
    chains: dict[tuple[int, int], int] = {}
    for descriptor, node in enumerate(graph.nodes):
        column = columns[descriptor]
        if isinstance(node.vertex, Circuit) and node.instance is not None:
            place = (node.instance, node.vertex.hemisphere)
            row = chains.setdefault(place, len(chains))
        else:
            sources = [rows[edge.source] for edge in node.inputs]
            row = min(sources, default=0)
            while (column, row) in occupied:
                row += 1
        rows.append(row)
        occupied.add((column, row))
    return rows


def _draw_vertex(axes: Any, x: float, y: float, descriptor: int, node: Node) -> None:
    name = type(node.vertex).__name__
    detail = node.vertex.details
    text = f"%{descriptor} {name}\n{node.vertex.size}"
    if node.steps > 1:
        text += f" x {node.steps}"
    if detail:
        text += f" · {detail}" if len(detail) < 18 else f"\n{detail}"
    axes.text(
        x,
        y,
        text,
        ha="center",
        va="center",
        fontsize=5.5,
        zorder=2,
        bbox={
            "boxstyle": "round,pad=0.3",
            "facecolor": "#cfe0f5" if node.vertex.on_chip else "#f6e3c5",
            "edgecolor": "#555555",
            "linewidth": 0.6,
        },
    )
