"""Part 6's reusable states from the end of the transfer of energy to the driver's departure."""

from __future__ import annotations

from typing import Any, Final

from attrs import evolve

from ocppkit.conformance.case import Case
from ocppkit.conformance.checks import Matcher, fields, one_of, optional, said, same_token
from ocppkit.conformance.places import connector_is, place_of
from ocppkit.conformance.playing import state
from ocppkit.conformance.points import stops_with
from ocppkit.conformance.sessions import Session
from ocppkit.conformance.settings import Token
from ocppkit.conformance.states_session import (
    DEFAULT,
    REMOTE,
    energy_transfer_started,
    ev_connected_pre_session,
    presents,
    transaction_event,
)
from ocppkit.conformance.transaction_events import of_this_visit
from ocppkit.conformance.verdict import Impossible
from ocppkit.v201 import (
    AuthorizationStatusEnumType,
    ChargingStateEnumType,
    ConnectorStatusEnumType,
    ReasonEnumType,
    RequestStartStopStatusEnumType,
    RequestStopTransactionRequest,
    TransactionEventEnumType,
    TransactionEventRequest,
    TransactionEventResponse,
    TriggerReasonEnumType,
    UnlockConnectorRequest,
)

__all__ = [
    "deauthorized",
    "energy_transfer_suspended",
    "ev_connected_post_session",
    "ev_disconnected",
    "leave",
    "parking_bay_unoccupied",
    "refuse_events",
    "stop_authorized",
]

_Trigger = TriggerReasonEnumType
_State = ChargingStateEnumType
_Event = TransactionEventEnumType
_AT_ONCE: Final = ("Authorized", "PowerPathClosed", "EnergyTransfer")


@state("EnergyTransferSuspended")
async def energy_transfer_suspended(
    t: Case, *, evse: int | None = None, token: Token | None = None
) -> None:
    """EnergyTransferSuspended: the EV takes nothing more.

    Raises:
        Missing: the station does not tell.
    """
    session = t.session(evse)
    if not session.transferring:
        await energy_transfer_started(t, evse=evse, token=token)
    await t.kit.clock.sleep(t.settings.transaction_duration)
    await t.do("ev_power", evse=session.evse, power_w=0)
    if not session.running:
        return
    event = await transaction_event(
        t,
        1,
        _Trigger.CHARGING_STATE_CHANGED,
        evse=evse,
        event_type=one_of(_Event.ENDED, _Event.UPDATED),
        transaction_info__charging_state=one_of(_State.EV_CONNECTED, _State.SUSPENDED_EV),
    )
    if event.event_type is _Event.ENDED:
        t.check(1, event, transaction_info__stopped_reason=ReasonEnumType.STOPPED_BY_EV)


@state("StopAuthorized")
async def stop_authorized(
    t: Case,
    *,
    by: str = DEFAULT,
    token: Token | None = None,
    evse: int | None = None,
) -> None:
    """StopAuthorized: the driver, or the CSMS, ends the transfer of energy (errata 6.2.117).

    Args:
        t: the case.
        by: `LOCAL`, `REMOTE` or `DEFAULT`.
        token: which is presented; the valid one unless told otherwise.
        evse: where; the configured one unless told otherwise.

    Raises:
        Missing: the station does not tell.
    """
    session = t.session(evse)
    if not session.transferring:
        await energy_transfer_started(t, evse=evse, token=token)
    await t.kit.clock.sleep(t.settings.transaction_duration)
    session.stopped = True
    way = t.settings.authorization_default if by == DEFAULT else by
    if way == REMOTE:
        await _stop_remotely(t, session)
        event = await transaction_event(t, 3, _Trigger.REMOTE_STOP, evse=evse)
        await _stops(t, 5, session, event, ReasonEnumType.REMOTE)
        return
    chosen = token or t.settings.valid_idtoken
    await presents(t, chosen, evse=evse)
    event = await transaction_event(
        t, 1, _Trigger.STOP_AUTHORIZED, evse=evse, id_token=_same_or_none(chosen)
    )
    await _stops(t, 3, session, event, optional(ReasonEnumType.LOCAL))


