"""Matrix products on the emulated chip: revisions, statistics, switches, gating."""

import numpy as np
import pytest

from emulator.chip.configuration import COLUMN_OF_POSITION
from emulator.machine import Machine
from emulator.silicon import SWITCHES
from tests.emulator import stream as build
from tests.emulator.stream import Stream, run
from tests.emulator.tuned import calibrated

OFF = dict.fromkeys(SWITCHES, False)
DENSE = np.full((2, 128), 10)


def only(*names):
    return {**OFF, **dict.fromkeys(names, True)}


def configured(revision="v3", seed=0, matrix=None, noise_seed=1, silicon=None, tuned=False):
    """A chip with the codes that the average column needs, or each what it needs itself."""
    machine = Machine(revision, seed, noise_seed=noise_seed, silicon=silicon)
    configuration = build.hagen(revision)
    if tuned:
        configuration.parts += calibrated(machine._chip.individual).parts
        configuration.setup().wait(build.SETTLED)
    for hemisphere in range(2):
        build.signed(configuration, hemisphere,
                     np.full((128, 256), 25) if matrix is None else matrix[hemisphere])
    run(machine, configuration)
    return machine


def product(machine, inputs, repeats=1, rewrite=False, **kwargs):
    """Codes, shape (repeats, 2, 256)."""
    program = Stream()
    for _ in range(repeats):
        if rewrite:
            build.rewrite_labels(program, inputs)
        build.vector(program, inputs, **kwargs)
    rows = repeats * (2 if kwargs.get("baseline") else 1)
    return build.read_out(run(machine, program), rows)


# v1 ------------------------------------------------------------


def test_v1_without_rewrite_sees_nothing_but_noise():
    silicon = only("noise_read", "noise_event")
    codes = product(configured("v1", silicon=silicon), DENSE, 40)
    rest = product(configured("v1", silicon=silicon), np.zeros((2, 128), int), 40)
    # no column answers to the product, which would be 38 steps
    assert np.abs(codes.mean(axis=0) - rest.mean(axis=0)).max() < 5
    assert codes.std(axis=0).mean() > 1


def test_v1_without_rewrite_is_exactly_the_baseline_on_ideal_silicon():
    codes = product(configured("v1", silicon={"ideal": True}), DENSE)
    np.testing.assert_array_equal(codes, 128)


def test_v1_with_rewrite_gives_the_sums():
    machine = configured("v1", silicon=only())
    rest = product(machine, np.zeros((2, 128), int))
    codes = product(machine, DENSE, rewrite=True)
    assert np.mean(codes - rest.astype(int)) == pytest.approx(0.0012 * 128 * 10 * 25, rel=0.05)


