"""``hxemu bench``: the paper's figure of speed, with a whole emulated chip behind the software."""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import torch

import hxtorch
from fisch.version import version
from hxtorch.benchmark import published
from hxtorch.benchmark.figure import draw
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
    Variant,
    mock_rate,
    sweep,
    torch_rate,
)

SERIES: tuple[tuple[Variant, str], ...] = tuple(
    (variant, peer)
    for variant in (V2, V1, V1_WITHOUT)
    for peer in (EMULATOR, HOST, HOST_8_GBIT, HOST_1_GBE)
)
TOO_SLOW_FOR_QUICK = ((V1, HOST_1_GBE),)
"""Nine seconds for each product of 256 x 256."""
FULL_SIZES = [2**power for power in range(15)]
QUICK_SIZES = [1, 8, 64, 256, 1024]
FULL_BATCHES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000]
QUICK_BATCHES = [1, 10, 100, 200, 1000]
BATCH = 2000


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hxemu bench",
        description="Rate of matrix products over matrix size and batch size, for chip revisions "
        "v1 and v2, with the emulator and for the host software alone; limits of links and "
        "published values beside it. Products of more than one block of the chip's size that "
        "would take too long are measured on a part of their blocks, and marked.")
    parser.add_argument("--quick", action="store_true", help="fewer points, under a minute")
    parser.add_argument("--output", type=Path, default=Path("hxemu-bench"), metavar="FOLDER",
                        help="where bench.json and bench.png go (%(default)s)")
    parser.add_argument("--no-picture", action="store_true", help="leave the picture out")
    parser.add_argument("--threads", type=int, default=1, metavar="N",
                        help="threads of torch (%(default)s: the emulator has threads, too)")
    parser.add_argument("--seconds", type=float, default=None, metavar="S",
                        help="longest time for one product; larger ones are sampled by blocks "
                        "(10, with --quick 0.7)")
    return parser


_COLUMNS = ("wall", "1 GbE", "8 Gbit/s", "none")
_HEADER = (
    f"{'':<51}{'':>12}{'GMAC/s':>12}{'by the link model, GMAC/s':>30}\n"
    f"{'variant':<22}{'peer':<26}{'size':>6}{'batch':>7}{'ms':>10}"
    + "".join(f"{name:>10}" for name in _COLUMNS))


def _report(point: Point) -> None:
    notes = f"  {point.rows} x {point.columns} sampled" if point.sampled else ""
    # without a chip, links are all that the model knows
    model = point.system_rates or point.link_rates
    rates = [point.rate, *(model.get(name) for name in _COLUMNS[1:])]
    print(f"{point.variant:<22}{point.peer:<26}{point.size:>6}{point.batch:>7}"
          f"{point.seconds * 1e3:>10.2f}" + "".join(f"{_giga(rate):>10}" for rate in rates)
          + notes, flush=True)


def _giga(rate: float | None) -> str:
    return "-" if rate is None else f"{rate / 1e9:.4f}"


def _find(points: Sequence[Point], variant: Variant, peer: str, size: int, batch: int) -> Point:
    return next(p for p in points if (p.variant, p.peer, p.size, p.batch)
                == (variant.name, peer, size, batch))


def half_rate_batch(points: Sequence[Point]) -> float:
    """Batch size with half of the largest rate, on the line between measured points."""
    half = max(p.rate for p in points) / 2
    previous = points[0]
    if previous.rate >= half:
        return float(previous.batch)
    for point in points[1:]:
        if point.rate >= half:
            share = (half - previous.rate) / (point.rate - previous.rate)
            return previous.batch + share * (point.batch - previous.batch)
        previous = point
    return float(previous.batch)


def _shares(points: Sequence[Point]) -> list[str]:
    """Lines of the break-down of wall time."""
    names = [*CATEGORIES, OTHER]
    widths = [max(len(name), 5) + 2 for name in names]
    lines = [f"{'peer':<26}{'size':>6}" + "".join(
        f"{name:>{width}}" for name, width in zip(names, widths, strict=True)) + "  chip in use"]
    for point in points:
        if point.variant != V2.name or point.peer not in (EMULATOR, HOST_8_GBIT):
            continue
        lines.append(f"{point.peer:<26}{point.size:>6}" + "".join(
            f"{100 * point.shares[name]:>{width}.1f}"
            for name, width in zip(names, widths, strict=True))
            + f"{100 * point.chip_use:>13.1f}")
    return lines


