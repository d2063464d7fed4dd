"""Look-up tables of the event routing, rebuilt when a register changed and an event comes.

A table entry stands for the 64 labels that differ in the bits that only synapses look at. It is
exact as long as no crossbar node masks one of those bits; for such inputs each event is
looked at by itself.
"""

from libc.string cimport memset


cdef uint32_t outputs_of(const Routing *r, int source, uint32_t label) noexcept nogil:
    """Crossbar outputs, as bits, that an event of an input reaches."""
    cdef uint32_t found = 0
    cdef int node
    for node in range(NODES):
        if r.node_input[node] == source and (label & 0x3fff & r.mask[node]) == r.target[node]:
            found |= <uint32_t>1 << r.node_output[node]
    return found


cdef void count(Routing *r, int source, uint32_t outputs, uint32_t times) noexcept nogil:
    """Count events; both kinds of counters wrap."""
    cdef int output
    if outputs == 0 and r.drop_counter[source]:
        r.drops[source] = (r.drops[source] + times) & 0xffff
    for output in range(OUTPUTS):
        if outputs >> output & 1 and r.event_counter[output]:
            r.events[output] = (r.events[output] + times) & 0xffffff


cdef void fold_counters(Routing *r) noexcept nogil:
    """Bring the counters up to date with the events counted by group."""
    cdef int group
    if not r.hit:
        return
    for group in range(GROUPS):
        if r.hits[group]:
            count(r, FIRST_FPGA_INPUT + (group >> 8), r.outputs[group], r.hits[group])
            r.hits[group] = 0
    r.hit = False


cdef void rebuild(Routing *r) noexcept nogil:
    cdef int node, group, source, output, bus
    cdef uint32_t drivers, found
    cdef int reached, driver
    memset(r.exact, 0, sizeof(r.exact))
    for node in range(NODES):
        if r.mask[node] & 0x3f and (r.target[node] & ~r.mask[node]) == 0:
            r.exact[r.node_input[node]] = 1
    for group in range(GROUPS):
        source = FIRST_FPGA_INPUT + (group >> 8)
        r.outputs[group] = 0
        r.fast[group] = OTHERWISE
        if r.exact[source]:
            continue
        found = outputs_of(r, source, group << 6)
        r.outputs[group] = found
        reached = 0
        driver = OTHERWISE
        for output in range(OUTPUTS):
            if not found >> output & 1:
                continue
            if output >= FIRST_L2_OUTPUT or r.event_counter[output]:
                reached = 2
                break
            bus = output
            if not r.spl1[bus]:
                continue
            drivers = r.matches[32 * bus + (group & 31)]
            if drivers == 0:
                continue
            if drivers & (drivers - 1):
                reached = 2
                break
            reached += 1
            driver = 0
            while not drivers >> driver & 1:
                driver += 1
            driver = 128 * (bus >> 2) + 4 * driver + (bus & 3)
        if reached == 1:
            r.fast[group] = driver
