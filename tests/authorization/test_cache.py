"""The authorization cache: what goes when there is no more room, and for how long it counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ocppkit.authorization import Cache, Cached, Entry, Replacement, Status

NOW = datetime(2026, 3, 14, 8, tzinfo=UTC)
ACCEPTED = Entry(status=Status.ACCEPTED)
BLOCKED = Entry(status=Status.BLOCKED)
EXPIRED_BY_NOW = Entry(status=Status.ACCEPTED, expires=NOW)


def filled(size: int, *tokens: str, entry: Entry = ACCEPTED) -> Cache:
    cache = Cache(size=size)
    for token in tokens:
        cache.learn(token, entry, NOW)
    return cache


def test_it_holds_the_latest_answer_in_any_case() -> None:
    cache = filled(2, "abc")

    cache.learn("ABC", BLOCKED, NOW)

    assert len(cache) == 1
    assert cache.find("Abc", NOW) is BLOCKED
    assert "aBC" in cache


@pytest.mark.requirement("1.6 §3.5.1")
@pytest.mark.parametrize("invalid", [BLOCKED, EXPIRED_BY_NOW])
def test_all_that_are_not_valid_go_before_any_valid_one(invalid: Entry) -> None:
    cache = filled(4, "oldest", "old")
    cache.learn("bad1", invalid, NOW)
    cache.learn("bad2", invalid, NOW)

    gone = cache.learn("new", ACCEPTED, NOW)

    assert gone == {"bad1", "bad2"}
    assert [token for token in ("oldest", "old", "new") if token in cache] == [
        "oldest", "old", "new",
    ]  # fmt: skip


@pytest.mark.requirement("1.6 §3.5.1")
def test_of_valid_ones_the_one_goes_of_which_nothing_was_heard_for_longest() -> None:
    cache = filled(2, "a", "b")
    cache.learn("a", ACCEPTED, NOW)

    gone = cache.learn("c", ACCEPTED, NOW)

    assert gone == {"b"}


def test_news_of_a_known_one_needs_no_room() -> None:
    cache = filled(2, "a", "b")

    assert cache.learn("b", BLOCKED, NOW) == frozenset()
    assert len(cache) == 2


def test_an_answer_that_is_too_old_does_not_count() -> None:
    cache = Cache(size=5, lifetime=timedelta(hours=1))
    cache.learn("a", ACCEPTED, NOW)

    assert cache.find("a", NOW + timedelta(minutes=59)) is ACCEPTED
    assert cache.find("a", NOW + timedelta(hours=1)) is None


def test_one_that_is_too_old_goes_as_one_that_is_not_valid() -> None:
    cache = Cache(size=2, lifetime=timedelta(hours=1))
    later = NOW + timedelta(minutes=30)
    cache.learn("fresh", ACCEPTED, later)
    cache.learn("stale", ACCEPTED, NOW)

    assert cache.learn("new", ACCEPTED, NOW + timedelta(hours=1)) == {"stale"}


def test_of_too_many_from_before_the_latest_are_taken() -> None:
    known = [Cached(token=token, entry=ACCEPTED, at=NOW) for token in "abc"]

    cache = Cache(size=2, known=known)

    assert [token for token in "abc" if token in cache] == ["b", "c"]


def test_what_is_dropped_is_named_if_it_was_there() -> None:
    cache = filled(5, "a", "b")

    assert cache.drop(["a", "x"]) == {"a"}
    assert len(cache) == 1


def test_nothing_is_left_once_it_is_cleared() -> None:
    cache = filled(5, "a", "b")

    cache.clear()

    assert len(cache) == 0
    assert cache.find("a", NOW) is None


def used(replacement: Replacement) -> Cache:
    """A cache of three that is full: b was used once more, then a twice."""
    cache = Cache(size=3, replacement=replacement)
    for token, entry in zip("abc", (ACCEPTED, ACCEPTED, BLOCKED), strict=True):
        cache.learn(token, entry, NOW)
    for token in "baa":
        cache.find(token, NOW)
    return cache


@pytest.mark.requirement("C10.FR.07")
@pytest.mark.parametrize(
    ("replacement", "gone"),
    [
        (Replacement.CUSTOM, "c"),
        (Replacement.FIFO, "a"),
        (Replacement.LFU, "c"),
        (Replacement.LRU, "c"),
    ],
)
def test_who_makes_room_is_configured(replacement: Replacement, gone: str) -> None:
    assert used(replacement).learn("d", ACCEPTED, NOW) == {gone}


@pytest.mark.requirement("C10.FR.07")
@pytest.mark.parametrize(
    ("replacement", "gone"),
    [(Replacement.FIFO, "a"), (Replacement.LFU, "b"), (Replacement.LRU, "b")],
)
def test_what_is_used_stays_where_that_is_what_counts(replacement: Replacement, gone: str) -> None:
    cache = used(replacement)
    for _ in range(3):
        cache.learn("c", BLOCKED, NOW)

    assert cache.learn("d", ACCEPTED, NOW) == {gone}


@pytest.mark.requirement("C10.FR.13")
def test_what_expires_by_itself_does_not_go_by_the_lifetime() -> None:
    cache = Cache(size=5, lifetime=timedelta(seconds=1), drops_expired=True)
    cache.learn("own", Entry(status=Status.ACCEPTED, expires=NOW + timedelta(hours=2)), NOW)
    cache.learn("other", ACCEPTED, NOW)
    hour = NOW + timedelta(hours=1)

    assert cache.find("own", hour) is not None
    assert cache.find("other", hour) is None
    assert cache.find("own", NOW + timedelta(hours=2)) is None


@pytest.mark.requirement("C10.FR.10", "C10.FR.13")
def test_what_has_expired_goes_with_the_next_answer() -> None:
    cache = Cache(size=5, drops_expired=True)
    cache.learn("a", Entry(status=Status.ACCEPTED, expires=NOW + timedelta(seconds=1)), NOW)
    later = NOW + timedelta(seconds=1)

    assert cache.learn("b", ACCEPTED, later) == {"a"}
    assert cache.learn("b", Entry(status=Status.ACCEPTED, expires=later), later) == {"b"}
    assert len(cache) == 0
    assert cache.learn("never seen", Entry(status=Status.ACCEPTED, expires=NOW), NOW) == frozenset()
