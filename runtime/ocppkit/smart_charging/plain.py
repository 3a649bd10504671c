"""Installed profiles as plain JSON of our own, for keeping them: lossless, and versioned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ocppkit.smart_charging.model import (
    Installed,
    Kind,
    LimitSource,
    Period,
    Profile,
    Purpose,
    Recurrency,
    Schedule,
    Unit,
)

__all__ = ["from_plain", "to_plain"]

_FORMAT: Final = 1
"""Of what is written; it changes when an older program could not read that any more."""


def to_plain(installed: Installed) -> dict[str, Any]:
    """An installed profile as JSON values; decimals and times are texts, None is left out."""
    profile = installed.profile
    return {
        "format": _FORMAT,
        "evse": installed.evse,
        "source": installed.source.value,
        **_without_none(since=_time_text(installed.since)),
        "profile": _without_none(
            id=profile.id,
            stack_level=profile.stack_level,
            purpose=profile.purpose.value,
            kind=profile.kind.value,
            recurrency=None if profile.recurrency is None else profile.recurrency.value,
            valid_from=_time_text(profile.valid_from),
            valid_to=_time_text(profile.valid_to),
            transaction_id=profile.transaction_id,
            schedules=[_schedule(each) for each in profile.schedules],
            extra=dict(profile.extra) or None,
        ),
    }


def from_plain(plain: Any) -> Installed:
    """The installed profile that `to_plain` made this of.

    Raises:
        ValueError: it is none, or of a newer program.
    """
    try:
        if plain["format"] != _FORMAT:
            msg = f"format {plain['format']!r} is not known, only {_FORMAT}"
            raise ValueError(msg)
        return Installed(
            evse=_whole(plain["evse"]),
            source=LimitSource(plain["source"]),
            since=_time(plain.get("since")),
            profile=_read_profile(plain["profile"]),
        )
    except (ArithmeticError, AttributeError, KeyError, TypeError) as error:
        msg = f"no installed profile: {error!r}"
        raise ValueError(msg) from error


def _without_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _time_text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _decimal_text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _schedule(schedule: Schedule) -> dict[str, Any]:
    return _without_none(
        unit=schedule.unit.value,
        id=schedule.id,
        start=_time_text(schedule.start),
        duration=schedule.duration,
        min_rate=_decimal_text(schedule.min_rate),
        periods=[_period(each) for each in schedule.periods],
        extra=dict(schedule.extra) or None,
    )


def _period(period: Period) -> dict[str, Any]:
    return _without_none(
        start=period.start,
        limit=str(period.limit),
        phases=period.phases,
        phase_to_use=period.phase_to_use,
        extra=dict(period.extra) or None,
    )


def _read_profile(plain: Mapping[str, Any]) -> Profile:
    recurrency = plain.get("recurrency")
    return Profile(
        id=_whole(plain["id"]),
        stack_level=_whole(plain["stack_level"]),
        purpose=Purpose(plain["purpose"]),
        kind=Kind(plain["kind"]),
        recurrency=None if recurrency is None else Recurrency(recurrency),
        valid_from=_time(plain.get("valid_from")),
        valid_to=_time(plain.get("valid_to")),
        transaction_id=_text(plain.get("transaction_id")),
        schedules=tuple(_read_schedule(each) for each in plain["schedules"]),
        extra=_object(plain.get("extra")),
    )


def _read_schedule(plain: Mapping[str, Any]) -> Schedule:
    return Schedule(
        unit=Unit(plain["unit"]),
        id=_perhaps_whole(plain.get("id")),
        start=_time(plain.get("start")),
        duration=_perhaps_whole(plain.get("duration")),
        min_rate=None if "min_rate" not in plain else _decimal(plain["min_rate"]),
        periods=tuple(_read_period(each) for each in plain["periods"]),
        extra=_object(plain.get("extra")),
    )


def _read_period(plain: Mapping[str, Any]) -> Period:
    return Period(
        start=_whole(plain["start"]),
        limit=_decimal(plain["limit"]),
        phases=_perhaps_whole(plain.get("phases")),
        phase_to_use=_perhaps_whole(plain.get("phase_to_use")),
        extra=_object(plain.get("extra")),
    )


def _whole(value: Any) -> int:
    if type(value) is not int:
        msg = f"an integer is expected, not {value!r}"
        raise TypeError(msg)
    return value


def _perhaps_whole(value: Any) -> int | None:
    return None if value is None else _whole(value)


def _text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        msg = f"a text is expected, not {value!r}"
        raise TypeError(msg)
    return value


def _decimal(value: Any) -> Decimal:
    if not isinstance(value, str):
        msg = f"a number as text is expected, not {value!r}"
        raise TypeError(msg)
    number = Decimal(value)
    if not number.is_finite() or number < 0:
        raise InvalidOperation(value)
    return number


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        msg = f"an aware time is expected, not {value!r}"
        raise ValueError(msg)
    return moment


def _object(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        msg = f"an object is expected, not {value!r}"
        raise TypeError(msg)
    return value
