"""Recording of operations on the hardware, and their replay."""

import numpy as np
import pytest
import torch

import hxtorch
import hxtorch.core.hardware as core
from hxtorch import perceptron
from hxtorch.perceptron import InferenceTracer, inference_trace, replay, sequence


@pytest.fixture(scope="module")
def chip():
    """A chip without mismatch, noise and saturation."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HXEMU_NOISE_SEED", "1")
        hxtorch.init_hardware(ann=True)
    with hxtorch.emulation.silicon(ideal=True):
        yield
    hxtorch.release_hardware()
    core._keep_nominal = False


@pytest.fixture
def traced(tmp_path):
    """Trace a function; returns its result, the names, and the file."""

    def run(function, name="trace"):
        tracer = InferenceTracer(tmp_path / name)
        tracer.start()
        try:
            result = function()
        finally:
            names = tracer.stop()
        return result, names, tmp_path / name

    return run


def random(*shape, low=-63, high=64):
    return torch.randint(low, high, shape).float()


def activations(*shape):
    return random(*shape, low=0, high=32)


def test_nothing_is_an_empty_list(chip, traced):
    _, names, path = traced(lambda: None)
    assert names == []
    assert path.exists()
    with pytest.raises(RuntimeError, match="at least one operation"):
        inference_trace(torch.ones(3), path)


def test_dense_network(chip, traced):
    first, second = random(256, 512), random(512, 123)

    def network(x):
        y = perceptron.relu(perceptron.mac(x, first))
        y = perceptron.converting_relu(y)
        return perceptron.relu(perceptron.mac(y, second, num_sends=2))

    x = activations(20, 256)
    result, names, path = traced(lambda: network(x))
    assert names == ["mac", "relu", "converting_relu", "mac", "relu"]
    replayed = inference_trace(x, path)
    assert torch.equal(replayed, result)
    assert replayed.dtype == torch.float32
    # another number of rows, and a single one
    more = activations(33, 256)
    assert torch.equal(inference_trace(more, path), network(more))
    assert torch.equal(inference_trace(more[0], path), network(more[:1])[0])


def test_convolutional_network(chip, traced):
    kernel, weights, offset = random(5, 3, 7), random(35, 9), random(9)

    def network(x):
        y = perceptron.conv1d(x, kernel, stride=2, num_sends=3)
        y = perceptron.converting_relu(y, shift=1).flatten(1)
        y = perceptron.add(perceptron.matmul(y, weights, num_sends=9), offset)
        return perceptron.argmax(y, dim=1, keepdim=True)

    x = activations(6, 3, 20)
    result, names, path = traced(lambda: network(x))
    assert names == ["mac", "converting_relu", "mac", "add", "argmax"]
    replayed = inference_trace(x.flatten(1), path)
    # shape and type are those of the last operation
    assert torch.equal(replayed, result)
    assert replayed.dtype == torch.int64


def test_layers_of_a_model(chip, traced):
    model = torch.nn.Sequential(
        perceptron.nn.Conv2d(1, 4, 5, stride=3, bias=False),
        perceptron.nn.ConvertingReLU(shift=1),
        torch.nn.Flatten(),
        perceptron.nn.Linear(64, 10),
    )
    x = activations(3, 1, 14, 14)
    with torch.no_grad():
        result, names, path = traced(lambda: model(x))
    assert names == ["mac", "converting_relu", "mac", "add"]
    assert torch.equal(inference_trace(x.flatten(1), path), result)


def test_a_network_is_one_graph(chip, traced):
    first, second = random(3, 2, 4), random(24, 9)

    def network(x):
        y = perceptron.converting_relu(perceptron.conv1d(x, first, stride=2))
        y = perceptron.add(perceptron.matmul(y.flatten(1), second), torch.arange(9.0))
        return perceptron.argmax(perceptron.relu(y), 1, True)

    x = activations(5, 2, 18)
    result, _, path = traced(lambda: network(x))
    graph, parameters = replay.sequence_graph(sequence.load(path), 36)
    assert len(graph.outputs()) == 1
    assert len(parameters) == 3
    assert torch.equal(inference_trace(x.flatten(1), path), result)


def test_a_product_of_plain_rectified_values(chip, traced):
    # no vertex makes activations of 8-bit results without conversion: two graphs
    weights = torch.eye(16) * 10
    x = activations(4, 16)

    def network():
        return perceptron.mac(perceptron.relu(perceptron.mac(x, weights, num_sends=4)), weights)

    result, names, path = traced(network)
    assert names == ["mac", "relu", "mac"]
    assert torch.equal(inference_trace(x, path), result)


def test_single_relu(chip, traced):
    x = torch.arange(-128.0, 128)
    result, names, path = traced(lambda: perceptron.relu(x))
    assert names == ["relu"]
    assert torch.equal(inference_trace(x, path), result)
    assert torch.equal(inference_trace(x[None] - 0.5, path)[0], perceptron.relu(x - 0.5))


def test_every_elementwise_operation(chip, traced):
    x = random(5, 8, low=-128, high=128)
    for function in (
        perceptron.converting_relu,
        lambda v: perceptron.add(v, torch.arange(8.0) * 10),
        lambda v: perceptron.add(v, torch.tensor([[7.9]])),
        lambda v: perceptron.argmax(v, 1, True),
    ):
        result, _, path = traced(lambda function=function: function(x))
        assert torch.equal(inference_trace(x, path), result)


def test_leading_dimensions_are_rows(chip, traced):
    weights, offset = random(16, 12), random(12)
    x = activations(2, 3, 16)

    def network():
        return perceptron.add(perceptron.relu(perceptron.matmul(x, weights)), offset)

    result, _, path = traced(network)
    assert torch.equal(inference_trace(x.flatten(0, 1), path), result.flatten(0, 1))


def test_data_may_not_change_in_between(chip, tmp_path):
    weights = random(16, 16)
    tracer = InferenceTracer(tmp_path / "trace")
    tracer.start()
    try:
        y = perceptron.mac(activations(4, 16), weights)
        with pytest.raises(RuntimeError, match=r"\(4, 16\).*'mac' before"):
            perceptron.relu(y + 2)
        y += 1
        with pytest.raises(RuntimeError, match="'mac' before"):
            perceptron.relu(y)
        with pytest.raises(RuntimeError, match="'mac' before"):
            perceptron.conv1d(y[None, :1].abs(), torch.ones(1, 1, 3))
    finally:
        assert tracer.stop() == ["mac"]
    # and the hardware is usable
    assert perceptron.mac(activations(4, 16), weights).shape == (4, 16)


def test_argmax_in_a_trace_is_restricted(chip, traced):
    x = random(5, 8)
    for arguments in ((), (0, True), (1, False)):
        with pytest.raises(RuntimeError, match="cannot be traced"):
            traced(lambda arguments=arguments: perceptron.argmax(x, *arguments))
    with pytest.raises(RuntimeError, match="differs between the batch entries"):
        traced(lambda: perceptron.add(x, x))


def test_nested_tracers_record_their_sections(chip, tmp_path):
    weights = activations(16, 16)
    x = activations(4, 16)
    outer, inner = InferenceTracer(tmp_path / "outer"), InferenceTracer(tmp_path / "inner")
    outer.start()
    y = perceptron.converting_relu(perceptron.mac(x, weights))
    inner.start()
    z = perceptron.mac(y, weights, num_sends=2)
    assert inner.stop() == ["mac"]
    result = perceptron.relu(z)
    assert outer.stop() == ["mac", "converting_relu", "mac", "relu"]
    assert torch.equal(inference_trace(y, tmp_path / "inner"), z)
    assert torch.equal(inference_trace(x, tmp_path / "outer"), result)


def test_the_mock_is_not_traced(traced):
    _, names, _ = traced(lambda: perceptron.relu(torch.ones(3), mock=True))
    assert names == []


def test_start_and_stop(tmp_path):
    tracer = InferenceTracer(str(tmp_path / "trace"))
    with pytest.raises(RuntimeError, match="not started"):
        tracer.stop()
    tracer.start()
    with pytest.raises(RuntimeError, match="already"):
        tracer.start()
    assert tracer.stop() == []


def test_bad_inputs(chip, traced):
    _, _, path = traced(lambda: perceptron.mac(activations(4, 16), random(16, 8)))
    with pytest.raises(RuntimeError, match=r"\(2, 2, 16\), 3 dimensions; allowed: 1 or 2"):
        inference_trace(torch.ones(2, 2, 16), path)
    with pytest.raises(OverflowError, match=r"input is 32"):
        inference_trace(torch.full((16,), 32.0), path)
    with pytest.raises(RuntimeError, match=r"rows of 16 values.*has 15 per entry"):
        inference_trace(torch.ones(2, 15), path)
    with pytest.raises(RuntimeError, match="rows of 16"):
        # as many values, but not in rows
        inference_trace(torch.ones(16, 3), path)
    with pytest.raises(TypeError, match="list"):
        inference_trace([1, 2], path)
    assert inference_trace(torch.ones(16), path).shape == (8,)


def test_files_that_are_no_traces(tmp_path):
    path = tmp_path / "file"
    with pytest.raises(RuntimeError, match="does not exist"):
        inference_trace(torch.ones(3), path)
    path.write_bytes(b"")
    with pytest.raises(RuntimeError, match="empty"):
        inference_trace(torch.ones(3), path)
    path.write_bytes(b"\x01\x02 archive of something else")
    with pytest.raises(RuntimeError, match="real software stack"):
        inference_trace(torch.ones(3), path)
    sequence.save(path, [sequence.ReLU(), sequence.MAC(np.ones((3, 2), np.int8), 1, 5)])
    whole = path.read_bytes()
    loaded = sequence.load(path)
    assert [type(operation) for operation in loaded] == [sequence.ReLU, sequence.MAC]
    for end in range(0, len(whole), 97):
        path.write_bytes(whole[:end])
        with pytest.raises(RuntimeError):
            sequence.load(path)


def test_without_hardware(tmp_path):
    path = tmp_path / "trace"
    sequence.save(path, [sequence.ReLU()])
    hardware, core._current = core._current, None
    try:
        with pytest.raises(RuntimeError, match="init_hardware"):
            inference_trace(torch.ones(3), path)
    finally:
        core._current = hardware
