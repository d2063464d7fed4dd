"""Programs, builders and tickets."""

import copy
import dataclasses
import gc
import logging
import pickle
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fisch import PlaybackProgram, PlaybackProgramBuilder, errors, ut
from fisch import containers as c
from fisch import coordinates as halco
from fisch.events import (
    HighspeedLinkNotification,
    MADCSampleFromChip,
    SpikeFromChip,
    TimeoutNotification,
)
from fisch.responses import ResponseDecoder
from fisch.tickets import BlockTicket, Ticket
from fisch.ut import FromFPGA, Message


def responses_of(*messages):
    decoder = ResponseDecoder()
    decoder.feed(ut.encode_responses(messages))
    return decoder.take()


def omnibus(*values):
    return [Message(FromFPGA.OMNIBUS_DATA, value) for value in values]


def answer(program, *messages):
    program._set_responses(responses_of(*messages))


def address(value):
    return halco.OmnibusAddress(value)


def word(value):
    return c.Omnibus(c.Omnibus.Value(value))


def values(ticket):
    return [container.get().word for container in ticket.get()]


def test_new_builder_and_program_are_empty():
    builder = PlaybackProgramBuilder()
    assert builder.empty()
    assert builder.is_write_only()
    assert (builder.size_to_fpga(), builder.size_from_fpga()) == (0, 0)
    program = builder.done()
    assert program.empty()
    assert program == PlaybackProgram()
    assert program.words.dtype == np.uint64


def test_done_resets_and_gives_another_program_each_time():
    builder = PlaybackProgramBuilder()
    builder.write(halco.TimerOnDLS(), c.Timer())
    assert not builder.empty()
    first = builder.done()
    assert builder.empty()
    second = builder.done()
    assert second is not first
    assert second != first
    assert first.words.tolist() == [0x04 << 56]
    assert not first.words.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        first.words[0] = 1


def test_text_is_one_message_per_line():
    builder = PlaybackProgramBuilder()
    builder.write(halco.OmnibusAddress(3), word(4))
    lines = str(builder).splitlines()
    assert len(lines) == 2
    assert all(line.startswith("UTMessage(raw: 0") for line in lines)
    assert str(builder.done()) == "\n".join(lines)


def test_list_write_needs_equal_lengths():
    builder = PlaybackProgramBuilder()
    with pytest.raises(RuntimeError, match="Coordinate count does not match configuration count"):
        builder.write([address(1), address(2)], [word(1)])
    with pytest.raises(RuntimeError, match="Coordinate count"):
        builder.write_block([1, 2], [1])
    with pytest.raises(RuntimeError, match="Coordinate count"):
        builder.spike_train([1, 2], [1])
    assert builder.empty()
    builder.write([address(1), address(2)], [word(1), word(2)])
    assert builder.size_to_fpga() == 4


def test_nothing_is_appended_when_one_of_a_list_is_refused():
    builder = PlaybackProgramBuilder()
    with pytest.raises(RuntimeError, match="can't be written"):
        builder.write([address(1), halco.JTAGIdCodeOnDLS()], [word(1), c.JTAGIdCode()])
    with pytest.raises(RuntimeError, match=r"Coordinate WaitUntilOnFPGA\(0\) can't be read"):
        builder.read([halco.WaitUntilOnFPGA()])
    with pytest.raises(TypeError, match="One ticket"):
        builder.read([address(1), halco.TimerOnDLS()])
    assert builder.empty()
    assert builder.is_write_only()


