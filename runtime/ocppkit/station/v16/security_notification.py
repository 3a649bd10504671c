"""Security events in the words of the security extension of 1.6 (whitepaper A04)."""

from __future__ import annotations

from typing import Final

from ocppkit.message import Version
from ocppkit.security.events import spelled
from ocppkit.station.hardware import SecurityEvent
from ocppkit.v16 import SecurityEventNotificationRequest
from ocppkit.v16.codes import SecurityEvent as EventV16

__all__ = ["notification"]

_ROUTINE: Final = frozenset(
    {EventV16.STARTUP_OF_THE_DEVICE, EventV16.RESET_OR_REBOOT, EventV16.SETTING_SYSTEM_TIME}
)
_DEMANDED: Final = frozenset(
    {EventV16.INVALID_FIRMWARE_SIGNATURE, EventV16.INVALID_FIRMWARE_SIGNING_CERTIFICATE}
)
"""Not critical, and told all the same (whitepaper L01.FR.02, L01.FR.03)."""

_NAMES: Final = frozenset(EventV16)
_LONGEST_INFO: Final = 255
_LONGEST_TYPE: Final = 50


def notification(event: SecurityEvent, *, profile: int) -> SecurityEventNotificationRequest | None:
    """The message for a security event; None for one that is only logged (whitepaper A04.FR.01).

    What is in no table is sent. Under security profile 0, what every start brings is not: such a
    central system may know nothing of the extension.

    Args:
        event: what happened.
        profile: the security profile in use.
    """
    name = spelled(event.type, Version.V16)
    known = EventV16(name) if name in _NAMES else None
    if known is not None and not known.critical and known not in _DEMANDED:
        return None
    if known in _ROUTINE and profile == 0:
        return None
    if event.at is None:
        return None
    info = event.tech_info
    return SecurityEventNotificationRequest(
        type=name[:_LONGEST_TYPE],
        timestamp=event.at,
        tech_info=None if info is None else info[:_LONGEST_INFO],
    )
