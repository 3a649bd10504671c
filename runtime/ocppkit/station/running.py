"""What runs beside one another in a station for as long as it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from ocppkit.station.environment import Environment

__all__ = ["Running"]

_logger = logging.getLogger(__name__)
_LONGEST_WAIT: Final = 60.0  # seconds, before what failed begins again


class Running:
    """Owns the tasks of a station."""

    def __init__(self, environment: Environment) -> None:
        """Run nothing yet.

        Args:
            environment: whose time passes before what failed begins again.
        """
        self._environment = environment
        self._tasks: asyncio.TaskGroup | None = None
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, tasks: asyncio.TaskGroup) -> None:
        """Take the group in which everything runs."""
        self._tasks = tasks

    def end(self) -> None:
        """Stop everything that runs."""
        self._tasks = None
        for task in list(self._running):
            task.cancel()

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        """Run something for as long as the station runs; what it raises is logged.

        Raises:
            RuntimeError: the station does not run.
        """
        if self._tasks is None:
            work.close()
            msg = "the station does not run: enter it with `async with`"
            raise RuntimeError(msg)

        async def guarded() -> None:
            try:
                await work
            except Exception:
                _logger.exception("%s failed", name)

        task = self._tasks.create_task(guarded(), name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        task.add_done_callback(lambda _: work.close())  # one cancelled at once never began it
        return task

    def keep_running(self, work: Callable[[], Coroutine[Any, Any, None]], *, name: str) -> None:
        """Run something that never ends by itself for as long as the station runs.

        Where it ends all the same it begins again, after a wait that grows up to a minute.

        Args:
            work: begins it.
            name: for the log.
        """

        async def forever() -> None:
            failures = 0
            while True:
                since = self._environment.monotonic()
                try:
                    await work()
                    _logger.error("%s ended and begins again", name)
                except asyncio.CancelledError:
                    task = asyncio.current_task()
                    if task is None or task.cancelling():
                        raise
                    _logger.exception("%s was cancelled by its own work and begins again", name)
                except Exception:
                    _logger.exception("%s failed and begins again", name)
                lasted = self._environment.monotonic() - since
                failures = 1 if lasted > _LONGEST_WAIT else failures + 1
                doubled = 2.0 ** min(failures - 1, 10)
                await self._environment.sleep(min(_LONGEST_WAIT, doubled))

        self.launch(forever(), name=name)

    def launch(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Run something that nobody will cancel for as long as the station runs."""
        _ = self.spawn(work, name=name)
