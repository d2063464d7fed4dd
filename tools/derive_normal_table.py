"""Derive emulator/silicon/normal.npy: the normal deviates that the emulator draws from.

Quantiles at the centres of 4096 equally likely intervals, scaled to variance one. Decimal
arithmetic is exact by specification, so the file does not depend on the machine.
"""

from decimal import Decimal, getcontext
from pathlib import Path

import numpy as np

SIZE = 4096
PI = Decimal("3.14159265358979323846264338327950288")


def distribution(z: Decimal) -> Decimal:
    """Area under the normal density between 0 and z, by its Taylor series."""
    term = total = z
    n = 0
    while abs(term) > Decimal("1e-26"):
        n += 1
        term = -term * z * z / (2 * n)
        total += term / (2 * n + 1)
    return total / (2 * PI).sqrt()


def main() -> None:
    """Compute the quantiles and write the file."""
    getcontext().prec = 40
    quantiles = []
    z = Decimal(0)
    for i in range(SIZE // 2):
        area = (Decimal(i) + Decimal("0.5")) / SIZE
        for _ in range(60):
            step = (distribution(z) - area) * (2 * PI).sqrt() * (z * z / 2).exp()
            z -= step
            if abs(step) < Decimal("1e-20"):
                break
        quantiles.append(z)
    scale = (sum(q * q for q in quantiles) / (SIZE // 2)).sqrt()
    half = [float(q / scale) for q in quantiles]
    table = np.array([-q for q in reversed(half)] + half, dtype=np.float32)
    np.save(Path(__file__).parents[1] / "emulator" / "silicon" / "normal.npy", table)


if __name__ == "__main__":
    main()
