"""Evaluation of the hagen path of one hemisphere, late and in batches.

Events, resets and conversions are queued in order. When a response must leave, or a register
that they depend on changes, the queue is worked off: the sums of all event segments in one
integer product, then membranes and conversions one after the other.

What a queue is cut into never shows: segments end where the program says so (a reset, a
conversion, a changed register), not where a batch happens to end.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcpy, memset
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec

from ._trace cimport watch_event, watch_reset, watch_start

cdef extern from "math.h" nogil:
    float sqrtf(float)

cdef enum:
    # product sums beyond this many 32-bit pieces are added up in 64 bits at once
    MAX_PIECES = 32
    SOURCE_EVENT = 1
    SOURCE_READ = 2


cdef Hemisphere *create(int number, Dispatch *dispatch) noexcept nogil:
    # Shifted against each other: processors take accesses to the same place of different
    # pages for dependent.
    cdef char *memory = <char *>calloc(1, sizeof(Hemisphere) + 4096)
    cdef Hemisphere *h = NULL
    if memory != NULL:
        h = <Hemisphere *>(memory + 2112 * number)
        h.memory = memory
        h.number = number
        h.dispatch = dispatch
        h.kernels = hx_kernels_best()
        clear(h)
    return h


cdef void destroy(Hemisphere *h) noexcept nogil:
    if h != NULL:
        free(h.labelled)
        free(h.slots)
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
    h.rows_stale = h.tiles_stale = True
    memset(h.v, 0, sizeof(h.v))
    memset(h.ideal_v, 0, sizeof(h.ideal_v))
    h.common_last = 0
    h.scattered = False
    memset(h.last_codes, 0, sizeof(h.last_codes))
    memset(h.open_counts, 0, sizeof(h.open_counts))
    h.open_key_count = 0
    memset(&h.dispatch.sums[h.number * PULSES], 0, PULSES * sizeof(int64_t))
    h.dispatch.last[h.number] = 0
    h.dispatch.direct[h.number] = False
    h.operation_count = h.segment_count = h.reset_count = h.read_count = 0
    h.labelled_count = h.slot_count = 0
    h.segment_open = h.reset_open = False


# watching ------------------------------------------------------------------------------------


cdef inline int weight_of(uint32_t lane) noexcept nogil:
    """Weight in the low bits of an SRAM word, where bits 4:0 stand in reverse."""
    return (lane & 0x24) | (lane & 0x10) >> 4 | (lane & 0x08) >> 2 | (lane & 0x02) << 2 | (
        lane & 0x01) << 4


cdef void show_event(Hemisphere *h, int key, uint64_t time) noexcept nogil:
    """Let watched columns see an event at driver key // 64 with the label key % 64."""
    cdef int driver = key >> 6
    cdef uint32_t seen = key & (63 if h.address_out[driver] else 32)
    cdef double pulse = h.pulse[key] * (1.0 / HX_PULSE_SCALE)
    cdef double charge[2]
    cdef double amount
    cdef int row, shift, lane, sign
    cdef Watch *watch = h.watches
    while watch != NULL:
        charge[0] = charge[1] = 0
        shift = 8 * (3 - (watch.position & 3))
        for row in range(2 * driver, 2 * driver + 2):
            lane = QUADS * row + (watch.position >> 2)
            if h.label[lane] >> shift & 63 != seen:
                continue
            amount = pulse * weight_of(h.weight[lane] >> shift) * (
                h.scale[COLUMNS * row + watch.position] * (1.0 / HX_WEIGHT_SCALE))
            for sign in range(2):
                if h.row_mode[row] >> sign & 1:
                    charge[sign] += amount
        if charge[0] != 0 or charge[1] != 0:
            watch_event(watch, <double>time, charge)
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

    The watch knows the operating point; `lsb` is the unit of the membrane in mV.
    """
    cdef int p = watch.position
    cdef double x[2]
    evaluate(h, False)
    x[0] = x[1] = 0
    watch_start(
        watch, h.last[p] if h.scattered else h.common_last,
        watch.column.reset_potential + lsb * (h.ideal_v[p] / HX_IDEAL_LSB if h.ideal else h.v[p]),
        x)
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


cdef void add_operation(Hemisphere *h, Kind kind, int32_t index, double time) noexcept nogil:
    if h.segment_open:
        close_segment(h)
    h.reset_open = kind == OP_RESET
    h.operations[h.operation_count].kind = kind
    h.operations[h.operation_count].index = index
    h.operations[h.operation_count].time = time
    h.operation_count += 1


cdef void make_room(Hemisphere *h) noexcept nogil:
    if h.segment_open:
        close_segment(h)
    if (
        h.operation_count >= MAX_OPERATIONS - 1 or h.segment_count >= MAX_SEGMENTS - 1
        or h.reset_count >= MAX_RESETS or h.read_count >= MAX_READS
    ):
        evaluate(h, False)


cdef void open_segment(Hemisphere *h, uint64_t time) noexcept nogil:
    if time >= h.dispatch.step_end:
        h.dispatch.step(h.owner, <uint64_t>time)
    make_room(h)
    add_operation(h, OP_EVENTS, h.segment_count, <double>time)
    memset(&h.segments[h.segment_count], 0, sizeof(Segment))
    h.segments[h.segment_count].first = time
    h.segment_count += 1
    h.segment_open = True
    h.dispatch.direct[h.number] = not h.dispatch.stale and h.watches == NULL


cdef void close_segment(Hemisphere *h) noexcept nogil:
    """End the open segment: take over what dispatch has summed up."""
    cdef Segment *segment = &h.segments[h.segment_count - 1]
    cdef int32_t *pulses = &h.pulses[(h.segment_count - 1) * PULSES]
    cdef Labelled *larger
    cdef int32_t i, space
    cdef uint16_t key
    h.segment_open = False
    h.dispatch.direct[h.number] = False
    segment.events += h.kernels.collect(&h.dispatch.sums[h.number * PULSES], pulses)
    segment.last = h.dispatch.last[h.number]
    segment.labelled_start = h.labelled_count
    if h.open_key_count == 0:
        return
    if h.labelled_count + h.open_key_count > h.labelled_space:
        space = 2 * (h.labelled_count + h.open_key_count)
        larger = <Labelled *>realloc(h.labelled, space * sizeof(Labelled))
        if larger != NULL:
            h.labelled = larger
            h.labelled_space = space
    for i in range(h.open_key_count):
        key = h.open_keys[i]
        if h.labelled_count < h.labelled_space:
            h.labelled[h.labelled_count].key = key
            h.labelled[h.labelled_count].count = h.open_counts[key]
            h.labelled_count += 1
            segment.labelled_count += 1
        h.open_counts[key] = 0
    h.open_key_count = 0


cdef void add_event(Hemisphere *h, int key, uint64_t time) noexcept nogil:
    """An event reaches driver key // 64 with the label key % 64."""
    cdef int slot
    if not h.segment_open:
        open_segment(h, time)
    h.dispatch.last[h.number] = time
    if h.watches != NULL:
        show_event(h, key, time)
    if not h.address_out[key >> 6]:
        # of the label, synapses see the top bit
        slot = h.number * PULSES + (key & 32) * 4 + (key >> 6)
        h.dispatch.sums[slot] += (<int64_t>1 << HX_COUNT_SHIFT) + h.pulse[key]
        return
    h.segments[h.segment_count - 1].events += 1
    if h.open_counts[key] == 0:
        h.open_keys[h.open_key_count] = key
        h.open_key_count += 1
    h.open_counts[key] += 1


