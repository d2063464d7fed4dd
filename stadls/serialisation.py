"""Recorded containers as text and as bytes, in a versioned format of hxemu's own.

A record becomes a JSON document: every container by its type and the numbers that it stores,
every coordinate by its type and its enum. The binary form is the same document with all long
arrays moved out, behind each other, as little-endian numbers. Nothing is executed on reading.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from fisch import registers
from stadls import hal, halco, lola
from stadls.aggregate import Aggregate
from stadls.dumper import DumperDone
from stadls.halco.types import Coordinate, Interval, PlacedInterval

__all__ = ["FormatError", "from_json", "from_portablebinary", "to_json", "to_portablebinary"]

FORMAT = "hxemu-dumper"
VERSION = 1
MAGIC = b"hxemu-dumper\n"
# Arrays of at least this many numbers are stored outside of the document.
_LONG = 64
_DTYPES = frozenset({"bool", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16",
                     "uint8"})
_WAIT = "Timer.Value"


class FormatError(RuntimeError):
    """Text or bytes are no recorded containers, or of a version that can't be read."""


def to_json(done: DumperDone) -> str:
    """Text of recorded containers."""
    return json.dumps(_document(done, _listed))


def from_json(done: DumperDone, text: str) -> None:
    """Replace what a record holds by that of a text.

    Raises
    ------
    RuntimeError
        It is no such text.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise FormatError(f"no recorded containers: {error}") from error
    _fill(done, document, _unlisted)


def to_portablebinary(done: DumperDone) -> bytes:
    """Bytes of recorded containers."""
    arrays: list[bytes] = []
    position = 0

    def store(array: npt.NDArray[Any]) -> Any:
        nonlocal position
        if array.size < _LONG:
            return _listed(array)
        data = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        arrays.append(data)
        position += len(data)
        return {"dtype": array.dtype.name, "shape": list(array.shape), "end": position}

    header = json.dumps(_document(done, store)).encode()
    return b"".join((MAGIC, len(header).to_bytes(8, "little"), header, *arrays))


def from_portablebinary(done: DumperDone, data: bytes) -> None:
    """Replace what a record holds by that of some bytes.

    Raises
    ------
    RuntimeError
        They are something else; files of the real system's archive format are refused.
    """
    begin = len(MAGIC) + 8
    if data[:len(MAGIC)] != MAGIC or len(data) < begin:
        raise FormatError("no recorded containers of hxemu (binary archives of the real system's "
                          "format can't be read)")
    end = begin + int.from_bytes(data[len(MAGIC):begin], "little")
    try:
        document = json.loads(data[begin:end])
    except ValueError as error:
        raise FormatError(f"no recorded containers: {error}") from error
    arrays = memoryview(data)[end:]

    def load(entry: Any) -> npt.NDArray[Any]:
        if "end" not in entry:
            return _unlisted(entry)
        dtype = _dtype(entry).newbyteorder("<")
        stop = int(entry["end"])
        count = int(np.prod(entry["shape"]))
        found = np.frombuffer(arrays[stop - count * dtype.itemsize:stop], dtype)
        return found.reshape(entry["shape"]).astype(_dtype(entry))

    _fill(done, document, load)


# --- arrays


def _listed(array: npt.NDArray[Any]) -> Any:
    return {"dtype": array.dtype.name, "values": array.tolist()}


def _unlisted(entry: Any) -> npt.NDArray[Any]:
    return np.array(entry["values"], _dtype(entry))


def _dtype(entry: Any) -> np.dtype[Any]:
    if entry["dtype"] not in _DTYPES:
        raise ValueError(f"array of {entry['dtype']!r}")
    return np.dtype(entry["dtype"])


# --- entries


def _document(done: DumperDone, store: Callable[[npt.NDArray[Any]], Any]) -> dict[str, Any]:
    entries = [[_from_coordinate(c), _from_config(v, store)] for c, v in done._entries]
    return {"format": FORMAT, "version": VERSION, "values": entries}


def _fill(done: DumperDone, document: Any, load: Callable[[Any], npt.NDArray[Any]]) -> None:
    """Replace what a record holds; it stays as it was if anything is wrong."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise FormatError("no recorded containers of hxemu")
    if document.get("version") != VERSION:
        raise FormatError(f"recorded containers of version {document.get('version')!r}; "
                          f"version {VERSION} can be read")
    try:
        values = [(_to_coordinate(c), _to_config(v, load)) for c, v in document["values"]]
        done.values = values
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise FormatError(f"no recorded containers: {error}") from error


