"""Comparing characterisations: made-up chips of known properties, and bad files."""

import json

import numpy as np
import pytest

from hxtorch import compare

WEIGHTS = np.arange(-63, 64)
INPUTS = np.arange(32)
ROWS = np.array([0, 1, 2, 3, 42, 43, 84, 127])
WAITS = np.array([1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50])
SENDS = np.array([1, 2, 4, 8, 16, 32, 64, 128, 256])
DRIFT_WAITS = np.array([5, 25, 50, 100, 200, 400])


def limited(values):
    return np.clip(np.rint(values), -128, 127).astype(np.int8)


def made_up(path, *, gain=0.002, spread=0.0, noise=1.0, drift=0.0, leak=0.0, seed=0, **header):
    """A linear chip with a column pattern, noise, drift and leak that are all known."""
    generator = np.random.default_rng(seed)
    column = gain * (1 + spread * generator.standard_normal(512))

    def out(exact, *repeats):
        exact = np.asarray(exact, float)[..., None]
        shape = (*np.shape(exact)[:-1], *repeats, 512)
        exact = exact.reshape(*exact.shape[:-1], *(1 for _ in repeats), 1)
        return limited(exact * column + noise * generator.standard_normal(shape))

    signs = np.array([1, -1])
    inputs = signs[:, None, None] * np.ones((1, 8, 1)) * INPUTS * 1600
    rows = signs[:, None] * np.full(128, 12 * 21 * 100)
    sign = np.where(np.arange(128) % 2, 1, -1)
    effect = sign * 27 * 63 * (1 - leak * np.stack([0 * sign, np.arange(128)]))
    base = np.zeros((2, 1))
    exact = generator.integers(-20000, 20000, 512)
    waits = np.empty((15, 2, 4, 512), np.int8)
    waits[:, 0] = out(np.full(15, 16 * 12 * 128), 4)
    waits[:, 1] = limited(exact * gain + noise * generator.standard_normal((15, 4, 512)))
    data = {
        "weights": out(WEIGHTS * 1200, 4),
        "inputs": out(inputs, 3).transpose(0, 3, 1, 2, 4),
        "rows": out(rows, 3).transpose(0, 2, 1, 3),
        "positions": out(np.concatenate([base, effect], 1), 40).transpose(0, 2, 1, 3),
        "noise": out([0, 12 * 15 * 128], 500),
        "waits": waits,
        "waits_exact": exact,
        "sends": out(SENDS[:, None] * signs * 192, 4),
        "limits": out([195300, -195300], 4),
        "drift": limited(
            drift * (DRIFT_WAITS * 1.024)[:, None, None]
            + noise * generator.standard_normal((6, 40, 512))
        ),
        "hundred": out(np.array(15 * 21 * 100), 4),
        "moments": out(np.full(9, 12 * 15 * 128), 4),
        "moments_s": np.arange(9.0),
        "axis_weights": WEIGHTS,
        "axis_inputs": INPUTS,
        "axis_input_rows": ROWS,
        "axis_waits": WAITS,
        "axis_sends": SENDS,
        "axis_drift_waits": DRIFT_WAITS,
        "axis_position_waits": np.array([2, 50]),
    }
    about = {"format": "hagen characterisation", "version": 1, "identifier": "made up", **header}
    np.savez_compressed(path, header=np.array(json.dumps(about)), **data)
    return path


@pytest.fixture
def files(tmp_path):
    return [
        made_up(tmp_path / "a.npz", spread=0.04, drift=0.05, leak=0.001),
        made_up(tmp_path / "b.npz", spread=0.04, drift=0.05, leak=0.001, seed=1),
        made_up(tmp_path / "c.npz", gain=0.0015, spread=0.1, noise=3.0, seed=2),
    ]


def middle(path, name):
    found = {q.name: q for q in compare.quantities(compare.load(path))}
    return found[name].band


def test_quantities_are_those_of_the_made_up_chip(files):
    assert middle(files[0], "gain, one row x 100 sends")[1] == pytest.approx(2.0, rel=0.01)
    low, _, high = middle(files[0], "column pattern, one row")
    # 10 to 90 % of a normal distribution is 2.56 of its deviations
    assert high - low == pytest.approx(2.56 * 4, rel=0.15)
    assert middle(files[0], "noise, 128 rows")[1] == pytest.approx(np.hypot(1, 12**-0.5), rel=0.05)
    assert middle(files[0], "drift")[1] == pytest.approx(0.05, rel=0.05)
    assert middle(files[0], "highest output")[1] == 127
    assert middle(files[0], "bend within +-80 LSB")[1] < 0.7
    time, effect = compare.effects_of_positions(compare.load(files[0]))
    assert time[1] == pytest.approx(0.4)
    slope = np.polyfit(time, effect, 1)[0]
    assert slope == pytest.approx(-0.001 / 0.4, rel=0.1)


def test_equal_chips_score_higher(files, capsys):
    a, b, c = (compare.load(path) for path in files)
    same, alike, other = (compare.compare(a, x) for x in (a, b, c))
    assert compare.score(same) == 1
    assert all(row.likeness > 0.999 for row in same if np.isfinite(row.likeness))
    assert 0.85 < compare.score(alike) < 1
    assert compare.score(other) < compare.score(alike) - 0.2
    # the same kind of chip, but another individual
    (column,) = [row for row in alike if row.a.name == "column pattern, one row"]
    assert abs(column.likeness) < 0.2


def test_distance_is_that_of_kolmogorov_and_smirnov():
    stats = pytest.importorskip("scipy.stats")
    generator = np.random.default_rng(0)
    for _ in range(20):
        a = generator.integers(0, 9, generator.integers(1, 40)).astype(float)
        b = generator.normal(4, 3, generator.integers(1, 40))
        assert compare.distance(a, b) == pytest.approx(stats.ks_2samp(a, b).statistic)


def test_command(files, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    picture = tmp_path / "picture.png"
    assert compare.main([str(files[0]), str(files[1]), "-o", str(picture)]) == 0
    text = capsys.readouterr().out
    assert "score" in text
    assert "made up" in text
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_bad_files(files, tmp_path, capsys):
    whole = files[0].read_bytes()
    cut = tmp_path / "cut.npz"
    cut.write_bytes(whole[: len(whole) // 2])
    text = tmp_path / "text.npz"
    text.write_text("no archive")
    other = tmp_path / "other.npz"
    np.savez(other, x=np.zeros(3))
    few = tmp_path / "few.npz"
    about = {"format": "hagen characterisation", "version": 1}
    np.savez(few, header=np.array(json.dumps(about)))
    old = made_up(tmp_path / "old.npz", version=2)
    for path, reason in (
        (tmp_path / "missing.npz", "No such file"),
        (cut, "no characterisation"),
        (text, "no characterisation"),
        (other, "no characterisation"),
        (few, "missing"),
        (old, "version 2"),
    ):
        with pytest.raises(compare.CharacterisationError, match=reason) as caught:
            compare.load(path)
        assert str(path) in str(caught.value)
        assert compare.main([str(path), str(files[0])]) == 2
        assert str(path) in capsys.readouterr().err
