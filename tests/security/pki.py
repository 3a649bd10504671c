"""Real certificates for tests: whatever is needed, also wrong ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from ocppkit.security.keys import PrivateKey
from ocppkit.security.pem import to_pem

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SERIAL = "CS-0001"
CSO = "Example Charging"

CA_USAGE = ("key_cert_sign", "crl_sign")


def key_usage(*allowed: str) -> x509.KeyUsage:
    bits = (
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
    return x509.KeyUsage(**{bit: bit in allowed for bit in bits})


def subject(common_name: str, organization: str | None = CSO) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization is not None:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


def new_key() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@frozen(kw_only=True)
class Holder:
    """A certificate with its key, and those above it."""

    certificate: x509.Certificate
    key: PrivateKey
    above: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> str:
        return to_pem([self.certificate])

    @property
    def chain_pem(self) -> str:
        return to_pem([self.certificate, *self.above])

    def issue(  # a test says what it needs only
        self,
        name: str,
        *,
        ca: bool = False,
        path_length: int | None = None,
        organization: str | None = CSO,
        key: PrivateKey | rsa.RSAPrivateKey | None = None,
        public_key: Any = None,
        not_before: datetime = NOW - DAY,
        not_after: datetime = NOW + 365 * DAY,
        usage: Sequence[str] | None = None,
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
        serial_number: int | None = None,
    ) -> Holder:
        key = key or new_key()
        certificate = build(
            subject(name, organization),
            public_key or key.public_key(),
            issuer=self.certificate.subject,
            signer=self.key,
            ca=ca,
            path_length=path_length,
            not_before=not_before,
            not_after=not_after,
            usage=usage,
            extensions=extensions,
            serial_number=serial_number,
        )
        is_root = self.certificate.issuer == self.certificate.subject
        above = self.above if is_root else (self.certificate, *self.above)
        return Holder(certificate=certificate, key=key, above=above)


def build(
    name: x509.Name,
    public_key: Any,
    *,
    issuer: x509.Name,
    signer: PrivateKey,
    ca: bool,
    path_length: int | None = None,
    not_before: datetime = NOW - DAY,
    not_after: datetime = NOW + 3650 * DAY,
    usage: Sequence[str] | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    serial_number: int | None = None,
) -> x509.Certificate:
    used = usage or (CA_USAGE if ca else ("digital_signature", "key_agreement"))
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(serial_number or x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(key_usage(*used), critical=True)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(signer, hashes.SHA256())


def new_root(name: str = "CSO Root", **changed: Any) -> Holder:
    key = changed.pop("key", None) or new_key()
    certificate = build(
        subject(name), key.public_key(), issuer=subject(name), signer=key, ca=True, **changed
    )
    return Holder(certificate=certificate, key=key)
