"""Figures of the paper 'hxtorch: PyTorch for BrainScaleS-2' (2020), sections 4.1 and 5.

Rates are multiply-accumulate operations per second. The paper counts operations; its figures for
message volume, batch size and speed agree within 5 % if a multiply-accumulate is two of them.
"""

MESSAGES_PER_SECOND = {"1 GbE": 1e9 / 64, "8 Gbit/s": 8e9 / 64}
"""64-bit words that a link takes; the chip executes one word in 8 ns, the rate of 8 Gbit/s."""

SIMULATED_RATE = 14.7e9 / 2
"""One accelerator at the design limit, where a software partner stands in for chip and link."""

GBE_RATE = SIMULATED_RATE / 5
"""Saturated rate of v2 behind Gigabit Ethernet: 'about five times' slower."""

HALF_RATE_BATCH = 200
"""Batch size with half of the saturated rate at 256 x 256."""

V1_VOLUME = 100
"""Data per input vector on v1 with its workaround, relative to v2: 'about'."""