async def _stop_remotely(t: Case, session: Session) -> None:
    if session.transaction is None:
        raise Impossible("no transaction can be stopped: none was told of")
    _ = await t.call(
        RequestStopTransactionRequest(transaction_id=session.transaction.id),
        2,
        check=fields(status=RequestStartStopStatusEnumType.ACCEPTED),
    )


async def _stops(
    t: Case,
    step: int,
    session: Session,
    event: TransactionEventRequest,
    reason: ReasonEnumType | Matcher,
) -> None:
    """See how the driver's wish ends the transaction, or leaves it to a later stop point."""
    if not stops_with(t, *_AT_ONCE):
        t.check(step, event, event_type=_Event.UPDATED)
        return
    if event.event_type is not _Event.ENDED:
        t.check(step, event, event_type=_Event.UPDATED)
        event = await transaction_event(
            t,
            step,
            _Trigger.CHARGING_STATE_CHANGED,
            evse=session.evse,
            event_type=_Event.ENDED,
            transaction_info__charging_state=_State.EV_CONNECTED,
        )
    t.check(step, event, transaction_info__stopped_reason=reason)


def refuse_events(
    t: Case,
    token: Token | None = None,
    *,
    status: AuthorizationStatusEnumType = AuthorizationStatusEnumType.INVALID,
) -> None:
    """Answer a token Accepted when asked about it, but otherwise in the answers to events.

    Call it before `authorized`, and `deauthorized` after it.

    Args:
        t: the case.
        token: whose; the valid one unless told otherwise.
        status: what the answers to events say of it.
    """
    chosen = token or t.settings.valid_idtoken
    refused = evolve(t.settings.about(chosen), status=status)

    def answer(request: TransactionEventRequest) -> TransactionEventResponse:
        if same_token(request.id_token, chosen.wire):
            return TransactionEventResponse(id_token_info=refused)
        return t.default_answer(request, TransactionEventResponse)

    t.answer(TransactionEventRequest, answer)


@state("Deauthorized")
async def deauthorized(t: Case, *, token: Token | None = None, evse: int | None = None) -> None:
    """Deauthorized: the first event of an authorized driver is refused (errata 6.2.118).

    Say `refuse_events` before `authorized`: that may be the first event already.

    Raises:
        Missing: the station does not tell.
    """
    session = t.session(evse)
    chosen = token or t.settings.valid_idtoken
    if not session.started and not session.plugged:
        await ev_connected_pre_session(t, evse=evse)
    if not session.started:
        _ = await t.expect(TransactionEventRequest, 1, where=of_this_visit(t, session))
    if not any(same_token(event.id_token, chosen.wire) for event in session.had):
        t.deviate(1, "TransactionEvent.id_token", said(chosen.wire), "no event with it")
    if t.inventory.true("TxCtrlr.StopTxOnInvalidId"):
        ends = stops_with(t, *_AT_ONCE)
        states = [_State.EV_CONNECTED, _State.SUSPENDED_EVSE]
        if not session.plugged:  # what Part 2 has for no EV; the text forgets that one may follow
            states.append(_State.IDLE)
        event = await transaction_event(
            t,
            3,
            _Trigger.DEAUTHORIZED,
            evse=evse,
            event_type=_Event.ENDED if ends else _Event.UPDATED,
            transaction_info__charging_state=one_of(*states),
        )
        if ends:
            reason = ReasonEnumType.DE_AUTHORIZED
            t.check(3, event, transaction_info__stopped_reason=reason)
    number, connector = place_of(t, evse)
    if t.kit.features.has("HFS-1", at=(number, connector)) and session.plugged:
        _ = await t.call(UnlockConnectorRequest(evse_id=number, connector_id=connector), 5)
    session.authorized, session.stopped = False, True


