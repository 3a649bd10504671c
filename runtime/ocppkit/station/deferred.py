"""Handlers that are made when the first message for them comes: most stations never need them.

What a rare message takes, its classes among it, is loaded then: a few milliseconds, once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from ocppkit.message import Handler

__all__ = ["Deferred"]

H = TypeVar("H", bound=Handler)


class Deferred(Handler, Generic[H]):
    """Answers the actions of a handler that is not there yet.

    It has a method for each action, and no other: whatever else the handler could answer is not
    supported.
    """

    def __init__(self, make: Callable[[], H], *stubs: Callable[..., Awaitable[Any]]) -> None:
        """Make nothing yet.

        Args:
            make: loads and makes the handler; called once.
            stubs: what it implements, as methods of the generated stub.
        """
        self._make = make
        self._made: H | None = None
        for stub in stubs:
            setattr(self, stub.__name__, self._passing(stub.__name__))

    @property
    def made(self) -> H:
        """The handler, made by now."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def _passing(self, method: str) -> Callable[[Any], Awaitable[Any]]:
        async def passed(request: Any) -> Any:
            return await getattr(self.made, method)(request)

        return passed
