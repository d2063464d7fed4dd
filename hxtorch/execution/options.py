"""Options of the execution: what is sent for a product beyond its data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any

#: A real FPGA's playback memory holds 2^22 words; programs of products take half of it at most.
MAX_PROGRAM_WORDS = 1 << 21

#: Kinds of synapse rows, see `hxtorch.graph.RowMode`.
ROW_MODES = ("signed", "excitatory", "inhibitory")


@dataclass(frozen=True)
class Options:
    """How products are executed.

    Attributes
    ----------
    baseline : bool
        Read the converters of all columns before each input vector, too, and subtract. Without
        it a result is the reading minus 128, offsets of the columns included, and a dense
        256 x 256 product takes 645 instead of 1,033 messages per vector.
    rewrite_labels : bool or None
        Rewrite the synapse labels of all rows and columns in use before each input vector, the
        workaround for chips of revision v1, 65,536 words more per vector for 256 x 256. None: on
        v1 only. Off on v1, a product costs what it costs on v2, and its results are baseline and
        noise; on for v2 and v3, results are right at the cost of v1.
    differential : bool
        Write only those words of the static configuration that changed since the last product
        on this chip. Off: all 66,382 words before each execution instance.
    row_mode : str
        Rows that the weights of `mac` and `matmul` are written to: "signed" (weights -63..63, 128
        inputs per synapse array), "excitatory" (0..63) or "inhibitory" (-63..0), 256 inputs per
        array each.
    program_words : int
        Programs are cut between input vectors so that none is longer, 1 to 2,097,152; only a
        single vector or the static configuration may be. Programs follow each other closely and
        two are under way at a time, so that encoding overlaps the execution; a cut shifts chip
        time by a few cycles.
    """

    baseline: bool = True
    rewrite_labels: bool | None = None
    differential: bool = True
    row_mode: str = "signed"
    program_words: int = 1 << 18

    def __post_init__(self) -> None:
        if not 1 <= self.program_words <= MAX_PROGRAM_WORDS:
            raise ValueError(
                f"program_words is {self.program_words}; allowed: 1..{MAX_PROGRAM_WORDS}"
            )
        if self.row_mode not in ROW_MODES:
            raise ValueError(f"row_mode is {self.row_mode!r}; allowed: {', '.join(ROW_MODES)}")


_options = Options()


def get_options() -> Options:
    """Return the options now in force in this process."""
    return _options


def set_options(**changes: Any) -> Options:
    """Change some options; returns those in force before.

    Raises
    ------
    TypeError
        No such option.
    ValueError
        A value out of range.
    """
    global _options
    names = [field.name for field in fields(Options)]
    for name in changes:
        if name not in names:
            raise TypeError(f"no option is called {name!r}; there are: {', '.join(names)}")
    before, _options = _options, replace(_options, **changes)
    return before


@contextmanager
def options(**changes: Any) -> Iterator[Options]:
    """Change some options within a ``with`` block.

    >>> with options(baseline=False) as now:
    ...     now.baseline
    False
    """
    global _options
    before = set_options(**changes)
    try:
        yield _options
    finally:
        _options = before
