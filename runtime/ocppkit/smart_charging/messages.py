"""Charging profiles between the messages of both versions and the model; nothing gets lost.

A limit becomes the decimal that its number reads as: 16.1 is 16.1, and not what the nearest double
is. What the engine does not read (`customData`, `salesTariff`) stays as plain JSON in `extra`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from ocppkit import v16, v201
from ocppkit.codec import codec_for
from ocppkit.message import Struct, Version
from ocppkit.smart_charging.composition import Composite, CompositePeriod
from ocppkit.smart_charging.model import Kind, Period, Profile, Purpose, Recurrency, Schedule, Unit

__all__ = [
    "composite_to_v16",
    "composite_to_v201",
    "from_v16",
    "from_v201",
    "purpose_from_v16",
    "to_v16",
    "to_v201",
]

_CUSTOM_DATA = "customData"
_SALES_TARIFF = "salesTariff"

S = TypeVar("S", bound=Struct)


def from_v16(profile: v16.ChargingProfile) -> Profile:
    """The profile that a message of 1.6 holds."""
    transaction_id = profile.transaction_id
    return Profile(
        id=profile.charging_profile_id,
        stack_level=profile.stack_level,
        purpose=purpose_from_v16(profile.charging_profile_purpose),
        kind=Kind(profile.charging_profile_kind),
        schedules=(_schedule_from_v16(profile.charging_schedule),),
        recurrency=_recurrency(profile.recurrency_kind),
        valid_from=profile.valid_from,
        valid_to=profile.valid_to,
        transaction_id=None if transaction_id is None else str(transaction_id),
    )


def to_v16(profile: Profile) -> v16.ChargingProfile:
    """The profile as a message of 1.6 holds it.

    Raises:
        ValueError: it says what 1.6 has no word for: another number of schedules than one, the id
            of a schedule, a phase to use, an external constraint, a transaction id that is no
            number, or anything in `extra`.
    """
    if len(profile.schedules) != 1:
        msg = f"profile {profile.id} has {len(profile.schedules)} schedules, 1.6 has one"
        raise ValueError(msg)
    _refuse_extra(profile.extra, f"profile {profile.id}")
    recurrency = profile.recurrency
    transaction_id = profile.transaction_id
    return v16.ChargingProfile(
        charging_profile_id=profile.id,
        stack_level=profile.stack_level,
        charging_profile_purpose=_purpose_to_v16(profile.purpose),
        charging_profile_kind=v16.ChargingProfileKindType(profile.kind),
        charging_schedule=_schedule_to_v16(profile.schedules[0]),
        transaction_id=None if transaction_id is None else int(transaction_id),
        recurrency_kind=None if recurrency is None else v16.RecurrencyKindType(recurrency),
        valid_from=profile.valid_from,
        valid_to=profile.valid_to,
    )


def from_v201(profile: v201.ChargingProfileType) -> Profile:
    """The profile that a message of 2.0.1 holds."""
    return Profile(
        id=profile.id,
        stack_level=profile.stack_level,
        purpose=Purpose(profile.charging_profile_purpose),
        kind=Kind(profile.charging_profile_kind),
        schedules=tuple(_schedule_from_v201(each) for each in profile.charging_schedule),
        recurrency=_recurrency(profile.recurrency_kind),
        valid_from=profile.valid_from,
        valid_to=profile.valid_to,
        transaction_id=profile.transaction_id,
        extra=_extra(customData=profile.custom_data),
    )


def to_v201(profile: Profile) -> v201.ChargingProfileType:
    """The profile as a message of 2.0.1 holds it.

    Raises:
        ValueError: a schedule has no id.
    """
    recurrency = profile.recurrency
    return v201.ChargingProfileType(
        id=profile.id,
        stack_level=profile.stack_level,
        charging_profile_purpose=v201.ChargingProfilePurposeEnumType(profile.purpose),
        charging_profile_kind=v201.ChargingProfileKindEnumType(profile.kind),
        charging_schedule=[_schedule_to_v201(each) for each in profile.schedules],
        recurrency_kind=None if recurrency is None else v201.RecurrencyKindEnumType(recurrency),
        valid_from=profile.valid_from,
        valid_to=profile.valid_to,
        transaction_id=profile.transaction_id,
        custom_data=_structured(profile.extra, _CUSTOM_DATA, v201.CustomDataType),
    )


def composite_to_v16(
    composite: Composite, *, unlimited: Decimal | None = None
) -> v16.ChargingSchedule:
    """A composite schedule as 1.6 answers it; its start stands beside it in the response.

    Args:
        composite: the schedule.
        unlimited: what to say where nothing limits, in the unit of the schedule: neither version
            has a word for it (K §3.6.1). None where that cannot be.

    Raises:
        ValueError: there is a period that nothing limits, and no `unlimited` was given.
    """
    return v16.ChargingSchedule(
        charging_rate_unit=v16.ChargingRateUnitType(composite.unit),
        charging_schedule_period=[
            v16.ChargingSchedulePeriod(
                start_period=period.start, limit=limit, number_phases=period.phases
            )
            for period, limit in _told(composite, unlimited)
        ],
        duration=composite.duration,
    )


def composite_to_v201(
    composite: Composite, evse: int, *, unlimited: Decimal | None = None
) -> v201.CompositeScheduleType:
    """A composite schedule as 2.0.1 answers it.

    Args:
        composite: the schedule.
        evse: that it was asked for; 0 for the station.
        unlimited: as of :func:`composite_to_v16`.

    Raises:
        ValueError: there is a period that nothing limits, and no `unlimited` was given.
    """
    return v201.CompositeScheduleType(
        charging_schedule_period=[
            v201.ChargingSchedulePeriodType(
                start_period=period.start, limit=limit, number_phases=period.phases
            )
            for period, limit in _told(composite, unlimited)
        ],
        evse_id=evse,
        duration=composite.duration,
        schedule_start=datetime.fromtimestamp(composite.start, UTC),
        charging_rate_unit=v201.ChargingRateUnitEnumType(composite.unit),
    )


def purpose_from_v16(purpose: v16.ChargingProfilePurposeType) -> Purpose:
    """The purpose by its name in 2.0.1."""
    if purpose is v16.ChargingProfilePurposeType.CHARGE_POINT_MAX_PROFILE:
        return Purpose.STATION_MAX
    return Purpose(purpose)


def _purpose_to_v16(purpose: Purpose) -> v16.ChargingProfilePurposeType:
    if purpose is Purpose.STATION_MAX:
        return v16.ChargingProfilePurposeType.CHARGE_POINT_MAX_PROFILE
    return v16.ChargingProfilePurposeType(purpose)


def _recurrency(
    kind: v16.RecurrencyKindType | v201.RecurrencyKindEnumType | None,
) -> Recurrency | None:
    return None if kind is None else Recurrency(kind)


def _schedule_from_v16(schedule: v16.ChargingSchedule) -> Schedule:
    return Schedule(
        unit=Unit(schedule.charging_rate_unit),
        periods=tuple(
            Period(start=each.start_period, limit=_exact(each.limit), phases=each.number_phases)
            for each in schedule.charging_schedule_period
        ),
        start=schedule.start_schedule,
        duration=schedule.duration,
        min_rate=_exact_or_none(schedule.min_charging_rate),
    )


def _schedule_to_v16(schedule: Schedule) -> v16.ChargingSchedule:
    if schedule.id is not None:
        msg = f"the schedule has the id {schedule.id}, 1.6 has none"
        raise ValueError(msg)
    _refuse_extra(schedule.extra, "the schedule")
    return v16.ChargingSchedule(
        charging_rate_unit=v16.ChargingRateUnitType(schedule.unit),
        charging_schedule_period=[_period_to_v16(each) for each in schedule.periods],
        duration=schedule.duration,
        start_schedule=schedule.start,
        min_charging_rate=_number_or_none(schedule.min_rate),
    )


def _period_to_v16(period: Period) -> v16.ChargingSchedulePeriod:
    if period.phase_to_use is not None:
        msg = f"the period at {period.start} s says which phase to use, 1.6 cannot"
        raise ValueError(msg)
    _refuse_extra(period.extra, f"the period at {period.start} s")
    return v16.ChargingSchedulePeriod(
        start_period=period.start, limit=_number(period.limit), number_phases=period.phases
    )


def _schedule_from_v201(schedule: v201.ChargingScheduleType) -> Schedule:
    return Schedule(
        unit=Unit(schedule.charging_rate_unit),
        periods=tuple(_period_from_v201(each) for each in schedule.charging_schedule_period),
        id=schedule.id,
        start=schedule.start_schedule,
        duration=schedule.duration,
        min_rate=_exact_or_none(schedule.min_charging_rate),
        extra=_extra(salesTariff=schedule.sales_tariff, customData=schedule.custom_data),
    )


def _schedule_to_v201(schedule: Schedule) -> v201.ChargingScheduleType:
    if schedule.id is None:
        msg = "the schedule has no id, 2.0.1 needs one"
        raise ValueError(msg)
    return v201.ChargingScheduleType(
        id=schedule.id,
        charging_rate_unit=v201.ChargingRateUnitEnumType(schedule.unit),
        charging_schedule_period=[_period_to_v201(each) for each in schedule.periods],
        start_schedule=schedule.start,
        duration=schedule.duration,
        min_charging_rate=_number_or_none(schedule.min_rate),
        sales_tariff=_structured(schedule.extra, _SALES_TARIFF, v201.SalesTariffType),
        custom_data=_structured(schedule.extra, _CUSTOM_DATA, v201.CustomDataType),
    )


def _period_from_v201(period: v201.ChargingSchedulePeriodType) -> Period:
    return Period(
        start=period.start_period,
        limit=_exact(period.limit),
        phases=period.number_phases,
        phase_to_use=period.phase_to_use,
        extra=_extra(customData=period.custom_data),
    )


def _period_to_v201(period: Period) -> v201.ChargingSchedulePeriodType:
    return v201.ChargingSchedulePeriodType(
        start_period=period.start,
        limit=_number(period.limit),
        number_phases=period.phases,
        phase_to_use=period.phase_to_use,
        custom_data=_structured(period.extra, _CUSTOM_DATA, v201.CustomDataType),
    )


def _told(
    composite: Composite, unlimited: Decimal | None
) -> Iterator[tuple[CompositePeriod, float]]:
    """The periods, each with what the wire says of its limit."""
    for period in composite.periods:
        limit = unlimited if period.limit is None else period.limit
        if limit is None:
            msg = f"nothing limits the period at {period.start} s, and a message cannot say so"
            raise ValueError(msg)
        yield period, _number(limit)


def _exact(number: float) -> Decimal:
    """The decimal that the shortest notation of a number reads as."""
    return Decimal(number) if isinstance(number, int) else Decimal(repr(number))


def _exact_or_none(number: float | None) -> Decimal | None:
    return None if number is None else _exact(number)


def _number(exact: Decimal) -> float:
    """The number that a decimal was read from: an integer where it is written as one."""
    return int(exact) if exact.as_tuple().exponent == 0 else float(exact)


def _number_or_none(exact: Decimal | None) -> float | None:
    return None if exact is None else _number(exact)


def _extra(**parts: Struct | None) -> dict[str, Any]:
    """Parts of a message of 2.0.1 as plain JSON, by their names on the wire."""
    codec = codec_for(Version.V201)
    return {name: codec.unstructure(part) for name, part in parts.items() if part is not None}


def _structured(extra: Mapping[str, Any], name: str, of: type[S]) -> S | None:
    part = extra.get(name)
    return None if part is None else codec_for(Version.V201).structure(part, of)


def _refuse_extra(extra: Mapping[str, Any], whose: str) -> None:
    if extra:
        msg = f"{whose} has {', '.join(extra)}, which 1.6 cannot say"
        raise ValueError(msg)
