"""Where entries wait for the disk: bounded, and a put never waits."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime

from attrs import define, evolve

from ocppkit.message_log.entry import Entry, EntryKind

__all__ = ["Inbox", "joined_gap"]


def joined_gap(gap: Entry | None, *, time: datetime, reason: str, dropped: int = 1) -> Entry:
    """A gap, with lines more that were lost; the first reason stays."""
    if gap is None:
        return Entry(time=time, kind=EntryKind.GAP, description=reason, dropped=dropped)
    return evolve(gap, time=time, dropped=(gap.dropped or 0) + dropped)


@define
class Inbox:
    """A queue between threads that drops what does not fit, and says so where it is missing.

    Attributes:
        max_entries: how many entries may wait.
        max_size: how many characters of messages may wait.
    """

    max_entries: int
    max_size: int
    _waiting: deque[Entry]
    _ready: threading.Condition
    _size: int = 0
    _gap: Entry | None = None
    _closed: bool = False

    @classmethod
    def of(cls, *, max_entries: int, max_size: int) -> Inbox:
        """An empty inbox."""
        return cls(max_entries, max_size, deque(), threading.Condition())

    def put(self, entry: Entry) -> None:
        """Add an entry, or count it as lost where there is no room; after `close` ignore it."""
        with self._ready:
            if self._closed:
                return
            size = entry.size or 0
            # One that is larger than all the room is taken when it is alone.
            full = self._waiting and (
                len(self._waiting) >= self.max_entries or self._size + size > self.max_size
            )
            if full:
                self._gap = joined_gap(
                    self._gap, time=entry.time, reason="the disk was too slow for the messages"
                )
                return
            if self._gap is not None:
                self._waiting.append(self._gap)
                self._gap = None
            self._waiting.append(entry)
            self._size += size
            self._ready.notify()

    def take(self, timeout: float | None) -> list[Entry]:
        """Wait for entries, and take all; empty after the timeout, or when closed and drained.

        Args:
            timeout: in seconds; None to wait for ever.
        """
        with self._ready:
            self._ready.wait_for(lambda: self._waiting or self._closed, timeout)
            taken = list(self._waiting)
            self._waiting.clear()
            self._size = 0
            if self._gap is not None:
                taken.append(self._gap)
                self._gap = None
            return taken

    def wait_closed(self, timeout: float) -> bool:
        """Wait until it is closed; whether it is."""
        with self._ready:
            return self._ready.wait_for(lambda: self._closed, timeout)

    def close(self) -> None:
        """Take nothing more; what waits can still be taken."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()

    @property
    def closed(self) -> bool:
        """Whether nothing more is taken."""
        return self._closed

    def __len__(self) -> int:
        """How many entries wait."""
        return len(self._waiting)
