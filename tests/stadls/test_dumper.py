"""Recording containers, converting the record, and storing it."""

import copy
import json
import logging
import pickle

import numpy as np
import pytest

from stadls import (
    DumperDone,
    PlaybackProgramBuilder,
    PlaybackProgramBuilderDumper,
    convert_to_builder,
    convert_to_chip,
    convert_to_dumper,
    from_json,
    from_portablebinary,
    hal,
    halco,
    lola,
    to_json,
    to_portablebinary,
)
from tests.stadls.aggregates import randomise, written

CELL = halco.CapMemCellOnDLS()


def wait(builder, cycles):
    builder.write(halco.TimerOnDLS(), hal.Timer())
    builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(cycles))


def lights(builder):
    """A board test: a reset, then one LED after the other, forwards and backwards."""
    register = hal.ShiftRegister()
    builder.write(halco.ResetChipOnDLS(), hal.ResetChip(True))
    wait(builder, 10)
    builder.write(halco.ResetChipOnDLS(), hal.ResetChip(False))
    builder.write(halco.ShiftRegisterOnBoard(), register)
    leds = list(halco.iter_all(halco.LEDOnBoard))
    for led in leds + leds[::-1]:
        register.set_enable_led(led, not register.get_enable_led(led))
        builder.write(halco.TimerOnDLS(), hal.Timer())
        builder.write(halco.ShiftRegisterOnBoard(), register)
        builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(12500))
    builder.write(halco.ShiftRegisterOnBoard(), hal.ShiftRegister())
    builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
    return len(leds)


def many():
    """A record of all kinds of entries."""
    dumper = PlaybackProgramBuilderDumper()
    lights(dumper)
    matrix = lola.SynapseMatrix()
    matrix.weights.from_numpy(np.arange(65536).reshape(256, 256) % 64)
    dumper.write(halco.SynramOnDLS.bottom, matrix)
    dumper.write(CELL, hal.CapMemCell(hal.CapMemCell.DisableRefresh()))
    block = halco.PPUMemoryBlockOnDLS(
        halco.PPUMemoryBlockOnPPU(halco.PPUMemoryWordOnPPU(3), halco.PPUMemoryWordOnPPU(90)),
        halco.PPUOnDLS(1))
    words = hal.PPUMemoryBlock(block.toPPUMemoryBlockSize())
    words.words[7] = 0xDEADBEEF
    dumper.write(block, words)
    shape = lola.Morphology()
    column, row = halco.NeuronColumnOnLogicalNeuron, halco.NeuronRowOnLogicalNeuron
    shape.create_compartment([halco.AtomicNeuronOnLogicalNeuron(column(i), row(0))
                              for i in range(2)])
    compartments, neuron = shape.done()
    dumper.write(halco.LogicalNeuronOnDLS(compartments, halco.AtomicNeuronOnDLS(halco.Enum(7))),
                 neuron)
    dumper.block_until(halco.PollingOmnibusBlockOnFPGA(), hal.PollingOmnibusBlock(True))
    return dumper.done()


def test_entries_are_copies_in_order():
    dumper = PlaybackProgramBuilderDumper()
    leds = lights(dumper)
    assert not dumper.empty()
    assert dumper.is_write_only()
    assert repr(dumper) == "PlaybackProgramBuilderDumper()"
    plain = PlaybackProgramBuilder()
    lights(plain)
    copied = copy.copy(dumper)
    done = dumper.done()
    assert dumper.empty()
    assert len(done) == 5 + leds * 2 * 3 + 2
    entries = done.tolist()
    target = (halco.ResetChipOnDLS(), hal.ResetChip(False))
    assert [entries[i] == target for i in (2, 3, 4)] == [False, True, False]
    again = PlaybackProgramBuilder()
    for coordinate, config in pickle.loads(pickle.dumps(entries)):
        if isinstance(config, hal.Timer.Value | hal.Barrier):
            again.block_until(coordinate, config)
        else:
            again.write(coordinate, config)
    program = plain.done()
    assert again.done() == program
    assert convert_to_builder(done).done() == program
    assert len(done) == len(entries)
    assert convert_to_builder(copied).done() == program
    assert copied.empty()


