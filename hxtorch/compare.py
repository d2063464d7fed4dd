"""Compare two characterisations of chips: ``hxemu compare A B``.

The files are those of ``examples/characterise.py``, measured on a chip or in the emulator. For
every quantity the distributions over neurons (or rows) are set side by side; their distance is
the Kolmogorov-Smirnov statistic, 0 for equal distributions and 1 for ones that don't overlap.
"""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

FORMAT, VERSION = "hagen characterisation", 1
#: Microseconds per FPGA cycle.
CYCLE_US = 0.008
#: Rows of one synapse array.
ROWS = 128

_ARRAYS = (
    "weights", "inputs", "rows", "positions", "noise", "waits", "waits_exact", "sends", "limits",
    "drift", "hundred", "moments", "moments_s", "axis_weights", "axis_inputs", "axis_input_rows",
    "axis_waits", "axis_sends", "axis_drift_waits", "axis_position_waits",
)


class CharacterisationError(ValueError):
    """A file is not a characterisation that can be read.

    Attributes
    ----------
    path
        The file.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


@dataclass(frozen=True)
class Characterisation:
    """One characterised chip.

    Attributes
    ----------
    header : dict
        ``identifier``, ``date``, ``gain``, ``noise_std`` and more; ``run_info`` in the emulator.
    data : dict of arrays
        Raw outputs in LSB, as ``examples/characterise.py`` describes them.
    """

    header: dict[str, Any]
    data: dict[str, npt.NDArray[Any]] = field(repr=False)

    @property
    def label(self) -> str:
        """Which chip it is, and whether an emulated one."""
        kind = (self.header.get("run_info") or {}).get("kind", "chip")
        return f"{self.header['identifier']} ({kind})"

    def mean(self, name: str, axis: int) -> F64:
        """Outputs averaged over an axis."""
        return np.asarray(self.data[name].mean(axis=axis, dtype=np.float64))


@dataclass(frozen=True)
class Quantity:
    """A property of a chip, with its distribution.

    Attributes
    ----------
    name, unit : str
        What it is.
    values : array of float, shape (n,)
        One for each neuron, or row.
    over : str
        What it is distributed over.
    """

    name: str
    unit: str
    values: F64
    over: str = "neurons"

    @property
    def band(self) -> tuple[float, float, float]:
        """10 %, 50 % and 90 % of the values."""
        low, middle, high = np.percentile(self.values, (10, 50, 90))
        return float(low), float(middle), float(high)


@dataclass(frozen=True)
class Curve:
    """Outputs over something that was varied.

    Attributes
    ----------
    title, x_label, y_label : str
        For a plot.
    x : array, shape (n,)
    y : array, shape (m, n)
        One line for each neuron, or row.
    logarithmic : bool
        Whether x spans orders of magnitude.
    """

    title: str
    x_label: str
    y_label: str
    x: F64
    y: F64
    logarithmic: bool = False


def load(path: str | Path) -> Characterisation:
    """Read a file of ``examples/characterise.py``.

    Raises
    ------
    CharacterisationError
        There is no such file, it is of another format or version, truncated, or not complete.
    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            data = {name: file[name] for name in file.files}
        header = json.loads(str(data.pop("header")))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise CharacterisationError(path, f"no characterisation can be read: {error}") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise CharacterisationError(path, f"no {FORMAT}")
    if header.get("version") != VERSION:
        raise CharacterisationError(
            path, f"version {header.get('version')}; this release reads version {VERSION}"
        )
    missing = [name for name in _ARRAYS if name not in data]
    if missing:
        raise CharacterisationError(path, f"{', '.join(missing)} missing")
    return Characterisation(header, data)


# --- what follows from the outputs


def slopes(x: F64, y: F64, use: npt.NDArray[np.bool_] | None = None) -> tuple[F64, F64]:
    """Slope and value at 0 of straight lines through points.

    Parameters
    ----------
    x : array, shape (n,)
    y : array, shape (m, n)
    use : array of bool, shape (m, n), optional
        Points to fit.
    """
    weight = np.ones(y.shape) if use is None else use.astype(np.float64)
    count = weight.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x = (weight * x).sum(axis=1) / count
        mean_y = (weight * y).sum(axis=1) / count
        away = weight * (x - mean_x[:, None])
        slope = (away * y).sum(axis=1) / (away * (x - mean_x[:, None])).sum(axis=1)
    return slope, mean_y - slope * mean_x


