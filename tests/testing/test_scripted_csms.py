from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ocppkit import v16, v201
from ocppkit.connection import Session
from ocppkit.connection.transport import Pulled
from ocppkit.errors import (
    CallError,
    CallRefused,
    CallTimeout,
    ConnectionLost,
    ErrorCode,
    InvalidAnswer,
)
from ocppkit.message import Handler, Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import ChargingStation, IdToken, StationConfig, TokenOutcome
from ocppkit.testing import (
    SILENCE,
    START,
    MemoryNetwork,
    ScriptedCsms,
    Unexpected,
    advance,
    virtual_environment,
)

TOKEN = "ABC"  # noqa: S105  # no password
pytestmark = pytest.mark.virtual_time


def none(_: Session) -> list[Handler]:
    return []


@asynccontextmanager
async def talking(version: Version) -> AsyncIterator[tuple[ScriptedCsms, Session]]:
    network = MemoryNetwork()
    async with ScriptedCsms(version).on(network) as csms:
        dialled = network.connect(identity="CS001", versions=[version], handlers=none)
        async with await dialled as session:
            yield csms, session


@asynccontextmanager
async def charging(
    version: Version,
) -> AsyncIterator[tuple[ScriptedCsms, ChargingStation, SimulatedHardware]]:
    network, environment = MemoryNetwork(), virtual_environment()
    hardware = SimulatedHardware(environment=environment)
    config = StationConfig(
        identity="CS001", csms_url="ws://nowhere", versions=(version,), sample_interval=0
    )
    async with ScriptedCsms(version).on(network) as csms:
        csms.ignore(v16.HeartbeatRequest, v201.HeartbeatRequest)
        station = ChargingStation(
            config, hardware=hardware, environment=environment, dial=network.dial(config)
        )
        hardware.attach(station)
        async with station:
            yield csms, station, hardware


async def test_a_1_6_station_is_led_through_a_session() -> None:
    async with charging(Version.V16) as (csms, _, hardware):
        boot = await csms.expect(v16.BootNotificationRequest)
        await csms.expect(v16.StatusNotificationRequest, connector_id=0)
        await csms.expect(
            v16.StatusNotificationRequest,
            connector_id=1,
            status=v16.ChargePointStatus.AVAILABLE,
        )
        await csms.expect_nothing(3600)
        await hardware.arrive(SimulatedEv())
        await csms.expect(v16.StatusNotificationRequest, status=v16.ChargePointStatus.PREPARING)
        answer = await csms.call(v16.RemoteStartTransactionRequest(id_tag=TOKEN))

        assert boot.charge_point_vendor == "ocppkit"
        assert answer.status is v16.RemoteStartStopStatus.ACCEPTED


async def test_a_2_0_1_station_is_refused_its_driver() -> None:
    async with charging(Version.V201) as (csms, station, hardware):
        csms.answer(
            v201.AuthorizeRequest,
            v201.AuthorizeResponse(
                id_token_info=v201.IdTokenInfoType(status=v201.AuthorizationStatusEnumType.BLOCKED)
            ),
        )
        csms.ignore(
            v201.SecurityEventNotificationRequest,
            v201.StatusNotificationRequest,
            v201.TransactionEventRequest,
        )
        await csms.expect(v201.BootNotificationRequest)
        await station.wait_online()
        await hardware.arrive(SimulatedEv())
        outcome = await station.evse(1).token_presented(IdToken(TOKEN))
        asked = await csms.expect(v201.AuthorizeRequest)

        assert asked.id_token.id_token == TOKEN
        assert outcome is TokenOutcome.REFUSED


async def test_another_message_is_told_with_what_came_before() -> None:
    async with talking(Version.V201) as (csms, session):
        await session.call(v201.HeartbeatRequest())
        await csms.expect(v201.HeartbeatRequest)
        await advance(5)
        await session.call(v201.HeartbeatRequest())
        with pytest.raises(Unexpected) as caught:
            await csms.expect(v201.BootNotificationRequest)

    assert str(caught.value) == (
        "expected BootNotification, got Heartbeat {} at 5 s\n"
        "of what came, the latest:\n"
        "  Heartbeat {} at 0 s\n"
        "  Heartbeat {} at 5 s"
    )


