"""How good a calibrated chip is: a short check in terms of what products need.

It measures otherwise than the calibration does: resets instead of rest, other events, all rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fisch import registers
from stadls.calibration import helpers, words
from stadls.calibration.constants import DRIVERS, HEMISPHERES, NEURONS, QUADRANTS
from stadls.calibration.hagen import neuron_bench as bench
from stadls.calibration.hagen.neuron_bench import LONG, Side
from stadls.calibration.session import StatefulConnection

__all__ = ["Quality", "measure"]

Floats = npt.NDArray[np.float64]

#: Events of the neuron test, on eight rows.
EVENTS, SPACING_US, WEIGHT = 12, 1.2, 10
REPEATS = 20
#: Activation and weight of the test of all rows, and its events' distance.
ACTIVATION, ROW_WEIGHT, ROW_SPACING_US = 10, 25, 0.16


@dataclass(frozen=True)
class Quality:
    """What was measured; arrays by neuron, shape (512,).

    Attributes
    ----------
    exc, inh
        Mean amplitude of 12 events on eight rows of one side, CADC LSB.
    noise_exc, noise_inh
        Standard deviation of repeated amplitudes.
    baseline
        Reading just after a reset.
    drift
        Change of the reading without events, LSB/us.
    gain_exc, gain_inh
        Reading per activation x weight of one event on every row, LSB.
    """

    exc: Floats
    inh: Floats
    noise_exc: Floats
    noise_inh: Floats
    baseline: Floats
    drift: Floats
    gain_exc: Floats
    gain_inh: Floats

    def pattern(self, side: Side = "exc", middle: float = 1.0) -> float:
        """Spread of the columns' gains for products of all rows, relative.

        Parameters
        ----------
        side
            Excitatory or inhibitory weights.
        middle
            Share of the columns that counts, around the median: outliers can be left out.
        """
        gains = np.sort(np.abs(self.gain_exc if side == "exc" else self.gain_inh))
        out = round((1 - middle) / 2 * len(gains))
        kept = gains[out:len(gains) - out]
        return float(kept.std() / max(abs(np.median(gains)), 1e-9))

    def limits(self) -> dict[str, tuple[float, str, float]]:
        """Figures that upstream tests demand of a calibrated chip.

        Returns
        -------
        dict
            By name: the worst quadrant's figure, ``<`` or ``>``, and the limit.
        """
        quadrant = np.arange(NEURONS) // (NEURONS // QUADRANTS)

        def worst(values: Floats, figure: Any, high: bool = True) -> float:
            found = [figure(values[quadrant == q]) for q in range(QUADRANTS)]
            return float(max(found) if high else min(found))

        def middle(values: Floats) -> float:
            kept = np.sort(values)[len(values) // 10:len(values) - len(values) // 10]
            return float(kept.std())

        both = np.abs(self.exc), np.abs(self.inh)
        noise = np.maximum(self.noise_exc, self.noise_inh)
        return {
            "noise of 75 % of neurons": (
                worst(noise, lambda v: np.percentile(v, 75)), "<", 7.0),
            "amplitude of 90 % of neurons": (
                min(worst(v, lambda a: np.percentile(a, 10), False) for v in both), ">", 20.0),
            "exc against inh": (
                worst(both[0] - both[1], lambda v: abs(v.mean())), "<", 20.0),
            "spread of the middle 80 %": (
                max(worst(v, middle) for v in both), "<", 10.0),
            "80 % of baselines from 128": (
                float(np.percentile(np.abs(self.baseline - 128), 80)), "<", 16.0),
            "drift of 90 % of neurons": (
                float(np.percentile(np.abs(self.drift), 90)) / 0.52, "<", 1.0),
        }


def measure(connection: Any) -> Quality:
    """Measure what is configured on a chip.

    Parameters
    ----------
    connection
        `StatefulConnection` with a calibration in place. Rows, weights and drivers are used; what
        belongs to the calibration is as before in the end.
    """
    chip = StatefulConnection.of(connection)
    drivers = {key: chip.state.get("SynapseDriverConfig", key)
               for key in registers.container("SynapseDriverConfig").fields}
    chip.state.set("CommonPADIBusConfig", enable_spl1=False)
    found: dict[str, Any] = {}
    for side in ("exc", "inh"):
        amplitudes = _amplitudes(chip, side)
        found[side], found[f"noise_{side}"] = amplitudes.mean(0), amplitudes.std(0, ddof=1)
        found[f"gain_{side}"] = _all_rows(chip, side, drivers)
    found["baseline"], found["drift"] = _idle(chip)
    chip.state.set("SynapseDriverConfig", **drivers)
    chip.state.set("CommonPADIBusConfig", enable_spl1=True)
    builder = chip.builder()
    helpers.set_synapses(builder, weights=0, labels=0)
    chip.run(builder)
    return Quality(**found)


def _differences(chip: StatefulConnection, builder: Any, train: npt.NDArray[np.uint64],
                 duration_us: float) -> Floats:
    """Readings after events less those without any, both after a reset; (repeats, 512)."""
    builder.write_changes()
    tickets = []
    for _ in range(REPEATS):
        builder.append_words(words.joined([words.neuron_reset(), words.wait(bench.RESET_US)]))
        before = helpers.cadc_read(builder, kinds=1)
        builder.append_words(words.joined([
            words.neuron_reset(), words.timer_reset(), train, words.until(duration_us)]))
        tickets.append((before, helpers.cadc_read(builder, kinds=1)))
    chip.run(builder)
    return np.array([after.values()[0].astype(np.float64).reshape(NEURONS)
                     - before.values()[0].reshape(NEURONS) for before, after in tickets])


def _amplitudes(chip: StatefulConnection, side: Side) -> Floats:
    builder = chip.builder()
    rows = np.arange(HEMISPHERES * DRIVERS) % DRIVERS < bench.ROWS // 2
    helpers.set_fields(builder, "SynapseDriverConfig", enable_receiver=rows,
                       enable_hagen_modulation=False, row_mode_top="disabled",
                       row_mode_bottom="disabled")
    helpers.set_synapses(builder, weights=0, labels=0)
    bench.stimulate(builder, side, WEIGHT)
    times = bench.RESET_US + SPACING_US * np.arange(EVENTS)
    return _differences(chip, builder, words.padi_events(times.tolist()),
                        times[-1] + bench.INTEGRATION_US)


def _all_rows(chip: StatefulConnection, side: Side, drivers: dict[str, Any]) -> Floats:
    """Gain of one event on one row of every driver, LSB per activation x weight."""
    builder = chip.builder()
    helpers.set_fields(builder, "SynapseDriverConfig", **drivers)
    helpers.set_fields(builder, "SynapseDriverConfig", enable_receiver=True,
                       row_mode_top=LONG["exc"], row_mode_bottom=LONG["inh"])
    helpers.set_synapses(builder, weights=0, rows=slice(None))
    # v1 passes the whole label on to the synapses
    label = 32 - ACTIVATION
    forwarded = label if chip.revision == "v1" else 0
    helpers.set_synapses(builder, weights=ROW_WEIGHT, labels=forwarded,
                         rows=slice(1 if side == "exc" else 0, None, 2))
    times = bench.RESET_US + ROW_SPACING_US * np.arange(DRIVERS // 4)
    train = words.joined([part for k, time in enumerate(times) for part in (
        words.until(time), *(words.register("PADIEvent", {
            "fire_bus": [True] * 4, "event_address": label, "row_select_address": k}, half)
            for half in range(HEMISPHERES)))])
    found = _differences(chip, builder, train, times[-1] + bench.INTEGRATION_US)
    gain: Floats = found.mean(axis=0) / (DRIVERS * ACTIVATION * ROW_WEIGHT)
    return gain


def _idle(chip: StatefulConnection, delay_us: float = 40.0) -> tuple[Floats, Floats]:
    """Readings just after a reset, and their change per us."""
    builder = chip.builder()
    tickets = []
    for _ in range(REPEATS):
        builder.append_words(words.joined([
            words.neuron_reset(), words.timer_reset(), words.until(bench.RESET_US)]))
        first = helpers.cadc_read(builder, kinds=1)
        builder.append_words(words.until(bench.RESET_US + delay_us))
        tickets.append((first, helpers.cadc_read(builder, kinds=1)))
    chip.run(builder)
    reads = np.array([[t.values()[0].reshape(NEURONS) for t in pair] for pair in tickets], float)
    early, late = reads.mean(axis=0)
    return early, (late - early) / delay_us
