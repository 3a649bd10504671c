"""Part 6's memory states: what the station remembers when a case begins."""

from __future__ import annotations

from collections.abc import Sequence

from ocppkit.conformance.case import Case
from ocppkit.conformance.checks import fields
from ocppkit.conformance.places import place_of
from ocppkit.conformance.playing import state
from ocppkit.conformance.roots import roots_of
from ocppkit.conformance.settings import Token
from ocppkit.conformance.states_session import (
    ACCEPTED,
    DEFAULT,
    authorized,
    energy_transfer_started,
    ev_connected_pre_session,
    parking_bay_occupied,
)
from ocppkit.conformance.states_stop import (
    ev_connected_post_session,
    ev_disconnected,
    parking_bay_unoccupied,
    stop_authorized,
)
from ocppkit.v201 import (
    AuthorizationData,
    AuthorizationStatusEnumType,
    GetLocalListVersionRequest,
    IdTokenInfoType,
    InstallCertificateRequest,
    InstallCertificateStatusEnumType,
    InstallCertificateUseEnumType,
    SendLocalListRequest,
    SendLocalListStatusEnumType,
    UpdateEnumType,
)

__all__ = [
    "certificate_installed",
    "id_token_cached",
    "id_token_in_local_list",
    "list_entry",
    "transaction_events_in_queue_ended",
]

_SHORT = 5  # seconds for a refused driver's authorization to lapse


@state("IdTokenCached")
async def id_token_cached(
    t: Case,
    token: Token | None = None,
    *,
    status: AuthorizationStatusEnumType = ACCEPTED,
    info: IdTokenInfoType | None = None,
    by: str = DEFAULT,
) -> None:
    """IdTokenCached: the station has asked about a token, and keeps the answer (errata 6.2.120).

    Args:
        t: the case.
        token: whose; the valid one unless told otherwise.
        status: what the CSMS thinks of it.
        info: all that it thinks: a group, an expiry.
        by: how the driver is authorized.

    Raises:
        NotApplicable: the station has no cache.
        Missing: the station does not go along.
    """
    chosen = token or t.settings.valid_idtoken
    await t.configure({"AuthCacheCtrlr.Enabled": True})
    await parking_bay_occupied(t)
    if info is not None:
        t.think(chosen, info)
    await authorized(t, by=by, token=chosen, status=status)
    if status is not ACCEPTED:
        return
    await ev_connected_pre_session(t)
    await energy_transfer_started(t)
    await stop_authorized(t, by=by, token=chosen)
    await ev_connected_post_session(t)
    await ev_disconnected(t)
    await parking_bay_unoccupied(t)


def list_entry(
    token: Token,
    status: AuthorizationStatusEnumType = ACCEPTED,
    *,
    group: Token | None = None,
) -> AuthorizationData:
    """A line of the local list."""
    info = IdTokenInfoType(status=status, group_id_token=None if group is None else group.wire)
    return AuthorizationData(id_token=token.wire, id_token_info=info)


@state("IdTokenLocalAuthList")
async def id_token_in_local_list(
    t: Case, *entries: AuthorizationData, version: int | None = None
) -> int:
    """IdTokenLocalAuthList: the local list holds these, and nothing else (errata 6.2.121).

    Args:
        t: the case.
        *entries: see `list_entry`; the valid token unless told otherwise.
        version: of the list; one more than the station has unless told otherwise.

    Returns:
        The list's version.

    Raises:
        NotApplicable: the station has no list.
        Missing: the station refuses it.
    """
    await t.configure(
        {"LocalAuthListCtrlr.Enabled": True}, optional=("LocalAuthListCtrlr.Enabled",)
    )
    wanted: Sequence[AuthorizationData] = entries or (list_entry(t.settings.valid_idtoken),)
    if version is None:
        version = (await t.call(GetLocalListVersionRequest())).version_number + 1
    request = SendLocalListRequest(
        version_number=version,
        update_type=UpdateEnumType.FULL,
        local_authorization_list=list(wanted),
    )
    _ = await t.call(request, check=fields(status=SendLocalListStatusEnumType.ACCEPTED))
    t.known |= {
        entry.id_token.id_token
        for entry in wanted
        if entry.id_token_info is not None and entry.id_token_info.status is ACCEPTED
    }
    return version


@state("CertificateInstalled")
async def certificate_installed(
    t: Case, use: InstallCertificateUseEnumType, certificate: str
) -> None:
    """CertificateInstalled: the station takes a root certificate, given as PEM.

    What was not there before is deleted once the case ends.

    Raises:
        Missing: it does not.
    """
    if use not in t.roots_before:
        t.roots_before[use] = await roots_of(t, use)
    _ = await t.call(
        InstallCertificateRequest(certificate_type=use, certificate=certificate),
        check=fields(status=InstallCertificateStatusEnumType.ACCEPTED),
    )


@state("TransactionEventsInQueueEnded")
async def transaction_events_in_queue_ended(t: Case, *, token: Token | None = None) -> None:
    """TransactionEventsInQueueEnded: a whole visit passes while nobody listens.

    Nothing is checked; afterwards the station has connected again, and its queue begins to come.

    Raises:
        Missing: the station does not connect again.
    """
    chosen = token or t.settings.valid_idtoken
    number, connector = place_of(t)
    bay = t.kit.world.can("bay")
    shown = {"token": chosen.id_token, "type": chosen.type.value, "evses": [number]}
    async with t.offline():
        if bay:
            await t.do("bay", evse=number, occupied=True)
        await t.do("plug_in", evse=number, connector=connector, ev={"current_a": 32, "phases": 3})
        await t.do("present_token", **shown)
        await t.kit.clock.sleep(t.settings.transaction_duration)
        await t.do("present_token", **shown)
        await t.kit.clock.sleep(_SHORT)
        await t.do("plug_out", evse=number, connector=connector)
        if bay:
            await t.do("bay", evse=number, occupied=False)
