"""What the interface names but this version can't do yet: it raises a typed error.

`UNAVAILABLE` is the whole list; ``python -m stadls.names`` prints it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["UNAVAILABLE", "NotAvailableError", "PPUTimeoutError",
           "launch_quiggeldy_locally_from_env", "load_and_start_program", "stop_program",
           "unavailable_function", "wait_until_ppu_finished"]

_PROCESSORS = "programs do not run on the emulated on-chip processors"
_SERVER = "there is no server that shares a chip between users"

#: What can't be used, by qualified name, and why.
UNAVAILABLE: dict[str, str] = {
    "dlens.tools.run_ppu_program.load_and_start_program": _PROCESSORS,
    "dlens.tools.run_ppu_program.stop_program": _PROCESSORS,
    "dlens.tools.run_ppu_program.wait_until_ppu_finished": _PROCESSORS,
    "hxcomm.ManagedQuiggeldyConnection": _SERVER,
    "hxcomm.launch_quiggeldy_locally_from_env": _SERVER,
}


class NotAvailableError(NotImplementedError):
    """A part of the interface that this version names but cannot do yet.

    Parameters
    ----------
    name
        What was used: a key of `UNAVAILABLE`.

    Attributes
    ----------
    name, reason
        What was used, and what is missing.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        self.reason = UNAVAILABLE[name]

    def __str__(self) -> str:
        return f"{self.name} is not available yet: {self.reason}"


class PPUTimeoutError(Exception):
    """A program of an on-chip processor did not end in time."""


def unavailable_function(name: str) -> Callable[..., Any]:
    """Make a function that raises `NotAvailableError`.

    Parameters
    ----------
    name
        Its qualified name, a key of `UNAVAILABLE`.
    """

    def function(*arguments: Any, **named: Any) -> Any:
        raise NotAvailableError(name)

    function.__name__ = function.__qualname__ = name.rpartition(".")[2]
    function.__doc__ = f"Raise `NotAvailableError`: {UNAVAILABLE[name]}."
    return function


load_and_start_program = unavailable_function("dlens.tools.run_ppu_program.load_and_start_program")
stop_program = unavailable_function("dlens.tools.run_ppu_program.stop_program")
wait_until_ppu_finished = unavailable_function(
    "dlens.tools.run_ppu_program.wait_until_ppu_finished")
launch_quiggeldy_locally_from_env = unavailable_function(
    "hxcomm.launch_quiggeldy_locally_from_env")
