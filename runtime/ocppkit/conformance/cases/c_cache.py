"""Block C, authorization: what the cache remembers."""

from __future__ import annotations

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._c_helpers import BY_CACHE, POST_AUTHORIZING, asks_nobody, told_of
from ocppkit.conformance.checks import fields
from ocppkit.conformance.inventory import VariableName
from ocppkit.conformance.settings import Token
from ocppkit.conformance.states import (
    LOCAL,
    authorized,
    booted,
    deauthorized,
    energy_transfer_started,
    ev_connected_post_session,
    ev_connected_pre_session,
    ev_disconnected,
    id_token_cached,
    parking_bay_occupied,
    parking_bay_unoccupied,
    refuse_events,
)
from ocppkit.v201 import (
    AuthorizationStatusEnumType,
    ClearCacheRequest,
    ClearCacheStatusEnumType,
    TransactionEventRequest,
)

__all__ = [
    "tc_c_08_cs",
    "tc_c_09_cs",
    "tc_c_10_cs",
    "tc_c_11_cs",
    "tc_c_12_cs",
    "tc_c_13_cs",
    "tc_c_32_cs",
    "tc_c_33_cs",
    "tc_c_34_cs",
    "tc_c_36_cs",
    "tc_c_37_cs",
    "tc_c_38_cs",
    "tc_c_46_cs",
    "tc_c_57_cs",
]

_Status = AuthorizationStatusEnumType
_BOTH: dict[VariableName, object] = {
    **BY_CACHE,
    "LocalAuthListCtrlr.Enabled": True,
}


@case
async def tc_c_08_cs(t: Case) -> None:
    """A token that the cache accepts is not asked about."""
    await id_token_cached(t)
    await t.configure(BY_CACHE, optional=BY_CACHE)
    await ev_connected_pre_session(t)

    await authorized(t)
    await energy_transfer_started(t)


@case
async def tc_c_09_cs(t: Case) -> None:
    """An invalid token is asked about though the cache has it."""
    await _asked_again(t, t.settings.invalid_idtoken, _Status.INVALID)


@case
async def tc_c_10_cs(t: Case) -> None:
    """A blocked token is asked about though the cache has it."""
    await _asked_again(t, t.settings.blocked_idtoken, _Status.BLOCKED)


@case
async def tc_c_11_cs(t: Case) -> None:
    """An expired token is asked about though the cache has it."""
    await _asked_again(t, t.settings.expired_idtoken, _Status.EXPIRED)


async def _asked_again(t: Case, token: Token, status: AuthorizationStatusEnumType) -> None:
    await id_token_cached(t, token, status=status)
    wanted = {**BY_CACHE, **POST_AUTHORIZING}
    await t.configure(wanted, optional=wanted)
    await ev_connected_pre_session(t)

    await authorized(t, token=token, status=status)


@case
async def tc_c_12_cs(t: Case) -> None:
    """A token that the cache has as invalid is asked about, and the CSMS accepts it now."""
    token = t.settings.invalid_idtoken
    await id_token_cached(t, token, status=_Status.INVALID)
    wanted = {**BY_CACHE, **POST_AUTHORIZING}
    await t.configure(wanted, optional=wanted)
    await ev_connected_pre_session(t)

    await authorized(t, token=token)
    await energy_transfer_started(t, token=token)


@case
async def tc_c_13_cs(t: Case) -> None:
    """A token that the cache accepts is presented before the cable."""
    await id_token_cached(t)
    await t.configure(BY_CACHE, optional=BY_CACHE)
    await parking_bay_occupied(t)

    await authorized(t)
    told_of(t, 1, t.settings.valid_idtoken)
    await ev_connected_pre_session(t)
    await energy_transfer_started(t)


@case
async def tc_c_32_cs(t: Case) -> None:
    """The cache outlives a restart."""
    await id_token_cached(t)
    await t.configure(BY_CACHE, optional=["AuthCacheCtrlr.Enabled"])

    await booted(t)
    await authorized(t)
    await ev_connected_pre_session(t)
    await energy_transfer_started(t)


