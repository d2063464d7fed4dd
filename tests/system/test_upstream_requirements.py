"""What the hardware tests of the real system's instruction layers ask for, on the emulator.

Scripts as a user of these layers writes them: containers and coordinates, or plain messages,
against a daemon; nothing of the emulator is imported. The figures are those that the tests of
the real system assert, for hardware.
"""

import time

import numpy as np
import pyfisch_vx_v3 as fi
import pyhalco_hicann_dls_vx_v3 as halco
import pytest

import fisch
from fisch import registers
from fisch.connections.channel import ask_status
from fisch.ut import ToFPGA
from tests.daemons import Daemon, script, wait_for

US = 125
"""FPGA cycles per microsecond."""
ID_CODES = {"v1": 0x048580AF, "v2": 0x248580AF, "v3": 0x348580AF}
CROSSBAR_NODES = 0x00130019
LOOPBACK_NODES = [CROSSBAR_NODES + 32 + 9 * i for i in range(4)]
CHIP_ARQ = 0x8800C010


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory):
    """One daemon per revision, as long as the tests of this module run."""
    daemons = {}

    def of(revision):
        if revision not in daemons:
            folder = tmp_path_factory.mktemp(revision)
            daemons[revision] = Daemon(f"ipc://{folder}/chip", "--revision", revision,
                                       "--noise-seed", "1", module="emulator")
        return daemons[revision].endpoint

    yield of
    for daemon in daemons.values():
        daemon.end()


@pytest.fixture
def chip(endpoints):
    """A connection to a v3 chip that has just been powered up."""
    with fisch.connect(endpoints("v3")) as connection:
        yield connection


@pytest.fixture
def connect(endpoints):
    """Connect to a chip of a revision."""
    return lambda revision: fisch.connect(endpoints(revision))


def word(header, payload=0):
    return int(header) << 56 | payload


def messages(*words, expected=(0, 0, 0)):
    return fisch.PlaybackProgram(np.array(words, np.uint64), expected)


def jtag_shift(bits, payload=0, keep=True):
    return word(ToFPGA.JTAG_DATA, keep << 48 | bits << 40 | payload)


PREAMBLE = [word(ToFPGA.RESET, 1), word(ToFPGA.SETUP), word(ToFPGA.WAIT_UNTIL, 10),
            word(ToFPGA.RESET, 0), word(ToFPGA.WAIT_UNTIL, 100),
            word(ToFPGA.JTAG_SCALER, 3), word(ToFPGA.JTAG_INIT)]


def timer(builder, cycles):
    """Reset the timer and wait."""
    builder.write(halco.TimerOnDLS(), fi.Timer())
    builder.write(halco.WaitUntilOnFPGA(), fi.WaitUntil(fi.WaitUntil.Value(cycles)))


def barrier(builder, bits=1):
    builder.write(halco.BarrierOnFPGA(), fi.Barrier(fi.Barrier.Value(bits)))


def omnibus(builder, address, data, **options):
    builder.write(halco.OmnibusAddress(address), fi.Omnibus(fi.Omnibus.Value(data, **options)))


def value(ticket):
    """The only value that a ticket holds, as a number."""
    (container,) = ticket.get()
    return int(getattr(container.get(), "word", container.get()))


def over_jtag(builder, address, data):
    builder.write(halco.OmnibusChipOverJTAGAddress(address),
                  fi.OmnibusChipOverJTAG(fi.OmnibusChipOverJTAG.Value(data)))


