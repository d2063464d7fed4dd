"""Read the identification code over JTAG: it tells the chip revision."""

from dlens_vx_v3 import hal, halco, hxcomm, sta

with hxcomm.ManagedConnection() as connection:
    builder, _ = sta.generate(sta.SystemInit(connection.get_hwdb_entry()[0]))
    ticket = builder.read(halco.JTAGIdCodeOnDLS())
    builder.block_until(halco.BarrierOnFPGA(), hal.Barrier.jtag)
    sta.run(connection, [builder.done()])

code = ticket.get()
print(f"revision {int(code.version)}, part {int(code.part_number):#x}")
assert (int(code.part_number), int(code.manufacturer_id)) == (0x4858, 0x057)
