"""Generators: objects that make a builder."""

from __future__ import annotations

from typing import Any

__all__ = ["PlaybackGenerator", "generate"]


class PlaybackGenerator:
    """Base of generators; subclasses implement :meth:`generate`."""

    def __init__(self) -> None:
        pass

    def generate(self) -> Any:
        """Return a builder and a result (None if there is none)."""
        raise NotImplementedError(f"{type(self).__name__} does not implement generate()")


def generate(generator: Any) -> Any:
    """Return what the generator's ``generate()`` returns."""
    return generator.generate()
