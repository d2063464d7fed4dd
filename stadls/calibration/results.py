"""Results of calibrations: what was found, for which target, on which chip."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from stadls.calibration.errors import CalibrationMismatchError
from stadls.calibration.session import CalibBuilder, Origin
from stadls.calibration.state import ChipState, Words
from stadls.calibration.targets import CalibOptions, CalibTarget

__all__ = ["ArraySpec", "CalibResult", "array"]


@dataclass(frozen=True)
class ArraySpec:
    """What an array of a result must be like."""

    shape: tuple[int, ...]
    dtype: str
    low: int
    high: int

    def problem(self, value: Any) -> str:
        """Tell what is wrong with a value; nothing if it is right."""
        if not isinstance(value, np.ndarray):
            return f"is no array but {type(value).__name__}"
        if value.dtype != np.dtype(self.dtype):
            return f"holds {value.dtype}, not {self.dtype}"
        if value.shape != self.shape:
            return f"has shape {value.shape}, not {self.shape}"
        if value.size and (value.min() < self.low or value.max() > self.high):
            return f"has values beyond {self.low} to {self.high}"
        return ""


def array(shape: tuple[int, ...], dtype: str = "uint16", low: int = 0, high: int = 1022
          ) -> dict[str, ArraySpec]:
    """Metadata of the field of a result that holds an array.

    Parameters
    ----------
    shape, dtype
        Its shape and type; values that are assigned when a result is made are converted.
    low, high
        Allowed values; for ``bool``, 0 and 1.
    """
    low, high = (0, 1) if dtype == "bool" else (low, high)
    return {"array": ArraySpec(shape, dtype, low, high)}


@dataclass
class CalibResult:
    """Base of results.

    Attributes
    ----------
    target, options
        What was asked for.
    origin
        Chip and software version.
    """

    #: Names of arrays that tell for which instances the calibration worked.
    success_fields: ClassVar[tuple[str, ...]] = ("success",)

    target: CalibTarget
    options: CalibOptions
    origin: Origin

    def __post_init__(self) -> None:
        for declared in fields(self):
            spec = declared.metadata.get("array")
            if spec is not None:
                given = np.asarray(getattr(self, declared.name))
                setattr(self, declared.name, _converted(declared.name, given, spec))

    def configure(self, state: ChipState) -> None:
        """Set everything that was found, and what it needs, in a chip's state."""
        raise NotImplementedError

    def apply(self, builder: Any) -> None:
        """Append writes of the whole result to a builder or dumper.

        Parameters
        ----------
        builder
            Builder of this package, of ``fisch`` or of ``stadls``, or a dumper. No wait for the
            CapMem is appended.
        """
        if isinstance(builder, CalibBuilder):
            self.configure(builder.state)
            builder.write_changes()
            return
        state = ChipState()
        self.configure(state)
        if hasattr(builder, "write_block"):
            builder.write_block(*state.words())
            return
        from stadls import hal

        for name, enum, words in state.containers():
            kind = getattr(hal, name)
            coordinate = kind.coordinate_type(_enum(enum))
            builder.write(coordinate, kind.decode(words, coordinate))

    def words(self) -> Words:
        """Complete configuration of the chip for this mode of operation.

        Returns
        -------
        addresses, words : ndarray of uint32, shape (n,)
            The nominal configuration (`stadls.nominal`) with the result in it.
        """
        state = ChipState.nominal(self.origin.revision)
        self.configure(state)
        return state.words()

    def to_chip(self, initial_config: Any = None, chip: Any = None) -> Any:
        """Make a ``lola.Chip`` with the result in it.

        Parameters
        ----------
        initial_config
            Record of a dumper, or a dumper, that is applied first.
        chip
            ``lola.Chip`` to begin with, which stays as it is; a default one if None.
        """
        from stadls import halco, lola
        from stadls.conversion import convert_to_chip

        if initial_config is not None:
            chip = convert_to_chip(initial_config, chip)
        elif chip is None:
            chip = lola.Chip()
        place = halco.ChipOnDLS()
        parts = chip.parts_at(place)
        addresses = np.concatenate([p.addresses("Omnibus").reshape(-1) for p in parts])
        content = np.concatenate([p.encode().reshape(-1) for p in parts])
        state = ChipState()
        self.configure(state)
        where, words = state.words()
        order = np.argsort(addresses, kind="stable")
        position = order[np.searchsorted(addresses, where, sorter=order).clip(
            max=len(order) - 1)]
        known = addresses[position] == where
        content[position[known]] = words[known]
        return lola.Chip.decode(content, place)

    def check_chip(self, identifier: str, revision: str | None = None) -> None:
        """Refuse another chip than the one that was calibrated.

        Raises
        ------
        CalibrationMismatchError
            Identifier or revision differ (a ValueError).
        """
        if revision is not None and revision != self.origin.revision:
            raise CalibrationMismatchError("revision", self.origin.revision, revision)
        if identifier != self.origin.identifier:
            raise CalibrationMismatchError("identifier", self.origin.identifier, identifier)

    def success_counts(self) -> dict[str, tuple[int, int]]:
        """By part, for how many instances of how many the calibration worked."""
        counts = {}
        for declared in fields(self):
            value = getattr(self, declared.name)
            if isinstance(value, CalibResult):
                counts.update({f"{declared.name}.{k}": v
                               for k, v in value.success_counts().items()})
            elif declared.name in self.success_fields:
                counts[declared.name] = int(np.sum(value)), int(np.size(value))
        return counts

    def save(self, path: str | Path) -> None:
        """Write the result to a file, in one piece or not at all."""
        from stadls.calibration import files

        files.save(self, path)


def _enum(value: int) -> Any:
    from stadls import halco

    return halco.Enum(value)


def _converted(name: str, given: npt.NDArray[Any], spec: ArraySpec) -> npt.NDArray[Any]:
    with np.errstate(all="ignore"):
        cast = np.ascontiguousarray(given.astype(spec.dtype))
    problem = "is not made of whole numbers" if not np.array_equal(cast, given) \
        else spec.problem(cast)
    if problem:
        raise ValueError(f"{name} {problem}")
    return cast
