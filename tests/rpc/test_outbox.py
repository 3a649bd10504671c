from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from attrs import define, evolve, field, frozen
from hypothesis import given
from hypothesis import strategies as st

from ocppkit.rpc.outbox import (
    Attempt,
    Excess,
    Keep,
    Lane,
    Limits,
    Nothing,
    OtherMessages,
    Outbox,
    Retry,
    WaitUntil,
)

NOW = datetime(2026, 3, 14, 8, tzinfo=UTC)
NOBODY = OtherMessages(rules={}, queue_all=False, discard=frozenset())
EVERYBODY = OtherMessages(rules={}, queue_all=True, discard=frozenset())


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@frozen(kw_only=True)
class Note:
    lane: str = "transaction"
    name: str = "TransactionEvent"
    topic: str = ""
    size: int = 1
    essential: bool = False
    thinnable: bool = False


@frozen(kw_only=True)
class Kept:
    id: int
    note: Note
    attempts: int = 0
    last_attempt_at: datetime | None = None
    message_id: str | None = None

    @property
    def name(self) -> str:
        return self.note.name


@frozen(kw_only=True)
class Totals:
    id: int
    entries: int
    size: int


@define
class MemoryJournal:
    kept: list[Kept] = field(factory=list)
    numbers: list[int] = field(factory=list)
    refusals: list[int] = field(factory=list)
    ids: count[int] = field(factory=lambda: count(1))
    last_id: int = 0
    thinnings: list[str] = field(factory=list)

    async def append(
        self, draft: Note, *, replace: bool = False, spare: Collection[int] = ()
    ) -> Totals:
        if replace:
            self.kept = [
                each
                for each in self.kept
                if each.id in spare or (each.name, each.note.topic) != (draft.name, draft.topic)
            ]
        self.last_id = next(self.ids)
        self.kept.append(Kept(id=self.last_id, note=draft))
        return await self.placed()

    async def head(self, lane: str) -> Kept | None:
        return next((each for each in self.kept if each.note.lane == lane), None)

    async def remove(self, id: int, *, number: int | None = None, refused: bool = False) -> None:
        self.kept = [each for each in self.kept if each.id != id]
        if number is not None:
            self.numbers.append(number)
        self.refusals += [id] * refused

    async def attempted(
        self, id: int, *, attempts: int, at: datetime, message_id: str | None = None
    ) -> None:
        self.kept = [
            evolve(
                each,
                attempts=attempts,
                last_attempt_at=at,
                message_id=each.message_id or message_id,
            )
            if each.id == id
            else each
            for each in self.kept
        ]

    async def thin(self, lane: str, *, spare: Collection[int] = ()) -> Totals:
        self.thinnings.append(lane)
        thinnable = [
            each.id
            for each in self.kept
            if each.note.lane == lane and each.note.thinnable and each.id not in spare
        ]
        self.kept = [each for each in self.kept if each.id not in thinnable[::2]]
        return await self.placed()

    async def shed(
        self, lane: str, *, entries: int, size: int, spare: Collection[int] = ()
    ) -> Totals:
        for each in list(self.kept):
            if entries <= 0 and size <= 0:
                break
            if each.note.lane == lane and not each.note.essential and each.id not in spare:
                self.kept.remove(each)
                entries -= 1
                size -= each.note.size
        return await self.placed()

    async def placed(self) -> Totals:
        return Totals(
            id=self.last_id,
            entries=len(self.kept),
            size=sum(each.note.size for each in self.kept),
        )

    def ids_left(self) -> list[int]:
        return [each.id for each in self.kept]


def make(
    journal: MemoryJournal,
    *,
    attempts: int = 3,
    interval: float = 60,
    others: OtherMessages = EVERYBODY,
    entries: int = 1000,
    size: int = 1000,
) -> Outbox[Note, Kept]:
    return Outbox(
        journal=journal,
        retry=lambda _: Retry(attempts=attempts, interval=interval),
        others=lambda: others,
        limits=Limits(entries=entries, size=size),
    )


