"""Targets and options: defaults, ranges, warnings."""

import numpy as np
import pytest

from stadls import calibration
from stadls.calibration.errors import CalibrationRangeError, CalibrationRangeWarning
from stadls.calibration.targets import ParameterRange


def test_defaults_are_those_of_the_field():
    cadc = calibration.CADCCalibTarget()
    assert (cadc.dynamic_range.lower, cadc.dynamic_range.upper) == (70, 550)
    assert (cadc.read_range.lower, cadc.read_range.upper) == (20, 220)
    hagen = calibration.HagenCalibTarget()
    assert (hagen.cadc_target.dynamic_range.lower, hagen.cadc_target.dynamic_range.upper) == (
        150, 500)
    neuron = hagen.neuron_target
    assert (neuron.leak, neuron.tau_mem, neuron.tau_syn, neuron.i_synin_gm) == (120, 60, 0.32, 450)
    assert neuron.target_noise is None
    assert neuron.synapse_dac_bias == 1022
    synin = calibration.HagenSyninCalibTarget()
    assert (synin.cadc_target.dynamic_range.upper, synin.synapse_dac_bias) == (340, 800)
    assert calibration.HagenCalibOptions().neuron_disable_leakage
    assert calibration.HagenCalibOptions().synapse_driver_options.offset_test_activation == 3


@pytest.mark.filterwarnings("error")
def test_defaults_are_within_their_ranges():
    for target in (calibration.CADCCalibTarget(), calibration.HagenCalibTarget(),
                   calibration.HagenSyninCalibTarget()):
        target.check_values()
        target.default_options().check_values()


def test_values_out_of_the_reliable_range_warn_with_name_and_range():
    target = calibration.HagenCalibTarget()
    target.neuron_target.leak = 150
    with pytest.warns(CalibrationRangeWarning, match=r"neuron_target\.leak = 150 LSB.*100 to 140"):
        target.check_values()
    target = calibration.CADCCalibTarget(dynamic_range=ParameterRange(20, 550))
    with pytest.warns(CalibrationRangeWarning, match=r"dynamic_range\.lower = 20"):
        target.check_values()


def test_values_that_no_chip_reaches_raise():
    target = calibration.HagenCalibTarget()
    target.neuron_target.i_synin_gm = 1023
    with pytest.raises(CalibrationRangeError, match=r"i_synin_gm = 1023.*0 to 1022") as caught:
        target.check_values()
    assert isinstance(caught.value, ValueError)
    target.neuron_target.i_synin_gm = "many"
    with pytest.raises(TypeError, match="i_synin_gm"):
        target.check_values()


@pytest.mark.filterwarnings("error")
def test_special_values_and_arrays():
    target = calibration.hagen.HagenNeuronCalibTarget(tau_syn=0)
    target.check_values()
    target.leak = np.full(512, 120)
    target.check_values()
    target.leak[7] = 90
    with pytest.warns(CalibrationRangeWarning, match="leak = 90"):
        target.check_values()


def test_ranges_are_not_empty():
    with pytest.raises(ValueError, match="empty"):
        ParameterRange(5, 4)
    assert 5 in ParameterRange(5, 6)
    assert [5, 7] not in ParameterRange(5, 6)


def test_public_names_exist():
    for name in calibration.__all__:
        assert getattr(calibration, name) is not None
    assert set(calibration.__all__) <= set(dir(calibration))
    with pytest.raises(AttributeError, match="nothing"):
        _ = calibration.nothing
