"""The outbox over the journal on a disk: what a CSMS sees of it, whatever goes wrong."""

from __future__ import annotations

import sqlite3
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocppkit.rpc.outbox import Attempt, Keep, Lane, Limits, OtherMessages, Outbox, Retry
from ocppkit.store import Draft, Entry, Journal, Store
from ocppkit.store.migrations import migrate

from .harness import NOW, Inline, Mains, PowerCut, connector, draft, drive

_MILLION = 1_000_000


def make(journal: Journal, *, attempts: int = 3, entries: int = 10_000) -> Outbox[Draft, Entry]:
    return Outbox(
        journal=journal,
        retry=lambda _: Retry(attempts=attempts, interval=0),
        others=lambda: OtherMessages(
            rules={"StatusNotification": Keep.LATEST}, queue_all=True, discard=frozenset()
        ),
        limits=Limits(entries=entries, size=1 << 30),
    )


class Station:
    """Writes down a transaction and tells a CSMS; begins again after each power cut.

    Attributes:
        written: what was written down for certain.
        unsure: what it was writing when the power went.
        seen: what reached the CSMS, with the transaction's number in it.
        answers_lost: how often the power went while an answer was under way.
    """

    def __init__(self, folder: Path) -> None:
        self.written: list[str] = []
        self.unsure: set[str] = set()
        self.seen: list[tuple[str, int | None]] = []
        self.answers_lost = 0
        self._folder = folder
        self._lives: list[Inline] = []
        self._begin()

    def _begin(self) -> None:
        number = len(self._lives)
        self.mains = Mains(
            path=self._folder / str(number) / "store.db", snapshot=self._folder / str(number + 1)
        )
        store = Inline(self.mains.path, connector(self.mains))
        self._lives.append(store)
        self._outbox = make(Journal(store))
        drive(self._outbox.online())

    def write(self, text: str, cut_at: int | None) -> None:
        message = draft(text, reference=text.partition(" ")[0], final=text.endswith("stop"))
        self.mains.arm(cut_at)
        try:
            drive(self._outbox.append(message))
        except PowerCut:
            self.unsure.add(text)
            self._begin()
        else:
            self.written.append(text)
            self.mains.arm(None)

    def send(self, cut_at: int | None) -> bool:
        """One attempt, which the CSMS answers; whether there was anything to send."""
        step = drive(self._outbox.next(Lane.TRANSACTION, NOW))
        if not isinstance(step, Attempt):
            return False
        self.seen.append((step.entry.payload, step.entry.number))
        starts = step.entry.payload.endswith("start")
        self.mains.arm(cut_at)
        try:
            drive(self._outbox.answered(step.entry.id, number=_number(step.entry.payload, starts)))
        except PowerCut:
            self.answers_lost += 1
            self._begin()
        else:
            self.mains.arm(None)
        return True

    def close(self) -> None:
        for each in self._lives:
            each.database.close()


def _number(payload: str, starts: bool) -> int | None:
    return int(payload.partition(" ")[0][1:]) * 10 if starts else None


_cuts = st.none() | st.integers(0, 14)


@given(st.lists(st.one_of(st.tuples(st.just("write"), _cuts), st.tuples(st.just("send"), _cuts))))
@settings(max_examples=50, deadline=None)
def test_the_csms_learns_everything_in_order_and_nothing_twice_but_for_lost_answers(
    steps: list[tuple[str, int | None]],
) -> None:
    with TemporaryDirectory() as folder:
        station = Station(Path(folder))
        texts = iter(f"T{n} {what}" for n in range(1, 1000) for what in ("start", "meter", "stop"))
        for what, cut_at in steps:
            if what == "write":
                station.write(next(texts), cut_at)
            else:
                station.send(cut_at)
        while station.send(None):
            pass
        station.close()
    once = list(dict.fromkeys(text for text, _ in station.seen))
    repeated = len(station.seen) - len(once)

    assert [text for text in once if text not in station.unsure] == station.written
    assert set(once) <= {*station.written, *station.unsure}
    assert repeated <= station.answers_lost
    started = {text.partition(" ")[0] for text in once if text.endswith("start")}
    for text, number in station.seen:
        reference = text.partition(" ")[0]
        if not text.endswith("start"):
            assert number == (int(reference[1:]) * 10 if reference in started else None)


