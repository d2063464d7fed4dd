"""The emulator that a process starts for itself."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import fisch
from fisch.connections import embedded
from fisch.program import PlaybackProgram
from tests.daemons import environment, gone, script, wait_for

pytest.importorskip("emulator.machine")

PRELUDE = """
import os, sys
import fisch
from fisch.connections import embedded
from fisch.program import PlaybackProgram
connection = fisch.connect()
"""
TELL = "print(connection.info['pid'], embedded._daemon.endpoint.removeprefix('ipc://'))\n"


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def told(process):
    """Read which daemon a script has started: its process id and socket."""
    pid, path = process.stdout.readline().split()
    return int(pid), Path(path)


def test_one_per_process_gone_at_exit():
    process = script(
        PRELUDE
        + TELL
        + """
connection.close()
with fisch.connect() as again:
    assert again.info["pid"] == connection.info["pid"]
    again.run(PlaybackProgram())
print("fine")
"""
    )
    pid, path = told(process)
    output, _ = process.communicate(timeout=30)
    assert (output, process.returncode) == ("fine\n", 0)
    assert gone(pid)
    assert not path.parent.exists()


def test_its_folder_is_private():
    process = script(PRELUDE + TELL + "import time; time.sleep(60)")
    _, path = told(process)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_ends_with_its_process(number):
    process = script(PRELUDE + TELL + "import time; time.sleep(60)")
    pid, path = told(process)
    process.send_signal(number)
    process.communicate(timeout=10)
    wait_for(lambda: gone(pid), 5)
    wait_for(lambda: not path.parent.exists(), 5)


def test_forked_children_do_not_keep_it_alive():
    process = script(
        PRELUDE
        + """
import time
child = os.fork()
if child == 0:
    time.sleep(60)
    os._exit(0)
"""
        + TELL
        + "print(child); time.sleep(60)"
    )
    pid, _ = told(process)
    child = int(process.stdout.readline())
    process.kill()  # the child lives on, and holds whatever it inherited
    wait_for(lambda: gone(pid), 5)
    assert not gone(child)
    os.kill(child, signal.SIGKILL)
    process.stdout.close()
    process.wait()


def test_exit_of_a_child_leaves_it_alone():
    process = script(
        PRELUDE
        + """
child = os.fork()
if child == 0:
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
connection.run(PlaybackProgram())
if os.fork() == 0:
    with fisch.connect() as own:  # a daemon of the child's own
        own.run(PlaybackProgram())
        os._exit(own.info["pid"] == connection.info["pid"])
assert os.wait()[1] == 0
connection.run(PlaybackProgram())
print("fine")
"""
    )
    output, _ = process.communicate(timeout=30)
    assert output == "fine\n"


def test_environment_chooses_the_chip(monkeypatch):
    monkeypatch.setenv("HXEMU_REVISION", "v2")
    monkeypatch.setenv("HXEMU_SEED", "4")
    monkeypatch.setenv("HXEMU_NOISE_SEED", "77")
    process = script(
        PRELUDE
        + """
info = connection.info
print(info["identifier"], info["revision"], info["seed"], info["noise_seed"])
try:
    fisch.connect(revision="v1")
except fisch.errors.NoBackendError as error:
    print("in use" in str(error))
connection.close()
with fisch.connect(revision="v1") as other:
    print(other.info["revision"], other.info["pid"] != info["pid"])
"""
    )
    output, _ = process.communicate(timeout=30)
    assert output == "hxcube92fpga0chip5_1 v2 4 77\nTrue\nv1 True\n"


def test_found_where_the_parent_found_it(tmp_path):
    # the script's folder and the working directory hold modules that must not be picked up
    for name in ("emulator", "random", "socket"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    (tmp_path / "job").mkdir()
    root = environment()["PYTHONPATH"].split(os.pathsep)[0]
    (tmp_path / "job" / "job.py").write_text(
        f"import sys\nsys.path.append({root!r})\nimport fisch\n"
        "with fisch.connect() as c:\n    print(c.info['kind'])\n"
    )
    done = subprocess.run(
        [sys.executable, "job/job.py"],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stdout == "emulator\n", done.stderr


def test_killed_daemon_is_replaced_at_once(monkeypatch):
    choice = embedded.ChipChoice()
    first = embedded.embedded_daemon(choice)
    start = embedded.embedded_daemon

    def start_and_kill(choice):
        # whoever asks is given a daemon that looks alive, and dies before it can be connected to
        daemon = start(choice)
        if daemon is first:
            os.kill(daemon.pid, signal.SIGKILL)
        return daemon

    monkeypatch.setattr(embedded, "embedded_daemon", start_and_kill)
    begin = time.monotonic()
    try:
        with embedded.connect_embedded(choice, 1.0) as connection:
            connection.run(PlaybackProgram())
            assert connection.info["pid"] != first.pid
        assert time.monotonic() - begin < 4.5  # less than nobody's answer is waited for
        assert not Path(first.endpoint.removeprefix("ipc://")).parent.exists()
    finally:
        embedded.stop_embedded_daemon()


def test_daemon_that_does_not_start_says_why(monkeypatch):
    monkeypatch.setenv("HXEMU_SEED", str(1 << 63))
    with pytest.raises(fisch.errors.NoBackendError, match=f"seed is {1 << 63}; allowed: 0 to"):
        fisch.connect()


def test_no_heartbeat_is_asked_for():
    # code that keeps the interpreter to itself for longer than a lease
    process = script(
        PRELUDE
        + """
import ctypes
ctypes.PyDLL(None).usleep(2600000)
connection.run(PlaybackProgram())
print("fine")
"""
    )
    output, _ = process.communicate(timeout=30)
    assert output == "fine\n"


def test_started_once_by_two_threads():
    found = []
    threads = [
        threading.Thread(
            target=lambda: found.append(embedded.embedded_daemon(embedded.ChipChoice()))
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] is found[1]
    assert found[0].alive()
    embedded.stop_embedded_daemon()
    assert not found[0].alive()
