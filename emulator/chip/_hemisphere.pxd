"""One half of the chip's analog core: synapse array, membranes, ADCs, and their pending work.

Positions count columns in bus order: position = 4 * quad + entry.
"""

from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from ._trace cimport Watch

cdef extern from "emulator/chip/kernels.h" nogil:
    enum:
        HX_BLOCKS
        HX_PAIRS
        HX_TILE
        HX_PULSE_SCALE
        HX_WEIGHT_SCALE
    double HX_IDEAL_LSB
    enum:
        HX_GROUP
        HX_GROUPS
        HX_ALIGNMENT
        HX_WINDOW
        HX_QUADS
        HX_QUAD_BYTES
        HX_SLOT_SHIFT
    uint32_t HX_LABELLED
    ctypedef struct hx_decay_t:
        float end
        float mean
    ctypedef struct hx_params:
        float step[2][256]
        float inverse_tau[2][256]
        float charge[2][256]
        float rate[256]
        float drift[256]
        float low_rail[256]
        float high_rail[256]
        float low[256]
        float high[256]
        float reset[256]
        float limit[256]
        float adc_gain[2][256]
        float adc_base[2][256]
        float line_swing[2][256]
        float line_base[2][256]
        float adc_bow[2][256]
        int32_t adc_digital[2][256]
        int8_t source[2][256]
        double connected[2][256]
        uint8_t readable[2][256]
        float width
        float adc_low
        float adc_high
        float adc_bend
        float line_limit
        float tau_min
        float piece
        int32_t pieces
        float tau_max
        float magnify
        float charge_max
        float noise_read
        float noise_event
        int32_t idle_code
        int32_t sees_lines
    ctypedef struct hx_logged:
        uint32_t what
        uint32_t time
    ctypedef struct hx_gap:
        float duration
    ctypedef struct hx_step:
        const int16_t *weights
        float pulse
        int32_t repeat
        const hx_gap *gap
        const hx_gap *rest
    ctypedef struct hx_train:
        int64_t events
        int32_t largest
        int32_t gap
        int32_t shortest
        float excursion
    ctypedef struct hx_pulse:
        int32_t place
        int32_t pulse
    ctypedef struct hx_train_scale:
        float gap
    ctypedef struct hx_entry:
        int32_t place
    ctypedef struct hx_window_scale:
        int windows
        float gap
        float reach
    ctypedef struct hx_path:
        float leaked[256]
    ctypedef struct hx_scratch:
        float sums[512]
        float centred[256]
        float moved[256]
        uint8_t bad[256]
    ctypedef struct hx_rest:
        int known
        float elapsed[256]
        float v[256]
        float level[2][256]
    ctypedef struct hx_frame:
        float window
        float late
    ctypedef struct hx_kernels:
        const char *name
        int lanes
        void (*product)(const int32_t *, int, int, const int32_t *, const int16_t *,
                        const int32_t *, unsigned, int32_t *, int) noexcept nogil
        void (*labelled)(const hx_logged *, int64_t, const int32_t *, const int16_t *,
                         int64_t *) noexcept nogil
        int (*write_row)(const uint64_t *, uint32_t, const uint32_t *, uint32_t *) noexcept nogil
        void (*peak)(const int16_t *, const int16_t *, int16_t, int16_t, float *) noexcept nogil
        void (*to_float)(const int32_t *, float *) noexcept nogil
        void (*elapsed)(const double *, double, float *) noexcept nogil
        void (*deviate)(float, uint64_t, float *) noexcept nogil
        void (*advance)(const hx_params *, float *, const float *) noexcept nogil
        void (*advance_charged)(const hx_params *, float *, float *, const float *, const float *,
                                float) noexcept nogil
        void (*make_rest)(double, hx_rest *) noexcept nogil
        void (*make_gap)(const hx_params *, float, hx_gap *) noexcept nogil
        void (*make_frame)(const hx_params *, float, float, hx_frame *) noexcept nogil
        int (*fused)(const hx_params *, const hx_frame *, const float *, const float *,
                     const float *, const float *, float, float, const float *, float *,
                     uint8_t *) noexcept nogil
        void (*own_row)(const uint8_t *, const int16_t *, uint8_t, int16_t *) noexcept nogil
        void (*make_pulses)(const hx_logged *, int64_t, const int32_t *,
                            hx_pulse *) noexcept nogil
        void (*make_charges)(const hx_params *, const int16_t *, int16_t *, uint8_t *) noexcept nogil
        void (*make_train_scale)(const hx_params *, float, hx_train_scale *) noexcept nogil
        void (*follow_train)(const hx_train_scale *, const int16_t *, const hx_pulse *, int64_t,
                             int, hx_path *) noexcept nogil
        void (*make_quad)(const int16_t *, const float *, uint8_t *) noexcept nogil
        void (*make_window_scale)(const hx_params *, const float *, float, int,
                                  hx_window_scale *) noexcept nogil
        void (*make_entries)(const hx_logged *, int64_t, const hx_window_scale *, float,
                             hx_entry *, int32_t *) noexcept nogil
        int (*windows)(const hx_frame *, const hx_window_scale *, const uint8_t *,
                       const hx_entry *, const int32_t *, int, float, const float *,
                       const float *, const float *, const float *, float *, float *, uint8_t *,
                       float *) noexcept nogil
        int (*finish_train)(const hx_params *, const hx_frame *, const hx_train_scale *,
                            const hx_path *, const float *, const float *, const float *,
                            const float *, float, const float *, float *, float *,
                            uint8_t *, float *) noexcept nogil
        void (*events)(const hx_params *, const hx_step *, int, int, int, float *,
                       float *) noexcept nogil
        void (*finish)(const hx_params *, const float *, float *) noexcept nogil
        void (*convert)(const hx_params *, const float *, int, uint64_t, uint8_t *) noexcept nogil
        void (*convert_lines)(const hx_params *, const float *, const float *, int, uint64_t,
                              uint8_t *) noexcept nogil
        void (*segment_ideal)(const hx_params *, double *, const double *, const double *) noexcept nogil
        void (*make_levels)(const hx_params *, hx_rest *) noexcept nogil
        void (*convert_levels)(const hx_params *, const float *, int, uint64_t,
                               uint8_t *) noexcept nogil
        void (*convert_ideal)(const hx_params *, const double *, int, uint8_t *) noexcept nogil
        void (*tally)(const uint8_t *, uint64_t *) noexcept nogil
        int64_t (*write_run)(const uint64_t *, int64_t) noexcept nogil
        int64_t (*read_run)(const uint64_t *, int64_t) noexcept nogil
        int64_t (*pair_run)(const uint64_t *, int64_t, const int32_t *, int, hx_logged *,
                            hx_logged *, uint64_t, uint64_t, uint64_t *) noexcept nogil
        void (*collect)(const hx_logged *, int64_t, const hx_params *, int32_t *,
                        hx_train *) noexcept nogil
        int32_t (*survey)(const int32_t *, int32_t *, int64_t *, int32_t *) noexcept nogil
        void (*fill)(const uint8_t *, int, uint64_t *) noexcept nogil
        void (*unpack)(const uint32_t *, uint8_t *) noexcept nogil
        int32_t (*effective_row)(const uint8_t *, const float *, const float *,
                                 int16_t *) noexcept nogil
        unsigned (*interleave)(const int16_t *, const uint8_t *, const uint8_t *, uint8_t,
                               int16_t *, int16_t *, int) noexcept nogil
    enum:
        HX_OPERANDS
    enum:
        HX_GAPS
        HX_FEW_STEPS
    ctypedef struct hx_few:
        hx_params params
        hx_step steps[HX_FEW_STEPS]
    void hx_pick(const float *, const uint8_t *, float *) noexcept nogil
    void hx_pick_columns(hx_few *, const hx_params *, const uint8_t *) noexcept nogil
    void hx_pick_steps(hx_few *, const hx_gap *, const hx_step *, int,
                       const uint8_t *) noexcept nogil
    hx_decay_t hx_decay(float) noexcept nogil
    uint64_t hx_mix(uint64_t) noexcept nogil

