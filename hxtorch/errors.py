"""Errors of hxtorch.

Every class derives from the built-in type that users of the real software catch, and carries
what was given (`name`, `value`) and what is allowed (`allowed`) where that applies.
"""

from __future__ import annotations


class RangeError(OverflowError):
    """A value does not fit the hardware's number format."""

    def __init__(self, name: str, value: object, allowed: str) -> None:
        super().__init__(f"{name} is {value}; allowed: {allowed}")
        self.name = name
        self.value = value
        self.allowed = allowed


class ElementRangeError(RangeError):
    """An element of a tensor does not fit the hardware's number format."""

    def __init__(self, name: str, value: object, allowed: str, scale: str) -> None:
        super().__init__(name, value, allowed)
        self.args = (
            f"an element of {name} is {value}; allowed: {allowed} "
            f"(hxtorch.perceptron.nn.{scale} brings a tensor into range)",
        )


class NonFiniteError(ValueError):
    """A tensor holds NaN or an infinity, which no hardware number stands for."""

    def __init__(self, name: str, value: object) -> None:
        super().__init__(f"{name} holds {value}; only finite numbers can be sent to the chip")
        self.name = name
        self.value = value
        self.allowed = "finite numbers"


class ShapeError(RuntimeError, ValueError):
    """Shapes that an operation cannot work with.

    A ``RuntimeError`` as in the field's stack, and a ``ValueError`` as users of NumPy expect.
    """


class TensorTypeError(RuntimeError):
    """A tensor of another element type or device than the hardware path takes."""


class ParameterError(RuntimeError):
    """A parameter of an operation that the hardware does not offer."""

    def __init__(self, name: str, value: object, allowed: str) -> None:
        super().__init__(f"{name} is {value}; allowed: {allowed}")
        self.name = name
        self.value = value
        self.allowed = allowed


class ArgumentError(TypeError):
    """An argument of a wrong type, or a negative count."""

    def __init__(self, name: str, value: object, allowed: str) -> None:
        super().__init__(f"{name} is {value!r}; allowed: {allowed}")
        self.name = name
        self.value = value
        self.allowed = allowed


class ProgramSizeError(ValueError):
    """One batch entry alone needs more instruction words than the playback memory holds."""

    def __init__(self, name: str, value: int, allowed: int) -> None:
        super().__init__(
            f"one batch entry needs {value} instruction words with {name}; "
            f"the playback memory holds {allowed}: use fewer sends"
        )
        self.name = name
        self.value = value
        self.allowed = allowed


class GraphError(RuntimeError):
    """A data-flow graph that the hardware cannot realise."""


class TraceError(RuntimeError):
    """An inference that cannot be traced as a sequence of operations."""


class SequenceFileError(RuntimeError):
    """A file that holds no sequence of operations that can be read."""


class HardwareError(RuntimeError):
    """Base of the errors about the process's one hardware."""


class NoConnectionError(HardwareError):
    """An operation that needs hardware, while none is initialised."""


class HardwareHeldError(HardwareError):
    """The process holds initialised hardware already."""


class ForkedProcessError(HardwareError):
    """Hardware that another process initialised, used in its forked child."""


class UnknownChipError(HardwareError):
    """The chip answers with a JTAG id that belongs to no known revision."""

    def __init__(self, jtag_id: int, known: dict[int, str]) -> None:
        names = ", ".join(f"{key:#010x} ({name})" for key, name in known.items())
        super().__init__(f"the chip's JTAG id is {jtag_id:#010x}; known ids: {names}")
        self.name = "JTAG id"
        self.value = jtag_id
        self.allowed = names


class CalibrationPathError(HardwareError, OSError):
    """A calibration file that cannot be opened."""
