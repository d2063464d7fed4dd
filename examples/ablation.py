"""What each source of mismatch and noise costs: the chip with all but one, and with only one.

For every switch of the model the error of random products against ``gain * x @ W + offset`` is
measured, split into what repeats (fixed pattern) and what doesn't (noise).
"""

import argparse
import json

import numpy as np
import torch

import hxtorch
from hxtorch import perceptron


def errors(vectors, weights, repeats, wait):
    """Gain, and rms errors in LSB around a common offset: all, fixed pattern, noise."""
    batch = vectors.repeat(repeats, 1)
    out = perceptron.matmul(batch, weights, wait_between_events=wait).numpy()
    out = out.reshape(repeats, len(vectors), -1)
    exact = (vectors @ weights).numpy()
    mean = out.mean(axis=0)
    gain, offset = np.polyfit(exact.ravel(), mean.ravel(), 1)
    # what remains of the noise in a mean of repetitions does not belong to the pattern
    noise = out.var(axis=0, ddof=1).mean()
    pattern = max(((mean - gain * exact - offset) ** 2).mean() - noise / repeats, 0.0)
    total = np.sqrt(pattern + noise)
    return {"gain": gain, "error": total, "pattern": np.sqrt(pattern), "noise": np.sqrt(noise)}


def ablate(rows, columns, vectors, repeats, wait):
    """Measure everything on, each source off, each source alone, and ideal; a list of rows."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(0, 32, (vectors, rows), generator=generator).float()
    weights = torch.randint(-63, 64, (rows, columns), generator=generator).float()
    names = [name for name in hxtorch.emulation.run_info()["silicon"] if name != "ideal"]
    # the fast ADC takes no part in products
    names = [name for name in names if "madc" not in name]

    def measure(title, **switches):
        with hxtorch.emulation.silicon(**switches):
            return {"case": title, **errors(x, weights, repeats, wait)}

    found = [measure("everything")]
    found += [measure(f"without {name}", **{name: False}) for name in names]
    off = dict.fromkeys(names, False)
    found += [measure(f"only {name}", **{**off, name: True}) for name in names]
    found.append(measure("nothing", **off))
    found.append(measure("ideal", ideal=True))
    return found


def main():
    """Print the table for the chip that the environment chooses."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=128, help="inputs (%(default)s)")
    parser.add_argument("--columns", type=int, default=256, help="outputs (%(default)s)")
    parser.add_argument("--vectors", type=int, default=20, help="inputs to average over")
    parser.add_argument("--repeats", type=int, default=20, help="of each vector")
    parser.add_argument("--wait", type=int, default=5, help="cycles between events (%(default)s)")
    parser.add_argument("--json", action="store_true", help="for programs")
    arguments = parser.parse_args()
    hxtorch.init_hardware(ann=True)
    try:
        table = ablate(
            arguments.rows, arguments.columns, arguments.vectors, arguments.repeats,
            arguments.wait,
        )
        info = hxtorch.emulation.run_info()
    finally:
        hxtorch.release_hardware()
    if arguments.json:
        print(json.dumps({"chip": info["identifier"], "rows": table}, default=float, indent=2))
        return
    print(f"{info['identifier']}, {arguments.rows} x {arguments.columns}, errors in LSB rms")
    print(f"{'case':<28}{'gain':>10}{'error':>8}{'pattern':>9}{'noise':>7}")
    for row in table:
        print(
            f"{row['case']:<28}{row['gain']:10.6f}{row['error']:8.2f}{row['pattern']:9.2f}"
            f"{row['noise']:7.2f}"
        )


if __name__ == "__main__":
    main()
