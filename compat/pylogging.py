"""Alias: logging under the name that scripts of the real system import."""

from hxtorch.logger import *
from hxtorch.logger import Logger, LogLevel, default_config, get, get_root, reset, set_loglevel
