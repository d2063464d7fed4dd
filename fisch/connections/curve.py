"""Keys for endpoints that other machines can reach (CURVE, libzmq's own encryption)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import zmq
import zmq.auth

from fisch.errors import NoBackendError


@dataclass(frozen=True)
class CurveKeys:
    """What a client needs to talk to a daemon with CURVE keys (Z85 text of 40 characters each)."""

    server_public: bytes
    public: bytes
    secret: bytes

    @classmethod
    def from_files(cls, server: str | Path, client: str | Path) -> Self:
        """Read the daemon's public and the own secret certificate file (``hxemu keys``).

        Raises
        ------
        NoBackendError
            A file can't be read, or holds no such key.
        """
        try:
            server_public, _ = zmq.auth.load_certificate(server)
            public, secret = zmq.auth.load_certificate(client)
        except (OSError, ValueError) as error:
            raise NoBackendError(f"no CURVE keys: {error}") from error
        if secret is None:
            raise NoBackendError(f"no CURVE keys: {client} holds no secret key")
        return cls(server_public, public, secret)

    @classmethod
    def from_environment(cls) -> Self | None:
        """Read the files named by ``HXEMU_CURVE_SERVER`` and ``HXEMU_CURVE_CLIENT``, if set."""
        server = os.environ.get("HXEMU_CURVE_SERVER")
        client = os.environ.get("HXEMU_CURVE_CLIENT")
        if not server and not client:
            return None
        if not server or not client:
            raise NoBackendError("HXEMU_CURVE_SERVER and HXEMU_CURVE_CLIENT go together")
        return cls.from_files(server, client)

    def apply(self, socket: zmq.Socket) -> None:
        """Set the keys of a client socket, before it connects."""
        socket.curve_serverkey = self.server_public
        socket.curve_publickey = self.public
        socket.curve_secretkey = self.secret
