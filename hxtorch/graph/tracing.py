"""Tracing of networks: whatever functions and layers compute becomes one data-flow graph.

A network is called once with *symbols* in place of tensors. A symbol knows, for each of its
elements, which channel of which vertex it is. Operations of `hxtorch.perceptron` add vertices;
operations of torch that only move elements (views, permutations, windows, padding with zeros,
concatenation) are applied to the places of the elements, and become one `Rearrangement` where a
vertex uses them. Everything else is refused: nothing on the data's way may happen outside of the
graph. The protocol is torch's own for stand-ins of tensors, ``__torch_function__``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from hxtorch.errors import GraphError
from hxtorch.graph.build import add_product
from hxtorch.graph.graph import Graph
from hxtorch.graph.vertices import (
    Addition,
    ArgMax,
    ConvertingReLU,
    ExternalInput,
    ExternalOutput,
    Parameter,
    Rearrangement,
    ReLU,
    Signal,
    Vertex,
)

if TYPE_CHECKING:
    from hxtorch.graph.network import Network

#: Batch entries of the symbols: enough to see whether entries are mixed.
BATCH = 2
#: An element's place: its batch entry times this, plus its channel; float64 holds it exactly.
_STRIDE = 2.0**32
#: Place of a constant zero.
_ZERO = -1.0

#: Functions of torch that only move elements.
_MOVING = frozenset(
    {
        *("reshape", "view", "flatten", "unflatten", "ravel", "unsqueeze", "squeeze", "view_as"),
        *("permute", "transpose", "t", "swapaxes", "swapdims", "movedim", "moveaxis", "T", "mT"),
        *("unfold", "expand", "expand_as", "broadcast_to", "tile", "repeat", "repeat_interleave"),
        *("narrow", "select", "index_select", "__getitem__", "flip", "roll", "rot90", "diagonal"),
        *("cat", "concat", "concatenate", "stack", "hstack", "vstack", "dstack", "atleast_2d"),
        *("chunk", "split", "tensor_split", "unbind", "reshape_as", "as_strided", "pad"),
        *("contiguous", "clone", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle"),
    }
)
#: Functions that leave 8-bit numbers in a float tensor as they are.
_KEEPING = frozenset({"detach", "float", "alias", "requires_grad_"})
#: Functions and attributes that tell something about the shape.
_TELLING = frozenset(
    {
        *("size", "dim", "ndimension", "numel", "nelement", "stride", "storage_offset"),
        *("is_contiguous", "shape", "ndim", "__len__", "dim_order"),
    }
)


class Symbol(torch.Tensor):
    """Stand-in of a tensor while a network is traced."""

    _places: torch.Tensor
    _tracer: Tracer

    @staticmethod
    def __new__(cls, tracer: Tracer, places: torch.Tensor, kind: torch.dtype) -> Symbol:
        """Stand for a tensor of the shape of `places`, with elements of type `kind`."""
        symbol: Symbol = torch.Tensor._make_wrapper_subclass(
            cls, places.shape, strides=places.stride(), dtype=kind
        )
        symbol._places = places
        symbol._tracer = tracer
        return symbol

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        found = _symbols((args, kwargs))
        return found[0]._tracer.call(func, args, dict(kwargs or {}))

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        raise GraphError(f"{func} of a traced value cannot be part of a graph")

    def __repr__(self, **_: Any) -> str:  # type: ignore[override]
        return f"Symbol(shape={tuple(self._places.shape)})"


@dataclass(frozen=True)
class _Output:
    """Where a vertex's channels lie among all places."""

    first: int
    # None: an external input that nothing has used yet
    descriptor: int | None
    steps: int
    channels: int
    name: str = ""

    @property
    def end(self) -> int:
        return self.first + self.steps * self.channels


