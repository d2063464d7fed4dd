"""Every name that scripts of the field use is there, under the modules that they import."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from stadls import names
from stadls.unavailable import UNAVAILABLE, NotAvailableError

DATA = json.loads((Path(__file__).parent / "data" / "names.json").read_text())
MODULES = {"hal": "pyhaldls_vx_v3", "halco": "pyhalco_hicann_dls_vx_v3", "lola": "pylola_vx_v3",
           "sta": "pystadls_vx_v3", "hxcomm": "pyhxcomm_vx", "fisch": "pyfisch_vx_v3",
           "dlens": "dlens_vx_v3"}


def resolve(path):
    """What a dotted name stands for: classes as they are."""
    head, *rest = path.split(".")
    found = import_module(MODULES[head])
    for name in rest:
        try:
            found = getattr(found, name)
        except AttributeError:
            found = import_module(f"{found.__name__}.{name}")
    return found


def instance(path):
    """What a dotted name stands for on an object of the class that it begins with."""
    head, kind, *rest = path.split(".")
    found = getattr(import_module(MODULES[head]), kind)
    found = found() if isinstance(found, type) else found
    for name in rest:
        found = getattr(found, name)
    return found


def has(path, name):
    """Whether there is an attribute, on a class or on an object of it."""
    try:
        if hasattr(resolve(path), name):
            return True
    except ModuleNotFoundError:
        pass  # an attribute of objects only
    return hasattr(instance(path), name)


def test_numbers():
    assert len(DATA["names"]) == 358
    assert len(DATA["attributes"]) == 272


@pytest.mark.parametrize("name", DATA["names"])
def test_name(name):
    resolve(name)


@pytest.mark.parametrize(("name", "owner"), DATA["attributes"].items())
def test_attribute(name, owner):
    assert has(owner, name)


@pytest.mark.parametrize("name", UNAVAILABLE)
def test_unavailable_names_raise_and_are_typed(name):
    found = resolve(name)
    use = found().__enter__ if isinstance(found, type) else found
    with pytest.raises(NotAvailableError, match="not available yet") as caught:
        use()
    assert isinstance(caught.value, NotImplementedError)
    assert (caught.value.name, caught.value.reason) == (name, UNAVAILABLE[name])


def test_list_of_unavailable_names(capsys):
    assert names.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == sorted(UNAVAILABLE)
    done = subprocess.run([sys.executable, "-m", "stadls.names"], capture_output=True, text=True,
                          check=True, timeout=60)
    assert done.stdout.splitlines() == lines
