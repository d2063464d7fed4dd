"""Evaluation of the hagen path of one hemisphere, late and in batches.

Events, resets and conversions are queued in order. When a response must leave, or a register
that they depend on changes, the queue is worked off: the sums of all event segments in one
integer product, then membranes and conversions one after the other.

Four ways lead from a segment to the membranes. The fused one takes the sums and corrects them in
closed form, with a bound on its error for every column. Where the bound is too large and the
events form a regular train, what tanh, leak and rails do is estimated in windows of some events,
or by following the train in fixed point, each with a bound of its own. The columns that are left
are worked out event by event.

What a queue is cut into never shows: segments end where the program says so (a reset, a
conversion, a changed register), not where a batch happens to end.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memmove, memset
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec

from ._trace cimport watch_event, watch_reset, watch_start

cdef extern from "math.h" nogil:
    double sqrt(double)

cdef extern from "stdlib.h" nogil:
    int posix_memalign(void **, size_t, size_t)

cdef extern from "emulator/chip/kernels_isa.h" nogil:
    const hx_kernels *hx_kernels_named(const char *) noexcept nogil
    const hx_kernels *hx_kernels_best() noexcept nogil

cdef extern from "emulator/chip/crew.h" nogil:
    void hx_crew_init(hx_crew *, void (*)(void *) noexcept nogil, void *, void *)
    void hx_crew_queue(hx_crew *, int, int)
    void hx_crew_wait(hx_crew *, int, int)
    void hx_crew_dismiss(hx_crew *)
    int hx_crew_is_mine(hx_crew *)
    enum:
        HX_LANES

cdef enum:
    # product sums beyond this many 32-bit pieces are added up in 64 bits at once
    MAX_PIECES = 32
    SOURCE_EVENT = 1
    SOURCE_READ = 2

cdef:
    # lines below this excursion are at rest
    float AT_REST = 1e-6
    # what may be lost of the charge of lines by taking them to be at rest, codes
    float NEGLIGIBLE = 2e-3
    # time constants in a window, at most
    float LONGEST_WINDOW = 2
    # events that the lines may have on them at a time
    float MOST_REACH = 64
    # the same at the beginning of a train, which need not be taken event by event then
    float SMALL = 3e-2


cdef const hx_kernels *kernels_named(const char *name) noexcept nogil:
    """Variant of the kernels; NULL if it is unknown or not for this machine."""
    return hx_kernels_named(name)


cdef void *aligned(size_t size) noexcept nogil:
    """Memory for vectors, all zero; NULL if it is out."""
    cdef void *memory = NULL
    if posix_memalign(&memory, HX_ALIGNMENT, size) != 0:
        return NULL
    memset(memory, 0, size)
    return memory


cdef Hemisphere *create(int number, Dispatch *dispatch) noexcept nogil:
    # Shifted against each other: processors take accesses to the same place of different
    # pages for dependent.
    cdef char *memory = <char *>aligned(sizeof(Hemisphere) + 4096)
    cdef Hemisphere *h = NULL
    if memory != NULL:
        h = <Hemisphere *>(memory + 2112 * number)
        h.memory = memory
        h.number = number
        h.dispatch = dispatch
        h.kernels = hx_kernels_best()
        h.gaps = <hx_gap *>malloc(HX_GAPS * sizeof(hx_gap))
        h.frames = <hx_frame *>aligned(FRAMES * sizeof(hx_frame))
        h.rests = <hx_rest *>malloc(RESTS * sizeof(hx_rest))
        h.steps = <hx_step *>malloc(STEPS * sizeof(hx_step))
        h.few = <hx_few *>aligned(sizeof(hx_few))
        h.own_place = <int32_t *>calloc(LABELLED, sizeof(int32_t))
        h.charges = <int16_t *>malloc((PULSES + OWN_ROWS) * 2 * COLUMNS * sizeof(int16_t))
        h.quads = <uint8_t *>aligned(HX_GROUPS * HX_QUADS * HX_QUAD_BYTES)
        h.entries = <hx_entry *>malloc(HX_WINDOW * MAX_WINDOWS * sizeof(hx_entry))
        h.batches = <Batch *>calloc(BATCHES, sizeof(Batch))
        h.batch_count = 1
        h.queue = h.batches
        if (h.gaps == NULL or h.frames == NULL or h.rests == NULL or h.steps == NULL or h.few == NULL
                or h.own_place == NULL or h.charges == NULL or h.quads == NULL
                or h.entries == NULL or h.batches == NULL or not reserve_log(h.queue, 0)):
            destroy(h)
            return NULL
        clear(h)
    return h


cdef void destroy(Hemisphere *h) noexcept nogil:
    cdef int i
    if h != NULL:
        for i in range(BATCHES if h.batches != NULL else 0):
            free(h.batches[i].log)
            free(h.batches[i].slots)
        free(h.batches)
        free(h.gaps)
        free(h.frames)
        free(h.rests)
        free(h.steps)
        free(h.few)
        free(h.own_place)
        free(h.own_rows)
        free(h.charges)
        free(h.train)
        free(h.quads)
        free(h.entries)
        free(h.operands)
        free(h.sums)
        free(h.memory)


cdef void clear(Hemisphere *h) noexcept nogil:
    """Power-up state; parameters and noise key stay."""
    memset(h.weight, 0, sizeof(h.weight))
    memset(h.label, 0, sizeof(h.label))
    memset(h.time_calib, 0, sizeof(h.time_calib))
    memset(h.amp_calib, 0, sizeof(h.amp_calib))
    memset(h.weights_dirty, 1, sizeof(h.weights_dirty))
    memset(h.labels_dirty, 1, sizeof(h.labels_dirty))
    memset(h.tiles_dirty, 1, sizeof(h.tiles_dirty))
    h.rows_stale = h.tiles_stale = h.peaks_stale = True
    memset(h.v, 0, sizeof(h.v))
    memset(h.ideal_v, 0, sizeof(h.ideal_v))
    h.common_last = 0
    h.scattered = h.swept = False
    memset(h.last_codes, 0, sizeof(h.last_codes))
    memset(h.lines, 0, sizeof(h.lines))
    h.line_time = h.charged = 0
    h.noise_anew = True
    h.dispatch.direct[h.number] = False
    h.segment_open = h.reset_open = False
    empty(h)


# watching ------------------------------------------------------------------------------------


cdef void show_logged(Hemisphere *h, Watch *watch, uint32_t what, double time) noexcept nogil:
    """Let one watched column see an event of the log."""
    cdef int driver = what >> HX_SLOT_SHIFT & (DRIVERS - 1)
    cdef uint32_t seen = what >> (HX_SLOT_SHIFT + 2) & 32
    cdef double pulse = (what & 0xffff) * (1.0 / HX_PULSE_SCALE)
    cdef double charge[2]
    cdef double amount
    cdef int row, shift, lane, sign
    if what & HX_LABELLED:
        driver = what >> (HX_SLOT_SHIFT + 6) & (DRIVERS - 1)
        seen = what >> HX_SLOT_SHIFT & 63
    charge[0] = charge[1] = 0
    shift = 8 * (3 - (watch.position & 3))
    for row in range(2 * driver, 2 * driver + 2):
        lane = QUADS * row + (watch.position >> 2)
        if h.label[lane] >> shift & 63 != seen:
            continue
        amount = pulse * h.current[h.weight[lane] >> shift & 63] * (
            h.scale[COLUMNS * row + watch.position] * (1.0 / HX_WEIGHT_SCALE))
        for sign in range(2):
            if h.row_mode[row] >> sign & 1:
                charge[sign] += amount
    if charge[0] != 0 or charge[1] != 0:
        watch_event(watch, time, charge)


cdef void show_event(Hemisphere *h, uint32_t what, uint64_t time) noexcept nogil:
    """Let watched columns see an event."""
    cdef Watch *watch = h.watches
    while watch != NULL:
        show_logged(h, watch, what, <double>time)
        watch = watch.other


cdef void show_resets(Hemisphere *h, int quad, Py_ssize_t count, double time) noexcept nogil:
    """Let watched columns see a reset of consecutive quads, one every two cycles."""
    cdef Watch *watch = h.watches
    cdef int own
    while watch != NULL:
        own = watch.position >> 2
        if quad <= own < quad + count:
            watch_reset(watch, time + 2 * (own - quad))
        watch = watch.other


cdef void show_to(Hemisphere *h, Watch *watch, double lsb) noexcept nogil:
    """Begin to show a column to a watch, from the state that it is in.

    The watch knows the operating point; `lsb` is the unit of the ideal membrane in mV.
    """
    cdef int p = watch.position
    cdef int s
    cdef int64_t i
    cdef double x[2]
    cdef const Segment *segment
    cdef double since
    evaluate(h, False)
    scatter(h)
    since = h.last[p]
    for s in range(2):
        x[s] = h.lines[s * COLUMNS + p]
        if x[s] > 0:
            x[s] *= hx_decay(<float>(since - h.line_time) * h.params.inverse_tau[s][p]).end
    watch_start(
        watch, since,
        watch.column.reset_potential + (lsb * h.ideal_v[p] / HX_IDEAL_LSB if h.ideal else h.v[p]),
        x)
    if h.segment_open:
        segment = &h.queue.segments[h.queue.segment_count - 1]
        for i in range(segment.start, h.dispatch.log[h.number] - h.queue.log):
            show_logged(h, watch, h.queue.log[i].what, <double>segment.first
                        + (h.queue.log[i].time - <uint32_t>segment.first))
    watch.other = h.watches
    h.watches = watch
    # each event is to come by
    h.dispatch.direct[h.number] = False


cdef void show_no_more(Hemisphere *h, Watch *watch) noexcept nogil:
    """Forget a watch."""
    cdef Watch **link = &h.watches
    while link[0] != NULL:
        if link[0] == watch:
            link[0] = watch.other
            return
        link = &link[0].other


# queueing ------------------------------------------------------------------------------------


cdef bint reserve_log(Batch *batch, int64_t used) noexcept nogil:
    """Make room for what may be logged before segments are looked after again."""
    cdef int64_t space = used + LOG_ROOM + 64
    cdef hx_logged *larger
    if space <= batch.log_space:
        return True
    space += space // 2
    larger = <hx_logged *>realloc(batch.log, space * sizeof(hx_logged))
    if larger == NULL:
        return False
    batch.log = larger
    batch.log_space = space
    return True


cdef bint reserve(Hemisphere *h) noexcept nogil:
    """Make room in the batch that is being filled."""
    cdef int64_t used = h.dispatch.log[h.number] - h.queue.log
    cdef bint enough = reserve_log(h.queue, used)
    h.dispatch.log[h.number] = h.queue.log + used
    return enough


cdef void empty(Hemisphere *h) noexcept nogil:
    """Begin a batch."""
    cdef Batch *batch = h.queue
    batch.operation_count = batch.segment_count = batch.reset_count = batch.read_count = 0
    batch.slot_count = 0
    batch.ragged = False
    h.dispatch.log[h.number] = batch.log


cdef void add_operation(Hemisphere *h, Kind kind, int32_t index, double time) noexcept nogil:
    cdef Operation *operation
    if h.segment_open:
        close_segment(h, time, False)
    h.reset_open = kind == OP_RESET
    operation = &h.queue.operations[h.queue.operation_count]
    operation.kind = kind
    operation.index = index
    operation.time = time
    h.queue.operation_count += 1


cdef void make_room(Hemisphere *h, double time) noexcept nogil:
    cdef const Batch *batch = h.queue
    if h.segment_open:
        close_segment(h, time, False)
    if (
        batch.operation_count >= MAX_OPERATIONS - 1 or batch.segment_count >= MAX_SEGMENTS - 1
        or batch.reset_count >= MAX_RESETS or batch.read_count >= MAX_READS
    ):
        hand_over(h, False)


cdef void open_segment(Hemisphere *h, uint64_t time) noexcept nogil:
    cdef Segment *segment
    if time >= h.dispatch.step_end:
        h.dispatch.step(h.owner, <uint64_t>time)
    make_room(h, <double>time)
    add_operation(h, OP_EVENTS, h.queue.segment_count, <double>time)
    segment = &h.queue.segments[h.queue.segment_count]
    segment.first = time
    segment.start = h.dispatch.log[h.number] - h.queue.log
    segment.labelled = False
    h.queue.segment_count += 1
    h.segment_open = True
    h.dispatch.direct[h.number] = not h.dispatch.stale and h.watches == NULL


cdef void close_segment(Hemisphere *h, double end, bint cut) noexcept nogil:
    """End the open segment: by an operation at a time, or `cut` behind its last event."""
    cdef Segment *segment = &h.queue.segments[h.queue.segment_count - 1]
    h.segment_open = False
    h.dispatch.direct[h.number] = False
    segment.events = h.dispatch.log[h.number] - h.queue.log - segment.start
    segment.last = segment.first + (h.dispatch.log[h.number][-1].time - <uint32_t>segment.first)
    segment.end = <double>segment.last if cut else end
    segment.cut = cut


cdef void add_event(Hemisphere *h, int key, uint64_t time) noexcept nogil:
    """An event reaches driver key // 64 with the label key % 64."""
    cdef hx_logged *event
    if not h.segment_open:
        open_segment(h, time)
    if not reserve(h):
        return
    event = h.dispatch.log[h.number]
    event.time = <uint32_t>time
    if not h.address_out[key >> 6]:
        # of the label, synapses see the top bit
        event.what = entry_of(h, key >> 6, key & 63)
    else:
        event.what = HX_LABELLED | <uint32_t>key << HX_SLOT_SHIFT | <uint32_t>h.pulse[key]
        h.queue.segments[h.queue.segment_count - 1].labelled = True
    if h.watches != NULL:
        show_event(h, event.what, time)
    h.dispatch.log[h.number] += 1


