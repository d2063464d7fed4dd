"""Data loaders fork: children must not disturb connection and daemon of their parent."""

import gc
import multiprocessing
import os

import numpy as np
import pytest

import fisch
from fisch.connections import ZMQConnection
from fisch.errors import ForkedProcessError
from fisch.program import PlaybackProgram
from tests.daemons import script

TICK = PlaybackProgram(np.array([0x0A00000000000001], dtype=np.uint64), (0, 0, 1))


@pytest.fixture
def connection(daemon):
    with ZMQConnection(daemon.endpoint) as connection:
        yield connection


def in_child(action):
    """Run in a forked child; returns its exit status."""
    child = os.fork()
    if child == 0:
        status = 99
        try:
            status = action() or 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_use_in_a_child_raises(connection):
    pending = connection.submit(TICK)

    def use():
        for action in (
            lambda: connection.run(TICK),
            lambda: connection.submit(TICK),
            lambda: connection.set_silicon(ideal=True),
            connection.get_unique_identifier,
            pending.wait,
        ):
            with pytest.raises(ForkedProcessError, match=str(os.getpid())):
                action()
        return 0

    assert in_child(use) == 0
    pending.wait()
    connection.run(TICK)


def test_closing_and_forgetting_in_a_child_does_nothing(daemon):
    connection = ZMQConnection(daemon.endpoint)

    def end():
        nonlocal connection
        connection.close()
        del connection
        gc.collect()
        return 0

    assert in_child(end) == 0
    connection.run(TICK)
    connection.close()


def test_exit_handlers_of_a_child_do_nothing(daemon):
    # a child that leaves in the ordinary way runs all handlers that its parent registered
    source = """
import os, sys
import numpy as np
from fisch.connections import ZMQConnection
from fisch.program import PlaybackProgram
connection = ZMQConnection(sys.argv[1])
child = os.fork()
if child == 0:
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
connection.run(PlaybackProgram())
print("fine")
"""
    output, _ = script(source, daemon.endpoint).communicate(timeout=20)
    assert output == "fine\n"


def test_child_can_have_a_connection_of_its_own(start_daemon, connection):
    other = start_daemon()

    def use():
        with fisch.connect(other.endpoint) as own:
            own.run(TICK)
        return 0

    assert in_child(use) == 0
    connection.run(TICK)


def test_spawned_and_forked_workers(connection):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(abs, [-1, -2, -3]) == [1, 2, 3]
    connection.run(TICK)


def test_data_loader(daemon):
    # in a process of its own: importing torch into this one would slow down all others
    source = """
import sys
import torch
from torch.utils.data import DataLoader, TensorDataset
from fisch.connections import ZMQConnection
from fisch.program import PlaybackProgram
with ZMQConnection(sys.argv[1]) as connection:
    loader = DataLoader(TensorDataset(torch.arange(12.0)), batch_size=2, num_workers=2)
    for epoch in range(2):
        for batch in loader:
            connection.run(PlaybackProgram())
    del loader
    connection.run(PlaybackProgram())
print("fine")
"""
    output, _ = script(source, daemon.endpoint).communicate(timeout=60)
    assert output == "fine\n", output
    assert daemon.alive()
