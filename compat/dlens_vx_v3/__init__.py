"""The register level under the name that scripts import: ``hal``, ``halco``, ``lola``, ``sta``.

``logger`` is a module of its own, imported when it is asked for; so are the ``tools``.
"""

import sys

import pyhxcomm_vx as hxcomm

import stadls as sta
from stadls import hal, halco, lola

__all__ = ["hal", "halco", "hxcomm", "logger", "lola", "sta", "tools"]

for _name in ("hal", "halco", "hxcomm", "lola", "sta"):
    sys.modules[f"{__name__}.{_name}"] = globals()[_name]
