"""From recorded containers to builders, dumpers and the state of a chip."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import numpy.typing as npt

from fisch import registers
from stadls import halco
from stadls.aggregate import Aggregate
from stadls.builder import OMNIBUS, PlaybackProgramBuilder
from stadls.dumper import DumperDone, PlaybackProgramBuilderDumper, is_condition

__all__ = ["convert_to_builder", "convert_to_chip", "convert_to_dumper"]

_log = logging.getLogger("stadls.conversion")

_Writes = tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], npt.NDArray[np.uint32]]


def _check_record(source: Any, *kinds: type) -> None:
    if not isinstance(source, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"a {wanted} is needed, not {source!r}")


def convert_to_builder(
        source: PlaybackProgramBuilderDumper | DumperDone) -> PlaybackProgramBuilder:
    """Make a builder of recorded containers; a dumper is empty afterwards, a record is not.

    Parameters
    ----------
    source
        A dumper, or what it recorded.
    """
    _check_record(source, PlaybackProgramBuilderDumper, DumperDone)
    done = source.done() if isinstance(source, PlaybackProgramBuilderDumper) else source
    builder = PlaybackProgramBuilder()
    for coordinate, config in done._entries:
        if is_condition(config):
            builder.block_until(coordinate, config)
        else:
            builder.write(coordinate, config)
    return builder


def convert_to_dumper(done: DumperDone) -> PlaybackProgramBuilderDumper:
    """Make a dumper that holds copies of recorded containers."""
    _check_record(done, DumperDone)
    dumper = PlaybackProgramBuilderDumper()
    dumper._entries = done.values
    return dumper


def _byte_mask(enables: int) -> int:
    return sum(0xFF << 8 * byte for byte in range(4) if enables >> byte & 1)


def _writes(coordinate: Any, config: Any) -> _Writes | None:
    """Addresses, words and bit masks of a container's Omnibus writes; None if it has none."""
    if OMNIBUS not in type(config).supported_backends():
        return None
    if isinstance(config, Aggregate):
        parts = config.parts_at(coordinate)
        pieces = [p.encode().reshape(-1) for p in parts]
        masks = [np.full(len(w), _byte_mask(p.byte_enables), np.uint32)
                 for p, w in zip(parts, pieces, strict=True)]
        return (np.concatenate([p.addresses(OMNIBUS).reshape(-1) for p in parts]),
                np.concatenate(pieces), np.concatenate(masks))
    name = config._name
    found = np.array([_byte_mask(e) for e in config.byte_enables(coordinate)], np.uint32)
    return (registers.addresses(name, [int(coordinate)], OMNIBUS)[0],
            np.array(config.encode(coordinate), np.uint32), found)


def convert_to_chip(source: DumperDone | PlaybackProgramBuilderDumper,
                    previous: Any = None) -> Any:
    """State of a chip after recorded writes.

    Parameters
    ----------
    source
        What a dumper recorded, or a dumper, which stays as it is. Conditions, and containers
        that are not written over the Omnibus, are skipped.
    previous
        ``lola.Chip`` before the writes; the default one if None.

    Returns
    -------
    lola.Chip
        Words that are not part of it are left out, with a warning.
    """
    from stadls import lola

    _check_record(source, PlaybackProgramBuilderDumper, DumperDone)
    chip_type = lola.Chip
    chip = chip_type() if previous is None else previous
    if not isinstance(chip, chip_type):
        raise TypeError(f"a lola.Chip is needed, not {previous!r}")
    place = halco.ChipOnDLS()
    found = _writes(place, chip)
    assert found is not None
    addresses, words, _ = found
    order = np.argsort(addresses, kind="stable")
    lost: dict[str, None] = {}
    for coordinate, config in source._entries:
        writes = None if is_condition(config) else _writes(coordinate, config)
        if writes is None:
            continue
        at, what, masks = writes
        position = order[np.searchsorted(addresses, at, sorter=order).clip(max=len(order) - 1)]
        known = addresses[position] == at
        if not known.all():
            lost[type(config).__name__] = None
        _apply(words, position[known], what[known], masks[known])
    if lost:
        _log.warning("not part of lola.Chip, left out: %s", ", ".join(lost))
    return chip_type.decode(words, place)


def _apply(memory: npt.NDArray[np.uint32], position: npt.NDArray[np.intp],
           words: npt.NDArray[np.uint32], masks: npt.NDArray[np.uint32]) -> None:
    """Write words under masks, later ones over earlier ones."""
    if (masks == 0xFFFFFFFF).all():
        memory[position] = words
        return
    for where, word, mask in zip(position, words, masks, strict=True):
        memory[where] = (memory[where] & ~mask) | (word & mask)
