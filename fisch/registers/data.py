"""The data files, loaded on first use, and the compiled view of each container.

``containers.json`` declares every register container once: coordinate, addresses per
back-end, fields with their bits, defaults and ranges. Nothing else in hxemu knows an address
or a bit position of a register.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from .expressions import compile_expression

__all__ = ["Container", "Field", "Segment", "UnknownContainerError", "UnsupportedBackendError",
           "container", "container_names", "raw_containers", "raw_coordinates"]

# Coordinates with more elements than this (external memories, routing tables) do not get a
# table of all their addresses.
TABLE_LIMIT = 1 << 17


class UnknownContainerError(KeyError):
    """No container of this name is declared."""

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"unknown register container {self.name!r}"


class UnsupportedBackendError(RuntimeError):
    """The container cannot be accessed in this way."""


def _load(name: str) -> dict[str, Any]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


@cache
def raw_containers() -> dict[str, Any]:
    """Content of ``containers.json``; not to be changed."""
    return _load("containers.json")


@cache
def raw_coordinates() -> dict[str, Any]:
    """Content of ``coordinates.json``; not to be changed."""
    return _load("coordinates.json")


@dataclass(frozen=True, slots=True)
class Segment:
    """Bits of a field at a place in a word.

    ``word[lsb + width - 1 : lsb]`` holds ``raw[value_lsb + width - 1 : value_lsb]``, inverted
    if ``inverted``. ``expression`` replaces the raw value by a function of it. ``lsb`` is a
    function of the enum where the place depends on the coordinate. ``byte_enables`` marks
    bits of the byte-enable mask of the write instead of its data.
    """

    word: int
    lsb: int | Callable[[Any], Any]
    width: int
    value_lsb: int = 0
    inverted: bool = False
    expression: Callable[[Any], Any] | None = None
    byte_enables: bool = False

    @property
    def mask(self) -> int:
        """All ones of the width."""
        return (1 << self.width) - 1


def _segment(source: Any) -> Segment:
    if isinstance(source, list):
        word, lsb, width, *rest = source
        return Segment(word, lsb, width, rest[0] if rest else 0, bool(rest[1:] and rest[1]))
    lsb = source["lsb"]
    return Segment(
        source["word"],
        compile_expression(lsb) if isinstance(lsb, str) else lsb,
        source["width"],
        source.get("value_lsb", 0),
        bool(source.get("inverted", False)),
        compile_expression(source["expr"], ("v",)) if "expr" in source else None,
        source.get("part") == "byte_enables",
    )


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a container.

    ``elements`` lists ``(index, segments)``: one entry with the empty index for a scalar,
    ``(i,)`` or ``(i, j)`` for array fields.
    """

    name: str
    type: str
    value_type: str | None
    shape: tuple[int, ...]
    index: tuple[str, ...]
    minimum: int
    maximum: int
    bias: int
    signed: bool
    values: Mapping[str, int] | None
    default: Any
    elements: tuple[tuple[tuple[int, ...], tuple[Segment, ...]], ...]
    decode: Callable[[Any], Any] | None
    raw: Mapping[str, Any]

    def to_raw(self, value: Any) -> int:
        """Integer that the bits hold, from a value or an enum's name."""
        if self.values is not None and isinstance(value, str):
            return self.values[value]
        return int(value) + self.bias

    def from_raw(self, raw: int) -> Any:
        """Value in the field's own type: bool, int, or the name of an enum's member."""
        if self.type == "bool":
            return bool(raw)
        if self.values is not None:
            for name, number in self.values.items():
                if number == raw:
                    return name
            return raw
        return raw - self.bias


