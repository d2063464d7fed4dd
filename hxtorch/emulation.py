"""What only an emulated chip can tell or do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hxtorch.core.hardware import held_hardware
from hxtorch.execution.options import get_options


def run_info() -> dict[str, Any]:
    """Tell what results of this process run on, and what they took.

    Returns
    -------
    dict
        ``kind`` ('emulator', or 'zeromock' if no chip is behind the connection), ``version``,
        ``identifier``, ``revision``, ``seed``, ``noise_seed``, ``silicon`` (switches), ``link``,
        ``configuration`` ('none', 'calibrated', 'user'), ``calibration`` (its ``identifier``,
        ``revision``, ``source``, ``path`` and ``checksum``; or None), ``options`` (of
        `hxtorch.execution`), ``last_run`` and ``totals`` (times in seconds and amounts by name,
        see `hxtorch.execution.times.RunTimes`; `last_run` is None before the first product).

    Raises
    ------
    RuntimeError
        No hardware is initialised.
    """
    info = held_hardware().run_info()
    info["options"] = vars(get_options()).copy()
    return info


@contextmanager
def silicon(**switches: bool) -> Iterator[dict[str, Any]]:
    """Switch sources of mismatch and noise of the chip within a ``with`` block.

    Parameters
    ----------
    **switches : bool
        Names as in ``run_info()["silicon"]``, e.g. ``ideal=True``.

    Yields
    ------
    dict
        The switches before.

    Raises
    ------
    ValueError
        No such switch.
    RuntimeError
        No hardware is initialised.
    """
    hardware = held_hardware()
    before = hardware.connection.set_silicon(**switches)
    try:
        yield dict(before)
    finally:
        hardware.connection.set_silicon(**before)