cdef void look_after(Hemisphere *h) noexcept nogil:
    """End a segment that has grown long."""
    cdef int64_t events
    cdef int i
    if not h.segment_open:
        return
    events = h.segments[h.segment_count - 1].events
    for i in range(PULSES):
        events += h.dispatch.sums[h.number * PULSES + i] >> HX_COUNT_SHIFT
    if events > MAX_SEGMENT_EVENTS:
        close_segment(h)


cdef void new_reset(Hemisphere *h, double time) noexcept nogil:
    if time >= h.dispatch.step_end:
        h.dispatch.step(h.owner, <uint64_t>time)
    make_room(h)
    add_operation(h, OP_RESET, h.reset_count, time)
    h.resets[h.reset_count].quads = 0
    h.reset_count += 1


cdef void reset_one(Hemisphere *h, int position, double time) noexcept nogil:
    cdef Watch *watch = h.watches
    if time >= h.dispatch.step_end:
        h.dispatch.step(h.owner, <uint64_t>time)
    while watch != NULL:
        if watch.position == position:
            watch_reset(watch, time)
        watch = watch.other
    make_room(h)
    add_operation(h, OP_RESET_ONE, position, time)


cdef int trigger(Hemisphere *h, double time) noexcept nogil:
    """Queue a conversion of all channels."""
    if time >= h.dispatch.step_end:
        h.dispatch.step(h.owner, <uint64_t>time)
    make_room(h)
    add_operation(h, OP_READ, h.read_count, time)
    h.wanted[2 * h.read_count] = h.wanted[2 * h.read_count + 1] = 0
    h.read_count += 1
    h.conversions += 1
    return h.read_count - 1


