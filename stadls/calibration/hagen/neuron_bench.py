"""Measurements on all neurons at once, for the calibration of matrix mode.

Membranes and synaptic lines are looked at from outside only: the column ADCs convert all 512
membranes together; the fast ADC records lines one after the other. Results are arrays by
neuron, shape (512,), ordered as ``NeuronConfigOnDLS``: hemisphere by hemisphere, by column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from stadls.calibration import helpers, words
from stadls.calibration.constants import NEURONS
from stadls.calibration.fits import fit_decays
from stadls.calibration.madc import MADC_STATIC_CELLS, Sweep

__all__ = [
    "Side",
    "Stimulus",
    "amplitudes",
    "configure",
    "connect_synaptic_inputs",
    "decay_after_reset",
    "reset_potential",
    "rest",
    "stimulate",
    "synaptic_time_constants",
]

Floats = npt.NDArray[np.float64]
Side = Literal["exc", "inh"]

LONG: dict[str, str] = {"exc": "excitatory", "inh": "inhibitory"}

#: Time in which membranes come to rest while the leak is on; 8 of the longest time constants.
REST_US = 800.0
#: From a reset to a conversion that shows the reset potential; the reset itself takes 2 us.
RESET_US = 5.0
#: From the last event to the conversion of the sum.
INTEGRATION_US = 1.5

#: Synapse rows that are stimulated: both rows of the first driver on each of four buses.
ROWS = 8

#: Range of synaptic time constants that are recognised, us.
TAU_SYN_RANGE = (0.05, 40.0)
#: Pause between events that make synaptic lines decay. A multiple of the sample period.
LINE_PERIOD_US = 2.72
LINE_EVENTS = 12
#: Weight of these events: lines stay where their read-out is linear.
LINE_WEIGHT = 3
#: What is left out of a fit behind an event: its rise and the edge of the read-out, us.
LINE_SKIP_US = 0.14
#: What is left out before the next event, us.
LINE_MARGIN_US = 0.1
#: Change of a line over a fit, in standard deviations of a sample, that counts as a decay.
CLEAR = 4.0


@dataclass(frozen=True)
class Stimulus:
    """Events for the measurement of an amplitude.

    Attributes
    ----------
    events
        Number of events on all rows.
    spacing_us
        Time between them.
    weight
        Weight of the synapses, 0 to 63.
    repeats
        Measurements that are averaged.
    """

    events: int = 15
    spacing_us: float = 1.0
    weight: int = 10
    repeats: int = 5


def configure(connection: Any) -> None:
    """Make neurons integrate, drivers send full pulses to eight rows, and ADCs see membranes."""
    builder = connection.builder()
    state = connection.state
    state.set("CommonPADIBusConfig", enable_spl1=False)
    drivers = np.arange(256) % 128 < ROWS // 2
    state.set("SynapseDriverConfig", enable_receiver=drivers, row_mode_top="disabled",
              row_mode_bottom="disabled", enable_hagen_modulation=False)
    helpers.set_synapses(builder, labels=0, weights=0)
    helpers.configure_cadc(builder)
    helpers.connect_cadc_to_neurons(builder)
    helpers.capmem_set_chip_cells(builder, MADC_STATIC_CELLS)
    connection.run(builder)


def connect_synaptic_inputs(connection: Any, exc: bool, inh: bool) -> None:
    """Connect the synaptic inputs of all neurons to their membranes, or not."""
    connection.state.set("NeuronConfig", enable_synaptic_input_excitatory=exc,
                         enable_synaptic_input_inhibitory=inh)
    connection.run(connection.builder())


def stimulate(builder: Any, side: Side, weight: int) -> None:
    """Let events on the first eight rows act on one side, with one weight."""
    used = np.flatnonzero(np.arange(256) % 128 < ROWS // 2)
    helpers.set_fields(builder, "SynapseDriverConfig", used, row_mode_top=LONG[side],
                       row_mode_bottom=LONG[side])
    helpers.set_synapses(builder, weights=weight, rows=slice(0, ROWS))


def _mean(ticket: helpers.CADCTicket) -> Floats:
    """Mean over conversions, shape (512,)."""
    return ticket.values()[:, :, 0].mean(axis=0).reshape(NEURONS)


def rest(connection: Any, builder: Any, samples: int = 20) -> Floats:
    """Potentials of membranes at rest, CADC LSB."""
    helpers.wait(builder, REST_US)
    ticket = helpers.cadc_read(builder, samples, kinds=1)
    connection.run(builder)
    return _mean(ticket)


def reset_potential(connection: Any, builder: Any, samples: int = 10) -> Floats:
    """Potentials of membranes just after a reset, CADC LSB."""
    tickets = []
    builder.write_changes()
    for _ in range(samples):
        builder.append_words(words.joined([words.neuron_reset(), words.wait(RESET_US)]))
        tickets.append(helpers.cadc_read(builder, kinds=1))
    connection.run(builder)
    return np.mean([_mean(ticket) for ticket in tickets], axis=0)


def amplitudes(connection: Any, builder: Any, stimulus: Stimulus) -> tuple[Floats, Floats]:
    """What events add to resting membranes.

    Parameters
    ----------
    connection, builder
        `StatefulConnection`, and a builder with what is to be configured before.
    stimulus
        Events; `stimulate` has chosen rows, side and weight.

    Returns
    -------
    mean, deviation : ndarray, shape (512,)
        Mean of the repetitions and their standard deviation, CADC LSB.
    """
    times = stimulus.spacing_us * np.arange(stimulus.events)
    train = words.joined([
        words.timer_reset(), words.padi_events(times.tolist(), start_us=1.0),
        words.until(1.0 + times[-1] + INTEGRATION_US)])
    before, after = [], []
    builder.write_changes()
    for _ in range(stimulus.repeats):
        helpers.wait(builder, REST_US)
        before.append(helpers.cadc_read(builder, kinds=1))
        builder.append_words(train)
        after.append(helpers.cadc_read(builder, kinds=1))
    connection.run(builder)
    change = np.array([_mean(a) - _mean(b) for a, b in zip(after, before, strict=True)])
    return change.mean(axis=0), change.std(axis=0, ddof=min(1, len(change) - 1))


def decay_after_reset(connection: Any, builder: Any, delay_us: float, repeats: int = 20
                      ) -> tuple[Floats, Floats]:
    """Membrane time constants from two conversions behind a reset.

    Parameters
    ----------
    connection, builder
        `StatefulConnection`, and a builder with what is to be configured before.
    delay_us
        Time between the conversions; best near the time constant.
    repeats
        Measurements that are averaged.

    Returns
    -------
    tau, amplitude : ndarray, shape (512,)
        Time constant in us, and distance of the first conversion from rest in CADC LSB. The
        time constant is infinite where nothing decays and 0 where everything has.
    """
    first, second, last = [], [], []
    builder.write_changes()
    for _ in range(repeats):
        builder.append_words(words.joined([
            words.neuron_reset(), words.timer_reset(), words.until(RESET_US)]))
        first.append(helpers.cadc_read(builder, kinds=1))
        builder.append_words(words.until(RESET_US + delay_us))
        second.append(helpers.cadc_read(builder, kinds=1))
        builder.append_words(words.until(REST_US))
        last.append(helpers.cadc_read(builder, kinds=1))
    connection.run(builder)
    start, later, end = (np.mean([_mean(t) for t in tickets], axis=0)
                         for tickets in (first, second, last))
    amplitude = start - end
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.clip((later - end) / amplitude, 0.0, 1.0)
        tau = -delay_us / np.log(ratio)
    return np.where(ratio >= 1.0, np.inf, tau), amplitude


def line_sweep() -> Sweep:
    """Recording of synaptic lines that decay after each of several events."""
    period = round(LINE_PERIOD_US / Sweep(1.0).sample_period_us) * Sweep(1.0).sample_period_us
    # the first event is there to reach the periodic state
    times = tuple(float(period * (k + 0.5)) for k in range(LINE_EVENTS))
    return Sweep(period * (LINE_EVENTS + 0.5), times)


def synaptic_time_constants(connection: Any, builder: Any, side: Side) -> Floats:
    """Time constants of the synaptic lines, us, from recordings by the fast ADC.

    The read-out shows the line of this side; `stimulate` has chosen it.

    Returns
    -------
    ndarray, shape (512,)
        NaN where the recording shows no decay.
    """
    sweep = line_sweep()
    state = connection.state
    builder.state.set("NeuronConfig", readout_source=f"{side}_synin")
    builder.write_changes()
    fields = {name: state.get("NeuronConfig", name) for name in _neuron_fields()}
    builder.append_words(sweep.program(fields))
    program = connection.run(builder)
    traces = sweep.traces(program.responses.madc_samples)
    return fit_line_decays(sweep, traces)


def fit_line_decays(sweep: Sweep, traces: Floats) -> Floats:
    """Time constants of lines in a sweep of `line_sweep`, us; see `synaptic_time_constants`."""
    step = sweep.sample_period_us
    period = round((sweep.event_times_us[1] - sweep.event_times_us[0]) / step)
    valid = np.flatnonzero(sweep.times_us() >= sweep.event_times_us[0] + LINE_PERIOD_US / 2)[0]
    count = (traces.shape[1] - valid) // period
    folded = np.nanmean(
        traces[:, valid:valid + count * period].reshape(NEURONS, count, period), axis=1)
    # samples have the same distance from an event for all neurons: the mean jumps there
    shape = np.nanmean(folded, axis=0)
    jump = int(np.argmax(np.abs(shape - np.roll(shape, 1))))
    folded = np.roll(folded, -jump, axis=1)
    begin = round(LINE_SKIP_US / step)
    end = period - round(LINE_MARGIN_US / step) - 2
    decays = fit_decays(np.arange(end - begin) * step, folded[:, begin:end], *TAU_SYN_RANGE)
    # without a change that is clear of the noise there is no time constant
    change = decays.amplitude * (1 - np.exp(-(end - begin) * step / decays.tau))
    clear = np.abs(change) > CLEAR * decays.residual
    return np.where(clear, decays.tau, np.nan)


def _neuron_fields() -> list[str]:
    from fisch import registers

    return list(registers.container("NeuronConfig").fields)
