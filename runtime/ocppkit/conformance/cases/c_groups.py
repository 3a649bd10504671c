"""Block C, authorization: tokens of a group, and of the master group."""

from __future__ import annotations

from collections.abc import Sequence

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._c_helpers import (
    BY_CACHE,
    BY_LIST,
    NO_METER_VALUES,
    POST_AUTHORIZING,
    told_of,
)
from ocppkit.conformance.cases._e_helpers import of_token, starts_at
from ocppkit.conformance.checks import ABSENT, Matcher, fields, one_of, said
from ocppkit.conformance.points import stops_with
from ocppkit.conformance.settings import Token
from ocppkit.conformance.states import (
    ACCEPTED,
    LOCAL,
    authorized,
    energy_transfer_started,
    ev_connected_post_session,
    ev_connected_pre_session,
    ev_disconnected,
    id_token_cached,
    id_token_in_local_list,
    list_entry,
    parking_bay_unoccupied,
    presents,
    stop_authorized,
    transaction_event,
)
from ocppkit.v201 import (
    AuthorizationStatusEnumType,
    AuthorizeRequest,
    ChargingStateEnumType,
    IdTokenInfoType,
    ReasonEnumType,
    TransactionEventEnumType,
    TransactionEventRequest,
    TriggerReasonEnumType,
)

__all__ = [
    "tc_c_14_cs",
    "tc_c_39_cs",
    "tc_c_40_cs",
    "tc_c_41_cs",
    "tc_c_42_cs",
    "tc_c_43_cs",
    "tc_c_44_cs",
    "tc_c_45_cs",
    "tc_c_47_cs",
    "tc_c_48_cs",
    "tc_c_49_cs",
]

_INVALID = AuthorizationStatusEnumType.INVALID
_MASTERS = "AuthCtrlr.MasterPassGroupId"


@case
async def tc_c_39_cs(t: Case) -> None:
    """Another token of the group stops; the CSMS is asked about it."""
    first, second = t.settings.valid_idtoken, t.settings.valid_idtoken2
    t.think(first, _of_group(t))
    t.think(second, _of_group(t))
    await ev_connected_pre_session(t)

    await authorized(t, by=LOCAL)
    told_of(t, 3, first)
    await energy_transfer_started(t)
    await stop_authorized(t, by=LOCAL, token=second)
    asked = await t.expect(AuthorizeRequest, 6, check=of_token(second))
    stops = fields(trigger_reason=TriggerReasonEnumType.STOP_AUTHORIZED)
    for event in t.session().had:
        if not stops(event):
            t.check(8, event, of_token(second))
            t.in_order(8, asked, event)
    await _leaves(t)


@case
async def tc_c_40_cs(t: Case) -> None:
    """Another token of the group stops; both are in the list."""
    first, second, group = t.settings.valid_idtoken, t.settings.valid_idtoken2, t.settings.group_id
    entries = list_entry(first, group=group), list_entry(second, group=group)
    _ = await id_token_in_local_list(t, *entries)
    await t.configure(BY_LIST, optional=BY_LIST)
    await _another_stops(t, first, second)


@case
async def tc_c_41_cs(t: Case) -> None:
    """Another token of the group stops; both are in the cache."""
    first, second = t.settings.valid_idtoken, t.settings.valid_idtoken2
    await id_token_cached(t, first, info=_of_group(t))
    await id_token_cached(t, second, info=_of_group(t))
    await t.configure(BY_CACHE, optional=BY_CACHE)
    await _another_stops(t, first, second)


async def _another_stops(t: Case, first: Token, second: Token) -> None:
    """See that the station asks about none of two tokens, and that the second stops."""
    t.think(first, _of_group(t))
    t.think(second, _of_group(t))
    await ev_connected_pre_session(t)

    await authorized(t, by=LOCAL, token=first)
    told_of(t, 1, first)
    await energy_transfer_started(t)
    await stop_authorized(t, by=LOCAL, token=second)
    stops = fields(trigger_reason=TriggerReasonEnumType.STOP_AUTHORIZED)
    for event in t.session().had:
        if not stops(event):
            t.check(4, event, of_token(second))
    await _leaves(t)


@case
async def tc_c_42_cs(t: Case) -> None:
    """A token of the group that the CSMS refuses does not stop."""
    t.think(t.settings.valid_idtoken, _of_group(t))
    await _goes_on(t, 6)


@case
async def tc_c_43_cs(t: Case) -> None:
    """A token of the group that the list refuses does not stop, and nor does the CSMS let it."""
    valid, invalid, group = (
        t.settings.valid_idtoken,
        t.settings.invalid_idtoken,
        t.settings.group_id,
    )
    entries = list_entry(valid, group=group), list_entry(invalid, _INVALID, group=group)
    _ = await id_token_in_local_list(t, *entries)
    wanted = {**BY_LIST, **POST_AUTHORIZING}
    await t.configure(wanted, optional=wanted)
    t.think(valid, _of_group(t))
    await _goes_on(t, 4)


@case
async def tc_c_44_cs(t: Case) -> None:
    """A token of the group that the cache refuses does not stop, and nor does the CSMS let it."""
    invalid = t.settings.invalid_idtoken
    await id_token_cached(t, info=_of_group(t))
    await id_token_cached(t, invalid, status=_INVALID, info=_of_group(t, _INVALID))
    wanted = {**BY_CACHE, **POST_AUTHORIZING}
    await t.configure(wanted, optional=wanted)
    await _goes_on(t, 4)


