from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from ocppkit.codec import codec_for
from ocppkit.csms import Memory, Policy, StationRecord
from ocppkit.csms.v16 import AcceptingHandler
from ocppkit.message import Request, Response, Side, Version
from ocppkit.v16 import (
    ACTIONS,
    AuthorizationStatus,
    AuthorizeRequest,
    AuthorizeResponse,
    BootNotificationRequest,
    BootNotificationResponse,
    ChargePointErrorCode,
    ChargePointStatus,
    DataTransferRequest,
    DataTransferResponse,
    DataTransferStatus,
    DiagnosticsStatus,
    DiagnosticsStatusNotificationRequest,
    DiagnosticsStatusNotificationResponse,
    FirmwareStatus,
    FirmwareStatusEnumType,
    FirmwareStatusNotificationRequest,
    FirmwareStatusNotificationResponse,
    GenericStatusEnumType,
    HeartbeatRequest,
    HeartbeatResponse,
    IdTagInfo,
    LogStatusNotificationRequest,
    LogStatusNotificationResponse,
    MeterValue,
    MeterValuesRequest,
    MeterValuesResponse,
    Reason,
    RegistrationStatus,
    SampledValue,
    SecurityEventNotificationRequest,
    SecurityEventNotificationResponse,
    SignCertificateRequest,
    SignCertificateResponse,
    SignedFirmwareStatusNotificationRequest,
    SignedFirmwareStatusNotificationResponse,
    StartTransactionRequest,
    StartTransactionResponse,
    StatusNotificationRequest,
    StatusNotificationResponse,
    StopTransactionRequest,
    StopTransactionResponse,
    UploadLogStatusEnumType,
)

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ACCEPTED = IdTagInfo(status=AuthorizationStatus.ACCEPTED)
INVALID = IdTagInfo(status=AuthorizationStatus.INVALID)

BOOT = BootNotificationRequest(charge_point_vendor="Example", charge_point_model="M1")
START = StartTransactionRequest(connector_id=1, id_tag="good", meter_start=100, timestamp=NOON)
STOP = StopTransactionRequest(
    transaction_id=1, meter_stop=900, timestamp=NOON + timedelta(hours=1), reason=Reason.REMOTE
)


def reading(minute: int) -> MeterValue:
    return MeterValue(
        timestamp=NOON + timedelta(minutes=minute), sampled_value=[SampledValue(value="101")]
    )


INFORMING: list[tuple[Request[Any], Response]] = [
    (
        DataTransferRequest(vendor_id="com.example"),
        DataTransferResponse(status=DataTransferStatus.UNKNOWN_VENDOR_ID),
    ),
    (
        DiagnosticsStatusNotificationRequest(status=DiagnosticsStatus.UPLOADED),
        DiagnosticsStatusNotificationResponse(),
    ),
    (
        FirmwareStatusNotificationRequest(status=FirmwareStatus.INSTALLED),
        FirmwareStatusNotificationResponse(),
    ),
    (
        LogStatusNotificationRequest(status=UploadLogStatusEnumType.UPLOADED),
        LogStatusNotificationResponse(),
    ),
    (
        MeterValuesRequest(connector_id=1, meter_value=[reading(0)]),
        MeterValuesResponse(),
    ),
    (
        SecurityEventNotificationRequest(type="TamperDetectionActivated", timestamp=NOON),
        SecurityEventNotificationResponse(),
    ),
    (
        SignCertificateRequest(csr="-----BEGIN CERTIFICATE REQUEST-----"),
        SignCertificateResponse(status=GenericStatusEnumType.REJECTED),
    ),
    (
        SignedFirmwareStatusNotificationRequest(status=FirmwareStatusEnumType.INSTALLED),
        SignedFirmwareStatusNotificationResponse(),
    ),
]

ACTING: list[tuple[Request[Any], Response]] = [
    (AuthorizeRequest(id_tag="good"), AuthorizeResponse(id_tag_info=ACCEPTED)),
    (AuthorizeRequest(id_tag="bad"), AuthorizeResponse(id_tag_info=INVALID)),
    (
        BOOT,
        BootNotificationResponse(
            status=RegistrationStatus.ACCEPTED, current_time=NOON, interval=60
        ),
    ),
    (HeartbeatRequest(), HeartbeatResponse(current_time=NOON)),
    (START, StartTransactionResponse(id_tag_info=ACCEPTED, transaction_id=1)),
    (
        StatusNotificationRequest(
            connector_id=1,
            error_code=ChargePointErrorCode.NO_ERROR,
            status=ChargePointStatus.AVAILABLE,
        ),
        StatusNotificationResponse(),
    ),
    (STOP, StopTransactionResponse()),
]


class Desk:
    """Hands requests to the handler and shows what it remembers."""

    def __init__(self) -> None:
        self.memory = Memory(transaction_ids=count(1))
        policy = Policy(
            authorize=lambda _identity, token: token == "good",  # noqa: S105  # an id token
            heartbeat_interval=60,
            now=lambda: NOON,
        )
        self.handler = AcceptingHandler("CP001", self.memory, policy)
        self.codec = codec_for(Version.V16)

    async def ask(self, request: Request[Any]) -> Response:
        action = ACTIONS[request.ACTION]
        response: Response = await getattr(self.handler, action.method)(request)
        self.codec.encode_response(action, response)
        return response

    def record(self) -> StationRecord:
        return self.memory.record("CP001")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_samples_cover_every_action_that_a_charge_point_may_send() -> None:
    sampled = {request.ACTION for request, _ in ACTING + INFORMING}

    assert sampled == {name for name, row in ACTIONS.items() if Side.CSMS in row.receivers}


