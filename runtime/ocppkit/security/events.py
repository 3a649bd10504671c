"""Which security event a failure asks for, in the words of each version."""

from __future__ import annotations

from typing import Final, TypeAlias

from ocppkit.message import Version
from ocppkit.security.tls_errors import TlsReason
from ocppkit.v16.codes import SecurityEvent as EventV16
from ocppkit.v201.codes import SecurityEvent as EventV201

__all__ = [
    "DISCARDED_RENEWED_CLIENT_CERTIFICATE",
    "SecurityEvent",
    "invalid_own_certificate_event",
    "spelled",
    "tls_event",
]

SecurityEvent: TypeAlias = EventV16 | EventV201
"""A security event of either version; its ``critical`` says whether it must be sent."""

DISCARDED_RENEWED_CLIENT_CERTIFICATE: Final = "DiscardedRenewedClientCertificate"
"""Of 2.0.1, not in its table of events: the renewed certificate did not work (A02.FR.29)."""

_CSMS_CERTIFICATE: Final[dict[Version, SecurityEvent]] = {
    Version.V16: EventV16.INVALID_CENTRAL_SYSTEM_CERTIFICATE,
    Version.V201: EventV201.INVALID_CSMS_CERTIFICATE,
}
_OWN_CERTIFICATE: Final[dict[Version, SecurityEvent]] = {
    Version.V16: EventV16.INVALID_CHARGE_POINT_CERTIFICATE,
    Version.V201: EventV201.INVALID_CHARGING_STATION_CERTIFICATE,
}
_TLS_VERSION: Final[dict[Version, SecurityEvent]] = {
    Version.V16: EventV16.INVALID_TLS_VERSION,
    Version.V201: EventV201.INVALID_TLS_VERSION,
}
_CIPHER_SUITE: Final[dict[Version, SecurityEvent]] = {
    Version.V16: EventV16.INVALID_TLS_CIPHER_SUITE,
    Version.V201: EventV201.INVALID_TLS_CIPHER_SUITE,
}
_REFUSED: Final[dict[Version, SecurityEvent]] = {
    Version.V16: EventV16.FAILED_TO_AUTHENTICATE_AT_CENTRAL_SYSTEM,
    Version.V201: EventV201.FAILED_TO_AUTHENTICATE_AT_CSMS,
}

_IN_V16: Final[dict[str, SecurityEvent]] = {
    EventV201.CSMS_FAILED_TO_AUTHENTICATE: EventV16.CENTRAL_SYSTEM_FAILED_TO_AUTHENTICATE,
    EventV201.FAILED_TO_AUTHENTICATE_AT_CSMS: _REFUSED[Version.V16],
    EventV201.INVALID_CHARGING_STATION_CERTIFICATE: _OWN_CERTIFICATE[Version.V16],
    EventV201.INVALID_CSMS_CERTIFICATE: _CSMS_CERTIFICATE[Version.V16],
}


def spelled(type: str, version: Version) -> str:
    """A security event of 2.0.1, or a vendor's own, in the words of a version."""
    return str(_IN_V16.get(type, type)) if version is Version.V16 else type


def tls_event(reason: TlsReason, version: Version) -> SecurityEvent | None:
    """The event that a station reports when it could not connect (A00.FR.310, 316, 323, 413).

    Once for repeated failures, and once it is connected again (A00.FR.316).

    Args:
        reason: why TLS failed, seen by the station.
        version: that the station speaks.

    Returns:
        None where no event is made for it.
    """
    match reason:
        case TlsReason.OLD_TLS_VERSION:
            return _TLS_VERSION[version]
        case TlsReason.NO_SHARED_CIPHER:
            return _CIPHER_SUITE[version]
        case TlsReason.CERTIFICATE_REFUSED:
            return _REFUSED[version]
        case TlsReason.NO_TLS | TlsReason.OTHER | TlsReason.NO_CLIENT_CERTIFICATE:
            return None
        case _:
            return _CSMS_CERTIFICATE[version]


def invalid_own_certificate_event(version: Version) -> SecurityEvent:
    """The event for a CertificateSigned whose certificate is not valid (A02.FR.07)."""
    return _OWN_CERTIFICATE[version]
