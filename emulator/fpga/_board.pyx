"""Board around the chip: what hangs on the FPGA's SPI and I2C masters.

The cube's board has a shift register and two DACs on SPI; the jBOA board has potentiometers, a
DAC, a port expander and a bus switch on I2C instead. Identification EEPROM, power monitors and
temperature sensor are on I2C on both.
"""

from libc.string cimport memcpy, memset

from ._i2c cimport AD5252, DAC6573, EEPROM, INA219, TCA9546, TCA9554, TMP112
from ._i2c cimport Device, attach, clear_bus, read_byte, write_byte

from emulator.silicon.generator import key
from emulator.timing import cycles

cdef enum:
    # Omnibus addresses, relative to the page of the masters
    SHIFT_REGISTER = 0x001
    DAC = 0x002
    I2C = 0x800
    I2C_END = 0xa00
    I2C_PRESCALER = 0xa00
    # registers of an SPI DAC
    LDAC = 1
    RESET = 3
    LDAC_CONTINUOUS = 0
    LDAC_ONCE = 2

cdef uint32_t PAGE = 0x88007000
cdef uint32_t SPI_STOP = 0x80000000

cdef uint64_t I2C_BIT = cycles("i2c_bit")
cdef uint64_t SPI_BIT = cycles("spi_bit")

BOARDS = ("cube", "jboa")

#: Chips with a lower serial number have no temperature sensor beside them.
FIRST_SERIAL_WITH_SENSOR = 75

EEPROM_ADDRESS = 0x50
EEPROM_SERIAL = 0xFC
# manufacturer and device code in front of the serial number
EEPROM_CODES = {0xFA: 0x29, 0xFB: 0x41}
TMP112_ADDRESS = 0x48
INA219_ADDRESS = 0x40
JBOA_DEVICES = (
    (TCA9554, 0x38), (AD5252, 0x2C), (AD5252, 0x2D), (AD5252, 0x2E), (DAC6573, 0x4C),
    (TCA9546, 0x70),
)

#: Nominal voltage (V) and estimated current (A) by power monitor: 1.2 V and 2.5 V digital,
#: 1.2 V and 2.5 V analog, MADC, PLL. The digital supply is raised for the links' sake.
SUPPLIES = ((1.25, 0.30), (2.5, 0.02), (1.2, 0.15), (2.5, 0.05), (1.2, 0.01), (1.2, 0.02))
SHUNT_OHM = 0.027
# volts per step of a monitor's bus and shunt register, and its conversion-ready bit
BUS_LSB, SHUNT_LSB, CONVERSION_READY = 4e-3, 10e-6, 2


cdef void put_out(Dac *dac) noexcept nogil:
    memcpy(dac.output, dac.code, sizeof(dac.code))


cdef void end_dac_transfer(Dac *dac, uint32_t word) noexcept nogil:
    """A 16-bit transfer: bit 15 tells control from data."""
    cdef int register = word >> 13 & 3
    if word >> 15 & 1:
        if register == RESET:
            memset(dac, 0, sizeof(Dac))
            return
        if register == LDAC and word & 3 == LDAC_ONCE:
            # puts out once; the mode stays
            put_out(dac)
            return
        dac.control[register] = word & 0xff
    else:
        dac.code[word >> 12 & 7] = word & 0xfff
    if dac.control[LDAC] & 3 == LDAC_CONTINUOUS:
        put_out(dac)


cdef void write_spi(Devices *devices, int client, uint32_t data) noexcept nogil:
    """Hand over a byte; the stop bit ends the transfer."""
    cdef uint32_t word = devices.shifted[client] << 8 | data & 0xff
    if not data & SPI_STOP:
        devices.shifted[client] = word
        return
    devices.shifted[client] = 0
    if not devices.has_spi:
        return
    if client == 0:
        devices.shift_register = word & 0xffffff
    else:
        end_dac_transfer(&devices.dac[client - 1], word & 0xffff)


cdef inline int spi_client(uint32_t offset) noexcept nogil:
    if offset == SHIFT_REGISTER:
        return 0
    if offset == DAC or offset == DAC + 2:
        return 1 + (offset - DAC) // 2
    return -1


cdef inline void await_master(Devices *devices, uint64_t *now) noexcept nogil:
    """A busy master holds the Omnibus, and with it the executor."""
    if now[0] < devices.busy_until:
        now[0] = devices.busy_until


cdef inline void occupy_i2c(Devices *devices, uint64_t now) noexcept nogil:
    devices.busy_until = now + devices.bus.bits * I2C_BIT * max(devices.prescaler, 1)
    devices.bus.bits = 0


