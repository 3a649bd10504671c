"""Block E, transactions: a cable that is pulled at the EV."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._e_helpers import (
    connects_at_ev,
    disconnects_at_ev,
    disconnects_at_station,
    has_fixed_cable,
    stops_at,
    timed_out,
)
from ocppkit.conformance.checks import ABSENT, fields, one_of
from ocppkit.conformance.places import AVAILABLE, connector_is
from ocppkit.conformance.points import AUTHORIZING, stops_with
from ocppkit.conformance.states import energy_transfer_suspended, presents, transaction_event
from ocppkit.conformance.verdict import NotApplicable
from ocppkit.v201 import (
    AuthorizeRequest,
    ChargingStateEnumType,
    ReasonEnumType,
    TransactionEventEnumType,
    TriggerReasonEnumType,
)

__all__ = [
    "tc_e_17_cs",
    "tc_e_20_cs",
    "tc_e_24_cs",
    "tc_e_25_cs",
    "tc_e_26_cs",
    "tc_e_27_cs",
    "tc_e_37_cs",
    "tc_e_54_cs",
]

_Event = TransactionEventEnumType
_State = ChargingStateEnumType
_Trigger = TriggerReasonEnumType
_Reason = ReasonEnumType

STOP_TX: Final = "TxCtrlr.StopTxOnEVSideDisconnect"
UNLOCK: Final = "OCPPCommCtrlr.UnlockOnEVSideDisconnect"
_EARLY: Final = ("EnergyTransfer", "PowerPathClosed", "DataSigned")


async def _loses_ev(t: Case, **wanted: object) -> None:
    """The EV is unplugged at its side, and the station tells."""
    if not t.session().running:  # the EV that takes no more has ended it (TxStopPoint)
        raise NotApplicable("needs a transaction that outlasts the transfer of energy")
    await disconnects_at_ev(t)
    event = await transaction_event(
        t, 1, _Trigger.EV_COMMUNICATION_LOST, transaction_info__charging_state=_State.IDLE
    )
    t.check(1, event, **wanted)


async def _cable_leaves(t: Case, *, token: bool) -> None:
    """The cable is taken off the station, which may take a token; the connector is free."""
    if token and not has_fixed_cable(t):
        t.allow(AuthorizeRequest)
        await presents(t, t.settings.valid_idtoken)
        await t.kit.clock.sleep(t.settings.optional_wait)
    await disconnects_at_station(t)
    _ = await connector_is(t, 3, AVAILABLE)


@case
async def tc_e_17_cs(t: Case) -> None:
    """The EV goes, and with it the authorization: the transaction ends."""
    await stops_at(t, "Authorized", without=["EVConnected", "PowerPathClosed", "EnergyTransfer"])
    await t.configure({STOP_TX: True, UNLOCK: False, **AUTHORIZING}, optional=AUTHORIZING)
    await energy_transfer_suspended(t)

    ended = {"transaction_info__stopped_reason": _Reason.EV_DISCONNECTED}
    await _loses_ev(t, event_type=_Event.ENDED, **ended)
    await _cable_leaves(t, token=True)


@case
async def tc_e_20_cs(t: Case) -> None:
    """The EV goes: the transaction, which lasts as long as it is connected, ends."""
    await stops_at(t, "EVConnected", without=["EnergyTransfer", "PowerPathClosed"])
    await t.configure({STOP_TX: False}, optional=[STOP_TX])
    await energy_transfer_suspended(t)

    ended = {"transaction_info__stopped_reason": _Reason.EV_DISCONNECTED}
    await _loses_ev(t, event_type=_Event.ENDED, **ended)


@case
async def tc_e_54_cs(t: Case) -> None:
    """The EV, which speaks with the station, goes: the transaction ends."""
    await stops_at(t, "EVConnected", without=["EnergyTransfer", "PowerPathClosed"])
    await t.configure({STOP_TX: False}, optional=[STOP_TX])
    await energy_transfer_suspended(t)

    why = one_of(_Reason.STOPPED_BY_EV, _Reason.EV_DISCONNECTED)
    await _loses_ev(t, event_type=_Event.ENDED, transaction_info__stopped_reason=why)


@case
async def tc_e_37_cs(t: Case) -> None:
    """The EV goes: the transaction, which lasts as long as the power path, ends."""
    await stops_at(t, "PowerPathClosed", without=["EnergyTransfer", "EVConnected", "DataSigned"])
    await t.configure({STOP_TX: False}, optional=[STOP_TX])
    await energy_transfer_suspended(t)

    why = one_of(_Reason.STOPPED_BY_EV, _Reason.EV_DISCONNECTED)
    await _loses_ev(t, event_type=_Event.ENDED, transaction_info__stopped_reason=why)


@case
async def tc_e_24_cs(t: Case) -> None:
    """The EV goes; the station gives its end of the cable back at once."""
    await t.configure({STOP_TX: True, UNLOCK: True})
    await energy_transfer_suspended(t)

    await _loses_ev(t)
    await _cable_leaves(t, token=False)


@case
async def tc_e_25_cs(t: Case) -> None:
    """The EV goes; the station gives its end of the cable back to the driver's token only."""
    await t.configure({STOP_TX: True, UNLOCK: False})
    await energy_transfer_suspended(t)

    await _loses_ev(t)
    await _cable_leaves(t, token=True)


async def _outlives_the_ev(t: Case) -> None:
    """Prepare a transaction that goes on without its EV, and take the EV away."""
    without = (*_EARLY, "EVConnected")
    await stops_at(t, "Authorized", "ParkingBayOccupancy", without=without)
    await t.configure({UNLOCK: False, STOP_TX: False})
    await energy_transfer_suspended(t)

    await _loses_ev(t, event_type=_Event.UPDATED)
    if has_fixed_cable(t):
        _ = await connector_is(t, 3, AVAILABLE)


@case
async def tc_e_26_cs(t: Case) -> None:
    """The EV goes and comes back: the transaction goes on."""
    await _outlives_the_ev(t)

    await connects_at_ev(t)
    _ = await transaction_event(
        t,
        5,
        _Trigger.CABLE_PLUGGED_IN,
        event_type=_Event.UPDATED,
        transaction_info__charging_state=_State.EV_CONNECTED,
    )
    _ = await transaction_event(
        t,
        7,
        _Trigger.CHARGING_STATE_CHANGED,
        where=fields(transaction_info__charging_state=_State.CHARGING),
        event_type=_Event.UPDATED,
    )


@case
async def tc_e_27_cs(t: Case) -> None:
    """The EV goes and does not come back in time."""
    await t.configure({"TxCtrlr.EVConnectionTimeOut": t.settings.ev_connection_timeout})
    await _outlives_the_ev(t)

    ends = stops_with(t, "Authorized")
    _ = await timed_out(
        t,
        5,
        t.kit.clock.monotonic(),
        event_type=_Event.ENDED if ends else _Event.UPDATED,
        reason=_Reason.TIMEOUT if ends else one_of(ABSENT, _Reason.TIMEOUT),
    )
