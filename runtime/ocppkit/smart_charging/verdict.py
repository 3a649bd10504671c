"""What became of a profile at an instant: a reason with its data, and a line for people."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from attrs import frozen

from ocppkit.smart_charging.model import Installed, Period, Schedule, Unit
from ocppkit.smart_charging.prepared import PreparedProfile, Table

__all__ = ["Reason", "Verdict", "absence"]


class Reason(StrEnum):
    """Why a profile decides, or why not."""

    DECIDES = "decides"
    PHASE_CONFLICT = "phase conflict"
    """It asks for another phase than a second profile in force, so nothing may flow."""
    HIGHER = "higher"
    """It is in force, but another limit is lower."""
    LOWER_STACK_LEVEL = "lower stack level"
    OVERRULED = "overruled"
    """A TxProfile holds instead of this TxDefaultProfile (K02.FR.04)."""
    NOT_YET_VALID = "not yet valid"
    EXPIRED = "expired"
    BEFORE_START = "before start"
    PAST_DURATION = "past duration"
    BETWEEN_OCCURRENCES = "between occurrences"
    OTHER_EVSE = "other EVSE"
    OTHER_TRANSACTION = "other transaction"
    NO_TRANSACTION = "no transaction"
    """A TxProfile, and no transaction goes on at its EVSE."""
    IGNORED = "ignored"
    """Profiles of its purpose do not count now."""
    MISPLACED = "misplaced"
    """Its purpose has no meaning where it is installed (K01.FR.16, K04.FR.03)."""
    WITHIN_EVSE = "within EVSE"
    """The station is asked about, and this limits what an EVSE adds to the sum."""
    FOR_STATION = "for station"
    """An EVSE by itself is looked at, and this limits the station as a whole."""


@frozen(kw_only=True)
class Verdict:
    """What became of a profile.

    Attributes:
        installed: the profile.
        reason: why it decides, or why not.
        unit: of the limit.
        limit: what its period in force comes to in the unit; None where none is in force.
        schedule: that it goes by; None where none is in force.
        period: that is in force; None where none is.
        since: when its time passed, in epoch s; None where that is not the reason.
        until: when its time comes, in epoch s; None where that is not the reason, or it never does.
        other: the profile that decides instead; None where that is none.
    """

    installed: Installed
    reason: Reason
    unit: Unit
    limit: Decimal | None = None
    schedule: Schedule | None = None
    period: Period | None = None
    since: int | None = None
    until: int | None = None
    other: Installed | None = None

    @property
    def text(self) -> str:
        """One line for people."""
        profile = self.installed.profile
        head = f"profile {profile.id} ({profile.purpose}, stack level {profile.stack_level})"
        return f"{head} {self._predicate}"

    @property
    def _predicate(self) -> str:
        limit = "its limit" if self.limit is None else f"{self.limit:f} {self.unit}"
        start = "" if self.period is None else f" from its period at {self.period.start} s"
        since, until = _said("since", self.since), _said("until", self.until)
        other = "another limit" if self.other is None else f"profile {self.other.profile.id}"
        transaction = self.installed.profile.transaction_id
        return {
            Reason.DECIDES: f"decides: {limit}{start}",
            Reason.PHASE_CONFLICT: f"asks for another phase than {other}, so nothing may flow",
            Reason.HIGHER: f"allows {limit}{start}, more than {other}",
            Reason.LOWER_STACK_LEVEL: f"has a lower stack level than {other}",
            Reason.OVERRULED: f"is overruled by {other}, a TxProfile",
            Reason.NOT_YET_VALID: f"is not valid{until}",
            Reason.EXPIRED: f"is not valid any more{since}",
            Reason.BEFORE_START: f"does not start{until}",
            Reason.PAST_DURATION: f"is past its duration{since}",
            Reason.BETWEEN_OCCURRENCES: f"is between two occurrences{since}{until}",
            Reason.OTHER_EVSE: f"is for EVSE {self.installed.evse}",
            Reason.OTHER_TRANSACTION: f"is for transaction {transaction}, which is not this one",
            Reason.NO_TRANSACTION: "waits for a transaction",
            Reason.IGNORED: "does not count: its purpose is ignored now",
            Reason.MISPLACED: f"has no meaning at EVSE {self.installed.evse}",
            Reason.WITHIN_EVSE: "limits what an EVSE adds to the sum",
            Reason.FOR_STATION: "limits the station as a whole",
        }[self.reason]


def absence(
    ready: PreparedProfile, table: Table, session: int, at: int
) -> tuple[Reason, int | None, int | None]:
    """Why a profile has no period at an instant at which it has none; since when, until when.

    Args:
        ready: the profile.
        table: the schedule that it goes by.
        session: what relative schedules count from, in epoch s.
        at: the instant, in epoch s.
    """
    if ready.valid_from is not None and at < ready.valid_from:
        return Reason.NOT_YET_VALID, None, ready.valid_from
    if ready.valid_to is not None and at >= ready.valid_to:
        return Reason.EXPIRED, ready.valid_to, None
    base = session if table.base is None else table.base
    first = table.starts[0] if table.starts else 0
    if at < base + first:
        return Reason.BEFORE_START, None, base + first
    lasts = table.duration or 0
    if ready.every is None or not table.starts:
        return Reason.PAST_DURATION, base + lasts, None
    base += (at - base) // ready.every * ready.every
    if at < base + first:
        base -= ready.every
    return Reason.BETWEEN_OCCURRENCES, base + min(lasts, ready.every), base + ready.every + first


def _said(word: str, second: int | None) -> str:
    if second is None:
        return ""
    try:
        return f" {word} {datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (OverflowError, ValueError):  # after the year 9999
        return f" {word} {second} s after 1970"
