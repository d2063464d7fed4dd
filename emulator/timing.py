"""Every cycle count of the emulated FPGA and chip, in one table.

The FPGA clock (125 MHz, 8 ns) is the only clock. A count is ``known`` if the real system's
software states it or relies on it, and an ``estimate`` otherwise: nothing that is measured
with an estimated count should be taken for a property of the real chip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FPGA_CLOCK_HZ = 125_000_000
"""Cycles per second of the FPGA clock, which counts timers, system time and waits."""

MADC_CLOCK_HZ = 500_000_000
"""Cycles per second of the MADC's clock, with the PLL as it is after power-up."""

CYCLE_US = 0.008
"""One FPGA cycle in microseconds."""


@dataclass(frozen=True)
class Cost:
    """One entry of the table.

    Attributes
    ----------
    value
        The count.
    unit
        What it counts, usually FPGA cycles.
    status
        ``known`` or ``estimate``.
    source
        Where the figure comes from.
    """

    value: int
    unit: str
    status: Literal["known", "estimate"]
    source: str


TIMES: dict[str, Cost] = {
    "message": Cost(1, "cycles", "known", "executor rate of one message per cycle"),
    "omnibus_write": Cost(2, "cycles", "known", "an address and a data message"),
    "jtag_clock_divider_bias": Cost(
        2, "added to the scaler", "known", "JTAG clock is the FPGA clock over scaler + 2"
    ),
    "jtag_instruction_bits": Cost(7, "bits", "known", "width of the instruction register"),
    "jtag_init_bits": Cost(6, "bits", "estimate", "five TMS ones and one idle step"),
    "cadc_conversion": Cost(
        150, "cycles", "known", "300 cycles of the processors' 250 MHz clock for one row read"
    ),
    "event_to_crossbar": Cost(10, "cycles", "estimate", "high-speed link, FPGA to chip"),
    "event_to_synapse": Cost(15, "cycles", "estimate", "120 ns, link and on-chip routing"),
    "event_to_fpga": Cost(10, "cycles", "estimate", "high-speed link, chip to FPGA"),
    "omnibus_to_chip": Cost(15, "cycles", "estimate", "same way as an event"),
    "omnibus_from_chip": Cost(15, "cycles", "estimate", "same way back"),
    "omnibus_fpga": Cost(4, "cycles", "estimate", "register on the FPGA itself"),
    "systime_sync": Cost(300, "cycles", "estimate", "some round trips; below the 5 us allowed"),
    "link_up": Cost(2500, "cycles", "estimate", "20 us; upstream waits 80 us"),
    "link_bits_per_second": Cost(595_000_000, "bit/s", "known", "upstream link test, per link"),
    "link_word_bits": Cost(59, "bits", "known", "upstream link test"),
    "i2c_bit": Cost(
        4, "cycles per prescaler step", "estimate", "makes the usual prescaler of 313 100 kHz"
    ),
    "spi_bit": Cost(8, "cycles", "estimate", "below the 30 MHz that the DACs take"),
    "madc_sample": Cost(
        12, "MADC cycles", "known", "shortest distance of samples; a register adds up to 7"
    ),
    "madc_pack_window": Cost(
        16, "cycles", "estimate",
        "how long a pack waits for its third sample; the host link needs full packs at 30 MHz",
    ),
    "instruction_timeout": Cost(1_250_000, "cycles", "known", "default of its register, 10 ms"),
}
"""All counts by name."""


def cycles(name: str) -> int:
    """Return the count of one entry.

    Raises
    ------
    KeyError
        No such entry.
    """
    return TIMES[name].value


LINKS: dict[str, float | None] = {
    # 180 words in a frame of 1518 bytes on the wire at 1 Gbit/s
    "1gbe": 180 / (1518 * 8e-9),
    "8gbit": 8e9 / 64,
    "none": None,
}
"""Words per second and direction of the modelled host links; None is no limit."""
