"""The examples on real data sets, on small made-up data."""

import runpy
import sys

import numpy as np
import pytest
import torch

import hxtorch
import hxtorch.core.hardware as core
from hxtorch import perceptron
from hxtorch.examples import training
from hxtorch.examples.perceptron import har, minimal, mnist

CLASSES = 10


@pytest.fixture(autouse=True)
def _leave_nothing(monkeypatch):
    # the options for a chip go through the environment
    for name in ("HXEMU_REVISION", "HXEMU_SEED"):
        monkeypatch.setenv(name, "v3" if name == "HXEMU_REVISION" else "0")
    before = perceptron.get_mock_parameter()
    threads = torch.get_num_threads()
    # more of them wait for each other where many tests run at once
    torch.set_num_threads(1)
    yield
    hxtorch.release_hardware()
    core._keep_nominal = False
    perceptron.set_mock_parameter(before)
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A folder with images that are easily told apart, a bar at another height for each class."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "MNIST" / "processed").mkdir(parents=True)
    generator = torch.Generator().manual_seed(1)
    for name, count in (("training.pt", 1500), ("test.pt", 300)):
        labels = torch.arange(count) % CLASSES
        images = torch.randint(0, 60, (count, 28, 28), generator=generator, dtype=torch.uint8)
        for image, label in zip(images, labels.tolist(), strict=True):
            begin = 2 + 5 * (label % 5)
            (image if label < 5 else image.t())[begin : begin + 3] = 255
        torch.save((images, labels), folder / "MNIST" / "processed" / name)
    return folder


