"""The fast ADC: sampling clock, packs and time stamps, sources, and who gets samples."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.machine import Machine
from emulator.silicon import CONSTANTS
from tests.emulator import stream as build
from tests.emulator.stream import Stream, decode, run

CONTROL, CONFIG, SELECTION = 0xC0000, 0xC0001, 0xC000C
RECORDING = 0x88000005
WAKE, START, STOP, DOWN, CONTINUOUS, PRE = (1 << i for i in range(6))
DEFAULT = [0x3500, 0xC060, 0, 0, 0x103, 0x1C9, 1, 0xF9, 0, 0x51]
QUIET = {"noise_madc": False, "madc_wrong_start": False}
FIXED = CONSTANTS["madc_offset"].value / CONSTANTS["madc_step"].value
WAIT = 1000


def config(samples=0, adjust=5, scale=None, dummy=False, first=0, length=0):
    words = list(DEFAULT)
    words[0] = 0x3000 | adjust << 8 | length << 4 | first << 3
    words[3] = samples
    words[6] = 1 | dummy << 1
    if scale is not None:
        words[8] = 1 | scale << 1
    return words


def awake(stream=None, **fields):
    """Event recording and system time on, the ADC configured and awake."""
    stream = (stream or Stream()).write(RECORDING, 1).systime().barrier(16)
    stream.write(CONFIG + np.arange(10), config(**fields))
    return stream.write(CONTROL, WAKE | PRE).setup().wait(WAIT)


def recording(control=0, wait=2000, **fields):
    stream = awake(**fields).write(CONTROL, START | PRE | control)
    return stream.setup().wait(wait)


@pytest.fixture(scope="module")
def shared():
    return Machine("v3", 0, noise_seed=1)


@pytest.fixture
def machine(shared):
    shared.set_silicon(ideal=False, **dict.fromkeys(QUIET, True))
    shared.power_cycle(1)
    return shared


# clock ------------------------------------------------------------


@pytest.mark.parametrize("adjust", [0, 5, 7])
@pytest.mark.parametrize("scale", [None, 0, 10])
def test_samples_come_at_the_rate_of_their_registers(machine, adjust, scale):
    period = (12 + adjust) * (1 if scale is None else 2 * (scale + 1))
    count = 300
    found = run(machine, recording(samples=count, adjust=adjust, scale=scale,
                                   wait=count * period // 4 + 100)).madc_samples
    assert len(found) == count
    assert found.dtype.itemsize == 19
    assert found["value"].dtype == np.uint16
    # exact: the k-th one is k periods of 2 ns after the first, cut to cycles of 8 ns
    steps = np.diff(found["chip_time"].astype(np.int64))
    assert set(steps) <= {period // 4, -(-period // 4)}
    total = int(found["chip_time"][-1] - found["chip_time"][0])
    assert abs(4 * total - (count - 1) * period) < 4
    late = found["fpga_time"].astype(np.int64) - found["chip_time"].astype(np.int64)
    assert 0 < late.min() <= late.max() < 128
    assert (np.diff(found["fpga_time"].astype(np.int64)) >= 0).all()


def test_default_step_is_34_ns_in_full_packs(machine):
    responses = run(machine, recording(samples=20000, wait=90000))
    found = responses.madc_samples
    assert len(found) == 20000
    steps = np.diff(found["chip_time"].astype(np.int64)) * 8
    assert set(steps) == {32, 40}
    assert steps.mean() == pytest.approx(34.0, abs=1e-3)
    assert list(responses.madc_pack_counts[-3:]) == [0, 1, 6666]


def test_stamps_count_half_cycles(machine):
    program = recording(samples=3, adjust=0, scale=0).words()
    machine.begin_program()
    machine.execute(program)
    words = machine.take_responses().tolist()
    bits = "".join(f"{word:064b}" for word in words)
    at = bits.index(f"{9:08b}", 64 * next(i for i, w in enumerate(words) if w >> 56 == 9))
    stamps = [int(bits[at + 8 + 24 * i:at + 16 + 24 * i], 2) for i in range(3)]
    # 24 cycles of 2 ns are 12 half cycles of the FPGA clock
    assert (np.diff(stamps) % 256 == 12).all()


def test_slow_samples_come_one_by_one(machine):
    responses = run(machine, recording(samples=5, scale=10, wait=5000))
    assert list(responses.madc_pack_counts[-3:]) == [5, 0, 0]


# control ----------------------------------------------------------


def test_nothing_comes_from_an_adc_that_sleeps(machine):
    stream = Stream().write(RECORDING, 1).systime().barrier(16)
    stream.write(CONFIG + np.arange(10), config(samples=10)).write(CONTROL, START | PRE)
    assert len(run(machine, stream.setup().wait(2000)).madc_samples) == 0


def test_it_sleeps_again_after_a_recording_that_says_so(machine):
    again = recording(DOWN, samples=10).write(CONTROL, START | PRE).setup().wait(1000)
    assert len(run(machine, again).madc_samples) == 10
    machine.power_cycle(1)
    again = recording(samples=10).write(CONTROL, START | PRE).setup().wait(1000)
    assert len(run(machine, again).madc_samples) == 20


def test_no_number_of_samples_no_samples(machine):
    assert len(run(machine, recording()).madc_samples) == 0


def test_continuous_sampling_ends_when_stopped(machine):
    stream = recording(CONTINUOUS, wait=10000).write(CONTROL, STOP | PRE).setup().wait(10000)
    found = run(machine, stream).madc_samples
    # 10002 cycles from the start to the write, 17 cycles of 2 ns each sample
    assert abs(len(found) - 10002 * 4 // 17) <= 1
    stream = Stream().systime().write(CONTROL, START | PRE).setup().wait(1000)
    assert len(run(machine, stream).madc_samples) == 0


def test_a_recording_goes_on_across_programs(machine):
    first = run(machine, recording(CONTINUOUS, wait=1000, dummy=True)).madc_samples
    second = run(machine, Stream().setup().wait(1000).write(CONTROL, STOP).setup().wait(100))
    values = np.concatenate([first["value"], second.madc_samples["value"]])
    assert values.tolist() == [i & 1023 for i in range(len(values))]
    assert len(second.madc_samples) > 200


def test_a_reset_of_the_chip_ends_it(machine):
    stream = recording(CONTINUOUS, wait=1000).raw(0x09 << 56 | 1, 0x09 << 56).setup().wait(9000)
    assert len(run(machine, stream).madc_samples) < 1100 * 4 / 17


# who gets samples -------------------------------------------------


def test_samples_come_only_while_events_are_recorded(machine):
    stream = awake().write(CONFIG + np.arange(10), config(dummy=True)).write(RECORDING, 0)
    stream.write(CONTROL, START | CONTINUOUS | PRE).setup().wait(1000)
    stream.write(RECORDING, 1).setup().wait(1000).write(RECORDING, 0).setup().wait(1000)
    found = run(machine, stream).madc_samples
    assert abs(len(found) - 1002 * 4 // 17) <= 2
    assert (np.diff(found["value"].astype(np.int64)) == 1).all()
    assert abs(int(found["value"][0]) - 1002 * 4 // 17) <= 2


def test_unrecorded_samples_cost_nothing(machine):
    stream = awake().write(RECORDING, 0).write(CONTROL, START | CONTINUOUS | PRE)
    for _ in range(10):
        stream.setup().wait(0xFFFFFFFF).tick()
    start = time.perf_counter()
    assert len(run(machine, stream).madc_samples) == 0
    assert time.perf_counter() - start < 1.0


def test_a_long_recording_is_given_in_portions(machine):
    # 0.1 s of 29.4 million samples each second, in a single wait
    words = recording(CONTINUOUS, wait=12_500_000, dummy=True).words()
    machine.begin_program()
    done, taken, limit = 0, [], 100_000
    while done < len(words):
        done += machine.execute(words[done:], limit)
        taken.append(machine.take_responses())
    assert machine.halted
    assert len(taken) > 20
    # what comes behind the last portion is that of 8 ms
    assert max(map(len, taken)) < limit + 4 * 100_000
    found = decode(np.concatenate(taken)).madc_samples["value"]
    assert abs(len(found) - 12_500_004 * 4 // 17) < 20
    np.testing.assert_array_equal(found, np.arange(len(found)) & 1023)


# values -----------------------------------------------------------


def test_test_pattern_is_a_sawtooth(machine):
    found = run(machine, recording(samples=5000, wait=30000, dummy=True)).madc_samples
    assert found["value"].tolist() == [i & 1023 for i in range(5000)]


def test_an_open_input_gives_a_fixed_code_with_noise(machine):
    program = recording(samples=20000, wait=90000)
    values = run(machine, program).madc_samples["value"].astype(float)
    # the first 2 us are wrong, and only they
    assert values[:50].std() > 100
    settled = values[60:]
    assert settled.mean() == pytest.approx(FIXED, abs=0.05)
    # 1.2 LSB and the steps of the code
    assert settled.std() == pytest.approx(np.hypot(1.2, 12**-0.5), rel=0.03)
    machine.power_cycle(1)
    np.testing.assert_array_equal(run(machine, program).madc_samples["value"], values)
    machine.power_cycle(2)
    assert (run(machine, program).madc_samples["value"] != values).mean() > 0.5


def test_faults_can_be_switched_off(machine):
    machine.set_silicon(**QUIET)
    found = run(machine, recording(samples=100)).madc_samples
    assert set(found["value"]) == {round(FIXED)}


@pytest.mark.parametrize("revision", ["v2", "v3"])
def test_two_inputs_take_turns_and_v3_swaps_their_tags(revision):
    machine = Machine(revision, 0, noise_seed=1,
                      silicon={**QUIET, "mismatch_neuron": False, "drift": False})
    stream = seen_by(build.hagen(revision), [4, None])
    found = run(machine, recorded(stream, samples=100, length=1)).madc_samples
    input_ = np.arange(100) % 2
    np.testing.assert_array_equal(found["channel"], 1 - input_ if revision == "v3" else input_)
    assert (found["value"][1::2] == round(FIXED)).all()
    assert (found["value"][0::2] > 400).all()


def seen_by(stream, columns):
    """Connect membranes of the upper row to the inputs."""
    for mux, column in enumerate(columns):
        if column is None:
            continue
        # read-out amplifier and connection to the line
        stream.write(0x160000 + 8 * column + 3, 0x90)
        stream.write(SELECTION + mux, 1 << (9 if column % 2 else 10))
    return stream


def recorded(stream, wait=2000, **fields):
    stream = awake(stream, **fields)
    return stream.write(CONTROL, START | PRE).setup().wait(wait)


def potential(lsb):
    """Code of the MADC for a deviation of a membrane in LSB of the column ADC."""
    volt = 0.2344 + CONSTANTS["cadc_step"].value * (128 + lsb)
    return (volt + CONSTANTS["madc_offset"].value) / CONSTANTS["madc_step"].value


def product_trace(reads=True):
    """Trace of a membrane through a reset and a train of events; its stream."""
    weights = np.zeros((128, 256), np.int64)
    weights[:, 6] = 20
    stream = build.signed(seen_by(build.hagen(), [6, None]), 0, weights)
    stream = awake(stream, samples=60000, first=0)
    build.reset(stream).write(CONTROL, START | PRE).setup().wait(1000)
    for i in range(64):
        stream.wait(1000 + 20 * i).spikes(build.label(i, 0, 20))
    stream.wait(4000)
    if reads:
        build.read_row(stream)
    stream.setup().wait(2000)
    build.reset(stream)
    return stream.setup().wait(2000)


def test_a_membrane_is_followed_through_events_and_resets():
    machine = Machine("v3", 0, noise_seed=1, silicon={"ideal": True})
    responses = run(machine, product_trace())
    code = build.from_quads(np.asarray(responses.omnibus)[
        [0, *range(2, 65)]].astype(np.uint32))[6]
    reached = 64 * 20 * 20 // 500
    assert code == 128 + reached
    found = responses.madc_samples
    time = found["chip_time"].astype(np.int64) - int(found["chip_time"][0])
    value = found["value"].astype(float)
    assert abs(value[time < 900] - potential(0)).max() <= 1
    # events come evenly, so the middle of the train has half the effect
    middle = value[abs(time - (1000 + 32 * 20)) < 20]
    assert middle.mean() == pytest.approx(potential(reached / 2), abs=3)
    after = value[(time > 2500) & (time < 4000)]
    assert after.mean() == pytest.approx(potential(64 * 20 * 20 / 500), abs=1)
    assert abs(value[-400:] - potential(0)).max() <= 1


def test_watching_does_not_change_what_is_read():
    machine = Machine("v3", 0, noise_seed=1)
    watched = run(machine, product_trace()).omnibus
    machine.power_cycle(1)
    stream = product_trace().words()
    stream[stream == np.uint64(0x0C << 56 | START | PRE)] = np.uint64(0x0C << 56 | WAKE | PRE)
    responses = run(machine, stream)
    assert len(responses.madc_samples) == 0
    np.testing.assert_array_equal(responses.omnibus, watched)


def test_a_machine_may_go_while_it_samples():
    program = product_trace().words()
    for _ in range(20):
        machine = Machine("v3", 0, noise_seed=1)
        machine.begin_program()
        machine.execute(program[:-1])
        assert len(machine.take_responses())
        del machine


# order ------------------------------------------------------------


def test_samples_and_other_responses_come_in_order_of_time(machine):
    stream = build.crossbar(Stream(), loopback=True)
    stream = recorded(stream, wait=10, samples=1000)
    for i in range(200):
        stream.wait(20 * i).spikes(i).tick()
    responses = run(machine, stream.wait(6000))
    assert len(responses.madc_samples) == 1000
    assert len(responses.spikes) == 200
    spikes = responses.spikes
    assert (np.diff(spikes["chip_time"].astype(np.int64)) >= 0).all()
    assert (spikes["fpga_time"] - spikes["chip_time"] < 20).all()
    times = responses.madc_samples["fpga_time"].astype(np.int64)
    assert (np.diff(times) >= 0).all()
    ticks = responses.tick_time.astype(np.int64)
    assert (np.diff(ticks) == 20).sum() > 190


PROGRAMS = [product_trace().words(), recording(CONTINUOUS, wait=3_000_000).words(),
            recording(DOWN, samples=50, scale=3).tick().words()]


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_pieces_and_early_reads_change_nothing(shared, data):
    words = data.draw(st.sampled_from(PROGRAMS))
    shared.set_silicon(ideal=False, **dict.fromkeys(QUIET, True))
    shared.power_cycle(1)
    shared.begin_program()
    shared.execute(words)
    expected = shared.take_responses()
    cuts = data.draw(st.lists(st.integers(0, len(words)), max_size=12))
    limit = data.draw(st.sampled_from([None, 1000, 30000]))
    shared.power_cycle(1)
    shared.begin_program()
    taken = []
    for piece in np.split(words, sorted(cuts)):
        done = 0
        while done < len(piece):
            done += shared.execute(piece[done:], limit)
            taken.append(shared.take_responses())
    taken.append(shared.take_responses())
    np.testing.assert_array_equal(np.concatenate(taken), expected)


def test_twenty_thousand_samples_take_milliseconds(machine):
    words = recording(samples=20000, wait=90000).words()
    fastest = np.inf
    for _ in range(5):
        machine.power_cycle(1)
        machine.begin_program()
        start = time.perf_counter()
        machine.execute(words)
        machine.take_responses()
        fastest = min(fastest, time.perf_counter() - start)
    print(f"20000 samples: {fastest * 1e3:.2f} ms")
    assert fastest < 0.05
