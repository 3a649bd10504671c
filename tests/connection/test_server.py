from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from ocppkit import v16
from ocppkit.codec import codec_for
from ocppkit.connection.client import connect
from ocppkit.connection.server import Server
from ocppkit.connection.session import Session
from ocppkit.connection.transport import MemoryTransport, memory_pair
from ocppkit.errors import NegotiationFailed
from ocppkit.message import Handler, Side, Version
from ocppkit.v201 import DataTransferRequest, DataTransferResponse, DataTransferStatusEnumType

BOTH = [Version.V201, Version.V16]


class Echo(Handler):
    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix

    async def on_data_transfer(self, request: DataTransferRequest) -> DataTransferResponse:
        return DataTransferResponse(
            status=DataTransferStatusEnumType.ACCEPTED, data=self._prefix + request.vendor_id
        )


def csms(**changed: Any) -> Server:
    settings: dict[str, Any] = {"versions": BOTH, "handlers": lambda _: [], **changed}
    return Server(**settings)


def dial(port: int, path: str = "/ocpp", **changed: Any) -> Any:
    settings: dict[str, Any] = {
        "identity": "CS001",
        "versions": BOTH,
        "handlers": lambda _: [],
        **changed,
    }
    return connect(f"ws://127.0.0.1:{port}{path}", **settings)


def raw(port: int, path: str = "/CS001", **settings: Any) -> Any:
    return open_websocket(
        f"ws://127.0.0.1:{port}{path}",
        proxy=None,
        **{"subprotocols": [Subprotocol("ocpp2.0.1")], **settings},
    )


def basic(user: bytes, password: bytes) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(user + b':' + password).decode()}"}


class Arrivals:
    """A handlers factory that tells which sessions came."""

    def __init__(self, *handlers: Handler) -> None:
        self._handlers = handlers
        self.sessions: asyncio.Queue[Session] = asyncio.Queue()

    def __call__(self, session: Session) -> tuple[Handler, ...]:
        self.sessions.put_nowait(session)
        return self._handlers


async def test_both_sides_call_each_other_over_a_socket() -> None:
    arrivals = Arrivals(Echo("csms:"))
    async with (
        csms(handlers=arrivals).serve("127.0.0.1", 0) as port,
        dial(port, handlers=lambda _: [Echo("station:")]) as station,
    ):
        session = await arrivals.sessions.get()
        answers = await asyncio.gather(
            station.call(DataTransferRequest(vendor_id="one")),
            session.call(DataTransferRequest(vendor_id="two")),
        )

    assert [answer.data for answer in answers] == ["csms:one", "station:two"]
    assert (session.side, session.identity, session.version) == (
        Side.CSMS,
        "CS001",
        Version.V201,
    )


async def test_a_handler_on_either_side_may_call_back() -> None:
    class CallBack(Handler):
        def __init__(self, session: Session) -> None:
            self._session = session

        async def on_data_transfer(self, request: DataTransferRequest) -> DataTransferResponse:
            return await self._session.call(DataTransferRequest(vendor_id=request.vendor_id + "!"))

    async with (
        csms(handlers=lambda session: [CallBack(session)]).serve("127.0.0.1", 0) as port,
        dial(port, handlers=lambda _: [Echo()]) as station,
    ):
        answer = await station.call(DataTransferRequest(vendor_id="acme"))

    assert answer.data == "acme!"


async def test_a_1_6_station_gets_1_6() -> None:
    arrivals = Arrivals()
    async with (
        csms(handlers=arrivals).serve("127.0.0.1", 0) as port,
        dial(port, versions=[Version.V16]) as station,
    ):
        session = await arrivals.sessions.get()
        with pytest.raises(TypeError):
            await session.call(DataTransferRequest(vendor_id="2.0.1"))
        answer = asyncio.create_task(session.call(v16.ClearCacheRequest()))
        answer.cancel()

    assert station.version is session.version is Version.V16


