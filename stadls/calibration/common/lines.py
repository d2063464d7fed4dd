"""Integration on the synaptic lines: neurons, drivers and synapses set up for it, and read-out.

With the lines' resistors at their weakest and their full capacitance, charge of synapses stays
on the lines for about 100 us, long enough for the column ADCs to convert what events do to
them. Lines fall with charge.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from fisch import registers
from stadls.calibration import helpers
from stadls.calibration.constants import CADC_RELIABLE, DRIVERS, HEMISPHERES, QUADRANTS, ROWS
from stadls.calibration.session import CalibBuilder, StatefulConnection
from stadls.calibration.state import ChipState

__all__ = ["MAX_ACTIVATION", "LineReader", "block_of_driver", "configure_drivers",
           "configure_lines", "set_activation", "set_weights"]

MAX_ACTIVATION = 31
_LABEL_OF_ZERO = 32

DECAY_US = 2_000.0
"""Pause after which a line is at rest again."""
SETTLE_US = 1.0
"""Pause between an event and the conversion."""
BASELINES = 16
"""Conversions of lines at rest."""

Floats = npt.NDArray[np.float64]


def configure_lines(state: ChipState) -> None:
    """Let lines integrate, and lead excitatory ones to the ADCs."""
    helpers.configure_cadc_state(state)
    state.set_neuron_cells({"i_bias_synin_exc_tau": 0, "i_bias_synin_inh_tau": 0})
    state.set_block_cells({"neuron_i_bias_readout_amp": 110, "neuron_i_bias_synin_drop": 300,
                           "neuron_v_bias_casc_n": 250})
    state.set("SynapseBiasSelection")
    state.set("CommonCorrelationConfig")
    state.set("NeuronConfig", enable_synaptic_input_excitatory_high_resistance=True,
              enable_synaptic_input_inhibitory_high_resistance=True,
              enable_synaptic_input_excitatory_small_capacitance=False,
              enable_synaptic_input_inhibitory_small_capacitance=False,
              enable_synaptic_input_excitatory=False, enable_synaptic_input_inhibitory=False,
              enable_readout_amplifier=True, readout_source="exc_synin")
    state.set("ColumnCorrelationQuad", enable_internal_causal=False,
              enable_internal_acausal=False, enable_debug_causal=False,
              enable_debug_acausal=False, enable_cadc_neuron_readout_causal=True,
              enable_cadc_neuron_readout_acausal=True)
    state.set("ColumnCurrentQuad", enable_synaptic_current_excitatory=True,
              enable_synaptic_current_inhibitory=True)


def configure_drivers(state: ChipState, revision: str, modulated: bool = True) -> None:
    """Let all drivers listen to events of the register, and drive the lower one of their rows.

    Parameters
    ----------
    state
        State of the chip.
    revision
        Chip revision: v1 has one switch for two things.
    modulated
        Whether activations set the length of pulses; else all are of full length.
    """
    state.set_block_cells({"stp_i_bias_comparator": 1022})
    state.set_chip_cells({"hagen_ibias_dac_top": 820, "hagen_ibias_dac_bottom": 820})
    state.set("CommonPADIBusConfig", enable_spl1=False, enable_extended_timing=False,
              dacen_pulse_extension=0)
    state.set("CommonSTPConfig", enable_recovery_clock=False)
    state.set("SynapseDriverConfig", enable_receiver=True, row_address_compare_mask=31,
              row_mode_bottom="excitatory", row_mode_top="disabled", utilization=0, recovery=0,
              enable_stp=modulated, enable_hagen_modulation=modulated,
              enable_hagen_dac=modulated and revision != "v1",
              enable_address_out=modulated and revision == "v1")


def set_activation(builder: CalibBuilder, revision: str, activation: int) -> int:
    """Label of events that carry an activation; on v1 synapses get it, too.

    Parameters
    ----------
    builder
        Builder.
    revision
        Chip revision.
    activation
        1 to 31.
    """
    label = _LABEL_OF_ZERO - activation
    if revision == "v1":
        helpers.set_synapses(builder, labels=label)
    return label


@cache
def block_of_driver() -> npt.NDArray[np.intp]:
    """CapMem block that biases a driver, shape (2, 128)."""
    drivers = np.arange(HEMISPHERES * DRIVERS)
    blocks = registers.convert("SynapseDriverOnDLS", "CapMemBlockOnDLS", drivers)
    return blocks.reshape(HEMISPHERES, DRIVERS).astype(np.intp)


@cache
def _sweep(drivers: tuple[int, ...], label: int, kinds: int
           ) -> tuple[npt.NDArray[np.uint64], int]:
    """Words that stimulate one driver after the other and convert; number of reads of each."""
    reads = len(helpers.cadc_addresses(kinds))
    state = ChipState()
    builder = CalibBuilder(state)
    for driver in drivers:
        helpers.wait(builder, DECAY_US)
        helpers.events(builder, driver, label)
        helpers.wait(builder, SETTLE_US)
        helpers.cadc_read(builder, kinds=kinds)
    words = builder.done().words
    words.setflags(write=False)
    return words, reads


class LineReader:
    """Amplitudes of lines after single events.

    Parameters
    ----------
    connection
        `StatefulConnection` with configured lines and drivers.

    Attributes
    ----------
    rest : float64, shape (2, 256)
        Codes of lines at rest.
    usable : bool, shape (2, 256)
        Columns whose line rests where conversions are reliable.
    """

    def __init__(self, connection: StatefulConnection) -> None:
        self._connection = connection
        builder = connection.builder()
        helpers.wait(builder, DECAY_US)
        ticket = helpers.cadc_read(builder, BASELINES, kinds=1)
        connection.run(builder)
        self.rest: Floats = ticket.values().mean(axis=0, dtype=np.float64)[:, 0]
        self.usable = (self.rest > CADC_RELIABLE[0] + 60) & (self.rest < 250)
        # without any usable column, results say so by being far off
        self.usable |= ~self.usable.any()

    def fall(self, builder: CalibBuilder, label: int, drivers: Any = None) -> Floats:
        """How far lines fall after one event of each driver.

        Parameters
        ----------
        builder
            Builder with changes that shall take effect before; it runs.
        label
            Label of the events.
        drivers
            Drivers, one after the other; all 128 if None.

        Returns
        -------
        float64, shape (drivers, 2 hemispheres, 256 columns)
            In ADC LSB, positive.
        """
        chosen = tuple(range(DRIVERS) if drivers is None else map(int, drivers))
        words, reads = _sweep(chosen, label, 1)
        builder.write_changes()
        ticket = builder.append_words(words, (0, reads * len(chosen), 0))
        self._connection.run(builder)
        codes = helpers.decode_cadc(ticket.words(), len(chosen), 1)[:, :, 0]
        return self.rest - codes

    def drivers(self, builder: CalibBuilder, label: int) -> Floats:
        """Amplitude of each driver: mean over the columns, shape (2, 128), in ADC LSB."""
        return self._mean(self.fall(builder, label), self.usable)

    @staticmethod
    def _mean(fall: Floats, usable: npt.NDArray[np.bool_]) -> Floats:
        count = np.maximum(usable.sum(axis=1), 1)
        mean: Floats = ((fall * usable).sum(axis=2) / count).T
        return mean

    def quadrants(self, builder: CalibBuilder, label: int, drivers: Any) -> Floats:
        """Amplitude of each quadrant: mean over some drivers and its columns, shape (4,)."""
        fall = self.fall(builder, label, drivers).mean(axis=0)
        halves = (fall * self.usable).reshape(HEMISPHERES, 2, -1).sum(axis=2)
        count = self.usable.reshape(HEMISPHERES, 2, -1).sum(axis=2)
        mean: Floats = (halves / np.maximum(count, 1)).reshape(QUADRANTS)
        return mean


def set_weights(builder: CalibBuilder, weight: int) -> None:
    """Give synapses in the driven rows a weight and label 0; all others have none."""
    rows = np.arange(ROWS) % 2 == 0
    helpers.set_synapses(builder, weights=np.where(rows, weight, 0)[:, None], labels=0)
