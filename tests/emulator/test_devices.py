"""Devices on the board, counters of the chip and of its links, register by register."""

import numpy as np
import pytest

from emulator.machine import Machine
from emulator.timing import cycles
from tests.emulator.stream import Stream, run

TIMER = 0x8800000C
I2C = 0x88007800
STOP, RESTART = 0x80, 0x100
PRESCALER = 0x88007A00
NO_ACKNOWLEDGE = 1 << 31
EEPROM, TMP112, INA219, TCA9554, AD5252 = 0x50, 0x48, 0x40, 0x38, 0x2C
SHIFT_REGISTER, DAC = 0x88007001, 0x88007002
SPI_STOP = 1 << 31
COUNTER, COUNTER_RESET = 0x122800, 0x122C00


@pytest.fixture(scope="module")
def boards():
    return {name: Machine("v3", 74, noise_seed=1, board=name) for name in ("cube", "jboa")}


@pytest.fixture
def cube(boards):
    boards["cube"].power_cycle(1)
    return boards["cube"]


@pytest.fixture
def jboa(boards):
    boards["jboa"].power_cycle(1)
    return boards["jboa"]


def write(stream, device, *data):
    for byte in data[:-1]:
        stream.write(I2C + device, byte)
    return stream.write(I2C + device + STOP, data[-1])


def read(stream, device, register, count):
    stream.write(I2C + device, register)
    stream.read([I2C + device] * (count - 1) + [I2C + device + STOP])
    return stream


def spi(stream, address, *data):
    stream.write([address] * len(data), [*data[:-1], SPI_STOP | data[-1]])
    return stream


# I2C ------------------------------------------------------------


def test_identification_memory(cube):
    program = read(Stream(), EEPROM, 0xFA, 6)
    manufacturer, device, *serial = run(cube, program).omnibus.tolist()
    assert (manufacturer, device) == (0x29, 0x41)
    assert int.from_bytes(bytes(serial), "big") == cube.hardware["eeprom_chip_serial"]


def test_half_of_the_identification_memory_can_be_written(cube):
    program = write(Stream(), EEPROM, 0x7E, 1, 2, 3)
    read(program, EEPROM, 0x7E, 4)
    # 0x80 is where the protected half begins
    assert run(cube, program).omnibus.tolist() == [1, 2, 0xFF, 0xFF]


def test_nobody_answers_at_other_addresses(cube):
    present = {EEPROM, TMP112, *range(INA219, INA219 + 6)}
    program = Stream()
    for device in range(128):
        program.read(I2C + device + STOP)
    answers = run(cube, program).omnibus
    assert set(np.flatnonzero(answers & NO_ACKNOWLEDGE == 0).tolist()) == present
    assert cube.run_info()["unmapped_reads"] == 0


def test_a_register_stays_selected_and_is_read_in_one_piece(cube):
    program = read(Stream(), INA219, 0x00, 2)
    program.read([I2C + INA219, I2C + INA219, I2C + INA219, I2C + INA219 + STOP])
    assert run(cube, program).omnibus.tolist() == [0x39, 0x9F] * 3


def test_repeated_start_begins_a_register_anew(cube):
    program = Stream().write(I2C + INA219, 0)
    program.read([I2C + INA219, I2C + INA219 + RESTART, I2C + INA219 + STOP])
    assert run(cube, program).omnibus.tolist() == [0x39, 0x39, 0x9F]


def test_incomplete_words_are_not_taken(cube):
    program = write(Stream(), INA219, 5, 0x12)
    read(program, INA219, 5, 2)
    write(program, INA219, 5, 0x12, 0x34, 0x56)
    assert run(cube, read(program, INA219, 5, 2)).omnibus.tolist() == [0, 0, 0x12, 0x34]


def test_reset_bit_of_a_power_monitor_clears_itself(cube):
    program = write(Stream(), INA219, 5, 0x12, 0x34)
    write(program, INA219, 0, 0x01, 0x9F)
    read(program, INA219, 0, 2)
    write(program, INA219, 0, 0x80, 0x00)
    read(read(program, INA219, 0, 2), INA219, 5, 2)
    assert run(cube, program).omnibus.tolist() == [0x01, 0x9F, 0x39, 0x9F, 0, 0]


