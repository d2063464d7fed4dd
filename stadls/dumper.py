"""Recording what a builder is told as containers instead of instruction words."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from stadls import hal
from stadls.builder import check_condition, checked_write
from stadls.errors import BuilderError

__all__ = ["DumperDone", "PlaybackProgramBuilderDumper"]

Entry = tuple[Any, Any]


def _clone(entry: Entry) -> Entry:
    coordinate, config = entry
    return coordinate, copy.copy(config)


def is_condition(config: Any) -> bool:
    """Whether an entry's second part is what a program blocks for, and no container to write."""
    return isinstance(config, hal.Timer.Value | hal.Barrier | hal.PollingOmnibusBlock)


class DumperDone:
    """What a dumper recorded: pairs of a coordinate and a container, or a condition."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    @classmethod
    def _of(cls, entries: Iterable[Entry]) -> DumperDone:
        """Make a record from entries that are not shared."""
        self = cls()
        self._entries = list(entries)
        return self

    @property
    def values(self) -> list[Entry]:
        """Copies of all ``(coordinate, container)`` pairs, in order.

        Assigning replaces them; anything but tuples of two raises ``RuntimeError``.
        """
        return [_clone(entry) for entry in self._entries]

    @values.setter
    def values(self, entries: Iterable[Entry]) -> None:
        found = list(entries)
        for entry in found:
            if not (isinstance(entry, tuple) and len(entry) == 2):
                raise BuilderError(f"Expected tuple. (of coordinate and container, not {entry!r})")
            coordinate, config = entry
            if is_condition(config):
                check_condition(coordinate, config)
            else:
                checked_write(coordinate, config, ())
        self._entries = [_clone(entry) for entry in found]

    def tolist(self) -> list[Entry]:
        """Return copies of all pairs."""
        return self.values

    def remove_block_until(self) -> None:
        """Drop all conditions."""
        self._entries = [e for e in self._entries if not is_condition(e[1])]

    def squash(self) -> None:
        """Keep the last entry of every coordinate, in the order of these last entries.

        Conditions count as entries of their coordinate.
        """
        last: dict[Any, Entry] = {}
        for coordinate, config in self._entries:
            last.pop(coordinate, None)
            last[coordinate] = (coordinate, config)
        self._entries = list(last.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DumperDone):
            return NotImplemented
        return self._entries == other._entries

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> DumperDone:
        return DumperDone._of(self.values)

    def __deepcopy__(self, memo: dict[int, Any]) -> DumperDone:
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, ...]:
        return DumperDone._of, (self._entries,)

    def __repr__(self) -> str:
        rows = "".join(f"\t{c!r}: " + repr(v).replace("\n", "\n\t") + "\n"
                       for c, v in self._entries)
        return f"DumperDone(\n{rows})" if rows else "DumperDone()"


class PlaybackProgramBuilderDumper:
    """Takes the same calls as `PlaybackProgramBuilder` and keeps copies of what it is given.

    Reads are refused. Back-ends are dropped, and a differential write is recorded as a write
    of the whole container.
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def write(self, coordinate: Any, config: Any, *options: Any) -> None:
        """Record a copy of a container; see `PlaybackProgramBuilder.write`."""
        checked_write(coordinate, config, options)
        self._entries.append((coordinate, copy.copy(config)))

    def read(self, coordinate: Any, backend: Any = None) -> Any:
        """Raise RuntimeError."""
        raise BuilderError("Dumper does not support reads.")

    def block_until(self, coordinate: Any, condition: Any) -> None:
        """Record a condition; see `PlaybackProgramBuilder.block_until`."""
        check_condition(coordinate, condition)
        self._entries.append((coordinate, copy.copy(condition)))

    def merge_back(self, other: PlaybackProgramBuilderDumper) -> None:
        """Move everything from another dumper behind.

        Raises
        ------
        RuntimeError
            The other is this one.
        """
        self._check_other(other)
        self._entries += other._entries
        other._entries = []

    def copy_back(self, other: PlaybackProgramBuilderDumper) -> None:
        """Append a copy of another dumper.

        Raises
        ------
        RuntimeError
            The other is this one.
        """
        self._check_other(other)
        self._entries += [_clone(entry) for entry in other._entries]

    def _check_other(self, other: Any) -> None:
        if not isinstance(other, PlaybackProgramBuilderDumper):
            raise TypeError(f"a PlaybackProgramBuilderDumper is needed, not {other!r}")
        if other is self:
            raise BuilderError("A dumper can't be merged into itself.")

    def done(self) -> DumperDone:
        """Hand over what was recorded; the dumper is empty afterwards."""
        entries, self._entries = self._entries, []
        return DumperDone._of(entries)

    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self._entries

    def is_write_only(self) -> bool:
        """Whether nothing is read: always."""
        return True

    def size_to_fpga(self) -> int:
        """Raise RuntimeError: a dumper has no instructions."""
        raise BuilderError("A dumper has no size: it holds containers, not instructions.")

    def size_from_fpga(self) -> int:
        """Raise RuntimeError: a dumper has no instructions."""
        raise BuilderError("A dumper has no size: it holds containers, not instructions.")

    def __copy__(self) -> PlaybackProgramBuilderDumper:
        other = PlaybackProgramBuilderDumper()
        other._entries = [_clone(entry) for entry in self._entries]
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> PlaybackProgramBuilderDumper:
        return self.__copy__()

    def __repr__(self) -> str:
        return "PlaybackProgramBuilderDumper()"
