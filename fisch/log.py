"""Logging under the names that the real stack uses, over Python's :mod:`logging`.

The real stack knows two levels more than Python, TRACE and (as an own name) WARN; both are
registered here. Nothing is configured: whether and where messages go is the application's.
"""

from __future__ import annotations

import logging

#: Below DEBUG: one message per frame or per command.
TRACE = 5

logging.addLevelName(TRACE, "TRACE")

#: Logger names of the real stack that hxemu's own modules use.
NAMES = (
    "hxcomm",
    "fisch",
    "fisch.PlaybackProgramBuilder",
    "fisch.run",
    "stadls",
    "lola",
    "haldls",
    "halco",
    "grenade",
    "hxtorch",
)


def get_logger(name: str) -> logging.Logger:
    """Return the logger of a name, for instance ``hxcomm`` or ``fisch.PlaybackProgramBuilder``.

    The library stays silent below WARNING unless the application configures logging.
    """
    return logging.getLogger(name)
