"""What the CSMS sends by DataTransfer, and who in the station answers it (P01; 1.6 §5.6)."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Any, TypeAlias

from attrs import field, frozen

from ocppkit.value import Value

__all__ = [
    "DataTransferAnswer",
    "DataTransferHandler",
    "DataTransferMessage",
    "DataTransferOutcome",
    "DataTransfers",
]

_logger = logging.getLogger(__name__)


class DataTransferOutcome(StrEnum):
    """What became of a message; the words of both versions."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    UNKNOWN_MESSAGE_ID = "UnknownMessageId"
    UNKNOWN_VENDOR_ID = "UnknownVendorId"


@frozen(kw_only=True, eq=False, repr=False)
class DataTransferMessage(Value):
    """A message of a vendor.

    Attributes:
        vendor_id: whose.
        message_id: which of theirs.
        data: what it carries: any JSON in 2.0.1, a text in 1.6.
        custom_data: its ``customData`` in 2.0.1, as it came: ``vendorId`` and anything else.
    """

    vendor_id: str
    message_id: str | None = None
    data: Any = None
    custom_data: Mapping[str, Any] | None = None


@frozen(kw_only=True, eq=False, repr=False)
class DataTransferAnswer(Value):
    """The answer to it.

    Attributes:
        outcome: what became of it.
        data: any JSON; in 1.6, which has texts only, what is none goes out as its JSON.
        then: what to do once the answer has been given.
        custom_data: its ``customData`` in 2.0.1: ``vendorId``, a text of at most 255 characters,
            and anything else; left out in 1.6, which has none.
    """

    outcome: DataTransferOutcome = DataTransferOutcome.ACCEPTED
    data: Any = None
    then: Callable[[], Awaitable[None]] | None = field(default=None, eq=False)
    custom_data: Mapping[str, Any] | None = None

    @property
    def text(self) -> str | None:
        """The data as 1.6 has it."""
        if self.data is None or isinstance(self.data, str):
            return self.data
        return json.dumps(self.data, ensure_ascii=False)


DataTransferHandler: TypeAlias = Callable[
    [DataTransferMessage], Awaitable[DataTransferAnswer | None]
]
"""Answers a message; None where it is not for this one after all."""

_REJECTED = DataTransferAnswer(outcome=DataTransferOutcome.REJECTED)
_UNKNOWN = DataTransferAnswer(outcome=DataTransferOutcome.UNKNOWN_VENDOR_ID)


class DataTransfers:
    """Who answers which vendor's messages."""

    def __init__(self, *, timeout: float) -> None:
        """Know no vendor yet.

        Args:
            timeout: how long a handler may take, in seconds; below what the CSMS waits.
        """
        self._timeout = timeout
        self._handlers: list[tuple[str | None, DataTransferHandler]] = []
        self._late: set[asyncio.Task[Any]] = set()

    def handle(
        self, handler: DataTransferHandler, *, vendor_id: str | None = None
    ) -> Callable[[], None]:
        """Have somebody answer from now on; who knows the vendor is asked before who knows any.

        Args:
            handler: answers; one that raises, or takes too long, counts as a rejection.
            vendor_id: whose messages, in any case; None for any vendor's.

        Returns:
            What ends it.
        """
        entry = (None if vendor_id is None else vendor_id.lower(), handler)
        self._handlers.insert(0, entry)

        def remove() -> None:
            if entry in self._handlers:
                self._handlers.remove(entry)

        return remove

    async def answer(self, message: DataTransferMessage) -> DataTransferAnswer:
        """The answer to a message (P01.FR.02 - FR.06); never raises, never takes long."""
        vendor = message.vendor_id.lower()
        asked = [each for named, each in self._handlers if named == vendor]
        asked += [each for named, each in self._handlers if named is None]
        until = asyncio.get_running_loop().time() + self._timeout
        for handler in asked:
            answer = await self._ask(handler, message, until)
            if answer is not None:
                return answer
        return _UNKNOWN

    async def _ask(
        self, handler: DataTransferHandler, message: DataTransferMessage, until: float
    ) -> DataTransferAnswer | None:
        task = asyncio.ensure_future(_caught(handler, message))
        try:
            left = max(0.0, until - asyncio.get_running_loop().time())
            await asyncio.wait({task}, timeout=left)
        finally:
            if not task.done():  # it may ignore that it is cancelled: nobody waits for that
                task.cancel()
                self._late.add(task)
                task.add_done_callback(self._late.discard)
        if task in self._late:
            _logger.error("the handler of %s did not answer in time", message.vendor_id)
            return _REJECTED
        return task.result()


async def _caught(
    handler: DataTransferHandler, message: DataTransferMessage
) -> DataTransferAnswer | None:
    """Ask a handler; what it raises, or what is no answer, is a rejection."""
    try:
        answer = await handler(message)
    except KeyboardInterrupt:
        raise
    except BaseException:  # SystemExit would end the event loop
        _logger.exception("the handler of %s failed", message.vendor_id)
        return _REJECTED
    if isinstance(answer, DataTransferAnswer | None):
        return answer
    _logger.error("the handler of %s returned %r", message.vendor_id, type(answer).__name__)
    return _REJECTED
