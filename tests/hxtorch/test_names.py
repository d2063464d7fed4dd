"""Names under which scripts find modules, and logging."""

import importlib
import logging
import subprocess
import sys

import pytest

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