def bring_up(links=True):
    """Reset, JTAG, clocks, links, synchronisation, as the tests of the real system do it."""
    builder = fi.PlaybackProgramBuilder()
    builder.write(halco.ResetChipOnDLS(), fi.ResetChip(fi.ResetChip.Value(True)))
    timer(builder, 10)
    builder.write(halco.ResetChipOnDLS(), fi.ResetChip(fi.ResetChip.Value(False)))
    builder.write(halco.WaitUntilOnFPGA(), fi.WaitUntil(fi.WaitUntil.Value(100)))
    builder.write(halco.JTAGClockScalerOnDLS(), fi.JTAGClockScaler(fi.JTAGClockScaler.Value(3)))
    builder.write(halco.ResetJTAGTapOnDLS(), fi.ResetJTAGTap())
    if not links:
        timer(builder, 22 * US)
        return builder
    for register, data in enumerate(
            [0x2A20A902, 0xC0CBF200, 0x2A20A902, 0xC0CBF200, 0x118D8181]):
        builder.write(halco.JTAGPLLRegisterOnDLS(register),
                      fi.JTAGPLLRegister(fi.JTAGPLLRegister.Value(data)))
    timer(builder, 100 * US)
    for phy in range(8):
        omnibus(builder, 0x88006000 + phy, 0x00204040)
    omnibus(builder, 0x88004000, 0xFF)
    for phy in range(8):
        builder.write(halco.JTAGPhyRegisterOnDLS(phy),
                      fi.JTAGPhyRegister(fi.JTAGPhyRegister.Value(0x00204000)))
    over_jtag(builder, 0x00040000, 0xFF)
    timer(builder, 80 * US)
    builder.write(halco.SystimeSyncOnFPGA(), fi.SystimeSync(fi.SystimeSync.Value(True)))
    barrier(builder, 4)
    return builder


# messages ------------------------------------------------------------


def test_a_lone_halt_answers_with_a_halt(chip):
    program = messages()
    chip.run(program)
    assert program.responses == fisch.Responses()
    assert (program.tickets_valid(), program.run_ok()) == (True, True)


def test_a_tick_comes_before_the_halt(chip):
    program = messages(word(ToFPGA.LOOPBACK, 1), expected=(0, 0, 1))
    chip.run(program)
    assert program.responses.tick_time.tolist() == [1]


@pytest.mark.parametrize("bits", [0, 1, 2, 3, 8, 16])
@pytest.mark.parametrize("armed", [0, 1])
def test_barriers_return_on_an_idle_system(chip, bits, armed):
    builder = fisch.PlaybackProgramBuilder()
    # arming has no effect without the bit file of several FPGAs
    omnibus(builder, 0x8800000B, armed)
    barrier(builder)
    builder.append_words(np.array([word(ToFPGA.BARRIER, bits)], np.uint64))
    chip.run(builder.done())


@pytest.mark.parametrize("revision", ID_CODES)
def test_jtag_bypass_delays_by_one_bit(connect, revision):
    rng = np.random.default_rng(0)
    counts = rng.integers(3, 34, 10).tolist()
    payloads = [int(rng.integers(0, 1 << n)) for n in counts]
    program = messages(
        *PREAMBLE, word(ToFPGA.JTAG_INS, 127),
        *(jtag_shift(n, p) for n, p in zip(counts, payloads, strict=True)),
        word(ToFPGA.BARRIER, 2), expected=(10, 0, 0))
    with connect(revision) as connection:
        connection.run(program)
    for count, payload, answer in zip(counts, payloads, program.responses.jtag, strict=True):
        assert int(answer) >> 1 == payload & ~(1 << count - 1)


@pytest.mark.parametrize("revision", ID_CODES)
def test_id_code_without_selecting_it(connect, revision):
    program = messages(*PREAMBLE, jtag_shift(32), word(ToFPGA.BARRIER, 2), expected=(1, 0, 0))
    with connect(revision) as connection:
        connection.run(program)
    assert program.responses.jtag.tolist() == [ID_CODES[revision]]


# containers ------------------------------------------------------------


@pytest.mark.parametrize("revision", ID_CODES)
def test_id_code(connect, revision):
    builder = bring_up(links=False)
    ticket = builder.read(halco.JTAGIdCodeOnDLS())
    barrier(builder, 2)
    assert not ticket.valid()
    with connect(revision) as connection:
        connection.run(builder.done())
    assert ticket.valid()
    assert value(ticket) == ID_CODES[revision]


