"""Programs that bring a chip back to a state which a script relies on."""

from __future__ import annotations

from typing import Any

import fisch
from stadls.errors import BuilderError
from stadls.execution import run

__all__ = ["ReinitStackEntry"]


class ReinitStackEntry:
    """A place on the stack of programs that restore the chip's state.

    A server that shares a chip would replay the stack after other users. A chip here has one
    user at a time, so nothing has to be replayed: a request that is to be enforced runs when
    it is set, any other one is only kept.

    Parameters
    ----------
    connection
        Handle of the connection.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._request: list[fisch.PlaybackProgram] | None = None
        self._popped = False

    def set(self, pbmem_request: Any, pbmem_snapshot: Any = None, enforce: bool = True) -> None:
        """Replace the entry's programs.

        Parameters
        ----------
        pbmem_request
            Write-only programs, one per chip (one chip: may be the program itself).
        pbmem_snapshot
            Programs whose reads would become the writes that restore the state, one per chip;
            checked, and not needed here.
        enforce
            Run the request now.

        Raises
        ------
        RuntimeError
            The number of programs is wrong, a request reads something, or the entry was popped.
        """
        if self._popped:
            raise BuilderError("Trying to update an already popped reinit stack entry value.")
        request = self._listed(pbmem_request)
        if any(sum(program.expected) for program in request):
            raise BuilderError("Reinit stack entry request can only be set to write-only playback "
                               "programs.")
        if pbmem_snapshot is not None:
            self._listed(pbmem_snapshot)
        self._request = request
        if enforce:
            run(self._connection, request)

    def _listed(self, programs: Any) -> list[fisch.PlaybackProgram]:
        listed = [programs] if isinstance(programs, fisch.PlaybackProgram) else list(programs)
        if len(listed) != len(self._connection):
            raise BuilderError("For each fpga exactly one program is required. "
                               f"({len(listed)} programs, {len(self._connection)} chips)")
        return listed

    def pop(self) -> None:
        """Take the entry from the stack; may be called again."""
        self._popped = True
        self._request = None