@pytest.mark.parametrize(("request_", "response"), ACTING + INFORMING, ids=lambda m: m.ACTION)
async def test_an_action_is_answered(
    desk: Desk, request_: Request[Any], response: Response
) -> None:
    assert await desk.ask(request_) == response
    assert desk.record().heard_at == NOON


@pytest.mark.parametrize("request_", [request for request, _ in INFORMING], ids=lambda m: m.ACTION)
async def test_what_only_informs_is_kept(desk: Desk, request_: Request[Any]) -> None:
    await desk.ask(request_)

    assert desk.record().notifications == (request_,)


async def test_the_boot_notification_is_kept(desk: Desk) -> None:
    await desk.ask(BOOT)

    assert desk.record().boot == BOOT


async def test_a_connector_shows_its_latest_status(desk: Desk) -> None:
    for status, timestamp in (
        (ChargePointStatus.AVAILABLE, None),
        (ChargePointStatus.FAULTED, NOON - timedelta(minutes=1)),
    ):
        await desk.ask(
            StatusNotificationRequest(
                connector_id=2,
                error_code=ChargePointErrorCode.GROUND_FAILURE,
                status=status,
                timestamp=timestamp,
            )
        )

    connector = desk.record().connector(2)
    assert (connector.status, connector.error_code) == ("Faulted", "GroundFailure")
    assert connector.since == NOON - timedelta(minutes=1)


async def test_a_status_without_a_time_counts_from_its_arrival(desk: Desk) -> None:
    await desk.ask(
        StatusNotificationRequest(
            connector_id=0,
            error_code=ChargePointErrorCode.NO_ERROR,
            status=ChargePointStatus.AVAILABLE,
        )
    )

    assert desk.record().connector(0).since == NOON


async def test_a_transaction_is_kept_from_start_to_stop(desk: Desk) -> None:
    await desk.ask(START)
    await desk.ask(MeterValuesRequest(connector_id=1, transaction_id=1, meter_value=[reading(1)]))
    await desk.ask(STOP)

    transaction = desk.record().transaction(1)
    assert (transaction.connector_id, transaction.id_token) == (1, "good")
    assert (transaction.started_at, transaction.ended_at) == (START.timestamp, STOP.timestamp)
    assert (transaction.meter_start_wh, transaction.meter_stop_wh) == (100, 900)
    assert transaction.stopped_reason == "Remote"
    assert transaction.meter_values == (reading(1),)
    assert transaction.is_complete


async def test_a_start_that_comes_again_keeps_its_number(desk: Desk) -> None:
    first = await desk.ask(START)
    await desk.ask(STOP)

    assert await desk.ask(START) == first
    assert len(desk.record().transactions) == 1


async def test_another_start_gets_another_number(desk: Desk) -> None:
    await desk.ask(START)
    second = StartTransactionRequest(connector_id=2, id_tag="bad", meter_start=0, timestamp=NOON)

    assert await desk.ask(second) == StartTransactionResponse(id_tag_info=INVALID, transaction_id=2)
    assert [record.transaction_id for record in desk.record().transactions] == ["1", "2"]


async def test_a_stop_that_comes_again_changes_nothing(desk: Desk) -> None:
    await desk.ask(START)
    await desk.ask(STOP)
    stopped = desk.record().transactions
    again = StopTransactionRequest(transaction_id=1, meter_stop=5, timestamp=NOON)

    assert await desk.ask(again) == StopTransactionResponse()
    assert desk.record().transactions == stopped


async def test_a_reading_that_comes_again_is_kept_once(desk: Desk) -> None:
    await desk.ask(START)
    for readings in ([reading(1)], [reading(1), reading(2)]):
        await desk.ask(MeterValuesRequest(connector_id=1, transaction_id=1, meter_value=readings))

    assert desk.record().transaction(1).meter_values == (reading(1), reading(2))


async def test_a_reading_is_not_compared_with_all_that_came_before(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[object] = []
    equal = MeterValue.__eq__

    def counted(one: MeterValue, other: object) -> bool:
        compared.append(other)
        return equal(one, other)

    monkeypatch.setattr(MeterValue, "__eq__", counted)
    await desk.ask(START)

    for minute in range(200):
        await desk.ask(
            MeterValuesRequest(connector_id=1, transaction_id=1, meter_value=[reading(minute)])
        )

    assert len(desk.record().transaction(1).meter_values) == 200
    assert compared == []


async def test_the_readings_of_a_stop_join_the_others(desk: Desk) -> None:
    await desk.ask(START)
    await desk.ask(
        StopTransactionRequest(
            transaction_id=1, meter_stop=900, timestamp=NOON, transaction_data=[reading(3)]
        )
    )

    transaction = desk.record().transaction(1)
    assert transaction.meter_values == (reading(3),)
    assert transaction.stopped_reason == "Local"


@pytest.mark.parametrize("transaction_id", [-1, 0, 99])
async def test_messages_of_an_unknown_transaction_are_answered_and_kept(
    desk: Desk, transaction_id: int
) -> None:
    values = MeterValuesRequest(
        connector_id=1, transaction_id=transaction_id, meter_value=[reading(1)]
    )
    stop = StopTransactionRequest(
        transaction_id=transaction_id, meter_stop=5, timestamp=NOON, id_tag="bad"
    )

    assert await desk.ask(values) == MeterValuesResponse()
    assert await desk.ask(stop) == StopTransactionResponse(id_tag_info=INVALID)
    assert desk.record().transactions == ()
    assert desk.record().notifications == (values, stop)