def test_a_program_that_runs_again_shows_the_new_value(chip):
    def write(number):
        builder = bring_up(links=False)
        over_jtag(builder, 0, number)
        barrier(builder, 2)
        return builder.done()

    builder = fi.PlaybackProgramBuilder()
    ticket = builder.read(halco.OmnibusChipOverJTAGAddress(0))
    barrier(builder, 2)
    read = builder.done()
    for number in (1, 2):
        chip.run(write(number))
        chip.run(read)
        assert value(ticket) == number


def test_tickets_of_merged_builders(chip):
    first, second, third = (fi.PlaybackProgramBuilder() for _ in range(3))
    address = halco.OmnibusChipOverJTAGAddress(0)
    tickets = []
    for number, builder in enumerate((first, second, third), start=1):
        over_jtag(builder, 0, number)
        tickets.append(builder.read(address))
    builder = bring_up(links=False)
    first.merge_back(second)
    builder.merge_back(first)
    builder.merge_back(third)
    del second, third
    late = builder.read([address, address])
    barrier(builder, 2)
    dropped = builder.read(address)
    del dropped
    barrier(builder, 2)
    chip.run(builder.done())
    assert [value(t) for t in tickets] == [1, 2, 3]
    assert [int(c.get()) for c in late.get()] == [3, 3]


def test_time_follows_the_synchronisation(chip):
    builder = bring_up()
    ticket = builder.read(halco.OmnibusAddress(0))
    barrier(builder)
    chip.run(builder.done())
    assert ticket.fpga_time() > 1


def test_byte_enables_in_the_synapse_array(connect):
    for revision in ("v2", "v3"):
        place = 0x02CF0000 + int(np.random.default_rng(0).integers(128 * 256))
        builder = bring_up()
        for address, data in ((0x02000000, 0x88), (0x02000001, 0x303), (0x02000002, 4),
                               (place, 0x12345678)):
            omnibus(builder, address, data)
        tickets = []
        for byte in range(4):
            enables = [i == byte for i in range(4)]
            omnibus(builder, place, 0x87654321, byte_enables=enables)
            tickets.append(builder.read(halco.OmnibusAddress(place)))
        barrier(builder)
        with connect(revision) as connection:
            connection.run(builder.done())
        found = [value(t) for t in tickets]
        assert found == [0x12345621, 0x12344321, 0x12654321, 0x87654321]


def loop_back(builder):
    """FPGA channels straight back to the FPGA; all other routes closed."""
    omnibus(builder, 0x00130000, 0xFFF0)
    for node in range(76):
        omnibus(builder, CROSSBAR_NODES + node, 0x00010000)
    for node in LOOPBACK_NODES:
        omnibus(builder, node, 0)
    barrier(builder)


def test_loop_back_with_the_crossbar_as_it_is_after_reset(chip):
    """Default nodes pass everything; those of the loop-back only count besides."""
    builder = bring_up()
    omnibus(builder, 0x00130000, 0xFFF0)
    for i in range(4):
        omnibus(builder, 0x00130039 + 9 * i, 0x80000000)
    for label in range(1000):
        builder.write(halco.SpikePack1ToChipOnDLS(),
                      fi.SpikePack1ToChip([fi.word_access.SpikeLabel(label)]))
        timer(builder, 10)
    timer(builder, 100)
    program = builder.done()
    chip.run(program)
    labels = program.spikes.to_numpy()["label"]
    assert 500 <= len(labels) <= 1200
    assert (labels >= 1000).sum() <= 200


@pytest.mark.parametrize("size", [1, 2, 3])
def test_packs_of_spikes_come_back(chip, size):
    kind = (fi.SpikePack1ToChip, fi.SpikePack2ToChip, fi.SpikePack3ToChip)[size - 1]
    rng = np.random.default_rng(size)
    sent = rng.integers(0, 1 << 16, (1000, size))
    builder = bring_up()
    loop_back(builder)
    for labels in sent:
        builder.write(kind.coordinate(), kind([int(x) for x in labels]))
        timer(builder, 10)
    timer(builder, 100)
    program = builder.done()
    chip.run(program)
    labels = program.spikes.to_numpy()["label"]
    assert 0.9 * sent.size < len(labels) <= sent.size
    assert set(labels.tolist()) <= set(sent.ravel().tolist())


