"""What a calibration did: a table and a picture of the spread before and after each step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stadls.calibration.session import StepRecord

__all__ = ["Row", "picture", "rows", "table"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One step in numbers.

    Attributes
    ----------
    step
        Its name.
    quantity, unit
        What was measured.
    before, after
        Results at the codes of the start, and at those found; flat.
    target
        What results shall be, of the mean instance; NaN if the step chose none.
    error
        Distance from their targets that 68 % of the results keep, in the unit.
    success
        Share of instances that worked.
    seconds, chip_seconds
        Wall time and chip time.
    programs
        Programs run.
    """

    step: str
    quantity: str
    unit: str
    before: Floats
    after: Floats
    target: float
    error: float
    success: float
    seconds: float
    chip_seconds: float
    programs: int

    @property
    def spread_before(self) -> float:
        """Half of the range of the middle 68 % before."""
        return _spread(self.before)

    @property
    def spread_after(self) -> float:
        """Half of the range of the middle 68 % after."""
        return _spread(self.after)


def rows(records: Iterable[StepRecord]) -> list[Row]:
    """Steps that noted a spread, in their order."""
    found: list[Row] = []
    seen: dict[str, int] = {}
    for record in records:
        if "after" not in record.data:
            continue
        name = record.name[-1]
        seen[name] = seen.get(name, 0) + 1
        found.append(_row(record, name if seen[name] == 1 else f"{name} ({seen[name]})"))
    return found


def _row(record: StepRecord, name: str) -> Row:
    data = record.data
    before, after = (np.asarray(data[key], np.float64) for key in ("before", "after"))
    target = np.asarray(data.get("target", np.nan), np.float64)
    if target.size not in (1, after.size):
        target = np.asarray(np.nan)
    error = np.abs(after.ravel() - target.ravel())
    error = error[np.isfinite(error)]
    success = np.asarray(data.get("success", True), np.float64)
    return Row(name, str(data.get("quantity", "")), str(data.get("unit", "")),
               before.ravel(), after.ravel(), float(np.mean(target)),
               float(np.percentile(error, 68.27)) if error.size else np.nan,
               float(success.mean()), record.seconds, record.chip_seconds, record.programs)


def _spread(values: Floats) -> float:
    """Half of the range of the middle 68 %: what a few failures don't change."""
    found = values[np.isfinite(values)]
    if not found.size:
        return np.nan
    low, high = np.percentile(found, [15.87, 84.13])
    return float(high - low) / 2


def _median(values: Floats) -> float:
    found = values[np.isfinite(values)]
    return float(np.median(found)) if found.size else np.nan


def _number(value: float) -> str:
    return "-" if not np.isfinite(value) else f"{value:.3g}"


def table(steps: Sequence[Row]) -> str:
    """Text with a line for each step: medians, spreads, success and times."""
    head = ("step", "quantity", "unit", "target", "before", "+-", "after", "+-", "error",
            "success", "wall s", "chip s", "programs")
    lines = [head]
    for row in steps:
        lines.append((
            row.step, row.quantity, row.unit, _number(row.target),
            _number(_median(row.before)), _number(row.spread_before),
            _number(_median(row.after)), _number(row.spread_after),
            _number(row.error), f"{row.success:.1%}", f"{row.seconds:.2f}",
            f"{row.chip_seconds:.2f}", str(row.programs)))
    widths = [max(len(line[k]) for line in lines) for k in range(len(head))]
    return "\n".join(
        "  ".join(text.ljust(width) if k < 3 else text.rjust(width)
                  for k, (text, width) in enumerate(zip(line, widths, strict=True))).rstrip()
        for line in lines)


def picture(steps: Sequence[Row], path: str | Path, title: str) -> None:
    """Draw histograms of each step before and after into one file.

    Parameters
    ----------
    steps
        From `rows`.
    path
        File; its suffix chooses the format.
    title
        Which chip, and on what it was measured.

    Raises
    ------
    ImportError
        Matplotlib is not installed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = 4
    lines = -(-len(steps) // columns)
    figure = Figure(figsize=(3.6 * columns, 2.5 * lines + 0.6), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=11)
    axes = np.atleast_1d(figure.subplots(lines, columns)).ravel()
    for axis, row in zip(axes, steps, strict=False):
        _histograms(axis, row)
    for axis in axes[len(steps):]:
        axis.set_axis_off()
    if steps:
        handles, labels = max((axis.get_legend_handles_labels() for axis in axes),
                              key=lambda found: len(found[1]))
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, dpi=130)


def _histograms(axis: Any, row: Row) -> None:
    edges = _edges(row)
    few = min(row.after.size, row.before.size) <= 8
    for values, colour, label in ((row.before, "#9aa5b1", "before"),
                                  (row.after, "#d1495b", "after")):
        shown = values[np.isfinite(values)]
        if few:
            axis.vlines(shown, 0, 1, color=colour, lw=2, label=label)
            continue
        axis.hist(np.clip(shown, edges[0], edges[-1]), edges, color=colour, alpha=0.75,
                  label=label)
    if np.isfinite(row.target):
        axis.axvline(row.target, color="#1b2a41", lw=1, ls="--", label="target")
    axis.set_title(f"{row.step}:  ± {_number(row.spread_before)} → "
                   f"{_number(row.spread_after)}", fontsize=9)
    axis.set_xlabel(f"{row.quantity} ({row.unit})" if row.unit else row.quantity, fontsize=8)
    axis.set_yticks([])
    axis.tick_params(labelsize=7)


def _edges(row: Row) -> Floats:
    """Bins that show all but the outermost values; those are drawn at the ends."""
    both = np.concatenate([row.before, row.after])
    both = both[np.isfinite(both)]
    if not both.size:
        return np.linspace(0.0, 1.0, 41)
    low, high = np.percentile(both, [1, 99])
    middle = row.target if np.isfinite(row.target) else _median(row.after)
    low, high = min(low, middle), max(high, middle)
    margin = 0.05 * (high - low) or 0.5
    return np.linspace(low - margin, high + margin, 61)
