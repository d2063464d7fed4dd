"""The chip as its FPGA sees it: an Omnibus target and a sink and source of events."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from ._hemisphere cimport Dispatch, Hemisphere, hx_crew, hx_kernels, hx_logged, reset_quads_of
from ._madc cimport Madc
from ._routing cimport Routing
from ._store cimport HOOK_MASK, PAGE_BITS, PAGE_MASK, PAGE_WORDS, Hook, Page, Words

cdef extern from "emulator/chip/runs.h" nogil:
    int64_t hx_train_run(const hx_kernels *kernels, const uint64_t *words, int64_t count,
                         const int32_t *entry, hx_logged **log, const int32_t *direct,
                         uint64_t timer_start, uint64_t patience, uint64_t *now)

cdef enum:
    # answers of a read
    READ_VALUE = 0
    READ_LATER = 1
    READ_UNMAPPED = 2

cdef struct Looped:
    uint64_t time
    uint16_t label

cdef enum:
    # quads of correlation sensors of a hemisphere, 64 in a row
    CORRELATION_QUADS = 256 * 64

cdef struct Core:
    void *owner
    Words *words
    Routing routing
    Dispatch dispatch
    Hemisphere *half[2]
    hx_crew crew
    Madc madc
    # registers changed that events (routing and drivers) depend on
    bint drivers_dirty
    # a triggered conversion that the executor has to reserve a response for
    int later_half
    int later_type
    int later_quad
    # whether the last read started a conversion, and of which half
    int triggered
    # events that left through an L2 output
    Looped *looped
    int64_t looped_first
    int64_t looped_count
    int64_t looped_space
    uint64_t unmapped_reads
    uint64_t unmapped_writes
    # chip-side link enables were written since the last chip reset
    bint links_enabled
    # chip time at which the correlation sensors of each quad were last reset, and whether a reset
    # of a quad of neurons resets those of its row 0, too
    uint64_t correlation_reset[2 * CORRELATION_QUADS]
    bint neurons_reset_row_0
    bint in_reset
    # CapMem cells: value before they were programmed last, code and noise since then, and the
    # settling step in which that was
    double *cell_start
    double *cell_code
    double *cell_noise
    uint64_t *cell_step
    const uint8_t *cell_of_drivers
    double cell_sigma
    # cells do not take time
    bint at_once
    # what is left of a change after some steps
    double left[21]
    uint64_t cell_key
    # the present step, and the ones from which on all cells, or those of drivers, are settled
    uint64_t step
    uint64_t settled_step
    uint64_t drivers_settled_step
    # registers changed, other than cells, that the operating points depend on
    bint settings_stale
    # operating points that are worked out and still hold
    bint point_known[2]
    # cells changed, or moved on
    bint cells_stale

cdef void route(Core *core, uint32_t label, uint64_t time) noexcept nogil
cdef bint write_word(Core *core, uint32_t address, uint32_t data, uint32_t enables, uint64_t time) noexcept nogil
cdef Py_ssize_t write_synapses(Core *core, const uint64_t *words, Py_ssize_t count) noexcept nogil
cdef int read_word(Core *core, uint32_t address, uint64_t time, uint32_t *value) noexcept nogil
cdef void reset_row_0(Core *core, int32_t quad, Py_ssize_t count, uint64_t time) noexcept nogil
cdef void work_off(Core *core, int half, bint everything) noexcept nogil
cdef void work_off_both(Core *core, bint everything) noexcept nogil
cdef void join_both(Core *core) noexcept nogil
cdef void reset_core(Core *core) noexcept nogil

cdef inline void send_event(Core *core, uint32_t label, uint64_t time) noexcept nogil:
    """An event from the FPGA."""
    cdef int32_t entry = core.dispatch.entry[label]
    cdef uint32_t slot = <uint32_t>entry >> 16
    if entry >= 0 and core.dispatch.direct[slot >> 8]:
        core.dispatch.log[slot >> 8].what = entry
        core.dispatch.log[slot >> 8].time = <uint32_t>time
        core.dispatch.log[slot >> 8] += 1
    else:
        route(core, label, time)

cdef inline Py_ssize_t reset_quads(Core *core, const uint64_t *words, Py_ssize_t count,
                                   uint64_t time) noexcept nogil:
    """Leading writes, address and data in turn, that reset neurons quad by quad; how many."""
    cdef uint64_t first = words[0]
    cdef const Page *page = core.words.pages[<uint32_t>first >> PAGE_BITS]
    cdef Py_ssize_t n
    cdef int32_t index
    if page == NULL or page.kind[first & PAGE_MASK] & HOOK_MASK != <int>Hook.NEURON_RESET_QUAD:
        return 0
    if core.in_reset:
        return 0
    index = page.index[first & PAGE_MASK]
    # quads of a hemisphere follow each other in the address, too
    n = core.half[0].kernels.write_run(words, min(count >> 1, 64 - (index & 63)))
    if n:
        reset_quads_of(core.half[index >> 6], index & 63, n, <double>(time + 1))
        if core.neurons_reset_row_0:
            reset_row_0(core, index, n, time + 1)
    return n

cdef inline bint concerns_madc(Core *core, uint32_t address) noexcept nogil:
    """Whether samples depend on a register."""
    cdef const Page *page = core.words.pages[address >> PAGE_BITS]
    cdef int hook
    if page == NULL:
        return False
    hook = page.kind[address & PAGE_MASK] & HOOK_MASK
    return hook in (<int>Hook.ANALOG, <int>Hook.CAPMEM, <int>Hook.MADC_CONFIG, <int>Hook.MADC_CONTROL)

cdef inline Hemisphere *pending_samples(Core *core, const uint64_t *words, Py_ssize_t count,
                                        int *type, int *quad, int *run) noexcept nogil:
    """Leading reads of consecutive samples of a conversion that is queued; NULL for none."""
    cdef uint64_t first = words[0]
    cdef const Page *page = core.words.pages[<uint32_t>first >> PAGE_BITS]
    cdef int32_t index
    if page == NULL or page.kind[first & PAGE_MASK] & HOOK_MASK != <int>Hook.CADC_SAMPLE:
        return NULL
    index = page.index[first & PAGE_MASK]
    if not index >> 15 & 1 or core.half[index >> 16].queue.read_count == 0 or core.in_reset:
        return NULL
    type[0] = index >> 14 & 1
    quad[0] = index & 63
    # quads of a row follow each other in the address, too
    run[0] = <int>core.half[0].kernels.read_run(words, min(count, 64 - quad[0]))
    return core.half[index >> 16]

cdef class Chip:
    cdef Core core
    cdef readonly object store
    cdef readonly str revision
    cdef readonly object seed
    cdef readonly object individual
    cdef object configuration
    cdef object spike_counters
    cdef dict switches
    cdef bint ideal
    cdef list points
    cdef object cells
    cdef list settings
    cdef object values
    cdef uint64_t drivers_step
    cdef object noise_seed
    cdef void refresh_dispatch(self)
    cdef void refresh_drivers(self, int half)
    cdef object point(self, int half)
    cdef void refresh_analog(self)
    cdef void take_over(self, int half, point)
    cdef void refresh_madc(self)
    cdef void take_step(self, uint64_t time)
