"""Lets stations reach what leads them over real websockets."""

from __future__ import annotations

import ssl as tls
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ocppkit.connection import Handlers, Server, Transport
from ocppkit.connection.server import Authenticate, VerifyCertificate
from ocppkit.message import Version
from ocppkit.testing.network import Acceptor

__all__ = ["serve_websockets"]


@asynccontextmanager
async def serve_websockets(
    acceptor: Acceptor,
    version: Version,
    *,
    host: str,
    port: int,
    ssl: tls.SSLContext | None,
    authenticate: Authenticate | None,
    verify_certificate: VerifyCertificate | None,
) -> AsyncIterator[str]:
    """Listen until the block is left, which closes all connections.

    Yields:
        The URL that a station is given.

    Raises:
        Exception: what the acceptor raised over a connection, at the end.
    """
    server = _Led(
        acceptor,
        versions=(version,),
        handlers=lambda _: (),  # a session never comes to be
        authenticate=authenticate,
        verify_certificate=verify_certificate,
    )
    async with server.serve(host, port, ssl=ssl) as bound:
        yield f"{'ws' if ssl is None else 'wss'}://{host}:{bound}"
    if server.failures:
        raise server.failures[0]


class _Led(Server):
    """A `Server` that leaves its connections to an acceptor.

    Attributes:
        failures: what the acceptor raised.
    """

    def __init__(
        self,
        acceptor: Acceptor,
        *,
        versions: tuple[Version],
        handlers: Handlers,
        authenticate: Authenticate | None,
        verify_certificate: VerifyCertificate | None,
    ) -> None:
        super().__init__(
            versions=versions,
            handlers=handlers,
            authenticate=authenticate,
            verify_certificate=verify_certificate,
        )
        self.failures: list[Exception] = []
        self._acceptor = acceptor

    async def welcome(self, transport: Transport, identity: str) -> None:
        """Leave a connection to the acceptor."""
        if transport.subprotocol is None:
            await super().welcome(transport, identity)
            return
        try:
            await self._acceptor.welcome(transport, identity)
        except Exception as failure:  # the border: it is raised where the block ends
            self.failures.append(failure)
