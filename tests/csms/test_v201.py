from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ocppkit.codec import codec_for
from ocppkit.csms import Memory, Policy, StationRecord
from ocppkit.csms.v201 import AcceptingHandler
from ocppkit.message import Request, Response, Side, Version
from ocppkit.v201 import (
    ACTIONS,
    AuthorizationStatusEnumType,
    AuthorizeCertificateStatusEnumType,
    AuthorizeRequest,
    AuthorizeResponse,
    BootNotificationResponse,
    ConnectorStatusEnumType,
    DataTransferResponse,
    DataTransferStatusEnumType,
    GenericStatusEnumType,
    Get15118EVCertificateResponse,
    GetCertificateStatusEnumType,
    GetCertificateStatusResponse,
    HeartbeatResponse,
    IdTokenEnumType,
    IdTokenInfoType,
    IdTokenType,
    Iso15118EVCertificateStatusEnumType,
    NotifyEVChargingNeedsResponse,
    NotifyEVChargingNeedsStatusEnumType,
    NotifyEVChargingScheduleResponse,
    RegistrationStatusEnumType,
    SignCertificateResponse,
    StatusNotificationRequest,
)

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
WIRE_NOON = "2030-01-01T12:00:00Z"
OCSP = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "aa",
    "issuerKeyHash": "bb",
    "serialNumber": "01",
    "responderURL": "http://ocsp.example",
}
SCHEDULE = {
    "id": 1,
    "chargingRateUnit": "W",
    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 11000.0}],
}
PROFILE = {
    "id": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": [SCHEDULE],
}
METER_VALUE = [{"timestamp": WIRE_NOON, "sampledValue": [{"value": 1.5}]}]

# The payload of each action that is kept as it is; with a response where it says anything.
KEPT: dict[str, tuple[dict[str, Any], Response | None]] = {
    "ClearedChargingLimit": ({"chargingLimitSource": "EMS"}, None),
    "DataTransfer": (
        {"vendorId": "com.example"},
        DataTransferResponse(status=DataTransferStatusEnumType.UNKNOWN_VENDOR_ID),
    ),
    "FirmwareStatusNotification": ({"status": "Installed", "requestId": 1}, None),
    "Get15118EVCertificate": (
        {"iso15118SchemaVersion": "urn:x", "action": "Install", "exiRequest": "AA=="},
        Get15118EVCertificateResponse(
            status=Iso15118EVCertificateStatusEnumType.FAILED, exi_response=""
        ),
    ),
    "GetCertificateStatus": (
        {"ocspRequestData": OCSP},
        GetCertificateStatusResponse(status=GetCertificateStatusEnumType.FAILED),
    ),
    "LogStatusNotification": ({"status": "Uploaded", "requestId": 1}, None),
    "MeterValues": ({"evseId": 1, "meterValue": METER_VALUE}, None),
    "NotifyChargingLimit": ({"chargingLimit": {"chargingLimitSource": "EMS"}}, None),
    "NotifyCustomerInformation": (
        {"data": "nothing", "seqNo": 0, "generatedAt": WIRE_NOON, "requestId": 1},
        None,
    ),
    "NotifyDisplayMessages": ({"requestId": 1}, None),
    "NotifyEVChargingNeeds": (
        {"evseId": 1, "chargingNeeds": {"requestedEnergyTransfer": "DC"}},
        NotifyEVChargingNeedsResponse(status=NotifyEVChargingNeedsStatusEnumType.REJECTED),
    ),
    "NotifyEVChargingSchedule": (
        {"evseId": 1, "timeBase": WIRE_NOON, "chargingSchedule": SCHEDULE},
        NotifyEVChargingScheduleResponse(status=GenericStatusEnumType.ACCEPTED),
    ),
    "NotifyEvent": (
        {
            "generatedAt": WIRE_NOON,
            "seqNo": 0,
            "eventData": [
                {
                    "eventId": 1,
                    "timestamp": WIRE_NOON,
                    "trigger": "Alerting",
                    "actualValue": "true",
                    "eventNotificationType": "HardWiredNotification",
                    "component": {"name": "EVSE"},
                    "variable": {"name": "Problem"},
                }
            ],
        },
        None,
    ),
    "NotifyMonitoringReport": ({"requestId": 1, "seqNo": 0, "generatedAt": WIRE_NOON}, None),
    "NotifyReport": ({"requestId": 1, "seqNo": 0, "generatedAt": WIRE_NOON}, None),
    "PublishFirmwareStatusNotification": ({"status": "Idle"}, None),
    "ReportChargingProfiles": (
        {"requestId": 1, "chargingLimitSource": "CSO", "evseId": 1, "chargingProfile": [PROFILE]},
        None,
    ),
    "ReservationStatusUpdate": ({"reservationId": 1, "reservationUpdateStatus": "Expired"}, None),
    "SecurityEventNotification": ({"type": "TamperDetected", "timestamp": WIRE_NOON}, None),
    "SignCertificate": (
        {"csr": "-----BEGIN CERTIFICATE REQUEST-----"},
        SignCertificateResponse(status=GenericStatusEnumType.REJECTED),
    ),
}
ACTED_ON = {"Authorize", "BootNotification", "Heartbeat", "StatusNotification", "TransactionEvent"}


