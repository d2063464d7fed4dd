/* Layout of the messages between host and FPGA ("UT messages").
 *
 * One header byte in the top bits selects the instruction; the payload stands right-aligned
 * below it. To the FPGA every message is one 64-bit word. From the FPGA messages have 64 bits,
 * and 80 bits for packs of three events; they follow each other without gaps, most significant
 * bit first. The top bit of the header byte is the comma: 0 in every message, 1 in filling.
 *
 * The Python enums in fisch/ut.py carry the same numbers; a test compares the two.
 */
#ifndef HXEMU_FISCH_UT_H
#define HXEMU_FISCH_UT_H

#include <stdint.h>

#define UT_HEADER_SHIFT 56
#define UT_COMMA_BIT (UINT64_C(1) << 63)
#define UT_PAYLOAD_MASK ((UINT64_C(1) << UT_HEADER_SHIFT) - 1)
/* bits of a from-FPGA message that holds three events, and of its part beyond the first word */
#define UT_LONG_MESSAGE_BITS 80
#define UT_LONG_MESSAGE_REST_BITS 16

enum ut_to_fpga {
    UT_TO_JTAG_INIT = 0x00,
    UT_TO_JTAG_SCALER = 0x01,
    UT_TO_JTAG_INS = 0x02,
    UT_TO_JTAG_DATA = 0x03,
    UT_TO_SETUP = 0x04,
    UT_TO_WAIT_UNTIL = 0x05,
    UT_TO_SYSTIME_INIT = 0x06,
    UT_TO_BARRIER = 0x07,
    UT_TO_POLLING_OMNIBUS_BLOCK = 0x08,
    UT_TO_RESET = 0x09,
    UT_TO_LOOPBACK = 0x0a,
    UT_TO_OMNIBUS_ADDRESS = 0x0b,
    UT_TO_OMNIBUS_DATA = 0x0c,
    UT_TO_SPIKE_PACK_1 = 0x0d,
    UT_TO_SPIKE_PACK_2 = 0x0e,
    UT_TO_SPIKE_PACK_3 = 0x0f,
    UT_TO_SIZE = 0x10
};

enum ut_from_fpga {
    UT_FROM_JTAG_DATA = 0x00,
    UT_FROM_OMNIBUS_DATA = 0x01,
    UT_FROM_LOOPBACK = 0x02,
    UT_FROM_HIGHSPEED_LINK_NOTIFICATION = 0x03,
    UT_FROM_TIMEOUT_NOTIFICATION = 0x04,
    UT_FROM_SYSTIME = 0x05,
    UT_FROM_SYSDELTA = 0x06,
    UT_FROM_MADC_SAMPLE_PACK_1 = 0x07,
    UT_FROM_MADC_SAMPLE_PACK_2 = 0x08,
    UT_FROM_MADC_SAMPLE_PACK_3 = 0x09,
    UT_FROM_SPIKE_PACK_1 = 0x0a,
    UT_FROM_SPIKE_PACK_2 = 0x0b,
    UT_FROM_SPIKE_PACK_3 = 0x0c,
    UT_FROM_SIZE = 0x0d
};

/* payload of UT_TO_OMNIBUS_ADDRESS */
#define UT_OMNIBUS_ENABLES_SHIFT 32
#define UT_OMNIBUS_ALL_BYTES UINT64_C(0xf)
#define UT_OMNIBUS_READ (UINT64_C(1) << 36)

/* payload of UT_TO_JTAG_DATA */
#define UT_JTAG_PAYLOAD_MASK ((UINT64_C(1) << 33) - 1)
#define UT_JTAG_NUM_BITS_SHIFT 40
#define UT_JTAG_KEEP (UINT64_C(1) << 48)

/* payload of UT_TO_BARRIER */
#define UT_BARRIER_OMNIBUS 0x01
#define UT_BARRIER_JTAG 0x02
#define UT_BARRIER_SYSTIME 0x04
#define UT_BARRIER_MULTI_FPGA 0x08
#define UT_BARRIER_SYSTIME_CORRECTION 0x10

/* payload of the loopbacks, both directions */
#define UT_LOOPBACK_HALT 0
#define UT_LOOPBACK_TICK 1

/* payload of UT_FROM_TIMEOUT_NOTIFICATION: the instruction index stands in the low 32 bits */
#define UT_TIMEOUT_TRACE_STALL_SHIFT 32
#define UT_TIMEOUT_TRACE_STALL_MASK 0x7f
#define UT_TIMEOUT_OMNIBUS_READS_SHIFT 39
#define UT_TIMEOUT_OMNIBUS_READS_MASK 0x3f

/* one event of a from-FPGA pack: 24 bits, the first event most significant */
#define UT_EVENT_BITS 24
#define UT_EVENT_TIMESTAMP_SHIFT 16
#define UT_MADC_VALUE_MASK 0x3ff
#define UT_MADC_CHANNEL_SHIFT 10

/* FPGA and chip time have 43 bits; an event's timestamp counts half cycles in 8 bits */
#define UT_TIME_MASK ((UINT64_C(1) << 43) - 1)
#define UT_TIMESTAMP_WRAP 128

#define UT_WORD(header, payload) (((uint64_t)(header) << UT_HEADER_SHIFT) | (uint64_t)(payload))
#define UT_HALT_WORD UT_WORD(UT_TO_LOOPBACK, UT_LOOPBACK_HALT)
#define UT_OMNIBUS_WRITE_WORD                                                                     \
    UT_WORD(UT_TO_OMNIBUS_ADDRESS, UT_OMNIBUS_ALL_BYTES << UT_OMNIBUS_ENABLES_SHIFT)
#define UT_OMNIBUS_READ_WORD (UT_OMNIBUS_WRITE_WORD | UT_OMNIBUS_READ)
#define UT_OMNIBUS_DATA_WORD UT_WORD(UT_TO_OMNIBUS_DATA, 0)

/* bits of the message with this from-FPGA header */
static inline unsigned ut_from_fpga_bits(unsigned header)
{
    return (header == UT_FROM_MADC_SAMPLE_PACK_3 || header == UT_FROM_SPIKE_PACK_3)
               ? UT_LONG_MESSAGE_BITS
               : 64;
}

#endif
