"""Measurement of products of square matrices, through the chip in the emulator or without one."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any

import torch

import fisch
import hxtorch
from hxtorch import execution, perceptron
from hxtorch.benchmark.published import MESSAGES_PER_SECOND
from hxtorch.execution.times import STAGES

CHIP_SIZE = 256
"""Rows and columns that one chip multiplies at once."""

EMULATOR, HOST, HOST_8_GBIT = "emulator", "host software alone", "host software at 8 Gbit/s"
PEERS = {EMULATOR: None, HOST: 0.0, HOST_8_GBIT: 8.0}
"""Who answers: a whole emulated chip, or a peer that answers with zeros, ns per message taken."""


@dataclass(frozen=True)
class Variant:
    """A chip revision, and whether the labels are rewritten before each vector.

    Attributes
    ----------
    name : str
        As it stands in tables and pictures.
    revision : str
        ``v1``, ``v2`` or ``v3``.
    rewrite_labels : bool
        The workaround that v1 needs.
    """

    name: str
    revision: str
    rewrite_labels: bool


V2 = Variant("v2", "v2", False)
V1 = Variant("v1", "v1", True)
V1_WITHOUT = Variant("v1 without workaround", "v1", False)
VARIANTS = (V2, V1, V1_WITHOUT)


@dataclass
class Point:
    """One measured product.

    Attributes
    ----------
    variant, peer : str
        What was measured, see `VARIANTS` and `PEERS`.
    size, batch : int
        The product: ``batch`` vectors with a matrix of ``size`` rows and columns.
    columns : int
        Columns that were multiplied: all, or as many as the time allowed. Columns beyond the
        chip's are independent products, so that the rate is that of the whole.
    seconds : float
        Wall time from tensor to tensor, best of the repetitions.
    rate : float
        Multiply-accumulate operations per second of wall time.
    link_rates : dict
        The same if only a link limited: words there and back, at once.
    chip_rate : float or None
        The same if only FPGA and chip limited; None without a chip.
    stages : dict
        Seconds of each stage on the host.
    run : dict
        All that the run reports of itself.
    """

    variant: str
    peer: str
    size: int
    batch: int
    columns: int
    seconds: float
    rate: float
    link_rates: dict[str, float]
    chip_rate: float | None
    stages: dict[str, float]
    run: dict[str, Any] = field(repr=False)

    @property
    def sampled(self) -> bool:
        """Whether only some of the columns were multiplied."""
        return self.columns < self.size

    def as_dict(self) -> dict[str, Any]:
        """All of it by name, as in the JSON file."""
        return {**asdict(self), "sampled": self.sampled}


@contextmanager
def session(variant: Variant, peer: str) -> Iterator[None]:
    """Hold the hardware of one variant and peer, with the paper's way to run it.

    No baseline is read, and the whole static configuration is written before each chip run.
    """
    ns_per_message = PEERS[peer]
    # a context that stands in for an endpoint: an embedded daemon, or nobody
    connection = (
        fisch.connect(revision=variant.revision)
        if ns_per_message is None
        else fisch.connect(
            "zeromock", revision=variant.revision, ns_per_message=ns_per_message
        )
    )
    with connection:
        hxtorch.init_hardware(ann=True, endpoint=connection)
        try:
            with execution.options(
                baseline=False, differential=False, rewrite_labels=variant.rewrite_labels
            ):
                yield
        finally:
            hxtorch.release_hardware()


def _operands(size: int, columns: int, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(size)
    x = torch.rand(batch, size, generator=generator) * 30 + 0.6
    weights = (torch.rand(size, columns, generator=generator) - 0.5) * 126
    return x, weights


def measure(
    variant: Variant, peer: str, size: int, batch: int, *, columns: int | None = None,
    repeats: int = 3,
) -> Point:
    """Measure a product on the hardware that is held.

    Parameters
    ----------
    variant, peer
        What is held, see `session`.
    size, batch : int
        The product.
    columns : int, optional
        Columns to multiply; all by default.
    repeats : int
        Repetitions; the fastest counts.
    """
    columns = size if columns is None else min(columns, size)
    x, weights = _operands(size, columns, batch)
    best: tuple[float, dict[str, Any]] | None = None
    for _ in range(repeats):
        begin = perf_counter()
        perceptron.matmul(x, weights)
        seconds = perf_counter() - begin
        if best is None or seconds < best[0]:
            best = (seconds, hxtorch.emulation.run_info()["last_run"])
    assert best is not None, "repeats is at least 1"
    seconds, run = best
    del x, weights
    gc.collect()
    macs = size * columns * batch
    words = max(run["words_to_fpga"], run["words_from_fpga"])
    return Point(
        variant.name, peer, size, batch, columns, seconds, macs / seconds,
        {name: macs * rate / words for name, rate in MESSAGES_PER_SECOND.items()},
        macs / run["fpga_time"] if run["fpga_time"] else None,
        {name: run[name] for name in STAGES}, run)


def sweep(
    variant: Variant, peer: str, products: list[tuple[int, int]], *, seconds_per_point: float,
    report: Callable[[Point], None],
) -> list[Point]:
    """Measure products of growing size; large ones on as many columns as the time allows.

    Parameters
    ----------
    variant, peer
        What is measured.
    products : list of (size, batch)
        In order of size.
    seconds_per_point : float
        Time that one repetition of a product may take, judged by the one before.
    report : callable
        Called with each point.
    """
    points: list[Point] = []
    with session(variant, peer):
        # what is done once: kernels chosen, buffers allocated
        perceptron.matmul(torch.ones(1, 1), torch.ones(1, 1))
        cost = 0.0
        for size, batch in products:
            expected = cost * size * size * batch
            columns = size
            if expected > seconds_per_point and size > CHIP_SIZE:
                blocks = int(size / CHIP_SIZE * seconds_per_point / expected)
                columns = CHIP_SIZE * max(blocks, 1)
            repeats = 1 if expected > 0.3 * seconds_per_point else 3
            point = measure(variant, peer, size, batch, columns=columns, repeats=repeats)
            cost = point.seconds / (size * point.columns * batch)
            points.append(point)
            report(point)
    return points


def torch_rate(size: int, batch: int, repeats: int = 5) -> float:
    """Multiply-accumulate operations per second of torch's own product of floats."""
    x, weights = _operands(size, size, batch)
    times = []
    for _ in range(repeats):
        begin = perf_counter()
        torch.matmul(x, weights)
        times.append(perf_counter() - begin)
    return size * size * batch / min(times)


def mock_rate(size: int, batch: int, repeats: int = 3) -> float:
    """The same for the mock formula, evaluated by torch in this process."""
    x, weights = _operands(size, size, batch)
    times = []
    for _ in range(repeats):
        begin = perf_counter()
        perceptron.matmul(x, weights, mock=True)
        times.append(perf_counter() - begin)
    return size * size * batch / min(times)
