"""Estimate of the energy that a chip would take for a run.

``E = P T + e_row n_row + e_cadc n_cadc + e_link n_bits``

T is the time that the FPGA takes, not the wall time of the emulation. Two published figures
anchor the estimate: an inference of 276 us that took 192 uJ (0.70 W) with the chip configured for
matrix products, and less than 200 mW with everything off that a small spiking network does not
need. Each is met by the choice of its static power; no public figure separates the other
coefficients, which are of the order that such circuits have and contribute a few per cent.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Constant:
    """A constant of the estimate.

    Attributes
    ----------
    value, low, high : float
        Value in use, and the range in which it may lie.
    unit : str
        SI unit.
    source : str
        Class of knowledge: C calculated from published figures, E estimated.
    meaning : str
        What it stands for.
    """

    value: float
    low: float
    high: float
    unit: str
    source: str
    meaning: str


#: All constants, the one table.
CONSTANTS: dict[str, Constant] = {
    "static": Constant(
        0.69, 0.62, 0.70, "W", "C", "chip configured for matrix products, links and ADC on"
    ),
    "static_reduced": Constant(
        0.19, 0.17, 0.20, "W", "C", "chip with two links, fast ADC and processors slowed or off"
    ),
    "row": Constant(0.25e-9, 0.05e-9, 1e-9, "J", "E", "pulse on a synapse row, 256 columns"),
    "conversion": Constant(30e-9, 10e-9, 100e-9, "J", "E", "CADC conversion of 256 columns"),
    "bit": Constant(20e-12, 5e-12, 50e-12, "J", "E", "bit on the link to or from the chip"),
}

#: Bits of a message word on the link.
_WORD_BITS = 64


@dataclass(frozen=True)
class Energy:
    """Estimate of the energy of one or several chips, in joules.

    Attributes
    ----------
    value, low, high : float
        Estimate with the values, the least and the largest constants.
    seconds : float
        Time on the chip that it is about.
    parts : dict
        Contributions to `value`: static, row, conversion, bit.
    """

    value: float = 0.0
    low: float = 0.0
    high: float = 0.0
    seconds: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of_run(
        cls,
        *,
        seconds: float,
        row_pulses: int = 0,
        conversions: int = 0,
        words: int = 0,
        static: str = "static",
    ) -> Energy:
        """Estimate the energy of a run.

        Parameters
        ----------
        seconds : float
            Time on the FPGA, summed over the chips; 0 if no chip took part: then the energy is
            zero as well.
        row_pulses, conversions, words : int
            Pulses on synapse rows, conversions of 256 columns, message words on the link.
        static : str
            Which constant is the static power.
        """
        if not seconds:
            return cls()
        amounts = {
            static: seconds,
            "row": row_pulses,
            "conversion": conversions,
            "bit": words * _WORD_BITS,
        }
        parts = {name: CONSTANTS[name].value * amount for name, amount in amounts.items()}
        return cls(
            sum(parts.values()),
            sum(CONSTANTS[name].low * amount for name, amount in amounts.items()),
            sum(CONSTANTS[name].high * amount for name, amount in amounts.items()),
            seconds,
            parts,
        )

    @property
    def power(self) -> float:
        """Mean power in watts."""
        return self.value / self.seconds if self.seconds else 0.0

    def __str__(self) -> str:
        return (
            f"estimated energy {self.value * 1e6:.4g} uJ "
            f"({self.low * 1e6:.4g} to {self.high * 1e6:.4g}) in {self.seconds * 1e6:.4g} us"
        )
