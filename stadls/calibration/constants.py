"""Numbers that several calibrations share."""

from __future__ import annotations

from typing import Final

HEMISPHERES: Final = 2
COLUMNS: Final = 256
ROWS: Final = 256
NEURONS: Final = 512
QUADRANTS: Final = 4
DRIVERS: Final = 128
"""Synapse drivers of one hemisphere; driver d feeds rows 2 d and 2 d + 1."""
CHANNELS: Final = 1024

CAPMEM_MAX: Final = 1022
"""Largest code of a CapMem cell."""
CAPMEM_LEVEL_OFF_TIME_US: Final = 20_000.0
"""Chip time after which changed CapMem cells have settled."""
CAPMEM_DITHER: Final = 5
"""Cells of one common value get a random deviation up to this, against coupling."""

CYCLES_PER_US: Final = 125

CADC_RELIABLE: Final = (30, 210)
"""Codes between which conversions are trusted."""
CADC_CODES: Final = (0, 255)