def test_bulk_calls_encode_the_words_of_containers():
    addresses = [0x00130000, 0x8800000C, 0xFFFFFFFF]
    words = [0, 0xFFFFFFFF, 0x12345678]
    bulk, single = PlaybackProgramBuilder(), PlaybackProgramBuilder()
    bulk.write_block(addresses, words)
    bulk.write_block(addresses[:1], words[:1], byte_enables=0b0101)
    bulk.read_block(np.array(addresses, np.uint32))
    bulk.spike_train([5, 2**32 - 1], [7, 0xFFFF])
    bulk.spike_train(None, np.array([[1, 2], [3, 0xFFFF]], np.uint16))
    bulk.spike_train([9], [[1, 2, 3]])
    bulk.append_words(np.array([0x04 << 56], np.uint64))
    single.write([address(a) for a in addresses], [word(w) for w in words])
    single.write(address(addresses[0]), c.Omnibus(c.Omnibus.Value(0, [True, False, True, False])))
    single.read([address(a) for a in addresses])
    for time, label in ((5, 7), (2**32 - 1, 0xFFFF)):
        single.write(halco.WaitUntilOnFPGA(), c.WaitUntil(time))
        single.write(halco.SpikePack1ToChipOnDLS(), c.SpikePack1ToChip([label]))
    for labels in ([1, 2], [3, 0xFFFF]):
        single.write(halco.SpikePack2ToChipOnDLS(), c.SpikePack2ToChip(labels))
    single.write(halco.WaitUntilOnFPGA(), c.WaitUntil(9))
    single.write(halco.SpikePack3ToChipOnDLS(), c.SpikePack3ToChip([1, 2, 3]))
    single.write(halco.TimerOnDLS(), c.Timer())
    assert bulk.done() == single.done()


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)), max_size=50))
def test_write_block_of_anything(pairs):
    builder = PlaybackProgramBuilder()
    builder.write_block([a for a, _ in pairs], [w for _, w in pairs])
    messages = ut.decode(builder.done().words)
    assert [
        (m[0].fields["address"], m[1].payload)
        for m in zip(messages[::2], messages[1::2], strict=True)
    ] == pairs


@pytest.mark.parametrize(
    ("call", "arguments", "error"),
    [
        ("write_block", ([2**32], [0]), OverflowError),
        ("write_block", ([0], [-1]), RuntimeError),
        ("write_block", ([0], [0.5]), TypeError),
        ("write_block", ([0], [0], 16), OverflowError),
        ("read_block", ([-1],), RuntimeError),
        ("spike_train", ([0], [65536]), OverflowError),
        ("spike_train", ([2**32], [0]), OverflowError),
        ("spike_train", ([0], [[1, 2, 3, 4]]), ValueError),
        ("append_words", ([1],), TypeError),
    ],
)
def test_bulk_calls_refuse_what_does_not_fit(call, arguments, error):
    builder = PlaybackProgramBuilder()
    with pytest.raises(error):
        getattr(builder, call)(*arguments)
    assert builder.empty()


def test_empty_bulk_calls():
    builder = PlaybackProgramBuilder()
    builder.write_block([], [])
    builder.spike_train([], [])
    ticket = builder.read_block([])
    assert builder.empty()
    program = builder.done()
    answer(program)
    assert ticket.words().shape == (0,)
    assert ticket.fpga_time() == 0


def test_tickets_become_valid_one_after_the_other():
    builder = PlaybackProgramBuilder()
    first = builder.read(address(1))
    second = builder.read([address(2), address(3)])
    block = builder.read_block([4, 5])
    assert builder.size_from_fpga() == 5
    for ticket in (first, second, block):
        assert not ticket.valid()
        with pytest.raises(RuntimeError, match=r"^Data not available\.$"):
            ticket.fpga_time()
    program = builder.done()
    with pytest.raises(RuntimeError, match=r"^Data not available\.$"):
        first.get()
    with pytest.raises(errors.DataNotAvailableError):
        block.words()
    answer(program, *omnibus(10))
    assert (first.valid(), second.valid(), block.valid()) == (True, False, False)
    assert values(first) == [10]
    answer(program, *omnibus(10, 20))
    assert not second.valid()
    answer(program, *omnibus(10, 20, 30))
    assert (second.valid(), block.valid()) == (True, False)
    assert not program.tickets_valid()
    answer(program, *omnibus(10, 20, 30, 40, 50))
    assert values(second) == [20, 30]
    assert block.words().tolist() == [40, 50]
    assert second.fpga_time() == 3
    assert block.fpga_times().tolist() == [4, 5]
    assert program.tickets_valid()
    program.clear_from_fpga_messages()
    assert not first.valid()
    answer(program, *omnibus(1, 2, 3, 4, 5, 6))
    assert not program.tickets_valid()


