"""The initialisation, message by message, against the sequence as tabled."""

import pytest

from fisch.connections.hardware_database import (
    HXCubeSetupEntry,
    SimulationEntry,
    ZeroMockEntry,
)
from fisch.ut import ToFPGA
from stadls import (
    ChipInit,
    CubeASICAdapterBoardInit,
    DigitalInit,
    ExperimentInit,
    JboaASICAdapterBoardInit,
    PlaybackGenerator,
    SystemInit,
    generate,
    hal,
    halco,
)


def message(header, payload=0):
    return int(header) << 56 | payload


def omnibus(address, word):
    return [message(ToFPGA.OMNIBUS_ADDRESS, 0xF << 32 | address),
            message(ToFPGA.OMNIBUS_DATA, word)]


def many(pairs):
    return [m for address, word in pairs for m in omnibus(address, word)]


def jtag_data(bits, payload):
    return message(ToFPGA.JTAG_DATA, bits << 40 | payload)


def instruction(number):
    return message(ToFPGA.JTAG_INS, number)


def wait(cycles, reset=True):
    return [message(ToFPGA.SETUP)] * reset + [message(ToFPGA.WAIT_UNTIL, cycles)]


def barrier(bit):
    return [message(ToFPGA.BARRIER, bit)]


def pll(register, word):
    return [instruction(3), jtag_data(4, register), instruction(4), jtag_data(32, word)]


def over_jtag(address, word):
    return [instruction(5), jtag_data(33, address), instruction(6), jtag_data(32, word),
            instruction(7), jtag_data(3, 0)]


STOP = 0x80000000
SUPPLIES = [608, 2090, 608, 1630, 440, 440, 0, 0]
MEMORY_TIMING = (
    [(base + w, v) for base in (0x142800, 0x14A800, 0x152800, 0x15A800)
     for w, v in ((0, 15), (1, 30))]
    + [(base + w, 0xFF) for base in (0x02400902, 0x02400102, 0x03400902, 0x03400102)
       for w in (0, 1)]
    + [(base + w, v) for base in (0x110602, 0x118602) for w, v in ((0, 0xC0), (1, 0xFF))]
    + [(base + w, 0xFF) for base in (0x160402, 0x168402, 0x170402, 0x178402) for w in (0, 1)]
    + [(base + w, 0xFF) for base in (0x1A1402, 0x1A9402) for w in (0, 1)]
    + [(base + w, v) for base in (0x02000000, 0x03000000)
       for w, v in ((0, 0x88), (1, 0x303), (2, 4))])
REFERENCE = [0x1000, 0x280, 0x28, 0xA28, 0xA28, 0x41, 0x41, 0x2CB, 0x2CB]


