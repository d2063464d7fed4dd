"""Coordinates: sizes, ranges of all conversions, and the permutations worked out by hand."""

import time

import numpy as np
import pytest

from fisch import registers
from fisch.registers.expressions import compile_expression, is_list_expression

NAMES = registers.coordinate_names()
CONVERSIONS = [(n, m) for n in NAMES
               for m in registers.raw_coordinates()[n].get("conversions", {})]
# without intervals, and without the types whose tables are known to be inconsistent
ENUMERATED = [(n, m) for n, m in CONVERSIONS
              if not registers.raw_coordinates()[n]["kind"].startswith("interval")
              and not registers.raw_coordinates()[n].get("removed")]


def test_counts():
    assert len([n for n in NAMES if not registers.raw_coordinates()[n].get("common")
                and n not in ("SpikeLabel", "SpikeLabel.PADILabel", "OmnibusAddress",
                              "OmnibusChipOverJTAGAddress")]) == 267
    assert len(CONVERSIONS) > 1190


def _has_enum(name):
    """Intervals are pairs of bounds and have none."""
    return not registers.raw_coordinates()[name]["kind"].startswith("interval")


@pytest.mark.parametrize("name", list(filter(_has_enum, NAMES)))
def test_size_is_number_of_values(name):
    entry = registers.raw_coordinates()[name]
    low, high = registers.coordinate_range(name)
    assert high - low + 1 == entry["size"]
    for part in ("outer", "x"):
        if part in entry and entry["kind"] == {"outer": "tuple", "x": "grid"}[part]:
            other = "local" if part == "outer" else "y"
            product = np.prod([registers.raw_coordinates()[entry[p]]["size"]
                               for p in (part, other)])
            assert entry["size"] == (76 if name == "CrossbarNodeOnDLS" else product) \
                or entry.get("removed")


def test_conversions_stay_within_their_targets():
    for name, method in ENUMERATED:
        low, high = registers.coordinate_range(name)
        e = np.unique(np.linspace(low, high, 1025).astype(np.int64))
        target, function = registers.conversion(name, method)
        result = np.broadcast_to(np.asarray(function(e)), e.shape) \
            if np.ndim(function(e)) == 0 else np.asarray(function(e))
        first, last = registers.coordinate_range(target)
        found = result[result >= 0]
        assert found.size, (name, method)
        assert found.min() >= first, (name, method)
        assert found.max() <= last, (name, method)


def test_scalar_conversion_equals_array_conversion():
    for name, method in ENUMERATED:
        low, high = registers.coordinate_range(name)
        e = np.unique(np.linspace(low, high, 5).astype(np.int64))
        _, function = registers.conversion(name, method)
        together = function(e)
        for i, value in enumerate(e.tolist()):
            try:
                alone = function(value)
            except registers.NoCounterpartError:
                alone = None
            expected = together if np.ndim(together) == 0 else np.asarray(together)[i].tolist()
            assert (-1 if alone is None else alone) == expected, (name, method, value)


def test_columns_and_quads():
    columns = np.arange(256)
    quads = registers.convert("SynapseOnSynapseRow", "SynapseQuadColumnOnDLS", columns)
    entries = registers.convert("SynapseOnSynapseRow", "EntryOnQuad", columns)
    assert np.array_equal(quads, columns // 8 + 32 * (columns % 2))
    assert np.array_equal(entries, columns // 2 % 4)
    back = registers.convert("SynapseQuadColumnOnDLS", "NeuronColumnOnDLS", np.arange(64))
    assert np.array_equal(back[quads, entries], columns)


@pytest.mark.parametrize(("column", "row", "backend"), [
    (0, 0, 0), (200, 0, 328), (72, 1, 200), (200, 1, 456)])
def test_neuron_permutation(column, row, backend):
    e = 256 * row + column
    found = registers.convert("AtomicNeuronOnDLS", "NeuronBackendConfigOnDLS", e)
    assert found.tolist() == [backend]
    assert registers.convert("NeuronConfigOnDLS", "AtomicNeuronOnDLS", e) == e


def test_crossbar_nodes():
    nodes = np.arange(76)
    inputs = registers.convert("CrossbarNodeOnDLS", "CrossbarInputOnDLS", nodes)
    outputs = registers.convert("CrossbarNodeOnDLS", "CrossbarOutputOnDLS", nodes)
    # neuron outputs reach two PADI buses and one L2 output, FPGA inputs all buses and their own
    assert np.bincount(inputs).tolist() == [3] * 8 + [9] * 4 + [2] * 8
    assert {(8 + k, 8 + k) for k in range(4)} <= set(zip(inputs, outputs, strict=True))
    assert (inputs[13], outputs[13]) == (4, 4)


def test_missing_counterparts():
    _, function = registers.conversion("VDDOnBoard", "toDACChannelOnBoard")
    assert function(2) == 10
    _, back = registers.conversion("DACChannelOnBoard", "toVDDOnBoard")
    with pytest.raises(RuntimeError):
        back(0)
    assert back(np.array([0, 8, 13])).tolist() == [-1, 0, 5]


@pytest.mark.parametrize("text", [
    "__import__('os')", "e.real", "(lambda: 1)()", "'a'", "e ** 2", "f(e)", "x + 1", "open(e)",
    "[i for i in range(3) for j in range(3)]", "1.5 * e", "e; 1"])
def test_only_integer_arithmetic(text):
    with pytest.raises(registers.ExpressionError):
        compile_expression(text)


def test_expressions_on_ints_and_arrays():
    e = np.arange(6)
    assert compile_expression("[3, 1, 2][e % 3] << 1")(e).tolist() == [6, 2, 4, 6, 2, 4]
    assert compile_expression("e if 1 <= e < 3 else None")(e).tolist() == [-1, 1, 2, -1, -1, -1]
    assert compile_expression("e if 1 <= e < 3 else None")(0) is None
    assert compile_expression("[2*e, 2*e + 1]")(e).shape == (6, 2)
    assert is_list_expression("[2*e, 2*e + 1]")
    assert not is_list_expression("[1, 2][e]")


def test_loading_is_quick():
    from fisch.registers import data

    start = time.perf_counter()
    data._load("containers.json")
    data._load("coordinates.json")
    assert time.perf_counter() - start < 0.2
