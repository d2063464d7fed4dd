"""Table and picture of a calibration."""

import numpy as np
import pytest

from stadls.calibration import report
from stadls.calibration.session import StepRecord


def record(name, before, after, target, **more):
    return StepRecord(("hagen", name), 1.25, 3.5, 12, {
        "quantity": "potential", "unit": "LSB", "before": before, "after": after,
        "target": target, **more})


def steps():
    rng = np.random.default_rng(0)
    return [
        record("leak", rng.normal(100, 20, 512), rng.normal(120, 2, 512), 120.0,
               success=np.arange(512) >= 128),
        StepRecord(("hagen",), 9.0, 9.0, 99),
        record("gain", rng.normal(50, 10, (2, 256)), np.full((2, 256), 51.0),
               np.full(512, 50.0)),
        record("ramps", np.arange(4.0), np.full(4, 2.0), np.nan),
    ]


def test_rows_are_the_steps_that_measured():
    rows = report.rows(steps())
    assert [row.step for row in rows] == ["leak", "gain", "ramps"]
    leak, gain, ramps = rows
    assert leak.spread_before == pytest.approx(20, rel=0.1)
    assert leak.spread_after == pytest.approx(2, rel=0.1)
    assert leak.error == pytest.approx(2, rel=0.15)
    assert leak.success == 0.75
    assert gain.error == pytest.approx(1.0)
    assert gain.before.shape == (512,)
    assert np.isnan(ramps.error)
    assert ramps.success == 1.0


def test_table_names_steps_spreads_and_times():
    text = report.table(report.rows(steps())).splitlines()
    assert len(text) == 4
    assert text[0].split()[:3] == ["step", "quantity", "unit"]
    assert "75.0%" in text[1]
    assert "1.25" in text[1]
    # columns of numbers end together
    assert len({len(line) for line in text}) == 1


def test_values_that_are_missing_do_not_hurt():
    after = np.full(512, np.nan)
    (row,) = report.rows([record("dead", after, after, 120.0)])
    assert "dead" in report.table([row])
    assert np.isnan(row.spread_after)


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_picture(tmp_path, suffix):
    pytest.importorskip("matplotlib")
    path = tmp_path / f"report.{suffix}"
    report.picture(report.rows(steps()), path, "a chip")
    assert path.stat().st_size > 10_000
