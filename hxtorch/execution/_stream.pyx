"""Word stream of hagen-mode batch entries: see ``stream.py`` for what the arrays mean."""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy


cdef extern from "stream.h":
    enum:
        HX_READ_WORDS
        HX_CHANNELS
    bint hx_quantise(const float *x, int64_t n, float low, float high, int8_t *out) nogil
    void hx_to_float(const int8_t *x, int64_t n, float *out) nogil
    int hx_labels(const uint8_t *x, int rows, const uint16_t *base, uint16_t *labels) nogil
    int hx_count(const uint8_t *x, int rows) nogil
    uint64_t *hx_slots(
        uint64_t *out, const uint16_t *few, int64_t n_few, const uint16_t *many, int64_t n_many,
        int64_t num_sends, uint64_t wait, uint64_t settle, uint64_t wait_until, uint64_t pack1,
        uint64_t pack2) nogil
    void hx_weight_row(const int8_t *weights, int64_t stride, int columns, int sign,
                       const uint8_t *bit, uint8_t *row) nogil
    bint hx_has_sign(const int8_t *weights, int64_t stride, int columns, int sign) nogil
    void hx_add_two(const int8_t *x, const int8_t *y, int64_t n, int8_t *out) nogil
    void hx_decode(const uint32_t *baseline, const uint32_t *read, int8_t *out) nogil


def quantise(const float[::1] values, float low, float high, int8_t[::1] out):
    """Round half away from zero into `out`; True if all are finite and within [low, high]."""
    cdef bint good = True
    if out.shape[0] != values.shape[0]:
        raise ValueError(f"out has {out.shape[0]} elements; allowed: {values.shape[0]}")
    if values.shape[0]:
        with nogil:
            good = hx_quantise(&values[0], values.shape[0], low, high, &out[0])
    return good


def to_float(const int8_t[::1] values, float[::1] out):
    """Integers as floats into `out`."""
    if out.shape[0] != values.shape[0]:
        raise ValueError(f"out has {out.shape[0]} elements; allowed: {values.shape[0]}")
    if values.shape[0]:
        with nogil:
            hx_to_float(&values[0], values.shape[0], &out[0])


def encode_writes(const uint32_t[::1] addresses, const uint32_t[::1] words,
                  const int64_t[::1] index, uint64_t address_header, uint64_t data_header,
                  uint64_t[::1] out):
    """Omnibus writes of the chosen elements into `out`, two words each; returns their number."""
    cdef int64_t i, j
    cdef int64_t n = index.shape[0]
    if out.shape[0] < 2 * n or addresses.shape[0] != words.shape[0]:
        raise ValueError(f"out has {out.shape[0]} words; allowed: at least {2 * n}")
    with nogil:
        for i in range(n):
            j = index[i]
            out[2 * i] = address_header | addresses[j]
            out[2 * i + 1] = data_header | words[j]
    return 2 * n


def encode_weights(const int8_t[:, :] weights, const uint8_t[::1] bits,
                   const int32_t[::1] negative, const int32_t[::1] positive,
                   uint8_t[:, ::1] out):
    """Weights (channels, columns) into the bytes of synapse rows, shape (rows, 256).

    `bits` tells what each of the six bits of a magnitude becomes in its byte lane; `negative` and
    `positive` which row takes the weights of that sign of each channel, -1 if none does. Columns
    beyond the weights become 0. True if there is a row for every weight other than 0.
    """
    cdef Py_ssize_t i
    cdef int64_t stride = weights.strides[1]
    cdef int columns = weights.shape[1]
    cdef const int8_t *row
    cdef bint good = True
    if (negative.shape[0] != weights.shape[0] or positive.shape[0] != weights.shape[0]
            or columns > HX_CHANNELS or out.shape[1] != HX_CHANNELS or bits.shape[0] != 6):
        raise ValueError(
            f"weights have shape {(weights.shape[0], weights.shape[1])}; "
            f"allowed: {negative.shape[0]} rows, at most {HX_CHANNELS} columns"
        )
    for i in range(weights.shape[0]):
        if max(negative[i], positive[i]) >= out.shape[0]:
            raise ValueError(f"a row is {max(negative[i], positive[i])}; "
                             f"allowed: below {out.shape[0]}")
    if columns == 0:
        return True
    with nogil:
        for i in range(weights.shape[0]):
            row = &weights[i, 0]
            if negative[i] >= 0:
                hx_weight_row(row, stride, columns, -1, &bits[0], &out[negative[i], 0])
            elif hx_has_sign(row, stride, columns, -1):
                good = False
            if positive[i] >= 0:
                hx_weight_row(row, stride, columns, 1, &bits[0], &out[positive[i], 0])
            elif hx_has_sign(row, stride, columns, 1):
                good = False
    return good


