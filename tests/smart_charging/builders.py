"""Profiles in few words, and what a composite schedule says in tuples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ocppkit.smart_charging import (
    Composite,
    Conditions,
    Installed,
    Kind,
    Period,
    Prepared,
    Profile,
    Purpose,
    Recurrency,
    Schedule,
    Supply,
    Transaction,
    Unit,
    composite,
    prepare,
)
from ocppkit.smart_charging.model import DAY

NOON = datetime(2024, 3, 4, 12, tzinfo=UTC)
AT = int(NOON.timestamp())

DAILY = Recurrency.DAILY
WEEKLY = Recurrency.WEEKLY
ABSOLUTE = Kind.ABSOLUTE
RELATIVE = Kind.RELATIVE

Step = tuple[int, float | str] | tuple[int, float | str, int | None]
Limits = list[tuple[int, float | None]]


def moment(second: int) -> datetime:
    """The moment so many seconds after noon."""
    return datetime.fromtimestamp(AT + second, UTC)


def schedule(
    *steps: Step,
    unit: Unit = Unit.A,
    start: int | None = 0,
    duration: int | None = None,
    id: int | None = None,
    phase_to_use: int | None = None,
) -> Schedule:
    """Steps are start, limit and number of phases; the start is in s after noon."""
    return Schedule(
        id=id,
        unit=unit,
        start=None if start is None else moment(start),
        duration=duration,
        periods=tuple(
            Period(
                start=step[0],
                limit=Decimal(str(step[1])),
                phases=step[2] if len(step) == 3 else None,
                phase_to_use=phase_to_use,
            )
            for step in steps
        ),
    )


def several(
    *schedules: Schedule,
    purpose: Purpose = Purpose.TX_DEFAULT,
    level: int = 0,
    evse: int = 1,
    id: int = 1,
    kind: Kind | None = None,
    every: Recurrency | None = None,
    valid: tuple[int | None, int | None] = (None, None),
    transaction: str | None = None,
) -> Installed:
    """An installed profile of schedules; `valid` is in s after noon."""
    absolute = Kind.ABSOLUTE if every is None else Kind.RECURRING
    return Installed(
        evse=evse,
        profile=Profile(
            id=id,
            stack_level=level,
            purpose=purpose,
            kind=kind or absolute,
            recurrency=every,
            schedules=schedules,
            valid_from=None if valid[0] is None else moment(valid[0]),
            valid_to=None if valid[1] is None else moment(valid[1]),
            transaction_id=transaction,
        ),
    )


def default(*steps: Step, **more: Any) -> Installed:
    """A TxDefaultProfile."""
    return _profile(Purpose.TX_DEFAULT, 1, steps, more)


def tx(*steps: Step, **more: Any) -> Installed:
    """A TxProfile for transaction ``T``."""
    return _profile(Purpose.TX, 1, steps, {"transaction": "T", **more})


def highest(*steps: Step, **more: Any) -> Installed:
    """A ChargingStationMaxProfile."""
    return _profile(Purpose.STATION_MAX, 0, steps, more)


def external(*steps: Step, **more: Any) -> Installed:
    """ChargingStationExternalConstraints."""
    return _profile(Purpose.EXTERNAL_CONSTRAINTS, 0, steps, more)


def _profile(purpose: Purpose, evse: int, steps: Sequence[Step], more: dict[str, Any]) -> Installed:
    names = ("unit", "start", "duration", "phase_to_use")
    own = {name: more.pop(name) for name in names if name in more}
    if more.get("kind") is Kind.RELATIVE:
        own["start"] = None
    return several(schedule(*steps, **own), **{"purpose": purpose, "evse": evse, **more})


def going(start: int = 0, *, evse: int = 1, id: str | None = "T") -> Transaction:
    """A transaction that goes on; the start is in s after noon."""
    return Transaction(evse=evse, id=id, start=moment(start))


def ready(*installed: Installed, supply: Supply | None = None) -> Prepared:
    """Profiles, prepared."""
    return prepare(installed, supply or Supply())


def asked(
    *installed: Installed,
    at: int = 0,
    duration: int = DAY,
    unit: Unit = Unit.A,
    evse: int = 1,
    supply: Supply | None = None,
    **conditions: Any,
) -> Composite:
    """The composite schedule from so many seconds after noon on."""
    return composite(
        ready(*installed, supply=supply),
        Conditions(**conditions),
        evse=evse,
        start=AT + at,
        duration=duration,
        unit=unit,
    )


def limits(found: Composite) -> Limits:
    """Start and limit of each period."""
    return [
        (each.start, None if each.limit is None else float(each.limit)) for each in found.periods
    ]


def phases(found: Composite) -> list[int | None]:
    """The number of phases of each period."""
    return [each.phases for each in found.periods]
