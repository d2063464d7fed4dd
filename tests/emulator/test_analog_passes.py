"""Column ADC codes of the emulator against the slow model of the analog core, over settings.

Whatever way the emulator takes to a result, it is within one code of the slow model's as long as
noise is off. Settings go in through registers and programs alone.
"""

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from emulator.machine import Machine
from tests.emulator import stream as build
from tests.emulator.stream import Stream, run
from tests.emulator.tuned import quiet_switches, tuned
from tests.reference.analog_registers import RegisterChip


@dataclasses.dataclass(frozen=True)
class Setting:
    """One configuration and train of events."""

    seed: int
    chip: int = 0
    density: float = 1.0
    largest: int = 63
    sign: int = 0
    inputs: float = 1.0
    activation: int = 0
    wait: int = 5
    sends: int = 1
    gm: int = 450
    dac: int = 1022
    tau: float = 0.32
    capacitance: int = 63
    leak: int = 0
    drift: float = 0.0
    modes: bool = False
    labels: bool = False
    lines: bool = False
    parts: tuple[str, ...] = ("events", "read")


def configuration(setting, rng, individual):
    """Everything but the events: columns set up as a calibration would find it, then changed."""
    missed = setting.drift * rng.standard_normal((2, 2, 256))
    stream = tuned(individual, tau=setting.tau, gm=setting.gm, dac=setting.dac, leak=setting.leak,
                   capacitance=setting.capacitance, shift=missed)
    for hemisphere in range(2):
        shape = (128, 256)
        weights = rng.integers(1, setting.largest + 1, shape) * (rng.random(shape)
                                                                 < setting.density)
        # columns of one sign alone saturate their line most
        signs = (rng.choice([-1, 1], shape) if setting.sign == 0
                 else np.where(np.arange(256) % 2, setting.sign, -setting.sign) * np.ones(shape))
        build.signed(stream, hemisphere, (weights * signs).astype(int))
        if setting.labels:
            build.labels(stream, hemisphere, rng.choice([0, 32, 7], (256, 256)))
        if setting.modes:
            for driver in range(0, 128, 3):
                bottom, top = (int(m) for m in rng.integers(0, 4, 2))
                build.drivers(stream, hemisphere, [driver], bottom=bottom, top=top,
                              address_out=bool(rng.integers(8) == 0))
        if setting.lines:
            # excitatory and inhibitory lines in place of membranes
            for column in range(0, 256, 3):
                neuron = 256 * hemisphere + column
                stream.write(0x160000 + 0x8000 * (neuron // 128) + 8 * (neuron % 128) + 3,
                             0x10 | (1 + column % 2) << 5)
    return stream.setup().wait(7_500_000).barrier()


def train(setting, rng):
    """Slots of a train: labels that go out together."""
    rows = []
    for hemisphere in range(2):
        drivers = np.flatnonzero(rng.random(128) < setting.inputs)[::-1]
        size = (setting.activation * np.ones(128, int) if setting.activation
                else rng.integers(1, 32, 128))
        rows.append([build.label(d, hemisphere, int(size[d]), int(setting.labels and d % 2))
                     for d in drivers] * setting.sends)
    longest = max(map(len, rows))
    return [[row[k - longest + len(row)] for row in rows if k >= longest - len(row)]
            for k in range(longest)]


def program(setting, rng):
    """Resets, trains and conversions in the order of the parts."""
    stream = build.reset(Stream())
    for part in setting.parts:
        if part == "events":
            stream.setup().wait(125)
            for k, slot in enumerate(train(setting, rng)):
                if setting.wait >= 2:
                    stream.wait(125 + setting.wait * (k + 1) - 1)
                stream.spikes(*slot)
        elif part == "reset":
            build.reset(stream)
        else:
            if part == "read":
                stream.setup().wait(250)
            build.read_row(stream)
    return stream


def compare(setting):
    """Codes of the emulator and of the slow model, shape (conversions, 2, 256)."""
    rng = np.random.default_rng(setting.seed)
    machine = Machine("v3", setting.chip, noise_seed=1, silicon=quiet_switches())
    slow = RegisterChip("v3", machine._chip.individual)
    words = configuration(setting, rng, slow.individual).words()
    run(machine, words)
    slow.execute(words)
    words = program(setting, rng).words()
    found = run(machine, words).omnibus
    expected, _ = slow.execute(words)
    reads = sum(part != "events" and part != "reset" for part in setting.parts)
    return tuple(build.read_out(build_responses(values), reads) for values in (found, expected))


def build_responses(values):
    return dataclasses.make_dataclass("Responses", ["omnibus"])(np.asarray(values))


def check(setting, most=1):
    found, expected = compare(setting)
    off = abs(found - expected)
    where = np.argwhere(off > most)
    assert off.max() <= most, (
        f"{setting}: {len(where)} of {off.size} codes, worst {off.max()}, first at "
        f"{where[0].tolist()}: {found[tuple(where[0])]} for {expected[tuple(where[0])]}")
    assert (off > 1).mean() < 0.02
    return found


PARTS = [
    ("events", "read"),
    ("events", "at once", "events", "read"),
    ("events", "reset", "events", "read"),
    ("events", "reset", "at once", "read", "events", "reset", "read"),
]


PROGRAMS = {
    "seed": st.integers(0, 2**32),
    "chip": st.integers(0, 5),
    "density": st.sampled_from([1.0, 0.5, 0.1]),
    "largest": st.sampled_from([63, 20]),
    "sign": st.sampled_from([0, 0, 1]),
    "inputs": st.sampled_from([1.0, 0.5, 0.1]),
    "activation": st.sampled_from([0, 31, 1]),
    "wait": st.sampled_from([0, 1, 2, 3, 5, 10, 25, 50]),
    "sends": st.sampled_from([1, 1, 2]),
    "modes": st.booleans(),
    "labels": st.booleans(),
    "lines": st.booleans(),
    "parts": st.sampled_from(PARTS),
}
RUNS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow],
        "phases": [Phase.explicit, Phase.generate]}


