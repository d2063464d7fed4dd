"""Start an emulator daemon of one's own, connect to it, ask it what it is, and stop it."""

import subprocess
import sys
import tempfile

import fisch

with tempfile.TemporaryDirectory() as folder:
    endpoint = f"ipc://{folder}/chip"
    command = [sys.executable, "-m", "emulator", "serve", "--bind", endpoint]
    command += ["--revision", "v2", "--seed", "7", "--link", "1gbe"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        print(daemon.stdout.readline().strip())  # one line as soon as it can be used
        with fisch.connect(endpoint) as connection:
            print("chip:", connection.get_unique_identifier()[0])
            builder = fisch.PlaybackProgramBuilder()
            ticket = builder.read(fisch.JTAGIdCodeOnDLS())
            builder.write(fisch.BarrierOnFPGA(), fisch.Barrier(fisch.Barrier.Value.jtag))
            connection.run(builder.done())
            print("JTAG id:", ticket.get()[0])
        daemon.terminate()
