"""Names under which scripts find modules, and logging."""

import importlib
import logging
import subprocess
import sys

import pytest
import torch

import hxtorch
from hxtorch import logger


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("hxtorch.ann", "hxtorch.perceptron"),
        ("hxtorch.ann.nn", "hxtorch.perceptron.nn"),
        ("hxtorch.nn", "hxtorch.perceptron.nn"),
        ("hxtorch.ann.constants.defaults", "hxtorch.perceptron.constants.defaults"),
        ("_hxtorch_perceptron.constants", "hxtorch.perceptron.constants"),
        ("_hxtorch_perceptron.constants.defaults", "hxtorch.perceptron.constants.defaults"),
    ],
)
def test_aliases_are_the_same_module(name, module):
    importlib.import_module(name.split(".")[0])
    assert importlib.import_module(name) is importlib.import_module(module)


def test_core_names():
    core = importlib.import_module("_hxtorch_core")
    for name in (
        "CalibrationPath",
        "HWDBPath",
        "get_unique_identifier",
        "init_hardware",
        "init_hardware_minimal",
        "release_hardware",
    ):
        assert getattr(core, name) is getattr(hxtorch, name)
    perceptron = importlib.import_module("_hxtorch_perceptron")
    assert perceptron.mac is hxtorch.perceptron.mac
    from _hxtorch_perceptron.constants import defaults

    assert defaults.gain == 0.002


OPERATIONS = [
    "InferenceTracer",
    "MockParameter",
    "add",
    "argmax",
    "conv1d",
    "conv2d",
    "conv3d",
    "converting_relu",
    "expanded_conv1d",
    "get_mock_parameter",
    "inference_trace",
    "mac",
    "matmul",
    "measure_mock_parameter",
    "relu",
    "set_mock_parameter",
]


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_have_one_object_for_all_names(name):
    operation = getattr(hxtorch.perceptron, name)
    for module in ("hxtorch", "hxtorch.ann", "_hxtorch_perceptron"):
        assert getattr(importlib.import_module(module), name) is operation


def test_names_of_2020():
    x, kernel = torch.full((1, 2, 9), 10.0), torch.full((3, 2, 5), 20.0)
    hxtorch.init_mock(noise_std=0, gain=0.001)
    try:
        assert hxtorch.perceptron.get_mock_parameter().gain == 0.001
        result = hxtorch.conv1d(x, kernel, stride=1, num_sends=6, wait_between_events=25)
        # floor(10 * 10 * 20 * 6 / 1000)
        assert (result == 12).all()
        assert hxtorch.matmul(x[0], kernel[0, 0].repeat(9)[:9]).shape == (2,)
        assert hxtorch.nn.ConvertingReLU()(result).max() == 3
    finally:
        hxtorch.release()
    with pytest.raises(RuntimeError, match="init_hardware"):
        hxtorch.conv1d(x, kernel)
    with pytest.raises(OverflowError, match="gain"):
        hxtorch.init_mock(gain=2)


def test_initialisation_of_2020(on_model, tmp_path):
    connection = on_model()
    hxtorch.release()
    assert connection.closed
    with pytest.raises(RuntimeError, match="cannot be opened"):
        hxtorch.init(hxtorch.CalibrationPath(str(tmp_path / "none")), None)


def test_logger_names():
    pylogging = importlib.import_module("pylogging")
    assert pylogging.get is logger.get
    log = logger.get("hxtorch.test_names")
    for name in ("trace", "debug", "info", "warn", "error"):
        assert callable(getattr(log, name))
        assert callable(getattr(log, name.upper()))
    assert logger.LogLevel.TRACE < logger.LogLevel.DEBUG < logger.LogLevel.INFO
    assert logger.LogLevel.INFO < logger.LogLevel.WARN < logger.LogLevel.ERROR
    assert logger.get_root().get_number_of_appenders() == len(logging.getLogger().handlers)


def test_logger_writes_at_the_callers_line(caplog):
    log = logger.get("hxtorch.test_names.line")
    logger.set_loglevel(log, logger.LogLevel.INFO)
    log.debug("not this")
    log.INFO("this %d", 7)
    (record,) = caplog.records
    assert record.getMessage() == "this 7"
    assert record.filename == "test_names.py"


def run(script):
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stderr


def test_messages_reach_stderr_without_configuration():
    errors = run(
        "import logging, hxtorch\n"
        "hxtorch.logger.get('hxtorch.a').info('first')\n"
        "logging.basicConfig(level=logging.ERROR)\n"
        "hxtorch.logger.get('hxtorch.a').warn('second')\n"
    )
    # afterwards the application's own configuration decides, once
    assert errors.count("first") == 1
    assert errors.count("second") == 1


def test_reset_and_default_configuration():
    errors = run(
        "import hxtorch\n"
        "log = hxtorch.logger\n"
        "log.reset()\n"
        "log.default_config(level=log.LogLevel.ERROR)\n"
        "log.default_config(level=log.LogLevel.WARN)\n"  # a cell that is run again
        "log.get('hxtorch.a').info('silent')\n"
        "log.get('hxtorch.a').warn('loud')\n"
        "assert log.get_root().get_number_of_appenders() == 1\n"
    )
    assert "silent" not in errors
    assert errors.count("loud") == 1


def test_importing_opens_nothing():
    assert (
        run(
            "import sys, hxtorch\n"
            "assert 'zmq' not in sys.modules and 'stadls' not in sys.modules\n"
        )
        == ""
    )
