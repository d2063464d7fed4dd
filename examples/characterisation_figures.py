"""Figures and numbers of many chips, beside what was recorded on real ones.

Runs ``examples/characterise.py`` on some emulated chips (seeds 0, 1, ...), repeats published
experiments on them in the same way as they were done, and draws bands over chips. Recordings of
real chips are drawn on top if their folder is given (``--recordings`` or HXEMU_RECORDINGS).
"""

import argparse
import csv
import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
from dlens_vx_v3 import hal, halco, hxcomm, lola, sta

import hxtorch
from hxtorch import compare, perceptron

matplotlib.use("Agg")
from matplotlib import pyplot

HERE = Path(__file__).parent
BLUE, RED = "tab:blue", "tab:red"
#: The integrator recording: event times in us; the train has a slot every microsecond.
EXCITATORY = (1, 3, 4, 5, 7, 8, 9, 10, 15, 17, 18, 19)
INHIBITORY = (2, 6, 16)
SLOTS, SLOT_CYCLES, CYCLE_US = 50, 125, 0.008
NEURONS = (2, 70, 140, 210, 258, 326, 396, 466)
#: A recorded step is this much later than the event's nominal time.
RECORDED_DELAY_US = 0.41


# --- measuring


def chip_environment(revision, seed):
    """Variables that choose an emulated chip; noise is the same every time."""
    return {"HXEMU_REVISION": revision, "HXEMU_SEED": str(seed), "HXEMU_NOISE_SEED": "1"}


def characterise(folder, revision, seeds):
    """Characterise the chips that have no file yet; all of them, as `Characterisation`s."""
    found = []
    for seed in range(seeds):
        path = folder / f"{revision}-seed{seed}.npz"
        if not path.exists():
            print(f"characterising {revision}, seed {seed}", flush=True)
            subprocess.run(
                [sys.executable, HERE / "characterise.py", path],
                env={**os.environ, **chip_environment(revision, seed)},
                stdout=subprocess.DEVNULL,
                check=True,
            )
        found.append(compare.load(path))
    return found


def traces(folder, revision, seeds):
    """Membranes of a few neurons of every chip, integrating the published event train.

    Returns an array of shape (traces, samples), on a grid of 0.1 us.
    """
    grid = np.arange(0, SLOTS, 0.1)
    path = folder / f"{revision}-traces.npy"
    if path.exists():
        found = np.load(path)
        if len(found) == seeds * len(NEURONS):
            return grid, found
    weights = np.zeros((SLOTS, 512))
    # rows are sent last to first
    weights[[SLOTS - t for t in EXCITATORY]] = 63
    weights[[SLOTS - t for t in INHIBITORY]] = -63
    lines = []
    for seed in range(seeds):
        print(f"recording {revision}, seed {seed}", flush=True)
        os.environ.update(chip_environment(revision, seed))
        hxtorch.init_hardware(ann=True)
        try:
            for neuron in NEURONS:
                file = folder / "trace.tsv"
                file.unlink(missing_ok=True)
                perceptron.mac(
                    hxtorch_tensor(np.full((1, SLOTS), 31)),
                    hxtorch_tensor(weights),
                    wait_between_events=SLOT_CYCLES,
                    madc_recording_neuron_id=neuron,
                    madc_recording_path=str(file),
                )
                table = np.loadtxt(file, skiprows=1)
                lines.append(sampled(grid, table[:, 2] * CYCLE_US, table[:, 3]))
        finally:
            hxtorch.release_hardware()
    np.save(path, np.array(lines))
    return grid, np.array(lines)


def sampled(grid, time, values):
    """The sample at or behind each moment of a grid: averages would hide noise."""
    return values[np.searchsorted(time, grid).clip(max=len(values) - 1)]


def silent(folder, revision, seeds):
    """Membranes at rest of a few uncalibrated neurons, as published; shape (n, samples)."""
    path = folder / f"{revision}-silent.npy"
    if path.exists():
        return np.load(path)
    lines = []
    for seed in range(seeds):
        os.environ.update(chip_environment(revision, seed))
        with hxcomm.ManagedConnection() as connection:
            lines += [silent_trace(connection, neuron) for neuron in NEURONS]
    np.save(path, np.array(lines))
    return np.array(lines)


