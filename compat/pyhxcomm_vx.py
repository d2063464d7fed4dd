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
from stadls import connections
from stadls.connections import *
from stadls.local import get_repo_state, get_unused_port, terminate, unset_quiggeldy_env
from stadls.reinit import ReinitStackEntry
from stadls.unavailable import launch_quiggeldy_locally_from_env

__all__ = [
    "ConnectionTimeInfo",
    "HXCubeFPGAEntry",
    "HXCubeSetupEntry",
    "HXCubeWingEntry",
    "JboaSetupEntry",
    "ReinitStackEntry",
    "SimulationEntry",
    "ZeroMockEntry",
    "get_repo_state",
    "get_unused_port",
    "launch_quiggeldy_locally_from_env",
    "terminate",
    "unset_quiggeldy_env",
]
__all__ += connections.__all__
