"""The connection that calibrations work on: programs, helpers, progress, records."""

import numpy as np
import pytest

from fisch import registers
from stadls import ManagedConnection, calibration, hal, halco
from stadls.calibration import helpers
from stadls.calibration.algorithms import BinarySearch
from stadls.calibration.base import Calib
from stadls.calibration.session import StatefulConnection
from stadls.calibration.targets import ParameterRange


@pytest.fixture(scope="module")
def chip():
    with ManagedConnection() as handle:
        yield StatefulConnection(handle)


def test_it_knows_its_chip(chip):
    assert chip.origin.identifier == "hxcube93fpga0chip1_1"
    assert chip.origin.revision == chip.revision == "v3"


def test_cells_and_fields_reach_the_chip(chip):
    builder = chip.builder()
    codes = np.arange(512) + 100
    helpers.capmem_set_neuron_cells(builder, {"v_leak": codes})
    helpers.set_fields(builder, "SynapseDriverConfig", [200], hagen_dac_offset=21)
    helpers.wait(builder, 5)
    rows = halco.CapMemRowOnCapMemBlock
    cell = halco.CapMemCellOnDLS(halco.CapMemCellOnCapMemBlock(
        halco.CapMemColumnOnCapMemBlock(3), rows.v_leak), halco.CapMemBlockOnDLS(1))
    reads = builder.read_block(np.concatenate([
        registers.addresses("CapMemCell", [int(cell.toEnum())]).ravel(),
        registers.addresses("SynapseDriverConfig", [200]).ravel()]))
    chip.run(builder)
    words = reads.words()
    assert words[0] & 0x3FF == 100 + 131
    driver = hal.SynapseDriverConfig.decode(words[1:].tolist(),
                                            halco.SynapseDriverOnDLS(halco.Enum(200)))
    assert driver.hagen_dac_offset == 21


def test_common_values_are_dithered_and_repeatable(chip):
    builder = chip.builder()
    helpers.capmem_set_neuron_cells(builder, {"v_reset": 300}, np.random.default_rng(3))
    from stadls.calibration.state import neuron_cells

    codes = builder.state.cells(neuron_cells("v_reset"))
    assert set(codes - 300) == set(range(-5, 6))
    helpers.capmem_set_neuron_cells(builder, {"v_reset": 300}, np.random.default_rng(3))
    assert (builder.state.cells(neuron_cells("v_reset")) == codes).all()


def test_synapses_by_rows(chip):
    weights = np.random.default_rng(0).integers(0, 64, (2, 256, 256))
    builder = chip.builder()
    helpers.set_synapses(builder, weights, labels=np.arange(256)[:, None] % 64)
    helpers.set_synapses(builder, weights=5, rows=[17])
    weights[:, 17] = 5
    place = halco.SynapseWeightMatrixOnDLS(1)
    from stadls import PlaybackProgramBuilder, run

    chip.run(builder)
    reader = PlaybackProgramBuilder()
    ticket = reader.read(place)
    row = halco.SynapseLabelRowOnDLS(halco.SynapseRowOnSynram(40), halco.SynramOnDLS(0))
    labels = reader.read(row)
    reader.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
    run(chip.connection, reader.done())
    np.testing.assert_array_equal(ticket.get().values.to_numpy(), weights[1])
    assert set(labels.get().values.to_numpy().tolist()) == {40}


def test_conversions_are_sorted_by_column(chip):
    """Digital offsets of unconnected channels show where each code ends up."""
    offsets = np.random.default_rng(1).integers(40, 127, 1024)
    builder = chip.builder()
    helpers.configure_cadc(builder)
    helpers.set_fields(builder, "CADCChannelConfig", offset=40)
    before = helpers.cadc_read(builder)
    helpers.set_fields(builder, "CADCChannelConfig", offset=offsets)
    both = helpers.cadc_read(builder, 3)
    causal = helpers.cadc_read(builder, 2, period_us=10, kinds=1)
    chip.run(builder)
    codes = both.values()
    assert codes.shape == (3, 2, 2, 256)
    moved = codes.mean(axis=0).reshape(-1) - before.values().reshape(-1)
    assert np.abs(moved - (offsets - 40)).max() < 10            # the noise of conversions
    assert np.abs(causal.values()[1, :, 0].astype(int) - codes[0, :, 0]).max() < 12
    assert np.diff(causal.fpga_times().astype(np.int64))[0] >= 1250
    builder = chip.builder()
    helpers.set_fields(builder, "CADCChannelConfig", offset=0)
    chip.run(builder)


def test_padi_words_are_those_of_the_container():
    for driver, label in ((0, 1), (42, 63), (127, 0)):
        event = hal.PADIEvent()
        event.event_address = label
        place = halco.SynapseDriverOnSynapseDriverBlock(driver)
        event.row_select_address = int(place.toSynapseDriverOnPADIBus())
        fire = event.fire_bus
        fire[place.toPADIBusOnPADIBusBlock()] = True
        event.fire_bus = fire
        expected = event.encode(halco.PADIEventOnDLS(0))
        assert helpers.padi_words([driver], [label]).tolist() == list(expected)
    with pytest.raises(ValueError, match="64"):
        helpers.padi_words([0], [64])


