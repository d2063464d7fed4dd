"""Calibration of the neurons for matrix mode.

All columns shall answer an event with the same, well known step and keep it: equal synaptic
time constants, equal gains of both inputs, no current without events, one reset potential.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from dataclasses import dataclass, replace
from math import ceil, log2
from typing import Any

import numpy as np
import numpy.typing as npt

from fisch import registers
from stadls.calibration import helpers, words
from stadls.calibration.algorithms import Algorithm, NoisyBinarySearch, Outcome, Search
from stadls.calibration.base import (
    Calib,
    ParameterCalibResult,
    ParameterRange,
    check_range_boundaries,
)
from stadls.calibration.constants import CAPMEM_MAX, NEURONS, QUADRANTS
from stadls.calibration.errors import CalibNotSuccessful
from stadls.calibration.hagen import neuron_bench as bench
from stadls.calibration.hagen.neuron_bench import Side, Stimulus
from stadls.calibration.hagen.targets import HagenNeuronCalibTarget
from stadls.calibration.session import StatefulConnection
from stadls.calibration.state import ChipState, neuron_cells

__all__ = [
    "LeakBiasCalib",
    "LeakPotentialCalib",
    "MembraneTimeConstCalibCADC",
    "RefiningSearch",
    "ResetPotentialCalib",
    "SynBiasCalib",
    "SynReferenceCalib",
    "SynTimeConstantCalib",
    "calibrate",
    "calibrate_baseline",
]

_log = logging.getLogger("stadls.calibration.neuron")

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Codes at which searches start, and which hold until a search has been there.
START_CODES = {
    "i_bias_leak": 90,              # about 60 us, with the bias divided by eight
    "i_bias_synin_exc_shift": 310, "i_bias_synin_inh_shift": 310,
    "i_bias_synin_exc_tau": 700, "i_bias_synin_inh_tau": 700,
    "v_leak": 770, "v_reset": 770,
}
#: Amplitude of the decays that show the membrane time constant, CADC LSB.
TAU_MEM_AMPLITUDE = 50
#: Potential per code of the reset potential, CADC LSB; chooses the amplitude above.
RESET_LSB_PER_CODE = 1.55 / 3.28
#: Largest amplitude of the stimulated neurons, CADC LSB: the gain is linear there.
LARGEST_AMPLITUDE = 60.0
#: How far a gain bias may lie above that of the median neuron.
GM_MARGIN = 250
GM_LOWEST = 30
#: Distance from its reference at which a membrane is taken for pinned, CADC LSB.
LARGEST_OFFSET = 25.0
#: Share of the neurons that may end at the boundary of a search without a warning.
LARGEST_OUTSIDE = 0.05
#: Share of the neurons that must succeed in each step for later ones to make sense.
LEAST_SUCCESS = 0.1


@dataclass
class RefiningSearch(Algorithm):
    """Bisection around known parameters, in steps that halve from a first one to 1.

    Parameters
    ----------
    initial_parameters : array, shape (n,)
        Where to start.
    first_step
        Width of the first step; the search reaches twice as far.
    """

    initial_parameters: Any
    first_step: int = 16

    def _widths(self) -> list[int]:
        return [2 ** k for k in range(ceil(log2(self.first_step)), -1, -1)] + [1, 0]

    def steps(self, calib: Search) -> int:
        """Number of measurements."""
        return len(self._widths())

    def run(self, calib: Search, connection: Any) -> Outcome:
        """Search; the best of the last four measurements wins."""
        low, high = self._limits(calib)
        start = np.broadcast_to(np.asarray(self.initial_parameters), (calib.n_instances,))
        codes: Codes = np.clip(start, low, high).astype(np.int64)
        tried: list[tuple[Codes, Floats]] = []
        for width in self._widths():
            results = calib.measure(connection, codes)
            tried.append((codes, results))
            up = ~(results >= calib.target)
            codes = np.clip(
                codes + width * np.where(up != calib.inverted, 1, -1), low, high)
        parameters = np.stack([c for c, _ in tried[-4:]])
        results = np.stack([r for _, r in tried[-4:]])
        error = np.nan_to_num(np.abs(results - calib.target), nan=np.inf)
        best = error.argmin(axis=0)[None]
        return Outcome(np.take_along_axis(parameters, best, 0)[0],
                       np.take_along_axis(results, best, 0)[0])


class NeuronStep(Calib):
    """A step that searches one CapMem cell of every neuron.

    Parameters
    ----------
    cell
        Name of the CapMem row.
    parameter_range
        Codes of the search.
    inverted
        Whether results fall with the code.
    tolerance
        Largest deviation from the target of a neuron that succeeded; no limit if None.
    """

    #: What is measured, and its unit.
    quantity: str = ""
    unit: str = "LSB"
    #: Width of the first step of a search around the first guess.
    first_step = 16

    def __init__(self, cell: str, parameter_range: ParameterRange, inverted: bool = False,
                 tolerance: float | None = None) -> None:
        super().__init__(parameter_range, NEURONS, inverted)
        self.cell = cell
        self.tolerance = tolerance

    def configure_parameters(self, builder: Any, parameters: Codes) -> Any:
        """Set the cells and wait until they have settled."""
        builder.state.set_neuron_cells({self.cell: parameters})
        helpers.wait_for_capmem(builder)
        return builder

    @abstractmethod
    def measure_results(self, connection: Any, builder: Any) -> Floats:
        """Measure what the cell determines, shape (512,)."""

    def run(self, connection: Any, algorithm: Algorithm | None = None, target: Any = None,
            weight: float = 1.0) -> ParameterCalibResult:
        """Search, leave what was found on the chip, and note the spread before and after.

        Parameters
        ----------
        connection
            `StatefulConnection`.
        algorithm
            How to search; around `first_guess` if None.
        target
            What results shall be; what `choose_target` says if None.
        weight
            How much the surrounding step takes this one for, for progress.
        """
        self.target = target
        steps = (algorithm or RefiningSearch(0, self.first_step)).steps(self) + 2
        with connection.step(self.name or type(self).__name__, steps, weight) as record:
            self.prelude(connection)
            start = _codes(connection, self.cell)
            before = self.measure(connection, start)
            if self.target is None:
                self.target = self.choose_target(before)
            if algorithm is None:
                algorithm = RefiningSearch(self.first_guess(start, before), self.first_step)
            outcome = algorithm.run(self, connection)
            checked = check_range_boundaries(outcome.parameters, self.parameter_range)
            after = self.measure(connection, checked.parameters)
            success = self.judge(checked.parameters, checked.success, after)
            outside = int((~checked.success).sum())
            if outside > LARGEST_OUTSIDE * NEURONS:
                _log.warning("%s: %s of %d of %d neurons ends at a boundary of %d to %d",
                             self.name, self.cell, outside, NEURONS, self.parameter_range.lower,
                             self.parameter_range.upper)
            codes = self.amend(connection, checked.parameters, success)
            self.postlude(connection)
            record.data.update(quantity=self.quantity, unit=self.unit, before=before,
                               after=after, target=self.target, success=success, codes=codes)
        if success.mean() < LEAST_SUCCESS:
            raise CalibNotSuccessful(
                f"{self.name}: {success.sum()} of {NEURONS} neurons reached the target")
        return ParameterCalibResult(codes, success, after)

    def amend(self, connection: Any, codes: Codes, success: Flags) -> Codes:
        """Replace codes of neurons that failed, on the chip, too; nothing by default."""
        return codes

    def judge(self, codes: Codes, inside: Flags, results: Floats) -> Flags:
        """Which neurons succeeded.

        Parameters
        ----------
        codes, inside
            Codes, and whether they lie within the boundaries of the search.
        results
            What was measured there.
        """
        success: Flags = inside & np.isfinite(results)
        if self.tolerance is not None:
            success &= np.abs(np.nan_to_num(results) - self.target) <= self.tolerance
        return success

    def choose_target(self, before: Floats) -> Any:
        """Target of a step that gets it from the first measurement."""
        raise ValueError(f"{type(self).__name__} needs a target")

    def first_guess(self, codes: Codes, results: Floats) -> Codes:
        """Where to search, from the results of the first codes; these codes by default."""
        return codes


class SynTimeConstantCalib(NeuronStep):
    """Time constants of one kind of synaptic lines, recorded by the fast ADC."""

    unit = "us"
    first_step = 8

    def __init__(self, side: Side) -> None:
        super().__init__(f"i_bias_synin_{side}_tau", ParameterRange(10, CAPMEM_MAX), True)
        self.side: Side = side
        self.name = self.quantity = f"tau_syn {side}"

    def prelude(self, connection: Any) -> None:
        """Choose the stimulated side."""
        builder = connection.builder()
        bench.stimulate(builder, self.side, bench.LINE_WEIGHT)
        connection.run(builder)

    def measure_results(self, connection: Any, builder: Any) -> Floats:
        """Time constants, us; NaN where no decay is seen."""
        found = bench.synaptic_time_constants(connection, builder, self.side)
        # a line too slow to be seen decaying counts as slow
        return np.where(np.isnan(found), bench.TAU_SYN_RANGE[1], found)

    def first_guess(self, codes: Codes, results: Floats) -> Codes:
        """Codes for time constants that are inversely proportional to the bias."""
        guess: Codes = np.rint(codes * results / self.target).astype(np.int64)
        return np.clip(guess, 10, CAPMEM_MAX)

    def postlude(self, connection: Any) -> None:
        """Show membranes again."""
        connection.state.set("NeuronConfig", readout_source="membrane")


class LeakPotentialCalib(NeuronStep):
    """Leak potentials: membranes at rest."""

    name = quantity = "leak potential"

    def __init__(self) -> None:
        super().__init__("v_leak", ParameterRange(0, CAPMEM_MAX), tolerance=10.0)

    def measure_results(self, connection: Any, builder: Any) -> Floats:
        """CADC LSB."""
        return bench.rest(connection, builder)


class ResetPotentialCalib(NeuronStep):
    """Reset potentials: membranes just after a reset."""

    name = quantity = "reset potential"

    def __init__(self) -> None:
        super().__init__("v_reset", ParameterRange(0, CAPMEM_MAX), tolerance=10.0)

    def measure_results(self, connection: Any, builder: Any) -> Floats:
        """CADC LSB."""
        return bench.reset_potential(connection, builder)


class MembraneTimeConstCalibCADC(NeuronStep):
    """Membrane time constants, from the way back to rest after a reset off it.

    Parameters
    ----------
    target_time_const
        Time constant, us: also the delay between the two conversions.
    target_amplitude
        Distance of the reset potential from rest, CADC LSB.
    """

    name = quantity = "tau_mem"
    unit = "us"

    def __init__(self, target_time_const: float, target_amplitude: float = TAU_MEM_AMPLITUDE
                 ) -> None:
        super().__init__("i_bias_leak", ParameterRange(1, CAPMEM_MAX), True,
                         tolerance=0.3 * target_time_const)
        self.delay_us = target_time_const
        self.target_amplitude = target_amplitude
        self._amplitude = np.zeros(NEURONS)
        self._reset: Codes = np.zeros(NEURONS, np.int64)

    def prelude(self, connection: Any) -> None:
        """Move the reset potentials off the leak potentials."""
        state = connection.state
        self._reset = _codes(connection, "v_reset")
        move = round(self.target_amplitude / RESET_LSB_PER_CODE)
        state.set_neuron_cells({"v_reset": np.clip(self._reset + move, 0, CAPMEM_MAX)})

    def measure_results(self, connection: Any, builder: Any) -> Floats:
        """Time constants, us."""
        tau, self._amplitude = bench.decay_after_reset(connection, builder, self.delay_us)
        # without a decay it is long
        return np.minimum(tau, 10 * self.delay_us)

    def judge(self, codes: Codes, inside: Flags, results: Floats) -> Flags:
        """As ever; a neuron that leaks by itself has succeeded if it is as slow as it can be."""
        slowest = (codes == self.parameter_range.lower) & (results < self.target)
        return super().judge(codes, inside, results) | slowest

    def postlude(self, connection: Any) -> None:
        """Put the reset potentials back."""
        connection.state.set_neuron_cells({"v_reset": self._reset})


class SynReferenceCalib(NeuronStep):
    """References of one kind of synaptic input: no current without events.

    The membrane at rest shall stay where it is without the input, ``target``.

    Parameters
    ----------
    side
        Which input; a larger code lets it push the membrane more, up or down.
    samples
        Conversions that are averaged.
    """

    def __init__(self, side: Side, samples: int = 20) -> None:
        super().__init__(f"i_bias_synin_{side}_shift", ParameterRange(0, CAPMEM_MAX),
                         inverted=side == "inh", tolerance=15.0)
        self.side: Side = side
        self.samples = samples
        self.name = f"reference {side}"
        self.quantity = f"rest with {side} input"

    def measure_results(self, connection: Any, builder: Any) -> Floats:
        """CADC LSB."""
        return bench.rest(connection, builder, self.samples)


class _Retuning(SynReferenceCalib):
    """References inside of each trial of a gain."""

    def measure(self, connection: Any, parameters: Codes) -> Floats:
        """As ever, but no step of its own for the progress."""
        return self.measure_results(
            connection, self.configure_parameters(connection.builder(), parameters))


class SynBiasCalib(NeuronStep):
    """Gains of one kind of synaptic input, through the bias of its amplifier.

    Parameters
    ----------
    side
        Which input.
    gm
        Bias of the median neuron.
    rest
        Potentials of the membranes without the input, CADC LSB, shape (512,).
    stimulus
        Events; None to take those whose amplitude is large, but small enough for the gain to be
        linear.
    """

    def __init__(self, side: Side, gm: int, rest: Floats, stimulus: Stimulus | None = None
                 ) -> None:
        super().__init__(f"i_bias_synin_{side}_gm",
                         ParameterRange(GM_LOWEST, min(gm + GM_MARGIN, CAPMEM_MAX)))
        self.side: Side = side
        self.adjust = stimulus is None
        self.stimulus = stimulus or Stimulus()
        self.reference = _Retuning(side, samples=5)
        self.reference.target = rest
        self.first = SynReferenceCalib(side)
        self.shift: Codes = np.zeros(NEURONS, np.int64)
        self.pinned: Flags = np.zeros(NEURONS, np.bool_)
        self.name = f"gain {side}"
        self.quantity = f"amplitude {side}"

    def prelude(self, connection: Any) -> None:
        """Connect this input alone and tune its reference from scratch."""
        bench.connect_synaptic_inputs(connection, self.side == "exc", self.side == "inh")
        builder = connection.builder()
        bench.stimulate(builder, self.side, self.stimulus.weight)
        connection.run(builder)
        found = self.first.run(connection, NoisyBinarySearch(), self.reference.target)
        self.shift = found.calibrated_parameters
        if self.adjust:
            self._adjust_stimulus(connection)

    def _adjust_stimulus(self, connection: Any) -> None:
        """Lower the weight until the median neuron stays below the limit."""
        while True:
            builder = connection.builder()
            bench.stimulate(builder, self.side, self.stimulus.weight)
            median = float(np.median(self._amplitudes(connection, builder)))
            weight = self.stimulus.weight
            if median <= LARGEST_AMPLITUDE or weight == 1:
                return
            lower = int(weight * 0.9 * LARGEST_AMPLITUDE / median)
            self.stimulus = replace(self.stimulus, weight=max(1, min(lower, weight - 1)))

    def configure_parameters(self, builder: Any, parameters: Codes) -> Any:
        """Set the cells; the references are tuned to them before anything is measured."""
        builder.state.set_neuron_cells({self.cell: parameters})
        return builder

    def measure_results(self, connection: Any, builder: Any) -> Floats:
        """Amplitudes, CADC LSB, positive for both sides."""
        connection.run(builder)
        found = RefiningSearch(self.shift).run(self.reference, connection)
        self.shift = found.parameters
        self.pinned = ~(np.abs(found.results - self.reference.target) <= LARGEST_OFFSET)
        builder = self.reference.configure_parameters(connection.builder(), self.shift)
        return self._amplitudes(connection, builder)

    def _amplitudes(self, connection: Any, builder: Any) -> Floats:
        mean, _ = bench.amplitudes(connection, builder, self.stimulus)
        return mean if self.side == "exc" else -mean

    def judge(self, codes: Codes, inside: Flags, results: Floats) -> Flags:
        """As ever; without a reference an amplitude says nothing."""
        return super().judge(codes, inside, results) & ~self.pinned

    def amend(self, connection: Any, codes: Codes, success: Flags) -> Codes:
        """Give neurons without a reference the median code of their quadrant."""
        result = codes.copy()
        quadrant = np.arange(NEURONS) // (NEURONS // QUADRANTS)
        for q in range(QUADRANTS):
            good = success & (quadrant == q)
            if good.any():
                result[self.pinned & (quadrant == q)] = int(np.median(codes[good]))
        connection.state.set_neuron_cells({self.cell: result})
        return result

    def choose_target(self, before: Floats) -> Any:
        """Median of the neurons."""
        return float(np.median(before))


class LeakBiasCalib(NeuronStep):
    """Leak biases at which repeated amplitudes vary as much as they may.

    Parameters
    ----------
    stimulus
        Events.
    repeats
        Amplitudes of which the standard deviation is taken.
    """

    name = "leak bias for a noise"
    quantity = "noise of amplitudes"

    def __init__(self, stimulus: Stimulus, repeats: int = 50) -> None:
        super().__init__("i_bias_leak", ParameterRange(0, CAPMEM_MAX), inverted=True)
        self.stimulus = replace(stimulus, repeats=repeats)

    def measure_results(self, connection: Any, builder: Any) -> Floats:
        """Standard deviations, CADC LSB."""
        return bench.amplitudes(connection, builder, self.stimulus)[1]


#: CapMem cells of quadrants that neurons need, all of one code.
BLOCK_CELLS = {
    "neuron_v_bias_casc_n": 250, "neuron_i_bias_readout_amp": 110,
    "neuron_i_bias_leak_source_follower": 100, "neuron_i_bias_spike_comparator": 200,
    "neuron_i_bias_synin_drop": 300,
}
#: Registers that make neurons integrate, as in the nominal configuration.
_REGISTERS = ("CommonNeuronBackendConfig", "NeuronBackendConfig", "NeuronConfig",
              "ColumnCurrentQuad", "ColumnCorrelationQuad")


@dataclass
class NeuronCalibration:
    """How a calibration of the neurons went.

    Attributes
    ----------
    success : ndarray of bool, shape (512,)
        Neurons that reached every target.
    stimulus
        Events that amplitudes were measured with.
    amplitude
        Amplitude that all neurons were tuned to, CADC LSB.
    """

    success: Flags
    stimulus: Stimulus
    amplitude: float


def _integrate(state: ChipState, revision: str) -> None:
    """Registers of neurons in matrix mode, of the nominal configuration."""
    nominal = ChipState.nominal(revision)
    for name in _REGISTERS:
        state.set(name, **{key: nominal.get(name, key)
                           for key in registers.container(name).fields})
    state.set_block_cells(BLOCK_CELLS)


def _prepare(chip: StatefulConnection, target: HagenNeuronCalibTarget) -> None:
    """Configure neurons and stimuli; the ADCs are calibrated already."""
    _integrate(chip.state, chip.revision)
    bench.configure(chip)
    builder = chip.builder()
    gm = int(target.i_synin_gm)
    helpers.capmem_set_neuron_cells(
        builder, {**START_CODES, "i_bias_synin_exc_gm": gm, "i_bias_synin_inh_gm": gm,
                  "v_threshold": CAPMEM_MAX, "i_bias_reset": 1015}, chip.random)
    chip.state.set("NeuronConfig", enable_synaptic_input_excitatory=False,
                   enable_synaptic_input_inhibitory=False)
    helpers.wait_for_capmem(builder)
    chip.run(builder)


def calibrate(connection: Any, target: HagenNeuronCalibTarget | None = None, *,
              disable_leakage: bool = True) -> NeuronCalibration:
    """Calibrate the neurons; what was found is on the chip afterwards.

    The column ADCs must be calibrated for the potentials of membranes, and the synapses of all
    quadrants be equally strong.

    Parameters
    ----------
    connection
        `StatefulConnection`, or what one can be made of.
    target
        The default one if None.
    disable_leakage
        Switch the leak off at the end, so that sums stay.

    Returns
    -------
    NeuronCalibration

    Raises
    ------
    CalibNotSuccessful
        A step failed for nearly all neurons.
    """
    chip = StatefulConnection.of(connection)
    target = target or HagenNeuronCalibTarget()
    with chip.step("neurons", 56 + 6 * (target.target_noise is not None)):
        found = _search(chip, target)
        if disable_leakage:
            builder = chip.builder()
            helpers.capmem_set_neuron_cells(builder, {"i_bias_leak": 0})
            helpers.wait_for_capmem(builder)
            chip.run(builder)
    return found


def _search(chip: StatefulConnection, target: HagenNeuronCalibTarget) -> NeuronCalibration:
    """All steps, one after the other."""
    success = np.ones(NEURONS, np.bool_)

    def step(calib: NeuronStep, algorithm: Algorithm | None, goal: Any, weight: float) -> Floats:
        nonlocal success
        result = calib.run(chip, algorithm, goal, weight)
        success &= result.success
        return result.results

    _prepare(chip, target)
    sides: tuple[Side, Side] = ("exc", "inh")
    for side in sides:
        if target.tau_syn == 0:
            chip.state.set_neuron_cells({f"i_bias_synin_{side}_tau": CAPMEM_MAX})
        else:
            step(SynTimeConstantCalib(side), None, target.tau_syn, 14)
    step(LeakPotentialCalib(), NoisyBinarySearch(), target.leak, 2)
    step(MembraneTimeConstCalibCADC(target.tau_mem), NoisyBinarySearch(), target.tau_mem, 2)
    rest = bench.rest(chip, chip.builder())

    gm = int(target.i_synin_gm)
    start = NoisyBinarySearch(initial_parameters=gm)
    gain = SynBiasCalib("exc", gm, rest)
    exc = step(gain, start, None, 8)
    stimulus = gain.stimulus
    step(SynBiasCalib("inh", gm, rest, stimulus), start, exc, 8)

    bench.connect_synaptic_inputs(chip, True, False)
    step(SynReferenceCalib("exc"), None, rest, 2)
    bench.connect_synaptic_inputs(chip, True, True)
    # all codes: it takes up what the excitatory one could not reach
    step(SynReferenceCalib("inh"), NoisyBinarySearch(), rest, 2)
    step(LeakPotentialCalib(), None, target.leak, 2)
    step(ResetPotentialCalib(), NoisyBinarySearch(), target.leak, 2)
    if target.target_noise is not None:
        builder = chip.builder()
        bench.stimulate(builder, "exc", stimulus.weight)
        chip.run(builder)
        step(LeakBiasCalib(stimulus), NoisyBinarySearch(), target.target_noise, 6)
    return NeuronCalibration(success, stimulus, float(np.median(exc)))


def calibrate_baseline(connection: Any, target_read: float = 128.0, samples: int = 20) -> Flags:
    """Shift the digital offsets of the ADC channels until reset membranes read one number.

    Parameters
    ----------
    connection
        `StatefulConnection` with calibrated neurons.
    target_read
        What channels shall read, CADC LSB.
    samples
        Conversions that are averaged.

    Returns
    -------
    ndarray of bool, shape (1024,)
        Channels whose offset is within its range, by ``CADCChannelConfigOnDLS``.
    """
    chip = StatefulConnection.of(connection)
    with chip.step("baseline") as record:
        # acausal channels see nothing in matrix mode, else
        chip.state.set("ColumnCorrelationQuad", enable_cadc_neuron_readout_causal=True,
                       enable_cadc_neuron_readout_acausal=True)

        def measure() -> Floats:
            builder = chip.builder()
            builder.write_changes()
            tickets = []
            for _ in range(samples):
                builder.append_words(words.joined([
                    words.neuron_reset(), words.wait(bench.RESET_US)]))
                tickets.append(helpers.cadc_read(builder))
            chip.run(builder)
            reads: Floats = np.mean([t.values()[0] for t in tickets], axis=0).ravel()
            return reads

        before = measure()
        offsets = chip.state.get("CADCChannelConfig", "offset")
        wanted = offsets + np.rint(target_read - before).astype(np.int64)
        clipped = np.clip(wanted, -128, 127)
        chip.state.set("CADCChannelConfig", offset=clipped)
        after = measure()
        success: Flags = wanted == clipped
        record.data.update(quantity="baseline", unit="LSB", before=before, after=after,
                           target=target_read, success=success, codes=clipped)
        chip.state.set("ColumnCorrelationQuad", enable_cadc_neuron_readout_acausal=False)
        chip.run(chip.builder())
    return success


def _codes(connection: Any, cell: str) -> Codes:
    """Codes of a cell of all neurons on the chip."""
    found: Codes = connection.state.cells(neuron_cells(cell))
    return found