@pytest.mark.parametrize("offered", [BOTH, BOTH[::-1]])
@pytest.mark.parametrize("spoken", [BOTH, BOTH[::-1]])
async def test_the_order_of_the_station_decides(
    offered: list[Version], spoken: list[Version]
) -> None:
    async with (
        csms(versions=spoken).serve("127.0.0.1", 0) as port,
        dial(port, versions=offered) as station,
    ):
        assert station.version is offered[0]


@pytest.mark.requirement("1.6-J §3.1.2")
async def test_of_several_versions_the_one_that_is_spoken_is_picked() -> None:
    offered = [Subprotocol(name) for name in ("ocpp0.1", "ocpp2.0.1")]
    async with (
        csms().serve("127.0.0.1", 0) as port,
        raw(port, subprotocols=offered) as websocket,
    ):
        assert websocket.subprotocol == "ocpp2.0.1"


@pytest.mark.parametrize("offered", [["ocpp1.5"], None])
@pytest.mark.requirement("1.6-J §3.2")
async def test_without_a_common_version_the_handshake_is_completed_and_closed_at_once(
    offered: list[Any] | None,
) -> None:
    arrivals = Arrivals()
    async with csms(handlers=arrivals).serve("127.0.0.1", 0) as port:
        async with raw(port, subprotocols=offered) as websocket:
            with pytest.raises(ConnectionClosed) as caught:
                await websocket.recv()

        assert websocket.response.status_code == 101
        assert "Sec-WebSocket-Protocol" not in websocket.response.headers
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1002
        assert arrivals.sessions.empty()


async def accept_later(identity: str) -> bool:
    return identity == "CS001"


@pytest.mark.parametrize("accept", [lambda identity: identity == "CS001", accept_later])
async def test_an_unknown_station_gets_a_404(accept: Callable[[str], Any]) -> None:
    async with csms(accept=accept).serve("127.0.0.1", 0) as port:
        with pytest.raises(NegotiationFailed) as caught:
            await dial(port, identity="CS002")
        async with dial(port) as station:
            assert station.identity == "CS001"

    assert caught.value.status == 404


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("/CS001", "CS001"),
        ("/a/b/c/CS001", "CS001"),
        ("/ocpp/RDAM%20123", "RDAM 123"),
        ("/ocpp/a%2Fb?token=/x", "a/b"),
        ("/%C3%BC", "ü"),
    ],
)
async def test_the_identity_is_the_last_segment_of_the_path(path: str, identity: str) -> None:
    arrivals = Arrivals()
    async with csms(handlers=arrivals).serve("127.0.0.1", 0) as port, raw(port, path):
        session = await arrivals.sessions.get()

    assert session.identity == identity


@pytest.mark.parametrize("path", ["/", "/ocpp/", "/%FF", "/a%0Ab", "/%00"])
async def test_a_path_without_a_fit_identity_gets_a_404(path: str) -> None:
    async with csms().serve("127.0.0.1", 0) as port:
        with pytest.raises(InvalidStatus) as caught:
            await raw(port, path)

    assert caught.value.response.status_code == 404


async def test_with_a_path_of_its_own_the_endpoint_serves_no_other() -> None:
    async with csms(path="/ocpp/v1").serve("127.0.0.1", 0) as port:
        async with raw(port, "/ocpp/v1/CS001"):
            pass
        for path in ("/CS001", "/ocpp/CS001", "/ocpp/v1/more/CS001"):
            with pytest.raises(InvalidStatus) as caught:
                await raw(port, path)

            assert caught.value.response.status_code == 404


PASSWORD = bytes.fromhex("0001020304050607FFFFFFFFFFFFFFFFFFFF3A00")


async def check_later(identity: str, password: bytes | None) -> bool:
    return (identity, password) == ("CS001", PASSWORD)


