"""One chip of this process: its connection, its identity, and what it is known to hold."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hxtorch.errors import UnknownChipError

if TYPE_CHECKING:
    from fisch.program import PlaybackProgram
    from hxtorch.core.calibration import LoadedCalibration

_log = logging.getLogger("hxtorch.load_and_apply_calibration")

#: JTAG id of the chip revisions.
JTAG_IDS = {0x048580AF: "v1", 0x248580AF: "v2", 0x348580AF: "v3"}

#: Names of configurations in `hxtorch.emulation.run_info`.
NO_CONFIGURATION = "none"
CALIBRATED = "calibrated"
USER = "user"

_SHIFT = 56
#: FPGA cycles until the analog parameters have settled: 100 ms, as the real software waits.
_SETTLE = 12_500_000

Words = npt.NDArray[np.uint64]
U32 = npt.NDArray[np.uint32]


class Chip:
    """An open connection to one chip, which the constructor initialises.

    Parameters
    ----------
    connection : fisch connection
        To exactly one chip.
    init : PlaybackProgram, optional
        The user's own initialisation; by default that of ``stadls.SystemInit``.

    Raises
    ------
    UnknownChipError
        The chip's JTAG id belongs to no known revision.
    """

    def __init__(self, connection: Any, init: PlaybackProgram | None = None) -> None:
        self.connection = connection
        self._buffers: list[Words] = []
        program = _default_init(connection) if init is None else init
        connection.run(program)
        self._written = [np.array(program.words, dtype=np.uint64)]
        self.jtag_id = self._read_jtag_id()
        info = connection.info
        #: Whether a chip is at the other end, even if an emulated one.
        self.has_chip = info.get("kind") != "zeromock"
        if self.has_chip and self.jtag_id not in JTAG_IDS:
            raise UnknownChipError(self.jtag_id, JTAG_IDS)
        self.revision: str = JTAG_IDS[self.jtag_id] if self.has_chip else info["revision"]
        self.identifier: list[str] = list(connection.get_unique_identifier())
        self.configuration = NO_CONFIGURATION if init is None else USER
        self.calibration: LoadedCalibration | None = None
        self._renew_image()

    def _renew_image(self) -> None:
        """Build the image from all that was written, in order."""
        from hxtorch.execution.configuration import ChipImage

        addresses, words = omnibus_writes(np.concatenate(self._written))
        #: What the static configuration on the chip is known to be.
        self.image = ChipImage(addresses, words)

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

    def load_calibration(self, calibration: LoadedCalibration) -> None:
        """Write the configuration of a calibration, and wait until it has settled.

        Raises
        ------
        stadls.calibration.CalibrationMismatchError
            It belongs to another chip.
        """
        from fisch.program import PlaybackProgram
        from hxtorch.execution import _stream, stream

        calibration.check(self.identifier[0], self.revision)
        addresses, data = calibration.words()
        words = np.empty(2 * len(addresses) + 4, dtype=np.uint64)
        _stream.encode_writes(
            addresses,
            data,
            np.arange(len(addresses)),
            stream.WRITE_WORD,
            stream.DATA_WORD,
            words,
        )
        words[-4:] = (
            stream.OMNIBUS_BARRIER_WORD,
            stream.SETUP_WORD,
            stream.WAIT_WORD | _SETTLE,
            stream.OMNIBUS_BARRIER_WORD,
        )
        self.connection.run(PlaybackProgram(words, (0, 0, 0)))
        self._written.append(words)
        self._renew_image()
        self.calibration = calibration
        self.configuration = CALIBRATED
        _log.info("%s: loaded the %s", self.identifier[0], calibration)
        calibration.warn_of_failures()

    def written(self, container: str) -> U32:
        """What all containers of a type hold, as far as initialisation and calibration say.

        Returns
        -------
        array of uint32, shape (n, words per container)
        """
        from fisch import registers

        declared = registers.container(container)
        low, high = registers.coordinate_range(declared.coordinate)
        addresses = registers.addresses(container, np.arange(low, high + 1))
        words = np.tile(np.array(registers.encode(container), np.uint32), (len(addresses), 1))
        place = {int(address): i for i, address in enumerate(addresses.ravel())}
        flat = words.reshape(-1)
        for address, data in zip(*omnibus_writes(np.concatenate(self._written)), strict=True):
            if (i := place.get(int(address))) is not None:
                flat[i] = data
        return words

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

    @property
    def description(self) -> str:
        """What it is, in a few words for pictures."""
        info = self.connection.info
        if not self.has_chip:
            return f"no chip ({info.get('kind')})"
        ideal = ", ideal silicon" if info.get("silicon", {}).get("ideal") else ""
        name = self.identifier[0] if self.identifier else "?"
        return f"emulated {name}, {self.revision}{ideal}, hxemu {info.get('version')}"

    def info(self) -> dict[str, Any]:
        """What products on this chip run on."""
        info = dict(self.connection.info)
        info["revision"] = self.revision
        info["identifier"] = self.identifier[0] if self.identifier else None
        info["jtag_id"] = self.jtag_id
        info["configuration"] = self.configuration
        info["calibration"] = self.calibration.info() if self.calibration else None
        return info


def omnibus_writes(words: Words) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Addresses and data of all writes of whole words in a program, in order."""
    from fisch.ut import ToFPGA

    is_write = words >> np.uint64(32) == int(ToFPGA.OMNIBUS_ADDRESS) << 24 | 0xF
    is_data = words >> np.uint64(_SHIFT) == int(ToFPGA.OMNIBUS_DATA)
    first = np.flatnonzero(is_write[:-1] & is_data[1:])
    return words[first].astype(np.uint32), words[first + 1].astype(np.uint32)


def _default_init(connection: Any) -> PlaybackProgram:
    from stadls import SystemInit

    # the entry tells the kind of the board that the chip sits on
    builder, _ = SystemInit(connection.get_hwdb_entry()[0]).generate()
    return builder.done()
