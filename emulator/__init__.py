"""The emulator process: it stands in for the FPGA and the HICANN-X chip."""
