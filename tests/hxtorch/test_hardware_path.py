"""Products on the hardware path, down to instruction words and back, on a slow ideal chip."""

import threading

import numpy as np
import pytest
import torch

import hxtorch
from hxtorch import execution, perceptron
from hxtorch.errors import ProgramSizeError
from tests.reference.hagen_chip import ideal_product


def operands(batch, rows, columns, seed=0, largest=63):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 32, (batch, rows))
    weights = rng.integers(-largest, largest + 1, (rows, columns))
    return x, weights


def chip_product(x, weights, **options):
    result = perceptron.matmul(
        torch.tensor(x, dtype=torch.float32), torch.tensor(weights, dtype=torch.float32), **options
    )
    return result.numpy().astype(int)


@pytest.mark.parametrize("revision", ["v1", "v2", "v3"])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 3), (2, 128, 20), (2, 130, 9)])
def test_product_equals_the_integer_formula(on_model, revision, shape):
    on_model(revision)
    x, weights = operands(*shape)
    np.testing.assert_array_equal(chip_product(x, weights), ideal_product(x, weights))


@pytest.mark.parametrize("shape", [(1, 300, 12), (1, 40, 530), (1, 140, 270)])
def test_several_execution_instances(on_model, shape):
    connection = on_model()
    x, weights = operands(*shape)
    np.testing.assert_array_equal(chip_product(x, weights), ideal_product(x, weights))
    assert hxtorch.emulation.run_info()["last_run"]["instances"] == 2
    assert len(connection.programs) > 2


@pytest.mark.parametrize("num_sends", [0, 1, 2, 5])
@pytest.mark.parametrize("wait", [0, 1, 5])
def test_sends_and_waits(on_model, num_sends, wait):
    on_model()
    x, weights = operands(2, 10, 6, seed=1)
    result = chip_product(x, weights, num_sends=num_sends, wait_between_events=wait)
    np.testing.assert_array_equal(result, ideal_product(x, weights, num_sends))


def test_saturation_per_split(on_model):
    on_model()
    x = np.full((1, 256), 31)
    weights = np.full((256, 2), 63)
    weights[128:] = -63
    weights[:, 1] = 63
    np.testing.assert_array_equal(chip_product(x, weights), [[-1, 127]])


def test_results_do_not_depend_on_cuts_and_options(on_model):
    connection = on_model()
    x, weights = operands(7, 20, 9, seed=2)
    expected = ideal_product(x, weights)
    for options in (
        {"program_words": 1},
        {"program_words": 3000},
        {"baseline": False},
        {"differential": False},
        {"rewrite_labels": True},
    ):
        with execution.options(**options):
            np.testing.assert_array_equal(chip_product(x, weights), expected)
    chip_product(x, weights)
    connection.programs.clear()
    with execution.options(program_words=3000, baseline=False):
        chip_product(x, weights)
    # at most 259 + 2 * 20 + 130 words per entry
    assert len(connection.programs) > 1
    assert max(connection.programs) <= 3000


def test_v1_without_the_label_rewrite_gives_the_baseline(on_model):
    on_model("v1")
    x, weights = operands(2, 10, 6, seed=3)
    np.testing.assert_array_equal(chip_product(x, weights), ideal_product(x, weights))
    with execution.options(rewrite_labels=False):
        assert not chip_product(x, weights).any()
    np.testing.assert_array_equal(chip_product(x, weights), ideal_product(x, weights))


def test_only_changed_weights_are_written(on_model):
    on_model()
    x, weights = operands(1, 10, 6, seed=4)

    def written():
        chip_product(x, weights)
        return hxtorch.emulation.run_info()["last_run"]["words_configuration"]

    assert written() > 0
    assert written() == 0
    weights[3, 2] = 63 if weights[3, 2] != 63 else 62
    # the quad of one row or of two (where the sign changed), address and data, and a barrier
    assert written() in (3, 5)
    with execution.options(differential=False):
        assert written() == 2 * 66_382 + 1


def test_a_failed_run_makes_the_next_one_write_everything(on_model):
    connection = on_model()
    x, weights = operands(1, 10, 6, seed=5)
    chip_product(x, weights)
    connection.fail_next = True
    with pytest.raises(RuntimeError, match="link"):
        chip_product(x, weights)
    np.testing.assert_array_equal(chip_product(x, weights), ideal_product(x, weights))
    assert hxtorch.emulation.run_info()["last_run"]["words_configuration"] == 2 * 66_382 + 1


def test_an_entry_beyond_the_playback_memory_is_refused(on_model):
    on_model()
    with pytest.raises(ProgramSizeError, match="num_sends") as error:
        perceptron.mac(torch.ones(128), torch.ones(128, 1), num_sends=9000)
    assert isinstance(error.value, ValueError)
    assert perceptron.mac(torch.ones(5), torch.ones(5, 1)).item() == 0


def test_strided_operands_and_rounding(on_model):
    on_model()
    x = (torch.arange(12.0).reshape(3, 4) + 0.5).t()
    weights = (torch.full((1, 1), 20.5)).expand(3, 5)
    expected = ideal_product(np.floor(x.numpy() + 0.5).astype(int), np.full((3, 5), 21), 3)
    np.testing.assert_array_equal(perceptron.matmul(x, weights, num_sends=3).numpy(), expected)


