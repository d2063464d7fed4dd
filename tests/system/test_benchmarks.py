"""The benchmarks can be run: their modules, and the peer that they measure the transport with."""

import importlib
import inspect
import pkgutil

import numpy as np
import pytest

import benchmarks
from benchmarks import compare, hagen, instructions, transport
from emulator.machine import Machine
from fisch import PlaybackProgram
from fisch.connections import ZMQConnection

MODULES = [entry.name for entry in pkgutil.iter_modules(benchmarks.__path__)]


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("_")])
def test_every_benchmark_has_a_main(name):
    assert callable(importlib.import_module(f"benchmarks.{name}").main)


def test_the_transports_peer_is_called_like_a_chip():
    for name, method in inspect.getmembers(transport.NullMachine, inspect.isfunction):
        if not name.startswith("__"):
            own = list(inspect.signature(method).parameters)
            theirs = list(inspect.signature(getattr(Machine, name)).parameters)
            assert own == theirs[: len(own)], name


def test_words_there_and_back_without_a_chip():
    with transport.daemon("benchmarks.transport") as endpoint, ZMQConnection(endpoint) as peer:
        program = PlaybackProgram(np.full(1000, transport.READ, dtype=np.uint64), (0, 1000, 0))
        peer.run(program)
        assert len(program.responses.omnibus) == 1000


@pytest.mark.parametrize(("value", "best", "verdict"),
                         [(2.0, ">", "met"), (1.0, ">", "missed"), (1.0, "<", "met")])
def test_targets_are_met_or_missed(value, best, verdict):
    figure = hagen.Figure("rate", value, "GMAC/s", 1.5, best)
    assert figure.verdict == verdict
    assert verdict in str(figure)


def test_requests_to_valgrind_do_nothing_without_it():
    done = []
    instructions.Callgrind().count(lambda: done.append(1))
    assert done == [1]


def test_a_product_is_measured_beside_itself(capsys):
    here = compare.HERE.parent.parent
    assert compare.main(["dense", "--before", str(here), "--rounds", "1"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if "256 x 256" in line)
    assert "times as fast" in line
