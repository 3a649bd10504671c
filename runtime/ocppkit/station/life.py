"""The life of a station: what is taken up as it starts, what goes on, and its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from ocppkit.connection import Session
from ocppkit.connection.network import NetworkProfile
from ocppkit.station.cautions import cautions
from ocppkit.station.core import StationCore
from ocppkit.station.registrar import Registrar
from ocppkit.station.restart import Restart
from ocppkit.station.settings.mistakes import dotted
from ocppkit.station.speaking import Speaking

if TYPE_CHECKING:
    from ocppkit.message_log import MessageLog

__all__ = ["Life"]

_logger = logging.getLogger(__name__)


class Life:
    """Starts a station and ends it, once."""

    def __init__(
        self,
        *,
        core: StationCore,
        speaking: Speaking,
        log: MessageLog | None,
        dial: Callable[[NetworkProfile], Awaitable[Session]],
    ) -> None:
        """Start nothing yet.

        Args:
            core: the station.
            speaking: the versions that it speaks.
            log: of its messages.
            dial: opens a connection by a profile; raises NegotiationFailed.
        """
        self._core = core
        self._speaking = speaking
        self._log = log
        self._dial = dial
        self._restart = Restart(core)
        self._tasks = asyncio.TaskGroup()
        self._stack = AsyncExitStack()

    async def begin(self) -> None:
        """Take up what the store has kept, and begin what goes on for as long as it runs."""
        for caution in await asyncio.to_thread(cautions, self._core.config):
            _logger.warning("%s: %s", dotted(caution.path), caution.message)
        try:
            await self._stack.enter_async_context(self._core.store)
            if self._log is not None:
                await self._stack.enter_async_context(self._log)
            await self._restart.load()
            self._speaking.restore()
            await self._core.security.begin()
            self._core.network.apply()
        except BaseException:
            await self._stack.aclose()
            raise
        await self._tasks.__aenter__()
        self._core.begin(self._tasks)
        try:
            await self._restart.resume()
        except BaseException as error:
            await self.end(type(error), error, None)
            raise
        self._begin_work()
        self._speaking.begin()

    async def end(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it all, with what has ended it, as of an ``__aexit__``.

        What the block raised comes out as itself, unless more went wrong than that.
        """
        self._restart.end()
        self._core.end()
        try:
            await self._tasks.__aexit__(kind, error, traceback)
        except BaseExceptionGroup as group:
            if group.exceptions != (error,):
                raise
        finally:
            await self._stack.aclose()

    def _begin_work(self) -> None:
        """Begin what a station does by itself, whatever version it speaks."""
        core = self._core
        core.launch(core.look(), name="first look at the equipment")
        registrar = Registrar(core=core)
        connect = partial(core.keeper.run, dial=self._dial, work=registrar.run)
        core.keep_running(connect, name="connection")
        core.keep_running(core.delivery.run, name="delivery")
        core.keep_running(core.files.run, name="files")
        core.keep_running(core.clock_aligned.run, name="clock-aligned meter values")
        core.keep_running(core.limits.run, name="charging limits")
        core.keep_running(core.reservations.run, name="reservations")
