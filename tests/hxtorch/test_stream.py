"""Word stream of batch entries against the slow model, and message counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hxtorch.errors import RangeError
from hxtorch.execution import _stream, stream
from hxtorch.graph.rows import RowMode, row_layout
from tests.reference import hagen_stream as model

SIGNED = RowMode.SIGNED


def encode(top, bottom, *, num_sends=1, wait=5, baseline=True, relabel_columns=None, mode=SIGNED):
    sides = [np.array([part], dtype=np.uint8) for part in (top, bottom)]
    encoder = stream.make_encoder(
        [row_layout(mode, len(part)) for part in (top, bottom)],
        relabel_columns or [256, 256],
        num_sends=num_sends,
        wait_between_events=wait,
        baseline=baseline,
        relabel=relabel_columns is not None,
    )
    out = np.zeros(encoder.largest_entry(*sides), dtype=np.uint64)
    entries, end = encoder.encode(*sides, 0, out, 0)
    assert entries == 1
    assert end == len(out)
    return out.tolist()


@pytest.mark.parametrize(
    ("driver", "hemisphere", "activation", "label"),
    [(8, 0, 31, 0x0081), (8, 1, 31, 0x2081), (24, 0, 13, 0x0193)],
)
def test_event_labels(driver, hemisphere, activation, label):
    assert model.event_label(driver, hemisphere, activation) == label
    assert stream.label_base()[hemisphere, driver] - activation == label


def test_message_counts_of_a_dense_product():
    full = [31] * 128
    assert len(encode(full, full, baseline=False)) == 645
    assert len(encode(full, full)) == 1033
    assert len(stream.entry_head(True)) - len(stream.entry_head(False)) == 388
    assert len(stream.entry_head(False)) == 259
    assert len(stream.entry_tail()) + 1 == 130


def test_label_rewrite_of_a_dense_product_takes_65536_messages():
    full = [31] * 128
    rewritten = encode(full, full, relabel_columns=[256, 256])
    assert len(rewritten) == 65_536 + 1033


def test_both_hemispheres_end_together():
    words = encode([1, 0, 3], [4], wait=3, baseline=False)
    events = [word for word in words if word >> 56 in (0x0D, 0x0E)]
    # rows last to first; the pair comes last
    assert events == [
        model.PACK_1 | model.event_label(2, 0, 3),
        model.PACK_2 | model.event_label(0, 1, 4) << 16 | model.event_label(0, 0, 1),
    ]


def test_events_stand_at_multiples_of_the_wait():
    words = encode([1] * 3, [], wait=7, baseline=False)
    times = [words[i - 1] & 0xFFFFFFFF for i, word in enumerate(words) if word >> 56 == 0x0D]
    # the message behind a wait runs one cycle later: at 125 + 7 k
    assert times == [131, 138, 145]


def test_only_used_columns_are_relabelled():
    words = encode([5, 0], [], relabel_columns=[10, 0], baseline=False)
    addresses = [
        int(word & 0xFFFFFFFF)
        for word in words
        if word >> 32 == model.WRITE >> 32 and 0x02C40000 <= (word & 0xFFFFFFFF) < 0x02C50000
    ]
    # columns 0 to 9 lie in quads 0, 1 (even) and 32, 33 (odd), of rows 0 to 3
    assert addresses == [0x02C40000 + 64 * r + q for r in range(4) for q in (0, 1, 32, 33)]


activations = st.lists(st.integers(0, 31), max_size=128)


@settings(deadline=None, max_examples=60)
@given(
    activations,
    activations,
    st.integers(0, 5),
    st.sampled_from([0, 1, 2, 5, 25, 1000]),
    st.booleans(),
    st.one_of(st.none(), st.tuples(st.integers(0, 256), st.integers(0, 256))),
)
def test_stream_equals_the_slow_model(top, bottom, num_sends, wait, baseline, columns):
    options = {
        "num_sends": num_sends,
        "wait": wait,
        "baseline": baseline,
        "relabel_columns": None if columns is None else list(columns),
    }
    assert encode(top, bottom, **options) == model.entry(top, bottom, **options)


def test_entries_are_cut_where_the_buffer_ends():
    rng = np.random.default_rng(1)
    x = rng.integers(0, 32, (40, 200), dtype=np.uint8)
    encoder = stream.make_encoder(
        [row_layout(SIGNED, 128), row_layout(SIGNED, 72)],
        [256, 256],
        num_sends=2,
        wait_between_events=3,
        baseline=False,
        relabel=False,
    )
    sides = x[:, :128], x[:, 128:]
    whole = np.zeros(encoder.largest_entry(*sides) * 40, dtype=np.uint64)
    entries, end = encoder.encode(*sides, 0, whole, 0)
    assert entries == 40
    pieces = []
    first = 0
    while first < 40:
        buffer = np.zeros(3000, dtype=np.uint64)
        behind, used = encoder.encode(*sides, first, buffer, 7)
        assert behind > first
        pieces.append(buffer[7:used])
        first = behind
    assert len(pieces) > 5
    np.testing.assert_array_equal(np.concatenate(pieces), whole[:end])


def test_an_entry_that_does_not_fit_is_left_out():
    sides = np.ones((1, 4), dtype=np.uint8), np.ones((1, 0), dtype=np.uint8)
    encoder = stream.make_encoder(
        [row_layout(SIGNED, 4), row_layout(SIGNED, 0)],
        [4, 0],
        num_sends=1,
        wait_between_events=5,
        baseline=False,
        relabel=False,
    )
    size = encoder.largest_entry(*sides)
    buffer = np.zeros(size, dtype=np.uint64)
    assert encoder.encode(*sides, 0, buffer, 1) == (0, 1)
    assert not buffer.any()
    assert encoder.encode(*sides, 0, buffer, 0) == (1, size)


def test_event_times_beyond_the_timer_are_refused():
    with pytest.raises(RangeError, match="wait_between_events") as error:
        stream.make_encoder(
            [row_layout(SIGNED, 128), row_layout(SIGNED, 0)],
            [1, 0],
            num_sends=1000,
            wait_between_events=2**20,
            baseline=True,
            relabel=False,
        )
    assert isinstance(error.value, OverflowError)
    assert error.value.value == 2**20


@pytest.mark.parametrize("baseline", [False, True])
def test_decode_equals_the_slow_model(baseline):
    rng = np.random.default_rng(2)
    per_entry = 256 if baseline else 128
    words = rng.integers(0, 2**32, (5, per_entry), dtype=np.uint32)
    words[0], words[1] = 0, 0xFFFFFFFF
    words[2, :128] = 0
    words[3, :128] = 0xFFFFFFFF
    out = np.empty((5, 2, 256), dtype=np.int8)
    _stream.decode(words.ravel(), baseline, out)
    for entry in range(5):
        assert out[entry].tolist() == model.decode(words[entry].tolist(), baseline)


def test_decode_refuses_a_wrong_number_of_words():
    with pytest.raises(ValueError, match="256"):
        _stream.decode(np.zeros(255, np.uint32), True, np.empty((1, 2, 256), np.int8))


def test_writes_are_address_and_data():
    out = np.zeros(4, dtype=np.uint64)
    count = _stream.encode_writes(
        np.array([7, 8, 0x00130000], np.uint32),
        np.array([1, 2, 0xFFF0], np.uint32),
        np.array([2, 0]),
        stream.WRITE_WORD,
        stream.DATA_WORD,
        out,
    )
    assert count == 4
    assert [f"{word:016x}" for word in out.tolist()] == [
        "0b00000f00130000",
        "0c0000000000fff0",
        "0b00000f00000007",
        "0c00000000000001",
    ]


def test_channels_of_unsigned_rows_have_events_of_their_own():
    words = encode([3, 9, 0, 31], [], mode=RowMode.EXCITATORY, baseline=False)
    events = [word & 0xFFFF for word in words if word >> 56 == 0x0D]
    # two channels per driver; those of the upper row carry label bit 5; last to first
    upper = 0x20
    assert events == [
        model.event_label(1, 0, 31) | upper,
        model.event_label(0, 0, 9) | upper,
        model.event_label(0, 0, 3),
    ]


def test_labels_of_unsigned_rows_follow_their_events():
    words = encode([3, 9], [], mode=RowMode.INHIBITORY, baseline=False, relabel_columns=[2, 0])
    writes = [(int(words[i] & 0xFFFFFFFF), int(words[i + 1] & 0xFFFFFFFF)) for i in range(0, 8, 2)]
    row, quads = 0x02C40000, (0, 32)
    assert writes == [
        *[(row + q, (32 - 3) * 0x01010101) for q in quads],
        *[(row + 64 + q, (32 + 32 - 9) * 0x01010101) for q in quads],
    ]


def test_events_are_counted():
    encoder = stream.make_encoder(
        [row_layout(SIGNED, 3), row_layout(SIGNED, 1)],
        [1, 1],
        num_sends=2,
        wait_between_events=5,
        baseline=False,
        relabel=False,
    )
    top, bottom = np.array([[1, 0, 2], [0, 0, 0]], np.uint8), np.array([[5], [0]], np.uint8)
    encoder.encode(top, bottom, 0, np.zeros(5000, np.uint64), 0)
    assert encoder.events == 2 * (2 + 1)


def test_activations_of_another_shape_are_refused():
    encoder = stream.make_encoder(
        [row_layout(SIGNED, 3), row_layout(SIGNED, 0)],
        [1, 0],
        num_sends=1,
        wait_between_events=5,
        baseline=False,
        relabel=False,
    )
    nothing = np.empty((2, 0), np.uint8)
    wrong = [np.zeros(shape, np.uint8) for shape in ((2, 4), (1, 3))]
    for top in (*wrong, np.zeros((3, 2), np.uint8).T):
        with pytest.raises(ValueError, match=r"allowed|adjacent"):
            encoder.largest_entry(top, nothing)


@pytest.mark.parametrize("baseline", [False, True])
@pytest.mark.parametrize("columns", [1, 37, 256])
def test_decode_sum_is_decode_and_addition(baseline, columns):
    rng = np.random.default_rng(columns)
    words = rng.integers(0, 2**32, (9, 128 * (1 + baseline)), dtype=np.uint32)
    apart = np.empty((9, 2, 256), np.int8)
    _stream.decode(words.ravel(), baseline, apart)
    total = np.empty((9, columns), np.int8)
    _stream.decode_sum(words.ravel(), baseline, total)
    expected = apart[:, :, :columns].astype(int).sum(axis=1).clip(-128, 127)
    np.testing.assert_array_equal(total, expected)
    with pytest.raises(ValueError, match="response words"):
        _stream.decode_sum(words.ravel()[1:], baseline, total)
    with pytest.raises(ValueError, match="columns"):
        _stream.decode_sum(words.ravel(), baseline, np.empty((9, 257), np.int8))


@pytest.mark.parametrize("channels", [1, 7, 8, 9, 31, 100, 128])
@pytest.mark.parametrize("silent", [0, 1, 5])
def test_entries_with_few_silent_channels_equal_the_slow_model(channels, silent):
    # eight channels at once are a case of its own where none of them is silent
    rng = np.random.default_rng(channels + silent)
    for wait in (1, 2, 5):
        top, bottom = rng.integers(1, 32, (2, channels))
        for values in (top, bottom):
            values[rng.integers(0, channels, silent)] = 0
        options = {"num_sends": 2, "wait": wait, "baseline": False, "relabel_columns": None}
        top, bottom = top.tolist(), bottom.tolist()
        assert encode(top, bottom, **options) == model.entry(top, bottom, **options)
