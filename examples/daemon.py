"""Start an emulator daemon of one's own, connect to it, ask it what it is, and stop it."""

import subprocess
import sys
import tempfile

import fisch
from fisch.containers import Barrier
from fisch.coordinates import BarrierOnFPGA, JTAGIdCodeOnDLS

with tempfile.TemporaryDirectory() as folder:
    endpoint = f"ipc://{folder}/chip"
    command = [sys.executable, "-m", "emulator", "serve", "--bind", endpoint]
    command += ["--revision", "v2", "--seed", "7", "--link", "1gbe"]
    daemon = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert daemon.stdout is not None
        print(daemon.stdout.readline().strip())  # one line as soon as it can be used
        with fisch.connect(endpoint) as connection:
            builder = fisch.PlaybackProgramBuilder()
            ticket = builder.read(JTAGIdCodeOnDLS())
            builder.write(BarrierOnFPGA(), Barrier(Barrier.Value.jtag))
            connection.run(builder.done())
            print(connection.get_unique_identifier()[0], "answers", ticket.get()[0])
    finally:
        daemon.terminate()
        daemon.wait(timeout=10)