@pytest.mark.requirement("A00.FR.207")
@pytest.mark.parametrize(
    "authenticate",
    [lambda identity, password: (identity, password) == ("CS001", PASSWORD), check_later],
)
@pytest.mark.requirement("1.6-SEC A00.FR.202", "A00.FR.202")
async def test_the_password_of_the_station_is_checked_as_bytes(authenticate: Any) -> None:
    async with csms(authenticate=authenticate).serve("127.0.0.1", 0) as port:
        async with dial(port, password=PASSWORD) as station:
            assert station.identity == "CS001"
        for wrong in (b"wrong", None):
            with pytest.raises(NegotiationFailed) as caught:
                await dial(port, password=wrong)

            assert caught.value.status == 401


@pytest.mark.requirement("A00.FR.207")
@pytest.mark.parametrize(
    "headers",
    [
        basic(b"CS002", PASSWORD),
        basic(b"", PASSWORD),
        basic(b"\xff", PASSWORD),
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + base64.b64encode(b"CS001").decode()},
        {"Authorization": "Bearer " + base64.b64encode(b"CS001:" + PASSWORD).decode()},
        [*basic(b"CS001", PASSWORD).items(), *basic(b"CS002", PASSWORD).items()],
    ],
)
async def test_credentials_of_somebody_else_or_of_no_known_form_get_a_401(headers: Any) -> None:
    async with csms(authenticate=lambda *_: True).serve("127.0.0.1", 0) as port:
        with pytest.raises(InvalidStatus) as caught:
            await raw(port, additional_headers=headers)

    assert caught.value.response.status_code == 401
    assert caught.value.response.headers["WWW-Authenticate"].startswith("Basic ")


async def test_passwords_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ocppkit")
    async with csms(authenticate=lambda *_: False).serve("127.0.0.1", 0) as port:
        with pytest.raises(NegotiationFailed):
            await dial(port, password=b"open sesame")

    assert "CS001: wrong credentials" in caplog.text
    assert "sesame" not in caplog.text
    assert base64.b64encode(b"CS001:open sesame").decode() not in caplog.text


async def test_the_newest_connection_of_a_station_wins() -> None:
    arrivals = Arrivals()
    server = csms(handlers=arrivals)
    async with server.serve("127.0.0.1", 0) as port, raw(port) as older:
        first = await arrivals.sessions.get()
        async with raw(port) as newer:
            second = await arrivals.sessions.get()
            with pytest.raises(ConnectionClosed) as caught:
                await older.recv()
            await first.closed()

            assert server.sessions == {"CS001": second}
            await newer.send('[2,"1","Teleport",{}]')
            assert json.loads(await newer.recv())[1] == "1"

    assert caught.value.rcvd is not None
    assert caught.value.rcvd.reason == "replaced by a newer connection"
    assert server.sessions == {}


async def test_a_station_that_left_is_no_longer_listed() -> None:
    arrivals = Arrivals()
    server = csms(handlers=arrivals)
    async with server.serve("127.0.0.1", 0) as port:
        async with raw(port):
            session = await arrivals.sessions.get()
        await session.closed()
        async with raw(port, "/CS002"):
            await arrivals.sessions.get()

            assert set(server.sessions) == {"CS002"}


async def test_a_station_that_left_is_not_listed_while_its_handlers_still_run() -> None:
    class Busy(Handler):
        def __init__(self) -> None:
            self.begun, self.go = asyncio.Event(), asyncio.Event()

        async def on_data_transfer(self, _: DataTransferRequest) -> DataTransferResponse:
            self.begun.set()
            await self.go.wait()
            return DataTransferResponse(status=DataTransferStatusEnumType.ACCEPTED)

    busy = Busy()
    arrivals = Arrivals(busy)
    server = csms(handlers=arrivals)
    async with server.serve("127.0.0.1", 0) as port:
        async with raw(port) as websocket:
            session = await arrivals.sessions.get()
            await websocket.send('[2,"1","DataTransfer",{"vendorId":"acme"}]')
            await busy.begun.wait()
        await session.closed()
        await asyncio.sleep(0)
        listed = set(server.sessions)
        busy.go.set()

    assert listed == set()