cdef extern from "emulator/chip/crew.h" nogil:
    ctypedef struct hx_crew:
        int wanted

cdef enum:
    COLUMNS = 256
    ROWS = 256
    QUADS = 64
    DRIVERS = 128
    # pulse sums of a segment: two labels that modulated events are seen with, per driver
    PULSES = 2 * DRIVERS
    # drivers x six label bits
    LABELLED = DRIVERS * 64
    # weights for events with labels of their own that a train may have
    OWN_ROWS = 512
    # events that the event pass takes at once
    STEPS = 1024
    # frames of the fused pass that are kept
    FRAMES = 32
    # durations since a reset of all columns whose outcome is kept
    RESTS = 16
    # windows that a train may be divided into
    MAX_WINDOWS = 1024
    # events in the log beyond which all that is queued is worked off
    LOG_LIMIT = 1 << 19
    # cycles in which events share their noise, counted from the first one behind a reset
    NOISE_SLOT = 1024
    MAX_SEGMENTS = 49
    MAX_RESETS = 98
    MAX_READS = 98
    MAX_OPERATIONS = 1024
    # queues of a hemisphere: one is filled while others wait and are worked off
    BATCHES = 4
    # events in a queue from which on it is worth while to wake up a thread for it
    WAKE_EVENTS = 1024
    # entry of a label whose events take more than one addition
    NOT_SIMPLE = -1
    # segments are looked after whenever this many messages have been executed, and end there
    # with more than so many events: pulse sums fit into 32 bits
    LOOK_AFTER = 1 << 16
    MAX_SEGMENT_EVENTS = 500000
    # events that may be logged before that: three by each message
    LOG_ROOM = 3 * LOOK_AFTER
    # after a wait of more than so many cycles, segments are looked after, too
    LONG_WAIT = 1 << 14
    # and end if they last longer: times in the log are taken modulo 2^32
    MAX_SEGMENT_TIME = 1 << 30

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
    # when what ended it happened, with all that it needs known; or at its last event, if `cut`
    double end
    bint cut
    # place in the log
    int64_t start
    int64_t events
    # whether there are any that all label bits are compared for, and any others
    bint labelled
    bint plain
    hx_train train