def weight_sweep(c: Characterisation) -> tuple[F64, F64]:
    """Weights, shape (127,), and mean outputs, shape (512, 127): one row, input 12, 100 sends."""
    return c.data["axis_weights"].astype(np.float64), c.mean("weights", 1).T


def gain_of_one_row(c: Characterisation) -> F64:
    """Gain in LSB per input x weight x send of each neuron, from weights -30..30."""
    x, y = weight_sweep(c)
    slope, _ = slopes(x, y, np.broadcast_to(np.abs(x) <= 30, y.shape))
    return slope / (12 * 100)


def bend(c: Characterisation, limit: float = 80.0) -> F64:
    """Rms deviation in LSB from a straight line within +-`limit`, for each neuron."""
    x, y = weight_sweep(c)
    slope, zero = slopes(x, y, np.broadcast_to(np.abs(x) <= 30, y.shape))
    line = slope[:, None] * x + zero[:, None]
    inside = np.abs(line) <= limit
    return np.sqrt((np.where(inside, y - line, 0) ** 2).sum(1) / inside.sum(1))


def input_curves(c: Characterisation) -> F64:
    """Outputs over the input, averaged over columns, for rows and signs: shape (16, 32)."""
    found = c.mean("inputs", 1).mean(axis=-1)
    found[1] *= -1
    return found.reshape(-1, found.shape[-1])


def input_errors(c: Characterisation) -> tuple[F64, F64]:
    """Offset, and rms deviation from a line, of 8 rows x 2 signs; in units of the input."""
    x = c.data["axis_inputs"].astype(np.float64)
    y = input_curves(c)
    use = np.broadcast_to(x >= 3, y.shape)
    slope, zero = slopes(x, y, use)
    error = np.where(use, y - slope[:, None] * x - zero[:, None], 0)
    return zero / slope, np.sqrt((error**2).sum(1) / use.sum(1)) / slope


def row_gains(c: Characterisation) -> F64:
    """Gain of every row relative to all, both signs, averaged over columns: shape (256,)."""
    means = np.abs(c.mean("rows", 1)).reshape(2, ROWS, 2, -1).mean(axis=-1)
    relative = means / np.median(means, axis=1, keepdims=True)
    return np.asarray(relative.transpose(0, 2, 1).ravel())


def effects_of_positions(c: Characterisation) -> tuple[F64, F64]:
    """Time from an event to the read in us, and its effect at that distance: shapes (128,).

    The effect is that in a long event train relative to that in a short one, of the means over
    columns; rows are sent last to first.
    """
    means = c.mean("positions", 1).mean(axis=-1)
    short, long = np.abs(means[:, 1:] - means[:, :1])
    wait = float(c.data["axis_position_waits"][1])
    return np.arange(ROWS, dtype=np.float64) * wait * CYCLE_US, np.asarray(long / short)


def drift_times(c: Characterisation) -> F64:
    """Microseconds of integration of the points of the drift measurement."""
    return np.asarray(c.data["axis_drift_waits"] * ROWS * CYCLE_US)


def drifts(c: Characterisation) -> F64:
    """Drift of each membrane over the first 110 us, in LSB/us."""
    time = drift_times(c)
    early = time <= 110
    slope, _ = slopes(time[early], c.mean("drift", 1).T[:, early])
    return slope


def relative_waits(c: Characterisation) -> tuple[F64, F64]:
    """Outputs relative to those at a spacing of 5 cycles: inputs of one sign, and mixed ones.

    Shapes (512, n), per neuron, and (n,), the slope over the exact product.
    """
    same = c.mean("waits", 2)[:, 0].T
    exact = c.data["waits_exact"].astype(np.float64)
    mixed = c.mean("waits", 2)[:, 1]
    slope = (mixed * exact).sum(1) / (exact**2).sum()
    at = int(np.flatnonzero(c.data["axis_waits"] == 5)[0])
    return same / same[:, at, None], slope / slope[at]


def pattern(values: F64) -> F64:
    """Deviation of each neuron from the median of its array, in %: shape (512,)."""
    halves = values.reshape(2, -1)
    return np.asarray(100 * (halves / np.median(halves, axis=1, keepdims=True) - 1)).ravel()