def test_each_get_decodes_afresh_and_a_rerun_replaces():
    builder = PlaybackProgramBuilder()
    ticket = builder.read(address(1))
    program = builder.done()
    answer(program, *omnibus(1))
    assert ticket.get() is not ticket.get()
    answer(program, *omnibus(2))
    assert values(ticket) == [2]


def test_kinds_are_matched_separately():
    builder = PlaybackProgramBuilder()
    word_ticket = builder.read(address(1))
    code = builder.read(halco.JTAGIdCodeOnDLS())
    tick = builder.read(halco.NullPayloadReadableOnFPGA())
    timer = builder.read(halco.TimerOnDLS())
    over_jtag = builder.read(halco.OmnibusChipOverJTAGAddress(3))
    assert builder.size_from_fpga() == 5
    program = builder.done()
    assert program.expected == (2, 2, 1)
    answer(
        program,
        Message(FromFPGA.JTAG_DATA, 0x348580AF),
        Message(FromFPGA.JTAG_DATA, 1 << 32 | 5),
        Message(FromFPGA.LOOPBACK, 1),
        *omnibus(1, 99),
    )
    assert code.get() == [c.JTAGIdCode(0x348580AF)]
    assert over_jtag.get() == [c.OmnibusChipOverJTAG(5)]
    assert tick.get() == [c.NullPayloadReadable()]
    assert timer.get()[0].get() == 99
    assert values(word_ticket) == [1]
    assert (code.fpga_time(), tick.fpga_time(), timer.fpga_time()) == (1, 3, 5)


def test_default_constructed_tickets_raise():
    for kind in (Ticket, BlockTicket, c.ContainerTicket, c.Omnibus.ticket):
        ticket = kind()
        for use in (ticket.valid, ticket.fpga_time, getattr(ticket, "get", ticket.valid)):
            with pytest.raises(RuntimeError, match=r"^Unexpected access to moved-from object\.$"):
                use()


def test_list_ticket_of_nothing_is_valid_at_once():
    builder = PlaybackProgramBuilder()
    ticket = builder.read([])
    assert ticket.valid()
    assert ticket.get() == []
    assert ticket.fpga_time() == 0
    program = builder.done()
    answer(program)
    assert ticket.valid()
    assert ticket.get() == []


def test_tickets_may_be_copied_dropped_and_keep_their_program():
    builder = PlaybackProgramBuilder()
    builder.read(address(0))
    ticket = builder.read(address(1))
    copies = [copy.copy(ticket), copy.deepcopy(ticket)]
    program = builder.done()
    copies.append(copy.copy(ticket))
    answer(program, *omnibus(5, 6))
    gone = weakref.ref(program)
    del builder, program
    gc.collect()
    assert gone() is not None
    for one in (ticket, *copies):
        assert type(one) is c.Omnibus.ticket
        assert values(one) == [6]
    del ticket, copies, one
    gc.collect()
    assert gone() is None


def filled(*reads):
    """Builder with a read per address, and its tickets with the addresses."""
    builder = PlaybackProgramBuilder()
    return builder, [(builder.read(address(a)), a) for a in reads]


def check(program, tickets):
    """Answer every read with its address and look at all tickets."""
    messages = ut.decode(program.words)
    reads = [m.fields["address"] for m in messages if m.header == ut.ToFPGA.OMNIBUS_ADDRESS]
    answer(program, *omnibus(*reads))
    for ticket, expected in tickets:
        assert values(ticket) == [expected]
    return reads


def test_merge_back():
    first, first_tickets = filled(1, 2)
    second, second_tickets = filled(3, 4, 5)
    first.merge_back(second)
    assert second.empty()
    assert second.is_write_only()
    late = [(first.read(address(6)), 6)]
    assert check(first.done(), first_tickets + second_tickets + late) == [1, 2, 3, 4, 5, 6]


def test_merge_front_shifts_by_the_others_responses():
    first, first_tickets = filled(1, 2)
    second, second_tickets = filled(3, 4, 5)
    first.merge_front(second)
    assert second.empty()
    late = [(first.read(address(6)), 6)]
    assert check(first.done(), first_tickets + second_tickets + late) == [3, 4, 5, 1, 2, 6]


