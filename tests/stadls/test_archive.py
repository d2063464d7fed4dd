"""Text and bytes of containers: round trips, and what is refused."""

import json
import pickle

import numpy as np
import pytest

import stadls
from stadls import hal, halco, lola
from tests.stadls.aggregates import randomise

EVERY = [*hal.containers, *lola.containers]
SMALL = [lola.AtomicNeuron, lola.ReadoutChain, lola.SynapseRow, lola.MemoryTiming, lola.CapMem]


@pytest.mark.parametrize("kind", EVERY, ids=lambda k: k.__name__)
def test_default_objects(kind):
    for module in (hal, lola, stadls):
        first, second = kind(), kind()
        module.from_json(second, module.to_json(first))
        assert second == first
        module.from_portablebinary(second, module.to_portablebinary(first))
        assert second == first
    assert pickle.loads(pickle.dumps(kind())) == kind()


@pytest.mark.parametrize("kind", SMALL, ids=lambda k: k.__name__)
def test_random_aggregates(kind):
    source = randomise(kind(), np.random.default_rng(1))
    for write, read in ((lola.to_json, lola.from_json),
                        (lola.to_portablebinary, lola.from_portablebinary)):
        target = kind()
        read(target, write(source))
        assert target == source


def test_leaf_with_values():
    config = hal.NeuronConfig()
    config.readout_source = config.ReadoutSource.adaptation
    config.membrane_capacitor_size = 63
    other = hal.NeuronConfig()
    hal.from_json(other, hal.to_json(config))
    assert other == config
    quad = hal.SynapseQuad()
    quad.weights = [1, 2, 3, 63]
    other = hal.SynapseQuad()
    hal.from_portablebinary(other, hal.to_portablebinary(quad))
    assert other == quad
    assert other.weights[3] == 63


def test_part_of_a_chip():
    chip = lola.Chip()
    neuron = chip.neuron_block.atomic_neurons[7]
    lola.from_json(neuron, lola.to_json(lola.AtomicNeuron()).replace("[0,", "[9,", 1))
    assert chip.neuron_block.atomic_neurons[7] != lola.AtomicNeuron()
    assert chip.neuron_block.atomic_neurons[8] == lola.AtomicNeuron()


def test_size_of_a_chip():
    assert len(lola.to_portablebinary(lola.Chip())) < 1_000_000


def changed(**changes):
    return json.dumps({**json.loads(hal.to_json(hal.CapMemCell())), **changes})


@pytest.mark.parametrize(("text", "message"), [
    ("nonsense", "no JSON"), ("[]", "hxemu"), (changed(format="x"), "hxemu"),
    (changed(version=2), "version 2"), (changed(type="NeuronConfig"), "NeuronConfig"),
    (changed(content={}), "missing"), (changed(content={"value": 1024}), "1024"),
    (changed(content={"value": -1}), "-1"), (changed(content={"value": 0.5}), "integers"),
    (changed(content={"value": [1, 2]}), "shape"), (changed(content=[]), "object"),
    (changed(content={"value": [[1], 2]}), "array"),
    (changed(content={"value": 1, "other": 2}), "other")])
def test_refused_text(text, message):
    cell = hal.CapMemCell(500)
    with pytest.raises(RuntimeError, match=message):
        hal.from_json(cell, text)
    assert cell == hal.CapMemCell(500)


def test_refused_bytes():
    good = lola.to_portablebinary(lola.SynapseWeightRow())
    row = lola.SynapseWeightRow()
    row.values[3] = 9
    for bad, message in ((b"\x01" + good, "real software stack"), (b"", "hxemu"),
                         (good[:10], "cut off"), (good[:-1], "cut off"), (good + b"x", "longer"),
                         (good[:20] + b"\xff" + good[21:], "damaged"),
                         (good[:-1] + b"\x40", "64")):
        with pytest.raises(RuntimeError, match=message):
            lola.from_portablebinary(row, bad)
    assert row.values[3] == 9
    with pytest.raises(RuntimeError, match="SynapseLabelRow"):
        lola.from_portablebinary(lola.SynapseLabelRow(), good)
    with pytest.raises(TypeError):
        lola.to_json(halco.SynramOnDLS())
    with pytest.raises(TypeError):
        lola.to_json(3)


def test_every_cut_is_refused():
    good = lola.to_portablebinary(lola.SynapseLabelRow())
    for end in range(0, len(good), 7):
        with pytest.raises(RuntimeError):
            lola.from_portablebinary(lola.SynapseLabelRow(), good[:end])


@pytest.mark.parametrize("store", [hal.to_json, hal.to_portablebinary])
@pytest.mark.parametrize("value", [3, halco.SynramOnDLS(1)])
def test_only_containers_are_stored(store, value):
    with pytest.raises(TypeError, match="a container is needed"):
        store(value)
