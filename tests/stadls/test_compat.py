"""Names under which scripts import the register level."""

import subprocess
import sys


def test_modules_are_the_same():
    import dlens_vx_v3
    import pyfisch_vx_v3
    import pyhalco_common
    import pyhalco_hicann_dls_vx_v3
    import pyhaldls_vx_v3
    import pyhxcomm_vx
    import pylola_vx_v3
    import pystadls_vx_v3

    import fisch.containers
    import stadls
    from stadls import hal, halco, lola

    assert dlens_vx_v3.hal is hal is pyhaldls_vx_v3
    assert dlens_vx_v3.halco is halco is pyhalco_hicann_dls_vx_v3
    assert dlens_vx_v3.lola is lola is pylola_vx_v3
    assert dlens_vx_v3.sta is stadls is pystadls_vx_v3
    assert dlens_vx_v3.hxcomm is pyhxcomm_vx
    assert sys.modules["dlens_vx_v3.halco"] is halco
    assert pyhalco_common is halco.common
    assert pyfisch_vx_v3.Omnibus is fisch.containers.Omnibus
    assert pyfisch_vx_v3.fpga_clock_cycles_per_ms == 125000


def test_imports_of_scripts():
    from dlens_vx_v3.hal import NeuronConfig
    from pyhalco_common import Enum, iter_all
    from pyhalco_hicann_dls_vx_v3 import AtomicNeuronOnDLS

    from stadls import hal

    assert NeuronConfig is hal.NeuronConfig
    assert AtomicNeuronOnDLS(Enum(5)) == list(iter_all(AtomicNeuronOnDLS))[5]


def test_logger_is_imported_on_demand():
    code = ("import sys, dlens_vx_v3; assert 'torch' not in sys.modules; "
            "from dlens_vx_v3 import logger; import pylogging; assert logger is pylogging")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_instruction_layer():
    import inspect

    import pyfisch_vx_v3 as fisch
    import pyfisch_vx_v3.word_access_type as values

    assert values.Barrier is fisch.Barrier.Value
    assert str(fisch.SpikeFromChip(12, 3, 6)) == \
        "SpikeFromChip(SpikeLabel(12), ChipTime(3), FPGATime(6))"
    assert str(fisch.MADCSampleFromChip(5, 1, 3, 7)) == \
        "MADCSampleFromChip(Value(5), Channel(1), ChipTime(3), FPGATime(7))"
    assert str(fisch.HighspeedLinkNotification(12, 6)) == \
        "HighspeedLinkNotification(Value(12), FPGATime(6))"
    assert fisch._OmnibusContainerTicket.container is fisch.Omnibus
    for name, kind in vars(fisch).items():
        if inspect.isclass(kind) and name not in ("ReinitStackEntry", "Container"):
            assert isinstance(type("Derived", (kind,), {})(), kind)


def test_connections_have_one_list_of_names():
    import pyhxcomm_vx

    from stadls import connections

    for name in connections.__all__:
        assert getattr(pyhxcomm_vx, name) is getattr(connections, name)
    assert len(set(pyhxcomm_vx.__all__)) == len(pyhxcomm_vx.__all__)
    assert all(hasattr(pyhxcomm_vx, name) for name in pyhxcomm_vx.__all__)
