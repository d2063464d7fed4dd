"""One matrix product on the chip.

Run it as ``python -m hxtorch.examples.perceptron.minimal``.
"""

from __future__ import annotations

import torch

import hxtorch


def main() -> None:
    """Multiply a constant vector by a constant matrix, and log the means."""
    log = hxtorch.logger.get("hxtorch.examples.minimal")
    hxtorch.init_hardware(ann=True)
    try:
        x = torch.full((128,), 10.0)
        weights = torch.full((128, 256), 20.0)
        result = hxtorch.perceptron.matmul(x, weights, num_sends=1, wait_between_events=5)
    finally:
        hxtorch.release_hardware()
    log.info("input, mean: %.2f", x.mean().item())
    log.info("weight, mean: %.2f", weights.mean().item())
    log.info("output, mean: %.2f", result.mean().item())


if __name__ == "__main__":
    main()
