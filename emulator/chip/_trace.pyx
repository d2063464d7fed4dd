"""One column followed in time; see the declarations."""

from libc.math cimport floor, ldexp
from libc.stdint cimport int64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memmove

cdef double LOG2_E = 1.4426950408889634
# ln 2 in two parts, of which multiples of the first one are exact
cdef double LN2_HIGH = 0.693147180369123816490
cdef double LN2_LOW = 1.90821492927058770002e-10

# lines below this excursion carry no current that shows
cdef double QUIET = 1e-9
# steps of the integration in the time constant of a line
cdef double STEPS = 16.0
# largest part of a rail's width, or of the leak's time constant, in one step
cdef double PART = 0.5


cdef double exponential(double x) noexcept nogil:
    """exp(x) to some 1e-15, by operations that give the same bits on every machine."""
    cdef double n, r, p
    if x < -700:
        return 0
    if x > 700:
        x = 700
    n = floor(x * LOG2_E + 0.5)
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    p = 1 + r / 12
    p = 1 + r / 11 * p
    p = 1 + r / 10 * p
    p = 1 + r / 9 * p
    p = 1 + r / 8 * p
    p = 1 + r / 7 * p
    p = 1 + r / 6 * p
    p = 1 + r / 5 * p
    p = 1 + r / 4 * p
    p = 1 + r / 3 * p
    p = 1 + r / 2 * p
    p = 1 + r * p
    return ldexp(p, <int>n)


cdef double bent(double x) noexcept nogil:
    """tanh(x)"""
    cdef double t
    if x < 1e-5 and x > -1e-5:
        return x
    t = exponential(-2 * x)
    return (1 - t) / (1 + t)


cdef double slope(const Column *c, double v, double excitatory, double inhibitory) noexcept nogil:
    """Change of the membrane in a cycle, from the currents of both amplifiers."""
    cdef double rate = c.drift - c.leak_rate * (v - c.leak_potential)
    if excitatory != 0:
        rate += excitatory / (1 + exponential((v - c.high_rail) / c.rail_width))
    if inhibitory != 0:
        rate -= inhibitory / (1 + exponential((c.low_rail - v) / c.rail_width))
    return rate


cdef double level(const Watch *watch, const Instant *at) noexcept nogil:
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


cdef bint quiet(const Instant *at) noexcept nogil:
    return at.x[0] < QUIET and at.x[1] < QUIET


cdef void limit(const Column *c, Instant *at) noexcept nogil:
    if c.forced:
        at.v = c.reset_potential
    elif at.v < c.v_min:
        at.v = c.v_min
    elif at.v > c.v_max:
        at.v = c.v_max


cdef void follow(const Watch *watch, Instant *at, double before, double duration) noexcept nogil:
    """Let the read-out follow a level that went on a straight line."""
    cdef double after = level(watch, at)
    cdef double lag
    if watch.band <= 0:
        at.seen = after
        return
    lag = (after - before) * watch.band / duration
    at.seen = after - lag + (at.seen - before + lag) * exponential(-duration / watch.band)


cdef void integrate(const Watch *watch, Instant *at, double duration, const double *half_decay,
                    const double *decay) noexcept nogil:
    """One step of the classical fourth-order scheme; lines are exact."""
    cdef const Column *c = &watch.column
    cdef double begin[2]
    cdef double middle[2]
    cdef double end[2]
    cdef double k1, k2, k3, k4
    cdef double before = level(watch, at)
    cdef int s
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
    follow(watch, at, before, duration)


cdef void rest(const Watch *watch, Instant *at, double duration) noexcept nogil:
    """Drift and leak alone."""
    cdef const Column *c = &watch.column
    cdef double before = level(watch, at)
    cdef double effective = duration
    cdef double turns = c.leak_rate * duration
    cdef int s
    if turns > 1e-6:
        effective = (1 - exponential(-turns)) / c.leak_rate
    at.v += (c.drift - c.leak_rate * (at.v - c.leak_potential)) * effective
    for s in range(2):
        at.x[s] *= exponential(-duration / c.tau[s])
    at.time += duration
    limit(c, at)
    follow(watch, at, before, duration)


cdef void advance(Watch *watch, double time) noexcept nogil:
    """Go on the grid as far as it lies before a time, while lines are active."""
    cdef Instant *now = &watch.now
    while now.time + watch.step <= time and not quiet(now):
        integrate(watch, now, watch.step, watch.half_decay, watch.decay)


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
        half_decay[s] = exponential(-0.5 * duration / watch.column.tau[s])
        decay[s] = half_decay[s] * half_decay[s]
    integrate(watch, out, duration, half_decay, decay)


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
    cdef double slowest
    cdef int s
    watch_state(watch, time, &found)
    watch.now = found
    watch.column = column[0]
    watch.source = source
    watch.band = band
    limit(column, &watch.now)
    watch.step = column.tau[0] / STEPS
    for s in range(2):
        watch.step = min(watch.step, column.tau[s] / STEPS)
        if column.ota[s] > 0:
            watch.step = min(watch.step, PART * column.rail_width / column.ota[s])
    if column.leak_rate > 0:
        watch.step = min(watch.step, PART / column.leak_rate)
    for s in range(2):
        watch.half_decay[s] = exponential(-0.5 * watch.step / column.tau[s])
        watch.decay[s] = watch.half_decay[s] * watch.half_decay[s]


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
