"""The FPGA: executor of instruction words, its clock, registers and JTAG master."""

from .errors import InstructionError

__all__ = ["InstructionError"]
