"""Container classes: types of fields, defaults, copies, structures."""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fisch import registers
from stadls import hal, halco

DATA = Path(__file__).parents[1] / "fisch" / "data" / "container_vectors.json"
VECTORS = json.loads(DATA.read_text())
LEAVES = [n for n in registers.container_names() if registers.container(n).children is None]


@pytest.mark.parametrize("name", LEAVES)
def test_every_container_has_a_class(name):
    kind = getattr(hal, name)
    container = kind()
    assert kind.coordinate_type is getattr(halco, registers.container(name).coordinate)
    if "default_words" in VECTORS[name]:
        assert container.encode() == [int(w, 0) for w in VECTORS[name]["default_words"]]
    assert container == kind()
    assert kind(container) == container
    assert copy.copy(container) == container
    assert copy.deepcopy(container) == container
    assert pickle.loads(pickle.dumps(container)) == container
    assert repr(container).startswith(f"{name}(")
    if registers.container(name).word_count == len(container.encode()) \
            and registers.container(name).readable:
        assert kind.decode(kind.decode(container.encode()).encode()) == \
            kind.decode(container.encode())


def test_fields_have_types():
    config = hal.NeuronConfig()
    config.membrane_capacitor_size = config.MembraneCapacitorSize(63)
    config.readout_source = hal.NeuronConfig.ReadoutSource.exc_synin
    config.enable_fire = True
    assert config.readout_source.name == "exc_synin"
    assert config.membrane_capacitor_size == config.MembraneCapacitorSize.max
    assert type(config.membrane_capacitor_size) is hal.NeuronConfig.MembraneCapacitorSize
    config.membrane_capacitor_size = 5
    assert config.membrane_capacitor_size == hal.NeuronConfig.MembraneCapacitorSize(5)
    assert hal.NeuronConfig.ReadoutSource(1) is hal.NeuronConfig.ReadoutSource.exc_synin
    assert hal.NeuronConfig.decode(config.encode()) == config


@pytest.mark.parametrize(("name", "field", "value"), [
    ("CapMemCell", "value", 1023), ("CapMemCell", "value", "a"),
    ("NeuronConfig", "membrane_capacitor_size", 64), ("NeuronConfig", "enable_fire", 2),
    ("NeuronConfig", "readout_source", 4), ("NeuronConfig", "membrane_capacitor_size", 0.5),
    ("NeuronConfig", "membrane_capacitor_size", halco.NeuronColumnOnDLS(1)),
    ("SynapseDriverConfig", "row_mode_top", hal.NeuronConfig.ReadoutSource.membrane)])
def test_wrong_values(name, field, value):
    container = getattr(hal, name)()
    with pytest.raises(TypeError, match=f"{name}.{field}"):
        setattr(container, field, value)


def test_unknown_field():
    with pytest.raises(AttributeError):
        hal.NeuronConfig().membrane_capacitor = 1


def test_capmem_cell():
    assert hal.CapMemCell(500).value == hal.CapMemCell.Value(500)
    off = hal.CapMemCell(hal.CapMemCell.DisableRefresh())
    assert off.encode() == [1023]
    assert type(hal.CapMemCell.decode([1023]).value) is hal.CapMemCell.DisableRefresh
    with pytest.raises(OverflowError, match="1023"):
        hal.CapMemCell(1023)
    assert hal.CapMemCell(np.int64(7)).encode() == [7]


def test_constructors_with_values():
    assert hal.ResetChip(True).encode() == [1]
    pack = hal.SpikePack2ToChip([halco.SpikeLabel(0x1234), halco.SpikeLabel(0xABCD)])
    assert pack.encode() == [0x1234ABCD]
    assert hal.JTAGClockScaler().value == hal.JTAGClockScaler.Value(6)
    with pytest.raises(TypeError):
        hal.NeuronConfig(3)


def test_named_instances_are_fresh():
    assert hal.CrossbarNode.drop_all.encode() == [0x00010000]
    hal.CrossbarNode.drop_all.mask = halco.NeuronLabel(1)
    assert hal.CrossbarNode.drop_all.encode() == [0x00010000]
    assert [getattr(hal.Barrier, n).encode()[0] for n in
            ("omnibus", "jtag", "systime", "multi_fpga", "systime_correction")] == [1, 2, 4, 8, 16]
    assert hal.TCA9546ChannelConfig.default_mux.encode() == [0b0111]


def test_arrays_in_place_and_assigned():
    quad = hal.SynapseQuad()
    quad.weights = [10, 20, 30, 61]
    quad.labels[halco.EntryOnQuad(3)] = halco.SynapseLabel(63)
    quad.labels[0] = 1
    assert quad.encode() == [0x0A050F37, 0x0100003F]
    assert quad.weights == [10, 20, 30, 61]
    with pytest.raises(TypeError):
        quad.weights = [1, 2, 3, 64]
    assert quad.weights == [10, 20, 30, 61]
    with pytest.raises(RuntimeError):
        quad.weights = [1, 2, 3]
    with pytest.raises(TypeError):
        quad.weights[halco.SynramOnDLS(0)] = 1
    assert quad.weights.to_numpy().dtype == np.uint8
    assert hal.CADCSampleQuad().sample.to_numpy().dtype == np.uint64
    assert hal.SynapseQuad.Weight.max == hal.SynapseQuad.Label.max == 63


