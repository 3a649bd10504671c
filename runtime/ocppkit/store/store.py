"""A store: repositories over one SQLite file, none of which holds up the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from ocppkit.store.charging_profiles import ChargingProfiles
from ocppkit.store.database import Database
from ocppkit.store.files import Connect
from ocppkit.store.incident import Incident
from ocppkit.store.inline import Inline
from ocppkit.store.journal import Journal
from ocppkit.store.key_values import KeyValues
from ocppkit.store.known_tokens import KnownTokens
from ocppkit.store.open_transactions import OpenTransactions
from ocppkit.store.work import Job, T
from ocppkit.store.writer import Writer

__all__ = ["Store"]


def _ignore(_: Incident) -> None:
    """What happened is in `Store.incidents` and in the log."""


class Store:
    """What a station must not forget; enter it with ``async with``, once.

    Whatever a repository's method writes lasts once it returns: it is on the disk, or, while the
    store is degraded, in memory.

    Attributes:
        journal: messages that wait for the CSMS.
        open_transactions: transactions under way.
        key_values: settings.
        charging_profiles: those that are installed.
        known_tokens: those that the CSMS has told of.
        incidents: what has happened to the store since it was opened, oldest first.
        on_incident: is called in the event loop when something happens to the store, also at
            opening.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        on_incident: Callable[[Incident], None] = _ignore,
        patience: float = 2.0,
        retry_interval: float = 5.0,
        connect: Connect = sqlite3.connect,
    ) -> None:
        """Prepare a store.

        Args:
            path: of its file; None for one that lasts as long as the process.
            on_incident: is called in the event loop when something happens to the store, also at
                opening.
            patience: how long to wait for another process at opening, in seconds.
            retry_interval: between attempts to write again to a disk that failed, in seconds.
            connect: makes connections to files.
        """
        self.incidents: list[Incident] = []
        self.journal = Journal(self)
        self.open_transactions = OpenTransactions(self)
        self.key_values = KeyValues(self)
        self.charging_profiles = ChargingProfiles(self)
        self.known_tokens = KnownTokens(self)
        self.on_incident = on_incident
        self._database = Database(path, report=self._report, patience=patience, connect=connect)
        self._retry_interval = retry_interval
        self._in_memory = path is None
        self._writer: Inline | Writer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def degraded(self) -> bool:
        """Whether the disk takes no writes, so that what is new is in memory only."""
        return self._database.degraded

    async def __aenter__(self) -> Self:
        """Open it.

        Raises:
            StoreInUse: another process has it open.
        """
        self._loop = asyncio.get_running_loop()
        self._writer = (
            Inline(self._database)
            if self._in_memory
            else Writer(self._database, retry_interval=self._retry_interval)
        )
        await self._writer.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            await self._writer.close()

    async def run(self, job: Job[T]) -> T:
        """Run a job of a repository in the thread of the database.

        Raises:
            RuntimeError: the store is not open.
        """
        if self._writer is None:
            msg = "the store is not open: enter it with `async with`"
            raise RuntimeError(msg)
        return await self._writer.run(job)

    def _report(self, incident: Incident) -> None:
        """Called in the thread of the database."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._note, incident)

    def _note(self, incident: Incident) -> None:
        self.incidents.append(incident)
        self.on_incident(incident)
