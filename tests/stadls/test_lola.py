"""Aggregates: places, orders and values of all their words."""

import copy
import pickle

import numpy as np
import pytest

from fisch import registers
from stadls import PlaybackProgramBuilder, hal, halco, lola
from tests.stadls.aggregates import written
from tests.stadls.messages import omnibus_reads

SIZES = {  # words written or read per aggregate
    "SynapseRow": 128, "SynapseWeightRow": 64, "SynapseLabelRow": 64,
    "SynapseCorrelationCalibRow": 128, "SynapseMatrix": 32768, "SynapseWeightMatrix": 16384,
    "SynapseLabelMatrix": 16384, "SynapseCorrelationCalibMatrix": 32768,
    "ColumnCorrelationRow": 256, "ColumnCurrentRow": 128, "CorrelationResetRow": 64,
    "SynapseDriverBlock": 402, "CADCSampleRow": 128, "CADCSamples": 256, "MemoryTiming": 38,
    "Crossbar": 77}


def random_matrix(rng, kind=None):
    matrix = (kind or lola.SynapseMatrix)()
    for name in ("weights", "labels"):
        getattr(matrix, name).from_numpy(rng.integers(0, 64, (256, 256)))
    for name in ("time_calibs", "amp_calibs"):
        getattr(matrix, name).from_numpy(rng.integers(0, 4, (256, 256)))
    return matrix


@pytest.mark.parametrize("name", SIZES)
def test_number_of_words(name):
    kind = getattr(lola, name)
    coordinate = kind.coordinate_type()
    builder = PlaybackProgramBuilder()
    if kind.writable:
        builder.write(coordinate, kind())
        assert builder.size_to_fpga() == 2 * SIZES[name]
    else:
        builder.read(coordinate)
        assert builder.size_from_fpga() == SIZES[name]


@pytest.mark.parametrize("name", [*SIZES, "DACChannelBlock", "DACControlBlock"])
def test_copies(name):
    aggregate = getattr(lola, name)()
    for other in (type(aggregate)(aggregate), copy.deepcopy(aggregate),
                  pickle.loads(pickle.dumps(aggregate))):
        assert other == aggregate
        assert type(other) is type(aggregate)
    assert repr(aggregate).startswith(name)


