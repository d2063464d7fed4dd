"""Products, epochs of the examples and a calibration: this source tree beside an earlier one.

``python -m benchmarks.compare --before ../earlier`` runs each work in processes of either tree, in
turns, so that both have the same machine: a product of 256 x 256 with a batch of 2000 on a
calibrated chip, dense and uniform, with and without the baseline, and on v1 with its workaround;
single products of 128 x 256; training of both examples with the chip in the loop, for a fraction
of an epoch that is said and extrapolated; a hagen calibration. ``before`` is built, too.

    python -m benchmarks.compare [WORK ...] [--before TREE] [--rounds 2] [--fraction 0.05]

Wall time is the best of the rounds; CPU time, of client and daemon together, changes less where
others compute, too. Both trees start from the same weights, trained in software before, and see
the same data. ``--data-path`` or ``HXTORCH_DATASETS_PATH`` names the folder of the data; without
it, the examples are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

WORKS = {
    "dense": "256 x 256, batch 2000, no baseline",
    "baseline": "the same with the baseline read",
    "v1": "v1 with workaround, batch 200",
    "single": "128 x 256, one vector, 500 times",
    "mnist": "digits, epoch in the loop",
    "har": "human activity, epoch in the loop",
    "calibration": "hagen calibration of a chip",
}
EXAMPLES = ("mnist", "har")
SOFTWARE_EPOCHS = {"mnist": 2, "har": 10}
BATCH = 100
TICK = 1 / os.sysconf("SC_CLK_TCK")
HERE = Path(__file__).resolve()


def cpu_seconds(pid: int) -> float:
    """CPU time of this process and of the daemon, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) * TICK


def network(name: str, folder: str, mock: bool) -> tuple[Any, Any, float]:
    """Model, batches to train on, and learning rate in software."""
    import torch

    from hxtorch.examples import datasets, training
    from hxtorch.examples.perceptron import har, mnist

    torch.manual_seed(1)
    if name == "mnist":
        data = mnist.batches(mnist.MNIST(folder, train=True), BATCH, shuffle=True, distorted=True)
        return mnist.Model(mock, relu_shift=2), data, 0.3
    activities = datasets.load_activities(folder, train=True)
    windows = har.Windows(activities, har.Encoding(activities.signals))
    return har.Model(mock), training.Batches(len(windows), BATCH, windows, shuffle=True), 0.5


def prepare(name: str, folder: str, state: str, part: float) -> dict[str, float]:
    """Train in software, with noise; the weights go to a file."""
    import torch

    from hxtorch.examples import training

    model, data, rate = network(name, folder, mock=True)
    data = data.part(part)
    epochs = SOFTWARE_EPOCHS[name]
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=epochs * len(data))
    loss = 0.0
    for _ in range(epochs):
        loss = training.train(model, data, optimizer, schedule=schedule)
    training.save_checkpoint(Path(state), model, optimizer, training.Report())
    return {"loss": loss}


def train(name: str, folder: str, state: str, fraction: float) -> dict[str, float]:
    """Train on with the chip in the loop for a fraction of an epoch."""
    import torch

    import hxtorch
    from hxtorch.core.hardware import held_hardware
    from hxtorch.examples import training

    model, data, _ = network(name, folder, mock=False)
    training.load_checkpoint(state, model)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    hxtorch.init_hardware(ann=True)
    try:
        pid = held_hardware().connection.info["pid"]
        training.train(model, data.part(0.002), optimizer)
        data = data.part(fraction)
        spent = dict(hxtorch.emulation.run_info()["totals"])
        begin, cpu = time.perf_counter(), cpu_seconds(pid)
        loss = training.train(model, data, optimizer)
        seconds, cpu = time.perf_counter() - begin, cpu_seconds(pid) - cpu
        totals = hxtorch.emulation.run_info()["totals"]
    finally:
        hxtorch.release_hardware()
    return {"seconds": seconds, "cpu": cpu, "batches": len(data), "loss": loss,
            "chip": totals["fpga_time"] - spent["fpga_time"],
            "vectors": totals["vectors"] - spent["vectors"],
            "products": totals["total"] - spent["total"]}


def multiply(name: str) -> dict[str, float]:
    """Best of several products on a calibrated chip, or of many single ones."""
    import torch

    import fisch
    import hxtorch
    from hxtorch import execution, perceptron

    batch, rows, times, single = 2000, 256, 7, name == "single"
    if single:
        batch, rows, times = 1, 128, 7
    if name == "v1":
        batch, times = 200, 3
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(batch, rows, generator=generator) * 30 + 0.6
    weights = (torch.rand(rows, 256, generator=generator) - 0.5) * 126
    with fisch.connect(revision="v1" if name == "v1" else "v3") as connection:
        hxtorch.init_hardware(ann=True, endpoint=connection)
        pid = connection.info["pid"]
        best = float("inf")
        with execution.options(baseline=name == "baseline"):
            perceptron.matmul(x, weights)
            cpu = cpu_seconds(pid)
            for _ in range(times):
                begin = time.perf_counter()
                for _ in range(500 if single else 1):
                    perceptron.matmul(x, weights)
                best = min(best, time.perf_counter() - begin)
            cpu = (cpu_seconds(pid) - cpu) / times
            run = hxtorch.emulation.run_info()["last_run"]
        hxtorch.release_hardware()
    return {"seconds": best, "cpu": cpu, "chip": run["fpga_time"] * (500 if single else 1)}


