"""What the matrix-mode calibration makes of raw chips, and how long it takes.

For several chips: spread of the column gains and of the ADC channels before and after, residual
of each step, drift, and wall time. Usage:

    python -m benchmarks.calibration [--seeds 5] [--first 0] [--revision v3] [--picture FILE]
                                     [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import fisch
from stadls import nominal
from stadls.calibration import report
from stadls.calibration.hagen import HagenCalibTarget
from stadls.calibration.hagen.quality import Quality, measure
from stadls.calibration.session import StatefulConnection


def figures(quality: Quality) -> dict[str, float]:
    """Numbers of one chip in one state."""
    gains = np.abs(np.concatenate([quality.gain_exc, quality.gain_inh]))
    median = float(np.median(gains))
    return {
        "gain, LSB per unit": median,
        "column gain spread, all, %": 100 * max(quality.pattern("exc"), quality.pattern("inh")),
        "column gain spread, middle 97 %, %": 100 * max(
            quality.pattern("exc", 0.97), quality.pattern("inh", 0.97)),
        "columns off by more than 20 %": int(
            ((np.abs(np.abs(quality.gain_exc) / median - 1) > 0.2)
             | (np.abs(np.abs(quality.gain_inh) / median - 1) > 0.2)).sum()),
        "baseline spread, LSB": float(quality.baseline.std()),
        "drift, middle 97 %, LSB/us": float(np.std(np.sort(quality.drift)[8:-8])),
        "noise of an amplitude, LSB": float(np.median(quality.noise_exc)),
    }


def one(revision: str, seed: int) -> dict[str, Any]:
    """Calibrate one chip."""
    os.environ.pop("HXEMU_ENDPOINT", None)
    os.environ.update(HXEMU_REVISION=revision, HXEMU_SEED=str(seed), HXEMU_NOISE_SEED="0")
    with fisch.connect() as connection:
        chip = StatefulConnection(connection)
        chip.state.take(*nominal.hagen_words(revision))
        chip.run(chip.builder())
        before = figures(measure(chip))
        begin = perf_counter()
        fresh = StatefulConnection(connection)
        result = HagenCalibTarget().calibrate(fresh)
        seconds = perf_counter() - begin
        quality = measure(fresh)
    return {
        "seed": seed, "seconds": seconds, "chip_seconds": fresh.chip_seconds,
        "programs": fresh.programs, "before": before, "after": figures(quality),
        "limits": {k: list(v) for k, v in quality.limits().items()},
        "success": result.success_counts(), "steps": report.rows(fresh.records)}


def main() -> None:
    """Run all chips and print tables."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="number of chips")
    parser.add_argument("--first", type=int, default=0, help="seed of the first one")
    parser.add_argument("--revision", choices=("v1", "v2", "v3"), default="v3")
    parser.add_argument("--picture", type=Path, help="spread per step, all chips in one")
    parser.add_argument("--json", type=Path, help="all numbers")
    arguments = parser.parse_args()
    chips = []
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        chips.append(one(arguments.revision, seed))
        print(f"{arguments.revision} seed {seed}: {chips[-1]['seconds']:.1f} s wall, "
              f"{chips[-1]['chip_seconds']:.1f} s of chip time, "
              f"{chips[-1]['programs']} programs", flush=True)
    print()
    print(_table(chips))
    print()
    print(_limits(chips))
    print()
    steps = _together([chip["steps"] for chip in chips])
    print(report.table(steps))
    if arguments.picture is not None:
        report.picture(steps, arguments.picture,
                       f"{arguments.revision}, seeds {arguments.first} to "
                       f"{arguments.first + arguments.seeds - 1}")
    if arguments.json is not None:
        plain = [{k: v for k, v in chip.items() if k != "steps"} for chip in chips]
        arguments.json.write_text(json.dumps(plain, indent=1))


def _table(chips: list[dict[str, Any]]) -> str:
    lines = [f"{'':40}{'before':>24}{'after':>24}"]
    for name in chips[0]["before"]:
        cells = []
        for state in ("before", "after"):
            values = [chip[state][name] for chip in chips]
            cells.append(f"{np.mean(values):.4g} ({min(values):.4g}..{max(values):.4g})")
        lines.append(f"{name:40}{cells[0]:>24}{cells[1]:>24}")
    good = [sum(chip["success"]["neuron_result.success"][0] for chip in chips),
            sum(chip["success"]["neuron_result.success"][1] for chip in chips)]
    lines.append(f"{'neurons that succeeded in all steps':40}{'':24}{good[0] / good[1]:>23.1%}")
    return "\n".join(lines)


def _limits(chips: list[dict[str, Any]]) -> str:
    lines = [f"{'limit of upstream tests':40}{'worst chip':>24}{'limit':>24}"]
    for name, (_, sign, limit) in chips[0]["limits"].items():
        values = [chip["limits"][name][0] for chip in chips]
        worst = max(values) if sign == "<" else min(values)
        lines.append(f"{name:40}{worst:>24.3g}{f'{sign} {limit:g}':>24}")
    return "\n".join(lines)


def _together(chips: list[list[report.Row]]) -> list[report.Row]:
    """Rows of several chips as one, without the differences between whole chips."""
    result = []
    for rows in zip(*chips, strict=True):
        first = rows[0]
        result.append(report.Row(
            first.step, first.quantity, first.unit,
            _around_common([row.before for row in rows]),
            _around_common([row.after for row in rows]),
            float(np.mean([row.target for row in rows])),
            float(np.sqrt(np.mean([row.error**2 for row in rows]))),
            float(np.mean([row.success for row in rows])),
            float(np.mean([row.seconds for row in rows])),
            float(np.mean([row.chip_seconds for row in rows])), first.programs))
    return result


def _around_common(parts: list[Any]) -> Any:
    """Values of several chips, each around the mean of the chips' medians."""
    medians = [np.nanmedian(part) for part in parts]
    return np.concatenate([part - median + np.mean(medians)
                           for part, median in zip(parts, medians, strict=True)])


if __name__ == "__main__":
    main()