cdef void look_after(Hemisphere *h, uint64_t time) noexcept nogil:
    """End a segment that has grown long, and see to it that the log has room."""
    cdef const Segment *segment = &h.queue.segments[h.queue.segment_count - 1]
    if h.segment_open and (
        h.dispatch.log[h.number] - h.queue.log - segment.start > MAX_SEGMENT_EVENTS
        or time - segment.first > MAX_SEGMENT_TIME
    ):
        close_segment(h, 0, True)
    if h.dispatch.log[h.number] - h.queue.log > LOG_LIMIT:
        hand_over(h, False)
    reserve(h)


cdef void new_reset(Hemisphere *h, double time) noexcept nogil:
    cdef QuadReset *group
    if time >= h.dispatch.step_end:
        h.dispatch.step(h.owner, <uint64_t>time)
    make_room(h, time)
    add_operation(h, OP_RESET, h.queue.reset_count, time)
    group = &h.queue.resets[h.queue.reset_count]
    group.quads = 0
    group.swept = 0
    h.queue.reset_count += 1


cdef void reset_one(Hemisphere *h, int position, double time) noexcept nogil:
    cdef Watch *watch = h.watches
    if time >= h.dispatch.step_end:
        h.dispatch.step(h.owner, <uint64_t>time)
    while watch != NULL:
        if watch.position == position:
            watch_reset(watch, time)
        watch = watch.other
    make_room(h, time)
    add_operation(h, OP_RESET_ONE, position, time)


