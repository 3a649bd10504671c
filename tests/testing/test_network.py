from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import pytest

from ocppkit.connection import Server, Session, SessionSettings
from ocppkit.errors import CallTimeout, ConnectionLost, NegotiationFailed
from ocppkit.message import Answer, Handler, Version
from ocppkit.testing import START, MemoryNetwork, advance
from ocppkit.v201 import (
    CsmsHandler,
    DataTransferRequest,
    DataTransferResponse,
    DataTransferStatusEnumType,
    HeartbeatRequest,
    HeartbeatResponse,
)

pytestmark = pytest.mark.virtual_time


class Csms(CsmsHandler):
    def __init__(self) -> None:
        self.heard: list[str] = []

    async def on_heartbeat(self, request: HeartbeatRequest) -> Answer[HeartbeatResponse]:  # noqa: ARG002  # it is empty
        return HeartbeatResponse(current_time=START)

    async def on_data_transfer(self, request: DataTransferRequest) -> Answer[DataTransferResponse]:
        self.heard.append(request.vendor_id)
        return DataTransferResponse(status=DataTransferStatusEnumType.ACCEPTED)


def nobody(_: Session) -> list[Handler]:
    return []


async def dial(network: MemoryNetwork, password: bytes | None = None) -> Session:
    return await network.connect(
        identity="CS001",
        versions=[Version.V201],
        handlers=nobody,
        password=password,
        settings=SessionSettings(call_timeout=30),
    )


@asynccontextmanager
async def network_with(*versions: Version) -> AsyncIterator[MemoryNetwork]:
    network = MemoryNetwork()
    server = Server(
        versions=versions or [Version.V201],
        handlers=lambda _: [Csms()],
        accept=lambda identity: identity == "CS001",
        authenticate=lambda _, password: password != b"wrong",
    )
    async with network.listen(server):
        yield network


async def test_a_call_is_answered() -> None:
    async with network_with() as network, await dial(network) as session:
        answer = await session.call(HeartbeatRequest())

    assert answer == HeartbeatResponse(current_time=START)


async def test_a_message_takes_its_time_there_and_back() -> None:
    loop = asyncio.get_running_loop()
    async with network_with() as network, await dial(network) as session:
        network.delay = 2
        await session.call(HeartbeatRequest())

        assert loop.time() == 4


async def test_messages_do_not_overtake_one_another() -> None:
    csms = Csms()
    network = MemoryNetwork(delay=2)
    server = Server(versions=[Version.V201], handlers=lambda _: [csms])
    async with network.listen(server), await dial(network) as session:
        first = asyncio.create_task(session.call(DataTransferRequest(vendor_id="first"), timeout=1))
        await advance(1)
        network.delay = 0
        await session.call(DataTransferRequest(vendor_id="second"))
        with pytest.raises(CallTimeout):
            await first

    assert csms.heard == ["first", "second"]


async def test_a_cut_is_noticed_at_both_ends_at_once() -> None:
    async with network_with() as network, await dial(network) as session:
        before = network.connections("CS001")
        network.cut("CS001")
        reason = await session.closed()
        await advance(0)

        assert "the network cut the connection" in str(reason)
        assert (before, network.connections("CS001")) == (1, 0)
        with pytest.raises(ConnectionLost):
            await session.call(HeartbeatRequest())


async def test_what_is_under_way_is_lost_with_the_connection() -> None:
    async with network_with() as network, await dial(network) as session:
        network.delay = 5
        call = asyncio.create_task(session.call(HeartbeatRequest()))
        await advance(7)
        network.cut("CS001")
        with pytest.raises(ConnectionLost):
            await call

        assert asyncio.get_running_loop().time() == 7


async def test_a_silent_connection_looks_open_and_swallows_everything() -> None:
    async with network_with() as network, await dial(network) as session:
        network.silence("CS001")
        with pytest.raises(CallTimeout):
            await session.call(HeartbeatRequest())

        assert asyncio.get_running_loop().time() == 30
        assert network.connections("CS001") == 1
        network.cut("CS001")