def test_refused():
    dumper = PlaybackProgramBuilderDumper()
    with pytest.raises(RuntimeError, match="Dumper does not support reads"):
        dumper.read(CELL)
    for size in (dumper.size_to_fpga, dumper.size_from_fpga):
        with pytest.raises(RuntimeError):
            size()
    with pytest.raises(RuntimeError):
        dumper.write(CELL, hal.CADCConfig())
    with pytest.raises(RuntimeError, match="not writeable"):
        dumper.write(halco.JTAGIdCodeOnDLS(), hal.JTAGIdCode())
    with pytest.raises(TypeError):
        dumper.block_until(halco.TimerOnDLS(), 5)
    for combine in (dumper.merge_back, dumper.copy_back):
        with pytest.raises(RuntimeError):
            combine(dumper)
        with pytest.raises(TypeError):
            combine(PlaybackProgramBuilder())
    assert dumper.empty()


def test_merge_copy_and_back_ends():
    one, other = PlaybackProgramBuilderDumper(), PlaybackProgramBuilderDumper()
    other.write(CELL, hal.CapMemCell(5), hal.Backend.OmnibusChipOverJTAG)
    other.write(CELL, hal.CapMemCell(6), hal.CapMemCell(5))
    one.copy_back(other)
    assert not other.empty()
    one.merge_back(other)
    assert other.empty()
    assert one.done().tolist() == [(CELL, hal.CapMemCell(5)), (CELL, hal.CapMemCell(6))] * 2


def test_values():
    done = PlaybackProgramBuilderDumper().done()
    assert done.values == []
    entries = [(CELL, hal.CapMemCell(1)), (halco.TimerOnDLS(), hal.Timer.Value(3))]
    for _ in range(2):
        done.values = entries
        assert done.values == entries
        assert done.tolist() == entries
    entries[0][1].value = 2
    done.values[0][1].value = 3
    assert done.values[0] == (CELL, hal.CapMemCell(1))
    for wrong in ([1], [(CELL,)], [[CELL, hal.CapMemCell()]]):
        with pytest.raises(RuntimeError, match="Expected tuple"):
            done.values = wrong
    with pytest.raises(RuntimeError):
        done.values = [(CELL, hal.CADCConfig())]
    assert len(done) == 2


def test_remove_block_until_and_squash():
    dumper = PlaybackProgramBuilderDumper()
    dac = halco.DACChannelOnBoard.v_reset
    dumper.write(CELL, hal.CapMemCell(123))
    dumper.write(CELL, hal.CapMemCell(456))
    dumper.block_until(halco.TimerOnDLS(), hal.Timer.Value(10))
    dumper.write(dac, hal.DACChannel(7))
    dumper.write(CELL, hal.CapMemCell(678))
    done = dumper.done()
    squashed = copy.copy(done)
    squashed.squash()
    assert squashed.tolist() == [(halco.TimerOnDLS(), hal.Timer.Value(10)),
                                 (dac, hal.DACChannel(7)), (CELL, hal.CapMemCell(678))]
    squashed.remove_block_until()
    assert len(squashed) == 2
    assert len(done) == 5
    assert done != squashed


def test_convert_to_dumper():
    done = many()
    dumper = convert_to_dumper(done)
    assert dumper.done() == done
    assert convert_to_builder(convert_to_dumper(done)).done() == convert_to_builder(done).done()


@pytest.mark.parametrize(("store", "load"), [(to_json, from_json),
                                             (to_portablebinary, from_portablebinary)])
def test_stored_records(store, load):
    done = many()
    found = DumperDone()
    found.values = [(CELL, hal.CapMemCell(1))]
    stored = store(done)
    load(found, stored)
    assert found == done
    assert convert_to_builder(found).done() == convert_to_builder(done).done()
    assert store(found) == stored
    assert pickle.loads(pickle.dumps(done)) == done


