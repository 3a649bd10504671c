"""What renews the station's certificates, made once there is something to renew or to ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from ocppkit.station.core import StationCore
from ocppkit.station.signing_state import KEPT

__all__ = ["Renewal", "Renews"]


class Renews(Protocol):
    """What renews, in the words of a version."""

    def wake(self) -> None:
        """Look anew at what is due."""
        ...

    async def run(self) -> None:
        """Renew for ever."""
        ...


R = TypeVar("R", bound=Renews)


class Renewal(Generic[R]):
    """Renewals of a station that may never show a certificate: then none of it is loaded."""

    def __init__(self, make: Callable[[], R], *, core: StationCore) -> None:
        """Make nothing yet.

        Args:
            make: loads and makes what renews; called once.
            core: the station.
        """
        self._make = make
        self._core = core
        self._made: R | None = None
        self._needed = asyncio.Event()

    @property
    def made(self) -> R:
        """What renews, made by now; it runs from now on, too."""
        if self._made is None:
            self._made = self._make()
            self._needed.set()
        return self._made

    def wake(self) -> None:
        """Look anew at what is due."""
        if self._made is not None:
            self._made.wake()
        elif self._shows:
            self._needed.set()

    async def run(self) -> None:
        """Renew for ever, from when there is something to renew."""
        kept = await self._core.store.key_values.all(KEPT)
        if not (kept or self._shows):
            await self._needed.wait()
        await self.made.run()

    @property
    def _shows(self) -> bool:
        """Whether the last connection showed a certificate."""
        return self._core.security.change.in_use == 3
