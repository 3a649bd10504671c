"""Block C, authorization: EVs that are let in by their contracts (ISO 15118 Plug & Charge)."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._contracts import (
    CENTRAL,
    OFFLINE,
    let_in,
    ready_for_contracts,
    with_chain,
    with_hashes,
    without_root,
)
from ocppkit.conformance.cases._offline import prepare_offline
from ocppkit.conformance.checks import Check, fields
from ocppkit.conformance.contracts import EvContract, contract_of, strange_contract_of
from ocppkit.conformance.inventory import VariableName
from ocppkit.conformance.places import connector_is, place_of
from ocppkit.conformance.points import starts_with
from ocppkit.conformance.states import (
    authorized_by_contract,
    energy_transfer_started,
    ev_connected_pre_session,
    ev_with,
    id_token_cached_15118,
    id_token_in_local_list,
    list_entry,
    of_contract,
    power_path_closed,
    transaction_event,
)
from ocppkit.v201 import (
    AuthorizationStatusEnumType,
    AuthorizeCertificateStatusEnumType,
    AuthorizeRequest,
    AuthorizeResponse,
    ChargingStateEnumType,
    ConnectorStatusEnumType,
    IdTokenInfoType,
    TransactionEventRequest,
    TriggerReasonEnumType,
)

__all__ = [
    "tc_c_50_cs",
    "tc_c_51_cs",
    "tc_c_52_cs",
    "tc_c_53_cs",
    "tc_c_54_cs",
    "tc_c_55_cs",
]

_Certificate = AuthorizeCertificateStatusEnumType
_Trigger = TriggerReasonEnumType
_UNKNOWN: Final = "AuthCtrlr.OfflineTxForUnknownIdEnabled"
_LOCALLY: Final = "AuthCtrlr.LocalAuthorizeOffline"
_CHANGED: Final = _Trigger.CHARGING_STATE_CHANGED


@case
async def tc_c_50_cs(t: Case) -> None:
    """A contract that the station finds valid, and the CSMS as well, lets its EV charge."""
    contract = contract_of(t)
    await ready_for_contracts(t, contract, {CENTRAL: False})
    await ev_connected_pre_session(t, ev=ev_with(contract))

    await authorized_by_contract(t, check=with_hashes(contract))
    await energy_transfer_started(t)


@case
async def tc_c_51_cs(t: Case) -> None:
    """A contract that the station finds valid, and the CSMS cancelled, lets nobody charge."""
    contract = contract_of(t)
    await ready_for_contracts(t, contract, {CENTRAL: False})

    await _refused(t, contract, _Certificate.CONTRACT_CANCELLED, with_hashes(contract))


@case
async def tc_c_52_cs(t: Case) -> None:
    """A contract of whose root the station knows nothing is found valid by the CSMS."""
    contract = strange_contract_of(t)
    await ready_for_contracts(t, None, {CENTRAL: True})
    await without_root(t, contract)
    await ev_connected_pre_session(t, ev=ev_with(contract))

    await authorized_by_contract(t, check=with_chain(contract))
    await energy_transfer_started(t)


@case
async def tc_c_53_cs(t: Case) -> None:
    """A contract of whose root the station knows nothing is found to be revoked by the CSMS."""
    contract = strange_contract_of(t)
    await ready_for_contracts(t, None, {CENTRAL: True})
    await without_root(t, contract)

    await _refused(t, contract, _Certificate.CERTIFICATE_REVOKED, with_chain(contract))


async def _refused(t: Case, contract: EvContract, why: _Certificate, check: Check) -> None:
    """An EV presents its contract, which the CSMS refuses: it must not charge."""
    info = IdTokenInfoType(status=AuthorizationStatusEnumType.INVALID)
    t.answer(AuthorizeRequest, AuthorizeResponse(id_token_info=info, certificate_status=why))
    t.allow(AuthorizeRequest, of_contract(contract.emaid))  # EVs may try again
    async with t.never(TransactionEventRequest, "post", where=let_in):
        await ev_connected_pre_session(t, ev=ev_with(contract))
        request = await t.expect(AuthorizeRequest, 1, check=of_contract(contract.emaid))
        t.check(1, request, check)
        await t.kit.clock.sleep(t.settings.message_timeout)


@case
async def tc_c_54_cs(t: Case) -> None:
    """While nobody listens, a contract that is valid, and that the station knows, charges."""
    contract = await _known(t, offline=True, strangers=True)

    await _comes_unheard(t, contract)
    if t.session().running or starts_with(t, "Authorized"):
        event = await transaction_event(t, 7, _Trigger.AUTHORIZED, offline=True)
        t.check(7, event, of_contract(contract.emaid))
    else:
        await power_path_closed(t, t.session(), 7, _Trigger.AUTHORIZED)
    t.session().authorized = True
    await energy_transfer_started(t)


@case
async def tc_c_55_cs(t: Case) -> None:
    """While nobody listens, no contract charges where the station is told so."""
    contract = await _known(t, offline=False, strangers=False)

    async with (
        t.never(TransactionEventRequest, 7, where=let_in),
        t.never(TransactionEventRequest, 7, where=fields(trigger_reason=_CHANGED)),
    ):
        await _comes_unheard(t, contract)
        await t.kit.clock.sleep(t.settings.message_timeout)


async def _known(t: Case, *, offline: bool, strangers: bool) -> EvContract:
    """Have the station know the contract, and come back in time when it has been alone.

    Args:
        t: the case.
        offline: whether it may judge contracts while nobody listens.
        strangers: whether it may then let in whom it does not know (errata 6.2.43).
    """
    contract = contract_of(t)
    await ready_for_contracts(t, contract, {OFFLINE: offline})
    alone: dict[VariableName, object] = {_UNKNOWN: strangers, _LOCALLY: True}
    await t.configure(alone, optional=alone)
    if t.kit.features.has("C-49"):
        await id_token_cached_15118(t, contract)
    if t.kit.features.has("LA"):
        _ = await id_token_in_local_list(t, list_entry(t.settings.emaid))
    _ = await prepare_offline(t)
    return contract


async def _comes_unheard(t: Case, contract: EvContract) -> None:
    """An EV comes while nobody listens; what is told of it afterwards says so.

    Raises:
        Missing: it is not told.
    """
    session, bay = t.session(), t.kit.world.can("bay")
    number, connector = place_of(t)
    async with t.offline():
        if bay:
            await t.do("bay", evse=number, occupied=True)
            session.bay = True
        await t.do("plug_in", evse=number, connector=connector, ev=ev_with(contract))
        session.plugged = True
        await t.kit.clock.sleep(t.settings.transaction_duration)
    _ = await connector_is(t, 3, ConnectorStatusEnumType.OCCUPIED)
    if bay and starts_with(t, "ParkingBayOccupancy"):
        _ = await transaction_event(t, 5, _Trigger.EV_DETECTED, offline=True)
    if session.running or starts_with(t, "EVConnected"):
        _ = await transaction_event(
            t,
            5,
            _Trigger.CABLE_PLUGGED_IN,
            offline=True,
            transaction_info__charging_state=ChargingStateEnumType.EV_CONNECTED,
        )
