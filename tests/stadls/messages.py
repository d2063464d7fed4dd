"""Reads programs back, from the layout of instruction words: header in bits 63:56."""

import numpy as np

OMNIBUS_ADDRESS, OMNIBUS_DATA = 0x0B, 0x0C
READ = 1 << 36


def omnibus_writes(program):
    """Addresses and words of a program that consists of Omnibus writes with all bytes."""
    words = np.asarray(program.words)
    headers = words >> np.uint64(56)
    assert (headers[0::2] == OMNIBUS_ADDRESS).all()
    assert (headers[1::2] == OMNIBUS_DATA).all()
    assert ((words[0::2] >> np.uint64(32) & np.uint64(0x1F)) == 0xF).all()
    return words[0::2].astype(np.uint32), words[1::2].astype(np.uint32)


def omnibus_reads(program):
    """Addresses of a program that consists of Omnibus reads."""
    words = np.asarray(program.words)
    assert (words >> np.uint64(56) == OMNIBUS_ADDRESS).all()
    assert (words & np.uint64(READ) != 0).all()
    return words.astype(np.uint32)
