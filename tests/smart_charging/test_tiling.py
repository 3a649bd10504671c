"""Long windows give what working out each second would give, for less work."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ocppkit.smart_charging import Conditions, Installed, Unit, composite
from ocppkit.smart_charging.layers import Layers
from ocppkit.smart_charging.model import DAY, WEEK
from ocppkit.smart_charging.tiling import Stretch, stretches, tiled
from ocppkit.smart_charging.track import merged

from .builders import AT, DAILY, RELATIVE, WEEKLY, default, highest, ready, tx

HOUR = 3600
YEAR = 365 * DAY


def parts(*installed: Installed, start: int = 0, end: int | None = YEAR) -> list[Stretch]:
    profiles = [each for row in ready(*installed).profiles.values() for each in row]
    found = stretches(profiles, [AT], AT + start, None if end is None else AT + end)
    return [each._replace(begin=each.begin - AT, until=each.until - AT) for each in found]


def plain(installed: list[Installed], start: int, end: int) -> tuple[list[int], list[int]]:
    """Without any tiling."""
    layers = Layers(ready(*installed), Conditions(), session=start)
    starts, caps = layers.evse(1, start, end)
    return merged(starts, [layers.prepared.caps.limits(Unit.A)[cap][0] or -1 for cap in caps])


MIXED: list[list[Installed]] = [
    [default((0, 6), (HOUR, 8), every=DAILY)],
    [default((0, 6), every=DAILY, duration=HOUR), default((0, 8), level=1, id=2, every=WEEKLY,
                                                          start=-HOUR // 2, duration=DAY)],
    [default((0, 6), (HOUR, 8), every=DAILY, start=3 * DAY + 7, valid=(5 * DAY + HOUR // 2, None))],
    [default((0, 6), (HOUR, 8), every=DAILY, valid=(None, 50 * DAY + HOUR // 2))],
    [default((0, 6), (HOUR, 8), every=WEEKLY, duration=2 * HOUR), highest((0, 7), (30 * DAY, 5),
                                                                         id=2, start=11)],
    [default((0, 6), (HOUR, 8), every=DAILY), default((0, 10), (20 * DAY, 12), level=3, id=2,
                                                      kind=RELATIVE, duration=40 * DAY + 1)],
    [default((0, 6), (HOUR, 6), every=DAILY)],
    [default((0, 6), (HOUR, 8), every=DAILY, start=-1000 * DAY, id=1),
     tx((0, 5), id=2), highest((0, 9), id=3, start=100 * DAY)],
]  # fmt: skip


@pytest.mark.parametrize("installed", MIXED)
@pytest.mark.parametrize("days", [1, 3, 4, 22, 200])
@pytest.mark.parametrize("offset", [0, -1, HOUR // 2])
def test_a_tiled_composite_is_the_plain_one(
    installed: list[Installed], days: int, offset: int
) -> None:
    start, end = AT + offset, AT + days * DAY + 77

    found = composite(
        ready(*installed),
        Conditions(),
        evse=1,
        start=start,
        duration=end - start,
        unit=Unit.A,
    )

    values = [-1 if limit is None else limit for limit, _ in found.limits]
    assert (found.starts, values) == plain(installed, start, end)


def test_a_short_window_is_worked_out_at_once() -> None:
    assert parts(default((0, 6), every=DAILY), end=2 * DAY) == [Stretch(0, 2 * DAY, DAY, 1)]


def test_what_never_recurs_is_worked_out_at_once() -> None:
    assert parts(default((0, 6), (DAY, 8))) == [Stretch(0, YEAR, DAY, 1)]


def test_what_recurs_is_worked_out_for_one_cycle() -> None:
    daily, weekly = default((0, 6), every=DAILY), default((0, 6), id=2, every=WEEKLY)

    assert parts(daily) == [Stretch(0, DAY, DAY, 365)]
    assert parts(daily, weekly) == [
        Stretch(0, WEEK, WEEK, 52), Stretch(52 * WEEK, YEAR, WEEK, 1),
    ]  # fmt: skip


def test_what_happens_once_parts_what_repeats() -> None:
    found = parts(default((0, 6), every=DAILY), highest((0, 9), id=2, start=100 * DAY + 5))

    assert found == [
        Stretch(0, DAY, DAY, 100),
        Stretch(100 * DAY, 100 * DAY + 5, DAY, 1),
        Stretch(100 * DAY + 5, 101 * DAY + 5, DAY, 264),
        Stretch(364 * DAY + 5, YEAR, DAY, 1),
    ]


def test_an_open_window_ends_when_nothing_new_happens() -> None:
    found = parts(default((0, 6), every=DAILY, valid=(None, 100 * DAY)), end=None)

    assert found == [Stretch(0, DAY, DAY, 100), Stretch(100 * DAY, 101 * DAY, DAY, 3)]


def test_a_long_stretch_without_repetition_is_worked_out_bit_by_bit() -> None:
    steps = [(2 * DAY * number, 6) for number in range(40)]
    found = parts(default((0, 6), every=DAILY), highest(*steps, id=2), end=80 * DAY)

    assert [each.until - each.begin for each in found[:-1]] == [8 * DAY] * (len(found) - 1)
    assert [each.begin for each in found[1:]] == [each.until for each in found[:-1]]
    assert (found[0].begin, found[-1].until) == (0, 80 * DAY)


def counting() -> tuple[Callable[[int, int], tuple[list[int], list[int]]], list[tuple[int, int]]]:
    calls: list[tuple[int, int]] = []

    def over(begin: int, end: int) -> tuple[list[int], list[int]]:
        calls.append((begin, end))
        return [begin, begin + 1, begin + 2], [1, 2, 1]

    return over, calls


@pytest.mark.parametrize("most", [1, 2, 3, 10, 11, 12, 1000])
def test_no_more_is_worked_out_than_is_wanted(most: int) -> None:
    over, calls = counting()
    starts, values = tiled(
        over, [Stretch(0, 10, 10, 1000), Stretch(10_000, 10_010, 10, 1000)], most
    )

    assert most < len(starts) == len(values) <= most + 6
    assert calls == [(0, 10)]
    assert all(start % 10 in {0, 1, 2} for start in starts)


def test_equal_neighbours_of_two_parts_are_one() -> None:
    over, _ = counting()

    starts, values = tiled(over, [Stretch(0, 10, 10, 2), Stretch(20, 30, 10, 1)], 100)

    assert starts == [0, 1, 2, 11, 12, 21, 22]
    assert values == [1, 2, 1, 2, 1, 2, 1]


def test_what_never_changes_is_one_period_however_often_it_repeats() -> None:
    found = tiled(lambda begin, _: ([begin], [1]), [Stretch(0, 10, 10, 10**12)], 5)

    assert found == ([0], [1])


@pytest.mark.requirement("K08.FR.02")
def test_the_first_periods_are_the_same_however_many_are_wanted() -> None:
    profiles = ready(default((0, 6), (HOUR, 8), (2 * HOUR, 9), every=DAILY, valid=(99, None)),
                     highest((0, 7), (9 * DAY, 10), id=2))  # fmt: skip
    whole = composite(profiles, Conditions(), evse=1, start=AT, duration=YEAR, unit=Unit.A)

    for most in range(1, len(whole.starts), 29):
        part = composite(
            profiles, Conditions(), evse=1, start=AT, duration=YEAR, unit=Unit.A, most=most
        )

        assert (part.starts, part.limits) == (whole.starts[:most], whole.limits[:most])
        assert part.start + part.duration == whole.starts[most]
