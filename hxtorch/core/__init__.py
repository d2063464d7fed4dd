"""The process's hardware: initialise, release, identify."""

from hxtorch.core.hardware import get_unique_identifier as get_unique_identifier
from hxtorch.core.hardware import init_hardware as init_hardware
from hxtorch.core.hardware import init_hardware_minimal as init_hardware_minimal
from hxtorch.core.hardware import release_hardware as release_hardware
from hxtorch.core.paths import CalibrationPath as CalibrationPath
from hxtorch.core.paths import HWDBPath as HWDBPath

__all__ = [
    "CalibrationPath",
    "HWDBPath",
    "get_unique_identifier",
    "init_hardware",
    "init_hardware_minimal",
    "release_hardware",
]
