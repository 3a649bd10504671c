from __future__ import annotations

import pytest

from ocppkit.connection.backoff import Backoff


def test_the_wait_doubles_until_the_repeat_times_are_used_up_and_then_stays() -> None:
    backoff = Backoff(wait_minimum_s=10, random_range_s=0, repeat_times=2)

    assert [backoff.delay(attempt, 0.9) for attempt in range(1, 6)] == [10, 20, 40, 40, 40]


def test_the_random_part_is_added_to_every_wait_and_never_doubled() -> None:
    backoff = Backoff(wait_minimum_s=10, random_range_s=4, repeat_times=5)

    assert [backoff.delay(attempt, 0.5) for attempt in (1, 2, 3)] == [12, 22, 42]


def test_without_repeats_the_wait_never_grows() -> None:
    backoff = Backoff(wait_minimum_s=7, random_range_s=0, repeat_times=0)

    assert backoff.delay(100, 0) == 7


@pytest.mark.parametrize(("attempt", "random"), [(0, 0.0), (-1, 0.0), (1, 1.0), (1, -0.1)])
def test_what_is_no_attempt_or_no_random_number_is_refused(attempt: int, random: float) -> None:
    backoff = Backoff(wait_minimum_s=1, random_range_s=1, repeat_times=1)

    with pytest.raises(ValueError, match=r"attempts|random"):
        backoff.delay(attempt, random)


@pytest.mark.parametrize("name", ["wait_minimum_s", "random_range_s", "repeat_times"])
def test_negative_settings_are_refused(name: str) -> None:
    settings = {"wait_minimum_s": 1, "random_range_s": 1, "repeat_times": 1, name: -1}

    with pytest.raises(ValueError, match=name):
        Backoff(**settings)
