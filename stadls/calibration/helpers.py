"""What calibrations do again and again: set cells and fields, wait, stimulate, convert.

All functions append to a `stadls.calibration.session.CalibBuilder`. Cells and fields go to the
chip with the next wait, conversion or event, or when the builder runs; only words that differ
from those on the chip are sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

import fisch
from fisch import coordinates, registers
from fisch.containers import Barrier, Timer, WaitUntil
from fisch.tickets import BlockTicket
from stadls.calibration.constants import (
    CAPMEM_DITHER,
    CAPMEM_LEVEL_OFF_TIME_US,
    CAPMEM_MAX,
    COLUMNS,
    CYCLES_PER_US,
    DRIVERS,
    HEMISPHERES,
    NEURONS,
    ROWS,
)
from stadls.calibration.session import CalibBuilder
from stadls.calibration.state import ChipState

__all__ = [
    "CADCTicket",
    "cadc_read",
    "capmem_noise",
    "capmem_set_chip_cells",
    "capmem_set_neuron_cells",
    "capmem_set_quadrant_cells",
    "configure_cadc",
    "connect_cadc_to_debug_line",
    "connect_cadc_to_neurons",
    "events",
    "neuron_reset",
    "omnibus_barrier",
    "quadrant_of_channel",
    "set_fields",
    "set_synapses",
    "wait",
    "wait_for_capmem",
]

_QUADS = 64
_LANES = 4


# time ----------------------------------------------------------------------------------------


@cache
def _encoded(kind: str, value: int) -> npt.NDArray[np.uint64]:
    builder = fisch.PlaybackProgramBuilder()
    if kind == "barrier":
        builder.write(coordinates.BarrierOnFPGA(), Barrier(Barrier.omnibus))
    else:
        builder.write(coordinates.TimerOnDLS(), Timer())
        builder.write(coordinates.WaitUntilOnFPGA(), WaitUntil(value))
    words: npt.NDArray[np.uint64] = builder.done().words
    return words


def omnibus_barrier(builder: CalibBuilder) -> None:
    """Wait until all accesses so far are done."""
    builder.append_words(_encoded("barrier", 0))


def wait(builder: CalibBuilder, us: float) -> None:
    """Send what changed, then wait.

    Parameters
    ----------
    builder
        Builder.
    us
        Chip time in us, up to 34 s.
    """
    builder.write_changes()
    builder.append_words(_encoded("wait", round(us * CYCLES_PER_US)))


def wait_for_capmem(builder: CalibBuilder, factor: float = 1.0) -> None:
    """Send changed cells and wait until they have settled."""
    wait(builder, factor * CAPMEM_LEVEL_OFF_TIME_US)


# configuration -------------------------------------------------------------------------------


def capmem_noise(random: np.random.Generator, size: int,
                 amplitude: int = CAPMEM_DITHER) -> npt.NDArray[np.int64]:
    """Random deviations for cells that would else hold one value, ``-amplitude..amplitude``."""
    found: npt.NDArray[np.int64] = random.integers(-amplitude, amplitude + 1, size)
    return found


def capmem_set_neuron_cells(builder: CalibBuilder, values: Mapping[str, npt.ArrayLike],
                            random: np.random.Generator | None = None) -> None:
    """Set neuron parameters.

    Parameters
    ----------
    builder
        Builder.
    values
        By name of the CapMem row: a code, or 512 by neuron.
    random
        Given, single codes other than 0 get deviations (`capmem_noise`).

    Raises
    ------
    FieldRangeError
        A code is not within 0 to 1022 (a ValueError).
    """
    for name, codes in values.items():
        if random is not None and np.ndim(codes) == 0 and codes:
            codes = np.clip(int(np.asarray(codes)) + capmem_noise(random, NEURONS), 0, CAPMEM_MAX)
        builder.state.set_neuron_cells({name: codes})


def capmem_set_quadrant_cells(builder: CalibBuilder,
                              values: Mapping[str, npt.ArrayLike]) -> None:
    """Set parameters of the four CapMem blocks, by name: a code, or 4 by quadrant."""
    builder.state.set_block_cells(values)


def capmem_set_chip_cells(builder: CalibBuilder, values: Mapping[str, int]) -> None:
    """Set parameters that the chip has once, by name."""
    builder.state.set_chip_cells(values)


def set_fields(builder: CalibBuilder, name: str, where: Any = None, **values: Any) -> None:
    """Set fields of containers; see `ChipState.set`."""
    builder.state.set(name, where, **values)


# synapses and events -------------------------------------------------------------------------


@cache
def _quad_layout() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Columns by quad and lane (64, 4); addresses of weights and labels (2, 256, 64)."""
    columns = np.array(registers.convert("SynapseQuadColumnOnDLS", "NeuronColumnOnDLS",
                                         np.arange(_QUADS)), np.intp).reshape(_QUADS, _LANES)
    quads = np.arange(HEMISPHERES * ROWS * _QUADS)
    weights, labels = (registers.addresses(f"Synapse{kind}Quad", quads)[:, 0].reshape(
        HEMISPHERES, ROWS, _QUADS) for kind in ("Weight", "Label"))
    return columns, weights, labels


