"""Block D, the local authorization list and its version."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.checks import fields
from ocppkit.conformance.states import booted, id_token_in_local_list, list_entry
from ocppkit.v201 import (
    AuthorizationData,
    GetLocalListVersionRequest,
    SendLocalListRequest,
    SendLocalListStatusEnumType,
    UpdateEnumType,
)

__all__ = [
    "tc_d_01_cs",
    "tc_d_02_cs",
    "tc_d_03_cs",
    "tc_d_04_cs",
    "tc_d_05_cs",
    "tc_d_06_cs",
    "tc_d_07_cs",
    "tc_d_08_cs",
    "tc_d_10_cs",
]

_ENABLED: Final = "LocalAuthListCtrlr.Enabled"
_FULL: Final = UpdateEnumType.FULL
_DIFFERENTIAL: Final = UpdateEnumType.DIFFERENTIAL
_ACCEPTED: Final = SendLocalListStatusEnumType.ACCEPTED


@case
async def tc_d_01_cs(t: Case) -> None:
    """A whole list is taken, and its version told."""
    await t.configure({_ENABLED: True}, optional=(_ENABLED,))

    version = await _version(t) + 1
    await _send(t, _FULL, version, list_entry(t.settings.valid_idtoken))
    await _version_is(t, version)


@case
async def tc_d_02_cs(t: Case) -> None:
    """A token is added to the list."""
    version = await id_token_in_local_list(t)

    await _send(t, _DIFFERENTIAL, version + 1, list_entry(t.settings.valid_idtoken2))
    await _version_is(t, version + 1)


@case
async def tc_d_03_cs(t: Case) -> None:
    """A token is taken off the list."""
    version = await id_token_in_local_list(t)

    off = AuthorizationData(id_token=t.settings.valid_idtoken.wire)
    await _send(t, _DIFFERENTIAL, version + 1, off)
    await _version_is(t, version + 1)


@case
async def tc_d_04_cs(t: Case) -> None:
    """An empty list replaces the list, and has a version all the same."""
    version = await id_token_in_local_list(t)

    await _send(t, _FULL, version)
    await _version_is(t, version)


@case
async def tc_d_05_cs(t: Case) -> None:
    """A change that changes nothing counts up the version."""
    version = await id_token_in_local_list(t)

    await _send(t, _DIFFERENTIAL, version + 1)
    await _version_is(t, version + 1)


@case
async def tc_d_06_cs(t: Case) -> None:
    """A change to an older version is refused."""
    await t.configure({_ENABLED: True}, optional=(_ENABLED,))
    version = await id_token_in_local_list(t, version=max(await _version(t) + 1, 2))

    entry = list_entry(t.settings.valid_idtoken2)
    mismatch = SendLocalListStatusEnumType.VERSION_MISMATCH
    await _send(t, _DIFFERENTIAL, version - 1, entry, status=mismatch)
    await _version_is(t, version)


@case
async def tc_d_07_cs(t: Case) -> None:
    """The list outlives a restart."""
    version = await id_token_in_local_list(t)
    _ = await booted(t)

    await _version_is(t, version, step=2)


@case
async def tc_d_08_cs(t: Case) -> None:
    """The list's version is told."""
    version = await id_token_in_local_list(t)

    await _version_is(t, version, step=2)


@case
async def tc_d_10_cs(t: Case) -> None:
    """Where the list is disabled, its version is 0 (D02.FR.03)."""
    await t.configure({_ENABLED: False})

    await _version_is(t, 0, step=2)


async def _version(t: Case) -> int:
    return (await t.call(GetLocalListVersionRequest())).version_number


async def _version_is(t: Case, version: int, *, step: int = 4) -> None:
    _ = await t.call(GetLocalListVersionRequest(), step, check=fields(version_number=version))


async def _send(
    t: Case,
    update: UpdateEnumType,
    version: int,
    *entries: AuthorizationData,
    status: SendLocalListStatusEnumType = _ACCEPTED,
) -> None:
    request = SendLocalListRequest(
        version_number=version,
        update_type=update,
        local_authorization_list=list(entries) or None,
    )
    _ = await t.call(request, 2, check=fields(status=status))
