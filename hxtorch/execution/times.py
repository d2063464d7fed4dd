"""Where the time of a run goes, and what it amounts to."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from time import perf_counter
from typing import Any

from hxtorch.execution.energy import Energy
from hxtorch.execution.timeline import CHIP, Span, TimeLine

#: Stages on the host in the order in which data pass them, and what they do. They are the
#: categories of the published break-down: conversion, graph, instruction stream, execution,
#: decoding, digital sums, conversion back.
STAGES = {
    "quantise": "tensors of floats to 5- and 6-bit integers",
    "plan": "graph and placement",
    "configure": "weights to words, comparison with what the chip holds",
    "encode": "input vectors to words",
    "submit": "hand-over to the connection",
    "execute": "waiting for the chip: what the other stages do not hide",
    "decode": "response words to 8-bit numbers",
    "combine": "sums, concatenation, rectification on the host",
    "dequantise": "8-bit integers to tensors of floats",
}


@dataclass
class RunTimes:
    """Times and amounts of one run, or the sum of several.

    With several chips the stages are sums over the threads that serve them, so that they may
    exceed `total`.

    Attributes
    ----------
    quantise, plan, configure, encode, submit, execute, decode, combine, dequantise : float
        Seconds of the stages, see `STAGES`.
    total : float
        Seconds of the whole run, from integers to integers (`quantise` and `dequantise` not
        included).
    fpga_time, link_time : float
        Seconds that FPGA and link would have taken on a real system; of several chips, the
        longest.
    chip_time : float
        The same FPGA time, summed over the chips.
    busy : float
        Seconds of wall time in which a chip had a program, summed over the chips.
    connection_encode, connection_decode : float
        Seconds in the connection's threads: cutting into frames, decoding responses.
    instances, programs, vectors, macs : int
        Execution instances, programs, input vectors summed over instances, and multiplications.
    events, row_pulses, conversions : int
        Events sent, synapse rows that they activated, and conversions of all 256 columns of a
        hemisphere.
    words_to_fpga, words_configuration, words_from_fpga : int
        64-bit words sent, how many of them static configuration, and read responses.
    """

    quantise: float = 0.0
    plan: float = 0.0
    configure: float = 0.0
    encode: float = 0.0
    submit: float = 0.0
    execute: float = 0.0
    decode: float = 0.0
    combine: float = 0.0
    dequantise: float = 0.0
    total: float = 0.0
    fpga_time: float = 0.0
    link_time: float = 0.0
    chip_time: float = 0.0
    busy: float = 0.0
    connection_encode: float = 0.0
    connection_decode: float = 0.0
    instances: int = 0
    programs: int = 0
    vectors: int = 0
    macs: int = 0
    events: int = 0
    row_pulses: int = 0
    conversions: int = 0
    words_to_fpga: int = 0
    words_configuration: int = 0
    words_from_fpga: int = 0

    def add(self, other: RunTimes) -> None:
        """Add another run's times and amounts."""
        own, others = vars(self), vars(other)
        for name in _NAMES:
            own[name] += others[name]

    @property
    def energy(self) -> Energy:
        """Estimate of the energy of the chips; zero where no chip was behind the connection."""
        return Energy.of_run(
            seconds=self.chip_time,
            row_pulses=self.row_pulses,
            conversions=self.conversions,
            words=self.words_to_fpga + self.words_from_fpga,
        )

    def as_dict(self) -> dict[str, Any]:
        """All of it by name, with the estimate of the energy."""
        values: dict[str, Any] = {name: getattr(self, name) for name in _NAMES}
        values["energy"] = asdict(self.energy)
        return values


_NAMES = tuple(entry.name for entry in fields(RunTimes))


@dataclass
class RunReport(RunTimes):
    """Times and amounts of one run, with its time line.

    Attributes
    ----------
    time_line : TimeLine
        When which stage worked on which execution instance.
    """

    time_line: TimeLine = field(default_factory=TimeLine)

    def as_dict(self) -> dict[str, Any]:
        """All times and amounts by name; how much of the chips' time was used, too."""
        values = RunTimes.as_dict(self)
        values["overlap"] = self.time_line.overlap()
        values["chip_use"] = self.time_line.use()
        return values

    def __str__(self) -> str:
        lines = [f"{'stage':<12}{'ms':>9}   what"]
        for name, what in STAGES.items():
            lines.append(f"{name:<12}{getattr(self, name) * 1e3:>9.3f}   {what}")
        whole = self.total + self.quantise + self.dequantise
        lines.append(f"{'all':<12}{whole * 1e3:>9.3f}   tensor to tensor")
        lines.append(
            f"{self.vectors} vectors in {self.instances} execution instances and "
            f"{self.programs} programs, {self.words_to_fpga} words to the FPGA, of which "
            f"{self.words_configuration} configure"
        )
        if self.chip_time:
            lines.append(
                f"on a real system at least {self.fpga_time * 1e3:.3f} ms on the FPGA and "
                f"{self.link_time * 1e3:.3f} ms on the link; {self.energy}"
            )
        return "\n".join(lines)


class Stopwatch:
    """Adds the time since the last call to one stage of a report."""

    def __init__(self, report: RunReport, lane: int) -> None:
        self.report = report
        self.lane = lane
        self.last = perf_counter()

    def lap(self, stage: str, instance: int = -1) -> None:
        """Count the time since the last call to a stage."""
        now = perf_counter()
        setattr(self.report, stage, getattr(self.report, stage) + now - self.last)
        self.report.time_line.add(Span(self.lane, stage, instance, self.last, now))
        self.last = now

    def chip(self, instance: int, begin: float, end: float) -> None:
        """Note that the chip had a program."""
        self.report.busy += end - begin
        self.report.time_line.add(Span(self.lane, CHIP, instance, begin, end))
