"""Fixtures of the hxtorch tests."""

import numpy as np
import pytest
import torch

import fisch
import hxtorch
import hxtorch.core.calibration as calibrations
import hxtorch.core.hardware
from fisch import PlaybackProgramBuilder
from fisch.connections.time_info import RunTimeInfo
from fisch.responses import Responses
from hxtorch import perceptron
from stadls import nominal
from stadls.calibration import Origin
from tests.reference.hagen_chip import IdealHagenChip


@pytest.fixture(autouse=True)
def _fresh_mock_parameter():
    """Start every test with the default parameter and a known random state."""
    before = perceptron.get_mock_parameter()
    perceptron.set_mock_parameter(perceptron.MockParameter())
    torch.manual_seed(0)
    yield
    perceptron.set_mock_parameter(before)


@pytest.fixture
def noiseless():
    """Mock without noise."""
    parameter = perceptron.MockParameter(noise_std=0.0)
    perceptron.set_mock_parameter(parameter)
    return parameter


class ModelConnection:
    """A connection to the slow model of an ideal chip, in this process."""

    def __init__(self, revision="v3"):
        self.chip = IdealHagenChip(revision)
        self.closed = False
        self.programs = []
        self.fail_next = False
        self.silicon = {"ideal": True, "noise_cadc": False}
        self.info = {
            "kind": "emulator",
            "version": "test",
            "revision": revision,
            "seed": 0,
            "noise_seed": 1,
            "silicon": self.silicon,
            "link": "none",
        }

    def __len__(self):
        return 1

    def submit(self, program):
        assert not self.closed
        self.programs.append(len(program.words))
        if self.fail_next:
            self.fail_next = False
            raise RuntimeError("the link broke")
        return _Pending(program, self.chip)

    def run(self, program):
        return self.submit(program).wait()

    def get_unique_identifier(self):
        return [f"hxcube9{self.chip.revision[1]}fpga0chip1_1"]

    def set_silicon(self, **switches):
        for name in switches:
            if name not in self.silicon:
                raise ValueError(name)
        before = {name: self.silicon[name] for name in switches}
        self.silicon.update(switches)
        return before

    def close(self):
        self.closed = True


class _Pending:
    def __init__(self, program, chip):
        # as a real one, it executes while the submitter goes on
        self._program, self._words = program, program.words
        self._chip = chip

    def wait(self):
        omnibus, jtag = self._chip.execute(self._words.tolist())
        self._program._set_responses(
            Responses(omnibus=np.array(omnibus, np.uint32), jtag=np.array(jtag, np.uint64))
        )
        assert self._program.tickets_valid()
        return RunTimeInfo()


class NoInitialisation:
    """A generator of nothing: the model starts in a usable state."""

    def generate(self):
        return PlaybackProgramBuilder(), None


class NominalResult:
    """The same nominal codes for every chip, in place of a calibration."""

    def __init__(self, identifier, revision):
        self.origin = Origin(identifier, revision)

    def words(self):
        return nominal.hagen_words(self.origin.revision)

    def success_counts(self):
        return {}

    def check_chip(self, identifier, revision):
        """It fits every chip."""


class NominalCalibration(calibrations.LoadedCalibration):
    """A nominal result that was found like a calibration."""

    checksum = "nominal"


@pytest.fixture
def nominal_default(monkeypatch):
    """Default calibrations for the ideal model, to which trims are all the same."""

    def find(identifier, revision):
        return NominalCalibration(NominalResult(identifier, revision), "shipped", None)

    monkeypatch.setattr(calibrations, "find_default", find)


@pytest.fixture
def on_model(nominal_default):
    """Open hardware on the slow model; takes a revision and arguments of ``init_hardware``."""

    def open_hardware(revision="v3", **arguments):
        connection = ModelConnection(revision)
        options = {"ann": True, "init": NoInitialisation(), **arguments}
        hxtorch.init_hardware(endpoint=connection, **options)
        return connection

    yield open_hardware
    hxtorch.release_hardware()
    hxtorch.core.hardware._kept.clear()


@pytest.fixture
def zeromock():
    """Open hardware on a ZeroMock without a speed limit."""
    connection = fisch.connect("zeromock", ns_per_message=0)
    hxtorch.init_hardware(ann=True, endpoint=connection)
    yield connection
    hxtorch.release_hardware()
    hxtorch.core.hardware._kept.clear()
