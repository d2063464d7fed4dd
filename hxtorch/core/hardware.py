"""The one hardware of this process: a connection, an initialised chip, and what it holds."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from hxtorch.core import calibration as calibrations
from hxtorch.core.calibration import LoadedCalibration
from hxtorch.core.chip import Chip
from hxtorch.core.paths import CalibrationPath, HWDBPath
from hxtorch.errors import (
    ArgumentError,
    ForkedProcessError,
    HardwareHeldError,
    NoConnectionError,
)
from hxtorch.execution.times import RunReport, RunTimes

if TYPE_CHECKING:
    from fisch.program import PlaybackProgram

_log = logging.getLogger("hxtorch")


class Hardware:
    """The chips that this process holds.

    Parameters
    ----------
    connect : callable
        Opens the connection, to one chip or several; the connection is owned by this object.
    init : PlaybackProgram, optional
        The user's own initialisation.
    can_reconnect : bool
        Whether `connect` can be called again after the connection was closed.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        init: PlaybackProgram | None = None,
        can_reconnect: bool = True,
    ) -> None:
        self.pid = os.getpid()
        #: Held while a product runs: threads take turns.
        self.lock = threading.RLock()
        self.last_run: RunReport | None = None
        self.totals = RunTimes()
        #: Reports that sum up runs while they are in this list.
        self.measurements: list[RunReport] = []
        #: Load the default calibrations at the first operation, and say so.
        self.load_at_first_use = False
        self._connect = connect
        self._init = init
        self._can_reconnect = can_reconnect
        self.connection: Any = None
        self.chips: tuple[Chip, ...] = ()
        self._open()

    def _open(self) -> None:
        self.connection = self._connect()
        try:
            # a connection to several chips holds one for each
            parts = getattr(self.connection, "connections", (self.connection,))
            self.chips = tuple(Chip(part, self._init) for part in parts)
        except BaseException:
            self.connection.close()
            raise

    @property
    def identifier(self) -> list[str]:
        """Identifiers of all chips."""
        return [name for chip in self.chips for name in chip.identifier]

    @property
    def calibrations(self) -> dict[str, LoadedCalibration]:
        """What is loaded, by the identifier of the chip."""
        return {c.identifier[0]: c.calibration for c in self.chips if c.calibration}

    def load_calibrations(self, chosen: Mapping[str, LoadedCalibration]) -> None:
        """Load a calibration for each chip: a chosen one, or else its default.

        Chips without a default are calibrated, and the connection is then opened anew, as if
        the calibration had been there from the beginning.
        """
        found: dict[str, LoadedCalibration] = {}
        missing = False
        for chip in self.chips:
            # without a chip there is nothing to calibrate
            if not chip.has_chip:
                continue
            name = chip.identifier[0]
            known = chosen.get(name) or calibrations.find_default(name, chip.revision)
            missing |= known is None
            found[name] = known or calibrations.measure_default(chip.connection, name)
        # the registers of what was measured are different now
        if missing and self._can_reconnect:
            self.connection.close()
            self._open()
        elif missing:
            self.chips = tuple(Chip(chip.connection, self._init) for chip in self.chips)
        for chip in self.chips:
            if chip.has_chip:
                chip.load_calibration(found[chip.identifier[0]])
        self.load_at_first_use = False

    def record(self, times: RunReport) -> None:
        """Note the times of a run."""
        self.last_run = times
        self.totals.add(times)
        for report in self.measurements:
            report.add(times)
            report.time_line.merge(times.time_line)

    def note(self, *, last: bool = True, **seconds: float) -> None:
        """Add to stages what was spent outside of a run.

        Parameters
        ----------
        last : bool
            Whether it belongs to the last run, too, not only to sums over runs.
        **seconds : float
            Seconds by stage.
        """
        with self.lock:
            noted: list[RunTimes] = [self.totals, *self.measurements]
            if last and self.last_run is not None:
                noted.append(self.last_run)
            for times in noted:
                for stage, spent in seconds.items():
                    setattr(times, stage, getattr(times, stage) + spent)

    def run_info(self) -> dict[str, Any]:
        """What products run on, and what they took."""
        infos = [chip.info() for chip in self.chips]
        info = dict(infos[0])
        if len(infos) > 1:
            info["chips"] = infos
        info["last_run"] = self.last_run.as_dict() if self.last_run else None
        info["totals"] = self.totals.as_dict()
        return info

    def close(self) -> None:
        """Give the chips back; does nothing in a forked process."""
        if os.getpid() == self.pid:
            self.connection.close()


