"""Instruction containers: words against the templates of the reference, ranges, text forms."""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from fisch import containers as c
from fisch import coordinates, ut, word_access
from fisch.errors import AccessError, ResponseDataError

DATA = Path(__file__).parent / "data"
TABLE = {entry["name"]: entry for entry in json.loads((DATA / "wire_containers.json").read_text())}
COORDINATES = json.loads((DATA / "wire_coordinates.json").read_text())
INSTRUCTIONS = {
    entry["name"]: entry
    for entry in json.loads((DATA / "wire_instructions.json").read_text())
    if entry["direction"] == "to_fpga"
}
KINDS = {"jtag": 0, "omnibus": 1, "loopback": 2, None: 1}


def samples(minimum, maximum):
    """Some of the numbers of a range, its ends included."""
    rng = np.random.default_rng(maximum)
    inner = rng.integers(minimum, maximum + 1, 4).tolist()
    return sorted({minimum, maximum, min(maximum, 0x12), min(maximum, 0x155), *inner})


def variables(entry, coord, value):
    """What the expressions of the templates refer to, for one coordinate and value."""
    parts = next(p.get("parts") for p in COORDINATES if p["name"] == entry["coordinate"])
    names = {"coord": coord, "value": value, "word": value, "byte_enables": 0xF}
    if parts:
        local, outer = coord % parts[0][1], coord // parts[0][1]
        names |= {"register": local, "channel": local, "dac": outer}
        names |= {"ina219": outer, "tca9554": outer, "dac6573": outer}
        if entry["name"] == "I2CAD5252RwRegister":
            names |= {"channel": outer % 2, "ad5252": outer // 2}
    for name in ("base", "reg"):
        if name in entry:
            names[name] = eval(entry[name], {}, names)
    if "bytes" in entry:
        shift = 6 if entry["name"] == "I2CDAC6573RwRegister" else 0
        if value is not None and value << shift < 256 ** entry["bytes"]:
            names["byte"] = (value << shift).to_bytes(entry["bytes"], "big")
    return names


def template_words(templates, names):
    words = []
    for template in templates:
        instruction = INSTRUCTIONS[template["ins"]]
        word = instruction["header"] << 56
        for name, expression in template.items():
            if name == "ins":
                continue
            number = eval(str(expression), {}, names)
            if template["ins"] == "timing::Barrier":
                word |= number
            else:
                lsb = next(f["lsb"] for f in instruction["fields"] if f["name"] == name)
                word |= int(number) << lsb
        words.append(word)
    return words


def make(kind, value):
    if kind is c.Omnibus:
        return kind(kind.Value(value))
    return kind(kind.Value(value))


VALUED = [k for k in c.containers() if k.Value is not None and not k.__name__.startswith("Spike")]


def test_all_containers_are_here():
    assert {kind.__name__ for kind in c.containers()} == set(TABLE)


@pytest.mark.parametrize("kind", c.containers(), ids=lambda k: k.__name__)
def test_declaration(kind):
    entry = TABLE[kind.__name__]
    assert kind.coordinate.__name__ == entry["coordinate"]
    assert (kind.readable, kind.writable) == (entry["readable"], entry["writable"])
    assert kind.responses == entry["responses"]
    assert kind.response == KINDS[entry["response"]]
    assert kind() == kind()
    assert copy.copy(kind()) == kind()
    assert pickle.loads(pickle.dumps(kind())) == kind()
    assert kind.ticket.__name__ == f"_{kind.__name__}ContainerTicket"


@pytest.mark.parametrize("kind", VALUED, ids=lambda k: k.__name__)
def test_words_follow_the_templates(kind):
    entry = TABLE[kind.__name__]
    place = kind.coordinate
    for coord in range(place.min, place.max + 1) if place.size < 100 else samples(0, place.max):
        where = place(coord)
        if entry["encode_read"] is not None:
            expected = template_words(entry["encode_read"], variables(entry, coord, None))
            assert kind.encode_read(where) == expected
        if entry["encode_write"] is None:
            continue
        for value in [0] if kind is c.Timer else samples(*map(int, _range(entry))):
            expected = template_words(entry["encode_write"], variables(entry, coord, value))
            assert make(kind, value).encode_write(where) == expected


def _range(entry):
    return entry["value"]["min"], entry["value"]["max"]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_spike_packs(size):
    kind = (c.SpikePack1ToChip, c.SpikePack2ToChip, c.SpikePack3ToChip)[size - 1]
    labels = [0x0001, 0x0002, 0xFFFF][:size]
    message = ut.Message.of(
        ut.ToFPGA(0x0C + size), **{f"label{i}": label for i, label in enumerate(labels)}
    )
    assert kind(labels).encode_write(kind.coordinate()) == ut.encode([message]).tolist()
    assert kind().get() == [0] * size
    with pytest.raises(TypeError, match=f"takes {size} labels"):
        kind([0] * (size + 1))
    with pytest.raises(OverflowError, match="SpikeLabel is 65536"):
        kind([65536] * size)


@pytest.mark.parametrize("kind", VALUED, ids=lambda k: k.__name__)
def test_value_range_and_default(kind):
    entry = TABLE[kind.__name__]
    maximum = int(_range(entry)[1])
    with pytest.raises(OverflowError, match=str(maximum)):
        make(kind, maximum + 1)
    with pytest.raises(TypeError, match="-1"):
        make(kind, -1)
    with pytest.raises(TypeError):
        make(kind, 0.5)
    default = entry["value"]["default"]
    got = kind().get()
    assert (got.word if kind is c.Omnibus else got) == int(default)
    container = kind()
    value = make(kind, maximum).get()
    container.set(value)
    assert container.get() == value
    if kind is not c.Timer and maximum != int(default):
        assert container != kind()
    assert container != object()


def test_plain_numbers_are_values_except_for_omnibus():
    assert c.JTAGClockScaler(3) == c.JTAGClockScaler(c.JTAGClockScaler.Value(3))
    with pytest.raises(TypeError, match=r"Omnibus.Value"):
        c.Omnibus(3)


def test_access():
    for kind in c.containers():
        place = kind.coordinate()
        if not kind.readable:
            with pytest.raises(AccessError, match="can't be read"):
                kind.encode_read(place)
        if not kind.writable:
            with pytest.raises(RuntimeError, match="can't be written"):
                kind().encode_write(place)
    with pytest.raises(TypeError, match="can't be written at"):
        c.Barrier().encode_write(coordinates.TimerOnDLS())
    with pytest.raises(TypeError, match="not the coordinate"):
        c.container_of(3)


def test_coordinates_of_another_package_are_found_by_name():
    class TimerOnDLS:
        def toEnum(self):
            return 0

    class OmnibusAddress(int):
        pass

    assert c.container_of(TimerOnDLS()) is c.Timer
    assert c.Timer().encode_write(TimerOnDLS()) == [0x04 << 56]
    assert c.Omnibus.encode_read(OmnibusAddress(5)) == [0x0B00001F00000005]


def test_timer_can_only_be_restarted():
    assert c.Timer(5) == c.Timer(0)
    with pytest.raises(RuntimeError, match="only 0"):
        c.Timer(5).encode_write(coordinates.TimerOnDLS())


@pytest.mark.parametrize("kind", [c.Omnibus, c.OmnibusChipOverJTAG, c.JTAGIdCode, c.Timer])
def test_decode_word(kind):
    (decoded,) = kind.decode_all(np.array([0x123], np.uint32))
    assert decoded == make(kind, 0x123)
    if kind is c.Omnibus:
        assert decoded.get().byte_enables == [True] * 4


def test_jtag_decodes_the_low_32_bits():
    (decoded,) = c.JTAGIdCode.decode_all(np.array([1 << 32 | 0x348580AF], np.uint64))
    assert decoded == c.JTAGIdCode(0x348580AF)


def test_i2c_decodes_bytes_and_notices_a_missing_device():
    words = np.array([0x12, 0x34, 0xAB, 0xCD], np.uint32)
    values = [container.get() for container in c.I2CTempRegister.decode_all(words)]
    assert values == [0x1234, 0xABCD]
    assert c.I2CIdRegister.decode_all(words) == [c.I2CIdRegister(0x1234ABCD)]
    assert c.I2CDAC6573RwRegister.decode_all(words[:2]) == [c.I2CDAC6573RwRegister(0x1234 >> 6)]
    words[1] |= 1 << 31
    with pytest.raises(ResponseDataError, match=r"^I2C ack missing, data invalid\.$"):
        c.I2CTempRegister.decode_all(words)


def bits(number, digits):
    return f"{number:0{digits}b}"


@pytest.mark.parametrize(
    ("container", "text"),
    [
        (
            c.Omnibus(c.Omnibus.Value(12, [True, True, False, True])),
            f"Omnibus(0d12 0xc 0b{bits(12, 32)}, byte_enables: 1101)",
        ),
        (c.OmnibusChipOverJTAG(12), f"OmnibusChipOverJTAG(0d12 0xc 0b{bits(12, 32)})"),
        (c.JTAGPLLRegister(12), f"JTAGPLLRegister(0d12 0xc 0b{bits(12, 32)})"),
        (c.JTAGPhyRegister(12), f"JTAGPhyRegister(0d12 0xc 0b{bits(12, 22)})"),
        (c.Barrier(5), "Barrier(0d5 0x5 0b00101)"),
        (c.SPIShiftRegister(13), f"SPIShiftRegister(0d13 0xd 0b{bits(13, 24)})"),
        (c.SPIDACDataRegister(13), f"SPIDACDataRegister(0d13 0xd 0b{bits(13, 12)})"),
        (c.SPIDACControlRegister(13), f"SPIDACControlRegister(0d13 0xd 0b{bits(13, 13)})"),
        (c.I2CIdRegister(13), f"I2CIdRegister(0d13 0xd 0b{bits(13, 32)})"),
        (c.I2CTempRegister(13), f"I2CTempRegister(0d13 0xd 0b{bits(13, 16)})"),
        (c.I2CTCA9546Register(13), f"I2CTCA9546Register(0d13 0xd 0b{bits(13, 8)})"),
        (c.JTAGIdCode(0x12345678), "JTAGIdCode(0x12345678)"),
        (c.JTAGClockScaler(12), "JTAGClockScaler(12)"),
        (c.WaitUntil(12), "WaitUntil(12)"),
        (c.Timer(), "Timer(0)"),
        (c.ResetChip(True), "ResetChip(true)"),
        (c.SystimeSync(True), "SystimeSync(true)"),
        (c.PollingOmnibusBlock(True), "PollingOmnibusBlock(true)"),
        (c.PollingOmnibusBlock(False), "PollingOmnibusBlock(false)"),
        (c.ResetJTAGTap(), "ResetJTAGTap()"),
        (c.NullPayloadReadable(), "NullPayloadReadable()"),
        (c.SpikePack2ToChip([1, 2]), "SpikePack2ToChip(SpikeLabel(1), SpikeLabel(2))"),
        (
            word_access.Omnibus(12, [True, True, False, True]),
            f"Value(0d12 0xc 0b{bits(12, 32)}, byte_enables: 1101)",
        ),
        (word_access.WaitUntil(12), "WaitUntil(12)"),
        (coordinates.OmnibusAddress(3), "OmnibusAddress(3)"),
    ],
    ids=lambda value: "" if isinstance(value, str) else type(value).__name__,
)
def test_text_form(container, text):
    assert str(container) == text


def test_numbers_behave_like_integers():
    value = word_access.Barrier.omnibus + word_access.Barrier.jtag
    assert type(value) is word_access.Barrier
    assert value == 3
    assert value.value() == value.toEnum() == int(value) == 3
    assert value - 1 < value <= 3 < value * 2
    assert (value / 2, value % 2) == (1, 1)
    assert bool(value)
    assert not word_access.Barrier()
    assert [10, 20, 30, 40][value] == 40
    assert pickle.loads(pickle.dumps(value)) == value
    assert len({value, word_access.Barrier(3)}) == 1
    with pytest.raises(OverflowError):
        word_access.Barrier.systime_correction * 2
    with pytest.raises(TypeError):
        value - 4
    with pytest.raises(TypeError):
        value | 4
    assert word_access.PollingOmnibusBlock() == 0


@pytest.mark.parametrize("entry", COORDINATES, ids=lambda e: e["name"])
def test_coordinate(entry):
    kind = getattr(coordinates, entry["name"])
    assert (kind.min, kind.max) == (entry["min"], entry["max"])
    assert kind().value() == entry["min"]
    with pytest.raises(OverflowError):
        kind(entry["max"] + 1)
    if entry["min"] > 0:
        with pytest.raises(RuntimeError):
            kind(entry["min"] - 1)
    if "parts" in entry:
        (local, locals_), (outer, outers) = entry["parts"]
        assert (kind.local.__name__, kind.outer.__name__) == (local, outer)
        assert (kind.local.size, kind.outer.size) == (locals_, outers)
        last = kind(kind.local(locals_ - 1), kind.outer(outers - 1))
        assert last == kind(entry["max"])
        assert pickle.loads(pickle.dumps(last)) == last
        with pytest.raises(OverflowError):
            kind(kind.local(0), outers)


def test_coordinates_of_different_types_are_different():
    assert coordinates.TimerOnDLS() != coordinates.BarrierOnFPGA()
    assert len({coordinates.TimerOnDLS(), coordinates.BarrierOnFPGA()}) == 2
    assert len({kind.coordinate for kind in c.containers()}) == len(c.containers())
    with pytest.raises(TypeError, match="one part"):
        coordinates.TimerOnDLS(0, 0)


def test_views_of_a_spike_label():
    label = word_access.SpikeLabel(0b10_000111_01_111111)
    assert label.spl1_address == 0b10
    assert label.neuron_label == 0b000111_01_111111
    assert label.padi_label == 0b11_01_111111
    assert label.neuron_event_output == 0b111
    assert label.row_select_address == 0b11101
    assert label.neuron_backend_address_out == 0b01_111111
    assert label.synapse_label == 0b111111
    label.synapse_label = 5
    label.spl1_address = 1
    assert label == 0b01_000111_01_000101
    with pytest.raises(OverflowError):
        label.synapse_label = 64


def test_omnibus_value():
    value = word_access.Omnibus(5, [0, 1, 0, 0])
    assert value.enables_as_bits == 0b0010
    assert pickle.loads(pickle.dumps(value)) == value
    assert value != word_access.Omnibus(5)
    with pytest.raises(TypeError, match="four bytes"):
        word_access.Omnibus(5, [True])
    # the container keeps its own copy
    container = c.Omnibus(value)
    value.word = 6
    assert container.get().word == 5
