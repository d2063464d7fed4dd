"""Compiled half of the UT-message codec: bit packing, and responses into arrays.

`fisch.ut` and `fisch.responses` document and validate; here are the loops.
"""

cimport cython
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from fisch._buffer cimport GrowBuffer

import numpy as np

from fisch.errors import UnknownHeaderError

cdef extern from "fisch/ut.h" nogil:
    const int UT_HEADER_SHIFT
    const uint64_t UT_COMMA_BIT
    const uint64_t UT_PAYLOAD_MASK
    const uint64_t UT_TIME_MASK
    const int UT_LONG_MESSAGE_REST_BITS
    const unsigned UT_FROM_SIZE
    const unsigned UT_FROM_JTAG_DATA
    const unsigned UT_FROM_OMNIBUS_DATA
    const unsigned UT_FROM_LOOPBACK
    const unsigned UT_FROM_HIGHSPEED_LINK_NOTIFICATION
    const unsigned UT_FROM_TIMEOUT_NOTIFICATION
    const unsigned UT_FROM_SYSTIME
    const unsigned UT_FROM_SYSDELTA
    const unsigned UT_FROM_MADC_SAMPLE_PACK_1
    const unsigned UT_FROM_SPIKE_PACK_1
    const unsigned UT_TIMEOUT_TRACE_STALL_SHIFT
    const unsigned UT_TIMEOUT_TRACE_STALL_MASK
    const unsigned UT_TIMEOUT_OMNIBUS_READS_SHIFT
    const unsigned UT_TIMEOUT_OMNIBUS_READS_MASK
    const unsigned UT_EVENT_BITS
    const unsigned UT_EVENT_TIMESTAMP_SHIFT
    const unsigned UT_MADC_VALUE_MASK
    const unsigned UT_MADC_CHANNEL_SHIFT
    const unsigned UT_TIMESTAMP_WRAP
    const uint64_t UT_JTAG_PAYLOAD_MASK
    unsigned ut_from_fpga_bits(unsigned header)

cdef extern from *:
    """
    /* Blocks of HX_BLOCK omnibus responses: whether all are, and their data. The loops have no
     * exit and no branch, so that a compiler can vectorise them. */
    #define HX_BLOCK 32
    static inline int hx_all_omnibus(const uint64_t *words)
    {
        uint64_t differences = 0;
        for (int i = 0; i < HX_BLOCK; i++)
            differences |= words[i] ^ UT_WORD(UT_FROM_OMNIBUS_DATA, 0);
        return differences >> UT_HEADER_SHIFT == 0;
    }
    static inline void hx_take_omnibus(
        const uint64_t *restrict words, uint32_t *restrict data)
    {
        for (int i = 0; i < HX_BLOCK; i++)
            data[i] = (uint32_t)words[i];
    }
    #pragma pack(push, 1)
    typedef struct { uint16_t label; uint64_t fpga_time; uint64_t chip_time; } hx_spike;
    typedef struct {
        uint16_t value; uint8_t channel; uint64_t fpga_time; uint64_t chip_time;
    } hx_madc_sample;
    typedef struct { uint8_t value; uint64_t fpga_time; } hx_link;
    typedef struct {
        uint32_t value; uint8_t trace_stall; uint8_t omnibus_reads; uint64_t fpga_time;
    } hx_timeout;
    #pragma pack(pop)
    """
    enum: HX_BLOCK
    bint hx_all_omnibus(const uint64_t* words) noexcept nogil
    void hx_take_omnibus(const uint64_t* words, uint32_t* data) noexcept nogil
    ctypedef struct hx_spike:
        uint16_t label
        uint64_t fpga_time
        uint64_t chip_time
    ctypedef struct hx_madc_sample:
        uint16_t value
        uint8_t channel
        uint64_t fpga_time
        uint64_t chip_time
    ctypedef struct hx_link:
        uint8_t value
        uint64_t fpga_time
    ctypedef struct hx_timeout:
        uint32_t value
        uint8_t trace_stall
        uint8_t omnibus_reads
        uint64_t fpga_time

