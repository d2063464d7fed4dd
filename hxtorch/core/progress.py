"""A progress bar on standard error, for people who wait there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_WIDTH = 30


@contextmanager
def progress_bar(
    title: str, stream: TextIO | None = None
) -> Iterator[Callable[[str, float], None]]:
    """Show how far long work is.

    Parameters
    ----------
    title : str
        What is done.
    stream : text file, optional
        Default standard error. Nothing is written unless it is a terminal.

    Yields
    ------
    callable
        Takes a word on what happens now, and the fraction that is done, 0..1.
    """
    out = sys.stderr if stream is None else stream
    shown = 0

    def show(text: str, fraction: float) -> None:
        nonlocal shown
        if not out.isatty():
            return
        fraction = min(max(fraction, 0.0), 1.0)
        done = round(_WIDTH * fraction)
        line = f"{title} [{'#' * done}{' ' * (_WIDTH - done)}] {fraction:4.0%} {text}"
        out.write("\r" + line.ljust(shown))
        out.flush()
        shown = len(line)

    try:
        yield show
    finally:
        if shown:
            out.write("\r" + " " * shown + "\r")
            out.flush()