async def test_of_stations_that_left_long_ago_it_is_forgotten_what_was_borne_with() -> None:
    class Clock(Handler):
        async def on_heartbeat(self, _: v16.HeartbeatRequest) -> v16.HeartbeatResponse:
            return v16.HeartbeatResponse(current_time=datetime(2030, 1, 1, tzinfo=UTC))

    server = csms(versions=[Version.V16], handlers=lambda _: [Clock()], lenient=True)

    async def heartbeat(identity: str) -> MemoryTransport:
        ours, theirs = memory_pair(Version.V16)
        welcomes.append(asyncio.create_task(server.welcome(ours, identity)))
        await theirs.send('[2,"1","Heartbeat",{"odd":1}]')
        await theirs.receive()
        return theirs

    welcomes: list[asyncio.Task[None]] = []
    staying = await heartbeat("STAYS")
    for number in range(1002):
        left = await heartbeat(f"CS{number}")
        await left.close()
        await welcomes[-1]
    kept = {identity for identity in ("STAYS", "CS0", "CS1001") if server.deviations(identity)}
    await staying.close()
    await asyncio.gather(*welcomes)

    assert kept == {"STAYS", "CS1001"}


@pytest.mark.parametrize("offered", [True, False])
async def test_messages_are_compressed_when_the_station_offers_it(offered: bool) -> None:
    async with (
        csms(handlers=lambda _: [Echo()]).serve("127.0.0.1", 0) as port,
        raw(port, compression="deflate" if offered else None) as websocket,
    ):
        await websocket.send('[2,"1","DataTransfer",{"vendorId":"acme"}]')
        answer = json.loads(await websocket.recv())
        extensions = websocket.response.headers.get("Sec-WebSocket-Extensions", "")

    assert answer[0] == 3
    assert ("permessage-deflate" in extensions) is offered
    assert ("server_no_context_takeover" in extensions) is offered
    assert ("client_no_context_takeover" in extensions) is offered


async def test_our_station_and_our_csms_agree_on_compression() -> None:
    async with (
        csms(handlers=lambda _: [Echo()]).serve("127.0.0.1", 0) as port,
        dial(port, compression=True) as station,
    ):
        answers = [await station.call(DataTransferRequest(vendor_id="acme" * 50)) for _ in range(3)]
        extensions = station._transport._connection.protocol.extensions

    assert {answer.data for answer in answers} == {"acme" * 50}
    assert [extension.name for extension in extensions] == ["permessage-deflate"]


async def test_a_shutdown_closes_every_session_with_1001() -> None:
    arrivals = Arrivals()
    async with AsyncExitStack() as stack:
        async with csms(handlers=arrivals).serve("127.0.0.1", 0) as port:
            stations = [
                await stack.enter_async_context(raw(port, f"/CS00{number}")) for number in range(3)
            ]
            for _ in stations:
                await arrivals.sessions.get()
        for station in stations:
            await station.wait_closed()

    assert [station.close_code for station in stations] == [1001] * 3


async def test_another_codec_can_be_used() -> None:
    used: list[Version] = []

    def codecs(version: Version) -> Any:
        used.append(version)
        return codec_for(version)

    async with (
        csms(codecs=codecs).serve("127.0.0.1", 0) as port,
        dial(port, codecs=codecs),
    ):
        pass

    assert used == [Version.V201, Version.V201]


async def test_a_handler_that_fits_nothing_is_a_fault_that_is_logged_and_closes_the_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with (
        csms(handlers=lambda _: [Handler()]).serve("127.0.0.1", 0) as port,
        raw(port) as websocket,
    ):
        with pytest.raises(ConnectionClosed) as caught:
            await websocket.recv()

    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1011
    assert "Handler has no method" in caplog.text
