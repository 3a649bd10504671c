"""Pings that find out half-open connections."""

from __future__ import annotations

import asyncio

from ocppkit.connection.session import Session
from ocppkit.connection.settings import KeepAlive
from ocppkit.errors import ConnectionLost

__all__ = ["Pinger"]


class Pinger:
    """Drops a connection whose peer does not answer pings (2.0.1 Part 4 §5.2; errata-J 1.6 §3.11).

    A ping that cannot even be written counts as one without answer: where the peer takes nothing
    any more, the socket's buffer is full.
    """

    def __init__(self, keep_alive: KeepAlive) -> None:
        """Ping as told.

        Args:
            keep_alive: how often, and how long to wait for the pong.
        """
        self._keep_alive = keep_alive
        self._changed = asyncio.Event()

    @property
    def keep_alive(self) -> KeepAlive:
        """How often to ping, and how long to wait for the pong; may be set while it runs."""
        return self._keep_alive

    @keep_alive.setter
    def keep_alive(self, keep_alive: KeepAlive) -> None:
        self._keep_alive = keep_alive
        self._changed.set()

    async def run(self, session: Session) -> None:
        """Ping until the connection is gone."""
        while True:
            self._changed.clear()
            try:
                async with asyncio.timeout(self._keep_alive.interval):
                    await self._changed.wait()
                continue  # the interval is another
            except TimeoutError:
                pass
            timeout = self._keep_alive.timeout
            try:
                async with asyncio.timeout(timeout):
                    await session.ping()
            except TimeoutError:
                await session.drop(f"no pong within {timeout:g} s")
                return
            except ConnectionLost:
                return
