"""The main job: a network learns digits with the chip in the loop."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

import hxtorch

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

from hxtorch.examples import digits


@pytest.fixture(autouse=True)
def _one_torch_thread() -> Iterator[None]:
    """Small products: a second thread only fights with the emulator for its core."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@contextmanager
def chip(monkeypatch: pytest.MonkeyPatch, revision: str, seed: int) -> Iterator[None]:
    monkeypatch.setenv("HXEMU_REVISION", revision)
    monkeypatch.setenv("HXEMU_SEED", str(seed))
    monkeypatch.setenv("HXEMU_NOISE_SEED", "1")
    hxtorch.init_hardware(ann=True)
    try:
        yield
    finally:
        hxtorch.release_hardware()


def learn(monkeypatch: pytest.MonkeyPatch, revision: str, seed: int) -> digits.Report:
    wait = digits.WAIT_BETWEEN_EVENTS.get(revision, digits.DEFAULT_WAIT)
    with chip(monkeypatch, revision, seed):
        return digits.learn_digits(wait_between_events=wait)


def test_one_chip_learns(monkeypatch: pytest.MonkeyPatch) -> None:
    report = learn(monkeypatch, "v3", 0)
    assert report.software.accuracy > 0.95
    assert report.in_the_loop.accuracy > 0.93
    assert report.chip.confusion.sum() == 360
    assert torch.equal(report.chip.confusion.sum(1), report.software.confusion.sum(1))


@pytest.mark.slow
@pytest.mark.timeout(480)  # four of the five chips are calibrated first
@pytest.mark.parametrize("revision", ["v2", "v3"])
def test_accuracy_over_five_chips(monkeypatch: pytest.MonkeyPatch, revision: str) -> None:
    reports = [learn(monkeypatch, revision, seed) for seed in range(5)]
    in_the_loop = [report.in_the_loop.accuracy for report in reports]
    software = [report.software.accuracy for report in reports]
    assert min(in_the_loop) >= 0.93, in_the_loop
    assert sum(in_the_loop) / 5 >= 0.95, in_the_loop
    assert sum(software) / 5 - sum(in_the_loop) / 5 <= 0.025, (software, in_the_loop)


def test_command_saves_picture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # main() sets these for the embedded daemon; have them restored afterwards
    monkeypatch.setenv("HXEMU_REVISION", "v3")
    monkeypatch.setenv("HXEMU_SEED", "0")
    arguments = ["--revision", "v2", "--seed", "3", "--epochs", "1", "--loop-epochs", "1"]
    assert digits.main([*arguments, "--output", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "hxcube92fpga0chip4_1" in printed
    picture = tmp_path / "digits-v2-seed3.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert str(picture) in printed
    assert os.environ["HXEMU_REVISION"] == "v2"


@pytest.mark.parametrize(
    "arguments",
    [["--epochs", "0"], ["--revision", "v4"], ["--endpoint", "ipc:///x", "--seed", "1"]],
)
def test_command_refuses(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        digits.main(arguments)
    assert stopped.value.code == 2
    assert arguments[0] in capsys.readouterr().err
