"""Accuracy of the demo's three steps over five chips of each revision."""

import os
import statistics
import sys
import time

import torch

import hxtorch
from hxtorch.examples import digits

SEEDS = range(5)


def main(revisions: list[str]) -> int:
    torch.set_num_threads(1)
    logger = hxtorch.logger
    logger.set_loglevel(logger.get("hxtorch"), logger.LogLevel.ERROR)
    print("chip        gain     noise   software   as it is   in the loop   seconds")
    for revision in revisions or ["v1", "v2", "v3"]:
        wait = digits.WAIT_BETWEEN_EVENTS.get(revision, digits.DEFAULT_WAIT)
        columns: list[list[float]] = [[], [], []]
        for seed in SEEDS:
            os.environ.update(HXEMU_REVISION=revision, HXEMU_SEED=str(seed), HXEMU_NOISE_SEED="1")
            start = time.perf_counter()
            hxtorch.init_hardware(ann=True)
            try:
                report = digits.learn_digits(wait_between_events=wait)
            finally:
                hxtorch.release_hardware()
            for column, (_, result) in zip(columns, report.steps, strict=True):
                column.append(100 * result.accuracy)
            print(
                f"{revision} seed {seed}  {report.gain:.5f}  {report.noise_std:5.2f}"
                + "".join(f"{column[-1]:11.2f}" for column in columns)
                + f"{time.perf_counter() - start:12.1f}",
                flush=True,
            )
        print(
            f"{revision} mean                  "
            + "".join(f"{statistics.mean(column):11.2f}" for column in columns)
            + f"      lowest in the loop {min(columns[2]):.2f}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
