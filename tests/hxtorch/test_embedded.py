"""Products on an emulated chip: instruction words to the daemon and back."""

import logging
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fisch
import fisch.errors
import hxtorch
import hxtorch.core.hardware as core
from hxtorch import execution, perceptron
from tests.reference.hagen_chip import ideal_product


@pytest.fixture
def chip(monkeypatch):
    """Open an embedded chip; takes a revision, a noise seed and arguments of init_hardware."""
    def open_chip(revision="v3", noise_seed=7, **arguments):
        monkeypatch.setenv("HXEMU_REVISION", revision)
        monkeypatch.setenv("HXEMU_NOISE_SEED", str(noise_seed))
        hxtorch.init_hardware(**{"ann": True, **arguments})

    yield open_chip
    hxtorch.release_hardware()
    core._kept.clear()


def product(x, weights, **options):
    return perceptron.matmul(
        torch.tensor(x, dtype=torch.float32), torch.tensor(weights, dtype=torch.float32), **options
    )


def operands(batch, rows, columns, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 32, (batch, rows)), rng.integers(-63, 64, (rows, columns))


@pytest.mark.parametrize("revision", ["v1", "v2", "v3"])
def test_products_on_ideal_silicon_equal_the_integer_formula(chip, revision):
    chip(revision)
    largest_batch = 3 if revision == "v1" else 40

    @settings(
        max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        st.integers(1, largest_batch),
        st.integers(1, 600),
        st.integers(1, 900),
        st.integers(1, 3),
        st.sampled_from([0, 1, 2, 5]),
        st.integers(0, 1000),
    )
    def check(batch, rows, columns, num_sends, wait, seed):
        x, weights = operands(batch, rows, columns, seed)
        result = product(x, weights, num_sends=num_sends, wait_between_events=wait)
        np.testing.assert_array_equal(result, ideal_product(x, weights, num_sends))

    with hxtorch.emulation.silicon(ideal=True):
        check()


@pytest.mark.parametrize("revision", ["v2", "v3"])
def test_large_batches_on_ideal_silicon(chip, revision):
    chip(revision)
    x, weights = operands(300, 600, 900, seed=9)
    with hxtorch.emulation.silicon(ideal=True):
        np.testing.assert_array_equal(product(x, weights), ideal_product(x, weights))
        with execution.options(baseline=False):
            np.testing.assert_array_equal(product(x, weights), ideal_product(x, weights))


def test_v1_without_the_label_rewrite_is_noise_only(chip):
    chip("v1")
    x, weights = operands(20, 128, 64)
    with execution.options(rewrite_labels=False):
        with hxtorch.emulation.silicon(ideal=True):
            assert not product(x, weights).any()
        noise = product(x, weights).numpy()
    exact = x @ weights
    assert np.abs(noise).mean() < 10
    assert abs(np.corrcoef(noise.ravel(), exact.ravel())[0, 1]) < 0.1
    with_rewrite = product(x, weights).numpy()
    assert np.corrcoef(with_rewrite.ravel(), exact.ravel())[0, 1] > 0.8


def test_gain_and_noise(chip):
    chip()
    measured = perceptron.measure_mock_parameter()
    assert 0 < measured.gain <= 1
    result = perceptron.matmul(
        torch.full((100, 128), 12.0), torch.full((128, 256), 15.0), wait_between_events=10
    )
    gain = result.median().item() / (12 * 15 * 128)
    assert gain == pytest.approx(measured.gain, rel=0.25)
    assert result.std(dim=0).mean() <= 2 * measured.noise_std


def test_the_mock_predicts_the_chip_that_was_measured(chip):
    chip()
    measured = perceptron.measure_mock_parameter()
    perceptron.set_mock_parameter(measured)
    x, weights = (torch.tensor(values).float() for values in operands(200, 128, 200))
    exact = x @ weights
    slopes, errors = [], []
    for mock in (False, True):
        result = perceptron.matmul(x, weights, mock=mock)
        slopes.append(((result * exact).sum() / (exact**2).sum()).item())
        errors.append((result - measured.gain * exact).std().item())
    # the measurement sends 16 for 15.5: its gain is 3.2 % too large
    assert slopes[0] == pytest.approx(slopes[1] / 1.032, rel=0.07)
    # noise of one array and its fixed pattern, against the noise of two arrays
    assert errors[1] / 2 < errors[0] < 2.5 * errors[1]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("quadrant", range(4))
def test_diagonal(chip, sign, quadrant):
    chip()
    weights = torch.zeros(128, 512)
    weights[:, 128 * quadrant : 128 * (quadrant + 1)] = sign * 63 * torch.eye(128)
    result = perceptron.matmul(31 * torch.eye(128), weights, num_sends=40, wait_between_events=2)
    assert torch.equal(sign * result > 40, weights != 0)


def test_gradients_follow_the_measured_gain(chip):
    chip()
    parameter = perceptron.measure_mock_parameter()
    perceptron.set_mock_parameter(parameter)
    x = (torch.rand(3, 4, 128) * 0.4 + 0.8).mul(12).requires_grad_()
    weights = (torch.rand(128, 9) * 0.4 + 0.8).mul(15).requires_grad_()
    perceptron.matmul(x, weights, wait_between_events=10).sum().backward()
    expected = weights.detach().sum(1) * parameter.gain
    torch.testing.assert_close(x.grad, expected.expand_as(x), rtol=1e-3, atol=0)
    expected = x.detach().sum((0, 1)) * parameter.gain
    torch.testing.assert_close(weights.grad, expected[:, None].expand(128, 9), rtol=1e-3, atol=0)


