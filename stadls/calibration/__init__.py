"""Calibration: settings of one chip's analog circuits, found by measuring it.

Calibrations work through register programs alone, as on a real chip.

>>> from stadls import calibration
>>> result = calibration.calibrate(calibration.HagenCalibTarget())         # doctest: +SKIP
>>> result.save("chip.npz")                                                # doctest: +SKIP
>>> result.apply(builder)                                                  # doctest: +SKIP

The first call for a chip measures it, which takes some seconds; later ones take the result from
the user's cache. For some chips a result ships with hxemu.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stadls.calibration.session import Progress

_log = logging.getLogger("stadls.calibration")

_PLACES = {
    **dict.fromkeys(("CalibNotSuccessful", "CalibrationFileError", "CalibrationMismatchError",
                     "CalibrationRangeError", "CalibrationRangeWarning", "ExcessiveNoiseError",
                     "HardwareError", "TooFewSamplesError"), "errors"),
    **dict.fromkeys(("CalibOptions", "CalibTarget", "ParameterRange"), "targets"),
    **dict.fromkeys(("BinarySearch", "LinearPrediction", "LinearSearch", "Measurement",
                     "NoisyBinarySearch", "PolynomialPrediction"), "algorithms"),
    **dict.fromkeys(("Calib", "ParameterCalibResult"), "base"),
    **dict.fromkeys(("Origin", "StatefulConnection"), "session"),
    "CalibResult": "results",
    "cache_folder": "cache",
    **dict.fromkeys(("load", "save"), "files"),
    **dict.fromkeys(("CADCCalibOptions", "CADCCalibResult", "CADCCalibTarget"), "common.cadc"),
    **dict.fromkeys(("HagenCalibOptions", "HagenCalibResult", "HagenCalibTarget",
                     "HagenNeuronCalibResult", "HagenNeuronCalibTarget",
                     "HagenSyninCalibOptions", "HagenSyninCalibResult",
                     "HagenSyninCalibTarget"), "hagen"),
    **dict.fromkeys(("SynapseDriverCalibOptions", "SynapseDriverCalibResult",
                     "SynapseDriverCalibTarget"), "hagen.synapse_driver"),
    "Multiplication": "hagen.multiplication",
}
_MODULES = ("common", "constants", "hagen", "helpers")

__all__ = [*_PLACES, *_MODULES, "calibrate"]


def __getattr__(name: str) -> Any:
    """Import parts on first use, so that importing the package is quick."""
    if name in _PLACES:
        found: Any = getattr(import_module(f".{_PLACES[name]}", __name__), name)
    elif name in _MODULES:
        found = import_module(f".{name}", __name__)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names."""
    return sorted({*globals(), *__all__})


def calibrate(target: Any, options: Any = None,
              cache_paths: Sequence[str | Path] | None = None, cache_read_only: bool = False,
              connection: Any = None, *, progress: Progress | None = None,
              aside: bool = False) -> Any:
    """Calibrate a chip towards a target, or take the result of an earlier time.

    Parameters
    ----------
    target
        E.g. `HagenCalibTarget`; its type decides what is calibrated.
    options
        Options of that kind of calibration; the default ones if None.
    cache_paths
        Folders in which to look for a result; a new one goes into the first of them. The
        user's cache folder (`cache_folder`) if None, no cache if empty.
    cache_read_only
        Keep no new result.
    connection
        Connection or handle to one chip; a new one, as the environment asks for, if None. If
        the chip is measured, all of its configuration changes.
    progress
        Called with the name of the present step and the finished share, 0 to 1.
    aside
        Measure an emulated chip in an emulator of its own: with the same temporal noise, and so
        with the same result, on every machine; the chip at the connection is left alone. Other
        chips are measured as they are.

    Returns
    -------
    CalibResult
        Of the type that belongs to the target.

    Warns
    -----
    CalibrationRangeWarning
        A target lies where calibrations are not reliable.

    Raises
    ------
    CalibrationRangeError
        A target lies where no chip can go (a ValueError).
    TypeError
        The options are those of another kind of calibration.
    CalibNotSuccessful
        A step failed for nearly all of the chip (a RuntimeError).
    HardwareError
        There is no chip behind the connection (a RuntimeError).
    """
    from stadls.calibration import cache, twin
    from stadls.calibration.errors import HardwareError
    from stadls.calibration.session import StatefulConnection, opened, origin_of

    target.check_values()
    usual = target.default_options()
    options = usual if options is None else options
    if not isinstance(options, type(usual)):
        raise TypeError(f"options of {type(target).__name__} are {type(usual).__name__}, "
                        f"not {options!r}")
    options.check_values()
    folders = [cache.cache_folder()] if cache_paths is None else [Path(p) for p in cache_paths]
    with opened(connection) as link:
        origin = origin_of(link)
        key = cache.cache_key(target, options, origin)
        found = cache.shipped(target, options, origin) or cache.find(key, folders, origin)
        if found is not None:
            return found
        if link.info.get("kind") == "zeromock":
            raise HardwareError("there is no chip behind this connection")
        aside = aside and twin.has_twin(link.info)
        keep = folders[0] if folders and not cache_read_only else None
        if keep is not None and not aside and (switched := cache.switched(link.info)):
            _log.warning("not kept, as the silicon is not as it is: %s", ", ".join(switched))
            keep = None
        with cache.locked(key, keep) as folder:
            if folder is not None:
                found = cache.find(key, [folder], origin)     # another process was faster
            if found is None:
                with twin.twin(link.info) if aside else nullcontext(link) as measured:
                    chip = StatefulConnection.of(measured, progress)
                    found = target.calibrate(chip, options)
                if folder is not None:
                    cache.store(found, key, folder)
            return found
