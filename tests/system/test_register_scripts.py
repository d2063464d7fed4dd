"""Register-level scripts, as users write them, against an emulated chip."""

import numpy as np
import pytest

import fisch
from stadls import (
    ManagedConnection,
    SystemInit,
    calibration,
    generate,
    hal,
    halco,
    lola,
    nominal,
    run,
)
from tests.stadls.aggregates import randomise

pytest.importorskip("emulator.machine")

CYCLES = int(hal.Timer.Value.fpga_clock_cycles_per_us)
REVISIONS = {"v1": 0, "v2": 2, "v3": 3}


@pytest.fixture
def chip(start_daemon, monkeypatch):
    """Start the emulator; a connection from the environment leads to it."""

    def start(revision="v3"):
        daemon = start_daemon("--revision", revision, "--noise-seed", "1", module="emulator")
        monkeypatch.setenv("HXEMU_ENDPOINT", daemon.endpoint)
        return daemon

    return start


def barrier(builder):
    builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)


@pytest.mark.parametrize("revision", REVISIONS)
def test_id_of_the_chip(chip, revision):
    chip(revision)
    with ManagedConnection() as connection:
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        ticket = builder.read(halco.JTAGIdCodeOnDLS())
        builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.jtag)
        run(connection, [builder.done()])
    code = ticket.get()
    assert int(code.version) == REVISIONS[revision]
    assert (int(code.part_number), int(code.manufacturer_id)) == (0x4858, 0x057)


def test_synapse_matrices_read_back(chip):
    chip()
    rng = np.random.default_rng(0)
    matrices = []
    for _ in range(2):
        matrix = lola.SynapseMatrix()
        matrix.weights.from_numpy(rng.integers(0, 64, (256, 256)))
        matrix.labels.from_numpy(rng.integers(0, 64, (256, 256)))
        matrix.time_calibs.from_numpy(rng.integers(0, 4, (256, 256)))
        matrix.amp_calibs.from_numpy(rng.integers(0, 4, (256, 256)))
        matrices.append(matrix)
    weights = lola.SynapseWeightMatrix()
    weights.values.from_numpy(rng.integers(0, 64, (256, 256)))
    with ManagedConnection() as connection:
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        for place, matrix in zip(halco.iter_all(halco.SynramOnDLS), matrices, strict=True):
            builder.write(place, matrix)
        barrier(builder)
        tickets = [builder.read(p) for p in halco.iter_all(halco.SynramOnDLS)]
        # the views of single quantities lie on the same cells
        builder.write(halco.SynapseWeightMatrixOnDLS.bottom, weights)
        barrier(builder)
        mixed = builder.read(halco.SynramOnDLS.bottom)
        labels = builder.read(halco.SynapseLabelMatrixOnDLS.bottom)
        barrier(builder)
        run(connection, builder.done())
    assert [t.get() for t in tickets] == matrices
    assert np.array_equal(mixed.get().weights.to_numpy(), weights.values.to_numpy())
    assert np.array_equal(mixed.get().time_calibs.to_numpy(), matrices[1].time_calibs.to_numpy())
    assert np.array_equal(labels.get().values.to_numpy(), matrices[1].labels.to_numpy())


def test_spikes_come_back_in_time(chip):
    chip()
    crossbar = lola.Crossbar()
    for node in halco.iter_all(halco.CrossbarNodeOnDLS):
        source = int(node.toCrossbarInputOnDLS())
        back = 8 <= source < 12 and int(node.toCrossbarOutputOnDLS()) == source
        crossbar.nodes[node] = hal.CrossbarNode() if back else hal.CrossbarNode.drop_all
    count, gap = 50, 10 * CYCLES
    with ManagedConnection() as connection:
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        builder.write(halco.CrossbarOnDLS(), crossbar)
        barrier(builder)
        builder.write(halco.TimerOnDLS(), hal.Timer())
        for i in range(count):
            builder.block_until(halco.TimerOnDLS(), hal.Timer.Value((i + 1) * gap))
            builder.write(halco.SpikePack1ToChipOnDLS(),
                          hal.SpikePack1ToChip([halco.SpikeLabel(i)]))
        builder.block_until(halco.TimerOnDLS(), hal.Timer.Value((count + 10) * gap))
        program = builder.done()
        run(connection, program)
    spikes = program.spikes.to_numpy()
    assert spikes["label"].tolist() == list(range(count))
    assert (np.diff(spikes["chip_time"].astype(np.int64)) == gap).all()
    assert (spikes["fpga_time"] >= spikes["chip_time"]).all()
    assert int(program.spikes[3].label) == 3
    assert sum(program.spikes_pack_counts) == count


