"""Our calls that wait for what becomes of them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from itertools import count

from ocppkit.errors import CallRefused, CallTimeout, ConnectionLost
from ocppkit.rpc import Answered, Dropped, Refused, TimedOut

__all__ = ["Outstanding", "message_ids"]


class Outstanding:
    """Brings each outcome to the call that waits for it."""

    def __init__(self) -> None:
        self._futures: dict[str, asyncio.Future[Answered]] = {}

    async def outcome(self, message_id: str) -> Answered:
        """Wait for the answer to a CALL.

        Raises:
            CallRefused: the peer answered with a CALLERROR.
            CallTimeout: nobody answered in time.
            ConnectionLost: the connection is gone.
        """
        future: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._futures[message_id] = future
        try:
            return await future
        finally:
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
                future.set_exception(ConnectionLost(event.reason, action=event.action))


def message_ids() -> Callable[[], str]:
    """Ids that no other connection uses: a random prefix and a count (2.0.1 Part 4 §4.1.4)."""
    prefix = secrets.token_hex(8)
    numbers = count(1)
    return lambda: f"{prefix}-{next(numbers)}"
