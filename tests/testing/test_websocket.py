"""A scripted CSMS over real websockets."""

from __future__ import annotations

import asyncio
import ssl

import pytest
import trustme

from ocppkit import v16
from ocppkit.connection import Connecting, Transport, connect
from ocppkit.errors import NegotiationFailed
from ocppkit.message import Version
from ocppkit.testing import ScriptedCsms, Unexpected


def dial(
    url: str,
    *,
    versions: tuple[Version, ...] = (Version.V16,),
    context: ssl.SSLContext | None = None,
) -> Connecting:
    return connect(
        url,
        identity="CS001",
        versions=versions,
        handlers=lambda _: (),
        password=b"0123456789ABCDEF",
        ssl=context,
    )


async def test_a_station_is_led_over_a_websocket_in_real_time() -> None:
    async with ScriptedCsms(Version.V16).serve() as csms:
        async with dial(csms.url) as session:
            await session.call(v16.HeartbeatRequest())
            await csms.expect(v16.HeartbeatRequest, within=5)
            await csms.expect_nothing(0.01)
        url = csms.url

    assert url.startswith("ws://127.0.0.1:")
    with pytest.raises(RuntimeError):
        _ = csms.url
    with pytest.raises(NegotiationFailed):
        await dial(url)


async def test_a_station_is_led_over_tls_and_its_password_checked() -> None:
    shown: list[tuple[str, bytes | None]] = []

    def check(identity: str, password: bytes | None) -> bool:
        shown.append((identity, password))
        return len(shown) > 1

    ca = trustme.CA()
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs = ssl.create_default_context()
    ca.issue_cert("127.0.0.1").configure_cert(ours)
    ca.configure_trust(theirs)
    async with ScriptedCsms(Version.V16).serve(ssl=ours, authenticate=check) as csms:
        with pytest.raises(NegotiationFailed, match="401"):
            await dial(csms.url, context=theirs)
        async with dial(csms.url, context=theirs) as session:
            await session.call(v16.HeartbeatRequest())

    assert shown == [("CS001", b"0123456789ABCDEF")] * 2
    assert len(csms.received) == 1


async def test_a_station_of_another_version_is_turned_away() -> None:
    async with ScriptedCsms(Version.V16).serve() as csms:
        with pytest.raises(NegotiationFailed):
            await dial(csms.url, versions=(Version.V201,))


async def test_a_station_that_breaks_the_schema_fails_the_test() -> None:
    async def broken() -> None:
        async with ScriptedCsms(Version.V16).serve() as csms, dial(csms.url) as session:
            session._transport.write('[2,"1","Heartbeat",{"odd":1}]')
            await session.call(v16.HeartbeatRequest())

    with pytest.raises(Unexpected, match="a Heartbeat that breaks the schema"):
        await broken()


async def test_what_goes_wrong_over_a_connection_is_raised_at_the_end() -> None:
    failed = asyncio.Event()

    class Broken(ScriptedCsms):
        async def welcome(self, transport: Transport, identity: str) -> None:
            assert (transport.subprotocol, identity) == ("ocpp1.6", "CS001")
            failed.set()
            msg = "as it happens"
            raise OSError(msg)

    async def serve() -> None:
        async with Broken(Version.V16).serve() as csms, dial(csms.url):
            await failed.wait()

    with pytest.raises(OSError, match="as it happens"):
        await serve()
