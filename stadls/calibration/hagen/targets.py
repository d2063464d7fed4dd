"""Targets, options and results of calibrations for matrix multiplication."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fisch import registers
from stadls.calibration.common import lines
from stadls.calibration.common.cadc import CADCCalibOptions, CADCCalibResult, CADCCalibTarget
from stadls.calibration.constants import NEURONS, QUADRANTS
from stadls.calibration.hagen.synapse_driver import (
    SynapseDriverCalibOptions,
    SynapseDriverCalibResult,
)
from stadls.calibration.results import CalibResult, array
from stadls.calibration.state import ChipState, block_cells, neuron_cells
from stadls.calibration.targets import CalibOptions, CalibTarget, ParameterRange, parameter

__all__ = ["HagenCalibOptions", "HagenCalibResult", "HagenCalibTarget", "HagenNeuronCalibResult",
           "HagenNeuronCalibTarget", "HagenSyninCalibOptions", "HagenSyninCalibResult",
           "HagenSyninCalibTarget"]

NEURON_ROWS = tuple(registers.raw_coordinates()["CapMemRowOnCapMemBlock"]["constants"])
"""Names of the neurons' CapMem rows."""
NEURON_BLOCK_CELLS = (
    "neuron_v_bias_casc_n", "neuron_i_bias_readout_amp", "neuron_i_bias_leak_source_follower",
    "neuron_i_bias_spike_comparator", "neuron_i_bias_synin_drop", "syn_i_bias_dac")
"""Names of cells of CapMem blocks that neurons need."""


def _size(name: str) -> tuple[int, int]:
    container = registers.container(name)
    assert container.coordinate_size is not None
    return container.coordinate_size, container.word_count


@dataclass
class HagenNeuronCalibTarget(CalibTarget):
    """What neurons shall do.

    Attributes
    ----------
    leak
        Potential at rest and after a reset, ADC LSB.
    tau_mem
        Membrane time constant while gains are measured, us.
    tau_syn
        Synaptic time constant, us; 0 for the shortest one.
    i_synin_gm
        Gain bias of the median neuron.
    target_noise
        Standard deviation of amplitudes to tune the leak for, ADC LSB; None: no such step.
    synapse_dac_bias
        Synapse DAC bias of the weakest quadrant.
    """

    leak: int = parameter(120, (100, 140), (0, 255), "LSB")
    tau_mem: float = parameter(60.0, (20, 100), (1, 1000), "us")
    tau_syn: float = parameter(0.32, (0.3, 20), (0, 100), "us", alternatives=(0, 0.0))
    i_synin_gm: int = parameter(450, (30, 600), (0, 1022))
    target_noise: float | None = parameter(None, (1.0, 2.5), (0, 255), "LSB")
    synapse_dac_bias: int = parameter(1022, (30, 1022), (0, 1022))


@dataclass
class HagenNeuronCalibResult(CalibResult):
    """Settings of the neurons.

    Attributes
    ----------
    cells : shape (24, 512)
        CapMem codes by row and neuron.
    block_cells : shape (6, 4)
        Codes of `NEURON_BLOCK_CELLS` by quadrant.
    neuron_config, backend_config : shape (512, words)
        Register words of ``NeuronConfig`` and ``NeuronBackendConfig``.
    common_backend_config : shape (2, words)
        Those of ``CommonNeuronBackendConfig``.
    success : shape (512,)
        Whether all steps worked, by neuron.
    """

    cells: npt.NDArray[np.uint16] = field(metadata=array((len(NEURON_ROWS), NEURONS)))
    block_cells: npt.NDArray[np.uint16] = field(
        metadata=array((len(NEURON_BLOCK_CELLS), QUADRANTS)))
    neuron_config: npt.NDArray[np.uint32] = field(
        metadata=array(_size("NeuronConfig"), "uint32", 0, 0xFFFFFFFF))
    backend_config: npt.NDArray[np.uint32] = field(
        metadata=array(_size("NeuronBackendConfig"), "uint32", 0, 0xFFFFFFFF))
    common_backend_config: npt.NDArray[np.uint32] = field(
        metadata=array(_size("CommonNeuronBackendConfig"), "uint32", 0, 0xFFFFFFFF))
    success: npt.NDArray[np.bool_] = field(metadata=array((NEURONS,), "bool"))

    @classmethod
    def of(cls, target: CalibTarget, options: CalibOptions, connection: Any,
           success: npt.NDArray[np.bool_]) -> HagenNeuronCalibResult:
        """Result of what is configured on a chip."""
        state: ChipState = connection.state
        cells = np.stack([state.cells(neuron_cells(n)) for n in NEURON_ROWS])
        blocks = np.stack([state.cells(block_cells(n)) for n in NEURON_BLOCK_CELLS])
        words: Any = [state.encoded(name) for name in _CONTAINERS]
        return cls(target, options, connection.origin, cells.astype(np.uint16),
                   blocks.astype(np.uint16), words[0], words[1], words[2], success)

    def configure(self, state: ChipState) -> None:
        """Set all cells and containers of neurons, and connect them to inputs and ADCs."""
        for name, codes in zip(NEURON_ROWS, self.cells, strict=True):
            state.set_neuron_cells({name: codes.astype(np.int64)})
        for name, codes in zip(NEURON_BLOCK_CELLS, self.block_cells, strict=True):
            state.set_block_cells({name: codes.astype(np.int64)})
        for name, words in zip(_CONTAINERS, (self.neuron_config, self.backend_config,
                                             self.common_backend_config), strict=True):
            state.set(name, **registers.decode_block(name, words, np.arange(len(words))))
        state.set("SynapseBiasSelection")
        state.set("CommonCorrelationConfig")
        state.set("ColumnCurrentQuad", enable_synaptic_current_excitatory=True,
                  enable_synaptic_current_inhibitory=True, enable_debug_excitatory=False,
                  enable_debug_inhibitory=False)
        state.set("ColumnCorrelationQuad", enable_internal_causal=False,
                  enable_internal_acausal=False, enable_debug_causal=False,
                  enable_debug_acausal=False, enable_cadc_neuron_readout_causal=True,
                  enable_cadc_neuron_readout_acausal=False)