class Wires(Calib):
    """A calibration of plain registers: results are what is read back."""

    name = "wires"

    def __init__(self):
        super().__init__(ParameterRange(0, 63), 256)
        self.calls = []

    def prelude(self, connection):
        self.calls.append("prelude")

    def configure_parameters(self, builder, parameters):
        helpers.set_fields(builder, "SynapseDriverConfig", hagen_dac_offset=parameters)
        builder.write_changes()
        return builder

    def measure_results(self, connection, builder):
        where = registers.addresses("SynapseDriverConfig", np.arange(256))
        reads = builder.read_block(where.ravel())
        connection.run(builder)
        words = reads.words().reshape(256, -1)
        return registers.decode_block("SynapseDriverConfig", words)["hagen_dac_offset"] * 1.0

    def postlude(self, connection):
        self.calls.append("postlude")


def test_a_calibration_runs_and_tells_how_far_it_is(chip):
    shown = []
    chip.progress = lambda name, share: shown.append((name, share))
    wanted = np.arange(256) % 64
    calib = Wires()
    with chip.step("all", steps=3):
        found = calib.run(chip, BinarySearch(), wanted * 1.0)
        calib.run(chip, BinarySearch(), 10.0)
        with chip.step("rest"):
            pass
    chip.progress = None
    assert found.calibrated_parameters.tolist() == wanted.tolist()
    assert found.success.tolist() == ((wanted > 0) & (wanted < 63)).tolist()
    assert found.results.tolist() == wanted.tolist()
    assert calib.calls == ["prelude", "postlude"] * 2
    shares = [share for _, share in shown]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert ("all / wires", pytest.approx(1 / 3)) in shown
    names = [record.name for record in chip.records]
    assert names[-4:] == [("all", "wires"), ("all", "wires"), ("all", "rest"), ("all",)]
    record = chip.records[-4]
    assert record.programs == BinarySearch().steps(calib) + 1
    assert record.seconds > 0


def test_without_a_target_nothing_runs(chip):
    with pytest.raises(ValueError, match="target"):
        Wires().run(chip, BinarySearch())


def test_results_are_applied_alike_everywhere(chip):
    """By bulk words, by containers and as a chip, a result is the same."""
    from stadls import DumperDone, PlaybackProgramBuilder, PlaybackProgramBuilderDumper, lola
    from stadls.conversion import convert_to_chip
    from tests.stadls.calibration.test_files import synin_result

    result = synin_result()
    chip_object = result.to_chip()
    assert chip_object != lola.Chip()
    dumper = PlaybackProgramBuilderDumper()
    result.apply(dumper)
    done = dumper.done()
    assert isinstance(done, DumperDone)
    assert convert_to_chip(done) == chip_object
    assert result.to_chip(initial_config=done) == chip_object
    builder = PlaybackProgramBuilder()
    result.apply(builder)
    mine = chip.builder()
    result.apply(mine)
    assert builder.size_to_fpga() > mine.size_to_fpga() > 1000
    mine.done()
    chip.state.forget()
    block = chip_object.synapse_driver_blocks[0]
    assert int(block.synapse_drivers[5].hagen_dac_offset) == int(
        result.synapse_driver_result.hagen_dac_offset[5])


def test_several_chips_are_refused():
    class Two:
        def __len__(self):
            return 2

    with pytest.raises(ValueError, match="one chip"):
        StatefulConnection(Two())


@pytest.mark.parametrize(("options", "name"), [
    ({"num_sends": 0}, "num_sends"), ({"synram": 2}, "synram"), ({"wait_period": -1}, "wait")])
def test_multiplication_refuses_options(options, name):
    from stadls.calibration.hagen.multiplication import Multiplication

    with pytest.raises(ValueError, match=name):
        Multiplication(**options)


def test_multiplication_refuses_shapes_and_values(chip):
    from stadls.calibration.hagen.multiplication import Multiplication

    signed = Multiplication()
    good = np.zeros((1, 256), int)
    for vectors, matrix, text in (
            (np.zeros((1, 255), int), np.zeros((128, 256), int), "vectors of shape"),
            (good, np.zeros((256, 256), int), "matrix of shape"),
            (good + 32, np.zeros((128, 256), int), "vectors holds 32"),
            (good, np.full((128, 256), -64), "matrix holds -64"),
            (good + 0.5, np.zeros((128, 256), int), "not whole")):
        with pytest.raises(ValueError, match=text):
            signed.multiply(chip, vectors, matrix)
    with pytest.raises(ValueError, match="-1"):
        Multiplication(signed_mode=False).multiply(chip, good, np.full((256, 256), -1))
    with pytest.raises(ValueError, match="don't fit"):
        signed.auto_multiply(chip, np.zeros((1, 5), int), np.zeros((3, 4), int))
    with pytest.raises(ValueError, match="n_row_repeats"):
        signed.auto_multiply(chip, np.zeros((1, 5), int), np.zeros((3, 5), int), 0)


def test_calibrate_checks_before_it_measures(chip):
    target = calibration.CADCCalibTarget(read_range=ParameterRange(20, 300))
    with pytest.raises(calibration.CalibrationRangeError, match=r"read_range\.upper"):
        calibration.calibrate(target, connection=chip)
