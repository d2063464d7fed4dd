"""The version of hxemu."""

from __future__ import annotations

import functools


@functools.cache
def version() -> str:
    """Return the installed version, or ``"source"`` in a source tree that is not installed."""
    from importlib import metadata  # costs more to import than all else here

    try:
        return metadata.version("hxemu")
    except metadata.PackageNotFoundError:
        return "source"
