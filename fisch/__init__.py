"""Instruction words, programs, register map and connections of the BrainScaleS-2 FPGA link."""

from fisch.builder import PlaybackProgramBuilder
from fisch.connections import ZeroMockConnection, ZMQConnection, connect
from fisch.program import PlaybackProgram

__all__ = [
    "PlaybackProgram",
    "PlaybackProgramBuilder",
    "ZMQConnection",
    "ZeroMockConnection",
    "connect",
]