def test_matrix_equals_its_quads():
    rng = np.random.default_rng(1)
    matrix = random_matrix(rng)
    addresses, words = written(halco.SynramOnDLS.bottom, matrix)
    for e in (0, 1, 63, 64, 12 * 64 + 34, 16383):
        row, quad = divmod(e, 64)
        columns = [8 * (quad % 32) + 2 * i + quad // 32 for i in range(4)]
        values = {n: [int(getattr(matrix, n)[row][c]) for c in columns]
                  for n in ("weights", "labels", "time_calibs", "amp_calibs")}
        assert words[2 * e:2 * e + 2].tolist() == registers.encode("SynapseQuad", values)
        base = 0x03CF0000 + 128 * row + quad
        assert addresses[2 * e:2 * e + 2].tolist() == [base, base + 64]


def test_single_synapse_in_a_row():
    row = lola.SynapseRow()
    row.weights[halco.SynapseOnSynapseRow(23)] = 63
    place = halco.SynapseRowOnDLS(halco.SynapseRowOnSynram(12), halco.SynramOnDLS.top)
    addresses, words = written(place, row)
    assert np.flatnonzero(words).tolist() == [68]
    assert words[68] == 0x3F
    assert addresses[68] == 0x02CF0000 + 128 * 12 + 34


def test_numpy_round_trip_and_views():
    matrix = lola.SynapseMatrix()
    values = np.random.default_rng(2).integers(0, 64, (256, 256))
    matrix.weights.from_numpy(values)
    back = matrix.weights.to_numpy()
    assert back.dtype == np.uint8
    assert np.array_equal(back, values)
    back[0, 0] = 99  # a copy
    assert int(matrix.weights[0][0]) == values[0, 0]
    matrix.weights[8][15] = 27
    row = matrix.weights[halco.SynapseRowOnSynram(8)]
    assert row[halco.SynapseOnSynapseRow(15)] == hal.SynapseQuad.Weight(27)
    row.fill(lola.SynapseMatrix.Weight(3))
    assert (matrix.weights.to_numpy()[8] == 3).all()
    assert (matrix.weights.size, row.size, row.empty) == (256, 256, False)
    assert int(row.front()) == int(row.back()) == 3


@pytest.mark.parametrize(("values", "error", "text"), [
    (np.full((256, 256), 64), OverflowError, r"range overflow: 64 > max\(63\)"),
    (np.full((256, 256), 300), OverflowError, r"range overflow: 300 > max\(63\)"),
    (np.full((256, 256), -1), RuntimeError, "range underflow"),
    (np.zeros((256, 255)), RuntimeError, "Input shape does not match"),
    (np.zeros(256), RuntimeError, "dimensions"),
])
def test_from_numpy_errors(values, error, text):
    with pytest.raises(error, match=text):
        lola.SynapseMatrix().weights.from_numpy(values)


def test_names_are_checked():
    for kind in (lola.SynapseMatrix, lola.SynapseDriverBlock, lola.CADCSampleRow):
        with pytest.raises(AttributeError):
            kind().weight = 1


def test_an_element_alone():
    block = lola.SynapseDriverBlock()
    driver = block.synapse_drivers[7]
    driver.recovery = 5
    for alone in (copy.copy(driver), pickle.loads(pickle.dumps(driver)), type(driver)(driver)):
        assert alone == driver
        assert len(pickle.dumps(alone)) < 2000
        alone.recovery = 1
        assert int(driver.recovery) == 5
    builder = PlaybackProgramBuilder()
    builder.write(halco.SynapseDriverOnDLS(), driver)
    assert builder.size_to_fpga() == 6


def test_weight_and_label_matrices():
    rng = np.random.default_rng(3)
    full = random_matrix(rng)
    weights, labels = lola.SynapseWeightMatrix(), lola.SynapseLabelMatrix()
    weights.values.from_numpy(full.weights.to_numpy())
    labels.values.from_numpy(full.labels.to_numpy())
    addresses, words = written(halco.SynapseWeightMatrixOnDLS.top, weights)
    _, both = written(halco.SynramOnDLS.top, full)
    assert addresses[0] == 0x02C00000
    assert np.array_equal(words, both[0::2] & 0x3F3F3F3F)
    addresses, words = written(halco.SynapseLabelMatrixOnDLS.top, labels)
    assert addresses[0] == 0x02C40000
    assert np.array_equal(words, both[1::2] & 0x3F3F3F3F)


def test_differential_write():
    matrix = random_matrix(np.random.default_rng(4))
    other = lola.SynapseMatrix(matrix)
    assert len(written(halco.SynramOnDLS.top, other, matrix)[0]) == 0
    other.weights[5][23] = (int(matrix.weights[5][23]) + 1) % 64
    addresses, _ = written(halco.SynramOnDLS.top, other, matrix)
    assert addresses.tolist() == [0x02CF0000 + 128 * 5 + 34]


def test_decode_restores():
    matrix = random_matrix(np.random.default_rng(5))
    _, words = written(halco.SynramOnDLS.top, matrix)
    assert lola.SynapseMatrix.decode(words, halco.SynramOnDLS.top) == matrix


def test_column_switches():
    row = lola.ColumnCorrelationRow()
    switch = row.ColumnCorrelationSwitch()
    switch.enable_cadc_neuron_readout_causal = True
    row.values.fill(switch)
    row.values[halco.SynapseOnSynapseRow(23)].enable_internal_causal = True
    addresses, words = written(halco.ColumnCorrelationRowOnDLS.top, row)
    assert (words[2::4] == 0x20202020).all()
    assert np.flatnonzero(words[0::4]).tolist() == [34]
    assert words[4 * 34] == 0x40  # entry 3
    assert addresses[:4].tolist() == [0x02CF8080, 0x02CF80C0, 0x02C04000, 0x02C44000]


def test_driver_block():
    block = lola.SynapseDriverBlock()
    driver = block.synapse_drivers[halco.SynapseDriverOnSynapseDriverBlock(42)]
    driver.recovery = 7
    driver.enable_receiver = True
    block.synapse_drivers[3] = hal.SynapseDriverConfig(driver)
    block.hagen_i_bias_dac = 820
    block.stp_i_ramp[halco.CapMemBlockOnHemisphere(1)] = 500
    block.padi_bus.enable_spl1[halco.PADIBusOnPADIBusBlock(2)] = True
    addresses, words = written(halco.SynapseDriverBlockOnDLS.bottom, block)
    table = dict(zip(addresses.tolist(), words.tolist(), strict=True))
    assert table[0x118400 + 4 * 42] == table[0x118400 + 4 * 3] == 0xBE00
    assert table[0x118001] == 0b0100
    assert table[0x158000 + 32 * 128 + 22] == 820
    assert table[0x158000 + 32 * 128 + 13] == 500
    assert table[0x150000 + 32 * 128 + 13] == 0
    with pytest.raises(TypeError):
        block.hagen_i_bias_dac = 1023


def test_crossbar_order():
    crossbar = lola.Crossbar()
    crossbar.nodes[halco.CrossbarNodeOnDLS(halco.Enum(13))] = hal.CrossbarNode.drop_all
    crossbar.outputs.enable_event_counter[halco.CrossbarOutputOnDLS(3)] = True
    addresses, words = written(halco.CrossbarOnDLS(), crossbar)
    assert addresses.tolist() == [0x130000, *range(0x130019, 0x130019 + 76)]
    assert words[0] == 1 << 7
    assert np.flatnonzero(words[1:]).tolist() == [13]
    with pytest.raises(TypeError):
        crossbar.nodes[0] = hal.CrossbarOutputConfig()


def test_memory_timing():
    addresses, words = written(halco.MemoryTimingOnDLS(), lola.MemoryTiming())
    assert addresses[:2].tolist() == [0x142800, 0x142801]
    assert words[:2].tolist() == [15, 30]  # Gray
    assert addresses[-6:].tolist() == [0x02000000, 0x02000001, 0x02000002,
                                       0x03000000, 0x03000001, 0x03000002]
    assert words[-3:].tolist() == [0x88, 0x303, 4]


def test_order_of_samples():
    builder = PlaybackProgramBuilder()
    builder.read(halco.CADCSamplesOnDLS())
    addresses = omnibus_reads(builder.done())
    buffered = 0x00200000
    expected = [0x02C80000, 0x03C80000]
    for base in (0x02000000, 0x03000000):
        expected += [base + 0xC80000 + buffered + q for q in range(1, 64)]
        expected += [base + 0xCC0000 + buffered + q for q in range(64)]
    assert addresses.tolist() == expected
    builder.read(halco.CADCSampleRowOnDLS(halco.SynapseRowOnSynram(7), halco.SynramOnDLS.bottom))
    addresses = omnibus_reads(builder.done())
    row = 64 * 7
    assert addresses.tolist() == [
        0x03C80000 + row, *(0x03C80000 + buffered + row + q for q in range(1, 64)),
        *(0x03CC0000 + buffered + row + q for q in range(64))]


def test_samples_of_columns():
    words = np.zeros(256, np.uint32)
    words[0] = 0x01020304  # top causal, quad 0: columns 0, 2, 4, 6
    words[2 + 63 + 64 + 62] = 0xFF  # bottom causal, quad 63 entry 3: column 255
    samples = lola.CADCSamples.decode(words, halco.CADCSamplesOnDLS())
    causal = samples.causal.to_numpy()
    assert causal.dtype == np.uint64
    assert causal.shape == (2, 256)
    assert causal[0, [0, 1, 2, 4, 6]].tolist() == [1, 0, 2, 3, 4]
    assert causal[1, 255] == 255


def test_board_dacs():
    block = lola.DACChannelBlock.default_ldo_2
    assert int(block.value[halco.DACChannelOnBoard.vdd12_digital]) == 2090
    block.set_voltage(halco.DACChannelOnBoard.v_res_meas, 1.0)
    assert int(block.value[halco.DACChannelOnBoard.v_res_meas]) == 3412
    assert block.get_voltage(halco.DACChannelOnBoard.v_res_meas) == pytest.approx(1.0, abs=1e-3)
    with pytest.raises(ValueError, match="v_reset"):
        block.set_voltage(halco.DACChannelOnBoard.vdd12_pll, 1.0)
    with pytest.raises(OverflowError):
        block.set_voltage(halco.DACChannelOnBoard.v_reset, 1.3)


def test_memory_block_of_a_processor():
    place = halco.PPUMemoryBlockOnDLS(
        halco.PPUMemoryBlockOnPPU(halco.PPUMemoryWordOnPPU(5), halco.PPUMemoryWordOnPPU(7)),
        halco.PPUOnDLS.bottom)
    block = hal.PPUMemoryBlock(place.toPPUMemoryBlockSize())
    block.words = [1, 2, 0xFFFFFFFF]
    addresses, words = written(place, block)
    assert addresses.tolist() == [0x03800005, 0x03800006, 0x03800007]
    assert words.tolist() == [1, 2, 0xFFFFFFFF]
    with pytest.raises(RuntimeError, match="4096"):
        written(place, hal.PPUMemoryBlock())
    builder = PlaybackProgramBuilder()
    builder.read(place)
    assert omnibus_reads(builder.done()).tolist() == addresses.tolist()


def test_capmem_block():
    block = hal.CapMemBlock()
    block.set_cell(halco.CapMemCellOnCapMemBlock.syn_i_bias_dac, hal.CapMemCell.Value(1000))
    addresses, words = written(halco.CapMemBlockOnDLS(1), block)
    assert len(words) == 3120
    place = np.flatnonzero(words)
    assert addresses[place].tolist() == [0x148000 + 32 * 128 + 8]