async def attempt(
    outbox: Outbox[Note, Kept], now: datetime = NOW, lane: Lane = Lane.TRANSACTION
) -> Kept:
    step = await outbox.next(lane, now)
    assert isinstance(step, Attempt), step
    return step.entry


@pytest.mark.requirement("1.6 §3.7")
async def test_messages_of_transactions_go_in_order_each_once_it_is_answered() -> None:
    outbox = make(MemoryJournal())
    await outbox.online()
    first = await outbox.append(Note())
    second = await outbox.append(Note())
    assert first is not None

    one = await attempt(outbox)
    again = await attempt(outbox)
    await outbox.answered(first)

    assert one.id == again.id == first
    assert (await attempt(outbox)).id == second


async def test_nothing_goes_while_there_is_no_connection() -> None:
    journal = MemoryJournal()
    outbox = make(journal)
    await outbox.append(Note())
    before = await outbox.next(Lane.TRANSACTION, NOW)
    await outbox.online()
    await attempt(outbox)

    outbox.offline()

    assert before == await outbox.next(Lane.TRANSACTION, NOW) == Nothing()
    assert journal.ids_left() == [1]


async def test_the_connection_may_go_while_the_journal_is_read() -> None:
    class Late(MemoryJournal):
        async def head(self, lane: str) -> Kept | None:
            outbox.offline()
            return await super().head(lane)

    outbox = make(Late())
    await outbox.append(Note())
    await outbox.online()

    assert await outbox.next(Lane.TRANSACTION, NOW) == Nothing()


@pytest.mark.requirement("E13.FR.03")
@pytest.mark.requirement("E13.FR.04")
@pytest.mark.requirement("1.6 §3.7.1", "1.6 key TransactionMessageRetryInterval")
async def test_the_example_of_the_specification(caplog: pytest.LogCaptureFixture) -> None:
    journal = MemoryJournal()
    outbox = make(journal, attempts=3, interval=60)
    await outbox.online()
    await outbox.append(Note())
    await outbox.append(Note())

    dropped = [await outbox.failed(Lane.TRANSACTION, await attempt(outbox), NOW, reason="refused")]
    first_wait = await outbox.next(Lane.TRANSACTION, later(59))
    dropped.append(
        await outbox.failed(
            Lane.TRANSACTION, await attempt(outbox, later(60)), later(61), reason="refused"
        )
    )
    second_wait = await outbox.next(Lane.TRANSACTION, later(62))
    with caplog.at_level(logging.ERROR):
        last = await attempt(outbox, later(181))
        dropped.append(await outbox.failed(Lane.TRANSACTION, last, later(181), reason="refused"))

    assert (first_wait, second_wait) == (WaitUntil(at=later(60)), WaitUntil(at=later(181)))
    assert dropped == [False, False, True]
    assert (await attempt(outbox, later(181))).id == 2
    assert "dropped after 3 attempts: refused" in caplog.text


async def test_a_lost_connection_uses_up_no_attempt() -> None:
    outbox = make(MemoryJournal(), attempts=2)
    await outbox.append(Note())

    for _ in range(10):
        await outbox.online()
        entry = await attempt(outbox)
        outbox.offline()

        assert entry.attempts == 0


async def test_attempts_and_the_wait_outlast_a_restart() -> None:
    journal = MemoryJournal()
    outbox = make(journal, attempts=3)
    await outbox.online()
    await outbox.append(Note())
    await outbox.failed(Lane.TRANSACTION, await attempt(outbox), NOW, reason="x", message_id="m")

    outbox = make(journal, attempts=3)
    await outbox.online()

    assert await outbox.next(Lane.TRANSACTION, later(59)) == WaitUntil(at=later(60))
    entry = await attempt(outbox, later(60))
    assert (entry.attempts, entry.message_id) == (1, "m")


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_clock_that_is_set_back_prolongs_no_wait(restarted: bool) -> None:
    journal = MemoryJournal()
    outbox = make(journal)
    await outbox.online()
    await outbox.append(Note())
    await outbox.failed(Lane.TRANSACTION, await attempt(outbox), NOW, reason="x")
    if restarted:
        outbox = make(journal)
        await outbox.online()

    first = await outbox.next(Lane.TRANSACTION, later(-86400))

    assert first == WaitUntil(at=later(-86400 + 60))
    assert await outbox.next(Lane.TRANSACTION, later(-86400 + 59)) == first
    assert (await attempt(outbox, later(-86400 + 60))).id == 1


