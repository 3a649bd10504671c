"""Has a station move to the kit's other endpoint, as several cases of A and B do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from attrs import evolve

from ocppkit.conformance.case import Case
from ocppkit.conformance.checks import fields, one_of
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

__all__ = [
    "ATTEMPTS",
    "PRIORITY",
    "booted_there",
    "connection_data",
    "moved",
    "moved_for_good",
    "offered",
    "prefer",
    "slots_of",
]

PRIORITY: Final = key_of("OCPPCommCtrlr.NetworkConfigurationPriority")
ATTEMPTS: Final = "OCPPCommCtrlr.NetworkProfileConnectionAttempts"
_ACTIVE: Final = key_of("OCPPCommCtrlr.ActiveNetworkProfile")
_TIMEOUT: Final = 30  # seconds that the station waits for an answer, by its profile
_Status = SetNetworkProfileStatusEnumType
_TAKEN: Final = one_of(
    SetVariableStatusEnumType.ACCEPTED, SetVariableStatusEnumType.REBOOT_REQUIRED
)


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


async def offered(t: Case, profile: int, *, status: object = _Status.ACCEPTED) -> tuple[int, int]:
    """Offer the other endpoint under a security profile; the slot for it, and the active one.

    Raises:
        NotApplicable: there is none, or the station does not say which slot is active.
        Missing: the station does not answer.
    """
    if not t.settings.csms_url2:
        raise NotApplicable("needs csms_url2, the second address of the kit")
    new, old = await slots_of(t)
    scheme = "ws" if profile < 2 else "wss"
    url = urlsplit(t.settings.csms_url2)._replace(scheme=scheme).geturl()
    request = SetNetworkProfileRequest(
        configuration_slot=new, connection_data=connection_data(t, url, security_profile=profile)
    )
    _ = await t.call(request, 2, check=fields(status=status))
    return new, old


async def prefer(
    t: Case, *slots: int, step: int | str = 4, status: object = _TAKEN
) -> SetVariableStatusEnumType:
    """Have the station try slots in this order; what it answers.

    Raises:
        Missing: it does not.
    """
    wanted = SetVariableDataType(
        component=PRIORITY.component_type,
        variable=PRIORITY.variable_type,
        attribute_value=",".join(map(str, slots)),
    )
    taken = fields(set_variable_result__0__attribute_status=status)
    answer = await t.call(SetVariablesRequest(set_variable_data=[wanted]), step, check=taken)
    return answer.set_variable_result[0].attribute_status


@asynccontextmanager
async def moved(t: Case, profile: int) -> AsyncIterator[tuple[int, int]]:
    """The station is told of the other endpoint and restarted; it is brought back afterwards.

    Yields:
        The slot of the other endpoint, and the one that was active.

    Raises:
        NotApplicable: there is no other endpoint.
        Missing: the station does not go along.
    """
    home = t.kit.first
    former = (await t.variables.get(PRIORITY))[PRIORITY]
    new, old = await offered(t, profile)
    back = [int(each) for each in (former or str(old)).split(",")]
    _ = await prefer(t, new, old)
    t.allow(BootNotificationRequest)
    try:
        await _reset(t)
        yield new, old
    finally:
        if t.kit.first is home:  # see `moved_for_good`
            await _go_home(t, back)


async def _go_home(t: Case, priority: list[int]) -> None:
    """Have the station at the first endpoint again, wherever it is."""
    within = t.settings.long_operation_timeout
    kit = t.kit
    kit.first.check = kit.first.refusing = None
    _ = await kit.mailbox.until(lambda: kit.first.connected or kit.second.connected, within)
    away = kit.second.connected and not kit.first.connected
    kit.at = kit.second if away else kit.first
    await t.connected(within)
    _ = await prefer(t, *priority, step="")
    if away:
        await _reset(t)
        kit.at = kit.first
        _ = await t.expect(BootNotificationRequest, within=within)
    await t.connected()


def moved_for_good(t: Case, profile: int) -> None:
    """Take the other endpoint for the first: the station stays there, under this profile."""
    kit = t.kit
    kit.first, kit.second = kit.second, kit.first
    kit.first.name, kit.second.name = "first", "second"
    kit.at = kit.first
    for endpoint in (kit.first, kit.second):
        if endpoint.tls is not None:
            endpoint.tls.settle(profile)
    scheme = "ws" if profile < 2 else "wss"
    urls = (
        urlsplit(url)._replace(scheme=scheme).geturl()
        for url in (t.settings.csms_url2, t.settings.csms_url)
    )
    first, second = urls
    kit.settings = evolve(kit.settings, csms_url=first, csms_url2=second, security_profile=profile)


async def booted_there(t: Case, step: int, *, at: str) -> None:
    """The checks of the state Booted, at the endpoint at which the station is to be.

    Raises:
        Missing: it does not come.
    """
    within = t.settings.long_operation_timeout
    boot = await t.expect(BootNotificationRequest, step, within=within)
    if not t.kit.at.connected:
        t.deviate(step, "connection", f"at the {at} address", "at the other one")
    await connectors_are(t, step, since=boot)
    startup = fields(type=one_of(*STARTUP_EVENTS))
    _ = await t.expect(SecurityEventNotificationRequest, step, where=startup)


async def _reset(t: Case) -> None:
    accepted = fields(status=ResetStatusEnumType.ACCEPTED)
    _ = await t.call(ResetRequest(type=ResetEnumType.ON_IDLE), 6, check=accepted)
