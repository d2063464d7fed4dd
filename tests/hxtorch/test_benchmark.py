"""Points of the speed benchmark, against the message counts of the published arithmetic."""

import json

import pytest

from hxtorch.benchmark import command, measure, published
from hxtorch.benchmark.figure import SHARES, shares

STATIC = 132_764
"""Messages of the whole static configuration."""
DENSE = 645
"""Messages of a dense 256 x 256 vector, one send, without baseline."""
RELABEL = 2 * 2 * 256 * 64
"""Messages that rewrite all labels of both arrays."""


@pytest.fixture(scope="module")
def points():
    """Two sizes on every variant, host software alone."""
    found = {}
    for variant in measure.VARIANTS:
        found[variant.name] = measure.sweep(
            variant, measure.HOST, [(256, 3), (1024, 3)], seconds_per_point=1e-9,
            report=lambda point: None)
    return found


def test_link_limits_follow_the_arithmetic(points):
    (small, _) = points["v2"]
    words = 3 * DENSE + STATIC
    for name, rate in published.MESSAGES_PER_SECOND.items():
        assert small.link_rates[name] == pytest.approx(65536 * 3 * rate / words, rel=1e-3)
    assert small.chip_rate is None, "nobody was there"


def test_v1_rewrites_all_labels_of_each_vector(points):
    v1, v2 = points["v1"][0].run, points["v2"][0].run
    data = [run["words_to_fpga"] - run["words_configuration"] for run in (v1, v2)]
    assert data[0] - data[1] == 3 * RELABEL
    without = points["v1 without workaround"][0]
    assert without.run["words_to_fpga"] == points["v2"][0].run["words_to_fpga"]


def test_large_products_are_sampled_by_columns_and_say_so(points):
    _, large = points["v2"]
    assert large.sampled
    assert large.columns == 256
    assert large.as_dict()["sampled"] is True
    assert large.run["macs"] == 1024 * 256 * 3
    assert not points["v2"][0].sampled


def test_shares_of_stages_add_up(points):
    found = shares(points["v2"][0])
    assert len(found) == len(SHARES)
    assert sum(found) == pytest.approx(1)


def test_the_command_prints_and_saves(tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(command, "QUICK_SIZES", [8, 256])
    monkeypatch.setattr(command, "QUICK_BATCHES", [1, 20])
    monkeypatch.setattr(command, "BATCH", 20)
    assert command.main(["--quick", "--output", str(tmp_path / "out"), "--threads", "1"]) == 0
    printed = capsys.readouterr().out
    assert "messages per vector, v1 / v2" in printed
    assert "7.35 simulated accelerator" in printed
    data = json.loads((tmp_path / "out" / "bench.json").read_text())
    assert {p["variant"] for p in data["sizes"]} == {v.name for v in measure.VARIANTS}
    assert all(p["rate"] > 0 for p in data["sizes"] + data["batches"])
    # the paper's statements on volume: about 100
    ratio = next(r for r in data["summary"] if r["name"].startswith("messages per vector"))
    assert 90 <= float(ratio["measured"]) <= 110
    assert (tmp_path / "out" / "bench.png").stat().st_size > 10_000
