"""Neuron circuits: one with all its parameters, and the block of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from fisch import registers
from stadls.aggregate import Aggregate, Analog, Children, Records, Single, Tree
from stadls.groups import Choice, Group, Link
from stadls.hal.types import Container, container_class
from stadls.halco.types import coordinate
from stadls.lola.blocks import CELL_VALUES, cells_of_blocks
from stadls.lola.synapse import ColumnCurrentRow
from stadls.parts import Interleaved, Part, Transfer

# Rows of the CapMem in the order in which a neuron's cells are written.
CELL_ORDER = (10, 11, 12, 13, 3, 14, 15, 16, 17, 4, 0, 8, 1, 9, 2, 22, 5, 18, 19, 20, 7, 6, 21,
              23)


def _code(row: str) -> Link:
    """Cell of the neuron's column, by the name of its row."""
    return Link("_cells", position=registers.raw_coordinates()[
        "CapMemRowOnCapMemBlock"]["constants"][row])


def _switch(field: str) -> Link:
    return Link("_config", field)


def _digital(field: str) -> Link:
    return Link("_backend", field)


def _synaptic_input(short: str, name: str) -> Group:
    """One of the two synaptic inputs; ``short`` is its name among the cells."""
    switch = f"enable_synaptic_input_{name}"
    return Group(f"{name.capitalize()}Input", f"Synaptic input, {name}.", {
        "enable": _switch(switch),
        "i_bias_tau": _code(f"i_bias_synin_{short}_tau"),
        "i_bias_coba": _code(f"i_bias_synin_{short}_coba"),
        "i_shift_reference": _code(f"i_bias_synin_{short}_shift"),
        "i_bias_gm": _code(f"i_bias_synin_{short}_gm"),
        "v_rev_coba": _code(f"e_synin_{short}_rev"),
        "enable_small_capacitance": _switch(f"{switch}_small_capacitance"),
        "enable_high_resistance": _switch(f"{switch}_high_resistance"),
        "enable_coba_mode": _switch(f"{switch}_coba_mode")})


def _multicompartment(doc: str, switches: bool) -> Group:
    connections: Mapping[str, Link] = {
        "connect_soma": _switch("connect_soma"),
        "connect_soma_right": _switch("connect_soma_right"),
        "connect_right": _switch("connect_membrane_right"),
        "connect_vertical": _switch("connect_bottom"),
        "enable_conductance": _switch("enable_multicomp_conductance")}
    return Group("MultiCompartment", doc, {
        **(connections if switches else {}),
        "enable_conductance_division": _switch("enable_divide_multicomp_conductance_bias"),
        "enable_conductance_multiplication":
            _switch("enable_multiply_multicomp_conductance_bias"),
        "i_bias_nmda": _code("i_bias_nmda")})


