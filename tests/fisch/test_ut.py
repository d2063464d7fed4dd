"""UT messages: both directions, against literal words and against a slow codec of its own."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisch import ut
from fisch.errors import RangeOverflowError, RangeUnderflowError, UnknownHeaderError
from tests.reference import ut_codec as oracle

DATA = Path(__file__).parent / "data"
EXAMPLES = json.loads((DATA / "wire_examples.json").read_text())
INSTRUCTIONS = json.loads((DATA / "wire_instructions.json").read_text())


def messages_of(example):
    kind = ut.ToFPGA if example["direction"] == "to" else ut.FromFPGA
    return [ut.Message(kind(index), int(payload, 16)) for index, payload in example["messages"]]


def words_of(example):
    return [int(word, 16) for word in example["words"]]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["name"])
def test_worked_example(example):
    messages, words = messages_of(example), words_of(example)
    if example["direction"] == "to":
        assert ut.encode(messages).tolist() == words
        assert ut.decode(np.array(words, np.uint64)) == messages
    else:
        assert ut.encode_responses(messages).tolist() == words
        assert ut.decode_responses(np.array(words, np.uint64)) == messages


def test_all_examples_are_here():
    assert len(EXAMPLES) == 42


@pytest.mark.parametrize("entry", INSTRUCTIONS, ids=lambda e: f"{e['direction']} {e['name']}")
def test_dictionary(entry):
    kind = ut.ToFPGA if entry["direction"] == "to_fpga" else ut.FromFPGA
    instruction = kind(entry["header"])
    layout = ut.layout(instruction)
    assert layout.bits == entry["payload_bits"]
    assert ut.Message(instruction).bits == entry["message_bits"]
    declared = {(f.lsb, f.lsb + f.width - 1) for f in layout.fields}
    assert declared == {(f["lsb"], f["msb"]) for f in entry["fields"]}


def test_header_file_agrees_with_the_enums():
    text = (Path(ut.__file__).parent / "ut.h").read_text()
    numbers = {name: int(value, 16) for name, value in re.findall(r"(UT_\w+) = (0x\w+)", text)}
    expected = {f"UT_TO_{i.name}": i.value for i in ut.ToFPGA}
    expected |= {f"UT_FROM_{i.name}": i.value for i in ut.FromFPGA}
    expected |= {"UT_TO_SIZE": len(ut.ToFPGA), "UT_FROM_SIZE": len(ut.FromFPGA)}
    assert numbers == expected


def test_halt_word_is_a_loopback_of_zero():
    assert ut.encode([ut.Message.of(ut.ToFPGA.LOOPBACK, tick=0)]).tolist() == [ut.HALT_WORD]


def message_lists(kind, payload_bits):
    def one(header):
        top = 2 ** payload_bits[header] - 1
        payloads = st.integers(0, top) | st.sampled_from([0, top])
        return payloads.map(lambda payload: ut.Message(kind(header), payload))

    return st.lists(st.integers(0, len(payload_bits) - 1).flatmap(one), max_size=60)


to_fpga = message_lists(ut.ToFPGA, oracle.TO_FPGA_PAYLOAD_BITS)
from_fpga = message_lists(ut.FromFPGA, oracle.FROM_FPGA_PAYLOAD_BITS)
# mostly words that begin like a message, so that decoding goes on for a while
noise = st.lists(
    st.one_of(
        st.integers(0, 2**64 - 1),
        st.builds(lambda h, p: h << 56 | p, st.integers(0, 12), st.integers(0, 2**56 - 1)),
        st.sampled_from([0, 1 << 63, 2**64 - 1, 0x0C00000000000000]),
    ),
    max_size=40,
)


@given(to_fpga)
def test_round_trip_to_fpga(messages):
    words = ut.encode(messages)
    assert words.tolist() == oracle.encode_to_fpga(messages)
    assert ut.decode(words) == messages


@given(from_fpga)
def test_round_trip_from_fpga(messages):
    words = ut.encode_responses(messages)
    assert words.tolist() == oracle.encode_from_fpga(messages)
    assert ut.decode_responses(words) == messages
    assert oracle.decode_from_fpga(words.tolist()) == (messages, None)


@given(from_fpga, st.lists(st.integers(0, 200), max_size=6))
def test_any_cut_into_chunks_decodes_the_same(messages, cuts):
    words = ut.encode_responses(messages)
    decoder = ut.FromFPGADecoder()
    decoded = []
    for part in np.split(words, sorted(min(cut, len(words)) for cut in cuts)):
        decoded += decoder.feed(part)
    assert decoded == messages


@given(st.lists(from_fpga, max_size=5), st.lists(st.integers(0, 3), min_size=5, max_size=5))
def test_commits_and_filling_between_them(parts, fillings):
    encoder = ut.FromFPGAEncoder()
    words = []
    for messages, filling in zip(parts, fillings, strict=False):
        encoder.push(messages)
        encoder.flush()
        words += encoder.take().tolist() + [1 << 63] * filling
    assert ut.decode_responses(np.array(words, np.uint64)) == [m for part in parts for m in part]


def decode_all(words, step):
    decoder = ut.FromFPGADecoder()
    messages = []
    try:
        for begin in range(0, len(words) + step, step):
            messages += decoder.feed(words[begin : begin + step])
    except UnknownHeaderError as error:
        return messages, error.header
    return messages, None


@given(noise, st.integers(1, 7))
def test_noise_gives_messages_or_the_error_in_any_chunks(words, step):
    expected = oracle.decode_from_fpga(words)
    array = np.array(words, np.uint64)
    assert decode_all(array, step) == expected
    assert decode_all(array, max(1, len(words))) == expected


@given(noise)
def test_noise_to_fpga(words):
    decoder = oracle.Decoder(oracle.TO_FPGA_PAYLOAD_BITS, 64)
    for word in words:
        decoder.feed(word)
    array = np.array(words, np.uint64)
    if decoder.error is None:
        assert ut.decode(array) == decoder.messages
    else:
        with pytest.raises(UnknownHeaderError, match=f": {decoder.error}$"):
            ut.decode(array)


def test_unknown_header_is_a_runtime_error_that_names_it():
    with pytest.raises(RuntimeError, match=r"^Unknown UT message header: 13$") as caught:
        ut.decode_responses([0x0D << 56])
    assert caught.value.header == 13
    with pytest.raises(RuntimeError, match=r"^Unknown UT message header: 127$"):
        ut.decode([0x7F << 56])


def test_fields_build_and_take_apart_payloads():
    message = ut.Message.of(ut.ToFPGA.OMNIBUS_ADDRESS, is_read=1, address=0x8800000C)
    assert message.payload == 0x1F8800000C
    assert message.fields == {"is_read": 1, "byte_enables": 0xF, "address": 0x8800000C}
    assert ut.Message.of(ut.ToFPGA.JTAG_DATA).fields["num_bits"] == 33
    with pytest.raises(TypeError, match="no field wrong"):
        ut.Message.of(ut.ToFPGA.SETUP, wrong=1)
    with pytest.raises(RangeOverflowError):
        ut.Message.of(ut.ToFPGA.JTAG_SCALER, value=256)


@pytest.mark.parametrize("payload", [-1, 2])
def test_payload_out_of_range_is_refused(payload):
    for encode, kind in ((ut.encode, ut.ToFPGA), (ut.encode_responses, ut.FromFPGA)):
        with pytest.raises((RangeOverflowError, RangeUnderflowError), match="0 to 1"):
            encode([ut.Message(kind.LOOPBACK, payload)])


def test_words_must_be_whole_words_of_64_bits():
    decoder = ut.FromFPGADecoder()
    assert decoder.feed(b"") == []
    assert decoder.feed((0x01 << 56 | 7).to_bytes(8, "little"))[0].payload == 7
    with pytest.raises(ValueError, match="buffer size"):
        decoder.feed(b"1234567")
    with pytest.raises(TypeError, match="uint64"):
        decoder.feed(np.zeros(2, np.int32))


IN = ut.ToFPGA
OUT = ut.FromFPGA
NAMESPACE = "hxcomm::vx::instruction::"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (ut.Message.of(IN.SETUP), "0400000000000000, {}timing::Setup()"),
        (
            ut.Message.of(IN.JTAG_SCALER, value=3),
            "0100000000000003, {}to_fpga_jtag::Scaler(3)",
        ),
        (
            ut.Message.of(IN.JTAG_INS, value=1),
            "0200000000000001, {}to_fpga_jtag::Ins(0000001)",
        ),
        (
            ut.Message.of(IN.JTAG_DATA, keep_response=1, num_bits=32),
            "0301200000000000, {}to_fpga_jtag::Data(keep_response: true, num_bits: 32, "
            f"payload: {'0' * 33})",
        ),
        (
            ut.Message.of(IN.OMNIBUS_ADDRESS, address=3),
            "0b00000f00000003, {}omnibus_to_fpga::Address(is_read: false, byte_enables: 1111, "
            "address: 3)",
        ),
        (
            ut.Message.of(OUT.SPIKE_PACK_1, label0=5, timestamp0=2),
            "0a00000000020005, {}event_from_fpga::SpikePack<1ul>"
            "(Spike(0000000000000101, 00000010))",
        ),
        (
            ut.Message.of(OUT.SPIKE_PACK_3, label2=1),
            "0c000000000000000001, {}event_from_fpga::SpikePack<3ul>"
            f"(Spike({'0' * 16}, 00000000), Spike({'0' * 16}, 00000000), "
            f"Spike({'0' * 15}1, 00000000))",
        ),
    ],
    ids=lambda value: value.split("::")[-1] if isinstance(value, str) else "",
)
def test_text_form(message, text):
    assert str(message) == f"UTMessage(raw: {text.format(NAMESPACE)})"


@given(to_fpga | from_fpga)
def test_every_message_has_a_text_form(messages):
    for message in messages:
        assert str(message).startswith("UTMessage(raw: ")
