"""The nominal configuration of the chip for matrix multiplication, without a calibration.

The values stand in ``data/hagen_nominal.json``. :func:`hagen_words` encodes them once, in
vectorised passes; :func:`hagen` gives the same configuration as coordinates and containers,
to be read, changed or written one by one. The crossbar is not part of it, and drivers stay
switched off: which events reach which row is up to the operation.

>>> from stadls import nominal
>>> addresses, words = nominal.hagen_words()
>>> builder.write_block(addresses, words)                               # doctest: +SKIP
"""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module, resources
from typing import Any

import numpy as np
import numpy.typing as npt

from fisch import registers

__all__ = ["hagen", "hagen_words"]


class UnknownRevisionError(ValueError):
    """There is no chip of this revision."""

    def __init__(self, revision: str, known: tuple[str, ...]):
        super().__init__(f"unknown chip revision {revision!r}; known: {', '.join(known)}")
        self.revision = revision
        self.known = known


@cache
def _data() -> dict[str, Any]:
    text = resources.files("stadls.data").joinpath("hagen_nominal.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


@cache
def _containers(revision: str) -> dict[str, dict[str, Any]]:
    """``{container: {field: value}}``, the same for every coordinate of the container."""
    data = _data()
    if revision not in data["revisions"]:
        raise UnknownRevisionError(revision, tuple(data["revisions"]))
    changes = data["revisions"][revision]
    return {name: {**fields, **changes.get(name, {})}
            for name, fields in data["containers"].items()}


@cache
def _capmem_codes() -> npt.NDArray[np.uint16]:
    """Codes of all cells, shape (12480,), by enum of ``CapMemCellOnDLS``."""
    coordinates = registers.raw_coordinates()
    data = _data()["capmem"]
    rows = coordinates["CapMemRowOnCapMemBlock"]["constants"]
    columns = coordinates["CapMemColumnOnCapMemBlock"]["size"]
    codes = np.zeros((coordinates["CapMemBlockOnDLS"]["size"], len(rows), columns), np.uint16)
    neurons = coordinates["NeuronConfigOnNeuronConfigBlock"]["size"]
    for name, code in data["neuron"].items():
        codes[:, rows[name], :neurons] = code
    blocks = codes.reshape(len(codes), -1)
    constants = coordinates["CapMemCellOnCapMemBlock"]["constants"]
    for name, code in data["block"].items():
        blocks[:, constants[name]] = code
    flat = blocks.reshape(-1)
    for name, code in data["chip"].items():
        flat[coordinates["CapMemCellOnDLS"]["constants"][name]] = code
    flat.setflags(write=False)
    return flat


@cache
def hagen_words(revision: str = "v3") -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Omnibus addresses and words of the nominal configuration, in the order of writing.

    Parameters
    ----------
    revision
        ``"v1"``, ``"v2"`` or ``"v3"``.

    Returns
    -------
    addresses, words : ndarray of uint32, shape (n,)
        Read-only.

    Raises
    ------
    ValueError
        Unknown revision.
    """
    values = _containers(revision)
    addresses, words = [], []

    def add(name: str, block: npt.NDArray[np.uint32]) -> None:
        where = registers.addresses(name, np.arange(len(block)), "Omnibus")
        addresses.append(where.ravel())
        words.append(block.ravel())

    cells = _capmem_codes()
    add("CapMemCell", registers.encode_block("CapMemCell", {"value": cells}))
    for name, fields in values.items():
        word = registers.encode(name, _broadcast(name, fields))
        size = registers.container(name).coordinate_size
        assert size is not None
        add(name, np.tile(np.array(word, np.uint32), (size, 1)))
    result = np.concatenate(addresses), np.concatenate(words)
    for array in result:
        array.setflags(write=False)
    return result


def _broadcast(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """One value for all elements of an array field."""
    declared = registers.container(name).fields
    return {key: [value] * declared[key].shape[0] if declared[key].shape else value
            for key, value in fields.items()}


def hagen(revision: str = "v3") -> list[tuple[Any, Any]]:
    """Coordinates and containers of the nominal configuration, in the order of writing.

    Parameters
    ----------
    revision
        ``"v1"``, ``"v2"`` or ``"v3"``.

    Returns
    -------
    list of (coordinate, container)
        Fresh containers; writing all of them sends the words of :func:`hagen_words`.
    """
    hal: Any = import_module("stadls.hal")
    halco: Any = import_module("stadls.halco")
    values = _containers(revision)
    result = []
    for coordinate, code in zip(halco.iter_all(halco.CapMemCellOnDLS), _capmem_codes().tolist(),
                                strict=True):
        result.append((coordinate, hal.CapMemCell(hal.CapMemCell.Value(code))))
    for name, fields in values.items():
        kind = getattr(hal, name)
        words = registers.encode(name, _broadcast(name, fields))
        for coordinate in halco.iter_all(kind.coordinate_type):
            result.append((coordinate, kind.decode(words, coordinate)))
    return result
