"""Lets stations reach the kit over real websockets, plain or with TLS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request
from websockets.http11 import Response as HttpResponse

from ocppkit.conformance.endpoint import Attempt, Endpoint
from ocppkit.conformance.kit import Kit
from ocppkit.conformance.relay import Relay
from ocppkit.conformance.tls_end import Chains, TlsEnd
from ocppkit.conformance.verdict import NotApplicable
from ocppkit.connection import Server, Transport
from ocppkit.message import Version

__all__ = ["serve", "shown"]

_BEHIND = "127.0.0.1"
_peer: ContextVar[int] = ContextVar("_peer", default=0)
"""The port from which the connection came that is being looked at."""


def shown(kit: Kit, host: str) -> None:
    """Have the kit's endpoints speak TLS, as far as the settings let them; before `serve`.

    Args:
        kit: which.
        host: where it is reached, unless the settings say so.

    Raises:
        OSError: a certificate or key cannot be read, or is none.
        ValueError: the security profile needs certificates that the settings do not name, or the
            certificate authority of the settings cannot be used.
    """
    settings = kit.settings
    if settings.security_profile < 2 and settings.authority is None:
        return
    try:
        pki = None if settings.authority is None else kit.pki
    except NotApplicable as error:
        raise ValueError(str(error)) from error
    chains = Chains(settings=settings, host=settings.server_host or host, clock=kit.clock, pki=pki)
    for endpoint in (kit.first, kit.second):
        endpoint.tls = TlsEnd(chains=chains, profile=settings.security_profile)
    _ = chains.context(max(2, settings.security_profile))  # fails now, not when a station comes
    kit.secure = True


@asynccontextmanager
async def serve(endpoint: Endpoint, *, host: str, port: int) -> AsyncIterator[str]:
    """Listen until the block is left, which closes the connection.

    Args:
        endpoint: what stations find there; it speaks TLS where `shown` told it how.
        host: the address to listen at.
        port: 0 for any that is free.

    Yields:
        The URL that a station is given.

    Raises:
        OSError: nobody can listen there.
    """
    name = f"[{host}]" if ":" in host else host
    tls = endpoint.tls
    if tls is None:
        async with _Served(endpoint, None).serve(host, port) as bound:
            yield f"ws://{name}:{bound}"
        return
    name = tls.chains.settings.server_host or name
    relay = Relay(endpoint, tls)
    try:
        async with (
            _Served(endpoint, relay).serve(_BEHIND, 0) as behind,
            relay.serve(host, port, behind) as bound,
        ):
            yield f"{'ws' if tls.profile < 2 else 'wss'}://{name}:{bound}"
    finally:
        await relay.close()


class _Served(Server):
    """A `Server` that leaves its connections to an endpoint."""

    def __init__(self, endpoint: Endpoint, relay: Relay | None) -> None:
        super().__init__(versions=(Version.V201,), handlers=lambda _: ())
        self._endpoint = endpoint
        self._relay = relay

    async def _check(self, connection: ServerConnection, request: Request) -> HttpResponse | None:
        _ = _peer.set(connection.remote_address[1])
        return await super()._check(connection, request)

    async def refusal(
        self,
        identity: str,
        password: bytes | None,
        *,
        user: str | None = None,
        certificate: bytes | None = None,
    ) -> HTTPStatus | None:
        """Ask the endpoint."""
        clock = self._endpoint.mailbox.clock
        handshake = None if self._relay is None else self._relay.asks(_peer.get())
        return self._endpoint.admit(
            Attempt(
                at=clock.monotonic(),
                time=clock.utc_now(),
                identity=identity,
                password=password,
                user=user,
                certificate=certificate if handshake is None else handshake.certificate,
                handshake=handshake,
                hello=None if handshake is None else handshake.hello,
            )
        )

    async def welcome(self, transport: Transport, identity: str) -> None:
        """Leave a connection to the endpoint."""
        await self._endpoint.welcome(transport, identity)
