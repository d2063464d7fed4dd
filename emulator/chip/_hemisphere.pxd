"""One half of the chip's analog core: synapse array, membranes, ADCs, and their pending work.

Positions count columns in bus order: position = 4 * quad + entry.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from ._trace cimport Watch

cdef extern from "emulator/chip/kernels.h" nogil:
    enum:
        HX_BLOCKS
        HX_PAIRS
        HX_TILE
        HX_PULSE_SCALE
        HX_WEIGHT_SCALE
        HX_COUNT_SHIFT
    double HX_IDEAL_LSB
    ctypedef struct hx_params:
        float gain[2][256]
        float line[2][256]
        float tau[2][256]
        float rate[256]
        float drift[256]
        float low_knee[256]
        float high_knee[256]
        float adc_gain[2][256]
        float adc_base[2][256]
        int32_t adc_digital[2][256]
        double connected[2][256]
        uint8_t readable[2][256]
        float low_range
        float high_range
        float membrane_low
        float membrane_high
        float noise_read
        float noise_event
        int32_t idle_code
    ctypedef struct hx_kernels:
        const char *name
        void (*product)(const int32_t *, int, int, const int16_t *, const int32_t *, unsigned,
                        int32_t *, int) noexcept nogil
        void (*masked)(const uint8_t *, const int16_t *, uint8_t, int32_t, int64_t *) noexcept nogil
        void (*to_float)(const int32_t *, float *) noexcept nogil
        void (*excursions)(const hx_params *, float, float *) noexcept nogil
        void (*elapsed)(const double *, double, float *) noexcept nogil
        void (*segment)(const hx_params *, float *, const float *, const float *, float, uint64_t,
                        const float *, const float *) noexcept nogil
        void (*advance)(const hx_params *, float *, const float *) noexcept nogil
        void (*convert)(const hx_params *, const float *, int, uint64_t, uint8_t *) noexcept nogil
        void (*segment_ideal)(const hx_params *, double *, const double *, const double *) noexcept nogil
        void (*convert_ideal)(const hx_params *, const double *, int, uint8_t *) noexcept nogil
        int64_t (*collect)(int64_t *, int32_t *) noexcept nogil
        int32_t (*survey)(const int32_t *, int32_t *, int64_t *) noexcept nogil
        void (*fill)(const uint8_t *, int, uint64_t *) noexcept nogil
        void (*unpack)(const uint32_t *, uint8_t *) noexcept nogil
        int32_t (*effective_row)(const uint8_t *, const float *, int16_t *) noexcept nogil
        unsigned (*interleave)(const int16_t *, const uint8_t *, const uint8_t *, uint8_t,
                               int16_t *) noexcept nogil
    uint64_t hx_mix(uint64_t) noexcept nogil
    const hx_kernels *hx_kernels_named(const char *) noexcept nogil
    const hx_kernels *hx_kernels_best() noexcept nogil

cdef enum:
    COLUMNS = 256
    ROWS = 256
    QUADS = 64
    DRIVERS = 128
    # pulse sums of a segment: two labels that modulated events are seen with, per driver
    PULSES = 2 * DRIVERS
    # drivers x six label bits
    LABELLED = DRIVERS * 64
    MAX_SEGMENTS = 49
    MAX_RESETS = 98
    MAX_READS = 98
    MAX_OPERATIONS = 1024
    # entry of a label whose events take more than one addition
    NOT_SIMPLE = -1
    # segments are looked after whenever this many messages have been executed, and end there
    # with more than so many events: pulse sums fit into 32 bits
    LOOK_AFTER = 1 << 16
    MAX_SEGMENT_EVENTS = 500000

cdef enum Kind:
    OP_EVENTS
    OP_RESET
    OP_RESET_ONE
    OP_READ

cdef struct Operation:
    Kind kind
    # number of the segment, reset or read; position of a single reset
    int32_t index
    double time

cdef struct Segment:
    uint64_t first
    uint64_t last
    int64_t events
    int32_t labelled_start
    int32_t labelled_count

cdef struct QuadReset:
    uint64_t quads
    double times[QUADS]

cdef struct Labelled:
    # driver * 64 + label, and how often
    uint16_t key
    uint32_t count

cdef struct Slot:
    # words that wait for a conversion: `count` quads from `quad` on, one each 64 bits
    int32_t read
    int32_t type
    int32_t quad
    int32_t count
    int64_t bit

cdef struct Dispatch:
    # What each event touches, of both hemispheres together. By label: slot and pulse length of
    # an event that reaches one driver and nothing else (see `entry_of`), negative if it is
    # not that simple. Slots number hemisphere, top label bit and driver.
    int32_t entry[65536]
    # by slot: number of events in the open segment (above HX_COUNT_SHIFT) and pulse lengths
    int64_t sums[2 * PULSES]
    # time of the last event
    uint64_t last[2]
    # whether events may be added right here: a segment is open and entries are up to date
    int32_t direct[2]
    bint stale
    # when analog quantities move on to new values: what begins then or later calls step first
    uint64_t step_end
    void (*step)(void *, uint64_t) noexcept nogil

cdef struct Hemisphere:
    char *memory
    int number
    bint ideal
    # registers changed that `params` depends on; refresh(owner) brings it up to date
    bint stale
    void (*refresh)(void *) noexcept nogil
    void *owner
    const hx_kernels *kernels
    hx_params params
    uint64_t noise_key

    # synapse SRAM, as bus words
    uint32_t weight[ROWS * QUADS]
    uint32_t label[ROWS * QUADS]
    uint32_t time_calib[ROWS * QUADS]
    uint32_t amp_calib[ROWS * QUADS]
    # what follows from it: effective weights and labels by row and position
    float scale[ROWS * COLUMNS]
    int16_t effective[ROWS * COLUMNS]
    uint8_t labels[ROWS * COLUMNS]
    uint8_t weights_dirty[ROWS]
    uint8_t labels_dirty[ROWS]
    int32_t row_largest[ROWS]
    # signs x labels x blocks x pairs x (columns x 2): operands of the product
    int16_t tiles[2 * 2 * HX_BLOCKS * HX_PAIRS * HX_TILE]
    uint8_t blocks[2 * 2 * HX_PAIRS]
    uint8_t tiles_dirty[HX_PAIRS]
    # any of the flags above
    bint rows_stale
    bint tiles_stale
    int32_t largest

    # synapse drivers: row modes (bit 0 excitatory, bit 1 inhibitory), pulse length by label
    uint8_t row_mode[ROWS]
    int32_t pulse[LABELLED]
    uint8_t address_out[DRIVERS]
    Dispatch *dispatch

    # membranes: deviation from the reset potential, and time up to which it is worked out,
    # which is one for all unless `scattered`
    float v[COLUMNS]
    double ideal_v[COLUMNS]
    double last[COLUMNS]
    double common_last
    bint scattered
    # line excursion per unit of the sums, for the last duration of a segment
    float excursions[2 * COLUMNS]
    float excursion_window

    # pending work, in order
    Operation operations[MAX_OPERATIONS]
    int operation_count
    bint segment_open
    # whether the last operation is a reset of quads
    bint reset_open
    Segment segments[MAX_SEGMENTS]
    int32_t pulses[MAX_SEGMENTS * PULSES]
    int segment_count
    QuadReset resets[MAX_RESETS]
    int reset_count
    uint8_t wanted[MAX_READS * 2]
    int read_count
    uint8_t codes[MAX_READS * 2 * COLUMNS]
    Labelled *labelled
    int32_t labelled_count
    int32_t labelled_space
    uint32_t open_counts[LABELLED]
    uint16_t open_keys[LABELLED]
    int32_t open_key_count
    Slot *slots
    int32_t slot_count
    int32_t slot_space
    # last conversion, once worked out
    uint8_t last_codes[2 * COLUMNS]

    # responses that slots point into
    uint64_t **responses

    # scratch of the product
    int32_t *operands
    int64_t operand_space
    int32_t *sums
    int64_t sum_space

    # columns that are watched; NULL for none
    Watch *watches

    # statistics
    uint64_t conversions
    uint64_t evaluations
    uint64_t nanoseconds_product
    uint64_t nanoseconds_membrane
    bint timed

cdef void add_event(Hemisphere *h, int key, uint64_t time) noexcept nogil
cdef void look_after(Hemisphere *h) noexcept nogil
cdef void evaluate(Hemisphere *h, bint everything) noexcept nogil
cdef void reset_one(Hemisphere *h, int position, double time) noexcept nogil
cdef void new_reset(Hemisphere *h, double time) noexcept nogil
cdef int trigger(Hemisphere *h, double time) noexcept nogil
cdef bint add_slots(Hemisphere *h, int type, int quad, int count, int64_t bit) noexcept nogil
cdef void row_mode_changed(Hemisphere *h, int row) noexcept nogil
cdef void clear(Hemisphere *h) noexcept nogil
cdef void show_resets(Hemisphere *h, int quad, Py_ssize_t count, double time) noexcept nogil
cdef void show_to(Hemisphere *h, Watch *watch, double lsb) noexcept nogil
cdef void show_no_more(Hemisphere *h, Watch *watch) noexcept nogil
cdef Hemisphere *create(int number, Dispatch *dispatch) noexcept nogil
cdef void destroy(Hemisphere *h) noexcept nogil

cdef inline int32_t entry_of(const Hemisphere *h, int driver, int label) noexcept nogil:
    return (h.number << 8 | (label & 32) << 2 | driver) << 16 | h.pulse[driver << 6 | label]

cdef inline void reset_quads_of(Hemisphere *h, int quad, Py_ssize_t count,
                                double time) noexcept nogil:
    """Reset the neurons of consecutive quads, the first one now and one every two cycles."""
    cdef double *times
    cdef Py_ssize_t i
    if h.watches != NULL:
        show_resets(h, quad, count, time)
    if not h.reset_open:
        new_reset(h, time)
    h.resets[h.reset_count - 1].quads |= (<uint64_t>-1 >> (64 - count)) << quad
    times = &h.resets[h.reset_count - 1].times[quad]
    for i in range(count):
        times[i] = time + <double>(2 * i)

cdef inline void weights_changed(Hemisphere *h, int row) noexcept nogil:
    h.weights_dirty[row] = 1
    h.tiles_dirty[row >> 2] = 1
    h.rows_stale = h.tiles_stale = True

cdef inline void labels_changed(Hemisphere *h, int row) noexcept nogil:
    h.labels_dirty[row] = 1
    h.tiles_dirty[row >> 2] = 1
    h.rows_stale = h.tiles_stale = True
