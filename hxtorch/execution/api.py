"""What users call: run a graph of their own, and look at what a run did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hxtorch.errors import RangeError

if TYPE_CHECKING:
    from hxtorch.execution.times import RunReport
    from hxtorch.graph import Graph


def run(
    graph: Graph, inputs: Mapping[str, Any], parameters: Mapping[str, Any] | None = None
) -> dict[str, torch.Tensor]:
    """Run a data-flow graph on the hardware of this process.

    Parameters
    ----------
    graph : Graph
        What to compute.
    inputs : mapping of str to tensor or array, shape (B, size) or (B, steps, size)
        External inputs by name; floats are rounded half away from zero.
    parameters : mapping of str to tensor or array
        Weight matrices, -63..63, and other vectors, -128..127, by name.

    Returns
    -------
    dict of str to tensor, shape (B, channels) or (B, steps, channels)
        External outputs by name: uint8 of activations, int8, or int64 of indices.

    Raises
    ------
    OverflowError
        A value is out of range after rounding.
    ValueError
        NaN or infinite values.
    RuntimeError
        No hardware is initialised; the graph is incomplete (`GraphError`); inputs or parameters
        are missing, or of a wrong shape.
    """
    from hxtorch.core.hardware import hardware_for_operation
    from hxtorch.execution.executor import run_graph

    given = {name: _integers(name, values) for name, values in inputs.items()}
    constants = {name: _integers(name, values) for name, values in (parameters or {}).items()}
    outputs = run_graph(hardware_for_operation(), graph, given, constants)
    return {
        name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in outputs.items()
    }


def last_report() -> RunReport | None:
    """Tell what the last run on this process's hardware took, and when: None before the first.

    Raises
    ------
    RuntimeError
        No hardware is initialised.
    """
    from hxtorch.core.hardware import held_hardware

    return held_hardware().last_run


@contextmanager
def measured() -> Iterator[RunReport]:
    """Sum up all runs within a ``with`` block, such as those of a network's layers.

    Yields
    ------
    RunReport
        Filled while runs end: stages, amounts, energy, and one time line of all of them.

    Raises
    ------
    RuntimeError
        No hardware is initialised.
    """
    from hxtorch.core.hardware import held_hardware
    from hxtorch.execution.times import RunReport

    hardware = held_hardware()
    report = RunReport()
    hardware.measurements.append(report)
    try:
        yield report
    finally:
        # by identity: reports of equal content are equal
        hardware.measurements[:] = [r for r in hardware.measurements if r is not report]


def _integers(name: str, values: Any) -> np.ndarray[Any, Any]:
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu().numpy()
    array = np.asarray(values)
    if array.dtype.kind != "f":
        return array
    if not np.isfinite(array).all():
        from hxtorch.errors import NonFiniteError

        raise NonFiniteError(name, array[~np.isfinite(array)][0])
    rounded = np.copysign(np.floor(np.abs(array) + 0.5), array)
    if np.abs(rounded).max(initial=0) > 255:
        raise RangeError(f"an element of {name}", np.abs(array).max(), "-128..127")
    return rounded.astype(np.int16)
