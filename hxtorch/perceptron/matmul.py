"""Drop-in for ``torch.matmul`` on top of `mac`."""

from __future__ import annotations

import torch

from hxtorch.errors import ShapeError
from hxtorch.perceptron.mac import product
from hxtorch.perceptron.quantise import check_tensor


def matmul(
    input: torch.Tensor,
    other: torch.Tensor,
    num_sends: int = 1,
    wait_between_events: int = 5,
    mock: bool = False,
    madc_recording_neuron_id: int = 0,
    madc_recording_path: str = "",
) -> torch.Tensor:
    """Multiply as ``torch.matmul`` does, on the analog chip.

    Parameters
    ----------
    input : tensor, at least 1-D
        Activations; leading dimensions are a batch.
    other : tensor, 1-D or 2-D
        Weights.
    num_sends, wait_between_events, mock, madc_recording_neuron_id, madc_recording_path
        As for `mac`, as are ranges, errors and gradients.

    Returns
    -------
    tensor
        In the shape that ``torch.matmul`` gives; contiguous.
    """
    check_tensor("input", input)
    check_tensor("other", other)
    shapes = f"input has shape {tuple(input.shape)}, other {tuple(other.shape)}"
    if input.dim() == 0 or other.dim() == 0:
        raise ShapeError(f"{shapes}; allowed: at least one dimension")
    if other.dim() > 2:
        raise ShapeError(f"{shapes}: other has {other.dim()} dimensions; allowed: 1 or 2")
    weights = other if other.dim() == 2 else other.unsqueeze(1)
    rows = input.reshape(-1, input.shape[-1]) if input.shape[-1] else input
    result = product(
        rows,
        weights,
        num_sends,
        wait_between_events,
        mock,
        madc_recording_neuron_id,
        madc_recording_path,
        ("input", "other"),
    )
    shape = input.shape[:-1] + other.shape[1:]
    return result.reshape(shape).contiguous()
