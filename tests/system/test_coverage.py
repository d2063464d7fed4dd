"""All containers against the emulated chip, and programs of random accesses against a model."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import coverage, fuzz
from stadls import ManagedConnection
from tests.reference.register_model import KINDS, NAMES, SYNAPSE_VIEWS, Program, Step

pytest.importorskip("emulator.machine")


@pytest.fixture(scope="module")
def connection():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in coverage.SETUP.items():
            patch.setenv(name, value)
        with ManagedConnection() as handle:
            yield handle


def test_every_container_behaves_as_declared(connection):
    rows = coverage.rows(connection)
    assert len(rows) == 115
    assert sum(row.fields for row in rows) == 444
    assert not [row.name for row in rows if row.wrong]
    assert sum(row.verified > 0 for row in rows) == 112
    assert {row.name: row.problems for row in rows if row.problems} == {}
    text = coverage.summary(rows)
    assert "1201 conversions" in text


def test_what_is_missing_is_told(tmp_path):
    (tmp_path / "registers.json").write_text(
        '{"containers": [{"name": "CADCConfig", "fields": [{"name": "enable"}, {"name": "x"}]},'
        ' {"name": "Nothing", "fields": []}]}')
    (tmp_path / "coordinates.json").write_text(
        '{"coordinates": [{"name": "NoCoordinate"}, {"name": "SynramOnDLS"}], "common": [],'
        ' "label_and_address_types": [{"name": ["SpikeLabel", "NoLabel"]}]}')
    assert coverage.missing(Path(tmp_path)) == [
        "container Nothing", "field CADCConfig.x", "coordinate NoCoordinate",
        "coordinate NoLabel"]


steps = st.lists(
    st.builds(Step, st.sampled_from(KINDS), st.sampled_from(NAMES), st.integers(0, 3),
              st.integers(0, (1 << 48) - 1)), min_size=1, max_size=40)


@settings(max_examples=150, deadline=None)
@given(steps)
def test_programs_of_random_accesses(connection, steps):
    made = Program(steps)
    connection._connection.run(made.program)
    assert made.differences() == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.builds(Step, st.sampled_from(KINDS), st.sampled_from(sorted(SYNAPSE_VIEWS)),
                          st.integers(0, 3), st.integers(0, (1 << 48) - 1)),
                min_size=5, max_size=60))
def test_views_of_the_same_synapses(connection, steps):
    made = Program(steps)
    connection._connection.run(made.program)
    assert made.differences() == []


@pytest.mark.slow
def test_many_programs(connection):
    assert fuzz.run(connection._connection, programs=1000, seed=1) == []
