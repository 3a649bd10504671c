from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from ocppkit import v16, v201
from ocppkit.connection import Direction, Passed, Session, SessionSettings, connect
from ocppkit.connection.client import Connecting
from ocppkit.csms import CsmsServer, Memory, Policy, TransactionRecord, accepting
from ocppkit.csms.v201 import AcceptingHandler
from ocppkit.errors import (
    CallRefused,
    CallTimeout,
    ConnectionLost,
    NegotiationFailed,
    NotConnected,
)
from ocppkit.message import Answer, Handler, Then, Version

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
RESET = v201.ResetRequest(type=v201.ResetEnumType.ON_IDLE)
SCHEDULED = v201.ResetResponse(status=v201.ResetStatusEnumType.SCHEDULED)
BOOT = v201.BootNotificationRequest(
    reason=v201.BootReasonEnumType.POWER_UP,
    charging_station=v201.ChargingStationType(model="M1", vendor_name="Example"),
)


class Station(v201.StationHandler):
    """Counts its resets and does not come back to whoever asks for its cache to be cleared."""

    def __init__(self) -> None:
        self.resets = 0

    async def on_reset(self, request: v201.ResetRequest) -> Answer[v201.ResetResponse]:
        assert request == RESET
        self.resets += 1
        return SCHEDULED

    async def on_clear_cache(
        self, request: v201.ClearCacheRequest
    ) -> Answer[v201.ClearCacheResponse]:
        del request
        await asyncio.Event().wait()
        raise NotImplementedError


class ChargePoint(v16.StationHandler):
    async def on_reset(self, request: v16.ResetRequest) -> Answer[v16.ResetResponse]:
        assert request.type is v16.ResetType.HARD
        return v16.ResetResponse(status=v16.ResetStatus.ACCEPTED)


def station(
    csms: CsmsServer,
    identity: str = "CS001",
    *,
    handler: Handler | None = None,
    versions: Iterable[Version] = (Version.V201,),
    password: bytes | None = None,
) -> Connecting:
    answering = handler or Station()
    return connect(
        csms.url,
        identity=identity,
        versions=list(versions),
        handlers=lambda _session: [answering],
        password=password,
        settings=SessionSettings(grace=0),
    )


async def test_it_registers_a_station_and_remembers_it() -> None:
    memory = Memory()
    policy = Policy(heartbeat_interval=42, now=lambda: NOON)

    async with (
        CsmsServer(port=0, memory=memory, handlers=accepting(memory, policy)) as csms,
        station(csms) as session,
    ):
        response = await session.call(BOOT)

    assert response == v201.BootNotificationResponse(
        status=v201.RegistrationStatusEnumType.ACCEPTED, current_time=NOON, interval=42
    )
    assert csms.record("CS001").boot == BOOT
    assert csms.record("CS001").version is Version.V201


async def test_it_calls_a_station() -> None:
    async with CsmsServer(port=0) as csms, station(csms):
        handle = await csms.wait_for("CS001")

        assert handle.connected
        assert handle.version is Version.V201
        assert await handle.call(RESET) == SCHEDULED


async def test_stations_of_both_versions_are_served_side_by_side() -> None:
    heartbeat = v16.HeartbeatRequest()

    async with (
        CsmsServer(port=0) as csms,
        station(csms, "CS201"),
        station(csms, "CP16", versions=[Version.V16], handler=ChargePoint()) as old,
    ):
        await csms.wait_for("CS201")
        point = await csms.wait_for("CP16")
        answer = await point.call(v16.ResetRequest(type=v16.ResetType.HARD))

        assert csms.stations == {"CS201", "CP16"}
        assert answer == v16.ResetResponse(status=v16.ResetStatus.ACCEPTED)
        assert isinstance(await old.call(heartbeat), v16.HeartbeatResponse)
        with pytest.raises(TypeError):
            await point.call(RESET)


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        ([Version.V16, Version.V201], Version.V16),
        ([Version.V201, Version.V16], Version.V201),
    ],
)
async def test_the_station_prefers_a_version(offered: list[Version], agreed: Version) -> None:
    async with CsmsServer(port=0) as csms:
        connection = await connect(
            csms.url, identity="CS001", versions=offered, handlers=lambda _session: []
        )
        async with connection:
            assert (await csms.wait_for("CS001")).version is agreed


async def test_calls_come_from_many_tasks_at_once() -> None:
    handler = Station()

    async with CsmsServer(port=0) as csms, station(csms, handler=handler):
        await csms.wait_for("CS001")
        answers = await asyncio.gather(*(csms.station("CS001").call(RESET) for _ in range(20)))

    assert answers == [SCHEDULED] * 20
    assert handler.resets == 20


async def test_a_handler_calls_the_station_before_it_answers() -> None:
    memory = Memory()

    class Curious(AcceptingHandler):
        def __init__(self, session: Session) -> None:
            super().__init__(session.identity, memory)
            self._session = session

        async def on_boot_notification(
            self, request: v201.BootNotificationRequest
        ) -> Answer[v201.BootNotificationResponse]:
            assert await self._session.call(RESET) == SCHEDULED
            return await super().on_boot_notification(request)

    def handlers(session: Session) -> Iterable[Handler]:
        return [Curious(session)]

    async with CsmsServer(port=0, memory=memory, handlers=handlers) as csms:
        async with station(csms) as session:
            await session.call(BOOT)

        assert csms.record("CS001").boot == BOOT