def _summary(
    sizes: Sequence[Point], batches: Sequence[Point]
) -> list[tuple[str, str, str, str]]:
    """What the paper states, beside what was measured and what links allow."""
    v2 = _find(sizes, V2, EMULATOR, CHIP_SIZE, BATCH)
    v1 = _find(sizes, V1, EMULATOR, CHIP_SIZE, BATCH)
    host = _find(sizes, V2, HOST, CHIP_SIZE, BATCH)
    limited = _find(sizes, V2, HOST_8_GBIT, CHIP_SIZE, BATCH)
    saturated = _find(sizes, V2, HOST_1_GBE, CHIP_SIZE, BATCH)

    def volume(point: Point) -> float:
        words = point.run["words_to_fpga"] - point.run["words_configuration"]
        return float(words) / point.batch

    def half(variant: Variant, peer: str) -> str:
        series = [p for p in batches if (p.variant, p.peer) == (variant.name, peer)]
        return f"{half_rate_batch(series):.0f}"

    def giga(rate: float) -> str:
        return f"{rate / 1e9:.3g} GMAC/s"

    static = v2.run["words_configuration"] / v2.run["instances"] / volume(v2)
    limit = limited.link_rates["8 Gbit/s"]
    rows = [
        ("v2, emulator", giga(v2.rate), giga(published.SIMULATED_RATE), "simulated accelerator"),
        ("v2, host software at 8 Gbit/s", giga(limited.rate), giga(published.SIMULATED_RATE),
         "simulated accelerator"),
        ("limit of the link over that", f"{limit / limited.rate:.2f}",
         f"< {published.DESIGN_FACTOR}", f"limit is {giga(limit)}"),
        ("v2, host software at 1 GbE", giga(saturated.rate), giga(published.GBE_RATE),
         f"limit is {giga(saturated.link_rates['1 GbE'])}"),
        ("v2, host software alone",
         f"{host.run['words_to_fpga'] / host.seconds / 1e6:.0f} M messages/s",
         "125 M messages/s", "the 8 Gbit/s link"),
        ("v1 with workaround, emulator", giga(v1.rate), giga(v1.link_rates["1 GbE"]),
         "limit of 1 GbE, by message counts"),
        ("messages per vector, v1 over v2", f"{volume(v1) / volume(v2):.0f}",
         f"about {published.V1_VOLUME}", ""),
        ("vectors in a static configuration", f"{static:.0f}",
         f"about {published.STATIC_VECTORS}", ""),
        ("batch of half the rate, emulator", half(V2, EMULATOR),
         f"about {published.HALF_RATE_BATCH}", f"{static:.0f} by message counts"),
        ("batch of half the rate, 8 Gbit/s", half(V2, HOST_8_GBIT),
         f"about {published.HALF_RATE_BATCH}", ""),
        ("chip time over wall time, v2", f"{v2.run['fpga_time'] / v2.seconds:.2f}", "-", ""),
    ]
    for (size, batch), rates in published.REGRESSION_TESTS.items():
        found = [p for p in (*sizes, *batches)
                 if (p.variant, p.peer, p.size) == (V2.name, EMULATOR, size)]
        if found:
            point = min(found, key=lambda p: abs(p.batch - batch))
            rows.append((f"v2, {size} x {size}, batch {point.batch}", giga(point.rate),
                         " to ".join(f"{rate / 1e9:.2f}" for rate in rates) + " GMAC/s",
                         f"real system's own tests, batch {batch}"))
    return rows


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, save."""
    arguments = _parser().parse_args(argv)
    torch_threads = torch.get_num_threads()
    torch.set_num_threads(arguments.threads)
    limit = arguments.seconds or (0.7 if arguments.quick else 10.0)
    matrix_sizes = QUICK_SIZES if arguments.quick else FULL_SIZES
    batch_sizes = QUICK_BATCHES if arguments.quick else FULL_BATCHES
    begin = perf_counter()
    # that chips are emulated, and which calibrations they have, would be said a dozen times
    logger = hxtorch.logger
    logger.set_loglevel(logger.get("hxtorch"), logger.LogLevel.ERROR)
    print(_HEADER)
    sizes: list[Point] = []
    batches: list[Point] = []
    for variant, peer in SERIES:
        if arguments.quick and (variant, peer) in TOO_SLOW_FOR_QUICK:
            print(f"{variant.name:<22}{peer:<26}left out, too slow for --quick")
            continue
        products = ([(size, BATCH) for size in matrix_sizes]
                    + [(CHIP_SIZE, batch) for batch in batch_sizes])
        points = sweep(variant, peer, products, seconds_per_point=limit, report=_report)
        sizes += points[:len(matrix_sizes)]
        batches += points[len(matrix_sizes):]

    print("\nwall time by category of the published break-down, v2 (%)")
    print("\n".join(_shares(sizes)))
    summary = _summary(sizes, batches)
    for threads in sorted({1, torch_threads}):
        torch.set_num_threads(threads)
        for name, rate in (("torch's own product of floats", torch_rate(CHIP_SIZE, BATCH)),
                           ("mock formula in torch", mock_rate(CHIP_SIZE, BATCH))):
            summary.append((name, f"{rate / 1e9:.3g} GMAC/s", "-",
                            f"{threads} thread{'s' if threads > 1 else ''}"))
    torch.set_num_threads(torch_threads)
    sampled = [p for p in (*sizes, *batches) if p.sampled]
    title = f"{CHIP_SIZE} x {CHIP_SIZE}, batch size {BATCH}"
    print(f"\n{title:<36}{'measured':>20}{'published':>24}")
    for name, measured, stated, note in summary:
        print(f"{name:<36}{measured:>20}{stated:>24}  {note}")
    if sampled:
        print(f"{len(sampled)} of {len(sizes) + len(batches)} points are sampled, sizes "
              f"{', '.join(str(size) for size in sorted({p.size for p in sampled}))}")

    where = {
        "version": version(), "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _processor(), "cores": os.cpu_count(),
        "torch": torch.__version__, "torch_threads": arguments.threads,
        "quick": arguments.quick, "seconds_per_product": limit,
        "seconds": perf_counter() - begin,
        "peak_memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    arguments.output.mkdir(parents=True, exist_ok=True)
    data = {
        "format": "hxemu bench", "format_version": 2, **where,
        "published": {
            "unit": "multiply-accumulate operations per second",
            "simulated_accelerator": published.SIMULATED_RATE, "v2_1_gbe": published.GBE_RATE,
            "half_rate_batch": published.HALF_RATE_BATCH, "v1_volume": published.V1_VOLUME,
            "regression_tests": [
                {"size": size, "batch": batch, "lowest": low, "highest": high}
                for (size, batch), (low, high) in published.REGRESSION_TESTS.items()],
        },
        "summary": [dict(zip(("name", "measured", "published", "note"), row, strict=True))
                    for row in summary],
        "sizes": [p.as_dict() for p in sizes], "batches": [p.as_dict() for p in batches],
    }
    path = arguments.output / "bench.json"
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"\n{path}", end="")
    if not arguments.no_picture:
        picture = arguments.output / "bench.png"
        note = (f"hxemu {version()}, {where['date']}, {where['machine']}, {where['cores']} cores; "
                "without baseline, full static configuration per chip run")
        try:
            draw(picture, sizes, batches, note)
        except ImportError as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
        print(f", {picture}", end="")
    print(f"  ({where['seconds']:.0f} s, peak {where['peak_memory'] / 2**30:.1f} GiB)")
    return 0


def _processor() -> str:
    """Model of the processor, as far as it is told."""
    path = Path("/proc/cpuinfo")
    for line in path.read_text().splitlines() if path.exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    raise SystemExit(main())
