"""TLS settings as the security profiles ask for them.

At least TLS 1.2, only the cipher suites below, keys and signatures of at least 112 bits (OpenSSL's
security level 2: RSA 2048, EC 224, no SHA-1), no compression, no renegotiation, and no roots but
the given ones. TLS 1.0 and 1.1, which 1.6 tolerates for old stations, are not offered.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from attrs import field, frozen

from ocppkit.security.profile import SecurityProfile
from ocppkit.security.secret import Secret
from ocppkit.security.tls_errors import WildcardRefused
from ocppkit.value import Value

__all__ = [
    "TLS12_CIPHERS",
    "OwnCertificate",
    "StationContext",
    "client_context",
    "server_context",
]

_C = TypeVar("_C", bound=ssl.SSLContext)

TLS12_CIPHERS: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
)
"""The four of A00.FR.318, 319, 421 and 422, and the forward secret pair for RSA certificates."""


@frozen(kw_only=True, eq=False, repr=False)
class OwnCertificate(Value):
    """A certificate to show in the handshake, by its files.

    Attributes:
        chain: PEM, the certificate first, then those above it without the root.
        key: PEM.
        passphrase: of the key, where it is encrypted.
    """

    chain: Path
    key: Path
    passphrase: Secret | None = field(default=None, hash=False)


def client_context(
    profile: SecurityProfile,
    *,
    roots: Sequence[str],
    own: OwnCertificate | None = None,
    allow_wildcards: bool = False,
    system_roots: bool = False,
    crl: Path | None = None,
) -> StationContext | None:
    """The TLS settings of a station; None for a profile without TLS.

    Reads files: not to be called in an event loop's thread.

    Args:
        profile: of the connection.
        roots: the trusted CSMS roots, PEM.
        own: what the station shows under profile 3, which needs it; also when it has expired: the
            CSMS decides (A00.FR.430).
        allow_wildcards: whether a CSMS may show a certificate with a wildcard name
            (AllowCSMSTLSWildcards, errata 2025-09 §2.62).
        system_roots: whether to trust what the operating system trusts, too.
        crl: a PEM file of revocation lists, of which every CA needs one; the CSMS's certificate is
            checked against them.

    Raises:
        ValueError: there is nothing to trust, or profile 3 without a certificate.
        ssl.SSLError: a certificate or key cannot be used.
        OSError: a file cannot be read.
    """
    if not profile.tls:
        return None
    if not roots and not system_roots:
        msg = "a station with TLS trusts at least one CSMS root"
        raise ValueError(msg)
    if profile.client_certificate and own is None:
        msg = f"security profile {profile.number} needs a certificate of the station"
        raise ValueError(msg)
    context = _strict(StationContext(ssl.PROTOCOL_TLS_CLIENT))
    context.sslobject_class = _Noting
    _trust(context, roots, crl)
    if system_roots:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if own is not None and profile.client_certificate:
        _load(context, own)
    if not allow_wildcards:
        context.sslobject_class = _NoWildcardsObject
        context.sslsocket_class = _NoWildcardsSocket
    return context


def server_context(
    profile: SecurityProfile,
    *,
    own: Sequence[OwnCertificate],
    station_roots: Sequence[str] = (),
    crl: Path | None = None,
) -> ssl.SSLContext | None:
    """The TLS settings of a CSMS; None for a profile without TLS.

    Reads files: not to be called in an event loop's thread.

    Args:
        profile: the one that stations use at this port (A00.FR.006).
        own: what the CSMS shows: one with an EC key and one with an RSA key serve every station
            (A00.FR.318).
        station_roots: what station certificates must lead to, PEM; profile 3 needs it.
        crl: a PEM file of revocation lists, of which every CA needs one; station certificates are
            checked against them.

    Raises:
        ValueError: there is no certificate, or profile 3 without roots.
        ssl.SSLError: a certificate or key cannot be used.
        OSError: a file cannot be read.
    """
    if not profile.tls:
        return None
    if not own:
        msg = "a CSMS with TLS shows a certificate"
        raise ValueError(msg)
    context = _strict(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    for certificate in own:
        _load(context, certificate)
    if profile.client_certificate:
        if not station_roots:
            msg = f"security profile {profile.number} needs the roots of station certificates"
            raise ValueError(msg)
        context.verify_mode = ssl.CERT_REQUIRED
        _trust(context, station_roots, crl)
    return context


def _strict(context: _C) -> _C:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join((*TLS12_CIPHERS, "@SECLEVEL=2")))
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    return context


def _trust(context: ssl.SSLContext, roots: Sequence[str], crl: Path | None) -> None:
    if roots:
        context.load_verify_locations(cadata="\n".join(roots))
    # A root that replaced another is signed by it and still the end of the chain
    # (AdditionalRootCertificateCheck).
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if crl is not None:
        context.load_verify_locations(cafile=crl)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF


def _load(context: ssl.SSLContext, own: OwnCertificate) -> None:
    # Without a passphrase OpenSSL would ask the terminal for one.
    secret = own.passphrase
    context.load_cert_chain(
        own.chain, own.key, password=lambda: b"" if secret is None else secret.reveal()
    )


def _refuse_wildcards(certificate: Mapping[str, Any]) -> None:
    names = [name for kind, name in certificate.get("subjectAltName", ()) if kind == "DNS"]
    for rdn in certificate.get("subject", ()):
        names += [value for kind, value in rdn if kind == "commonName"]
    if any("*" in name for name in names):
        raise WildcardRefused(ssl.SSL_ERROR_SSL, "the certificate has a wildcard name")


class StationContext(ssl.SSLContext):
    """The TLS settings of a station.

    Attributes:
        root: that the CSMS of the last handshake was checked with, DER; None before any, and where
            Python does not tell.
    """

    root: bytes | None = None


class _Noting(ssl.SSLObject):
    """TLS of asyncio; notes which root it ends at."""

    def do_handshake(self) -> None:
        super().do_handshake()
        if isinstance(self.context, StationContext):
            self.context.root = _end_of_chain(self)


def _end_of_chain(tls: ssl.SSLObject) -> bytes | None:
    """The last certificate of the chain as it was verified; for all to see since Python 3.13."""
    inside = getattr(tls, "_sslobj", None)
    ask = getattr(tls, "get_verified_chain", getattr(inside, "get_verified_chain", None))
    chain = ask() if ask is not None else None
    if not chain:
        return None
    last = chain[-1]
    return last if isinstance(last, bytes) else ssl.PEM_cert_to_DER_cert(last.public_bytes())


class _NoWildcardsObject(_Noting):
    """TLS of asyncio; ends the handshake before anything, such as a password, is sent."""

    def do_handshake(self) -> None:
        super().do_handshake()
        _refuse_wildcards(self.getpeercert() or {})


class _NoWildcardsSocket(ssl.SSLSocket):
    """The same for blocking sockets."""

    def do_handshake(self, block: bool = False) -> None:
        super().do_handshake(block)
        _refuse_wildcards(self.getpeercert() or {})
