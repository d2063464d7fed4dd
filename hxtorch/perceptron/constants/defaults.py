"""Default parameters of the operations."""

#: Spacing of successive events of one hemisphere, in FPGA cycles of 8 ns.
wait_between_events: int = 5
#: Output in LSB per product of activation and weight, for one send.
gain: float = 0.002
#: Standard deviation of one read-out, in LSB.
noise_std: float = 2.0
