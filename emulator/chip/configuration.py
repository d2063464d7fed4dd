"""Stored register words decoded into what the circuits of the chip need.

Fields and their bits come from `fisch.registers`; this module says what they mean together:
which driver passes events and modulates pulses, which column integrates, which channel of the
ADCs sees a membrane.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from emulator.timing import cycles
from fisch import registers

from ._store import Store

HEMISPHERES, COLUMNS, QUADS, ENTRIES, DRIVERS, BUSES = 2, 256, 64, 4, 128, 8

Words = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.uint8]

# column of each position (bus order: quad by quad, entry by entry)
COLUMN_OF_POSITION: npt.NDArray[np.intp] = np.array(
    registers.convert("SynapseQuadColumnOnDLS", "NeuronColumnOnDLS", np.arange(QUADS)),
    dtype=np.intp).reshape(-1)
POSITION_OF_COLUMN: npt.NDArray[np.intp] = np.argsort(COLUMN_OF_POSITION)

# Places of CapMem cells: rows that every neuron has one of, cells of a block, cells of the chip.
_COORDINATES = registers.raw_coordinates()
NEURON_CELLS: dict[str, int] = dict(_COORDINATES["CapMemRowOnCapMemBlock"]["constants"])
BLOCK_CELLS: dict[str, int] = dict(_COORDINATES["CapMemCellOnCapMemBlock"]["constants"])
CHIP_CELLS: dict[str, int] = dict(_COORDINATES["CapMemCellOnDLS"]["constants"])
CELLS: int = _COORDINATES["CapMemCellOnDLS"]["size"]
CELLS_OF_BLOCK: int = _COORDINATES["CapMemCellOnCapMemBlock"]["size"]
_CELLS_OF_ROW: int = _COORDINATES["CapMemColumnOnCapMemBlock"]["size"]
BLOCK_OF_POSITION: npt.NDArray[np.intp] = COLUMN_OF_POSITION // 128
"""Block of the hemisphere (0 west, 1 east) by position."""
_OF_DRIVERS = ("stp_i_ramp", "stp_i_calib", "stp_i_bias_comparator")
# enum of the cell by name and hemisphere: by position of the column, by block, or one
_NEURON_PLACES = {
    name: np.array([CELLS_OF_BLOCK * (2 * half + BLOCK_OF_POSITION) + _CELLS_OF_ROW * row
                    + COLUMN_OF_POSITION % 128 for half in range(HEMISPHERES)])
    for name, row in NEURON_CELLS.items()}
_BLOCK_PLACES = {
    name: np.array([[CELLS_OF_BLOCK * (2 * half + block) + cell for block in range(2)]
                    for half in range(HEMISPHERES)])
    for name, cell in BLOCK_CELLS.items()}
DRIVER_CELLS: Flags = np.zeros(CELLS, np.uint8)
"""Marks the cells that drivers depend on."""
for _name in _OF_DRIVERS:
    DRIVER_CELLS[_BLOCK_PLACES[_name]] = 1
for _name in ("hagen_ibias_dac_top", "hagen_ibias_dac_bottom"):
    DRIVER_CELLS[CHIP_CELLS[_name]] = 1
_NEURON_FIELDS = (
    "enable_synaptic_input_excitatory", "enable_synaptic_input_inhibitory",
    "enable_synaptic_input_excitatory_small_capacitance",
    "enable_synaptic_input_inhibitory_small_capacitance",
    "enable_synaptic_input_excitatory_high_resistance",
    "enable_synaptic_input_inhibitory_high_resistance",
    "enable_membrane_offset", "invert_membrane_offset", "membrane_capacitor_size",
    "enable_leak_division", "enable_leak_multiplication", "enable_leak_degeneration",
    "enable_reset_division", "enable_reset_multiplication",
    "enable_readout_amplifier", "readout_source")


def field(words: Words, container: str, name: str, element: tuple[int, ...] = ()) -> Words:
    """Raw values of one field.

    Parameters
    ----------
    words
        Words of some containers, shape (n, words per container).
    container, name
        Container and field.
    element
        Index in an array field.

    Returns
    -------
    ndarray of uint32, shape (n,)
    """
    segments = dict(registers.container(container).fields[name].elements)[element]
    value = np.zeros(len(words), np.uint32)
    for segment in segments:
        assert isinstance(segment.lsb, int), "fields of the chip have a fixed place"
        bits = words[:, segment.word] >> np.uint32(segment.lsb)
        if segment.inverted:
            bits = ~bits
        value |= (bits & np.uint32(segment.mask)) << np.uint32(segment.value_lsb)
    return value


@dataclass(frozen=True)
class Drivers:
    """Synapse drivers of one hemisphere.

    Attributes
    ----------
    row_mode : uint8, shape (256,)
        By row: bit 0 excitatory, bit 1 inhibitory.
    receiver : uint8, shape (128,)
        Whether the driver listens to its bus.
    compare_mask : uint32, shape (128,)
        Bits of the row-select address that must match.
    graded : uint8, shape (128,)
        Whether the label sets the pulse length.
    address_out : uint8, shape (128,)
        Whether synapses compare all six label bits.
    offset, hagen_dac_offset : uint32, shape (128,)
        Trims of the pulse length.
    extension : uint32, shape (128,)
        Extension of the pulses of the driver's bus.
    """

    row_mode: Flags
    receiver: Flags
    compare_mask: Words
    graded: Flags
    address_out: Flags
    offset: Words
    hagen_dac_offset: Words
    extension: Words


@dataclass(frozen=True)
class Analog:
    """What is set for the columns of one hemisphere, by position.

    Attributes
    ----------
    hemisphere : int
        0 top, 1 bottom.
    neuron_cells, block_cells : dict of float64, shape (256,)
        Analog values of the CapMem cells, in codes, by name; 0 where the cell is not refreshed.
        Those of a block are repeated for its columns.
    neuron : dict of uint32, shape (256,)
        Fields of the configuration of the neurons that are used here.
    current : uint8, shape (2, 256)
        1 where synapses are connected to the excitatory (inhibitory) line.
    adc : uint8
        1 if the column ADC is enabled.
    channel, debug : uint8, shape (2, 256)
        1 where the causal (acausal) channel is connected to the neuron's read-out, or to the
        debug line.
    debug_level : float64, shape (2,)
        What the pads lead to the debug lines of the channels, as a CapMem code; NaN for nothing.
    digital : int32, shape (2, 256)
        Digital offset of the channels.
    forced : uint8, shape (256,)
        1 where the neuron is held in reset.
    """

    hemisphere: int
    neuron_cells: dict[str, npt.NDArray[np.float64]]
    block_cells: dict[str, npt.NDArray[np.float64]]
    neuron: dict[str, Words]
    current: Flags
    adc: int
    channel: Flags
    debug: Flags
    debug_level: npt.NDArray[np.float64]
    digital: npt.NDArray[np.int32]
    forced: Flags


@dataclass(frozen=True)
class Routing:
    """Event routing.

    Attributes
    ----------
    mask, target, drop_counter : uint32, shape (76,)
        Crossbar nodes.
    event_counter : uint8, shape (12,)
        Whether an output counts its events.
    spl1 : uint8, shape (8,)
        Whether a PADI bus takes events from the crossbar.
    """

    mask: Words
    target: Words
    drop_counter: Words
    event_counter: Flags
    spl1: Flags


@dataclass(frozen=True)
class Madc:
    """Settings of the MADC.

    Attributes
    ----------
    period
        Distance of samples in cycles of the MADC's clock.
    wake_up_clocks
        Cycles of that clock from waking up until sampling can start.
    number_of_samples
        Length of a recording, 0 to 65535.
    first_input
        Input of the first sample, 0 or 1.
    select_length
        Samples before the other input is selected; 0 never.
    dummy
        Whether samples count up instead of showing an input.
    sources
        By input, what it is connected to: hemisphere, position and source (0 membrane, 1
        excitatory line, 2 inhibitory line, 3 adaptation) of each column.
    """

    period: int
    wake_up_clocks: int
    number_of_samples: int
    first_input: int
    select_length: int
    dummy: bool
    sources: tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]


def _table(container: str) -> Words:
    low, high = registers.coordinate_range(registers.container(container).coordinate)
    enums = np.arange(low, high + 1)
    return registers.addresses(container, enums, "Omnibus").astype(np.uint32)


class Configuration:
    """Decoder of the words in a store.

    Parameters
    ----------
    store
        Words of the chip.
    revision
        ``v1``, ``v2`` or ``v3``.
    """

    def __init__(self, store: Store, revision: str) -> None:
        self._store = store
        self._revision = revision
        self._tables = {name: _table(name) for name in (
            "NeuronConfig", "ColumnCurrentQuad", "ColumnCorrelationQuad", "CADCConfig",
            "CADCChannelConfig", "CommonNeuronBackendConfig",
            "CapMemBlockConfig", "PadMultiplexerConfig", "SynapseDriverConfig", "CrossbarNode",
            "CrossbarOutputConfig", "CommonPADIBusConfig", "MADCConfig", "ReadoutSourceSelection")}

    def _words(self, container: str, enums: npt.ArrayLike) -> Words:
        addresses = self._tables[container][np.asarray(enums, dtype=np.intp)]
        found = self._store.gather(np.ascontiguousarray(addresses).ravel())
        return found.reshape(addresses.shape)

    def drivers(self, hemisphere: int) -> Drivers:
        """Decode the synapse drivers of a hemisphere."""
        name = "SynapseDriverConfig"
        words = self._words(name, DRIVERS * hemisphere + np.arange(DRIVERS))
        mode = np.empty(2 * DRIVERS, np.uint8)
        mode[0::2] = field(words, name, "row_mode_bottom")
        mode[1::2] = field(words, name, "row_mode_top")
        address_out = field(words, name, "enable_address_out")
        # one faulty bit switches both on v1
        dac = address_out if self._revision == "v1" else field(words, name, "enable_hagen_dac")
        graded = (dac & field(words, name, "enable_stp")
                  & field(words, name, "enable_hagen_modulation"))
        padi = self._words("CommonPADIBusConfig", [hemisphere])
        extension = np.concatenate([
            field(padi, "CommonPADIBusConfig", "dacen_pulse_extension", (bus,))
            for bus in range(4)])
        return Drivers(
            mode, field(words, name, "enable_receiver").astype(np.uint8),
            field(words, name, "row_address_compare_mask"), graded.astype(np.uint8),
            address_out.astype(np.uint8), field(words, name, "offset"),
            field(words, name, "hagen_dac_offset"), np.tile(extension, DRIVERS // len(extension)))

    def analog(self, hemisphere: int, cells: npt.NDArray[np.float64]) -> Analog:
        """Decode what is set for the columns of a hemisphere.

        Parameters
        ----------
        hemisphere
            0 or 1.
        cells
            Analog values of all CapMem cells in codes, shape (12480,).
        """
        words = self._words("NeuronConfig", COLUMNS * hemisphere + COLUMN_OF_POSITION)
        quads = QUADS * hemisphere + np.arange(QUADS)
        current = self._words("ColumnCurrentQuad", quads)
        correlation = self._words("ColumnCorrelationQuad", quads)
        backend = self._words("CommonNeuronBackendConfig", np.arange(2))
        forced = field(backend, "CommonNeuronBackendConfig", "force_reset")
        offset = registers.container("CADCChannelConfig").fields["offset"]
        digital = np.empty((2, COLUMNS), np.int32)
        for i in range(2):
            channels = self._words("CADCChannelConfig",
                                   2 * COLUMNS * hemisphere + COLUMNS * i + COLUMN_OF_POSITION)
            raw = field(channels, "CADCChannelConfig", "offset")
            digital[i] = raw.astype(np.int32) - offset.bias
        name = "ColumnCorrelationQuad"
        channel = {
            path: np.stack([_by_entry(correlation, name, f"enable_{path}_{word}")
                            for word in ("causal", "acausal")]).astype(np.uint8)
            for path in ("cadc_neuron_readout", "debug")}
        return Analog(
            hemisphere, *self._cells_of(hemisphere, cells),
            {name: field(words, "NeuronConfig", name) for name in _NEURON_FIELDS},
            np.stack([_by_entry(current, "ColumnCurrentQuad", f"enable_synaptic_current_{word}")
                      for word in ("excitatory", "inhibitory")]).astype(np.uint8),
            int(field(self._words("CADCConfig", [hemisphere]), "CADCConfig", "enable")[0]),
            channel["cadc_neuron_readout"], channel["debug"], self._debug_level(cells), digital,
            forced[BLOCK_OF_POSITION].astype(np.uint8))

    def with_cells(self, analog: Analog, cells: npt.NDArray[np.float64]) -> Analog:
        """The same settings of all other registers with other values of the cells."""
        neuron, block = self._cells_of(analog.hemisphere, cells)
        return replace(analog, neuron_cells=neuron, block_cells=block,
                       debug_level=self._debug_level(cells))

    @staticmethod
    def _cells_of(
        hemisphere: int, cells: npt.NDArray[np.float64]
    ) -> tuple[dict[str, npt.NDArray[np.float64]], dict[str, npt.NDArray[np.float64]]]:
        return ({name: cells[place[hemisphere]] for name, place in _NEURON_PLACES.items()},
                {name: cells[place[hemisphere]][BLOCK_OF_POSITION]
                 for name, place in _BLOCK_PLACES.items()})

    def _debug_level(self, cells: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Codes of the CapMem cells on the debug lines of causal and acausal channels.

        A cell in debug read-out reaches a pad through the voltage multiplexer of its block, and
        from there the line.
        """
        name = "PadMultiplexerConfig"
        pads = self._words(name, [0, 1])
        if not pads.any():
            return np.full(2, np.nan)

        def switch(part: str, *element: int) -> npt.NDArray[np.bool_]:
            return field(pads, name, part, element) != 0

        out = (switch("capmem_v_out_mux_to_capmem_intermediate_mux")
               & switch("capmem_intermediate_mux_to_pad"))
        level = np.nan
        for block in range(4):
            if not (out & switch("capmem_v_out_mux", block)).any():
                continue
            words = self._words("CapMemBlockConfig", [block])[0]
            decoded = registers.decode("CapMemBlockConfig", [int(word) for word in words])
            if decoded["debug_readout_enable"]:
                level = cells[CELLS_OF_BLOCK * block + decoded["debug_capmem_coord"]]
        connected = switch("synapse_intermediate_mux_to_pad")
        return np.array([
            level if (connected & switch(f"cadc_debug_{word}_to_synapse_intermediate_mux")).any()
            else np.nan for word in ("causal", "acausal")])

    def hagen_dac_bias(self, cells: npt.NDArray[np.float64], hemisphere: int) -> float:
        """Analog value of the cell that biases the DACs of a hemisphere's drivers."""
        half = ("top", "bottom")[hemisphere]
        return float(cells[CHIP_CELLS[f"hagen_ibias_dac_{half}"]])

    def driver_cells(
        self, cells: npt.NDArray[np.float64], hemisphere: int
    ) -> dict[str, npt.NDArray[np.float64]]:
        """Cells that drivers depend on, by block (west, east)."""
        return {name: cells[_BLOCK_PLACES[name][hemisphere]]
                for name in _OF_DRIVERS}

    def madc(self, pre_amplifier: bool) -> Madc:
        """Decode MADC and read-out multiplexers.

        Parameters
        ----------
        pre_amplifier
            Whether the control register enables the pre-amplifier.
        """
        config = self._words("MADCConfig", [0])

        def value(name: str) -> int:
            return int(field(config, "MADCConfig", name)[0])

        scale = 2 * (value("madc_clock_scale_value") + 1) if value(
            "enable_madc_clock_scaling") else 1
        path = pre_amplifier and all(value(name) for name in (
            "enable_active_mux_amplifiers", "signal_selection_connect_active_mux",
            "signal_selection_connect_preamp", "connect_preamp_to_madc"))
        return Madc(
            scale * (cycles("madc_sample") + value("sample_duration_adjust")),
            scale * value("powerup_wait_value"), value("number_of_samples"),
            value("active_mux_initially_selected_input"), value("active_mux_input_select_length"),
            bool(value("enable_dummy_data")),
            (self._columns_seen(0) if path else [], self._columns_seen(1) if path else []))

    def _columns_seen(self, mux: int) -> list[tuple[int, int, int]]:
        """Hemisphere, position and source of all columns that a multiplexer is connected to."""
        selected = self._words("ReadoutSourceSelection", [0])
        found = []
        for hemisphere in range(HEMISPHERES):
            for parity, name in enumerate(("neuron_even", "neuron_odd")):
                if not field(selected, "ReadoutSourceSelection", name, (mux, hemisphere))[0]:
                    continue
                columns = np.arange(parity, COLUMNS, 2)
                neuron = self._words("NeuronConfig", COLUMNS * hemisphere + columns)
                on = ((field(neuron, "NeuronConfig", "enable_readout") != 0)
                      & (field(neuron, "NeuronConfig", "enable_readout_amplifier") != 0))
                source = field(neuron, "NeuronConfig", "readout_source")
                found += [(hemisphere, int(POSITION_OF_COLUMN[columns[i]]), int(source[i]))
                          for i in np.flatnonzero(on)]
        return found

    def routing(self) -> Routing:
        """Decode crossbar and PADI buses."""
        nodes = self._words("CrossbarNode", np.arange(76))
        output = self._words("CrossbarOutputConfig", [0])
        padi = self._words("CommonPADIBusConfig", [0, 1])
        spl1 = np.array([field(padi, "CommonPADIBusConfig", "enable_spl1", (bus,))
                         for bus in range(4)])
        counters = [field(output, "CrossbarOutputConfig", "enable_event_counter", (i,))[0]
                    for i in range(12)]
        return Routing(
            field(nodes, "CrossbarNode", "mask"), field(nodes, "CrossbarNode", "target"),
            field(nodes, "CrossbarNode", "enable_drop_counter"),
            np.array(counters, np.uint8), spl1.T.ravel().astype(np.uint8))


def _by_entry(words: Words, container: str, name: str) -> Words:
    """One-bit array field of quads, by position."""
    entries = [field(words, container, name, (i,)) for i in range(ENTRIES)]
    return np.stack(entries, axis=1).ravel()