def quantities(c: Characterisation) -> list[Quantity]:
    """All that is compared."""
    gain = gain_of_one_row(c)
    quiet, busy = c.data["noise"].astype(np.float64)
    offset, error = input_errors(c)
    same, _ = relative_waits(c)
    waits = c.data["axis_waits"].tolist()
    low, high = c.mean("limits", 1)[::-1]
    x, swept = weight_sweep(c)
    sends = c.mean("sends", 2)[:, 0].T / c.data["axis_sends"]
    numbers = c.data["axis_sends"].tolist()
    _, effect = effects_of_positions(c)
    dense = busy.mean(0) / (12 * 15 * ROWS)
    return [
        Quantity("gain, one row x 100 sends", "1e-3 LSB", 1e3 * gain),
        Quantity("gain, 128 rows", "1e-3 LSB", 1e3 * dense),
        Quantity("column pattern, one row", "%", pattern(gain)),
        Quantity("column pattern, 128 rows", "%", pattern(dense)),
        Quantity("offset without input", "LSB", quiet.mean(0)),
        Quantity("noise without input", "LSB", quiet.std(0, ddof=1)),
        Quantity("noise, 128 rows", "LSB", busy.std(0, ddof=1)),
        Quantity("bend within +-80 LSB", "LSB", bend(c)),
        Quantity("output at weights -63..-58", "LSB", swept[:, x <= -58].mean(1)),
        Quantity("lowest output", "LSB", low),
        Quantity("highest output", "LSB", high),
        Quantity("row pattern", "%", 100 * (row_gains(c) - 1), "rows x hemispheres x signs"),
        Quantity("input offset", "input LSB", offset, "8 rows x 2 signs"),
        Quantity("input non-linearity", "input LSB", error, "8 rows x 2 signs"),
        Quantity("spacing 1 against 5 cycles", "%", 100 * same[:, waits.index(1)]),
        Quantity("spacing 50 against 5 cycles", "%", 100 * same[:, waits.index(50)]),
        Quantity("256 against 64 sends", "%",
                 100 * sends[:, numbers.index(256)] / sends[:, numbers.index(64)]),
        Quantity("drift", "LSB/us", drifts(c)),
        Quantity("effect of a row by its time", "%", 100 * effect, "rows"),
    ]


def curves(c: Characterisation) -> list[Curve]:
    """What is plotted as lines."""
    x, swept = weight_sweep(c)
    same, _ = relative_waits(c)
    sends = c.data["axis_sends"].astype(np.float64)
    time, effect = effects_of_positions(c)
    rows = np.abs(c.mean("rows", 1)).mean(axis=-1) / (12 * 21 * 100)
    inputs = c.data["axis_inputs"].astype(np.float64)
    waits = c.data["axis_waits"].astype(np.float64)
    gain = "1e-3 LSB per input x weight x send"
    return [
        Curve("output over weight (input 12, 100 sends)", "weight", "output (LSB)", x, swept),
        Curve("output over input (weight +-16, 100 sends)", "input", "output (LSB)", inputs,
              input_curves(c)),
        Curve("spacing of events, 128 rows of one sign", "spacing (cycles)",
              "output relative to 5 cycles", waits, same, logarithmic=True),
        Curve("number of sends (input 12, weight 16)", "sends", "output (LSB)", sends,
              c.mean("sends", 2)[:, 0].T),
        Curve("drift of the membrane", "time (us)", "output (LSB)", drift_times(c),
              c.mean("drift", 1).T),
        Curve("rows, each alone", "row", gain, np.arange(float(ROWS)), 1e3 * rows),
        Curve("effect of a row by its time", "event to read (us)", "effect, long / short train",
              time,
              effect[None]),
    ]


# --- comparing


def distance(a: F64, b: F64) -> float:
    """Kolmogorov-Smirnov statistic of two samples: largest difference of their distributions."""
    both = np.sort(np.concatenate((a, b)))
    below_a = np.searchsorted(np.sort(a), both, side="right") / len(a)
    below_b = np.searchsorted(np.sort(b), both, side="right") / len(b)
    return float(np.abs(below_a - below_b).max())


def likeness(a: F64, b: F64) -> float:
    """Correlation of two patterns over the same places; 1: one chip, about 0: two chips."""
    if a.shape != b.shape or a.std() == 0 or b.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


@dataclass(frozen=True)
class Row:
    """One quantity of two chips.

    Attributes
    ----------
    a, b : Quantity
    distance : float
        0..1, see `distance`.
    likeness : float
        -1..1, see `likeness`.
    """

    a: Quantity
    b: Quantity
    distance: float
    likeness: float


def compare(a: Characterisation, b: Characterisation) -> list[Row]:
    """Compare all quantities of two chips."""
    return [
        Row(left, right, distance(left.values, right.values), likeness(left.values, right.values))
        for left, right in zip(quantities(a), quantities(b), strict=True)
    ]


