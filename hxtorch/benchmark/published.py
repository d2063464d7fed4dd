"""Figures of the paper 'hxtorch: PyTorch for BrainScaleS-2' (2020), sections 4.1 and 5.

Rates are multiply-accumulate operations per second. The paper counts operations; its figures for
message volume, batch size and speed agree within 5 % if a multiply-accumulate is two of them.
"""

MESSAGES_PER_SECOND = {"1 GbE": 1e9 / 64, "8 Gbit/s": 8e9 / 64}
"""64-bit words that a link takes, as the paper counts; a daemon's own model of 1 GbE counts
headers and gaps of frames, too, 5 % less. The chip executes one word in 8 ns, as 8 Gbit/s."""

SIMULATED_RATE = 14.7e9 / 2
"""One accelerator at the design limit, where a software partner stands in for chip and link."""

GBE_RATE = SIMULATED_RATE / 5
"""Saturated rate of v2 behind Gigabit Ethernet: 'about five times' slower."""

HALF_RATE_BATCH = 200
"""Batch size with half of the saturated rate at 256 x 256."""

V1_VOLUME = 100
"""Data per input vector on v1 with its workaround, relative to v2: 'about'."""

STATIC_VECTORS = 200
"""Input vectors at 256 x 256 whose data amount to the static configuration: 'about'."""

DESIGN_FACTOR = 2
"""The host software stays within this factor of the limit of the 8 Gbit/s link."""

REGRESSION_TESTS = {(256, 8192): (0.15e9, 0.30e9), (1024, 2000): (0.24e9, 0.33e9)}
"""Lowest and highest rate by (size, batch size) that the maintainers' regression tests report of
the real system, 2022 to 2026; not of the paper."""