def calibrate(revision: str, seed: int) -> dict[str, float]:
    """Calibrate a chip from its nominal codes."""
    import fisch
    from stadls.calibration.hagen import HagenCalibTarget
    from stadls.calibration.session import StatefulConnection

    os.environ["HXEMU_SEED"] = str(seed)
    with fisch.connect(revision=revision) as connection:
        pid = connection.info["pid"]
        begin, cpu = time.perf_counter(), cpu_seconds(pid)
        chip = StatefulConnection(connection)
        HagenCalibTarget().calibrate(chip)
        return {"seconds": time.perf_counter() - begin, "cpu": cpu_seconds(pid) - cpu,
                "chip": chip.chip_seconds}


def child(text: str) -> None:
    """Do one work in this process; prints its figures."""
    import torch

    torch.set_num_threads(1)
    order = json.loads(text)
    work = {"prepare": prepare, "train": train, "calibrate": calibrate,
            "multiply": multiply}[order.pop("work")]
    print(json.dumps(work(**order)))


def run(tree: Path, **order: Any) -> dict[str, float]:
    """Do one work with the packages of a source tree."""
    environment = {**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{tree / 'compat'}",
                   "HXEMU_NOISE_SEED": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, str(HERE), "--child", json.dumps(order)], cwd=tree,
                          env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{order} failed in {tree}:\n{done.stderr[-3000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def smallest(found: list[dict[str, float]], name: str) -> float:
    return min(entry[name] for entry in found)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("works", nargs="*", metavar="WORK", help=", ".join(WORKS))
    parser.add_argument("--before", type=Path, help="another source tree, built")
    parser.add_argument("--fraction", type=float, default=0.05, help="of an epoch (%(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="repetitions (%(default)s)")
    parser.add_argument("--revision", default="v3", choices=("v1", "v2", "v3"),
                        help="of the chip that is calibrated")
    parser.add_argument("--data-path", default=os.environ.get("HXTORCH_DATASETS_PATH", ""))
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.child:
        child(arguments.child)
        return 0
    unknown = set(arguments.works) - set(WORKS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(WORKS)}")
    works = arguments.works or list(WORKS)
    if not arguments.data_path:
        print("no folder of data sets is given: digits and human activity are left out")
        works = [name for name in works if name not in EXAMPLES]
    folder = str(Path(arguments.data_path).resolve())
    trees = {"now": HERE.parent.parent}
    if arguments.before:
        trees = {"before": arguments.before.resolve(), **trees}
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; s of wall time, s of CPU time "
          f"of client and daemon, chip time over wall time; epochs from {arguments.fraction:g} of "
          f"one; best of {arguments.rounds}")
    print(f"{'':<36}" + "".join(f"{tree:>10}{'CPU':>8}{'chip':>7}" for tree in trees))
    with tempfile.TemporaryDirectory() as states:
        for name in works:
            state = f"{states}/{name}.pth"
            order: dict[str, Any] = {"work": "multiply", "name": name}
            scale = 1.0
            if name == "calibration":
                order = {"work": "calibrate", "revision": arguments.revision, "seed": 7}
            elif name in EXAMPLES:
                part = {"mnist": 0.2, "har": 1.0}[name]
                run(trees["now"], work="prepare", name=name, folder=folder, state=state, part=part)
                order = {"work": "train", "name": name, "folder": folder, "state": state,
                         "fraction": arguments.fraction}
                scale = 1 / arguments.fraction
            found: dict[str, list[dict[str, float]]] = {tree: [] for tree in trees}
            for _ in range(arguments.rounds):
                for tree, path in trees.items():
                    found[tree].append(run(path, **order))
            walls = {tree: scale * smallest(entries, "seconds")
                     for tree, entries in found.items()}
            cells = "".join(
                f"{walls[tree]:>10.3g}{scale * smallest(entries, 'cpu'):>8.3g}"
                f"{scale * entries[0]['chip'] / walls[tree]:>7.2f}"
                for tree, entries in found.items())
            note = ""
            if arguments.before:
                cpu = smallest(found["before"], "cpu") / smallest(found["now"], "cpu")
                note = f"  {walls['before'] / walls['now']:.2f} times as fast, CPU {cpu:.2f}"
            print(f"{WORKS[name]:<36}{cells}{note}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
