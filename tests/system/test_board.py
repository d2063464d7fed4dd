"""Board, links and FPGA as scripts see them through containers, on emulated set-ups."""

import json
import subprocess
import sys
import time

import pytest

from fisch import PlaybackProgramBuilder as FischBuilder
from fisch import containers as c
from fisch import coordinates as at
from stadls import ManagedConnection, PlaybackProgramBuilder, SystemInit, generate, hal, halco, run
from tests.daemons import Daemon, environment

pytest.importorskip("emulator.machine")

PRESCALER = 313
PRESCALER_ADDRESS = 0x88007A00
# a chip that came with a temperature sensor: serial number 75
WITH_SENSOR = 74
SETUPS = {
    "cube": ("--seed", str(WITH_SENSOR)),
    "old cube": (),
    "jboa": ("--seed", str(WITH_SENSOR), "--board", "jboa"),
}


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory):
    """Return the endpoint of a set-up, started when it is first asked for."""
    daemons = {}

    def of(name):
        if name not in daemons:
            path = tmp_path_factory.mktemp("board") / "chip"
            daemons[name] = Daemon(f"ipc://{path}", *SETUPS[name], module="emulator")
        return daemons[name].endpoint

    yield of
    for daemon in daemons.values():
        daemon.end()


@pytest.fixture
def connect(endpoints, monkeypatch):
    """Connect to a set-up by name."""

    def connected(name="cube"):
        monkeypatch.setenv("HXEMU_ENDPOINT", endpoints(name))
        return ManagedConnection()

    return connected


def barrier(builder):
    builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)


def wait(builder, cycles):
    builder.write(halco.TimerOnDLS(), hal.Timer())
    builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(cycles))


def read(connection, *coordinates, builder=None):
    """Read containers after what a builder holds."""
    builder = PlaybackProgramBuilder() if builder is None else builder
    tickets = [builder.read(coordinate) for coordinate in coordinates]
    barrier(builder)
    run(connection, [builder.done()])
    return [ticket.get() for ticket in tickets]


def fisch_i2c(prescaler=PRESCALER):
    """Return a builder of instructions that has set the bus up."""
    builder = FischBuilder()
    builder.write(at.OmnibusAddress(PRESCALER_ADDRESS), c.Omnibus(c.Omnibus.Value(prescaler)))
    builder.write(at.BarrierOnFPGA(), c.Barrier(c.Barrier.omnibus))
    return builder


def finish(connection, builder):
    builder.write(at.BarrierOnFPGA(), c.Barrier(c.Barrier.omnibus))
    run(connection, [builder.done()])


# I2C ------------------------------------------------------------


@pytest.mark.parametrize("setup", SETUPS)
def test_identification_matches_the_database(connect, setup):
    with connect(setup) as connection:
        (entry,) = connection.get_hwdb_entry()
        (fpga,) = entry.fpgas.values()
        builder = fisch_i2c()
        ticket = builder.read(at.I2CIdRegisterOnBoard())
        finish(connection, builder)
        assert int(ticket.get()[0].get()) == fpga.wing.eeprom_chip_serial
        (dna,) = read(connection, halco.FPGADeviceDNAOnFPGA())
        assert int(dna.value) == fpga.get_dna_port() < 1 << 57
        (identifier,) = connection.get_unique_identifier()
        assert entry.get_unique_branch_identifier(fpga.wing.handwritten_chip_serial) == identifier


@pytest.mark.parametrize("setup", ["cube", "jboa"])
def test_temperature(connect, setup):
    with connect(setup) as connection:
        sensor = halco.TMP112StatusOnBoard()
        (first,), (second,) = (read(connection, sensor) for _ in range(2))
    assert first == second
    raw = int(first.temperature)
    assert raw % 16 == 0
    assert 15 < raw // 16 * 0.0625 < 45


def test_chips_of_old_have_no_temperature_sensor(connect):
    with connect("old cube") as connection:
        builder = PlaybackProgramBuilder()
        ticket = builder.read(halco.TMP112StatusOnBoard())
        barrier(builder)
        run(connection, [builder.done()])
        assert ticket.valid
        with pytest.raises(RuntimeError, match="I2C ack missing"):
            ticket.get()


