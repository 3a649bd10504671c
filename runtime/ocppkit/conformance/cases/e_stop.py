"""Block E, transactions: where they stop."""

from __future__ import annotations

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._contracts import ready_for_15118
from ocppkit.conformance.cases._e_helpers import LOCALLY, from_remote, stops_at
from ocppkit.conformance.cases._offline import was_queued
from ocppkit.conformance.checks import ABSENT, fields, one_of
from ocppkit.conformance.inventory import VariableName
from ocppkit.conformance.points import AUTHORIZING, stops_with
from ocppkit.conformance.states import (
    LOCAL,
    authorized_15118,
    energy_transfer_started,
    ev_connected_post_session,
    ev_connected_pre_session,
    ev_disconnected,
    id_token_cached,
    id_token_in_local_list,
    offline_transaction_started,
    parking_bay_occupied,
    parking_bay_unoccupied,
    presents,
    stop_authorized,
    transaction_event,
)
from ocppkit.conformance.verdict import Impossible, Missing
from ocppkit.v201 import (
    AuthorizationStatusEnumType,
    ChargingStateEnumType,
    ReasonEnumType,
    RequestStartStopStatusEnumType,
    RequestStopTransactionRequest,
    TransactionEventEnumType,
    TransactionEventRequest,
    TriggerReasonEnumType,
)

__all__ = [
    "tc_e_07_cs",
    "tc_e_08_cs",
    "tc_e_14_cs",
    "tc_e_15_cs",
    "tc_e_16_cs",
    "tc_e_19_cs",
    "tc_e_21_cs",
    "tc_e_22_cs",
    "tc_e_35_cs",
    "tc_e_46_cs",
]

_Event = TransactionEventEnumType
_State = ChargingStateEnumType
_Trigger = TriggerReasonEnumType
_Reason = ReasonEnumType


@case
async def tc_e_07_cs(t: Case) -> None:
    """A driver stops; the transaction ends with the power path."""
    await stops_at(t, "PowerPathClosed", without=["Authorized"])
    await energy_transfer_started(t)

    await stop_authorized(t, by=LOCAL)


@case
async def tc_e_08_cs(t: Case) -> None:
    """A driver stops; the transaction ends with the transfer of energy."""
    await stops_at(t, "EnergyTransfer", without=["Authorized", "PowerPathClosed"])
    await energy_transfer_started(t)

    await stop_authorized(t)


@case
async def tc_e_14_cs(t: Case) -> None:
    """A driver stops; the transaction ends when the cable leaves the station."""
    earlier = ("EnergyTransfer", "PowerPathClosed", "DataSigned", "Authorized")
    await stops_at(t, "EVConnected", without=earlier)
    await ev_connected_post_session(t)

    await ev_disconnected(t)
    unplugged = _Reason.EV_DISCONNECTED
    t.check(
        3,
        t.session().had[-1],
        event_type=_Event.ENDED,
        trigger_reason=_Trigger.EV_COMMUNICATION_LOST,
        transaction_info__charging_state=_State.IDLE,
        transaction_info__stopped_reason=one_of(_Reason.REMOTE, unplugged)
        if from_remote(t)
        else one_of(LOCALLY, unplugged),
    )


@case
async def tc_e_15_cs(t: Case) -> None:
    """A driver stops, and with that the transaction ends."""
    await stops_at(t, "Authorized", without=["PowerPathClosed"])
    await energy_transfer_started(t)

    await t.kit.clock.sleep(t.settings.transaction_duration)
    await presents(t, t.settings.valid_idtoken)
    _ = await transaction_event(
        t,
        1,
        _Trigger.STOP_AUTHORIZED,
        event_type=_Event.ENDED,
        transaction_info__stopped_reason=LOCALLY,
    )


@case
async def tc_e_16_cs(t: Case) -> None:
    """A token that was accepted offline is refused later: the transaction ends."""
    earlier = ("EnergyTransfer", "DataSigned")
    await stops_at(t, "Authorized", "PowerPathClosed", without=earlier)
    wanted: dict[VariableName, object] = {
        **AUTHORIZING,
        "AuthCtrlr.LocalAuthorizeOffline": True,
        "AuthCtrlr.OfflineTxForUnknownIdEnabled": True,
        "TxCtrlr.StopTxOnInvalidId": True,
    }
    await t.configure(wanted, optional=wanted.keys() - {"TxCtrlr.StopTxOnInvalidId"})
    if t.kit.features.has("C-49"):
        await id_token_cached(t)
    if t.kit.features.has("LA"):
        _ = await id_token_in_local_list(t)
    t.think(t.settings.valid_idtoken, status=AuthorizationStatusEnumType.INVALID)
    await offline_transaction_started(t)

    _ = await t.expect(
        TransactionEventRequest,
        3,
        where=fields(trigger_reason=_Trigger.DEAUTHORIZED),
        check=fields(
            event_type=_Event.ENDED, transaction_info__stopped_reason=_Reason.DE_AUTHORIZED
        ),
    )
    await _came_from_the_queue(t)


