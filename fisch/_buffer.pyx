"""Growing C buffers, and the word buffer that a program builder encodes into.

Large blocks are recycled: a first touch of fresh memory costs more than encoding a word into
it, so blocks of finished programs are kept (up to `POOL_BYTES`) and used again.
"""

cimport cython
from cpython.buffer cimport PyBUF_WRITABLE, PyBuffer_FillInfo
from libc.stddef cimport size_t
from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

import numpy as np

from fisch.errors import BuilderError

cdef extern from * nogil:
    """
    #include <pthread.h>
    #if defined(__linux__)
    #include <sys/mman.h>
    static void hx_prefer_huge_pages(void *memory, size_t size)
    {
        (void)madvise(memory, size, MADV_HUGEPAGE);
    }
    #else
    static void hx_prefer_huge_pages(void *memory, size_t size) { (void)memory; (void)size; }
    #endif
    static pthread_mutex_t hx_pool_lock = PTHREAD_MUTEX_INITIALIZER;
    /* trylock: a forked child may inherit the lock held, and must then do without the pool */
    static int hx_pool_enter(void) { return pthread_mutex_trylock(&hx_pool_lock) == 0; }
    static void hx_pool_leave(void) { pthread_mutex_unlock(&hx_pool_lock); }
    """
    void hx_prefer_huge_pages(void* memory, size_t size)
    int hx_pool_enter()
    void hx_pool_leave()

cdef extern from "stdlib.h" nogil:
    void* aligned_alloc(size_t alignment, size_t size)

cdef extern from "fisch/ut.h" nogil:
    const uint64_t UT_OMNIBUS_WRITE_WORD
    const uint64_t UT_OMNIBUS_READ_WORD
    const uint64_t UT_OMNIBUS_DATA_WORD
    const uint64_t UT_TO_WAIT_UNTIL
    const uint64_t UT_TO_SPIKE_PACK_1
    const int UT_HEADER_SHIFT

# Blocks between 2**LOWEST and 2**HIGHEST bytes are recycled, at most DEPTH of each size.
cdef enum:
    LOWEST = 16
    HIGHEST = 26
    DEPTH = 8
    HUGE_PAGE = 1 << 21

#: Most memory that recycled blocks may hold, in bytes.
POOL_BYTES = 64 << 20

cdef size_t pool_limit = POOL_BYTES
cdef size_t pool_held = 0
cdef void* pool_blocks[(HIGHEST + 1) * DEPTH]
cdef int pool_count[HIGHEST + 1]


cdef void* pool_allocate(size_t wanted, size_t* granted) noexcept nogil:
    """Memory of at least `wanted` bytes; `granted` says how many. NULL if there is none."""
    cdef int exponent = 9
    cdef void* memory = NULL
    global pool_held
    while (<size_t>1 << exponent) < wanted:
        exponent += 1
    granted[0] = <size_t>1 << exponent
    if LOWEST <= exponent <= HIGHEST and hx_pool_enter():
        if pool_count[exponent] > 0:
            pool_count[exponent] -= 1
            memory = pool_blocks[exponent * DEPTH + pool_count[exponent]]
            pool_held -= granted[0]
        hx_pool_leave()
    if memory != NULL:
        return memory
    if granted[0] >= HUGE_PAGE:
        memory = aligned_alloc(HUGE_PAGE, granted[0])
        if memory != NULL:
            hx_prefer_huge_pages(memory, granted[0])
        return memory
    return malloc(granted[0])


cdef void pool_release(void* memory, size_t granted) noexcept nogil:
    """Give back what `pool_allocate` granted."""
    cdef int exponent = 9
    global pool_held
    if memory == NULL:
        return
    while (<size_t>1 << exponent) < granted:
        exponent += 1
    if LOWEST <= exponent <= HIGHEST and hx_pool_enter():
        if pool_count[exponent] < DEPTH and pool_held + granted <= pool_limit:
            pool_blocks[exponent * DEPTH + pool_count[exponent]] = memory
            pool_count[exponent] += 1
            pool_held += granted
            memory = NULL
        hx_pool_leave()
    free(memory)


@cython.final
cdef class GrowBuffer:
    """Bytes that grow at the end, and that an array can look into without a copy.

    Exporting its memory (`as_array`) ends its growth for as long as the array lives.
    """

    def __cinit__(self):
        self.data = NULL
        self.used = 0
        self.capacity = 0
        self.exports = 0

    def __dealloc__(self):
        pool_release(self.data, self.capacity)

    cdef int reserve(self, size_t extra) except -1 nogil:
        """Make room for `extra` bytes behind those in use."""
        cdef size_t granted
        cdef void* memory
        if self.used + extra <= self.capacity:
            return 0
        if self.exports:
            with gil:
                raise BufferError("The buffer is in use by an array and can't grow.")
        memory = pool_allocate(max(self.used + extra, 2 * self.capacity), &granted)
        if memory == NULL:
            with gil:
                raise MemoryError
        if self.used:
            memcpy(memory, self.data, self.used)
        pool_release(self.data, self.capacity)
        self.data = <char*>memory
        self.capacity = granted
        return 0

    def __len__(self):
        return self.used

    def __getbuffer__(self, Py_buffer* view, int flags):
        if flags & PyBUF_WRITABLE == PyBUF_WRITABLE:
            raise BufferError("Encoded and decoded data are read-only.")
        PyBuffer_FillInfo(view, self, self.data, self.used, 1, flags)
        self.exports += 1

    def __releasebuffer__(self, Py_buffer* view):
        self.exports -= 1

    def as_array(self, dtype):
        """Return the content as a read-only array that shares this memory."""
        if self.used == 0:
            array = np.empty(0, dtype)
            array.flags.writeable = False
            return array
        return np.frombuffer(self, dtype)


