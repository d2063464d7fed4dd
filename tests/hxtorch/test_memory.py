"""Memory of the host does not grow with the number of execution instances."""

import tracemalloc

import numpy as np
import pytest

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
