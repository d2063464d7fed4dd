"""The chip: registers on one side, circuits on the other.

A write that changes a register first lets the circuits that depend on it finish what is
queued; a write that changes nothing is free.
"""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy, memmove, memset

from ._hemisphere cimport (
    COLUMNS,
    DRIVERS,
    HX_PULSE_SCALE,
    HX_WEIGHT_SCALE,
    NOT_SIMPLE,
    QUADS,
    ROWS,
    Hemisphere,
    add_event,
    clear,
    create,
    destroy,
    dismiss,
    entry_of,
    evaluate,
    evaluate_both,
    hx_params,
    join,
    kernels_named,
    labels_changed,
    params_changed,
    pending,
    reset_one,
    reset_quads_of,
    row_mode_changed,
    share_work,
    trigger,
    weights_changed,
)
from ._madc cimport (
    MADC_CLOCKS,
    Madc,
    madc_control,
    madc_free,
    madc_connect,
    madc_outdate,
    madc_reset,
)
from ._trace cimport Column, Watch, watch_new, watch_retune
from ._routing cimport (
    BUSES,
    FIRST_FPGA_INPUT,
    FIRST_L2_OUTPUT,
    GROUPS,
    NODES,
    OUTPUTS,
    count,
    fold_counters,
    outputs_of,
    rebuild,
)
from ._store cimport (
    HOOK_MASK,
    PAGE_BITS,
    PAGE_MASK,
    PAGE_WORDS,
    Access,
    Hook,
    Page,
    Store,
    touch_page,
)

import os
from dataclasses import replace

import numpy as np

from fisch import registers

from emulator.silicon import (
    REVISIONS_THAT_RESET_ROW_0,
    SWITCHES,
    Individual,
    drawn_constants,
)
from emulator.silicon.elementary import exp
from emulator.silicon.generator import key as stream_key
from emulator.silicon.generator import normal
from emulator.timing import FPGA_CLOCK_HZ, cycles

from .address_map import build_store, word_addresses
from .configuration import (
    CELLS,
    COLUMN_OF_POSITION,
    DRIVER_CELLS,
    POSITION_OF_COLUMN,
    Configuration,
)
from .response import average, average_lengths, operating_point, pulse_lengths, ramped

cdef enum:
    WEIGHT_BITS = 0x3f3f3f3f
    CALIB_BITS = 0x03030303

cdef enum:
    # the register that resets a spike counter stands behind the one that reads it
    COUNTER_RESET_OFFSET = 0x400
    COUNTER_MAX = 0xff
    COUNTER_OVERFLOW = 0x100

cdef enum SRAM:
    WEIGHTS
    LABELS
    CALIB

cdef enum:
    CELL_COUNT = 12480
    DISABLE_REFRESH = 1023
    # analog quantities move in steps of a millisecond while cells settle, of a minute afterwards
    STEP_CYCLES = 125000
    STEPS_TO_SETTLE = 20
    STEPS_OF_DRIFT = 60000
    STEPS_OF_HOUR = 3600000

cdef extern from "emulator/chip/kernels.h" nogil:
    uint64_t hx_mix(uint64_t)
    float hx_normal(uint32_t, uint32_t, uint32_t)

# codes that the fused pass may be off by; the rest to half a code is left to rounding
FUSED_LIMIT = 0.45
# how far rails are from the reset potential, about
RAIL_DISTANCE_MV = 400.0
# pieces of a time constant that the decay of lines is cut into at most
FINEST_PIECE = 16.0

cdef uint32_t CHIP_END = 0x80000000
cdef int32_t position_of_column[256]
cdef int32_t _position
for _position in range(256):
    position_of_column[_position] = POSITION_OF_COLUMN[_position]

cdef uint64_t EVENT_TO_CROSSBAR = cycles("event_to_crossbar")


cdef inline uint32_t byte_mask(uint32_t enables) noexcept nogil:
    return ((enables & 1) * 0xff | (enables >> 1 & 1) * 0xff00
            | (enables >> 2 & 1) * 0xff0000 | (enables >> 3 & 1) * <uint32_t>0xff000000)


cdef void work_off(Core *core, int half, bint everything) noexcept nogil:
    """Evaluate what is queued for a hemisphere."""
    if pending(core.half[half]):
        evaluate(core.half[half], everything)


cdef void work_off_both(Core *core, bint everything) noexcept nogil:
    """Evaluate what is queued for the hemispheres, at once where there are threads."""
    if pending(core.half[0]) or pending(core.half[1]):
        evaluate_both(core.half, everything)


cdef void join_both(Core *core) noexcept nogil:
    """Wait for what is being evaluated."""
    join(core.half[0])
    join(core.half[1])


cdef inline void settle(Core *core) noexcept nogil:
    """A register changes that both hemispheres may depend on."""
    work_off_both(core, True)


# analog memory ------------------------------------------------------------------------------------


cdef inline double cell_target(const Core *core, int32_t cell) noexcept nogil:
    """Value that a cell settles to, in codes."""
    cdef double code = core.cell_code[cell]
    if code == 0 or code == DISABLE_REFRESH:
        return 0
    return max(code + core.cell_sigma * core.cell_noise[cell], 0.5)


cdef inline double cell_value(const Core *core, int32_t cell, uint64_t step) noexcept nogil:
    cdef double target = cell_target(core, cell)
    cdef uint64_t age = step - core.cell_step[cell]
    if age >= STEPS_TO_SETTLE or core.at_once:
        return target
    return target + (core.cell_start[cell] - target) * core.left[age]


cdef inline void points_changed(Core *core) noexcept nogil:
    """Operating points are other ones from now on."""
    cdef int half
    for half in range(2):
        core.half[half].stale = True
        core.point_known[half] = False


cdef void program_cell(Core *core, int32_t cell, uint32_t code, uint64_t time) noexcept nogil:
    """A cell is programmed with another code: it settles, to a value that is never quite the
    same."""
    cdef uint64_t key = hx_mix(core.cell_key ^ hx_mix(time))
    cdef uint64_t step = time // STEP_CYCLES
    core.cell_start[cell] = cell_value(core, cell, step)
    core.cell_code[cell] = code
    core.cell_noise[cell] = hx_normal(cell, <uint32_t>key, <uint32_t>(key >> 32))
    core.cell_step[cell] = step
    core.settled_step = step + STEPS_TO_SETTLE
    if core.cell_of_drivers[cell]:
        core.drivers_settled_step = core.settled_step
        core.drivers_dirty = True
        dispatch_changed(core)
    core.cells_stale = True
    core.dispatch.step_end = 0