cdef class EntryEncoder:
    """Encodes batch entries of one execution instance into a word buffer.

    Parameters
    ----------
    head, tail : uint64 arrays
        What stands before the events of every entry, and behind the wait after them.
    labels : (uint16 array, uint16 array)
        Top and bottom hemisphere: event label of each channel for activation 0 (payload = 32),
        at most 256.
    physical : (uint8 array, uint8 array)
        Synapse rows of each channel, 1 or 2.
    headers : (wait_until, spike_pack_1, spike_pack_2, omnibus_data)
        Message headers in bits 63:56.
    settle, read_delay : int
        FPGA cycles from the timer reset to the zero of event times, and from the last event to
        the read.
    num_sends, wait : int
        Repetitions of the vector, spacing of events in FPGA cycles.
    relabel : uint64 array
        Address words of the label writes before each entry: for each hemisphere, channel, row
        of it and quad; empty when labels stay.
    relabel_quads : (int, int)
        Label writes per synapse row of either hemisphere.

    Attributes
    ----------
    events : int
        Events of all entries encoded so far, repetitions included.
    """

    cdef const uint64_t[::1] head
    cdef const uint64_t[::1] tail
    cdef const uint64_t[::1] relabel
    cdef const uint16_t[::1] top_labels
    cdef const uint16_t[::1] bottom_labels
    cdef const uint8_t[::1] top_physical
    cdef const uint8_t[::1] bottom_physical
    cdef uint64_t wait_until, pack1, pack2, data_header
    cdef uint64_t settle, read_delay, wait
    cdef int64_t num_sends
    cdef const uint16_t *base[2]
    cdef const uint8_t *physical[2]
    cdef int count[2]
    cdef int quads[2]
    cdef readonly int64_t events

    def __init__(self, const uint64_t[::1] head, const uint64_t[::1] tail, labels, physical,
                 headers, uint64_t settle, uint64_t read_delay, int64_t num_sends, uint64_t wait,
                 const uint64_t[::1] relabel, relabel_quads):
        self.head = head
        self.tail = tail
        self.top_labels, self.bottom_labels = labels
        self.top_physical, self.bottom_physical = physical
        self.wait_until, self.pack1, self.pack2, self.data_header = headers
        self.settle = settle
        self.read_delay = read_delay
        self.num_sends = num_sends
        self.wait = wait
        self.relabel = relabel
        self.count[0] = self.top_labels.shape[0]
        self.count[1] = self.bottom_labels.shape[0]
        cdef int64_t expected = 0
        for side in range(2):
            self.quads[side] = relabel_quads[side]
            if not len(physical[side]) == self.count[side] <= HX_CHANNELS:
                raise ValueError(f"{self.count[side]} labels and {len(physical[side])} numbers of "
                                 f"rows; allowed: equal, at most {HX_CHANNELS}")
            for rows in physical[side]:
                if rows not in (1, 2):
                    raise ValueError(f"a channel has {rows} rows; allowed: 1, 2")
                expected += <int64_t>rows * self.quads[side]
        if relabel.shape[0] not in (0, expected):
            raise ValueError(f"relabel has {relabel.shape[0]} words; allowed: {expected}")
        # an empty view has no first element to point to
        self.base[0] = &self.top_labels[0] if self.count[0] else NULL
        self.base[1] = &self.bottom_labels[0] if self.count[1] else NULL
        self.physical[0] = &self.top_physical[0] if self.count[0] else NULL
        self.physical[1] = &self.bottom_physical[0] if self.count[1] else NULL

    cdef int64_t _slots(self, const uint8_t *x, const uint8_t *y) noexcept nogil:
        cdef int top = hx_count(x, self.count[0])
        cdef int bottom = hx_count(y, self.count[1])
        return (top if top > bottom else bottom) * self.num_sends

    cdef int64_t _words(self, int64_t slots) noexcept nogil:
        return (2 * self.relabel.shape[0] + self.head.shape[0] + self.tail.shape[0] + 1
                + slots * (2 if self.wait >= 2 else 1))

    cdef uint64_t *_labels(self, const uint8_t *x, const uint8_t *y, uint64_t *out) noexcept nogil:
        """Every synapse of a driven row gets the label that its event carries, 0 if none."""
        cdef int side, channel, k
        cdef uint64_t data
        cdef const uint8_t *values
        cdef const uint64_t *address = &self.relabel[0]
        for side in range(2):
            values = y if side else x
            for channel in range(self.count[side]):
                data = self.data_header
                if values[channel]:
                    data |= ((self.base[side][channel] - values[channel]) & 63) * 0x01010101
                for k in range(self.physical[side][channel] * self.quads[side]):
                    out[0] = address[0]
                    out[1] = data
                    address += 1
                    out += 2
        return out

    cdef uint64_t *_entry(self, const uint8_t *x, const uint8_t *y, uint64_t *out) noexcept nogil:
        # one beyond the last channel is written to while compressing
        cdef uint16_t[HX_CHANNELS + 1] labels
        cdef uint16_t[HX_CHANNELS + 1] other
        cdef uint64_t end
        cdef int64_t slots
        cdef int top, bottom
        if self.relabel.shape[0]:
            out = self._labels(x, y, out)
        memcpy(out, &self.head[0], self.head.shape[0] * sizeof(uint64_t))
        out += self.head.shape[0]
        top = hx_labels(x, self.count[0], self.base[0], labels)
        bottom = hx_labels(y, self.count[1], self.base[1], other)
        slots = (top if top > bottom else bottom) * self.num_sends
        self.events += (top + bottom) * self.num_sends
        if top <= bottom:
            out = hx_slots(out, labels, top, other, bottom, self.num_sends, self.wait,
                           self.settle, self.wait_until, self.pack1, self.pack2)
        else:
            out = hx_slots(out, other, bottom, labels, top, self.num_sends, self.wait,
                           self.settle, self.wait_until, self.pack1, self.pack2)
        # without spacing one event still leaves per cycle
        end = self.settle + slots * (self.wait if self.wait else 1) + self.read_delay
        out[0] = self.wait_until | (end - 1)
        out += 1
        memcpy(out, &self.tail[0], self.tail.shape[0] * sizeof(uint64_t))
        return out + self.tail.shape[0]

    def largest_entry(self, const uint8_t[:, :] top, const uint8_t[:, :] bottom,
                      Py_ssize_t first=0):
        """Words of the largest entry from `first` on."""
        cdef int64_t most = 0, slots
        cdef Py_ssize_t b
        cdef const uint8_t *x
        cdef const uint8_t *y
        self._check(top, bottom)
        with nogil:
            for b in range(first, top.shape[0]):
                x = &top[b, 0] if self.count[0] else NULL
                y = &bottom[b, 0] if self.count[1] else NULL
                slots = self._slots(x, y)
                most = slots if slots > most else most
        return self._words(most)

    def encode(self, const uint8_t[:, :] top, const uint8_t[:, :] bottom, Py_ssize_t first,
               uint64_t[::1] out, Py_ssize_t offset):
        """Write entries from `first` on into ``out[offset:]`` while they fit whole.

        `top` and `bottom` hold the activations of the hemispheres, shape (entries, channels).
        Returns (entry behind the last written one, end of the written words).
        """
        cdef Py_ssize_t b = first
        cdef uint64_t *position
        cdef uint64_t *begin
        cdef Py_ssize_t room
        cdef const uint8_t *x
        cdef const uint8_t *y
        self._check(top, bottom)
        if not 0 <= offset <= out.shape[0]:
            raise ValueError(f"offset is {offset}; allowed: 0..{out.shape[0]}")
        if offset == out.shape[0]:
            return first, offset
        begin = &out[0]
        room = out.shape[0]
        with nogil:
            position = begin + offset
            while b < top.shape[0]:
                x = &top[b, 0] if self.count[0] else NULL
                y = &bottom[b, 0] if self.count[1] else NULL
                if (position - begin) + self._words(self._slots(x, y)) > room:
                    break
                position = self._entry(x, y, position)
                b += 1
        return b, position - begin

    cdef _check(self, const uint8_t[:, :] top, const uint8_t[:, :] bottom):
        if top.shape[0] != bottom.shape[0]:
            raise ValueError(f"{top.shape[0]} and {bottom.shape[0]} entries; allowed: equal")
        if top.shape[1] != self.count[0] or bottom.shape[1] != self.count[1]:
            raise ValueError(f"activations have {top.shape[1]} and {bottom.shape[1]} channels; "
                             f"allowed: {self.count[0]} and {self.count[1]}")
        if (top.shape[1] > 1 and top.strides[1] != 1
                or bottom.shape[1] > 1 and bottom.strides[1] != 1):
            raise ValueError("channels of the activations must be adjacent")


