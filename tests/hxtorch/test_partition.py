"""Layout of matrices on synapse arrays."""

import pytest

from hxtorch.execution.partition import blocks, split


@pytest.mark.parametrize(
    ("length", "size", "parts"),
    [(50, 12, [12, 12, 12, 12, 2]), (10, 12, [10]), (24, 12, [12, 12]), (0, 12, [])],
)
def test_split(length, size, parts):
    ranges = split(length, size)
    assert [len(part) for part in ranges] == parts
    assert [i for part in ranges for i in part] == list(range(length))


def place(rows, columns):
    return [
        (b.instance, b.hemisphere, b.rows.start, b.rows.stop, b.columns.start, b.columns.stop)
        for b in blocks(rows, columns)
    ]


def test_one_run_with_two_column_ranges():
    assert place(128, 512) == [(0, 0, 0, 128, 0, 256), (0, 1, 0, 128, 256, 512)]


def test_one_run_with_two_row_ranges():
    assert place(256, 256) == [(0, 0, 0, 128, 0, 256), (0, 1, 128, 256, 0, 256)]


def test_two_runs():
    assert place(256, 512) == [
        (0, 0, 0, 128, 0, 256),
        (0, 1, 128, 256, 0, 256),
        (1, 0, 0, 128, 256, 512),
        (1, 1, 128, 256, 256, 512),
    ]


def test_odd_number_of_blocks():
    assert place(300, 10) == [
        (0, 0, 0, 128, 0, 10),
        (0, 1, 128, 256, 0, 10),
        (1, 0, 256, 300, 0, 10),
    ]


@pytest.mark.parametrize(
    ("rows", "columns", "runs"), [(1, 1, 1), (600, 900, 10), (16384, 16384, 4096)]
)
def test_number_of_runs(rows, columns, runs):
    *_, last = blocks(rows, columns)
    assert last.instance + 1 == runs == -(-(-(-columns // 256) * -(-rows // 128)) // 2)


def test_arrays_of_unsigned_rows_hold_twice_as_many():
    placed = blocks(300, 10, array_rows=256)
    assert [(b.hemisphere, len(b.rows)) for b in placed] == [(0, 256), (1, 44)]
