"""One column followed in time; see the declarations."""

from libc.stdint cimport int64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcpy, memmove

cdef double LOG2_E = 1.4426950408889634
# ln 2 in two parts, of which multiples of the first one are exact
cdef double LN2_HIGH = 0.693147180369123816490
cdef double LN2_LOW = 1.90821492927058770002e-10

# lines below this excursion carry no current that shows
cdef double QUIET = 1e-9
# mV that the read-out of a line may be off its level at rest
cdef double SETTLED = 1e-3
# Steps of the integration in the time constant of a line; the read-out takes levels between them
# for straight lines, which those of lines are less than those of membranes.
cdef double STEPS_OF_LINE = 16.0
cdef double STEPS_OF_MEMBRANE = 8.0
# largest part of a rail's width, or of the leak's time constant, in one step
cdef double PART = 0.5


cdef inline double exponential(double x) noexcept nogil:
    """exp(x) to some 1e-11, by operations that give the same bits on every machine."""
    cdef double r, square, fourth, scale
    cdef int64_t n, bits
    if x < -700:
        return 0
    if x > 700:
        x = 700
    n = <int64_t>(x * LOG2_E + (0.5 if x > 0 else -0.5))
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    square = r * r
    fourth = square * square
    # Taylor's series, in pairs that do not wait for each other
    r = ((1 + r) + square * (1.0 / 2 + r * (1.0 / 6))
         + fourth * ((1.0 / 24 + r * (1.0 / 120)) + square * (1.0 / 720 + r * (1.0 / 5040)))
         + fourth * fourth * (1.0 / 40320 + r * (1.0 / 362880)))
    bits = (n + 1023) << 52
    memcpy(&scale, &bits, sizeof(double))
    return r * scale


cdef inline double bent(double x) noexcept nogil:
    """tanh(x)"""
    cdef double t
    if x < 1e-4 and x > -1e-4:
        return x
    t = exponential(-2 * x)
    return (1 - t) / (1 + t)


cdef inline double slope(const Column *c, double v, double excitatory, double inhibitory) noexcept nogil:
    """Change of the membrane in a cycle, from the currents of both amplifiers."""
    cdef double rate = c.drift - c.leak_rate * (v - c.leak_potential)
    if excitatory != 0:
        rate += excitatory / (1 + exponential((v - c.high_rail) / c.rail_width))
    if inhibitory != 0:
        rate -= inhibitory / (1 + exponential((c.low_rail - v) / c.rail_width))
    return rate


cdef inline double level(const Watch *watch, const Instant *at) noexcept nogil:
    """Potential that the read-out amplifier is connected to."""
    cdef const Column *c = &watch.column
    cdef int s
    if watch.source == SOURCE_MEMBRANE:
        return at.v
    if watch.source == SOURCE_EXCITATORY or watch.source == SOURCE_INHIBITORY:
        s = watch.source - SOURCE_EXCITATORY
        if c.line_limit <= 0:
            return c.line_rest[s] - c.line_swing[s] * at.x[s]
        return c.line_rest[s] - c.line_limit * bent(c.line_swing[s] * at.x[s] / c.line_limit)
    return 0


cdef inline bint quiet(const Instant *at) noexcept nogil:
    return at.x[0] < QUIET and at.x[1] < QUIET


cdef void limit(const Column *c, Instant *at) noexcept nogil:
    if c.forced:
        at.v = c.reset_potential
    elif at.v < c.v_min:
        at.v = c.v_min
    elif at.v > c.v_max:
        at.v = c.v_max


cdef inline void follow(const Watch *watch, Instant *at, double before, double duration,
                        double lag) noexcept nogil:
    """Let the read-out follow a level that went on a straight line; `lag` is how much of an old
    difference is left."""
    cdef double after = level(watch, at)
    cdef double behind
    if watch.band <= 0:
        at.seen = after
        return
    behind = (after - before) * watch.band / duration
    at.seen = after - behind + (at.seen - before + behind) * lag


cdef inline double lag_of(const Watch *watch, double duration) noexcept nogil:
    return exponential(-duration / watch.band) if watch.band > 0 else 0


cdef void integrate(const Watch *watch, Instant *at, double duration, const double *half_decay,
                    const double *decay, double lag) noexcept nogil:
    """One step of the classical fourth-order scheme; lines are exact."""
    cdef const Column *c = &watch.column
    cdef double begin[2]
    cdef double middle[2]
    cdef double end[2]
    cdef double k1, k2, k3, k4
    cdef double before = level(watch, at)
    cdef int s
    if watch.source != SOURCE_MEMBRANE:
        # nobody looks at the membrane
        at.x[0] *= decay[0]
        at.x[1] *= decay[1]
        at.time += duration
        follow(watch, at, before, duration, lag)
        return
    for s in range(2):
        begin[s] = c.ota[s] * bent(at.x[s])
        middle[s] = c.ota[s] * bent(at.x[s] * half_decay[s])
        at.x[s] *= decay[s]
        end[s] = c.ota[s] * bent(at.x[s])
    k1 = slope(c, at.v, begin[0], begin[1])
    k2 = slope(c, at.v + 0.5 * duration * k1, middle[0], middle[1])
    k3 = slope(c, at.v + 0.5 * duration * k2, middle[0], middle[1])
    k4 = slope(c, at.v + duration * k3, end[0], end[1])
    at.v += duration / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    at.time += duration
    limit(c, at)
    follow(watch, at, before, duration, lag)


