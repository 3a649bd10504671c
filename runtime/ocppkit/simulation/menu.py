"""A simulated screen on which the holder of a master pass selects what to stop (C16.FR.01)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Final, TypeAlias

from ocppkit.simulation.happening import Listeners

__all__ = ["Chooser", "StopMenu"]

Chooser: TypeAlias = Callable[[Sequence[int]], Awaitable[Collection[int]]]
"""Chooses EVSEs among those where something can be stopped."""

_LINGERS: Final = 1.0
"""How long the screen waits for a further selection, in seconds."""


class StopMenu:
    """Shows where something can be stopped, until nothing more is selected for a while."""

    def __init__(self, listeners: Listeners, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Show nothing yet.

        Args:
            listeners: are told when the screen opens and closes.
            sleep: waits for so many seconds.
        """
        self._listeners = listeners
        self._sleep = sleep
        self._offered: frozenset[int] | None = None
        self._selected: set[int] = set()
        self._news = asyncio.Event()

    def clear(self) -> None:
        """Forget what was selected for a screen that never opened."""
        self._selected.clear()
        self._news.clear()

    def select(self, evse: int, *, early: bool) -> None:
        """Select what happens at an EVSE.

        Args:
            evse: which.
            early: whether the screen may yet open: until then the selection waits.

        Raises:
            ValueError: the screen does not show it, or is not there.
        """
        if self._offered is None and not early:
            msg = "nothing is shown to select: present a master pass first"
            raise ValueError(msg)
        if self._offered is not None and evse not in self._offered:
            shown = ", ".join(map(str, sorted(self._offered)))
            msg = f"evse: one of {shown}, not {evse}: nothing else can be stopped"
            raise ValueError(msg)
        self._selected.add(evse)
        self._news.set()

    async def choose(self, evses: Sequence[int]) -> Collection[int]:
        """Show EVSEs; what was selected of them once the screen closes."""
        self._offered = frozenset(evses)
        self._listeners.tell("menu", evses=list(evses))
        try:
            _ = await self._news.wait()
            seen = 0
            while seen < len(self._selected):
                seen = len(self._selected)
                await self._sleep(_LINGERS)
            return self._selected & self._offered
        finally:
            self._offered = None
            self.clear()
            self._listeners.tell("menu", evses=[])