def test_calibration_of_power_monitors_reads_back(connect):
    with connect() as connection:
        builder = fisch_i2c()
        tickets = []
        for place in range(at.I2CINA219RwRegisterOnBoard.size):
            value = c.I2CINA219RwRegister(0x1234 + 2 * place)
            builder.write(at.I2CINA219RwRegisterOnBoard(place), value)
            tickets.append((builder.read(at.I2CINA219RwRegisterOnBoard(place)), value))
        finish(connection, builder)
        assert all(ticket.get() == [value] for ticket, value in tickets)


@pytest.mark.parametrize("setup", ["cube", "jboa"])
def test_bus_voltages(connect, setup):
    nominal = {"vdd12_digital": 1.25, "vdd25_digital": 2.5, "vdd12_analog": 1.2,
               "vdd25_analog": 2.5, "vdd12_madc": 1.2, "vdd12_pll": 1.2}
    with connect(setup) as connection:
        monitors = [halco.INA219StatusOnBoard(int(getattr(halco.INA219OnBoard, name)))
                    for name in nominal]
        for volts, status in zip(nominal.values(), read(connection, *monitors), strict=True):
            assert 4e-3 * int(status.bus_voltage) == pytest.approx(volts, rel=0.05)
            assert not status.bus_voltage_overflow
            # some current flows, and less than an ampere through the 27 milliohms
            assert 0 < 10e-6 * int(status.shunt_voltage) / 0.027 < 1


def test_current_and_power_follow_the_calibration(connect):
    shunt, bus, power, current = range(4)
    with connect() as connection:
        builder = fisch_i2c()
        builder.write(at.I2CINA219RwRegisterOnBoard(1), c.I2CINA219RwRegister(0x1234))
        registers = [builder.read(at.I2CINA219RoRegisterOnBoard(r)) for r in range(4)]
        finish(connection, builder)
        words = [int(ticket.get()[0].get()) for ticket in registers]
    assert words[current] == words[shunt] * 0x1234 // 4096
    assert words[power] == words[current] * (words[bus] >> 3) // 5000


def jboa_values():
    yield at.I2CTCA9554RwRegisterOnBoard(2), c.I2CTCA9554RwRegister(0xC0)
    yield at.I2CTCA9554RwRegisterOnBoard(0), c.I2CTCA9554RwRegister(0x55)
    for place in range(at.I2CAD5252RwRegisterOnBoard.size):
        yield at.I2CAD5252RwRegisterOnBoard(place), c.I2CAD5252RwRegister(0x80 + place)
    for place in range(at.I2CDAC6573RwRegisterOnBoard.size):
        yield at.I2CDAC6573RwRegisterOnBoard(place), c.I2CDAC6573RwRegister(1023 - place)


def test_devices_of_the_jboa_board_read_back(connect):
    with connect("jboa") as connection:
        builder = fisch_i2c()
        for place, value in jboa_values():
            builder.write(place, value)
        tickets = [(builder.read(place), value) for place, value in jboa_values()]
        inputs = builder.read(at.I2CTCA9554RoRegisterOnBoard())
        finish(connection, builder)
        assert all(ticket.get() == [value] for ticket, value in tickets)
        # outputs read as driven, the two inputs are pulled up
        assert int(inputs.get()[0].get()) == 0x55 | 0xC0


def test_devices_of_the_jboa_board_are_not_on_a_cube(connect):
    with connect() as connection:
        builder = fisch_i2c()
        tickets = [builder.read(place) for place, _ in jboa_values()]
        tickets.append(builder.read(at.I2CTCA9546RegisterOnBoard()))
        finish(connection, builder)
        for ticket in tickets:
            with pytest.raises(RuntimeError, match="I2C ack missing"):
                ticket.get()


