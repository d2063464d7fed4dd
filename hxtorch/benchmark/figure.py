"""Picture of the three panels: rate over size, shares of time, rate over batch size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hxtorch.benchmark import published
from hxtorch.benchmark.measure import (
    CHIP_SIZE,
    EMULATOR,
    HOST,
    HOST_8_GBIT,
    V1,
    V1_WITHOUT,
    V2,
    Point,
)
from hxtorch.execution.times import STAGES

COLOURS = {V2.name: "C0", V1.name: "C3", V1_WITHOUT.name: "C1"}
STYLES = {EMULATOR: "-", HOST: "--", HOST_8_GBIT: ":"}
LINK_COLOURS = {"1 GbE": "goldenrod", "8 Gbit/s": "grey"}
SHARES = ("convert, place", "configure", "encode", "chip and transport", "decode, combine")
SHARE_OF_STAGE = {
    "quantise": 0, "plan": 0, "configure": 1, "encode": 2, "submit": 3, "execute": 3,
    "decode": 4, "combine": 4, "dequantise": 4,
}


def shares(point: Point) -> list[float]:
    """Parts of a product's stages, in the order of `SHARES`; they sum to one."""
    parts = [0.0] * len(SHARES)
    for name in STAGES:
        parts[SHARE_OF_STAGE[name]] += point.stages[name]
    total = sum(parts) or 1.0
    return [part / total for part in parts]


def draw(path: Path, sizes: Sequence[Point], batches: Sequence[Point], note: str) -> None:
    """Save the picture.

    Parameters
    ----------
    path : Path
        A file name that matplotlib knows the ending of.
    sizes, batches : sequences of Point
        Both sweeps.
    note : str
        What it was measured on.

    Raises
    ------
    ImportError
        matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(
            "the picture needs matplotlib: pip install 'hxemu[demo]', or use --no-picture"
        ) from None
    figure = Figure(figsize=(15, 5.6), layout="constrained")
    left, centre, right = figure.subplots(1, 3)

    for (variant, peer), points in _series(sizes).items():
        left.loglog(
            [p.size**2 for p in points], [p.rate for p in points], STYLES[peer],
            color=COLOURS[variant], marker=".", label=f"{variant}, {peer}")
        sampled = [p for p in points if p.sampled]
        left.loglog([p.size**2 for p in sampled], [p.rate for p in sampled], "o", mfc="none",
                    color=COLOURS[variant])
    reference = [p for p in sizes if p.variant == V2.name and p.peer == EMULATOR]
    for name, colour in LINK_COLOURS.items():
        left.loglog([p.size**2 for p in reference], [p.link_rates[name] for p in reference],
                    color=colour, lw=1, label=f"v2, limit of {name}")
    left.axvline(CHIP_SIZE**2, color="k", ls=":", lw=1)
    left.axhline(published.SIMULATED_RATE, color="k", lw=0.7, ls="-.")
    left.axhline(published.GBE_RATE, color="k", lw=0.7, ls="-.")
    left.set(xlabel="matrix elements", ylabel="multiply-accumulates / s",
             title=f"batch size {reference[0].batch if reference else ''}")

    bottom = [0.0] * len(reference)
    ticks = range(len(reference))
    for i, name in enumerate(SHARES):
        parts = [shares(point)[i] for point in reference]
        centre.bar(ticks, parts, bottom=bottom, label=name)
        bottom = [b + part for b, part in zip(bottom, parts, strict=True)]
    centre.set_xticks(list(ticks), [str(point.size) for point in reference], rotation=60)
    centre.set(xlabel="matrix size", ylabel="share of host time",
               title="v2, emulator: where the time goes")
    centre.legend(fontsize=7, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.18))

    for (variant, peer), points in _series(batches).items():
        right.loglog([p.batch for p in points], [p.rate for p in points], STYLES[peer],
                     color=COLOURS[variant], marker=".", label=f"{variant}, {peer}")
    reference = [p for p in batches if p.variant == V2.name and p.peer == EMULATOR]
    for name, colour in LINK_COLOURS.items():
        right.loglog([p.batch for p in reference], [p.link_rates[name] for p in reference],
                     color=colour, lw=1, label=f"v2, limit of {name}")
    right.axvline(published.HALF_RATE_BATCH, color="k", ls=":", lw=1)
    right.axhline(published.SIMULATED_RATE, color="k", lw=0.7, ls="-.",
                  label="published: design limit, v2 with 1 GbE")
    right.axhline(published.GBE_RATE, color="k", lw=0.7, ls="-.")
    right.set(xlabel="batch size", ylabel="multiply-accumulates / s",
              title=f"{CHIP_SIZE} x {CHIP_SIZE}")
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=5,
                  fontsize=8)
    figure.suptitle(note, fontsize=8)
    figure.savefig(path, dpi=110)


def _series(points: Sequence[Point]) -> dict[tuple[str, str], list[Point]]:
    series: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        series.setdefault((point.variant, point.peer), []).append(point)
    return series
