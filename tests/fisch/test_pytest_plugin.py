"""The fixture for users' tests: a chip for each test, which is gone behind it."""

import subprocess
import sys
from importlib import metadata

from tests.daemons import environment, gone

SUITE = """
import os
import pathlib

import fisch
import pytest

FOUND = pathlib.Path(__file__).parent / "found"


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("revision", ["v1", "v3"])
def test_chip(hxemu_chip, seed, revision):
    chip = hxemu_chip(seed, revision)
    assert chip.identifier == f"hxcube9{revision[1]}fpga0chip{seed + 1}_1"
    with fisch.connect() as connection:
        info = connection.info
    assert (info["identifier"], info["seed"]) == (chip.identifier, seed)
    assert (info["revision"], info["noise_seed"]) == (revision, 0)
    with FOUND.open("a") as file:
        file.write(f"{info['pid']} {chip.endpoint}\\n")


def test_two_chips(hxemu_chip):
    chips = [hxemu_chip(seed=seed) for seed in (1, 2)]
    with fisch.connect([chip.endpoint for chip in chips]) as connection:
        assert connection.get_unique_identifier() == [chip.identifier for chip in chips]
    assert os.environ["HXEMU_ENDPOINT"] == chips[1].endpoint


@pytest.mark.parametrize("bad", [{"seed": -1}, {"seed": "1"}, {"revision": "v4"},
                                 {"noise_seed": 1.5}])
def test_refused(hxemu_chip, bad):
    (name,) = bad
    with pytest.raises(ValueError, match=name):
        hxemu_chip(**bad)


def test_environment_is_restored():
    assert "HXEMU_ENDPOINT" not in os.environ
"""


def test_fixture_of_users_tests(tmp_path):
    (tmp_path / "test_user.py").write_text(SUITE)
    # in a source tree that is not installed nobody finds the plugin by itself
    installed = any(entry.value == "fisch.pytest_plugin"
                    for entry in metadata.entry_points(group="pytest11"))
    plugin = [] if installed else ["-p", "fisch.pytest_plugin"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugin, "-p", "no:cacheprovider", "-p",
         "no:xdist", str(tmp_path)],
        capture_output=True, text=True, env=environment(), cwd=tmp_path, timeout=100, check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 passed" in done.stdout
    found = [line.split() for line in (tmp_path / "found").read_text().splitlines()]
    # one daemon for each test; none is left
    assert len({pid for pid, _ in found}) == 4
    assert all(gone(int(pid)) for pid, _ in found)


def test_plugin_costs_no_import_of_torch():
    script = "import sys, fisch.pytest_plugin; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], env=environment(), timeout=60, check=True)
