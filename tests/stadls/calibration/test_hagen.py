"""The whole calibration for matrix mode, on raw chips."""

import subprocess
import sys
import warnings

import numpy as np
import pytest

import fisch
from stadls import calibration, nominal
from stadls.calibration import files, report
from stadls.calibration.hagen import HagenCalibTarget, HagenNeuronCalibTarget, neuron
from stadls.calibration.hagen import neuron_bench as bench
from stadls.calibration.hagen.quality import measure
from stadls.calibration.session import StatefulConnection
from stadls.calibration.state import neuron_cells


def connected(monkeypatch, revision, seed, noise_seed):
    monkeypatch.delenv("HXEMU_ENDPOINT", raising=False)
    monkeypatch.setenv("HXEMU_REVISION", revision)
    monkeypatch.setenv("HXEMU_SEED", str(seed))
    monkeypatch.setenv("HXEMU_NOISE_SEED", str(noise_seed))
    return fisch.connect()


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory):
    """One chip, calibrated: result as a file, records of the steps."""
    patch = pytest.MonkeyPatch()
    with connected(patch, "v3", 4, 7) as connection:
        chip = StatefulConnection(connection)
        shown = []
        chip.progress = lambda step, share: shown.append((step, share))
        result = HagenCalibTarget().calibrate(chip)
    patch.undo()
    path = tmp_path_factory.mktemp("calibration") / "chip.npz"
    result.save(path)
    return result, path, chip.records, shown


def test_every_step_narrows_what_it_measures(calibrated):
    rows = {row.step: row for row in report.rows(calibrated[2])}
    # of the raw spread, the ratios that upstream's tests demand
    ratios = {"tau_syn exc": 0.2, "tau_syn inh": 0.2, "leak potential": 0.3, "tau_mem": 0.45,
              "reset potential": 0.2, "CADC": 0.3, "gain exc": 0.3, "gain inh": 0.5}
    for name, ratio in ratios.items():
        row = rows[name]
        assert row.spread_after < ratio * row.spread_before, name
        assert row.success > 0.9, name
    assert rows["tau_syn exc"].after[np.isfinite(rows["tau_syn exc"].after)].min() > 0.2
    for side in ("exc", "inh"):
        first, last = rows[f"reference {side}"], rows[f"reference {side} (2)"]
        assert last.spread_after < 0.1 * first.spread_before
    # gains: inhibitory as excitatory
    assert np.median(rows["gain inh"].after / rows["gain exc"].after) == pytest.approx(1, abs=0.03)


def test_progress_runs_from_begin_to_end(calibrated):
    shares = [share for _, share in calibrated[3]]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert len(set(shares)) > 100


def test_a_chip_that_loads_the_file_is_as_good_as_upstream_demands(calibrated, monkeypatch):
    """Another session: CapMem cells are written anew, with other deviations."""
    result, path, _, _ = calibrated
    loaded = calibration.load(path, result.origin.identifier, "v3")
    with connected(monkeypatch, "v3", 4, 8) as connection:
        chip = StatefulConnection(connection)
        builder = chip.builder()
        loaded.apply(builder)
        chip.run(builder)
        builder = chip.builder()
        bench.helpers.wait_for_capmem(builder)
        chip.run(builder)
        quality = measure(chip)
    for name, (value, sign, limit) in quality.limits().items():
        assert value < limit if sign == "<" else value > limit, name
    gains = np.abs([quality.gain_exc, quality.gain_inh])
    assert np.median(gains) == pytest.approx(0.0019, rel=0.2)
    assert quality.pattern("exc", 0.97) < 0.05
    assert quality.pattern("inh", 0.97) < 0.05
    assert (result.neuron_result.success).mean() > 0.6


def test_the_raw_chip_is_not(monkeypatch):
    with connected(monkeypatch, "v3", 4, 8) as connection:
        chip = StatefulConnection(connection)
        chip.state.take(*nominal.hagen_words("v3"))
        builder = chip.builder()
        bench.helpers.wait_for_capmem(builder)
        chip.run(builder)
        quality = measure(chip)
    assert quality.pattern("exc", 0.97) > 0.2
    assert quality.baseline.std() > 10


def test_leak_is_off_and_everything_is_configured(calibrated):
    result = calibrated[0]
    state = files.ChipState()
    result.configure(state)
    assert not state.cells(neuron_cells("i_bias_leak")).any()
    assert state.get("NeuronConfig", "enable_synaptic_input_excitatory").all()
    assert state.get("NeuronConfig", "enable_synaptic_input_inhibitory").all()
    assert not state.get("NeuronConfig", "enable_readout").any()
    assert not state.get("ColumnCorrelationQuad", "enable_cadc_neuron_readout_acausal").any()
    assert (np.abs(result.cadc_result.channel_offset) < 100).all()


@pytest.mark.slow
def test_targets_are_met_elsewhere_too(monkeypatch):
    """Slower lines, another potential, and the leak left on."""
    target = HagenNeuronCalibTarget(leak=110, tau_syn=0.6, tau_mem=40, i_synin_gm=300)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        target.check_values()
    with connected(monkeypatch, "v2", 5, 1) as connection:
        chip = StatefulConnection(connection)
        chip.state.take(*nominal.hagen_words("v2"))
        calibration.common.cadc.calibrate(chip, HagenCalibTarget().cadc_target)
        found = neuron.calibrate(chip, target, disable_leakage=False)
        rest = bench.rest(chip, chip.builder())
    rows = {row.step: row for row in report.rows(chip.records)}
    assert found.success.mean() > 0.6
    assert np.median(rest) == pytest.approx(110, abs=1)
    assert np.median(rows["tau_syn exc"].after) == pytest.approx(0.6, rel=0.03)
    assert np.median(rows["tau_mem"].after) == pytest.approx(40, rel=0.05)
    codes = chip.state.cells(neuron_cells("i_bias_synin_exc_gm"))
    assert np.median(codes) == pytest.approx(300, rel=0.15)
    assert chip.state.cells(neuron_cells("i_bias_leak")).all()


@pytest.mark.slow
def test_the_command_writes_file_table_and_picture(tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "chip.npz"
    done = subprocess.run(
        [sys.executable, "-m", "stadls.calibration.command", "hagen", "--revision", "v2",
         "--seed", "2", "-o", str(path)],
        capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    assert "tau_syn exc" in done.stdout
    assert "neuron_result.success" in done.stdout
    result = calibration.load(path)
    assert result.origin.identifier == "hxcube92fpga0chip3_1"
    assert path.stat().st_size < 100_000
    assert path.with_suffix(".png").stat().st_size > 20_000


@pytest.mark.parametrize("arguments", [
    ["hagen", "--endpoint", "ipc:///x", "--seed", "1"], ["spiking"], ["hagen", "--seed", "-1"],
    ["hagen", "--seed", "one"], ["hagen", "-o", "no/such/folder/chip.npz"]])
def test_the_command_refuses_nonsense(arguments, capsys):
    from stadls.calibration.command import main

    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert capsys.readouterr().err


def test_the_command_says_what_went_wrong(tmp_path, capsys):
    from stadls.calibration.command import main

    assert main(["hagen", "--endpoint", f"ipc://{tmp_path}/nobody"]) == 1
    assert "nobody" in capsys.readouterr().err