def test_multiplexer_reads_as_written_and_its_container_switches_it_off(connect):
    base = 0x88007870
    with connect("jboa") as connection:
        builder = fisch_i2c()
        place = at.I2CTCA9546RegisterOnBoard()
        builder.write(place, c.I2CTCA9546Register(0b0101))
        as_written = builder.read(at.OmnibusAddress(base | 0x80))
        # the container's read writes a register byte of 0, which is the setting itself
        off = builder.read(place)
        finish(connection, builder)
        assert int(as_written.get()[0].get().word) == 0b0101
        assert int(off.get()[0].get()) == 0


def test_the_bus_takes_the_time_that_its_prescaler_says(connect):
    cycles = {}
    with connect() as connection:
        for prescaler in (PRESCALER, 2 * PRESCALER):
            builder = fisch_i2c(prescaler)
            builder.read(at.I2CIdRegisterOnBoard())
            builder.write(at.BarrierOnFPGA(), c.Barrier(c.Barrier.omnibus))
            program = builder.done()
            cycles[prescaler] = run(connection, [program]).reports[0]["fpga_cycles"]
    # address and register byte, address and four data bytes with acknowledges; 4 cycles a step
    bits = 1 + 2 * 9 + 1 + 5 * 9 + 1
    difference = cycles[2 * PRESCALER] - cycles[PRESCALER]
    assert difference == pytest.approx(4 * PRESCALER * bits, rel=0.01)


# SPI ------------------------------------------------------------


def board_status(endpoint):
    """Ask the daemon what it holds; as ``hxemu status --json`` does."""
    found = subprocess.run(
        [sys.executable, "-m", "emulator", "status", "--json", endpoint],
        capture_output=True, text=True, check=True, timeout=30, env=environment())
    return json.loads(found.stdout)


def test_state_of_write_only_devices_shows_in_the_status(connect, endpoints):
    with connect() as connection:
        (entry,) = connection.get_hwdb_entry()
        init = SystemInit(entry)
        board = init.asic_adapter_board
        board.shift_register.select_analog_readout_mux_1_input = (
            hal.ShiftRegister.AnalogReadoutMux1Input.readout_chain_0)
        channel = halco.DACChannelOnBoard(halco.DACChannelOnDAC(3), halco.DACOnBoard(1))
        builder, _ = generate(init)
        builder.write(channel, hal.DACChannel(hal.DACChannel.Value(1234)))
        # the DAC puts a code out when the transfer is over
        wait(builder, 1000)
        run(connection, [builder.done()])
        time.sleep(0.3)
        status = board_status(endpoints("cube"))["machine"]
    assert status["board"] == "cube"
    assert status["shift_register"] == 0xFF9C41
    assert status["dac_codes"][1][3] == 1234
    # supplies as initialised: 2.5 V digital
    assert status["dac_codes"][1][0] == 608


# links ------------------------------------------------------------


@pytest.mark.parametrize("links", [[4], range(5), range(3, 8), range(8)])
def test_performance_of_the_links(connect, links):
    milliseconds = 1
    with connect() as connection:
        init = SystemInit(connection.get_hwdb_entry()[0])
        enables = init.chip.highspeed_link
        for place in halco.iter_all(halco.PhyConfigFPGAOnDLS):
            on = int(place) in links
            enables.common_phy_config_fpga.set_enable_phy(place, on)
            enables.common_phy_config_chip.set_enable_phy(
                halco.PhyConfigChipOnDLS(int(place)), on)
        builder, _ = generate(init)
        builder.write(halco.PerfTestOnFPGA(), hal.PerfTest(True))
        wait(builder, 125000 * milliseconds)
        status, *phys = read(connection, halco.PerfTestStatusOnFPGA(),
                             *halco.iter_all(halco.PhyStatusOnFPGA), builder=builder)
    assert int(status.error_word) == 0
    assert int(status.in_order) == int(status.received) <= int(status.sent)
    rate = int(status.received) * 59 / (milliseconds * 1e-3)
    assert rate == pytest.approx(595e6 * len(links), rel=0.05)
    assert [int(phy.online_time) > 0 for phy in phys] == [i in links for i in range(8)]


