"""Calibration of drivers and synapses: on a model written from the equations, and on chips."""

import numpy as np
import pytest

from stadls.calibration.algorithms import BinarySearch
from stadls.calibration.common import lines
from stadls.calibration.hagen import synapse_driver
from stadls.calibration.hagen.synapse_driver import HagenDACOffsetCalib, STPRampCalib
from stadls.calibration.session import CalibBuilder
from stadls.calibration.state import ChipState, block_cells

LONGEST = 31 * 1.03
GAIN = 1.0


class Model:
    """Connection and read-out of drivers with known deviations, without a chip."""

    revision = "v3"

    def __init__(self, seed=0, noise=0.06):
        random = np.random.default_rng(seed)
        self.state = ChipState()
        self.random = random
        self.delta = random.normal(0, 3.5, (2, 128))
        self.slope = random.normal(1, 0.04, (2, 128))
        self.inl = random.normal(0, 0.7, (2, 128, 32))
        self.kappa = random.normal(1, 0.15, 4)
        self.noise = noise

    def builder(self):
        return CalibBuilder(self.state)

    def run(self, builder):
        builder.write_changes()

    def advance(self):
        pass

    def pulse(self, activation, trim, ramp):
        kappa = (self.kappa * 500 / ramp)[lines.block_of_driver()]
        shift = self.delta + 0.25 * (trim - 32) + self.inl[..., activation]
        return np.clip((activation + shift) * self.slope * kappa, 0, LONGEST)

    # what steps use of a LineReader
    def drivers(self, builder, label):
        trim = self.state.get("SynapseDriverConfig", "hagen_dac_offset").reshape(2, 128)
        pulse = self.pulse(32 - label, trim, self.state.cells(block_cells("stp_i_ramp")))
        return GAIN * pulse + self.random.normal(0, self.noise, (2, 128))


def test_ramps_reach_the_range_and_offsets_agree():
    model = Model()
    ramps = STPRampCalib(model, "v3", 0.9)
    ramps.prelude(model)
    found = BinarySearch().run(ramps, model)
    model.state.set_block_cells({"stp_i_ramp": found.parameters})
    assert found.results == pytest.approx(np.full(4, 0.9 * LONGEST), rel=0.01)
    offsets = HagenDACOffsetCalib(model, "v3", 3)
    offsets.prelude(model)
    trims = BinarySearch().run(offsets, model).parameters
    # the model itself says what came of it
    before = model.pulse(3, 32, found.parameters)
    after = model.pulse(3, trims.reshape(2, 128), found.parameters)
    inside = ((trims > 0) & (trims < 63)).reshape(2, 128)
    assert before.std() > 2
    assert after[inside].std() < 0.2
    assert inside.mean() > 0.95
    high = model.pulse(20, trims.reshape(2, 128), found.parameters)
    assert high[inside].std() < 4                         # slope and non-linearity remain
    np.testing.assert_allclose(model.kappa * 500 / found.parameters, 0.99, atol=0.04)


def test_driver_and_block_belong_together():
    block = lines.block_of_driver()
    assert block.shape == (2, 128)
    assert block[0, :4].tolist() == [0, 1, 0, 1]
    assert block[1, :4].tolist() == [2, 3, 2, 3]


def test_v1_uses_the_trim_that_it_has():
    offsets = HagenDACOffsetCalib(Model(), "v1")
    assert (offsets.field, offsets.inverted) == ("offset", True)
    assert (offsets.parameter_range.lower, offsets.parameter_range.upper) == (0, 15)
    state = ChipState()
    lines.configure_drivers(state, "v1")
    assert state.get("SynapseDriverConfig", "enable_address_out").all()
    assert not state.get("SynapseDriverConfig", "enable_hagen_dac").any()
    assert offsets.middle == synapse_driver.STP_OFFSET
