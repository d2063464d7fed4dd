"""Which calibration a chip gets: the file that a user names, or the default of the chip.

The default is, in this order, the file that ships with the package, the file in the user's cache
folder, or a calibration that is measured now and cached.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hxtorch.core.paths import CalibrationPath
from hxtorch.core.progress import progress_bar

_log = logging.getLogger("hxtorch.load_and_apply_calibration")

U32 = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class LoadedCalibration:
    """A calibration, and where it comes from.

    Attributes
    ----------
    result
        The result of `stadls.calibration` that holds it.
    source : str
        ``'file'``, ``'shipped'``, ``'cached'`` or ``'measured'``.
    path : Path or None
        Its file; None if there is none.
    """

    result: Any
    source: str
    path: Path | None

    @property
    def identifier(self) -> str:
        """The chip that it was measured on."""
        return str(self.result.identifier)

    def words(self) -> tuple[U32, U32]:
        """Omnibus addresses and words of the configuration, in the order of writing."""
        addresses, words = self.result.words()
        return np.ascontiguousarray(addresses, np.uint32), np.ascontiguousarray(words, np.uint32)

    def check(self, identifier: str, revision: str) -> None:
        """Refuse a chip that it was not measured on.

        Raises
        ------
        stadls.calibration.CalibrationMismatchError
            Another identifier or revision.
        """
        from stadls.calibration.errors import CalibrationMismatchError

        if self.identifier != identifier:
            raise CalibrationMismatchError("identifier", self.identifier, identifier)
        if self.result.revision != revision:
            raise CalibrationMismatchError("revision", self.result.revision, revision)

    def info(self) -> dict[str, Any]:
        """What `hxtorch.emulation.run_info` tells of it."""
        return {
            "identifier": self.identifier,
            "revision": self.result.revision,
            "source": self.source,
            "path": None if self.path is None else str(self.path),
            "checksum": self.result.checksum,
        }

    def __str__(self) -> str:
        where = "" if self.path is None else f" {self.path}"
        return f"{self.source} hagen calibration{where} ({self.result.checksum[:8]})"


@dataclass(frozen=True)
class NominalResult:
    """The same nominal codes for every chip, in place of a calibration.

    Attributes
    ----------
    identifier, revision : str
        The chip.
    """

    identifier: str
    revision: str
    checksum: str = "nominal"

    def words(self) -> tuple[U32, U32]:
        """Omnibus addresses and words."""
        from stadls import nominal

        return nominal.hagen_words(self.revision)


def _package() -> Any:
    """Import the calibration routines, which take a moment, only when they are needed."""
    return import_module("stadls.calibration")


def load_file(path: CalibrationPath) -> LoadedCalibration:
    """Load the file that a user names.

    Raises
    ------
    stadls.calibration.CalibrationFileError
        There is no such file, or it cannot be read. A ``RuntimeError`` and a ``ValueError``.
    """
    calibration = _package()
    if not hasattr(calibration, "load"):
        from stadls.calibration.errors import CalibrationFileError

        raise CalibrationFileError(path.value, "cannot be loaded")
    return LoadedCalibration(calibration.load(path.value), "file", Path(path.value))


def find_default(identifier: str) -> LoadedCalibration | None:
    """Load the default calibration of a chip if there is one.

    A cached file that cannot be read is left aside, with a warning; the shipped one has to be
    right.
    """
    calibration = _package()
    if not hasattr(calibration, "load"):
        revision = f"v{int(identifier[6:8]) - 90}"
        return LoadedCalibration(NominalResult(identifier, revision), "shipped", None)
    shipped = calibration.shipped_path(identifier)
    if shipped is not None:
        return LoadedCalibration(calibration.load(shipped), "shipped", shipped)
    cached = calibration.cache_path(identifier)
    if not cached.exists():
        return None
    try:
        return LoadedCalibration(calibration.load(cached), "cached", cached)
    except calibration.CalibrationFileError as error:
        _log.warning("the cached calibration is left aside: %s", error)
        return None


def measure_default(
    connection: Any, identifier: str, progress: Callable[[str, float], None] | None = None
) -> LoadedCalibration:
    """Calibrate the chip at a connection for matrix products, and cache the result.

    The registers of the chip are different afterwards.

    Parameters
    ----------
    connection
        To one chip, which is initialised.
    identifier : str
        That of the chip.
    progress : callable, optional
        Told what happens and how far it is (0..1); by default a bar on standard error.
    """
    calibration = _package()
    _log.warning(
        "there is no calibration of %s yet: it is calibrated now, once, which takes about half "
        "a minute", identifier
    )
    with progress_bar(f"calibrating {identifier}") as bar:
        result = calibration.calibrate(
            calibration.hagen.HagenCalibTarget(), connection=connection, progress=progress or bar
        )
    path = calibration.cache_path(identifier)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        result.save(path)
    except OSError as error:
        # a home folder that cannot be written to, e.g.: only the next start takes longer
        _log.warning("the calibration cannot be cached: %s", error)
        return LoadedCalibration(result, "measured", None)
    _log.info("calibration cached in %s", path)
    return LoadedCalibration(result, "measured", path)
