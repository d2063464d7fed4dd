"""Who a process is, so that another one on the same machine can see whether it still lives."""

from __future__ import annotations

import contextlib
import functools
import getpass
import os
import platform
import sys
from typing import Any


@functools.cache
def machine_identity() -> str:
    """Identify this boot of this machine and the process-id namespace of this process.

    Process ids mean the same to two processes only if both have the same value here. Empty
    where the system does not tell (anything but Linux).
    """
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return f"{file.read().strip()}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def start_time(pid: int) -> str:
    """Return when a process started, in clock ticks since boot; empty if it does not live.

    With the process id it names a process for good: ids are used again, later.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # the name, in parentheses, may hold anything; field 22 counted from the front
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return ""
    state, started = fields[0], fields[19]
    return "" if state in (b"Z", b"X") else started.decode("ascii")


def describe() -> dict[str, Any]:
    """Describe this process, as the field ``client`` of the control protocol wants it."""
    user = "?"
    with contextlib.suppress(KeyError, OSError, ImportError):
        user = getpass.getuser()
    program = os.path.basename(sys.argv[0]) if sys.argv and sys.argv[0] else "python"
    return {
        "pid": os.getpid(),
        "started": start_time(os.getpid()),
        "boot": machine_identity(),
        "user": user[:64],
        "host": platform.node()[:256],
        "program": program[:64],
    }


def is_local(description: dict[str, Any]) -> bool:
    """Tell whether the described process's id can be looked up here."""
    return bool(description["boot"]) and description["boot"] == machine_identity()


def is_gone(description: dict[str, Any]) -> bool:
    """Tell whether a process that :func:`is_local` has ended."""
    return start_time(description["pid"]) != description["started"]
