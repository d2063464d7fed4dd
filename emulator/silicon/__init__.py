"""The silicon: constants of the process, one chip's deviations, and its noise.

`Individual` turns a revision and a seed into everything that is fixed in one chip;
`CONSTANTS` lists every constant with its unit, range and trust.
"""

from .constants import CONSTANTS, REVISIONS, REVISIONS_THAT_RESET_ROW_0, SWITCHES, Constant
from .individual import Individual, drawn_constants

__all__ = ["CONSTANTS", "REVISIONS", "REVISIONS_THAT_RESET_ROW_0", "SWITCHES", "Constant",
           "Individual", "drawn_constants"]