def test_event_recording_is_switched_off_on_and_off(chip):
    builder = bring_up()
    loop_back(builder)
    for train, record in enumerate((0, 1, 0)):
        omnibus(builder, 0x88000005, record)
        barrier(builder)
        for i in range(1000):
            builder.write(halco.SpikePack1ToChipOnDLS(),
                          fi.SpikePack1ToChip([fi.word_access.SpikeLabel(1000 * train + i)]))
            timer(builder, 10)
        timer(builder, 100 * US)
    program = builder.done()
    chip.run(program)
    assert program.spikes.to_numpy()["label"].tolist() == list(range(1000, 2000))


def test_events_record_by_when_they_come_not_by_the_next_response(chip):
    builder = bring_up()
    loop_back(builder)
    for record, label in ((1, 7), (0, 8)):
        omnibus(builder, 0x88000005, record)
        builder.write(halco.SpikePack1ToChipOnDLS(),
                      fi.SpikePack1ToChip([fi.word_access.SpikeLabel(label)]))
        timer(builder, 100 * US)
    omnibus(builder, 0x88000005, 1)
    timer(builder, 100)
    program = builder.done()
    chip.run(program)
    assert program.spikes.to_numpy()["label"].tolist() == [7]


def test_counters_of_the_link_to_the_chip(chip):
    def read_counters(builder):
        return [builder.read(halco.OmnibusAddress(CHIP_ARQ + i)) for i in (0, 3, 1, 2)]

    builder = bring_up()
    barrier(builder)
    before = read_counters(builder)
    builder.read([halco.OmnibusAddress(0), halco.OmnibusAddress(1)])
    barrier(builder)
    after = read_counters(builder)
    barrier(builder)
    chip.run(builder.done())
    write, read, tx, rx = ([value(t[i]) for t in (before, after)]
                           for i in range(4))
    assert write[1] - write[0] == 2
    assert read[1] - read[0] == 2
    assert rx[1] >= read[1]
    assert tx[1] >= write[1]


# blocking ------------------------------------------------------------


def test_polling_until_a_register_has_a_value(chip):
    builder = fi.PlaybackProgramBuilder()
    for address, data in ((0x88000006, 0x02800000), (0x88000007, 5), (0x88000008, 7),
                           (0x02800000, 0xFD)):
        omnibus(builder, address, data)
    barrier(builder)
    builder.write(halco.PollingOmnibusBlockOnFPGA(),
                  fi.PollingOmnibusBlock(fi.PollingOmnibusBlock.Value(True)))
    chip.run(builder.done())


def test_a_time_out_fails_the_run_and_names_the_instruction(chip, caplog):
    builder = fi.PlaybackProgramBuilder()
    for address, data in ((0x88000006, 0x02800000), (0x88000007, 5), (0x88000008, 7),
                           (0x02800000, 1), (0x88000009, 1000)):
        omnibus(builder, address, data)
    barrier(builder)
    index = builder.size_to_fpga()
    builder.write(halco.PollingOmnibusBlockOnFPGA(),
                  fi.PollingOmnibusBlock(fi.PollingOmnibusBlock.Value(True)))
    ticket = builder.read(halco.OmnibusAddress(0x02800000))
    barrier(builder)
    program = builder.done()
    with pytest.raises(RuntimeError, match="error notification"):
        chip.run(program)
    assert program.responses.timeouts["value"].tolist() == [index]
    assert f"Instruction {index} timed out" in caplog.text
    assert value(ticket) == 1
    # the chip is not lost
    chip.run(messages(word(ToFPGA.LOOPBACK, 1), expected=(0, 0, 1)))


