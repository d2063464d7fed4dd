"""Small functions of the connection layer that concern this machine only."""

from __future__ import annotations

import logging
import os
import signal
import socket

from fisch.version import version

__all__ = ["get_repo_state", "get_unused_port", "terminate", "unset_quiggeldy_env"]

_log = logging.getLogger("stadls.local")
_SERVER_VARIABLES = ("QUIGGELDY_ENABLED", "QUIGGELDY_IP", "QUIGGELDY_PORT")


class NoPortError(RuntimeError):
    """The system gives no free port."""


def get_unused_port() -> int:
    """Return the number of a TCP port that is free on the loopback interface.

    Raises
    ------
    RuntimeError
        There is none.
    """
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            return port
    except OSError as error:
        raise NoPortError(f"no free port on the loopback interface: {error}") from error


def terminate(pid: int) -> None:
    """End a child process with SIGTERM, and wait for it; another exit status than 0 is logged.

    Parameters
    ----------
    pid
        Process id of a child of this process.
    """
    os.kill(pid, signal.SIGTERM)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code:
        _log.warning("process %d ended with exit status %d", pid, code)


def unset_quiggeldy_env() -> None:
    """Remove the variables that point scripts to a server sharing a chip."""
    for name in _SERVER_VARIABLES:
        os.environ.pop(name, None)


def get_repo_state() -> str:
    """Return name and version of this software."""
    return f"hxemu {version()}"
