"""The fast ADC (MADC): control, sampling clock, and samples on their way to the FPGA.

A recording is arithmetic until somebody wants its samples: their times follow from its start,
and codes are worked out when the FPGA takes what has arrived, or at once when a register
changes that they depend on. Samples that nobody records cost nothing.
"""

from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.stdlib cimport free

from ._hemisphere cimport (
    Hemisphere,
    Point,
    Trace,
    evaluate,
    note_point,
    trace_value,
)

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
    NO_SOURCE = -1

assert MADC_CLOCK_HZ == MADC_CLOCKS * FPGA_CLOCK_HZ
cdef uint64_t PACK_WINDOW = cycles("madc_pack_window")


cdef void madc_reset(Madc *m) noexcept nogil:
    """Asleep, no samples; settings stay."""
    cdef int mux
    m.awake = m.sampling = m.latched = m.power_down = m.pre_amplifier = m.busy = False
    m.held_first = m.held_count = 0
    m.stale = True
    for mux in range(INPUTS):
        madc_watch(m, mux, NO_SOURCE, 0)


cdef void madc_free(Madc *m) noexcept nogil:
    cdef int mux
    for mux in range(INPUTS):
        free(m.trace[mux].points)
        m.trace[mux].points = NULL


cdef void madc_watch(Madc *m, int mux, int half, int position) noexcept nogil:
    """Let an input see the membrane at a position of a hemisphere; none for half -1."""
    cdef int old = m.watched[mux]
    cdef Trace *trace = &m.trace[mux]
    if half == old and (half == NO_SOURCE or trace.position == position):
        return
    if old != NO_SOURCE:
        m.half[old].traces[mux] = NULL
    m.watched[mux] = half
    trace.position = position
    trace.first = trace.count = 0
    if half == NO_SOURCE:
        return
    # what is over by now belongs to the first point, however late it is worked out
    evaluate(m.half[half], False)
    m.half[half].traces[mux] = trace
    note_point(m.half[half], trace, <double>m.watch_from)


cdef void stop_sampling(Madc *m) noexcept nogil:
    cdef int mux
    m.sampling = m.latched = False
    m.busy = m.held_count > 0
    if m.power_down:
        m.awake = False
    for mux in range(INPUTS):
        madc_watch(m, mux, NO_SOURCE, 0)
    m.stale = True


cdef void madc_control(Madc *m, uint32_t word, uint64_t cycle) noexcept nogil:
    """Act on a write of the control register."""
    cdef uint64_t now = MADC_CLOCKS * cycle
    sample_until(m, cycle)
    m.pre_amplifier = word & PRE_AMPLIFIER != 0
    m.power_down = word & POWER_DOWN != 0
    m.stale = True
    if word & STOP and m.sampling:
        stop_sampling(m)
    if word & WAKE_UP and not m.awake:
        m.refresh(m.owner)
        m.awake = True
        m.awake_at = now + m.wake_up_clocks
    if word & START and not word & STOP and m.awake and not m.sampling:
        m.sampling = True
        m.watch_from = cycle
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
    cdef float level = m.fixed
    cdef int32_t code
    if m.dummy:
        return <uint32_t>m.next & CODE_MAX
    key = hx_mix(m.noise_key ^ hx_mix(time))
    if time - m.start < m.wrong_clocks:
        return <uint32_t>(key >> 54)
    if m.watched[input] != NO_SOURCE:
        level = m.level[input] + m.gain * trace_value(
            &m.trace[input], <double>time * (1.0 / MADC_CLOCKS))
    level += m.noise * hx_normal(input, <uint32_t>key, <uint32_t>(key >> 32)) + <float>0.5
    code = <int32_t>(level if level > 0 else <float>0)
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
    cdef int mux, tag
    if not m.sampling or m.start + (m.next + 1) * m.period > until:
        return
    if m.stale:
        m.watch_from = (m.start + m.next * m.period) // MADC_CLOCKS
        m.refresh(m.owner)
    for mux in range(INPUTS):
        if m.watched[mux] != NO_SOURCE:
            evaluate(m.half[m.watched[mux]], False)
    while m.held_count < HELD:
        time = m.start + (m.next + 1) * m.period
        if time > until:
            return
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
    cdef int mux
    while m.held_count and held_sample(m, 0).time <= until:
        take_pack(m, 1)
    if not m.sampling or until < m.start:
        return
    passed = (until - m.start) // m.period
    if passed <= m.next:
        return
    m.next = min(passed, m.end)
    for mux in range(INPUTS):
        if m.watched[mux] != NO_SOURCE:
            trace_value(&m.trace[mux], <double>cycle)
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