@pytest.fixture(scope="module")
def activities(tmp_path_factory):
    """A folder with recordings of six frequencies."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(2)
    arrays = {}
    for part, count in (("train", 240), ("test", 120)):
        labels = np.arange(count) % 6
        phase = rng.random((count, 9, 1)) * 2 * np.pi
        signals = np.sin(phase + np.arange(128) * (labels[:, None, None] + 1) / 12)
        arrays |= {f"x_{part}": signals.astype(np.float32), f"y_{part}": labels}
        arrays[f"subject_{part}"] = np.ones(count, np.int64)
    np.savez(folder / "uci_har_inertial.npz", **arrays)
    return folder


def options(parser, data, *arguments):
    return parser.parse_args(["--data-path", str(data), *map(str, arguments)])


def test_minimal(caplog):
    with caplog.at_level("INFO", "hxtorch.examples.minimal"):
        minimal.main()
    log = [record for record in caplog.records if record.name == "hxtorch.examples.minimal"]
    means = [float(record.getMessage().split()[-1]) for record in log]
    # 128 * 10 * 20 * 0.002 = 51
    assert means[:2] == [10, 20]
    assert means[2] == pytest.approx(51, rel=0.25)


@pytest.mark.parametrize("mock", [True, False], ids=["mock", "chip"])
def test_digits_are_learned(digits, tmp_path, mock):
    arguments = ["--epochs", 2, "--batch-size", 30, "--lr", 0.5, "--checkpoint-path", tmp_path]
    arguments += ["--output", tmp_path / "pictures", "--dataset-fraction", 0.5]
    arguments += ["--mock"] * mock
    accuracy = mnist.main(options(mnist.get_parser(), digits, *arguments))
    assert isinstance(accuracy, float)
    assert accuracy > 0.8
    assert len(list((tmp_path / "pictures").glob("mnist-*.png"))) == 1
    # nothing is held afterwards, and the mock's parameters are the ones before
    assert core._current is None
    assert perceptron.get_mock_parameter() == perceptron.MockParameter()
    checkpoint = torch.load(tmp_path / "state_2.pth", weights_only=True)
    (*_, ran_on) = checkpoint["ran_on"]
    assert ran_on["kind"] == ("mock" if mock else "emulator")
    assert checkpoint["accuracy"][-1] == ("epoch 2/2", accuracy)
    arguments = ["--epochs", 0, "--resume-from", tmp_path / "state_2.pth", "--mock"]
    assert mnist.main(options(mnist.get_parser(), digits, *arguments)) > 0.6
    if not mock:
        report = mnist.run(options(mnist.get_parser(), digits, *arguments[:-1]))
        assert [step.title for step in report.steps] == ["software", "chip as it is"]


def test_software_first(digits):
    arguments = ["--software-epochs", 3, "--software-batch-size", 50, "--distort", "--cycle"]
    arguments += ["--epochs", 1, "--batch-size", 50, "--lr", 0.1, "--loop-fraction", 0.2]
    report = mnist.run(options(mnist.get_parser(), digits, *arguments))
    assert [step.title for step in report.steps] == ["software", "chip as it is", "epoch 1/1"]
    assert report.steps[0].result.accuracy > 0.7
    assert [step.ran_on["kind"] for step in report.steps] == ["mock", "emulator", "emulator"]


def test_batches():
    def make(index):
        return index, index % 3

    data = training.Batches(10, 4, make, shuffle=False)
    assert [inputs.tolist() for inputs, _ in data] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert len(data) == 3
    shuffled = training.Batches(1000, 100, make, shuffle=True)
    first, second = ([inputs.tolist() for inputs, _ in shuffled] for _ in range(2))
    assert first != second
    assert sorted(number for batch in first for number in batch) == list(range(1000))
    part = shuffled.part(0.25)
    assert len(part) == 3
    assert sum(len(inputs) for inputs, _ in part) == 250
    with pytest.raises(ValueError, match="fraction is 2"):
        shuffled.part(2)


def test_distortion_keeps_the_images_alike():
    images = torch.zeros(50, 1, 28, 28, dtype=torch.uint8)
    images[:, :, 10:18, 10:18] = 200
    assert torch.equal(mnist.distort(images, 0, 0, 0, 0), images)
    moved = mnist.distort(images)
    assert moved.shape == images.shape
    assert moved.dtype == torch.uint8
    assert not torch.equal(moved[0], moved[1])
    mass = moved.float().sum(dim=(1, 2, 3)) / images.float().sum(dim=(1, 2, 3))
    assert 0.7 < mass.min() < mass.max() < 1.4


def test_a_missing_folder_for_checkpoints(digits, tmp_path):
    arguments = ["--mock", "--checkpoint-path", tmp_path / "none"]
    with pytest.raises(OSError, match="none"):
        mnist.main(options(mnist.get_parser(), digits, *arguments))
    with pytest.raises(OSError, match="--data-path"):
        mnist.main(options(mnist.get_parser(), tmp_path, "--mock"))


def test_flags_of_the_real_system():
    args = mnist.get_parser().parse_args([])
    expected = {
        "batch_size": 1000,
        "test_batch_size": 2000,
        "epochs": 20,
        "lr": 1.0,
        "gamma": 0.99,
        "mock": False,
        "mock_noise_std": 2.0,
        "mock_gain": 0.002,
        "seed": 0x5EEED,
        "checkpoint_path": "",
        "resume_from": "",
        "dataset_fraction": 1.0,
    }
    assert {name: getattr(args, name) for name in expected} == expected


def test_model_is_the_published_one():
    sizes = {name: tuple(value.shape) for name, value in mnist.Model(mock=True).named_parameters()}
    assert sizes == {
        "conv2d.weight": (20, 1, 10, 10),
        "fc1.weight": (128, 500),
        "fc2.weight": (10, 128),
    }
    sizes = [value.numel() for value in har.Model(mock=True).parameters()]
    assert sizes == [4608, 32000, 750]
    assert har.Model(mock=True)(torch.zeros(2, 9, 127)).shape == (2, 6)


@pytest.mark.parametrize("expanded", [False, True])
def test_activities_are_learned(activities, tmp_path, expanded, caplog):
    arguments = ["--software-epochs", 15, "--batch-size", 20, "--output", tmp_path]
    arguments += ["--expanded"] * expanded
    with caplog.at_level("INFO", "hxtorch"):
        report = har.run(options(har.get_parser(), activities, *arguments))
    assert [step.title for step in report.steps] == ["software", "chip as it is", "epoch 1/1"]
    assert report.steps[0].result.accuracy > 0.8
    assert report.accuracy > 0.6
    assert list(tmp_path.glob("har-v3-seed0.png"))
    lines = [record.getMessage() for record in caplog.records]
    assert any(line.startswith("expanded convolution: 5 vectors") for line in lines)
    assert any(line.startswith("plain convolution: 32 vectors") for line in lines)


@pytest.mark.parametrize("name", ["mnist", "har"])
def test_commands(name, digits, activities, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    data = digits if name == "mnist" else activities
    root = __file__.rsplit("/tests/", 1)[0]
    arguments = ["--data-path", data, "--mock", "--software-epochs", 1, "--epochs", 1]
    monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
    runpy.run_path(f"{root}/examples/{name}.py", run_name="__main__")
    assert "epoch 1/1" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / f"{name}-output").iterdir()} == {
        f"{name}-mock.png",
        "state_0.pth",
        "state_1.pth",
    }