def score(rows: Sequence[Row]) -> float:
    """Likeness of the distributions of all quantities, 0..1: 1 minus the mean distance."""
    return 1 - float(np.mean([row.distance for row in rows]))


def table(a: Characterisation, b: Characterisation, rows: Sequence[Row]) -> str:
    """Return the comparison as text: median and 10 to 90 % of every quantity."""

    def band(quantity: Quantity) -> str:
        low, middle, high = quantity.band
        return f"{middle:9.3f} [{low:9.3f},{high:9.3f}]"

    lines = [
        f"A: {a.label}, {a.header.get('date')}",
        f"B: {b.label}, {b.header.get('date')}",
        f"{'quantity':<28}{'unit':<10}{'A: median [10 %, 90 %]':>32}"
        f"{'B: median [10 %, 90 %]':>32}{'distance':>10}{'pattern':>9}",
    ]
    lines += [
        f"{row.a.name:<28}{row.a.unit:<10}{band(row.a):>32}{band(row.b):>32}"
        f"{row.distance:10.3f}{row.likeness:9.2f}"
        for row in rows
    ]
    lines.append(f"score {score(rows):.3f} (1 - mean distance; 1: the same distributions)")
    return "\n".join(lines)


def plot(a: Characterisation, b: Characterisation, path: str | Path) -> None:
    """Save one picture: curves with bands of 10 to 90 % over neurons, and histograms."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(3, 4, figsize=(18, 11), layout="constrained")
    places = iter(axes.ravel())
    for colour, chip in (("tab:blue", a), ("tab:orange", b)):
        for axis, curve in zip(axes.ravel(), curves(chip), strict=False):
            draw(axis, curve, colour, chip.label)
    for _ in curves(a):
        next(places)
    chosen = ("gain, one row x 100 sends", "noise, 128 rows", "offset without input",
              "lowest output", "drift")
    left = {quantity.name: quantity for quantity in quantities(a)}
    right = {quantity.name: quantity for quantity in quantities(b)}
    for name, axis in zip(chosen, places, strict=True):
        bins = bins_of(np.concatenate((left[name].values, right[name].values)))
        for colour, quantity in (("tab:blue", left[name]), ("tab:orange", right[name])):
            inside = quantity.values.clip(bins[0], bins[-1])
            axis.hist(inside, bins.tolist(), color=colour, alpha=0.55)
        axis.set(title=name, xlabel=left[name].unit, ylabel=left[name].over)
    axes.ravel()[0].legend(loc="upper left", fontsize=8)
    figure.savefig(path, dpi=70)
    pyplot.close(figure)


def bins_of(values: F64) -> F64:
    """Edges of 40 bins that show all but a few outliers."""
    low, high = np.percentile(values, (0.5, 99.5))
    margin = 0.1 * (high - low) or 0.5
    return np.linspace(low - margin, high + margin, 41)


def draw(axis: Any, curve: Curve, colour: str, label: str) -> None:
    """Draw the median of a curve and its band of 10 to 90 %."""
    low, middle, high = np.nanpercentile(curve.y, (10, 50, 90), axis=0)
    axis.fill_between(curve.x, low, high, color=colour, alpha=0.25, linewidth=0)
    axis.plot(curve.x, middle, color=colour, linewidth=1.2, label=label)
    axis.set(title=curve.title, xlabel=curve.x_label, ylabel=curve.y_label)
    if curve.logarithmic:
        axis.set_xscale("log")


def main(argv: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="hxemu compare",
        description="Plot and score two characterisations of examples/characterise.py.",
    )
    parser.add_argument("a", type=Path, help="a file, of a chip for instance")
    parser.add_argument("b", type=Path, help="another one")
    parser.add_argument("-o", "--output", type=Path, help="picture to write (.png)")
    arguments = parser.parse_args(argv)
    try:
        a, b = load(arguments.a), load(arguments.b)
    except CharacterisationError as error:
        print(f"hxemu compare: {error}", file=sys.stderr)
        return 2
    say(table(a, b, compare(a, b)))
    if arguments.output is not None:
        try:
            plot(a, b, arguments.output)
        except ImportError as error:
            print(f"hxemu compare: a picture needs {error.name}: pip install 'hxemu[demo]'",
                  file=sys.stderr)
            return 2
        say(f"picture: {arguments.output}")
    return 0
