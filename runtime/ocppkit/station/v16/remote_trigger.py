"""The Remote Trigger profile: messages on request (1.6 §5.17)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ocppkit.message import Answer, Then
from ocppkit.v16 import (
    MessageTrigger,
    StationRemoteTriggerHandler,
    TriggerMessageRequest,
    TriggerMessageResponse,
    TriggerMessageStatus,
)

__all__ = ["RemoteTriggerProfile", "Triggered"]

Triggered = Callable[[int | None], Awaitable[None]]
"""Sends a message for a connector; for all that it may be about, for None."""


_OF_CONNECTORS: Final = frozenset({MessageTrigger.METER_VALUES, MessageTrigger.STATUS_NOTIFICATION})


class RemoteTriggerProfile(StationRemoteTriggerHandler):
    """Sends what the CSMS asks for, after the answer."""

    def __init__(
        self,
        *,
        messages: Mapping[MessageTrigger, Triggered],
        has_connector: Callable[[int], bool],
        settled: Callable[[], bool],
    ) -> None:
        """Send on request.

        Args:
            messages: what can be sent.
            has_connector: whether there is such a connector; 0 is one.
            settled: whether a boot has been accepted since the connection came about.
        """
        self._messages = messages
        self._has_connector = has_connector
        self._settled = settled

    async def on_trigger_message(
        self, request: TriggerMessageRequest
    ) -> Answer[TriggerMessageResponse]:
        """Send a message that is due for no other reason."""
        send = self._messages.get(request.requested_message)
        if send is None:
            return TriggerMessageResponse(status=TriggerMessageStatus.NOT_IMPLEMENTED)
        boot = request.requested_message is MessageTrigger.BOOT_NOTIFICATION
        if boot and self._settled():  # (errata §3.35)
            return TriggerMessageResponse(status=TriggerMessageStatus.REJECTED)
        connector = request.connector_id
        if request.requested_message not in _OF_CONNECTORS:
            connector = None  # it is not relevant then, whichever it is
        if connector is not None and not self._has_connector(connector):
            return TriggerMessageResponse(status=TriggerMessageStatus.REJECTED)

        async def follow() -> None:
            await send(connector)

        return Then(TriggerMessageResponse(status=TriggerMessageStatus.ACCEPTED), follow)
