"""Neurons, read-out chains and the whole chip: orders, values and views."""

import copy
import operator
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadls import PlaybackProgramBuilder, hal, halco, lola
from tests.stadls.aggregates import randomise, written, written_one_by_one
from tests.stadls.messages import omnibus_reads

SIZES = {"AtomicNeuron": 34, "NeuronBlock": 17688, "SynapseBlock": 32770, "CADCReadoutChain": 789,
         "ReadoutChain": 31, "CapMem": 140, "ExternalPPUMemory": 32768, "Chip": 126842,
         "OutputRoutingTable": 65536, "InputRoutingTable": 32768, "MultichipJboaLeafFPGA": 98304,
         "SinglechipFPGA": 65793, "ChipAndSinglechipFPGA": 192635,
         "ChipAndMultichipJboaLeafFPGA": 225146}
# analog fields of a neuron and the rows of their cells, in the order of writing
CELLS = [("excitatory_input.i_bias_tau", 10), ("excitatory_input.i_bias_coba", 11),
         ("excitatory_input.i_shift_reference", 12), ("excitatory_input.i_bias_gm", 13),
         ("excitatory_input.v_rev_coba", 3), ("inhibitory_input.i_bias_tau", 14),
         ("inhibitory_input.i_bias_coba", 15), ("inhibitory_input.i_shift_reference", 16),
         ("inhibitory_input.i_bias_gm", 17), ("inhibitory_input.v_rev_coba", 4),
         ("leak.v_leak", 0), ("leak.i_bias", 8), ("reset.v_reset", 1), ("reset.i_bias", 9),
         ("threshold.v_threshold", 2), ("constant_current.i_offset", 22),
         ("adaptation.v_leak", 5), ("adaptation.i_bias_tau", 18), ("adaptation.i_bias_a", 19),
         ("adaptation.i_bias_b", 20), ("adaptation.v_ref", 7), ("exponential.v_exp", 6),
         ("exponential.i_bias", 21), ("multicompartment.i_bias_nmda", 23)]
NEURON = lola.AtomicNeuron
# (field, value, container, field of the container, value there)
SWITCHES = [
    ("excitatory_input.enable", True, "config", "enable_synaptic_input_excitatory", True),
    ("inhibitory_input.enable_coba_mode", True, "config",
     "enable_synaptic_input_inhibitory_coba_mode", True),
    ("excitatory_input.enable_small_capacitance", False, "config",
     "enable_synaptic_input_excitatory_small_capacitance", False),
    ("inhibitory_input.enable_high_resistance", True, "config",
     "enable_synaptic_input_inhibitory_high_resistance", True),
    ("leak.enable_degeneration", True, "config", "enable_leak_degeneration", True),
    ("reset.enable_division", True, "config", "enable_reset_division", True),
    ("reset.enable_multiplication", True, "config", "enable_reset_multiplication", True),
    ("threshold.enable", True, "config", "enable_threshold_comparator", True),
    ("multicompartment.connect_soma", True, "config", "connect_soma", True),
    ("multicompartment.connect_soma_right", True, "config", "connect_soma_right", True),
    ("multicompartment.connect_right", True, "config", "connect_membrane_right", True),
    ("multicompartment.connect_vertical", True, "config", "connect_bottom", True),
    ("multicompartment.enable_conductance", True, "config", "enable_multicomp_conductance", True),
    ("multicompartment.enable_conductance_division", True, "config",
     "enable_divide_multicomp_conductance_bias", True),
    ("constant_current.enable", True, "config", "enable_membrane_offset", True),
    ("constant_current.type", NEURON.ConstantCurrent.Type.sink, "config",
     "invert_membrane_offset", True),
    ("membrane_capacitance.capacitance", 63, "config", "membrane_capacitor_size", 63),
    ("adaptation.enable", True, "config", "enable_adaptation", True),
    ("adaptation.enable_pulse", True, "backend", "enable_adaptation_pulse", True),
    ("adaptation.invert_b", True, "config", "invert_adaptation_b", True),
    ("exponential.enable", True, "config", "enable_exponential", True),
    ("event_routing.analog_output", NEURON.EventRouting.AnalogOutputMode.normal, "config",
     "enable_fire", True),
    ("event_routing.analog_output", NEURON.EventRouting.AnalogOutputMode.strong, "config",
     "enable_strong_fire", True),
    ("event_routing.enable_digital", True, "backend", "enable_spike_out", True),
    ("event_routing.enable_bypass_inhibitory", True, "config", "enable_bypass_inhibitory", True),
    ("event_routing.address", 200, "backend", "address_out", 200),
    ("event_routing.enable_post_overwrite", True, "backend", "post_overwrite", True),
    ("readout.enable_buffered_access", True, "config", "enable_readout", True),
    ("readout.enable_amplifier", True, "config", "enable_readout_amplifier", True),
    ("readout.enable_unbuffered_access", True, "config", "enable_unbuffered_access", True),
    ("readout.source", NEURON.Readout.Source.adaptation, "config", "readout_source", 3),
    ("refractory_period.input_clock", 1, "backend", "select_input_clock", 1),
    ("refractory_period.reset_holdoff", 3, "backend", "reset_holdoff", 3),
    ("refractory_period.refractory_time", 255, "backend", "refractory_time", 255),
    ("refractory_period.enable_pause", True, "config", "enable_pause", True),
    ("bayesian.to_post_pulse", False, "backend", "enable_bayesian_extension", False),
    ("bayesian.operation", NEURON.Bayesian.Operation.AND, "backend", "enable_bayesian_0", True),
    ("bayesian.operation", NEURON.Bayesian.Operation.XNOR, "backend", "enable_bayesian_1", True),
    ("bayesian.operation", NEURON.Bayesian.Operation.MULLER_C, "backend", "enable_bayesian_0",
     True),
    ("bayesian.connect_fire_vertical", True, "backend", "connect_fire_bottom", True),
    ("bayesian.enable_master", True, "backend", "enable_neuron_master", True),
    ("bayesian.enable_slave", True, "backend", "enable_neuron_slave", True)]


