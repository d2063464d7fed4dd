"""A linear sequence of operations with their parameters, to be stored and run without torch.

Data are integers in rows, one per batch entry. An operation cuts them into rows of its own input
size, as the memory lies; so what a model does by reshaping between operations needs no step of
its own.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from hxtorch.errors import SequenceFileError

I8 = npt.NDArray[np.int8]

FORMAT = "hxemu operation sequence"
VERSION = 1


@dataclass(frozen=True, eq=False)
class Operation:
    """Base of all operations; `name` is what `InferenceTracer.stop` tells."""

    name: ClassVar[str]


@dataclass(frozen=True, eq=False)
class MAC(Operation):
    """A matrix product.

    Attributes
    ----------
    weights : array of int8, shape (N, M)
        -63..63.
    num_sends, wait_between_events : int
        Repetitions of a vector, spacing of events in FPGA cycles.
    """

    weights: I8
    num_sends: int
    wait_between_events: int
    name: ClassVar[str] = "mac"


@dataclass(frozen=True, eq=False)
class Convolution(Operation):
    """A convolution along one or more axes; its products count as one matrix product.

    Attributes
    ----------
    weights : array of int8, shape (O, C, K...)
        -63..63.
    lengths, stride : tuple of int
        Size of the input, and step of the kernel, along each axis.
    num_sends, wait_between_events : int
        As for `MAC`.
    """

    weights: I8
    lengths: tuple[int, ...]
    stride: tuple[int, ...]
    num_sends: int
    wait_between_events: int
    name: ClassVar[str] = "mac"


@dataclass(frozen=True, eq=False)
class ReLU(Operation):
    """Negative values become 0."""

    name: ClassVar[str] = "relu"


@dataclass(frozen=True, eq=False)
class ConvertingReLU(Operation):
    """Rectification, shift right by `shift` bits, at most 31."""

    shift: int
    name: ClassVar[str] = "converting_relu"


@dataclass(frozen=True, eq=False)
class Addition(Operation):
    """Saturating sum with `other`, an array of int8 of shape (N,)."""

    other: I8
    name: ClassVar[str] = "add"


@dataclass(frozen=True, eq=False)
class ArgMax(Operation):
    """Index of the first maximum of rows of `size` values."""

    size: int
    name: ClassVar[str] = "argmax"


_KINDS = {
    kind.__name__: kind for kind in (MAC, Convolution, ReLU, ConvertingReLU, Addition, ArgMax)
}


#: What reading a file of another format, or a part of one, raises.
_DAMAGED = (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile)


def takes_activations(operation: Operation) -> bool:
    """Whether the input is an activation, 0..31, rather than an 8-bit result."""
    return isinstance(operation, MAC | Convolution)


def save(path: str | os.PathLike[str], operations: Sequence[Operation]) -> None:
    """Write a sequence: a JSON header and the arrays, in one NumPy archive without pickle."""
    header: list[dict[str, Any]] = []
    arrays: dict[str, npt.NDArray[Any]] = {}
    for operation in operations:
        entry: dict[str, Any] = {"kind": type(operation).__name__}
        for field in fields(operation):
            value = getattr(operation, field.name)
            if isinstance(value, np.ndarray):
                key = f"array{len(arrays)}"
                arrays[key] = value
                value = {"array": key}
            entry[field.name] = value
        header.append(entry)
    text = json.dumps({"format": FORMAT, "version": VERSION, "operations": header})
    with open(path, "wb") as file:
        np.savez_compressed(
            file, allow_pickle=False, header=np.frombuffer(text.encode(), np.uint8), **arrays
        )


def load(path: str | os.PathLike[str]) -> list[Operation]:
    """Read a sequence.

    Raises
    ------
    RuntimeError
        The file does not exist, is damaged, or is of another format.
    """
    shown = str(path)
    if not Path(path).is_file():
        raise SequenceFileError(f"{shown!r} does not exist")
    if Path(path).stat().st_size == 0:
        raise SequenceFileError(f"{shown!r} is empty")
    try:
        with np.load(path, allow_pickle=False) as archive:
            header = json.loads(bytes(archive["header"]).decode())
            if header["format"] != FORMAT or header["version"] != VERSION:
                raise SequenceFileError(
                    f"{shown!r} is of format {header['format']!r}, version {header['version']}; "
                    f"allowed: {FORMAT!r}, version {VERSION}"
                )
            return [_restore(entry, archive) for entry in header["operations"]]
    except _DAMAGED as error:
        raise SequenceFileError(
            f"{shown!r} is no intact operation sequence of hxemu (archives of the real software "
            f"stack cannot be read): {error}"
        ) from error


def _restore(entry: dict[str, Any], archive: Any) -> Operation:
    values = dict(entry)
    kind = _KINDS[values.pop("kind")]
    for name, value in values.items():
        if isinstance(value, dict):
            values[name] = archive[value["array"]]
        elif isinstance(value, list):
            values[name] = tuple(value)
    operation: Operation = kind(**values)
    return operation
