"""Loaders of the data sets, in every format, on small files made here."""

import gzip
import zipfile

import numpy as np
import pytest
import torch

from hxtorch.examples import datasets
from hxtorch.examples.perceptron import har, mnist

RNG = np.random.default_rng(3)
IMAGES = {"train": RNG.integers(0, 256, (6, 28, 28)), "t10k": RNG.integers(0, 256, (4, 28, 28))}
LABELS = {"train": RNG.integers(0, 10, 6), "t10k": RNG.integers(0, 10, 4)}


def idx(array):
    """A file of the original distribution: big-endian magic number and sizes, then bytes."""
    header = np.array([0x800 + array.ndim, *array.shape], ">u4").tobytes()
    return header + array.astype(np.uint8).tobytes()


def write_idx(folder, ending, name="{}-{}-idx{}-ubyte"):
    folder.mkdir(parents=True, exist_ok=True)
    for part in IMAGES:
        for kind, array in (("images", IMAGES[part]), ("labels", LABELS[part])):
            content = idx(array)
            path = folder / (name.format(part, kind, array.ndim) + ending)
            path.write_bytes(gzip.compress(content) if ending else content)


def write_processed(folder):
    folder.mkdir(parents=True)
    for part, name in (("train", "training.pt"), ("t10k", "test.pt")):
        images = torch.tensor(IMAGES[part], dtype=torch.uint8)
        torch.save((images, torch.tensor(LABELS[part])), folder / name)


@pytest.mark.parametrize(
    "write",
    [
        lambda root: write_idx(root, ""),
        lambda root: write_idx(root / "mnist", ".gz"),
        lambda root: write_idx(root / "MNIST" / "raw", ""),
        lambda root: write_idx(root, "", "{}-{}.idx{}-ubyte"),
        lambda root: write_processed(root / "MNIST" / "processed"),
    ],
)
def test_digits_in_every_format(tmp_path, write):
    write(tmp_path)
    for train, part in ((True, "train"), (False, "t10k")):
        images, labels = datasets.load_mnist(tmp_path, train)
        assert images.dtype == torch.uint8
        assert labels.dtype == torch.int64
        np.testing.assert_array_equal(images[:, 0], IMAGES[part])
        np.testing.assert_array_equal(labels, LABELS[part])
    data = mnist.MNIST(tmp_path, train=True)
    assert len(data) == 6
    assert data[2][0].shape == (1, 28, 28)
    mnist.shrink_dataset(data, 0.5)
    assert len(data) == 3
    with pytest.raises(ValueError, match="fraction is 0"):
        mnist.shrink_dataset(data, 0)


def test_missing_and_damaged_digits(tmp_path):
    with pytest.raises(OSError, match="--data-path"):
        datasets.load_mnist(tmp_path, True)
    write_idx(tmp_path, ".gz")
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(OSError, match="cannot be read"):
        datasets.load_mnist(tmp_path, True)
    path.write_bytes(gzip.compress(b"\0\0\7\7rest"))
    with pytest.raises(OSError, match="begins with 1799"):
        datasets.load_mnist(tmp_path, True)


SIGNALS = {
    part: RNG.normal(size=(count, 9, 128)).astype(np.float32)
    for part, count in (("train", 5), ("test", 3))
}
ACTIVITIES = {part: np.arange(len(SIGNALS[part])) % 6 for part in SIGNALS}
NAMES = [f"{kind}_{axis}" for kind in ("body_acc", "body_gyro", "total_acc") for axis in "xyz"]


def write_archive(root):
    root.mkdir(exist_ok=True)
    arrays = {}
    for part in SIGNALS:
        arrays |= {f"x_{part}": SIGNALS[part], f"y_{part}": ACTIVITIES[part]}
        arrays[f"subject_{part}"] = ACTIVITIES[part] + 1
    np.savez(root / "uci_har_inertial.npz", **arrays)


def write_official(root):
    for part in SIGNALS:
        folder = root / "UCI HAR Dataset" / part
        (folder / "Inertial Signals").mkdir(parents=True)
        for i, name in enumerate(NAMES):
            path = folder / "Inertial Signals" / f"{name}_{part}.txt"
            np.savetxt(path, SIGNALS[part][:, i], fmt="%16.7e")
        np.savetxt(folder / f"y_{part}.txt", ACTIVITIES[part] + 1, fmt="%d")
        np.savetxt(folder / f"subject_{part}.txt", ACTIVITIES[part] + 1, fmt="%d")


