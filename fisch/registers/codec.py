"""The one codec of all register containers: values to words and back.

Scalar functions take and give plain dictionaries and lists; block functions take and give
arrays with one row per container and treat every field in a few NumPy operations. Both read
the same declarations. Values are range-checked here, because this is the last place that
knows the user's numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from .data import Container, Field, Segment, container

__all__ = ["FieldRangeError", "addresses", "byte_enables", "decode", "decode_block", "default",
           "encode", "encode_block"]

# Per element of a field: for each word that it touches, the bits of every value.
_Tables = tuple[dict[int, npt.NDArray[np.uint32]], ...]
# Fields of at most this many bits are encoded through a table (value -> bits of a word).
_TABLE_BITS = 10
ALL_BYTES = 0xF


class FieldRangeError(ValueError):
    """A value is outside of what its field can hold.

    Attributes
    ----------
    container, field
        Names.
    value
        The value refused.
    allowed
        Smallest and largest value, or the names of an enum.
    """

    def __init__(self, container: str, field: str, value: Any, allowed: Any):
        super().__init__(f"{container}.{field} = {value!r} not within {allowed}")
        self.container = container
        self.field = field
        self.value = value
        self.allowed = allowed


def default(name: str) -> dict[str, Any]:
    """Default value of every field; array fields are lists."""
    return {f.name: _copy(f.default) for f in container(name).fields.values()}


def _copy(value: Any) -> Any:
    return [_copy(v) for v in value] if isinstance(value, list) else value


def _element(value: Any, index: tuple[int, ...]) -> Any:
    for i in index:
        value = value[i]
    return value


def _checked_raw(owner: Container, field: Field, value: Any) -> int:
    try:
        raw = field.to_raw(value)
    except (KeyError, TypeError, ValueError) as error:
        allowed = tuple(field.values) if field.values else (field.minimum, field.maximum)
        raise FieldRangeError(owner.name, field.name, value, allowed) from error
    if not field.minimum <= raw - field.bias <= field.maximum:
        raise FieldRangeError(owner.name, field.name, value, (field.minimum, field.maximum))
    return raw


def _field_bits(field: Field) -> int:
    return max((s.value_lsb + s.width for _, ss in field.elements for s in ss), default=64)


def _segment_bits(segment: Segment, raw: Any, e: Any) -> Any:
    """Bits of one segment at their place in the word, for ints and arrays."""
    bits = segment.expression(raw) if segment.expression else raw >> segment.value_lsb
    bits = bits & segment.mask
    if segment.inverted:
        bits = bits ^ segment.mask
    return bits << (segment.lsb(e) if callable(segment.lsb) else segment.lsb)


def _segment_value(segment: Segment, word: Any, e: Any) -> Any:
    """Part of the raw value that a segment of a word holds."""
    bits = word >> (segment.lsb(e) if callable(segment.lsb) else segment.lsb)
    bits = bits & segment.mask
    if segment.inverted:
        bits = bits ^ segment.mask
    return bits << segment.value_lsb


def _gray_to_binary(word: Any) -> Any:
    for shift in (1, 2, 4, 8, 16):
        word = word ^ (word >> shift)
    return word


def _transform(owner: Container, word: Any, write: bool) -> Any:
    if owner.word_transform is None:
        return word
    kind = owner.word_transform["write" if write else "read"]
    return _gray_to_binary(word) if kind == "gray_to_binary" else word ^ (word >> 1)


def encode(name: str, values: Mapping[str, Any] | None = None, e: int = 0) -> list[int]:
    """Words of one container.

    Parameters
    ----------
    name
        Name of the container.
    values
        ``{field: value}``; enum fields take the name of a member or its number, array fields
        a sequence. Fields that are not given have their defaults.
    e
        Enum of the coordinate; matters only for the few containers whose encoding depends
        on it.

    Returns
    -------
    list of int
        In transfer order, without byte enables.

    Raises
    ------
    FieldRangeError, UnknownContainerError, KeyError
        A value out of range; no such container; no such field.
    """
    words, _ = _encode(container(name), values or {}, e)
    return words


def byte_enables(name: str, values: Mapping[str, Any] | None = None, e: int = 0) -> list[int]:
    """4-bit byte-enable mask of every written word; bit k enables bits 8k+7..8k."""
    owner = container(name)
    if not owner.has_byte_enables:
        return [ALL_BYTES] * owner.write_words
    _, enables = _encode(owner, values or {}, e)
    return enables


def _encode(owner: Container, values: Mapping[str, Any], e: int) -> tuple[list[int], list[int]]:
    unknown = values.keys() - owner.fields.keys()
    if unknown:
        raise KeyError(f"{owner.name} has no field {', '.join(sorted(unknown))}")
    if owner.children is not None:
        raise ValueError(f"{owner.name} consists of {owner.children['container']} containers")
    words = list(owner.const_words) or [0] * owner.word_count
    if owner.byte_enables:
        enables = [f(e) for f in owner.byte_enables]
    else:
        enables = [0 if owner.has_byte_enables else ALL_BYTES] * owner.word_count
    for field in owner.fields.values():
        value = values.get(field.name, field.default)
        for index, segments in field.elements or (((), ()),):
            raw = _checked_raw(owner, field, _element(value, index))
            for segment in segments:
                target = enables if segment.byte_enables else words
                target[segment.word] |= _segment_bits(segment, raw, e)
    if owner.computed_bits:
        raws = [f.to_raw(values.get(f.name, f.default)) if not f.shape else 0
                for f in owner.fields.values()]
        for word, lsb, width, expression in owner.computed_bits:
            words[word] |= (expression(*raws) & ((1 << width) - 1)) << lsb
    return [_transform(owner, w, True) for w in words], enables


def decode(name: str, words: Sequence[int], e: int = 0) -> dict[str, Any]:
    """Values of all fields from the words of one container.

    Parameters
    ----------
    name
        Name of the container.
    words
        In transfer order.
    e
        Enum of the coordinate.

    Returns
    -------
    dict
        ``{field: value}``: bools, ints, names of enum members; lists for array fields. Fields
        that the words do not carry have their defaults.

    Raises
    ------
    ValueError
        Wrong number of words.
    """
    owner = container(name)
    if len(words) != owner.word_count:
        raise ValueError(f"{name} has {owner.word_count} words, not {len(words)}")
    w = [_transform(owner, int(word), False) for word in words]
    result: dict[str, Any] = {}
    for field in owner.fields.values():
        if field.name in owner.computed_decode:
            result[field.name] = field.from_raw(int(owner.computed_decode[field.name](w)))
        elif field.decode is not None:
            # such an expression gives the value, not the stored bits
            result[field.name] = field.from_raw(int(field.decode(w)) + field.bias)
        elif not _carried(field):
            result[field.name] = _copy(field.default)
        else:
            found = [_signed(field, sum(_segment_value(s, w[s.word], e) for s in segments))
                     for _, segments in field.elements]
            result[field.name] = _nest([field.from_raw(r) for r in found], field.shape)
    return result


def _carried(field: Field) -> bool:
    """Whether the data words hold the field."""
    return bool(field.elements) and not any(
        s.byte_enables for _, ss in field.elements for s in ss)


def _signed(field: Field, raw: Any) -> Any:
    if not field.signed:
        return raw
    bits = _field_bits(field)
    return (raw ^ (1 << (bits - 1))) - (1 << (bits - 1))


def _nest(flat: list[Any], shape: tuple[int, ...]) -> Any:
    if not shape:
        return flat[0]
    if len(shape) == 1:
        return flat
    step = len(flat) // shape[0]
    return [_nest(flat[i * step:(i + 1) * step], shape[1:]) for i in range(shape[0])]


def addresses(name: str, enums: npt.ArrayLike, backend: str | None = None,
              write: bool = True) -> npt.NDArray[np.uint32]:
    """Addresses of all words of some containers of one type.

    Parameters
    ----------
    name
        Name of the container.
    enums
        Enums of its coordinate, shape (n,).
    backend
        Back-end; the default one if None. For back-ends other than ``Omnibus`` and
        ``OmnibusChipOverJTAG`` the result holds enums of the back-end's coordinate.
    write
        Addresses of a write (of a read if False).

    Returns
    -------
    ndarray of uint32, shape (n, words)

    Raises
    ------
    IndexError, UnsupportedBackendError
        An enum out of range; a back-end that the container does not have.
    """
    return container(name).addresses(enums, backend, write)


@cache
def _value_tables(name: str, field_name: str) -> _Tables | None:
    """Per element of a field: bits in each word for each value minus minimum; None if wide."""
    field = container(name).fields[field_name]
    span = field.maximum - field.minimum + 1
    fixed = all(not callable(s.lsb) and not s.byte_enables
                for _, ss in field.elements for s in ss)
    if span > 1 << _TABLE_BITS or not fixed:
        return None
    raw = np.arange(field.minimum, field.maximum + 1, dtype=np.int64) + field.bias
    result = []
    for _, segments in field.elements:
        tables: dict[int, npt.NDArray[np.uint32]] = {}
        for segment in segments:
            bits = np.asarray(_segment_bits(segment, raw, 0)).astype(np.uint32)
            tables[segment.word] = tables.get(segment.word, np.uint32(0)) | bits
        result.append(tables)
    return tuple(result)


def _checked_array(owner: Container, field: Field, values: Any, n: int) -> npt.NDArray[Any]:
    """Values as an integer array of shape (n, *field.shape), checked."""
    array = np.asarray(values)
    if array.dtype.kind not in "biu":
        raise TypeError(f"{owner.name}.{field.name} takes integers, not {array.dtype}")
    if array.shape != (n, *field.shape):
        array = np.broadcast_to(array, (n, *field.shape))
    if array.dtype.kind != "b" and array.size:
        low, high = int(array.min()), int(array.max())
        if low < field.minimum or high > field.maximum:
            wrong = low if low < field.minimum else high
            raise FieldRangeError(owner.name, field.name, wrong, (field.minimum, field.maximum))
    return array


def encode_block(name: str, fields: Mapping[str, npt.ArrayLike], n: int | None = None,
                 e: npt.ArrayLike | None = None) -> npt.NDArray[Any]:
    """Words of many containers of one type.

    Parameters
    ----------
    name
        Name of the container.
    fields
        ``{field: array}``; arrays of shape (n,) for scalar fields and (n, size) or
        (n, size, inner size) for array fields, or anything that broadcasts to these. Enums
        are given as numbers. Fields that are not given have their defaults.
    n
        Number of containers; by default the length of the first array with a leading
        dimension, of ``e``, or 1.
    e
        Enums, shape (n,), for containers whose encoding depends on the coordinate.

    Returns
    -------
    ndarray of uint32, shape (n, words)
        uint64 for the one container with words of more than 32 bits.

    Raises
    ------
    FieldRangeError, TypeError, KeyError
        A value out of range; not integers; no such field.
    """
    owner = container(name)
    unknown = fields.keys() - owner.fields.keys()
    if unknown:
        raise KeyError(f"{name} has no field {', '.join(sorted(unknown))}")
    if n is None:
        n = _count(owner, fields, e)
    enums = np.zeros(n, np.int64) if e is None else np.asarray(e, dtype=np.int64)
    dtype = np.uint32 if owner.word_bits <= 32 else np.uint64
    words = np.zeros((owner.word_count, n), dtype)
    if owner.const_words:
        words[:] = np.array(owner.const_words, dtype)[:, None]
    words |= _constant_words(name, frozenset(fields))[:, None].astype(dtype)
    given = {k: _checked_array(owner, owner.fields[k], v, n) for k, v in fields.items()}
    for field_name, array in given.items():
        _add_field(owner, owner.fields[field_name], array, enums, words)
    if owner.computed_bits:
        raws = [given[f.name].astype(np.int64) + f.bias if f.name in given
                else np.full(n, 0 if f.shape else f.to_raw(f.default))
                for f in owner.fields.values()]
        for word, lsb, width, expression in owner.computed_bits:
            bits = np.asarray(expression(*raws)) & ((1 << width) - 1)
            words[word] |= (bits << lsb).astype(dtype)
    return np.ascontiguousarray(_transform(owner, words, True).T)


def _count(owner: Container, fields: Mapping[str, npt.ArrayLike],
           e: npt.ArrayLike | None) -> int:
    for key, values in fields.items():
        array = np.asarray(values)
        if array.ndim == 1 + len(owner.fields[key].shape):
            return len(array)
    return 1 if e is None else np.asarray(e).size


@cache
def _constant_words(name: str, given: frozenset[str]) -> npt.NDArray[np.uint64]:
    """Contribution of the defaults of all fields that are not given."""
    owner = container(name)
    words = [0] * owner.word_count
    for field in owner.fields.values():
        if field.name in given:
            continue
        for index, segments in field.elements:
            raw = field.to_raw(_element(field.default, index))
            for segment in segments:
                if not segment.byte_enables:
                    words[segment.word] |= _segment_bits(segment, raw, 0)
    return np.array(words, dtype=np.uint64)


def _column(index: tuple[int, ...]) -> Any:
    """Index of one element of a field in an array with one row per container."""
    return (slice(None), *index)


def _add_field(owner: Container, field: Field, array: npt.NDArray[Any],
               enums: npt.NDArray[np.int64], words: npt.NDArray[Any]) -> None:
    tables = _value_tables(owner.name, field.name)
    for k, (index, segments) in enumerate(field.elements):
        values = array[_column(index)]
        if tables is not None:
            offset = values.view(np.uint8) if values.dtype == np.bool_ else values
            if field.minimum:
                offset = offset.astype(np.int64) - field.minimum
            for word, table in tables[k].items():
                words[word] |= table[offset]
            continue
        raw = values.astype(np.int64) + field.bias
        for segment in segments:
            if not segment.byte_enables:
                words[segment.word] |= _segment_bits(segment, raw, enums).astype(words.dtype)


def decode_block(name: str, words: npt.ArrayLike,
                 e: npt.ArrayLike | None = None) -> dict[str, npt.NDArray[Any]]:
    """Fields of many containers of one type.

    Parameters
    ----------
    name
        Name of the container.
    words
        Shape (n, words), in transfer order.
    e
        Enums, shape (n,), for containers whose encoding depends on the coordinate.

    Returns
    -------
    dict
        ``{field: array}`` with shapes as :func:`encode_block` takes them; bool or int64, enums
        as numbers.

    Raises
    ------
    ValueError
        Wrong number of words.
    """
    owner = container(name)
    block = np.asarray(words)
    if block.ndim != 2 or block.shape[1] != owner.word_count:
        raise ValueError(f"{name} has {owner.word_count} words, shape {block.shape} given")
    n = len(block)
    enums = np.zeros(n, np.int64) if e is None else np.asarray(e, dtype=np.int64)
    columns = [_transform(owner, np.ascontiguousarray(c).astype(np.int64), False)
               for c in block.T]
    result = {}
    for field in owner.fields.values():
        if field.name in owner.computed_decode:
            flat = np.asarray(owner.computed_decode[field.name](columns)).astype(np.int64)
            found = np.broadcast_to(flat, (n,)) - field.bias
        elif field.decode is not None:
            found = np.asarray(field.decode(columns)).astype(np.int64)
        elif not _carried(field):
            found = np.broadcast_to(np.array(_numbers(field, field.default), dtype=np.int64),
                                    (n, *field.shape)).copy()
        else:
            found = np.empty((n, *field.shape), dtype=np.int64)
            for index, segments in field.elements:
                raw = np.zeros(n, dtype=np.int64)
                for segment in segments:
                    raw |= _segment_value(segment, columns[segment.word], enums)
                found[_column(index)] = _signed(field, raw) - field.bias
        result[field.name] = found != 0 if field.type == "bool" else found
    return result


def _numbers(field: Field, value: Any) -> Any:
    if isinstance(value, list):
        return [_numbers(field, v) for v in value]
    return field.to_raw(value) - field.bias