def board():
    messages = many([(0x88007001, 0xFF), (0x88007001, 0x9C), (0x88007001, STOP | 0x40)])
    for channel, value in enumerate([0] * 8 + SUPPLIES):
        address = 0x88007002 + 2 * (channel // 8)
        messages += many([(address, channel % 8 << 4 | value >> 8), (address, STOP | value & 0xFF),
                          (address, 0xA0), (address, STOP | 2)])
    for dac in (0, 1):
        address = 0x88007002 + 2 * dac
        messages += many([(address, 0x80), (address, STOP | 0b1100),
                          (address, 0x80 | 2 << 5), (address, STOP)])
    return messages + wait(125000)


def chip():
    messages = [message(ToFPGA.RESET, 1), *wait(10), message(ToFPGA.RESET, 0), *wait(100),
                message(ToFPGA.JTAG_SCALER, 6), message(ToFPGA.JTAG_INIT)]
    for register in (0, 2):
        messages += pll(register, 0x2A20A902) + pll(register + 1, 0xC0CBF200)
    messages += pll(4, 0x110D0101)
    messages += many((0x88006000 + i, 0x00204040) for i in range(8))
    for i in range(8):
        messages += [instruction(0x44 | (7 - i) << 3), jtag_data(22, 0x00204000)]
    messages += wait(12500, reset=False)
    messages += omnibus(0x88004000, 0xFF) + over_jtag(0x00040000, 0xFF)
    messages += many([(0, 0), (1, 0)]) + barrier(1)
    messages += [message(ToFPGA.SYSTIME_INIT, 1), *barrier(4)]
    messages += omnibus(0x88000005, 1)
    reference = [(0xC0012 + i, w) for i, w in enumerate(REFERENCE)]
    messages += many([(0xC0012, 0x9000), *reference[1:]]) + barrier(1) + wait(1000)
    messages += many(reference)
    return messages + many(MEMORY_TIMING) + barrier(1)


def generated(generator):
    builder, result = generate(generator)
    assert result is None
    return builder.done().words.tolist()


def test_whole_sequence():
    expected = omnibus(0x88000009, 0x001312D0) + board() + chip()
    assert generated(SystemInit()) == expected
    assert generated(SystemInit(ZeroMockEntry())) == expected
    assert generated(SystemInit(SimulationEntry())) == expected
    assert generated(SystemInit(HXCubeSetupEntry.of_emulated("hxcube93fpga0chip1_1", 3))) \
        == expected


def test_parts():
    assert generated(CubeASICAdapterBoardInit()) == board()
    assert generated(ChipInit()) == chip()
    init = SystemInit()
    init.enable_asic_adapter_board = False
    init.enable_chip = False
    assert generated(init) == omnibus(0x88000009, 1250000)


def test_without_links():
    init = ChipInit()
    init.enable_highspeed_link = False
    with pytest.raises(RuntimeError, match="Highspeed link needs to be enabled"):
        init.generate()
    init.enable_capmem = False
    words = generated(init)
    over = [m for address, word in MEMORY_TIMING for m in over_jtag(address, word)]
    assert words[-len(over) - 1:] == over + barrier(2)
    init.enable_highspeed_link = True
    init.highspeed_link.enable_systime = False
    assert barrier(4)[0] not in generated(init)


def test_members_are_used():
    init = SystemInit()
    register = init.asic_adapter_board.shift_register
    register.select_analog_readout_mux_1_input = register.AnalogReadoutMux1Input.readout_chain_0
    init.asic_adapter_board.dac_channel_block.set_voltage(halco.DACChannelOnBoard.mux_dac_25, 2.5)
    init.chip.adplls[halco.ADPLLOnDLS(1)].loop_div_n = 8
    init.chip.event_recording.enable_event_recording = False
    words = generated(init)
    assert omnibus(0x88007001, STOP | 0x41)[1] in words
    assert omnibus(0x88007002, 7 << 4 | 0xF)[1] in words
    assert jtag_data(32, 0x2A20A102) in words
    assert omnibus(0x88000005, 0)[1] in words


def test_timing_from_the_hardware_database():
    entry = HXCubeSetupEntry.of_emulated("hxcube93fpga0chip1_1", 3)
    wing = next(iter(entry.fpgas.values())).wing
    wing.synram_timing_pcconf = [[1, 2], [3, 4]]
    wing.synram_timing_wconf = [[5, 6], [7, 8]]
    synram = ChipInit(entry).memory_timing.synram
    bottom = synram[halco.CommonSynramConfigOnDLS.bottom]
    assert (int(bottom.pc_conf_west), int(bottom.w_conf_east)) == (3, 8)
    entry.fpgas = {}
    with pytest.raises(RuntimeError, match="Expected exactly one FPGA hwdb entry"):
        ChipInit(entry)


def test_other_boards():
    class JboaSetupEntry:
        jboa_id = 1
        fpgas = None

    init = SystemInit(JboaSetupEntry())
    assert isinstance(init.asic_adapter_board, JboaASICAdapterBoardInit)
    words = generated(init.asic_adapter_board)
    assert words[-5:] == barrier(1) + wait(375000) + wait(62500)
    assert words[:2] == omnibus(0x880078F0, 0b0111)
    wipers = [w & 0xFF for w in words[3::2] if w >> 56 == ToFPGA.OMNIBUS_DATA][1::2]
    assert wipers[:6] == [0xA7, 0x93, 0xA8, 0xA8, 0xA8, 0xA7]
    with pytest.raises(RuntimeError, match="no board"):
        SystemInit(object())


def test_generators():
    class Mine(PlaybackGenerator):
        def generate(self):
            return ()

    assert generate(Mine()) == ()
    assert DigitalInit is SystemInit
    assert ExperimentInit is SystemInit
    with pytest.raises(NotImplementedError):
        generate(PlaybackGenerator())
    assert hal.EventRecordingConfig().enable_event_recording is False


@pytest.mark.parametrize("part", [
    lambda i: i, lambda i: i.chip, lambda i: i.asic_adapter_board,
    lambda i: i.chip.highspeed_link])
def test_unknown_members_are_errors(part):
    init = SystemInit()
    with pytest.raises(AttributeError, match="no member 'enable_xboard'; it has "):
        part(init).enable_xboard = False


def test_derived_generators_may_have_members():
    class Own(SystemInit):
        def __init__(self):
            super().__init__()
            self.own = 3

    assert Own().own == 3