@state("EVConnectedPostSession")
async def ev_connected_post_session(t: Case, *, evse: int | None = None) -> None:
    """EVConnectedPostSession: no more energy may flow without another authorization.

    Raises:
        Missing: the station does not tell.
    """
    session = t.session(evse)
    if not session.stopped:
        await stop_authorized(t, evse=evse)
    if session.running and session.charging_state is not _State.EV_CONNECTED:
        _ = await transaction_event(
            t,
            1,
            _Trigger.CHARGING_STATE_CHANGED,
            evse=evse,
            transaction_info__charging_state=_State.EV_CONNECTED,
        )
    if session.running and stops_with(t, "DataSigned"):
        _ = await transaction_event(t, 3, _Trigger.SIGNED_DATA_RECEIVED, evse=evse)


@state("EVDisconnected")
async def ev_disconnected(t: Case, *, evse: int | None = None) -> None:
    """EVDisconnected: the EV is unplugged after the driver stopped.

    Raises:
        Missing: the station does not tell.
    """
    session = t.session(evse)
    if not (session.stopped or session.ended):
        await ev_connected_post_session(t, evse=evse)
    number, connector = place_of(t, evse)
    await t.do("plug_out", evse=number, connector=connector)
    session.plugged = session.authorized = False
    _ = await connector_is(t, 1, ConnectorStatusEnumType.AVAILABLE, evse=evse)
    if session.running:
        _ = await transaction_event(
            t,
            3,
            _Trigger.EV_COMMUNICATION_LOST,
            evse=evse,
            event_type=_Event.ENDED if stops_with(t, "EVConnected") else _Event.UPDATED,
            transaction_info__charging_state=_State.IDLE,
        )


@state("ParkingBayUnoccupied")
async def parking_bay_unoccupied(t: Case, *, evse: int | None = None) -> None:
    """ParkingBayUnoccupied: the EV leaves the bay, and with it the driver.

    Raises:
        Impossible: the transaction ends with it, and nobody can drive the EV out.
        Missing: the station does not tell.
    """
    session = t.session(evse)
    if session.plugged:
        await ev_disconnected(t, evse=evse)
    if session.bay:
        await t.do("bay", evse=session.evse, occupied=False)
        session.bay = False
    elif session.running and stops_with(t, "ParkingBayOccupancy"):
        raise Impossible("no way to bay: the transaction ends when the EV leaves its parking bay")
    if session.running and stops_with(t, "ParkingBayOccupancy"):
        _ = await transaction_event(
            t,
            1,
            _Trigger.EV_DEPARTED,
            evse=evse,
            event_type=_Event.ENDED,
            transaction_info__stopped_reason=_reason_of(session),
        )
    elif session.transaction is not None and session.running:
        # Without driver, cable and bay nothing of it is left that could end otherwise.
        its_end = fields(
            event_type=_Event.ENDED, transaction_info__transaction_id=session.transaction.id
        )
        t.allow(TransactionEventRequest, where=its_end)
    session.forget()


def _reason_of(session: Session) -> ReasonEnumType | Matcher:
    """Why a transaction ended that only waited for its EV to go (C16.FR.07: whoever stopped it)."""
    triggers = {event.trigger_reason for event in session.had}
    if _Trigger.DEAUTHORIZED in triggers:
        return ReasonEnumType.DE_AUTHORIZED
    if _Trigger.REMOTE_STOP in triggers:
        return ReasonEnumType.REMOTE
    return one_of(ReasonEnumType.LOCAL, ReasonEnumType.MASTER_PASS)


async def leave(t: Case, *, by: str = DEFAULT, evse: int | None = None) -> None:
    """StopAuthorized, EVConnectedPostSession, EVDisconnected, ParkingBayUnoccupied, in a row.

    Raises:
        Missing: the station does not tell.
    """
    await stop_authorized(t, by=by, evse=evse)
    await ev_connected_post_session(t, evse=evse)
    await ev_disconnected(t, evse=evse)
    await parking_bay_unoccupied(t, evse=evse)


def _same_or_none(token: Token) -> Matcher:
    def fits(came: Any) -> bool:
        return came is None or same_token(came, token.wire)

    return Matcher(words=f"nothing or {token.id_token} ({token.type})", fits=fits)
