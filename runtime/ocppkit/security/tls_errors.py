"""What went wrong with TLS: a reason instead of OpenSSL's words.

Works on the errors of `ssl`, also where they are the cause of another error.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

__all__ = ["TlsReason", "WildcardRefused", "causes", "describe_tls_error"]


class TlsReason(StrEnum):
    """Why TLS did not come about; the value completes "TLS failed: ..."."""

    WRONG_HOST = "the peer's certificate is for another host"
    WILDCARD = "the peer's certificate is for a wildcard name, which is not allowed"
    EXPIRED = "the peer's certificate, or one above it, has expired"
    NOT_YET_VALID = "the peer's certificate, or one above it, is not valid yet"
    UNKNOWN_ROOT = "the peer's certificate leads to no root that is trusted here"
    REVOKED = "the peer's certificate is revoked"
    WEAK_KEY = "a key or signature in the peer's certificate chain is too weak"
    INVALID_CERTIFICATE = "the peer's certificate cannot be verified"
    NO_CLIENT_CERTIFICATE = "the client shows no certificate"
    CERTIFICATE_REFUSED = "the peer refuses our certificate"
    OLD_TLS_VERSION = "there is no TLS version in common"
    NO_SHARED_CIPHER = "there is no cipher suite in common"
    NO_TLS = "the peer does not speak TLS: is it ws:// there?"
    OTHER = "the handshake failed"


class WildcardRefused(ssl.SSLError):
    """The CSMS shows a certificate with a wildcard name (AllowCSMSTLSWildcards)."""


_VERIFY_CODES: Final = {  # openssl/x509_vfy.h
    2: TlsReason.UNKNOWN_ROOT,
    9: TlsReason.NOT_YET_VALID,
    10: TlsReason.EXPIRED,
    18: TlsReason.UNKNOWN_ROOT,
    19: TlsReason.UNKNOWN_ROOT,
    20: TlsReason.UNKNOWN_ROOT,
    21: TlsReason.UNKNOWN_ROOT,
    23: TlsReason.REVOKED,
    62: TlsReason.WRONG_HOST,
    64: TlsReason.WRONG_HOST,
    66: TlsReason.WEAK_KEY,
    67: TlsReason.WEAK_KEY,
    68: TlsReason.WEAK_KEY,
}

_REASONS: Final = {  # openssl/sslerr.h; an ALERT came from the peer
    "CA_KEY_TOO_SMALL": TlsReason.WEAK_KEY,
    "CA_MD_TOO_WEAK": TlsReason.WEAK_KEY,
    "EE_KEY_TOO_SMALL": TlsReason.WEAK_KEY,
    "HTTP_REQUEST": TlsReason.NO_TLS,
    "HTTPS_PROXY_REQUEST": TlsReason.NO_TLS,
    "NO_CIPHERS_AVAILABLE": TlsReason.NO_SHARED_CIPHER,
    "NO_PROTOCOLS_AVAILABLE": TlsReason.OLD_TLS_VERSION,
    "NO_SHARED_CIPHER": TlsReason.NO_SHARED_CIPHER,
    "NO_SHARED_SIGNATURE_ALGORITHMS": TlsReason.NO_SHARED_CIPHER,
    "NO_SUITABLE_SIGNATURE_ALGORITHM": TlsReason.NO_SHARED_CIPHER,
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": TlsReason.NO_CLIENT_CERTIFICATE,
    "SSLV3_ALERT_BAD_CERTIFICATE": TlsReason.CERTIFICATE_REFUSED,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": TlsReason.CERTIFICATE_REFUSED,
    "SSLV3_ALERT_CERTIFICATE_REVOKED": TlsReason.CERTIFICATE_REFUSED,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": TlsReason.CERTIFICATE_REFUSED,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": TlsReason.NO_SHARED_CIPHER,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": TlsReason.CERTIFICATE_REFUSED,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": TlsReason.CERTIFICATE_REFUSED,
    "TLSV1_ALERT_ACCESS_DENIED": TlsReason.CERTIFICATE_REFUSED,
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": TlsReason.NO_SHARED_CIPHER,
    "TLSV1_ALERT_PROTOCOL_VERSION": TlsReason.OLD_TLS_VERSION,
    "TLSV1_ALERT_UNKNOWN_CA": TlsReason.CERTIFICATE_REFUSED,
    "UNKNOWN_PROTOCOL": TlsReason.OLD_TLS_VERSION,
    "UNSUPPORTED_PROTOCOL": TlsReason.OLD_TLS_VERSION,
    "UNSUPPORTED_SSL_VERSION": TlsReason.OLD_TLS_VERSION,
    "VERSION_TOO_LOW": TlsReason.OLD_TLS_VERSION,
    "WRONG_CIPHER_RETURNED": TlsReason.NO_SHARED_CIPHER,
    "WRONG_SSL_VERSION": TlsReason.OLD_TLS_VERSION,
    "WRONG_VERSION_NUMBER": TlsReason.NO_TLS,
}


def describe_tls_error(error: BaseException) -> TlsReason | None:
    """Why TLS failed, as far as an error or what caused it tells; None where it was not TLS."""
    for link in causes(error):
        if isinstance(link, WildcardRefused):
            return TlsReason.WILDCARD
        if isinstance(link, ssl.SSLCertVerificationError):
            return _VERIFY_CODES.get(link.verify_code, TlsReason.INVALID_CERTIFICATE)
        if isinstance(link, ssl.SSLError) and not isinstance(link, ssl.SSLEOFError):
            return _REASONS.get(link.reason or "", TlsReason.OTHER)
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error, what caused it, what caused that, and so on."""
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__
