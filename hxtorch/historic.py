"""Names of the software of 2020, with which the paper's listings were written.

They do what today's functions do: values out of range raise instead of being clipped, and the
gradient uses the gain of the mock parameter.
"""

from __future__ import annotations

from typing import Any

from hxtorch.core import CalibrationPath, HWDBPath, init_hardware, release_hardware
from hxtorch.perceptron.mock import MockParameter, mock_everything, set_mock_parameter


def init(
    hwdb_path: HWDBPath | CalibrationPath | None = None,
    connection: Any = None,
    *,
    calibration_path: CalibrationPath | None = None,
) -> None:
    """Open the hardware with its default calibration, or with a given one.

    Parameters
    ----------
    hwdb_path : HWDBPath or CalibrationPath, optional
        Where the default calibration comes from; or a calibration.
    connection : connection or str, optional
        As `endpoint` of `hxtorch.init_hardware`.
    calibration_path : CalibrationPath, optional
        The calibration by keyword.
    """
    mock_everything(False)
    calibrated = calibration_path is None and not isinstance(hwdb_path, CalibrationPath)
    init_hardware(
        hwdb_path, ann=calibrated, calibration_path=calibration_path, endpoint=connection
    )


def init_mock(noise_std: float = 2.0, gain: float = 0.0012) -> None:
    """Let all operations use the mock, without hardware, until `release` or `init`.

    Parameters
    ----------
    noise_std : float
        Standard deviation of the noise of one row split's result, in LSB.
    gain : float
        Output in LSB per product of activation and weight, for one send, in (0, 1].

    Raises
    ------
    OverflowError
        The gain is out of range.
    """
    set_mock_parameter(MockParameter(noise_std=noise_std, gain=gain))
    mock_everything(True)


def release() -> None:
    """Give the hardware back, or end what `init_mock` began."""
    mock_everything(False)
    release_hardware()