def test_merge_with_an_empty_builder():
    for method in ("merge_back", "merge_front"):
        first, tickets = filled(1, 2)
        getattr(first, method)(PlaybackProgramBuilder())
        empty = PlaybackProgramBuilder()
        getattr(empty, method)(first)
        assert check(empty.done(), tickets) == [1, 2]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.booleans()), max_size=30))
def test_any_order_of_merges(steps):
    builder = PlaybackProgramBuilder()
    tickets, expected, count = [], [], 0
    for front, reads, into_new in steps:
        addresses = list(range(count, count + reads))
        count += reads
        other, new = filled(*addresses)
        tickets += new
        first, second = (builder, other) if not into_new else (other, builder)
        getattr(first, "merge_front" if front else "merge_back")(second)
        builder = first
        expected = addresses + expected if front != into_new else expected + addresses
    assert check(builder.done(), tickets) == expected


def test_thousands_of_merges():
    builder, tickets = filled(0)
    for i in range(1, 3000):
        other, more = filled(i)
        tickets += more
        builder.merge_front(other)
    check(builder.done(), tickets)


def test_a_builder_cannot_be_merged_into_itself():
    builder, _ = filled(1)
    for method in ("merge_back", "merge_front", "copy_back"):
        with pytest.raises(RuntimeError, match="itself"):
            getattr(builder, method)(builder)
    assert builder.size_to_fpga() == 1


def test_copy_back():
    builder, other = PlaybackProgramBuilder(), PlaybackProgramBuilder()
    other.read(address(1))
    with pytest.raises(RuntimeError, match="to copy is not write only"):
        builder.copy_back(other)
    assert builder.empty()
    assert other.size_to_fpga() == 1
    other = PlaybackProgramBuilder()
    other.write(address(1), word(2))
    builder.copy_back(other)
    assert not other.empty()
    assert builder.done() == other.done()


def test_a_builder_is_free_again_after_handing_over():
    builder = PlaybackProgramBuilder()
    programs = []
    for i in range(5):
        builder.write_block([i] * 3000, [i] * 3000)
        programs.append(builder.done())
    for i, program in enumerate(programs):
        assert set(program.words[1::2].tolist()) == {0x0C << 56 | i}


def test_events_of_a_program():
    program = PlaybackProgram()
    assert len(program.spikes) == 0
    assert program.highspeed_link_notifications == []
    answer(
        program,
        Message(FromFPGA.HIGHSPEED_LINK_NOTIFICATION, 0x50),
        Message.of(FromFPGA.SPIKE_PACK_2, label0=12, label1=13),
        Message.of(FromFPGA.MADC_SAMPLE_PACK_1, value0=0x1FF, channel0=1),
    )
    assert program.spikes[0] == SpikeFromChip(12, 0, 2)
    assert [spike.label for spike in program.spikes] == [12, 13]
    assert program.spikes[1].label.synapse_label == 13
    assert program.spikes[1:].to_numpy()["label"].tolist() == [13]
    assert program.spikes == program.spikes
    assert np.asarray(program.spikes).dtype.names == ("label", "fpga_time", "chip_time")
    assert program.madc_samples[-1] == MADCSampleFromChip(0x1FF, 1, 0, 3)
    assert program.spikes_pack_counts == {1: 0, 2: 1, 3: 0}
    assert program.madc_samples_pack_counts == {1: 1, 2: 0, 3: 0}
    (link,) = program.highspeed_link_notifications
    assert str(link) == "HighspeedLinkNotification(Value(80), FPGATime(1))"
    program.clear_from_fpga_messages()
    assert len(program.spikes) == 0
    assert program.spikes_pack_counts == {1: 0, 2: 0, 3: 0}
    assert len(program.highspeed_link_notifications) == 1


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            SpikeFromChip(12, 3, 6),
            "SpikeFromChip(SpikeLabel(12), ChipTime(3), FPGATime(6))",
        ),
        (
            MADCSampleFromChip(5, 1, 3, 7),
            "MADCSampleFromChip(Value(5), Channel(1), ChipTime(3), FPGATime(7))",
        ),
        (
            HighspeedLinkNotification(12, 6),
            "HighspeedLinkNotification(Value(12), FPGATime(6))",
        ),
        (
            TimeoutNotification(5, 96, 52, 7),
            "TimeoutNotification(Value(5), TraceStall(96), OmnibusReads(52), FPGATime(7))",
        ),
    ],
)
def test_events(event, text):
    assert str(event) == text
    assert pickle.loads(pickle.dumps(event)) == event
    assert type(event)() != event
    with pytest.raises(OverflowError, match="FPGATime is 8796093022208"):
        dataclasses.replace(event, fpga_time=1 << 43)


