"""Whatever statement the power goes at, the store is as before the operation or as after it."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias, assert_never

import pytest
from attrs import evolve, field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from ocppkit.store import Journal, Store

from .harness import NOW, Inline, Mains, PowerCut, connector, draft, drive, state


@frozen
class Append:
    reference: str
    payload: str
    final: bool


@frozen
class Answer:
    number: int | None


@frozen
class Fail:
    pass


Operation: TypeAlias = Append | Answer | Fail


@frozen(kw_only=True)
class Content:
    """What a store holds: (message, attempts), numbers and states of transactions."""

    waiting: tuple[tuple[Append, int], ...] = ()
    numbers: dict[str, int] = field(factory=dict)
    states: dict[str, str] = field(factory=dict)


def after(content: Content, operation: Operation) -> Content:
    """The content once an operation is done."""
    match operation:
        case Append():
            states = {**content.states, operation.reference: operation.payload}
            if operation.final:
                del states[operation.reference]
            return evolve(content, waiting=(*content.waiting, (operation, 0)), states=states)
        case Answer() | Fail() if not content.waiting:
            return content
        case Answer():
            (message, _), *others = content.waiting
            numbers = dict(content.numbers)
            if message.final:
                numbers.pop(message.reference, None)
            elif operation.number is not None:
                numbers[message.reference] = operation.number
            return evolve(content, waiting=tuple(others), numbers=numbers)
        case Fail():
            (message, attempts), *others = content.waiting
            return evolve(content, waiting=((message, attempts + 1), *others))
        case _:
            assert_never(operation)


def do(journal: Journal, operation: Operation) -> None:
    """Do an operation to a store."""
    if isinstance(operation, Append):
        message = draft(
            operation.payload,
            reference=operation.reference,
            final=operation.final,
            state=state(operation.reference, operation.payload),
        )
        drive(journal.append(message))
        return
    entry = drive(journal.head("transaction"))
    if entry is None:
        return
    if isinstance(operation, Answer):
        drive(journal.remove(entry.id, number=operation.number))
    else:
        drive(journal.attempted(entry.id, attempts=entry.attempts + 1, at=NOW))


def content_of(store: Inline) -> Content:
    def job(connection: sqlite3.Connection) -> Content:
        rows = connection.execute(
            "SELECT reference, payload, final, attempts FROM outbox ORDER BY id"
        ).fetchall()
        totals = connection.execute("SELECT entries, size FROM outbox_totals").fetchone()
        assert totals == (len(rows), sum(len(row[1]) for row in rows))
        numbers = connection.execute("SELECT reference, number FROM transaction_numbers")
        states = connection.execute("SELECT reference, state FROM open_transactions")
        return Content(
            waiting=tuple((Append(row[0], row[1], bool(row[2])), row[3]) for row in rows),
            numbers=dict(numbers),
            states=dict(states),
        )

    return drive(store.run(job))


class Lives:
    """A store that goes on after each power cut with what the disk holds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: list[Inline] = []
        self.mains: Mains
        self.begin()

    def begin(self) -> Inline:
        """Open the store; a cut while it is opened is survived like any other."""
        number = len(self._opened)
        self.mains = Mains(
            path=self._folder / str(number) / "store.db", snapshot=self._folder / str(number + 1)
        )
        self._opened.append(Inline(self.mains.path, connector(self.mains)))
        return self.store

    @property
    def store(self) -> Inline:
        return self._opened[-1]

    def close(self) -> None:
        for each in self._opened:
            each.database.close()


_operations = st.one_of(
    st.builds(
        Append,
        st.sampled_from(["T1", "T2"]),
        st.text(alphabet="abcdef", min_size=1, max_size=8),
        st.booleans(),
    ),
    st.builds(Answer, st.none() | st.integers(-5, 5)),
    st.just(Fail()),
)
_cuts = st.none() | st.integers(0, 20)


