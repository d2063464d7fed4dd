"""A traced network: a graph, its parameters, and the shapes of what goes in and comes out."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from hxtorch.errors import ShapeError
from hxtorch.graph.graph import Graph
from hxtorch.graph.vertices import Signal

if TYPE_CHECKING:
    from os import PathLike


class Network:
    """A network that runs as one graph; made by `hxtorch.graph.trace`.

    Parameters
    ----------
    graph : Graph
        What is computed.
    parameters : mapping of str to array of int8
        Weights and biases by name.
    inputs, outputs : mapping of str to shape
        Shapes per batch entry by name, in order.
    several : bool
        Whether a tuple is returned, even of one.

    Notes
    -----
    It is for inference: results carry no gradients, and weights stay those of the time of tracing.
    """

    def __init__(
        self,
        graph: Graph,
        parameters: Mapping[str, npt.NDArray[np.int8]],
        inputs: Mapping[str, tuple[int, ...]],
        outputs: Mapping[str, tuple[int, ...]],
        several: bool = False,
    ) -> None:
        self.graph = graph
        self.parameters = dict(parameters)
        self.inputs = dict(inputs)
        self.outputs = dict(outputs)
        self._several = several

    def __call__(self, *inputs: torch.Tensor) -> Any:
        """Run the network on the hardware of this process.

        Parameters
        ----------
        *inputs : tensors of float32
            In the shapes of the examples, with any number of batch entries. What products use
            is rounded half away from zero and must lie in 0..31; what other operations use is
            rounded down and clamped to [-128, 127].

        Returns
        -------
        tensor or tuple of tensors
            What the traced function would return: float32, indices int64.

        Raises
        ------
        OverflowError, ValueError, RuntimeError
            As the operations: out of range; not finite; wrong shapes or types, no hardware.
        """
        from hxtorch.core.hardware import hardware_for_operation
        from hxtorch.execution.executor import run_graph
        from hxtorch.perceptron.quantise import check_tensor

        if len(inputs) != len(self.inputs):
            raise ShapeError(f"{len(inputs)} inputs; allowed: {len(self.inputs)}")
        begin = perf_counter()
        given = {}
        for (name, shape), tensor in zip(self.inputs.items(), inputs, strict=True):
            check_tensor(name, tensor)
            if tuple(tensor.shape[1:]) != shape or not len(tensor):
                raise ShapeError(
                    f"{name} has shape {tuple(tensor.shape)}; allowed: "
                    f"(batch, {', '.join(map(str, shape))})"
                )
            given[name] = self._integers(name, tensor).reshape(len(tensor), -1)
        quantise = perf_counter() - begin
        hardware = hardware_for_operation()
        results = run_graph(hardware, self.graph, given, self.parameters)
        begin = perf_counter()
        tensors = []
        for name, shape in self.outputs.items():
            values = torch.from_numpy(np.ascontiguousarray(results[name]))
            kind = torch.int64 if values.dtype is torch.int64 else torch.float32
            tensors.append(values.to(kind).reshape(-1, *shape))
        hardware.note(quantise=quantise, dequantise=perf_counter() - begin)
        return tuple(tensors) if self._several else tensors[0]

    def _integers(self, name: str, tensor: torch.Tensor) -> npt.NDArray[Any]:
        from hxtorch.perceptron.quantise import (
            INPUT,
            check_finite,
            check_hardware_tensor,
            floor_to_int8,
            to_int8,
        )

        if self.graph.nodes[self.graph.inputs()[name]].signal is Signal.UINT5:
            return to_int8(name, tensor, INPUT).view(np.uint8)
        check_hardware_tensor(name, tensor)
        check_finite(name, tensor)
        integers: npt.NDArray[Any] = floor_to_int8(tensor.detach()).to(torch.int8).numpy()
        return integers

    def __str__(self) -> str:
        return str(self.graph)

    def __repr__(self) -> str:
        return f"<Network: {self.graph!r}, {len(self.parameters)} parameters>"

    def plot(self, file: str | PathLike[str] | None = None) -> Any:
        """Draw the graph; see `Graph.plot`."""
        return self.graph.plot(file)
