"""When which stage worked on which execution instance: as text and as a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from os import PathLike

#: Stage name of the time in which a chip has a program.
CHIP = "chip"
#: Spans that are kept of one run; a huge product has millions.
MOST_SPANS = 20_000

#: Rows of a drawing: what they hold.
_ROWS = {
    "pre": ("plan", "configure", "encode", "submit"),
    CHIP: (CHIP,),
    "post": ("decode", "combine"),
}
_COLOURS = {
    "plan": "#8c8c8c",
    "configure": "#c44e52",
    "encode": "#dd8452",
    "submit": "#ccb974",
    CHIP: "#4c72b0",
    "decode": "#55a868",
    "combine": "#8172b3",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Time that one stage spent.

    Attributes
    ----------
    chip : int
        Number of the chip that it was for.
    stage : str
        Stage of `hxtorch.execution.times.STAGES`, or "chip" for the chip itself: from the
        moment when a program was handed over and the one before was done, to its last response.
    instance : int
        Execution instance, -1: none in particular.
    begin, end : float
        Seconds of the process's performance counter.
    """

    chip: int
    stage: str
    instance: int
    begin: float
    end: float


@dataclass
class TimeLine:
    """The spans of one run.

    Attributes
    ----------
    spans : list of Span
        In the order in which they ended, for each chip.
    omitted : int
        Number of spans beyond the first `MOST_SPANS`, which are not kept.
    ran_on : str
        The chips, for pictures.
    """

    spans: list[Span] = field(default_factory=list)
    omitted: int = 0
    ran_on: str = ""

    def add(self, span: Span) -> None:
        """Note a span."""
        if len(self.spans) < MOST_SPANS:
            self.spans.append(span)
        else:
            self.omitted += 1

    def merge(self, other: TimeLine) -> None:
        """Take over the spans of another time line of the same run."""
        for span in other.spans:
            self.add(span)
        self.omitted += other.omitted

    @property
    def chips(self) -> list[int]:
        """Numbers of the chips that took part."""
        return sorted({span.chip for span in self.spans})

    @property
    def begin(self) -> float:
        """Begin of the first span."""
        return min((span.begin for span in self.spans), default=0.0)

    @property
    def end(self) -> float:
        """End of the last span."""
        return max((span.end for span in self.spans), default=0.0)

    def of(self, stages: Iterable[str], chip: int | None = None) -> list[tuple[float, float]]:
        """Time in which any of these stages was at work, as disjoint intervals in order."""
        wanted = frozenset(stages)
        return _union(
            (span.begin, span.end)
            for span in self.spans
            if span.stage in wanted and (chip is None or span.chip == chip)
        )

    def use(self) -> dict[int, float]:
        """Share of the whole time in which each chip had a program."""
        whole = (self.end - self.begin) or 1.0
        return {chip: _length(self.of((CHIP,), chip)) / whole for chip in self.chips}

    def together(self, least: int = 2) -> float:
        """Seconds in which at least so many chips had a program."""
        marks = [
            mark
            for chip in self.chips
            for begin, end in self.of((CHIP,), chip)
            for mark in ((begin, 1), (end, -1))
        ]
        seconds, busy, last = 0.0, 0, 0.0
        for time, change in sorted(marks):
            if busy >= least:
                seconds += time - last
            busy, last = busy + change, time
        return seconds

    def overlap(self) -> float:
        """Share of the host's pre- and post-processing during which some chip had a program."""
        host = self.of((*_ROWS["pre"], *_ROWS["post"]))
        hidden = _length(_intersection(host, self.of((CHIP,))))
        return hidden / (_length(host) or 1.0)

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, width: int = 72) -> str:
        """Draw with characters: digits are execution instances (their last digit).

        Parameters
        ----------
        width : int
            Characters for the whole time.
        """
        if not self.spans:
            return "nothing ran"
        begin, whole = self.begin, (self.end - self.begin) or 1e-9
        lines = [f"{'':<12}0{'':<{width - 9}}{whole * 1e3:>8.2f} ms"]
        for chip in self.chips:
            for name, stages in _ROWS.items():
                row = ["."] * width
                for span in self.spans:
                    if span.chip == chip and span.stage in stages:
                        first = int((span.begin - begin) / whole * width)
                        last = int((span.end - begin) / whole * width)
                        mark = str(span.instance % 10) if span.instance >= 0 else "-"
                        for column in range(first, min(last + 1, width)):
                            row[column] = mark
                title = f"chip {chip}" if name == "pre" else ""
                lines.append(f"{title:<7}{name:<5}{''.join(row)}")
        used = ", ".join(f"{100 * share:.0f} %" for share in self.use().values())
        lines.append(
            f"chips busy {used} of the time; "
            f"{100 * self.overlap():.0f} % of the host's work hidden"
        )
        if self.ran_on:
            lines.append(f"on {self.ran_on}")
        if self.omitted:
            lines.append(f"{self.omitted} later spans are not shown")
        return "\n".join(lines)

    def plot(self, file: str | PathLike[str] | None = None) -> Any:
        """Draw as a picture: three rows per chip.

        Parameters
        ----------
        file : path, optional
            Where to save the picture.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ImportError
            matplotlib is not installed.
        """
        try:
            from matplotlib.figure import Figure
            from matplotlib.patches import Patch
        except ImportError as error:
            raise ImportError(
                "drawing a time line needs matplotlib: pip install 'hxemu[demo]', or "
                "pip install matplotlib"
            ) from error
        rows = [(chip, name) for chip in self.chips for name in _ROWS]
        figure = Figure(figsize=(9, 1.2 + 0.35 * len(rows)), layout="constrained")
        axes = figure.add_subplot()
        begin = self.begin
        for height, (chip, name) in enumerate(rows):
            for span in self.spans:
                if span.chip == chip and span.stage in _ROWS[name]:
                    axes.broken_barh(
                        [((span.begin - begin) * 1e3, (span.end - span.begin) * 1e3)],
                        (height - 0.4, 0.8),
                        facecolors=_COLOURS[span.stage],
                        edgecolor="white",
                        linewidth=0.3,
                    )
        axes.set_yticks(range(len(rows)), [f"chip {chip}: {name}" for chip, name in rows])
        axes.invert_yaxis()
        axes.set_xlabel("ms")
        handles = [Patch(color=colour, label=stage) for stage, colour in _COLOURS.items()]
        figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), fontsize=7)
        figure.supxlabel(self.ran_on, fontsize=6, color="#777777")
        if file is not None:
            figure.savefig(file, dpi=150)
        return figure


def _union(intervals: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for begin, end in sorted(intervals):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _intersection(
    one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    found = []
    i = j = 0
    while i < len(one) and j < len(other):
        begin, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if begin < end:
            found.append((begin, end))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return found


def _length(intervals: Iterable[tuple[float, float]]) -> float:
    return sum(end - begin for begin, end in intervals)
