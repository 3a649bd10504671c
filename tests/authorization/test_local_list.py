"""The local list as an update changes it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ocppkit.authorization import Changes, Entry, ListFault, LocalList, Status

ACCEPTED = Entry(status=Status.ACCEPTED)
BLOCKED = Entry(status=Status.BLOCKED, group_id="G", expires=datetime(2030, 1, 1, tzinfo=UTC))


def changes(**said: Entry | None) -> Changes:
    found = LocalList.changes(said.items())
    assert not isinstance(found, ListFault)
    return found


def listed(version: int = 3, **said: Entry | None) -> LocalList:
    made = LocalList().replaced(version, changes(**said), most=10)
    assert isinstance(made, LocalList)
    return made


@pytest.mark.requirement("1.6 §5.15")
def test_a_full_update_takes_the_place_of_all_that_was() -> None:
    before = listed(9, A=ACCEPTED, B=ACCEPTED)

    after = before.replaced(2, changes(C=BLOCKED), most=10)

    assert isinstance(after, LocalList)
    assert (after.version, dict(after.entries)) == (2, {"c": BLOCKED})
    assert (before.version, len(before)) == (9, 2)


@pytest.mark.requirement("1.6 §7.1")
def test_a_differential_update_adds_changes_and_deletes() -> None:
    after = listed(3, A=ACCEPTED, B=ACCEPTED, C=ACCEPTED).amended(
        4, changes(b=BLOCKED, c=None, d=ACCEPTED, unknown=None), most=10
    )

    assert isinstance(after, LocalList)
    assert dict(after.entries) == {"a": ACCEPTED, "b": BLOCKED, "d": ACCEPTED}
    assert after.version == 4


@pytest.mark.requirement("1.6 §6.41")
def test_a_differential_update_of_nothing_only_changes_the_version() -> None:
    after = listed(3, A=ACCEPTED).amended(4, {}, most=10)

    assert isinstance(after, LocalList)
    assert (after.version, dict(after.entries)) == (4, {"a": ACCEPTED})


@pytest.mark.requirement("1.6 §7.47")
@pytest.mark.parametrize("version", [1, 3])
def test_a_differential_update_needs_a_version_above_the_lists(version: int) -> None:
    assert listed(3, A=ACCEPTED).amended(version, {}, most=10) is ListFault.OLD_VERSION


@pytest.mark.requirement("1.6 §5.10")
def test_an_empty_list_has_version_0_and_takes_any_after_it() -> None:
    emptied = listed(3, A=ACCEPTED).amended(7, changes(a=None), most=10)

    assert isinstance(emptied, LocalList)
    assert emptied.version == 0
    assert isinstance(emptied.amended(1, changes(a=ACCEPTED), most=10), LocalList)


@pytest.mark.parametrize("version", [0, -1, -7, 2**63])
def test_errata_3_52_versions_with_a_meaning_of_their_own_are_refused(version: int) -> None:
    assert LocalList().replaced(version, {}, most=10) is ListFault.RESERVED_VERSION
    assert LocalList().amended(version, {}, most=10) is ListFault.RESERVED_VERSION
    assert listed(3, A=ACCEPTED).amended(version, {}, most=10) is ListFault.RESERVED_VERSION


def test_a_token_stands_in_an_update_once_in_whatever_case() -> None:
    assert LocalList.changes([("abc", ACCEPTED), ("ABC", None)]) is ListFault.DUPLICATE


def test_a_full_update_has_to_say_something_of_each() -> None:
    fault = LocalList().replaced(1, changes(a=ACCEPTED, b=None), most=10)

    assert fault is ListFault.INCOMPLETE


def test_what_has_no_room_is_refused_and_what_leaves_makes_room() -> None:
    full = listed(1, a=ACCEPTED, b=ACCEPTED)

    assert full.amended(2, changes(c=ACCEPTED), most=2) is ListFault.TOO_LONG
    assert isinstance(full.amended(2, changes(c=ACCEPTED, a=None), most=2), LocalList)
    assert LocalList().replaced(1, full.entries, most=1) is ListFault.TOO_LONG


def test_tokens_are_found_in_any_case() -> None:
    assert listed(1, AbC=BLOCKED).find("aBc") is BLOCKED
    assert listed(1, AbC=BLOCKED).find("x") is None


@pytest.mark.requirement("D01.FR.04", "D02.FR.01")
def test_an_empty_list_keeps_its_version_where_that_tells_it_from_none() -> None:
    begun = LocalList(forgets_version=False)
    emptied = begun.replaced(4, {}, most=5)

    assert isinstance(emptied, LocalList)
    assert (begun.version, emptied.version) == (0, 4)
    assert emptied.amended(4, {"a": Entry(status=Status.ACCEPTED)}, most=5) is ListFault.OLD_VERSION