def configure_product(builder, matrices, revision="v3", address_out=None, words=None):
    """Configuration (nominal, unless words are given), rows and columns, weights, routes.

    `matrices` has shape (2, 128, 256); addresses go out to the synapses on v1, unless told.
    """
    builder.write_block(*(nominal.hagen_words(revision) if words is None else words))
    crossbar = lola.Crossbar()
    crossbar.nodes.fill(hal.CrossbarNode.drop_all)
    for side in range(2):
        node = hal.CrossbarNode()
        node.mask, node.target = 1 << 13, side << 13
        for bus in range(4):
            output, source = 4 * side + bus, 8 + bus
            crossbar.nodes[halco.CrossbarNodeOnDLS(
                halco.CrossbarOutputOnDLS(output), halco.CrossbarInputOnDLS(source))] = node
    builder.write(halco.CrossbarOnDLS(), crossbar)
    modes = hal.SynapseDriverConfig.RowMode
    driver = hal.SynapseDriverConfig()
    driver.enable_receiver = True
    driver.row_mode_bottom = modes.inhibitory
    driver.row_mode_top = modes.excitatory
    driver.enable_stp = driver.enable_hagen_modulation = driver.enable_hagen_dac = True
    driver.enable_address_out = revision == "v1" if address_out is None else address_out
    driver.offset, driver.hagen_dac_offset = 7, 32
    for place in halco.iter_all(halco.SynapseDriverOnDLS):
        builder.write(place, driver)
    for place, matrix in zip(halco.iter_all(halco.SynramOnDLS), matrices, strict=True):
        synapses = lola.SynapseMatrix()
        rows = np.zeros((256, 256), np.int64)
        rows[0::2] = np.maximum(-matrix, 0)
        rows[1::2] = np.maximum(matrix, 0)
        synapses.weights.from_numpy(rows)
        builder.write(place, synapses)
    barrier(builder)


def relabel(builder, vectors):
    """v1: every row holds the label that its event will carry."""
    for place, vector in zip(halco.iter_all(halco.SynapseLabelMatrixOnDLS), vectors, strict=True):
        matrix = lola.SynapseLabelMatrix()
        labels = np.where(vector > 0, 32 - vector, 0)
        matrix.values.from_numpy(np.repeat(labels, 2)[:, None] * np.ones((1, 256), np.int64))
        builder.write(place, matrix)
    barrier(builder)


def multiply(builder, vectors, num_sends=1, wait=2):
    """Reset, events of both hemispheres, shape (2, 128), read: a ticket for the samples."""
    for quad in halco.iter_all(halco.NeuronResetQuadOnDLS):
        builder.write(quad, hal.NeuronResetQuad())
    barrier(builder)
    labels = []
    for side, vector in enumerate(vectors):
        drivers = np.flatnonzero(vector)
        labels.append((drivers % 4) << 14 | side << 13 | (drivers // 4) << 6
                      | (32 - vector[drivers]))
    train = np.tile(np.concatenate(labels), num_sends)
    builder.write(halco.TimerOnDLS(), hal.Timer())
    builder.spike_train(125 + wait * np.arange(len(train)), train)
    end = 125 + wait * len(train) + 250
    builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(end))
    ticket = builder.read(halco.CADCSamplesOnDLS())
    barrier(builder)
    return ticket


def products(daemon, revision, matrices, vectors, *, rewrite=False, ideal=True, **options):
    """Samples of the causal channels, shape (batch, 2, 256)."""
    with fisch.connect(daemon.endpoint) as connection:
        before = connection.set_silicon(ideal=ideal)
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        configure_product(builder, matrices, revision, options.pop("address_out", None),
                          options.pop("words", None))
        # analog parameters settle
        builder.write(halco.TimerOnDLS(), hal.Timer())
        builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(20_000 * CYCLES))
        tickets = []
        for vector in vectors:
            if rewrite:
                relabel(builder, vector)
            tickets.append(multiply(builder, vector, **options))
        run(connection, builder.done())
        connection.set_silicon(**before)
    return np.stack([t.get().causal.to_numpy() for t in tickets]).astype(np.int64)


