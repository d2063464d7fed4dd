"""Calibrations for matrix multiplication (hagen mode): on membranes, or on synaptic lines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from stadls.calibration.common import cadc
from stadls.calibration.common.synapse import calibrate_dac_bias
from stadls.calibration.hagen import synapse_driver
from stadls.calibration.hagen.targets import (
    HagenCalibOptions,
    HagenCalibResult,
    HagenCalibTarget,
    HagenNeuronCalibResult,
    HagenNeuronCalibTarget,
    HagenSyninCalibOptions,
    HagenSyninCalibResult,
    HagenSyninCalibTarget,
)
from stadls.calibration.session import Progress, StatefulConnection

__all__ = [
    "HagenCalibOptions",
    "HagenCalibResult",
    "HagenCalibTarget",
    "HagenNeuronCalibResult",
    "HagenNeuronCalibTarget",
    "HagenSyninCalibOptions",
    "HagenSyninCalibResult",
    "HagenSyninCalibTarget",
    "calibrate",
    "calibrate_for_synin_integration",
]


def calibrate(connection: Any, target: HagenCalibTarget | None = None,
              options: HagenCalibOptions | None = None, *, progress: Progress | None = None
              ) -> HagenCalibResult:
    """Calibrate a chip to multiply matrices on its membranes.

    Drivers are calibrated on the synaptic lines, with the ADCs set for those; then the ADCs for
    membranes, and the neurons.

    Parameters
    ----------
    connection
        `StatefulConnection`, or what one can be made of.
    target, options
        Default ones if None.
    progress
        See `StatefulConnection`.

    Returns
    -------
    HagenCalibResult
        Its settings are on the chip.

    Raises
    ------
    CalibNotSuccessful
        A step failed for nearly all neurons (a RuntimeError).
    """
    from stadls.calibration.hagen import neuron

    chip = StatefulConnection.of(connection, progress)
    target = target or HagenCalibTarget()
    options = options or HagenCalibOptions()
    with chip.step("hagen", steps=100):
        with chip.step("lines", steps=100, weight=30):
            synin = _calibrate_lines(chip, HagenSyninCalibTarget(), HagenSyninCalibOptions(
                synapse_driver_options=options.synapse_driver_options))
            calibrate_dac_bias(chip, target.neuron_target.synapse_dac_bias)
        with chip.step("ADC range", weight=10):
            converters = cadc.calibrate(chip, target.cadc_target, options.cadc_options)
        with chip.step("neurons", weight=60):
            found = neuron.calibrate(chip, target.neuron_target,
                                     disable_leakage=options.neuron_disable_leakage)
        neurons = HagenNeuronCalibResult.of(target.neuron_target, options, chip, found.success)
        result = HagenCalibResult(target, options, chip.origin, converters, neurons,
                                  synin.synapse_driver_result)
        _leave(chip, result)
        # offsets of the ADC channels, against what reset potentials still deviate by
        moved = neuron.calibrate_baseline(chip)
        converters = replace(
            converters, channel_offset=chip.state.get("CADCChannelConfig", "offset"),
            success=converters.success & moved)
    return replace(result, cadc_result=converters)


def calibrate_for_synin_integration(
        connection: Any, target: HagenSyninCalibTarget | None = None,
        options: HagenSyninCalibOptions | None = None, *, progress: Progress | None = None
        ) -> HagenSyninCalibResult:
    """Calibrate a chip to multiply matrices on its synaptic lines.

    Parameters
    ----------
    connection
        `StatefulConnection`, or what one can be made of.
    target, options
        Default ones if None.
    progress
        See `StatefulConnection`.

    Returns
    -------
    HagenSyninCalibResult
        Its settings are on the chip; see `stadls.calibration.hagen.multiplication`.
    """
    chip = StatefulConnection.of(connection, progress)
    target = target or HagenSyninCalibTarget()
    options = options or HagenSyninCalibOptions()
    with chip.step("hagen synin", steps=100):
        with chip.step("lines", steps=100, weight=100):
            result = _calibrate_lines(chip, target, options)
        _leave(chip, result)
    return result


def _calibrate_lines(chip: StatefulConnection, target: HagenSyninCalibTarget,
                     options: HagenSyninCalibOptions) -> HagenSyninCalibResult:
    with chip.step("ADC range", weight=20):
        converters = cadc.calibrate(chip, target.cadc_target, options.cadc_options)
    with chip.step("synapses", weight=10):
        codes, success = calibrate_dac_bias(chip, target.synapse_dac_bias)
    with chip.step("drivers", weight=60):
        drivers = synapse_driver.calibrate(chip, options.synapse_driver_options)
    return HagenSyninCalibResult(target, options, chip.origin, converters, drivers,
                                 cast(Any, codes), success)


def _leave(chip: StatefulConnection, result: Any) -> None:
    """Write a whole result once more, without synapses and with rows off."""
    from stadls.calibration import helpers

    builder = chip.builder()
    helpers.set_synapses(builder, weights=0, labels=0)
    helpers.set_fields(builder, "SynapseDriverConfig", enable_receiver=False,
                       row_mode_top="disabled", row_mode_bottom="disabled")
    helpers.set_fields(builder, "CommonPADIBusConfig", enable_spl1=True)
    result.apply(builder)
    helpers.wait_for_capmem(builder)
    chip.run(builder)
