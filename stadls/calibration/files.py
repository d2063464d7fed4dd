"""Files of calibrations.

A file is a zip archive as NumPy's ``.npz``: ``header.json`` with format, version, chip, targets
and options, and one ``.npy`` for each array, never pickled. The comment of the archive, its
last 64 bytes, is the SHA-256 of all bytes before it: a file that was cut short or changed is
refused before anything in it is looked at.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stadls.calibration.errors import CalibrationFileError
from stadls.calibration.results import CalibResult
from stadls.calibration.session import REVISIONS, Origin
from stadls.calibration.state import ChipState
from stadls.calibration.targets import CalibOptions, CalibTarget, ParameterRange, Parameters

__all__ = ["dumps", "fingerprint", "load", "loads", "save"]

FORMAT = "hxemu calibration"
VERSION = 1
MAX_BYTES = 8 << 20
_DIGEST = 64
_HEADER = "header.json"
_FOREIGN = {b"\x80": "a pickle", b"\x1f\x8b": "a compressed text archive",
            b"\x00": "a portable binary archive", b"\x01": "a portable binary archive"}
_EPOCH = (1980, 1, 1, 0, 0, 0)

Arrays = dict[str, npt.NDArray[Any]]


def _classes() -> dict[str, type]:
    """Everything that a file may hold, by name."""
    import stadls.calibration.hagen  # noqa: F401 - declares what is listed here

    found: dict[str, type] = {"ParameterRange": ParameterRange}

    def add(kind: type) -> None:
        children: list[type] = kind.__subclasses__()
        for child in children:
            if child.__module__.startswith("stadls.calibration."):
                found[child.__name__] = child
            add(child)

    add(CalibResult)
    add(Parameters)
    return found


# to plain data -------------------------------------------------------------------------------


def _plain(value: Any, path: str, arrays: Arrays) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biuf":
            raise TypeError(f"{path} holds {value.dtype}, not numbers")
        arrays[path] = np.ascontiguousarray(value)
        return {"array": path}
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return {"list": [_plain(v, f"{path}.{i}", arrays) for i, v in enumerate(value)]}
    if isinstance(value, Mapping):
        return {"map": {str(k): _plain(v, f"{path}.{k}", arrays) for k, v in value.items()}}
    if is_dataclass(value):
        return {"class": type(value).__name__, "fields": {
            f.name: _plain(getattr(value, f.name), f"{path}.{f.name}", arrays)
            for f in fields(value) if f.name != "origin"}}
    raise TypeError(f"{path} can't be stored: {value!r}")


def fingerprint(*values: Any) -> str:
    """Digest of the contents of targets, options and plain values, as hexadecimal text."""
    arrays: Arrays = {}
    tree = [_plain(v, str(i), arrays) for i, v in enumerate(values)]
    digest = hashlib.sha256(json.dumps(tree, sort_keys=True).encode())
    for path in sorted(arrays):
        found = arrays[path]
        digest.update(f"{path} {found.dtype.str} {found.shape}".encode())
        digest.update(found.tobytes())
    return digest.hexdigest()


def dumps(result: CalibResult) -> bytes:
    """Contents of a file: the same bytes for the same result."""
    arrays: Arrays = {}
    content = _plain(result, "result", arrays)
    header = {
        "format": FORMAT, "version": VERSION, "identifier": result.origin.identifier,
        "revision": result.origin.revision, "software": result.origin.version,
        "success": {k: list(v) for k, v in result.success_counts().items()},
        "content": content}
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(header, indent=1, sort_keys=True, allow_nan=False)
        archive.writestr(_info(_HEADER), text.encode())
        for path in sorted(arrays):
            piece = BytesIO()
            stored = arrays[path]
            np.lib.format.write_array(
                piece, stored.astype(stored.dtype.newbyteorder("<")), allow_pickle=False)
            archive.writestr(_info(f"{path}.npy"), piece.getvalue())
        archive.comment = b"0" * _DIGEST
    body = stream.getvalue()[:-_DIGEST]
    return body + hashlib.sha256(body).hexdigest().encode()


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    return info


# from plain data -----------------------------------------------------------------------------


class _Reader:
    """Builds objects out of a header and arrays, checking all of it."""

    def __init__(self, arrays: Arrays, origin: Origin) -> None:
        self._arrays = arrays
        self._origin = origin
        self._kinds = _classes()
        self.used: set[str] = set()

    def value(self, tree: Any, wanted: type | None = None) -> Any:
        if not isinstance(tree, dict):
            if wanted is not None or isinstance(tree, list):
                raise ValueError(f"{tree!r} stands where {wanted or 'a value'} belongs")
            return tree
        if set(tree) == {"array"}:
            self.used.add(tree["array"])
            return self._arrays[tree["array"]]
        if set(tree) == {"list"}:
            return [self.value(v) for v in tree["list"]]
        if set(tree) == {"map"}:
            return {k: self.value(v) for k, v in tree["map"].items()}
        if set(tree) != {"class", "fields"}:
            raise ValueError(f"unknown content {sorted(tree)}")
        return self._object(tree["class"], tree["fields"], wanted)

    def _object(self, name: str, values: dict[str, Any], wanted: type | None) -> Any:
        kind = self._kinds.get(name)
        if kind is None or (wanted is not None and not issubclass(kind, wanted)):
            raise ValueError(f"unknown content {name!r}")
        given = dict(values)
        known = {f.name: f for f in fields(kind)}
        unknown = given.keys() - known.keys()
        missing = [n for n, f in known.items() if n not in given and n != "origin"
                   and f.default is MISSING and f.default_factory is MISSING]
        if unknown or missing:
            raise ValueError(f"{name}: unknown {sorted(unknown)}, missing {missing}")
        parts = {}
        for key, tree in given.items():
            expected = _EXPECTED.get(key) if issubclass(kind, CalibResult) else None
            parts[key] = self.value(tree, expected)
            spec = known[key].metadata.get("array")
            if spec is not None and (problem := spec.problem(parts[key])):
                raise ValueError(f"{key} {problem}")
        if issubclass(kind, CalibResult):
            parts["origin"] = self._origin
        return kind(**parts)


_EXPECTED: dict[str, type] = {"target": CalibTarget, "options": CalibOptions}


def loads(data: bytes, path: object = "calibration") -> Any:
    """Make a result of the contents of a file.

    Parameters
    ----------
    data
        Contents.
    path
        What errors call it.

    Raises
    ------
    CalibrationFileError
        It is no calibration, is damaged, or comes from a later version (a ValueError).
    """
    if len(data) > MAX_BYTES:
        raise CalibrationFileError(path, f"is larger than {MAX_BYTES} bytes")
    if not data.startswith(b"PK"):
        kind = next((name for start, name in _FOREIGN.items() if data.startswith(start)), None)
        raise CalibrationFileError(
            path, f"is {kind} of the real software stack, as it seems; hxemu reads its own files, "
            "which `hxemu calibrate` writes" if kind else "is no calibration of hxemu")
    body, digest = data[:-_DIGEST], data[-_DIGEST:]
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise CalibrationFileError(path, "is cut short or was changed: its checksum is wrong")
    try:
        result = _parsed(data)
        result.configure(ChipState())
    except CalibrationFileError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError,
            RecursionError, EOFError, OSError, NotImplementedError, RuntimeError,
            zipfile.BadZipFile) as error:
        raise CalibrationFileError(path, f"holds no usable calibration: {error}") from error
    return result


def _parsed(data: bytes) -> Any:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        members = archive.infolist()
        names = [m.filename for m in members]
        if len(set(names)) != len(names) or sum(m.file_size for m in members) > MAX_BYTES:
            raise ValueError("too large, or members of one name")
        header = json.loads(archive.read(_HEADER))
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise ValueError(f"it does not say that it is a {FORMAT!r}")
        if header.get("version") != VERSION:
            raise ValueError(f"version {header.get('version')!r}; this software reads {VERSION}")
        arrays = {}
        for name in names:
            if name != _HEADER:
                stream = BytesIO(archive.read(name))
                arrays[name.removesuffix(".npy")] = np.lib.format.read_array(
                    stream, allow_pickle=False)
    identity = [header["identifier"], header["revision"], header["software"]]
    if not all(isinstance(text, str) for text in identity) or identity[1] not in REVISIONS:
        raise ValueError(f"unknown chip {identity}")
    reader = _Reader(arrays, Origin(*identity))
    result = reader.value(header["content"], CalibResult)
    if reader.used != set(arrays):
        raise ValueError(f"arrays of no use: {sorted(set(arrays) - reader.used)}")
    return result


# files ---------------------------------------------------------------------------------------


def save(result: CalibResult, path: str | Path) -> None:
    """Write a result to a file, in one piece or not at all.

    Parameters
    ----------
    result
        Result.
    path
        File; one that exists is replaced.

    Raises
    ------
    OSError
        The file can't be written.
    """
    target = Path(path)
    data = dumps(result)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load(path: str | Path, identifier: str | None = None, revision: str | None = None) -> Any:
    """Read a result from a file.

    Parameters
    ----------
    path
        File.
    identifier, revision
        The chip that it shall be used on, if known.

    Returns
    -------
    CalibResult

    Raises
    ------
    OSError
        The file can't be opened.
    CalibrationFileError
        It is no calibration, is damaged, or comes from a later version (a ValueError).
    CalibrationMismatchError
        It belongs to another chip (a ValueError).
    """
    with open(path, "rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    result = loads(data, path)
    if identifier is not None:
        result.check_chip(identifier, revision)
    return result