class Tracer:
    """Builds the graph while the network is called with symbols.

    Parameters
    ----------
    batch : int
        Batch entries of the symbols.
    """

    def __init__(self, batch: int) -> None:
        self.batch = batch
        self.graph = Graph()
        self.parameters: dict[str, npt.NDArray[np.int8]] = {}
        self._outputs: list[_Output] = []
        self._rearranged: dict[tuple[Any, ...], int] = {}

    # --- symbols

    def input(self, name: str, shape: Sequence[int]) -> Symbol:
        """Make the symbol of an external input, of this shape per batch entry."""
        output = _Output(self._next(), None, 1, int(np.prod(shape)), name)
        self._outputs.append(output)
        return self._symbol(output, (self.batch, *shape))

    def _next(self) -> int:
        return self._outputs[-1].end if self._outputs else 0

    def _symbol(
        self, output: _Output, shape: Sequence[int], kind: torch.dtype = torch.float32
    ) -> Symbol:
        channels = torch.arange(output.first, output.end, dtype=torch.float64)
        entries = torch.arange(self.batch, dtype=torch.float64) * _STRIDE
        return Symbol(self, (entries[:, None] + channels).reshape(tuple(shape)), kind)

    def _added(
        self, descriptor: int, shape: Sequence[int], kind: torch.dtype = torch.float32
    ) -> Symbol:
        """Make the symbol of a new vertex's output."""
        node = self.graph.nodes[descriptor]
        output = _Output(self._next(), descriptor, node.steps, node.vertex.channels)
        self._outputs.append(output)
        return self._symbol(output, shape, kind)

    # --- what a network calls

    def call(self, func: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Answer a function of torch or of `hxtorch.perceptron` that got a symbol."""
        from hxtorch import perceptron

        operations: dict[Any, Callable[..., Any]] = {
            perceptron.mac: self._mac,
            perceptron.relu: self._relu,
            perceptron.converting_relu: self._converting_relu,
            perceptron.add: self._add,
            perceptron.argmax: self._argmax,
        }
        if func in operations:
            if kwargs.pop("mock", False):
                raise GraphError(f"{func.__name__}(mock=True) cannot be part of a graph")
            return operations[func](*args, **kwargs)
        name = _name(func)
        if name in _TELLING:
            return func(*_places(args), **_places(kwargs))
        if name in _MOVING:
            return self._move(func, name, args, kwargs)
        if name in _KEEPING or _is_identity(name, args, kwargs):
            return args[0]
        if name in ("relu", "relu_"):
            return self._relu(args[0])
        if name in ("dtype", "device", "layout", "requires_grad", "is_leaf", "grad_fn", "is_cuda"):
            with torch._C.DisableTorchFunctionSubclass():
                return func(*args, **kwargs)
        if name in ("is_floating_point", "is_complex", "is_quantized", "is_sparse"):
            return name == "is_floating_point" and args[0].dtype is torch.float32
        raise GraphError(
            f"{name} cannot be part of a graph: between the operations of hxtorch.perceptron, "
            "values can only be moved (views, permutations, windows, zero padding)"
        )

    def _move(
        self, func: Callable[..., Any], name: str, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        if name == "pad":
            func, args, kwargs = torch.nn.functional.pad, *_zero_padding(args, kwargs)
        kinds = {symbol.dtype for symbol in _symbols((args, kwargs))}
        if len(kinds) > 1 or any(
            isinstance(part, torch.Tensor) and not isinstance(part, Symbol)
            for part in (args[0] if isinstance(args[0], tuple | list) else ())
        ):
            raise GraphError(f"{name} joins values of the graph with others")
        (kind,) = kinds
        return _tree(
            func(*_places(args), **_places(kwargs)),
            torch.Tensor,
            lambda places: Symbol(self, places, kind),
        )

    def _mac(
        self,
        x: torch.Tensor,
        weights: torch.Tensor,
        num_sends: int = 1,
        wait_between_events: int = 5,
        madc_recording_neuron_id: int = 0,
        madc_recording_path: str = "",
    ) -> Symbol:
        from hxtorch.perceptron.quantise import WEIGHT, to_int8

        if madc_recording_path:
            raise GraphError("a membrane cannot be recorded in a traced network")
        if not isinstance(x, Symbol) or isinstance(weights, Symbol):
            raise GraphError("weights cannot come from the graph: they are written before it runs")
        integers = to_int8("weights", weights, WEIGHT)
        rows, columns = integers.shape
        source = self._source(x._places.reshape(-1, rows), Signal.UINT5)
        result = add_product(
            self.graph,
            source,
            rows,
            columns,
            weights=self._parameter("weights", integers),
            num_sends=num_sends,
            wait_between_events=wait_between_events,
        )
        return self._added(result, (*x.shape[:-1], columns))

    def _relu(self, x: Symbol) -> Symbol:
        return self._transform(lambda size: ReLU(size), x)

    def _converting_relu(self, x: Symbol, shift: int = 2) -> Symbol:
        return self._transform(lambda size: ConvertingReLU(size, shift), x)

    def _transform(self, make: Callable[[int], Vertex], x: Symbol) -> Symbol:
        source = self._source(x._places, Signal.INT8, any_shape=True)
        node = self.graph.nodes[source]
        return self._added(self.graph.add(make(node.vertex.channels), [source]), x.shape)

    def _add(self, x: torch.Tensor, y: torch.Tensor, alpha: float = 1) -> Symbol:
        if not isinstance(x, Symbol):
            if not isinstance(y, Symbol) or x.shape != y.shape:
                raise GraphError("the first operand of an addition must be a value of the graph")
            x, y = y, x
        source = self._source(x._places, Signal.INT8, any_shape=True)
        node = self.graph.nodes[source]
        if isinstance(y, Symbol):
            places = y._places.expand(x.shape)
            other = self._source(places, Signal.INT8, any_shape=True)
            if self._shape_of(other) != self._shape_of(source):
                # the same number of channels, in other steps
                other = self._source(places, Signal.INT8, shape=self._shape_of(source))
        else:
            values = self._constant(y, x.shape)
            vectors = values.reshape(self.batch, node.steps, -1)
            if (vectors != vectors[:, :1]).any():
                source = self._source(x._places, Signal.INT8, shape=(1, vectors[0].size))
                vectors = values.reshape(self.batch, 1, -1)
            if (vectors != vectors[:1]).any():
                raise GraphError("an addition that differs between batch entries is not possible")
            name = self._parameter("bias", vectors[0, 0])
            other = self.graph.add(Parameter(vectors.shape[2], name))
        size = self.graph.nodes[source].vertex.channels
        return self._added(self.graph.add(Addition(size), [source, other]), x.shape)

    def _argmax(self, x: Symbol, dim: int | None = None, keepdim: bool = False) -> Symbol:
        if dim is None or not 1 <= dim < x.dim():
            raise GraphError(
                f"argmax along dim {dim}; allowed in a graph: 1..{x.dim() - 1}, within an entry"
            )
        size = x.shape[dim]
        places = x._places.movedim(dim, -1)
        source = self._source(places.reshape(-1, size), Signal.INT8)
        shape = list(x.shape)
        shape[dim : dim + 1] = [1] if keepdim else []
        return self._added(self.graph.add(ArgMax(size), [source]), shape, torch.int64)

    # --- from places to vertices

    def _source(
        self,
        places: torch.Tensor,
        signal: Signal,
        *,
        any_shape: bool = False,
        shape: tuple[int, int] | None = None,
    ) -> int:
        """Find or add the vertex whose output are these places.

        Parameters
        ----------
        places : tensor, shape (batch * steps, channels), or any if `any_shape` or `shape` is given
            Places of its elements.
        signal : Signal
            What an external input shall be if it is used for the first time.
        any_shape : bool
            Whether a vertex with the same elements in other steps and channels will do.
        shape : (int, int), optional
            Steps and channels that it shall have.
        """
        if shape is None:
            shape = (1, -1) if any_shape else (-1, places.shape[-1])
        pattern = self._pattern(places, shape)
        used = self._used(pattern, signal)
        if len(used) == 1:
            (output,) = used
            in_order = output.first + np.arange(output.end - output.first)
            whole = pattern.size == in_order.size and (pattern.ravel() == in_order).all()
            if whole and (any_shape or pattern.shape == (output.steps, output.channels)):
                assert output.descriptor is not None
                return output.descriptor
        return self._rearrange(pattern, used)

    def _shape_of(self, descriptor: int) -> tuple[int, int]:
        node = self.graph.nodes[descriptor]
        return node.steps, node.vertex.channels

    def _pattern(self, places: torch.Tensor, shape: tuple[int, int]) -> npt.NDArray[np.int64]:
        """Places of one batch entry, shape (steps, channels), the same for all entries."""
        if places.numel() % self.batch:
            raise GraphError(self._mixes(places))
        by_entry = places.reshape(self.batch, *shape).numpy()
        entries = np.floor_divide(by_entry, _STRIDE)
        zero = by_entry == _ZERO
        patterns = np.where(zero, _ZERO, by_entry - entries * _STRIDE).astype(np.int64)
        own = np.arange(self.batch).reshape(-1, 1, 1)
        if not ((entries == own) | zero).all() or not (patterns == patterns[:1]).all():
            raise GraphError(self._mixes(places))
        pattern: npt.NDArray[np.int64] = patterns[0]
        if (pattern == _ZERO).all():
            raise GraphError("a vertex would use constant zeros only")
        return pattern

    def _mixes(self, places: torch.Tensor) -> str:
        return (
            f"a value of shape {tuple(places.shape)} mixes batch entries; the first dimension "
            "must stay the batch"
        )

    def _used(self, pattern: npt.NDArray[np.int64], signal: Signal) -> list[_Output]:
        """Vertices whose channels occur, in order; an unused input becomes a vertex."""
        ends = np.array([output.end for output in self._outputs])
        chosen = np.unique(np.searchsorted(ends, pattern[pattern >= 0], side="right"))
        for number in chosen.tolist():
            output = self._outputs[number]
            if output.descriptor is None:
                vertex = ExternalInput(output.channels, output.name, signal=signal)
                descriptor = self.graph.add(vertex)
                self._outputs[number] = _Output(
                    output.first, descriptor, 1, output.channels, output.name
                )
        return [self._outputs[number] for number in chosen.tolist()]

    def _rearrange(self, pattern: npt.NDArray[np.int64], used: Sequence[_Output]) -> int:
        index: npt.NDArray[np.int64] = np.full_like(pattern, -1)
        offset = 0
        for output in used:
            inside = (pattern >= output.first) & (pattern < output.end)
            index[inside] = pattern[inside] - output.first + offset
            offset += output.end - output.first
        sources = tuple(output.descriptor for output in used if output.descriptor is not None)
        key = (sources, index.shape, index.tobytes())
        if key not in self._rearranged:
            vertex = Rearrangement(index.shape[1], index)
            self._rearranged[key] = self.graph.add(vertex, sources)
        return self._rearranged[key]

    # --- constants

    def _parameter(self, kind: str, values: npt.NDArray[np.int8]) -> str:
        number = sum(name.startswith(kind) for name in self.parameters)
        name = f"{kind} {number}"
        self.parameters[name] = np.array(values)
        return name

    def _constant(self, values: torch.Tensor, shape: Sequence[int]) -> npt.NDArray[np.int8]:
        floor = values.detach().floor().clamp(-128, 127).to(torch.int8)
        return floor.expand(tuple(shape)).numpy()

    # --- the end

    def finish(self, name: str, symbol: Symbol) -> tuple[int, ...]:
        """Add an external output; returns its shape per batch entry."""
        source = self._source(symbol._places, Signal.INT8, any_shape=True)
        self.graph.add(ExternalOutput(self.graph.nodes[source].vertex.channels, name), [source])
        return tuple(symbol.shape[1:])


def trace(function: Callable[..., Any], *examples: torch.Tensor | Sequence[int]) -> Network:
    """Trace a network into one graph.

    Parameters
    ----------
    function : callable
        A module, or a function of tensors, that is made of operations and layers of
        `hxtorch.perceptron` and of torch's operations that only move elements. Its weights are
        taken as they are now.
    *examples : tensor or tuple of int
        One for each argument, of which the shape counts, or the shape itself: the first
        dimension is the batch, of any size.

    Returns
    -------
    Network
        To be called like the function, with any number of batch entries.

    Raises
    ------
    GraphError
        Something happens that no vertex stands for, or that the chip cannot do.
    """
    from hxtorch.graph.network import Network

    if not examples:
        raise GraphError("at least one example of an input is needed")
    tracer = Tracer(BATCH)
    shapes = [tuple(getattr(example, "shape", example)) for example in examples]
    if any(len(shape) < 2 or 0 in shape[1:] for shape in shapes):
        raise GraphError(f"examples have shapes {shapes}; allowed: a batch and at least one value")
    names = [f"input {i}" for i in range(len(shapes))] if len(shapes) > 1 else ["input"]
    symbols = [tracer.input(name, shape[1:]) for name, shape in zip(names, shapes, strict=True)]
    with torch.no_grad():
        result = function(*symbols)
    results = list(result) if isinstance(result, tuple | list) else [result]
    if not results or not all(isinstance(part, Symbol) for part in results):
        raise GraphError("the network must return a value of the graph, or a tuple of such values")
    outputs = [f"output {i}" for i in range(len(results))] if len(results) > 1 else ["output"]
    for name, part in zip(outputs, results, strict=True):
        tracer.finish(name, part)
    unused = set(names) - set(tracer.graph.inputs())
    if unused:
        raise GraphError(f"nothing uses {', '.join(sorted(unused))}")
    return Network(
        tracer.graph,
        tracer.parameters,
        {name: shape[1:] for name, shape in zip(names, shapes, strict=True)},
        {name: tuple(part.shape[1:]) for name, part in zip(outputs, results, strict=True)},
        isinstance(result, tuple | list),
    )


def _tree(value: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    """Change all objects of a type within tuples, lists and dicts."""
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, dict):
        return {key: _tree(part, kind, change) for key, part in value.items()}
    if isinstance(value, tuple | list) and not isinstance(value, torch.Size):
        return type(value)([_tree(part, kind, change) for part in value])
    return value


def _places(value: Any) -> Any:
    return _tree(value, Symbol, lambda symbol: symbol._places)


def _symbols(value: Any) -> list[Symbol]:
    found: list[Symbol] = []
    _tree(value, Symbol, found.append)
    return found


def _name(func: Callable[..., Any]) -> str:
    name = getattr(func, "__name__", str(func))
    if name == "__get__":
        # the getter of an attribute
        name = getattr(getattr(func, "__self__", None), "__name__", name)
    return name


def _is_identity(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether a function changes nothing with these arguments."""
    if name == "to":
        others = [*args[1:], *kwargs.values()]
        return all(other in (torch.float32, "cpu", torch.device("cpu")) for other in others)
    if name in ("dropout", "dropout2d", "feature_dropout", "alpha_dropout"):
        training = kwargs.get("training", args[2] if len(args) > 2 else True)
        return not training
    return False


def _zero_padding(
    args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments of ``pad`` for places: a constant must be zero, and has a place of its own."""
    names = ("input", "pad", "mode", "value")
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    mode = given.get("mode") or "constant"
    if mode == "constant":
        if given.get("value"):
            raise GraphError(f"padding with {given['value']}; allowed in a graph: zeros")
        given["value"] = _ZERO
    return (given.pop("input"),), given
