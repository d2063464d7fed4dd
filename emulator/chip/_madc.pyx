"""The fast ADC (MADC): control, sampling clock, and samples on their way to the FPGA.

A recording is arithmetic until somebody wants its samples: their times follow from its start,
and codes are worked out when the FPGA takes what has arrived, or at once when a register
changes that they depend on. Samples that nobody records cost nothing.
"""

from libc.stdint cimport int32_t, uint32_t, uint64_t

from ._hemisphere cimport Hemisphere, show_no_more, show_to
from ._trace cimport Instant, Watch, watch_free, watch_level, watch_retune, watch_state

from emulator.timing import MADC_CLOCK_HZ, FPGA_CLOCK_HZ, cycles

cdef extern from "emulator/chip/kernels.h" nogil:
    uint64_t hx_mix(uint64_t)
    float hx_normal(uint32_t, uint32_t, uint32_t)

cdef enum Control:
    WAKE_UP = 1 << 0
    START = 1 << 1
    STOP = 1 << 2
    POWER_DOWN = 1 << 3
    CONTINUOUS = 1 << 4
    PRE_AMPLIFIER = 1 << 5

cdef enum:
    CODE_MAX = 1023
    CHANNEL_SHIFT = 10

assert MADC_CLOCK_HZ == MADC_CLOCKS * FPGA_CLOCK_HZ
cdef uint64_t PACK_WINDOW = cycles("madc_pack_window")


cdef void disconnect(Madc *m) noexcept nogil:
    cdef int mux
    for mux in range(INPUTS):
        madc_connect(m, mux, NULL, 0)


cdef void madc_reset(Madc *m) noexcept nogil:
    """Asleep, no samples; settings stay."""
    m.awake = m.sampling = m.latched = m.power_down = m.pre_amplifier = m.busy = False
    m.held_first = m.held_count = 0
    m.stale = True
    disconnect(m)


cdef void madc_free(Madc *m) noexcept nogil:
    disconnect(m)


cdef void madc_connect(Madc *m, int mux, Watch *wanted, double lsb) noexcept nogil:
    """Connect an input to columns, whose operating point counts from `changed` on.

    The list is taken over. `lsb` is the unit of the membranes in mV.
    """
    cdef Watch *old = m.watches[mux]
    cdef Watch *following
    cdef Watch *watch
    cdef Watch **kept
    cdef Watch **tail = &m.watches[mux]
    tail[0] = NULL
    while wanted != NULL:
        following = wanted.next
        # what has been followed so far goes on from there
        kept = &old
        while kept[0] != NULL and not (
                kept[0].half == wanted.half and kept[0].position == wanted.position
                and kept[0].source == wanted.source):
            kept = &kept[0].next
        watch = kept[0]
        if watch != NULL:
            kept[0] = watch.next
            watch_retune(watch, &wanted.column, wanted.source, wanted.band, <double>m.changed)
            watch_free(wanted)
        else:
            watch = wanted
            show_to(m.half[watch.half], watch, lsb)
        watch.next = NULL
        tail[0] = watch
        tail = &watch.next
        wanted = following
    while old != NULL:
        following = old.next
        show_no_more(m.half[old.half], old)
        watch_free(old)
        old = following


cdef void follow_until(Madc *m, uint64_t cycle) noexcept nogil:
    """Bring watched columns up to date."""
    cdef Instant found
    cdef Watch *watch
    cdef int mux
    for mux in range(INPUTS):
        watch = m.watches[mux]
        while watch != NULL:
            watch_state(watch, <double>cycle, &found)
            watch = watch.next


cdef void move_on(Madc *m, uint64_t cycle) noexcept nogil:
    """Let watched columns see analog quantities as they are at a time."""
    if m.stale:
        m.refresh(m.owner)
    while cycle > m.moves_on:
        follow_until(m, m.moves_on)
        m.changed = m.moves_on
        m.refresh(m.owner)


cdef void madc_outdate(Madc *m, uint64_t cycle) noexcept nogil:
    """Registers or the operating point are about to change: what comes before sees the old ones."""
    if m.sampling:
        sample_until(m, cycle)
        move_on(m, cycle)
        follow_until(m, cycle)
        m.changed = cycle
    m.stale = True


cdef void stop_sampling(Madc *m) noexcept nogil:
    m.sampling = m.latched = False
    m.busy = m.held_count > 0
    if m.power_down:
        m.awake = False
    disconnect(m)
    m.stale = True


