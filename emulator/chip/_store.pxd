"""Words behind the register addresses, and what a word is (its hook)."""

from libc.stdint cimport int32_t, uint8_t, uint32_t

cpdef enum Hook:
    PLAIN = 0
    SYNAPSE_WEIGHT = 1
    SYNAPSE_LABEL = 2
    SYNAPSE_CALIB = 3
    SYNAPSE_RAW = 4
    CADC_SAMPLE = 5
    NEURON_RESET_QUAD = 6
    NEURON_RESET = 7
    # stored words that the membranes and their read-out depend on
    ANALOG = 8
    # stored words that synapse drivers depend on
    DRIVER = 9
    # stored words that routing depends on
    ROUTING = 10
    CROSSBAR_DROPS = 11
    CROSSBAR_EVENTS = 12
    PADI_EVENT = 13
    BACKEND_COMMON = 14
    # writes that do nothing in what is modelled
    IGNORED = 15
    CHIP_PHY_ENABLE = 16
    FPGA_REGISTER = 17
    SPIKE_COUNTER_RESET = 18
    CORRELATION_RESET = 19
    MADC_CONTROL = 20
    # stored words that the MADC depends on
    MADC_CONFIG = 21
    # analog memory: stored words whose analog values settle
    CAPMEM = 22

cpdef enum Access:
    READABLE = 64
    WRITABLE = 128

cdef enum:
    HOOK_MASK = 63
    PAGE_BITS = 12
    PAGE_WORDS = 1 << PAGE_BITS
    PAGE_MASK = PAGE_WORDS - 1
    PAGES = 1 << (32 - PAGE_BITS)

cdef struct Page:
    uint32_t data[PAGE_WORDS]
    int32_t index[PAGE_WORDS]
    uint8_t kind[PAGE_WORDS]

cdef struct Words:
    Page **pages
    # what the words of a page are that has not been touched yet
    uint8_t *untouched

cdef Page *touch_page(Words *words, uint32_t number) noexcept nogil

cdef inline Page *page_of(Words *words, uint32_t address) noexcept nogil:
    return words.pages[address >> PAGE_BITS]

cdef inline uint32_t load(Words *words, uint32_t address) noexcept nogil:
    cdef Page *page = words.pages[address >> PAGE_BITS]
    return page.data[address & PAGE_MASK] if page != NULL else 0

cdef class Store:
    cdef Words words
    cdef object _ranges
    cdef object _defaults
