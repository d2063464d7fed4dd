"""Playback programs of the register level: typed events instead of plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

import fisch
from stadls.hal.events import (
    HighspeedLinkNotification,
    MADCSamples,
    Spikes,
    link_notifications,
)
from stadls.halco.types import coordinate
from stadls.typed_array import ElementType, TypedArray

__all__ = ["PlaybackProgram"]

_COUNT = ElementType("count", 0, (1 << 64) - 1, int, int, np.dtype(np.uint64))


def _counts(index: str, counts: Any) -> TypedArray:
    return TypedArray(np.array(list(counts.values()), np.uint64), [coordinate(index)], _COUNT)


class PlaybackProgram(fisch.PlaybackProgram):
    """Instructions, and the results of their latest run.

    A default-constructed program is empty and may stand for a chip that is not used.
    """

    spikes_type = Spikes
    madc_samples_type = MADCSamples

    def __init__(self, words: Any = (), expected: tuple[int, int, int] = (0, 0, 0)) -> None:
        super().__init__(words, expected)
        self._unsupported_targets: frozenset[str] = frozenset()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, fisch.PlaybackProgram):
            return NotImplemented
        return self.expected == other.expected and np.array_equal(self.words, other.words)

    __hash__ = object.__hash__

    @property
    def unsupported_targets(self) -> set[str]:
        """Targets (``"hardware"``, ``"simulation"``) on which the program cannot run."""
        return set(self._unsupported_targets)

    @property
    def spikes(self) -> Spikes:  # type: ignore[override]
        """Spikes of the latest run; ``to_numpy()`` for arrays."""
        return Spikes(self._results.spikes)

    @property
    def madc_samples(self) -> MADCSamples:  # type: ignore[override]
        """MADC samples of the latest run; ``to_numpy()`` for arrays."""
        return MADCSamples(self._results.madc_samples)

    @property
    def highspeed_link_notifications(  # type: ignore[override]
            self) -> list[HighspeedLinkNotification]:
        """Changes of the links, in order."""
        return link_notifications(self._results.link_notifications)

    @property
    def spikes_pack_counts(self) -> TypedArray:  # type: ignore[override]
        """How many packs of one, two and three spikes arrived."""
        return _counts("SpikePackFromFPGAOnDLS", super().spikes_pack_counts)

    @property
    def madc_samples_pack_counts(self) -> TypedArray:  # type: ignore[override]
        """How many packs of one, two and three samples arrived."""
        return _counts("MADCSamplePackFromFPGAOnDLS", super().madc_samples_pack_counts)
