"""Another name of ``stadls.halco.common``."""

import sys
from importlib import import_module

sys.modules[__name__] = import_module("stadls.halco.common")