def operands(batch, seed=7):
    rng = np.random.default_rng(seed)
    vectors = rng.integers(0, 32, (batch, 2, 128)) * (rng.random((batch, 2, 128)) < 0.7)
    return rng.integers(-63, 64, (2, 128, 256)), vectors


def formula(matrices, vectors, num_sends=1):
    total = np.einsum("bhr,hrc->bhc", vectors, matrices)
    return np.clip(num_sends * total // 500 + 128, 0, 255)


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize(("num_sends", "wait"), [(1, 2), (3, 5)])
def test_products_on_the_ideal_chip(chip, revision, num_sends, wait):
    matrices, vectors = operands(4)
    samples = products(chip(revision), revision, matrices, vectors, rewrite=revision == "v1",
                       num_sends=num_sends, wait=wait)
    assert np.array_equal(samples, formula(matrices, vectors, num_sends))


def test_v1_without_label_rewrite_gives_nothing_but_noise(chip):
    daemon = chip("v1")
    matrices, vectors = operands(12)
    assert (products(daemon, "v1", matrices, vectors) == 128).all()
    # of a raw chip too few columns answer at all
    words = calibration.calibrate(calibration.hagen.HagenCalibTarget(),
                                  connection=fisch.connect(daemon.endpoint)).words()
    samples = products(daemon, "v1", matrices, vectors, ideal=False, words=words)
    exact = formula(matrices, vectors)
    # what is fixed in a column, and what is left
    noise = samples - samples.mean(axis=0)
    assert 1 < noise.std() < 6
    assert abs(np.corrcoef(noise.ravel(), (exact - exact.mean(axis=0)).ravel())[0, 1]) < 0.05
    samples = products(daemon, "v1", matrices, vectors, ideal=False, rewrite=True, words=words)
    signal = samples - samples.mean(axis=0)
    assert np.corrcoef(signal.ravel(), (exact - exact.mean(axis=0)).ravel())[0, 1] > 0.8


def test_v1_with_labels_of_another_vector_adds_rows_that_agree(chip):
    matrices, vectors = operands(2)
    vectors[1, :, :100] = vectors[0, :, :100]
    agree = np.where(vectors[0] == vectors[1], vectors[1], 0)
    daemon = chip("v1")
    with fisch.connect(daemon.endpoint) as connection:
        connection.set_silicon(ideal=True)
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        configure_product(builder, matrices, "v1")
        relabel(builder, vectors[0])
        ticket = multiply(builder, vectors[1])
        run(connection, builder.done())
    samples = ticket.get().causal.to_numpy()
    assert np.array_equal(samples, formula(matrices, agree[None])[0])


def test_v1_without_address_out_does_not_depend_on_the_activation(chip):
    matrices, vectors = operands(1)
    # one in eight rows, so that nothing is clipped
    vectors = (vectors > 0) * (np.arange(128) % 8 == 0)
    daemon = chip("v1")
    small, large = (products(daemon, "v1", matrices, vectors * a, address_out=False)
                    for a in (1, 31))
    assert np.array_equal(small, large)
    assert np.array_equal(large, formula(matrices, 31 * vectors))


def test_membranes_of_a_configured_chip(chip):
    """Configure everything through the chip's aggregate, then read all membranes."""
    chip()
    configured = lola.Chip()
    code = lola.AtomicNeuron.AnalogValue
    for place in halco.iter_all(halco.AtomicNeuronOnDLS):
        neuron = configured.neuron_block.atomic_neurons[place]
        neuron.leak.v_leak, neuron.leak.i_bias = 500, 300
        neuron.threshold.enable = False
        neuron.readout.source = lola.AtomicNeuron.Readout.Source.membrane
        neuron.readout.enable_amplifier = True
    for place in halco.iter_all(halco.CADCOnDLS):
        chain = configured.cadc_readout_chains[place]
        chain.ramp.enable = True
        chain.ramp.i_slope.fill(code(100))
        chain.ramp.v_offset.fill(code(50))
        for cells in (chain.ramp.i_bias_comparator, chain.ramp.i_bias_vreset_buffer):
            cells.fill(code(1022))
        chain.ramp.v_bias_buffer.fill(code(400))
        for column in halco.iter_all(halco.CADCChannelColumnOnSynram):
            chain.channels_causal[column].enable_connect_neuron = True
            chain.channels_acausal[column].enable_connect_neuron = True
    with ManagedConnection() as connection:
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        builder.write(halco.ChipOnDLS(), configured)
        barrier(builder)
        builder.write(halco.TimerOnDLS(), hal.Timer())
        builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(20000 * CYCLES))
        rows = [builder.read(halco.CADCSampleRowOnDLS(block=halco.SynapseRowOnSynram(0),
                                                      synram=synram))
                for synram in halco.iter_all(halco.SynramOnDLS)]
        both = builder.read(halco.CADCSamplesOnDLS())
        barrier(builder)
        run(connection, [builder.done()])
    for samples, shape in ((rows[0].get().causal, (256,)), (rows[1].get().acausal, (256,)),
                           (both.get().causal, (2, 256)), (both.get().acausal, (2, 256))):
        values = samples.to_numpy()
        assert values.shape == shape
        assert values.dtype == np.uint64
        assert values.max() <= 255