_current: Hardware | None = None
# as on the real system, calibrations stay in the process until `init_hardware_minimal`
_kept: dict[str, LoadedCalibration] = {}


def is_strict() -> bool:
    """Whether the environment asks to behave as the real system does (``HXEMU_STRICT=1``)."""
    return os.environ.get("HXEMU_STRICT", "0") not in ("", "0")


def held_hardware() -> Hardware:
    """Return the hardware of this process.

    Raises
    ------
    RuntimeError
        None is initialised, or it belongs to the process from which this one was forked.
    """
    if _current is None:
        raise NoConnectionError(
            "no hardware is initialised: call hxtorch.init_hardware() first, or use mock=True"
        )
    if _current.pid != os.getpid():
        raise ForkedProcessError(
            f"the hardware belongs to process {_current.pid}; process {os.getpid()} was forked "
            "from it and cannot use it: call hxtorch.init_hardware() here for its own"
        )
    return _current


def hardware_for_operation() -> Hardware:
    """Return the hardware, configured for a perceptron operation.

    Raises
    ------
    RuntimeError
        As `held_hardware`.
    """
    hardware = held_hardware()
    if hardware.load_at_first_use:
        with hardware.lock:
            if hardware.load_at_first_use:
                _log.warning(
                    "init_hardware() without ann=True loads no calibration: a real chip would "
                    "run uncalibrated. The default calibration for matrix products is loaded "
                    "instead; HXEMU_STRICT=1 behaves as the real system."
                )
                hardware.load_calibrations({})
    return hardware


def _open(endpoint: Any, init: Any, timeout: float) -> Hardware:
    if endpoint is None or isinstance(endpoint, str) or _is_list_of_addresses(endpoint):
        import fisch

        def connect() -> Any:
            return fisch.connect(endpoint, timeout=timeout)

    elif hasattr(endpoint, "submit"):

        def connect() -> Any:
            return endpoint

    else:
        raise ArgumentError(
            "endpoint", endpoint, "an address, a list of them, or an open connection of fisch"
        )
    program = None if init is None else _generated(init)
    hardware = Hardware(connect, program, can_reconnect=not hasattr(endpoint, "submit"))
    _announce(hardware)
    return hardware


def _generated(init: Any) -> PlaybackProgram:
    generated = init if isinstance(init, tuple) else init.generate()
    program: PlaybackProgram = generated[0].done()
    return program


def _is_list_of_addresses(endpoint: Any) -> bool:
    return isinstance(endpoint, list | tuple) and all(isinstance(e, str) for e in endpoint)


def _announce(hardware: Hardware) -> None:
    for chip in hardware.chips:
        info = chip.connection.info
        if not chip.has_chip:
            _log.warning("there is no chip behind this connection (%s)", info.get("kind"))
            continue
        _log.warning(
            "this chip is emulated: %s, revision %s, seed %s, noise seed %s, hxemu %s",
            chip.identifier[0] if chip.identifier else "?",
            chip.revision,
            info.get("seed"),
            info.get("noise_seed"),
            info.get("version"),
        )


def _check_belongs(loaded: LoadedCalibration, hardware: Hardware) -> None:
    """Refuse a calibration that none of the chips can use."""
    if loaded.identifier not in hardware.identifier:
        chip = hardware.chips[0]
        loaded.check(chip.identifier[0], chip.revision)


