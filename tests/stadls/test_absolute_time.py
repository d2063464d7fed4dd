"""Programs whose commands carry their times."""

import logging

import pytest

from stadls import (
    AbsoluteTimePlaybackProgramBuilder,
    PlaybackProgramBuilder,
    SystemInit,
    generate,
    hal,
    halco,
    lola,
    run,
)

CELL = halco.CapMemCellOnDLS()
Time = hal.Timer.Value


def plain(*steps):
    """A program of (wait or None, coordinate, config, *options)."""
    builder = PlaybackProgramBuilder()
    builder.write(halco.TimerOnDLS(), hal.Timer())
    for wait, *write in steps:
        if wait is not None:
            builder.block_until(halco.TimerOnDLS(), Time(wait))
        builder.write(*write)
    return builder.done()


def test_commands_are_sorted_and_waited_for():
    builder = AbsoluteTimePlaybackProgramBuilder()
    before, after = hal.SynapseDriverConfig(), hal.SynapseDriverConfig()
    after.enable_receiver = True
    driver = halco.SynapseDriverOnDLS()
    builder.write(Time(100), driver, after, before)
    builder.write(Time(50), CELL, hal.CapMemCell(1))
    assert not builder.empty()
    assert builder.is_write_only()
    program = builder.done().done()
    assert program == plain((49, CELL, hal.CapMemCell(1)), (99, driver, after, before))
    assert builder.empty()


def test_simultaneous_commands_keep_their_order_and_do_not_wait():
    builder = AbsoluteTimePlaybackProgramBuilder()
    for value in (3, 1, 2):
        builder.write(Time(10), CELL, hal.CapMemCell(value))
    builder.write(Time(0), CELL, hal.CapMemCell(9))
    # the second of three is due at 11: no wait for it, nor for a command of time 12
    builder.write(Time(12), CELL, hal.CapMemCell(4))
    builder.write(Time(14), CELL, hal.CapMemCell(5))
    assert builder.done().done() == plain(
        (None, CELL, hal.CapMemCell(9)), (9, CELL, hal.CapMemCell(3)),
        (None, CELL, hal.CapMemCell(1)), (None, CELL, hal.CapMemCell(2)),
        (None, CELL, hal.CapMemCell(4)), (None, CELL, hal.CapMemCell(5)))


def test_what_is_written_is_a_copy():
    builder = AbsoluteTimePlaybackProgramBuilder()
    cell = hal.CapMemCell(1)
    builder.write(Time(5), CELL, cell)
    cell.value = 2
    assert builder.done().done() == plain((4, CELL, hal.CapMemCell(1)))


def test_merge_and_copy():
    one, other = AbsoluteTimePlaybackProgramBuilder(), AbsoluteTimePlaybackProgramBuilder()
    other.write(Time(5), CELL, hal.CapMemCell(1))
    one.copy(other)
    assert not other.empty()
    one.merge(other)
    assert other.empty()
    assert one.done().done() == plain((4, CELL, hal.CapMemCell(1)),
                                      (None, CELL, hal.CapMemCell(1)))
    with pytest.raises(RuntimeError):
        one.merge(one)
    other.read(Time(1), CELL)
    assert not other.is_write_only()
    for use in (lambda: one.copy(other), lambda: other + 1, lambda: other * 2.0):
        with pytest.raises(RuntimeError, match="write only"):
            use()
    other += 10
    one.merge(other)
    assert "11" in str(one)


def test_shift_and_scale():
    def at(time):
        builder = AbsoluteTimePlaybackProgramBuilder()
        builder.write(Time(time), CELL, hal.CapMemCell(1))
        return builder

    expected = at(20).done().done()
    shifted = at(10)
    assert (shifted + Time(10)).done().done() == expected
    assert not shifted.empty()
    shifted += 10
    assert shifted.done().done() == expected
    scaled = at(2)
    assert (scaled * 10.0).done().done() == expected
    scaled *= 9.8  # 19.6
    assert scaled.done().done() == expected
    with pytest.raises(OverflowError, match="range overflow"):
        at(10) + ((1 << 32) - 1)
    with pytest.raises(RuntimeError, match="range underflow"):
        at(10) + -11


