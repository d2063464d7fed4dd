"""I2C master of the FPGA and the devices on its bus.

One access to the master is one byte on the bus. Bits 6:0 of its address are the bus address of
the device, bit 7 ends the transfer after the byte, bit 8 starts it anew. Another device or
another direction makes a repeated start by itself. Devices behave as their data sheets say, as
far as the boards' software makes use of them.
"""

from libc.string cimport memset

cdef enum:
    STOP = 0x80
    RESTART = 0x100
    ADDRESS = 0x7f
    # clock pulses of a byte with its acknowledge bit
    BYTE_BITS = 9
    # the upper half of the identification EEPROM can't be written
    EEPROM_WRITABLE = 128
    AD5252_PERSISTENT = 0x20
    INA219_CONFIG = 0
    INA219_SHUNT = 1
    INA219_BUS = 2
    INA219_POWER = 3
    INA219_CURRENT = 4
    INA219_CALIBRATION = 5
    INA219_RESET = 1 << 15
    INA219_CONFIG_DEFAULT = 0x399f
    TMP112_CONFIG = 1
    TMP112_LOW = 2
    TMP112_HIGH = 3
    TCA9554_INPUTS = 0
    TCA9554_OUTPUTS = 1
    TCA9554_POLARITY = 2
    TCA9554_CONFIG = 3


cdef void clear_bus(Bus *bus) noexcept nogil:
    """A bus without devices."""
    memset(bus, 0, sizeof(Bus))
    memset(bus.at, -1, sizeof(bus.at))


cdef Device *attach(Bus *bus, int kind, uint32_t address) noexcept nogil:
    """Add a device in its state after power-up."""
    cdef Device *device = &bus.devices[bus.count]
    cdef int i
    bus.at[address] = bus.count
    bus.count += 1
    device.kind = kind
    if kind == Kind.EEPROM:
        for i in range(256):
            device.value[i] = 0xff
    elif kind == Kind.TMP112:
        device.value[TMP112_CONFIG] = 0x60a0
        device.value[TMP112_LOW] = 0x4b00
        device.value[TMP112_HIGH] = 0x5000
    elif kind == Kind.INA219:
        device.value[INA219_CONFIG] = INA219_CONFIG_DEFAULT
    elif kind == Kind.TCA9554:
        device.value[TCA9554_OUTPUTS] = device.value[TCA9554_CONFIG] = 0xff
    elif kind == Kind.AD5252:
        device.value[1] = device.value[AD5252_PERSISTENT + 1] = 0x80
        device.value[3] = device.value[AD5252_PERSISTENT + 3] = 0x80
    return device


cdef inline bint has_words(const Device *device) noexcept nogil:
    """Whether registers have 16 bits, the upper byte first."""
    return (device.kind == Kind.TMP112 or device.kind == Kind.INA219
            or device.kind == Kind.DAC6573)


cdef inline bint counts_up(const Device *device) noexcept nogil:
    """Whether each byte moves on to the next register."""
    return device.kind == Kind.EEPROM or device.kind == Kind.AD5252


cdef uint16_t value_of(const Device *device) noexcept nogil:
    """What the selected register reads as."""
    cdef int register = device.pointer
    cdef int current
    if device.kind == Kind.INA219 and (register == INA219_CURRENT or register == INA219_POWER):
        current = (<int>device.value[INA219_SHUNT] * <int>device.value[INA219_CALIBRATION]) >> 12
        if register == INA219_CURRENT:
            return <uint16_t>current
        return <uint16_t>(current * (device.value[INA219_BUS] >> 3) // 5000)
    if device.kind == Kind.TCA9554 and register == TCA9554_INPUTS:
        # pins that are no outputs are pulled up; polarity inverts what inputs read as
        return ((device.value[TCA9554_OUTPUTS] | device.value[TCA9554_CONFIG])
                ^ device.value[TCA9554_POLARITY]) & 0xff
    if device.kind == Kind.DAC6573:
        return device.value[register >> 1 & 3]
    return device.value[register]


cdef void store(Device *device, uint16_t word) noexcept nogil:
    """Write the selected register."""
    cdef int register = device.pointer
    if device.kind == Kind.EEPROM:
        if register < EEPROM_WRITABLE:
            device.value[register] = word
    elif device.kind == Kind.TMP112:
        if register == TMP112_CONFIG:
            # resolution and alert are read-only, one-shot clears itself
            device.value[register] = word & 0x1fd0 | 0x6020
        elif register == TMP112_LOW or register == TMP112_HIGH:
            device.value[register] = word & 0xfff0
    elif device.kind == Kind.INA219:
        if register == INA219_CONFIG and word & INA219_RESET:
            device.value[INA219_CONFIG] = INA219_CONFIG_DEFAULT
            device.value[INA219_CALIBRATION] = 0
        elif register == INA219_CONFIG:
            device.value[register] = word & 0x3fff
        elif register == INA219_CALIBRATION:
            device.value[register] = word & 0xfffe
    elif device.kind == Kind.TCA9554:
        if register in (TCA9554_OUTPUTS, TCA9554_POLARITY, TCA9554_CONFIG):
            device.value[register] = word
    elif device.kind == Kind.AD5252:
        if register & ~AD5252_PERSISTENT in (1, 3):
            device.value[register] = word
    elif device.kind == Kind.DAC6573:
        # bits 5:4 of the control byte: 1 updates the channel in bits 2:1
        if register >> 4 == 1:
            device.value[register >> 1 & 3] = word & 0xffc0


cdef Device *begin(Bus *bus, uint32_t where, bint reading) noexcept nogil:
    """Address a device unless the transfer under way does so; NULL if nobody answers."""
    cdef uint32_t address = where & ADDRESS
    if where & RESTART or not bus.open or bus.address != address or bus.reading != reading:
        bus.open = True
        bus.address = address
        bus.reading = reading
        bus.bytes = 0
        bus.bits += 1 + BYTE_BITS
    bus.bits += BYTE_BITS
    if where & STOP:
        bus.open = False
        bus.bits += 1
    return &bus.devices[bus.at[address]] if bus.at[address] >= 0 else NULL


cdef void write_byte(Bus *bus, uint32_t where, uint8_t byte) noexcept nogil:
    """Send a byte; whether it was acknowledged is not reported."""
    cdef Device *device = begin(bus, where, False)
    cdef uint32_t number = bus.bytes
    bus.bytes += 1
    if device == NULL:
        return
    if device.kind == Kind.TCA9546:
        device.value[0] = byte & 0xf
    elif number == 0:
        device.pointer = byte
    elif not has_words(device):
        store(device, byte)
        if counts_up(device):
            device.pointer += 1
    elif number & 1:
        bus.held = byte
    else:
        store(device, bus.held << 8 | byte)


cdef uint32_t read_byte(Bus *bus, uint32_t where) noexcept nogil:
    """Receive a byte; an idle bus (all ones) without acknowledge if nobody answers."""
    cdef Device *device = begin(bus, where, True)
    cdef uint32_t number = bus.bytes
    cdef uint32_t byte
    bus.bytes += 1
    if device == NULL:
        return <uint32_t>NO_ACKNOWLEDGE | 0xff
    if device.kind == Kind.TCA9546:
        return device.value[0]
    if has_words(device):
        # a register is read in one piece
        if not number & 1:
            bus.held = value_of(device)
            return bus.held >> 8
        return bus.held & 0xff
    byte = value_of(device) & 0xff
    if counts_up(device):
        device.pointer += 1
    return byte