@given(steps=st.lists(st.tuples(_operations, _cuts, st.floats(0, 1)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_nothing_is_lost_and_nothing_doubled(
    steps: list[tuple[Operation, int | None, float]],
) -> None:
    content = Content()
    with TemporaryDirectory() as folder:
        lives = Lives(Path(folder))
        for operation, cut_at, keep_unsynced in steps:
            lives.mains.keep_unsynced = keep_unsynced
            lives.mains.arm(cut_at)
            try:
                do(Journal(lives.store), operation)
            except PowerCut:
                lives.begin()
                found = content_of(lives.store)

                assert found in (content, after(content, operation))
                content = found
            else:
                lives.mains.arm(None)
                content = after(content, operation)
            assert content_of(lives.store) == content
            assert lives.store.incidents == []
        lives.close()


@pytest.mark.parametrize("keep_unsynced", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(
    "operation", [Append("T1", "new", final=False), Append("T1", "new", final=True), Answer(17)]
)
def test_a_cut_at_each_statement_of_an_operation_leaves_it_whole_or_undone(
    operation: Operation, keep_unsynced: float, tmp_path: Path
) -> None:
    lives = Lives(tmp_path)
    content = Content()
    for earlier in (Append("T1", "start", final=False), Append("T1", "more", final=False)):
        do(Journal(lives.store), earlier)
        content = after(content, earlier)
    outcomes = []
    cut_at = 0
    while True:
        lives.mains.keep_unsynced = keep_unsynced
        lives.mains.arm(cut_at)
        try:
            do(Journal(lives.store), operation)
        except PowerCut:
            lives.begin()
            found = content_of(lives.store)
            outcomes.append(found == after(content, operation))

            assert found == content or outcomes[-1]
            if outcomes[-1]:
                break  # the first cut after the commit
            cut_at += 1
        else:
            break
    lives.close()
    assert outcomes[-1]
    assert outcomes.count(False) >= 8


def test_a_cut_at_each_statement_of_the_first_opening_is_survived(tmp_path: Path) -> None:
    for cut_at in range(200):
        path = tmp_path / str(cut_at) / "store.db"
        mains = Mains(path=path, snapshot=tmp_path / f"{cut_at} after", cut_at=cut_at)
        try:
            store = Inline(path, connector(mains))
        except PowerCut:
            store = Inline(mains.snapshot / path.name)
            do(Journal(store), Append("T1", "a", final=False))

            assert len(content_of(store).waiting) == 1
            assert store.incidents == []
            store.database.close()
        else:
            store.database.close()
            assert cut_at > 40
            return
    pytest.fail("the power never lasted")


_APPENDS = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from ocppkit.store import Draft, Store

async def main():
    async with Store(Path(sys.argv[1])) as store:
        async def append(start):
            for number in range(start, 1_000_000, 4):
                await store.journal.append(Draft(
                    lane="transaction", name="x", payload=str(number),
                    created_at=datetime.now(UTC),
                ))
                print(number, flush=True)
        await asyncio.gather(*(append(start) for start in range(4)))

asyncio.run(main())
"""


async def test_a_killed_process_has_lost_nothing_that_it_was_told_is_safe(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    told: list[int] = []
    with subprocess.Popen(  # noqa: S603, ASYNC220  # our own code, by our own interpreter
        [sys.executable, "-c", _APPENDS, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            told.append(int(line))
            if len(told) == 200:
                process.send_signal(signal.SIGKILL)
                break
        told += [int(line) for line in process.stdout if line.endswith("\n")]

    async with Store(path) as store:

        def job(connection: sqlite3.Connection) -> list[int]:
            rows = connection.execute("SELECT payload FROM outbox ORDER BY id")
            return [int(row[0]) for row in rows]

        kept = await store.run(job)
        assert store.incidents == []

    assert set(told) <= set(kept)
    assert len(kept) == len(set(kept))
    for start in range(4):
        assert [each for each in kept if each % 4 == start] == sorted(
            each for each in kept if each % 4 == start
        )
