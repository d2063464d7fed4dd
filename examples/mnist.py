"""Handwritten digits on the chip, well trained: in software first, then with the chip in the loop.

Same options as ``python -m hxtorch.examples.perceptron.mnist``, with other defaults.
"""

from pathlib import Path

import torch

from hxtorch.examples.perceptron import mnist

if __name__ == "__main__":
    torch.set_num_threads(1)  # the emulator is a process of its own: leave it a core
    parser = mnist.get_parser()
    parser.set_defaults(
        software_epochs=30, epochs=1, lr=0.1, cycle=True, batch_size=100, distort=True,
        relu_shift=2, output="mnist-output", checkpoint_path="mnist-output",
    )  # fmt: skip
    args = parser.parse_args()
    if args.checkpoint_path == args.output:
        Path(args.output).mkdir(parents=True, exist_ok=True)
    for step in mnist.run(args).steps:
        print(f"{step.title:>20}: {step.result.accuracy:.2%}")
