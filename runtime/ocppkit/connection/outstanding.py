"""Our calls that wait for what becomes of them."""

from __future__ import annotations

import asyncio
import secrets

from ocppkit.errors import CallRefused, CallTimeout, ConnectionLost, NotConnected
from ocppkit.rpc import Answered, Dropped, Refused, TimedOut

__all__ = ["Outstanding"]


class Outstanding:
    """Brings each outcome to the call that waits for it."""

    __slots__ = ("_futures", "_number", "_prefix")

    def __init__(self) -> None:
        self._futures: dict[str, asyncio.Future[Answered]] = {}
        self._prefix = ""
        self._number = 0

    def new_id(self) -> str:
        """An id that no other connection uses: a random prefix, a count (2.0.1 Part 4 §4.1.4)."""
        self._number += 1
        self._prefix = self._prefix or secrets.token_hex(8)
        return f"{self._prefix}-{self._number}"

    def expect(self, message_id: str) -> asyncio.Future[Answered]:
        """What becomes of a CALL.

        It raises `CallRefused`, `CallTimeout`, or, where the connection is gone, `NotConnected` if
        the CALL was not sent and `ConnectionLost` if it was.
        """
        future: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._futures[message_id] = future
        return future

    def forget(self, message_id: str) -> None:
        """Let nobody wait for an outcome any more."""
        self._futures.pop(message_id, None)

    def settle(self, event: Answered | Refused | TimedOut | Dropped) -> None:
        """Bring an outcome home; nobody may wait for it any more."""
        future = self._futures.pop(event.message_id, None)
        if future is None or future.done():
            return
        match event:
            case Answered():
                future.set_result(event)
            case Refused():
                future.set_exception(
                    CallRefused(
                        action=event.action,
                        message_id=event.message_id,
                        code=event.code,
                        description=event.description,
                        details=event.details,
                    )
                )
            case TimedOut():
                future.set_exception(
                    CallTimeout(
                        action=event.action, message_id=event.message_id, timeout=event.timeout
                    )
                )
            case Dropped():
                error = ConnectionLost if event.sent else NotConnected
                future.set_exception(error(event.reason, action=event.action))