async def test_a_configuration_that_changes_counts_at_once() -> None:
    retry = Retry(attempts=3, interval=60)
    outbox: Outbox[Note, Kept] = Outbox(
        journal=MemoryJournal(),
        retry=lambda _: retry,
        others=lambda: NOBODY,
        limits=Limits(entries=9, size=9),
    )
    await outbox.online()
    await outbox.append(Note())
    await outbox.failed(Lane.TRANSACTION, await attempt(outbox), NOW, reason="x")

    retry = Retry(attempts=2, interval=5)

    assert await outbox.next(Lane.TRANSACTION, later(1)) == WaitUntil(at=later(5))
    entry = await attempt(outbox, later(5))
    assert await outbox.failed(Lane.TRANSACTION, entry, later(5), reason="x")


@pytest.mark.parametrize("attempts", [-1, 0, 1])
async def test_at_least_one_attempt_is_made(attempts: int) -> None:
    outbox = make(MemoryJournal(), attempts=attempts)
    await outbox.online()
    await outbox.append(Note())

    entry = await attempt(outbox)

    assert await outbox.failed(Lane.TRANSACTION, entry, NOW, reason="x")


async def test_other_messages_do_not_wait_for_transactions() -> None:
    outbox = make(MemoryJournal())
    await outbox.online()
    await outbox.append(Note())
    await outbox.append(Note(lane="other", name="SecurityEventNotification"))
    await outbox.failed(Lane.TRANSACTION, await attempt(outbox), NOW, reason="x")

    assert (await attempt(outbox, NOW, Lane.OTHER)).id == 2
    assert isinstance(await outbox.next(Lane.TRANSACTION, NOW), WaitUntil)


async def test_the_number_in_an_answer_reaches_the_journal() -> None:
    journal = MemoryJournal()
    outbox = make(journal)
    await outbox.online()
    await outbox.append(Note())
    entry = await attempt(outbox)

    await outbox.answered(entry.id, number=17, refused=True)

    assert journal.numbers == [17]
    assert journal.refusals == [entry.id]
    assert journal.kept == []


@pytest.mark.requirement("E11.FR.07")
async def test_what_waited_without_a_connection_is_marked() -> None:
    outbox = make(MemoryJournal())
    await outbox.online()
    await outbox.append(Note())
    before = await outbox.next(Lane.TRANSACTION, NOW)
    outbox.offline()
    await outbox.append(Note())
    await outbox.online()
    await outbox.append(Note())

    marks = []
    for _ in range(3):
        step = await outbox.next(Lane.TRANSACTION, NOW)
        assert isinstance(step, Attempt)
        marks.append(step.offline)
        await outbox.answered(step.entry.id)

    assert before == Attempt(entry=Kept(id=1, note=Note()), offline=False)
    assert marks == [True, True, False]


async def test_a_message_that_is_not_kept_is_given_back() -> None:
    journal = MemoryJournal()
    outbox = make(journal, others=NOBODY)

    assert await outbox.append(Note(lane="other", name="Heartbeat")) is None
    assert await outbox.append(Note()) == 1
    assert journal.ids_left() == [1]