class AtomicNeuron(Aggregate):
    """One neuron circuit: switches, analog parameters and digital back-end."""

    __slots__ = ()
    _coordinate = "AtomicNeuronOnDLS"
    AnalogValue, AnalogDisableRefresh = CELL_VALUES
    _config = Single("NeuronConfig", {
        "enable_synaptic_input_excitatory_small_capacitance": True,
        "enable_synaptic_input_inhibitory_small_capacitance": True})
    _backend = Single("NeuronBackendConfig")
    _cells = Analog("CapMemRowOnCapMemBlock")

    excitatory_input = _synaptic_input("exc", "excitatory")
    inhibitory_input = _synaptic_input("inh", "inhibitory")
    leak = Group("Leak", "Conductance towards the leak potential.", {
        "v_leak": _code("v_leak"),
        "i_bias": _code("i_bias_leak"),
        "enable_degeneration": _switch("enable_leak_degeneration"),
        "enable_division": _switch("enable_leak_division"),
        "enable_multiplication": _switch("enable_leak_multiplication")})
    reset = Group("Reset", "Conductance towards the reset potential after a spike.", {
        "v_reset": _code("v_reset"),
        "i_bias": _code("i_bias_reset"),
        "enable_degeneration": _switch("enable_reset_degeneration"),
        "enable_division": _switch("enable_reset_division"),
        "enable_multiplication": _switch("enable_reset_multiplication")})
    threshold = Group("Threshold", "Comparator that makes spikes.", {
        "enable": _switch("enable_threshold_comparator"),
        "v_threshold": _code("v_threshold")})
    multicompartment = _multicompartment("Connections with other circuits.", True)
    constant_current = Group("ConstantCurrent", "Current onto the membrane.", {
        "enable": _switch("enable_membrane_offset"),
        "i_offset": _code("i_mem_offset"),
        "type": Choice("Type", {"source": 0, "sink": 1}, ("_config", "invert_membrane_offset"))})
    membrane_capacitance = Group("MembraneCapacitance", "Size of the membrane.", {
        "capacitance": _switch("membrane_capacitor_size")},
        types={"CapacitorSize": ("NeuronConfig", "MembraneCapacitorSize")})
    adaptation = Group("Adaptation", "Adaptation current.", {
        "enable": _switch("enable_adaptation"),
        "enable_pulse": _digital("enable_adaptation_pulse"),
        "invert_a": _switch("invert_adaptation_a"),
        "invert_b": _switch("invert_adaptation_b"),
        "v_ref": _code("v_adapt_ref"),
        "i_bias_tau": _code("i_bias_adapt_tau"),
        "i_bias_a": _code("i_bias_adapt_a"),
        "i_bias_b": _code("i_bias_adapt_b"),
        "v_leak": _code("v_adapt_leak")})
    exponential = Group("Exponential", "Exponential current near the threshold.", {
        "enable": _switch("enable_exponential"),
        "v_exp": _code("v_exp"),
        "i_bias": _code("i_bias_exp")})
    # a bypassed neuron gives its events out as an enabled one does (inferred)
    event_routing = Group("EventRouting", "Where spikes go, and with which address.", {
        "analog_output": Choice("AnalogOutputMode", {"off": 0, "normal": 1, "strong": 3},
                                ("_config", "enable_fire"), ("_config", "enable_strong_fire")),
        "enable_digital": _digital("enable_spike_out"),
        "enable_bypass_excitatory": _switch("enable_bypass_excitatory"),
        "enable_bypass_inhibitory": _switch("enable_bypass_inhibitory"),
        "address": _digital("address_out"),
        "enable_post_overwrite": _digital("post_overwrite")}, {
            "disabled": {},
            "enabled": {"analog_output": ("AnalogOutputMode", "normal"), "enable_digital": True},
            "bypass_exc": {"analog_output": ("AnalogOutputMode", "normal"),
                           "enable_digital": True, "enable_bypass_excitatory": True},
            "bypass_inh": {"analog_output": ("AnalogOutputMode", "normal"),
                           "enable_digital": True, "enable_bypass_inhibitory": True}},
        types={"Address": ("NeuronBackendConfig", "NeuronBackendAddressOut")})
    readout = Group("Readout", "What the ADCs see of the neuron.", {
        "enable_buffered_access": _switch("enable_readout"),
        "enable_amplifier": _switch("enable_readout_amplifier"),
        "enable_unbuffered_access": _switch("enable_unbuffered_access"),
        "source": _switch("readout_source")},
        types={"Source": ("NeuronConfig", "ReadoutSource")})
    refractory_period = Group("RefractoryPeriod", "Reset after a spike, in clock periods.", {
        "input_clock": _digital("select_input_clock"),
        "reset_holdoff": _digital("reset_holdoff"),
        "refractory_time": _digital("refractory_time"),
        "enable_pause": _switch("enable_pause")},
        types={n: ("NeuronBackendConfig", n)
               for n in ("InputClock", "ResetHoldoff", "RefractoryTime")})
    bayesian = Group("Bayesian", "Logic between the spikes of neighbours.", {
        "to_post_pulse": _digital("enable_bayesian_extension"),
        "operation": Choice("Operation", {"local": 0, "AND": 1, "XNOR": 2, "MULLER_C": 3},
                            ("_backend", "enable_bayesian_0"), ("_backend", "enable_bayesian_1")),
        "connect_fire_vertical": _digital("connect_fire_bottom"),
        "connect_fire_to_right": _digital("connect_fire_to_right"),
        "connect_fire_from_right": _digital("connect_fire_from_right"),
        "enable_master": _digital("enable_neuron_master"),
        "enable_slave": _digital("enable_neuron_slave")})

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        return [neuron_parts(self._data, np.array([e]))]

    def _copy_of(self, member: str, container: str) -> Any:
        found = container_class(container)()
        for name, array in self._data[member].items():
            found._values[name] = array[0].item()
        return found

    def asNeuronConfig(self) -> Any:
        """Return the switches as ``hal.NeuronConfig``."""
        return self._copy_of("_config", "NeuronConfig")

    def asNeuronBackendConfig(self) -> Any:
        """Return the digital back-end as ``hal.NeuronBackendConfig``."""
        return self._copy_of("_backend", "NeuronBackendConfig")

    def set_from(self, config: Container) -> None:
        """Take the digital fields over from a ``NeuronConfig`` or ``NeuronBackendConfig``.

        Raises
        ------
        TypeError
            Another container.
        """
        member = {"NeuronConfig": "_config", "NeuronBackendConfig": "_backend"}.get(
            type(config).__name__)
        if member is None:
            raise TypeError(f"NeuronConfig or NeuronBackendConfig needed, not {config!r}")
        for name, array in self._data[member].items():
            array[0] = config._values[name]


