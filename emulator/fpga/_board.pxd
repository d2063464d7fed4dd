"""Board around the chip: what hangs on the FPGA's SPI and I2C masters."""

from libc.stdint cimport uint16_t, uint32_t, uint64_t

from ._i2c cimport Bus

cdef enum:
    DACS = 2
    DAC_CHANNELS = 8
    # shift register, then DACs
    SPI_CLIENTS = 1 + DACS
    DAC_REGISTERS = 4

cdef struct Dac:
    # codes as received, and as put out
    uint16_t code[DAC_CHANNELS]
    uint16_t output[DAC_CHANNELS]
    # gain_reference, ldac, power_down, reset
    uint16_t control[DAC_REGISTERS]

cdef struct Devices:
    Bus bus
    uint32_t prescaler
    bint has_spi
    # bytes of a transfer that has not ended
    uint32_t shifted[SPI_CLIENTS]
    uint32_t shift_register
    Dac dac[DACS]
    # a master is busy with a byte up to then, and holds the Omnibus up if it gets the next one
    uint64_t busy_until

cdef bint write_board(Devices *devices, uint32_t address, uint32_t data, uint64_t *now) noexcept nogil
cdef bint read_board(Devices *devices, uint32_t address, uint32_t *value, uint64_t *now) noexcept nogil

cdef class Board:
    cdef Devices devices
    cdef readonly str kind
    cdef readonly object eeprom_chip_serial
    cdef readonly object temperature
    cdef object voltages