async def test_another_value_is_told_by_its_field() -> None:
    async with talking(Version.V16) as (csms, session):
        await session.call(v16.DataTransferRequest(vendor_id="acme", data="x"))
        with pytest.raises(Unexpected) as caught:
            await csms.expect(v16.DataTransferRequest, vendor_id="acme", data="y")

    first = str(caught.value).splitlines()[0]
    assert first == "expected DataTransfer(vendor_id=acme, data=y), got DataTransfer(data=x) at 0 s"


async def test_what_does_not_come_is_told() -> None:
    async with talking(Version.V201) as (csms, _):
        with pytest.raises(Unexpected, match="expected Heartbeat within 60 s, got nothing"):
            await csms.expect(v201.HeartbeatRequest)

        assert asyncio.get_running_loop().time() == 60


async def test_what_comes_although_nothing_should_is_told() -> None:
    async with talking(Version.V201) as (csms, session):
        await session.call(v201.HeartbeatRequest())
        with pytest.raises(Unexpected, match="expected nothing for 10 s, got Heartbeat"):
            await csms.expect_nothing(10)


async def test_what_may_come_in_any_order_is_found_and_the_rest_stays() -> None:
    async with talking(Version.V16) as (csms, session):
        for data in ("1", "2", "3"):
            await session.call(v16.DataTransferRequest(vendor_id="acme", data=data))
        found = await csms.expect_eventually(v16.DataTransferRequest, data="2")
        later = asyncio.create_task(csms.expect_eventually(v16.HeartbeatRequest))
        await advance(1)
        await session.call(v16.HeartbeatRequest())
        await later
        left = [await csms.expect(v16.DataTransferRequest) for _ in range(2)]

    assert found.data == "2"
    assert [each.data for each in left] == ["1", "3"]


async def test_what_may_come_in_any_order_and_does_not_is_told() -> None:
    async with talking(Version.V16) as (csms, session):
        await session.call(v16.DataTransferRequest(vendor_id="acme"))
        with pytest.raises(Unexpected) as caught:
            await csms.expect_eventually(v16.DataTransferRequest, data="2", within=3)

        assert asyncio.get_running_loop().time() == 3
    first, *rest = str(caught.value).splitlines()
    assert first == "expected DataTransfer(data=2) within 3 s, it did not come"
    assert rest[-1] == '  DataTransfer {"vendorId":"acme"} at 0 s'


async def test_a_mistake_of_the_station_is_told_while_something_else_is_looked_for() -> None:
    async with talking(Version.V201) as (csms, session):
        session._transport.write("{")
        with pytest.raises(Unexpected, match="expected Heartbeat, got what is no frame"):
            await csms.expect_eventually(v201.HeartbeatRequest)


@pytest.mark.parametrize(
    ("request_class", "fields", "said"),
    [
        (
            v201.HeartbeatRequest,
            {},
            "v201.*HeartbeatRequest is of another version",
        ),
        (v16.ResetRequest, {}, "no station asks Reset: a CSMS does, by call()"),
        (v16.HeartbeatResponse, {}, "the class of a request is expected, not <class"),
        (
            v16.HeartbeatRequest(),
            {},
            r"a request is expected, not HeartbeatRequest\(\)",
        ),
        (v16.AuthorizeRequest, {"id_token": "A"}, "no field 'id_token': it has id_tag"),
    ],
)
async def test_what_cannot_come_is_not_waited_for(
    request_class: Any, fields: dict[str, Any], said: str
) -> None:
    async with talking(Version.V16) as (csms, _):
        for expect in (csms.expect, csms.expect_eventually):
            with pytest.raises(TypeError, match=said):
                await expect(request_class, **fields)


async def no_plain_function(_: object) -> v16.HeartbeatResponse:
    raise NotImplementedError


