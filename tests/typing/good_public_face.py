"""What users write, and which types the checkers see in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_type

from ocppkit.connection import Session, connect
from ocppkit.csms import (
    ConnectorRecord,
    CsmsServer,
    Memory,
    Policy,
    StationHandle,
    StationRecord,
    TransactionRecord,
    accepting,
)
from ocppkit.message import Answer, Handler, Then, Version
from ocppkit.v16 import (
    AuthorizationStatus,
    ChangeConfigurationRequest,
    ChangeConfigurationResponse,
    IdTagInfo,
    MeterValue,
    StartTransactionRequest,
    StartTransactionResponse,
)
from ocppkit.v16 import CsmsHandler as CsmsHandler16
from ocppkit.v201 import (
    BootNotificationRequest,
    BootNotificationResponse,
    ChargingStationType,
    CsmsHandler,
    EVSEType,
    GetBaseReportRequest,
    GetBaseReportResponse,
    HeartbeatRequest,
    HeartbeatResponse,
    IdTokenEnumType,
    IdTokenType,
    RegistrationStatusEnumType,
    ReportBaseEnumType,
    ResetEnumType,
    ResetRequest,
    ResetResponse,
    ResetStatusEnumType,
    StationHandler,
    StationProvisioningHandler,
    TransactionEventRequest,
)


class Backend(CsmsHandler):
    """Answers with a response, with ``Then`` a response, and calls from a handler."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    async def on_boot_notification(
        self, request: BootNotificationRequest
    ) -> Then[BootNotificationResponse]:
        assert_type(request.charging_station, ChargingStationType)
        assert_type(request.charging_station.serial_number, str | None)
        response = BootNotificationResponse(
            status=RegistrationStatusEnumType.ACCEPTED, current_time=self._now, interval=300
        )
        return Then(response, self._ask_for_report)

    async def on_heartbeat(self, request: HeartbeatRequest) -> Answer[HeartbeatResponse]:
        response = HeartbeatResponse(current_time=self._now)
        return response if request.custom_data else Then(response, self._ask_for_report)

    async def _ask_for_report(self) -> None:
        answer = await self._session.call(
            GetBaseReportRequest(request_id=1, report_base=ReportBaseEnumType.FULL_INVENTORY)
        )
        assert_type(answer, GetBaseReportResponse)


class Backend16(CsmsHandler16):
    """A handler of the other version."""

    async def on_start_transaction(
        self, request: StartTransactionRequest
    ) -> StartTransactionResponse:
        assert_type(request.timestamp, datetime)
        assert_type(request.reservation_id, int | None)
        return StartTransactionResponse(
            transaction_id=1, id_tag_info=IdTagInfo(status=AuthorizationStatus.ACCEPTED)
        )


class Station(StationHandler):
    """All that a station may be asked."""

    async def on_reset(self, request: ResetRequest) -> ResetResponse:
        assert_type(request.type, ResetEnumType)
        assert_type(request.evse_id, int | None)
        return ResetResponse(status=ResetStatusEnumType.ACCEPTED)


class Provisioning(StationProvisioningHandler):
    """One block of it."""

    async def on_reset(self, request: ResetRequest) -> Answer[ResetResponse]:
        idle = request.type is ResetEnumType.ON_IDLE
        status = ResetStatusEnumType.SCHEDULED if idle else ResetStatusEnumType.REJECTED
        return ResetResponse(status=status)


def handlers(session: Session) -> list[Handler]:
    return [Backend(session, datetime.now(UTC)) if session.version is Version.V201 else Backend16()]


async def serve() -> None:
    memory = Memory()
    policy = Policy(authorize=lambda identity, token: identity == token)
    async with CsmsServer(port=0, memory=memory, handlers=accepting(memory, policy)) as csms:
        assert_type(csms.port, int)
        assert_type(csms.stations, frozenset[str])
        station = await csms.wait_for("CS001")
        assert_type(station, StationHandle)
        assert_type(station.version, Version)
        response = await csms.station("CS001").call(ResetRequest(type=ResetEnumType.IMMEDIATE))
        assert_type(response, ResetResponse)
        assert_type(response.status, ResetStatusEnumType)
        changed = await station.call(ChangeConfigurationRequest(key="k", value="v"), timeout=5)
        assert_type(changed, ChangeConfigurationResponse)
        record = csms.record("CS001")
        assert_type(record, StationRecord)
        assert_type(record.connectors, tuple[ConnectorRecord, ...])
        assert_type(record.transaction(1), TransactionRecord)
        assert_type(record.notified(TransactionEventRequest), tuple[TransactionEventRequest, ...])
    CsmsServer(handlers=handlers, versions=[Version.V201])


async def visit() -> None:
    async with connect(
        "ws://127.0.0.1:9000",
        identity="CS001",
        versions=[Version.V201, Version.V16],
        handlers=lambda _session: [Station()],
    ) as session:
        assert_type(session, Session)
        answer = await session.call(HeartbeatRequest())
        assert_type(answer, HeartbeatResponse)
        assert_type(answer.current_time, datetime)


def values(event: TransactionEventRequest, reading: MeterValue) -> str:
    assert_type(event.evse, EVSEType | None)
    assert_type(event.seq_no, int)
    assert_type(event.id_token, IdTokenType | None)
    token = IdTokenType(id_token="04E1A2B3", type=IdTokenEnumType.ISO14443)  # noqa: S106  # no secret
    token.id_token = reading.sampled_value[0].value
    text: str = token.type
    return text
