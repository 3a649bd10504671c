"""Certificates in PEM, read with care."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

__all__ = ["UNUSABLE", "fingerprint", "public_bytes", "read_certificates", "read_der", "to_pem"]

_MAX_CERTIFICATES = 16
UNUSABLE: Final = (
    TypeError,  # a name holds a value of another type than its attribute has
    UnsupportedAlgorithm,
    ValueError,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What ``cryptography`` raises, also when a part is first asked for, of what is no certificate."""

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def read_certificates(text: str) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM text, in its order.

    What stands between them is left out; a backslash and an n in place of a line break, as some
    CSMSs send it, counts as one.

    Raises:
        ValueError: there is none, there are too many, or one is no certificate.
    """
    blocks = _BLOCK.findall(text.replace("\\n", "\n"))
    if not 1 <= len(blocks) <= _MAX_CERTIFICATES:
        msg = f"one to {_MAX_CERTIFICATES} PEM certificates are expected, not {len(blocks)}"
        raise ValueError(msg)
    certificates = []
    for block in blocks:
        try:
            certificate = x509.load_pem_x509_certificate(block.encode())
            # These are parsed when first asked for, and raise only then.
            _ = certificate.extensions, certificate.subject, certificate.issuer
            _ = certificate.public_key()
        except UNUSABLE as error:
            msg = f"this is no certificate that can be used: {error}"
            raise ValueError(msg) from error
        certificates.append(certificate)
    return tuple(certificates)


def read_der(der: bytes) -> x509.Certificate:
    """A certificate that TLS has taken.

    Raises:
        ValueError: it is none.
    """
    return x509.load_der_x509_certificate(der)


def to_pem(certificates: Iterable[x509.Certificate]) -> str:
    """The certificates as one PEM text."""
    encoding = serialization.Encoding.PEM
    return "".join(certificate.public_bytes(encoding).decode() for certificate in certificates)


def fingerprint(certificate: x509.Certificate) -> str:
    """What tells a certificate from every other: the SHA-256 of its DER, in hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def public_bytes(key: PublicKeyTypes) -> bytes:
    """A public key in DER: equal where the keys are."""
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(encoding, form)
