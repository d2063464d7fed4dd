"""Numbers as text in shades: one glyph per quad of columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["grey_scale"]

GLYPHS = np.array(list("·▁▂▃▄▅▆▇"))


def grey_scale(values: npt.NDArray[Any], size: int, quads: npt.NDArray[np.intp]) -> str:
    """Text with one line per row.

    Parameters
    ----------
    values
        Shape (columns,) or (rows, columns), 0 to ``size - 1``.
    size
        Number of values of the type.
    quads
        Columns of every quad, shape (quads, 4).
    """
    table = np.atleast_2d(values).astype(np.int64)
    sums = table[:, quads].sum(axis=2)
    levels = len(GLYPHS) * sums // (quads.shape[1] * size)
    return "\n".join("".join(row) for row in GLYPHS[levels])