async def _goes_on(t: Case, step: int) -> None:
    """See that the transaction goes on when an invalid token of the group is presented."""
    invalid = t.settings.invalid_idtoken
    t.think(invalid, _of_group(t, _INVALID))
    await ev_connected_pre_session(t)

    await authorized(t, by=LOCAL)
    told_of(t, step - 3, t.settings.valid_idtoken)
    await energy_transfer_started(t)
    async with t.never(TransactionEventRequest, step + 2, where=NO_METER_VALUES):
        await presents(t, invalid)
        _ = await t.expect(AuthorizeRequest, step, check=of_token(invalid))
        await t.kit.clock.sleep(t.settings.message_timeout)


def _of_group(t: Case, status: AuthorizationStatusEnumType = ACCEPTED) -> IdTokenInfoType:
    return IdTokenInfoType(status=status, group_id_token=t.settings.group_id.wire)


@case
async def tc_c_14_cs(t: Case) -> None:
    """A master token from the cache stops a transaction."""
    master = t.settings.masterpass_idtoken
    await t.configure(
        {**BY_CACHE, _MASTERS: t.settings.masterpass_group_id},
        optional=BY_CACHE,
    )
    await presents(t, master)
    _ = await t.expect(AuthorizeRequest, check=of_token(master))
    await energy_transfer_started(t)

    await presents(t, master)
    await _stopped_by_master(t, 1, id_token=master.wire)
    await _leaves(t)


@case
async def tc_c_45_cs(t: Case) -> None:
    """A master token starts nothing."""
    master = t.settings.masterpass_idtoken
    earlier = ("ParkingBayOccupancy", "EVConnected")
    await starts_at(t, "Authorized", "PowerPathClosed", without=earlier)
    await t.configure({_MASTERS: t.settings.masterpass_group_id})

    await presents(t, master)
    _ = await t.expect(AuthorizeRequest, 1, check=of_token(master))
    await t.nothing(TransactionEventRequest, 2)
    await ev_connected_pre_session(t)
    charging = fields(transaction_info__charging_state=ChargingStateEnumType.CHARGING)
    await t.nothing(TransactionEventRequest, 4, where=charging)


@case
async def tc_c_47_cs(t: Case) -> None:
    """A master token stops all transactions, which its holder selects."""
    evses = [*t.inventory.evses]
    await _all_charge(t, evses)

    await _master_is_asked_about(t, evses)
    for evse in evses:
        await t.do("select", evse=evse)
    await _all_stop(t, evses)


@case
async def tc_c_48_cs(t: Case) -> None:
    """A master token stops the one transaction that its holder selects."""
    evses = [*t.inventory.evses]
    chosen, *others = evses
    await _all_charge(t, evses)

    await _master_is_asked_about(t, evses)
    await t.do("select", evse=chosen)
    await _all_stop(t, [chosen])
    await t.kit.clock.sleep(t.settings.message_timeout)
    for evse in others:
        state = _state_of(t, evse)
        if state is not ChargingStateEnumType.CHARGING:
            t.deviate("post", f"EVSE {evse}", "energy that flows on", said(state))


def _state_of(t: Case, evse: int) -> ChargingStateEnumType | None:
    """What the station told last of an EVSE's transaction, taken or not."""
    transaction = t.session(evse).transaction
    requests = [] if transaction is None else transaction.requests
    told = (each.transaction_info.charging_state for each in reversed(requests))
    return next((state for state in told if state is not None), None)


@case
async def tc_c_49_cs(t: Case) -> None:
    """A master token stops all transactions where there is nothing to select with."""
    both = [t.settings.evse_id, t.settings.evse_id2]
    evses = [evse for evse in both if evse in t.inventory.evses]
    await _all_charge(t, evses)

    await _master_is_asked_about(t, evses)
    await _all_stop(t, evses)


async def _all_charge(t: Case, evses: Sequence[int]) -> None:
    """Have energy flow at all EVSEs, for two drivers where the first is not alone."""
    await t.configure({_MASTERS: t.settings.masterpass_group_id})
    for evse in evses:
        first = evse == evses[0]
        token = t.settings.valid_idtoken if first else t.settings.valid_idtoken2
        await energy_transfer_started(t, evse=evse, token=token)


async def _master_is_asked_about(t: Case, evses: Sequence[int]) -> None:
    master = t.settings.masterpass_idtoken
    await presents(t, master, evse=evses[0])
    _ = await t.expect(AuthorizeRequest, 1, check=of_token(master))


async def _all_stop(t: Case, evses: Sequence[int]) -> None:
    master = t.settings.masterpass_idtoken
    for evse in evses:
        await _stopped_by_master(t, 3, evse=evse, id_token=one_of(ABSENT, master.wire))
    for evse in evses:
        await _leaves(t, evse=evse)


async def _stopped_by_master(
    t: Case, step: int, *, id_token: object | Matcher, evse: int | None = None
) -> None:
    """Wait for the event that a master token stopped, and for the end where it brings that."""
    event = await transaction_event(
        t, step, TriggerReasonEnumType.STOP_AUTHORIZED, evse=evse, id_token=id_token
    )
    t.session(evse).stopped = True
    if event.event_type is not TransactionEventEnumType.ENDED and stops_with(
        t, "Authorized", "PowerPathClosed", "EnergyTransfer"
    ):
        event = await transaction_event(
            t,
            step,
            TriggerReasonEnumType.CHARGING_STATE_CHANGED,
            evse=evse,
            event_type=TransactionEventEnumType.ENDED,
        )
    if event.event_type is TransactionEventEnumType.ENDED:
        t.check(step, event, transaction_info__stopped_reason=ReasonEnumType.MASTER_PASS)


async def _leaves(t: Case, *, evse: int | None = None) -> None:
    """EVConnectedPostSession, EVDisconnected, ParkingBayUnoccupied."""
    await ev_connected_post_session(t, evse=evse)
    await ev_disconnected(t, evse=evse)
    await parking_bay_unoccupied(t, evse=evse)
