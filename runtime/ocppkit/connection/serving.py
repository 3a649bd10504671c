"""The peer's CALLs under way: each handler in a task, so many at a time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeAlias

from ocppkit.connection.handling import Admit, Responder
from ocppkit.connection.logs import SessionLog
from ocppkit.connection.settings import SessionSettings
from ocppkit.connection.writing import Writer
from ocppkit.errors import CallError, ErrorCode
from ocppkit.message import Request
from ocppkit.printable import cut
from ocppkit.rpc import CallReceived, Endpoint, Route

__all__ = ["Serving"]

_Asked: TypeAlias = tuple[Route, Request[Any]]
"""Of whom, and what."""

_Work: TypeAlias = tuple[str, Coroutine[Any, Any, None]]
"""The name of a task, and what it does."""


class Serving:
    """Has a session's CALLs handled; what comes on top of its limits is refused."""

    __slots__ = (
        "_endpoint",
        "_identity",
        "_log",
        "_loop",
        "_most",
        "_most_running",
        "_responder",
        "_running",
        "_starting",
        "_tasks",
        "_waiting",
        "_writer",
    )

    def __init__(
        self,
        responder: Responder,
        *,
        endpoint: Endpoint,
        writer: Writer,
        identity: str,
        settings: SessionSettings,
        log: SessionLog,
    ) -> None:
        """Serve a peer.

        Args:
            responder: turns a CALL into its answer.
            endpoint: takes the answers.
            writer: writes them.
            identity: the station's, for the names of the tasks.
            settings: how many CALLs at a time.
            log: hears of what is refused or lost.
        """
        self._responder = responder
        self._endpoint = endpoint
        self._writer = writer
        self._identity = identity
        self._most_running = settings.max_handlers
        self._most = settings.max_handlers + settings.max_waiting
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._running = 0
        self._waiting: list[_Work] = []
        self._starting = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def open_calls(self) -> int:
        """How many CALLs are handled, wait for that, or have answers that wait to be written."""
        return self._running + len(self._waiting) + self._endpoint.unsent_answers

    @property
    def crowded(self) -> bool:
        """Whether no further CALL is taken."""
        return self.open_calls >= self._most

    def accept(self, call: CallReceived, admit: Admit | None) -> None:
        """Have a CALL handled, or refuse it.

        Args:
            call: what the peer asks.
            admit: asked before; None lets everything in.
        """
        if self.crowded:
            self._log.warning("refused %s: %s calls are open", cut(call.action), self.open_calls)
            error = CallError(ErrorCode.GENERIC_ERROR, "too many calls are open")
            self._responder.refuse(call, error)
            return
        if admit is not None:
            work = f"{self._identity} {cut(call.action)}", self._serve_admitted(call, admit)
        else:
            asked = self._responder.read(call)
            if asked is None:
                return
            work = f"{self._identity} {call.action}", self._serve(call, asked)
        if self._running < self._most_running:
            self._start(work)
        else:
            self._waiting.append(work)

    async def finish(self, grace: float) -> None:
        """Let all handlers end; cancel those that take longer.

        Args:
            grace: how long they may take, in seconds.
        """
        if not self._tasks:
            return
        try:
            async with asyncio.timeout(grace):
                while self._tasks:
                    await asyncio.wait(set(self._tasks))
        except TimeoutError:
            for task in self._tasks:
                self._log.warning("cancelled %s: the connection is gone", task.get_name())
            await self.cancel()

    async def cancel(self) -> None:
        """Cancel all handlers and wait until they are done."""
        for _, coroutine in self._waiting:
            coroutine.close()
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    def _start(self, work: _Work) -> None:
        self._running += 1
        name, coroutine = work
        task = _start(coroutine, self._loop, name)
        if not task.done():
            self._tasks.add(task)

    def _start_waiting(self) -> None:
        if self._starting:
            return  # a handler that ends at once is called from the loop below
        self._starting = True
        try:
            while self._waiting and self._running < self._most_running:
                self._start(self._waiting.pop(0))
        finally:
            self._starting = False

    async def _serve_admitted(self, call: CallReceived, admit: Admit) -> None:
        asked: _Asked | None = None
        try:
            if await self._responder.admit(call, admit):
                asked = self._responder.read(call)
        finally:
            if asked is None:
                self._note_answered()
                self._note_done()
        if asked is not None:
            await self._serve(call, asked)

    async def _serve(self, call: CallReceived, asked: _Asked) -> None:
        try:
            try:
                follow_up = await self._responder.answer(call, *asked)
            finally:
                self._note_answered()
            if follow_up is not None and self._writer.blocked:
                await self._writer.caught_up()
            if self._endpoint.is_closed:
                self._log.warning("the answer to %s did not go out", call.action)
            elif follow_up is not None:
                await self._responder.follow(call.action, follow_up)
        finally:
            self._note_done()

    def _note_answered(self) -> None:
        self._writer.flush()
        self._running -= 1
        if self._waiting:
            self._start_waiting()

    def _note_done(self) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.discard(task)


if sys.version_info >= (3, 12):

    def _start(
        coroutine: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop, name: str
    ) -> asyncio.Task[None]:
        """Start a task now, not in the loop's next round: most handlers end at once."""
        return asyncio.Task(coroutine, loop=loop, name=name, eager_start=True)

else:

    def _start(
        coroutine: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop, name: str
    ) -> asyncio.Task[None]:
        return loop.create_task(coroutine, name=name)
