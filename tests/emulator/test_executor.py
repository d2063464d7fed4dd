"""Clock, registers, JTAG, events and responses of the FPGA."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.machine import Machine
from emulator.timing import TIMES, cycles
from tests.emulator import stream as build
from tests.emulator.stream import Stream, run

TIMER = 0x8800000C


@pytest.fixture(scope="module")
def shared():
    return Machine("v3", 0, noise_seed=1)


@pytest.fixture
def machine(shared):
    shared.power_cycle(1)
    return shared


# clock ------------------------------------------------------------


def test_one_message_takes_one_cycle_and_a_write_two(machine):
    program = Stream().setup().read(TIMER).tick().read(TIMER)
    program.write(0x88000005, 1).read(TIMER).spikes(0).spikes(0, 1, 2).read(TIMER)
    assert run(machine, program).omnibus.tolist() == [1, 3, 6, 9]


@pytest.mark.parametrize("until", [0, 1, 2, 3, 10, 1000, 0xFFFFFFFF])
def test_wait_releases_at_the_timer_and_the_next_message_follows(machine, until):
    program = Stream().setup().wait(until).read(TIMER)
    # the wait itself runs at timer 1
    assert run(machine, program).omnibus.tolist() == [(max(until, 1) + 1) & 0xFFFFFFFF]


def test_timer_goes_on_across_waits_that_are_over(machine):
    program = Stream().setup().wait(100).wait(50).read(TIMER)
    assert run(machine, program).omnibus.tolist() == [102]


def test_program_time_does_not_include_the_wait_of_others(machine):
    run(machine, Stream().setup().wait(5000))
    run(machine, Stream().tick())
    assert machine.run_info()["fpga_cycles"] == 2
    assert machine.run_info()["messages"] == 2


def test_jtag_barrier_waits_for_the_shifts(machine):
    scaler, bits = 3, 32
    program = Stream().raw(0x01 << 56 | scaler, 0x02 << 56 | 1, 0x03 << 56 | bits << 40)
    program.setup().barrier(2).read(TIMER)
    (elapsed,) = run(machine, program).omnibus.tolist()
    # the selection starts at cycle 1; Setup runs at cycle 3; the read follows the barrier
    assert elapsed == 1 + (7 + bits) * (scaler + 2) - 3 + 1


def test_omnibus_barrier_waits_for_a_conversion(machine):
    program = Stream().setup().read(0x02C80000).barrier().read(TIMER)
    elapsed = int(run(machine, program).omnibus[1])
    latency = cycles("omnibus_to_chip") + cycles("omnibus_from_chip")
    assert elapsed == 1 + cycles("cadc_conversion") + latency + 1


def test_a_million_late_responses_come_in_order(machine):
    shifts = np.full(1_000_000, 0x03 << 56 | 1 << 48 | 3 << 40, np.uint64)
    shifts[1::2] |= np.uint64(5)
    shifts = np.concatenate([np.array([0x02 << 56 | 127], np.uint64), shifts,
                             np.array([build.HALT], np.uint64)])
    responses = run(machine, shifts)
    assert len(responses.jtag) == 1_000_000
    assert responses.jtag[:4].tolist() == [0, 2, 0, 2]


def test_instruction_timeout_ends_a_barrier(machine):
    program = Stream().write(0x88000009, 20).setup().read(0x02C80000).barrier().read(TIMER)
    responses = run(machine, program)
    assert responses.omnibus[1] == 2 + 20 + 1
    assert responses.timeouts["value"].tolist() == [4]


def test_polling_block(machine):
    polling = Stream().write([0x88000006, 0x88000007, 0x88000008], [0x02800000, 5, 7])
    polling.write(0x88000009, 1000).write(0x02800000, 0xFD).setup()
    met = run(machine, polling.raw(0x08 << 56 | 1).read(TIMER))
    assert met.omnibus[0] < 100
    assert len(met.timeouts) == 0
    unmet = run(machine, Stream().setup().raw(0x08 << 56).read(TIMER))
    assert unmet.omnibus[0] == 1 + 1000 + 1
    assert unmet.timeouts["value"].tolist() == [1]


def test_time_table_is_complete():
    for name, cost in TIMES.items():
        assert cost.value > 0, name
        assert cost.status in ("known", "estimate")
        assert cost.source


# registers ------------------------------------------------------------


def test_power_up_state(machine):
    addresses = [0x88000005, 0x88000009, 0x110400, 0x110401, 0x110402, 0x02401000, 0x02400807,
                 0x00140000, 0x1A1800, 0x88002000, 0x00040000, 0x02C00000]
    words = [1, 1250000, 0x3E00, 0x3F00, 0x40, 0x14640, 0x80, 0, 0xF005, 3, 0xFF, 0]
    assert run(machine, Stream().read(addresses)).omnibus.tolist() == words


@pytest.mark.parametrize("address", [0x80000005, 0x84012345, 0x02800010, 0x880D4005, 0x00142800])
@pytest.mark.parametrize("enables", range(16))
def test_byte_enables(machine, address, enables):
    mask = sum(0xFF << 8 * i for i in range(4) if enables >> i & 1)
    program = Stream().write(address, 0x11223344).write(address, 0xAABBCCDD, enables).read(address)
    expected = 0x11223344 & ~mask | 0xAABBCCDD & mask
    assert run(machine, program).omnibus.tolist() == [expected]


def test_views_of_a_synapse_quad(machine):
    # weights 10, 20, 30, 61, labels 1, 2, 3, 63, time 0..3, amplitude 3..0 at row 1, quad 3
    program = Stream().write([0x02CF0083, 0x02CF00C3], [0x0A458FF7, 0xC182433F])
    views = [0x02CF0083, 0x02CF00C3, 0x02C00043, 0x02C40043, 0x02C10043, 0x02C20043]
    words = [0x0A458FF7, 0xC182433F, 0x0A050F37, 0x0102033F, 0x00010203, 0x03020100]
    assert run(machine, program.read(views)).omnibus.tolist() == words
    backwards = Stream().write(views[2:], [0xFFFFFFFF] * 4).read(views[:2])
    assert run(machine, backwards).omnibus.tolist() == [0xFFFFFFFF] * 2


def test_whole_synapse_matrix_reads_back(machine):
    rng = np.random.default_rng(0)
    matrix = rng.integers(0, 64, (256, 256))
    address = 0x03C00000 + np.arange(256 * 64)
    words = run(machine, build.weights(Stream(), 1, matrix).read(address)).omnibus
    lanes = build.from_quads(words.reshape(256, 64))
    np.testing.assert_array_equal(build.REVERSED[lanes], matrix)


def test_unmapped_words_are_counted(machine):
    program = Stream().write([0x01234567, 0x90000000], [1, 2]).read([0x01234567, 0x90000000])
    assert run(machine, program).omnibus.tolist() == [0, 0]
    info = machine.run_info()
    assert (info["unmapped_reads"], info["unmapped_writes"]) == (2, 2)


def test_chip_reset_restores_the_chip_but_not_the_fpga(machine):
    program = Stream().write([0x02C00000, 0x130000, 0x80000000], [0x3F, 7, 9])
    program.raw(0x09 << 56 | 1, 0x09 << 56).read([0x02C00000, 0x130000, 0x80000000])
    assert run(machine, program).omnibus.tolist() == [0, 0, 9]


def test_no_state_survives_a_power_cycle(machine):
    run(machine, Stream().write([0x84000000, 0x02C00000, 0x88000009], [1, 2, 3]))
    machine.power_cycle(1)
    program = Stream().read([0x84000000, 0x02C00000, 0x88000009])
    assert run(machine, program).omnibus.tolist() == [0, 0, 1250000]


# JTAG --------------------------------------------------------------------------------------------


def test_bypass_delays_by_one_bit(machine):
    payload = 0x15A5A5A5A
    program = Stream().raw(0x02 << 56 | 127, 0x03 << 56 | 1 << 48 | 33 << 40 | payload)
    (word,) = run(machine, program.barrier(2)).jtag.tolist()
    assert word >> 1 == payload & ~(1 << 32)


def test_omnibus_over_jtag(machine):
    write = [0x0200000000000005, 0x0300210002800003, 0x0200000000000006, 0x0300200012345678,
             0x0200000000000007, 0x0300030000000000]
    read = [0x0200000000000005, 0x0300210102800003, 0x0200000000000007, 0x0300030000000000,
            0x0200000000000006, 0x0301200000000000]
    responses = run(machine, Stream().raw(*write, *read).barrier(2).read(0x02800003))
    assert responses.jtag.tolist() == [0x12345678]
    assert responses.omnibus.tolist() == [0x12345678]


def test_pll_registers_show_in_the_address_space(machine):
    program = Stream().raw(0x02 << 56 | 3, 0x0300040000000003, 0x02 << 56 | 4, 0x030020000000000C)
    assert run(machine, program.barrier(2).read(0x00080003)).omnibus.tolist() == [12]


def test_links_come_up_once_after_a_reset(machine):
    enable = [0x0200000000000005, 0x0300210000040000, 0x0200000000000006, 0x03002000000000FF,
              0x0200000000000007, 0x0300030000000000]
    program = Stream().raw(0x09 << 56 | 1, 0x09 << 56).write(0x88004000, 0xFF).raw(*enable)
    notes = run(machine, program).link_notifications["value"].tolist()
    assert notes == [phy << 5 | 0x10 for phy in range(8)]
    assert len(run(machine, Stream().raw(*enable)).link_notifications) == 0


# events and time ------------------------------------------------------------


def test_loopback_gives_back_labels_with_chip_time(machine):
    run(machine, build.crossbar(Stream(), loopback=True))
    program = Stream().write([0, 1], [0x2000, 0]).barrier().systime().barrier(4).setup()
    sent = [(20, [0x0001]), (30, [0x4123, 0x8FFF]), (32, [0xC001, 0xC002, 0xC003]), (400, [7])]
    for time, found in sent:
        program.wait(time - 1).spikes(*found)
    program.wait(600).read(TIMER).tick()
    responses = run(machine, program)
    spikes = responses.spikes
    assert spikes["label"].tolist() == [found for _, labels in sent for found in labels]
    # the read happened at timer 601; its time tells when the timer was 0
    start = int(responses.omnibus_time[0]) - 601
    times = [start + time for time, labels in sent for _ in labels]
    assert (spikes["chip_time"] - times).tolist() == [cycles("event_to_crossbar")] * 7
    latency = cycles("event_to_crossbar") + cycles("event_to_fpga")
    assert (spikes["fpga_time"] - times).tolist() == [latency] * 7
    assert tuple(responses.spike_pack_counts) == (2, 1, 1)


def test_a_long_stream_comes_back_whole(machine):
    run(machine, build.crossbar(Stream(), loopback=True))
    labels = np.arange(30_000, dtype=np.uint64) % 0x1000
    packs = labels.reshape(-1, 3)
    words = np.uint64(0x0F << 56) | packs[:, 0] << np.uint64(32) | packs[:, 1] << np.uint64(16)
    program = np.concatenate([words | packs[:, 2], np.array([build.HALT], np.uint64)])
    np.testing.assert_array_equal(run(machine, program).spikes["label"], labels)


def test_a_chip_in_reset_hears_nothing(machine):
    run(machine, build.crossbar(Stream(), loopback=True))
    program = Stream().raw(0x09 << 56 | 1).spikes(1).write(0x02C00000, 1)
    program.raw(0x09 << 56).spikes(2).read(0x02C00000)
    responses = run(machine, program)
    # every node passes everything after a reset
    assert responses.spikes["label"].tolist() == [2]
    assert responses.omnibus.tolist() == [0]


def test_events_are_dropped_without_recording(machine):
    run(machine, build.crossbar(Stream(), loopback=True).write(0x88000005, 0))
    assert len(run(machine, Stream().spikes(1).wait(200)).spikes) == 0


def test_crossbar_counters(machine):
    configuration = build.crossbar(Stream(), loopback=True).write(0x130000, 0xFFF << 4)
    run(machine, configuration)
    program = Stream()
    for hemisphere, bus, count in ((0, 0, 3), (1, 2, 2), (1, 3, 1)):
        for _ in range(count):
            program.spikes(bus << 14 | hemisphere << 13 | 1)
    responses = run(machine, program.read(0x130079 + np.arange(12)))
    assert responses.omnibus.tolist() == [3, 0, 0, 0, 0, 0, 2, 1, 3, 0, 2, 1]
    # without loop-back nodes, labels that no node passes are drops
    run(machine, build.crossbar(Stream()).write(0x130019 + 24, 0x8001_0001))
    dropped = run(machine, Stream().spikes(2, 4).spikes(0x4001).read(0x130065 + np.arange(20)))
    assert dropped.omnibus.tolist() == [0] * 8 + [2] + [0] * 11


def test_node_that_masks_the_low_label_bits(machine):
    closed = np.full(76, 0x00010000)
    closed[24 + 8] = 5 | 4 << 16
    run(machine, Stream().write(0x130019 + np.arange(76), closed))
    program = Stream()
    for label in range(16):
        program.spikes(label)
    labels = run(machine, program).spikes["label"]
    assert labels.tolist() == [x for x in range(16) if x & 5 == 4]


def test_times_of_responses_are_exact(machine):
    program = Stream().systime().barrier(4).setup()
    due = [5, 7, 9, 300, 302, 558, 815, 1072, 1330, 100_000, 100_257, 200_000]
    for time in due:
        program.wait(time - 1).read(TIMER)
    responses = run(machine, program)
    assert responses.omnibus.tolist() == due
    times = responses.omnibus_time.astype(np.int64)
    np.testing.assert_array_equal(times - times[0], np.array(due) - due[0])


def test_systime_base_is_the_time_at_the_synchronisation(machine):
    program = Stream().write([0, 1], [0x45678901, 0x123]).barrier().systime().barrier(4).tick()
    (time,) = run(machine, program).tick_time.tolist()
    # the count begins with the request; the barrier releases when the answer is there
    assert time - 0x12345678901 == cycles("systime_sync") + 1


# chunks ------------------------------------------------------------


def mixed_program():
    rng = np.random.default_rng(5)
    program = Stream().systime().barrier(4)
    for _ in range(6):
        inputs = rng.integers(0, 32, (2, 128)) * (rng.random((2, 128)) < 0.2)
        build.vector(program, inputs, wait=3)
        program.spikes(0x0001, 0x4001, 0x8001).tick()
        build.weights(program, 0, rng.integers(0, 64, (1, 256)), int(rng.integers(256)))
    return program.words()


@pytest.fixture(scope="module")
def uncut():
    machine = Machine("v3", 4, noise_seed=9)
    configuration = build.hagen(loopback=True)
    build.weights(configuration, 0, np.random.default_rng(1).integers(0, 64, (256, 256)))
    words = mixed_program()
    run(machine, configuration)
    machine.begin_program()
    machine.execute(words)
    return machine, configuration, words, machine.take_responses()


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 4000), max_size=30), take=st.booleans())
def test_any_cut_of_a_program_gives_the_same_responses(uncut, cuts, take):
    machine, configuration, words, expected = uncut
    machine.power_cycle(9)
    run(machine, configuration)
    machine.begin_program()
    taken = []
    for piece in np.split(words, sorted(min(c, len(words)) for c in cuts)):
        machine.execute(piece)
        if take:
            taken.append(machine.take_responses())
    taken.append(machine.take_responses())
    np.testing.assert_array_equal(np.concatenate(taken), expected)


def test_words_behind_the_halt_are_ignored(machine):
    program = np.concatenate([Stream().tick().words(), Stream().tick().words()])
    assert len(run(machine, program).tick_time) == 1
    assert machine.run_info()["messages"] == 2


def test_buffers_are_accepted_as_bytes(machine):
    machine.begin_program()
    machine.execute(Stream().tick().words().tobytes())
    assert machine.halted
    with pytest.raises(TypeError):
        machine.execute(np.zeros(3))


# identity ------------------------------------------------------------


def test_identity_and_bad_arguments():
    machine = Machine("v2", seed=6, noise_seed=3, link="1gbe", silicon={"leak": False})
    assert machine.identifier == "hxcube92fpga0chip7_1"
    assert machine.noise_seed == 3
    assert machine.silicon["leak"] is False
    assert machine.set_silicon(ideal=True)["ideal"] is False
    assert machine.silicon["ideal"] is True
    for arguments in ({"revision": "v4"}, {"seed": -1}, {"link": "wifi"}, {"seed": 1.5},
                      {"silicon": {"magic": True}}, {"silicon": {"leak": 3}}):
        with pytest.raises(ValueError, match=r"allowed|unknown"):
            Machine(**arguments)


def test_noise_seed_is_fresh_for_every_session():
    machine = Machine()
    first = machine.noise_seed
    machine.power_cycle()
    assert machine.noise_seed != first


def test_link_time():
    machine = Machine(link="8gbit")
    words = np.zeros(1000, np.uint64) + np.uint64(0x05 << 56)
    machine.execute(words)
    assert machine.run_info()["link_time_s"] == pytest.approx(1000 * 64 / 8e9)