@pytest.mark.parametrize(
    "answer",
    [v16.AuthorizeResponse, v16.StatusNotificationResponse(), "Accepted", no_plain_function],
)
async def test_an_answer_of_the_wrong_kind_is_refused_at_once(answer: Any) -> None:
    async with talking(Version.V16) as (csms, _):
        with pytest.raises(TypeError, match="Heartbeat is answered with a HeartbeatResponse, a Ca"):
            csms.answer(v16.HeartbeatRequest, answer)


async def test_a_function_of_the_test_that_fails_fails_the_test(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def ask() -> str:
        async with talking(Version.V16) as (csms, session):
            csms.answer(v16.HeartbeatRequest, lambda _: 1 / 0)  # type: ignore[arg-type,return-value]  # that is the test
            with pytest.raises(CallRefused) as refused:
                await session.call(v16.HeartbeatRequest())
            await csms.expect(v16.HeartbeatRequest)
            return refused.value.code

    with pytest.raises(Unexpected, match="a Heartbeat, whose answer in the test failed: ZeroDiv"):
        await ask()

    assert "Traceback" in caplog.text


async def test_a_call_in_the_words_of_the_wire_may_be_wrong() -> None:
    class Answering(v16.StationHandler):
        async def on_clear_cache(self, request: v16.ClearCacheRequest) -> v16.ClearCacheResponse:
            assert request == v16.ClearCacheRequest()
            return v16.ClearCacheResponse(status=v16.ClearCacheStatus.ACCEPTED)

    network = MemoryNetwork()
    async with ScriptedCsms(Version.V16).on(network) as csms:
        dialled = network.connect(
            identity="CS001", versions=[Version.V16], handlers=lambda _: [Answering()]
        )
        async with await dialled:
            answer = await csms.call_json("ClearCache", {})
            with pytest.raises(CallRefused, match="FormationViolation"):
                await csms.call_json("ClearCache", {"odd": 1})
            with pytest.raises(CallRefused, match="NotImplemented"):
                await csms.call_json("Dance", {})

    assert answer == {"status": "Accepted"}


async def test_in_memory_there_is_no_url() -> None:
    async with talking(Version.V16) as (csms, _):
        with pytest.raises(RuntimeError, match="only inside"):
            _ = csms.url


async def test_what_is_ignored_is_not_expected_but_kept() -> None:
    async with talking(Version.V201) as (csms, session):
        csms.ignore(v201.HeartbeatRequest)
        await session.call(v201.HeartbeatRequest())
        await csms.expect_nothing(10)

        assert [received.request for received in csms.received] == [v201.HeartbeatRequest()]


@pytest.mark.parametrize("version", list(Version))
async def test_what_it_was_not_told_it_accepts(version: Version) -> None:
    requests = {
        Version.V16: v16.StartTransactionRequest(
            connector_id=1, id_tag=TOKEN, meter_start=0, timestamp=START
        ),
        Version.V201: v201.AuthorizeRequest(
            id_token=v201.IdTokenType(id_token=TOKEN, type=v201.IdTokenEnumType.CENTRAL)
        ),
    }
    async with talking(version) as (csms, session):
        answer = await session.call(requests[version])
        again = await session.call(requests[version])
        received = [await csms.expect(type(requests[version])) for _ in range(2)]

    assert received == [requests[version]] * 2
    match answer, again:
        case v16.StartTransactionResponse(), v16.StartTransactionResponse():
            assert answer.id_tag_info.status is v16.AuthorizationStatus.ACCEPTED
            assert (answer.transaction_id, again.transaction_id) == (1, 2)
        case _:
            assert isinstance(answer, v201.AuthorizeResponse)
            assert answer.id_token_info.status is v201.AuthorizationStatusEnumType.ACCEPTED


async def test_an_answer_may_depend_on_the_request() -> None:
    def boot(request: v201.BootNotificationRequest) -> v201.BootNotificationResponse:
        accepted = request.reason is v201.BootReasonEnumType.POWER_UP
        status = v201.RegistrationStatusEnumType
        return v201.BootNotificationResponse(
            status=status.ACCEPTED if accepted else status.PENDING, current_time=START, interval=1
        )

    station = v201.ChargingStationType(model="m", vendor_name="v")
    async with talking(Version.V201) as (csms, session):
        csms.answer(v201.BootNotificationRequest, boot)
        reasons = (v201.BootReasonEnumType.POWER_UP, v201.BootReasonEnumType.WATCHDOG)
        requests = [
            v201.BootNotificationRequest(charging_station=station, reason=reason)
            for reason in reasons
        ]
        answers = [await session.call(request) for request in requests]

    assert [answer.status for answer in answers] == ["Accepted", "Pending"]


@pytest.mark.parametrize(
    ("version", "code"),
    [(Version.V16, "FormationViolation"), (Version.V201, "FormatViolation")],
)
async def test_it_refuses_in_the_versions_spelling(version: Version, code: str) -> None:
    request = v16.HeartbeatRequest() if version is Version.V16 else v201.HeartbeatRequest()
    async with talking(version) as (csms, session):
        csms.answer(type(request), CallError(ErrorCode.FORMAT_VIOLATION, "as told"))
        with pytest.raises(CallRefused) as caught:
            await session.call(request)

    assert (caught.value.code, caught.value.description) == (code, "as told")


async def test_it_may_be_silent() -> None:
    async with talking(Version.V201) as (csms, session):
        csms.answer(v201.HeartbeatRequest, SILENCE)
        with pytest.raises(CallTimeout):
            await session.call(v201.HeartbeatRequest(), timeout=7)

        assert asyncio.get_running_loop().time() == 7


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "the station sent what is no frame"),
        ('[2,"1","Heartbeat",{"odd":1}]', "a Heartbeat that breaks the schema"),
        ('[2,"1","Reset",{"type":"Immediate"}]', "Reset, which no station asks"),
        ('[3,"9",{}]', "an answer to '9', which nobody asked"),
    ],
)
async def test_a_station_that_breaks_the_protocol_fails_the_test(text: str, said: str) -> None:
    async def broken() -> None:
        async with talking(Version.V201) as (_, session):
            session._transport.write(text)
            await advance(1)

    with pytest.raises(Unexpected) as caught:
        await broken()

    assert said in str(caught.value)


