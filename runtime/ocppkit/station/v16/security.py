"""The security extension of 1.6: certificates and triggers (whitepaper, edition 3)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from ocppkit.message import Answer, Then
from ocppkit.v16 import (
    CertificateSignedRequest,
    CertificateSignedResponse,
    CertificateSignedStatusEnumType,
    DeleteCertificateRequest,
    DeleteCertificateResponse,
    DeleteCertificateStatusEnumType,
    ExtendedTriggerMessageRequest,
    ExtendedTriggerMessageResponse,
    GetInstalledCertificateIdsRequest,
    GetInstalledCertificateIdsResponse,
    GetInstalledCertificateStatusEnumType,
    InstallCertificateRequest,
    InstallCertificateResponse,
    InstallCertificateStatusEnumType,
    MessageTriggerEnumType,
    StationSecurityHandler,
    TriggerMessageStatusEnumType,
)

if TYPE_CHECKING:
    from ocppkit.station.certificate_management import CertificateManagement
    from ocppkit.station.certificate_signing import CertificateSigning

__all__ = ["ExtendedTriggers", "SecurityExtension"]

_logger = logging.getLogger(__name__)


class ExtendedTriggers(StationSecurityHandler):
    """Sends what the CSMS asks for, after the answer (whitepaper §5.5)."""

    def __init__(
        self,
        *,
        messages: Mapping[MessageTriggerEnumType, Callable[[int | None], Awaitable[None]]],
        possible: Callable[[MessageTriggerEnumType], bool],
        has_connector: Callable[[int], bool],
    ) -> None:
        """Send on request.

        Args:
            messages: what can be sent, for a connector or, for None, for all that it may be about.
            possible: whether a message can be sent now.
            has_connector: whether there is such a connector.
        """
        self._messages = messages
        self._possible = possible
        self._has_connector = has_connector

    async def on_extended_trigger_message(
        self, request: ExtendedTriggerMessageRequest
    ) -> Answer[ExtendedTriggerMessageResponse]:
        """Send a message that is due for no other reason."""
        asked, connector = request.requested_message, request.connector_id
        send = self._messages.get(asked)
        if send is None:
            status = TriggerMessageStatusEnumType.NOT_IMPLEMENTED
            return ExtendedTriggerMessageResponse(status=status)
        known = connector is None or (connector > 0 and self._has_connector(connector))
        if not known or not self._possible(asked):
            status = TriggerMessageStatusEnumType.REJECTED
            return ExtendedTriggerMessageResponse(status=status)

        async def follow() -> None:
            await send(connector)

        status = TriggerMessageStatusEnumType.ACCEPTED
        return Then(ExtendedTriggerMessageResponse(status=status), follow)


class SecurityExtension(StationSecurityHandler):
    """Certificates (whitepaper A02, M03-M05); needs the extra ``security``."""

    def __init__(self, *, management: CertificateManagement, signing: CertificateSigning) -> None:
        """Answer the CSMS.

        Args:
            management: of the roots.
            signing: of the station's own certificate.
        """
        self._management = management
        self._signing = signing

    async def on_install_certificate(
        self, request: InstallCertificateRequest
    ) -> InstallCertificateResponse:
        """Install a root (M05)."""
        from ocppkit.security.root_uses import ROOT_USES_OF_V16  # noqa: PLC0415  # an extra

        use = ROOT_USES_OF_V16[request.certificate_type]
        outcome = await self._management.install(request.certificate, use)
        if outcome.refusal is not None:
            _logger.warning("a certificate is not installed: %s", outcome.refusal)
        status = InstallCertificateStatusEnumType(outcome.status.value)
        return InstallCertificateResponse(status=status)

    async def on_delete_certificate(
        self, request: DeleteCertificateRequest
    ) -> DeleteCertificateResponse:
        """Delete a root; the last one too, unless it is in use (M04)."""
        from ocppkit.security.hash_data import HashData  # noqa: PLC0415  # an extra

        data = HashData.from_wire(request.certificate_hash_data)
        outcome = await self._management.delete(data, keep_last=False)
        if outcome.refusal is not None:
            _logger.warning("a certificate is not deleted: %s", outcome.refusal)
        status = DeleteCertificateStatusEnumType(outcome.status.value)
        return DeleteCertificateResponse(status=status)

    async def on_get_installed_certificate_ids(
        self, request: GetInstalledCertificateIdsRequest
    ) -> GetInstalledCertificateIdsResponse:
        """List the roots of a kind (M03)."""
        from ocppkit.security.root_uses import ROOT_USES_OF_V16  # noqa: PLC0415  # an extra

        named = await self._management.roots([ROOT_USES_OF_V16[request.certificate_type]])
        status = GetInstalledCertificateStatusEnumType.NOT_FOUND
        if named:
            status = GetInstalledCertificateStatusEnumType.ACCEPTED
        return GetInstalledCertificateIdsResponse(
            status=status, certificate_hash_data=[each.to_v16() for each in named] or None
        )

    async def on_certificate_signed(
        self, request: CertificateSignedRequest
    ) -> Answer[CertificateSignedResponse]:
        """Take a certificate of the station, and use it (whitepaper A02.FR.06)."""
        rejected = CertificateSignedResponse(status=CertificateSignedStatusEnumType.REJECTED)
        try:
            if await self._signing.signed(request.certificate_chain) is not None:
                return rejected
        except OSError as error:
            _logger.error("a signed certificate cannot be kept: %s", error)  # noqa: TRY400  # the disk
            return rejected

        async def follow() -> None:
            self._signing.adopt()

        accepted = CertificateSignedResponse(status=CertificateSignedStatusEnumType.ACCEPTED)
        return Then(accepted, follow)
