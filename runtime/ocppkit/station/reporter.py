"""How statuses reach the CSMS: what lasts while it is there, the last one after it was not."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from ocppkit.errors import ConnectionLost, OcppError
from ocppkit.station.environment import Environment
from ocppkit.station.pausing import pause

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
        steady: Callable[[], float] = lambda: 0.0,
        environment: Environment | None = None,
    ) -> None:
        """Report what changes.

        Args:
            statuses: how everything is now.
            send: tells the CSMS; raises OcppError.
            online: whether the CSMS can be told, in the words of `send`.
            now: the time of day.
            steady: how many seconds a status lasts before it is told (MinimumStatusDuration).
            environment: for that wait; the world as it is for None.
        """
        self._statuses = statuses
        self._send = send
        self._online = online
        self._now = now
        self._steady = steady
        self._environment = environment or Environment()
        self._noted = statuses()
        self._told: dict[K, S] = {}
        self._expected: dict[K, S] = {}  # what it was told, once it was told all that waits
        self._settling: dict[K, float] = {}  # since when, in the order of the changes
        self._missed: set[K] = set()  # what changed while the CSMS was away, if only for a while
        # By the monotonic clock: the time of day may be set, as by the answer to the first boot.
        self._since = dict.fromkeys(self._noted, self._environment.monotonic())
        self._changes: deque[tuple[K, S, float]] = deque()
        self._more = asyncio.Event()

    def since(self, key: K) -> datetime:
        """Since when a status is what it is."""
        return self._time_of_day(self._since[key])

    def note(self) -> None:
        """Look for changes; while offline they are only remembered."""
        for key, status in self._statuses().items():
            if self._noted.get(key) != status:
                self._noted[key] = status
                self._since[key] = self._environment.monotonic()
                self._settling.pop(key, None)
                if not self._online():
                    self._missed.add(key)
                elif self._steady() > 0:
                    self._settling[key] = self._environment.monotonic()
                    self._more.set()
                else:
                    self._enqueue(key)

    def reconsider(self) -> None:
        """Take note that statuses have to last longer by now, or not as long."""
        self._more.set()

    def repeat(self) -> None:
        """Tell the CSMS how everything is, although it knows; what is about to be told once."""
        waiting = {key for key, _, _ in self._changes} | self._settling.keys()
        for key in self._noted:
            if key not in waiting:
                self._enqueue(key)

    def report(self, *, everything: bool) -> None:
        """Tell the CSMS, which is there again, what it does not know.

        Args:
            everything: whether it knows nothing, as after a boot (B01.FR.05); else it is told what
                changed, though that be what it was before again (B04.FR.02).
        """
        self.note()  # what changed while another version was spoken, or by a restart
        self._changes.clear()
        if everything:
            self._told.clear()
        self._expected = dict(self._told)
        for key, status in self._noted.items():
            if key in self._missed or self._told.get(key) != status:
                self._enqueue(key)
        self._missed.clear()

    async def run(self) -> None:
        """Tell for ever, in order."""
        while True:
            left = self._settle()
            if self._changes:
                await self._tell(*self._changes.popleft())
            elif left is None:
                await self._more.wait()
                self._more.clear()
            else:
                await pause(left, self._more, sleep=self._environment.sleep)

    async def _tell(self, key: K, status: S, since: float) -> None:
        try:
            await self._send(key, status, self._time_of_day(since))
        except ConnectionLost:
            self._told.pop(key, None)
            self._changes.clear()
        except OcppError as error:
            _logger.warning("the CSMS does not take the status of %s: %s", key, error)
        else:
            self._told[key] = status

    def _settle(self) -> float | None:
        """Have those told that have lasted; seconds until the next has, None for no next."""
        for key, began in list(self._settling.items()):
            left = began + self._steady() - self._environment.monotonic()
            if left > 0:
                return left
            del self._settling[key]
            if self._online() and self._expected.get(key) != self._noted[key]:
                self._enqueue(key)
        return None

    def _enqueue(self, key: K) -> None:
        self._changes.append((key, self._noted[key], self._since[key]))
        self._expected[key] = self._noted[key]
        self._more.set()

    def _time_of_day(self, since: float) -> datetime:
        return self._now() - timedelta(seconds=self._environment.monotonic() - since)
