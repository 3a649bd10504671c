"""The messages of 2.0.1 that DataTransfer carries for Plug & Charge, in both directions."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from ocppkit.codec import codec_for
from ocppkit.codec.jsontext import UnreadableJson, dumps, loads
from ocppkit.errors import CallRefused, InvalidAnswer, Rule, ValidationError
from ocppkit.message import Answer, R, Request, Response, Then, Version
from ocppkit.station.certificate_answers import CertificateAnswers
from ocppkit.station.certificates import StationCertificates
from ocppkit.station.data_transfer import (
    DataTransferAnswer,
    DataTransferMessage,
    DataTransferOutcome,
)
from ocppkit.station.iso15118 import Iso15118
from ocppkit.station.link import Link
from ocppkit.station.v16.plug_and_charge import VENDOR
from ocppkit.v16 import DataTransferRequest, DataTransferStatus
from ocppkit.v201 import (
    CertificateSignedRequest,
    CertificateSignedResponse,
    CertificateSignedStatusEnumType,
    CertificateSigningUseEnumType,
    DeleteCertificateRequest,
    DeleteCertificateResponse,
    GetInstalledCertificateIdsRequest,
    InstallCertificateRequest,
    MessageTriggerEnumType,
    TriggerMessageRequest,
    TriggerMessageResponse,
    TriggerMessageStatusEnumType,
)

__all__ = ["InnerCalls", "PlugAndChargeMessages"]

_logger = logging.getLogger(__name__)


class InnerCalls:
    """Asks the CSMS with a message of 2.0.1; `ocppkit.station.iso15118.Call`."""

    def __init__(self, link: Link) -> None:
        """Ask over a link."""
        self._link = link
        self._codec = codec_for(Version.V201)

    async def __call__(self, request: Request[R], *, asked: bool = False) -> R:
        """Ask, wrapped into a DataTransfer.

        Args:
            request: of 2.0.1.
            asked: whether the CSMS asked for it.

        Raises:
            CallRefused: the CSMS knows nothing of Plug & Charge, or not what this says.
            InvalidAnswer: what it answers cannot be understood.
            OcppError: as `Link.call`.
        """
        action, payload = self._codec.encode_request(request)
        response = await self._link.call(
            DataTransferRequest(vendor_id=VENDOR, message_id=action.name, data=dumps(payload)),
            asked=asked,
        )
        if response.status is not DataTransferStatus.ACCEPTED:
            raise CallRefused(
                action=action.name,
                message_id="",
                code=response.status.value,
                description="the CSMS does not take it by DataTransfer",
                details={},
            )
        try:
            return cast("R", self._codec.decode_response(action, _read(response.data)))
        except ValidationError as reason:
            raise InvalidAnswer(action=action.name, message_id="", reason=reason) from reason


class PlugAndChargeMessages:
    """Answers what the CSMS asks by DataTransfer."""

    def __init__(self, iso15118: Iso15118, certificates: StationCertificates) -> None:
        """Answer for a station.

        Args:
            iso15118: its Plug & Charge.
            certificates: of the station.
        """
        self._iso15118 = iso15118
        self._answers = CertificateAnswers(
            management=iso15118.management, certificates=certificates
        )
        self._codec = codec_for(Version.V201)
        self._handlers: Mapping[str, Callable[[Any], Awaitable[Answer[Any]]]] = {
            CertificateSignedRequest.ACTION: self._certificate_signed,
            DeleteCertificateRequest.ACTION: self._delete_certificate,
            GetInstalledCertificateIdsRequest.ACTION: self._answers.installed,
            InstallCertificateRequest.ACTION: self._answers.install,
            TriggerMessageRequest.ACTION: self._trigger_message,
        }

    async def answer(self, message: DataTransferMessage) -> DataTransferAnswer:
        """Answer a message; Accepted wherever it was understood."""
        name = message.message_id or ""
        handle = self._handlers.get(name)
        if handle is None:
            return DataTransferAnswer(outcome=DataTransferOutcome.UNKNOWN_MESSAGE_ID)
        action = self._codec.actions[name]
        try:
            request = self._codec.decode_request(action, _read(message.data))
        except ValidationError as error:
            _logger.warning("%s by DataTransfer cannot be understood: %s", name, error)
            return DataTransferAnswer(outcome=DataTransferOutcome.REJECTED)
        answered = await handle(request)
        response: Response = answered.response if isinstance(answered, Then) else answered
        return DataTransferAnswer(
            data=dumps(self._codec.encode_response(action, response)),
            then=answered.follow_up if isinstance(answered, Then) else None,
        )

    async def _trigger_message(
        self, request: TriggerMessageRequest
    ) -> Answer[TriggerMessageResponse]:
        """Have the certificate signed that EVs are shown (A02.FR.02)."""
        signing = self._iso15118.signing
        if request.requested_message is not MessageTriggerEnumType.SIGN_V2G_CERTIFICATE:
            return TriggerMessageResponse(status=TriggerMessageStatusEnumType.NOT_IMPLEMENTED)
        if not signing.able:
            return TriggerMessageResponse(status=TriggerMessageStatusEnumType.REJECTED)
        accepted = TriggerMessageResponse(status=TriggerMessageStatusEnumType.ACCEPTED)
        return Then(accepted, signing.request)

    async def _certificate_signed(
        self, request: CertificateSignedRequest
    ) -> Answer[CertificateSignedResponse]:
        """Take the certificate that EVs are shown (A02.FR.06); the other has its own message."""
        rejected = CertificateSignedResponse(status=CertificateSignedStatusEnumType.REJECTED)
        if request.certificate_type is CertificateSigningUseEnumType.CHARGING_STATION_CERTIFICATE:
            return rejected
        signing = self._iso15118.signing
        try:
            if await signing.signed(request.certificate_chain) is not None:
                return rejected
        except OSError as error:
            _logger.error("a signed certificate cannot be kept: %s", error)  # noqa: TRY400  # the disk
            return rejected

        async def follow() -> None:
            signing.adopt()

        accepted = CertificateSignedResponse(status=CertificateSignedStatusEnumType.ACCEPTED)
        return Then(accepted, follow)

    async def _delete_certificate(
        self, request: DeleteCertificateRequest
    ) -> DeleteCertificateResponse:
        """Delete a root, or a chain that EVs are shown (M04)."""
        response = await self._answers.delete(request)
        self._iso15118.forgotten()
        return response


def _read(data: Any) -> Any:
    """What the text of a DataTransfer holds.

    Raises:
        ValidationError: it is none, or no JSON.
    """
    if not isinstance(data, str):
        raise ValidationError("$", Rule.REQUIRED, "a text that holds JSON", data)
    try:
        return loads(data)
    except UnreadableJson as error:
        raise ValidationError("$", Rule.FORMAT, "JSON", data) from error
