"""Instruction words of the pieces that measurement programs repeat many times.

Programs of thousands of equal pieces are put together from arrays: the pieces are encoded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from fisch import registers
from fisch.ut import ToFPGA
from stadls.calibration.constants import CYCLES_PER_US

__all__ = ["barrier", "block", "joined", "neuron_reset", "padi_events", "register", "timer_reset",
           "until", "wait"]

Words = npt.NDArray[np.uint64]

_SHIFT = 56
_SETUP = int(ToFPGA.SETUP) << _SHIFT
_WAIT = int(ToFPGA.WAIT_UNTIL) << _SHIFT
_WRITE = np.uint64(int(ToFPGA.OMNIBUS_ADDRESS) << _SHIFT | 0xF << 32)
_DATA = np.uint64(int(ToFPGA.OMNIBUS_DATA) << _SHIFT)
_BARRIER = int(ToFPGA.BARRIER) << _SHIFT | 1


def joined(parts: Sequence[Words]) -> Words:
    """One array of many."""
    return np.concatenate(parts) if parts else np.empty(0, np.uint64)


def timer_reset() -> Words:
    """Set the timer to 0."""
    return np.array([_SETUP], np.uint64)


def until(us: float) -> Words:
    """Wait for a time of the timer."""
    return np.array([_WAIT | round(us * CYCLES_PER_US)], np.uint64)


def wait(us: float) -> Words:
    """Set the timer to 0 and wait."""
    return joined([timer_reset(), until(us)])


def barrier() -> Words:
    """Wait for the Omnibus to be idle."""
    return np.array([_BARRIER], np.uint64)


def block(addresses: npt.ArrayLike, words: npt.ArrayLike) -> Words:
    """Write Omnibus words."""
    where = np.asarray(addresses, np.uint64).ravel()
    result = np.empty(2 * len(where), np.uint64)
    result[0::2] = where | _WRITE
    result[1::2] = np.asarray(words, np.uint64).ravel() | _DATA
    return result


def register(name: str, fields: dict[str, Any], enum: int = 0) -> Words:
    """Write one container; fields that are not given have their defaults."""
    return block(registers.addresses(name, [enum], "Omnibus"), registers.encode(name, fields))


@cache
def neuron_reset() -> Words:
    """Reset the membranes of all neurons."""
    (data,) = registers.encode("NeuronResetQuad")
    where = registers.addresses("NeuronResetQuad", np.arange(128), "Omnibus").ravel()
    words = block(where, np.full(len(where), data))
    words.setflags(write=False)
    return words


def padi_events(times_us: Sequence[float], hemispheres: Sequence[int] = (0, 1),
                start_us: float = 0.0) -> Words:
    """Let the first driver of each PADI bus fire, at times of the timer.

    Parameters
    ----------
    times_us
        Ascending.
    hemispheres
        Which ones; the second one is some 16 ns late.
    start_us
        Added to the times.
    """
    fire = {"fire_bus": [True] * 4}
    event = joined([register("PADIEvent", fire, half) for half in hemispheres])
    return joined([part for time in times_us for part in (until(start_us + time), event)])
