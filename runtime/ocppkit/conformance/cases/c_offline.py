"""Block C, authorization: whom the station lets in by itself while nobody listens."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._c_helpers import BY_CACHE, BY_LIST
from ocppkit.conformance.cases._e_helpers import of_token
from ocppkit.conformance.cases._offline import prepare_offline, was_queued
from ocppkit.conformance.checks import ABSENT, PRESENT, Check, fields, one_of
from ocppkit.conformance.inventory import VariableName
from ocppkit.conformance.places import connector_is
from ocppkit.conformance.points import starts_with, stops_with
from ocppkit.conformance.states import (
    ev_connected_post_session,
    ev_connected_pre_session,
    ev_disconnected,
    id_token_cached,
    id_token_in_local_list,
    list_entry,
    offline_transaction_started,
    presents,
    stop_authorized,
)
from ocppkit.v201 import (
    AuthorizationStatusEnumType,
    ChargingStateEnumType,
    ConnectorStatusEnumType,
    TransactionEventEnumType,
    TransactionEventRequest,
    TriggerReasonEnumType,
)

__all__ = [
    "tc_c_15_cs",
    "tc_c_16_cs",
    "tc_c_17_cs",
    "tc_c_18_cs",
    "tc_c_25_cs",
    "tc_c_26_cs",
]

_Trigger = TriggerReasonEnumType
_State = ChargingStateEnumType
_INVALID: Final = AuthorizationStatusEnumType.INVALID
_LOCALLY: Final = "AuthCtrlr.LocalAuthorizeOffline"
_UNKNOWN: Final = "AuthCtrlr.OfflineTxForUnknownIdEnabled"
_STOP: Final = "TxCtrlr.StopTxOnInvalidId"
_MAX_ENERGY: Final = "TxCtrlr.MaxEnergyOnInvalidId"

_LITTLE: Final = 500  # Wh
_MUCH: Final = 10_000  # Wh
_SHORT: Final = 5  # seconds, by the text
_DEAUTHORIZED: Final = fields(trigger_reason=_Trigger.DEAUTHORIZED)
_SUSPENDED: Final = fields(transaction_info__charging_state=_State.SUSPENDED_EVSE)
_CHARGING: Final = fields(transaction_info__charging_state=_State.CHARGING)
_CHANGED_OFFLINE: Final = fields(trigger_reason=_Trigger.CHARGING_STATE_CHANGED, offline=True)


@case
async def tc_c_15_cs(t: Case) -> None:
    """Some energy is given to whom the CSMS refuses afterwards, and the transaction goes on."""
    await _known(t, {_LOCALLY: True, _UNKNOWN: True, _STOP: False, _MAX_ENERGY: _MUCH})
    _ = await prepare_offline(t)
    await ev_connected_pre_session(t)

    suspends = fields(
        trigger_reason=_Trigger.CHARGING_STATE_CHANGED,
        transaction_info__charging_state=_State.SUSPENDED_EVSE,
        offline=one_of(False, ABSENT),  # before energy flows it may be so
    )
    async with (
        t.never(TransactionEventRequest, 3, where=_DEAUTHORIZED),
        t.never(TransactionEventRequest, 3, where=suspends),
    ):
        await _charges_alone(t, t.settings.transaction_duration)
        _ = await t.expect(TransactionEventRequest, 3, where=_CHANGED_OFFLINE)
        await _token_came(t, required=False)
        await t.kit.clock.sleep(t.settings.message_timeout)


@case
async def tc_c_16_cs(t: Case) -> None:
    """The transaction of whom the CSMS refuses afterwards is stopped."""
    await _known(t, {_LOCALLY: True, _STOP: True, _MAX_ENERGY: 0})
    await ev_connected_pre_session(t)

    await _charges_alone(t, _SHORT)
    _ = await t.expect(TransactionEventRequest, 3, where=_CHANGED_OFFLINE)
    await _token_came(t, required=False)
    _ = await t.expect(TransactionEventRequest, 5, where=_DEAUTHORIZED)


@case
async def tc_c_17_cs(t: Case) -> None:
    """No more energy is given to whom the CSMS refuses afterwards; the transaction goes on."""
    await _known(t, {_UNKNOWN: True, _STOP: False, _MAX_ENERGY: 0})
    await ev_connected_pre_session(t)

    await _charges_alone(t, _SHORT)
    await _token_came(t, required=True)
    _ = await t.expect(TransactionEventRequest, 5, where=_without_energy(t))


@case
async def tc_c_18_cs(t: Case) -> None:
    """Some energy is given to whom the CSMS refuses afterwards; then the transaction is stopped."""
    await _known(t, {_LOCALLY: True, _UNKNOWN: True, _STOP: True, _MAX_ENERGY: _LITTLE})
    _ = await prepare_offline(t)
    await ev_connected_pre_session(t)

    await _charges_alone(t, t.settings.transaction_duration)
    _ = await t.expect(TransactionEventRequest, 3, where=_CHANGED_OFFLINE)
    await _token_came(t, required=False)
    _ = await t.expect(
        TransactionEventRequest,
        5,
        where=_DEAUTHORIZED,
        check=fields(offline=one_of(False, ABSENT)),
        within=t.settings.long_operation_timeout,
    )


async def _known(t: Case, wanted: dict[VariableName, object]) -> None:
    """Have the station know the valid token, and be set up as a case asks."""
    await id_token_cached(t)
    if t.kit.features.has("LA"):
        _ = await id_token_in_local_list(t)
    everything = {**BY_CACHE, **wanted}
    optional = [*BY_CACHE, _UNKNOWN]
    if not wanted[_MAX_ENERGY]:  # a station that knows no such limit gives nothing either
        optional.append(_MAX_ENERGY)
    await t.configure(everything, optional=optional)


async def _charges_alone(t: Case, seconds: float) -> None:
    """A driver presents the valid token while nobody listens; afterwards the CSMS refuses it."""
    token = t.settings.valid_idtoken
    t.think(token, status=_INVALID)
    t.allow(TransactionEventRequest)  # the queue, whatever the start points make of it
    async with t.offline():
        await presents(t, token)
        await t.kit.clock.sleep(seconds)


def _without_energy(t: Case) -> Check:
    """What tells that no energy flows any more.

    The text has SuspendedEVSE, and forgets that the transaction ends with the energy where that is
    a stop point (E05.FR.02 leaves that out; E06.FR.07).
    """
    ends = stops_with(t, "EnergyTransfer")
    return fields(event_type=TransactionEventEnumType.ENDED) if ends else _SUSPENDED


async def _token_came(t: Case, *, required: bool) -> None:
    """See that the token came from the queue, with which the station let the driver in."""
    with_it = fields(
        trigger_reason=_Trigger.AUTHORIZED,
        id_token=PRESENT,
    )
    check: Check = fields(offline=True)
    if required and (t.session().running or starts_with(t, "Authorized")):
        event = await t.expect(TransactionEventRequest, 3, where=with_it, check=check)
    else:
        found = await t.optional(TransactionEventRequest, 3, where=with_it, check=check)
        if found is None:
            return
        event = found
    t.check(3, event, of_token(t.settings.valid_idtoken))


@case
async def tc_c_25_cs(t: Case) -> None:
    """The list refuses whom the cache accepts: the list decides."""
    token = t.settings.valid_idtoken
    await id_token_cached(t)
    _ = await id_token_in_local_list(t, list_entry(token, _INVALID))
    wanted: dict[VariableName, object] = {**BY_LIST, _UNKNOWN: True, _LOCALLY: True, _STOP: False}
    await t.configure(wanted, optional=BY_LIST)
    _ = await prepare_offline(t)
    await ev_connected_pre_session(t)

    started = fields(event_type=TransactionEventEnumType.STARTED)
    async with (
        t.never(TransactionEventRequest, 3, where=started),
        t.never(TransactionEventRequest, 3, where=_CHARGING),
    ):
        async with t.offline():
            await presents(t, token)
            await t.kit.clock.sleep(t.settings.transaction_duration)
        await t.kit.clock.sleep(t.settings.message_timeout)


@case
async def tc_c_26_cs(t: Case) -> None:
    """A token that nobody knows charges while nobody listens, until the CSMS refuses it."""
    token = t.settings.valid_idtoken
    wanted: dict[VariableName, object] = {
        **BY_LIST,
        _UNKNOWN: True,
        _LOCALLY: True,
        _MAX_ENERGY: 0,
        _STOP: False,
    }
    await t.configure(wanted, optional=[*BY_LIST, _MAX_ENERGY])
    t.think(token, status=_INVALID)
    await offline_transaction_started(t, token=token)

    _ = await connector_is(t, 1, ConnectorStatusEnumType.OCCUPIED)
    _ = await t.expect(TransactionEventRequest, 1, where=_without_energy(t))
    transaction = t.session().transaction
    for came in transaction.events if transaction is not None else ():
        event = came.request
        if isinstance(event, TransactionEventRequest) and was_queued(t, event):
            came.taken = True
            t.check(1, event, offline=True)
    if t.session().running:
        await stop_authorized(t, token=token)
        await ev_connected_post_session(t)
    await ev_disconnected(t)