def test_stored_records_are_checked():
    done = PlaybackProgramBuilderDumper().done()
    done.values = [(CELL, hal.CapMemCell(1))]
    text = json.loads(to_json(done))
    target = DumperDone()

    def refused(**changes):
        with pytest.raises(RuntimeError):
            from_json(target, json.dumps({**text, **changes}))
        assert len(target) == 0

    place, stored = text["content"][0]
    refused(version=2)
    refused(format="something")
    refused(type="CapMemCell")
    refused(content={})
    for entry in ([{"type": "CapMemCellOnDLS", "enum": 99999}, stored],
                  [{"type": "CapMemCellOnDLS", "enum": "1"}, stored],
                  [{"type": "path", "enum": 1}, stored],
                  [place, {**stored, "content": {"value": 5000}}],
                  [place, {**stored, "content": {"colour": 1}}],
                  [place, {**stored, "type": "sys"}],
                  [place, {**stored, "type": "CADCConfig"}],
                  [place, {"type": "Timer.Value", "value": 1}],
                  [place, 1], [place]):
        refused(content=[entry])
    for data in (b"", b"\x01serialization::archive", to_portablebinary(done)[:-9]):
        with pytest.raises(RuntimeError):
            from_portablebinary(target, data)
    with pytest.raises(RuntimeError):
        from_json(target, "{")


def test_convert_to_chip():
    dumper = PlaybackProgramBuilderDumper()
    previous = lola.Chip()
    assert convert_to_chip(dumper.done()) == previous
    cell = halco.CapMemCellOnDLS(halco.CapMemCellOnCapMemBlock(), halco.CapMemBlockOnDLS(2))
    dumper.write(cell, hal.CapMemCell(1))
    dumper.write(cell, hal.CapMemCell(77))
    chip = convert_to_chip(dumper)
    assert chip != previous
    assert chip == convert_to_chip(dumper.done(), previous)


def test_convert_to_chip_takes_a_random_chip_over():
    rng = np.random.default_rng(3)
    chip = randomise(lola.Chip(), rng)
    dumper = PlaybackProgramBuilderDumper()
    dumper.write(halco.ChipOnDLS(), lola.Chip())
    dumper.write(halco.ChipOnDLS(), chip)
    words = written(halco.ChipOnDLS(), chip)
    found = convert_to_chip(dumper.done())
    assert all(np.array_equal(a, b) for a, b in zip(written(halco.ChipOnDLS(), found), words,
                                                    strict=True))


PARTS = ["AtomicNeuron", "NeuronBlock", "SynapseRow", "SynapseMatrix", "SynapseBlock",
         "SynapseDriverBlock", "CADCReadoutChain", "ReadoutChain", "Crossbar", "CapMem",
         "ColumnCurrentRow", "ColumnCorrelationRow", "ExternalPPUMemory"]


@pytest.mark.parametrize("name", PARTS)
def test_every_part_of_a_chip_changes_it(name):
    kind = getattr(lola, name)
    part = randomise(kind(), np.random.default_rng(5))
    dumper = PlaybackProgramBuilderDumper()
    dumper.write(kind.coordinate_type._of(0), part)
    assert convert_to_chip(dumper.done()) != lola.Chip()


def test_what_is_outside_of_the_chip_is_left_out(caplog):
    dumper = PlaybackProgramBuilderDumper()
    dumper.write(halco.EventRecordingConfigOnFPGA(), hal.EventRecordingConfig())
    dumper.write(halco.ShiftRegisterOnBoard(), hal.ShiftRegister())
    dumper.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
    with caplog.at_level(logging.WARNING):
        assert convert_to_chip(dumper.done()) == lola.Chip()
    assert "EventRecordingConfig" in caplog.text
    assert "ShiftRegister" not in caplog.text


def test_single_bytes_change_a_chip():
    dumper = PlaybackProgramBuilderDumper()
    for number in (0, 1, 5):
        dumper.write(halco.ExternalPPUMemoryByteOnFPGA(number),
                     hal.ExternalPPUMemoryByte(hal.ExternalPPUMemoryByte.Value(0x40 + number)))
    memory = convert_to_chip(dumper.done()).external_ppu_memory.bytes
    assert [int(memory[i].value) for i in range(6)] == [0x40, 0x41, 0, 0, 0, 0x45]


@pytest.mark.parametrize("convert", [convert_to_builder, convert_to_dumper,
                                     convert_to_chip])
def test_only_records_are_converted(convert):
    with pytest.raises(TypeError, match="DumperDone is needed, not 3"):
        convert(3)
