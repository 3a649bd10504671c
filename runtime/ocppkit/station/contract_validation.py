"""Validates the certificates of contracts here (C07.FR.06, C07.FR.08); needs ``security``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from attrs import field, frozen
from cryptography import x509

from ocppkit.security.chain import (
    ChainProblem,
    ChainReason,
    IsRevoked,
    Usage,
    ValidChain,
    common_name,
    validate_chain,
)
from ocppkit.security.entries import RootUse
from ocppkit.security.pem import read_certificates
from ocppkit.station.certificates import StationCertificates
from ocppkit.station.contract import CertificateVerdict, Contract
from ocppkit.value import Value

__all__ = ["ContractFault", "ContractValidation"]

_logger = logging.getLogger(__name__)

_VERDICTS: Final = {
    ChainReason.BROKEN_SIGNATURE: CertificateVerdict.SIGNATURE_ERROR,
    ChainReason.EXPIRED: CertificateVerdict.CERTIFICATE_EXPIRED,
    ChainReason.REVOKED: CertificateVerdict.CERTIFICATE_REVOKED,
}
_LENGTHS: Final = {14, 15}  # of an eMAID: the check digit may be left out (ISO 15118-2 annex H)


@frozen(kw_only=True, eq=False, repr=False)
class ContractFault(Value):
    """Why a contract is not valid.

    Attributes:
        verdict: on its certificate.
        unknown_root: whether only nobody here knows the root.
        reason: for people.
    """

    verdict: CertificateVerdict
    reason: str
    unknown_root: bool = False


@frozen(kw_only=True, eq=False, repr=False)
class ContractValidation(Value):
    """Validates contracts against the V2G and MO roots.

    Attributes:
        certificates: of the station; the roots in its store win over those in its folders.
        now: the time of day.
    """

    certificates: StationCertificates = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)

    async def validate(
        self, contract: Contract, *, is_revoked: IsRevoked | None = None
    ) -> ValidChain | ContractFault:
        """Validate the chain of a contract, and that it is that contract's.

        Args:
            contract: one with a chain.
            is_revoked: asked for each certificate.
        """
        try:
            certificate, *above = read_certificates(contract.chain_pem or "")
        except ValueError as error:
            return _broken(str(error))
        if not _same_contract(contract.emaid, common_name(certificate) or ""):
            return _broken("the certificate is for another contract")
        try:
            roots = await self.certificates.trusted_roots(RootUse.V2G, RootUse.MO)
        except (OSError, ValueError):
            _logger.exception("the roots of contracts cannot be read")
            return _broken("the roots of contracts cannot be read")
        return await asyncio.to_thread(
            _judge, certificate, above, roots, self.now(), is_revoked=is_revoked
        )


def _judge(
    certificate: x509.Certificate,
    above: list[x509.Certificate],
    roots: tuple[x509.Certificate, ...],
    now: datetime,
    *,
    is_revoked: IsRevoked | None,
) -> ValidChain | ContractFault:
    judged = validate_chain(
        certificate,
        above=above,
        roots=roots,
        now=now,
        usage=Usage.CONTRACT,
        is_revoked=is_revoked,
    )
    if isinstance(judged, ValidChain):
        return judged
    reason = judged.reason
    if reason is ChainReason.BROKEN_SIGNATURE:
        # It may be that of a root which bears the name of one that is known.
        alone = validate_chain(certificate, above=above, roots=(), now=now, usage=Usage.CONTRACT)
        if isinstance(alone, ChainProblem) and alone.reason is ChainReason.UNKNOWN_ROOT:
            reason = ChainReason.UNKNOWN_ROOT
    return ContractFault(
        verdict=_VERDICTS.get(reason, CertificateVerdict.CERT_CHAIN_ERROR),
        reason=f"{judged.subject}: {reason.value}",
        unknown_root=reason is ChainReason.UNKNOWN_ROOT,
    )


def _broken(reason: str) -> ContractFault:
    return ContractFault(verdict=CertificateVerdict.CERT_CHAIN_ERROR, reason=reason)


def _same_contract(one: str, other: str) -> bool:
    """Whether two spellings are the same eMAID: separators and case make no difference."""
    plain = [text.replace("-", "").replace(" ", "").casefold() for text in (one, other)]
    if {len(text) for text in plain} == _LENGTHS:
        plain = [text[: min(_LENGTHS)] for text in plain]
    return bool(plain[0]) and plain[0] == plain[1]
