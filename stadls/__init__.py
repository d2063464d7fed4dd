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
    "ManagedConnection": "connections",
    "ConnectionHandle": "connections",
    "ReinitStackEntry": "reinit",
    "AbsoluteTimePlaybackProgramBuilder": "absolute_time",
    "AbsoluteTimePlaybackProgramContainerTicket": "absolute_time",
    "PlaybackProgramBuilderDumper": "dumper",
    "DumperDone": "dumper",
    "convert_to_builder": "conversion",
    "convert_to_chip": "conversion",
    "convert_to_dumper": "conversion",
    **dict.fromkeys(("to_json", "from_json", "to_portablebinary", "from_portablebinary"),
                    "serialisation"),
    "NotAvailableError": "unavailable",
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
#: How the real module tells that it is a wrapper.
__variant__ = "pybind11"

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
