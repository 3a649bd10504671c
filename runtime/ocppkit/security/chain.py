"""Validation of a certificate's chain up to a trusted root (RFC 5280 §6, A00.FR.308).

`cryptography.x509.verification` judges by the rules of the web, which ask for what OCPP advises
against (subjectAltName, extended key usage: A00.FR.511, A00.FR.514); and a precise reason is
needed here. Policies and name constraints are not evaluated: where they are critical, the chain is
refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias, TypeVar

from attrs import field, frozen
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from ocppkit.value import Value

__all__ = [
    "ChainProblem",
    "ChainReason",
    "IsRevoked",
    "Usage",
    "ValidChain",
    "common_name",
    "is_issued_by",
    "is_weak",
    "validate_chain",
]

_E = TypeVar("_E", bound=x509.ExtensionType)

MAX_PATH: Final = 6
_MAX_CANDIDATES: Final = 16


class ChainReason(StrEnum):
    """Why a chain is not valid."""

    BROKEN_SIGNATURE = "a signature is broken"
    EXPIRED = "it has expired"
    NOT_YET_VALID = "it is not valid yet"
    REVOKED = "it is revoked"
    TOO_LONG = "the chain is too long"
    UNKNOWN_ROOT = "the chain leads to no trusted root"
    WEAK_KEY = "its key or signature is too weak"
    WRONG_NAME = "it is for another name"
    WRONG_USAGE = "it may not be used for this"


class Usage(StrEnum):
    """What the certificate at the chain's end is to be used for."""

    TLS_CLIENT = "TLS client"
    TLS_SERVER = "TLS server"
    SIGNING = "signing"
    CONTRACT = "a contract"


_EXTENDED: Final = {
    Usage.TLS_CLIENT: ExtendedKeyUsageOID.CLIENT_AUTH,
    Usage.TLS_SERVER: ExtendedKeyUsageOID.SERVER_AUTH,
    Usage.SIGNING: ExtendedKeyUsageOID.CODE_SIGNING,
}
"""What an extended key usage has to say, where there is one; of a contract ISO 15118 says none."""

_EVALUATED: Final = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
}

IsRevoked: TypeAlias = Callable[[x509.Certificate, x509.Certificate], bool]
"""Whether a certificate, given with its issuer, is known to be revoked."""


@frozen(kw_only=True, eq=False, repr=False)
class ValidChain(Value):
    """A chain that is valid.

    Attributes:
        chain: the certificate, then those above it, without the root.
        root: the trusted one.
    """

    chain: tuple[x509.Certificate, ...] = field(repr=False)
    root: x509.Certificate = field(repr=False)


@frozen(kw_only=True, eq=False, repr=False)
class ChainProblem(Value):
    """Why a chain is not valid.

    Attributes:
        reason: the kind.
        subject: of the certificate at fault.
    """

    reason: ChainReason
    subject: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.reason.value}"


def validate_chain(
    certificate: x509.Certificate,
    *,
    above: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    now: datetime,
    usage: Usage,
    name: str | None = None,
    max_path: int = MAX_PATH,
    is_revoked: IsRevoked | None = None,
) -> ValidChain | ChainProblem:
    """Validate a certificate.

    Args:
        certificate: to be judged.
        above: what came with it, in any order; what does not belong to the chain is left out.
        roots: the trusted ones.
        now: the time to judge at, aware.
        usage: what it is to be used for.
        name: what its CN must be, upper or lower case.
        max_path: how many certificates the chain may have, with the root.
        is_revoked: asked for each certificate but the root.

    Returns:
        The chain, or the problem of the most promising path.
    """
    if name is not None and (common_name(certificate) or "").casefold() != name.casefold():
        return _problem(certificate, ChainReason.WRONG_NAME)
    problem: ChainProblem | None = None
    for tried, path in enumerate(_paths((certificate,), above, roots, max_path)):
        found = _path_problem(path, now, usage, is_revoked)
        if found is None:
            return ValidChain(chain=path[:-1], root=path[-1])
        problem = problem or found
        if tried >= _MAX_CANDIDATES:
            break
    return problem or _dead_end(certificate, above, roots, max_path)


