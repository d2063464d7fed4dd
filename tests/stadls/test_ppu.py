"""Programs and memories of the plasticity processors."""

import struct
import sys

import numpy as np
import pytest

from stadls import PlaybackProgramBuilder, hal, halco, lola
from tests.stadls.aggregates import written
from tests.stadls.messages import omnibus_reads

SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_NOBITS = 1, 2, 3, 8
ALLOC = 2
OBJECT, FUNCTION, NOTYPE = 1, 2, 0


def elf(sections, symbols):
    """Big-endian 32-bit ELF: (name, address, content or size), (name, address, size, type)."""
    names, strings = b"\0", b"\0"
    headers = [(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)]
    body = b""

    def add(name, kind, flags, address, content, size=None, link=0, entry=0):
        nonlocal names, body
        headers.append((len(names), kind, flags, address, 52 + len(body),
                        len(content) if size is None else size, link, 0, 1, entry))
        names += name.encode() + b"\0"
        body += content

    for name, address, content in sections:
        if isinstance(content, int):
            add(name, SHT_NOBITS, ALLOC, address, b"", content)
        else:
            add(name, SHT_PROGBITS, ALLOC, address, content)
    add(".comment", SHT_PROGBITS, 0, 0, b"made by hand")
    table = bytes(16)
    for name, address, size, kind in symbols:
        table += struct.pack(">IIIBBH", len(strings), address, size, 16 | kind, 0, 1)
        strings += name.encode() + b"\0"
    add(".symtab", SHT_SYMTAB, 0, 0, table, link=len(headers) + 1, entry=16)
    add(".strtab", SHT_STRTAB, 0, 0, strings)
    headers.append((len(names), SHT_STRTAB, 0, 0, 52 + len(body), 0, 0, 0, 1, 0))
    names += b".shstrtab\0"
    headers[-1] = (*headers[-1][:5], len(names), *headers[-1][6:])
    body += names
    ident = b"\x7fELF" + bytes([1, 2, 1]) + bytes(9)
    header = struct.pack(">HHIIIIIHHHHHH", 2, 20, 1, 0, 0, 52 + len(body), 0, 52, 0, 0, 40,
                         len(headers), len(headers) - 1)
    return ident + header + body + b"".join(struct.pack(">10I", *h) for h in headers)


@pytest.fixture
def program(tmp_path):
    pytest.importorskip("elftools")
    path = tmp_path / "program.bin"
    path.write_bytes(elf(
        [(".text", 0, bytes(range(150))), (".data", 152, b"\x01\x02\x03\x04\x05"),
         (".bss", 160, 8),
         ("ext.text", 0x80000000, b"abcd"), ("ext.data", 0x40000006, b"xy"),
         ("ext_dram.data", 0x50000000, b"dram!")],
        [("a", 152, 4, OBJECT), ("start", 0, 100, FUNCTION), ("mark", 160, 8, NOTYPE),
         ("empty", 0, 0, OBJECT), ("far", 0x40000006, 2, OBJECT),
         ("farther", 0x50000000, 5, OBJECT)]))
    return lola.PPUElfFile(path)


def test_symbols(program):
    symbols = program.read_symbols()
    kinds = lola.PPUProgram.Symbol.Type
    word = halco.PPUMemoryWordOnPPU
    assert set(symbols) == {"a", "start", "mark", "far", "farther"}
    assert symbols["a"] == lola.PPUProgram.Symbol(
        kinds.object, halco.PPUMemoryBlockOnPPU(word(38), word(38)))
    assert symbols["start"].type == kinds.function
    assert symbols["start"].coordinate.toMax() == word(24)
    assert symbols["mark"].type == kinds.other
    byte = halco.ExternalPPUMemoryByteOnFPGA
    assert symbols["far"].coordinate == halco.ExternalPPUMemoryBlockOnFPGA(byte(6), byte(7))
    assert isinstance(symbols["farther"].coordinate, halco.ExternalPPUDRAMMemoryBlockOnFPGA)


def test_memory(program):
    memory = program.read_program()
    assert memory.internal.size() == 42
    assert memory.internal.at(1) == hal.PPUMemoryWord(0x04050607)
    assert memory.internal.at(37) == hal.PPUMemoryWord(0x94950000)
    assert [int(w) for w in memory.internal.words[38:]] == [0x01020304, 0x05000000, 0, 0]
    assert memory.external.to_numpy().tobytes() == b"abcd\0\0xy"
    assert memory.external_dram.to_numpy().tobytes() == b"dram!\0\0\0"


def test_only_internal(tmp_path):
    pytest.importorskip("elftools")
    path = tmp_path / "program.bin"
    path.write_bytes(elf([(".text", 0, bytes(4))], []))
    memory = lola.PPUElfFile(path).read_program()
    assert memory.internal.size() == 1
    assert memory.external is None
    assert memory.external_dram is None


def test_no_program(tmp_path):
    pytest.importorskip("elftools")
    with pytest.raises(RuntimeError, match="missing"):
        lola.PPUElfFile(tmp_path / "missing")
    path = tmp_path / "text"
    path.write_text("no program")
    with pytest.raises(RuntimeError, match="ELF"):
        lola.PPUElfFile(path)


