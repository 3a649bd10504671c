"""The roots that cases have a station install: they do not pile up in one that keeps its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocppkit.errors import CallRefused
from ocppkit.v201 import (
    CertificateHashDataType,
    DeleteCertificateRequest,
    GetCertificateIdUseEnumType,
    GetInstalledCertificateIdsRequest,
    InstallCertificateUseEnumType,
)

if TYPE_CHECKING:
    from ocppkit.conformance.case import Case

__all__ = ["delete_roots", "roots_of"]

_CSMS: Final = InstallCertificateUseEnumType.CSMS_ROOT_CERTIFICATE
_WITH_TLS: Final = 2


async def roots_of(t: Case, use: str) -> list[CertificateHashDataType]:
    """What a station calls the roots that it trusts for something.

    Raises:
        Missing: it does not answer.
    """
    kind = GetCertificateIdUseEnumType(use)
    answer = await t.ask(GetInstalledCertificateIdsRequest(certificate_type=[kind]))
    if isinstance(answer, CallRefused):
        return []
    return [each.certificate_hash_data for each in answer.certificate_hash_data_chain or ()]


async def delete_roots(t: Case) -> None:
    """Delete what a case has had installed, where the station lets; never what was there before.

    Raises:
        Missing: the station does not answer.
    """
    for use, before in t.roots_before.items():
        for named in await roots_of(t, use):
            if named not in before and not _counts(t, use, named):
                _ = await t.ask(DeleteCertificateRequest(certificate_hash_data=named))


def _counts(t: Case, use: str, named: CertificateHashDataType) -> bool:
    """Whether the kit shows certificates below it from now on, as after a migration."""
    secure = t.settings.security_profile >= _WITH_TLS
    return use == _CSMS and secure and t.kit.pki.csms.is_named_by(named)
