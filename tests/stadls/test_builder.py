"""The builder: messages of reads and writes, back-ends, tickets, errors."""

import copy
import logging
import pickle

import numpy as np
import pytest

import fisch
from fisch import ut
from fisch.responses import Responses
from stadls import ContainerTicket, PlaybackProgramBuilder, hal, halco, lola
from stadls.builder import container_of
from tests.stadls.messages import omnibus_writes


def answered(program, omnibus=(), jtag=(), ticks=()):
    """Hand responses to a program as a connection does."""
    program._set_responses(Responses(
        omnibus=np.array(omnibus, np.uint32),
        omnibus_time=np.arange(1, len(omnibus) + 1, dtype=np.uint64) * 10,
        jtag=np.array(jtag, np.uint64), jtag_time=np.arange(len(jtag), dtype=np.uint64),
        tick_time=np.array(ticks, np.uint64)))


def test_omnibus_write_and_read():
    builder = PlaybackProgramBuilder()
    assert builder.empty()
    config = hal.CADCConfig()
    config.enable = True
    builder.write(halco.CADCConfigOnDLS.bottom, config)
    assert builder.size_to_fpga() == 2
    assert builder.is_write_only()
    ticket = builder.read(halco.CADCConfigOnDLS.bottom)
    assert (builder.size_to_fpga(), builder.size_from_fpga()) == (3, 1)
    assert repr(builder) == "PlaybackProgramBuilder(to FPGA size: 3, is write only: false)"
    program = builder.done()
    assert builder.empty()
    assert program.words.tolist() == [
        0x0B00000F03401000, 0x0C00000000014641, 0x0B00001F03401000]
    assert not ticket.valid()
    with pytest.raises(RuntimeError, match="Data not available"):
        ticket.get()
    answered(program, [0x14641])
    assert ticket.valid()
    assert ticket.get() == config
    assert ticket.get() is not ticket.get()
    assert ticket.get_coordinate() == halco.CADCConfigOnDLS.bottom
    assert int(ticket.fpga_time) == 10
    answered(program, [0])
    assert not ticket.get().enable


def test_every_coordinate_has_one_container():
    from fisch import registers

    leaves = [registers.container(n).coordinate for n in registers.container_names()
              if registers.container(n).kind == "leaf"]
    assert len(leaves) == len(set(leaves))
    aggregates = [k._coordinate for k in lola.containers]
    assert len({*leaves, *aggregates}) == len(leaves) + len(aggregates)
    assert container_of(halco.SynramOnDLS) is lola.SynapseMatrix
    assert container_of(halco.TimerOnDLS) is hal.Timer
    with pytest.raises(TypeError, match="HemisphereOnDLS"):
        PlaybackProgramBuilder().read(halco.HemisphereOnDLS(0))


@pytest.mark.parametrize(("coordinate", "container", "messages"), [
    (halco.TimerOnDLS(), hal.Timer(), 1), (halco.ResetChipOnDLS(), hal.ResetChip(), 1),
    (halco.JTAGClockScalerOnDLS(), hal.JTAGClockScaler(), 1),
    (halco.ResetJTAGTapOnDLS(), hal.ResetJTAGTap(), 1),
    (halco.SystimeSyncOnFPGA(), hal.SystimeSync(), 1),
    (halco.SpikePack3ToChipOnDLS(), hal.SpikePack3ToChip(), 1),
    (halco.ADPLLOnDLS(1), hal.ADPLL(), 8), (halco.PhyConfigChipOnDLS(3), hal.PhyConfigChip(), 2),
    (halco.CommonPhyConfigChipOnDLS(), hal.CommonPhyConfigChip(), 6),
    (halco.ShiftRegisterOnBoard(), hal.ShiftRegister(), 6),
    (halco.DACChannelOnBoard(), hal.DACChannel(), 8), (halco.DACOnBoard(1), hal.DACControl(), 8),
])
def test_messages_of_other_backends(coordinate, container, messages):
    builder = PlaybackProgramBuilder()
    builder.write(coordinate, container)
    assert builder.size_to_fpga() == messages


