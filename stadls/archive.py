"""Containers and aggregates as text and as bytes: hxemu's own formats, with a version.

The text is JSON, ``{"format": "hxemu", "version": 1, "type": ..., "content": ...}``; numbers are
those that the registers hold. The bytes begin with a signature, the length of a JSON header
and that header; the arrays follow, little-endian, one after the other. Nothing in either form
is executed on reading.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from fisch import registers
from stadls.aggregate import Aggregate, assign_tree
from stadls.hal.types import Container

__all__ = ["ArchiveError", "from_json", "from_portablebinary", "to_json", "to_portablebinary"]

FORMAT = "hxemu"
VERSION = 1
SIGNATURE = b"HXEMU\x00\r\n"
_LENGTH = struct.Struct("<Q")
# The first byte of the real stack's archives tells their byte order.
_FOREIGN = (b"\x00", b"\x01")


class ArchiveError(RuntimeError):
    """Text or bytes cannot be read into an object.

    Attributes
    ----------
    wanted
        Type of the object.
    """

    def __init__(self, wanted: str, reason: str) -> None:
        super().__init__(wanted, reason)
        self.wanted = wanted
        self.reason = reason

    def __str__(self) -> str:
        return f"this can't be read as {self.wanted}: {self.reason}"


def _name(obj: Any) -> str:
    if not isinstance(obj, Container | Aggregate):
        raise TypeError(f"a container is needed, not {obj!r}")
    return type(obj).__name__


def _tree(obj: Any) -> Mapping[str, Any]:
    """Arrays and numbers of an object."""
    found: Mapping[str, Any] = obj._data if isinstance(obj, Aggregate) else obj._values
    return found


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Paths and arrays, numbers as arrays without axes."""
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", np.asarray(value)


