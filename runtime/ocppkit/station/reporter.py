"""How statuses reach the CSMS: every change while it is there, the last one after it was not."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime
from typing import Generic, TypeVar

from ocppkit.errors import ConnectionLost, OcppError

__all__ = ["StatusReporter"]

_logger = logging.getLogger(__name__)

K = TypeVar("K", bound=Hashable)
S = TypeVar("S")


class StatusReporter(Generic[K, S]):
    """Compares what is with what the CSMS was told (G01; 1.6 §4.9)."""

    def __init__(
        self,
        *,
        statuses: Callable[[], dict[K, S]],
        send: Callable[[K, S, datetime], Awaitable[None]],
        online: Callable[[], bool],
        now: Callable[[], datetime],
    ) -> None:
        """Report what changes.

        Args:
            statuses: how everything is now.
            send: tells the CSMS; raises OcppError.
            online: whether the CSMS can be told.
            now: the time of day.
        """
        self._statuses = statuses
        self._send = send
        self._online = online
        self._now = now
        self._noted = statuses()
        self._told: dict[K, S] = {}
        self._since: dict[K, datetime] = dict.fromkeys(self._noted, now())
        self._changes: deque[tuple[K, S, datetime]] = deque()
        self._more = asyncio.Event()

    def since(self, key: K) -> datetime:
        """Since when a status is what it is."""
        return self._since[key]

    def note(self) -> None:
        """Look for changes; while offline they are only remembered."""
        for key, status in self._statuses().items():
            if self._noted.get(key) != status:
                self._noted[key] = status
                self._since[key] = self._now()
                if self._online():
                    self._enqueue(key)

    def report(self, *, everything: bool) -> None:
        """Tell the CSMS, which is there again, what it does not know.

        Args:
            everything: whether it knows nothing, as after a boot (B01.FR.05).
        """
        self.note()  # what changed while another version was spoken, or by a restart
        self._changes.clear()
        if everything:
            self._told.clear()
        for key, status in self._noted.items():
            if self._told.get(key) != status:
                self._enqueue(key)

    async def run(self) -> None:
        """Tell for ever, in order."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._changes:
                key, status, since = self._changes.popleft()
                try:
                    await self._send(key, status, since)
                except ConnectionLost:
                    self._told.pop(key, None)
                    self._changes.clear()
                except OcppError as error:
                    _logger.warning("the CSMS does not take the status of %s: %s", key, error)
                else:
                    self._told[key] = status

    def _enqueue(self, key: K) -> None:
        self._changes.append((key, self._noted[key], self._since[key]))
        self._more.set()