async def test_a_ping_comes_back() -> None:
    async with network_with() as network, await dial(network) as session:
        network.delay = 2
        await session.ping()

        assert asyncio.get_running_loop().time() == 4


async def test_in_silence_a_ping_does_not_come_back() -> None:
    async with network_with() as network, await dial(network) as session:
        network.silence("CS001")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(20):
                await session.ping()
        await session.drop("no pong")

        assert "no pong" in str(await session.closed())
        assert network.connections("CS001") == 1


async def test_a_cut_ends_a_ping() -> None:
    async with network_with() as network, await dial(network) as session:
        network.delay = 5
        ping = asyncio.create_task(session.ping())
        await advance(1)
        network.cut("CS001")
        with pytest.raises(ConnectionLost):
            await ping
        with pytest.raises(ConnectionLost):
            await session.ping()


async def test_a_network_that_is_down_reaches_nobody_but_keeps_what_is_open() -> None:
    async with network_with() as network, await dial(network) as session:
        network.down = True
        with pytest.raises(NegotiationFailed, match="nobody can be reached"):
            await dial(network)
        await session.call(HeartbeatRequest())

        assert network.dials == 2


async def test_nobody_is_reached_where_nobody_listens() -> None:
    with pytest.raises(NegotiationFailed, match="nobody can be reached"):
        await dial(MemoryNetwork())


async def test_a_connection_is_refused_with_the_status_that_was_told() -> None:
    async with network_with() as network:
        network.refuses = HTTPStatus.SERVICE_UNAVAILABLE
        with pytest.raises(NegotiationFailed) as caught:
            await dial(network)

    assert caught.value.status == 503


@pytest.mark.parametrize(
    ("identity", "password", "status"), [("CS002", None, 404), ("CS001", b"wrong", 401)]
)
async def test_a_server_checks_stations_as_it_does_on_sockets(
    identity: str, password: bytes | None, status: int
) -> None:
    async with network_with() as network:
        with pytest.raises(NegotiationFailed) as caught:
            await network.connect(
                identity=identity, versions=[Version.V201], handlers=nobody, password=password
            )

    assert caught.value.status == status


async def test_without_a_version_in_common_there_is_no_connection() -> None:
    async with network_with(Version.V16) as network:
        with pytest.raises(NegotiationFailed, match=r"speaks none of ocpp2\.0\.1"):
            await dial(network)


async def test_of_several_versions_the_stations_order_decides() -> None:
    network, offered = MemoryNetwork(), [Version.V16, Version.V201]
    async with network.listen(Server(versions=[Version.V201, Version.V16], handlers=nobody)):
        first = await network.connect(identity="A", versions=offered, handlers=nobody)
        second = await network.connect(identity="B", versions=offered[::-1], handlers=nobody)

    assert (first.version, second.version) == (Version.V16, Version.V201)


async def test_what_fails_at_the_csms_fails_the_test() -> None:
    def broken(session: Session) -> list[Csms]:
        raise LookupError(session.identity)

    async def dial_in() -> None:
        network = MemoryNetwork()
        async with network.listen(Server(versions=[Version.V16], handlers=broken)):
            session = await network.connect(identity="A", versions=[Version.V16], handlers=nobody)
            await session.run()

    with pytest.raises(LookupError, match="A"):
        await dial_in()


async def test_what_fails_in_the_block_comes_out_as_it_is() -> None:
    with pytest.raises(LookupError):
        async with network_with() as network, await dial(network):
            raise LookupError


async def test_one_csms_listens() -> None:
    async with network_with() as network:
        with pytest.raises(RuntimeError, match="one CSMS"):
            async with network.listen(Server(versions=[], handlers=nobody)):
                pass


async def test_a_csms_that_stops_closes_its_connections() -> None:
    async with network_with() as network:
        session = await dial(network)
        running = asyncio.create_task(session.run())
        await advance(1)
    reason = await session.closed()
    await running

    assert "1001" in str(reason)
