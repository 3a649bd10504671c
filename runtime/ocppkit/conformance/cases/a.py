"""Block A, security: what needs no certificates."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases.b_network import connection_data, slots_of
from ocppkit.conformance.checks import fields
from ocppkit.conformance.endpoint import Attempt
from ocppkit.conformance.inventory import key_of
from ocppkit.conformance.states import booted
from ocppkit.conformance.verdict import NotApplicable
from ocppkit.security.secret import Secret
from ocppkit.v201 import (
    SetNetworkProfileRequest,
    SetNetworkProfileStatusEnumType,
    SetVariableDataType,
    SetVariablesRequest,
    SetVariableStatusEnumType,
)

__all__ = ["tc_a_01_cs", "tc_a_22_cs"]

_PASSWORD: Final = key_of("SecurityCtrlr.BasicAuthPassword")
_SHORTEST: Final = 16
_LONGEST: Final = 40  # characters, where the variable's maxLimit says no other (A00.FR.205)
_TAKEN: Final = (SetVariableStatusEnumType.ACCEPTED, SetVariableStatusEnumType.REBOOT_REQUIRED)
_PROFILES_WITH_PASSWORD: Final = (1, 2)


@case
async def tc_a_01_cs(t: Case) -> None:
    """The station restarts, and shows its identity and its password."""
    if t.settings.security_profile not in _PROFILES_WITH_PASSWORD:
        raise NotApplicable("needs security profile 1 or 2")
    if t.settings.basic_auth_password is None:
        raise NotApplicable("needs basic_auth_password")
    password = t.settings.basic_auth_password
    await _configure(t, password)

    begin = len(t.kit.at.attempts)
    _ = await booted(t)
    for attempt in t.kit.at.attempts[begin:]:
        _check(t, attempt, password)


@case
async def tc_a_22_cs(t: Case) -> None:
    """A profile less secure than the active one is rejected."""
    if not t.kit.secure:
        raise NotApplicable("needs TLS")
    new, _ = await slots_of(t)

    url = t.settings.csms_url2 or t.settings.csms_url
    request = SetNetworkProfileRequest(
        configuration_slot=new, connection_data=connection_data(t, url, security_profile=1)
    )
    rejected = fields(status=SetNetworkProfileStatusEnumType.REJECTED)
    _ = await t.call(request, 2, check=rejected)


async def _configure(t: Case, password: Secret) -> None:
    wanted = SetVariableDataType(
        component=_PASSWORD.component_type,
        variable=_PASSWORD.variable_type,
        attribute_value=password.reveal().decode(),
    )
    answer = await t.call(SetVariablesRequest(set_variable_data=[wanted]))
    status = answer.set_variable_result[0].attribute_status
    if status not in _TAKEN:
        t.deviate("", str(_PASSWORD), "to be set", status)


def _check(t: Case, attempt: Attempt, password: Secret) -> None:
    """See that the credentials of an attempt are right; the secret itself is not told."""
    if attempt.password is None or Secret(attempt.password) != password:
        came = "none" if attempt.password is None else "another"
        t.deviate(1, "Authorization", "the configured password", came)
        return
    if attempt.user is not None and attempt.user != attempt.identity:
        t.deviate(1, "Authorization: user", attempt.identity, attempt.user)
    if t.settings.identity and attempt.identity != t.settings.identity:
        t.deviate(1, "identity", t.settings.identity, attempt.identity)
    length = len(attempt.password.decode(errors="replace"))
    if not _SHORTEST <= length <= _longest(t):
        wanted = f"{_SHORTEST} to {_longest(t)} characters"
        t.deviate(1, "BasicAuthPassword", wanted, f"{length}")
    if not _is_utf_8(attempt.password):
        t.deviate(1, "BasicAuthPassword", "UTF-8", "other bytes")


def _longest(t: Case) -> int:
    item = t.inventory.get(_PASSWORD)
    limit = item and item.characteristics and item.characteristics.max_limit
    return int(limit) if limit else _LONGEST


def _is_utf_8(text: bytes) -> bool:
    try:
        _ = text.decode()
    except UnicodeDecodeError:
        return False
    return True
