"""The operations in torch's own registry, as ``torch.ops.hxtorch_perceptron.<name>``."""

from __future__ import annotations

import torch

from hxtorch.perceptron.elementwise import add, argmax, converting_relu, relu
from hxtorch.perceptron.mac import mac
from hxtorch.perceptron.matmul import matmul

_PRODUCT = (
    "Tensor {0}, Tensor {1}, int num_sends=1, int wait_between_events=5, bool mock=False, "
    "int madc_recording_neuron_id=0, str madc_recording_path=''"
)
_OPERATORS = {
    "mac": (mac, f"({_PRODUCT.format('x', 'weights')}) -> Tensor"),
    "matmul": (matmul, f"({_PRODUCT.format('input', 'other')}) -> Tensor"),
    "add": (add, "(Tensor input, Tensor other, int alpha=1, bool mock=False) -> Tensor"),
    "argmax": (
        argmax,
        "(Tensor input, int? dim=None, bool keepdim=False, bool mock=False) -> Tensor",
    ),
    "relu": (relu, "(Tensor input, bool mock=False) -> Tensor"),
    "converting_relu": (
        converting_relu,
        "(Tensor input, int shift=2, bool mock=False) -> Tensor",
    ),
}

#: Keeps the registrations alive.
LIBRARY = torch.library.Library("hxtorch_perceptron", "DEF")

for _name, (_function, _schema) in _OPERATORS.items():
    LIBRARY.define(_name + _schema)
    # composite: autograd is that of the functions themselves
    LIBRARY.impl(_name, _function, "CompositeImplicitAutograd")
