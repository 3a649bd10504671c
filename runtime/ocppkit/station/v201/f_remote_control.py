"""F: remote control: start, stop, unlock, trigger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from ocppkit.message import Answer, Then
from ocppkit.station.core import StationCore
from ocppkit.station.evse import Evse
from ocppkit.station.transaction import Authorization, Cause
from ocppkit.station.v201.tokens import token_of
from ocppkit.v201 import (
    EVSEType,
    MessageTriggerEnumType,
    RequestStartStopStatusEnumType,
    RequestStartTransactionRequest,
    RequestStartTransactionResponse,
    RequestStopTransactionRequest,
    RequestStopTransactionResponse,
    StationRemoteControlHandler,
    TriggerMessageRequest,
    TriggerMessageResponse,
    TriggerMessageStatusEnumType,
    UnlockConnectorRequest,
    UnlockConnectorResponse,
    UnlockStatusEnumType,
)

__all__ = ["RemoteControl", "Triggered"]

Triggered: TypeAlias = Callable[[EVSEType | None], Awaitable[None]]
"""Sends a message for an EVSE or connector; for all that it may be about, for None."""

_REJECTED = RequestStartStopStatusEnumType.REJECTED
_ACCEPTED = RequestStartStopStatusEnumType.ACCEPTED


class RemoteControl(StationRemoteControlHandler):
    """Lets the CSMS do what a driver would."""

    def __init__(
        self, *, core: StationCore, messages: Mapping[MessageTriggerEnumType, Triggered]
    ) -> None:
        """Let itself be controlled.

        Args:
            core: the station.
            messages: what can be sent on request.
        """
        self._core = core
        self._messages = messages

    async def on_request_start_transaction(
        self, request: RequestStartTransactionRequest
    ) -> Answer[RequestStartTransactionResponse]:
        """Start as if the driver were here (F01, F02)."""
        evse = self._choose(request.evse_id) if self._core.online else None
        if evse is None:  # (B02.FR.05, F02.FR.25, F02.FR.26)
            return RequestStartTransactionResponse(status=_REJECTED)
        chosen = evse
        token = token_of(request.id_token)
        group_id = request.group_id_token.id_token if request.group_id_token else None

        async def start() -> None:
            group = group_id
            if self._core.policy.authorize_remote:  # (F01.FR.01)
                answer = await self._core.authorize(token)
                if not answer.accepted:
                    return
                group = answer.group_id or group
            authorization = Authorization(
                token=token, group_id=group, remote_start_id=request.remote_start_id
            )
            await chosen.authorize(authorization, Cause.REMOTE_START)

        transaction = evse.transaction  # (F01.FR.13)
        response = RequestStartTransactionResponse(
            status=_ACCEPTED, transaction_id=transaction.id if transaction else None
        )
        return Then(response, start)

    async def on_request_stop_transaction(
        self, request: RequestStopTransactionRequest
    ) -> Answer[RequestStopTransactionResponse]:
        """Stop as if the driver were here (F03)."""
        found = [
            evse
            for evse in self._core.evses.values()
            if evse.transaction is not None and evse.transaction.id == request.transaction_id
        ]
        if not found or not self._core.online:
            return RequestStopTransactionResponse(status=_REJECTED)

        async def stop() -> None:
            await found[0].withdraw(Cause.REMOTE_STOP, transaction_id=request.transaction_id)

        return Then(RequestStopTransactionResponse(status=_ACCEPTED), stop)

    async def on_unlock_connector(self, request: UnlockConnectorRequest) -> UnlockConnectorResponse:
        """Release a cable that no authorized transaction holds (F05)."""
        evse = self._core.evses.get(request.evse_id)
        if evse is None or request.connector_id not in evse.connectors:
            return UnlockConnectorResponse(status=UnlockStatusEnumType.UNKNOWN_CONNECTOR)
        if evse.authorization is not None and evse.in_use == request.connector_id:
            ongoing = UnlockStatusEnumType.ONGOING_AUTHORIZED_TRANSACTION
            return UnlockConnectorResponse(status=ongoing)
        unlocked = await evse.unlock(request.connector_id)
        status = UnlockStatusEnumType.UNLOCKED if unlocked else UnlockStatusEnumType.UNLOCK_FAILED
        return UnlockConnectorResponse(status=status)

    async def on_trigger_message(
        self, request: TriggerMessageRequest
    ) -> Answer[TriggerMessageResponse]:
        """Send a message that is due for no other reason (F06)."""
        send = self._messages.get(request.requested_message)
        if send is None:  # (F06.FR.08)
            not_implemented = TriggerMessageStatusEnumType.NOT_IMPLEMENTED
            return TriggerMessageResponse(status=not_implemented)
        if not self._can_trigger(request.requested_message, request.evse):
            return TriggerMessageResponse(status=TriggerMessageStatusEnumType.REJECTED)

        async def follow() -> None:
            await send(request.evse)

        return Then(TriggerMessageResponse(status=TriggerMessageStatusEnumType.ACCEPTED), follow)

    def _can_trigger(self, message: MessageTriggerEnumType, where: EVSEType | None) -> bool:
        match message:
            case MessageTriggerEnumType.BOOT_NOTIFICATION:  # (F06.FR.17)
                return not self._core.online
            case MessageTriggerEnumType.STATUS_NOTIFICATION:  # (F06.FR.12)
                evse = self._core.evses.get(where.id) if where else None
                return (
                    evse is not None
                    and where is not None
                    and (where.connector_id in evse.connectors)
                )
            case MessageTriggerEnumType.TRANSACTION_EVENT:
                evses = [
                    each
                    for each in self._core.evses.values()
                    if where is None or each.id == where.id
                ]
                return any(each.transaction is not None for each in evses)
            case MessageTriggerEnumType.METER_VALUES:
                return where is None or where.id == 0 or where.id in self._core.evses
        return True

    def _choose(self, number: int | None) -> Evse | None:
        """Where a remote start goes: where it says, else to an EV that waits, else anywhere."""
        candidates = [
            evse
            for evse in self._core.evses.values()
            if number in {None, evse.id}
            and evse.authorization is None
            and evse.usable
            # A transaction that had its driver takes no other (F02.FR.26).
            and (evse.transaction is None or evse.transaction.token is None)
        ]
        candidates.sort(key=lambda evse: evse.plugged is None)
        return candidates[0] if candidates else None
