"""Block E, transactions: where they start, and what a driver may do first."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._c_helpers import NO_METER_VALUES
from ocppkit.conformance.cases._e_helpers import (
    from_remote,
    of_token,
    starts_at,
    stops_at,
    timed_out,
)
from ocppkit.conformance.checks import ABSENT, PRESENT, Check, fields, matching, one_of
from ocppkit.conformance.inventory import VariableName
from ocppkit.conformance.points import AUTHORIZING, starts_with, stops_with
from ocppkit.conformance.states import (
    LOCAL,
    REMOTE,
    authorized,
    energy_transfer_started,
    ev_connected_pre_session,
    parking_bay_occupied,
    presents,
    transaction_event,
)
from ocppkit.conformance.states_session import plug_in
from ocppkit.conformance.verdict import Impossible, NotApplicable
from ocppkit.v201 import (
    AuthorizeRequest,
    ChargingStateEnumType,
    ClearCacheRequest,
    MeterValueType,
    ReadingContextEnumType,
    ReasonEnumType,
    SendLocalListRequest,
    TransactionEventEnumType,
    TransactionEventRequest,
    TriggerReasonEnumType,
    UpdateEnumType,
)

__all__ = [
    "tc_e_01_cs",
    "tc_e_02_cs",
    "tc_e_04_cs",
    "tc_e_05_cs",
    "tc_e_09_cs",
    "tc_e_10_cs",
    "tc_e_11_cs",
    "tc_e_12_cs",
    "tc_e_13_cs",
    "tc_e_38_cs",
    "tc_e_39_cs",
    "tc_e_52_cs",
]

_Event = TransactionEventEnumType
_State = ChargingStateEnumType
_Trigger = TriggerReasonEnumType

CHARGES: Final = fields(transaction_info__charging_state=_State.CHARGING)
_TIMEOUT: Final = "TxCtrlr.EVConnectionTimeOut"
_BEFORE_SIGNED: Final = ("ParkingBayOccupancy", "EVConnected", "Authorized")


@case
async def tc_e_01_cs(t: Case) -> None:
    """A transaction starts when the power path is closed."""
    await starts_at(t, "PowerPathClosed", without=(*_BEFORE_SIGNED, "DataSigned"))
    await authorized(t)

    await ev_connected_pre_session(t)
    await energy_transfer_started(t)


@case
async def tc_e_02_cs(t: Case) -> None:
    """A transaction starts when energy begins to flow."""
    earlier = (*_BEFORE_SIGNED, "DataSigned", "PowerPathClosed")
    await starts_at(t, "EnergyTransfer", without=earlier)
    await authorized(t)

    await plug_in(t, 1)
    local = one_of(_Trigger.CHARGING_STATE_CHANGED, _Trigger.AUTHORIZED)
    event = await t.expect(TransactionEventRequest, 3)
    t.check(
        3,
        event,
        of_token(t.settings.valid_idtoken),
        CHARGES,
        event_type=_Event.STARTED,
        trigger_reason=_Trigger.REMOTE_START if from_remote(t) else local,
        evse__id=PRESENT,
        evse__connector_id=PRESENT,
    )


@case
async def tc_e_04_cs(t: Case) -> None:
    """A token first, then the cable: energy flows."""
    await t.configure(AUTHORIZING, optional=AUTHORIZING)
    await parking_bay_occupied(t)

    await authorized(t, by=LOCAL)
    await energy_transfer_started(t)


@case
async def tc_e_05_cs(t: Case) -> None:
    """No cable comes after a token; the next driver is served all the same."""
    wanted: dict[VariableName, object] = {
        _TIMEOUT: t.settings.ev_connection_timeout,
        **AUTHORIZING,
        "AuthCacheCtrlr.Enabled": False,
        "AuthCtrlr.LocalPreAuthorize": False,
    }
    await t.configure(wanted, optional={*AUTHORIZING, "AuthCacheCtrlr.Enabled"})
    await authorized(t, by=LOCAL)

    await _no_cable_comes(t)
    await authorized(t, by=LOCAL)
    await energy_transfer_started(t)


async def _no_cable_comes(t: Case) -> None:
    """Wait until the authorization lapses, which a transaction that runs has to tell.

    By the text it goes on where TxStopPoint has no Authorized; that it ends also then, unless the
    EV has to leave its bay, is right as well (E03.FR.05).
    """
    since = t.kit.clock.monotonic()
    if not t.session().running:
        await t.kit.clock.sleep(t.settings.ev_connection_timeout + t.settings.time_deviation)
        return
    ends = stops_with(t, "Authorized")
    may_end = not stops_with(t, "ParkingBayOccupancy")
    otherwise = one_of(_Event.UPDATED, _Event.ENDED) if may_end else _Event.UPDATED
    _ = await timed_out(
        t,
        1,
        since,
        event_type=_Event.ENDED if ends else otherwise,
        reason=ReasonEnumType.TIMEOUT if ends else one_of(ABSENT, ReasonEnumType.TIMEOUT),
    )


@case
async def tc_e_09_cs(t: Case) -> None:
    """A transaction starts when the EV is connected."""
    await starts_at(t, "EVConnected", without=["ParkingBayOccupancy"])
    await parking_bay_occupied(t)

    await ev_connected_pre_session(t)
    t.check(
        3,
        t.session().had[0],
        event_type=_Event.STARTED,
        trigger_reason=one_of(_Trigger.CABLE_PLUGGED_IN, _Trigger.CHARGING_STATE_CHANGED),
        evse__id=PRESENT,
        evse__connector_id=PRESENT,
        transaction_info__charging_state=_State.EV_CONNECTED,
    )
    await authorized(t)
    await energy_transfer_started(t)


@case
async def tc_e_10_cs(t: Case) -> None:
    """A transaction starts when a driver presents a token."""
    await starts_at(t, "Authorized", without=["ParkingBayOccupancy"])
    await t.configure(AUTHORIZING, optional=AUTHORIZING)

    await authorized(t, by=LOCAL)
    t.check(
        3,
        t.session().had[0],
        of_token(t.settings.valid_idtoken),
        event_type=_Event.STARTED,
        trigger_reason=_Trigger.AUTHORIZED,
    )
    await ev_connected_pre_session(t)
    await energy_transfer_started(t)


@case
async def tc_e_11_cs(t: Case) -> None:
    """A transaction starts when the meter has signed."""
    await starts_at(t, "DataSigned", without=_BEFORE_SIGNED)
    await t.configure({"SampledDataCtrlr.SignReadings": True})
    await authorized(t)

    await plug_in(t, 1)
    signed = _Trigger.SIGNED_DATA_RECEIVED
    event = await t.expect(TransactionEventRequest, 3)
    t.check(
        3,
        event,
        of_token(t.settings.valid_idtoken),
        event_type=_Event.STARTED,
        trigger_reason=one_of(_Trigger.REMOTE_START, signed) if from_remote(t) else signed,
        evse__id=PRESENT,
        evse__connector_id=PRESENT,
        meter_value=matching("a signed value of Transaction.Begin", _signed_at_begin),
    )
    _ = await transaction_event(
        t, 5, _Trigger.CHARGING_STATE_CHANGED, where=CHARGES, event_type=_Event.UPDATED
    )


def _signed_at_begin(values: list[MeterValueType] | None) -> bool:
    """Whether one of them is; the schema has all parts of a signature in it, maybe empty."""
    return any(
        sampled.context is ReadingContextEnumType.TRANSACTION_BEGIN
        and (signed := sampled.signed_meter_value) is not None
        and all((signed.signed_meter_data, signed.signing_method, signed.encoding_method))
        for value in values or ()
        for sampled in value.sampled_value
    )


@case
async def tc_e_12_cs(t: Case) -> None:
    """A transaction starts when an EV drives into the parking bay."""
    await starts_at(t, "ParkingBayOccupancy")
    if not t.kit.world.can("bay"):
        raise Impossible("no way to bay: nobody can drive an EV in")

    await parking_bay_occupied(t)
    t.check(1, t.session().had[0], event_type=_Event.STARTED, trigger_reason=_Trigger.EV_DETECTED)
    await authorized(t)
    await ev_connected_pre_session(t)
    await energy_transfer_started(t)


@case
async def tc_e_13_cs(t: Case) -> None:
    """A transaction starts when the CSMS asks for it."""
    await starts_at(t, "Authorized", without=["ParkingBayOccupancy"])
    await t.configure(AUTHORIZING, optional=AUTHORIZING)

    await authorized(t, by=REMOTE)
    t.check(
        5,
        t.session().had[0],
        of_token(t.settings.valid_idtoken),
        event_type=_Event.STARTED,
        trigger_reason=_Trigger.REMOTE_START,
        transaction_info__remote_start_id=PRESENT,
    )
    await ev_connected_pre_session(t)
    await energy_transfer_started(t)


@case
async def tc_e_38_cs(t: Case) -> None:
    """An EV is connected that takes nothing yet."""
    if starts_with(t, "EnergyTransfer"):
        raise NotApplicable("needs transactions to start before energy flows")
    await authorized(t)

    await ev_connected_pre_session(t, ev={"current_a": 0})
    _ = await transaction_event(
        t,
        2,
        _Trigger.CHARGING_STATE_CHANGED,
        where=fields(transaction_info__charging_state=_State.SUSPENDED_EV),
    )


@case
async def tc_e_39_cs(t: Case) -> None:
    """The cable comes too late after a token: no energy flows."""
    await stops_at(t, "Authorized")
    await t.configure(
        {_TIMEOUT: t.settings.ev_connection_timeout, **AUTHORIZING}, optional=AUTHORIZING
    )
    await authorized(t)

    ended = one_of(_Event.UPDATED, _Event.ENDED) if _is_parked(t) else _Event.ENDED
    async with t.never(TransactionEventRequest, 5, where=CHARGES):
        if t.session().running:
            since = t.kit.clock.monotonic()
            _ = await timed_out(t, 1, since, event_type=ended, reason=ReasonEnumType.TIMEOUT)
        else:
            await t.kit.clock.sleep(t.settings.ev_connection_timeout + t.settings.time_deviation)
        await plug_in(t, 3)
        await _only_tells_of_the_cable(t)


def _is_parked(t: Case) -> bool:
    """Whether a transaction may outlast the authorization, as the text has it.

    That it ends with TxStopPoint Authorized, by E03.FR.05 and E06.FR.03, is right as well.
    """
    return t.session().bay and starts_with(t, "ParkingBayOccupancy")


async def _only_tells_of_the_cable(t: Case) -> None:
    """Look at what may come of a cable that is late.

    The text has it be Ended where the transaction before it has: no transaction begins so
    (E01.FR.07), and what a new one begins with is meant.
    """
    event_type = _Event.UPDATED if t.session().running else _Event.STARTED
    event = await t.optional(
        TransactionEventRequest, 5, where=NO_METER_VALUES, within=t.settings.message_timeout
    )
    if event is not None:
        t.check(5, event, trigger_reason=_Trigger.CABLE_PLUGGED_IN, event_type=event_type)
        await t.kit.clock.sleep(t.settings.message_timeout)


@case
async def tc_e_52_cs(t: Case) -> None:
    """A station that must not ask the CSMS refuses a token that it does not know."""
    wanted: dict[VariableName, object] = {
        "AuthCtrlr.Enabled": True,
        "AuthCtrlr.DisableRemoteAuthorization": True,
    }
    await t.configure(wanted, optional=["AuthCtrlr.Enabled"])
    await _forget_tokens(t)
    await parking_bay_occupied(t)

    async with (
        t.never(TransactionEventRequest, 1, where=_AUTHORIZED),
        t.never(TransactionEventRequest, 3, where=CHARGES),
    ):
        await presents(t, t.settings.valid_idtoken)
        await t.nothing(AuthorizeRequest, 1)
        await ev_connected_pre_session(t)
        await t.kit.clock.sleep(t.settings.message_timeout)


_AUTHORIZED: Final[Check] = fields(trigger_reason=_Trigger.AUTHORIZED)


async def _forget_tokens(t: Case) -> None:
    """Have neither the cache nor the local list hold a token."""
    if t.inventory.true("AuthCacheCtrlr.Enabled"):
        _ = await t.call(ClearCacheRequest())
    if t.inventory.true("LocalAuthListCtrlr.Enabled"):
        _ = await t.call(SendLocalListRequest(version_number=1, update_type=UpdateEnumType.FULL))
