"""Renewal of the station's own certificates: when to ask, when to ask again, what to accept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import NameOID

from ocppkit.security.chain import ChainProblem, IsRevoked, Usage, ValidChain, validate_chain
from ocppkit.security.pem import public_bytes, read_certificates
from ocppkit.value import Value

__all__ = [
    "RENEW_BEFORE",
    "Rejection",
    "RejectionReason",
    "Watch",
    "check_signed",
    "expiry_watch",
    "retry_delay",
]

RENEW_BEFORE: Final = timedelta(days=30)
"""How long before its end a certificate is renewed (A03.FR.02)."""

MAX_CHAIN_SIZE: Final = 10_000


class RejectionReason(StrEnum):
    """Why a CertificateSigned is rejected, where it is not its chain."""

    NOT_REQUESTED = "no request to sign a certificate is open"
    TOO_LARGE = "the chain is larger than MaxCertificateChainSize"
    UNREADABLE = "it is no PEM certificate"
    OTHER_KEY = "the certificate is for a key that the station has not asked to sign"
    OTHER_NAME = "the certificate is for another common name"
    OTHER_ORGANIZATION = "the certificate is for another organization"
    INVALID_CHAIN = "the chain is not valid"


@frozen(kw_only=True, eq=False, repr=False)
class Rejection(Value):
    """Why a CertificateSigned is answered with Rejected.

    Attributes:
        reason: the kind.
        problem: of the chain, where it is that.
    """

    reason: RejectionReason
    problem: ChainProblem | None = None

    @property
    def is_security_event(self) -> bool:
        """Whether the certificate was judged and found invalid, which is reported (A02.FR.07)."""
        return self.reason not in {RejectionReason.NOT_REQUESTED, RejectionReason.TOO_LARGE}

    def __str__(self) -> str:
        return self.reason.value if self.problem is None else str(self.problem)


def check_signed(  # noqa: PLR0911  # a return a rule
    pem: str,
    *,
    requested: PublicKeyTypes | None,
    roots: Sequence[x509.Certificate],
    now: datetime,
    usage: Usage,
    common_name: str,
    organization: str | None,
    max_size: int = MAX_CHAIN_SIZE,
    is_revoked: IsRevoked | None = None,
) -> ValidChain | Rejection:
    """Judge the certificate of a CertificateSigned (A02.FR.06, A02.FR.16).

    Args:
        pem: the certificate first, then those above it.
        requested: the public key of the open request; None where there is none.
        roots: of the hierarchy: CSMS roots for the station's certificate, V2G roots for V2G.
        now: aware; a certificate of the future is not valid (errata 2025-09 §2.9).
        usage: a TLS client's for the station's certificate, a TLS server's for V2G.
        common_name: as requested.
        organization: as requested; None to accept any.
        max_size: of the text, in characters (MaxCertificateChainSize,
            CertificateSignedMaxChainSize).
        is_revoked: asked for each certificate.

    Returns:
        The chain to store, or why to answer Rejected.
    """
    if len(pem) > max_size:
        return Rejection(reason=RejectionReason.TOO_LARGE)
    if requested is None:
        return Rejection(reason=RejectionReason.NOT_REQUESTED)
    try:
        certificate, *above = read_certificates(pem)
    except ValueError:
        return Rejection(reason=RejectionReason.UNREADABLE)
    if public_bytes(certificate.public_key()) != public_bytes(requested):
        return Rejection(reason=RejectionReason.OTHER_KEY)
    names = _values(certificate, NameOID.COMMON_NAME)
    if [name.casefold() for name in names] != [common_name.casefold()]:
        return Rejection(reason=RejectionReason.OTHER_NAME)
    if organization is not None:
        organizations = _values(certificate, NameOID.ORGANIZATION_NAME)
        if organization not in organizations:
            return Rejection(reason=RejectionReason.OTHER_ORGANIZATION)
    judged = validate_chain(
        certificate,
        above=above,
        roots=roots,
        now=now,
        usage=usage,
        is_revoked=is_revoked,
    )
    if isinstance(judged, ChainProblem):
        return Rejection(reason=RejectionReason.INVALID_CHAIN, problem=judged)
    return judged


def retry_delay(resent: int, *, wait_minimum_s: int, repeat_times: int) -> int | None:
    """How long to wait for the signed certificate before the request is sent again, in seconds.

    The wait doubles ``repeat_times`` times (A02.FR.17, A02.FR.18). The request stays the same: a
    late answer to the first one must fit. After a CertificateSigned that was rejected nothing is
    sent again (A02.FR.20).

    Args:
        resent: how often the request was sent again already.
        wait_minimum_s: CertSigningWaitMinimum.
        repeat_times: CertSigningRepeatTimes.

    Returns:
        None where the CSMS must ask for it first (A02.FR.19).
    """
    if resent < 0 or wait_minimum_s < 0 or repeat_times < 0:
        msg = "attempts, waits and repeats are not negative"
        raise ValueError(msg)
    return wait_minimum_s * 2**resent if resent <= repeat_times else None


@frozen(kw_only=True, eq=False, repr=False)
class Watch(Value):
    """What a look at the expiry dates found.

    Attributes:
        due: the certificates to renew now, the most urgent first.
        next_look: when to look again for the others; None where there are none.
    """

    due: tuple[x509.Certificate, ...]
    next_look: datetime | None


def expiry_watch(
    certificates: Iterable[x509.Certificate],
    *,
    now: datetime,
    before: timedelta = RENEW_BEFORE,
) -> Watch:
    """Say which of the station's certificates to renew, and when to look again (A03.FR.02).

    Args:
        certificates: the one in use of each kind.
        now: aware.
        before: how long before its end a certificate is due.
    """
    ordered = sorted(certificates, key=lambda certificate: certificate.not_valid_after_utc)
    # A certificate that lives shorter than that would always be due.
    at = {certificate: _renewal_time(certificate, before) for certificate in ordered}
    return Watch(
        due=tuple(certificate for certificate in ordered if at[certificate] <= now),
        next_look=min((time for time in at.values() if time > now), default=None),
    )


def _renewal_time(certificate: x509.Certificate, before: timedelta) -> datetime:
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return end - min(before, (end - start) / 3)


def _values(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> list[str]:
    return [str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(oid)]
