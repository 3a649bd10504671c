"""Block C, authorization: what the local list holds."""

from __future__ import annotations

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._c_helpers import BY_LIST, POST_AUTHORIZING, asks_nobody
from ocppkit.conformance.settings import Token
from ocppkit.conformance.states import (
    authorized,
    energy_transfer_started,
    ev_connected_pre_session,
    id_token_in_local_list,
    list_entry,
)
from ocppkit.v201 import AuthorizationStatusEnumType

__all__ = [
    "tc_c_27_cs",
    "tc_c_28_cs",
    "tc_c_29_cs",
    "tc_c_30_cs",
    "tc_c_31_cs",
    "tc_c_58_cs",
]

_Status = AuthorizationStatusEnumType


@case
async def tc_c_27_cs(t: Case) -> None:
    """A token that the list accepts is not asked about."""
    _ = await id_token_in_local_list(t)
    await t.configure(BY_LIST, optional=BY_LIST)

    await authorized(t)
    await ev_connected_pre_session(t)
    await energy_transfer_started(t)


@case
async def tc_c_28_cs(t: Case) -> None:
    """An invalid token is asked about though the list has it."""
    token = t.settings.invalid_idtoken
    await _listed(t, token, _Status.INVALID)

    await authorized(t, token=token, status=_Status.INVALID)


@case
async def tc_c_29_cs(t: Case) -> None:
    """A blocked token is asked about though the list has it."""
    token = t.settings.blocked_idtoken
    await _listed(t, token, _Status.BLOCKED)
    await ev_connected_pre_session(t)

    await authorized(t, token=token, status=_Status.BLOCKED)


@case
async def tc_c_30_cs(t: Case) -> None:
    """An expired token is asked about though the list has it."""
    token = t.settings.expired_idtoken
    await _listed(t, token, _Status.EXPIRED)
    await ev_connected_pre_session(t)

    await authorized(t, token=token, status=_Status.EXPIRED)


@case
async def tc_c_31_cs(t: Case) -> None:
    """A token that the list has as invalid is asked about, and the CSMS accepts it."""
    token = t.settings.invalid_idtoken
    await _listed(t, token, _Status.INVALID)

    await authorized(t, token=token)
    await ev_connected_pre_session(t)
    await energy_transfer_started(t, token=token)


@case
async def tc_c_58_cs(t: Case) -> None:
    """A token that the list refuses is not asked about where that is switched off."""
    token = t.settings.invalid_idtoken
    _ = await id_token_in_local_list(t, list_entry(token, _Status.INVALID))
    wanted = {**BY_LIST, "LocalAuthListCtrlr.DisablePostAuthorize": True}
    await t.configure(wanted, optional=BY_LIST)

    await asks_nobody(t, token)


async def _listed(t: Case, token: Token, status: AuthorizationStatusEnumType) -> None:
    """Have the list refuse a token, and the station ask about it all the same."""
    _ = await id_token_in_local_list(t, list_entry(token, status))
    wanted = {**BY_LIST, **POST_AUTHORIZING}
    await t.configure(wanted, optional=wanted)