def test_measured_values_cannot_be_written(cube):
    program = Stream()
    for device, register in ((INA219, 1), (INA219, 2), (TMP112, 0)):
        read(program, device, register, 2)
        write(program, device, register, 0xAA, 0xAA)
        read(program, device, register, 2)
    words = run(cube, program).omnibus.reshape(-1, 2, 2)
    assert (words[:, 0] == words[:, 1]).all()


def test_port_expander_inputs(jboa):
    program = Stream()
    for register, value in ((1, 0b10100110), (2, 0b00001111), (3, 0b11000000)):
        write(program, TCA9554, register, value)
    read(program, TCA9554, 0, 1)
    expected = (0b10100110 | 0b11000000) ^ 0b00001111
    assert run(jboa, program).omnibus.tolist() == [expected]


def test_potentiometers_keep_both_settings_apart(jboa):
    program = write(Stream(), AD5252, 0x01, 0x11)
    write(program, AD5252, 0x21, 0x22)
    write(program, AD5252 + 1, 0x01, 0x33)
    for device, register in ((AD5252, 0x01), (AD5252, 0x21), (AD5252 + 1, 0x01), (AD5252, 0x03)):
        read(program, device, register, 1)
    assert run(jboa, program).omnibus.tolist() == [0x11, 0x22, 0x33, 0x80]


def test_a_busy_bus_holds_up_the_next_access(cube):
    prescaler, byte_bits = 100, 9
    program = Stream().write(PRESCALER, prescaler).setup()
    program.write(I2C + EEPROM, 0xFC)
    program.read([I2C + EEPROM, I2C + EEPROM]).read(TIMER).barrier().read(TIMER)
    *_, last_accepted, idle = run(cube, program).omnibus.tolist()
    bit = prescaler * cycles("i2c_bit")
    # start, address and a byte, once for each direction
    first_two = 2 * (1 + 2 * byte_bits) * bit
    assert first_two <= last_accepted < first_two + 10
    assert idle - last_accepted == pytest.approx(byte_bits * bit, abs=10)


# SPI ------------------------------------------------------------


def test_shift_register_takes_the_last_24_bits(cube):
    run(cube, spi(Stream(), SHIFT_REGISTER, 0xFF, 0x9C, 0x41))
    assert cube.status()["shift_register"] == 0xFF9C41
    run(cube, Stream().write(SHIFT_REGISTER, 0x12))
    assert cube.status()["shift_register"] == 0xFF9C41


def test_dac_puts_codes_out_on_command(cube):
    run(cube, spi(spi(Stream(), DAC, 0xA0, 1), DAC, 3 << 4 | 0x4, 0xD2))
    assert cube.status()["dac_codes"] == [[0] * 8] * 2
    run(cube, spi(Stream(), DAC, 0xA0, 2))
    assert cube.status()["dac_codes"] == [[0, 0, 0, 0x4D2, 0, 0, 0, 0], [0] * 8]
    assert cube.status()["dac_control"][0] == [0, 1, 0]


def test_dac_control_and_reset(cube):
    program = spi(Stream(), DAC + 2, 0xC0, 0xF0)
    spi(program, DAC + 2, 0x80, 0x0C)
    spi(program, DAC + 2, 0x71, 0x23)
    run(cube, program)
    status = cube.status()
    assert status["dac_control"] == [[0, 0, 0], [0x0C, 0, 0xF0]]
    assert status["dac_codes"][1] == [0] * 7 + [0x123]
    run(cube, spi(Stream(), DAC + 2, 0xE0, 0))
    assert cube.status()["dac_codes"][1] == [0] * 8
    assert cube.status()["dac_control"][1] == [0, 0, 0]


def test_a_jboa_board_has_no_spi_devices(jboa):
    run(jboa, spi(Stream(), SHIFT_REGISTER, 1, 2, 3))
    assert jboa.status()["board"] == "jboa"
    assert "shift_register" not in jboa.status()


