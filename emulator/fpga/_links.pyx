"""Counters of the links between FPGA and chip.

A link carries 595 Mbit/s in words of 59 bits in each direction. Nothing is ever lost or
repeated here. Omnibus words are shared out evenly over the links that are up.
"""

from emulator.timing import FPGA_CLOCK_HZ, cycles

cdef uint32_t CRC_ERRORS = 0x88004004
cdef uint32_t ONLINE_TIME = 0x8800400c
cdef uint32_t DROPPED = 0x88004014
cdef uint32_t DROPPED_END = 0x8800401c
cdef uint32_t TEST_SENT = 0x88008001
cdef uint32_t TEST_RECEIVED = 0x88008002
cdef uint32_t TEST_IN_ORDER = 0x88008003
cdef uint32_t TEST_ERROR = 0x88008004
cdef uint32_t PHY_WORDS = 0x8800c000
cdef uint32_t ARQ = 0x8800c010
cdef uint32_t ARQ_END = 0x8800c014

cdef uint64_t ROUND_TRIP = cycles("omnibus_to_chip") + cycles("omnibus_from_chip")
cdef uint64_t BITS_PER_SECOND = cycles("link_bits_per_second")
cdef uint64_t BITS_PER_WORD = cycles("link_word_bits")
cdef uint64_t CLOCK = FPGA_CLOCK_HZ


cdef inline int bits_of(uint32_t mask) noexcept nogil:
    cdef int found = 0
    while mask:
        mask &= mask - 1
        found += 1
    return found


cdef void share_out(Links *links) noexcept nogil:
    """Give each link its part of the words since the last time."""
    # before any link was trained, the chip is reached all the same
    cdef uint32_t mask = links.mask if links.mask else 0xff
    cdef uint64_t number = bits_of(mask)
    cdef uint64_t word = links.shared_out
    cdef uint64_t left
    cdef int i, rank = 0
    for i in range(LINKS):
        if not mask >> i & 1:
            continue
        # words are dealt in turn: word w goes to link w modulo their number
        left = links.words + number - 1 - rank
        links.carried[i] += left // number - (word + number - 1 - rank) // number
        rank += 1
    links.shared_out = links.words


cdef void use_links(Links *links, uint32_t mask, uint64_t up_at) noexcept nogil:
    """Links that are up from now on; those that are new come up at a time."""
    cdef int i
    share_out(links)
    for i in range(LINKS):
        if (mask & ~links.mask) >> i & 1:
            links.up_since[i] = up_at
    links.mask = mask


cdef void test_links(Links *links, bint on, uint64_t now) noexcept nogil:
    """Start or stop the performance test; its counters start at 0."""
    if on and not links.testing:
        links.test_start = now
        links.test_links = links.mask
        links.received_read = False
    elif links.testing and not on:
        links.test_stop = now
        links.received_read = False
    links.testing = on


cdef uint64_t tested(Links *links, uint64_t duration) noexcept nogil:
    """Words of a test of that duration."""
    return (duration * bits_of(links.test_links) * (BITS_PER_SECOND // 1000000)
            // (BITS_PER_WORD * (CLOCK // 1000000)))


cdef uint32_t read_test(Links *links, uint32_t address, uint64_t now) noexcept nogil:
    cdef uint64_t stop = now if links.testing else links.test_stop
    cdef uint64_t arrived = now - ROUND_TRIP if now > ROUND_TRIP else 0
    if address == TEST_ERROR:
        return 0
    if address == TEST_SENT:
        return <uint32_t>tested(links, stop - links.test_start)
    # the words of a status are read one by one: those in order are as of the read before
    if address == TEST_RECEIVED or not links.received_read:
        arrived = min(arrived, stop)
        links.received = tested(links, arrived - min(arrived, links.test_start))
        links.received_read = address == TEST_RECEIVED
    return <uint32_t>links.received


cdef bint read_links(Links *links, uint32_t address, uint64_t now, uint32_t *value) noexcept nogil:
    """Value of a counter; False if the address is none."""
    cdef uint32_t i
    if ARQ <= address < ARQ_END:
        # write, tx, rx, read: all the same
        value[0] = <uint32_t>links.words
    elif PHY_WORDS <= address < ARQ:
        share_out(links)
        value[0] = <uint32_t>links.carried[(address - PHY_WORDS) >> 1]
    elif TEST_SENT <= address <= TEST_ERROR:
        value[0] = read_test(links, address, now)
    elif ONLINE_TIME <= address < DROPPED:
        i = address - ONLINE_TIME
        value[0] = (<uint32_t>(now - links.up_since[i])
                    if links.mask >> i & 1 and now > links.up_since[i] else 0)
    elif CRC_ERRORS <= address < DROPPED_END:
        value[0] = 0
    else:
        return False
    return True
