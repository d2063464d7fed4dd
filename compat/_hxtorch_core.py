"""Alias of `hxtorch.core` under the name of the real system's extension module."""

from hxtorch.core import *
