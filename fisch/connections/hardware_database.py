"""Entries of the hardware database, as far as an emulated set-up has them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_IDENTIFIER = re.compile(r"hxcube(\d+)fpga(\d+)chip(\d+)_(\d+)")


@dataclass
class HXCubeWingEntry:
    """The board that carries the chip."""

    handwritten_chip_serial: int = 0
    chip_revision: int = 0
    eeprom_chip_serial: int | None = None


@dataclass
class HXCubeFPGAEntry:
    """One FPGA of a cube set-up and the chip behind it."""

    ip: str = "127.0.0.1"
    wing: HXCubeWingEntry | None = None
    fuse_dna: int | None = None
    ci_test_node: bool = False


@dataclass
class HXCubeSetupEntry:
    """One cube set-up. An emulated chip is a cube of its own, with one FPGA."""

    hxcube_id: int = 0
    fpgas: dict[int, HXCubeFPGAEntry] = field(default_factory=dict)
    usb_host: str = "None"
    usb_serial: str = ""
    xilinx_hw_server: str | None = None

    def get_unique_branch_identifier(self, chip_serial: int) -> str:
        """Return ``hxcube<cube>fpga<fpga>chip<serial>_1`` of a chip of this set-up.

        Raises
        ------
        RuntimeError
            No chip has this handwritten serial number.
        """
        for number, fpga in self.fpgas.items():
            if fpga.wing is not None and fpga.wing.handwritten_chip_serial == chip_serial:
                return f"hxcube{self.hxcube_id}fpga{number}chip{chip_serial}_1"
        raise RuntimeError(f"Chip serial {chip_serial} is not in set-up {self.hxcube_id}.")

    @staticmethod
    def get_ids_from_unique_branch_identifier(text: str) -> tuple[int, int, int, int]:
        """Split an identifier into (set-up, FPGA, chip serial, set-up version).

        Raises
        ------
        RuntimeError
            The text is no such identifier.
        """
        match = _IDENTIFIER.fullmatch(text)
        if match is None:
            raise RuntimeError(f"{text!r} is not of the form hxcube<n>fpga<n>chip<n>_<n>.")
        setup, fpga, chip, version = (int(group) for group in match.groups())
        return setup, fpga, chip, version

    @classmethod
    def of_emulated(cls, identifier: str, revision: int) -> HXCubeSetupEntry:
        """Return the entry of an emulated chip.

        Parameters
        ----------
        identifier
            ``hxcube<90 + revision>fpga0chip<seed + 1>_1``.
        revision
            Chip revision, 1 to 3.
        """
        setup, fpga, chip, _ = cls.get_ids_from_unique_branch_identifier(identifier)
        wing = HXCubeWingEntry(handwritten_chip_serial=chip, chip_revision=revision)
        return cls(hxcube_id=setup, fpgas={fpga: HXCubeFPGAEntry(wing=wing)})


@dataclass(frozen=True)
class ZeroMockEntry:
    """Stands for no set-up: nothing is behind the connection."""


@dataclass(frozen=True)
class SimulationEntry:
    """Stands for a simulated set-up of the real stack."""
