"""Human activities: in software, on the chip as it is, after one epoch with it in the loop.

Same options as ``python -m hxtorch.examples.perceptron.har``, with folders for what it makes.
"""

from pathlib import Path

import torch

from hxtorch.examples.perceptron import har

if __name__ == "__main__":
    torch.set_num_threads(1)  # the emulator is a process of its own: leave it a core
    parser = har.get_parser()
    parser.set_defaults(output="har-output", checkpoint_path="har-output")
    args = parser.parse_args()
    if args.checkpoint_path == args.output:
        Path(args.output).mkdir(parents=True, exist_ok=True)
    for step in har.run(args).steps:
        print(f"{step.title:>20}: {step.result.accuracy:.2%}")
