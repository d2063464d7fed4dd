"""The nominal hagen configuration, decoded again and looked at."""

import time

import numpy as np
import pytest

from fisch import registers
from stadls import nominal


def decoded(name, revision="v3"):
    """Fields of all containers of one type, found by address in the words."""
    addresses, words = nominal.hagen_words(revision)
    table = dict(zip(addresses.tolist(), words.tolist(), strict=True))
    size = registers.container(name).coordinate_size
    where = registers.addresses(name, np.arange(size), "Omnibus")
    block = np.array([[table[a] for a in row] for row in where.tolist()])
    return registers.decode_block(name, block)


def test_every_address_once():
    addresses, words = nominal.hagen_words()
    assert addresses.dtype == words.dtype == np.uint32
    assert len(addresses) == len(words) == len(np.unique(addresses))
    assert not addresses.flags.writeable


def test_membranes_reach_the_cadc():
    assert decoded("CADCConfig")["enable"].all()
    assert not decoded("CADCChannelConfig")["offset"].any()
    assert decoded("ColumnCorrelationQuad")["enable_cadc_neuron_readout_causal"].all()
    neurons = decoded("NeuronConfig")
    assert neurons["enable_readout_amplifier"].all()
    assert not neurons["readout_source"].any()


def test_synaptic_inputs_are_on():
    neurons, columns = decoded("NeuronConfig"), decoded("ColumnCurrentQuad")
    for sign in ("excitatory", "inhibitory"):
        assert neurons[f"enable_synaptic_input_{sign}"].all()
        assert columns[f"enable_synaptic_current_{sign}"].all()


@pytest.mark.parametrize(("revision", "dac", "address_out"), [
    ("v1", False, True), ("v2", True, False), ("v3", True, False)])
def test_drivers_are_off_and_graded(revision, dac, address_out):
    drivers = decoded("SynapseDriverConfig", revision)
    assert not drivers["enable_receiver"].any()
    assert not drivers["row_mode_top"].any()
    assert not drivers["row_mode_bottom"].any()
    assert drivers["enable_stp"].all()
    assert drivers["enable_hagen_modulation"].all()
    assert (drivers["enable_hagen_dac"] == dac).all()
    assert (drivers["enable_address_out"] == address_out).all()
    assert (drivers["offset"] == 7).all()
    assert (drivers["hagen_dac_offset"] == 32).all()


def test_analog_parameters():
    cells = decoded("CapMemCell")["value"].reshape(4, 24, 130)
    assert cells.max() <= 1022
    assert not cells[:, 8, :128].any()  # no leak
    assert (cells[:, 13, :128] == 450).all()
    # inhibitory inputs are weaker by 7 % on average, gains grow with the code to the power 0.72
    assert (cells[:, 17, :128] == round(450 * (1 / 0.93) ** (1 / 0.72))).all()
    # synapse DAC bias: 1022 in the weakest of four quadrants that deviate by 10 %, inputs at their
    # median gain, where quadrants deviate by 20 %
    weakest = np.random.default_rng(1).normal(1, 0.1, (100_000, 4)).min(axis=1).mean()
    median = np.exp(-(0.2**2) / 2)
    assert cells[:, 8, 128] / 1022 == pytest.approx(weakest * median, rel=0.01)
    assert (cells[:, 12, 128] == 1022).all()  # driver comparator
    assert cells[:, 15:17, 128].all()  # CADC ramp and comparator
    assert cells[[1, 3], 22, 128].tolist() == [820, 820]  # hagen DAC


def test_unknown_revision():
    with pytest.raises(ValueError, match="v4"):
        nominal.hagen_words("v4")


def test_is_quick():
    nominal.hagen_words.__wrapped__("v3")
    start = time.perf_counter()
    nominal.hagen_words.__wrapped__("v3")
    assert time.perf_counter() - start < 0.5
