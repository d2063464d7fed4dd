"""Points of the speed benchmark, against the message counts of the published arithmetic."""

import json

import pytest

import fisch
import hxtorch
from hxtorch import execution
from hxtorch.benchmark import command, measure, published
from hxtorch.execution.times import STAGES
from tests.daemons import Daemon

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


def test_large_products_are_sampled_by_blocks_and_say_so(points):
    small, large = points["v2"]
    assert large.sampled
    assert large.as_dict()["sampled"] is True
    assert large.run["macs"] == large.rows * large.columns * 3 < 1024 * 1024 * 3
    assert large.rate == pytest.approx(large.run["macs"] / large.seconds)
    assert not small.sampled
    assert small.run["macs"] == 256 * 256 * 3


@pytest.mark.parametrize("size", [256, 512, 1000, 1024, 16384])
@pytest.mark.parametrize("share", [1e-9, 0.01, 0.2, 0.5, 1.0])
def test_samples_are_blocks_of_the_chips_size(size, share):
    rows, columns = measure.sample(size, share)
    for length in (rows, columns):
        assert length == size or length % 256 == 0
        assert 0 < length <= size
    if share == 1:
        assert (rows, columns) == (size, size)
    # one block at least, half a row of blocks too many at most
    assert rows * columns <= max(share * size**2 + size * 128, 256**2)


def test_categories_cover_all_stages_and_the_whole_wall_time(points):
    stages = [stage for stages in measure.CATEGORIES.values() for stage in stages]
    assert stages == list(STAGES)
    for point in points["v2"]:
        assert sum(point.shares.values()) == pytest.approx(1)
        assert min(point.shares.values()) >= 0
        assert 0 < point.chip_use <= 1


# the emulator counts headers and gaps of Ethernet frames of 1518 bytes and 180 words, too
FRAMES = 180 * 8 / 1518


@pytest.mark.parametrize(("link", "name", "payload"),
                         [("1gbe", "1 GbE", FRAMES), ("8gbit", "8 Gbit/s", 1.0)])
def test_rates_by_the_link_model_are_those_of_a_chip_behind_it(tmp_path, link, name, payload):
    daemon = Daemon(f"ipc://{tmp_path}/chip", "--link", link, "--revision", "v2",
                    module="emulator")
    try:
        with fisch.connect(daemon.endpoint) as connection:
            hxtorch.init_hardware(ann=True, endpoint=connection)
            with execution.options(baseline=False, differential=False):
                found = measure.measure(measure.V2, measure.EMULATOR, 256, 20, repeats=1)
            hxtorch.release_hardware()
    finally:
        daemon.end()
    link_time, chip_time = found.run["link_time"] * payload, found.run["fpga_time"]
    macs = 256 * 256 * 20
    assert found.link_rates[name] == pytest.approx(macs / link_time, rel=1e-3)
    assert found.system_rates[name] == pytest.approx(macs / max(link_time, chip_time), rel=1e-3)
    assert found.system_rates["none"] == pytest.approx(found.chip_rate)


def test_the_command_prints_and_saves(tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(command, "QUICK_SIZES", [8, 256])
    monkeypatch.setattr(command, "QUICK_BATCHES", [1, 20])
    monkeypatch.setattr(command, "BATCH", 20)
    assert command.main(["--quick", "--output", str(tmp_path / "out"), "--threads", "1"]) == 0
    printed = capsys.readouterr().out
    assert "messages per vector, v1 over v2" in printed
    assert "7.35 GMAC/s  simulated accelerator" in printed
    assert "too slow for --quick" in printed
    data = json.loads((tmp_path / "out" / "bench.json").read_text())
    assert {p["variant"] for p in data["sizes"]} == {v.name for v in measure.VARIANTS}
    assert all(p["rate"] > 0 for p in data["sizes"] + data["batches"])
    # the paper's statements on volume: about 100
    ratio = next(r for r in data["summary"] if r["name"].startswith("messages per vector"))
    assert 90 <= float(ratio["measured"]) <= 110
    assert (tmp_path / "out" / "bench.png").stat().st_size > 10_000
