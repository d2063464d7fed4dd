"""The playback executor: instruction words in, response words out, on the FPGA's clock.

Time is virtual and exact: it depends on the words alone, never on how they are cut into
pieces or how fast the host is.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy, memset

from emulator.chip._chip cimport (
    READ_LATER,
    Chip,
    Core,
    Looped,
    concerns_madc,
    hx_train_run,
    join_both,
    pending_samples,
    read_word,
    reset_core,
    reset_quads,
    send_event,
    work_off,
    work_off_both,
    write_synapses,
    write_word,
)
from emulator.chip._hemisphere cimport LONG_WAIT, LOOK_AFTER, Hemisphere, add_slots, look_after, mind_fork
from emulator.chip._madc cimport (
    MADC_CLOCKS,
    PACK,
    Madc,
    Sample,
    held_sample,
    pack_time,
    sample_until,
    skip_until,
    take_pack,
)
from emulator.chip._store cimport load

from ._board cimport Board, Devices, read_board, write_board
from ._links cimport Links, read_links, test_links, use_links

import numpy as np

from emulator.fpga.errors import InstructionError
from emulator.timing import cycles

cdef extern from "fisch/ut.h" nogil:
    enum:
        UT_HEADER_SHIFT
        UT_TO_JTAG_INIT
        UT_TO_JTAG_SCALER
        UT_TO_JTAG_INS
        UT_TO_JTAG_DATA
        UT_TO_SETUP
        UT_TO_WAIT_UNTIL
        UT_TO_SYSTIME_INIT
        UT_TO_BARRIER
        UT_TO_POLLING_OMNIBUS_BLOCK
        UT_TO_RESET
        UT_TO_LOOPBACK
        UT_TO_OMNIBUS_ADDRESS
        UT_TO_OMNIBUS_DATA
        UT_TO_SPIKE_PACK_1
        UT_TO_SPIKE_PACK_2
        UT_TO_SPIKE_PACK_3
        UT_FROM_JTAG_DATA
        UT_FROM_OMNIBUS_DATA
        UT_FROM_LOOPBACK
        UT_FROM_HIGHSPEED_LINK_NOTIFICATION
        UT_FROM_TIMEOUT_NOTIFICATION
        UT_FROM_SYSTIME
        UT_FROM_SYSDELTA
        UT_FROM_MADC_SAMPLE_PACK_1
        UT_FROM_SPIKE_PACK_1
        UT_BARRIER_OMNIBUS
        UT_BARRIER_JTAG
        UT_BARRIER_SYSTIME
    uint64_t UT_COMMA_BIT
    uint64_t UT_TIME_MASK
    uint64_t UT_JTAG_PAYLOAD_MASK
    uint64_t UT_JTAG_KEEP
    uint64_t UT_OMNIBUS_READ
    int UT_OMNIBUS_ENABLES_SHIFT
    int UT_JTAG_NUM_BITS_SHIFT

cdef enum:
    # messages between two looks at whether to stop
    PIECE = 2048
    # FPGA cycles (8 ms) after which samples of the MADC are sent at the latest: what comes in
    # one go is no more than that
    MADC_PATIENCE = 1 << 20

cdef enum:
    # JTAG instructions
    IDCODE = 1
    PLL_TARGET = 3
    PLL_SHIFT = 4
    OMNIBUS_ADDRESS = 5
    OMNIBUS_DATA = 6
    OMNIBUS_REQUEST = 7
    PHY_FIRST = 0x44
    PHY_LAST = 0x7c
    BYPASS = 127
    JTAG_RESPONSE_BITS = 33

# addresses with side effects in the FPGA
cdef uint32_t FPGA_BASE = 0x80000000
cdef uint32_t EXECUTOR = 0x88000000
cdef uint32_t EXECUTOR_END = 0x88010000
# SPI and I2C masters
cdef uint32_t BOARD_PAGE = 0x88007
cdef uint32_t EVENT_RECORDING = 0x88000005
cdef uint32_t POLLING_ADDRESS = 0x88000006
cdef uint32_t POLLING_TARGET = 0x88000007
cdef uint32_t POLLING_MASK = 0x88000008
cdef uint32_t INSTRUCTION_TIMEOUT = 0x88000009
cdef uint32_t TIMER = 0x8800000c
cdef uint32_t DNA_HIGH = 0x88000003
cdef uint32_t DNA_LOW = 0x88000004
cdef uint32_t SYNC_RTT_HIGH = 0x88002001
cdef uint32_t SYNC_RTT_LOW = 0x88002002
cdef uint32_t SYNC_TIME_HIGH = 0x88002003
cdef uint32_t SYNC_TIME_LOW = 0x88002004
cdef uint32_t SYNC_ACTIVE = 0x88002005
cdef uint32_t FPGA_PHY_ENABLE = 0x88004000
cdef uint32_t CHIP_PHY_ENABLE = 0x00040000
cdef uint32_t LINK_TEST = 0x88008000
cdef uint32_t PLL_BASE = 0x00080000

cdef uint64_t JTAG_BIAS = cycles("jtag_clock_divider_bias")
cdef uint64_t JTAG_INIT_BITS = cycles("jtag_init_bits")
cdef uint64_t JTAG_INS_BITS = cycles("jtag_instruction_bits")
cdef uint64_t CONVERSION = cycles("cadc_conversion")
cdef uint64_t EVENT_TO_FPGA = cycles("event_to_fpga")
cdef uint64_t TO_CHIP = cycles("omnibus_to_chip")
cdef uint64_t FROM_CHIP = cycles("omnibus_from_chip")
cdef uint64_t ON_FPGA = cycles("omnibus_fpga")
cdef uint64_t SYNC = cycles("systime_sync")
cdef uint64_t LINK_UP = cycles("link_up")

cdef struct Delayed:
    # a response that comes later than its instruction
    uint64_t time
    uint64_t payload
    int header


cdef class Executor:
    """FPGA in front of one chip.

    Parameters
    ----------
    chip
        The chip.
    id_code
        Its JTAG id.
    dna
        57-bit serial number of the FPGA.
    board
        What hangs on the FPGA beside the chip.
    """

    cdef Chip chip
    cdef Core *core
    cdef Board board
    cdef Devices *devices
    cdef Links links
    cdef uint64_t id_code
    cdef uint64_t dna
    # clock
    cdef uint64_t now
    cdef uint64_t timer_start
    cdef uint64_t program_start
    cdef uint64_t messages
    # number of the message before which segments are looked after
    cdef uint64_t look_after_at
    cdef readonly bint halted
    # set by another thread: what is left is of no use to anybody
    cdef public bint stopped
    # Omnibus
    cdef bint address_pending
    cdef uint32_t address
    cdef uint32_t enables
    cdef uint64_t omnibus_done
    cdef uint64_t conversion_done[2]
    # JTAG
    cdef uint64_t jtag_done
    cdef uint64_t scaler
    cdef int instruction
    cdef uint64_t pll_register
    cdef uint64_t jtag_address
    cdef uint64_t jtag_data
    cdef uint32_t phy[8]
    # system time
    cdef bint annotated
    cdef uint64_t time_offset
    cdef uint64_t host_time
    cdef uint64_t sync_done
    cdef uint64_t sync_time
    cdef int links_up
    # responses
    cdef uint64_t *out
    cdef int64_t out_bits
    cdef int64_t out_words
    cdef Delayed *delayed
    cdef int64_t delayed_first
    cdef int64_t delayed_count
    cdef int64_t delayed_space
    cdef uint64_t words_out
    cdef uint64_t timeouts
    cdef uint64_t stray_words
    cdef bint out_of_memory
    # time up to which samples were sent for want of responses, and the number of response bits
    # at which that stops for a while
    cdef uint64_t sampled_until
    cdef int64_t pause_bits
    # words of a piece that are done with
    cdef Py_ssize_t done

    def __cinit__(self):
        self.out = NULL
        self.delayed = NULL

    def __dealloc__(self):
        free(self.out)
        free(self.delayed)

    def __init__(self, Chip chip, uint64_t id_code, uint64_t dna, Board board):
        self.chip = chip
        self.board = board
        self.devices = &board.devices
        self.core = &chip.core
        self.core.half[0].responses = &self.out
        self.core.half[1].responses = &self.out
        self.id_code = id_code
        self.dna = dna
        self.power_cycle()

    def power_cycle(self):
        """Back to power-up: time 0, no program, chip and registers in their reset state."""
        cdef int i
        self.chip.power_cycle()
        self.stopped = False
        self.board.power_cycle()
        memset(&self.links, 0, sizeof(Links))
        self.now = self.timer_start = 0
        self.omnibus_done = self.jtag_done = self.sync_done = 0
        self.conversion_done[0] = self.conversion_done[1] = 0
        self.scaler = 6
        self.instruction = IDCODE
        self.pll_register = self.jtag_address = self.jtag_data = 0
        for i in range(8):
            self.phy[i] = 0
        self.annotated = False
        self.time_offset = self.sync_time = self.sampled_until = 0
        self.links_up = 0
        self.begin_program()

    def begin_program(self):
        """Start a program; time and all registers go on."""
        mind_fork(self.core.half, &self.core.crew)
        work_off_both(self.core, False)
        self.program_start = self.now
        self.messages = 0
        self.look_after_at = LOOK_AFTER
        self.words_out = 0
        self.halted = False
        self.address_pending = False
        self.host_time = 0
        self.out_bits = 0
        self.delayed_first = self.delayed_count = 0
        self.core.looped_count = self.core.looped_first = 0
        self.timeouts = self.stray_words = 0

    # responses -----------------------------------------------------------------------------------

    cdef inline bint reserve(self, int64_t words) noexcept nogil:
        """Make the buffer of responses long enough."""
        cdef int64_t larger
        cdef uint64_t *moved
        if words <= self.out_words:
            return True
        larger = 2 * words + 4096
        # somebody may be filling it
        join_both(self.core)
        moved = <uint64_t *>realloc(self.out, larger * sizeof(uint64_t))
        if moved == NULL:
            self.out_of_memory = True
            return False
        self.out = moved
        self.out_words = larger
        return True

    cdef bint append(self, uint64_t bits, int count) noexcept nogil:
        """Append the low `count` bits (1..64) to the stream, most significant first."""
        cdef int64_t word = self.out_bits >> 6
        cdef int used = self.out_bits & 63
        if not self.reserve(word + 2):
            return False
        bits <<= 64 - count
        if used == 0:
            self.out[word] = bits
        else:
            self.out[word] |= bits >> used
            self.out[word + 1] = bits << (64 - used)
        self.out_bits += count
        return True

    cdef void annotate(self, uint64_t when) noexcept nogil:
        """Tell the host the time of the message that follows, unless it knows it anyway.

        The host counts one cycle per message; Sysdelta adds to that, Systime sets it.
        """
        cdef uint64_t time, expected
        if not self.annotated:
            return
        time = (when + self.time_offset) & UT_TIME_MASK
        expected = (self.host_time + 1) & UT_TIME_MASK
        if time != expected:
            if expected < time <= expected + 256:
                self.append(<uint64_t>UT_FROM_SYSDELTA << UT_HEADER_SHIFT | (time - expected - 1), 64)
            else:
                self.append(<uint64_t>UT_FROM_SYSTIME << UT_HEADER_SHIFT
                            | ((time - 1) & UT_TIME_MASK), 64)
        self.host_time = time

    cdef void respond(self, int header, uint64_t payload, uint64_t when) noexcept nogil:
        """Send a 64-bit response at a time of the FPGA."""
        if self.core.looped_count or self.delayed_count or self.core.madc.busy:
            self.drain(when)
        self.annotate(when)
        self.append(<uint64_t>header << UT_HEADER_SHIFT | payload, 64)

    cdef void respond_spikes(self, uint64_t when) noexcept nogil:
        """Send the oldest events from the chip, up to three of the same cycle."""
        cdef Looped *first = self.core.looped + self.core.looped_first
        cdef int count = 1
        cdef int i
        cdef uint64_t chip_time
        while count < 3 and count < self.core.looped_count and first[count].time == first[0].time:
            count += 1
        self.core.looped_first += count
        self.core.looped_count -= count
        if not load(self.core.words, EVENT_RECORDING) & 1:
            return
        self.annotate(when)
        self.append(UT_FROM_SPIKE_PACK_1 + count - 1, 8)
        if count < 3:
            # right-aligned in a 64-bit message
            self.append(0, 56 - 24 * count)
        for i in range(count):
            chip_time = first[i].time + self.time_offset
            self.append((chip_time & 127) << 17 | first[i].label, 24)

    cdef void drain(self, uint64_t when) noexcept nogil:
        """Send all responses that come later than their instruction and are due by now."""
        if self.core.madc.busy:
            self.drain_samples(when, False)
        self.drain_events(when)

    cdef bint drain_samples(self, uint64_t when, bint may_pause) noexcept nogil:
        """Send samples of the MADC that are due by now, and all that comes before them.

        Returns False if some are left because there are enough responses for the moment.
        """
        cdef Madc *madc = &self.core.madc
        cdef int count, i
        cdef uint64_t due
        if when < EVENT_TO_FPGA:
            return True
        while madc.busy:
            if not load(self.core.words, EVENT_RECORDING) & 1:
                skip_until(madc, when - EVENT_TO_FPGA)
                return True
            if may_pause and (self.out_bits > self.pause_bits or self.stopped):
                return False
            if madc.held_count < PACK:
                sample_until(madc, when - EVENT_TO_FPGA)
            due = pack_time(madc, &count)
            if count == 0 or due + EVENT_TO_FPGA > when:
                return True
            due += EVENT_TO_FPGA
            self.drain_events(due)
            self.annotate(due)
            self.append(UT_FROM_MADC_SAMPLE_PACK_1 + count - 1, 8)
            if count < 3:
                # right-aligned in a 64-bit message
                self.append(0, 56 - 24 * count)
            for i in range(count):
                self.append_sample(held_sample(madc, i))
            take_pack(madc, count)
        return True

    cdef inline void append_sample(self, const Sample *sample) noexcept nogil:
        # time stamps count half cycles
        cdef uint64_t half_cycles = sample.time // (MADC_CLOCKS // 2) + 2 * self.time_offset
        self.append((half_cycles & 0xff) << 16 | sample.bits, 24)

    cdef void drain_events(self, uint64_t when) noexcept nogil:
        """Send late responses that are due by now, other than samples of the MADC."""
        cdef uint64_t event_time
        cdef Delayed first
        while self.core.looped_count or self.delayed_count:
            event_time = (self.core.looped[self.core.looped_first].time + EVENT_TO_FPGA
                          if self.core.looped_count else <uint64_t>-1)
            if self.delayed_count and self.delayed[self.delayed_first].time <= event_time:
                first = self.delayed[self.delayed_first]
                if first.time > when:
                    return
                self.delayed_first += 1
                self.delayed_count -= 1
                if self.delayed_count == 0:
                    self.delayed_first = 0
                self.annotate(first.time)
                self.append(<uint64_t>first.header << UT_HEADER_SHIFT | first.payload, 64)
            else:
                if event_time > when:
                    return
                self.respond_spikes(event_time)

    cdef void respond_later(self, int header, uint64_t payload, uint64_t when) noexcept nogil:
        cdef Delayed *moved
        cdef int64_t place = self.delayed_first + self.delayed_count
        if place == self.delayed_space and self.delayed_first > self.delayed_space // 2:
            memcpy(self.delayed, self.delayed + self.delayed_first,
                   self.delayed_count * sizeof(Delayed))
            self.delayed_first = 0
            place = self.delayed_count
        if place == self.delayed_space:
            moved = <Delayed *>realloc(self.delayed,
                                       (2 * self.delayed_space + 16) * sizeof(Delayed))
            if moved == NULL:
                self.out_of_memory = True
                return
            self.delayed = moved
            self.delayed_space = 2 * self.delayed_space + 16
        while place > self.delayed_first and self.delayed[place - 1].time > when:
            self.delayed[place] = self.delayed[place - 1]
            place -= 1
        self.delayed[place].time = when
        self.delayed[place].header = header
        self.delayed[place].payload = payload
        self.delayed_count += 1

    cdef void time_out(self, uint64_t when) noexcept nogil:
        self.timeouts += 1
        if self.core.madc.busy:
            # the time that has passed may be long, and many the samples
            self.respond_later(UT_FROM_TIMEOUT_NOTIFICATION, <uint32_t>self.messages, when)
            return
        self.respond(UT_FROM_TIMEOUT_NOTIFICATION, <uint32_t>self.messages, when)

    # Omnibus -------------------------------------------------------------------------------------

    cdef uint32_t fpga_register(self, uint32_t address) noexcept nogil:
        """Registers of the FPGA whose value is not stored."""
        cdef uint32_t value
        if address == TIMER:
            return <uint32_t>(self.now - self.timer_start)
        if address == SYNC_ACTIVE:
            return self.now < self.sync_done
        if address == DNA_HIGH:
            return <uint32_t>(self.dna >> 32)
        if address == DNA_LOW:
            return <uint32_t>self.dna
        if address == SYNC_RTT_LOW:
            return <uint32_t>(TO_CHIP + FROM_CHIP) if self.annotated else 0
        if address == SYNC_TIME_HIGH:
            return <uint32_t>(self.sync_time >> 32)
        if address == SYNC_TIME_LOW:
            return <uint32_t>self.sync_time
        if read_links(&self.links, address, self.now, &value):
            return value
        return load(self.core.words, address)

    cdef inline void before_write(self, uint32_t address) noexcept nogil:
        """Send samples that a write has no influence on any more."""
        if self.core.madc.busy and concerns_madc(self.core, address):
            self.drain(self.now)

    cdef void write_omnibus(self, uint32_t address, uint32_t data, uint32_t enables) noexcept nogil:
        cdef uint64_t done
        if address >= FPGA_BASE:
            if address == EVENT_RECORDING:
                # what has come by now was recorded, or not, as it was until now
                self.drain(self.now)
            if address >> 12 == BOARD_PAGE and write_board(self.devices, address, data, &self.now):
                done = self.devices.busy_until
            else:
                write_word(self.core, address, data, enables, self.now)
                done = 0
            done = max(done, self.now + ON_FPGA)
            if address == LINK_TEST:
                test_links(&self.links, data & 1, self.now)
        else:
            self.before_write(address)
            write_word(self.core, address, data, enables, self.now)
            done = self.now + TO_CHIP
            self.links.words += 1
        if done > self.omnibus_done:
            self.omnibus_done = done
        if address == FPGA_PHY_ENABLE or address == CHIP_PHY_ENABLE:
            self.update_links()

    cdef uint32_t read_now(self, uint32_t address) noexcept nogil:
        """Value of a word, working off what it depends on."""
        cdef uint32_t value
        cdef const uint8_t *codes
        if EXECUTOR <= address < EXECUTOR_END:
            if address >> 12 == BOARD_PAGE:
                if read_board(self.devices, address, &value, &self.now):
                    return value
            elif load_kind_readable(self.core, address):
                return self.fpga_register(address)
        if read_word(self.core, address, self.now, &value) == READ_LATER:
            work_off(self.core, self.core.later_half, False)
            codes = &self.core.half[self.core.later_half].last_codes[
                256 * self.core.later_type + 4 * self.core.later_quad]
            value = (<uint32_t>codes[0] << 24 | <uint32_t>codes[1] << 16
                     | <uint32_t>codes[2] << 8 | codes[3])
        return value

    cdef void read_omnibus(self, uint32_t address) noexcept nogil:
        cdef uint32_t value
        cdef uint64_t done
        cdef int half
        if address >= FPGA_BASE:
            value = self.read_now(address)
            self.respond(UT_FROM_OMNIBUS_DATA, value, self.now)
            done = max(self.now + ON_FPGA, self.devices.busy_until)
        else:
            self.links.words += 1
            if read_word(self.core, address, self.now, &value) == READ_LATER:
                self.respond(UT_FROM_OMNIBUS_DATA, 0, self.now)
                if not add_slots(self.core.half[self.core.later_half], self.core.later_type,
                                 self.core.later_quad, 1, self.out_bits - 64):
                    self.out_of_memory = True
            else:
                self.respond(UT_FROM_OMNIBUS_DATA, value, self.now)
            done = self.now + TO_CHIP + FROM_CHIP
            half = self.core.triggered
            if half >= 0:
                # conversions of one hemisphere queue up
                if self.conversion_done[half] < self.now + TO_CHIP:
                    self.conversion_done[half] = self.now + TO_CHIP
                self.conversion_done[half] += CONVERSION
                done = self.conversion_done[half] + FROM_CHIP
        if done > self.omnibus_done:
            self.omnibus_done = done

    cdef void update_links(self) noexcept nogil:
        """Report links that are enabled on both sides, once each after a chip reset."""
        cdef int phy, up = 0
        cdef uint32_t here = load(self.core.words, FPGA_PHY_ENABLE)
        cdef uint32_t there = load(self.core.words, CHIP_PHY_ENABLE)
        if not self.core.links_enabled:
            return
        for phy in range(8):
            if here >> phy & 1 and there >> (7 - phy) & 1:
                up |= 1 << phy
        for phy in range(8):
            if (up & ~self.links_up) >> phy & 1:
                self.respond_later(UT_FROM_HIGHSPEED_LINK_NOTIFICATION, phy << 5 | 1 << 4,
                                   self.now + LINK_UP)
        self.links_up |= up
        use_links(&self.links, up, self.now + LINK_UP)

    # JTAG ----------------------------------------------------------------------------------------

    cdef void occupy_jtag(self, uint64_t bits) noexcept nogil:
        cdef uint64_t time = bits * (self.scaler + JTAG_BIAS)
        if self.jtag_done < self.now:
            self.jtag_done = self.now
        self.jtag_done += time
        if time > load(self.core.words, INSTRUCTION_TIMEOUT):
            self.time_out(self.now)

    cdef void shift_jtag(self, uint64_t payload) noexcept nogil:
        """Shift bits through the selected data register, then let it act."""
        cdef int count = payload >> UT_JTAG_NUM_BITS_SHIFT & 0xff
        cdef bint keep = payload & UT_JTAG_KEEP != 0
        cdef uint64_t bits = payload & UT_JTAG_PAYLOAD_MASK
        cdef uint64_t window, captured = 0
        cdef int width = 1
        self.occupy_jtag(count)
        if count > JTAG_RESPONSE_BITS:
            count = JTAG_RESPONSE_BITS
        window = (<uint64_t>1 << count) - 1
        bits &= window
        if self.instruction == IDCODE:
            captured = self.id_code
            width = 32
        elif self.instruction == OMNIBUS_DATA:
            captured = self.jtag_data
            width = 32
        elif self.instruction == OMNIBUS_ADDRESS:
            captured = self.jtag_address
            width = 33
        elif self.instruction == PLL_SHIFT:
            captured = load(self.core.words, PLL_BASE + <uint32_t>self.pll_register)
            width = 32
        elif self.instruction == PLL_TARGET or self.instruction == OMNIBUS_REQUEST:
            width = count
        elif PHY_FIRST <= self.instruction <= PHY_LAST and self.instruction & 7 == 4:
            captured = self.phy[self.instruction >> 3 & 7]
            width = 22
        if self.instruction == PLL_TARGET:
            self.pll_register = bits & 15
        elif self.instruction == PLL_SHIFT:
            if self.pll_register < 6:
                write_word(self.core, PLL_BASE + <uint32_t>self.pll_register, <uint32_t>bits, 0xf,
                           self.now)
        elif self.instruction == OMNIBUS_ADDRESS:
            self.jtag_address = bits
        elif self.instruction == OMNIBUS_DATA:
            self.jtag_data = <uint32_t>bits
        elif self.instruction == OMNIBUS_REQUEST:
            self.request_over_jtag()
        elif width == 22:
            self.phy[self.instruction >> 3 & 7] = <uint32_t>bits & 0x3fffff
        if keep:
            self.respond_later(UT_FROM_JTAG_DATA, (captured | bits << width) & window,
                               self.jtag_done)

    cdef void request_over_jtag(self) noexcept nogil:
        cdef uint32_t address = <uint32_t>self.jtag_address
        # only the chip hangs on this chain
        if address >= FPGA_BASE:
            return
        if self.jtag_address >> 32 & 1:
            self.jtag_data = self.read_now(address)
        else:
            self.before_write(address)
            write_word(self.core, address, <uint32_t>self.jtag_data, 0xf, self.now)
            if address == CHIP_PHY_ENABLE:
                self.update_links()

    # instructions --------------------------------------------------------------------------------

    cdef void look_after_halves(self, uint64_t time) noexcept nogil:
        look_after(self.core.half[0], time)
        look_after(self.core.half[1], time)

    cdef void block(self, uint64_t until) noexcept nogil:
        """Wait for a channel, at most for the instruction time-out."""
        cdef uint64_t limit = load(self.core.words, INSTRUCTION_TIMEOUT)
        if until <= self.now:
            return
        if until - self.now > limit:
            self.now += limit
            self.look_after_halves(self.now)
            self.time_out(self.now)
        else:
            self.now = until

    cdef void barrier(self, uint64_t channels) noexcept nogil:
        cdef uint64_t until = 0
        if channels & UT_BARRIER_OMNIBUS:
            until = self.omnibus_done
        if channels & UT_BARRIER_JTAG and self.jtag_done > until:
            until = self.jtag_done
        if channels & UT_BARRIER_SYSTIME and self.sync_done > until:
            until = self.sync_done
        self.block(until)

    cdef void poll(self, bint equal) noexcept nogil:
        cdef uint32_t address = load(self.core.words, POLLING_ADDRESS)
        cdef uint32_t target = load(self.core.words, POLLING_TARGET)
        cdef uint32_t mask = load(self.core.words, POLLING_MASK)
        cdef uint64_t done = self.now + (ON_FPGA if address >= FPGA_BASE else TO_CHIP + FROM_CHIP)
        if address < FPGA_BASE:
            self.links.words += 1
        if ((self.read_now(address) & mask) == target) == equal:
            if done > self.omnibus_done:
                self.omnibus_done = done
            self.block(done)
            return
        if address == SYNC_ACTIVE and self.now < self.sync_done and (target == 0) == equal:
            # it falls to 0 by itself
            self.block(self.sync_done)
            return
        # nothing else changes a register while the executor waits
        self.now += load(self.core.words, INSTRUCTION_TIMEOUT)
        self.look_after_halves(self.now)
        self.time_out(self.now)

    cdef void synchronise(self, bint start) noexcept nogil:
        if self.core.looped_count or self.delayed_count or self.core.madc.busy:
            self.drain(self.now)
        if start:
            self.sync_time = (load(self.core.words, 0)
                              | <uint64_t>(load(self.core.words, 1) & 0x7ff) << 32)
            self.sync_done = self.now + SYNC
            self.time_offset = (self.sync_time - self.now) & UT_TIME_MASK
            self.annotated = True
            self.host_time = <uint64_t>-2
        else:
            self.host_time = (self.now + self.time_offset) & UT_TIME_MASK
            self.append(<uint64_t>UT_FROM_SYSTIME << UT_HEADER_SHIFT | self.host_time, 64)

    cdef void halt(self) noexcept nogil:
        """End the program once nothing is on its way any more."""
        if self.core.looped_count:
            self.now = max(self.now, self.core.looped[
                self.core.looped_first + self.core.looped_count - 1].time + EVENT_TO_FPGA)
        if self.delayed_count:
            self.now = max(self.now, self.delayed[self.delayed_first + self.delayed_count - 1].time)

    cdef Py_ssize_t run(self, const uint64_t *words, Py_ssize_t count) noexcept nogil:
        """Execute words up to the halt; number of the first word that is no instruction, or -1."""
        cdef Py_ssize_t done = 0, end
        cdef Py_ssize_t piece
        self.done = 0
        while done < count and not self.halted and not self.stopped:
            if self.core.madc.busy and not self.catch_up(words[done]):
                self.done = done
                return -1
            # where this happens depends on the number of the message alone
            while self.messages >= self.look_after_at:
                if self.core.madc.busy:
                    self.drain(self.now)
                self.look_after_halves(self.now)
                self.look_after_at += LOOK_AFTER
            end = min(count, done + <Py_ssize_t>(self.look_after_at - self.messages))
            # short enough to stop soon where every message takes a while
            end = min(end, done + (1 if self.core.madc.busy else PIECE))
            piece = self.run_piece(words + done, end - done)
            done += piece if piece >= 0 else -1 - piece
            if piece < 0:
                return done
        self.done = count
        return -1

    cdef bint catch_up(self, uint64_t word) noexcept nogil:
        """Ahead of a message, send samples of a long time; False if there are too many."""
        cdef bint done
        if word >> UT_HEADER_SHIFT == UT_TO_LOOPBACK and word & 1 == 0:
            self.halt()
        if self.now - self.sampled_until < MADC_PATIENCE:
            return True
        if not self.drain_samples(self.now, True):
            return False
        self.drain_events(self.now)
        self.sampled_until = self.now
        return True

    cdef Py_ssize_t run_piece(self, const uint64_t *words, Py_ssize_t count) noexcept nogil:
        """Execute words up to the halt.

        Returns how many, or -1 - n if the word after n others is no instruction. What matrix
        products are made of is done right here, with the clock in a register; everything else
        goes through `step`.
        """
        cdef Core *core = self.core
        cdef Hemisphere *half
        cdef Py_ssize_t i = 0
        cdef uint64_t word, target
        cdef uint64_t now = self.now
        cdef uint64_t timer_start = self.timer_start
        cdef uint64_t before = self.messages
        cdef Py_ssize_t writes, logged
        cdef int header, type, quad, run
        while i < count:
            word = words[i]
            header = word >> UT_HEADER_SHIFT
            if core.looped_count == 0 and (header == UT_TO_WAIT_UNTIL
                                           or header == UT_TO_SPIKE_PACK_2
                                           or header == UT_TO_SPIKE_PACK_1):
                # what they reach does not change on the way
                logged = hx_train_run(core.half[0].kernels, words + i, count - i,
                                      core.dispatch.entry, core.dispatch.log,
                                      core.dispatch.direct, timer_start, LONG_WAIT, &now)
                if logged:
                    i += logged
                    continue
            if header == UT_TO_WAIT_UNTIL:
                target = timer_start + <uint32_t>word
                if now + LONG_WAIT < target:
                    self.look_after_halves(target)
                now = (target if now < target else now) + 1
                i += 1
                continue
            if header == UT_TO_SPIKE_PACK_2:
                send_event(core, word >> 16 & 0xffff, now)
                send_event(core, word & 0xffff, now)
                if core.looped_count:
                    self.drain(now)
                now += 1
                i += 1
                continue
            if header == UT_TO_SPIKE_PACK_1:
                send_event(core, word & 0xffff, now)
                if core.looped_count:
                    self.drain(now)
                now += 1
                i += 1
                continue
            if header == UT_TO_OMNIBUS_ADDRESS:
                if word & UT_OMNIBUS_READ:
                    if self.respond_at_once(now):
                        half = pending_samples(core, words + i, count - i, &type, &quad, &run)
                        if half != NULL:
                            if not add_slots(half, type, quad, run, self.out_bits):
                                self.out_of_memory = True
                            self.respond_pending(run)
                            self.links.words += run
                            now += run
                            i += run
                            target = now - 1 + TO_CHIP + FROM_CHIP
                            if target > self.omnibus_done:
                                self.omnibus_done = target
                            continue
                elif i + 1 < count and words[i + 1] >> UT_HEADER_SHIFT == UT_TO_OMNIBUS_DATA:
                    # as if an address that waits for its data had been replaced
                    self.address_pending = False
                    writes = reset_quads(core, words + i, count - i, now)
                    if writes == 0:
                        writes = write_synapses(core, words + i, count - i)
                    if writes:
                        self.links.words += writes
                        now += 2 * writes
                        i += 2 * writes
                        if now - 1 + TO_CHIP > self.omnibus_done:
                            self.omnibus_done = now - 1 + TO_CHIP
                    else:
                        now += 1
                        self.now = now
                        self.write_omnibus(<uint32_t>word, <uint32_t>words[i + 1],
                                           word >> UT_OMNIBUS_ENABLES_SHIFT & 0xf)
                        now = self.now + 1
                        i += 2
                        if core.madc.busy:
                            break
                    continue
            self.now = now
            self.messages = before + i
            if not self.step(word, header):
                return -1 - i
            now = self.now
            timer_start = self.timer_start
            i += 1
            if self.halted:
                break
        self.now = now
        self.messages = before + i
        return i

    cdef inline bint respond_at_once(self, uint64_t when) noexcept nogil:
        """Whether a response can go out as a whole word without anything ahead of it."""
        if (self.core.looped_count or self.delayed_count or self.core.madc.busy
                or self.out_bits & 63):
            return False
        return not self.annotated or (
            (when + self.time_offset) & UT_TIME_MASK == (self.host_time + 1) & UT_TIME_MASK)

    cdef inline void respond_pending(self, int count) noexcept nogil:
        """Send words of consecutive cycles whose data are filled in later."""
        cdef int64_t word = self.out_bits >> 6
        cdef int i
        if not self.reserve(word + count):
            return
        for i in range(count):
            self.out[word + i] = <uint64_t>UT_FROM_OMNIBUS_DATA << UT_HEADER_SHIFT
        self.out_bits += 64 * <int64_t>count
        self.host_time = (self.host_time + count) & UT_TIME_MASK

    cdef bint step(self, uint64_t word, int header) noexcept nogil:
        """Execute one message; False if it is no instruction."""
        if header == UT_TO_OMNIBUS_DATA:
            if self.address_pending:
                self.address_pending = False
                self.write_omnibus(self.address, <uint32_t>word, self.enables)
            else:
                self.stray_words += 1
        elif header == UT_TO_OMNIBUS_ADDRESS:
            if word & UT_OMNIBUS_READ:
                self.read_omnibus(<uint32_t>word)
            else:
                self.address = <uint32_t>word
                self.enables = word >> UT_OMNIBUS_ENABLES_SHIFT & 0xf
                self.address_pending = True
        elif header == UT_TO_SPIKE_PACK_3:
            send_event(self.core, word >> 32 & 0xffff, self.now)
            send_event(self.core, word >> 16 & 0xffff, self.now)
            send_event(self.core, word & 0xffff, self.now)
            if self.core.looped_count:
                self.drain(self.now)
        elif header == UT_TO_SETUP:
            self.timer_start = self.now
        elif header == UT_TO_BARRIER:
            self.barrier(word & 0x1f)
        elif header == UT_TO_LOOPBACK:
            if word & 1 == 0:
                self.halt()
            self.respond(UT_FROM_LOOPBACK, word & 1, self.now)
            self.halted = word & 1 == 0
        elif header == UT_TO_JTAG_DATA:
            self.shift_jtag(word)
        elif header == UT_TO_JTAG_INS:
            self.occupy_jtag(JTAG_INS_BITS)
            self.instruction = word & 0x7f
        elif header == UT_TO_JTAG_SCALER:
            self.scaler = word & 0xff
        elif header == UT_TO_JTAG_INIT:
            self.occupy_jtag(JTAG_INIT_BITS)
            self.instruction = IDCODE
        elif header == UT_TO_SYSTIME_INIT:
            self.synchronise(word & 1)
        elif header == UT_TO_POLLING_OMNIBUS_BLOCK:
            self.poll(word & 1)
        elif header == UT_TO_RESET:
            if word & 1:
                reset_core(self.core)
                self.core.in_reset = True
                self.links_up = 0
                use_links(&self.links, 0, 0)
                self.annotated = False
            else:
                self.core.in_reset = False
        else:
            return False
        self.now += 1
        return True

    def execute(self, words, int64_t limit):
        """Execute the next piece of the running program, shape (n,) of uint64.

        Words behind the halt are ignored. Returns how many words are done with: samples of the
        MADC cause a pause once there are more words of responses than `limit`.

        Raises
        ------
        InstructionError
            A header byte that is no instruction; what precedes it has been executed.
        MemoryError
            No space for responses.
        """
        cdef const uint64_t[::1] view = words
        cdef Py_ssize_t failed = -1
        cdef Py_ssize_t count = view.shape[0]
        if count == 0 or self.halted:
            return count
        # beyond what remains of a word when responses are taken
        self.pause_bits = (limit + 1) << 6
        mind_fork(self.core.half, &self.core.crew)
        with nogil:
            failed = self.run(&view[0], count)
            # between calls nobody works
            join_both(self.core)
        if self.out_of_memory:
            self.out_of_memory = False
            raise MemoryError("responses")
        if failed >= 0:
            raise InstructionError(int(view[failed]), int(self.messages))
        return self.done

    def take_responses(self):
        """Responses that are ready, whole words of uint64; all of them once halted."""
        cdef int64_t full
        cdef uint64_t rest
        cdef uint64_t[::1] target
        with nogil:
            work_off_both(self.core, False)
        if self.halted and self.out_bits & 63:
            rest = self.out[self.out_bits >> 6]
            self.out[self.out_bits >> 6] = rest | UT_COMMA_BIT >> (self.out_bits & 63)
            self.out_bits = (self.out_bits | 63) + 1
        full = self.out_bits >> 6
        result = np.empty(full, np.uint64)
        if full:
            target = result
            memcpy(&target[0], self.out, full * sizeof(uint64_t))
            self.out[0] = self.out[full] if self.out_bits & 63 else 0
            self.out_bits &= 63
            self.words_out += full
        return result

    def info(self):
        """Clock and counters of the running, or the last, program."""
        return {
            "fpga_cycles": self.now - self.program_start,
            "messages": self.messages,
            "responses_taken": self.words_out,
            "timeouts": self.timeouts,
            "stray_words": self.stray_words,
            "fpga_time": self.now,
        }


cdef bint load_kind_readable(Core *core, uint32_t address) noexcept nogil:
    """Whether a register of the FPGA is declared."""
    if core.words.pages[address >> 12] == NULL:
        return False
    return core.words.pages[address >> 12].kind[address & 0xfff] & 64 != 0
