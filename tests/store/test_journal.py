from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from ocppkit.store import KeyValues, OpenTransactions, Store

from .harness import NOW, draft, state


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path / "store.db") as opened:
        yield opened


async def payloads(store: Store, lane: str = "transaction") -> list[str]:
    def job(connection: sqlite3.Connection) -> list[str]:
        rows = connection.execute("SELECT payload FROM outbox WHERE lane = ? ORDER BY id", (lane,))
        return [row[0] for row in rows]

    return await store.run(job)


async def test_messages_come_out_in_order_and_whole(store: Store) -> None:
    await store.journal.append(draft("1", reference="T1", sequence=4, final=True))
    await store.journal.append(draft("2"))

    head = await store.journal.head("transaction")

    assert head is not None
    assert (head.payload, head.reference, head.sequence, head.final) == ("1", "T1", 4, True)
    assert (head.created_at, head.attempts, head.last_attempt_at) == (NOW, 0, None)
    assert await payloads(store) == ["1", "2"]


async def test_lanes_do_not_know_each_other(store: Store) -> None:
    await store.journal.append(draft("1"))
    await store.journal.append(draft("2", lane="other", name="StatusNotification"))

    head = await store.journal.head("other")

    assert head is not None
    assert head.payload == "2"


@pytest.mark.requirement("1.6 §4.8", "E05.FR.10")
async def test_a_refusal_is_kept_with_the_answer_until_it_is_heeded(store: Store) -> None:
    start = await store.journal.append(draft("start", reference="T1", state=state("T1", "before")))
    await store.journal.remove(start.id, refused=True)
    await store.journal.append(draft("update", reference="T1", state=state("T1", "after")))
    kept = await store.open_transactions.all()
    await store.open_transactions.refusal_heeded("T1")
    heeded = await store.open_transactions.all()

    assert [(each.state, each.refused) for each in kept] == [("after", True)]
    assert [(each.state, each.refused) for each in heeded] == [("after", False)]


@pytest.mark.requirement("1.6 §4.8", "E05.FR.10")
async def test_a_refusal_goes_with_its_transaction_and_none_comes_after_it(store: Store) -> None:
    start = await store.journal.append(draft("start", reference="T1", state=state("T1", "before")))
    late = await store.journal.append(draft("update", reference="T1"))
    await store.journal.remove(start.id, refused=True)
    await store.journal.append(draft("stop", reference="T1", final=True))
    await store.journal.remove(late.id, refused=True)
    await store.journal.append(draft("start", reference="T1", state=state("T1", "anew")))

    assert [each.refused for each in await store.open_transactions.all()] == [False]


async def test_the_answer_to_a_start_gives_its_number_to_all_that_follows(store: Store) -> None:
    start = await store.journal.append(draft("start", reference="T1"))
    await store.journal.append(draft("stop", reference="T1", final=True))

    await store.journal.remove(start.id, number=17)

    head = await store.journal.head("transaction")
    assert head is not None
    assert head.number == 17
    assert await store.journal.number("T1") == 17
    assert await store.journal.numbers() == {"T1": 17}


async def test_a_number_outlasts_a_restart_and_goes_with_the_last_message(tmp_path: Path) -> None:
    async with Store(tmp_path / "store.db") as store:
        start = await store.journal.append(draft("start", reference="T1"))
        stop = await store.journal.append(draft("stop", reference="T1", final=True))
        await store.journal.remove(start.id, number=17)

    async with Store(tmp_path / "store.db") as store:
        head = await store.journal.head("transaction")
        await store.journal.remove(stop.id)

        assert head is not None
        assert (head.payload, head.number) == ("stop", 17)
        assert await store.journal.numbers() == {}


async def test_a_late_answer_does_not_hit_another_message(store: Store) -> None:
    first = await store.journal.append(draft("1"))
    await store.journal.remove(first.id)
    await store.journal.append(draft("2"))

    await store.journal.remove(first.id, number=17)

    assert await payloads(store) == ["2"]
    assert await store.journal.numbers() == {}


async def test_attempts_are_kept_with_the_id_of_the_first(store: Store) -> None:
    placed = await store.journal.append(draft("1"))
    later = NOW + timedelta(seconds=1.5)
    await store.journal.attempted(placed.id, attempts=1, at=NOW, message_id="a")

    await store.journal.attempted(placed.id, attempts=2, at=later, message_id="b")

    head = await store.journal.head("transaction")
    assert head is not None
    assert (head.attempts, head.last_attempt_at, head.message_id) == (2, later, "a")


