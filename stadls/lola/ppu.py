"""Programs for the plasticity processors, from ELF files.

Reading the files needs the package ``pyelftools`` (``pip install hxemu[ppu]``).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np

from stadls.halco.types import coordinate

from .blocks import PPUMemoryBlock
from .memory import ExternalPPUDRAMMemoryBlock, ExternalPPUMemoryBlock

__all__ = ["ElfFileError", "PPUElfFile", "PPUProgram"]

WORD_BYTES = 4
# Where the linker puts what lies in the external memories: instructions and data share each.
EXTERNAL = (0x80000000, 0x40000000)
EXTERNAL_DRAM = (0x90000000, 0x50000000)
RANGE_BITS = 28
_PREFIXES = ("int", "ext")
_PARTS = (".text", ".data", ".rodata", ".bss", ".init", ".fini")
SHF_ALLOC = 2


class ElfFileError(RuntimeError):
    """A file cannot be read as a program.

    Attributes
    ----------
    path
        Of the file.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"can't read the program {self.path!r}: {self.reason}"


class _Plain:
    """Plain record with equality and text."""

    __slots__: tuple[str, ...] = ()

    def _fields(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return self._fields() == other._fields() if type(other) is type(self) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        rows = ", ".join(f"{n}={v!r}" for n, v in zip(self.__slots__, self._fields(), strict=True))
        return f"{type(self).__name__}({rows})"


class PPUProgram:
    """Names of what a program consists of."""

    class Symbol(_Plain):
        """A named object or function of a program.

        Attributes
        ----------
        type
            ``Symbol.Type``.
        coordinate
            ``PPUMemoryBlockOnPPU``, or ``ExternalPPUMemoryBlockOnFPGA`` or
            ``ExternalPPUDRAMMemoryBlockOnFPGA`` of what lies outside.
        """

        __slots__ = ("coordinate", "type")
        Type = IntEnum("Type", "object function other", start=0, module=__name__,
                       qualname="PPUProgram.Symbol.Type")

        def __init__(self, type: Any = 0, coordinate: Any = None) -> None:
            self.type = self.Type(type)
            self.coordinate = coordinate

    class Memory(_Plain):
        """Content of the memories, from their beginning.

        Attributes
        ----------
        internal
            ``hal.PPUMemoryBlock``.
        external, external_dram
            ``lola.ExternalPPUMemoryBlock`` and ``lola.ExternalPPUDRAMMemoryBlock``; None if
            nothing lies there.
        """

        __slots__ = ("external", "external_dram", "internal")

        def __init__(self, internal: Any = None, external: Any = None,
                     external_dram: Any = None) -> None:
            self.internal = internal
            self.external = external
            self.external_dram = external_dram


def _place(address: int) -> tuple[str, int]:
    """Memory and byte offset of an address of the linker."""
    base = address >> RANGE_BITS << RANGE_BITS
    offset = address - base
    for name, bases in (("external", EXTERNAL), ("external_dram", EXTERNAL_DRAM)):
        if base in bases:
            return name, offset
    return "internal", address


class PPUElfFile:
    """An executable for a plasticity processor.

    Parameters
    ----------
    filename
        Path of the file.

    Raises
    ------
    RuntimeError
        The file can't be opened, or is no ELF file.
    ModuleNotFoundError
        ``pyelftools`` is not installed.
    """

    def __init__(self, filename: Any) -> None:
        try:
            from elftools.common.exceptions import ELFError
            from elftools.elf.elffile import ELFFile
        except ImportError as error:
            raise ModuleNotFoundError(
                "programs for the plasticity processors are read with pyelftools, which is not "
                "installed; install it with: pip install hxemu[ppu]") from error
        self.path = str(filename)
        try:
            with open(self.path, "rb") as file:
                elf = ELFFile(file)
                self._sections = [
                    (int(s["sh_addr"]), int(s["sh_size"]),
                     None if s["sh_type"] == "SHT_NOBITS" else s.data())
                    for s in elf.iter_sections() if self._is_taken(s)]
                table: Any = elf.get_section_by_name(".symtab")
                self._symbols = [] if table is None else [
                    (s.name, int(s["st_value"]), int(s["st_size"]), s["st_info"]["type"])
                    for s in table.iter_symbols() if s["st_size"]]
        except OSError as error:
            raise ElfFileError(self.path, error.strerror or str(error)) from error
        except ELFError as error:
            raise ElfFileError(self.path, f"no ELF file ({error})") from error

    @staticmethod
    def _is_taken(section: Any) -> bool:
        name = section.name
        return bool(section["sh_flags"] & SHF_ALLOC and section["sh_size"]) and (
            name.startswith(_PREFIXES) or any(p in name for p in _PARTS))

    def read_symbols(self) -> dict[str, PPUProgram.Symbol]:
        """Return the named objects and functions of a size above 0."""
        kind = PPUProgram.Symbol
        types = {"STT_OBJECT": 0, "STT_FUNC": 1}
        return {name: kind(types.get(info, 2), _coordinate(address, size))
                for name, address, size, info in self._symbols}

    def read_program(self) -> PPUProgram.Memory:
        """Return the content of the memories."""
        pieces: dict[str, list[tuple[int, int, bytes | None]]] = {
            "internal": [], "external": [], "external_dram": []}
        for address, size, content in self._sections:
            memory, offset = _place(address)
            pieces[memory].append((offset, size, content))
        images = {}
        for memory, found in pieces.items():
            end = max((offset + size for offset, size, _ in found), default=0)
            image = np.zeros(-(-end // WORD_BYTES) * WORD_BYTES, np.uint8)
            for offset, size, content in found:
                if content is not None:
                    image[offset:offset + size] = np.frombuffer(content, np.uint8)
            images[memory] = image
        internal = None
        if len(images["internal"]):
            internal = PPUMemoryBlock(len(images["internal"]) // WORD_BYTES)
            internal.words[...] = images["internal"].view(">u4")
        return PPUProgram.Memory(internal, _block(ExternalPPUMemoryBlock, images["external"]),
                                 _block(ExternalPPUDRAMMemoryBlock, images["external_dram"]))


def _block(kind: Any, image: Any) -> Any:
    if not len(image):
        return None
    block = kind(len(image))
    block.from_numpy(image)
    return block


def _coordinate(address: int, size: int) -> Any:
    memory, offset = _place(address)
    if memory == "internal":
        word = coordinate("PPUMemoryWordOnPPU")
        return coordinate("PPUMemoryBlockOnPPU")(
            word(offset // WORD_BYTES), word((offset + size - 1) // WORD_BYTES))
    short = "ExternalPPUMemory" if memory == "external" else "ExternalPPUDRAMMemory"
    byte = coordinate(f"{short}ByteOnFPGA")
    return coordinate(f"{short}BlockOnFPGA")(byte(offset), byte(offset + size - 1))
