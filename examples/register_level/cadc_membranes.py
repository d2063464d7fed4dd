"""Connect all membranes to the column converters and read all of them at once."""

from dlens_vx_v3 import hal, halco, hxcomm, lola, sta

SETTLING = 20_000 * int(hal.Timer.Value.fpga_clock_cycles_per_us)
Analog = lola.AtomicNeuron.AnalogValue

chip = lola.Chip()
for place in halco.iter_all(halco.AtomicNeuronOnDLS):
    neuron = chip.neuron_block.atomic_neurons[place]
    neuron.leak.v_leak = 500
    neuron.leak.i_bias = 300
    neuron.threshold.enable = False
    neuron.readout.source = lola.AtomicNeuron.Readout.Source.membrane
    neuron.readout.enable_amplifier = True
for place in halco.iter_all(halco.CADCOnDLS):
    chain = chip.cadc_readout_chains[place]
    chain.ramp.enable = True
    chain.ramp.i_slope.fill(Analog(100))
    chain.ramp.v_offset.fill(Analog(50))
    chain.ramp.v_bias_buffer.fill(Analog(400))
    for biases in (chain.ramp.i_bias_comparator, chain.ramp.i_bias_vreset_buffer):
        biases.fill(Analog(1022))
    for column in halco.iter_all(halco.CADCChannelColumnOnSynram):
        chain.channels_causal[column].enable_connect_neuron = True
        chain.channels_acausal[column].enable_connect_neuron = True

with hxcomm.ManagedConnection() as connection:
    builder, _ = sta.generate(sta.SystemInit(connection.get_hwdb_entry()[0]))
    builder.write(halco.ChipOnDLS(), chip)
    builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
    builder.write(halco.TimerOnDLS(), hal.Timer())
    builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(SETTLING))
    rows = [
        builder.read(halco.CADCSampleRowOnDLS(block=halco.SynapseRowOnSynram(0), synram=synram))
        for synram in halco.iter_all(halco.SynramOnDLS)
    ]
    both = builder.read(halco.CADCSamplesOnDLS())
    builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
    sta.run(connection, [builder.done()])

for name, ticket in zip(("upper", "lower"), rows, strict=True):
    codes = ticket.get().causal.to_numpy()
    print(f"{name} row: {codes.shape[0]} codes, mean {codes.mean():.1f}, std {codes.std():.1f}")
print("both at once:", both.get().causal.to_numpy().shape)
