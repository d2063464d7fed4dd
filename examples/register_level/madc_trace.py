"""Record a membrane with the fast converter; the neuron's leak lies above its threshold."""

import numpy as np
from dlens_vx_v3 import hal, halco, hxcomm, lola, sta

MICROSECOND = int(hal.Timer.Value.fpga_clock_cycles_per_us)


def wait(builder, microseconds):
    """Let FPGA time pass."""
    builder.write(halco.TimerOnDLS(), hal.Timer())
    due = hal.Timer.Value(microseconds * MICROSECOND)
    builder.block_until(halco.TimerOnDLS(), due)


chip = lola.Chip()
neuron = chip.neuron_block.atomic_neurons[halco.AtomicNeuronOnDLS(halco.common.Enum(0))]
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
multiplexer = halco.SourceMultiplexerOnReadoutSourceSelection(0)
chip.readout_chain.input_mux[multiplexer].neuron_even[halco.HemisphereOnDLS.top] = True
chip.readout_chain.madc.number_of_samples = 20000

control = hal.MADCControl()
control.enable_pre_amplifier = True
with hxcomm.ManagedConnection() as connection:
    builder, _ = sta.generate(sta.SystemInit(connection.get_hwdb_entry()[0]))
    builder.write(halco.ChipOnDLS(), chip)
    builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
    control.wake_up = True
    builder.write(halco.MADCControlOnDLS(), control)
    wait(builder, 20_000)
    control.wake_up = False
    control.start_recording = True
    control.enable_power_down_after_sampling = True
    builder.write(halco.MADCControlOnDLS(), control)
    wait(builder, 1000)
    builder.write(halco.EventRecordingConfigOnFPGA(), hal.EventRecordingConfig())  # off
    program = builder.done()
    sta.run(connection, [program])

samples = np.sort(program.madc_samples.to_numpy(), order="chip_time", kind="stable")
step = np.diff(samples["chip_time"].astype(np.int64)).mean() * 8
print(f"{len(samples)} samples, one every {step:.1f} ns")
print("values from", samples["value"].min(), "to", samples["value"].max())