@pytest.mark.requirement("1.6 errata 3.18")
async def test_a_start_that_the_csms_never_takes_does_not_take_its_stop_along(
    tmp_path: Path,
) -> None:
    async with Store(tmp_path / "store.db") as store:
        outbox = make(store.journal, attempts=1)
        await outbox.append(draft("start", name="StartTransaction", reference="T1"))
        await outbox.append(draft("stop", name="StopTransaction", reference="T1", final=True))
        await outbox.online()
        start = await outbox.next(Lane.TRANSACTION, NOW)
        assert isinstance(start, Attempt)

        dropped = await outbox.failed(Lane.TRANSACTION, start.entry, NOW, reason="refused")
        stop = await outbox.next(Lane.TRANSACTION, NOW)

        assert dropped
        assert isinstance(stop, Attempt)
        assert (stop.entry.payload, stop.entry.number) == ("stop", None)  # 1.6 says -1


async def test_limits_hold_on_the_disk(tmp_path: Path) -> None:
    async with Store(tmp_path / "store.db") as store:
        outbox = make(store.journal, entries=50)
        await outbox.append(draft("start", reference="T1"))
        for number in range(200):
            await outbox.append(draft(str(number), reference="T1", thinnable=True))
        await outbox.append(draft("stop", reference="T1", final=True))
        await outbox.online()
        sent = []
        while isinstance(step := await outbox.next(Lane.TRANSACTION, NOW), Attempt):
            sent.append(step.entry.payload)
            await outbox.answered(step.entry.id)

    assert 20 < len(sent) <= 50
    assert (sent[0], sent[-1]) == ("start", "stop")
    meter = [int(text) for text in sent[1:-1]]
    assert meter == sorted(meter)
    assert meter[0] < 100  # thinned in the middle, not cut off at the start


def _fill(path: Path, entries: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    migrate(connection)
    connection.execute("BEGIN")
    connection.execute("DROP TRIGGER outbox_inserted")  # a million updates of one row
    connection.execute(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
        " INSERT INTO outbox (lane, name, topic, reference, sequence, created_at, essential,"
        " thinnable, final, size, payload) SELECT 'transaction', 'TransactionEvent', '',"
        " 'T' || (n / 100), n % 100, n, 0, 1, 0, 100, printf('%0100d', n) FROM numbers",
        (entries,),
    )
    connection.execute("UPDATE outbox_totals SET entries = ?, size = ?", (entries, entries * 100))
    connection.execute("COMMIT")
    connection.close()


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("million") / "store.db"
    _fill(path, _MILLION)
    return path


async def test_a_million_messages_are_open_in_a_second(million: Path) -> None:
    begin = time.perf_counter()
    async with Store(million) as store:
        outbox = make(store.journal)
        await outbox.online()
        step = await outbox.next(Lane.TRANSACTION, NOW + timedelta(days=1))
        placed = await store.journal.placed()
        took = time.perf_counter() - begin

    assert took < 1
    assert isinstance(step, Attempt)
    assert step.entry.id == 1
    assert placed.entries == _MILLION


async def test_no_question_about_a_long_queue_reads_all_of_it(million: Path) -> None:
    counted: list[int] = []

    def count_steps(connection: sqlite3.Connection) -> None:
        connection.set_progress_handler(lambda: counted.append(1), 1000)

    async with Store(million) as store:
        await store.run(count_steps)
        await store.journal.head("transaction")
        await store.journal.head("other")
        await store.journal.holds("T77")
        await store.journal.holds("t77")
        await store.journal.holds("unknown")
        await store.journal.holds(None)
        await store.journal.append(draft("1", lane="other"), replace=True)

    assert len(counted) < 5  # thousands of steps of SQLite's machine
