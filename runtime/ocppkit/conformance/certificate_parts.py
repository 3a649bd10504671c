"""The parts that certificates are built of. Needs the extra ``security``."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Self

from attrs import frozen
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

__all__ = [
    "OF_OTHERS",
    "Span",
    "as_ca",
    "as_end",
    "begun",
    "for_tls",
    "host_name",
    "key_usage",
    "subject",
    "with_responder",
]

_SKEW: Final = timedelta(days=1)
_YEAR: Final = timedelta(days=365)
_BITS: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
_OF_A_CA: Final = ("key_cert_sign", "crl_sign", "digital_signature")
OF_OTHERS: Final = ("digital_signature", "key_agreement", "key_encipherment")
"""What the key of a certificate at the end of a chain may be used for."""


@frozen(kw_only=True)
class Span:
    """From when to when a certificate is valid; both aware."""

    begin: datetime
    end: datetime

    @classmethod
    def around(cls, now: datetime, *, years: int = 1) -> Self:
        """From a day ago on."""
        return cls(begin=now - _SKEW, end=now + years * _YEAR)

    @classmethod
    def past(cls, now: datetime) -> Self:
        """It ended yesterday."""
        return cls(begin=now - _YEAR, end=now - _SKEW)

    @classmethod
    def future(cls, now: datetime) -> Self:
        """It begins in a month, which no wrong clock explains."""
        return cls(begin=now + timedelta(days=30), end=now + _YEAR)


def host_name(host: str) -> x509.GeneralName:
    """A host as certificates name it: an address, or a DNS name."""
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def subject(name: str, *organizations: str) -> x509.Name:
    """A name: CN and O."""
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    attributes += [x509.NameAttribute(NameOID.ORGANIZATION_NAME, each) for each in organizations]
    return x509.Name(attributes)


def begun(of: x509.Name, public_key: Any, span: Span) -> x509.CertificateBuilder:
    """A certificate that says for whom, of which key and for how long."""
    return (
        x509.CertificateBuilder()
        .subject_name(of)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(span.begin)
        .not_valid_after(span.end)
    )


def as_ca(
    builder: x509.CertificateBuilder, public_key: Any, *, path_length: int
) -> x509.CertificateBuilder:
    """It is a CA, with so many below it at most."""
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    own = x509.SubjectKeyIdentifier.from_public_key(public_key)
    return (
        builder.add_extension(constraints, critical=True)
        .add_extension(key_usage(_OF_A_CA), critical=True)
        .add_extension(own, critical=False)
    )


def as_end(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    """It is no CA."""
    constraints = x509.BasicConstraints(ca=False, path_length=None)
    return builder.add_extension(constraints, critical=True)


def for_tls(
    builder: x509.CertificateBuilder, use: x509.ObjectIdentifier
) -> x509.CertificateBuilder:
    """It is for one end of TLS."""
    return (
        as_end(builder)
        .add_extension(key_usage(OF_OTHERS), critical=True)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    )


def with_responder(
    builder: x509.CertificateBuilder, responder: str | None
) -> x509.CertificateBuilder:
    """It names the URL of an OCSP responder, where there is one."""
    if responder is None:
        return builder
    access = x509.AccessDescription(
        AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(responder)
    )
    return builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)


def key_usage(allowed: Sequence[str]) -> x509.KeyUsage:
    """What its key may be used for."""
    return x509.KeyUsage(**{bit: bit in allowed for bit in _BITS})
