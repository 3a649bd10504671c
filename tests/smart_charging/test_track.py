"""Stretches, stacks and sweeps, by small numbers."""

from __future__ import annotations

from ocppkit.smart_charging import Installed
from ocppkit.smart_charging.model import DAY
from ocppkit.smart_charging.prepared import PreparedProfile
from ocppkit.smart_charging.track import Choice, blocks, merged, stack, sweep

from .builders import AT, DAILY, RELATIVE, default, ready, schedule, several

NOW = Choice(AT)


def prepared(*installed: Installed) -> list[PreparedProfile]:
    return [each for row in ready(*installed).profiles.values() for each in row]


def stretches(installed: Installed, start: int, end: int) -> list[tuple[int, int]]:
    (profile,) = prepared(installed)
    found = blocks(profile, NOW, AT + start, AT + end)
    return [(each.start - AT, each.end - AT) for each in found]


def test_a_stretch_is_cut_by_the_window_the_duration_and_the_validity() -> None:
    assert stretches(default((0, 6)), -10, 10) == [(0, 10)]
    assert stretches(default((0, 6), duration=5), -10, 10) == [(0, 5)]
    assert stretches(default((0, 6), duration=5, valid=(2, 4)), -10, 10) == [(2, 4)]
    assert stretches(default((0, 6), valid=(2, 4)), 4, 10) == []
    assert stretches(default((0, 6), valid=(4, 2)), 0, 10) == []
    assert stretches(default((0, 6), duration=5), 5, 10) == []


def test_occurrences_are_stretches_of_their_own() -> None:
    daily = default((0, 6), every=DAILY, duration=10)

    assert stretches(daily, -5, DAY + 5) == [(0, 10), (DAY, DAY + 5)]
    assert stretches(daily, 5, 20) == [(5, 10)]
    assert stretches(daily, 10, DAY) == []
    assert stretches(default((0, 6), every=DAILY), 5, DAY + 5) == [(5, DAY), (DAY, DAY + 5)]


def test_a_relative_schedule_counts_from_the_choices_session() -> None:
    (profile,) = prepared(default((0, 6), kind=RELATIVE, duration=10))

    (found,) = blocks(profile, Choice(AT + 7), AT, AT + 100)

    assert (found.start, found.end) == (AT + 7, AT + 17)


def test_of_fewer_schedules_the_last_is_chosen() -> None:
    (profile,) = prepared(several(schedule((0, 6), id=1), schedule((0, 8), id=2)))

    assert [Choice(AT, variant).of(profile).id for variant in range(3)] == [1, 2, 2]


def test_the_first_of_a_stack_decides_and_the_next_fill_its_gaps() -> None:
    profiles = prepared(
        default((0, 6), (5, 7), level=2, id=1, start=10, duration=10),
        default((0, 8), level=1, id=2, duration=30),
    )

    starts, caps = stack(profiles, NOW, AT - 5, AT + 40)

    assert [start - AT for start in starts] == [-5, 0, 10, 15, 20, 30]
    assert caps == [0, 3, 1, 2, 3, 0]


def test_what_lies_below_one_without_gaps_is_not_looked_at() -> None:
    top, _ = prepared(default((0, 6), level=1), default((0, 8), id=2))

    assert stack([top, None], NOW, AT, AT + 9) == ([AT], [1])  # type: ignore[list-item]  # on purpose


def test_a_sweep_changes_where_either_track_does() -> None:
    one = [0, 10, 20], [1, 2, 3]
    other = [0, 10, 15, 30], [100, 200, 300, 400]

    swept = sweep(one, other, lambda a, b: a + b)

    assert swept == ([0, 10, 15, 20, 30], [101, 202, 302, 303, 403])
    assert swept == sweep(other, one, lambda a, b: a + b)


def test_a_sweep_with_a_constant_keeps_the_starts() -> None:
    one, constant = ([0, 10], [1, 2]), ([0], [100])

    assert sweep(one, constant, lambda a, b: a + b) == ([0, 10], [101, 102])
    assert sweep(constant, one, lambda a, b: a + b) == ([0, 10], [101, 102])


def test_equal_neighbours_are_merged() -> None:
    assert merged([0, 1, 2, 3], [5, 5, 6, 5]) == ([0, 2, 3], [5, 6, 5])
    assert merged([7], [5]) == ([7], [5])
