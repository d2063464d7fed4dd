import json
import os
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from emulator import cli
from fisch.connections import CurveKeys, ZMQConnection
from fisch.errors import ConnectionTimeoutError
from tests.daemons import ROOT, environment, wait_for
from tests.standin import machine


@pytest.fixture
def start(start_daemon, tmp_path):
    """Start daemons that all listen at the same place."""
    return partial(start_daemon, endpoint=f"ipc://{tmp_path}/chip")


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "emulator", *arguments],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_start_and_stop(start, tmp_path, number):
    pidfile = tmp_path / "pid"
    daemon = start("--pidfile", str(pidfile), "--revision", "v2", "--seed", "3")
    assert daemon.greeting == (
        f"hxemu ready ipc://{tmp_path}/chip pid={daemon.pid} chip=hxcube92fpga0chip4_1 "
        "revision=v2 seed=3\n"
    )
    assert pidfile.read_text() == f"{daemon.pid}\n"
    assert (tmp_path / "chip").is_socket()
    assert daemon.stop(number) == (0, "")
    assert not pidfile.exists()
    assert not (tmp_path / "chip").exists()


def test_stop_just_before_the_loop_sleeps(start):
    for _ in range(5):
        daemon = start()
        with ZMQConnection(daemon.endpoint):
            pass  # the release keeps the loop awake while the signal comes
        assert daemon.stop() == (0, "")


def test_stop_with_a_client(start):
    daemon = start()
    with ZMQConnection(daemon.endpoint):
        assert daemon.stop() == (0, "")


def test_idle_memory(start):
    daemon = start(module="emulator")
    status = Path(f"/proc/{daemon.pid}/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    assert int(resident.split()[1]) < 150 * 1024


def test_daemon_imports_no_torch():
    source = "import emulator.cli, emulator.server, sys; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", source], env=environment(), capture_output=True, text=True
    )
    assert done.stdout == "False\n", done.stderr


def test_pidfile_of_a_living_process_is_refused(tmp_path, start):
    pidfile = tmp_path / "pid"
    pidfile.write_text(f"{os.getpid()}\n")
    with pytest.raises(RuntimeError, match="is running"):
        start("--pidfile", str(pidfile))
    assert pidfile.read_text() == f"{os.getpid()}\n"
    pidfile.write_text("999999999\n")  # left behind
    start("--pidfile", str(pidfile))


def test_killed_daemon_leaves_a_socket_that_the_next_replaces(start):
    first = start()
    first.kill()
    first.process.wait()
    second = start()
    with pytest.raises(RuntimeError, match="listens"):
        start()
    with ZMQConnection(second.endpoint) as connection:
        assert connection.info["pid"] == second.pid


def test_port_in_use(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(RuntimeError, match="can't listen"):
            start(endpoint=endpoint)


def test_address_beyond_this_machine_is_refused(start):
    with pytest.raises(RuntimeError, match="CURVE"):
        start(endpoint="tcp://0.0.0.0:0")


def test_ends_when_the_descriptor_is_closed(tmp_path):
    read, write = os.pipe()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.standin", "serve"),
            *("--bind", f"ipc://{tmp_path}/chip", "--exit-with-fd", str(read)),
        ],
        pass_fds=[read],
        stdout=subprocess.PIPE,
        env=environment(),
        cwd=ROOT,
    )
    os.close(read)
    assert process.stdout.readline().startswith(b"hxemu ready")
    os.close(write)
    assert process.wait(5) == 0
    process.stdout.close()


def test_curve(start, tmp_path):
    for name in ("daemon", "friend", "stranger"):
        assert cli.main(["keys", str(tmp_path / name), name]) == 0
        assert (tmp_path / name / f"{name}.key_secret").stat().st_mode & 0o077 == 0
    daemon = start(
        *("--curve-server-key", str(tmp_path / "daemon" / "daemon.key_secret")),
        *("--curve-clients", str(tmp_path / "friend")),
        endpoint="tcp://127.0.0.1:0",
    )

    def keys(who):
        server = tmp_path / "daemon" / "daemon.key"
        return CurveKeys.from_files(server, tmp_path / who / f"{who}.key_secret")

    with ZMQConnection(daemon.endpoint, curve=keys("friend")) as connection:
        assert connection.get_unique_identifier() == ["hxcube93fpga0chip1_1"]
    with pytest.raises(ConnectionTimeoutError):
        ZMQConnection(daemon.endpoint, connect_timeout=0.5)
    with pytest.raises(ConnectionTimeoutError):
        ZMQConnection(daemon.endpoint, connect_timeout=0.5, curve=keys("stranger"))


