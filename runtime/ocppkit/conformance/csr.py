"""Checks of requests to sign a certificate, and of keys. Needs the extra ``security``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ocppkit.conformance.checks import Check, Found
from ocppkit.v201 import SignCertificateRequest

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

__all__ = ["fit_csr", "is_readable", "key_problem"]

_PEM: Final = re.compile(
    r"\s*-----BEGIN (NEW )?CERTIFICATE REQUEST-----[A-Za-z0-9+/=\s]+"
    r"-----END (NEW )?CERTIFICATE REQUEST-----\s*"
)
_RSA: Final = 2048
_ELLIPTIC: Final = 224
_V2G: Final = 256


def fit_csr(*, v2g: bool = False, common_name: str | None = None) -> Check:
    """A check of SignCertificate: PEM, RFC 2986, a long enough key (A02.FR.02, A02.FR.03).

    Args:
        v2g: whether it is for a V2G certificate, which has an elliptic curve of 256 bits at least.
        common_name: what the CN has to hold; anything unless told.
    """

    def check(request: SignCertificateRequest) -> tuple[Found, ...]:
        read = _read(request.csr)
        if isinstance(read, Found):
            return (read,)
        found = []
        if not read.is_signature_valid:
            found.append(Found(path="csr", expected="a signature by its key", came="another one"))
        problem = key_problem(read.public_key(), v2g=v2g)
        if problem is not None:
            found.append(problem)
        if common_name is not None and common_name not in _common_name(read):
            shown = _common_name(read)
            found.append(Found(path="csr: CN", expected=f"{common_name} in it", came=shown))
        return tuple(found)

    return check


def is_readable(csr: str) -> bool:
    """Whether it is a request that can be signed, good or not."""
    return not isinstance(_read(csr), Found)


def key_problem(key: PublicKeyTypes, *, v2g: bool = False) -> Found | None:
    """Why a public key is too short, or of the wrong kind (A00.FR.502, A00.FR.503)."""
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa  # noqa: PLC0415  # an extra

    match key:
        case ec.EllipticCurvePublicKey():
            least = _V2G if v2g else _ELLIPTIC
        case rsa.RSAPublicKey() | dsa.DSAPublicKey() if not v2g:
            least = _RSA
        case _ if v2g:
            return Found(path="key", expected="an elliptic curve", came=type(key).__name__)
        case _:
            return None  # Edwards curves have more than 224 bits
    if key.key_size >= least:
        return None
    return Found(path="key", expected=f"at least {least} bits", came=f"{key.key_size}")


def _read(csr: str) -> x509.CertificateSigningRequest | Found:
    from cryptography import x509  # noqa: PLC0415  # an extra

    if not _PEM.fullmatch(csr):
        return Found(path="csr", expected="one request in PEM", came=csr[:60])
    try:
        return x509.load_pem_x509_csr(csr.encode())
    except ValueError as error:
        return Found(path="csr", expected="a request as RFC 2986 has it", came=str(error))


def _common_name(request: x509.CertificateSigningRequest) -> str:
    from cryptography.x509.oid import NameOID  # noqa: PLC0415  # an extra

    names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""
