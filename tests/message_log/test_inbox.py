from __future__ import annotations

from ocppkit.message_log import EntryKind
from ocppkit.message_log.inbox import Inbox

from .conftest import MakeEntry


def test_what_does_not_fit_is_counted_where_it_is_missing(entry: MakeEntry) -> None:
    inbox = Inbox.of(max_entries=2, max_size=1000)
    for number in range(5):
        inbox.put(entry(message_id=str(number)))

    first = inbox.take(0)
    inbox.put(entry(message_id="5"))
    second = inbox.take(0)

    assert [one.message_id for one in first[:2]] == ["0", "1"]
    assert (first[2].kind, first[2].dropped) == (EntryKind.GAP, 3)
    assert [one.message_id for one in second] == ["5"]


def test_large_messages_fill_it_too_but_one_always_fits(entry: MakeEntry) -> None:
    inbox = Inbox.of(max_entries=10, max_size=100)
    inbox.put(entry(size=500))
    inbox.put(entry(size=1))

    assert [one.kind for one in inbox.take(0)] == [EntryKind.CALL, EntryKind.GAP]


def test_a_gap_stands_before_a_smaller_message_that_still_fits(entry: MakeEntry) -> None:
    inbox = Inbox.of(max_entries=10, max_size=100)
    for size in (60, 60, 30):
        inbox.put(entry(size=size))

    assert [one.size for one in inbox.take(0)] == [60, None, 30]


def test_closed_it_takes_nothing_more_and_gives_what_it_has(entry: MakeEntry) -> None:
    inbox = Inbox.of(max_entries=10, max_size=100)
    inbox.put(entry())
    inbox.close()
    inbox.put(entry())

    assert inbox.closed
    assert len(inbox.take(None)) == 1
    assert inbox.take(None) == []
    assert inbox.wait_closed(0)
