"""Run all benchmarks one after another, or those named: `python -m benchmarks [NAME ...]`."""

import platform
import subprocess
import sys
from pathlib import Path


def main(names: list[str]) -> int:
    known = sorted(p.stem for p in Path(__file__).parent.glob("[!_]*.py"))
    unknown = sorted(set(names) - set(known))
    if unknown:
        print(f"unknown benchmark {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    status = 0
    for name in names or known:
        print(f"\n== {name}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False)
        status |= done.returncode
    return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
