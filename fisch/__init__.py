"""Instruction words, programs, register map and connections of the BrainScaleS-2 FPGA link."""
