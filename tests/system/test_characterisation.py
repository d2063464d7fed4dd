"""The scripts that tell how far the chip is to be trusted, as a user runs them."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from hxtorch import compare
from tests.daemons import ROOT, environment

CHARACTERISE = ROOT / "examples" / "characterise.py"
ABLATION = ROOT / "examples" / "ablation.py"


def run(script: Path, *arguments: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        capture_output=True, text=True, env={**environment(), **variables}, timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def characterised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the file of one chip, named as the figures want it."""
    folder = tmp_path_factory.mktemp("characterisation")
    output = run(CHARACTERISE, str(folder / "v3-seed0.npz"), "--repeats", "4",
                 "--noise-repeats", "100", HXEMU_SEED="0", HXEMU_NOISE_SEED="1")
    assert "positions" in output
    return folder


def test_characterisation_of_a_chip(characterised: Path) -> None:
    path = characterised / "v3-seed0.npz"
    found = compare.load(path)
    assert found.header["identifier"] == "hxcube93fpga0chip1_1"
    assert found.header["run_info"]["calibration"]["identifier"] == "hxcube93fpga0chip1_1"
    bands = {quantity.name: quantity.band for quantity in compare.quantities(found)}
    # acceptance figures of the recorded chips: gain 0.0018 to 0.0020 on the median, noise of
    # 1.6 to 2 LSB, fixed pattern of 4 % in one row, linear within +-80 LSB
    assert 1.7 < bands["gain, one row x 100 sends"][1] < 2.2
    assert 1.3 < bands["noise, 128 rows"][1] < 2.4
    assert bands["column pattern, one row"][2] < 9
    assert bands["bend within +-80 LSB"][1] < 3
    assert -120 < bands["output at weights -63..-58"][1] < -95
    assert len(compare.compare(found, found)) > 15


def test_characterisation_imports_only_what_every_system_has() -> None:
    tree = ast.parse(CHARACTERISE.read_text())
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    assert names - set(sys.stdlib_module_names) == {"torch", "numpy", "hxtorch"}
    # nothing of hxtorch that a real system lacks, but for what it asks for with getattr
    known = {"init_hardware", "release_hardware", "CalibrationPath", "get_unique_identifier",
             "matmul", "measure_mock_parameter"}
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name) and node.value.id in ("hxtorch", "perceptron")}
    assert used == known


def write_recordings(folder: Path) -> None:
    """Made-up recordings in the format of the real ones."""
    head = "# figure: none\ncurve,x,y\n"
    sweep = [f"{curve},{w},{max(-128, min(127, round(2.4 * w) + shift))}"
             for curve, shift in (("lower", -2), ("higher", 2)) for w in range(-63, 64)]
    (folder / "hagen_weight_sweep.csv").write_text(head + "\n".join(sweep) + "\n")
    trace = [f"membrane,{i * 0.000034},{600 + i // 30}" for i in range(1471)]
    (folder / "hagen_intro_integrator_neuron.csv").write_text(head + "\n".join(trace) + "\n")


def test_figures_and_tables(characterised: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    write_recordings(tmp_path)
    output = run(ROOT / "examples" / "characterisation_figures.py", "--seeds", "1", "--folder",
                 str(characterised), "--output", str(tmp_path), "--recordings", str(tmp_path))
    pictures = sorted(tmp_path.glob("*.png"))
    assert [p.stem.rpartition("-")[2] for p in pictures] == [
        "curves", "distributions", "traces", "weights"]
    assert all(picture.stat().st_size < 150_000 for picture in pictures)
    slope = next(line for line in output.splitlines() if line.startswith("| slope per weight, 0"))
    _, median, _, recorded, within, used = (c.strip() for c in slope.split("|")[1:-1])
    assert float(recorded) == pytest.approx(2.4, abs=0.02)
    assert within in ("yes", "no")
    assert used.startswith("no")
    assert float(median) == pytest.approx(2.4, rel=0.2)
    for title in ("Integrator trace", "Membrane at rest", "All quantities", "single numbers"):
        assert title in output


def test_ablation_table() -> None:
    output = run(ABLATION, "--json", "--vectors", "8", "--repeats", "8", "--rows", "64",
                 HXEMU_NOISE_SEED="1")
    found = json.loads(output)
    rows = {row["case"]: row for row in found["rows"]}
    ideal = rows["ideal"]
    assert ideal["noise"] == 0
    # only the rounding down of the converter is left
    assert ideal["gain"] == pytest.approx(0.002, rel=0.01)
    assert ideal["pattern"] == pytest.approx(12**-0.5, rel=0.1)
    everything = rows["everything"]
    assert everything["noise"] > 1
    assert everything["pattern"] > 2 * ideal["pattern"]
    for source in ("noise_read", "noise_event"):
        assert rows[f"without {source}"]["noise"] < everything["noise"]
        assert rows[f"only {source}"]["noise"] > 0.3
    assert rows["only mismatch_synapse"]["noise"] == 0