def set_synapses(builder: CalibBuilder, weights: npt.ArrayLike | None = None,
                 labels: npt.ArrayLike | None = None, rows: Any = None) -> None:
    """Write weights and labels of whole rows, at once.

    Parameters
    ----------
    builder
        Builder.
    weights, labels
        0 to 63; anything that broadcasts to (2 hemispheres, rows, 256 columns).
    rows
        Index or slice of rows; all if None.
    """
    columns, *addresses = _quad_layout()
    where: Any = slice(None) if rows is None else rows
    for name, given, table in zip(("Weight", "Label"), (weights, labels), addresses, strict=True):
        if given is None:
            continue
        chosen = table[:, where].reshape(HEMISPHERES, -1, _QUADS)
        array = np.asarray(given)
        if array.ndim == 2 and array.shape[-1] == 1:
            array = array[None]
        full = np.broadcast_to(array, (*chosen.shape[:2], COLUMNS))
        values = full[:, :, columns].reshape(-1, _LANES)
        words = registers.encode_block(f"Synapse{name}Quad", {"values": values}, len(values))
        builder.write_block(chosen.ravel(), words.ravel())


@cache
def _padi() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Addresses of both halves, and words by driver with event address 0."""
    driver = np.arange(DRIVERS)
    buses = driver % 4
    words = registers.encode_block("PADIEvent", {
        "fire_bus": buses[:, None] == np.arange(4), "event_address": np.zeros(DRIVERS, np.int64),
        "row_select_address": driver // 4})
    step = registers.encode("PADIEvent", {"fire_bus": [False] * 4, "event_address": 1,
                                          "row_select_address": 0})[0]
    result = registers.addresses("PADIEvent", np.arange(2))[:, 0], words[:, 0]
    assert step.bit_count() == 1
    return result[0], np.concatenate((result[1], np.array([step], np.uint32)))


def padi_words(drivers: npt.ArrayLike, labels: npt.ArrayLike) -> npt.NDArray[np.uint32]:
    """Words of the register that sends an event to one driver of a hemisphere.

    Parameters
    ----------
    drivers
        0 to 127.
    labels
        6-bit event addresses: 32 - activation in hagen mode, plus 32 for the other label.
    """
    _, table = _padi()
    labels = np.asarray(labels, np.uint32)
    if labels.size and labels.max() > 63:
        raise ValueError(f"event address {labels.max()} is more than 63")
    found: npt.NDArray[np.uint32] = table[np.asarray(drivers)] + labels * table[-1]
    return found


def events(builder: CalibBuilder, drivers: npt.ArrayLike, labels: npt.ArrayLike = 0,
           hemispheres: tuple[int, ...] = (0, 1)) -> None:
    """Send events to drivers of the given hemispheres, one after the other.

    The buses must not listen to the crossbar (``CommonPADIBusConfig.enable_spl1`` off).

    Parameters
    ----------
    builder
        Builder.
    drivers
        Shape (n,), 0 to 127.
    labels
        Event addresses; see `padi_words`.
    hemispheres
        Where; events with one index leave two cycles apart.
    """
    builder.write_changes()
    drivers, labels = np.broadcast_arrays(np.atleast_1d(np.asarray(drivers)), labels)
    words = padi_words(drivers, labels)
    addresses = _padi()[0][list(hemispheres)]
    builder.write_block(np.tile(addresses, len(words)), np.repeat(words, len(addresses)))


@cache
def _resets() -> npt.NDArray[np.uint32]:
    return registers.addresses("NeuronResetQuad", np.arange(128)).ravel()


def neuron_reset(builder: CalibBuilder) -> None:
    """Reset all membranes."""
    builder.write_changes()
    builder.write_block(_resets(), np.zeros(len(_resets()), np.uint32))


# CADC ----------------------------------------------------------------------------------------


class CADCTicket:
    """Claim to the codes of conversions.

    Made by `cadc_read`; `values` are there once the program has run.
    """

    def __init__(self, ticket: BlockTicket, samples: int, kinds: int) -> None:
        self._ticket = ticket
        self._samples = samples
        self._kinds = kinds

    def values(self) -> npt.NDArray[np.uint8]:
        """Codes, shape (samples, 2 hemispheres, kinds, 256 columns).

        ``kinds`` are 1 (causal) or 2 (causal, acausal) as they were asked for.

        Raises
        ------
        DataNotAvailableError
            The program has not run.
        """
        return decode_cadc(self._ticket.words(), self._samples, self._kinds)

    def fpga_times(self) -> npt.NDArray[np.uint64]:
        """When the first answer of each sample came, in FPGA cycles, shape (samples,)."""
        times: npt.NDArray[np.uint64] = self._ticket.fpga_times().reshape(self._samples, -1)[:, 0]
        return times


@cache
def cadc_addresses(kinds: int = 2) -> npt.NDArray[np.uint32]:
    """Addresses of one conversion of all channels, in the order of their reads.

    The first read of each hemisphere starts the conversion, the others take its results.

    Parameters
    ----------
    kinds
        2 for causal and acausal channels, 1 for the causal ones alone.
    """
    enums = [[65536 * half + 32768 * buffered + 16384 * kind + quad
              for kind in range(kinds) for quad in range(_QUADS)
              for buffered in (int(kind + quad > 0),)] for half in range(HEMISPHERES)]
    order = [enums[0][0], enums[1][0], *enums[0][1:], *enums[1][1:]]
    return registers.addresses("CADCSampleQuad", order, write=False)[:, 0]


@cache
def _decoding(kinds: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Order of the answers by hemisphere, kind and quad; place in a word of each column's byte."""
    n = kinds * _QUADS
    order = np.concatenate(([0], np.arange(2, n + 1), [1], np.arange(n + 1, 2 * n)))
    lanes = np.zeros(_LANES, np.intp)
    for byte in range(4):
        found = registers.decode_block("CADCSampleQuad", [[0xFF << 8 * byte]])["sample"][0]
        lanes[int(np.argmax(found))] = byte
    columns = _quad_layout()[0]
    source = np.empty(COLUMNS, np.intp)
    source[columns] = 4 * np.arange(_QUADS)[:, None] + lanes
    return order, source