def decode(const uint32_t[::1] words, bint baseline, int8_t[:, :, ::1] out):
    """CADC words of consecutive entries into results [entry, hemisphere, column].

    With `baseline` each entry has two reads, and the result is read - baseline; else it is
    read - 128. Both saturate at [-128, 127].
    """
    cdef Py_ssize_t per_entry = HX_READ_WORDS * (2 if baseline else 1)
    cdef Py_ssize_t b
    cdef const uint32_t *position
    if out.shape[1] != 2 or out.shape[2] != 256:
        raise ValueError(f"out has shape {(out.shape[0], out.shape[1], out.shape[2])}; "
                         "allowed: (entries, 2, 256)")
    if words.shape[0] != out.shape[0] * per_entry:
        raise ValueError(f"{words.shape[0]} response words; allowed: {out.shape[0] * per_entry}")
    if out.shape[0] == 0:
        return
    position = &words[0]
    with nogil:
        for b in range(out.shape[0]):
            if baseline:
                hx_decode(position, position + HX_READ_WORDS, &out[b, 0, 0])
            else:
                hx_decode(NULL, position, &out[b, 0, 0])
            position += per_entry


def decode_sum(const uint32_t[::1] words, bint baseline, int8_t[:, ::1] out):
    """CADC words of consecutive entries into sums of both hemispheres [entry, column].

    What `decode` gives for the columns of `out`, added up as `add_two` does.
    """
    cdef Py_ssize_t per_entry = HX_READ_WORDS * (2 if baseline else 1)
    cdef Py_ssize_t b
    cdef Py_ssize_t columns = out.shape[1]
    cdef const uint32_t *position
    cdef int8_t[2 * HX_CHANNELS] values
    if columns > HX_CHANNELS:
        raise ValueError(f"out has {columns} columns; allowed: at most {HX_CHANNELS}")
    if words.shape[0] != out.shape[0] * per_entry:
        raise ValueError(f"{words.shape[0]} response words; allowed: {out.shape[0] * per_entry}")
    if out.shape[0] == 0 or columns == 0:
        return
    position = &words[0]
    with nogil:
        for b in range(out.shape[0]):
            if baseline:
                hx_decode(position, position + HX_READ_WORDS, values)
            else:
                hx_decode(NULL, position, values)
            hx_add_two(values, values + HX_CHANNELS, columns, &out[b, 0])
            position += per_entry


