"""Analog memory: settling, reprogramming noise, slow drift, and bits that don't depend on cuts."""

import numpy as np
import pytest

from emulator.chip.configuration import COLUMN_OF_POSITION
from emulator.machine import Machine
from fisch import registers
from stadls import nominal
from tests.emulator import stream as build
from tests.emulator.stream import Stream, run

MS = 125_000
CELLS = 12480


def cell_address(block, row, column):
    return 0x140000 + 0x8000 * block + 32 * np.asarray(column) + row


def nominal_stream(revision="v3"):
    return Stream().write(*nominal.hagen_words(revision))


def at(stream, milliseconds):
    """Wait until a time after the start of the timer, then let something happen."""
    stream.wait(int(milliseconds * MS))
    return build.read_row(stream)


def values(machine):
    return machine._chip.cell_values()


def test_cells_settle_within_20_ms():
    machine = Machine("v3", noise_seed=1, silicon={"noise_capmem": False})
    run(machine, Stream().setup().write(cell_address(0, 0, 5), 800))
    # nothing has happened since
    found = []
    for wait in (0.9, 1.0, 3.0, 10.0, 19.0, 21.0):
        run(machine, at(Stream().setup(), wait))
        found.append(values(machine)[5])
    assert (np.diff(found) >= 0).all()
    assert found[-1] == 800
    assert found[0] < 500
    # runs wait one after the other: long settled before the last two
    assert found[-2] == 800


def test_settling_is_exponential_in_steps_of_a_millisecond():
    machine = Machine("v3", noise_seed=1, silicon={"noise_capmem": False})
    program = Stream().setup().write(cell_address(0, 0, 5), 1000).wait(MS // 2)
    run(machine, build.read_row(program))
    seen = []
    for _ in range(25):
        run(machine, build.read_row(Stream().setup().wait(MS)))
        seen.append(1000 - values(machine)[5])
    seen = np.array(seen)
    # a time constant of 3 ms
    assert seen[1:12] / seen[:11] == pytest.approx(np.exp(-1 / 3), rel=1e-6)
    assert (seen[20:] == 0).all()


def test_programming_is_never_quite_the_same():
    machine = Machine("v3", noise_seed=1)
    codes = np.zeros(CELLS)
    rows = []
    for code in (500, 501, 500):
        program = Stream()
        for block in range(4):
            for row in range(24):
                program.write(cell_address(block, row, np.arange(128)), np.full(128, code))
        run(machine, program.setup().wait(25 * MS))
        run(machine, build.read_row(Stream()))
        got = values(machine).reshape(4, 24, 130)[..., :128]
        rows.append(got - code)
        codes = got
    for row in rows:
        assert row.std() == pytest.approx(1.5, rel=0.03)
        assert abs(row.mean()) < 0.05
    assert abs(np.corrcoef(rows[0].ravel(), rows[2].ravel())[0, 1]) < 0.05
    # what is written again without a change stays
    run(machine, Stream().write(cell_address(0, 0, np.arange(128)), np.full(128, 500)))
    run(machine, build.read_row(Stream().setup().wait(25 * MS)))
    np.testing.assert_array_equal(values(machine).reshape(4, 24, 130)[0, 0, :128], codes[0, 0])
    # switched off, cells hold their codes
    machine.set_silicon(noise_capmem=False)
    assert (values(machine).reshape(4, 24, 130)[0, 0, :128] == 500).all()


def test_cells_that_are_off_are_off():
    machine = Machine("v3", noise_seed=1)
    program = Stream().write(cell_address(0, 0, [3, 4]), [1023, 0])
    run(machine, build.read_row(program.setup().wait(25 * MS)))
    assert (values(machine)[[3, 4]] == 0).all()


def product_program():
    """Settling all the while: conversions and events within and after the first 20 ms."""
    program = build.crossbar(nominal_stream())
    for hemisphere in range(2):
        build.drivers(program, hemisphere)
        build.signed(program, hemisphere, np.full((128, 256), 20))
    program.barrier()
    inputs = np.full((2, 128), 12)
    for wait in (0.5, 1.5, 2.7, 6, 12, 30):
        program.setup().wait(int(wait * MS))
        build.vector(program, inputs, wait=3)
    return program


def codes_of(cuts):
    machine = Machine("v3", noise_seed=5)
    words = product_program().words()
    machine.begin_program()
    parts = []
    for piece in np.split(words, np.sort(cuts)):
        machine.execute(piece)
        parts.append(machine.take_responses())
    return np.concatenate(parts)


def test_bits_do_not_depend_on_how_a_program_is_cut():
    whole = codes_of([])
    rng = np.random.default_rng(3)
    length = len(product_program().words())
    for count in (3, 40):
        cut = codes_of(rng.integers(0, length, count))
        np.testing.assert_array_equal(build.decode(cut).omnibus, build.decode(whole).omnibus)


def test_outputs_settle():
    responses = build.decode(codes_of([]))
    codes = build.read_out(responses, 6).astype(float)
    # what was read last is settled; half a millisecond after programming nothing is
    moved = [np.abs(row - codes[-1]).mean() for row in codes[:-1]]
    assert moved[0] > 20
    assert moved[-1] < moved[0] / 2


def test_another_noise_seed_programs_other_values():
    found = []
    for seed in (1, 1, 2):
        machine = Machine("v3", noise_seed=seed)
        run(machine, build.read_row(nominal_stream().setup().wait(25 * MS)))
        found.append(values(machine))
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2])[found[0] > 0].mean() > 0.99


