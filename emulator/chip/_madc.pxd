"""The fast ADC (MADC): control, sampling clock, and samples on their way to the FPGA.

Times count cycles of the MADC's clock, four to each FPGA cycle, from power-up on.
"""

from libc.stdint cimport int32_t, uint32_t, uint64_t

from ._hemisphere cimport Hemisphere
from ._trace cimport Column, Watch

cdef enum:
    # cycles of the MADC's clock in one FPGA cycle
    MADC_CLOCKS = 4
    INPUTS = 2
    # samples that wait to be packed, a power of two; a pack takes up to three
    HELD = 64
    PACK = 3

cdef struct Sample:
    uint64_t time
    # as in a response: code and channel
    uint32_t bits

cdef struct Madc:
    void *owner
    # brings the settings up to date with the registers; called when `stale`
    void (*refresh)(void *owner) noexcept nogil
    Hemisphere **half
    bint stale
    # samples are to come, or are held
    bint busy

    # state machine
    bint awake
    uint64_t awake_at
    bint sampling
    # settings of the clock are those of this recording
    bint latched
    bint power_down
    bint pre_amplifier
    uint64_t start
    # number of the next sample, and of the one behind the last
    uint64_t next
    uint64_t end

    # settings, of which those of the clock are taken over at the start
    uint64_t period
    uint64_t wake_up_clocks
    uint32_t number_of_samples
    int first_input
    int select_length
    bint dummy
    # the channel tag is that of the sample before
    bint tag_lags
    # samples are wrong for so long after the start
    uint64_t wrong_clocks
    float noise
    uint64_t noise_key
    # code of an input that nothing is connected to, and codes per mV
    double fixed
    double gain
    # time constant of the read-out in FPGA cycles
    double band
    # FPGA cycle of the register change that made the settings stale
    uint64_t changed
    # cycle behind which analog quantities are other ones; the settings are to be brought up to date
    uint64_t moves_on
    # columns that each input is connected to: it sees their mean
    Watch *watches[INPUTS]

    Sample held[HELD]
    uint32_t held_first
    uint32_t held_count

cdef void madc_reset(Madc *m) noexcept nogil
cdef void madc_free(Madc *m) noexcept nogil
cdef void madc_control(Madc *m, uint32_t word, uint64_t cycle) noexcept nogil
cdef void madc_outdate(Madc *m, uint64_t cycle) noexcept nogil
cdef void madc_connect(Madc *m, int mux, Watch *wanted, double lsb) noexcept nogil
cdef void sample_until(Madc *m, uint64_t cycle) noexcept nogil
cdef void skip_until(Madc *m, uint64_t cycle) noexcept nogil
cdef uint64_t pack_time(const Madc *m, int *count) noexcept nogil
cdef void take_pack(Madc *m, int count) noexcept nogil

cdef inline const Sample *held_sample(const Madc *m, int i) noexcept nogil:
    return &m.held[(m.held_first + i) & (HELD - 1)]
