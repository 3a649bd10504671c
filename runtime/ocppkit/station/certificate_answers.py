"""What a station answers on certificates, in messages of 2.0.1, which 1.6 carries too (M03-M05).

Needs the extra ``security``.
"""

from __future__ import annotations

import logging
from typing import Final

from ocppkit.security.hash_data import HashData
from ocppkit.security.uses import OwnUse, RootUse
from ocppkit.station.certificate_management import CertificateManagement
from ocppkit.station.certificates import StationCertificates
from ocppkit.v201 import (
    CertificateHashDataChainType,
    DeleteCertificateRequest,
    DeleteCertificateResponse,
    DeleteCertificateStatusEnumType,
    GetCertificateIdUseEnumType,
    GetInstalledCertificateIdsRequest,
    GetInstalledCertificateIdsResponse,
    GetInstalledCertificateStatusEnumType,
    InstallCertificateRequest,
    InstallCertificateResponse,
    InstallCertificateStatusEnumType,
)

__all__ = ["CertificateAnswers"]

_logger = logging.getLogger(__name__)

_CHAIN: Final = GetCertificateIdUseEnumType.V2G_CERTIFICATE_CHAIN
_MOST_CHILDREN: Final = 4


class CertificateAnswers:
    """Installs, lists and deletes certificates."""

    def __init__(
        self, *, management: CertificateManagement, certificates: StationCertificates
    ) -> None:
        """Answer for a station.

        Args:
            management: of the roots.
            certificates: of the station.
        """
        self._management = management
        self._certificates = certificates

    async def installed(
        self, request: GetInstalledCertificateIdsRequest
    ) -> GetInstalledCertificateIdsResponse:
        """List roots, and the chains that EVs are shown (M03)."""
        wanted = request.certificate_type or list(GetCertificateIdUseEnumType)
        found: list[CertificateHashDataChainType] = []
        try:
            for kind in dict.fromkeys(wanted):
                found += await self._listed(kind)
        except OSError:
            _logger.exception("the certificates cannot be read")
        if not found:
            status = GetInstalledCertificateStatusEnumType.NOT_FOUND
            return GetInstalledCertificateIdsResponse(status=status)
        return GetInstalledCertificateIdsResponse(
            status=GetInstalledCertificateStatusEnumType.ACCEPTED,
            certificate_hash_data_chain=found,
        )

    async def _listed(
        self, kind: GetCertificateIdUseEnumType
    ) -> list[CertificateHashDataChainType]:
        """The certificates of a kind by their hashes."""
        if kind is not _CHAIN:
            roots = await self._management.roots([RootUse(kind.value)])
            return [
                CertificateHashDataChainType(
                    certificate_hash_data=each.to_v201(), certificate_type=kind
                )
                for each in roots
            ]
        store = self._certificates.store
        entries = () if store is None else (await store.read()).own_for(OwnUse.V2G)
        named = [[each.to_v201() for each in entry.hash_data()] for entry in entries]
        return [
            CertificateHashDataChainType(
                certificate_hash_data=leaf,
                certificate_type=kind,
                child_certificate_hash_data=children[:_MOST_CHILDREN] or None,
            )
            for leaf, *children in named
        ]

    async def install(self, request: InstallCertificateRequest) -> InstallCertificateResponse:
        """Install a root (M05)."""
        use = RootUse(request.certificate_type.value)
        outcome = await self._management.install(request.certificate, use)
        if outcome.refusal is not None:
            _logger.warning("a certificate is not installed: %s", outcome.refusal)
        status = InstallCertificateStatusEnumType(outcome.status.value)
        return InstallCertificateResponse(status=status)

    async def delete(self, request: DeleteCertificateRequest) -> DeleteCertificateResponse:
        """Delete a root, or a chain that EVs are shown (M04)."""
        data = HashData.from_wire(request.certificate_hash_data)
        outcome = await self._management.delete(data, keep_last=True)
        if outcome.refusal is not None:
            _logger.warning("a certificate is not deleted: %s", outcome.refusal)
        status = DeleteCertificateStatusEnumType(outcome.status.value)
        return DeleteCertificateResponse(status=status)