def test_choice_of_backend(caplog):
    builder = PlaybackProgramBuilder()
    place, config = halco.CADCConfigOnDLS.top, hal.CADCConfig()
    builder.write(place, config, hal.Backend.OmnibusChipOverJTAG)
    assert builder.size_to_fpga() == 6
    ticket = builder.read(place, hal.Backend.OmnibusChipOverJTAG)
    assert builder.size_to_fpga() == 12
    program = builder.done()
    assert program.expected == (1, 0, 0)
    answered(program, jtag=[0x14641])
    assert ticket.get().enable
    # a back-end that the container does not have: the default one is used
    with caplog.at_level(logging.WARNING):
        builder.write(place, config, hal.Backend.Barrier)
    assert builder.size_to_fpga() == 2
    assert "Barrier" in caplog.text


def test_aggregate_over_jtag():
    builder = PlaybackProgramBuilder()
    builder.write(halco.MemoryTimingOnDLS(), lola.MemoryTiming(), hal.Backend.OmnibusChipOverJTAG)
    assert builder.size_to_fpga() == 38 * 6


def test_aggregate_ticket():
    builder = PlaybackProgramBuilder()
    first = builder.read(halco.CADCConfigOnDLS.top)
    ticket = builder.read(halco.SynapseWeightRowOnDLS())
    program = builder.done()
    words = [0] * 65
    words[1 + 34] = 0x3F
    answered(program, words)
    assert int(ticket.get().values[23]) == 63
    assert not first.get().enable


def test_markers_and_timer():
    builder = PlaybackProgramBuilder()
    marker = builder.read(halco.NullPayloadReadableOnFPGA())
    timer = builder.read(halco.TimerOnDLS())
    program = builder.done()
    assert program.expected == (0, 1, 1)
    answered(program, [77], ticks=[5])
    assert marker.get() == hal.NullPayloadReadable()
    assert float(marker.fpga_time) == 5.0
    assert int(timer.get().value) == 77


def test_timer_is_always_reset():
    builder = PlaybackProgramBuilder()
    builder.write(halco.TimerOnDLS(), hal.Timer(hal.Timer.Value(5)))
    other = PlaybackProgramBuilder()
    other.write(halco.TimerOnDLS(), hal.Timer())
    assert np.array_equal(builder.done().words, other.done().words)


def test_spikes():
    builder = PlaybackProgramBuilder()
    builder.write(halco.SpikePack2ToChipOnDLS(),
                  hal.SpikePack2ToChip([halco.SpikeLabel(0x1234), halco.SpikeLabel(0xABCD)]))
    assert builder.done().words.tolist() == [(int(ut.ToFPGA.SPIKE_PACK_2) << 56) | 0x1234ABCD]


def test_byte_enables():
    builder = PlaybackProgramBuilder()
    builder.write(halco.ExternalPPUMemoryByteOnFPGA(22), hal.ExternalPPUMemoryByte(0x12))
    assert builder.done().words.tolist() == [0x0B00000280000005, 0x0C00000000001200]


def test_blocking():
    builder = PlaybackProgramBuilder()
    builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(1000))
    builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
    builder.block_until(halco.PollingOmnibusBlockOnFPGA(), hal.PollingOmnibusBlock(True))
    assert builder.is_write_only()
    headers = [ut.ToFPGA.WAIT_UNTIL, ut.ToFPGA.BARRIER, ut.ToFPGA.POLLING_OMNIBUS_BLOCK]
    payloads = [1000, 1, 1]
    assert builder.done().words.tolist() == [
        (int(h) << 56) | p for h, p in zip(headers, payloads, strict=True)]
    for wrong in (1000, hal.Barrier.omnibus, hal.Timer()):
        with pytest.raises(TypeError):
            builder.block_until(halco.TimerOnDLS(), wrong)