ctypedef struct Message:
    unsigned header
    uint64_t high    # of an 80-bit message the upper 56 payload bits, else the whole payload
    uint64_t low     # of an 80-bit message the lower 16 payload bits


@cython.final
cdef class Unpacker:
    """Cuts the bit stream from the FPGA into messages.

    Between words at most one message is open. `rest` holds its bits left-aligned and `fill` says
    how many: 16, 32 or 48 behind a long message, 64 while the first word of a long one waits.
    """

    cdef uint64_t rest
    cdef unsigned fill
    cdef int bad_header    # a header that stands for nothing; -1 while all is well

    def __cinit__(self):
        self.clear()

    cdef void clear(self) noexcept nogil:
        self.rest = 0
        self.fill = 0
        self.bad_header = -1

    cdef inline bint push(self, uint64_t word, Message* message) noexcept nogil:
        """Take one more word; True if that completes a message (there is never a second)."""
        cdef uint64_t first, second
        cdef unsigned header, left
        if self.fill == 0:
            if word & UT_COMMA_BIT:
                return False
            first = word
            second = 0
        elif self.fill == 64:
            first = self.rest
            second = word
        else:
            first = self.rest | (word >> self.fill)
            second = word << (64 - self.fill)
        header = first >> UT_HEADER_SHIFT
        if header >= UT_FROM_SIZE:
            self.bad_header = header
            return False
        message.header = header
        if ut_from_fpga_bits(header) == 64:
            message.high = first & UT_PAYLOAD_MASK
            message.low = 0
            left = self.fill
        elif self.fill == 0:
            self.rest = first
            self.fill = 64
            return False
        else:
            message.high = first & UT_PAYLOAD_MASK
            message.low = second >> (64 - UT_LONG_MESSAGE_REST_BITS)
            second <<= UT_LONG_MESSAGE_REST_BITS
            left = self.fill - UT_LONG_MESSAGE_REST_BITS
        if left == 0 or second & UT_COMMA_BIT:
            self.rest = 0
            self.fill = 0
            return True
        self.rest = second
        self.fill = left
        if second >> UT_HEADER_SHIFT >= UT_FROM_SIZE:
            # named only after the message before it has been delivered
            self.bad_header = second >> UT_HEADER_SHIFT
        return True


cdef const uint64_t[::1] as_words(words):
    """View words given as an array of uint64, or as bytes of little-endian words."""
    if isinstance(words, np.ndarray):
        if words.dtype != np.uint64:
            raise TypeError(f"Words must be an array of uint64, not of {words.dtype}.")
    elif isinstance(words, (list, tuple)):
        words = np.array(words, dtype=np.uint64)
    else:
        words = np.frombuffer(words, dtype="<u8")
    return np.require(words, requirements="CA").reshape(-1)


@cython.final
cdef class Packer:
    """Puts from-FPGA messages behind each other and cuts words from the bit stream."""

    cdef GrowBuffer words
    cdef uint64_t rest
    cdef unsigned fill

    def __cinit__(self):
        self.words = GrowBuffer()
        self.rest = 0
        self.fill = 0

    cdef void emit(self, uint64_t bits, unsigned count) noexcept nogil:
        """Append the upper `count` bits (16 or 64); room for a word is reserved."""
        cdef uint64_t word = self.rest | (bits >> self.fill)
        if self.fill + count < 64:
            self.rest = word
            self.fill += count
            return
        memcpy(self.words.data + self.words.used, &word, 8)
        self.words.used += 8
        self.rest = bits << (64 - self.fill) if self.fill else 0
        self.fill = self.fill + count - 64

    def push(self, const uint8_t[::1] headers, const uint64_t[::1] high, const uint64_t[::1] low):
        """Append messages; payloads as `unpack` returns them, headers must be known."""
        cdef size_t i
        cdef unsigned header
        with nogil:
            self.words.reserve(16 * <size_t>headers.shape[0] + 8)
            for i in range(<size_t>headers.shape[0]):
                header = headers[i]
                self.emit((<uint64_t>header << UT_HEADER_SHIFT) | (high[i] & UT_PAYLOAD_MASK), 64)
                if ut_from_fpga_bits(header) != 64:
                    self.emit(low[i] << (64 - UT_LONG_MESSAGE_REST_BITS),
                              UT_LONG_MESSAGE_REST_BITS)

    def flush(self):
        """Fill the last word: one comma bit behind the last message, then zeros."""
        if self.fill:
            self.words.reserve(8)
            self.emit(UT_COMMA_BIT, 64)
            self.rest = 0
            self.fill = 0

    def take(self):
        """Hand over the complete words."""
        full = self.words
        self.words = GrowBuffer()
        return full.as_array(np.uint64)


