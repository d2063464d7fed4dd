"""The one hardware of this process: a connection, an initialised chip, and what it holds."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hxtorch.core.chip import Chip
from hxtorch.core.paths import CalibrationPath, HWDBPath
from hxtorch.errors import (
    ArgumentError,
    CalibrationError,
    ForkedProcessError,
    HardwareHeldError,
    NoConnectionError,
)
from hxtorch.execution.times import RunTimes

if TYPE_CHECKING:
    from fisch.program import PlaybackProgram

_log = logging.getLogger("hxtorch")


class Hardware:
    """The chips that this process holds.

    Parameters
    ----------
    chips : sequence of Chip
        Initialised chips, each with a connection of its own; at least one.
    connection : fisch connection
        To all of them; owned by this object from now on.
    """

    def __init__(self, chips: Sequence[Chip], connection: Any) -> None:
        self.pid = os.getpid()
        #: Held while a product runs: threads take turns.
        self.lock = threading.RLock()
        self.chips = tuple(chips)
        self.connection = connection
        self.last_run: RunTimes | None = None
        self.totals = RunTimes()
        #: Load the nominal configuration at the first operation, and warn.
        self.load_at_first_use = False

    @property
    def identifier(self) -> list[str]:
        """Identifiers of all chips."""
        return [name for chip in self.chips for name in chip.identifier]

    def load_nominal(self) -> None:
        """Write the nominal hagen configuration to every chip."""
        for chip in self.chips:
            chip.load_nominal()
        self.load_at_first_use = False

    def record(self, times: RunTimes) -> None:
        """Note the times of a run."""
        self.last_run = times
        self.totals.add(times)

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
# as on the real system, a calibration stays in the process until `init_hardware_minimal`
_keep_nominal = False


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
                    "run uncalibrated. The nominal configuration for matrix products is loaded "
                    "instead; HXEMU_STRICT=1 behaves as the real system."
                )
                hardware.load_nominal()
    return hardware


def _open(endpoint: Any, init: Any, timeout: float) -> Hardware:
    if endpoint is None or isinstance(endpoint, str) or _is_list_of_addresses(endpoint):
        import fisch

        connection: Any = fisch.connect(endpoint, timeout=timeout)
    elif hasattr(endpoint, "submit"):
        connection = endpoint
    else:
        raise ArgumentError(
            "endpoint", endpoint, "an address, a list of them, or an open connection of fisch"
        )
    try:
        program = None if init is None else _generated(init)
        # a connection to several chips holds one for each
        parts = getattr(connection, "connections", (connection,))
        hardware = Hardware([Chip(part, program) for part in parts], connection)
    except BaseException:
        connection.close()
        raise
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


def _refuse_calibration(path: CalibrationPath) -> None:
    """Say why a calibration file cannot be loaded; there is no format for them yet."""
    value = path.value
    if not os.path.exists(value):
        raise CalibrationError(f"calibration file {value!r} does not exist")
    if value.endswith((".pbin", ".bin")):
        raise CalibrationError(
            f"{value!r} is a portable-binary archive of the real software stack; it describes "
            "another chip and cannot be loaded. Use init_hardware(ann=True) for the nominal "
            "configuration of the emulated chip"
        )
    raise CalibrationError(
        f"{value!r} cannot be loaded: calibration files are not supported yet. Use "
        "init_hardware(ann=True) for the nominal configuration of the emulated chip"
    )


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
        Where the default calibration would come from; or a calibration file to load instead.
    ann : bool
        Load the configuration for matrix products, too. Without it, it is loaded at the first
        perceptron operation, with a warning that a real chip would run uncalibrated
        (with ``HXEMU_STRICT=1`` it is not).
    calibration_path : CalibrationPath, optional
        The calibration file by keyword.
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
        the chip; its JTAG id is unknown; or the calibration cannot be loaded.
    """
    global _current, _keep_nominal
    path = calibration_path
    if isinstance(hwdb_path, CalibrationPath):
        path = hwdb_path
    if path is not None:
        _refuse_calibration(path)
    if _current is not None and _current.pid == os.getpid():
        raise HardwareHeldError(
            f"this process holds {', '.join(_current.identifier)} already: call "
            "hxtorch.release_hardware() first"
        )
    hardware = _open(endpoint, init, timeout)
    try:
        if ann or _keep_nominal:
            hardware.load_nominal()
            _keep_nominal = True
        else:
            hardware.load_at_first_use = init is None and not is_strict()
    except BaseException:
        hardware.close()
        raise
    _current = hardware


def init_hardware_minimal(
    *, endpoint: Any = None, init: Any = None, timeout: float = 10.0
) -> None:
    """Connect to a chip and initialise it without any configuration for matrix products.

    Hardware that this process holds is released first. Results of operations then have the
    right shape only.

    Parameters
    ----------
    endpoint, init, timeout
        As for `init_hardware`.
    """
    global _current, _keep_nominal
    release_hardware()
    _keep_nominal = False
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