def test_differential_write_of_a_container():
    builder = PlaybackProgramBuilder()
    old, new = hal.NeuronConfig(), hal.NeuronConfig()
    place = halco.NeuronConfigOnDLS(halco.Enum(456))
    builder.write(place, new, old)
    assert builder.empty()
    new.membrane_capacitor_size = 63
    builder.write(place, new, old)
    assert [a.tolist() for a in omnibus_writes(builder.done())] == [[0x178245], [0xFC]]
    builder.write(place, new, old, hal.Backend.OmnibusChipOverJTAG)
    assert builder.size_to_fpga() == 6


def test_merge_and_copy():
    front, back = PlaybackProgramBuilder(), PlaybackProgramBuilder()
    front.read(halco.CADCConfigOnDLS.top)
    ticket = back.read(halco.CADCConfigOnDLS.bottom)
    front.merge_back(back)
    assert back.empty()
    source = PlaybackProgramBuilder()
    source.write(halco.TimerOnDLS(), hal.Timer())
    front.copy_back(source)
    assert source.size_to_fpga() == 1
    plain = fisch.PlaybackProgramBuilder()
    plain.write_block([1], [2])
    front.merge_back(plain)
    program = front.done()
    assert len(program.words) == 5
    answered(program, [0, 1])
    assert ticket.get().enable
    with pytest.raises(RuntimeError):
        source.merge_back(source)
    reading = PlaybackProgramBuilder()
    reading.read(halco.CADCConfigOnDLS.top)
    with pytest.raises(RuntimeError, match="write only"):
        source.copy_back(reading)


def test_errors():
    builder = PlaybackProgramBuilder()
    with pytest.raises(RuntimeError, match="Container not writeable"):
        builder.write(halco.JTAGIdCodeOnDLS(), hal.JTAGIdCode())
    with pytest.raises(RuntimeError, match="Container not writeable"):
        builder.write(halco.CADCSampleRowOnDLS(), lola.CADCSampleRow())
    with pytest.raises(RuntimeError, match="Container not readable"):
        builder.read(halco.MADCControlOnDLS())
    with pytest.raises(RuntimeError, match="JTAGPLLRegister"):
        builder.read(halco.ADPLLOnDLS(0))
    with pytest.raises(RuntimeError, match="CADCConfigOnDLS"):
        builder.write(halco.SynramOnDLS.top, hal.CADCConfig())
    with pytest.raises(RuntimeError):
        builder.write(halco.CADCConfigOnDLS.top, hal.CADCConfig(), hal.NeuronConfig())
    with pytest.raises(RuntimeError, match="differential"):
        builder.write(halco.CADCConfigOnDLS.top, hal.CADCConfig(), hal.CADCConfig())
    with pytest.raises(TypeError):
        builder.write(halco.CADCConfigOnDLS.top, 3)
    assert builder.empty()
    with pytest.raises(RuntimeError):
        ContainerTicket().get()


def test_unsupported_targets():
    builder = PlaybackProgramBuilder()
    builder.read(halco.NeuronConfigOnDLS())
    assert builder.done().unsupported_targets == {"simulation"}
    other = PlaybackProgramBuilder()
    other.read(halco.CrossbarOnDLS())
    builder.merge_back(other)
    assert builder.done().unsupported_targets == {"hardware"}
    assert builder.done().unsupported_targets == set()


def test_nominal_configuration_is_the_same_one_by_one():
    from stadls import nominal

    builder = PlaybackProgramBuilder()
    for coordinate, container in nominal.hagen():
        builder.write(coordinate, container)
    addresses, words = omnibus_writes(builder.done())
    expected = nominal.hagen_words()
    assert np.array_equal(addresses, expected[0])
    assert np.array_equal(words, expected[1])


def test_merged_builder_hands_over_what_restricts_it():
    source, target = PlaybackProgramBuilder(), PlaybackProgramBuilder()
    source.read(halco.CrossbarNodeOnDLS())
    target.merge_back(source)
    assert target.done().unsupported_targets == {"hardware"}
    source.read(halco.JTAGIdCodeOnDLS())
    assert source.done().unsupported_targets == set()


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_builders_can_not_be_copied(duplicate):
    with pytest.raises(TypeError, match="copy_back"):
        duplicate(PlaybackProgramBuilder())
