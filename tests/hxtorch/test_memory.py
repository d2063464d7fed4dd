"""Memory of host and daemon does not grow with the number of execution instances."""

import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch

import fisch
import hxtorch
from hxtorch import perceptron
from hxtorch.core.hardware import held_hardware
from hxtorch.execution.executor import run_mac
from hxtorch.graph import mac_graph

BATCH = 2000


def peak(rows, columns):
    """Peak of what a product takes beyond its operands and its graph, in bytes."""
    hardware = held_hardware()
    x = np.full((BATCH, rows), 5, np.uint8)
    weights = np.full((rows, columns), 7, np.int8)
    mac_graph(rows, columns)
    run_mac(hardware, x[:2], weights, num_sends=1, wait_between_events=1)
    tracemalloc.start()
    try:
        run_mac(hardware, x, weights, num_sends=1, wait_between_events=1)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("zeromock")
def test_memory_does_not_grow_with_the_rows():
    """Readings of 24 instances would be 24 MB, those of 3 instances 3 MB."""
    few, many = peak(768, 100), peak(6144, 100)
    assert many < few + 3e6
    assert many < 20e6


@pytest.mark.usefixtures("zeromock")
def test_memory_grows_with_the_columns_by_the_result_only():
    few, many = peak(128, 512), peak(128, 6144)
    assert many < few + (6144 - 512) * BATCH + 5e6


def resident(pid, name):
    """A line of a process's memory in bytes: VmRSS is that of now, VmHWM the largest so far."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(name)).split()[1])


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="no peak of memory")
def test_memory_with_a_chip_does_not_grow_with_the_matrix():
    """16 blocks against 2, responses 33 MB against 4, input words 165 MB against 21."""
    batch, grown = 2000, {}
    with fisch.connect(revision="v3") as connection:
        hxtorch.init_hardware(ann=True, endpoint=connection)
        for rows, columns in ((256, 512), (1024, 1024)):
            x, weights = torch.full((batch, rows), 9.0), torch.full((rows, columns), 5.0)
            Path("/proc/self/clear_refs").write_text("5")  # the largest so far is that of now
            before = resident("self", "VmRSS")
            result = perceptron.matmul(x, weights)
            # floats that come out, and integers on the way
            known = 4 * result.numel() + x.numel() + weights.numel() + result.numel()
            grown[rows] = resident("self", "VmHWM") - before - known
            grown[f"daemon {rows}"] = resident(connection.info["pid"], "VmHWM")
        hxtorch.release_hardware()
    assert grown["daemon 1024"] < grown["daemon 256"] + 5e6
    assert grown[1024] < grown[256] + 5e6
    assert grown[1024] < 60e6
