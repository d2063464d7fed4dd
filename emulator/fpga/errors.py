"""Errors of the executor."""

from __future__ import annotations


class InstructionError(ValueError):
    """A word is no instruction.

    Attributes
    ----------
    word
        The 64-bit word.
    index
        Its number in the program, counted from 0.
    """

    def __init__(self, word: int, index: int) -> None:
        super().__init__(
            f"word {word:#018x} at {index}: header {word >> 56:#04x} unknown; allowed: 0x00..0x0f")
        self.word, self.index = word, index