class Desk:
    """Hands payloads to the handler and shows what it remembers."""

    def __init__(self) -> None:
        self.memory = Memory()
        policy = Policy(
            authorize=lambda _identity, token: token == "good",  # noqa: S105  # an id token
            heartbeat_interval=60,
            now=lambda: NOON,
        )
        self.handler = AcceptingHandler("CS001", self.memory, policy)
        self.codec = codec_for(Version.V201)

    async def ask(self, action_name: str, payload: dict[str, Any]) -> Response:
        return await self.pass_on(self.codec.decode_request(ACTIONS[action_name], payload))

    async def pass_on(self, request: Request[Any]) -> Response:
        action = ACTIONS[request.ACTION]
        response: Response = await getattr(self.handler, action.method)(request)
        self.codec.encode_response(action, response)
        return response

    async def report(self, event_type: str, seq_no: int, **more: Any) -> Response:
        """Report an event of transaction T1; what is in ``info`` stands beside its id."""
        info = {"transactionId": "T1", **more.pop("info", {})}
        payload = {
            "eventType": event_type,
            "timestamp": f"2030-01-01T12:{seq_no:02}:00Z",
            "triggerReason": "ChargingStateChanged",
            "seqNo": seq_no,
            "transactionInfo": info,
            **more,
        }
        return await self.ask("TransactionEvent", payload)

    def record(self) -> StationRecord:
        return self.memory.record("CS001")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def _info(accepted: bool) -> IdTokenInfoType:
    return IdTokenInfoType(
        status=AuthorizationStatusEnumType.ACCEPTED
        if accepted
        else AuthorizationStatusEnumType.INVALID
    )


def test_the_tests_cover_every_action_that_a_charging_station_may_send() -> None:
    assert ACTED_ON | set(KEPT) == {
        name for name, row in ACTIONS.items() if Side.CSMS in row.receivers
    }


@pytest.mark.parametrize("action_name", KEPT)
async def test_what_only_informs_is_answered_and_kept(desk: Desk, action_name: str) -> None:
    payload, expected = KEPT[action_name]

    response = await desk.ask(action_name, payload)

    assert response == (expected or ACTIONS[action_name].response())
    assert desk.record().notifications == (
        desk.codec.decode_request(ACTIONS[action_name], payload),
    )
    assert desk.record().heard_at == NOON


async def test_a_charging_station_is_registered(desk: Desk) -> None:
    response = await desk.ask(
        "BootNotification",
        {"reason": "PowerUp", "chargingStation": {"model": "M1", "vendorName": "Example"}},
    )

    boot = desk.record().boot
    assert response == BootNotificationResponse(
        status=RegistrationStatusEnumType.ACCEPTED, current_time=NOON, interval=60
    )
    assert boot is not None
    assert boot.ACTION == "BootNotification"


async def test_a_heartbeat_learns_the_time(desk: Desk) -> None:
    assert await desk.ask("Heartbeat", {}) == HeartbeatResponse(current_time=NOON)


async def test_a_connector_shows_its_latest_status(desk: Desk) -> None:
    for status in (ConnectorStatusEnumType.AVAILABLE, ConnectorStatusEnumType.OCCUPIED):
        await desk.pass_on(
            StatusNotificationRequest(
                evse_id=2, connector_id=1, connector_status=status, timestamp=NOON
            )
        )

    connector = desk.record().connector(1, evse_id=2)
    assert (connector.status, connector.since) == ("Occupied", NOON)
    assert len(desk.record().connectors) == 1


@pytest.mark.parametrize(("token", "accepted"), [("good", True), ("bad", False)])
async def test_the_policy_decides_on_a_token(desk: Desk, token: str, accepted: bool) -> None:
    id_token = IdTokenType(id_token=token, type=IdTokenEnumType.ISO14443)

    response = await desk.pass_on(AuthorizeRequest(id_token=id_token))

    assert response == AuthorizeResponse(id_token_info=_info(accepted))