async def test_a_handler_answers_and_then_calls_through_the_server() -> None:
    done: asyncio.Queue[v201.ResetResponse] = asyncio.Queue()

    class Backend(v201.CsmsHandler):
        async def on_heartbeat(
            self, request: v201.HeartbeatRequest
        ) -> Answer[v201.HeartbeatResponse]:
            del request

            async def reset() -> None:
                done.put_nowait(await csms.station("CS001").call(RESET))

            return Then(v201.HeartbeatResponse(current_time=NOON), reset)

    csms = CsmsServer(port=0, handlers=lambda _session: [Backend()])
    async with csms, station(csms) as session:
        response = await session.call(v201.HeartbeatRequest())

        assert response.current_time == NOON
        assert await done.get() == SCHEDULED


async def test_what_a_station_refuses_is_raised() -> None:
    async with CsmsServer(port=0) as csms, station(csms):
        handle = await csms.wait_for("CS001")

        with pytest.raises(CallRefused) as raised:
            await handle.call(v201.GetLocalListVersionRequest())
        assert raised.value.code == "NotSupported"


async def test_an_offline_station_is_a_lost_connection_that_names_the_call() -> None:
    async with CsmsServer(port=0) as csms:
        handle = csms.station("CS001")

        assert not handle.connected
        assert repr(handle) == "<StationHandle 'CS001' offline>"
        with pytest.raises(NotConnected, match="CS001 is not connected") as raised:
            await handle.call(RESET)
        assert raised.value.action == "Reset"
        assert isinstance(raised.value, ConnectionLost)
        with pytest.raises(NotConnected):
            _ = handle.version


async def test_a_handle_outlives_a_connection() -> None:
    async with CsmsServer(port=0) as csms:
        async with station(csms) as session:
            handle = await csms.wait_for("CS001")
            first = await handle.call(RESET)
        await session.closed()
        async with station(csms):
            await csms.wait_for("CS001")
            second = await handle.call(RESET)

    assert first == second == SCHEDULED


async def test_the_newest_connection_of_an_identity_counts() -> None:
    old, new = Station(), Station()

    async with CsmsServer(port=0) as csms, station(csms, handler=old) as replaced:
        await csms.wait_for("CS001")
        async with station(csms, handler=new) as session:
            await session.call(v201.HeartbeatRequest())  # so the CSMS has taken the new one
            lost = await replaced.closed()
            await csms.station("CS001").call(RESET)

            assert (old.resets, new.resets) == (0, 1)
            assert csms.stations == {"CS001"}
    assert "1008" in lost.reason


async def test_a_call_that_waits_ends_with_the_connection() -> None:
    async with CsmsServer(port=0) as csms:
        async with station(csms) as session:
            handle = await csms.wait_for("CS001")
            call = asyncio.create_task(handle.call(v201.ClearCacheRequest()))
            await session.call(v201.HeartbeatRequest())

        with pytest.raises(ConnectionLost):
            await call


async def test_a_call_may_take_as_long_as_the_settings_say() -> None:
    settings = SessionSettings(call_timeout=0.01)

    async with CsmsServer(port=0, settings=settings) as csms, station(csms):
        handle = await csms.wait_for("CS001")

        with pytest.raises(CallTimeout):
            await handle.call(v201.ClearCacheRequest())


async def test_a_call_may_take_as_long_as_it_says_itself() -> None:
    async with CsmsServer(port=0) as csms, station(csms):
        handle = await csms.wait_for("CS001")

        with pytest.raises(CallTimeout) as raised:
            await handle.call(v201.ClearCacheRequest(), timeout=0.01)
        assert raised.value.timeout == 0.01


async def test_waiting_for_a_station_ends_when_it_comes() -> None:
    async with CsmsServer(port=0) as csms:
        waiting = asyncio.create_task(csms.wait_for("CS002"))
        async with station(csms, "CS001"):
            await csms.wait_for("CS001")
            assert not waiting.done()
            async with station(csms, "CS002"):
                handle = await waiting
                assert await handle.call(RESET) == SCHEDULED


async def test_waiting_for_a_station_ends_when_the_csms_stops() -> None:
    async with CsmsServer(port=0) as csms:
        waiting = asyncio.create_task(csms.wait_for("CS001"))
        await asyncio.sleep(0)  # lets it begin to wait

    with pytest.raises(ConnectionLost, match="does not listen"):
        await waiting


async def test_only_known_stations_are_let_in() -> None:
    async with CsmsServer(port=0, accept=lambda identity: identity == "CS001") as csms:
        async with station(csms, "CS001"):
            await csms.wait_for("CS001")
        with pytest.raises(NegotiationFailed) as raised:
            await station(csms, "CS002")

    assert raised.value.status == 404
    with pytest.raises(KeyError):
        csms.record("CS002")


