"""How the daemon's memory allocator treats the frames that come and go."""

from __future__ import annotations

import ctypes

# Names and numbers of glibc's mallopt.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8

#: Blocks up to this size (frames are 1 MiB at most) come from the heap and stay in it.
HEAP_BLOCK = 4 << 20
#: Free bytes at the end of the heap that are not given back.
KEPT = 64 << 20


def keep_frames() -> bool:
    """Let freed frames be used again instead of going back to the system each time.

    By default glibc maps every block of that size anew, and the kernel clears its pages again:
    a third of the time of a matrix product. One heap for all threads, because a frame is
    allocated by the I/O thread and freed by another. Call it before threads start.

    Returns
    -------
    bool
        False where the C library has no such setting; then nothing changed.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    settings = ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, HEAP_BLOCK), (_M_TRIM_THRESHOLD, KEPT))
    return all([mallopt(ctypes.c_int(name), ctypes.c_int(value)) for name, value in settings])
