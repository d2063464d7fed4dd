"""The register map and the coordinates of the chip, as data, and their one codec.

>>> from fisch import registers
>>> registers.encode("CADCConfig", {"enable": True})
[83521]
>>> hex(registers.addresses("CADCConfig", [1])[0, 0])
'0x3401000'
"""

from .codec import (
    FieldRangeError,
    addresses,
    byte_enables,
    decode,
    decode_block,
    default,
    encode,
    encode_block,
)
from .coordinates import (
    UnknownCoordinateError,
    conversion,
    convert,
    coordinate_names,
    coordinate_range,
)
from .data import (
    Container,
    Field,
    Segment,
    UnknownContainerError,
    UnsupportedBackendError,
    container,
    container_names,
    raw_coordinates,
)
from .expressions import ExpressionError, NoCounterpartError

__all__ = [
    "Container",
    "ExpressionError",
    "Field",
    "FieldRangeError",
    "NoCounterpartError",
    "Segment",
    "UnknownContainerError",
    "UnknownCoordinateError",
    "UnsupportedBackendError",
    "addresses",
    "byte_enables",
    "container",
    "container_names",
    "conversion",
    "convert",
    "coordinate_names",
    "coordinate_range",
    "decode",
    "decode_block",
    "default",
    "encode",
    "encode_block",
    "raw_coordinates",
]
