"""Block E, transactions: what the station says of them when it is asked."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._e_helpers import from_remote
from ocppkit.conformance.cases._offline import (
    goes_away,
    judge_queue,
    prepare_offline,
    with_samples,
)
from ocppkit.conformance.checks import ABSENT, PRESENT, fields, one_of, optional
from ocppkit.conformance.places import AVAILABLE, connector_is
from ocppkit.conformance.points import stops_with
from ocppkit.conformance.states import (
    energy_transfer_started,
    parking_bay_unoccupied,
    transaction_event,
)
from ocppkit.v201 import (
    ChargingStateEnumType,
    GetTransactionStatusRequest,
    ReasonEnumType,
    TransactionEventEnumType,
    TransactionEventRequest,
    TriggerReasonEnumType,
)

__all__ = [
    "tc_e_28_cs",
    "tc_e_29_cs",
    "tc_e_30_cs",
    "tc_e_31_cs",
    "tc_e_32_cs",
    "tc_e_33_cs",
    "tc_e_34_cs",
]

_NO_TRANSACTION: Final = "no-transaction-of-this-station"
_UNLOCKS: Final = "OCPPCommCtrlr.UnlockOnEVSideDisconnect"
_AT_ONCE: Final = ("Authorized", "PowerPathClosed", "EnergyTransfer")
_UPDATED: Final = fields(event_type=TransactionEventEnumType.UPDATED, meter_value=PRESENT)
_Event = TransactionEventEnumType
_State = ChargingStateEnumType
_Trigger = TriggerReasonEnumType


@case
async def tc_e_28_cs(t: Case) -> None:
    """A transaction that does not exist is not under way."""
    await _status(t, 2, _NO_TRANSACTION, ongoing=False, queued=False)


@case
async def tc_e_29_cs(t: Case) -> None:
    """A transaction is under way, and some of its events are queued."""
    await _asked_about_queue(t, by_name=True)


@case
async def tc_e_30_cs(t: Case) -> None:
    """A transaction is under way, and all of its events were told."""
    await energy_transfer_started(t)

    await _status(t, 2, _transaction(t), ongoing=True, queued=False)


@case
async def tc_e_31_cs(t: Case) -> None:
    """A transaction has ended, and some of its events are queued."""
    await t.configure({_UNLOCKS: True}, optional=(_UNLOCKS,))
    _ = await prepare_offline(t, more=t.settings.transaction_duration)
    await energy_transfer_started(t)
    name = _transaction(t)

    token = None if from_remote(t) else t.settings.valid_idtoken
    begin = len(t.kit.mailbox.received)
    async with t.offline():
        await goes_away(t, token)
        await t.kit.clock.sleep(t.settings.transaction_duration)
    await _status(t, 2, name, ongoing=False, queued=True)
    _ = await connector_is(t, 3, AVAILABLE)
    await (_told_by_ev(t) if token is None else _told_by_driver(t))
    await _told_of_leaving(t, by_ev=token is None)
    _ = judge_queue(t, 3, begin, over=True)


@case
async def tc_e_32_cs(t: Case) -> None:
    """A transaction has ended, and all of its events were told."""
    await energy_transfer_started(t)
    name = _transaction(t)
    await parking_bay_unoccupied(t)

    await _status(t, 2, name, ongoing=False, queued=False)


@case
async def tc_e_33_cs(t: Case) -> None:
    """Events are queued, of whichever transaction."""
    await _asked_about_queue(t, by_name=False)


@case
async def tc_e_34_cs(t: Case) -> None:
    """No events are queued, of whichever transaction."""
    await _status(t, 2, None, ongoing=ABSENT, queued=False)


async def _asked_about_queue(t: Case, *, by_name: bool) -> None:
    wait = await with_samples(t)
    await energy_transfer_started(t)

    begin = len(t.kit.mailbox.received)
    async with t.offline():
        await t.kit.clock.sleep(wait)
    name = _transaction(t) if by_name else None
    await _status(t, 4, name, ongoing=True if by_name else ABSENT, queued=True)
    _ = await t.expect(TransactionEventRequest, 5)
    await t.kit.clock.sleep(t.settings.optional_wait)
    _ = judge_queue(t, 5, begin, _UPDATED)


async def _status(t: Case, step: int, name: str | None, *, ongoing: object, queued: bool) -> None:
    request = GetTransactionStatusRequest(transaction_id=name)
    wanted = fields(ongoing_indicator=ongoing, messages_in_queue=queued)
    _ = await t.call(request, step, check=wanted)


def _transaction(t: Case) -> str | None:
    transaction = t.session().transaction
    if transaction is None:
        t.deviate("", "TransactionEvent", "a transaction", "none")
        return None
    return transaction.id


async def _told_by_driver(t: Case) -> None:
    """StopAuthorized and EVConnectedPostSession, as the events afterwards tell them."""
    session = t.session()
    event = await transaction_event(t, 3, _Trigger.STOP_AUTHORIZED)
    if stops_with(t, *_AT_ONCE):
        if event.event_type is not _Event.ENDED:
            event = await _told_of_state(t, _State.EV_CONNECTED)
        reason = optional(ReasonEnumType.LOCAL)
        t.check(3, event, event_type=_Event.ENDED, transaction_info__stopped_reason=reason)
        return
    t.check(3, event, event_type=_Event.UPDATED)
    if session.charging_state is not _State.EV_CONNECTED:
        _ = await _told_of_state(t, _State.EV_CONNECTED)
    if stops_with(t, "DataSigned"):
        _ = await transaction_event(t, 3, _Trigger.SIGNED_DATA_RECEIVED)


async def _told_by_ev(t: Case) -> None:
    """EnergyTransferSuspended, as the event afterwards tells it."""
    event = await _told_of_state(t, one_of(_State.EV_CONNECTED, _State.SUSPENDED_EV))
    if event.event_type is _Event.ENDED:
        t.check(3, event, transaction_info__stopped_reason=ReasonEnumType.STOPPED_BY_EV)


async def _told_of_leaving(t: Case, *, by_ev: bool) -> None:
    """EVDisconnected and ParkingBayUnoccupied, as the events afterwards tell them."""
    session = t.session()
    if session.running:
        ends = stops_with(t, "EVConnected", *(_AT_ONCE if by_ev else ()))
        _ = await transaction_event(
            t,
            3,
            _Trigger.EV_COMMUNICATION_LOST,
            event_type=_Event.ENDED if ends else _Event.UPDATED,
            transaction_info__charging_state=_State.IDLE,
        )
    if session.running and stops_with(t, "ParkingBayOccupancy"):
        _ = await transaction_event(t, 3, _Trigger.EV_DEPARTED, event_type=_Event.ENDED)


async def _told_of_state(t: Case, state: object) -> TransactionEventRequest:
    trigger = _Trigger.CHARGING_STATE_CHANGED
    return await transaction_event(t, 3, trigger, transaction_info__charging_state=state)
