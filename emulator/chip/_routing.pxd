"""Where an event goes: crossbar, PADI buses, synapse drivers."""

from libc.stdint cimport int8_t, int16_t, int32_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    NODES = 76
    INPUTS = 20
    OUTPUTS = 12
    BUSES = 8
    # labels that share all but the six bits that synapses see
    GROUPS = 1024
    FIRST_FPGA_INPUT = 8
    FIRST_L2_OUTPUT = 8
    # not that simple
    OTHERWISE = -1

cdef struct Routing:
    # the common case: number of the only driver that an event of the group reaches, uncounted
    int16_t fast[GROUPS]
    # the same when the entries of its labels were made
    int16_t entered[GROUPS]
    uint32_t hits[GROUPS]
    uint16_t outputs[GROUPS]
    bint hit
    # inputs with a node that looks at the low label bits
    uint8_t exact[INPUTS]
    int8_t node_input[NODES]
    int8_t node_output[NODES]
    uint32_t mask[NODES]
    uint32_t target[NODES]
    uint8_t drop_counter[INPUTS]
    uint8_t event_counter[OUTPUTS]
    uint8_t spl1[BUSES]
    # drivers on a bus that match a row-select address, as bits
    uint32_t matches[BUSES * 32]
    uint32_t drops[INPUTS]
    uint32_t events[OUTPUTS]

cdef void fold_counters(Routing *r) noexcept nogil
cdef void rebuild(Routing *r) noexcept nogil
cdef uint32_t outputs_of(const Routing *r, int source, uint32_t label) noexcept nogil
cdef void count(Routing *r, int source, uint32_t outputs, uint32_t times) noexcept nogil
