"""Instruction containers and programs under the name that scripts import."""

import sys

from fisch import PlaybackProgram, PlaybackProgramBuilder, word_access
from fisch import word_access as word_access_type
from fisch.containers import *
from fisch.containers import containers as _containers
from fisch.events import (
    HighspeedLinkNotification,
    MADCSampleFromChip,
    SpikeFromChip,
    TimeoutNotification,
)
from fisch.word_access import ChipTime, FPGATime
from stadls.execution import RunTimeInfo, run
from stadls.hal.special import (
    fpga_clock_cycles_per_ms,
    fpga_clock_cycles_per_s,
    fpga_clock_cycles_per_us,
)
from stadls.reinit import ReinitStackEntry

# The classes of tickets, and the value types as a submodule.
globals().update({kind.ticket.__name__: kind.ticket for kind in _containers()})
sys.modules[f"{__name__}.word_access_type"] = word_access_type
