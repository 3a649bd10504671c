"""The way out: what an endpoint has to say goes to the transport as soon as that takes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ocppkit.connection.logs import SessionLog, masked
from ocppkit.connection.observer import Watch
from ocppkit.connection.transport import Transport
from ocppkit.errors import ConnectionLost
from ocppkit.rpc import Endpoint

__all__ = ["Writer"]


class Writer:
    """Writes for a session: at once while the peer keeps up, otherwise when it has caught up.

    What waits meanwhile stays in the endpoint: a CALL of ours that was not written was not sent.
    """

    __slots__ = (
        "_broken",
        "_caught_up",
        "_endpoint",
        "_log",
        "_now",
        "_open",
        "_transport",
        "_watch",
    )

    def __init__(
        self,
        transport: Transport,
        endpoint: Endpoint,
        *,
        now: Callable[[], float],
        log: SessionLog,
        watch: Watch | None,
        broken: Callable[[ConnectionLost], object],
    ) -> None:
        """Write to a transport, once it is told to `begin`.

        Args:
            transport: takes the texts.
            endpoint: gives the texts.
            now: the endpoint's clock, in seconds.
            log: gets every text, masked, at DEBUG.
            watch: sees every text.
            broken: told when the transport takes no more; has to call `end`.
        """
        self._transport = transport
        self._endpoint = endpoint
        self._now = now
        self._log = log
        self._watch = watch
        self._broken = broken
        self._open = False
        self._caught_up: asyncio.Event | None = None

    @property
    def blocked(self) -> bool:
        """Whether nothing can be written now."""
        return not self._open

    def begin(self) -> None:
        """The transport takes texts, for the first time or again."""
        self._open = True
        self.flush()
        if self._open and self._caught_up is not None:
            self._caught_up.set()
            self._caught_up = None

    def end(self) -> None:
        """The transport takes nothing any more; whoever waits finds that out."""
        self._open = False
        if self._caught_up is not None:
            self._caught_up.set()
            self._caught_up = None

    def flush(self) -> None:
        """Write all that the endpoint has to say now, if the peer keeps up."""
        if not (self._open and self._endpoint.has_texts):
            return
        now = self._now()
        for text in self._endpoint.texts_to_send(now):
            if self._watch is not None:
                self._watch.sent(text, now)  # before the answer can come
            if self._log.logger.isEnabledFor(logging.DEBUG):
                self._log.debug("sends %s", masked(text))
            try:
                if not self._transport.write(text):
                    self._open = False
            except ConnectionLost as lost:
                self._open = False
                self._broken(lost)
                return

    async def caught_up(self) -> None:
        """Wait until nothing waits to be written any more, or never will be written."""
        if not self._open and not self._endpoint.is_closed:
            if self._caught_up is None:
                self._caught_up = asyncio.Event()
            await self._caught_up.wait()
