"""Derive the coefficients that the kernels use for the saturation of the synaptic line.

``python tools/derive_line_curves.py`` prints them, with the largest deviations from the exact
functions in single precision. Fits are minimax by iterated reweighting (Lawson), in NumPy.

c(x) = tanh(x) / x is a polynomial in x^2 below ``SMALL``, a fraction of polynomials in x^2 up to
``LARGE``, and 1 / x beyond.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SMALL, LARGE = 0.75, 4.75
Floats = npt.NDArray[np.float64]


def nodes(low: float, high: float, count: int = 4000) -> Floats:
    """Points that lie densely at both ends."""
    return low + (high - low) * 0.5 * (1 - np.cos(np.pi * (np.arange(count) + 0.5) / count))


def minimax(matrix: Floats, target: Floats, scale: Floats, rounds: int = 300) -> Floats:
    """Coefficients of the columns of a matrix with the smallest largest scaled deviation."""
    weight = np.full(len(target), 1 / len(target))
    best, best_error = np.zeros(matrix.shape[1]), np.inf
    for _ in range(rounds):
        root = np.sqrt(weight)[:, None] * scale[:, None]
        found = np.linalg.lstsq(matrix * root, target * root[:, 0], rcond=None)[0]
        error = np.abs(matrix @ found - target) * scale
        if error.max() < best_error:
            best, best_error = found, float(error.max())
        weight = weight * (error + 1e-3 * error.max())
        weight /= weight.sum()
    return best


def compression(x: Floats) -> Floats:
    """tanh(x) / x."""
    return np.tanh(x) / x


def small_polynomial(degree: int = 4) -> Floats:
    """Coefficients of x^2, x^4, ... of c(x) - 1 below `SMALL`."""
    x = nodes(1e-4, SMALL)
    powers = np.stack([x ** (2 * k) for k in range(1, degree + 1)], axis=1)
    return minimax(powers, compression(x) - 1, np.ones_like(x))


def large_fraction() -> tuple[Floats, Floats]:
    """Coefficients of x^2, x^4, ... above and below the line; both begin with 1."""
    x = nodes(SMALL, LARGE)
    t, c = x * x, compression(x)
    above, below = np.zeros(2), np.zeros(3)
    scale = np.ones_like(x)
    for _ in range(30):
        matrix = np.stack([t, t**2, -c * t, -c * t**2, -c * t**3], axis=1)
        found = minimax(matrix, c - 1, scale / c, 100)
        above, below = found[:2], found[2:]
        # the deviation of the fraction is that of the linear equation over what is below
        scale = 1 / (1 + below[0] * t + below[1] * t**2 + below[2] * t**3)
    return above, below


def evaluate(x: Floats) -> Floats:
    """c(x) as the kernels evaluate it, in single precision."""
    x32 = x.astype(np.float32)
    t = x32 * x32
    p = [np.float32(v) for v in small_polynomial()]
    small = np.float32(1) + t * (p[0] + t * (p[1] + t * (p[2] + t * p[3])))
    above, below = ([np.float32(v) for v in part] for part in large_fraction())
    one = np.float32(1)
    fraction = (one + t * (above[0] + t * above[1])) / (
        one + t * (below[0] + t * (below[1] + t * below[2])))
    beyond = one / np.maximum(x32, np.float32(1e-3))
    return np.where(x32 < SMALL, small, np.where(x32 < LARGE, fraction, beyond)).astype(np.float64)


def main() -> None:
    print("below", SMALL, [f"{v:.9g}" for v in small_polynomial()])
    above, below = large_fraction()
    print("above the line", [f"{v:.9g}" for v in above])
    print("below the line", [f"{v:.9g}" for v in below])
    for low, high in ((1e-3, SMALL), (SMALL, LARGE), (LARGE, 50.0)):
        x = np.linspace(low, high, 100001)[:-1]
        error = np.abs(evaluate(x) / compression(x.astype(np.float32).astype(np.float64)) - 1)
        print(f"{low} to {high}: relative deviation up to {error.max():.2g}")


if __name__ == "__main__":
    main()
