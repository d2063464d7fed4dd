"""Neurons of several circuits: connections, places, words."""

import copy
import pickle

import numpy as np
import pytest

from stadls import PlaybackProgramBuilder, halco, lola
from tests.stadls.aggregates import written, written_one_by_one


def at(column, row=0):
    return halco.AtomicNeuronOnLogicalNeuron(halco.NeuronColumnOnLogicalNeuron(column),
                                             halco.NeuronRowOnLogicalNeuron(row))


def line(morphology, start, end, row=0):
    morphology.connect_soma_line(halco.NeuronColumnOnLogicalNeuron(start),
                                 halco.NeuronColumnOnLogicalNeuron(end),
                                 halco.NeuronRowOnLogicalNeuron(row))


def two_compartments():
    """Three circuits, joined by the soma line with the resistor of a fourth."""
    morphology = lola.Morphology()
    first = morphology.create_compartment([at(0), at(0, 1), at(1)])
    second = morphology.create_compartment([at(2)])
    morphology.connect_to_soma(at(1))
    morphology.connect_resistor_to_soma(at(2))
    line(morphology, 1, 2)
    return morphology, first, second


def test_switches():
    morphology, first, second = two_compartments()
    assert (int(first), int(second)) == (0, 1)
    assert isinstance(first, halco.CompartmentOnLogicalNeuron)
    assert morphology[at(0)].connect_right
    assert morphology[at(0)].connect_vertical
    assert not morphology[at(1)].connect_right
    assert morphology[at(1)].connect_soma
    assert morphology[at(1)].connect_soma_right
    assert morphology[at(2)].enable_conductance
    assert not morphology[at(2)].connect_soma_right
    morphology[at(2)].connect_soma = True  # a copy
    assert not morphology[at(2)].connect_soma
    compartments, neuron = morphology.done()
    assert compartments == halco.LogicalNeuronCompartments({
        halco.CompartmentOnLogicalNeuron(0): [at(0), at(0, 1), at(1)],
        halco.CompartmentOnLogicalNeuron(1): [at(2)]})
    assert neuron.morphology == morphology
    assert str(morphology).splitlines()[:3] == ["o  o--o", "   |  R", "A--A  B"]


def test_soma_line():
    morphology = lola.Morphology()
    line(morphology, 1, 6)
    assert [c for c in range(8) if morphology[at(c)].connect_soma_right] == [1, 2, 3, 4, 5]
    morphology.create_compartment([at(1)])
    morphology.create_compartment([at(6)])
    with pytest.raises(RuntimeError, match="hang together"):
        morphology.done()
    morphology.connect_to_soma(at(1))
    with pytest.raises(RuntimeError, match="hang together"):
        morphology.done()
    morphology.connect_resistor_to_soma(at(6))
    compartments, neuron = morphology.done()
    # the switches between are in circuits of no compartment
    with pytest.raises(RuntimeError, match="not be written"):
        written(halco.LogicalNeuronOnDLS(compartments), neuron)
    with pytest.raises(RuntimeError, match="from column 6 to 1"):
        line(morphology, 6, 1)


def test_longest_chain():
    morphology = lola.Morphology()
    for column in range(128):
        morphology.create_compartment([at(column), at(column, 1)])
        morphology.connect_to_soma(at(column, column % 2))
        if column:
            morphology.connect_resistor_to_soma(at(column, 1 - column % 2))
            line(morphology, column - 1, column, 1 - column % 2)
    compartments, _ = morphology.done()
    assert len(compartments.circuits()) == 256


def test_wrong_compartments():
    morphology = lola.Morphology()
    with pytest.raises(RuntimeError):
        morphology.create_compartment([])
    with pytest.raises(RuntimeError, match="next to each other"):
        morphology.create_compartment([at(0), at(2)])
    with pytest.raises(RuntimeError, match="next to each other"):
        morphology.create_compartment([at(0), at(1, 1)])
    with pytest.raises(RuntimeError, match="already"):
        morphology.create_compartment([at(0), at(0)])
    with pytest.raises(RuntimeError):
        morphology.done()
    morphology.create_compartment([at(0), at(0, 1)])
    with pytest.raises(RuntimeError, match="already"):
        morphology.create_compartment([at(0, 1), at(1, 1)])
    morphology.create_compartment([at(2)])
    with pytest.raises(RuntimeError, match="hang together"):
        morphology.done()


