"""The two kinds of ADCs with all that leads to them."""

from __future__ import annotations

import numpy as np

from stadls.aggregate import Aggregate, Analog, Child, Records, Single
from stadls.groups import Group, Groups, Link
from stadls.hal.types import container_class
from stadls.halco.types import coordinate
from stadls.parts import Part, Transfer

from .blocks import BLOCKS, CELL_VALUES, blocks_of_hemisphere, cells_of_blocks, chip_cells
from .synapse import ColumnCorrelationRow

COLUMNS = "CADCChannelColumnOnSynram"
MUX = "SourceMultiplexerOnReadoutSourceSelection"


def _channels(kind: str) -> Groups:
    switches = ("_columns", "values")
    return Groups("Channel", "One channel of the CADC and what it is connected to.", COLUMNS, {
        "offset": (f"_{kind}", "offset"),
        "enable_connect_correlation": (*switches, f"enable_internal_{kind}"),
        "enable_connect_debug": (*switches, f"enable_debug_{kind}"),
        "enable_connect_neuron": (*switches, f"enable_cadc_neuron_readout_{kind}")})


class CADCReadoutChain(Aggregate):
    """The parallel ADC of a hemisphere, its inputs, and the correlation sensors."""

    __slots__ = ()
    _coordinate = "CADCOnDLS"
    AnalogValue, AnalogDisableRefresh = CELL_VALUES
    _config = Single("CADCConfig")
    _timing = Single("CommonCorrelationConfig")
    _causal = Records("CADCChannelConfig", COLUMNS)
    _acausal = Records("CADCChannelConfig", COLUMNS)
    _columns = Child(ColumnCorrelationRow)
    _v_offset = Analog(BLOCKS)
    _i_slope = Analog(BLOCKS)
    _i_bias_comparator = Analog(BLOCKS)
    _i_bias_vreset_buffer = Analog(BLOCKS)
    _v_bias_buffer = Analog(BLOCKS)
    _i_bias_ramp = Analog(BLOCKS)
    _i_bias_store = Analog(BLOCKS)
    _i_bias_corout = Analog(BLOCKS)

    ramp = Group("Ramp", "Ramp that all channels compare with.", {
        "enable": Link("_config", "enable"),
        "reset_wait": Link("_config", "reset_wait"),
        "dead_time": Link("_config", "dead_time"),
        "v_offset_assignment": Link("_timing", "cadc_v_offset_assignment"),
        "v_offset": Link("_v_offset"),
        "i_slope": Link("_i_slope"),
        "i_bias_comparator": Link("_i_bias_comparator"),
        "i_bias_vreset_buffer": Link("_i_bias_vreset_buffer"),
        "v_bias_buffer": Link("_v_bias_buffer")},
        types={n: ("CADCConfig", n) for n in ("ResetWait", "DeadTime")})
    channels_causal = _channels("causal")
    channels_acausal = _channels("acausal")
    correlation = Group("Correlation", "Timing and biases of the correlation sensors.", {
        "sense_delay": Link("_timing", "sense_delay"),
        "reset_duration": Link("_timing", "reset_duration"),
        "reset_fall_time": Link("_timing", "reset_fall_time"),
        "reset_mode": Link("_timing", "reset_mode"),
        "i_bias_ramp": Link("_i_bias_ramp"),
        "i_bias_store": Link("_i_bias_store"),
        "i_bias_corout": Link("_i_bias_corout")},
        types={n: ("CommonCorrelationConfig", n)
               for n in ("SenseDelay", "ResetDuration", "ResetFallTime", "ResetMode")})

    _CELLS = {"_v_offset": "cadc_v_ramp_offset", "_i_slope": "cadc_i_ramp_slope",
              "_i_bias_comparator": "cadc_i_bias_comp",
              "_i_bias_vreset_buffer": "cadc_i_bias_vreset_buf",
              "_v_bias_buffer": "cadc_v_bias_ramp_buf", "_i_bias_ramp": "syn_i_bias_ramp",
              "_i_bias_store": "syn_i_bias_store", "_i_bias_corout": "syn_i_bias_corout"}

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        cls = type(self)
        here = np.array([e])
        columns = coordinate(COLUMNS).size
        causal = 2 * columns * e + np.arange(columns)
        return [cls._config.part(self._data, here),
                cells_of_blocks(self._data, self._CELLS, blocks_of_hemisphere(e)),
                cls._causal.part(self._data, causal),
                cls._acausal.part(self._data, causal + columns),
                *self._columns.parts(e),
                cls._timing.part(self._data, here)]


