"""Exponential, logarithm and powers that give the same bits on every machine.

Libraries differ in the last bits of these functions, even between instruction sets; here all
is made of IEEE additions, multiplications and divisions, element by element.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_LN2 = 0.6931471805599453
# 1 / n! and 2 / (2 n + 1)
_EXP = (1.0, 1.0, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 40320, 1 / 362880,
        1 / 3628800, 1 / 39916800, 1 / 479001600)
_LOG = tuple(2.0 / (2 * n + 1) for n in range(11))


def exp(x: npt.ArrayLike) -> Floats:
    """Exponential, relative error below 1e-14 for moderate arguments (|x| < 700)."""
    x = np.asarray(x, np.float64)
    whole = np.rint(x * (1 / _LN2))
    rest = x - whole * _LN2
    value = np.full(x.shape, _EXP[-1])
    for coefficient in _EXP[-2::-1]:
        value = value * rest + coefficient
    return np.ldexp(value, whole.astype(np.int32))


def log(x: npt.ArrayLike) -> Floats:
    """Natural logarithm of positive numbers, absolute error below 1e-12."""
    mantissa, exponent = np.frexp(np.asarray(x, np.float64))
    low = mantissa < 0.7071067811865476
    mantissa = np.where(low, 2 * mantissa, mantissa)
    s = (mantissa - 1) / (mantissa + 1)
    t = s * s
    value = np.full(s.shape, _LOG[-1])
    for coefficient in _LOG[-2::-1]:
        value = value * t + coefficient
    return s * value + _LN2 * (exponent - low)


def power(base: npt.ArrayLike, exponent: npt.ArrayLike) -> Floats:
    """Powers of positive numbers."""
    return exp(np.asarray(exponent, np.float64) * log(base))
