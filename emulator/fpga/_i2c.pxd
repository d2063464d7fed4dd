"""I2C master of the FPGA and the devices on its bus."""

from libc.stdint cimport int8_t, uint8_t, uint16_t, uint32_t

cpdef enum Kind:
    EEPROM
    TMP112
    INA219
    TCA9554
    AD5252
    DAC6573
    TCA9546

cdef enum:
    MAX_DEVICES = 16
    NO_ACKNOWLEDGE = 1 << 31

cdef struct Device:
    int kind
    # register byte: which register the next data byte is about
    uint8_t pointer
    uint16_t value[256]

cdef struct Bus:
    Device devices[MAX_DEVICES]
    int count
    # device by bus address, -1 for none
    int8_t at[128]
    # the transfer under way: whom it addresses, and bytes since its (repeated) start
    bint open
    bint reading
    uint32_t address
    uint32_t bytes
    # upper byte of a 16-bit register, or the whole one while it is read
    uint16_t held
    # bits clocked since they were last asked for
    uint32_t bits

cdef void clear_bus(Bus *bus) noexcept nogil
cdef Device *attach(Bus *bus, int kind, uint32_t address) noexcept nogil
cdef void write_byte(Bus *bus, uint32_t where, uint8_t byte) noexcept nogil
cdef uint32_t read_byte(Bus *bus, uint32_t where) noexcept nogil