# set-ups ------------------------------------------------------------


def test_devices_are_those_of_one_chip():
    machines = [Machine("v3", 74, noise_seed=n) for n in (1, 2)] + [Machine("v3", 75)]
    program = read(read(Stream(), TMP112, 0, 2), INA219, 2, 2)
    same, again, other = (run(m, program).omnibus.tolist() for m in machines)
    assert same == again != other
    assert len({m.hardware["eeprom_chip_serial"] for m in machines}) == 2


def test_power_cycle_restores_the_board(cube):
    program = spi(write(Stream(), INA219, 5, 0x12, 0x34), SHIFT_REGISTER, 1, 2, 3)
    run(cube, program.write(PRESCALER, 313))
    cube.power_cycle()
    program = read(Stream(), INA219, 5, 2).read(PRESCALER)
    assert run(cube, program).omnibus.tolist() == [0, 0, 0]
    assert cube.status()["shift_register"] == 0


def test_chip_reset_does_not_reach_the_board(cube):
    program = write(Stream(), INA219, 5, 0x12, 0x34).raw(0x09 << 56 | 1, 0x09 << 56)
    assert run(cube, read(program, INA219, 5, 2)).omnibus.tolist() == [0x12, 0x34]


def test_unknown_board():
    with pytest.raises(ValueError, match=r"'wafer'.*cube, jboa"):
        Machine(board="wafer")


def test_identity_cannot_be_written(cube):
    dna = [0x88000003, 0x88000004]
    program = Stream().read(dna).write(dna, [1, 2]).read(dna)
    words = run(cube, program).omnibus.tolist()
    assert words[:2] == words[2:]
    fuse = cube.hardware["fuse_dna"]
    assert words[0] << 32 | words[1] == int(f"{fuse:064b}"[:57][::-1], 2)


# links ------------------------------------------------------------


def test_accesses_of_the_chip_are_counted_over_all_paths(cube):
    arq = 0x8800C010
    program = Stream().read(arq)
    program.write([0x02C94000 + quad for quad in range(64)], 0)  # resets in a row
    program.write([0x02800000, 0x88000005], 1)  # the second one is the FPGA's
    program.read(0x02C80000).read(0x02EC0001 + np.arange(20))  # conversions pending
    program.read([arq + i for i in range(4)])
    start, *counts = run(cube, program).omnibus[[0, -4, -3, -2, -1]].tolist()
    assert counts == [start + 64 + 1 + 1 + 20] * 4


def test_links_share_words_evenly(cube):
    words = 0x8800C000
    program = Stream().write(0x02800000 + np.arange(21), 0).read([words + i for i in range(16)])
    counts = run(cube, program).omnibus.reshape(8, 2)
    assert (counts[:, 0] == counts[:, 1]).all()
    assert counts[:, 0].tolist() == [3] * 5 + [2] * 3


def test_online_time_begins_when_the_link_is_up(cube):
    online = 0x8800400C
    program = Stream().read(online).write([0x88004000, 0x00040000], [0x01, 0x80])
    program.setup().wait(cycles("link_up") + 1000).read([online, online + 1])
    before, first, second = run(cube, program).omnibus.tolist()
    assert (before, second) == (0, 0)
    assert first == pytest.approx(1000, abs=5)


def test_link_test_stops_and_starts_anew(cube):
    test = 0x88008000
    up = Stream().write([0x88004000, 0x00040000], [0xFF, 0xFF]).wait(10000)
    run(cube, up)
    program = Stream().write(test, 1).setup().wait(50000).write(test, 0).wait(60000)
    status = [test + 1, test + 2, test + 3, test + 4]
    program.read(status).wait(70000).read(status)
    program.write(test, 1).read(status)
    words = run(cube, program).omnibus.reshape(3, 4)
    sent, received, in_order, error = words[0].tolist()
    assert sent == pytest.approx(50000 * 8e-9 * 8 * 595e6 / 59, rel=1e-3)
    assert (received, in_order, error) == (sent, sent, 0)
    assert words[1].tolist() == words[0].tolist()
    assert words[2].max() < 10