cdef int trigger(Hemisphere *h, double time) noexcept nogil:
    """Queue a conversion of all channels."""
    cdef int read
    if time >= h.dispatch.step_end:
        h.dispatch.step(h.owner, <uint64_t>time)
    make_room(h, time)
    read = h.queue.read_count
    add_operation(h, OP_READ, read, time)
    h.queue.wanted[2 * read] = h.queue.wanted[2 * read + 1] = 0
    h.queue.read_count += 1
    h.conversions += 1
    return read


cdef bint add_slots(Hemisphere *h, int type, int quad, int count, int64_t bit) noexcept nogil:
    """Reserve responses, 64 bits each from a bit of the stream on, for quads of the last
    conversion."""
    cdef Batch *batch = h.queue
    cdef Slot *slot
    cdef Slot *larger
    cdef int32_t space
    if batch.slot_count == batch.slot_space:
        space = 2 * batch.slot_space + 64
        larger = <Slot *>realloc(batch.slots, space * sizeof(Slot))
        if larger == NULL:
            return False
        batch.slots = larger
        batch.slot_space = space
    slot = &batch.slots[batch.slot_count]
    batch.slot_count += 1
    slot.read = batch.read_count - 1
    slot.type = type
    slot.quad = quad
    slot.count = count
    slot.bit = bit
    batch.wanted[2 * slot.read + type] = 1
    batch.ragged |= bit & 63 != 0
    return True


# handing over ----------------------------------------------------------------------------------


cdef void hand_over(Hemisphere *h, bint everything) noexcept nogil:
    """Let what is queued be worked off, but leave an open segment open unless `everything`.

    Without other threads that has happened on return.
    """
    cdef Batch *full = h.queue
    cdef Batch *next = full
    cdef int segments, operations
    cdef int64_t events, logged
    cdef const hx_logged *event
    if everything and h.segment_open:
        close_segment(h, 0, True)
    segments = full.segment_count - (1 if h.segment_open else 0)
    operations = full.operation_count - (1 if h.segment_open else 0)
    if operations == 0:
        reserve(h)
        return
    h.evaluations += 1
    h.reset_open = False
    if h.stale:
        join(h)
        h.refresh(h.owner)
    full.segment_count = segments
    full.operation_count = operations
    event = full.log + (full.segments[segments].start if h.segment_open else 0)
    logged = h.dispatch.log[h.number] - event
    if h.batch_count == 1:
        work_off_batch(h)
    else:
        if full.ragged:
            # nobody else may be at the words that responses share
            hx_crew_wait(h.crew, 0, 0)
        elif h.ahead == h.batch_count - 1:
            wait_for(h, h.ahead - 1)
        next = &h.batches[(h.queue - h.batches + 1) % h.batch_count]
    h.queue = next
    events = h.dispatch.log[h.number] - full.log
    empty(h)
    if h.segment_open:
        # it goes on in the next batch
        next.operations[0] = full.operations[operations]
        next.operations[0].index = 0
        next.segments[0] = full.segments[segments]
        next.segments[0].start = 0
        next.operation_count = next.segment_count = 1
        if next != full and not reserve_log(next, logged):
            # with memory gone, so are events
            logged = min(logged, next.log_space - LOG_ROOM)
        memmove(next.log, event, logged * sizeof(hx_logged))
        h.dispatch.log[h.number] = next.log + logged
    reserve(h)
    if next != full:
        h.ahead += 1
        hx_crew_queue(h.crew, h.number, events < WAKE_EVENTS)
        if full.ragged:
            join(h)


cdef void wait_for(Hemisphere *h, int allowed) noexcept nogil:
    """Wait until no more than so many batches are left, working meanwhile."""
    if h.number == 0:
        hx_crew_wait(h.crew, allowed, BATCHES)
    else:
        hx_crew_wait(h.crew, BATCHES, allowed)
    h.ahead = allowed


cdef void join(Hemisphere *h) noexcept nogil:
    """Wait until all that was handed over is worked off."""
    if h.ahead:
        wait_for(h, 0)


cdef void evaluate(Hemisphere *h, bint everything) noexcept nogil:
    """Work off all that is queued, but leave an open segment open unless `everything`."""
    hand_over(h, everything)
    join(h)


cdef void evaluate_both(Hemisphere **half, bint everything) noexcept nogil:
    """The same for both hemispheres, at once where there are threads."""
    cdef int i
    for i in range(HX_LANES):
        hand_over(half[i], everything)
    if half[0].ahead or half[1].ahead:
        hx_crew_wait(half[0].crew, 0, 0)
        half[0].ahead = half[1].ahead = 0


cdef void share_work(Hemisphere **half, hx_crew *crew, int threads) noexcept nogil:
    """Work off what is queued on so many threads, the caller's one of them; before anything is."""
    cdef int i, k
    hx_crew_init(crew, work_off_batch, half[0], half[1])
    if threads == 1:
        return
    crew.wanted = min(threads - 1, HX_LANES)
    for i in range(HX_LANES):
        half[i].crew = crew
        for k in range(BATCHES):
            if not reserve_log(&half[i].batches[k], 0):
                return
    for i in range(HX_LANES):
        half[i].batch_count = BATCHES


cdef void dismiss(hx_crew *crew) noexcept nogil:
    """End the threads, unless they are those of a process that this one was forked from."""
    if hx_crew_is_mine(crew):
        hx_crew_dismiss(crew)


cdef void mind_fork(Hemisphere **half, hx_crew *crew) noexcept nogil:
    """In a forked process, forget what threads were at that exist no more."""
    cdef int i
    if hx_crew_is_mine(crew):
        return
    for i in range(HX_LANES):
        half[i].ahead = 0
        half[i].turn = half[i].queue - half[i].batches


# operands of the product -----------------------------------------------------------------------


cdef void row_mode_changed(Hemisphere *h, int row) noexcept nogil:
    h.tiles_dirty[row >> 2] = 1
    h.tiles_stale = h.peaks_stale = True


cdef void refresh_rows(Hemisphere *h) noexcept nogil:
    """Bring effective weights and labels up to date with the SRAM."""
    cdef int row
    cdef uint8_t lanes[COLUMNS]
    if not h.rows_stale:
        return
    for row in range(ROWS):
        if h.weights_dirty[row]:
            h.weights_dirty[row] = 0
            h.kernels.unpack(&h.weight[row * QUADS], lanes)
            h.row_largest[row] = h.kernels.effective_row(
                lanes, h.current, &h.scale[row * COLUMNS], &h.effective[row * COLUMNS])
        if h.labels_dirty[row]:
            h.labels_dirty[row] = 0
            h.kernels.unpack(&h.label[row * QUADS], &h.labels[row * COLUMNS])
    h.rows_stale = False