async def test_only_stations_with_their_password_are_let_in() -> None:
    async def authenticate(identity: str, password: bytes | None) -> bool:
        return (identity, password) == ("CS001", b"\xffsecret")

    async with CsmsServer(port=0, authenticate=authenticate) as csms:
        async with station(csms, password=b"\xffsecret"):
            await csms.wait_for("CS001")
        with pytest.raises(NegotiationFailed) as raised:
            await station(csms, password=b"guess")

    assert raised.value.status == 401


async def test_an_observer_sees_the_messages_of_all_stations() -> None:
    seen: list[Passed] = []

    async with (
        CsmsServer(port=0, settings=SessionSettings(observer=seen.append)) as csms,
        station(csms, "CS001") as first,
        station(csms, "CS002") as second,
    ):
        await first.call(v201.HeartbeatRequest())
        await second.call(v201.HeartbeatRequest())

    assert [(passed.identity, passed.direction, passed.action) for passed in seen] == [
        ("CS001", Direction.RECEIVED, "Heartbeat"),
        ("CS001", Direction.SENT, "Heartbeat"),
        ("CS002", Direction.RECEIVED, "Heartbeat"),
        ("CS002", Direction.SENT, "Heartbeat"),
    ]


async def test_stations_come_to_the_path_of_the_url() -> None:
    async with CsmsServer(port=0, path="/ocpp/") as csms:
        assert csms.url == f"ws://127.0.0.1:{csms.port}/ocpp"
        async with station(csms):
            await csms.wait_for("CS001")


@pytest.mark.parametrize(
    ("where", "url"),
    [
        ({}, "ws://127.0.0.1:9000"),
        ({"host": "0.0.0.0", "port": 8080}, "ws://127.0.0.1:8080"),  # noqa: S104
        ({"host": "::", "port": 8080}, "ws://[::1]:8080"),
        ({"host": "localhost", "path": "/a/b/"}, "ws://localhost:9000/a/b"),
        ({"ssl": ssl.create_default_context()}, "wss://127.0.0.1:9000"),
    ],
)
def test_the_url_suits_a_station_on_the_same_machine(where: dict[str, Any], url: str) -> None:
    assert CsmsServer(**where).url == url


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"versions": ["1.6"]}, "Version.V16"),
        ({"versions": "1.6"}, "Version.V16"),
        ({"versions": Version.V16}, "Version.V16"),
        ({"handlers": [Station()]}, "a function of the session"),
        ({"port": "9000"}, "an integer"),
    ],
)
def test_an_argument_of_a_wrong_type_is_refused_at_once(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        CsmsServer(**wrong)


@pytest.mark.parametrize(("wrong", "said"), [({"versions": []}, "one"), ({"port": 99999}, "65535")])
def test_an_argument_out_of_range_is_refused_at_once(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        CsmsServer(**wrong)


async def test_a_port_in_use_is_told_with_its_address_in_one_line() -> None:
    async with CsmsServer(port=0) as csms:
        with pytest.raises(OSError, match="cannot listen at") as refused:
            await CsmsServer(port=csms.port).__aenter__()

    assert csms.url in str(refused.value)
    assert str(refused.value).endswith("Address already in use")


@pytest.mark.parametrize("request_", ["foo", v201.ResetRequest])
async def test_what_is_no_request_is_not_sent(request_: Any) -> None:
    async with CsmsServer(port=0) as csms, station(csms) as session:
        handle = await csms.wait_for("CS001")
        with pytest.raises(TypeError, match="ResetRequest"):
            await handle.call(request_)
        with pytest.raises(TypeError, match=r"Request classes .* as \w+Request"):
            await session.call(request_)


class Typo(v201.CsmsHandler):
    async def on_boot_notfication(self, request: object) -> object:
        return request


class NotAsync:
    def on_heartbeat(self, request: object) -> object:
        return request


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([AcceptingHandler], "AcceptingHandler is a class: an instance is expected"),
        ([Typo()], "did you mean on_boot_notification?"),
        ([NotAsync()], "NotAsync.on_heartbeat is not a coroutine function"),
        (Typo(), "a list of them is expected, not Typo"),
    ],
)
async def test_a_mistaken_handler_is_one_line_in_the_log_and_a_reason(
    given: Any, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        CsmsServer(port=0, handlers=lambda _session: given) as csms,
        station(csms) as session,
    ):
        lost = await session.closed()

    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert said in record.getMessage()
    assert record.exc_info is None
    assert "1011" in str(lost)
    assert "no valid handlers" in str(lost)


async def test_a_connected_station_loses_no_transaction_to_one_that_is_away() -> None:
    memory = Memory(unended_transactions=2)

    async with CsmsServer(port=0, memory=memory) as csms, station(csms, "here"):
        await csms.wait_for("here")
        for identity, transaction_id in (("here", "1"), ("away", "2"), ("here", "3")):
            record = TransactionRecord(transaction_id=transaction_id, started_at=NOON)
            memory.station(identity).put_transaction(record)

        assert len(csms.record("here").transactions) == 2
        assert csms.record("away").forgotten_transactions == 1
