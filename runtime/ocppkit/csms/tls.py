"""TLS of a CSMS from files, and whose certificate a station shows."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from pathlib import Path

from ocppkit.security.folders import read_roots
from ocppkit.security.profile import PROFILES
from ocppkit.security.secret import Secret
from ocppkit.security.tls import OwnCertificate, server_context

__all__ = ["names_station", "tls_from_files"]

_logger = logging.getLogger(__name__)


def tls_from_files(
    security_profile: int,
    *,
    chain: Path,
    key: Path,
    passphrase: Secret | None = None,
    station_ca: Path | None = None,
    crl: Path | None = None,
) -> ssl.SSLContext:
    """What `CsmsServer` takes as ``ssl``; reads files, so not to be called by a running event loop.

    Args:
        security_profile: that stations use at this port: 2 or 3 (A00.FR.006).
        chain: PEM: the CSMS's certificate, then those above it without the root.
        key: PEM.
        passphrase: of the key, where it is encrypted.
        station_ca: the roots of station certificates, which security profile 3 needs: a PEM file,
            or a folder of them.
        crl: a PEM file of revocation lists, of which every CA needs one.

    Raises:
        ValueError: security profile 3 without roots, or a profile without TLS.
        OSError: a file cannot be read or used.
    """
    context = server_context(
        PROFILES[security_profile],
        own=[OwnCertificate(chain=chain, key=key, passphrase=passphrase)],
        station_roots=() if station_ca is None else read_roots(station_ca),
        crl=crl,
    )
    if context is None:
        msg = f"security profile {security_profile} is without TLS"
        raise ValueError(msg)
    return context


def names_station(organization: str) -> Callable[[str, bytes | None], bool]:
    """Takes certificates that bear the identity and an organization (A00.FR.404, A00.FR.405).

    Where the serial number of a station is not its identity, look it up and use
    `station_certificate_problem` yourself. Needs the extra ``security``.

    Args:
        organization: the name of the CSO, as its stations' certificates have it.

    Returns:
        What `CsmsServer` takes as ``verify_certificate``.
    """
    from ocppkit.security.identity import station_certificate_problem  # noqa: PLC0415  # an extra

    def verify(identity: str, certificate: bytes | None) -> bool:
        problem = station_certificate_problem(
            certificate, serial_number=identity, organization=organization
        )
        if problem is not None:
            _logger.warning("%s: %s", identity, problem)
        return problem is None

    return verify