def cell(block, column, row):
    return halco.CapMemCellOnDLS(
        halco.CapMemCellOnCapMemBlock(halco.CapMemColumnOnCapMemBlock(column),
                                      halco.CapMemRowOnCapMemBlock(row)),
        halco.CapMemBlockOnDLS(block))


def assign(neuron, path, value):
    group, _, field = path.partition(".")
    setattr(getattr(neuron, group), field, value)


def leaves_of_neuron(place, neuron):
    """What a neuron consists of, in the order of writing."""
    block, column = divmod(int(place), 128)
    pairs = [(place.toNeuronConfigOnDLS(), neuron.asNeuronConfig())]
    pairs += [(cell(block, column, row), hal.CapMemCell(operator.attrgetter(path)(neuron)))
              for path, row in CELLS]
    return [*pairs, (place.toNeuronBackendConfigOnDLS(), neuron.asNeuronBackendConfig())]


@pytest.mark.parametrize("name", SIZES)
def test_number_of_words(name):
    kind = getattr(lola, name)
    builder = PlaybackProgramBuilder()
    builder.write(kind.coordinate_type(), kind())
    assert builder.size_to_fpga() == 2 * SIZES[name]
    builder.read(kind.coordinate_type())
    assert builder.size_from_fpga() == SIZES[name]


def test_names_of_the_containers():
    assert len(lola.containers) == 35
    assert lola.containers[:3] == [lola.NeuronBlock, lola.AtomicNeuron, lola.Chip]
    assert lola.AtomicNeuron.AnalogValue is hal.CapMemCell.Value


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 511), st.integers(0, 2**32 - 1))
def test_neuron_equals_its_containers(enum, seed):
    neuron = randomise(lola.AtomicNeuron(), np.random.default_rng(seed))
    place = halco.AtomicNeuronOnDLS(halco.Enum(enum))
    addresses, words = written(place, neuron)
    expected = written_one_by_one(leaves_of_neuron(place, neuron))
    assert np.array_equal(addresses, expected[0])
    assert np.array_equal(words, expected[1])
    assert lola.AtomicNeuron.decode(words, place) == neuron


