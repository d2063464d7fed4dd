"""Register level: a synapse matrix there and back, spikes through the loop-back, the JTAG id."""

import numpy as np
from dlens_vx_v3 import hal, halco, hxcomm, lola, sta

matrix = lola.SynapseMatrix()
matrix.weights.from_numpy(np.random.default_rng(0).integers(0, 64, (256, 256)))

with hxcomm.ManagedConnection() as connection:
    builder, _ = sta.generate(sta.SystemInit(connection.get_hwdb_entry()[0]))
    id_code = builder.read(halco.JTAGIdCodeOnDLS())
    builder.write(halco.SynramOnDLS.top, matrix)
    builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
    back = builder.read(halco.SynramOnDLS.top)
    builder.write(halco.TimerOnDLS(), hal.Timer())
    for i in range(100):  # SPL1 address 0, label i, one event every 10 us
        builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(1250 * (i + 1)))
        pack = hal.SpikePack1ToChip([halco.SpikeLabel(i)])
        builder.write(halco.SpikePack1ToChipOnDLS(), pack)
    builder.block_until(halco.TimerOnDLS(), hal.Timer.Value(1250 * 102))
    program = builder.done()
    sta.run(connection, [program])

assert back.get() == matrix
spikes = program.spikes.to_numpy()
print(
    "chip revision",
    int(id_code.get().version),
    "gave back",
    matrix.weights.to_numpy().size,
    "weights",
)
print(len(spikes), "spikes, one every", np.median(np.diff(spikes["chip_time"])) / 125, "us")
