"""Where calibrations are kept: those that ship with hxemu, and those of the user's own chips."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from stadls.calibration import files
from stadls.calibration.errors import CalibrationFileError, CalibrationMismatchError
from stadls.calibration.session import Origin

__all__ = ["ALGORITHMS", "cache_folder", "cache_key", "find", "locked", "shipped", "store",
           "switched"]

_log = logging.getLogger("stadls.calibration")

ALGORITHMS = 1
"""Number of the calibration algorithms: results of others are not taken from a cache."""


def cache_folder() -> Path:
    """Folder of the user's calibrations.

    ``calibration`` in ``HXEMU_CACHE_PATH``, else in ``hxemu`` in ``XDG_CACHE_HOME``, else in
    ``~/.cache/hxemu``. It need not exist.
    """
    given = os.environ.get("HXEMU_CACHE_PATH")
    if given:
        return Path(given).expanduser() / "calibration"
    base = os.environ.get("XDG_CACHE_HOME")
    root = Path(base) if base and Path(base).is_absolute() else Path.home() / ".cache"
    return root / "hxemu" / "calibration"


def cache_key(target: Any, options: Any, origin: Origin) -> str:
    """Name under which a result is kept: digest of target, options, chip and software version."""
    return files.fingerprint(
        type(target).__name__, target, options, origin.identifier, origin.revision,
        origin.version, ALGORITHMS)


def shipped(target: Any, options: Any, origin: Origin) -> Any:
    """Result that ships with hxemu for this chip, target and options; None if there is none."""
    place = resources.files("stadls.data").joinpath("calibration", f"{origin.identifier}.npz")
    if not place.is_file():
        return None
    result = files.loads(place.read_bytes(), place.name)
    try:
        result.check_chip(origin.identifier, origin.revision)
    except CalibrationMismatchError as error:
        _log.warning("%s", error)
        return None
    same = files.fingerprint(result.target, result.options) == files.fingerprint(target, options)
    return result if same else None


def find(key: str, folders: Sequence[Path], origin: Origin) -> Any:
    """Look for a result in cache folders; one that is damaged is told about and passed over.

    Returns
    -------
    CalibResult or None
    """
    for folder in folders:
        path = folder / f"{key}.npz"
        try:
            found = files.load(path, origin.identifier, origin.revision)
        except OSError:
            continue
        except (CalibrationFileError, CalibrationMismatchError) as error:
            _log.warning("cached calibration not used: %s", error)
            continue
        _log.info("calibration of %s from %s", origin.identifier, path)
        return found
    return None


def switched(info: dict[str, Any]) -> list[str]:
    """Sources of deviation of an emulated chip that are not as on a real one.

    Parameters
    ----------
    info
        That of a connection.
    """
    return [name for name, on in info.get("silicon", {}).items() if on == (name == "ideal")]


@contextmanager
def locked(key: str, folder: Path | None) -> Iterator[Path | None]:
    """Context manager in which no other process works on one key.

    Parameters
    ----------
    key
        Name of the result.
    folder
        Cache folder, made if needed; None for none.

    Yields
    ------
    Path or None
        The folder; None if it can't be used, which is logged.
    """
    if folder is None:
        yield None
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stream = open(folder / f"{key}.lock", "ab")  # noqa: SIM115 - closed below
    except OSError as error:
        _log.warning("calibrations can't be kept in %s: %s", folder, error)
        yield None
        return
    with stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield folder


def store(result: Any, key: str, folder: Path) -> None:
    """Keep a result; if that fails, it is logged."""
    try:
        files.save(result, folder / f"{key}.npz")
    except OSError as error:
        _log.warning("the calibration can't be kept in %s: %s", folder, error)