def _adc(*fields: str, **renamed: str) -> dict[str, Link]:
    """Fields of the ADC's configuration, under their names or ``name=field``."""
    return {name: Link("_madc", field)
            for name, field in {**{f: f for f in fields}, **renamed}.items()}


def _current(**renamed: str) -> dict[str, Link]:
    return {name: Link("_dac", field) for name, field in renamed.items()}


def _codes(**renamed: str) -> dict[str, Link]:
    return {name: Link(member) for name, member in renamed.items()}


def _windows(name: str) -> dict[str, Link]:
    return _adc(sampling_window_start=f"{name}_sampling_window_start",
                sampling_window_end=f"{name}_sampling_window_end")


def _mux_inputs() -> dict[str, tuple[str, str]]:
    kind = container_class("ReadoutSourceSelection").SourceMultiplexer
    return {name: ("_selection", name) for name in kind._fields}


class ReadoutChain(Aggregate):
    """The fast ADC, everything that can be connected to it, and the analog pads."""

    __slots__ = ()
    _coordinate = "ReadoutChainOnDLS"
    AnalogValue, AnalogDisableRefresh = CELL_VALUES
    SourceMultiplexer = container_class("ReadoutSourceSelection").SourceMultiplexer
    _selection = Single("ReadoutSourceSelection")
    _madc = Single("MADCConfig")
    _dac = Single("CurrentDAC")
    _amp_i_bias = Analog(MUX)
    _mux_i_bias = Analog(default=500)
    _pseudo_v_ref = Analog(default=400)
    _pseudo_buffer_bias = Analog()
    _preamp_v_ref = Analog(default=400)
    _preamp_i_bias = Analog(default=500)
    _in_500na = Analog(default=500)
    _smu_amp_v_ref = Analog(default=400)
    _smu_amp_i_bias = Analog()
    _smu_test_voltage = Analog(default=400)
    _smu_buffer_i_bias = Analog()
    _dac_i_bias = Analog()
    _dac_i_bias_casc = Analog()

    input_mux = Groups("SourceMultiplexer", "Inputs of one multiplexer.", MUX, _mux_inputs())
    buffer_to_pad = Groups("BufferToPad", "Buffer from a multiplexer to a pad.", MUX, {
        "enable": ("_selection", "enable_buffer_to_pad"), "amp_i_bias": ("_amp_i_bias",)})
    dynamic_mux = Group("DynamicMux", "Multiplexer that alternates between the inputs.", {
        **_adc(enable_amplifiers="enable_active_mux_amplifiers",
               initially_selected_input="active_mux_initially_selected_input",
               input_select_length="active_mux_input_select_length"),
        **_codes(i_bias="_mux_i_bias")},
        types={"InputSelectLength": ("MADCConfig", "ActiveMuxInputSelectLength")})
    pseudo_diff_converter = Group("PseudoDiffConverter", "Reference of single-ended inputs.", {
        **_adc(enable_reference="enable_pseudo_differential_reference"),
        **_codes(v_ref="_pseudo_v_ref", buffer_bias="_pseudo_buffer_bias")})
    madc_input_crossbar = Group("MADCInputCrossbar", "What the pre-amplifier sees.", _adc(
        connect_source_measure_unit="signal_selection_connect_current_meter",
        connect_dynamic_mux="signal_selection_connect_active_mux",
        connect_pad_mux="signal_selection_connect_debug",
        connect_madc_preamp="signal_selection_connect_preamp"))
    madc_preamp = Group("MADCPreamp", "Pre-amplifier.", {
        **_adc(gain_cap_size="preamp_gain_capacitor_size"), **_windows("preamp"),
        **_codes(v_ref="_preamp_v_ref", i_bias="_preamp_i_bias")},
        types={"GainCapSize": ("MADCConfig", "PreampGainCapacitorSize"),
               "SamplingWindow": ("MADCConfig", "SamplingWindowTiming")})
    madc_debug_crossbar = Group("MADCDebugCrossbar", "What the ADC sees.", _adc(
        "connect_preamp_to_madc", "connect_pads_to_madc", "connect_preamp_to_pads"))
    madc = Group("MADC", "The ADC.", {
        **_adc("sample_duration_adjust", "enable_sar_reset_on_fall", "sar_reset_wait",
               "sar_reset_length", "powerup_wait_value", "conversion_cycles_offset",
               "enable_calibration", "calibration_wait_value", "number_of_samples",
               "sample_on_positive_edge", "enable_dummy_data", "enable_madc_clock_scaling",
               clock_scale_value="madc_clock_scale_value"),
        **_codes(in_500na="_in_500na")},
        types={**{n: ("MADCConfig", n) for n in (
            "SampleDurationAdjust", "SARResetWait", "SARResetLength", "PowerupWaitValue",
            "ConversionCyclesOffset", "CalibrationWaitValue", "NumberOfSamples")},
            "ClockScaleValue": ("MADCConfig", "MADCClockScaleValue")})
    pad_mux = Records("PadMultiplexerConfig", "PadMultiplexerConfigOnDLS")
    source_measure_unit = Group("SourceMeasureUnit", "Voltage source that measures currents.", {
        **_windows("iconv"),
        **_adc(connect_neuron_stimulus="connect_iconv_neuron",
               connect_synapse_debug="connect_iconv_synapse"),
        **_codes(test_voltage="_smu_test_voltage", buffer_i_bias="_smu_buffer_i_bias",
                 amp_v_ref="_smu_amp_v_ref", amp_i_bias="_smu_amp_i_bias")},
        types={"SamplingWindow": ("MADCConfig", "SamplingWindowTiming")})
    current_dac = Group("CurrentDAC", "Source of a stimulus current.", {
        **_current(enable_current="enable_current", current="current", sign="sign",
                   connect_neuron_stimulus="connect_neuron",
                   connect_synapse_debug="connect_synapse"),
        **_codes(i_bias="_dac_i_bias", i_bias_casc="_dac_i_bias_casc")},
        types={n: ("CurrentDAC", n) for n in ("Current", "Sign")})

    _FIRST_CELLS = {"_mux_i_bias": "readout_ac_mux_i_bias",
                    "_pseudo_v_ref": "readout_pseudo_diff_v_ref",
                    "_pseudo_buffer_bias": "readout_pseudo_diff_buffer_bias",
                    "_preamp_v_ref": "readout_sc_amp_v_ref",
                    "_preamp_i_bias": "readout_sc_amp_i_bias",
                    "_in_500na": "readout_madc_in_500na"}
    _LAST_CELLS = {"_smu_amp_v_ref": "readout_iconv_sc_amp_v_ref",
                   "_smu_amp_i_bias": "readout_iconv_sc_amp_i_bias",
                   "_smu_test_voltage": "readout_iconv_test_voltage",
                   "_smu_buffer_i_bias": "readout_iconv_i_bias_buffer",
                   "_dac_i_bias": "readout_idac_i_bias",
                   "_dac_i_bias_casc": "readout_idac_i_bias_casc"}

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        cls = type(self)
        here = np.array([0])
        cells = coordinate("CapMemCellOnDLS")
        pads = np.array([int(cells.readout_out_amp_i_bias_0), int(cells.readout_out_amp_i_bias_1)])
        return [cls._selection.part(self._data, here),
                Part("CapMemCell", pads, {"value": (self._data["_amp_i_bias"], None)}),
                *chip_cells(self._data, self._FIRST_CELLS),
                cls.pad_mux.part(self._data, np.arange(cls.pad_mux.size())),
                *chip_cells(self._data, self._LAST_CELLS),
                cls._dac.part(self._data, here),
                cls._madc.part(self._data, here)]
