"""A02, A03: the station's own certificates are renewed. Needs the extra ``security``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from ocppkit.message import Answer, Then, Version
from ocppkit.security.uses import OwnUse
from ocppkit.station.certificate_signing import CertificateSigning
from ocppkit.station.core import StationCore
from ocppkit.station.signing_policy import SigningPolicy
from ocppkit.station.signing_use import CombinedUse, SigningUse, StationUse
from ocppkit.station.v201.c_contract import ContractBlock
from ocppkit.v201 import (
    CertificateSignedRequest,
    CertificateSignedResponse,
    CertificateSignedStatusEnumType,
    CertificateSigningUseEnumType,
    GenericStatusEnumType,
    SignCertificateRequest,
    StationSecurityHandler,
)

__all__ = ["SignedCertificates", "StationSigning"]

_logger = logging.getLogger(__name__)
_VERSION: Final = Version.V201
_REJECTED: Final = CertificateSignedStatusEnumType.REJECTED
_MEANT: Final = {
    # The CSMS need not repeat the type (A02.FR.14): then the key tells.
    None: (OwnUse.CHARGING_STATION, OwnUse.COMBINED, OwnUse.V2G),
    CertificateSigningUseEnumType.CHARGING_STATION_CERTIFICATE: (
        OwnUse.CHARGING_STATION,
        OwnUse.COMBINED,
    ),
    CertificateSigningUseEnumType.V2G_CERTIFICATE: (OwnUse.V2G, OwnUse.COMBINED),
}


class StationSigning:
    """What has the certificates signed that the station shows to the CSMS, and to EVs."""

    def __init__(
        self, *, core: StationCore, policy: SigningPolicy, contracts: ContractBlock
    ) -> None:
        """Renew nothing yet; see `run`.

        Args:
            core: the station.
            policy: of renewals; changed in place.
            contracts: renews what EVs alone are shown, and says whether they are shown anything.
        """
        self._core = core
        self._policy = policy
        self._contracts = contracts

        async def renewed() -> None:
            await contracts.contracting.iso15118.renewed()

        station = StationUse(
            policy=policy,
            certificates=core.security.certificates,
            name=core.hardware.description.serial_number or core.config.identity,
            shows=self._shows,
            reconnect=lambda: core.keeper.reconnect("the station's certificate is another"),
        )
        combined = CombinedUse(
            station=station,
            country=lambda: contracts.country,
            enabled=lambda: contracts.contracting.renews_own,
            renewed=renewed,
        )
        own_type = CertificateSigningUseEnumType.CHARGING_STATION_CERTIFICATE
        self._own = {
            OwnUse.CHARGING_STATION: self._make(station, own_type),
            OwnUse.COMBINED: self._make(combined, None),  # named by no type
        }

    def of(self, use: OwnUse) -> CertificateSigning | None:
        """What renews a certificate; None where it cannot be renewed now."""
        if use is not OwnUse.V2G:
            return self._own[use]
        contracting = self._contracts.contracting
        return contracting.iso15118.signing if contracting.renews_own else None

    def handler(self) -> SignedCertificates:
        """What takes signed certificates."""
        return SignedCertificates(self.of)

    def wake(self) -> None:
        """Look anew at what is due."""
        for signing in self._own.values():
            signing.wake()

    async def run(self) -> None:
        """Renew for ever; `ContractBlock.run` does so with what EVs alone are shown."""
        async with asyncio.TaskGroup() as tasks:
            for use, signing in self._own.items():
                _ = tasks.create_task(signing.run(), name=f"renewal: {use}")

    def _make(
        self, use: SigningUse, kind: CertificateSigningUseEnumType | None
    ) -> CertificateSigning:
        core = self._core

        async def ask(csr: str, asked: bool) -> bool:
            request = SignCertificateRequest(csr=csr, certificate_type=kind)
            response = await core.link.call(request, asked=asked)
            return response.status is GenericStatusEnumType.ACCEPTED

        def ready(asked: bool) -> bool:
            session = core.link.session
            speaks = session is not None and session.version is _VERSION
            return speaks and core.link.may_send(SignCertificateRequest.ACTION, asked=asked)

        return CertificateSigning(
            use=use,
            policy=self._policy,
            certificates=core.security.certificates,
            events=core.security.events,
            key_values=core.store.key_values,
            ask=ask,
            ready=ready,
            now=core.now,
            sleep=core.environment.sleep,
        )

    def _shows(self) -> bool:
        """Whether the present connection, one of this version, shows a certificate."""
        core = self._core
        return core.dialect.version is _VERSION and core.security.change.in_use == 3


class SignedCertificates(StationSecurityHandler):
    """Takes signed certificates (A02, A03)."""

    def __init__(self, signing: Callable[[OwnUse], CertificateSigning | None]) -> None:
        """Take them.

        Args:
            signing: what awaits a certificate, if anything does.
        """
        self._signing = signing

    async def on_certificate_signed(
        self, request: CertificateSignedRequest
    ) -> Answer[CertificateSignedResponse]:
        """Take a certificate of the station, and use it (A02.FR.06 - FR.08)."""
        signing = await self._meant(request)
        if signing is None:
            return CertificateSignedResponse(status=_REJECTED)
        try:
            if await signing.signed(request.certificate_chain) is not None:
                return CertificateSignedResponse(status=_REJECTED)
        except OSError as error:
            _logger.error("a signed certificate cannot be kept: %s", error)  # noqa: TRY400  # the disk
            return CertificateSignedResponse(status=_REJECTED)

        async def follow() -> None:
            signing.adopt()

        accepted = CertificateSignedResponse(status=CertificateSignedStatusEnumType.ACCEPTED)
        return Then(accepted, follow)

    async def _meant(self, request: CertificateSignedRequest) -> CertificateSigning | None:
        """What awaits this certificate, or else is to say why it does not."""
        first = None
        for use in _MEANT[request.certificate_type]:
            signing = self._signing(use)
            if signing is not None and await signing.awaits(request.certificate_chain):
                return signing
            first = first or signing
        return first
