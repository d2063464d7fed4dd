import os
import time

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from fisch.connections import MultiConnection, ZeroMockConnection, ZeroMockEntry
from fisch.connections._zero_mock import answer
from fisch.errors import ConnectionError, ForkedProcessError, LimitError, ProgramError
from fisch.program import PlaybackProgram

READ, WRITE, DATA = 0x0B00001F8800000C, 0x0B00000F00130000, 0x0C0000000000FFF0
TICK, HALT = 0x0A00000000000001, 0x0A00000000000000
JTAG_KEEP, JTAG_DROP = 0x0301200000000000, 0x0300200012345678


def program(words, expected=(0, 0, 0)):
    return PlaybackProgram(np.array(words, dtype=np.uint64), expected)


@pytest.fixture
def mock():
    with ZeroMockConnection(ns_per_message=0) as connection:
        yield connection


def expected_answers(words):
    """The table of the reference, word by word."""
    answers = []
    for word in words:
        header, payload = word >> 56, word & (1 << 56) - 1
        if header == 0x0A:
            answers.append(0x02 << 56 | payload & 1)
        elif header == 0x03 and payload >> 48 & 1:
            answers.append(0)
        elif header == 0x0B and payload >> 36 & 1:
            answers.append(0x01 << 56)
    return answers


@given(st.lists(st.integers(0, 2**60 - 1) | st.sampled_from([READ, WRITE, TICK, HALT, JTAG_KEEP])))
def test_answers(words):
    answers = np.full(len(words), 7, dtype=np.uint64)
    count = answer(np.array(words, dtype=np.uint64), answers)
    assert answers[:count].tolist() == expected_answers(words)


def test_answers_need_room():
    with pytest.raises(ValueError, match="places"):
        answer(np.zeros(3, dtype=np.uint64), np.zeros(2, dtype=np.uint64))


def test_reads_are_zero_and_complete(mock):
    mixed = program([READ, WRITE, DATA, JTAG_KEEP, JTAG_DROP, TICK, READ, TICK], (1, 2, 2))
    info = mock.run(mixed)
    assert mixed.responses.omnibus.tolist() == [0, 0]
    assert mixed.responses.jtag.tolist() == [0]
    assert len(mixed.responses.tick_time) == 2
    assert len(mixed.responses.spikes) == len(mixed.responses.madc_samples) == 0
    assert mixed.tickets_valid()
    assert len(info.connection) == 1
    assert info.fpga_time == 0


def test_long_program(mock):
    count = 100_003  # not a multiple of any block
    reads = program(np.full(count, READ), (0, count, 0))
    mock.run(reads)
    assert len(reads.responses.omnibus) == count


def test_runs_replace_results_and_come_in_order(mock):
    programs = [program([READ] * n, (0, n, 0)) for n in range(1, 6)]
    pending = [mock.submit(p) for p in programs]
    for p in reversed(pending):
        p.wait()
    assert [len(p.responses.omnibus) for p in programs] == [1, 2, 3, 4, 5]
    mock.run(programs[0])
    assert len(programs[0].responses.omnibus) == 1


def test_missing_responses_are_an_error(mock):
    wrong = program([READ], (0, 2, 0))
    with pytest.raises(ProgramError, match="Not all response data"):
        mock.run(wrong)
    assert wrong.responses.omnibus.tolist() == [0]


def test_default_is_one_message_per_cycle():
    with ZeroMockConnection() as mock:
        assert mock.ns_per_message == 8
        assert mock.info["revision"] == "v2"
        count = 2_000_000
        begin = time.perf_counter()
        info = mock.run(program(np.full(count, WRITE)))
        taken = time.perf_counter() - begin
    assert taken >= count * 8e-9
    assert info.execution_duration.total_seconds() >= count * 8e-9


def test_identity(mock):
    assert mock.get_unique_identifier() == ["zeromock"]
    assert mock.get_hwdb_entry() == [ZeroMockEntry()]
    assert mock.bitfile_info == ["zeromock"]
    assert mock.repo_state == [""]
    assert len(mock) == mock.size == 1
    assert mock.info["kind"] == "zeromock"
    assert ZeroMockConnection(0, revision="v1").info["revision"] == "v1"


def test_number_of_programs(mock):
    empty = program([])
    mock.run([empty])
    for programs in ([], [empty, empty]):
        with pytest.raises(RuntimeError, match="For each fpga exactly one program is required"):
            mock.run(programs)
    with pytest.raises(RuntimeError, match="For each fpga"):
        mock.run([None])


def test_program_longer_than_the_playback_memory(mock):
    longest = PlaybackProgram(np.full(1 << 22, WRITE, dtype=np.uint64))
    mock.run(longest)
    with pytest.raises(LimitError) as caught:
        mock.submit(PlaybackProgram(np.full((1 << 22) + 1, WRITE, dtype=np.uint64)))
    assert (caught.value.limit, caught.value.value) == ("program", (1 << 22) + 1)
    assert caught.value.allowed == 1 << 22


@pytest.mark.parametrize("arguments", [{"ns_per_message": -1}, {"revision": "v4"}])
def test_bad_arguments(arguments):
    with pytest.raises(ValueError, match="must be"):
        ZeroMockConnection(**arguments)


def test_no_silicon(mock):
    with pytest.raises(ValueError, match="ideal"):
        mock.set_silicon(ideal=True)


def test_closed():
    mock = ZeroMockConnection(0)
    with mock:
        pass
    mock.close()
    assert mock.closed
    for use in (lambda: mock.run(program([])), mock.get_unique_identifier, mock.get_hwdb_entry):
        with pytest.raises(ConnectionError, match="Connection is not allocated!"):
            use()


def test_forked_process(mock):
    child = os.fork()
    if child == 0:
        status = 1
        try:
            mock.run(program([]))
        except ForkedProcessError:
            mock.close()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    mock.run(program([]))


def test_several_chips():
    mocks = [ZeroMockConnection(0), ZeroMockConnection(0)]
    with MultiConnection(mocks) as both:
        assert len(both) == 2
        programs = [program([READ], (0, 1, 0)), program([READ, READ], (0, 2, 0))]
        info = both.run(programs)
        assert [len(p.responses.omnibus) for p in programs] == [1, 2]
        assert len(info.connection) == 2
        assert both.get_unique_identifier() == ["zeromock", "zeromock"]
        assert len(both.info["chips"]) == len(both.time_info) == len(both.get_hwdb_entry()) == 2
        with pytest.raises(RuntimeError, match="For each fpga"):
            both.run(programs[0])
        programs[1] = program([READ], (0, 2, 0))
        with pytest.raises(ProgramError, match="Not all response data"):
            both.run(programs)
    assert both.closed
    assert all(mock.closed for mock in mocks)


def test_time_info_accumulates(mock):
    before = mock.time_info[0]
    info = mock.run(program([WRITE] * 1000))
    after = mock.time_info[0]
    difference = after - before
    assert difference.execution_duration == info.connection[0].execution_duration
    assert difference.encode_duration.total_seconds() == 0
    lines = str(after).splitlines()
    assert lines[0] == "ConnectionTimeInfo("
    assert [line.split(":")[0] for line in lines[1:5]] == [
        "\tencode_duration",
        "\tdecode_duration",
        "\tcommit_duration",
        "\texecution_duration",
    ]
    assert lines[5] == ")"
    assert str(info).startswith("RunTimeInfo(")
