"""One batch entry on the wire.

An entry resets all neurons, sends the input vector as events and reads the membranes of all
columns of both hemispheres once; with a baseline the same read stands before it:

1. baseline: resets, barrier, timer reset, wait 3,750 cycles, read, barrier (388 words);
2. resets, barrier, timer reset, wait 125 cycles (259);
3. one packet per slot, slot k (from 1) at 125 + k w, preceded by its own wait if w >= 2;
4. wait until 250 cycles after the last event, read, barrier (130).

Activation x is the payload 32 - x of an event's label, x = 0 sends nothing. Channels are sent last
to first, the vector as a whole is repeated, and both hemispheres end together.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fisch import registers
from fisch.ut import ToFPGA
from hxtorch.errors import RangeError
from hxtorch.execution._stream import EntryEncoder
from hxtorch.execution.partition import DRIVERS, HEMISPHERES

if TYPE_CHECKING:
    from hxtorch.execution.recording import MembraneRecording
    from hxtorch.graph.rows import RowLayout

Words = npt.NDArray[np.uint64]

#: FPGA cycles (8 ns) from the reset to the baseline read.
BASELINE_SETTLE = 3750
#: FPGA cycles from the reset to the zero of event times.
SETTLE = 125
#: FPGA cycles from the last event to the read.
READ_DELAY = 250
#: Response words of one read of both hemispheres.
READ_WORDS = 128

#: Payload bits of an event label that hold 32 - x.
ACTIVATION_INVERSION = 32
#: What the labels of channels of an upper row have more.
UPPER_ROW = 32

_SHIFT = 56
SETUP_WORD = int(ToFPGA.SETUP) << _SHIFT
WAIT_WORD = int(ToFPGA.WAIT_UNTIL) << _SHIFT
PACK_1_WORD = int(ToFPGA.SPIKE_PACK_1) << _SHIFT
PACK_2_WORD = int(ToFPGA.SPIKE_PACK_2) << _SHIFT
WRITE_WORD = int(ToFPGA.OMNIBUS_ADDRESS) << _SHIFT | 0xF << 32
READ_WORD = WRITE_WORD | 1 << 36
DATA_WORD = int(ToFPGA.OMNIBUS_DATA) << _SHIFT
OMNIBUS_BARRIER_WORD = int(ToFPGA.BARRIER) << _SHIFT | 1


def _constant(words: npt.ArrayLike) -> Words:
    array = np.array(words, dtype=np.uint64)
    array.setflags(write=False)
    return array


@lru_cache(maxsize=1)
def reset_words() -> Words:
    """Writes that reset the membranes of all 512 neurons, shape (256,)."""
    addresses = registers.addresses("NeuronResetQuad", np.arange(128)).ravel()
    (data,) = registers.encode("NeuronResetQuad")
    words = np.empty(2 * len(addresses), dtype=np.uint64)
    words[0::2] = addresses.astype(np.uint64) | np.uint64(WRITE_WORD)
    words[1::2] = DATA_WORD | data
    return _constant(words)


@lru_cache(maxsize=1)
def read_words() -> Words:
    """Causal CADC read of all columns of both hemispheres, shape (128,).

    The first read of each hemisphere (quad 0, top then bottom) triggers the conversion, the
    others, quads 1 to 63 of the top and then of the bottom, fetch what it left.
    """
    side, buffered = 65536, 32768
    rest = buffered + np.arange(1, 64)
    enums = np.concatenate(([0, side], rest, side + rest))
    addresses = registers.addresses("CADCSampleQuad", enums, write=False).ravel()
    return _constant(addresses.astype(np.uint64) | np.uint64(READ_WORD))


@lru_cache(maxsize=2)
def entry_head(baseline: bool) -> Words:
    """What stands before the events of an entry: 388 + 259 words with baseline, else 259."""
    start = [*reset_words(), OMNIBUS_BARRIER_WORD, SETUP_WORD]
    words = [*start, WAIT_WORD | SETTLE]
    if baseline:
        read = [WAIT_WORD | BASELINE_SETTLE, *read_words(), OMNIBUS_BARRIER_WORD]
        words = [*start, *read, *words]
    return _constant(words)


@lru_cache(maxsize=1)
def entry_tail() -> Words:
    """What stands behind the wait after the last event: 129 words."""
    return _constant([*read_words(), OMNIBUS_BARRIER_WORD])


@lru_cache(maxsize=1)
def label_base() -> npt.NDArray[np.uint16]:
    """Event label of every driver for activation 0, shape (2, 128).

    Bits 15:14 choose the PADI bus, 13 the hemisphere, 10:6 the driver on its bus; bit 5 (label
    of the synapse row) is 0 for the payloads 31 to 1 that are sent.
    """
    driver = np.arange(DRIVERS)
    bus = registers.convert("SynapseDriverOnSynapseDriverBlock", "PADIBusOnPADIBusBlock", driver)
    on_bus = registers.convert(
        "SynapseDriverOnSynapseDriverBlock", "SynapseDriverOnPADIBus", driver
    )
    label = (bus << 14) | (on_bus << 6) | ACTIVATION_INVERSION
    table = np.stack([label | (side << 13) for side in range(HEMISPHERES)]).astype(np.uint16)
    table.setflags(write=False)
    return table


@lru_cache(maxsize=256)
def channel_labels(layout: RowLayout, hemisphere: int) -> npt.NDArray[np.uint16]:
    """Event label of every channel for activation 0; less the activation it is the label.

    For channels of an upper row, bit 5 is set in all labels that are sent.
    """
    labels = label_base()[hemisphere, layout.driver] + UPPER_ROW * layout.upper
    return labels.astype(np.uint16)


@lru_cache(maxsize=128)
def _quads(columns: int) -> npt.NDArray[np.int64]:
    """Quad columns that hold the columns below a number, ascending."""
    if columns == 0:
        return np.empty(0, dtype=np.int64)
    return np.unique(
        registers.convert("SynapseOnSynapseRow", "SynapseQuadColumnOnDLS", np.arange(columns))
    )


def _relabel_words(layouts: Sequence[RowLayout], columns: Sequence[int]) -> Words:
    """Address words of the label writes of all driven rows: by hemisphere, row and quad."""
    parts = []
    for side in range(HEMISPHERES):
        enums = (16384 * side + 64 * layouts[side].physical)[:, None] + _quads(columns[side])
        parts.append(registers.addresses("SynapseLabelQuad", enums.ravel()).ravel())
    return np.concatenate(parts).astype(np.uint64) | np.uint64(WRITE_WORD)


def make_encoder(
    layouts: Sequence[RowLayout],
    columns: Sequence[int],
    *,
    num_sends: int,
    wait_between_events: int,
    baseline: bool,
    relabel: bool,
    recording: MembraneRecording | None = None,
) -> EntryEncoder:
    """Prepare the encoding of one execution instance's batch entries.

    Parameters
    ----------
    layouts : sequence of two RowLayout
        Channels of the top and the bottom array; may be empty.
    columns : sequence of two int
        Columns in use, 0 to 256.
    num_sends : int
        Repetitions of the vector.
    wait_between_events : int
        Spacing of events in FPGA cycles.
    baseline : bool
        Read a baseline in each entry.
    relabel : bool
        Rewrite the labels of all synapses in use before each entry.
    recording : MembraneRecording, optional
        What is added to each entry to record a membrane.

    Raises
    ------
    OverflowError
        The last event of a full vector would be later than a 32-bit timer can count.
    """
    most_slots = max(len(layout.driver) for layout in layouts) * num_sends
    latest = 2**32 - 1 - SETTLE - READ_DELAY
    if most_slots > latest:
        raise RangeError(
            "num_sends", num_sends, f"0..{latest // (most_slots // num_sends)} with this many rows"
        )
    if most_slots * max(wait_between_events, 1) > latest:
        raise RangeError(
            "wait_between_events",
            wait_between_events,
            f"0..{latest // most_slots} cycles with {most_slots} events",
        )
    head, tail = entry_head(baseline), entry_tail()
    if recording is not None:
        head, tail = recording.entry_head(head), recording.entry_tail(tail)
    none = np.empty(0, dtype=np.uint64)
    return EntryEncoder(
        head,
        tail,
        [channel_labels(layout, side) for side, layout in enumerate(layouts)],
        [layout.rows_of_channel for layout in layouts],
        (WAIT_WORD, PACK_1_WORD, PACK_2_WORD, DATA_WORD),
        SETTLE,
        READ_DELAY,
        num_sends,
        wait_between_events,
        _relabel_words(layouts, columns) if relabel else none,
        [len(_quads(count)) for count in columns],
    )
