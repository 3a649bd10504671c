"""Statuses that the CSMS is told one after another, those of its absence once it is there again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeAlias, TypeVar

from ocppkit.errors import ConnectionLost, OcppError
from ocppkit.message import Version
from ocppkit.station.link import Link

__all__ = ["Announcer", "Tell"]

_logger = logging.getLogger(__name__)
S = TypeVar("S")

Tell: TypeAlias = Callable[[S], Awaitable[None]]
"""Tells the CSMS a status; raises OcppError."""


class Announcer(Generic[S]):
    """Tells the CSMS statuses, in order and in the words of the version that is spoken.

    Attributes:
        untold: what it has still to learn, oldest first.
    """

    def __init__(
        self,
        *,
        link: Link,
        version: Callable[[], Version],
        keep: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Have nothing to tell.

        Args:
            link: the way to the CSMS.
            version: that is spoken.
            keep: called when there is less to tell.
        """
        self.untold: list[S] = []
        self._link = link
        self._version = version
        self._keep = keep
        self._tellers: dict[Version, Tell[S]] = {}
        self._listeners: list[Callable[[S], None]] = []
        self._some = asyncio.Event()
        self._none = asyncio.Event()

    def by(self, version: Version, tell: Tell[S]) -> None:
        """Say how a version tells."""
        self._tellers[version] = tell

    def listen(self, listener: Callable[[S], None]) -> None:
        """Have somebody here told each status, at once; it must not raise."""
        self._listeners.append(listener)

    def add(self, *statuses: S) -> None:
        """Have the CSMS told."""
        self.untold.extend(statuses)
        self._some.set()
        for status in statuses:
            for listener in self._listeners:
                listener(status)

    def restore(self, statuses: Iterable[S]) -> None:
        """Take up what it had not learned before the restart."""
        self.untold[:0] = statuses
        self._some.set()

    async def wait_told(self) -> None:
        """Wait until the CSMS knows everything."""
        while self.untold:
            self._none.clear()
            await self._none.wait()

    async def run(self) -> None:
        """Tell for ever."""
        while True:
            while not self.untold:
                self._none.set()
                self._some.clear()
                await self._some.wait()
            await self._link.wait_online()
            session = self._link.session
            tell = self._tellers.get(self._version())
            try:
                if tell is not None:
                    await tell(self.untold[0])
            except ConnectionLost:
                await self._link.wait_gone(session)
                continue
            except OcppError as error:
                _logger.warning("the CSMS does not take the status %s: %s", self.untold[0], error)
            del self.untold[0]
            if self._keep is not None:
                await self._keep()
