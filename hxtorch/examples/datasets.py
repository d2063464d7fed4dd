"""Loaders of the data sets that the examples learn: MNIST and human activity (UCI HAR).

Nothing is downloaded. A folder is given (`--data-path`, or the environment variable
``HXTORCH_DATASETS_PATH``), and the usual formats are found in it.
"""

from __future__ import annotations

import gzip
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

#: Environment variable with the folder of the data sets.
VARIABLE = "HXTORCH_DATASETS_PATH"

Folder = str | os.PathLike[str]

_SUBFOLDERS = ("", "mnist", "MNIST", "MNIST/raw", "raw")
_IDX = {True: "train", False: "t10k"}
_IDX_IMAGES, _IDX_LABELS = 2051, 2049


class DataSetError(FileNotFoundError):
    """A data set that is not where it was looked for, or cannot be read."""


def default_folder() -> str:
    """Folder from the environment, else the present one."""
    return os.environ.get(VARIABLE, ".")


def load_mnist(folder: Folder, train: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Load handwritten digits.

    Parameters
    ----------
    folder : path
        With ``MNIST/processed/{training,test}.pt`` (a tuple of images and labels), or with the
        four files of the original distribution, as they are or unpacked, in it or in a
        sub-folder ``mnist``, ``MNIST``, ``MNIST/raw`` or ``raw``.
    train : bool
        The 60,000 images to train on, or the 10,000 to test on.

    Returns
    -------
    images : tensor of uint8, shape (n, 1, 28, 28)
        0..255.
    labels : tensor of int64, shape (n,)
        0..9.

    Raises
    ------
    FileNotFoundError
        No file of any format, or a damaged one.
    """
    root = Path(folder)
    processed = root / "MNIST" / "processed" / ("training.pt" if train else "test.pt")
    try:
        if processed.is_file():
            images, labels = torch.load(processed, weights_only=True)
        else:
            arrays = [
                _idx(_find_idx(root, train, kind)) for kind in ("images-idx3", "labels-idx1")
            ]
            images, labels = (torch.from_numpy(array) for array in arrays)
    except (ValueError, EOFError, OSError, zlib.error, RuntimeError) as error:
        if isinstance(error, DataSetError):
            raise
        raise DataSetError(f"the MNIST data in {str(root)!r} cannot be read: {error}") from error
    if len(images) != len(labels):
        raise DataSetError(f"{len(images)} images, but {len(labels)} labels, in {str(root)!r}")
    return images.reshape(-1, 1, *images.shape[-2:]).to(torch.uint8), labels.long()


def _find_idx(root: Path, train: bool, kind: str) -> Path:
    # unpacked files are also met with a dot
    names = [f"{_IDX[train]}-{kind}-ubyte", f"{_IDX[train]}-{kind}-ubyte".replace("-idx", ".idx")]
    for folder in _SUBFOLDERS:
        for name in names:
            for ending in ("", ".gz"):
                path = root / folder / (name + ending)
                if path.is_file():
                    return path
    raise DataSetError(
        f"no MNIST data in {str(root)!r}: neither MNIST/processed/*.pt nor {names[0]}[.gz] there "
        f"or in {', '.join(filter(None, _SUBFOLDERS))}; name the folder with --data-path or "
        f"{VARIABLE}"
    )


def _idx(path: Path) -> npt.NDArray[np.uint8]:
    """Array of a file in the format of the original distribution."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as file:
        content = file.read()
    magic = int.from_bytes(content[:4], "big")
    if magic not in (_IDX_IMAGES, _IDX_LABELS):
        raise DataSetError(
            f"{str(path)!r} begins with {magic}; allowed: {_IDX_IMAGES} (images), "
            f"{_IDX_LABELS} (labels)"
        )
    axes = magic & 0xFF
    shape = np.frombuffer(content, ">u4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape).copy()


@dataclass
class Activities:
    """Signals of a smartphone at the waist, in windows of 2.56 s at 50 Hz.

    Attributes
    ----------
    signals : tensor of float32, shape (n, 9, 128)
        Body acceleration (g), angular velocity (rad/s), total acceleration (g); x, y, z each.
    labels : tensor of int64, shape (n,)
        Index into `names`.
    subjects : tensor of int64, shape (n,)
        Number of the person.
    """

    signals: torch.Tensor
    labels: torch.Tensor
    subjects: torch.Tensor

    def __len__(self) -> int:
        return len(self.labels)


#: Names of the activities, by label.
ACTIVITIES = ("walking", "upstairs", "downstairs", "sitting", "standing", "lying")
_SIGNALS = [f"{kind}_{axis}" for kind in ("body_acc", "body_gyro", "total_acc") for axis in "xyz"]
_HAR_FILES = ("uci_har_inertial.npz", "har/uci_har_inertial.npz")
_HAR_FOLDERS = ("UCI HAR Dataset", "har/UCI HAR Dataset", "", "har")
_HAR_ARCHIVES = (
    "UCI HAR Dataset.zip",
    "har/UCI HAR Dataset.zip",
    "human+activity+recognition+using+smartphones.zip",
    "har/human+activity+recognition+using+smartphones.zip",
)


def load_activities(folder: Folder, train: bool) -> Activities:
    """Load human activities, in the given split by person.

    Parameters
    ----------
    folder : path
        With ``uci_har_inertial.npz``, or the official ``UCI HAR Dataset`` as an archive or
        unpacked, in it or in a sub-folder ``har``.
    train : bool
        The 7,352 windows to train on, or the 2,947 to test on.

    Raises
    ------
    FileNotFoundError
        No file of any format, or a damaged one.
    """
    root = Path(folder)
    split = "train" if train else "test"
    try:
        for name in _HAR_FILES:
            if (root / name).is_file():
                with np.load(root / name, allow_pickle=False) as archive:
                    arrays = [archive[f"{part}_{split}"] for part in ("x", "y", "subject")]
                return _activities(*arrays)
        for name in _HAR_FOLDERS:
            if (root / name / split / "Inertial Signals").is_dir():
                return _official(root / name / split, split)
        for name in _HAR_ARCHIVES:
            if (root / name).is_file():
                with zipfile.ZipFile(root / name) as archive:
                    return _from_archive(archive, split)
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataSetError(
            f"the human activity data in {str(root)!r} cannot be read: {error}"
        ) from error
    raise DataSetError(
        f"no human activity data in {str(root)!r}: neither {_HAR_FILES[0]} nor "
        f"{_HAR_FOLDERS[0]!r} nor an archive of it, there or in 'har'; name the folder with "
        f"--data-path or {VARIABLE}"
    )


def _from_archive(archive: zipfile.ZipFile, split: str) -> Activities:
    inner = [name for name in archive.namelist() if name.endswith("UCI HAR Dataset.zip")]
    if inner:
        # the official download holds the archive in an archive
        with archive.open(inner[0]) as file, zipfile.ZipFile(file) as nested:
            return _from_archive(nested, split)
    return _official(zipfile.Path(archive, f"UCI HAR Dataset/{split}/"), split)


def _official(folder: Any, split: str) -> Activities:
    """Read the text files of one split, from a folder or an archive."""

    def numbers(path: Any, kind: Any) -> npt.NDArray[Any]:
        with path.open("r") as file:
            return np.loadtxt(file, dtype=kind, ndmin=1)

    signals = [
        numbers(folder / "Inertial Signals" / f"{name}_{split}.txt", np.float32)
        for name in _SIGNALS
    ]
    labels = numbers(folder / f"y_{split}.txt", np.int64) - 1
    return _activities(
        np.stack(signals, axis=1), labels, numbers(folder / f"subject_{split}.txt", np.int64)
    )


def _activities(
    signals: npt.NDArray[Any], labels: npt.NDArray[Any], subjects: npt.NDArray[Any]
) -> Activities:
    if signals.shape[1:] != (len(_SIGNALS), 128) or not len(signals) == len(labels) == len(
        subjects
    ):
        raise DataSetError(
            f"signals have shape {signals.shape}, labels {labels.shape}, subjects "
            f"{subjects.shape}; allowed: (n, 9, 128), (n,), (n,)"
        )
    return Activities(
        torch.from_numpy(signals.astype(np.float32)),
        torch.from_numpy(labels.astype(np.int64)),
        torch.from_numpy(subjects.astype(np.int64)),
    )
