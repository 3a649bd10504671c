"""Why so much may flow at an instant: which profile decides, and why each other one does not."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from attrs import evolve, field, frozen

from ocppkit.smart_charging.cap import NO_CAP, Cap, Caps
from ocppkit.smart_charging.layers import CEILINGS, Conditions, Layers
from ocppkit.smart_charging.model import Installed, Period, Purpose, Schedule, Unit
from ocppkit.smart_charging.prepared import Prepared, PreparedProfile
from ocppkit.smart_charging.total import default_cap, sum_of_evses
from ocppkit.smart_charging.track import Choice, blocks
from ocppkit.smart_charging.verdict import Reason, Verdict, absence

__all__ = ["Decider", "Explanation", "explain"]


class Decider(StrEnum):
    """Whose limit it is that holds."""

    PROFILE = "profile"
    EVSES = "EVSEs"
    """Of the station: all its EVSEs together may draw no more."""
    CONNECTION = "connection"
    """The station's fixed limit (K04.FR.02)."""
    DEFAULT = "default"
    """Nothing else limits, so the default limit holds."""
    NOTHING = "nothing"


@frozen(kw_only=True)
class Explanation:
    """What may flow at an instant, and why: there is a verdict on each installed profile.

    Attributes:
        evse: 0 for the station.
        at: the instant, in epoch s.
        unit: of the limits.
        limit: as in a composite schedule that starts now; None where nothing limits.
        phases: as in the same.
        decider: whose limit it is.
        verdicts: by purpose and place, the highest stack level first.
        evses: of the station: what each EVSE adds to the sum, and why.
    """

    evse: int
    at: int
    unit: Unit
    limit: Decimal | None
    phases: int | None
    decider: Decider
    verdicts: tuple[Verdict, ...]
    evses: tuple[Explanation, ...] = ()

    @property
    def deciding(self) -> tuple[Verdict, ...]:
        """On the profiles whose limit holds: several where they agree, or ask for two phases."""
        deciding = {Reason.DECIDES, Reason.PHASE_CONFLICT}
        return tuple(each for each in self.verdicts if each.reason in deciding)


class _InForce(NamedTuple):
    """A period of a profile that leads its purpose."""

    ready: PreparedProfile
    cap: int
    schedule: Schedule
    period: Period


@frozen(kw_only=True)
class _Moment:
    """What is asked, and what is found out about it bit by bit.

    Attributes:
        layers: the profiles, and all else that counts.
        evse: asked about.
        at: the instant.
        unit: of the limits.
        in_force: the leading periods.
        lost: the verdict on each profile that may lead, but does not.
    """

    layers: Layers
    evse: int
    at: int
    unit: Unit
    in_force: list[_InForce] = field(factory=list)
    lost: dict[int, Verdict] = field(factory=dict)

    @property
    def caps(self) -> Caps:
        return self.layers.prepared.caps


def explain(
    prepared: Prepared, conditions: Conditions, *, evse: int, at: int, unit: Unit = Unit.A
) -> Explanation:
    """Say why an EVSE, or with 0 the station, may draw what it may at an instant.

    Args:
        prepared: the profiles.
        conditions: all else that counts.
        evse: one of the conditions', or 0.
        at: the instant, in epoch s.
        unit: that the limits are wanted in.

    Raises:
        ValueError: there is no such EVSE.
    """
    if evse and evse not in conditions.evses:
        msg = f"there is no EVSE {evse}"
        raise ValueError(msg)
    layers = Layers(prepared, conditions, session=at)
    default = default_cap(prepared, conditions, unit)
    moment = _Moment(layers=layers, evse=evse, at=at, unit=unit)
    bounds = {Decider.CONNECTION: layers.connection}
    if evse:
        _look_at_evse(moment)
        _look_at_station(moment)
        return _explanation(moment, bounds, default)
    _look_at_station(moment)
    station = layers.station(at, at + 1)
    (together,) = sum_of_evses(layers, station, default, unit, at + 1)[1]
    phases = prepared.caps.table[station[1][0]].phases if unit is Unit.W else None
    parts = tuple(_alone(layers, each, at, unit, phases) for each in conditions.evses)
    return _explanation(moment, {Decider.EVSES: together, **bounds}, NO_CAP, parts)


def _alone(layers: Layers, evse: int, at: int, unit: Unit, phases: int | None) -> Explanation:
    """What an EVSE adds to the sum, with no more phases than the station may use."""
    moment = _Moment(layers=layers, evse=evse, at=at, unit=unit)
    _look_at_evse(moment)
    default = default_cap(layers.prepared, layers.conditions, unit)
    return _explanation(moment, {}, default, phases=phases)


def _look_at_evse(moment: _Moment) -> None:
    _look(moment, moment.layers.transactional(moment.evse), moment.evse)
    constraints = moment.layers.profiles(Purpose.EXTERNAL_CONSTRAINTS, moment.evse)
    _look(moment, constraints, moment.evse)


def _look_at_station(moment: _Moment) -> None:
    for purpose in CEILINGS:
        _look(moment, moment.layers.profiles(purpose, 0), 0)


def _look(moment: _Moment, profiles: Sequence[PreparedProfile], place: int) -> None:
    """Find who leads among profiles of which one does, as `stack` does for a whole window."""
    for choice in moment.layers.choices(profiles, place):
        leader: PreparedProfile | None = None
        for ready in profiles:
            in_force = _period(ready, choice, moment.at)
            if in_force is None:
                table = choice.of(ready)
                reason, since, until = absence(ready, table, choice.session, moment.at)
                _lose(moment, ready, reason, since=since, until=until)
            elif leader is not None:
                _lose(moment, ready, _why_behind(ready, leader), other=leader.installed)
            else:
                leader = ready
                moment.in_force.append(in_force)


