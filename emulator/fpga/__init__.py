"""The FPGA: playback executor, clock, timers, registers."""