cdef void rest(const Watch *watch, Instant *at, double duration) noexcept nogil:
    """Drift and leak alone."""
    cdef const Column *c = &watch.column
    cdef double before = level(watch, at)
    cdef double effective = duration
    cdef double turns = c.leak_rate * duration
    at.time += duration
    if watch.source == SOURCE_MEMBRANE:
        if turns > 1e-6:
            effective = (1 - exponential(-turns)) / c.leak_rate
        at.v += (c.drift - c.leak_rate * (at.v - c.leak_potential)) * effective
        limit(c, at)
    elif at.seen == before:
        return
    follow(watch, at, before, duration, lag_of(watch, duration))


cdef void advance(Watch *watch, double time) noexcept nogil:
    """Go on the grid as far as it lies before a time, while something changes fast."""
    cdef Instant *now = &watch.now
    while now.time + watch.step <= time and not quiet(now):
        integrate(watch, now, watch.step, watch.half_decay, watch.decay, watch.lag)
    if quiet(now):
        now.x[0] = now.x[1] = 0
        if watch.source != SOURCE_MEMBRANE and -SETTLED < now.seen - level(watch, now) < SETTLED:
            now.seen = level(watch, now)


cdef void look(const Watch *watch, double time, Instant *out) noexcept nogil:
    """State at a time behind the grid point that was reached."""
    cdef double duration = time - watch.now.time
    cdef double decay[2]
    cdef double half_decay[2]
    cdef int s
    out[0] = watch.now
    if duration <= 0:
        return
    if quiet(out):
        rest(watch, out, duration)
        return
    for s in range(2):
        half_decay[s] = decay[s] = 0
        if out.x[s] > 0:
            half_decay[s] = exponential(-0.5 * duration / watch.column.tau[s])
            decay[s] = half_decay[s] * half_decay[s]
    integrate(watch, out, duration, half_decay, decay, lag_of(watch, duration))


cdef void watch_state(Watch *watch, double time, Instant *out) noexcept nogil:
    """State at a time; times must not decrease from call to call."""
    cdef const Action *action
    cdef int s
    while watch.count and watch.actions[watch.first].time <= time:
        action = watch.actions + watch.first
        advance(watch, action.time)
        look(watch, action.time, out)
        if action.reset:
            out.v = watch.column.reset_potential
        else:
            for s in range(2):
                out.x[s] += watch.column.line_step[s] * action.charge[s]
        watch.now = out[0]
        watch.first += 1
        watch.count -= 1
    advance(watch, time)
    look(watch, time, out)


cdef double watch_level(Watch *watch, double time) noexcept nogil:
    """Potential behind the read-out at a time; times must not decrease from call to call."""
    cdef Instant found
    watch_state(watch, time, &found)
    return found.seen


cdef Watch *watch_new(int half, int position) noexcept nogil:
    """A watch of a column; NULL without memory."""
    cdef Watch *watch = <Watch *>calloc(1, sizeof(Watch))
    if watch != NULL:
        watch.half = half
        watch.position = position
        watch.step = 1
        watch.column.tau[0] = watch.column.tau[1] = 1
        watch.column.rail_width = 1
    return watch


cdef void watch_free(Watch *watch) noexcept nogil:
    if watch != NULL:
        free(watch.actions)
        free(watch)


cdef void watch_start(Watch *watch, double time, double v, const double *x) noexcept nogil:
    """Set the state at a time, settled in the read-out."""
    watch.now.time = time
    watch.now.v = v
    watch.now.x[0] = x[0]
    watch.now.x[1] = x[1]
    limit(&watch.column, &watch.now)
    watch.now.seen = level(watch, &watch.now)


cdef void watch_retune(Watch *watch, const Column *column, int source, double band,
                       double time) noexcept nogil:
    """Change the operating point or the source at a time."""
    cdef Instant found
    cdef int s
    watch_state(watch, time, &found)
    watch.now = found
    watch.column = column[0]
    watch.source = source
    watch.band = band
    limit(column, &watch.now)
    watch.step = min(column.tau[0], column.tau[1]) / (
        STEPS_OF_MEMBRANE if source == SOURCE_MEMBRANE else STEPS_OF_LINE)
    for s in range(2):
        if source == SOURCE_MEMBRANE and column.ota[s] > 0:
            watch.step = min(watch.step, PART * column.rail_width / column.ota[s])
    if source == SOURCE_MEMBRANE and column.leak_rate > 0:
        watch.step = min(watch.step, PART / column.leak_rate)
    for s in range(2):
        watch.half_decay[s] = exponential(-0.5 * watch.step / column.tau[s])
        watch.decay[s] = watch.half_decay[s] * watch.half_decay[s]
    watch.lag = lag_of(watch, watch.step)


cdef Action *append(Watch *watch, double time) noexcept nogil:
    cdef Action *larger
    cdef int64_t end = watch.first + watch.count
    cdef int64_t space
    if end == watch.space:
        if watch.first > watch.space // 2:
            memmove(watch.actions, watch.actions + watch.first, watch.count * sizeof(Action))
        else:
            space = 2 * watch.space + 64
            larger = <Action *>realloc(watch.actions, space * sizeof(Action))
            if larger == NULL:
                return NULL
            watch.actions = larger
            watch.space = space
            memmove(watch.actions, watch.actions + watch.first, watch.count * sizeof(Action))
        watch.first = 0
        end = watch.count
    watch.count += 1
    watch.actions[end].time = time
    return watch.actions + end


cdef void watch_event(Watch *watch, double time, const double *charge) noexcept nogil:
    """An event adds charge (activation times weight) to the lines."""
    cdef Action *action = append(watch, time)
    if action == NULL:
        return
    action.reset = False
    action.charge[0] = charge[0]
    action.charge[1] = charge[1]


cdef void watch_reset(Watch *watch, double time) noexcept nogil:
    """The membrane is reset; lines stay."""
    cdef Action *action = append(watch, time)
    if action != NULL:
        action.reset = True
