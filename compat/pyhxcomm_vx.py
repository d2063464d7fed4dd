"""Connections under the name that scripts import."""

from fisch.connections import (
    ConnectionTimeInfo,
    HXCubeFPGAEntry,
    HXCubeSetupEntry,
    HXCubeWingEntry,
    SimulationEntry,
    ZeroMockEntry,
)
from stadls.execution import (
    ConnectionHandle,
    ManagedConnection,
    ManagedMultiZeroMockConnection,
    MultiZeroMockConnectionHandle,
)

__all__ = [
    "ConnectionHandle",
    "ConnectionTimeInfo",
    "HXCubeFPGAEntry",
    "HXCubeSetupEntry",
    "HXCubeWingEntry",
    "ManagedConnection",
    "ManagedMultiZeroMockConnection",
    "MultiZeroMockConnectionHandle",
    "SimulationEntry",
    "ZeroMockEntry",
]
