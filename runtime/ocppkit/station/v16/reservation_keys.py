"""The configuration keys of reservations (1.6 §9.3)."""

from __future__ import annotations

from ocppkit.station.v16.configuration import Key

__all__ = ["ANYWHERE", "reservation_keys"]

ANYWHERE = "ReserveConnectorZeroSupported"
"""The key that tells whether connector 0 can be reserved, that is, any connector (1.6 §9.3.1)."""


def reservation_keys() -> list[Key]:
    """The configuration keys of reservations (1.6 §9.3)."""
    return [Key(name=ANYWHERE, get=lambda: "true")]
