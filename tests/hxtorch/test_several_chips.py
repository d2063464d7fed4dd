"""Products and networks spread over emulated chips, each in a daemon of its own."""

import pytest
import torch

import hxtorch
import hxtorch.core.hardware as core
from hxtorch import execution, graph, perceptron
from hxtorch.execution.timeline import CHIP
from hxtorch.perceptron import nn

pytest.importorskip("emulator.machine")


@pytest.fixture
def on_chips(start_daemon):
    """Open so many chips without any mismatch or noise, each in a daemon of its own."""

    def open_chips(count):
        hxtorch.release_hardware()
        # the first individual's calibration ships with the package
        daemons = [start_daemon(module="emulator") for _ in range(count)]
        hxtorch.init_hardware(ann=True, endpoint=[daemon.endpoint for daemon in daemons])
        core.held_hardware().connection.set_silicon(ideal=True)

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield open_chips
    torch.set_num_threads(threads)
    hxtorch.release_hardware()


def operands():
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(0, 32, (300, 512), generator=generator).float()
    weights = torch.randint(-63, 64, (512, 512), generator=generator).float()
    return x, weights


def network():
    torch.manual_seed(3)
    return torch.nn.Sequential(
        nn.Conv1d(3, 8, 8, stride=4, bias=False, num_sends=2),
        nn.ConvertingReLU(shift=0),
        torch.nn.Flatten(),
        nn.Linear(120, 300, num_sends=2),
        nn.ConvertingReLU(shift=0),
        nn.Linear(300, 5, bias=False, num_sends=2),
    )


def test_several_chips_give_what_one_gives_and_work_at_once(on_chips):
    x, weights = operands()
    samples = torch.randint(0, 32, (100, 3, 64)).float()
    model = network()
    results = {}
    for count in (1, 2, 4):
        on_chips(count)
        for _ in range(2):  # the configuration is written the first time
            product = perceptron.matmul(x, weights)
            report = execution.last_report()
        line = report.time_line
        assert line.chips == list(range(count))
        assert report.instances == 4
        assert all(line.of((CHIP,), chip) for chip in range(count))
        # programs are made while others run, and chips run at the same time
        assert line.overlap() > 0.1
        if count > 1:
            assert line.together(2) > 0
        # the FPGA's time of one chip falls with the number of chips
        assert report.fpga_time == pytest.approx(report.chip_time / count, rel=0.1)
        assert report.energy.value > 0
        traced = graph.trace(model, samples)
        results[count] = product, model(samples), traced(samples)
        assert torch.equal(results[count][1], results[count][2])
    for count in (2, 4):
        for one, other in zip(results[1], results[count], strict=True):
            assert torch.equal(one, other)
    sums = (x.reshape(300, 4, 128).transpose(0, 1) @ weights.reshape(4, 128, 512)).long()
    exact = sums.div(500, rounding_mode="floor").clamp(-128, 127).sum(0).clamp(-128, 127)
    assert torch.equal(results[1][0].long(), exact)


def test_only_the_configuration_that_changed_is_written(on_chips):
    x, weights = operands()
    on_chips(2)
    # two execution instances: each chip keeps its own
    for expected in (True, False):
        perceptron.matmul(x[:, :256], weights[:256, :])
        assert (execution.last_report().words_configuration > 0) is expected
    info = hxtorch.emulation.run_info()
    assert [chip["identifier"] for chip in info["chips"]] == hxtorch.get_unique_identifier()
    assert info["last_run"]["energy"]["low"] < info["last_run"]["energy"]["high"]