async def _came_from_the_queue(t: Case) -> None:
    """See that what happened offline says so; the beginning was among it."""
    transaction = t.session().transaction
    if transaction is None:
        t.deviate(1, "TransactionEvent", "a transaction", "none")
        raise Missing("TransactionEvent")
    for came in transaction.events:
        event = came.request
        if isinstance(event, TransactionEventRequest) and was_queued(t, event):
            came.taken = True
            t.check(1, event, offline=True)
    t.check(1, transaction.requests[0], event_type=_Event.STARTED, offline=True)


@case
async def tc_e_19_cs(t: Case) -> None:
    """The transaction ends when the EV leaves its parking bay."""
    earlier = ("EnergyTransfer", "PowerPathClosed", "DataSigned", "Authorized", "EVConnected")
    await stops_at(t, "ParkingBayOccupancy", without=earlier)
    if not t.kit.world.can("bay"):
        raise Impossible("no way to bay: nobody can drive an EV in and out")
    await parking_bay_occupied(t)
    await ev_disconnected(t)

    await t.do("bay", evse=t.session().evse, occupied=False)
    t.session().bay = False
    _ = await transaction_event(
        t,
        1,
        _Trigger.EV_DEPARTED,
        event_type=_Event.ENDED,
        transaction_info__stopped_reason=_Reason.REMOTE if from_remote(t) else LOCALLY,
    )
    await parking_bay_unoccupied(t)


@case
async def tc_e_21_cs(t: Case) -> None:
    """The CSMS stops, and with that the transaction ends."""
    await stops_at(t, "Authorized", without=["PowerPathClosed"])
    await energy_transfer_started(t)

    await _asked_to_stop(t)
    _ = await transaction_event(
        t,
        3,
        _Trigger.REMOTE_STOP,
        event_type=_Event.ENDED,
        transaction_info__stopped_reason=_Reason.REMOTE,
    )


async def _asked_to_stop(t: Case) -> None:
    transaction = t.session().transaction
    _ = await t.call(
        RequestStopTransactionRequest(transaction_id=transaction.id if transaction else ""),
        2,
        check=fields(status=RequestStartStopStatusEnumType.ACCEPTED),
    )


@case
async def tc_e_22_cs(t: Case) -> None:
    """The EV takes no more, and with that the transaction ends."""
    await stops_at(t, "EnergyTransfer")
    await energy_transfer_started(t)

    await t.do("ev_power", evse=t.session().evse, power_w=0)
    event = await t.expect(TransactionEventRequest, 1, where=_of_state)
    t.check(
        1,
        event,
        event_type=_Event.ENDED,
        transaction_info__charging_state=one_of(_State.EV_CONNECTED, _State.SUSPENDED_EV),
        transaction_info__stopped_reason=_Reason.STOPPED_BY_EV,
    )


_of_state = fields(trigger_reason=_Trigger.CHARGING_STATE_CHANGED)


@case
async def tc_e_35_cs(t: Case) -> None:
    """The CSMS stops; the transaction ends with the power path."""
    await stops_at(t, "PowerPathClosed", without=["Authorized"])
    await energy_transfer_started(t)

    await _asked_to_stop(t)
    ended = fields(event_type=_Event.ENDED)
    last = await t.expect(TransactionEventRequest, 3, where=ended)
    t.check(3, last, transaction_info__stopped_reason=_Reason.REMOTE)
    if last.trigger_reason is not _Trigger.REMOTE_STOP:
        of_stop = fields(trigger_reason=_Trigger.REMOTE_STOP)
        _ = await t.expect(TransactionEventRequest, 3, where=of_stop)


@case
async def tc_e_46_cs(t: Case) -> None:
    """The EV ends the session by itself (ISO 15118)."""
    await ev_connected_pre_session(t, ev=await ready_for_15118(t))
    await authorized_15118(t)
    await energy_transfer_started(t)

    await t.do("stop_from_ev", evse=t.session().evse)
    ends = stops_with(t, "Authorized", "PowerPathClosed", "EnergyTransfer")
    _ = await transaction_event(
        t,
        1,
        _Trigger.STOP_AUTHORIZED,
        event_type=_Event.ENDED if ends else _Event.UPDATED,
        transaction_info__charging_state=_State.EV_CONNECTED,
        transaction_info__stopped_reason=_Reason.STOPPED_BY_EV if ends else ABSENT,
    )
