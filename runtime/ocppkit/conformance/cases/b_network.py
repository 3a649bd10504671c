"""Block B, provisioning: migrations to another address of the CSMS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.checks import fields, one_of
from ocppkit.conformance.endpoint import Endpoint
from ocppkit.conformance.inventory import key_of
from ocppkit.conformance.places import connectors_are
from ocppkit.conformance.states import STARTUP_EVENTS
from ocppkit.conformance.verdict import NotApplicable
from ocppkit.v201 import (
    BootNotificationRequest,
    NetworkConnectionProfileType,
    OCPPInterfaceEnumType,
    OCPPTransportEnumType,
    OCPPVersionEnumType,
    ResetEnumType,
    ResetRequest,
    ResetStatusEnumType,
    SecurityEventNotificationRequest,
    SetNetworkProfileRequest,
    SetNetworkProfileStatusEnumType,
    SetVariableDataType,
    SetVariablesRequest,
    SetVariableStatusEnumType,
)

__all__ = ["tc_b_43_cs", "tc_b_45_cs", "tc_b_46_cs"]

_PRIORITY: Final = key_of("OCPPCommCtrlr.NetworkConfigurationPriority")
_ACTIVE: Final = key_of("OCPPCommCtrlr.ActiveNetworkProfile")
_ATTEMPTS: Final = "OCPPCommCtrlr.NetworkProfileConnectionAttempts"
_NO_SLOT: Final = 999
_TIMEOUT: Final = 30  # seconds that the station waits for an answer, by its profile
_UNAVAILABLE: Final = HTTPStatus.SERVICE_UNAVAILABLE
_Status = SetNetworkProfileStatusEnumType
_SET = one_of(SetVariableStatusEnumType.ACCEPTED, SetVariableStatusEnumType.REBOOT_REQUIRED)


@case
async def tc_b_43_cs(t: Case) -> None:
    """A profile for a slot that does not exist is rejected."""
    request = SetNetworkProfileRequest(
        configuration_slot=_NO_SLOT, connection_data=connection_data(t, t.settings.csms_url)
    )
    _ = await t.call(request, 2, check=fields(status=_Status.REJECTED))


@case
async def tc_b_45_cs(t: Case) -> None:
    """The station moves to another address."""
    async with _migrated(t):
        t.kit.at = t.kit.second
        await _booted(t, 7, within=t.settings.long_operation_timeout)


@case
async def tc_b_46_cs(t: Case) -> None:
    """The other address does not answer: after two attempts the station comes back."""
    await t.configure({_ATTEMPTS: 2})

    t.kit.second.refusing = _UNAVAILABLE
    begin = len(t.kit.second.attempts)
    async with _migrated(t):
        await _booted(t, 9, within=t.settings.long_operation_timeout)
        tried = len(t.kit.second.attempts) - begin
        if tried != 2:
            t.deviate(7, "connection", "2 attempts at the other address", f"{tried}")


def connection_data(
    t: Case, url: str, *, security_profile: int | None = None
) -> NetworkConnectionProfileType:
    """How to reach an address of the kit."""
    profile = t.settings.security_profile if security_profile is None else security_profile
    return NetworkConnectionProfileType(
        ocpp_version=OCPPVersionEnumType.OCPP20,
        ocpp_transport=OCPPTransportEnumType.JSON,
        ocpp_csms_url=url,
        message_timeout=_TIMEOUT,
        security_profile=profile,
        ocpp_interface=OCPPInterfaceEnumType(t.settings.ocpp_interface),
    )


async def slots_of(t: Case) -> tuple[int, int]:
    """The slot for the other address, and the active one, which is not overwritten.

    Raises:
        NotApplicable: the station does not say which is active.
    """
    active = (await t.variables.get(_ACTIVE))[_ACTIVE]
    if active is None or not active.isdigit():
        raise NotApplicable(f"needs {_ACTIVE} to tell a slot: it is {active!r}")
    chosen = (t.settings.configuration_slot, t.settings.configuration_slot2)
    return next(slot for slot in chosen if slot != int(active)), int(active)


@asynccontextmanager
async def _migrated(t: Case) -> AsyncIterator[None]:
    """The station is told of the other address and restarted; afterwards all is as it was."""
    if not t.settings.csms_url2:
        raise NotApplicable("needs csms_url2, the second address of the kit")
    new, old = await slots_of(t)
    former = (await t.variables.get(_PRIORITY))[_PRIORITY] or str(old)
    request = SetNetworkProfileRequest(
        configuration_slot=new, connection_data=connection_data(t, t.settings.csms_url2)
    )
    _ = await t.call(request, 2, check=fields(status=_Status.ACCEPTED))
    await _prefer(t, f"{new},{old}")
    t.allow(BootNotificationRequest)
    try:
        await _reset(t)
        yield
    finally:
        await _go_home(t, former)


async def _go_home(t: Case, priority: str) -> None:
    """Have the station at the first address again, with the former order of the slots."""
    away: Endpoint = t.kit.at
    t.kit.first.check = t.kit.first.refusing = None
    await t.connected(t.settings.long_operation_timeout)
    await _prefer(t, priority)
    if away is t.kit.second:
        await _reset(t)
        t.kit.at = t.kit.first
        _ = await t.expect(BootNotificationRequest, within=t.settings.long_operation_timeout)
    await t.connected()


async def _prefer(t: Case, priority: str) -> None:
    wanted = SetVariableDataType(
        component=_PRIORITY.component_type,
        variable=_PRIORITY.variable_type,
        attribute_value=priority,
    )
    taken = fields(set_variable_result__0__attribute_status=_SET)
    _ = await t.call(SetVariablesRequest(set_variable_data=[wanted]), 4, check=taken)


async def _reset(t: Case) -> None:
    accepted = fields(status=ResetStatusEnumType.ACCEPTED)
    _ = await t.call(ResetRequest(type=ResetEnumType.ON_IDLE), 6, check=accepted)


async def _booted(t: Case, step: int, *, within: float) -> None:
    """The checks of the state Booted, at the address at which the station is to be."""
    _ = await t.expect(BootNotificationRequest, step, within=within)
    if not t.kit.at.connected:
        t.deviate(step, "connection", f"at the {t.kit.at.name} address", "at the other one")
    await connectors_are(t, step)
    startup = fields(type=one_of(*STARTUP_EVENTS))
    _ = await t.expect(SecurityEventNotificationRequest, step, where=startup)
