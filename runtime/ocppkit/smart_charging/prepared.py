"""Profiles made ready for arithmetic: whole seconds, and limits as whole tenths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from attrs import frozen

from ocppkit.smart_charging.cap import Caps, cap
from ocppkit.smart_charging.model import Installed, Kind, Profile, Purpose, Schedule, Supply

__all__ = ["Prepared", "PreparedProfile", "Table", "epoch", "prepare"]

_STATION = frozenset({Purpose.STATION_MAX, Purpose.EXTERNAL_CONSTRAINTS})


class Table(NamedTuple):
    """The periods of a schedule as columns.

    Attributes:
        starts: in s from the base, ascending.
        caps: by number.
        duration: in s; None for without end.
        base: what the starts count from, in epoch s; None for the start of the transaction.
        id: of the schedule.
    """

    starts: list[int]
    caps: list[int]
    duration: int | None
    base: int | None
    id: int | None


@frozen(kw_only=True, eq=False)
class PreparedProfile:
    """A profile with its times in epoch seconds.

    Attributes:
        installed: what it was made of.
        tables: of its schedules.
        every: s from one restart to the next; None where nothing recurs.
        valid_from: the first second in which it holds; None for always.
        valid_to: the first in which it holds no more; None for never.
    """

    installed: Installed
    tables: tuple[Table, ...]
    every: int | None
    valid_from: int | None
    valid_to: int | None


@frozen(kw_only=True, eq=False)
class Prepared:
    """All profiles of a station, ready.

    Attributes:
        caps: those in use.
        profiles: purpose and EVSE → profiles, the one that decides first in front.
    """

    caps: Caps
    profiles: Mapping[tuple[Purpose, int], list[PreparedProfile]]

    @property
    def supply(self) -> Supply:
        """The grid."""
        return self.caps.supply


def epoch(moment: datetime) -> int:
    """The second in which an aware moment lies."""
    return int(moment.timestamp() // 1)


def prepare(installed: Iterable[Installed], supply: Supply) -> Prepared:
    """Make profiles ready; once after each change of them."""
    caps = Caps(supply)
    profiles: dict[tuple[Purpose, int], list[PreparedProfile]] = {}
    for each in installed:
        ready = _prepare(each, caps)
        profiles.setdefault((each.profile.purpose, each.evse), []).append(ready)
    for row in profiles.values():
        row.sort(key=_rank)
    caps.keep()
    return Prepared(caps=caps, profiles=profiles)


def _rank(ready: PreparedProfile) -> tuple[int, int]:
    profile = ready.installed.profile
    return -profile.stack_level, profile.id  # equal levels may not meet: but in any order alike


def _prepare(installed: Installed, caps: Caps) -> PreparedProfile:
    profile = installed.profile
    activated = installed.since if profile.purpose in _STATION and not installed.evse else None
    return PreparedProfile(
        installed=installed,
        tables=tuple(
            _table(schedule, profile.kind, activated, caps) for schedule in profile.schedules
        ),
        every=_every(profile),
        valid_from=None if profile.valid_from is None else epoch(profile.valid_from),
        valid_to=None if profile.valid_to is None else epoch(profile.valid_to),
    )


def _every(profile: Profile) -> int | None:
    if profile.kind is not Kind.RECURRING or profile.recurrency is None:
        return None
    return profile.recurrency.seconds


def _table(schedule: Schedule, kind: Kind, activated: datetime | None, caps: Caps) -> Table:
    begin = activated if kind is Kind.RELATIVE else schedule.start or activated
    numbers = {
        period.start: caps.number(
            cap(
                schedule.unit,
                period.limit,
                caps.supply,
                phases=period.phases,
                phase_to_use=period.phase_to_use,
            )
        )
        for period in sorted(schedule.periods, key=lambda period: period.start)
    }  # of two with one start only the last ever holds
    return Table(
        starts=list(numbers),
        caps=list(numbers.values()),
        duration=schedule.duration,
        base=None if begin is None else epoch(begin),
        id=schedule.id,
    )
