"""Records of transactions on their way into the journal, which may fail to take them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from ocppkit.store import Draft

__all__ = ["RecordWriter"]

_logger = logging.getLogger(__name__)

_AGAIN: Final = 10.0  # seconds between attempts
_MOST: Final = 1000  # that wait in memory, beside essential ones


class RecordWriter:
    """Writes records in order; those that the journal does not take wait in memory.

    A disk that fails is the store's own matter. This is for what it does not get over: whoever
    charges must be able to end that, and to get the cable back.
    """

    def __init__(
        self,
        *,
        write: Callable[[Draft], Awaitable[object]],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """Write nothing yet; see `run`.

        Args:
            write: brings a record into the journal.
            sleep: of the station's environment.
        """
        self._write = write
        self._sleep = sleep
        self._waiting: list[Draft] = []
        self._some = asyncio.Event()

    async def write(self, draft: Draft) -> None:
        """Write a record, or have it wait until that is possible."""
        if not self._waiting:
            try:
                await self._write(draft)
            except Exception:  # a transaction goes on whatever becomes of the store
                _logger.exception("the journal takes no records: they wait in memory")
            else:
                return
        self._waiting.append(draft)
        self._thin(lambda each: each.thinnable)
        self._thin(lambda each: not (each.essential or each.profiles))
        self._some.set()

    def holds(self, transaction_id: str | None) -> bool:
        """Whether a record of this transaction waits in memory; of any, for None.

        Args:
            transaction_id: in any case (Part 2 §2.1.4).
        """
        if transaction_id is None:
            return bool(self._waiting)
        wanted = transaction_id.lower()
        return any((each.reference or "").lower() == wanted for each in self._waiting)

    def _thin(self, spare: Callable[[Draft], bool]) -> None:
        """Where too many wait, shed every second that can be spared: 1st, 3rd, 5th, ...

        (E04.FR.08)
        """
        if len(self._waiting) <= _MOST:
            return
        first, *between, last = self._waiting  # the first may be on its way into the journal
        doomed = {id(each) for each in [each for each in between if spare(each)][::2]}
        self._waiting[:] = [first, *(each for each in between if id(each) not in doomed), last]

    async def run(self) -> None:
        """Write what waits as soon as that is possible, for ever."""
        while True:
            await self._some.wait()
            await self._sleep(_AGAIN)
            try:
                while self._waiting:
                    await self._write(self._waiting[0])
                    del self._waiting[0]
            except Exception as error:
                _logger.debug("the journal still takes no records: %s", error)
                continue
            self._some.clear()
            _logger.warning("the journal takes records again, and took those that waited")