def decode_cadc(words: npt.NDArray[np.uint32], samples: int, kinds: int) -> npt.NDArray[np.uint8]:
    """Codes of conversions, shape (samples, 2 hemispheres, kinds, 256 columns).

    Parameters
    ----------
    words
        Answers to reads of `cadc_addresses`, one conversion after the other.
    samples
        Number of conversions.
    kinds
        As for `cadc_addresses`.
    """
    order, source = _decoding(kinds)
    block = np.ascontiguousarray(words.reshape(samples, -1)[:, order], dtype="<u4")
    octets = block.view(np.uint8).reshape(samples, HEMISPHERES, kinds, 4 * _QUADS)
    codes: npt.NDArray[np.uint8] = octets[..., source]
    return codes


def cadc_read(builder: CalibBuilder, samples: int = 1, period_us: float = 0.0, kinds: int = 2
              ) -> CADCTicket:
    """Convert all channels of both hemispheres.

    Parameters
    ----------
    builder
        Builder.
    samples
        Number of conversions.
    period_us
        Pause after each conversion but the last, at least; each takes 2.1 us (one kind of
        channels) or 4.1 us in any case.
    kinds
        2 for causal and acausal channels, 1 for the causal ones alone.

    Returns
    -------
    CADCTicket
    """
    builder.write_changes()
    addresses = cadc_addresses(kinds)
    if not period_us:
        return CADCTicket(builder.read_block(np.tile(addresses, samples)), samples, kinds)
    once = fisch.PlaybackProgramBuilder()
    once.append_words(_encoded("wait", round(period_us * CYCLES_PER_US)))
    once.read_block(addresses)
    words = np.tile(once.done().words, samples)
    ticket = builder.append_words(words, (0, samples * len(addresses), 0))
    return CADCTicket(ticket, samples, kinds)


