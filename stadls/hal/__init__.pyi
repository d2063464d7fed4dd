# Made by tools/make_stubs.py from the declarations: do not edit.
from enum import IntEnum
from typing import Any, ClassVar

from stadls import halco
from stadls.hal.types import Container as Container, Record, Structure
from stadls.hal.types import container_class as container_class
from stadls.ranged import Ranged
from stadls.typed_array import TypedArray
from stadls.hal.special import Backend as Backend
from stadls.hal.special import ChipTime as ChipTime
from stadls.hal.special import FPGATime as FPGATime
from stadls.hal.special import chip_reset_high_duration as chip_reset_high_duration
from stadls.hal.special import chip_reset_low_duration as chip_reset_low_duration
from stadls.hal.special import jboa_dac_settling_duration as jboa_dac_settling_duration
from stadls.hal.special import jboa_powerup_settling_duration as jboa_powerup_settling_duration
from stadls.hal.special import minimal_madc_clock_cycles_per_sample as minimal_madc_clock_cycles_per_sample
from stadls.hal.special import nominal_pll_f_reference as nominal_pll_f_reference
from stadls.hal.special import pll_and_omnibus_settling_duration as pll_and_omnibus_settling_duration
from stadls.hal.special import reference_generator_reset_duration as reference_generator_reset_duration
from stadls.hal.special import xboard_dac_settling_duration as xboard_dac_settling_duration

