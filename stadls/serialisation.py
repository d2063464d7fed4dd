"""Recorded containers as text and as bytes: a list of archives, each with its coordinate.

Single containers and aggregates are stored by `stadls.archive`, whose format this one extends.
Nothing is executed on reading.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from stadls import archive, hal, halco, lola
from stadls.aggregate import Aggregate
from stadls.archive import FORMAT, SIGNATURE, VERSION, ArchiveError
from stadls.dumper import DumperDone
from stadls.halco.logical import LogicalNeuronCompartments, LogicalNeuronOnDLS
from stadls.halco.types import Coordinate, Interval, PlacedInterval

__all__ = ["from_json", "from_portablebinary", "to_json", "to_portablebinary"]

_TYPE = "DumperDone"
_WAIT = "Timer.Value"
_LENGTH_BYTES = 8
# What damaged content may raise on its way to an object.
_DAMAGED = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError,
            RuntimeError)


def to_json(obj: Any) -> str:
    """Text of recorded containers, or of a single container or aggregate."""
    if not isinstance(obj, DumperDone):
        return archive.to_json(obj)
    content = []
    for place, config in obj._entries:
        stored = {"type": _WAIT, "value": int(config)} if isinstance(config, hal.Timer.Value) \
            else json.loads(archive.to_json(config))
        content.append([_from_coordinate(place), stored])
    return json.dumps({"format": FORMAT, "version": VERSION, "type": _TYPE, "content": content})


def from_json(obj: Any, text: str) -> None:
    """Set a record (or a container or aggregate) to what a text holds.

    Raises
    ------
    RuntimeError
        It is something else, or of another version; the object stays as it was.
    """
    if not isinstance(obj, DumperDone):
        archive.from_json(obj, text)
        return

    def fill(config: Any, stored: Any) -> None:
        archive.from_json(config, json.dumps(stored))

    _fill(obj, _checked(text)["content"], fill)


def to_portablebinary(obj: Any) -> bytes:
    """Bytes of recorded containers, or of a single container or aggregate."""
    if not isinstance(obj, DumperDone):
        return archive.to_portablebinary(obj)
    content, pieces, end = [], [], 0
    for place, config in obj._entries:
        if isinstance(config, hal.Timer.Value):
            stored: dict[str, Any] = {"type": _WAIT, "value": int(config)}
        else:
            pieces.append(archive.to_portablebinary(config))
            stored = {"type": type(config).__name__, "begin": end, "end": end + len(pieces[-1])}
            end = stored["end"]
        content.append([_from_coordinate(place), stored])
    header = json.dumps({"format": FORMAT, "version": VERSION, "type": _TYPE,
                         "content": content}).encode()
    return b"".join((SIGNATURE, len(header).to_bytes(_LENGTH_BYTES, "little"), header, *pieces))


def from_portablebinary(obj: Any, data: bytes) -> None:
    """Set a record (or a container or aggregate) to what some bytes hold.

    Raises
    ------
    RuntimeError
        They are something else, or of another version; the object stays as it was.
    """
    if not isinstance(obj, DumperDone):
        archive.from_portablebinary(obj, data)
        return
    begin = len(SIGNATURE) + _LENGTH_BYTES
    if not data.startswith(SIGNATURE) or len(data) < begin:
        raise ArchiveError(_TYPE, "it is not written by hxemu (archives of the real software "
                                  "stack can't be read)")
    end = begin + int.from_bytes(data[len(SIGNATURE):begin], "little")
    pieces = data[end:]

    def fill(config: Any, stored: Any) -> None:
        archive.from_portablebinary(config, pieces[stored["begin"]:stored["end"]])

    _fill(obj, _checked(data[begin:end])["content"], fill)


def _checked(text: str | bytes) -> Any:
    try:
        header = json.loads(text)
    except ValueError as error:
        raise ArchiveError(_TYPE, f"it is no JSON ({error})") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ArchiveError(_TYPE, "it is not written by hxemu")
    if header.get("version") != VERSION:
        raise ArchiveError(_TYPE, f"version {header.get('version')!r} is unknown; "
                                  f"{VERSION} is read")
    if header.get("type") != _TYPE or not isinstance(header.get("content"), list):
        raise ArchiveError(_TYPE, f"it holds a {header.get('type')}")
    return header


def _fill(done: DumperDone, content: Any, fill: Callable[[Any, Any], None]) -> None:
    """Replace what a record holds."""
    entries = []
    for number, entry in enumerate(content):
        try:
            place, stored = entry
            coordinate = _to_coordinate(place)
            if stored["type"] == _WAIT:
                config = hal.Timer.Value(stored["value"])
            else:
                config = _empty(stored["type"], coordinate)
                fill(config, stored)
            entries.append((coordinate, config))
        except ArchiveError:
            raise
        except _DAMAGED as error:
            raise ArchiveError(_TYPE, f"entry {number} is damaged: {error}") from error
    try:
        done.values = entries
    except TypeError as error:
        raise ArchiveError(_TYPE, str(error)) from error


def _empty(name: str, place: Any) -> Any:
    """A container to be filled; some are as large as their coordinate."""
    kind = getattr(lola if name in dir(lola) else hal, name)
    return kind.for_coordinate(place) if issubclass(kind, Aggregate) else kind()


# --- coordinates


def _from_coordinate(place: Any) -> dict[str, Any]:
    name = type(place).__name__
    if isinstance(place, Interval):
        result = {"type": name, "min": int(place.toMin()), "max": int(place.toMax())}
        if isinstance(place, PlacedInterval):
            result["outer"] = int(place._outer)
        return result
    if isinstance(place, LogicalNeuronOnDLS):
        compartments, anchor = place._key()
        return {"type": name, "anchor": int(anchor),
                "compartments": [[int(c), [int(n) for n in neurons]] for c, neurons
                                 in compartments.get_compartments().items()]}
    return {"type": name, "enum": int(place)}


def _to_coordinate(entry: Mapping[str, Any]) -> Any:
    if entry["type"] == LogicalNeuronOnDLS.__name__:
        compartments = {
            halco.CompartmentOnLogicalNeuron(c):
                [halco.AtomicNeuronOnLogicalNeuron(halco.Enum(n)) for n in neurons]
            for c, neurons in entry["compartments"]}
        return LogicalNeuronOnDLS(LogicalNeuronCompartments(compartments),
                                  halco.AtomicNeuronOnDLS(halco.Enum(entry["anchor"])))
    kind = halco.coordinate(entry["type"])
    if issubclass(kind, PlacedInterval):
        local = halco.coordinate(kind._local_type)
        outer = halco.coordinate(kind._outer_type)
        return kind(local(*_bounds(local, entry)), outer(entry["outer"]))
    if issubclass(kind, Interval):
        return kind(*_bounds(kind, entry))
    if not issubclass(kind, Coordinate):
        raise TypeError(f"{entry['type']} is no coordinate")
    number = entry["enum"]
    if type(number) is not int or not kind.min <= number <= kind.max:
        raise ValueError(f"{entry['type']} has no enum {number!r}")
    return kind._of(number)


def _bounds(kind: Any, entry: Mapping[str, Any]) -> tuple[Any, Any]:
    bound = halco.coordinate(kind._bound)
    return bound(entry["min"]), bound(entry["max"])
