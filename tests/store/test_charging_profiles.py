"""Charging profiles on the disk: a request's change is there whole or not at all."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ocppkit.store import ChargingProfiles, IncidentKind, Journal, ProfileChange, SavedProfile

from .harness import Disk, Inline, Mains, PowerCut, connector, draft, drive, fault, kinds, state


def saved(profile: int, *, evse: int = 1, reference: str | None = None) -> SavedProfile:
    return SavedProfile(evse=evse, profile=profile, reference=reference, state=f'{{"p":{profile}}}')


def change(store: Inline, *added: SavedProfile, removed: tuple[tuple[int, int], ...] = ()) -> None:
    drive(ChargingProfiles(store).change(ProfileChange(removed=removed, added=added)))


def ids(store: Inline) -> list[tuple[int, int]]:
    return [(each.evse, each.profile) for each in drive(ChargingProfiles(store).all())]


def test_what_is_installed_is_there_after_a_restart(tmp_path: Path) -> None:
    store = Inline(tmp_path / "db")
    change(store, saved(7, reference="T1"), saved(3, evse=0))
    store.database.close()

    found = drive(ChargingProfiles(Inline(tmp_path / "db")).all())

    assert found == [saved(3, evse=0), saved(7, reference="T1")]


def test_one_takes_the_place_of_another_of_its_id(tmp_path: Path) -> None:
    store = Inline(tmp_path / "db")
    change(store, saved(7), saved(8))

    change(store, saved(7, evse=2), saved(9), removed=((1, 7),))

    assert ids(store) == [(1, 8), (1, 9), (2, 7)]


def test_the_power_may_be_cut_at_any_step_of_a_change(tmp_path: Path) -> None:
    cut_at, seen = 0, set()
    while True:
        folder = tmp_path / str(cut_at)
        folder.mkdir()
        mains = Mains(folder / "db", folder / "left")
        store = Inline(mains.path, connector(mains))
        change(store, saved(1), saved(2))
        mains.arm(cut_at)
        try:
            change(store, saved(3), saved(4, evse=2), removed=((1, 1), (1, 2)))
        except PowerCut:
            outcome = tuple(ids(Inline(mains.snapshot / "db")))
        else:
            break
        seen.add(outcome)
        cut_at += 1

    assert cut_at > 8
    assert seen == {((1, 1), (1, 2)), ((1, 3), (2, 4))}


def test_those_of_a_transaction_go_in_the_commit_of_its_last_message(tmp_path: Path) -> None:
    mains = Mains(tmp_path / "db", tmp_path / "left")
    store = Inline(mains.path, connector(mains))
    change(store, saved(1), saved(2, reference="T1"), saved(3, reference="T2"))
    journal = Journal(store)
    drive(journal.append(draft(reference="T1", state=state("T1", "{}"))))

    drive(journal.append(draft(reference="T1", final=True)))

    assert ids(store) == [(1, 1), (1, 3)]


def test_those_of_a_remote_start_come_in_the_commit_of_its_first_message(tmp_path: Path) -> None:
    cut_at, seen = 0, set()
    while True:
        folder = tmp_path / str(cut_at)
        folder.mkdir()
        mains = Mains(folder / "db", folder / "left")
        store = Inline(mains.path, connector(mains))
        mains.arm(cut_at)
        first = draft(reference="T1", profiles=ProfileChange(added=[saved(5, reference="T1")]))
        try:
            drive(Journal(store).append(first))
        except PowerCut:
            left = Inline(mains.snapshot / "db")
            seen.add((len(ids(left)), drive(Journal(left).holds("T1"))))
        else:
            break
        cut_at += 1

    assert seen == {(0, False), (1, True)}


def test_one_that_cannot_be_read_is_kept_aside_until_another_takes_its_place(
    tmp_path: Path,
) -> None:
    store = Inline(tmp_path / "db")
    change(store, saved(1), saved(2))

    drive(ChargingProfiles(store).set_aside(1, 1))
    aside = ids(store)
    change(store, saved(1))

    assert aside == [(1, 2)]
    assert ids(store) == [(1, 1), (1, 2)]


def test_while_the_disk_fails_memory_has_them_and_they_go_back(tmp_path: Path) -> None:
    disk = Disk()
    store = Inline(tmp_path / "db", disk.connect)
    change(store, saved(1), saved(2))
    disk.error = fault(sqlite3.SQLITE_FULL, "database or disk is full")

    change(store, saved(3), removed=((1, 1),))
    meanwhile = ids(store)
    disk.error = None
    recovered = store.database.recover()
    store.database.close()

    assert (meanwhile, recovered) == ([(1, 2), (1, 3)], True)
    assert kinds(store) == [IncidentKind.DEGRADED, IncidentKind.RECOVERED]
    assert ids(Inline(tmp_path / "db")) == [(1, 2), (1, 3)]


@pytest.mark.parametrize("schema", [1, 2, 3])
def test_a_station_of_before_has_none(schema: int, tmp_path: Path) -> None:
    from ocppkit.store.migrations import MIGRATIONS, migrate  # noqa: PLC0415  # only here

    with sqlite3.connect(tmp_path / "db", isolation_level=None) as old:
        migrate(old, MIGRATIONS[:schema])
    old.close()

    assert ids(Inline(tmp_path / "db")) == []
