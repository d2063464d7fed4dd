"""Picture of the three panels: rate over size, shares of time, rate over batch size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hxtorch.benchmark import published
from hxtorch.benchmark.measure import (
    CATEGORIES,
    CHIP_SIZE,
    EMULATOR,
    HOST,
    HOST_1_GBE,
    HOST_8_GBIT,
    OTHER,
    V1,
    V1_WITHOUT,
    V2,
    Point,
)

COLOURS = {V2.name: "tab:blue", V1.name: "tab:red", V1_WITHOUT.name: "tab:green"}
STYLES: dict[str, dict[str, Any]] = {
    EMULATOR: {"ls": "-", "lw": 2.2},
    HOST: {"ls": "--", "lw": 1.1},
    HOST_8_GBIT: {"ls": (0, (1, 1)), "lw": 1.4},
    HOST_1_GBE: {"ls": "-.", "lw": 1.1},
}
LINK_COLOURS = {"1 GbE": "gold", "8 Gbit/s": "silver"}
GREY = "0.35"


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
    figure = Figure(figsize=(16, 7.4), layout="constrained")
    left, centre, right = figure.subplots(1, 3, width_ratios=(1.1, 1, 1.1))
    _rates(left, sizes, lambda point: point.size**2)
    _rates(right, batches, lambda point: point.batch)
    batch = sizes[0].batch if sizes else 0
    left.axvline(CHIP_SIZE**2, color="k", ls=":", lw=1)
    left.annotate("one chip", (CHIP_SIZE**2, 0.01), xycoords=("data", "axes fraction"),
                  xytext=(-3, 0), textcoords="offset points", ha="right", fontsize=8)
    left.set(xlabel="matrix elements", title=f"rate over matrix size, batch size {batch}")
    right.axvline(published.HALF_RATE_BATCH, color="k", ls=":", lw=1)
    right.annotate("static configuration\n= data", (published.HALF_RATE_BATCH, 0.01),
                   xycoords=("data", "axes fraction"), xytext=(3, 0),
                   textcoords="offset points", fontsize=8)
    right.set(xlabel="batch size",
              title=f"rate over batch size, {CHIP_SIZE} x {CHIP_SIZE} elements")
    tests = published.REGRESSION_TESTS
    _tests(left, [(size**2, rates) for (size, b), rates in tests.items() if b == batch])
    _tests(right, [(b, rates) for (size, b), rates in tests.items() if size == CHIP_SIZE])
    right.secondary_yaxis("right", functions=(lambda y: 2 * y, lambda y: y / 2)).set_ylabel(
        "operations / s, two per multiply-accumulate")
    _shares(centre, sizes)
    _legend(figure)
    figure.suptitle(note, fontsize=9, color=GREY)
    figure.savefig(path, dpi=110)


def _rates(axes: Any, points: Sequence[Point], place: Callable[[Point], int]) -> None:
    """One panel of rates: measured ones, limits of the links, published ones."""
    series: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        series.setdefault((point.variant, point.peer), []).append(point)
    # limits first, so that they lie below
    for variant in (V2.name, V1.name):
        limits = series.get((variant, EMULATOR), [])
        for link, colour in LINK_COLOURS.items():
            axes.loglog([place(p) for p in limits], [p.link_rates[link] for p in limits],
                        color=colour, lw=5 if variant == V2.name else 2.5, alpha=0.7)
    # and v2 on top, which v1 without its workaround would hide
    for (variant, peer), found in reversed(series.items()):
        axes.loglog([place(p) for p in found], [p.rate for p in found], **STYLES[peer],
                    color=COLOURS[variant])
        for sampled, face in ((False, COLOURS[variant]), (True, "white")):
            some = [p for p in found if p.sampled is sampled]
            axes.loglog([place(p) for p in some], [p.rate for p in some], "o", ms=4,
                        mfc=face, color=COLOURS[variant])
    for rate, name in ((published.SIMULATED_RATE, "paper: simulated accelerator"),
                       (published.GBE_RATE, "paper: v2 behind 1 GbE")):
        axes.axhline(rate, color="k", lw=0.8)
        axes.annotate(name, (0.01, rate), xycoords=("axes fraction", "data"), xytext=(0, 2),
                      textcoords="offset points", fontsize=8)
    axes.set(ylabel="multiply-accumulates / s")
    axes.grid(alpha=0.25)


def _tests(axes: Any, entries: Sequence[tuple[int, tuple[float, float]]]) -> None:
    """Ranges that the real system's own tests report."""
    for place, (low, high) in entries:
        axes.plot([place, place], [low, high], color="k", marker="_", ms=9, lw=2)


def _shares(axes: Any, sizes: Sequence[Point]) -> None:
    """Bars of the shares of wall time: emulator on the left, 8 Gbit/s, as published, right."""
    bars = {peer: [p for p in sizes if p.variant == V2.name and p.peer == peer]
            for peer in (EMULATOR, HOST_8_GBIT)}
    names = [*CATEGORIES, OTHER]
    colours = [f"C{i}" for i in (0, 9, 1, 2, 3, 4, 6, 5, 7)]
    for (peer, points), offset in zip(bars.items(), (-0.21, 0.21), strict=True):
        bottom = [0.0] * len(points)
        for name, colour in zip(names, colours, strict=True):
            parts = [100 * point.shares[name] for point in points]
            axes.bar([i + offset for i in range(len(points))], parts, 0.38, bottom=bottom,
                     color=colour, hatch="" if peer == EMULATOR else "///",
                     edgecolor="white", linewidth=0.3,
                     label=name if peer == EMULATOR else None)
            bottom = [b + part for b, part in zip(bottom, parts, strict=True)]
        uses = [100 * point.chip_use for point in points]
        axes.plot([i + offset for i in range(len(points))], uses, "k" + ("o" if offset < 0
                  else "s"), ms=4, mfc="white",
                  label=f"chip in use, {'emulator' if offset < 0 else '8 Gbit/s'}")
    points = bars[EMULATOR]
    axes.set_xticks(range(len(points)), [str(point.size) for point in points],
                    rotation=60 if len(points) > 8 else 0)
    axes.set(xlabel="matrix size", ylabel="share of wall time (%)", ylim=(0, 102),
             title="v2: where the time goes\n(left bars: emulator, hatched: peer at 8 Gbit/s)")
    axes.legend(fontsize=8, ncols=3, loc="upper center",
                bbox_to_anchor=(0.5, -0.19 if len(points) > 8 else -0.14))


def _legend(figure: Any) -> None:
    """What the lines of both panels of rates mean."""
    from matplotlib.lines import Line2D

    entries = [(Line2D([], [], color=colour, lw=2), name) for name, colour in COLOURS.items()]
    entries += [(Line2D([], [], color=GREY, **style), name) for name, style in STYLES.items()]
    entries += [(Line2D([], [], color=colour, lw=5, alpha=0.7), f"limit of {link} (thin: v1)")
                for link, colour in LINK_COLOURS.items()]
    entries += [
        (Line2D([], [], color=GREY, marker="o", mfc="white", ls=""), "sampled by blocks"),
        (Line2D([], [], color="k", marker="_", lw=2), "real system's own tests"),
    ]
    figure.legend([line for line, _ in entries], [name for _, name in entries],
                  loc="outside lower center", ncols=4, fontsize=9)
