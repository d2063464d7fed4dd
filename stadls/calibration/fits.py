"""Fits of many traces at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Decays", "fit_decays"]

Floats = npt.NDArray[np.float64]

#: Time constants per decade that are tried before the best one is refined.
_GRID_PER_DECADE = 24
_REFINEMENTS = 3


@dataclass(frozen=True)
class Decays:
    """Exponential decays ``offset + amplitude * exp(-(t - t[0]) / tau)`` of n traces.

    Attributes
    ----------
    tau : ndarray, shape (n,)
        Time constant, in the unit of the times.
    amplitude, offset : ndarray, shape (n,)
        In the unit of the values; the amplitude is that at the first time.
    residual : ndarray, shape (n,)
        Standard deviation of the values from the fit.
    bounded : ndarray of bool, shape (n,)
        Whether the best time constant is an end of the range: the trace does not tell it.
    """

    tau: Floats
    amplitude: Floats
    offset: Floats
    residual: Floats
    bounded: npt.NDArray[np.bool_]


def fit_decays(
    times: npt.ArrayLike, values: npt.ArrayLike, low: float, high: float
) -> Decays:
    """Fit one exponential and a constant to each of many traces, by least squares.

    For a given time constant amplitude and offset follow from a linear fit, so only one number
    has to be searched: first on a logarithmic grid, then by parabolas through three points.

    Parameters
    ----------
    times : array, shape (k,)
        Times, the same for all traces; the decay must have begun before the first.
    values : array, shape (n, k)
        Samples; NaN where there is none.
    low, high
        Range of time constants, in the unit of the times.

    Returns
    -------
    Decays
        Traces with fewer than four samples get NaN.

    Raises
    ------
    ValueError
        Fewer than four times, or an empty range.
    """
    t = np.asarray(times, np.float64)
    y = np.atleast_2d(np.asarray(values, np.float64))
    if len(t) < 4 or y.shape[1] != len(t):
        raise ValueError(f"{len(t)} times for values of shape {y.shape}; at least 4, one a value")
    if not 0 < low < high:
        raise ValueError(f"time constants from {low} to {high}: no range above 0")
    t = t - t[0]
    weight = np.isfinite(y).astype(np.float64)
    y = np.where(weight > 0, y, 0.0)
    count = np.maximum(weight.sum(axis=1), 1.0)

    def cost(tau: Floats) -> tuple[Floats, Floats, Floats]:
        """Sum of squares, amplitude and offset for time constants of shape (n,) or (1,)."""
        shape = np.exp(-t / tau[:, None])
        s, ss = (weight * shape).sum(1), (weight * shape * shape).sum(1)
        v, vs = y.sum(1), (y * shape).sum(1)
        spread = ss - s * s / count
        amplitude = (vs - v * s / count) / np.where(spread > 0, spread, np.inf)
        offset = (v - amplitude * s) / count
        squares = (weight * (y - offset[:, None] - amplitude[:, None] * shape) ** 2).sum(1)
        return squares, amplitude, offset

    steps = max(5, int(np.ceil(_GRID_PER_DECADE * np.log10(high / low))) + 1)
    grid = np.linspace(np.log(low), np.log(high), steps)
    costs = np.stack([cost(np.exp([point]))[0] for point in grid])
    best = costs.argmin(axis=0)
    bounded = (best == 0) | (best == steps - 1)
    centre = grid[np.clip(best, 1, steps - 2)]
    width = grid[1] - grid[0]
    for _ in range(_REFINEMENTS):
        left, middle, right = (cost(np.exp(centre + d))[0] for d in (-width, 0.0, width))
        bend = left + right - 2 * middle
        shift = np.where(bend > 0, 0.5 * (left - right) / np.where(bend > 0, bend, 1.0), 0.0)
        centre = centre + width * np.clip(shift, -1.0, 1.0)
        width *= 0.25
    log_tau = np.where(bounded, grid[best], np.clip(centre, grid[0], grid[-1]))
    tau = np.exp(log_tau)
    squares, amplitude, offset = cost(tau)
    free = weight.sum(axis=1) - 3
    lacking = free < 1
    residual = np.sqrt(squares / np.maximum(free, 1))
    tau, amplitude, offset, residual = (
        np.where(lacking, np.nan, array) for array in (tau, amplitude, offset, residual))
    return Decays(tau, amplitude, offset, residual, bounded | lacking)
