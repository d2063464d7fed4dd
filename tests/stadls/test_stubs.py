"""The stubs that editors read are what the declarations say."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_stubs_are_fresh() -> None:
    tool = ROOT / "tools" / "make_stubs.py"
    done = subprocess.run(
        [sys.executable, str(tool), "--check"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stdout + done.stderr + "run tools/make_stubs.py"


def test_type_checker_knows_members(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "from stadls import hal, halco\n"
        "place = halco.AtomicNeuronOnDLS(halco.common.Enum(5))\n"
        "reveal_type(place.toSynramOnDLS())\n"
        "reveal_type(hal.SynapseDriverConfig().enable_receiver)\n"
        "place.toNowhere()\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", str(program)],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
    )
    assert 'Revealed type is "stadls.halco.SynramOnDLS"' in done.stdout
    assert 'Revealed type is "bool"' in done.stdout.replace("builtins.", "")
    assert '"AtomicNeuronOnDLS" has no attribute "toNowhere"' in done.stdout