def test_v1_with_labels_of_another_vector_sums_the_rows_that_agree():
    machine = configured("v1", silicon={"ideal": True})
    changed = DENSE.copy()
    changed[:, 64:] = 11
    run(machine, build.rewrite_labels(Stream(), DENSE))
    np.testing.assert_array_equal(product(machine, changed), 128 + 64 * 10 * 25 // 500)


def test_v1_without_address_out_is_independent_of_the_activation():
    machine = configured("v1", silicon={"ideal": True})
    configuration = Stream()
    for hemisphere in range(2):
        build.drivers(configuration, hemisphere, address_out=False)
    run(machine, configuration)
    weak, strong = (product(machine, np.full((2, 128), a) * (np.arange(128) < 20))
                    for a in (1, 31))
    np.testing.assert_array_equal(weak, strong)
    np.testing.assert_array_equal(weak, 128 + 20 * 31 * 25 // 500)


@pytest.mark.parametrize("revision", ["v2", "v3"])
def test_v2_and_v3_with_address_out_behave_as_v1(revision):
    machine = configured(revision, silicon={"ideal": True})
    configuration = Stream()
    for hemisphere in range(2):
        build.drivers(configuration, hemisphere, address_out=True)
    run(machine, configuration)
    np.testing.assert_array_equal(product(machine, DENSE), 128)
    np.testing.assert_array_equal(product(machine, DENSE, rewrite=True), 128 + 64)


# magnitudes ------------------------------------------------------------


def test_gain_and_noise_of_the_nominal_point():
    machine = configured(matrix=np.full((2, 128, 256), 15), tuned=True)
    codes = product(machine, np.full((2, 128), 12), 200, baseline=True, wait=5).astype(float)
    result = (codes[1::2] - codes[0::2])[:, ~machine._chip.individual.outlier]
    gain = np.median(result) / (128 * 12 * 15)
    assert gain == pytest.approx(0.0019, rel=0.1)
    assert 1.6 < result.std(axis=0).mean() < 2.4
    assert 0.02 < result.mean(axis=0).std() / result.mean() < 0.08


# slope of dense worst-case products against the spacing of events, in LSB per a x w, by quadrature
SLOPES = {25: 0.001989, 10: 0.001941, 5: 0.001800, 3: 0.001574, 2: 0.001333, 1: 0.000976}


@pytest.mark.parametrize(("wait", "slope"), SLOPES.items())
def test_line_saturation_against_the_spacing_of_events(wait, slope):
    # events with label 32 inhibit, those with label 0 excite; both with weight 60
    machine = configured(silicon=only("line_saturation"))
    configuration = Stream()
    for half in range(2):
        build.weights(configuration, half, np.full((256, 256), 60))
        build.labels(configuration, half, np.tile([[32], [0]], (128, 256)))
    run(machine, configuration)
    # far apart, hence linear: brings the large result back into the range of the ADC
    apart = round(slope * 128 * 25 * 60 / 3)
    program = build.reset(Stream()).setup()
    for k in range(apart):
        program.wait(1000 * (k + 1)).spikes(*(build.label(0, h, 25, 1) for h in range(2)))
    build.read_row(program).setup()
    for k in range(128):
        if wait > 1:
            program.wait(100 + wait * k)
        program.spikes(*(build.label(127 - k, h, 25) for h in range(2)))
    codes = build.read_out(run(machine, build.read_row(program.wait(10000))), 2)[1]
    measured = (codes.mean() - 128 + 3 * apart) / (128 * 25 * 60)
    assert measured == pytest.approx(slope, rel=0.02)


def test_single_synapse_with_many_sends():
    matrix = np.zeros((2, 128, 256), int)
    matrix[0, np.arange(128), np.arange(128)] = 63
    machine = configured(matrix=matrix, tuned=True)
    inputs = np.zeros((2, 128), int)
    inputs[0, 17] = 31
    result = np.diff(product(machine, inputs, baseline=True, sends=40, wait=2).astype(int), axis=0)
    assert result[0, 0, 17] > 40
    others = np.delete(result[0, 0], 17)
    assert np.abs(others).max() <= 40


def test_noise_is_independent_between_channels_and_conversions():
    machine = configured(silicon=only("noise_read"))
    codes = product(machine, np.zeros((2, 128), int), 400).reshape(400, 512).astype(float)
    assert codes.std(axis=0).mean() == pytest.approx(np.sqrt(1.0 + 1 / 12), rel=0.03)
    correlation = np.corrcoef(codes.T) - np.eye(512)
    assert np.abs(correlation).mean() < 1.2 * np.sqrt(2 / np.pi / 400)
    lagged = np.mean((codes[1:] - codes.mean(0)) * (codes[:-1] - codes.mean(0)))
    assert abs(lagged) < 0.02


def test_event_noise_grows_with_the_root_of_the_events():
    machine = configured(silicon=only("noise_event"), matrix=np.zeros((2, 128, 256), int))
    once = product(machine, DENSE, 100, wait=1).std()
    often = product(machine, DENSE, 100, sends=9, wait=1).std()
    assert once == pytest.approx(np.sqrt(128 * 0.12**2 + 1 / 12), rel=0.06)
    assert often == pytest.approx(np.sqrt(9 * 128 * 0.12**2 + 1 / 12), rel=0.06)


# what shows in hours, in the average of a chip, at other inputs, or at rest
ELSEWHERE = {"noise_slow", "outliers", "low_activations", "noise_capmem",
             "cadc_range"}


@pytest.mark.parametrize("name", [n for n in SWITCHES if "madc" not in n and n not in ELSEWHERE])
def test_each_switch_changes_something_and_none_leaves_the_formula(name):
    matrix = np.full((2, 128, 256), 25)
    matrix[:, :, 128:] = -40
    inputs = np.zeros((2, 128), int)
    inputs[:, :5] = 12
    plain = product(configured(matrix=matrix, silicon=OFF), inputs, sends=20, wait=3)
    other = product(configured(matrix=matrix, silicon=only(name)), inputs, sends=20, wait=3)
    assert (plain != other).any()
    total = 20 * np.einsum("hd,hdc->hc", inputs, matrix)
    np.testing.assert_allclose(plain[0], np.clip(total * 0.002 + 128, 0, 255), atol=3)


def test_drift_has_either_sign_and_leak_pulls_back():
    machine = configured(silicon=only("drift", "mismatch_neuron"), tuned=True,
                         matrix=np.zeros((2, 128, 256), int))
    late = product(machine, np.zeros((2, 128), int), settle=12500).astype(int) - 128
    assert (late > 3).any()
    assert (late < -3).any()
    machine = configured(silicon=only("leak"))
    early = product(machine, DENSE).mean() - 128
    late = product(machine, DENSE, settle=12500).mean() - 128
    # 100 us of 900, towards where the pseudo-leak pulls, 24 mV below
    assert 0.75 < late / early < 0.95


def test_membranes_that_are_not_reset_integrate_on():
    machine = configured(silicon={"ideal": True}, matrix=np.full((2, 128, 256), 5))
    program = build.reset(Stream())
    for _ in range(3):
        for driver in range(100):
            program.spikes(build.label(driver, 0, 10), build.label(driver, 1, 10))
        build.read_row(program)
    codes = build.read_out(run(machine, program), 3)
    np.testing.assert_array_equal(codes[:, 0, 0], [138, 148, 158])


def test_membranes_settle_over_minutes_without_a_reset():
    """Far beyond what the leak's time constants resolve, nothing overflows."""
    machine = configured(silicon=only("leak", "drift", "rails", "mismatch_neuron"), tuned=True)
    program = Stream()
    for _ in range(4):
        program.setup().wait(0xFFFFFFFF)
    codes = build.read_out(run(machine, build.read_row(program)), 1)[0]
    points = [machine._chip.operating_point(half) for half in range(2)]
    level = np.array([p.leak_potential + p.drift / p.leak_rate for p in points])
    settled = np.abs(level - 654) < 20 * 3.28
    assert settled.sum() > 20
    expected = np.array([p.adc_gain[0] * v + p.adc_zero[0] for p, v in zip(points, level,
                                                                        strict=True)])
    found = codes[:, COLUMN_OF_POSITION]
    np.testing.assert_allclose(found[settled], expected[settled], atol=1.5)


def test_single_neuron_reset():
    machine = configured(silicon={"ideal": True})
    program = build.reset(Stream()).spikes(build.label(3, 0, 31), build.label(3, 1, 31))
    # column 200 of the bottom row
    program.write(0x0012A320, 0)
    codes = build.read_out(run(machine, build.read_row(program)), 1)[0]
    assert codes[1, 200] == 128
    assert np.delete(codes.ravel(), 256 + 200).tolist() == [129] * 511


def test_acausal_channels_read_the_same_membrane():
    machine = configured(silicon={"ideal": True})
    program = build.reset(Stream()).spikes(build.label(3, 0, 31), build.label(3, 1, 31))
    build.read_row(program).read(0x02EC0000 + np.arange(64)).read(0x03EC0000 + np.arange(64))
    words = run(machine, program).omnibus
    assert words.tolist() == [0x81818181] * 256


def test_padi_event_register_reaches_buses_off_the_crossbar():
    machine = configured(silicon={"ideal": True})
    event = 1 << 2 | (32 - 31) << 16 | 9 << 22
    ignored = build.reset(Stream()).write(0x118000, event)
    assert build.read_out(run(machine, build.read_row(ignored)), 1).max() == 128
    program = build.reset(Stream().write(0x118001, 0)).write(0x118000, event)
    codes = build.read_out(run(machine, build.read_row(program)), 1)[0]
    assert codes[0].max() == 128
    assert codes[1].min() == 128 + 31 * 25 // 500


# gating ------------------------------------------------------------


@pytest.mark.parametrize(("address", "word", "columns", "code"), [
    pytest.param(0x02401000, 0x14640, range(256), 0, id="ADC off"),
    pytest.param(0x00160000 + 8 * 5 + 3, 0x00, [5], 0, id="readout amplifier off"),
    pytest.param(0x00160000 + 8 * 5 + 3, 0x30, [5], 0, id="readout of another potential"),
    pytest.param(0x00160000 + 8 * 5 + 6, 0x10, [5], 128, id="excitatory input off"),
    pytest.param(0x02C04000, 0x00202020, [0], 0, id="column not connected to the ADC"),
    pytest.param(0x02C14000, 0x01030303, [0], 192, id="inhibitory current off"),
    pytest.param(0x02C14000, 0x02030303, [0], 128, id="excitatory current off"),
    pytest.param(0x00140000 + 32 * 5 + 13, 0, [5], 128, id="no bias of the input"),
    pytest.param(0x00140000 + 32 * 128 + 8, 0, range(128), 128, id="no synaptic bias west"),
    pytest.param(0x00148000 + 32 * 128 + 15, 1023, range(128, 256), 0, id="no ramp east"),
])
def test_what_a_column_needs(address, word, columns, code):
    machine = configured(silicon={"ideal": True})
    run(machine, Stream().write(address, word))
    codes = product(machine, DENSE)[0, 0]
    expected = np.full(256, 192)
    expected[list(columns)] = code
    np.testing.assert_array_equal(codes, expected)


def test_drivers_that_are_off_pass_nothing():
    machine = configured(silicon={"ideal": True})
    configuration = build.drivers(Stream(), 0, range(0, 64), receiver=0)
    build.drivers(configuration, 0, range(64, 96), top=0, bottom=0)
    run(machine, configuration)
    codes = product(machine, DENSE)
    assert set(codes[0, 0]) == {128 + 32 * 250 // 500}
    assert set(codes[0, 1]) == {192}


def test_digital_offset_of_a_channel():
    machine = configured(silicon=only("mismatch_cadc"))
    plain = product(machine, DENSE)[0].astype(int)
    # top causal column 3 by -28; bottom causal column 130 by 100
    run(machine, Stream().write([0x02400806, 0x03400004], [100, 228]))
    codes = product(machine, DENSE)[0]
    assert codes[0, 3] == plain[0, 3] - 28
    assert codes[1, 130] == min(plain[1, 130] + 100, 255)
    assert codes[0, 2] == plain[0, 2]


def test_ideal_silicon_has_no_offsets_to_put_right():
    machine = configured(silicon={"ideal": True})
    run(machine, Stream().write([0x02400806, 0x03400004], [100, 228]))
    assert (product(machine, DENSE) == 192).all()


def test_forced_reset_holds_the_membranes():
    machine = configured(silicon={"ideal": True})
    run(machine, Stream().write(0x1A1800, 0xF007))
    codes = product(machine, DENSE)[0]
    expected = np.where(np.arange(256) < 128, 128, 192)
    np.testing.assert_array_equal(codes, np.stack([expected, expected]))
    run(machine, Stream().write(0x1A1800, 0xF005))
    assert (product(machine, DENSE) == 192).all()


def test_unconfigured_chip_answers_with_the_right_shape():
    machine = Machine(noise_seed=0)
    codes = product(machine, DENSE)
    assert codes.shape == (1, 2, 256)
    # offsets of the channels are all that there is
    assert codes.max() < 50


# determinism ------------------------------------------------------------


def test_same_seeds_same_bits_and_other_seeds_others():
    rng = np.random.default_rng(0)
    matrix = rng.integers(-63, 64, (2, 128, 256))
    inputs = rng.integers(0, 32, (2, 128))

    def outcome(**kwargs):
        return product(configured(matrix=matrix, **kwargs), inputs, 3, wait=3)

    first = outcome()
    np.testing.assert_array_equal(first, outcome())
    assert (first != outcome(seed=1)).mean() > 0.3
    assert (first != outcome(noise_seed=2)).mean() > 0.3
    assert (first != outcome(revision="v2")).mean() > 0.3


def test_an_added_read_changes_no_other_draw():
    silicon = only("noise_read", "noise_event", "mismatch_neuron")
    machine = configured(silicon=silicon)
    program = build.vector(Stream(), DENSE, wait=3)
    plain = build.read_out(run(machine, program), 1)
    machine = configured(silicon=silicon)
    # both cuts of the settling time hold reads; the last one is at the same time as before
    words = program.words(halt=False)
    place = np.flatnonzero(words >> np.uint64(56) == 0x0B)[-128:][0]
    extended = np.concatenate([
        words[:place - 1], np.array([0x0B << 56 | 0xF << 32 | 1 << 36 | 0x02C80000], np.uint64),
        words[place - 1:], np.array([build.HALT], np.uint64)])
    codes = run(machine, extended).omnibus[1:].reshape(1, 128)
    rows = np.concatenate([codes[:, :1], codes[:, 2:65]], axis=1)
    # the charge of the events is worked out in two parts, to within a rounding
    difference = build.from_quads(rows) - plain[:, 0]
    assert np.abs(difference).max() <= 1
    assert (difference != 0).mean() < 0.05


@pytest.mark.parametrize("isa", ["baseline", "avx2"])
def test_kernels_give_the_same_bits(isa, monkeypatch):
    rng = np.random.default_rng(2)
    matrix = rng.integers(-63, 64, (2, 128, 256))
    inputs = rng.integers(0, 32, (7, 2, 128))

    def outcome(revision, name):
        if name:
            monkeypatch.setenv("HXEMU_ISA", name)
        else:
            monkeypatch.delenv("HXEMU_ISA", raising=False)
        machine = configured(revision, matrix=matrix)
        program = Stream()
        for x in inputs:
            if revision == "v1":
                build.rewrite_labels(program, x)
            build.vector(program, x, sends=3, wait=2, baseline=True)
        return build.read_out(run(machine, program), 14), machine.status()["isa"]

    for revision in ("v1", "v3"):
        try:
            codes, used = outcome(revision, isa)
        except ValueError:
            pytest.skip(f"{isa} not supported by this machine")
        assert used == isa
        np.testing.assert_array_equal(codes, outcome(revision, None)[0])


def test_unknown_kernels_are_refused(monkeypatch):
    monkeypatch.setenv("HXEMU_ISA", "mmx")
    with pytest.raises(ValueError, match="mmx"):
        Machine()


def test_long_segments_are_exact():
    """Sums beyond 32 bits, in pieces and in 64 bits."""
    matrix = np.zeros((2, 128, 256), int)
    matrix[:, 0::2], matrix[:, 1::2] = 63, -63
    machine = configured(silicon={"ideal": True}, matrix=matrix)
    inputs = np.full((2, 128), 31)
    inputs[:, 1] = 30
    for sends in (1, 5, 20, 300):
        codes = product(machine, inputs, sends=sends, wait=0)
        assert set(codes.ravel()) == {min(128 + sends * 63 // 500, 255)}
