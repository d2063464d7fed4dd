"""Words behind the register addresses, in pages that exist once something is declared there."""

from libc.stdint cimport int32_t, uint8_t, uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

import numpy as np


cdef Page *touch_page(Words *words, uint32_t number) noexcept nogil:
    """Page of that number, made now if it is only declared; NULL without memory."""
    cdef Page *page = words.pages[number]
    if page == NULL:
        page = <Page *>calloc(1, sizeof(Page))
        if page != NULL:
            memset(page.kind, words.untouched[number], PAGE_WORDS)
            words.pages[number] = page
    return page


cdef class Store:
    """Words of a 32-bit address space.

    Every word has a kind: whether it can be read and written, and a hook that says which
    circuit acts on it, with the index of the register among those of that hook.
    """

    def __cinit__(self):
        self.words.pages = <Page **>calloc(PAGES, sizeof(Page *))
        self.words.untouched = <uint8_t *>calloc(PAGES, 1)
        if self.words.pages == NULL or self.words.untouched == NULL:
            raise MemoryError("register pages")
        self._defaults = []
        self._ranges = []

    def __dealloc__(self):
        if self.words.pages != NULL:
            for number in range(PAGES):
                free(self.words.pages[number])
        free(self.words.pages)
        free(self.words.untouched)

    def declare(self, const uint32_t[::1] addresses, int hook, int access,
                const int32_t[::1] index=None):
        """Declare words.

        Parameters
        ----------
        addresses
            Their addresses.
        hook, access
            A `Hook`, and `Access` flags; access adds up over several declarations, and a hook
            other than `PLAIN` stays.
        index
            Number of each word for its hook.
        """
        cdef Py_ssize_t i
        cdef uint32_t address
        cdef Page *page
        for i in range(addresses.shape[0]):
            address = addresses[i]
            page = touch_page(&self.words, address >> PAGE_BITS)
            if page == NULL:
                raise MemoryError("register pages")
            address &= PAGE_MASK
            page.kind[address] |= access
            if hook != Hook.PLAIN:
                page.kind[address] = (page.kind[address] & ~HOOK_MASK) | hook
                if index is not None:
                    page.index[address] = index[i]

    def declare_memory(self, uint32_t start, Py_ssize_t size):
        """Declare plain memory of whole pages, which takes space once it is written."""
        if start & PAGE_MASK or size & PAGE_MASK:
            raise ValueError(f"memory at {start:#x} of {size} words is not made of whole pages")
        cdef Py_ssize_t number
        cdef uint32_t first = start >> PAGE_BITS
        for number in range(size >> PAGE_BITS):
            self.words.untouched[first + number] = Access.READABLE | Access.WRITABLE
        self._ranges.append((first, size >> PAGE_BITS))

    def set_defaults(self, addresses, words):
        """Set the words that `reset` restores; all others become 0."""
        order = np.argsort(addresses, kind="stable")
        self._defaults = [(np.ascontiguousarray(addresses, dtype=np.uint32)[order],
                           np.ascontiguousarray(words, dtype=np.uint32)[order])]

    def reset(self, uint32_t start, uint32_t stop):
        """Restore the defaults of all words from `start` up to `stop`, exclusive (page bounds)."""
        cdef uint32_t number
        cdef Py_ssize_t i
        cdef const uint32_t[::1] addresses, words
        for number in range(start >> PAGE_BITS, stop >> PAGE_BITS):
            if self.words.pages[number] != NULL:
                memset(self.words.pages[number].data, 0, sizeof(uint32_t) * PAGE_WORDS)
        for where, what in self._defaults:
            low, high = np.searchsorted(where, [start, stop])
            addresses, words = where[low:high], what[low:high]
            for i in range(addresses.shape[0]):
                self.words.pages[addresses[i] >> PAGE_BITS].data[addresses[i] & PAGE_MASK] = words[i]

    def clear_memory(self):
        """Give back all plain memory."""
        for first, size in self._ranges:
            for number in range(first, first + size):
                free(self.words.pages[<uint32_t>number])
                self.words.pages[<uint32_t>number] = NULL

    def __getitem__(self, uint32_t address):
        """Stored word (for inspection; no circuit acts)."""
        return load(&self.words, address)

    def gather(self, const uint32_t[::1] addresses):
        """Stored words at many addresses, shape (n,)."""
        cdef Py_ssize_t i
        found = np.empty(addresses.shape[0], np.uint32)
        cdef uint32_t[::1] words = found
        for i in range(addresses.shape[0]):
            words[i] = load(&self.words, addresses[i])
        return found

    def kind(self, uint32_t address):
        """Hook, access flags and index of a word."""
        cdef Page *page = page_of(&self.words, address)
        if page == NULL:
            kind = self.words.untouched[address >> PAGE_BITS]
            return Hook(kind & HOOK_MASK), kind & ~HOOK_MASK & 0xff, 0
        kind = page.kind[address & PAGE_MASK]
        return Hook(kind & HOOK_MASK), kind & ~HOOK_MASK & 0xff, page.index[address & PAGE_MASK]
