"""Exceptions of fisch.

All errors of a connection derive from :class:`ConnectionError` of this module, which is a
``RuntimeError`` as in the field's stack (and not the built-in ``ConnectionError``, an
``OSError``). The others derive from the built-in type that scripts for that stack catch.
Values that a message names are attributes too, so that a program can act on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ConnectionError(RuntimeError):
    """Base of everything that goes wrong between a program and the chip it runs on."""


class NoBackendError(ConnectionError):
    """There is nothing to connect to, or the environment asks for what hxemu is not."""


class ConnectionTimeoutError(ConnectionError, TimeoutError):
    """Nobody answered in time."""


class ConnectionLostError(ConnectionError):
    """The daemon died, was stopped, or ended this session."""


class ForkedProcessError(ConnectionError):
    """A connection was used in another process than the one that opened it."""


class ProtocolError(ConnectionError, ValueError):
    """The other side sent something that the control protocol does not allow."""


class ProtocolVersionError(ProtocolError):
    """The two sides speak different versions of the control protocol.

    Parameters
    ----------
    ours, theirs
        Protocol versions of this process and of its peer.
    """

    def __init__(self, ours: int, theirs: object) -> None:
        super().__init__(
            f"protocol version {theirs!r} of the other side does not match ours, {ours}: "
            "client and daemon must come from the same release of hxemu"
        )
        self.ours = ours
        self.theirs = theirs

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.ours, self.theirs)


class ChipBusyError(ConnectionError):
    """Somebody else holds the chip.

    Parameters
    ----------
    holder
        Who holds it: ``pid``, ``user``, ``host``, ``program``, ``held_s``, as far as known.
    identifier
        Identifier of the chip.
    waited
        Seconds for which this process waited.
    """

    def __init__(self, holder: Mapping[str, Any], identifier: str = "", waited: float = 0) -> None:
        self.holder = dict(holder)
        self.identifier = identifier
        self.waited = waited
        who = (
            f"{holder.get('user', '?')}@{holder.get('host', '?')}, pid {holder.get('pid', '?')} "
            f"({holder.get('program', '?')})"
        )
        since = f", for {holder['held_s']:.1f} s" if "held_s" in holder else ""
        super().__init__(
            f"chip {identifier or '?'} is held by {who}{since}; waited {waited:g} s for it"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.holder, self.identifier, self.waited)


class LimitError(ConnectionError, ValueError):
    """A documented limit was exceeded.

    Parameters
    ----------
    limit
        Name of the limit, as in :mod:`fisch.protocol`.
    value
        What was asked for.
    allowed
        The largest value allowed.
    unit
        Unit of both numbers.
    """

    def __init__(self, limit: str, value: int, allowed: int, unit: str = "") -> None:
        unit_text = f" {unit}" if unit else ""
        super().__init__(
            f"limit '{limit}' exceeded: {value}{unit_text}, allowed are {allowed}{unit_text}"
        )
        self.limit = limit
        self.value = value
        self.allowed = allowed
        self.unit = unit

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.limit, self.value, self.allowed, self.unit)


class ProgramError(ConnectionError):
    """A program did not run, or did not run to its end as it should."""


class UnknownHeaderError(RuntimeError):
    """A word stream holds a header byte that stands for no instruction.

    Parameters
    ----------
    header
        The header byte.
    """

    def __init__(self, header: int) -> None:
        super().__init__(header)
        self.header = header

    def __str__(self) -> str:
        return f"Unknown UT message header: {self.header}"


class _RangeError(Exception):
    """A number beyond its type: name, value and the allowed range."""

    def __init__(self, name: str, value: int, minimum: int, maximum: int) -> None:
        super().__init__(name, value, minimum, maximum)
        self.name = name
        self.value = value
        self.minimum = minimum
        self.maximum = maximum

    def __str__(self) -> str:
        return f"{self.name} is {self.value}, allowed is {self.minimum} to {self.maximum}."


class RangeOverflowError(_RangeError, OverflowError):
    """A number above the largest that its type allows (OverflowError)."""


class RangeUnderflowError(_RangeError, RuntimeError):
    """A number below the smallest that its type allows (RuntimeError)."""


class NegativeValueError(_RangeError, TypeError):
    """A negative number where the type has no sign (TypeError)."""


class AccessError(RuntimeError):
    """A container was read that can only be written, or the other way round.

    Parameters
    ----------
    coordinate
        Text form of the coordinate.
    action
        ``"read"`` or ``"written"``.
    """

    def __init__(self, coordinate: str, action: str) -> None:
        super().__init__(coordinate, action)
        self.coordinate = coordinate
        self.action = action

    def __str__(self) -> str:
        return f"Coordinate {self.coordinate} can't be {self.action}."


class ValueNotWritableError(RuntimeError):
    """A container holds a value that can be read, but not written.

    Parameters
    ----------
    name, value
        Container and its value.
    allowed
        The value that can be written.
    """

    def __init__(self, name: str, value: int, allowed: int) -> None:
        super().__init__(name, value, allowed)
        self.name = name
        self.value = value
        self.allowed = allowed

    def __str__(self) -> str:
        return f"{self.name} is {self.value}, only {self.allowed} can be written."


class CoordinateCountError(RuntimeError):
    """Coordinates and containers of a list write differ in number.

    Parameters
    ----------
    coordinates, containers
        The two numbers.
    """

    def __init__(self, coordinates: int, containers: int) -> None:
        super().__init__(coordinates, containers)
        self.coordinates = coordinates
        self.containers = containers

    def __str__(self) -> str:
        return (
            "Coordinate count does not match configuration count. "
            f"({self.coordinates} and {self.containers})"
        )


class BuilderError(RuntimeError):
    """Builders were combined in a way that is not possible."""


class DataNotAvailableError(RuntimeError):
    """A ticket was read before its responses arrived."""

    def __str__(self) -> str:
        return "Data not available."


class EmptyTicketError(RuntimeError):
    """A ticket was used that no builder has issued."""

    def __str__(self) -> str:
        return "Unexpected access to moved-from object."


class ResponseDataError(RuntimeError):
    """A response came, but says itself that it holds no data."""