def _period(ready: PreparedProfile, choice: Choice, at: int) -> _InForce | None:
    for block in blocks(ready, choice, at, at + 1):
        place = bisect_right(block.starts, at - block.base) - 1
        profile = ready.installed.profile
        schedule = profile.schedules[min(choice.variant, len(profile.schedules) - 1)]
        start = block.starts[place]
        period = [each for each in schedule.periods if each.start == start][-1]
        return _InForce(ready, block.caps[place], schedule, period)
    return None


def _why_behind(ready: PreparedProfile, leader: PreparedProfile) -> Reason:
    same = ready.installed.profile.purpose is leader.installed.profile.purpose
    return Reason.LOWER_STACK_LEVEL if same else Reason.OVERRULED


def _lose(
    moment: _Moment,
    ready: PreparedProfile,
    reason: Reason,
    *,
    since: int | None = None,
    until: int | None = None,
    other: Installed | None = None,
) -> None:
    """Note a verdict; of several schedules, that one counts that came nearest to deciding."""
    known = moment.lost.get(id(ready))
    if known is None or (known.other is None and other is not None):
        moment.lost[id(ready)] = Verdict(
            installed=ready.installed,
            reason=reason,
            unit=moment.unit,
            since=since,
            until=until,
            other=other,
        )


def _explanation(
    moment: _Moment,
    bounds: dict[Decider, int],
    default: int,
    parts: tuple[Explanation, ...] = (),
    *,
    phases: int | None = None,
) -> Explanation:
    caps = moment.caps
    number = NO_CAP
    for each in (*(leading.cap for leading in moment.in_force), *bounds.values()):
        number = caps.lowest(number, each)
    limited = number != NO_CAP
    number = caps.lowest(number if limited else default, caps.number(Cap(phases=phases)))
    limit, told = caps.limits(moment.unit)[number]
    verdicts = _verdicts(moment, caps.table[number], limit)
    explanation = Explanation(
        evse=moment.evse,
        at=moment.at,
        unit=moment.unit,
        limit=_exact(limit),
        phases=told,
        decider=Decider.PROFILE,
        verdicts=verdicts,
        evses=parts,
    )
    if explanation.deciding:
        return explanation
    decider = Decider.NOTHING if limit is None else Decider.DEFAULT
    if limited:
        decider = next(
            who
            for who, bound in bounds.items()
            if _amount(moment, bound, caps.table[number]) == limit
        )
    return evolve(explanation, decider=decider)


def _amount(moment: _Moment, number: int, total: Cap) -> int | None:
    """What a cap comes to on the phases that may be used in all."""
    caps = moment.caps
    cap = caps.table[number]
    if cap.phases is not None or total.phases is not None:
        cap = cap._replace(phases=total.phases)
    return caps.limit(cap, moment.unit)[0]


def _verdicts(moment: _Moment, total: Cap, limit: int | None) -> tuple[Verdict, ...]:
    verdicts = dict(moment.lost)
    table = moment.caps.table
    amounts = [(_amount(moment, each.cap, total) or 0, each) for each in moment.in_force]
    asking = [each for each in moment.in_force if table[each.cap].phase_to_use is not None]
    conflict = len({table[each.cap].phase_to_use for each in asking}) > 1
    decisive = asking if conflict else [each for amount, each in amounts if amount == limit]
    # Of the schedules of one profile the lowest comes last, and so is the one to tell.
    for amount, each in sorted(amounts, key=lambda pair: -pair[0]):
        reason, other = Reason.DECIDES, None
        if conflict and each in asking:
            phase = table[each.cap].phase_to_use
            reason = Reason.PHASE_CONFLICT
            other = next(one for one in asking if table[one.cap].phase_to_use != phase)
        elif amount != limit:
            reason, other = Reason.HIGHER, next(iter(decisive), None)
        verdicts[id(each.ready)] = Verdict(
            installed=each.ready.installed,
            reason=reason,
            unit=moment.unit,
            limit=_exact(amount),
            schedule=each.schedule,
            period=each.period,
            other=None if other is None else other.ready.installed,
        )
    rows = moment.layers.prepared.profiles.values()
    return tuple(verdicts.get(id(each)) or _uncounted(moment, each) for row in rows for each in row)


def _uncounted(moment: _Moment, ready: PreparedProfile) -> Verdict:
    """The verdict on a profile that does not count in what is asked."""
    return Verdict(
        installed=ready.installed, reason=_why_uncounted(moment, ready.installed), unit=moment.unit
    )


def _why_uncounted(moment: _Moment, installed: Installed) -> Reason:
    purpose, place = installed.profile.purpose, installed.evse
    if purpose in moment.layers.conditions.ignored:
        return Reason.IGNORED
    if (purpose is Purpose.TX and not place) or (purpose is Purpose.STATION_MAX and place):
        return Reason.MISPLACED
    if not moment.evse:
        return Reason.WITHIN_EVSE
    if not place:
        return Reason.FOR_STATION
    if place != moment.evse:
        return Reason.OTHER_EVSE
    idle = moment.layers.conditions.transaction(place) is None
    return Reason.NO_TRANSACTION if idle else Reason.OTHER_TRANSACTION


def _exact(tenths: int | None) -> Decimal | None:
    return None if tenths is None else Decimal(tenths) / 10