def test_wrong_connections():
    morphology, _, _ = two_compartments()
    with pytest.raises(RuntimeError):
        morphology.connect_to_soma(at(2))
    with pytest.raises(RuntimeError):
        morphology.connect_resistor_to_soma(at(1))
    morphology.create_compartment([at(3)])
    line(morphology, 2, 3)
    morphology.connect_to_soma(at(3))
    with pytest.raises(RuntimeError, match="joins compartments"):
        morphology.done()
    other, _, _ = two_compartments()
    line(other, 2, 3)
    other.connect_resistor_to_soma(at(3))
    with pytest.raises(RuntimeError, match="no compartment"):
        other.done()


def test_words_of_a_neuron():
    compartments, neuron = two_compartments()[0].done()
    neuron[(halco.CompartmentOnLogicalNeuron(0), 1)].leak.v_leak = 77
    neuron[(1, 0)].multicompartment.i_bias_nmda = 5
    anchor = halco.AtomicNeuronOnDLS(halco.Enum(100))
    place = halco.LogicalNeuronOnDLS(compartments, anchor)
    circuits = place.get_atomic_neurons()
    assert [int(c) for c in circuits] == [100, 356, 101, 102]
    assert place.get_placed_compartments()[halco.CompartmentOnLogicalNeuron(1)] == circuits[3:]
    found = written(place, neuron)
    collapsed = neuron.collapse_neuron()
    expected = written_one_by_one(zip(circuits, collapsed.values(), strict=True))
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])
    assert collapsed[at(0, 1)].leak.v_leak == 77
    assert collapsed[at(0)].multicompartment.connect_right
    assert collapsed[at(1)].multicompartment.connect_soma_right
    back = lola.LogicalNeuron.decode(found[1], place)
    assert back == neuron
    assert back.morphology[at(1)].connect_soma
    builder = PlaybackProgramBuilder()
    builder.read(place)
    assert builder.size_from_fpga() == 4 * 34
    with pytest.raises(RuntimeError, match="shape"):
        written(halco.LogicalNeuronOnDLS(), neuron)


def test_elements_keep_the_connections():
    _, neuron = two_compartments()[0].done()
    element = neuron[(0, 2)]
    with pytest.raises(AttributeError):
        element.multicompartment.connect_soma = False
    other = lola.MCSafeAtomicNeuron()
    other.leak.v_leak = 3
    other.multicompartment.enable_conductance_division = True
    neuron[(0, 2)] = other
    assert element.leak.v_leak == 3
    circuit = neuron.collapse_neuron()[at(1)]
    assert circuit.multicompartment.connect_soma
    assert circuit.multicompartment.enable_conductance_division
    with pytest.raises(TypeError):
        neuron[(0, 2)] = lola.AtomicNeuron()
    with pytest.raises(IndexError):
        neuron[(1, 1)]


def test_copies():
    compartments, neuron = two_compartments()[0].done()
    for other in (copy.copy(neuron), lola.LogicalNeuron(neuron),
                  pickle.loads(pickle.dumps(neuron))):
        assert other == neuron
        other[(0, 0)].leak.v_leak = 1
        assert other != neuron
    place = halco.LogicalNeuronOnDLS(compartments)
    assert pickle.loads(pickle.dumps(place)) == place
    assert hash(place) == hash(halco.LogicalNeuronOnDLS(compartments))


def test_places():
    compartments, _ = two_compartments()[0].done()

    def put(column, row=0):
        return halco.LogicalNeuronOnDLS(compartments, halco.AtomicNeuronOnDLS(
            halco.NeuronColumnOnDLS(column), halco.NeuronRowOnDLS(row)))

    put(125)
    put(253)
    with pytest.raises(RuntimeError, match="127 to 128"):
        put(126)
    with pytest.raises(RuntimeError, match="columns"):
        put(254)
    with pytest.raises(RuntimeError, match="rows"):
        put(0, 1)
    flipped = compartments.flip_x()
    assert flipped.get_compartments()[halco.CompartmentOnLogicalNeuron(1)] == [at(0)]
    assert flipped.flip_x() == compartments
    assert compartments.flip_y().circuits()[:2] == [at(0, 1), at(0)]
    with pytest.raises(RuntimeError):
        halco.LogicalNeuronCompartments({halco.CompartmentOnLogicalNeuron(0): [at(0), at(0)]})