def _from_coordinate(place: Any) -> dict[str, Any]:
    name = type(place).__name__
    if isinstance(place, Interval):
        result = {"type": name, "min": int(place.toMin()), "max": int(place.toMax())}
        if isinstance(place, PlacedInterval):
            result["outer"] = int(place._outer)
        return result
    return {"type": name, "enum": int(place)}


def _to_coordinate(entry: Mapping[str, Any]) -> Any:
    kind = halco.coordinate(entry["type"])
    if issubclass(kind, PlacedInterval):
        local = halco.coordinate(kind._local_type)
        outer = halco.coordinate(kind._outer_type)
        return kind(local(*_bounds(local, entry)), outer._of(int(entry["outer"])))
    if issubclass(kind, Interval):
        return kind(*_bounds(kind, entry))
    number = int(entry["enum"])
    if not (issubclass(kind, Coordinate) and kind.min <= number <= kind.max):
        raise ValueError(f"{entry['type']} has no enum {number}")
    return kind._of(number)


def _bounds(kind: Any, entry: Mapping[str, Any]) -> tuple[Any, Any]:
    bound = halco.coordinate(kind._bound)
    return bound(int(entry["min"])), bound(int(entry["max"]))


def _from_config(config: Any, store: Callable[[npt.NDArray[Any]], Any]) -> dict[str, Any]:
    if isinstance(config, hal.Timer.Value):
        return {"type": _WAIT, "value": int(config)}
    tree = config._data if isinstance(config, Aggregate) else config._values
    return {"type": type(config).__name__, "fields": _from_tree(tree, store)}


def _from_tree(tree: Mapping[str, Any], store: Callable[[npt.NDArray[Any]], Any]) -> Any:
    result: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            result[name] = {"tree": _from_tree(value, store)}
        elif isinstance(value, np.ndarray):
            result[name] = store(value)
        else:
            result[name] = value
    return result


def _to_tree(template: Mapping[str, Any], entry: Mapping[str, Any], name: str,
             load: Callable[[Any], npt.NDArray[Any]], sized: bool) -> dict[str, Any]:
    """Numbers of a container, of the same form as those of its default."""
    if entry.keys() != template.keys():
        raise ValueError(f"{name} has {', '.join(template)}, not {', '.join(entry)}")
    result: dict[str, Any] = {}
    for key, default in template.items():
        value = entry[key]
        if isinstance(default, Mapping):
            result[key] = _to_tree(default, value["tree"], name, load, sized)
        elif isinstance(default, np.ndarray):
            found = load(value)
            if sized and found.shape != default.shape:
                raise ValueError(f"{name}.{key} of shape {found.shape}, not {default.shape}")
            result[key] = found.astype(default.dtype)
        else:
            if type(value) not in (int, bool):
                raise TypeError(f"{name}.{key} is {value!r}")
            result[key] = value
    return result


def _to_config(entry: Mapping[str, Any], load: Callable[[Any], npt.NDArray[Any]]) -> Any:
    name = entry["type"]
    if name == _WAIT:
        return hal.Timer.Value(int(entry["value"]))
    kind = getattr(lola if name in dir(lola) else hal, name)
    config = copy.copy(kind())
    if isinstance(config, Aggregate):
        # some hold as many words as they were made for
        config._data = _to_tree(config._data, entry["fields"], name, load, sized=False)
        return config
    config._values = _to_tree(config._values, entry["fields"], name, load, sized=True)
    # raises for a value out of range
    registers.encode(name, config._values)
    return config
