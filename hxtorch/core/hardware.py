"""The one hardware of this process: a connection, an initialised chip, and what it holds."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from hxtorch.core.paths import CalibrationPath, HWDBPath
from hxtorch.errors import (
    ArgumentError,
    CalibrationError,
    ForkedProcessError,
    HardwareError,
    HardwareHeldError,
    NoConnectionError,
    UnknownChipError,
)
from hxtorch.execution.times import RunTimes

_log = logging.getLogger("hxtorch")

#: JTAG id of the chip revisions.
JTAG_IDS = {0x048580AF: "v1", 0x248580AF: "v2", 0x348580AF: "v3"}

#: Names of configurations in `hxtorch.emulation.run_info`.
NO_CONFIGURATION = "none"
NOMINAL = "nominal hagen"
USER = "user"

_SHIFT = 56

Words = npt.NDArray[np.uint64]


class Hardware:
    """An open connection to an initialised chip.

    Parameters
    ----------
    connection : fisch connection
        One chip; owned by this object from now on.
    generator : object or tuple
        Source of the initialisation program: an object with ``generate()``, or its result, a
        tuple (builder, result).
    user_init : bool
        The generator is the user's own; the nominal configuration is then loaded on request
        only.
    """

    def __init__(self, connection: Any, generator: Any, user_init: bool) -> None:
        from hxtorch.execution.configuration import ChipImage

        self.pid = os.getpid()
        #: Held while a product runs: threads take turns.
        self.lock = threading.RLock()
        self.connection = connection
        self.last_run: RunTimes | None = None
        self.totals = RunTimes()
        self._buffers: list[Words] = []
        self._written = [self._initialise(generator)]
        self.jtag_id = self._read_jtag_id()
        info = connection.info
        #: Whether a chip is at the other end, even if an emulated one.
        self.has_chip = info.get("kind") != "zeromock"
        if self.has_chip and self.jtag_id not in JTAG_IDS:
            raise UnknownChipError(self.jtag_id, JTAG_IDS)
        self.revision: str = JTAG_IDS[self.jtag_id] if self.has_chip else info["revision"]
        self.identifier: list[str] = list(connection.get_unique_identifier())
        self.configuration = USER if user_init else NO_CONFIGURATION
        #: Load the nominal configuration at the first operation, and warn.
        self.load_at_first_use = False
        self._image_type = ChipImage
        self._renew_image()

    def _renew_image(self) -> None:
        """Build the image from all that was written, in order."""
        addresses, words = omnibus_writes(np.concatenate(self._written))
        self.image = self._image_type(addresses, words)

    def _initialise(self, generator: Any) -> Words:
        generated = generator if isinstance(generator, tuple) else generator.generate()
        program = generated[0].done()
        self.connection.run(program)
        return np.array(program.words, dtype=np.uint64)

    def _read_jtag_id(self) -> int:
        from fisch.program import PlaybackProgram
        from fisch.ut import JTAGInstruction, ToFPGA

        keep_response, bits = 1 << 48, 32 << 40
        jtag_barrier = 0b10
        words = [
            ToFPGA.JTAG_INIT << _SHIFT,
            ToFPGA.JTAG_SCALER << _SHIFT | 3,
            ToFPGA.JTAG_INS << _SHIFT | JTAGInstruction.IDCODE,
            ToFPGA.JTAG_DATA << _SHIFT | keep_response | bits,
            ToFPGA.BARRIER << _SHIFT | jtag_barrier,
        ]
        program = PlaybackProgram(np.array(words, dtype=np.uint64), (1, 0, 0))
        self.connection.run(program)
        assert program.responses is not None
        return int(program.responses.jtag[0]) & 0xFFFFFFFF

    def load_nominal(self) -> None:
        """Write the nominal hagen configuration of the chip's revision."""
        from fisch.program import PlaybackProgram
        from hxtorch.execution import _stream, stream
        from stadls import nominal

        addresses, data = nominal.hagen_words(self.revision)
        words = np.empty(2 * len(addresses) + 1, dtype=np.uint64)
        _stream.encode_writes(
            np.ascontiguousarray(addresses, np.uint32),
            np.ascontiguousarray(data, np.uint32),
            np.arange(len(addresses)),
            stream.WRITE_WORD,
            stream.DATA_WORD,
            words,
        )
        words[-1] = stream.OMNIBUS_BARRIER_WORD
        self.connection.run(PlaybackProgram(words, (0, 0, 0)))
        self._written.append(words)
        self._renew_image()
        self.configuration = NOMINAL
        self.load_at_first_use = False

    def buffer(self, words: int) -> Words:
        """Memory for a program of at most this many words; to be given back."""
        for position, buffer in enumerate(self._buffers):
            if len(buffer) >= words:
                return self._buffers.pop(position)[:words]
        return np.empty(words, dtype=np.uint64)

    def give_back(self, buffer: Words) -> None:
        """Keep a program's memory for the next one."""
        whole = buffer if buffer.base is None else buffer.base
        if isinstance(whole, np.ndarray):
            self._buffers.append(whole)
            self._buffers.sort(key=len)
            # as many as can be under way, and the one being encoded; the largest stay
            del self._buffers[:-3]

    def record(self, times: RunTimes) -> None:
        """Note the times of a product."""
        self.last_run = times
        self.totals.add(times)

    def run_info(self) -> dict[str, Any]:
        """What products run on, and what they took."""
        info = dict(self.connection.info)
        info["revision"] = self.revision
        info["identifier"] = self.identifier[0] if self.identifier else None
        info["jtag_id"] = self.jtag_id
        info["configuration"] = self.configuration
        info["last_run"] = self.last_run.as_dict() if self.last_run else None
        info["totals"] = self.totals.as_dict()
        return info

    def close(self) -> None:
        """Give the chip back; does nothing in a forked process."""
        if os.getpid() == self.pid:
            self.connection.close()


