"""Another name of ``stadls.hal``."""

import sys
from importlib import import_module

sys.modules[__name__] = import_module("stadls.hal")
