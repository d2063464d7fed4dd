"""Instruction words, programs, register map and connections of the BrainScaleS-2 FPGA link."""

from fisch import word_access
from fisch.builder import PlaybackProgramBuilder
from fisch.connections import ZeroMockConnection, ZMQConnection, connect
from fisch.program import PlaybackProgram
from fisch.responses import ResponseDecoder, Responses

__all__ = [
    "PlaybackProgram",
    "PlaybackProgramBuilder",
    "ResponseDecoder",
    "Responses",
    "ZMQConnection",
    "ZeroMockConnection",
    "connect",
    "word_access",
]
