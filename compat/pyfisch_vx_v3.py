"""Instruction containers and programs under the name that scripts import."""

from fisch import PlaybackProgram, PlaybackProgramBuilder, word_access
from fisch.containers import *
from stadls.execution import run
from stadls.hal.special import (
    fpga_clock_cycles_per_ms,
    fpga_clock_cycles_per_s,
    fpga_clock_cycles_per_us,
)
from stadls.reinit import ReinitStackEntry
