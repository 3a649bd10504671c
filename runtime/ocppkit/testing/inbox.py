"""What came of a station, and whether it is what was expected."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from attrs import frozen

from ocppkit.clock import Clock
from ocppkit.message import Request
from ocppkit.testing.expected import shown

__all__ = ["Inbox", "Received", "Unexpected"]

Q = TypeVar("Q", bound=Request[Any])

_SHOWN: Final = 8  # messages that came before an unexpected one
_WIDTH: Final = 200  # characters of a message


class Unexpected(AssertionError):
    """The station did something else than the test expects."""


@frozen(kw_only=True, eq=False)
class Received:
    """A message of the station's.

    Attributes:
        at: when it came, in seconds of the clock.
        shown: what it is, for people.
        request: None where it is none, or breaks the schema.
    """

    at: float
    shown: str
    request: Request[Any] | None = None

    def __str__(self) -> str:
        return f"{textwrap.shorten(self.shown, _WIDTH, placeholder='…')} at {self.at:g} s"


class Inbox:
    """What came, in order, of which a test takes one after the other.

    Attributes:
        received: all that came.
        ignored: the actions that nobody expects.
    """

    def __init__(self, clock: Clock) -> None:
        self.received: list[Received] = []
        self.ignored: set[str] = set()
        self._clock = clock
        self._unseen: list[Received] = []
        self._more = asyncio.Event()

    def file(self, said: str, request: Request[Any] | None = None) -> None:
        """Take note of something; without a request it is a mistake, which is never ignored."""
        received = Received(at=self._clock.monotonic(), shown=said, request=request)
        self.received.append(received)
        if request is None or request.ACTION not in self.ignored:
            self._unseen.append(received)
            self._more.set()

    async def expect(
        self, request: type[Q], said: Mapping[str, object], *, wanted: str, within: float
    ) -> Q:
        """The next, if it is of this class and says this.

        Raises:
            Unexpected: it is not, or nothing came.
        """
        received = await self._next(within)
        if received is None:
            raise self._unexpected(f"expected {wanted} within {within:g} s, got nothing")
        got = received.request
        if not isinstance(got, request):
            raise self._unexpected(f"expected {wanted}, got {received}")
        different = [name for name, value in said.items() if getattr(got, name) != value]
        if different:
            text = shown(request, {name: getattr(got, name) for name in different})
            raise self._unexpected(f"expected {wanted}, got {text} at {received.at:g} s")
        return got

    async def find(
        self, request: type[Q], said: Mapping[str, object], *, wanted: str, within: float
    ) -> Q:
        """The first that is of this class and says this; what came before it stays.

        Raises:
            Unexpected: it did not come, or a mistake came before it.
        """
        looked_at = 0
        try:
            async with asyncio.timeout(within):
                while True:
                    for received in self._unseen[looked_at:]:
                        got = received.request
                        if got is None:
                            self._unseen.remove(received)
                            raise self._unexpected(f"expected {wanted}, got {received}")
                        if isinstance(got, request) and all(
                            getattr(got, name) == value for name, value in said.items()
                        ):
                            self._unseen.remove(received)
                            return got
                    looked_at = len(self._unseen)
                    await self._wait()
        except TimeoutError:
            text = f"expected {wanted} within {within:g} s, it did not come"
            raise self._unexpected(text) from None

    async def expect_nothing(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            Unexpected: something came.
        """
        received = await self._next(seconds)
        if received is not None:
            raise self._unexpected(f"expected nothing for {seconds:g} s, got {received}")

    def check_rest(self) -> None:
        """Look through what nobody took.

        Raises:
            Unexpected: there is a mistake among it.
        """
        for rest in self._unseen:
            if rest.request is None:
                raise Unexpected(f"the station sent {rest}")

    async def _next(self, within: float) -> Received | None:
        try:
            async with asyncio.timeout(within):
                while not self._unseen:
                    await self._wait()
        except TimeoutError:
            return None
        return self._unseen.pop(0)

    async def _wait(self) -> None:
        self._more.clear()
        await self._more.wait()

    def _unexpected(self, what: str) -> Unexpected:
        came = [f"  {received}" for received in self.received[-_SHOWN:]]
        return Unexpected("\n".join([what, "of what came, the latest:", *(came or ["  nothing"])]))
