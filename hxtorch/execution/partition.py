"""How a matrix of any size is laid out on the synapse arrays of the chip.

A chip has two synapse arrays (hemisphere 0 on top, 1 at the bottom), each with 128 signed rows
and 256 columns. Blocks of the matrix go to the arrays in turn; two blocks that share the chip
form one execution instance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

#: Signed rows (inputs) of one synapse array.
ROWS = 128
#: Columns (outputs) of one synapse array.
COLUMNS = 256
#: Synapse arrays of one chip.
HEMISPHERES = 2
#: Synapse drivers of a hemisphere, with two physical rows each.
DRIVERS = 128
#: PADI buses of a hemisphere; driver d sits on bus d mod 4.
BUSES = 4


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the matrix and the place where it is computed.

    Attributes
    ----------
    rows, columns : range
        Part of the matrix, at most 128 (256 without signs) x 256.
    instance : int
        Execution instance, from 0.
    hemisphere : int
        Synapse array of that instance's chip: 0 top, 1 bottom.
    """

    rows: range
    columns: range
    instance: int
    hemisphere: int


def split(length: int, size: int) -> list[range]:
    """Cut ``range(length)`` into consecutive ranges of `size`, the last one maybe smaller.

    >>> [len(part) for part in split(50, 12)]
    [12, 12, 12, 12, 2]
    """
    return [range(begin, min(begin + size, length)) for begin in range(0, length, size)]


def blocks(rows: int, columns: int, array_rows: int = ROWS) -> Iterator[Block]:
    """Lay a matrix of `rows` inputs and `columns` outputs out on synapse arrays.

    Column ranges are the outer loop, row ranges the inner one; consecutive blocks alternate
    between the hemispheres, and every second one begins a new execution instance.

    Parameters
    ----------
    rows, columns : int
        Size of the matrix.
    array_rows : int
        Rows that fit one synapse array: 128 with signs, 256 without.

    Yields
    ------
    Block
        In order of placement; the row ranges of one column range are neighbours.
    """
    count = 0
    for column_range in split(columns, COLUMNS):
        for row_range in split(rows, array_rows):
            instance, hemisphere = divmod(count, HEMISPHERES)
            yield Block(row_range, column_range, instance, hemisphere)
            count += 1