def test_potentials_drift_by_a_step_in_an_hour():
    machine = Machine("v3", noise_seed=1, silicon={"noise_capmem": False})
    run(machine, build.read_row(nominal_stream().setup().wait(25 * MS)))
    first = machine._chip.operating_point(0).reset_potential
    # an hour of waiting, 30 s at a time
    program = Stream()
    for _ in range(120):
        program.setup().wait(30_000 * MS)
    run(machine, build.read_row(program))
    moved = machine._chip.operating_point(0).reset_potential - first
    # of 3.28 mV; the difference of two draws
    assert 0.5 * 3.28 < moved.std() < 2 * 3.28
    machine.set_silicon(noise_slow=False)
    run(machine, build.read_row(Stream()))
    np.testing.assert_array_equal(machine._chip.operating_point(0).reset_potential, first)


def test_a_chip_reset_empties_the_cells():
    machine = Machine("v3", noise_seed=1)
    run(machine, build.read_row(nominal_stream().setup().wait(25 * MS)))
    machine.power_cycle(1)
    run(machine, build.read_row(Stream()))
    assert not values(machine).any()


# switches ----------------------------------------------------------------------------------------

MEANS = ("line_step", "tau", "ota", "drift", "leak_rate", "leak_potential", "reset_potential",
         "low_rail", "high_rail")


def configured(**silicon):
    machine = Machine("v3", noise_seed=1, silicon=silicon)
    run(machine, build.read_row(nominal_stream().setup().wait(25 * MS)))
    return machine


def test_without_mismatch_all_columns_are_the_average_of_the_chip():
    machine = configured()
    real = [machine._chip.operating_point(half) for half in range(2)]
    machine.set_silicon(mismatch_neuron=False)
    same = [machine._chip.operating_point(half) for half in range(2)]
    usual = [~machine._chip.individual.outlier[half][COLUMN_OF_POSITION] for half in range(2)]
    for name in MEANS:
        pairs = [getattr(point, name) for point in real]
        mean = np.concatenate([a[..., u] for a, u in zip(pairs, usual, strict=True)],
                              axis=-1).mean(axis=-1)
        for point in same:
            found = getattr(point, name)
            assert (found == found[..., :1]).all(), name
            assert found[..., 0] == pytest.approx(mean), name
    # channels of the ADC still deviate
    assert same[0].adc_zero[0].std() > 5


def test_without_mismatch_channels_are_the_average_with_their_digital_offsets():
    machine = configured()
    columns = np.arange(256)
    offsets = (columns % 16) - 8
    program = Stream()
    for half in range(2):
        enums = 512 * half + columns
        words = np.array([registers.encode("CADCChannelConfig", {"offset": int(o)})[0]
                          for o in offsets])
        program.write(registers.addresses("CADCChannelConfig", enums, "Omnibus").ravel(), words)
    run(machine, build.read_row(program))
    before = [machine._chip.operating_point(half) for half in range(2)]
    machine.set_silicon(mismatch_cadc=False)
    after = [machine._chip.operating_point(half) for half in range(2)]
    together = [p.adc_zero[0] + p.adc_digital[0] for p in before]
    for point in after:
        total = point.adc_zero[0] + point.adc_digital[0]
        assert total == pytest.approx(np.mean(together))
        assert (point.adc_gain[0] == point.adc_gain[0, 0]).all()


def test_an_average_chip_multiplies_like_the_nominal_one():
    off = dict.fromkeys(("mismatch_neuron", "mismatch_cadc", "mismatch_driver",
                         "mismatch_synapse", "outliers", "noise_read", "noise_event",
                         "low_activations"), False)
    machine = Machine("v3", seed=3, noise_seed=1, silicon=off)
    program = build.crossbar(nominal_stream())
    for hemisphere in range(2):
        for driver in range(128):
            w0, w1, w2 = build.driver_words()
            first = (0x110400, 0x118400)[hemisphere]
            program.write(first + 4 * driver + np.arange(3), [w0, w1, w2])
        build.signed(program, hemisphere, np.full((128, 256), 25))
    run(machine, program.setup().wait(25 * MS))
    program = Stream()
    build.vector(program, np.full((2, 128), 12), baseline=True, wait=5)
    codes = build.read_out(run(machine, program), 2)
    assert codes.std(axis=-1).max() == 0
    assert 112 < codes[0, 0, 0] < 136


# the debug line ----------------------------------------------------------------------------------


def test_channels_read_a_cell_through_the_debug_line():
    off = dict.fromkeys(("mismatch_cadc", "noise_read", "noise_capmem", "cadc_range"), False)
    machine = Machine("v3", noise_seed=1, silicon=off)
    program = nominal_stream()

    def set_fields(name, enum, **fields):
        where = registers.addresses(name, [enum], "Omnibus").ravel()
        program.write(where, registers.encode(name, fields))

    def mux(i, n):
        return [k == i for k in range(n)]

    set_fields("CapMemBlockConfig", 1, debug_readout_enable=True,
               debug_capmem_coord=128)
    set_fields("PadMultiplexerConfig", 0, capmem_v_out_mux=mux(1, 4),
               capmem_v_out_mux_to_capmem_intermediate_mux=True,
               capmem_intermediate_mux_to_pad=True, synapse_intermediate_mux_to_pad=True,
               cadc_debug_causal_to_synapse_intermediate_mux=True)
    for quad in range(128):
        set_fields("ColumnCorrelationQuad", quad, enable_debug_causal=[True] * 4)
    codes = []
    for code in (150, 325, 500):
        program.write(cell_address(1, 0, 128), code)
        build.read_row(program.setup().wait(25 * MS))
    codes = build.read_out(run(machine, program), 3)
    # of 3.28 mV, from 0.3 V at 20; the ramps of the quadrants deviate
    assert (codes == codes[..., :1]).all()
    slope = np.diff(codes[:, 0, 0])
    assert slope == pytest.approx([100, 100], abs=6)
    assert codes[0, 0, 0] == pytest.approx(20, abs=12)