cdef bint write_board(Devices *devices, uint32_t address, uint32_t data, uint64_t *now) noexcept nogil:
    """Write to a master at a time, which moves on if it is busy; False if none is there."""
    cdef uint32_t offset = address - PAGE
    cdef int client = spi_client(offset)
    if client >= 0:
        await_master(devices, now)
        write_spi(devices, client, data)
        devices.busy_until = now[0] + 8 * SPI_BIT
    elif I2C <= offset < I2C_END:
        await_master(devices, now)
        write_byte(&devices.bus, offset - I2C, data & 0xff)
        occupy_i2c(devices, now[0])
    elif offset == I2C_PRESCALER:
        devices.prescaler = data & 0xffff
    else:
        return False
    return True


cdef bint read_board(Devices *devices, uint32_t address, uint32_t *value, uint64_t *now) noexcept nogil:
    """Read from a master at a time, which moves on if it is busy; False if none is there."""
    cdef uint32_t offset = address - PAGE
    value[0] = 0
    if I2C <= offset < I2C_END:
        await_master(devices, now)
        value[0] = read_byte(&devices.bus, offset - I2C)
        occupy_i2c(devices, now[0])
    elif offset == I2C_PRESCALER:
        value[0] = devices.prescaler
    elif spi_client(offset) < 0:
        return False
    return True


cdef class Board:
    """The devices of one set-up.

    Parameters
    ----------
    kind
        ``cube`` or ``jboa``.
    revision, seed
        The chip that sits on it; they fix serial number, temperature and supplies.

    Attributes
    ----------
    kind
        As given.
    eeprom_chip_serial
        Serial number in the EEPROM, 32 bits.
    temperature
        What the sensor reads, in 1/16 K from 0 degrees Celsius; None without a sensor.

    Raises
    ------
    ValueError
        No such board.
    """

    def __init__(self, str kind, str revision, seed):
        if kind not in BOARDS:
            raise ValueError(f"board {kind!r} unknown; allowed: {', '.join(BOARDS)}")
        self.kind = kind
        self.eeprom_chip_serial = key("eeprom", revision, seed) >> 32
        # 25 to 35 degrees
        self.temperature = (16 * 25 + key("temperature", revision, seed) % 161
                            if seed + 1 >= FIRST_SERIAL_WITH_SENSOR else None)
        # within 2 % of nominal
        self.voltages = [volts * (0.98 + 1e-4 * (key("supply", revision, seed, i) % 401))
                         for i, (volts, _) in enumerate(SUPPLIES)]
        self.power_cycle()

    def power_cycle(self):
        """Everything as after power-up."""
        cdef Device *device
        memset(&self.devices, 0, sizeof(Devices))
        clear_bus(&self.devices.bus)
        self.devices.has_spi = self.kind == "cube"
        device = attach(&self.devices.bus, EEPROM, EEPROM_ADDRESS)
        for place, byte in EEPROM_CODES.items():
            device.value[<int>place] = byte
        for i in range(4):
            device.value[<int>(EEPROM_SERIAL + i)] = self.eeprom_chip_serial >> (24 - 8 * i) & 0xff
        if self.temperature is not None:
            attach(&self.devices.bus, TMP112, TMP112_ADDRESS).value[0] = self.temperature << 4
        for i, (volts, (_, amperes)) in enumerate(zip(self.voltages, SUPPLIES, strict=True)):
            device = attach(&self.devices.bus, INA219, INA219_ADDRESS + i)
            device.value[1] = round(amperes * SHUNT_OHM / SHUNT_LSB)
            device.value[2] = round(volts / BUS_LSB) << 3 | CONVERSION_READY
        if self.kind == "jboa":
            for kind, address in JBOA_DEVICES:
                attach(&self.devices.bus, kind, address)

    def status(self):
        """State of what software can only write.

        Returns
        -------
        dict
            ``board``, and on a cube ``shift_register`` (24 bits), ``dac_codes`` (put out, 2 x 8)
            and ``dac_control`` (gain and reference, LDAC mode, power-down, by DAC).
        """
        found = {"board": self.kind}
        if self.devices.has_spi:
            found["shift_register"] = self.devices.shift_register
            found["dac_codes"] = [[self.devices.dac[d].output[c] for c in range(DAC_CHANNELS)]
                            for d in range(DACS)]
            found["dac_control"] = [[self.devices.dac[d].control[r] for r in range(RESET)]
                                    for d in range(DACS)]
        return found
