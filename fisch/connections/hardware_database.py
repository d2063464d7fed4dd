"""Entries of the hardware database, as far as an emulated set-up has them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar, Self

#: Bits of the fuse DNA that the FPGA can read itself.
_DNA_PORT_BITS = 57


@dataclass
class HXCubeWingEntry:
    """The board that carries the chip."""

    handwritten_chip_serial: int = 0
    chip_revision: int = 0
    eeprom_chip_serial: int | None = None


@dataclass
class HXCubeFPGAEntry:
    """One FPGA of a set-up and the chip behind it."""

    ip: str = "127.0.0.1"
    wing: HXCubeWingEntry | None = None
    fuse_dna: int | None = None
    ci_test_node: bool = False

    def get_dna_port(self) -> int:
        """Return the device DNA that the FPGA reads: upper 57 fuse bits in reversed order.

        Raises
        ------
        RuntimeError
            The fuse DNA is not known.
        """
        if self.fuse_dna is None:
            raise RuntimeError("The fuse DNA of this FPGA is not in the database.")
        bits = f"{self.fuse_dna:064b}"[:_DNA_PORT_BITS]
        return int(bits[::-1], 2)


class _SetupEntry:
    """What entries of set-ups with FPGAs have in common."""

    #: What identifiers begin with.
    _prefix: ClassVar[str]
    #: Field that holds the number of the set-up.
    _id: ClassVar[str]
    fpgas: dict[int, HXCubeFPGAEntry]

    @property
    def _number(self) -> int:
        number: int = getattr(self, self._id)
        return number

    def get_unique_branch_identifier(self, chip_serial: int) -> str:
        """Return ``<set-up>fpga<fpga>chip<serial>_1`` of a chip of this set-up.

        Raises
        ------
        RuntimeError
            No chip has this handwritten serial number.
        """
        for number, fpga in self.fpgas.items():
            if fpga.wing is not None and fpga.wing.handwritten_chip_serial == chip_serial:
                return f"{self._prefix}{self._number}fpga{number}chip{chip_serial}_1"
        raise RuntimeError(f"Chip serial {chip_serial} is not in set-up {self._number}.")

    @classmethod
    def get_ids_from_unique_branch_identifier(cls, text: str) -> tuple[int, int, int, int]:
        """Split an identifier into (set-up, FPGA, chip serial, set-up version).

        Raises
        ------
        RuntimeError
            The text is no such identifier.
        """
        match = re.fullmatch(rf"{cls._prefix}(\d+)fpga(\d+)chip(\d+)_(\d+)", text)
        if match is None:
            raise RuntimeError(
                f"{text!r} is not of the form {cls._prefix}<n>fpga<n>chip<n>_<n>."
            )
        setup, fpga, chip, version = (int(group) for group in match.groups())
        return setup, fpga, chip, version

    @classmethod
    def of_emulated(
        cls,
        identifier: str,
        revision: int,
        *,
        eeprom_chip_serial: int | None = None,
        fuse_dna: int | None = None,
    ) -> Self:
        """Return the entry of an emulated chip, which has a set-up with one FPGA of its own.

        Parameters
        ----------
        identifier
            Such as ``hxcube<90 + revision>fpga0chip<seed + 1>_1``.
        revision
            Chip revision, 1 to 3.
        eeprom_chip_serial, fuse_dna
            What the devices of the set-up hold, 32 and 64 bits.
        """
        setup, fpga, chip, _ = cls.get_ids_from_unique_branch_identifier(identifier)
        wing = HXCubeWingEntry(chip, revision, eeprom_chip_serial)
        entry = cls()
        setattr(entry, cls._id, setup)
        entry.fpgas = {fpga: HXCubeFPGAEntry(wing=wing, fuse_dna=fuse_dna)}
        return entry


@dataclass
class HXCubeSetupEntry(_SetupEntry):
    """One cube set-up. An emulated chip is a cube of its own, with one FPGA."""

    _prefix: ClassVar[str] = "hxcube"
    _id: ClassVar[str] = "hxcube_id"

    hxcube_id: int = 0
    fpgas: dict[int, HXCubeFPGAEntry] = field(default_factory=dict)
    usb_host: str = "None"
    usb_serial: str = ""
    xilinx_hw_server: str | None = None


@dataclass(frozen=True)
class JboaAggregatorEntry:
    """The switch that FPGAs of a jBOA set-up exchange events through."""

    ip: str = "127.0.0.1"
    ci_test_node: bool = False


@dataclass
class JboaSetupEntry(_SetupEntry):
    """One jBOA set-up; emulated ones have one FPGA and no aggregator."""

    _prefix: ClassVar[str] = "jboa"
    _id: ClassVar[str] = "jboa_id"

    jboa_id: int = 0
    fpgas: dict[int, HXCubeFPGAEntry] = field(default_factory=dict)
    aggregators: dict[int, JboaAggregatorEntry] = field(default_factory=dict)
    xilinx_hw_server: str | None = None


@dataclass(frozen=True)
class ZeroMockEntry:
    """Stands for no set-up: nothing is behind the connection."""


@dataclass(frozen=True)
class SimulationEntry:
    """Stands for a simulated set-up of the real stack."""
