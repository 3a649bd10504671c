"""One client of the control protocol: its requests, their answers, its events."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any, Protocol

from ocppkit.control.codec import LineSplitter, Request, encode, parse
from ocppkit.control.controller import Controller
from ocppkit.control.errors import CommandFailed, ErrorCode
from ocppkit.control.hub import Subscription

__all__ = ["Channel", "serve"]

_logger = logging.getLogger(__name__)

_LAST_WORDS = 2.0  # seconds for a client to take what still waits at the end


class Channel(Protocol):
    """Bytes to a client, and from it."""

    async def read(self) -> bytes:
        """The next bytes, however many; none at the end."""
        ...

    async def write(self, data: bytes) -> None:
        """Write all; raises OSError where nobody reads any more."""
        ...


async def serve(channel: Channel, controller: Controller) -> None:
    """Serve a client until it goes, or the station ends."""
    subscription = Subscription()
    subscription.answer(encode(controller.ready()))
    controller.join(subscription)
    writing = asyncio.ensure_future(_write(channel, subscription))
    reading = asyncio.ensure_future(_read(channel, controller, subscription))
    ending = asyncio.ensure_future(controller.ended())
    try:
        await asyncio.wait({writing, reading, ending}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        controller.leave(subscription)
        subscription.close()
        ending.cancel()
        reading.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS):
                await asyncio.wait({writing})
        writing.cancel()
        for outcome in await asyncio.gather(writing, reading, ending, return_exceptions=True):
            match outcome:
                case None | OSError() | asyncio.CancelledError():
                    pass
                case BaseException():
                    _logger.error("a control client failed", exc_info=outcome)


async def _write(channel: Channel, subscription: Subscription) -> None:
    while (line := await subscription.next()) is not None:
        await channel.write(line)


async def _read(channel: Channel, controller: Controller, subscription: Subscription) -> None:
    splitter = LineSplitter()
    while data := await channel.read():
        for line in splitter.feed(data):
            await _answer(parse(line), controller, subscription)
    for line in splitter.finish():
        await _answer(parse(line), controller, subscription)


async def _answer(
    request: Request | None, controller: Controller, subscription: Subscription
) -> None:
    if request is None:
        return
    await subscription.wait_for_room()
    answer: dict[str, Any] = {"id": request.id}
    try:
        if request.error is not None:
            raise request.error
        result = await controller.execute(request.cmd, request.args, client=subscription)
        line = encode({**answer, "ok": True, "result": result})
    except CommandFailed as failed:
        error = {"code": failed.code, "message": failed.message}
        line = encode({**answer, "ok": False, "error": error})
    except (TypeError, ValueError):
        _logger.exception("the result of %s cannot be written", request.cmd)
        error = {"code": ErrorCode.FAILED, "message": "the result cannot be written"}
        line = encode({**answer, "ok": False, "error": error})
    subscription.answer(line)
