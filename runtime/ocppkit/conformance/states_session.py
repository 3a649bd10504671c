"""Part 6's reusable states from the driver's arrival to the transfer of energy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ocppkit.conformance.case import Case
from ocppkit.conformance.checks import (
    PRESENT,
    Check,
    Matcher,
    fields,
    one_of,
    optional,
    same_token,
)
from ocppkit.conformance.places import connector_is, place_of
from ocppkit.conformance.playing import state
from ocppkit.conformance.points import starts_with
from ocppkit.conformance.sessions import Session
from ocppkit.conformance.settings import Token
from ocppkit.conformance.transaction_events import transaction_event
from ocppkit.conformance.verdict import Impossible
from ocppkit.v201 import (
    AuthorizationStatusEnumType,
    AuthorizeRequest,
    ChargingStateEnumType,
    ConnectorStatusEnumType,
    IdTokenEnumType,
    RequestStartStopStatusEnumType,
    RequestStartTransactionRequest,
    TransactionEventEnumType,
    TransactionEventRequest,
    TriggerReasonEnumType,
)

__all__ = [
    "ACCEPTED",
    "DEFAULT",
    "LOCAL",
    "REMOTE",
    "authorize_expected",
    "authorized",
    "energy_transfer_started",
    "ev_connected_pre_session",
    "parking_bay_occupied",
    "power_path_closed",
    "presents",
    "transaction_event",
]

_TAKES_IN: Final = 0.2  # seconds, for what the CSMS has answered

LOCAL: Final = "local"
REMOTE: Final = "remote"
DEFAULT: Final = "default"
"""Local or remote, as ``authorization_default`` of the settings has it."""

ACCEPTED: Final = AuthorizationStatusEnumType.ACCEPTED

_Trigger = TriggerReasonEnumType
_State = ChargingStateEnumType


@state("ParkingBayOccupied")
async def parking_bay_occupied(t: Case, *, evse: int | None = None) -> None:
    """An EV drives into the bay; where nobody can do that, nothing happens.

    Raises:
        Missing: TxStartPoint has ParkingBayOccupancy, and no transaction starts.
    """
    session = t.session(evse)
    session.renew()
    if session.bay or not t.kit.world.can("bay"):
        return
    await t.do("bay", evse=session.evse, occupied=True)
    session.bay = True
    if starts_with(t, "ParkingBayOccupancy"):
        _ = await transaction_event(t, 1, _Trigger.EV_DETECTED, evse=evse)


async def plug_in(
    t: Case, step: int | str, *, evse: int | None = None, ev: Mapping[str, Any] | None = None
) -> None:
    """An EV is connected, and its connector is Occupied.

    Raises:
        Missing: the station does not tell.
    """
    session = t.session(evse)
    number, connector = place_of(t, evse)
    await t.do("plug_in", evse=number, connector=connector, ev={**_EV, **(ev or {})})
    session.plugged = True
    _ = await connector_is(t, step, ConnectorStatusEnumType.OCCUPIED, evse=evse)


_EV: Final = {"current_a": 32, "phases": 3}


@state("EVConnectedPreSession")
async def ev_connected_pre_session(
    t: Case, *, evse: int | None = None, ev: Mapping[str, Any] | None = None
) -> None:
    """EVConnectedPreSession: an EV is connected before energy may flow.

    Args:
        t: the case.
        evse: where; the configured one unless told otherwise.
        ev: the EV's peculiarities, as the control protocol's ``plug_in`` takes them.

    Raises:
        Missing: the station does not tell.
    """
    session = t.session(evse)
    session.renew()
    await parking_bay_occupied(t, evse=evse)
    await plug_in(t, 1, evse=evse, ev=ev)
    starting = starts_with(t, "EVConnected") or (
        session.authorized and starts_with(t, "PowerPathClosed")
    )
    if not (session.running or starting):
        await _meter_signed(t, session)
        return
    states: tuple[object, ...] = (_State.EV_CONNECTED,)
    if session.authorized:
        states = (_State.EV_CONNECTED, _State.SUSPENDED_EVSE, _State.CHARGING)
    number, connector = place_of(t, evse)
    _ = await transaction_event(
        t,
        3,
        one_of(_Trigger.CABLE_PLUGGED_IN, _Trigger.CHARGING_STATE_CHANGED),
        evse=evse,
        evse__id=number,
        evse__connector_id=connector,
        transaction_info__charging_state=one_of(*states),
    )


async def _meter_signed(t: Case, session: Session) -> None:
    """Take the start of the transaction of a driver who is known, where the meter signs for it.

    The text has it in EnergyTransferStarted alone, but no energy has to flow for it (E01.FR.04).
    """
    if session.authorized and starts_with(t, "DataSigned"):
        signed = fields(
            event_type=TransactionEventEnumType.STARTED,
            trigger_reason=_Trigger.SIGNED_DATA_RECEIVED,
            evse__id=session.evse,
        )
        _ = await t.optional(TransactionEventRequest, 3, where=signed)


@state("Authorized")
async def authorized(
    t: Case,
    /,
    *,
    by: str = DEFAULT,
    token: Token | None = None,
    evse: int | None = None,
    status: AuthorizationStatusEnumType = ACCEPTED,
    **request: Any,
) -> None:
    """Authorized: a driver is let in, locally or by the CSMS; or is refused.

    Args:
        t: the case.
        by: `LOCAL`, `REMOTE` or `DEFAULT`.
        token: whose; the valid one unless told otherwise.
        evse: where; the configured one unless told otherwise.
        status: what the CSMS thinks of the token; after a refusal no event is waited for.
        **request: fields of the RequestStartTransaction besides.

    Raises:
        Missing: the station does not do it.
    """
    session = t.session(evse)
    session.renew()
    if not session.plugged:
        await parking_bay_occupied(t, evse=evse)
    chosen = token or t.settings.valid_idtoken
    t.think(chosen, t.kit.answers.tokens.get(chosen.id_token.casefold()), status=status)
    way = t.settings.authorization_default if by == DEFAULT else by
    if way == REMOTE:
        await _authorized_remotely(t, chosen, session, status, request)
    else:
        session.remote_start_id = None
        await _authorized_locally(t, chosen, session, status)
    await t.kit.clock.sleep(_TAKES_IN)  # else the cable may be there before the answer is
    if status is ACCEPTED:
        session.authorized = True
        session.token = None if way == LOCAL and t.settings.start_button else chosen.wire
        if t.inventory.true("AuthCacheCtrlr.Enabled"):
            t.known.add(chosen.id_token)


async def presents(t: Case, token: Token, *, evse: int | None = None) -> None:
    """A driver presents a token; nothing is waited for.

    Raises:
        Impossible: it is no token that can be presented.
    """
    if t.settings.start_button or token.type is IdTokenEnumType.NO_AUTHORIZATION:
        raise Impossible("no way to press the start button")
    number, _ = place_of(t, evse)
    await t.do("present_token", token=token.id_token, type=token.type.value, evses=[number])


def authorize_expected(t: Case, token: Token) -> bool:
    """Whether the station has to ask the CSMS about a token that is presented."""
    enabled = t.inventory.get("AuthCtrlr.Enabled")
    if enabled is not None and not enabled.writable and (enabled.value or "").lower() == "false":
        return False
    if t.settings.start_button:
        return False
    return not (token.id_token in t.known and t.inventory.true("AuthCtrlr.LocalPreAuthorize"))


async def _authorized_locally(
    t: Case, token: Token, session: Session, status: AuthorizationStatusEnumType
) -> None:
    await presents(t, token, evse=session.evse)
    if authorize_expected(t, token) or status is not ACCEPTED:
        _ = await t.expect(AuthorizeRequest, 1, check=_of(token))
    if status is ACCEPTED and (session.running or starts_with(t, "Authorized")):
        _ = await transaction_event(
            t, 3, _Trigger.AUTHORIZED, evse=session.evse, id_token=_same(token)
        )
    elif status is ACCEPTED:
        await power_path_closed(t, session, 3, _Trigger.AUTHORIZED)


async def power_path_closed(
    t: Case, session: Session, step: int, trigger: TriggerReasonEnumType
) -> None:
    """Take the start of the transaction of a driver whose cable is there, where it comes already.

    Part 2 has it tell of the driver (E02.FR.01); by the text it tells of SuspendedEVSE later.
    """
    if not (session.plugged and starts_with(t, "PowerPathClosed")):
        return
    here = fields(
        event_type=TransactionEventEnumType.STARTED,
        trigger_reason=trigger,
        evse__id=session.evse,
    )
    _ = await t.optional(TransactionEventRequest, step, where=here)


async def _authorized_remotely(
    t: Case,
    token: Token,
    session: Session,
    status: AuthorizationStatusEnumType,
    more: dict[str, Any],
) -> None:
    number = t.kit.new_number()
    running = session.transaction if session.running else None
    request = RequestStartTransactionRequest(
        id_token=token.wire, remote_start_id=number, evse_id=session.evse, **more
    )
    session.remote_start_id = number
    answer = fields(
        status=RequestStartStopStatusEnumType.ACCEPTED,
        transaction_id=optional(PRESENT) if running is None else running.id,
    )
    _ = await t.call(request, 2, check=answer)
    asks = t.inventory.true("AuthCtrlr.AuthorizeRemoteStart")
    if asks and (authorize_expected(t, token) or status is not ACCEPTED):
        _ = await t.expect(AuthorizeRequest, 3, check=_of(token))
    if status is ACCEPTED and (session.running or starts_with(t, "Authorized")):
        _ = await transaction_event(
            t,
            5,
            _Trigger.REMOTE_START,
            evse=session.evse,
            transaction_info__remote_start_id=number,
            id_token=_same(token),
        )
    elif status is ACCEPTED:
        await power_path_closed(t, session, 5, _Trigger.REMOTE_START)


def _of(token: Token) -> Check:
    return fields(id_token__id_token=token.id_token, id_token__type=token.type)


def _same(token: Token) -> Matcher:
    def fits(came: Any) -> bool:
        return came is not None and same_token(came, token.wire)

    return Matcher(words=f"{token.id_token} ({token.type})", fits=fits)


@state("EnergyTransferStarted")
async def energy_transfer_started(
    t: Case,
    *,
    evse: int | None = None,
    token: Token | None = None,
    by: str = DEFAULT,
    ev: Mapping[str, Any] | None = None,
) -> None:
    """EnergyTransferStarted: a driver is authorized, an EV is connected, energy flows.

    Args:
        t: the case.
        evse: where; the configured one unless told otherwise.
        token: whose, where nobody is authorized yet.
        by: as `authorized` has it, where nobody is authorized yet.
        ev: the EV's peculiarities, where none is connected yet.

    Raises:
        Missing: the station does not tell.
    """
    session = t.session(evse)
    if not session.authorized:
        await authorized(t, by=by, token=token, evse=evse)
    if not session.plugged:
        await plug_in(t, 1, evse=evse, ev=ev)
        if session.running or starts_with(t, "EVConnected"):
            _ = await transaction_event(
                t,
                3,
                _Trigger.CABLE_PLUGGED_IN,
                evse=evse,
                transaction_info__charging_state=_State.EV_CONNECTED,
            )
    if starts_with(t, "DataSigned") and not session.running:
        _ = await transaction_event(t, 5, _Trigger.SIGNED_DATA_RECEIVED, evse=evse)
    if starts_with(t, "PowerPathClosed") and not session.running:
        _ = await transaction_event(
            t,
            7,
            # A cable that comes last is the more specific trigger (E02.FR.17).
            one_of(_Trigger.CHARGING_STATE_CHANGED, _Trigger.CABLE_PLUGGED_IN),
            evse=evse,
            transaction_info__charging_state=one_of(_State.SUSPENDED_EVSE, _State.EV_CONNECTED),
        )
    if session.charging_state is not _State.CHARGING:
        event = await transaction_event(
            t,
            9,
            _Trigger.CHARGING_STATE_CHANGED,
            evse=evse,
            where=fields(transaction_info__charging_state=_State.CHARGING),
        )
        _pass_over(t, session, event)
    session.transferring = True


def _pass_over(t: Case, session: Session, charging: TransactionEventRequest) -> None:
    """Have nobody take what led to the transfer of energy for what ends it.

    A station may tell of SuspendedEVSE on the way, whichever its start points are.
    """
    events = session.transaction.events if session.transaction else ()
    for came in events:
        request = came.request
        if (
            came.number < t.came(charging).number
            and isinstance(request, TransactionEventRequest)
            and request.event_type is TransactionEventEnumType.UPDATED
        ):
            came.taken = True