cdef void refresh_peaks(Hemisphere *h) noexcept nogil:
    """Bring the largest weights that an event can meet up to date with rows and row modes."""
    cdef int driver, sign, bound
    cdef int16_t first, second
    if not h.peaks_stale:
        return
    h.peaks_stale = False
    memset(h.quad_known, 0, sizeof(h.quad_known))
    h.window_scale.gap = -1
    h.largest = 1
    memset(h.peaks, 0, sizeof(h.peaks))
    for driver in range(DRIVERS):
        for sign in range(2):
            first = h.row_mode[2 * driver] >> sign & 1
            second = h.row_mode[2 * driver + 1] >> sign & 1
            bound = first * h.row_largest[2 * driver] + second * h.row_largest[2 * driver + 1]
            if bound > h.largest:
                h.largest = bound
            if first or second:
                h.kernels.peak(&h.effective[2 * driver * COLUMNS],
                               &h.effective[(2 * driver + 1) * COLUMNS], -first, -second,
                               &h.peaks[sign * COLUMNS])


cdef void refresh_tiles(Hemisphere *h) noexcept nogil:
    """Bring the operands of the product up to date with rows and row modes."""
    cdef int pair, sign, label, row
    cdef uint8_t on[4]
    if not h.tiles_stale:
        return
    h.charges_stale = True
    memset(h.quad_known, 0, sizeof(h.quad_known))
    for pair in range(HX_PAIRS):
        if not h.tiles_dirty[pair]:
            continue
        h.tiles_dirty[pair] = 0
        for sign in range(2):
            for row in range(4):
                on[row] = h.row_mode[4 * pair + row] >> sign & 1
            for label in range(2):
                h.blocks[(sign * 2 + label) * HX_PAIRS + pair] = h.kernels.interleave(
                    &h.effective[4 * pair * COLUMNS], &h.labels[4 * pair * COLUMNS], on,
                    32 * label,
                    &h.tiles[((sign * 2 + label) * HX_BLOCKS * HX_PAIRS + pair) * HX_TILE],
                    &h.rows[((label * DRIVERS + 2 * pair) * 2 + sign) * COLUMNS], 2 * COLUMNS)
    h.tiles_stale = False


cdef bint reserve_scratch(int32_t **buffer, int64_t *space, int64_t count) noexcept nogil:
    cdef int32_t *larger
    if count > space[0]:
        larger = <int32_t *>realloc(buffer[0], count * sizeof(int32_t))
        if larger == NULL:
            return False
        buffer[0] = larger
        space[0] = count
    return True


cdef int pieces_of(Hemisphere *h, int32_t largest, int64_t total) noexcept nogil:
    """How many parts keep every sum of a segment within 32 bits."""
    # rounding adds at most one step per driver and piece
    cdef int64_t pieces = 1
    if total * h.largest < <int64_t>1 << 30 and largest <= 32767:
        return 1
    pieces += total * h.largest // ((<int64_t>1 << 31) - PULSES * <int64_t>h.largest)
    if largest > 32767 * pieces:
        pieces = 1 + largest // 32767
    return <int>pieces if pieces <= MAX_PIECES else MAX_PIECES + 1


cdef void collect(Hemisphere *h, int segment) noexcept nogil:
    """Pulse sums of a segment, and what its events have in common."""
    h.kernels.collect(h.log + h.segments[segment].start, h.segments[segment].events, &h.params,
                      h.pulses, &h.segments[segment].train)


cdef void wide_sums(Hemisphere *h, int segment, int64_t *out) noexcept nogil:
    """Sums of a segment in 64 bits, for very long ones."""
    cdef int sign, label, driver, p
    cdef int64_t pulse
    cdef const int16_t *tile
    collect(h, segment)
    for sign in range(2):
        for label in range(2):
            for driver in range(DRIVERS):
                pulse = h.pulses[label * DRIVERS + driver]
                if pulse == 0:
                    continue
                tile = &h.tiles[((sign * 2 + label) * HX_BLOCKS * HX_PAIRS + (driver >> 1))
                                * HX_TILE]
                for p in range(COLUMNS):
                    out[sign * COLUMNS + p] += pulse * tile[
                        (p >> 6) * HX_PAIRS * HX_TILE + 2 * (p & 63) + (driver & 1)]


cdef void labelled_sums(Hemisphere *h, const Segment *segment, int64_t *out) noexcept nogil:
    """Add the events that synapses compare all six label bits for."""
    cdef const hx_logged *event = h.log + segment.start
    cdef int64_t i, done = 0
    # sums of so many events stay within 32 bits
    cdef int64_t most = 0x7fffffff // (<int64_t>h.largest * max(segment.train.largest, 1))
    for i in range(segment.events):
        if event[i].what & HX_LABELLED and weights_of(h, event[i].what) == NULL:
            return
    while done < segment.events:
        h.kernels.labelled(event + done, min(most, segment.events - done), h.own_place,
                           h.own_rows, out)
        done += most


cdef uint64_t nanoseconds() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return <uint64_t>now.tv_sec * 1000000000 + <uint64_t>now.tv_nsec


# working off -------------------------------------------------------------------------------------


