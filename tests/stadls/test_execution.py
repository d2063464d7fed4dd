"""Running on a connection without a chip, and the handles that scripts hold."""

import numpy as np
import pytest

import fisch
from stadls import (
    ManagedConnection,
    PlaybackProgram,
    PlaybackProgramBuilder,
    SystemInit,
    generate,
    hal,
    halco,
    run,
)
from stadls.connections import ConnectionHandle, ManagedMultiZeroMockConnection


@pytest.fixture
def managed(monkeypatch):
    monkeypatch.setenv("HXCOMM_ENABLE_ZERO_MOCK", "1")
    return ManagedConnection()


def test_run_on_zero_mock(managed):
    with managed as connection:
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        ticket = builder.read(halco.SynramOnDLS.top)
        id_code = builder.read(halco.JTAGIdCodeOnDLS())
        program = builder.done()
        info = run(connection, [program])
        assert len(info.connection) == 1
        assert not ticket.get().weights.to_numpy().any()
        assert int(id_code.get().version) == 0
        assert len(program.spikes) == 0
        run(connection, program)
        run(connection, fisch.PlaybackProgramBuilder().done())
        run(connection, PlaybackProgram())


def test_number_of_programs(managed):
    with managed as connection:
        assert len(connection) == connection.size == 1
        for programs in ([], [PlaybackProgram(), PlaybackProgram()]):
            with pytest.raises(RuntimeError, match="exactly one program"):
                run(connection, programs)


def test_unsupported_target(managed):
    builder = PlaybackProgramBuilder()
    builder.read(halco.CommonSTPConfigOnDLS.top)  # neither target can
    program = builder.done()
    builder.read(halco.CADCChannelConfigOnDLS())  # hardware can't, simulation can
    other = builder.done()
    with managed as connection:
        with pytest.raises(RuntimeError, match="unsupported target"):
            run(connection, program)
        run(connection, other)


def test_handle(managed):
    with managed as connection:
        assert isinstance(connection, ConnectionHandle)
        assert connection.get_unique_identifier() == ["zeromock"]
        assert connection.repo_state == [""]
        assert len(connection.time_info) == len(connection.bitfile_info) == 1
    with pytest.raises(RuntimeError, match="Connection is not allocated!"):
        connection.get_hwdb_entry()
    with pytest.raises(RuntimeError, match="not allocated"):
        run(connection, PlaybackProgram())
    managed.__exit__()
    with managed as again:
        assert again.info["kind"] == "zeromock"
    with pytest.raises(TypeError):
        ConnectionHandle()
    with ManagedMultiZeroMockConnection([(0,)]) as explicit:
        assert explicit.info["kind"] == "zeromock"


def test_results_of_a_program():
    from fisch.responses import MADC_SAMPLE_DTYPE, SPIKE_DTYPE, Responses

    program = PlaybackProgram()
    assert program.empty()
    assert program == PlaybackProgram()
    assert program != PlaybackProgram(np.zeros(1, np.uint64))
    spikes = np.zeros(2, SPIKE_DTYPE)
    spikes["label"] = [1, 2]
    spikes["chip_time"] = [3, 4]
    samples = np.zeros(1, MADC_SAMPLE_DTYPE)
    samples["value"], samples["channel"] = 500, 1
    program._set_responses(Responses(spikes=spikes, madc_samples=samples,
                                     spike_pack_counts=np.array([0, 1, 0])))
    assert program.spikes.to_numpy().dtype == np.dtype(
        [("label", np.uint16), ("fpga_time", np.uint64), ("chip_time", np.uint64)])
    assert program.spikes.to_numpy().dtype.itemsize == 18
    assert program.madc_samples.to_numpy().dtype.itemsize == 19
    assert program == PlaybackProgram()  # results do not count
    assert program.spikes[1] == hal.SpikeFromChip(2, 0, 4)
    assert [int(s.label) for s in program.spikes] == [1, 2]
    assert program.madc_samples[0].channel == halco.SourceMultiplexerOnReadoutSourceSelection(1)
    assert int(program.spikes_pack_counts[halco.SpikePackFromFPGAOnDLS(2)]) == 1
    assert isinstance(program.spikes, PlaybackProgram.spikes_type)