def test_whole_chip_reads_back(chip):
    chip()
    configured = randomise(lola.Chip(), np.random.default_rng(2))
    changed = lola.Chip(configured)
    changed.neuron_block.atomic_neurons[3].leak.v_leak = 1
    changed.synapse_blocks[1].matrix.weights.from_numpy(np.full((256, 256), 7))
    with ManagedConnection() as connection:
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        tickets = []
        for arguments in ((configured,), (changed, configured)):
            builder.write(halco.ChipOnDLS(), *arguments)
            barrier(builder)
            tickets.append(builder.read(halco.ChipOnDLS()))
            barrier(builder)
        run(connection, builder.done())
    assert tickets[0].get() == configured
    assert tickets[1].get() == changed


def test_logical_neuron_and_memory_read_back(chip):
    chip()
    place = halco.AtomicNeuronOnLogicalNeuron
    morphology = lola.Morphology()
    morphology.create_compartment([place(halco.X(0), halco.Y(0)), place(halco.X(0), halco.Y(1))])
    compartments, neuron = morphology.done()
    neuron[(0, 1)].leak.v_leak = 600
    where = halco.LogicalNeuronOnDLS(compartments, halco.AtomicNeuronOnDLS(halco.Enum(7)))
    byte = halco.ExternalPPUMemoryByteOnFPGA
    bytes_at = halco.ExternalPPUMemoryBlockOnFPGA(byte(43), byte(50))
    before = lola.ExternalPPUMemory()
    before.from_numpy(np.arange(131072) % 251)
    block = lola.ExternalPPUMemoryBlock(8)
    block.bytes = b"external"
    with ManagedConnection() as connection:
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        builder.write(where, neuron)
        builder.write(halco.ExternalPPUMemoryOnFPGA(), before)
        builder.write(bytes_at, block)
        barrier(builder)
        tickets = [builder.read(p) for p in (where, halco.ExternalPPUMemoryOnFPGA(), bytes_at)]
        barrier(builder)
        run(connection, builder.done())
    assert tickets[0].get() == neuron
    before.set_subblock(43, block)
    assert tickets[1].get() == before
    assert tickets[2].get().to_string() == "external"


def test_aggregates_over_jtag(chip):
    chip()
    jtag = hal.Backend.OmnibusChipOverJTAG
    rng = np.random.default_rng(4)
    pairs = [(halco.AtomicNeuronOnDLS(halco.Enum(300)), randomise(lola.AtomicNeuron(), rng)),
             (halco.SynapseDriverBlockOnDLS.bottom, randomise(lola.SynapseDriverBlock(), rng))]
    with ManagedConnection() as connection:
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        for place, aggregate in pairs:
            builder.write(place, aggregate, jtag)
        builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.jtag)
        tickets = [(builder.read(p, jtag), builder.read(p)) for p, _ in pairs]
        builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.jtag)
        barrier(builder)
        run(connection, builder.done())
    for (_, aggregate), found in zip(pairs, tickets, strict=True):
        assert [t.get() for t in found] == [aggregate, aggregate]


def test_configuration_reads_back(chip):
    chip()
    with ManagedConnection() as connection:
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        builder.write_block(*nominal.hagen_words())
        barrier(builder)
        tickets = [(container, builder.read(coordinate))
                   for coordinate, container in nominal.hagen()
                   if type(container).__name__ in ("SynapseDriverConfig", "NeuronConfig",
                                                   "NeuronBackendConfig", "ColumnCurrentQuad",
                                                   "ColumnCorrelationQuad", "CADCConfig")]
        # its nominal value
        tickets += [(hal.CapMemCell(895), builder.read(
            halco.CapMemCellOnDLS(halco.CapMemCellOnCapMemBlock.syn_i_bias_dac, block)))
            for block in halco.iter_all(halco.CapMemBlockOnDLS)]
        barrier(builder)
        run(connection, builder.done())
    for container, ticket in tickets:
        assert ticket.get() == container