@pytest.mark.parametrize(("path", "value", "container", "field", "there"), SWITCHES)
def test_fields_of_a_neuron(path, value, container, field, there):
    neuron, before = lola.AtomicNeuron(), lola.AtomicNeuron()
    assign(neuron, path, value)
    assert operator.attrgetter(path)(neuron) == value
    assert neuron != before
    found = neuron.asNeuronConfig() if container == "config" else neuron.asNeuronBackendConfig()
    assert getattr(found, field) == there
    other = lola.AtomicNeuron()
    other.set_from(neuron.asNeuronConfig())
    other.set_from(neuron.asNeuronBackendConfig())
    assert other == neuron


def test_defaults_of_a_neuron():
    neuron = lola.AtomicNeuron()
    config = hal.NeuronConfig()
    config.enable_synaptic_input_excitatory_small_capacitance = True
    config.enable_synaptic_input_inhibitory_small_capacitance = True
    assert neuron.asNeuronConfig() == config
    assert neuron.asNeuronBackendConfig() == hal.NeuronBackendConfig()
    assert all(operator.attrgetter(path)(neuron) == neuron.AnalogValue(0) for path, _ in CELLS)
    assert neuron.event_routing == lola.AtomicNeuron.EventRouting.disabled


def test_groups_alone_and_assigned():
    neuron = lola.AtomicNeuron()
    leak = lola.AtomicNeuron.Leak(v_leak=500, enable_division=True)
    neuron.leak = leak
    leak.v_leak = 1
    assert neuron.leak.v_leak == 500
    view = neuron.leak
    taken = type(view)(view)
    for alone in (taken, copy.deepcopy(view), pickle.loads(pickle.dumps(view))):
        assert alone == view
        alone.i_bias = 9
        assert view.i_bias == 0
    neuron.reset.v_reset = neuron.AnalogDisableRefresh()
    assert neuron.reset.v_reset == hal.CapMemCell.DisableRefresh(1023)
    with pytest.raises(TypeError, match=r"AtomicNeuron\.Leak\.v_leak"):
        neuron.leak.v_leak = 1023
    with pytest.raises(TypeError, match="operation"):
        neuron.bayesian.operation = 4
    with pytest.raises(TypeError):
        neuron.leak = neuron.reset
    with pytest.raises(AttributeError):
        neuron.leak.v_leek = 1
    routing = lola.AtomicNeuron.EventRouting
    neuron.event_routing = routing.enabled
    assert neuron.event_routing == routing(routing.AnalogOutputMode.normal, True, False, False,
                                           routing.Address(0), False)
    assert routing.bypass_exc.enable_bypass_excitatory
    assert "v_leak: Value(500)" in str(neuron)


def test_elements_alias_the_chip():
    chip, same = lola.Chip(), lola.Chip()
    place = halco.AtomicNeuronOnDLS(halco.Enum(300))
    neuron = chip.neuron_block.atomic_neurons[place]
    neuron.leak.v_leak = 500
    assert chip.neuron_block.atomic_neurons[place].leak.v_leak == 500
    assert chip.neuron_block.atomic_neurons[299].leak.v_leak == 0
    assert chip != same
    alone = lola.AtomicNeuron(neuron)
    alone.leak.v_leak = 1
    assert neuron.leak.v_leak == 500
    same.neuron_block.atomic_neurons[place] = neuron
    assert chip == same
    assert len(pickle.dumps(neuron)) < 10000
    chip.synapse_blocks[1].matrix.weights[7][8] = 63
    bottom = chip.synapse_blocks[halco.SynapseBlockOnDLS.bottom]
    assert bottom.matrix.weights.to_numpy()[7, 8] == 63
    chip.readout_chain.input_mux[0].neuron_even[halco.HemisphereOnDLS.bottom] = True
    assert chip.readout_chain.input_mux[0].neuron_even == [False, True]
    chain = chip.cadc_readout_chains[halco.CADCOnDLS.top]
    chain.channels_causal[3].enable_connect_neuron = True
    chain.ramp.i_slope.fill(100)
    assert chip.cadc_readout_chains[0].channels_causal[3].enable_connect_neuron
    assert chip.cadc_readout_chains[0].ramp.i_slope[1] == 100
    assert chip.cadc_readout_chains[1].ramp.i_slope[1] == 0
    neurons = chip.neuron_block.atomic_neurons
    neurons.fill(alone)
    assert all(n.leak.v_leak == 1 for n in neurons)
    with pytest.raises(TypeError):
        neurons[0] = lola.SynapseMatrix()
    with pytest.raises(TypeError):
        neurons[halco.NeuronConfigOnDLS()]
    with pytest.raises(IndexError):
        neurons[512]
    with pytest.raises(RuntimeError):
        chip.neuron_block.v_bias_casc_n.to_numpy()
    with pytest.raises(RuntimeError):
        chip.neuron_block.v_bias_casc_n.from_numpy(np.zeros(4))


