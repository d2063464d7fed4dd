"""Which calibration a chip gets: the file that a user names, or the default of the chip.

The default is, in this order, the file that ships with the package, the file in the user's cache
folder, or a calibration that is measured now and cached.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hxtorch.core.paths import CalibrationPath
from hxtorch.core.progress import progress_bar
from hxtorch.errors import CalibrationPathError

_log = logging.getLogger("hxtorch.load_and_apply_calibration")

U32 = npt.NDArray[np.uint32]

#: What counts of a hagen calibration are about.
_KINDS = {
    "cadc_result.success": "ADC channels",
    "neuron_result.success": "neurons",
    "synapse_driver_result.success": "synapse drivers",
}

#: Share of neurons, drivers or ADC channels below which a calibration deserves a warning.
_ENOUGH = 0.95


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
        return str(self.result.origin.identifier)

    @cached_property
    def checksum(self) -> str:
        """That of its file, 64 hexadecimal digits."""
        from stadls.calibration import files

        return files.dumps(self.result)[-64:].decode()

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
        self.result.check_chip(identifier, revision)

    def info(self) -> dict[str, Any]:
        """What `hxtorch.emulation.run_info` tells of it."""
        return {
            "identifier": self.identifier,
            "revision": self.result.origin.revision,
            "source": self.source,
            "path": None if self.path is None else str(self.path),
            "version": self.result.origin.version,
            "checksum": self.checksum,
            "success": self.success(),
        }

    def success(self) -> dict[str, tuple[int, int]]:
        """How many instances of each kind could be calibrated, and how many there are."""
        counts = self.result.success_counts()
        return {_KINDS.get(name, name): numbers for name, numbers in counts.items()}

    def warn_of_failures(self) -> None:
        """Log where so much could not be calibrated that products will show it."""
        for kind, (good, number) in self.success().items():
            if good < _ENOUGH * number:
                _log.warning(
                    "%s: only %d of %d %s could be calibrated to the target", self.identifier,
                    good, number, kind,
                )

    def __str__(self) -> str:
        where = "" if self.path is None else f" {self.path}"
        return f"{self.source} hagen calibration{where} ({self.checksum[:8]})"


def load_file(path: CalibrationPath) -> LoadedCalibration:
    """Load the file that a user names.

    Raises
    ------
    CalibrationPathError
        It cannot be opened. A ``RuntimeError`` and an ``OSError``.
    stadls.calibration.CalibrationFileError
        It is no calibration, or a damaged one.
    """
    from stadls import calibration

    try:
        return LoadedCalibration(calibration.load(path.value), "file", Path(path.value))
    except OSError as error:
        raise CalibrationPathError(
            f"calibration file {path.value!r} cannot be opened: {error.strerror}"
        ) from error


def find_default(identifier: str, revision: str) -> LoadedCalibration | None:
    """Load the default calibration of a chip if one ships with the package or is cached."""
    from stadls.calibration import HagenCalibTarget, Origin, cache

    target = HagenCalibTarget()
    options = target.default_options()
    origin = Origin(identifier, revision)
    shipped = cache.shipped(target, options, origin)
    if shipped is not None:
        return LoadedCalibration(shipped, "shipped", None)
    folder = cache.cache_folder()
    key = cache.cache_key(target, options, origin)
    found = cache.find(key, [folder], origin)
    return None if found is None else LoadedCalibration(found, "cached", folder / f"{key}.npz")


def measure_default(connection: Any, identifier: str) -> LoadedCalibration:
    """Calibrate the chip at a connection for matrix products; the result is cached.

    The registers of the chip are different afterwards. How far it is shows on standard error.

    Parameters
    ----------
    connection
        To one chip, which is initialised.
    identifier : str
        That of the chip.
    """
    from stadls import calibration

    _log.warning(
        "there is no calibration of %s yet: it is calibrated now, which takes less than a "
        "minute, and only once",
        identifier,
    )
    with progress_bar(f"calibrating {identifier}") as show:
        result = calibration.calibrate(
            calibration.HagenCalibTarget(), connection=connection, progress=show, aside=True
        )
    return LoadedCalibration(result, "measured", None)
