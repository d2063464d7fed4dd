"""Write weights and labels of a whole synapse array and read them back."""

import numpy as np
from dlens_vx_v3 import hal, halco, hxcomm, lola, sta

random = np.random.default_rng(0)
shape = (halco.SynapseRowOnSynram.size, halco.SynapseOnSynapseRow.size)
weights = random.integers(0, hal.SynapseQuad.Weight.max, shape, endpoint=True)
labels = random.integers(0, hal.SynapseQuad.Label.max, shape, endpoint=True)
matrix = lola.SynapseMatrix()
matrix.weights.from_numpy(weights)
matrix.labels.from_numpy(labels)

with hxcomm.ManagedConnection() as connection:
    builder, _ = sta.generate(sta.SystemInit(connection.get_hwdb_entry()[0]))
    builder.write(halco.SynramOnDLS.bottom, matrix)
    builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
    ticket = builder.read(halco.SynramOnDLS.bottom)
    builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
    sta.run(connection, [builder.done()])

back = ticket.get()
assert back == matrix
assert np.array_equal(back.weights.to_numpy(), weights)
print(f"{weights.size} weights and labels came back")

try:
    matrix.weights.from_numpy(weights + 32)
except (OverflowError, RuntimeError) as error:
    print("refused:", error)