def test_neuron_block_equals_its_containers():
    block = randomise(lola.NeuronBlock(), np.random.default_rng(3))
    pairs = []
    for place in halco.iter_all(halco.AtomicNeuronOnDLS):
        pairs += [(place, block.atomic_neurons[place])]
    pairs += [(c, block.backends[c]) for c in halco.iter_all(halco.CommonNeuronBackendConfigOnDLS)]
    pairs += [(c, block.current_rows[c]) for c in halco.iter_all(halco.ColumnCurrentRowOnDLS)]
    for b in halco.iter_all(halco.CapMemBlockOnDLS):
        pairs += [(cell(int(b), column, row), hal.CapMemCell(getattr(block, name)[b]))
                  for name, column, row in (
                      ("v_bias_casc_n", 128, 7), ("i_bias_readout_amp", 128, 18),
                      ("i_bias_leak_source_follower", 128, 19),
                      ("i_bias_threshold_comparator", 128, 20), ("i_bias_synin_drop", 129, 23))]
    found, expected = written(halco.NeuronBlockOnDLS(), block), written_one_by_one(pairs)
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])


@pytest.mark.parametrize("hemisphere", [0, 1])
def test_cadc_chain_equals_its_containers(hemisphere):
    chain = randomise(lola.CADCReadoutChain(), np.random.default_rng(hemisphere))
    config = hal.CADCConfig()
    for name in ("enable", "reset_wait", "dead_time"):
        setattr(config, name, getattr(chain.ramp, name))
    pairs = [(halco.CADCConfigOnDLS(hemisphere), config)]
    for b in range(2):
        pairs += [(cell(2 * hemisphere + b, 128, row),
                   hal.CapMemCell(operator.attrgetter(path)(chain)[b])) for path, row in (
            ("ramp.v_offset", 4), ("ramp.i_slope", 15), ("ramp.i_bias_comparator", 16),
            ("ramp.i_bias_vreset_buffer", 17), ("ramp.v_bias_buffer", 5),
            ("correlation.i_bias_ramp", 9), ("correlation.i_bias_store", 10),
            ("correlation.i_bias_corout", 11))]
    row = lola.ColumnCorrelationRow()
    for kind, channels in (("causal", chain.channels_causal), ("acausal", chain.channels_acausal)):
        for c in halco.iter_all(halco.CADCChannelColumnOnSynram):
            place = halco.CADCChannelConfigOnDLS(
                halco.CADCChannelConfigOnSynram(c, getattr(halco.CADCChannelType, kind)),
                halco.SynramOnDLS(hemisphere))
            channel = hal.CADCChannelConfig()
            channel.offset = channels[c].offset
            pairs.append((place, channel))
            switch = row.values[int(c)]
            setattr(switch, f"enable_internal_{kind}", channels[c].enable_connect_correlation)
            setattr(switch, f"enable_debug_{kind}", channels[c].enable_connect_debug)
            setattr(switch, f"enable_cadc_neuron_readout_{kind}",
                    channels[c].enable_connect_neuron)
    pairs.append((halco.ColumnCorrelationRowOnDLS(hemisphere), row))
    timing = hal.CommonCorrelationConfig()
    for name in ("sense_delay", "reset_duration", "reset_fall_time", "reset_mode"):
        setattr(timing, name, getattr(chain.correlation, name))
    timing.cadc_v_offset_assignment = chain.ramp.v_offset_assignment
    pairs.append((halco.CommonCorrelationConfigOnDLS(hemisphere), timing))
    found, expected = written(halco.CADCOnDLS(hemisphere), chain), written_one_by_one(pairs)
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])


