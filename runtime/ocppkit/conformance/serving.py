"""Lets stations reach the kit over real websockets, plain or with TLS."""

from __future__ import annotations

import ssl as tls
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from ocppkit.conformance.endpoint import Attempt, Endpoint
from ocppkit.conformance.settings import CaseSettings
from ocppkit.connection import Server, Transport
from ocppkit.message import Version

__all__ = ["serve", "tls_settings"]


@asynccontextmanager
async def serve(
    endpoint: Endpoint, *, host: str, port: int, ssl: tls.SSLContext | None = None
) -> AsyncIterator[str]:
    """Listen until the block is left, which closes the connection.

    Args:
        endpoint: what stations find there.
        host: the address to listen at.
        port: 0 for any that is free.
        ssl: the TLS settings; without them the connection is plain.

    Yields:
        The URL that a station is given.

    Raises:
        OSError: nobody can listen there.
    """
    async with _Served(endpoint).serve(host, port, ssl=ssl) as bound:
        shown = f"[{host}]" if ":" in host else host
        yield f"{'ws' if ssl is None else 'wss'}://{shown}:{bound}"


def tls_settings(settings: CaseSettings) -> tls.SSLContext | None:
    """How the kit shows itself under the station's security profile; None for profile 1.

    Raises:
        OSError: a certificate or key cannot be read, or is none.
        ValueError: the profile needs a certificate that the settings do not name.
    """
    if settings.security_profile < 2:
        return None
    if settings.server_chain is None:
        raise ValueError("security profiles 2 and 3 need server_chain in the settings")
    context = tls.create_default_context(tls.Purpose.CLIENT_AUTH)
    context.minimum_version = tls.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.server_chain)
    if settings.security_profile == 3:
        if settings.station_root is None:
            raise ValueError("security profile 3 needs station_root in the settings")
        context.load_verify_locations(settings.station_root)
        context.verify_mode = tls.CERT_REQUIRED
    return context


class _Served(Server):
    """A `Server` that leaves its connections to an endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(versions=(Version.V201,), handlers=lambda _: ())
        self._endpoint = endpoint

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
        return self._endpoint.admit(
            Attempt(
                at=clock.monotonic(),
                time=clock.utc_now(),
                identity=identity,
                password=password,
                user=user,
                certificate=certificate,
            )
        )

    async def welcome(self, transport: Transport, identity: str) -> None:
        """Leave a connection to the endpoint."""
        await self._endpoint.welcome(transport, identity)