cdef struct QuadReset:
    uint64_t quads
    # how many quads, from the first one on, were reset one every two cycles from a time on, and
    # no others; -1 if each has a time of its own
    int swept
    double first
    double times[QUADS]

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
    # by hemisphere: where the next event is logged
    hx_logged *log[2]
    # whether events may be added right here: a segment is open and entries are up to date
    int32_t direct[2]
    bint stale
    # when analog quantities move on to new values: what begins then or later calls step first
    uint64_t step_end
    void (*step)(void *, uint64_t) noexcept nogil

cdef struct Batch:
    # what is queued, in order
    Operation operations[MAX_OPERATIONS]
    int operation_count
    Segment segments[MAX_SEGMENTS]
    int segment_count
    QuadReset resets[MAX_RESETS]
    int reset_count
    uint8_t wanted[MAX_READS * 2]
    int read_count
    # events of all segments, in order
    hx_logged *log
    int64_t log_space
    Slot *slots
    int32_t slot_count
    int32_t slot_space
    # whether there are slots that do not begin with a word
    bint ragged

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
    # current of a synapse by what its SRAM holds (bits 4:0 in reverse), in units of weight 1
    float current[64]
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
    # of what follows from weights and row modes alone: `peaks` and `largest`
    bint peaks_stale
    int32_t largest

    # synapse drivers: row modes (bit 0 excitatory, bit 1 inhibitory), pulse length by label
    uint8_t row_mode[ROWS]
    int32_t pulse[LABELLED]
    uint8_t address_out[DRIVERS]
    Dispatch *dispatch

    # the same by label, driver and sign
    int16_t rows[2 * DRIVERS * 2 * COLUMNS]
    # largest weight that an event meets, by sign
    float peaks[2 * COLUMNS]

    # membranes: deviation from the reset potential in mV, and time up to which it is worked out,
    # which is one for all unless `scattered`; or `swept`: nothing came since a reset of all
    # quads, one every two cycles from `sweep` on
    float v[COLUMNS]
    double ideal_v[COLUMNS]
    double last[COLUMNS]
    double common_last
    double sweep
    bint scattered
    bint swept
    # excursion of the synaptic lines at a time; at most `charged`
    float lines[2 * COLUMNS]
    double line_time
    float charged
    # noise of events: time of the first one behind a reset, slot of the last one and how many
    # there were in it; whether the next one is the first
    uint64_t noise_start
    uint64_t noise_slot
    int64_t noise_events
    bint noise_anew
    float noise[COLUMNS]
    # operands of trains: the rows above in 16-bit fixed point of the lines; where that is too
    # coarse
    int16_t *charges
    uint8_t coarse[COLUMNS]
    bint charges_stale
    hx_train_scale train_scale
    # operands of windows: the rows above in seven bits, by four drivers; those that are known
    uint8_t *quads
    uint8_t quad_known[HX_QUADS]
    hx_window_scale window_scale
    hx_entry *entries
    int32_t window_sizes[MAX_WINDOWS]
    hx_path path
    hx_scratch scratch
    hx_pulse *train
    int64_t train_space
    # what durations mean, as long as the parameters are the same
    hx_gap *gaps
    int gap_count
    hx_step *steps
    hx_few *few
    # weights that meet labelled events, by key: [exc, inh][columns] each
    int16_t *own_rows
    int32_t *own_place
    int32_t own_count
    int32_t own_space
    hx_frame *frames
    float frame_windows[FRAMES]
    float frame_lates[FRAMES]
    int frame_count
    int next_frame
    hx_rest *rests
    double rest_times[RESTS]
    int rest_count
    int next_rest

    # what is being worked off: parts of one of the batches, sums of pulses, and codes
    Segment *segments
    const uint8_t *wanted
    hx_logged *log
    int32_t pulses[PULSES]
    uint8_t codes[MAX_READS * 2 * COLUMNS]
    # number of the batch that is worked off next
    int turn
    # last conversion, once worked out
    uint8_t last_codes[2 * COLUMNS]

    # responses that slots point into
    uint64_t **responses

    # scratch of the product
    int32_t *operands
    int64_t operand_space
    int32_t *sums
    int64_t sum_space

    # pairs of segment and column by the way they were worked out
    uint64_t pairs_fused
    uint64_t pairs_windows
    uint64_t pairs_followed
    uint64_t pairs_by_event
    uint64_t nanoseconds_event
    uint64_t nanoseconds_windows
    uint64_t nanoseconds_train
    uint64_t nanoseconds_product
    uint64_t nanoseconds_membrane
    bint timed

    # From here on everything belongs to the thread that queues, in cache lines of its own; what
    # is above does as long as nothing is `pending`.
    char apart[64]
    Batch *batches
    # how many of them are in use, the one that is being filled, and batches before it that
    # may not be done with yet
    int batch_count
    Batch *queue
    int ahead
    hx_crew *crew
    bint segment_open
    # whether the last operation is a reset of quads
    bint reset_open
    # columns that are watched; NULL for none
    Watch *watches
    uint64_t conversions
    uint64_t evaluations

