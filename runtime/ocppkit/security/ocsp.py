"""OCSP: what to ask about a chain, what an answer is worth, and how long (RFC 6960).

The station asks the CSMS, which asks the responders (M06): nothing here fetches anything.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from attrs import frozen
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from ocppkit.security.chain import is_issued_by, is_weak
from ocppkit.security.hash_data import HashAlgorithm, HashData
from ocppkit.security.pem import UNUSABLE
from ocppkit.v201 import HashAlgorithmEnumType, OCSPRequestDataType
from ocppkit.value import Value

__all__ = [
    "OcspFetcher",
    "OcspProblem",
    "OcspResult",
    "OcspStatus",
    "check_response",
    "decode_result",
    "ocsp_request",
    "refresh_times",
    "request_data",
]

MAX_AGE: Final = timedelta(days=7)
"""How long an answer is kept at most (M06.FR.10)."""

CLOCK_SKEW: Final = timedelta(minutes=5)


class OcspFetcher(Protocol):
    """Gets the status of a certificate: a station from its CSMS, a CSMS from the responder."""

    async def fetch(self, request: OCSPRequestDataType) -> bytes | None:
        """The DER of the OCSP response; None where there is none to be had."""
        ...


class OcspStatus(StrEnum):
    """What the responder says of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class OcspProblem(StrEnum):
    """Why an answer is worth nothing."""

    UNREADABLE = "it is no OCSP response"
    NO_ANSWER = "the responder gives no answer"
    OTHER_CERTIFICATE = "it is about another certificate"
    NOT_YET_VALID = "it is of the future"
    EXPIRED = "it is too old"
    UNTRUSTED = "it is not signed by the issuer or a responder that the issuer appointed"
    BROKEN_SIGNATURE = "its signature is broken"


@frozen(kw_only=True, eq=False, repr=False)
class OcspResult(Value):
    """A verified answer.

    Attributes:
        status: of the certificate.
        this_update: since when it is known to be so.
        good_until: until when it may be relied on.
    """

    status: OcspStatus
    this_update: datetime
    good_until: datetime


def ocsp_request(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    algorithm: HashAlgorithm = HashAlgorithm.SHA256,
) -> bytes:
    """A request for a responder, DER."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, algorithm.primitive)
    return builder.build().public_bytes(serialization.Encoding.DER)


def request_data(
    chain: Sequence[x509.Certificate],
    root: x509.Certificate,
    algorithm: HashAlgorithm = HashAlgorithm.SHA256,
) -> tuple[OCSPRequestDataType, ...]:
    """What 2.0.1 asks about a chain: one for each certificate that names a responder (M06).

    Args:
        chain: the certificate, then those above it, each signed by the next.
        root: above the last one.
        algorithm: of the hashes.
    """
    requests = []
    for certificate, issuer in zip(chain, (*chain[1:], root), strict=True):
        url = _responder_url(certificate)
        if url is None:
            continue
        data = HashData.of(certificate, issuer, algorithm)
        requests.append(
            OCSPRequestDataType(
                hash_algorithm=HashAlgorithmEnumType(data.algorithm.value),
                issuer_name_hash=data.issuer_name_hash,
                issuer_key_hash=data.issuer_key_hash,
                serial_number=data.serial_number,
                responder_url=url,
            )
        )
    return tuple(requests)


def decode_result(text: str) -> bytes | None:
    """The DER of an ``ocspResult`` of GetCertificateStatus; None where it is no Base64."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def check_response(  # noqa: PLR0911  # a return a rule
    der: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> OcspResult | OcspProblem:
    """Verify an answer about a certificate.

    Args:
        der: the response.
        certificate: that was asked about.
        issuer: of the certificate.
        now: aware.
    """
    try:
        response = ocsp.load_der_ocsp_response(der)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return OcspProblem.NO_ANSWER
        answers = list(response.responses)
        single = next((a for a in answers if _is_about(a, certificate, issuer)), None)
        if single is None:
            return OcspProblem.OTHER_CERTIFICATE
        signature_problem = _signature_problem(response, issuer, now)
    except UNUSABLE:  # the response, or a certificate in it
        return OcspProblem.UNREADABLE
    if signature_problem is not None:
        return signature_problem
    good_until = single.this_update_utc + MAX_AGE
    if single.next_update_utc is not None:
        good_until = single.next_update_utc
    if single.this_update_utc > now + CLOCK_SKEW:
        return OcspProblem.NOT_YET_VALID
    if good_until < now - CLOCK_SKEW:
        return OcspProblem.EXPIRED
    return OcspResult(
        status=_STATUSES[single.certificate_status],
        this_update=single.this_update_utc,
        good_until=good_until,
    )


def refresh_times(
    results: Mapping[str, tuple[OcspResult, datetime]], now: datetime
) -> tuple[frozenset[str], datetime | None]:
    """Which cached answers to refresh now, and when to look again.

    An answer is refreshed at half the time that it is still good for when it comes, after a week
    at the latest (M06.FR.10).

    Args:
        results: by a name of the caller's choice: the answer and when it came, aware.
        now: aware.
    """
    at = {
        name: came + min(MAX_AGE, max(result.good_until - came, timedelta()) / 2)
        for name, (result, came) in results.items()
    }
    due = frozenset(name for name, time in at.items() if time <= now)
    return due, min((time for name, time in at.items() if name not in due), default=None)


_STATUSES: Final = {
    ocsp.OCSPCertStatus.GOOD: OcspStatus.GOOD,
    ocsp.OCSPCertStatus.REVOKED: OcspStatus.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN: OcspStatus.UNKNOWN,
}


def _responder_url(certificate: x509.Certificate) -> str | None:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return None
    for description in access.value:
        location = description.access_location
        if description.access_method == AuthorityInformationAccessOID.OCSP and isinstance(
            location, x509.UniformResourceIdentifier
        ):
            return location.value
    return None


def _is_about(
    single: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> bool:
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, single.hash_algorithm)
    asked = request.build()
    return (single.serial_number, single.issuer_name_hash, single.issuer_key_hash) == (
        asked.serial_number,
        asked.issuer_name_hash,
        asked.issuer_key_hash,
    )


def _signature_problem(
    response: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime
) -> OcspProblem | None:
    signers = [issuer, *(c for c in response.certificates if _is_appointed(c, issuer, now))]
    named = [signer for signer in signers if _is_responder(response, signer)]
    if not named:
        return OcspProblem.UNTRUSTED
    if any(_is_signed_by(response, signer) for signer in named):
        return None
    return OcspProblem.BROKEN_SIGNATURE


def _is_appointed(candidate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    try:
        usage = candidate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return (
        ExtendedKeyUsageOID.OCSP_SIGNING in usage
        and candidate.not_valid_before_utc <= now <= candidate.not_valid_after_utc
        and not is_weak(candidate)
        and is_issued_by(candidate, issuer)
    )


def _is_responder(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == signer.subject
    digest = x509.SubjectKeyIdentifier.from_public_key(signer.public_key()).digest
    return response.responder_key_hash == digest


def _is_signed_by(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    signature, data = response.signature, response.tbs_response_bytes
    digest = response.signature_hash_algorithm
    if isinstance(digest, hashes.SHA1 | hashes.MD5):
        return False
    try:
        match signer.public_key():
            case rsa.RSAPublicKey() as key if digest is not None:
                key.verify(signature, data, padding.PKCS1v15(), digest)
            case ec.EllipticCurvePublicKey() as key if digest is not None:
                key.verify(signature, data, ec.ECDSA(digest))
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey() as key:
                key.verify(signature, data)
            case _:
                return False
    except InvalidSignature:
        return False
    return True