def test_unmapped_words_are_zero_and_counted(chip):
    builder = fi.PlaybackProgramBuilder()
    omnibus(builder, 0x01234567, 1)
    omnibus(builder, 0x90000000, 1)
    tickets = [builder.read(halco.OmnibusAddress(a)) for a in (0x01234567, 0x90000000)]
    barrier(builder)
    chip.run(builder.done())
    assert [value(t) for t in tickets] == [0, 0]

    def counted():
        machine = ask_status(chip.endpoint, 5.0)["machine"]
        return (machine["unmapped_reads"], machine["unmapped_writes"]) == (2, 2)

    wait_for(counted, 2.0)


# registers ------------------------------------------------------------


def registers_on_the_bus():
    """Containers of the register map that can be read: name, read and write addresses."""
    for name in registers.container_names():
        container = registers.container(name)
        if not (container.readable and container.coordinate_size
                and "Omnibus" in container.backends) or name.startswith(UNCOMPARED):
            continue
        low, high = registers.coordinate_range(container.coordinate)
        enums = np.unique(np.linspace(low, high, min(high - low + 1, 40)).astype(np.int64))
        yield (name, registers.addresses(name, enums, "Omnibus", False),
               registers.addresses(name, enums, "Omnibus", True) if container.writable else None)


UNCOMPARED = ("CapMemBlock", "PPUMemory", "ExternalPPU", "VectorGenerator",
              "CADCSampleQuad", "FPGADeviceDNA", "NeuronLabelToGL1")
"""Memories and aggregates of other containers; no fixed words; overlaps in the real map."""


NOT_AT_DEFAULT = ("EventRecordingConfig", "PhyStatus", "PPUStatusRegister")
"""Recording is on, as tests of the real system rely on; words are counted; processors sleep."""


def read_all(chip, addresses):
    builder = fi.PlaybackProgramBuilder()
    ticket = builder.read_block(addresses.ravel().astype(np.uint32))
    barrier(builder)
    chip.run(builder.done())
    return np.asarray(ticket.words()).reshape(addresses.shape)


def test_registers_hold_their_defaults_after_power_up(chip):
    for name, read, _ in registers_on_the_bus():
        if name in NOT_AT_DEFAULT:
            continue
        assert (read_all(chip, read) == np.array(registers.encode(name, {}))).all(), name


def test_registers_hold_what_is_written(chip):
    rng = np.random.default_rng(0)
    for name, read, write in registers_on_the_bus():
        if write is None:
            continue
        mask = np.zeros(write.shape[1], np.uint32)
        for field in registers.container(name).fields.values():
            for _, segments in field.elements:
                for segment in segments:
                    mask[segment.word] |= np.uint32(segment.mask << segment.lsb)
        words = rng.integers(0, 1 << 32, write.shape, dtype=np.uint64).astype(np.uint32) & mask
        if name == "InstructionTimeoutConfig":
            words |= 1 << 20
        builder = fi.PlaybackProgramBuilder()
        builder.write_block(write.ravel().astype(np.uint32), words.ravel())
        barrier(builder)
        chip.run(builder.done())
        assert (read_all(chip, read) & mask == words).all(), name


HOG = """
import sys, time
import numpy as np
import fisch
connection = fisch.connect(sys.argv[1])
connection.submit(fisch.PlaybackProgram(np.full(1 << 17, 0x09 << 56 | 1, np.uint64)))
print("submitted", flush=True)
time.sleep(60)
"""


def test_a_slow_program_ends_with_its_client(endpoints):
    """A chip reset takes a fraction of a millisecond: the whole program most of a minute."""
    client = script(HOG, endpoints("v2"))
    assert client.stdout.readline() == "submitted\n"
    time.sleep(0.3)
    client.kill()
    client.communicate(timeout=10)
    begin = time.monotonic()
    with fisch.connect(endpoints("v2")) as connection:
        assert time.monotonic() - begin < 4
        connection.run(messages())