cdef uint64_t next_step(const Core *core, uint64_t step) noexcept nogil:
    """Cycle at which analog quantities move on from a step."""
    if step < core.settled_step:
        return (step + 1) * STEP_CYCLES
    return (step // STEPS_OF_DRIFT + 1) * STEPS_OF_DRIFT * STEP_CYCLES


cdef void take_step(void *owner, uint64_t time) noexcept nogil:
    with gil:
        (<Chip>owner).take_step(time)


# events ------------------------------------------------------------------------------------------


cdef void bus_event(Core *core, int bus, int row_select, int label, uint64_t time) noexcept nogil:
    """An event on a PADI bus reaches all drivers that match its row-select address."""
    cdef uint32_t drivers = core.routing.matches[32 * bus + row_select]
    cdef int driver
    for driver in range(32):
        if drivers >> driver & 1:
            add_event(core.half[bus >> 2], (4 * driver + (bus & 3)) << 6 | label, time)


cdef void loop_back(Core *core, int output, uint32_t label, uint64_t time) noexcept nogil:
    cdef Looped *larger
    cdef int64_t space
    if core.looped_first + core.looped_count == core.looped_space:
        if core.looped_first > core.looped_space // 2:
            memmove(core.looped, core.looped + core.looped_first,
                    core.looped_count * sizeof(Looped))
        else:
            space = 2 * core.looped_space + 64
            larger = <Looped *>realloc(core.looped, space * sizeof(Looped))
            if larger == NULL:
                return
            core.looped = larger
            core.looped_space = space
            if core.looped_first:
                memmove(core.looped, core.looped + core.looped_first,
                        core.looped_count * sizeof(Looped))
        core.looped_first = 0
    core.looped[core.looped_first + core.looped_count].time = time
    core.looped[core.looped_first + core.looped_count].label = (
        <uint32_t>(output - FIRST_L2_OUTPUT) << 14 | (label & 0x3fff))
    core.looped_count += 1


cdef void enter_group(Core *core, int group) noexcept nogil:
    """Entries of the labels that share all but what synapses see."""
    cdef int driver = core.routing.fast[group]
    cdef int32_t *entry = &core.dispatch.entry[64 * group]
    cdef Hemisphere *h
    cdef int label
    if driver >= 0:
        h = core.half[driver >> 7]
        driver &= 127
    for label in range(64):
        if core.routing.fast[group] < 0 or h.address_out[driver]:
            entry[label] = NOT_SIMPLE
        else:
            entry[label] = entry_of(h, driver, label)


cdef void dispatch_changed(Core *core) noexcept nogil:
    """A register changed that events depend on: the next one brings the tables up to date."""
    core.dispatch.stale = True
    core.dispatch.direct[0] = core.dispatch.direct[1] = False


cdef void refresh_dispatch(Core *core) noexcept nogil:
    with gil:
        (<Chip>core.owner).refresh_dispatch()


cdef void route(Core *core, uint32_t label, uint64_t time) noexcept nogil:
    """Send an event wherever it goes."""
    cdef int source = FIRST_FPGA_INPUT + (label >> 14)
    cdef uint32_t found
    cdef int output, driver
    if core.in_reset:
        return
    if core.dispatch.stale:
        refresh_dispatch(core)
    driver = core.routing.fast[label >> 6]
    if driver >= 0:
        add_event(core.half[driver >> 7], (driver & 127) << 6 | (label & 63), time)
        return
    if core.routing.exact[source]:
        found = outputs_of(&core.routing, source, label)
        count(&core.routing, source, found, 1)
    else:
        found = core.routing.outputs[label >> 6]
        core.routing.hits[label >> 6] += 1
        core.routing.hit = True
    for output in range(OUTPUTS):
        if not found >> output & 1:
            continue
        if output >= FIRST_L2_OUTPUT:
            loop_back(core, output, label, time + EVENT_TO_CROSSBAR)
        elif core.routing.spl1[output]:
            bus_event(core, output, label >> 6 & 31, label & 63, time)


cdef void refresh_params(void *owner) noexcept nogil:
    with gil:
        (<Chip>owner).refresh_analog()


cdef void refresh_madc(void *owner) noexcept nogil:
    with gil:
        (<Chip>owner).refresh_madc()


# registers ---------------------------------------------------------------------------------------


cdef void write_sram(Core *core, uint32_t *words, int32_t index, uint32_t data, uint32_t mask,
                     SRAM circuit) noexcept nogil:
    """Change a word of synapse SRAM."""
    cdef Hemisphere *h = core.half[index >> 14]
    cdef uint32_t *word = words + (index & 0x3fff)
    cdef uint32_t changed = (word[0] & ~mask) | (data & mask)
    if changed == word[0]:
        return
    if circuit != CALIB:
        if pending(h):
            evaluate(h, True)
        if circuit == WEIGHTS:
            weights_changed(h, index >> 6 & 0xff)
        else:
            labels_changed(h, index >> 6 & 0xff)
    word[0] = changed


cdef Py_ssize_t write_synapses(Core *core, const uint64_t *words, Py_ssize_t count) noexcept nogil:
    """Leading writes, address and data in turn, of whole words of weights or labels; how many."""
    cdef uint64_t first = words[0]
    cdef uint32_t offset = <uint32_t>first & PAGE_MASK
    cdef const Page *page = core.words.pages[<uint32_t>first >> PAGE_BITS]
    cdef Py_ssize_t n = 0
    cdef int32_t index
    cdef int hook, changed
    cdef uint32_t *sram
    cdef uint32_t word
    cdef uint32_t fresh[QUADS]
    cdef Hemisphere *h
    if page == NULL or core.in_reset or first >> 32 & 0xf != 0xf:
        return 0
    hook = page.kind[offset] & HOOK_MASK
    if hook != Hook.SYNAPSE_WEIGHT and hook != Hook.SYNAPSE_LABEL:
        return 0
    # a page holds 64 rows of one hemisphere
    h = core.half[page.index[offset] >> 14]
    sram = &h.weight[0] if hook == Hook.SYNAPSE_WEIGHT else &h.label[0]
    while (
        2 * n + 1 < count and words[2 * n] == first + n and words[2 * n + 1] >> 56 == 0x0c
        and offset + n < PAGE_WORDS and page.kind[offset + n] & HOOK_MASK == hook
    ):
        index = page.index[offset + n] & 0x3fff
        if not index & (QUADS - 1) and 2 * (n + QUADS) <= count:
            # rows follow each other in pages that hold nothing else
            changed = h.kernels.write_row(words + 2 * n, WEIGHT_BITS, sram + index, fresh)
            if changed >= 0:
                if changed:
                    if pending(h):
                        evaluate(h, True)
                    memcpy(sram + index, fresh, sizeof(fresh))
                    if hook == Hook.SYNAPSE_WEIGHT:
                        weights_changed(h, index >> 6)
                    else:
                        labels_changed(h, index >> 6)
                n += QUADS
                continue
        word = <uint32_t>words[2 * n + 1] & WEIGHT_BITS
        if sram[index] != word:
            if pending(h):
                evaluate(h, True)
            sram[index] = word
            if hook == Hook.SYNAPSE_WEIGHT:
                weights_changed(h, index >> 6)
            else:
                labels_changed(h, index >> 6)
        n += 1
    return n


cdef void padi_event(Core *core, int half, uint32_t data, uint64_t time) noexcept nogil:
    """Event of the PADIEvent register, for buses that do not listen to the crossbar."""
    cdef int bus
    if core.dispatch.stale:
        refresh_dispatch(core)
    for bus in range(4 * half, 4 * half + 4):
        if data >> (bus & 3) & 1 and not core.routing.spl1[bus]:
            bus_event(core, bus, data >> 22 & 31, data >> 16 & 63, time)


cdef void force_reset(Core *core, int side, double time) noexcept nogil:
    """Reset all neurons of the west or east side."""
    cdef int half, quad
    for half in range(2):
        for quad in range(QUADS):
            if (quad >> 4 & 1) == side:
                reset_quads_of(core.half[half], quad, 1, time)


cdef void reset_row_0(Core *core, int32_t quad, Py_ssize_t count, uint64_t time) noexcept nogil:
    """Reset correlation sensors together with consecutive quads of neurons, two cycles apart."""
    cdef Py_ssize_t i
    for i in range(count):
        core.correlation_reset[CORRELATION_QUADS * (quad + i >> 6) + (quad + i & 63)] = time + 2 * i


cdef inline bint only_connects(uint32_t address, uint32_t changed) noexcept nogil:
    """Whether a neuron is just connected to the line to the fast ADC, or taken off."""
    # block and neuron aside; bit 7 of the second word
    return (address & ~<uint32_t>0x183f8) == 0x160003 and changed == 0x80


cdef bint write_word(Core *core, uint32_t address, uint32_t data, uint32_t enables,
                     uint64_t time) noexcept nogil:
    """Write of a word of the chip at a chip time; False if nothing is there."""
    cdef Page *page = core.words.pages[address >> PAGE_BITS]
    cdef uint32_t offset = address & PAGE_MASK
    cdef uint32_t mask, changed
    cdef int32_t index
    cdef int hook
    if page == NULL:
        if not core.words.untouched[address >> PAGE_BITS]:
            core.unmapped_writes += 1
            return False
        page = touch_page(core.words, address >> PAGE_BITS)
        if page == NULL:
            return False
    if not page.kind[offset] & <int>Access.WRITABLE:
        if page.kind[offset] == 0:
            core.unmapped_writes += 1
            return False
        return True
    if core.in_reset and address < CHIP_END:
        return True
    hook = page.kind[offset] & HOOK_MASK
    index = page.index[offset]
    if hook == Hook.NEURON_RESET_QUAD:
        reset_quads_of(core.half[index >> 6], index & 63, 1, <double>time)
        if core.neurons_reset_row_0:
            reset_row_0(core, index, 1, time)
        return True
    mask = <uint32_t>0xffffffff if enables == 0xf else byte_mask(enables)
    if hook == Hook.SYNAPSE_WEIGHT:
        write_sram(core, core.half[index >> 14].weight, index, data & WEIGHT_BITS, mask,
                   WEIGHTS)
        return True
    if hook == Hook.SYNAPSE_LABEL:
        write_sram(core, core.half[index >> 14].label, index, data & WEIGHT_BITS, mask,
                   LABELS)
        return True
    if hook == Hook.SYNAPSE_CALIB or hook == Hook.SYNAPSE_RAW:
        offset = index & 1
        index >>= 1
        if hook == Hook.SYNAPSE_RAW:
            if offset == 0:
                write_sram(core, core.half[index >> 14].weight, index, data & WEIGHT_BITS, mask,
                           WEIGHTS)
            else:
                write_sram(core, core.half[index >> 14].label, index, data & WEIGHT_BITS, mask,
                           LABELS)
            data >>= 6
        if offset == 0:
            write_sram(core, core.half[index >> 14].time_calib, index, data & CALIB_BITS, mask,
                       CALIB)
        else:
            write_sram(core, core.half[index >> 14].amp_calib, index, data & CALIB_BITS, mask,
                       CALIB)
        return True
    if hook == Hook.NEURON_RESET:
        # 256 * side + 128 * hemisphere + column on the side
        reset_one(core.half[index >> 7 & 1],
                  position_of_column[128 * (index >> 8) + (index & 127)], <double>time)
        return True
    if hook == Hook.PADI_EVENT:
        padi_event(core, index, data & mask, time)
        return True
    if hook == Hook.SPIKE_COUNTER_RESET:
        page.data[offset - COUNTER_RESET_OFFSET] = 0
        return True
    if hook == Hook.CORRELATION_RESET:
        core.correlation_reset[index] = time
        return True
    if hook == Hook.MADC_CONTROL:
        madc_control(&core.madc, data & mask, time)
        return True
    if hook == Hook.IGNORED:
        return True
    changed = (page.data[offset] & ~mask) | (data & mask)
    if hook == Hook.CHIP_PHY_ENABLE:
        core.links_enabled = True
    if changed == page.data[offset]:
        return True
    if hook == Hook.ANALOG and only_connects(address, changed ^ page.data[offset]):
        madc_outdate(&core.madc, time)
    elif hook == Hook.ANALOG or hook == Hook.CAPMEM or hook == Hook.BACKEND_COMMON:
        settle(core)
        madc_outdate(&core.madc, time)
        points_changed(core)
        if hook == Hook.BACKEND_COMMON and not index & 1:
            # written while held or let go: the membranes start anew either way
            force_reset(core, index >> 1, <double>time)
        if hook == Hook.CAPMEM:
            program_cell(core, index, changed & DISABLE_REFRESH, time)
        else:
            core.settings_stale = True
    elif hook == Hook.DRIVER:
        settle(core)
        core.drivers_dirty = True
        dispatch_changed(core)
    elif hook == Hook.ROUTING:
        fold_counters(&core.routing)
        dispatch_changed(core)
    elif hook == Hook.MADC_CONFIG:
        madc_outdate(&core.madc, time)
    page.data[offset] = changed
    return True


cdef int read_word(Core *core, uint32_t address, uint64_t time, uint32_t *value) noexcept nogil:
    """Read of a word of the chip; READ_LATER for a conversion that is not worked out yet."""
    cdef Page *page = core.words.pages[address >> PAGE_BITS]
    cdef uint32_t offset = address & PAGE_MASK
    cdef int hook
    cdef int32_t index
    cdef Hemisphere *h
    cdef const uint8_t *codes
    value[0] = 0
    core.triggered = -1
    if page == NULL:
        if not core.words.untouched[address >> PAGE_BITS]:
            core.unmapped_reads += 1
            return READ_UNMAPPED
        return READ_VALUE
    if not page.kind[offset] & <int>Access.READABLE:
        if page.kind[offset] == 0:
            core.unmapped_reads += 1
            return READ_UNMAPPED
        return READ_VALUE
    if core.in_reset and address < CHIP_END:
        return READ_VALUE
    hook = page.kind[offset] & HOOK_MASK
    index = page.index[offset]
    if hook == Hook.CADC_SAMPLE:
        # 65536 * hemisphere + 32768 * buffered + 16384 * type + 64 * row + quad
        h = core.half[index >> 16]
        if not index >> 15 & 1:
            trigger(h, <double>time)
            core.triggered = index >> 16
        core.later_half = index >> 16
        core.later_type = index >> 14 & 1
        core.later_quad = index & 63
        if h.queue.read_count:
            return READ_LATER
        join(h)
        codes = &h.last_codes[COLUMNS * core.later_type + 4 * core.later_quad]
        value[0] = (<uint32_t>codes[0] << 24 | <uint32_t>codes[1] << 16 | <uint32_t>codes[2] << 8
                    | codes[3])
        return READ_VALUE
    if hook == Hook.SYNAPSE_WEIGHT:
        value[0] = core.half[index >> 14].weight[index & 0x3fff]
    elif hook == Hook.SYNAPSE_LABEL:
        value[0] = core.half[index >> 14].label[index & 0x3fff]
    elif hook == Hook.SYNAPSE_CALIB or hook == Hook.SYNAPSE_RAW:
        offset = index & 1
        index >>= 1
        h = core.half[index >> 14]
        index &= 0x3fff
        if offset == 0:
            value[0] = h.time_calib[index]
            if hook == Hook.SYNAPSE_RAW:
                value[0] = value[0] << 6 | h.weight[index]
        else:
            value[0] = h.amp_calib[index]
            if hook == Hook.SYNAPSE_RAW:
                value[0] = value[0] << 6 | h.label[index]
    elif hook == Hook.CROSSBAR_DROPS:
        fold_counters(&core.routing)
        value[0] = core.routing.drops[index]
    elif hook == Hook.CROSSBAR_EVENTS:
        fold_counters(&core.routing)
        value[0] = core.routing.events[index]
    else:
        value[0] = page.data[offset]
    return READ_VALUE


cdef void reset_core(Core *core) noexcept nogil:
    """Chip reset: registers to their defaults, membranes to their reset potential."""
    cdef int half
    settle(core)
    madc_reset(&core.madc)
    with gil:
        (<Chip>core.owner).store.reset(0, CHIP_END)
    for half in range(2):
        clear(core.half[half])
    points_changed(core)
    memset(core.routing.drops, 0, sizeof(core.routing.drops))
    memset(core.routing.events, 0, sizeof(core.routing.events))
    memset(core.routing.hits, 0, sizeof(core.routing.hits))
    memset(core.correlation_reset, 0, sizeof(core.correlation_reset))
    core.routing.hit = False
    core.drivers_dirty = True
    dispatch_changed(core)
    core.links_enabled = False
    core.looped_count = core.looped_first = 0
    memset(core.cell_code, 0, CELL_COUNT * sizeof(double))
    memset(core.cell_start, 0, CELL_COUNT * sizeof(double))
    core.settled_step = core.drivers_settled_step = 0
    core.settings_stale = core.cells_stale = True
    core.dispatch.step_end = 0


cdef class Chip:
    """One chip.

    Parameters
    ----------
    revision
        ``v1``, ``v2`` or ``v3``.
    seed
        Which individual.
    model_spread
        Whether constants that are estimates are drawn.
    threads
        How many evaluate what is queued, the caller's one of them.
    """

    def __cinit__(self):
        cdef int half
        for half in range(2):
            self.core.half[half] = create(half, &self.core.dispatch)
            if self.core.half[half] == NULL:
                raise MemoryError("hemisphere")
            self.core.half[half].refresh = refresh_params
            self.core.half[half].owner = <void *>self
        share_work(self.core.half, &self.core.crew, 1)
        self.core.dispatch.step = take_step
        self.core.owner = <void *>self
        self.core.madc.owner = <void *>self
        self.core.madc.refresh = refresh_madc
        self.core.madc.half = self.core.half

    def __dealloc__(self):
        dismiss(&self.core.crew)
        # it knows hemispheres
        madc_free(&self.core.madc)
        destroy(self.core.half[0])
        destroy(self.core.half[1])
        free(self.core.looped)

    def __init__(self, str revision, seed, bint model_spread=False, int threads=1):
        cdef int node
        share_work(self.core.half, &self.core.crew, threads)
        self.revision = revision
        self.seed = seed
        self.store = build_store()
        self.core.words = &(<Store>self.store).words
        self.configuration = Configuration(self.store, revision)
        self.individual = Individual(
            revision, seed, drawn_constants(revision, seed) if model_spread else None)
        self.make_cells()
        nodes = np.arange(NODES)
        inputs = registers.convert("CrossbarNodeOnDLS", "CrossbarInputOnDLS", nodes)
        outputs = registers.convert("CrossbarNodeOnDLS", "CrossbarOutputOnDLS", nodes)
        for node in range(NODES):
            self.core.routing.node_input[node] = inputs[node]
            self.core.routing.node_output[node] = outputs[node]
        self.core.neurons_reset_row_0 = revision in REVISIONS_THAT_RESET_ROW_0
        self.spike_counters = word_addresses("SpikeCounterRead")
        self.select_isa(os.environ.get("HXEMU_ISA"))
        self.switches = {name: True for name in SWITCHES}
        self.ideal = False
        self.set_noise_seed(0)
        self.apply_switches()
        reset_core(&self.core)

    def select_isa(self, name):
        """Choose the variant of the kernels; the fastest one for None.

        Raises
        ------
        ValueError
            Unknown here, or not supported by this machine.
        """
        cdef int half
        if not name:
            return
        encoded = name.encode()
        if kernels_named(encoded) == NULL:
            raise ValueError(f"HXEMU_ISA={name!r}: not baseline, avx2 or avx512, or not supported here")
        for half in range(2):
            self.core.half[half].kernels = kernels_named(encoded)

    def make_cells(self):
        """Analog memory, all cells at 0."""
        cdef double[:, ::1] values = np.zeros((3, CELLS))
        cdef uint64_t[::1] steps = np.zeros(CELLS, np.uint64)
        cdef const uint8_t[::1] of_drivers = DRIVER_CELLS
        cdef const double[::1] left = exp(
            -np.arange(STEPS_TO_SETTLE + 1) * STEP_CYCLES / FPGA_CLOCK_HZ
            / (1e-6 * self.individual.constants["capmem_settling_us"])
        )
        cdef int i
        assert CELLS == CELL_COUNT
        self.cells = values, steps, of_drivers
        self.core.cell_start = &values[0, 0]
        self.core.cell_code = &values[1, 0]
        self.core.cell_noise = &values[2, 0]
        self.core.cell_step = &steps[0]
        self.core.cell_of_drivers = &of_drivers[0]
        for i in range(STEPS_TO_SETTLE + 1):
            self.core.left[i] = left[i]

    @property
    def isa(self):
        """Name of the kernels in use."""
        return self.core.half[0].kernels.name.decode()

    def set_noise_seed(self, seed):
        """Choose the temporal noise."""
        cdef int half
        settle(&self.core)
        for half in range(2):
            self.core.half[half].noise_key = stream_key(
                "noise", self.revision, self.seed, seed, half)
        self.core.madc.noise_key = stream_key("madc", self.revision, self.seed, seed)
        self.core.cell_key = stream_key("capmem", self.revision, self.seed, seed)
        self.noise_seed = seed

    def power_cycle(self):
        """Power-up state of all registers and memories."""
        reset_core(&self.core)
        self.store.clear_memory()
        self.store.reset(CHIP_END, 0xfffff000)
        self.core.unmapped_reads = self.core.unmapped_writes = 0
        self.core.in_reset = False

    @property
    def silicon(self):
        """Switches now in force."""
        return {**self.switches, "ideal": bool(self.ideal)}

    def set_silicon(self, **switches):
        """Switch sources of deviation.

        Returns
        -------
        dict
            Switches as they were before.

        Raises
        ------
        ValueError
            No such switch, or a value that is no truth value.
        """
        previous = self.silicon
        for name, value in switches.items():
            if name not in previous:
                raise ValueError(f"silicon switch {name!r} unknown; there are {', '.join(previous)}")
            if not isinstance(value, (bool, np.bool_)):
                raise ValueError(f"silicon switch {name!r} is {value!r}; allowed: True, False")
        settle(&self.core)
        for name, value in switches.items():
            if name == "ideal":
                self.ideal = value
            else:
                self.switches[name] = bool(value)
        self.apply_switches()
        return previous

    def apply_switches(self):
        """Set up everything that follows from the individual and the switches."""
        cdef int half, row, p
        cdef Hemisphere *h
        cdef double[:, ::1] scale
        on = {name: value and not self.ideal for name, value in self.switches.items()}
        chip, c = self.individual, self.individual.constants
        column = COLUMN_OF_POSITION
        us = FPGA_CLOCK_HZ / 1e6
        self.core.cells_stale = True
        self.core.cell_sigma = c["capmem_noise"] if on["noise_capmem"] else 0
        self.core.at_once = self.ideal
        self.points = [None, None]
        current = chip.weight if on["mismatch_synapse"] else np.arange(64.0)
        for half in range(2):
            h = self.core.half[half]
            h.ideal = self.ideal
            if not h.ideal:
                # resets pass it over
                memset(h.ideal_v, 0, sizeof(h.ideal_v))
            for p in range(64):
                # synapses hold the lower five bits in reverse
                h.current[p] = current[p & 32 | int(f"{p & 31:05b}"[::-1], 2)]
            deviation = (chip.synapse[half][:, column] if on["mismatch_synapse"]
                         else np.zeros((ROWS, COLUMNS)))
            # the product counts on weights that stay within 15 bits for two rows
            scale = np.ascontiguousarray(HX_WEIGHT_SCALE * (1 + np.clip(deviation, -0.2, 0.2)))
            for row in range(ROWS):
                for p in range(COLUMNS):
                    h.scale[row * COLUMNS + p] = scale[row, p]
                weights_changed(h, row)
        points_changed(&self.core)
        self.core.drivers_dirty = True
        dispatch_changed(&self.core)
        self.core.madc.noise = c["madc_noise"] if on["noise_madc"] else 0
        self.core.madc.wrong_clocks = int(
            c["madc_wrong_us"] * us * MADC_CLOCKS) if on["madc_wrong_start"] else 0
        # observed on v3 alone
        self.core.madc.tag_lags = on["madc_channel_tag"] and self.revision == "v3"
        self.core.madc.stale = True

    cdef void refresh_dispatch(self):
        """Bring drivers and routing tables up to date with their registers."""
        cdef Core *core = &self.core
        cdef int half, i
        cdef const uint8_t[::1] spl1, event_counter
        cdef const uint32_t[::1] mask, target, drop
        if core.drivers_dirty:
            for half in range(2):
                self.refresh_drivers(half)
        routing = self.configuration.routing()
        mask, target, drop = routing.mask, routing.target, routing.drop_counter
        spl1, event_counter = routing.spl1, routing.event_counter
        fold_counters(&core.routing)
        memset(core.routing.drop_counter, 0, sizeof(core.routing.drop_counter))
        for i in range(NODES):
            core.routing.mask[i] = mask[i]
            core.routing.target[i] = target[i]
            if drop[i]:
                core.routing.drop_counter[core.routing.node_input[i]] = 1
        for i in range(OUTPUTS):
            core.routing.event_counter[i] = event_counter[i]
        for i in range(BUSES):
            core.routing.spl1[i] = spl1[i]
        rebuild(&core.routing)
        for i in range(GROUPS):
            # of the groups whose target is as before, entries are so too
            if core.drivers_dirty or core.routing.fast[i] != core.routing.entered[i]:
                core.routing.entered[i] = core.routing.fast[i]
                enter_group(core, i)
        for half in range(2):
            core.dispatch.direct[half] = (
                core.half[half].segment_open and core.half[half].watches == NULL)
        core.drivers_dirty = core.dispatch.stale = False

    cdef void refresh_drivers(self, int half):
        """Bring the drivers of a hemisphere up to date with their registers."""
        cdef Hemisphere *h = self.core.half[half]
        cdef int row, driver, label, bus, address, i
        cdef uint32_t *matches
        cdef const int32_t[:, ::1] pulses
        cdef int32_t fixed = int(np.rint(HX_PULSE_SCALE
                                         * self.individual.constants["fixed_pulse"]))
        join(h)
        decoded = self.configuration.drivers(half)
        pulses, by_dac = self.pulses_of(half, decoded)
        cdef const uint8_t[::1] receiver = decoded.receiver
        cdef const uint32_t[::1] compare = decoded.compare_mask
        cdef const uint8_t[::1] mode = decoded.row_mode
        cdef const uint8_t[::1] graded = by_dac
        cdef const uint8_t[::1] address_out = decoded.address_out
        for bus in range(4):
            for address in range(32):
                matches = &self.core.routing.matches[32 * (4 * half + bus) + address]
                matches[0] = 0
                for i in range(32):
                    driver = 4 * i + bus
                    if receiver[driver] and not (address ^ i) & compare[driver]:
                        matches[0] |= <uint32_t>1 << i
        for row in range(ROWS):
            if h.row_mode[row] != mode[row]:
                h.row_mode[row] = mode[row]
                row_mode_changed(h, row)
        for driver in range(DRIVERS):
            h.address_out[driver] = address_out[driver]
            for label in range(64):
                # the smaller the label, the longer the pulse
                h.pulse[driver * 64 + label] = (
                    pulses[driver, 32 - (label & 31)] if graded[driver] else fixed)

    def pulse_lengths(self, int half):
        """Pulse lengths of the drivers of a hemisphere at present, in steps of the activation.

        Returns
        -------
        ndarray, shape (128, 33)
            By driver and activation, in the fixed point that products have.
        """
        return self.pulses_of(half, self.configuration.drivers(half))[0] / HX_PULSE_SCALE

    def pulses_of(self, int half, drivers):
        """Pulse lengths of the drivers of a hemisphere, and which have them set by labels.

        Returns
        -------
        tuple
            int32, shape (128, 33), fixed point by activation; uint8, shape (128,).
        """
        on = {name: value and not self.ideal for name, value in self.switches.items()}
        values = self.cell_values()
        cells = self.configuration.driver_cells(values, half)
        bias = self.configuration.hagen_dac_bias(values, half)
        if self.ideal:
            lengths = np.tile(np.arange(33.0), (DRIVERS, 1))
        else:
            lengths = ramped(self.individual, half, drivers, cells, bias)
            if not on["mismatch_driver"]:
                other = ramped(
                    self.individual, 1 - half, self.configuration.drivers(1 - half),
                    self.configuration.driver_cells(values, 1 - half),
                    self.configuration.hagen_dac_bias(values, 1 - half))
                lengths = average_lengths((lengths, other))
            lengths = pulse_lengths(lengths, drivers, self.individual.constants, on)
        # without its comparator or DAC a driver knows no lengths
        works = (cells["stp_i_bias_comparator"] > 0)[np.arange(DRIVERS) % 2] & (bias > 0)
        return (np.rint(HX_PULSE_SCALE * lengths).astype(np.int32),
                (drivers.graded & works).astype(np.uint8))

    cdef void take_step(self, uint64_t time):
        """Bring analog quantities to where they are at a time."""
        cdef Core *core = &self.core
        settle(core)
        madc_outdate(&core.madc, time)
        core.cells_stale = core.cells_stale or core.step < core.settled_step
        core.step = time // STEP_CYCLES
        core.dispatch.step_end = next_step(core, core.step)
        points_changed(core)
        if self.drivers_step != min(core.step, core.drivers_settled_step):
            self.drivers_step = min(core.step, core.drivers_settled_step)
            core.drivers_dirty = True
            dispatch_changed(core)
        if core.dispatch.stale:
            # the event that is just being sent sees it too
            self.refresh_dispatch()

    def cell_values(self):
        """Analog values of all CapMem cells at present, in codes.

        Returns
        -------
        ndarray of float64, shape (12480,)
            0 where a cell is not refreshed.
        """
        cdef double[::1] values
        cdef int cell
        if self.core.cells_stale:
            self.values = np.empty(CELLS)
            values = self.values
            for cell in range(CELL_COUNT):
                values[cell] = cell_value(&self.core, cell, self.core.step)
            self.values.setflags(write=False)
            self.core.cells_stale = False
        return self.values

    def slow_drift(self, int half):
        """Drift of potentials since the session began, in mV, by position."""
        chip = self.individual
        minutes = self.core.step // STEPS_OF_DRIFT
        hour, minute = divmod(minutes, STEPS_OF_HOUR // STEPS_OF_DRIFT)
        if minutes == 0:
            return 0.0

        def at(number):
            return normal(stream_key("slow", self.revision, self.seed, self.noise_seed, half,
                                     number), (COLUMNS,))

        share = minute * STEPS_OF_DRIFT / STEPS_OF_HOUR
        moved = (1 - share) * at(hour) + share * at(hour + 1) - at(0)
        return 1e3 * chip.constants["cadc_step"] * chip.constants["slow_drift"] * moved

    def analog(self, int half, cells):
        """What registers say of the columns of a hemisphere."""
        known = self.settings[half]
        self.settings[half] = (self.configuration.analog(half, cells) if known is None
                               else self.configuration.with_cells(known, cells))
        return self.settings[half]

    def operating_point(self, int half):
        """What registers and individual make of the columns of a hemisphere at present.

        Returns
        -------
        emulator.chip.operating_point.OperatingPoint
        """
        on = {name: value and not self.ideal for name, value in self.switches.items()}
        cells = self.cell_values()
        if self.core.settings_stale:
            self.settings = [None, None]
            self.core.settings_stale = False
        same = not (on["mismatch_neuron"] and on["mismatch_cadc"])
        points = [
            operating_point(
                self.individual, self.analog(which, cells), on,
                self.slow_drift(which) if on["noise_slow"] else 0.0)
            for which in (range(2) if same else [half])]
        if not same:
            return points[0]
        column = COLUMN_OF_POSITION
        usual = tuple(~self.individual.outlier[which][column] for which in range(2))
        point = average(tuple(points), usual, on)[half]
        if self.ideal:
            # digital offsets put right what is not there
            point = replace(point, adc_digital=np.zeros_like(point.adc_digital))
        return point

    cdef object point(self, int half):
        """The operating point, worked out once after each change."""
        if not self.core.point_known[half]:
            self.points[half] = self.operating_point(half)
            self.core.point_known[half] = True
        return self.points[half]

    cdef void refresh_analog(self):
        """Bring the parameters of the membranes up to date with their registers."""
        cdef int half
        cdef Hemisphere *h
        for half in range(2):
            h = self.core.half[half]
            if not h.stale:
                continue
            self.take_over(half, self.point(half))
            h.stale = False

    cdef void take_over(self, int half, point):
        """Give an operating point to the kernels: cycles, potentials from that of the reset on."""
        cdef Hemisphere *h = self.core.half[half]
        cdef hx_params *q = &h.params
        cdef int p, i
        cdef const int8_t[:, ::1] source = point.adc_source
        cdef const double[:, ::1] ota = np.ascontiguousarray(point.ota)
        cdef const int32_t[:, ::1] digital = point.adc_digital
        us = FPGA_CLOCK_HZ / 1e6
        free_running = 1.0 - point.forced
        reset = point.reset_potential
        charge = point.ota * point.tau * free_running
        tau = point.tau * us
        rate = point.leak_rate / us * free_running
        drift = (point.drift / us * free_running + rate * (point.leak_potential - reset))
        finest = np.max(point.adc_gain, axis=0)
        sees_lines = (point.adc_source == 1) | (point.adc_source == 2)
        limit = np.where(sees_lines.any(0), -1.0, FUSED_LIMIT / np.maximum(finest, 1e-9))
        inhibitory = (point.adc_source == 2).astype(np.intp)
        columns = np.arange(COLUMNS)
        line_rest = np.asarray(point.line_rest)[inhibitory, columns]
        for p in range(COLUMNS):
            if q.reset[p] != 0:
                # what is kept is the deviation from the reset potential
                h.v[p] += q.reset[p] - <float>reset[p]
        store_floats(&q.step[0][0], point.line_step / (HX_PULSE_SCALE * HX_WEIGHT_SCALE))
        store_floats(&q.inverse_tau[0][0], 1 / tau)
        store_floats(&q.charge[0][0], charge)
        store_floats(q.rate, rate)
        store_floats(q.drift, drift)
        store_floats(q.low_rail, point.low_rail - reset)
        store_floats(q.high_rail, point.high_rail - reset)
        store_floats(q.low, np.minimum(point.v_min - reset, 0.0))
        store_floats(q.high, np.maximum(point.v_max - reset, 0.0))
        store_floats(q.reset, reset)
        store_floats(q.limit, limit)
        store_floats(&q.adc_gain[0][0], point.adc_gain)
        store_floats(&q.adc_base[0][0], point.adc_gain * reset + point.adc_zero)
        store_floats(&q.adc_bow[0][0], point.adc_bow)
        store_floats(&q.line_swing[0][0], np.asarray(point.line_swing)[inhibitory, columns])
        store_floats(&q.line_base[0][0], point.adc_gain * line_rest + point.adc_zero)
        for i in range(2):
            for p in range(COLUMNS):
                q.source[i][p] = source[i, p]
                q.readable[i][p] = source[i, p] == 0
                q.connected[i][p] = ota[i, p] > 0
                q.adc_digital[i][p] = digital[i, p]
        q.width = point.rail_width
        q.adc_low, q.adc_high, q.adc_bend = point.adc_low, point.adc_high, point.adc_bend
        q.line_limit = point.line_limit
        q.tau_min, q.tau_max = tau.min(), tau.max()
        # A quarter of a time constant, and no more than what leak and drift need to move a membrane
        # by a code, as they come before and after the charge of a piece: at a rail or a limit they
        # hold each other. All of four time constants.
        pull = np.max(np.abs(drift) + rate * RAIL_DISTANCE_MV)
        piece = min(0.25 * tau.min(), max(4.0 / max(pull, 1e-9), tau.min() / FINEST_PIECE))
        q.piece, q.pieces = piece, int(np.ceil(4.0 * tau.min() / piece))
        # exponent of the smallest power of two that brings a full-scale event above 0.07
        q.magnify = 2.0 ** (-np.floor(np.log2(
            np.clip(31 * 63 * np.max(point.line_step), 1e-6, 1e3) / 0.07)))
        q.charge_max = (charge * finest).max()
        q.noise_read = point.noise_read
        q.noise_event = point.noise_event
        q.idle_code = int(self.individual.constants["idle_code"])
        q.sees_lines = bool(sees_lines.any())
        params_changed(h)

    def count_spikes(self, int counter, int spikes):
        """Let a spike counter (0 to 511) count; beyond 255 it wraps and marks the overflow."""
        address = self.spike_counters[counter]
        cdef uint32_t word = (<Store>self.store).words.pages[address >> PAGE_BITS].data[
            address & PAGE_MASK]
        cdef uint32_t total = (word & COUNTER_MAX) + spikes
        (<Store>self.store).words.pages[address >> PAGE_BITS].data[address & PAGE_MASK] = (
            total & COUNTER_MAX
            | (COUNTER_OVERFLOW if total > COUNTER_MAX else word & COUNTER_OVERFLOW))

    def correlation_reset_times(self, int half):
        """Chip time (FPGA cycles) of the last reset of correlation sensors.

        Returns
        -------
        ndarray of uint64, shape (256, 64)
            By row and quad of the hemisphere; 0 since the reset of the chip.
        """
        times = np.empty(CORRELATION_QUADS, np.uint64)
        cdef uint64_t[::1] target = times
        memcpy(&target[0], &self.core.correlation_reset[half * CORRELATION_QUADS],
               sizeof(uint64_t) * CORRELATION_QUADS)
        return times.reshape(256, 64)

    cdef void refresh_madc(self):
        """Bring the MADC up to date with its registers; its clock only between recordings."""
        cdef Madc *m = &self.core.madc
        cdef Watch *wanted
        cdef Watch *watch
        cdef int mux
        c = self.individual.constants
        # time constant of the band limit in cycles
        cdef double band = 0 if self.ideal else FPGA_CLOCK_HZ / (2e6 * np.pi * c["madc_band_width"])
        settings = self.configuration.madc(bool(m.pre_amplifier))
        if not m.latched:
            m.period = settings.period
            m.wake_up_clocks = settings.wake_up_clocks
            m.number_of_samples = settings.number_of_samples
            m.first_input = settings.first_input
            m.select_length = settings.select_length
            m.dummy = settings.dummy
        m.fixed = c["madc_offset"] / c["madc_step"]
        m.gain = 1e-3 / c["madc_step"]
        # samples see quantities settle, whether or not operations do
        cdef uint64_t step = self.core.step
        cdef uint64_t now = max(step, m.changed // STEP_CYCLES)
        cdef bint same = now == step or (
            step >= self.core.settled_step and now // STEPS_OF_DRIFT == step // STEPS_OF_DRIFT)
        if not same:
            self.core.step = now
            self.core.cells_stale = True
        points = [None, None]
        m.moves_on = next_step(&self.core, now)
        for mux in range(2):
            wanted = NULL
            # without sampling nobody looks
            for half, position, source in reversed(settings.sources[mux] if m.sampling else ()):
                if points[half] is None:
                    points[half] = self.point(half) if same else self.operating_point(half)
                watch = watch_new(half, position)
                if watch == NULL:
                    continue
                fill_column(&watch.column, points[half], position)
                watch.next = wanted
                watch_retune(watch, &watch.column, source, band, 0)
                wanted = watch
            madc_connect(m, mux, wanted, 1e3 * c["cadc_step"])
        if not same:
            self.core.step = step
            self.core.cells_stale = True
        m.stale = False

    def unmapped(self):
        """Reads and writes that met no register."""
        return self.core.unmapped_reads, self.core.unmapped_writes

    def timed(self, bint on):
        """Measure where the time of evaluations goes."""
        cdef int half
        for half in range(2):
            self.core.half[half].timed = on
            self.core.half[half].nanoseconds_product = 0
            self.core.half[half].nanoseconds_membrane = 0
            self.core.half[half].nanoseconds_event = 0
            self.core.half[half].nanoseconds_train = 0
            self.core.half[half].nanoseconds_windows = 0

    def counters(self):
        """Statistics of the evaluation."""
        result = {"conversions": 0, "evaluations": 0, "pairs_fused": 0, "pairs_windows": 0,
                  "pairs_followed": 0, "pairs_by_event": 0, "product_s": 0.0, "membrane_s": 0.0,
                  "windows_s": 0.0, "train_s": 0.0, "events_s": 0.0}
        cdef int half
        for half in range(2):
            result["conversions"] += self.core.half[half].conversions
            result["evaluations"] += self.core.half[half].evaluations
            result["pairs_fused"] += self.core.half[half].pairs_fused
            result["pairs_windows"] += self.core.half[half].pairs_windows
            result["pairs_followed"] += self.core.half[half].pairs_followed
            result["pairs_by_event"] += self.core.half[half].pairs_by_event
            result["windows_s"] += self.core.half[half].nanoseconds_windows * 1e-9
            result["train_s"] += self.core.half[half].nanoseconds_train * 1e-9
            result["events_s"] += self.core.half[half].nanoseconds_event * 1e-9
            result["product_s"] += self.core.half[half].nanoseconds_product * 1e-9
            result["membrane_s"] += self.core.half[half].nanoseconds_membrane * 1e-9
        return result


cdef void fill_column(Column *column, object point, int position):
    """Operating point of one column; times in FPGA cycles."""
    cdef double us = FPGA_CLOCK_HZ / 1e6
    cdef int s
    for s in range(2):
        column.line_step[s] = point.line_step[s, position]
        column.tau[s] = us * point.tau[s, position]
        column.ota[s] = point.ota[s, position] / us
        column.line_rest[s] = point.line_rest[s, position]
        column.line_swing[s] = point.line_swing[s, position]
    column.line_limit = point.line_limit
    column.drift = point.drift[position] / us
    column.leak_rate = point.leak_rate[position] / us
    column.leak_potential = point.leak_potential[position]
    column.reset_potential = point.reset_potential[position]
    column.low_rail = point.low_rail[position]
    column.high_rail = point.high_rail[position]
    column.rail_width = point.rail_width
    column.v_min = point.v_min
    column.v_max = point.v_max
    column.forced = point.forced[position]


cdef void store_floats(float *target, object values) noexcept:
    """Copy values, shape (256,) or (2, 256), into a parameter."""
    cdef const float[::1] flat = np.ascontiguousarray(values, np.float32).ravel()
    memcpy(target, &flat[0], flat.shape[0] * sizeof(float))