def test_equality_takes_results_into_account():
    one, other = PlaybackProgram([1 << 56]), PlaybackProgram([1 << 56])
    assert one == other
    answer(one, *omnibus(1))
    assert one != other
    assert one != PlaybackProgram([2 << 56])
    assert one != 3


def test_run_ok_logs_the_surroundings_of_a_timeout(caplog):
    builder = PlaybackProgramBuilder()
    builder.read_block(range(40))
    builder.write(halco.BarrierOnFPGA(), c.Barrier(c.Barrier.omnibus))
    program = builder.done()
    answer(program, *omnibus(0))
    assert program.run_ok()
    timeout = Message.of(FromFPGA.TIMEOUT_NOTIFICATION, value=40, omnibus_reads=20)
    answer(program, timeout)
    with caplog.at_level(logging.ERROR, logger="fisch"):
        assert not program.run_ok("fpga 7")
    lines = caplog.messages[0].splitlines()
    assert "40 timed out on fpga 7" in lines[0]
    assert lines[1].startswith("19: ")  # the last read that was answered
    assert lines[-1].startswith("40: ")
    assert "Barrier" in lines[-1]
    # the index of the halt that a connection appends
    answer(program, *[Message.of(FromFPGA.TIMEOUT_NOTIFICATION, value=41)] * 2)
    with caplog.at_level(logging.ERROR, logger="fisch"):
        assert not program.run_ok()
    lines = caplog.messages[1].splitlines()
    assert lines[1].startswith("31: ")
    assert "2 notifications" in lines[-1]
    answer(program, *omnibus(0))
    assert program.run_ok()


def test_more_than_the_playback_memory_is_warned_of(caplog, monkeypatch):
    monkeypatch.setattr(ut, "PLAYBACK_MEMORY_WORDS", 10)
    builder = PlaybackProgramBuilder()
    builder.write_block(range(6), range(6))
    with caplog.at_level(logging.WARNING, logger="fisch"):
        builder.done()
    assert "12 instructions" in caplog.text


@pytest.mark.parametrize(
    "error",
    [
        errors.UnknownHeaderError(13),
        errors.RangeOverflowError("x", 5, 0, 4),
        errors.RangeUnderflowError("x", 0, 1, 4),
        errors.NegativeValueError("x", -1, 0, 4),
        errors.AccessError("Place(0)", "read"),
        errors.CoordinateCountError(1, 2),
        errors.ValueNotWritableError("Timer", 1, 0),
        errors.DataNotAvailableError(),
        errors.EmptyTicketError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_can_be_pickled(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


@pytest.mark.parametrize("use", [
    lambda b: b.merge_back(3), lambda b: b.merge_front(None), lambda b: b.copy_back("b"),
    lambda b: b.write(address(0), 3), lambda b: b.write(3, 3), copy.copy, copy.deepcopy])
def test_wrong_arguments_are_named(use):
    builder = PlaybackProgramBuilder()
    with pytest.raises(TypeError, match=r"is needed|are needed|can't be copied"):
        use(builder)
    assert builder.empty()


@pytest.mark.parametrize("value", [1.5, "3"])
def test_values_are_integers(value):
    with pytest.raises(TypeError, match=r"JTAGClockScaler is .*integer, 0 to 255"):
        c.JTAGClockScaler(value)


def test_the_halt_of_a_halted_program_is_no_part_of_it():
    array = np.array([5 << 56, ut.HALT_WORD], dtype=np.uint64)
    program = PlaybackProgram(array, halted=True)
    assert program.words.tolist() == [5 << 56]
    assert np.shares_memory(program.halted_words, array)
    assert PlaybackProgram(array).halted_words is None
    for words in ([], array[:1]):
        with pytest.raises(ValueError, match="end with the halt"):
            PlaybackProgram(words, halted=True)