def common_name(certificate: x509.Certificate) -> str | None:
    """The CN of a certificate; None where it has none or several."""
    values = [str(a.value) for a in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return values[0] if len(values) == 1 else None


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's name and key say so."""
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def is_weak(certificate: x509.Certificate) -> bool:
    """Whether its key has less than 112 bits of security (A00.FR.501, A00.FR.502, A00.FR.503)."""
    match certificate.public_key():
        case rsa.RSAPublicKey() | dsa.DSAPublicKey() as key:
            return key.key_size < 2048
        case ec.EllipticCurvePublicKey() as key:
            return key.key_size < 224
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            return False
        case _:
            return True


def _paths(
    path: tuple[x509.Certificate, ...],
    above: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    max_path: int,
) -> Iterator[tuple[x509.Certificate, ...]]:
    """The ways to a root, shortest first where the CA is one itself."""
    if len(path) >= max_path:
        return
    last = path[-1]
    for root in roots:
        if root != last and is_issued_by(last, root):
            yield (*path, root)
    for candidate in above:
        # A CA twice in a path leads nowhere new (RFC 5280 §6.1), and would cost without end.
        again = candidate in roots or any(_is_same_ca(candidate, other) for other in path)
        if not again and is_issued_by(last, candidate):
            yield from _paths((*path, candidate), above, roots, max_path)


def _is_same_ca(one: x509.Certificate, other: x509.Certificate) -> bool:
    return one.subject == other.subject and one.public_key() == other.public_key()


def _dead_end(
    certificate: x509.Certificate,
    above: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    max_path: int,
) -> ChainProblem:
    """Why no path leads to a root."""
    path = [certificate]
    while True:
        last = path[-1]
        if len(path) >= max_path:
            return _problem(certificate, ChainReason.TOO_LONG)
        named = [c for c in (*roots, *above) if c != last and c.subject == last.issuer]
        issuers = [c for c in named if is_issued_by(last, c)]
        if named and not issuers:
            return _problem(last, ChainReason.BROKEN_SIGNATURE)
        fresh = [c for c in issuers if not any(_is_same_ca(c, other) for other in path)]
        if not fresh:
            return _problem(last, ChainReason.UNKNOWN_ROOT)
        path.append(fresh[0])


def _path_problem(  # noqa: PLR0911  # a return a rule
    path: tuple[x509.Certificate, ...],
    now: datetime,
    usage: Usage,
    is_revoked: IsRevoked | None,
) -> ChainProblem | None:
    below = 0  # how many CAs that are not self-issued stand below, the certificate left out
    for index, certificate in enumerate(path):
        root = index == len(path) - 1
        if now < certificate.not_valid_before_utc:
            return _problem(certificate, ChainReason.NOT_YET_VALID)
        if now > certificate.not_valid_after_utc:
            return _problem(certificate, ChainReason.EXPIRED)
        if is_weak(certificate) or (not root and _has_weak_signature(certificate)):
            return _problem(certificate, ChainReason.WEAK_KEY)
        if index == 0:
            if not _may_be_used(certificate, usage):
                return _problem(certificate, ChainReason.WRONG_USAGE)
        else:
            length = _path_length(certificate)
            if length is None:
                return _problem(certificate, ChainReason.WRONG_USAGE)
            if below > length:
                return _problem(certificate, ChainReason.TOO_LONG)
            below += certificate.issuer != certificate.subject
        if not root and is_revoked is not None and is_revoked(certificate, path[index + 1]):
            return _problem(certificate, ChainReason.REVOKED)
    return None


def _may_be_used(certificate: x509.Certificate, usage: Usage) -> bool:
    extensions = certificate.extensions
    constraints = _extension(extensions, x509.BasicConstraints)
    key_usage = _extension(extensions, x509.KeyUsage)
    extended = _extension(extensions, x509.ExtendedKeyUsage)
    signs = key_usage is None or key_usage.digital_signature
    if usage is Usage.TLS_SERVER and key_usage is not None:
        signs = signs or key_usage.key_encipherment  # for TLS_RSA
    allowed = {_EXTENDED.get(usage), ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    free = extended is None or usage not in _EXTENDED
    return (
        _is_understood(extensions)
        and not (constraints is not None and constraints.ca)
        and signs
        and (free or not allowed.isdisjoint(extended or ()))
    )


def _path_length(certificate: x509.Certificate) -> int | None:
    """How many CAs may stand below a CA; None where it is none."""
    extensions = certificate.extensions
    constraints = _extension(extensions, x509.BasicConstraints)
    key_usage = _extension(extensions, x509.KeyUsage)
    if constraints is None or not constraints.ca or not _is_understood(extensions):
        return None
    if key_usage is not None and not key_usage.key_cert_sign:
        return None
    return MAX_PATH if constraints.path_length is None else constraints.path_length


def _is_understood(extensions: x509.Extensions) -> bool:
    return all(extension.oid in _EVALUATED for extension in extensions if extension.critical)


def _extension(extensions: x509.Extensions, kind: type[_E]) -> _E | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _has_weak_signature(certificate: x509.Certificate) -> bool:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return True
    return algorithm is not None and algorithm.digest_size < 28  # SHA-224; None: Ed25519, Ed448


def _problem(certificate: x509.Certificate, reason: ChainReason) -> ChainProblem:
    return ChainProblem(reason=reason, subject=certificate.subject.rfc4514_string())
