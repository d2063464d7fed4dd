"""How large the integral of the cube of a synaptic line may be over a window of its events.

Run as ``python tools/derive_window_bounds.py``. A line that decays with time constant 1 is at x
before a window of length T, at x' after it, and has the mean m in it. With P = exp(-T) and
a = (1 + P + P^2) / (3 ((1 - P) / T)^2) the kernels take for granted that

    int x^3 dt <= T a (m^3 + k m x' max(x' - x, 0)),   k = 1 + T^2 / 28.

The integral is a convex function of where charge arrives, and x, x' and m fix two linear ones. So
it is largest for charge that arrives at two times at most. These are scanned; printed is the k
that is needed, which must be below the one in use.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LENGTHS = (0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.4, 1.7, 2.0)


def integral(length: float, before: float, times: tuple[Floats, ...],
             charges: tuple[Floats, ...]) -> Floats:
    """Integral of the cube over a window that charges arrive in, at rising times."""
    total: Floats = np.zeros(())
    x: Floats = np.asarray(before)
    now: Floats = np.zeros(())
    for until, charge in zip((*times, np.asarray(length)), (*charges, np.zeros(())), strict=True):
        left = np.exp(now - until)
        total = total + x**3 * (1 - left**3) / 3
        x = x * left + charge
        now = until
    return total


def largest(length: float, before: float, after: float, points: int = 161) -> float:
    """Largest integral for a mean of 1 over all that two charges can do; -1 if nothing can."""
    arrived = length + after - before
    left = after - np.exp(-length) * before
    times = np.linspace(0.0, length, points)
    first, second = times[:, None], times[None, :]
    early, late = np.exp(first - length), np.exp(second - length)
    with np.errstate(all="ignore"):
        one = (arrived * late - left) / (late - early)
        two = arrived - one
        possible = (second > first) & (one >= -1e-9) & (two >= -1e-9)
        found = integral(length, before, (first, second), (one, two))
    return float(np.where(possible, found, -1.0).max())


def needed(length: float) -> float:
    """The k that a window of this length needs."""
    decay = np.exp(-length)
    early = (1 + decay + decay**2) / (3 * ((1 - decay) / length) ** 2)
    most = 0.0
    for before in np.linspace(0.0, length / (1 - decay), 25):
        for after in np.concatenate([np.linspace(0, 4 * max(1, length), 41), [5, 6, 8, 10, 20]]):
            found = largest(length, before, after)
            if found < 0:
                continue
            if after <= before:
                assert found <= length * early * (1 + 1e-9), (length, before, after)
            else:
                excess = found / (length * early) - 1
                most = max(most, excess / (after * (after - before)))
    return most


def main() -> None:
    for length in LENGTHS:
        k, used = needed(length), 1 + length**2 / 28
        print(f"T = {length:4.2f}: needs {k:.4f}, used {used:.4f}")
        assert k < used


if __name__ == "__main__":
    main()
