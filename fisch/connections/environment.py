"""Which chip a script gets."""

from __future__ import annotations

import os
from collections.abc import Sequence

from fisch import protocol
from fisch.connections.base import Connection
from fisch.connections.embedded import ChipChoice, connect_embedded
from fisch.connections.emulated import MultiConnection, ZMQConnection
from fisch.connections.zero_mock import NS_PER_MESSAGE, ZeroMockConnection
from fisch.errors import NoBackendError

#: Variables by which an environment asks for real hardware, and whether they are numbers of
#: which 0 means no.
_HARDWARE = {
    "QUIGGELDY_ENABLED": True,
    "SLURM_FPGA_IPS": False,
    "FLANGE_SIMULATION_RCF_PORT": False,
}


def connect(
    endpoint: str | Sequence[str] | None = None,
    *,
    timeout: float = protocol.ACQUIRE_S,
    revision: str | None = None,
    ns_per_message: float | None = None,
) -> Connection:
    """Open a connection to the chip, or chips, that the caller or the environment asks for.

    The first of these that is given decides: ``endpoint``; ``HXCOMM_ENABLE_ZERO_MOCK`` (a number
    other than 0); ``HXEMU_ENDPOINT`` (comma-separated, one chip each); else an embedded daemon of
    this process's own emulates a chip (``HXEMU_REVISION``, ``HXEMU_SEED``, ``HXEMU_NOISE_SEED``,
    ``HXEMU_BOARD``, ``HXEMU_MODEL_SPREAD``).

    Parameters
    ----------
    endpoint
        Address of a daemon, several of them (one chip each, comma-separated or as a list),
        or ``"zeromock"``.
    timeout
        Seconds to wait for a chip that somebody else holds.
    revision
        ``"v1"``, ``"v2"`` or ``"v3"``: which chip the embedded daemon emulates, or ZeroMock
        stands for. A running daemon has its chip already: another revision is an error.
    ns_per_message
        For ZeroMock: time per message in nanoseconds, default 8; 0 for no limit.

    Returns
    -------
    Connection
        To one chip, or to several (:class:`fisch.connections.MultiConnection`).

    Raises
    ------
    NoBackendError
        The environment asks for real hardware, which hxemu does not reach, or the chip is not
        of the wanted revision.
    ConnectionTimeoutError, ChipBusyError, ProtocolVersionError
        See :class:`fisch.connections.ZMQConnection`.
    """
    if endpoint is None and _is_number_but_zero("HXCOMM_ENABLE_ZERO_MOCK"):
        endpoint = "zeromock"
    if endpoint is None:
        endpoint = os.environ.get("HXEMU_ENDPOINT") or None
    if endpoint is None:
        _refuse_hardware()
        return connect_embedded(ChipChoice.from_environment(revision), timeout)
    listed = endpoint.split(",") if isinstance(endpoint, str) else list(endpoint)
    addresses = [address.strip() for address in listed if address.strip()]
    if not addresses:
        raise ValueError(f"endpoint {endpoint!r} names no chip")
    connections: list[Connection] = []
    try:
        for address in addresses:
            if address == "zeromock":
                speed = NS_PER_MESSAGE if ns_per_message is None else ns_per_message
                connections.append(ZeroMockConnection(speed, revision or "v2"))
            else:
                connections.append(ZMQConnection(address, timeout=timeout))
                _check_revision(connections[-1], address, revision)
    except BaseException:
        for connection in connections:
            connection.close()
        raise
    return connections[0] if len(connections) == 1 else MultiConnection(connections)


def _check_revision(connection: Connection, address: str, revision: str | None) -> None:
    found = connection.info["revision"]
    if revision is not None and found != revision:
        raise NoBackendError(f"the chip at {address} is of revision {found}, not {revision}")


def _is_number_but_zero(name: str) -> bool:
    try:
        return int(os.environ.get(name, "0")) != 0
    except ValueError:
        return False


def _refuse_hardware() -> None:
    for name, is_number in _HARDWARE.items():
        if _is_number_but_zero(name) if is_number else os.environ.get(name):
            raise NoBackendError(
                f"{name} asks for real hardware, but hxemu emulates the chip and reaches none. "
                f"Unset {name}, or set HXEMU_ENDPOINT to the address of an emulator."
            )