cdef bint add_slots(Hemisphere *h, int type, int quad, int count, int64_t bit) noexcept nogil:
    """Reserve responses, 64 bits each from a bit of the stream on, for quads of the last
    conversion."""
    cdef Slot *slot
    cdef Slot *larger
    cdef int32_t space
    if h.slot_count == h.slot_space:
        space = 2 * h.slot_space + 64
        larger = <Slot *>realloc(h.slots, space * sizeof(Slot))
        if larger == NULL:
            return False
        h.slots = larger
        h.slot_space = space
    slot = &h.slots[h.slot_count]
    h.slot_count += 1
    slot.read = h.read_count - 1
    slot.type = type
    slot.quad = quad
    slot.count = count
    slot.bit = bit
    h.wanted[2 * slot.read + type] = 1
    return True


# operands of the product -----------------------------------------------------------------------


cdef void row_mode_changed(Hemisphere *h, int row) noexcept nogil:
    h.tiles_dirty[row >> 2] = 1
    h.tiles_stale = True


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
                lanes, &h.scale[row * COLUMNS], &h.effective[row * COLUMNS])
        if h.labels_dirty[row]:
            h.labels_dirty[row] = 0
            h.kernels.unpack(&h.label[row * QUADS], &h.labels[row * COLUMNS])
    h.rows_stale = False


cdef void refresh_tiles(Hemisphere *h) noexcept nogil:
    """Bring the operands of the product up to date with rows and row modes."""
    cdef int pair, sign, label, row, bound
    cdef uint8_t on[4]
    if not h.tiles_stale:
        return
    h.largest = 1
    for pair in range(HX_PAIRS):
        for sign in range(2):
            for row in range(4):
                on[row] = h.row_mode[4 * pair + row] >> sign & 1
            bound = max(on[0] * h.row_largest[4 * pair] + on[1] * h.row_largest[4 * pair + 1],
                        on[2] * h.row_largest[4 * pair + 2] + on[3] * h.row_largest[4 * pair + 3])
            if bound > h.largest:
                h.largest = bound
            if not h.tiles_dirty[pair]:
                continue
            for label in range(2):
                h.blocks[(sign * 2 + label) * HX_PAIRS + pair] = h.kernels.interleave(
                    &h.effective[4 * pair * COLUMNS], &h.labels[4 * pair * COLUMNS], on,
                    32 * label,
                    &h.tiles[((sign * 2 + label) * HX_BLOCKS * HX_PAIRS + pair) * HX_TILE])
        h.tiles_dirty[pair] = 0
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
    cdef int64_t pieces = 1 + total * h.largest // (((<int64_t>1) << 31)
                                                    - PULSES * <int64_t>h.largest)
    if largest > 32767 * pieces:
        pieces = 1 + largest // 32767
    return <int>pieces if pieces <= MAX_PIECES else MAX_PIECES + 1