def _nested(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {n: _nested(v) if isinstance(v, Mapping) else np.asarray(v).tolist()
            for n, v in tree.items()}


def _put(obj: Any, found: Mapping[str, npt.NDArray[Any]]) -> None:
    """Store arrays by path, after all of them are checked."""
    name = _name(obj)
    checked = {}
    for path, now in _flat(_tree(obj)):
        if path not in found:
            raise ArchiveError(name, f"{path} is missing")
        array = found[path]
        if array.shape != now.shape:
            raise ArchiveError(name, f"{path} has shape {array.shape}, not {now.shape}")
        if array.dtype.kind not in "biu":
            raise ArchiveError(name, f"{path} holds {array.dtype}, not integers")
        with np.errstate(all="ignore"):
            cast = array.astype(now.dtype)
        if not np.array_equal(cast, array):
            raise ArchiveError(name, f"{path} does not fit {now.dtype}")
        checked[path] = cast
    unknown = found.keys() - checked.keys()
    if unknown:
        raise ArchiveError(name, f"it has no {', '.join(sorted(unknown))}")
    if isinstance(obj, Container):
        values = {n: a if a.ndim else a.item() for n, a in checked.items()}
        _check(name, lambda: registers.encode(obj._name, values))
        for path, value in values.items():
            if isinstance(value, np.ndarray):
                obj._values[path][...] = value
            else:
                obj._values[path] = value
        return
    tree = _grown(checked)
    trial = type(obj)(obj)
    assign_tree(trial._data, tree)
    _check(name, trial.check)
    assign_tree(obj._data, tree)


def _check(name: str, action: Any) -> None:
    try:
        action()
    except registers.FieldRangeError as error:
        raise ArchiveError(name, str(error)) from error


def _grown(flat: Mapping[str, npt.NDArray[Any]]) -> dict[str, Any]:
    """Nested dictionaries from paths."""
    tree: dict[str, Any] = {}
    for path, array in flat.items():
        *outer, last = path.split(".")
        place = tree
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = array
    return tree


def _arrays(name: str, content: Any, prefix: str = "") -> Iterator[tuple[str, npt.NDArray[Any]]]:
    if not isinstance(content, dict):
        raise ArchiveError(name, f"{prefix[:-1] or 'the content'} is no object")
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _arrays(name, value, f"{prefix}{key}.")
        else:
            try:
                yield f"{prefix}{key}", np.array(value)
            except ValueError as error:
                raise ArchiveError(name, f"{prefix}{key} is no array") from error


def _check_header(name: str, header: Any) -> None:
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ArchiveError(name, "it is not written by hxemu")
    if header.get("version") != VERSION:
        raise ArchiveError(
            name, f"version {header.get('version')!r} is unknown; version {VERSION} is read")
    if header.get("type") != name:
        raise ArchiveError(name, f"it holds a {header.get('type')}")


def to_json(obj: Any) -> str:
    """Text of a container or aggregate.

    Parameters
    ----------
    obj
        Of ``hal`` or ``lola``.
    """
    return json.dumps({"format": FORMAT, "version": VERSION, "type": _name(obj),
                       "content": _nested(_tree(obj))})


def from_json(obj: Any, text: str) -> None:
    """Set all values of a container or aggregate from its text.

    Parameters
    ----------
    obj
        Of the type that was written; changed in place.
    text
        What :func:`to_json` gave.

    Raises
    ------
    RuntimeError
        It is something else, of another version or type, or holds values out of range.
    """
    name = _name(obj)
    try:
        header = json.loads(text)
    except ValueError as error:
        raise ArchiveError(name, f"it is no JSON ({error})") from error
    _check_header(name, header)
    _put(obj, dict(_arrays(name, header.get("content"))))


def to_portablebinary(obj: Any) -> bytes:
    """Bytes of a container or aggregate, as :func:`to_json` but compact."""
    name = _name(obj)
    arrays = list(_flat(_tree(obj)))
    header = json.dumps({
        "format": FORMAT, "version": VERSION, "type": name,
        "arrays": [[path, a.dtype.newbyteorder("<").str, a.shape] for path, a in arrays]}).encode()
    return b"".join([SIGNATURE, _LENGTH.pack(len(header)), header,
                     *(a.astype(a.dtype.newbyteorder("<"), copy=False).tobytes()
                       for _, a in arrays)])


def from_portablebinary(obj: Any, data: bytes) -> None:
    """Set all values of a container or aggregate from its bytes.

    Raises
    ------
    RuntimeError
        They are something else, an archive of the real software stack for example, of another
        version or type, or hold values out of range.
    """
    name = _name(obj)
    raw = bytes(data)
    if not raw.startswith(SIGNATURE):
        if raw[:1] in _FOREIGN:
            raise ArchiveError(name, "it looks like a portable-binary archive of the real "
                                     "software stack, whose format hxemu does not read")
        raise ArchiveError(name, "it is not written by hxemu")
    begin = len(SIGNATURE) + _LENGTH.size
    if len(raw) < begin:
        raise ArchiveError(name, "it is cut off")
    end = begin + _LENGTH.unpack_from(raw, len(SIGNATURE))[0]
    try:
        header = json.loads(raw[begin:end])
    except ValueError as error:
        raise ArchiveError(name, "its header is damaged") from error
    _check_header(name, header)
    found = {}
    for path, dtype, shape in _described(name, header):
        count = int(np.prod(shape, dtype=np.int64))
        last = end + count * dtype.itemsize
        if last > len(raw):
            raise ArchiveError(name, "it is cut off")
        found[path] = np.frombuffer(raw, dtype, count, end).reshape(shape)
        end = last
    if end != len(raw):
        raise ArchiveError(name, "it is longer than it should be")
    _put(obj, found)


def _described(name: str, header: Mapping[str, Any]
               ) -> Iterator[tuple[str, np.dtype[Any], tuple[int, ...]]]:
    """Paths, types and shapes of the arrays of a header."""
    try:
        for path, kind, shape in header["arrays"]:
            dtype = np.dtype(str(kind))
            sizes = tuple(int(n) for n in shape)
            if dtype.kind not in "biu" or any(n < 0 for n in sizes):
                raise ValueError(kind)
            yield str(path), dtype, sizes
    except (KeyError, TypeError, ValueError) as error:
        raise ArchiveError(name, "its header is damaged") from error
