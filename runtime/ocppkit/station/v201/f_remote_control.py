"""F: remote control: start, stop, unlock, trigger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import evolve

from ocppkit.message import Answer, Then
from ocppkit.station.capabilities import Capability
from ocppkit.station.core import StationCore
from ocppkit.station.evse import Evse
from ocppkit.station.id_token import IdTokenKind, same_group
from ocppkit.station.transaction import Authorization, Cause
from ocppkit.station.unlocking import keeps_cable
from ocppkit.station.v201.tokens import token_of
from ocppkit.v201 import (
    ChargingProfileType,
    EVSEType,
    MessageTriggerEnumType,
    RequestStartStopStatusEnumType,
    RequestStartTransactionRequest,
    RequestStartTransactionResponse,
    RequestStopTransactionRequest,
    RequestStopTransactionResponse,
    StationRemoteControlHandler,
    StatusInfoType,
    TriggerMessageRequest,
    TriggerMessageResponse,
    TriggerMessageStatusEnumType,
    UnlockConnectorRequest,
    UnlockConnectorResponse,
    UnlockStatusEnumType,
)
from ocppkit.v201.codes import ReasonCode

if TYPE_CHECKING:
    from ocppkit.smart_charging.model import Profile

__all__ = ["RemoteControl", "Triggered"]

Triggered: TypeAlias = Callable[[EVSEType | None], Awaitable[None]]
"""Sends a message for an EVSE or connector; for all that it may be about, for None."""

_REJECTED: Final = RequestStartStopStatusEnumType.REJECTED
_ACCEPTED: Final = RequestStartStopStatusEnumType.ACCEPTED
_LONGEST_INFO: Final = 512  # characters (StatusInfoType)


class RemoteControl(StationRemoteControlHandler):
    """Lets the CSMS do what a driver would."""

    def __init__(
        self,
        *,
        core: StationCore,
        messages: Mapping[MessageTriggerEnumType, Triggered],
        able: Mapping[MessageTriggerEnumType, Callable[[], bool]],
        metered: Callable[[int | None], Awaitable[bool]],
    ) -> None:
        """Let itself be controlled.

        Args:
            core: the station.
            messages: what can be sent on request.
            able: of messages that cannot always be sent, whether that is possible now.
            metered: whether the meter of an EVSE has anything to tell; any meter, for None.
        """
        self._core = core
        self._messages = messages
        self._able = able
        self._metered = metered
        self._starting: set[int] = set()  # EVSEs where it is being found out who may start

    async def on_request_start_transaction(
        self, request: RequestStartTransactionRequest
    ) -> Answer[RequestStartTransactionResponse]:
        """Start as if the driver were here (F01, F02)."""
        group = request.group_id_token
        asked = Authorization(
            token=token_of(request.id_token),
            group_id=group.id_token if group else None,
            remote_start_id=request.remote_start_id,
        )
        evses = self._choose(request.evse_id, asked) if self._core.online else []
        if not evses:  # (B02.FR.05, F01.FR.21 - FR.24, F02.FR.23 - FR.26)
            return RequestStartTransactionResponse(status=_REJECTED)
        chosen = evses[0]
        profile = self._brought(chosen, request.charging_profile)
        if isinstance(profile, StatusInfoType):  # (F01.FR.26)
            return RequestStartTransactionResponse(status=_REJECTED, status_info=profile)

        async def start() -> None:
            self._starting.add(chosen.id)
            try:
                await self._start(evses, asked, profile)
            finally:
                self._starting.discard(chosen.id)

        transaction = chosen.transaction  # (F01.FR.13)
        response = RequestStartTransactionResponse(
            status=_ACCEPTED, transaction_id=transaction.id if transaction else None
        )
        return Then(response, start)

    async def _start(
        self, evses: Sequence[Evse], asked: Authorization, profile: Profile | None
    ) -> None:
        """Ask whether its driver may charge, where that has to be, and let them.

        Args:
            evses: where, the best of them first.
            asked: what was asked for.
            profile: that came with it.
        """
        authorization = asked
        central = asked.token.kind is IdTokenKind.CENTRAL  # (C03.FR.01, C05.FR.01)
        if self._core.policy.authorize_remote and not central:  # (F01.FR.01)
            answer = await self._core.authorize(asked.token)
            if not answer.accepted:
                return
            evses = [each for each in evses if not answer.evses or each.id in answer.evses]
            authorization = evolve(
                asked, group_id=answer.group_id or asked.group_id, priority=answer.priority
            )
        if not evses:
            return
        evse = evses[0]
        if profile is not None:
            from ocppkit.station.v201.f_start_profile import hold  # noqa: PLC0415  # a megabyte

            hold(self._core, evse, authorization, profile)
        await evse.authorize(authorization, Cause.REMOTE_START)

    def _brought(
        self, evse: Evse, profile: ChargingProfileType | None
    ) -> Profile | StatusInfoType | None:
        """The profile for the transaction, or what is wrong with it; None for none."""
        if profile is None or not self._core.config.smart_charging.enabled:  # (F01.FR.12)
            return None
        from ocppkit.smart_charging.validation import Violation  # noqa: PLC0415  # a megabyte
        from ocppkit.station.v201.f_start_profile import brought  # noqa: PLC0415  # as above

        own = brought(self._core, evse, profile)
        if not isinstance(own, Violation):
            return own
        return StatusInfoType(
            reason_code=(own.reason or ReasonCode.INVALID_PROFILE).value,
            additional_info=own.message[:_LONGEST_INFO],
        )

    async def on_request_stop_transaction(
        self, request: RequestStopTransactionRequest
    ) -> Answer[RequestStopTransactionResponse]:
        """Stop as if the driver were here (F03)."""
        wanted = request.transaction_id
        found = next((evse for evse in self._core.evses.values() if evse.runs(wanted)), None)
        if found is None or not self._core.online:
            return RequestStopTransactionResponse(status=_REJECTED)

        async def stop() -> None:
            await found.withdraw(Cause.REMOTE_STOP, transaction_id=wanted)

        return Then(RequestStopTransactionResponse(status=_ACCEPTED), stop)

    async def on_unlock_connector(self, request: UnlockConnectorRequest) -> UnlockConnectorResponse:
        """Release a cable that no authorized transaction holds (F05)."""
        evse = self._core.evses.get(request.evse_id)
        if evse is None or request.connector_id not in evse.connectors:
            return UnlockConnectorResponse(status=UnlockStatusEnumType.UNKNOWN_CONNECTOR)
        ongoing = UnlockStatusEnumType.ONGOING_AUTHORIZED_TRANSACTION
        if keeps_cable(evse, request.connector_id):  # (F05.FR.02)
            return UnlockConnectorResponse(status=ongoing)
        if not self._core.hardware.locks(evse.id, request.connector_id):
            return self._lockless(evse.id, request.connector_id)
        unlocked = await evse.unlock(request.connector_id)  # also without a cable (F05.FR.06)
        status = UnlockStatusEnumType.UNLOCKED if unlocked else UnlockStatusEnumType.UNLOCK_FAILED
        if not unlocked and keeps_cable(evse, request.connector_id):  # begun meanwhile
            status = ongoing
        return UnlockConnectorResponse(status=status)

    def _lockless(self, evse: int, connector: int) -> UnlockConnectorResponse:
        """The answer where there is no lock (F05.FR.05)."""
        fixed = self._core.hardware.tethered(evse, connector)
        reason = ReasonCode.FIXED_CABLE if fixed else ReasonCode.UNSUPPORTED_REQUEST
        return UnlockConnectorResponse(
            status=UnlockStatusEnumType.UNLOCK_FAILED,
            status_info=StatusInfoType(reason_code=reason.value),
        )

    async def on_trigger_message(
        self, request: TriggerMessageRequest
    ) -> Answer[TriggerMessageResponse]:
        """Send a message that is due for no other reason (F06)."""
        send = self._messages.get(request.requested_message)
        if send is None:  # (F06.FR.08)
            not_implemented = TriggerMessageStatusEnumType.NOT_IMPLEMENTED
            return TriggerMessageResponse(status=not_implemented)
        if not await self._can_trigger(request.requested_message, request.evse):
            return TriggerMessageResponse(status=TriggerMessageStatusEnumType.REJECTED)

        async def follow() -> None:
            await send(request.evse)

        return Then(TriggerMessageResponse(status=TriggerMessageStatusEnumType.ACCEPTED), follow)

    async def _can_trigger(self, message: MessageTriggerEnumType, where: EVSEType | None) -> bool:
        if message in self._able:
            return self._able[message]()
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
                places: set[int | None] = {None, *self._core.evses}
                if self._core.hardware.can(Capability.MAIN_METER):  # (J01.FR.03)
                    places.add(0)
                wanted = where.id if where else None
                return wanted in places and await self._metered(wanted)  # (F06.FR.10)
        return True

    def _choose(self, number: int | None, asked: Authorization) -> list[Evse]:
        """Where a remote start may go, the best place first.

        As it says, else where that is reserved for it, else to an EV that waits, else where nobody
        is, and last to a cable that somebody has left there (F01.FR.20, F02.FR.22).
        """
        if same_group(asked.group_id, self._core.policy.master_pass_group):  # (C16.FR.03)
            return []
        reservations = self._core.reservations
        candidates = [
            evse
            for evse in self._core.evses.values()
            if number in {None, evse.id}
            and evse.authorization is None
            and evse.id not in self._starting
            and evse.usable
            # A transaction that had its driver takes no other (F02.FR.26).
            and (evse.transaction is None or evse.transaction.token is None)
            and reservations.permits(evse.id, asked)  # (F01.FR.21, F01.FR.22)
        ]
        candidates.sort(
            key=lambda evse: (
                not reservations.meant_for(evse.id, asked.token, asked.group_id),
                evse.finishing or any(each.held for each in evse.connectors.values()),
                evse.plugged is None,
            )
        )
        return candidates
