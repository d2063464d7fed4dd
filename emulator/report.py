"""What ``hxemu status`` and ``hxemu info`` show, as data and as table rows."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fisch import protocol
from fisch.version import version

#: What the classes in ``hxemu info --model`` mean.
MODEL_LEGEND = """
classes: A stated by software or tests of the real system, B read off a published recording or
figure, C published, D recalled, X derived from A to C, E an estimate; times: known or an estimate.
A value under v1 or v2 holds there, the other one elsewhere. With --model-spread, estimates of
class E are drawn from their range for each chip."""


def table(rows: Sequence[Sequence[object]]) -> str:
    """Lay out rows of equal length in columns as wide as they need; the last one is free."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*texts, strict=True)]
    widths[-1] = 0
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    )


def status_rows(status: dict[str, Any]) -> list[tuple[str, object]]:
    """Return the rows of ``hxemu status``.

    Parameters
    ----------
    status
        What :meth:`emulator.server.Server.status` returns.
    """
    holder = status["holder"]
    return [
        ("endpoint", status["endpoint"]),
        ("daemon", f"pid {status['pid']} on {status['host']}, hxemu {status['version']}"),
        ("up", f"{status['uptime_s']:.1f} s"),
        *_chip_rows(status),
        ("held by", _person(holder, holder["held_s"]) if holder else "nobody"),
        *(("waiting", _person(waiter, waiter["waiting_s"])) for waiter in status["waiting"]),
        *((name.replace("_", " "), count) for name, count in status["counts"].items()),
        *(
            (name.replace("_", " "), value)
            for name, value in status["machine"].items()
            if name not in status
        ),
    ]


def _chip_rows(info: dict[str, Any]) -> list[tuple[str, object]]:
    off = [name for name, on in info["silicon"].items() if not on and name != "ideal"]
    silicon = f"off: {', '.join(off)}" if off else "default"
    return [
        ("chip", info["identifier"]),
        ("revision", f"{info['revision']}, JTAG id {info['jtag_id']:#010x}"),
        *([("constants", "estimates drawn for this chip")] if info.get("model_spread") else []),
        ("seeds", f"chip {info['seed']}, noise {info['noise_seed']}"),
        ("link", info["link"]),
        ("silicon", "ideal" if info["silicon"].get("ideal") else silicon),
    ]


def _person(who: dict[str, Any], seconds: float) -> str:
    return f"{who['user']}@{who['host']}, pid {who['pid']} ({who['program']}), for {seconds:.1f} s"


def info() -> dict[str, Any]:
    """Return versions, chip revisions, model switches and limits of this installation."""
    import numpy
    import zmq

    from emulator.machine import JTAG_IDS, Machine

    return {
        "version": version(),
        "protocol": protocol.VERSION,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "pyzmq": zmq.__version__,
        "libzmq": zmq.zmq_version(),
        "revisions": dict(JTAG_IDS),
        "silicon": dict(Machine().silicon),
        "limits": protocol.LIMITS,
    }


def info_rows(info: dict[str, Any]) -> list[tuple[str, object]]:
    """Return the rows of ``hxemu info``.

    Parameters
    ----------
    info
        What :func:`info` returns, with a daemon's status as ``daemon`` if there is one.
    """
    names = ("version", "protocol", "python", "numpy", "pyzmq", "libzmq")
    rows: list[tuple[str, object]] = [(name, info[name]) for name in names]
    rows += [(f"chip {name}", f"JTAG id {jtag:#010x}") for name, jtag in info["revisions"].items()]
    rows += [(f"silicon {name}", "on" if on else "off") for name, on in info["silicon"].items()]
    rows += [(f"limit {name}", value) for name, value in info["limits"].items()]
    if "daemon" in info:
        rows.append(("endpoint", info["daemon"]["endpoint"]))
        rows += _chip_rows(info["daemon"])
    return rows


def model() -> dict[str, Any]:
    """Return all constants of the silicon and all cycle counts, with what is known of each."""
    from emulator.silicon import CONSTANTS
    from emulator.timing import TIMES

    return {
        "constants": {name: asdict(constant) for name, constant in CONSTANTS.items()},
        "times": {name: asdict(cost) for name, cost in TIMES.items()},
    }


def model_rows(model: dict[str, Any]) -> list[tuple[object, ...]]:
    """Return the rows of ``hxemu info --model``, a header first.

    Parameters
    ----------
    model
        What :func:`model` returns.
    """
    rows: list[tuple[object, ...]] = [
        ("constant", "value", "v1", "v2", "range", "unit", "class", "source")
    ]
    for name, entry in model["constants"].items():
        special = ["" if entry[r] is None else f"{entry[r]:.4g}" for r in ("v1", "v2")]
        credible = f"{entry['low']:.4g} to {entry['high']:.4g}"
        value = f"{entry['value']:.4g}"
        rows.append(
            (name, value, *special, credible, entry["unit"], entry["trust"], entry["source"])
        )
    for name, entry in model["times"].items():
        rows.append(
            (name, entry["value"], "", "", "", entry["unit"], entry["status"], entry["source"])
        )
    return rows