@pytest.mark.requirement("C07.FR.17")
@pytest.mark.parametrize("proof", [{"certificate": "PEM"}, {"iso15118CertificateHashData": [OCSP]}])
async def test_a_certificate_that_nobody_verified_is_not_accepted(
    desk: Desk, proof: dict[str, Any]
) -> None:
    response = await desk.ask(
        "Authorize", {"idToken": {"idToken": "good", "type": "eMAID"}, **proof}
    )

    assert response == AuthorizeResponse(
        id_token_info=_info(accepted=False),
        certificate_status=AuthorizeCertificateStatusEnumType.CERT_CHAIN_ERROR,
    )


@pytest.mark.requirement("C02.FR.02")
async def test_a_start_with_a_button_needs_no_token(desk: Desk) -> None:
    response = await desk.report("Started", 0, idToken={"idToken": "", "type": "NoAuthorization"})

    assert response == desk.codec.decode_response(
        ACTIONS["TransactionEvent"], {"idTokenInfo": {"status": "Accepted"}}
    )


@pytest.mark.requirement("E01.FR.12", "E03.FR.02")
@pytest.mark.parametrize(("token", "status"), [("good", "Accepted"), ("bad", "Invalid")])
async def test_an_event_with_a_token_is_answered_with_a_verdict(
    desk: Desk, token: str, status: str
) -> None:
    response = await desk.report("Updated", 1, idToken={"idToken": token, "type": "ISO14443"})

    assert response == desk.codec.decode_response(
        ACTIONS["TransactionEvent"], {"idTokenInfo": {"status": status}}
    )


async def test_an_event_without_a_token_is_answered_without_a_verdict(desk: Desk) -> None:
    assert await desk.report("Updated", 1) == ACTIONS["TransactionEvent"].response()


async def test_a_transaction_is_kept_from_start_to_end(desk: Desk) -> None:
    token = {"idToken": "good", "type": "ISO14443"}
    await desk.report("Started", 0, evse={"id": 2, "connectorId": 1})
    await desk.report("Updated", 1, idToken=token, info={"chargingState": "Charging"})
    await desk.report("Updated", 2, meterValue=METER_VALUE)
    await desk.report("Ended", 3, info={"stoppedReason": "EVDisconnected"})

    transaction = desk.record().transaction("T1")
    assert (transaction.evse_id, transaction.connector_id) == (2, 1)
    assert (transaction.id_token, transaction.charging_state) == ("good", "Charging")
    assert (transaction.started_at, transaction.stopped_reason) == (NOON, "EVDisconnected")
    assert transaction.ended_at == NOON.replace(minute=3)
    assert len(transaction.meter_values) == 1
    assert transaction.seq_nos == (0, 1, 2, 3)
    assert transaction.is_complete


async def test_an_event_that_comes_again_changes_nothing(desk: Desk) -> None:
    await desk.report("Started", 0, meterValue=METER_VALUE)
    before = desk.record().transactions
    token = {"idToken": "good", "type": "ISO14443"}

    response = await desk.report("Started", 0, meterValue=METER_VALUE, idToken=token)

    assert response != ACTIONS["TransactionEvent"].response()
    assert desk.record().transactions == before


async def test_events_may_come_in_any_order(desk: Desk) -> None:
    await desk.report("Ended", 3)
    await desk.report("Updated", 2, info={"chargingState": "SuspendedEV"})
    await desk.report("Updated", 1, evse={"id": 1}, info={"chargingState": "Charging"})

    before = desk.record().transaction("T1")
    await desk.report("Started", 0)
    after = desk.record().transaction("T1")

    assert (before.is_complete, before.seq_nos, before.started_at) == (False, (1, 2, 3), None)
    assert (after.is_complete, after.seq_nos) == (True, (0, 1, 2, 3))
    assert (after.evse_id, after.connector_id, after.stopped_reason) == (1, None, "Local")


async def test_an_older_event_that_comes_late_does_not_change_the_charging_state(
    desk: Desk,
) -> None:
    await desk.report("Updated", 2, info={"chargingState": "SuspendedEV"})
    await desk.report("Updated", 1, info={"chargingState": "Charging"})

    assert desk.record().transaction("T1").charging_state == "SuspendedEV"


async def test_a_missing_event_shows(desk: Desk) -> None:
    for event_type, seq_no in (("Started", 0), ("Updated", 2), ("Ended", 4)):
        await desk.report(event_type, seq_no)

    transaction = desk.record().transaction("T1")
    assert transaction.missing_seq_nos == (1, 3)
    assert not transaction.is_complete