async def test_the_latest_replaces_what_says_the_same(store: Store) -> None:
    status = {"lane": "other", "name": "StatusNotification"}
    await store.journal.append(draft("1/1 a", topic="1/1", **status))
    await store.journal.append(draft("1/2 a", topic="1/2", **status))
    spared = await store.journal.append(draft("1/1 b", topic="1/1", **status))

    await store.journal.append(
        draft("1/1 c", topic="1/1", **status), replace=True, spare=[spared.id]
    )

    assert await payloads(store, "other") == ["1/2 a", "1/1 b", "1/1 c"]


@pytest.mark.requirement("E04.FR.08")
async def test_thinning_takes_the_first_the_third_and_so_on_of_each_transaction(
    store: Store,
) -> None:
    for number in range(1, 6):
        for reference in ("A", "B"):
            await store.journal.append(
                draft(f"{reference}{number}", reference=reference, thinnable=True)
            )
        await store.journal.append(draft(f"event {number}", reference="A"))

    placed = await store.journal.thin("transaction")

    assert await payloads(store) == [
        "event 1", "A2", "B2", "event 2", "event 3", "A4", "B4", "event 4", "event 5",
    ]  # fmt: skip
    assert placed.entries == 9


async def test_what_is_in_the_air_is_not_thinned(store: Store) -> None:
    first = await store.journal.append(draft("1", thinnable=True))
    await store.journal.append(draft("2", thinnable=True))

    await store.journal.thin("transaction", spare=[first.id])

    assert await payloads(store) == ["1"]


async def test_shedding_takes_the_oldest_that_are_not_essential(store: Store) -> None:
    placed = [
        await store.journal.append(draft(text, lane="other", essential=text == "boot"))
        for text in ("1", "boot", "2", "3", "4")
    ]

    after = await store.journal.shed("other", entries=2, size=1, spare=[placed[0].id])

    assert await payloads(store, "other") == ["1", "boot", "4"]
    assert (after.entries, after.size) == (3, 6)


async def test_shedding_goes_on_until_enough_octets_are_free(store: Store) -> None:
    for text in ("ä" * 3, "b" * 6, "c" * 6):
        await store.journal.append(draft(text, lane="other"))

    after = await store.journal.shed("other", entries=0, size=7)

    assert (after.entries, after.size) == (1, 6)


@pytest.mark.requirement("E14.FR.04")
async def test_it_tells_whether_a_transaction_has_messages_that_wait(store: Store) -> None:
    await store.journal.append(draft("x", lane="other"))
    before = await store.journal.holds(None)
    await store.journal.append(draft("1", reference="T1"))

    assert not before
    assert await store.journal.holds(None)
    assert await store.journal.holds("T1")
    assert await store.journal.holds("t1")
    assert not await store.journal.holds("T2")


async def test_the_state_of_a_transaction_is_kept_with_its_message(store: Store) -> None:
    await store.journal.append(draft("1", reference="T1", state=state("T1", "a")))
    await store.journal.append(draft("2", reference="T2", state=state("T2", "b")))
    await store.journal.append(draft("3", reference="T1", state=state("T1", "c")))
    before = await store.open_transactions.all()

    await store.journal.append(draft("4", reference="T2", final=True))

    assert before == [state("T1", "c"), state("T2", "b")]
    assert await store.open_transactions.all() == [state("T1", "c")]


async def test_transactions_are_saved_and_closed_on_their_own(tmp_path: Path) -> None:
    async with Store(tmp_path / "store.db") as store:
        transactions: OpenTransactions = store.open_transactions
        await transactions.save(state("T2", "b", evse=2))
        await transactions.save(state("T1", "a"))
        await transactions.save(state("T3", "c"))
        await transactions.close("T3")

    async with Store(tmp_path / "store.db") as store:
        assert await store.open_transactions.all() == [state("T1", "a"), state("T2", "b", evse=2)]


async def test_settings_are_kept_by_namespace(tmp_path: Path) -> None:
    async with Store(tmp_path / "store.db") as store:
        settings: KeyValues = store.key_values
        await settings.put("v16", {"b": "1", "a": "2", "c": "3"})
        await settings.put("v201", {"a": "4"})
        await settings.put("v16", {"b": "5", "c": None})

    async with Store(tmp_path / "store.db") as store:
        assert await store.key_values.all("v16") == {"a": "2", "b": "5"}
        assert await store.key_values.get("v201", "a") == "4"
        assert await store.key_values.get("v201", "b") is None

        await store.key_values.clear("v16")

        assert await store.key_values.all("v16") == {}
