"""One connection to several chips: a program for each, and results of each."""

import logging

import pytest

from stadls import (
    ManagedConnection,
    PlaybackProgram,
    PlaybackProgramBuilder,
    ReinitStackEntry,
    SystemInit,
    generate,
    hal,
    halco,
    run,
)

pytest.importorskip("emulator.machine")

PLACE = halco.CapMemCellOnDLS()


@pytest.fixture
def chips(start_daemon, monkeypatch):
    """A connection from the environment to two chips."""
    daemons = [start_daemon("--seed", str(seed), module="emulator") for seed in (4, 7)]
    monkeypatch.setenv("HXEMU_ENDPOINT", ", ".join(d.endpoint for d in daemons))
    with ManagedConnection() as connection:
        yield connection


def writing(value):
    builder = PlaybackProgramBuilder()
    builder.write(PLACE, hal.CapMemCell(value))
    return builder.done()


def reading():
    builder = PlaybackProgramBuilder()
    ticket = builder.read(PLACE)
    builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
    return ticket, builder.done()


def test_every_chip_runs_its_own_program(chips):
    assert len(chips) == 2
    assert chips.get_unique_identifier() == ["hxcube93fpga0chip5_1", "hxcube93fpga0chip8_1"]
    for values in (chips.time_info, chips.bitfile_info, chips.repo_state, chips.get_hwdb_entry()):
        assert len(values) == 2
    inits = [generate(SystemInit(entry))[0].done() for entry in chips.get_hwdb_entry()]
    info = run(chips, inits)
    assert len(info.connection) == len(info.reports) == 2
    run(chips, [writing(100), writing(200)])
    (one, first), (other, second) = reading(), reading()
    run(chips, [first, second])
    assert (one.get(), other.get()) == (hal.CapMemCell(100), hal.CapMemCell(200))
    run(chips, [PlaybackProgram(), writing(300)])
    run(chips, [first, second])
    assert (one.get(), other.get()) == (hal.CapMemCell(100), hal.CapMemCell(300))


def test_number_of_programs(chips):
    for programs in ([], [writing(1)], [writing(1)] * 3, writing(1)):
        with pytest.raises(RuntimeError, match="exactly one program"):
            run(chips, programs)
    entry = ReinitStackEntry(chips)
    with pytest.raises(RuntimeError, match="exactly one program"):
        entry.set([writing(1)])
    entry.set([writing(5), writing(6)])
    (one, first), (other, second) = reading(), reading()
    run(chips, [first, second])
    assert (one.get(), other.get()) == (hal.CapMemCell(5), hal.CapMemCell(6))


def test_a_chip_that_times_out_is_named_and_counted(chips, caplog):
    def timing_out():
        builder = PlaybackProgramBuilder()
        config = hal.PollingOmnibusBlockConfig()
        config.target = 1
        config.mask = 1
        timeout = hal.InstructionTimeoutConfig()
        timeout.value = 1000
        builder.write(halco.InstructionTimeoutConfigOnFPGA(), timeout)
        builder.write(halco.PollingOmnibusBlockConfigOnFPGA(), config)
        builder.block_until(halco.PollingOmnibusBlockOnFPGA(), hal.PollingOmnibusBlock(True))
        return builder.done()

    ticket, program = reading()
    with caplog.at_level(logging.ERROR), pytest.raises(RuntimeError, match="1 FPGA sent error"):
        run(chips, [program, timing_out()])
    assert "timed out" in caplog.text
    # what came is there all the same
    assert ticket.valid()
    with pytest.raises(RuntimeError, match="2 FPGAs sent error"):
        run(chips, [timing_out(), timing_out()])
    run(chips, [PlaybackProgram(), PlaybackProgram()])
