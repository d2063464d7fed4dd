"""What the examples share: optional packages, progress bars, confusion matrices, provenance."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch


class MissingExtraError(ImportError):
    """A package of the ``demo`` extra is not installed."""


def require(module: str) -> Any:
    """Import a package of the ``demo`` extra.

    Raises
    ------
    ImportError
        It is not installed; the text says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"the demo needs '{module.split('.')[0]}', which is not installed: "
            "pip install 'hxemu[demo]'"
        ) from error


class Sized:
    """An iterable with a known length, so that a progress bar can show an end."""

    def __init__(self, iterable: Iterable[Any], length: int) -> None:
        self._iterable = iterable
        self._length = length

    def __iter__(self) -> Iterator[Any]:
        return iter(self._iterable)

    def __len__(self) -> int:
        return self._length


def progress_bar(batches: Iterable[Any], title: str) -> Iterable[Any]:
    """Show a progress bar while iterating, on a terminal and if tqdm is installed."""
    try:
        tqdm = require("tqdm").tqdm
    except MissingExtraError:
        return batches
    bar: Iterable[Any] = tqdm(
        batches, desc=f"{title:>16}", unit="batch", leave=False, disable=None
    )
    return bar


def confusion_matrix(true: torch.Tensor, predicted: torch.Tensor, classes: int) -> torch.Tensor:
    """Count answers: shape (classes, classes), by true class, then answer."""
    counts = torch.bincount(true * classes + predicted, minlength=classes**2)
    return counts.reshape(classes, classes)


def draw_confusion(
    axis: Any,
    confusion: torch.Tensor,
    *,
    largest: int | None = None,
    names: Sequence[str] | None = None,
    fontsize: float = 8,
) -> None:
    """Draw a confusion matrix with its counts.

    Parameters
    ----------
    axis : matplotlib axes
        Where to draw.
    confusion : tensor of int, shape (classes, classes)
        By true class, then answer.
    largest : int, optional
        Count of the darkest colour; its own largest by default.
    names : sequence of str, optional
        Of the classes; their numbers by default.
    fontsize : float
        Of the counts.
    """
    colors = require("matplotlib.colors")
    classes = len(confusion)
    largest = int(confusion.max()) if largest is None else largest
    # a logarithmic scale, so that a single confusion is visible beside many right answers
    axis.imshow(
        confusion.numpy() + 0.1, cmap="Blues", norm=colors.LogNorm(vmin=0.1, vmax=max(largest, 1))
    )
    for true in range(classes):
        for predicted in range(classes):
            count = int(confusion[true, predicted])
            if count:
                axis.text(
                    predicted,
                    true,
                    count,
                    ha="center",
                    va="center",
                    fontsize=fontsize,
                    color="white" if count > math.sqrt(largest) else "black",
                )
    axis.set_xticks(range(classes), names, **({} if names is None else {"rotation": 90}))
    axis.set_yticks(range(classes), names)
    axis.set(xlabel="answer")


def describe(run_info: dict[str, Any]) -> str:
    """One line that says what a result ran on."""
    parts = [f"{run_info['kind']} {run_info['identifier']}"]
    for key in ("revision", "seed", "noise_seed", "configuration"):
        if run_info.get(key) is not None:
            parts.append(f"{key.replace('_', ' ')} {run_info[key]}")
    if run_info.get("calibration"):
        parts.append(f"calibration {run_info['calibration']['checksum'][:8]}")
    return ", ".join([*parts, f"hxemu {run_info['version']}"])


def provenance(mock: bool) -> dict[str, Any]:
    """What a result ran on, in plain types: of the hardware that is held, or of the mock."""
    if mock:
        from hxtorch.perceptron import get_mock_parameter

        parameter = get_mock_parameter()
        return {"kind": "mock", "gain": parameter.gain, "noise_std": parameter.noise_std}
    from hxtorch import emulation

    return plain(emulation.run_info())


def plain(value: Any) -> Any:
    """Reduce to types that every reader of a checkpoint knows."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return value if isinstance(value, bool | int | float | str | None) else str(value)


def where(run: dict[str, Any]) -> str:
    """One line that says what a result ran on, hardware or mock."""
    if run["kind"] == "mock":
        return f"mock, gain {run['gain']:.5f}, noise {run['noise_std']:.2f} LSB"
    return describe(run)
