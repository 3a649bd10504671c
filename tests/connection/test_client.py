from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from ocppkit.connection.client import connect, connection_url
from ocppkit.connection.settings import KeepAlive
from ocppkit.errors import ConnectionLost, NegotiationFailed
from ocppkit.message import Side, Version
from ocppkit.v201 import DataTransferRequest

BOTH = [Version.V201, Version.V16]


class RawCsms:
    """A CSMS by hand: notes the request, picks what it is told to, answers nothing."""

    def __init__(self, pick: str | None = "ocpp2.0.1", response: Any = None) -> None:
        self.requests: list[Request] = []
        self.connections: list[ServerConnection] = []
        self.connected = asyncio.Event()
        self._pick = pick
        self._response = response
        self.url = ""

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request)
        if self._response is None:
            return None
        status, headers = self._response
        response = connection.respond(status, "no\n")
        response.headers.update(headers)
        return response

    async def _hold(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        self.connected.set()
        await connection.wait_closed()

    @asynccontextmanager
    async def serve(self, **settings: Any) -> AsyncIterator[RawCsms]:
        pick = None if self._pick is None else Subprotocol(self._pick)
        async with serve_websockets(
            self._hold,
            "127.0.0.1",
            0,
            process_request=self._check,
            select_subprotocol=lambda *_: pick,
            **settings,
        ) as server:
            self.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ocpp"
            yield self


def dial(csms: RawCsms, **changed: Any) -> Any:
    settings: dict[str, Any] = {
        "identity": "CS001",
        "versions": BOTH,
        "handlers": lambda _: [],
        **changed,
    }
    return connect(csms.url, **settings)


@pytest.mark.parametrize(
    ("url", "identity", "full"),
    [
        ("ws://csms.example.com/ocpp", "CS001", "ws://csms.example.com/ocpp/CS001"),
        ("wss://csms.example.com/ocppj", "RDAM 123", "wss://csms.example.com/ocppj/RDAM%20123"),
        ("ws://csms.example.com/ocpp/", "CS001", "ws://csms.example.com/ocpp/CS001"),
        ("ws://csms.example.com", "CS001", "ws://csms.example.com/CS001"),
        ("ws://csms.example.com/o?k=v", "a/b?ü", "ws://csms.example.com/o/a%2Fb%3F%C3%BC?k=v"),
    ],
)
@pytest.mark.requirement("1.6-J §3.1.1")
def test_the_identity_is_appended_percent_encoded(url: str, identity: str, full: str) -> None:
    assert connection_url(url, identity) == full


@pytest.mark.parametrize(
    ("url", "identity"),
    [
        ("http://csms.example.com", "CS001"),
        ("csms.example.com", "CS001"),
        ("ws://", "CS001"),
        ("ws://me:secret@csms.example.com", "CS001"),
        ("ws://csms.example.com", ""),
    ],
)
def test_a_url_that_cannot_be_right_is_refused(url: str, identity: str) -> None:
    with pytest.raises(ValueError, match=r"URL|identity"):
        connection_url(url, identity)


def test_a_station_offers_at_least_one_version() -> None:
    with pytest.raises(ValueError, match="version"):
        _ = connect("ws://localhost", identity="CS001", versions=[], handlers=lambda _: [])


async def test_where_the_handlers_cannot_be_made_the_connection_is_closed() -> None:
    def failing(_: object) -> Any:
        raise LookupError

    async with RawCsms().serve() as csms:
        with pytest.raises(LookupError):
            await dial(csms, handlers=failing)
        await csms.connected.wait()
        (connection,) = csms.connections
        async with asyncio.timeout(5):
            await connection.wait_closed()

    assert connection.close_code == 1011


@pytest.mark.requirement("A00.FR.204", "1.6-SEC A00.FR.204")
def test_an_identity_with_a_colon_cannot_authenticate() -> None:
    with pytest.raises(ValueError, match="colon"):
        _ = connect(
            "ws://localhost",
            identity="a:b",
            versions=BOTH,
            handlers=lambda _: [],
            password=b"secret",
        )


@pytest.mark.requirement("A00.FR.203", "1.6-SEC A00.FR.203")
@pytest.mark.requirement("1.6-J §6.2.2")
async def test_the_password_may_be_any_bytes() -> None:
    password = bytes(range(256))
    async with RawCsms().serve() as csms, dial(csms, password=password):
        (header,) = csms.requests[0].headers.get_all("Authorization")

    assert base64.b64decode(header.removeprefix("Basic ")) == b"CS001:" + password


async def test_without_a_password_no_credentials_are_sent() -> None:
    async with RawCsms().serve() as csms, dial(csms):
        assert "Authorization" not in csms.requests[0].headers


@pytest.mark.parametrize("picked", BOTH)
@pytest.mark.requirement("1.6-J §3.1.2")
async def test_the_csms_picks_one_of_the_versions_that_are_offered_in_order(
    picked: Version,
) -> None:
    async with RawCsms(picked.value).serve() as csms, dial(csms) as session:
        offered = csms.requests[0].headers["Sec-WebSocket-Protocol"]

        assert session.version is picked
        assert (session.side, session.identity) == (Side.STATION, "CS001")
        assert offered == "ocpp2.0.1, ocpp1.6"


@pytest.mark.requirement("1.6-J §3.2")
async def test_a_csms_that_picks_nothing_fails_the_negotiation() -> None:
    async with RawCsms(None).serve() as csms:
        with pytest.raises(NegotiationFailed, match=r"ocpp2\.0\.1, ocpp1\.6") as caught:
            await dial(csms)

    assert caught.value.status is None


async def test_a_csms_that_picks_what_was_not_offered_fails_the_negotiation() -> None:
    async with RawCsms("ocpp1.5").serve() as csms:
        with pytest.raises(NegotiationFailed, match=r"ocpp1\.5"):
            await dial(csms)


@pytest.mark.parametrize("status", [401, 404, 500, 503])
async def test_a_refusal_tells_the_status(status: int) -> None:
    async with RawCsms(response=(HTTPStatus(status), {})).serve() as csms:
        with pytest.raises(NegotiationFailed, match=str(status)) as caught:
            await dial(csms)

    assert caught.value.status == status


async def test_a_redirect_is_not_followed() -> None:
    redirect = (HTTPStatus.FOUND, {"Location": "/elsewhere"})
    async with RawCsms(response=redirect).serve() as csms:
        with pytest.raises(NegotiationFailed) as caught:
            await dial(csms, password=b"secret")

    assert caught.value.status == 302
    assert len(csms.requests) == 1


async def test_an_unreachable_csms_fails_the_negotiation(unused_tcp_port: int) -> None:
    url = f"ws://127.0.0.1:{unused_tcp_port}"
    with pytest.raises(NegotiationFailed) as caught:
        await connect(url, identity="CS001", versions=BOTH, handlers=lambda _: [])

    assert isinstance(caught.value.__cause__, OSError)


async def test_a_csms_that_does_not_answer_fails_the_negotiation() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(NegotiationFailed, match="timed out"):
            await connect(
                f"ws://127.0.0.1:{port}",
                identity="CS001",
                versions=BOTH,
                handlers=lambda _: [],
                open_timeout=0.05,
            )


@pytest.mark.parametrize("compression", [True, False])
async def test_compression_is_offered_when_told(compression: bool) -> None:
    async with RawCsms().serve() as csms, dial(csms, compression=compression):
        offered = csms.requests[0].headers.get("Sec-WebSocket-Extensions", "")

    assert ("permessage-deflate" in offered) is compression
    assert ("client_no_context_takeover" in offered) is compression


async def test_a_cut_connection_ends_the_call_that_waits() -> None:
    async with RawCsms().serve() as csms, dial(csms) as session:
        calling = asyncio.create_task(session.call(DataTransferRequest(vendor_id="acme")))
        await csms.connected.wait()
        await csms.connections[0].recv()
        csms.connections[0].transport.abort()
        with pytest.raises(ConnectionLost) as caught:
            await calling

    assert caught.value.action == "DataTransfer"


async def test_leaving_the_block_closes_with_1000() -> None:
    async with RawCsms().serve() as csms:
        async with dial(csms):
            pass
        (connection,) = csms.connections
        await connection.wait_closed()

    assert connection.close_code == 1000


async def test_an_awaited_connection_is_run_by_the_caller() -> None:
    async with RawCsms().serve() as csms:
        session = await dial(csms)
        running = asyncio.create_task(session.run())
        await session.close(1000, "done")
        await running

    assert "done" in str(await session.closed())


async def test_a_csms_that_does_not_answer_pings_is_lost() -> None:
    async with RawCsms().serve() as csms:
        keep_alive = KeepAlive(interval=0.01, timeout=0.01, close_timeout=0.01)
        async with dial(csms, keep_alive=keep_alive) as session:
            await csms.connected.wait()
            csms.connections[0].transport.pause_reading()
            reason = await session.closed()
            csms.connections[0].transport.abort()

    assert "ping timeout" in str(reason)


def test_a_ping_interval_is_positive() -> None:
    with pytest.raises(ValueError, match="interval"):
        KeepAlive(interval=0)
