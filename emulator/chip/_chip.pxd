"""The chip as its FPGA sees it: an Omnibus target and a sink and source of events."""

from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t, uint64_t

from ._hemisphere cimport Hemisphere, add_event
from ._routing cimport SEVERAL, Routing
from ._store cimport Words

cdef enum:
    # answers of a read
    READ_VALUE = 0
    READ_LATER = 1
    READ_UNMAPPED = 2

cdef struct Looped:
    uint64_t time
    uint16_t label

cdef struct Core:
    void *owner
    Words *words
    Routing routing
    Hemisphere *half[2]
    # registers changed that events (routing and drivers) depend on
    bint routing_dirty
    bint drivers_dirty
    bint dispatch_stale
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
    uint64_t events
    # chip-side link enables were written since the last chip reset
    bint links_enabled
    bint in_reset

cdef void refresh_dispatch(Core *core) noexcept nogil
cdef void route(Core *core, uint32_t label, uint64_t time) noexcept nogil
cdef bint write_word(Core *core, uint32_t address, uint32_t data, uint32_t enables, uint64_t time) noexcept nogil
cdef int read_word(Core *core, uint32_t address, uint64_t time, uint32_t *value) noexcept nogil
cdef void work_off(Core *core, int half, bint everything) noexcept nogil
cdef void reset_core(Core *core) noexcept nogil

cdef inline void send_event(Core *core, uint32_t label, uint64_t time) noexcept nogil:
    """An event from the FPGA."""
    cdef int target
    core.events += 1
    if core.dispatch_stale:
        refresh_dispatch(core)
    target = core.routing.fast[label >> 6]
    if target == SEVERAL:
        route(core, label, time)
        return
    core.routing.hits[label >> 6] += 1
    core.routing.hit = True
    if target >= 0:
        add_event(core.half[target >> 7], (target & 127) << 6 | (label & 63), <double>time)

cdef class Chip:
    cdef Core core
    cdef readonly object store
    cdef readonly str revision
    cdef readonly object seed
    cdef readonly object individual
    cdef object configuration
    cdef dict switches
    cdef bint ideal
    cdef list base
    cdef object pulses
    cdef object normal
    cdef void refresh_dispatch(self)
    cdef void refresh_analog(self)
