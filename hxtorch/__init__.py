"""PyTorch with the BrainScaleS-2 chip in the loop.

`init_hardware` connects to a chip, `release_hardware` gives it back; `hxtorch.perceptron` holds
operations and layers (the operations are here, too), `hxtorch.graph` data-flow graphs of circuits
and of whole networks, `hxtorch.execution` how they run and what that took, `hxtorch.emulation`
what only an emulated chip can do.
"""

import sys as _sys

from hxtorch import emulation as emulation
from hxtorch import execution as execution
from hxtorch import graph as graph
from hxtorch import logger as logger
from hxtorch import perceptron as perceptron
from hxtorch.core import *  # noqa: F403
from hxtorch.core import __all__ as _core_names
from hxtorch.historic import init as init
from hxtorch.historic import init_mock as init_mock
from hxtorch.historic import release as release
from hxtorch.perceptron import *  # noqa: F403
from hxtorch.perceptron import __all__ as _perceptron_names

logger.configure_package()

# names that scripts use for the same modules
ann = perceptron
nn = perceptron.nn


def _register_aliases() -> None:
    """Make ``import hxtorch.ann.nn`` and the like find the one module object."""
    long, short = f"{__name__}.perceptron", f"{__name__}.ann"
    for name, module in list(_sys.modules.items()):
        if name == long or name.startswith(long + "."):
            _sys.modules[short + name[len(long) :]] = module
    _sys.modules[f"{__name__}.nn"] = perceptron.nn


_register_aliases()

__all__ = [
    *_core_names,
    *_perceptron_names,
    "ann",
    "emulation",
    "execution",
    "graph",
    "init",
    "init_mock",
    "logger",
    "perceptron",
    "release",
]
