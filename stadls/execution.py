"""Running programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import fisch
from fisch.connections import RunTimeInfo
from stadls.connections import ConnectionHandle
from stadls.errors import UnsupportedTargetError

__all__ = ["RunTimeInfo", "run"]

_TARGETS = {"zeromock": frozenset({"hardware", "simulation"})}
_HARDWARE = frozenset({"hardware"})


def run(connection: Any, programs: Any) -> RunTimeInfo:
    """Run programs, one per chip of a connection.

    Parameters
    ----------
    connection
        A handle, or a connection of :func:`fisch.connect`.
    programs
        A program, or a list of as many as there are chips.

    Returns
    -------
    RunTimeInfo
        Measured durations, and the modelled time of FPGA and link.

    Raises
    ------
    RuntimeError
        Wrong number of programs; a program reads what cannot be read on this target; an
        instruction timed out; responses are missing.
    """
    target = connection._connection if isinstance(connection, ConnectionHandle) else connection
    listed: Sequence[fisch.PlaybackProgram] = (
        [programs] if isinstance(programs, fisch.PlaybackProgram) else list(programs))
    if len(listed) != len(target):
        raise RuntimeError("For each fpga exactly one program is required. "
                           f"({len(listed)} programs, {len(target)} chips)")
    supported = _TARGETS.get(target.info["kind"], _HARDWARE)
    for program in listed:
        unsupported: set[str] = getattr(program, "unsupported_targets", set())
        if not supported - unsupported:
            raise UnsupportedTargetError(
                "Trying to execute program on unsupported target. (It reads a container that "
                f"can't be read on {' or '.join(sorted(supported))}.)")
    info: RunTimeInfo = target.run(listed)
    return info