def test_gradients_on_hardware(on_model):
    on_model()
    x = torch.rand(3, 10).mul(30).requires_grad_()
    weights = torch.rand(10, 4).mul(60).requires_grad_()
    gradient = torch.rand(3, 4)
    (perceptron.matmul(x, weights, num_sends=2) * gradient).sum().backward()
    torch.testing.assert_close(x.grad, 0.004 * gradient @ weights.detach().t())
    torch.testing.assert_close(weights.grad, 0.004 * x.detach().t() @ gradient)


def test_elementwise_operations_on_hardware(on_model):
    on_model()
    x = torch.tensor([[-200.0, -0.5, 3.9, 90.0]])
    assert perceptron.relu(x).tolist() == [[0, 0, 3, 90]]
    assert perceptron.converting_relu(x, shift=1).tolist() == [[0, 0, 1, 31]]
    assert perceptron.add(x, torch.tensor([1.5])).tolist() == [[-127, 0, 4, 91]]
    assert perceptron.argmax(x, dim=1).tolist() == [3]
    for bad in (
        lambda: perceptron.relu(torch.tensor(1.0)),
        lambda: perceptron.relu(x.double()),
        lambda: perceptron.converting_relu(x, shift=-1),
        lambda: perceptron.add(x[0], x),
        lambda: perceptron.add(torch.ones(1, 3), torch.ones(2, 3)),
    ):
        with pytest.raises(RuntimeError):
            bad()
    with pytest.raises(IndexError):
        perceptron.argmax(x, dim=-1)


def test_layers_on_hardware(on_model):
    on_model()
    layer = perceptron.nn.Linear(10, 4, num_sends=2)
    x = torch.randint(0, 32, (2, 10)).float()
    weights = layer.weight.detach().numpy()
    rounded = np.sign(weights) * np.floor(np.abs(weights) + 0.5)
    product = ideal_product(x.numpy(), rounded.T.astype(int), 2)
    bias = np.clip(np.floor(layer.bias.detach().numpy()), -128, 127)
    np.testing.assert_array_equal(layer(x).detach(), np.clip(product + bias, -128, 127))


def test_measured_parameter_of_an_ideal_chip(on_model):
    # the slow model takes long for 256 inputs: every event of a product that is known
    connection = on_model()
    real = connection.chip._row
    before = perceptron.get_mock_parameter()
    rows = {}

    def quick(side, row, seen, amount):
        if (side, row) not in rows:
            membranes = connection.chip.membranes.copy()
            connection.chip.membranes[:] = 0
            real(side, row, seen, 1)
            rows[side, row] = connection.chip.membranes[side].copy()
            connection.chip.membranes = membranes
        connection.chip.membranes[side] += amount * rows[side, row]

    connection.chip._row = quick
    connection.chip._driver = lambda side, driver, w0, w1, address: [
        quick(side, 2 * driver + row, address & 0x20, sign * (32 - (address & 31)))
        for row, sign in ((0, -1), (1, 1))
    ]
    measured = perceptron.measure_mock_parameter()
    # 15.5 is sent as 16; flooring both halves takes about one LSB of 63
    assert measured.gain == pytest.approx(0.002 * 16 / 15.5, rel=0.03)
    assert measured.noise_std < 1
    assert perceptron.get_mock_parameter() == before


def test_threads_take_turns(on_model):
    on_model()
    cases = [operands(2, 6, 4, seed=seed) for seed in range(4)]
    results = [None] * 4

    def work(i):
        results[i] = chip_product(*cases[i])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for (x, weights), result in zip(cases, results, strict=True):
        np.testing.assert_array_equal(result, ideal_product(x, weights))


def test_options_are_checked():
    before = execution.get_options()
    with pytest.raises(TypeError, match="baseline"):
        execution.set_options(base=True)
    with pytest.raises(ValueError, match="program_words"):
        execution.set_options(program_words=1 << 22)
    with execution.options(baseline=False) as now:
        assert now.baseline is False
        assert execution.get_options() is now
    assert execution.get_options() is before


@pytest.mark.parametrize(
    ("size", "other", "expected"),
    [((5,), (5, 3), (3,)), ((10, 5), (5, 3), (10, 3)), ((2, 300, 70), (70, 600), (2, 300, 600))],
)
def test_shapes_on_zeromock(zeromock, size, other, expected):
    x = torch.ones(size, requires_grad=True)
    result = perceptron.matmul(x, torch.ones(other))
    assert result.shape == expected
    assert not result.any()
    result.sum().backward()
    assert x.grad.shape == x.shape


def test_amounts_on_zeromock(zeromock):
    x = torch.full((100, 256), 31.0)
    perceptron.matmul(x, torch.ones(256, 256))
    with execution.options(baseline=False):
        perceptron.matmul(x, torch.ones(256, 256))
    info = hxtorch.emulation.run_info()
    assert info["last_run"]["words_to_fpga"] == 64_500
    assert info["last_run"]["words_from_fpga"] == 12_800
    assert info["last_run"]["macs"] == 100 * 65_536
    assert info["totals"]["vectors"] == 200
    assert info["totals"]["words_to_fpga"] - info["totals"]["words_configuration"] == 167_800
