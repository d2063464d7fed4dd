"""Writes of differences, for every type that has them."""

import numpy as np
import pytest

from fisch import registers
from stadls import PlaybackProgramBuilder, hal, halco, lola
from stadls.aggregate import Aggregate
from tests.stadls.aggregates import randomise

LEAVES = ["PPUControlRegister", "ShiftRegister", "DACChannel", "DACControl", "SynapseDriverConfig",
          "CapMemCell", "CapMemBlockConfig", "CommonPADIBusConfig", "CommonSTPConfig",
          "CommonNeuronBackendConfig", "NeuronBackendConfig", "NeuronConfig",
          "CommonSynramConfig", "SynapseWeightQuad", "SynapseLabelQuad",
          "SynapseCorrelationCalibQuad", "SynapseQuad", "ColumnCorrelationQuad",
          "ColumnCurrentQuad"]
AGGREGATES = ["ColumnCorrelationRow", "ColumnCurrentRow", "SynapseWeightRow", "SynapseLabelRow",
              "SynapseCorrelationCalibRow", "SynapseRow", "SynapseWeightMatrix",
              "SynapseLabelMatrix", "SynapseCorrelationCalibMatrix", "SynapseMatrix", "Chip"]


def program(*writes):
    builder = PlaybackProgramBuilder()
    for write in writes:
        builder.write(*write)
    return builder.done()


def pairs(words):
    """Address and data messages of each write."""
    return np.asarray(words).reshape(-1, 2)


def test_the_types():
    declared = [registers.container(n) for n in registers.container_names()]
    found = {d.name for d in declared if d.kind == "leaf" and d.differential_write}
    assert found == set(LEAVES)
    assert hal.CapMemBlock.differential_write
    assert {k.__name__ for k in lola.containers if k.differential_write} == set(AGGREGATES)


def changed_leaf(kind):
    """A container with its first field changed."""
    config = kind()
    name, value = next(iter(config._values.items()))
    element = kind._fields[name].element

    def other(number):
        return element.maximum if number == element.minimum else element.minimum

    if isinstance(value, np.ndarray):
        value[0] = other(value[0])
    else:
        config._values[name] = type(value)(other(value))
    return config


@pytest.mark.parametrize("name", LEAVES)
def test_container(name):
    kind = getattr(hal, name)
    place, old, new = kind.coordinate_type._of(0), kind(), changed_leaf(kind)
    assert program((place, old), (place, old, kind(old))) == program((place, old))
    whole = program((place, new))
    difference = program((place, new, old))
    words, before = new.encode(place), old.encode(place)
    changed = [i for i, word in enumerate(words) if word != before[i]]
    assert changed
    size = len(whole.words) // len(words)
    expected = np.asarray(whole.words).reshape(len(words), size)[changed]
    assert np.array_equal(difference.words, expected.reshape(-1))


@pytest.mark.parametrize("kind", [hal.CapMemBlock, *(getattr(lola, n) for n in AGGREGATES)],
                         ids=lambda k: k.__name__)
def test_aggregate(kind):
    assert issubclass(kind, Aggregate)
    place = kind.coordinate_type._of(0)
    old = kind()
    new = randomise(kind(), np.random.default_rng(1))
    assert program((place, new, kind(new))).empty()
    whole, before = program((place, new)), program((place, old))
    differs = (pairs(whole.words) != pairs(before.words)).any(axis=1)
    assert differs.sum() > 0
    assert np.array_equal(program((place, new, old)).words,
                          pairs(whole.words)[differs].reshape(-1))


@pytest.mark.parametrize(("place", "config"), [
    (halco.PADIEventOnDLS(), hal.PADIEvent()), (halco.CADCConfigOnDLS(), hal.CADCConfig()),
    (halco.MemoryTimingOnDLS(), lola.MemoryTiming())])
def test_types_without_differences(place, config):
    with pytest.raises(RuntimeError, match="differential"):
        program((place, config, type(config)()))


def test_different_types():
    with pytest.raises(RuntimeError):
        program((halco.CapMemCellOnDLS(), hal.CapMemCell(), hal.CADCConfig()))
