"""The answers of a first CSMS to OCPP 2.0.1 charging stations: it accepts and remembers."""

from __future__ import annotations

import logging
from typing import Any

from ocppkit.csms.memory import Memory
from ocppkit.csms.policy import Policy
from ocppkit.csms.records import ConnectorRecord
from ocppkit.csms.transaction_events import taken
from ocppkit.message import Answer, Request
from ocppkit.v201 import (
    AuthorizationStatusEnumType,
    AuthorizeCertificateStatusEnumType,
    AuthorizeRequest,
    AuthorizeResponse,
    BootNotificationRequest,
    BootNotificationResponse,
    ClearedChargingLimitRequest,
    ClearedChargingLimitResponse,
    CsmsHandler,
    DataTransferRequest,
    DataTransferResponse,
    DataTransferStatusEnumType,
    FirmwareStatusNotificationRequest,
    FirmwareStatusNotificationResponse,
    GenericStatusEnumType,
    Get15118EVCertificateRequest,
    Get15118EVCertificateResponse,
    GetCertificateStatusEnumType,
    GetCertificateStatusRequest,
    GetCertificateStatusResponse,
    HeartbeatRequest,
    HeartbeatResponse,
    IdTokenEnumType,
    IdTokenInfoType,
    IdTokenType,
    Iso15118EVCertificateStatusEnumType,
    LogStatusNotificationRequest,
    LogStatusNotificationResponse,
    MeterValuesRequest,
    MeterValuesResponse,
    NotifyChargingLimitRequest,
    NotifyChargingLimitResponse,
    NotifyCustomerInformationRequest,
    NotifyCustomerInformationResponse,
    NotifyDisplayMessagesRequest,
    NotifyDisplayMessagesResponse,
    NotifyEVChargingNeedsRequest,
    NotifyEVChargingNeedsResponse,
    NotifyEVChargingNeedsStatusEnumType,
    NotifyEVChargingScheduleRequest,
    NotifyEVChargingScheduleResponse,
    NotifyEventRequest,
    NotifyEventResponse,
    NotifyMonitoringReportRequest,
    NotifyMonitoringReportResponse,
    NotifyReportRequest,
    NotifyReportResponse,
    PublishFirmwareStatusNotificationRequest,
    PublishFirmwareStatusNotificationResponse,
    RegistrationStatusEnumType,
    ReportChargingProfilesRequest,
    ReportChargingProfilesResponse,
    ReservationStatusUpdateRequest,
    ReservationStatusUpdateResponse,
    SecurityEventNotificationRequest,
    SecurityEventNotificationResponse,
    SignCertificateRequest,
    SignCertificateResponse,
    StatusNotificationRequest,
    StatusNotificationResponse,
    TransactionEventRequest,
    TransactionEventResponse,
)

__all__ = ["AcceptingHandler"]

_logger = logging.getLogger(__name__)