def _shape(source: Mapping[str, Any]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    indices = [source[k] for k in ("index", "inner_index") if k in source]
    return tuple(i[1] for i in indices), tuple(i[0] for i in indices)


def _elements(bits: Any, depth: int) -> list[tuple[tuple[int, ...], tuple[Segment, ...]]]:
    if depth == 0:
        return [((), tuple(_segment(s) for s in bits))]
    return [((i, *rest), found) for i, inner in enumerate(bits)
            for rest, found in _elements(inner, depth - 1)]


def _field(source: Mapping[str, Any]) -> Field:
    shape, index = _shape(source)
    values = source.get("values")
    limits = {"bool": (0, 1), "enum": (0, max(values.values())) if values else (0, 0)}
    low, high = limits.get(source["type"], (source.get("min", 0), source.get("max", 0)))
    decode = source.get("decode_expr")
    return Field(
        source["name"], source["type"], source.get("value_type"), shape, index, low, high,
        source.get("bias", 0), source.get("signed", False), values, source["default"],
        tuple(_elements(source["bits"], len(shape))) if "bits" in source else (),
        compile_expression(decode, ("w",)) if decode else None,
        source,
    )


class Container:
    """Compiled declaration of one register container.

    Attributes
    ----------
    name, coordinate, coordinate_size, access, group, kind
        As declared; ``coordinate`` names the coordinate type, whose enum is ``e``.
    fields
        ``{name: Field}`` in the order of declaration.
    write_words, read_words
        Words per transfer (-1 where the coordinate decides).
    backends
        Names of the ways of access; the first one is the default.
    """

    def __init__(self, name: str, source: Mapping[str, Any]):
        self.name = name
        self.raw = source
        self.coordinate: str = source["coordinate"]
        self.coordinate_size: int | None = source["coordinate_size"]
        self.access: str = source["access"]
        self.group: str = source["group"]
        self.kind: str = source["kind"]
        self.differential_write: bool = source["differential_write"]
        self.write_words, self.read_words = source["words"]
        self.word_count: int = max(self.write_words, self.read_words)
        self.unsupported_read_targets = frozenset(source.get("unsupported_read_targets", ()))
        self.backends: tuple[str, ...] = tuple(b["name"] for b in source["backends"])
        self.word_bits: int = source["backends"][0]["word_bits"]
        self.children: Mapping[str, Any] | None = source.get("children")
        self.fields: dict[str, Field] = {f["name"]: _field(f) for f in source["fields"]}
        self.const_words: tuple[int, ...] = tuple(source.get("const_words", ()))
        self.word_transform: Mapping[str, str] | None = source.get("word_transform")
        names = tuple(self.fields)
        self.computed_bits = tuple(
            (b["word"], b["lsb"], b["width"], compile_expression(b["expr"], names))
            for b in source.get("computed_bits", ()))
        self.computed_decode = {k: compile_expression(v, ("w",))
                                for k, v in source.get("computed_decode", {}).items()}
        self.byte_enables = tuple(compile_expression(b["expr"])
                                  for b in source.get("byte_enables", ()))
        self.has_byte_enables = bool(self.byte_enables) or any(
            s.byte_enables for f in self.fields.values() for _, ss in f.elements for s in ss)
        self._tables: dict[tuple[str, bool], npt.NDArray[np.uint32] | None] = {}

    def __repr__(self) -> str:
        return f"Container({self.name!r})"

    @property
    def writable(self) -> bool:
        """Whether the container can be written."""
        return self.access != "read_only"

    @property
    def readable(self) -> bool:
        """Whether the container can be read."""
        return self.access != "write_only"

    def backend(self, name: str | None = None) -> Mapping[str, Any]:
        """Declaration of a back-end, the default one if ``name`` is None."""
        for entry in self.raw["backends"]:
            if name is None or entry["name"] == name:
                found: Mapping[str, Any] = entry
                return found
        raise UnsupportedBackendError(
            f"{self.name} has no back-end {name!r}; it has {', '.join(self.backends)}")

    def _formulae(self, backend: str, write: bool) -> list[Callable[[Any], Any]]:
        entry = self.backend(backend)
        texts = entry.get("addresses", entry.get("write" if write else "read", []))
        variables = self.raw.get("address_vars", {})

        def bind(text: str) -> Callable[[Any], Any]:
            names = ("e", *variables)
            final = compile_expression(text, names)
            steps = [compile_expression(v, names[:i + 1])
                     for i, v in enumerate(variables.values())]

            def address(e: Any) -> Any:
                values = [e]
                for step in steps:
                    values.append(step(*values))
                return final(*values)

            return address

        return [bind(t) for t in texts]

    def compute_addresses(self, enums: npt.ArrayLike, backend: str | None = None,
                          write: bool = True) -> npt.NDArray[np.uint32]:
        """Addresses of all words, from the formulae.

        Parameters
        ----------
        enums
            Enums of the container's coordinate, shape (n,).
        backend
            Name of a back-end; the default one if None.
        write
            Whether the addresses are those of a write or of a read.

        Returns
        -------
        ndarray of uint32, shape (n, words)
            In transfer order. For back-ends other than the two Omnibus ones: enums of the
            back-end's own coordinate.
        """
        e = np.atleast_1d(np.asarray(enums, dtype=np.int64))
        name = backend or self.backends[0]
        if self.children is not None:
            if self.children["count"] is None:
                raise ValueError(f"addresses of {self.name} depend on the size of its coordinate")
            child = container(self.children["container"])
            first = compile_expression(self.children["first"])(e)
            parts = first[:, None] + np.arange(self.children["count"])
            return child.addresses(parts.ravel(), name, write).reshape(e.size, -1)
        formulae = self._formulae(name, write)
        result = np.empty((e.size, len(formulae)), dtype=np.uint32)
        for i, formula in enumerate(formulae):
            result[:, i] = formula(e)
        return result

    def address_table(self, backend: str | None = None,
                      write: bool = True) -> npt.NDArray[np.uint32] | None:
        """Addresses for all enums, shape (coordinate_size, words), read-only; None if too many."""
        key = (backend or self.backends[0], write)
        if key not in self._tables:
            size = self.coordinate_size
            low = raw_coordinates()[self.coordinate].get("min", 0)
            if size is None or size > TABLE_LIMIT or low != 0:
                self._tables[key] = None
            else:
                table = self.compute_addresses(np.arange(size), key[0], write)
                table.setflags(write=False)
                self._tables[key] = table
        return self._tables[key]

    def addresses(self, enums: npt.ArrayLike, backend: str | None = None,
                  write: bool = True) -> npt.NDArray[np.uint32]:
        """As :meth:`compute_addresses`, from the table where there is one.

        Raises
        ------
        IndexError
            An enum is outside of the coordinate.
        """
        e = np.atleast_1d(np.asarray(enums, dtype=np.int64))
        size = self.coordinate_size
        if size is not None and e.size and not (e.min() >= 0 and e.max() < size):
            raise IndexError(f"enum of {self.coordinate} out of range: {int(e.min())}.."
                             f"{int(e.max())} not within 0..{size - 1}")
        table = self.address_table(backend, write)
        return self.compute_addresses(e, backend, write) if table is None else table[e]


def container_names() -> tuple[str, ...]:
    """Names of all declared containers."""
    return tuple(raw_containers())


@cache
def container(name: str) -> Container:
    """Compiled declaration of one container.

    Raises
    ------
    UnknownContainerError
        No container has this name.
    """
    source = raw_containers().get(name)
    if source is None:
        raise UnknownContainerError(name)
    return Container(name, source)
