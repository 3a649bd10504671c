"""What is known of a token: whether its driver may charge, until when, and whose group it is in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from ocppkit.value import Value

__all__ = ["Entry", "Status", "fold"]


class Status(StrEnum):
    """What the CSMS says of a token (AuthorizationStatusEnumType; 1.6 knows the first five)."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    CONCURRENT_TX = "ConcurrentTx"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    NO_CREDIT = "NoCredit"
    NOT_ALLOWED_TYPE_EVSE = "NotAllowedTypeEVSE"
    NOT_AT_THIS_LOCATION = "NotAtThisLocation"
    NOT_AT_THIS_TIME = "NotAtThisTime"
    UNKNOWN = "Unknown"


_VALID = frozenset({Status.ACCEPTED, Status.CONCURRENT_TX})


@frozen(kw_only=True, eq=False, repr=False)
class Entry(Value):
    """What the CSMS once said of a token.

    Attributes:
        status: whether its driver may charge.
        expires: from when on it is no longer valid; aware UTC. None: that never happens.
        group_id: the group that it belongs to: its parent in 1.6.
        evses: where it may charge; empty for everywhere (C01.FR.20).
        priority: chargingPriority, of its transactions.
        languages: that its driver understands, best first, as ``en-US`` (C01.FR.08).
    """

    status: Status
    expires: datetime | None = None
    group_id: str | None = None
    evses: tuple[int, ...] = ()
    priority: int = 0
    languages: tuple[str, ...] = ()

    def status_at(self, now: datetime) -> Status:
        """The status at a moment: one that was valid may have expired (1.6 §3.5.1)."""
        expired = self.expires is not None and self.expires <= now
        return Status.EXPIRED if expired and self.status in _VALID else self.status

    def valid_at(self, now: datetime) -> bool:
        """Whether the token is valid at a moment, if perhaps busy elsewhere (1.6 §3.5.2)."""
        return self.status_at(now) in _VALID


def fold(token: str) -> str:
    """The spelling under which a token is found: case makes no difference."""
    return token.lower()