@cython.final
cdef class MessageUnpacker:
    """Messages of a word stream as arrays of headers and payloads."""

    cdef Unpacker state

    def __cinit__(self):
        self.state = Unpacker()

    def unpack(self, words):
        """Decode more words; returns headers (u8), high payload bits (u64), low ones (u64)."""
        cdef const uint64_t[::1] view = as_words(words)
        cdef size_t count = 0, i
        cdef Message message
        headers = np.empty(view.shape[0], np.uint8)
        high = np.empty(view.shape[0], np.uint64)
        low = np.empty(view.shape[0], np.uint64)
        cdef uint8_t[::1] h = headers
        cdef uint64_t[::1] p = high, q = low
        with nogil:
            for i in range(<size_t>view.shape[0]):
                if self.state.bad_header >= 0:
                    break
                if self.state.push(view[i], &message):
                    h[count] = message.header
                    p[count] = message.high
                    q[count] = message.low
                    count += 1
        return headers[:count], high[:count], low[:count]

    @property
    def bad_header(self):
        """The header that ended decoding, -1 if none has."""
        return self.state.bad_header


@cython.final
cdef class ResponseStream:
    """Responses of one run, decoded word by word into arrays."""

    cdef Unpacker state
    cdef uint64_t time
    cdef readonly bint halted
    # runs of omnibus responses that came one cycle after the other: index of the first, its time
    cdef GrowBuffer omnibus_runs
    cdef uint64_t omnibus_next
    cdef GrowBuffer omnibus, jtag, jtag_time, tick_time
    cdef GrowBuffer spikes, madc_samples, links, timeouts
    cdef uint64_t spike_packs[3]
    cdef uint64_t madc_packs[3]

    def __cinit__(self):
        self.state = Unpacker()
        self.reset()

    def reset(self):
        """Forget everything, a message that is not complete included."""
        self.state.clear()
        self.time = 0
        self.halted = False
        self._renew()

    def _renew(self):
        cdef int i
        self.omnibus = GrowBuffer()
        self.omnibus_runs = GrowBuffer()
        self.jtag = GrowBuffer()
        self.jtag_time = GrowBuffer()
        self.tick_time = GrowBuffer()
        self.spikes = GrowBuffer()
        self.madc_samples = GrowBuffer()
        self.links = GrowBuffer()
        self.timeouts = GrowBuffer()
        for i in range(3):
            self.spike_packs[i] = 0
            self.madc_packs[i] = 0

    def reserve(self, size_t jtag, size_t omnibus):
        """Make room for so many responses at once."""
        self.jtag.reserve(8 * jtag)
        self.jtag_time.reserve(8 * jtag)
        # a block more than needed: a run makes room before it knows where it ends
        self.omnibus.reserve(4 * (omnibus + 4096))

    @property
    def fpga_time(self):
        """FPGA time after the last message, in cycles."""
        return self.time

    @property
    def counts(self):
        """Numbers of JTAG, omnibus and tick responses that wait to be taken."""
        return (self.jtag.used // 8, self.omnibus.used // 4, self.tick_time.used // 8)

    def feed(self, words):
        """Decode words; raises `UnknownHeaderError` at a header that stands for nothing."""
        cdef const uint64_t[::1] view = as_words(words)
        cdef size_t count = view.shape[0]
        if count:
            with nogil:
                self._feed(&view[0], count)
        if self.state.bad_header >= 0:
            raise UnknownHeaderError(self.state.bad_header)

    cdef int _feed(self, const uint64_t* words, size_t count) except -1 nogil:
        cdef size_t i = 0
        cdef Message message
        while i < count and self.state.bad_header < 0:
            if self.state.fill == 0 and words[i] >> UT_HEADER_SHIFT == UT_FROM_OMNIBUS_DATA:
                i += self._omnibus_run(words + i, count - i)
            else:
                if self.state.push(words[i], &message):
                    self._message(&message)
                i += 1
        return 0

    cdef size_t _omnibus_run(self, const uint64_t* words, size_t count) except? 0 nogil:
        """Decode the omnibus responses that `words` starts with; returns how many.

        At least one: the caller has looked. Room is made for a limited number at a time, so
        that a lone response in front of many spikes does not reserve for all of them.
        """
        cdef size_t limit = min(count, 4096)
        cdef size_t n = 0
        cdef uint32_t* data
        self._note_omnibus((self.time + 1) & UT_TIME_MASK)
        if self.omnibus.used + 4 * limit > self.omnibus.capacity:
            self.omnibus.reserve(4 * limit)
        data = <uint32_t*>(self.omnibus.data + self.omnibus.used)
        while n + HX_BLOCK <= limit and hx_all_omnibus(words + n):
            hx_take_omnibus(words + n, data + n)
            n += HX_BLOCK
        while n < limit and words[n] >> UT_HEADER_SHIFT == UT_FROM_OMNIBUS_DATA:
            data[n] = <uint32_t>words[n]
            n += 1
        self.time = (self.time + n) & UT_TIME_MASK
        self.omnibus_next = (self.time + 1) & UT_TIME_MASK
        self.omnibus.used += 4 * n
        return n

    cdef int _note_omnibus(self, uint64_t time) except -1 nogil:
        """Note when the next omnibus response came, unless that is known from the one before."""
        if self.omnibus.used == 0 or time != self.omnibus_next:
            self._append64(self.omnibus_runs, self.omnibus.used // 4)
            self._append64(self.omnibus_runs, time)
        return 0

    cdef int _append64(self, GrowBuffer buffer, uint64_t value) except -1 nogil:
        buffer.reserve(8)
        memcpy(buffer.data + buffer.used, &value, 8)
        buffer.used += 8
        return 0

    cdef inline uint64_t _chip_time(self, unsigned timestamp) noexcept nogil:
        """Time of an event that is `timestamp` half cycles into one of the wraps up to now."""
        cdef uint64_t time = (self.time & ~<uint64_t>(UT_TIMESTAMP_WRAP - 1)) | (timestamp >> 1)
        if time > self.time:
            time = (time - UT_TIMESTAMP_WRAP) & UT_TIME_MASK
        return time

    cdef int _message(self, Message* message) except -1 nogil:
        cdef unsigned header = message.header
        cdef uint64_t payload = message.high
        cdef uint32_t data
        cdef hx_link link
        cdef hx_timeout timeout
        self.time = (self.time + 1) & UT_TIME_MASK
        if header >= UT_FROM_SPIKE_PACK_1:
            self.spike_packs[header - UT_FROM_SPIKE_PACK_1] += 1
            self._spikes(message, header - UT_FROM_SPIKE_PACK_1 + 1)
        elif header >= UT_FROM_MADC_SAMPLE_PACK_1:
            self.madc_packs[header - UT_FROM_MADC_SAMPLE_PACK_1] += 1
            self._madc(message, header - UT_FROM_MADC_SAMPLE_PACK_1 + 1)
        elif header == UT_FROM_OMNIBUS_DATA:
            data = <uint32_t>payload
            self._note_omnibus(self.time)
            self.omnibus_next = (self.time + 1) & UT_TIME_MASK
            self.omnibus.reserve(4)
            memcpy(self.omnibus.data + self.omnibus.used, &data, 4)
            self.omnibus.used += 4
        elif header == UT_FROM_JTAG_DATA:
            self._append64(self.jtag, payload & UT_JTAG_PAYLOAD_MASK)
            self._append64(self.jtag_time, self.time)
        elif header == UT_FROM_LOOPBACK:
            if payload & 1:
                self._append64(self.tick_time, self.time)
            else:
                self.halted = True
        elif header == UT_FROM_SYSTIME:
            self.time = payload & UT_TIME_MASK
        elif header == UT_FROM_SYSDELTA:
            self.time = (self.time + (payload & 0xff)) & UT_TIME_MASK
        elif header == UT_FROM_HIGHSPEED_LINK_NOTIFICATION:
            link.value = <uint8_t>payload
            link.fpga_time = self.time
            self.links.reserve(sizeof(link))
            memcpy(self.links.data + self.links.used, &link, sizeof(link))
            self.links.used += sizeof(link)
        else:
            timeout.value = <uint32_t>payload
            timeout.trace_stall = (
                payload >> UT_TIMEOUT_TRACE_STALL_SHIFT) & UT_TIMEOUT_TRACE_STALL_MASK
            timeout.omnibus_reads = (
                payload >> UT_TIMEOUT_OMNIBUS_READS_SHIFT) & UT_TIMEOUT_OMNIBUS_READS_MASK
            timeout.fpga_time = self.time
            self.timeouts.reserve(sizeof(timeout))
            memcpy(self.timeouts.data + self.timeouts.used, &timeout, sizeof(timeout))
            self.timeouts.used += sizeof(timeout)
        return 0

    cdef inline unsigned _event(
            self, Message* message, unsigned size, unsigned index) noexcept nogil:
        """Bits of the event at `index` of a pack; the first stands most significant."""
        if size < 3:
            return (message.high >> (UT_EVENT_BITS * (size - 1 - index))) & 0xffffff
        if index == 0:
            return (message.high >> 32) & 0xffffff
        if index == 1:
            return (message.high >> 8) & 0xffffff
        return ((message.high & 0xff) << 16) | message.low

    cdef int _spikes(self, Message* message, unsigned size) except -1 nogil:
        cdef unsigned i, event
        cdef hx_spike* spike
        self.spikes.reserve(size * sizeof(hx_spike))
        spike = <hx_spike*>(self.spikes.data + self.spikes.used)
        for i in range(size):
            event = self._event(message, size, i)
            spike[i].label = event & 0xffff
            spike[i].fpga_time = self.time
            spike[i].chip_time = self._chip_time(event >> UT_EVENT_TIMESTAMP_SHIFT)
        self.spikes.used += size * sizeof(hx_spike)
        return 0

    cdef int _madc(self, Message* message, unsigned size) except -1 nogil:
        cdef unsigned i, event
        cdef hx_madc_sample* sample
        self.madc_samples.reserve(size * sizeof(hx_madc_sample))
        sample = <hx_madc_sample*>(self.madc_samples.data + self.madc_samples.used)
        for i in range(size):
            event = self._event(message, size, i)
            sample[i].value = event & UT_MADC_VALUE_MASK
            sample[i].channel = (event >> UT_MADC_CHANNEL_SHIFT) & 1
            sample[i].fpga_time = self.time
            sample[i].chip_time = self._chip_time(event >> UT_EVENT_TIMESTAMP_SHIFT)
        self.madc_samples.used += size * sizeof(hx_madc_sample)
        return 0

    def take(self, spike_dtype, madc_dtype, link_dtype, timeout_dtype):
        """Hand over what was decoded since the last call, as keyword arguments of Responses.

        Times of omnibus responses are behind ``omnibus_runs``, in pairs of the index of a response
        and its time; those between came one cycle after the other.
        Time, halt and a message that is not complete stay.
        """
        taken = {
            "omnibus": self.omnibus.as_array(np.uint32),
            "omnibus_runs": self.omnibus_runs.as_array(np.uint64),
            "jtag": self.jtag.as_array(np.uint64),
            "jtag_time": self.jtag_time.as_array(np.uint64),
            "tick_time": self.tick_time.as_array(np.uint64),
            "spikes": self.spikes.as_array(spike_dtype),
            "spike_pack_counts": tuple(self.spike_packs),
            "madc_samples": self.madc_samples.as_array(madc_dtype),
            "madc_pack_counts": tuple(self.madc_packs),
            "link_notifications": self.links.as_array(link_dtype),
            "timeouts": self.timeouts.as_array(timeout_dtype),
        }
        self._renew()
        return taken
