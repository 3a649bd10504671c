"""M03 - M05: the certificates that the station trusts, and the chains that EVs are shown.

Needs the extra ``security``.
"""

from __future__ import annotations

from collections.abc import Callable

from ocppkit.station.certificate_answers import CertificateAnswers
from ocppkit.station.certificate_management import CertificateManagement
from ocppkit.station.core import StationCore
from ocppkit.v201 import (
    DeleteCertificateRequest,
    DeleteCertificateResponse,
    GetInstalledCertificateIdsRequest,
    GetInstalledCertificateIdsResponse,
    InstallCertificateRequest,
    InstallCertificateResponse,
    StationCertificateManagementHandler,
)

__all__ = ["Certificates"]


class Certificates(StationCertificateManagementHandler):
    """Lets the CSMS install, list and delete certificates."""

    def __init__(self, *, core: StationCore, deleted: Callable[[], None]) -> None:
        """Answer for a station.

        Args:
            core: the station.
            deleted: called when a certificate is gone, or may be.
        """
        certificates, link = core.security.certificates, core.link

        def secured() -> bool:
            return link.profile is not None and link.profile.url.startswith("wss:")

        management = CertificateManagement(
            certificates=certificates,
            events=core.security.events,
            now=core.now,
            secured=secured,
        )
        self._answers = CertificateAnswers(management=management, certificates=certificates)
        self._deleted = deleted

    async def on_delete_certificate(
        self, request: DeleteCertificateRequest
    ) -> DeleteCertificateResponse:
        """Delete a root, or a chain that EVs are shown (M04)."""
        response = await self._answers.delete(request)
        self._deleted()
        return response

    async def on_get_installed_certificate_ids(
        self, request: GetInstalledCertificateIdsRequest
    ) -> GetInstalledCertificateIdsResponse:
        """List roots, and the chains that EVs are shown (M03)."""
        return await self._answers.installed(request)

    async def on_install_certificate(
        self, request: InstallCertificateRequest
    ) -> InstallCertificateResponse:
        """Install a root (M05)."""
        return await self._answers.install(request)