containers: list[type[Container]]
def __getattr__(name: str) -> Any: ...
class AD5252ChannelConfig(Container):
    """Container at ``AD5252ChannelConfigOnBoard``, read write.

    Attributes
    ----------
    value : WiperSetting, 0 to 255, default 144
    """
    coordinate_type = halco.AD5252ChannelConfigOnBoard
    class WiperSetting(Ranged):
        ...
    @property
    def value(self) -> AD5252ChannelConfig.WiperSetting:
        """WiperSetting, 0 to 255."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    default_pot_25: ClassVar[Any]
    default_pot_12: ClassVar[Any]
    default_pot_12_digital: ClassVar[Any]
    ...
class AD5252ChannelConfigPersistent(Container):
    """Container at ``AD5252ChannelConfigPersistentOnBoard``, read write.

    Attributes
    ----------
    value : WiperSetting, 0 to 255, default 144
    """
    coordinate_type = halco.AD5252ChannelConfigPersistentOnBoard
    class WiperSetting(Ranged):
        ...
    @property
    def value(self) -> AD5252ChannelConfigPersistent.WiperSetting:
        """WiperSetting, 0 to 255."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class ADPLL(Container):
    """Container at ``ADPLLOnDLS``, read write.

    Attributes
    ----------
    loop_filter_int : LoopFilterInt, 1 to 31, default 2
    loop_filter_prop : LoopFilterProp, 1 to 31, default 8
    loop_div_n : LoopDivN, 1 to 31, default 10
    core_div_m0 : CoreDivM0, 1 to 31, default 1
    core_div_m1 : CoreDivM1, 1 to 31, default 2
    pre_div_p0 : PreDivP0, 2 to 4, default 2
    pre_div_p1 : PreDivP1, 2 to 4, default 2
    pre_div_p2 : PreDivP2, 2 to 4, default 2
    tune : Tune, 0 to 4095, default 512
    dco_power_switch : DcoPowerSwitch, 0 to 63, default 63
    open_lock : bool, default False
    enforce_lock : bool, default True
    pfd_select : bool, default False
    lock_window : bool, default False
    filter_shift : FilterShift, 0 to 3, default 3
    enable_output_clock : bool, default True
    enable : bool, default True
    use_external_config : bool, default True
    """
    coordinate_type = halco.ADPLLOnDLS
    class LoopFilterInt(Ranged):
        ...
    class LoopFilterProp(Ranged):
        ...
    class LoopDivN(Ranged):
        ...
    class CoreDivM0(Ranged):
        ...
    class CoreDivM1(Ranged):
        ...
    class PreDivP0(Ranged):
        ...
    class PreDivP1(Ranged):
        ...
    class PreDivP2(Ranged):
        ...
    class Tune(Ranged):
        ...
    class DcoPowerSwitch(Ranged):
        ...
    class FilterShift(Ranged):
        ...
    class Output(IntEnum):
        core_0 = 0
        core_1 = 1
        dco = 2
    @property
    def loop_filter_int(self) -> ADPLL.LoopFilterInt:
        """LoopFilterInt, 1 to 31."""
        ...
    @loop_filter_int.setter
    def loop_filter_int(self, value: Any) -> None: ...
    @property
    def loop_filter_prop(self) -> ADPLL.LoopFilterProp:
        """LoopFilterProp, 1 to 31."""
        ...
    @loop_filter_prop.setter
    def loop_filter_prop(self, value: Any) -> None: ...
    @property
    def loop_div_n(self) -> ADPLL.LoopDivN:
        """LoopDivN, 1 to 31."""
        ...
    @loop_div_n.setter
    def loop_div_n(self, value: Any) -> None: ...
    @property
    def core_div_m0(self) -> ADPLL.CoreDivM0:
        """CoreDivM0, 1 to 31."""
        ...
    @core_div_m0.setter
    def core_div_m0(self, value: Any) -> None: ...
    @property
    def core_div_m1(self) -> ADPLL.CoreDivM1:
        """CoreDivM1, 1 to 31."""
        ...
    @core_div_m1.setter
    def core_div_m1(self, value: Any) -> None: ...
    @property
    def pre_div_p0(self) -> ADPLL.PreDivP0:
        """PreDivP0, 2 to 4."""
        ...
    @pre_div_p0.setter
    def pre_div_p0(self, value: Any) -> None: ...
    @property
    def pre_div_p1(self) -> ADPLL.PreDivP1:
        """PreDivP1, 2 to 4."""
        ...
    @pre_div_p1.setter
    def pre_div_p1(self, value: Any) -> None: ...
    @property
    def pre_div_p2(self) -> ADPLL.PreDivP2:
        """PreDivP2, 2 to 4."""
        ...
    @pre_div_p2.setter
    def pre_div_p2(self, value: Any) -> None: ...
    @property
    def tune(self) -> ADPLL.Tune:
        """Tune, 0 to 4095."""
        ...
    @tune.setter
    def tune(self, value: Any) -> None: ...
    @property
    def dco_power_switch(self) -> ADPLL.DcoPowerSwitch:
        """DcoPowerSwitch, 0 to 63."""
        ...
    @dco_power_switch.setter
    def dco_power_switch(self, value: Any) -> None: ...
    @property
    def open_lock(self) -> bool:
        """bool, 0 to 1."""
        ...
    @open_lock.setter
    def open_lock(self, value: Any) -> None: ...
    @property
    def enforce_lock(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enforce_lock.setter
    def enforce_lock(self, value: Any) -> None: ...
    @property
    def pfd_select(self) -> bool:
        """bool, 0 to 1."""
        ...
    @pfd_select.setter
    def pfd_select(self, value: Any) -> None: ...
    @property
    def lock_window(self) -> bool:
        """bool, 0 to 1."""
        ...
    @lock_window.setter
    def lock_window(self, value: Any) -> None: ...
    @property
    def filter_shift(self) -> ADPLL.FilterShift:
        """FilterShift, 0 to 3."""
        ...
    @filter_shift.setter
    def filter_shift(self, value: Any) -> None: ...
    @property
    def enable_output_clock(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_output_clock.setter
    def enable_output_clock(self, value: Any) -> None: ...
    @property
    def enable(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable.setter
    def enable(self, value: Any) -> None: ...
    @property
    def use_external_config(self) -> bool:
        """bool, 0 to 1."""
        ...
    @use_external_config.setter
    def use_external_config(self, value: Any) -> None: ...
    def calculate_output_frequency(self, output: Any, f_ref: Any = ...) -> Any:
        """Frequency of an output in Hz.

                The oscillator runs at ``P0 N f_ref``; the core outputs divide it by ``P1 M0`` and
                ``P1 M1``, the third one by ``P2``.
        """
        ...
    ...
class BackgroundSpikeSource(Container):
    """Container at ``BackgroundSpikeSourceOnDLS``, read write.

    Attributes
    ----------
    enable : bool, default False
    enable_random : bool, default False
    period : Period, 0 to 65535, default 0
    rate : Rate, 0 to 255, default 0
    seed : Seed, 0 to 4294967295, default 0
    mask : Mask, 0 to 255, default 0
    neuron_label : NeuronLabel, 0 to 16383, default 0
    """
    coordinate_type = halco.BackgroundSpikeSourceOnDLS
    class Period(Ranged):
        ...
    class Rate(Ranged):
        ...
    class Seed(Ranged):
        ...
    class Mask(Ranged):
        ...
    @property
    def enable(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable.setter
    def enable(self, value: Any) -> None: ...
    @property
    def enable_random(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_random.setter
    def enable_random(self, value: Any) -> None: ...
    @property
    def period(self) -> BackgroundSpikeSource.Period:
        """Period, 0 to 65535."""
        ...
    @period.setter
    def period(self, value: Any) -> None: ...
    @property
    def rate(self) -> BackgroundSpikeSource.Rate:
        """Rate, 0 to 255."""
        ...
    @rate.setter
    def rate(self, value: Any) -> None: ...
    @property
    def seed(self) -> BackgroundSpikeSource.Seed:
        """Seed, 0 to 4294967295."""
        ...
    @seed.setter
    def seed(self, value: Any) -> None: ...
    @property
    def mask(self) -> BackgroundSpikeSource.Mask:
        """Mask, 0 to 255."""
        ...
    @mask.setter
    def mask(self, value: Any) -> None: ...
    @property
    def neuron_label(self) -> halco.NeuronLabel:
        """NeuronLabel, 0 to 16383."""
        ...
    @neuron_label.setter
    def neuron_label(self, value: Any) -> None: ...
    ...
class Barrier(Container):
    """Container at ``BarrierOnFPGA``, write only.

    Attributes
    ----------
    enable_omnibus : bool, default False
    enable_jtag : bool, default False
    enable_systime : bool, default False
    enable_multi_fpga : bool, default False
    enable_systime_correction : bool, default False
    """
    coordinate_type = halco.BarrierOnFPGA
    @property
    def enable_omnibus(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_omnibus.setter
    def enable_omnibus(self, value: Any) -> None: ...
    @property
    def enable_jtag(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_jtag.setter
    def enable_jtag(self, value: Any) -> None: ...
    @property
    def enable_systime(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_systime.setter
    def enable_systime(self, value: Any) -> None: ...
    @property
    def enable_multi_fpga(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_multi_fpga.setter
    def enable_multi_fpga(self, value: Any) -> None: ...
    @property
    def enable_systime_correction(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_systime_correction.setter
    def enable_systime_correction(self, value: Any) -> None: ...
    omnibus: ClassVar[Any]
    jtag: ClassVar[Any]
    systime: ClassVar[Any]
    multi_fpga: ClassVar[Any]
    systime_correction: ClassVar[Any]
    ...
class BlockPostPulse(Container):
    """Container at ``BlockPostPulseOnDLS``, write only."""
    coordinate_type = halco.BlockPostPulseOnDLS
    ...
class CADCChannelConfig(Container):
    """Container at ``CADCChannelConfigOnDLS``, read write.

    Attributes
    ----------
    offset : Offset, -128 to 127, default 0
    """
    coordinate_type = halco.CADCChannelConfigOnDLS
    class Offset(Ranged):
        ...
    @property
    def offset(self) -> CADCChannelConfig.Offset:
        """Offset, -128 to 127."""
        ...
    @offset.setter
    def offset(self, value: Any) -> None: ...
    ...
class CADCConfig(Container):
    """Container at ``CADCConfigOnDLS``, read write.

    Attributes
    ----------
    enable : bool, default False
    reset_wait : ResetWait, 0 to 255, default 100
    dead_time : DeadTime, 0 to 255, default 20
    """
    coordinate_type = halco.CADCConfigOnDLS
    class ResetWait(Ranged):
        ...
    class DeadTime(Ranged):
        ...
    @property
    def enable(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable.setter
    def enable(self, value: Any) -> None: ...
    @property
    def reset_wait(self) -> CADCConfig.ResetWait:
        """ResetWait, 0 to 255."""
        ...
    @reset_wait.setter
    def reset_wait(self, value: Any) -> None: ...
    @property
    def dead_time(self) -> CADCConfig.DeadTime:
        """DeadTime, 0 to 255."""
        ...
    @dead_time.setter
    def dead_time(self, value: Any) -> None: ...
    ...
class CADCOffsetSRAMTimingConfig(Container):
    """Container at ``CADCOffsetSRAMTimingConfigOnDLS``, read write.

    Attributes
    ----------
    read_delay : ReadDelay, 0 to 255, default 255
    address_setup_time : AddressSetupTime, 0 to 15, default 15
    write_width : WriteWidth, 0 to 15, default 15
    """
    coordinate_type = halco.CADCOffsetSRAMTimingConfigOnDLS
    class ReadDelay(Ranged):
        ...
    class AddressSetupTime(Ranged):
        ...
    class WriteWidth(Ranged):
        ...
    @property
    def read_delay(self) -> CADCOffsetSRAMTimingConfig.ReadDelay:
        """ReadDelay, 0 to 255."""
        ...
    @read_delay.setter
    def read_delay(self, value: Any) -> None: ...
    @property
    def address_setup_time(self) -> CADCOffsetSRAMTimingConfig.AddressSetupTime:
        """AddressSetupTime, 0 to 15."""
        ...
    @address_setup_time.setter
    def address_setup_time(self, value: Any) -> None: ...
    @property
    def write_width(self) -> CADCOffsetSRAMTimingConfig.WriteWidth:
        """WriteWidth, 0 to 15."""
        ...
    @write_width.setter
    def write_width(self, value: Any) -> None: ...
    ...
class CADCSampleQuad(Container):
    """Container at ``CADCSampleQuadOnDLS``, read only.

    Attributes
    ----------
    sample : Value, 0 to 255, array of shape (4,)
    """
    coordinate_type = halco.CADCSampleQuadOnDLS
    class Value(Ranged):
        ...
    @property
    def sample(self) -> TypedArray:
        """Value, 0 to 255."""
        ...
    @sample.setter
    def sample(self, value: Any) -> None: ...
    def get_sample(container, index: Any) -> Any:
        """Return one element of ``sample``."""
        ...
    def set_sample(container, index: Any, value: Any) -> Any:
        """Set one element of ``sample``."""
        ...
    ...
class CapMemBlockConfig(Container):
    """Container at ``CapMemBlockConfigOnDLS``, read write.

    Attributes
    ----------
    enable_capmem : bool, default True
    debug_readout_enable : bool, default False
    debug_capmem_coord : CapMemCellOnCapMemBlock, 0 to 3119, default 0
    debug_v_ref_select : VRefSelect, 0 to 2
    debug_i_out_select : IOutSelect, 0 to 2
    debug_out_amp_bias : OutAmpBias, 0 to 15, default 7
    debug_source_follower_bias : SourceFollowerBias, 0 to 15, default 3
    debug_level_shifter_bias : LevelShifterBias, 0 to 15, default 3
    v_global_bias : VGlobalBias, 0 to 15, default 7
    current_cell_res : CurrentCellRes, 0 to 63, default 8
    enable_boost : bool, default False
    boost_factor : BoostFactor, 0 to 15, default 0
    enable_autoboost : bool, default False
    prescale_pause : PrescalePause, 0 to 6, default 3
    prescale_ramp : PrescaleRamp, 0 to 6, default 3
    sub_counter : SubCounter, 0 to 65535, default 16
    pause_counter : PauseCounter, 0 to 4294967295, default 8096
    pulse_a : PulseA, 0 to 65535, default 4
    pulse_b : PulseB, 0 to 65535, default 7
    boost_a : BoostA, 0 to 65535, default 0
    boost_b : BoostB, 0 to 65535, default 0
    """
    coordinate_type = halco.CapMemBlockConfigOnDLS
    class VRefSelect(IntEnum):
        disabled = 0
        v_ref_v = 1
        v_ref_i = 2
    class IOutSelect(IntEnum):
        disabled = 0
        i_out_mux = 1
        i_out_ramp = 2
    class OutAmpBias(Ranged):
        ...
    class SourceFollowerBias(Ranged):
        ...
    class LevelShifterBias(Ranged):
        ...
    class VGlobalBias(Ranged):
        ...
    class CurrentCellRes(Ranged):
        ...
    class BoostFactor(Ranged):
        ...
    class PrescalePause(Ranged):
        ...
    class PrescaleRamp(Ranged):
        ...
    class SubCounter(Ranged):
        ...
    class PauseCounter(Ranged):
        ...
    class PulseA(Ranged):
        ...
    class PulseB(Ranged):
        ...
    class BoostA(Ranged):
        ...
    class BoostB(Ranged):
        ...
    @property
    def enable_capmem(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_capmem.setter
    def enable_capmem(self, value: Any) -> None: ...
    @property
    def debug_readout_enable(self) -> bool:
        """bool, 0 to 1."""
        ...
    @debug_readout_enable.setter
    def debug_readout_enable(self, value: Any) -> None: ...
    @property
    def debug_capmem_coord(self) -> halco.CapMemCellOnCapMemBlock:
        """CapMemCellOnCapMemBlock, 0 to 3119."""
        ...
    @debug_capmem_coord.setter
    def debug_capmem_coord(self, value: Any) -> None: ...
    @property
    def debug_v_ref_select(self) -> CapMemBlockConfig.VRefSelect:
        ...
    @debug_v_ref_select.setter
    def debug_v_ref_select(self, value: Any) -> None: ...
    @property
    def debug_i_out_select(self) -> CapMemBlockConfig.IOutSelect:
        ...
    @debug_i_out_select.setter
    def debug_i_out_select(self, value: Any) -> None: ...
    @property
    def debug_out_amp_bias(self) -> CapMemBlockConfig.OutAmpBias:
        """OutAmpBias, 0 to 15."""
        ...
    @debug_out_amp_bias.setter
    def debug_out_amp_bias(self, value: Any) -> None: ...
    @property
    def debug_source_follower_bias(self) -> CapMemBlockConfig.SourceFollowerBias:
        """SourceFollowerBias, 0 to 15."""
        ...
    @debug_source_follower_bias.setter
    def debug_source_follower_bias(self, value: Any) -> None: ...
    @property
    def debug_level_shifter_bias(self) -> CapMemBlockConfig.LevelShifterBias:
        """LevelShifterBias, 0 to 15."""
        ...
    @debug_level_shifter_bias.setter
    def debug_level_shifter_bias(self, value: Any) -> None: ...
    @property
    def v_global_bias(self) -> CapMemBlockConfig.VGlobalBias:
        """VGlobalBias, 0 to 15."""
        ...
    @v_global_bias.setter
    def v_global_bias(self, value: Any) -> None: ...
    @property
    def current_cell_res(self) -> CapMemBlockConfig.CurrentCellRes:
        """CurrentCellRes, 0 to 63."""
        ...
    @current_cell_res.setter
    def current_cell_res(self, value: Any) -> None: ...
    @property
    def enable_boost(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_boost.setter
    def enable_boost(self, value: Any) -> None: ...
    @property
    def boost_factor(self) -> CapMemBlockConfig.BoostFactor:
        """BoostFactor, 0 to 15."""
        ...
    @boost_factor.setter
    def boost_factor(self, value: Any) -> None: ...
    @property
    def enable_autoboost(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_autoboost.setter
    def enable_autoboost(self, value: Any) -> None: ...
    @property
    def prescale_pause(self) -> CapMemBlockConfig.PrescalePause:
        """PrescalePause, 0 to 6."""
        ...
    @prescale_pause.setter
    def prescale_pause(self, value: Any) -> None: ...
    @property
    def prescale_ramp(self) -> CapMemBlockConfig.PrescaleRamp:
        """PrescaleRamp, 0 to 6."""
        ...
    @prescale_ramp.setter
    def prescale_ramp(self, value: Any) -> None: ...
    @property
    def sub_counter(self) -> CapMemBlockConfig.SubCounter:
        """SubCounter, 0 to 65535."""
        ...
    @sub_counter.setter
    def sub_counter(self, value: Any) -> None: ...
    @property
    def pause_counter(self) -> CapMemBlockConfig.PauseCounter:
        """PauseCounter, 0 to 4294967295."""
        ...
    @pause_counter.setter
    def pause_counter(self, value: Any) -> None: ...
    @property
    def pulse_a(self) -> CapMemBlockConfig.PulseA:
        """PulseA, 0 to 65535."""
        ...
    @pulse_a.setter
    def pulse_a(self, value: Any) -> None: ...
    @property
    def pulse_b(self) -> CapMemBlockConfig.PulseB:
        """PulseB, 0 to 65535."""
        ...
    @pulse_b.setter
    def pulse_b(self, value: Any) -> None: ...
    @property
    def boost_a(self) -> CapMemBlockConfig.BoostA:
        """BoostA, 0 to 65535."""
        ...
    @boost_a.setter
    def boost_a(self, value: Any) -> None: ...
    @property
    def boost_b(self) -> CapMemBlockConfig.BoostB:
        """BoostB, 0 to 65535."""
        ...
    @boost_b.setter
    def boost_b(self, value: Any) -> None: ...
    ...
class CapMemCell(Container):
    """Container at ``CapMemCellOnDLS``, read write.

    Attributes
    ----------
    value : Value, 0 to 1023
    """
    coordinate_type = halco.CapMemCellOnDLS
    class Value(Ranged):
        ...
    class DisableRefresh(Ranged):
        ...
    @property
    def value(self) -> CapMemCell.Value:
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class CapMemSRAMTimingConfig(Container):
    """Container at ``CapMemSRAMTimingConfigOnDLS``, read write.

    Attributes
    ----------
    read_delay : ReadDelay, 0 to 255, default 8
    address_setup_time : AddressSetupTime, 0 to 15, default 1
    write_width : WriteWidth, 0 to 15, default 1
    """
    coordinate_type = halco.CapMemSRAMTimingConfigOnDLS
    class ReadDelay(Ranged):
        ...
    class AddressSetupTime(Ranged):
        ...
    class WriteWidth(Ranged):
        ...
    @property
    def read_delay(self) -> CapMemSRAMTimingConfig.ReadDelay:
        """ReadDelay, 0 to 255."""
        ...
    @read_delay.setter
    def read_delay(self, value: Any) -> None: ...
    @property
    def address_setup_time(self) -> CapMemSRAMTimingConfig.AddressSetupTime:
        """AddressSetupTime, 0 to 15."""
        ...
    @address_setup_time.setter
    def address_setup_time(self, value: Any) -> None: ...
    @property
    def write_width(self) -> CapMemSRAMTimingConfig.WriteWidth:
        """WriteWidth, 0 to 15."""
        ...
    @write_width.setter
    def write_width(self, value: Any) -> None: ...
    ...
class ColumnCorrelationQuad(Container):
    """Container at ``ColumnCorrelationQuadOnDLS``, read write.

    Attributes
    ----------
    enable_internal_causal : bool, array of shape (4,)
    enable_internal_acausal : bool, array of shape (4,)
    enable_debug_causal : bool, array of shape (4,)
    enable_debug_acausal : bool, array of shape (4,)
    enable_cadc_neuron_readout_causal : bool, array of shape (4,)
    enable_cadc_neuron_readout_acausal : bool, array of shape (4,)
    """
    coordinate_type = halco.ColumnCorrelationQuadOnDLS
    class ColumnCorrelationSwitch(Structure):
        @property
        def enable_internal_causal(self) -> bool:
            """bool, 0 to 1."""
            ...
        @enable_internal_causal.setter
        def enable_internal_causal(self, value: Any) -> None: ...
        @property
        def enable_internal_acausal(self) -> bool:
            """bool, 0 to 1."""
            ...
        @enable_internal_acausal.setter
        def enable_internal_acausal(self, value: Any) -> None: ...
        @property
        def enable_debug_causal(self) -> bool:
            """bool, 0 to 1."""
            ...
        @enable_debug_causal.setter
        def enable_debug_causal(self, value: Any) -> None: ...
        @property
        def enable_debug_acausal(self) -> bool:
            """bool, 0 to 1."""
            ...
        @enable_debug_acausal.setter
        def enable_debug_acausal(self, value: Any) -> None: ...
        @property
        def enable_cadc_neuron_readout_causal(self) -> bool:
            """bool, 0 to 1."""
            ...
        @enable_cadc_neuron_readout_causal.setter
        def enable_cadc_neuron_readout_causal(self, value: Any) -> None: ...
        @property
        def enable_cadc_neuron_readout_acausal(self) -> bool:
            """bool, 0 to 1."""
            ...
        @enable_cadc_neuron_readout_acausal.setter
        def enable_cadc_neuron_readout_acausal(self, value: Any) -> None: ...
        ...
    @property
    def enable_internal_causal(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_internal_causal.setter
    def enable_internal_causal(self, value: Any) -> None: ...
    @property
    def enable_internal_acausal(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_internal_acausal.setter
    def enable_internal_acausal(self, value: Any) -> None: ...
    @property
    def enable_debug_causal(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_debug_causal.setter
    def enable_debug_causal(self, value: Any) -> None: ...
    @property
    def enable_debug_acausal(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_debug_acausal.setter
    def enable_debug_acausal(self, value: Any) -> None: ...
    @property
    def enable_cadc_neuron_readout_causal(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_cadc_neuron_readout_causal.setter
    def enable_cadc_neuron_readout_causal(self, value: Any) -> None: ...
    @property
    def enable_cadc_neuron_readout_acausal(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_cadc_neuron_readout_acausal.setter
    def enable_cadc_neuron_readout_acausal(self, value: Any) -> None: ...
    def get_switch(container, index: Any) -> Any:
        """Return a copy of one ``ColumnCorrelationSwitch``."""
        ...
    def set_switch(container, index: Any, value: Any) -> Any:
        """Store one ``ColumnCorrelationSwitch``."""
        ...
    ...
class ColumnCurrentQuad(Container):
    """Container at ``ColumnCurrentQuadOnDLS``, read write.

    Attributes
    ----------
    enable_synaptic_current_excitatory : bool, array of shape (4,)
    enable_synaptic_current_inhibitory : bool, array of shape (4,)
    enable_debug_excitatory : bool, array of shape (4,)
    enable_debug_inhibitory : bool, array of shape (4,)
    """
    coordinate_type = halco.ColumnCurrentQuadOnDLS
    class ColumnCurrentSwitch(Structure):
        @property
        def enable_synaptic_current_excitatory(self) -> bool:
            """bool, 0 to 1."""
            ...
        @enable_synaptic_current_excitatory.setter
        def enable_synaptic_current_excitatory(self, value: Any) -> None: ...
        @property
        def enable_synaptic_current_inhibitory(self) -> bool:
            """bool, 0 to 1."""
            ...
        @enable_synaptic_current_inhibitory.setter
        def enable_synaptic_current_inhibitory(self, value: Any) -> None: ...
        @property
        def enable_debug_excitatory(self) -> bool:
            """bool, 0 to 1."""
            ...
        @enable_debug_excitatory.setter
        def enable_debug_excitatory(self, value: Any) -> None: ...
        @property
        def enable_debug_inhibitory(self) -> bool:
            """bool, 0 to 1."""
            ...
        @enable_debug_inhibitory.setter
        def enable_debug_inhibitory(self, value: Any) -> None: ...
        ...
    @property
    def enable_synaptic_current_excitatory(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_synaptic_current_excitatory.setter
    def enable_synaptic_current_excitatory(self, value: Any) -> None: ...
    @property
    def enable_synaptic_current_inhibitory(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_synaptic_current_inhibitory.setter
    def enable_synaptic_current_inhibitory(self, value: Any) -> None: ...
    @property
    def enable_debug_excitatory(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_debug_excitatory.setter
    def enable_debug_excitatory(self, value: Any) -> None: ...
    @property
    def enable_debug_inhibitory(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_debug_inhibitory.setter
    def enable_debug_inhibitory(self, value: Any) -> None: ...
    def get_switch(container, index: Any) -> Any:
        """Return a copy of one ``ColumnCurrentSwitch``."""
        ...
    def set_switch(container, index: Any, value: Any) -> Any:
        """Store one ``ColumnCurrentSwitch``."""
        ...
    ...
class CommonCorrelationConfig(Container):
    """Container at ``CommonCorrelationConfigOnDLS``, read write.

    Attributes
    ----------
    sense_delay : SenseDelay, 0 to 4095, default 1
    reset_duration : ResetDuration, 0 to 4095, default 200
    reset_fall_time : ResetFallTime, 0 to 4095, default 5
    reset_mode : ResetMode, 0 to 1
    cadc_v_offset_assignment : CapMemBlockOnHemisphere, 0 to 1, array of shape (2,)
    """
    coordinate_type = halco.CommonCorrelationConfigOnDLS
    class SenseDelay(Ranged):
        ...
    class ResetDuration(Ranged):
        ...
    class ResetFallTime(Ranged):
        ...
    class ResetMode(IntEnum):
        normal = 0
        auto_calibrating = 1
    @property
    def sense_delay(self) -> CommonCorrelationConfig.SenseDelay:
        """SenseDelay, 0 to 4095."""
        ...
    @sense_delay.setter
    def sense_delay(self, value: Any) -> None: ...
    @property
    def reset_duration(self) -> CommonCorrelationConfig.ResetDuration:
        """ResetDuration, 0 to 4095."""
        ...
    @reset_duration.setter
    def reset_duration(self, value: Any) -> None: ...
    @property
    def reset_fall_time(self) -> CommonCorrelationConfig.ResetFallTime:
        """ResetFallTime, 0 to 4095."""
        ...
    @reset_fall_time.setter
    def reset_fall_time(self, value: Any) -> None: ...
    @property
    def reset_mode(self) -> CommonCorrelationConfig.ResetMode:
        ...
    @reset_mode.setter
    def reset_mode(self, value: Any) -> None: ...
    @property
    def cadc_v_offset_assignment(self) -> TypedArray:
        """CapMemBlockOnHemisphere, 0 to 1."""
        ...
    @cadc_v_offset_assignment.setter
    def cadc_v_offset_assignment(self, value: Any) -> None: ...
    ...
class CommonNeuronBackendConfig(Container):
    """Container at ``CommonNeuronBackendConfigOnDLS``, read write.

    Attributes
    ----------
    enable_event_registers : bool, default True
    force_reset : bool, default False
    enable_clocks : bool, default True
    clock_scale_slow : ClockScale, 0 to 15, default 0
    clock_scale_fast : ClockScale, 0 to 15, default 0
    sample_positive_edge : bool, array of shape (4,)
    clock_scale_adaptation_pulse : ClockScale, 0 to 15, default 0
    clock_scale_post_pulse : ClockScale, 0 to 15, default 0
    wait_global_post_pulse : WaitGlobalPostPulse, 0 to 255, default 1
    wait_spike_counter_reset : WaitSpikeCounterReset, 0 to 255, default 4
    wait_spike_counter_read : WaitSpikeCounterRead, 0 to 255, default 112
    wait_fire_neuron : WaitFireNeuron, 0 to 255, default 4
    """
    coordinate_type = halco.CommonNeuronBackendConfigOnDLS
    class ClockScale(Ranged):
        ...
    class WaitGlobalPostPulse(Ranged):
        ...
    class WaitSpikeCounterReset(Ranged):
        ...
    class WaitSpikeCounterRead(Ranged):
        ...
    class WaitFireNeuron(Ranged):
        ...
    @property
    def enable_event_registers(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_event_registers.setter
    def enable_event_registers(self, value: Any) -> None: ...
    @property
    def force_reset(self) -> bool:
        """bool, 0 to 1."""
        ...
    @force_reset.setter
    def force_reset(self, value: Any) -> None: ...
    @property
    def enable_clocks(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_clocks.setter
    def enable_clocks(self, value: Any) -> None: ...
    @property
    def clock_scale_slow(self) -> CommonNeuronBackendConfig.ClockScale:
        """ClockScale, 0 to 15."""
        ...
    @clock_scale_slow.setter
    def clock_scale_slow(self, value: Any) -> None: ...
    @property
    def clock_scale_fast(self) -> CommonNeuronBackendConfig.ClockScale:
        """ClockScale, 0 to 15."""
        ...
    @clock_scale_fast.setter
    def clock_scale_fast(self, value: Any) -> None: ...
    @property
    def sample_positive_edge(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @sample_positive_edge.setter
    def sample_positive_edge(self, value: Any) -> None: ...
    def get_sample_positive_edge(container, index: Any) -> Any:
        """Return one element of ``sample_positive_edge``."""
        ...
    def set_sample_positive_edge(container, index: Any, value: Any) -> Any:
        """Set one element of ``sample_positive_edge``."""
        ...
    @property
    def clock_scale_adaptation_pulse(self) -> CommonNeuronBackendConfig.ClockScale:
        """ClockScale, 0 to 15."""
        ...
    @clock_scale_adaptation_pulse.setter
    def clock_scale_adaptation_pulse(self, value: Any) -> None: ...
    @property
    def clock_scale_post_pulse(self) -> CommonNeuronBackendConfig.ClockScale:
        """ClockScale, 0 to 15."""
        ...
    @clock_scale_post_pulse.setter
    def clock_scale_post_pulse(self, value: Any) -> None: ...
    @property
    def wait_global_post_pulse(self) -> CommonNeuronBackendConfig.WaitGlobalPostPulse:
        """WaitGlobalPostPulse, 0 to 255."""
        ...
    @wait_global_post_pulse.setter
    def wait_global_post_pulse(self, value: Any) -> None: ...
    @property
    def wait_spike_counter_reset(self) -> CommonNeuronBackendConfig.WaitSpikeCounterReset:
        """WaitSpikeCounterReset, 0 to 255."""
        ...
    @wait_spike_counter_reset.setter
    def wait_spike_counter_reset(self, value: Any) -> None: ...
    @property
    def wait_spike_counter_read(self) -> CommonNeuronBackendConfig.WaitSpikeCounterRead:
        """WaitSpikeCounterRead, 0 to 255."""
        ...
    @wait_spike_counter_read.setter
    def wait_spike_counter_read(self, value: Any) -> None: ...
    @property
    def wait_fire_neuron(self) -> CommonNeuronBackendConfig.WaitFireNeuron:
        """WaitFireNeuron, 0 to 255."""
        ...
    @wait_fire_neuron.setter
    def wait_fire_neuron(self, value: Any) -> None: ...
    ...
class CommonPADIBusConfig(Container):
    """Container at ``CommonPADIBusConfigOnDLS``, read write.

    Attributes
    ----------
    enable_spl1 : bool, array of shape (4,)
    enable_extended_timing : bool, array of shape (4,)
    dacen_pulse_extension : DacenPulseExtension, 0 to 15, array of shape (4,)
    """
    coordinate_type = halco.CommonPADIBusConfigOnDLS
    class DacenPulseExtension(Ranged):
        ...
    @property
    def enable_spl1(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_spl1.setter
    def enable_spl1(self, value: Any) -> None: ...
    @property
    def enable_extended_timing(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_extended_timing.setter
    def enable_extended_timing(self, value: Any) -> None: ...
    @property
    def dacen_pulse_extension(self) -> TypedArray:
        """DacenPulseExtension, 0 to 15."""
        ...
    @dacen_pulse_extension.setter
    def dacen_pulse_extension(self, value: Any) -> None: ...
    ...
class CommonPhyConfigChip(Container):
    """Container at ``CommonPhyConfigChipOnDLS``, read write.

    Attributes
    ----------
    enable_phy : bool, array of shape (8,)
    """
    coordinate_type = halco.CommonPhyConfigChipOnDLS
    @property
    def enable_phy(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_phy.setter
    def enable_phy(self, value: Any) -> None: ...
    def get_enable_phy(container, index: Any) -> Any:
        """Return one element of ``enable_phy``."""
        ...
    def set_enable_phy(container, index: Any, value: Any) -> Any:
        """Set one element of ``enable_phy``."""
        ...
    ...
class CommonPhyConfigFPGA(Container):
    """Container at ``CommonPhyConfigFPGAOnDLS``, read write.

    Attributes
    ----------
    enable_phy : bool, array of shape (8,)
    """
    coordinate_type = halco.CommonPhyConfigFPGAOnDLS
    @property
    def enable_phy(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_phy.setter
    def enable_phy(self, value: Any) -> None: ...
    def get_enable_phy(container, index: Any) -> Any:
        """Return one element of ``enable_phy``."""
        ...
    def set_enable_phy(container, index: Any, value: Any) -> Any:
        """Set one element of ``enable_phy``."""
        ...
    ...
class CommonSTPConfig(Container):
    """Container at ``CommonSTPConfigOnDLS``, read write.

    Attributes
    ----------
    enable_recovery_clock : bool, default False
    recovery_clock_speed : RecoveryClockSpeed, 0 to 15, default 0
    """
    coordinate_type = halco.CommonSTPConfigOnDLS
    class RecoveryClockSpeed(Ranged):
        ...
    @property
    def enable_recovery_clock(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_recovery_clock.setter
    def enable_recovery_clock(self, value: Any) -> None: ...
    @property
    def recovery_clock_speed(self) -> CommonSTPConfig.RecoveryClockSpeed:
        """RecoveryClockSpeed, 0 to 15."""
        ...
    @recovery_clock_speed.setter
    def recovery_clock_speed(self, value: Any) -> None: ...
    ...
class CommonSynramConfig(Container):
    """Container at ``CommonSynramConfigOnDLS``, read write.

    Attributes
    ----------
    pc_conf_west : PCConf, 0 to 15, default 8
    pc_conf_east : PCConf, 0 to 15, default 8
    w_conf_west : WConf, 0 to 255, default 3
    w_conf_east : WConf, 0 to 255, default 3
    wait_ctr_clear : WaitCtrClear, 0 to 7, default 4
    """
    coordinate_type = halco.CommonSynramConfigOnDLS
    class PCConf(Ranged):
        ...
    class WConf(Ranged):
        ...
    class WaitCtrClear(Ranged):
        ...
    @property
    def pc_conf_west(self) -> CommonSynramConfig.PCConf:
        """PCConf, 0 to 15."""
        ...
    @pc_conf_west.setter
    def pc_conf_west(self, value: Any) -> None: ...
    @property
    def pc_conf_east(self) -> CommonSynramConfig.PCConf:
        """PCConf, 0 to 15."""
        ...
    @pc_conf_east.setter
    def pc_conf_east(self, value: Any) -> None: ...
    @property
    def w_conf_west(self) -> CommonSynramConfig.WConf:
        """WConf, 0 to 255."""
        ...
    @w_conf_west.setter
    def w_conf_west(self, value: Any) -> None: ...
    @property
    def w_conf_east(self) -> CommonSynramConfig.WConf:
        """WConf, 0 to 255."""
        ...
    @w_conf_east.setter
    def w_conf_east(self, value: Any) -> None: ...
    @property
    def wait_ctr_clear(self) -> CommonSynramConfig.WaitCtrClear:
        """WaitCtrClear, 0 to 7."""
        ...
    @wait_ctr_clear.setter
    def wait_ctr_clear(self, value: Any) -> None: ...
    ...
class CorrelationReset(Container):
    """Container at ``CorrelationResetOnDLS``, write only."""
    coordinate_type = halco.CorrelationResetOnDLS
    ...
class CrossbarInputDropCounter(Container):
    """Container at ``CrossbarInputOnDLS``, read only.

    Attributes
    ----------
    value : Value, 0 to 65535, default 0
    """
    coordinate_type = halco.CrossbarInputOnDLS
    class Value(Ranged):
        ...
    @property
    def value(self) -> CrossbarInputDropCounter.Value:
        """Value, 0 to 65535."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class CrossbarNode(Container):
    """Container at ``CrossbarNodeOnDLS``, read write.

    Attributes
    ----------
    mask : NeuronLabel, 0 to 16383, default 0
    target : NeuronLabel, 0 to 16383, default 0
    enable_drop_counter : bool, default False
    """
    coordinate_type = halco.CrossbarNodeOnDLS
    @property
    def mask(self) -> halco.NeuronLabel:
        """NeuronLabel, 0 to 16383."""
        ...
    @mask.setter
    def mask(self, value: Any) -> None: ...
    @property
    def target(self) -> halco.NeuronLabel:
        """NeuronLabel, 0 to 16383."""
        ...
    @target.setter
    def target(self, value: Any) -> None: ...
    @property
    def enable_drop_counter(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_drop_counter.setter
    def enable_drop_counter(self, value: Any) -> None: ...
    drop_all: ClassVar[Any]
    ...
class CrossbarOutputConfig(Container):
    """Container at ``CrossbarOutputConfigOnDLS``, read write.

    Attributes
    ----------
    enable_event_counter : bool, array of shape (12,)
    enable_slow : bool, array of shape (4,)
    """
    coordinate_type = halco.CrossbarOutputConfigOnDLS
    @property
    def enable_event_counter(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_event_counter.setter
    def enable_event_counter(self, value: Any) -> None: ...
    @property
    def enable_slow(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_slow.setter
    def enable_slow(self, value: Any) -> None: ...
    ...
class CrossbarOutputEventCounter(Container):
    """Container at ``CrossbarOutputOnDLS``, read only.

    Attributes
    ----------
    value : Value, 0 to 16777215, default 0
    """
    coordinate_type = halco.CrossbarOutputOnDLS
    class Value(Ranged):
        ...
    @property
    def value(self) -> CrossbarOutputEventCounter.Value:
        """Value, 0 to 16777215."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class CurrentDAC(Container):
    """Container at ``CurrentDACOnDLS``, read write.

    Attributes
    ----------
    current : Current, 0 to 255, default 0
    sign : Sign, 0 to 1
    enable_current : bool, default False
    connect_neuron : bool, array of shape (2,)
    connect_synapse : bool, array of shape (2,)
    """
    coordinate_type = halco.CurrentDACOnDLS
    class Current(Ranged):
        ...
    class Sign(IntEnum):
        source = 0
        sink = 1
    @property
    def current(self) -> CurrentDAC.Current:
        """Current, 0 to 255."""
        ...
    @current.setter
    def current(self, value: Any) -> None: ...
    @property
    def sign(self) -> CurrentDAC.Sign:
        ...
    @sign.setter
    def sign(self, value: Any) -> None: ...
    @property
    def enable_current(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_current.setter
    def enable_current(self, value: Any) -> None: ...
    @property
    def connect_neuron(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @connect_neuron.setter
    def connect_neuron(self, value: Any) -> None: ...
    @property
    def connect_synapse(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @connect_synapse.setter
    def connect_synapse(self, value: Any) -> None: ...
    ...
class DAC6573ChannelConfig(Container):
    """Container at ``DAC6573ChannelOnBoard``, read write.

    Attributes
    ----------
    value : Value, 0 to 1023, default 0
    """
    coordinate_type = halco.DAC6573ChannelOnBoard
    class Value(Ranged):
        ...
    @property
    def value(self) -> DAC6573ChannelConfig.Value:
        """Value, 0 to 1023."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class DACChannel(Container):
    """Container at ``DACChannelOnBoard``, write only.

    Attributes
    ----------
    value : Value, 0 to 4095, default 0
    """
    coordinate_type = halco.DACChannelOnBoard
    class Value(Ranged):
        ...
    @property
    def value(self) -> DACChannel.Value:
        """Value, 0 to 4095."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class DACControl(Container):
    """Container at ``DACOnBoard``, write only.

    Attributes
    ----------
    enable_channel : bool, array of shape (8,)
    """
    coordinate_type = halco.DACOnBoard
    @property
    def enable_channel(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_channel.setter
    def enable_channel(self, value: Any) -> None: ...
    def get_enable_channel(container, index: Any) -> Any:
        """Return one element of ``enable_channel``."""
        ...
    def set_enable_channel(container, index: Any, value: Any) -> Any:
        """Set one element of ``enable_channel``."""
        ...
    ...
class EventRecordingConfig(Container):
    """Container at ``EventRecordingConfigOnFPGA``, read write.

    Attributes
    ----------
    enable_event_recording : bool, default False
    """
    coordinate_type = halco.EventRecordingConfigOnFPGA
    @property
    def enable_event_recording(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_event_recording.setter
    def enable_event_recording(self, value: Any) -> None: ...
    ...
class ExternalPPUDRAMMemoryByte(Container):
    """Container at ``ExternalPPUDRAMMemoryByteOnFPGA``, read write.

    Attributes
    ----------
    value : Value, 0 to 255, default 0
    """
    coordinate_type = halco.ExternalPPUDRAMMemoryByteOnFPGA
    class Value(Ranged):
        ...
    @property
    def value(self) -> ExternalPPUDRAMMemoryByte.Value:
        """Value, 0 to 255."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class ExternalPPUDRAMMemoryQuad(Container):
    """Container at ``ExternalPPUDRAMMemoryQuadOnFPGA``, read write.

    Attributes
    ----------
    quad : Value, 0 to 255, array of shape (4,)
    enables : bool, array of shape (4,)
    """
    coordinate_type = halco.ExternalPPUDRAMMemoryQuadOnFPGA
    class Value(Ranged):
        ...
    @property
    def quad(self) -> TypedArray:
        """Value, 0 to 255."""
        ...
    @quad.setter
    def quad(self, value: Any) -> None: ...
    @property
    def enables(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enables.setter
    def enables(self, value: Any) -> None: ...
    ...
class ExternalPPUMemoryByte(Container):
    """Container at ``ExternalPPUMemoryByteOnFPGA``, read write.

    Attributes
    ----------
    value : Value, 0 to 255, default 0
    """
    coordinate_type = halco.ExternalPPUMemoryByteOnFPGA
    class Value(Ranged):
        ...
    @property
    def value(self) -> ExternalPPUMemoryByte.Value:
        """Value, 0 to 255."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class ExternalPPUMemoryQuad(Container):
    """Container at ``ExternalPPUMemoryQuadOnFPGA``, read write.

    Attributes
    ----------
    quad : Value, 0 to 255, array of shape (4,)
    enables : bool, array of shape (4,)
    """
    coordinate_type = halco.ExternalPPUMemoryQuadOnFPGA
    class Value(Ranged):
        ...
    @property
    def quad(self) -> TypedArray:
        """Value, 0 to 255."""
        ...
    @quad.setter
    def quad(self, value: Any) -> None: ...
    @property
    def enables(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enables.setter
    def enables(self, value: Any) -> None: ...
    ...
class FPGADeviceDNA(Container):
    """Container at ``FPGADeviceDNAOnFPGA``, read only.

    Attributes
    ----------
    value : Value, 0 to 144115188075855871, default 0
    """
    coordinate_type = halco.FPGADeviceDNAOnFPGA
    class Value(Ranged):
        ...
    @property
    def value(self) -> FPGADeviceDNA.Value:
        """Value, 0 to 144115188075855871."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class FPGASystimeSyncActiveState(Container):
    """Container at ``FPGASystimeSyncActiveStateOnFPGA``, read only.

    Attributes
    ----------
    active_state : bool, default False
    """
    coordinate_type = halco.FPGASystimeSyncActiveStateOnFPGA
    @property
    def active_state(self) -> bool:
        """bool, 0 to 1."""
        ...
    @active_state.setter
    def active_state(self, value: Any) -> None: ...
    ...
class FPGASystimeSyncLastAsicSystime(Container):
    """Container at ``FPGASystimeSyncLastAsicSystimeOnFPGA``, read only.

    Attributes
    ----------
    value : Systime, 0 to 8796093022207, default 0
    """
    coordinate_type = halco.FPGASystimeSyncLastAsicSystimeOnFPGA
    class Systime(Ranged):
        ...
    @property
    def value(self) -> FPGASystimeSyncLastAsicSystime.Systime:
        """Systime, 0 to 8796093022207."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class FPGASystimeSyncLastRTT(Container):
    """Container at ``FPGASystimeSyncLastRTTOnFPGA``, read only.

    Attributes
    ----------
    value : Systime, 0 to 8796093022207, default 0
    """
    coordinate_type = halco.FPGASystimeSyncLastRTTOnFPGA
    class Systime(Ranged):
        ...
    @property
    def value(self) -> FPGASystimeSyncLastRTT.Systime:
        """Systime, 0 to 8796093022207."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class FPGASystimeSyncNumRetries(Container):
    """Container at ``FPGASystimeSyncNumRetriesOnFPGA``, read write.

    Attributes
    ----------
    value : Value, 0 to 15, default 3
    """
    coordinate_type = halco.FPGASystimeSyncNumRetriesOnFPGA
    class Value(Ranged):
        ...
    @property
    def value(self) -> FPGASystimeSyncNumRetries.Value:
        """Value, 0 to 15."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class GlobalMergerMatrixInputDropCounter(Container):
    """Container at ``GlobalMergerMatrixInputDropCounterOnDLS``, read only.

    Attributes
    ----------
    value : Value, 0 to 65535, default 0
    """
    coordinate_type = halco.GlobalMergerMatrixInputDropCounterOnDLS
    class Value(Ranged):
        ...
    @property
    def value(self) -> GlobalMergerMatrixInputDropCounter.Value:
        """Value, 0 to 65535."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class GlobalMergerMatrixNode(Container):
    """Container at ``GlobalMergerMatrixNodeOnDLS``, read write.

    Attributes
    ----------
    mask : NeuronLabel, 0 to 16383, default 0
    target : NeuronLabel, 0 to 16383, default 0
    enable_drop_counter : bool, default False
    accept_gl1_index : bool, array of shape (4,)
    """
    coordinate_type = halco.GlobalMergerMatrixNodeOnDLS
    @property
    def mask(self) -> halco.NeuronLabel:
        """NeuronLabel, 0 to 16383."""
        ...
    @mask.setter
    def mask(self, value: Any) -> None: ...
    @property
    def target(self) -> halco.NeuronLabel:
        """NeuronLabel, 0 to 16383."""
        ...
    @target.setter
    def target(self, value: Any) -> None: ...
    @property
    def enable_drop_counter(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_drop_counter.setter
    def enable_drop_counter(self, value: Any) -> None: ...
    @property
    def accept_gl1_index(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @accept_gl1_index.setter
    def accept_gl1_index(self, value: Any) -> None: ...
    drop_all: ClassVar[Any]
    ...
class GlobalMergerMatrixOutputConfig(Container):
    """Container at ``GlobalMergerMatrixOutputConfigOnDLS``, read write.

    Attributes
    ----------
    enable_event_counter : bool, array of shape (15,)
    enable_slow : bool, array of shape (15,)
    """
    coordinate_type = halco.GlobalMergerMatrixOutputConfigOnDLS
    @property
    def enable_event_counter(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_event_counter.setter
    def enable_event_counter(self, value: Any) -> None: ...
    @property
    def enable_slow(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_slow.setter
    def enable_slow(self, value: Any) -> None: ...
    ...
class GlobalMergerMatrixOutputEventCounter(Container):
    """Container at ``GlobalMergerMatrixOutputEventCounterOnDLS``, read only.

    Attributes
    ----------
    value : Value, 0 to 16777215, default 0
    """
    coordinate_type = halco.GlobalMergerMatrixOutputEventCounterOnDLS
    class Value(Ranged):
        ...
    @property
    def value(self) -> GlobalMergerMatrixOutputEventCounter.Value:
        """Value, 0 to 16777215."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class HicannARQStatus(Container):
    """Container at ``HicannARQStatusOnFPGA``, read only.

    Attributes
    ----------
    write_count : WriteCount, 0 to 4294967295, default 0
    tx_count : TxCount, 0 to 4294967295, default 0
    rx_count : RxCount, 0 to 4294967295, default 0
    read_count : ReadCount, 0 to 4294967295, default 0
    """
    coordinate_type = halco.HicannARQStatusOnFPGA
    class WriteCount(Ranged):
        ...
    class TxCount(Ranged):
        ...
    class RxCount(Ranged):
        ...
    class ReadCount(Ranged):
        ...
    @property
    def write_count(self) -> HicannARQStatus.WriteCount:
        """WriteCount, 0 to 4294967295."""
        ...
    @write_count.setter
    def write_count(self, value: Any) -> None: ...
    @property
    def tx_count(self) -> HicannARQStatus.TxCount:
        """TxCount, 0 to 4294967295."""
        ...
    @tx_count.setter
    def tx_count(self, value: Any) -> None: ...
    @property
    def rx_count(self) -> HicannARQStatus.RxCount:
        """RxCount, 0 to 4294967295."""
        ...
    @rx_count.setter
    def rx_count(self, value: Any) -> None: ...
    @property
    def read_count(self) -> HicannARQStatus.ReadCount:
        """ReadCount, 0 to 4294967295."""
        ...
    @read_count.setter
    def read_count(self, value: Any) -> None: ...
    ...
class INA219Config(Container):
    """Container at ``INA219ConfigOnBoard``, read write.

    Attributes
    ----------
    bus_adc_mode : ADCMode, 0 to 11
    shunt_adc_mode : ADCMode, 0 to 11
    """
    coordinate_type = halco.INA219ConfigOnBoard
    class ADCMode(IntEnum):
        bits9 = 0
        bits10 = 1
        bits11 = 2
        bits12 = 3
        bits12_samples1 = 4
        bits12_samples2 = 5
        bits12_samples4 = 6
        bits12_samples8 = 7
        bits12_samples16 = 8
        bits12_samples32 = 9
        bits12_samples64 = 10
        bits12_samples128 = 11
    @property
    def bus_adc_mode(self) -> INA219Config.ADCMode:
        ...
    @bus_adc_mode.setter
    def bus_adc_mode(self, value: Any) -> None: ...
    @property
    def shunt_adc_mode(self) -> INA219Config.ADCMode:
        ...
    @shunt_adc_mode.setter
    def shunt_adc_mode(self, value: Any) -> None: ...
    ...
class INA219Status(Container):
    """Container at ``INA219StatusOnBoard``, read only.

    Attributes
    ----------
    bus_voltage : BusVoltage, 0 to 4000, default 0
    bus_voltage_overflow : bool, default False
    shunt_voltage : ShuntVoltage, -4000 to 4000, default 0
    """
    coordinate_type = halco.INA219StatusOnBoard
    class BusVoltage(Ranged):
        ...
    class ShuntVoltage(Ranged):
        ...
    @property
    def bus_voltage(self) -> INA219Status.BusVoltage:
        """BusVoltage, 0 to 4000."""
        ...
    @bus_voltage.setter
    def bus_voltage(self, value: Any) -> None: ...
    @property
    def bus_voltage_overflow(self) -> bool:
        """bool, 0 to 1."""
        ...
    @bus_voltage_overflow.setter
    def bus_voltage_overflow(self, value: Any) -> None: ...
    @property
    def shunt_voltage(self) -> INA219Status.ShuntVoltage:
        """ShuntVoltage, -4000 to 4000."""
        ...
    @shunt_voltage.setter
    def shunt_voltage(self, value: Any) -> None: ...
    ...
class InputRoutingTableEntry(Container):
    """Container at ``InputRoutingTableEntryOnFPGA``, read write.

    Attributes
    ----------
    enable : bool, default False
    label : SpikeLabel, 0 to 65535, default 0
    """
    coordinate_type = halco.InputRoutingTableEntryOnFPGA
    @property
    def enable(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable.setter
    def enable(self, value: Any) -> None: ...
    @property
    def label(self) -> halco.SpikeLabel:
        """SpikeLabel, 0 to 65535."""
        ...
    @label.setter
    def label(self, value: Any) -> None: ...
    ...
class InstructionTimeoutConfig(Container):
    """Container at ``InstructionTimeoutConfigOnFPGA``, read write.

    Attributes
    ----------
    value : Value, 0 to 4294967295, default 1250000
    """
    coordinate_type = halco.InstructionTimeoutConfigOnFPGA
    @property
    def value(self) -> Any:
        """Value, 0 to 4294967295."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class JTAGClockScaler(Container):
    """Container at ``JTAGClockScalerOnDLS``, write only.

    Attributes
    ----------
    value : Value, 0 to 255, default 6
    """
    coordinate_type = halco.JTAGClockScalerOnDLS
    class Value(Ranged):
        ...
    @property
    def value(self) -> JTAGClockScaler.Value:
        """Value, 0 to 255."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    def get(container) -> Any:
        """Return ``value``."""
        ...
    def set(container, value: Any) -> Any:
        """Set ``value``."""
        ...
    ...
class JTAGIdCode(Container):
    """Container at ``JTAGIdCodeOnDLS``, read only.

    Attributes
    ----------
    version : Version, 0 to 15, default 0
    part_number : PartNumber, 0 to 65535, default 0
    manufacturer_id : ManufacturerId, 0 to 2047, default 0
    """
    coordinate_type = halco.JTAGIdCodeOnDLS
    class Version(Ranged):
        ...
    class PartNumber(Ranged):
        ...
    class ManufacturerId(Ranged):
        ...
    @property
    def version(self) -> JTAGIdCode.Version:
        """Version, 0 to 15."""
        ...
    @version.setter
    def version(self, value: Any) -> None: ...
    @property
    def part_number(self) -> JTAGIdCode.PartNumber:
        """PartNumber, 0 to 65535."""
        ...
    @part_number.setter
    def part_number(self, value: Any) -> None: ...
    @property
    def manufacturer_id(self) -> JTAGIdCode.ManufacturerId:
        """ManufacturerId, 0 to 2047."""
        ...
    @manufacturer_id.setter
    def manufacturer_id(self, value: Any) -> None: ...
    ...
class MADCConfig(Container):
    """Container at ``MADCConfigOnDLS``, read write.

    Attributes
    ----------
    active_mux_initially_selected_input : SourceMultiplexerOnReadoutSourceSelection, 0 to 1, default 0
    active_mux_input_select_length : ActiveMuxInputSelectLength, 0 to 15, default 0
    sample_duration_adjust : SampleDurationAdjust, 0 to 7, default 5
    enable_sar_reset_on_fall : bool, default False
    sar_reset_wait : SARResetWait, 0 to 3, default 3
    sar_reset_length : SARResetLength, 0 to 3, default 0
    powerup_wait_value : PowerupWaitValue, 0 to 1023, default 96
    conversion_cycles_offset : ConversionCyclesOffset, 0 to 15, default 12
    calibration_wait_value : CalibrationWaitValue, 0 to 1023, default 0
    enable_calibration : bool, default False
    number_of_samples : NumberOfSamples, 0 to 65535, default 0
    preamp_sampling_window_start : SamplingWindowTiming, 0 to 31, default 3
    preamp_sampling_window_end : SamplingWindowTiming, 0 to 31, default 8
    iconv_sampling_window_start : SamplingWindowTiming, 0 to 31, default 9
    iconv_sampling_window_end : SamplingWindowTiming, 0 to 31, default 14
    sample_on_positive_edge : bool, default True
    enable_dummy_data : bool, default False
    connect_preamp_to_madc : bool, default True
    connect_pads_to_madc : bool, default False
    connect_preamp_to_pads : bool, default False
    preamp_gain_capacitor_size : PreampGainCapacitorSize, 0 to 31, default 31
    enable_madc_clock_scaling : bool, default False
    madc_clock_scale_value : MADCClockScaleValue, 0 to 4095, default 0
    enable_active_mux_amplifiers : bool, default True
    enable_pseudo_differential_reference : bool, array of shape (2,)
    signal_selection_connect_current_meter : bool, default False
    signal_selection_connect_active_mux : bool, default True
    signal_selection_connect_debug : bool, default False
    signal_selection_connect_preamp : bool, default True
    enable_iconv_amplifier : bool, default False
    connect_iconv_neuron : bool, array of shape (2,)
    connect_iconv_synapse : bool, array of shape (2,)
    """
    coordinate_type = halco.MADCConfigOnDLS
    class ActiveMuxInputSelectLength(Ranged):
        ...
    class SampleDurationAdjust(Ranged):
        ...
    class SARResetWait(Ranged):
        ...
    class SARResetLength(Ranged):
        ...
    class PowerupWaitValue(Ranged):
        ...
    class ConversionCyclesOffset(Ranged):
        ...
    class CalibrationWaitValue(Ranged):
        ...
    class NumberOfSamples(Ranged):
        ...
    class SamplingWindowTiming(Ranged):
        ...
    class PreampGainCapacitorSize(Ranged):
        ...
    class MADCClockScaleValue(Ranged):
        ...
    @property
    def active_mux_initially_selected_input(self) -> halco.SourceMultiplexerOnReadoutSourceSelection:
        """SourceMultiplexerOnReadoutSourceSelection, 0 to 1."""
        ...
    @active_mux_initially_selected_input.setter
    def active_mux_initially_selected_input(self, value: Any) -> None: ...
    @property
    def active_mux_input_select_length(self) -> MADCConfig.ActiveMuxInputSelectLength:
        """ActiveMuxInputSelectLength, 0 to 15."""
        ...
    @active_mux_input_select_length.setter
    def active_mux_input_select_length(self, value: Any) -> None: ...
    @property
    def sample_duration_adjust(self) -> MADCConfig.SampleDurationAdjust:
        """SampleDurationAdjust, 0 to 7."""
        ...
    @sample_duration_adjust.setter
    def sample_duration_adjust(self, value: Any) -> None: ...
    @property
    def enable_sar_reset_on_fall(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_sar_reset_on_fall.setter
    def enable_sar_reset_on_fall(self, value: Any) -> None: ...
    @property
    def sar_reset_wait(self) -> MADCConfig.SARResetWait:
        """SARResetWait, 0 to 3."""
        ...
    @sar_reset_wait.setter
    def sar_reset_wait(self, value: Any) -> None: ...
    @property
    def sar_reset_length(self) -> MADCConfig.SARResetLength:
        """SARResetLength, 0 to 3."""
        ...
    @sar_reset_length.setter
    def sar_reset_length(self, value: Any) -> None: ...
    @property
    def powerup_wait_value(self) -> MADCConfig.PowerupWaitValue:
        """PowerupWaitValue, 0 to 1023."""
        ...
    @powerup_wait_value.setter
    def powerup_wait_value(self, value: Any) -> None: ...
    @property
    def conversion_cycles_offset(self) -> MADCConfig.ConversionCyclesOffset:
        """ConversionCyclesOffset, 0 to 15."""
        ...
    @conversion_cycles_offset.setter
    def conversion_cycles_offset(self, value: Any) -> None: ...
    @property
    def calibration_wait_value(self) -> MADCConfig.CalibrationWaitValue:
        """CalibrationWaitValue, 0 to 1023."""
        ...
    @calibration_wait_value.setter
    def calibration_wait_value(self, value: Any) -> None: ...
    @property
    def enable_calibration(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_calibration.setter
    def enable_calibration(self, value: Any) -> None: ...
    @property
    def number_of_samples(self) -> MADCConfig.NumberOfSamples:
        """NumberOfSamples, 0 to 65535."""
        ...
    @number_of_samples.setter
    def number_of_samples(self, value: Any) -> None: ...
    @property
    def preamp_sampling_window_start(self) -> MADCConfig.SamplingWindowTiming:
        """SamplingWindowTiming, 0 to 31."""
        ...
    @preamp_sampling_window_start.setter
    def preamp_sampling_window_start(self, value: Any) -> None: ...
    @property
    def preamp_sampling_window_end(self) -> MADCConfig.SamplingWindowTiming:
        """SamplingWindowTiming, 0 to 31."""
        ...
    @preamp_sampling_window_end.setter
    def preamp_sampling_window_end(self, value: Any) -> None: ...
    @property
    def iconv_sampling_window_start(self) -> MADCConfig.SamplingWindowTiming:
        """SamplingWindowTiming, 0 to 31."""
        ...
    @iconv_sampling_window_start.setter
    def iconv_sampling_window_start(self, value: Any) -> None: ...
    @property
    def iconv_sampling_window_end(self) -> MADCConfig.SamplingWindowTiming:
        """SamplingWindowTiming, 0 to 31."""
        ...
    @iconv_sampling_window_end.setter
    def iconv_sampling_window_end(self, value: Any) -> None: ...
    @property
    def sample_on_positive_edge(self) -> bool:
        """bool, 0 to 1."""
        ...
    @sample_on_positive_edge.setter
    def sample_on_positive_edge(self, value: Any) -> None: ...
    @property
    def enable_dummy_data(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_dummy_data.setter
    def enable_dummy_data(self, value: Any) -> None: ...
    @property
    def connect_preamp_to_madc(self) -> bool:
        """bool, 0 to 1."""
        ...
    @connect_preamp_to_madc.setter
    def connect_preamp_to_madc(self, value: Any) -> None: ...
    @property
    def connect_pads_to_madc(self) -> bool:
        """bool, 0 to 1."""
        ...
    @connect_pads_to_madc.setter
    def connect_pads_to_madc(self, value: Any) -> None: ...
    @property
    def connect_preamp_to_pads(self) -> bool:
        """bool, 0 to 1."""
        ...
    @connect_preamp_to_pads.setter
    def connect_preamp_to_pads(self, value: Any) -> None: ...
    @property
    def preamp_gain_capacitor_size(self) -> MADCConfig.PreampGainCapacitorSize:
        """PreampGainCapacitorSize, 0 to 31."""
        ...
    @preamp_gain_capacitor_size.setter
    def preamp_gain_capacitor_size(self, value: Any) -> None: ...
    @property
    def enable_madc_clock_scaling(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_madc_clock_scaling.setter
    def enable_madc_clock_scaling(self, value: Any) -> None: ...
    @property
    def madc_clock_scale_value(self) -> MADCConfig.MADCClockScaleValue:
        """MADCClockScaleValue, 0 to 4095."""
        ...
    @madc_clock_scale_value.setter
    def madc_clock_scale_value(self, value: Any) -> None: ...
    @property
    def enable_active_mux_amplifiers(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_active_mux_amplifiers.setter
    def enable_active_mux_amplifiers(self, value: Any) -> None: ...
    @property
    def enable_pseudo_differential_reference(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_pseudo_differential_reference.setter
    def enable_pseudo_differential_reference(self, value: Any) -> None: ...
    @property
    def signal_selection_connect_current_meter(self) -> bool:
        """bool, 0 to 1."""
        ...
    @signal_selection_connect_current_meter.setter
    def signal_selection_connect_current_meter(self, value: Any) -> None: ...
    @property
    def signal_selection_connect_active_mux(self) -> bool:
        """bool, 0 to 1."""
        ...
    @signal_selection_connect_active_mux.setter
    def signal_selection_connect_active_mux(self, value: Any) -> None: ...
    @property
    def signal_selection_connect_debug(self) -> bool:
        """bool, 0 to 1."""
        ...
    @signal_selection_connect_debug.setter
    def signal_selection_connect_debug(self, value: Any) -> None: ...
    @property
    def signal_selection_connect_preamp(self) -> bool:
        """bool, 0 to 1."""
        ...
    @signal_selection_connect_preamp.setter
    def signal_selection_connect_preamp(self, value: Any) -> None: ...
    @property
    def enable_iconv_amplifier(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_iconv_amplifier.setter
    def enable_iconv_amplifier(self, value: Any) -> None: ...
    @property
    def connect_iconv_neuron(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @connect_iconv_neuron.setter
    def connect_iconv_neuron(self, value: Any) -> None: ...
    @property
    def connect_iconv_synapse(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @connect_iconv_synapse.setter
    def connect_iconv_synapse(self, value: Any) -> None: ...
    def calculate_sample_rate(self, madc_input_clock_frequency: Any) -> Any:
        """Sample rate in Hz from the frequency of the MADC clock in Hz.

                A sample takes 12 cycles and the adjustment; the scaled clock is slower by
                ``2 (scale + 1)``.
        """
        ...
    ...
class MADCControl(Container):
    """Container at ``MADCControlOnDLS``, write only.

    Attributes
    ----------
    enable_iconv_amplifier : bool, default False
    enable_pre_amplifier : bool, default False
    enable_continuous_sampling : bool, default False
    enable_power_down_after_sampling : bool, default False
    stop_recording : bool, default False
    start_recording : bool, default False
    wake_up : bool, default False
    """
    coordinate_type = halco.MADCControlOnDLS
    @property
    def enable_iconv_amplifier(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_iconv_amplifier.setter
    def enable_iconv_amplifier(self, value: Any) -> None: ...
    @property
    def enable_pre_amplifier(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_pre_amplifier.setter
    def enable_pre_amplifier(self, value: Any) -> None: ...
    @property
    def enable_continuous_sampling(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_continuous_sampling.setter
    def enable_continuous_sampling(self, value: Any) -> None: ...
    @property
    def enable_power_down_after_sampling(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_power_down_after_sampling.setter
    def enable_power_down_after_sampling(self, value: Any) -> None: ...
    @property
    def stop_recording(self) -> bool:
        """bool, 0 to 1."""
        ...
    @stop_recording.setter
    def stop_recording(self, value: Any) -> None: ...
    @property
    def start_recording(self) -> bool:
        """bool, 0 to 1."""
        ...
    @start_recording.setter
    def start_recording(self, value: Any) -> None: ...
    @property
    def wake_up(self) -> bool:
        """bool, 0 to 1."""
        ...
    @wake_up.setter
    def wake_up(self, value: Any) -> None: ...
    ...
class NeuronBackendConfig(Container):
    """Container at ``NeuronBackendConfigOnDLS``, read write.

    Attributes
    ----------
    address_out : NeuronBackendAddressOut, 0 to 255, default 0
    reset_holdoff : ResetHoldoff, 0 to 15, default 15
    refractory_time : RefractoryTime, 0 to 255, default 0
    post_overwrite : bool, default False
    select_input_clock : InputClock, 0 to 1, default 0
    enable_adaptation_pulse : bool, default False
    enable_bayesian_extension : bool, default True
    enable_neuron_slave : bool, default False
    connect_fire_bottom : bool, default False
    connect_fire_from_right : bool, default False
    connect_fire_to_right : bool, default False
    enable_spike_out : bool, default False
    enable_neuron_master : bool, default False
    enable_bayesian_0 : bool, default False
    enable_bayesian_1 : bool, default False
    """
    coordinate_type = halco.NeuronBackendConfigOnDLS
    class ResetHoldoff(Ranged):
        ...
    class RefractoryTime(Ranged):
        ...
    class InputClock(Ranged):
        ...
    @property
    def address_out(self) -> halco.NeuronBackendAddressOut:
        """NeuronBackendAddressOut, 0 to 255."""
        ...
    @address_out.setter
    def address_out(self, value: Any) -> None: ...
    @property
    def reset_holdoff(self) -> NeuronBackendConfig.ResetHoldoff:
        """ResetHoldoff, 0 to 15."""
        ...
    @reset_holdoff.setter
    def reset_holdoff(self, value: Any) -> None: ...
    @property
    def refractory_time(self) -> NeuronBackendConfig.RefractoryTime:
        """RefractoryTime, 0 to 255."""
        ...
    @refractory_time.setter
    def refractory_time(self, value: Any) -> None: ...
    @property
    def post_overwrite(self) -> bool:
        """bool, 0 to 1."""
        ...
    @post_overwrite.setter
    def post_overwrite(self, value: Any) -> None: ...
    @property
    def select_input_clock(self) -> NeuronBackendConfig.InputClock:
        """InputClock, 0 to 1."""
        ...
    @select_input_clock.setter
    def select_input_clock(self, value: Any) -> None: ...
    @property
    def enable_adaptation_pulse(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_adaptation_pulse.setter
    def enable_adaptation_pulse(self, value: Any) -> None: ...
    @property
    def enable_bayesian_extension(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_bayesian_extension.setter
    def enable_bayesian_extension(self, value: Any) -> None: ...
    @property
    def enable_neuron_slave(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_neuron_slave.setter
    def enable_neuron_slave(self, value: Any) -> None: ...
    @property
    def connect_fire_bottom(self) -> bool:
        """bool, 0 to 1."""
        ...
    @connect_fire_bottom.setter
    def connect_fire_bottom(self, value: Any) -> None: ...
    @property
    def connect_fire_from_right(self) -> bool:
        """bool, 0 to 1."""
        ...
    @connect_fire_from_right.setter
    def connect_fire_from_right(self, value: Any) -> None: ...
    @property
    def connect_fire_to_right(self) -> bool:
        """bool, 0 to 1."""
        ...
    @connect_fire_to_right.setter
    def connect_fire_to_right(self, value: Any) -> None: ...
    @property
    def enable_spike_out(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_spike_out.setter
    def enable_spike_out(self, value: Any) -> None: ...
    @property
    def enable_neuron_master(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_neuron_master.setter
    def enable_neuron_master(self, value: Any) -> None: ...
    @property
    def enable_bayesian_0(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_bayesian_0.setter
    def enable_bayesian_0(self, value: Any) -> None: ...
    @property
    def enable_bayesian_1(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_bayesian_1.setter
    def enable_bayesian_1(self, value: Any) -> None: ...
    ...
class NeuronBackendSRAMTimingConfig(Container):
    """Container at ``NeuronBackendSRAMTimingConfigOnDLS``, read write.

    Attributes
    ----------
    read_delay : ReadDelay, 0 to 255, default 255
    address_setup_time : AddressSetupTime, 0 to 15, default 15
    write_width : WriteWidth, 0 to 15, default 15
    """
    coordinate_type = halco.NeuronBackendSRAMTimingConfigOnDLS
    class ReadDelay(Ranged):
        ...
    class AddressSetupTime(Ranged):
        ...
    class WriteWidth(Ranged):
        ...
    @property
    def read_delay(self) -> NeuronBackendSRAMTimingConfig.ReadDelay:
        """ReadDelay, 0 to 255."""
        ...
    @read_delay.setter
    def read_delay(self, value: Any) -> None: ...
    @property
    def address_setup_time(self) -> NeuronBackendSRAMTimingConfig.AddressSetupTime:
        """AddressSetupTime, 0 to 15."""
        ...
    @address_setup_time.setter
    def address_setup_time(self, value: Any) -> None: ...
    @property
    def write_width(self) -> NeuronBackendSRAMTimingConfig.WriteWidth:
        """WriteWidth, 0 to 15."""
        ...
    @write_width.setter
    def write_width(self, value: Any) -> None: ...
    ...
class NeuronConfig(Container):
    """Container at ``NeuronConfigOnDLS``, read write.

    Attributes
    ----------
    enable_divide_multicomp_conductance_bias : bool, default False
    enable_multiply_multicomp_conductance_bias : bool, default False
    connect_soma : bool, default False
    connect_membrane_right : bool, default False
    enable_multicomp_conductance : bool, default False
    connect_bottom : bool, default False
    connect_soma_right : bool, default False
    enable_fire : bool, default False
    enable_strong_fire : bool, default False
    enable_threshold_comparator : bool, default False
    enable_synaptic_input_excitatory : bool, default False
    enable_synaptic_input_inhibitory : bool, default False
    enable_synaptic_input_excitatory_coba_mode : bool, default False
    enable_synaptic_input_inhibitory_coba_mode : bool, default False
    enable_synaptic_input_excitatory_small_capacitance : bool, default False
    enable_synaptic_input_inhibitory_small_capacitance : bool, default False
    enable_synaptic_input_excitatory_high_resistance : bool, default False
    enable_synaptic_input_inhibitory_high_resistance : bool, default False
    enable_bypass_excitatory : bool, default False
    enable_bypass_inhibitory : bool, default False
    enable_membrane_offset : bool, default False
    invert_membrane_offset : bool, default False
    membrane_capacitor_size : MembraneCapacitorSize, 0 to 63, default 0
    invert_adaptation_a : bool, default False
    invert_adaptation_b : bool, default False
    enable_adaptation : bool, default False
    enable_exponential : bool, default False
    enable_unbuffered_access : bool, default False
    enable_readout_amplifier : bool, default False
    readout_source : ReadoutSource, 0 to 3
    enable_readout : bool, default False
    enable_reset_degeneration : bool, default False
    enable_reset_division : bool, default False
    enable_reset_multiplication : bool, default False
    enable_leak_degeneration : bool, default False
    enable_leak_division : bool, default False
    enable_leak_multiplication : bool, default False
    enable_pause : bool, default False
    """
    coordinate_type = halco.NeuronConfigOnDLS
    class MembraneCapacitorSize(Ranged):
        ...
    class ReadoutSource(IntEnum):
        membrane = 0
        exc_synin = 1
        inh_synin = 2
        adaptation = 3
    @property
    def enable_divide_multicomp_conductance_bias(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_divide_multicomp_conductance_bias.setter
    def enable_divide_multicomp_conductance_bias(self, value: Any) -> None: ...
    @property
    def enable_multiply_multicomp_conductance_bias(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_multiply_multicomp_conductance_bias.setter
    def enable_multiply_multicomp_conductance_bias(self, value: Any) -> None: ...
    @property
    def connect_soma(self) -> bool:
        """bool, 0 to 1."""
        ...
    @connect_soma.setter
    def connect_soma(self, value: Any) -> None: ...
    @property
    def connect_membrane_right(self) -> bool:
        """bool, 0 to 1."""
        ...
    @connect_membrane_right.setter
    def connect_membrane_right(self, value: Any) -> None: ...
    @property
    def enable_multicomp_conductance(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_multicomp_conductance.setter
    def enable_multicomp_conductance(self, value: Any) -> None: ...
    @property
    def connect_bottom(self) -> bool:
        """bool, 0 to 1."""
        ...
    @connect_bottom.setter
    def connect_bottom(self, value: Any) -> None: ...
    @property
    def connect_soma_right(self) -> bool:
        """bool, 0 to 1."""
        ...
    @connect_soma_right.setter
    def connect_soma_right(self, value: Any) -> None: ...
    @property
    def enable_fire(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_fire.setter
    def enable_fire(self, value: Any) -> None: ...
    @property
    def enable_strong_fire(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_strong_fire.setter
    def enable_strong_fire(self, value: Any) -> None: ...
    @property
    def enable_threshold_comparator(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_threshold_comparator.setter
    def enable_threshold_comparator(self, value: Any) -> None: ...
    @property
    def enable_synaptic_input_excitatory(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_synaptic_input_excitatory.setter
    def enable_synaptic_input_excitatory(self, value: Any) -> None: ...
    @property
    def enable_synaptic_input_inhibitory(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_synaptic_input_inhibitory.setter
    def enable_synaptic_input_inhibitory(self, value: Any) -> None: ...
    @property
    def enable_synaptic_input_excitatory_coba_mode(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_synaptic_input_excitatory_coba_mode.setter
    def enable_synaptic_input_excitatory_coba_mode(self, value: Any) -> None: ...
    @property
    def enable_synaptic_input_inhibitory_coba_mode(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_synaptic_input_inhibitory_coba_mode.setter
    def enable_synaptic_input_inhibitory_coba_mode(self, value: Any) -> None: ...
    @property
    def enable_synaptic_input_excitatory_small_capacitance(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_synaptic_input_excitatory_small_capacitance.setter
    def enable_synaptic_input_excitatory_small_capacitance(self, value: Any) -> None: ...
    @property
    def enable_synaptic_input_inhibitory_small_capacitance(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_synaptic_input_inhibitory_small_capacitance.setter
    def enable_synaptic_input_inhibitory_small_capacitance(self, value: Any) -> None: ...
    @property
    def enable_synaptic_input_excitatory_high_resistance(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_synaptic_input_excitatory_high_resistance.setter
    def enable_synaptic_input_excitatory_high_resistance(self, value: Any) -> None: ...
    @property
    def enable_synaptic_input_inhibitory_high_resistance(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_synaptic_input_inhibitory_high_resistance.setter
    def enable_synaptic_input_inhibitory_high_resistance(self, value: Any) -> None: ...
    @property
    def enable_bypass_excitatory(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_bypass_excitatory.setter
    def enable_bypass_excitatory(self, value: Any) -> None: ...
    @property
    def enable_bypass_inhibitory(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_bypass_inhibitory.setter
    def enable_bypass_inhibitory(self, value: Any) -> None: ...
    @property
    def enable_membrane_offset(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_membrane_offset.setter
    def enable_membrane_offset(self, value: Any) -> None: ...
    @property
    def invert_membrane_offset(self) -> bool:
        """bool, 0 to 1."""
        ...
    @invert_membrane_offset.setter
    def invert_membrane_offset(self, value: Any) -> None: ...
    @property
    def membrane_capacitor_size(self) -> NeuronConfig.MembraneCapacitorSize:
        """MembraneCapacitorSize, 0 to 63."""
        ...
    @membrane_capacitor_size.setter
    def membrane_capacitor_size(self, value: Any) -> None: ...
    @property
    def invert_adaptation_a(self) -> bool:
        """bool, 0 to 1."""
        ...
    @invert_adaptation_a.setter
    def invert_adaptation_a(self, value: Any) -> None: ...
    @property
    def invert_adaptation_b(self) -> bool:
        """bool, 0 to 1."""
        ...
    @invert_adaptation_b.setter
    def invert_adaptation_b(self, value: Any) -> None: ...
    @property
    def enable_adaptation(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_adaptation.setter
    def enable_adaptation(self, value: Any) -> None: ...
    @property
    def enable_exponential(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_exponential.setter
    def enable_exponential(self, value: Any) -> None: ...
    @property
    def enable_unbuffered_access(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_unbuffered_access.setter
    def enable_unbuffered_access(self, value: Any) -> None: ...
    @property
    def enable_readout_amplifier(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_readout_amplifier.setter
    def enable_readout_amplifier(self, value: Any) -> None: ...
    @property
    def readout_source(self) -> NeuronConfig.ReadoutSource:
        ...
    @readout_source.setter
    def readout_source(self, value: Any) -> None: ...
    @property
    def enable_readout(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_readout.setter
    def enable_readout(self, value: Any) -> None: ...
    @property
    def enable_reset_degeneration(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_reset_degeneration.setter
    def enable_reset_degeneration(self, value: Any) -> None: ...
    @property
    def enable_reset_division(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_reset_division.setter
    def enable_reset_division(self, value: Any) -> None: ...
    @property
    def enable_reset_multiplication(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_reset_multiplication.setter
    def enable_reset_multiplication(self, value: Any) -> None: ...
    @property
    def enable_leak_degeneration(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_leak_degeneration.setter
    def enable_leak_degeneration(self, value: Any) -> None: ...
    @property
    def enable_leak_division(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_leak_division.setter
    def enable_leak_division(self, value: Any) -> None: ...
    @property
    def enable_leak_multiplication(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_leak_multiplication.setter
    def enable_leak_multiplication(self, value: Any) -> None: ...
    @property
    def enable_pause(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_pause.setter
    def enable_pause(self, value: Any) -> None: ...
    ...
class NeuronLabelToGL1EventLUTEntry(Container):
    """Container at ``NeuronLabelToGL1EventLUTEntryOnDLS``, read write.

    Attributes
    ----------
    global_merger_matrix_mutable : GlobalMergerMatrixMutable, 0 to 63, default 0
    gl1_index : GL1Index, 0 to 3, default 0
    """
    coordinate_type = halco.NeuronLabelToGL1EventLUTEntryOnDLS
    class GlobalMergerMatrixMutable(Ranged):
        ...
    class GL1Index(Ranged):
        ...
    @property
    def global_merger_matrix_mutable(self) -> NeuronLabelToGL1EventLUTEntry.GlobalMergerMatrixMutable:
        """GlobalMergerMatrixMutable, 0 to 63."""
        ...
    @global_merger_matrix_mutable.setter
    def global_merger_matrix_mutable(self, value: Any) -> None: ...
    @property
    def gl1_index(self) -> NeuronLabelToGL1EventLUTEntry.GL1Index:
        """GL1Index, 0 to 3."""
        ...
    @gl1_index.setter
    def gl1_index(self, value: Any) -> None: ...
    ...
class NeuronReset(Container):
    """Container at ``NeuronResetOnDLS``, write only."""
    coordinate_type = halco.NeuronResetOnDLS
    ...
class NeuronResetQuad(Container):
    """Container at ``NeuronResetQuadOnDLS``, write only."""
    coordinate_type = halco.NeuronResetQuadOnDLS
    ...
class NeuronSRAMTimingConfig(Container):
    """Container at ``NeuronSRAMTimingConfigOnDLS``, read write.

    Attributes
    ----------
    read_delay : ReadDelay, 0 to 255, default 255
    address_setup_time : AddressSetupTime, 0 to 15, default 15
    write_width : WriteWidth, 0 to 15, default 15
    """
    coordinate_type = halco.NeuronSRAMTimingConfigOnDLS
    class ReadDelay(Ranged):
        ...
    class AddressSetupTime(Ranged):
        ...
    class WriteWidth(Ranged):
        ...
    @property
    def read_delay(self) -> NeuronSRAMTimingConfig.ReadDelay:
        """ReadDelay, 0 to 255."""
        ...
    @read_delay.setter
    def read_delay(self, value: Any) -> None: ...
    @property
    def address_setup_time(self) -> NeuronSRAMTimingConfig.AddressSetupTime:
        """AddressSetupTime, 0 to 15."""
        ...
    @address_setup_time.setter
    def address_setup_time(self, value: Any) -> None: ...
    @property
    def write_width(self) -> NeuronSRAMTimingConfig.WriteWidth:
        """WriteWidth, 0 to 15."""
        ...
    @write_width.setter
    def write_width(self, value: Any) -> None: ...
    ...
class NullPayloadReadable(Container):
    """Container at ``NullPayloadReadableOnFPGA``, read only."""
    coordinate_type = halco.NullPayloadReadableOnFPGA
    ...
class OutputRoutingTableEntry(Container):
    """Container at ``OutputRoutingTableEntryOnFPGA``, read write.

    Attributes
    ----------
    enable : bool, default False
    label : Label, 0 to 32767, default 0
    """
    coordinate_type = halco.OutputRoutingTableEntryOnFPGA
    class Label(Ranged):
        ...
    @property
    def enable(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable.setter
    def enable(self, value: Any) -> None: ...
    @property
    def label(self) -> OutputRoutingTableEntry.Label:
        """Label, 0 to 32767."""
        ...
    @label.setter
    def label(self, value: Any) -> None: ...
    ...
class PADIEvent(Container):
    """Container at ``PADIEventOnDLS``, write only.

    Attributes
    ----------
    fire_bus : bool, array of shape (4,)
    event_address : SynapseLabel, 0 to 63, default 0
    row_select_address : PADIRowSelectAddress, 0 to 31, default 0
    """
    coordinate_type = halco.PADIEventOnDLS
    class HagenAddress(Ranged):
        ...
    class HagenActivation(Ranged):
        ...
    @property
    def fire_bus(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @fire_bus.setter
    def fire_bus(self, value: Any) -> None: ...
    @property
    def event_address(self) -> halco.SynapseLabel:
        """SynapseLabel, 0 to 63."""
        ...
    @event_address.setter
    def event_address(self, value: Any) -> None: ...
    @property
    def row_select_address(self) -> halco.PADIRowSelectAddress:
        """PADIRowSelectAddress, 0 to 31."""
        ...
    @row_select_address.setter
    def row_select_address(self, value: Any) -> None: ...
    @property
    def hagen_address(self) -> PADIEvent.HagenAddress:
        """Bits 5 to 5 of event_address."""
        ...
    @hagen_address.setter
    def hagen_address(self, value: Any) -> None: ...
    @property
    def hagen_activation(self) -> PADIEvent.HagenActivation:
        """Bits 4 to 0 of event_address."""
        ...
    @hagen_activation.setter
    def hagen_activation(self, value: Any) -> None: ...
    ...
class PLLClockOutputBlock(Container):
    """Container at ``PLLClockOutputBlockOnDLS``, read write.

    Attributes
    ----------
    enable_output : bool, array of shape (4,)
    enable_bypass : bool, array of shape (4,)
    select_adpll : ADPLLOnDLS, 0 to 1, array of shape (4,)
    select_adpll_output : Output, 0 to 2, array of shape (4,)
    spl1_source : PLLClockOutputOnDLS, 0 to 1
    """
    coordinate_type = halco.PLLClockOutputBlockOnDLS
    class ClockOutput(Structure):
        @property
        def enable_output(self) -> bool:
            """bool, 0 to 1."""
            ...
        @enable_output.setter
        def enable_output(self, value: Any) -> None: ...
        @property
        def enable_bypass(self) -> bool:
            """bool, 0 to 1."""
            ...
        @enable_bypass.setter
        def enable_bypass(self, value: Any) -> None: ...
        @property
        def select_adpll(self) -> halco.ADPLLOnDLS:
            """ADPLLOnDLS, 0 to 1."""
            ...
        @select_adpll.setter
        def select_adpll(self, value: Any) -> None: ...
        @property
        def select_adpll_output(self) -> Any:
            ...
        @select_adpll_output.setter
        def select_adpll_output(self, value: Any) -> None: ...
        ...
    @property
    def enable_output(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_output.setter
    def enable_output(self, value: Any) -> None: ...
    @property
    def enable_bypass(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_bypass.setter
    def enable_bypass(self, value: Any) -> None: ...
    @property
    def select_adpll(self) -> TypedArray:
        """ADPLLOnDLS, 0 to 1."""
        ...
    @select_adpll.setter
    def select_adpll(self, value: Any) -> None: ...
    @property
    def select_adpll_output(self) -> TypedArray:
        ...
    @select_adpll_output.setter
    def select_adpll_output(self, value: Any) -> None: ...
    @property
    def spl1_source(self) -> halco.PLLClockOutputOnDLS:
        ...
    @spl1_source.setter
    def spl1_source(self, value: Any) -> None: ...
    def get_clock_output(container, index: Any) -> Any:
        """Return a copy of one ``ClockOutput``."""
        ...
    def set_clock_output(container, index: Any, value: Any) -> Any:
        """Store one ``ClockOutput``."""
        ...
    ...
class PLLSelfTest(Container):
    """Container at ``PLLSelfTestOnDLS``, read write.

    Attributes
    ----------
    clock_enable : bool, default False
    pre_scaler_p : PreScalerP, 0 to 15, default 0
    select_source : PLLClockOutputOnDLS, 0 to 3, default 0
    check_range : CheckRange, 0 to 15, default 0
    check_value : CheckValue, 0 to 1048575, default 0
    """
    coordinate_type = halco.PLLSelfTestOnDLS
    class PreScalerP(Ranged):
        ...
    class CheckRange(Ranged):
        ...
    class CheckValue(Ranged):
        ...
    @property
    def clock_enable(self) -> bool:
        """bool, 0 to 1."""
        ...
    @clock_enable.setter
    def clock_enable(self, value: Any) -> None: ...
    @property
    def pre_scaler_p(self) -> PLLSelfTest.PreScalerP:
        """PreScalerP, 0 to 15."""
        ...
    @pre_scaler_p.setter
    def pre_scaler_p(self, value: Any) -> None: ...
    @property
    def select_source(self) -> halco.PLLClockOutputOnDLS:
        """PLLClockOutputOnDLS, 0 to 3."""
        ...
    @select_source.setter
    def select_source(self, value: Any) -> None: ...
    @property
    def check_range(self) -> PLLSelfTest.CheckRange:
        """CheckRange, 0 to 15."""
        ...
    @check_range.setter
    def check_range(self, value: Any) -> None: ...
    @property
    def check_value(self) -> PLLSelfTest.CheckValue:
        """CheckValue, 0 to 1048575."""
        ...
    @check_value.setter
    def check_value(self, value: Any) -> None: ...
    ...
class PLLSelfTestStatus(Container):
    """Container at ``PLLSelfTestStatusOnDLS``, read only.

    Attributes
    ----------
    success : bool, default False
    finished : bool, default False
    counter_value : CounterValue, 0 to 1048575, default 0
    """
    coordinate_type = halco.PLLSelfTestStatusOnDLS
    class CounterValue(Ranged):
        ...
    @property
    def success(self) -> bool:
        """bool, 0 to 1."""
        ...
    @success.setter
    def success(self, value: Any) -> None: ...
    @property
    def finished(self) -> bool:
        """bool, 0 to 1."""
        ...
    @finished.setter
    def finished(self, value: Any) -> None: ...
    @property
    def counter_value(self) -> PLLSelfTestStatus.CounterValue:
        """CounterValue, 0 to 1048575."""
        ...
    @counter_value.setter
    def counter_value(self, value: Any) -> None: ...
    ...
class PPUControlRegister(Container):
    """Container at ``PPUControlRegisterOnDLS``, read write.

    Attributes
    ----------
    cache_controller_enable : bool, default False
    inhibit_reset : bool, default False
    force_clock_on : bool, default False
    force_clock_off : bool, default False
    """
    coordinate_type = halco.PPUControlRegisterOnDLS
    @property
    def cache_controller_enable(self) -> bool:
        """bool, 0 to 1."""
        ...
    @cache_controller_enable.setter
    def cache_controller_enable(self, value: Any) -> None: ...
    @property
    def inhibit_reset(self) -> bool:
        """bool, 0 to 1."""
        ...
    @inhibit_reset.setter
    def inhibit_reset(self, value: Any) -> None: ...
    @property
    def force_clock_on(self) -> bool:
        """bool, 0 to 1."""
        ...
    @force_clock_on.setter
    def force_clock_on(self, value: Any) -> None: ...
    @property
    def force_clock_off(self) -> bool:
        """bool, 0 to 1."""
        ...
    @force_clock_off.setter
    def force_clock_off(self, value: Any) -> None: ...
    ...
class PPUMemoryWord(Container):
    """Container at ``PPUMemoryWordOnDLS``, read write.

    Attributes
    ----------
    value : Value, 0 to 4294967295, default 0
    """
    coordinate_type = halco.PPUMemoryWordOnDLS
    class Value(Ranged):
        ...
    @property
    def value(self) -> PPUMemoryWord.Value:
        """Value, 0 to 4294967295."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class PPUStatusRegister(Container):
    """Container at ``PPUStatusRegisterOnDLS``, read only.

    Attributes
    ----------
    sleep : bool, default False
    """
    coordinate_type = halco.PPUStatusRegisterOnDLS
    @property
    def sleep(self) -> bool:
        """bool, 0 to 1."""
        ...
    @sleep.setter
    def sleep(self, value: Any) -> None: ...
    ...
class PadMultiplexerConfig(Container):
    """Container at ``PadMultiplexerConfigOnDLS``, read write.

    Attributes
    ----------
    cadc_v_ramp_mux : bool, array of shape (4,)
    cadc_v_ramp_mux_to_pad : bool, default False
    capmem_i_out_mux : bool, array of shape (4,)
    capmem_i_out_mux_to_capmem_intermediate_mux : bool, default False
    capmem_intermediate_mux_to_pad : bool, default False
    capmem_v_out_mux : bool, array of shape (4,)
    capmem_v_out_mux_to_capmem_intermediate_mux : bool, default False
    capmem_v_ref_mux : bool, array of shape (4,)
    capmem_v_ref_mux_to_capmem_intermediate_mux : bool, default False
    neuron_i_stim_mux : bool, array of shape (2,)
    neuron_i_stim_mux_to_pad : bool, default False
    cadc_debug_acausal_to_synapse_intermediate_mux : bool, default False
    cadc_debug_causal_to_synapse_intermediate_mux : bool, default False
    synin_debug_inhibitory_to_synapse_intermediate_mux : bool, default False
    synin_debug_excitatory_to_synapse_intermediate_mux : bool, default False
    synapse_intermediate_mux_to_pad : bool, default False
    buffer_to_pad : bool, array of shape (2,)
    debug_to_pad : bool, default False
    """
    coordinate_type = halco.PadMultiplexerConfigOnDLS
    @property
    def cadc_v_ramp_mux(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @cadc_v_ramp_mux.setter
    def cadc_v_ramp_mux(self, value: Any) -> None: ...
    @property
    def cadc_v_ramp_mux_to_pad(self) -> bool:
        """bool, 0 to 1."""
        ...
    @cadc_v_ramp_mux_to_pad.setter
    def cadc_v_ramp_mux_to_pad(self, value: Any) -> None: ...
    @property
    def capmem_i_out_mux(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @capmem_i_out_mux.setter
    def capmem_i_out_mux(self, value: Any) -> None: ...
    @property
    def capmem_i_out_mux_to_capmem_intermediate_mux(self) -> bool:
        """bool, 0 to 1."""
        ...
    @capmem_i_out_mux_to_capmem_intermediate_mux.setter
    def capmem_i_out_mux_to_capmem_intermediate_mux(self, value: Any) -> None: ...
    @property
    def capmem_intermediate_mux_to_pad(self) -> bool:
        """bool, 0 to 1."""
        ...
    @capmem_intermediate_mux_to_pad.setter
    def capmem_intermediate_mux_to_pad(self, value: Any) -> None: ...
    @property
    def capmem_v_out_mux(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @capmem_v_out_mux.setter
    def capmem_v_out_mux(self, value: Any) -> None: ...
    @property
    def capmem_v_out_mux_to_capmem_intermediate_mux(self) -> bool:
        """bool, 0 to 1."""
        ...
    @capmem_v_out_mux_to_capmem_intermediate_mux.setter
    def capmem_v_out_mux_to_capmem_intermediate_mux(self, value: Any) -> None: ...
    @property
    def capmem_v_ref_mux(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @capmem_v_ref_mux.setter
    def capmem_v_ref_mux(self, value: Any) -> None: ...
    @property
    def capmem_v_ref_mux_to_capmem_intermediate_mux(self) -> bool:
        """bool, 0 to 1."""
        ...
    @capmem_v_ref_mux_to_capmem_intermediate_mux.setter
    def capmem_v_ref_mux_to_capmem_intermediate_mux(self, value: Any) -> None: ...
    @property
    def neuron_i_stim_mux(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @neuron_i_stim_mux.setter
    def neuron_i_stim_mux(self, value: Any) -> None: ...
    @property
    def neuron_i_stim_mux_to_pad(self) -> bool:
        """bool, 0 to 1."""
        ...
    @neuron_i_stim_mux_to_pad.setter
    def neuron_i_stim_mux_to_pad(self, value: Any) -> None: ...
    @property
    def cadc_debug_acausal_to_synapse_intermediate_mux(self) -> bool:
        """bool, 0 to 1."""
        ...
    @cadc_debug_acausal_to_synapse_intermediate_mux.setter
    def cadc_debug_acausal_to_synapse_intermediate_mux(self, value: Any) -> None: ...
    @property
    def cadc_debug_causal_to_synapse_intermediate_mux(self) -> bool:
        """bool, 0 to 1."""
        ...
    @cadc_debug_causal_to_synapse_intermediate_mux.setter
    def cadc_debug_causal_to_synapse_intermediate_mux(self, value: Any) -> None: ...
    @property
    def synin_debug_inhibitory_to_synapse_intermediate_mux(self) -> bool:
        """bool, 0 to 1."""
        ...
    @synin_debug_inhibitory_to_synapse_intermediate_mux.setter
    def synin_debug_inhibitory_to_synapse_intermediate_mux(self, value: Any) -> None: ...
    @property
    def synin_debug_excitatory_to_synapse_intermediate_mux(self) -> bool:
        """bool, 0 to 1."""
        ...
    @synin_debug_excitatory_to_synapse_intermediate_mux.setter
    def synin_debug_excitatory_to_synapse_intermediate_mux(self, value: Any) -> None: ...
    @property
    def synapse_intermediate_mux_to_pad(self) -> bool:
        """bool, 0 to 1."""
        ...
    @synapse_intermediate_mux_to_pad.setter
    def synapse_intermediate_mux_to_pad(self, value: Any) -> None: ...
    @property
    def buffer_to_pad(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @buffer_to_pad.setter
    def buffer_to_pad(self, value: Any) -> None: ...
    @property
    def debug_to_pad(self) -> bool:
        """bool, 0 to 1."""
        ...
    @debug_to_pad.setter
    def debug_to_pad(self, value: Any) -> None: ...
    ...
class PerfTest(Container):
    """Container at ``PerfTestOnFPGA``, read write.

    Attributes
    ----------
    enable : bool, default False
    """
    coordinate_type = halco.PerfTestOnFPGA
    @property
    def enable(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable.setter
    def enable(self, value: Any) -> None: ...
    ...
class PerfTestStatus(Container):
    """Container at ``PerfTestStatusOnFPGA``, read only.

    Attributes
    ----------
    sent : Sent, 0 to 4294967295, default 0
    received : Received, 0 to 4294967295, default 0
    in_order : InOrder, 0 to 4294967295, default 0
    error_word : ErrorWord, 0 to 4294967295, default 0
    """
    coordinate_type = halco.PerfTestStatusOnFPGA
    class Sent(Ranged):
        ...
    class Received(Ranged):
        ...
    class InOrder(Ranged):
        ...
    class ErrorWord(Ranged):
        ...
    @property
    def sent(self) -> PerfTestStatus.Sent:
        """Sent, 0 to 4294967295."""
        ...
    @sent.setter
    def sent(self, value: Any) -> None: ...
    @property
    def received(self) -> PerfTestStatus.Received:
        """Received, 0 to 4294967295."""
        ...
    @received.setter
    def received(self, value: Any) -> None: ...
    @property
    def in_order(self) -> PerfTestStatus.InOrder:
        """InOrder, 0 to 4294967295."""
        ...
    @in_order.setter
    def in_order(self, value: Any) -> None: ...
    @property
    def error_word(self) -> PerfTestStatus.ErrorWord:
        """ErrorWord, 0 to 4294967295."""
        ...
    @error_word.setter
    def error_word(self, value: Any) -> None: ...
    ...
class PhyConfigChip(Container):
    """Container at ``PhyConfigChipOnDLS``, write only.

    Attributes
    ----------
    enable_bit_slip : bool, default False
    manual_delay : ManualDelay, 0 to 15, default 0
    enable_delay_cell_measurement : bool, default False
    enable_initialization_master_mode : bool, default False
    enable_manual_tx_data_valid_for_init : bool, default False
    enable_force_lvds_power_up : bool, default False
    enable_force_start : bool, default False
    enable_manual_training_mode : bool, default False
    enable_ber_loopback : bool, default False
    vbias : VBias, 0 to 7, default 4
    debug_outputs : DebugOutputs, 0 to 1, default 0
    enable_transmission_without_idle_pattern : bool, default False
    enable_clock_pre_alignment : bool, default False
    enable_des_recal : bool, default False
    enable_loopback_en : bool, default False
    enable_auto_init : bool, default True
    """
    coordinate_type = halco.PhyConfigChipOnDLS
    class ManualDelay(Ranged):
        ...
    class VBias(Ranged):
        ...
    class DebugOutputs(Ranged):
        ...
    @property
    def enable_bit_slip(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_bit_slip.setter
    def enable_bit_slip(self, value: Any) -> None: ...
    @property
    def manual_delay(self) -> PhyConfigChip.ManualDelay:
        """ManualDelay, 0 to 15."""
        ...
    @manual_delay.setter
    def manual_delay(self, value: Any) -> None: ...
    @property
    def enable_delay_cell_measurement(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_delay_cell_measurement.setter
    def enable_delay_cell_measurement(self, value: Any) -> None: ...
    @property
    def enable_initialization_master_mode(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_initialization_master_mode.setter
    def enable_initialization_master_mode(self, value: Any) -> None: ...
    @property
    def enable_manual_tx_data_valid_for_init(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_manual_tx_data_valid_for_init.setter
    def enable_manual_tx_data_valid_for_init(self, value: Any) -> None: ...
    @property
    def enable_force_lvds_power_up(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_force_lvds_power_up.setter
    def enable_force_lvds_power_up(self, value: Any) -> None: ...
    @property
    def enable_force_start(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_force_start.setter
    def enable_force_start(self, value: Any) -> None: ...
    @property
    def enable_manual_training_mode(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_manual_training_mode.setter
    def enable_manual_training_mode(self, value: Any) -> None: ...
    @property
    def enable_ber_loopback(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_ber_loopback.setter
    def enable_ber_loopback(self, value: Any) -> None: ...
    @property
    def vbias(self) -> PhyConfigChip.VBias:
        """VBias, 0 to 7."""
        ...
    @vbias.setter
    def vbias(self, value: Any) -> None: ...
    @property
    def debug_outputs(self) -> PhyConfigChip.DebugOutputs:
        """DebugOutputs, 0 to 1."""
        ...
    @debug_outputs.setter
    def debug_outputs(self, value: Any) -> None: ...
    @property
    def enable_transmission_without_idle_pattern(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_transmission_without_idle_pattern.setter
    def enable_transmission_without_idle_pattern(self, value: Any) -> None: ...
    @property
    def enable_transmission_without_idls_pattern(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_transmission_without_idls_pattern.setter
    def enable_transmission_without_idls_pattern(self, value: Any) -> None: ...
    @property
    def enable_clock_pre_alignment(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_clock_pre_alignment.setter
    def enable_clock_pre_alignment(self, value: Any) -> None: ...
    @property
    def enable_des_recal(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_des_recal.setter
    def enable_des_recal(self, value: Any) -> None: ...
    @property
    def enable_loopback_en(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_loopback_en.setter
    def enable_loopback_en(self, value: Any) -> None: ...
    @property
    def enable_auto_init(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_auto_init.setter
    def enable_auto_init(self, value: Any) -> None: ...
    ...
class PhyConfigFPGA(Container):
    """Container at ``PhyConfigFPGAOnDLS``, read write.

    Attributes
    ----------
    enable_bit_slip : bool, default False
    manual_delay : ManualDelay, 0 to 15, default 0
    enable_delay_cell_measurement : bool, default False
    enable_initialization_master_mode : bool, default True
    enable_manual_tx_data_valid_for_init : bool, default False
    enable_force_lvds_power_up : bool, default False
    enable_force_start : bool, default False
    enable_manual_training_mode : bool, default False
    enable_ber_loopback : bool, default False
    vbias : VBias, 0 to 7, default 4
    debug_outputs : DebugOutputs, 0 to 1, default 0
    enable_transmission_without_idle_pattern : bool, default False
    enable_clock_pre_alignment : bool, default False
    enable_des_recal : bool, default False
    enable_loopback_en : bool, default False
    enable_auto_init : bool, default True
    """
    coordinate_type = halco.PhyConfigFPGAOnDLS
    class ManualDelay(Ranged):
        ...
    class VBias(Ranged):
        ...
    class DebugOutputs(Ranged):
        ...
    @property
    def enable_bit_slip(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_bit_slip.setter
    def enable_bit_slip(self, value: Any) -> None: ...
    @property
    def manual_delay(self) -> PhyConfigFPGA.ManualDelay:
        """ManualDelay, 0 to 15."""
        ...
    @manual_delay.setter
    def manual_delay(self, value: Any) -> None: ...
    @property
    def enable_delay_cell_measurement(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_delay_cell_measurement.setter
    def enable_delay_cell_measurement(self, value: Any) -> None: ...
    @property
    def enable_initialization_master_mode(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_initialization_master_mode.setter
    def enable_initialization_master_mode(self, value: Any) -> None: ...
    @property
    def enable_manual_tx_data_valid_for_init(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_manual_tx_data_valid_for_init.setter
    def enable_manual_tx_data_valid_for_init(self, value: Any) -> None: ...
    @property
    def enable_force_lvds_power_up(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_force_lvds_power_up.setter
    def enable_force_lvds_power_up(self, value: Any) -> None: ...
    @property
    def enable_force_start(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_force_start.setter
    def enable_force_start(self, value: Any) -> None: ...
    @property
    def enable_manual_training_mode(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_manual_training_mode.setter
    def enable_manual_training_mode(self, value: Any) -> None: ...
    @property
    def enable_ber_loopback(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_ber_loopback.setter
    def enable_ber_loopback(self, value: Any) -> None: ...
    @property
    def vbias(self) -> PhyConfigFPGA.VBias:
        """VBias, 0 to 7."""
        ...
    @vbias.setter
    def vbias(self, value: Any) -> None: ...
    @property
    def debug_outputs(self) -> PhyConfigFPGA.DebugOutputs:
        """DebugOutputs, 0 to 1."""
        ...
    @debug_outputs.setter
    def debug_outputs(self, value: Any) -> None: ...
    @property
    def enable_transmission_without_idle_pattern(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_transmission_without_idle_pattern.setter
    def enable_transmission_without_idle_pattern(self, value: Any) -> None: ...
    @property
    def enable_transmission_without_idls_pattern(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_transmission_without_idls_pattern.setter
    def enable_transmission_without_idls_pattern(self, value: Any) -> None: ...
    @property
    def enable_clock_pre_alignment(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_clock_pre_alignment.setter
    def enable_clock_pre_alignment(self, value: Any) -> None: ...
    @property
    def enable_des_recal(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_des_recal.setter
    def enable_des_recal(self, value: Any) -> None: ...
    @property
    def enable_loopback_en(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_loopback_en.setter
    def enable_loopback_en(self, value: Any) -> None: ...
    @property
    def enable_auto_init(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_auto_init.setter
    def enable_auto_init(self, value: Any) -> None: ...
    ...
class PhyStatus(Container):
    """Container at ``PhyStatusOnFPGA``, read only.

    Attributes
    ----------
    crc_error_count : CRCErrorCount, 0 to 4294967295, default 0
    online_time : OnlineTime, 0 to 4294967295, default 0
    rx_dropped_count : RxDroppedCount, 0 to 4294967295, default 0
    tx_count : TxCount, 0 to 4294967295, default 0
    rx_count : RxCount, 0 to 4294967295, default 0
    """
    coordinate_type = halco.PhyStatusOnFPGA
    class CRCErrorCount(Ranged):
        ...
    class OnlineTime(Ranged):
        ...
    class RxDroppedCount(Ranged):
        ...
    class TxCount(Ranged):
        ...
    class RxCount(Ranged):
        ...
    @property
    def crc_error_count(self) -> PhyStatus.CRCErrorCount:
        """CRCErrorCount, 0 to 4294967295."""
        ...
    @crc_error_count.setter
    def crc_error_count(self, value: Any) -> None: ...
    @property
    def online_time(self) -> PhyStatus.OnlineTime:
        """OnlineTime, 0 to 4294967295."""
        ...
    @online_time.setter
    def online_time(self, value: Any) -> None: ...
    @property
    def rx_dropped_count(self) -> PhyStatus.RxDroppedCount:
        """RxDroppedCount, 0 to 4294967295."""
        ...
    @rx_dropped_count.setter
    def rx_dropped_count(self, value: Any) -> None: ...
    @property
    def tx_count(self) -> PhyStatus.TxCount:
        """TxCount, 0 to 4294967295."""
        ...
    @tx_count.setter
    def tx_count(self, value: Any) -> None: ...
    @property
    def rx_count(self) -> PhyStatus.RxCount:
        """RxCount, 0 to 4294967295."""
        ...
    @rx_count.setter
    def rx_count(self, value: Any) -> None: ...
    ...
class PollingOmnibusBlock(Container):
    """Container at ``PollingOmnibusBlockOnFPGA``, write only.

    Attributes
    ----------
    enable_expects_equality : bool, default True
    """
    coordinate_type = halco.PollingOmnibusBlockOnFPGA
    @property
    def enable_expects_equality(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_expects_equality.setter
    def enable_expects_equality(self, value: Any) -> None: ...
    ...
class PollingOmnibusBlockConfig(Container):
    """Container at ``PollingOmnibusBlockConfigOnFPGA``, read write.

    Attributes
    ----------
    address : OmnibusAddress, 0 to 4294967295, default 0
    target : Word, 0 to 4294967295, default 0
    mask : Word, 0 to 4294967295, default 0
    """
    coordinate_type = halco.PollingOmnibusBlockConfigOnFPGA
    class Word(Ranged):
        ...
    @property
    def address(self) -> halco.OmnibusAddress:
        """OmnibusAddress, 0 to 4294967295."""
        ...
    @address.setter
    def address(self, value: Any) -> None: ...
    @property
    def target(self) -> PollingOmnibusBlockConfig.Word:
        """Word, 0 to 4294967295."""
        ...
    @target.setter
    def target(self, value: Any) -> None: ...
    @property
    def mask(self) -> PollingOmnibusBlockConfig.Word:
        """Word, 0 to 4294967295."""
        ...
    @mask.setter
    def mask(self, value: Any) -> None: ...
    ...
class ReadoutSourceSelection(Container):
    """Container at ``ReadoutSourceSelectionOnDLS``, read write.

    Attributes
    ----------
    debug_plus : bool, array of shape (2,)
    debug_minus : bool, array of shape (2,)
    current_dac : bool, array of shape (2,)
    synin_debug_inhibitory : bool, array of shape (2,)
    synin_debug_excitatory : bool, array of shape (2,)
    cadc_debug_causal : bool, array of shape (2,)
    cadc_debug_acausal : bool, array of shape (2,)
    synapse_driver_debug : bool, array of shape (2, 2)
    neuron_odd : bool, array of shape (2, 2)
    neuron_even : bool, array of shape (2, 2)
    enable_buffer_to_pad : bool, array of shape (2,)
    """
    coordinate_type = halco.ReadoutSourceSelectionOnDLS
    class SourceMultiplexer(Structure):
        @property
        def debug_plus(self) -> bool:
            """bool, 0 to 1."""
            ...
        @debug_plus.setter
        def debug_plus(self, value: Any) -> None: ...
        @property
        def debug_minus(self) -> bool:
            """bool, 0 to 1."""
            ...
        @debug_minus.setter
        def debug_minus(self, value: Any) -> None: ...
        @property
        def current_dac(self) -> bool:
            """bool, 0 to 1."""
            ...
        @current_dac.setter
        def current_dac(self, value: Any) -> None: ...
        @property
        def synin_debug_inhibitory(self) -> bool:
            """bool, 0 to 1."""
            ...
        @synin_debug_inhibitory.setter
        def synin_debug_inhibitory(self, value: Any) -> None: ...
        @property
        def synin_debug_excitatory(self) -> bool:
            """bool, 0 to 1."""
            ...
        @synin_debug_excitatory.setter
        def synin_debug_excitatory(self, value: Any) -> None: ...
        @property
        def cadc_debug_causal(self) -> bool:
            """bool, 0 to 1."""
            ...
        @cadc_debug_causal.setter
        def cadc_debug_causal(self, value: Any) -> None: ...
        @property
        def cadc_debug_acausal(self) -> bool:
            """bool, 0 to 1."""
            ...
        @cadc_debug_acausal.setter
        def cadc_debug_acausal(self, value: Any) -> None: ...
        @property
        def synapse_driver_debug(self) -> TypedArray:
            """bool, 0 to 1."""
            ...
        @synapse_driver_debug.setter
        def synapse_driver_debug(self, value: Any) -> None: ...
        @property
        def neuron_odd(self) -> TypedArray:
            """bool, 0 to 1."""
            ...
        @neuron_odd.setter
        def neuron_odd(self, value: Any) -> None: ...
        @property
        def neuron_even(self) -> TypedArray:
            """bool, 0 to 1."""
            ...
        @neuron_even.setter
        def neuron_even(self, value: Any) -> None: ...
        ...
    @property
    def debug_plus(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @debug_plus.setter
    def debug_plus(self, value: Any) -> None: ...
    @property
    def debug_minus(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @debug_minus.setter
    def debug_minus(self, value: Any) -> None: ...
    @property
    def current_dac(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @current_dac.setter
    def current_dac(self, value: Any) -> None: ...
    @property
    def synin_debug_inhibitory(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @synin_debug_inhibitory.setter
    def synin_debug_inhibitory(self, value: Any) -> None: ...
    @property
    def synin_debug_excitatory(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @synin_debug_excitatory.setter
    def synin_debug_excitatory(self, value: Any) -> None: ...
    @property
    def cadc_debug_causal(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @cadc_debug_causal.setter
    def cadc_debug_causal(self, value: Any) -> None: ...
    @property
    def cadc_debug_acausal(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @cadc_debug_acausal.setter
    def cadc_debug_acausal(self, value: Any) -> None: ...
    @property
    def synapse_driver_debug(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @synapse_driver_debug.setter
    def synapse_driver_debug(self, value: Any) -> None: ...
    @property
    def neuron_odd(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @neuron_odd.setter
    def neuron_odd(self, value: Any) -> None: ...
    @property
    def neuron_even(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @neuron_even.setter
    def neuron_even(self, value: Any) -> None: ...
    @property
    def enable_buffer_to_pad(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_buffer_to_pad.setter
    def enable_buffer_to_pad(self, value: Any) -> None: ...
    def get_buffer(container, index: Any) -> Any:
        """Return a copy of one ``SourceMultiplexer``."""
        ...
    def set_buffer(container, index: Any, value: Any) -> Any:
        """Store one ``SourceMultiplexer``."""
        ...
    ...
class ReferenceGeneratorConfig(Container):
    """Container at ``ReferenceGeneratorConfigOnDLS``, read write.

    Attributes
    ----------
    enable_internal_reference : bool, default True
    enable_reference_output : bool, default False
    enable_reference_input : bool, default False
    enable_reset : bool, default False
    capmem_amplifier : CapMemAmplifier, 0 to 63, array of shape (4,)
    capmem_offset : CapMemOffset, 0 to 63, array of shape (4,)
    capmem_slope : CapMemSlope, 0 to 63, array of shape (4,)
    reference_control : ReferenceControl, 0 to 63, default 10
    resistor_control : ResistorControl, 0 to 63, default 40
    """
    coordinate_type = halco.ReferenceGeneratorConfigOnDLS
    class CapMemAmplifier(Ranged):
        ...
    class CapMemOffset(Ranged):
        ...
    class CapMemSlope(Ranged):
        ...
    class ReferenceControl(Ranged):
        ...
    class ResistorControl(Ranged):
        ...
    @property
    def enable_internal_reference(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_internal_reference.setter
    def enable_internal_reference(self, value: Any) -> None: ...
    @property
    def enable_reference_output(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_reference_output.setter
    def enable_reference_output(self, value: Any) -> None: ...
    @property
    def enable_reference_input(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_reference_input.setter
    def enable_reference_input(self, value: Any) -> None: ...
    @property
    def enable_reset(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_reset.setter
    def enable_reset(self, value: Any) -> None: ...
    @property
    def capmem_amplifier(self) -> TypedArray:
        """CapMemAmplifier, 0 to 63."""
        ...
    @capmem_amplifier.setter
    def capmem_amplifier(self, value: Any) -> None: ...
    @property
    def capmem_offset(self) -> TypedArray:
        """CapMemOffset, 0 to 63."""
        ...
    @capmem_offset.setter
    def capmem_offset(self, value: Any) -> None: ...
    @property
    def capmem_slope(self) -> TypedArray:
        """CapMemSlope, 0 to 63."""
        ...
    @capmem_slope.setter
    def capmem_slope(self, value: Any) -> None: ...
    @property
    def reference_control(self) -> ReferenceGeneratorConfig.ReferenceControl:
        """ReferenceControl, 0 to 63."""
        ...
    @reference_control.setter
    def reference_control(self, value: Any) -> None: ...
    @property
    def resistor_control(self) -> ReferenceGeneratorConfig.ResistorControl:
        """ResistorControl, 0 to 63."""
        ...
    @resistor_control.setter
    def resistor_control(self, value: Any) -> None: ...
    ...
class ResetChip(Container):
    """Container at ``ResetChipOnDLS``, write only.

    Attributes
    ----------
    value : bool, default False
    """
    coordinate_type = halco.ResetChipOnDLS
    @property
    def value(self) -> bool:
        """bool, 0 to 1."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    def get(container) -> Any:
        """Return ``value``."""
        ...
    def set(container, value: Any) -> Any:
        """Set ``value``."""
        ...
    ...
class ResetJTAGTap(Container):
    """Container at ``ResetJTAGTapOnDLS``, write only."""
    coordinate_type = halco.ResetJTAGTapOnDLS
    ...
class ShiftRegister(Container):
    """Container at ``ShiftRegisterOnBoard``, write only.

    Attributes
    ----------
    select_analog_readout_mux_1_input : AnalogReadoutMux1Input, 0 to 3
    select_analog_readout_mux_2_input : AnalogReadoutMux2Input, 0 to 3
    select_analog_readout_mux_3_input : AnalogReadoutMux3Input, 0 to 3
    enable_i_ref_board : bool, default True
    enable_measure_i_ref : bool, default False
    enable_dac_to_readout_0 : bool, default False
    enable_dac_to_readout_1 : bool, default False
    enable_led : bool, array of shape (6,)
    enable_adc_power_down : bool, default False
    enable_adc_reset : bool, default False
    enable_vdd : bool, array of shape (6,)
    """
    coordinate_type = halco.ShiftRegisterOnBoard
    class AnalogReadoutMux1Input(IntEnum):
        off = 0
        readout_chain_0 = 1
        readout_chain_1 = 2
        mux_rfu_0 = 3
    class AnalogReadoutMux2Input(IntEnum):
        off = 0
        v_reset = 1
        vdd_res_meas = 2
        mux_dac_25 = 3
    class AnalogReadoutMux3Input(IntEnum):
        off = 0
        i_ref = 1
        mux_rfu_1 = 2
        mux_rfu_2 = 3
    @property
    def select_analog_readout_mux_1_input(self) -> ShiftRegister.AnalogReadoutMux1Input:
        ...
    @select_analog_readout_mux_1_input.setter
    def select_analog_readout_mux_1_input(self, value: Any) -> None: ...
    @property
    def select_analog_readout_mux_2_input(self) -> ShiftRegister.AnalogReadoutMux2Input:
        ...
    @select_analog_readout_mux_2_input.setter
    def select_analog_readout_mux_2_input(self, value: Any) -> None: ...
    @property
    def select_analog_readout_mux_3_input(self) -> ShiftRegister.AnalogReadoutMux3Input:
        ...
    @select_analog_readout_mux_3_input.setter
    def select_analog_readout_mux_3_input(self, value: Any) -> None: ...
    @property
    def enable_i_ref_board(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_i_ref_board.setter
    def enable_i_ref_board(self, value: Any) -> None: ...
    @property
    def enable_measure_i_ref(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_measure_i_ref.setter
    def enable_measure_i_ref(self, value: Any) -> None: ...
    @property
    def enable_dac_to_readout_0(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_dac_to_readout_0.setter
    def enable_dac_to_readout_0(self, value: Any) -> None: ...
    @property
    def enable_dac_to_readout_1(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_dac_to_readout_1.setter
    def enable_dac_to_readout_1(self, value: Any) -> None: ...
    @property
    def enable_led(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_led.setter
    def enable_led(self, value: Any) -> None: ...
    def get_enable_led(container, index: Any) -> Any:
        """Return one element of ``enable_led``."""
        ...
    def set_enable_led(container, index: Any, value: Any) -> Any:
        """Set one element of ``enable_led``."""
        ...
    @property
    def enable_adc_power_down(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_adc_power_down.setter
    def enable_adc_power_down(self, value: Any) -> None: ...
    @property
    def enable_adc_reset(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_adc_reset.setter
    def enable_adc_reset(self, value: Any) -> None: ...
    @property
    def enable_vdd(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_vdd.setter
    def enable_vdd(self, value: Any) -> None: ...
    def get_enable_vdd(container, index: Any) -> Any:
        """Return one element of ``enable_vdd``."""
        ...
    def set_enable_vdd(container, index: Any, value: Any) -> Any:
        """Set one element of ``enable_vdd``."""
        ...
    ...
class SpikeCounterRead(Container):
    """Container at ``SpikeCounterReadOnDLS``, read only.

    Attributes
    ----------
    count : Count, 0 to 255, default 0
    overflow : bool, default False
    """
    coordinate_type = halco.SpikeCounterReadOnDLS
    class Count(Ranged):
        ...
    @property
    def count(self) -> SpikeCounterRead.Count:
        """Count, 0 to 255."""
        ...
    @count.setter
    def count(self, value: Any) -> None: ...
    @property
    def overflow(self) -> bool:
        """bool, 0 to 1."""
        ...
    @overflow.setter
    def overflow(self, value: Any) -> None: ...
    ...
class SpikeCounterReset(Container):
    """Container at ``SpikeCounterResetOnDLS``, write only."""
    coordinate_type = halco.SpikeCounterResetOnDLS
    ...
class SpikeIOConfig(Container):
    """Container at ``SpikeIOConfigOnFPGA``, read write.

    Attributes
    ----------
    data_rate_scaler : DataRateScaler, 1 to 65535, default 1
    enable_tx : bool, default False
    enable_rx : bool, default False
    enable_internal_loopback : bool, default False
    """
    coordinate_type = halco.SpikeIOConfigOnFPGA
    class DataRateScaler(Ranged):
        ...
    @property
    def data_rate_scaler(self) -> SpikeIOConfig.DataRateScaler:
        """DataRateScaler, 1 to 65535."""
        ...
    @data_rate_scaler.setter
    def data_rate_scaler(self, value: Any) -> None: ...
    @property
    def enable_tx(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_tx.setter
    def enable_tx(self, value: Any) -> None: ...
    @property
    def enable_rx(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_rx.setter
    def enable_rx(self, value: Any) -> None: ...
    @property
    def enable_internal_loopback(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_internal_loopback.setter
    def enable_internal_loopback(self, value: Any) -> None: ...
    ...
class SpikeIOInputRoute(Container):
    """Container at ``SpikeIOInputRouteOnFPGA``, read write.

    Attributes
    ----------
    target : SpikeLabel, 0 to 65535, default 65535
    """
    coordinate_type = halco.SpikeIOInputRouteOnFPGA
    @property
    def target(self) -> halco.SpikeLabel:
        """SpikeLabel, 0 to 65535."""
        ...
    @target.setter
    def target(self, value: Any) -> None: ...
    SILENT: ClassVar[Any]
    ...
class SpikeIOOutputRoute(Container):
    """Container at ``SpikeIOOutputRouteOnFPGA``, read write.

    Attributes
    ----------
    target : SpikeIOAddress, 0 to 255, default 255
    """
    coordinate_type = halco.SpikeIOOutputRouteOnFPGA
    @property
    def target(self) -> halco.SpikeIOAddress:
        """SpikeIOAddress, 0 to 255."""
        ...
    @target.setter
    def target(self, value: Any) -> None: ...
    SILENT: ClassVar[Any]
    ...
class SpikePack1ToChip(Container):
    """Container at ``SpikePack1ToChipOnDLS``, write only.

    Attributes
    ----------
    labels : SpikeLabel, 0 to 65535, array of shape (1,)
    """
    coordinate_type = halco.SpikePack1ToChipOnDLS
    @property
    def labels(self) -> TypedArray:
        """SpikeLabel, 0 to 65535."""
        ...
    @labels.setter
    def labels(self, value: Any) -> None: ...
    ...
class SpikePack2ToChip(Container):
    """Container at ``SpikePack2ToChipOnDLS``, write only.

    Attributes
    ----------
    labels : SpikeLabel, 0 to 65535, array of shape (2,)
    """
    coordinate_type = halco.SpikePack2ToChipOnDLS
    @property
    def labels(self) -> TypedArray:
        """SpikeLabel, 0 to 65535."""
        ...
    @labels.setter
    def labels(self, value: Any) -> None: ...
    ...
class SpikePack3ToChip(Container):
    """Container at ``SpikePack3ToChipOnDLS``, write only.

    Attributes
    ----------
    labels : SpikeLabel, 0 to 65535, array of shape (3,)
    """
    coordinate_type = halco.SpikePack3ToChipOnDLS
    @property
    def labels(self) -> TypedArray:
        """SpikeLabel, 0 to 65535."""
        ...
    @labels.setter
    def labels(self, value: Any) -> None: ...
    ...
class SynapseBiasSelection(Container):
    """Container at ``SynapseBiasSelectionOnDLS``, read write.

    Attributes
    ----------
    enable_internal_dac_bias : bool, array of shape (4,)
    enable_internal_ramp_bias : bool, array of shape (4,)
    enable_internal_store_bias : bool, array of shape (4,)
    enable_internal_output_bias : bool, array of shape (4,)
    """
    coordinate_type = halco.SynapseBiasSelectionOnDLS
    @property
    def enable_internal_dac_bias(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_internal_dac_bias.setter
    def enable_internal_dac_bias(self, value: Any) -> None: ...
    @property
    def enable_internal_ramp_bias(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_internal_ramp_bias.setter
    def enable_internal_ramp_bias(self, value: Any) -> None: ...
    @property
    def enable_internal_store_bias(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_internal_store_bias.setter
    def enable_internal_store_bias(self, value: Any) -> None: ...
    @property
    def enable_internal_output_bias(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_internal_output_bias.setter
    def enable_internal_output_bias(self, value: Any) -> None: ...
    ...
class SynapseCorrelationCalibQuad(Container):
    """Container at ``SynapseCorrelationCalibQuadOnDLS``, read write.

    Attributes
    ----------
    time_calibs : TimeCalib, 0 to 3, array of shape (4,)
    amp_calibs : AmpCalib, 0 to 3, array of shape (4,)
    """
    coordinate_type = halco.SynapseCorrelationCalibQuadOnDLS
    class TimeCalib(Ranged):
        ...
    class AmpCalib(Ranged):
        ...
    @property
    def time_calibs(self) -> TypedArray:
        """TimeCalib, 0 to 3."""
        ...
    @time_calibs.setter
    def time_calibs(self, value: Any) -> None: ...
    @property
    def amp_calibs(self) -> TypedArray:
        """AmpCalib, 0 to 3."""
        ...
    @amp_calibs.setter
    def amp_calibs(self, value: Any) -> None: ...
    ...
class SynapseDriverConfig(Container):
    """Container at ``SynapseDriverOnDLS``, read write.

    Attributes
    ----------
    enable_receiver : bool, default False
    row_address_compare_mask : RowAddressCompareMask, 0 to 31, default 31
    enable_address_out : bool, default True
    utilization : Utilization, 0 to 15, default 0
    offset : Offset, 0 to 15, default 0
    enable_hagen_dac : bool, default False
    recovery : Recovery, 0 to 15, default 0
    row_mode_bottom : RowMode, 0 to 3
    row_mode_top : RowMode, 0 to 3
    hagen_dac_offset : HagenDACOffset, 0 to 63, default 0
    select_target_voltages : TargetVoltages, 0 to 1, default 0
    enable_readout : bool, default False
    enable_renewing : bool, default False
    enable_hagen_modulation : bool, default False
    enable_stp : bool, default False
    enable_charge_sharing : bool, default False
    enable_recovery : bool, default False
    """
    coordinate_type = halco.SynapseDriverOnDLS
    class RowAddressCompareMask(Ranged):
        ...
    class Utilization(Ranged):
        ...
    class Offset(Ranged):
        ...
    class Recovery(Ranged):
        ...
    class RowMode(IntEnum):
        disabled = 0
        excitatory = 1
        inhibitory = 2
        excitatory_and_inhibitory = 3
    class HagenDACOffset(Ranged):
        ...
    class TargetVoltages(Ranged):
        ...
    @property
    def enable_receiver(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_receiver.setter
    def enable_receiver(self, value: Any) -> None: ...
    @property
    def row_address_compare_mask(self) -> SynapseDriverConfig.RowAddressCompareMask:
        """RowAddressCompareMask, 0 to 31."""
        ...
    @row_address_compare_mask.setter
    def row_address_compare_mask(self, value: Any) -> None: ...
    @property
    def enable_address_out(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_address_out.setter
    def enable_address_out(self, value: Any) -> None: ...
    @property
    def utilization(self) -> SynapseDriverConfig.Utilization:
        """Utilization, 0 to 15."""
        ...
    @utilization.setter
    def utilization(self, value: Any) -> None: ...
    @property
    def offset(self) -> SynapseDriverConfig.Offset:
        """Offset, 0 to 15."""
        ...
    @offset.setter
    def offset(self, value: Any) -> None: ...
    @property
    def enable_hagen_dac(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_hagen_dac.setter
    def enable_hagen_dac(self, value: Any) -> None: ...
    @property
    def recovery(self) -> SynapseDriverConfig.Recovery:
        """Recovery, 0 to 15."""
        ...
    @recovery.setter
    def recovery(self, value: Any) -> None: ...
    @property
    def row_mode_bottom(self) -> SynapseDriverConfig.RowMode:
        ...
    @row_mode_bottom.setter
    def row_mode_bottom(self, value: Any) -> None: ...
    @property
    def row_mode_top(self) -> SynapseDriverConfig.RowMode:
        ...
    @row_mode_top.setter
    def row_mode_top(self, value: Any) -> None: ...
    @property
    def hagen_dac_offset(self) -> SynapseDriverConfig.HagenDACOffset:
        """HagenDACOffset, 0 to 63."""
        ...
    @hagen_dac_offset.setter
    def hagen_dac_offset(self, value: Any) -> None: ...
    @property
    def select_target_voltages(self) -> SynapseDriverConfig.TargetVoltages:
        """TargetVoltages, 0 to 1."""
        ...
    @select_target_voltages.setter
    def select_target_voltages(self, value: Any) -> None: ...
    @property
    def enable_readout(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_readout.setter
    def enable_readout(self, value: Any) -> None: ...
    @property
    def enable_renewing(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_renewing.setter
    def enable_renewing(self, value: Any) -> None: ...
    @property
    def enable_hagen_modulation(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_hagen_modulation.setter
    def enable_hagen_modulation(self, value: Any) -> None: ...
    @property
    def enable_stp(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_stp.setter
    def enable_stp(self, value: Any) -> None: ...
    @property
    def enable_charge_sharing(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_charge_sharing.setter
    def enable_charge_sharing(self, value: Any) -> None: ...
    @property
    def enable_recovery(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_recovery.setter
    def enable_recovery(self, value: Any) -> None: ...
    ...
class SynapseDriverSRAMTimingConfig(Container):
    """Container at ``SynapseDriverSRAMTimingConfigOnDLS``, read write.

    Attributes
    ----------
    read_delay : ReadDelay, 0 to 255, default 192
    address_setup_time : AddressSetupTime, 0 to 15, default 15
    write_width : WriteWidth, 0 to 15, default 15
    """
    coordinate_type = halco.SynapseDriverSRAMTimingConfigOnDLS
    class ReadDelay(Ranged):
        ...
    class AddressSetupTime(Ranged):
        ...
    class WriteWidth(Ranged):
        ...
    @property
    def read_delay(self) -> SynapseDriverSRAMTimingConfig.ReadDelay:
        """ReadDelay, 0 to 255."""
        ...
    @read_delay.setter
    def read_delay(self, value: Any) -> None: ...
    @property
    def address_setup_time(self) -> SynapseDriverSRAMTimingConfig.AddressSetupTime:
        """AddressSetupTime, 0 to 15."""
        ...
    @address_setup_time.setter
    def address_setup_time(self, value: Any) -> None: ...
    @property
    def write_width(self) -> SynapseDriverSRAMTimingConfig.WriteWidth:
        """WriteWidth, 0 to 15."""
        ...
    @write_width.setter
    def write_width(self, value: Any) -> None: ...
    ...
class SynapseLabelQuad(Container):
    """Container at ``SynapseLabelQuadOnDLS``, read write.

    Attributes
    ----------
    values : SynapseLabel, 0 to 63, array of shape (4,)
    """
    coordinate_type = halco.SynapseLabelQuadOnDLS
    @property
    def values(self) -> TypedArray:
        """SynapseLabel, 0 to 63."""
        ...
    @values.setter
    def values(self, value: Any) -> None: ...
    Value = halco.SynapseLabel
    ...
class SynapseQuad(Container):
    """Container at ``SynapseQuadOnDLS``, read write.

    Attributes
    ----------
    weights : Value, 0 to 63, array of shape (4,)
    time_calibs : TimeCalib, 0 to 3, array of shape (4,)
    labels : SynapseLabel, 0 to 63, array of shape (4,)
    amp_calibs : AmpCalib, 0 to 3, array of shape (4,)
    """
    coordinate_type = halco.SynapseQuadOnDLS
    @property
    def weights(self) -> TypedArray:
        """Value, 0 to 63."""
        ...
    @weights.setter
    def weights(self, value: Any) -> None: ...
    @property
    def time_calibs(self) -> TypedArray:
        """TimeCalib, 0 to 3."""
        ...
    @time_calibs.setter
    def time_calibs(self, value: Any) -> None: ...
    @property
    def labels(self) -> TypedArray:
        """SynapseLabel, 0 to 63."""
        ...
    @labels.setter
    def labels(self, value: Any) -> None: ...
    @property
    def amp_calibs(self) -> TypedArray:
        """AmpCalib, 0 to 3."""
        ...
    @amp_calibs.setter
    def amp_calibs(self, value: Any) -> None: ...
    Weight: ClassVar[Any]
    Label = halco.SynapseLabel
    TimeCalib: ClassVar[Any]
    AmpCalib: ClassVar[Any]
    ...
class SynapseWeightQuad(Container):
    """Container at ``SynapseWeightQuadOnDLS``, read write.

    Attributes
    ----------
    values : Value, 0 to 63, array of shape (4,)
    """
    coordinate_type = halco.SynapseWeightQuadOnDLS
    class Value(Ranged):
        ...
    @property
    def values(self) -> TypedArray:
        """Value, 0 to 63."""
        ...
    @values.setter
    def values(self, value: Any) -> None: ...
    ...
class SystimeCorrectionBarrierConfig(Container):
    """Container at ``SystimeCorrectionBarrierConfigOnFPGA``, read write.

    Attributes
    ----------
    enable_interrupt : bool, default False
    """
    coordinate_type = halco.SystimeCorrectionBarrierConfigOnFPGA
    @property
    def enable_interrupt(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_interrupt.setter
    def enable_interrupt(self, value: Any) -> None: ...
    ...
class SystimeSync(Container):
    """Container at ``SystimeSyncOnFPGA``, write only.

    Attributes
    ----------
    do_sync : bool, default True
    """
    coordinate_type = halco.SystimeSyncOnFPGA
    @property
    def do_sync(self) -> bool:
        """bool, 0 to 1."""
        ...
    @do_sync.setter
    def do_sync(self, value: Any) -> None: ...
    ...
class SystimeSyncBase(Container):
    """Container at ``SystimeSyncBaseOnDLS``, read write.

    Attributes
    ----------
    value : Value, 0 to 8796093022207, default 0
    """
    coordinate_type = halco.SystimeSyncBaseOnDLS
    class Value(Ranged):
        ...
    @property
    def value(self) -> SystimeSyncBase.Value:
        """Value, 0 to 8796093022207."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class TCA9546ChannelConfig(Container):
    """Container at ``TCA9546OnBoard``, read write.

    Attributes
    ----------
    enable_channels : bool, array of shape (4,)
    """
    coordinate_type = halco.TCA9546OnBoard
    @property
    def enable_channels(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable_channels.setter
    def enable_channels(self, value: Any) -> None: ...
    @property
    def channel_status(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @channel_status.setter
    def channel_status(self, value: Any) -> None: ...
    default_mux: ClassVar[Any]
    ...
class TCA9554Config(Container):
    """Container at ``TCA9554ConfigOnBoard``, read write.

    Attributes
    ----------
    channel_output : bool, array of shape (8,)
    channel_polarity : ChannelPolarity, 0 to 1, array of shape (8,)
    channel_mode : ChannelMode, 0 to 1, array of shape (8,)
    """
    coordinate_type = halco.TCA9554ConfigOnBoard
    class ChannelPolarity(IntEnum):
        normal = 0
        inverted = 1
    class ChannelMode(IntEnum):
        output = 0
        input = 1
    @property
    def channel_output(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @channel_output.setter
    def channel_output(self, value: Any) -> None: ...
    @property
    def channel_polarity(self) -> TypedArray:
        ...
    @channel_polarity.setter
    def channel_polarity(self, value: Any) -> None: ...
    @property
    def channel_mode(self) -> TypedArray:
        ...
    @channel_mode.setter
    def channel_mode(self, value: Any) -> None: ...
    ...
class TCA9554Inputs(Container):
    """Container at ``TCA9554InputsOnBoard``, read only.

    Attributes
    ----------
    channel_input : bool, array of shape (8,)
    """
    coordinate_type = halco.TCA9554InputsOnBoard
    @property
    def channel_input(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @channel_input.setter
    def channel_input(self, value: Any) -> None: ...
    ...
class TMP112Status(Container):
    """Container at ``TMP112StatusOnBoard``, read only.

    Attributes
    ----------
    temperature : Temperature, -14080 to 32752, default 0
    """
    coordinate_type = halco.TMP112StatusOnBoard
    class Temperature(Ranged):
        ...
    @property
    def temperature(self) -> TMP112Status.Temperature:
        """Temperature, -14080 to 32752."""
        ...
    @temperature.setter
    def temperature(self, value: Any) -> None: ...
    ...
class Timer(Container):
    """Container at ``TimerOnDLS``, read write.

    Attributes
    ----------
    value : Value, 0 to 4294967295, default 0
    """
    coordinate_type = halco.TimerOnDLS
    class Value(Ranged):
        fpga_clock_cycles_per_us: ClassVar[Timer.Value]
        ...
    @property
    def value(self) -> Timer.Value:
        """Value, 0 to 4294967295."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    def get(container) -> Any:
        """Return ``value``."""
        ...
    def set(container, value: Any) -> Any:
        """Set ``value``."""
        ...
    ...
class VectorGeneratorControl(Container):
    """Container at ``VectorGeneratorControlOnFPGA``, write only.

    Attributes
    ----------
    lookup_table_entry_start : VectorGeneratorLUTEntryOnVectorGeneratorLUT, 0 to 255, default 0
    source_count : SourceCount, 1 to 2, default 1
    resend_count : ResendCount, 0 to 15, default 0
    source_waits : Wait, 0 to 15, array of shape (2,)
    sources : Source, 0 to 3, array of shape (2,)
    event_pack : EventPack, 1 to 3, default 1
    enable_ignore_zeros : bool, default False
    notification : Notification, 0 to 1
    trigger : Trigger, 0 to 1
    signal : Signal, 0 to 2
    """
    coordinate_type = halco.VectorGeneratorControlOnFPGA
    class SourceCount(Ranged):
        ...
    class ResendCount(Ranged):
        ...
    class Wait(Ranged):
        ...
    class Source(IntEnum):
        omnibus = 0
        external_0 = 1
        external_1 = 2
        external_2 = 3
    class EventPack(Ranged):
        ...
    class Notification(IntEnum):
        omnibus = 0
        gpio = 1
    class Trigger(IntEnum):
        omnibus = 0
        gpio = 1
    class Signal(IntEnum):
        disabled = 0
        notification = 1
        trigger_and_notification = 2
    @property
    def lookup_table_entry_start(self) -> halco.VectorGeneratorLUTEntryOnVectorGeneratorLUT:
        """VectorGeneratorLUTEntryOnVectorGeneratorLUT, 0 to 255."""
        ...
    @lookup_table_entry_start.setter
    def lookup_table_entry_start(self, value: Any) -> None: ...
    @property
    def source_count(self) -> VectorGeneratorControl.SourceCount:
        """SourceCount, 1 to 2."""
        ...
    @source_count.setter
    def source_count(self, value: Any) -> None: ...
    @property
    def resend_count(self) -> VectorGeneratorControl.ResendCount:
        """ResendCount, 0 to 15."""
        ...
    @resend_count.setter
    def resend_count(self, value: Any) -> None: ...
    @property
    def source_waits(self) -> TypedArray:
        """Wait, 0 to 15."""
        ...
    @source_waits.setter
    def source_waits(self, value: Any) -> None: ...
    @property
    def sources(self) -> TypedArray:
        ...
    @sources.setter
    def sources(self, value: Any) -> None: ...
    @property
    def event_pack(self) -> VectorGeneratorControl.EventPack:
        """EventPack, 1 to 3."""
        ...
    @event_pack.setter
    def event_pack(self, value: Any) -> None: ...
    @property
    def enable_ignore_zeros(self) -> bool:
        """bool, 0 to 1."""
        ...
    @enable_ignore_zeros.setter
    def enable_ignore_zeros(self, value: Any) -> None: ...
    @property
    def notification(self) -> VectorGeneratorControl.Notification:
        ...
    @notification.setter
    def notification(self, value: Any) -> None: ...
    @property
    def trigger(self) -> VectorGeneratorControl.Trigger:
        ...
    @trigger.setter
    def trigger(self, value: Any) -> None: ...
    @property
    def signal(self) -> VectorGeneratorControl.Signal:
        ...
    @signal.setter
    def signal(self, value: Any) -> None: ...
    ...
class VectorGeneratorFIFOWord(Container):
    """Container at ``VectorGeneratorFIFOWordOnFPGA``, write only.

    Attributes
    ----------
    values : HagenActivation, 0 to 31, array of shape (4,)
    last : bool, array of shape (4,)
    enable : bool, array of shape (4,)
    """
    coordinate_type = halco.VectorGeneratorFIFOWordOnFPGA
    class HagenActivation(Ranged):
        ...
    @property
    def values(self) -> TypedArray:
        """HagenActivation, 0 to 31."""
        ...
    @values.setter
    def values(self, value: Any) -> None: ...
    @property
    def last(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @last.setter
    def last(self, value: Any) -> None: ...
    @property
    def enable(self) -> TypedArray:
        """bool, 0 to 1."""
        ...
    @enable.setter
    def enable(self, value: Any) -> None: ...
    ...
class VectorGeneratorLUTEntry(Container):
    """Container at ``VectorGeneratorLUTEntryOnFPGA``, read write.

    Attributes
    ----------
    value : Value, 0 to 2047, default 0
    """
    coordinate_type = halco.VectorGeneratorLUTEntryOnFPGA
    class Value(Ranged):
        ...
    @property
    def value(self) -> VectorGeneratorLUTEntry.Value:
        """Value, 0 to 2047."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class VectorGeneratorNotificationAddress(Container):
    """Container at ``VectorGeneratorNotificationAddressOnFPGA``, read write.

    Attributes
    ----------
    value : OmnibusAddress, 0 to 4294967295, default 0
    """
    coordinate_type = halco.VectorGeneratorNotificationAddressOnFPGA
    @property
    def value(self) -> halco.OmnibusAddress:
        """OmnibusAddress, 0 to 4294967295."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    ...
class VectorGeneratorTrigger(Container):
    """Container at ``VectorGeneratorTriggerOnFPGA``, write only."""
    coordinate_type = halco.VectorGeneratorTriggerOnFPGA
    ...
class WaitUntil(Container):
    """Container at ``TimerOnDLS``, write only.

    Attributes
    ----------
    value : Value, 0 to 4294967295, default 0
    """
    coordinate_type = halco.TimerOnDLS
    @property
    def value(self) -> Any:
        """Value, 0 to 4294967295."""
        ...
    @value.setter
    def value(self, value: Any) -> None: ...
    def get(container) -> Any:
        """Return ``value``."""
        ...
    def set(container, value: Any) -> Any:
        """Set ``value``."""
        ...
    ...
