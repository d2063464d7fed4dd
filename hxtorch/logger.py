"""Logging with the names that scripts of the real system use, over Python's own."""

from __future__ import annotations

import logging
import sys
from enum import IntEnum
from typing import Any

__all__ = [
    "LogLevel",
    "Logger",
    "default_config",
    "get",
    "get_root",
    "reset",
    "set_loglevel",
]

TRACE = 5
logging.addLevelName(TRACE, "TRACE")

_FORMAT = "%(levelname)-5s %(asctime)s %(name)s %(message)s"


class LogLevel(IntEnum):
    """Severities, as Python's numbers."""

    TRACE = TRACE
    DEBUG = logging.DEBUG
    INFO = logging.INFO
    WARN = logging.WARNING
    ERROR = logging.ERROR
    FATAL = logging.CRITICAL


class Logger:
    """A named logger; every severity is a method in lower and in upper case."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def _log(self, level: int, message: Any, *args: Any) -> None:
        # the caller's line, not this module's
        self._logger.log(level, message, *args, stacklevel=3)

    def trace(self, message: Any, *args: Any) -> None:
        """Log the finest detail."""
        self._log(LogLevel.TRACE, message, *args)

    def debug(self, message: Any, *args: Any) -> None:
        """Log what a developer wants to know."""
        self._log(LogLevel.DEBUG, message, *args)

    def info(self, message: Any, *args: Any) -> None:
        """Log what a user wants to know."""
        self._log(LogLevel.INFO, message, *args)

    def warn(self, message: Any, *args: Any) -> None:
        """Log what a user should know."""
        self._log(LogLevel.WARN, message, *args)

    def error(self, message: Any, *args: Any) -> None:
        """Log a failure."""
        self._log(LogLevel.ERROR, message, *args)

    def fatal(self, message: Any, *args: Any) -> None:
        """Log a failure that ends the program."""
        self._log(LogLevel.FATAL, message, *args)

    TRACE, DEBUG, INFO, WARN, ERROR, FATAL = trace, debug, info, warn, error, fatal
    warning = WARNING = warn

    def get_number_of_appenders(self) -> int:
        """Number of places to which this logger itself writes."""
        return len(self._logger.handlers)

    def get_level(self) -> int:
        """Severity from which on messages are written."""
        return self._logger.getEffectiveLevel()

    @property
    def name(self) -> str:
        """Name of the logger."""
        return self._logger.name


class _Default(logging.StreamHandler[Any]):
    """Writes to stderr what `default_config` lets through."""


class _Fallback(logging.StreamHandler[Any]):
    """Writes to stderr as long as the application has not configured logging itself."""

    def emit(self, record: logging.LogRecord) -> None:
        if not logging.getLogger().handlers:
            self.setStream(sys.stderr)
            super().emit(record)


def get(name: str) -> Logger:
    """Return the logger of a name, e.g. ``hxtorch.examples.minimal``."""
    return Logger(logging.getLogger(name))


def get_root() -> Logger:
    """Return the logger above all others."""
    return Logger(logging.getLogger())


def set_loglevel(logger: Logger, level: int) -> None:
    """Set from which severity on a logger and those below it write."""
    logger._logger.setLevel(int(level))


def reset() -> None:
    """Take back all that this module configured, and the root logger's handlers."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    root.setLevel(logging.WARNING)
    own = logging.getLogger("hxtorch")
    own.setLevel(logging.NOTSET)
    for handler in list(own.handlers):
        if isinstance(handler, _Fallback):
            own.removeHandler(handler)


def default_config(level: int = LogLevel.WARN) -> None:
    """Write everything from a severity on to stderr; a second call replaces the first."""
    handler = _Default()
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    for former in [other for other in root.handlers if isinstance(other, _Default)]:
        root.removeHandler(former)  # a notebook's cell that is run again
    root.addHandler(handler)
    root.setLevel(int(level))


def configure_package() -> None:
    """Let messages of hxtorch from INFO on reach stderr, unless logging is configured already.

    Nothing is attached to the root logger, so that ``logging.basicConfig`` still works later.
    """
    if logging.getLogger().handlers:
        return
    own = logging.getLogger("hxtorch")
    if not own.handlers:
        handler = _Fallback()
        handler.setFormatter(logging.Formatter(_FORMAT))
        own.addHandler(handler)
        own.setLevel(logging.INFO)
