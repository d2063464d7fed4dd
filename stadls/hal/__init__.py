"""Register containers: what is written to and read from one place of the hardware.

Every container of the field has its class here, made from the declarations on first use.

>>> from stadls import hal
>>> config = hal.NeuronConfig()
>>> config.membrane_capacitor_size = 63
>>> config.readout_source = config.ReadoutSource.exc_synin
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from fisch import registers

from .special import (
    ARCHIVE,
    EXTRA_TYPES,
    Backend,
    ChipTime,
    FPGATime,
    chip_reset_high_duration,
    chip_reset_low_duration,
    jboa_dac_settling_duration,
    jboa_powerup_settling_duration,
    minimal_madc_clock_cycles_per_sample,
    nominal_pll_f_reference,
    pll_and_omnibus_settling_duration,
    reference_generator_reset_duration,
    xboard_dac_settling_duration,
)
from .types import Container, container_class

__all__ = [
    "Backend",
    "ChipTime",
    "Container",
    "FPGATime",
    "chip_reset_high_duration",
    "chip_reset_low_duration",
    "container_class",
    "jboa_dac_settling_duration",
    "jboa_powerup_settling_duration",
    "minimal_madc_clock_cycles_per_sample",
    "nominal_pll_f_reference",
    "pll_and_omnibus_settling_duration",
    "reference_generator_reset_duration",
    "xboard_dac_settling_duration",
]


def __getattr__(name: str) -> Any:
    """Build classes on first use."""
    if name == "containers":
        found: Any = [__getattr__(n) for n in registers.container_names()
                      if registers.container(n).kind != "block_until"]
    elif name in ARCHIVE:
        found = getattr(import_module("stadls.archive"), name)
    elif name in EXTRA_TYPES:
        found = EXTRA_TYPES[name]()
    else:
        try:
            found = container_class(name)
        except AttributeError:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
        from .special import finish

        finish(found)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List all containers too."""
    return sorted({*globals(), *registers.container_names(), *EXTRA_TYPES, *ARCHIVE,
                   "containers"})
