"""Where the time of a product goes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields


@dataclass
class RunTimes:
    """Times and amounts of one product, or the sum of several.

    Attributes
    ----------
    configure : float
        Seconds spent on the static configuration: weights into words, comparison with the chip.
    encode : float
        Seconds spent on encoding input vectors.
    submit : float
        Seconds until the connection had taken the programs over.
    execute : float
        Seconds waited for the chip: what the other stages did not hide.
    decode : float
        Seconds from response words to 8-bit results.
    combine : float
        Seconds for sums over row ranges and concatenation of column ranges.
    total : float
        Seconds of the whole product, from integers to integers.
    fpga_time, link_time : float
        Seconds that FPGA and link would have taken on a real system.
    connection_encode, connection_decode : float
        Seconds in the connection's threads: cutting into frames, decoding responses.
    instances, programs, vectors, macs : int
        Execution instances, programs, input vectors summed over instances, and multiplications.
    words_to_fpga, words_configuration, words_from_fpga : int
        64-bit words sent, how many of them static configuration, and read responses.
    """

    configure: float = 0.0
    encode: float = 0.0
    submit: float = 0.0
    execute: float = 0.0
    decode: float = 0.0
    combine: float = 0.0
    total: float = 0.0
    fpga_time: float = 0.0
    link_time: float = 0.0
    connection_encode: float = 0.0
    connection_decode: float = 0.0
    instances: int = 0
    programs: int = 0
    vectors: int = 0
    macs: int = 0
    words_to_fpga: int = 0
    words_configuration: int = 0
    words_from_fpga: int = 0

    def add(self, other: RunTimes) -> None:
        """Add another product's times and amounts."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def as_dict(self) -> dict[str, float | int]:
        """All of it by name."""
        return asdict(self)
