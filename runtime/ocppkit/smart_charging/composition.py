"""The composite schedule: what an EVSE or the station may draw over a time (K08, 1.6 §5.7)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from attrs import frozen

from ocppkit.smart_charging.cap import Limit
from ocppkit.smart_charging.layers import Conditions, Layers
from ocppkit.smart_charging.model import Unit
from ocppkit.smart_charging.prepared import Prepared
from ocppkit.smart_charging.tiling import Stretch, stretches, tiled
from ocppkit.smart_charging.total import default_cap, total, with_default
from ocppkit.smart_charging.track import merged

__all__ = ["MOST_PERIODS", "Composite", "CompositePeriod", "composite", "composites"]

MOST_PERIODS: Final = 1_000_000
"""How many periods a composite schedule has at most, unless asked for fewer: some 100 MB."""

_MOST_TO_CHOOSE_FROM: Final = 3

_MOST_WORK: Final = 500_000
"""How many steps of an EVSE to go before giving what there is: about a second's worth."""


@frozen
class CompositePeriod:
    """A step of a composite schedule.

    Attributes:
        start: in s from the start of the composite schedule.
        limit: in its unit, with at most one decimal; None where nothing limits.
        phases: how many may be used; None where no profile says so and it is the usual number.
    """

    start: int
    limit: Decimal | None
    phases: int | None


@frozen(kw_only=True, eq=False)
class Composite:
    """What may be drawn, from its start until its duration has passed.

    It holds columns, as there may be hundreds of thousands of periods; `periods` reads them.

    Attributes:
        start: in epoch s.
        duration: in s; less than what was asked for where that was too much.
        unit: of the limits.
        starts: of the periods, in epoch s.
        limits: of the periods, in tenths, with the phases.
    """

    start: int
    duration: int
    unit: Unit
    starts: list[int]
    limits: list[Limit]

    @property
    def periods(self) -> Iterator[CompositePeriod]:
        """The periods in order; at least one."""
        for start, (limit, phases) in zip(self.starts, self.limits, strict=True):
            exact = None if limit is None else Decimal(limit) / 10
            yield CompositePeriod(start - self.start, exact, phases)


def composite(
    prepared: Prepared,
    conditions: Conditions,
    *,
    evse: int,
    start: int,
    duration: int,
    unit: Unit,
    most: int = MOST_PERIODS,
) -> Composite:
    """What an EVSE may draw, were it the only one; or with 0 the station, all EVSEs together.

    A duration of 0 gives the one period that holds at the start. What comes after the last of
    `most` periods is left out and not worked out, and the duration ends there: a request may ask
    for 68 years, and an answer holds 1,024 periods at most. It ends early, too, where hundreds of
    days of which none is like the other have been worked out for it.

    Args:
        prepared: the profiles.
        conditions: all else that counts.
        evse: one of the conditions', or 0.
        start: in epoch s.
        duration: in s; not negative.
        unit: that the limits are wanted in.
        most: how many periods at most; from 1.

    Raises:
        ValueError: there is no such EVSE, the duration is negative, or `most` is less than 1.
    """
    _check(conditions, evse, duration, most)
    layers = Layers(prepared, conditions, session=start)
    return _composite(layers, evse=evse, start=start, duration=duration, unit=unit, most=most)


def composites(
    prepared: Prepared,
    conditions: Conditions,
    *,
    evse: int,
    start: int,
    duration: int,
    unit: Unit,
    most: int = MOST_PERIODS,
) -> list[Composite]:
    """Up to three composite schedules for the EV to choose from (ISO 15118, K15.FR.22).

    The first combines the first schedules of all profiles of the transaction, the second the second
    ones, the third the third ones; of a profile that has fewer, its last one. Whatever the EV chose
    before does not count.

    Args:
        prepared: the profiles.
        conditions: all else that counts.
        evse: one of the conditions'.
        start: in epoch s.
        duration: in s; not negative.
        unit: that the limits are wanted in.
        most: how many periods each has at most; from 1.

    Raises:
        ValueError: there is no such EVSE, the duration is negative, or `most` is less than 1.
    """
    _check(conditions, evse, duration, most)
    if not evse:
        raise ValueError("an EV chooses at an EVSE, and 0 is the station")
    layers = Layers(prepared, conditions, session=start)
    count = max((len(each.tables) for each in layers.transactional(evse)), default=1)
    return [
        _composite(
            Layers(prepared, conditions, session=start, variant=variant),
            evse=evse,
            start=start,
            duration=duration,
            unit=unit,
            most=most,
        )
        for variant in range(min(count, _MOST_TO_CHOOSE_FROM))
    ]


def _check(conditions: Conditions, evse: int, duration: int, most: int) -> None:
    if evse and evse not in conditions.evses:
        msg = f"there is no EVSE {evse}"
        raise ValueError(msg)
    if duration < 0:
        msg = f"a duration is from 0, not {duration}"
        raise ValueError(msg)
    if most < 1:
        msg = f"a composite schedule has a period at least, not {most}"
        raise ValueError(msg)


def _composite(
    layers: Layers, *, evse: int, start: int, duration: int, unit: Unit, most: int
) -> Composite:
    prepared, conditions = layers.prepared, layers.conditions
    default = default_cap(prepared, conditions, unit)

    end = start + max(duration, 1)
    work = 0

    def over(begin: int, end: int) -> tuple[list[int], list[Limit]]:
        nonlocal work
        if evse:
            starts, caps = with_default(layers.evse(evse, begin, end), default)
        else:
            starts, caps = total(layers, default, unit, begin, end)
        work += len(starts) if evse else len(starts) * len(conditions.evses)
        limits = prepared.caps.limits(unit)
        return merged(starts, [limits[cap] for cap in caps])

    def parts() -> Iterator[Stretch]:
        nonlocal duration
        profiles = (each for row in prepared.profiles.values() for each in row)
        sessions = (layers.session(each) for each in (*conditions.evses, 0))
        for part in stretches(profiles, sessions, start, end):
            if work > _MOST_WORK:
                duration = part.begin - start
                return
            yield part

    starts, limits = tiled(over, parts(), most)
    if len(starts) > most:
        duration = starts[most] - start
        del starts[most:], limits[most:]
    return Composite(start=start, duration=duration, unit=unit, starts=starts, limits=limits)
