"""Block A, security: what needs no certificates."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._migration import connection_data, slots_of
from ocppkit.conformance.checks import fields
from ocppkit.conformance.endpoint import Attempt
from ocppkit.conformance.inventory import key_of
from ocppkit.conformance.states import booted
from ocppkit.conformance.states_security import needs_profile, reconnected
from ocppkit.conformance.verdict import NotApplicable
from ocppkit.security.secret import Secret
from ocppkit.v201 import (
    BootNotificationRequest,
    SetNetworkProfileRequest,
    SetNetworkProfileStatusEnumType,
    SetVariableDataType,
    SetVariablesRequest,
    SetVariableStatusEnumType,
)

__all__ = ["tc_a_01_cs", "tc_a_09_cs", "tc_a_10_cs", "tc_a_22_cs"]

_PASSWORD: Final = key_of("SecurityCtrlr.BasicAuthPassword")
_SHORTEST: Final = 16
_LONGEST: Final = 40  # characters, where the variable's maxLimit says no other (A00.FR.205)
_TAKEN: Final = (SetVariableStatusEnumType.ACCEPTED, SetVariableStatusEnumType.REBOOT_REQUIRED)
_PROFILES_WITH_PASSWORD: Final = (1, 2)


@case
async def tc_a_01_cs(t: Case) -> None:
    """The station restarts, and shows its identity and its password."""
    needs_profile(t, *_PROFILES_WITH_PASSWORD)
    password = _present(t)
    await _configure(t, password)

    begin = len(t.kit.at.attempts)
    _ = await booted(t)
    for attempt in t.kit.at.attempts[begin:]:
        _check(t, attempt, password)


@case
async def tc_a_09_cs(t: Case) -> None:
    """The station takes a new password, and shows it from then on."""
    needs_profile(t, *_PROFILES_WITH_PASSWORD)
    former, new = _present(t), t.settings.new_password

    try:
        await _change(t, new)
    finally:
        await _change(t, former)


@case
async def tc_a_10_cs(t: Case) -> None:
    """The station refuses a password that is too short, and shows the old one."""
    needs_profile(t, *_PROFILES_WITH_PASSWORD)
    former = _present(t)

    status = await _set(t, Secret(former.reveal()[: _SHORTEST - 1]))
    if status is not SetVariableStatusEnumType.REJECTED:
        t.deviate(2, "SetVariablesResponse.attributeStatus", "Rejected", status)
        await _change(t, former)
    begin = len(t.kit.at.attempts)
    _ = await booted(t)
    for attempt in t.kit.at.attempts[begin:]:
        _check(t, attempt, former, step=3)


@case
async def tc_a_22_cs(t: Case) -> None:
    """A profile less secure than the active one is rejected."""
    needs_profile(t, 2, 3)
    new, _ = await slots_of(t)

    url = urlsplit(t.settings.csms_url2 or t.settings.csms_url)._replace(scheme="ws").geturl()
    request = SetNetworkProfileRequest(
        configuration_slot=new, connection_data=connection_data(t, url, security_profile=1)
    )
    rejected = fields(status=SetNetworkProfileStatusEnumType.REJECTED)
    _ = await t.call(request, 2, check=rejected)


def _present(t: Case) -> Secret:
    """The password that the station has.

    Raises:
        NotApplicable: the settings do not say.
    """
    if t.settings.basic_auth_password is None:
        raise NotApplicable("needs basic_auth_password")
    return t.settings.basic_auth_password


async def _configure(t: Case, password: Secret) -> None:
    """Have the station use a password, with which it may connect again at once."""
    at, connection = t.kit.at, t.kit.at.connection
    status = await _set(t, password)
    if status not in _TAKEN:
        t.deviate("", str(_PASSWORD), "to be set", status)
    wait = t.settings.optional_wait
    _ = await t.kit.mailbox.until(lambda: at.connection > connection, wait)
    await t.connected()


async def _change(t: Case, password: Secret) -> None:
    """Set a password, and see that the station comes back with it.

    Raises:
        Missing: it does not come back.
    """
    begin, connection = len(t.kit.at.attempts), t.kit.at.connection
    t.allow(BootNotificationRequest)
    status = await _set(t, password)
    if status not in _TAKEN:
        t.deviate(2, "SetVariablesResponse.attributeStatus", "Accepted or RebootRequired", status)
        return
    if status is SetVariableStatusEnumType.REBOOT_REQUIRED:
        _ = await booted(t)
    else:
        await reconnected(t, connection)
    came = t.kit.at.attempts[begin:]
    if came:
        _check(t, came[-1], password, step=3)


async def _set(t: Case, password: Secret) -> SetVariableStatusEnumType:
    """Set the password; what the station says of it."""
    wanted = SetVariableDataType(
        component=_PASSWORD.component_type,
        variable=_PASSWORD.variable_type,
        attribute_value=password.reveal().decode(),
    )
    answer = await t.call(SetVariablesRequest(set_variable_data=[wanted]))
    status: SetVariableStatusEnumType = answer.set_variable_result[0].attribute_status
    return status


def _check(t: Case, attempt: Attempt, password: Secret, *, step: int = 1) -> None:
    """See that the credentials of an attempt are right; the secret itself is not told."""
    if attempt.password is None or Secret(attempt.password) != password:
        came = "none" if attempt.password is None else "another"
        t.deviate(step, "Authorization", "the configured password", came)
        return
    if attempt.user is not None and attempt.user != attempt.identity:
        t.deviate(step, "Authorization: user", attempt.identity, attempt.user)
    if t.settings.identity and attempt.identity != t.settings.identity:
        t.deviate(step, "identity", t.settings.identity, attempt.identity)
    length = len(attempt.password.decode(errors="replace"))
    if not _SHORTEST <= length <= _longest(t):
        wanted = f"{_SHORTEST} to {_longest(t)} characters"
        t.deviate(step, "BasicAuthPassword", wanted, f"{length}")
    if not _is_utf_8(attempt.password):
        t.deviate(step, "BasicAuthPassword", "UTF-8", "other bytes")


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
