"""The answers of a first CSMS to OCPP 1.6 charge points: it accepts and remembers."""

from __future__ import annotations

import logging
from typing import Any

from attrs import evolve

from ocppkit.csms.memory import Memory
from ocppkit.csms.policy import Policy
from ocppkit.csms.records import ConnectorRecord, TransactionRecord
from ocppkit.message import Answer, Request
from ocppkit.v16 import (
    AuthorizationStatus,
    AuthorizeRequest,
    AuthorizeResponse,
    BootNotificationRequest,
    BootNotificationResponse,
    CsmsHandler,
    DataTransferRequest,
    DataTransferResponse,
    DataTransferStatus,
    DiagnosticsStatusNotificationRequest,
    DiagnosticsStatusNotificationResponse,
    FirmwareStatusNotificationRequest,
    FirmwareStatusNotificationResponse,
    GenericStatusEnumType,
    HeartbeatRequest,
    HeartbeatResponse,
    IdTagInfo,
    LogStatusNotificationRequest,
    LogStatusNotificationResponse,
    MeterValuesRequest,
    MeterValuesResponse,
    RegistrationStatus,
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
)

__all__ = ["AcceptingHandler"]

_logger = logging.getLogger(__name__)


class AcceptingHandler(CsmsHandler):
    """Answers one charge point; override what you want answered otherwise."""

    def __init__(self, identity: str, memory: Memory, policy: Policy | None = None) -> None:
        """Answer a charge point.

        Args:
            identity: the charge point's.
            memory: keeps what is learned of it.
            policy: how to decide.
        """
        self._identity = identity
        self._memory = memory
        self._station = memory.station(identity)
        self._policy = policy or Policy()

    async def on_authorize(self, request: AuthorizeRequest) -> Answer[AuthorizeResponse]:
        """Ask the policy."""
        self._hear()
        return AuthorizeResponse(id_tag_info=await self._verdict(request.id_tag))

    async def on_boot_notification(
        self, request: BootNotificationRequest
    ) -> Answer[BootNotificationResponse]:
        """Register any charge point."""
        self._hear()
        self._station.booted(request)
        _logger.info("%s: registered", self._identity)
        return BootNotificationResponse(
            status=RegistrationStatus.ACCEPTED,
            current_time=self._policy.now(),
            interval=self._policy.heartbeat_interval,
        )

    async def on_data_transfer(self, request: DataTransferRequest) -> Answer[DataTransferResponse]:
        """Know no vendor (1.6 §4.3)."""
        self._keep(request)
        return DataTransferResponse(status=DataTransferStatus.UNKNOWN_VENDOR_ID)

    async def on_heartbeat(self, request: HeartbeatRequest) -> Answer[HeartbeatResponse]:  # noqa: ARG002  # it is empty
        """Tell the time."""
        self._hear()
        return HeartbeatResponse(current_time=self._policy.now())

    async def on_meter_values(self, request: MeterValuesRequest) -> Answer[MeterValuesResponse]:
        """Keep readings with their transaction; those of no known one as a notification."""
        self._hear()
        transaction = self._transaction(request.transaction_id)
        if transaction is None:
            self._station.notified(request)
        else:
            # What the charge point thinks lost comes again (1.6 §3.7.1).
            self._station.add_new_readings(transaction.transaction_id, request.meter_value)
        return MeterValuesResponse()

    async def on_start_transaction(
        self, request: StartTransactionRequest
    ) -> Answer[StartTransactionResponse]:
        """Number a transaction; one that is reported again keeps its number.

        A token that may not charge gets no less of a transaction: it has begun (1.6 §4.8).
        """
        self._hear()
        transaction_id = self._started(request)
        return StartTransactionResponse(
            id_tag_info=await self._verdict(request.id_tag), transaction_id=transaction_id
        )

    async def on_status_notification(
        self, request: StatusNotificationRequest
    ) -> Answer[StatusNotificationResponse]:
        """Keep the connector's status."""
        self._hear()
        self._station.put_connector(
            ConnectorRecord(
                evse_id=None,
                connector_id=request.connector_id,
                status=request.status.value,
                error_code=request.error_code.value,
                since=request.timestamp or self._policy.now(),
            )
        )
        return StatusNotificationResponse()

    async def on_stop_transaction(
        self, request: StopTransactionRequest
    ) -> Answer[StopTransactionResponse]:
        """End a transaction; one that nobody knows is answered alike (1.6 errata 3.18)."""
        self._hear()
        self._stopped(request)
        info = None if request.id_tag is None else await self._verdict(request.id_tag)
        return StopTransactionResponse(id_tag_info=info)

    async def on_diagnostics_status_notification(
        self, request: DiagnosticsStatusNotificationRequest
    ) -> Answer[DiagnosticsStatusNotificationResponse]:
        """Keep it."""
        self._keep(request)
        return DiagnosticsStatusNotificationResponse()

    async def on_firmware_status_notification(
        self, request: FirmwareStatusNotificationRequest
    ) -> Answer[FirmwareStatusNotificationResponse]:
        """Keep it."""
        self._keep(request)
        return FirmwareStatusNotificationResponse()

    async def on_log_status_notification(
        self, request: LogStatusNotificationRequest
    ) -> Answer[LogStatusNotificationResponse]:
        """Keep it."""
        self._keep(request)
        return LogStatusNotificationResponse()

    async def on_security_event_notification(
        self, request: SecurityEventNotificationRequest
    ) -> Answer[SecurityEventNotificationResponse]:
        """Keep it."""
        self._keep(request)
        return SecurityEventNotificationResponse()

    async def on_sign_certificate(
        self, request: SignCertificateRequest
    ) -> Answer[SignCertificateResponse]:
        """Refuse: there is no certificate authority to have it signed by."""
        self._keep(request)
        return SignCertificateResponse(status=GenericStatusEnumType.REJECTED)

    async def on_signed_firmware_status_notification(
        self, request: SignedFirmwareStatusNotificationRequest
    ) -> Answer[SignedFirmwareStatusNotificationResponse]:
        """Keep it."""
        self._keep(request)
        return SignedFirmwareStatusNotificationResponse()

    def _hear(self) -> None:
        self._station.heard(self._policy.now())

    def _keep(self, request: Request[Any]) -> None:
        self._hear()
        self._station.notified(request)

    async def _verdict(self, id_tag: str) -> IdTagInfo:
        allowed = await self._policy.allows(self._identity, id_tag)
        return IdTagInfo(
            status=AuthorizationStatus.ACCEPTED if allowed else AuthorizationStatus.INVALID
        )

    def _transaction(self, transaction_id: int | None) -> TransactionRecord | None:
        return None if transaction_id is None else self._station.transaction(str(transaction_id))

    def _started(self, request: StartTransactionRequest) -> int:
        for known in self._station.transactions:
            if (
                known.started_at == request.timestamp
                and known.connector_id == request.connector_id
                and known.id_token == request.id_tag
                and known.meter_start_wh == request.meter_start
            ):
                _logger.warning(
                    "%s: transaction %s began, again", self._identity, known.transaction_id
                )
                return int(known.transaction_id)
        transaction_id = self._memory.new_transaction_id()
        self._station.put_transaction(
            TransactionRecord(
                transaction_id=str(transaction_id),
                connector_id=request.connector_id,
                id_token=request.id_tag,
                started_at=request.timestamp,
                meter_start_wh=request.meter_start,
            )
        )
        _logger.info("%s: transaction %s began", self._identity, transaction_id)
        return transaction_id

    def _stopped(self, request: StopTransactionRequest) -> None:
        transaction = self._transaction(request.transaction_id)
        if transaction is None:
            # -1 where the charge point never learned the id; or we have forgotten it.
            _logger.warning(
                "%s: the end of an unknown transaction %s", self._identity, request.transaction_id
            )
            self._station.notified(request)
            return
        if transaction.ended_at is not None:
            _logger.warning(
                "%s: the end of transaction %s again", self._identity, request.transaction_id
            )
            return
        ended = evolve(
            transaction,
            ended_at=request.timestamp,
            meter_stop_wh=request.meter_stop,
            # Left out it is Local (1.6 §6.49).
            stopped_reason="Local" if request.reason is None else request.reason.value,
        )
        self._station.add_new_readings(ended.transaction_id, request.transaction_data or [])
        self._station.put_transaction(ended)
        _logger.info("%s: transaction %s ended", self._identity, request.transaction_id)
