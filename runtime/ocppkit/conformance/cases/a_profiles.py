"""Block A, security: the station is to be raised to another security profile."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._migration import (
    PRIORITY,
    booted_there,
    moved,
    moved_for_good,
    offered,
    prefer,
    slots_of,
)
from ocppkit.conformance.checks import one_of
from ocppkit.conformance.inventory import key_of
from ocppkit.conformance.states import (
    certificate_installed,
    charging_station_certificate_renewed,
)
from ocppkit.conformance.states_security import needs_profile, trusted_pki
from ocppkit.conformance.verdict import NotApplicable
from ocppkit.v201 import (
    GetCertificateIdUseEnumType,
    GetInstalledCertificateIdsRequest,
    InstallCertificateUseEnumType,
    SetNetworkProfileStatusEnumType,
    SetVariableStatusEnumType,
)

__all__ = ["tc_a_19_cs", "tc_a_20_cs", "tc_a_21_cs"]

_PROFILE: Final = "SecurityCtrlr.SecurityProfile"
_CSMS_ROOT: Final = InstallCertificateUseEnumType.CSMS_ROOT_CERTIFICATE
_Status = SetNetworkProfileStatusEnumType
_REJECTED: Final = SetVariableStatusEnumType.REJECTED


@case
async def tc_a_19_cs(t: Case) -> None:
    """The station moves to the next security profile, and does not go back (errata 6.2.6, 7)."""
    needs_profile(t, 1, 2)
    pki, present = trusted_pki(t), t.settings.security_profile
    tls = t.kit.second.tls
    if tls is None:
        raise NotApplicable("needs TLS at the second endpoint")
    if present == 1:
        await certificate_installed(t, _CSMS_ROOT, pki.csms.pem)
    else:
        await charging_station_certificate_renewed(t)

    tls.profile = present + 1
    async with moved(t, present + 1) as (_, old):
        t.kit.at = t.kit.second
        await booted_there(t, 10, at="second")
        await _check_raised(t, present + 1, old)
        if present == 1:
            await _stays(t)
        moved_for_good(t, present + 1)


@case
async def tc_a_20_cs(t: Case) -> None:
    """Without a root of the CSMS, no way that needs one is taken (errata 6.2.8, 6.2.9)."""
    needs_profile(t, 1)
    if await _has_csms_root(t):
        raise NotApplicable("needs a station without CSMS roots: remove them first")
    _, active = await slots_of(t)
    await t.configure({PRIORITY: str(active)})

    profile = max(2, t.settings.security_profile2)
    new, old = await offered(t, profile, status=one_of(_Status.ACCEPTED, _Status.REJECTED))
    _ = await prefer(t, new, old, status=_REJECTED)


@case
async def tc_a_21_cs(t: Case) -> None:
    """Without a certificate of its own, the station takes no way that needs one (errata 6.2.10)."""
    needs_profile(t, 1, 2)
    if not await _has_csms_root(t):
        await certificate_installed(t, _CSMS_ROOT, t.kit.pki.csms.pem)

    new, old = await offered(t, 3)
    _ = await prefer(t, new, old, status=_REJECTED)


async def _check_raised(t: Case, profile: int, old: int) -> None:
    """Steps 11 to 14: the profile is another, and the less secure way is gone (A05.FR.06)."""
    raised = (await t.variables.get(_PROFILE))[key_of(_PROFILE)] or ""
    priority = (await t.variables.get(PRIORITY))[PRIORITY] or ""
    if raised != str(profile):
        t.deviate(12, _PROFILE, str(profile), raised or "nothing")
    if str(old) in priority.split(","):
        t.deviate(14, str(PRIORITY), f"no slot {old}", priority)


async def _stays(t: Case) -> None:
    """Steps 15 to 18: the kit is there without TLS only, then with TLS again."""
    at, begin = t.kit.at, len(t.kit.at.attempts)
    elsewhere = len(t.kit.first.attempts)
    if at.tls is None:
        return
    at.tls.profile = 1
    await at.close(1001, "going away")
    await t.kit.clock.sleep(t.settings.long_operation_timeout)
    came = [*at.attempts[begin:], *t.kit.first.attempts[elsewhere:]]
    if any(attempt.failure is None for attempt in came):
        t.deviate(16, "connection", "none without TLS", "one")
    at.tls.profile = 2
    await t.connected(t.settings.long_operation_timeout)


async def _has_csms_root(t: Case) -> bool:
    use = GetCertificateIdUseEnumType.CSMS_ROOT_CERTIFICATE
    answer = await t.call(GetInstalledCertificateIdsRequest(certificate_type=[use]))
    return bool(answer.certificate_hash_data_chain)