_CONTAINERS = ("NeuronConfig", "NeuronBackendConfig", "CommonNeuronBackendConfig")


@dataclass
class HagenCalibTarget(CalibTarget):
    """What a chip shall do to multiply matrices on its membranes."""

    cadc_target: CADCCalibTarget = field(
        default_factory=lambda: CADCCalibTarget(dynamic_range=ParameterRange(150, 500)))
    neuron_target: HagenNeuronCalibTarget = field(default_factory=HagenNeuronCalibTarget)

    def default_options(self) -> HagenCalibOptions:
        """Options of `stadls.calibration.hagen.calibrate`."""
        return HagenCalibOptions()

    def calibrate(self, connection: Any, options: Any = None) -> HagenCalibResult:
        """Calibrate towards this target; see `stadls.calibration.hagen.calibrate`."""
        from stadls.calibration.hagen import calibrate

        return calibrate(connection, self, options)


@dataclass
class HagenCalibOptions(CalibOptions):
    """How a chip is calibrated to multiply matrices.

    Attributes
    ----------
    neuron_disable_leakage
        Switch the leak off at the end.
    cadc_options, synapse_driver_options
        Options of the parts.
    """

    neuron_disable_leakage: bool = True
    cadc_options: CADCCalibOptions = field(default_factory=CADCCalibOptions)
    synapse_driver_options: SynapseDriverCalibOptions = field(
        default_factory=SynapseDriverCalibOptions)


@dataclass
class HagenCalibResult(CalibResult):
    """Settings of a chip that multiplies matrices."""

    cadc_result: CADCCalibResult
    neuron_result: HagenNeuronCalibResult
    synapse_driver_result: SynapseDriverCalibResult

    def configure(self, state: ChipState) -> None:
        """Set everything that the parts found."""
        self.cadc_result.configure(state)
        self.neuron_result.configure(state)
        self.synapse_driver_result.configure(state)


@dataclass
class HagenSyninCalibTarget(CalibTarget):
    """What a chip shall do to multiply matrices on its synaptic lines.

    Attributes
    ----------
    cadc_target
        Range of the ADCs.
    synapse_dac_bias
        Synapse DAC bias of the weakest quadrant.
    """

    cadc_target: CADCCalibTarget = field(
        default_factory=lambda: CADCCalibTarget(dynamic_range=ParameterRange(150, 340)))
    synapse_dac_bias: int = parameter(800, (30, 1022), (0, 1022))

    def default_options(self) -> HagenSyninCalibOptions:
        """Options of `stadls.calibration.hagen.calibrate_for_synin_integration`."""
        return HagenSyninCalibOptions()

    def calibrate(self, connection: Any, options: Any = None) -> HagenSyninCalibResult:
        """Calibrate towards this target."""
        from stadls.calibration.hagen import calibrate_for_synin_integration

        return calibrate_for_synin_integration(connection, self, options)


@dataclass
class HagenSyninCalibOptions(CalibOptions):
    """How a chip is calibrated to multiply matrices on its synaptic lines."""

    cadc_options: CADCCalibOptions = field(default_factory=CADCCalibOptions)
    synapse_driver_options: SynapseDriverCalibOptions = field(
        default_factory=SynapseDriverCalibOptions)


@dataclass
class HagenSyninCalibResult(CalibResult):
    """Settings of a chip that multiplies matrices on its synaptic lines.

    Attributes
    ----------
    cadc_result, synapse_driver_result
        Results of the parts.
    syn_i_bias_dac, success : shape (4,)
        Synapse DAC bias, and whether its calibration worked, by quadrant.
    """

    cadc_result: CADCCalibResult
    synapse_driver_result: SynapseDriverCalibResult
    syn_i_bias_dac: npt.NDArray[np.uint16] = field(metadata=array((QUADRANTS,)))
    success: npt.NDArray[np.bool_] = field(metadata=array((QUADRANTS,), "bool"))

    def configure(self, state: ChipState) -> None:
        """Set everything that the parts found, and let lines integrate."""
        lines.configure_lines(state)
        self.cadc_result.configure(state)
        state.set_block_cells({"syn_i_bias_dac": self.syn_i_bias_dac.astype(np.int64)})
        self.synapse_driver_result.configure(state)