def add_to(const int8_t[:, :] values, int32_t[:, ::1] total):
    """Add `values` to `total`, element by element."""
    cdef Py_ssize_t b, c
    cdef Py_ssize_t columns = values.shape[1]
    cdef const int8_t *v
    cdef int32_t *t
    if values.shape[0] != total.shape[0] or columns != total.shape[1]:
        raise ValueError("values and total must have one shape")
    if values.shape[0] == 0 or columns == 0:
        return
    if columns > 1 and values.strides[1] != 1:
        raise ValueError("columns of values must be adjacent")
    with nogil:
        for b in range(values.shape[0]):
            v = &values[b, 0]
            t = &total[b, 0]
            for c in range(columns):
                t[c] += v[c]


def clamp_to_int8(const int32_t[:, ::1] total, int8_t[:, ::1] out):
    """Clamp sums to [-128, 127]."""
    cdef Py_ssize_t i
    cdef Py_ssize_t n = total.shape[0] * total.shape[1]
    cdef const int32_t *t
    cdef int8_t *o
    cdef int32_t v
    if out.shape[0] != total.shape[0] or out.shape[1] != total.shape[1]:
        raise ValueError("total and out must have one shape")
    if n == 0:
        return
    t = &total[0, 0]
    o = &out[0, 0]
    with nogil:
        for i in range(n):
            v = t[i]
            v = -128 if v < -128 else v
            o[i] = 127 if v > 127 else v


def add_two(const int8_t[:, :] one, const int8_t[:, :] other, int8_t[:, ::1] out):
    """Sum of two, clamped to [-128, 127]."""
    cdef Py_ssize_t b
    cdef Py_ssize_t columns = out.shape[1]
    if (one.shape[0] != out.shape[0] or one.shape[1] != columns
            or other.shape[0] != out.shape[0] or other.shape[1] != columns):
        raise ValueError("all arrays must have one shape")
    if out.shape[0] == 0 or columns == 0:
        return
    if columns > 1 and (one.strides[1] != 1 or other.strides[1] != 1):
        raise ValueError("columns must be adjacent")
    with nogil:
        for b in range(out.shape[0]):
            hx_add_two(&one[b, 0], &other[b, 0], columns, &out[b, 0])
