"""How the records of transactions reach the CSMS: in order, each until it is answered."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from ocppkit.errors import CallRefused, CallTimeout, ConnectionLost, InvalidAnswer, ValidationError
from ocppkit.message import Request, Response
from ocppkit.station.environment import Environment
from ocppkit.station.link import Link
from ocppkit.station.transaction import Policy, TransactionRecord

__all__ = ["Delivery", "MemoryQueue", "TransactionQueue", "Translator"]

_logger = logging.getLogger(__name__)


class TransactionQueue(Protocol):
    """Where records wait, oldest first."""

    async def append(self, record: TransactionRecord) -> None:
        """Keep a record; once this returns it is not lost."""
        ...

    async def head(self) -> TransactionRecord | None:
        """The oldest record; it stays."""
        ...

    async def drop_head(self) -> None:
        """Forget the oldest record."""
        ...

    async def holds(self, transaction_id: str | None) -> bool:
        """Whether a record of this transaction waits; of any, for None."""
        ...


class MemoryQueue:
    """A `TransactionQueue` that lasts as long as the process."""

    def __init__(self) -> None:
        self._records: deque[TransactionRecord] = deque()

    async def append(self, record: TransactionRecord) -> None:
        """Keep a record."""
        self._records.append(record)

    async def head(self) -> TransactionRecord | None:
        """The oldest record; it stays."""
        return self._records[0] if self._records else None

    async def drop_head(self) -> None:
        """Forget the oldest record."""
        self._records.popleft()

    async def holds(self, transaction_id: str | None) -> bool:
        """Whether a record of this transaction waits; of any, for None."""
        if transaction_id is None:
            return bool(self._records)
        return any(record.transaction_id == transaction_id for record in self._records)


class Translator(Protocol):
    """What a version makes of records."""

    def translate(self, record: TransactionRecord) -> Request[Any] | None:
        """The message for a record; None where this version has none."""
        ...

    async def delivered(self, record: TransactionRecord, response: Response) -> None:
        """Take note of the answer."""
        ...

    def abandoned(self, record: TransactionRecord) -> None:
        """Take note that the CSMS never took a record."""
        ...


class Delivery:
    """Takes records to the CSMS while it is there (E04, E13; 1.6 §3.7)."""

    def __init__(
        self,
        *,
        queue: TransactionQueue,
        link: Link,
        environment: Environment,
        policy: Callable[[], Policy],
        translator: Callable[[], Translator],
    ) -> None:
        """Deliver what is in a queue.

        Args:
            queue: what waits.
            link: the way to the CSMS.
            environment: for the waits between attempts.
            policy: how often to try.
            translator: of the version that is spoken now.
        """
        self._queue = queue
        self._link = link
        self._environment = environment
        self._policy = policy
        self._translator = translator
        self._more = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    async def append(self, record: TransactionRecord) -> None:
        """Keep a record and deliver it when its turn comes."""
        await self._queue.append(record)
        self._empty.clear()
        self._more.set()

    async def holds(self, transaction_id: str | None) -> bool:
        """Whether a record of this transaction waits; of any, for None."""
        return await self._queue.holds(transaction_id)

    async def wait_empty(self) -> None:
        """Wait until nothing waits."""
        await self._empty.wait()

    async def run(self) -> None:
        """Deliver for ever."""
        while True:
            await self._link.wait_online()
            record = await self._queue.head()
            if record is None:
                self._empty.set()
                await self._more.wait()
                self._more.clear()
                continue
            try:
                await self._deliver(record)
            except ConnectionLost:
                _logger.info("record %d of a transaction waits for the CSMS", record.seq_no)
                await asyncio.sleep(0)  # lets the session's end be noticed
                continue
            await self._queue.drop_head()

    async def _deliver(self, record: TransactionRecord) -> None:
        """Send a record until it is answered or tried often enough."""
        attempts = 0
        translator = self._translator()
        request = translator.translate(record)
        if request is None:
            return
        while True:
            attempts += 1
            try:
                response = await self._link.call(request)
            except ValidationError:
                _logger.exception("%s cannot be sent and is dropped", request.ACTION)
                translator.abandoned(record)
                return
            except (CallRefused, CallTimeout, InvalidAnswer) as error:
                policy = self._policy()
                if attempts >= policy.message_attempts:
                    _logger.error(  # noqa: TRY400  # the CSMS's fault: no traceback of ours helps
                        "%s is dropped after %d attempts: %s", request.ACTION, attempts, error
                    )
                    translator.abandoned(record)
                    return
                await self._environment.sleep(policy.message_retry_interval * attempts)
                continue
            await translator.delivered(record, response)
            return
