"""Threads make a machine faster and do not show in anything else."""

import os
import signal
import threading
from functools import cache

import numpy as np
import pytest

from emulator.fpga import InstructionError
from emulator.machine import Machine
from tests.emulator import stream as build
from tests.emulator.stream import Stream
from tests.emulator.test_passes import a_bit_of_everything

NOISE_SEED = 4


@cache
def configuration():
    rng = np.random.default_rng(11)
    stream = build.hagen(loopback=True)
    for half in range(2):
        build.signed(stream, half, rng.integers(-63, 64, (128, 256)))
    return stream.words()


@cache
def long_program(annotated=False):
    """Far more than fits into the queues, with what makes them wait for each other in between."""
    rng = np.random.default_rng(12)
    stream = Stream().systime().barrier(4) if annotated else Stream()
    for k in range(400):
        inputs = rng.integers(0, 32, (2, 128)) * (rng.random((2, 128)) < 0.3)
        build.vector(stream, inputs, wait=int(rng.integers(2, 6)), baseline=k % 7 == 0)
        if k % 23 == 0:
            # weights of one hemisphere, the codes of both until then
            build.weights(stream, k % 2, rng.integers(0, 64, (1, 256)), int(rng.integers(256)))
        if k % 31 == 0:
            # a sample of the conversion before, without one of its own
            stream.read(build.base(1) + 0xC80000 + 0x200000 + np.arange(3, 9))
        if annotated and k % 3 == 0:
            # three at once make a message of 80 bits: what follows begins within a word
            stream.spikes(0x0001, 0x4001, 0x8001).tick()
    # a train without end: the segment goes on from queue to queue
    stream.setup()
    for k in range(3000):
        stream.wait(100 + 3 * k).spikes(build.label(k % 128, 0, 9), build.label(k % 77, 1, 5))
    build.read_row(stream)
    stream.raw(*a_bit_of_everything(rng).words(halt=False))
    return stream.words()


def machine_of(threads, isa=None):
    machine = Machine("v3", 2, noise_seed=NOISE_SEED, threads=threads)
    machine._chip.select_isa(isa)
    build.run(machine, configuration())
    return machine


def responses(machine, words, cuts=(), take=True):
    machine.begin_program()
    taken = []
    for piece in np.split(words, sorted(cuts)):
        machine.execute(piece)
        if take:
            taken.append(machine.take_responses())
    taken.append(machine.take_responses())
    return np.concatenate(taken)


@pytest.fixture(scope="module")
def alone():
    """Responses to the long programs on one thread."""
    return {annotated: responses(machine_of(1), long_program(annotated))
            for annotated in (False, True)}


def workers():
    """Threads of this process that the interpreter does not know."""
    return len(os.listdir("/proc/self/task")) - threading.active_count()


@pytest.mark.parametrize("take", [False, True])
@pytest.mark.parametrize("annotated", [False, True])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_and_pieces_do_not_show(alone, threads, annotated, take):
    rng = np.random.default_rng(13)
    words = long_program(annotated)
    for count in (0, 2, 9, 200):
        cuts = rng.choice(len(words), count, replace=False).tolist()
        found = responses(machine_of(threads), words, cuts, take)
        np.testing.assert_array_equal(found, alone[annotated])


@pytest.mark.parametrize("isa", ["baseline", "avx2", "avx512"])
@pytest.mark.parametrize("threads", [2, 3])
def test_instruction_sets_do_not_show_on_threads(alone, threads, isa):
    try:
        machine = machine_of(threads, isa)
    except ValueError:
        pytest.skip(f"{isa} not supported by this machine")
    found = responses(machine, long_program(), [40_000, 90_001])
    np.testing.assert_array_equal(found, alone[False])


def test_counters_do_not_depend_on_threads():
    found = []
    for threads in (1, 2):
        machine = machine_of(threads)
        responses(machine, long_program())
        status = machine.status()
        assert status.pop("threads") == threads
        found.append(status)
    assert found[0] == found[1]


def test_threads_come_when_needed_and_go_with_their_machine():
    before = workers()
    machine = machine_of(1)
    responses(machine, long_program())
    assert workers() == before
    for threads in (2, 3):
        machine = Machine("v3", 0, threads=threads)
        # nothing to share yet
        assert workers() == before
        build.run(machine, configuration())
        responses(machine, long_program())
        assert workers() == before + threads - 1
        machine.power_cycle(1)
        del machine
        assert workers() == before


def test_a_forked_process_goes_on_without_them(alone):
    machine = machine_of(2)
    words = long_program()
    responses(machine, words)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(30)
            for _ in range(2):
                machine.power_cycle(NOISE_SEED)
                build.run(machine, configuration())
                code = int(not np.array_equal(responses(machine, words), alone[False]))
            del machine
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    machine.power_cycle(NOISE_SEED)
    build.run(machine, configuration())
    np.testing.assert_array_equal(responses(machine, words), alone[False])


def test_a_program_that_fails_leaves_nothing_behind(alone):
    machine = machine_of(2)
    words = long_program()
    for place in (5_000, 60_000, 60_001, 100_000):
        broken = words.copy()
        broken[place] = 0xFF << 56
        machine.begin_program()
        with pytest.raises(InstructionError):
            machine.execute(broken)
        # gone with all that is queued
        machine.power_cycle(NOISE_SEED)
        build.run(machine, configuration())
        np.testing.assert_array_equal(responses(machine, words), alone[False])


def test_a_program_may_be_stopped_at_any_time(alone):
    machine = machine_of(2)
    words = long_program()
    repeated = np.tile(words[:-1], 20)
    for delay in (0.0, 0.002, 0.011, 0.03):
        machine.begin_program()
        timer = threading.Timer(delay, machine.stop)
        timer.start()
        machine.execute(repeated)
        timer.join()
        assert machine.run_info()["messages"] < len(repeated)
        machine.take_responses()
        machine.power_cycle(NOISE_SEED)
        build.run(machine, configuration())
    np.testing.assert_array_equal(responses(machine, words), alone[False])


def test_machines_work_side_by_side(alone):
    found = {}

    def work(number):
        found[number] = responses(machine_of(2 + number % 2), long_program())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(4):
        np.testing.assert_array_equal(found[number], alone[False])


def test_how_many(monkeypatch):
    monkeypatch.delenv("HXEMU_THREADS", raising=False)
    assert Machine().threads == min(2, len(os.sched_getaffinity(0)))
    monkeypatch.setenv("HXEMU_THREADS", "3")
    assert Machine().status()["threads"] == 3
    assert Machine(threads=1).threads == 1
    for text in ("0", "4", "two", "-1"):
        monkeypatch.setenv("HXEMU_THREADS", text)
        with pytest.raises(ValueError, match=r"HXEMU_THREADS .* allowed: 1 to 3"):
            Machine()
    for number in (0, 4, True):
        with pytest.raises(ValueError, match=r"threads is .* allowed: 1 to 3"):
            Machine(threads=number)