def test_counters_of_the_link_to_the_chip(connect):
    with connect() as connection:
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        places = [halco.HicannARQStatusOnFPGA(), *halco.iter_all(halco.PhyStatusOnFPGA)]
        before, *phys_before = read(connection, *places, builder=builder)
        builder = PlaybackProgramBuilder()
        base = builder.read(halco.SystimeSyncBaseOnDLS())
        barrier(builder)
        after, *phys_after = read(connection, *places, builder=builder)
        assert base.valid
    assert int(after.read_count) - int(before.read_count) == 2
    assert int(after.write_count) - int(before.write_count) == 2
    for status in (before, after):
        assert int(status.rx_count) >= int(status.read_count)
        assert int(status.tx_count) >= int(status.write_count)
    # what the links carried is what the chip was sent
    for field in ("tx_count", "rx_count"):
        assert sum(int(getattr(phy, field)) for phy in phys_after) == int(after.tx_count)
        carried = [int(getattr(a, field)) - int(getattr(b, field))
                   for a, b in zip(phys_after, phys_before, strict=True)]
        assert sorted(carried) == [0] * 6 + [1] * 2


def test_each_link_that_comes_up_is_notified_once(connect):
    with connect() as connection:
        for _ in range(2):
            builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
            program = builder.done()
            run(connection, [program])
            found = program.highspeed_link_notifications
            assert sorted(int(n.phy) for n in found) == list(range(8))
            assert all(n.link_up for n in found)


# state of the FPGA ------------------------------------------------------------


def test_routing_tables_and_spike_io_read_back(connect):
    out, into = hal.OutputRoutingTableEntry(), hal.InputRoutingTableEntry()
    out.enable = into.enable = True
    out.label, into.label = type(out).Label(0x21), halco.SpikeLabel(0xC007)
    written = [
        (halco.OutputRoutingTableEntryOnFPGA(0x4005), out),
        (halco.InputRoutingTableEntryOnFPGA(0x21), into),
        (halco.SpikeIOInputRouteOnFPGA(0x12),
         hal.SpikeIOInputRoute(halco.SpikeLabel(0x8123))),
        (halco.SpikeIOOutputRouteOnFPGA(0x4321),
         hal.SpikeIOOutputRoute(halco.SpikeIOAddress(0x21))),
    ]
    with connect() as connection:
        builder = PlaybackProgramBuilder()
        for place, value in written:
            builder.write(place, value)
        found = read(connection, *(place for place, _ in written), builder=builder)
        assert found == [value for _, value in written]
        (silent,) = read(connection, halco.SpikeIOInputRouteOnFPGA(0x13))
        assert silent == hal.SpikeIOInputRoute.SILENT


def test_external_memory_by_bytes(connect):
    with connect() as connection:
        builder = PlaybackProgramBuilder()
        values = [0x11, 0x22, 0x33, 0x44, 0x12]
        for byte, value in zip((20, 21, 22, 23, 22), values, strict=True):
            builder.write(halco.ExternalPPUMemoryByteOnFPGA(byte),
                          hal.ExternalPPUMemoryByte(hal.ExternalPPUMemoryByte.Value(value)))
        places = [halco.ExternalPPUMemoryByteOnFPGA(byte) for byte in range(20, 24)]
        found = read(connection, *places, builder=builder)
    assert [int(byte.value) for byte in found] == [0x11, 0x22, 0x12, 0x44]


def test_processors_hold_their_control_bits_and_sleep(connect):
    with connect() as connection:
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        control = hal.PPUControlRegister()
        control.force_clock_on = control.inhibit_reset = True
        builder.write(halco.PPUControlRegisterOnDLS(1), control)
        places = [*halco.iter_all(halco.PPUControlRegisterOnDLS),
                  *halco.iter_all(halco.PPUStatusRegisterOnDLS)]
        top, bottom, *status = read(connection, *places, builder=builder)
    assert (top, bottom) == (hal.PPUControlRegister(), control)
    assert all(found.sleep for found in status)
