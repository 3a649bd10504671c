"""Large files, of which the messages are checked in the background."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from ocppkit.store import IncidentKind, Store
from ocppkit.store import files as store_files

from .harness import Inline, append, draft, kinds, payloads

COUNT = 1000
TEXT = "x" * 700


@pytest.fixture(autouse=True)
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file of a megabyte count as large."""
    monkeypatch.setattr(store_files, "_CHECKED_WHOLE", 64 << 10)


def filled(path: Path) -> Path:
    store = Inline(path)
    append(store, *[f"{TEXT}{number}" for number in range(COUNT)])
    store.database.close()
    return path


def spoil(path: Path) -> None:
    """Overwrite a page of messages in the middle."""
    with sqlite3.connect(path) as connection:
        [[root]] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'outbox'")
    connection.close()
    octets = path.read_bytes()
    page = octets.index(f"{TEXT}{COUNT // 2}".encode()) // 4096
    assert page + 1 != root
    with path.open("r+b") as file:
        file.seek(page * 4096)
        file.write(b"\xff" * 4096)


def check(store: Inline) -> int:
    """Check to the end; how many steps that took."""
    steps = 1
    while store.database.check_some():
        steps += 1
    return steps


def test_a_sound_file_passes_in_small_steps(tmp_path: Path) -> None:
    store = Inline(filled(tmp_path / "station.db"))

    steps = check(store)
    store_kinds, kept = kinds(store), len(payloads(store))
    store.database.close()

    assert steps >= COUNT // 200
    assert (store_kinds, kept) == ([], COUNT)


def test_a_small_file_is_not_checked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_files, "_CHECKED_WHOLE", 64 << 20)
    store = Inline(filled(tmp_path / "station.db"))

    left = store.database.check_some()
    store.database.close()

    assert not left


def test_a_spoiled_file_opens_at_once_and_is_set_aside_by_the_check(tmp_path: Path) -> None:
    path = filled(tmp_path / "station.db")
    spoil(path)
    store = Inline(path)

    before = kinds(store)
    check(store)
    after = kinds(store)
    append(store, "new")
    kept = payloads(store)
    store.database.close()

    assert before == []
    assert IncidentKind.SET_ASIDE in after
    assert list(tmp_path.glob("station.db.corrupt-*"))
    assert kept[-1] == "new"
    assert not store.database.degraded


def test_what_is_added_meanwhile_is_no_part_of_the_check(tmp_path: Path) -> None:
    store = Inline(filled(tmp_path / "station.db"))
    steps = 1
    while store.database.check_some():
        append(store, *[TEXT] * 300)
        steps += 1
    store.database.close()

    assert steps <= COUNT // 200 + 1


async def test_the_stores_thread_checks_while_it_has_nothing_else_to_do(tmp_path: Path) -> None:
    path = filled(tmp_path / "station.db")
    spoil(path)
    found = asyncio.Event()

    async with Store(path, on_incident=lambda _: found.set()) as store:
        before = kinds(store)
        await store.journal.append(draft("new"))
        async with asyncio.timeout(10):
            await found.wait()
            while IncidentKind.SET_ASIDE not in kinds(store):
                found.clear()
                await found.wait()
        placed = await store.journal.append(draft("newer"))

    assert before == []
    assert placed.id > 0


async def test_a_store_that_is_left_before_the_check_is_done_closes(tmp_path: Path) -> None:
    async with asyncio.timeout(10):
        async with Store(filled(tmp_path / "station.db")) as store:
            placed = await store.journal.placed()

    assert placed.entries == COUNT
