"""The command ``hxemu calibrate``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from fisch.errors import ConnectionError
from stadls.calibration import report
from stadls.calibration.errors import CalibNotSuccessful
from stadls.calibration.hagen import HagenCalibResult, HagenCalibTarget
from stadls.calibration.session import StatefulConnection
from stadls.calibration.twin import NOISE_SEED

__all__ = ["main"]

#: Plain progress says where it is after so many seconds.
PLAIN_EVERY_S = 2.0


def main(argv: Sequence[str] | None = None) -> int:
    """Calibrate a chip; see ``hxemu calibrate --help``."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.endpoint and (arguments.revision or arguments.seed is not None
                               or arguments.noise_seed is not None):
        parser.error("a daemon has its chip already: --endpoint excludes --revision, --seed "
                     "and --noise-seed")
    for path in (arguments.output, arguments.picture):
        if path is not None and not path.parent.is_dir():
            parser.error(f"there is no folder {path.parent} for {path.name}")
    try:
        return _calibrate(arguments)
    except (ConnectionError, CalibNotSuccessful, OSError, ValueError) as error:
        print(f"hxemu calibrate: {error}", file=sys.stderr)
        return 1


def _calibrate(arguments: argparse.Namespace) -> int:
    import fisch

    _choose_embedded(arguments)
    begin = time.perf_counter()
    with fisch.connect(arguments.endpoint) as connection, _Progress(sys.stderr) as progress:
        chip = StatefulConnection(connection, progress=progress)
        result = HagenCalibTarget().calibrate(chip)
        info = dict(chip.info)
        seconds = time.perf_counter() - begin
    steps = report.rows(chip.records)
    print(report.table(steps))
    _summary(result, chip, seconds)
    return _write(arguments, result, steps, info)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hxemu calibrate",
        description="Calibrate a chip, write the result to a file, and report each step.")
    parser.add_argument("target", choices=["hagen"], help="hagen: matrix multiplication")
    parser.add_argument("--endpoint", help="where the daemon listens (default: as the "
                        "environment says, else an emulator of this command's own)")
    parser.add_argument("--revision", choices=("v1", "v2", "v3"),
                        help="of the emulator of this command's own (default v3)")
    parser.add_argument("--seed", type=_natural, help="which individual chip (default 0)")
    parser.add_argument("--noise-seed", type=_natural, help="of temporal noise of that emulator: "
                        f"equal seeds give equal files (default {NOISE_SEED})")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE",
                        help="the calibration (default: into the user's cache)")
    parser.add_argument("--picture", type=Path, metavar="FILE",
                        help="spread before and after each step, as .png, .svg or .pdf (default: "
                        "beside the calibration, if matplotlib is installed)")
    return parser


def _natural(text: str) -> int:
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no integer from 0 on")
    return value


def _choose_embedded(arguments: argparse.Namespace) -> None:
    """Name the chip and the noise of the embedded emulator; of no use for a daemon."""
    given = {"HXEMU_REVISION": arguments.revision, "HXEMU_SEED": arguments.seed,
             "HXEMU_NOISE_SEED": arguments.noise_seed}
    chosen = {name: str(value) for name, value in given.items() if value is not None}
    if chosen:
        os.environ.pop("HXEMU_ENDPOINT", None)
    os.environ.setdefault("HXEMU_NOISE_SEED", str(NOISE_SEED))
    os.environ.update(chosen)


def _summary(result: HagenCalibResult, chip: StatefulConnection, seconds: float) -> None:
    print()
    for name, (good, of) in result.success_counts().items():
        print(f"{name}: {good} of {of}")
    print(f"{result.origin.identifier} ({result.origin.revision}): {seconds:.1f} s, chip time "
          f"{chip.chip_seconds:.1f} s, {chip.programs} programs")


def _write(arguments: argparse.Namespace, result: HagenCalibResult, steps: list[report.Row],
           info: dict[str, Any]) -> int:
    path = arguments.output
    if path is None:
        from stadls.calibration import cache

        folder = cache.cache_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = cache.cache_key(result.target, result.options, result.origin)
        path = folder / f"{key}.npz"
    result.save(path)
    print(f"calibration: {path} ({path.stat().st_size} bytes)")
    picture = arguments.picture
    if picture is None and arguments.output is not None:
        picture = path.with_suffix(".png")
    if picture is None:
        return 0
    title = (f"{result.origin.identifier}, {info.get('kind')} {info.get('version')}, "
             f"noise seed {info.get('noise_seed')}")
    try:
        report.picture(steps, picture, title)
    except ImportError as error:
        if arguments.picture is not None:
            raise ValueError(f"--picture needs matplotlib: {error}") from error
        print("no picture: matplotlib is not installed (pip install 'hxemu[demo]')")
        return 0
    print(f"picture: {picture}")
    return 0


class _Progress:
    """A progress bar in a terminal where tqdm is installed, plain lines elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar: Any = None
        self._shown = time.monotonic()
        if stream.isatty():
            try:
                from tqdm import tqdm
            except ImportError:
                return
            self._bar = tqdm(total=100, file=stream, leave=False,
                             bar_format="{l_bar}{bar}| {elapsed}<{remaining}")

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, step: str, share: float) -> None:
        name = step.split(" / ", 1)[-1]
        if self._bar is not None:
            self._bar.set_description(name[:40].ljust(40), refresh=False)
            self._bar.update(100 * share - self._bar.n)
        elif time.monotonic() - self._shown >= PLAIN_EVERY_S:
            self._shown = time.monotonic()
            print(f"{share:4.0%} {name}", file=self._stream, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
