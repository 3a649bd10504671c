"""The local list and the cache on the disk: each change is there whole or not at all."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ocppkit.authorization import Cached, Entry, LocalList, Status
from ocppkit.store import IncidentKind, KnownTokens, SavedTokens

from .harness import Disk, Inline, Mains, PowerCut, connector, drive, fault, kinds

V16 = "ocpp1.6"
NOW = datetime(2026, 3, 14, 8, tzinfo=UTC)
ACCEPTED = Entry(status=Status.ACCEPTED)
BLOCKED = Entry(status=Status.BLOCKED, expires=NOW + timedelta(microseconds=7), group_id="G1")

RICH = Entry(status=Status.BLOCKED, evses=(2, 3), priority=-4, languages=("nl", "en-US"))


def listed(version: int, **entries: Entry) -> LocalList:
    return LocalList(version=version, entries=entries)


def cached(token: str, *, seconds: int = 0, entry: Entry = ACCEPTED) -> Cached:
    return Cached(token=token, entry=entry, at=NOW + timedelta(seconds=seconds))


def replace(store: Inline, local_list: LocalList, *uncached: str) -> None:
    drive(KnownTokens(store).replace_list(V16, local_list, uncached=uncached))


def cache(store: Inline, *entries: Cached, uncached: tuple[str, ...] = ()) -> None:
    for each in entries:
        drive(KnownTokens(store).cache(V16, each, uncached=uncached))


def found(store: Inline, protocol: str = V16) -> SavedTokens:
    return drive(KnownTokens(store).load(protocol))


def names(store: Inline) -> list[str]:
    return [each.token for each in found(store).cached]


def test_list_and_cache_are_there_after_a_restart(tmp_path: Path) -> None:
    store = Inline(tmp_path / "db")
    replace(store, listed(7, a=ACCEPTED, b=BLOCKED))
    cache(store, cached("z", entry=RICH), cached("y", seconds=1))
    store.database.close()

    saved = found(Inline(tmp_path / "db"))

    assert saved.local_list.version == 7
    assert dict(saved.local_list.entries) == {"a": ACCEPTED, "b": BLOCKED}
    assert saved.cached == (cached("z", entry=RICH), cached("y", seconds=1))


def test_each_protocol_has_its_own(tmp_path: Path) -> None:
    store = Inline(tmp_path / "db")
    replace(store, listed(7, a=ACCEPTED))
    cache(store, cached("z"))
    other = KnownTokens(store)
    drive(other.replace_list("ocpp2.0.1", listed(1, q=BLOCKED), uncached=["z"]))
    drive(other.clear_cache("ocpp2.0.1"))

    assert dict(found(store).local_list.entries) == {"a": ACCEPTED}
    assert names(store) == ["z"]
    assert found(store, "ocpp2.0.1").local_list.version == 1


def test_changes_of_the_list_take_others_from_the_cache(tmp_path: Path) -> None:
    store = Inline(tmp_path / "db")
    replace(store, listed(1, a=ACCEPTED, b=ACCEPTED))
    cache(store, cached("x"), cached("y"))

    drive(KnownTokens(store).amend_list(V16, 2, {"a": None, "y": BLOCKED}, uncached=["y"]))

    assert dict(found(store).local_list.entries) == {"b": ACCEPTED, "y": BLOCKED}
    assert found(store).local_list.version == 2
    assert names(store) == ["x"]


def test_an_entry_of_the_cache_takes_the_place_of_those_that_make_room(tmp_path: Path) -> None:
    store = Inline(tmp_path / "db")
    cache(store, cached("a"), cached("b", seconds=1), cached("a", seconds=2))

    cache(store, cached("c", seconds=3), uncached=("b",))

    assert names(store) == ["a", "c"]


def test_the_cache_is_cleared(tmp_path: Path) -> None:
    store = Inline(tmp_path / "db")
    cache(store, cached("a"))
    replace(store, listed(1, b=ACCEPTED))

    drive(KnownTokens(store).clear_cache(V16))

    assert names(store) == []
    assert len(found(store).local_list) == 1


def test_the_power_may_be_cut_at_any_step_of_a_full_update(tmp_path: Path) -> None:
    cut_at, seen = 0, set()
    many = {f"t{number}": ACCEPTED for number in range(10_000)}
    while True:
        folder = tmp_path / str(cut_at)
        folder.mkdir()
        mains = Mains(folder / "db", folder / "left")
        store = Inline(mains.path, connector(mains))
        replace(store, listed(1, old=BLOCKED))
        cache(store, cached("t5"))
        mains.arm(cut_at)
        try:
            replace(store, listed(2, **many), "t5")
        except PowerCut:
            left = Inline(mains.snapshot / "db")
            saved = found(left)
            seen.add((saved.local_list.version, len(saved.local_list), len(saved.cached)))
        else:
            break
        cut_at += 1

    assert cut_at > 8
    assert seen == {(1, 1, 1), (2, 10_000, 0)}


def test_what_cannot_be_read_does_not_let_anybody_charge(tmp_path: Path) -> None:
    store = Inline(tmp_path / "db")
    replace(store, listed(3, a=ACCEPTED, b=ACCEPTED, c=BLOCKED))
    cache(store, cached("x"), cached("y"), cached("z"))
    spoil = (
        "UPDATE local_list SET status = 'Acceptes' WHERE token = 'a'",
        "UPDATE local_list SET more = '[1, 2]' WHERE token = 'b'",
        "UPDATE authorization_cache SET status = 'A' WHERE token = 'x'",
        "UPDATE authorization_cache SET learned_at = 9000000000000000000 WHERE token = 'y'",
    )

    async def change() -> None:
        await store.run(lambda connection: [connection.execute(each) for each in spoil])

    drive(change())

    invalid = Entry(status=Status.INVALID)
    assert dict(found(store).local_list.entries) == {"a": invalid, "b": invalid, "c": BLOCKED}
    assert found(store).local_list.version == 3
    assert names(store) == ["z"]


def test_while_the_disk_fails_memory_has_them_and_they_go_back(tmp_path: Path) -> None:
    disk = Disk()
    store = Inline(tmp_path / "db", disk.connect)
    replace(store, listed(1, a=ACCEPTED))
    disk.error = fault(sqlite3.SQLITE_FULL, "database or disk is full")

    replace(store, listed(2, b=ACCEPTED))
    cache(store, cached("x"))
    disk.error = None
    recovered = store.database.recover()
    store.database.close()

    saved = found(Inline(tmp_path / "db"))
    assert recovered
    assert kinds(store) == [IncidentKind.DEGRADED, IncidentKind.RECOVERED]
    assert (saved.local_list.version, set(saved.local_list.entries)) == (2, {"b"})
    assert [each.token for each in saved.cached] == ["x"]


@pytest.mark.parametrize("schema", [1, 2, 3, 4])
def test_a_station_of_before_knows_nobody(schema: int, tmp_path: Path) -> None:
    from ocppkit.store.migrations import MIGRATIONS, migrate  # noqa: PLC0415  # only here

    with sqlite3.connect(tmp_path / "db", isolation_level=None) as old:
        migrate(old, MIGRATIONS[:schema])
    old.close()

    saved = found(Inline(tmp_path / "db"))
    assert (saved.local_list.version, len(saved.local_list), saved.cached) == (0, 0, ())
