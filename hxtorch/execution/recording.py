"""Recording of one membrane with the fast ADC (MADC) while a product runs.

The samples of every batch entry go to a text file, tab-separated: execution instance, batch
entry, time in FPGA cycles since the zero of event times, 10-bit value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fisch import registers
from fisch.ut import ToFPGA
from hxtorch.errors import RangeError
from hxtorch.execution import stream
from hxtorch.execution.partition import COLUMNS, HEMISPHERES

if TYPE_CHECKING:
    from fisch.responses import Responses
    from hxtorch.execution.configuration import Placement

Words = npt.NDArray[np.uint64]

HEADER = "ExecutionIndex\tbatch\ttime\tvalue"

_NEURONS = HEMISPHERES * COLUMNS
#: FPGA cycles that the ADC gets to wake up, and the read-out to settle: 1 ms.
_WAKE_UP = 125_000
#: A loopback message; its answer tells when it was executed.
_TICK_WORD = int(ToFPGA.LOOPBACK) << 56 | 1
#: Ticks of a recorded entry.
TICKS = 2


def _writes(container: str, enums: Sequence[int], words: npt.ArrayLike) -> list[int]:
    """Instruction words that write containers, given as words of shape (n, words per one)."""
    addresses = registers.addresses(container, np.asarray(enums)).ravel()
    found: list[int] = []
    for address, data in zip(addresses, np.asarray(words).ravel(), strict=True):
        found += [stream.WRITE_WORD | int(address), stream.DATA_WORD | int(data)]
    return found


def _control(**switches: bool) -> list[int]:
    fields = {"enable_pre_amplifier": True, **switches}
    return _writes("MADCControl", [0], registers.encode("MADCControl", fields))


class MembraneRecording:
    """One recording of the membrane of one neuron.

    Parameters
    ----------
    neuron : int
        Enum of the atomic neuron: 0..255 above the top array, 256..511 below the bottom one.
    path : path
        The file; made with a header if it is missing, else appended to.

    Raises
    ------
    OverflowError
        There is no such neuron.
    OSError
        The file cannot be written.
    """

    def __init__(self, neuron: int, path: str | Path) -> None:
        if not 0 <= neuron < _NEURONS:
            raise RangeError("madc_recording_neuron_id", neuron, f"0..{_NEURONS - 1}")
        self.neuron = neuron
        self.path = Path(path)
        self.hemisphere, self.column = divmod(neuron, COLUMNS)
        # before anything is sent: a wrong path is noticed now
        with self.path.open("a") as file:
            if file.tell() == 0:
                file.write(HEADER + "\n")
        #: Words before the resets of a recorded entry: the ADC starts, and its first samples,
        #: which are wrong, are over when the events come.
        self.start = _control(start_recording=True, enable_continuous_sampling=True)
        self.stop = _control(stop_recording=True)

    def covers(self, placements: Sequence[Placement]) -> bool:
        """Whether an execution instance uses the neuron."""
        return self.column < len(placements[self.hemisphere].columns)

    def entry_head(self, head: Words) -> Words:
        """Head of a recorded entry: the ADC starts before the last resets, a tick marks time."""
        resets = len(stream.reset_words())
        # resets, barrier, timer reset, wait
        cut = len(head) - resets - 3
        marked = [*self.start, *head[cut:-1], _TICK_WORD, head[-1]]
        return np.concatenate((head[:cut], np.array(marked, np.uint64)))

    def entry_tail(self, tail: Words) -> Words:
        """Tail of a recorded entry: behind the reads a tick marks the end, and the ADC stops."""
        end = np.array([_TICK_WORD, *self.stop], np.uint64)
        return np.concatenate((tail[:-1], end, tail[-1:]))

    def prepare(self, written: Callable[[str], npt.NDArray[np.uint32]]) -> tuple[Words, Words]:
        """Instruction words that connect the neuron to the ADC, and that undo it.

        Parameters
        ----------
        written : callable
            Tells what words all containers of a type hold, shape (n, words per container).
        """
        neurons = written("NeuronConfig")
        changed = dict(registers.decode_block("NeuronConfig", neurons))
        changed["enable_readout"] = np.arange(_NEURONS) == self.neuron
        wanted = registers.encode_block("NeuronConfig", changed).reshape(neurons.shape)
        different = np.flatnonzero((wanted != neurons).any(axis=1))
        parity = ("neuron_even", "neuron_odd")[self.column % 2]
        connected = [[False] * HEMISPHERES, [False] * HEMISPHERES]
        connected[0][self.hemisphere] = True
        selection = registers.encode("ReadoutSourceSelection", {parity: connected})
        adc = registers.encode("MADCConfig")
        on = [
            *_writes("NeuronConfig", different.tolist(), wanted[different]),
            *_writes("ReadoutSourceSelection", [0], selection),
            *_writes("MADCConfig", [0], adc),
            stream.OMNIBUS_BARRIER_WORD,
            *_control(wake_up=True),
            stream.SETUP_WORD,
            stream.WAIT_WORD | _WAKE_UP,
        ]
        off = [
            *_writes("MADCControl", [0], registers.encode("MADCControl")),
            *_writes("NeuronConfig", different.tolist(), neurons[different]),
            *_writes("ReadoutSourceSelection", [0], written("ReadoutSourceSelection")[0]),
            *_writes("MADCConfig", [0], written("MADCConfig")[0]),
            stream.OMNIBUS_BARRIER_WORD,
        ]
        return np.array(on, np.uint64), np.array(off, np.uint64)

    def take(self, instance: int, first: int, responses: Responses) -> None:
        """Append the samples of the entries from `first` on, two ticks each, to the file."""
        samples = np.sort(responses.madc_samples, order="chip_time", kind="stable")
        times = samples["chip_time"].astype(np.int64)
        begin, end = responses.tick_time.astype(np.int64).reshape(-1, 2).T
        # the timer is reset one cycle before the first tick
        zeros = begin - 1 + stream.SETTLE
        with self.path.open("a") as file:
            for entry, zero in enumerate(zeros):
                part = slice(*np.searchsorted(times, (zero, end[entry])))
                table = zip(times[part] - zero, samples["value"][part], strict=True)
                file.writelines(
                    f"{instance}\t{first + entry}\t{time}\t{value}\n" for time, value in table
                )