def test_structures():
    quad = hal.ColumnCorrelationQuad()
    switch = quad.ColumnCorrelationSwitch()
    switch.enable_internal_causal = True
    quad.set_switch(halco.EntryOnQuad(2), switch)
    assert quad.encode() == [0x4000, 0, 0, 0]
    assert quad.get_switch(halco.EntryOnQuad(2)) == switch
    assert quad.get_switch(halco.EntryOnQuad(1)) != switch
    with pytest.raises(TypeError):
        quad.set_switch(halco.EntryOnQuad(0), hal.ColumnCurrentQuad.ColumnCurrentSwitch())
    selection = hal.ReadoutSourceSelection()
    index = halco.SourceMultiplexerOnReadoutSourceSelection(1)
    buffer = selection.get_buffer(index)
    buffer.neuron_even[halco.HemisphereOnDLS.bottom] = True
    selection.set_buffer(index, buffer)
    assert selection.encode() == [0, 1 << 12]


def test_indexed_methods():
    register = hal.ShiftRegister()
    register.set_enable_led(halco.LEDOnBoard.led_1, True)
    register.select_analog_readout_mux_1_input = register.AnalogReadoutMux1Input.readout_chain_0
    assert register.encode() == [0xFF9841]
    assert register.get_enable_led(halco.LEDOnBoard.led_1) is True


def test_views_of_the_event_address():
    event = hal.PADIEvent()
    event.hagen_address = event.HagenAddress(1)
    event.hagen_activation = 5
    assert event.event_address == halco.SynapseLabel(37)
    assert event.hagen_activation == hal.PADIEvent.HagenActivation(5)


def test_named_coordinates_as_values():
    block = hal.PLLClockOutputBlock()
    assert block.encode() == [0x110D0101]
    block.spl1_source = halco.PLLClockOutputOnDLS.madc_clk
    assert block.encode() == [0x910D0101]
    with pytest.raises(TypeError):
        block.spl1_source = halco.PLLClockOutputOnDLS.ppu_clk


def test_timer_and_frequencies():
    cycles = hal.Timer.Value.fpga_clock_cycles_per_us
    assert cycles == hal.Timer.Value(125)
    assert int(cycles * 1000 * 100) == 12_500_000
    assert hal.ADPLL().calculate_output_frequency(output=hal.ADPLL().Output.dco) == 500e6
    assert hal.ADPLL().calculate_output_frequency(output=hal.ADPLL.Output.core_1) == 250e6
    assert hal.MADCConfig().calculate_sample_rate(500e6) == pytest.approx(500e6 / 17)


def test_backends():
    assert len(hal.Backend) == 29
    assert int(hal.Backend.Omnibus) == 8
    assert hal.Backend.OmnibusOnChipOverJTAG is hal.Backend.OmnibusChipOverJTAG
    assert hal.PLLClockOutputBlock.supported_backends()[0] == "JTAGPLLRegister"


def test_text():
    assert str(hal.CrossbarNode()) == ("CrossbarNode(\n\tmask: NeuronLabel(0)\n"
                                       "\ttarget: NeuronLabel(0)\n"
                                       "\tenable_drop_counter: false\n)")


def test_spike_and_sample():
    spike = hal.SpikeFromChip(halco.SpikeLabel(3), hal.FPGATime(10), hal.ChipTime(9))
    assert spike == hal.SpikeFromChip(3, 10, 9)
    assert (int(spike.label), int(spike.fpga_time), int(spike.chip_time)) == (3, 10, 9)
    with pytest.raises(OverflowError):
        hal.MADCSampleFromChip(value=1024)
    note = hal.HighspeedLinkNotification(0b10110001, 7)
    assert int(note.phy) == 5
    assert (note.link_up, note.check_error, note.crc_error) == (True, True, False)


READABLE = [n for n in registers.container_names()
            if registers.container(n).kind == "leaf" and registers.container(n).readable]


@pytest.mark.parametrize("name", READABLE)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_words_can_be_decoded_and_shown(name, data):
    declared = registers.container(name)
    kind = getattr(hal, name)
    top = (1 << declared.word_bits) - 1
    low, high = registers.coordinate_range(declared.coordinate)
    words = data.draw(st.lists(st.one_of(st.just(top), st.integers(0, top)),
                               min_size=declared.read_words, max_size=declared.read_words))
    at = halco.coordinate(declared.coordinate)._of(data.draw(st.integers(low, high)))
    found = kind.decode(words, at)
    assert found == kind(found)
    assert name in repr(found)
    for field in declared.fields:
        getattr(found, field)
