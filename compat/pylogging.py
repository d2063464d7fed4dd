"""Alias: logging under the name that scripts of the real system import."""

from hxtorch.logger import *
