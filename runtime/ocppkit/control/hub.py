"""Events to all who want them: whoever reads slowly misses some, and nobody waits for them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Collection
from typing import Any

from ocppkit.control.codec import encode
from ocppkit.control.vocabulary import EVENTS, ON_DEMAND

__all__ = ["Hub", "Subscription"]

_logger = logging.getLogger(__name__)

_HELD = 1000  # events for one reader


class Subscription:
    """The lines that wait for one reader: answers, none of which is lost, and events.

    Attributes:
        events: which events it gets.
    """

    def __init__(self, *, held: int = _HELD) -> None:
        """Hold lines.

        Args:
            held: how many lines wait at most before events are dropped.
        """
        self.events: frozenset[str] = frozenset(EVENTS) - ON_DEMAND
        self._held = held
        self._lines: deque[bytes] = deque()
        self._dropped = 0
        self._more = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._closed = False

    def choose(self, events: Collection[str] | None) -> frozenset[str]:
        """Get these events from now on; None for all that need not be named."""
        self.events = frozenset(EVENTS) - ON_DEMAND if events is None else frozenset(events)
        return self.events

    def offer(self, event: str, line: bytes) -> None:
        """Add an event, if it is wanted and there is room."""
        if self._closed or event not in self.events:
            return
        limit = self._held // 2 if self._dropped else self._held
        if len(self._lines) >= limit:
            self._dropped += 1
            return
        self._tell_dropped()
        self._add(line)

    def answer(self, line: bytes) -> None:
        """Add what is not to be lost; who adds it should `wait_for_room` first."""
        if not self._closed:
            self._add(line)

    def close(self) -> None:
        """Let the reader come to the end of what waits."""
        self._tell_dropped()
        self._closed = True
        self._more.set()
        self._room.set()

    async def wait_for_room(self) -> None:
        """Wait until the reader has caught up so far that another answer may be added."""
        await self._room.wait()

    async def next(self) -> bytes | None:
        """The next line; None at the end."""
        while not self._lines:
            if self._dropped:
                self._tell_dropped()
                continue
            if self._closed:
                return None
            self._more.clear()
            await self._more.wait()
        line = self._lines.popleft()
        if len(self._lines) < self._held:
            self._room.set()
        return line

    def _tell_dropped(self) -> None:
        if self._dropped:
            count, self._dropped = self._dropped, 0
            self._add(encode({"event": "dropped", "count": count}))

    def _add(self, line: bytes) -> None:
        self._lines.append(line)
        self._more.set()
        if len(self._lines) >= self._held:
            self._room.clear()


class Hub:
    """Where events come in and go out to everybody."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []

    def add(self, subscription: Subscription) -> None:
        """Tell this one, too."""
        self._subscriptions.append(subscription)

    def remove(self, subscription: Subscription) -> None:
        """Tell this one no more."""
        self._subscriptions.remove(subscription)

    def wanted(self, event: str) -> bool:
        """Whether anybody would get such an event: what nobody wants need not be made."""
        return any(event in each.events for each in self._subscriptions)

    def publish(self, event: str, **fields: Any) -> None:
        """Tell everybody at once, without waiting for anybody."""
        if not self.wanted(event):
            return
        try:
            line = encode({"event": event, **fields})
        except (TypeError, ValueError):
            _logger.exception("the event %s cannot be written", event)
            return
        for subscription in self._subscriptions:
            subscription.offer(event, line)