cdef void madc_control(Madc *m, uint32_t word, uint64_t cycle) noexcept nogil:
    """Act on a write of the control register."""
    cdef uint64_t now = MADC_CLOCKS * cycle
    madc_outdate(m, cycle)
    m.pre_amplifier = word & PRE_AMPLIFIER != 0
    m.power_down = word & POWER_DOWN != 0
    if word & STOP and m.sampling:
        stop_sampling(m)
    if word & WAKE_UP and not m.awake:
        m.refresh(m.owner)
        m.awake = True
        m.awake_at = now + m.wake_up_clocks
    if word & START and not word & STOP and m.awake and not m.sampling:
        m.sampling = True
        m.changed = cycle
        m.refresh(m.owner)
        m.latched = True
        m.start = max(now, m.awake_at)
        m.next = 0
        m.end = <uint64_t>-1 if word & CONTINUOUS else m.number_of_samples
        m.busy = True
        if m.end == 0:
            stop_sampling(m)


cdef uint32_t convert(Madc *m, int input, uint64_t time) noexcept nogil:
    """Code of an input at a time."""
    cdef uint64_t key
    cdef Watch *watch = m.watches[input]
    cdef double sum = 0
    cdef double level
    cdef int columns = 0
    cdef int32_t code
    if m.dummy:
        return <uint32_t>m.next & CODE_MAX
    key = hx_mix(m.noise_key ^ hx_mix(time))
    if time - m.start < m.wrong_clocks:
        return <uint32_t>(key >> 54)
    while watch != NULL:
        sum += watch_level(watch, <double>time * (1.0 / MADC_CLOCKS))
        columns += 1
        watch = watch.next
    level = m.fixed + (m.gain * sum / columns if columns else 0)
    level += m.noise * hx_normal(input, <uint32_t>key, <uint32_t>(key >> 32)) + 0.5
    # far beyond what a converter or an integer can hold
    code = <int32_t>(min(level, 1e6) if level > 0 else 0)
    return min(code, <int32_t>CODE_MAX)


cdef inline int input_of(const Madc *m, uint64_t number) noexcept nogil:
    """Which input a sample is of."""
    if m.select_length == 0:
        return m.first_input
    return m.first_input ^ (number // m.select_length & 1)


cdef void sample_until(Madc *m, uint64_t cycle) noexcept nogil:
    """Convert what is due in an FPGA cycle or before, as far as there is space for it."""
    cdef uint64_t until = MADC_CLOCKS * cycle + (MADC_CLOCKS - 1)
    cdef uint64_t time
    cdef Sample *sample
    cdef int tag
    if not m.sampling or m.start + (m.next + 1) * m.period > until:
        return
    while m.held_count < HELD:
        time = m.start + (m.next + 1) * m.period
        if time > until:
            return
        if time > MADC_CLOCKS * m.moves_on or m.stale:
            move_on(m, time // MADC_CLOCKS)
        tag = input_of(m, m.next)
        sample = &m.held[(m.held_first + m.held_count) & (HELD - 1)]
        sample.time = time
        sample.bits = convert(m, tag, time)
        if m.tag_lags and m.select_length:
            # number of the sample before; ahead of the first, the other input was selected
            tag = input_of(m, m.next - 1) if m.next else 1 - m.first_input
        sample.bits |= <uint32_t>tag << CHANNEL_SHIFT
        m.held_count += 1
        m.next += 1
        if m.next == m.end:
            stop_sampling(m)
            return


cdef void skip_until(Madc *m, uint64_t cycle) noexcept nogil:
    """Forget what was due in an FPGA cycle or before."""
    cdef uint64_t until = MADC_CLOCKS * cycle + (MADC_CLOCKS - 1)
    cdef uint64_t passed
    while m.held_count and held_sample(m, 0).time <= until:
        take_pack(m, 1)
    if not m.sampling or until < m.start:
        return
    passed = (until - m.start) // m.period
    if passed <= m.next:
        return
    m.next = min(passed, m.end)
    if not m.stale:
        move_on(m, cycle)
        follow_until(m, cycle)
    if m.next == m.end:
        stop_sampling(m)


cdef uint64_t pack_time(const Madc *m, int *count) noexcept nogil:
    """FPGA cycle in which the next pack leaves the chip, and how many samples it takes.

    A pack waits for its third sample for a while. The answer holds if all samples up to that
    cycle are held; without any it is the end of time.
    """
    cdef uint64_t leaves
    count[0] = 0
    if m.held_count == 0:
        return <uint64_t>-1
    leaves = held_sample(m, 0).time // MADC_CLOCKS + PACK_WINDOW
    while (count[0] < PACK and <uint32_t>count[0] < m.held_count
           and held_sample(m, count[0]).time // MADC_CLOCKS <= leaves):
        count[0] += 1
    return held_sample(m, PACK - 1).time // MADC_CLOCKS if count[0] == PACK else leaves


cdef void take_pack(Madc *m, int count) noexcept nogil:
    """Samples are on their way."""
    m.held_first += count
    m.held_count -= count
    m.busy = m.sampling or m.held_count > 0