class AcceptingHandler(CsmsHandler):
    """Answers one charging station; override what you want answered otherwise."""

    def __init__(self, identity: str, memory: Memory, policy: Policy | None = None) -> None:
        """Answer a charging station.

        Args:
            identity: the charging station's.
            memory: keeps what is learned of it.
            policy: how to decide.
        """
        self._identity = identity
        self._station = memory.station(identity)
        self._policy = policy or Policy()

    async def on_security_event_notification(
        self, request: SecurityEventNotificationRequest
    ) -> Answer[SecurityEventNotificationResponse]:
        """Keep it."""
        self._keep(request)
        return SecurityEventNotificationResponse()

    async def on_sign_certificate(
        self, request: SignCertificateRequest
    ) -> Answer[SignCertificateResponse]:
        """Refuse: there is no certificate authority to have it signed by (A02.FR.12)."""
        self._keep(request)
        return SignCertificateResponse(status=GenericStatusEnumType.REJECTED)

    async def on_boot_notification(
        self, request: BootNotificationRequest
    ) -> Answer[BootNotificationResponse]:
        """Register any charging station."""
        self._hear()
        self._station.booted(request)
        _logger.info("%s: registered after %s", self._identity, request.reason.value)
        return BootNotificationResponse(
            status=RegistrationStatusEnumType.ACCEPTED,
            current_time=self._policy.now(),
            interval=self._policy.heartbeat_interval,
        )

    async def on_notify_report(self, request: NotifyReportRequest) -> Answer[NotifyReportResponse]:
        """Keep the part."""
        self._keep(request)
        return NotifyReportResponse()

    async def on_authorize(self, request: AuthorizeRequest) -> Answer[AuthorizeResponse]:
        """Ask the policy; a certificate cannot be verified here (C07.FR.17)."""
        self._hear()
        if request.certificate is not None or request.iso15118_certificate_hash_data is not None:
            return AuthorizeResponse(
                id_token_info=IdTokenInfoType(status=AuthorizationStatusEnumType.INVALID),
                certificate_status=AuthorizeCertificateStatusEnumType.CERT_CHAIN_ERROR,
            )
        return AuthorizeResponse(id_token_info=await self._verdict(request.id_token))

    async def on_transaction_event(
        self, request: TransactionEventRequest
    ) -> Answer[TransactionEventResponse]:
        """Keep the event, once, and say whether its token may charge (E01.FR.12, E03.FR.02)."""
        self._hear()
        known = self._station.transaction(request.transaction_info.transaction_id)
        if known is not None and request.seq_no in known.seq_nos:
            _logger.warning(
                "%s: event %s of transaction %s, again",
                self._identity,
                request.seq_no,
                known.transaction_id,
            )
        else:
            transaction = taken(request, known)
            self._station.put_transaction(transaction)
            self._station.add_readings(transaction.transaction_id, request.meter_value or ())
            _logger.info(
                "%s: transaction %s %s",
                self._identity,
                transaction.transaction_id,
                request.event_type.value,
            )
        token = request.id_token
        info = None if token is None else await self._verdict(token)
        return TransactionEventResponse(id_token_info=info)

    async def on_heartbeat(self, request: HeartbeatRequest) -> Answer[HeartbeatResponse]:  # noqa: ARG002  # it is empty
        """Tell the time."""
        self._hear()
        return HeartbeatResponse(current_time=self._policy.now())

    async def on_status_notification(
        self, request: StatusNotificationRequest
    ) -> Answer[StatusNotificationResponse]:
        """Keep the connector's status."""
        self._hear()
        self._station.put_connector(
            ConnectorRecord(
                evse_id=request.evse_id,
                connector_id=request.connector_id,
                status=request.connector_status.value,
                since=request.timestamp,
            )
        )
        return StatusNotificationResponse()

    async def on_reservation_status_update(
        self, request: ReservationStatusUpdateRequest
    ) -> Answer[ReservationStatusUpdateResponse]:
        """Keep it."""
        self._keep(request)
        return ReservationStatusUpdateResponse()

    async def on_meter_values(self, request: MeterValuesRequest) -> Answer[MeterValuesResponse]:
        """Keep it: these readings belong to no transaction."""
        self._keep(request)
        return MeterValuesResponse()

    async def on_cleared_charging_limit(
        self, request: ClearedChargingLimitRequest
    ) -> Answer[ClearedChargingLimitResponse]:
        """Keep it."""
        self._keep(request)
        return ClearedChargingLimitResponse()

    async def on_notify_charging_limit(
        self, request: NotifyChargingLimitRequest
    ) -> Answer[NotifyChargingLimitResponse]:
        """Keep it."""
        self._keep(request)
        return NotifyChargingLimitResponse()

    async def on_notify_ev_charging_needs(
        self, request: NotifyEVChargingNeedsRequest
    ) -> Answer[NotifyEVChargingNeedsResponse]:
        """Refuse: there is nobody here who makes a schedule (K15.FR.04)."""
        self._keep(request)
        return NotifyEVChargingNeedsResponse(status=NotifyEVChargingNeedsStatusEnumType.REJECTED)

    async def on_notify_ev_charging_schedule(
        self, request: NotifyEVChargingScheduleRequest
    ) -> Answer[NotifyEVChargingScheduleResponse]:
        """Accept: there is no schedule of ours that it could exceed (K15.FR.11)."""
        self._keep(request)
        return NotifyEVChargingScheduleResponse(status=GenericStatusEnumType.ACCEPTED)

    async def on_report_charging_profiles(
        self, request: ReportChargingProfilesRequest
    ) -> Answer[ReportChargingProfilesResponse]:
        """Keep the part."""
        self._keep(request)
        return ReportChargingProfilesResponse()

    async def on_firmware_status_notification(
        self, request: FirmwareStatusNotificationRequest
    ) -> Answer[FirmwareStatusNotificationResponse]:
        """Keep it."""
        self._keep(request)
        return FirmwareStatusNotificationResponse()

    async def on_publish_firmware_status_notification(
        self, request: PublishFirmwareStatusNotificationRequest
    ) -> Answer[PublishFirmwareStatusNotificationResponse]:
        """Keep it."""
        self._keep(request)
        return PublishFirmwareStatusNotificationResponse()

    async def on_get_15118_ev_certificate(
        self, request: Get15118EVCertificateRequest
    ) -> Answer[Get15118EVCertificateResponse]:
        """Fail: there is no provider of contract certificates to ask."""
        self._keep(request)
        # The schema wants a response for the EV even where there is none.
        status = Iso15118EVCertificateStatusEnumType.FAILED
        return Get15118EVCertificateResponse(status=status, exi_response="")

    async def on_get_certificate_status(
        self, request: GetCertificateStatusRequest
    ) -> Answer[GetCertificateStatusResponse]:
        """Fail: there is no OCSP server to ask (M06.FR.04)."""
        self._keep(request)
        return GetCertificateStatusResponse(status=GetCertificateStatusEnumType.FAILED)

    async def on_log_status_notification(
        self, request: LogStatusNotificationRequest
    ) -> Answer[LogStatusNotificationResponse]:
        """Keep it."""
        self._keep(request)
        return LogStatusNotificationResponse()

    async def on_notify_customer_information(
        self, request: NotifyCustomerInformationRequest
    ) -> Answer[NotifyCustomerInformationResponse]:
        """Keep the part."""
        self._keep(request)
        return NotifyCustomerInformationResponse()

    async def on_notify_event(self, request: NotifyEventRequest) -> Answer[NotifyEventResponse]:
        """Keep it."""
        self._keep(request)
        return NotifyEventResponse()

    async def on_notify_monitoring_report(
        self, request: NotifyMonitoringReportRequest
    ) -> Answer[NotifyMonitoringReportResponse]:
        """Keep the part."""
        self._keep(request)
        return NotifyMonitoringReportResponse()

    async def on_notify_display_messages(
        self, request: NotifyDisplayMessagesRequest
    ) -> Answer[NotifyDisplayMessagesResponse]:
        """Keep the part."""
        self._keep(request)
        return NotifyDisplayMessagesResponse()

    async def on_data_transfer(self, request: DataTransferRequest) -> Answer[DataTransferResponse]:
        """Know no vendor."""
        self._keep(request)
        return DataTransferResponse(status=DataTransferStatusEnumType.UNKNOWN_VENDOR_ID)

    def _hear(self) -> None:
        self._station.heard(self._policy.now())

    def _keep(self, request: Request[Any]) -> None:
        self._hear()
        self._station.notified(request)

    async def _verdict(self, token: IdTokenType) -> IdTokenInfoType:
        # Whoever starts with a button has no token to check (C02.FR.02).
        allowed = token.type is IdTokenEnumType.NO_AUTHORIZATION or await self._policy.allows(
            self._identity, token.id_token
        )
        return IdTokenInfoType(
            status=AuthorizationStatusEnumType.ACCEPTED
            if allowed
            else AuthorizationStatusEnumType.INVALID
        )
