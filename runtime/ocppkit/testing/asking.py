"""The calls of a scripted CSMS that a station has yet to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, assert_never

from ocppkit.errors import CallRefused, CallTimeout, ConnectionLost
from ocppkit.rpc import Call, CallErrorFrame, CallResult

__all__ = ["Asking"]


class Asking:
    """Numbers calls, and brings their answers to who waits for them."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._asked: dict[str, asyncio.Future[CallResult | CallErrorFrame]] = {}

    async def ask(
        self,
        action: str,
        payload: dict[str, Any],
        *,
        send: Callable[[Call], Awaitable[None]],
        timeout: float,  # noqa: ASYNC109  # the error has to bear the call's name
    ) -> CallResult:
        """Send a call, and wait for its answer.

        Raises:
            CallTimeout: it was not sent and answered in time.
            CallRefused: it was answered with an error.
            ConnectionLost: the connection is gone.
        """
        message_id = f"csms-{next(self._ids)}"
        answered: asyncio.Future[CallResult | CallErrorFrame]
        answered = asyncio.get_running_loop().create_future()
        self._asked[message_id] = answered
        try:
            async with asyncio.timeout(timeout):
                await send(Call(message_id=message_id, action=action, payload=payload))
                frame = await answered
        except TimeoutError:
            raise CallTimeout(action=action, message_id=message_id, timeout=timeout) from None
        finally:
            del self._asked[message_id]
        match frame:
            case CallErrorFrame():
                raise CallRefused(
                    action=action,
                    message_id=message_id,
                    code=frame.code,
                    description=frame.description,
                    details=frame.details,
                )
            case CallResult():
                return frame
            case _:
                assert_never(frame)

    def answered(self, frame: CallResult | CallErrorFrame) -> bool:
        """Take an answer; returns whether anybody waits for it."""
        answered = self._asked.get(frame.message_id)
        if answered is None or answered.done():
            return False
        answered.set_result(frame)
        return True

    def lost(self) -> None:
        """No answer comes any more."""
        for answered in self._asked.values():
            if not answered.done():
                answered.set_exception(ConnectionLost("the station is gone"))
