"""Long windows: what repeats every day or week is worked out once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias, TypeVar

from ocppkit.smart_charging.model import DAY, WEEK
from ocppkit.smart_charging.prepared import PreparedProfile

__all__ = ["Stretch", "stretches", "tiled"]

_WORTH: Final = 3
"""How many cycles long a stretch has to be for repeating to pay."""

_LONGEST: Final = 8 * DAY
"""How much to work out at once where nothing repeats: the caller may have enough by then."""

V = TypeVar("V")
Columns: TypeAlias = tuple[list[int], list[V]]


class Stretch(NamedTuple):
    """A part of a window, and what of it to work out.

    Attributes:
        begin: of the part.
        until: the end of what to work out, not part of it.
        cycle: after so many s all is as it was before.
        repeats: how many cycles the part has; 1 where nothing repeats.
    """

    begin: int
    until: int
    cycle: int
    repeats: int


def tiled(
    over: Callable[[int, int], Columns[V]], stretches: Iterable[Stretch], most: int
) -> Columns[V]:
    """What `over` says of a window, asked only once for what repeats.

    Args:
        over: gives starts and values, equal neighbours as one, of the window between two instants.
        stretches: of the window, in order.
        most: the rest is left out once there are more.
    """
    starts: list[int] = []
    values: list[V] = []
    for begin, until, cycle, repeats in stretches:
        more, added = over(begin, until)
        _append(starts, values, more, added)
        if repeats > 1:
            _repeat(starts, values, (more, added), cycle=cycle, repeats=repeats, most=most)
        if len(starts) > most:
            break
    return starts, values


def stretches(
    profiles: Iterable[PreparedProfile], sessions: Iterable[int], start: int, end: int | None
) -> Iterator[Stretch]:
    """The parts of a window: in those of many cycles only recurring schedules act.

    Args:
        profiles: that act.
        sessions: all instants that relative schedules may count from.
        start: of the window.
        end: of the window, not part of it; None for as far as anything new happens.
    """
    if end is not None and end - start < _WORTH * DAY:
        yield Stretch(start, end, DAY, 1)
        return
    profiles, sessions = list(profiles), set(sessions)
    cycle = WEEK if any(each.every == WEEK for each in profiles) else DAY
    marks = {mark for each in profiles for mark in _marks(each, sessions) if mark > start}
    if end is None:
        end = max(marks, default=start) + _WORTH * cycle
    if not any(each.every for each in profiles):
        yield Stretch(start, end, cycle, 1)
        return
    asked = start  # what came before is dealt with
    within = sorted(mark for mark in marks if mark < end)
    for begin, until in pairwise([start, *within, end]):
        repeats = (until - begin) // cycle
        if repeats < _WORTH:
            continue
        yield from _unrepeated(asked, begin, cycle)
        yield Stretch(begin, begin + cycle, cycle, repeats)
        asked = begin + repeats * cycle
    yield from _unrepeated(asked, end, cycle)


def _unrepeated(begin: int, end: int, cycle: int) -> Iterator[Stretch]:
    while begin < end:
        until = min(begin + _LONGEST, end)
        yield Stretch(begin, until, cycle, 1)
        begin = until


def _marks(profile: PreparedProfile, sessions: Collection[int]) -> Iterable[int]:
    """The instants at which a profile does what it does not do each cycle."""
    if profile.valid_from is not None:
        yield profile.valid_from
    if profile.valid_to is not None:
        yield profile.valid_to
    for table in profile.tables:
        for base in (table.base,) if table.base is not None else sessions:
            if profile.every is not None:
                yield base
                continue
            yield from (base + start for start in table.starts)
            if table.duration is not None:
                yield base + table.duration


def _append(starts: list[int], values: list[V], more: list[int], added: list[V]) -> None:
    first = 1 if values and values[-1] == added[0] else 0
    starts += more[first:]
    values += added[first:]


def _repeat(
    starts: list[int],
    values: list[V],
    columns: Columns[V],
    *,
    cycle: int,
    repeats: int,
    most: int,
) -> None:
    """Append columns, which are there once, cycle after cycle, until there are more than `most`."""
    first = 1 if columns[1][0] == columns[1][-1] else 0
    again, tail = columns[0][first:], columns[1][first:]
    if not again:
        return
    repeats = min(repeats, max(most - len(starts), 0) // len(again) + 2)
    for offset in range(cycle, cycle * repeats, cycle):
        starts += [start + offset for start in again]
    values += tail * (repeats - 1)
