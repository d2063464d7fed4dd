"""Tools under the names that scripts import."""

from . import run_ppu_program

__all__ = ["run_ppu_program"]