cdef void wide_sums(Hemisphere *h, int segment, int64_t *out) noexcept nogil:
    """Sums of a segment in 64 bits, for very long ones."""
    cdef int sign, label, driver, p
    cdef int64_t pulse
    cdef const int16_t *tile
    for sign in range(2):
        for label in range(2):
            for driver in range(DRIVERS):
                pulse = h.pulses[segment * PULSES + label * DRIVERS + driver]
                if pulse == 0:
                    continue
                tile = &h.tiles[((sign * 2 + label) * HX_BLOCKS * HX_PAIRS + (driver >> 1))
                                * HX_TILE]
                for p in range(COLUMNS):
                    out[sign * COLUMNS + p] += pulse * tile[
                        (p >> 6) * HX_PAIRS * HX_TILE + 2 * (p & 63) + (driver & 1)]


cdef void labelled_sums(Hemisphere *h, const Segment *segment, int64_t *out) noexcept nogil:
    """Add the events that synapses compare all six label bits for."""
    cdef int32_t i
    cdef int driver, row, sign
    cdef uint8_t label
    cdef int64_t pulse
    cdef Labelled entry
    for i in range(segment.labelled_start, segment.labelled_start + segment.labelled_count):
        entry = h.labelled[i]
        driver = entry.key >> 6
        label = entry.key & 63
        # below 2^31 as segments are bounded
        pulse = <int64_t>h.pulse[entry.key] * entry.count
        for row in range(2 * driver, 2 * driver + 2):
            for sign in range(2):
                if h.row_mode[row] >> sign & 1:
                    h.kernels.masked(&h.labels[row * COLUMNS], &h.effective[row * COLUMNS],
                                     label, <int32_t>pulse, out + sign * COLUMNS)


cdef uint64_t nanoseconds() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return <uint64_t>now.tv_sec * 1000000000 + <uint64_t>now.tv_nsec


# working off -------------------------------------------------------------------------------------