def test_refused():
    builder = AbsoluteTimePlaybackProgramBuilder()
    with pytest.raises(RuntimeError, match="timer"):
        builder.write(Time(5), halco.TimerOnDLS(), hal.Timer())
    with pytest.raises(RuntimeError):
        builder.write(Time(5), halco.CapMemCellOnDLS(), hal.CADCConfig())
    with pytest.raises(RuntimeError, match="not readable"):
        builder.read(Time(5), halco.PADIEventOnDLS())
    with pytest.raises(RuntimeError, match="not writeable"):
        builder.write(Time(5), halco.CADCSamplesOnDLS(), lola.CADCSamples())
    assert builder.empty()


def test_text():
    builder = AbsoluteTimePlaybackProgramBuilder()
    assert str(builder) == "AboluteTimePlaybackProgramBuilder command queue: (0 elements)"
    builder.write(Time(5), CELL, hal.CapMemCell(1))
    builder.read(Time(7), CELL)
    lines = str(builder).splitlines()
    assert lines[0].endswith("(2 elements)")
    assert "write" in lines[1]
    assert "read" in lines[2]
    assert len(lines) == 3


def test_late_commands_are_logged(caplog):
    builder = AbsoluteTimePlaybackProgramBuilder()
    for _ in range(1252):
        builder.write(Time(0), CELL, hal.CapMemCell(1))
    with caplog.at_level(logging.WARNING):
        builder.done()
    # the command number n is n cycles late; only the last is later than 10 µs
    assert len(caplog.records) == 1
    assert "1251 cycles late" in caplog.text


def test_read_on_the_chip(embedded):
    builder = AbsoluteTimePlaybackProgramBuilder()
    ticket = builder.read(Time(3000), CELL)
    builder.write(Time(1000), CELL, hal.CapMemCell(321))
    assert not ticket.valid()
    with pytest.raises(RuntimeError):
        ticket.fpga_time
    with embedded as connection:
        whole, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        whole.merge_back(builder.done())
        whole.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
        assert not ticket.valid()
        run(connection, whole.done())
    assert ticket.valid()
    assert ticket._ticket.get() == hal.CapMemCell(321)
    assert int(ticket.fpga_time) > 3000


def test_recording_of_the_middle_third_of_a_spike_train(embedded):
    spikes, distance = 3000, 10
    crossbar = lola.Crossbar()
    for place in halco.iter_all(halco.CrossbarNodeOnDLS):
        source, sink = int(place.toCrossbarInputOnDLS()), int(place.toCrossbarOutputOnDLS())
        passes = 8 <= source < 12 and sink == source
        crossbar.nodes[place] = hal.CrossbarNode() if passes else hal.CrossbarNode.drop_all
    timed = AbsoluteTimePlaybackProgramBuilder()
    recording = hal.EventRecordingConfig()
    for time, on in ((spikes // 3, True), (2 * spikes // 3, False)):
        recording.enable_event_recording = on
        timed.write(Time(time * distance - 4), halco.EventRecordingConfigOnFPGA(), recording)
    for i in range(spikes):
        timed.write(Time(i * distance), halco.SpikePack1ToChipOnDLS(),
                    hal.SpikePack1ToChip([halco.SpikeLabel(i)]))
    with embedded as connection:
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        builder.write(halco.CrossbarOnDLS(), crossbar)
        builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
        recording.enable_event_recording = False
        builder.write(halco.EventRecordingConfigOnFPGA(), recording)
        builder.merge_back(timed.done())
        builder.block_until(halco.TimerOnDLS(), Time((spikes + 100) * distance))
        program = builder.done()
        run(connection, program)
    labels = program.spikes.to_numpy()["label"]
    assert 900 <= len(labels) <= 1000
    assert set(labels) <= set(range(spikes // 3 - 10, 2 * spikes // 3))


@pytest.mark.parametrize("change", [
    lambda b: b.merge(3), lambda b: b.copy(3), lambda b: b + 1.5,
    lambda b: b.write(2.7, halco.CapMemCellOnDLS(), hal.CapMemCell())])
def test_wrong_types(change):
    builder = AbsoluteTimePlaybackProgramBuilder()
    builder.write(hal.Timer.Value(5), halco.CapMemCellOnDLS(), hal.CapMemCell())
    with pytest.raises(TypeError):
        change(builder)


@pytest.mark.parametrize("factor", [float("nan"), float("inf")])
def test_factors_are_finite(factor):
    builder = AbsoluteTimePlaybackProgramBuilder()
    with pytest.raises(ValueError, match="finite"):
        builder *= factor
