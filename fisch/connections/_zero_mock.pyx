"""Response words of a chip that is not there."""

from libc.stdint cimport uint64_t

cdef extern from "time.h" nogil:
    struct timespec:
        long tv_sec
        long tv_nsec
    int CLOCK_MONOTONIC
    int TIMER_ABSTIME
    int clock_gettime(int clock, timespec* time)
    int clock_nanosleep(int clock, int flags, const timespec* request, timespec* remain)

cdef extern from "fisch/ut.h" nogil:
    const int UT_HEADER_SHIFT
    const int UT_TO_JTAG_DATA
    const int UT_TO_LOOPBACK
    const int UT_TO_OMNIBUS_ADDRESS
    const int UT_FROM_JTAG_DATA
    const int UT_FROM_LOOPBACK
    const int UT_FROM_OMNIBUS_DATA
    const uint64_t UT_JTAG_KEEP
    const uint64_t UT_OMNIBUS_READ


def answer(const uint64_t[::1] words, uint64_t[::1] responses):
    """Write the response to each word; returns their number. Buffers have equal length.

    A loopback answers with itself, a read with 0, all else with nothing. Every answer is one
    whole word, so that none has to be packed.
    """
    cdef Py_ssize_t i, n = 0, length = words.shape[0]
    cdef uint64_t word, header
    if responses.shape[0] < length:
        raise ValueError(f"{responses.shape[0]} places for the answers to {length} words")
    with nogil:
        for i in range(length):
            word = words[i]
            header = word >> UT_HEADER_SHIFT
            if header == UT_TO_OMNIBUS_ADDRESS:
                if word & UT_OMNIBUS_READ:
                    responses[n] = <uint64_t> UT_FROM_OMNIBUS_DATA << UT_HEADER_SHIFT
                    n += 1
            elif header == UT_TO_LOOPBACK:
                responses[n] = (<uint64_t> UT_FROM_LOOPBACK << UT_HEADER_SHIFT) | (word & 1)
                n += 1
            elif header == UT_TO_JTAG_DATA and word & UT_JTAG_KEEP:
                responses[n] = <uint64_t> UT_FROM_JTAG_DATA << UT_HEADER_SHIFT
                n += 1
    return n


def now():
    """Return the monotonic clock in nanoseconds."""
    cdef timespec time
    clock_gettime(CLOCK_MONOTONIC, &time)
    return <long long> time.tv_sec * 1000000000 + time.tv_nsec


def wait_until(long long moment):
    """Wait, without the GIL, until the monotonic clock has reached ``moment`` (nanoseconds).

    Sleeps while there is time and spins for the last 100 us, which a sleep can't hit.
    """
    cdef timespec time
    cdef long long before = moment - 100000
    with nogil:
        time.tv_sec = before // 1000000000
        time.tv_nsec = before % 1000000000
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL)
        while True:
            clock_gettime(CLOCK_MONOTONIC, &time)
            if <long long> time.tv_sec * 1000000000 + time.tv_nsec >= moment:
                break