@cython.final
cdef class WordBuffer:
    """Instruction words (unsigned 64 bit) in the order in which they will be sent."""

    cdef GrowBuffer _buffer

    def __cinit__(self):
        self._buffer = GrowBuffer()

    def __len__(self):
        return self._buffer.used // 8

    cdef uint64_t* _extend(self, size_t count) except? NULL:
        """Room for `count` more words, which count as in use from now on."""
        cdef uint64_t* first
        if count == 0:
            return <uint64_t*>self._buffer.data
        self._buffer.reserve(8 * count)
        first = <uint64_t*>(self._buffer.data + self._buffer.used)
        self._buffer.used += 8 * count
        return first

    def append(self, uint64_t word):
        """Append one word."""
        self._extend(1)[0] = word

    def extend(self, const uint64_t[::1] words):
        """Append an array of words."""
        cdef size_t count = words.shape[0]
        cdef uint64_t* out
        if count:
            out = self._extend(count)
            memcpy(out, &words[0], 8 * count)

    def extend_list(self, words):
        """Append words of a short sequence of Python integers."""
        cdef uint64_t word
        for word in words:
            self._extend(1)[0] = word

    def extend_buffer(self, WordBuffer other not None):
        """Append a copy of another buffer's words; the other keeps its own."""
        cdef size_t count = other._buffer.used
        cdef uint64_t* out
        if other is self:
            raise BuilderError("A buffer can't be appended to itself.")
        if count:
            out = self._extend(count // 8)
            memcpy(out, other._buffer.data, count)

    def take(self):
        """Hand over all words as a read-only array without a copy; the buffer is empty then."""
        cdef GrowBuffer full = self._buffer
        self._buffer = GrowBuffer()
        return full.as_array(np.uint64)

    def peek(self):
        """Copy of the words."""
        return self._buffer.as_array(np.uint64).copy()

    def omnibus_writes(self, const uint32_t[::1] addresses, const uint32_t[::1] words,
                       uint64_t byte_enables=0xf):
        """Append one omnibus write (two words) per address.

        Parameters
        ----------
        addresses, words
            As many of one as of the other; the caller has checked it.
        byte_enables
            Four bits, bit i enables byte i; the same for all.
        """
        cdef size_t count = addresses.shape[0], i
        cdef uint64_t address_word = UT_OMNIBUS_WRITE_WORD & ~(<uint64_t>0xf << 32)
        cdef uint64_t data_word = UT_OMNIBUS_DATA_WORD
        cdef uint64_t* out
        cdef const uint32_t* a
        cdef const uint32_t* w
        if count == 0:
            return
        address_word |= byte_enables << 32
        out = self._extend(2 * count)
        a = &addresses[0]
        w = &words[0]
        with nogil:
            for i in range(count):
                out[2 * i] = address_word | a[i]
                out[2 * i + 1] = data_word | w[i]

    def omnibus_reads(self, const uint32_t[::1] addresses):
        """Append one omnibus read (one word) per address."""
        cdef size_t count = addresses.shape[0], i
        cdef uint64_t address_word = UT_OMNIBUS_READ_WORD
        cdef uint64_t* out
        cdef const uint32_t* a
        if count == 0:
            return
        out = self._extend(count)
        a = &addresses[0]
        with nogil:
            for i in range(count):
                out[i] = address_word | a[i]

    def spikes(self, times, const uint16_t[:, ::1] labels):
        """Append one spike pack per row of `labels`, each behind a wait if there are times.

        Parameters
        ----------
        times
            Unsigned 32-bit array with one timer value per row, or None for no waits.
        labels
            Rows of one, two or three labels.
        """
        cdef size_t count = labels.shape[0], width = labels.shape[1], i
        cdef uint64_t wait = <uint64_t>UT_TO_WAIT_UNTIL << UT_HEADER_SHIFT
        cdef uint64_t pack = <uint64_t>(UT_TO_SPIKE_PACK_1 + width - 1) << UT_HEADER_SHIFT
        cdef uint64_t word
        cdef uint64_t* out
        cdef const uint16_t* row
        cdef const uint32_t[::1] when
        cdef const uint32_t* t = NULL
        cdef size_t step = 1
        if count == 0:
            return
        if times is not None:
            when = times
            t = &when[0]
            step = 2
        out = self._extend(step * count)
        row = &labels[0, 0]
        with nogil:
            for i in range(count):
                if t != NULL:
                    out[0] = wait | t[i]
                word = row[0]
                if width > 1:
                    word = (word << 16) | row[1]
                if width > 2:
                    word = (word << 16) | row[2]
                out[step - 1] = pack | word
                out += step
                row += width
