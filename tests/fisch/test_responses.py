"""Responses as arrays: kinds, times, chunks, against a slow decoder of its own."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisch import ut
from fisch.errors import UnknownHeaderError
from fisch.responses import ResponseDecoder, Responses
from tests.fisch.test_ut import from_fpga, noise
from tests.reference import ut_codec as oracle

Message, Out = ut.Message, ut.FromFPGA


def decode(messages):
    decoder = ResponseDecoder()
    decoder.feed(ut.encode_responses(messages))
    return decoder


def assert_equal(responses: Responses, halted, expected):
    def rows(*columns):
        return list(zip(*(c.tolist() for c in columns), strict=True))

    assert rows(responses.omnibus, responses.omnibus_time) == expected["omnibus"]
    assert rows(responses.jtag, responses.jtag_time) == expected["jtag"]
    assert responses.tick_time.tolist() == expected["ticks"]
    assert responses.spikes.tolist() == expected["spikes"]
    assert responses.madc_samples.tolist() == expected["madc"]
    assert responses.link_notifications.tolist() == expected["links"]
    assert responses.timeouts.tolist() == expected["timeouts"]
    assert halted == expected["halted"]


def test_worked_example_of_time():
    decoder = decode(
        [
            Message(Out.OMNIBUS_DATA, 0),
            Message(Out.SYSTIME, 0x1000),
            Message.of(Out.SPIKE_PACK_2, timestamp0=0x02, timestamp1=0xFE),
            Message(Out.SYSDELTA, 10),
            Message(Out.OMNIBUS_DATA, 0),
            Message(Out.LOOPBACK, 0),
        ]
    )
    responses = decoder.take()
    assert responses.omnibus_time.tolist() == [1, 4109]
    assert responses.spikes["fpga_time"].tolist() == [4097, 4097]
    assert responses.spikes["chip_time"].tolist() == [4097, 4095]
    assert decoder.fpga_time == 4110
    assert decoder.halted


@given(from_fpga)
def test_all_kinds(messages):
    decoder = decode(messages)
    halted = decoder.halted
    responses = decoder.take()
    assert_equal(responses, halted, oracle.rebuild(messages))
    headers = [message.header for message in messages]
    assert responses.spike_pack_counts == tuple(headers.count(h) for h in (10, 11, 12))
    assert responses.madc_pack_counts == tuple(headers.count(h) for h in (7, 8, 9))


@given(noise, st.lists(st.integers(0, 40), max_size=5))
def test_noise_in_any_chunks(words, cuts):
    messages, error = oracle.decode_from_fpga(words)
    decoder = ResponseDecoder()
    found = None
    for part in np.split(np.array(words, np.uint64), sorted(min(c, len(words)) for c in cuts)):
        try:
            decoder.feed(part)
        except UnknownHeaderError as caught:
            found = caught.header
    assert found == error
    halted = decoder.halted
    assert_equal(decoder.take(), halted, oracle.rebuild(messages))


@pytest.mark.parametrize("start", [0, 3, 2**43 - 5000])
def test_long_runs_of_omnibus_words(start):
    count = 10_000
    rng = np.random.default_rng(1)
    data = rng.integers(0, 2**32, count, dtype=np.uint64)
    words = data | np.uint64(0x01 << 56)
    words = np.concatenate([ut.encode_responses([Message(Out.SYSTIME, start)]), words])
    decoder = ResponseDecoder()
    for part in np.split(words, [1, 2, 4097, 4100, 9000]):
        decoder.feed(part)
    responses = decoder.take()
    assert np.array_equal(responses.omnibus, data)
    assert np.array_equal(responses.omnibus_time, (start + 1 + np.arange(count)) % 2**43)


def test_omnibus_words_that_are_not_aligned_to_words():
    rng = np.random.default_rng(2)
    data = rng.integers(0, 2**32, 300).tolist()
    messages = [Message(Out.SPIKE_PACK_3, 0)] + [Message(Out.OMNIBUS_DATA, d) for d in data]
    assert decode(messages).take().omnibus.tolist() == data


def test_take_hands_over_and_goes_on():
    first = ut.encode_responses([Message(Out.OMNIBUS_DATA, 1), Message(Out.SPIKE_PACK_3, 0)])
    decoder = ResponseDecoder()
    decoder.feed(first[:2])
    taken = decoder.take()
    assert taken.omnibus.tolist() == [1]
    assert decoder.counts == (0, 0, 0)
    decoder.feed(first[2:])
    later = decoder.take()
    assert later.spike_pack_counts == (0, 0, 1)
    assert later.spikes["fpga_time"].tolist() == [2, 2, 2]
    assert taken.omnibus.tolist() == [1]


def test_halt_latches_until_reset_and_later_data_is_decoded():
    decoder = ResponseDecoder()
    assert not decoder.feed(ut.encode_responses([Message(Out.LOOPBACK, 1)]))
    assert decoder.feed(
        ut.encode_responses([Message(Out.LOOPBACK, 0), Message(Out.OMNIBUS_DATA, 7)])
    )
    assert decoder.feed(np.empty(0, np.uint64))
    assert decoder.counts == (0, 1, 1)
    decoder.reset()
    assert not decoder.halted
    assert decoder.fpga_time == 0
    assert decoder.take() == Responses()


def test_each_kind_goes_to_its_own_array():
    for header, kind in ((Out.JTAG_DATA, 0), (Out.OMNIBUS_DATA, 1), (Out.LOOPBACK, 2)):
        counts = decode([Message(header, 1)]).take().counts
        assert counts == tuple(int(kind == i) for i in range(3))
    assert decode([Message(Out.LOOPBACK, 0)]).take().counts == (0, 0, 0)


def test_error_keeps_what_came_before_and_stays():
    words = ut.encode_responses([Message(Out.OMNIBUS_DATA, 5)]).tolist()
    decoder = ResponseDecoder()
    with pytest.raises(UnknownHeaderError):
        decoder.feed([*words, 0x20 << 56, *words])
    with pytest.raises(UnknownHeaderError):
        decoder.feed(words)
    assert decoder.take().omnibus.tolist() == [5]


def test_layout_of_the_arrays():
    responses = Responses()
    assert responses.spikes.dtype.names == ("label", "fpga_time", "chip_time")
    assert responses.spikes.dtype.itemsize == 18
    assert responses.madc_samples.dtype.names == ("value", "channel", "fpga_time", "chip_time")
    assert responses.madc_samples.dtype.itemsize == 19
    assert not decode([Message(Out.OMNIBUS_DATA, 1)]).take().omnibus.flags.writeable


def test_bytes_at_an_odd_address():
    words = ut.encode_responses([Message(Out.OMNIBUS_DATA, n) for n in range(20)])
    shifted = memoryview(b"x" + words.tobytes())[1:]
    decoder = ResponseDecoder()
    decoder.feed(shifted)
    assert decoder.take().omnibus.tolist() == list(range(20))


def test_times_of_omnibus_words_survive_copies_and_wrap():
    decoder = ResponseDecoder()
    words = [Out.SYSTIME << 56 | 2**43 - 3]
    words += [Out.OMNIBUS_DATA << 56 | i for i in range(70)]
    words += [Out.SYSDELTA << 56 | 9, Out.OMNIBUS_DATA << 56]
    decoder.feed(np.array(words, dtype=np.uint64))
    responses = decoder.take()
    copied = pickle.loads(pickle.dumps(copy.deepcopy(responses)))
    expected = [(2**43 - 2 + i) % 2**43 for i in range(70)] + [67 + 1 + 9 + 1]
    assert copied.omnibus_time.tolist() == expected
    assert copied == responses
    assert not responses.omnibus_time.flags.writeable
    assert decoder.take().omnibus_time.tolist() == []
    with pytest.raises(AttributeError, match="omnibus_times"):
        responses.omnibus_times