@cache
def quadrant_of_channel() -> npt.NDArray[np.intp]:
    """Quadrant of each neuron and of both its channels, shape (2 hemispheres, 256 columns)."""
    return 2 * np.arange(HEMISPHERES)[:, None] + np.arange(COLUMNS)[None] // 128


def configure_cadc(builder: CalibBuilder) -> None:
    """Biases of the ADCs and their switch."""
    configure_cadc_state(builder.state)


def configure_cadc_state(state: ChipState) -> None:
    """Biases of the ADCs and their switch, in a chip's state."""
    state.set_block_cells({
        "cadc_v_bias_ramp_buf": 400, "cadc_i_bias_comp": 1022, "cadc_i_bias_vreset_buf": 1022})
    state.set("CADCConfig", enable=True)


def connect_cadc_to_debug_line(builder: CalibBuilder) -> None:
    """Lead the debug read-out of a CapMem cell to all channels.

    The cell ``stp_v_charge_0`` of block 0 goes to pad 0, which goes to the debug lines of causal
    and acausal channels. Neurons are disconnected.
    """
    cell = registers.raw_coordinates()["CapMemCellOnCapMemBlock"]["constants"]["stp_v_charge_0"]
    set_fields(builder, "CapMemBlockConfig", [0], debug_readout_enable=True,
               debug_capmem_coord=cell)
    set_fields(builder, "PadMultiplexerConfig", [0], capmem_v_out_mux=[True, False, False, False],
               capmem_v_out_mux_to_capmem_intermediate_mux=True,
               capmem_intermediate_mux_to_pad=True, synapse_intermediate_mux_to_pad=True,
               cadc_debug_causal_to_synapse_intermediate_mux=True,
               cadc_debug_acausal_to_synapse_intermediate_mux=True)
    set_fields(builder, "ColumnCorrelationQuad", enable_debug_causal=True,
               enable_debug_acausal=True, enable_internal_causal=False,
               enable_internal_acausal=False, enable_cadc_neuron_readout_causal=False,
               enable_cadc_neuron_readout_acausal=False)


def disconnect_debug_line(builder: CalibBuilder) -> None:
    """Undo `connect_cadc_to_debug_line`; channels see nothing then."""
    set_fields(builder, "CapMemBlockConfig", [0], debug_readout_enable=False,
               debug_capmem_coord=0)
    set_fields(builder, "PadMultiplexerConfig", [0], capmem_v_out_mux=False,
               capmem_v_out_mux_to_capmem_intermediate_mux=False,
               capmem_intermediate_mux_to_pad=False, synapse_intermediate_mux_to_pad=False,
               cadc_debug_causal_to_synapse_intermediate_mux=False,
               cadc_debug_acausal_to_synapse_intermediate_mux=False)
    set_fields(builder, "ColumnCorrelationQuad", enable_debug_causal=False,
               enable_debug_acausal=False)


def connect_cadc_to_neurons(builder: CalibBuilder, source: str = "membrane") -> None:
    """Lead a potential of each neuron to its causal and acausal channel.

    Parameters
    ----------
    builder
        Builder.
    source
        ``membrane``, ``exc_synin``, ``inh_synin`` or ``adaptation``.
    """
    disconnect_debug_line(builder)
    set_fields(builder, "ColumnCorrelationQuad", enable_cadc_neuron_readout_causal=True,
               enable_cadc_neuron_readout_acausal=True, enable_internal_causal=False,
               enable_internal_acausal=False)
    set_fields(builder, "NeuronConfig", readout_source=source, enable_readout_amplifier=True)
    capmem_set_quadrant_cells(builder, {"neuron_i_bias_readout_amp": 110})
