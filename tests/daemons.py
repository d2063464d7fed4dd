"""Daemons for tests: each test has its own, with its own socket."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
READY_S = 30.0


def default_signals() -> None:
    """In a child process, before it becomes a program: hang-up ends it, as it does usually.

    Under nohup it is ignored, which children inherit.
    """
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def environment() -> dict[str, str]:
    """Return the environment of a child process that imports from this source tree."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "compat")])}


class Daemon:
    """A daemon in a process of its own."""

    def __init__(self, endpoint: str, *arguments: str, module: str = "tests.standin") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, "serve", "--bind", endpoint, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            cwd=ROOT,
            preexec_fn=default_signals,
        )
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], READY_S)
        self.greeting = self.process.stdout.readline().decode() if ready else ""
        if not self.greeting.startswith("hxemu ready "):
            self.kill()
            _, errors = self.process.communicate(timeout=10)
            raise RuntimeError(f"daemon did not start: {self.greeting!r} {errors.decode()}")
        self.endpoint = self.greeting.split()[2]

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """End it without any chance to clean up."""
        if self.alive():
            self.process.send_signal(signal.SIGKILL)

    def end(self) -> None:
        """Kill it if it still runs, and clean up behind it."""
        self.kill()
        self.process.communicate(timeout=10)

    def stop(self, number: int = signal.SIGTERM, timeout: float = 10.0) -> tuple[int, str]:
        """Ask it to end; returns exit status and what it wrote to stderr."""
        if self.alive():
            self.process.send_signal(number)
        try:
            _, errors = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.end()
            raise
        return self.process.returncode, errors.decode()


def script(source: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a Python script that imports from this source tree."""
    return subprocess.Popen(
        [sys.executable, "-u", "-c", source, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
        cwd=ROOT,
    )


def gone(pid: int) -> bool:
    """Tell whether a process has ended (a zombie has)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def wait_for(condition, timeout: float = 10.0) -> float:
    """Wait until a condition holds; returns the seconds that it took."""
    begin = time.monotonic()
    while not condition():
        if time.monotonic() - begin > timeout:
            raise AssertionError(f"nothing happened within {timeout} s")
        time.sleep(0.01)
    return time.monotonic() - begin
