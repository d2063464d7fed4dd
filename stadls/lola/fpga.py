"""Routing tables of the FPGA, FPGAs of the set-ups, and whole systems."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from stadls.aggregate import Aggregate, Child, Records, Single
from stadls.parts import Transfer

from .chip import Chip


class _RoutingTable(Aggregate):
    __slots__ = ()
    _backends = ("Omnibus",)
    entries: ClassVar[Any]

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        entries = type(self).entries
        return [entries.part(self._data, np.arange(entries.size()))]


class OutputRoutingTable(_RoutingTable):
    """Labels under which events of the chip go to other chips, by their label on the chip."""

    __slots__ = ()
    _coordinate = "OutputRoutingTableOnFPGA"
    entries = Records("OutputRoutingTableEntry", "OutputRoutingTableEntryOnFPGA")


class InputRoutingTable(_RoutingTable):
    """Labels under which events of other chips go to the chip, by the label they arrive with."""

    __slots__ = ()
    _coordinate = "InputRoutingTableOnFPGA"
    entries = Records("InputRoutingTableEntry", "InputRoutingTableEntryOnFPGA")


class MultichipJboaLeafFPGA(Aggregate):
    """An FPGA of a set-up of many chips."""

    __slots__ = ()
    _coordinate = "FPGAOnChipAndMultichipJboaLeafFPGA"
    _backends = ("Omnibus",)
    output_routing_table = Child(OutputRoutingTable)
    input_routing_table = Child(InputRoutingTable)

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        return [*self.output_routing_table.parts(0), *self.input_routing_table.parts(0)]


class SinglechipFPGA(Aggregate):
    """The FPGA of a set-up of one chip: events to and from the serial interface."""

    __slots__ = ()
    _coordinate = "FPGAOnChipAndSinglechipFPGA"
    _backends = ("Omnibus",)
    spikeio_config = Single("SpikeIOConfig")
    spikeio_input_routes = Records("SpikeIOInputRoute", "SpikeIOInputRouteOnFPGA")
    spikeio_output_routes = Records("SpikeIOOutputRoute", "SpikeIOOutputRouteOnFPGA")

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        cls = type(self)
        routes = (cls.spikeio_input_routes, cls.spikeio_output_routes)
        return [cls.spikeio_config.part(self._data, np.array([0])),
                *(r.part(self._data, np.arange(r.size())) for r in routes)]


class _System(Aggregate):
    """A chip and its FPGA, which is written first.

    Made without arguments, from a system (copied), from a chip, or from a chip and an FPGA.
    """

    __slots__ = ()
    _backends = ("Omnibus",)
    chip: ClassVar[Any] = Child(Chip)
    fpga: ClassVar[Any]

    def __init__(self, chip: Any = None, fpga: Any = None) -> None:
        if type(chip) is type(self):
            super().__init__(chip)
            return
        super().__init__()
        if chip is not None:
            type(self).chip.put(self._data, chip)
        if fpga is not None:
            type(self).fpga.put(self._data, fpga)

    def parts(self, e: int) -> list[Transfer]:
        """List the containers at enum ``e``."""
        return [*self.fpga.parts(0), *self.chip.parts(0)]


class ChipAndMultichipJboaLeafFPGA(_System):
    """A chip and its FPGA in a set-up of many chips."""

    __slots__ = ()
    _coordinate = "ChipAndMultichipJboaLeafFPGAOnSystem"
    chip = Child(Chip)
    fpga = Child(MultichipJboaLeafFPGA)


class ChipAndSinglechipFPGA(_System):
    """A chip and its FPGA in a set-up of one chip."""

    __slots__ = ()
    _coordinate = "ChipAndSinglechipFPGAOnSystem"
    chip = Child(Chip)
    fpga = Child(SinglechipFPGA)
