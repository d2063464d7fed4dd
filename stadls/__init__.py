"""The register level: coordinates (``halco``), containers (``hal``, ``lola``), programs.

>>> from stadls import hal, halco, generate, run, SystemInit, ManagedConnection
>>> with ManagedConnection() as connection:                              # doctest: +SKIP
...     builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
...     ticket = builder.read(halco.JTAGIdCodeOnDLS())
...     builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.jtag)
...     run(connection, builder.done())
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PLACES = {
    "PlaybackProgramBuilder": "builder",
    "ContainerTicket": "builder",
    "PlaybackProgram": "program",
    "run": "execution",
    "RunTimeInfo": "execution",
    "ManagedConnection": "execution",
    "ConnectionHandle": "execution",
    "PlaybackGenerator": "generator",
    "generate": "generator",
    "ASICAdapterBoardInit": "init",
    "ChipInit": "init",
    "CubeASICAdapterBoardInit": "init",
    "DigitalInit": "init",
    "ExperimentInit": "init",
    "JboaASICAdapterBoardInit": "init",
    "SystemInit": "init",
}
_MODULES = ("hal", "halco", "lola", "nominal", "errors")


def __getattr__(name: str) -> Any:
    """Import parts on first use, so that importing the package is quick."""
    if name in _PLACES:
        found: Any = getattr(import_module(f".{_PLACES[name]}", __name__), name)
    elif name in _MODULES:
        found = import_module(f".{name}", __name__)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names."""
    return sorted({*globals(), *_PLACES, *_MODULES})
