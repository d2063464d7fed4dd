"""Make the calibrations that ship with hxemu, or compare them with fresh ones.

    python tools/ship_calibrations.py [--check] [v1 v2 v3]

Chips of seed 0, temporal noise of seed 0: equal software gives equal files.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import fisch
from stadls.calibration import files
from stadls.calibration.hagen import HagenCalibResult, HagenCalibTarget
from stadls.calibration.session import StatefulConnection

FOLDER = Path(__file__).parent.parent / "stadls" / "data" / "calibration"


def fresh(revision: str) -> HagenCalibResult:
    """Calibrate the chip of a revision that is shipped."""
    os.environ.pop("HXEMU_ENDPOINT", None)
    os.environ.update(HXEMU_REVISION=revision, HXEMU_SEED="0", HXEMU_NOISE_SEED="0")
    with fisch.connect() as connection:
        return HagenCalibTarget().calibrate(StatefulConnection(connection))


def main() -> int:
    """Write files, or compare."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revisions", nargs="*", default=["v1", "v2", "v3"])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if one differs")
    arguments = parser.parse_args()
    differs = 0
    for revision in arguments.revisions:
        result = fresh(revision)
        path = FOLDER / f"{result.origin.identifier}.npz"
        if arguments.check:
            same = path.exists() and path.read_bytes() == files.dumps(result)
            differs |= not same
            print(f"{path.name}: {'as shipped' if same else 'differs'}")
            continue
        FOLDER.mkdir(exist_ok=True)
        result.save(path)
        good, of = result.success_counts()["neuron_result.success"]
        print(f"{path.name}: {path.stat().st_size} bytes, {good} of {of} neurons")
    return differs


if __name__ == "__main__":
    raise SystemExit(main())
