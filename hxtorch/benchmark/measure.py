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

EMULATOR, HOST = "emulator", "host software alone"
HOST_8_GBIT, HOST_1_GBE = "host software at 8 Gbit/s", "host software at 1 GbE"
PEERS = {EMULATOR: None, HOST: 0.0, HOST_8_GBIT: 8.0, HOST_1_GBE: 64.0}
"""Who answers: a whole emulated chip, or a peer that answers with zeros, ns per message taken."""

CATEGORIES = {
    "convert": ("quantise",),
    "graph, placement": ("plan",),
    "configuration": ("configure",),
    "instruction stream": ("encode",),
    "execution": ("submit", "execute"),
    "decode": ("decode",),
    "digital sums": ("combine",),
    "convert back": ("dequantise",),
}
"""Categories of the published break-down, in the order of the data, and their stages here."""

OTHER = "other"
"""What is left of the wall time: calls between the stages."""


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
    rows, columns : int
        Part of the matrix that was multiplied: all of it, or as much as the time allowed. Blocks
        of the chip's size are executions of their own, so that the rate is that of the whole.
    repeats : int
        How often it was measured.
    seconds : float
        Wall time from tensor to tensor, best of the repetitions.
    rate : float
        Multiply-accumulate operations per second of wall time.
    link_rates : dict
        The same if only a link limited: words there and back, at once.
    chip_rate : float or None
        The same if only FPGA and chip limited; None without a chip.
    system_rates : dict
        Of the link model: the same on a real system with a host that never limits, by link,
        "none" for an unlimited one; empty without a chip.
    stages : dict
        Seconds of each stage on the host.
    run : dict
        All that the run reports of itself.
    """

    variant: str
    peer: str
    size: int
    batch: int
    rows: int
    columns: int
    repeats: int
    seconds: float
    rate: float
    link_rates: dict[str, float]
    chip_rate: float | None
    system_rates: dict[str, float]
    stages: dict[str, float]
    run: dict[str, Any] = field(repr=False)

    @property
    def sampled(self) -> bool:
        """Whether only a part of the matrix was multiplied."""
        return self.rows < self.size or self.columns < self.size

    @property
    def shares(self) -> dict[str, float]:
        """Parts of the wall time by `CATEGORIES` and `OTHER`; they sum to one."""
        parts = {name: sum(self.stages[stage] for stage in stages) / self.seconds
                 for name, stages in CATEGORIES.items()}
        parts[OTHER] = max(0.0, 1 - sum(parts.values()))
        return parts

    @property
    def chip_use(self) -> float:
        """Part of the wall time in which the peer had a program."""
        return min(1.0, float(self.run["busy"]) / self.seconds)

    def as_dict(self) -> dict[str, Any]:
        """All of it by name, as in the JSON file."""
        return {**asdict(self), "sampled": self.sampled, "shares": self.shares,
                "chip_use": self.chip_use}


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


def _operands(
    batch: int, rows: int, columns: int, seed: int
) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    # in place: a large matrix takes a gigabyte
    x = torch.rand(batch, rows, generator=generator).mul_(30).add_(0.6)
    weights = torch.rand(rows, columns, generator=generator).sub_(0.5).mul_(126)
    return x, weights


def measure(
    variant: Variant, peer: str, size: int, batch: int, *, part: tuple[int, int] | None = None,
    repeats: int = 3, seconds: float = 0.0,
) -> Point:
    """Measure a product on the hardware that is held.

    Parameters
    ----------
    variant, peer
        What is held, see `session`.
    size, batch : int
        The product.
    part : pair of int, optional
        Rows and columns to multiply; all by default.
    repeats : int
        Repetitions at least; the fastest counts.
    seconds : float
        More repetitions, up to 25, while they have taken less time than this.
    """
    rows, columns = (size, size) if part is None else part
    x, weights = _operands(batch, rows, columns, seed=size)
    best = float("inf")
    run: dict[str, Any] = {}
    first = perf_counter()
    number = 0
    while number < repeats or (number < 25 and perf_counter() - first < seconds):
        begin = perf_counter()
        perceptron.matmul(x, weights)
        took = perf_counter() - begin
        number += 1
        if took < best:
            best, run = took, hxtorch.emulation.run_info()["last_run"]
    del x, weights
    gc.collect()
    macs = rows * columns * batch
    words = max(run["words_to_fpga"], run["words_from_fpga"])
    chip = run["fpga_time"]
    times = {name: words / rate for name, rate in MESSAGES_PER_SECOND.items()}
    limits = {**times, "none": 0.0} if chip else {}
    return Point(
        variant.name, peer, size, batch, rows, columns, number, best, macs / best,
        {name: macs / link for name, link in times.items()},
        macs / chip if chip else None,
        {name: macs / max(link, chip) for name, link in limits.items()},
        {name: run[name] for name in STAGES}, run)


def sample(size: int, share: float) -> tuple[int, int]:
    """Rows and columns of about a share of a square matrix, in blocks of the chip's size.

    Columns go first, as the input vectors are converted once for all of them.

    >>> sample(1024, 0.3), sample(1024, 0.1), sample(256, 0.1)
    ((1024, 256), (512, 256), (256, 256))
    """
    if size <= CHIP_SIZE:
        return size, size
    blocks = -(-size // CHIP_SIZE)
    wanted = max(1, round(share * blocks**2))
    columns = max(1, wanted // blocks)
    rows = blocks if wanted >= blocks else wanted
    return min(size, CHIP_SIZE * rows), min(size, CHIP_SIZE * columns)


def sweep(
    variant: Variant, peer: str, products: list[tuple[int, int]], *, seconds_per_point: float,
    report: Callable[[Point], None],
) -> list[Point]:
    """Measure products of growing size; of large ones as much as the time allows.

    Parameters
    ----------
    variant, peer
        What is measured.
    products : list of (size, batch)
        In order of size.
    seconds_per_point : float
        Time that one repetition of a product may take, judged by the one before. Quick ones are
        repeated, for a twentieth of it or 0.1 s.
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
            part = (size, size)
            if expected > seconds_per_point:
                part = sample(size, seconds_per_point / expected)
            repeats = 1 if expected > 0.1 * seconds_per_point else 3
            point = measure(variant, peer, size, batch, part=part, repeats=repeats,
                            seconds=max(0.1, 0.05 * seconds_per_point))
            cost = point.seconds / (point.rows * point.columns * batch)
            points.append(point)
            report(point)
    return points


def torch_rate(size: int, batch: int, repeats: int = 5) -> float:
    """Multiply-accumulate operations per second of torch's own product of floats."""
    x, weights = _operands(batch, size, size, seed=size)
    times = []
    for _ in range(repeats):
        begin = perf_counter()
        torch.matmul(x, weights)
        times.append(perf_counter() - begin)
    return size * size * batch / min(times)


def mock_rate(size: int, batch: int, repeats: int = 3) -> float:
    """The same for the mock formula, evaluated by torch in this process."""
    x, weights = _operands(batch, size, size, seed=size)
    times = []
    for _ in range(repeats):
        begin = perf_counter()
        perceptron.matmul(x, weights, mock=True)
        times.append(perf_counter() - begin)
    return size * size * batch / min(times)