@case
async def tc_c_33_cs(t: Case) -> None:
    """What the CSMS answers about a token stays in the cache for the next visit."""
    optional = _BOTH.keys() - {"AuthCtrlr.LocalPreAuthorize"}
    await t.configure(_BOTH, optional=optional)
    await ev_connected_pre_session(t)

    await authorized(t)
    told_of(t, 3, t.settings.valid_idtoken)
    await energy_transfer_started(t)
    await ev_connected_post_session(t)
    await ev_disconnected(t)
    await parking_bay_unoccupied(t)
    await parking_bay_occupied(t)
    await ev_connected_pre_session(t)
    refuse_events(t)
    await authorized(t)
    told_of(t, 12, t.settings.valid_idtoken)
    t.allow(TransactionEventRequest)  # what the station makes of the refusal


@case
async def tc_c_34_cs(t: Case) -> None:
    """What the CSMS answers to an event changes the cache."""
    await id_token_cached(t)
    wanted: dict[VariableName, object] = {
        **_BOTH,
        "TxCtrlr.StopTxOnInvalidId": True,
        "TxCtrlr.MaxEnergyOnInvalidId": 0,
    }
    required = {"AuthCtrlr.LocalPreAuthorize", "TxCtrlr.StopTxOnInvalidId"}
    await t.configure(wanted, optional=wanted.keys() - required)

    refuse_events(t)
    await authorized(t)
    await deauthorized(t)
    if t.session().plugged:
        await ev_disconnected(t)
    await parking_bay_unoccupied(t)
    await parking_bay_occupied(t)
    await authorized(t, status=_Status.INVALID)


@case
async def tc_c_36_cs(t: Case) -> None:
    """Without local authorization beforehand the cache is of no use."""
    await id_token_cached(t)
    await t.configure({"AuthCacheCtrlr.Enabled": True, "AuthCtrlr.LocalPreAuthorize": False})

    await authorized(t, status=_Status.INVALID)


@case
async def tc_c_37_cs(t: Case) -> None:
    """A cache that was cleared knows nobody."""
    await id_token_cached(t)
    await t.configure(BY_CACHE, optional=BY_CACHE)

    _ = await t.call(ClearCacheRequest(), 2, check=fields(status=ClearCacheStatusEnumType.ACCEPTED))
    t.known.clear()
    await parking_bay_occupied(t)
    await ev_connected_pre_session(t)
    await authorized(t)
    await energy_transfer_started(t)


@case
async def tc_c_38_cs(t: Case) -> None:
    """A cache that is switched off is not cleared."""
    await id_token_cached(t)
    await t.configure({"AuthCacheCtrlr.Enabled": False})

    _ = await t.call(ClearCacheRequest(), 2, check=fields(status=ClearCacheStatusEnumType.REJECTED))


@case
async def tc_c_46_cs(t: Case) -> None:
    """The cache forgets a token that was not used for long."""
    life = t.settings.transaction_duration
    await t.configure(
        {"AuthCacheCtrlr.LifeTime": int(life), "AuthCtrlr.LocalPreAuthorize": True},
        optional=["AuthCtrlr.LocalPreAuthorize"],
    )
    await id_token_cached(t)
    await ev_connected_pre_session(t)

    await t.kit.clock.sleep(life)
    t.known.clear()
    await authorized(t, by=LOCAL)


@case
async def tc_c_57_cs(t: Case) -> None:
    """A token that the cache refuses is not asked about where that is switched off."""
    token = t.settings.invalid_idtoken
    await id_token_cached(t, token, status=_Status.INVALID)
    wanted = {**BY_CACHE, "AuthCacheCtrlr.DisablePostAuthorize": True}
    await t.configure(wanted, optional=BY_CACHE)
    await ev_connected_pre_session(t)

    await asks_nobody(t, token)
