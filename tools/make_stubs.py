"""Write the type stubs of the coordinates and containers, which are made from data at run time.

    python tools/make_stubs.py [--check]

``--check`` writes nothing and fails if a stub is stale. A test runs it.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import FunctionType
from typing import Any

from fisch import registers
from stadls import hal, halco
from stadls.halco.types import ALIASES, WRITTEN, Interval
from stadls.ranged import Ranged
from stadls.typed_array import TypedArray

ROOT = Path(__file__).resolve().parents[1]
HEADER = "# Made by tools/make_stubs.py from the declarations: do not edit.\n"
#: Class attributes that the bases declare already.
INHERITED = {"min", "max", "size", "begin", "end", "lowest"}


def docstring(text: str | None, indent: str) -> Iterator[str]:
    if text:
        lines = text.strip().splitlines()
        yield f'{indent}"""{lines[0]}' + ('"""' if len(lines) == 1 else "")
        if len(lines) > 1:
            yield from (f"{indent}{line}".rstrip() for line in lines[1:])
            yield f'{indent}"""'


def parameters(function: Any) -> str:
    """Parameters of a method as they stand in a stub; all that is not `self` takes Any."""
    shown = []
    for parameter in inspect.signature(function).parameters.values():
        star = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        if not shown:
            shown.append(parameter.name)
            continue
        default = "" if parameter.default is parameter.empty else " = ..."
        shown.append(f"{star}{parameter.name}: Any{default}")
    return ", ".join(shown)


def type_name(value: Any, owner: type) -> str:
    """Name of a value's type, as it is called inside the stub of its owner."""
    if isinstance(value, bool):
        return "bool"
    kind = type(value)
    if isinstance(value, TypedArray):
        return "TypedArray"
    if kind in (int, float, str):
        return kind.__name__
    if kind.__module__ == halco.__name__:
        outer, _, inner = kind.__qualname__.rpartition(".")
        if outer and not hasattr(getattr(halco, outer), inner):
            return "Any"
        here = owner.__module__ == halco.__name__
        return kind.__qualname__ if here else f"halco.{kind.__qualname__}"
    if getattr(owner, kind.__name__, None) is kind:
        return f"{owner.__qualname__}.{kind.__name__}"
    return "Any"


def members(owner: type, sample: Any, indent: str) -> Iterator[str]:
    for name, member in vars(owner).items():
        if name.startswith("_") or name in INHERITED:
            continue
        if isinstance(member, type):
            if member.__module__ == halco.__name__ and owner.__module__ != halco.__name__:
                yield f"{indent}{name} = halco.{member.__name__}"
            elif member.__qualname__.startswith(owner.__qualname__ + "."):
                yield from class_stub(member, name, indent)
            else:
                yield f"{indent}{name}: ClassVar[Any]"
        elif isinstance(member, property):
            try:
                shown = type_name(getattr(sample, name), owner)
            except Exception:
                shown = "Any"
            yield f"{indent}@property"
            yield f"{indent}def {name}(self) -> {shown}:"
            yield from docstring(member.__doc__, indent + "    ")
            yield f"{indent}    ..."
            if member.fset is not None:
                yield f"{indent}@{name}.setter"
                yield f"{indent}def {name}(self, value: Any) -> None: ..."
        elif isinstance(member, FunctionType):
            yield f"{indent}def {name}({parameters(member)}) -> {target(owner, name)}:"
            yield from docstring(member.__doc__, indent + "    ")
            yield f"{indent}    ..."
        elif isinstance(member, classmethod):
            yield f"{indent}@classmethod"
            yield f"{indent}def {name}({parameters(member.__func__)}) -> Any: ..."
        elif isinstance(member, (Ranged, Interval)):
            kind = type(member)
            known = kind is owner or kind.__qualname__ in dir(halco)
            yield f"{indent}{name}: ClassVar[{kind.__qualname__ if known else 'Any'}]"
        else:
            yield f"{indent}{name}: ClassVar[{type_name(member, owner)}]"


def target(owner: type, method: str) -> str:
    """What a conversion of a coordinate returns."""
    entry = registers.raw_coordinates().get(owner.__name__, {})
    if method not in entry.get("conversions", {}) or issubclass(owner, Interval):
        return "Any"
    found, _ = registers.conversion(owner.__name__, method)
    many = method not in ("x", "y") and isinstance(_first(owner, method), list)
    kind = found if found in dir(halco) else "Any"
    return f"list[{kind}]" if many else kind


def _first(owner: Any, method: str) -> Any:
    for element in halco.iter_all(owner):
        try:
            return getattr(element, method)()
        except RuntimeError:  # no counterpart
            continue
    return None


def class_stub(kind: type, name: str, indent: str = "") -> Iterator[str]:
    bases = ", ".join(base.__name__ for base in kind.__bases__ if base is not object)
    yield f"{indent}class {name}{f'({bases})' if bases else ''}:"
    inner = indent + "    "
    yield from docstring(kind.__doc__, inner)
    if issubclass(kind, Enum):
        yield from (f"{inner}{member.name} = {member.value!r}" for member in kind)
        return
    try:
        sample = kind()
    except Exception:
        sample = None
    yield from members(kind, sample, inner)
    yield f"{inner}..."


def coordinates() -> str:
    lines = [
        HEADER + "from typing import Any, ClassVar",
        "",
        "from stadls.halco import common as common",
        "from stadls.halco.common import Enum as Enum, X as X, Y as Y, iter_all as iter_all",
    ]
    lines += [
        f"from stadls.halco.types import {name} as {name}"
        for name in ("Coordinate", "Grid", "Interval", "NoElementError", "Placed",
                     "PlacedInterval", "coordinate")
    ]
    lines += [f"from stadls.halco.logical import {name} as {name}" for name in sorted(WRITTEN)]
    lines.append("")
    classes = [n for n in registers.coordinate_names() if "." not in n]
    for name in sorted(classes):
        entry = registers.raw_coordinates()[name]
        if entry.get("common"):
            lines.append(f"{name} = common.{name}")
        else:
            lines += class_stub(getattr(halco, name), name)
    aliases = sorted(ALIASES.items())
    lines += [f"{name} = {known}" for name, known in aliases if name not in classes]
    return "\n".join(lines) + "\n"


def containers() -> str:
    special = [name for name in hal.__all__ if name not in ("Container", "container_class")]
    lines = [
        HEADER + "from enum import IntEnum",
        "from typing import Any, ClassVar",
        "",
        "from stadls import halco",
        "from stadls.hal.types import Container as Container, Record, Structure",
        "from stadls.hal.types import container_class as container_class",
        "from stadls.ranged import Ranged",
        "from stadls.typed_array import TypedArray",
    ]
    lines += [f"from stadls.hal.special import {name} as {name}" for name in special]
    lines += ["", "containers: list[type[Container]]", "def __getattr__(name: str) -> Any: ..."]
    for name in sorted(registers.container_names()):
        kind = getattr(hal, name)
        if kind.__module__ == hal.__name__:
            lines += class_stub(kind, name)
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail if a stub is stale")
    check = parser.parse_args().check
    stale = []
    for package, make in (("halco", coordinates), ("hal", containers)):
        path = ROOT / "stadls" / package / "__init__.pyi"
        text = make()
        if not path.exists() or path.read_text() != text:
            stale.append(str(path.relative_to(ROOT)))
            if not check:
                path.write_text(text)
    print(("stale: " if check else "written: ") + (", ".join(stale) or "none"))
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
