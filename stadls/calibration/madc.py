"""Recordings of many neurons by the fast ADC (MADC), one neuron after the other.

The MADC sees one neuron at a time. A sweep connects, settles, starts, stimulates and lets
go of all neurons in one program; its instruction words do not depend on what is calibrated,
so that they are encoded once and sent for each trial.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fisch import registers
from stadls.calibration import words
from stadls.calibration.constants import COLUMNS, CYCLES_PER_US, HEMISPHERES, NEURONS
from stadls.calibration.errors import TooFewSamplesError

__all__ = ["MADC_STATIC_CELLS", "Sweep", "split_recordings"]

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]

#: Cycles of the MADC's 500 MHz clock in one of the FPGA.
CLOCKS_PER_CYCLE = 4
#: Clocks of a sample beyond `sample_duration_adjust`.
SAMPLE_CLOCKS = 12
#: Samples of this time after a start are wrong.
INVALID_US = 8.0
#: Time for the read-out chain after another neuron is connected to it.
SETTLE_US = 1000.0
#: Share of samples that must arrive.
LEAST_SHARE = 0.95

#: Codes of CapMem cells that the read-out chain needs.
MADC_STATIC_CELLS = {
    "readout_ac_mux_i_bias": 500, "readout_madc_in_500na": 500, "readout_sc_amp_i_bias": 500,
    "readout_pseudo_diff_v_ref": 400, "readout_sc_amp_v_ref": 400,
}


@dataclass(frozen=True)
class Sweep:
    """One recording of each neuron, with the same events during each.

    Parameters
    ----------
    duration_us
        Length of a recording after the samples that are wrong.
    event_times_us
        When drivers fire, after the wrong samples; shape (m,), ascending.
    sample_duration_adjust
        0 to 7; the sample period is 12 more cycles of 500 MHz.
    """

    duration_us: float
    event_times_us: tuple[float, ...] = ()
    sample_duration_adjust: int = 5

    @property
    def sample_period_us(self) -> float:
        """Distance of samples."""
        clocks = SAMPLE_CLOCKS + self.sample_duration_adjust
        return clocks / (CLOCKS_PER_CYCLE * CYCLES_PER_US)

    @property
    def number_of_samples(self) -> int:
        """Samples of one recording, with the wrong ones."""
        return int(np.ceil((INVALID_US + self.duration_us) / self.sample_period_us))

    def times_us(self) -> Floats:
        """Times of the samples after the wrong ones, shape (k,)."""
        count = np.arange(self.number_of_samples, dtype=np.float64)
        times: Floats = count * self.sample_period_us - INVALID_US
        return times

    def program(self, neuron_config: dict[str, Any]) -> Words:
        """Instruction words of the whole sweep.

        Parameters
        ----------
        neuron_config
            Fields of ``NeuronConfig`` of all neurons as they are on the chip, shape (512, ...).

        Returns
        -------
        ndarray of uint64, shape (w,)
        """
        fields = {name: np.asarray(value) for name, value in neuron_config.items()}
        on, off = (registers.encode_block(
            "NeuronConfig", {**fields, "enable_readout": np.full(NEURONS, state)})
            for state in (True, False))
        places = registers.addresses("NeuronConfig", np.arange(NEURONS), "Omnibus")
        recording = [self._recording(half) for half in range(HEMISPHERES)]
        parts = [self._wake_up()]
        for half in range(HEMISPHERES):
            for parity in range(2):
                parts.append(self._select(half, parity))
                for neuron in range(half * COLUMNS + parity, (half + 1) * COLUMNS, 2):
                    parts += [words.block(places[neuron], on[neuron]), recording[half],
                              words.block(places[neuron], off[neuron])]
        return words.joined(parts)

    @staticmethod
    def order() -> npt.NDArray[np.intp]:
        """Neurons in the order of their recordings, shape (512,)."""
        by_line = np.arange(NEURONS).reshape(HEMISPHERES, COLUMNS // 2, 2)
        return by_line.transpose(0, 2, 1).reshape(-1)

    def _wake_up(self) -> Words:
        return words.joined([
            words.register("EventRecordingConfig", {"enable_event_recording": True}),
            words.register("MADCConfig", {
                "number_of_samples": self.number_of_samples,
                "sample_duration_adjust": self.sample_duration_adjust}),
            words.register("MADCControl", {"enable_pre_amplifier": True, "wake_up": True}),
            words.barrier(), words.wait(SETTLE_US)])

    @staticmethod
    def _select(half: int, parity: int) -> Words:
        line = np.zeros((2, HEMISPHERES), bool)
        line[0, half] = True
        name = "neuron_odd" if parity else "neuron_even"
        return words.register("ReadoutSourceSelection", {name: line.tolist()})

    def _recording(self, half: int) -> Words:
        control = {"enable_pre_amplifier": True}
        # the conversion of the last sample is over, too
        end = (self.number_of_samples + 2) * self.sample_period_us
        # the reset makes an emulator forget the events of other recordings
        return words.joined([
            words.neuron_reset(), words.wait(SETTLE_US),
            words.register("MADCControl", {**control, "start_recording": True}),
            words.register("MADCControl", control),
            words.timer_reset(),
            words.padi_events(self.event_times_us, [half], INVALID_US),
            words.until(end), words.barrier()])

    def traces(self, samples: npt.NDArray[Any]) -> Floats:
        """Sort the samples of a sweep.

        Parameters
        ----------
        samples
            Structured array of ``value`` and ``chip_time`` as programs return them.

        Returns
        -------
        ndarray, shape (512, k)
            By neuron and sample, samples that are wrong or did not come are NaN.

        Raises
        ------
        TooFewSamplesError
            See `split_recordings`.
        """
        period = (SAMPLE_CLOCKS + self.sample_duration_adjust) / CLOCKS_PER_CYCLE
        found = split_recordings(samples, NEURONS, self.number_of_samples, period)
        found[:, :int(np.ceil(INVALID_US / self.sample_period_us))] = np.nan
        result = np.empty_like(found)
        result[self.order()] = found
        return result


def split_recordings(
    samples: npt.NDArray[Any], recordings: int, length: int, period: float
) -> Floats:
    """Tell the recordings of a sweep apart by the pauses between them.

    Parameters
    ----------
    samples
        Structured array of ``value`` and ``chip_time`` in FPGA cycles, in any order.
    recordings
        How many there must be.
    length
        Samples of each.
    period
        Distance of samples in FPGA cycles.

    Returns
    -------
    ndarray, shape (recordings, length)
        NaN where a sample did not come.

    Raises
    ------
    TooFewSamplesError
        Another number of recordings, or fewer than 95 % of the samples.
    """
    times = np.asarray(samples["chip_time"]).astype(np.int64)
    order = np.argsort(times, kind="stable")
    times, values = times[order], np.asarray(samples["value"])[order].astype(np.float64)
    if len(times) < LEAST_SHARE * recordings * length:
        raise TooFewSamplesError(
            f"{len(times)} of {recordings * length} MADC samples arrived; "
            f"needed: {LEAST_SHARE:.0%}")
    first = np.flatnonzero(np.diff(times, prepend=times[0] - 2**40) > length * period / 2)
    if len(first) != recordings:
        raise TooFewSamplesError(
            f"{len(first)} MADC recordings where {recordings} were started")
    which = np.repeat(np.arange(recordings), np.diff(first, append=len(times)))
    place = np.rint((times - times[first][which]) / period).astype(np.intp)
    result = np.full((recordings, length), np.nan)
    inside = place < length
    result[which[inside], place[inside]] = values[inside]
    return result