def test_status(start, capsys):
    daemon = start("--link", "8gbit")
    with ZMQConnection(daemon.endpoint):
        assert cli.main(["status", daemon.endpoint]) == 0
        table = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
        assert table["chip"] == "hxcube93fpga0chip1_1"
        assert table["link"] == "8gbit"
        assert f"pid {os.getpid()}" in table["held"]
        assert cli.main(["status", "--json", daemon.endpoint]) == 0
        status = json.loads(capsys.readouterr().out)
        assert status["holder"]["pid"] == os.getpid()
        assert status["machine"]["power_cycles"] == 1
    wait_for(lambda: "nobody" in run("status", daemon.endpoint).stdout)


def test_info(start, capsys):
    assert cli.main(["info"]) == 0
    rows = dict(line.split("  ", 1) for line in capsys.readouterr().out.splitlines())
    assert rows["chip v1"].strip() == "JTAG id 0x048580af"
    assert rows["silicon ideal"].strip() == "off"
    assert rows["limit frame"].strip() == "1048576"
    daemon = start("--revision", "v2")
    assert cli.main(["info", "--json", daemon.endpoint]) == 0
    info = json.loads(capsys.readouterr().out)
    assert info["daemon"]["revision"] == "v2"
    assert info["revisions"]["v3"] == 0x348580AF


def test_model(capsys):
    assert cli.main(["info", "--model"]) == 0
    lines = capsys.readouterr().out.splitlines()
    gain = next(line for line in lines if line.startswith("gain "))
    assert "0.0018 to 0.002 " in gain  # value, range and class are those of the reference
    assert "default gain of the mock mode" in gain
    assert cli.main(["info", "--model", "--json"]) == 0
    model = json.loads(capsys.readouterr().out)
    assert model["constants"]["gain"]["trust"] == "A"
    assert model["times"]["message"]["value"] == 1


def test_status_of_nobody(tmp_path, capsys):
    assert cli.main(["status", f"ipc://{tmp_path}/none", "--timeout", "0.1"]) == 2
    assert "nobody answers" in capsys.readouterr().err


def test_demo_that_is_not_installed(monkeypatch, capsys):
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: [])
    assert cli.main(["demo"]) == 2
    assert "hxemu[demo]" in capsys.readouterr().err


def test_demo_gets_its_arguments(monkeypatch):
    seen = []

    class Entry:
        @staticmethod
        def load():
            return lambda argv: seen.append(argv)

    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: [Entry])
    assert cli.main(["demo", "--revision", "v1"]) == 0
    assert seen == [["--revision", "v1"]]


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve"],
        ["serve", "--bind", "ipc:///x", "--revision", "v4"],
        ["serve", "--bind", "ipc:///x", "--seed", "-1"],
        ["explode"],
        [],
    ],
)
def test_bad_arguments(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["serve", "--bind", "ipc:///x", "--seed", "few"], "'few' is no integer from 0 on"),
        (["status", "ipc:///x", "--timeout", "-1"], "'-1' is no number of seconds"),
        (["status", "ipc:///x", "--timeout", "nan"], "'nan' is no number of seconds"),
    ],
)
def test_bad_numbers_are_named(arguments, reason, capsys):
    with pytest.raises(SystemExit):
        cli.main(arguments)
    assert reason in capsys.readouterr().err


def test_private_daemon_tells_its_parent_why_it_does_not_start(capsys):
    assert cli.main(["serve", "--bind", "nonsense", "--private"], machine=machine) == 2
    assert "nonsense" in capsys.readouterr().out


def test_bad_endpoint_is_told(capsys):
    assert cli.main(["serve", "--bind", "nonsense"], machine=machine) == 2
    assert "nonsense" in capsys.readouterr().err
    assert cli.main(["serve", "--bind", "tcp://127.0.0.1:0", "--curve-clients", "/"]) == 2
    assert "go together" in capsys.readouterr().err
