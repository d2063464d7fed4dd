"""Send events to the chip's crossbar and back, and look at their time stamps."""

import numpy as np
from dlens_vx_v3 import hal, halco, hxcomm, lola, sta

MICROSECOND = int(hal.Timer.Value.fpga_clock_cycles_per_us)
SENT = 100
SPACING = 10 * MICROSECOND

# from FPGA input k to FPGA output k, nowhere else
crossbar = lola.Crossbar()
for node in halco.iter_all(halco.CrossbarNodeOnDLS):
    source, sink = int(node.toCrossbarInputOnDLS()), int(node.toCrossbarOutputOnDLS())
    passes = source == sink and 8 <= source < 12
    crossbar.nodes[node] = hal.CrossbarNode() if passes else hal.CrossbarNode.drop_all

with hxcomm.ManagedConnection() as connection:
    builder, _ = sta.generate(sta.SystemInit(connection.get_hwdb_entry()[0]))
    builder.write(halco.CrossbarOnDLS(), crossbar)
    builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.omnibus)
    builder.write(halco.TimerOnDLS(), hal.Timer())
    for label in range(SENT):
        due = hal.Timer.Value((label + 1) * SPACING)
        builder.block_until(halco.TimerOnDLS(), due)
        event = hal.SpikePack1ToChip([halco.SpikeLabel(label)])
        builder.write(halco.SpikePack1ToChipOnDLS(), event)
    builder.block_until(halco.TimerOnDLS(), hal.Timer.Value((SENT + 10) * SPACING))
    program = builder.done()
    sta.run(connection, [program])

spikes = program.spikes.to_numpy()
assert spikes.dtype.names == ("label", "fpga_time", "chip_time")
assert set(spikes["label"]) <= set(range(SENT))
gaps = np.diff(np.sort(spikes["chip_time"]).astype(np.int64)) / MICROSECOND
print(f"{len(spikes)} of {SENT} events came back, one every {np.median(gaps)} us")
