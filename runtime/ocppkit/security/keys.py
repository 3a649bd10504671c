"""Key pairs of the station and the requests to sign them."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from ocppkit.security.identity import common_name_problem
from ocppkit.security.pem import public_bytes
from ocppkit.security.secret import Secret

__all__ = [
    "KeyKind",
    "PrivateKey",
    "fits",
    "generate_key",
    "key_to_pem",
    "read_key",
    "read_request",
    "requested_names",
    "signing_request",
]

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
"""A private key; as text it shows its address in memory only."""


class KeyKind(StrEnum):
    """Which key pair to make; all have at least 112 bits of security (A00.FR.501)."""

    ECDSA_P256 = "ECDSA P-256"
    ECDSA_P384 = "ECDSA P-384"
    RSA_2048 = "RSA 2048"
    RSA_3072 = "RSA 3072"
    RSA_4096 = "RSA 4096"


def generate_key(kind: KeyKind = KeyKind.ECDSA_P256) -> PrivateKey:
    """Make a key pair; RSA may take seconds: not to be called in an event loop's thread."""
    match kind:
        case KeyKind.ECDSA_P256:
            return ec.generate_private_key(ec.SECP256R1())
        case KeyKind.ECDSA_P384:
            return ec.generate_private_key(ec.SECP384R1())
        case KeyKind.RSA_2048 | KeyKind.RSA_3072 | KeyKind.RSA_4096:
            bits = int(kind.value.removeprefix("RSA "))
            return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def key_to_pem(key: PrivateKey, passphrase: Secret | None) -> bytes:
    """A private key as PKCS #8 in PEM, encrypted where there is a passphrase.

    For the disk only: it goes into no message, log or report (A02.FR.05).
    """
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        encryption = serialization.BestAvailableEncryption(passphrase.reveal())
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, encryption)


def read_key(pem: bytes, passphrase: Secret | None) -> PrivateKey:
    """Read what `key_to_pem` wrote.

    Raises:
        ValueError: it is no such key, or the passphrase is wrong; says nothing of either.
    """
    try:
        key = serialization.load_pem_private_key(
            pem, passphrase.reveal() if passphrase is not None else None
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        msg = "this is no private key, or its passphrase is another"
        raise ValueError(msg)  # noqa: TRY004  # it is the content that is wrong
    return key


def signing_request(
    key: PrivateKey,
    *,
    common_name: str,
    organization: str,
    country: str | None = None,
    domain_component: str | None = None,
) -> str:
    """A request to sign the public key of a pair, in PEM (A02.FR.03, RFC 2986).

    Args:
        key: of the station.
        common_name: its serial number (A00.FR.511); for V2G its SECC id.
        organization: OrganizationName or CpoName (A00.FR.509).
        country: two letters.
        domain_component: ``"CPO"`` for a V2G certificate (ISO 15118-2 annex F).

    Raises:
        ValueError: a name is empty or too long, or the common name looks like a host.
    """
    problem = common_name_problem(common_name)
    if problem is not None:
        raise ValueError(problem.value)
    attributes = [
        x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
    ]
    if country is not None:
        attributes.append(x509.NameAttribute(NameOID.COUNTRY_NAME, country))
    if domain_component is not None:
        attributes.append(x509.NameAttribute(NameOID.DOMAIN_COMPONENT, domain_component))
    digest = hashes.SHA384() if _is_p384(key) else hashes.SHA256()
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name(attributes))
        .sign(key, digest)
    )
    return request.public_bytes(serialization.Encoding.PEM).decode()


def read_request(csr: str) -> x509.CertificateSigningRequest:
    """Read what `signing_request` wrote.

    Raises:
        ValueError: it is none.
    """
    return x509.load_pem_x509_csr(csr.encode())


def requested_names(csr: str) -> tuple[str, str]:
    """The common name and the organization of a request; empty where it has none."""
    subject = read_request(csr).subject
    return _value(subject, NameOID.COMMON_NAME), _value(subject, NameOID.ORGANIZATION_NAME)


def fits(signed: x509.Certificate | x509.CertificateSigningRequest, key: PrivateKey) -> bool:
    """Whether a certificate, or a request for one, is for a key."""
    return public_bytes(signed.public_key()) == public_bytes(key.public_key())


def _value(subject: x509.Name, oid: x509.ObjectIdentifier) -> str:
    return next((str(each.value) for each in subject.get_attributes_for_oid(oid)), "")


def _is_p384(key: PrivateKey) -> bool:
    return isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP384R1)