def silent_trace(connection, number, samples=5883):
    """0.2 ms of one neuron with a strong leak and no input; codes of the fast ADC."""
    chip = lola.Chip()
    place = halco.AtomicNeuronOnDLS(halco.common.Enum(number))
    neuron = chip.neuron_block.atomic_neurons[place]
    neuron.leak.v_leak = 700
    neuron.leak.i_bias = 1022
    neuron.readout.enable_amplifier = True
    neuron.readout.enable_buffered_access = True
    half = halco.HemisphereOnDLS(number // 256)
    mux = chip.readout_chain.input_mux[halco.SourceMultiplexerOnReadoutSourceSelection(0)]
    (mux.neuron_odd if number % 2 else mux.neuron_even)[half] = True
    # the first samples are wrong
    chip.readout_chain.madc.number_of_samples = samples + 300
    control = hal.MADCControl()
    control.enable_pre_amplifier = True
    builder, _ = sta.generate(sta.SystemInit(connection.get_hwdb_entry()[0]))
    builder.write(halco.ChipOnDLS(), chip)
    builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
    for wake_up, microseconds in ((True, 20_000), (False, 1000)):
        control.wake_up, control.start_recording = wake_up, not wake_up
        builder.write(halco.MADCControlOnDLS(), control)
        builder.write(halco.TimerOnDLS(), hal.Timer())
        cycles = microseconds * int(hal.Timer.Value.fpga_clock_cycles_per_us)
        builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(cycles))
    program = builder.done()
    sta.run(connection, [program])
    found = np.sort(program.madc_samples.to_numpy(), order="chip_time", kind="stable")
    return found["value"][300:].astype(float)


