"""What the CSMS wants of somebody outside: asked of a client, which answers in its own time.

::

    HostRefused        the client refuses, or does not answer in time
    └── HostAbsent     there is no client, or it has gone
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from attrs import frozen

from ocppkit.control.codec import encode
from ocppkit.control.errors import CommandFailed, ErrorCode
from ocppkit.control.hub import Subscription
from ocppkit.value import Value

__all__ = ["HostAbsent", "HostDesk", "HostRefused"]

_logger = logging.getLogger(__name__)


class HostRefused(Exception):
    """The client cannot answer, or has not in time.

    Attributes:
        error: what it said; None where it said nothing.
    """

    def __init__(self, message: str, *, error: Any = None) -> None:
        super().__init__(message)
        self.error = error


class HostAbsent(HostRefused):
    """There is no client that answers, or it has gone."""


@frozen(kw_only=True, eq=False, repr=False)
class _Open(Value):
    asked: Subscription
    answer: asyncio.Future[Any]
    read: Callable[[Any], Any]


def _as_it_is(result: Any) -> Any:
    return result


class HostDesk:
    """Who answers which requests, and what has been asked."""

    def __init__(self, *, timeout: float = 10.0) -> None:
        """Set up a desk.

        Args:
            timeout: how long a client may take to answer, in seconds.
        """
        self._timeout = timeout
        self._handlers: dict[str, Subscription] = {}
        self._open: dict[int, _Open] = {}
        self._numbers = count(1)

    def has(self, name: str) -> bool:
        """Whether there is somebody for requests of this name."""
        return name in self._handlers

    def set(self, name: str, client: Subscription, *, enabled: bool) -> None:
        """Have a client answer requests of this name; the last who wanted to does.

        Whoever is not the one cannot disable it.
        """
        if enabled:
            self._handlers[name] = client
        elif self._handlers.get(name) is client:
            del self._handlers[name]

    def leave(self, client: Subscription) -> None:
        """A client is gone: what it was asked is not answered."""
        for name in [name for name, each in self._handlers.items() if each is client]:
            del self._handlers[name]
        for each in list(self._open.values()):
            if each.asked is client and not each.answer.done():
                each.answer.set_exception(HostAbsent("the client has gone"))

    def reply(
        self, client: Subscription, *, request: int, result: Any = None, error: Any = None
    ) -> None:
        """A client answers.

        Raises:
            CommandFailed: nobody waits for that answer of this client, or it is none; then it may
                answer once more.
        """
        waiting = self._open.get(request)
        if waiting is None or waiting.answer.done() or waiting.asked is not client:
            text = f"request: nobody waits for an answer of yours to {request}"
            raise CommandFailed(ErrorCode.BAD_ARGS, text)
        if error is None:
            waiting.answer.set_result(waiting.read(result))
        elif result is None:
            waiting.answer.set_exception(HostRefused(f"the client refused: {error}", error=error))
        else:
            raise CommandFailed(ErrorCode.BAD_ARGS, "error: there is a result, too")

    async def ask(
        self, name: str, args: Mapping[str, Any], *, read: Callable[[Any], Any] = _as_it_is
    ) -> Any:
        """Ask the client that wants to answer such requests.

        Args:
            name: of the request.
            args: what is asked.
            read: checks the result; raises CommandFailed for one that is none.

        Raises:
            HostAbsent: there is none, or it has gone.
            HostRefused: it refuses, or does not answer in time.
        """
        client = self._handlers.get(name)
        if client is None:
            raise HostAbsent(f"nobody answers {name}")
        number = next(self._numbers)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._open[number] = _Open(asked=client, answer=answer, read=read)
        asked = {"event": "host_request", "request": number, "name": name, "args": dict(args)}
        try:
            client.answer(encode(asked))
            async with asyncio.timeout(self._timeout):
                return await answer
        except TimeoutError:
            _logger.warning("no host reply to %s within %g s", name, self._timeout)
            raise HostRefused(f"no answer to {name} within {self._timeout:g} s") from None
        finally:
            del self._open[number]
