"""How the channels of an input vector are laid out on the rows of a synapse array.

A synapse array has 256 rows, two for each of 128 drivers. A row is excitatory or inhibitory as a
whole. A *signed* channel takes both rows of a driver, one of each kind; both answer to its event.
An *unsigned* channel takes one row; the two rows of its driver are told apart by the highest bit
of the label, so that each answers to an event of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from hxtorch.errors import GraphError
from hxtorch.execution.partition import DRIVERS

I32 = npt.NDArray[np.int32]

#: No physical row.
NONE = -1


class RowMode(Enum):
    """How one channel of the input acts on the columns."""

    #: Weights -63..63 on two rows, one inhibitory and one excitatory.
    SIGNED = "signed"
    #: Weights 0..63 on one row.
    EXCITATORY = "excitatory"
    #: Weights -63..0 on one row.
    INHIBITORY = "inhibitory"


#: One mode for all channels, or one for each.
RowModes = RowMode | tuple[RowMode, ...]


@dataclass(frozen=True, eq=False)
class RowLayout:
    """Drivers and rows of the channels of one hemisphere; arrays of shape (channels,).

    Attributes
    ----------
    modes : RowMode or tuple of RowMode
        What it was made from.
    driver : array of int32
        Driver that receives the channel's events.
    upper : array of bool
        Whether its events carry the highest label bit, to reach the upper row of a driver only.
    negative, positive : arrays of int32
        Physical row that holds the magnitudes of negative and of positive weights, -1 if none.
    drivers : int
        Number of drivers in use, from 0.
    idle : array of int32
        Rows of these drivers that no channel uses.
    driver_modes : tuple of ((str, str), array)
        Row modes, of the lower row (even number) and the upper one, and the drivers that have
        them.
    """

    modes: RowModes
    driver: I32
    upper: npt.NDArray[np.bool_]
    negative: I32
    positive: I32
    drivers: int
    idle: I32
    driver_modes: tuple[tuple[tuple[str, str], I32], ...]

    @cached_property
    def rows_of_channel(self) -> npt.NDArray[np.uint8]:
        """Physical rows of each channel, 1 or 2."""
        both = (self.negative != NONE).astype(np.uint8) + (self.positive != NONE)
        return both.astype(np.uint8)

    @cached_property
    def physical(self) -> I32:
        """Physical rows in use, in order of channels; a signed channel has two."""
        rows = np.stack([self.negative, self.positive], axis=1).ravel()
        return rows[rows != NONE]


@lru_cache(maxsize=256)
def row_layout(modes: RowModes, channels: int) -> RowLayout:
    """Lay `channels` out on drivers, from driver 0 on, in order.

    Raises
    ------
    GraphError
        They need more drivers than a hemisphere has, or their number is not that of the modes.
    """
    if isinstance(modes, RowMode):
        listed = (modes,) * channels
    else:
        listed = modes
        if len(listed) != channels:
            raise GraphError(f"{len(listed)} row modes; allowed: {channels}, one per channel")
    driver = np.zeros(channels, np.int32)
    upper = np.zeros(channels, np.bool_)
    rows = {sign: np.full(channels, NONE, np.int32) for sign in "-+"}
    driver_modes: list[list[str]] = []
    half_free = False
    for channel, mode in enumerate(listed):
        if mode is RowMode.SIGNED:
            driver_modes.append([RowMode.INHIBITORY.value, RowMode.EXCITATORY.value])
            half_free = False
        elif half_free:
            driver_modes[-1][1] = mode.value
            upper[channel] = True
            half_free = False
        else:
            driver_modes.append([mode.value, "disabled"])
            half_free = True
        driver[channel] = len(driver_modes) - 1
        row = 2 * driver[channel] + upper[channel]
        if mode is RowMode.SIGNED:
            rows["-"][channel], rows["+"][channel] = row, row + 1
        else:
            rows["+" if mode is RowMode.EXCITATORY else "-"][channel] = row
    if len(driver_modes) > DRIVERS:
        raise GraphError(
            f"{channels} channels need {len(driver_modes)} synapse drivers; "
            f"allowed: {DRIVERS} per hemisphere"
        )
    return RowLayout(
        modes,
        driver,
        upper,
        rows["-"],
        rows["+"],
        len(driver_modes),
        np.flatnonzero([mode == "disabled" for own in driver_modes for mode in own]).astype(
            np.int32
        ),
        tuple(
            (modes, _places(modes, driver_modes))
            for modes in sorted({(lower, higher) for lower, higher in driver_modes})
        ),
    )


def _places(modes: tuple[str, str], driver_modes: list[list[str]]) -> I32:
    return np.flatnonzero([tuple(own) == modes for own in driver_modes]).astype(np.int32)


def rows_per_array(mode: RowMode) -> int:
    """Channels of one mode that fit one synapse array: 128 signed or 256 unsigned.

    >>> rows_per_array(RowMode.SIGNED), rows_per_array(RowMode.EXCITATORY)
    (128, 256)
    """
    return DRIVERS if mode is RowMode.SIGNED else 2 * DRIVERS
