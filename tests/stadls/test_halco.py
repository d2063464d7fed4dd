"""Coordinate classes: construction, conventions, conversions."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

from fisch import registers
from stadls import halco

NAMES = [n for n in registers.coordinate_names() if "." not in n]


@pytest.mark.parametrize("name", NAMES)
def test_every_type_has_a_class(name):
    kind = getattr(halco, name)
    assert kind.__name__ == name
    if issubclass(kind, halco.Interval):
        return
    low, high = registers.coordinate_range(name)
    assert (kind.min, kind.max, kind.size) == (low, high, high - low + 1)
    last = kind(halco.Enum(high)) if kind.size > 1 else kind._of(high)
    assert int(last.toEnum()) == high if hasattr(last, "toEnum") else True
    assert pickle.loads(pickle.dumps(last)) == last
    assert hash(last) == hash(kind._of(high))


def test_ranges():
    with pytest.raises(OverflowError, match=r"range overflow: 256 > max\(255\)"):
        halco.NeuronColumnOnDLS(256)
    with pytest.raises(RuntimeError, match=r"range underflow: -1 < min\(0\)"):
        halco.NeuronColumnOnDLS(-1)
    with pytest.raises(OverflowError, match="512"):
        halco.AtomicNeuronOnDLS(halco.Enum(512))
    with pytest.raises(TypeError):
        halco.AtomicNeuronOnDLS(5)
    with pytest.raises(TypeError):
        halco.NeuronColumnOnDLS(1.5)
    with pytest.raises(AttributeError):
        halco.NoSuchCoordinate


def test_grid_in_both_orders():
    column, row = halco.NeuronColumnOnDLS(200), halco.NeuronRowOnDLS.bottom
    expected = halco.AtomicNeuronOnDLS(halco.Enum(456))
    assert halco.AtomicNeuronOnDLS(column, row) == expected
    assert halco.AtomicNeuronOnDLS(row, column) == expected
    assert halco.AtomicNeuronOnDLS(x=200, y=1) == expected
    assert halco.AtomicNeuronOnDLS(halco.X(200), halco.Y(1)) == expected
    assert expected.x() == column
    assert expected.y() == row
    assert str(expected) == "AtomicNeuronOnDLS(X(200), Y(1); Enum(456))"
    assert halco.AtomicNeuronOnDLS() == halco.AtomicNeuronOnDLS(halco.Enum(0))


def test_placed():
    row = halco.CADCSampleRowOnDLS(block=halco.SynapseRowOnSynram(3),
                                   synram=halco.SynramOnDLS.bottom)
    assert int(row) == 256 + 3
    assert halco.SynapseRowOnDLS(halco.SynapseRowOnSynram(3)).toEnum() == 3
    cell = halco.CapMemCellOnDLS(
        halco.CapMemCellOnCapMemBlock(halco.CapMemColumnOnCapMemBlock(72),
                                      halco.CapMemRowOnCapMemBlock.v_leak),
        halco.CapMemBlockOnDLS(3))
    assert int(cell) == 3 * 3120 + 72
    quad = halco.CADCSampleQuadOnDLS(
        halco.CADCSampleQuadOnSynram(
            halco.SynapseQuadOnSynram(halco.SynapseQuadColumnOnDLS(33),
                                      halco.SynapseRowOnSynram(7)),
            halco.CADCChannelType.acausal, halco.CADCReadoutType.buffered),
        halco.SynramOnDLS.bottom)
    assert int(quad) == 65536 + 32768 + 16384 + 7 * 64 + 33


def test_conversions():
    neuron = halco.AtomicNeuronOnDLS(halco.NeuronColumnOnDLS(200), halco.NeuronRowOnDLS(1))
    assert neuron.toNeuronBackendConfigOnDLS() == halco.NeuronBackendConfigOnDLS(halco.Enum(456))
    assert neuron.toSynapseQuadColumnOnDLS() == halco.SynapseQuadColumnOnDLS(25)
    driver = halco.SynapseDriverOnDLS(halco.SynapseDriverOnSynapseDriverBlock(42),
                                      halco.SynapseDriverBlockOnDLS.bottom)
    assert [int(r) for r in driver.toSynapseRowOnSynram()] == [85, 84]
    assert [int(r) for r in driver.toSynapseRowOnDLS()] == [340, 341]
    assert halco.DACChannelOnBoard.vdd25_digital.toVDDOnBoard() == halco.VDDOnBoard(0)
    with pytest.raises(RuntimeError):
        halco.DACChannelOnBoard.v_reset.toVDDOnBoard()
    assert halco.CrossbarOutputOnDLS(9).toCrossbarL2OutputOnDLS() == halco.CrossbarL2OutputOnDLS(1)


def test_crossbar_nodes():
    node = halco.CrossbarNodeOnDLS(halco.CrossbarOutputOnDLS(4), halco.CrossbarInputOnDLS(4))
    assert node.toEnum() == 13
    with pytest.raises(RuntimeError, match="CrossbarNodeOnDLS"):
        halco.CrossbarNodeOnDLS(halco.CrossbarOutputOnDLS(9), halco.CrossbarInputOnDLS(0))


def test_numbers():
    column = halco.NeuronColumnOnDLS(5)
    assert column % 2 == halco.NeuronColumnOnDLS(1)
    assert column / 2 == halco.NeuronColumnOnDLS(2)
    assert (column + 3).value() == 8
    assert column < halco.NeuronColumnOnDLS(6)
    assert column != halco.SynapseOnSynapseRow(5)
    assert list(range(10))[column] == 5
    assert np.arange(10)[column] == 5
    assert float(column) == 5.0
    assert {column: 1}[halco.NeuronColumnOnDLS(5)] == 1
    with pytest.raises(OverflowError):
        column + 255
    with pytest.raises(TypeError):
        column + halco.SynapseOnSynapseRow(5)
    with pytest.raises(TypeError):
        halco.SynapseOnSynapseRow(column)


def test_iteration():
    assert len(list(halco.iter_all(halco.AtomicNeuronOnDLS))) == 512
    pairs = list(halco.iter_all(halco.SynramOnDLS, halco.NeuronRowOnDLS))
    assert pairs[1] == (halco.SynramOnDLS.top, halco.NeuronRowOnDLS.bottom)
    assert [int(p) for p in halco.iter_all(halco.SpikePackFromFPGAOnDLS)] == [1, 2, 3]


def test_spike_label_views():
    label = halco.SpikeLabel(0x8123)
    assert label.spl1_address == halco.SPL1Address(2)
    assert label.get_neuron_label() == halco.NeuronLabel(0x123)
    assert label.row_select_address == halco.PADIRowSelectAddress(4)
    assert label.synapse_label == halco.SynapseLabel(0x23)
    label.set_row_select_address(halco.PADIRowSelectAddress(31))
    assert int(label) == 0x8123 | 31 << 6
    label.synapse_label = halco.SynapseLabel(0)
    assert int(label) == 0x8000 | 31 << 6


def test_intervals():
    mailbox = halco.PPUMemoryBlockOnPPU.mailbox
    assert (int(mailbox.toMin()), int(mailbox.toMax())) == (3072, 4095)
    assert mailbox.toPPUMemoryBlockSize() == halco.PPUMemoryBlockSize(1024)
    assert mailbox.contains(halco.PPUMemoryWordOnPPU(4000))
    with pytest.raises(RuntimeError):
        halco.PPUMemoryBlockOnPPU(halco.PPUMemoryWordOnPPU(2), halco.PPUMemoryWordOnPPU(1))
    placed = halco.PPUMemoryBlockOnDLS(mailbox, halco.PPUOnDLS.bottom)
    assert placed.toPPUOnDLS() == halco.PPUOnDLS(1)
    assert placed.toPPUMemoryBlockOnPPU() == mailbox
    assert pickle.loads(pickle.dumps(placed)) == placed


def test_common():
    assert halco.common.Enum is halco.Enum
    assert halco.common.SideHorizontal(1) == halco.SideHorizontal.right
    assert halco.CapMemBlockOnDLS(halco.CapMemBlockOnHemisphere(1), halco.HemisphereOnDLS(1)) \
        == halco.CapMemBlockOnDLS(3)
    with pytest.raises(AttributeError):
        halco.common.NeuronColumnOnDLS


def test_import_builds_nothing():
    code = ("import sys, stadls; "
            "assert 'stadls.halco' not in sys.modules and 'fisch' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("value", [1.5, np.float64(3), "3", None])
def test_wrong_types_are_named_with_the_range(value):
    with pytest.raises(TypeError, match=r"NeuronColumnOnDLS.*integer, 0 to 255") as caught:
        halco.NeuronColumnOnDLS(value)
    assert caught.value.value is value
    assert (caught.value.minimum, caught.value.maximum) == (0, 255)


@pytest.mark.parametrize("types", [(), (3,), (halco.SynramOnDLS, halco.SynramOnDLS(1)),
                                   (halco.PPUMemoryBlockOnPPU,)])
def test_only_types_can_be_iterated(types):
    with pytest.raises(TypeError):
        halco.iter_all(*types)


def test_base_class_in_both_modules():
    assert halco.common.Coordinate is halco.Coordinate


@pytest.mark.parametrize("parts", [
    (halco.SynapseRowOnSynram(3), halco.NeuronColumnOnDLS(1)),
    (halco.NeuronColumnOnDLS(1), halco.SynramOnDLS(1)),
    (halco.SynapseRowOnSynram(3), halco.SynramOnDLS(0), halco.SynramOnDLS(1))])
def test_wrong_parts_are_named(parts):
    with pytest.raises(TypeError, match=r"SynapseRowOnDLS is made from \(SynapseRowOnSynram, "
                                        r"SynramOnDLS\) or an Enum, not from .*OnDLS\(1\)"):
        halco.SynapseRowOnDLS(*parts)
