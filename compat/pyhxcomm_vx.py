"""Connections under the name that scripts import."""

from fisch.connections import (
    ConnectionTimeInfo,
    HXCubeFPGAEntry,
    HXCubeSetupEntry,
    HXCubeWingEntry,
    JboaSetupEntry,
    SimulationEntry,
    ZeroMockEntry,
)
from stadls.connections import (
    ConnectionHandle,
    ManagedConnection,
    ManagedMultiARQConnection,
    ManagedMultiSimConnection,
    ManagedMultiZeroMockConnection,
    ManagedQuiggeldyConnection,
    MultiARQConnectionHandle,
    MultiSimConnectionHandle,
    MultiZeroMockConnectionHandle,
    QuiggeldyConnectionHandle,
)
from stadls.local import get_repo_state, get_unused_port, terminate, unset_quiggeldy_env
from stadls.reinit import ReinitStackEntry
from stadls.unavailable import launch_quiggeldy_locally_from_env

__all__ = [
    "ConnectionHandle",
    "ConnectionTimeInfo",
    "HXCubeFPGAEntry",
    "HXCubeSetupEntry",
    "HXCubeWingEntry",
    "JboaSetupEntry",
    "ManagedConnection",
    "ManagedMultiARQConnection",
    "ManagedMultiSimConnection",
    "ManagedMultiZeroMockConnection",
    "ManagedQuiggeldyConnection",
    "MultiARQConnectionHandle",
    "MultiSimConnectionHandle",
    "MultiZeroMockConnectionHandle",
    "QuiggeldyConnectionHandle",
    "ReinitStackEntry",
    "SimulationEntry",
    "ZeroMockEntry",
    "get_repo_state",
    "get_unused_port",
    "launch_quiggeldy_locally_from_env",
    "terminate",
    "unset_quiggeldy_env",
]