def test_defaults_of_the_cadc_chain():
    chain = lola.CADCReadoutChain()
    assert (chain.ramp.enable, int(chain.ramp.reset_wait), int(chain.ramp.dead_time)) \
        == (False, 100, 20)
    assert [int(v) for v in chain.ramp.v_offset_assignment] == [0, 1]
    timing = chain.correlation
    assert [int(v) for v in (timing.sense_delay, timing.reset_duration, timing.reset_fall_time)] \
        == [1, 200, 5]
    assert timing.reset_mode == timing.ResetMode.normal
    channel = chain.channels_causal[0]
    assert channel == lola.CADCReadoutChain.Channel()
    channel.offset = -128
    assert chain.channels_causal.front().offset == -128
    assert chain.channels_acausal.front().offset == 0


def test_readout_chain():
    chain = randomise(lola.ReadoutChain(), np.random.default_rng(5))
    selection = hal.ReadoutSourceSelection()
    for k in halco.iter_all(halco.SourceMultiplexerOnReadoutSourceSelection):
        selection.set_buffer(k, type(chain.input_mux[k])(chain.input_mux[k]))
        selection.enable_buffer_to_pad[k] = chain.buffer_to_pad[k].enable
    cells = {name: hal.CapMemCell(operator.attrgetter(name)(chain)) for name in (
        "dynamic_mux.i_bias", "pseudo_diff_converter.v_ref", "pseudo_diff_converter.buffer_bias",
        "madc_preamp.v_ref", "madc_preamp.i_bias", "madc.in_500na",
        "source_measure_unit.amp_v_ref", "source_measure_unit.amp_i_bias",
        "source_measure_unit.test_voltage", "source_measure_unit.buffer_i_bias",
        "current_dac.i_bias", "current_dac.i_bias_casc")}
    places = [(0, 129, 12), (1, 128, 6), (0, 128, 22), (0, 128, 6), (0, 129, 14), (0, 129, 13),
              (3, 128, 6), (0, 128, 21), (2, 128, 6), (0, 129, 11), (0, 129, 9), (0, 129, 10)]
    singles = [(cell(*p), c) for p, c in zip(places, cells.values(), strict=True)]
    dac = hal.CurrentDAC()
    for name, field in (("enable_current", "enable_current"), ("current", "current"),
                        ("sign", "sign"), ("connect_neuron", "connect_neuron_stimulus"),
                        ("connect_synapse", "connect_synapse_debug")):
        setattr(dac, name, getattr(chain.current_dac, field))
    pairs = [(halco.ReadoutSourceSelectionOnDLS(), selection),
             (cell(0, 128, 23), hal.CapMemCell(chain.buffer_to_pad[0].amp_i_bias)),
             (cell(0, 129, 8), hal.CapMemCell(chain.buffer_to_pad[1].amp_i_bias)),
             *singles[:6],
             *((p, chain.pad_mux[p]) for p in halco.iter_all(halco.PadMultiplexerConfigOnDLS)),
             *singles[6:], (halco.CurrentDACOnDLS(), dac)]
    found = written(halco.ReadoutChainOnDLS(), chain)
    expected = written_one_by_one(pairs)
    assert np.array_equal(found[0][:-10], expected[0])
    assert np.array_equal(found[1][:-10], expected[1])
    assert found[0][-10:].tolist() == list(range(0xC0001, 0xC000B))
    config = hal.MADCConfig.decode(found[1][-10:].tolist())
    for ours, theirs in (
            ("dynamic_mux.enable_amplifiers", "enable_active_mux_amplifiers"),
            ("dynamic_mux.initially_selected_input", "active_mux_initially_selected_input"),
            ("dynamic_mux.input_select_length", "active_mux_input_select_length"),
            ("pseudo_diff_converter.enable_reference", "enable_pseudo_differential_reference"),
            ("madc_input_crossbar.connect_source_measure_unit",
             "signal_selection_connect_current_meter"),
            ("madc_input_crossbar.connect_dynamic_mux", "signal_selection_connect_active_mux"),
            ("madc_input_crossbar.connect_pad_mux", "signal_selection_connect_debug"),
            ("madc_input_crossbar.connect_madc_preamp", "signal_selection_connect_preamp"),
            ("madc_preamp.gain_cap_size", "preamp_gain_capacitor_size"),
            ("madc_preamp.sampling_window_start", "preamp_sampling_window_start"),
            ("madc_preamp.sampling_window_end", "preamp_sampling_window_end"),
            ("madc_debug_crossbar.connect_preamp_to_madc", "connect_preamp_to_madc"),
            ("madc_debug_crossbar.connect_pads_to_madc", "connect_pads_to_madc"),
            ("madc_debug_crossbar.connect_preamp_to_pads", "connect_preamp_to_pads"),
            ("madc.number_of_samples", "number_of_samples"),
            ("madc.clock_scale_value", "madc_clock_scale_value"),
            ("source_measure_unit.sampling_window_start", "iconv_sampling_window_start"),
            ("source_measure_unit.sampling_window_end", "iconv_sampling_window_end"),
            ("source_measure_unit.connect_neuron_stimulus", "connect_iconv_neuron"),
            ("source_measure_unit.connect_synapse_debug", "connect_iconv_synapse")):
        assert operator.attrgetter(ours)(chain) == getattr(config, theirs), ours