@pytest.mark.parametrize("seed", range(5))
def test_random_accesses_do_not_depend_on_how_they_are_cut(jboa, seed):
    rng = np.random.default_rng(seed)
    blocks = np.array([0x88007000, 0x88007800, 0x88007A00, 0x88007C00, 0x88004000, 0x88008000,
                       0x8800C000, 0x88002000, 0x00122800, 0x02C94000], np.uint64)
    program = Stream()
    for _ in range(600):
        addresses = rng.choice(blocks) + rng.integers(0, 0x300, 3).astype(np.uint64)
        if rng.integers(2):
            program.write(addresses, rng.integers(0, 1 << 32, 3, dtype=np.uint64))
        else:
            program.read(addresses)
    words = program.words()
    found = []
    for pieces in (1, 400):
        jboa.power_cycle(1)
        jboa.begin_program()
        taken = []
        for piece in np.array_split(words, pieces):
            jboa.execute(piece)
            taken.append(jboa.take_responses())
        assert jboa.halted
        found.append((np.concatenate(taken).tolist(), jboa.run_info(), jboa.status()))
    assert found[0][0] == found[1][0]
    assert found[0][1]["fpga_cycles"] == found[1][1]["fpga_cycles"]
    assert found[0][2]["unmapped_reads"] == found[1][2]["unmapped_reads"]


# chip ------------------------------------------------------------


@pytest.mark.parametrize(("spikes", "word"), [((7,), 7), ((255,), 255), ((200, 100), 0x12C),
                                              ((300, 1), 0x12D)])
def test_spike_counter_counts_wraps_and_marks_it(cube, spikes, word):
    number = 200 + 256
    for count in spikes:
        cube._chip.count_spikes(number, count)
    address = COUNTER + 0x8000 + 4 * 200
    program = Stream().read([address, address - 4]).write(COUNTER_RESET + 0x8000 + 4 * 200, 0)
    assert run(cube, program.read(address)).omnibus.tolist() == [word, 0, 0]


def test_reset_of_one_spike_counter_leaves_the_others(cube):
    for number in (0, 1, 511):
        cube._chip.count_spikes(number, number + 1)
    addresses = [COUNTER, COUNTER + 4, COUNTER + 0x8000 + 4 * 255]
    program = Stream().write(COUNTER_RESET + 4, 0).read(addresses)
    assert run(cube, program).omnibus.tolist() == [1, 0, 0x100]
    # the counter itself is read-only, its reset write-only
    program = Stream().write(COUNTER, 9).read([COUNTER, COUNTER_RESET])
    assert run(cube, program).omnibus.tolist() == [1, 0]


@pytest.mark.parametrize("revision", ["v1", "v2", "v3"])
def test_which_correlation_sensors_a_write_resets(revision):
    machine = Machine(revision, noise_seed=1)
    program = Stream().wait(100)
    program.write(0x02C90000 + 64 * 5 + 7, 0)  # sensors of top row 5, quad 7
    program.write(0x03C94000 + np.arange(3, 6), 0)  # neurons of bottom quads 3 to 5
    program.write(0x12A000, 0)  # a single neuron
    run(machine, program)
    expected = np.zeros((2, 256, 64), np.uint64)
    # the wait ends at 101, and the second message of a write makes it
    expected[0, 5, 7] = 102
    if revision != "v3":
        expected[1, 0, 3:6] = [104, 106, 108]
    found = [machine._chip.correlation_reset_times(half) for half in range(2)]
    np.testing.assert_array_equal(found, expected)
    run(machine, Stream().raw(0x09 << 56 | 1, 0x09 << 56))
    assert not machine._chip.correlation_reset_times(0).any()


def test_processors_sleep_and_keep_their_control_bits(cube):
    program = Stream().write([0x02A00000, 0x03A00001], [0xF, 0])
    program.read([0x02A00000, 0x03A00000, 0x02A00001, 0x03A00001])
    assert run(cube, program).omnibus.tolist() == [0xF, 0, 1, 1]
