"""The machine as a whole: streams in, responses out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.fpga import InstructionError
from emulator.machine import JTAG_IDS, Machine
from emulator.silicon import CONSTANTS
from tests.emulator import stream as build
from tests.emulator.stream import Stream, run


def ideal(revision, **kwargs):
    return Machine(revision, 0, noise_seed=1, silicon={"ideal": True}, **kwargs)


@pytest.mark.parametrize("revision", ["v1", "v2", "v3"])
def test_ideal_product_is_the_integer_formula(revision):
    rng = np.random.default_rng(3)
    machine = ideal(revision)
    matrix = rng.integers(-63, 64, (2, 128, 256))
    configuration = build.hagen(revision)
    for hemisphere in range(2):
        build.signed(configuration, hemisphere, matrix[hemisphere])
    run(machine, configuration)
    for sends, wait, high in ((1, 2, 32), (2, 1, 20), (3, 0, 16), (7, 5, 10)):
        inputs = rng.integers(0, high, (3, 2, 128)) * (rng.random((3, 2, 128)) < 0.8)
        program = Stream()
        for x in inputs:
            if revision == "v1":
                build.rewrite_labels(program, x)
            build.vector(program, x, sends, wait)
        codes = build.read_out(run(machine, program), len(inputs))
        total = np.einsum("bhd,hdc->bhc", inputs, matrix)
        expected = np.clip(sends * total // 500 + 128, 0, 255)
        np.testing.assert_array_equal(codes, expected)


def test_ideal_baseline_reads_128():
    machine = ideal("v3")
    run(machine, build.hagen())
    program = build.vector(Stream(), np.zeros((2, 128), int), baseline=True)
    np.testing.assert_array_equal(build.read_out(run(machine, program), 2), 128)


@pytest.mark.parametrize(("revision", "code"), JTAG_IDS.items())
def test_jtag_id(revision, code):
    machine = Machine(revision)
    ask = 0x0301200000000000
    selected = run(machine, Stream().raw(0, 0x0100000000000003, 0x0200000000000001, ask))
    assert selected.jtag.tolist() == [code]
    # the instruction register holds IDCODE after a reset of the TAP
    assert run(machine, Stream().raw(0x020000000000007F, 0, ask)).jtag.tolist() == [code]


def test_unknown_header_is_refused_with_its_place():
    machine = Machine()
    with pytest.raises(InstructionError) as error:
        machine.execute(np.array([0x0400000000000000, 0x1000000000000000], np.uint64))
    assert (error.value.word, error.value.index) == (0x1000000000000000, 1)


@settings(max_examples=30, deadline=None)
@given(words=st.lists(st.integers(0, (1 << 60) - 1), max_size=40))
def test_any_instruction_words_execute(words):
    machine = _shared()
    machine.power_cycle(0)
    machine.execute(np.array([*words, 0x0A << 56], np.uint64))
    assert machine.halted
    build.decode(machine.take_responses())


_machines = {}


def _shared(revision="v3"):
    if revision not in _machines:
        _machines[revision] = Machine(revision, noise_seed=0)
    return _machines[revision]


def test_a_chip_of_drawn_estimates_is_another_chip():
    plain, drawn = (Machine("v3", 2, noise_seed=1, model_spread=drawn) for drawn in (False, True))
    assert plain.identifier == "hxcube93fpga0chip3_1"
    assert drawn.identifier == "hxcube93fpga3chip3_1"
    assert drawn.status()["model_spread"]
    assert not plain.status()["model_spread"]
    ours, theirs = (m._chip.individual.constants for m in (drawn, plain))
    different = {name for name in ours if ours[name] != theirs[name]}
    assert different
    assert all(CONSTANTS[name].trust == "E" for name in different)
    again = Machine("v3", 2, noise_seed=1, model_spread=True)
    assert again._chip.individual.constants == ours