async def test_only_the_latest_of_a_topic_is_kept_but_none_in_the_air_is_lost() -> None:
    journal = MemoryJournal()
    rules = {"StatusNotification": Keep.LATEST}
    outbox = make(journal, others=OtherMessages(rules=rules, queue_all=False, discard=frozenset()))
    status = Note(lane="other", name="StatusNotification", topic="1/1")
    await outbox.append(status)
    await outbox.append(evolve(status, topic="1/2"))
    await outbox.append(status)
    replaced = journal.ids_left()
    await outbox.online()
    await attempt(outbox, NOW, Lane.OTHER)  # 2

    await outbox.append(evolve(status, topic="1/2"))
    await outbox.answered(2)
    await outbox.append(evolve(status, topic="1/2"))

    assert replaced == [2, 3]
    assert journal.ids_left() == [3, 5]


@pytest.mark.parametrize(
    ("name", "queue_all", "expected"),
    [
        ("SecurityEventNotification", False, Keep.ALL),
        ("StatusNotification", False, Keep.LATEST),
        ("DataTransfer", False, Keep.NEVER),
        ("DataTransfer", True, Keep.ALL),
        ("StatusNotification", True, Keep.LATEST),
        ("Heartbeat", True, Keep.NEVER),
    ],
)
def test_what_is_kept(name: str, queue_all: bool, expected: Keep) -> None:
    rules: Mapping[str, Keep] = {
        "SecurityEventNotification": Keep.ALL,
        "StatusNotification": Keep.LATEST,
        "Heartbeat": Keep.ALL,
    }
    others = OtherMessages(rules=rules, queue_all=queue_all, discard=frozenset({"Heartbeat"}))

    assert others.keep(name) is expected


async def test_other_messages_give_way_before_those_of_transactions() -> None:
    journal = MemoryJournal()
    outbox = make(journal, entries=6)
    await outbox.append(Note(lane="other", name="BootNotification", essential=True))  # 1
    await outbox.append(Note())  # 2
    await outbox.append(Note(thinnable=True))  # 3
    await outbox.append(Note(lane="other", name="DataTransfer"))  # 4
    await outbox.append(Note(thinnable=True))  # 5
    await outbox.append(Note())  # 6

    await outbox.append(Note(thinnable=True))  # 7
    without_data_transfer = journal.ids_left()
    await outbox.append(Note())  # 8

    assert without_data_transfer == [1, 2, 3, 5, 6, 7]
    assert journal.ids_left() == [1, 2, 5, 6, 8]


async def test_what_is_essential_stays_whatever_the_limits_say(
    caplog: pytest.LogCaptureFixture,
) -> None:
    journal = MemoryJournal()
    outbox = make(journal, size=3)

    for _ in range(6):
        await outbox.append(Note(size=2))

    assert len(journal.kept) == 6
    assert [record.levelname for record in caplog.records] == ["WARNING"]  # once, not each time


async def test_what_is_in_the_air_does_not_give_way() -> None:
    journal = MemoryJournal()
    outbox = make(journal, entries=2)
    await outbox.online()
    await outbox.append(Note(thinnable=True))
    await outbox.append(Note(thinnable=True))
    await attempt(outbox)

    await outbox.append(Note(thinnable=True))

    assert journal.ids_left() == [1, 3]


@given(st.integers(0, 2**31), st.floats(0, 2**31), st.integers(1, 2**31))
def test_a_wait_grows_with_the_attempts_and_never_breaks_the_calendar(
    attempts: int, interval: float, failures: int
) -> None:
    retry = Retry(attempts=attempts, interval=interval)

    assert NOW <= retry.due(failures, NOW) <= retry.due(failures + 1, NOW)


def test_an_excess_is_true_where_there_is_one() -> None:
    limits = Limits(entries=2, size=10)

    assert not limits.excess(Totals(id=1, entries=2, size=10))
    assert limits.excess(Totals(id=1, entries=3, size=1)) == Excess(entries=1, size=0)
    assert limits.excess(Totals(id=1, entries=1, size=14)) == Excess(entries=0, size=4)
    assert limits.excess(Totals(id=1, entries=3, size=1))
    assert limits.excess(Totals(id=1, entries=1, size=14))
