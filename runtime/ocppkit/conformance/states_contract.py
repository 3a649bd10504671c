"""Part 6's reusable states with an EV that speaks ISO 15118: by its contract, or by a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ocppkit.conformance.case import Case
from ocppkit.conformance.checks import Check, fields, matching
from ocppkit.conformance.contracts import EvContract, contract_of, same_emaid
from ocppkit.conformance.playing import state
from ocppkit.conformance.points import starts_with
from ocppkit.conformance.states_session import (
    LOCAL,
    REMOTE,
    authorized,
    energy_transfer_started,
    ev_connected_pre_session,
    parking_bay_occupied,
    power_path_closed,
    transaction_event,
)
from ocppkit.conformance.states_stop import (
    ev_connected_post_session,
    ev_disconnected,
    parking_bay_unoccupied,
    stop_authorized,
)
from ocppkit.v201 import AuthorizeRequest, IdTokenEnumType, TriggerReasonEnumType

__all__ = [
    "EIM",
    "authorized_15118",
    "authorized_by_contract",
    "ev_with",
    "id_token_cached_15118",
    "of_contract",
]

EIM: Final = "EIM"
"""What ``authorize_15118`` of the settings says where a token at the reader is used."""


def ev_with(contract: EvContract) -> Mapping[str, Any]:
    """An EV with a contract, as the control protocol's ``plug_in`` takes it."""
    return {
        "kind": "iso15118",
        "payment": "contract",
        "emaid": contract.emaid,
        "contract_chain_pem": contract.chain_pem,
    }


@state("Authorized15118")
async def authorized_15118(t: Case, *, evse: int | None = None) -> None:
    """Authorized15118: by a token at the reader, or by the contract in the EV, as the settings say.

    Raises:
        Missing: the station does not do it.
    """
    if t.settings.authorize_15118 == EIM:
        await authorized(t, by=LOCAL, evse=evse)
    else:
        await authorized_by_contract(t, evse=evse)


@state("Authorized15118")
async def authorized_by_contract(
    t: Case, *, evse: int | None = None, check: Check | None = None
) -> None:
    """An EV that is connected is let in by its contract; the CSMS is asked about that.

    Args:
        t: the case.
        evse: where; the configured one unless told otherwise.
        check: what the AuthorizeRequest has to say besides.

    Raises:
        Missing: the station does not do it.
    """
    session, emaid = t.session(evse), t.settings.emaid
    its = of_contract(emaid.id_token)
    request = await t.expect(AuthorizeRequest, 1, check=its)
    if check is not None:
        t.check(1, request, check)
    if session.running or starts_with(t, "Authorized"):
        event = await transaction_event(t, 3, TriggerReasonEnumType.AUTHORIZED, evse=evse)
        t.check(3, event, its)
    else:
        await power_path_closed(t, session, 3, TriggerReasonEnumType.AUTHORIZED)
    session.authorized = True
    if t.inventory.true("AuthCacheCtrlr.Enabled"):
        t.known.add(emaid.id_token)


@state("IdTokenCached15118")
async def id_token_cached_15118(t: Case, contract: EvContract | None = None) -> None:
    """IdTokenCached15118: the station has asked about a contract, and keeps the answer.

    Args:
        t: the case.
        contract: which; the valid one unless told otherwise.

    Raises:
        NotApplicable: the station has no cache.
        Missing: the station does not go along.
    """
    await t.configure({"AuthCacheCtrlr.Enabled": True})
    await parking_bay_occupied(t)
    await ev_connected_pre_session(t, ev=ev_with(contract or contract_of(t)))
    await authorized_by_contract(t)
    await energy_transfer_started(t)
    await stop_authorized(t, by=REMOTE)
    await ev_connected_post_session(t)
    await ev_disconnected(t)
    await parking_bay_unoccupied(t)


def of_contract(emaid: str) -> Check:
    """An id token is that of a contract, however it is spelled."""
    its = matching(f"the contract {emaid}", lambda came: same_emaid(came, emaid))
    return fields(id_token__type=IdTokenEnumType.EMAID, id_token__id_token=its)
