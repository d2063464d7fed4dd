"""Every Python example of README and docs runs, page by page, in a process of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Larger ones, with arguments and tests of their own.
TOOLS = {"digits.py", "mnist.py", "har.py"}
TOOLS |= {"characterise.py", "characterisation_figures.py", "ablation.py"}
SCRIPTS = sorted(s for s in (ROOT / "examples").rglob("*.py") if s.name not in TOOLS)


def run(arguments: list[str], folder: Path) -> str:
    environment = dict(os.environ)
    for name in ("HXEMU_ENDPOINT", "HXEMU_REVISION", "HXEMU_SEED", "HXCOMM_ENABLE_ZERO_MOCK"):
        environment.pop(name, None)
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(ROOT), str(ROOT / "compat"), environment.get("PYTHONPATH", "")]
    )
    environment["MPLBACKEND"] = "Agg"
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_of_page(page: Path, tmp_path: Path) -> None:
    blocks = BLOCK.findall(page.read_text())
    if not blocks:
        assert "```python" not in page.read_text()
        return
    script = tmp_path / "page.py"
    script.write_text("\n\n".join(blocks))
    run([str(script)], tmp_path)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_example_script(script: Path, tmp_path: Path) -> None:
    assert run([str(script)], tmp_path).strip(), "an example shows what it did"


def test_shown_examples_are_short() -> None:
    """The examples that README names have under 30 lines."""
    for script in SCRIPTS:
        if script.parent.name == "examples":
            lines = [line for line in script.read_text().splitlines() if line.strip()]
            assert len(lines) < 30, script.name
