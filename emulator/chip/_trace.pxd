"""One column followed in time, for converters that look at any moment: lines and membrane.

A watch integrates the equations of `emulator.chip.operating_point.OperatingPoint` in double
precision, from event to event, for a single column. The membrane is followed only if it is what
the watch shows. Times count FPGA cycles, potentials are mV.
"""

from libc.stdint cimport int64_t

cdef enum Source:
    SOURCE_MEMBRANE = 0
    SOURCE_EXCITATORY = 1
    SOURCE_INHIBITORY = 2

cdef struct Column:
    # operating point of the column; rates are per cycle, indices 0 excitatory, 1 inhibitory
    double line_step[2]
    double tau[2]
    double ota[2]
    double drift
    double leak_rate
    double leak_potential
    double reset_potential
    double low_rail
    double high_rail
    double rail_width
    double v_min
    double v_max
    double line_rest[2]
    double line_swing[2]
    double line_limit
    bint forced

cdef struct Instant:
    double time
    double v
    double x[2]
    # what is behind the read-out's band limit
    double seen

cdef struct Action:
    double time
    # a reset, or an event of so much activation times weight
    bint reset
    double charge[2]

cdef struct Watch:
    int half
    int position
    int source
    Column column
    # time constant of the read-out
    double band
    # Integration runs on a grid that begins at the last action: the state at a time does not
    # depend on which times were asked for before.
    Instant now
    double step
    double decay[2]
    double half_decay[2]
    double lag
    Action *actions
    int64_t first
    int64_t count
    int64_t space
    # the next one of this hemisphere, and of this input
    Watch *other
    Watch *next

cdef Watch *watch_new(int half, int position) noexcept nogil
cdef void watch_free(Watch *watch) noexcept nogil
cdef void watch_start(Watch *watch, double time, double v, const double *x) noexcept nogil
cdef void watch_retune(Watch *watch, const Column *column, int source, double band,
                       double time) noexcept nogil
cdef void watch_event(Watch *watch, double time, const double *charge) noexcept nogil
cdef void watch_reset(Watch *watch, double time) noexcept nogil
cdef double watch_level(Watch *watch, double time) noexcept nogil
cdef void watch_state(Watch *watch, double time, Instant *out) noexcept nogil
