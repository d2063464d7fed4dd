"""Value holders that say where a calibration comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HWDBPath:
    """Hardware database and version of the calibrations in use.

    Parameters
    ----------
    path : str, optional
        Folder of a hardware database. The emulated chip knows its own entry; the path is
        accepted so that scripts of the real system run, and not read.
    version : str
        Version of the calibration, ``"stable/latest"`` by default.
    """

    path: str | None = None
    version: str = "stable/latest"


@dataclass(frozen=True)
class CalibrationPath:
    """A calibration file.

    Parameters
    ----------
    value : str
        Path of the file.
    """

    value: str
