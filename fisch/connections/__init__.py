"""Connections: what runs programs.

:func:`connect` chooses; :class:`ZMQConnection` reaches an emulated chip,
:class:`ZeroMockConnection` a peer without a chip, :class:`MultiConnection` several.
"""

from fisch.connections.base import Connection, JointRun, PendingRun
from fisch.connections.curve import CurveKeys
from fisch.connections.emulated import MultiConnection, ZMQConnection
from fisch.connections.environment import connect
from fisch.connections.hardware_database import (
    HXCubeFPGAEntry,
    HXCubeSetupEntry,
    HXCubeWingEntry,
    JboaAggregatorEntry,
    JboaSetupEntry,
    SimulationEntry,
    ZeroMockEntry,
)
from fisch.connections.time_info import ConnectionTimeInfo, RunTimeInfo
from fisch.connections.zero_mock import ZeroMockConnection

__all__ = [
    "Connection",
    "ConnectionTimeInfo",
    "CurveKeys",
    "HXCubeFPGAEntry",
    "HXCubeSetupEntry",
    "HXCubeWingEntry",
    "JboaAggregatorEntry",
    "JboaSetupEntry",
    "JointRun",
    "MultiConnection",
    "PendingRun",
    "RunTimeInfo",
    "SimulationEntry",
    "ZMQConnection",
    "ZeroMockConnection",
    "ZeroMockEntry",
    "connect",
]