async def test_what_is_expected_does_not_come_broken() -> None:
    async with talking(Version.V201) as (csms, session):
        session._transport.write('[2,"1","Heartbeat",{"odd":1}]')
        with pytest.raises(Unexpected, match="expected Heartbeat, got a Heartbeat that breaks"):
            await csms.expect(v201.HeartbeatRequest)


async def test_a_call_is_refused_as_calls_are() -> None:
    async with talking(Version.V201) as (csms, _):
        with pytest.raises(CallRefused, match="NotSupported"):
            await csms.call(v201.ClearCacheRequest())


async def test_a_call_ends_with_the_connection_and_waits_for_another() -> None:
    network = MemoryNetwork(delay=5)
    async with ScriptedCsms(Version.V201).on(network) as csms:
        dialled = network.connect(identity="CS001", versions=[Version.V201], handlers=none)
        async with await dialled:
            call = asyncio.create_task(csms.call(v201.ClearCacheRequest()))
            await advance(1)
            await csms.close(1001)
            with pytest.raises(ConnectionLost):
                await call
        with pytest.raises(CallTimeout):
            await csms.call(v201.ClearCacheRequest(), timeout=3)

        assert asyncio.get_running_loop().time() == 4


async def test_all_that_a_station_said_before_it_left_has_come() -> None:
    async with talking(Version.V201) as (csms, session):
        for number in range(3):
            session._transport.write(f'[2,"{number}","Heartbeat",{{}}]')
        await session.close()
        for _ in range(3):
            await csms.expect(v201.HeartbeatRequest)

    assert len(csms.received) == 3


async def test_an_answer_that_breaks_the_schema_is_told() -> None:
    network = MemoryNetwork()
    async with ScriptedCsms(Version.V201).on(network) as csms:
        session = await network.connect(identity="CS001", versions=[Version.V201], handlers=none)
        transport = session._transport
        call = asyncio.create_task(csms.call(v201.ClearCacheRequest()))
        await Pulled(transport).receive()
        transport.write('[3,"csms-1",{"status":"Perhaps"}]')
        with pytest.raises(InvalidAnswer):
            await call
        await transport.close()