def test_defaults_of_the_readout_chain():
    _, words = written(halco.ReadoutChainOnDLS(), lola.ReadoutChain())
    assert words[-10:].tolist() == hal.MADCConfig().encode()
    chain = lola.ReadoutChain()
    assert [int(v) for v in (
        chain.dynamic_mux.i_bias, chain.pseudo_diff_converter.v_ref, chain.madc_preamp.v_ref,
        chain.madc_preamp.i_bias, chain.madc.in_500na, chain.source_measure_unit.test_voltage,
        chain.source_measure_unit.amp_v_ref)] == [500, 400, 400, 500, 500, 400, 400]
    chain.madc.number_of_samples = 20000
    assert chain.madc.number_of_samples == chain.madc.NumberOfSamples(20000)
    chain.buffer_to_pad[1].enable = True
    chain.buffer_to_pad[1].amp_i_bias = chain.AnalogValue(300)
    found = dict(zip(*(a.tolist() for a in written(halco.ReadoutChainOnDLS(), chain)),
                     strict=True))
    assert found[0xC000D] == 1 << 13
    assert found[0x140000 + 32 * 129 + 8] == 300


def test_order_of_the_capmem():
    addresses, words = written(halco.CapMemOnDLS(), lola.CapMem())
    assert addresses[:40:10].tolist() == [0x144000, 0x14C000, 0x154000, 0x15C000]
    assert addresses[40] == 0x100000
    assert words[41:50].tolist() == [0x1000, 0x280, 0x28, 0xA28, 0xA28, 0x41, 0x41, 0x2CB, 0x2CB]
    unused = [(1, 128, 23), (3, 128, 23), *((2, 128, r) for r in (21, 22, 23)),
              *((0, 129, r) for r in (*range(8), *range(15, 23))),
              *((b, 129, r) for b in (1, 2, 3) for r in range(23))]
    assert addresses[50:].tolist() == [0x140000 + 0x8000 * b + 32 * c + r for b, c, r in unused]
    one, other = lola.CapMem(), lola.CapMem()
    one._data["_unused_cells"][7] = 1
    assert one != other


def test_chip_equals_its_aggregates():
    chip = randomise(lola.Chip(), np.random.default_rng(11))
    chip.external_ppu_memory.from_numpy(np.arange(131072) % 251)
    pairs = [(halco.CrossbarOnDLS(), chip.crossbar)]

    def every(kind, elements):
        return [(c, elements[c]) for c in halco.iter_all(kind)]

    pairs += every(halco.BackgroundSpikeSourceOnDLS, chip.background_spike_sources)
    pairs += [(halco.CapMemOnDLS(), chip.capmem)]
    pairs += every(halco.SynapseDriverBlockOnDLS, chip.synapse_driver_blocks)
    for c in halco.iter_all(halco.SynapseBlockOnDLS):
        block = chip.synapse_blocks[c]
        pairs += [(halco.SynramOnDLS(int(c)), block.matrix)]
        pairs += [(cell(2 * int(c) + b, 128, 8), hal.CapMemCell(block.i_bias_dac[b]))
                  for b in range(2)]
    pairs += [(halco.NeuronBlockOnDLS(), chip.neuron_block)]
    pairs += every(halco.CADCOnDLS, chip.cadc_readout_chains)
    pairs += [(halco.ReadoutChainOnDLS(), chip.readout_chain)]
    pairs += every(halco.PPUMemoryOnDLS, chip.ppu_memory)
    pairs += [(halco.ExternalPPUMemoryOnFPGA(), chip.external_ppu_memory)]
    found, expected = written(halco.ChipOnDLS(), chip), written_one_by_one(pairs)
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])
    assert found[1][-1] == int.from_bytes(bytes(i % 251 for i in range(131068, 131072)), "big")
    assert lola.Chip.decode(found[1], halco.ChipOnDLS()) == chip
    builder = PlaybackProgramBuilder()
    builder.read(halco.ChipOnDLS())
    assert np.array_equal(omnibus_reads(builder.done()), found[0])
    assert len(np.unique(found[0])) == len(found[0])