def neuron_parts(data: Tree, neurons: npt.NDArray[np.int64]) -> Interleaved:
    """Registers of some neurons, one neuron after the other.

    Parameters
    ----------
    data
        Arrays of an `AtomicNeuron`, with or without a first axis of the neurons.
    neurons
        Enums of ``AtomicNeuronOnDLS``, shape (n,).
    """
    columns = coordinate("CapMemColumnOnCapMemBlock").size
    per_block = coordinate("CapMemCellOnCapMemBlock").size
    rows = np.array(CELL_ORDER)
    place = registers.convert("AtomicNeuronOnDLS", "CapMemBlockOnDLS", neurons) * per_block \
        + registers.convert("AtomicNeuronOnDLS", "CapMemColumnOnCapMemBlock", neurons)
    cells = place[:, None] + rows * columns
    index = np.arange(len(neurons))[:, None] * len(rows) + rows
    backends = registers.convert("AtomicNeuronOnDLS", "NeuronBackendConfigOnDLS", neurons)
    return Interleaved([
        Part("NeuronConfig", neurons, {n: (a, None) for n, a in data["_config"].items()}),
        Part("CapMemCell", cells.reshape(-1), {"value": (data["_cells"], index.reshape(-1))}),
        Part("NeuronBackendConfig", backends,
             {n: (a, None) for n, a in data["_backend"].items()})], len(neurons))


class MCSafeAtomicNeuron(AtomicNeuron):
    """A neuron circuit whose connections with others belong to a morphology."""

    __slots__ = ()
    multicompartment = _multicompartment("Conductance between compartments.", False)


# the members of the base class show the same arrays
MCSafeAtomicNeuron._members = {**AtomicNeuron._members, **MCSafeAtomicNeuron._members}


class NeuronBlock(Aggregate):
    """All neuron circuits, their common configuration, and the columns that feed them."""

    __slots__ = ()
    _coordinate = "NeuronBlockOnDLS"
    AnalogValue, AnalogDisableRefresh = CELL_VALUES
    atomic_neurons = Children(AtomicNeuron, "AtomicNeuronOnDLS")
    backends = Records("CommonNeuronBackendConfig", "CommonNeuronBackendConfigOnDLS")
    current_rows = Children(ColumnCurrentRow, "ColumnCurrentRowOnDLS")
    v_bias_casc_n = Analog("CapMemBlockOnDLS", 250)
    i_bias_readout_amp = Analog("CapMemBlockOnDLS", 110)
    i_bias_leak_source_follower = Analog("CapMemBlockOnDLS", 100)
    i_bias_threshold_comparator = Analog("CapMemBlockOnDLS", 200)
    i_bias_synin_drop = Analog("CapMemBlockOnDLS", 300)

    _CELLS = {"v_bias_casc_n": "neuron_v_bias_casc_n",
              "i_bias_readout_amp": "neuron_i_bias_readout_amp",
              "i_bias_leak_source_follower": "neuron_i_bias_leak_source_follower",
              "i_bias_threshold_comparator": "neuron_i_bias_spike_comparator",
              "i_bias_synin_drop": "neuron_i_bias_synin_drop"}

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        rows = self.current_rows
        return [
            neuron_parts(self._data["atomic_neurons"],
                         np.arange(coordinate("AtomicNeuronOnDLS").size)),
            type(self).backends.part(self._data, np.arange(type(self).backends.size())),
            *(part for i in range(len(rows)) for part in rows[i].parts(i)),
            cells_of_blocks(self._data, self._CELLS, range(coordinate("CapMemBlockOnDLS").size))]