def test_package_is_missing(monkeypatch):
    for name in ("elftools", "elftools.common.exceptions", "elftools.elf.elffile"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModuleNotFoundError, match=r"hxemu\[ppu\]"):
        lola.PPUElfFile("any")


def block_at(first, last, kind="ExternalPPUMemory"):
    byte = getattr(halco, f"{kind}ByteOnFPGA")
    return getattr(halco, f"{kind}BlockOnFPGA")(byte(first), byte(last))


def messages(place, block):
    """(address, byte enables, word) of every write."""
    builder = PlaybackProgramBuilder()
    builder.write(place, block)
    words = [int(w) for w in builder.done().words]
    return [(a & 0xFFFFFFFF, a >> 32 & 0xF, d & 0xFFFFFFFF)
            for a, d in zip(words[0::2], words[1::2], strict=True)]


def test_block_of_bytes():
    block = lola.ExternalPPUMemoryBlock(halco.ExternalPPUMemoryBlockSize(8))
    block.bytes = [hal.ExternalPPUMemoryByte(i + 1) for i in range(8)]
    place = block_at(43, 50)
    assert messages(place, block) == [(0x8000000A, 0b0001, 0x00000001),
                                      (0x8000000B, 0b1111, 0x02030405),
                                      (0x8000000C, 0b1110, 0x06070800)]
    builder = PlaybackProgramBuilder()
    builder.read(place)
    assert omnibus_reads(builder.done()).tolist() == [0x8000000A, 0x8000000B, 0x8000000C]
    back = lola.ExternalPPUMemoryBlock.decode(
        np.array([0xFFFFFF01, 0x02030405, 0x060708FF], np.uint32), place)
    assert back == block
    with pytest.raises(RuntimeError, match="8 bytes"):
        messages(block_at(43, 51), block)


@pytest.mark.parametrize(("first", "last"), [(5, 6), (4, 7), (4, 4), (7, 8), (0, 11), (6, 9)])
def test_any_part_of_words(first, last):
    memory = np.arange(16, dtype=np.uint8) + 100
    block = lola.ExternalPPUMemoryBlock(last - first + 1)
    block.from_numpy(np.arange(first, last + 1))
    expected = memory.copy()
    expected[first:last + 1] = np.arange(first, last + 1)
    for address, enables, word in messages(block_at(first, last), block):
        for i in range(4):
            if enables >> (3 - i) & 1:
                memory[4 * (address - 0x80000000) + i] = word >> 8 * (3 - i) & 0xFF
    assert np.array_equal(memory, expected)
    words = memory.view(">u4")[first // 4:last // 4 + 1].astype(np.uint32)
    assert lola.ExternalPPUMemoryBlock.decode(words, block_at(first, last)) == block


def test_dram_block():
    block = lola.ExternalPPUDRAMMemoryBlock()
    assert block.size() == 1
    block[0] = 0xAB
    assert messages(block_at(5, 5, "ExternalPPUDRAMMemory"), block) == [
        (0x84000001, 0b0100, 0x00AB0000)]


def test_bytes_of_a_block():
    block = lola.ExternalPPUMemoryBlock(16)
    assert lola.ExternalPPUMemoryBlock().size() == 131072
    block.set_subblock(2, block.get_subblock(0, 4))
    block.from_numpy(np.frombuffer(b"hello\x01\tyou\0them..", np.uint8)[:16])
    assert block.to_string() == "hello\tyou"
    assert block.get_subblock(0, 5).to_string() == "hello"
    assert block.at(1) == hal.ExternalPPUMemoryByte(ord("e")) == block[1]
    for wrong in (lambda: block.at(16), lambda: block[-1], lambda: block.get_subblock(10, 7),
                  lambda: block.set_subblock(15, lola.ExternalPPUMemoryBlock(2))):
        with pytest.raises(IndexError):
            wrong()
    with pytest.raises(ValueError, match="16"):
        block.bytes = [hal.ExternalPPUMemoryByte()] * 15
    with pytest.raises(OverflowError):
        block.from_numpy(np.full(16, 256))
    with pytest.raises(OverflowError):
        lola.ExternalPPUMemoryBlock(131073)


def test_whole_memory():
    memory = lola.ExternalPPUMemory()
    block = lola.ExternalPPUMemoryBlock(3)
    block.bytes = [1, 2, 3]
    memory.set_subblock(131069, block)
    assert memory.get_subblock(131069, 3) == block
    assert memory.bytes[131071] == hal.ExternalPPUMemoryByte(3)
    memory.bytes[0].value = 7
    addresses, words = written(halco.ExternalPPUMemoryOnFPGA(), memory)
    assert addresses[[0, -1]].tolist() == [0x80000000, 0x80007FFF]
    assert words[[0, -1]].tolist() == [0x07000000, 0x00010203]
    with pytest.raises(IndexError):
        memory.set_subblock(131070, block)
