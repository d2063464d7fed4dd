"""The register level under the name that scripts import: ``hal``, ``halco``, ``lola``, ``sta``."""

import sys

import pyhxcomm_vx as hxcomm
import pylogging as logger

import stadls as sta
from stadls import hal, halco, lola

__all__ = ["hal", "halco", "hxcomm", "logger", "lola", "sta"]

for _name in __all__:
    sys.modules[f"{__name__}.{_name}"] = globals()[_name]
