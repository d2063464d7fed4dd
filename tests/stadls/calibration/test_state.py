"""State of a chip: what it encodes, and what it holds back."""

import numpy as np
import pytest

from fisch import registers
from stadls import hal, halco, nominal
from stadls.calibration.state import ChipState, block_cells, chip_cell, neuron_cells


def test_cells_are_those_of_the_coordinates():
    for neuron in (0, 127, 128, 255, 256, 511):
        place = halco.NeuronConfigOnDLS(halco.Enum(neuron))
        block = place.toNeuronConfigBlockOnDLS().toCapMemBlockOnDLS()
        column = int(place.toNeuronConfigOnNeuronConfigBlock())
        cell = halco.CapMemCellOnDLS(
            halco.CapMemCellOnCapMemBlock(halco.CapMemColumnOnCapMemBlock(column),
                                          halco.CapMemRowOnCapMemBlock.i_bias_leak), block)
        assert neuron_cells("i_bias_leak")[neuron] == int(cell.toEnum())
    cell = halco.CapMemCellOnDLS(halco.CapMemCellOnCapMemBlock.syn_i_bias_dac,
                                 halco.CapMemBlockOnDLS(2))
    assert block_cells("syn_i_bias_dac")[2] == int(cell.toEnum())
    assert chip_cell("hagen_ibias_dac_top") == int(
        halco.CapMemCellOnDLS.hagen_ibias_dac_top.toEnum())
    with pytest.raises(KeyError):
        neuron_cells("v_nothing")


def test_only_what_was_set_is_encoded():
    state = ChipState()
    state.set("SynapseDriverConfig", [3, 200], hagen_dac_offset=[5, 60], enable_receiver=True)
    addresses, words = state.words()
    assert addresses.tolist() == registers.addresses(
        "SynapseDriverConfig", [3, 200]).ravel().tolist()
    config = hal.SynapseDriverConfig()
    config.hagen_dac_offset, config.enable_receiver = 5, True
    assert words[:3].tolist() == registers.encode(
        "SynapseDriverConfig", {"hagen_dac_offset": 5, "enable_receiver": True})


def test_changes_are_told_once():
    state = ChipState()
    state.set_neuron_cells({"v_leak": 500})
    assert len(state.pending()[0]) == 512
    assert len(state.pending()[0]) == 0
    codes = np.full(512, 500)
    codes[[4, 300]] = 501
    state.set_neuron_cells({"v_leak": codes})
    addresses, words = state.pending()
    assert addresses.tolist() == registers.addresses(
        "CapMemCell", neuron_cells("v_leak")[[4, 300]]).ravel().tolist()
    assert words.tolist() == [501, 501]
    state.set_block_cells({"syn_i_bias_dac": 0})
    assert len(state.pending()[0]) == 4                  # unknown before, although a default
    state.set_block_cells({"syn_i_bias_dac": 0})
    assert len(state.pending()[0]) == 0
    state.forget()
    assert len(state.pending()[0]) == 516
    assert state.cells(neuron_cells("v_leak"))[[3, 4]].tolist() == [500, 501]


def test_wrong_values_change_nothing():
    state = ChipState()
    state.set_neuron_cells({"v_leak": 500})
    for wrong in (1023, -1):
        with pytest.raises(ValueError, match=r"CapMemCell\.value"):
            state.set_neuron_cells({"v_leak": wrong})
    with pytest.raises(TypeError, match="integers"):
        state.set_neuron_cells({"v_leak": 0.5})
    with pytest.raises(ValueError, match="hagen_dac_offset"):
        state.set("SynapseDriverConfig", enable_receiver=True, hagen_dac_offset=64)
    with pytest.raises(KeyError, match="nothing"):
        state.set("SynapseDriverConfig", nothing=1)
    assert len(state.words()[0]) == 512


@pytest.mark.parametrize("revision", ["v1", "v2", "v3"])
def test_the_nominal_configuration_goes_through(revision):
    addresses, words = nominal.hagen_words(revision)
    again = dict(zip(*(a.tolist() for a in ChipState.nominal(revision).words()), strict=True))
    assert again == dict(zip(addresses.tolist(), words.tolist(), strict=True))


def test_enums_by_name():
    state = ChipState()
    state.set("NeuronConfig", [1], readout_source="exc_synin")
    assert state.get("NeuronConfig", "readout_source")[:3].tolist() == [0, 1, 0]
    _, place, words = next(iter(state.containers()))
    assert place == 1
    config = hal.NeuronConfig.decode(words, halco.NeuronConfigOnDLS(halco.Enum(1)))
    assert config.readout_source == hal.NeuronConfig.ReadoutSource.exc_synin