cdef const hx_kernels *kernels_named(const char *name) noexcept nogil
cdef void add_event(Hemisphere *h, int key, uint64_t time) noexcept nogil
cdef void look_after(Hemisphere *h, uint64_t time) noexcept nogil
cdef void evaluate(Hemisphere *h, bint everything) noexcept nogil
cdef void evaluate_both(Hemisphere **half, bint everything) noexcept nogil
cdef void join(Hemisphere *h) noexcept nogil
cdef void share_work(Hemisphere **half, hx_crew *crew, int threads) noexcept nogil
cdef void dismiss(hx_crew *crew) noexcept nogil
cdef void mind_fork(Hemisphere **half, hx_crew *crew) noexcept nogil
cdef void params_changed(Hemisphere *h) noexcept nogil
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

cdef inline bint pending(const Hemisphere *h) noexcept nogil:
    """Whether anything is queued or being worked off."""
    return h.queue.operation_count or h.ahead

cdef inline int32_t entry_of(const Hemisphere *h, int driver, int label) noexcept nogil:
    return (h.number << 8 | (label & 32) << 2 | driver) << 16 | h.pulse[driver << 6 | label]

cdef inline void spread_sweep(QuadReset *group) noexcept nogil:
    """Give each quad a time of its own."""
    cdef int i
    for i in range(group.swept):
        group.times[i] = group.first + <double>(2 * i)
    group.swept = -1

cdef inline void reset_quads_of(Hemisphere *h, int quad, Py_ssize_t count,
                                double time) noexcept nogil:
    """Reset the neurons of consecutive quads, the first one now and one every two cycles."""
    cdef QuadReset *group
    cdef Py_ssize_t i
    if h.watches != NULL:
        show_resets(h, quad, count, time)
    if not h.reset_open:
        new_reset(h, time)
    group = &h.queue.resets[h.queue.reset_count - 1]
    group.quads |= (<uint64_t>-1 >> (64 - count)) << quad
    if quad == group.swept and (quad == 0 or time == group.first + <double>(2 * quad)):
        if quad == 0:
            group.first = time
        group.swept += count
        return
    spread_sweep(group)
    for i in range(count):
        group.times[quad + i] = time + <double>(2 * i)

cdef inline void weights_changed(Hemisphere *h, int row) noexcept nogil:
    h.weights_dirty[row] = 1
    h.tiles_dirty[row >> 2] = 1
    h.rows_stale = h.tiles_stale = h.peaks_stale = True

cdef inline void labels_changed(Hemisphere *h, int row) noexcept nogil:
    h.labels_dirty[row] = 1
    h.tiles_dirty[row >> 2] = 1
    h.rows_stale = h.tiles_stale = True