@settings(max_examples=12, **RUNS)
@given(
    setting=st.builds(
        Setting,
        gm=st.sampled_from([450, 250, 600]),
        dac=st.sampled_from([895, 1022, 600]),
        tau=st.sampled_from([0.32, 0.32, 0.25, 0.5]),
        drift=st.sampled_from([0.0, 3.0, 10.0]),
        capacitance=st.sampled_from([63, 50]),
        leak=st.sampled_from([0, 0, 90]),
        **PROGRAMS,
    )
)
def test_codes_are_those_of_the_slow_model(setting):
    check(setting)


@settings(max_examples=6, **RUNS)
@given(
    setting=st.builds(
        Setting,
        gm=st.sampled_from([700, 100]),
        dac=st.sampled_from([1022, 300]),
        tau=st.sampled_from([0.2, 0.8, 3.0]),
        drift=st.sampled_from([30.0, 100.0]),
        capacitance=st.sampled_from([30, 63]),
        leak=st.sampled_from([0, 400]),
        **PROGRAMS,
    )
)
@example(  # lines that are still charged in a reset and a read
    Setting(1408796, chip=2, density=0.5, inputs=0.5, activation=31, wait=0, sends=2, gm=700,
            tau=3.0, capacitance=30, drift=30.0, modes=True, lines=True, parts=PARTS[3]))
@example(
    Setting(377, chip=4, density=0.1, largest=20, wait=2, gm=700, tau=3.0, capacitance=30,
            drift=100.0, lines=True, parts=PARTS[1]))
@example(  # membranes at a limit, where charge and leak, or charge and drift, hold each other
    Setting(529264035, chip=3, density=0.5, sign=1, wait=2, sends=2, gm=700, dac=300, tau=3.0,
            capacitance=30, leak=400, drift=100.0, lines=True, parts=PARTS[3]))
@example(
    Setting(1936511373, chip=3, sign=1, inputs=0.5, wait=2, gm=700, tau=3.0, capacitance=30,
            drift=100.0, modes=True, lines=True, parts=PARTS[3]))
def test_codes_far_from_any_calibration(setting):
    """Gains of up to eight times the usual one, leaks of some microseconds, pinned membranes."""
    check(setting, most=3)


@pytest.mark.parametrize("wait", [1, 2, 5, 25])
def test_networks_as_users_have_them(wait):
    """Sparse inputs, small weights: what trained layers look like."""
    found = check(Setting(1, density=0.9, largest=30, inputs=0.5, wait=wait))
    assert np.ptp(found) > 25


@pytest.mark.parametrize("wait", [1, 2, 5, 25])
def test_dense_columns_of_one_sign(wait):
    found = check(Setting(2, sign=1, activation=31, inputs=0.4, wait=wait))
    assert np.ptp(found) > 150


def test_no_codes_without_events():
    found = check(Setting(3, inputs=0.0, parts=("read", "read")))
    assert 100 < found.mean() < 156
