"""The same emulated chip once more, in an emulator of its own.

A calibration depends on temporal noise, and leaves a chip configured. Where a calibration is a
means to something else, an emulated chip can be measured aside: with one and the same noise on
every machine, and without touching the chip that is in use.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fisch.connections import ZMQConnection
from fisch.connections.embedded import ChipChoice, EmbeddedDaemon
from fisch.version import version

__all__ = ["NOISE_SEED", "has_twin", "twin"]

NOISE_SEED = 0
"""Seed of temporal noise of calibrations that are measured aside."""


def has_twin(info: dict[str, Any]) -> bool:
    """Whether a chip is emulated, by this very software.

    Parameters
    ----------
    info
        That of a connection.
    """
    return info.get("kind") == "emulator" and info.get("version") == version()


@contextmanager
def twin(info: dict[str, Any]) -> Iterator[ZMQConnection]:
    """Context manager of a connection to the same individual in an emulator of its own.

    Parameters
    ----------
    info
        That of a connection to the chip; see `has_twin`.

    Raises
    ------
    NoBackendError
        The emulator is not installed, or did not start.
    """
    daemon = EmbeddedDaemon(ChipChoice(
        info["revision"], int(info["seed"]), NOISE_SEED,
        model_spread=bool(info.get("model_spread", False))))
    try:
        with ZMQConnection(daemon.endpoint, alive=daemon.alive) as connection:
            yield connection
    finally:
        daemon.stop()
