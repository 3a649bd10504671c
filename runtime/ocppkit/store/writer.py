"""The one thread that touches the database, and commits what waits together."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import frozen

from ocppkit.clock import SystemClock, waiting_for_thread
from ocppkit.store.database import Database, Outcome
from ocppkit.store.work import Job, T
from ocppkit.value import Value

__all__ = ["Writer"]

_logger = logging.getLogger(__name__)
_clock = SystemClock()

_LULL: Final = 0.02  # seconds without a job, after which a large file is checked some more
_GROUP: Final = 1000  # jobs a commit; bounds how long the first waits for the last


@frozen(eq=False, repr=False)
class _Order(Value):
    job: Job[Any]
    done: asyncio.Future[Any]


class Writer:
    """A thread that runs jobs in the order in which they come.

    All jobs that wait when it comes round go in one commit: one write to the disk for all.
    """

    def __init__(self, database: Database, *, retry_interval: float) -> None:
        """Prepare a thread.

        Args:
            database: which nobody else touches from now on.
            retry_interval: between attempts to write again to a disk that failed, in seconds.
        """
        self._database = database
        self._retry_interval = retry_interval
        self._loop = asyncio.get_running_loop()
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._ending = False
        self._under_way: Sequence[_Order] = ()
        # A daemon: a program that ends without closing loses nothing, and is not held up.
        self._thread = threading.Thread(target=self._work, name="ocppkit store", daemon=True)

    async def start(self) -> None:
        """Open the database.

        Raises:
            StoreInUse: another process has it open.
        """
        self._thread.start()
        with waiting_for_thread():
            await asyncio.shield(self._opened)

    async def run(self, job: Job[T]) -> T:
        """Run a job; once this returns, what it wrote lasts.

        A job whose caller is cancelled is run all the same.

        Raises:
            RuntimeError: the store is closed, or its thread has failed.
        """
        if self._ending:
            msg = "the store is closed"
            raise RuntimeError(msg)
        done: asyncio.Future[T] = self._loop.create_future()
        self._orders.put(_Order(job, done))
        with waiting_for_thread():
            return await done

    async def close(self) -> None:
        """Run what waits, and close the database."""
        if not self._ending:
            self._ending = True
            self._orders.put(None)
        with waiting_for_thread():
            await asyncio.shield(self._closed)

    def _work(self) -> None:
        try:
            self._database.open()
        except Exception as error:  # whoever opens gets it
            self._settle([(self._opened, Outcome(error=error))])
            self._tell(self._end)
            return
        self._settle([(self._opened, Outcome())])
        try:
            self._serve()
        except BaseException:
            _logger.exception("the store's thread failed")
        finally:
            try:
                self._database.close()
            finally:
                self._tell(self._end)

    def _serve(self) -> None:
        recover_at = 0.0
        unchecked = True
        ends = False
        while not ends:
            degraded = self._database.degraded
            wait = self._retry_interval if degraded else _LULL if unchecked else None
            group, ends = self._group(wait)
            self._under_way = group
            if degraded and _clock.monotonic() >= recover_at:
                self._recover()
                unchecked = True
                recover_at = _clock.monotonic() + self._retry_interval
            if group:
                self._settle(self._outcomes(group))
            elif not degraded and not ends:
                unchecked = self._check_some()
            if not degraded and self._database.degraded:
                recover_at = _clock.monotonic() + self._retry_interval

    def _group(self, timeout: float | None) -> tuple[list[_Order], bool]:
        """What waits, or comes within a time; and whether the thread ends after it."""
        orders: list[_Order] = []
        try:
            order = self._orders.get(timeout=timeout)
            while order is not None:
                orders.append(order)
                if len(orders) >= _GROUP:
                    return orders, False
                order = self._orders.get_nowait()
        except queue.Empty:
            return orders, False
        return orders, True

    def _check_some(self) -> bool:
        try:
            return self._database.check_some()
        except Exception:  # whatever it is, it will show again where it matters
            _logger.exception("the messages of a large store cannot be checked")
            return False

    def _recover(self) -> None:
        try:
            self._database.recover()
        except Exception:  # what waits can go in memory all the same
            _logger.exception("the store could not be brought back to the disk")

    def _outcomes(self, group: Sequence[_Order]) -> list[tuple[asyncio.Future[Any], Outcome]]:
        try:
            outcomes = self._database.transact([order.job for order in group])
        except Exception as error:  # whoever asked gets it
            _logger.exception("the store failed")
            outcomes = [Outcome(error=error) for _ in group]
        return [(order.done, outcome) for order, outcome in zip(group, outcomes, strict=True)]

    def _settle(self, settled: Sequence[tuple[asyncio.Future[Any], Outcome]]) -> None:
        self._tell(_settle, settled)

    def _tell(self, told: Callable[..., None], *arguments: Any) -> None:
        """Have something done in the loop."""
        try:
            self._loop.call_soon_threadsafe(told, *arguments)
        except RuntimeError:
            _logger.debug("nobody waits for the store any more")

    def _end(self) -> None:
        """Take no more jobs, and give up those that the thread has left; in the loop."""
        self._ending = True
        left = list(self._under_way)
        while not self._orders.empty():
            order = self._orders.get_nowait()
            if order is not None:
                left.append(order)
        failed = Outcome(error=RuntimeError("the store has failed, and is closed"))
        _settle([*((order.done, failed) for order in left), (self._closed, Outcome())])


def _settle(settled: Sequence[tuple[asyncio.Future[Any], Outcome]]) -> None:
    for future, outcome in settled:
        if future.done():
            continue
        if outcome.error is None:
            future.set_result(outcome.result)
        else:
            future.set_exception(outcome.error)
