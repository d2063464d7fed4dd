"""Emulated chips for tests: the pytest fixture ``hxemu_chip``.

pytest finds it by itself once hxemu is installed.

>>> def test_products_add_up(hxemu_chip):                           # doctest: +SKIP
...     hxemu_chip(seed=3, revision="v2")
...     hxtorch.init_hardware(ann=True)
...     ...
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import pytest


@dataclass(frozen=True)
class EmulatedChip:
    """A chip that belongs to one test.

    Attributes
    ----------
    endpoint : str
        Address of its daemon, for ``init_hardware(endpoint=...)`` or ``fisch.connect``. Without
        an argument they find the chip that was made last.
    identifier : str
        Unique identifier, ``hxcube<90 + revision>fpga0chip<seed + 1>_1``.
    seed, revision, noise_seed
        What was asked for.
    """

    endpoint: str
    identifier: str
    seed: int
    revision: str
    noise_seed: int


class ChipFactory(Protocol):
    """Type of the fixture `hxemu_chip`."""

    def __call__(
        self, seed: int = 0, revision: str = "v3", *, noise_seed: int = 0
    ) -> EmulatedChip:
        """Start a chip.

        Parameters
        ----------
        seed : int
            Which individual, from 0 on: mismatch differs from chip to chip.
        revision : str
            ``'v1'``, ``'v2'`` or ``'v3'``.
        noise_seed : int
            Of temporal noise. It is fixed so that a test gives the same bits every time.

        Returns
        -------
        EmulatedChip

        Raises
        ------
        ValueError
            A seed is negative, or there is no such revision.
        """
        ...


@pytest.fixture
def hxemu_chip(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChipFactory]:
    """Start emulated chips for a test: ``hxemu_chip(seed, revision)``.

    Every call starts a daemon of its own, to which the environment of the test then leads
    (``HXEMU_ENDPOINT``). After the test the process's hardware is released and the daemons end.
    """
    from fisch.connections.embedded import ChipChoice, EmbeddedDaemon

    daemons: list[Any] = []
    variables = (
        "HXCOMM_ENABLE_ZERO_MOCK",
        "QUIGGELDY_ENABLED",
        "SLURM_FPGA_IPS",
        "FLANGE_SIMULATION_RCF_PORT",
    )
    for name in variables:
        monkeypatch.delenv(name, raising=False)

    def start(seed: int = 0, revision: str = "v3", *, noise_seed: int = 0) -> EmulatedChip:
        for name, value in (("seed", seed), ("noise_seed", noise_seed)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError(f"{name} is {value!r}; allowed: an integer from 0 on")
        if revision not in ("v1", "v2", "v3"):
            raise ValueError(f"revision is {revision!r}; allowed: v1, v2, v3")
        daemons.append(EmbeddedDaemon(ChipChoice(revision, seed, noise_seed)))
        endpoint: str = daemons[-1].endpoint
        monkeypatch.setenv("HXEMU_ENDPOINT", endpoint)
        identifier = f"hxcube{90 + int(revision[1])}fpga0chip{seed + 1}_1"
        return EmulatedChip(endpoint, identifier, seed, revision, noise_seed)

    yield start
    # only if the test imported it: this module is loaded in every run of pytest
    hxtorch = sys.modules.get("hxtorch")
    if hxtorch is not None:
        hxtorch.release_hardware()
    for daemon in daemons:
        daemon.stop()