def init_hardware(
    hwdb_path: HWDBPath | CalibrationPath | None = None,
    ann: bool = False,
    *,
    calibration_path: CalibrationPath | None = None,
    endpoint: Any = None,
    init: Any = None,
    timeout: float = 10.0,
) -> None:
    """Connect to one or several chips and initialise them; this process then holds them.

    Parameters
    ----------
    hwdb_path : HWDBPath or CalibrationPath, optional
        Accepted for scripts of the real system; or a calibration file to load.
    ann : bool
        Load the default calibration for matrix products: the one that ships with the package,
        else the one in the user's cache folder, else the chip is calibrated now. Without it,
        this happens at the first perceptron operation, with a warning that a real chip would
        run uncalibrated (with ``HXEMU_STRICT=1`` it does).
    calibration_path : CalibrationPath, optional
        The calibration file by keyword. Of several chips, those that it does not belong to get
        their default calibrations.
    endpoint : str, list of str, or connection, optional
        A running emulator, e.g. ``ipc:///tmp/chip`` or ``tcp://127.0.0.1:5000``; ``zeromock``;
        several, as a list or separated by commas: products are then spread over these chips;
        or an open connection of `fisch`, which is closed on release. By default the
        environment decides: ``HXCOMM_ENABLE_ZERO_MOCK``, ``HXEMU_ENDPOINT``, else an emulator of
        this process's own (``HXEMU_REVISION``, ``HXEMU_SEED``).
    init : object, optional
        Own initialisation in place of ``stadls.SystemInit``: an object with ``generate()``, or
        a tuple (builder, result).
    timeout : float
        Seconds to wait for a chip that somebody else holds. An address at which nobody answers is
        given up after 5 s.

    Raises
    ------
    RuntimeError
        This process holds hardware already (which stays); nobody answers; somebody else holds
        the chip; its JTAG id is unknown; or a calibration of the chip fails.
    stadls.calibration.CalibrationFileError
        The calibration file is missing, damaged or of a foreign format.
    stadls.calibration.CalibrationMismatchError
        It belongs to another chip.
    """
    global _current
    path = calibration_path
    if isinstance(hwdb_path, CalibrationPath):
        path = hwdb_path
    loaded = None if path is None else calibrations.load_file(path)
    if _current is not None and _current.pid == os.getpid():
        raise HardwareHeldError(
            f"this process holds {', '.join(_current.identifier)} already: call "
            "hxtorch.release_hardware() first"
        )
    hardware = _open(endpoint, init, timeout)
    try:
        if loaded is not None:
            _check_belongs(loaded, hardware)
            hardware.load_calibrations({loaded.identifier: loaded})
        elif ann:
            hardware.load_calibrations({})
        elif all(name in _kept for name in hardware.identifier):
            hardware.load_calibrations(_kept)
        else:
            hardware.load_at_first_use = init is None and not is_strict()
    except BaseException:
        hardware.close()
        raise
    _kept.update(hardware.calibrations)
    _current = hardware


def init_hardware_minimal(
    *, endpoint: Any = None, init: Any = None, timeout: float = 10.0
) -> None:
    """Connect to a chip and initialise it without any calibration.

    Hardware that this process holds is released first. Results of operations then have the
    right shape only.

    Parameters
    ----------
    endpoint, init, timeout
        As for `init_hardware`.
    """
    global _current
    release_hardware()
    _kept.clear()
    _current = _open(endpoint, init, timeout)


def release_hardware() -> None:
    """Give the chip back; does nothing if this process holds none."""
    global _current
    hardware, _current = _current, None
    if hardware is not None:
        hardware.close()


def get_unique_identifier(hwdb_path: HWDBPath | None = None) -> list[str]:
    """Identifiers of the chips, one per chip.

    Parameters
    ----------
    hwdb_path : HWDBPath, optional
        Accepted for scripts of the real system, and not read.

    Raises
    ------
    RuntimeError
        No hardware is initialised.
    """
    return list(held_hardware().identifier)


def _release_at_exit() -> None:
    if _current is not None and _current.pid == os.getpid():
        release_hardware()


atexit.register(_release_at_exit)
