"""Counters of the links between FPGA and chip."""

from libc.stdint cimport uint32_t, uint64_t

cdef enum:
    LINKS = 8

cdef struct Links:
    # Omnibus accesses of the chip: one word each way
    uint64_t words
    uint64_t shared_out
    # links in use, their words each way, and since when they are up
    uint32_t mask
    uint64_t carried[LINKS]
    uint64_t up_since[LINKS]
    # performance test
    bint testing
    uint64_t test_start
    uint64_t test_stop
    uint32_t test_links
    uint64_t received
    bint received_read

cdef void use_links(Links *links, uint32_t mask, uint64_t up_at) noexcept nogil
cdef void test_links(Links *links, bint on, uint64_t now) noexcept nogil
cdef bint read_links(Links *links, uint32_t address, uint64_t now, uint32_t *value) noexcept nogil