cdef void split_operands(const int32_t *pulses, int count, int32_t *target) noexcept nogil:
    """Pulse sums of a segment in parts that add up to them."""
    cdef int piece, k
    cdef int64_t even, odd
    for piece in range(count):
        for k in range(HX_OPERANDS):
            even = pulses[2 * k]
            odd = pulses[2 * k + 1]
            target[k] = (<int32_t>(even * (piece + 1) // count - even * piece // count)
                         | <int32_t>(odd * (piece + 1) // count - odd * piece // count) << 16)
        target += HX_OPERANDS


cdef void multiply(Hemisphere *h, int segments, int *first_piece, int *piece_count) noexcept nogil:
    """Sums of all segments that matter into h.sums, 512 for each piece."""
    cdef int used_count = 0
    cdef int pieces = 0
    cdef int segment, pair, label, k, sign, count
    cdef unsigned blocks
    cdef int32_t used[HX_OPERANDS]
    cdef int32_t tiles[HX_OPERANDS]
    cdef int32_t occur[HX_OPERANDS]
    cdef int32_t largest
    cdef int64_t total
    memset(occur, 0, sizeof(occur))
    refresh_peaks(h)
    for segment in range(segments):
        first_piece[segment] = pieces
        piece_count[segment] = 0
        if not reserve_scratch(&h.operands, &h.operand_space,
                               <int64_t>(pieces + MAX_PIECES + MAX_SEGMENTS) * HX_OPERANDS):
            continue
        collect(h, segment)
        largest = h.kernels.survey(h.pulses, occur, &total, h.operands + pieces * HX_OPERANDS)
        h.segments[segment].plain = largest != 0
        if largest == 0:
            continue
        refresh_tiles(h)
        count = pieces_of(h, largest, total)
        piece_count[segment] = count
        if count > MAX_PIECES:
            continue
        if count > 1:
            split_operands(h.pulses, count, h.operands + pieces * HX_OPERANDS)
        pieces += count
    if pieces == 0:
        return
    for k in range(HX_OPERANDS):
        label = k // HX_PAIRS
        pair = k % HX_PAIRS
        if occur[k] and (h.blocks[label * HX_PAIRS + pair] | h.blocks[
            (2 + label) * HX_PAIRS + pair]):
            used[used_count] = k
            tiles[used_count] = label * HX_BLOCKS * HX_PAIRS + pair
            used_count += 1
    if not reserve_scratch(&h.sums, &h.sum_space, <int64_t>pieces * 2 * COLUMNS):
        return
    for sign in range(2):
        blocks = 0
        for k in range(used_count):
            label = used[k] // HX_PAIRS
            pair = used[k] % HX_PAIRS
            blocks |= h.blocks[(2 * sign + label) * HX_PAIRS + pair]
        h.kernels.product(h.operands, pieces, used_count, used,
                          &h.tiles[sign * 2 * HX_BLOCKS * HX_PAIRS * HX_TILE], tiles, blocks,
                          h.sums + sign * COLUMNS, 2 * COLUMNS)


cdef void run_segment(Hemisphere *h, int index, int first_piece, int piece_count) noexcept nogil:
    cdef Segment *segment = &h.segments[index]
    cdef int64_t wide[2 * COLUMNS]
    cdef float *exact = h.scratch.sums
    cdef double whole[2 * COLUMNS]
    cdef float elapsed[COLUMNS]
    cdef const float *centred = h.scratch.centred
    cdef float *moved = h.scratch.moved
    cdef uint8_t *bad = h.scratch.bad
    cdef float lines[2 * COLUMNS]
    cdef int p, piece
    cdef uint64_t by_path[4]
    cdef int found = True
    cdef bint closed
    cdef float tail
    cdef double centre = 0.5 * (<double>segment.first + <double>segment.last)
    cdef const int32_t *sums
    if piece_count == 1 and not segment.labelled and not h.ideal:
        sums = h.sums + <int64_t>first_piece * 2 * COLUMNS
        h.kernels.to_float(sums, exact)
        h.kernels.to_float(sums + COLUMNS, exact + COLUMNS)
    else:
        memset(wide, 0, sizeof(wide))
        if piece_count > MAX_PIECES:
            wide_sums(h, index, wide)
        else:
            for piece in range(piece_count):
                sums = h.sums + <int64_t>(first_piece + piece) * 2 * COLUMNS
                for p in range(2 * COLUMNS):
                    wide[p] += sums[p]
        if segment.labelled:
            labelled_sums(h, segment, wide)
        for p in range(2 * COLUMNS):
            exact[p] = <float>wide[p]
            whole[p] = <double>wide[p]
    if h.ideal:
        h.kernels.segment_ideal(&h.params, h.ideal_v, whole, whole + COLUMNS)
        forget_labelled(h, segment)
        return
    draw_noise(h, segment)
    settle(h)
    if h.charged > 0:
        bring_to(h, <double>segment.first)
        if not h.params.sees_lines and h.charged * h.params.charge_max < SMALL:
            h.charged = 0
            memset(h.lines, 0, sizeof(h.lines))
    closed = not segment.cut and h.charged == 0
    if closed:
        tail = hx_decay(<float>((segment.end - <double>segment.last) / h.params.tau_max)).end
        if h.swept:
            centred = membranes_of(h, rest_of(h, centre))
        else:
            memcpy(h.scratch.centred, h.v, sizeof(h.v))
            h.kernels.advance(&h.params, h.scratch.centred, times_since(h, centre, elapsed))
        found = h.kernels.fused(
            &h.params, frame_of(h, segment.last - segment.first, segment.end - centre), h.v,
            centred, exact, h.peaks, segment.train.excursion, tail, h.noise, moved, bad)
    else:
        memset(bad, 1, COLUMNS)
    if found and closed:
        found = windows(h, segment, centred, exact, moved, bad)
        if found:
            found = follow(h, segment, centred, exact, moved, bad)
    if found:
        if not closed:
            # what they hold is worked in
            memcpy(lines, h.lines, sizeof(lines))
            memset(h.lines, 0, sizeof(h.lines))
            h.charged = 0
        else:
            memset(lines, 0, sizeof(lines))
        take_events(h, segment, bad, lines, moved)
    h.kernels.tally(bad, by_path)
    h.pairs_fused += by_path[0]
    h.pairs_by_event += by_path[1]
    h.pairs_followed += by_path[2]
    h.pairs_windows += by_path[3]
    forget_labelled(h, segment)
    memcpy(h.v, moved, sizeof(h.v))
    h.common_last = h.line_time = segment.end
    h.scattered = h.swept = False


cdef const hx_frame *frame_of(Hemisphere *h, uint64_t window, double late) noexcept nogil:
    """What the duration of a segment, and the time from its centre to its end, mean."""
    cdef int i
    for i in range(h.frame_count):
        if h.frame_windows[i] == <float>window and h.frame_lates[i] == <float>late:
            return &h.frames[i]
    i = h.next_frame
    h.next_frame = (i + 1) % FRAMES
    if h.frame_count < FRAMES:
        h.frame_count += 1
    h.frame_windows[i] = <float>window
    h.frame_lates[i] = <float>late
    h.kernels.make_frame(&h.params, <float>window, <float>late, &h.frames[i])
    return &h.frames[i]


cdef const hx_gap *gap_of(Hemisphere *h, float duration) noexcept nogil:
    """What a duration means; NULL if there is no more room for another one."""
    cdef int i
    for i in range(h.gap_count - 1, -1, -1):
        if h.gaps[i].duration == duration:
            return &h.gaps[i]
    if h.gap_count == HX_GAPS:
        return NULL
    h.kernels.make_gap(&h.params, duration, &h.gaps[h.gap_count])
    h.gap_count += 1
    return &h.gaps[h.gap_count - 1]


cdef bint divide(Hemisphere *h, hx_step *step, double duration) noexcept nogil:
    """Time up to the next event in pieces; False for no room."""
    cdef float piece = h.params.piece
    cdef float whole = <float>duration
    step.repeat = 0
    step.gap = step.rest = NULL
    if whole <= 0:
        return True
    if whole <= h.params.pieces * piece:
        step.repeat = <int32_t>(whole / piece)
        if step.repeat * piece < whole:
            step.repeat += 1
        step.gap = gap_of(h, whole / step.repeat)
        return step.gap != NULL
    step.repeat = h.params.pieces
    step.gap = gap_of(h, piece)
    step.rest = gap_of(h, whole - h.params.pieces * piece)
    return step.gap != NULL and step.rest != NULL


cdef bint windows(Hemisphere *h, const Segment *segment, const float *centred,
                  const float *sums, float *moved, uint8_t *bad) noexcept nogil:
    """Columns after a regular train as far as windows of some events are good enough; whether any
    are left.

    `bad` is 1 for those, 3 for those that are done.
    """
    cdef const hx_train *train = &segment.train
    cdef const hx_logged *event = h.log + segment.start
    cdef hx_window_scale *scale = &h.window_scale
    cdef int64_t i, count = (segment.events + 2 * HX_WINDOW - 1) // (2 * HX_WINDOW) * 2
    cdef int quad
    cdef int room = 128
    cdef float factor
    cdef bint left
    cdef uint64_t started
    if (train.gap < 1 or segment.labelled or count > MAX_WINDOWS or train.largest == 0
            or <float>(HX_WINDOW * train.gap) > LONGEST_WINDOW * h.params.tau_min):
        return True
    started = nanoseconds() if h.timed else 0
    refresh_tiles(h)
    while room < count:
        room *= 2
    if scale.gap != train.gap or scale.windows != room:
        h.kernels.make_window_scale(&h.params, h.peaks, <float>train.gap, room, scale)
    for i in range(segment.events):
        quad = event[i].what >> (HX_SLOT_SHIFT + 2) & (HX_QUADS - 1)
        if not h.quad_known[quad]:
            h.quad_known[quad] = 1
            h.kernels.make_quad(&h.rows[quad * 4 * 2 * COLUMNS], h.peaks,
                                h.quads + quad * HX_QUAD_BYTES)
    # so that seven bits hold a pulse, and 15 the excursion with weights of seven, all rounded up
    if scale.reach > MOST_REACH:
        return True
    factor = min(<float>126 / train.largest, (255 - scale.reach) / train.excursion)
    h.kernels.make_entries(event, segment.events, scale, factor, h.entries, h.window_sizes)
    left = h.kernels.windows(
        frame_of(h, segment.last - segment.first,
                 segment.end - 0.5 * (<double>segment.first + <double>segment.last)),
        scale, h.quads, h.entries, h.window_sizes, <int>count, factor, h.v, centred, sums, h.noise,
        moved, h.lines, bad, &h.charged)
    if h.timed:
        h.nanoseconds_windows += nanoseconds() - started
    return left


cdef bint follow(Hemisphere *h, const Segment *segment, const float *centred,
                 const float *sums, float *moved, uint8_t *bad) noexcept nogil:
    """Columns after a regular train as far as it is good enough to follow it; whether any are left.

    `bad` is 1 for those, 0 for columns that need no better, 2 for those that were followed.
    """
    cdef const hx_train *train = &segment.train
    cdef const hx_logged *event = h.log + segment.start
    cdef hx_train_scale *scale = &h.train_scale
    cdef int64_t i
    cdef int p, g
    cdef int32_t known
    cdef bint left = False
    cdef uint8_t own_coarse[COLUMNS]
    cdef void *larger
    cdef uint64_t started = nanoseconds() if h.timed else 0
    if train.gap < 1 or segment.events < 4:
        return True
    if segment.events > h.train_space:
        larger = realloc(h.train, 2 * segment.events * sizeof(hx_pulse))
        if larger == NULL:
            return True
        h.train = <hx_pulse *>larger
        h.train_space = 2 * segment.events
    if segment.plain:
        refresh_tiles(h)
    if segment.plain and h.charges_stale:
        h.charges_stale = False
        memset(h.coarse, 0, sizeof(h.coarse))
        for g in range(PULSES):
            h.kernels.make_charges(&h.params, &h.rows[g * 2 * COLUMNS],
                                   h.charges + g * 2 * COLUMNS, h.coarse)
    memcpy(own_coarse, h.coarse, sizeof(own_coarse))
    if segment.labelled:
        for i in range(segment.events):
            if event[i].what & HX_LABELLED and (weights_of(h, event[i].what) == NULL
                                                or h.own_count > OWN_ROWS):
                return True
        for known in range(h.own_count):
            h.kernels.make_charges(&h.params, h.own_rows + known * 2 * COLUMNS,
                                   h.charges + (PULSES + known) * 2 * COLUMNS, own_coarse)
    if scale.gap != train.gap:
        h.kernels.make_train_scale(&h.params, <float>train.gap, scale)
    h.kernels.make_pulses(event, segment.events, h.own_place, h.train)
    for g in range(HX_GROUPS):
        for p in range(HX_GROUP * g, HX_GROUP * (g + 1)):
            if bad[p] == 1:
                h.kernels.follow_train(scale, h.charges, h.train, segment.events, HX_GROUP * g,
                                       &h.path)
                break
    left = h.kernels.finish_train(
        &h.params, frame_of(h, segment.last - segment.first,
                            segment.end - 0.5 * (<double>segment.first + <double>segment.last)),
        scale, &h.path, h.v, centred, sums, h.peaks, <float>train.largest,
        h.noise, moved, h.lines, bad, &h.charged)
    for p in range(COLUMNS):
        # weights that 16 bits do not hold
        if own_coarse[p] and bad[p] == 2:
            bad[p] = 1
            h.lines[p] = h.lines[COLUMNS + p] = 0
            left = True
    if h.timed:
        h.nanoseconds_train += nanoseconds() - started
    return left


cdef const int16_t *weights_of(Hemisphere *h, uint32_t what) noexcept nogil:
    """Weights that an event meets, [exc, inh][columns]; NULL if memory is out."""
    cdef int32_t key = what >> HX_SLOT_SHIFT & (LABELLED - 1)
    cdef int32_t place
    cdef int driver, row, sign
    cdef int16_t *target
    cdef void *larger
    if not what & HX_LABELLED:
        return &h.rows[(what >> HX_SLOT_SHIFT & (PULSES - 1)) * 2 * COLUMNS]
    place = h.own_place[key] - 1
    if place >= 0:
        return h.own_rows + <int64_t>place * 2 * COLUMNS
    if h.own_count == h.own_space:
        # places must not move: room for all that there can be
        larger = malloc(<size_t>LABELLED * 2 * COLUMNS * sizeof(int16_t))
        if larger == NULL:
            return NULL
        h.own_rows = <int16_t *>larger
        h.own_space = LABELLED
    target = h.own_rows + <int64_t>h.own_count * 2 * COLUMNS
    h.own_count += 1
    h.own_place[key] = h.own_count
    memset(target, 0, 2 * COLUMNS * sizeof(int16_t))
    driver = key >> 6
    for row in range(2 * driver, 2 * driver + 2):
        for sign in range(2):
            if h.row_mode[row] >> sign & 1:
                h.kernels.own_row(&h.labels[row * COLUMNS], &h.effective[row * COLUMNS], key & 63,
                                  target + sign * COLUMNS)
    return target


cdef void forget_labelled(Hemisphere *h, const Segment *segment) noexcept nogil:
    """Forget weights by label, which other events may meet otherwise."""
    cdef const hx_logged *event = h.log + segment.start
    cdef int64_t i
    if h.own_count:
        for i in range(segment.events):
            h.own_place[event[i].what >> HX_SLOT_SHIFT & (LABELLED - 1)] = 0
        h.own_count = 0


cdef void take_few(Hemisphere *h, int count, const uint8_t *columns, int column_count, float *v,
                   float *lines) noexcept nogil:
    """Let columns from anywhere take the steps at hand, a group of them side by side."""
    cdef float own_v[HX_GROUP]
    cdef float own_lines[COLUMNS + HX_GROUP]
    cdef uint8_t chosen[HX_GROUP]
    cdef int first = 0, done, i, n
    while first < column_count:
        n = min(HX_GROUP, column_count - first)
        for i in range(HX_GROUP):
            # the first one once more where there are no others
            chosen[i] = columns[first + (i if i < n else 0)]
        hx_pick_columns(h.few, &h.params, chosen)
        hx_pick(v, chosen, own_v)
        hx_pick(lines, chosen, own_lines)
        hx_pick(lines + COLUMNS, chosen, own_lines + COLUMNS)
        done = 0
        while done < count:
            i = min(HX_FEW_STEPS, count - done)
            hx_pick_steps(h.few, h.gaps, h.steps + done, i, chosen)
            h.kernels.events(&h.few.params, h.few.steps, i, 0, HX_GROUP, own_v, own_lines)
            done += i
        for i in range(n):
            v[chosen[i]] = own_v[i]
            lines[chosen[i]] = own_lines[i]
            lines[COLUMNS + chosen[i]] = own_lines[COLUMNS + i]
        first += n


cdef void take_events(Hemisphere *h, const Segment *segment, const uint8_t *bad,
                      float *lines, float *moved) noexcept nogil:
    """Membranes and lines of some columns after a segment, event by event.

    `lines` are those at the first event, and scratch.
    """
    cdef float v[COLUMNS]
    cdef float elapsed[COLUMNS]
    cdef int groups[HX_GROUPS]
    cdef int singles[HX_GROUPS]
    cdef int group_count = 0
    cdef int single_count = 0
    cdef int narrow
    cdef uint8_t columns[COLUMNS]
    cdef int column_count = 0
    cdef const hx_kernels *baseline = hx_kernels_named("baseline")
    cdef int p, i, count = 0
    cdef int64_t k = 0
    cdef double until
    cdef double before = -1
    cdef bint fits
    cdef hx_step *step
    cdef hx_logged *event = h.log + segment.start
    cdef uint64_t started = nanoseconds() if h.timed else 0
    for i in range(HX_GROUPS):
        # how many fourths of the group there are any in
        narrow = 0
        for p in range(HX_GROUP * i, HX_GROUP * (i + 1)):
            if bad[p] == 1:
                narrow |= 1 << ((p & (HX_GROUP - 1)) >> 2)
                columns[column_count] = p
                column_count += 1
        if narrow & (narrow - 1) or h.kernels.lanes == 4:
            groups[group_count] = HX_GROUP * i
            group_count += 1
        elif narrow:
            # few lanes at once are done sooner
            p = 0
            while narrow >> (p + 1):
                p += 1
            singles[single_count] = HX_GROUP * i + 4 * p
            single_count += 1
    if group_count + single_count > 2 * ((column_count + HX_GROUP - 1) // HX_GROUP):
        # columns here and there: as many in a group as there is room for
        group_count = single_count = 0
    memcpy(v, h.v, sizeof(v))
    h.kernels.advance(&h.params, v, times_since(h, <double>segment.first, elapsed))
    if segment.plain:
        refresh_tiles(h)
    while k < segment.events:
        step = &h.steps[count]
        until = (<double>(event[k + 1].time - event[k].time) if k + 1 < segment.events
                 else segment.end - <double>segment.last)
        if count and until == before:
            step.repeat, step.gap, step.rest = step[-1].repeat, step[-1].gap, step[-1].rest
            fits = count < STEPS - 1
        else:
            fits = count < STEPS - 1 and divide(h, step, until)
        before = until
        if fits:
            step.weights = weights_of(h, event[k].what)
            step.pulse = <float>(event[k].what & 0xffff)
            count += 1
            k += 1
            if k < segment.events:
                continue
        else:
            h.gap_count = 0 if count < STEPS - 1 else h.gap_count
        if group_count + single_count == 0:
            take_few(h, count, columns, column_count, v, lines)
        for i in range(group_count):
            h.kernels.events(&h.params, h.steps, count, groups[i], HX_GROUP, v, lines)
        for i in range(single_count):
            baseline.events(&h.params, h.steps, count, singles[i], 4, v, lines)
        count = 0
    h.kernels.finish(&h.params, h.noise, v)
    for i in range(column_count):
        p = columns[i]
        moved[p] = v[p]
        h.lines[p] = lines[p]
        h.lines[COLUMNS + p] = lines[COLUMNS + p]
        h.charged = max(h.charged, max(lines[p], lines[COLUMNS + p]))
    if h.timed:
        h.nanoseconds_event += nanoseconds() - started


cdef void draw_noise(Hemisphere *h, const Segment *segment) noexcept nogil:
    """Noise that the events of a segment leave on the membranes.

    Events that follow a reset share their deviates for a while: n of them together have left
    sqrt(n) of one. So it does not matter what cuts a train in two.
    """
    cdef const hx_logged *event = h.log + segment.start
    cdef int64_t k = 0, n
    cdef uint64_t slot, time = segment.first
    if h.noise_anew:
        h.noise_anew = False
        h.noise_start = segment.first
        h.noise_slot = 0
        h.noise_events = 0
    memset(h.noise, 0, sizeof(h.noise))
    while k < segment.events:
        slot = (time - h.noise_start) // NOISE_SLOT
        n = 0
        if (segment.last - h.noise_start) // NOISE_SLOT == slot:
            n = segment.events - k
        else:
            while k + n < segment.events and (time - h.noise_start) // NOISE_SLOT == slot:
                n += 1
                if k + n < segment.events:
                    time += event[k + n].time - event[k + n - 1].time
        if slot != h.noise_slot:
            h.noise_slot = slot
            h.noise_events = 0
        if h.params.noise_event > 0:
            h.kernels.deviate(
                h.params.noise_event * <float>(sqrt(<double>(h.noise_events + n))
                                               - sqrt(<double>h.noise_events)),
                hx_mix(draw_key(h, SOURCE_EVENT, <double>h.noise_start) + slot), h.noise)
        h.noise_events += n
        k += n


cdef hx_rest *rest_of(Hemisphere *h, double now) noexcept nogil:
    """What is known of membranes that nothing came to since all were reset quad by quad."""
    cdef int i
    cdef double since = now - h.sweep
    for i in range(h.rest_count):
        if h.rest_times[i] == since:
            return &h.rests[i]
    i = h.next_rest
    h.next_rest = (i + 1) % RESTS
    if h.rest_count < RESTS:
        h.rest_count += 1
    h.rest_times[i] = since
    h.kernels.make_rest(since, &h.rests[i])
    return &h.rests[i]


cdef const float *membranes_of(Hemisphere *h, hx_rest *rest) noexcept nogil:
    """Those membranes."""
    if rest.known == 0:
        rest.known = 1
        memset(rest.v, 0, sizeof(rest.v))
        h.kernels.advance(&h.params, rest.v, rest.elapsed)
    return rest.v


cdef const float *levels_of(Hemisphere *h, hx_rest *rest, int type) noexcept nogil:
    """What channels make of them, without noise."""
    membranes_of(h, rest)
    if rest.known == 1:
        rest.known = 2
        h.kernels.make_levels(&h.params, rest)
    return rest.level[type]


cdef const float *times_since(Hemisphere *h, double now, float *elapsed) noexcept nogil:
    """Time since the membranes were worked out last; in `elapsed`, unless it is known."""
    cdef int p
    cdef float same = <float>(now - h.common_last)
    if h.swept:
        return rest_of(h, now).elapsed
    if h.scattered:
        h.kernels.elapsed(h.last, now, elapsed)
    else:
        for p in range(COLUMNS):
            elapsed[p] = same
    return elapsed


cdef double earliest(const Hemisphere *h) noexcept nogil:
    """When the first of the membranes was worked out last."""
    cdef int p
    cdef double found = h.common_last
    if h.swept:
        return h.sweep
    if h.scattered:
        found = h.last[0]
        for p in range(1, COLUMNS):
            if h.last[p] < found:
                found = h.last[p]
    return found


cdef void settle(Hemisphere *h) noexcept nogil:
    """Take lines to be at rest whose charge no membrane will notice."""
    cdef float left
    if h.charged > 0:
        left = h.charged * hx_decay(
            <float>((earliest(h) - h.line_time) / h.params.tau_max)).end
        if left < AT_REST or (not h.params.sees_lines
                              and left * h.params.charge_max < NEGLIGIBLE):
            h.charged = 0
            memset(h.lines, 0, sizeof(h.lines))


cdef void bring_to(Hemisphere *h, double now) noexcept nogil:
    """Let the time go by until now: the lines decay, membranes take up their charge and leak."""
    cdef float own[COLUMNS]
    cdef float before[COLUMNS]
    cdef const float *elapsed
    cdef int p
    cdef double since
    if not h.scattered and not h.swept and h.common_last == now:
        return
    settle(h)
    if h.charged > 0:
        scatter(h)
        since = earliest(h)
        elapsed = times_since(h, now, own)
        for p in range(COLUMNS):
            before[p] = <float>(h.last[p] - h.line_time)
        h.kernels.advance_charged(&h.params, h.v, h.lines, elapsed, before, <float>(now - since))
        h.charged *= hx_decay(<float>((now - h.line_time) / h.params.tau_max)).end
        if h.charged < AT_REST:
            h.charged = 0
            memset(h.lines, 0, sizeof(h.lines))
    elif h.swept:
        memcpy(h.v, membranes_of(h, rest_of(h, now)), sizeof(h.v))
    else:
        h.kernels.advance(&h.params, h.v, times_since(h, now, own))
    h.common_last = h.line_time = now
    h.scattered = h.swept = False


cdef void params_changed(Hemisphere *h) noexcept nogil:
    """Forget what follows from parameters."""
    if h.swept:
        # potentials count from the reset potential, which may be another one
        scatter(h)
    h.gap_count = h.frame_count = h.next_frame = h.rest_count = h.next_rest = 0
    h.train_scale.gap = h.window_scale.gap = -1
    h.charges_stale = True


cdef void scatter(Hemisphere *h) noexcept nogil:
    """Keep the time of each membrane by itself from now on."""
    cdef int p
    if not h.scattered:
        for p in range(COLUMNS):
            h.last[p] = h.sweep + <double>(2 * (p >> 2)) if h.swept else h.common_last
        h.scattered = True
        h.swept = False


cdef uint64_t draw_key(Hemisphere *h, int source, double time) noexcept nogil:
    return hx_mix(h.noise_key ^ hx_mix(<uint64_t>time * 4 + source))


cdef void run_read(Hemisphere *h, int index, double time, bint both) noexcept nogil:
    cdef int type
    cdef uint8_t *codes
    cdef uint64_t key = 0
    cdef hx_rest *rest = NULL
    if not h.ideal:
        key = draw_key(h, SOURCE_READ, time)
        if h.swept and not h.params.sees_lines:
            settle(h)
            if h.charged == 0:
                rest = rest_of(h, time)
        bring_to(h, time)
    for type in range(2):
        if not both and not h.wanted[2 * index + type]:
            continue
        codes = &h.codes[(2 * index + type) * COLUMNS]
        if h.ideal:
            h.kernels.convert_ideal(&h.params, h.ideal_v, type, codes)
        elif rest != NULL:
            h.kernels.convert_levels(&h.params, levels_of(h, rest, type), type, key, codes)
        elif h.params.sees_lines:
            h.kernels.convert_lines(&h.params, h.v, h.lines, type, key, codes)
        else:
            h.kernels.convert(&h.params, h.v, type, key, codes)


cdef void run_reset(Hemisphere *h, QuadReset *group) noexcept nogil:
    cdef int quad, p
    h.noise_anew = True
    if ~group.quads == 0:
        memset(h.v, 0, sizeof(h.v))
        if h.ideal:
            memset(h.ideal_v, 0, sizeof(h.ideal_v))
        h.swept = group.swept == QUADS
        h.sweep = group.first
        h.scattered = not h.swept
        if h.scattered:
            for p in range(COLUMNS):
                h.last[p] = group.times[p >> 2]
        return
    if group.swept > 0:
        spread_sweep(group)
    scatter(h)
    for quad in range(QUADS):
        if group.quads >> quad & 1:
            for p in range(4 * quad, 4 * quad + 4):
                h.v[p] = 0
                h.ideal_v[p] = 0
                h.last[p] = group.times[quad]


cdef void fill_slots(Hemisphere *h, const Batch *batch) noexcept nogil:
    """Put the codes of worked-off conversions into the responses that wait for them."""
    cdef uint64_t *responses = h.responses[0]
    cdef const uint8_t *codes
    cdef const Slot *slot
    cdef int32_t i, k, shift
    cdef uint64_t word
    for i in range(batch.slot_count):
        slot = &batch.slots[i]
        codes = &h.codes[(2 * slot.read + slot.type) * COLUMNS + 4 * slot.quad]
        shift = slot.bit & 63
        if shift == 0:
            h.kernels.fill(codes, slot.count, responses + (slot.bit >> 6))
            continue
        for k in range(slot.count):
            # the message straddles two words
            word = 0
            h.kernels.fill(codes + 4 * k, 1, &word)
            responses[(slot.bit >> 6) + k] |= word >> shift
            responses[(slot.bit >> 6) + k + 1] |= word << (64 - shift)


cdef void work_off_batch(void *hemisphere) noexcept nogil:
    """Work off the oldest batch; one thread at a time, which may be any."""
    cdef Hemisphere *h = <Hemisphere *>hemisphere
    cdef Batch *batch = &h.batches[h.turn]
    cdef int first_piece[MAX_SEGMENTS]
    cdef int piece_count[MAX_SEGMENTS]
    cdef int i
    cdef uint64_t started = 0, multiplied = 0
    cdef const Operation *operation
    h.turn = (h.turn + 1) % h.batch_count
    h.segments = batch.segments
    h.log = batch.log
    h.wanted = batch.wanted
    if h.timed:
        started = nanoseconds()
    for i in range(batch.segment_count):
        piece_count[i] = 0
    if batch.segment_count:
        refresh_rows(h)
        multiply(h, batch.segment_count, first_piece, piece_count)
    if h.timed:
        multiplied = nanoseconds()
        h.nanoseconds_product += multiplied - started
    for i in range(batch.operation_count):
        operation = &batch.operations[i]
        if operation.kind == OP_EVENTS:
            run_segment(h, operation.index, first_piece[operation.index],
                        piece_count[operation.index])
        elif operation.kind == OP_READ:
            run_read(h, operation.index, operation.time,
                     operation.index == batch.read_count - 1)
        elif operation.kind == OP_RESET:
            run_reset(h, &batch.resets[operation.index])
        else:
            scatter(h)
            h.noise_anew = True
            h.v[operation.index] = 0
            h.ideal_v[operation.index] = 0
            h.last[operation.index] = operation.time
    if batch.read_count:
        memcpy(h.last_codes, &h.codes[(batch.read_count - 1) * 2 * COLUMNS], 2 * COLUMNS)
        fill_slots(h, batch)
    if h.timed:
        h.nanoseconds_membrane += nanoseconds() - multiplied