def omnibus_writes(words: Words) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Addresses and data of all writes of whole words in a program, in order."""
    from fisch.ut import ToFPGA

    is_write = words >> np.uint64(32) == int(ToFPGA.OMNIBUS_ADDRESS) << 24 | 0xF
    is_data = words >> np.uint64(_SHIFT) == int(ToFPGA.OMNIBUS_DATA)
    first = np.flatnonzero(is_write[:-1] & is_data[1:])
    return words[first].astype(np.uint32), words[first + 1].astype(np.uint32)


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


def _default_generator(connection: Any) -> Any:
    from stadls import SystemInit

    # the entry tells the kind of the board that the chip sits on
    return SystemInit(connection.get_hwdb_entry()[0])


def _open(endpoint: Any, init: Any, timeout: float) -> Hardware:
    if endpoint is None or isinstance(endpoint, str):
        import fisch

        connection: Any = fisch.connect(endpoint, timeout=timeout)
    elif hasattr(endpoint, "submit"):
        connection = endpoint
    else:
        raise ArgumentError("endpoint", endpoint, "an address, or an open connection of fisch")
    try:
        if len(connection) != 1:
            raise HardwareError(
                f"the connection holds {len(connection)} chips; hxtorch uses exactly 1"
            )
        generator = _default_generator(connection) if init is None else init
        hardware = Hardware(connection, generator, user_init=init is not None)
    except BaseException:
        connection.close()
        raise
    _announce(hardware)
    return hardware


def _announce(hardware: Hardware) -> None:
    info = hardware.connection.info
    if not hardware.has_chip:
        _log.warning("there is no chip behind this connection (%s)", info.get("kind"))
        return
    _log.warning(
        "this chip is emulated: %s, revision %s, seed %s, noise seed %s, hxemu %s",
        hardware.identifier[0] if hardware.identifier else "?",
        hardware.revision,
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
    """Connect to a chip and initialise it; this process then holds it exclusively.

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
    endpoint : str or connection, optional
        A running emulator, e.g. ``ipc:///tmp/chip`` or ``tcp://127.0.0.1:5000``; ``zeromock``;
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
