"""Alias of `hxtorch.perceptron` under the name of the real system's extension module."""

import sys

from hxtorch.perceptron import *
from hxtorch.perceptron import constants

sys.modules[f"{__name__}.constants"] = constants
sys.modules[f"{__name__}.constants.defaults"] = constants.defaults