def write_zip(root):
    write_official(root / "unpacked")
    inner = root / "UCI HAR Dataset.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        for path in sorted((root / "unpacked").rglob("*.txt")):
            archive.write(path, path.relative_to(root / "unpacked"))


def write_download(root):
    write_zip(root)
    inner = root / "UCI HAR Dataset.zip"
    outer = root / "human+activity+recognition+using+smartphones.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, inner.name)
    inner.unlink()


@pytest.mark.parametrize("write", [write_archive, write_official, write_zip, write_download])
@pytest.mark.parametrize("folder", ["", "har"])
def test_activities_in_every_format(tmp_path, write, folder):
    (tmp_path / folder).mkdir(exist_ok=True)
    write(tmp_path / folder)
    for train, part in ((True, "train"), (False, "test")):
        data = datasets.load_activities(tmp_path, train)
        np.testing.assert_allclose(data.signals, SIGNALS[part], rtol=1e-6)
        np.testing.assert_array_equal(data.labels, ACTIVITIES[part])
        np.testing.assert_array_equal(data.subjects, ACTIVITIES[part] + 1)


def test_missing_and_damaged_activities(tmp_path):
    with pytest.raises(OSError, match="--data-path"):
        datasets.load_activities(tmp_path, True)
    (tmp_path / "uci_har_inertial.npz").write_bytes(b"PK\3\4 no archive")
    with pytest.raises(OSError, match="cannot be read"):
        datasets.load_activities(tmp_path, True)


def test_windows_are_cut_from_recordings():
    recording = torch.randn(9, 64 * 4)
    # three windows that overlap by half, and one of another recording
    signals = torch.stack([recording[:, 64 * i : 64 * i + 128] for i in range(3)])
    signals = torch.cat([signals, torch.randn(1, 9, 128)])
    data = datasets.Activities(signals, torch.tensor([2, 2, 2, 2]), torch.ones(4).long())
    windows = har.Windows(data, lambda x: x, turn=0, strength=0)
    found = set()
    for _ in range(300):
        cut, labels = windows(torch.tensor([1]))
        assert cut.shape == (1, 9, 127)
        assert labels.tolist() == [2]
        places = [
            begin
            for begin in range(recording.shape[1] - 126)
            if torch.equal(cut[0], recording[:, begin : begin + 127])
        ]
        assert len(places) == 1
        found.add(places[0])
    # the second window begins at 64, and goes on for another half window
    assert min(found) >= 64
    assert max(found) <= 64 + 65
    assert len(found) > 40
    for _ in range(20):
        cut, _ = windows(torch.tensor([3]))
        assert any(torch.equal(cut[0], signals[3, :, i : i + 127]) for i in (0, 1))


def test_movements_keep_gravity():
    body, gravity = torch.randn(4, 3, 128), torch.tensor([0.1, 0.9, -0.3])[:, None]
    signals = torch.cat([body, torch.randn(4, 3, 128), body + gravity], dim=1)
    data = datasets.Activities(signals, torch.arange(4), torch.ones(4).long())
    windows = har.Windows(data, lambda x: x, turn=0.3, strength=0.3)
    moved, _ = windows(torch.arange(4))
    body, _, total = moved.unflatten(1, (3, 3)).unbind(1)
    # what is left of the acceleration is constant, and as strong as before, in any direction
    rest = total - body
    assert rest.std(dim=2).max() < 1e-5
    strengths = rest.mean(dim=2).norm(dim=1)
    torch.testing.assert_close(strengths, gravity.norm().expand(4))


def test_encoding_uses_the_range():
    signals = torch.randn(100, 9, 128) * torch.arange(1.0, 10)[:, None] + 5
    encoding = har.Encoding(signals)
    activations = encoding(signals)
    assert activations.min() >= 0
    assert activations.max() <= 31
    middle = encoding(signals.mean(dim=(0, 2), keepdim=True))
    torch.testing.assert_close(middle, torch.full((1, 9, 1), 16.0), atol=0.05, rtol=0)
    assert 2 < activations.round().std() < 12


def test_balanced_kernels_do_not_see_the_middle():
    weight = torch.nn.Parameter(torch.randn(16, 9, 32) * 20 + 5)
    balanced = har.balance_weight(weight)
    # but for weights that had to be clamped
    assert balanced.sum(dim=(1, 2)).abs().max() < 60
    assert weight.sum(dim=(1, 2)).abs().max() > 1000
    assert balanced.abs().max() <= 63
    balanced.sum().backward()
    assert weight.grad is not None