def silent_statistics(values):
    """Figures of a membrane at rest, in MADC LSB."""
    window = round(10 / 0.034)
    moving = np.convolve(values, np.ones(window) / window, mode="valid")
    cut = values[window // 2 :][: len(moving)]
    return {
        "std": values.std(),
        "std less a moving mean of 10 us": (cut - moving).std(),
        "range of that mean": np.ptp(moving),
    }


def hxtorch_tensor(values):
    """Numbers as a tensor that products take."""
    import torch

    return torch.as_tensor(values, dtype=torch.float32)


# --- recordings


def recording(folder, name):
    """Columns x and y of a recording by curve; nothing if there is no such file."""
    path = None if folder is None else folder / f"{name}.csv"
    if path is None or not path.exists():
        return {}
    curves = {}
    with path.open() as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            curves.setdefault(row["curve"], []).append((float(row["x"]), float(row["y"])))
    return {curve: np.array(points).T for curve, points in curves.items()}


def weight_sweep_statistics(x, y):
    """Figures of one weight sweep, two neurons at each weight: y of shape (2, 127)."""
    mean = y.mean(axis=0)
    part = {"-40..0": (x >= -40) & (x <= 0), "0..40": (x >= 0) & (x <= 40)}
    found = {}
    for name, use in part.items():
        slope, zero = np.polyfit(np.tile(x[use], 2), y[:, use].ravel(), 1)
        found[f"slope per weight, {name}"] = slope
        found[f"deviation from the line, {name}"] = (y[:, use] - slope * x[use] - zero).std()
    pair = np.abs(y[0] - y[1])
    for low, high in ((-63, -45), (-44, -20), (-19, -1), (1, 19), (20, 44)):
        use = (x >= low) & (x <= high)
        found[f"spread within pairs, {low}..{high}"] = np.sqrt((pair[use] ** 2).mean() / 2)
    low = x <= -58
    found["output at -63..-58, mean"] = y[:, low].mean()
    found["output at -63..-58, std"] = y[:, low].std()
    found["lowest output"] = y.min()
    found["markers at 127"] = (y == 127).sum()
    bent = mean - np.polyval(np.polyfit(x[np.abs(x) <= 30], mean[np.abs(x) <= 30], 1), x)
    found["bend at -50 (LSB)"] = bent[np.abs(x + 50) <= 2].mean()
    return found


def emulated_sweeps(chips):
    """The published sweep on each hemisphere of every chip: shape (n, 2, 127), one shot."""
    found = []
    for chip in chips:
        shot = chip.data["weights"][:, 0].astype(float)
        for half in (0, 256):
            k = np.arange(127)
            found.append([shot[k, half + 2 * k], shot[k, half + 2 * k + 1]])
    return np.array(found)


def trace_statistics(time, level):
    """Figures of one integrator trace in MADC LSB."""
    step = []
    for t in EXCITATORY + INHIBITORY:
        before = level[(time > t - 0.2) & (time < t + 0.2)].mean()
        after = level[(time > t + 0.75) & (time < t + 1.2)]
        step.append((after.mean() if len(after) else np.nan) - before)
    found = {
        "step, excitatory": np.nanmean(step[: len(EXCITATORY)]),
        "step, inhibitory": np.nanmean(step[len(EXCITATORY) :]),
    }
    for begin, end in ((11.6, 15.0), (20.6, 30), (30, 40), (40, 49.5)):
        use = (time >= begin) & (time <= end)
        line = np.polyfit(time[use], level[use], 1)
        found[f"drift at {begin:g}..{end:g} us (per us)"] = line[0]
        if end == 30:
            found["noise there, trend removed"] = (level[use] - np.polyval(line, time[use])).std()
    return found


def evenly(time, values, step=0.034):
    """A recording on the grid of its samples: those that the figure lacks lie between others."""
    grid = time[0] + step * np.arange(round((time[-1] - time[0]) / step) + 1)
    return grid, np.rint(np.interp(grid, time, values))


# --- figures


def band(axis, x, lines, colour=BLUE, label=None):
    """Median of lines, their 10 to 90 % and their extremes."""
    lowest, low, middle, high, highest = np.nanpercentile(lines, (0, 10, 50, 90, 100), axis=0)
    axis.fill_between(x, lowest, highest, color=colour, alpha=0.15, linewidth=0)
    axis.fill_between(x, low, high, color=colour, alpha=0.3, linewidth=0)
    axis.plot(x, middle, color=colour, linewidth=1.2, label=label)


def save(figure, path):
    """Write a small picture."""
    figure.savefig(path, dpi=66)
    pyplot.close(figure)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def figure_of_weights(chips, recordings, path):
    """Output over weight: chips, and the recording; and what is left of a straight line."""
    figure, axes = pyplot.subplots(1, 2, figsize=(12, 4.6), layout="constrained")
    x = chips[0].data["axis_weights"].astype(float)
    lines = np.concatenate([compare.weight_sweep(chip)[1] for chip in chips])
    everything = np.median([np.median(compare.gain_of_one_row(chip)) for chip in chips])
    line = everything * 1200 * x
    for axis, offset in ((axes[0], 0), (axes[1], line)):
        band(axis, x, lines - offset, label=f"{len(chips)} emulated chips, 512 neurons each")
        for points in recording(recordings, "hagen_weight_sweep").values():
            at = np.searchsorted(x, points[0])
            rest = 0 if np.isscalar(offset) else offset[at]
            axis.plot(points[0], points[1] - rest, ".", color=RED, markersize=3, label="recorded")
        axis.set(xlabel="weight", ylabel="output (LSB)")
    axes[0].set_title("one row, input 12, 100 sends")
    axes[1].set(title=f"less {1e3 * everything:.3f}e-3 x input x weight x sends", ylim=(-30, 60))
    handles, labels = axes[0].get_legend_handles_labels()
    chosen = dict(zip(labels, handles, strict=True))
    axes[0].legend(chosen.values(), chosen.keys(), fontsize=8)
    save(figure, path)


def figure_of_curves(chips, path):
    """Everything else that was varied."""
    figure, axes = pyplot.subplots(2, 3, figsize=(14, 7.6), layout="constrained")
    collected = [compare.curves(chip) for chip in chips]
    for axis, i in zip(axes.ravel(), range(1, len(collected[0])), strict=True):
        first = collected[0][i]
        band(axis, first.x, np.concatenate([one[i].y for one in collected]))
        axis.set(title=first.title, xlabel=first.x_label, ylabel=first.y_label)
        if first.logarithmic:
            axis.set_xscale("log")
    save(figure, path)


def figure_of_distributions(chips, path):
    """Histograms over neurons, one thin line for each chip."""
    names = ("noise without input", "noise, 128 rows", "column pattern, one row",
             "column pattern, 128 rows", "offset without input", "drift", "lowest output",
             "row pattern")
    figure, axes = pyplot.subplots(2, 4, figsize=(14, 6.4), layout="constrained")
    collected = [{q.name: q for q in compare.quantities(chip)} for chip in chips]
    for axis, name in zip(axes.ravel(), names, strict=True):
        values = [one[name].values for one in collected]
        bins = compare.bins_of(np.concatenate(values))
        inside = [v.clip(bins[0], bins[-1]) for v in values]
        counts = np.array([np.histogram(v, bins)[0] / len(v) for v in inside])
        band(axis, (bins[1:] + bins[:-1]) / 2, counts)
        axis.set(title=name, xlabel=collected[0][name].unit,
                 ylabel=f"share of {collected[0][name].over.split(' x')[0]}")
    save(figure, path)


def figure_of_traces(time, lines, recordings, path):
    """Membranes that integrate events, and the recorded one, all from the same start."""
    figure, axis = pyplot.subplots(figsize=(9, 4.6), layout="constrained")
    early = time < 0.8
    band(axis, time, lines - lines[:, early].mean(axis=1, keepdims=True),
         label=f"emulated, {len(lines)} neurons")
    for x, y in recording(recordings, "hagen_intro_integrator_neuron").values():
        x = 1e3 * x - RECORDED_DELAY_US
        axis.plot(x, y - y[x < 0.8].mean(), color=RED, linewidth=0.7,
                  label=f"recorded, drawn {RECORDED_DELAY_US} us earlier")
    axis.set(title="12 excitatory and 3 inhibitory events, weight 63", xlabel="time (us)",
             ylabel="membrane (MADC LSB from start)")
    axis.legend(fontsize=8)
    save(figure, path)


# --- tables


def number(value):
    """Three digits, and no more of zeros than there is in them."""
    return f"{round(float(value), 6) + 0.0:.3g}"


def row(name, values, recorded=None, used=""):
    """One line of a table: what chips give, and what was recorded."""
    low, middle, high = np.percentile(values, (0, 50, 100))
    known = "" if recorded is None else number(recorded)
    inside = "" if recorded is None else ("yes" if low <= recorded <= high else "no")
    spread = f"{number(low)} .. {number(high)}"
    return f"| {name} | {number(middle)} | {spread} | {known} | {inside} | {used} |"


def tables(chips, traced, quiet, recordings):
    """All numbers as Markdown: median and range over chips."""
    head = "| | median | range over chips | recorded | within | used for a fit |\n" + "|---" * 6
    print(f"\n### Weight sweep as published: one shot, two neurons per weight\n\n{head}|")
    x = chips[0].data["axis_weights"].astype(float)
    emulated = [weight_sweep_statistics(x, y) for y in emulated_sweeps(chips)]
    points = recording(recordings, "hagen_weight_sweep")
    known = {}
    if points:
        known = weight_sweep_statistics(x, np.array([points["lower"][1], points["higher"][1]]))
    rails = ("output at", "lowest", "markers", "bend")
    for name in emulated[0]:
        used = "yes, rails" if name.startswith(rails) else "no"
        used = "no (gain of the mock mode)" if name.startswith("slope") else used
        print(row(name, [one[name] for one in emulated], known.get(name), used))
    if traced is not None:
        time, lines = traced
        print(f"\n### Integrator trace as published (MADC LSB)\n\n{head}|")
        emulated = [trace_statistics(time, line) for line in lines]
        known = {}
        for at, y in recording(recordings, "hagen_intro_integrator_neuron").values():
            even, values = evenly(1e3 * at - RECORDED_DELAY_US, y)
            known = trace_statistics(time, sampled(time, even, values))
        for name in emulated[0]:
            used = "yes, pseudo-leak" if "drift" in name else "no"
            print(row(name, [one[name] for one in emulated], known.get(name), used))
        print(f"\n### Membrane at rest as published (MADC LSB)\n\n{head}|")
        emulated = [silent_statistics(line) for line in quiet]
        known = {}
        for at, y in recording(recordings, "single_neuron_silent").values():
            known = silent_statistics(evenly(1e3 * at, y)[1])
        for name in emulated[0]:
            print(row(name, [one[name] for one in emulated], known.get(name), "no"))
    print("\n### All quantities: median over neurons, then over chips\n")
    print("| quantity | unit | median | range over chips | 10 to 90 % over neurons |\n"
          "|---|---|---|---|---|")
    for same in zip(*(compare.quantities(chip) for chip in chips), strict=True):
        bands = np.array([quantity.band for quantity in same])
        low, middle, high = np.median(bands, axis=0)
        chip_band = f"{number(bands[:, 1].min())} .. {number(bands[:, 1].max())}"
        print(f"| {same[0].name} | {same[0].unit} | {number(middle)} | {chip_band} | "
              f"{number(low)} .. {number(high)} |")
    single = [chip.data["rows"][0, 0, 0, half] for chip in chips
              for half in (slice(0, 256), slice(256, 512))]
    print(f"\n### Published single numbers\n\n{head}|")
    print(row("one row, 12 x 21, 100 sends: mean", [s.mean() for s in single], 50.5,
              "no (gain of the mock mode)"))
    print(row("the same: std over 256 neurons", [s.std() for s in single], 2.9, "yes, totals"))
    tens = [chip.data["hundred"][0, i : i + 10] for chip in chips for i in range(0, 510, 10)]
    print(row("100 rows, 15 x 21: mean of ten neurons", [t.mean() for t in tens], 58.6, "no"))
    print(row("the same: std of ten neurons", [t.std(ddof=1) for t in tens], 2.6, "no"))


def main():
    """Measure, draw, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--revision", choices=("v1", "v2", "v3"), default="v3")
    parser.add_argument("--seeds", type=int, default=20, help="chips (%(default)s)")
    parser.add_argument("--folder", type=Path, default=Path("characterisation"),
                        help="for measurements, which are kept (%(default)s)")
    parser.add_argument("--output", type=Path, help="for pictures (default: the same folder)")
    parser.add_argument("--recordings", type=Path,
                        default=os.environ.get("HXEMU_RECORDINGS") or None,
                        help="folder of recordings of real chips")
    parser.add_argument("--no-traces", action="store_true", help="leave the fast ADC out")
    arguments = parser.parse_args()
    folder, output = arguments.folder, arguments.output or arguments.folder
    recordings = None if arguments.recordings is None else Path(arguments.recordings)
    for path in (folder, output):
        path.mkdir(parents=True, exist_ok=True)
    chips = characterise(folder, arguments.revision, arguments.seeds)
    name = f"characterisation-{arguments.revision}"
    figure_of_weights(chips, recordings, output / f"{name}-weights.png")
    figure_of_curves(chips, output / f"{name}-curves.png")
    figure_of_distributions(chips, output / f"{name}-distributions.png")
    traced = quiet = None
    if not arguments.no_traces:
        traced = traces(folder, arguments.revision, arguments.seeds)
        quiet = silent(folder, arguments.revision, arguments.seeds)
        figure_of_traces(*traced, recordings, output / f"{name}-traces.png")
    tables(chips, traced, quiet, recordings)


if __name__ == "__main__":
    main()
