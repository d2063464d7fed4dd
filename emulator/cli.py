"""The command ``hxemu``."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from fisch.connections.emulated import LONGEST_S
from fisch.errors import ConnectionError
from fisch.version import version

#: Entry points of console commands in packages that the emulator may not import.
_COMMANDS = "hxemu.commands"

#: These commands, with their help. They parse their own arguments.
_ELSEWHERE = {
    "demo": "a network learns real digits with the chip in the loop",
    "calibrate": "calibrate a chip, write a calibration file and a report",
    "compare": "plot and score two files of examples/characterise.py",
}

#: Seconds for which a thread may keep the interpreter while the other one wants it. Both of the
#: daemon do little in Python at a time, and the one answers for the other.
SWITCH_S = 0.0005

MachineFactory = Callable[[argparse.Namespace], Any]


class CommandError(Exception):
    """A command can't do what it was asked; the text says why."""


def main(argv: Sequence[str] | None = None, *, machine: MachineFactory | None = None) -> int:
    """Run ``hxemu`` and return its exit status.

    Parameters
    ----------
    argv
        Arguments, default those of the process.
    machine
        Makes the machine that ``serve`` drives, from the parsed arguments; default
        :class:`emulator.machine.Machine`.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    if argv and argv[0] in _ELSEWHERE:
        return _guarded(lambda: _run_elsewhere(argv[0], argv[1:]))
    arguments = _parser().parse_args(argv)
    if arguments.command == "serve":
        # who started a private daemon reads its standard output until it is ready
        errors = sys.stdout if arguments.private else sys.stderr
        return _guarded(lambda: _serve(arguments, machine or _machine), errors)
    return _guarded(lambda: arguments.run(arguments))


def _guarded(command: Callable[[], int], errors: TextIO | None = None) -> int:
    try:
        return command()
    except (CommandError, ConnectionError, ValueError) as error:
        print(f"hxemu: {error}", file=errors or sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader, a pager perhaps, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _natural(text: str) -> int:
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no integer from 0 on")
    return value


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds, 0 to {LONGEST_S:g}")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hxemu", description="The BrainScaleS-2 neuromorphic chip, emulated."
    )
    parser.add_argument("--version", action="version", version=f"hxemu {version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="emulate a chip until SIGINT or SIGTERM")
    serve.add_argument(
        "--bind",
        required=True,
        metavar="ENDPOINT",
        help="ipc:///path or tcp://127.0.0.1:PORT; port 0 lets the system choose",
    )
    serve.add_argument(
        "--revision", choices=("v1", "v2", "v3"), default="v3", help="of the chip (default v3)"
    )
    serve.add_argument(
        "--seed", type=_natural, default=0, help="which individual chip (default 0)"
    )
    serve.add_argument(
        "--noise-seed", type=_natural, help="of temporal noise (default: fresh for every session)"
    )
    serve.add_argument(
        "--link",
        choices=("none", "1gbe", "8gbit"),
        default="none",
        help="the link whose time is modelled (default none)",
    )
    serve.add_argument(
        "--silicon",
        choices=("default", "ideal"),
        default="default",
        help="ideal: no mismatch, no noise, no leak, no rails, linear",
    )
    serve.add_argument(
        "--board",
        choices=("cube", "jboa"),
        default="cube",
        help="what FPGA and chip sit on (default cube)",
    )
    serve.add_argument(
        "--model-spread",
        action="store_true",
        help="draw what is only estimated of the model from its credible range, per seed",
    )
    serve.add_argument(
        "--threads",
        type=int,
        choices=(1, 2, 3),
        help="that work while a program executes (default: one for each processor, at most 2)",
    )
    serve.add_argument("--pidfile", type=Path, help="written when ready, removed at the end")
    serve.add_argument(
        "--curve-server-key",
        type=Path,
        metavar="FILE",
        help="the daemon's secret key file, for addresses beyond this machine",
    )
    serve.add_argument(
        "--curve-clients",
        type=Path,
        metavar="FOLDER",
        help="public key files of the clients that may connect",
    )
    serve.add_argument(
        "--exit-with-fd", type=_natural, metavar="N", help="end when file descriptor N is closed"
    )
    serve.add_argument(
        "--private",
        action="store_true",
        help="for one process that holds stdin: end when it closes, then remove the folder of "
        "the endpoint; a lease does not end for want of heartbeats",
    )
    serve.add_argument("--verbose", action="store_true", help="log sessions to stderr")

    status = commands.add_parser("status", help="show what a daemon does")
    status.add_argument("endpoint", help="where the daemon listens, as in its ready line")
    status.add_argument("--json", action="store_true", help="for programs")
    status.add_argument("--timeout", type=_seconds, default=5.0, help="seconds (default 5)")
    status.set_defaults(run=_status)

    info = commands.add_parser("info", help="show versions, chip revisions and model switches")
    info.add_argument("endpoint", nargs="?", help="show this daemon's chip, too")
    info.add_argument(
        "--model",
        action="store_true",
        help="show every constant of the model: value, range, how far it is known",
    )
    info.add_argument("--json", action="store_true", help="for programs")
    info.add_argument("--timeout", type=_seconds, default=5.0, help="seconds (default 5)")
    info.set_defaults(run=_info)

    keys = commands.add_parser("keys", help="make CURVE key files for a daemon or a client")
    keys.add_argument("folder", type=Path, help="made if need be")
    keys.add_argument("name", help="NAME.key is public, NAME.key_secret is not")
    keys.set_defaults(run=_keys)

    for name, text in _ELSEWHERE.items():
        commands.add_parser(name, help=text)
    return parser


# --- serve


def _machine(arguments: argparse.Namespace) -> Any:
    from emulator.machine import Machine

    return Machine(
        arguments.revision,
        arguments.seed,
        noise_seed=arguments.noise_seed,
        link=arguments.link,
        silicon={"ideal": True} if arguments.silicon == "ideal" else None,
        board=arguments.board,
        model_spread=arguments.model_spread,
        threads=arguments.threads,
    )


def _serve(arguments: argparse.Namespace, machine: MachineFactory) -> int:
    from emulator.memory import keep_frames
    from emulator.server import EndpointError, Server, check_endpoint

    keep_frames()
    logging.basicConfig(
        level=logging.INFO if arguments.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    with contextlib.ExitStack() as cleanup:
        if arguments.private:
            cleanup.callback(_remove_folder, arguments.bind)
        sys.setswitchinterval(SWITCH_S)
        signals = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as it is under nohup
            signals.append(signal.SIGHUP)
        for number in signals:
            signal.signal(number, signal.default_int_handler)  # clean up if it comes early
        keys = _server_keys(arguments)
        try:
            check_endpoint(arguments.bind, keys is not None)  # before the machine takes its time
            with _pidfile(arguments.pidfile):
                server = Server(
                    machine(arguments),
                    arguments.bind,
                    noise_seed=arguments.noise_seed,
                    keys=keys,
                    private=arguments.private,
                    until_closed=0 if arguments.private else arguments.exit_with_fd,
                )
                for number in signals:
                    signal.signal(number, lambda *_: server.stop())
                signal.set_wakeup_fd(server.wakeup_fd, warn_on_full_buffer=False)
                info = server.status()
                print(
                    f"hxemu ready {server.endpoint} pid={os.getpid()} "
                    f"chip={info['identifier']} revision={info['revision']} seed={info['seed']}",
                    flush=True,
                )
                server.serve()
        except EndpointError as error:
            raise CommandError(str(error)) from error
    return 0


def _server_keys(arguments: argparse.Namespace) -> Any:
    key, clients = arguments.curve_server_key, arguments.curve_clients
    if key is None and clients is None:
        return None
    if key is None or clients is None:
        raise CommandError("--curve-server-key and --curve-clients go together")
    import zmq.auth

    from emulator.server import ServerKeys

    try:
        public, secret = zmq.auth.load_certificate(key)
    except (OSError, ValueError) as error:
        raise CommandError(f"--curve-server-key: {error}") from error
    if secret is None:
        raise CommandError(f"--curve-server-key: {key} holds no secret key")
    if not clients.is_dir():
        raise CommandError(f"--curve-clients: {clients} is no folder")
    return ServerKeys(public, secret, str(clients))


@contextlib.contextmanager
def _pidfile(path: Path | None) -> Iterator[None]:
    """Hold a pidfile; refuse one of a living process, replace one that was left behind."""
    if path is None:
        yield
        return
    with contextlib.suppress(OSError, ValueError):
        other = int(path.read_text())
        os.kill(other, 0)  # raises if there is no such process
        raise CommandError(f"pidfile {path}: process {other} is running")
    try:
        path.write_text(f"{os.getpid()}\n")
    except OSError as error:
        raise CommandError(f"pidfile {path}: {error.strerror}") from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()


def _remove_folder(endpoint: str) -> None:
    path = endpoint.removeprefix("ipc://")
    with contextlib.suppress(OSError):
        os.unlink(path)
    with contextlib.suppress(OSError):
        os.rmdir(os.path.dirname(path))


# --- status and info


def _ask(arguments: argparse.Namespace) -> dict[str, Any]:
    from fisch.connections.channel import ask_status
    from fisch.connections.curve import CurveKeys

    return ask_status(arguments.endpoint, arguments.timeout, CurveKeys.from_environment())


def _status(arguments: argparse.Namespace) -> int:
    from emulator import report

    status = _ask(arguments)
    return _show(arguments, status, report.status_rows)


def _info(arguments: argparse.Namespace) -> int:
    from emulator import report

    if arguments.model:
        status = _show(arguments, report.model(), report.model_rows)
        if not arguments.json:
            print(report.MODEL_LEGEND)
        return status
    info = report.info()
    if arguments.endpoint is not None:
        info["daemon"] = _ask(arguments)
    return _show(arguments, info, report.info_rows)


def _show(
    arguments: argparse.Namespace,
    data: dict[str, Any],
    rows: Callable[[dict[str, Any]], Sequence[Sequence[object]]],
) -> int:
    from emulator import report

    if arguments.json:
        print(json.dumps(data, indent=2, sort_keys=True))
    else:
        print(report.table(rows(data)))
    return 0


# --- the rest


def _keys(arguments: argparse.Namespace) -> int:
    import zmq.auth

    try:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        public, secret = zmq.auth.create_certificates(arguments.folder, arguments.name)
        os.chmod(secret, 0o600)
    except OSError as error:
        raise CommandError(f"keys: {error}") from error
    print(f"public  {public}\nsecret  {secret}")
    return 0


def _run_elsewhere(name: str, argv: Sequence[str]) -> int:
    from importlib import metadata

    for entry in metadata.entry_points(group=_COMMANDS, name=name):
        try:
            command = entry.load()
        except ImportError as error:
            raise CommandError(f"{name}: {error}") from error
        result = command(list(argv))
        return int(result or 0)
    raise CommandError(f"{name} is not installed; try: pip install 'hxemu[demo]'")
