"""Errors of the register-level layer."""

from __future__ import annotations

from typing import Any

__all__ = ["BackendError", "BuilderError", "FieldTypeError", "NoAccessError", "RangeOverflowError",
           "RangeUnderflowError", "UnsupportedTargetError", "ValueTypeError"]


class _OutOfRange(Exception):
    """A number beyond the range of its type.

    Attributes
    ----------
    name
        Name of the type.
    value
        The number refused.
    minimum, maximum
        Allowed range, both included.
    """

    def __init__(self, name: str, value: int, minimum: int, maximum: int) -> None:
        super().__init__(name, value, minimum, maximum)
        self.name = name
        self.value = value
        self.minimum = minimum
        self.maximum = maximum


class RangeOverflowError(_OutOfRange, OverflowError):
    """A number above the largest value of its type."""

    def __str__(self) -> str:
        return (f"range overflow: {self.value} > max({self.maximum}) "
                f"({self.name}, {self.minimum} to {self.maximum})")


class RangeUnderflowError(_OutOfRange, RuntimeError):
    """A number below the smallest value of its type."""

    def __str__(self) -> str:
        return (f"range underflow: {self.value} < min({self.minimum}) "
                f"({self.name}, {self.minimum} to {self.maximum})")


class ValueTypeError(TypeError):
    """A small integer was to be made from something that is not an integer.

    Attributes
    ----------
    name
        Name of the type.
    value
        What was given.
    minimum, maximum
        Allowed range, both included.
    """

    def __init__(self, name: str, value: Any, minimum: int, maximum: int) -> None:
        super().__init__(name, value, minimum, maximum)
        self.name = name
        self.value = value
        self.minimum = minimum
        self.maximum = maximum

    def __str__(self) -> str:
        return (f"{self.name} can't be made from {self.value!r}; it takes an integer, "
                f"{self.minimum} to {self.maximum}")


class FieldTypeError(TypeError):
    """A field of a container was given something that it cannot hold.

    Attributes
    ----------
    field
        ``Container.field``.
    value
        What was given.
    allowed
        What the field takes, in words.
    """

    def __init__(self, field: str, value: Any, allowed: str) -> None:
        super().__init__(field, value, allowed)
        self.field = field
        self.value = value
        self.allowed = allowed

    def __str__(self) -> str:
        return f"{self.field} can't be {self.value!r}; it takes {self.allowed}"


class NoAccessError(RuntimeError):
    """A container was to be read or written that does not allow it."""

    def __init__(self, container: str, action: str) -> None:
        super().__init__(container, action)
        self.container = container
        self.action = action

    def __str__(self) -> str:
        return f"Container not {self.action}. ({self.container})"


class BackendError(RuntimeError):
    """A back-end cannot do what is asked of it."""


class BuilderError(RuntimeError):
    """A builder, or a record of commands, was used in a way that is not possible."""


class UnsupportedTargetError(RuntimeError):
    """A program cannot run on the connection it was given to."""