def test_differences_of_chips():
    chip = lola.Chip()
    other = lola.Chip(chip)
    assert len(written(halco.ChipOnDLS(), other, chip)[0]) == 0
    other.neuron_block.atomic_neurons[130].leak.v_leak = 7
    other.ppu_memory[1].words[3] = 9
    addresses, words = written(halco.ChipOnDLS(), other, chip)
    assert addresses.tolist() == [0x148000 + 32 * 2, 0x03800003]
    assert words.tolist() == [7, 9]


def test_chip_with_bypassed_neurons():
    chip = lola.Chip.default_neuron_bypass
    for place in (0, 511):
        neuron = chip.neuron_block.atomic_neurons[place]
        assert not neuron.threshold.enable
        assert neuron.event_routing.enable_bypass_excitatory
        assert neuron.event_routing.enable_bypass_inhibitory
    for block in chip.synapse_driver_blocks:
        assert [int(v) for v in block.padi_bus.dacen_pulse_extension] == [15] * 4
    chip.neuron_block.atomic_neurons[0].threshold.enable = True
    assert lola.Chip.default_neuron_bypass != chip


def test_all_analog_cells_are_written_once():
    addresses, _ = written(halco.ChipOnDLS(), lola.Chip())
    cells = [a for a in addresses.tolist()
             if 0x140000 <= a < 0x160000 and (a & 0x7FFF) < 32 * 130 and a % 32 < 24]
    assert len(cells) == len(set(cells)) == halco.CapMemCellOnDLS.size


def test_systems():
    chip = lola.Chip()
    chip.ppu_memory[0].words[0] = 5
    fpga = lola.SinglechipFPGA()
    fpga.spikeio_config.data_rate_scaler = 9
    fpga.spikeio_input_routes[3].target = halco.SpikeLabel(77)
    system = lola.ChipAndSinglechipFPGA(chip, fpga)
    assert (system.chip, system.fpga) == (chip, fpga)
    assert lola.ChipAndSinglechipFPGA(chip).fpga == lola.SinglechipFPGA()
    assert lola.ChipAndSinglechipFPGA(system) == system
    addresses, words = written(halco.ChipAndSinglechipFPGAOnSystem(), system)
    assert (addresses[0], words[0]) == (0x88038000, 9)
    assert (addresses[4], words[4]) == (0x88030003, 77)
    assert addresses[65793] == 0x130000
    tables = lola.MultichipJboaLeafFPGA()
    entry = tables.output_routing_table.entries[halco.OutputRoutingTableEntryOnFPGA(12)]
    entry.enable, entry.label = True, 7
    addresses, words = written(halco.FPGAOnChipAndMultichipJboaLeafFPGA(), tables)
    assert (addresses[12], words[12]) == (0x880D000C, 0x8007)
    assert addresses[65536] == 0x880C0000
    assert lola.MultichipJboaLeafFPGA.decode(
        words, halco.FPGAOnChipAndMultichipJboaLeafFPGA()) == tables


def test_shades():
    row = lola.SynapseWeightRow()
    row.values.from_numpy(np.where(np.arange(256) < 8, 63, 0))
    lines = str(row).splitlines()
    assert "▇" + "·" * 31 + "▇" + "·" * 31 in lines[2]
    assert str(lola.SynapseMatrix()).count("·") == 4 * 256 * 64
