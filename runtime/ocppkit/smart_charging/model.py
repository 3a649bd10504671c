"""Charging profiles as both versions mean them, without the wire: values that never change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from ocppkit.smart_charging.terms import (
    DAY,
    WEEK,
    Kind,
    LimitSource,
    Purpose,
    Recurrency,
    Unit,
)

__all__ = [
    "DAY",
    "WEEK",
    "Installed",
    "Kind",
    "LimitSource",
    "Period",
    "Profile",
    "Purpose",
    "Recurrency",
    "Schedule",
    "Supply",
    "Transaction",
    "Unit",
    "same_transaction",
]


def _nothing() -> Mapping[str, Any]:
    return {}


@frozen(kw_only=True)
class Period:
    """A step of a schedule; it lasts until the next one or the end of the schedule (K01.FR.12).

    Attributes:
        start: in s from the start of the schedule.
        limit: the most that may flow, in the unit of the schedule.
        phases: on how many phases; None where the profile does not say.
        phase_to_use: which one, 1 to 3, where it is one; None leaves it to the station.
        extra: what else the message said here, as plain JSON: the engine does not read it.
    """

    start: int
    limit: Decimal
    phases: int | None = None
    phase_to_use: int | None = None
    extra: Mapping[str, Any] = field(factory=_nothing)


@frozen(kw_only=True)
class Schedule:
    """How much may flow over time.

    Attributes:
        unit: of the limits and of `min_rate`.
        periods: in the order of their starts; the first starts at 0.
        id: of the schedule; None in 1.6, which has none.
        start: what an absolute or recurring schedule counts from, in aware UTC.
        duration: in s; None lets the last period go on.
        min_rate: below this charging is inefficient, in the unit; a hint for sharing power.
        extra: as of a period.
    """

    unit: Unit
    periods: tuple[Period, ...]
    id: int | None = None
    start: datetime | None = None
    duration: int | None = None
    min_rate: Decimal | None = None
    extra: Mapping[str, Any] = field(factory=_nothing)


@frozen(kw_only=True)
class Profile:
    """One or more schedules, with what they are for and when they hold.

    Attributes:
        id: unique within the station.
        stack_level: among profiles of a purpose the highest that has a period now decides.
        purpose: what it limits.
        kind: what its times count from.
        schedules: one, or up to three for the EV to choose from (ISO 15118).
        recurrency: of a recurring profile.
        valid_from: before this moment it does not hold; aware UTC.
        valid_to: from this moment on it holds no more; aware UTC.
        transaction_id: of the transaction that it is for; a number in 1.6, here as text.
        extra: as of a period.
    """

    id: int
    stack_level: int
    purpose: Purpose
    kind: Kind
    schedules: tuple[Schedule, ...]
    recurrency: Recurrency | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction_id: str | None = None
    extra: Mapping[str, Any] = field(factory=_nothing)


@frozen(kw_only=True)
class Installed:
    """A profile in its place.

    Attributes:
        evse: where it is installed; the connector in 1.6; 0 for the station.
        profile: the profile.
        source: who set it.
        since: when it took effect, which relative schedules of the station count from (K01.FR.41);
            aware UTC; None where nobody knows.
    """

    evse: int
    profile: Profile
    source: LimitSource = LimitSource.CSO
    since: datetime | None = None


@frozen(kw_only=True)
class Transaction:
    """A transaction that is going on.

    Attributes:
        evse: where; the connector in 1.6.
        id: in 1.6 the number as text, None until the CSMS gave it.
        start: when energy could flow first, which relative schedules count from (K01.FR.42); aware
            UTC.
    """

    evse: int
    id: str | None
    start: datetime


def same_transaction(one: str | None, other: str | None) -> bool:
    """Whether two ids are of one transaction; case makes no difference (2.0.1 Part 2 §2.1.4)."""
    if one is None or other is None:
        return one is other
    return one.lower() == other.lower()


@frozen(kw_only=True)
class Supply:
    """The grid that an EVSE hangs on, by which amperes become watts (K01.FR.50).

    Attributes:
        voltage: between a line and neutral as the area has it, in V; of DC the highest that flows.
        phases: how many there are.
        dc: whether it gives direct current, which has no phases (K01.FR.44).
    """

    voltage: Decimal = Decimal(230)
    phases: int = 3
    dc: bool = False
