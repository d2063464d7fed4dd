"""Every module can be imported first."""

import pkgutil
import subprocess
import sys

from stadls import calibration
from tests.daemons import environment


def test_every_module_can_be_imported_first():
    names = [m.name for m in pkgutil.walk_packages(calibration.__path__, "stadls.calibration.")]
    assert "stadls.calibration.common.synapse" in names
    source = """
import importlib, sys
for name in sys.argv[1:]:
    for loaded in [m for m in sys.modules if m.startswith("stadls.calibration")]:
        del sys.modules[loaded]
    importlib.import_module(name)
"""
    subprocess.run([sys.executable, "-c", source, *names], check=True, env=environment())
