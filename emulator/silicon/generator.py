"""Numbers of one chip: a counter-based generator and normal deviates without libm.

A number depends on its key alone, never on how many others were drawn before it. All
arithmetic is integer or a single IEEE operation, so the same key gives the same bits on every
machine.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

TABLE_BITS = 12
"""The table of normal deviates has ``2**TABLE_BITS`` equally likely entries."""

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15


@cache
def normal_table() -> npt.NDArray[np.float32]:
    """Normal deviates at the centres of 4096 equally likely intervals.

    Returns
    -------
    ndarray of float32, shape (4096,)
        Ascending, mean 0, variance 1, largest 3.7. Made by ``tools/derive_normal_table.py``
        in decimal arithmetic.
    """
    table = np.load(Path(__file__).with_name("normal.npy"))
    table.setflags(write=False)
    return table


def mix(value: int) -> int:
    """Finaliser of splitmix64: a bijection of 64-bit numbers that scatters all bits."""
    value = (value + _GAMMA) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def key(*parts: int | str) -> int:
    """Combine names and numbers into one 64-bit key."""
    result = 0
    for part in parts:
        if isinstance(part, str):
            for byte in part.encode():
                result = mix(result ^ byte)
        result = mix(result ^ (len(part) if isinstance(part, str) else part & _MASK))
    return result


def bits(stream: int, shape: tuple[int, ...]) -> npt.NDArray[np.uint64]:
    """64 random bits for each element of an array.

    Parameters
    ----------
    stream
        Key, see `key`.
    shape
        Shape of the result; elements are counted in C order.
    """
    count = int(np.prod(shape))
    value = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GAMMA) + np.uint64(stream)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (value ^ (value >> np.uint64(31))).reshape(shape)


def uniform(stream: int, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Numbers in [0, 1), with 53 bits."""
    return (bits(stream, shape) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(stream: int, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Normal deviates, mean 0, standard deviation 1.

    Four draws from the table are added, so that the tails reach 7 and values do not repeat.
    """
    table = normal_table().astype(np.float64)
    drawn = bits(stream, shape)
    mask = np.uint64((1 << TABLE_BITS) - 1)
    total = np.zeros(shape)
    for shift in (52, 40, 28, 16):
        total += table[((drawn >> np.uint64(shift)) & mask).astype(np.intp)]
    return total * 0.5