def test_trace_of_a_neuron_on_the_fast_adc(chip):
    chip()
    which = halco.AtomicNeuronOnDLS(halco.common.Enum(0))
    with ManagedConnection() as connection:
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        configuration = lola.Chip()
        neuron = configuration.neuron_block.atomic_neurons[which]
        neuron.leak.v_leak = 700
        neuron.leak.i_bias = 200
        neuron.reset.v_reset = 300
        neuron.reset.i_bias = 800
        neuron.threshold.enable = True
        neuron.threshold.v_threshold = 500
        neuron.membrane_capacitance.capacitance = 63
        neuron.event_routing.analog_output = lola.AtomicNeuron.EventRouting.AnalogOutputMode.normal
        neuron.readout.enable_amplifier = True
        neuron.readout.enable_buffered_access = True
        chain = configuration.readout_chain
        mux = halco.SourceMultiplexerOnReadoutSourceSelection(0)
        chain.input_mux[mux].neuron_even[halco.HemisphereOnDLS.top] = True
        chain.madc.number_of_samples = 20000
        builder.write(halco.ChipOnDLS(), configuration)
        barrier(builder)

        control = hal.MADCControl()
        control.enable_pre_amplifier = True
        control.wake_up = True
        builder.write(halco.MADCControlOnDLS(), control)
        builder.write(halco.TimerOnDLS(), hal.Timer())
        builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(20000 * CYCLES))

        control.wake_up = False
        control.start_recording = True
        control.enable_power_down_after_sampling = True
        builder.write(halco.MADCControlOnDLS(), control)
        builder.write(halco.TimerOnDLS(), hal.Timer())
        builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(1000 * CYCLES))
        builder.write(halco.EventRecordingConfigOnFPGA(), hal.EventRecordingConfig())
        program = builder.done()
        run(connection, [program])
    samples = np.sort(program.madc_samples.to_numpy(), order="chip_time", kind="stable")
    assert 19_000 <= len(samples) <= 20_000
    assert samples.dtype.itemsize == 19
    assert samples.dtype["value"] == np.uint16
    steps = np.diff(samples["chip_time"].astype(np.int64)) * 8
    assert steps.mean() == pytest.approx(34, abs=0.1)
    assert 0 <= samples["value"].min() <= samples["value"].max() <= 1023
    assert (samples["channel"] == 0).all()
    # from 8 us on nothing is wrong; the membrane of a raw chip rests somewhere in its hard range,
    # 0.17 to 1.09 V, read as (V + 0.09 V) / 1.7 mV
    settled = samples["value"][240:].astype(float)
    assert settled.std() < 2
    assert 153 < settled.mean() < 694
    assert sum(program.madc_samples_pack_counts) == pytest.approx(len(samples) / 3, abs=2)


def test_test_pattern_of_the_fast_adc_at_full_rate(chip):
    chip()
    duration = 40_000 * CYCLES
    with ManagedConnection() as connection:
        builder, _ = generate(SystemInit(connection.get_hwdb_entry()[0]))
        config = hal.MADCConfig()
        config.enable_dummy_data = True
        builder.write(halco.MADCConfigOnDLS(), config)
        control = hal.MADCControl()
        control.wake_up = True
        builder.write(halco.MADCControlOnDLS(), control)
        builder.write(halco.TimerOnDLS(), hal.Timer())
        builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(1000 * CYCLES))
        control.wake_up = False
        control.start_recording = control.enable_continuous_sampling = True
        builder.write(halco.MADCControlOnDLS(), control)
        builder.write(halco.TimerOnDLS(), hal.Timer())
        builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(duration))
        control.start_recording, control.stop_recording = False, True
        builder.write(halco.MADCControlOnDLS(), control)
        program = builder.done()
        run(connection, program)
    samples = program.madc_samples.to_numpy()
    expected = duration * 8e-9 * config.calculate_sample_rate(500e6)
    assert len(samples) == pytest.approx(expected, rel=0.01)
    order = np.sort(samples, order=["chip_time", "fpga_time"])
    steps = np.diff(order["value"].astype(np.int64))
    assert np.mean(steps[steps > 0]) == pytest.approx(1, abs=0.05)
    assert np.mean(steps[steps < 0]) < -1000