cdef void multiply(Hemisphere *h, int segments, int *first_piece, int *piece_count) noexcept nogil:
    """Sums of all segments that matter into h.sums, 512 for each piece."""
    cdef int used[PULSES]
    cdef int used_count = 0
    cdef int pieces = 0
    cdef int segment, pair, label, piece, k, sign
    cdef unsigned blocks
    cdef int32_t even, odd, count, part_even, part_odd
    cdef int32_t tiles[PULSES]
    cdef int32_t occur[PULSES]
    cdef int32_t largest
    cdef int64_t total
    cdef const int32_t *pulses
    cdef int32_t *target
    memset(occur, 0, sizeof(occur))
    for segment in range(segments):
        first_piece[segment] = pieces
        if piece_count[segment] < 0:
            continue
        largest = h.kernels.survey(&h.pulses[segment * PULSES], occur, &total)
        if largest == 0:
            piece_count[segment] = 0
            continue
        refresh_tiles(h)
        count = pieces_of(h, largest, total)
        piece_count[segment] = count
        if count <= MAX_PIECES:
            pieces += count
    if pieces == 0:
        return
    for k in range(2 * HX_PAIRS):
        label = k // HX_PAIRS
        pair = k % HX_PAIRS
        if (occur[2 * k] or occur[2 * k + 1]) and (h.blocks[label * HX_PAIRS + pair] | h.blocks[
            (2 + label) * HX_PAIRS + pair]):
            used[used_count] = k
            tiles[used_count] = label * HX_BLOCKS * HX_PAIRS + pair
            used_count += 1
    if not reserve_scratch(&h.operands, &h.operand_space, <int64_t>pieces * (used_count + 1)):
        return
    if not reserve_scratch(&h.sums, &h.sum_space, <int64_t>pieces * 2 * COLUMNS):
        return
    target = h.operands
    for segment in range(segments):
        count = piece_count[segment]
        if count < 1 or count > MAX_PIECES:
            continue
        pulses = &h.pulses[segment * PULSES]
        if count == 1:
            for k in range(used_count):
                target[k] = pulses[2 * used[k]] | pulses[2 * used[k] + 1] << 16
            target += used_count
            continue
        for piece in range(count):
            for k in range(used_count):
                even = pulses[2 * used[k]]
                odd = pulses[2 * used[k] + 1]
                part_even = <int32_t>(<int64_t>even * (piece + 1) // count
                                      - <int64_t>even * piece // count)
                part_odd = <int32_t>(<int64_t>odd * (piece + 1) // count
                                     - <int64_t>odd * piece // count)
                target[k] = part_even | part_odd << 16
            target += used_count
    for sign in range(2):
        blocks = 0
        for k in range(used_count):
            label = used[k] // HX_PAIRS
            pair = used[k] % HX_PAIRS
            blocks |= h.blocks[(2 * sign + label) * HX_PAIRS + pair]
        h.kernels.product(h.operands, pieces, used_count,
                          &h.tiles[sign * 2 * HX_BLOCKS * HX_PAIRS * HX_TILE], tiles, blocks,
                          h.sums + sign * COLUMNS, 2 * COLUMNS)


cdef void run_segment(Hemisphere *h, int index, int first_piece, int piece_count) noexcept nogil:
    cdef const Segment *segment = &h.segments[index]
    cdef int64_t wide[2 * COLUMNS]
    cdef float exact[2 * COLUMNS]
    cdef double whole[2 * COLUMNS]
    cdef int p, piece
    cdef float window
    cdef float elapsed[COLUMNS]
    cdef bint simple = piece_count == 1 and segment.labelled_count == 0
    cdef const int32_t *sums
    if simple and not h.ideal:
        h.kernels.to_float(h.sums + <int64_t>first_piece * 2 * COLUMNS, exact)
        h.kernels.to_float(h.sums + <int64_t>first_piece * 2 * COLUMNS + COLUMNS, exact + COLUMNS)
    else:
        memset(wide, 0, sizeof(wide))
        if piece_count > MAX_PIECES:
            wide_sums(h, index, wide)
        else:
            for piece in range(piece_count):
                sums = h.sums + <int64_t>(first_piece + piece) * 2 * COLUMNS
                for p in range(2 * COLUMNS):
                    wide[p] += sums[p]
        if segment.labelled_count:
            labelled_sums(h, segment, wide)
        for p in range(2 * COLUMNS):
            exact[p] = <float>wide[p]
            whole[p] = <double>wide[p]
    if h.ideal:
        h.kernels.segment_ideal(&h.params, h.ideal_v, whole, whole + COLUMNS)
        return
    window = <float>(segment.last - segment.first)
    if window != h.excursion_window:
        h.kernels.excursions(&h.params, window, h.excursions)
        h.excursion_window = window
    elapse(h, 0.5 * (<double>segment.first + <double>segment.last), elapsed)
    h.kernels.segment(&h.params, h.v, elapsed, h.excursions, sqrtf(<float>segment.events),
                      draw_key(h, SOURCE_EVENT, <double>segment.last), exact, exact + COLUMNS)


cdef void elapse(Hemisphere *h, double now, float *elapsed) noexcept nogil:
    """Time since the membranes were worked out last; they are up to `now` afterwards."""
    cdef int p
    cdef float same = <float>(now - h.common_last)
    if h.scattered:
        h.kernels.elapsed(h.last, now, elapsed)
    else:
        for p in range(COLUMNS):
            elapsed[p] = same
    h.common_last = now
    h.scattered = False


cdef void scatter(Hemisphere *h) noexcept nogil:
    """Keep the time of each membrane by itself from now on."""
    cdef int p
    if not h.scattered:
        for p in range(COLUMNS):
            h.last[p] = h.common_last
        h.scattered = True


cdef uint64_t draw_key(Hemisphere *h, int source, double time) noexcept nogil:
    return hx_mix(h.noise_key ^ hx_mix(<uint64_t>time * 4 + source))


cdef void run_read(Hemisphere *h, int index, double time, bint both) noexcept nogil:
    cdef int type
    cdef uint8_t *codes
    cdef float elapsed[COLUMNS]
    if not h.ideal:
        elapse(h, time, elapsed)
        h.kernels.advance(&h.params, h.v, elapsed)
    for type in range(2):
        if not both and not h.wanted[2 * index + type]:
            continue
        codes = &h.codes[(2 * index + type) * COLUMNS]
        if h.ideal:
            h.kernels.convert_ideal(&h.params, h.ideal_v, type, codes)
        else:
            h.kernels.convert(&h.params, h.v, type, draw_key(h, SOURCE_READ, time), codes)


cdef void run_reset(Hemisphere *h, const QuadReset *group) noexcept nogil:
    cdef int quad, p
    if ~group.quads == 0:
        memset(h.v, 0, sizeof(h.v))
        memset(h.ideal_v, 0, sizeof(h.ideal_v))
        for quad in range(QUADS):
            for p in range(4):
                h.last[4 * quad + p] = group.times[quad]
        h.scattered = True
        return
    scatter(h)
    for quad in range(QUADS):
        if group.quads >> quad & 1:
            for p in range(4 * quad, 4 * quad + 4):
                h.v[p] = 0
                h.ideal_v[p] = 0
                h.last[p] = group.times[quad]


cdef void fill_slots(Hemisphere *h) noexcept nogil:
    """Put the codes of worked-off conversions into the responses that wait for them."""
    cdef uint64_t *responses = h.responses[0]
    cdef const uint8_t *codes
    cdef Slot *slot
    cdef int32_t i, k, shift
    cdef uint64_t word
    for i in range(h.slot_count):
        slot = &h.slots[i]
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
    h.slot_count = 0


cdef void drop_forgotten(const Hemisphere *h, int operations, int *piece_count) noexcept nogil:
    """Mark segments that a reset of all membranes makes forgotten before any conversion."""
    cdef int i
    cdef bint forgotten = False
    cdef const Operation *operation
    for i in range(operations - 1, -1, -1):
        operation = &h.operations[i]
        if operation.kind == OP_READ:
            forgotten = False
        elif operation.kind == OP_RESET and ~h.resets[operation.index].quads == 0:
            forgotten = True
        elif operation.kind == OP_EVENTS:
            piece_count[operation.index] = -1 if forgotten else 0


cdef void evaluate(Hemisphere *h, bint everything) noexcept nogil:
    """Work off all that is queued, but leave an open segment open unless `everything`."""
    cdef int first_piece[MAX_SEGMENTS]
    cdef int piece_count[MAX_SEGMENTS]
    cdef int i, segments, operations
    cdef uint64_t started = 0, multiplied = 0
    cdef Operation *operation
    if everything and h.segment_open:
        close_segment(h)
    segments = h.segment_count - (1 if h.segment_open else 0)
    operations = h.operation_count - (1 if h.segment_open else 0)
    if operations == 0:
        return
    h.evaluations += 1
    if h.stale:
        h.refresh(h.owner)
        h.excursion_window = -1
    if h.timed:
        started = nanoseconds()
    drop_forgotten(h, operations, piece_count)
    if segments:
        refresh_rows(h)
        multiply(h, segments, first_piece, piece_count)
    if h.timed:
        multiplied = nanoseconds()
        h.nanoseconds_product += multiplied - started
    for i in range(operations):
        operation = &h.operations[i]
        if operation.kind == OP_EVENTS:
            if piece_count[operation.index] < 0:
                continue
            run_segment(h, operation.index, first_piece[operation.index],
                        piece_count[operation.index])
        elif operation.kind == OP_READ:
            run_read(h, operation.index, operation.time, operation.index == h.read_count - 1)
        elif operation.kind == OP_RESET:
            run_reset(h, &h.resets[operation.index])
        else:
            scatter(h)
            h.v[operation.index] = 0
            h.ideal_v[operation.index] = 0
            h.last[operation.index] = operation.time
    if h.read_count:
        memcpy(h.last_codes, &h.codes[(h.read_count - 1) * 2 * COLUMNS], 2 * COLUMNS)
        fill_slots(h)
    h.read_count = h.reset_count = 0
    h.reset_open = False
    h.labelled_count = 0
    if h.segment_open:
        h.operations[0] = h.operations[operations]
        h.operations[0].index = 0
        h.segments[0] = h.segments[segments]
        h.operation_count = h.segment_count = 1
    else:
        h.operation_count = h.segment_count = 0
    if h.timed:
        h.nanoseconds_membrane += nanoseconds() - multiplied