@pytest.mark.parametrize(
    ("size", "other"), [((128,), (128,)), ((7, 128), (128, 5)), ((8, 100, 128), (128, 256))]
)
def test_shapes(chip, size, other):
    chip()
    x, weights = torch.full(size, 12.0), torch.full(other, 15.0)
    result = perceptron.matmul(x, weights)
    assert result.shape == torch.matmul(x, weights).shape
    assert result.is_contiguous()
    assert result.median() > 20


def test_minimal_initialisation_gives_shapes(chip):
    hxtorch.init_hardware_minimal()
    try:
        assert perceptron.mac(torch.ones(5), torch.ones(5, 3)).shape == (3,)
        x = torch.ones(10, 5, requires_grad=True)
        perceptron.mac(x, torch.ones(5, 3)).sum().backward()
        assert x.grad.shape == (10, 5)
        assert hxtorch.emulation.run_info()["configuration"] == "none"
    finally:
        hxtorch.release_hardware()


def test_plain_initialisation_warns_and_works(chip, caplog):
    chip(ann=False)
    with caplog.at_level(logging.WARNING, "hxtorch"):
        result = perceptron.matmul(torch.full((128,), 10.0), torch.full((128, 256), 20.0))
    assert any("uncalibrated" in record.getMessage() for record in caplog.records)
    # 128 * 10 * 20 * 0.002
    assert result.mean().item() == pytest.approx(51, rel=0.25)


def test_strict_runs_uncalibrated(chip, monkeypatch):
    # after the fixture, which clears it
    monkeypatch.setenv("HXEMU_STRICT", "1")
    chip(ann=False)
    result = perceptron.matmul(torch.full((128,), 10.0), torch.full((128, 256), 20.0))
    assert result.abs().mean() < 20


@pytest.mark.parametrize("revision", ["v1", "v2", "v3"])
def test_revision_comes_from_the_jtag_id(chip, revision):
    chip(revision)
    info = hxtorch.emulation.run_info()
    assert info["revision"] == revision
    assert info["jtag_id"] == {"v1": 0x048580AF, "v2": 0x248580AF, "v3": 0x348580AF}[revision]
    assert hxtorch.get_unique_identifier() == [f"hxcube9{revision[1]}fpga0chip1_1"]


def test_same_seeds_and_products_give_the_same_bits(chip):
    def run(noise_seed):
        chip(noise_seed=noise_seed)
        x, weights = operands(30, 200, 100)
        first = product(x, weights)
        second = product(x, weights)
        hxtorch.release_hardware()
        assert not torch.equal(first, second)
        return first, second

    first, again, other = run(7), run(7), run(8)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


def test_times_are_reported(chip):
    chip()
    product(*operands(100, 256, 256))
    run = hxtorch.emulation.run_info()["last_run"]
    # 100 entries of at least 3750 + 125 + 250 cycles of 8 ns
    assert run["fpga_time"] > 100 * 4125 * 8e-9
    assert run["total"] > 0


def test_a_chip_that_is_held_names_its_holder(chip):
    chip()
    endpoint = hxtorch.emulation.run_info()["endpoint"]
    hxtorch.release_hardware()
    with fisch.connect(endpoint), pytest.raises(fisch.errors.ChipBusyError, match="pid"):
        hxtorch.init_hardware(endpoint=endpoint, timeout=0.2)
    hxtorch.init_hardware(ann=True, endpoint=endpoint)
    product(*operands(1, 5, 3))


def test_nobody_answers(tmp_path):
    with pytest.raises(RuntimeError, match="nobody answers"):
        hxtorch.init_hardware(endpoint=f"ipc://{tmp_path}/none", timeout=0.2)
    with pytest.raises(RuntimeError, match="init_hardware"):
        hxtorch.get_unique_identifier()


def test_a_forked_process_can_open_a_chip_of_its_own(chip):
    chip()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            hxtorch.init_hardware(ann=True)
            result = product(*operands(2, 5, 3))
            os.write(
                writer, f"{tuple(result.shape)} {len(hxtorch.get_unique_identifier())}".encode()
            )
            hxtorch.release_hardware()
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        assert stream.read() == "(2, 3) 1"
    os.waitpid(child, 0)
    product(*operands(2, 5, 3))


def test_a_killed_daemon_is_a_typed_error(chip):
    chip()
    pid = hxtorch.emulation.run_info()["pid"]
    product(*operands(1, 5, 3))
    os.kill(pid, signal.SIGKILL)
    begin = time.monotonic()

    def run_until_it_fails():
        while time.monotonic() - begin < 10:
            product(*operands(1, 5, 3))

    with pytest.raises(fisch.errors.ConnectionLostError):
        run_until_it_fails()
    assert time.monotonic() - begin < 5


def test_training_with_workers_leaves_the_chip_intact(chip):
    # in a process of its own: it exits while the workers' copies of the hardware are around
    script = """
import torch, hxtorch
from hxtorch import perceptron
hxtorch.init_hardware(ann=True)
data = torch.utils.data.TensorDataset(
    torch.randint(0, 32, (64, 16)).float(), torch.randint(0, 2, (64,)))
loader = torch.utils.data.DataLoader(data, 16, num_workers=2, multiprocessing_context="fork")
model = perceptron.nn.Linear(16, 2, bias=False)
optimizer = torch.optim.SGD(model.parameters(), lr=1)
for _ in range(2):
    for x, target in loader:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x) / 8, target).backward()
        optimizer.step()
print("pid", hxtorch.emulation.run_info()["pid"])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    pid = int(done.stdout.split()[-1])
    # the daemon went with its process
    for _ in range(50):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    else:
        pytest.fail(f"daemon {pid} outlived its process")
