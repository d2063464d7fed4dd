"""``hxemu bench``: the paper's figure of speed, with a whole emulated chip behind the software."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import torch

from fisch.version import version
from hxtorch.benchmark import published
from hxtorch.benchmark.figure import draw, shares
from hxtorch.benchmark.measure import (
    CHIP_SIZE,
    EMULATOR,
    HOST,
    HOST_8_GBIT,
    V1,
    V1_WITHOUT,
    V2,
    Point,
    Variant,
    mock_rate,
    sweep,
    torch_rate,
)

SERIES: tuple[tuple[Variant, str], ...] = (
    (V2, EMULATOR), (V2, HOST), (V2, HOST_8_GBIT), (V1, EMULATOR), (V1, HOST),
    (V1_WITHOUT, EMULATOR), (V1_WITHOUT, HOST),
)
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
        "published values beside it.")
    parser.add_argument("--quick", action="store_true", help="fewer points, under a minute")
    parser.add_argument("--output", type=Path, default=Path("hxemu-bench"), metavar="FOLDER",
                        help="where bench.json and bench.png go (%(default)s)")
    parser.add_argument("--no-picture", action="store_true", help="leave the picture out")
    parser.add_argument("--threads", type=int, default=None, metavar="N",
                        help="threads of torch (as torch chooses)")
    parser.add_argument("--seconds", type=float, default=None, metavar="S",
                        help="longest time for one product; larger ones are sampled by columns "
                        "(20, with --quick 0.7)")
    return parser


def _report(point: Point) -> None:
    notes = f"  {point.columns} columns sampled" if point.sampled else ""
    print(f"{point.variant:<22}{point.peer:<26}{point.size:>6}{point.batch:>7}"
          f"{point.seconds * 1e3:>11.2f}{point.rate / 1e9:>10.4f}"
          f"{point.link_rates['1 GbE'] / 1e9:>9.4f}{point.link_rates['8 Gbit/s'] / 1e9:>10.4f}"
          f"{_giga(point.chip_rate):>9}{notes}", flush=True)


def _giga(rate: float | None) -> str:
    return "-" if rate is None else f"{rate / 1e9:.4f}"


def _find(points: Sequence[Point], variant: Variant, peer: str, size: int, batch: int) -> Point:
    return next(p for p in points if (p.variant, p.peer, p.size, p.batch)
                == (variant.name, peer, size, batch))


def _half_rate_batch(points: Sequence[Point]) -> float:
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


def _summary(sizes: Sequence[Point], batches: Sequence[Point]) -> list[tuple[str, str, str]]:
    """What the paper states, beside what was measured and what links allow."""
    v2 = _find(sizes, V2, EMULATOR, CHIP_SIZE, BATCH)
    v1 = _find(sizes, V1, EMULATOR, CHIP_SIZE, BATCH)
    host = _find(sizes, V2, HOST, CHIP_SIZE, BATCH)
    limited = _find(sizes, V2, HOST_8_GBIT, CHIP_SIZE, BATCH)

    def volume(point: Point) -> float:
        words = point.run["words_to_fpga"] - point.run["words_configuration"]
        return float(words) / point.batch

    series = [p for p in batches if (p.variant, p.peer) == (V2.name, EMULATOR)]
    model = 132_764 / volume(v2)
    return [
        ("v2, 256 x 256, emulator", f"{v2.rate / 1e9:.2f} GMAC/s",
         f"{published.SIMULATED_RATE / 1e9:.2f} simulated accelerator"),
        ("v2, host software at 8 Gbit/s", f"{limited.rate / 1e9:.2f} GMAC/s",
         f"{limited.link_rates['8 Gbit/s'] / 1e9:.2f} limit of the link"),
        ("v2, host software alone",
         f"{host.run['words_to_fpga'] / host.seconds / 1e6:.0f} M messages/s",
         "125 of the 8 Gbit/s link"),
        ("v2, limit of 1 GbE", f"{v2.link_rates['1 GbE'] / 1e9:.2f} GMAC/s",
         f"{published.GBE_RATE / 1e9:.2f} saturated"),
        ("v1 with workaround, emulator", f"{v1.rate / 1e9:.3f} GMAC/s",
         f"{v1.link_rates['1 GbE'] / 1e9:.4f} limit of 1 GbE"),
        ("messages per vector, v1 / v2", f"{volume(v1) / volume(v2):.0f}",
         f"about {published.V1_VOLUME}"),
        ("batch size of half the rate", f"{_half_rate_batch(series):.0f}",
         f"about {published.HALF_RATE_BATCH}; {model:.0f} by message counts"),
        ("chip time / wall time, v2", f"{v2.run['fpga_time'] / v2.seconds:.2f}", "-"),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, save."""
    arguments = _parser().parse_args(argv)
    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    limit = arguments.seconds or (0.7 if arguments.quick else 20.0)
    matrix_sizes = QUICK_SIZES if arguments.quick else FULL_SIZES
    batch_sizes = QUICK_BATCHES if arguments.quick else FULL_BATCHES
    begin = perf_counter()
    print(f"{'variant':<22}{'peer':<26}{'size':>6}{'batch':>7}{'ms':>11}{'GMAC/s':>10}"
          f"{'1 GbE':>9}{'8 Gbit/s':>10}{'chip':>9}")
    sizes: list[Point] = []
    batches: list[Point] = []
    for variant, peer in SERIES:
        products = ([(size, BATCH) for size in matrix_sizes]
                    + [(CHIP_SIZE, batch) for batch in batch_sizes])
        points = sweep(variant, peer, products, seconds_per_point=limit, report=_report)
        sizes += points[:len(matrix_sizes)]
        batches += points[len(matrix_sizes):]

    print("\nhost time by stage, v2, emulator (%)")
    for point in sizes:
        if (point.variant, point.peer) == (V2.name, EMULATOR):
            print(f"{point.size:>6}  " + "  ".join(f"{100 * s:5.1f}" for s in shares(point)))
    summary = _summary(sizes, batches)
    for name, rate in (("torch float32", torch_rate(CHIP_SIZE, BATCH)),
                       ("mock formula in torch", mock_rate(CHIP_SIZE, BATCH))):
        summary.append((f"{name}, 256 x 256", f"{rate / 1e9:.1f} GMAC/s", "-"))
    print(f"\n{'':<34}{'measured':>22}   published, or by arithmetic")
    for name, measured, stated in summary:
        print(f"{name:<34}{measured:>22}   {stated}")

    where = {
        "version": version(), "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": platform.processor() or platform.machine(), "cores": os.cpu_count(),
        "torch": torch.__version__, "torch_threads": torch.get_num_threads(),
        "quick": arguments.quick, "seconds": perf_counter() - begin,
    }
    arguments.output.mkdir(parents=True, exist_ok=True)
    data = {
        "format": "hxemu bench", "format_version": 1, **where,
        "summary": [dict(zip(("name", "measured", "stated"), row, strict=True))
                    for row in summary],
        "sizes": [p.as_dict() for p in sizes], "batches": [p.as_dict() for p in batches],
    }
    path = arguments.output / "bench.json"
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"\n{path}", end="")
    if not arguments.no_picture:
        picture = arguments.output / "bench.png"
        note = (f"hxemu {version()}, {where['date']}, {where['machine']}, {where['cores']} cores; "
                "without baseline, full static configuration per chip run; circles: sampled")
        try:
            draw(picture, sizes, batches, note)
        except ImportError as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
        print(f", {picture}", end="")
    print(f"  ({where['seconds']:.0f} s)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
